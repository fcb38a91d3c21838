/*-------------------------------------------------------------------------
 * scan.c
 *	  A graph read from its tables from end to end.
 *
 * Reads the tables themselves, in the snapshot given, and passes over
 * privileges and policies: who calls this has found out before that the caller
 * of the walk may read the tables, and which namespaces (reader.c).  An edge
 * is taken when both its ends may be read, as the policies have it.
 *
 * The executor would cost more than the rest together: what is read of a row
 * are its first few attributes, none of which is null or of variable length.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "base/probe.h"
#include "catalog/namespace.h"
#include "graph/query.h"
#include "graph/scan.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define INTERRUPT_EVERY 4096

/* When an edge held, for edges of the past. */
typedef struct TimeLayout
{
	AttrNumber	at;				/* first_at or valid; 0: does not matter */
	bool		is_range;		/* when it held, not since when */
	FmgrInfo	contains;
	MemoryContext row_context;	/* for is_range */
} TimeLayout;

/* The hubs that are, with their columns; see levels.c. */
static OlQuery members_of_hubs = {
	"SELECT h.id, f.id, f.namespace_id"
	" FROM openlineage.dataset_field AS h"
	" JOIN openlineage.dataset_field AS f ON f.dataset_id = h.dataset_id"
	" AND f.id <> h.id"
	" WHERE h.name_hash = openlineage.hash128('')"
};

typedef struct Members
{
	OlPairs    *pairs;			/* (hub, column) */
	OlEdgeList *edges;
} Members;

static Relation
open_table(const char *name)
{
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			relid = get_relname_relid(name, schema);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"openlineage.%s\" does not exist", name)));
	return table_open(relid, AccessShareLock);
}

/* The lock is kept to the end of the transaction, as a SELECT does. */
Relation
ol_scan_open(OlGraphKind graph)
{
	return open_table(graph == OL_GRAPH_NODES ? "edge" : "column_edge");
}

Relation
ol_scan_open_history(void)
{
	return open_table("edge_history");
}

Relation
ol_scan_open_fields(void)
{
	return open_table("dataset_field");
}

Relation
ol_scan_open_nodes(void)
{
	return open_table("node");
}

static AttrNumber
find_attribute(Relation table, OlEdgeLayout *layout, const char *name)
{
	AttrNumber	number = get_attnum(RelationGetRelid(table), name);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"openlineage.%s\" does not exist",
						name, RelationGetRelationName(table))));
	layout->natts = Max(layout->natts, number);
	return number;
}

static void
find_kinds(OlEdgeLayout *layout, Oid type)
{
	static const char *const labels[] = {"data", "derives", "control"};

	for (int code = 0; code < lengthof(labels); code++)
		layout->kinds[code] = ol_enum_value(type, labels[code]);
}

/* Of edge and edge_history, or of column_edge. */
OlEdgeLayout
ol_edge_layout(Relation table, OlGraphKind graph)
{
	OlEdgeLayout layout = {0};

	layout.src = find_attribute(table, &layout, "src");
	layout.dst = find_attribute(table, &layout, "dst");
	layout.src_namespace = find_attribute(table, &layout, "src_namespace_id");
	layout.dst_namespace = find_attribute(table, &layout, "dst_namespace_id");
	if (graph == OL_GRAPH_NODES)
	{
		layout.kind = find_attribute(table, &layout, "kind");
		find_kinds(&layout, TupleDescAttr(RelationGetDescr(table),
										  layout.kind - 1)->atttypid);
	}
	return layout;
}

static TimeLayout
time_layout(Relation table, OlEdgeLayout *layout, bool is_history)
{
	TimeLayout	time = {0};

	time.is_range = is_history;
	time.at = find_attribute(table, layout, is_history ? "valid" : "first_at");
	if (is_history)
	{
		fmgr_info(F_RANGE_CONTAINS_ELEM, &time.contains);
		time.row_context = AllocSetContextCreate(CurrentMemoryContext,
												 "time of an edge",
												 ALLOCSET_SMALL_SIZES);
	}
	return time;
}

static bool
held(TimeLayout *time, Datum value, TimestampTz when)
{
	MemoryContext old;
	bool		result;

	if (!time->is_range)
		return DatumGetTimestampTz(value) <= when;
	old = MemoryContextSwitchTo(time->row_context);
	result = DatumGetBool(FunctionCall2(&time->contains, value,
										TimestampTzGetDatum(when)));
	MemoryContextSwitchTo(old);
	MemoryContextReset(time->row_context);
	return result;
}

