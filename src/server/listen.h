/*-------------------------------------------------------------------------
 * listen.h
 *	  The sockets clients connect to; see listen.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_LISTEN_H
#define OL_SERVER_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#define OL_LISTEN_MAX 16

/* Either it listens on all addresses, or on none and problem says why. */
typedef struct OlListener
{
	int			count;
	int			sockets[OL_LISTEN_MAX];
	char		problem[128];	/* "" while it listens, or is turned off */
	char		hint[192];
} OlListener;

extern void ol_listener_open(OlListener *listener, const char *addresses,
							 int port, bool needs_token);
extern int	ol_listener_accept(int socket, struct sockaddr_storage *address,
							   socklen_t *len);
extern void ol_listener_close(OlListener *listener);

#endif							/* OL_SERVER_LISTEN_H */
