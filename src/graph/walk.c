/*-------------------------------------------------------------------------
 * walk.c
 *	  The one door to all walks, and walk() of SQL.
 *
 * ol_graph_walk() chooses the gear.  A gear gets a request and gives a result
 * as graph.h describes them; all gears give the same rows in the same order
 * for the same snapshot and caller (gear.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "graph/args.h"
#include "graph/gear.h"
#include "graph/graph.h"
#include "graph/levels.h"
#include "graph/walk.h"

#define SINK "openlineage walk"

PG_FUNCTION_INFO_V1(ol_walk);
PG_FUNCTION_INFO_V1(ol_walk_columns);

OlWalkResult *
ol_graph_walk(const OlWalkRequest *request)
{
	OlGearbox  *gearbox = ol_gearbox_create(request);
	OlWalkResult *result = ol_levels_walk(request, ol_gearbox_consider,
										  gearbox);

	ol_gearbox_note_end(result->nrows);
	return result;
}

/* A walk of all current data, downstream and without limits. */
void
ol_walk_request_init(OlWalkRequest *request, OlGraphKind graph)
{
	memset(request, 0, sizeof(OlWalkRequest));
	request->graph = graph;
	request->depth = OL_DEPTH_UNLIMITED;
	request->direction = OL_DOWNSTREAM;
	request->kinds = OL_EDGE_DEFAULT;
	request->node_limit = OL_LIMIT_NONE;
}

void
ol_walk_sink_init(OlWalkSink *sink, MemoryContext context)
{
	memset(sink, 0, sizeof(OlWalkSink));
	NodeSetTag(sink, T_ExtensibleNode);
	sink->node.extnodename = SINK;
	sink->context = context;
}

static OlWalkSink *
sink_of(FunctionCallInfo fcinfo)
{
	Node	   *context = fcinfo->context;

	if (context == NULL || !IsA(context, ExtensibleNode) ||
		strcmp(((ExtensibleNode *) context)->extnodename, SINK) != 0)
		return NULL;
	return (OlWalkSink *) context;
}

static void
put_rows(ReturnSetInfo *rsinfo, const OlWalkResult *result)
{
	for (int i = 0; i < result->nrows; i++)
	{
		Datum		values[OL_WALK_COLUMNS];
		bool		nulls[OL_WALK_COLUMNS];

		if (result->rows[i].repeated)
			continue;
		for (int column = 1; column <= OL_WALK_COLUMNS; column++)
			values[column - 1] = ol_walk_column(result, i, column,
												&nulls[column - 1]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
}

static Datum
answer_walk(FunctionCallInfo fcinfo, OlGraphKind graph)
{
	OlWalkSink *sink = sink_of(fcinfo);
	OlWalkRequest request;
	OlWalkResult *result;

	ol_walk_request_init(&request, graph);
	request.start = ol_args_ids(fcinfo, 0, &request.nstart);
	request.depth = ol_args_depth(fcinfo, 1);
	request.direction = ol_args_direction(fcinfo, 2);
	request.node_limit = ol_args_node_limit(fcinfo, 3);
	if (sink == NULL)
		InitMaterializedSRF(fcinfo, 0);
	else
		request.context = sink->context;
	SPI_connect();
	if (graph == OL_GRAPH_NODES)
	{
		request.kinds = ol_args_kinds(fcinfo, 4);
		request.past = ol_args_past(fcinfo, 5, &request);
	}
	result = ol_graph_walk(&request);
	if (sink == NULL)
		put_rows((ReturnSetInfo *) fcinfo->resultinfo, result);
	else
		sink->result = result;
	if (result->truncated)
		ereport(NOTICE,
				(errmsg_plural("walk was cut off after %d node",
							   "walk was cut off after %d nodes",
							   request.node_limit, request.node_limit)));
	SPI_finish();
	return (Datum) 0;
}

Datum
ol_walk(PG_FUNCTION_ARGS)
{
	return answer_walk(fcinfo, OL_GRAPH_NODES);
}

Datum
ol_walk_columns(PG_FUNCTION_ARGS)
{
	return answer_walk(fcinfo, OL_GRAPH_COLUMNS);
}
