/*-------------------------------------------------------------------------
 * claims.c
 *	  Who has logged in to this session.
 *
 * The claims are one JSON object in the setting openlineage._claims.  The
 * server keeps it for us: it ends with the transaction or the session, comes
 * back with a savepoint, goes with DISCARD ALL and is handed to parallel
 * workers.  Users cannot set it.  They can make a setting of that name before
 * this library is loaded, which loading it drops; so nothing asks
 * current_setting(), everything comes here.
 *
 * What cannot be read as claims is nobody.  The time of expiry is compared
 * with the clock at every use, not when the session logged in.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <math.h>
#include <sys/time.h>

#include "auth/claims.h"
#include "base/json.h"
#include "base/settings.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(ol_sql_claims);
PG_FUNCTION_INFO_V1(ol_sql_claim);
PG_FUNCTION_INFO_V1(ol_user_id);
PG_FUNCTION_INFO_V1(ol_scopes);
PG_FUNCTION_INFO_V1(ol_has_scope);
PG_FUNCTION_INFO_V1(ol_logout);

#define SCOPE_ADMIN "admin"

/* What the setting says, read again when it has changed. */
static struct
{
	MemoryContext context;
	uint64		changes;		/* ol_setting_claims_changes it was read at */
	OlClaims   *claims;			/* NULL: nobody */
}			current;

static List *
string_list(const OlJson *json, uint32 array)
{
	List	   *strings = NIL;
	int			odd = 0;

	if (array == 0 || ol_json_type(json, array) != OL_JSON_ARRAY)
		return NIL;
	OL_JSON_FOREACH(element, json, array)
		if (ol_json_type(json, element) == OL_JSON_STRING)
		strings = lappend(strings, ol_json_string(json, element, &odd));
	return strings;
}

/* An expiry that is there but no number has passed. */
static double
expiry(const OlJson *json, uint32 value)
{
	char	   *digits;
	double		seconds;

	if (value == 0 || ol_json_type(json, value) == OL_JSON_NULL)
		return INFINITY;
	if (ol_json_type(json, value) != OL_JSON_NUMBER)
		return -INFINITY;
	digits = pnstrdup(json->text + json->values[value].start,
					  json->values[value].end - json->values[value].start);
	seconds = strtod(digits, NULL);
	return isnan(seconds) ? -INFINITY : seconds;
}

static OlClaims *
read_claims(const char *text)
{
	OlClaims   *claims;
	OlJson		json;
	uint32		namespaces;

	if (*text == '\0' || !ol_json_parse(&json, text, strlen(text)) ||
		ol_json_type(&json, 1) != OL_JSON_OBJECT)
		return NULL;
	claims = palloc(sizeof(OlClaims));
	claims->issuer = ol_json_member_string(&json, 1, "iss");
	claims->user = ol_json_member_string(&json, 1, "sub");
	claims->client = ol_json_member_string(&json, 1, "client_id");
	claims->scopes = string_list(&json, ol_json_member(&json, 1, "scopes"));
	claims->roles = string_list(&json, ol_json_member(&json, 1, "roles"));
	claims->is_admin = ol_claims_list_has(claims->scopes, SCOPE_ADMIN);
	claims->expires = expiry(&json, ol_json_member(&json, 1, "exp"));
	claims->read = claims->write = NIL;
	namespaces = ol_json_member(&json, 1, "namespaces");
	if (namespaces != 0 && ol_json_type(&json, namespaces) == OL_JSON_OBJECT)
	{
		claims->read = string_list(&json, ol_json_member(&json, namespaces, "read"));
		claims->write = string_list(&json, ol_json_member(&json, namespaces, "write"));
	}
	return claims;
}

const OlClaims *
ol_claims_ignoring_time(void)
{
	MemoryContext old;

	if (current.context != NULL && current.changes == ol_setting_claims_changes)
		return current.claims;
	if (current.context == NULL)
		current.context = AllocSetContextCreate(TopMemoryContext,
												"openlineage claims",
												ALLOCSET_SMALL_SIZES);
	current.claims = NULL;
	MemoryContextReset(current.context);
	old = MemoryContextSwitchTo(current.context);
	current.claims = read_claims(ol_setting_claims);
	MemoryContextSwitchTo(old);
	current.changes = ol_setting_claims_changes;
	return current.claims;
}

static bool
are_in_time(const OlClaims *claims)
{
	struct timeval now;

	if (isinf(claims->expires))
		return claims->expires > 0;
	gettimeofday(&now, NULL);
	return now.tv_sec + now.tv_usec / 1e6 < claims->expires;
}

