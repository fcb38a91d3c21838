/*-------------------------------------------------------------------------
 * keys.h
 *	  Fetching the keys of an issuer while a request waits; see keys.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GATEWAY_KEYS_H
#define OL_GATEWAY_KEYS_H

#include "gateway.h"

extern bool ol_keys_fetch(OlExchange *exchange, const char *issuer);
extern bool ol_keys_are_coming(const OlExchange *exchange);

#endif							/* OL_GATEWAY_KEYS_H */
