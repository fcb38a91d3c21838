/*-------------------------------------------------------------------------
 * change.c
 *	  The log of edges that came and went: edge_change.
 *
 * Triggers write it in the transaction that changes the edges, whoever does
 * it and however: so for every snapshot a row of the log is visible exactly
 * when what it tells of is.  A reader takes the rows that it sees and that the
 * base (base.c) has not seen.  Only edges that are new or gone are told, so
 * that a repeated event writes nothing.
 *
 * A statement of very many edges, a restore for one, is told as such: then
 * reading all edges anew costs less than the log would.
 *
 * What a subscription applies fires triggers of rows alone, and only what it
 * copies at first those of statements: its workers are told of row by row
 * (edge_change_applied), all others by statement.
 *
 * Rows that the base has seen are removed by maintain().  What a base that is
 * older, of a session or a standby, misses is told by a row H in their place.
 * TRUNCATE, and whatever else gives a table a new file, fires no trigger of
 * ours, nor can the old snapshots of others tell of it: a base belongs to one
 * file.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "auth/trusted.h"
#include "base/rows.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "graph/change.h"
#include "graph/query.h"
#include "graph/scan.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "replication/logicalworker.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

/* More changes than this by one statement are told in one row. */
#define MOST_ROWS 20000

#define ROWS_AT_ONCE 64

/* A block of the log holds so many rows … */
#define ROWS_PER_BLOCK 135

/* … and is read in the time in which so many empty ones are. */
#define EMPTY_BLOCKS 32

/* Attributes of edge_change, from 0. */
enum
{
	XID, OP, IS_COLUMN, SRC, DST, KIND, SRC_NAMESPACE, DST_NAMESPACE, COLUMNS
};

#define CAME		'+'
#define WENT		'-'
#define DATASET		'D'
#define REREAD		'R'
#define HORIZON		'H'

PG_FUNCTION_INFO_V1(ol_log_edge_change);
PG_FUNCTION_INFO_V1(ol_log_column_change);

/* The log as it is written. */
typedef struct Log
{
	Relation	table;
	BulkInsertState state;
	TupleTableSlot *slots[ROWS_AT_ONCE];
	int			n;
	int			nslots;
	bool		is_column;
} Log;

/* The hubs of datasets, each with its columns or with 0. */
static OlQuery hubs_of_datasets = {
	"SELECT h.id, COALESCE(f.id, 0) FROM openlineage.dataset_field AS h"
	" LEFT JOIN openlineage.dataset_field AS f"
	" ON f.dataset_id = h.dataset_id AND f.id <> h.id"
	" WHERE h.dataset_id = ANY ($1)"
	" AND h.name_hash = openlineage.hash128('')",
	1, {INT4ARRAYOID}
};

static Relation
open_log(LOCKMODE mode)
{
	return table_open(get_relname_relid("edge_change",
										get_namespace_oid("openlineage",
														  false)), mode);
}

static void
flush_log(Log *log)
{
	if (log->n > 0)
		table_multi_insert(log->table, log->slots, log->n,
						   GetCurrentCommandId(true), 0, log->state);
	log->n = 0;
}

static void
add_to_log(Log *log, char op, int32 src, int32 dst, int32 kind,
		   int32 src_namespace, int32 dst_namespace)
{
	TupleTableSlot *slot;

	if (log->table == NULL)
	{
		log->table = open_log(RowExclusiveLock);
		log->state = GetBulkInsertState();
	}
	if (log->n == log->nslots)
		log->slots[log->nslots++] = table_slot_create(log->table, NULL);
	slot = log->slots[log->n++];
	ExecClearTuple(slot);
	memset(slot->tts_isnull, 0, sizeof(bool) * COLUMNS);
	slot->tts_values[XID] =
		FullTransactionIdGetDatum(GetTopFullTransactionId());
	slot->tts_values[OP] = CharGetDatum(op);
	slot->tts_values[IS_COLUMN] = BoolGetDatum(log->is_column);
	slot->tts_values[SRC] = Int32GetDatum(src);
	slot->tts_values[DST] = Int32GetDatum(dst);
	slot->tts_values[KIND] = Int32GetDatum(kind);
	slot->tts_values[SRC_NAMESPACE] = Int32GetDatum(src_namespace);
	slot->tts_values[DST_NAMESPACE] = Int32GetDatum(dst_namespace);
	ExecStoreVirtualTuple(slot);
	if (log->n == ROWS_AT_ONCE)
		flush_log(log);
}

