/*-------------------------------------------------------------------------
 * exchange.c
 *	  One request and its answer: its birth, its judgement, its end.
 *
 * Called in callbacks of libmicrohttpd: nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

/* A form with a client's name, its secret and scopes is shorter. */
#define MAX_FORM 16384

/* For daemon.c, as is ol_request_free(): each request of ours begins an exchange. */
OlRequest *
ol_request_create(OlHttp *http, const char *target)
{
	OlGateway  *gateway = (OlGateway *) http;
	OlExchange *exchange = calloc(1, sizeof(OlExchange));

	if (exchange == NULL)
		return NULL;
	exchange->target = strdup(target);
	if (exchange->target == NULL)
	{
		free(exchange);
		return NULL;
	}
	exchange->gateway = gateway;
	exchange->down_len = -1;
	exchange->request.begun_at = ol_http_now();
	exchange->request.uri_is_bad = !ol_uri_split(&exchange->request.uri, target);
	exchange->next = gateway->exchanges;
	if (exchange->next != NULL)
		exchange->next->previous = exchange;
	gateway->exchanges = exchange;
	return &exchange->request;
}

/* Also called by client.c, for a request whose headers never came to an end. */
void
ol_request_free(OlRequest *request)
{
	OlExchange *exchange = (OlExchange *) request;

	ol_proxy_stop(exchange);
	if (exchange->previous != NULL)
		exchange->previous->next = exchange->next;
	else
		exchange->gateway->exchanges = exchange->next;
	if (exchange->next != NULL)
		exchange->next->previous = exchange->previous;
	ol_guard_forget(request);
	if (exchange->form.data != NULL)
		explicit_bzero(exchange->form.data, exchange->form.size);
	ol_buffer_free(&exchange->form);
	ol_buffer_free(&exchange->down_headers);
	ol_buffer_free(&exchange->down_connection);
	ol_pipe_free(&exchange->up);
	ol_pipe_free(&exchange->down);
	free(exchange->target);
	free(exchange);
}

static bool
judge_body(OlExchange *exchange)
{
	struct MHD_Connection *connection = exchange->request.connection;
	const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
													 MHD_HTTP_HEADER_CONTENT_LENGTH);

	exchange->has_body = length != NULL ||
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
									MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
	if (!ol_guard_framing(&exchange->request))
		return false;
	if (length == NULL || strtoll(length, NULL, 10) <= exchange->body_limit)
		return true;
	ol_reply_fault(&exchange->request.reply, MHD_HTTP_CONTENT_TOO_LARGE,
				   "the body is too large");
	exchange->request.reply.close = true;
	return false;
}

static bool
judge_place(OlExchange *exchange, const char *method)
{
	OlReply    *reply = &exchange->request.reply;
	OlPlaceMatch match = ol_place_find(method, exchange->target);

	if (match.fault == NULL && exchange->request.uri_is_bad)
		match.fault = "the path does not decode to UTF-8 text";
	if (match.fault != NULL)
		ol_reply_fault(reply, MHD_HTTP_BAD_REQUEST, match.fault);
	else if (!match.known_path)
		ol_reply_fault(reply, MHD_HTTP_NOT_FOUND, "HTTP 404 Not Found");
	else if (match.place == NULL)
		ol_reply_fault(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "HTTP 405 Method Not Allowed");
	if (match.place == NULL || match.fault != NULL)
		return false;
	exchange->place = match.place;
	exchange->rest = match.rest;
	exchange->method = match.place->route.method;
	exchange->request.match.route = &match.place->route;
	exchange->body_limit = match.place->task == OL_PLACE_MLFLOW ?
		exchange->gateway->max_body : MAX_FORM;
	return true;
}

/* Headers are complete: is this a request we take?  Else it has its reply. */
bool
ol_exchange_judge(OlExchange *exchange, const char *method)
{
	OlGateway  *gateway = exchange->gateway;
	OlRequest  *request = &exchange->request;

	request->begun = true;
	ol_guard_find_address(&gateway->http, request);
	if (request->client->refused)
		ol_reply_fault(&request->reply, MHD_HTTP_SERVICE_UNAVAILABLE, "too many connections");
	else if (gateway->http.stopping)
		ol_reply_sqlstate(&request->reply, OL_STATE_STOPPING, "", NULL);
	if (request->reply.status != 0)
		request->reply.close = true;
	else if (judge_place(exchange, method) && judge_body(exchange) &&
			 ol_guard_admit(&gateway->http, request, method) &&
			 exchange->place->task == OL_PLACE_MLFLOW && *gateway->mlflow_url == '\0')
		ol_reply_fault(&request->reply, MHD_HTTP_NOT_FOUND,
					   "no MLflow server is configured: openlineage.mlflow_url");
	return request->reply.status == 0;
}

/* We stop: whatever has no answer yet gets this one, and every connection goes on. */
void
ol_exchange_refuse_all(OlGateway *gateway)
{
	for (OlExchange *exchange = gateway->exchanges; exchange != NULL; exchange = exchange->next)
	{
		ol_proxy_stop(exchange);
		exchange->is_over = true;
		exchange->has_failed = exchange->has_failed || !exchange->down.ended;
		if (!exchange->answered && exchange->step != OL_STEP_ANSWER)
		{
			ol_reply_sqlstate(&exchange->request.reply, OL_STATE_STOPPING, "", NULL);
			exchange->request.reply.close = true;
			exchange->step = OL_STEP_ANSWER;
		}
		ol_door_wake(exchange);
	}
}
