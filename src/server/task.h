/*-------------------------------------------------------------------------
 * task.h
 *	  What the server has to do itself in the database; see task.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_TASK_H
#define OL_SERVER_TASK_H

#include "lane.h"

typedef struct OlTasks
{
	OlTask		audit;			/* writes down who asked for what */
	OlTask		keys;			/* fetches the keys of an issuer that a token
								 * asks for */
	OlTask		all_keys;		/* fetches those of all, now and then */
	int64_t		all_keys_at;	/* milliseconds, of the next time */
	int64_t		audit_at;		/* milliseconds, of the last writing */
	int			audit_attempts;
} OlTasks;

extern void ol_tasks_init(OlTasks *tasks);
extern OlTask *ol_tasks_next(OlTasks *tasks, OlHttp *http);
extern void ol_tasks_look(OlTasks *tasks, OlHttp *http);
extern bool ol_tasks_have_ended(const OlTasks *tasks, const OlHttp *http);

#endif							/* OL_SERVER_TASK_H */
