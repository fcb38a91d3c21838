/*-------------------------------------------------------------------------
 * run.c
 *	  Runs: what their events and the events of their children tell.
 *
 * Every column is a register of docs/state.md: least, greatest, or that of
 * the latest event by (time, hash).  A parent or root that only children name
 * becomes a placeholder without state; its own events, whenever they come,
 * take over all that the placeholder guessed.  Mentions of one run in a batch
 * are merged here first, by the same rules as in the table.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * Advisory locks of a space of our own: SQL's functions take those of spaces
 * 1 and 2, so nobody can hold these but ingest.
 */
#define RUN_LOCK_CLASS	0x6f6c7275
#define RUN_LOCK_SPACE	3
#define RUN_LOCKS		256

/* A value and the event it is from; hash NULL: no value yet. */
typedef struct Register
{
	TimestampTz time;
	const OlHash *hash;
} Register;

/* One run as the batch tells of it. */
typedef struct Run
{
	pg_uuid_t	id;				/* the key */
	bool		is_placeholder;
	OlName	   *job;
	Register	job_at;
	const char *external_id;
	const char *terminal_state;
	Register	terminal_at;
	TimestampTz start;			/* NOEND: none */
	TimestampTz last_start;		/* NOBEGIN: none */
	TimestampTz running;		/* NOEND: none */
	TimestampTz created;
	TimestampTz updated;
	const char *location;
	bool		has_code;
	OlHash		code;
	Register	code_at;
	const OlRunRef *parent;		/* of a new run; derive_parent() has the say */
	const OlRunRef *root;
	Register	parent_at;
	List	   *datasets[2];	/* ids of the inputs and outputs of a new run */
	int64		version_id;		/* of a new run; 0: not known */
} Run;

/* A run as it was before the batch. */
typedef struct KnownRun
{
	pg_uuid_t	id;				/* the key */
	int			job_id;
	bool		has_version;
	char	   *location;
	bool		has_code;
	OlHash		code;
} KnownRun;

#define TAKES_OVER "(r.is_placeholder AND NOT excluded.is_placeholder)"
#define JOB_WINS \
	"(" TAKES_OVER " OR (excluded.job_time, excluded.job_hash) < (r.job_time, r.job_hash))"
#define ENDS \
	"(excluded.terminal_time IS NOT NULL AND (r.terminal_time IS NULL OR" \
	" (excluded.terminal_time, excluded.terminal_hash) > (r.terminal_time, r.terminal_hash)))"
#define CODE_WINS \
	"(excluded.code_time IS NOT NULL AND (r.code_time IS NULL OR" \
	" (excluded.code_time, excluded.code_event) > (r.code_time, r.code_event)))"
#define PICK(condition, column) \
	column " = CASE WHEN " condition " THEN excluded." column " ELSE r." column " END"

