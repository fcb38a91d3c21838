/*-------------------------------------------------------------------------
 * client.c
 *	  Who is connected, and for how long a client may take its time.
 *
 * libmicrohttpd only knows a time without any byte, which a client that sends
 * one byte now and then never reaches.  So every phase of a connection has a
 * deadline of its own; past it the socket is shut down, and libmicrohttpd
 * sees the end of the connection and cleans up.
 *
 * Called in callbacks of libmicrohttpd: nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

#define NEVER INT64_MAX
#define SECOND INT64_C(1000)	/* milliseconds */
#define IPV6_NETWORK 8			/* bytes of an address that make a client */

static const int64_t phase_limits[] = {
	[OL_PHASE_HEADERS] = 10 * SECOND,
	[OL_PHASE_BODY] = 60 * SECOND,
	[OL_PHASE_WORK] = 0,
	[OL_PHASE_ANSWER] = 300 * SECOND,
	[OL_PHASE_IDLE] = 75 * SECOND,
};

/* IPv4 in IPv6 is IPv4; of IPv6 a client has a /64, as in limit.c. */
static bool
same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	OlAddress	one = ol_address_of((const struct sockaddr *) a);
	OlAddress	other = ol_address_of((const struct sockaddr *) b);

	return one.family == other.family &&
		memcmp(one.bytes, other.bytes, one.family == AF_INET ? 4 : IPV6_NETWORK) == 0;
}

/* NULL when there is no memory. */
OlClient *
ol_client_add(OlHttp *http, int socket, const struct sockaddr *address)
{
	OlClient   *client = calloc(1, sizeof(OlClient));
	int			neighbours = 0;

	if (client == NULL)
		return NULL;
	client->socket = socket;
	memcpy(&client->address, address, address->sa_family == AF_INET ?
		   sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	for (OlClient *other = http->clients; other != NULL; other = other->next)
		if (same_host(&other->address, &client->address))
			neighbours++;
	client->refused = http->nclients >= http->max_clients ||
		neighbours >= http->max_clients_per_address;
	ol_client_enter(client, OL_PHASE_HEADERS);

	client->next = http->clients;
	if (client->next != NULL)
		client->next->previous = client;
	http->clients = client;
	http->nclients++;
	return client;
}

void
ol_client_remove(OlHttp *http, OlClient *client)
{
	if (client->request != NULL)
		ol_request_free(client->request);
	if (client->previous != NULL)
		client->previous->next = client->next;
	else
		http->clients = client->next;
	if (client->next != NULL)
		client->next->previous = client->previous;
	http->nclients--;
	free(client);
}

void
ol_client_enter(OlClient *client, OlPhase phase)
{
	client->phase = phase;
	client->deadline = phase_limits[phase] == 0 ? NEVER :
		ol_http_now() + phase_limits[phase];
}

static void
end_client(OlClient *client)
{
	if (client->ended)
		return;
	client->ended = true;
	(void) shutdown(client->socket, SHUT_RDWR);
}

/* Ends those who are past their deadline. */
void
ol_client_end_late(OlHttp *http)
{
	int64_t		now = ol_http_now();

	for (OlClient *client = http->clients; client != NULL; client = client->next)
		if (now > client->deadline)
			end_client(client);
}

/* Ends those who have no request under way; called when we stop. */
void
ol_client_end_idle(OlHttp *http)
{
	for (OlClient *client = http->clients; client != NULL; client = client->next)
		if (client->phase == OL_PHASE_HEADERS || client->phase == OL_PHASE_IDLE)
			end_client(client);
}
