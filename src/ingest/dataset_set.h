/*-------------------------------------------------------------------------
 * dataset_set.h
 *	  Which datasets an event names; see dataset_set.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_DATASET_SET_H
#define OL_INGEST_DATASET_SET_H

#include "ingest/batch.h"

/* A partition of event_store. */
typedef struct OlSetPlace
{
	Oid			partition;
	const char *name;
	bool		is_default;		/* or without an end: it has no sets */
	TimestampTz since;
	TimestampTz until;
} OlSetPlace;

extern int64 ol_dataset_set(const OlSetPlace *place, const OlEvent *event);
extern void ol_event_datasets_store(OlBatch *batch);

#endif
