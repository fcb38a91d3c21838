/*-------------------------------------------------------------------------
 * run_read.c
 *	  What the runs of one answer are made of, read together.
 *
 * One statement per table over an array of ids, as the caller, whatever the
 * number of runs: run, run_io, the versions of jobs and datasets, facets.
 * run_write.c makes JSON of what is gathered here.
 *
 * A run read a version that its events may not have told; where a dataset has
 * more than one, openlineage.run_io_versions() says which.
 *
 * Bodies of facets stay as they are stored until they are written: only those
 * that fit into the budget of an answer (budget.h) are ever read whole.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/detoast.h"
#include "api/budget.h"
#include "api/runs.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "graph/query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/timestamp.h"

#define ST_SORT sort_ids
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_uuids
#define ST_ELEMENT_TYPE pg_uuid_t
#define ST_COMPARE(a, b) memcmp(a, b, UUID_LEN)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

typedef struct RunEntry
{
	pg_uuid_t	id;
	char		status;
	OlRun	   *run;			/* NULL: asked for, not to be seen */
} RunEntry;

/* What a run read or wrote, for the facets of it. */
typedef struct IoKey
{
	const OlRun *run;
	int32		dataset_id;
	int32		is_output;
} IoKey;

typedef struct IoEntry
{
	IoKey		key;
	char		status;
	OlRunIo    *io;
} IoEntry;

/* The contents of versions by id; of jobs and of datasets. */
typedef struct ContentEntry
{
	int64		id;
	char		status;
	pg_uuid_t	content;
} ContentEntry;

/* The versions of one dataset. */
typedef struct KnownEntry
{
	int32		id;
	char		status;
	bool		is_one;			/* there is no second one */
	int64		first_id;		/* 0: there is none */
} KnownEntry;

#define SH_PREFIX runtable
#define SH_ELEMENT_TYPE RunEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY id
#define SH_HASH_KEY(tb, key) hash_bytes((key).data, UUID_LEN)
#define SH_EQUAL(tb, a, b) (memcmp((a).data, (b).data, UUID_LEN) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static inline uint32
hash_io(IoKey key)
{
	return hash_combine(hash_bytes(key.run->id.data, UUID_LEN),
						murmurhash32((uint32) key.dataset_id) ^
						(uint32) key.is_output);
}

#define SH_PREFIX iotable
#define SH_ELEMENT_TYPE IoEntry
#define SH_KEY_TYPE IoKey
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_io(key)
#define SH_EQUAL(tb, a, b) \
	((a).run == (b).run && (a).dataset_id == (b).dataset_id && \
	 (a).is_output == (b).is_output)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX contenttable
