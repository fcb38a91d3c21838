/*-------------------------------------------------------------------------
 * lane.c
 *	  Hands requests to helper processes and takes their answers back.
 *
 * Every statement runs in a helper (helper.c), never in the server process:
 * whatever the database is busy with, connections are accepted, read and
 * answered.  One lane leads to the ingest worker, which stores all bodies that
 * are waiting in one transaction; the others lead to query workers, one read
 * or change at a time.
 *
 * Server and helper share a segment with two queues.  When one side goes, the
 * other finds its queue detached: the helper exits, the server answers 503
 * and starts another helper.  Nothing in here waits.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/launch.h"
#include "lane.h"
#include "process.h"

/* A batch is bounded so that its requests are answered soon. */
#define BATCH_MAX_BODIES 500
#define BATCH_MAX_BYTES ((Size) 8 * 1024 * 1024)

/* A read may hold up others so long. */
#define GIVE_WAY_AFTER_MS 500

#define RESTART_MS (INT64CONST(1000) * OL_SERVER_RESTART_SECONDS)

OlLane *
ol_lane_create(bool is_ingest)
{
	OlLane	   *lane = MemoryContextAllocZero(TopMemoryContext, sizeof(OlLane));

	lane->is_ingest = is_ingest;
	lane->context = AllocSetContextCreate(TopMemoryContext, "openlineage lane",
										  ALLOCSET_DEFAULT_SIZES);
	lane->work = AllocSetContextCreate(TopMemoryContext, "openlineage work",
									   ALLOCSET_DEFAULT_SIZES);
	return lane;
}

static void
create_queues(OlLane *lane)
{
	char	   *start;
	shm_mq	   *requests;
	shm_mq	   *answers;

	lane->segment = dsm_create(OL_REQUEST_QUEUE_SIZE + OL_ANSWER_QUEUE_SIZE, 0);
	dsm_pin_mapping(lane->segment);
	start = dsm_segment_address(lane->segment);
	requests = shm_mq_create(start, OL_REQUEST_QUEUE_SIZE);
	shm_mq_set_sender(requests, MyProc);
	lane->requests = shm_mq_attach(requests, lane->segment, NULL);
	answers = shm_mq_create(start + OL_REQUEST_QUEUE_SIZE, OL_ANSWER_QUEUE_SIZE);
	shm_mq_set_receiver(answers, MyProc);
	lane->answers = shm_mq_attach(answers, lane->segment, NULL);
}

static bool
start_helper(OlLane *lane)
{
	OlHelperCall call = {MyDatabaseId, GetSessionUserId(), lane->is_ingest};
	const OlProcess process = {
		.type = lane->is_ingest ? OL_INGEST_TYPE : OL_QUERY_TYPE,
		.library = OL_SERVER_LIBRARY,
		.function = "ol_helper_main",
		.start_time = BgWorkerStart_ConsistentState,
		.main_arg = UInt32GetDatum(dsm_segment_handle(lane->segment)),
		.call = &call,
		.call_size = sizeof(call),
	};

	if (!ol_process_start(&process, &lane->worker))
		return false;
	shm_mq_set_handle(lane->requests, lane->worker);
	shm_mq_set_handle(lane->answers, lane->worker);
	return true;
}

/* Forgets the helper; a detached queue makes it exit. */
static void
forget_helper(OlLane *lane)
{
	if (lane->segment != NULL)
		dsm_detach(lane->segment);
	lane->segment = NULL;
	lane->worker = NULL;
	MemoryContextReset(lane->context);
}

