/*-------------------------------------------------------------------------
 * body.c
 *	  Takes in the body of a request, compressed or not.
 *
 * Bytes are decompressed as they come, so that the compressed form is never
 * held and a bomb stops at the limit.  After a fault the rest of the body is
 * swallowed: the client reads our answer only when it has sent everything.
 *
 * Some producers send gzip without saying so.  JSON never begins with 1f 8b,
 * so these two bytes tell.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "body.h"

#define GZIP_FIRST 0x1f
#define GZIP_SECOND 0x8b
#define GZIP_OR_ZLIB (15 + 32)	/* window bits: find out which of the two */
#define INFLATE_STEP ((size_t) 64 * 1024)

static void
fail_body(OlBody *body, OlBodyFault fault)
{
	ol_body_free(body);
	body->fault = fault;
}

/*
 * Is there room for a text that has to grow to so many bytes?  Whoever invents
 * a token is found out only when the body is complete: those whose token is not
 * known yet have half of the room together, or what one body may have.
 */
static bool
has_room(const OlBody *body, size_t size)
{
	const OlBodyPool *pool = body->pool;
	size_t		half = pool->total_limit / 2;

	if (half < pool->limit)
		half = pool->limit;
	return pool->total + size <= pool->total_limit &&
		(!body->is_strangers || pool->strangers + size <= half);
}

static void
count_text(OlBody *body, size_t more)
{
	body->pool->total += more;
	if (body->is_strangers)
		body->pool->strangers += more;
}

/* Room for more bytes of text, within the limits. */
static bool
reserve_text(OlBody *body, size_t more)
{
	OlBodyPool *pool = body->pool;
	size_t		before = body->text.size;

	if (body->text.used + more > pool->limit + 1)
	{
		fail_body(body, OL_BODY_TOO_LARGE);
		return false;
	}
	if (body->text.used + more > before &&
		!has_room(body, body->text.used + more))
	{
		fail_body(body, OL_BODY_NO_ROOM);
		return false;
	}
	if (!ol_buffer_reserve(&body->text, more))
	{
		fail_body(body, OL_BODY_NO_ROOM);
		return false;
	}
	count_text(body, body->text.size - before);
	return true;
}

static bool
begin_inflate(OlBody *body)
{
	body->stream = calloc(1, sizeof(z_stream));
	if (body->stream != NULL &&
		inflateInit2(body->stream, GZIP_OR_ZLIB) == Z_OK)
		return true;
	free(body->stream);
	body->stream = NULL;
	fail_body(body, OL_BODY_NO_ROOM);
	return false;
}

/* Gzip files may be concatenated: another member begins after an ended one. */
static void
inflate_text(OlBody *body, const char *data, size_t len)
{
	z_stream   *stream;

	if (body->stream == NULL && !begin_inflate(body))
		return;
	stream = body->stream;
	stream->next_in = (Bytef *) data;
	stream->avail_in = len;
	do
	{
		size_t		room = body->pool->limit + 1 - body->text.used;
		int			status;

		if (room == 0)
		{
			fail_body(body, OL_BODY_TOO_LARGE);
			return;
		}
		if (body->member_ended)
		{
			if (inflateReset(stream) != Z_OK)
			{
				fail_body(body, OL_BODY_BROKEN);
				return;
			}
			body->member_ended = false;
		}
		if (room > INFLATE_STEP)
			room = INFLATE_STEP;
		if (!reserve_text(body, room))
			return;
		stream->next_out = (Bytef *) body->text.data + body->text.used;
		stream->avail_out = room;
		status = inflate(stream, Z_NO_FLUSH);
		body->text.used += room - stream->avail_out;
		if (status == Z_STREAM_END)
			body->member_ended = true;
		else if (status != Z_OK && status != Z_BUF_ERROR)
		{
			fail_body(body, status == Z_MEM_ERROR ? OL_BODY_NO_ROOM : OL_BODY_BROKEN);
			return;
		}
	} while (stream->avail_in > 0 ||
			 (stream->avail_out == 0 && !body->member_ended));
}

static void
take_bytes(OlBody *body, const char *data, size_t len)
{
	if (body->gzip)
		inflate_text(body, data, len);
	else if (reserve_text(body, len))
		ol_buffer_append(&body->text, data, len);
}

/* The next bytes as they came from the network. */
void
ol_body_feed(OlBody *body, const char *data, size_t len)
{
	static const char first = GZIP_FIRST;

	if (body->fault != OL_BODY_FINE || len == 0)
		return;
	if (!body->begun)
	{
		bool		may_be = body->held_back || (unsigned char) data[0] == GZIP_FIRST;
		size_t		second = body->held_back ? 0 : 1;

		if (!body->gzip && may_be)
		{
			if (len <= second)
			{
				body->held_back = true;
				return;
			}
			body->gzip = (unsigned char) data[second] == GZIP_SECOND;
		}
		body->begun = true;
		if (body->held_back)
			take_bytes(body, &first, 1);
	}
	if (body->fault == OL_BODY_FINE)
		take_bytes(body, data, len);
}

/* No more bytes come: judges what is there. */
void
ol_body_finish(OlBody *body)
{
	if (body->fault != OL_BODY_FINE)
		return;
	if (body->held_back && !body->begun)
		fail_body(body, OL_BODY_BROKEN);
	else if (body->gzip && body->begun && !body->member_ended)
		fail_body(body, OL_BODY_BROKEN);
	else if (body->text.used > body->pool->limit)
		fail_body(body, OL_BODY_TOO_LARGE);
}

void
ol_body_free(OlBody *body)
{
	if (body->stream != NULL)
	{
		(void) inflateEnd(body->stream);
		free(body->stream);
		body->stream = NULL;
	}
	if (body->pool != NULL)
		count_text(body, -body->text.size);
	ol_buffer_free(&body->text);
}
