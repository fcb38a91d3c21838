/*-------------------------------------------------------------------------
 * lineage.c
 *	  The lineage graph as Marquez draws it, and lineage_graph() of SQL.
 *
 * A walk chooses the nodes; each is read with what it shows, by one statement
 * per table, and written once, in the order of ids of the API, with those of its
 * edges whose other end is in the graph.  Everything is read as the caller.
 *
 * The nearest nodes are kept where there are more than the caller wants; of
 * those equally far the first by their ids in the API, so that a cut answer does
 * not depend on surrogate ids.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "api/lineage_parts.h"
#include "base/compat.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "graph/args.h"
#include "graph/graph.h"
#include "graph/past.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(ol_lineage_graph);

/* Arguments of lineage_graph(), in order. */
enum
{
	ARG_START,
	ARG_DEPTH,
	ARG_DIRECTION,
	ARG_MAX_NODES,
	ARG_AS_OF,
	ARG_RUN,
	ARG_RUNS,
	ARG_RUNS_CUT
};

/* Nodes to be shown, nearest first, and how far they are. */
typedef struct Nodes
{
	OlTitle   **names;
	int		   *distances;
	int			n;
} Nodes;

/* What the rows of a walk are shown as, each once; hidden ones left out. */
static Nodes
shown_nodes(const OlWalkResult *walk, OlTitles *names)
{
	Nodes		nodes = {0};
	int			njobs = 0;

	for (int i = 0; i < walk->nrows; i++)
		ol_titles_want(names, walk->rows[i].id);
	ol_titles_read(names);
	for (int i = 0; i < walk->nrows; i++)
	{
		OlTitle    *name = ol_titles_find(names, walk->rows[i].id);

		if (name != NULL && name->job_id != 0)
		{
			ol_titles_want(names, name->job_id);
			njobs++;
		}
	}
	if (njobs > 0)
		ol_titles_read(names);

	nodes.names = palloc_extended(sizeof(OlTitle *) * Max(walk->nrows, 1),
								  MCXT_ALLOC_HUGE);
	nodes.distances = palloc_extended(sizeof(int) * Max(walk->nrows, 1),
									  MCXT_ALLOC_HUGE);
	for (int i = 0; i < walk->nrows; i++)
	{
		OlTitle    *name = ol_titles_find(names, walk->rows[i].id);

		if (name != NULL && name->job_id != 0)
			name = ol_titles_find(names, name->job_id);
		if (name == NULL || name->is_hidden || name->member >= 0)
			continue;
		name->member = nodes.n;
		nodes.distances[nodes.n] = walk->rows[i].distance;
		nodes.names[nodes.n++] = name;
	}
	return nodes;
}

static void
forget_members(Nodes *nodes)
{
	for (int i = 0; i < nodes->n; i++)
		nodes->names[i]->member = -1;
	nodes->n = 0;
}

/* Keep the nearest of them, those of one distance by their ids. */
static void
cut_nodes(Nodes *nodes, int max_nodes)
{
	int			farthest = nodes->distances[max_nodes - 1];
	int			begin = 0;
	int			end;

	while (nodes->distances[begin] < farthest)
		begin++;
	for (end = begin; end < nodes->n && nodes->distances[end] == farthest; end++)
		;
	ol_titles_rank(nodes->names + begin, end - begin);
	for (int i = begin; i < nodes->n; i++)
	{
		nodes->names[i]->rank = -1;
		nodes->names[i]->member = i < max_nodes ? i : -1;
	}
	nodes->n = max_nodes;
}

/*
 * The limit of a walk counts steps and hidden nodes as well: when it was met
 * before enough nodes to show were, walk on.  Which of the farthest are shown
 * is for their names to say, so all of that distance are looked at.
 */
static Nodes
find_nodes(OlWalkRequest *request, int max_nodes, OlTitles *names,
		   bool *truncated)
{
	int64		limit = Min((int64) max_nodes + 1, PG_INT32_MAX - 1);
	Nodes		nodes;

	for (;;)
	{
		OlWalkResult *walk;

		request->node_limit = (int) limit;
		walk = ol_graph_walk(request);
		nodes = shown_nodes(walk, names);
		*truncated = nodes.n > max_nodes;
		if (*truncated || !walk->truncated)
			break;
		forget_members(&nodes);
		limit = Min(limit * 4, PG_INT32_MAX - 1);
	}
	if (*truncated)
	{
		request->depth = nodes.distances[max_nodes - 1];
		request->node_limit = OL_LIMIT_NONE;
		forget_members(&nodes);
		nodes = shown_nodes(ol_graph_walk(request), names);
		cut_nodes(&nodes, max_nodes);
	}
	return nodes;
}

