/*-------------------------------------------------------------------------
 * version.c
 *	  Versions of datasets and jobs, and what runs read and wrote.
 *
 * A dataset version is content: source, columns, lifecycle state and version
 * facet as one event gives them, once per dataset however many runs write it;
 * a command also gives a physical name, a schema location and its run.
 * Runs link to it in run_io; an event that gives none of them leaves the link
 * empty, which reads as "the version current then".  A job version is the
 * inputs, outputs, location and code that one run gathered, or one JobEvent
 * declared; versions that no run points to any more and nobody declared are
 * left where they are and count for nothing.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static OlStatement insert_schemas = {
	"INSERT INTO openlineage.dataset_schema (namespace_id, hash, fields)"
	" SELECT DISTINCT ON (g.namespace_id, g.hash) g.namespace_id, g.hash, g.fields::json"
	"   FROM unnest($1, $2, $3) AS g(namespace_id, hash, fields)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.dataset_schema AS s"
	"                     WHERE s.namespace_id = g.namespace_id AND s.hash = g.hash)"
	"  ORDER BY g.namespace_id, g.hash"
	" ON CONFLICT DO NOTHING"
};

/* write: a time only when the event wrote the dataset. */
static OlStatement upsert_versions = {
	"INSERT INTO openlineage.dataset_version AS v"
	"       (dataset_id, namespace_id, content_hash, source_name, schema_hash,"
	"        lifecycle_state, external_version, physical_name,"
	"        schema_location, created_at, last_seen_at,"
	"        first_write_at, last_write_at, created_by_run)"
	" SELECT g.dataset_id, min(g.namespace_id), g.content_hash,"
	"        min(g.source_name), (array_agg(g.schema_hash))[1],"
	"        min(g.lifecycle_state), min(g.external_version),"
	"        min(g.physical_name), min(g.schema_location),"
	"        min(g.at), max(g.at), min(g.write_at), max(g.write_at),"
	"        (array_agg(g.run_id ORDER BY g.write_at, g.run_id NULLS FIRST)"
	"                  FILTER (WHERE g.write_at IS NOT NULL))[1]"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
	"        AS g(dataset_id, namespace_id, content_hash, source_name, schema_hash,"
	"             lifecycle_state, external_version, physical_name, schema_location,"
	"             at, write_at, run_id)"
	"  GROUP BY g.dataset_id, g.content_hash"
	"  ORDER BY g.dataset_id, g.content_hash"
	" ON CONFLICT (dataset_id, content_hash) DO UPDATE SET"
	"   created_at = LEAST(v.created_at, excluded.created_at),"
	"   last_seen_at = GREATEST(v.last_seen_at, excluded.last_seen_at),"
	"   created_by_run = CASE"
	"     WHEN excluded.first_write_at IS NULL THEN v.created_by_run"
	"     WHEN v.first_write_at IS NULL OR excluded.first_write_at < v.first_write_at"
	"       THEN excluded.created_by_run"
	"     WHEN excluded.first_write_at > v.first_write_at THEN v.created_by_run"
	"     WHEN excluded.created_by_run IS NULL OR v.created_by_run IS NULL THEN NULL"
	"     ELSE LEAST(v.created_by_run, excluded.created_by_run) END,"
	"   first_write_at = LEAST(v.first_write_at, excluded.first_write_at),"
	"   last_write_at = GREATEST(v.last_write_at, excluded.last_write_at)"
};

