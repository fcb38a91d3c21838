/*-------------------------------------------------------------------------
 * login.c
 *	  openlineage.login(): a token becomes the claims of the session.
 *
 * A JSON Web Token must be of an issuer that is configured, signed with one of
 * its keys, and meet its rules.  Anything else is taken for an API key, of
 * which the table has a salted hash.  The tables are read as their owner, since
 * nobody else may, and by a snapshot of this moment: a key that was revoked is
 * revoked for transactions that began before, too.  A key that is not known may
 * be a new one of its issuer: then it is fetched and the token looked at again
 * (refresh.c).
 *
 * The claims live in openlineage._claims, which SQL cannot set.  Every refusal
 * is SQLSTATE 28000; neither the error nor the log repeats the token, nor the
 * statement that held it.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <openssl/crypto.h>

#include "auth/trusted.h"
#include "base/rows.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "claims.h"
#include "keys.h"
#include "refresh.h"
#include "settings.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

PG_FUNCTION_INFO_V1(ol_login);
PG_FUNCTION_INFO_V1(ol_verifies_tokens);

#define API_KEY_PREFIX "ol_"
#define API_KEY_ID_LEN 16
#define UNKNOWN_API_KEY "the API key is not known, has expired or was revoked"

/* Columns of both queries. */
enum
{
	ISSUER_AUDIENCE = 1,
	ISSUER_CLAIM_MAP,
	ISSUER_TOKEN_KIND,
	ISSUER_RSA_ALGORITHM,
	ISSUER_IS_FRESH,
	ISSUER_MAY_FETCH,
	ISSUER_KID,
	ISSUER_JWK
};
enum
{
	API_KEY_SALT = 1,
	API_KEY_HASH,
	API_KEY_CLAIMS
};

static OlStatement find_issuer = {
	"SELECT i.audience, i.claim_map::text, i.token_kind, i.rsa_algorithm,"
	" i.has_given_keys OR i.fetched_at > clock_timestamp() - make_interval(secs => $2),"
	" NOT i.has_given_keys AND"
	" (i.asked_at IS NULL OR i.asked_at < clock_timestamp() - interval '10 seconds'),"
	" k.kid, k.jwk"
	" FROM openlineage.issuer AS i"
	" LEFT JOIN openlineage.issuer_key AS k ON k.issuer = i.issuer"
	" WHERE i.issuer = $1 ORDER BY k.position"
};

static OlStatement find_api_key = {
	"SELECT k.salt, k.hash, json_build_object("
	"'iss', 'openlineage', 'sub', k.client, 'client_id', k.client,"
	" 'exp', COALESCE(floor(extract(epoch FROM k.expires_at)), 253402300799)::bigint,"
	" 'scopes', k.scopes, 'roles', k.roles,"
	" 'namespaces', json_build_object('read', k.read_patterns, 'write', k.write_patterns),"
	" 'claims', json_build_object('sub', k.client))::text"
	" FROM openlineage.api_key AS k"
	" WHERE k.id = $1 AND k.revoked_at IS NULL"
	" AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())"
};

static OlStatement find_any = {
	"SELECT EXISTS (SELECT FROM openlineage.issuer)"
	" OR EXISTS (SELECT FROM openlineage.api_key WHERE revoked_at IS NULL)"
};

/* What came of a token. */
typedef struct Outcome
{
	const char *problem;		/* why it is refused, or NULL */
	const char *unknown_issuer; /* whose keys may have changed, or NULL */
} Outcome;

/* Settings are the core's, and it must have reserved their names before us. */
void
_PG_init(void)
{
	load_file("openlineage", false);
}

double
ol_setting_seconds(const char *name)
{
	return strtod(GetConfigOption(name, false, false), NULL);
}

