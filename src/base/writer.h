/*-------------------------------------------------------------------------
 * writer.h
 *	  Rows of a table written one by one, without a statement; see writer.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_WRITER_H
#define OL_BASE_WRITER_H

#include "base/probe.h"
#include "nodes/execnodes.h"

#define OL_WRITER_MAX_COLUMNS 28
#define OL_WRITER_MAX_PENDING 64

/* Rows that something is still to be done for. */
typedef struct OlWriterRows
{
	TupleTableSlot *slots[OL_WRITER_MAX_PENDING];	/* NULL: not needed yet */
	int			n;
} OlWriterRows;

typedef struct OlWriter
{
	Relation	table;
	EState	   *estate;
	ResultRelInfo *result;
	TupleTableSlot *slot;
	bool		generates;		/* columns that columns[] does not give */
	int			ncolumns;
	AttrNumber	columns[OL_WRITER_MAX_COLUMNS];
	bool		has_indexes;	/* they are open */
	bool		by_index;		/* entries of many rows index by index */
	OlWriterRows added;			/* not in the table yet */
	OlWriterRows moved;			/* new versions, not in the indexes yet */
} OlWriter;

extern void ol_writer_begin(OlWriter *writer, const char *table,
							const char *const *columns, int ncolumns);
extern void ol_writer_begin_id(OlWriter *writer, Oid id,
							   const char *const *columns, int ncolumns);
extern void ol_writer_insert(OlWriter *writer, const Datum *values,
							 const bool *nulls);
extern void ol_writer_insert_absent(OlWriter *writer, const Datum *values,
									const bool *nulls);
extern void ol_writer_add(OlWriter *writer, const Datum *values,
						  const bool *nulls);
extern bool ol_writer_try_update(OlWriter *writer, OlProbe *row,
								 const Datum *values, const bool *nulls);
extern void ol_writer_update(OlWriter *writer, OlProbe *row,
							 const Datum *values, const bool *nulls);
extern void ol_writer_update_later(OlWriter *writer, OlProbe *row,
								   const Datum *values, const bool *nulls);
extern void ol_writer_end(OlWriter *writer);

#endif