static OlStatement upsert_runs = {
	"INSERT INTO openlineage.run AS r"
	"       (id, namespace_id, job_id, job_time, job_hash, external_id,"
	"        terminal_state, terminal_time, terminal_hash, start_time,"
	"        last_start_time, running_time, created_at, updated_at,"
	"        is_placeholder, location, code_hash, code_time, code_event,"
	"        parent_run_id, root_run_id, job_version_id, state)"
	" SELECT g.id, g.namespace_id, g.job_id, g.job_time, g.job_hash,"
	"        g.external_id, g.terminal_state::openlineage.run_state,"
	"        g.terminal_time, g.terminal_hash, g.start_time, g.last_start_time,"
	"        g.running_time, g.created_at, g.updated_at, g.is_placeholder,"
	"        g.location, g.code_hash, g.code_time, g.code_event,"
	"        g.parent_run_id, g.root_run_id, g.job_version_id,"
	"        CASE WHEN g.is_placeholder THEN NULL"
	"             WHEN g.terminal_state IS NOT NULL THEN g.terminal_state::openlineage.run_state"
	"             WHEN COALESCE(g.start_time, g.running_time) IS NOT NULL THEN 'RUNNING'"
	"             ELSE 'NEW' END"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
	"               $14, $15, $16, $17, $18, $19, $20, $21, $22)"
	"        AS g(id, namespace_id, job_id, job_time, job_hash, external_id,"
	"             terminal_state, terminal_time, terminal_hash, start_time,"
	"             last_start_time, running_time, created_at, updated_at,"
	"             is_placeholder, location, code_hash, code_time, code_event,"
	"             parent_run_id, root_run_id, job_version_id)"
	"  WHERE NOT (g.is_placeholder"
	"             AND EXISTS (SELECT FROM openlineage.run AS o"
	"                          WHERE o.id = g.id AND NOT o.is_placeholder))"
	"  ORDER BY g.id"
	" ON CONFLICT (id) DO UPDATE SET "
	PICK(JOB_WINS, "namespace_id") ", "
	PICK(JOB_WINS, "job_id") ", "
	PICK(JOB_WINS, "job_time") ", "
	PICK(JOB_WINS, "job_hash") ", "
	PICK(ENDS, "terminal_state") ", "
	PICK(ENDS, "terminal_time") ", "
	PICK(ENDS, "terminal_hash") ", "
	PICK(CODE_WINS, "location") ", "
	PICK(CODE_WINS, "code_hash") ", "
	PICK(CODE_WINS, "code_time") ", "
	PICK(CODE_WINS, "code_event") ", "
	"   external_id = CASE WHEN " TAKES_OVER " THEN excluded.external_id"
	"                      ELSE COALESCE(r.external_id, excluded.external_id) END,"
	"   start_time = LEAST(r.start_time, excluded.start_time),"
	"   last_start_time = GREATEST(r.last_start_time, excluded.last_start_time),"
	"   running_time = LEAST(r.running_time, excluded.running_time),"
	"   created_at = CASE WHEN " TAKES_OVER " THEN excluded.created_at"
	"                     ELSE LEAST(r.created_at, excluded.created_at) END,"
	"   updated_at = CASE WHEN " TAKES_OVER " THEN excluded.updated_at"
	"                     ELSE GREATEST(r.updated_at, excluded.updated_at) END,"
	"   is_placeholder = r.is_placeholder AND excluded.is_placeholder,"
	"   state = CASE WHEN r.is_placeholder AND excluded.is_placeholder THEN NULL"
	"                WHEN " ENDS " THEN excluded.terminal_state"
	"                WHEN r.terminal_state IS NOT NULL THEN r.terminal_state"
	"                WHEN COALESCE(r.start_time, r.running_time, excluded.start_time,"
	"                              excluded.running_time) IS NOT NULL THEN 'RUNNING'"
	"                ELSE 'NEW' END"
	"  WHERE r.is_placeholder OR NOT excluded.is_placeholder"
};

static OlStatement set_parents = {
	"UPDATE openlineage.job AS j"
	"   SET parent_id = g.parent_id, parent_time = g.at, parent_hash = g.hash"
	"  FROM (SELECT DISTINCT ON (job_id) *"
	"          FROM unnest($1, $2, $3, $4) AS u(job_id, parent_id, at, hash)"
	"         WHERE job_id <> parent_id"
	"         ORDER BY job_id, at DESC, hash DESC) AS g"
	" WHERE j.node_id = g.job_id"
	"   AND (j.parent_time IS NULL"
	"        OR (j.parent_time, j.parent_hash) < (g.at, g.hash))"
};

/*
 * A START after the end revives a run of a STREAM job, and only such.  Both
 * the runs of this batch and all runs of its jobs are looked at, as the type
 * of a job may be told after its runs.
 */
static OlStatement revive_runs = {
	"UPDATE openlineage.run AS r"
	"   SET state = CASE WHEN j.type = 'STREAM' THEN 'RUNNING'"
	"                    ELSE r.terminal_state END"
	"  FROM openlineage.job AS j"
	" WHERE j.node_id = ANY ($1) AND r.job_id = j.node_id"
	"   AND r.is_restarted"
	"   AND (r.state = 'RUNNING') <> (j.type = 'STREAM')"
};

