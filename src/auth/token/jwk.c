/*-------------------------------------------------------------------------
 * jwk.c
 *	  A JSON Web Key (RFC 7517, 7518, 8037) becomes a key of OpenSSL.
 *
 * A key is good for exactly one algorithm (RFC 8725, section 3.1): the one it
 * names, or the one that its curve leaves.  An RSA key that names none gets
 * the one that its issuer was configured with.  What a token's header says
 * never decides.  Keys that are symmetric, private, weak, or meant for
 * something else than signatures are refused with a reason.
 *
 * A pure file: memory comes from palloc, nothing else of the server is used.
 * No palloc happens while an object of OpenSSL is held.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base64url.h"
#include "jwk.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192
#define RSA_MAX_EXPONENT_BITS 64
#define MAX_COORDINATE 66

static const OlAlgorithm algorithms[] = {
	{"RS256", NULL, "SHA256", NULL, NULL, OL_SCHEME_PKCS1, 0},
	{"RS384", NULL, "SHA384", NULL, NULL, OL_SCHEME_PKCS1, 0},
	{"RS512", NULL, "SHA512", NULL, NULL, OL_SCHEME_PKCS1, 0},
	{"PS256", NULL, "SHA256", NULL, NULL, OL_SCHEME_PSS, 0},
	{"PS384", NULL, "SHA384", NULL, NULL, OL_SCHEME_PSS, 0},
	{"PS512", NULL, "SHA512", NULL, NULL, OL_SCHEME_PSS, 0},
	{"ES256", NULL, "SHA256", "P-256", "P-256", OL_SCHEME_ECDSA, 32},
	{"ES384", NULL, "SHA384", "P-384", "P-384", OL_SCHEME_ECDSA, 48},
	{"ES512", NULL, "SHA512", "P-521", "P-521", OL_SCHEME_ECDSA, 66},
	{"EdDSA", "Ed25519", NULL, "Ed25519", "ED25519", OL_SCHEME_EDDSA, 32},
	{"EdDSA", "Ed448", NULL, "Ed448", "ED448", OL_SCHEME_EDDSA, 57},
};

/* The algorithm of RSA keys with that name, or NULL. */
const OlAlgorithm *
ol_algorithm_find(const char *name)
{
	for (int i = 0; i < lengthof(algorithms); i++)
		if (algorithms[i].curve == NULL && strcmp(algorithms[i].name, name) == 0)
			return &algorithms[i];
	return NULL;
}

static const OlAlgorithm *
algorithm_of_curve(const char *curve, bool edwards)
{
	for (int i = 0; i < lengthof(algorithms); i++)
		if (algorithms[i].curve != NULL &&
			(algorithms[i].scheme == OL_SCHEME_EDDSA) == edwards &&
			strcmp(algorithms[i].curve, curve) == 0)
			return &algorithms[i];
	return NULL;
}

bool
ol_algorithm_is_named(const OlAlgorithm *algorithm, const char *name)
{
	return strcmp(algorithm->name, name) == 0 ||
		(algorithm->other_name != NULL &&
		 strcmp(algorithm->other_name, name) == 0);
}

/* A base64url member; NULL when it is missing or malformed. */
static unsigned char *
member_bytes(const OlJson *json, uint32 object, const char *name, int *len)
{
	char	   *text = ol_json_member_string(json, object, name);
	unsigned char *bytes;

	if (text == NULL || text[0] == '\0')
		return NULL;
	bytes = palloc(OL_BASE64URL_SIZE(strlen(text)));
	*len = ol_base64url_decode(text, strlen(text), bytes);
	return *len > 0 ? bytes : NULL;
}