/* content NULL: the event gave no version. */
static OlStatement upsert_run_io = {
	"INSERT INTO openlineage.run_io AS i"
	"       (run_id, dataset_id, io, namespace_id, dataset_namespace_id,"
	"        first_at, last_at, version_id, version_time, version_hash)"
	" SELECT g.run_id, g.dataset_id, g.io::openlineage.io_kind,"
	"        (array_agg(g.namespace_id ORDER BY g.at DESC, g.hash DESC))[1],"
	"        min(g.dataset_namespace_id), min(g.at), max(g.at),"
	"        (array_agg(v.id ORDER BY g.at DESC, g.hash DESC, g.content_hash DESC)"
	"                  FILTER (WHERE v.id IS NOT NULL))[1],"
	"        max(g.at) FILTER (WHERE v.id IS NOT NULL),"
	"        (array_agg(g.hash ORDER BY g.at DESC, g.hash DESC)"
	"                  FILTER (WHERE v.id IS NOT NULL))[1]"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)"
	"        AS g(run_id, dataset_id, io, namespace_id, dataset_namespace_id,"
	"             at, hash, content_hash)"
	"   LEFT JOIN openlineage.dataset_version AS v"
	"     ON v.dataset_id = g.dataset_id AND v.content_hash = g.content_hash"
	"  GROUP BY g.run_id, g.io, g.dataset_id"
	"  ORDER BY g.run_id, g.io, g.dataset_id"
	" ON CONFLICT (run_id, io, dataset_id) DO UPDATE SET"
	"   namespace_id = CASE WHEN excluded.last_at > i.last_at"
	"                       THEN excluded.namespace_id ELSE i.namespace_id END,"
	"   first_at = LEAST(i.first_at, excluded.first_at),"
	"   last_at = GREATEST(i.last_at, excluded.last_at),"
	"   (version_id, version_time, version_hash) ="
	"     (SELECT w.* FROM (SELECT excluded.version_id, excluded.version_time, excluded.version_hash"
	"                        WHERE excluded.version_id IS NOT NULL"
	"                       UNION ALL"
	"                       SELECT i.version_id, i.version_time, i.version_hash"
	"                        WHERE i.version_id IS NOT NULL) AS w"
	"       ORDER BY 2 DESC, 3 DESC LIMIT 1)"
};

static OlStatement point_datasets = {
	"SELECT openlineage.point_datasets($1)"
};

static OlStatement version_runs = {
	"SELECT openlineage.refresh_job_versions($1)"
};

static OlStatement declare_versions = {
	"SELECT openlineage.declare_job_version(g.job_id, g.at, g.inputs::int[],"
	"                                       g.outputs::int[], g.location, g.code_hash)"
	"  FROM unnest($1, $2, $3, $4, $5, $6)"
	"       AS g(job_id, at, inputs, outputs, location, code_hash)"
	" ORDER BY g.job_id"
};

static void
add_text_part(StringInfo parts, const char *text)
{
	ol_hash_part(parts, text, text == NULL ? 0 : strlen(text));
}

/* A command that names a run means a version of that run alone. */
static void
add_command_content(StringInfo parts, const OlEvent *event,
					const OlDataset *dataset)
{
	add_text_part(parts, dataset->physical_name);
	add_text_part(parts, dataset->schema_location);
	if (event->kind == OL_EVENT_RUN)
		ol_hash_part(parts, (char *) event->run_id.data, UUID_LEN);
}

/* What makes a version out of what an event says; false when it says nothing. */
static bool
version_content(const OlEvent *event, const OlDataset *dataset,
				OlHash *content)
{
	StringInfoData parts;
	const char *members[] = {
		dataset->source, dataset->lifecycle, dataset->version
	};

	if (dataset->schema == NULL && dataset->lifecycle == NULL &&
		dataset->version == NULL && !dataset->has_content)
		return false;
	initStringInfo(&parts);
	for (size_t i = 0; i < lengthof(members); i++)
		add_text_part(&parts, members[i]);
	if (dataset->schema == NULL)
		ol_hash_part(&parts, NULL, 0);
	else
		ol_hash_part(&parts, (char *) dataset->schema->hash.data, UUID_LEN);
	if (dataset->has_content)
		add_command_content(&parts, event, dataset);
	*content = ol_hash(parts.data, parts.len);
	return true;
}

static void
add_version(OlRows *rows, OlRows *schemas, OlEvent *event, OlDataset *dataset,
			const OlHash *content)
{
	OlName	   *name = dataset->ref.id;

	ol_rows_add(rows, Int32GetDatum(name->id));
	ol_rows_add(rows, Int32GetDatum(name->space_id));
	ol_rows_add(rows, UUIDPGetDatum(content));
	ol_rows_add_text(rows, dataset->source);
	if (dataset->schema == NULL)
		ol_rows_add_null(rows);
	else
	{
		ol_rows_add(rows, UUIDPGetDatum(&dataset->schema->hash));
		ol_rows_add(schemas, Int32GetDatum(name->space_id));
		ol_rows_add(schemas, UUIDPGetDatum(&dataset->schema->hash));
		ol_rows_add_text(schemas, dataset->schema->json);
	}
	ol_rows_add_text(rows, dataset->lifecycle);
	ol_rows_add_text(rows, dataset->version);
	ol_rows_add_text(rows, dataset->physical_name);
	ol_rows_add_text(rows, dataset->schema_location);
	ol_rows_add(rows, TimestampTzGetDatum(event->time));
	if (dataset->io == OL_IO_INPUT)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, TimestampTzGetDatum(event->time));
	if (event->kind == OL_EVENT_RUN)
		ol_rows_add(rows, UUIDPGetDatum(&event->run_id));
	else
		ol_rows_add_null(rows);
}

