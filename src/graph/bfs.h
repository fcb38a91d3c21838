/*-------------------------------------------------------------------------
 * bfs.h
 *	  Breadth-first walk, whatever the edges come from; see bfs.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_BFS_H
#define OL_GRAPH_BFS_H

#include "graph/graph.h"
#include "graph/pairs.h"
#include "graph/view.h"

/*
 * Where edges come from: add a pair for every edge from a node of the
 * frontier, against the flow of data or with it.  The frontier is sorted.
 */
typedef void (*OlExpand) (void *source, const int32 *frontier, int n,
						  bool upstream, OlPairs *reached);

/*
 * Asked before every level until it gives a graph to go on with: how many
 * nodes were visited so far, and how many of them are walked on from next.
 */
typedef OlView *(*OlConsider) (void *chooser, int nvisited, int nnext);

typedef struct OlEdgeSource
{
	OlExpand	expand;
	void	   *source;
	OlConsider	consider;		/* NULL: no graph */
	void	   *chooser;
} OlEdgeSource;

extern OlWalkResult *ol_bfs_walk(const OlWalkRequest *request,
								 const OlEdgeSource *edges);

#endif
