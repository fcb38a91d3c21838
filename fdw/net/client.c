/*-------------------------------------------------------------------------
 * client.c
 *	  Asks another HTTP server, safely and within limits.
 *
 * What holds for every request: https, or http where the caller and the list
 * of allowed hosts both say so; certificates are verified; no redirect is
 * followed; no proxy, netrc file or cookie of the server's environment is used;
 * no address inside the network is reached unless the host is listed; size and
 * time of the answer are bounded.
 *
 * A client keeps its connection for the next request.  Its handles are of
 * malloc(), as libcurl's are, and end with its memory context.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "client.h"
#include "hosts.h"

#define USER_AGENT "openlineage-postgresql"

static void
detach(OlNetClient *client)
{
	if (client->attached)
		(void) curl_multi_remove_handle(client->multi, client->easy);
	client->attached = false;
}

static void
release_client(void *arg)
{
	OlNetClient *client = arg;

	if (client->multi != NULL)
		detach(client);
	curl_easy_cleanup(client->easy);
	if (client->multi != NULL)
		(void) curl_multi_cleanup(client->multi);
	curl_url_cleanup(client->url);
	curl_slist_free_all(client->headers);
	ol_buffer_free(&client->reply);
	if (client->epoll >= 0)
		(void) close(client->epoll);
}

static void
start_library(void)
{
	static bool started = false;

	if (started)
		return;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not start libcurl")));
	started = true;
}

static void
set_constant_options(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a
													 * lookup that was given
													 * up */
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, USER_AGENT);
}

/* Lives as long as the context. */
OlNetClient *
ol_net_create(MemoryContext context)
{
	OlNetClient *client = MemoryContextAllocZero(context, sizeof(OlNetClient));

	client->epoll = -1;
	client->release.func = release_client;
	client->release.arg = client;
	MemoryContextRegisterResetCallback(context, &client->release);
	start_library();
	client->easy = curl_easy_init();
	client->multi = curl_multi_init();
	client->url = curl_url();
	client->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (client->easy == NULL || client->multi == NULL || client->url == NULL ||
		client->epoll < 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not prepare an HTTP request")));
	set_constant_options(client->easy);
	ol_net_attach_callbacks(client);
	return client;
}

/* A copy in the current context; NULL when the URL has no such part. */
static char *
url_part(OlNetClient *client, CURLUPart part, unsigned int flags)
{
	char	   *text;
	char	   *copy;

	if (curl_url_get(client->url, part, &text, flags) != CURLUE_OK)
		return NULL;
	copy = pstrdup(text);
	curl_free(text);
	return copy;
}

/* The URL itself is not shown: where it ends and a secret begins is not known. */
static void
take_url(OlNetClient *client, const char *url)
{
	CURLUcode	code = curl_url_set(client->url, CURLUPART_URL, url,
									CURLU_DISALLOW_USER);

	if (code == CURLUE_USER_NOT_ALLOWED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a URL must not contain a user name or password")));
	if (code != CURLUE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid URL"),
				 errdetail("%s.", curl_url_strerror(code))));
	client->shown_url = psprintf("%s://%s:%s%s",
								 url_part(client, CURLUPART_SCHEME, 0),
								 url_part(client, CURLUPART_HOST, 0),
								 url_part(client, CURLUPART_PORT, CURLU_DEFAULT_PORT),
								 url_part(client, CURLUPART_PATH, 0));
}

/* The scheme is the caller's word and the list's; the address is judged later. */
static void
judge_url(OlNetClient *client, const OlNetRequest *request, const char *list)
{
	char	   *scheme = url_part(client, CURLUPART_SCHEME, 0);
	char	   *host = url_part(client, CURLUPART_HOST, 0);
	int			port = pg_strtoint32(url_part(client, CURLUPART_PORT, CURLU_DEFAULT_PORT));

	if (strcmp(scheme, "http") == 0)
	{
		if (!request->may_be_plain || !ol_hosts_lists(list, host, port))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("could not connect to \"%s\"", client->shown_url),
					 errdetail("Without TLS only hosts in \"openlineage.allowed_hosts\" are asked, and only where a setting allows it.")));
	}
	else if (strcmp(scheme, "https") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a URL must begin with https://")));
	client->reach = ol_hosts_reach(list, host, port);
}

