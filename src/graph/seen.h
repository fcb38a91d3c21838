/*-------------------------------------------------------------------------
 * seen.h
 *	  Which transactions a snapshot saw, kept after it is gone; see seen.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_SEEN_H
#define OL_GRAPH_SEEN_H

#include "utils/snapshot.h"

/* Numbers of top-level transactions, with their epoch. */
typedef struct OlSeen
{
	uint64		xmin;			/* all before it had ended */
	uint64		xmax;			/* none from it on had */
	int			nrunning;
	const uint64 *running;		/* of those between, in order */
} OlSeen;

extern OlSeen *ol_seen_create(Snapshot snapshot);
extern bool ol_seen_has(const OlSeen *seen, uint64 xid);
extern bool ol_seen_within(const OlSeen *seen, Snapshot snapshot);

#endif
