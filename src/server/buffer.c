/*-------------------------------------------------------------------------
 * buffer.c
 *	  A text that grows, in memory of malloc().
 *
 * Used in callbacks of libmicrohttpd, where nothing of PostgreSQL may be
 * called: running out of memory sets a flag that the owner looks at once, at
 * the end.  Whoever holds the buffer frees it.
 *-------------------------------------------------------------------------*/
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

#define SMALLEST 256

/* Room for more bytes behind those used; false when there is no memory. */
bool
ol_buffer_reserve(OlBuffer *buffer, size_t more)
{
	size_t		size = buffer->size > 0 ? buffer->size : SMALLEST;
	char	   *data;

	if (buffer->failed || more > SIZE_MAX / 4 - buffer->used)
	{
		buffer->failed = true;
		return false;
	}
	while (size < buffer->used + more)
		size *= 2;
	if (size == buffer->size)
		return true;
	data = realloc(buffer->data, size);
	if (data == NULL)
	{
		buffer->failed = true;
		return false;
	}
	buffer->data = data;
	buffer->size = size;
	return true;
}

void
ol_buffer_append(OlBuffer *buffer, const char *data, size_t len)
{
	if (len == 0 || !ol_buffer_reserve(buffer, len))
		return;
	memcpy(buffer->data + buffer->used, data, len);
	buffer->used += len;
}

void
ol_buffer_append_text(OlBuffer *buffer, const char *text)
{
	ol_buffer_append(buffer, text, strlen(text));
}

/* A JSON string, quotes included; data is valid UTF-8. */
void
ol_buffer_append_json(OlBuffer *buffer, const char *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	ol_buffer_append(buffer, "\"", 1);
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = data[i];

		if (c == '"' || c == '\\')
		{
			char		escape[2] = {'\\', c};

			ol_buffer_append(buffer, escape, 2);
		}
		else if (c < 0x20)
		{
			char		escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

			ol_buffer_append(buffer, escape, 6);
		}
		else
			ol_buffer_append(buffer, &data[i], 1);
	}
	ol_buffer_append(buffer, "\"", 1);
}

void
ol_buffer_free(OlBuffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}
