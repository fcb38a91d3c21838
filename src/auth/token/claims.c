/*-------------------------------------------------------------------------
 * claims.c
 *	  What a verified token says, in one form whoever issued it.
 *
 * Providers put roles, scopes and the rest into claims of various names.  The
 * claim map of an issuer lists the paths (path.c) for each thing we want to
 * know; what it does not list is looked for where the usual providers have it.
 * The result is the text of the setting openlineage._claims:
 *
 *	  {"iss", "sub", "client_id", "exp", "scopes": [], "roles": [],
 *	   "namespaces": {"read": [], "write": []}, "claims": {the token's payload}}
 *
 * No table is looked at: authentication of PostgreSQL 18 comes here, too.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "utils/json.h"

#include "claims.h"
#include "path.h"

/* The end of the year 9999, the last time that PostgreSQL's clients show. */
#define LAST_SECOND 253402300799.0

#define MAX_DEFAULTS 4

typedef struct ClaimSource
{
	const char *name;			/* in a claim map */
	const char *defaults[MAX_DEFAULTS];
} ClaimSource;

static const ClaimSource sources[OL_CLAIM_COUNT] = {
	[OL_CLAIM_SUBJECT] = {"subject", {"sub"}},
	[OL_CLAIM_CLIENT] = {"client_id", {"client_id", "azp", "cid", "appid"}},
	[OL_CLAIM_SCOPES] = {"scopes", {"scope", "scp"}},
	[OL_CLAIM_ROLES] = {"roles", {"roles", "groups", "realm_access.roles"}},
	[OL_CLAIM_NAMESPACES] = {"namespaces", {"namespaces"}},
	[OL_CLAIM_READ] = {"read", {"namespaces.read"}},
	[OL_CLAIM_WRITE] = {"write", {"namespaces.write"}},
};

static const char *
add_path(const OlJson *json, uint32 value, List **paths)
{
	int			odd = 0;
	char	   *path = ol_json_string(json, value, &odd);

	if (path == NULL)
		return "a path is no string";
	if (ol_path_problem(path) != NULL)
		return ol_path_problem(path);
	*paths = lappend(*paths, path);
	return NULL;
}

static const char *
read_entry(const OlJson *json, uint32 entry, OlClaimMap *map)
{
	int			odd = 0;
	char	   *name = ol_json_key(json, entry, &odd);
	List	  **paths = NULL;
	const char *problem = NULL;

	for (int i = 0; i < OL_CLAIM_COUNT; i++)
		if (strcmp(sources[i].name, name) == 0)
			paths = &map->paths[i];
	if (paths == NULL)
		return "it has an entry that is not known";
	if (ol_json_type(json, entry) != OL_JSON_ARRAY)
		return add_path(json, entry, paths);
	OL_JSON_FOREACH(element, json, entry)
		if (problem == NULL)
		problem = add_path(json, element, paths);
	return problem;
}

/*
 * An object of paths or arrays of paths; an empty array leaves out what an
 * entry that is missing would be looked for.  Returns what is wrong, or NULL.
 */
const char *
ol_claim_map_read(const char *text, OlClaimMap *map)
{
	OlJson		json;
	bool		given[OL_CLAIM_COUNT] = {false};

	memset(map, 0, sizeof(OlClaimMap));
	if (!ol_json_parse(&json, text, strlen(text)) ||
		ol_json_type(&json, 1) != OL_JSON_OBJECT)
		return "it is no object";
	OL_JSON_FOREACH(entry, &json, 1)
	{
		const char *problem = read_entry(&json, entry, map);

		if (problem != NULL)
			return problem;
	}
	for (int i = 0; i < OL_CLAIM_COUNT; i++)
	{
		given[i] = ol_json_member(&json, 1, sources[i].name) != 0;
		for (int n = 0; n < MAX_DEFAULTS && !given[i] &&
			 sources[i].defaults[n] != NULL; n++)
			map->paths[i] = lappend(map->paths[i],
									unconstify(char *, sources[i].defaults[n]));
	}
	return NULL;
}

/* Strings that a path led to, each once, in the order of the token. */
typedef struct Collector
{
	List	   *strings;
	bool		split;			/* one string holds several, between spaces */
} Collector;

static void
collect_one(Collector *collector, const char *string, size_t len)
{
	ListCell   *cell;

	if (len == 0)
		return;
	foreach(cell, collector->strings)
	{
		const char *known = lfirst(cell);

		if (strlen(known) == len && memcmp(known, string, len) == 0)
			return;
	}
	collector->strings = lappend(collector->strings, pnstrdup(string, len));
}

