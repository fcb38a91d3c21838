/*-------------------------------------------------------------------------
 * guard.c
 *	  What a request has to pass before its body is read: who sends it, how
 *	  much of that, and with which token.
 *
 * Whether a token is good is found out by a helper, which alone asks the
 * database.  Here it is only taken out of its header; and where every request
 * needs one, those without are refused, and nobody else has work with them.
 *
 * Called in callbacks of libmicrohttpd: nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bearer.h"
#include "challenge.h"
#include "head.h"
#include "http.h"

#define INVALID_REQUEST "invalid_request"
#define INVALID_TOKEN "invalid_token"

/* Calls back with each line of the head. */
static void
each_header(OlRequest *request, MHD_KeyValueIterator callback, void *cls)
{
	const OlHead *head = request->head;

	if (head == NULL)
		(void) MHD_get_connection_values(request->connection, MHD_HEADER_KIND,
										 callback, cls);
	else
		for (int i = 0; i < head->count; i++)
			(void) callback(cls, MHD_HEADER_KIND, head->lines[i].name,
							head->lines[i].value);
}

/* The first line of that name; NULL: there is none. */
const char *
ol_guard_header(OlRequest *request, const char *name)
{
	const OlHead *head = request->head;

	if (head == NULL)
		return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
										   name);
	for (int i = 0; i < head->count; i++)
		if (strcasecmp(head->lines[i].name, name) == 0)
			return head->lines[i].value;
	return NULL;
}

/* All lines of one header, with commas between them. */
typedef struct HeaderLines
{
	const char *name;
	OlBuffer	text;
	int			count;
} HeaderLines;

static enum MHD_Result
collect_line(void *cls, enum MHD_ValueKind kind, const char *name,
			 const char *value)
{
	HeaderLines *lines = cls;

	(void) kind;
	if (strcasecmp(name, lines->name) != 0 || value == NULL)
		return MHD_YES;
	if (lines->count++ > 0)
		ol_buffer_append_text(&lines->text, ",");
	ol_buffer_append_text(&lines->text, value);
	return MHD_YES;
}

/* Ends with a zero byte; freed by the caller. */
static HeaderLines
collect_header(OlRequest *request, const char *name)
{
	HeaderLines lines = {name};

	each_header(request, collect_line, &lines);
	ol_buffer_append(&lines.text, "", 1);
	return lines;
}

/* Sets request->address: the peer, or whom a listed proxy speaks for. */
void
ol_guard_find_address(const OlHttp *http, OlRequest *request)
{
	const OlProxies *proxies = &http->proxies;
	OlAddress	peer = ol_address_of((struct sockaddr *) &request->client->address);

	request->address = peer;
	if (ol_proxies_have(proxies, &peer))
	{
		HeaderLines lines = collect_header(request, proxies->rfc7239 ?
										   "Forwarded" : "X-Forwarded-For");

		if (!lines.text.failed)
			request->address = ol_proxies_client(proxies, &peer, lines.text.data);
		ol_buffer_free(&lines.text);
	}
}

typedef struct HeaderCount
{
	int			lengths;		/* Content-Length */
	int			encodings;		/* Transfer-Encoding */
	int			hosts;
	bool		bad_names;
} HeaderCount;

/* Is it that name with more behind it? */
static bool
is_longer(const char *name, const char *than)
{
	return strncasecmp(name, than, strlen(than)) == 0 &&
		name[strlen(than)] != '\0';
}

/*
 * libmicrohttpd keeps blanks before the colon, and appends a continued line to
 * the name of its header: others would read another name, or another length.
 */
