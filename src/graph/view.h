/*-------------------------------------------------------------------------
 * view.h
 *	  What one caller sees of a graph of compressed rows; see view.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_VIEW_H
#define OL_GRAPH_VIEW_H

#include "auth/access.h"
#include "graph/csr.h"
#include "graph/graph.h"
#include "graph/overlay.h"
#include "graph/visit.h"

typedef struct OlView
{
	const OlCsr *csr;
	const OlOverlay *overlay;	/* edges changed since; NULL: none */
	const OlReadable *readable; /* of what changed; NULL: all of it */
	const OlReadable *csr_readable; /* of the graph; NULL: all of it */
	int			kinds;			/* OL_EDGE_* that are walked */
	uint64	   *barred;			/* bits of nodes of the graph that may not be
								 * seen; once a level is large */
} OlView;

/* What one side of a walk has done with hubs; by place of the hub. */
typedef struct OlHubMarks
{
	uint64	   *left;			/* edges of the hub were followed */
	uint64	   *opened;			/* the hub was reached */
} OlHubMarks;

extern void ol_hub_marks_init(OlHubMarks *marks, const OlView *view);
extern void ol_view_expand(OlView *view, const int32 *frontier, int n,
						   bool upstream, bool downstream,
						   OlHubMarks *marks, OlVisit *visit);

#endif