static void
close_log(Log *log)
{
	if (log->table == NULL)
		return;
	flush_log(log);
	for (int i = 0; i < log->nslots; i++)
		ExecDropSingleTupleTableSlot(log->slots[i]);
	FreeBulkInsertState(log->state);
	table_close(log->table, NoLock);
}

static TriggerData *
check_call(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called by the trigger manager")));
	return (TriggerData *) fcinfo->context;
}

/*
 * Extensions that replicate apply rows in workers of their own.  Whether they
 * fire triggers of statements for them is not known, so all is read again.
 */
static bool
is_foreign_applier(TriggerData *trigger)
{
	return TRIGGER_FIRED_FOR_ROW(trigger->tg_event) && !IsLogicalWorker() &&
		SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA &&
		MyBgworkerEntry != NULL;
}

/* Is it another trigger that logs what this process writes? */
static bool
is_for_others(TriggerData *trigger)
{
	bool		is_row = TRIGGER_FIRED_FOR_ROW(trigger->tg_event);

	return is_row != IsLogicalWorker() && !is_foreign_applier(trigger);
}

static bool
is_large(TriggerData *trigger)
{
	return (trigger->tg_newtable != NULL &&
			tuplestore_tuple_count(trigger->tg_newtable) > MOST_ROWS) ||
		(trigger->tg_oldtable != NULL &&
		 tuplestore_tuple_count(trigger->tg_oldtable) > MOST_ROWS);
}

static void
log_edge(Log *log, char op, const OlEdgeLayout *layout, TupleTableSlot *slot)
{
	const Datum *values = slot->tts_values;

	add_to_log(log, op, DatumGetInt32(values[layout->src - 1]),
			   DatumGetInt32(values[layout->dst - 1]),
			   ol_edge_layout_code(layout, values),
			   DatumGetInt32(values[layout->src_namespace - 1]),
			   DatumGetInt32(values[layout->dst_namespace - 1]));
}

/* Do two versions of a row tell of the same edge? */
static bool
is_same(const OlEdgeLayout *layout, const Datum *a, const Datum *b)
{
	return a[layout->src - 1] == b[layout->src - 1] &&
		a[layout->dst - 1] == b[layout->dst - 1] &&
		a[layout->src_namespace - 1] == b[layout->src_namespace - 1] &&
		a[layout->dst_namespace - 1] == b[layout->dst_namespace - 1] &&
		(layout->kind == 0 || a[layout->kind - 1] == b[layout->kind - 1]);
}

/* old: NULL for a row that came; new: NULL for one that went. */
static void
log_versions(Log *log, const OlEdgeLayout *layout, TupleTableSlot *old,
			 TupleTableSlot *new)
{
	if (old != NULL && new != NULL &&
		is_same(layout, old->tts_values, new->tts_values))
		return;
	if (old != NULL)
		log_edge(log, WENT, layout, old);
	if (new != NULL)
		log_edge(log, CAME, layout, new);
}

static void
log_row(Log *log, TriggerData *trigger, const OlEdgeLayout *layout)
{
	TupleTableSlot *row = trigger->tg_trigslot;

	slot_getallattrs(row);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		log_versions(log, layout, NULL, row);
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		log_versions(log, layout, row, NULL);
	else
	{
		slot_getallattrs(trigger->tg_newslot);
		log_versions(log, layout, row, trigger->tg_newslot);
	}
}

