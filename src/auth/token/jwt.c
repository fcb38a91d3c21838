/*-------------------------------------------------------------------------
 * jwt.c
 *	  Reads a JSON Web Token (RFC 7515, 7519) and checks what it says.
 *
 * Exactly three parts of strict base64url; header and payload are JSON objects
 * in valid UTF-8 in which no name occurs twice, so that no two readers can see
 * different tokens.  What the header offers as a key (jwk, jku, x5c, x5u) is
 * not looked at; extensions it calls critical are refused.
 *
 * Who calls it: ol_jwt_read(), then the signature with a key of the issuer
 * that the token names, then ol_jwt_check().  All answer NULL, or why the token
 * is refused, in words that hold nothing of the token.
 *
 * A pure file: memory comes from palloc, nothing else of the server is used.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "base64url.h"
#include "jwt.h"
#include "mb/pg_wchar.h"

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Whether all names of an object differ and can be told apart. */
static const char *
odd_names(const OlJson *json, uint32 object)
{
	int			count = 0;
	int			odd = 0;
	bool		twice = false;
	char	  **names;

	OL_JSON_FOREACH(member, json, object)
		count++;
	if (count == 0)
		return NULL;
	names = palloc(sizeof(char *) * count);
	count = 0;
	OL_JSON_FOREACH(member, json, object)
		names[count++] = ol_json_key(json, member, &odd);
	qsort(names, count, sizeof(char *), compare_names);
	for (int i = 1; i < count; i++)
		twice = twice || strcmp(names[i - 1], names[i]) == 0;
	for (int i = 0; i < count; i++)
		pfree(names[i]);
	pfree(names);
	if (odd != 0)
		return "it holds a character that is none";
	return twice ? "a name occurs twice in an object" : NULL;
}

/* One whose exponent no number of the database can have. */
static bool
is_vast(const OlJson *json, uint32 number)
{
	const char *text = json->text + json->values[number].start;
	uint32		len = json->values[number].end - json->values[number].start;
	uint32		digits = 0;

	while (digits < len && isdigit((unsigned char) text[len - 1 - digits]))
		digits++;
	return digits > 3 && digits < len &&
		strchr("eE+-", text[len - 1 - digits]) != NULL &&
		(memchr(text, 'e', len) != NULL || memchr(text, 'E', len) != NULL);
}

/*
 * What the database's json types would refuse, or readers take differently:
 * names that occur twice, NUL, halves of surrogates, vast numbers; or NULL.
 */
