/*-------------------------------------------------------------------------
 * address.h
 *	  Where a request comes from; see address.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_ADDRESS_H
#define OL_SERVER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define OL_ADDRESS_TEXT 48		/* room for its text */

/* All zero is none.  IPv4 in IPv6 is IPv4. */
typedef struct OlAddress
{
	int			family;			/* AF_INET or AF_INET6 */
	unsigned char bytes[16];	/* the first four, or all */
} OlAddress;

typedef struct OlNetwork
{
	OlAddress	address;
	int			bits;
} OlNetwork;

#define OL_MAX_NETWORKS 64

/* Proxies that are believed who they speak for. */
typedef struct OlProxies
{
	OlNetwork	networks[OL_MAX_NETWORKS];
	int			count;
	bool		rfc7239;		/* the header is Forwarded, not
								 * X-Forwarded-For */
} OlProxies;

extern OlAddress ol_address_of(const struct sockaddr *socket);
extern bool ol_address_is_loopback(const OlAddress *address);
extern void ol_address_print(const OlAddress *address, char *text);
extern bool ol_proxies_have(const OlProxies *proxies, const OlAddress *address);
extern OlAddress ol_proxies_client(const OlProxies *proxies,
								   const OlAddress *peer, const char *header);
extern bool ol_proxies_secure(const OlProxies *proxies, const char *header);

#endif							/* OL_SERVER_ADDRESS_H */
