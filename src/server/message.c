/*-------------------------------------------------------------------------
 * message.c
 *	  What the server and its helper processes say to each other.
 *
 * On the wire: the number of fields, their lengths, their bytes with a zero
 * byte behind each, so that a field can be used as a string where it lies.
 * The two sides run the same module, but perhaps two builds of it while an
 * upgrade is installed; so functions go by name, not by number.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "utils/memutils.h"

#include "message.h"

void
ol_message_add(OlMessage *message, const char *data, Size len)
{
	if (message->count == message->capacity)
	{
		message->capacity = message->capacity == 0 ? 8 : message->capacity * 2;
		message->fields = message->fields == NULL ?
			palloc(message->capacity * sizeof(shm_mq_iovec)) :
			repalloc(message->fields,
					 message->capacity * sizeof(shm_mq_iovec));
	}
	message->fields[message->count].data = data;
	message->fields[message->count].len = len;
	message->count++;
}

void
ol_message_add_text(OlMessage *message, const char *text)
{
	ol_message_add(message, text, strlen(text));
}

/*
 * With nowait the queue may take a part and return SHM_MQ_WOULD_BLOCK: call
 * again with the same message until it is gone.
 */
shm_mq_result
ol_message_send(shm_mq_handle *queue, OlMessage *message, bool nowait)
{
	int			count = message->count;
	Size		head_size = (count + 1) * sizeof(uint32);
	uint32	   *head = palloc(head_size);
	shm_mq_iovec *parts = palloc((2 * count + 1) * sizeof(shm_mq_iovec));
	shm_mq_result result;

	head[0] = count;
	parts[0].data = (char *) head;
	parts[0].len = head_size;
	for (int i = 0; i < count; i++)
	{
		head[i + 1] = message->fields[i].len;
		parts[2 * i + 1] = message->fields[i];
		parts[2 * i + 2].data = "";
		parts[2 * i + 2].len = 1;
	}
	result = shm_mq_sendv(queue, parts, 2 * count + 1, nowait, true);
	pfree(parts);
	pfree(head);
	return result;
}

/* The fields point into data. */
OlMessage *
ol_message_read(const char *data, Size len)
{
	OlMessage  *message = palloc0(sizeof(OlMessage));
	const uint32 *head = (const uint32 *) data;
	Size		offset;

	if (len < sizeof(uint32) || head[0] > len / sizeof(uint32) - 1)
		elog(ERROR, "message of %zu bytes is broken", len);
	offset = (head[0] + 1) * sizeof(uint32);
	for (uint32 i = 0; i < head[0]; i++)
	{
		if (head[i + 1] >= len - offset)
			elog(ERROR, "message of %zu bytes is broken", len);
		ol_message_add(message, data + offset, head[i + 1]);
		offset += head[i + 1] + 1;
	}
	return message;
}
