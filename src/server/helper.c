/*-------------------------------------------------------------------------
 * helper.c
 *	  A helper process: takes requests out of a queue, runs them, answers.
 *
 * The ingest worker stores a batch of bodies in one transaction (batch.c); a
 * query worker runs one function of the API (query.c).  Which of the two it is
 * stands in bgw_extra.
 *
 * The session is openlineage_worker, which owns nothing; login.c says how it
 * gets the rights of a caller.
 *
 * The process ends when the server has detached the queues.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include "access/xact.h"
#include "base/launch.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "login.h"
#include "process.h"
#include "reply.h"
#include "session.h"

/*
 * Reads may take seconds of CPU, of all cores there are; what producers wait
 * for is short, and comes first.
 */
#define QUERY_NICENESS 5
#define PRECEDENCE_TRIES 8
#define PRECEDENCE_MS 125

/*
 * When nothing came for so long, statistics of what we did are sent, and
 * memory is given back.
 */
#define REPORT_AFTER_MS 1000

/* See run_request(). */
#define BATCH_TRIES 3
#define AGAIN_AFTER_MS 50

/* Memory that is kept from one answer to the next one, in all and in one piece. */
#define KEPT_MEMORY (128 * 1024 * 1024)
#define KEPT_PIECE (32 * 1024 * 1024)	/* the most that glibc takes */

extern PGDLLEXPORT void ol_helper_main(Datum main_arg);

static OlHelperCall call;
static bool report_pending;		/* statistics not sent yet */

/* The transaction failed as a whole: every request gets the same answer. */
static void
answer_error(const OlMessage *request, OlMessage *answer)
{
	int			njobs = call.is_ingest ? ol_batch_bodies(request) : 1;
	ErrorData  *error;
	const char *sqlstate;

	MemoryContextSwitchTo(ol_session_context);
	error = CopyErrorData();
	sqlstate = pstrdup(unpack_sql_state(error->sqlerrcode));
	if (ol_reply_is_defect(sqlstate))
		EmitErrorReport();
	FlushErrorState();
	disable_timeout(STATEMENT_TIMEOUT, false);
	AbortCurrentTransaction();
	MemoryContextSwitchTo(ol_session_context);

	answer->count = 0;
	for (int i = 0; i < njobs; i++)
	{
		ol_message_add_text(answer, sqlstate);
		ol_message_add_text(answer, error->message ? error->message : "");
		ol_message_add_text(answer, error->detail ? error->detail : "");
		ol_message_add_text(answer, error->column_name ? error->column_name : "");
		ol_message_add_text(answer, ol_query_login.user);
		ol_message_add_text(answer, ol_query_login.client);
	}
}

/* False: nothing of it was done, and it is worth another try. */
static bool
try_request(const OlMessage *request, OlMessage *answer, bool may_fail)
{
	volatile bool ended = true;

	PG_TRY();
	{
		if (call.is_ingest)
			ol_batch_run(request, answer);
		else
			ol_query_run(request, answer);
	}
	PG_CATCH();
	{
		ended = may_fail || geterrcode() != ERRCODE_T_R_DEADLOCK_DETECTED;
		if (ended)
			answer_error(request, answer);
		else
		{
			EmitErrorReport();
			FlushErrorState();
			AbortCurrentTransaction();
			MemoryContextSwitchTo(ol_session_context);
		}
	}
	PG_END_TRY();
	return ended;
}

/*
 * A batch that lost in a deadlock has let its locks go.  Once the others have
 * woken up and taken them, the next try only waits.  Many producers never send
 * again what was refused.
 */
static OlMessage *
run_request(const OlMessage *request)
{
	OlMessage  *answer = palloc0(sizeof(OlMessage));
	int			left = call.is_ingest ? BATCH_TRIES : 1;

	while (!try_request(request, answer, --left == 0))
		(void) WaitLatch(NULL, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, AGAIN_AFTER_MS,
						 PG_WAIT_EXTENSION);
	return answer;
}

