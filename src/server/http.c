/*-------------------------------------------------------------------------
 * http.c
 *	  A request from its headers to its answer; daemon.c has the rest.
 *
 * Callbacks never call PostgreSQL.  A complete request is queued and its
 * connection suspended; the main loop puts the reply into the request and
 * resumes the connection, and libmicrohttpd calls the handler again, which
 * sends it.
 *-------------------------------------------------------------------------*/
#include <stdio.h>
#include <string.h>

#include "daemon.h"

/* All but those that libmicrohttpd adds to every answer. */
void
ol_http_add_headers(const OlHttp *http, struct MHD_Response *response, OlRequest *request)
{
	OlReply    *reply = &request->reply;
	char		seconds[16];

	if (reply->body.used > 0)
		(void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
									   "application/json");
	if (reply->location.used > 0 && !reply->location.failed)
		(void) MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION,
									   reply->location.data);
	if (reply->retry_after > 0)
	{
		snprintf(seconds, sizeof(seconds), "%d", reply->retry_after);
		(void) MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER,
									   seconds);
	}
	ol_guard_add_challenge(http, response, request);
	if (reply->close)
		(void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION,
									   "close");
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED ||
		(reply->status == MHD_HTTP_OK && reply->body.used == 0))
	{
		OlBuffer	methods = {0};

		ol_routes_methods(&methods, &request->uri);
		if (!methods.failed)
		{
			(void) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
										   methods.data);
			(void) MHD_add_response_header(response,
										   MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_METHODS,
										   methods.data);
		}
		ol_buffer_free(&methods);
	}
}

/* The body of the reply goes over to libmicrohttpd, which frees it. */
static enum MHD_Result
send_reply(OlHttp *http, struct MHD_Connection *connection, OlRequest *request,
		   const char *method)
{
	OlReply    *reply = &request->reply;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (reply->body.failed)
		return MHD_NO;
	response = MHD_create_response_from_buffer(reply->body.used,
											   reply->body.data,
											   MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		return MHD_NO;
	ol_http_add_headers(http, response, request);
	ol_guard_note(http, request, method);
	memset(&reply->body, 0, sizeof(reply->body));
	ol_client_enter(request->client, OL_PHASE_ANSWER);
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

/*
 * Called first when the headers are complete, then for every piece of the
 * body, then with no data: at its end, and again after it was resumed.
 */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *connection, const char *url,
		   const char *method, const char *version, const char *data,
		   size_t *len, void **context)
{
	OlHttp	   *http = cls;
	OlRequest  *request = *context;

	(void) url;
	(void) version;
	if (request == NULL)
		return MHD_NO;			/* there was no memory for it */
	if (!request->begun)
	{
		const char *expect;

		ol_request_judge(http, request, method);
		ol_client_enter(request->client, OL_PHASE_BODY);
		expect = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
											 MHD_HTTP_HEADER_EXPECT);
		if (request->reply.close || (expect != NULL && request->reply.status != 0))
			return send_reply(http, connection, request, method);
		return MHD_YES;
	}
	if (*len > 0)
	{
		ol_request_feed(request, data, *len);
		*len = 0;
		return MHD_YES;
	}
	if (!request->suspended)
		ol_request_complete(http, request);
	if (request->reply.status != 0)
		return send_reply(http, connection, request, method);
	if (!request->suspended)
	{
		request->suspended = true;
		ol_client_enter(request->client, OL_PHASE_WORK);
		MHD_suspend_connection(connection);
	}
	return MHD_YES;
}

bool
ol_http_start(OlHttp *http)
{
	return ol_http_open(http, on_request);
}

/* The request has its reply, which is sent in the next turn. */
void
ol_http_finish(OlHttp *http, OlRequest *request)
{
	http->resumed = true;
	if (request->client->direct != NULL)
		ol_queue_put(&http->answered, request);
	else
		MHD_resume_connection(request->connection);
}