static void
add_run_io(OlRows *rows, OlEvent *event, OlDataset *dataset,
		   const OlHash *content)
{
	ol_rows_add(rows, UUIDPGetDatum(&event->run_id));
	ol_rows_add(rows, Int32GetDatum(dataset->ref.id->id));
	ol_rows_add_text(rows, dataset->io == OL_IO_INPUT ? "input" : "output");
	ol_rows_add(rows, Int32GetDatum(event->job.id->space_id));
	ol_rows_add(rows, Int32GetDatum(dataset->ref.id->space_id));
	ol_rows_add(rows, TimestampTzGetDatum(event->time));
	ol_rows_add(rows, UUIDPGetDatum(&event->hash));
	if (content == NULL)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, UUIDPGetDatum(content));
}

/* Rows of dataset_schema, dataset_version and run_io. */
void
ol_versions_apply(OlBatch *batch)
{
	static const Oid schema_types[] = {INT4OID, UUIDOID, TEXTOID};
	static const Oid types[] = {
		INT4OID, INT4OID, UUIDOID, TEXTOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID,
		TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID
	};
	static const Oid io_types[] = {
		UUIDOID, INT4OID, TEXTOID, INT4OID, INT4OID, TIMESTAMPTZOID, UUIDOID,
		UUIDOID
	};
	OlRows	   *schemas = ol_rows_create(lengthof(schema_types), schema_types);
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	OlRows	   *ios = ol_rows_create(lengthof(io_types), io_types);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		for (int j = 0; j < event->ndatasets; j++)
		{
			OlDataset  *dataset = &event->datasets[j];
			OlHash	   *content = palloc(sizeof(OlHash));

			if (version_content(event, dataset, content))
				add_version(rows, schemas, event, dataset, content);
			else
				content = NULL;
			if (event->kind == OL_EVENT_RUN)
				add_run_io(ios, event, dataset, content);
		}
	}
	ol_rows_execute(schemas, &insert_schemas);
	ol_rows_execute(rows, &upsert_versions);
	ol_rows_execute(ios, &upsert_run_io);
}

/* The node ids of a JobEvent's inputs or outputs as an array in text form. */
static char *
dataset_ids(OlEvent *event, OlIo io)
{
	StringInfoData ids;

	initStringInfo(&ids);
	for (int i = 0; i < event->ndatasets; i++)
	{
		if (event->datasets[i].io == io)
			appendStringInfo(&ids, "%c%d", ids.len == 0 ? '{' : ',',
							 event->datasets[i].ref.id->id);
	}
	appendStringInfoString(&ids, ids.len == 0 ? "{}" : "}");
	return ids.data;
}

static void
add_declaration(OlRows *rows, OlEvent *event)
{
	OlHash	   *code = palloc(sizeof(OlHash));
	char	   *location;
	bool		any = ol_event_code(event, code, &location);

	if (!any && !event->lists_datasets)
		return;					/* says nothing that makes a version */
	ol_rows_add(rows, Int32GetDatum(event->job.id->id));
	ol_rows_add(rows, TimestampTzGetDatum(event->time));
	ol_rows_add_text(rows, dataset_ids(event, OL_IO_INPUT));
	ol_rows_add_text(rows, dataset_ids(event, OL_IO_OUTPUT));
	ol_rows_add_text(rows, location);
	if (any)
		ol_rows_add(rows, UUIDPGetDatum(code));
	else
		ol_rows_add_null(rows);
}

/* Job versions and current dataset versions, once everything else stands. */
void
ol_versions_finish(OlBatch *batch)
{
	static const Oid run_types[] = {UUIDOID};
	static const Oid types[] = {
		INT4OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID
	};
	static const Oid dataset_types[] = {INT4OID};
	OlRows	   *runs = ol_rows_create(1, run_types);
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	OlRows	   *datasets = ol_rows_create(1, dataset_types);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		if (event->kind == OL_EVENT_RUN)
			ol_rows_add(runs, UUIDPGetDatum(&event->run_id));
		else if (event->kind == OL_EVENT_JOB)
			add_declaration(rows, event);
		for (int j = 0; j < event->ndatasets; j++)
			ol_rows_add(datasets,
						Int32GetDatum(event->datasets[j].ref.id->id));
	}
	ol_rows_execute(runs, &version_runs);
	ol_rows_execute(rows, &declare_versions);
	ol_rows_execute(datasets, &point_datasets);
}
