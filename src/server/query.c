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
#include "tcop/dest.h"
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

/* Columns of the row that a function of the API returns. */
typedef struct Row
{
	DestReceiver dest;			/* must be first */
	int			nrows;
	text	   *columns[3];		/* in the request's context; NULL for null */
} Row;

static void
start_row(DestReceiver *self, int operation, TupleDesc type)
{
}

/* An answer may have megabytes: it is copied once, from where it was made. */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Row		   *result = (Row *) self;
	MemoryContext before;

	slot_getallattrs(slot);
	before = MemoryContextSwitchTo(ol_session_context);
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
		result->columns[i] = slot->tts_isnull[i] ? NULL :
			DatumGetTextPCopy(slot->tts_values[i]);
	MemoryContextSwitchTo(before);
	result->nrows++;
	return true;
}

static void
end_row(DestReceiver *self)
{
}

static ParamListInfo
make_params(int n, const Oid *types, const Datum *values, const char *nulls)
{
	ParamListInfo params = makeParamList(n);

	for (int i = 0; i < n; i++)
	{
		params->params[i].value = values[i];
		params->params[i].isnull = nulls[i] == 'n';
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = types[i];
	}
	return params;
}

static void
execute_function(const OlMessage *request, bool is_change, Row *result)
{
	Oid			types[3] = {TEXTARRAYOID, JSONOID, TEXTOID};
	const char *function = request->fields[OL_QUERY_FUNCTION].data;
	int			nargs = is_change ? 3 : 2;
	Datum		values[3];
	char		nulls[3] = {' ', ' ', ' '};
	StringInfoData query;
	SPIExecuteOptions options = {.read_only = !is_change,.dest = &result->dest};

	initStringInfo(&query);
	appendStringInfo(&query, is_change ?
					 "SELECT a.body, a.location, a.status::text FROM openlineage.%s($1, $2, $3) AS a" :
					 "SELECT openlineage.%s($1, $2)",
					 quote_identifier(function));
	values[0] = path_array(request);
	values[1] = CStringGetTextDatum(request->fields[OL_QUERY_PARAMETERS].data);
	values[2] = is_change ? body_text(request, &nulls[2]) : (Datum) 0;
	options.params = make_params(nargs, types, values, nulls);
	if (SPI_execute_plan_extended(ol_session_plan(function, query.data, nargs, types),
								  &options) != SPI_OK_SELECT || result->nrows > 1)
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

static void
add_column(OlMessage *answer, text *column, const char *otherwise)
{
	if (column == NULL)
		ol_message_add_text(answer, otherwise);
	else
		ol_message_add(answer, VARDATA_ANY(column), VARSIZE_ANY_EXHDR(column));
}

/* Answered after the commit: what is told has reached the disk. */
static void
run_function(const OlMessage *request, OlMessage *answer, bool is_change)
{
	OlCaller	caller = find_caller(request);
	Row			result = {
		.dest = {receive_row, start_row, end_row, end_row, DestTuplestore}
	};

	ol_session_begin(!is_change);
	enable_timeout_after(STATEMENT_TIMEOUT,
						 ol_process_integer("openlineage.read_timeout"));
	ol_login_check(&ol_query_login, &caller, is_change ? OL_WRITER : OL_READER);
	ol_login_become(&ol_query_login);
	execute_function(request, is_change, &result);
	disable_timeout(STATEMENT_TIMEOUT, false);
	ol_session_end();
	ol_login_leave(&ol_query_login);

	MemoryContextSwitchTo(ol_session_context);
	ol_message_add_text(answer, OL_STATE_DONE);
	add_column(answer, result.columns[0], is_change ? "" : "null");
	add_column(answer, result.columns[1], "");
	add_column(answer, result.columns[2], "200");
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
	ol_session_commit_here();
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
