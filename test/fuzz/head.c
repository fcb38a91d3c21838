/*-------------------------------------------------------------------------
 * head.c
 *	  Random changes to heads of requests, under the sanitizers.
 *
 *	  head ROUNDS SEED
 *
 * Nothing may crash or read out of bounds.  A head that is taken for a plain
 * one is read here again, line by line, and must leave no doubt about where its
 * request ends; what comes in pieces must never be refused and then taken.
 *-------------------------------------------------------------------------*/
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/head.h"

#define MAX_TEXT 32768
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const heads[] = {
	"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	"Connection: keep-alive\r\nContent-Length: 123\r\nAuthorization: Bearer abc\r\n\r\n{}",
	"GET /api/v1/jobs?limit=5 HTTP/1.1\r\nHost: localhost:5000\r\nAccept: */*\r\n\r\nGET /",
};

static const char *const pieces[] = {
	"\r\n", "\n", "\r", "\r\n\r\n", ": ", ":", " ", "\t", "Host: x\r\n", "Content-Length: 9\r\n",
	"content-length:7\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "TE: x\r\n",
	"Connection: close\r\n", "99999999999999999999", "0", "-1", "\xff", " HTTP/1.0", "//", "?",
};

static uint64_t state;

static size_t
below(size_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return n == 0 ? 0 : (size_t) (state >> 33) % n;
}

static size_t
insert(char *text, size_t len, const char *piece, size_t size)
{
	size_t		at = below(len + 1);

	if (len + size > MAX_TEXT)
		return len;
	memmove(text + at + size, text + at, len - at);
	memcpy(text + at, piece, size);
	return len + size;
}

static size_t
change(char *text, size_t len)
{
	static char filler[OL_HEAD_MAX_SIZE];
	const char *piece = pieces[below(LENGTH_OF(pieces))];
	size_t		at = below(len);

	switch (below(6))
	{
		case 0:
			text[at] = (char) below(256);
			return len;
		case 1:
			memmove(text + at, text + at + 1, len - at - 1);
			return len - 1;
		case 2:
			return at + 1;
		case 3:
			if (below(20) > 0)
				return len;
			memset(filler, 'a', sizeof(filler));
			return insert(text, len, filler, below(sizeof(filler)));
		default:
			return insert(text, len, piece, strlen(piece));
	}
}

static void
require(bool holds, const char *what, const char *text, size_t len)
{
	if (holds)
		return;
	fprintf(stderr, "%s:\n%.*s\n", what, (int) len, text);
	abort();
}

static int
count_lines(const char *text, size_t size, const char *name)
{
	int			count = 0;

	for (size_t i = 0; i < size; i++)
		if (text[i] == '\n' && size - i > strlen(name) + 1 &&
			strncasecmp(text + i + 1, name, strlen(name)) == 0 &&
			text[i + 1 + strlen(name)] == ':')
			count++;
	return count;
}

static void
check_plain(const OlHead *head, const char *text, size_t len)
{
	bool		is_post = strcmp(head->method, "POST") == 0;

	require(head->size <= len && head->size <= OL_HEAD_MAX_SIZE &&
			memcmp(text + head->size - 4, "\r\n\r\n", 4) == 0, "its end", text, len);
	for (size_t i = 0; i < head->size; i++)
		require(text[i] == '\r' ? text[i + 1] == '\n' :
				text[i] == '\n' ? text[i - 1] == '\r' :
				text[i] == '\t' || (text[i] >= ' ' && text[i] < 0x7f), "its bytes", text, len);
	require(memcmp(text, is_post ? "POST /" : "GET /", is_post ? 6 : 5) == 0 &&
			head->target[0] == '/', "its first line", text, len);
	require(count_lines(text, head->size, "Host") == 1, "one host", text, len);
	require(count_lines(text, head->size, "Content-Length") == is_post &&
			(head->body_size > 0) == is_post, "one length", text, len);
	require(count_lines(text, head->size, "Transfer-Encoding") == 0 &&
			count_lines(text, head->size, "Expect") == 0 &&
			count_lines(text, head->size, "Upgrade") == 0, "nothing else", text, len);
}

/* The last byte of what was allocated is that of the text, so that a read beyond is seen. */
static OlHeadKind
read_head(const char *text, size_t len, bool check)
{
	char	   *copy = malloc(len);
	OlHead	   *head = NULL;
	OlHeadKind	kind;

	if (copy == NULL)
		abort();
	memcpy(copy, text, len);
	kind = ol_head_read(copy, len, &head);
	if (kind == OL_HEAD_PLAIN && check)
		check_plain(head, copy, len);
	ol_head_free(head);
	free(copy);
	return kind;
}

int
main(int argc, char **argv)
{
	static char text[MAX_TEXT];
	long		rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
	long		counts[3] = {0};

	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	for (long i = 0; i < rounds; i++)
	{
		const char *head = heads[below(LENGTH_OF(heads))];
		size_t		len = strlen(head);
		OlHeadKind	kind;

		memcpy(text, head, len);
		for (size_t n = below(5); n > 0 && len > 1; n--)
			len = change(text, len);
		kind = read_head(text, len, true);
		counts[kind]++;
		if (kind == OL_HEAD_PLAIN)
			require(read_head(text, 1 + below(len - 1), false) != OL_HEAD_OTHER,
					"its beginning", text, len);
	}
	printf("%ld plain, %ld unfinished, %ld other\n", counts[OL_HEAD_PLAIN],
		   counts[OL_HEAD_UNFINISHED], counts[OL_HEAD_OTHER]);
	return 0;
}
