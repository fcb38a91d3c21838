/*-------------------------------------------------------------------------
 * column_source.h
 *	  Which columnLineage facets count; see column_source.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_COLUMN_SOURCE_H
#define OL_INGEST_COLUMN_SOURCE_H

#include "ingest/batch.h"

/*
 * Brings column_lineage_source up to date.  Facets of the batch whose links
 * are to be stored get applies set; the edges of those before are gone.
 */
extern void ol_column_sources_apply(OlBatch *batch);

#endif
