/*-------------------------------------------------------------------------
 * walk.h
 *	  Rows of walk() handed on one by one; see walk.c and walk_scan.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_WALK_H
#define OL_GRAPH_WALK_H

#include "fmgr.h"
#include "graph/graph.h"
#include "nodes/extensible.h"

#define OL_WALK_COLUMNS 3

/*
 * What a caller of walk() gives it as context to have the result itself, in
 * place of a set of rows.
 */
typedef struct OlWalkSink
{
	ExtensibleNode node;		/* must be first; of ol_walk_sink_init() */
	MemoryContext context;		/* where the result goes */
	OlWalkResult *result;		/* set by walk() */
} OlWalkSink;

extern void ol_walk_sink_init(OlWalkSink *sink, MemoryContext context);
extern void ol_walk_values(const OlWalkResult *result, int row,
						   Datum *values, bool *nulls);
extern void ol_walk_scan_init(void);

#endif
