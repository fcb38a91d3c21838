/*-------------------------------------------------------------------------
 * load.c
 *	  Sends events over kept HTTP connections and tells how it went.
 *
 *	  load --port N [--connections N] [--seconds N] [--events N] [--first RUN]
 *		   [--jobs N] [--datasets N] [--large] [--churn PERCENT] [--seed N]
 *		   [--pause-ms N] [--random-run-ids]
 *
 * One thread, epoll.  A connection takes the next run, sends START, waits for
 * the answer, sends COMPLETE, and so on, so that there are never more events
 * under way than connections.  An event that is answered 503 (or whose
 * connection broke) is sent again, after Retry-After or --pause-ms, until it is
 * taken: nothing may be lost.  It ends after so many seconds or events,
 * whichever comes first, and 30 s later whatever happens.
 *
 * Prints one line: numbers named as in report(), then the first run that has
 * not been used, for the next call.  Exit code 1: an answer that is neither 201
 * nor 503, or an event without an answer.
 *-------------------------------------------------------------------------*/
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define ANSWER_SIZE 8192
#define HEAD_SIZE 256
#define GRACE_US 30000000
#define BUCKETS 4000			/* of latencies, a 64th of a power of two each */

typedef enum State
{
	IDLE,						/* nothing to send any more */
	PAUSED,						/* until due */
	SENDING,
	READING
} State;

typedef struct Connection
{
	int			fd;				/* -1: closed */
	State		state;
	Told		told;			/* the event under way */
	char	   *request;
	size_t		len;
	size_t		sent;
	char		answer[ANSWER_SIZE];
	size_t		got;
	int64_t		began;			/* sending of the event's last try */
	int64_t		due;
} Connection;

static struct
{
	int			port;
	int			connections;
	int			seconds;
	int64_t		events;
	uint64_t	first;
	int			churn;
	int			pause_ms;
} options = {.connections = 128,.seconds = 10,.events = INT64_C(1) << 60,.pause_ms = 1000};

static Corpus corpus = {.njobs = 2000,.ndatasets = 5000};
static int	epoll;
static int64_t started;
static int64_t ended;			/* when the last answer came */
static uint64_t next_run;
static int64_t begun;			/* events that were sent at least once */
static int64_t stored;
static int64_t busy;			/* answers 503 */
static int64_t broken;			/* connections that ended under an event */
static int64_t wrong;			/* other answers */
static int64_t bytes;
static int64_t latencies[BUCKETS];

static int64_t
now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* -- latencies ------------------------------------------------------------ */

static int
bucket_of(int64_t us)
{
	int			power = 0;

	while ((us >> power) >= 128)
		power++;
	us = power * 64L + (us >> power);
	return us < BUCKETS ? (int) us : BUCKETS - 1;
}

static int64_t
bucket_start(int bucket)
{
	int			power = bucket < 128 ? 0 : bucket / 64 - 1;

	return (int64_t) (bucket - power * 64) << power;
}

static double
percentile_ms(double p)
{
	int64_t		left = (int64_t) (p * (double) stored);
	int			i = 0;

	while (i < BUCKETS - 1 && (left -= latencies[i]) > 0)
		i++;
	return (double) bucket_start(i) / 1000;
}

/* -- one connection ------------------------------------------------------- */

static void
watch(Connection *c, uint32_t events, int operation)
{
	struct epoll_event event = {.events = events,.data.ptr = c};

	if (epoll_ctl(epoll, operation, c->fd, &event) != 0)
	{
		perror("load: epoll_ctl");
		exit(2);
	}
}

static void
pause_connection(Connection *c, int64_t ms)
{
	c->state = PAUSED;
	c->due = now_us(CLOCK_MONOTONIC) + ms * 1000;
}

static void
close_connection(Connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static bool
open_connection(Connection *c)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int			on = 1;

	address.sin_port = htons((uint16_t) options.port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *) &address, sizeof(address)) != 0)
	{
		close_connection(c);
		return false;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	watch(c, EPOLLIN, EPOLL_CTL_ADD);
	return true;
}

static void
lose_connection(Connection *c)
{
	broken++;
	close_connection(c);
	pause_connection(c, options.pause_ms);
}