/* Seconds since 1970. */
double
ol_setting_now(void)
{
	return (double) GetCurrentTimestamp() / USECS_PER_SEC +
		(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (double) SECS_PER_DAY;
}

static OlTokenKind
token_kind(const char *name)
{
	if (strcmp(name, "typed") == 0)
		return OL_TOKEN_TYPED;
	return strcmp(name, "any") == 0 ? OL_TOKEN_ANY : OL_TOKEN_ACCESS;
}

static bool
is_true(uint64 row, int column)
{
	bool		isnull;
	Datum		value = ol_result(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

/* The rows of find_issuer are the result; one with nulls when it has no key. */
static OlVerdict
judge_by_rows(const OlJwt *jwt)
{
	OlVerdict	best = OL_VERDICT_UNKNOWN_KEY;
	int			tried = 0;

	for (uint64 i = 0; i < SPI_processed && best != OL_VERDICT_VALID; i++)
	{
		char	   *jwk = ol_result_text(i, ISSUER_JWK);
		OlVerdict	verdict;

		if (jwk == NULL || tried == OL_MAX_KEYS_WITHOUT_ID)
			continue;
		verdict = ol_key_judge(jwt, ol_result_text(i, ISSUER_KID), jwk,
							   ol_result_text(i, ISSUER_RSA_ALGORITHM));
		best = Max(best, verdict);
		if (verdict == OL_VERDICT_WRONG_SIGNATURE)
			tried++;
	}
	return best;
}

static const char *
verify_jwt(const OlJwt *jwt, StringInfo claims, Outcome *outcome)
{
	Oid			types[2] = {TEXTOID, FLOAT8OID};
	Datum		values[2];
	OlJwtRules	rules;
	OlClaimMap	map;
	OlVerdict	verdict;
	const char *problem;

	values[0] = CStringGetTextDatum(jwt->issuer);
	values[1] = Float8GetDatum(ol_setting_seconds("openlineage.jwks_max_stale"));
	if (ol_statement_execute(&find_issuer, 2, types, values, true) == 0)
		return "its issuer is not known";
	verdict = judge_by_rows(jwt);
	if (verdict == OL_VERDICT_UNKNOWN_KEY && jwt->kid != NULL &&
		is_true(0, ISSUER_MAY_FETCH))
		outcome->unknown_issuer = jwt->issuer;
	if (verdict != OL_VERDICT_VALID)
		return ol_verdict_reason(verdict);
	if (!is_true(0, ISSUER_IS_FRESH))
		return "the keys of its issuer are too old";

	rules.audience = ol_result_text(0, ISSUER_AUDIENCE);
	rules.kind = token_kind(ol_result_text(0, ISSUER_TOKEN_KIND));
	rules.leeway = ol_setting_seconds("openlineage.jwt_leeway");
	rules.now = ol_setting_now();
	problem = ol_jwt_check(jwt, &rules);
	if (problem == NULL)
		problem = ol_claim_map_read(ol_result_text(0, ISSUER_CLAIM_MAP), &map);
	if (problem == NULL)
		problem = ol_claims_build(jwt, &map, rules.leeway, claims);
	return problem;
}

/* Of salt and key. */
static void
salted_hash(const bytea *salt, const char *key, size_t len, uint8 *hash)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) VARDATA_ANY(salt),
							 VARSIZE_ANY_EXHDR(salt)) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) key, len) < 0 ||
		pg_cryptohash_final(context, hash, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute a hash");
	pg_cryptohash_free(context);
}

static const char *
verify_api_key(const char *key, size_t len, StringInfo claims)
{
	size_t		prefix = strlen(API_KEY_PREFIX);
	Oid			types[1] = {TEXTOID};
	Datum		values[1];
	uint8		hash[PG_SHA256_DIGEST_LENGTH];
	bool		isnull;
	bytea	   *stored;

	if (len <= prefix + API_KEY_ID_LEN ||
		memcmp(key, API_KEY_PREFIX, prefix) != 0)
		return "it is neither a token nor an API key";
	values[0] = PointerGetDatum(cstring_to_text_with_len(key + prefix,
														 API_KEY_ID_LEN));
	if (ol_statement_execute(&find_api_key, 1, types, values, true) == 0)
		return UNKNOWN_API_KEY;
	salted_hash(DatumGetByteaPP(ol_result(0, API_KEY_SALT, &isnull)),
				key, len, hash);
	stored = DatumGetByteaPP(ol_result(0, API_KEY_HASH, &isnull));
	if (VARSIZE_ANY_EXHDR(stored) != sizeof(hash) ||
		CRYPTO_memcmp(VARDATA_ANY(stored), hash, sizeof(hash)) != 0)
		return UNKNOWN_API_KEY;
	appendStringInfoString(claims, ol_result_text(0, API_KEY_CLAIMS));
	return NULL;
}

