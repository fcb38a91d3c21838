/*-------------------------------------------------------------------------
 * uri.h
 *	  Takes a request target apart; see uri.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_URI_H
#define OL_SERVER_URI_H

#include <stdbool.h>

#include "buffer.h"

#define OL_URI_MAX_SEGMENTS 16

/* The segments of a path, decoded; each ends with a zero byte. */
typedef struct OlUri
{
	char	   *memory;			/* everything below lies in here */
	int			nsegments;
	const char *segments[OL_URI_MAX_SEGMENTS];
	const char *query;			/* raw, behind the '?'; never NULL */
	bool		too_deep;		/* more segments than any route has */
} OlUri;

extern bool ol_uri_split(OlUri *uri, const char *target);
extern bool ol_uri_query(OlBuffer *json, const char *query);
extern void ol_uri_free(OlUri *uri);

#endif							/* OL_SERVER_URI_H */
