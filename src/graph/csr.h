/*-------------------------------------------------------------------------
 * csr.h
 *	  A graph as compressed sparse rows; see csr.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_CSR_H
#define OL_GRAPH_CSR_H

#include "graph/pairs.h"

/* An end of an edge: the id of the other node and the code of the kind. */
#define OL_END(id, code)	((uint32) (id) << 2 | (uint32) (code))
#define OL_END_ID(end)		((int32) ((end) >> 2))
#define OL_END_CODE(end)	((end) & 3)
#define OL_END_MAX_ID		((1 << 30) - 1)

/* Codes of kinds: 1 << code is the bit OL_EDGE_* of graph.h. */
#define OL_CODE_DATA		0
#define OL_CODE_DERIVES		1
#define OL_CODE_CONTROL		2

/* Edges in any order, to make rows of. */
typedef struct OlEdgeList
{
	int32	   *src;
	uint32	   *dst;			/* OL_END */
	int32	   *namespaces;		/* by id, 0 where none is known; NULL unless
								 * kept */
	int32		nids;			/* all ids are below it */
	int32		ids_capacity;	/* of namespaces */
	Size		n;
	Size		capacity;
	bool		keeps_namespaces;
	bool		is_ambiguous;	/* one node was told to be in two namespaces */
} OlEdgeList;

/*
 * Read only.  The arrays belong to whoever made it: a memory context, or
 * shared memory.
 */
typedef struct OlCsr
{
	int32		nids;			/* ids from here on have no edges */
	uint32		nedges;
	const uint32 *first[2];		/* [upstream] nids + 1 places in ends; NULL:
								 * not to be walked that way */
	const uint32 *ends[2];		/* OL_END */
	const int32 *namespaces;	/* nids, 0: none known; NULL: those who may
								 * not see an edge do not have it here */

	/* The hubs of columns, see levels.c; NULL where there are none. */
	const int32 *hub;			/* nids: id of the column's hub, 0 without
								 * one, for a hub -1 - its place */
	const uint32 *member_first; /* by place of the hub, nhubs + 1 */
	const int32 *members;
	int			nhubs;
} OlCsr;

extern OlEdgeList *ol_edge_list_create(bool keeps_namespaces);
extern void ol_edge_list_grow(OlEdgeList *list);
extern void ol_edge_list_reserve(OlEdgeList *list, Size n);
extern void ol_edge_list_note(OlEdgeList *list, int32 id, int32 namespace_id);
extern OlCsr *ol_csr_create(OlEdgeList *list, bool downstream, bool upstream);
extern void ol_csr_set_hubs(OlCsr *csr, const OlPairs *members);

static inline void
ol_edge_list_add(OlEdgeList *list, int32 src, uint32 dst)
{
	if (unlikely(list->n == list->capacity))
		ol_edge_list_grow(list);
	list->src[list->n] = src;
	list->dst[list->n++] = dst;
	list->nids = Max(list->nids, Max(src, OL_END_ID(dst)) + 1);
}

#endif