const OlClaims *
ol_claims(void)
{
	const OlClaims *claims = ol_claims_ignoring_time();

	return claims != NULL && are_in_time(claims) ? claims : NULL;
}

const char *
ol_claims_principal(void)
{
	const OlClaims *claims = ol_claims();

	if (claims != NULL)
		return claims->user != NULL ? claims->user : claims->client;
	/* a worker's role is that of all its requests */
	return MyBgworkerEntry == NULL ? GetUserNameFromId(GetOuterUserId(), true) : NULL;
}

bool
ol_claims_list_has(const List *strings, const char *string)
{
	ListCell   *cell;

	foreach(cell, strings)
		if (strcmp(lfirst(cell), string) == 0)
		return true;
	return false;
}

/* -- SQL -------------------------------------------------------------------- */

Datum
ol_sql_claims(PG_FUNCTION_ARGS)
{
	if (ol_claims() == NULL)
		PG_RETURN_NULL();
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(ol_setting_claims));
}

/*
 * The value at a path of members and positions, parted by dots.  A member's
 * own name may have dots in it, so each end of a step is tried.
 */
static uint32
value_at(const OlJson *json, uint32 value, const char *path)
{
	for (const char *dot = path;; dot++)
	{
		char	   *step;
		uint32		found = 0;

		if (*dot != '.' && *dot != '\0')
			continue;
		step = pnstrdup(path, dot - path);
		if (ol_json_type(json, value) == OL_JSON_OBJECT)
			found = ol_json_member(json, value, step);
		else if (ol_json_type(json, value) == OL_JSON_ARRAY)
		{
			int			position = 0;

			OL_JSON_FOREACH(element, json, value)
				if (strcmp(psprintf("%d", position++), step) == 0)
				found = element;
		}
		pfree(step);
		if (*dot == '\0')
			return found;
		if (found != 0 && (found = value_at(json, found, dot + 1)) != 0)
			return found;
	}
}

static text *
value_text(const OlJson *json, uint32 value)
{
	int			odd = 0;

	if (value == 0 || ol_json_type(json, value) == OL_JSON_NULL)
		return NULL;
	if (ol_json_type(json, value) == OL_JSON_STRING)
		return cstring_to_text(ol_json_string(json, value, &odd));
	return cstring_to_text_with_len(json->text + json->values[value].start,
									json->values[value].end - json->values[value].start);
}

/* What the token itself says counts before what login() made of it. */
Datum
ol_sql_claim(PG_FUNCTION_ARGS)
{
	char	   *path = text_to_cstring(PG_GETARG_TEXT_PP(0));
	text	   *result = NULL;
	uint32		payload;
	OlJson		json;

	if (ol_claims() == NULL ||
		!ol_json_parse(&json, ol_setting_claims, strlen(ol_setting_claims)))
		PG_RETURN_NULL();
	payload = ol_json_member(&json, 1, "claims");
	if (payload != 0)
		result = value_text(&json, value_at(&json, payload, path));
	if (result == NULL)
		result = value_text(&json, value_at(&json, 1, path));
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

Datum
ol_user_id(PG_FUNCTION_ARGS)
{
	const OlClaims *claims = ol_claims();

	if (claims == NULL || claims->user == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(claims->user));
}

Datum
ol_scopes(PG_FUNCTION_ARGS)
{
	const OlClaims *claims = ol_claims();
	Datum	   *scopes;
	int			n = 0;
	ListCell   *cell;

	if (claims == NULL)
		PG_RETURN_NULL();
	scopes = palloc(sizeof(Datum) * (list_length(claims->scopes) + 1));
	foreach(cell, claims->scopes)
		scopes[n++] = CStringGetTextDatum((char *) lfirst(cell));
	PG_RETURN_ARRAYTYPE_P(construct_array(scopes, n, TEXTOID, -1, false,
										  TYPALIGN_INT));
}

Datum
ol_has_scope(PG_FUNCTION_ARGS)
{
	const OlClaims *claims = ol_claims();

	PG_RETURN_BOOL(claims != NULL &&
				   (claims->is_admin ||
					ol_claims_list_has(claims->scopes,
									   text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

Datum
ol_logout(PG_FUNCTION_ARGS)
{
	(void) set_config_option("openlineage._claims", "", PGC_SUSET,
							 PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
	PG_RETURN_VOID();
}
