/*-------------------------------------------------------------------------
 * pointer.h
 *	  Pointers to what is latest of a job; see pointer.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_POINTER_H
#define OL_INGEST_POINTER_H

#include "ingest/event.h"

typedef struct OlSeenJob
{
	int			id;
	TimestampTz seen_at;		/* greatest time of its events; NOBEGIN: none */
	bytea	   *told;			/* as OlName's */
	const OlEvent *parent;		/* likewise */
} OlSeenJob;

extern void ol_point_jobs(OlSeenJob *jobs, int n);

#endif
