/*-------------------------------------------------------------------------
 * fetch.c
 *	  The key set of an issuer, from where it publishes it.
 *
 * What leaves this server goes through openlineage.http_get_json(), which
 * decides what may be reached.  It is looked up by name and must be a C
 * function, as only a superuser can have made one: the keys that PostgreSQL
 * 18's authentication trusts come this way, too, and a schema "openlineage" is
 * not beyond the owner of a database.
 *
 * A failure is no error but an answer: issuers have outages.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/json.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "fetch.h"
#include "jwt.h"

#define MAX_DOCUMENT (256 * 1024)
#define DISCOVERY "/.well-known/openid-configuration"

static Oid
find_http_get(void)
{
	Oid			types[3] = {TEXTOID, INT4OID, INT4OID};
	Oid			function;
	HeapTuple	tuple;
	bool		is_c;

	function = LookupFuncName(list_make2(makeString("openlineage"),
										 makeString("http_get_json")),
							  3, types, false);
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	is_c = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId;
	ReleaseSysCache(tuple);
	if (!is_c)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				 errmsg("function openlineage.http_get_json is not that of this extension")));
	return function;
}

static char *
http_get(const char *url, TimestampTz deadline)
{
	long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
													   deadline);

	return TextDatumGetCString(OidFunctionCall3(find_http_get(),
												CStringGetTextDatum(url),
												Int32GetDatum(MAX_DOCUMENT),
												Int32GetDatum(Max(left, 1))));
}

static char *
discovery_url(const OlKeySource *source)
{
	int			len = strlen(source->issuer);

	if (source->discovery != NULL)
		return pstrdup(source->discovery);
	if (len > 0 && source->issuer[len - 1] == '/')
		len--;
	return psprintf("%.*s%s", len, source->issuer, DISCOVERY);
}

/* The address of the key set; or NULL and why there is none. */
static char *
discover(const OlKeySource *source, TimestampTz deadline, const char **problem)
{
	char	   *text = http_get(discovery_url(source), deadline);
	char	   *issuer;
	char	   *uri;
	OlJson		json;

	if (!ol_json_parse(&json, text, strlen(text)) || ol_json_odd(&json) != NULL)
	{
		*problem = "the discovery document is no JSON object";
		return NULL;
	}
	issuer = ol_json_member_string(&json, 1, "issuer");
	if (issuer == NULL || strcmp(issuer, source->issuer) != 0)
	{
		*problem = "the discovery document is that of another issuer";
		return NULL;
	}
	uri = ol_json_member_string(&json, 1, "jwks_uri");
	if (uri == NULL)
		*problem = "the discovery document names no key set";
	return uri;
}

static bool
is_key_set(const char *text)
{
	OlJson		json;

	return ol_json_parse(&json, text, strlen(text)) &&
		ol_json_odd(&json) == NULL &&
		ol_json_type(&json, ol_json_member(&json, 1, "keys")) == OL_JSON_ARRAY;
}

static const char *
fetch(const OlKeySource *source, int limit_ms, char **jwks)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   limit_ms);
	const char *problem = NULL;
	const char *uri = source->jwks_uri;

	if (uri == NULL)
		uri = discover(source, deadline, &problem);
	if (uri == NULL)
		return problem;
	*jwks = http_get(uri, deadline);
	return is_key_set(*jwks) ? NULL : "what it publishes is no key set";
}

/* What an error says, unless it ends more than the fetching. */
static const char *
problem_of_error(MemoryContext context)
{
	ErrorData  *error;
	const char *problem;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
		error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
		PG_RE_THROW();
	FlushErrorState();
	problem = error->detail == NULL ? psprintf("%s", error->message) :
		psprintf("%s: %s", error->message, error->detail);
	FreeErrorData(error);
	return problem;
}

/* NULL and the text of the set, or why it could not be fetched. */
const char *
ol_fetch_jwks(const OlKeySource *source, int limit_ms, char **jwks)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	const char *volatile problem = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		problem = fetch(source, limit_ms, jwks);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		problem = problem_of_error(context);
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return problem;
}
