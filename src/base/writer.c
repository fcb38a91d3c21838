/*-------------------------------------------------------------------------
 * writer.c
 *	  Rows of a table, without a statement.
 *
 * For rows that are written by the hundred with every batch of events, where
 * executing a statement costs more than the rows.  Not null and check
 * constraints, columns that are generated, unique keys, all indexes and
 * triggers FOR EACH ROW, but those of UPDATE OF columns, are seen to as ever.
 * Foreign keys are not: the caller holds a lock on each row that its rows
 * refer to (ingest/apply.c).  The caller has the rights of the owner
 * (auth/trusted.h).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/writer.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "storage/lmgr.h"
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

/* Those of statements and of changed columns see nothing of what is done here. */
static void
keep_user_triggers(ResultRelInfo * table)
{
	TriggerDesc *triggers = table->ri_TrigDesc;
	int			kept = 0;

	if (triggers == NULL)
		return;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (!trigger->tgisinternal && TRIGGER_FOR_ROW(trigger->tgtype) &&
			trigger->tgnattr == 0)
			triggers->triggers[kept++] = *trigger;
	}
	triggers->numtriggers = kept;
	if (kept == 0)
		table->ri_TrigDesc = NULL;
	else
		AfterTriggerBeginQuery();
}

/* A generated column that the caller gives is right, and need not be made twice. */
static bool
has_other_generated(const OlWriter *writer)
{
	TupleDesc	row = RelationGetDescr(writer->table);

	if (row->constr == NULL || !row->constr->has_generated_stored)
		return false;
	for (int i = 0; i < row->natts; i++)
	{
		bool		is_given = false;

		for (int j = 0; j < writer->ncolumns; j++)
			is_given |= writer->columns[j] == i + 1;
		if (TupleDescAttr(row, i)->attgenerated == ATTRIBUTE_GENERATED_STORED &&
			!is_given)
			return true;
	}
	return false;
}

/* None that has to be checked in another way than when an entry is made. */
static bool
has_plain_indexes(const ResultRelInfo * table)
{
	for (int i = 0; i < table->ri_NumIndices; i++)
	{
		if (table->ri_IndexRelationInfo[i]->ii_ExclusionOps != NULL ||
			!table->ri_IndexRelationDescs[i]->rd_index->indimmediate)
			return false;
	}
	return true;
}

/* Most batches only update rows of many tables, and no index is told of it. */
static void
need_indexes(OlWriter *writer)
{
	MemoryContext before;

	if (writer->has_indexes)
		return;
	before = MemoryContextSwitchTo(writer->estate->es_query_cxt);
	ExecOpenIndices(writer->result, false);
	MemoryContextSwitchTo(before);
	writer->by_index = has_plain_indexes(writer->result);
	writer->has_indexes = true;
}

/* Columns are mostly given in the order of the table: after is the one before. */
static AttrNumber
find_column(Relation table, const char *name, AttrNumber after)
{
	TupleDesc	row = RelationGetDescr(table);

	for (int i = 0; i < row->natts; i++)
	{
		int			at = (after + i) % row->natts;

		if (strcmp(NameStr(TupleDescAttr(row, at)->attname), name) == 0)
			return at + 1;
	}
	elog(ERROR, "column \"%s\" of \"openlineage.%s\" does not exist", name,
		 RelationGetRelationName(table));
}

void
ol_writer_begin_id(OlWriter *writer, Oid id, const char *const *columns,
				   int ncolumns)
{
	AttrNumber	column = 0;

	Assert(ncolumns <= OL_WRITER_MAX_COLUMNS);
	writer->table = table_open(id, RowExclusiveLock);
	writer->ncolumns = ncolumns;
	for (int i = 0; i < ncolumns; i++)
		writer->columns[i] = column = find_column(writer->table, columns[i],
												  column);
	writer->generates = has_other_generated(writer);
	writer->estate = CreateExecutorState();
	writer->estate->es_output_cid = GetCurrentCommandId(true);
	writer->result = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->result, writer->table, 0, NULL, 0);
	keep_user_triggers(writer->result);
	writer->has_indexes = false;
	writer->slot = table_slot_create(writer->table, NULL);
	memset(&writer->added, 0, sizeof(writer->added));
	memset(&writer->moved, 0, sizeof(writer->moved));
}

