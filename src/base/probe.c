/*-------------------------------------------------------------------------
 * probe.c
 *	  Rows by the key of an index, without a statement.
 *
 * For look-ups that have one right plan whatever the planner knows of the
 * table: names are looked up by the hundred while the tables are still empty
 * for statistics.  A probe sees what a statement begun with it would see, and
 * so not what is written while it is open.
 * The caller has the rights of the owner (auth/trusted.h), or has found out
 * what may be read of the table.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/heapam.h"
#include "access/nbtree.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/place.h"
#include "base/probe.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* The key's equality, as the index compares it. */
static void
prepare_key(OlProbe *probe, int i)
{
	Oid			family = probe->index->rd_opfamily[i];
	Oid			type = probe->index->rd_opcintype[i];
	Oid			operator = get_opfamily_member(family, type, type,
											   BTEqualStrategyNumber);

	if (!OidIsValid(operator))
		elog(ERROR, "no equality for column %d of index \"%s\"", i + 1,
			 RelationGetRelationName(probe->index));
	ScanKeyEntryInitialize(&probe->keys[i], 0, i + 1, BTEqualStrategyNumber,
						   type, probe->index->rd_indcollation[i],
						   get_opcode(operator), (Datum) 0);
}

static Oid
index_id(const char *index)
{
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			id = get_relname_relid(index, schema);

	if (!OidIsValid(id))
		elog(ERROR, "index \"openlineage.%s\" does not exist", index);
	return id;
}

static void
open_probe(OlProbe *probe, Oid id, int nkeys)
{
	Assert(nkeys <= OL_PROBE_MAX_KEYS);
	probe->index = relation_open(id, AccessShareLock);
	probe->table = table_open(probe->index->rd_index->indrelid,
							  AccessShareLock);
	probe->nkeys = nkeys;
	for (int i = 0; i < nkeys; i++)
		prepare_key(probe, i);
	probe->slot = table_slot_create(probe->table, NULL);
	probe->visibility = InvalidBuffer;
	probe->nblocks = 0;
	probe->again = 0;
	probe->scan = ol_compat_index_beginscan(probe->table, probe->index,
											GetActiveSnapshot(), nkeys);
}

/* index: a btree of the extension; its first nkeys columns are given. */
void
ol_probe_begin(OlProbe *probe, const char *index, int nkeys)
{
	ol_probe_begin_id(probe, index_id(index), nkeys);
}

void
ol_probe_begin_id(OlProbe *probe, Oid id, int nkeys)
{
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	probe->has_snapshot = true;
	open_probe(probe, id, nkeys);
}

/*
 * The same in the active snapshot; for ol_probe_next_key() if keys_only, else
 * for ol_probe_next().
 */
void
ol_probe_begin_reading(OlProbe *probe, const char *index, int nkeys,
					   bool keys_only)
{
	probe->has_snapshot = false;
	open_probe(probe, index_id(index), nkeys);
	probe->scan->xs_want_itup = keys_only;
}

/* Rows with this key are what comes next.  nulls may be NULL: has none. */
void
ol_probe_seek(OlProbe *probe, const Datum *keys, const bool *nulls)
{
	for (int i = 0; i < probe->nkeys; i++)
	{
		probe->keys[i].sk_argument = keys[i];
		probe->keys[i].sk_flags = nulls != NULL && nulls[i] ?
			SK_ISNULL | SK_SEARCHNULL : 0;
	}
	index_rescan(probe->scan, probe->keys, probe->nkeys, NULL, 0);
	probe->again = 0;
}

/* The next row with the key is the one to look at; false: there is none. */
bool
ol_probe_next(OlProbe *probe)
{
	return index_getnext_slot(probe->scan, ForwardScanDirection, probe->slot);
}

/*
 * The next row with the key, of which only the columns of the index are asked
 * for, or NULL: the table is not read where all that a page holds can be seen
 * by everybody.  Valid until the next look.
 */
IndexTuple
ol_probe_next_key(OlProbe *probe)
{
	ItemPointer tid;

	while ((tid = index_getnext_tid(probe->scan, ForwardScanDirection)) != NULL)
	{
		if (VM_ALL_VISIBLE(probe->table, ItemPointerGetBlockNumber(tid),
						   &probe->visibility))
		{
			PredicateLockPage(probe->table, ItemPointerGetBlockNumber(tid),
							  probe->scan->xs_snapshot);
			return probe->scan->xs_itup;
		}
		if (index_fetch_heap(probe->scan, probe->slot))
			return probe->scan->xs_itup;
	}
	return NULL;
}

/* The first row with a key of no nulls is the one to look at. */
bool
ol_probe_find(OlProbe *probe, const Datum *keys)
{
	ol_probe_seek(probe, keys, NULL);
	return ol_probe_next(probe);
}

/* A column of the unique index that the probe uses, all of it. */
static Form_pg_attribute
key_column(const OlProbe *probe, int i)
{
	return TupleDescAttr(RelationGetDescr(probe->index), i);
}

/*
 * A key of place.c.  Rows of one number have theirs side by side: batches look
 * for them in order.
 */
static uint64
place_key(const OlProbe *probe, const Datum *keys)
{
	uint32		index = murmurhash32(RelationGetRelid(probe->index));
	uint64		key = index;

	Assert(probe->index->rd_index->indisunique);
	Assert(probe->index->rd_index->indnkeyatts == probe->nkeys);
	if (probe->nkeys == 1 && key_column(probe, 0)->atttypid == INT4OID)
		return key << 32 | (uint32) (index + DatumGetInt32(keys[0]));
	for (int i = 0; i < probe->nkeys; i++)
	{
		Form_pg_attribute column = key_column(probe, i);
		const void *bytes = column->attbyval ? (const void *) &keys[i] :
		DatumGetPointer(keys[i]);

		Assert(column->attlen > 0);
		key = hash_bytes_extended(bytes, column->attbyval ? sizeof(Datum) :
								  (Size) column->attlen, key);
	}
	return key;
}

