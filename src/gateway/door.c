/*-------------------------------------------------------------------------
 * door.c
 *	  The side of the clients: libmicrohttpd's callbacks.
 *
 * A connection is suspended whenever it waits for something else than its
 * client: for the database, for room to put its body, for the answer of the
 * server behind.  Each time it goes on, on_request() is called again and looks
 * at the step its exchange has come to.
 *-------------------------------------------------------------------------*/
#include <stdio.h>
#include <string.h>

#include "server/daemon.h"

#include "gateway.h"
#include "header.h"

#define BLOCK_SIZE ((size_t) 32 * 1024)

/* Until ol_door_wake(). */
static void
sleep_now(OlExchange *exchange)
{
	exchange->is_asleep = true;
	ol_client_enter(exchange->request.client, OL_PHASE_WORK);
	MHD_suspend_connection(exchange->request.connection);
}

void
ol_door_wake(OlExchange *exchange)
{
	if (!exchange->is_asleep)
		return;
	exchange->is_asleep = false;
	exchange->gateway->http.resumed = true;
	ol_client_enter(exchange->request.client, exchange->answered ? OL_PHASE_ANSWER : OL_PHASE_BODY);
	MHD_resume_connection(exchange->request.connection);
}

static enum MHD_Result
queue_response(OlExchange *exchange, int status, struct MHD_Response *response)
{
	OlRequest  *request = &exchange->request;
	enum MHD_Result result = MHD_queue_response(request->connection, status, response);

	MHD_destroy_response(response);
	if (result != MHD_YES)
		return MHD_NO;
	exchange->answered = true;
	request->reply.status = status;
	ol_client_enter(request->client, OL_PHASE_ANSWER);
	ol_guard_note(&exchange->gateway->http, request,
				  exchange->method == NULL ? "" : exchange->method);
	return MHD_YES;
}

static void
add_header(struct MHD_Response *response, const char *name, const char *value)
{
	(void) MHD_add_response_header(response, name, value);
}

/* What we say ourselves. */
static enum MHD_Result
send_reply(OlExchange *exchange)
{
	OlReply    *reply = &exchange->request.reply;
	struct MHD_Response *response;
	char		seconds[16];

	if (reply->body.failed)
		return MHD_NO;
	response = MHD_create_response_from_buffer(reply->body.used, reply->body.data,
											   MHD_RESPMEM_MUST_COPY);
	if (response == NULL)
		return MHD_NO;
	add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (reply->close)
		add_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (reply->retry_after > 0)
	{
		snprintf(seconds, sizeof(seconds), "%d", reply->retry_after);
		add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	}
	if (exchange->place != NULL && exchange->place->task == OL_PLACE_TOKEN)
	{
		if (reply->status == MHD_HTTP_UNAUTHORIZED)
			add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"openlineage\"");
	}
	else
		ol_guard_add_challenge(&exchange->gateway->http, response, &exchange->request);
	return queue_response(exchange, reply->status, response);
}

