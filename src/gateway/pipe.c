/*-------------------------------------------------------------------------
 * pipe.c
 *	  Bytes on their way from one side to the other.
 *
 * A ring of a fixed size: a fast sender waits for a slow receiver, and what a
 * transfer costs in memory does not depend on its length.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdlib.h>
#include <string.h>

#include "pipe.h"

size_t
ol_pipe_room(const OlPipe *pipe)
{
	return OL_PIPE_SIZE - pipe->used;
}

static size_t
shorter(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* All of it, for which there is room; false when there is no memory. */
bool
ol_pipe_put(OlPipe *pipe, const char *data, size_t len)
{
	size_t		end = (pipe->start + pipe->used) % OL_PIPE_SIZE;
	size_t		first = shorter(len, OL_PIPE_SIZE - end);

	if (pipe->data == NULL)
		pipe->data = malloc(OL_PIPE_SIZE);
	if (pipe->data == NULL)
		return false;
	memcpy(pipe->data + end, data, first);
	memcpy(pipe->data, data + first, len - first);
	pipe->used += len;
	return true;
}

/* Up to len bytes; how many there were. */
size_t
ol_pipe_take(OlPipe *pipe, char *data, size_t len)
{
	size_t		taken = shorter(len, pipe->used);
	size_t		first = shorter(taken, OL_PIPE_SIZE - pipe->start);

	if (taken == 0)
		return 0;
	memcpy(data, pipe->data + pipe->start, first);
	memcpy(data + first, pipe->data, taken - first);
	pipe->start = (pipe->start + taken) % OL_PIPE_SIZE;
	pipe->used -= taken;
	return taken;
}

void
ol_pipe_free(OlPipe *pipe)
{
	free(pipe->data);
	memset(pipe, 0, sizeof(*pipe));
}
