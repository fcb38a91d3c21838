/*-------------------------------------------------------------------------
 * past.c
 *	  Edges of another time than now: as of a time, and as a run saw them.
 *
 * As of a time, an edge holds when it does now and began by then, or when
 * edge_history says that it held then.  Each level is one statement, as in
 * levels.c.
 *
 * What a run saw is a small graph of its own: its inputs and outputs, and
 * those of the runs its inputs came from.  openlineage.run_edges() tells its
 * edges, all at once; they are kept sorted, once for each direction.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "graph/past.h"
#include "graph/query.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

struct OlPast
{
	bool		of_run;
	TimestampTz when;			/* unless of_run */
	OlPairs    *edges[2];		/* of_run: (src, dst) and (dst, src), sorted */
};

#define WANTED_KIND(e) \
	" AND CASE " e ".kind" \
	" WHEN 'data' THEN $2 WHEN 'derives' THEN $3 ELSE $4 END"

#define HELD(here, there) \
	"SELECT e." there ", e." here " FROM openlineage.edge AS e" \
	" WHERE e." here " = ANY ($1)" WANTED_KIND("e") " AND e.first_at <= $5" \
	" UNION ALL" \
	" SELECT h." there ", h." here " FROM openlineage.edge_history AS h" \
	" WHERE h." here " = ANY ($1)" WANTED_KIND("h") " AND h.valid @> $5"

/* Edges that began and that ended at the frontier. */
static OlQuery held_queries[] = {
	{HELD("src", "dst"), 5,
	{INT4ARRAYOID, BOOLOID, BOOLOID, BOOLOID, TIMESTAMPTZOID}},
	{HELD("dst", "src"), 5,
	{INT4ARRAYOID, BOOLOID, BOOLOID, BOOLOID, TIMESTAMPTZOID}}
};

static OlQuery job_of_run = {
	"SELECT r.job_id FROM openlineage.run AS r WHERE r.id = $1",
	1, {UUIDOID}
};

static OlQuery edges_of_run = {
	"SELECT e.src, e.dst FROM openlineage.run_edges(ARRAY("
	"SELECT u.run_id FROM openlineage.upstream_runs($1, $2, 100000) AS u"
	")) AS e",
	2, {UUIDOID, INT4OID}
};

static void
receive_reached(TupleTableSlot *slot, void *arg)
{
	ol_pairs_add(arg, DatumGetInt32(slot->tts_values[0]),
				 DatumGetInt32(slot->tts_values[1]));
}

static void
receive_edge(TupleTableSlot *slot, void *arg)
{
	OlPast	   *past = arg;
	int32		src = DatumGetInt32(slot->tts_values[0]);
	int32		dst = DatumGetInt32(slot->tts_values[1]);

	ol_pairs_add(past->edges[0], src, dst);
	ol_pairs_add(past->edges[1], dst, src);
}

static int
compare_keys(const void *a, const void *b)
{
	uint64		left = *(const uint64 *) a;
	uint64		right = *(const uint64 *) b;

	return (left > right) - (left < right);
}

const OlPast *
ol_past_of_time(TimestampTz when)
{
	OlPast	   *past = palloc0(sizeof(OlPast));

	past->when = when;
	return past;
}

bool
ol_past_is_time(const OlPast *past, TimestampTz *when)
{
	*when = past->when;
	return !past->of_run;
}

/*
 * How many runs away the walk can come: from the job of the run two edges
 * lead to the run before.  Another start may lie anywhere in its graph.
 */
static int
runs_away(const OlWalkRequest *request, int32 job_id)
{
	if (request->depth == OL_DEPTH_UNLIMITED)
		return PG_INT32_MAX;
	for (int i = 0; i < request->nstart; i++)
	{
		if (request->start[i] != job_id)
			return PG_INT32_MAX;
	}
	return request->depth / 2 + 1;
}

const OlPast *
ol_past_of_run(const pg_uuid_t *run, const OlWalkRequest *request)
{
	OlPast	   *past = palloc0(sizeof(OlPast));
	Datum		values[2] = {UUIDPGetDatum(run)};
	int32		job_id = ol_query_int(&job_of_run, values);

	if (job_id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("run \"%s\" does not exist",
						DatumGetCString(DirectFunctionCall1(uuid_out,
															values[0])))));
	values[1] = Int32GetDatum(runs_away(request, job_id));
	past->of_run = true;
	for (int i = 0; i < 2; i++)
		past->edges[i] = ol_pairs_create();
	ol_query_run(&edges_of_run, values, receive_edge, past);
	for (int i = 0; i < 2; i++)
		qsort(past->edges[i]->keys, past->edges[i]->n, sizeof(uint64),
			  compare_keys);
	return past;
}

/* The first key that begins with a node or a later one. */
static Size
find_first(const OlPairs *edges, int32 node)
{
	Size		low = 0;
	Size		high = edges->n;

	while (low < high)
	{
		Size		middle = low + (high - low) / 2;

		if (edges->keys[middle] < OL_PAIR(node, 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
expand_run(const OlPairs *edges, const int32 *frontier, int n,
		   OlPairs *reached)
{
	for (int i = 0; i < n; i++)
	{
		for (Size at = find_first(edges, frontier[i]);
			 at < edges->n && OL_PAIR_NODE(edges->keys[at]) == frontier[i];
			 at++)
			ol_pairs_add(reached, OL_PAIR_FROM(edges->keys[at]), frontier[i]);
	}
}

void
ol_past_expand(void *source, const int32 *frontier, int n, bool upstream,
			   OlPairs *reached)
{
	const OlWalkRequest *request = source;
	const OlPast *past = request->past;
	Datum		values[5];

	if (past->of_run)
	{
		if (request->kinds & OL_EDGE_DATA)
			expand_run(past->edges[upstream], frontier, n, reached);
		return;
	}
	values[0] = ol_int_array(frontier, n);
	values[1] = BoolGetDatum((request->kinds & OL_EDGE_DATA) != 0);
	values[2] = BoolGetDatum((request->kinds & OL_EDGE_DERIVES) != 0);
	values[3] = BoolGetDatum((request->kinds & OL_EDGE_CONTROL) != 0);
	values[4] = TimestampTzGetDatum(past->when);
	ol_query_run(&held_queries[upstream], values, receive_reached, reached);
	pfree(DatumGetPointer(values[0]));
}