/* More of the answer; sleeps where there is nothing yet. */
static ssize_t
read_down(void *cls, uint64_t position, char *data, size_t max)
{
	OlExchange *exchange = cls;
	size_t		len = ol_pipe_take(&exchange->down, data, max);

	(void) position;
	if (len > 0)
	{
		ol_client_enter(exchange->request.client, OL_PHASE_ANSWER);
		return (ssize_t) len;
	}
	if (exchange->has_failed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (exchange->is_over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	sleep_now(exchange);
	return 0;
}

static struct MHD_Response *
create_passed(OlExchange *exchange)
{
	bool		has_body = exchange->down_status != MHD_HTTP_NO_CONTENT &&
	exchange->down_status != MHD_HTTP_NOT_MODIFIED;

	if (!has_body)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_callback(exchange->down_len < 0 ? MHD_SIZE_UNKNOWN :
											 (uint64_t) exchange->down_len,
											 BLOCK_SIZE, read_down, exchange, NULL);
}

/* What the server behind says. */
static enum MHD_Result
send_passed(OlExchange *exchange)
{
	struct MHD_Response *response = create_passed(exchange);
	OlBuffer   *headers = &exchange->down_headers;

	if (response == NULL)
		return MHD_NO;
	for (size_t at = 0; at < headers->used; at += strlen(headers->data + at) + 1)
	{
		char	   *value = strchr(headers->data + at, ':');

		*value = '\0';
		if (ol_header_goes_down(headers->data + at, exchange->down_connection.data))
			add_header(response, headers->data + at, value + 1);
		*value = ':';
	}
	return queue_response(exchange, exchange->down_status, response);
}

/* An answer is there and the client waits for it. */
static enum MHD_Result
answer(OlExchange *exchange)
{
	if (exchange->step == OL_STEP_ANSWER)
		return send_reply(exchange);
	return send_passed(exchange);
}

static enum MHD_Result
begin(OlExchange *exchange, struct MHD_Connection *connection, const char *method)
{
	if (!ol_exchange_judge(exchange, method))
	{
		exchange->step = OL_STEP_ANSWER;

		/*
		 * the body of a request that was refused is swallowed, where it is
		 * short
		 */
		return exchange->request.reply.close || !exchange->has_body ||
			MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
										MHD_HTTP_HEADER_EXPECT) != NULL ?
			send_reply(exchange) : MHD_YES;
	}
	ol_client_enter(exchange->request.client, OL_PHASE_BODY);
	if (exchange->place->task == OL_PLACE_MLFLOW)
	{
		exchange->step = OL_STEP_ASK;
		exchange->before_body = true;
		sleep_now(exchange);
	}
	return MHD_YES;
}

/* A piece of the body; what there is no room for comes again. */
static void
take_body(OlExchange *exchange, const char *data, size_t *len)
{
	size_t		taken = *len;

	if (exchange->step == OL_STEP_ANSWER)
	{
		*len = 0;				/* swallowed, within one deadline */
		return;
	}
	if (exchange->step == OL_STEP_PASS && !exchange->is_over)
	{
		/* as slowly as the server behind takes it; a form has one deadline */
		ol_client_enter(exchange->request.client, OL_PHASE_BODY);
		if (taken > ol_pipe_room(&exchange->up))
			taken = ol_pipe_room(&exchange->up);
		if (!ol_pipe_put(&exchange->up, data, taken))
			exchange->has_failed = true;
		if (taken == 0)
			sleep_now(exchange);
	}
	else if (exchange->step == OL_STEP_TAKE)
		ol_buffer_append(&exchange->form, data, taken);
	exchange->body_len += (int64_t) taken;
	*len -= taken;
	if (exchange->body_len <= exchange->body_limit)
		return;
	ol_proxy_stop(exchange);
	ol_buffer_free(&exchange->form);
	ol_reply_fault(&exchange->request.reply, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
	exchange->step = OL_STEP_ANSWER;
}

/* The body has ended, or the connection goes on after a sleep. */
static enum MHD_Result
go_on(OlExchange *exchange)
{
	switch (exchange->step)
	{
		case OL_STEP_TAKE:
			if (exchange->place->task == OL_PLACE_HEALTH)
			{
				exchange->request.reply.status = MHD_HTTP_OK;
				ol_buffer_append_text(&exchange->request.reply.body, "{\"status\":\"ok\"}");
				exchange->step = OL_STEP_ANSWER;
				return send_reply(exchange);
			}
			exchange->step = OL_STEP_ASK;
			sleep_now(exchange);
			return MHD_YES;
		case OL_STEP_ASK:
			sleep_now(exchange);
			return MHD_YES;
		case OL_STEP_PASS:
			exchange->up.ended = true;
			if (exchange->headers_ended)
				return answer(exchange);
			sleep_now(exchange);
			return MHD_YES;
		case OL_STEP_ANSWER:
			return answer(exchange);
	}
	return MHD_NO;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *connection, const char *url,
		   const char *method, const char *version, const char *data,
		   size_t *len, void **context)
{
	OlExchange *exchange = *context;

	(void) cls;
	(void) url;
	(void) version;
	if (exchange == NULL)
		return MHD_NO;			/* there was no memory for it */
	if (!exchange->request.begun)
		return begin(exchange, connection, method);
	if (exchange->before_body)
	{
		/* called for the headers once more; a body is still to come */
		exchange->before_body = false;
		if (*len == 0 && exchange->has_body && exchange->step == OL_STEP_PASS)
			return MHD_YES;
	}
	if (*len > 0)
	{
		take_body(exchange, data, len);
		return MHD_YES;
	}
	return go_on(exchange);
}

bool
ol_door_open(OlGateway *gateway)
{
	return ol_http_open(&gateway->http, on_request);
}