static void
set_headers(OlNetClient *client, const char *const *headers)
{
	curl_slist_free_all(client->headers);
	client->headers = NULL;
	for (; headers != NULL && *headers != NULL; headers++)
	{
		struct curl_slist *longer = curl_slist_append(client->headers, *headers);

		if (longer == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory")));
		client->headers = longer;
	}
	curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, client->headers);
}

static void
set_body(OlNetClient *client, const OlNetRequest *request)
{
	CURL	   *easy = client->easy;

	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (request->body != NULL)
	{
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body_len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(easy, CURLOPT_NOBODY,
					 request->method != NULL && strcmp(request->method, "HEAD") == 0 ? 1L : 0L);
}

/* Connections opened under another list are not used again. */
static void
forget_connections(OlNetClient *client, const char *list)
{
	bool		changed = client->allowed_hosts == NULL ||
	strcmp(client->allowed_hosts, list) != 0;

	curl_easy_setopt(client->easy, CURLOPT_FRESH_CONNECT, changed ? 1L : 0L);
	if (!changed)
		return;
	client->allowed_hosts =
		MemoryContextStrdup(GetMemoryChunkContext(client), list);
}

static void
set_options(OlNetClient *client, const OlNetRequest *request)
{
	CURL	   *easy = client->easy;
	const char *authorities = GetConfigOption("openlineage.ca_file", false, false);

	curl_easy_setopt(easy, CURLOPT_CURLU, client->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
					 request->may_be_plain ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) request->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) request->total_ms);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) request->max_body);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->problem);
	if (*authorities != '\0')
	{
		curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	set_headers(client, request->headers);
	set_body(client, request);
}

static void
begin_transfer(OlNetClient *client, const OlNetRequest *request)
{
	client->max_body = request->max_body;
	client->reply.used = 0;
	client->reply.failed = false;
	client->header_bytes = 0;
	client->headers_ended = false;
	client->timer_at = OL_NET_NO_TIMER;
	client->failed = OL_NET_FINE;
	client->problem[0] = '\0';
	client->attached =
		curl_multi_add_handle(client->multi, client->easy) == CURLM_OK;
	if (!client->attached)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not begin an HTTP request")));
}

/* An answer of whatever status; raises when there is none. */
OlNetReply
ol_net_ask(OlNetClient *client, const OlNetRequest *request)
{
	const char *list = GetConfigOption("openlineage.allowed_hosts", false, false);
	OlNetReply	reply = {0};
	CURLcode	code;
	long		status = 0;

	detach(client);				/* of a request that was cancelled */
	take_url(client, request->url);
	judge_url(client, request, list);
	forget_connections(client, list);
	set_options(client, request);
	begin_transfer(client, request);
	code = ol_net_run(client);
	detach(client);
	if (code == CURLE_OK && !client->headers_ended)
		code = CURLE_PARTIAL_FILE;	/* libcurl takes such an end for an empty
									 * answer */
	if (code != CURLE_OK)
		ol_net_raise(client, code);
	if (!ol_buffer_reserve(&client->reply, 1))
		ol_net_raise(client, CURLE_OUT_OF_MEMORY);
	client->reply.data[client->reply.used] = '\0';
	(void) curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
	reply.status = (int) status;
	reply.body = client->reply.data;
	reply.body_len = client->reply.used;
	return reply;
}

/* The last URL as messages may show it; of the context it was asked in. */
const char *
ol_net_shown_url(OlNetClient *client)
{
	return client->shown_url;
}
