/*-------------------------------------------------------------------------
 * signature.c
 *	  Whether a signature is that of a key.
 *
 * The key says by which algorithm.  An ECDSA signature of JOSE is r and s side
 * by side, each as long as the order of the curve; OpenSSL wants DER.
 *
 * A pure file; nothing is allocated but by OpenSSL, and that is freed here.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "jwk.h"

/* Two numbers of 66 bytes with their DER headers. */
#define MAX_DER_SIZE 160

/* Returns the length, 0 when it is no signature. */
static int
raw_to_der(const unsigned char *raw, int size, unsigned char *der)
{
	ECDSA_SIG  *pair = ECDSA_SIG_new();
	BIGNUM	   *r = BN_bin2bn(raw, size, NULL);
	BIGNUM	   *s = BN_bin2bn(raw + size, size, NULL);
	int			len = 0;

	if (pair == NULL || r == NULL || s == NULL || BN_is_zero(r) ||
		BN_is_zero(s) || !ECDSA_SIG_set0(pair, r, s))
	{
		BN_free(r);
		BN_free(s);
	}
	else if (i2d_ECDSA_SIG(pair, NULL) <= MAX_DER_SIZE)
		len = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	return Max(len, 0);
}

static bool
set_padding(EVP_PKEY_CTX *context, OlScheme scheme)
{
	if (scheme == OL_SCHEME_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
	if (scheme == OL_SCHEME_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
	return true;
}

bool
ol_signature_is_valid(const OlKey *key, const char *text, size_t len,
					  const unsigned char *signature, size_t signature_len)
{
	const OlAlgorithm *algorithm = key->algorithm;
	unsigned char der[MAX_DER_SIZE];
	EVP_MD_CTX *context;
	EVP_PKEY_CTX *padding = NULL;	/* belongs to context */
	bool		valid;

	if (algorithm->scheme == OL_SCHEME_ECDSA)
	{
		if (signature_len != 2 * (size_t) algorithm->size)
			return false;
		signature_len = (size_t) raw_to_der(signature, algorithm->size, der);
		signature = der;
	}
	else if (algorithm->scheme == OL_SCHEME_EDDSA &&
			 signature_len != 2 * (size_t) algorithm->size)
		return false;
	if (signature_len == 0)
		return false;
	context = EVP_MD_CTX_new();
	valid = context != NULL &&
		EVP_DigestVerifyInit_ex(context, &padding, algorithm->hash, NULL, NULL,
								key->pkey, NULL) > 0 &&
		set_padding(padding, algorithm->scheme) &&
		EVP_DigestVerify(context, signature, signature_len,
						 (const unsigned char *) text, len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return valid;
}
