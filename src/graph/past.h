/*-------------------------------------------------------------------------
 * past.h
 *	  Edges of another time than now; see past.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_PAST_H
#define OL_GRAPH_PAST_H

#include "datatype/timestamp.h"
#include "graph/graph.h"
#include "graph/pairs.h"
#include "utils/uuid.h"

/* Allocated in the current context; as long as the walk needs them. */
extern const OlPast *ol_past_of_time(TimestampTz when);
extern const OlPast *ol_past_of_run(const pg_uuid_t *run,
									const OlWalkRequest *request);

/* Is it the edges of a time, and of which? */
extern bool ol_past_is_time(const OlPast *past, TimestampTz *when);

/* An OlExpand (bfs.h) whose source is the request. */
extern void ol_past_expand(void *source, const int32 *frontier, int n,
						   bool upstream, OlPairs *reached);

#endif
