/*-------------------------------------------------------------------------
 * walk.h
 *	  Rows of walk() handed on one by one; see walk.c and walk_scan.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_WALK_H
#define OL_GRAPH_WALK_H

#include "fmgr.h"
#include "graph/graph.h"
#include "nodes/extensible.h"

/* Columns of walk() and walk_columns(). */
#define OL_WALK_ID			1
#define OL_WALK_DISTANCE	2
#define OL_WALK_PREDECESSOR	3
#define OL_WALK_COLUMNS		3

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
extern void ol_walk_scan_init(void);

static inline Datum
ol_walk_column(const OlWalkResult *result, int row, int column, bool *isnull)
{
	const OlWalkRow *from = &result->rows[row];

	*isnull = false;
	if (column == OL_WALK_ID)
		return Int32GetDatum(from->id);
	if (column == OL_WALK_DISTANCE)
		return Int32GetDatum(from->distance);
	*isnull = from->from < 0;
	return Int32GetDatum(from->from < 0 ? 0 : result->rows[from->from].id);
}

#endif
