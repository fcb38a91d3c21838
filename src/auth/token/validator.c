/*-------------------------------------------------------------------------
 * validator.c
 *	  PostgreSQL 18 logs clients in by OAuth: is this token good for that?
 *
 * With oauth_validator_libraries = 'openlineage_auth' the server asks here, in
 * the process that is to serve the client, before it opens a database.  So
 * there is no transaction and no table: what is trusted is the line of
 * pg_hba.conf (issuer, all of its scopes) and openlineage.oauth_audience, both
 * for the administrator of the server alone to write; keys come from shared
 * memory (shared.c).  When a key is not known, a process is started that
 * fetches keys, and the client waits for it, two seconds at most (refresh.c).
 *
 * The claims become those of the whole session before its first statement.
 * They are set as PGC_S_OVERRIDE, which makes them the value that RESET and
 * DISCARD ALL go back to, so that a pooled connection stays the person that
 * authenticated it.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/compat.h"

#ifdef OL_COMPAT_OAUTH

#include "libpq/libpq-be.h"
#include "libpq/oauth.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "claims.h"
#include "keys.h"
#include "oauth_keys.h"
#include "refresh.h"
#include "settings.h"
#include "shared.h"

/* jwks: NULL while none were fetched. */
static OlVerdict
judge_by_shared(const OlJwt *jwt, const char *jwks)
{
	OlVerdict	best = OL_VERDICT_UNKNOWN_KEY;
	int			tried = 0;
	OlJson		json;

	if (jwks == NULL || !ol_json_parse(&json, jwks, strlen(jwks)))
		return best;
	OL_JSON_FOREACH(key, &json, ol_json_member(&json, 1, "keys"))
	{
		char	   *text = pnstrdup(json.text + json.values[key].start,
									json.values[key].end - json.values[key].start);
		OlVerdict	verdict = ol_key_judge(jwt, ol_json_member_string(&json, key, "kid"),
										   text, "RS256");

		best = Max(best, verdict);
		if (best == OL_VERDICT_VALID ||
			(verdict == OL_VERDICT_WRONG_SIGNATURE &&
			 ++tried == OL_MAX_KEYS_WITHOUT_ID))
			break;
	}
	return best;
}

static const char *
check_signature(const OlJwt *jwt, const OlKeySource *source)
{
	TimestampTz fetched_at;
	char	   *jwks = ol_shared_keys(source->issuer, &fetched_at);
	OlVerdict	verdict = judge_by_shared(jwt, jwks);

	if (verdict == OL_VERDICT_UNKNOWN_KEY)
	{
		ol_refresh_for_oauth(source->issuer, MyProcPort->database_name);
		jwks = ol_shared_keys(source->issuer, &fetched_at);
		verdict = judge_by_shared(jwt, jwks);
	}
	if (jwks == NULL)
		return "the keys of its issuer have not been fetched yet";
	if (verdict != OL_VERDICT_VALID)
		return ol_verdict_reason(verdict);
	if (TimestampDifferenceExceeds(fetched_at, GetCurrentTimestamp(),
								   (int) ol_setting_seconds("openlineage.jwks_max_stale") * 1000))
		return "the keys of its issuer are too old";
	return NULL;
}

/* Scopes that ask an issuer for an ID token or to stay; no token is for them. */
static bool
is_for_issuer(const char *scope, size_t len)
{
	return (len == 6 && memcmp(scope, "openid", len) == 0) ||
		(len == 14 && memcmp(scope, "offline_access", len) == 0);
}

static bool
has_scopes(List *scopes, const char *wanted)
{
	while (*wanted != '\0')
	{
		size_t		len = strcspn(wanted, " ");
		bool		found = len == 0 || is_for_issuer(wanted, len);
		ListCell   *cell;

		foreach(cell, scopes)
			found = found || (strlen(lfirst(cell)) == len &&
							  memcmp(lfirst(cell), wanted, len) == 0);
		if (!found)
			return false;
		wanted += len;
		wanted += strspn(wanted, " ");
	}
	return true;
}

/* The identity that pg_ident.conf maps. */
static char *
identity(const OlJwt *jwt)
{
	OlClaimMap	map = {0};
	List	   *found;

	map.paths[OL_CLAIM_SUBJECT] = list_make1(unconstify(char *,
														GetConfigOption("openlineage.oauth_identity", false, false)));
	found = ol_claim_values(jwt, &map, OL_CLAIM_SUBJECT);
	return found == NIL ? NULL : linitial(found);
}

static const char *
check_rights(const OlJwt *jwt, const HbaLine *line, const char *role,
			 const OlClaimMap *map, ValidatorModuleResult *result)
{
	if (!has_scopes(ol_claim_values(jwt, map, OL_CLAIM_SCOPES), line->oauth_scope))
		return "it does not have all scopes of the line in pg_hba.conf";
	result->authn_id = identity(jwt);
	if (result->authn_id == NULL)
		return "it does not say who it is for";
	/* Without a map of identities to roles we are the one to compare them. */
	if (line->oauth_skip_usermap && strcmp(result->authn_id, role) != 0)
		return "it is for somebody else than the role";
	return NULL;
}

static const char *
check_token(const char *token, const char *role, ValidatorModuleResult *result,
			StringInfo claims)
{
	const HbaLine *line = MyProcPort->hba;
	OlJwtRules	rules;
	OlKeySource source;
	OlClaimMap	map;
	OlJwt		jwt;
	const char *problem = ol_jwt_read(token, strlen(token), &jwt);

	rules.audience = GetConfigOption("openlineage.oauth_audience", false, false);
	if (rules.audience[0] == '\0')
		return "openlineage.oauth_audience is not set";
	if (problem != NULL)
		return problem;
	ol_oauth_source(line->oauth_issuer, &source);
	if (strcmp(jwt.issuer, source.issuer) != 0)
		return "it is not of the issuer in pg_hba.conf";
	rules.kind = OL_TOKEN_ACCESS;
	rules.leeway = ol_setting_seconds("openlineage.jwt_leeway");
	rules.now = ol_setting_now();
	problem = check_signature(&jwt, &source);
	if (problem == NULL)
		problem = ol_jwt_check(&jwt, &rules);
	if (problem == NULL)
		problem = ol_claim_map_read(GetConfigOption("openlineage.oauth_claim_map",
													false, false), &map);
	if (problem == NULL)
		problem = check_rights(&jwt, line, role, &map, result);
	if (problem == NULL)
		problem = ol_claims_build(&jwt, &map, rules.leeway, claims);
	return problem;
}

static bool
validate(const ValidatorModuleState *state, const char *token,
		 const char *role, ValidatorModuleResult *result)
{
	StringInfoData claims;
	const char *problem;

	initStringInfo(&claims);
	problem = check_token(token, role, result, &claims);
	result->authorized = problem == NULL;
	if (problem != NULL)
		ereport(LOG,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("token refused"),
				 errdetail("It was refused because %s.", problem)));
	else
		SetConfigOption(OL_CLAIMS_SETTING, claims.data, PGC_SUSET,
						PGC_S_OVERRIDE);
	return true;
}

const OAuthValidatorCallbacks *
_PG_oauth_validator_module_init(void)
{
	static const OAuthValidatorCallbacks callbacks = {
		.magic = PG_OAUTH_VALIDATOR_MAGIC,
		.validate_cb = validate,
	};

	return &callbacks;
}

#endif							/* OL_COMPAT_OAUTH */
