/*-------------------------------------------------------------------------
 * place.c
 *	  What a request is for, and which scope it needs.
 *
 * A target that is passed on is passed on as it came, byte for byte.  So one
 * that two servers could read in two ways is refused: with segments "." and
 * "..", however they are written, encoded slashes, empty segments, or bytes
 * that should have been encoded.
 *
 * Reading MLflow needs models:read, everything else models:write.  MLflow
 * searches by POST, so these few are reads, too; whatever is not known to be
 * one counts as a write.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "place.h"

#define MLFLOW "/mlflow"
#define READS "models:read"
#define WRITES "models:write"

static const OlPlace places[] = {
	{{"GET", "/health", OL_SCOPE_PUBLIC, NULL, ""}, OL_PLACE_HEALTH, false},
	{{"POST", "/oauth/token", OL_SCOPE_READ, NULL, ""}, OL_PLACE_TOKEN, false},
	{{"GET", "/.well-known/openid-configuration", OL_SCOPE_READ, NULL, ""}, OL_PLACE_CONFIGURATION, false},
	{{"GET", "/.well-known/oauth-authorization-server", OL_SCOPE_READ, NULL, ""}, OL_PLACE_CONFIGURATION, false},
	{{"GET", "/.well-known/jwks.json", OL_SCOPE_READ, NULL, ""}, OL_PLACE_KEYS_DOCUMENT, false},
	{{"GET", "/.well-known/oauth-protected-resource", OL_SCOPE_READ, NULL, ""}, OL_PLACE_RESOURCE, false},
	{{"GET", MLFLOW, OL_SCOPE_READ, NULL, READS}, OL_PLACE_MLFLOW, true},
	{{"HEAD", MLFLOW, OL_SCOPE_READ, NULL, READS}, OL_PLACE_MLFLOW, true},
	{{"POST", MLFLOW, OL_SCOPE_CHANGE, NULL, WRITES}, OL_PLACE_MLFLOW, true},
	{{"PUT", MLFLOW, OL_SCOPE_CHANGE, NULL, WRITES}, OL_PLACE_MLFLOW, true},
	{{"PATCH", MLFLOW, OL_SCOPE_CHANGE, NULL, WRITES}, OL_PLACE_MLFLOW, true},
	{{"DELETE", MLFLOW, OL_SCOPE_CHANGE, NULL, WRITES}, OL_PLACE_MLFLOW, true},
};

static const OlPlace search = {{"POST", MLFLOW, OL_SCOPE_READ, NULL, READS}, OL_PLACE_MLFLOW, true};

/* Of MLflow's REST API: what is below /api/2.0/mlflow/, of any version. */
static const char *const searches[] = {
	"experiments/search",
	"experiments/search-datasets",
	"runs/search",
	"logged-models/search",
	"registered-models/get-latest-versions",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* For guard.c: the scope of a route. */
const char *
ol_route_needs(const OlRoute *route)
{
	return route->needs;
}

/* A segment of dots, each as it is or encoded. */
static bool
is_dots(const char *segment, size_t len)
{
	size_t		dots = 0;

	while (len > 0)
	{
		size_t		step = segment[0] == '.' ? 1 :
		len >= 3 && strncasecmp(segment, "%2e", 3) == 0 ? 3 : 0;

		if (step == 0)
			return false;
		dots++;
		segment += step;
		len -= step;
	}
	return dots == 1 || dots == 2;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes that may stand in a target, and escapes that are none of a separator. */
static const char *
find_odd_byte(const char *target)
{
	bool		in_path = true;

	for (const char *c = target; *c != '\0'; c++)
	{
		if (*c <= 0x20 || *c >= 0x7f || *c == '\\' || *c == '#' || *c == '"' ||
			*c == '<' || *c == '>')
			return "the target has a byte that should be encoded";
		if (*c == '?')
			in_path = false;
		if (*c != '%')
			continue;
		if (!is_hex(c[1]) || !is_hex(c[2]))
			return "the target has a percent sign that encodes nothing";
		if (strncmp(c, "%00", 3) == 0 ||
			(in_path && (strncasecmp(c, "%2f", 3) == 0 || strncasecmp(c, "%5c", 3) == 0)))
			return "the path has an encoded slash or zero byte";
	}
	return NULL;
}

static const char *
find_odd_segment(const char *target)
{
	const char *segment = target + 1;
	const char *end = target + strcspn(target, "?");

	while (segment < end)
	{
		size_t		len = strcspn(segment, "/?");

		if (len == 0 || is_dots(segment, len))
			return "the path has an empty segment or one of dots";
		segment += len + 1;
	}
	return NULL;
}

/* Behind the prefix; NULL when the text begins otherwise. */
static const char *
skip(const char *text, const char *prefix)
{
	size_t		len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* The whole path counts: an artifact may be called like a search, too. */
static bool
is_search(const char *rest)
{
	const char *name = skip(rest, "/api/");

	if (name == NULL)
		name = skip(rest, "/ajax-api/");
	if (name == NULL)
		return false;
	name = skip(name + strspn(name, "0123456789."), "/mlflow/");
	for (size_t i = 0; name != NULL && i < COUNT(searches); i++)
		if (strlen(searches[i]) == strcspn(name, "?") && skip(name, searches[i]) != NULL)
			return true;
	return false;
}

/* Behind the place; NULL when the target is elsewhere. */
static const char *
behind(const OlPlace *place, const char *target)
{
	const char *rest = skip(target, place->route.path);

	if (rest == NULL)
		return NULL;
	if (*rest == '\0' || *rest == '?' || (place->has_rest && *rest == '/'))
		return rest;
	return NULL;
}

OlPlaceMatch
ol_place_find(const char *method, const char *target)
{
	OlPlaceMatch match = {0};

	if (target[0] != '/')
	{
		match.fault = "the target must be a path";
		return match;
	}
	match.fault = find_odd_byte(target);
	if (match.fault == NULL)
		match.fault = find_odd_segment(target);
	if (match.fault != NULL)
		return match;
	for (size_t i = 0; i < COUNT(places); i++)
	{
		const char *rest = behind(&places[i], target);

		if (rest == NULL)
			continue;
		match.known_path = true;
		if (strcmp(places[i].route.method, method) != 0)
			continue;
		match.place = &places[i];
		match.rest = rest;
		if (places[i].task == OL_PLACE_MLFLOW && strcmp(method, "POST") == 0 &&
			is_search(rest))
			match.place = &search;
		return match;
	}
	return match;
}
