/*-------------------------------------------------------------------------
 * run_row.c
 *	  Rows of run, looked up and written without a statement.
 *
 * What a batch tells of a run is merged with the stored row by the rules by
 * which run.c merged mentions of it in the batch.  That is safe because the
 * row is ours until the transaction ends: whoever changes a run holds its
 * advisory lock, or the row of its job in job_activity, and we hold both.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "catalog/pg_type.h"
#include "ingest/facet.h"
#include "ingest/run.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* Columns of openlineage.run; a register is its time and, next, its hash. */
enum
{
	RUN_ID, RUN_NAMESPACE_ID, RUN_JOB_ID, RUN_JOB_TIME, RUN_JOB_HASH,
	RUN_EXTERNAL_ID, RUN_IO_TIME, RUN_IO_HASH, RUN_STATE, RUN_TERMINAL_STATE, RUN_TERMINAL_TIME,
	RUN_TERMINAL_HASH, RUN_START_TIME, RUN_LAST_START_TIME, RUN_RUNNING_TIME,
	RUN_PARENT_RUN_ID, RUN_ROOT_RUN_ID, RUN_LOCATION, RUN_CODE_HASH,
	RUN_CODE_TIME, RUN_CODE_EVENT, RUN_JOB_VERSION_ID, RUN_CREATED_AT,
	RUN_UPDATED_AT, RUN_IS_PLACEHOLDER, RUN_HAS_IO, RUN_IS_RESTARTED,
	RUN_TOLD, RUN_COLUMNS
};

static const char *const columns[] = {
	"id", "namespace_id", "job_id", "job_time", "job_hash", "external_id",
	"io_time", "io_hash", "state", "terminal_state", "terminal_time", "terminal_hash", "start_time",
	"last_start_time", "running_time", "parent_run_id", "root_run_id",
	"location", "code_hash", "code_time", "code_event", "job_version_id",
	"created_at", "updated_at", "is_placeholder", "has_io", "is_restarted",
	"told"
};

/* What the row of a run said of its facets goes to theirs. */
static OlStatement settle_facets = {
	"UPDATE openlineage.facet AS f"
	"   SET event_time = openlineage.told_time($2, f.name),"
	"       event_hash = openlineage.told_hash($2, f.name)"
	" WHERE f.run_id = $1 AND f.node_id IS NULL"
	"   AND openlineage.told_time($2, f.name) IS NOT NULL"
};

typedef struct RunTable
{
	OlProbe		by_id;
	OlWriter	rows;
	Oid			states;			/* type of state */
} RunTable;

typedef struct RunRow
{
	Datum		values[RUN_COLUMNS];
	bool		nulls[RUN_COLUMNS];
} RunRow;

static void
set(RunRow *row, int column, Datum value, bool isnull)
{
	row->values[column] = value;
	row->nulls[column] = isnull;
}

static void
set_text(RunRow *row, int column, const char *text)
{
	set(row, column, text == NULL ? (Datum) 0 : CStringGetTextDatum(text),
		text == NULL);
}

static void
set_time(RunRow *row, int column, TimestampTz time)
{
	set(row, column, TimestampTzGetDatum(time), TIMESTAMP_NOT_FINITE(time));
}

static void
set_register(RunRow *row, int column, const OlRegister *reg)
{
	set(row, column, TimestampTzGetDatum(reg->time), reg->hash == NULL);
	set(row, column + 1, UUIDPGetDatum(reg->hash), reg->hash == NULL);
}

static void
set_run_ref(RunRow *row, int column, const OlRunRef *ref)
{
	set(row, column, ref == NULL ? (Datum) 0 : UUIDPGetDatum(&ref->run_id),
		ref == NULL);
}

static TimestampTz
time_of(const RunRow *row, int column)
{
	return DatumGetTimestampTz(row->values[column]);
}

/* What follows from the other columns. */
static void
set_state(const RunTable *table, RunRow *row)
{
	bool		ended = !row->nulls[RUN_TERMINAL_STATE];
	bool		began = !row->nulls[RUN_START_TIME] ||
	!row->nulls[RUN_RUNNING_TIME];

	set(row, RUN_IS_RESTARTED,
		BoolGetDatum(!row->nulls[RUN_LAST_START_TIME] && ended &&
					 time_of(row, RUN_LAST_START_TIME) >
					 time_of(row, RUN_TERMINAL_TIME)),
		false);
	if (DatumGetBool(row->values[RUN_IS_PLACEHOLDER]))
		set(row, RUN_STATE, (Datum) 0, true);
	else if (ended)
		set(row, RUN_STATE, row->values[RUN_TERMINAL_STATE], false);
	else
		set(row, RUN_STATE,
			ObjectIdGetDatum(ol_enum_value(table->states,
										   began ? "RUNNING" : "NEW")),
			false);
}

