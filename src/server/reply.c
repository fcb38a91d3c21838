/*-------------------------------------------------------------------------
 * reply.c
 *	  What a client is told when its request cannot be answered.
 *
 * One table maps SQLSTATE to HTTP status.  It also decides whose words are
 * used: messages of functions that speak to clients go out as they are; all
 * others are replaced, because PostgreSQL's own texts tell of SQL and files.
 *
 * Producers send again after 5xx and give up after 4xx.  So whatever will not
 * get better by waiting must be 4xx, and the other way round.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdio.h>
#include <string.h>

#include "reply.h"

typedef enum BodyShape
{
	SHAPE_FULL,					/* {"code", "message", "details"} */
	SHAPE_SHORT,				/* {"code", "message"} */
	SHAPE_ERRORS				/* {"errors": [message]} */
} BodyShape;

typedef struct StateRule
{
	const char *prefix;			/* of the SQLSTATE; the first match counts */
	int			status;
	BodyShape	shape;
	bool		retry_later;
	const char *message;		/* NULL: the function's own words */
	const char *error;			/* of RFC 6750; the detail is its reason */
} StateRule;

#define RETRY_AFTER_SECONDS 1

#define REFUSED "the database cannot do this now, try again later"

static const StateRule rules[] = {
	{OL_STATE_BAD_REQUEST, 400, SHAPE_ERRORS, false, NULL},
	{OL_STATE_NOT_FOUND, 404, SHAPE_SHORT, false, NULL},
	{OL_STATE_NOT_VALID, 422, SHAPE_ERRORS, false, NULL},
	{OL_STATE_NO_TOKEN, 401, SHAPE_FULL, false, NULL},
	{OL_STATE_NO_SCOPE, 403, SHAPE_FULL, false, NULL, "insufficient_scope"},
	{OL_STATE_NEW_KEY, 401, SHAPE_FULL, false, NULL, "invalid_token"},
	{OL_STATE_REFUSED, 401, SHAPE_FULL, false, NULL, "invalid_token"},
	{OL_STATE_NO_EXTENSION, 503, SHAPE_FULL, true,
	"the extension \"openlineage\" is not installed in this database"},
	{OL_STATE_NO_HELPER, 503, SHAPE_FULL, true,
	"no worker process is running for this request; openlineage.status() says why"},
	{OL_STATE_BUSY, 503, SHAPE_FULL, true,
	"too many requests are waiting, try again later"},
	{OL_STATE_STOPPING, 503, SHAPE_FULL, true, "the server is stopping"},
	{OL_STATE_STANDBY, 503, SHAPE_FULL, true,
	"the database accepts no writes now: it is a standby, or read-only"},
	{"23503", 503, SHAPE_FULL, true,
	"what the request is about was removed at the same time, try again"},
	{"22", 400, SHAPE_FULL, false, NULL},
	{"42501", 403, SHAPE_FULL, false, "permission denied"},
	{"54000", 413, SHAPE_FULL, false, NULL},
	{"54", 400, SHAPE_FULL, false, "the request is too complex"},
	{"53", 503, SHAPE_FULL, true, "the database is short of resources, try again later"},
	{"57014", 503, SHAPE_FULL, true, "the request took too long and was cancelled"},
	{"55P03", 503, SHAPE_FULL, true, REFUSED},
	{"08", 503, SHAPE_FULL, true, REFUSED},
	{"25", 503, SHAPE_FULL, true, REFUSED},
	{"40", 503, SHAPE_FULL, true, REFUSED},
	{"57", 503, SHAPE_FULL, true, REFUSED},
	{"58", 503, SHAPE_FULL, true, REFUSED},
	{"", 500, SHAPE_FULL, false, "internal error; the server log has its cause"},
};

static const StateRule *
find_rule(const char *sqlstate)
{
	const StateRule *rule = rules;

	while (strncmp(sqlstate, rule->prefix, strlen(rule->prefix)) != 0)
		rule++;
	return rule;
}

/* A defect of ours or of a function: worth a line in the server log. */
bool
ol_reply_is_defect(const char *sqlstate)
{
	return find_rule(sqlstate)->status == 500;
}

static void
append_text(OlBuffer *body, const char *text)
{
	ol_buffer_append_json(body, text, strlen(text));
}

static void
write_body(OlReply *reply, BodyShape shape, const char *message,
		   const char *detail)
{
	OlBuffer   *body = &reply->body;
	char		code[16];

	body->used = 0;
	if (shape == SHAPE_ERRORS)
	{
		ol_buffer_append_text(body, "{\"errors\":[");
		append_text(body, message);
		ol_buffer_append_text(body, "]}");
		return;
	}
	snprintf(code, sizeof(code), "%d", reply->status);
	ol_buffer_append_text(body, "{\"code\":");
	ol_buffer_append_text(body, code);
	ol_buffer_append_text(body, ",\"message\":");
	append_text(body, message);
	if (shape == SHAPE_FULL)
	{
		ol_buffer_append_text(body, ",\"details\":");
		if (detail != NULL && *detail != '\0')
			append_text(body, detail);
		else
			ol_buffer_append_text(body, "null");
	}
	ol_buffer_append_text(body, "}");
}

/* A fault seen before the database is asked. */
void
ol_reply_fault(OlReply *reply, int status, const char *message)
{
	reply->status = status;
	reply->retry_after = status == 503 ? RETRY_AFTER_SECONDS : 0;
	write_body(reply, status == 404 || status == 405 || status == 415 ?
			   SHAPE_SHORT : SHAPE_FULL, message, NULL);
}

static void
give_reason(OlReply *reply, const char *error, const char *reason)
{
	reply->error = error;
	reply->reason.used = 0;
	if (error != NULL)
		ol_buffer_append(&reply->reason, reason, strlen(reason) + 1);
}

/* A refusal of who asks, seen before the database is asked. */
void
ol_reply_refuse(OlReply *reply, int status, const char *error, const char *reason)
{
	ol_reply_fault(reply, status, reason);
	give_reason(reply, error, reason);
}

/* The answer to what the database said. */
void
ol_reply_sqlstate(OlReply *reply, const char *sqlstate, const char *message,
				  const char *detail)
{
	const StateRule *rule = find_rule(sqlstate);

	reply->status = rule->status;
	reply->retry_after = rule->retry_later ? RETRY_AFTER_SECONDS : 0;
	give_reason(reply, rule->error, detail == NULL ? "" : detail);
	if (rule->message != NULL)
		write_body(reply, rule->shape, rule->message, NULL);
	else
		write_body(reply, rule->shape, message, detail);
}

void
ol_reply_free(OlReply *reply)
{
	ol_buffer_free(&reply->body);
	ol_buffer_free(&reply->location);
	ol_buffer_free(&reply->reason);
	memset(reply, 0, sizeof(*reply));
}
