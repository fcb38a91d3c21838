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

static void
put_rows(ReturnSetInfo *rsinfo, const OlWalkResult *result)
{
	for (int i = 0; i < result->nrows; i++)
	{
		const OlWalkRow *row = &result->rows[i];
		Datum		values[3] = {Int32GetDatum(row->id),
		Int32GetDatum(row->distance)};
		bool		nulls[3] = {false, false, row->from < 0};

		if (row->repeated)
			continue;
		if (row->from >= 0)
			values[2] = Int32GetDatum(result->rows[row->from].id);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
}

static Datum
answer_walk(FunctionCallInfo fcinfo, OlGraphKind graph)
{
	OlWalkRequest request;
	OlWalkResult *result;

	ol_walk_request_init(&request, graph);
	request.start = ol_args_ids(fcinfo, 0, &request.nstart);
	request.depth = ol_args_depth(fcinfo, 1);
	request.direction = ol_args_direction(fcinfo, 2);
	request.node_limit = ol_args_node_limit(fcinfo, 3);

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (graph == OL_GRAPH_NODES)
	{
		request.kinds = ol_args_kinds(fcinfo, 4);
		request.past = ol_args_past(fcinfo, 5, &request);
	}
	result = ol_graph_walk(&request);
	put_rows((ReturnSetInfo *) fcinfo->resultinfo, result);
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
