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

#include "base/probe.h"
#include "catalog/pg_type.h"
#include "ingest/pointer.h"
#include "ingest/run.h"
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

/* Whether a mention at (time, hash) comes before what the register has. */
static bool
is_earlier(const OlRegister *reg, TimestampTz time, const OlHash *hash)
{
	return reg->hash == NULL || time < reg->time ||
		(time == reg->time && ol_hash_cmp(hash, reg->hash) < 0);
}

static bool
is_later(const OlRegister *reg, TimestampTz time, const OlHash *hash)
{
	return reg->hash == NULL || time > reg->time ||
		(time == reg->time && ol_hash_cmp(hash, reg->hash) > 0);
}

int
ol_register_compare(const OlRegister *a, const OlRegister *b)
{
	if (a->hash == NULL || b->hash == NULL)
		return (a->hash != NULL) - (b->hash != NULL);
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return ol_hash_cmp(a->hash, b->hash);
}

static OlRun *
find_run(HTAB *runs, List **list, const pg_uuid_t *id, bool is_placeholder)
{
	bool		found;
	OlRun	   *run = hash_search(runs, id, HASH_ENTER, &found);

	/* Its own events make nothing of what a placeholder guessed. */
	if (!found || (run->is_placeholder && !is_placeholder))
	{
		memset(run, 0, sizeof(OlRun));
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
merge_mention(OlRun *run, OlEvent *event, OlRef *job, const char *external_id)
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
merge_state(OlRun *run, OlEvent *event)
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
merge_code(OlRun *run, OlEvent *event)
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
merge_own_parent(OlRun *run, OlEvent *event)
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
merge_datasets(OlRun *run, const OlEvent *event)
{
	if (event->ndatasets > 0 &&
		is_later(&run->io_at, event->time, &event->hash))
	{
		run->io_at.time = event->time;
		run->io_at.hash = &event->hash;
	}
	for (int i = 0; i < event->ndatasets; i++)
	{
		const OlDataset *dataset = &event->datasets[i];
		int			side = dataset->io == OL_IO_INPUT ? 0 : 1;

		run->datasets[side] = lappend(run->datasets[side], dataset->ref.id);
	}
}

static void
merge_parent(HTAB *runs, List **list, OlEvent *event, OlRunRef *ref)
{
	bool		found;
	OlRun	   *run;

	if (!ref->given)
		return;
	run = hash_search(runs, &ref->run_id, HASH_FIND, &found);
	if (found && !run->is_placeholder)
		return;
	run = find_run(runs, list, &ref->run_id, true);
	merge_mention(run, event, &ref->job, ref->external_id);
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
 * looks which job it is of: its row may not be there yet to be locked.  So do
 * sessions with the same event, of no run, as it may not be stored yet.  All
 * share a fixed number of locks, taken in order.
 */
void
ol_runs_lock(OlBatch *batch)
{
	OlRows	   *ids = run_ids(batch);
	bool		wanted[RUN_LOCKS] = {false};

	for (int i = 0; i < ids->nrows; i++)
		wanted[DatumGetUUIDP(ids->values[0][i])->data[UUID_LEN - 1] % RUN_LOCKS] = true;
	for (int i = 0; i < batch->nevents; i++)
	{
		if (batch->events[i]->kind != OL_EVENT_RUN)
			wanted[batch->events[i]->hash.data[UUID_LEN - 1] % RUN_LOCKS] = true;
	}
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

/*
 * The runs of a batch as they are so far, and their jobs.  An event may name
 * another job than its run has, and may win or lose: what points at the run
 * changes either way.
 */
void
ol_runs_find(OlBatch *batch)
{
	HASH_SEQ_STATUS scan;
	OlKnownRun *run;
	List	   *jobs = NIL;
	ListCell   *cell;

	batch->known_runs = create_runs("runs before a batch", sizeof(OlKnownRun));
	ol_run_rows_find(run_ids(batch), batch->known_runs);
	hash_seq_init(&scan, batch->known_runs);
	while ((run = hash_seq_search(&scan)) != NULL)
		jobs = lappend_int(jobs, run->job_id);
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
	const OlKnownRun *known = hash_search(batch->known_runs, id, HASH_FIND, NULL);
	const OlRun *run = hash_search(batch->runs, id, HASH_FIND, NULL);

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

/*
 * The run of each job that was created last, of those in the batch; none where
 * the batch declares the job as well, which may come after it.
 */
static void
find_latest(OlBatch *batch)
{
	HASH_SEQ_STATUS scan;
	const OlRun *run;

	hash_seq_init(&scan, batch->runs);
	while ((run = hash_seq_search(&scan)) != NULL)
	{
		const OlRun *latest = run->job->latest;

		if (run->stored.job_id == run->job->id &&
			(latest == NULL ||
			 ol_created_compare(run->stored.created, &run->id,
								latest->stored.created, &latest->id) > 0))
			run->job->latest = run;
	}
	for (int i = 0; i < batch->nevents; i++)
	{
		if (batch->events[i]->kind == OL_EVENT_JOB)
			batch->events[i]->job.id->latest = NULL;
	}
}

/* That run, unless its version or state is not what run_row.c stored. */
static const OlRun *
settled_latest(OlBatch *batch, const OlName *job)
{
	bool		widened;

	if (job->latest == NULL || job->latest->stored.version_id == 0)
		return NULL;
	hash_search(batch->widened_runs, &job->latest->id, HASH_FIND, &widened);
	return ol_run_is_settled(batch, &job->latest->id, widened) ?
		job->latest : NULL;
}

/*
 * Whether a run of the batch was stored with the parent and root that this
 * event names: then derive_parent() has nothing to say of its facet.
 */
bool
ol_run_has_parent_of(OlBatch *batch, const OlEvent *event)
{
	const OlRun *run = hash_search(batch->runs, &event->run_id, HASH_FIND,
								   NULL);

	return run != NULL && run->parent_at.hash == &event->hash &&
		hash_search(batch->known_runs, &run->id, HASH_FIND, NULL) == NULL &&
		(event->root.given ||
		 ol_json_member(&event->json,
						ol_facet_value(&event->run_facets, "parent"),
						"root") == 0);
}

/* Rows of run for the runs that new events are of or name. */
void
ol_runs_apply(OlBatch *batch)
{
	HTAB	   *runs = create_runs("runs of a batch", sizeof(OlRun));
	List	   *list = NIL;

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];
		OlRun	   *run;

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
	ol_job_versions_find(batch, list);
	ol_run_rows_store(list, batch);
}

/* Mostly there is none, of no job. */
static bool
has_revived_runs(void)
{
	OlProbe		revived;
	bool		found;

	ol_probe_begin(&revived, "run_revived_idx", 0);
	found = ol_probe_find(&revived, NULL);
	ol_probe_end(&revived);
	return found;
}

/* Streams whose runs began again after they had ended are few. */
static void
revive_runs_of(OlSeenJob *jobs, int n)
{
	static const Oid types[] = {INT4OID};
	OlRows	   *rows = ol_rows_create(1, types);
	OlProbe		revived;

	if (!has_revived_runs())
		return;
	ol_probe_begin(&revived, "run_revived_idx", 1);
	for (int i = 0; i < n; i++)
	{
		Datum		job_id = Int32GetDatum(jobs[i].id);

		if (!ol_probe_find(&revived, &job_id))
			continue;
		ol_rows_add(rows, job_id);
		jobs[i].latest = NULL;	/* its state may change */
	}
	ol_probe_end(&revived);
	ol_rows_execute(rows, &revive_runs);
}

/* What depends on everything else: states of streams, pointers to the latest. */
void
ol_runs_finish(OlBatch *batch)
{
	OlSeenJob  *jobs = palloc0_array(OlSeenJob, list_length(batch->name_list) +
									 list_length(batch->run_jobs) + 1);
	int			n = 0;
	ListCell   *cell;

	find_latest(batch);
	foreach(cell, batch->name_list)
	{
		OlName	   *name = lfirst(cell);

		if (name->kind != OL_NODE_JOB || name->first_at == DT_NOEND)
			continue;
		jobs[n].id = name->id;
		jobs[n].told = name->told;
		jobs[n].parent = name->parent;
		jobs[n].latest = settled_latest(batch, name);
		jobs[n++].seen_at = name->last_at;
	}
	foreach(cell, batch->run_jobs)
	{
		jobs[n].id = lfirst_int(cell);
		jobs[n++].seen_at = DT_NOBEGIN;
	}
	revive_runs_of(jobs, n);
	ol_point_jobs(jobs, n, false);
}
