/*-------------------------------------------------------------------------
 * body.h
 *	  Takes in the body of a request, compressed or not; see body.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_BODY_H
#define OL_SERVER_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

typedef enum OlBodyFault
{
	OL_BODY_FINE,
	OL_BODY_TOO_LARGE,			/* more than the limit after decompression */
	OL_BODY_NO_ROOM,			/* all bodies together use too much memory */
	OL_BODY_BROKEN				/* not what its compression promises */
} OlBodyFault;

/* What all bodies together may use, and do. */
typedef struct OlBodyPool
{
	size_t		limit;			/* of one body */
	size_t		total_limit;	/* of all together */
	size_t		total;
	size_t		strangers;		/* of it, see body.c */
} OlBodyPool;

struct z_stream_s;

/* All zero (but for pool, is_strangers and gzip) before the first byte. */
typedef struct OlBody
{
	OlBodyPool *pool;
	bool		is_strangers;	/* nobody has verified its token so far */
	OlBuffer	text;			/* decompressed */
	bool		gzip;			/* told by the header, or by the first bytes */
	bool		begun;			/* it is known whether it is compressed */
	bool		held_back;		/* first byte 1f came alone: wait for a second */
	bool		member_ended;	/* a gzip member is complete */
	struct z_stream_s *stream;	/* set while decompressing */
	OlBodyFault fault;			/* once set, everything else is discarded */
} OlBody;

extern void ol_body_feed(OlBody *body, const char *data, size_t len);
extern void ol_body_finish(OlBody *body);
extern void ol_body_free(OlBody *body);

#endif							/* OL_SERVER_BODY_H */
