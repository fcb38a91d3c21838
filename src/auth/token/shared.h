/*-------------------------------------------------------------------------
 * shared.h
 *	  Keys for authentication, in shared memory; see shared.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_SHARED_H
#define OL_TOKEN_SHARED_H

#include "datatype/timestamp.h"

extern char *ol_shared_keys(const char *issuer, TimestampTz *fetched_at);
extern bool ol_shared_may_ask(const char *issuer);
extern bool ol_shared_is_awaited(const char *issuer);
extern void ol_shared_note_try(const char *issuer, TimestampTz began);
extern bool ol_shared_publish(const char *issuer, const char *jwks,
							  TimestampTz began);

#endif
