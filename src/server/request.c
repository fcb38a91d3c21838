/*-------------------------------------------------------------------------
 * request.c
 *	  Judges a request by its first line and headers, and queues it.
 *
 * A fault is remembered as the reply; the body is swallowed all the same, so
 * that the connection can be kept and the client reads the answer.
 *
 * Called in callbacks of libmicrohttpd: nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "head.h"
#include "http.h"

/* A longer queue is of no use: its end would wait longer than clients do. */
#define MAX_WAITING_QUERIES 100

/* A body announced to be so much too large is not even swallowed. */
#define SWALLOW_FACTOR 4

OlRequest *
ol_request_create(OlHttp *http, const char *target)
{
	OlRequest  *request = calloc(1, sizeof(OlRequest));

	if (request == NULL)
		return NULL;
	request->body.pool = &http->pool;
	request->begun_at = ol_http_now();
	request->uri_is_bad = !ol_uri_split(&request->uri, target);
	return request;
}

void
ol_request_free(OlRequest *request)
{
	ol_portions_free(request);
	ol_body_free(&request->body);
	ol_guard_forget(request);
	ol_head_free(request->head);
	free(request);
}

/* application/json, with or without parameters */
static bool
is_json(const char *type)
{
	static const char json[] = "application/json";
	const char *rest;

	if (type == NULL || strncasecmp(type, json, sizeof(json) - 1) != 0)
		return false;
	rest = type + sizeof(json) - 1;
	rest += strspn(rest, " \t");
	return *rest == '\0' || *rest == ';';
}

static void
judge_body_headers(OlHttp *http, OlRequest *request)
{
	const char *encoding = ol_guard_header(request, MHD_HTTP_HEADER_CONTENT_ENCODING);
	const char *length = ol_guard_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
	unsigned long long announced = length == NULL ? 0 :
	strtoull(length, NULL, 10);

	if (!is_json(ol_guard_header(request, MHD_HTTP_HEADER_CONTENT_TYPE)))
		ol_reply_fault(&request->reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
					   "HTTP 415 Unsupported Media Type");
	else if (encoding != NULL && strcasecmp(encoding, "gzip") != 0 &&
			 strcasecmp(encoding, "x-gzip") != 0 &&
			 strcasecmp(encoding, "identity") != 0)
		ol_reply_fault(&request->reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
					   "HTTP 415 Unsupported Media Type");
	else if (announced > http->pool.limit)
	{
		ol_reply_fault(&request->reply, MHD_HTTP_CONTENT_TOO_LARGE,
					   "the body is larger than openlineage.max_body_size");
		request->reply.close = announced / SWALLOW_FACTOR > http->pool.limit;
	}
	else if (http->standby)
		ol_reply_sqlstate(&request->reply, OL_STATE_STANDBY, "", NULL);
	request->body.is_strangers = http->needs_token &&
		!ol_limit_knows(&http->limiter, request->token_hash);
	request->body.gzip = encoding != NULL &&
		strcasecmp(encoding, "identity") != 0;
}

/* A change may come without a body; one that is sent has to say what it is. */
static bool
has_body(OlRequest *request)
{
	const char *length = ol_guard_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return ol_guard_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
		(length != NULL && strtoull(length, NULL, 10) > 0);
}

static void
judge_query(OlRequest *request)
{
	if (!ol_uri_query(&request->query, request->uri.query))
		ol_reply_fault(&request->reply, MHD_HTTP_BAD_REQUEST,
					   "the query string does not decode to UTF-8 text, or has too many parameters");
}

static void
judge_match(OlHttp *http, OlRequest *request)
{
	OlScope		scope = request->match.route->scope;

	if ((scope == OL_SCOPE_WRITE || scope == OL_SCOPE_CHANGE) &&
		!ol_guard_site(http, request))
		return;
	if (scope == OL_SCOPE_WRITE ||
		(scope == OL_SCOPE_CHANGE && has_body(request)))
		judge_body_headers(http, request);
	else if (scope == OL_SCOPE_CHANGE && http->standby)
		ol_reply_sqlstate(&request->reply, OL_STATE_STANDBY, "", NULL);
	if (request->reply.status == 0 && scope == OL_SCOPE_ABOUT)
		ol_guard_tell_base(http, request);
	else if (request->reply.status == 0 && scope != OL_SCOPE_WRITE)
		judge_query(request);
}

/* A part of the body.  Where none is read it may not take up room for others'. */
void
ol_request_feed(OlRequest *request, const char *data, size_t len)
{
	OlScope		scope;

	if (request->reply.status != 0)
		return;
	scope = request->match.route->scope;
	if (scope == OL_SCOPE_WRITE || scope == OL_SCOPE_CHANGE)
		ol_body_feed(&request->body, data, len);
}

