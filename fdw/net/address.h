/*-------------------------------------------------------------------------
 * address.h
 *	  Which addresses may be connected to; see address.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_NET_ADDRESS_H
#define OL_NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* From everybody's to nobody's. */
typedef enum OlAddressKind
{
	OL_ADDRESS_PUBLIC,
	OL_ADDRESS_PRIVATE,			/* loopback and networks that are not routed */
	OL_ADDRESS_LINK_LOCAL,		/* where clouds serve credentials */
	OL_ADDRESS_NEVER			/* no single server can be meant */
} OlAddressKind;

extern OlAddressKind ol_address_kind(const struct sockaddr *address);
extern bool ol_address_literal(const char *text, struct sockaddr_storage *address);

#endif							/* OL_NET_ADDRESS_H */