static void
set_columns(const OlWriter *writer, TupleTableSlot *slot, const Datum *values,
			const bool *nulls)
{
	for (int i = 0; i < writer->ncolumns; i++)
	{
		int			at = writer->columns[i] - 1;

		slot->tts_values[at] = values[i];
		slot->tts_isnull[at] = nulls[i];
	}
	ExecStoreVirtualTuple(slot);
}

/* A row that has null for what columns[] leave out. */
static void
set_row(const OlWriter *writer, TupleTableSlot *slot, const Datum *values,
		const bool *nulls)
{
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	set_columns(writer, slot, values, nulls);
}

void
ol_writer_insert(OlWriter *writer, const Datum *values, const bool *nulls)
{
	need_indexes(writer);
	set_row(writer, writer->slot, values, nulls);
	ExecSimpleRelationInsert(writer->result, writer->estate, writer->slot);
	ResetPerTupleExprContext(writer->estate);
}

/* What it takes to ask an index for a key of a row that is not there yet. */
static void
prepare_unique(const OlWriter *writer)
{
	ResultRelInfo *table = writer->result;

	for (int i = 0; i < table->ri_NumIndices; i++)
	{
		if (table->ri_IndexRelationInfo[i]->ii_Unique &&
			table->ri_IndexRelationInfo[i]->ii_UniqueOps == NULL)
			BuildSpeculativeIndexInfo(table->ri_IndexRelationDescs[i],
									  table->ri_IndexRelationInfo[i]);
	}
}

/*
 * As INSERT ON CONFLICT DO NOTHING: a row with its key may be there, of before
 * or of another session meanwhile.  No key is given twice.
 */
void
ol_writer_insert_absent(OlWriter *writer, const Datum *values,
						const bool *nulls)
{
	ResultRelInfo *table = writer->result;
	TupleTableSlot *row = writer->slot;
	TransactionId xid = GetCurrentTransactionId();
	bool		conflict = true;

	need_indexes(writer);
	prepare_unique(writer);
	set_row(writer, row, values, nulls);
	if (table->ri_TrigDesc != NULL &&
		!ExecBRInsertTriggers(writer->estate, table, row))
		return;					/* the user has it otherwise */
	if (writer->generates)
		ExecComputeStoredGenerated(table, writer->estate, row, CMD_INSERT);
	if (writer->table->rd_att->constr != NULL)
		ExecConstraints(table, row, writer->estate);
	if (writer->table->rd_rel->relispartition)
		ExecPartitionCheck(table, row, writer->estate, true);
	while (conflict && ol_compat_is_unique(table, row, writer->estate))
	{
		uint32		token = SpeculativeInsertionLockAcquire(xid);

		conflict = false;
		table_tuple_insert_speculative(writer->table, row,
									   writer->estate->es_output_cid, 0, NULL,
									   token);
		list_free(ol_compat_insert_index_tuples(table, row, writer->estate,
												&conflict));
		table_tuple_complete_speculative(writer->table, row, token, !conflict);
		SpeculativeInsertionLockRelease(xid);
	}
	if (conflict && IsolationUsesXactSnapshot())
		ol_cannot_serialize();
	if (!conflict && table->ri_TrigDesc != NULL)
		ExecARInsertTriggers(writer->estate, table, row, NIL, NULL);
	ResetPerTupleExprContext(writer->estate);
}

/* The entry of a row in an index, as ExecInsertIndexTuples() makes it. */
static void
insert_entry(OlWriter *writer, int i, TupleTableSlot *row, bool of_update)
{
	Relation	index = writer->result->ri_IndexRelationDescs[i];
	IndexInfo  *info = writer->result->ri_IndexRelationInfo[i];
	ExprContext *context = GetPerTupleExprContext(writer->estate);
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	if (!info->ii_ReadyForInserts)
		return;
	context->ecxt_scantuple = row;
	if (info->ii_Predicate != NIL && info->ii_PredicateState == NULL)
		info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate,
												  writer->estate);
	if (info->ii_Predicate != NIL && !ExecQual(info->ii_PredicateState, context))
		return;
	FormIndexDatum(info, row, writer->estate, values, nulls);
	index_insert(index, values, nulls, &row->tts_tid, writer->table,
				 index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
				 of_update, info);
	ResetPerTupleExprContext(writer->estate);
}

