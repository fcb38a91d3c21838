/*-------------------------------------------------------------------------
 * ask.c
 *	  What the gateway has to ask the database, one exchange after the other.
 *
 * Each question is a few index lookups and at most one signature, in a
 * transaction of its own with a short limit: nothing that somebody does to the
 * tables, and no standby that is missing, holds up the transfers for longer.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <microhttpd.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "parser/parse_func.h"
#include "pgstat.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timeout.h"

#include "base/launch.h"
#include "server/login.h"
#include "server/process.h"
#include "server/session.h"

#include "form.h"
#include "gateway.h"
#include "keys.h"

#define LIMIT_MS 2000
#define LOCK_LIMIT "1s"

/* Questions of one turn; transfers go on in between. */
#define MOST_PER_TURN 20
#define LONGEST_TURN_MS 100

static OlLogin login;

static const OlClientSecret seeds[] = {OL_CLIENT_SECRETS};

static void
begin_question(bool read_only)
{
	ol_session_begin(read_only);
	ol_session_commit_here();
	ol_session_set("lock_timeout", LOCK_LIMIT);
	enable_timeout_after(STATEMENT_TIMEOUT, LIMIT_MS);
}

static void
end_question(void)
{
	disable_timeout(STATEMENT_TIMEOUT, false);
	ol_session_end();
}

/* A text column of the one row that a statement of text parameters answers. */
static void
run(const char *name, const char *query, int nargs, const char *const *texts)
{
	Oid			types[3] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		values[3];
	char		nulls[3];

	for (int i = 0; i < nargs; i++)
	{
		nulls[i] = texts[i] == NULL ? 'n' : ' ';
		values[i] = texts[i] == NULL ? (Datum) 0 : CStringGetTextDatum(texts[i]);
	}
	if (SPI_execute_plan(ol_session_plan(name, query, nargs, types), values,
						 nulls, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "\"%s\" did not return a row", name);
}

/* "status" and "body" of what a function of the embedded issuer returned. */
static void
take_answer(OlReply *reply)
{
	reply->status = pg_strtoint32(ol_session_column(SPI_tuptable->vals[0], 1));
	ol_buffer_append_text(&reply->body, ol_session_column(SPI_tuptable->vals[0], 2));
}

static void
ask_for_document(OlExchange *exchange, const char *document)
{
	run("issuer_document",
		"SELECT a ->> 'status', a ->> 'body' FROM openlineage.issuer_document($1) AS a (a)",
		1, &document);
	take_answer(&exchange->request.reply);
}

static void
ask_for_resource(OlExchange *exchange)
{
	OlRequest  *request = &exchange->request;
	const char *query;

	ol_guard_tell_base(&exchange->gateway->http, request);
	ol_buffer_append(&request->query, "", 1);
	if (request->query.failed)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	query = request->query.data;
	run("protected_resource",
		"SELECT '200', openlineage.api_protected_resource('{}', $1::pg_catalog.json)",
		1, &query);
	take_answer(&request->reply);
}

/* By its name and not by a statement: its arguments are secrets, and plans are shown. */
static Datum
call_function(const char *name, int nargs, const Oid *types, const Datum *values)
{
	LOCAL_FCINFO(fcinfo, 3);
	FmgrInfo	function;
	Datum		result;

	fmgr_info(LookupFuncName(list_make2(makeString("openlineage"), makeString(pstrdup(name))),
							 nargs, types, false), &function);
	InitFunctionCallInfoData(*fcinfo, &function, nargs, InvalidOid, NULL, NULL);
	for (int i = 0; i < nargs; i++)
	{
		fcinfo->args[i].value = values[i];
		fcinfo->args[i].isnull = false;
	}
	result = FunctionCallInvoke(fcinfo);
	return fcinfo->isnull ? (Datum) 0 : result;
}

/* The answer holds a token, so it is taken apart here. */
static void
issue_token(OlReply *reply, const OlForm *form)
{
	Oid			types[3] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		values[3] = {
		CStringGetTextDatum(form->client),
		CStringGetTextDatum(form->secret),
		CStringGetTextDatum(form->scope == NULL ? "" : form->scope),
	};
	Datum		answer = call_function("issue_token", 3, types, values);
	Datum		status = DirectFunctionCall2(json_object_field_text, answer,
											 CStringGetTextDatum("status"));
	Datum		body = DirectFunctionCall2(json_object_field_text, answer,
										   CStringGetTextDatum("body"));

	reply->status = pg_strtoint32(TextDatumGetCString(status));
	ol_buffer_append_text(&reply->body, TextDatumGetCString(body));
}

static void
ask_for_token(OlExchange *exchange)
{
	OlReply    *reply = &exchange->request.reply;
	struct MHD_Connection *connection = exchange->request.connection;
	OlForm		form;

	ol_form_read(&form,
				 MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION),
				 MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE),
				 &exchange->form);
	if (form.error != NULL)
	{
		reply->status = strcmp(form.error, "invalid_client") == 0 ?
			MHD_HTTP_UNAUTHORIZED : MHD_HTTP_BAD_REQUEST;
		ol_buffer_append_text(&reply->body, "{\"error\":\"");
		ol_buffer_append_text(&reply->body, form.error);
		ol_buffer_append_text(&reply->body, "\",\"error_description\":\"");
		ol_buffer_append_text(&reply->body, form.reason);
		ol_buffer_append_text(&reply->body, "\"}");
	}
	else
	{
		issue_token(reply, &form);
		if (reply->status == MHD_HTTP_OK)
			ol_buffer_append(&exchange->request.client_id, form.client, strlen(form.client) + 1);
	}
	ol_form_free(&form);
}