static inline void
refuse_large_id(int32 id)
{
	if (unlikely(id < 0 || id > OL_END_MAX_ID))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("node %d is too large a number for a graph in memory",
						id),
				 errhint("Set openlineage.graph_gear to 1.")));
}

static inline void
take_edge(const OlScanRequest *request, const OlEdgeLayout *layout,
		  const Datum *values, OlEdgeList *edges)
{
	int			code = ol_edge_layout_code(layout, values);
	int32		src = DatumGetInt32(values[layout->src - 1]);
	int32		dst = DatumGetInt32(values[layout->dst - 1]);

	if (((request->kinds >> code) & 1) == 0)
		return;
	if (!ol_edge_is_readable(layout, request->readable, values))
		return;
	refuse_large_id(src);
	refuse_large_id(dst);
	ol_edge_list_add(edges, src, OL_END(dst, code));
	if (request->keeps_namespaces)
	{
		ol_edge_list_note(edges, src,
						  DatumGetInt32(values[layout->src_namespace - 1]));
		ol_edge_list_note(edges, dst,
						  DatumGetInt32(values[layout->dst_namespace - 1]));
	}
}

/*
 * As many rows as the table was last found to have: a list that grows while it
 * is filled is copied over and over.
 */
static Size
expected_rows(Relation table)
{
	double		most = (double) RelationGetNumberOfBlocks(table) *
	MaxHeapTuplesPerPage;

	return (Size) Max(0, Min(table->rd_rel->reltuples, most));
}

static void
scan_table(const OlScanRequest *request, Relation table, bool is_history,
		   OlEdgeList *edges)
{
	OlEdgeLayout layout = ol_edge_layout(table, request->graph);
	TimeLayout	time = {0};
	TupleTableSlot *slot = table_slot_create(table, NULL);
	TableScanDesc scan = table_beginscan(table, request->snapshot, 0, NULL);
	int			n = 0;

	/* The namespaces come last, and not everybody needs them. */
	if (request->readable == NULL && !request->keeps_namespaces)
		layout.natts = Max(Max(layout.src, layout.dst), layout.kind);
	if (request->when != NULL)
		time = time_layout(table, &layout, is_history);
	ol_edge_list_reserve(edges, expected_rows(table));
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		if (++n % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		slot_getsomeattrs(slot, layout.natts);
		if (time.at == 0 ||
			held(&time, slot->tts_values[time.at - 1], *request->when))
			take_edge(request, &layout, slot->tts_values, edges);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(table, NoLock);
}

static void
receive_member(TupleTableSlot *slot, void *arg)
{
	Members    *members = arg;
	int32		hub = DatumGetInt32(slot->tts_values[0]);
	int32		column = DatumGetInt32(slot->tts_values[1]);
	int32		namespace_id = DatumGetInt32(slot->tts_values[2]);
	OlEdgeList *edges = members->edges;

	refuse_large_id(hub);
	refuse_large_id(column);
	ol_pairs_add(members->pairs, hub, column);
	edges->nids = Max(edges->nids, Max(hub, column) + 1);
	if (edges->keeps_namespaces)
	{
		ol_edge_list_note(edges, hub, namespace_id);
		ol_edge_list_note(edges, column, namespace_id);
	}
}

/* In order of hub; the columns of a hub are in no order. */
static OlPairs *
read_members(const OlScanRequest *request, OlEdgeList *edges)
{
	Members		members = {ol_pairs_create(), edges};

	PushActiveSnapshot(request->snapshot);
	ol_query_run(&members_of_hubs, NULL, receive_member, &members);
	PopActiveSnapshot();
	ol_pairs_sort(members.pairs);
	return members.pairs;
}

/*
 * Between SPI_connect() and SPI_finish().  The columns of hubs are read with
 * the eyes of the current user; whoever wants a graph for others is the owner
 * of the tables meanwhile.
 */
OlCsr *
ol_scan_graph(const OlScanRequest *request)
{
	OlEdgeList *edges = ol_edge_list_create(request->keeps_namespaces);
	OlPairs    *members = NULL;
	OlCsr	   *csr;

	scan_table(request, ol_scan_open(request->graph), false, edges);
	if (request->when != NULL)
		scan_table(request, ol_scan_open_history(), true, edges);
	if (request->graph == OL_GRAPH_COLUMNS)
		members = read_members(request, edges);
	if (request->is_ambiguous != NULL)
		*request->is_ambiguous = edges->is_ambiguous;
	csr = ol_csr_create(edges, request->downstream, request->upstream);
	if (members != NULL)
		ol_csr_set_hubs(csr, members);
	return csr;
}
