/*-------------------------------------------------------------------------
 * levels.c
 *	  Gear 1: edges level by level.
 *
 * Each level is one statement over a covering index with the whole frontier
 * as an array.  It runs as the caller and in one snapshot, so privileges,
 * policies and MVCC hold by themselves.  Best while the answer is a small
 * part of the graph.  Where policies are the shipped ones, the index is asked
 * without a statement (lookup.c).
 *
 * Columns: the column named '' stands for every column of its dataset.  It is
 * no stop of its own but a hub without length: a column leaves through its
 * dataset's '' as well, and whoever reaches a '' reaches the columns of that
 * dataset.  Only where a dataset has no other column is '' itself reached.
 * Going through the hub, rather than joining all pairs, keeps a dataset of
 * 20,000 columns linear.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "graph/bfs.h"
#include "graph/field.h"
#include "graph/levels.h"
#include "graph/lookup.h"
#include "graph/node.h"
#include "graph/past.h"
#include "graph/query.h"
#include "miscadmin.h"
#include "utils/array.h"

/*
 * The kind is tested by an expression that no index serves: as an index
 * condition it would cost one descent for every node and kind.
 */
#define WANTED_KIND \
	" AND CASE e.kind WHEN 'data' THEN $2 WHEN 'derives' THEN $3 ELSE $4 END"

/* Edges that begin and that end at the frontier. */
static OlQuery node_queries[] = {
	{"SELECT e.dst, e.src FROM openlineage.edge AS e"
		" WHERE e.src = ANY ($1)" WANTED_KIND,
	4, {INT4ARRAYOID, BOOLOID, BOOLOID, BOOLOID}},
	{"SELECT e.src, e.dst FROM openlineage.edge AS e"
		" WHERE e.dst = ANY ($1)" WANTED_KIND,
	4, {INT4ARRAYOID, BOOLOID, BOOLOID, BOOLOID}}
};

static OlQuery column_queries[] = {
	{"SELECT e.dst, e.src FROM openlineage.column_edge AS e"
	" WHERE e.src = ANY ($1)", 1, {INT4ARRAYOID}},
	{"SELECT e.src, e.dst FROM openlineage.column_edge AS e"
	" WHERE e.dst = ANY ($1)", 1, {INT4ARRAYOID}}
};

/* The hubs of columns, with the least column of each. */
static OlQuery hubs_of_columns = {
	"SELECT h.id, min(f.id)"
	" FROM openlineage.dataset_field AS f"
	" JOIN openlineage.dataset_field AS h ON h.dataset_id = f.dataset_id"
	" AND h.name_hash = openlineage.hash128('') AND h.id <> f.id"
	" WHERE f.id = ANY ($1) GROUP BY h.id",
	1, {INT4ARRAYOID}
};

/* The columns of those that are hubs. */
static OlQuery columns_of_hubs = {
	"SELECT f.id, h.id"
	" FROM openlineage.dataset_field AS h"
	" JOIN openlineage.dataset_field AS f ON f.dataset_id = h.dataset_id"
	" AND f.id <> h.id"
	" WHERE h.id = ANY ($1) AND h.name_hash = openlineage.hash128('')",
	1, {INT4ARRAYOID}
};