static OlStatement known_runs = {
	"SELECT r.id, r.job_id, r.job_version_id IS NOT NULL, r.location, r.code_hash"
	"  FROM unnest($1) AS g(id) JOIN openlineage.run AS r ON r.id = g.id"
};

/* Versions with exactly these ids; others are found by refresh_job_versions(). */
static OlStatement find_versions = {
	"SELECT g.ordinal::int, v.id"
	"  FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY"
	"       AS g(job_id, inputs, outputs, location, code_hash, ordinal)"
	" CROSS JOIN LATERAL"
	"       (SELECT w.id FROM openlineage.job_version AS w"
	"         WHERE w.job_id = g.job_id"
	"           AND w.inputs = g.inputs::int[] AND w.outputs = g.outputs::int[]"
	"           AND w.location IS NOT DISTINCT FROM g.location"
	"           AND w.code_hash IS NOT DISTINCT FROM g.code_hash"
	"         ORDER BY w.id LIMIT 1) AS v"
};

static OlStatement point_jobs = {
	"SELECT openlineage.point_jobs($1, $2)"
};

/* Whether a mention at (time, hash) comes before what the register has. */
static bool
is_earlier(const Register *reg, TimestampTz time, const OlHash *hash)
{
	return reg->hash == NULL || time < reg->time ||
		(time == reg->time && ol_hash_cmp(hash, reg->hash) < 0);
}

static bool
is_later(const Register *reg, TimestampTz time, const OlHash *hash)
{
	return reg->hash == NULL || time > reg->time ||
		(time == reg->time && ol_hash_cmp(hash, reg->hash) > 0);
}

static Run *
find_run(HTAB *runs, List **list, const pg_uuid_t *id, bool is_placeholder)
{
	bool		found;
	Run		   *run = hash_search(runs, id, HASH_ENTER, &found);

	/* Its own events make nothing of what a placeholder guessed. */
	if (!found || (run->is_placeholder && !is_placeholder))
	{
		memset(run, 0, sizeof(Run));
		run->id = *id;
		run->is_placeholder = is_placeholder;
		run->start = run->running = run->created = DT_NOEND;
		run->last_start = run->updated = DT_NOBEGIN;
	}
	if (!found)
		*list = lappend(*list, run);
	return run;
}

/*
 * A command of type OTHER tells what a run wrote, not that something became of
 * the run: updated_at stays.
 */
static bool
is_quiet(const OlEvent *event)
{
	return event->is_command && event->type != NULL &&
		strcmp(event->type, "OTHER") == 0;
}

/* What every mention of a run tells: its job and that it existed then. */
static void
merge_mention(Run *run, OlEvent *event, OlRef *job, const char *external_id)
{
	if (is_earlier(&run->job_at, event->time, &event->hash))
	{
		run->job = job->id;
		run->job_at.time = event->time;
		run->job_at.hash = &event->hash;
	}
	if (external_id != NULL)
		run->external_id = external_id;
	run->created = Min(run->created, event->time);
	if (!is_quiet(event))
		run->updated = Max(run->updated, event->time);
}

static void
merge_state(Run *run, OlEvent *event)
{
	static const char *const ends[][2] = {
		{"COMPLETE", "COMPLETED"}, {"ABORT", "ABORTED"}, {"FAIL", "FAILED"}
	};

	if (event->type == NULL)
		return;
	if (strcmp(event->type, "START") == 0)
	{
		run->start = Min(run->start, event->time);
		run->last_start = Max(run->last_start, event->time);
	}
	else if (strcmp(event->type, "RUNNING") == 0)
		run->running = Min(run->running, event->time);
	for (size_t i = 0; i < lengthof(ends); i++)
	{
		if (strcmp(event->type, ends[i][0]) != 0 ||
			!is_later(&run->terminal_at, event->time, &event->hash))
			continue;
		run->terminal_state = ends[i][1];
		run->terminal_at.time = event->time;
		run->terminal_at.hash = &event->hash;
	}
}

/*
 * The facets that make a job's version, when this event has any.  What a
 * command expects of a run that it announces yields to all that the run tells
 * itself.
 */