static bool
fetch(OlProbe *probe, ItemPointer place)
{
	return table_tuple_fetch_row_version(probe->table, place,
										 probe->scan->xs_snapshot, probe->slot);
}

/* Whether the page of the row found has little room for versions, and old ones. */
static bool
is_crowded(const OlProbe *probe)
{
	Page		page;

	if (!TTS_IS_BUFFERTUPLE(probe->slot))
		return false;
	page = BufferGetPage(((BufferHeapTupleTableSlot *) probe->slot)->buffer);
	return TransactionIdIsValid(((PageHeader) page)->pd_prune_xid) &&
		(PageIsFull(page) || PageGetHeapFreeSpace(page) < BLCKSZ / 10);
}

/*
 * Rows that are found where they were are not found through an index, which
 * would prune their pages, and do so whenever less is free than fillfactor
 * keeps: nearly each time.  Here all of that is used first.
 */
static void
prune(OlProbe *probe, BlockNumber block)
{
	Buffer		buffer;

	ExecClearTuple(probe->slot);	/* it has the page pinned */
	buffer = ReadBuffer(probe->table, block);
	heap_page_prune_opt(probe->table, buffer);
	ReleaseBuffer(buffer);
}

/*
 * Whether the version of a row that is at this place, if any, can be seen and
 * has the key.  Nobody cuts pages off the table while the probe has it open.
 */
static bool
is_at(OlProbe *probe, ItemPointer place, const Datum *keys)
{
	BlockNumber block = ItemPointerGetBlockNumber(place);

	if (probe->nblocks == 0)
		probe->nblocks = RelationGetNumberOfBlocks(probe->table);
	if (block >= probe->nblocks || !fetch(probe, place))
		return false;
	if (is_crowded(probe))
	{
		prune(probe, block);
		if (!fetch(probe, place))
			return false;
	}
	for (int i = 0; i < probe->nkeys; i++)
	{
		Form_pg_attribute column = key_column(probe, i);
		int			number = probe->index->rd_index->indkey.values[i];
		bool		isnull;
		Datum		value = slot_getattr(probe->slot, number, &isnull);

		if (isnull || !datumIsEqual(value, keys[i], column->attbyval,
									column->attlen))
			return false;
	}
	return true;
}

/*
 * ol_probe_find() that says where in the table the row was, if it was found,
 * for ol_probe_find_at().
 */
bool
ol_probe_find_place(OlProbe *probe, const Datum *keys, ItemPointer place)
{
	if (!ol_probe_find(probe, keys))
		return false;
	*place = probe->slot->tts_tid;
	return true;
}

/*
 * ol_probe_find() that looks first where the row was before.  The index is
 * unique, all of its columns are given, and of types whose values are equal
 * when their bytes are.
 */
bool
ol_probe_find_at(OlProbe *probe, ItemPointerData place, const Datum *keys)
{
	return is_at(probe, &place, keys) || ol_probe_find(probe, keys);
}

/* The same for rows of every batch: where they are is kept here (place.c). */
bool
ol_probe_find_again(OlProbe *probe, const Datum *keys)
{
	uint64		key = place_key(probe, keys);
	ItemPointerData place;

	if (!ol_place_find(key, &place) || !is_at(probe, &place, keys))
	{
		if (!ol_probe_find_place(probe, keys, &place))
			return false;
		ol_place_note(key, place);
	}
	probe->again = key;
	return true;
}

/* The row that the probe is at has a version at another place now. */
void
ol_probe_moved(const OlProbe *probe, ItemPointerData place)
{
	if (probe->again != 0)
		ol_place_note(probe->again, place);
}

/* A column of the row found, by its number; valid until the next look. */
Datum
ol_probe_column(OlProbe *probe, int column, bool *isnull)
{
	return slot_getattr(probe->slot, column, isnull);
}

/* What another session has committed cannot be seen, and would have to be. */
void
ol_cannot_serialize(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update")));
}

/*
 * Locks the row found, as UPDATE would, until the transaction ends, and goes
 * to its latest version; false: it was deleted meanwhile.
 */
bool
ol_probe_lock(OlProbe *probe)
{
	TM_FailureData failure;
	bool		latest = !IsolationUsesXactSnapshot();
	TM_Result	result;

	result = table_tuple_lock(probe->table, &probe->slot->tts_tid,
							  GetActiveSnapshot(), probe->slot,
							  GetCurrentCommandId(false),
							  LockTupleNoKeyExclusive, LockWaitBlock,
							  latest ? TUPLE_LOCK_FLAG_FIND_LAST_VERSION : 0,
							  &failure);
	if (result == TM_Ok)
		return true;
	if (result != TM_Updated && result != TM_Deleted)
		elog(ERROR, "could not lock a row of \"%s\": %d",
			 RelationGetRelationName(probe->table), (int) result);
	if (!latest)
		ol_cannot_serialize();
	return false;
}

void
ol_probe_end(OlProbe *probe)
{
	if (BufferIsValid(probe->visibility))
		ReleaseBuffer(probe->visibility);
	index_endscan(probe->scan);
	ExecDropSingleTupleTableSlot(probe->slot);
	table_close(probe->table, NoLock);
	relation_close(probe->index, NoLock);
	if (probe->has_snapshot)
		PopActiveSnapshot();
}

/* The value of an enum; label must be one of its own. */
Oid
ol_enum_value(Oid type, const char *label)
{
	return GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
						   ObjectIdGetDatum(type), CStringGetDatum(label));
}