/* The row of a run that nothing was known of, but for set_state(). */
static void
told_row(const RunTable *table, const OlRun *run, RunRow *row)
{
	set(row, RUN_ID, UUIDPGetDatum(&run->id), false);
	set(row, RUN_NAMESPACE_ID, Int32GetDatum(run->job->space_id), false);
	set(row, RUN_JOB_ID, Int32GetDatum(run->job->id), false);
	set_register(row, RUN_JOB_TIME, &run->job_at);
	set_text(row, RUN_EXTERNAL_ID, run->external_id);
	set_register(row, RUN_IO_TIME, &run->io_at);
	set(row, RUN_TERMINAL_STATE,
		run->terminal_state == NULL ? (Datum) 0 :
		ObjectIdGetDatum(ol_enum_value(table->states, run->terminal_state)),
		run->terminal_state == NULL);
	set_register(row, RUN_TERMINAL_TIME, &run->terminal_at);
	set_time(row, RUN_START_TIME, run->start);
	set_time(row, RUN_LAST_START_TIME, run->last_start);
	set_time(row, RUN_RUNNING_TIME, run->running);
	set_run_ref(row, RUN_PARENT_RUN_ID, run->parent);
	set_run_ref(row, RUN_ROOT_RUN_ID, run->root);
	set_text(row, RUN_LOCATION, run->location);
	set(row, RUN_CODE_HASH, UUIDPGetDatum(&run->code), !run->has_code);
	set_register(row, RUN_CODE_TIME, &run->code_at);
	set(row, RUN_JOB_VERSION_ID, Int64GetDatum(run->version_id),
		run->version_id == 0);
	set_time(row, RUN_CREATED_AT, run->created);
	set(row, RUN_UPDATED_AT, TimestampTzGetDatum(run->updated), false);
	set(row, RUN_IS_PLACEHOLDER, BoolGetDatum(run->is_placeholder), false);
}

/* Takes a column, or several in a row, as they were. */
static void
keep(RunRow *row, const RunRow *was, int first, int last)
{
	for (int i = first; i <= last; i++)
		set(row, i, was->values[i], was->nulls[i]);
}

/* The register that io_time and io_hash are mostly the same as. */
static int
usual_io(const RunRow *row)
{
	return row->nulls[RUN_TERMINAL_TIME] ? RUN_JOB_TIME : RUN_TERMINAL_TIME;
}

/* Writes out what null stands for. */
static void
fill_io(RunRow *row)
{
	int			usual = usual_io(row);

	if (!row->nulls[RUN_IO_TIME] || !DatumGetBool(row->values[RUN_HAS_IO]))
		return;
	set(row, RUN_IO_TIME, row->values[usual], false);
	set(row, RUN_IO_HASH, row->values[usual + 1], false);
}

/* Null for what is there already: rows are kept twice until they are pruned. */
static void
leave_io(RunRow *row)
{
	int			usual = usual_io(row);

	set(row, RUN_HAS_IO, BoolGetDatum(!row->nulls[RUN_IO_TIME]), false);
	row->nulls[RUN_IO_TIME] = row->nulls[RUN_IO_HASH] =
		row->nulls[RUN_IO_TIME] ||
		(time_of(row, RUN_IO_TIME) == time_of(row, usual) &&
		 ol_hash_cmp(DatumGetUUIDP(row->values[RUN_IO_HASH]),
					 DatumGetUUIDP(row->values[usual + 1])) == 0);
}

/* Of two registers with a value the order of their events. */
static int
compare_registers(const RunRow *a, const RunRow *b, int column)
{
	if (time_of(a, column) != time_of(b, column))
		return time_of(a, column) < time_of(b, column) ? -1 : 1;
	return ol_hash_cmp(DatumGetUUIDP(a->values[column + 1]),
					   DatumGetUUIDP(b->values[column + 1]));
}

static bool
is_later(const RunRow *told, const RunRow *was, int column)
{
	return !told->nulls[column] &&
		(was->nulls[column] || compare_registers(told, was, column) > 0);
}

/* The lesser, or greater, of two times; any time rather than none. */
static void
merge_time(RunRow *told, const RunRow *was, int column, bool lesser)
{
	if (was->nulls[column])
		return;
	if (told->nulls[column] ||
		(lesser ? time_of(was, column) < time_of(told, column) :
		 time_of(was, column) > time_of(told, column)))
		keep(told, was, column, column);
}