static bool
is_good_name(const char *name)
{
	static const char token[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
	size_t		len = strspn(name, token);

	return len > 0 && name[len] == '\0' &&
		!is_longer(name, MHD_HTTP_HEADER_CONTENT_LENGTH) &&
		!is_longer(name, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

static enum MHD_Result
count_header(void *cls, enum MHD_ValueKind kind, const char *name,
			 const char *value)
{
	HeaderCount *count = cls;

	(void) kind;
	(void) value;
	if (!is_good_name(name))
		count->bad_names = true;
	if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
		count->lengths++;
	else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0)
		count->encodings++;
	else if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0)
		count->hosts++;
	return MHD_YES;
}

/*
 * Where two parties could disagree where the body ends, we take none: false,
 * and the request has its refusal.
 */
bool
ol_guard_framing(OlRequest *request)
{
	HeaderCount count = {0};
	const char *encoding = ol_guard_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING);

	each_header(request, count_header, &count);
	if (!count.bad_names && count.lengths + count.encodings <= 1 && count.hosts <= 1 &&
		(encoding == NULL || strcasecmp(encoding, "chunked") == 0))
		return true;
	ol_reply_fault(&request->reply, MHD_HTTP_BAD_REQUEST,
				   count.bad_names ? "a header whose name is no token, or that is continued on the next line" :
				   "conflicting headers Content-Length, Transfer-Encoding or Host");
	request->reply.close = true;
	return false;
}

/*
 * A connection from elsewhere may be older than the reload that turned tokens
 * off; false when the request was refused.
 */
bool
ol_guard_peer(const OlHttp *http, OlRequest *request)
{
	OlAddress	peer = ol_address_of((struct sockaddr *) &request->client->address);

	if (http->needs_token || ol_address_is_loopback(&peer))
		return true;
	ol_reply_fault(&request->reply, MHD_HTTP_FORBIDDEN,
				   "without openlineage.oauth_required only this machine is served");
	request->reply.close = true;
	return false;
}

/*
 * Where no token is asked for, a page that somebody looks at on this machine
 * could have their browser change something; false when it was refused.
 */
bool
ol_guard_site(const OlHttp *http, OlRequest *request)
{
	const char *site = ol_guard_header(request, "Sec-Fetch-Site");

	if (http->needs_token || site == NULL || strcasecmp(site, "cross-site") != 0)
		return true;
	ol_reply_fault(&request->reply, MHD_HTTP_FORBIDDEN,
				   "a page of another site may change nothing without a token");
	return false;
}

/* Sets request->token or request->token_fault; false when it was refused. */
static bool
find_token(const OlHttp *http, OlRequest *request)
{
	HeaderLines lines = collect_header(request, MHD_HTTP_HEADER_AUTHORIZATION);
	OlBearer	bearer = ol_bearer_parse(lines.count == 0 ? NULL : lines.text.data,
										 lines.count);

	request->token_fault = bearer.fault;
	request->token_is_long = bearer.too_long;
	if (bearer.token != NULL)
	{
		ol_buffer_append(&request->token, bearer.token, bearer.len);
		request->token_hash = ol_limit_hash(&http->limiter, bearer.token, bearer.len);
	}
	if (lines.text.data != NULL)
		explicit_bzero(lines.text.data, lines.text.used);
	ol_buffer_free(&lines.text);
	if (!ol_bearer_in_query(request->uri.query))
		return true;
	ol_reply_refuse(&request->reply, MHD_HTTP_BAD_REQUEST, INVALID_REQUEST,
					"a token in the query is not accepted; send it in the Authorization header");
	return false;
}

static bool
is_public(const OlRequest *request)
{
	return request->match.route != NULL &&
		*ol_route_needs(request->match.route) == '\0';
}

/*
 * False when the request was given its refusal.  OPTIONS passes: a browser
 * asks it before it may send a token.
 */
bool
ol_guard_admit(OlHttp *http, OlRequest *request, const char *method)
{
	int			wait;

	if (!find_token(http, request))
		return false;
	if (request->match.route != NULL &&
		request->match.route->scope == OL_SCOPE_PUBLIC)
		return true;
	wait = ol_limit_take(&http->limiter, &request->address,
						 request->token_hash, ol_http_now());
	if (wait > 0)
	{
		ol_reply_fault(&request->reply, MHD_HTTP_TOO_MANY_REQUESTS,
					   "too many requests, try again later");
		request->reply.retry_after = wait;
		return false;
	}
	if (!http->needs_token || is_public(request) ||
		strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0)
		return true;
	if (request->token_is_long)
		ol_reply_refuse(&request->reply, MHD_HTTP_UNAUTHORIZED, INVALID_TOKEN,
						request->token_fault);
	else if (request->token_fault != NULL)
		ol_reply_refuse(&request->reply, MHD_HTTP_BAD_REQUEST, INVALID_REQUEST,
						request->token_fault);
	else if (request->token.used == 0)
		ol_reply_refuse(&request->reply, MHD_HTTP_UNAUTHORIZED, NULL,
						"a token is needed");
	return request->reply.status == 0;
}

