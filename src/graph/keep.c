/*-------------------------------------------------------------------------
 * keep.c
 *	  Gear 3: graphs kept in memory, as the active snapshot has them.
 *
 * A base (base.c) serves a snapshot when all that was seen while it was read
 * is seen by the snapshot too, and the log tells the rest (change.c).  It does
 * not serve an older snapshot, nor one whose table has another file by now,
 * nor while a trigger that writes the log is not what it should be, nor when
 * one was not since it was read (logging.c).
 *
 * Serializable transactions read no graph that is kept: nothing would tell
 * the server what they have read.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "funcapi.h"
#include "executor/spi.h"
#include "graph/cache.h"
#include "graph/keep.h"
#include "graph/logging.h"
#include "graph/scan.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

/* Triggers of ours on each table that is logged (change.sql). */
#define LOG_TRIGGERS 4

/* A log of fewer rows is never long. */
#define SHORT_LOG 1000

/* When maintain() reads a graph again. */
#define REFRESH_PERCENT 1

/* There may be room by then, as others walk what it is taken by. */
#define RETRY_AFTER_MS 60000

#define NO_ROOM "the graph does not fit \"openlineage.graph_cache_size\""
#define AMBIGUOUS "edges disagree about namespaces"

PG_FUNCTION_INFO_V1(ol_graph_status);
PG_FUNCTION_INFO_V1(ol_graph_refresh);

/*
 * Our triggers on a table that fire whatever the session's role; that for rows
 * of subscriptions has to fire in theirs only.
 */
static int
count_triggers(Relation table)
{
	TriggerDesc *triggers = table->trigdesc;
	int			n = 0;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];
		bool		fires = trigger->tgenabled == TRIGGER_FIRES_ALWAYS;

		if (strcmp(trigger->tgname, "edge_change_applied") == 0)
			fires = fires || trigger->tgenabled == TRIGGER_FIRES_ON_REPLICA;
		if (fires && strncmp(trigger->tgname, "edge_change_",
							 strlen("edge_change_")) == 0)
			n++;
	}
	return n;
}

/*
 * May a statement around us change the table?  Its triggers write the log at
 * its end; what it did so far may be seen already, as by a volatile function.
 * Whether it only reads, after another that changed something, is not known.
 */
static bool
is_being_changed(Relation table)
{
	return table->rd_refcnt > 1 &&
		CheckRelationLockedByMe(table, RowExclusiveLock, true);
}

static const char *
refuse_table(const OlBase *base, OlGraphKind graph)
{
	Relation	table = ol_scan_open(graph);
	const char *refusal = NULL;

	if (base != NULL && (base->table != RelationGetRelid(table) ||
						 base->file != table->rd_rel->relfilenode))
		refusal = "the table has another file than the graph was read from";
	if (base != NULL && base->logging != ol_logging_now(graph))
		refusal = "what logs changes has changed since the graph was read";
	if (count_triggers(table) != LOG_TRIGGERS)
		refusal = "a trigger that logs changes of edges is off";
	if (is_being_changed(table))
		refusal = "a statement may be changing edges";
	table_close(table, NoLock);
	if (graph == OL_GRAPH_COLUMNS && refusal == NULL)
	{
		table = ol_scan_open_fields();
		if (count_triggers(table) != LOG_TRIGGERS)
			refusal = "a trigger that logs changes of columns is off";
		if (is_being_changed(table))
			refusal = "a statement may be changing columns";
		table_close(table, NoLock);
	}
	return refusal;
}

/* A statement that fires a trigger may not be in the log yet. */
static bool
is_in_trigger(void)
{
	LOCAL_FCINFO(depth, 0);

	InitFunctionCallInfoData(*depth, NULL, 0, InvalidOid, NULL, NULL);
	return DatumGetInt32(pg_trigger_depth(depth)) > 0;
}

/* Do transactions like this one read graphs that are kept? */
bool
ol_kept_allowed(void)
{
	return !IsolationIsSerializable() &&
		GetActiveSnapshot()->snapshot_type == SNAPSHOT_MVCC &&
		!is_in_trigger();
}

static OlKept
check_base(const OlBase *base, OlGraphKind graph, const OlReader *reader)
{
	OlKept		kept = {.base = base};
	OlSeen		seen;

	kept.refusal = refuse_table(base, graph);
	if (kept.refusal != NULL)
		return kept;
	seen = ol_base_seen(base);
	if (!ol_seen_within(&seen, GetActiveSnapshot()))
	{
		kept.refusal = "the graph kept is newer than the snapshot";
		kept.is_newer = true;
	}
	else if (base->is_ambiguous && reader->readable != NULL)
		kept.refusal = AMBIGUOUS;
	else
	{
		kept.changes = ol_changes_read(base, false);
		kept.refusal = kept.changes->refusal;
		if (kept.changes->is_ambiguous && reader->readable != NULL)
			kept.refusal = AMBIGUOUS;
	}
	return kept;
}

/* The graph that is kept. */
OlKept
ol_kept_find(OlGraphKind graph, const OlReader *reader)
{
	const OlBase *base = ol_cache_pin(graph);
	OlKept		kept = {.refusal = "no graph is kept"};

	return base == NULL ? kept : check_base(base, graph, reader);
}

/*
 * Has the table the file that the active snapshot knows, apart from what this
 * transaction did?  A file that is new, by TRUNCATE for one, may hold other
 * rows for an older snapshot, and none of that is in the log.
 */
