/*-------------------------------------------------------------------------
 * claims.h
 *	  What a token says, in one form whoever issued it; see claims.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_CLAIMS_H
#define OL_TOKEN_CLAIMS_H

#include "base/json.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

#include "jwt.h"

typedef enum OlClaim
{
	OL_CLAIM_SUBJECT,
	OL_CLAIM_CLIENT,
	OL_CLAIM_SCOPES,
	OL_CLAIM_ROLES,
	OL_CLAIM_NAMESPACES,
	OL_CLAIM_READ,
	OL_CLAIM_WRITE,
	OL_CLAIM_COUNT
} OlClaim;

/* Where an issuer's tokens say what: lists of paths. */
typedef struct OlClaimMap
{
	List	   *paths[OL_CLAIM_COUNT];
} OlClaimMap;

extern const char *ol_claim_map_read(const char *text, OlClaimMap *map);
extern List *ol_claim_values(const OlJwt *jwt, const OlClaimMap *map,
							 OlClaim claim);
extern const char *ol_claims_build(const OlJwt *jwt, const OlClaimMap *map,
								   double leeway, StringInfo claims);

#endif
