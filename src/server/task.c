/*-------------------------------------------------------------------------
 * task.c
 *	  What the server has to do itself in the database.
 *
 * The server process runs no statement; so what nobody asked for is handed to
 * a query worker, as a request would be: to write down the rows of the audit
 * log, and to fetch the keys of issuers, now and then and when a token came
 * whose key is not known.  Requests with such a token wait meanwhile, and are
 * asked once more afterwards; so nobody is refused because an issuer has
 * changed its key.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "process.h"
#include "reply.h"
#include "task.h"

#define AUDIT_EVERY_MS 1000
#define AUDIT_ATTEMPTS 10

void
ol_tasks_init(OlTasks *tasks)
{
	tasks->audit.function = OL_TASK_AUDIT;
	tasks->keys.function = OL_TASK_KEYS;
	tasks->all_keys.function = OL_TASK_ALL_KEYS;
}

static bool
keys_are_due(OlTasks *tasks, const OlHttp *http)
{
	if (tasks->all_keys.is_running || http->standby || http->stopping ||
		ol_http_now() < tasks->all_keys_at)
		return false;
	tasks->all_keys_at = ol_http_now() +
		INT64CONST(1000) * ol_process_integer("openlineage.jwks_refresh_interval");
	return true;
}

static bool
audit_is_due(const OlTasks *tasks, const OlHttp *http)
{
	if (tasks->audit.is_running || http->standby ||
		(tasks->audit.parameters.used == 0 && ol_audit_is_empty(&http->audit)))
		return false;
	return http->stopping || ol_audit_is_large(&http->audit) ||
		ol_http_now() - tasks->audit_at >= AUDIT_EVERY_MS;
}

/* The next thing to do, or NULL; the caller hands it to a lane. */
OlTask *
ol_tasks_next(OlTasks *tasks, OlHttp *http)
{
	if (http->parked.first != NULL && tasks->keys.parameters.used == 0)
	{
		const OlBuffer *issuer = &http->parked.first->issuer;

		ol_buffer_append(&tasks->keys.parameters, issuer->data, issuer->used);
		return &tasks->keys;
	}
	if (keys_are_due(tasks, http))
		return &tasks->all_keys;
	if (!audit_is_due(tasks, http))
		return NULL;
	tasks->audit_at = ol_http_now();
	if (tasks->audit.parameters.used == 0)
		ol_audit_take(&http->audit, &tasks->audit.parameters);
	return &tasks->audit;
}

/* Rows that could not be written are tried again a few times. */
static void
look_at_audit(OlTasks *tasks, OlHttp *http)
{
	bool		done = strcmp(tasks->audit.sqlstate, OL_STATE_DONE) == 0;

	tasks->audit.has_ended = false;
	if (!done && ++tasks->audit_attempts < AUDIT_ATTEMPTS && !http->stopping)
		return;
	if (!done)
		ereport(WARNING,
				(errmsg("rows of the audit log are lost"),
				 errdetail("They could not be written; SQLSTATE is %s.",
						   tasks->audit.sqlstate)));
	tasks->audit_attempts = 0;
	ol_buffer_free(&tasks->audit.parameters);
}

/* Deals with what has ended since the last call. */
void
ol_tasks_look(OlTasks *tasks, OlHttp *http)
{
	if (tasks->keys.has_ended)
	{
		tasks->keys.has_ended = false;
		ol_request_ask_again(http, &tasks->keys.parameters);
		ol_buffer_free(&tasks->keys.parameters);
	}
	if (tasks->audit.has_ended)
		look_at_audit(tasks, http);
	if (!tasks->audit.is_running)
		ol_process_tell_dropped(&http->audit.dropped);
}

/* Is there nothing left to be written? */
bool
ol_tasks_have_ended(const OlTasks *tasks, const OlHttp *http)
{
	return !tasks->audit.is_running &&
		(http->standby || (tasks->audit.parameters.used == 0 &&
						   ol_audit_is_empty(&http->audit)));
}
