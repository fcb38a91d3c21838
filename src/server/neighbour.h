/*-------------------------------------------------------------------------
 * neighbour.h
 *	  The gateway beside the server; see neighbour.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_NEIGHBOUR_H
#define OL_SERVER_NEIGHBOUR_H

#include "datatype/timestamp.h"
#include "postmaster/bgworker.h"

/* All zero: there is none. */
typedef struct OlNeighbour
{
	BackgroundWorkerHandle *worker;
	TimestampTz start_again_at;
} OlNeighbour;

extern void ol_neighbour_keep_running(OlNeighbour *neighbour);
extern void ol_neighbour_stop(OlNeighbour *neighbour);

#endif							/* OL_SERVER_NEIGHBOUR_H */
