/*-------------------------------------------------------------------------
 * oauth_keys.c
 *	  Keys of the issuers that pg_hba.conf names, into shared memory.
 *
 * Authentication decides who becomes a superuser, so it trusts nothing that
 * anybody but the administrator of the server can write: the issuers are those
 * of pg_hba.conf, read from the file, and their keys are those that their own
 * discovery documents lead to.  Tables are not looked at.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/compat.h"

#ifdef OL_COMPAT_OAUTH

#include "lib/stringinfo.h"
#include "libpq/hba.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "jwk.h"
#include "oauth_keys.h"
#include "shared.h"

#define WELL_KNOWN "/.well-known/"
#define RSA_ALGORITHM "RS256"

/*
 * pg_hba.conf may name the discovery document in place of the issuer: then the
 * issuer is what is around the well-known part.
 */
void
ol_oauth_source(const char *configured, OlKeySource *source)
{
	const char *middle = strstr(configured, WELL_KNOWN);
	const char *rest;

	source->issuer = configured;
	source->discovery = NULL;
	source->jwks_uri = NULL;
	if (middle == NULL)
		return;
	rest = strchr(middle + strlen(WELL_KNOWN), '/');
	source->discovery = configured;
	source->issuer = psprintf("%.*s%s", (int) (middle - configured), configured,
							  rest != NULL ? rest : "");
}

static bool
is_listed(List *sources, const char *issuer)
{
	ListCell   *cell;

	foreach(cell, sources)
		if (strcmp(((OlKeySource *) lfirst(cell))->issuer, issuer) == 0)
		return true;
	return false;
}

/* Lines with errors are the postmaster's to complain about. */
List *
ol_oauth_sources(void)
{
	FILE	   *file = open_auth_file(HbaFileName, DEBUG1, 0, NULL);
	List	   *lines = NIL;
	List	   *sources = NIL;
	ListCell   *cell;

	if (file == NULL)
		return NIL;
	tokenize_auth_file(HbaFileName, file, &lines, DEBUG1, 0);
	foreach(cell, lines)
	{
		TokenizedAuthLine *tokens = lfirst(cell);
		OlKeySource *source = palloc(sizeof(OlKeySource));
		HbaLine    *line;

		if (tokens->err_msg != NULL)
			continue;
		line = parse_hba_line(tokens, DEBUG1);
		if (line == NULL || line->auth_method != uaOAuth)
			continue;
		ol_oauth_source(pstrdup(line->oauth_issuer), source);
		if (!is_listed(sources, source->issuer))
			sources = lappend(sources, source);
	}
	free_auth_file(file, 0);
	return sources;
}

/* The keys of a set that can be used, as a set; the text was checked. */
static char *
usable_keys(const char *jwks, int *nkeys)
{
	StringInfoData out;
	OlJson		json;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"keys\":[");
	*nkeys = 0;
	if (!ol_json_parse(&json, jwks, strlen(jwks)))
		return NULL;
	OL_JSON_FOREACH(value, &json, ol_json_member(&json, 1, "keys"))
	{
		OlKey		key;

		if (ol_json_type(&json, value) != OL_JSON_OBJECT ||
			ol_jwk_read(&json, value, RSA_ALGORITHM, &key) != NULL)
			continue;
		EVP_PKEY_free(key.pkey);
		if ((*nkeys)++ > 0)
			appendStringInfoChar(&out, ',');
		appendBinaryStringInfo(&out, json.text + json.values[value].start,
							   json.values[value].end - json.values[value].start);
	}
	appendStringInfoString(&out, "]}");
	return out.data;
}

/* NULL and how many keys there are now, or why there are no new ones. */
const char *
ol_oauth_fetch(const OlKeySource *source, int limit_ms, int *nkeys)
{
	TimestampTz began = GetCurrentTimestamp();
	char	   *jwks;
	const char *problem = ol_fetch_jwks(source, limit_ms, &jwks);

	if (problem == NULL)
	{
		jwks = usable_keys(jwks, nkeys);
		if (jwks == NULL || !ol_shared_publish(source->issuer, jwks, began))
			problem = "there is no room for its keys";
	}
	ol_shared_note_try(source->issuer, began);
	return problem;
}

#endif							/* OL_COMPAT_OAUTH */
