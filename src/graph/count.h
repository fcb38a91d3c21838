/*-------------------------------------------------------------------------
 * count.h
 *	  How many nodes a walk reaches, without their rows; see count.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_COUNT_H
#define OL_GRAPH_COUNT_H

#include "graph/graph.h"

extern bool ol_graph_count(const OlWalkRequest *request, int64 *count);

#endif
