/*-------------------------------------------------------------------------
 * query.c
 *	  Runs one function of the API for a request, or one of the server's own.
 *
 * A read is run as openlineage_reader, read-only, a change as
 * openlineage_writer, both against the clock; see login.c for whose claims
 * they have.  What the server has to do itself is run as openlineage_worker.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timeout.h"

#include "login.h"
#include "process.h"
#include "reply.h"

OlLogin		ol_query_login = {"", ""};

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
	if (SPI_execute_plan(ol_session_plan(function, query.data, nargs, types), values,
						 nulls, !is_change, 1) != SPI_OK_SELECT)
		elog(ERROR, "function \"%s\" did not return a row", function);
}

static OlCaller
find_caller(const OlMessage *request)
{
	OlCaller	caller = {
		.token = request->fields[OL_QUERY_TOKEN],
		.fault = request->fields[OL_QUERY_FAULT].data,
		.is_required = request->fields[OL_QUERY_REQUIRED].len > 0,
		.needs = request->fields[OL_QUERY_NEEDS].data,
	};

	return caller;
}

/* Answered after the commit: what is told has reached the disk. */
static void
run_function(const OlMessage *request, OlMessage *answer, bool is_change)
{
	OlCaller	caller = find_caller(request);
	const char *result = "";
	const char *location = "";
	const char *status = "200";

	ol_session_begin(!is_change);
	enable_timeout_after(STATEMENT_TIMEOUT,
						 ol_process_integer("openlineage.read_timeout"));
	ol_login_check(&ol_query_login, &caller, is_change ? OL_WRITER : OL_READER);
	ol_login_become(&ol_query_login);
	execute_function(request, is_change);
	if (SPI_processed > 0)
		result = ol_session_column(SPI_tuptable->vals[0], 1);
	if (SPI_processed > 0 && is_change)
	{
		location = ol_session_column(SPI_tuptable->vals[0], 2);
		status = ol_session_column(SPI_tuptable->vals[0], 3);
	}
	disable_timeout(STATEMENT_TIMEOUT, false);
	ol_session_end();
	ol_login_leave(&ol_query_login);

	MemoryContextSwitchTo(ol_session_context);
	ol_message_add_text(answer, OL_STATE_DONE);
	ol_message_add_text(answer, *result == '\0' && !is_change ? "null" : result);
	ol_message_add_text(answer, location);
	ol_message_add_text(answer, status);
	ol_message_add_text(answer, ol_query_login.user);
	ol_message_add_text(answer, ol_query_login.client);
}

/* Neither token nor role: what it does is fixed.  Parameters of audit are JSON. */
static void
run_task(const OlMessage *request, OlMessage *answer)
{
	const char *function = request->fields[OL_QUERY_FUNCTION].data;
	const shm_mq_iovec *parameters = &request->fields[OL_QUERY_PARAMETERS];
	Oid			types[1] = {strcmp(function, OL_TASK_AUDIT) == 0 ? JSONOID : TEXTOID};
	Datum		values[1];
	char		nulls[1] = {parameters->len > 0 ? ' ' : 'n'};
	StringInfoData query;

	ol_session_begin(false);
	initStringInfo(&query);
	appendStringInfo(&query, "SELECT openlineage.%s($1)", quote_identifier(function));
	values[0] = CStringGetTextDatum(parameters->data);
	if (SPI_execute_plan(ol_session_plan(function, query.data, 1, types), values,
						 nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", function);
	ol_session_end();

	MemoryContextSwitchTo(ol_session_context);
	ol_message_add_text(answer, OL_STATE_DONE);
	for (int i = OL_ANSWER_TEXT; i < OL_ANSWER_FIELDS; i++)
		ol_message_add_text(answer, "");
}

void
ol_query_run(const OlMessage *request, OlMessage *answer)
{
	const char *kind = request->fields[OL_QUERY_KIND].data;

	ol_query_login.user = ol_query_login.client = "";
	if (strcmp(kind, OL_KIND_TASK) == 0)
		run_task(request, answer);
	else
		run_function(request, answer, strcmp(kind, OL_KIND_CHANGE) == 0);
}
