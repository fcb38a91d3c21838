/*-------------------------------------------------------------------------
 * csr.c
 *	  A graph as compressed sparse rows.
 *
 * The edges of a node lie together: those that leave it, and in a second pair
 * of arrays those that arrive.  Ids are dense, so the place of a node's edges
 * is found by its id, and going through an edge costs one access to memory
 * out of order.  Built from a list of edges in two passes, without sorting.
 *
 * Nothing here touches SQL.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/csr.h"
#include "miscadmin.h"

#define FIRST_CAPACITY 1024

static void *
alloc_array(Size size, Size n, int flags)
{
	return palloc_extended(size * Max(n, 1), MCXT_ALLOC_HUGE | flags);
}

OlEdgeList *
ol_edge_list_create(bool keeps_namespaces)
{
	OlEdgeList *list = palloc0(sizeof(OlEdgeList));

	list->capacity = FIRST_CAPACITY;
	list->src = palloc(sizeof(int32) * list->capacity);
	list->dst = palloc(sizeof(uint32) * list->capacity);
	list->keeps_namespaces = keeps_namespaces;
	if (keeps_namespaces)
	{
		list->ids_capacity = FIRST_CAPACITY;
		list->namespaces = palloc0(sizeof(int32) * list->ids_capacity);
	}
	return list;
}

static void
set_capacity(OlEdgeList *list, Size capacity)
{
	list->capacity = capacity;
	list->src = repalloc_huge(list->src, sizeof(int32) * capacity);
	list->dst = repalloc_huge(list->dst, sizeof(uint32) * capacity);
}

void
ol_edge_list_grow(OlEdgeList *list)
{
	if (list->capacity > PG_UINT32_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("lineage has too many edges")));
	set_capacity(list, list->capacity * 2);
}

/* Room for about n more; there may be more of them than that. */
void
ol_edge_list_reserve(OlEdgeList *list, Size n)
{
	n = Min(list->n + n, PG_UINT32_MAX / 2);
	if (n > list->capacity)
		set_capacity(list, n);
}

/* The namespace of a node, as an edge tells it. */
void
ol_edge_list_note(OlEdgeList *list, int32 id, int32 namespace_id)
{
	if (unlikely(id >= list->ids_capacity))
	{
		int32		capacity = id < PG_INT32_MAX / 2 ?
		Max(id + 1, list->ids_capacity * 2) : PG_INT32_MAX;

		list->namespaces = repalloc_huge(list->namespaces,
										 sizeof(int32) * (Size) capacity);
		memset(list->namespaces + list->ids_capacity, 0,
			   sizeof(int32) * (Size) (capacity - list->ids_capacity));
		list->ids_capacity = capacity;
	}
	list->nids = Max(list->nids, id + 1);
	if (list->namespaces[id] == 0)
		list->namespaces[id] = namespace_id;
	else if (list->namespaces[id] != namespace_id)
		list->is_ambiguous = true;
}

/* Rows by the one end of each edge, holding the other. */
static void
fill_rows(OlCsr *csr, const OlEdgeList *list, bool upstream)
{
	uint32	   *first = alloc_array(sizeof(uint32), (Size) csr->nids + 1,
									MCXT_ALLOC_ZERO);
	uint32	   *ends = alloc_array(sizeof(uint32), list->n, 0);
	uint32		place = 0;

	for (Size i = 0; i < list->n; i++)
		first[upstream ? OL_END_ID(list->dst[i]) : list->src[i]]++;
	CHECK_FOR_INTERRUPTS();
	for (int32 id = 0; id <= csr->nids; id++)
	{
		uint32		count = id < csr->nids ? first[id] : 0;

		first[id] = place;
		place += count;
	}
	CHECK_FOR_INTERRUPTS();
	for (Size i = 0; i < list->n; i++)
	{
		uint32		end = list->dst[i];
		int32		dst = OL_END_ID(end);

		if (upstream)
			ends[first[dst]++] = OL_END(list->src[i], OL_END_CODE(end));
		else
			ends[first[list->src[i]]++] = end;
	}
	/* Each place has moved to the next one's begin. */
	memmove(first + 1, first, sizeof(uint32) * (Size) csr->nids);
	first[0] = 0;
	csr->first[upstream] = first;
	csr->ends[upstream] = ends;
}

/* The list is used up and must not be used again. */
OlCsr *
ol_csr_create(OlEdgeList *list, bool downstream, bool upstream)
{
	OlCsr	   *csr = palloc0(sizeof(OlCsr));

	csr->nids = list->nids;
	csr->nedges = (uint32) list->n;
	if (downstream)
		fill_rows(csr, list, false);
	if (upstream)
		fill_rows(csr, list, true);
	pfree(list->src);
	pfree(list->dst);
	csr->namespaces = list->namespaces;
	return csr;
}

/*
 * Pairs (hub, column) in order of hub, each column in one of them at most.
 * All their ids are below nids.
 */
void
ol_csr_set_hubs(OlCsr *csr, const OlPairs *members)
{
	int32	   *hub;
	uint32	   *first;
	int32	   *columns;
	int32		last = 0;

	if (members->n == 0)
		return;
	hub = alloc_array(sizeof(int32), csr->nids, MCXT_ALLOC_ZERO);
	first = alloc_array(sizeof(uint32), members->n + 1, 0);
	columns = alloc_array(sizeof(int32), members->n, 0);
	for (Size i = 0; i < members->n; i++)
	{
		int32		id = OL_PAIR_NODE(members->keys[i]);
		int32		column = OL_PAIR_FROM(members->keys[i]);

		if (id != last)
		{
			hub[id] = -1 - csr->nhubs;
			first[csr->nhubs++] = (uint32) i;
			last = id;
		}
		hub[column] = id;
		columns[i] = column;
	}
	first[csr->nhubs] = (uint32) members->n;
	csr->hub = hub;
	csr->member_first = first;
	csr->members = columns;
}