#define SH_ELEMENT_TYPE ContentEntry
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) (key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX knowntable
#define SH_ELEMENT_TYPE KnownEntry
#define SH_KEY_TYPE int32
#define SH_KEY id
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) (key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct OlRunSet
{
	runtable_hash *runs;
	iotable_hash *io;
	contenttable_hash *jobs;
	contenttable_hash *datasets;
	knowntable_hash *known;
	OlRun	  **all;			/* those to be seen */
	int			n;
	int			nio;
	OlTitles   *names;
};

static OlQuery runs_by_id = {
	"SELECT r.id, r.job_id, r.state::text, r.created_at, r.updated_at,"
	" r.nominal_start_time, r.nominal_end_time,"
	" CASE WHEN r.start_time IS NOT NULL THEN r.start_time ELSE r.running_time END,"
	" CASE WHEN r.state IN ('COMPLETED', 'ABORTED', 'FAILED') THEN r.terminal_time END,"
	" r.job_version_id"
	" FROM openlineage.run AS r WHERE r.id = ANY ($1)",
	1, {UUIDARRAYOID}
};

static OlQuery io_by_run = {
	"SELECT i.run_id, i.dataset_id, i.io = 'output', i.version_id, i.first_at"
	" FROM openlineage.run_io AS i WHERE i.run_id = ANY ($1)",
	1, {UUIDARRAYOID}
};

static OlQuery job_contents = {
	"SELECT v.id, v.content_hash"
	" FROM openlineage.job_version AS v WHERE v.id = ANY ($1)",
	1, {INT8ARRAYOID}
};

static OlQuery dataset_contents = {
	"SELECT v.id, v.content_hash"
	" FROM openlineage.dataset_version AS v WHERE v.id = ANY ($1)",
	1, {INT8ARRAYOID}
};

static OlQuery versions_of_datasets = {
	"SELECT v.dataset_id, v.id"
	" FROM openlineage.dataset_version AS v WHERE v.dataset_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

/* 0 for a version that was not told. */
static OlQuery versions_meant = {
	"SELECT v.ordinal, v.version_id FROM openlineage.run_io_versions("
	"ARRAY(SELECT CASE WHEN u.o THEN 'output' ELSE 'input' END::openlineage.io_kind"
	" FROM unnest($1) WITH ORDINALITY AS u (o, n) ORDER BY u.n),"
	" ARRAY(SELECT NULLIF(u.v, 0) FROM unnest($2) WITH ORDINALITY AS u (v, n) ORDER BY u.n),"
	" $3, $4) AS v",
	4, {BOOLARRAYOID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID}, true
};

static OlQuery facets_of_runs = {
	"SELECT f.run_id, f.node_id, f.io = 'output', f.name, f.is_hidden, c.body"
	" FROM openlineage.facet AS f"
	" JOIN openlineage.facet_content AS c"
	" ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash"
	" WHERE f.run_id = ANY ($1) AND NOT f.is_deleted"
	" AND (NOT f.is_hidden OR f.name = 'runArgs')",
	1, {UUIDARRAYOID}
};

static TimestampTz
time_or_none(TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? OL_NO_TIME :
		DatumGetTimestampTz(slot->tts_values[column]);
}

static void
receive_run(TupleTableSlot *slot, void *arg)
{
	OlRunSet   *runs = arg;
	OlRun	   *run = palloc0(sizeof(OlRun));

	run->id = *DatumGetUUIDP(slot->tts_values[0]);
	run->job_id = DatumGetInt32(slot->tts_values[1]);
	if (!slot->tts_isnull[2])
		run->state = DatumGetTextPCopy(slot->tts_values[2]);
	run->created_at = time_or_none(slot, 3);
	run->updated_at = time_or_none(slot, 4);
	run->nominal_start = time_or_none(slot, 5);
	run->nominal_end = time_or_none(slot, 6);
	run->started_at = time_or_none(slot, 7);
	run->ended_at = time_or_none(slot, 8);
	if (!slot->tts_isnull[9])
		run->job_version_id = DatumGetInt64(slot->tts_values[9]);
	runtable_lookup(runs->runs, run->id)->run = run;
	if (runs->n > 0)
		runs->all[runs->n - 1]->next = run;
	runs->all[runs->n++] = run;
	ol_titles_want(runs->names, run->job_id);
}

static void
receive_io(TupleTableSlot *slot, void *arg)
{
	OlRunSet   *runs = arg;
	OlRun	   *run = ol_runset_find(runs, DatumGetUUIDP(slot->tts_values[0]));
	OlRunIo    *io;
	IoKey		key = {.run = run};
	bool		found;

	if (run == NULL)
		return;
	io = palloc0(sizeof(OlRunIo));
	io->dataset_id = DatumGetInt32(slot->tts_values[1]);
	io->is_output = DatumGetBool(slot->tts_values[2]);
	if (!slot->tts_isnull[3])
		io->version_id = DatumGetInt64(slot->tts_values[3]);
	io->began_at = run->started_at != OL_NO_TIME ? run->started_at :
		DatumGetTimestampTz(slot->tts_values[4]);
	io->next = run->io;
	run->io = io;
	runs->nio++;
	key.dataset_id = io->dataset_id;
	key.is_output = io->is_output;
	iotable_insert(runs->io, key, &found)->io = io;
	ol_titles_want(runs->names, io->dataset_id);
}

static void
receive_content(TupleTableSlot *slot, void *arg)
{
	bool		found;
	ContentEntry *entry = contenttable_insert(arg,
											  DatumGetInt64(slot->tts_values[0]),
											  &found);

	entry->content = *DatumGetUUIDP(slot->tts_values[1]);
}

static void
receive_version(TupleTableSlot *slot, void *arg)
{
	KnownEntry *known = knowntable_lookup(arg,
										  DatumGetInt32(slot->tts_values[0]));
	int64		id = DatumGetInt64(slot->tts_values[1]);

	known->is_one = known->first_id == 0;
	if (known->is_one || id < known->first_id)
		known->first_id = id;
}

static Datum
int8_array(const int64 *values, int n)
{
	Datum	   *elements = palloc_extended(sizeof(Datum) * Max(n, 1),
										   MCXT_ALLOC_HUGE);

	for (int i = 0; i < n; i++)
		elements[i] = Int64GetDatum(values[i]);
	return PointerGetDatum(construct_array(elements, n, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* The contents of versions that are not 0; any order, with repeats. */
static contenttable_hash *
read_contents(OlQuery *query, const int64 *ids, int n)
{
	contenttable_hash *contents = contenttable_create(CurrentMemoryContext,
													  Max(n, 16), NULL);
	int64	   *wanted = palloc_extended(sizeof(int64) * Max(n, 1),
										 MCXT_ALLOC_HUGE);
	int			nwanted = 0;
	Datum		value;

	for (int i = 0; i < n; i++)
	{
		if (ids[i] != 0)
			wanted[nwanted++] = ids[i];
	}
	sort_ids(wanted, nwanted);
	value = int8_array(wanted, nwanted);
	if (nwanted > 0)
		ol_query_run(query, &value, receive_content, contents);
	pfree(wanted);
	return contents;
}

/* What the datasets of all runs have as versions. */
static void
read_known(OlRunSet *runs)
{
	int32	   *ids = palloc(sizeof(int32) * Max(runs->nio, 1));
	int			n = 0;
	Datum		value;

	runs->known = knowntable_create(CurrentMemoryContext, Max(runs->nio, 16),
									NULL);
	for (int i = 0; i < runs->n; i++)
	{
		for (OlRunIo *io = runs->all[i]->io; io != NULL; io = io->next)
		{
			bool		found;
			KnownEntry *known = knowntable_insert(runs->known, io->dataset_id,
												  &found);

			if (found)
				continue;
			known->is_one = false;
			known->first_id = 0;
			ids[n++] = io->dataset_id;
		}
	}
	if (n > 0)
	{
		value = ol_sorted_int_array(ids, n);
		ol_query_run(&versions_of_datasets, &value, receive_version,
					 runs->known);
	}
	pfree(ids);
}

static void
receive_meant(TupleTableSlot *slot, void *arg)
{
	OlRunIo   **open = arg;
	int64		at = DatumGetInt64(slot->tts_values[0]) - 1;

	open[at]->version_id = slot->tts_isnull[1] ? 0 :
		DatumGetInt64(slot->tts_values[1]);
}

/* Ask which of several versions was meant. */
static void
read_meant(OlRunIo **open, int n)
{
	Datum	   *columns[4];
	Datum		values[4];

	for (int c = 0; c < 4; c++)
		columns[c] = palloc(sizeof(Datum) * n);
	for (int i = 0; i < n; i++)
	{
		columns[0][i] = BoolGetDatum(open[i]->is_output);
		columns[1][i] = Int64GetDatum(open[i]->version_id);
		columns[2][i] = Int32GetDatum(open[i]->dataset_id);
		columns[3][i] = TimestampTzGetDatum(open[i]->began_at);
		open[i]->version_id = 0;
	}
	values[0] = PointerGetDatum(construct_array(columns[0], n, BOOLOID, 1, true,
												TYPALIGN_CHAR));
	values[1] = PointerGetDatum(construct_array(columns[1], n, INT8OID, 8,
												FLOAT8PASSBYVAL,
												TYPALIGN_DOUBLE));
	values[2] = PointerGetDatum(construct_array(columns[2], n, INT4OID, 4, true,
												TYPALIGN_INT));
	values[3] = PointerGetDatum(construct_array(columns[3], n, TIMESTAMPTZOID,
												8, FLOAT8PASSBYVAL,
												TYPALIGN_DOUBLE));
	ol_query_run(&versions_meant, values, receive_meant, open);
}

/* Which version each dataset was read or written in. */
static void
find_versions(OlRunSet *runs)
{
	OlRunIo   **open = palloc(sizeof(OlRunIo *) * Max(runs->nio, 1));
	int64	   *ids = palloc(sizeof(int64) * Max(runs->nio, 1));
	int			nopen = 0;
	int			n = 0;

	read_known(runs);
	for (int i = 0; i < runs->n; i++)
	{
		for (OlRunIo *io = runs->all[i]->io; io != NULL; io = io->next)
		{
			KnownEntry *known = knowntable_lookup(runs->known, io->dataset_id);

			if (io->is_output && io->version_id != 0)
				continue;
			if (known->is_one || known->first_id == 0)
				io->version_id = known->first_id;
			else
				open[nopen++] = io;
		}
	}
	if (nopen > 0)
		read_meant(open, nopen);
	for (int i = 0; i < runs->n; i++)
	{
		for (OlRunIo *io = runs->all[i]->io; io != NULL; io = io->next)
			ids[n++] = io->version_id;
	}
	runs->datasets = read_contents(&dataset_contents, ids, n);
	n = 0;
	ids = repalloc_huge(ids, sizeof(int64) * Max(runs->n, 1));
	for (int i = 0; i < runs->n; i++)
		ids[n++] = runs->all[i]->job_version_id;
	runs->jobs = read_contents(&job_contents, ids, n);
	pfree(ids);
	pfree(open);
}

static void
receive_facet(TupleTableSlot *slot, void *arg)
{
	OlRunSet   *runs = arg;
	OlRun	   *run = ol_runset_find(runs, DatumGetUUIDP(slot->tts_values[0]));
	OlRunFacet *facet;
	OlRunFacet **place;

	if (run == NULL)
		return;
	place = &run->facets;
	if (!slot->tts_isnull[1])
	{
		IoKey		key = {.run = run};
		IoEntry    *entry;

		key.dataset_id = DatumGetInt32(slot->tts_values[1]);
		key.is_output = DatumGetBool(slot->tts_values[2]);
		entry = iotable_lookup(runs->io, key);
		if (entry == NULL)
			return;
		place = &entry->io->facets;
	}
	facet = palloc(sizeof(OlRunFacet));
	facet->name = DatumGetTextPCopy(slot->tts_values[3]);
	facet->is_hidden = DatumGetBool(slot->tts_values[4]);
	facet->body = datumCopy(slot->tts_values[5], false, -1);
	facet->size = toast_raw_datum_size(facet->body) - VARHDRSZ;
	facet->next = *place;
	*place = facet;
}

OlRun *
ol_runset_first(const OlRunSet *runs)
{
	return runs->n == 0 ? NULL : runs->all[0];
}

OlRun *
ol_runset_find(const OlRunSet *runs, const pg_uuid_t *id)
{
	RunEntry   *entry = runtable_lookup(runs->runs, *id);

	return entry == NULL ? NULL : entry->run;
}

static const pg_uuid_t *
find_content(contenttable_hash *contents, int64 id)
{
	ContentEntry *entry = id == 0 ? NULL : contenttable_lookup(contents, id);

	return entry == NULL ? NULL : &entry->content;
}

/* The content of a version of a job; NULL when there is none to be seen. */
const pg_uuid_t *
ol_runset_job_content(const OlRunSet *runs, int64 id)
{
	return find_content(runs->jobs, id);
}

const pg_uuid_t *
ol_runset_dataset_content(const OlRunSet *runs, int64 id)
{
	return find_content(runs->datasets, id);
}

/* Take out what is larger; what a command wrote is small and stays. */
static void
drop_larger(OlRunFacet **list, int64 fits)
{
	while (*list != NULL)
	{
		if ((*list)->size > fits && !(*list)->is_hidden)
			*list = (*list)->next;
		else
			list = &(*list)->next;
	}
}

static void
add_sizes(OlBudget *budget, const OlRunFacet *facets)
{
	for (; facets != NULL; facets = facets->next)
	{
		if (!facets->is_hidden)
			ol_budget_add(budget, facets->size);
	}
}

/* Facets of runs, and those of what they read and wrote, have a budget each. */
static void
keep_budget(OlRunSet *runs)
{
	OlBudget	own = {0};
	OlBudget	io_own = {0};
	int64		fits;
	int64		io_fits;

	for (int i = 0; i < runs->n; i++)
	{
		add_sizes(&own, runs->all[i]->facets);
		for (OlRunIo *io = runs->all[i]->io; io != NULL; io = io->next)
			add_sizes(&io_own, io->facets);
	}
	fits = ol_budget_fits(&own);
	io_fits = ol_budget_fits(&io_own);
	for (int i = 0; i < runs->n; i++)
	{
		drop_larger(&runs->all[i]->facets, fits);
		for (OlRunIo *io = runs->all[i]->io; io != NULL; io = io->next)
			drop_larger(&io->facets, io_fits);
	}
}

/* Sorts the ids, as ol_sorted_int_array() does. */
static Datum
uuid_array(OlRunSet *runs, pg_uuid_t *ids, int n)
{
	Datum	   *elements = palloc_extended(sizeof(Datum) * Max(n, 1),
										   MCXT_ALLOC_HUGE);
	int			kept = 0;

	sort_uuids(ids, n);
	for (int i = 0; i < n; i++)
	{
		bool		found;
		RunEntry   *entry = runtable_insert(runs->runs, ids[i], &found);

		if (found)
			continue;
		entry->run = NULL;
		elements[kept++] = UUIDPGetDatum(&ids[i]);
	}
	return PointerGetDatum(construct_array(elements, kept, UUIDOID, UUID_LEN,
										   false, TYPALIGN_CHAR));
}

OlRunSet *
ol_runset_read(pg_uuid_t *ids, int n, OlTitles *names)
{
	OlRunSet   *runs = palloc0(sizeof(OlRunSet));
	Datum		value;

	runs->names = names;
	runs->runs = runtable_create(CurrentMemoryContext, Max(n, 16), NULL);
	runs->io = iotable_create(CurrentMemoryContext, 64, NULL);
	runs->all = palloc_extended(sizeof(OlRun *) * Max(n, 1), MCXT_ALLOC_HUGE);
	value = uuid_array(runs, ids, n);
	if (n > 0)
	{
		ol_query_run(&runs_by_id, &value, receive_run, runs);
		ol_query_run(&io_by_run, &value, receive_io, runs);
		ol_query_run(&facets_of_runs, &value, receive_facet, runs);
	}
	keep_budget(runs);
	find_versions(runs);
	return runs;
}