static void
begin_rows(TriggerData *trigger)
{
	if (trigger->tg_oldtable != NULL)
		ol_transition_begin(trigger->tg_oldtable);
	if (trigger->tg_newtable != NULL)
		ol_transition_begin(trigger->tg_newtable);
}

static bool
next_row(Tuplestorestate *rows, TupleTableSlot *slot)
{
	if (rows == NULL || !tuplestore_gettupleslot(rows, true, false, slot))
		return false;
	slot_getallattrs(slot);
	return true;
}

/* Both tables of an update are in the same order. */
static void
log_rows(Log *log, TriggerData *trigger, const OlEdgeLayout *layout)
{
	TupleDesc	row = RelationGetDescr(trigger->tg_relation);
	TupleTableSlot *old = MakeSingleTupleTableSlot(row, &TTSOpsMinimalTuple);
	TupleTableSlot *new = MakeSingleTupleTableSlot(row, &TTSOpsMinimalTuple);

	begin_rows(trigger);
	for (;;)
	{
		bool		has_old = next_row(trigger->tg_oldtable, old);
		bool		has_new = next_row(trigger->tg_newtable, new);

		if (!has_old && !has_new)
			break;
		log_versions(log, layout, has_old ? old : NULL, has_new ? new : NULL);
	}
	ExecDropSingleTupleTableSlot(old);
	ExecDropSingleTupleTableSlot(new);
}

/* Did a row change or go? */
static bool
took_rows(TriggerData *trigger)
{
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		return !TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	return trigger->tg_oldtable != NULL &&
		tuplestore_tuple_count(trigger->tg_oldtable) > 0;
}

/* SQL: trigger log_edge_change() */
Datum
ol_log_edge_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = check_call(fcinfo);
	Relation	table = trigger->tg_relation;
	Log			log = {0};
	OlEdgeLayout layout;

	if (is_for_others(trigger))
		return PointerGetDatum(NULL);
	log.is_column = get_attnum(RelationGetRelid(table), "kind") <= 0;
	layout = ol_edge_layout(table, log.is_column ? OL_GRAPH_COLUMNS :
							OL_GRAPH_NODES);
	if (is_foreign_applier(trigger) || is_large(trigger))
		add_to_log(&log, REREAD, 0, 0, 0, 0, 0);
	else if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		log_row(&log, trigger, &layout);
	else
		log_rows(&log, trigger, &layout);
	close_log(&log);
	/* ingest keeps in each process which edges there are (ingest/known.c) */
	if (!log.is_column && took_rows(trigger))
		CacheInvalidateRelcache(table);
	return PointerGetDatum(NULL);
}

static void
note_dataset(OlPairs *datasets, AttrNumber dataset, TupleTableSlot *slot)
{
	ol_pairs_add(datasets, DatumGetInt32(slot->tts_values[dataset - 1]), 0);
}

static void
note_datasets(OlPairs *datasets, AttrNumber dataset, Relation table,
			  Tuplestorestate *rows)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(table),
													&TTSOpsMinimalTuple);

	while (next_row(rows, slot))
		note_dataset(datasets, dataset, slot);
	ExecDropSingleTupleTableSlot(slot);
}

/* Is the name of a column that of a hub? */
static bool
is_hub_name(TupleTableSlot *slot, AttrNumber name)
{
	return VARSIZE_ANY_EXHDR(DatumGetPointer(slot->tts_values[name - 1])) == 0;
}

/*
 * SQL: trigger log_column_change().  Which columns a hub stands for may
 * change with every column; the dataset is told whether it has a hub or not,
 * as another session may be about to give it one.  That a hub is one no more
 * would not be found by its dataset.
 */
