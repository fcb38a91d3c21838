/*-------------------------------------------------------------------------
 * buffer.h
 *	  A text that grows, in memory of malloc(); see buffer.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_BUFFER_H
#define OL_SERVER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty buffer. */
typedef struct OlBuffer
{
	char	   *data;
	size_t		used;
	size_t		size;			/* allocated; what counts as memory */
	bool		failed;			/* out of memory: the contents are not whole */
} OlBuffer;

extern bool ol_buffer_reserve(OlBuffer *buffer, size_t more);
extern void ol_buffer_append(OlBuffer *buffer, const char *data, size_t len);
extern void ol_buffer_append_text(OlBuffer *buffer, const char *text);
extern void ol_buffer_append_json(OlBuffer *buffer, const char *data, size_t len);
extern void ol_buffer_free(OlBuffer *buffer);

#endif							/* OL_SERVER_BUFFER_H */
