/*-------------------------------------------------------------------------
 * event_row.c
 *	  Raw events into the partitions of event_store, without a statement.
 *
 * An event whose bytes are stored already is not stored again.  No other
 * session stores the same event meanwhile: it would hold the same advisory
 * lock (run.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "auth/claims.h"
#include "base/probe.h"
#include "base/writer.h"
#include "catalog/namespace.h"
#include "ingest/batch.h"
#include "ingest/dataset_set.h"
#include "ingest/template.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

enum
{
	EVENT_TIME, EVENT_HASH, EVENT_RECEIVED_AT, EVENT_KIND, EVENT_TYPE,
	EVENT_NAMESPACE_ID, EVENT_NODE_ID, EVENT_RUN_ID, EVENT_PRINCIPAL,
	EVENT_IS_COMMAND, EVENT_TEMPLATE_ID, EVENT_SET_ID, EVENT_PACKED,
	EVENT_COLUMNS
};

static const char *const columns[] = {
	"event_time", "hash", "received_at", "kind", "type", "namespace_id",
	"node_id", "run_id", "principal", "is_command", "template_id", "set_id",
	"packed"
};

typedef struct EventTable
{
	Relation	parent;
	OlSetPlace	place;			/* the partition that is open; none:
								 * InvalidOid */
	OlProbe		by_key;			/* of it */
	OlWriter	rows;
	OlTemplates templates;
	Oid			kinds;			/* type of kind */
	const char *principal;
} EventTable;

/* By the key of a partition; the same event twice is side by side. */
static int
compare_keys(const void *a, const void *b)
{
	return ol_event_compare(*(OlEvent *const *) a, *(OlEvent *const *) b);
}

/* Whether a bound of partitions is a time, not the end of all. */
static bool
is_bound(const PartitionBoundInfoData * bounds, int at)
{
	return at >= 0 && at < bounds->ndatums &&
		bounds->kind[at][0] == PARTITION_RANGE_DATUM_VALUE;
}

/* The partition of events of a time. */
static OlSetPlace
find_place(Relation parent, TimestampTz time)
{
	OlSetPlace	place = {.is_default = true};
	PartitionKey key = RelationGetPartitionKey(parent);
	PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
	PartitionBoundInfo bounds = partitions->boundinfo;
	Datum		value = TimestampTzGetDatum(time);
	bool		is_equal;
	int			at = -1;

	if (partitions->nparts > 0)
	{
		int			below = partition_range_datum_bsearch(key->partsupfunc,
														  key->partcollation,
														  bounds, 1, &value,
														  &is_equal);

		at = bounds->indexes[below + 1];
		if (at < 0)
			at = bounds->default_index;
		else if (is_bound(bounds, below) && is_bound(bounds, below + 1))
		{
			place.is_default = false;
			place.since = DatumGetTimestampTz(bounds->datums[below][0]);
			place.until = DatumGetTimestampTz(bounds->datums[below + 1][0]);
		}
	}
	if (at < 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("openlineage.event_store has no partition for events of this time"),
				 errhint("Attach openlineage.event_default again, as its default partition.")));
	place.partition = partitions->oids[at];
	return place;
}

/* The key of a partition: its unique index of time and hash. */
static Oid
key_of(Oid partition)
{
	Relation	table = table_open(partition, RowExclusiveLock);
	List	   *indexes = RelationGetIndexList(table);
	Oid			found = InvalidOid;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (index->rd_index->indisunique && index->rd_index->indnkeyatts == 2)
			found = lfirst_oid(cell);
		index_close(index, NoLock);
	}
	if (!OidIsValid(found))
		elog(ERROR, "partition \"%s\" has no key", RelationGetRelationName(table));
	table_close(table, NoLock);
	return found;
}

static void
close_partition(EventTable *table)
{
	if (!OidIsValid(table->place.partition))
		return;
	ol_writer_end(&table->rows);
	ol_probe_end(&table->by_key);
	table->place.partition = InvalidOid;
}

/*
 * maintain() may make a partition while the lock on another is waited for:
 * then the event belongs there.
 */
static OlSetPlace
lock_place(Relation parent, TimestampTz time)
{
	OlSetPlace	place;

	do
	{
		place = find_place(parent, time);
		LockRelationOid(place.partition, RowExclusiveLock);
	} while (find_place(parent, time).partition != place.partition);
	return place;
}

