/*-------------------------------------------------------------------------
 * proxy.c
 *	  The side of the server behind us: libcurl's callbacks.
 *
 * Each direction has a pipe of a fixed size.  libcurl pauses when the client's
 * bytes have run out or the pipe to the client is full; ol_proxy_turn() lets it
 * go on, and wakes the connection of the client when there is something for it.
 *
 * Signals are blocked while libcurl may start a thread for a name lookup: no
 * handler of PostgreSQL ever runs in one.
 *-------------------------------------------------------------------------*/
#include <curl/curl.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gateway.h"
#include "header.h"

#define EVENTS_PER_TURN 64
#define MAX_HEADER_BYTES ((size_t) 64 * 1024)
#define NO_TIMER (-1)

static size_t
send_up(char *data, size_t size, size_t count, void *arg)
{
	OlExchange *exchange = arg;
	size_t		len = ol_pipe_take(&exchange->up, data, size * count);

	exchange->active_at = ol_http_now();
	if (len > 0 || exchange->up.ended)
		return len;
	exchange->up_waits = true;
	return CURL_READFUNC_PAUSE;
}

static size_t
take_down(char *data, size_t size, size_t count, void *arg)
{
	OlExchange *exchange = arg;
	size_t		len = size * count;

	exchange->active_at = ol_http_now();
	if (exchange->down_status == MHD_HTTP_UNAUTHORIZED)
		return len;				/* not passed on */
	if (len > ol_pipe_room(&exchange->down))
	{
		exchange->down_waits = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	return ol_pipe_put(&exchange->down, data, len) ? len : 0;
}

/* "http://host/x" and "/x" of the server behind are "/mlflow/x" of ours. */
static const char *
own_location(const OlExchange *exchange, const char *value)
{
	const char *base = exchange->gateway->mlflow_url;

	if (strncmp(value, base, strlen(base)) == 0 &&
		(value[strlen(base)] == '/' || value[strlen(base)] == '\0'))
		return value + strlen(base);
	return value[0] == '/' && value[1] != '/' ? value : NULL;
}

static void
keep_header(OlExchange *exchange, const char *name, const char *value)
{
	OlBuffer   *headers = &exchange->down_headers;

	if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
		exchange->down_len = strtoll(value, NULL, 10);
	if (strcasecmp(name, MHD_HTTP_HEADER_CONNECTION) == 0)
	{
		ol_buffer_append_text(&exchange->down_connection, value);
		ol_buffer_append(&exchange->down_connection, ",", 1);
	}
	if (!ol_header_goes_down(name, NULL) || !ol_header_is_clean(value))
		return;
	ol_buffer_append_text(headers, name);
	ol_buffer_append_text(headers, ":");
	if (strcasecmp(name, MHD_HTTP_HEADER_LOCATION) == 0 &&
		own_location(exchange, value) != NULL)
	{
		ol_buffer_append_text(headers, "/mlflow");
		value = own_location(exchange, value);
	}
	ol_buffer_append_text(headers, value);
	ol_buffer_append(headers, "", 1);
}

/* A line, in place: terminated, with the blanks around the value gone. */
static void
take_line(OlExchange *exchange, char *line)
{
	char	   *value = strchr(line, ':');
	size_t		len;

	if (value == NULL)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	len = strlen(value);
	while (len > 0 && strchr(" \t\r\n", value[len - 1]) != NULL)
		value[--len] = '\0';
	keep_header(exchange, line, value);
}

/* Called line by line; an interim answer is forgotten when the next one begins. */
static size_t
take_header(char *data, size_t size, size_t count, void *arg)
{
	OlExchange *exchange = arg;
	size_t		len = size * count;
	long		status = 0;
	char	   *line;

	exchange->active_at = ol_http_now();
	if (exchange->headers_ended)
		return len;				/* a trailer */
	if (len >= 5 && strncmp(data, "HTTP/", 5) == 0)
	{
		exchange->down_headers.used = 0;
		exchange->down_connection.used = 0;
		exchange->down_len = -1;
		return len;
	}
	if (len > 0 && (data[0] == '\r' || data[0] == '\n'))
	{
		(void) curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
		exchange->down_status = (int) status;
		exchange->headers_ended = status >= 200;
		ol_buffer_append(&exchange->down_connection, "", 1);
		return len;
	}
	line = strndup(data, len);
	if (line == NULL || exchange->down_headers.used + len > MAX_HEADER_BYTES)
		len = 0;
	else
		take_line(exchange, line);
	free(line);
	return exchange->down_headers.failed || exchange->down_connection.failed ? 0 : len;
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	OlGateway  *gateway = arg;
	struct epoll_event event = {.data.fd = fd};

	(void) easy;
	(void) unused;
	if (what == CURL_POLL_REMOVE)
	{
		(void) epoll_ctl(gateway->epoll, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	return epoll_ctl(gateway->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
		epoll_ctl(gateway->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -1;
}

static int
set_timer(CURLM *multi, long milliseconds, void *arg)
{
	OlGateway  *gateway = arg;

	(void) multi;
	gateway->timer_at = milliseconds < 0 ? NO_TIMER : ol_http_now() + milliseconds;
	return 0;
}

bool
ol_proxy_open(OlGateway *gateway)
{
	gateway->timer_at = NO_TIMER;
	gateway->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (gateway->epoll < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return false;
	gateway->multi = curl_multi_init();
	if (gateway->multi == NULL)
		return false;
	curl_multi_setopt(gateway->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(gateway->multi, CURLMOPT_SOCKETDATA, gateway);
	curl_multi_setopt(gateway->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(gateway->multi, CURLMOPT_TIMERDATA, gateway);
	return true;
}

static void
attach_callbacks(OlExchange *exchange)
{
	CURL	   *easy = exchange->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, send_up);
	curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_down);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
}

/* The transfer is over, and the client hears from us instead of the server behind. */
static void
fail_transfer(OlExchange *exchange, int status, const char *message)
{
	ol_proxy_stop(exchange);
	exchange->is_over = true;
	exchange->has_failed = true;
	if (exchange->answered || (exchange->headers_ended && exchange->down_status != MHD_HTTP_UNAUTHORIZED))
		return;					/* too late: its connection is cut */
	ol_reply_fault(&exchange->request.reply, status, message);
	exchange->step = OL_STEP_ANSWER;
}

/* The token was good. */
void
ol_proxy_begin(OlExchange *exchange)
{
	exchange->step = OL_STEP_PASS;
	exchange->active_at = ol_http_now();
	exchange->easy = curl_easy_init();
	if (exchange->easy != NULL && ol_upstream_prepare(exchange))
	{
		attach_callbacks(exchange);
		if (curl_multi_add_handle(exchange->gateway->multi, exchange->easy) == CURLM_OK)
			return;
	}
	curl_easy_cleanup(exchange->easy);
	exchange->easy = NULL;
	fail_transfer(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
}

/* In no callback of libcurl. */
void
ol_proxy_stop(OlExchange *exchange)
{
	if (exchange->easy != NULL)
	{
		(void) curl_multi_remove_handle(exchange->gateway->multi, exchange->easy);
		curl_easy_cleanup(exchange->easy);
		exchange->easy = NULL;
	}
	curl_slist_free_all(exchange->up_headers);
	exchange->up_headers = NULL;
}

static void
end_transfer(OlExchange *exchange, CURLcode code)
{
	bool		timed_out = code == CURLE_OPERATION_TIMEDOUT;

	ol_proxy_stop(exchange);
	exchange->is_over = true;
	exchange->down.ended = true;
	if (code == CURLE_OK && exchange->headers_ended && exchange->down_status == MHD_HTTP_UNAUTHORIZED)
		fail_transfer(exchange, MHD_HTTP_BAD_GATEWAY,
					  "the MLflow server does not accept the credentials of the gateway");
	else if (code != CURLE_OK || !exchange->headers_ended)
		fail_transfer(exchange, timed_out ? MHD_HTTP_GATEWAY_TIMEOUT : MHD_HTTP_BAD_GATEWAY,
					  timed_out ? "the MLflow server did not answer in time" :
					  "the MLflow server could not be asked");
}

static void
take_results(OlGateway *gateway)
{
	CURLMsg    *message;
	int			rest;

	while ((message = curl_multi_info_read(gateway->multi, &rest)) != NULL)
	{
		void	   *exchange = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &exchange);
		end_transfer(exchange, message->data.result);
	}
}

static void
act_on_sockets(OlGateway *gateway)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int			count = epoll_wait(gateway->epoll, events, EVENTS_PER_TURN, 0);
	int			running;

	for (int i = 0; i < count; i++)
	{
		int			mask = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
		(events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		(events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

		(void) curl_multi_socket_action(gateway->multi, events[i].data.fd, mask, &running);
	}
	if (gateway->timer_at == NO_TIMER || gateway->timer_at > ol_http_now())
		return;
	gateway->timer_at = NO_TIMER;
	(void) curl_multi_socket_action(gateway->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static bool
can_go_up(const OlExchange *exchange)
{
	return exchange->easy != NULL && exchange->up_waits &&
		(exchange->up.used > 0 || exchange->up.ended);
}

static bool
can_go_down(const OlExchange *exchange)
{
	return exchange->easy != NULL && exchange->down_waits &&
		ol_pipe_room(&exchange->down) >= OL_PIPE_SIZE / 2;
}

/* What the client's side has made possible. */
static void
let_go_on(OlExchange *exchange)
{
	bool		up = can_go_up(exchange);
	bool		down = can_go_down(exchange);

	if (!(up || down))
		return;
	exchange->up_waits = exchange->up_waits && !up;
	exchange->down_waits = exchange->down_waits && !down;
	exchange->active_at = ol_http_now();
	(void) curl_easy_pause(exchange->easy,
						   (exchange->up_waits ? CURLPAUSE_SEND : 0) |
						   (exchange->down_waits ? CURLPAUSE_RECV : 0));
}

/* Is there something for a client that sleeps? */
static bool
may_wake(const OlExchange *exchange)
{
	if (exchange->step == OL_STEP_ANSWER || exchange->is_over)
		return true;
	if (exchange->step != OL_STEP_PASS)
		return false;
	if (exchange->answered)
		return exchange->down.used > 0;
	if (exchange->before_body)
		return true;
	if (!exchange->up.ended)
		return ol_pipe_room(&exchange->up) >= OL_PIPE_SIZE / 2;
	return exchange->headers_ended && exchange->down_status != MHD_HTTP_UNAUTHORIZED;
}

/* Moves what can be moved; called in every turn of the loop. */
void
ol_proxy_turn(OlGateway *gateway)
{
	sigset_t	all;
	sigset_t	before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (OlExchange *exchange = gateway->exchanges; exchange != NULL; exchange = exchange->next)
		let_go_on(exchange);
	act_on_sockets(gateway);
	take_results(gateway);
	for (OlExchange *exchange = gateway->exchanges; exchange != NULL; exchange = exchange->next)
		if (exchange->is_asleep && may_wake(exchange))
			ol_door_wake(exchange);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Servers that have been silent for too long, while it was their turn. */
void
ol_proxy_end_late(OlGateway *gateway)
{
	int64_t		late = ol_http_now() - gateway->timeout;

	for (OlExchange *exchange = gateway->exchanges; exchange != NULL; exchange = exchange->next)
		if (exchange->easy != NULL && exchange->active_at < late &&
			!exchange->down_waits && !exchange->up_waits)
			fail_transfer(exchange, MHD_HTTP_GATEWAY_TIMEOUT,
						  "the MLflow server did not answer in time");
}

/*
 * Milliseconds until ol_proxy_turn() has to be called in any case.  A client
 * that has taken all there was, at the end of a turn, is told of by no socket.
 */
long
ol_proxy_timeout(const OlGateway *gateway, long longest)
{
	int64_t		rest;

	for (const OlExchange *exchange = gateway->exchanges; exchange != NULL; exchange = exchange->next)
		if (can_go_up(exchange) || can_go_down(exchange))
			return 0;
	if (gateway->timer_at == NO_TIMER)
		return longest;
	rest = gateway->timer_at - ol_http_now();
	return rest < 0 ? 0 : rest > longest ? longest : (long) rest;
}
