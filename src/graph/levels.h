/*-------------------------------------------------------------------------
 * levels.h
 *	  Gear 1: edges level by level through SPI; see levels.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_LEVELS_H
#define OL_GRAPH_LEVELS_H

#include "graph/bfs.h"

extern OlWalkResult *ol_levels_walk(const OlWalkRequest *request,
									OlConsider consider, void *chooser);
extern const int32 *ol_levels_starts(const OlWalkRequest *request, int *n);

#endif
