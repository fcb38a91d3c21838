/*-------------------------------------------------------------------------
 * bearer.c
 *	  Finds the token of a request: RFC 6750, section 2.1.
 *
 * The header Authorization is the one place for a token.  In a query or a form
 * it would end up in logs and histories, so there it is refused, not ignored.
 * Another scheme than Bearer is no token; whether that matters is decided by
 * who wants one.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <string.h>
#include <strings.h>

#include "bearer.h"

static const char scheme[] = "Bearer";

/* The characters of b64token, before its padding. */
static const char token_characters[] =
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";

static OlBearer
faulty(const char *fault)
{
	OlBearer	bearer = {.fault = fault};

	return bearer;
}

/* The value of the header, NULL without one; nheaders is how many there are. */
OlBearer
ol_bearer_parse(const char *header, int nheaders)
{
	OlBearer	bearer = {0};
	size_t		body;

	if (nheaders > 1)
		return faulty("more than one Authorization header");
	if (header == NULL ||
		strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return bearer;
	header += sizeof(scheme) - 1;
	if (*header != ' ' && *header != '\0')
		return bearer;			/* a scheme whose name is longer */
	header += strspn(header, " ");
	body = strspn(header, token_characters);
	bearer.len = body + strspn(header + body, "=");
	if (body == 0 || header[bearer.len] != '\0')
		return faulty("the Authorization header holds no well-formed token");
	if (bearer.len > OL_BEARER_MAX)
	{
		bearer = faulty("the token is too long");
		bearer.too_long = true;
		return bearer;
	}
	bearer.token = header;
	return bearer;
}

/* Does a query string, as it came, hand over a token? */
bool
ol_bearer_in_query(const char *query)
{
	static const char name[] = "access_token";

	while (*query != '\0')
	{
		if (strncmp(query, name, sizeof(name) - 1) == 0 &&
			strchr("=&", query[sizeof(name) - 1]) != NULL)
			return true;
		query += strcspn(query, "&");
		query += strspn(query, "&");
	}
	return false;
}
