/*-------------------------------------------------------------------------
 * fault.c
 *	  Says why another server could not be asked.
 *
 * A message holds scheme, host, port and path of the URL: user information and
 * query may be secrets.  libcurl's own words go to the detail where they tell
 * of certificates; elsewhere its name of the fault says as much.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "client.h"

static void raise_stopped(OlNetClient *client) __attribute__((noreturn));

static void
raise_stopped(OlNetClient *client)
{
	switch (client->failed)
	{
		case OL_NET_BODY_TOO_LONG:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("could not read \"%s\"", client->shown_url),
					 errdetail("The answer is longer than %zu bytes.", client->max_body)));
			break;
		case OL_NET_HEADERS_TOO_LONG:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("could not read \"%s\"", client->shown_url),
					 errdetail("The headers of the answer are too long.")));
			break;
		case OL_NET_ADDRESS_REFUSED:
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("could not connect to \"%s\"", client->shown_url),
					 errdetail("The host has no address outside of loopback, private and link-local networks."),
					 errhint("A superuser can list the host in \"openlineage.allowed_hosts\".")));
			break;
		case OL_NET_FINE:
			break;
	}
	elog(ERROR, "transfer stopped without a reason");
}

static bool
is_about_tls(CURLcode code)
{
	switch (code)
	{
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_CERTPROBLEM:
			return true;
		default:
			return false;
	}
}

static int
sqlstate_of(CURLcode code)
{
	switch (code)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_CONNECT:
			return ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
		case CURLE_OUT_OF_MEMORY:
			return ERRCODE_OUT_OF_MEMORY;
		case CURLE_WEIRD_SERVER_REPLY:
		case CURLE_UNSUPPORTED_PROTOCOL:
		case CURLE_HTTP2:
		case CURLE_BAD_CONTENT_ENCODING:
			return ERRCODE_PROTOCOL_VIOLATION;
		default:
			return is_about_tls(code) ?
				ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION :
				ERRCODE_CONNECTION_FAILURE;
	}
}

void
ol_net_raise(OlNetClient *client, CURLcode code)
{
	if (code == CURLE_FILESIZE_EXCEEDED)
		client->failed = OL_NET_BODY_TOO_LONG;
	if (client->reply.failed)
		code = CURLE_OUT_OF_MEMORY;
	else if (client->failed != OL_NET_FINE &&
			 (client->failed != OL_NET_ADDRESS_REFUSED || code == CURLE_COULDNT_CONNECT))
		raise_stopped(client);
	ereport(ERROR,
			(errcode(sqlstate_of(code)),
			 errmsg("could not read \"%s\"", client->shown_url),
			 errdetail("%s.", is_about_tls(code) && client->problem[0] != '\0' ?
					   client->problem : curl_easy_strerror(code))));
}
