/*-------------------------------------------------------------------------
 * keys.c
 *	  A token held against one key of its issuer.
 *
 * To make a key of OpenSSL from its text costs as much as checking a signature
 * with it, so each process remembers those it used last.  What is remembered
 * is a function of the text alone: that an issuer has dropped a key is seen by
 * not coming here with it any more.
 *
 * So are signatures: whether one is valid depends on key, text and signature
 * alone, and clients send the same token again and again.  Of those that were
 * valid a hash of the three is kept.  Everything else about a token is checked
 * each time.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "keys.h"
#include "utils/memutils.h"

#define REMEMBERED 32

typedef struct Remembered
{
	char	   *jwk;			/* in TopMemoryContext; NULL: free */
	const OlAlgorithm *rsa_algorithm;
	OlKey		key;
} Remembered;

static Remembered remembered[REMEMBERED];
static int	next_forgotten;

/* Each hash has one place, where it stays until another takes it. */
#define VALID_SIGNATURES 1024
#define HASH_SIZE 32

static unsigned char valid_signatures[VALID_SIGNATURES][HASH_SIZE];

static const OlKey *
find_remembered(const char *jwk, const OlAlgorithm *rsa_algorithm)
{
	for (int i = 0; i < REMEMBERED; i++)
		if (remembered[i].jwk != NULL &&
			remembered[i].rsa_algorithm == rsa_algorithm &&
			strcmp(remembered[i].jwk, jwk) == 0)
			return &remembered[i].key;
	return NULL;
}

/* Returns NULL for a key that is not to be used. */
static const OlKey *
remember(const char *jwk, const OlAlgorithm *rsa_algorithm)
{
	Remembered *entry = &remembered[next_forgotten];
	char	   *copy;
	OlJson		json;
	OlKey		key;

	if (!ol_json_parse(&json, jwk, strlen(jwk)))
		return NULL;
	copy = MemoryContextStrdup(TopMemoryContext, jwk);
	if (ol_jwk_read(&json, 1, rsa_algorithm->name, &key) != NULL)
	{
		pfree(copy);
		return NULL;
	}
	if (entry->jwk != NULL)
	{
		pfree(entry->jwk);
		EVP_PKEY_free(entry->key.pkey);
	}
	entry->jwk = copy;
	entry->rsa_algorithm = rsa_algorithm;
	entry->key = key;
	next_forgotten = (next_forgotten + 1) % REMEMBERED;
	return &entry->key;
}

/* False when there is no hash to be had. */
static bool
hash_signature(const OlJwt *jwt, const char *jwk, const OlKey *key,
			   unsigned char *hash)
{
	static EVP_MD *sha256;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint64		lengths[2] = {strlen(jwk), jwt->signed_len};
	bool		good;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	good = context != NULL && sha256 != NULL &&
		EVP_DigestInit_ex2(context, sha256, NULL) > 0 &&
		EVP_DigestUpdate(context, &key->algorithm, sizeof(key->algorithm)) > 0 &&
		EVP_DigestUpdate(context, lengths, sizeof(lengths)) > 0 &&
		EVP_DigestUpdate(context, jwk, lengths[0]) > 0 &&
		EVP_DigestUpdate(context, jwt->text, jwt->signed_len) > 0 &&
		EVP_DigestUpdate(context, jwt->signature, jwt->signature_len) > 0 &&
		EVP_DigestFinal_ex(context, hash, NULL) > 0;
	EVP_MD_CTX_free(context);
	return good;
}

static bool
has_valid_signature(const OlJwt *jwt, const char *jwk, const OlKey *key)
{
	unsigned char hash[HASH_SIZE];
	unsigned char *place = NULL;
	bool		valid;

	if (hash_signature(jwt, jwk, key, hash))
	{
		place = valid_signatures[(hash[0] << 8 | hash[1]) % VALID_SIGNATURES];
		if (memcmp(place, hash, HASH_SIZE) == 0)
			return true;
	}
	valid = ol_signature_is_valid(key, jwt->text, jwt->signed_len,
								  jwt->signature, jwt->signature_len);
	if (valid && place != NULL)
		memcpy(place, hash, HASH_SIZE);
	return valid;
}

/* kid is the key's own, NULL when it has none. */
OlVerdict
ol_key_judge(const OlJwt *jwt, const char *kid, const char *jwk,
			 const char *rsa_algorithm)
{
	const OlAlgorithm *algorithm = ol_algorithm_find(rsa_algorithm);
	const OlKey *key;

	if (jwt->kid != NULL && (kid == NULL || strcmp(kid, jwt->kid) != 0))
		return OL_VERDICT_UNKNOWN_KEY;
	if (algorithm == NULL)
		return OL_VERDICT_WRONG_ALGORITHM;
	key = find_remembered(jwk, algorithm);
	if (key == NULL)
		key = remember(jwk, algorithm);
	if (key == NULL || !ol_algorithm_is_named(key->algorithm, jwt->algorithm))
		return OL_VERDICT_WRONG_ALGORITHM;
	if (!has_valid_signature(jwt, jwk, key))
		return OL_VERDICT_WRONG_SIGNATURE;
	return OL_VERDICT_VALID;
}

const char *
ol_verdict_reason(OlVerdict verdict)
{
	switch (verdict)
	{
		case OL_VERDICT_UNKNOWN_KEY:
			return "its key is not known";
		case OL_VERDICT_WRONG_ALGORITHM:
			return "its algorithm is not that of its key";
		case OL_VERDICT_WRONG_SIGNATURE:
			return "its signature is wrong";
		case OL_VERDICT_VALID:
			break;
	}
	return NULL;
}
