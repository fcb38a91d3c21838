/*-------------------------------------------------------------------------
 * head.c
 *	  The head of a plain request: a POST with a body, or a GET.
 *
 * This is no parser of HTTP: it knows one form, about whose meaning no two
 * parties disagree, and says of anything else that it is something else.
 *
 *		POST /target HTTP/1.1
 *		Name: value
 *
 * Lines end with CR LF, a value is not empty and has no blank at its end, all
 * of it is printable ASCII.  There is one Host; a POST has one Content-Length,
 * of at least a byte, a GET none.  Nothing speaks of chunks, of an answer before
 * the body, of another protocol, or of the end of the connection.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "head.h"

#define VERSION " HTTP/1.1"
#define END_OF_LINE "\r\n"
#define END_OF_HEAD "\r\n\r\n"
#define MAX_DIGITS 15			/* of Content-Length */

#define LENGTH_OF(text) (sizeof(text) - 1)

typedef struct Method
{
	const char *name;
	const char *begin;			/* of the head */
	size_t		len;			/* of that */
	bool		has_body;
} Method;

static const Method methods[] = {
	{"POST", "POST /", LENGTH_OF("POST /"), true},
	{"GET", "GET /", LENGTH_OF("GET /"), false},
};

/* What a header means for where the request ends. */
typedef enum LineKind
{
	LINE_HOST,
	LINE_LENGTH,
	LINE_CONNECTION,
	LINE_REFUSED,
	LINE_OTHER
} LineKind;

static const struct
{
	const char *name;
	size_t		len;
	LineKind	kind;
}			known[] = {
	{"Host", LENGTH_OF("Host"), LINE_HOST},
	{"Content-Length", LENGTH_OF("Content-Length"), LINE_LENGTH},
	{"Connection", LENGTH_OF("Connection"), LINE_CONNECTION},
	{"Transfer-Encoding", LENGTH_OF("Transfer-Encoding"), LINE_REFUSED},
	{"Expect", LENGTH_OF("Expect"), LINE_REFUSED},
	{"Upgrade", LENGTH_OF("Upgrade"), LINE_REFUSED},
	{"Trailer", LENGTH_OF("Trailer"), LINE_REFUSED},
	{"TE", LENGTH_OF("TE"), LINE_REFUSED},
};

/* The method of a head, or one that it may become. */
static const Method *
find_method(const char *data, size_t len)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
	{
		const Method *method = &methods[i];

		if (memcmp(data, method->begin, len < method->len ? len : method->len) == 0)
			return method;
	}
	return NULL;
}

/* Finds where the head ends, as long as it has only bytes that it may have. */
static OlHeadKind
find_end(const char *data, size_t len, size_t *size)
{
	for (size_t i = 0; i < len && i < OL_HEAD_MAX_SIZE; i++)
	{
		unsigned char c = data[i];

		if ((c >= ' ' && c < 0x7f) || c == '\t')
			continue;
		if (c != '\r')
			return OL_HEAD_OTHER;
		if (len - i >= LENGTH_OF(END_OF_HEAD) &&
			memcmp(data + i, END_OF_HEAD, LENGTH_OF(END_OF_HEAD)) == 0)
		{
			*size = i + LENGTH_OF(END_OF_HEAD);
			return *size <= OL_HEAD_MAX_SIZE ? OL_HEAD_PLAIN : OL_HEAD_OTHER;
		}
		if (++i < len && data[i] != '\n')
			return OL_HEAD_OTHER;
	}
	return len < OL_HEAD_MAX_SIZE ? OL_HEAD_UNFINISHED : OL_HEAD_OTHER;
}

/* The text up to the end of the line, which is replaced; every line has one. */
static char *
take_line(char **rest)
{
	char	   *line = *rest;
	char	   *end = strstr(line, END_OF_LINE);

	*end = '\0';
	*rest = end + LENGTH_OF(END_OF_LINE);
	return line;
}

static bool
read_request_line(OlHead *head, const Method *method, char *line)
{
	char	   *target = line + method->len - 1;
	char	   *end = target + strcspn(target, " \t");

	if (strcmp(end, VERSION) != 0)
		return false;
	*end = '\0';
	head->method = method->name;
	head->target = target;
	return true;
}

static bool
read_length(OlHead *head, const char *digits)
{
	size_t		len = strspn(digits, "0123456789");

	if (len > MAX_DIGITS || digits[len] != '\0')
		return false;
	head->body_size = strtoull(digits, NULL, 10);
	return head->body_size > 0;
}

static LineKind
kind_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].len == len && strcasecmp(known[i].name, name) == 0)
			return known[i].kind;
	return LINE_OTHER;
}

static bool
read_line(OlHead *head, char *line, int *hosts)
{
	size_t		len = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	char	   *value;
	char		last;

	if (len == 0 || line[len] != ':' || head->count == OL_HEAD_MAX_LINES)
		return false;
	line[len] = '\0';
	value = line + len + 1;
	value += strspn(value, " \t");
	last = *value == '\0' ? ' ' : value[strlen(value) - 1];
	if (last == ' ' || last == '\t')
		return false;
	head->lines[head->count++] = (OlHeadLine)
	{
		line, value
	};
	switch (kind_of(line, len))
	{
		case LINE_HOST:
			return (*hosts)++ == 0;
		case LINE_LENGTH:
			return head->body_size == 0 && read_length(head, value);
		case LINE_CONNECTION:
			return strcasecmp(value, "keep-alive") == 0;
		case LINE_REFUSED:
			return false;
		case LINE_OTHER:
			break;
	}
	return true;
}

static bool
read_lines(OlHead *head, const Method *method)
{
	char	   *rest = head->text;
	char	   *line;
	int			hosts = 0;

	if (!read_request_line(head, method, take_line(&rest)))
		return false;
	while (*(line = take_line(&rest)) != '\0')
		if (!read_line(head, line, &hosts))
			return false;
	return hosts == 1 && (head->body_size > 0) == method->has_body;
}

/* Sets *head if it is a plain one; the caller frees it. */
OlHeadKind
ol_head_read(const char *data, size_t len, OlHead **head)
{
	const Method *method = find_method(data, len);
	size_t		size = 0;
	OlHeadKind	kind = method == NULL ? OL_HEAD_OTHER : find_end(data, len, &size);
	OlHead	   *plain;

	if (kind != OL_HEAD_PLAIN)
		return kind;
	plain = malloc(sizeof(OlHead) + size + 1);
	if (plain == NULL)
		return OL_HEAD_OTHER;
	plain->size = size;
	plain->body_size = 0;
	plain->count = 0;
	memcpy(plain->text, data, size);
	plain->text[size] = '\0';
	if (read_lines(plain, method))
	{
		*head = plain;
		return OL_HEAD_PLAIN;
	}
	ol_head_free(plain);
	return OL_HEAD_OTHER;
}

/* It may have a token, which is not left behind. */
void
ol_head_free(OlHead *head)
{
	if (head == NULL)
		return;
	explicit_bzero(head->text, head->size);
	free(head);
}
