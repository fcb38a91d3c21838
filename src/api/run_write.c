/*-------------------------------------------------------------------------
 * run_write.c
 *	  The JSON of runs, and run_json() of SQL.
 *
 * What run_read.c gathered is written member by member, byte for byte as
 * json_build_object() and json_object_agg() would write it.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "api/runs.h"
#include "auth/access.h"
#include "auth/redact.h"
#include "base/compat.h"
#include "base/hash.h"
#include "base/time.h"
#include "executor/spi.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(ol_run_json);

static int
compare_names(const text *a, const text *b)
{
	int			alen = VARSIZE_ANY_EXHDR(a);
	int			blen = VARSIZE_ANY_EXHDR(b);
	int			order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(alen, blen));

	return order != 0 ? order : (alen > blen) - (alen < blen);
}

static int
compare_facets(const ListCell *a, const ListCell *b)
{
	return compare_names(((OlRunFacet *) lfirst(a))->name,
						 ((OlRunFacet *) lfirst(b))->name);
}

static void
put_facets(StringInfo json, OlRunFacet *facets)
{
	List	   *shown = NIL;
	ListCell   *cell;

	for (; facets != NULL; facets = facets->next)
	{
		if (!facets->is_hidden)
			shown = lappend(shown, facets);
	}
	if (shown == NIL)
	{
		ol_form_literal(json, "{}");
		return;
	}
	list_sort(shown, compare_facets);
	foreach(cell, shown)
	{
		OlRunFacet *facet = lfirst(cell);

		appendStringInfoString(json, foreach_current_index(cell) == 0 ?
							   "{ " : ", ");
		ol_form_text(json, facet->name);
		ol_form_literal(json, " : ");
		ol_form_body(json, facet->body);
	}
	ol_form_literal(json, " }");
	list_free(shown);
}

static void
put_version(StringInfo json, const char *kind, const OlTitle *name,
			const pg_uuid_t *content)
{
	pg_uuid_t	version = ol_version_id(kind, name->space->name, name->name,
										content);

	appendStringInfoChar(json, '{');
	ol_form_put(json, name->members);
	ol_form_literal(json, ", \"version\" : ");
	ol_form_uuid(json, &version);
	appendStringInfoChar(json, '}');
}

/* What the caller may hear of them. */
static OlRunFacet *
redact_facets(OlRunFacet *facets)
{
	OlRunFacet **place = &facets;

	while (*place != NULL)
	{
		text	   *body = ol_redact(DatumGetTextPP((*place)->body));

		if (body == NULL)
		{
			*place = (*place)->next;
			continue;
		}
		(*place)->body = PointerGetDatum(body);
		place = &(*place)->next;
	}
	return facets;
}

static void
redact_run(OlRun *run)
{
	run->facets = redact_facets(run->facets);
	for (OlRunIo *io = run->io; io != NULL; io = io->next)
		io->facets = redact_facets(io->facets);
}

static int
compare_io(const ListCell *a, const ListCell *b)
{
	return ol_title_cmp(((OlRunIo *) lfirst(a))->name,
						((OlRunIo *) lfirst(b))->name);
}

