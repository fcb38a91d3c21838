/*-------------------------------------------------------------------------
 * claims.h
 *	  Who has logged in to this session; see claims.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_CLAIMS_H
#define OL_AUTH_CLAIMS_H

#include "nodes/pg_list.h"

/* What the token said, as login() left it; lists are of C strings. */
typedef struct OlClaims
{
	const char *issuer;			/* NULL: not told; the same for the next two */
	const char *user;
	const char *client;
	List	   *scopes;
	List	   *roles;
	List	   *read;			/* patterns of namespaces */
	List	   *write;
	bool		is_admin;		/* scope admin */
	double		expires;		/* seconds since 1970; infinity: never */
} OlClaims;

/*
 * NULL: nobody, or no longer.  Valid until the setting changes.  The clock is
 * looked at each time.
 */
extern const OlClaims *ol_claims(void);

/* The same, but nobody has looked at the clock. */
extern const OlClaims *ol_claims_ignoring_time(void);

/*
 * Who acts, for the record: user or client of the token, else the role of an
 * SQL session; NULL when nobody is known.
 */
extern const char *ol_claims_principal(void);

extern bool ol_claims_list_has(const List *strings, const char *string);

#endif
