/*-------------------------------------------------------------------------
 * jwk.h
 *	  Public keys and the one algorithm of each; see jwk.c and signature.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_JWK_H
#define OL_TOKEN_JWK_H

#include <openssl/evp.h>

#include "base/json.h"

/* Bytes; a chain of certificates (x5c) is most of a long one. */
#define OL_MAX_JWK_SIZE 16384

typedef enum OlScheme
{
	OL_SCHEME_PKCS1,			/* RSASSA-PKCS1-v1_5 */
	OL_SCHEME_PSS,				/* RSASSA-PSS, salt as long as the hash */
	OL_SCHEME_ECDSA,
	OL_SCHEME_EDDSA
} OlScheme;

typedef struct OlAlgorithm
{
	const char *name;			/* as "alg" spells it */
	const char *other_name;		/* the fully specified one, or NULL */
	const char *hash;			/* NULL: the scheme brings its own */
	const char *curve;			/* as "crv" spells it; NULL for RSA */
	const char *group;			/* as OpenSSL spells the curve */
	OlScheme	scheme;
	int			size;			/* bytes of a coordinate or raw key; 0 for RSA */
} OlAlgorithm;

typedef struct OlKey
{
	const OlAlgorithm *algorithm;	/* the only one it is good for */
	EVP_PKEY   *pkey;			/* the caller's to free */
} OlKey;

extern const OlAlgorithm *ol_algorithm_find(const char *name);
extern bool ol_algorithm_is_named(const OlAlgorithm *algorithm,
								  const char *name);
extern const char *ol_jwk_read(const OlJson *json, uint32 object,
							   const char *rsa_algorithm, OlKey *key);

extern bool ol_signature_is_valid(const OlKey *key,
								  const char *text, size_t len,
								  const unsigned char *signature,
								  size_t signature_len);

#endif
