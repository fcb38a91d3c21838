/*-------------------------------------------------------------------------
 * pointer.c
 *	  What job_activity says of the latest run and version of a job.
 *
 * The latest run is the one created last.  The current version is that of the
 * latest run that has one, or the latest that a JobEvent declared: whichever
 * was told later.  All of it is one new version of the row, and none when it
 * says the same.  Nobody else may write the row meanwhile: ingest has locked
 * it (entity.c), for merges and purge() it is locked here.
 *
 * Lists go along indexes of the state and time of jobs, both of which change
 * with every event.  Of a job that runs again and again they are not written
 * to what the indexes have of it: it is BUSY there, and lists look through all
 * of those (api/job.sql).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "catalog/pg_enum.h"
#include "fmgr.h"
#include "ingest/pointer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(ol_sql_point_jobs);

enum
{
	POINT_UPDATED_AT, POINT_LATEST_RUN_ID, POINT_LATEST_CREATED_AT,
	POINT_LATEST_STATE,
	POINT_CURRENT_VERSION_ID, POINT_TOLD, POINT_PARENT_TIME, POINT_PARENT_HASH,
	POINT_LISTED_STATE, POINT_LISTED_AT, POINT_COLUMNS
};

#define BUSY "BUSY"
/* A job becomes busy when it runs within that time of when it was told of … */
#define BUSY_WITHIN USECS_PER_MINUTE
/* … unless about so many are, which lists would have to look through … */
#define MOST_BUSY 4096
#define COUNT_EVERY_MS 10000
/* … and is so no more when told of again after that time. */
#define REST_AFTER (10 * USECS_PER_MINUTE)

typedef struct PointerTables
{
	bool		locks;			/* rows of activity are not locked yet */
	OlProbe		activity;
	OlWriter	rows;
	bool		has_history;	/* the rest is open */
	OlProbe		runs;			/* of a job, that which started last first */
	OlProbe		unstarted;		/* without a start, the latest first */
	OlProbe		versions;		/* of a job, in any order */
	OlProbe		declared;		/* of a job, the latest first */
	AttrNumber	run_id;
	AttrNumber	run_state;
	AttrNumber	run_created_at;
	AttrNumber	run_start_time;
	AttrNumber	run_running_time;
	AttrNumber	run_version;
	AttrNumber	run_updated_at;
	AttrNumber	version_id;
	AttrNumber	declared_at;
} PointerTables;

/* What a row is to say. */
typedef struct Latest
{
	bool		has_run;
	pg_uuid_t	run_id;
	TimestampTz created;
	const char *state;
	int64		version_id;		/* 0: none */
	TimestampTz told_at;		/* when the version was */
} Latest;

static void
open_tables(PointerTables *tables)
{
	static const char *const columns[] = {
		"updated_at", "latest_run_id", "latest_created_at", "latest_state",
		"current_version_id",
		"told", "parent_time", "parent_hash", "listed_state", "listed_at"
	};

	tables->has_history = false;
	ol_probe_begin(&tables->activity, "job_activity_pkey", 1);
	ol_writer_begin(&tables->rows, "job_activity", columns, POINT_COLUMNS);
}

/* What is looked at where the batch itself does not tell the latest. */
static void
open_history(PointerTables *tables)
{
	Oid			table;

	if (tables->has_history)
		return;
	tables->has_history = true;
	ol_probe_begin(&tables->runs, "run_started_idx", 1);
	ol_probe_begin(&tables->unstarted, "run_started_idx", 2);
	ol_probe_begin(&tables->versions, "job_version_content_key", 1);
	ol_probe_begin(&tables->declared, "job_version_declared_idx", 1);
	table = RelationGetRelid(tables->runs.table);
	tables->run_id = get_attnum(table, "id");
	tables->run_state = get_attnum(table, "state");
	tables->run_created_at = get_attnum(table, "created_at");
	tables->run_start_time = get_attnum(table, "start_time");
	tables->run_running_time = get_attnum(table, "running_time");
	tables->run_version = get_attnum(table, "job_version_id");
	tables->run_updated_at = get_attnum(table, "updated_at");
	table = RelationGetRelid(tables->versions.table);
	tables->version_id = get_attnum(table, "id");
	tables->declared_at = get_attnum(table, "declared_at");
}