/* Raises when the token is not good, or has not the scope. */
static void
ask_for_rights(OlExchange *exchange)
{
	OlRequest  *request = &exchange->request;
	OlCaller	caller = {
		.token = {.data = request->token.data,.len = request->token.used},
		.fault = request->token_fault == NULL ? "" : request->token_fault,
		.is_required = true,
		.needs = exchange->place->route.needs,
	};

	ol_login_check(&login, &caller, OL_READER);
}

static void
ask(OlExchange *exchange)
{
	switch (exchange->place->task)
	{
		case OL_PLACE_TOKEN:
			ask_for_token(exchange);
			break;
		case OL_PLACE_CONFIGURATION:
			ask_for_document(exchange, "configuration");
			break;
		case OL_PLACE_KEYS_DOCUMENT:
			ask_for_document(exchange, "jwks");
			break;
		case OL_PLACE_RESOURCE:
			ask_for_resource(exchange);
			break;
		case OL_PLACE_MLFLOW:
			ask_for_rights(exchange);
			break;
		case OL_PLACE_HEALTH:
			break;
	}
}

/* An error of the database as an answer; what is our own defect goes to the log. */
static void
answer_error(OlExchange *exchange)
{
	OlRequest  *request = &exchange->request;
	ErrorData  *error;
	const char *state;

	MemoryContextSwitchTo(ol_session_context);
	error = CopyErrorData();
	state = unpack_sql_state(error->sqlerrcode);
	if (ol_reply_is_defect(state))
		EmitErrorReport();
	FlushErrorState();
	disable_timeout(STATEMENT_TIMEOUT, false);
	AbortCurrentTransaction();
	if (strcmp(state, OL_STATE_NEW_KEY) == 0)
	{
		if (!request->asked_again && error->column_name != NULL &&
			ol_keys_fetch(exchange, error->column_name))
			return;
		state = OL_STATE_REFUSED;
	}
	ol_reply_sqlstate(&request->reply, state, error->message,
					  error->detail == NULL ? "" : error->detail);
}

static void
note_caller(OlExchange *exchange)
{
	OlRequest  *request = &exchange->request;

	if (exchange->place->task != OL_PLACE_MLFLOW || *login.user == '\0')
		return;
	ol_buffer_append(&request->user, login.user, strlen(login.user) + 1);
	ol_buffer_append(&request->client_id, login.client, strlen(login.client) + 1);
}