Datum
ol_log_column_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = check_call(fcinfo);
	Relation	table = trigger->tg_relation;
	AttrNumber	dataset = get_attnum(RelationGetRelid(table), "dataset_id");
	AttrNumber	name = get_attnum(RelationGetRelid(table), "name");
	OlPairs    *datasets = ol_pairs_create();
	bool		must_reread = is_foreign_applier(trigger);
	Log			log = {.is_column = true};

	/* an update is told by row, whoever does it */
	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && is_for_others(trigger))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		slot_getallattrs(trigger->tg_trigslot);
		slot_getallattrs(trigger->tg_newslot);
		note_dataset(datasets, dataset, trigger->tg_trigslot);
		note_dataset(datasets, dataset, trigger->tg_newslot);
		must_reread |= is_hub_name(trigger->tg_trigslot, name) &&
			!is_hub_name(trigger->tg_newslot, name);
	}
	else if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		slot_getallattrs(trigger->tg_trigslot);
		note_dataset(datasets, dataset, trigger->tg_trigslot);
	}
	else
	{
		begin_rows(trigger);
		note_datasets(datasets, dataset, table, trigger->tg_oldtable);
		note_datasets(datasets, dataset, table, trigger->tg_newtable);
	}
	ol_pairs_reduce(datasets);
	if (must_reread || datasets->n > MOST_ROWS)
		add_to_log(&log, REREAD, 0, 0, 0, 0, 0);
	else
	{
		for (Size i = 0; i < datasets->n; i++)
			add_to_log(&log, DATASET, OL_PAIR_NODE(datasets->keys[i]), 0, 0,
					   0, 0);
	}
	close_log(&log);
	ol_pairs_free(datasets);
	return PointerGetDatum(NULL);
}

/* Rows that the log had when this session read it last. */
static int64 last_rows;

/*
 * What reading the log costs, in blocks that are full.  One that maintain()
 * has emptied keeps its blocks while a row is in the last; how full they are is
 * what VACUUM found, or what the last reading had if that was more.
 */
int64
ol_changes_blocks(void)
{
	Relation	table = open_log(AccessShareLock);
	int64		blocks = RelationGetNumberOfBlocks(table);
	double		rows = (double) blocks * ROWS_PER_BLOCK;

	if (table->rd_rel->relpages > 0 && table->rd_rel->reltuples >= 0)
		rows = Min(rows, Max(last_rows, (double) blocks *
							 table->rd_rel->reltuples /
							 table->rd_rel->relpages));
	table_close(table, NoLock);
	return (int64) (rows / ROWS_PER_BLOCK) + blocks / EMPTY_BLOCKS;
}

/* What was read of the log so far. */
typedef struct Reading
{
	const OlBase *base;
	OlSeen		seen;
	OlChanges  *changes;
	OlPairs    *datasets;		/* whose columns came or went */
	bool		counts_only;
} Reading;

static void
take_edge(Reading *reading, const Datum *values, int net)
{
	OlChanges  *changes = reading->changes;
	int32		src = DatumGetInt32(values[SRC]);
	int32		dst = DatumGetInt32(values[DST]);
	int32		src_namespace = DatumGetInt32(values[SRC_NAMESPACE]);
	int32		dst_namespace = DatumGetInt32(values[DST_NAMESPACE]);

	if (src > OL_END_MAX_ID || dst > OL_END_MAX_ID)
	{
		changes->refusal = "ids are too large";
		return;
	}
	if (changes->overlay == NULL)
	{
		changes->overlay = ol_overlay_create();
		changes->nodes = ol_pairs_create();
	}
	ol_overlay_add(changes->overlay, src, dst, DatumGetInt32(values[KIND]),
				   src_namespace, dst_namespace, net);
	if (net > 0)
	{
		ol_pairs_add(changes->nodes, src, src_namespace);
		ol_pairs_add(changes->nodes, dst, dst_namespace);
	}
}

static void
take_row(Reading *reading, const Datum *values)
{
	OlChanges  *changes = reading->changes;
	uint64		xid =
	U64FromFullTransactionId(DatumGetFullTransactionId(values[XID]));
	char		op = DatumGetChar(values[OP]);

	if (DatumGetBool(values[IS_COLUMN]) !=
		(reading->base->graph == OL_GRAPH_COLUMNS))
		return;
	if (op == HORIZON)
	{
		if (xid > reading->seen.xmin)
			changes->refusal = "older changes were removed from the log";
		return;
	}
	if (ol_seen_has(&reading->seen, xid))
		return;
	changes->nrows++;
	if (op == REREAD)
		changes->refusal = "very many edges changed at once";
	else if (reading->counts_only)
		return;
	else if (op == DATASET)
		ol_pairs_add(reading->datasets, DatumGetInt32(values[SRC]), 0);
	else
		take_edge(reading, values, op == CAME ? 1 : -1);
}

