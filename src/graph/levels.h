/*-------------------------------------------------------------------------
 * levels.h
 *	  Gear 1: edges level by level through SPI; see levels.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_LEVELS_H
#define OL_GRAPH_LEVELS_H

#include "graph/graph.h"

extern OlWalkResult *ol_levels_walk(const OlWalkRequest *request);

#endif
