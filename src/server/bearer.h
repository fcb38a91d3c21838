/*-------------------------------------------------------------------------
 * bearer.h
 *	  The token of a request; see bearer.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_BEARER_H
#define OL_SERVER_BEARER_H

#include <stdbool.h>
#include <stddef.h>

/* A longer one is refused before anything looks at it. */
#define OL_BEARER_MAX ((size_t) 16 * 1024)

/* What a client said about who it is. */
typedef struct OlBearer
{
	const char *token;			/* in the header; NULL: none, or a faulty one */
	size_t		len;
	const char *fault;			/* why it is no token; NULL: nothing is wrong */
	bool		too_long;		/* that is the fault */
} OlBearer;

extern OlBearer ol_bearer_parse(const char *header, int nheaders);
extern bool ol_bearer_in_query(const char *query);

#endif							/* OL_SERVER_BEARER_H */