static void
close_tables(PointerTables *tables)
{
	if (tables->has_history)
	{
		ol_probe_end(&tables->declared);
		ol_probe_end(&tables->versions);
		ol_probe_end(&tables->unstarted);
		ol_probe_end(&tables->runs);
	}
	ol_writer_end(&tables->rows);
	ol_probe_end(&tables->activity);
}

/* The order in which runs are created: later ones are greater. */
int
ol_created_compare(TimestampTz a, const pg_uuid_t *a_id, TimestampTz b,
				   const pg_uuid_t *b_id)
{
	if (a != b)
		return a < b ? -1 : 1;
	return memcmp(b_id, a_id, UUID_LEN);	/* as run_started_idx has it */
}

/* The state of a run, as lists filter it. */
static char *
state_label(Oid state)
{
	HeapTuple	tuple;
	char	   *label;

	if (!OidIsValid(state))
		return "NEW";
	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(state));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for enum %u", state);
	label = pstrdup(NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel));
	ReleaseSysCache(tuple);
	return label;
}

/*
 * When the batch has a run that was created after all that are stored, or the
 * latest of these still is, nothing need be looked up.
 */
static bool
take_run(const OlRun *run, const Datum *was, const bool *was_null,
		 Latest *latest)
{
	if (run == NULL ||
		(!was_null[POINT_LATEST_RUN_ID] &&
		 ol_created_compare(run->stored.created, &run->id,
							DatumGetTimestampTz(was[POINT_LATEST_CREATED_AT]),
							DatumGetUUIDP(was[POINT_LATEST_RUN_ID])) < 0))
		return false;
	latest->has_run = true;
	latest->run_id = run->id;
	latest->created = run->stored.created;
	latest->state = state_label(run->stored.state);
	latest->version_id = run->stored.version_id;
	latest->told_at = run->stored.updated;
	return true;
}

/* Two of the runs of a job: what is looked for. */
typedef struct Found
{
	Latest		latest;
	Latest		versioned;		/* the latest that has a version */
} Found;

static bool
is_later(const Latest *run, const Latest *than)
{
	return !than->has_run ||
		ol_created_compare(run->created, &run->run_id, than->created,
						   &than->run_id) > 0;
}

/* The run that a probe has come to may be one of the two. */
static void
see_run(const PointerTables *tables, OlProbe *runs, Found *found)
{
	Latest		run = {.has_run = true};
	bool		isnull;
	bool		has_version;
	Datum		state;

	run.run_id = *DatumGetUUIDP(ol_probe_column(runs, tables->run_id, &isnull));
	run.created = DatumGetTimestampTz(ol_probe_column(runs, tables->run_created_at,
													  &isnull));
	run.told_at = DatumGetTimestampTz(ol_probe_column(runs, tables->run_updated_at,
													  &isnull));
	run.version_id = DatumGetInt64(ol_probe_column(runs, tables->run_version,
												   &isnull));
	has_version = !isnull;
	if (is_later(&run, &found->latest))
	{
		state = ol_probe_column(runs, tables->run_state, &isnull);
		run.state = state_label(isnull ? InvalidOid : DatumGetObjectId(state));
		found->latest = run;
	}
	if (has_version && is_later(&run, &found->versioned))
		found->versioned = run;
}

/* The run that is looked at was not created after this. */
static TimestampTz
created_until(const PointerTables *tables, OlProbe *runs)
{
	const AttrNumber columns[] = {
		tables->run_start_time, tables->run_running_time, tables->run_created_at
	};
	Datum		value = (Datum) 0;
	bool		isnull = true;

	for (size_t i = 0; i < lengthof(columns) && isnull; i++)
		value = ol_probe_column(runs, columns[i], &isnull);
	return DatumGetTimestampTz(value);
}

/*
 * Runs in the order of created_until(), as far as they may be later than what
 * is wanted; false: these were all that there are.
 */
static bool
see_runs(const PointerTables *tables, OlProbe *runs, Found *found,
		 const Latest *wanted)
{
	while (ol_probe_next(runs))
	{
		if (wanted->has_run && created_until(tables, runs) < wanted->created)
			return true;
		see_run(tables, runs, found);
	}
	return false;
}

/*
 * The latest run, and the version of the latest that has one.  Of a job
 * without versions no run has one, however many there are.
 */
