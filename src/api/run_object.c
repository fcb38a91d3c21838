/*-------------------------------------------------------------------------
 * run_object.c
 *	  The JSON of one run, and of one dataset that a run read or wrote.
 *
 * A list of a hundred jobs shows a thousand runs.  json_build_object() looks
 * up the type of every member of every run, which is most of what such a list
 * costs; here the members are known.  What is written is byte for byte what
 * json_build_object() writes.
 *
 * No name is looked up, so the SQL functions go without a search_path.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/compat.h"
#include "base/hash.h"
#include "base/time.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(ol_run_object);
PG_FUNCTION_INFO_V1(ol_run_io_object);

/* Arguments of run_object(), in order. */
enum
{
	RUN_ID,
	RUN_CREATED,
	RUN_UPDATED,
	RUN_NOMINAL_START,
	RUN_NOMINAL_END,
	RUN_STATE,
	RUN_STARTED,
	RUN_ENDED,
	RUN_ARGS,
	RUN_JOB_NAMESPACE,
	RUN_JOB_NAME,
	RUN_JOB_CONTENT,
	RUN_INPUTS,
	RUN_OUTPUTS,
	RUN_FACETS
};

static void
append_key(StringInfo json, const char *key)
{
	appendStringInfo(json, "%s\"%s\" : ", json->data[json->len - 1] == '{' ? "" : ", ", key);
}

static void
append_text(StringInfo json, const char *key, text *value)
{
	char	   *string = text_to_cstring(value);

	append_key(json, key);
	escape_json(json, string);
	pfree(string);
}

static void
append_uuid(StringInfo json, const char *key, const pg_uuid_t *uuid)
{
	static const char digits[] = "0123456789abcdef";

	append_key(json, key);
	appendStringInfoChar(json, '"');
	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			appendStringInfoChar(json, '-');
		appendStringInfoChar(json, digits[uuid->data[i] >> 4]);
		appendStringInfoChar(json, digits[uuid->data[i] & 15]);
	}
	appendStringInfoChar(json, '"');
}

/* A time that is unknown or infinite is null. */
static void
append_time(StringInfo json, const char *key, const NullableDatum *at)
{
	int			start;

	append_key(json, key);
	start = json->len;
	appendStringInfoChar(json, '"');
	if (!at->isnull && ol_time_append(json, DatumGetTimestampTz(at->value)))
	{
		appendStringInfoChar(json, '"');
		return;
	}
	json->data[json->len = start] = '\0';
	appendStringInfoString(json, "null");
}

static void
append_duration(StringInfo json, const NullableDatum *started,
				const NullableDatum *ended)
{
	append_key(json, "durationMs");
	if (started->isnull || ended->isnull ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(started->value)) ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(ended->value)))
		appendStringInfoString(json, "null");
	else
		appendStringInfo(json, INT64_FORMAT,
						 (int64) (((int128) DatumGetTimestampTz(ended->value) -
								   DatumGetTimestampTz(started->value)) / 1000));
}

static void
append_json(StringInfo json, const char *key, const NullableDatum *value,
			const char *absent)
{
	text	   *part;

	append_key(json, key);
	if (value->isnull)
	{
		appendStringInfoString(json, absent);
		return;
	}
	part = DatumGetTextPP(value->value);
	appendBinaryStringInfo(json, VARDATA_ANY(part), VARSIZE_ANY_EXHDR(part));
}

/* {namespace, name, version}: how the API names a version. */
static void
append_version(StringInfo json, const char *kind, text *namespace, text *name,
			   const pg_uuid_t *content)
{
	pg_uuid_t	version = ol_version_id(kind, namespace, name, content);

	appendStringInfoChar(json, '{');
	append_text(json, "namespace", namespace);
	append_text(json, "name", name);
	append_uuid(json, "version", &version);
	appendStringInfoChar(json, '}');
}

static Datum
finish(StringInfo json)
{
	appendStringInfoChar(json, '}');
	return PointerGetDatum(cstring_to_text_with_len(json->data, json->len));
}

Datum
ol_run_object(PG_FUNCTION_ARGS)
{
	NullableDatum *args = fcinfo->args;
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_uuid(&json, "id", DatumGetUUIDP(args[RUN_ID].value));
	append_time(&json, "createdAt", &args[RUN_CREATED]);
	append_time(&json, "updatedAt", &args[RUN_UPDATED]);
	append_time(&json, "nominalStartTime", &args[RUN_NOMINAL_START]);
	append_time(&json, "nominalEndTime", &args[RUN_NOMINAL_END]);
	append_text(&json, "state", DatumGetTextPP(args[RUN_STATE].value));
	append_time(&json, "startedAt", &args[RUN_STARTED]);
	append_time(&json, "endedAt", &args[RUN_ENDED]);
	append_duration(&json, &args[RUN_STARTED], &args[RUN_ENDED]);
	append_json(&json, "args", &args[RUN_ARGS], "{}");
	append_key(&json, "jobVersion");
	if (args[RUN_JOB_CONTENT].isnull)
		appendStringInfoString(&json, "null");
	else
		append_version(&json, "job", DatumGetTextPP(args[RUN_JOB_NAMESPACE].value),
					   DatumGetTextPP(args[RUN_JOB_NAME].value),
					   DatumGetUUIDP(args[RUN_JOB_CONTENT].value));
	append_json(&json, "inputDatasetVersions", &args[RUN_INPUTS], "[]");
	append_json(&json, "outputDatasetVersions", &args[RUN_OUTPUTS], "[]");
	append_json(&json, "facets", &args[RUN_FACETS], "{}");
	return finish(&json);
}

Datum
ol_run_io_object(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	OlHash		content = PG_ARGISNULL(2) ? ol_hash("", 0) : *PG_GETARG_UUID_P(2);

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_key(&json, "datasetVersionId");
	append_version(&json, "dataset", PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1),
				   &content);
	append_json(&json, "facets", &fcinfo->args[3], "{}");
	return finish(&json);
}
