/*-------------------------------------------------------------------------
 * daemon.c
 *	  libmicrohttpd, run without threads inside a process of ours.
 *
 * The daemon has no listen socket: connections are accepted by listen.c and
 * handed over, so that the limits are ours.  Its epoll descriptor is waited
 * for in the WaitEventSet of the process, and MHD_run() does whatever is due.
 *
 * A client has at most one request at a time; pipelined ones wait in the
 * socket.  The request is freed when libmicrohttpd says that it is completed,
 * or with its client when the headers never became complete.
 *
 * The gateway compiles this file, too.  How a request is made and freed is its
 * own affair: ol_request_create() and ol_request_free() of either module, and
 * the callback for its headers and body.
 *
 * Callbacks of libmicrohttpd: nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon.h"
#include "listen.h"

/*
 * Memory of one connection: request line, headers, and the read buffer, which
 * is half of it.  Names of many kB come percent-encoded in the request line.
 */
#define CONNECTION_MEMORY (256 * 1024)

#define ACCEPTS_PER_TURN 64

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

/* The request line is here; what we return becomes the context of on_request(). */
static void *
on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
	OlHttp	   *http = cls;
	const union MHD_ConnectionInfo *info =
	MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	OlClient   *client = info == NULL ? NULL : info->socket_context;

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
 * exit() runs PostgreSQL's own cleanup, and the process is started again.
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
ol_http_open(OlHttp *http, MHD_AccessHandlerCallback on_request)
{
	MHD_set_panic_func(on_panic, NULL);
	http->daemon =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
						 MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
						 on_request, http,
						 MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
						 MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
						 MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
						 MHD_OPTION_CONNECTION_MEMORY_LIMIT,
						 (size_t) CONNECTION_MEMORY,
						 MHD_OPTION_CONNECTION_LIMIT,
						 (unsigned int) (http->max_clients + OL_HTTP_REFUSABLE),
						 MHD_OPTION_CONNECTION_TIMEOUT,
						 (unsigned int) OL_HTTP_INACTIVITY,
						 MHD_OPTION_STRICT_FOR_CLIENT, (int) 1,
						 MHD_OPTION_END);
	return http->daemon != NULL;
}

/* Milliseconds of a clock that nobody sets. */
int64_t
ol_http_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Readable when ol_http_run() has something to do. */
int
ol_http_wait_socket(OlHttp *http)
{
	return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* Milliseconds until ol_http_run() has to be called in any case. */
long
ol_http_timeout(OlHttp *http, long longest)
{
	MHD_UNSIGNED_LONG_LONG timeout;

	if (MHD_get_timeout(http->daemon, &timeout) == MHD_YES && timeout < longest)
		return timeout;
	return longest;
}

/* Hands over who waits at a listening socket; libmicrohttpd closes whom it cannot take. */
void
ol_http_accept(OlHttp *http, int socket)
{
	for (int i = 0; i < ACCEPTS_PER_TURN; i++)
	{
		struct sockaddr_storage address;
		socklen_t	len;
		int			fd = ol_listener_accept(socket, &address, &len);

		if (fd < 0)
			return;
		(void) MHD_add_connection(http->daemon, fd, (struct sockaddr *) &address, len);
	}
}

void
ol_http_run(OlHttp *http)
{
	http->resumed = false;
	(void) MHD_run(http->daemon);
}

/* Sends the answers that are there, until the time given at most. */
void
ol_http_flush(OlHttp *http, int64_t end)
{
	do
	{
		ol_http_run(http);
		ol_client_end_idle(http);
	} while (http->nclients > 0 && ol_http_timeout(http, 1) == 0 &&
			 ol_http_now() < end);
}

/* No connection may be suspended any more. */
void
ol_http_stop(OlHttp *http)
{
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon);
	http->daemon = NULL;
}