static void
put_edges(StringInfo json, const OlTitle *name, const OlGraphLinks *links,
		  bool in)
{
	const OlAdjacency *adjacency = in ? &links->in : &links->out;
	bool		first = true;

	appendStringInfoChar(json, '[');
	for (int i = adjacency->first[name->rank];
		 i < adjacency->first[name->rank + 1]; i++)
	{
		const OlTitle *other = links->ranked[adjacency->other[i]];

		if (other->member < 0)
			continue;
		appendStringInfoString(json, first ? "{\"origin\" : " : ", {\"origin\" : ");
		first = false;
		ol_form_put(json, (in ? other : name)->quoted);
		ol_form_literal(json, ", \"destination\" : ");
		ol_form_put(json, (in ? name : other)->quoted);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

static void
put_graph(StringInfo json, OlTitles *names, const Nodes *nodes,
		  const OlEdgesOf *of)
{
	OlGraphLinks *links = ol_graph_links_read(names, nodes->names, nodes->n, of);
	OlGraphJobs *jobs = ol_graph_jobs_read(names, nodes->names, nodes->n, of);
	OlGraphData *data = ol_graph_data_read(names, nodes->names, nodes->n, of);
	bool		first = true;

	ol_titles_read(names);
	ol_graph_links_rank(links, names, nodes->names, nodes->n);
	appendStringInfoChar(json, '[');
	for (int i = 0; i < links->nranked; i++)
	{
		const OlTitle *name = links->ranked[i];

		CHECK_FOR_INTERRUPTS();
		if (name->member < 0)
			continue;
		appendStringInfoString(json, first ? "{\"id\" : " : ", {\"id\" : ");
		first = false;
		ol_form_put(json, name->quoted);
		appendStringInfoString(json, name->is_job ? ", \"type\" : \"JOB\"" :
							   ", \"type\" : \"DATASET\"");
		ol_form_literal(json, ", \"data\" : ");
		if (name->is_job || !ol_graph_data_write(json, data, name))
			ol_graph_job_write(json, jobs, name, names, links);
		ol_form_literal(json, ", \"inEdges\" : ");
		put_edges(json, name, links, true);
		ol_form_literal(json, ", \"outEdges\" : ");
		put_edges(json, name, links, false);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

/* What the routes of the API have checked, another caller may have not. */
static void
check_arguments(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_START) || PG_ARGISNULL(ARG_MAX_NODES) ||
		PG_ARGISNULL(ARG_RUNS_CUT) ||
		(!PG_ARGISNULL(ARG_RUN) && PG_ARGISNULL(ARG_RUNS)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("start, max_nodes, runs_cut, and runs of a run must not be null")));
	if (PG_GETARG_INT32(ARG_MAX_NODES) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_nodes must be at least 1")));
}

static void
read_request(FunctionCallInfo fcinfo, OlWalkRequest *request, OlEdgesOf *of)
{
	int32	   *start = palloc(sizeof(int32));

	memset(of, 0, sizeof(OlEdgesOf));
	ol_walk_request_init(request, OL_GRAPH_NODES);
	*start = PG_GETARG_INT32(ARG_START);
	request->start = start;
	request->nstart = 1;
	request->depth = ol_args_depth(fcinfo, ARG_DEPTH);
	request->direction = ol_args_direction(fcinfo, ARG_DIRECTION);
	if (!PG_ARGISNULL(ARG_AS_OF))
	{
		of->of_time = true;
		of->when = PG_GETARG_TIMESTAMPTZ(ARG_AS_OF);
		request->past = ol_past_of_time(of->when);
	}
	else if (!PG_ARGISNULL(ARG_RUN))
	{
		of->of_runs = true;
		of->runs = PG_GETARG_DATUM(ARG_RUNS);
		request->past = ol_past_of_run(PG_GETARG_UUID_P(ARG_RUN), request);
	}
}

Datum
ol_lineage_graph(PG_FUNCTION_ARGS)
{
	int			max_nodes;
	bool		truncated;
	OlWalkRequest request;
	OlEdgesOf	of;
	OlTitles   *names;
	Nodes		nodes;
	StringInfoData json;

	check_arguments(fcinfo);
	max_nodes = PG_GETARG_INT32(ARG_MAX_NODES);
	/* The answer is made where the caller wants it, with room for its header. */
	initStringInfo(&json);
	appendStringInfoSpaces(&json, VARHDRSZ);
	SPI_connect();
	read_request(fcinfo, &request, &of);
	names = ol_titles_create();
	nodes = find_nodes(&request, max_nodes, names, &truncated);
	truncated = truncated || PG_GETARG_BOOL(ARG_RUNS_CUT);
	ol_form_literal(&json, "{\"graph\" : ");
	put_graph(&json, names, &nodes, &of);
	appendStringInfoString(&json, truncated ? ", \"truncated\" : true}" : "}");
	SPI_finish();
	SET_VARSIZE(json.data, json.len);
	PG_RETURN_POINTER(json.data);
}
