/*-------------------------------------------------------------------------
 * run_io.h
 *	  What runs read and wrote; see run_io.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_RUN_IO_H
#define OL_INGEST_RUN_IO_H

#include "ingest/version.h"

/* What the runs of a batch read and write, as it tells it. */
typedef struct OlRunIos
{
	HTAB	   *table;
	List	   *list;			/* in order of mention */
} OlRunIos;

extern void ol_run_ios_begin(OlRunIos *ios);

/* version: what the event tells of the dataset, or NULL. */
extern void ol_run_ios_merge(OlRunIos *ios, const OlEvent *event,
							 const OlDataset *dataset,
							 const OlVersion *version);

/* Once the versions have their ids; sets batch->widened_runs. */
extern void ol_run_ios_store(const OlRunIos *ios, OlBatch *batch);

#endif