/* Starts a helper where there is none; called now and then. */
void
ol_lane_keep_running(OlLane *lane)
{
	TimestampTz now = GetCurrentTimestamp();
	MemoryContext before;

	if (lane->segment != NULL || now < lane->start_again_at)
		return;
	lane->start_again_at = TimestampTzPlusMilliseconds(now, RESTART_MS);
	before = MemoryContextSwitchTo(lane->context);
	PG_TRY();
	{
		create_queues(lane);
		if (!start_helper(lane))
			forget_helper(lane);
	}
	PG_CATCH();
	{
		/* no shared memory now: requests get 503, and we try again */
		EmitErrorReport();
		FlushErrorState();
		LWLockReleaseAll();
		forget_helper(lane);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(before);
}

/* It can be given work now. */
bool
ol_lane_is_ready(const OlLane *lane)
{
	return lane->segment != NULL && lane->njobs == 0;
}

static void
send_message(OlLane *lane)
{
	MemoryContext before = MemoryContextSwitchTo(lane->work);

	if (ol_message_send(lane->requests, lane->message, true) == SHM_MQ_SUCCESS)
		lane->message = NULL;
	MemoryContextSwitchTo(before);
}

/* Takes waiting bodies, at least one, and sends them off. */
void
ol_lane_begin_batch(OlLane *lane, OlHttp *http)
{
	MemoryContext before = MemoryContextSwitchTo(lane->work);
	Size		bytes = 0;

	lane->jobs = palloc(BATCH_MAX_BODIES * sizeof(OlRequest *));
	lane->message = palloc0(sizeof(OlMessage));
	ol_message_add_text(lane->message, http->needs_token ? OL_REQUIRED : "");
	ol_message_add_text(lane->message,
						ol_route_needs(http->writes.first->match.route));
	while (http->writes.first != NULL && lane->njobs < BATCH_MAX_BODIES)
	{
		OlRequest  *request = http->writes.first;
		OlSlice		slice = ol_portions_slice(request);

		if (lane->njobs > 0 && bytes + slice.len > BATCH_MAX_BYTES)
			break;
		ol_message_add(lane->message, request->token.data, request->token.used);
		ol_message_add_text(lane->message, request->token_fault == NULL ? "" :
							request->token_fault);
		ol_message_add_text(lane->message, pstrdup(slice.base));
		ol_message_add(lane->message, slice.data, slice.len);
		bytes += slice.len;
		lane->jobs[lane->njobs++] = ol_queue_take(&http->writes);
	}
	MemoryContextSwitchTo(before);
	send_message(lane);
}

/* Takes the next waiting read or change of a queue and sends it off. */
void
ol_lane_begin_query(OlLane *lane, OlHttp *http, OlQueue *queue)
{
	MemoryContext before = MemoryContextSwitchTo(lane->work);
	OlRequest  *request = queue->first;

	lane->jobs = palloc(sizeof(OlRequest *));
	lane->message = palloc0(sizeof(OlMessage));
	lane->is_changing = request->match.route->scope == OL_SCOPE_CHANGE;
	ol_message_add_text(lane->message, lane->is_changing ?
						OL_KIND_CHANGE : OL_KIND_READ);
	ol_message_add_text(lane->message, request->match.route->function);
	ol_message_add(lane->message, request->query.data, request->query.used);
	ol_message_add(lane->message, request->body.text.data,
				   request->body.text.used);
	ol_message_add_text(lane->message, http->needs_token ? OL_REQUIRED : "");
	ol_message_add_text(lane->message, ol_route_needs(request->match.route));
	ol_message_add(lane->message, request->token.data, request->token.used);
	ol_message_add_text(lane->message, request->token_fault == NULL ? "" :
						request->token_fault);
	for (int i = 0; i < request->match.nparameters; i++)
		ol_message_add_text(lane->message, request->match.parameters[i]);
	lane->jobs[lane->njobs++] = ol_queue_take(queue);
	lane->begun_at = GetCurrentTimestamp();
	MemoryContextSwitchTo(before);
	send_message(lane);
}

/* Sends off work of the server's own. */
void
ol_lane_begin_task(OlLane *lane, OlTask *task)
{
	MemoryContext before = MemoryContextSwitchTo(lane->work);

	lane->jobs = palloc0(sizeof(OlRequest *));
	lane->message = palloc0(sizeof(OlMessage));
	ol_message_add_text(lane->message, OL_KIND_TASK);
	ol_message_add_text(lane->message, task->function);
	ol_message_add(lane->message, task->parameters.data, task->parameters.used);
	for (int i = OL_QUERY_BODY; i < OL_QUERY_PATH; i++)
		ol_message_add_text(lane->message, "");
	lane->task = task;
	task->is_running = true;
	lane->njobs = 1;
	lane->begun_at = GetCurrentTimestamp();
	MemoryContextSwitchTo(before);
	send_message(lane);
}

static void
finish_work(OlLane *lane)
{
	lane->njobs = 0;
	lane->task = NULL;
	lane->is_changing = false;
	lane->jobs = NULL;
	lane->message = NULL;
	MemoryContextReset(lane->work);
}

static void
end_task(OlLane *lane, const char *sqlstate)
{
	strlcpy(lane->task->sqlstate, sqlstate, sizeof(lane->task->sqlstate));
	lane->task->is_running = false;
	lane->task->has_ended = true;
}

/* A portion of an array, or where it is to be cut; false: it is neither. */
static bool
take_portion(OlHttp *http, OlRequest *request, const shm_mq_iovec *fields)
{
	const char *sqlstate = fields[OL_ANSWER_SQLSTATE].data;
	bool		ended = false;

	if (strcmp(sqlstate, OL_STATE_PORTIONS) == 0)
	{
		ended = !ol_portions_begin(request, fields[OL_ANSWER_TEXT].data);
		if (ended)
			ol_reply_sqlstate(&request->reply, OL_STATE_BUSY, "", NULL);
	}
	else if (request->portions == NULL)
		return false;
	else if (strcmp(sqlstate, OL_STATE_DONE) == 0)
		ended = ol_portions_add(request, fields[OL_ANSWER_TEXT].data,
								fields[OL_ANSWER_DETAIL].data);
	else
	{
		ol_portions_refuse(request, sqlstate, fields[OL_ANSWER_TEXT].data,
						   fields[OL_ANSWER_DETAIL].data);
		ended = true;
	}
	if (ended)
		ol_http_finish(http, request);
	else
		ol_queue_put(&http->writes, request);
	return true;
}

/* Whom the token of a request turned out to speak for. */
static void
note_caller(OlHttp *http, OlRequest *request, const shm_mq_iovec *fields)
{
	const char *user = fields[OL_ANSWER_USER].data;
	const char *client = fields[OL_ANSWER_CLIENT].data;

	if (*user == '\0' && *client == '\0')
		return;
	request->user.used = request->client_id.used = 0;	/* of the portion before */
	ol_buffer_append(&request->user, user, strlen(user) + 1);
	ol_buffer_append(&request->client_id, client, strlen(client) + 1);
	ol_limit_verified(&http->limiter, request->token_hash, user, client);
}

static void
answer_job(OlLane *lane, OlHttp *http, OlRequest *request,
		   const shm_mq_iovec *fields)
{
	const char *sqlstate = fields[OL_ANSWER_SQLSTATE].data;
	OlReply    *reply;

	if (request == NULL)
	{
		end_task(lane, sqlstate);
		return;
	}
	reply = &request->reply;
	note_caller(http, request, fields);
	if (strcmp(sqlstate, OL_STATE_NEW_KEY) == 0 && !request->asked_again)
	{
		ol_request_park(http, request, fields[OL_ANSWER_STATUS].data);
		return;
	}
	if (take_portion(http, request, fields))
		return;
	if (strcmp(sqlstate, OL_STATE_DONE) != 0)
		ol_reply_sqlstate(reply, sqlstate, fields[OL_ANSWER_TEXT].data,
						  fields[OL_ANSWER_DETAIL].data);
	else
	{
		reply->status = (int) strtol(fields[OL_ANSWER_STATUS].data, NULL, 10);
		ol_buffer_append(&reply->body, fields[OL_ANSWER_TEXT].data,
						 fields[OL_ANSWER_TEXT].len);
		if (fields[OL_ANSWER_DETAIL].len > 0)
			ol_buffer_append(&reply->location, fields[OL_ANSWER_DETAIL].data,
							 fields[OL_ANSWER_DETAIL].len + 1);
	}
	ol_http_finish(http, request);
}

static void
answer_all(OlLane *lane, OlHttp *http, const char *sqlstate)
{
	for (int i = 0; i < lane->njobs; i++)
	{
		if (lane->jobs[i] == NULL)
		{
			end_task(lane, sqlstate);
			continue;
		}
		ol_portions_refuse(lane->jobs[i], sqlstate, "", NULL);
		ol_http_finish(http, lane->jobs[i]);
	}
	finish_work(lane);
}

static void
take_answer(OlLane *lane, OlHttp *http, const char *data, Size len)
{
	MemoryContext before = MemoryContextSwitchTo(lane->work);
	OlMessage  *answer = ol_message_read(data, len);
	const shm_mq_iovec *fields = answer->fields;

	if (answer->count != lane->njobs * OL_ANSWER_FIELDS)
		elog(ERROR, "helper answered %d fields to %d requests",
			 answer->count, lane->njobs);
	for (int i = 0; i < lane->njobs; i++, fields += OL_ANSWER_FIELDS)
		answer_job(lane, http, lane->jobs[i], fields);
	MemoryContextSwitchTo(before);
	finish_work(lane);
}

/* Sends and receives as much as is possible now. */
void
ol_lane_advance(OlLane *lane, OlHttp *http)
{
	shm_mq_result result;
	Size		len;
	void	   *data;

	if (lane->segment == NULL)
		return;
	if (lane->message != NULL)
		send_message(lane);
	result = shm_mq_receive(lane->answers, &len, &data, true);
	if (result == SHM_MQ_SUCCESS)
		take_answer(lane, http, data, len);
	else if (result == SHM_MQ_DETACHED)
	{
		answer_all(lane, http, OL_STATE_NO_HELPER);
		forget_helper(lane);
	}
}

/* Ends the helper and answers its requests; an idle one goes by itself. */
void
ol_lane_stop(OlLane *lane, OlHttp *http, const char *sqlstate)
{
	if (lane->worker != NULL && lane->njobs > 0)
		TerminateBackgroundWorker(lane->worker);
	answer_all(lane, http, sqlstate);
	forget_helper(lane);
}

/* Does somebody wait for a lock that the process holds? */
static bool
is_in_the_way(pid_t pid)
{
	LockData   *locks = GetLockStatusData();

	for (int i = 0; i < locks->nelements; i++)
	{
		LockInstanceData *held = &locks->locks[i];

		if (held->pid != pid || held->holdMask == 0)
			continue;
		for (int j = 0; j < locks->nelements; j++)
		{
			LockInstanceData *wanted = &locks->locks[j];

			if (wanted->waitLockMode == AccessExclusiveLock &&
				memcmp(&wanted->locktag, &held->locktag, sizeof(LOCKTAG)) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Cancels a long read that holds up DROP EXTENSION or another change of the
 * tables; its client is told to come again.
 */
void
ol_lane_give_way(OlLane *lane)
{
	TimestampTz now = GetCurrentTimestamp();
	MemoryContext before;
	pid_t		pid;

	if (lane->segment == NULL || lane->njobs == 0 ||
		!TimestampDifferenceExceeds(lane->begun_at, now, GIVE_WAY_AFTER_MS) ||
		GetBackgroundWorkerPid(lane->worker, &pid) != BGWH_STARTED)
		return;
	before = MemoryContextSwitchTo(lane->work);
	if (is_in_the_way(pid))
		(void) kill(pid, SIGINT);
	MemoryContextSwitchTo(before);
	lane->begun_at = now;		/* look again after as long */
}
