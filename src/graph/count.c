/*-------------------------------------------------------------------------
 * count.c
 *	  How many nodes a walk reaches, without their rows.
 *
 * Where a graph is in memory from the start, going through it is a fraction of
 * making rows of what was reached.  What an answer would show is told by the
 * set of nodes visited: a step stands for its job, what was deleted softly is
 * not shown, and neither is what is shown as a start (label.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "graph/count.h"
#include "graph/gear.h"
#include "graph/levels.h"
#include "graph/query.h"
#include "miscadmin.h"

/* As the caller: what was visited may be seen. */
static OlQuery all_steps = {
	"SELECT n.id, n.job_id FROM openlineage.node AS n"
	" WHERE n.job_id IS NOT NULL"
};

static OlQuery steps_among = {
	"SELECT n.id, n.job_id FROM openlineage.node AS n"
	" WHERE n.id = ANY ($1) AND n.job_id IS NOT NULL",
	1, {INT4ARRAYOID}
};

static OlQuery hidden_nodes = {
	"SELECT h.node_id FROM openlineage.hidden_node AS h",
	.scans = true
};

static OlQuery hidden_columns = {
	"SELECT f.id FROM openlineage.hidden_node AS h"
	" JOIN openlineage.dataset_field AS f ON f.dataset_id = h.node_id"
};

typedef struct Count
{
	const OlWalkRequest *request;
	const OlGearbox *gearbox;
	const int32 *starts;
	int			nstarts;
	OlIdSet    *visited;
	int64		nvisited;
	OlIdSet    *gone;			/* visited, but not shown as themselves */
	OlIdSet    *jobs;			/* shown for their steps only */
} Count;

static void
visit_all(Count *count, OlVisit *visit)
{
	OlView	   *view = count->gearbox->view;
	const OlWalkRequest *request = count->request;
	int32	   *frontier;
	int			n;
	OlHubMarks	marks;

	for (int i = 0; i < count->nstarts; i++)
		ol_visit_add(visit, count->starts[i], 0);
	frontier = ol_visit_end_ids(visit, &n);
	ol_hub_marks_init(&marks, view);
	for (int distance = 1; n > 0; distance++)
	{
		count->nvisited += n;
		if (request->depth != OL_DEPTH_UNLIMITED && distance > request->depth)
			break;
		ol_view_expand(view, frontier, n, request->direction != OL_DOWNSTREAM,
					   request->direction != OL_UPSTREAM, &marks, visit);
		pfree(frontier);
		frontier = ol_visit_end_ids(visit, &n);
	}
	pfree(frontier);
}

/* A step that was visited: its job is shown, once. */
static void
take_step(Count *count, int32 step, int32 job)
{
	if (!ol_idset_has(count->visited, step) ||
		!ol_idset_add(count->gone, step))
		return;
	count->nvisited--;
	if (!ol_idset_has(count->visited, job) && ol_idset_add(count->jobs, job))
		count->nvisited++;
}

static void
receive_step(TupleTableSlot *slot, void *arg)
{
	take_step(arg, DatumGetInt32(slot->tts_values[0]),
			  DatumGetInt32(slot->tts_values[1]));
}

/* Take away what is shown as this node. */
static void
leave_out(Count *count, int32 id)
{
	bool		is_shown = ol_idset_has(count->visited, id) ||
	ol_idset_has(count->jobs, id);

	if (is_shown && ol_idset_add(count->gone, id))
		count->nvisited--;
}

static void
receive_hidden(TupleTableSlot *slot, void *arg)
{
	leave_out(arg, DatumGetInt32(slot->tts_values[0]));
}

static void
query_steps(Count *count, const int32 *ids, int n)
{
	Datum		values[1] = {ol_int_array(ids, n)};

	ol_query_run(&steps_among, values, receive_step, count);
}

/* The base knows the steps of its time; nodes of later edges are asked for. */
static void
take_steps(Count *count)
{
	const OlKept *kept = &count->gearbox->kept;
	const uint64 *steps;
	OlPairs    *nodes;
	int32	   *ids;

	if (kept->refusal != NULL || kept->base == NULL)
	{
		ol_query_run(&all_steps, NULL, receive_step, count);
		return;
	}
	steps = ol_base_steps(kept->base);
	for (int i = 0; i < kept->base->nsteps; i++)
		take_step(count, OL_PAIR_NODE(steps[i]), OL_PAIR_FROM(steps[i]));
	nodes = kept->changes->nodes;
	if (nodes == NULL || nodes->n == 0)
		return;
	ids = palloc(sizeof(int32) * nodes->n);
	for (Size i = 0; i < nodes->n; i++)
		ids[i] = OL_PAIR_NODE(nodes->keys[i]);
	query_steps(count, ids, (int) nodes->n);
}

static void
receive_start(TupleTableSlot *slot, void *arg)
{
	leave_out(arg, DatumGetInt32(slot->tts_values[1]));
}

/* Starts are left out, and with a step its job. */
static void
leave_out_starts(Count *count)
{
	Datum		values[1] = {ol_int_array(count->starts, count->nstarts)};

	for (int i = 0; i < count->nstarts; i++)
		leave_out(count, count->starts[i]);
	if (count->request->graph == OL_GRAPH_NODES)
		ol_query_run(&steps_among, values, receive_start, count);
}

/*
 * As many rows as an answer without its starts has, if that can be told
 * without making rows; false if not.  Between SPI_connect() and SPI_finish().
 */
bool
ol_graph_count(const OlWalkRequest *request, int64 *result)
{
	Count		count = {.request = request};
	OlGearbox  *gearbox;
	OlVisit    *visit;

	if (request->node_limit != OL_LIMIT_NONE || request->direction == OL_BOTH)
		return false;
	gearbox = ol_gearbox_create(request);
	count.starts = ol_levels_starts(request, &count.nstarts);
	if (ol_gearbox_consider(gearbox, count.nstarts, count.nstarts) == NULL)
		return false;
	count.gearbox = gearbox;
	visit = ol_visit_create(false);
	count.visited = visit->visited;
	count.gone = ol_idset_create();
	count.jobs = ol_idset_create();
	visit_all(&count, visit);
	ol_gearbox_note_end(count.nvisited);
	if (request->graph == OL_GRAPH_NODES)
	{
		take_steps(&count);
		ol_query_run(&hidden_nodes, NULL, receive_hidden, &count);
	}
	else
		ol_query_run(&hidden_columns, NULL, receive_hidden, &count);
	leave_out_starts(&count);
	*result = count.nvisited;
	return true;
}
