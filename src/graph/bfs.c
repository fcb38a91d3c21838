/*-------------------------------------------------------------------------
 * bfs.c
 *	  Breadth-first walk, whatever the edges come from.
 *
 * A walk has one side, or two for OL_BOTH: one against the flow of data and
 * one with it, each with its own visited set, so that a node enters each side
 * at most once, a cycle costs nothing, and the walk ends.  The sides take
 * turns level by level: rows come nearest first, and a node that both sides
 * meet is an answer where it is nearer.
 *
 * The rows of one side and one distance lie together and in order of id: they
 * are the frontier of that side's next level.
 *
 * A walk can go over from edges that it asks for to a graph that is in memory,
 * between any two levels; what was visited stays visited.
 *
 * Nothing here touches SQL.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/bfs.h"
#include "graph/idset.h"
#include "miscadmin.h"

typedef struct Side
{
	bool		upstream;		/* follow edges against the flow of data */
	bool		downstream;		/* follow edges with it */
	OlVisit    *visit;
	int			first;			/* the frontier: this row … */
	int			count;			/* … and so many in all; 0: at an end */
	OlHubMarks	marks;			/* once there is a view */
} Side;

typedef struct Walk
{
	const OlWalkRequest *request;
	const OlEdgeSource *edges;
	OlView	   *view;			/* the graph to walk; NULL: ask edges */
	OlWalkResult *result;
	int			capacity;		/* of result->rows */
	int			nanswers;		/* rows that count against the node limit */
	OlIdSet    *answered;		/* nodes of either side; NULL with one side */
	OlIdSet    *targets;		/* NULL: there are none */
	Side		sides[2];
	int			nsides;
} Walk;

/* Room for n more rows. */
static void
reserve_rows(Walk *walk, Size n)
{
	OlWalkResult *result = walk->result;

	if (n <= (Size) (walk->capacity - result->nrows))
		return;
	n += result->nrows;
	if (n > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("lineage has too many nodes")));
	walk->capacity = (int) Min(Max(n, (Size) walk->capacity * 2),
							   PG_INT32_MAX);
	result->rows = repalloc_huge(result->rows,
								 sizeof(OlWalkRow) * walk->capacity);
}

