/*-------------------------------------------------------------------------
 * edge.h
 *	  What edge.c and rebuild.c share.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_EDGE_H
#define OL_INGEST_EDGE_H

#include "ingest/batch.h"

extern void ol_steps_resolve(OlEvent **events, int nevents);
extern int	ol_end_id(const OlEnd *end);

/* Rows on their way into edge. */
extern OlRows *ol_edge_rows(void);
extern void ol_edge_rows_add(OlRows *rows, int src, int dst, OlEdgeKind kind,
							 TimestampTz first_at);
extern void ol_edge_rows_insert(OlRows *rows);

#endif
