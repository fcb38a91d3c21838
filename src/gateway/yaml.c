/*-------------------------------------------------------------------------
 * yaml.c
 *	  SQL: yaml_to_json(), for configuration files.
 *
 * libyaml reads the text.  A node may be named many times by aliases, and even
 * contain itself, so depth and size of what is written are bounded.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <yaml.h>

#include "base/compat.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

#define MAX_DEPTH 32
#define MAX_SIZE (1024 * 1024)

PG_FUNCTION_INFO_V1(ol_yaml_to_json);

/* Of libyaml, and of malloc(): released in any case. */
typedef struct Reader
{
	yaml_parser_t parser;
	yaml_document_t document;
	bool		is_loaded;
} Reader;

static void write_node(Reader *reader, int id, int depth, StringInfo json);

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (pg_strcasecmp(text, *words) == 0)
			return true;
	return false;
}

/* What JSON takes for a number as it is. */
static bool
is_number(const char *text)
{
	const char *digits = text + (*text == '-');

	return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits) &&
		(digits[0] != '0' || digits[1] == '\0');
}

static void
write_scalar(const yaml_node_t *node, StringInfo json)
{
	static const char *const nulls[] = {"", "~", "null", NULL};
	static const char *const booleans[] = {"true", "false", NULL};
	char	   *text = pnstrdup((const char *) node->data.scalar.value,
								node->data.scalar.length);

	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		escape_json(json, text);
	else if (is_one_of(text, nulls))
		appendStringInfoString(json, "null");
	else if (is_one_of(text, booleans))
		appendStringInfoString(json, pg_strcasecmp(text, "true") == 0 ? "true" : "false");
	else if (is_number(text))
		appendStringInfoString(json, text);
	else
		escape_json(json, text);
}

static void
write_list(Reader *reader, const yaml_node_t *node, int depth, StringInfo json)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;

	appendStringInfoChar(json, '[');
	for (; item < node->data.sequence.items.top; item++)
	{
		if (item > node->data.sequence.items.start)
			appendStringInfoChar(json, ',');
		write_node(reader, *item, depth + 1, json);
	}
	appendStringInfoChar(json, ']');
}

static void
write_map(Reader *reader, const yaml_node_t *node, int depth, StringInfo json)
{
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;

	appendStringInfoChar(json, '{');
	for (; pair < node->data.mapping.pairs.top; pair++)
	{
		const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);

		if (key == NULL || key->type != YAML_SCALAR_NODE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a key of a YAML mapping must be a text")));
		if (pair > node->data.mapping.pairs.start)
			appendStringInfoChar(json, ',');
		escape_json(json, pnstrdup((const char *) key->data.scalar.value,
								   key->data.scalar.length));
		appendStringInfoChar(json, ':');
		write_node(reader, pair->value, depth + 1, json);
	}
	appendStringInfoChar(json, '}');
}

static void
write_node(Reader *reader, int id, int depth, StringInfo json)
{
	const yaml_node_t *node = yaml_document_get_node(&reader->document, id);

	if (depth > MAX_DEPTH || json->len > MAX_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the YAML text is too large or too deep")));
	if (node == NULL || node->type == YAML_NO_NODE)
		appendStringInfoString(json, "null");
	else if (node->type == YAML_SCALAR_NODE)
		write_scalar(node, json);
	else if (node->type == YAML_SEQUENCE_NODE)
		write_list(reader, node, depth, json);
	else
		write_map(reader, node, depth, json);
}

static void
load_document(Reader *reader, const text *yaml)
{
	const yaml_node_t *root;

	yaml_parser_set_input_string(&reader->parser, (const unsigned char *) VARDATA_ANY(yaml),
								 VARSIZE_ANY_EXHDR(yaml));
	if (!yaml_parser_load(&reader->parser, &reader->document))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the text is not valid YAML"),
				 errdetail("%s in line %zu.",
						   reader->parser.problem == NULL ? "Fault" : reader->parser.problem,
						   reader->parser.problem_mark.line + 1)));
	reader->is_loaded = true;
	root = yaml_document_get_root_node(&reader->document);
	if (root == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the text holds no YAML document")));
}

/* SQL: yaml_to_json(yaml) */
Datum
ol_yaml_to_json(PG_FUNCTION_ARGS)
{
	text	   *yaml = PG_GETARG_TEXT_PP(0);
	Reader	   *reader = palloc0(sizeof(Reader));
	StringInfoData json;

	initStringInfo(&json);
	if (!yaml_parser_initialize(&reader->parser))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	PG_TRY();
	{
		load_document(reader, yaml);
		write_node(reader, 1, 0, &json);
	}
	PG_FINALLY();
	{
		if (reader->is_loaded)
			yaml_document_delete(&reader->document);
		yaml_parser_delete(&reader->parser);
	}
	PG_END_TRY();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(json.data, json.len));
}