/*
 * One index after the other: what each needs stays in the processor's caches
 * until the last row.  As the executor does it, row by row, the others drive
 * it out each time.
 */
static void
insert_entries(OlWriter *writer, OlWriterRows *rows, bool of_updates)
{
	if (rows->n == 0)
		return;
	need_indexes(writer);
	for (int i = 0; writer->by_index && i < writer->result->ri_NumIndices; i++)
	{
		for (int j = 0; j < rows->n; j++)
			insert_entry(writer, i, rows->slots[j], of_updates);
	}
	for (int j = 0; j < rows->n; j++)
	{
		if (!writer->by_index)
			list_free(ol_compat_insert_index_tuples(writer->result,
													rows->slots[j],
													writer->estate, NULL));
		ExecClearTuple(rows->slots[j]);
		ResetPerTupleExprContext(writer->estate);
	}
	rows->n = 0;
}

/* All rows of a page are one record of WAL. */
static void
insert_added(OlWriter *writer)
{
	if (writer->added.n == 0)
		return;
	table_multi_insert(writer->table, writer->added.slots, writer->added.n,
					   writer->estate->es_output_cid, 0, NULL);
	insert_entries(writer, &writer->added, false);
}

static TupleTableSlot *
next_slot(OlWriter *writer, OlWriterRows *rows)
{
	TupleTableSlot **slot = &rows->slots[rows->n];

	if (*slot == NULL)
		*slot = table_slot_create(writer->table, NULL);
	return *slot;
}

/*
 * Inserts a row by the end of the writer at the latest, together with others:
 * for rows that are not looked at before.  What triggers of users are to see
 * is inserted at once.
 */
void
ol_writer_add(OlWriter *writer, const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot;

	if (IsolationUsesXactSnapshot())
	{
		/* another may have added it that the snapshot does not see */
		ol_writer_insert_absent(writer, values, nulls);
		return;
	}
	if (writer->result->ri_TrigDesc != NULL)
	{
		ol_writer_insert(writer, values, nulls);
		return;
	}
	slot = next_slot(writer, &writer->added);
	set_row(writer, slot, values, nulls);
	if (writer->generates)
		ExecComputeStoredGenerated(writer->result, writer->estate, slot,
								   CMD_INSERT);
	if (writer->table->rd_att->constr != NULL)
		ExecConstraints(writer->result, slot, writer->estate);
	if (writer->table->rd_rel->relispartition)
		ExecPartitionCheck(writer->result, slot, writer->estate, true);
	ExecMaterializeSlot(slot);
	ResetPerTupleExprContext(writer->estate);
	if (++writer->added.n == OL_WRITER_MAX_PENDING)
		insert_added(writer);
}

static void
set_update(const OlWriter *writer, TupleTableSlot *slot, OlProbe *row,
		   const Datum *values, const bool *nulls)
{
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	slot_getallattrs(row->slot);
	memcpy(slot->tts_values, row->slot->tts_values, natts * sizeof(Datum));
	memcpy(slot->tts_isnull, row->slot->tts_isnull, natts * sizeof(bool));
	set_columns(writer, slot, values, nulls);
}

/*
 * Entries of the new version are made at once, or with later, where that may
 * be, left to the caller: *later is set then.
 */