static const char *
verify(const char *token, size_t len, StringInfo claims, Outcome *outcome)
{
	const char *problem;
	OlJwt		jwt;

	if (len > OL_TOKEN_MAX_SIZE)
		return "it is larger than 16 kB";
	if (memchr(token, '.', len) == NULL)
		return verify_api_key(token, len, claims);
	problem = ol_jwt_read(token, len, &jwt);
	return problem != NULL ? problem : verify_jwt(&jwt, claims, outcome);
}

/*
 * Names in statements are those of PostgreSQL, whatever the caller has put
 * before them.  A SET clause of login() would do that too, but end with it what
 * login() sets.  Ends with AtEOXact_GUC(), or with the (sub)transaction.
 */
static int
pin_search_path(void)
{
	int			level = NewGUCNestLevel();

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

/* Reads tables, as their owner; what it leaves is the caller's. */
static Outcome
verify_as_owner(const text *token, StringInfo claims)
{
	MemoryContext caller = CurrentMemoryContext;
	Outcome		outcome = {NULL, NULL};
	OlTrusted	trusted;
	int			settings = pin_search_path();

	ol_trusted_begin(&trusted);
	SPI_connect();
	PushActiveSnapshot(GetLatestSnapshot());
	outcome.problem = verify(VARDATA_ANY(token), VARSIZE_ANY_EXHDR(token),
							 claims, &outcome);
	PopActiveSnapshot();
	if (outcome.unknown_issuer != NULL)
		outcome.unknown_issuer = MemoryContextStrdup(caller, outcome.unknown_issuer);
	SPI_finish();
	ol_trusted_end(&trusted);
	AtEOXact_GUC(true, settings);
	return outcome;
}

/* A background worker learns by the fields of the error whose keys to fetch. */
static void
refuse(const Outcome *outcome)
{
	bool		fetch = outcome->unknown_issuer != NULL && MyBgworkerEntry != NULL;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("token refused"),
			 errdetail("It was refused because %s.", outcome->problem),
			 fetch ? err_generic_string(PG_DIAG_TABLE_NAME, "issuer_key") : 0,
			 fetch ? err_generic_string(PG_DIAG_COLUMN_NAME, outcome->unknown_issuer) : 0,
			 errhidestmt(true), errhidecontext(true)));
}

Datum
ol_login(PG_FUNCTION_ARGS)
{
	Outcome		outcome = {"there is none", NULL};
	StringInfoData claims;
	bool		local = PG_ARGISNULL(1) || PG_GETARG_BOOL(1);

	if (PG_ARGISNULL(0))
		refuse(&outcome);
	initStringInfo(&claims);
	outcome = verify_as_owner(PG_GETARG_TEXT_PP(0), &claims);
	if (outcome.unknown_issuer != NULL && MyBgworkerEntry == NULL)
	{
		ol_refresh_unknown(outcome.unknown_issuer);
		outcome = verify_as_owner(PG_GETARG_TEXT_PP(0), &claims);
	}
	if (outcome.problem != NULL)
		refuse(&outcome);
	(void) set_config_option(OL_CLAIMS_SETTING, claims.data, PGC_SUSET,
							 PGC_S_SESSION,
							 local ? GUC_ACTION_LOCAL : GUC_ACTION_SET,
							 true, 0, false);
	PG_RETURN_VOID();
}

Datum
ol_verifies_tokens(PG_FUNCTION_ARGS)
{
	OlTrusted	trusted;
	bool		result;

	ol_trusted_begin(&trusted);
	SPI_connect();
	ol_statement_execute(&find_any, 0, NULL, NULL, true);
	result = is_true(0, 1);
	SPI_finish();
	ol_trusted_end(&trusted);
	PG_RETURN_BOOL(result);
}
