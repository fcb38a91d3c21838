/*-------------------------------------------------------------------------
 * version.c
 *	  Versions of datasets and jobs.
 *
 * A dataset version is content: source, columns, lifecycle state and version
 * facet as one event gives them, once per dataset however many runs write it;
 * a command also gives a physical name, a schema location and its run.
 * Runs link to it in run_io (run_io.c); an event that gives none of them leaves the link
 * empty, which reads as "the version current then".  A job version is the
 * inputs, outputs, location and code that one run gathered, or one JobEvent
 * declared; versions that no run points to any more and nobody declared are
 * left where they are and count for nothing.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ingest/run_io.h"
#include "ingest/version.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

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

static bool
tells_version(const OlDataset *dataset)
{
	return dataset->schema != NULL || dataset->lifecycle != NULL ||
		dataset->version != NULL || dataset->has_content;
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

	if (!tells_version(dataset))
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
merge_write(OlVersion *version, const OlEvent *event)
{
	bool		is_run = event->kind == OL_EVENT_RUN;

	if (event->time < version->first_write)
	{
		version->has_run = is_run;
		version->run = event->run_id;
	}
	else if (event->time == version->first_write && !is_run)
		version->has_run = false;
	else if (event->time == version->first_write && version->has_run &&
			 memcmp(&event->run_id, &version->run, UUID_LEN) < 0)
		version->run = event->run_id;
	version->first_write = Min(version->first_write, event->time);
	version->last_write = Max(version->last_write, event->time);
}

static OlVersion *
merge_version(HTAB *versions, List **list, const OlEvent *event,
			  const OlDataset *dataset, const OlHash *content)
{
	OlVersionKey key;
	OlVersion  *version;
	bool		found;

	memset(&key, 0, sizeof(key));
	key.dataset_id = dataset->ref.id->id;
	key.content = *content;
	version = hash_search(versions, &key, HASH_ENTER, &found);
	if (!found)
	{
		version->dataset = dataset;
		version->created = version->first_write = DT_NOEND;
		version->seen = version->last_write = DT_NOBEGIN;
		version->has_run = false;
		*list = lappend(*list, version);
	}
	version->created = Min(version->created, event->time);
	version->seen = Max(version->seen, event->time);
	if (dataset->io != OL_IO_INPUT)
		merge_write(version, event);
	return version;
}

/* Rows of dataset_schema, dataset_version and run_io. */
void
ol_versions_apply(OlBatch *batch)
{
	HASHCTL		control = {.keysize = sizeof(OlVersionKey),
		.entrysize = sizeof(OlVersion),.hcxt = CurrentMemoryContext
	};
	HTAB	   *versions = hash_create("versions of a batch", 256, &control,
									   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	OlRunIos	ios;
	List	   *version_list = NIL;

	ol_run_ios_begin(&ios);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		for (int j = 0; j < event->ndatasets; j++)
		{
			OlDataset  *dataset = &event->datasets[j];
			OlVersion  *version = NULL;
			OlHash		content;

			if (version_content(event, dataset, &content))
				version = merge_version(versions, &version_list, event,
										dataset, &content);
			if (event->kind == OL_EVENT_RUN)
				ol_run_ios_merge(&ios, event, dataset, version);
		}
	}
	ol_version_rows_store(versions, version_list);
	batch->versions = version_list;
	ol_run_ios_store(&ios, batch);
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
	OlRows	   *runs = ol_rows_create(1, run_types);
	OlRows	   *rows = ol_rows_create(lengthof(types), types);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		if (event->kind == OL_EVENT_RUN)
		{
			bool		widened;

			hash_search(batch->widened_runs, &event->run_id, HASH_FIND,
						&widened);
			if (!ol_run_is_settled(batch, &event->run_id, widened))
				ol_rows_add(runs, UUIDPGetDatum(&event->run_id));
		}
		else if (event->kind == OL_EVENT_JOB)
			add_declaration(rows, event);
	}
	ol_rows_execute(runs, &version_runs);
	ol_rows_execute(rows, &declare_versions);
	ol_version_rows_point(batch->versions);
}