/* A job's steps are starts with it; an alias is what it stands for. */
static OlQuery node_starts = {
	"SELECT c.id FROM openlineage.node AS n"
	" JOIN openlineage.node AS c ON c.id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END"
	" WHERE n.id = ANY ($1)"
	" UNION ALL"
	" SELECT s.id FROM openlineage.node AS s WHERE s.job_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static OlQuery column_starts = {
	"SELECT f.id FROM openlineage.dataset_field AS f WHERE f.id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static void
receive_pair(TupleTableSlot *slot, void *arg)
{
	ol_pairs_add(arg, DatumGetInt32(slot->tts_values[0]),
				 DatumGetInt32(slot->tts_values[1]));
}

static void
receive_start(TupleTableSlot *slot, void *arg)
{
	ol_pairs_add(arg, DatumGetInt32(slot->tts_values[0]), 0);
}

static void
run_pairs(OlQuery *query, const int32 *ids, int n, OlPairs *pairs)
{
	Datum		values[1] = {ol_int_array(ids, n)};

	ol_query_run(query, values, receive_pair, pairs);
	pfree(DatumGetPointer(values[0]));
}

static int32 *
pair_nodes(const OlPairs *pairs)
{
	int32	   *nodes = palloc_extended(sizeof(int32) * Max(pairs->n, 1),
										MCXT_ALLOC_HUGE);

	for (Size i = 0; i < pairs->n; i++)
		nodes[i] = OL_PAIR_NODE(pairs->keys[i]);
	return nodes;
}

/* What the source of a walk's edges is told, and knows. */
typedef struct Levels
{
	const OlWalkRequest *request;
	bool		is_begun;
	OlLookup   *lookup;			/* NULL: edges are asked of SQL */
	OlFields   *fields;			/* of columns, with the lookup */
} Levels;

static void
begin_levels(Levels *levels)
{
	const OlWalkRequest *request = levels->request;
	OlReader	reader;

	if (levels->is_begun)
		return;
	levels->is_begun = true;
	reader = ol_reader_of(request->graph);
	if (reader.refusal != NULL)
		return;
	/* columns' edges are of no kind */
	levels->lookup = ol_lookup_create(&reader, request->graph,
									  request->graph == OL_GRAPH_NODES ?
									  request->kinds : OL_EDGE_DATA);
	if (request->graph == OL_GRAPH_COLUMNS)
		levels->fields = ol_fields_open(&reader);
}

static void
end_levels(Levels *levels)
{
	if (levels->lookup != NULL)
		ol_lookup_end(levels->lookup);
	if (levels->fields != NULL)
		ol_fields_close(levels->fields);
}

static void
ask_for_nodes(const OlWalkRequest *request, const int32 *frontier, int n,
			  bool upstream, OlPairs *reached)
{
	Datum		values[4];

	values[0] = ol_int_array(frontier, n);
	values[1] = BoolGetDatum((request->kinds & OL_EDGE_DATA) != 0);
	values[2] = BoolGetDatum((request->kinds & OL_EDGE_DERIVES) != 0);
	values[3] = BoolGetDatum((request->kinds & OL_EDGE_CONTROL) != 0);
	ol_query_run(&node_queries[upstream], values, receive_pair, reached);
	pfree(DatumGetPointer(values[0]));
}

static void
expand_nodes(void *source, const int32 *frontier, int n, bool upstream,
			 OlPairs *reached)
{
	Levels	   *levels = source;

	begin_levels(levels);
	if (levels->lookup != NULL)
		ol_lookup_edges(levels->lookup, frontier, n, upstream, reached);
	else
		ask_for_nodes(levels->request, frontier, n, upstream, reached);
}

/* The same as open_hubs(). */
static void
look_up_members(OlFields *fields, const OlPairs *found, OlPairs *reached)
{
	for (Size i = 0; i < found->n; i++)
	{
		int32		node = OL_PAIR_NODE(found->keys[i]);
		int32		from = OL_PAIR_FROM(found->keys[i]);

		if (!ol_fields_members(fields, node, from, reached))
			ol_pairs_add(reached, node, from);
	}
}

/* Replace hubs by their columns, reached from where the hub was. */
static void
open_hubs(const OlPairs *found, OlPairs *reached)
{
	int32	   *nodes = pair_nodes(found);
	OlPairs    *columns = ol_pairs_create();
	OlPairs    *opened = ol_pairs_create();
	int32		from;

	run_pairs(&columns_of_hubs, nodes, (int) found->n, columns);
	for (Size i = 0; i < columns->n; i++)
	{
		int32		hub = OL_PAIR_FROM(columns->keys[i]);

		if (!ol_pairs_find(found, hub, &from))
			elog(ERROR, "column %d was not asked for", hub);
		ol_pairs_add(reached, OL_PAIR_NODE(columns->keys[i]), from);
		ol_pairs_add(opened, hub, 0);
	}
	ol_pairs_reduce(opened);
	for (Size i = 0; i < found->n; i++)
	{
		if (!ol_pairs_find(opened, nodes[i], &from))
			ol_pairs_add(reached, nodes[i], OL_PAIR_FROM(found->keys[i]));
	}
	ol_pairs_free(columns);
	ol_pairs_free(opened);
	pfree(nodes);
}

/* Edges of the frontier and of its hubs, as edges of the frontier. */
static OlPairs *
column_edges(Levels *levels, const int32 *frontier, int n, bool upstream)
{
	OlPairs    *hubs = ol_pairs_create();
	OlPairs    *edges = ol_pairs_create();
	int32	   *ids;
	int32		column;

	if (levels->fields != NULL)
		ol_fields_hubs(levels->fields, frontier, n, hubs);
	else
		run_pairs(&hubs_of_columns, frontier, n, hubs);
	ol_pairs_reduce(hubs);
	ids = palloc_extended(sizeof(int32) * (n + hubs->n), MCXT_ALLOC_HUGE);
	memcpy(ids, frontier, sizeof(int32) * n);
	for (Size i = 0; i < hubs->n; i++)
		ids[n + i] = OL_PAIR_NODE(hubs->keys[i]);
	if (levels->lookup != NULL)
		ol_lookup_edges(levels->lookup, ids, n + (int) hubs->n, upstream,
						edges);
	else
		run_pairs(&column_queries[upstream], ids, n + (int) hubs->n, edges);
	for (Size i = 0; i < edges->n; i++)
	{
		if (ol_pairs_find(hubs, OL_PAIR_FROM(edges->keys[i]), &column))
			edges->keys[i] = OL_PAIR(OL_PAIR_NODE(edges->keys[i]), column);
	}
	ol_pairs_reduce(edges);
	ol_pairs_free(hubs);
	pfree(ids);
	return edges;
}

static void
expand_columns(void *source, const int32 *frontier, int n, bool upstream,
			   OlPairs *reached)
{
	Levels	   *levels = source;
	OlPairs    *edges;

	begin_levels(levels);
	edges = column_edges(levels, frontier, n, upstream);
	if (levels->fields != NULL)
		look_up_members(levels->fields, edges, reached);
	else
		open_hubs(edges, reached);
	ol_pairs_free(edges);
}

static void
take_step(int32 step, void *arg)
{
	ol_pairs_add(arg, step, 0);
}

/* The same as node_starts. */
static void
look_up_starts(OlNodes *nodes, const OlWalkRequest *request, OlPairs *starts)
{
	OlNode		node;

	for (int i = 0; i < request->nstart; i++)
	{
		int32		id = request->start[i];

		CHECK_FOR_INTERRUPTS();
		if (ol_nodes_find(nodes, id, &node) &&
			(node.canonical_id == 0 ||
			 ol_nodes_find(nodes, node.canonical_id, &node)))
			ol_pairs_add(starts, node.id, 0);
		ol_nodes_steps(nodes, id, take_step, starts);
	}
}

/* The same as column_starts, with the columns of hubs for them. */
static void
look_up_columns(const OlReader *reader, const OlWalkRequest *request,
				OlPairs *starts)
{
	OlFields   *fields = ol_fields_open(reader);
	OlColumn	field;

	for (int i = 0; i < request->nstart; i++)
	{
		int32		id = request->start[i];

		CHECK_FOR_INTERRUPTS();
		if (ol_fields_find(fields, id, &field) &&
			!ol_fields_members(fields, id, 0, starts))
			ol_pairs_add(starts, id, 0);
	}
	ol_fields_close(fields);
}

static OlPairs *
find_column_starts(const OlWalkRequest *request)
{
	OlReader	reader = ol_reader_of(OL_GRAPH_COLUMNS);
	OlPairs    *starts = ol_pairs_create();
	OlPairs    *opened = ol_pairs_create();
	Datum		values[1];

	if (reader.refusal == NULL)
	{
		look_up_columns(&reader, request, starts);
		return starts;
	}
	values[0] = ol_int_array(request->start, request->nstart);
	ol_query_run(&column_starts, values, receive_start, starts);
	ol_pairs_reduce(starts);
	open_hubs(starts, opened);
	return opened;
}

/* The starts the caller may see, each as what the walk knows. */
static OlPairs *
find_starts(const OlWalkRequest *request)
{
	OlPairs    *starts;
	OlNodes    *nodes;
	Datum		values[1];

	if (request->graph == OL_GRAPH_COLUMNS)
		return find_column_starts(request);
	starts = ol_pairs_create();
	nodes = ol_nodes_open();
	if (nodes != NULL)
	{
		look_up_starts(nodes, request, starts);
		ol_nodes_close(nodes);
		return starts;
	}
	values[0] = ol_int_array(request->start, request->nstart);
	ol_query_run(&node_starts, values, receive_start, starts);
	return starts;
}

/* The nodes that a walk starts from; may hold repeats. */
const int32 *
ol_levels_starts(const OlWalkRequest *request, int *n)
{
	OlPairs    *starts = find_starts(request);

	*n = (int) starts->n;
	return pair_nodes(starts);
}

OlWalkResult *
ol_levels_walk(const OlWalkRequest *request, OlConsider consider,
			   void *chooser)
{
	OlWalkRequest own = *request;
	Levels		levels = {&own};
	OlEdgeSource edges = {expand_nodes, &levels, consider, chooser};
	OlWalkResult *result;

	own.start = ol_levels_starts(request, &own.nstart);
	if (request->past != NULL)
	{
		edges.expand = ol_past_expand;
		edges.source = &own;
	}
	else if (request->graph == OL_GRAPH_COLUMNS)
		edges.expand = expand_columns;
	result = ol_bfs_walk(&own, &edges);
	end_levels(&levels);
	return result;
}
