/*-------------------------------------------------------------------------
 * keys.h
 *	  The keys of an issuer, and a token held against them; see keys.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_KEYS_H
#define OL_TOKEN_KEYS_H

#include "jwk.h"
#include "jwt.h"

/* What came of it; the best of all keys counts. */
typedef enum OlVerdict
{
	OL_VERDICT_UNKNOWN_KEY,		/* no key of that id: keys may have changed */
	OL_VERDICT_WRONG_ALGORITHM,
	OL_VERDICT_WRONG_SIGNATURE,
	OL_VERDICT_VALID
} OlVerdict;

/* Signatures checked for a token that does not say of which key it is. */
#define OL_MAX_KEYS_WITHOUT_ID 10

extern OlVerdict ol_key_judge(const OlJwt *jwt, const char *kid,
							  const char *jwk, const char *rsa_algorithm);
extern const char *ol_verdict_reason(OlVerdict verdict);

#endif
