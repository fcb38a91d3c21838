/*-------------------------------------------------------------------------
 * column_source.c
 *	  Which columnLineage facet the columns of a dataset are explained by.
 *
 * Of one job and dataset the facet of the latest event counts, unless the job
 * replaced its edges after it.  Mostly it says what the one before it said:
 * then the row of column_lineage_source gets another time, and the edges stay.
 * The row is ours: whoever changes it holds the row of its owner in
 * job_activity or dataset_activity, and we hold it (entity.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "catalog/pg_type.h"
#include "ingest/column_source.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

static OlStatement clear_edges = {
	"DELETE FROM openlineage.column_edge AS e"
	" USING unnest($1, $2) AS g(owner_id, dataset_id)"
	" WHERE e.owner_id = g.owner_id AND e.dataset_id = g.dataset_id"
	"   AND NOT e.explicit"
};

/* A facet as an event of the batch tells it. */
typedef struct ToldSource
{
	const OlEvent *event;
	OlColumnSource *source;
} ToldSource;

/* Of openlineage.column_lineage_source, in the order of columns[]. */
enum
{
	SOURCE_OWNER_ID, SOURCE_DATASET_ID, SOURCE_NAMESPACE_ID,
	SOURCE_DATASET_NAMESPACE_ID, SOURCE_CONTENT_HASH, SOURCE_EVENT_TIME,
	SOURCE_EVENT_HASH, SOURCE_COLUMNS
};

static const char *const columns[] = {
	"owner_id", "dataset_id", "namespace_id", "dataset_namespace_id",
	"content_hash", "event_time", "event_hash"
};

typedef struct SourceTable
{
	OlProbe		replaced;		/* edge_replacement, by owner */
	AttrNumber	replaced_time;
	AttrNumber	replaced_hash;
	OlProbe		stored;
	OlWriter	rows;
} SourceTable;

static void
open_sources(SourceTable *table)
{
	Oid			replacements;

	ol_probe_begin(&table->replaced, "edge_replacement_pkey", 1);
	replacements = RelationGetRelid(table->replaced.table);
	table->replaced_time = get_attnum(replacements, "event_time");
	table->replaced_hash = get_attnum(replacements, "event_hash");
	ol_probe_begin(&table->stored, "column_lineage_source_pkey", 2);
	ol_writer_begin(&table->rows, "column_lineage_source", columns,
					SOURCE_COLUMNS);
}

static void
close_sources(SourceTable *table)
{
	ol_writer_end(&table->rows);
	ol_probe_end(&table->stored);
	ol_probe_end(&table->replaced);
}

/* By owner and dataset, and of these the one that counts first. */
static int
compare_told(const void *a, const void *b)
{
	const ToldSource *x = a;
	const ToldSource *y = b;
	int			owners[] = {x->event->job.id->id, y->event->job.id->id};
	int			datasets[] = {x->source->dst.id->id, y->source->dst.id->id};
	int			order;

	if (owners[0] != owners[1])
		return owners[0] < owners[1] ? -1 : 1;
	if (datasets[0] != datasets[1])
		return datasets[0] < datasets[1] ? -1 : 1;
	order = ol_event_compare(y->event, x->event);
	return order != 0 ? order :
		ol_hash_cmp(&y->source->hash, &x->source->hash);
}

static ToldSource *
gather_sources(const OlBatch *batch, int *n)
{
	ToldSource *told;

	*n = 0;
	for (int i = 0; i < batch->nevents; i++)
		*n += list_length(batch->events[i]->column_sources);
	told = palloc_array(ToldSource, *n);
	*n = 0;
	for (int i = 0; i < batch->nevents; i++)
	{
		ListCell   *cell;

		foreach(cell, batch->events[i]->column_sources)
		{
			OlColumnSource *source = lfirst(cell);

			source->applies = false;	/* a batch may be tried again */
			told[*n].event = batch->events[i];
			told[(*n)++].source = source;
		}
	}
	qsort(told, *n, sizeof(ToldSource), compare_told);
	return told;
}

static bool
is_replaced(SourceTable *table, const OlEvent *event)
{
	Datum		owner = Int32GetDatum(event->job.id->id);
	Datum		time;
	Datum		hash;
	bool		isnull;

	if (!ol_probe_find(&table->replaced, &owner))
		return false;
	time = ol_probe_column(&table->replaced, table->replaced_time, &isnull);
	hash = ol_probe_column(&table->replaced, table->replaced_hash, &isnull);
	return ol_event_compare_stamp(event, DatumGetTimestampTz(time),
								  DatumGetUUIDP(hash)) < 0;
}

/* Stores what counts of one owner and dataset; whether edges are other now. */
static bool
store_source(SourceTable *table, const ToldSource *told)
{
	static const bool nulls[SOURCE_COLUMNS] = {false};
	const OlEvent *event = told->event;
	const OlName *dataset = told->source->dst.id;
	Datum		values[] = {
		Int32GetDatum(event->job.id->id), Int32GetDatum(dataset->id),
		Int32GetDatum(event->job.id->space_id),
		Int32GetDatum(dataset->space_id),
		UUIDPGetDatum(&told->source->hash), TimestampTzGetDatum(event->time),
		UUIDPGetDatum(&event->hash)
	};
	Datum		was[SOURCE_COLUMNS];
	bool		is_other;
	int			order;

	if (is_replaced(table, event))
		return false;
	if (!ol_probe_find_again(&table->stored, values))
	{
		ol_writer_insert(&table->rows, values, nulls);
		return true;
	}
	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		bool		isnull;

		was[i] = ol_probe_column(&table->stored, table->rows.columns[i],
								 &isnull);
	}
	order = ol_event_compare_stamp(event,
								   DatumGetTimestampTz(was[SOURCE_EVENT_TIME]),
								   DatumGetUUIDP(was[SOURCE_EVENT_HASH]));
	if (order == 0)
		order = ol_hash_cmp(&told->source->hash,
							DatumGetUUIDP(was[SOURCE_CONTENT_HASH]));
	if (order <= 0)
		return false;
	is_other = ol_hash_cmp(&told->source->hash,
						   DatumGetUUIDP(was[SOURCE_CONTENT_HASH])) != 0;
	values[SOURCE_NAMESPACE_ID] = was[SOURCE_NAMESPACE_ID];
	values[SOURCE_DATASET_NAMESPACE_ID] = was[SOURCE_DATASET_NAMESPACE_ID];
	ol_writer_update(&table->rows, &table->stored, values, nulls);
	return is_other;
}

void
ol_column_sources_apply(OlBatch *batch)
{
	static const Oid types[] = {INT4OID, INT4OID};
	OlRows	   *changed = ol_rows_create(lengthof(types), types);
	SourceTable table;
	int			n;
	ToldSource *told = gather_sources(batch, &n);

	if (n == 0)
		return;
	open_sources(&table);
	for (int i = 0; i < n; i++)
	{
		if (i > 0 &&
			told[i].event->job.id->id == told[i - 1].event->job.id->id &&
			told[i].source->dst.id->id == told[i - 1].source->dst.id->id)
			continue;
		if (!store_source(&table, &told[i]))
			continue;
		told[i].source->applies = true;
		ol_rows_add(changed, Int32GetDatum(told[i].event->job.id->id));
		ol_rows_add(changed, Int32GetDatum(told[i].source->dst.id->id));
	}
	close_sources(&table);
	ol_rows_execute(changed, &clear_edges);
}