/* The base of our URLs, for the client of this request; freed by the caller. */
static OlBuffer
find_base(const OlHttp *http, OlRequest *request)
{
	OlBuffer	base = {0};
	OlAddress	peer = ol_address_of((struct sockaddr *) &request->client->address);
	bool		secure = false;

	if (http->public_url != NULL && *http->public_url != '\0')
	{
		ol_buffer_append(&base, http->public_url, strlen(http->public_url) + 1);
		return base;
	}
	if (ol_proxies_have(&http->proxies, &peer))
	{
		HeaderLines lines = collect_header(request, http->proxies.rfc7239 ?
										   "Forwarded" : "X-Forwarded-Proto");

		secure = ol_proxies_secure(&http->proxies, lines.text.data);
		ol_buffer_free(&lines.text);
	}
	if (!ol_challenge_base(&base, secure,
						   ol_guard_header(request, MHD_HTTP_HEADER_HOST)))
		ol_buffer_free(&base);
	return base;
}

/* Says with a refusal what would help: RFC 6750, section 3. */
void
ol_guard_add_challenge(const OlHttp *http, struct MHD_Response *response,
					   OlRequest *request)
{
	const OlReply *reply = &request->reply;
	OlBuffer	base;
	OlBuffer	header = {0};
	OlChallenge challenge = {0};

	if (reply->error == NULL && reply->status != MHD_HTTP_UNAUTHORIZED)
		return;
	base = find_base(http, request);
	challenge.error = reply->error;
	challenge.reason = reply->reason.data;
	challenge.scope = request->match.route == NULL ? NULL :
		ol_route_needs(request->match.route);
	challenge.base = base.failed ? NULL : base.data;
	ol_challenge_write(&header, &challenge);
	if (!header.failed)
		(void) MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
									   header.data);
	ol_buffer_free(&header);
	ol_buffer_free(&base);
}

/* Adds the base of our URLs to the query of a request, as the function's "base". */
void
ol_guard_tell_base(const OlHttp *http, OlRequest *request)
{
	OlBuffer	base = find_base(http, request);

	ol_buffer_free(&request->query);
	ol_buffer_append_text(&request->query, "{\"base\":[");
	if (base.data != NULL && !base.failed)
		ol_buffer_append_json(&request->query, base.data, strlen(base.data));
	ol_buffer_append_text(&request->query, "]}");
	ol_buffer_free(&base);
}

/* The request has its answer: tells the audit log. */
void
ol_guard_note(OlHttp *http, OlRequest *request, const char *method)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
	const OlRoute *route = request->match.route;
	char		address[OL_ADDRESS_TEXT];
	OlAuditNote note = {0};

	if (http->audit.mode == OL_AUDIT_OFF)
		return;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i], method) == 0)
			note.method = methods[i];
	ol_address_print(&request->address, address);
	note.user = request->user.data;
	note.client = request->client_id.data;
	note.address = address;
	note.status = request->reply.status;
	note.milliseconds = ol_http_now() - request->begun_at;
	if (route != NULL)
	{
		note.route = route->path;
		note.target = request->match.parameters;
		note.ntarget = request->match.nparameters;
		note.is_change = route->scope == OL_SCOPE_CHANGE;
		note.is_ingest = route->scope == OL_SCOPE_WRITE;
	}
	ol_audit_note(&http->audit, &note);
}

/* Frees what every request has; a token is not left behind. */
void
ol_guard_forget(OlRequest *request)
{
	ol_uri_free(&request->uri);
	ol_buffer_free(&request->query);
	if (request->token.data != NULL)
		explicit_bzero(request->token.data, request->token.used);
	ol_buffer_free(&request->token);
	ol_buffer_free(&request->user);
	ol_buffer_free(&request->client_id);
	ol_buffer_free(&request->issuer);
	ol_reply_free(&request->reply);
}
