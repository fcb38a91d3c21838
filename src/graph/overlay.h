/*-------------------------------------------------------------------------
 * overlay.h
 *	  Edges that changed since a graph was built; see overlay.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_OVERLAY_H
#define OL_GRAPH_OVERLAY_H

#include "graph/csr.h"
#include "graph/idset.h"

/* One end of an edge that came or went, by the node at the other end. */
typedef struct OlChange
{
	int32		node;
	uint32		end;			/* OL_END */
	int32		namespace_id;	/* of the node that the end names */
	int32		net;			/* how many more there are than in the graph */
} OlChange;

/* Hubs of columns (levels.c) whose columns are others than in the graph. */
typedef struct OlHubChange
{
	OlIdSet    *ids;			/* those hubs and the columns they have now */
	OlPairs    *places;			/* (hub or column, place of the hub) */
	int32	   *hubs;			/* by place */
	uint32	   *member_first;	/* by place, and one more */
	int32	   *members;
	int			nhubs;
} OlHubChange;

typedef struct OlOverlay
{
	OlChange   *changes[2];		/* [upstream], by node and end, net not 0 */
	int			n[2];
	int			capacity;		/* while it is filled */
	OlIdSet    *touched[2];		/* the nodes among them */
	bool		is_reduced;
	const OlHubChange *hubs;	/* NULL: as in the graph */
} OlOverlay;

extern OlOverlay *ol_overlay_create(void);
extern void ol_overlay_add(OlOverlay *overlay, int32 src, int32 dst,
						   int code, int32 src_namespace_id,
						   int32 dst_namespace_id, int net);
extern void ol_overlay_reduce(OlOverlay *overlay);
extern const OlChange *ol_overlay_find(const OlOverlay *overlay,
									   bool upstream, int32 node, int *n);
extern OlHubChange *ol_hub_change_create(const OlPairs *hubs,
										 const OlPairs *members);

#endif