static void
merge_code(Run *run, OlEvent *event)
{
	OlHash		code;
	char	   *location;
	TimestampTz at = event->code.given ? DT_NOBEGIN : event->time;

	if (!is_later(&run->code_at, at, &event->hash))
		return;
	if (event->code.given)
	{
		run->has_code = event->code.has_hash;
		run->code = event->code.hash;
		run->location = event->code.location;
	}
	else if (ol_event_code(event, &code, &location))
	{
		run->has_code = true;
		run->code = code;
		run->location = location;
	}
	else
		return;
	run->code_at.time = at;
	run->code_at.hash = &event->hash;
}

/* Saves a second version of the row: a new run has its parent at once. */
static void
merge_own_parent(Run *run, OlEvent *event)
{
	if (!event->parent.given ||
		!is_later(&run->parent_at, event->time, &event->hash))
		return;
	run->parent = &event->parent;
	run->root = event->root.given ? &event->root : NULL;
	run->parent_at.time = event->time;
	run->parent_at.hash = &event->hash;
}

static void
merge_datasets(Run *run, const OlEvent *event)
{
	for (int i = 0; i < event->ndatasets; i++)
	{
		const OlDataset *dataset = &event->datasets[i];
		int			side = dataset->io == OL_IO_INPUT ? 0 : 1;

		run->datasets[side] = lappend_int(run->datasets[side],
										  dataset->ref.id->id);
	}
}

static void
merge_parent(HTAB *runs, List **list, OlEvent *event, OlRunRef *ref)
{
	bool		found;
	Run		   *run;

	if (!ref->given)
		return;
	run = hash_search(runs, &ref->run_id, HASH_FIND, &found);
	if (found && !run->is_placeholder)
		return;
	run = find_run(runs, list, &ref->run_id, true);
	merge_mention(run, event, &ref->job, ref->external_id);
}

static void
add_register(OlRows *rows, const Register *reg)
{
	if (reg->hash == NULL)
	{
		ol_rows_add_null(rows);
		ol_rows_add_null(rows);
		return;
	}
	ol_rows_add(rows, TimestampTzGetDatum(reg->time));
	ol_rows_add(rows, UUIDPGetDatum(reg->hash));
}

static void
add_time(OlRows *rows, TimestampTz time)
{
	if (TIMESTAMP_NOT_FINITE(time))
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, TimestampTzGetDatum(time));
}

static void
add_run_ref(OlRows *rows, const OlRunRef *ref)
{
	if (ref == NULL)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, UUIDPGetDatum(&ref->run_id));
}

static void
add_run(OlRows *rows, Run *run)
{
	ol_rows_add(rows, UUIDPGetDatum(&run->id));
	ol_rows_add(rows, Int32GetDatum(run->job->space_id));
	ol_rows_add(rows, Int32GetDatum(run->job->id));
	add_register(rows, &run->job_at);
	ol_rows_add_text(rows, run->external_id);
	ol_rows_add_text(rows, run->terminal_state);
	add_register(rows, &run->terminal_at);
	add_time(rows, run->start);
	add_time(rows, run->last_start);
	add_time(rows, run->running);
	add_time(rows, run->created);
	ol_rows_add(rows, TimestampTzGetDatum(run->updated));
	ol_rows_add(rows, BoolGetDatum(run->is_placeholder));
	ol_rows_add_text(rows, run->location);
	if (run->has_code)
		ol_rows_add(rows, UUIDPGetDatum(&run->code));
	else
		ol_rows_add_null(rows);
	add_register(rows, &run->code_at);
	add_run_ref(rows, run->parent);
	add_run_ref(rows, run->root);
	if (run->version_id == 0)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, Int64GetDatum(run->version_id));
}

/* The ids of all runs that a batch is of or names, in order of mention. */
static OlRows *
run_ids(OlBatch *batch)
{
	static const Oid types[] = {UUIDOID};
	OlRows	   *ids = ol_rows_create(1, types);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		if (event->kind == OL_EVENT_RUN)
			ol_rows_add(ids, UUIDPGetDatum(&event->run_id));
		if (event->parent.given)
			ol_rows_add(ids, UUIDPGetDatum(&event->parent.run_id));
		if (event->root.given)
			ol_rows_add(ids, UUIDPGetDatum(&event->root.run_id));
	}
	return ids;
}

