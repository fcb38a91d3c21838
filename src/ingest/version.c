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

#include "base/probe.h"
#include "base/writer.h"
#include "catalog/pg_type.h"
#include "ingest/version.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
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

/* What one run reads or writes, as the batch tells it. */
typedef struct RunIoKey
{
	pg_uuid_t	run_id;
	int			dataset_id;
	int			io;
} RunIoKey;

typedef struct RunIo
{
	RunIoKey	key;
	const OlEvent *first;
	const OlEvent *last;
	const OlName *dataset;
	const OlVersion *version;	/* of the latest event that gave one */
	const OlEvent *told_by;		/* that event */
	bool		is_stored;		/* was before the batch, and has been updated */
} RunIo;

/* Of two events the later, by (time, hash). */
static int
compare_events(const OlEvent *a, const OlEvent *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return ol_hash_cmp(&a->hash, &b->hash);
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

static void
merge_run_io(HTAB *ios, List **list, const OlEvent *event,
			 const OlDataset *dataset, const OlVersion *version)
{
	RunIoKey	key = {event->run_id, dataset->ref.id->id, dataset->io};
	RunIo	   *io;
	bool		found;
	int			order;

	io = hash_search(ios, &key, HASH_ENTER, &found);
	if (!found)
	{
		io->first = io->last = event;
		io->dataset = dataset->ref.id;
		io->version = NULL;
		io->is_stored = false;
		*list = lappend(*list, io);
	}
	if (compare_events(event, io->first) < 0)
		io->first = event;
	if (compare_events(event, io->last) > 0)
		io->last = event;
	if (version == NULL)
		return;
	order = io->version == NULL ? 1 : compare_events(event, io->told_by);
	if (order > 0 || (order == 0 && ol_hash_cmp(&version->key.content,
												&io->version->key.content) > 0))
	{
		io->version = version;
		io->told_by = event;
	}
}

static HTAB *
create_table(const char *name, Size key, Size entry)
{
	HASHCTL		control = {.keysize = key,.entrysize = entry,
	.hcxt = CurrentMemoryContext};

	return hash_create(name, 256, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Of openlineage.run_io, in the order of columns[]. */
enum
{
	IO_RUN_ID, IO_DATASET_ID, IO_IO, IO_NAMESPACE_ID, IO_DATASET_NAMESPACE_ID,
	IO_FIRST_AT, IO_LAST_AT, IO_VERSION_ID, IO_VERSION_TIME, IO_VERSION_HASH,
	IO_COLUMNS
};

typedef struct RunIoTable
{
	OlProbe		of_run;
	OlWriter	rows;
	Oid			kinds[2];		/* input, output */
} RunIoTable;

static void
open_run_io(RunIoTable *table)
{
	static const char *const columns[] = {
		"run_id", "dataset_id", "io", "namespace_id", "dataset_namespace_id",
		"first_at", "last_at", "version_id", "version_time", "version_hash"
	};
	Oid			kind;

	ol_probe_begin(&table->of_run, "run_io_pkey", 1);
	ol_writer_begin(&table->rows, "run_io", columns, IO_COLUMNS);
	kind = get_atttype(RelationGetRelid(table->rows.table),
					   table->rows.columns[IO_IO]);
	table->kinds[0] = ol_enum_value(kind, "input");
	table->kinds[1] = ol_enum_value(kind, "output");
}

static void
close_run_io(RunIoTable *table)
{
	ol_writer_end(&table->rows);
	ol_probe_end(&table->of_run);
}

/* A row as the batch tells it. */
static void
run_io_values(const RunIoTable *table, const RunIo *io, Datum *values,
			  bool *nulls)
{
	memset(nulls, false, IO_COLUMNS);
	values[IO_RUN_ID] = UUIDPGetDatum(&io->key.run_id);
	values[IO_DATASET_ID] = Int32GetDatum(io->key.dataset_id);
	values[IO_IO] = ObjectIdGetDatum(table->kinds[io->key.io == OL_IO_INPUT ? 0 : 1]);
	values[IO_NAMESPACE_ID] = Int32GetDatum(io->last->job.id->space_id);
	values[IO_DATASET_NAMESPACE_ID] = Int32GetDatum(io->dataset->space_id);
	values[IO_FIRST_AT] = TimestampTzGetDatum(io->first->time);
	values[IO_LAST_AT] = TimestampTzGetDatum(io->last->time);
	nulls[IO_VERSION_ID] = nulls[IO_VERSION_TIME] = nulls[IO_VERSION_HASH] =
		io->version == NULL;
	if (io->version == NULL)
		return;					/* no event gave a version */
	values[IO_VERSION_ID] = Int64GetDatum(io->version->id);
	values[IO_VERSION_TIME] = TimestampTzGetDatum(io->told_by->time);
	values[IO_VERSION_HASH] = UUIDPGetDatum(&io->told_by->hash);
}

/* Whether the batch told of a version later than the stored row. */
static bool
tells_later(const RunIo *io, Datum time, Datum hash, bool isnull)
{
	if (io->version == NULL || isnull)
		return io->version != NULL;
	if (io->told_by->time != DatumGetTimestampTz(time))
		return io->told_by->time > DatumGetTimestampTz(time);
	return ol_hash_cmp(&io->told_by->hash, DatumGetUUIDP(hash)) > 0;
}

/* The stored row that the probe is at with what the batch tells of it. */
static void
update_run_io(RunIoTable *table, const RunIo *io)
{
	OlProbe    *stored = &table->of_run;
	Datum		was[IO_COLUMNS];
	bool		was_null[IO_COLUMNS];
	Datum		values[IO_COLUMNS];
	bool		nulls[IO_COLUMNS];

	for (int i = 0; i < IO_COLUMNS; i++)
		was[i] = ol_probe_column(stored, table->rows.columns[i], &was_null[i]);
	run_io_values(table, io, values, nulls);
	values[IO_DATASET_NAMESPACE_ID] = was[IO_DATASET_NAMESPACE_ID];
	if (io->last->time <= DatumGetTimestampTz(was[IO_LAST_AT]))
	{
		values[IO_NAMESPACE_ID] = was[IO_NAMESPACE_ID];
		values[IO_LAST_AT] = was[IO_LAST_AT];
	}
	if (io->first->time >= DatumGetTimestampTz(was[IO_FIRST_AT]))
		values[IO_FIRST_AT] = was[IO_FIRST_AT];
	if (!tells_later(io, was[IO_VERSION_TIME], was[IO_VERSION_HASH],
					 was_null[IO_VERSION_ID]))
	{
		for (int i = IO_VERSION_ID; i < IO_COLUMNS; i++)
		{
			values[i] = was[i];
			nulls[i] = was_null[i];
		}
	}
	ol_writer_update(&table->rows, stored, values, nulls);
}

/*
 * Brings what is stored of a run up to date.  Nobody else adds to it: we hold
 * the advisory lock of each run.
 */
static void
update_run(RunIoTable *table, HTAB *ios, const pg_uuid_t *run_id)
{
	OlProbe    *stored = &table->of_run;
	Datum		key = UUIDPGetDatum(run_id);

	ol_probe_seek(stored, &key, NULL);
	while (ol_probe_next(stored))
	{
		const AttrNumber *columns = table->rows.columns;
		bool		isnull;
		Oid			kind = DatumGetObjectId(ol_probe_column(stored, columns[IO_IO], &isnull));
		RunIoKey	io_key = {
			*run_id,
			DatumGetInt32(ol_probe_column(stored, columns[IO_DATASET_ID], &isnull)),
			kind == table->kinds[0] ? OL_IO_INPUT : OL_IO_OUTPUT
		};
		RunIo	   *io = hash_search(ios, &io_key, HASH_FIND, NULL);

		if (io == NULL || io->is_stored)
			continue;
		update_run_io(table, io);
		io->is_stored = true;
	}
}

/* Rows of run_io; notes the runs that have new ones. */
static void
store_run_io(OlBatch *batch, HTAB *ios, List *list)
{
	RunIoTable	table;
	const pg_uuid_t *run_id = NULL;
	ListCell   *cell;

	batch->widened_runs = create_table("runs with new inputs or outputs",
									   sizeof(pg_uuid_t), sizeof(pg_uuid_t));
	open_run_io(&table);
	foreach(cell, list)
	{
		RunIo	   *io = lfirst(cell);
		bool		is_same = run_id != NULL &&
		memcmp(run_id, &io->key.run_id, UUID_LEN) == 0;

		run_id = &io->key.run_id;
		if (!is_same)
			update_run(&table, ios, run_id);
	}
	foreach(cell, list)
	{
		RunIo	   *io = lfirst(cell);
		Datum		values[IO_COLUMNS];
		bool		nulls[IO_COLUMNS];

		if (io->is_stored)
			continue;
		run_io_values(&table, io, values, nulls);
		ol_writer_insert(&table.rows, values, nulls);
		hash_search(batch->widened_runs, &io->key.run_id, HASH_ENTER, NULL);
	}
	close_run_io(&table);
}

/* Rows of dataset_schema, dataset_version and run_io. */
void
ol_versions_apply(OlBatch *batch)
{
	HTAB	   *versions = create_table("versions of a batch",
										sizeof(OlVersionKey), sizeof(OlVersion));
	HTAB	   *ios = create_table("inputs and outputs of a batch",
								   sizeof(RunIoKey), sizeof(RunIo));
	List	   *version_list = NIL;
	List	   *io_list = NIL;

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
				merge_run_io(ios, &io_list, event, dataset, version);
		}
	}
	ol_version_rows_store(versions, version_list);
	batch->versions = version_list;
	store_run_io(batch, ios, io_list);
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