/* A run's own events take over all that a placeholder guessed. */
static void
merge_row(RunRow *told, const RunRow *was)
{
	bool		was_placeholder = DatumGetBool(was->values[RUN_IS_PLACEHOLDER]);
	bool		takes_over = was_placeholder &&
	!DatumGetBool(told->values[RUN_IS_PLACEHOLDER]);

	if (!takes_over && compare_registers(told, was, RUN_JOB_TIME) >= 0)
		keep(told, was, RUN_NAMESPACE_ID, RUN_JOB_HASH);
	if (!takes_over && !was->nulls[RUN_EXTERNAL_ID])
		keep(told, was, RUN_EXTERNAL_ID, RUN_EXTERNAL_ID);
	if (!is_later(told, was, RUN_IO_TIME))
		keep(told, was, RUN_IO_TIME, RUN_IO_HASH);
	if (!is_later(told, was, RUN_TERMINAL_TIME))
		keep(told, was, RUN_TERMINAL_STATE, RUN_TERMINAL_HASH);
	merge_time(told, was, RUN_START_TIME, true);
	merge_time(told, was, RUN_LAST_START_TIME, false);
	merge_time(told, was, RUN_RUNNING_TIME, true);
	keep(told, was, RUN_PARENT_RUN_ID, RUN_ROOT_RUN_ID);
	if (!is_later(told, was, RUN_CODE_TIME))
		keep(told, was, RUN_LOCATION, RUN_CODE_EVENT);
	keep(told, was, RUN_JOB_VERSION_ID, RUN_JOB_VERSION_ID);
	if (!takes_over)
	{
		merge_time(told, was, RUN_CREATED_AT, true);
		merge_time(told, was, RUN_UPDATED_AT, false);
	}
	if (!was_placeholder)
		keep(told, was, RUN_IS_PLACEHOLDER, RUN_IS_PLACEHOLDER);
}

static void
settle_told(const OlRun *run, Datum told)
{
	static Oid	types[] = {UUIDOID, BYTEAOID};
	Datum		values[] = {UUIDPGetDatum(&run->id), told};

	ol_statement_execute(&settle_facets, lengthof(values), types, values,
						 false);
}

/*
 * When the facets of the run itself were told last (told.c).  was: the stored
 * row, or NULL.  Only of facets in the namespace of their run: who may see
 * such a facet may see the run as well.
 */
static void
tell_facets(const OlBatch *batch, const OlRun *run, const RunRow *was,
			RunRow *row)
{
	int			space_id = DatumGetInt32(row->values[RUN_NAMESPACE_ID]);
	bool		had_any = was != NULL && !was->nulls[RUN_TOLD];
	bytea	   *told;

	set(row, RUN_TOLD, had_any ? was->values[RUN_TOLD] : (Datum) 0, !had_any);
	if (run->is_placeholder)
		return;
	if ((had_any && space_id != DatumGetInt32(was->values[RUN_NAMESPACE_ID])) ||
		!ol_told_run_is_of(batch->facets, &run->id, space_id))
	{
		if (had_any)
			settle_told(run, was->values[RUN_TOLD]);
		row->nulls[RUN_TOLD] = true;
		return;
	}
	told = ol_told_apply_run(batch->facets, &run->id, was != NULL,
							 had_any ? DatumGetByteaPP(was->values[RUN_TOLD]) : NULL);
	if (told != NULL)
		set(row, RUN_TOLD, PointerGetDatum(told), false);
}

static void
note_row(OlRun *run, const RunRow *row)
{
	run->space_id = DatumGetInt32(row->values[RUN_NAMESPACE_ID]);
	run->stored.job_id = DatumGetInt32(row->values[RUN_JOB_ID]);
	run->stored.created = time_of(row, RUN_CREATED_AT);
	run->stored.updated = time_of(row, RUN_UPDATED_AT);
	run->stored.state = row->nulls[RUN_STATE] ? InvalidOid :
		DatumGetObjectId(row->values[RUN_STATE]);
	run->stored.version_id = row->nulls[RUN_JOB_VERSION_ID] ? 0 :
		DatumGetInt64(row->values[RUN_JOB_VERSION_ID]);
}

