/*-------------------------------------------------------------------------
 * listen.c
 *	  The sockets clients connect to.
 *
 * They are ours and not libmicrohttpd's, so that a port in use is a clear
 * error, and without SO_REUSEPORT, with which two servers would share one
 * port in silence.  Unless every request needs a token, any address but
 * loopback is refused.  That row-level security is enforced is not enough: it
 * can be ended in SQL while the sockets are open.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "nodes/pg_list.h"
#include "utils/varlena.h"

#include "address.h"
#include "listen.h"

/*
 * Connections that wait to be taken; the kernel has a limit of its own.  One
 * too many waits a second, until TCP sends again.
 */
#define BACKLOG 4096

static int	spare = -1;			/* see drop_connection() */

static void
set_hint(OlListener *listener, const char *hint)
{
	strlcpy(listener->hint, hint, sizeof(listener->hint));
}

/* Remembers errno as the reason; closes what was opened. */
static void
fail_to_listen(OlListener *listener, const char *address, int port)
{
	int			reason = errno;

	if (reason == EADDRINUSE)
	{
		snprintf(listener->problem, sizeof(listener->problem),
				 "port %d is in use on %s", port, address);
		set_hint(listener, "Stop the program that uses it, or give this database another port with ALTER DATABASE ... SET openlineage.port.");
	}
	else
	{
		snprintf(listener->problem, sizeof(listener->problem),
				 "cannot listen on %s port %d: %s", address, port,
				 strerror(reason));
		set_hint(listener, "Check openlineage.listen_addresses and openlineage.port.");
	}
}

static int
open_socket(const struct addrinfo *info)
{
	int			one = 1;
	int			fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
		(info->ai_family != AF_INET6 ||
		 setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0) &&
		bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
		listen(fd, BACKLOG) == 0)
		return fd;
	one = errno;
	close(fd);
	errno = one;
	return -1;
}

static void
open_address(OlListener *listener, const char *address, int port,
			 bool needs_token)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,.ai_flags = AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found;
	char		service[16];
	int			status;

	snprintf(service, sizeof(service), "%d", port);
	status = getaddrinfo(strcmp(address, "*") == 0 ? NULL : address, service,
						 &hints, &found);
	if (status != 0)
	{
		snprintf(listener->problem, sizeof(listener->problem),
				 "cannot find address %.40s: %s", address, gai_strerror(status));
		set_hint(listener, "Correct openlineage.listen_addresses.");
		return;
	}
	for (struct addrinfo *info = found; info != NULL; info = info->ai_next)
	{
		int			fd;
		OlAddress	wanted = ol_address_of(info->ai_addr);

		if (!needs_token && !ol_address_is_loopback(&wanted))
		{
			snprintf(listener->problem, sizeof(listener->problem),
					 "refuses %.40s: not loopback", address);
			set_hint(listener, "Turn openlineage.oauth_required on, so that every request needs a token, or set openlineage.listen_addresses to 127.0.0.1.");
			break;
		}
		fd = listener->count < OL_LISTEN_MAX ? open_socket(info) : -1;
		if (fd < 0)
		{
			fail_to_listen(listener, address, port);
			break;
		}
		listener->sockets[listener->count++] = fd;
	}
	freeaddrinfo(found);
}

/* Port 0 opens nothing and is no problem. */
void
ol_listener_open(OlListener *listener, const char *addresses, int port,
				 bool needs_token)
{
	char	   *copy;
	List	   *list = NIL;
	ListCell   *cell;

	memset(listener, 0, sizeof(*listener));
	if (port == 0)
		return;
	copy = pstrdup(addresses);
	if (!SplitGUCList(copy, ',', &list) || list == NIL)
	{
		strlcpy(listener->problem, "listen_addresses is not a list of addresses",
				sizeof(listener->problem));
		set_hint(listener, "Correct openlineage.listen_addresses.");
	}
	foreach(cell, list)
	{
		if (listener->problem[0] != '\0')
			break;
		open_address(listener, lfirst(cell), port, needs_token);
	}
	list_free(list);
	pfree(copy);
	if (listener->problem[0] != '\0')
		ol_listener_close(listener);
	else if (spare < 0)
		spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/*
 * Out of descriptors, a connection that cannot be accepted would wake us again
 * and again.  So one descriptor is held in reserve, to accept it and close it.
 */
static void
drop_connection(int socket)
{
	int			fd;

	if (spare >= 0)
		close(spare);
	fd = accept(socket, NULL, NULL);
	if (fd >= 0)
		close(fd);
	spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A connection, or -1 when there is none or no descriptor for it. */
int
ol_listener_accept(int socket, struct sockaddr_storage *address, socklen_t *len)
{
	int			one = 1;
	int			fd;

	*len = sizeof(*address);
	fd = accept4(socket, (struct sockaddr *) address, len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	else if (errno == EMFILE || errno == ENFILE)
		drop_connection(socket);
	return fd;
}

/* Keeps problem and hint. */
void
ol_listener_close(OlListener *listener)
{
	for (int i = 0; i < listener->count; i++)
		close(listener->sockets[i]);
	listener->count = 0;
}
