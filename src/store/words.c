/*-------------------------------------------------------------------------
 * words.c
 *	  The strings in a facet, which search finds it by.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/json.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(ol_facet_strings);

/* Deeper than that nobody looks for words. */
#define MAX_DEPTH 20

typedef struct Walk
{
	const OlJson *json;
	ReturnSetInfo *result;
	StringInfoData path;
} Walk;

static void
tell_string(Walk *walk, char *value)
{
	Datum		values[] = {
		PointerGetDatum(cstring_to_text_with_len(walk->path.data, walk->path.len)),
		CStringGetTextDatum(value)
	};
	bool		nulls[] = {false, false};

	tuplestore_putvalues(walk->result->setResult, walk->result->setDesc, values,
						 nulls);
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

/* (name text, body json): every string with the path to it, as it stands. */
Datum
ol_facet_strings(PG_FUNCTION_ARGS)
{
	OlJson		json;
	Walk		walk;
	text	   *body;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	body = PG_GETARG_TEXT_PP(1);
	walk.json = &json;
	walk.result = (ReturnSetInfo *) fcinfo->resultinfo;
	initStringInfo(&walk.path);
	appendStringInfoString(&walk.path, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (ol_json_parse(&json, VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)))
		walk_value(&walk, 1, 0);
	return (Datum) 0;
}
