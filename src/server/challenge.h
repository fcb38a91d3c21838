/*-------------------------------------------------------------------------
 * challenge.h
 *	  The header WWW-Authenticate; see challenge.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_CHALLENGE_H
#define OL_SERVER_CHALLENGE_H

#include "buffer.h"

/* Where the metadata of RFC 9728 lie, behind the base of all URLs. */
#define OL_METADATA_PATH "/.well-known/oauth-protected-resource"

/* Members that are NULL or empty are left out. */
typedef struct OlChallenge
{
	const char *error;			/* of RFC 6750 */
	const char *reason;			/* in words; written by us, never by a client */
	const char *scope;			/* what the token has to have */
	const char *base;			/* "https://lineage.example.org" */
} OlChallenge;

extern void ol_challenge_write(OlBuffer *header, const OlChallenge *challenge);
extern bool ol_challenge_base(OlBuffer *base, bool secure, const char *host);

#endif							/* OL_SERVER_CHALLENGE_H */
