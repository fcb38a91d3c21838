/*-------------------------------------------------------------------------
 * logging.h
 *	  What the log of changed edges is written by; see logging.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_LOGGING_H
#define OL_GRAPH_LOGGING_H

#include "graph/graph.h"
#include "utils/snapshot.h"

extern uint64 ol_logging_now(OlGraphKind graph);
extern uint64 ol_logging_at(OlGraphKind graph, Snapshot snapshot);

#endif
