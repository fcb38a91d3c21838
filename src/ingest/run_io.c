/*-------------------------------------------------------------------------
 * run_io.c
 *	  What runs read and wrote.
 *
 * Nearly every event of a run names what the one before it named.  So that
 * such an event changes the row of its run alone, that row tells the latest
 * event that named any dataset (run_row.c), and a row of run_io has null for
 * what it would take from there: last_at, and version_time and version_hash
 * when it has a version.  When that event is followed by one that does not say
 * the same of a row, the row gets the values themselves.
 * Only rows in the namespace of their run leave it to the run: who may see
 * such a row may see the run as well.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "ingest/run.h"
#include "ingest/run_io.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

typedef struct RunIoKey
{
	pg_uuid_t	run_id;
	int			dataset_id;
	int			io;
} RunIoKey;

/* What one run reads or writes, as the batch tells it. */
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

typedef struct RunIoRow
{
	Datum		values[IO_COLUMNS];
	bool		nulls[IO_COLUMNS];
} RunIoRow;

/* The row of a run, as far as those of run_io are told by it. */
typedef struct RunNow
{
	OlRegister	was;			/* io_time and io_hash before the batch */
	OlRegister	last;			/* and after it */
	int			space_id;
} RunNow;

void
ol_run_ios_begin(OlRunIos *ios)
{
	HASHCTL		control = {.keysize = sizeof(RunIoKey),
		.entrysize = sizeof(RunIo),.hcxt = CurrentMemoryContext
	};

	ios->list = NIL;
	ios->table = hash_create("inputs and outputs of a batch", 256, &control,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

void
ol_run_ios_merge(OlRunIos *ios, const OlEvent *event,
				 const OlDataset *dataset, const OlVersion *version)
{
	RunIoKey	key = {event->run_id, dataset->ref.id->id, dataset->io};
	RunIo	   *io;
	bool		found;
	int			order;

	io = hash_search(ios->table, &key, HASH_ENTER, &found);
	if (!found)
	{
		io->first = io->last = event;
		io->dataset = dataset->ref.id;
		io->version = NULL;
		io->is_stored = false;
		ios->list = lappend(ios->list, io);
	}
	if (ol_event_compare(event, io->first) < 0)
		io->first = event;
	if (ol_event_compare(event, io->last) > 0)
		io->last = event;
	if (version == NULL)
		return;
	order = io->version == NULL ? 1 : ol_event_compare(event, io->told_by);
	if (order > 0 || (order == 0 && ol_hash_cmp(&version->key.content,
												&io->version->key.content) > 0))
	{
		io->version = version;
		io->told_by = event;
	}
}

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

/* A run that the batch has events of. */
static RunNow
run_now(const OlBatch *batch, const pg_uuid_t *id)
{
	const OlRun *run = hash_search(batch->runs, id, HASH_FIND, NULL);
	const OlKnownRun *known = hash_search(batch->known_runs, id, HASH_FIND, NULL);
	RunNow		now = {.last = run->io_at,.space_id = run->space_id};

	if (known == NULL || !known->has_io)
		return now;
	now.was.time = known->io_time;
	now.was.hash = &known->io_hash;
	if (ol_register_compare(&now.last, &now.was) < 0)
		now.last = now.was;
	return now;
}

/* A row as the batch tells it, with all its values. */
static void
told_row(const RunIoTable *table, const RunIo *io, RunIoRow *row)
{
	Datum	   *values = row->values;

	memset(row, 0, sizeof(RunIoRow));
	values[IO_RUN_ID] = UUIDPGetDatum(&io->key.run_id);
	values[IO_DATASET_ID] = Int32GetDatum(io->key.dataset_id);
	values[IO_IO] = ObjectIdGetDatum(table->kinds[io->key.io == OL_IO_INPUT ? 0 : 1]);
	values[IO_NAMESPACE_ID] = Int32GetDatum(io->last->job.id->space_id);
	values[IO_DATASET_NAMESPACE_ID] = Int32GetDatum(io->dataset->space_id);
	values[IO_FIRST_AT] = TimestampTzGetDatum(io->first->time);
	values[IO_LAST_AT] = TimestampTzGetDatum(io->last->time);
	row->nulls[IO_VERSION_ID] = row->nulls[IO_VERSION_TIME] =
		row->nulls[IO_VERSION_HASH] = io->version == NULL;
	if (io->version == NULL)
		return;					/* no event gave a version */
	values[IO_VERSION_ID] = Int64GetDatum(io->version->id);
	values[IO_VERSION_TIME] = TimestampTzGetDatum(io->told_by->time);
	values[IO_VERSION_HASH] = UUIDPGetDatum(&io->told_by->hash);
}

/* The stored row that the probe is at, with all its values. */
static void
stored_row(RunIoTable *table, const RunNow *run, RunIoRow *row)
{
	for (int i = 0; i < IO_COLUMNS; i++)
		row->values[i] = ol_probe_column(&table->of_run,
										 table->rows.columns[i],
										 &row->nulls[i]);
	if (row->nulls[IO_LAST_AT])
	{
		row->values[IO_LAST_AT] = TimestampTzGetDatum(run->was.time);
		row->nulls[IO_LAST_AT] = false;
	}
	if (!row->nulls[IO_VERSION_ID] && row->nulls[IO_VERSION_TIME])
	{
		row->values[IO_VERSION_TIME] = TimestampTzGetDatum(run->was.time);
		row->values[IO_VERSION_HASH] = UUIDPGetDatum(run->was.hash);
		row->nulls[IO_VERSION_TIME] = row->nulls[IO_VERSION_HASH] = false;
	}
}

static OlRegister
version_register(const RunIoRow *row)
{
	OlRegister	at = {0, NULL};

	if (row->nulls[IO_VERSION_ID])
		return at;
	at.time = DatumGetTimestampTz(row->values[IO_VERSION_TIME]);
	at.hash = DatumGetUUIDP(row->values[IO_VERSION_HASH]);
	return at;
}

/* Null for what the row of the run tells. */
static void
leave_to_run(RunIoRow *row, const RunNow *run)
{
	OlRegister	version = version_register(row);
	bool		is_shown = DatumGetInt32(row->values[IO_NAMESPACE_ID]) == run->space_id;

	row->nulls[IO_LAST_AT] = is_shown &&
		DatumGetTimestampTz(row->values[IO_LAST_AT]) == run->last.time;
	row->nulls[IO_VERSION_TIME] = row->nulls[IO_VERSION_HASH] =
		version.hash == NULL ||
		(is_shown && ol_register_compare(&version, &run->last) == 0);
}

/* What a stored row and the batch tell together. */
static void
merge_row(RunIoRow *row, const RunIoRow *told)
{
	OlRegister	was = version_register(row);
	OlRegister	is = version_register(told);

	if (DatumGetTimestampTz(told->values[IO_LAST_AT]) >
		DatumGetTimestampTz(row->values[IO_LAST_AT]))
	{
		row->values[IO_NAMESPACE_ID] = told->values[IO_NAMESPACE_ID];
		row->values[IO_LAST_AT] = told->values[IO_LAST_AT];
	}
	if (DatumGetTimestampTz(told->values[IO_FIRST_AT]) <
		DatumGetTimestampTz(row->values[IO_FIRST_AT]))
		row->values[IO_FIRST_AT] = told->values[IO_FIRST_AT];
	if (ol_register_compare(&is, &was) <= 0)
		return;
	for (int i = IO_VERSION_ID; i < IO_COLUMNS; i++)
	{
		row->values[i] = told->values[i];
		row->nulls[i] = told->nulls[i];
	}
}

/* Whether the stored row that the probe is at says the same. */
static bool
says_so(RunIoTable *table, const RunIoRow *row)
{
	for (int i = IO_NAMESPACE_ID; i < IO_COLUMNS; i++)
	{
		AttrNumber	column = table->rows.columns[i];
		Form_pg_attribute type =
		TupleDescAttr(RelationGetDescr(table->rows.table), column - 1);
		bool		isnull;
		Datum		value = ol_probe_column(&table->of_run, column, &isnull);

		if (isnull != row->nulls[i] ||
			(!isnull && !datumIsEqual(value, row->values[i], type->attbyval,
									  type->attlen)))
			return false;
	}
	return true;
}

/*
 * Brings what is stored of a run up to date.  Nobody else adds to it: we hold
 * the advisory lock of each run.
 */
static void
update_run(RunIoTable *table, const OlRunIos *ios, const pg_uuid_t *run_id,
		   const RunNow *run)
{
	OlProbe    *stored = &table->of_run;
	Datum		key = UUIDPGetDatum(run_id);

	ol_probe_seek(stored, &key, NULL);
	while (ol_probe_next(stored))
	{
		RunIoRow	row;
		RunIoKey	io_key = {.run_id = *run_id};
		RunIo	   *io;

		stored_row(table, run, &row);
		io_key.dataset_id = DatumGetInt32(row.values[IO_DATASET_ID]);
		io_key.io = DatumGetObjectId(row.values[IO_IO]) == table->kinds[0] ?
			OL_IO_INPUT : OL_IO_OUTPUT;
		io = hash_search(ios->table, &io_key, HASH_FIND, NULL);
		if (io != NULL)
		{
			RunIoRow	told;

			told_row(table, io, &told);
			merge_row(&row, &told);
			io->is_stored = true;
		}
		leave_to_run(&row, run);
		if (!says_so(table, &row))
			ol_writer_update(&table->rows, stored, row.values, row.nulls);
	}
}

/* Runs that were there before the batch, and their rows with them. */
static void
update_runs(RunIoTable *table, const OlRunIos *ios, const OlBatch *batch)
{
	HASH_SEQ_STATUS scan;
	const OlKnownRun *known;

	hash_seq_init(&scan, batch->known_runs);
	while ((known = hash_seq_search(&scan)) != NULL)
	{
		const OlRun *run = hash_search(batch->runs, &known->id, HASH_FIND, NULL);
		RunNow		now;

		if (run == NULL || run->is_placeholder || !known->has_io)
			continue;			/* nothing is told of it, or stored */
		if (run->io_at.hash == NULL && run->space_id == known->space_id)
			continue;
		now = run_now(batch, &known->id);
		update_run(table, ios, &known->id, &now);
	}
}

void
ol_run_ios_store(const OlRunIos *ios, OlBatch *batch)
{
	HASHCTL		control = {.keysize = sizeof(pg_uuid_t),
		.entrysize = sizeof(pg_uuid_t),.hcxt = CurrentMemoryContext
	};
	RunIoTable	table;
	ListCell   *cell;

	batch->widened_runs = hash_create("runs with new inputs or outputs", 256,
									  &control,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	open_run_io(&table);
	update_runs(&table, ios, batch);
	foreach(cell, ios->list)
	{
		RunIo	   *io = lfirst(cell);
		RunNow		now;
		RunIoRow	row;

		if (io->is_stored)
			continue;
		now = run_now(batch, &io->key.run_id);
		told_row(&table, io, &row);
		leave_to_run(&row, &now);
		ol_writer_add(&table.rows, row.values, row.nulls);
		hash_search(batch->widened_runs, &io->key.run_id, HASH_ENTER, NULL);
	}
	close_run_io(&table);
}
