/*-------------------------------------------------------------------------
 * message.h
 *	  What the server and its helper processes say to each other; message.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_MESSAGE_H
#define OL_SERVER_MESSAGE_H

#include "storage/dsm.h"
#include "storage/shm_mq.h"

/*
 * A message is a list of texts.  Sent: for a read the function, the query, and
 * the parameters of the path; for a batch the bodies.  Answered: for a read
 * sqlstate, message or result, detail; for a batch these three for each body.
 */
typedef struct OlMessage
{
	int			count;
	int			capacity;
	shm_mq_iovec *fields;		/* the data belong to somebody else */
} OlMessage;

/* Fields of one answer. */
#define OL_ANSWER_SQLSTATE 0
#define OL_ANSWER_TEXT 1
#define OL_ANSWER_DETAIL 2
#define OL_ANSWER_FIELDS 3

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
