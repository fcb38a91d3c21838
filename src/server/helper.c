/*-------------------------------------------------------------------------
 * helper.c
 *	  A helper process: takes requests out of a queue, runs them, answers.
 *
 * The ingest worker stores a batch of bodies in one transaction, as
 * openlineage_writer; it answers after the commit has reached the disk.  A
 * query worker runs one function of the API against the clock: a read as
 * openlineage_reader, read-only, a change as openlineage_writer.  Which of the
 * two workers it is stands in bgw_extra.
 *
 * The session is openlineage_worker, which owns nothing: what a function may
 * reach by giving its role back is not more than what it has.
 *
 * The process ends when the server has detached the queues.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "base/launch.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"

#include "message.h"
#include "process.h"
#include "reply.h"

#define EXTENSION "openlineage"
#define READER "openlineage_reader"
#define WRITER "openlineage_writer"

/* Statistics of what we did are sent when nothing came for so long. */
#define REPORT_AFTER_MS 1000

/* Marquez' answer to an event, and that of OpenLineage to an array of them. */
#define STORED_STATUS "201"
#define ARRAY_STATUS "200"
#define REFUSED_STATUS "400"	/* no event of the array can be stored */

/* What ingest_batch() says of an array to be sent again: answered like an event. */
#define SEND_AGAIN "40001"

#define INGEST_QUERY \
	"SELECT b.ordinal, b.sqlstate, b.message, b.detail, b.answer" \
	" FROM openlineage.ingest_batch($1) AS b"

/* The plan of one function, kept for the next call. */
typedef struct FunctionPlan
{
	char		name[NAMEDATALEN];	/* key */
	SPIPlanPtr	plan;
} FunctionPlan;

extern PGDLLEXPORT void ol_helper_main(Datum main_arg);

static OlHelperCall call;
static HTAB *plans;
static MemoryContext request_context;	/* reset after each request */
static bool report_pending;		/* statistics not sent yet */

/* What the database or the role may have set otherwise, and answers depend on. */
static const struct
{
	const char *name;
	const char *value;
}			session_settings[] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"row_security", "on"},
	{"TimeZone", "UTC"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "1"},
	{"default_transaction_isolation", "read committed"},
	{"jit", "off"},				/* takes longer than any answer should */
};

static void
set_locally(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

/* Everything set here ends with the transaction. */
static void
begin_transaction(const char *role, bool read_only)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	if (read_only)
		set_locally("transaction_read_only", "on");
	else
		set_locally("lock_timeout",
					GetConfigOption("openlineage.write_lock_timeout", false, false));
	if (get_extension_oid(EXTENSION, true) == InvalidOid)
		ereport(ERROR,
				(errcode(MAKE_SQLSTATE('O', 'L', 'E', 'X', 'T')),
				 errmsg("extension \"%s\" is not installed in this database",
						EXTENSION)));
	set_locally("role", role);
	if (synchronous_commit == SYNCHRONOUS_COMMIT_OFF)
		set_locally("synchronous_commit", "on");
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
}

static void
end_transaction(void)
{
	PopActiveSnapshot();
	SPI_finish();
	CommitTransactionCommand();
}

