/*-------------------------------------------------------------------------
 * pipe.h
 *	  Bytes on their way from one side to the other; see pipe.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GATEWAY_PIPE_H
#define OL_GATEWAY_PIPE_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is empty; the memory comes with the first byte. */
typedef struct OlPipe
{
	char	   *data;
	size_t		start;			/* of the bytes that wait */
	size_t		used;			/* how many do */
	bool		ended;			/* no more come */
} OlPipe;

/* More than libcurl hands over at once. */
#define OL_PIPE_SIZE ((size_t) 128 * 1024)

extern size_t ol_pipe_room(const OlPipe *pipe);
extern bool ol_pipe_put(OlPipe *pipe, const char *data, size_t len);
extern size_t ol_pipe_take(OlPipe *pipe, char *data, size_t len);
extern void ol_pipe_free(OlPipe *pipe);

#endif							/* OL_GATEWAY_PIPE_H */
