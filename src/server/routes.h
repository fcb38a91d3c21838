/*-------------------------------------------------------------------------
 * routes.h
 *	  Which request is answered by what; see routes.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_ROUTES_H
#define OL_SERVER_ROUTES_H

#include "buffer.h"
#include "uri.h"

#define OL_ROUTE_MAX_PARAMETERS 4

/* Where the answer is made, and with which rights. */
typedef enum OlScope
{
	OL_SCOPE_PUBLIC,			/* in the server process, without the database */
	OL_SCOPE_READ,				/* in a query worker, as openlineage_reader */
	OL_SCOPE_WRITE,				/* in the ingest worker, as openlineage_writer */
	OL_SCOPE_CHANGE,			/* in a query worker, as openlineage_writer */
	OL_SCOPE_ABOUT				/* as READ; the query is the base of our URLs */
} OlScope;

typedef struct OlRoute
{
	const char *method;
	const char *path;			/* segments in braces stand for any name */
	OlScope		scope;
	const char *function;		/* in schema openlineage */
	const char *needs;			/* see ol_route_needs() */
} OlRoute;

/* What a request found in the table. */
typedef struct OlMatch
{
	const OlRoute *route;		/* NULL: no route has this method and path */
	bool		known_path;		/* some route has the path */
	int			nparameters;
	const char *parameters[OL_ROUTE_MAX_PARAMETERS];	/* in the OlUri */
} OlMatch;

extern const char *ol_route_needs(const OlRoute *route);
extern OlMatch ol_routes_find(const char *method, const OlUri *uri);
extern void ol_routes_methods(OlBuffer *list, const OlUri *uri);

#endif							/* OL_SERVER_ROUTES_H */