static void
answer_exchange(OlExchange *exchange)
{
	OlRequest  *request = &exchange->request;
	MemoryContext before = CurrentMemoryContext;

	login.user = login.client = "";
	exchange->waits_for_keys = false;
	pgstat_report_activity(STATE_RUNNING, exchange->place->route.path);
	PG_TRY();
	{
		begin_question(exchange->place->task == OL_PLACE_MLFLOW);
		ask(exchange);
		end_question();
	}
	PG_CATCH();
	{
		answer_error(exchange);
	}
	PG_END_TRY();
	if (!exchange->waits_for_keys)
	{
		note_caller(exchange);
		if (request->reply.status != 0)
			exchange->step = OL_STEP_ANSWER;
		else
		{
			ol_limit_verified(&exchange->gateway->http.limiter, request->token_hash,
							  login.user, login.client);
			ol_proxy_begin(exchange);
		}
	}
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(before);
	MemoryContextReset(ol_session_context);
}

/* Those that wait, the oldest first. */
void
ol_ask_turn(OlGateway *gateway)
{
	OlExchange *last = gateway->exchanges;
	int64_t		end = ol_http_now() + LONGEST_TURN_MS;

	while (last != NULL && last->next != NULL)
		last = last->next;
	for (int n = 0; last != NULL && n < MOST_PER_TURN && ol_http_now() < end;
		 last = last->previous)
	{
		if (last->step != OL_STEP_ASK || !last->is_asleep ||
			(last->waits_for_keys && ol_keys_are_coming(last)))
			continue;
		answer_exchange(last);
		n++;
	}
}

/* A function of one json parameter; what it raises is logged. */
static void
call_own(const char *name, const char *json)
{
	MemoryContext before = MemoryContextSwitchTo(ol_session_context);
	Oid			types[1] = {JSONOID};

	PG_TRY();
	{
		Datum		value = CStringGetTextDatum(json);

		begin_question(false);
		(void) call_function(name, 1, types, &value);
		end_question();
	}
	PG_CATCH();
	{
		EmitErrorReport();
		FlushErrorState();
		disable_timeout(STATEMENT_TIMEOUT, false);
		AbortCurrentTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(before);
	MemoryContextReset(ol_session_context);
}

/* The rows are lost when they cannot be written: the answers are out already. */
void
ol_ask_audit(OlGateway *gateway)
{
	OlBuffer	rows = {0};

	ol_process_tell_dropped(&gateway->http.audit.dropped);
	if (ol_audit_is_empty(&gateway->http.audit))
		return;
	ol_audit_take(&gateway->http.audit, &rows);
	ol_buffer_append(&rows, "", 1);
	if (!rows.failed && !RecoveryInProgress())
		call_own("audit_add", rows.data);
	ol_buffer_free(&rows);
}

/* Secrets of the environment, for clients that are not there yet. */
void
ol_ask_prepare(void)
{
	OlBuffer	secrets = {0};

	ol_session_prepare();
	for (int i = 0; i < lengthof(seeds); i++)
	{
		const char *secret = getenv(seeds[i].variable);

		if (secret == NULL || *secret == '\0' || !pg_verify_mbstr(PG_UTF8, secret, strlen(secret), true))
			continue;
		ol_buffer_append_text(&secrets, secrets.used == 0 ? "{" : ",");
		ol_buffer_append_json(&secrets, seeds[i].client, strlen(seeds[i].client));
		ol_buffer_append_text(&secrets, ":");
		ol_buffer_append_json(&secrets, secret, strlen(secret));
	}
	ol_buffer_append(&secrets, "}", 2);
	if (secrets.used > 2 && !RecoveryInProgress())
		call_own("seed_clients", secrets.data);
	explicit_bzero(secrets.data, secrets.size);
	ol_buffer_free(&secrets);
}
