/*-------------------------------------------------------------------------
 * lookup.h
 *	  Edges of a few nodes, straight from the index; see lookup.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_LOOKUP_H
#define OL_GRAPH_LOOKUP_H

#include "graph/graph.h"
#include "graph/pairs.h"
#include "graph/reader.h"

typedef struct OlLookup OlLookup;

extern OlLookup *ol_lookup_create(const OlReader *reader, OlGraphKind graph,
								  int kinds);
extern void ol_lookup_edges(OlLookup *lookup, const int32 *nodes, int n,
							bool upstream, OlPairs *found);
extern void ol_lookup_end(OlLookup *lookup);

#endif
