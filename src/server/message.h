/*-------------------------------------------------------------------------
 * message.h
 *	  What the server and its helper processes say to each other; message.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_MESSAGE_H
#define OL_SERVER_MESSAGE_H

#include "storage/dsm.h"
#include "storage/shm_mq.h"

/*
 * A message is a list of texts.  Sent to a query worker: the fields of a query,
 * then the parameters of the path; to the ingest worker: the fields of a batch,
 * then those of each body.  Answered: the fields of an answer, for a batch once
 * for each body.
 */
typedef struct OlMessage
{
	int			count;
	int			capacity;
	shm_mq_iovec *fields;		/* the data belong to somebody else */
} OlMessage;

/* Fields of a request to a query worker. */
#define OL_QUERY_KIND 0			/* OL_KIND_… */
#define OL_QUERY_FUNCTION 1
#define OL_QUERY_PARAMETERS 2	/* JSON; of a task what its function takes */
#define OL_QUERY_BODY 3			/* empty: none */
#define OL_QUERY_REQUIRED 4		/* "" unless a token is needed in any case */
#define OL_QUERY_NEEDS 5		/* the scope of the route; "" for anybody */
#define OL_QUERY_TOKEN 6		/* empty: none */
#define OL_QUERY_FAULT 7		/* why what came is no token */
#define OL_QUERY_PATH 8			/* this and all after it */

#define OL_REQUIRED "required"

#define OL_KIND_READ "read"
#define OL_KIND_CHANGE "change"
#define OL_KIND_TASK "task"		/* of the server's own, nobody asked for it */

/* Functions of tasks. */
#define OL_TASK_AUDIT "audit_add"
#define OL_TASK_KEYS "jwks_refresh_unknown" /* of one issuer */
#define OL_TASK_ALL_KEYS "jwks_refresh"

/* Fields of a request to the ingest worker; the last ones come for each body. */
#define OL_BATCH_REQUIRED 0		/* as above */
#define OL_BATCH_NEEDS 1
#define OL_BATCH_BODIES 2
#define OL_BODY_TOKEN 0
#define OL_BODY_FAULT 1
#define OL_BODY_PORTION 2		/* base of OlSlice */
#define OL_BODY_TEXT 3
#define OL_BODY_FIELDS 4

/* Fields of one answer. */
#define OL_ANSWER_SQLSTATE 0
#define OL_ANSWER_TEXT 1		/* of an error its message, else the body; of
								 * a portion its failures */
#define OL_ANSWER_DETAIL 2		/* of an error, else the Location header; of a
								 * portion three numbers */
#define OL_ANSWER_STATUS 3		/* of HTTP; with OL_STATE_NEW_KEY the issuer */
#define OL_ANSWER_USER 4		/* whom the token speaks for; empty: nobody */
#define OL_ANSWER_CLIENT 5
#define OL_ANSWER_FIELDS 6

/* How a helper gets to know its server; in bgw_extra. */
typedef struct OlHelperCall
{
	Oid			database;
	Oid			role;
	bool		is_ingest;
} OlHelperCall;

/* Two queues lie in one segment: requests first, then answers. */
#define OL_REQUEST_QUEUE_SIZE ((Size) 1024 * 1024)
#define OL_ANSWER_QUEUE_SIZE ((Size) 256 * 1024)

extern void ol_message_add(OlMessage *message, const char *data, Size len);
extern void ol_message_add_text(OlMessage *message, const char *text);
extern shm_mq_result ol_message_send(shm_mq_handle *queue, OlMessage *message,
									 bool nowait);
extern OlMessage *ol_message_read(const char *data, Size len);

#endif							/* OL_SERVER_MESSAGE_H */
