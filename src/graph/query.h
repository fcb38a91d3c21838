/*-------------------------------------------------------------------------
 * query.h
 *	  Reading statements with a kept plan, row by row; see query.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_QUERY_H
#define OL_GRAPH_QUERY_H

#include "executor/tuptable.h"
#include "executor/spi.h"

#define OL_QUERY_MAX_ARGS 5

/* Declared static, filled by its initializer but for the plan. */
typedef struct OlQuery
{
	const char *sql;			/* $1, $2 … */
	int			nargs;
	Oid			types[OL_QUERY_MAX_ARGS];
	bool		scans;			/* meant to read a table from end to end */
	SPIPlanPtr	plan;			/* set by the first use */
} OlQuery;

/* Called once a row, all attributes ready, in the caller's memory context. */
typedef void (*OlReceive) (TupleTableSlot *slot, void *arg);

extern void ol_query_run(OlQuery *query, const Datum *values,
						 OlReceive receive, void *arg);
extern int32 ol_query_int(OlQuery *query, const Datum *values);
extern Datum ol_int_array(const int32 *values, int n);
extern Datum ol_sorted_int_array(int32 *values, int n);

#endif
