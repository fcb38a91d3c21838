/*-------------------------------------------------------------------------
 * reject.h
 *	  The log of events that were not taken; see reject.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_REJECT_H
#define OL_INGEST_REJECT_H

#include "ingest/event.h"

typedef struct OlRejection
{
	const char *text;			/* as it came: maybe no UTF-8, no JSON */
	uint32		len;
	const char *space;			/* its namespace, NULL when that was not read */
	const OlFault *fault;
} OlRejection;

extern void ol_rejections_store(List *rejections);

#endif
