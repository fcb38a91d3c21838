/*-------------------------------------------------------------------------
 * login.h
 *	  Who asks, and with which rights it is answered; see login.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_LOGIN_H
#define OL_SERVER_LOGIN_H

#include "session.h"

/* What a request brought along, and what it needs. */
typedef struct OlCaller
{
	shm_mq_iovec token;			/* len 0: none */
	const char *fault;			/* why what came is no token, or "" */
	bool		is_required;	/* a token is needed in any case */
	const char *needs;			/* scope; "" for anybody */
} OlCaller;

/* Whom the token spoke for, "" without one, and how to get out again. */
typedef struct OlLogin
{
	const char *user;
	const char *client;
	const char *role;			/* whose rights are used */
	Oid			worker;			/* who we are ourselves */
	int			context;
} OlLogin;

/* Of the query that runs, or has failed; see query.c. */
extern OlLogin ol_query_login;

extern void ol_login_check(OlLogin *login, const OlCaller *caller,
						   const char *role);
extern void ol_login_become(OlLogin *login);
extern void ol_login_leave(const OlLogin *login);

#endif							/* OL_SERVER_LOGIN_H */