static void
handle_message(shm_mq_handle *answers, const char *data, Size len)
{
	MemoryContext before = MemoryContextSwitchTo(ol_session_context);
	OlMessage  *request = ol_message_read(data, len);
	OlMessage  *answer;

	pgstat_report_activity(STATE_RUNNING,
						   call.is_ingest ? "ingest_batch" :
						   request->fields[OL_QUERY_FUNCTION].data);
	answer = run_request(request);
	MemoryContextSwitchTo(ol_session_context);
	if (ol_message_send(answers, answer, false) != SHM_MQ_SUCCESS)
		proc_exit(0);
	pgstat_report_activity(STATE_IDLE, NULL);
	pgstat_report_stat(false);
	MemoryContextSwitchTo(before);
	MemoryContextReset(ol_session_context);
}

/*
 * Answers have megabytes.  That the C library gives the memory of each back at
 * once would cost a sixth of a large one, in pages to be made zero again.
 */
static void
keep_memory(void)
{
#ifdef __GLIBC__
	(void) mallopt(M_MMAP_THRESHOLD, KEPT_PIECE);
	(void) mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
#endif
}

static void
return_memory(void)
{
#ifdef __GLIBC__
	(void) malloc_trim(0);
#endif
}

/* Waits for a request; a cancel that came too late means nothing any more. */
static void
wait_for_request(void)
{
	int			events;

	events = WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH |
					   (report_pending ? WL_TIMEOUT : 0),
					   REPORT_AFTER_MS, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	QueryCancelPending = false;
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ol_process_reload_settings();
	}
	if (events & WL_TIMEOUT)
	{
		pgstat_report_stat(true);
		return_memory();
		report_pending = false;
	}
}

static void
serve_queue(shm_mq_handle *requests, shm_mq_handle *answers)
{
	for (;;)
	{
		Size		len;
		void	   *data;

		switch (shm_mq_receive(requests, &len, &data, true))
		{
			case SHM_MQ_SUCCESS:
				handle_message(answers, data, len);
				report_pending = true;
				break;
			case SHM_MQ_WOULD_BLOCK:
				wait_for_request();
				break;
			case SHM_MQ_DETACHED:
				return;
		}
	}
}

/*
 * Linux may share cores out among sessions first, of which each process of the
 * server is one: then it is the session's niceness that counts, which may be
 * set ten times a second in all.  It is no fault when it cannot be had.
 */
static void
give_precedence(void)
{
	char		niceness[12];
	int			session;

	(void) setpriority(PRIO_PROCESS, 0, QUERY_NICENESS);
	session = OpenTransientFile("/proc/self/autogroup", O_WRONLY);
	if (session < 0)
		return;
	snprintf(niceness, sizeof(niceness), "%d", QUERY_NICENESS);
	for (int i = 0; i < PRECEDENCE_TRIES; i++)
	{
		if (write(session, niceness, strlen(niceness)) >= 0 || errno != EAGAIN)
			break;
		(void) WaitLatch(NULL, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, PRECEDENCE_MS,
						 PG_WAIT_EXTENSION);
	}
	(void) CloseTransientFile(session);
}

void
ol_helper_main(Datum main_arg)
{
	dsm_segment *segment;
	shm_mq	   *requests;
	shm_mq	   *answers;
	char	   *start;

	memcpy(&call, MyBgworkerEntry->bgw_extra, sizeof(call));
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	ol_process_load_settings();
	BackgroundWorkerInitializeConnectionByOid(call.database, call.role, 0);
	ol_process_name(call.is_ingest ? OL_INGEST_TYPE : OL_QUERY_TYPE);
	if (!call.is_ingest)
	{
		give_precedence();
		keep_memory();
	}

	segment = dsm_attach(DatumGetUInt32(main_arg));
	if (segment == NULL)
		proc_exit(0);			/* the server has gone in the meantime */
	dsm_pin_mapping(segment);
	start = dsm_segment_address(segment);
	requests = (shm_mq *) start;
	shm_mq_set_receiver(requests, MyProc);
	answers = (shm_mq *) (start + OL_REQUEST_QUEUE_SIZE);
	shm_mq_set_sender(answers, MyProc);

	MemoryContextSwitchTo(TopMemoryContext);
	ol_session_prepare();
	serve_queue(shm_mq_attach(requests, segment, NULL),
				shm_mq_attach(answers, segment, NULL));
	proc_exit(0);
}
