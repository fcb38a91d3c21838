/*-------------------------------------------------------------------------
 * loop.c
 *	  Drives a transfer while waiting on the latch.
 *
 * libcurl's sockets sit in an epoll descriptor of the client's own, which is
 * one more thing to wait for beside the latch.  So a cancel, a timeout and a
 * shutdown act at once, and no wait event set can leak when an error is raised.
 *
 * Names are looked up by threads that libcurl starts.  Signals are blocked
 * while it may do so: a thread inherits that, and no handler of PostgreSQL ever
 * runs in one.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <signal.h>
#include <sys/epoll.h>

#include "base/compat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"

#include "client.h"
#include "clock.h"

#define EVENTS_PER_TURN 16

/* libcurl sets a timer for each of its limits; this is for none being set. */
#define LONGEST_WAIT_MS 1000

static void
act_on(OlNetClient *client, curl_socket_t fd, int events)
{
	sigset_t	all;
	sigset_t	before;
	int			running;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	(void) curl_multi_socket_action(client->multi, fd, events, &running);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
act_on_sockets(OlNetClient *client)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int			count = epoll_wait(client->epoll, events, EVENTS_PER_TURN, 0);

	for (int i = 0; i < count; i++)
	{
		int			mask = 0;

		if (events[i].events & EPOLLIN)
			mask |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			mask |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			mask |= CURL_CSELECT_ERR;
		act_on(client, events[i].data.fd, mask);
	}
}

static long
time_to_timer(const OlNetClient *client)
{
	int64		rest = client->timer_at - ol_net_clock();

	if (client->timer_at == OL_NET_NO_TIMER || rest > LONGEST_WAIT_MS)
		return LONGEST_WAIT_MS;
	return rest < 0 ? 0 : (long) rest;
}

static bool
is_done(OlNetClient *client, CURLcode *result)
{
	CURLMsg    *message;
	int			rest;

	while ((message = curl_multi_info_read(client->multi, &rest)) != NULL)
	{
		if (message->msg != CURLMSG_DONE)
			continue;
		*result = message->data.result;
		return true;
	}
	return false;
}

/* The transfer is in client->multi already; returns when it has ended. */
CURLcode
ol_net_run(OlNetClient *client)
{
	CURLcode	result;

	act_on(client, CURL_SOCKET_TIMEOUT, 0);
	while (!is_done(client, &result))
	{
		int			events = WaitLatchOrSocket(MyLatch,
											   WL_LATCH_SET | WL_SOCKET_READABLE |
											   WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
											   client->epoll,
											   time_to_timer(client),
											   PG_WAIT_EXTENSION);

		if (events & WL_LATCH_SET)
		{
			ResetLatch(MyLatch);
			CHECK_FOR_INTERRUPTS();
		}
		if (events & WL_SOCKET_READABLE)
			act_on_sockets(client);
		if (client->timer_at != OL_NET_NO_TIMER && time_to_timer(client) == 0)
		{
			client->timer_at = OL_NET_NO_TIMER;
			act_on(client, CURL_SOCKET_TIMEOUT, 0);
		}
	}
	return result;
}