/* Index of the row of an id within a frontier. */
static int
find_row(const Walk *walk, const Side *side, int32 id)
{
	int			low = side->first;
	int			high = side->first + side->count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (walk->result->rows[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	Assert(low < side->first + side->count);
	return low;
}

/* Take a node into the rows, which have room; false when the limit is met. */
static inline bool
take_node(Walk *walk, const OlWalkRow *row)
{
	OlWalkResult *result = walk->result;
	int			limit = walk->request->node_limit;

	if (!row->repeated)
	{
		if (limit != OL_LIMIT_NONE && walk->nanswers >= limit)
		{
			result->truncated = true;
			return false;
		}
		walk->nanswers++;
	}
	result->rows[result->nrows++] = *row;
	return true;
}

/*
 * Take what a level reached, each node with its place in the frontier, into
 * the rows; false when the limit is met.
 */
static bool
take_level(Walk *walk, Side *side, int distance)
{
	const OlPairs *reached = side->visit->pairs;
	int			first = walk->result->nrows;
	OlWalkRow	row = {.distance = distance};

	row.upstream = side->upstream && !side->downstream;
	reserve_rows(walk, reached->n);
	for (Size i = 0; i < reached->n; i++)
	{
		row.id = OL_PAIR_NODE(reached->keys[i]);
		row.from = side->first + OL_PAIR_FROM(reached->keys[i]);
		row.repeated = walk->answered != NULL &&
			!ol_idset_add(walk->answered, row.id);
		if (!take_node(walk, &row))
			return false;
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	side->first = first;
	side->count = walk->result->nrows - first;
	return true;
}

static int32 *
frontier_ids(const Walk *walk, const Side *side)
{
	int32	   *ids = palloc_extended(sizeof(int32) * side->count,
									  MCXT_ALLOC_HUGE);

	for (int i = 0; i < side->count; i++)
		ids[i] = walk->result->rows[side->first + i].id;
	return ids;
}

/* What a level reaches in the graph that is walked. */
static void
expand_level(Walk *walk, Side *side)
{
	int32	   *frontier = frontier_ids(walk, side);

	ol_view_expand(walk->view, frontier, side->count, side->upstream,
				   side->downstream, &side->marks, side->visit);
	ol_visit_end(side->visit);
	pfree(frontier);
}

/* The same from the edges asked for. */
static void
ask_level(Walk *walk, Side *side)
{
	OlPairs    *reached = side->visit->pairs;
	const OlEdgeSource *edges = walk->edges;
	int32	   *frontier = frontier_ids(walk, side);
	Size		kept = 0;

	reached->n = 0;
	if (side->upstream)
		edges->expand(edges->source, frontier, side->count, true, reached);
	if (side->downstream)
		edges->expand(edges->source, frontier, side->count, false, reached);
	ol_pairs_reduce(reached);
	for (Size i = 0; i < reached->n; i++)
	{
		int32		id = OL_PAIR_NODE(reached->keys[i]);
		int32		from = OL_PAIR_FROM(reached->keys[i]);

		if (ol_idset_add(side->visit->visited, id))
			reached->keys[kept++] =
				OL_PAIR(id, find_row(walk, side, from) - side->first);
	}
	reached->n = kept;
	pfree(frontier);
}

/* Is there a graph to go on with? */
static void
consider_view(Walk *walk)
{
	int			nnext = 0;

	if (walk->view != NULL || walk->edges->consider == NULL)
		return;
	for (int i = 0; i < walk->nsides; i++)
		nnext += walk->sides[i].count;
	walk->view = walk->edges->consider(walk->edges->chooser,
									   walk->result->nrows, nnext);
	for (int i = 0; i < walk->nsides && walk->view != NULL; i++)
		ol_hub_marks_init(&walk->sides[i].marks, walk->view);
}

/* One more level of one side; false when the node limit is met. */
static bool
walk_level(Walk *walk, Side *side, int distance)
{
	consider_view(walk);
	if (walk->view == NULL)
		ask_level(walk, side);
	else
		expand_level(walk, side);
	return take_level(walk, side, distance);
}

/* Was what is looked for reached in the last level? */
static bool
found_target(const Walk *walk, const Side *side)
{
	if (walk->targets == NULL)
		return false;
	for (int i = 0; i < side->count; i++)
	{
		if (ol_idset_has(walk->targets,
						 walk->result->rows[side->first + i].id))
			return true;
	}
	return false;
}

static void
take_targets(Walk *walk)
{
	if (walk->request->targets == NULL)
		return;
	walk->targets = ol_idset_create();
	for (int i = 0; i < walk->request->ntargets; i++)
		ol_idset_add(walk->targets, walk->request->targets[i]);
}

static void
add_side(Walk *walk, bool upstream, bool downstream)
{
	Side	   *side = &walk->sides[walk->nsides++];

	side->upstream = upstream;
	side->downstream = downstream;
	side->visit = ol_visit_create(true);
	side->first = 0;
	side->count = walk->result->nstart;
	for (int i = 0; i < walk->result->nstart; i++)
		ol_idset_add(side->visit->visited, walk->result->rows[i].id);
}

/* The starts as rows, in order of id and each once. */
static void
take_starts(Walk *walk)
{
	const OlWalkRequest *request = walk->request;
	OlPairs    *starts = ol_pairs_create();

	for (int i = 0; i < request->nstart; i++)
		ol_pairs_add(starts, request->start[i], 0);
	ol_pairs_reduce(starts);
	reserve_rows(walk, starts->n);
	for (Size i = 0; i < starts->n; i++)
	{
		OlWalkRow  *row = &walk->result->rows[walk->result->nrows++];

		memset(row, 0, sizeof(OlWalkRow));
		row->id = OL_PAIR_NODE(starts->keys[i]);
		row->from = -1;
	}
	ol_pairs_free(starts);
	walk->result->nstart = walk->result->nrows;
}

static void
open_sides(Walk *walk)
{
	switch (walk->request->direction)
	{
		case OL_UPSTREAM:
			add_side(walk, true, false);
			break;
		case OL_DOWNSTREAM:
			add_side(walk, false, true);
			break;
		case OL_UNDIRECTED:
			add_side(walk, true, true);
			break;
		case OL_BOTH:
			walk->answered = ol_idset_create();
			add_side(walk, true, false);
			add_side(walk, false, true);
			break;
	}
}

OlWalkResult *
ol_bfs_walk(const OlWalkRequest *request, const OlEdgeSource *edges)
{
	Walk		walk = {request, edges};
	MemoryContext context = request->context == NULL ? CurrentMemoryContext :
	request->context;
	bool		more;

	walk.capacity = 64;
	walk.result = MemoryContextAllocZero(context, sizeof(OlWalkResult));
	walk.result->rows = MemoryContextAlloc(context, sizeof(OlWalkRow) *
										   walk.capacity);
	take_starts(&walk);
	take_targets(&walk);
	open_sides(&walk);
	more = !found_target(&walk, &walk.sides[0]);	/* a start may be one */
	for (int distance = 1; more; distance++)
	{
		bool		moved = false;

		if (request->depth != OL_DEPTH_UNLIMITED && distance > request->depth)
			break;
		for (int i = 0; i < walk.nsides && more; i++)
		{
			if (walk.sides[i].count == 0)
				continue;
			moved = true;
			more = walk_level(&walk, &walk.sides[i], distance) &&
				!found_target(&walk, &walk.sides[i]);
		}
		if (!moved)
			break;
	}
	return walk.result;
}
