/*-------------------------------------------------------------------------
 * bfs.h
 *	  Breadth-first walk, whatever the edges come from; see bfs.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_BFS_H
#define OL_GRAPH_BFS_H

#include "graph/graph.h"
#include "graph/pairs.h"

/*
 * Where edges come from: add a pair for every edge from a node of the
 * frontier, against the flow of data or with it.  The frontier is sorted.
 */
typedef void (*OlExpand) (void *source, const int32 *frontier, int n,
						  bool upstream, OlPairs *reached);

extern OlWalkResult *ol_bfs_walk(const OlWalkRequest *request,
								 OlExpand expand, void *source);

#endif
