/*-------------------------------------------------------------------------
 * names.h
 *	  Names of very many nodes, read at once; see names.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_NAMES_H
#define OL_GRAPH_NAMES_H

#include "graph/label.h"

extern bool ol_names_are_many(const OlWalkResult *walk, OlGraphKind graph);
extern void ol_names_read(const OlWalkResult *walk, OlGraphKind graph,
						  OlLabel *labels);

#endif
