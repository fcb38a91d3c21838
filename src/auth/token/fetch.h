/*-------------------------------------------------------------------------
 * fetch.h
 *	  The key set of an issuer, from where it publishes it; see fetch.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_FETCH_H
#define OL_TOKEN_FETCH_H

/* How long both documents may take together when nobody waits, and when somebody does. */
#define OL_FETCH_MS 10000
#define OL_FETCH_WAITED_FOR_MS 2500

/* Where an issuer's documents are. */
typedef struct OlKeySource
{
	const char *issuer;
	const char *discovery;		/* NULL: below the issuer, as usual */
	const char *jwks_uri;		/* NULL: the discovery document says */
} OlKeySource;

extern const char *ol_fetch_jwks(const OlKeySource *source, int limit_ms,
								 char **jwks);

#endif
