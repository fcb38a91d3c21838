/*-------------------------------------------------------------------------
 * http.c
 *	  libmicrohttpd, run without threads inside the server process.
 *
 * The daemon has no listen socket: connections are accepted by listen.c and
 * handed over, so that the limits are ours.  Its epoll descriptor is waited
 * for in the server's WaitEventSet (main.c), and MHD_run() does whatever is
 * due.
 *
 * Callbacks never call PostgreSQL.  A complete request is queued and its
 * connection suspended; the main loop puts the reply into the request and
 * resumes the connection, and libmicrohttpd calls the handler again, which
 * sends it.
 *
 * A client has at most one request at a time; pipelined ones wait in the
 * socket.  The request is freed when libmicrohttpd says that it is completed,
 * or with its client when the headers never became complete.
 *-------------------------------------------------------------------------*/
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http.h"

/*
 * Memory of one connection: request line, headers, and the read buffer, which
 * is half of it.  Names of many kB come percent-encoded in the request line.
 */
#define CONNECTION_MEMORY (256 * 1024)

/* Beyond the limit a few more are let in, only to be told that it is full. */
#define REFUSABLE 50

/* Seconds without a byte; ours in client.c are absolute. */
#define INACTIVITY_SECONDS 90

static OlClient *
client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

static void
on_connection(void *cls, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	OlHttp	   *http = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
	{
		const union MHD_ConnectionInfo *socket =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		const union MHD_ConnectionInfo *address =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

		*context = ol_client_add(http, socket->connect_fd, address->client_addr);
	}
	else if (*context != NULL)
	{
		ol_client_remove(http, *context);
		*context = NULL;
	}
}

/* The request line is here; what we return becomes *context below. */
static void *
on_uri(void *cls, const char *target, struct MHD_Connection *connection)
{
	OlHttp	   *http = cls;
	OlClient   *client = client_of(connection);

	if (client == NULL)
		return NULL;
	if (client->request != NULL)
		ol_request_free(client->request);
	client->request = ol_request_create(http, target);
	if (client->request != NULL)
	{
		client->request->client = client;
		client->request->connection = connection;
	}
	ol_client_enter(client, OL_PHASE_HEADERS);
	return client->request;
}

static void
add_headers(const OlHttp *http, struct MHD_Response *response, OlRequest *request)
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
	add_headers(http, response, request);
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
		if (request->reply.status == 0)
			ol_body_feed(&request->body, data, *len);
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

static void
on_completed(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	OlRequest  *request = *context;

	(void) cls;
	(void) connection;
	(void) code;
	if (request == NULL)
		return;
	*context = NULL;
	request->client->request = NULL;
	ol_client_enter(request->client, OL_PHASE_IDLE);
	ol_request_free(request);
}

/*
 * libmicrohttpd has lost its way.  abort() would take all of PostgreSQL down;
 * exit() runs PostgreSQL's own cleanup, and the server is started again.
 */
static void
on_panic(void *cls, const char *file, unsigned int line, const char *reason)
{
	(void) cls;
	fprintf(stderr, "libmicrohttpd gave up at %s:%u: %s\n", file, line,
			reason == NULL ? "no reason" : reason);
	exit(1);
}

bool
ol_http_start(OlHttp *http)
{
	MHD_set_panic_func(on_panic, NULL);
	http->daemon =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
						 MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
						 on_request, http,
						 MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
						 MHD_OPTION_URI_LOG_CALLBACK, on_uri, http,
						 MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
						 MHD_OPTION_CONNECTION_MEMORY_LIMIT,
						 (size_t) CONNECTION_MEMORY,
						 MHD_OPTION_CONNECTION_LIMIT,
						 (unsigned int) (http->max_clients + REFUSABLE),
						 MHD_OPTION_CONNECTION_TIMEOUT,
						 (unsigned int) INACTIVITY_SECONDS,
						 MHD_OPTION_STRICT_FOR_CLIENT, (int) 1,
						 MHD_OPTION_END);
	return http->daemon != NULL;
}

/* The request has its reply: lets libmicrohttpd send it. */
void
ol_http_finish(OlHttp *http, OlRequest *request)
{
	http->resumed = true;
	MHD_resume_connection(request->connection);
}
