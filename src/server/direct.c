/*-------------------------------------------------------------------------
 * direct.c
 *	  Plain requests, served without libmicrohttpd.
 *
 * Producers send thousands of small POSTs a second, each like the one before,
 * and readers their GETs.  libmicrohttpd clears the whole memory of a connection after each of them,
 * which has to be large for the request lines of others, and leaves and enters
 * its epoll set again.  So every connection begins here.  The head of a request
 * is looked at without taking it out of the socket; unless it is a plain one
 * (head.c) the connection is handed over to libmicrohttpd, for good, which
 * finds it untouched.  What a request means is judged by the same functions in
 * both cases.
 *
 * Events of epoll are edges: whatever may have come and was not looked at is
 * remembered as "readable".  A client that waits for us (OL_PHASE_WORK) is
 * never freed, as a lane has its request.
 *
 * Nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "direct.h"
#include "head.h"
#include "listen.h"

#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
#define EVENTS_PER_TURN 128
#define ACCEPTS_PER_TURN 64
#define STEPS_PER_TURN 16		/* of one client, then others have theirs */
#define LOOK_SIZE 32768			/* of a head, and what may be behind it */
#define KEPT_HEAD 4096

/* What libmicrohttpd does not know of a client. */
typedef struct OlDirect
{
	size_t		left;			/* bytes of the body that are still to come */
	bool		readable;		/* the socket may have bytes */
	bool		half_closed;	/* no more will come */
	OlBuffer	head;			/* of the answer, whose body is the reply's */
	size_t		sent;			/* of both */
	int64_t		answer_until;	/* at most */
	bool		close;			/* after the answer */
} OlDirect;

typedef enum Step
{
	STEP_AGAIN,					/* there may be more to do */
	STEP_WAIT,					/* until there is an event */
	STEP_GONE					/* the client is not ours any more */
} Step;

/* Every byte read goes through here. */
static char scratch[65536];


static void
forget_client(OlHttp *http, OlClient *client)
{
	ol_buffer_free(&client->direct->head);
	free(client->direct);
	client->direct = NULL;
	ol_client_remove(http, client);
}

/* Unread bytes would turn the end of the connection into a reset. */
static Step
close_client(OlHttp *http, OlClient *client)
{
	int			socket = client->socket;

	(void) recv(socket, NULL, sizeof(scratch), MSG_TRUNC);
	forget_client(http, client);
	close(socket);
	return STEP_GONE;
}

/* The deadline that the client has stays. */
static Step
hand_over(OlHttp *http, OlClient *client)
{
	struct sockaddr_storage address = client->address;
	int			socket = client->socket;
	OlPhase		phase = client->phase;
	int64_t		deadline = client->deadline;

	(void) epoll_ctl(http->direct_socket, EPOLL_CTL_DEL, socket, NULL);
	forget_client(http, client);
	if (MHD_add_connection(http->daemon, socket, (struct sockaddr *) &address,
						   address.ss_family == AF_INET ? sizeof(struct sockaddr_in) :
						   sizeof(struct sockaddr_in6)) == MHD_YES &&
		http->clients != NULL && http->clients->socket == socket)
	{
		http->clients->phase = phase;
		http->clients->deadline = deadline;
	}
	return STEP_GONE;
}

/* Takes what has been looked at out of the socket, and judges the head. */
static Step
begin_request(OlHttp *http, OlClient *client, OlHead *head, size_t seen)
{
	OlDirect   *direct = client->direct;
	OlRequest  *request = ol_request_create(http, head->target);
	size_t		len = head->size + head->body_size;

	if (request == NULL)
	{
		ol_head_free(head);
		return close_client(http, client);
	}
	client->request = request;
	request->client = client;
	request->head = head;
	direct->readable = seen > len || seen == LOOK_SIZE;
	if (len > seen)
		len = seen;
	if (recv(client->socket, NULL, len, MSG_TRUNC) != (ssize_t) len)
		return close_client(http, client);
	ol_request_judge(http, request, head->method);
	ol_client_enter(client, OL_PHASE_BODY);
	len -= head->size;
	ol_request_feed(request, scratch + head->size, len);
	direct->left = head->body_size - len;
	explicit_bzero(scratch, head->size);
	return STEP_AGAIN;
}

