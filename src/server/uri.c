/*-------------------------------------------------------------------------
 * uri.c
 *	  Takes a request target apart.
 *
 * A path is split at '/' first and decoded afterwards, because names contain
 * encoded slashes.  What decodes to a zero byte or to anything but UTF-8 is no
 * name that could be stored, so the request is refused.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "uri.h"

#define MAX_PARAMETERS 100

/* One "name=value" of a query, decoded in place. */
typedef struct Parameter
{
	char	   *name;
	char	   *value;
	bool		written;
} Parameter;

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Length of the UTF-8 character at s, 0 when it is none. */
static int
utf8_length(const unsigned char *s)
{
	uint32_t	code;
	int			len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 :
	s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (len <= 1)
		return len;
	code = s[0] & (0x7f >> len);
	for (int i = 1; i < len; i++)
	{
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (len == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000)))
		return 0;
	if (len == 4 && (code < 0x10000 || code > 0x10ffff))
		return 0;
	return len;
}

static bool
valid_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *) text;

	while (*s != '\0')
	{
		int			len = utf8_length(s);

		if (len == 0)
			return false;
		s += len;
	}
	return true;
}

/* Decodes percent signs in place; false when the result is no text. */
static bool
decode_text(char *text, bool plus_is_space)
{
	char	   *to = text;

	for (const char *from = text; *from != '\0'; from++)
	{
		if (*from == '%')
		{
			int			high = hex_digit(from[1]);
			int			low = high < 0 ? -1 : hex_digit(from[2]);

			if (low < 0 || (high == 0 && low == 0))
				return false;
			*to++ = high << 4 | low;
			from += 2;
		}
		else
			*to++ = plus_is_space && *from == '+' ? ' ' : *from;
	}
	*to = '\0';
	return valid_utf8(text);
}

/* The path of "http://host/path", too, which proxies may send. */
static char *
skip_authority(char *target)
{
	char	   *rest;

	if (target[0] == '/')
		return target;
	rest = strstr(target, "://");
	if (rest == NULL)
		return target;
	rest += 3;
	return rest + strcspn(rest, "/?");
}

/*
 * False when a segment does not decode.  A slash at the end, and slashes too
 * many at the beginning, come from base addresses put together by hand and do
 * no harm.
 */
bool
ol_uri_split(OlUri *uri, const char *target)
{
	char	   *path;
	char	   *mark;

	memset(uri, 0, sizeof(*uri));
	uri->query = "";
	uri->memory = strdup(target);
	if (uri->memory == NULL)
		return false;
	path = skip_authority(uri->memory);
	mark = strchr(path, '#');
	if (mark != NULL)
		*mark = '\0';
	mark = strchr(path, '?');
	if (mark != NULL)
	{
		*mark = '\0';
		uri->query = mark + 1;
	}
	path += strspn(path, "/");
	while (*path != '\0')
	{
		char	   *segment = path;

		path += strcspn(path, "/");
		if (*path == '/')
			*path++ = '\0';
		if (uri->nsegments == OL_URI_MAX_SEGMENTS)
		{
			uri->too_deep = true;
			return true;
		}
		if (!decode_text(segment, false))
			return false;
		uri->segments[uri->nsegments++] = segment;
	}
	return true;
}

static void
write_parameter(OlBuffer *json, Parameter *parameters, int count, int first)
{
	const char *name = parameters[first].name;
	const char *separator = "";

	ol_buffer_append_json(json, name, strlen(name));
	ol_buffer_append_text(json, ":[");
	for (int i = first; i < count; i++)
	{
		Parameter  *parameter = &parameters[i];

		if (parameter->written || strcmp(parameter->name, name) != 0)
			continue;
		ol_buffer_append_text(json, separator);
		ol_buffer_append_json(json, parameter->value, strlen(parameter->value));
		parameter->written = true;
		separator = ",";
	}
	ol_buffer_append_text(json, "]");
}

static int
split_parameters(char *query, Parameter *parameters)
{
	int			count = 0;
	char	   *rest = query;

	while (*rest != '\0')
	{
		Parameter	parameter = {.name = rest};

		rest += strcspn(rest, "&");
		if (*rest == '&')
			*rest++ = '\0';
		parameter.value = parameter.name + strcspn(parameter.name, "=");
		if (*parameter.value == '=')
			*parameter.value++ = '\0';
		if (*parameter.name == '\0')
			continue;
		if (count == MAX_PARAMETERS ||
			!decode_text(parameter.name, true) ||
			!decode_text(parameter.value, true))
			return -1;
		parameters[count++] = parameter;
	}
	return count;
}

/* Appends {"name": ["value", ...], ...}; false when something does not decode. */
bool
ol_uri_query(OlBuffer *json, const char *query)
{
	Parameter	parameters[MAX_PARAMETERS];
	char	   *copy = strdup(query);
	int			count = copy == NULL ? -1 : split_parameters(copy, parameters);
	const char *separator = "";

	if (count >= 0)
	{
		ol_buffer_append_text(json, "{");
		for (int i = 0; i < count; i++)
		{
			if (parameters[i].written)
				continue;
			ol_buffer_append_text(json, separator);
			write_parameter(json, parameters, count, i);
			separator = ",";
		}
		ol_buffer_append_text(json, "}");
	}
	free(copy);
	return count >= 0 && !json->failed;
}

void
ol_uri_free(OlUri *uri)
{
	free(uri->memory);
	memset(uri, 0, sizeof(*uri));
}
