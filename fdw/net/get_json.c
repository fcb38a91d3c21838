/*-------------------------------------------------------------------------
 * get_json.c
 *	  SQL: http_get_json(), which fetches small public documents.
 *
 * Keys of an issuer and its discovery document, mostly.  It is the caller's
 * to parse the text; here it is only made sure that it is text.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "net.h"

#define CORE_LIBRARY "openlineage"
#define MAX_TIMEOUT_MS (10 * 60 * 1000)
#define MAX_SIZE (64 * 1024 * 1024)
#define HTTP_OK 200

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(ol_http_get_json);

static const char *const json_headers[] = {
	"Accept: application/json, application/jwk-set+json",
	NULL
};

/* The settings are the core module's, which nobody may have loaded yet. */
static bool
plain_http_is_allowed(void)
{
	load_file(CORE_LIBRARY, false);
	return strcmp(GetConfigOption("openlineage.oauth_allow_http", false, false), "on") == 0;
}

static void
check_limits(int size, int timeout)
{
	if (size < 1 || size > MAX_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_size must be between 1 and %d", MAX_SIZE)));
	if (timeout < 1 || timeout > MAX_TIMEOUT_MS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("timeout_ms must be between 1 and %d", MAX_TIMEOUT_MS)));
}

/* SQL: http_get_json(url, max_size, timeout_ms) */
Datum
ol_http_get_json(PG_FUNCTION_ARGS)
{
	OlNetRequest request = {.headers = json_headers};
	OlNetClient *client;
	OlNetReply	reply;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();		/* not STRICT: rights are asked for in any
								 * case */
	request.url = text_to_cstring(PG_GETARG_TEXT_PP(0));
	request.connect_ms = request.total_ms = PG_GETARG_INT32(2);
	check_limits(PG_GETARG_INT32(1), PG_GETARG_INT32(2));
	request.max_body = PG_GETARG_INT32(1);
	request.may_be_plain = plain_http_is_allowed();
	client = ol_net_create(CurrentMemoryContext);
	reply = ol_net_ask(client, &request);
	if (reply.status != HTTP_OK)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("could not read \"%s\"", ol_net_shown_url(client)),
				 errdetail("The server answered HTTP status %d.", reply.status)));
	if (!pg_verifymbstr(reply.body, (int) reply.body_len, true))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("could not read \"%s\"", ol_net_shown_url(client)),
				 errdetail("The answer is not UTF-8 text.")));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(reply.body, (int) reply.body_len));
}