static void
find_runs(PointerTables *tables, Datum job_id, bool has_versions,
		  Latest *latest)
{
	static const bool is_null[] = {false, true};
	const Datum unstarted[] = {job_id, (Datum) 0};
	Found		found = {.latest.state = ""};
	const Latest *wanted;

	open_history(tables);
	if (!has_versions)
		has_versions = ol_probe_find(&tables->versions, &job_id);
	wanted = has_versions ? &found.versioned : &found.latest;
	ol_probe_seek(&tables->runs, &job_id, NULL);
	if (see_runs(tables, &tables->runs, &found, wanted))
	{
		/* those without a start come last, but may be later */
		ol_probe_seek(&tables->unstarted, unstarted, is_null);
		(void) see_runs(tables, &tables->unstarted, &found, wanted);
	}
	*latest = found.latest;
	latest->version_id = found.versioned.version_id;
	latest->told_at = found.versioned.told_at;
}

/* A declaration counts unless a run told later than it. */
static void
find_declared(PointerTables *tables, Datum job_id, Latest *latest)
{
	TimestampTz at;
	bool		isnull;

	open_history(tables);
	if (!ol_probe_find(&tables->declared, &job_id))
		return;
	at = DatumGetTimestampTz(ol_probe_column(&tables->declared,
											 tables->declared_at, &isnull));
	if (latest->version_id != 0 && latest->told_at > at)
		return;
	latest->version_id = DatumGetInt64(ol_probe_column(&tables->declared,
													   tables->version_id,
													   &isnull));
}

static bool
is_state(Datum value, const char *state)
{
	text	   *is = DatumGetTextPP(value);
	int			len = strlen(state);

	return VARSIZE_ANY_EXHDR(is) == len &&
		memcmp(VARDATA_ANY(is), state, len) == 0;
}

/* Counted now and then: other sessions make jobs busy as well. */
static bool
has_busy_place(void)
{
	static TimestampTz counted_at = 0;
	static int	n = 0;
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	OlProbe		jobs;
	Datum		key = CStringGetTextDatum(BUSY);

	if (!TimestampDifferenceExceeds(counted_at, now, COUNT_EVERY_MS))
		return n++ < MOST_BUSY;
	counted_at = now;
	n = 0;
	ol_probe_begin(&jobs, "job_activity_list_idx", 1);
	for (bool found = ol_probe_find(&jobs, &key); found && n < MOST_BUSY;
		 found = ol_probe_next(&jobs))
		n++;
	ol_probe_end(&jobs);
	return n++ < MOST_BUSY;
}

/* Where lists are to find the job. */
static void
place_in_lists(const Latest *latest, TimestampTz seen_at, const Datum *was,
			   const bool *was_null, Datum *values)
{
	TimestampTz before = DatumGetTimestampTz(was[POINT_UPDATED_AT]);
	TimestampTz at = DatumGetTimestampTz(values[POINT_UPDATED_AT]);
	bool		was_busy = is_state(was[POINT_LISTED_STATE], BUSY);
	bool		is_busy;

	if (was_busy)
		is_busy = at - before < REST_AFTER;
	else
		is_busy = seen_at > before && seen_at - before < BUSY_WITHIN &&
			!was_null[POINT_LATEST_RUN_ID] &&
			(strcmp(latest->state, "RUNNING") == 0 ||
			 strcmp(latest->state, "NEW") == 0) && has_busy_place();
	if (was_busy && is_busy)
		return;
	values[POINT_LISTED_STATE] =
		CStringGetTextDatum(is_busy ? BUSY : latest->state);
	values[POINT_LISTED_AT] = TimestampTzGetDatum(at);
}

static bool
says_so(const Latest *latest, const Datum *was, const bool *was_null)
{
	return latest->has_run == !was_null[POINT_LATEST_RUN_ID] &&
		(!latest->has_run ||
		 (memcmp(&latest->run_id, DatumGetUUIDP(was[POINT_LATEST_RUN_ID]),
				 UUID_LEN) == 0 &&
		  latest->created == DatumGetTimestampTz(was[POINT_LATEST_CREATED_AT]))) &&
		is_state(was[POINT_LATEST_STATE], latest->state) &&
		(latest->version_id != 0) == !was_null[POINT_CURRENT_VERSION_ID] &&
		(latest->version_id == 0 ||
		 latest->version_id == DatumGetInt64(was[POINT_CURRENT_VERSION_ID]));
}

