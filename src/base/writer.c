/*-------------------------------------------------------------------------
 * writer.c
 *	  Rows of a table written one by one, without a statement.
 *
 * For rows that are written by the hundred with every batch of events, where
 * executing a statement costs more than the rows.  Not null and check
 * constraints, defaults of columns that are generated, unique keys, all
 * indexes and triggers FOR EACH ROW are seen to as ever.  Foreign keys are
 * not: the caller holds a lock on each row that its rows refer to, and
 * nobody else may change the rows it updates (ingest/apply.c).  The caller
 * has the rights of the owner (auth/trusted.h).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/writer.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* columns: those that inserted rows give, in order; others stay null. */
void
ol_writer_begin(OlWriter *writer, const char *table,
				const char *const *columns, int ncolumns)
{
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			id = get_relname_relid(table, schema);

	if (!OidIsValid(id))
		elog(ERROR, "table \"openlineage.%s\" does not exist", table);
	ol_writer_begin_id(writer, id, columns, ncolumns);
}

static void
keep_user_triggers(ResultRelInfo * table)
{
	TriggerDesc *triggers = table->ri_TrigDesc;
	int			kept = 0;

	if (triggers == NULL)
		return;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		if (!triggers->triggers[i].tgisinternal)
			triggers->triggers[kept++] = triggers->triggers[i];
	}
	triggers->numtriggers = kept;
	if (kept == 0)
		table->ri_TrigDesc = NULL;
	else
		AfterTriggerBeginQuery();
}

void
ol_writer_begin_id(OlWriter *writer, Oid id, const char *const *columns,
				   int ncolumns)
{
	Assert(ncolumns <= OL_WRITER_MAX_COLUMNS);
	writer->table = table_open(id, RowExclusiveLock);
	writer->ncolumns = ncolumns;
	for (int i = 0; i < ncolumns; i++)
	{
		writer->columns[i] = get_attnum(id, columns[i]);
		if (writer->columns[i] <= 0)
			elog(ERROR, "column \"%s\" of \"openlineage.%s\" does not exist",
				 columns[i], RelationGetRelationName(writer->table));
	}
	writer->estate = CreateExecutorState();
	writer->estate->es_output_cid = GetCurrentCommandId(true);
	writer->result = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->result, writer->table, 0, NULL, 0);
	keep_user_triggers(writer->result);
	ExecOpenIndices(writer->result, false);
	writer->slot = table_slot_create(writer->table, NULL);
}

static void
set_columns(OlWriter *writer, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < writer->ncolumns; i++)
	{
		int			at = writer->columns[i] - 1;

		writer->slot->tts_values[at] = values[i];
		writer->slot->tts_isnull[at] = nulls[i];
	}
	ExecStoreVirtualTuple(writer->slot);
}

void
ol_writer_insert(OlWriter *writer, const Datum *values, const bool *nulls)
{
	ExecClearTuple(writer->slot);
	memset(writer->slot->tts_isnull, true,
		   writer->slot->tts_tupleDescriptor->natts);
	set_columns(writer, values, nulls);
	ExecSimpleRelationInsert(writer->result, writer->estate, writer->slot);
	ResetPerTupleExprContext(writer->estate);
}

/* Gives the columns of the row that the probe is at other values. */
void
ol_writer_update(OlWriter *writer, OlProbe *row, const Datum *values,
				 const bool *nulls)
{
	int			natts = writer->slot->tts_tupleDescriptor->natts;

	ExecClearTuple(writer->slot);
	slot_getallattrs(row->slot);
	memcpy(writer->slot->tts_values, row->slot->tts_values,
		   natts * sizeof(Datum));
	memcpy(writer->slot->tts_isnull, row->slot->tts_isnull,
		   natts * sizeof(bool));
	set_columns(writer, values, nulls);
	ExecSimpleRelationUpdate(writer->result, writer->estate, NULL, row->slot,
							 writer->slot);
	ResetPerTupleExprContext(writer->estate);
}

void
ol_writer_end(OlWriter *writer)
{
	if (writer->result->ri_TrigDesc != NULL)
		AfterTriggerEndQuery(writer->estate);
	ExecCloseIndices(writer->result);
	ExecDropSingleTupleTableSlot(writer->slot);
	ExecResetTupleTable(writer->estate->es_tupleTable, false);
	ExecCloseResultRelations(writer->estate);
	FreeExecutorState(writer->estate);
	table_close(writer->table, NoLock);
}
