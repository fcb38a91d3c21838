/*-------------------------------------------------------------------------
 * daemon.c
 *	  Driving libmicrohttpd, whatever its callbacks are.
 *
 * The gateway has callbacks of its own and compiles this file, too.
 *-------------------------------------------------------------------------*/
#include <microhttpd.h>
#include <time.h>

#include "http.h"

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

/* Takes the socket over; false when it was closed instead. */
bool
ol_http_add(OlHttp *http, int socket, const struct sockaddr *address,
			socklen_t len)
{
	return MHD_add_connection(http->daemon, socket, address, len) == MHD_YES;
}

void
ol_http_run(OlHttp *http)
{
	http->resumed = false;
	(void) MHD_run(http->daemon);
}

/* No connection may be suspended any more. */
void
ol_http_stop(OlHttp *http)
{
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon);
	http->daemon = NULL;
}