/* By namespace and name; what may not be seen is left out. */
static void
put_io(StringInfo json, const OlRunSet *runs, const OlRun *run, bool outputs,
	   const OlTitles *names)
{
	List	   *shown = NIL;
	ListCell   *cell;
	OlHash		nothing = ol_hash("", 0);

	for (OlRunIo *io = run->io; io != NULL; io = io->next)
	{
		if (io->is_output != outputs)
			continue;
		io->name = ol_titles_find(names, io->dataset_id);
		if (io->name != NULL && io->name->job_id == 0)
			shown = lappend(shown, io);
	}
	list_sort(shown, compare_io);
	appendStringInfoChar(json, '[');
	foreach(cell, shown)
	{
		OlRunIo    *io = lfirst(cell);
		const pg_uuid_t *content = ol_runset_dataset_content(runs, io->version_id);

		if (foreach_current_index(cell) > 0)
			ol_form_literal(json, ", ");
		ol_form_literal(json, "{\"datasetVersionId\" : ");
		put_version(json, "dataset", io->name, content ? content : &nothing);
		ol_form_literal(json, ", \"facets\" : ");
		put_facets(json, io->facets);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
	list_free(shown);
}

static const OlRunFacet *
find_facet(const OlRun *run, const char *name, bool hidden)
{
	for (OlRunFacet *facet = run->facets; facet != NULL; facet = facet->next)
	{
		if (facet->is_hidden == hidden &&
			VARSIZE_ANY_EXHDR(facet->name) == strlen(name) &&
			memcmp(VARDATA_ANY(facet->name), name, strlen(name)) == 0)
			return facet;
	}
	return NULL;
}

static void
put_arg(StringInfo json, const char *key, const text *value)
{
	if (value == NULL)
		return;
	appendStringInfoString(json, json->data[json->len - 1] == '{' ? " " : ", ");
	appendStringInfo(json, "\"%s\" : ", key);
	ol_form_text(json, value);
}

/* 2026-01-05T08:00Z[UTC]: seconds only when they are not zero. */
static text *
zoned_time(TimestampTz when)
{
	StringInfoData written;

	initStringInfo(&written);
	if (!ol_time_append(&written, when))
		return NULL;
	written.data[--written.len] = '\0';
	if (written.len >= 3 && strcmp(written.data + written.len - 3, ":00") == 0)
		written.len -= 3;
	appendStringInfoString(&written, "Z[UTC]");
	written.data[written.len] = '\0';
	return cstring_to_text_with_len(written.data, written.len);
}

/* What the nominal times and the parent facet of a run say, as strings. */
static void
put_told_args(StringInfo json, const OlRun *run, const OlRunFacet *parent)
{
	int			start = json->len;

	appendStringInfoChar(json, '{');
	put_arg(json, "nominal_start_time", zoned_time(run->nominal_start));
	put_arg(json, "nominal_end_time", zoned_time(run->nominal_end));
	if (parent != NULL)
	{
		char	   *body = TextDatumGetCString(parent->body);
		OlJson		parsed;

		if (ol_json_parse(&parsed, body, strlen(body)))
		{
			uint32		of_run = ol_json_member(&parsed, 1, "run");
			uint32		of_job = ol_json_member(&parsed, 1, "job");

			put_arg(json, "run_id", ol_form_member(&parsed, of_run, "runId"));
			put_arg(json, "name", ol_form_member(&parsed, of_job, "name"));
			put_arg(json, "namespace", ol_form_member(&parsed, of_job, "namespace"));
		}
		pfree(parsed.values);
		pfree(body);
	}
	appendStringInfoString(json, json->len == start + 1 ? "}" : " }");
}

/* The args that the POST of a run gave; false when it gave none. */
static bool
put_given_args(StringInfo json, const OlRunFacet *given)
{
	char	   *body;
	OlJson		parsed;
	uint32		args = 0;

	if (given == NULL)
		return false;
	body = TextDatumGetCString(given->body);
	if (ol_json_parse(&parsed, body, strlen(body)))
		args = ol_json_member(&parsed, 1, "args");
	if (args != 0)
		appendBinaryStringInfo(json, body + parsed.values[args].start,
							   parsed.values[args].end -
							   parsed.values[args].start);
	pfree(parsed.values);
	pfree(body);
	return args != 0;
}

static void
put_args(StringInfo json, const OlRun *run)
{
	const OlRunFacet *parent = find_facet(run, "parent", false);

	if (put_given_args(json, find_facet(run, "runArgs", true)))
		return;
	if (parent != NULL || run->nominal_start != OL_NO_TIME ||
		run->nominal_end != OL_NO_TIME)
		put_told_args(json, run, parent);
	else
		ol_form_literal(json, "{}");
}

/* Whole milliseconds, towards zero; null unless both ends are known. */
static void
put_duration(StringInfo json, const OlRun *run)
{
	if (TIMESTAMP_NOT_FINITE(run->started_at) ||
		TIMESTAMP_NOT_FINITE(run->ended_at))
		ol_form_literal(json, "null");
	else
	{
		char		written[MAXINT8LEN + 1];
		int64		duration = ((int128) run->ended_at - run->started_at) / 1000;

		appendBinaryStringInfo(json, written, pg_lltoa(duration, written));
	}
}

void
ol_run_write(StringInfo json, const OlRunSet *runs, OlRun *run,
			 const OlTitles *names)
{
	const pg_uuid_t *content = ol_runset_job_content(runs, run->job_version_id);

	if (!ol_access_readable()->everything)
		redact_run(run);
	ol_form_literal(json, "{\"id\" : ");
	ol_form_uuid(json, &run->id);
	ol_form_literal(json, ", \"createdAt\" : ");
	ol_form_time(json, run->created_at);
	ol_form_literal(json, ", \"updatedAt\" : ");
	ol_form_time(json, run->updated_at);
	ol_form_literal(json, ", \"nominalStartTime\" : ");
	ol_form_time(json, run->nominal_start);
	ol_form_literal(json, ", \"nominalEndTime\" : ");
	ol_form_time(json, run->nominal_end);
	ol_form_literal(json, ", \"state\" : ");
	if (run->state == NULL)
		ol_form_literal(json, "\"NEW\"");
	else
		ol_form_text(json, run->state);
	ol_form_literal(json, ", \"startedAt\" : ");
	ol_form_time(json, run->started_at);
	ol_form_literal(json, ", \"endedAt\" : ");
	ol_form_time(json, run->ended_at);
	ol_form_literal(json, ", \"durationMs\" : ");
	put_duration(json, run);
	ol_form_literal(json, ", \"args\" : ");
	put_args(json, run);
	ol_form_literal(json, ", \"jobVersion\" : ");
	if (content == NULL)
		ol_form_literal(json, "null");
	else
		put_version(json, "job", ol_titles_find(names, run->job_id), content);
	ol_form_literal(json, ", \"inputDatasetVersions\" : ");
	put_io(json, runs, run, false, names);
	ol_form_literal(json, ", \"outputDatasetVersions\" : ");
	put_io(json, runs, run, true, names);
	ol_form_literal(json, ", \"facets\" : ");
	put_facets(json, run->facets);
	appendStringInfoChar(json, '}');
}

Datum
ol_run_json(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ArrayType  *array;
	Datum	   *elements;
	bool	   *nulls;
	pg_uuid_t  *ids;
	int			n = 0;
	int			nelements;
	OlTitles   *names;
	OlRunSet   *runs;
	StringInfoData json;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	array = PG_GETARG_ARRAYTYPE_P(0);
	deconstruct_array(array, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR,
					  &elements, &nulls, &nelements);
	ids = palloc(sizeof(pg_uuid_t) * Max(nelements, 1));
	for (int i = 0; i < nelements; i++)
	{
		if (!nulls[i])
			ids[n++] = *DatumGetUUIDP(elements[i]);
	}
	SPI_connect();
	names = ol_titles_create();
	runs = ol_runset_read(ids, n, names);
	ol_titles_read(names);
	initStringInfo(&json);
	for (OlRun *run = ol_runset_first(runs); run != NULL; run = run->next)
	{
		Datum		values[2] = {UUIDPGetDatum(&run->id)};
		bool		is_null[2] = {false, false};

		if (ol_titles_find(names, run->job_id) == NULL)
			continue;
		resetStringInfo(&json);
		ol_run_write(&json, runs, run, names);
		values[1] = PointerGetDatum(cstring_to_text_with_len(json.data,
															 json.len));
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 is_null);
		pfree(DatumGetPointer(values[1]));
	}
	SPI_finish();
	return (Datum) 0;
}
