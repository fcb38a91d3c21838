/*-------------------------------------------------------------------------
 * rows.c
 *	  Rows on their way into a set-based statement.
 *
 * Ingest gathers what a whole batch of events says into columns and hands
 * each column to one statement as an array, which the statement unnests: one
 * statement per table and batch, whatever the number of events.  Plans are
 * kept for the life of the backend; Postgres re-plans them itself when the
 * tables change.  All of it runs between SPI_connect and SPI_finish.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/rows.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The types are those of the columns, not of their arrays. */
OlRows *
ol_rows_create(int ncolumns, const Oid *types)
{
	OlRows	   *rows = palloc0(sizeof(OlRows));

	Assert(ncolumns <= OL_ROWS_MAX_COLUMNS);
	rows->ncolumns = ncolumns;
	rows->capacity = 16;
	for (int i = 0; i < ncolumns; i++)
	{
		rows->types[i] = types[i];
		rows->values[i] = palloc(sizeof(Datum) * rows->capacity);
		rows->nulls[i] = palloc(sizeof(bool) * rows->capacity);
	}
	return rows;
}

static void
grow_rows(OlRows *rows)
{
	rows->capacity *= 2;
	for (int i = 0; i < rows->ncolumns; i++)
	{
		rows->values[i] = repalloc_huge(rows->values[i],
										sizeof(Datum) * rows->capacity);
		rows->nulls[i] = repalloc_huge(rows->nulls[i],
									   sizeof(bool) * rows->capacity);
	}
}

static void
put_value(OlRows *rows, Datum value, bool isnull)
{
	if (rows->nrows == rows->capacity)
		grow_rows(rows);
	rows->values[rows->column][rows->nrows] = value;
	rows->nulls[rows->column][rows->nrows] = isnull;
	if (++rows->column == rows->ncolumns)
	{
		rows->column = 0;
		rows->nrows++;
	}
}

/* The value of the next column; a row is complete with its last column. */
void
ol_rows_add(OlRows *rows, Datum value)
{
	put_value(rows, value, false);
}

void
ol_rows_add_null(OlRows *rows)
{
	put_value(rows, (Datum) 0, true);
}

/* NULL stands for null. */
void
ol_rows_add_text(OlRows *rows, const char *value)
{
	if (value == NULL)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, CStringGetTextDatum(value));
}

void
ol_rows_add_bytes(OlRows *rows, const char *value, int len)
{
	ol_rows_add(rows, PointerGetDatum(cstring_to_text_with_len(value, len)));
}

static Datum
column_array(OlRows *rows, int column)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			dims[1] = {rows->nrows};
	int			lower[1] = {1};

	get_typlenbyvalalign(rows->types[column], &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_md_array(rows->values[column],
											  rows->nulls[column],
											  1, dims, lower,
											  rows->types[column],
											  typlen, typbyval, typalign));
}

/* Run a statement whose plan is kept; returns the number of rows. */
uint64
ol_statement_execute(OlStatement *statement, int nargs, Oid *types,
					 Datum *values, bool read_only)
{
	int			result;

	if (statement->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(statement->sql, nargs, types);

		if (plan == NULL)
			elog(ERROR, "could not prepare \"%s\": %s", statement->sql,
				 SPI_result_code_string(SPI_result));
		SPI_keepplan(plan);
		statement->plan = plan;
	}
	result = SPI_execute_plan(statement->plan, values, NULL, read_only, 0);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", statement->sql,
			 SPI_result_code_string(result));
	return SPI_processed;
}

/* Run a statement with one array per column; nothing to do without rows. */
uint64
ol_rows_execute(OlRows *rows, OlStatement *statement)
{
	Oid			types[OL_ROWS_MAX_COLUMNS];
	Datum		values[OL_ROWS_MAX_COLUMNS];

	Assert(rows->column == 0);
	if (rows->nrows == 0)
		return 0;
	for (int i = 0; i < rows->ncolumns; i++)
	{
		types[i] = get_array_type(rows->types[i]);
		values[i] = column_array(rows, i);
	}
	return ol_statement_execute(statement, rows->ncolumns, types, values,
								false);
}

/* Columns count from 1. */
Datum
ol_result(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}

int32
ol_result_int(uint64 row, int column)
{
	bool		isnull;
	Datum		value = ol_result(row, column, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

int64
ol_result_bigint(uint64 row, int column)
{
	bool		isnull;
	Datum		value = ol_result(row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

char *
ol_result_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						column);
}

/*
 * All triggers of a statement have the same table, and one of a user that has
 * read it left its place at the end.
 */
void
ol_transition_begin(Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows,
								   tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
}