static bool
update_row(OlWriter *writer, TupleTableSlot *slot, OlProbe *row,
		   const Datum *values, const bool *nulls, bool *later)
{
	OlNewEntries entries;
	TM_Result	result;

	set_update(writer, slot, row, values, nulls);
	CheckCmdReplicaIdentity(writer->table, CMD_UPDATE);
	if (writer->generates)
		ExecComputeStoredGenerated(writer->result, writer->estate, slot,
								   CMD_UPDATE);
	if (writer->table->rd_att->constr != NULL)
		ExecConstraints(writer->result, slot, writer->estate);
	result = ol_compat_update_row(writer->table, row->slot, slot, &entries);
	if (result == TM_Ok && entries != OL_ENTRIES_NONE)
	{
		need_indexes(writer);
		if (later != NULL && entries == OL_ENTRIES_ALL && writer->by_index)
			*later = true;
		else
			ol_compat_update_index_tuples(writer->result, slot,
										  writer->estate, entries);
	}
	ResetPerTupleExprContext(writer->estate);
	if (result == TM_Ok)
		ol_probe_moved(row, slot->tts_tid);
	if (result != TM_Ok && result != TM_Updated && result != TM_Deleted)
		elog(ERROR, "could not update a row of \"%s\": %d",
			 RelationGetRelationName(writer->table), (int) result);
	return result == TM_Ok;
}

/*
 * Gives the columns of the row that the probe is at other values, if nobody
 * changed it since it was read; what is locked is waited for.  False: it was
 * changed, or triggers of users have to see it locked first: call
 * ol_probe_lock(), read it again and call ol_writer_update().
 */
bool
ol_writer_try_update(OlWriter *writer, OlProbe *row, const Datum *values,
					 const bool *nulls)
{
	return writer->result->ri_TrigDesc == NULL &&
		update_row(writer, writer->slot, row, values, nulls, NULL);
}

/* What a caller that holds the lock did not do. */
static void pg_attribute_cold
complain_of_change(const OlWriter *writer)
{
	elog(ERROR, "a row of \"%s\" changed while it was locked",
		 RelationGetRelationName(writer->table));
}

/* The same for a row that is locked. */
void
ol_writer_update(OlWriter *writer, OlProbe *row, const Datum *values,
				 const bool *nulls)
{
	EPQState	latest;

	if (writer->result->ri_TrigDesc == NULL)
	{
		if (!update_row(writer, writer->slot, row, values, nulls, NULL))
			complain_of_change(writer);
		return;
	}
	need_indexes(writer);
	set_update(writer, writer->slot, row, values, nulls);
	ol_compat_epq_init(&latest, writer->estate);
	ExecSimpleRelationUpdate(writer->result, writer->estate, &latest,
							 row->slot, writer->slot);
	EvalPlanQualEnd(&latest);
	ol_probe_moved(row, writer->slot->tts_tid);
	ResetPerTupleExprContext(writer->estate);
}

/*
 * The same, but indexes have the row by the end of the writer at the latest:
 * for rows that are not looked at before.
 */
void
ol_writer_update_later(OlWriter *writer, OlProbe *row, const Datum *values,
					   const bool *nulls)
{
	bool		later = false;

	if (writer->result->ri_TrigDesc != NULL)
	{
		ol_writer_update(writer, row, values, nulls);
		return;
	}
	if (!update_row(writer, next_slot(writer, &writer->moved), row, values,
					nulls, &later))
		complain_of_change(writer);
	if (later && ++writer->moved.n == OL_WRITER_MAX_PENDING)
		insert_entries(writer, &writer->moved, true);
}

static void
drop_slots(OlWriterRows *rows)
{
	for (int i = 0; i < OL_WRITER_MAX_PENDING && rows->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(rows->slots[i]);
}

void
ol_writer_end(OlWriter *writer)
{
	insert_added(writer);
	insert_entries(writer, &writer->moved, true);
	drop_slots(&writer->added);
	drop_slots(&writer->moved);
	if (writer->result->ri_TrigDesc != NULL)
		AfterTriggerEndQuery(writer->estate);
	ExecCloseIndices(writer->result);
	ExecDropSingleTupleTableSlot(writer->slot);
	ExecResetTupleTable(writer->estate->es_tupleTable, false);
	ExecCloseResultRelations(writer->estate);
	FreeExecutorState(writer->estate);
	table_close(writer->table, NoLock);
}