const char *
ol_json_odd(const OlJson *json)
{
	for (uint32 i = 1; i < json->nvalues; i++)
	{
		const char *problem = NULL;
		int			odd = 0;

		if (json->values[i].type == OL_JSON_OBJECT)
			problem = odd_names(json, i);
		else if (json->values[i].type == OL_JSON_STRING)
			pfree(ol_json_string(json, i, &odd));
		else if (json->values[i].type == OL_JSON_NUMBER && is_vast(json, i))
			problem = "it holds a number that is too large";
		if (odd != 0)
			problem = "it holds a character that is none";
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

/* A part of the token that must be an object. */
static const char *
read_object(const char *text, size_t len, OlJson *json)
{
	char	   *bytes = palloc(OL_BASE64URL_SIZE(len) + 1);
	int			size = ol_base64url_decode(text, len, (unsigned char *) bytes);

	if (size < 0)
		return "it is not base64url";
	if (pg_encoding_verifymbstr(PG_UTF8, bytes, size) != size)
		return "it is not UTF-8";
	if (!ol_json_parse(json, bytes, size) ||
		ol_json_type(json, 1) != OL_JSON_OBJECT)
		return "it is no JSON object";
	return ol_json_odd(json);
}

/* Finds the two dots; false unless there are two. */
static bool
split(const char *token, size_t len, const char *dots[2])
{
	int			count = 0;

	for (size_t i = 0; i < len; i++)
	{
		if (token[i] != '.')
			continue;
		if (count == 2)
			return false;
		dots[count++] = token + i;
	}
	return count == 2;
}

/* A member that may be missing, but must be a string if it is there. */
static bool
optional_string(const OlJson *json, const char *name, const char **value)
{
	uint32		member = ol_json_member(json, 1, name);
	int			odd = 0;

	*value = ol_json_string(json, member, &odd);
	return member == 0 || *value != NULL;
}

static const char *
read_header(OlJwt *jwt)
{
	if (ol_json_member(&jwt->header, 1, "crit") != 0 ||
		ol_json_member(&jwt->header, 1, "b64") != 0)
		return "its header has critical extensions";
	if (!optional_string(&jwt->header, "alg", &jwt->algorithm) ||
		!optional_string(&jwt->header, "kid", &jwt->kid) ||
		!optional_string(&jwt->header, "typ", &jwt->type) ||
		jwt->algorithm == NULL)
		return "its header is not that of a signed token";
	return NULL;
}

/* The token's text must outlive the result. */
const char *
ol_jwt_read(const char *token, size_t len, OlJwt *jwt)
{
	const char *dots[2];
	const char *problem;

	memset(jwt, 0, sizeof(OlJwt));
	if (len > OL_TOKEN_MAX_SIZE)
		return "it is larger than 16 kB";
	if (!split(token, len, dots))
		return "it does not have three parts";
	jwt->text = token;
	jwt->signed_len = dots[1] - token;
	jwt->signature = palloc(OL_BASE64URL_SIZE(token + len - dots[1] - 1));
	jwt->signature_len = ol_base64url_decode(dots[1] + 1,
											 token + len - dots[1] - 1,
											 jwt->signature);
	if (jwt->signature_len < 0)
		return "it is not base64url";
	problem = read_object(token, dots[0] - token, &jwt->header);
	if (problem == NULL)
		problem = read_header(jwt);
	if (problem == NULL)
		problem = read_object(dots[0] + 1, dots[1] - dots[0] - 1, &jwt->payload);
	if (problem != NULL)
		return problem;
	if (!optional_string(&jwt->payload, "iss", &jwt->issuer) ||
		jwt->issuer == NULL)
		return "it names no issuer";
	return NULL;
}

/* A number that is finite. */
bool
ol_jwt_number(const OlJson *json, uint32 value, double *number)
{
	char		text[64];
	size_t		len;

	if (ol_json_type(json, value) != OL_JSON_NUMBER)
		return false;
	len = json->values[value].end - json->values[value].start;
	if (len >= sizeof(text))
		return false;
	memcpy(text, json->text + json->values[value].start, len);
	text[len] = '\0';
	*number = strtod(text, NULL);
	return isfinite(*number);
}

static const char *
check_times(const OlJwt *jwt, const OlJwtRules *rules)
{
	const OlJson *payload = &jwt->payload;
	uint32		not_before = ol_json_member(payload, 1, "nbf");
	uint32		issued = ol_json_member(payload, 1, "iat");
	double		time;

	if (!ol_jwt_number(payload, ol_json_member(payload, 1, "exp"), &time))
		return "it does not say when it expires";
	if (time <= rules->now - rules->leeway)
		return "it has expired";
	if (not_before != 0)
	{
		if (!ol_jwt_number(payload, not_before, &time))
			return "a time in it is no number";
		if (time > rules->now + rules->leeway)
			return "it is not valid yet";
	}
	if (issued != 0)
	{
		if (!ol_jwt_number(payload, issued, &time))
			return "a time in it is no number";
		if (time > rules->now + rules->leeway)
			return "it was issued in the future";
	}
	return NULL;
}

static bool
is_string(const OlJson *json, uint32 value, const char *wanted)
{
	int			odd = 0;
	char	   *text = ol_json_string(json, value, &odd);

	return text != NULL && strcmp(text, wanted) == 0;
}

static const char *
check_audience(const OlJwt *jwt, const char *audience)
{
	uint32		aud = ol_json_member(&jwt->payload, 1, "aud");
	bool		found = false;

	if (aud == 0)
		return "it is for no audience";
	if (ol_json_type(&jwt->payload, aud) != OL_JSON_ARRAY)
		found = is_string(&jwt->payload, aud, audience);
	else
	{
		OL_JSON_FOREACH(element, &jwt->payload, aud)
		{
			if (ol_json_type(&jwt->payload, element) != OL_JSON_STRING)
				return "its audience is no string";
			found = found || is_string(&jwt->payload, element, audience);
		}
	}
	return found ? NULL : "it is for another audience";
}

static bool
has_type(const OlJwt *jwt, const char *type)
{
	const char *text = jwt->type;

	if (pg_strncasecmp(text, "application/", 12) == 0)
		text += 12;
	return pg_strcasecmp(text, type) == 0;
}

static bool
has_any(const OlJson *payload, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (ol_json_member(payload, 1, names[i]) != 0)
			return true;
	return false;
}

/*
 * What only tokens have that tell a client who logged in (OpenID Connect Core,
 * section 2), that renew or end a session, or that tell of an event (RFC 8417).
 * Some providers say in a claim "typ" what their header does not.
 */
static bool
looks_like_other(const OlJwt *jwt)
{
	static const char *const marks[] = {
		"nonce", "at_hash", "c_hash", "s_hash", "events", "sub_jwk"
	};
	static const char *const types[] = {"ID", "Refresh", "Offline", "Logout"};
	const OlJson *payload = &jwt->payload;

	for (int i = 0; i < lengthof(types); i++)
		if (is_string(payload, ol_json_member(payload, 1, "typ"), types[i]))
			return true;
	return has_any(payload, marks, lengthof(marks));
}

/*
 * An access token says which client got it, or what it is good for.  Groups are
 * no sign, as they are in many an ID token; nor is a client that got a token
 * for itself.
 */
static bool
looks_like_access(const OlJwt *jwt)
{
	static const char *const clients[] = {"scope", "scp", "client_id"};
	static const char *const signs[] = {
		"cid", "appid", "azpacr", "appidacr", "gty", "roles", "realm_access",
		"resource_access", "permissions", "namespaces"
	};
	const OlJson *payload = &jwt->payload;
	uint32		party = ol_json_member(payload, 1, "azp");
	int			odd = 0;

	if (has_any(payload, clients, lengthof(clients)))
		return true;
	if (ol_json_type(payload, party) == OL_JSON_STRING &&
		check_audience(jwt, ol_json_string(payload, party, &odd)) == NULL)
		return false;
	return has_any(payload, signs, lengthof(signs)) ||
		is_string(payload, ol_json_member(payload, 1, "typ"), "Bearer");
}

static const char *
check_kind(const OlJwt *jwt, OlTokenKind kind)
{
	if (jwt->type != NULL && has_type(jwt, "at+jwt"))
		return NULL;
	if (kind == OL_TOKEN_TYPED)
		return "its type is not at+jwt";
	if (jwt->type != NULL && !has_type(jwt, "JWT"))
		return "its type is neither at+jwt nor JWT";
	if (kind == OL_TOKEN_ACCESS &&
		(looks_like_other(jwt) || !looks_like_access(jwt)))
		return "it is no access token";
	return NULL;
}

/*
 * Everything but issuer and signature, which the caller has checked: the
 * issuer is the one whose key and rules these are.
 */
const char *
ol_jwt_check(const OlJwt *jwt, const OlJwtRules *rules)
{
	const char *problem = check_times(jwt, rules);

	if (problem == NULL)
		problem = check_audience(jwt, rules->audience);
	if (problem == NULL)
		problem = check_kind(jwt, rules->kind);
	return problem;
}
