/*-------------------------------------------------------------------------
 * portion.c
 *	  A long array of events on its way into the store.
 *
 * An array that would keep other producers waiting is stored in portions, each
 * in a transaction of its own; between two of them the request stands at the
 * end of the queue again.  Where it is cut the ingest worker says, which knows
 * JSON.  The answer is one, as if it had been one batch: with a result for
 * each event, also when the rest could not be stored.  A client that goes
 * away does not end it.
 *
 * Nothing of PostgreSQL in here.
 *-------------------------------------------------------------------------*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

/* Shorter ones are stored at once, however many events they have. */
#define PORTION_FROM_BYTES 262144

#define NUMBERS 3

#define NOT_NOW "the event could not be stored now"

/* An answer 400 has these members, whatever else it has; as ingest/ingest.c has them. */
#define REFUSAL "\"code\":400,\"message\":\"no event of the array can be stored\",\"details\":null,"
#define SEND_AGAIN "40001"

static bool
may_be_array(const OlBuffer *text)
{
	size_t		blank = 0;

	while (blank < text->used && strchr(" \t\r\n", text->data[blank]) != NULL &&
		   text->data[blank] != '\0')
		blank++;
	return blank < text->used && text->data[blank] == '[';
}

/*
 * What of the body is sent off next.  A portion gets the brackets of an array
 * where its commas, or the blanks around them, stood: nobody reads them again.
 */
OlSlice
ol_portions_slice(OlRequest *request)
{
	OlBuffer   *text = &request->body.text;
	OlPortions *portions = request->portions;
	OlSlice		slice = {text->data, text->used, ""};
	const int  *number;

	if (portions == NULL)
	{
		if (text->used > PORTION_FROM_BYTES && may_be_array(text))
			slice.base[0] = '?';	/* the rest is zero */
		return slice;
	}
	number = &portions->numbers[(size_t) NUMBERS * portions->next];
	text->data[number[1] - 1] = '[';
	text->data[number[2]] = ']';
	slice.data = text->data + number[1] - 1;
	slice.len = number[2] - number[1] + 2;
	snprintf(slice.base, sizeof(slice.base), "%d", number[0]);
	return slice;
}

static int
next_number(const char **text)
{
	char	   *end;
	int			number;

	*text += strcspn(*text, "0123456789");
	number = (int) strtol(*text, &end, 10);
	*text = end;
	return number;
}

/* Notes where the array is cut; false without memory for it. */
bool
ol_portions_begin(OlRequest *request, const char *numbers)
{
	OlPortions *portions = calloc(1, sizeof(OlPortions));
	int			n = 1;

	for (const char *p = numbers; *p != '\0'; p++)
		n += *p == ',';
	if (portions != NULL)
		portions->numbers = calloc(n, sizeof(int));
	if (portions == NULL || portions->numbers == NULL)
	{
		free(portions);
		return false;
	}
	for (int i = 0; i < n; i++)
		portions->numbers[i] = next_number(&numbers);
	portions->count = n / NUMBERS;
	portions->nevents = portions->numbers[n - 1];
	request->portions = portions;
	return true;
}

void
ol_portions_free(OlRequest *request)
{
	if (request->portions == NULL)
		return;
	ol_buffer_free(&request->portions->failures);
	free(request->portions->numbers);
	free(request->portions);
	request->portions = NULL;
}

/* As array_answer() of ingest/ingest.c. */
static void
write_reply(OlRequest *request)
{
	OlPortions *portions = request->portions;
	OlReply    *reply = &request->reply;
	bool		none = portions->failed == portions->received;
	char		head[512];

	if (portions->failures.failed || (none && portions->retriable > 0))
	{
		ol_reply_sqlstate(reply, SEND_AGAIN, "", NULL);
		return;
	}
	reply->status = none ? 400 : 200;
	snprintf(head, sizeof(head),
			 "{%s\"status\":\"%s\",\"summary\":{\"received\":%d,\"successful\":%d,"
			 "\"failed\":%d,\"retriable\":%d,\"non_retriable\":%d},\"failed_events\":[",
			 none ? REFUSAL : "",
			 portions->failed == 0 ? "success" : none ? "failure" : "partial_success",
			 portions->received, portions->received - portions->failed,
			 portions->failed, portions->retriable,
			 portions->failed - portions->retriable);
	ol_buffer_append_text(&reply->body, head);
	ol_buffer_append(&reply->body, portions->failures.data, portions->failures.used);
	ol_buffer_append_text(&reply->body, "]}");
	ol_buffer_free(&portions->failures);
}

static void
add_failures(OlPortions *portions, const char *failures)
{
	if (*failures == '\0')
		return;
	if (portions->failures.used > 0)
		ol_buffer_append_text(&portions->failures, ",");
	ol_buffer_append_text(&portions->failures, failures);
}

/* A portion is stored; true when it was the last, and the request has its reply. */
bool
ol_portions_add(OlRequest *request, const char *failures, const char *sums)
{
	OlPortions *portions = request->portions;

	portions->received += next_number(&sums);
	portions->failed += next_number(&sums);
	portions->retriable += next_number(&sums);
	add_failures(portions, failures);
	if (++portions->next < portions->count)
		return false;
	write_reply(request);
	return true;
}

/* The rest of the array, with what came in the way. */
static void
fail_rest(OlPortions *portions, bool retriable, const char *message)
{
	OlBuffer	reason = {0};

	if (retriable)
		message = NOT_NOW;
	ol_buffer_append_json(&reason, message, strlen(message));
	ol_buffer_append(&reason, "", 1);
	for (int i = portions->received; i < portions->nevents; i++)
	{
		char		head[64];

		snprintf(head, sizeof(head), "%s{\"index\":%d,\"reason\":",
				 portions->failures.used > 0 ? "," : "", i);
		ol_buffer_append_text(&portions->failures, head);
		ol_buffer_append_text(&portions->failures, reason.data == NULL ? "null" : reason.data);
		ol_buffer_append_text(&portions->failures, retriable ? ",\"retriable\":true}" : ",\"retriable\":false}");
		portions->failed++;
		portions->retriable += retriable;
	}
	portions->received = portions->nevents;
	ol_buffer_free(&reason);
}

/*
 * The request cannot be stored, or not go on: its reply is the error, unless
 * some of it has been stored already, which has to be said.
 */
void
ol_portions_refuse(OlRequest *request, const char *sqlstate,
				   const char *message, const char *detail)
{
	OlPortions *portions = request->portions;
	OlReply		error = {0};

	if (portions == NULL || portions->received == portions->failed)
	{
		ol_reply_sqlstate(&request->reply, sqlstate, message, detail);
		return;
	}
	ol_reply_sqlstate(&error, sqlstate, message, detail);
	fail_rest(portions, error.status >= 500, message);
	ol_reply_free(&error);
	write_reply(request);
}
