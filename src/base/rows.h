/*-------------------------------------------------------------------------
 * rows.h
 *	  Rows on their way into a set-based statement; see rows.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_ROWS_H
#define OL_BASE_ROWS_H

#include "executor/spi.h"
#include "utils/tuplestore.h"

#define OL_ROWS_MAX_COLUMNS 24

/* A statement whose plan is made once per backend and kept. */
typedef struct OlStatement
{
	const char *sql;			/* $1, $2 … */
	SPIPlanPtr	plan;			/* set by the first use */
} OlStatement;

/* Columns of values; one becomes one array parameter. */
typedef struct OlRows
{
	int			ncolumns;
	Oid			types[OL_ROWS_MAX_COLUMNS];
	Datum	   *values[OL_ROWS_MAX_COLUMNS];
	bool	   *nulls[OL_ROWS_MAX_COLUMNS];
	int			nrows;
	int			capacity;
	int			column;			/* next column of the row being added */
} OlRows;

extern OlRows *ol_rows_create(int ncolumns, const Oid *types);
extern void ol_rows_add(OlRows *rows, Datum value);
extern void ol_rows_add_null(OlRows *rows);
extern void ol_rows_add_text(OlRows *rows, const char *value);
extern void ol_rows_add_bytes(OlRows *rows, const char *value, int len);
extern uint64 ol_rows_execute(OlRows *rows, OlStatement *statement);
extern uint64 ol_statement_execute(OlStatement *statement, int nargs,
								   Oid *types, Datum *values, bool read_only);

/* Results of the last statement. */
extern Datum ol_result(uint64 row, int column, bool *isnull);
extern int32 ol_result_int(uint64 row, int column);
extern int64 ol_result_bigint(uint64 row, int column);
extern char *ol_result_text(uint64 row, int column);

/* A transition table of a trigger, from its first row on. */
extern void ol_transition_begin(Tuplestorestate *rows);

#endif