/*
 * Makes sessions that tell of the same run follow each other, before either
 * looks which job it is of: its row may not be there yet to be locked.  Runs
 * share a fixed number of locks, taken in order.
 */
void
ol_runs_lock(OlBatch *batch)
{
	OlRows	   *ids = run_ids(batch);
	bool		wanted[RUN_LOCKS] = {false};

	for (int i = 0; i < ids->nrows; i++)
		wanted[DatumGetUUIDP(ids->values[0][i])->data[UUID_LEN - 1] % RUN_LOCKS] = true;
	for (int i = 0; i < RUN_LOCKS; i++)
	{
		LOCKTAG		tag;

		if (!wanted[i])
			continue;
		SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, RUN_LOCK_CLASS, i,
							 RUN_LOCK_SPACE);
		(void) LockAcquire(&tag, ExclusiveLock, false, false);
	}
}

static HTAB *
create_runs(const char *name, Size entry)
{
	HASHCTL		control = {.keysize = sizeof(pg_uuid_t),.entrysize = entry,
	.hcxt = CurrentMemoryContext};

	return hash_create(name, 256, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static int
take_known(HTAB *known, uint64 i)
{
	bool		isnull;
	KnownRun   *run = hash_search(known, DatumGetUUIDP(ol_result(i, 1, &isnull)),
								  HASH_ENTER, NULL);
	Datum		code = ol_result(i, 5, &isnull);

	run->has_code = !isnull;
	if (run->has_code)
		run->code = *DatumGetUUIDP(code);
	run->job_id = ol_result_int(i, 2);
	run->has_version = DatumGetBool(ol_result(i, 3, &isnull));
	run->location = ol_result_text(i, 4);
	return run->job_id;
}

/*
 * The runs of a batch as they are so far, and their jobs.  An event may name
 * another job than its run has, and may win or lose: what points at the run
 * changes either way.
 */
void
ol_runs_find(OlBatch *batch)
{
	uint64		n;
	List	   *jobs = NIL;
	ListCell   *cell;

	batch->known_runs = create_runs("runs before a batch", sizeof(KnownRun));
	n = ol_rows_execute(run_ids(batch), &known_runs);
	for (uint64 i = 0; i < n; i++)
		jobs = lappend_int(jobs, take_known(batch->known_runs, i));
	list_sort(jobs, list_int_cmp);
	foreach(cell, jobs)
	{
		if (batch->run_jobs == NIL || llast_int(batch->run_jobs) != lfirst_int(cell))
			batch->run_jobs = lappend_int(batch->run_jobs, lfirst_int(cell));
	}
}

/*
 * Whether a run points at the version of its job that it tells of.  widened:
 * the batch adds to its inputs or outputs.
 */
bool
ol_run_is_settled(OlBatch *batch, const pg_uuid_t *id, bool widened)
{
	const KnownRun *known = hash_search(batch->known_runs, id, HASH_FIND, NULL);
	const Run  *run = hash_search(batch->runs, id, HASH_FIND, NULL);

	if (known == NULL)
		return run->version_id != 0;
	if (widened || !known->has_version || run->job->id != known->job_id)
		return false;
	if (run->code_at.hash == NULL)
		return true;
	if (run->has_code != known->has_code ||
		(run->has_code && ol_hash_cmp(&run->code, &known->code) != 0))
		return false;
	return run->location == NULL || known->location == NULL ?
		run->location == known->location :
		strcmp(run->location, known->location) == 0;
}

/* Ids as an array in text form, as SQL would sort them, each once. */
static char *
id_array(List *ids)
{
	StringInfoData text;
	ListCell   *cell;
	int			last = 0;

	list_sort(ids, list_int_cmp);
	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	foreach(cell, ids)
	{
		if (lfirst_int(cell) == last)
			continue;
		appendStringInfo(&text, "%s%d", text.len == 1 ? "" : ",",
						 lfirst_int(cell));
		last = lfirst_int(cell);
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}

/*
 * A new run mostly tells of its job what a run before it told.  To find that
 * version now saves a second version of the row.
 */
static void
find_job_versions(OlBatch *batch, List *list)
{
	static const Oid types[] = {INT4OID, TEXTOID, TEXTOID, TEXTOID, UUIDOID};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	List	   *fresh = NIL;
	ListCell   *cell;
	uint64		n;

	foreach(cell, list)
	{
		Run		   *run = lfirst(cell);

		if (run->is_placeholder ||
			hash_search(batch->known_runs, &run->id, HASH_FIND, NULL) != NULL ||
			(run->datasets[0] == NIL && run->datasets[1] == NIL &&
			 run->code_at.hash == NULL))
			continue;
		fresh = lappend(fresh, run);
		ol_rows_add(rows, Int32GetDatum(run->job->id));
		ol_rows_add_text(rows, id_array(run->datasets[0]));
		ol_rows_add_text(rows, id_array(run->datasets[1]));
		ol_rows_add_text(rows, run->location);
		if (run->has_code)
			ol_rows_add(rows, UUIDPGetDatum(&run->code));
		else
			ol_rows_add_null(rows);
	}
	if (fresh == NIL)
		return;
	n = ol_rows_execute(rows, &find_versions);
	for (uint64 i = 0; i < n; i++)
	{
		Run		   *run = list_nth(fresh, ol_result_int(i, 1) - 1);

		run->version_id = ol_result_bigint(i, 2);
	}
}

/* Rows of run for the runs that new events are of or name. */
void
ol_runs_apply(OlBatch *batch)
{
	static const Oid types[] = {
		UUIDOID, INT4OID, INT4OID, TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID,
		TIMESTAMPTZOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, BOOLOID, TEXTOID,
		UUIDOID, TIMESTAMPTZOID, UUIDOID, UUIDOID, UUIDOID, INT8OID
	};
	HTAB	   *runs = create_runs("runs of a batch", sizeof(Run));
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	List	   *list = NIL;
	ListCell   *cell;

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];
		Run		   *run;

		if (event->kind != OL_EVENT_RUN)
			continue;
		run = find_run(runs, &list, &event->run_id, false);
		merge_mention(run, event, &event->job, event->external_id);
		merge_state(run, event);
		merge_code(run, event);
		merge_own_parent(run, event);
		merge_datasets(run, event);
		merge_parent(runs, &list, event, &event->parent);
		merge_parent(runs, &list, event, &event->root);
	}
	batch->runs = runs;
	find_job_versions(batch, list);
	foreach(cell, list)
		add_run(rows, lfirst(cell));
	ol_rows_execute(rows, &upsert_runs);
}

/* The parent of a job is that of its latest run with a parent facet. */
void
ol_runs_parents(OlBatch *batch)
{
	static const Oid types[] = {INT4OID, INT4OID, TIMESTAMPTZOID, UUIDOID};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		if (!event->parent.given)
			continue;
		ol_rows_add(rows, Int32GetDatum(event->job.id->id));
		ol_rows_add(rows, Int32GetDatum(event->parent.job.id->id));
		ol_rows_add(rows, TimestampTzGetDatum(event->time));
		ol_rows_add(rows, UUIDPGetDatum(&event->hash));
	}
	ol_rows_execute(rows, &set_parents);
}

/* What depends on everything else: states of streams, pointers to the latest. */
void
ol_runs_finish(OlBatch *batch)
{
	static const Oid types[] = {INT4OID, TIMESTAMPTZOID};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	ListCell   *cell;

	foreach(cell, batch->name_list)
	{
		OlName	   *name = lfirst(cell);

		if (name->kind != OL_NODE_JOB || name->first_at == DT_NOEND)
			continue;
		ol_rows_add(rows, Int32GetDatum(name->id));
		ol_rows_add(rows, TimestampTzGetDatum(name->last_at));
	}
	foreach(cell, batch->run_jobs)
	{
		ol_rows_add(rows, Int32GetDatum(lfirst_int(cell)));
		ol_rows_add_null(rows);
	}
	ol_rows_execute(rows, &revive_runs);
	ol_rows_execute(rows, &point_jobs);
}
