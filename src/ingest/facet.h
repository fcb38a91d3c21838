/*-------------------------------------------------------------------------
 * facet.h
 *	  Rows of facets between facet.c, which gathers, and facet_row.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_FACET_H
#define OL_INGEST_FACET_H

#include "ingest/event.h"

/* A facet as one event tells it of a node, a run, or what a run read or wrote. */
typedef struct OlFacetRow
{
	int			space_id;
	int			node_id;		/* 0: of a run alone */
	bool		of_run;
	OlIo		io;
	const OlFacet *facet;
	const OlEvent *event;

	/* set by ol_facet_rows_store() */
	int64		id;
	bool		won;			/* is the current one now, and was not */
	bool		changed;		/* and says something else than before */
} OlFacetRow;

/*
 * Brings the tables up to date; keeps the latest row of each key and returns
 * how many there are.
 */
extern int	ol_facet_rows_store(OlFacetRow *rows, int n);

#endif
