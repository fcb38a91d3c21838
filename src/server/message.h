/*-------------------------------------------------------------------------
 * message.h
 *	  What the server and its helper processes say to each other; message.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_MESSAGE_H
#define OL_SERVER_MESSAGE_H

#include "storage/dsm.h"
#include "storage/shm_mq.h"

/*
 * A message is a list of texts.  Sent to a query worker: the fields below, then
 * the parameters of the path; to the ingest worker: the bodies.  Answered: the
 * fields of an answer, for a batch once for each body.
 */
typedef struct OlMessage
{
	int			count;
	int			capacity;
	shm_mq_iovec *fields;		/* the data belong to somebody else */
} OlMessage;

/* Fields of a request to a query worker. */
#define OL_QUERY_SCOPE 0		/* OL_SCOPE_IS_… */
#define OL_QUERY_FUNCTION 1
#define OL_QUERY_PARAMETERS 2	/* JSON */
#define OL_QUERY_BODY 3			/* empty: none */
#define OL_QUERY_PATH 4			/* this and all after it */

#define OL_SCOPE_IS_READ "read"
#define OL_SCOPE_IS_CHANGE "change"

/* Fields of one answer. */
#define OL_ANSWER_SQLSTATE 0
#define OL_ANSWER_TEXT 1		/* of an error its message, else the body */
#define OL_ANSWER_DETAIL 2		/* of an error, else the Location header */
#define OL_ANSWER_STATUS 3		/* of HTTP; of no meaning with an error */
#define OL_ANSWER_FIELDS 4

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