static void
store_run(RunTable *table, const OlBatch *batch, OlRun *run)
{
	const OlKnownRun *known = hash_search(batch->known_runs, &run->id,
										  HASH_FIND, NULL);
	Datum		key = UUIDPGetDatum(&run->id);
	RunRow		row;
	RunRow		was;

	/* retention may have deleted it before we had the row of its job */
	if (known != NULL && !ol_probe_find_at(&table->by_id, known->place, &key))
	{
		(void) hash_search(batch->known_runs, &run->id, HASH_REMOVE, NULL);
		known = NULL;
	}
	if (known == NULL)
	{
		told_row(table, run, &row);
		set_state(table, &row);
		leave_io(&row);
		tell_facets(batch, run, NULL, &row);
		ol_writer_add(&table->rows, row.values, row.nulls);
		note_row(run, &row);
		return;
	}
	for (int i = 0; i < RUN_COLUMNS; i++)
		was.values[i] = ol_probe_column(&table->by_id, table->rows.columns[i],
										&was.nulls[i]);
	if (run->is_placeholder && !DatumGetBool(was.values[RUN_IS_PLACEHOLDER]))
		return;
	fill_io(&was);
	told_row(table, run, &row);
	merge_row(&row, &was);
	set_state(table, &row);
	leave_io(&row);
	tell_facets(batch, run, &was, &row);
	note_row(run, &row);
	ol_writer_update(&table->rows, &table->by_id, row.values, row.nulls);
}

void
ol_run_rows_store(List *runs, const OlBatch *batch)
{
	RunTable	table;
	ListCell   *cell;

	ol_probe_begin(&table.by_id, "run_pkey", 1);
	ol_writer_begin(&table.rows, "run", columns, RUN_COLUMNS);
	table.states = get_atttype(RelationGetRelid(table.rows.table),
							   table.rows.columns[RUN_STATE]);
	foreach(cell, runs)
		store_run(&table, batch, lfirst(cell));
	ol_writer_end(&table.rows);
	ol_probe_end(&table.by_id);
}

/* Columns that OlKnownRun has. */
enum
{
	KNOWN_JOB_ID, KNOWN_NAMESPACE_ID, KNOWN_HAS_IO, KNOWN_IO_TIME,
	KNOWN_IO_HASH, KNOWN_TERMINAL_TIME, KNOWN_TERMINAL_HASH, KNOWN_JOB_TIME,
	KNOWN_JOB_HASH, KNOWN_JOB_VERSION_ID, KNOWN_LOCATION, KNOWN_CODE_HASH, KNOWN_COLUMNS
};

static void
read_known(OlProbe *probe, const AttrNumber *numbers, OlKnownRun *run)
{
	Datum		values[KNOWN_COLUMNS];
	bool		nulls[KNOWN_COLUMNS];
	int			io = KNOWN_IO_TIME;

	for (int i = 0; i < KNOWN_COLUMNS; i++)
		values[i] = ol_probe_column(probe, numbers[i], &nulls[i]);
	run->job_id = DatumGetInt32(values[KNOWN_JOB_ID]);
	run->space_id = DatumGetInt32(values[KNOWN_NAMESPACE_ID]);
	run->has_io = DatumGetBool(values[KNOWN_HAS_IO]);
	while (nulls[io])
		io += 2;				/* as usual_io() has it */
	run->io_time = DatumGetTimestampTz(values[io]);
	run->io_hash = *DatumGetUUIDP(values[io + 1]);
	run->has_version = !nulls[KNOWN_JOB_VERSION_ID];
	run->location = nulls[KNOWN_LOCATION] ? NULL :
		TextDatumGetCString(values[KNOWN_LOCATION]);
	run->has_code = !nulls[KNOWN_CODE_HASH];
	if (run->has_code)
		run->code = *DatumGetUUIDP(values[KNOWN_CODE_HASH]);
}

void
ol_run_rows_find(const OlRows *ids, HTAB *known)
{
	static const char *const names[] = {
		"job_id", "namespace_id", "has_io", "io_time", "io_hash",
		"terminal_time", "terminal_hash", "job_time", "job_hash",
		"job_version_id", "location", "code_hash"
	};
	AttrNumber	numbers[lengthof(names)];
	OlProbe		probe;

	ol_probe_begin(&probe, "run_pkey", 1);
	for (size_t i = 0; i < lengthof(names); i++)
		numbers[i] = get_attnum(RelationGetRelid(probe.table), names[i]);
	for (int i = 0; i < ids->nrows; i++)
	{
		const pg_uuid_t *id = DatumGetUUIDP(ids->values[0][i]);
		ItemPointerData place;
		OlKnownRun *run;

		if (hash_search(known, id, HASH_FIND, NULL) != NULL ||
			!ol_probe_find_place(&probe, &ids->values[0][i], &place))
			continue;
		run = hash_search(known, id, HASH_ENTER, NULL);
		run->place = place;
		read_known(&probe, numbers, run);
	}
	ol_probe_end(&probe);
}
