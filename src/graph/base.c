/*-------------------------------------------------------------------------
 * base.c
 *	  A graph kept in memory for later walks.
 *
 * All current edges as the active snapshot sees them, but for what the
 * transaction itself has changed: that is in edge_change, like all that others
 * change later (change.c).  Both directions, every kind and every namespace,
 * for any caller; what a caller may see is decided when it is walked.
 *
 * Read by whoever needs it first, with the eyes of the owner of the tables.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "auth/trusted.h"
#include "graph/base.h"
#include "graph/logging.h"
#include "graph/query.h"
#include "graph/scan.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

static OlQuery all_steps = {
	"SELECT n.id, n.job_id FROM openlineage.node AS n"
	" WHERE n.job_id IS NOT NULL"
};

static void
receive_step(TupleTableSlot *slot, void *arg)
{
	ol_pairs_add(arg, DatumGetInt32(slot->tts_values[0]),
				 DatumGetInt32(slot->tts_values[1]));
}

static OlCsr *
read_graph(OlGraphKind graph, OlPairs *steps, bool *is_ambiguous)
{
	OlScanRequest scan = {.graph = graph,.snapshot = GetActiveSnapshot(),
		.downstream = true,.upstream = true,.keeps_namespaces = true,
	.is_ambiguous = is_ambiguous};
	OlTrusted	trusted;
	OlCsr	   *csr;

	scan.kinds = OL_EDGE_DATA | OL_EDGE_DERIVES | OL_EDGE_CONTROL;
	ol_trusted_begin(&trusted);
	csr = ol_scan_graph(&scan);
	if (graph == OL_GRAPH_NODES)
		ol_query_run(&all_steps, NULL, receive_step, steps);
	ol_trusted_end(&trusted);
	ol_pairs_sort(steps);
	return csr;
}

/* Where the arrays go; their sizes in bytes. */
static void
lay_out(OlBase *base, const Size *sizes)
{
	Size		offset = MAXALIGN(sizeof(OlBase));

	for (int i = 0; i < OL_BASE_ARRAYS; i++)
	{
		base->offsets[i] = offset;
		offset += MAXALIGN(sizes[i]);
	}
	base->offsets[OL_BASE_ARRAYS] = offset;
	base->size = offset;
}

/* The namespaces of all nodes as bits. */
static uint64 *
gather_spaces(const OlCsr *csr, int *nwords)
{
	int32		highest = 0;
	uint64	   *words;

	for (int32 id = 0; id < csr->nids; id++)
		highest = Max(highest, csr->namespaces[id]);
	*nwords = highest / 64 + 1;
	words = palloc0(sizeof(uint64) * *nwords);
	for (int32 id = 0; id < csr->nids; id++)
	{
		int32		space = csr->namespaces[id];

		if (space > 0)
			words[space / 64] |= UINT64CONST(1) << (space % 64);
	}
	return words;
}

static OlBase *
pack(const OlCsr *csr, const OlSeen *seen, const OlPairs *steps)
{
	Size		nids = csr->nids;
	Size		nmembers = csr->nhubs > 0 ? csr->member_first[csr->nhubs] : 0;
	int			nspaces;
	uint64	   *spaces = gather_spaces(csr, &nspaces);
	const void *arrays[OL_BASE_ARRAYS] = {seen->running, steps->keys,
		csr->first[0], csr->ends[0], csr->first[1], csr->ends[1],
	csr->namespaces, csr->hub, csr->member_first, csr->members, spaces};
	Size		sizes[OL_BASE_ARRAYS] = {
		sizeof(uint64) * seen->nrunning, sizeof(uint64) * steps->n,
		sizeof(uint32) * (nids + 1), sizeof(uint32) * csr->nedges,
		sizeof(uint32) * (nids + 1), sizeof(uint32) * csr->nedges,
		sizeof(int32) * nids, csr->nhubs > 0 ? sizeof(int32) * nids : 0,
		csr->nhubs > 0 ? sizeof(uint32) * (csr->nhubs + 1) : 0,
	sizeof(int32) * nmembers, sizeof(uint64) * nspaces};
	OlBase		head = {0};
	OlBase	   *base;

	lay_out(&head, sizes);
	head.xmin = seen->xmin;
	head.xmax = seen->xmax;
	head.nrunning = seen->nrunning;
	head.nsteps = (int) steps->n;
	head.nids = csr->nids;
	head.nedges = csr->nedges;
	head.nhubs = csr->nhubs;
	head.nspaces = nspaces;
	base = palloc_extended(head.size, MCXT_ALLOC_HUGE);
	*base = head;
	for (int i = 0; i < OL_BASE_ARRAYS; i++)
	{
		if (sizes[i] > 0)
			memcpy((char *) base + head.offsets[i], arrays[i], sizes[i]);
	}
	return base;
}