static bool
has_known_file(Relation table)
{
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	row;
	bool		is_known;

	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(table)));
	ol_base_push_snapshot();
	scan = systable_beginscan(classes, ClassOidIndexId, true,
							  GetActiveSnapshot(), 1, &key);
	row = systable_getnext(scan);
	is_known = HeapTupleIsValid(row) &&
		((Form_pg_class) GETSTRUCT(row))->relfilenode ==
		table->rd_rel->relfilenode;
	systable_endscan(scan);
	PopActiveSnapshot();
	table_close(classes, AccessShareLock);
	return is_known;
}

/* All tables that a graph is read from. */
static bool
have_known_files(OlGraphKind graph)
{
	Relation	tables[2] = {ol_scan_open(graph)};
	bool		are_known = true;

	tables[1] = graph == OL_GRAPH_NODES ? ol_scan_open_nodes() :
		ol_scan_open_fields();
	for (int i = 0; i < lengthof(tables); i++)
	{
		are_known = are_known && has_known_file(tables[i]);
		table_close(tables[i], NoLock);
	}
	return are_known;
}

/* Does the snapshot know what writes the log by now? */
static bool
knows_logging(OlGraphKind graph)
{
	uint64		known;

	ol_base_push_snapshot();
	known = ol_logging_at(graph, GetActiveSnapshot());
	PopActiveSnapshot();
	return known == ol_logging_now(graph);
}

/* Until when this backend, whose graph did not fit, does not try again. */
static TimestampTz retry_at[2];

/*
 * To make a graph that is kept costs more than to scan for one walk: it is
 * not made when it would not be kept.
 */
static const char *
refuse_reading(OlGraphKind graph)
{
	if (GetCurrentTimestamp() < retry_at[graph])
		return NO_ROOM;
	return ol_cache_claim(graph) ? NULL : "another session reads the graph";
}

/*
 * The graph read anew, and kept if there is room and nobody else does; else
 * it is read all the same only when it must be.
 */
OlKept
ol_kept_read(OlGraphKind graph, const OlReader *reader, bool must)
{
	OlKept		kept = {.refusal = refuse_table(NULL, graph)};
	const char *refusal;
	const OlBase *base;

	if (kept.refusal == NULL && !have_known_files(graph))
		kept.refusal = "a table has another file than the snapshot knows";
	if (kept.refusal == NULL && !knows_logging(graph))
		kept.refusal = "what logs changes has changed since the snapshot";
	if (kept.refusal != NULL)
		return kept;
	refusal = refuse_reading(graph);
	if (refusal != NULL && !must)
	{
		kept.refusal = refusal;
		return kept;
	}
	base = ol_base_create(graph);
	if (refusal == NULL && !ol_cache_put(&base))
	{
		refusal = NO_ROOM;
		retry_at[graph] = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													  RETRY_AFTER_MS);
	}
	kept = check_base(base, graph, reader);
	kept.not_kept = refusal;
	return kept;
}

/* Has more changed than so many percent of the edges? */
bool
ol_kept_is_stale(const OlKept *kept, int percent)
{
	return kept->changes->nrows >
		Max(SHORT_LOG, (int64) kept->base->nedges * percent / 100);
}

static void
put_status(ReturnSetInfo *rsinfo, OlGraphKind graph)
{
	const OlReader everything = {0};
	OlKept		kept = ol_kept_find(graph, &everything);
	OlCacheUse	use = ol_cache_use();
	Datum		values[10];
	bool		nulls[10] = {0};

	memset(nulls, true, sizeof(nulls));
	memset(nulls, false, 3 * sizeof(bool));
	memset(nulls + 8, false, 2 * sizeof(bool));
	values[0] = CStringGetTextDatum(graph == OL_GRAPH_NODES ? "nodes" :
									"columns");
	values[1] = CStringGetTextDatum(kept.refusal == NULL ? "ready" :
									kept.refusal);
	values[2] = CStringGetTextDatum(use.is_shared ? "shared" : "session");
	values[8] = Int64GetDatum(use.used);
	values[9] = Int64GetDatum(use.limit);
	if (kept.base != NULL)
	{
		memset(nulls + 3, false, 4 * sizeof(bool));
		values[3] = Int64GetDatum(kept.base->nedges);
		values[4] = Int64GetDatum(kept.base->size);
		values[5] = TimestampTzGetDatum(kept.base->built_at);
		values[6] = DirectFunctionCall2(timestamp_mi,
										TimestampTzGetDatum(GetCurrentTimestamp()),
										values[5]);
	}
	if (kept.changes != NULL)
	{
		nulls[7] = false;
		values[7] = Int64GetDatum(kept.changes->nrows);
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* SQL: graph_status() */
Datum
ol_graph_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	put_status(rsinfo, OL_GRAPH_NODES);
	put_status(rsinfo, OL_GRAPH_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}

/*
 * SQL: graph_refresh().  A graph that is kept and lags behind is read again;
 * answers the transaction from which on its log is still needed.
 */
Datum
ol_graph_refresh(PG_FUNCTION_ARGS)
{
	OlGraphKind graph = PG_GETARG_BOOL(0) ? OL_GRAPH_COLUMNS : OL_GRAPH_NODES;
	const OlReader everything = {0};
	OlSeen	   *now = ol_seen_create(GetActiveSnapshot());
	uint64		horizon = now->xmin;
	OlKept		kept = {0};

	SPI_connect();
	if (ol_cache_has(graph) && ol_kept_allowed())
	{
		kept = ol_kept_find(graph, &everything);
		if (kept.refusal == NULL ? ol_kept_is_stale(&kept, REFRESH_PERCENT) :
			!kept.is_newer)
			kept = ol_kept_read(graph, &everything, false);
	}
	if (kept.base != NULL)
		horizon = Min(horizon, kept.base->xmin);
	SPI_finish();
	return FullTransactionIdGetDatum(FullTransactionIdFromU64(horizon));
}
