/*-------------------------------------------------------------------------
 * version.h
 *	  Versions of datasets between version.c, which gathers what a batch tells
 *	  of them, and version_row.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_VERSION_H
#define OL_INGEST_VERSION_H

#include "ingest/batch.h"

typedef struct OlVersionKey
{
	int			dataset_id;
	OlHash		content;
} OlVersionKey;

/* A version as the batch tells it. */
typedef struct OlVersion
{
	OlVersionKey key;
	const OlDataset *dataset;	/* any that tells it: its content is the same */
	TimestampTz created;
	TimestampTz seen;
	TimestampTz first_write;	/* NOEND: none */
	TimestampTz last_write;		/* NOBEGIN: none */
	bool		has_run;		/* whether the first write was of a run */
	pg_uuid_t	run;
	int64		id;
} OlVersion;

/*
 * Rows of dataset_schema and dataset_version: gives the versions their ids,
 * and the times that the rows have now.
 */
extern void ol_version_rows_store(HTAB *versions, List *list);

/* Points datasets at these versions where they are the current ones now. */
extern void ol_version_rows_point(List *list);

#endif
