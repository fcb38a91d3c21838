/*-------------------------------------------------------------------------
 * jwt.h
 *	  A JSON Web Token and the rules it must meet; see jwt.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_JWT_H
#define OL_TOKEN_JWT_H

#include "base/json.h"

#define OL_TOKEN_MAX_SIZE 16384

/* Which kinds of tokens an issuer's are taken for. */
typedef enum OlTokenKind
{
	OL_TOKEN_TYPED,				/* only those whose header says at+jwt */
	OL_TOKEN_ACCESS,			/* and those that do not look like others */
	OL_TOKEN_ANY				/* ID tokens as well */
} OlTokenKind;

/* What a token says; nothing of it is true before its signature is checked. */
typedef struct OlJwt
{
	const char *text;			/* caller's: header, dot, payload ... */
	size_t		signed_len;		/* ... of this length are signed */
	OlJson		header;
	OlJson		payload;
	unsigned char *signature;
	int			signature_len;
	const char *algorithm;
	const char *kid;			/* NULL: none */
	const char *type;			/* NULL: none */
	const char *issuer;
} OlJwt;

typedef struct OlJwtRules
{
	const char *audience;
	OlTokenKind kind;
	double		now;			/* seconds since 1970 */
	double		leeway;			/* seconds that clocks may differ */
} OlJwtRules;

extern const char *ol_jwt_read(const char *token, size_t len, OlJwt *jwt);
extern const char *ol_jwt_check(const OlJwt *jwt, const OlJwtRules *rules);
extern bool ol_jwt_number(const OlJson *json, uint32 value, double *number);
extern const char *ol_json_odd(const OlJson *json);

#endif