/*
 * In a snapshot to which no command of this transaction has been: what it
 * inserted is not seen, what it deleted still is.
 */
void
ol_base_push_snapshot(void)
{
	PushCopiedSnapshot(GetActiveSnapshot());
	GetActiveSnapshot()->curcid = FirstCommandId;
}

/* Between SPI_connect() and SPI_finish(); in the current context. */
OlBase *
ol_base_create(OlGraphKind graph)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(caller, "graph to be kept",
											   ALLOCSET_DEFAULT_SIZES);
	Relation	table = ol_scan_open(graph);
	OlPairs    *steps;
	OlSeen	   *seen;
	OlCsr	   *csr;
	OlBase	   *base;
	uint64		logging;
	bool		is_ambiguous;

	MemoryContextSwitchTo(work);
	steps = ol_pairs_create();
	ol_base_push_snapshot();
	seen = ol_seen_create(GetActiveSnapshot());
	logging = ol_logging_at(graph, GetActiveSnapshot());
	csr = read_graph(graph, steps, &is_ambiguous);
	PopActiveSnapshot();
	MemoryContextSwitchTo(caller);

	base = pack(csr, seen, steps);
	base->graph = graph;
	base->database = MyDatabaseId;
	base->table = RelationGetRelid(table);
	base->file = table->rd_rel->relfilenode;
	base->logging = logging;
	base->built_at = GetCurrentTimestamp();
	base->is_ambiguous = is_ambiguous;
	table_close(table, NoLock);
	MemoryContextDelete(work);
	return base;
}

static const void *
array_of(const OlBase *base, OlBaseArray array)
{
	return (const char *) base + base->offsets[array];
}

/* Points into the base. */
OlCsr *
ol_base_csr(const OlBase *base)
{
	OlCsr	   *csr = palloc0(sizeof(OlCsr));

	csr->nids = base->nids;
	csr->nedges = base->nedges;
	csr->first[0] = array_of(base, OL_BASE_FIRST_DOWN);
	csr->ends[0] = array_of(base, OL_BASE_ENDS_DOWN);
	csr->first[1] = array_of(base, OL_BASE_FIRST_UP);
	csr->ends[1] = array_of(base, OL_BASE_ENDS_UP);
	csr->namespaces = array_of(base, OL_BASE_NAMESPACES);
	csr->nhubs = base->nhubs;
	if (base->nhubs == 0)
		return csr;
	csr->hub = array_of(base, OL_BASE_HUB);
	csr->member_first = array_of(base, OL_BASE_MEMBER_FIRST);
	csr->members = array_of(base, OL_BASE_MEMBERS);
	return csr;
}

OlSeen
ol_base_seen(const OlBase *base)
{
	OlSeen		seen = {base->xmin, base->xmax, base->nrunning,
	array_of(base, OL_BASE_RUNNING)};

	return seen;
}

const uint64 *
ol_base_steps(const OlBase *base)
{
	return array_of(base, OL_BASE_STEPS);
}

/* May everything in it be seen? */
bool
ol_base_is_readable(const OlBase *base, const OlReadable *readable)
{
	const uint64 *spaces = array_of(base, OL_BASE_SPACES);

	for (int i = 0; i < base->nspaces; i++)
	{
		uint64		may = i < (readable->nbits + 63) / 64 ?
		readable->bits[i] : 0;

		if (spaces[i] & ~may)
			return false;
	}
	return true;
}
