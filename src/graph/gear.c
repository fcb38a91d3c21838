/*-------------------------------------------------------------------------
 * gear.c
 *	  Which gear a walk takes, and what the session's last walk took.
 *
 * Gear 1 looks up the edges of each level and pays for every node; gear 2
 * reads all edges once and pays for the table; gear 3 has a graph already and
 * pays for what changed since.  Where a graph is kept and little has changed,
 * a walk begins with it.  Otherwise it begins in gear 1, and goes over when
 * what it has paid, and is about to pay for the nodes reached, comes near the
 * price of the scan: so it never pays much more than twice what the better of
 * the two would have cost, without knowing how large the answer is.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "base/settings.h"
#include "funcapi.h"
#include "graph/cache.h"
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

/* What nobody notices. */
#define FREE_NODES 100

/* When a walk does not bother with what changed. */
#define STALE_PERCENT 5

#define FORCED "openlineage.graph_gear says so"

PG_FUNCTION_INFO_V1(ol_last_walk);

typedef struct LastWalk
{
	int			gear;			/* 0: none yet */
	const char *reason;
	OlGraphKind graph;
	int64		threshold;
	int64		visited;		/* rows, starts included */
	int64		switched_at;	/* visited when it left gear 1; -1: never */
	int64		changes;		/* since the graph was read; -1: none was kept */
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
	last_walk.changes = -1;
	gearbox->log_price = -1;
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

static bool
may_read(OlGearbox *gearbox)
{
	if (!gearbox->reader_is_known)
	{
		gearbox->reader = ol_reader_of(gearbox->request->graph);
		gearbox->reader_is_known = true;
	}
	return gearbox->reader.refusal == NULL ||
		settle(gearbox, gearbox->reader.refusal);
}

static bool
may_keep(const OlGearbox *gearbox)
{
	return gearbox->request->past == NULL &&
		ol_setting_graph_cache_size > 0 && ol_kept_allowed();
}

static int
kinds_of(const OlWalkRequest *request)
{
	return request->graph == OL_GRAPH_NODES ? request->kinds : OL_EDGE_DATA;
}

static void
take_scan(OlGearbox *gearbox)
{
	const OlWalkRequest *request = gearbox->request;
	OlView	   *view = palloc0(sizeof(OlView));
	OlScanRequest scan = {.graph = request->graph};
	TimestampTz when;

	scan.snapshot = GetActiveSnapshot();
	scan.downstream = request->direction != OL_UPSTREAM;
	scan.upstream = request->direction != OL_DOWNSTREAM;
	scan.readable = gearbox->reader.readable;
	scan.kinds = kinds_of(request);
	if (request->past != NULL && ol_past_is_time(request->past, &when))
		scan.when = &when;
	view->csr = ol_scan_graph(&scan);
	view->kinds = scan.kinds;
	gearbox->view = view;
}

static bool
take_kept(OlGearbox *gearbox)
{
	const OlKept *kept = &gearbox->kept;
	OlView	   *view;

	if (kept->refusal != NULL)
		return false;
	view = palloc0(sizeof(OlView));
	view->csr = ol_base_csr(kept->base);
	view->overlay = kept->changes->overlay;
	view->readable = gearbox->reader.readable;
	if (view->readable != NULL &&
		!ol_base_is_readable(kept->base, view->readable))
		view->csr_readable = view->readable;
	view->kinds = kinds_of(gearbox->request);
	gearbox->view = view;
	last_walk.changes = kept->changes->nrows;
	return true;
}

/*
 * A graph that is kept is there for the price of what changed since; when
 * that is much it is better read again, by whoever has use for it.
 */
static bool
find_kept(OlGearbox *gearbox, int64 price)
{
	OlGraphKind graph = gearbox->request->graph;
	bool		is_forced = ol_setting_graph_gear == OL_GEAR_3;

	if (gearbox->looked || !may_keep(gearbox))
		return false;
	if (!is_forced && gearbox->log_price < 0)
	{
		if (!ol_cache_has(graph))
			return false;
		gearbox->log_price = ol_changes_blocks() * NODES_PER_BLOCK;
	}
	if (!is_forced && gearbox->log_price > price + FREE_NODES)
		return false;
	if (!may_read(gearbox))
		return false;
	gearbox->looked = true;
	gearbox->kept = ol_kept_find(graph, &gearbox->reader);
	if (gearbox->kept.refusal == NULL && !is_forced &&
		ol_kept_is_stale(&gearbox->kept, STALE_PERCENT))
		gearbox->kept.refusal = "many edges changed since the graph was read";
	return take_kept(gearbox);
}

/* All edges are read; for this walk only, or to be kept as well. */
static void
read_all(OlGearbox *gearbox)
{
	bool		is_forced = ol_setting_graph_gear != OL_GEAR_AUTO;

	if (ol_setting_graph_gear != OL_GEAR_2 && may_keep(gearbox) &&
		!gearbox->kept.is_newer)
	{
		gearbox->kept = ol_kept_read(gearbox->request->graph,
									 &gearbox->reader, is_forced);
		if (take_kept(gearbox))
		{
			note_gear(is_forced ? 3 : 2, is_forced ? FORCED :
					  gearbox->kept.not_kept != NULL ? gearbox->kept.not_kept :
					  "many nodes were reached; the graph is kept");
			return;
		}
	}
	take_scan(gearbox);
	note_gear(2, gearbox->kept.refusal != NULL ? gearbox->kept.refusal :
			  is_forced ? FORCED : "many nodes were reached");
}

/* Will no graph do, whatever is reached? */
static bool
is_gear_1(OlGearbox *gearbox)
{
	TimestampTz when;

	if (gearbox->is_settled)
		return true;
	if (ol_setting_graph_gear == OL_GEAR_1)
		return !settle(gearbox, FORCED);
	if (gearbox->request->past != NULL &&
		!ol_past_is_time(gearbox->request->past, &when))
		return !settle(gearbox, "what a run saw is a graph of its own");
	return false;
}

OlView *
ol_gearbox_consider(void *arg, int nvisited, int nnext)
{
	OlGearbox  *gearbox = arg;
	int64		price = (int64) nvisited + nnext;

	if (gearbox->view != NULL || is_gear_1(gearbox))
		return gearbox->view;
	last_walk.switched_at = nvisited;
	if (ol_setting_graph_gear != OL_GEAR_2 && find_kept(gearbox, price))
		note_gear(3, ol_setting_graph_gear == OL_GEAR_3 ? FORCED :
				  "a graph is kept");
	else if (ol_setting_graph_gear != OL_GEAR_AUTO ||
			 (price >= LEAST_NODES && price >= find_threshold(gearbox)))
	{
		if (!gearbox->is_settled && may_read(gearbox))
			read_all(gearbox);
	}
	if (gearbox->view == NULL)
		last_walk.switched_at = -1;
	return gearbox->view;
}

void
ol_gearbox_note_end(int64 nvisited)
{
	last_walk.visited = nvisited;
}

/* SQL: last_walk() */
Datum
ol_last_walk(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[7];
	bool		nulls[7] = {0};

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
	values[6] = Int64GetDatum(last_walk.changes);
	nulls[6] = last_walk.changes < 0;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	return (Datum) 0;
}
