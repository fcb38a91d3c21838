/*-------------------------------------------------------------------------
 * reply.h
 *	  What a client is told; see reply.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_REPLY_H
#define OL_SERVER_REPLY_H

#include <stdbool.h>

#include "buffer.h"

/* States of our own, beside the SQLSTATEs of PostgreSQL. */
#define OL_STATE_DONE "00000"
#define OL_STATE_BAD_REQUEST "OL400"	/* raised by functions */
#define OL_STATE_NOT_FOUND "OL404"
#define OL_STATE_NOT_VALID "OL422"
#define OL_STATE_NO_TOKEN "OL401"	/* one is needed */
#define OL_STATE_NO_SCOPE "OL403"	/* it has not the scope */
#define OL_STATE_NEW_KEY "OLKEY"	/* its key is unknown, perhaps a new one */
#define OL_STATE_REFUSED "28000"	/* raised by login() */
#define OL_STATE_PORTIONS "OLPRT"	/* the body is to be stored in portions */
#define OL_STATE_NO_EXTENSION "OLEXT"	/* set by the helpers */
#define OL_STATE_NO_HELPER "OLBGW"	/* set by the server */
#define OL_STATE_BUSY "OLBSY"
#define OL_STATE_STOPPING "OLEND"
#define OL_STATE_STANDBY "25006"

typedef struct OlReply
{
	int			status;			/* 0: there is no answer yet */
	OlBuffer	body;			/* empty or JSON */
	OlBuffer	location;		/* terminated; empty: none */
	int			retry_after;	/* seconds; 0: no such header */
	const char *error;			/* of RFC 6750; NULL: none */
	OlBuffer	reason;			/* of it, in words; terminated */
	bool		close;			/* and end the connection */
} OlReply;

extern void ol_reply_fault(OlReply *reply, int status, const char *message);
extern void ol_reply_refuse(OlReply *reply, int status, const char *error,
							const char *reason);
extern void ol_reply_sqlstate(OlReply *reply, const char *sqlstate,
							  const char *message, const char *detail);
extern bool ol_reply_is_defect(const char *sqlstate);
extern void ol_reply_free(OlReply *reply);

#endif							/* OL_SERVER_REPLY_H */
