/*-------------------------------------------------------------------------
 * gear.c
 *	  Which gear a walk takes, and what the session's last walk took.
 *
 * Gear 1 asks SQL for the edges of each level and pays for every node; gear 2
 * reads all edges once and pays for the table.  A walk begins in gear 1 and
 * goes over to gear 2 when what it has paid, and is about to pay for the nodes
 * reached, comes near the price of the scan: so it never pays much more than
 * twice what the better of the two would have cost, without knowing how large
 * the answer is.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "base/settings.h"
#include "funcapi.h"
#include "graph/gear.h"
#include "graph/past.h"
#include "graph/scan.h"

#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* Fewer nodes than this are never worth a scan. */
#define LEAST_NODES 2000

/*
 * As many nodes can be looked up in the time in which one block of edges is
 * read and put into rows (about 130 edges).
 */
#define NODES_PER_BLOCK 6

PG_FUNCTION_INFO_V1(ol_last_walk);

typedef struct LastWalk
{
	int			gear;			/* 0: none yet */
	const char *reason;
	OlGraphKind graph;
	int64		threshold;
	int64		visited;		/* rows, starts included */
	int64		switched_at;	/* visited when it left gear 1; -1: never */
} LastWalk;

static LastWalk last_walk;

static void
note_gear(int gear, const char *reason)
{
	last_walk.gear = gear;
	last_walk.reason = reason;
}

OlGearbox *
ol_gearbox_create(const OlWalkRequest *request)
{
	OlGearbox  *gearbox = palloc0(sizeof(OlGearbox));

	gearbox->request = request;
	memset(&last_walk, 0, sizeof(last_walk));
	last_walk.graph = request->graph;
	last_walk.switched_at = -1;
	note_gear(1, "few nodes were reached");
	return gearbox;
}

static bool
settle(OlGearbox *gearbox, const char *reason)
{
	gearbox->is_settled = true;
	note_gear(1, reason);
	return false;
}

static int64
count_blocks(Relation table)
{
	int64		n = RelationGetNumberOfBlocks(table);

	table_close(table, NoLock);
	return n;
}

static int64
find_threshold(OlGearbox *gearbox)
{
	const OlWalkRequest *request = gearbox->request;
	int64		blocks;

	if (gearbox->threshold > 0)
		return gearbox->threshold;
	blocks = count_blocks(ol_scan_open(request->graph));
	if (request->past != NULL)
		blocks += count_blocks(ol_scan_open_history());
	gearbox->threshold = Max(LEAST_NODES, blocks * NODES_PER_BLOCK);
	last_walk.threshold = gearbox->threshold;
	return gearbox->threshold;
}

/* Is a graph in memory worth it by now, and allowed? */
static bool
wants_graph(OlGearbox *gearbox, int nvisited, int nnext)
{
	TimestampTz when;

	if (gearbox->is_settled)
		return false;
	if (ol_setting_graph_gear == OL_GEAR_1)
		return settle(gearbox, "openlineage.graph_gear says so");
	if (gearbox->request->past != NULL &&
		!ol_past_is_time(gearbox->request->past, &when))
		return settle(gearbox, "what a run saw is a graph of its own");
	if (ol_setting_graph_gear == OL_GEAR_AUTO)
	{
		int64		price = (int64) nvisited + nnext;

		if (price < LEAST_NODES || price < find_threshold(gearbox))
			return false;
	}
	if (!gearbox->reader_is_known)
	{
		gearbox->reader = ol_reader_of(gearbox->request->graph);
		gearbox->reader_is_known = true;
	}
	if (gearbox->reader.refusal != NULL)
		return settle(gearbox, gearbox->reader.refusal);
	return true;
}

static OlView *
scan_view(OlGearbox *gearbox)
{
	const OlWalkRequest *request = gearbox->request;
	OlView	   *view = palloc0(sizeof(OlView));
	OlScanRequest scan = {.graph = request->graph};
	TimestampTz when;

	scan.snapshot = GetActiveSnapshot();
	scan.downstream = request->direction != OL_UPSTREAM;
	scan.upstream = request->direction != OL_DOWNSTREAM;
	scan.readable = gearbox->reader.readable;
	scan.kinds = request->graph == OL_GRAPH_NODES ? request->kinds :
		OL_EDGE_DATA;
	if (request->past != NULL && ol_past_is_time(request->past, &when))
		scan.when = &when;
	view->csr = ol_scan_graph(&scan);
	view->kinds = scan.kinds;
	return view;
}

const OlView *
ol_gearbox_consider(void *arg, int nvisited, int nnext)
{
	OlGearbox  *gearbox = arg;

	if (gearbox->view == NULL && wants_graph(gearbox, nvisited, nnext))
	{
		gearbox->view = scan_view(gearbox);
		last_walk.switched_at = nvisited;
		note_gear(2, ol_setting_graph_gear == OL_GEAR_AUTO ?
				  "many nodes were reached" :
				  "openlineage.graph_gear says so");
	}
	return gearbox->view;
}

void
ol_gearbox_note_end(const OlGearbox *gearbox, const OlWalkResult *result)
{
	last_walk.visited = result->nrows;
}

/* SQL: last_walk() */
Datum
ol_last_walk(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[6];
	bool		nulls[6] = {0};

	InitMaterializedSRF(fcinfo, 0);
	if (last_walk.gear == 0)
		return (Datum) 0;
	values[0] = Int32GetDatum(last_walk.gear);
	values[1] = CStringGetTextDatum(last_walk.reason);
	values[2] = CStringGetTextDatum(last_walk.graph == OL_GRAPH_NODES ?
									"nodes" : "columns");
	values[3] = Int64GetDatum(last_walk.visited);
	values[4] = Int64GetDatum(last_walk.switched_at);
	nulls[4] = last_walk.switched_at < 0;
	values[5] = Int64GetDatum(last_walk.threshold);
	nulls[5] = last_walk.threshold == 0;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	return (Datum) 0;
}
