/*-------------------------------------------------------------------------
 * sign.c
 *	  Makes signing keys of our own, and tokens signed with them.
 *
 * For the embedded issuer.  Keys are of curve P-256 (ES256): every client and
 * server knows it, and it is the cheapest to verify of those with short keys.
 * The private key comes and goes as DER, in the hands of the owner's functions.
 *
 * Secrets of clients are hashed here, too: people choose some of them, so one
 * round of a hash would let them be guessed from a stolen dump.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#define CURVE "P-256"
#define COORDINATE 32			/* bytes */
#define HASH 32
#define MAX_ROUNDS 1000000

PG_FUNCTION_INFO_V1(ol_make_signing_key);
PG_FUNCTION_INFO_V1(ol_sign_token);
PG_FUNCTION_INFO_V1(ol_secret_hash);

static void
append_base64url(StringInfo text, const unsigned char *bytes, int len)
{
	static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32		bits = 0;
	int			nbits = 0;

	for (int i = 0; i < len; i++)
	{
		bits = bits << 8 | bytes[i];
		for (nbits += 8; nbits >= 6; nbits -= 6)
			appendStringInfoChar(text, digits[bits >> (nbits - 6) & 63]);
	}
	if (nbits > 0)
		appendStringInfoChar(text, digits[bits << (6 - nbits) & 63]);
}

static void
append_coordinate(StringInfo jwk, EVP_PKEY *pkey, const char *parameter)
{
	unsigned char bytes[COORDINATE];
	BIGNUM	   *number = NULL;
	bool		written;

	written = EVP_PKEY_get_bn_param(pkey, parameter, &number) == 1 &&
		BN_bn2binpad(number, bytes, COORDINATE) == COORDINATE;
	BN_free(number);
	if (!written)
		elog(ERROR, "key has no coordinate \"%s\"", parameter);
	append_base64url(jwk, bytes, COORDINATE);
}

/* The members of a JSON Web Key that make it what it is; its id is added later. */
static char *
public_members(EVP_PKEY *pkey)
{
	StringInfoData jwk;

	initStringInfo(&jwk);
	appendStringInfoString(&jwk, "{\"kty\":\"EC\",\"crv\":\"" CURVE "\",\"alg\":\"ES256\",\"use\":\"sig\",\"x\":\"");
	append_coordinate(&jwk, pkey, OSSL_PKEY_PARAM_EC_PUB_X);
	appendStringInfoString(&jwk, "\",\"y\":\"");
	append_coordinate(&jwk, pkey, OSSL_PKEY_PARAM_EC_PUB_Y);
	appendStringInfoString(&jwk, "\"}");
	return jwk.data;
}

static bytea *
private_der(EVP_PKEY *pkey)
{
	int			len = i2d_PrivateKey(pkey, NULL);
	bytea	   *der;
	unsigned char *end;

	if (len <= 0)
		elog(ERROR, "key has no private form");
	der = palloc(VARHDRSZ + len);
	SET_VARSIZE(der, VARHDRSZ + len);
	end = (unsigned char *) VARDATA(der);
	(void) i2d_PrivateKey(pkey, &end);
	return der;
}

/* SQL: make_signing_key() */
Datum
ol_make_signing_key(PG_FUNCTION_ARGS)
{
	TupleDesc	tupdesc;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	EVP_PKEY   *pkey;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	pkey = EVP_EC_gen(CURVE);
	if (pkey == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not make a signing key")));
	PG_TRY();
	{
		values[0] = PointerGetDatum(private_der(pkey));
		values[1] = CStringGetTextDatum(public_members(pkey));
	}
	PG_FINALLY();
	{
		EVP_PKEY_free(pkey);
	}
	PG_END_TRY();
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls)));
}

/* OpenSSL writes DER; a token has the two numbers one behind the other. */
static bool
raw_signature(const unsigned char *der, size_t len, unsigned char *raw)
{
	ECDSA_SIG  *signature = d2i_ECDSA_SIG(NULL, &der, len);
	bool		written;

	if (signature == NULL)
		return false;
	written = BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, COORDINATE) == COORDINATE &&
		BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + COORDINATE, COORDINATE) == COORDINATE;
	ECDSA_SIG_free(signature);
	return written;
}

/* Nothing in here raises: the handles are freed in any case. */
static bool
sign_text(bytea *private_key, const char *text, size_t len, unsigned char *raw)
{
	const unsigned char *der = (const unsigned char *) VARDATA_ANY(private_key);
	EVP_PKEY   *pkey = d2i_PrivateKey(EVP_PKEY_EC, NULL, &der,
									  VARSIZE_ANY_EXHDR(private_key));
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char signature[128];
	size_t		signature_len = sizeof(signature);
	bool		signed_ok;

	signed_ok = pkey != NULL && digest != NULL &&
		EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, pkey) == 1 &&
		EVP_DigestSign(digest, signature, &signature_len,
					   (const unsigned char *) text, len) == 1 &&
		raw_signature(signature, signature_len, raw);
	EVP_MD_CTX_free(digest);
	EVP_PKEY_free(pkey);
	return signed_ok;
}

/* SQL: sign_token(header, payload, private_key) */
Datum
ol_sign_token(PG_FUNCTION_ARGS)
{
	text	   *header;
	text	   *payload;
	unsigned char raw[2 * COORDINATE];
	StringInfoData token;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();		/* not STRICT: rights are asked for in any
								 * case */
	header = PG_GETARG_TEXT_PP(0);
	payload = PG_GETARG_TEXT_PP(1);
	initStringInfo(&token);
	append_base64url(&token, (unsigned char *) VARDATA_ANY(header), VARSIZE_ANY_EXHDR(header));
	appendStringInfoChar(&token, '.');
	append_base64url(&token, (unsigned char *) VARDATA_ANY(payload), VARSIZE_ANY_EXHDR(payload));
	if (!sign_text(PG_GETARG_BYTEA_PP(2), token.data, token.len, raw))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("could not sign with this key")));
	appendStringInfoChar(&token, '.');
	append_base64url(&token, raw, sizeof(raw));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(token.data, token.len));
}

/* SQL: secret_hash(secret, salt, rounds) */
Datum
ol_secret_hash(PG_FUNCTION_ARGS)
{
	text	   *secret;
	bytea	   *salt;
	int			rounds;
	bytea	   *hash;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();		/* not STRICT: rights are asked for in any
								 * case */
	secret = PG_GETARG_TEXT_PP(0);
	salt = PG_GETARG_BYTEA_PP(1);
	rounds = PG_GETARG_INT32(2);
	hash = palloc(VARHDRSZ + HASH);
	if (rounds < 1 || rounds > MAX_ROUNDS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rounds must be between 1 and %d", MAX_ROUNDS)));
	SET_VARSIZE(hash, VARHDRSZ + HASH);
	if (PKCS5_PBKDF2_HMAC(VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret),
						  (unsigned char *) VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt),
						  rounds, EVP_sha256(), HASH,
						  (unsigned char *) VARDATA(hash)) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not hash a secret")));
	PG_RETURN_BYTEA_P(hash);
}