static void
open_partition(EventTable *table, TimestampTz time)
{
	if (find_place(table->parent, time).partition == table->place.partition)
		return;
	close_partition(table);
	table->place = lock_place(table->parent, time);
	ol_probe_begin_id(&table->by_key, key_of(table->place.partition), 2);
	ol_writer_begin_id(&table->rows, table->place.partition, columns,
					   EVENT_COLUMNS);
	table->place.name = RelationGetRelationName(table->rows.table);
	table->kinds = get_atttype(table->place.partition,
							   table->rows.columns[EVENT_KIND]);
}

static void
insert_event(EventTable *table, OlEvent *event)
{
	static const char *const kind_names[] = {"run", "job", "dataset"};
	const OlName *subject = event->job.id;
	Datum		values[EVENT_COLUMNS];
	bool		nulls[EVENT_COLUMNS] = {false};
	int64		template_id;
	int64		set_id = ol_dataset_set(&table->place, event);

	event->has_set = set_id != 0;
	values[EVENT_TIME] = TimestampTzGetDatum(event->time);
	values[EVENT_HASH] = UUIDPGetDatum(&event->hash);
	values[EVENT_RECEIVED_AT] =
		TimestampTzGetDatum(GetCurrentStatementStartTimestamp());
	values[EVENT_KIND] =
		ObjectIdGetDatum(ol_enum_value(table->kinds, kind_names[event->kind]));
	nulls[EVENT_TYPE] = event->type == NULL;
	if (event->type != NULL)
		values[EVENT_TYPE] = CStringGetTextDatum(event->type);
	values[EVENT_NAMESPACE_ID] = Int32GetDatum(subject->space->id);
	values[EVENT_NODE_ID] = Int32GetDatum(subject->own_id);
	values[EVENT_RUN_ID] = UUIDPGetDatum(&event->run_id);
	nulls[EVENT_RUN_ID] = event->kind != OL_EVENT_RUN;
	nulls[EVENT_PRINCIPAL] = table->principal == NULL;
	if (table->principal != NULL)
		values[EVENT_PRINCIPAL] = CStringGetTextDatum(table->principal);
	values[EVENT_IS_COMMAND] = BoolGetDatum(event->is_command);
	values[EVENT_PACKED] =
		PointerGetDatum(ol_template_pack(&table->templates, event,
										 table->rows.table, &template_id));
	values[EVENT_TEMPLATE_ID] = Int64GetDatum(template_id);
	nulls[EVENT_TEMPLATE_ID] = template_id == 0;
	values[EVENT_SET_ID] = Int64GetDatum(set_id);
	nulls[EVENT_SET_ID] = set_id == 0;
	ol_writer_add(&table->rows, values, nulls);
	pfree(DatumGetPointer(values[EVENT_PACKED]));
}

/* Stores the raw events; those that were there already leave the batch. */
void
ol_event_rows_store(OlBatch *batch)
{
	EventTable	table = {
		.parent = table_open(get_relname_relid("event_store", get_namespace_oid("openlineage", false)),
							 RowExclusiveLock),
		.principal = ol_claims_principal()
	};
	OlEvent   **sorted = palloc_array(OlEvent *, batch->nevents);
	int			kept = 0;

	ol_templates_begin(&table.templates);
	memcpy(sorted, batch->events, sizeof(OlEvent *) * batch->nevents);
	qsort(sorted, batch->nevents, sizeof(OlEvent *), compare_keys);
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = sorted[i];
		Datum		keys[] = {
			TimestampTzGetDatum(event->time), UUIDPGetDatum(&event->hash)
		};

		event->is_new = false;
		if (i > 0 && compare_keys(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		open_partition(&table, event->time);
		if (ol_probe_find(&table.by_key, keys))
			continue;
		insert_event(&table, event);
		event->is_new = true;
	}
	close_partition(&table);
	ol_templates_end(&table.templates);
	table_close(table.parent, NoLock);
	for (int i = 0; i < batch->nevents; i++)
	{
		if (batch->events[i]->is_new)
			batch->events[kept++] = batch->events[i];
	}
	batch->nevents = kept;
}