static void
send_more(Connection *c)
{
	while (c->sent < c->len)
	{
		ssize_t		n = send(c->fd, c->request + c->sent, c->len - c->sent, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		{
			watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
			return;
		}
		if (n < 0)
		{
			lose_connection(c);
			return;
		}
		c->sent += (size_t) n;
	}
	if (c->state == SENDING)
		c->state = READING;
}

/* Sends the event that the connection has, once more or for the first time. */
static void
send_event(Connection *c)
{
	if (c->fd < 0 && !open_connection(c))
	{
		broken++;
		pause_connection(c, options.pause_ms);
		return;
	}
	c->state = SENDING;
	c->sent = 0;
	c->got = 0;
	c->began = now_us(CLOCK_MONOTONIC);
	send_more(c);
}

static bool
is_over(void)
{
	return begun >= options.events ||
		now_us(CLOCK_MONOTONIC) - started >= (int64_t) options.seconds * 1000000;
}

/* The next event: the end of the run at hand, or the start of another. */
static void
take_event(Connection *c)
{
	char		head[HEAD_SIZE];
	size_t		length;
	size_t		used;
	int64_t		now = now_us(CLOCK_REALTIME);

	if (c->told.ends || c->len == 0)
	{
		if (is_over())
		{
			close_connection(c);	/* others may wait for its place */
			c->state = IDLE;
			return;
		}
		c->told.run = next_run++;
		c->told.ends = false;
		c->told.began_us = now;
		c->told.churns = (int) (c->told.run * 7919 % 100) < options.churn;
	}
	else
		c->told.ends = true;
	c->told.at_us = now;
	length = corpus_write(&corpus, &c->told, c->request + HEAD_SIZE);
	used = (size_t) snprintf(head, sizeof(head),
							 "POST /api/v1/lineage HTTP/1.1\r\nHost: 127.0.0.1\r\n"
							 "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
							 length);
	memmove(c->request + used, c->request + HEAD_SIZE, length);
	memcpy(c->request, head, used);
	c->len = used + length;
	begun++;
	bytes += (int64_t) length;
	send_event(c);
}

/* -- answers -------------------------------------------------------------- */

static const char *
header(const char *answer, const char *name)
{
	const char *line = strstr(answer, "\r\n");

	while (line != NULL && strncmp(line, "\r\n\r\n", 4) != 0)
	{
		line += 2;
		if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			return line + strlen(name) + 1;
		line = strstr(line, "\r\n");
	}
	return NULL;
}

/* The whole answer is there. */
static void
take_answer(Connection *c)
{
	int			status = (int) strtol(c->answer + sizeof("HTTP/1.1 ") - 1, NULL, 10);
	const char *retry = header(c->answer, "Retry-After");
	const char *connection = header(c->answer, "Connection");
	int64_t		now = now_us(CLOCK_MONOTONIC);

	if (connection != NULL && strncasecmp(connection, " close", 6) == 0)
		close_connection(c);
	if (status == 503)
	{
		busy++;
		pause_connection(c, retry != NULL ? 1000 * strtol(retry, NULL, 10) : options.pause_ms);
		return;
	}
	if (status == 201)
	{
		stored++;
		ended = now;
		latencies[bucket_of(now - c->began)]++;
	}
	else if (wrong++ == 0)
		fprintf(stderr, "load: answer %.400s\n", c->answer);
	take_event(c);
}

static void
read_more(Connection *c)
{
	const char *body;
	const char *length;
	ssize_t		n;

	n = recv(c->fd, c->answer + c->got, ANSWER_SIZE - 1 - c->got, 0);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n <= 0)
	{
		if (c->state == SENDING || c->state == READING)
			lose_connection(c);
		else
			close_connection(c);
		return;
	}
	c->got += (size_t) n;
	c->answer[c->got] = '\0';
	body = strstr(c->answer, "\r\n\r\n");
	length = body == NULL ? NULL : header(c->answer, "Content-Length");
	if (length != NULL && c->got >= (size_t) (body + 4 - c->answer) + strtoul(length, NULL, 10))
		take_answer(c);
	else if (c->got == ANSWER_SIZE - 1)
		lose_connection(c);
}

