/*-------------------------------------------------------------------------
 * lane.h
 *	  Helper processes and the requests they work on; see lane.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_LANE_H
#define OL_SERVER_LANE_H

#include "datatype/timestamp.h"
#include "postmaster/bgworker.h"

#include "http.h"
#include "message.h"

/* Work of the server's own; see task.c. */
typedef struct OlTask
{
	const char *function;		/* one of OL_TASK_… */
	OlBuffer	parameters;		/* of the function */
	bool		is_running;
	bool		has_ended;		/* taken back by who looks at it */
	char		sqlstate[6];	/* of its end */
} OlTask;

/* The way to one helper process, and what it is doing. */
typedef struct OlLane
{
	bool		is_ingest;
	MemoryContext context;		/* of everything below; reset with the helper */
	dsm_segment *segment;		/* NULL: there is no helper */
	shm_mq_handle *requests;
	shm_mq_handle *answers;
	BackgroundWorkerHandle *worker;
	TimestampTz start_again_at; /* not before, after a failure */

	/* the work under way; njobs is 0 when it is idle */
	MemoryContext work;			/* reset when it is done */
	OlMessage  *message;		/* set while parts of it are still to be sent */
	OlRequest **jobs;			/* one for a read, several for a batch */
	int			njobs;
	bool		is_changing;	/* the work is a change, not a read */
	OlTask	   *task;			/* the work is this; jobs[0] is NULL then */
	TimestampTz begun_at;		/* of a read, or when we last looked at it */
} OlLane;

extern OlLane *ol_lane_create(bool is_ingest);
extern void ol_lane_keep_running(OlLane *lane);
extern bool ol_lane_is_ready(const OlLane *lane);
extern void ol_lane_begin_batch(OlLane *lane, OlHttp *http);
extern void ol_lane_begin_query(OlLane *lane, OlHttp *http, OlQueue *queue);
extern void ol_lane_begin_task(OlLane *lane, OlTask *task);
extern void ol_lane_advance(OlLane *lane, OlHttp *http);
extern void ol_lane_give_way(OlLane *lane);
extern void ol_lane_stop(OlLane *lane, OlHttp *http, const char *sqlstate);

#endif							/* OL_SERVER_LANE_H */
