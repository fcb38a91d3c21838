/*-------------------------------------------------------------------------
 * hosts.h
 *	  The list of hosts in openlineage.allowed_hosts; see hosts.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_NET_HOSTS_H
#define OL_NET_HOSTS_H

#include "address.h"

/* The furthest kind of address that a URL with this host may lead to. */
extern OlAddressKind ol_hosts_reach(const char *list, const char *host, int port);
extern bool ol_hosts_lists(const char *list, const char *host, int port);

#endif							/* OL_NET_HOSTS_H */
