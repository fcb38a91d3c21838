/*-------------------------------------------------------------------------
 * pointer.h
 *	  Pointers to what is latest of a job; see pointer.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_POINTER_H
#define OL_INGEST_POINTER_H

#include "ingest/run.h"

typedef struct OlSeenJob
{
	int			id;
	TimestampTz seen_at;		/* greatest time of its events; NOBEGIN: none */
	bytea	   *told;			/* as OlName's */
	const OlEvent *parent;		/* likewise */
	const OlRun *latest;		/* likewise, if it has its version and the
								 * batch does not declare the job */
} OlSeenJob;

extern int	ol_created_compare(TimestampTz a, const pg_uuid_t *a_id,
							   TimestampTz b, const pg_uuid_t *b_id);
extern void ol_point_jobs(OlSeenJob *jobs, int n, bool locks);

#endif
