/*-------------------------------------------------------------------------
 * hosts.c
 *	  The list of hosts in openlineage.allowed_hosts.
 *
 * An entry is a name or an address, with ":port" behind it or without; an
 * address of IPv6 stands in brackets there.  What counts is how the URL calls
 * the host.  A listed name may lead to a private address, never to a link-local
 * one: whoever answers for the name could else hand out a cloud's credentials.
 * Those are reached by their address alone.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/varlena.h"

#include "hosts.h"

/* Cuts ":port" off an entry; 0 when it names none, -1 when that is no port. */
static int
take_port(char *entry)
{
	char	   *behind = strchr(entry, ']');
	char	   *colon = strchr(behind == NULL ? entry : behind, ':');
	char	   *end;
	long		port;

	if (colon == NULL || (behind == NULL && strchr(colon + 1, ':') != NULL))
		return 0;				/* none, or an address of IPv6 without
								 * brackets */
	port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || port < 1 || port > 65535)
		return -1;
	*colon = '\0';
	return (int) port;
}

/* In place: brackets, a dot at the end and capital letters make no difference. */
static char *
plain_host(char *host)
{
	size_t		len = strlen(host);

	if (len > 1 && host[0] == '[' && host[len - 1] == ']')
	{
		host[len - 1] = '\0';
		host++;
		len -= 2;
	}
	if (len > 0 && host[len - 1] == '.')
		host[len - 1] = '\0';
	for (char *c = host; *c != '\0'; c++)
		*c = tolower((unsigned char) *c);
	return host;
}

static bool
same_host(const char *a, const char *b)
{
	struct sockaddr_storage address_a;
	struct sockaddr_storage address_b;

	if (ol_address_literal(a, &address_a) && ol_address_literal(b, &address_b))
		return memcmp(&address_a, &address_b, sizeof(address_a)) == 0;
	return strcmp(a, b) == 0;
}

bool
ol_hosts_lists(const char *list, const char *host, int port)
{
	char	   *wanted = plain_host(pstrdup(host));
	List	   *entries;
	ListCell   *cell;

	if (!SplitGUCList(pstrdup(list), ',', &entries))
		return false;
	foreach(cell, entries)
	{
		char	   *entry = lfirst(cell);
		int			entry_port = take_port(entry);

		if ((entry_port == 0 || entry_port == port) &&
			same_host(plain_host(entry), wanted))
			return true;
	}
	return false;
}

OlAddressKind
ol_hosts_reach(const char *list, const char *host, int port)
{
	struct sockaddr_storage address;

	if (!ol_hosts_lists(list, host, port))
		return OL_ADDRESS_PUBLIC;
	return ol_address_literal(plain_host(pstrdup(host)), &address) ?
		OL_ADDRESS_LINK_LOCAL : OL_ADDRESS_PRIVATE;
}