static Step
read_head(OlHttp *http, OlClient *client)
{
	ssize_t		seen = recv(client->socket, scratch, LOOK_SIZE, MSG_PEEK);
	OlHead	   *head;

	client->direct->readable = false;
	if (seen < 0 && (errno == EAGAIN || errno == EINTR))
		return STEP_WAIT;
	if (seen <= 0)
		return close_client(http, client);
	switch (ol_head_read(scratch, seen, &head))
	{
		case OL_HEAD_PLAIN:
			break;
		case OL_HEAD_UNFINISHED:
			return client->direct->half_closed ? close_client(http, client) : STEP_WAIT;
		case OL_HEAD_OTHER:
			return hand_over(http, client);
	}
	if (head->body_size <= http->pool.limit && !http->stopping)
		return begin_request(http, client, head, seen);
	ol_head_free(head);
	return hand_over(http, client);
}

static const char *
date_now(void)
{
	static char text[64];
	static time_t told;
	time_t		now = time(NULL);
	struct tm	parts;

	if (now != told && gmtime_r(&now, &parts) != NULL)
	{
		(void) strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
		told = now;
	}
	return text;
}

static enum MHD_Result
append_header(void *cls, enum MHD_ValueKind kind, const char *name,
			  const char *value)
{
	OlBuffer   *head = cls;

	(void) kind;
	ol_buffer_append_text(head, name);
	ol_buffer_append_text(head, ": ");
	ol_buffer_append_text(head, value);
	ol_buffer_append_text(head, "\r\n");
	return MHD_YES;
}

/* The head as libmicrohttpd writes it, headers in the same order. */
static bool
write_head(OlHttp *http, OlRequest *request, OlBuffer *head)
{
	const OlReply *reply = &request->reply;
	struct MHD_Response *headers =
	MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	char		text[160];

	if (headers == NULL)
		return false;
	ol_http_add_headers(http, headers, request);
	snprintf(text, sizeof(text), "HTTP/1.1 %d %s\r\nDate: %s\r\n", reply->status,
			 MHD_get_reason_phrase_for(reply->status), date_now());
	ol_buffer_append_text(head, text);
	(void) MHD_get_response_headers(headers, append_header, head);
	MHD_destroy_response(headers);
	snprintf(text, sizeof(text), "Content-Length: %zu\r\n\r\n", reply->body.used);
	ol_buffer_append_text(head, text);
	return !head->failed && !reply->body.failed;
}

static Step
begin_answer(OlHttp *http, OlClient *client)
{
	OlDirect   *direct = client->direct;
	OlRequest  *request = client->request;

	direct->head.used = 0;
	direct->sent = 0;
	direct->close = request->reply.close;
	if (!write_head(http, request, &direct->head))
		return close_client(http, client);
	ol_guard_note(http, request, request->head->method);
	ol_client_enter(client, OL_PHASE_ANSWER);
	direct->answer_until = client->deadline;
	return STEP_AGAIN;
}

static Step
end_request(OlHttp *http, OlClient *client)
{
	OlDirect   *direct = client->direct;

	if (direct->close)
		return close_client(http, client);
	if (direct->head.size > KEPT_HEAD)
		ol_buffer_free(&direct->head);
	ol_request_free(client->request);
	client->request = NULL;
	ol_client_enter(client, OL_PHASE_IDLE);
	return direct->readable || direct->half_closed ? STEP_AGAIN : STEP_WAIT;
}

/* As libmicrohttpd has it: so long after the last byte, within the limit of all. */
static int64_t
inactive_at(const OlDirect *direct)
{
	int64_t		end = ol_http_now() + INT64_C(1000) * OL_HTTP_INACTIVITY;

	return end < direct->answer_until ? end : direct->answer_until;
}

static struct iovec
rest_of(const OlBuffer *buffer, size_t sent)
{
	size_t		done = sent < buffer->used ? sent : buffer->used;

	return (struct iovec)
	{
		buffer->data + done, buffer->used - done
	};
}