static void
receive_hub(TupleTableSlot *slot, void *arg)
{
	OlPairs   **pairs = arg;
	int32		hub = DatumGetInt32(slot->tts_values[0]);
	int32		column = DatumGetInt32(slot->tts_values[1]);

	ol_pairs_add(pairs[0], hub, 0);
	if (column != 0)
		ol_pairs_add(pairs[1], hub, column);
}

/* The hubs of the datasets whose columns are others now. */
static void
read_hubs(Reading *reading)
{
	OlPairs    *pairs[2] = {ol_pairs_create(), ol_pairs_create()};
	OlPairs    *datasets = reading->datasets;
	int32	   *ids;
	Datum		values[1];
	OlTrusted	trusted;

	ol_pairs_reduce(datasets);
	ids = palloc(sizeof(int32) * (datasets->n + 1));
	for (Size i = 0; i < datasets->n; i++)
		ids[i] = OL_PAIR_NODE(datasets->keys[i]);
	values[0] = ol_int_array(ids, (int) datasets->n);
	ol_trusted_begin(&trusted);
	ol_query_run(&hubs_of_datasets, values, receive_hub, pairs);
	ol_trusted_end(&trusted);
	ol_pairs_reduce(pairs[0]);
	ol_pairs_sort(pairs[1]);
	if (pairs[0]->n == 0)
		return;
	if (reading->changes->overlay == NULL)
	{
		reading->changes->overlay = ol_overlay_create();
		reading->changes->nodes = ol_pairs_create();
	}
	reading->changes->overlay->hubs = ol_hub_change_create(pairs[0], pairs[1]);
}

/*
 * Is a node in two namespaces, going by the edges that came (their ends, sorted)
 * and by those of the base?
 */
static bool
are_ambiguous(const OlPairs *nodes, const OlBase *base)
{
	const OlCsr *csr = ol_base_csr(base);

	for (Size i = 0; i < nodes->n; i++)
	{
		uint64		key = nodes->keys[i];
		int32		node = OL_PAIR_NODE(key);
		int32		known = node < csr->nids ? csr->namespaces[node] : 0;

		if (known != 0 && known != OL_PAIR_FROM(key))
			return true;
		if (i > 0 && node == OL_PAIR_NODE(nodes->keys[i - 1]) &&
			key != nodes->keys[i - 1])
			return true;
	}
	return false;
}

/*
 * What the active snapshot sees of the log and the base has not seen.  Between
 * SPI_connect() and SPI_finish().
 */
OlChanges *
ol_changes_read(const OlBase *base, bool counts_only)
{
	Reading		reading = {base, ol_base_seen(base)};
	Relation	table = open_log(AccessShareLock);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	TableScanDesc scan = table_beginscan(table, GetActiveSnapshot(), 0, NULL);

	reading.changes = palloc0(sizeof(OlChanges));
	reading.datasets = ol_pairs_create();
	reading.counts_only = counts_only;
	last_rows = 0;
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		slot_getallattrs(slot);
		take_row(&reading, slot->tts_values);
		last_rows++;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(table, NoLock);
	if (reading.changes->refusal != NULL || counts_only)
		return reading.changes;
	if (reading.datasets->n > 0)
		read_hubs(&reading);
	if (reading.changes->overlay != NULL)
	{
		ol_pairs_sort(reading.changes->nodes);
		reading.changes->is_ambiguous =
			are_ambiguous(reading.changes->nodes, base);
		ol_pairs_reduce(reading.changes->nodes);
		ol_overlay_reduce(reading.changes->overlay);
	}
	return reading.changes;
}