static void
point_job(PointerTables *tables, const OlSeenJob *job)
{
	Datum		job_id = Int32GetDatum(job->id);
	Latest		latest = {.state = ""};
	Datum		was[POINT_COLUMNS];
	bool		was_null[POINT_COLUMNS];
	Datum		values[POINT_COLUMNS];
	bool		nulls[POINT_COLUMNS];
	TimestampTz updated_at;
	bool		is_taken;

	if (!ol_probe_find_again(&tables->activity, &job_id) ||
		(tables->locks && !ol_probe_lock(&tables->activity)))
		return;
	for (int i = 0; i < POINT_COLUMNS; i++)
		was[i] = ol_probe_column(&tables->activity, tables->rows.columns[i],
								 &was_null[i]);
	updated_at = DatumGetTimestampTz(was[POINT_UPDATED_AT]);
	is_taken = take_run(job->latest, was, was_null, &latest);
	if (!is_taken)
		find_runs(tables, job_id, !was_null[POINT_CURRENT_VERSION_ID], &latest);
	/* no declaration is later than the job was before the batch */
	if (!is_taken || latest.told_at <= updated_at)
		find_declared(tables, job_id, &latest);
	if (job->seen_at <= updated_at && job->told == NULL &&
		job->parent == NULL && says_so(&latest, was, was_null))
		return;
	memcpy(values, was, sizeof(values));
	memcpy(nulls, was_null, sizeof(nulls));
	values[POINT_UPDATED_AT] = TimestampTzGetDatum(Max(updated_at, job->seen_at));
	values[POINT_LATEST_RUN_ID] = UUIDPGetDatum(&latest.run_id);
	values[POINT_LATEST_CREATED_AT] = TimestampTzGetDatum(latest.created);
	nulls[POINT_LATEST_RUN_ID] = nulls[POINT_LATEST_CREATED_AT] = !latest.has_run;
	values[POINT_LATEST_STATE] = CStringGetTextDatum(latest.state);
	values[POINT_CURRENT_VERSION_ID] = Int64GetDatum(latest.version_id);
	nulls[POINT_CURRENT_VERSION_ID] = latest.version_id == 0;
	if (job->told != NULL)
	{
		values[POINT_TOLD] = PointerGetDatum(job->told);
		nulls[POINT_TOLD] = false;
	}
	if (job->parent != NULL)
	{
		values[POINT_PARENT_TIME] = TimestampTzGetDatum(job->parent->time);
		values[POINT_PARENT_HASH] = UUIDPGetDatum(&job->parent->hash);
		nulls[POINT_PARENT_TIME] = nulls[POINT_PARENT_HASH] = false;
	}
	place_in_lists(&latest, job->seen_at, was, was_null, values);
	ol_writer_update_later(&tables->rows, &tables->activity, values, nulls);
}

/* By id, and of one job the latest first. */
static int
compare_jobs(const void *a, const void *b)
{
	const OlSeenJob *x = a;
	const OlSeenJob *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->seen_at > y->seen_at ? -1 : x->seen_at < y->seen_at;
}

/*
 * Sorts the jobs; the caller has the rights of the owner.  locks: it has not
 * locked their rows of activity.
 */
void
ol_point_jobs(OlSeenJob *jobs, int n, bool locks)
{
	PointerTables tables = {.locks = locks};

	qsort(jobs, n, sizeof(OlSeenJob), compare_jobs);
	open_tables(&tables);
	for (int i = 0, next; i < n; i = next)
	{
		for (next = i + 1; next < n && jobs[next].id == jobs[i].id; next++)
		{
			if (jobs[next].parent != NULL)
				jobs[i].parent = jobs[next].parent; /* one name has it */
			if (jobs[next].seen_at != DT_NOBEGIN)
				jobs[i].latest = NULL;	/* each name may have another */
		}
		point_job(&tables, &jobs[i]);
	}
	close_tables(&tables);
}

Datum
ol_sql_point_jobs(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *ids;
	bool	   *nulls;
	int			n;
	OlSeenJob  *jobs;

	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT, &ids,
					  &nulls, &n);
	jobs = palloc0_array(OlSeenJob, n + 1);
	for (int i = 0; i < n; i++)
	{
		jobs[i].id = nulls[i] ? 0 : DatumGetInt32(ids[i]);
		jobs[i].seen_at = DT_NOBEGIN;
	}
	ol_point_jobs(jobs, n, true);
	PG_RETURN_VOID();
}