static Step
send_answer(OlHttp *http, OlClient *client)
{
	OlDirect   *direct = client->direct;
	const OlBuffer *head = &direct->head;
	const OlBuffer *body = &client->request->reply.body;
	struct iovec parts[2] = {
		rest_of(head, direct->sent),
		rest_of(body, direct->sent < head->used ? 0 : direct->sent - head->used),
	};
	struct msghdr message = {.msg_iov = parts,.msg_iovlen = 2};
	ssize_t		sent = sendmsg(client->socket, &message, MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
	{
		client->deadline = inactive_at(direct);
		return STEP_WAIT;
	}
	if (sent < 0)
		return close_client(http, client);
	direct->sent += sent;
	return direct->sent == head->used + body->used ?
		end_request(http, client) : STEP_AGAIN;
}

/* The whole request is here: it has its answer at once, or waits for it. */
static Step
end_body(OlHttp *http, OlClient *client)
{
	OlRequest  *request = client->request;

	ol_request_complete(http, request);
	if (request->reply.status != 0)
		return begin_answer(http, client);
	request->suspended = true;
	ol_client_enter(client, OL_PHASE_WORK);
	return STEP_WAIT;
}

static Step
read_body(OlHttp *http, OlClient *client)
{
	OlDirect   *direct = client->direct;
	size_t		room = direct->left < sizeof(scratch) ? direct->left : sizeof(scratch);
	ssize_t		got;

	if (direct->left == 0)
		return end_body(http, client);
	got = recv(client->socket, scratch, room, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return STEP_WAIT;
	if (got <= 0)
		return close_client(http, client);
	ol_request_feed(client->request, scratch, got);
	direct->left -= got;
	direct->readable = true;
	return STEP_AGAIN;
}

static Step
take_step(OlHttp *http, OlClient *client)
{
	switch (client->phase)
	{
		case OL_PHASE_HEADERS:
		case OL_PHASE_IDLE:
			return read_head(http, client);
		case OL_PHASE_BODY:
			return read_body(http, client);
		case OL_PHASE_ANSWER:
			return send_answer(http, client);
		case OL_PHASE_WORK:
			break;
	}
	return STEP_WAIT;
}

/* To set its events anew lets epoll report again what is still there. */
static void
serve_client(OlHttp *http, OlClient *client)
{
	struct epoll_event event = {.events = EVENTS,.data.ptr = client};
	Step		step = STEP_AGAIN;

	for (int i = 0; step == STEP_AGAIN && i < STEPS_PER_TURN; i++)
		step = take_step(http, client);
	if (step == STEP_AGAIN)
		(void) epoll_ctl(http->direct_socket, EPOLL_CTL_MOD, client->socket, &event);
}

static void
take_event(OlHttp *http, OlClient *client, uint32_t events)
{
	OlDirect   *direct = client->direct;

	direct->readable = direct->readable || (events & EPOLLIN) != 0;
	direct->half_closed = direct->half_closed || (events & EPOLLRDHUP) != 0;
	if (client->phase == OL_PHASE_WORK)
		return;
	if (client->ended || (events & (EPOLLERR | EPOLLHUP)) != 0)
		(void) close_client(http, client);
	else
		serve_client(http, client);
}

/* Reads and writes whatever is possible now. */
void
ol_direct_run(OlHttp *http)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int			count = epoll_wait(http->direct_socket, events, EVENTS_PER_TURN, 0);

	for (int i = 0; i < count; i++)
		take_event(http, events[i].data.ptr, events[i].events);
}

/* Sends the answers that are there. */
void
ol_direct_answer(OlHttp *http)
{
	OlRequest  *request;

	while ((request = ol_queue_take(&http->answered)) != NULL)
	{
		OlClient   *client = request->client;

		if (begin_answer(http, client) == STEP_AGAIN)
			serve_client(http, client);
	}
}

static void
take_connection(OlHttp *http, int socket, const struct sockaddr_storage *address)
{
	struct epoll_event event = {.events = EVENTS};
	OlClient   *client = NULL;

	if (http->nclients < http->max_clients + OL_HTTP_REFUSABLE)
		client = ol_client_add(http, socket, (const struct sockaddr *) address);
	if (client != NULL)
		client->direct = calloc(1, sizeof(OlDirect));
	if (client == NULL || client->direct == NULL)
	{
		if (client != NULL)
			ol_client_remove(http, client);
		close(socket);
		return;
	}
	event.data.ptr = client;
	if (client->refused ||
		epoll_ctl(http->direct_socket, EPOLL_CTL_ADD, socket, &event) != 0)
		(void) hand_over(http, client);
}

/* Who waits at a listening socket becomes a client. */
void
ol_direct_accept(OlHttp *http, int socket)
{
	for (int i = 0; i < ACCEPTS_PER_TURN; i++)
	{
		struct sockaddr_storage address;
		socklen_t	len;
		int			fd = ol_listener_accept(socket, &address, &len);

		if (fd < 0)
			return;
		take_connection(http, fd, &address);
	}
}

bool
ol_direct_start(OlHttp *http)
{
	http->direct_socket = epoll_create1(EPOLL_CLOEXEC);
	return http->direct_socket >= 0;
}

/* No request may be with a lane any more. */
void
ol_direct_stop(OlHttp *http)
{
	OlClient   *next;

	ol_direct_answer(http);
	for (OlClient *client = http->clients; client != NULL; client = next)
	{
		next = client->next;
		if (client->direct != NULL)
			(void) close_client(http, client);
	}
}
