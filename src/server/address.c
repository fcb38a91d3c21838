/*-------------------------------------------------------------------------
 * address.c
 *	  Where a request comes from, proxies considered.
 *
 * Anybody can write a header that names an address, so one is believed only
 * when the connection comes from a listed proxy, and only the header that the
 * proxies are said to write: another one of the two would pass through them as
 * the client wrote it.  A proxy appends whom it got the request from, so the
 * list is read from its end, and ends at the first that is no listed proxy.
 *
 * Pure: no PostgreSQL, nothing is sent or received.
 *-------------------------------------------------------------------------*/
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "address.h"

#define V4_BYTES 4
#define V6_BYTES 16

/* A piece of a header; not terminated. */
typedef struct Span
{
	const char *start;
	size_t		len;
} Span;

static OlAddress
from_v6(const struct in6_addr *in)
{
	OlAddress	address = {0};

	if (IN6_IS_ADDR_V4MAPPED(in))
	{
		address.family = AF_INET;
		memcpy(address.bytes, in->s6_addr + V6_BYTES - V4_BYTES, V4_BYTES);
		return address;
	}
	address.family = AF_INET6;
	memcpy(address.bytes, in->s6_addr, V6_BYTES);
	return address;
}

OlAddress
ol_address_of(const struct sockaddr *socket)
{
	OlAddress	address = {0};

	if (socket->sa_family == AF_INET6)
		return from_v6(&((const struct sockaddr_in6 *) socket)->sin6_addr);
	if (socket->sa_family == AF_INET)
	{
		address.family = AF_INET;
		memcpy(address.bytes,
			   &((const struct sockaddr_in *) socket)->sin_addr, V4_BYTES);
	}
	return address;
}

bool
ol_address_is_loopback(const OlAddress *address)
{
	struct in6_addr v6;

	if (address->family == AF_INET)
		return address->bytes[0] == 127;
	memcpy(&v6, address->bytes, sizeof(v6));
	return address->family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80" */
static bool
parse(OlAddress *address, const char *text, size_t len)
{
	char		copy[OL_ADDRESS_TEXT];
	char	   *host = copy;
	char	   *end;
	struct in6_addr v6;

	memset(address, 0, sizeof(*address));
	if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (*host == '[')
	{
		host++;
		end = strchr(host, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		*end = '\0';
	}
	else if ((end = strchr(host, ':')) != NULL && strchr(end + 1, ':') == NULL)
		*end = '\0';
	if (inet_pton(AF_INET, host, address->bytes) == 1)
	{
		address->family = AF_INET;
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6) != 1)
		return false;
	*address = from_v6(&v6);
	return true;
}

/* text has room for OL_ADDRESS_TEXT bytes. */
void
ol_address_print(const OlAddress *address, char *text)
{
	if (address->family == 0 ||
		inet_ntop(address->family, address->bytes, text, OL_ADDRESS_TEXT) == NULL)
		*text = '\0';
}

static bool
has_address(const OlNetwork *network, const OlAddress *address)
{
	int			whole = network->bits / 8;
	int			rest = network->bits % 8;
	unsigned char mask = (unsigned char) (0xff << (8 - rest));

	return network->address.family == address->family &&
		memcmp(network->address.bytes, address->bytes, whole) == 0 &&
		(rest == 0 || ((network->address.bytes[whole] ^ address->bytes[whole]) & mask) == 0);
}

bool
ol_proxies_have(const OlProxies *proxies, const OlAddress *address)
{
	for (int i = 0; i < proxies->count; i++)
		if (has_address(&proxies->networks[i], address))
			return true;
	return false;
}

static Span
trim(Span span)
{
	while (span.len > 0 && strchr(" \t", span.start[0]) != NULL)
	{
		span.start++;
		span.len--;
	}
	while (span.len > 0 && strchr(" \t", span.start[span.len - 1]) != NULL)
		span.len--;
	return span;
}

/* Is the byte at a place behind an odd number of backslashes? */
static bool
is_escaped(const char *start, size_t at)
{
	size_t		n = 0;

	while (n < at && start[at - n - 1] == '\\')
		n++;
	return n % 2 == 1;
}

/*
 * Takes the last piece behind a separator off the end of a list; in Forwarded
 * quotes hold.  Read from its end, what a client wrote before it cannot change
 * where the piece of the proxy begins.
 */
static Span
take_last(Span *list, char separator, bool has_quotes)
{
	Span		last = *list;
	bool		quoted = false;
	size_t		begin = list->len;

	for (; begin > 0; begin--)
	{
		char		c = list->start[begin - 1];

		if (has_quotes && c == '"' && !(quoted && is_escaped(list->start, begin - 1)))
			quoted = !quoted;
		else if (c == separator && !quoted)
			break;
	}
	last.start += begin;
	last.len -= begin;
	list->len = begin == 0 ? 0 : begin - 1;
	return trim(last);
}

/* The value of a parameter of an element of Forwarded; len 0: it has none. */
static Span
find_parameter(Span element, const char *name)
{
	size_t		len = strlen(name);
	Span		none = {0};

	while (element.len > 0)
	{
		Span		pair = take_last(&element, ';', true);

		if (pair.len <= len + 1 || pair.start[len] != '=' ||
			strncasecmp(pair.start, name, len) != 0)
			continue;
		pair.start += len + 1;
		pair.len -= len + 1;
		if (pair.len >= 2 && pair.start[0] == '"' && pair.start[pair.len - 1] == '"')
		{
			pair.start++;
			pair.len -= 2;
		}
		return pair;
	}
	return none;
}

/*
 * Who sent the request: the peer, or whom listed proxies speak for.  header
 * holds all lines of the header, with commas between them; NULL: none came.
 * An entry that is no address ends the list, too: the proxy behind it is then
 * all that is known.
 */
OlAddress
ol_proxies_client(const OlProxies *proxies, const OlAddress *peer,
				  const char *header)
{
	OlAddress	client = *peer;
	Span		list = {header, header == NULL ? 0 : strlen(header)};

	while (list.len > 0 && ol_proxies_have(proxies, &client))
	{
		Span		entry = take_last(&list, ',', proxies->rfc7239);
		OlAddress	next;

		if (proxies->rfc7239)
			entry = find_parameter(entry, "for");
		if (!parse(&next, entry.start, entry.len))
			break;
		client = next;
	}
	return client;
}

/* Did the client speak TLS with the last proxy?  Of X-Forwarded-Proto else. */
bool
ol_proxies_secure(const OlProxies *proxies, const char *header)
{
	Span		list = {header, header == NULL ? 0 : strlen(header)};
	Span		last = take_last(&list, ',', proxies->rfc7239);

	if (proxies->rfc7239)
		last = find_parameter(last, "proto");
	return last.len == 5 && strncasecmp(last.start, "https", 5) == 0;
}