static void
collect_string(Collector *collector, const OlJson *json, uint32 value)
{
	int			odd = 0;
	char	   *string = ol_json_string(json, value, &odd);

	if (string == NULL)
		return;
	while (collector->split && string[strcspn(string, " ")] != '\0')
	{
		collect_one(collector, string, strcspn(string, " "));
		string += strcspn(string, " ") + 1;
	}
	collect_one(collector, string, strlen(string));
}

static void
collect(const OlJson *json, uint32 value, void *arg)
{
	if (ol_json_type(json, value) != OL_JSON_ARRAY)
		collect_string(arg, json, value);
	else
	{
		OL_JSON_FOREACH(element, json, value)
			collect_string(arg, json, element);
	}
}

List *
ol_claim_values(const OlJwt *jwt, const OlClaimMap *map, OlClaim claim)
{
	Collector	collector = {NIL, claim == OL_CLAIM_SCOPES};
	ListCell   *cell;

	foreach(cell, map->paths[claim])
		ol_path_visit(lfirst(cell), &jwt->payload, 1, collect, &collector);
	return collector.strings;
}

static void
append_list(StringInfo out, List *strings)
{
	ListCell   *cell;

	appendStringInfoChar(out, '[');
	foreach(cell, strings)
	{
		if (cell != list_head(strings))
			appendStringInfoChar(out, ',');
		escape_json(out, lfirst(cell));
	}
	appendStringInfoChar(out, ']');
}

static bool
list_has(List *strings, const char *wanted)
{
	ListCell   *cell;

	foreach(cell, strings)
		if (strcmp(lfirst(cell), wanted) == 0)
		return true;
	return false;
}

/*
 * A plain list of namespaces does not say what for: to read, and to write as
 * well where the token's scopes tell that it is for writing.
 */
static void
append_namespaces(StringInfo out, const OlJwt *jwt, const OlClaimMap *map,
				  List *scopes)
{
	List	   *both = ol_claim_values(jwt, map, OL_CLAIM_NAMESPACES);
	List	   *read = ol_claim_values(jwt, map, OL_CLAIM_READ);
	List	   *write = ol_claim_values(jwt, map, OL_CLAIM_WRITE);

	read = list_concat_copy(both, read);
	if (list_has(scopes, "lineage:write") || list_has(scopes, "admin"))
		write = list_concat_copy(both, write);
	appendStringInfoString(out, ",\"namespaces\":{\"read\":");
	append_list(out, read);
	appendStringInfoString(out, ",\"write\":");
	append_list(out, write);
	appendStringInfoChar(out, '}');
}

static void
append_string(StringInfo out, const char *name, List *values)
{
	appendStringInfo(out, ",\"%s\":", name);
	if (values == NIL)
		appendStringInfoString(out, "null");
	else
		escape_json(out, linitial(values));
}

/*
 * Appends them to an empty text; returns why there are none, or NULL.  They end
 * when the token does for us, which is the leeway later than for its issuer.
 */
const char *
ol_claims_build(const OlJwt *jwt, const OlClaimMap *map, double leeway,
				StringInfo claims)
{
	List	   *subject = ol_claim_values(jwt, map, OL_CLAIM_SUBJECT);
	List	   *scopes = ol_claim_values(jwt, map, OL_CLAIM_SCOPES);
	const OlJson *payload = &jwt->payload;
	double		expires;

	if (subject == NIL)
		return "it names no subject";
	if (!ol_jwt_number(payload, ol_json_member(payload, 1, "exp"), &expires))
		return "it does not say when it expires";
	appendStringInfoString(claims, "{\"iss\":");
	escape_json(claims, jwt->issuer);
	append_string(claims, "sub", subject);
	append_string(claims, "client_id",
				  ol_claim_values(jwt, map, OL_CLAIM_CLIENT));
	appendStringInfo(claims, ",\"exp\":%.0f", Min(expires + leeway, LAST_SECOND));
	appendStringInfoString(claims, ",\"scopes\":");
	append_list(claims, scopes);
	appendStringInfoString(claims, ",\"roles\":");
	append_list(claims, ol_claim_values(jwt, map, OL_CLAIM_ROLES));
	append_namespaces(claims, jwt, map, scopes);
	appendStringInfoString(claims, ",\"claims\":");
	appendBinaryStringInfo(claims, payload->text, payload->len);
	appendStringInfoChar(claims, '}');
	return NULL;
}