/* Headers are complete: is this a request we take? */
void
ol_request_judge(OlHttp *http, OlRequest *request, const char *method)
{
	request->begun = true;
	ol_guard_find_address(http, request);
	if (request->client->refused)
	{
		ol_reply_fault(&request->reply, MHD_HTTP_SERVICE_UNAVAILABLE,
					   "too many connections");
		request->reply.close = true;
		return;
	}
	if (http->stopping)
	{
		ol_reply_sqlstate(&request->reply, OL_STATE_STOPPING, "", NULL);
		request->reply.close = true;
		return;
	}
	if (!ol_guard_framing(request) || !ol_guard_peer(http, request))
		return;
	if (request->uri_is_bad)
	{
		ol_reply_fault(&request->reply, MHD_HTTP_BAD_REQUEST,
					   "the path does not decode to UTF-8 text");
		return;
	}
	request->match = ol_routes_find(method, &request->uri);
	if (!ol_guard_admit(http, request, method))
		return;
	if (strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0 &&
		(request->match.known_path || request->uri.nsegments == 0))
		request->reply.status = MHD_HTTP_OK;
	else if (!request->match.known_path)
		ol_reply_fault(&request->reply, MHD_HTTP_NOT_FOUND,
					   "HTTP 404 Not Found");
	else if (request->match.route == NULL)
		ol_reply_fault(&request->reply, MHD_HTTP_METHOD_NOT_ALLOWED,
					   "HTTP 405 Method Not Allowed");
	else
		judge_match(http, request);
}

void
ol_queue_put(OlQueue *queue, OlRequest *request)
{
	request->next = NULL;
	request->queued_at = ol_http_now();
	if (queue->last != NULL)
		queue->last->next = request;
	else
		queue->first = request;
	queue->last = request;
	queue->count++;
}

OlRequest *
ol_queue_take(OlQueue *queue)
{
	OlRequest  *request = queue->first;

	if (request == NULL)
		return NULL;
	queue->first = request->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->count--;
	request->next = NULL;
	return request;
}

static void
judge_body(OlRequest *request)
{
	ol_body_finish(&request->body);
	switch (request->body.fault)
	{
		case OL_BODY_FINE:
			if (request->body.text.used == 0 &&
				request->match.route->scope == OL_SCOPE_WRITE)
				ol_reply_sqlstate(&request->reply, OL_STATE_NOT_VALID,
								  "the request body must not be empty", NULL);
			break;
		case OL_BODY_TOO_LARGE:
			ol_reply_fault(&request->reply, MHD_HTTP_CONTENT_TOO_LARGE,
						   "the body is larger than openlineage.max_body_size");
			break;
		case OL_BODY_NO_ROOM:
			ol_reply_sqlstate(&request->reply, OL_STATE_BUSY, "", NULL);
			break;
		case OL_BODY_BROKEN:
			ol_reply_fault(&request->reply, MHD_HTTP_BAD_REQUEST,
						   "the body is not the gzip data it claims to be");
			break;
	}
}

static void
queue_query(OlQueue *queue, OlRequest *request)
{
	if (queue->count >= MAX_WAITING_QUERIES)
		ol_reply_sqlstate(&request->reply, OL_STATE_BUSY, "", NULL);
	else
		ol_queue_put(queue, request);
}

/*
 * More events come than are stored.  To refuse some at once is better than to
 * let all of them wait until their producers give up.
 */
static void
queue_write(OlHttp *http, OlRequest *request)
{
	const OlRequest *oldest = http->writes.first;

	if (oldest != NULL &&
		ol_http_now() - oldest->queued_at > http->max_write_delay)
		ol_reply_sqlstate(&request->reply, OL_STATE_BUSY, "", NULL);
	else
		ol_queue_put(&http->writes, request);
}

/* The whole request is here: gives it a reply or puts it into a queue. */
void
ol_request_complete(OlHttp *http, OlRequest *request)
{
	const OlRoute *route = request->match.route;

	if (request->reply.status == 0 && http->stopped)
		ol_reply_sqlstate(&request->reply, OL_STATE_STOPPING, "", NULL);
	if (request->reply.status != 0)
		return;
	switch (route->scope)
	{
		case OL_SCOPE_PUBLIC:
			request->reply.status = MHD_HTTP_OK;
			ol_buffer_append_text(&request->reply.body, http->health);
			break;
		case OL_SCOPE_READ:
		case OL_SCOPE_ABOUT:
			queue_query(&http->reads, request);
			break;
		case OL_SCOPE_WRITE:
			judge_body(request);
			if (request->reply.status == 0)
				queue_write(http, request);
			break;
		case OL_SCOPE_CHANGE:
			judge_body(request);
			if (request->reply.status == 0)
				queue_query(&http->changes, request);
			break;
	}
}

/* It waits until the keys of its issuer were fetched. */
void
ol_request_park(OlHttp *http, OlRequest *request, const char *issuer)
{
	request->asked_again = true;
	ol_buffer_append(&request->issuer, issuer, strlen(issuer) + 1);
	ol_queue_put(&http->parked, request);
}

static bool
waits_for(const OlRequest *request, const OlBuffer *issuer)
{
	return request->issuer.used == issuer->used &&
		memcmp(request->issuer.data, issuer->data, issuer->used) == 0;
}

/* Those that wait for an issuer go back to where they came from. */
void
ol_request_ask_again(OlHttp *http, const OlBuffer *issuer)
{
	for (int left = http->parked.count; left > 0; left--)
	{
		OlRequest  *request = ol_queue_take(&http->parked);
		OlScope		scope = request->match.route->scope;

		ol_queue_put(!waits_for(request, issuer) ? &http->parked :
					 scope == OL_SCOPE_WRITE ? &http->writes :
					 scope == OL_SCOPE_CHANGE ? &http->changes : &http->reads,
					 request);
	}
}
