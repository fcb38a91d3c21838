/*-------------------------------------------------------------------------
 * callback.c
 *	  What libcurl calls while a transfer runs.
 *
 * Nothing of PostgreSQL is called in here, and nothing raised: a callback
 * writes into the client, and whoever drives the transfer looks there.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"

/* All headers of an answer together, those of interim answers included. */
#define MAX_HEADER_BYTES ((size_t) 64 * 1024)

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	OlNetClient *client = arg;
	size_t		len = size * count;

	if (len > client->max_body - client->reply.used)
	{
		client->failed = OL_NET_BODY_TOO_LONG;
		return 0;				/* libcurl ends the transfer */
	}
	ol_buffer_append(&client->reply, data, len);
	return client->reply.failed ? 0 : len;
}

/* Called line by line; the empty one is the last of an answer's headers. */
static size_t
count_header(char *data, size_t size, size_t count, void *arg)
{
	OlNetClient *client = arg;
	size_t		len = size * count;

	client->headers_ended = len > 0 && (data[0] == '\r' || data[0] == '\n');
	client->header_bytes += len;
	if (client->header_bytes <= MAX_HEADER_BYTES)
		return len;
	client->failed = OL_NET_HEADERS_TOO_LONG;
	return 0;
}

/* The only place where a socket comes from: so what is refused is not reached. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	OlNetClient *client = arg;

	if (purpose != CURLSOCKTYPE_IPCXN ||
		ol_address_kind(&address->addr) > client->reach)
	{
		client->failed = OL_NET_ADDRESS_REFUSED;
		return CURL_SOCKET_BAD; /* libcurl tries the name's next address */
	}
	client->failed = OL_NET_FINE;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
				  address->protocol);
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	OlNetClient *client = arg;
	struct epoll_event event = {.data.fd = fd};

	(void) easy;
	(void) unused;
	if (what == CURL_POLL_REMOVE)
	{
		(void) epoll_ctl(client->epoll, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(client->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
		epoll_ctl(client->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return -1;
}

static int
set_timer(CURLM *multi, long milliseconds, void *arg)
{
	OlNetClient *client = arg;

	(void) multi;
	client->timer_at = milliseconds < 0 ? OL_NET_NO_TIMER :
		ol_net_clock() + milliseconds;
	return 0;
}

void
ol_net_attach_callbacks(OlNetClient *client)
{
	curl_easy_setopt(client->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(client->easy, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(client->easy, CURLOPT_HEADERFUNCTION, count_header);
	curl_easy_setopt(client->easy, CURLOPT_HEADERDATA, client);
	curl_easy_setopt(client->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(client->easy, CURLOPT_OPENSOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
}
