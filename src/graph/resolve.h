/*-------------------------------------------------------------------------
 * resolve.h
 *	  From node ids and names to ids of the graph; see resolve.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_RESOLVE_H
#define OL_GRAPH_RESOLVE_H

#include "graph/graph.h"

/* Where a question starts. */
typedef struct OlPlace
{
	OlGraphKind graph;
	int32		ids[2];			/* a name can be a dataset and a job */
	int			n;				/* 0: nothing of that name to be seen */
} OlPlace;

/* Between SPI_connect() and SPI_finish(). */
extern OlPlace ol_resolve_id(const char *text);
extern OlPlace ol_resolve_name(const char *namespace_name, const char *name);

/* An id or name for an error message: very long ones are cut. */
extern char *ol_resolve_shown(const char *text);

#endif
