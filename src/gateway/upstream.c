/*-------------------------------------------------------------------------
 * upstream.c
 *	  A request as the server behind us gets it.
 *
 * Where it goes is fixed: the setting, and behind it what the client asked for,
 * of which place.c has made sure that it stays below.  What the client said of
 * itself is replaced by what we know of it.
 *
 * Called by the main loop, but nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <curl/curl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway.h"
#include "header.h"

#define CONNECT_MS 5000L
#define PREFIX "/mlflow"

typedef struct HeaderList
{
	struct curl_slist *first;
	const char *connection;		/* the client's header of that name */
	bool		failed;
} HeaderList;

static void
append_line(HeaderList *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list->first, line);

	if (longer == NULL)
		list->failed = true;
	else
		list->first = longer;
}

static void
append_header(HeaderList *list, const char *name, const char *value)
{
	OlBuffer	line = {0};

	if (value == NULL || !ol_header_is_clean(value))
		return;
	ol_buffer_append_text(&line, name);
	/* libcurl drops a header without a value, unless it ends like this */
	ol_buffer_append_text(&line, *value == '\0' ? ";" : ": ");
	ol_buffer_append_text(&line, value);
	ol_buffer_append(&line, "", 1);
	if (line.failed)
		list->failed = true;
	else
		append_line(list, line.data);
	ol_buffer_free(&line);
}

static enum MHD_Result
pass_header(void *cls, enum MHD_ValueKind kind, const char *name,
			const char *value)
{
	HeaderList *list = cls;

	(void) kind;
	if (ol_header_goes_up(name, list->connection))
		append_header(list, name, value == NULL ? "" : value);
	return MHD_YES;
}

static const char *
header_of(OlExchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->request.connection,
									   MHD_HEADER_KIND, name);
}

static bool
set_headers(OlExchange *exchange)
{
	HeaderList	list = {NULL, header_of(exchange, MHD_HTTP_HEADER_CONNECTION)};
	const char *host = header_of(exchange, MHD_HTTP_HEADER_HOST);
	const char *base = exchange->gateway->http.public_url;
	char		address[OL_ADDRESS_TEXT];

	(void) MHD_get_connection_values(exchange->request.connection, MHD_HEADER_KIND,
									 pass_header, &list);
	ol_address_print(&exchange->request.address, address);
	append_header(&list, "X-Forwarded-For", address);
	append_header(&list, "X-Forwarded-Host", host);
	append_header(&list, "X-Forwarded-Proto",
				  base != NULL && strncmp(base, "https:", 6) == 0 ? "https" : "http");
	append_header(&list, "X-Forwarded-Prefix", PREFIX);
	append_header(&list, "X-Forwarded-User", exchange->request.user.data);
	append_line(&list, "Expect:");
	if (header_of(exchange, MHD_HTTP_HEADER_ACCEPT) == NULL)
		append_line(&list, "Accept:");
	if (header_of(exchange, MHD_HTTP_HEADER_USER_AGENT) == NULL)
		append_line(&list, "User-Agent:");
	exchange->up_headers = list.first;
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, list.first);
	return !list.failed;
}

static bool
set_url(OlExchange *exchange)
{
	OlBuffer	url = {0};
	bool		made;

	ol_buffer_append_text(&url, exchange->gateway->mlflow_url);
	if (*exchange->rest != '/')
		ol_buffer_append_text(&url, "/");
	ol_buffer_append_text(&url, exchange->rest);
	ol_buffer_append(&url, "", 1);
	made = !url.failed &&
		curl_easy_setopt(exchange->easy, CURLOPT_URL, url.data) == CURLE_OK;
	ol_buffer_free(&url);
	return made;
}

static void
set_method(OlExchange *exchange)
{
	CURL	   *easy = exchange->easy;
	const char *length = header_of(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (strcmp(exchange->method, MHD_HTTP_METHOD_HEAD) == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (exchange->has_body)
	{
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
						 length == NULL ? (curl_off_t) -1 : (curl_off_t) strtoll(length, NULL, 10));

		/*
		 * a body cannot be sent again when a kept connection turns out to be
		 * dead
		 */
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->method);
}

static void
set_rules(CURL *easy, const OlGateway *gateway)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 3L);
	if (*gateway->authorities != '\0')
	{
		curl_easy_setopt(easy, CURLOPT_CAINFO, gateway->authorities);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
}

static bool
is_told(const char *variable)
{
	return variable != NULL && *variable != '\0';
}

static void
set_credentials(CURL *easy, const OlGateway *gateway)
{
	if (is_told(gateway->mlflow_token))
	{
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_BEARER);
		curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, gateway->mlflow_token);
	}
	else if (is_told(gateway->mlflow_user) && is_told(gateway->mlflow_password))
	{
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, gateway->mlflow_user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, gateway->mlflow_password);
	}
}

/* exchange->easy is new; false when there is no memory. */
bool
ol_upstream_prepare(OlExchange *exchange)
{
	set_rules(exchange->easy, exchange->gateway);
	set_credentials(exchange->easy, exchange->gateway);
	set_method(exchange);
	return set_url(exchange) && set_headers(exchange);
}