static void
handle(Connection *c, uint32_t events)
{
	if (c->fd >= 0 && (events & EPOLLOUT))
	{
		watch(c, EPOLLIN, EPOLL_CTL_MOD);
		send_more(c);
	}
	if (c->fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		read_more(c);
}

/* -- all of them ---------------------------------------------------------- */

static void
run(Connection *connections)
{
	int64_t		limit = started + (int64_t) options.seconds * 1000000 + GRACE_US;

	for (int i = 0; i < options.connections; i++)
		take_event(&connections[i]);
	for (;;)
	{
		struct epoll_event events[256];
		int			n = epoll_wait(epoll, events, 256, 20);
		int64_t		now = now_us(CLOCK_MONOTONIC);
		int			active = 0;

		for (int i = 0; i < n; i++)
			handle(events[i].data.ptr, events[i].events);
		for (int i = 0; i < options.connections; i++)
		{
			if (connections[i].state == PAUSED && connections[i].due <= now)
				send_event(&connections[i]);
			active += connections[i].state != IDLE;
		}
		if (active == 0 || now > limit)
			return;
	}
}

static int
report(void)
{
	double		seconds = (double) (ended - started) / 1e6;

	printf("stored %lld unanswered %lld busy %lld broken %lld wrong %lld seconds %.2f per_second %.0f "
		   "p50_ms %.2f p99_ms %.2f max_ms %.2f bytes %lld next %llu\n",
		   (long long) stored, (long long) (begun - stored - wrong), (long long) busy, (long long) broken,
		   (long long) wrong, seconds, seconds > 0 ? (double) stored / seconds : 0, percentile_ms(0.5),
		   percentile_ms(0.99), percentile_ms(1), (long long) bytes, (unsigned long long) next_run);
	return wrong > 0 || begun - stored - wrong > 0;
}

static void
read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"port", required_argument, NULL, 'p'}, {"connections", required_argument, NULL, 'c'},
		{"seconds", required_argument, NULL, 's'}, {"events", required_argument, NULL, 'e'},
		{"first", required_argument, NULL, 'f'}, {"jobs", required_argument, NULL, 'j'},
		{"datasets", required_argument, NULL, 'd'}, {"large", no_argument, NULL, 'l'},
		{"churn", required_argument, NULL, 'h'}, {"seed", required_argument, NULL, 'x'},
		{"pause-ms", required_argument, NULL, 'w'}, {"random-run-ids", no_argument, NULL, 'r'},
		{NULL, 0, NULL, 0}
	};
	int			option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		long long	number = optarg == NULL ? 0 : strtoll(optarg, NULL, 10);

		switch (option)
		{
			case 'p': options.port = (int) number; break;
			case 'c': options.connections = (int) number; break;
			case 's': options.seconds = (int) number; break;
			case 'e': options.events = number; break;
			case 'f': options.first = (uint64_t) number; break;
			case 'j': corpus.njobs = (int) number; break;
			case 'd': corpus.ndatasets = (int) number; break;
			case 'l': corpus.large = true; break;
			case 'h': options.churn = (int) number; break;
			case 'r': corpus.random_ids = true; break;
			case 'x': corpus.seed = (uint64_t) number; break;
			case 'w': options.pause_ms = (int) number; break;
			default: exit(2);
		}
	}
	if (options.port <= 0 || options.connections <= 0 || corpus.njobs <= 0 || corpus.ndatasets <= 0)
	{
		fprintf(stderr, "usage: see the head of load.c\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	Connection *connections;

	read_options(argc, argv);
	corpus.began_us = now_us(CLOCK_REALTIME);
	corpus_make(&corpus);
	connections = calloc((size_t) options.connections, sizeof(Connection));
	epoll = epoll_create1(0);
	if (connections == NULL || epoll < 0)
	{
		free(connections);
		return 2;
	}
	for (int i = 0; i < options.connections; i++)
	{
		connections[i].fd = -1;
		connections[i].request = malloc(HEAD_SIZE + corpus_largest(&corpus));
		if (connections[i].request == NULL)
			abort();
	}
	next_run = options.first;
	started = ended = now_us(CLOCK_MONOTONIC);
	run(connections);
	free(connections);
	return report();
}
