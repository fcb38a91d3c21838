/*-------------------------------------------------------------------------
 * permit.h
 *	  What of an event its sender may say; see permit.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_PERMIT_H
#define OL_INGEST_PERMIT_H

#include "ingest/event.h"

extern bool ol_event_permit(OlEvent *event);

#endif
