/*-------------------------------------------------------------------------
 * words.c
 *	  The strings in a facet, which search finds it by.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/json.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(ol_facet_strings);
PG_FUNCTION_INFO_V1(ol_facet_text);

/* Deeper than that nobody looks for words. */
#define MAX_DEPTH 20

/* Of a path so much is told: each string has its own copy of it. */
#define MAX_PATH_BYTES 300

/* Strings go to one of the two. */
typedef struct Walk
{
	const OlJson *json;
	ReturnSetInfo *result;		/* with their paths, or NULL */
	StringInfo	text;			/* one after the other, or NULL */
	StringInfoData path;
} Walk;

static void
tell_row(Walk *walk, const char *value)
{
	int			len = pg_mbcliplen(walk->path.data, walk->path.len, MAX_PATH_BYTES);
	Datum		values[] = {
		PointerGetDatum(cstring_to_text_with_len(walk->path.data, len)),
		CStringGetTextDatum(value)
	};
	bool		nulls[] = {false, false};

	tuplestore_putvalues(walk->result->setResult, walk->result->setDesc, values,
						 nulls);
	pfree(DatumGetPointer(values[0]));
	pfree(DatumGetPointer(values[1]));
}

static void
tell_string(Walk *walk, char *value)
{
	if (walk->result != NULL)
		tell_row(walk, value);
	else
	{
		if (walk->text->len > 0)
			appendStringInfoChar(walk->text, ' ');
		appendStringInfoString(walk->text, value);
	}
	pfree(value);
}

/* Columns that are keys. */
static bool
has_columns(const Walk *walk)
{
	return strcmp(walk->path.data, "columnLineage.fields") == 0;
}

static void
walk_value(Walk *walk, uint32 value, int depth)
{
	const OlJson *json = walk->json;
	int			odd = 0;

	check_stack_depth();
	if (ol_json_type(json, value) == OL_JSON_STRING)
		tell_string(walk, ol_json_string(json, value, &odd));
	if (depth == MAX_DEPTH)
		return;
	if (ol_json_type(json, value) == OL_JSON_ARRAY)
	{
		OL_JSON_FOREACH(child, json, value)
			walk_value(walk, child, depth + 1);
	}
	if (ol_json_type(json, value) != OL_JSON_OBJECT)
		return;
	OL_JSON_FOREACH(member, json, value)
	{
		char	   *key = ol_json_key(json, member, &odd);
		int			len = walk->path.len;

		if (has_columns(walk))
			tell_string(walk, pstrdup(key));
		if (strcmp(key, "_producer") != 0 && strcmp(key, "_schemaURL") != 0)
		{
			appendStringInfo(&walk->path, ".%s", key);
			walk_value(walk, member, depth + 1);
			walk->path.len = len;
			walk->path.data[len] = '\0';
		}
		pfree(key);
	}
}

static void
walk_facet(Walk *walk, const text *name, const text *body)
{
	OlJson		json;

	walk->json = &json;
	initStringInfo(&walk->path);
	appendBinaryStringInfo(&walk->path, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (ol_json_parse(&json, VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)))
		walk_value(walk, 1, 0);
}

/* (name text, body json): every string with the path to it, as it stands. */
Datum
ol_facet_strings(PG_FUNCTION_ARGS)
{
	Walk		walk = {0};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	walk.result = (ReturnSetInfo *) fcinfo->resultinfo;
	walk_facet(&walk, PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1));
	return (Datum) 0;
}

/* (name text, body json): the same strings as one text. */
Datum
ol_facet_text(PG_FUNCTION_ARGS)
{
	StringInfoData words;
	Walk		walk = {.text = &words};

	initStringInfo(&words);
	walk_facet(&walk, PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(words.data, words.len));
}
