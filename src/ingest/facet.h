/*-------------------------------------------------------------------------
 * facet.h
 *	  Rows of facets between facet.c, which gathers, told.c and facet_row.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_FACET_H
#define OL_INGEST_FACET_H

#include "ingest/event.h"

/* What decides between two facets of one key. */
typedef struct OlFacetStamp
{
	TimestampTz time;
	OlHash		event;
	OlHash		content;
} OlFacetStamp;

/* A facet as one event tells it of a node, a run, or what a run read or wrote. */
typedef struct OlFacetRow
{
	int			space_id;
	int			node_id;		/* 0: of a run alone */
	bool		of_run;
	OlIo		io;
	const OlFacet *facet;
	const OlEvent *event;
	uint64		rank;			/* of its key; set by ol_facet_rows_begin() */

	/* set by told.c, else by ol_facet_rows_store() */
	bool		is_told;		/* its time is in the row of activity */
	bool		is_new;			/* has an id, but is not stored yet */
	bool		is_compared;	/* with what is stored, for good */
	int64		id;
	bool		won;			/* is the current one now, and was not */
	bool		changed;		/* and says something else than before */
} OlFacetRow;

/* The latest row of each key that a batch tells, by key. */
typedef struct OlFacetRows
{
	OlFacetRow *items;
	int			n;
} OlFacetRows;

/* facet.c */
extern bool ol_facet_uses_time(const char *name);

/* facet_row.c */
extern OlFacetRows *ol_facet_rows_begin(OlFacetRow *rows, int n);
extern OlFacetRow *ol_facet_rows_of_node(OlFacetRows *rows, int node_id,
										 int *n);
extern OlFacetRow *ol_facet_rows_of_run(OlFacetRows *rows,
										const pg_uuid_t *run_id, int *n);
extern OlFacetStamp ol_facet_stamp(const OlFacetRow *row);
extern int	ol_facet_stamp_cmp(const OlFacetStamp *a, const OlFacetStamp *b);
extern void ol_facet_rows_compare(OlFacetRows *rows, const OlFacetRow *own);
extern int64 ol_facet_new_id(void);
extern void ol_facet_rows_store(OlFacetRows *rows, HTAB *known_runs);

/* told.c */
extern bytea *ol_told_apply(OlFacetRows *rows, int node_id,
							const bytea *was, bool *unknown);
extern bytea *ol_told_apply_run(OlFacetRows *rows, const pg_uuid_t *run_id,
								bool is_stored, const bytea *was);
extern bool ol_told_run_is_of(OlFacetRows *rows, const pg_uuid_t *run_id,
							  int space_id);

#endif