static EVP_PKEY *
make_pkey(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY   *pkey = NULL;

	if (context == NULL || EVP_PKEY_fromdata_init(context) <= 0 ||
		EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	return pkey;
}

static EVP_PKEY *
make_rsa(const unsigned char *n, int n_len, const unsigned char *e, int e_len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM	   *modulus = BN_bin2bn(n, n_len, NULL);
	BIGNUM	   *exponent = BN_bin2bn(e, e_len, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY   *pkey = NULL;

	if (build != NULL && modulus != NULL && exponent != NULL &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL)
		pkey = make_pkey("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(modulus);
	BN_free(exponent);
	return pkey;
}

static int
bit_length(const unsigned char *bytes, int len)
{
	while (len > 0 && *bytes == 0)
	{
		bytes++;
		len--;
	}
	for (int bit = 7; len > 0 && bit >= 0; bit--)
		if (*bytes >> bit != 0)
			return (len - 1) * 8 + bit + 1;
	return 0;
}

static const char *
read_rsa(const OlJson *json, uint32 object, OlKey *key)
{
	int			n_len;
	int			e_len;
	unsigned char *n = member_bytes(json, object, "n", &n_len);
	unsigned char *e = member_bytes(json, object, "e", &e_len);
	int			bits;

	if (n == NULL || e == NULL)
		return "an RSA key without modulus or exponent";
	bits = bit_length(n, n_len);
	if (bits < RSA_MIN_BITS)
		return "an RSA key of less than 2048 bits";
	if (bits > RSA_MAX_BITS)
		return "an RSA key of more than 8192 bits";
	if ((n[n_len - 1] & 1) == 0 || (e[e_len - 1] & 1) == 0 ||
		bit_length(e, e_len) < 2 || bit_length(e, e_len) > RSA_MAX_EXPONENT_BITS)
		return "an RSA key that is weak";
	key->pkey = make_rsa(n, n_len, e, e_len);
	return key->pkey != NULL ? NULL : "an RSA key that is not valid";
}

static bool
is_on_curve(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool		good = context != NULL && EVP_PKEY_public_check(context) > 0;

	EVP_PKEY_CTX_free(context);
	return good;
}

static const char *
read_ec(const OlJson *json, uint32 object, OlKey *key)
{
	int			size = key->algorithm->size;
	int			x_len;
	int			y_len;
	unsigned char *x = member_bytes(json, object, "x", &x_len);
	unsigned char *y = member_bytes(json, object, "y", &y_len);
	unsigned char point[1 + 2 * MAX_COORDINATE];
	OSSL_PARAM	params[3];

	if (x == NULL || y == NULL || x_len != size || y_len != size)
		return "an EC key whose coordinates do not have the length of its curve";
	point[0] = 4;				/* not compressed */
	memcpy(point + 1, x, size);
	memcpy(point + 1 + size, y, size);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
												 unconstify(char *, key->algorithm->group), 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
												  point, 1 + 2 * size);
	params[2] = OSSL_PARAM_construct_end();
	key->pkey = make_pkey("EC", params);
	if (key->pkey != NULL && !is_on_curve(key->pkey))
	{
		EVP_PKEY_free(key->pkey);
		key->pkey = NULL;
	}
	return key->pkey != NULL ? NULL : "an EC key that is no point of its curve";
}

/*
 * Points whose order divides the cofactor: under such a key anybody can sign.
 * The sign of x, the highest bit of the last byte, does not matter.  First the
 * curve Ed25519: 0, 1, p - 1, p, p + 1 and the two of order eight.
 */
static bool
is_small_order_25519(const unsigned char *x)
{
	static const unsigned char order_eight[2][32] = {
		{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
			0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
		0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
		{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
			0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
		0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
	};
	unsigned char y[32];
	unsigned char any = 0;
	unsigned char all = 0xff;

	memcpy(y, x, 32);
	y[31] &= 0x7f;
	if (memcmp(y, order_eight[0], 32) == 0 || memcmp(y, order_eight[1], 32) == 0)
		return true;
	for (int i = 1; i < 31; i++)
	{
		any |= y[i];
		all &= y[i];
	}
	if (any == 0 && y[31] == 0)
		return y[0] <= 1;
	return all == 0xff && y[31] == 0x7f && y[0] >= 0xec;
}

/* On Ed448, whose p is 2^448 - 2^224 - 1: 0, 1 and from p - 1 on. */
static bool
is_small_order_448(const unsigned char *y)
{
	unsigned char any = 0;
	unsigned char all = 0xff;

	for (int i = 1; i < 56; i++)
	{
		any |= y[i];
		if (i != 28)
			all &= y[i];
	}
	if (any == 0)
		return y[0] <= 1;
	return all == 0xff && y[28] >= 0xfe && y[0] >= 0xfe;
}

static const char *
read_edwards(const OlJson *json, uint32 object, OlKey *key)
{
	int			len;
	unsigned char *x = member_bytes(json, object, "x", &len);

	if (x == NULL || len != key->algorithm->size)
		return "an Edwards key that does not have the length of its curve";
	if (len == 32 ? is_small_order_25519(x) : is_small_order_448(x))
		return "an Edwards key that is weak";
	key->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, key->algorithm->group,
											   NULL, x, len);
	return key->pkey != NULL ? NULL : "an Edwards key that is not valid";
}

static bool
may_verify(const OlJson *json, uint32 object)
{
	uint32		use = ol_json_member(json, object, "use");
	uint32		operations = ol_json_member(json, object, "key_ops");
	int			odd = 0;

	if (use != 0)
	{
		char	   *text = ol_json_string(json, use, &odd);

		if (text == NULL || strcmp(text, "sig") != 0)
			return false;
	}
	if (operations == 0)
		return true;
	if (ol_json_type(json, operations) != OL_JSON_ARRAY)
		return false;
	OL_JSON_FOREACH(operation, json, operations)
	{
		char	   *text = ol_json_string(json, operation, &odd);

		if (text != NULL && strcmp(text, "verify") == 0)
			return true;
	}
	return false;
}

/* The one algorithm of a key, or NULL; alg is what it names itself. */
static const OlAlgorithm *
algorithm_of_key(const OlJson *json, uint32 object, const char *type,
				 const char *alg, const char *rsa_algorithm)
{
	const OlAlgorithm *algorithm;
	char	   *curve;

	if (strcmp(type, "RSA") == 0)
		return ol_algorithm_find(alg != NULL ? alg : rsa_algorithm);
	curve = ol_json_member_string(json, object, "crv");
	if (curve == NULL)
		return NULL;
	algorithm = algorithm_of_curve(curve, strcmp(type, "OKP") == 0);
	if (algorithm == NULL || alg == NULL ||
		ol_algorithm_is_named(algorithm, alg))
		return algorithm;
	return NULL;
}

/*
 * Read the key; NULL, or why it is not to be used.  rsa_algorithm is that of
 * RSA keys that name none.
 */
const char *
ol_jwk_read(const OlJson *json, uint32 object, const char *rsa_algorithm,
			OlKey *key)
{
	char	   *type = ol_json_member_string(json, object, "kty");
	uint32		alg = ol_json_member(json, object, "alg");
	const char *problem;
	int			odd = 0;

	key->pkey = NULL;
	if (json->values[object].end - json->values[object].start > OL_MAX_JWK_SIZE)
		return "a key of more than 16 kB";
	if (type == NULL)
		return "no key type";
	if (strcmp(type, "oct") == 0 || ol_json_member(json, object, "k") != 0)
		return "a symmetric key";
	if (strcmp(type, "RSA") != 0 && strcmp(type, "EC") != 0 &&
		strcmp(type, "OKP") != 0)
		return "a type of key that is not known";
	if (ol_json_member(json, object, "d") != 0)
		return "a private key, which is public now";
	if (!may_verify(json, object))
		return "a key that is not meant for signatures";
	if (alg != 0 && ol_json_type(json, alg) != OL_JSON_STRING)
		return "an algorithm that is no string";
	key->algorithm = algorithm_of_key(json, object, type,
									  ol_json_string(json, alg, &odd),
									  rsa_algorithm);
	if (key->algorithm == NULL)
		return "an algorithm that is not accepted, or does not fit the key";
	if (strcmp(type, "RSA") == 0)
		problem = read_rsa(json, object, key);
	else if (strcmp(type, "EC") == 0)
		problem = read_ec(json, object, key);
	else
		problem = read_edwards(json, object, key);
	ERR_clear_error();
	return problem;
}