static SPIPlanPtr
find_plan(const char *function, const char *query, int nargs, Oid *types)
{
	FunctionPlan *entry;
	bool		found;

	entry = hash_search(plans, function, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	if (entry->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(query, nargs, types);

		if (plan == NULL)
			elog(ERROR, "could not prepare \"%s\": %s", query,
				 SPI_result_code_string(SPI_result));
		SPI_keepplan(plan);
		entry->plan = plan;
	}
	return entry->plan;
}

/* A column of the current row, in the request's context; NULL as "". */
static char *
copy_column(HeapTuple row, int column)
{
	char	   *value = SPI_getvalue(row, SPI_tuptable->tupdesc, column);

	return MemoryContextStrdup(request_context, value == NULL ? "" : value);
}

static Datum
path_array(const OlMessage *request)
{
	int			count = request->count - OL_QUERY_PATH;
	Datum	   *elements = palloc(Max(count, 1) * sizeof(Datum));

	for (int i = 0; i < count; i++)
		elements[i] = CStringGetTextDatum(request->fields[i + OL_QUERY_PATH].data);
	return PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/* The body of a change, null without one; what is no UTF-8 text is an error. */
static Datum
body_text(const OlMessage *request, char *isnull)
{
	const shm_mq_iovec *body = &request->fields[OL_QUERY_BODY];

	*isnull = body->len == 0 ? 'n' : ' ';
	if (body->len == 0)
		return (Datum) 0;
	(void) pg_verify_mbstr(PG_UTF8, body->data, body->len, false);
	return PointerGetDatum(cstring_to_text_with_len(body->data, body->len));
}

static void
execute_function(const OlMessage *request, bool is_change)
{
	Oid			types[3] = {TEXTARRAYOID, JSONOID, TEXTOID};
	const char *function = request->fields[OL_QUERY_FUNCTION].data;
	int			nargs = is_change ? 3 : 2;
	Datum		values[3];
	char		nulls[3] = {' ', ' ', ' '};
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, is_change ?
					 "SELECT a.body, a.location, a.status FROM openlineage.%s($1, $2, $3) AS a" :
					 "SELECT openlineage.%s($1, $2)",
					 quote_identifier(function));
	values[0] = path_array(request);
	values[1] = CStringGetTextDatum(request->fields[OL_QUERY_PARAMETERS].data);
	values[2] = is_change ? body_text(request, &nulls[2]) : (Datum) 0;
	if (SPI_execute_plan(find_plan(function, query.data, nargs, types), values,
						 nulls, !is_change, 1) != SPI_OK_SELECT)
		elog(ERROR, "function \"%s\" did not return a row", function);
}

/* Answered after the commit: what is told has reached the disk. */
static void
run_query(const OlMessage *request, OlMessage *answer)
{
	bool		is_change = strcmp(request->fields[OL_QUERY_SCOPE].data,
								   OL_SCOPE_IS_CHANGE) == 0;
	const char *result = "";
	const char *location = "";
	const char *status = "200";

	begin_transaction(is_change ? WRITER : READER, !is_change);
	enable_timeout_after(STATEMENT_TIMEOUT,
						 ol_process_integer("openlineage.read_timeout"));
	execute_function(request, is_change);
	if (SPI_processed > 0)
		result = copy_column(SPI_tuptable->vals[0], 1);
	if (SPI_processed > 0 && is_change)
	{
		location = copy_column(SPI_tuptable->vals[0], 2);
		status = copy_column(SPI_tuptable->vals[0], 3);
	}
	disable_timeout(STATEMENT_TIMEOUT, false);
	end_transaction();

	MemoryContextSwitchTo(request_context);
	ol_message_add_text(answer, OL_STATE_DONE);
	ol_message_add_text(answer, *result == '\0' && !is_change ? "null" : result);
	ol_message_add_text(answer, location);
	ol_message_add_text(answer, status);
}

static Datum
body_array(const OlMessage *request)
{
	Datum	   *elements = palloc(request->count * sizeof(Datum));
	ArrayType  *array;

	for (int i = 0; i < request->count; i++)
	{
		Size		len = request->fields[i].len;
		bytea	   *body = palloc(len + VARHDRSZ);

		SET_VARSIZE(body, len + VARHDRSZ);
		memcpy(VARDATA(body), request->fields[i].data, len);
		elements[i] = PointerGetDatum(body);
	}
	array = construct_array(elements, request->count, BYTEAOID, -1, false,
							TYPALIGN_INT);
	for (int i = 0; i < request->count; i++)
		pfree(DatumGetPointer(elements[i]));
	return PointerGetDatum(array);
}

/* What became of one body; that of an array is answered whole. */
static void
take_result(HeapTuple row, OlMessage *answer)
{
	char	   *sqlstate = copy_column(row, 2);
	char	   *message = copy_column(row, 3);
	char	   *detail = copy_column(row, 4);
	char	   *array = copy_column(row, 5);
	MemoryContext before = MemoryContextSwitchTo(request_context);

	if (*array != '\0' && strcmp(sqlstate, SEND_AGAIN) != 0)
	{
		ol_message_add_text(answer, OL_STATE_DONE);
		ol_message_add_text(answer, array);
		ol_message_add_text(answer, "");
		ol_message_add_text(answer, *sqlstate == '\0' ? ARRAY_STATUS : REFUSED_STATUS);
	}
	else
	{
		if (*sqlstate != '\0' && ol_reply_is_defect(sqlstate))
			ereport(LOG,
					(errmsg("could not store an event: %s", message),
					 errdetail("SQLSTATE is %s. %s", sqlstate, detail)));
		ol_message_add_text(answer, *sqlstate == '\0' ? OL_STATE_DONE : sqlstate);
		ol_message_add_text(answer, message);
		ol_message_add_text(answer, detail);
		ol_message_add_text(answer, STORED_STATUS);
	}
	MemoryContextSwitchTo(before);
}

/* One row for each body, in order. */
static void
take_results(const OlMessage *request, OlMessage *answer)
{
	if (SPI_processed != request->count)
		elog(ERROR, "ingest_batch() answered " UINT64_FORMAT " rows to %d bodies",
			 SPI_processed, request->count);
	for (int i = 0; i < request->count; i++)
		take_result(SPI_tuptable->vals[i], answer);
}

static void
run_batch(const OlMessage *request, OlMessage *answer)
{
	Oid			types[1] = {BYTEAARRAYOID};
	Datum		values[1];

	begin_transaction(WRITER, false);
	values[0] = body_array(request);
	if (SPI_execute_plan(find_plan("ingest_batch", INGEST_QUERY, 1, types),
						 values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "ingest_batch() did not return rows");
	take_results(request, answer);
	end_transaction();
}

/* The transaction failed as a whole: every request gets the same answer. */
static void
answer_error(const OlMessage *request, OlMessage *answer)
{
	int			njobs = call.is_ingest ? request->count : 1;
	ErrorData  *error;
	const char *sqlstate;

	MemoryContextSwitchTo(request_context);
	error = CopyErrorData();
	sqlstate = pstrdup(unpack_sql_state(error->sqlerrcode));
	if (ol_reply_is_defect(sqlstate))
		EmitErrorReport();
	FlushErrorState();
	disable_timeout(STATEMENT_TIMEOUT, false);
	AbortCurrentTransaction();
	MemoryContextSwitchTo(request_context);

	answer->count = 0;
	for (int i = 0; i < njobs; i++)
	{
		ol_message_add_text(answer, sqlstate);
		ol_message_add_text(answer, error->message ? error->message : "");
		ol_message_add_text(answer, error->detail ? error->detail : "");
		ol_message_add_text(answer, "");
	}
}

static OlMessage *
run_request(const OlMessage *request)
{
	OlMessage  *answer = palloc0(sizeof(OlMessage));

	PG_TRY();
	{
		if (call.is_ingest)
			run_batch(request, answer);
		else
			run_query(request, answer);
	}
	PG_CATCH();
	{
		answer_error(request, answer);
	}
	PG_END_TRY();
	return answer;
}

static void
handle_message(shm_mq_handle *answers, const char *data, Size len)
{
	MemoryContext before = MemoryContextSwitchTo(request_context);
	OlMessage  *request = ol_message_read(data, len);
	OlMessage  *answer;

	pgstat_report_activity(STATE_RUNNING,
						   call.is_ingest ? "ingest_batch" :
						   request->fields[OL_QUERY_FUNCTION].data);
	answer = run_request(request);
	MemoryContextSwitchTo(request_context);
	if (ol_message_send(answers, answer, false) != SHM_MQ_SUCCESS)
		proc_exit(0);
	pgstat_report_activity(STATE_IDLE, NULL);
	pgstat_report_stat(false);
	MemoryContextSwitchTo(before);
	MemoryContextReset(request_context);
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
		ProcessConfigFile(PGC_SIGHUP);
	}
	if (events & WL_TIMEOUT)
	{
		pgstat_report_stat(true);
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

static void
prepare_session(void)
{
	HASHCTL		control = {.keysize = NAMEDATALEN,.entrysize = sizeof(FunctionPlan)};

	plans = hash_create("openlineage plans", 32, &control,
						HASH_ELEM | HASH_STRINGS);
	for (int i = 0; i < lengthof(session_settings); i++)
		SetConfigOption(session_settings[i].name, session_settings[i].value,
						PGC_USERSET, PGC_S_SESSION);
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

	segment = dsm_attach(DatumGetUInt32(main_arg));
	if (segment == NULL)
		proc_exit(0);			/* the server has gone in the meantime */
	dsm_pin_mapping(segment);
	start = dsm_segment_address(segment);
	requests = (shm_mq *) start;
	shm_mq_set_receiver(requests, MyProc);
	answers = (shm_mq *) (start + OL_REQUEST_QUEUE_SIZE);
	shm_mq_set_sender(answers, MyProc);

	request_context = AllocSetContextCreate(TopMemoryContext, "openlineage request",
											ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(TopMemoryContext);
	prepare_session();
	serve_queue(shm_mq_attach(requests, segment, NULL),
				shm_mq_attach(answers, segment, NULL));
	proc_exit(0);
}
