/*-------------------------------------------------------------------------
 * dataset_set.c
 *	  Which datasets an event names, for lists of the events of a dataset.
 *
 * Mostly events of a job name the same datasets again and again.  The first
 * few get a row of event_dataset_store for each dataset; once they are seen to
 * repeat, these datasets are stored as a set of the job, and further events
 * refer to it.  So sets are few beside the events, also where every run has
 * datasets of its own.
 *
 * A set is of one partition and goes with it; events in the default partition,
 * whose rows may move to another, have none.  A process remembers the sets
 * that it has seen (known.c): a set is deleted with its job or its partition
 * alone, and neither a node id nor a partition comes again.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "catalog/namespace.h"
#include "commands/sequence.h"
#include "ingest/batch.h"
#include "ingest/dataset_set.h"
#include "ingest/known.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* Events that name the same datasets before these become a set. */
#define REPEATS 4

/* Of openlineage.event_dataset_store. */
static const char *const row_columns[] = {
	"dataset_id", "event_time", "event_hash", "namespace_id"
};

static bool
is_dataset(const OlEnd *end)
{
	return end->kind == OL_NODE_DATASET ||
		(end->kind == OL_NODE_STEP && end->target_kind == OL_NODE_DATASET);
}

static int
compare_ids(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

/* The datasets that an event names, sorted, each once. */
static int *
datasets_of(const OlEvent *event, int *n)
{
	int		   *ids = palloc_array(int, event->ndatasets +
								   2 * list_length(event->links));
	int			all = 0;
	ListCell   *cell;

	for (int i = 0; i < event->ndatasets; i++)
		ids[all++] = event->datasets[i].ref.id->own_id;
	foreach(cell, event->links)
	{
		OlLink	   *link = lfirst(cell);

		if (is_dataset(&link->src))
			ids[all++] = link->src.ref.id->own_id;
		if (is_dataset(&link->dst))
			ids[all++] = link->dst.ref.id->own_id;
	}
	qsort(ids, all, sizeof(int), compare_ids);
	*n = 0;
	for (int i = 0; i < all; i++)
	{
		if (*n == 0 || ids[*n - 1] != ids[i])
			ids[(*n)++] = ids[i];
	}
	return ids;
}

/* The stored set; 0: there is none. */
static int64
find_set(const OlKnownSetKey *key, const char *partition)
{
	Datum		keys[] = {
		Int32GetDatum(key->node_id), CStringGetTextDatum(partition),
		UUIDPGetDatum(&key->hash)
	};
	OlProbe		probe;
	int64		id = 0;

	ol_probe_begin(&probe, "dataset_set_node_idx", lengthof(keys));
	if (ol_probe_find(&probe, keys))
	{
		bool		isnull;

		id = DatumGetInt64(ol_probe_column(&probe, get_attnum(RelationGetRelid(probe.table), "id"), &isnull));
	}
	ol_probe_end(&probe);
	return id;
}

static void
insert_members(int64 id, const OlEvent *event, const int *ids, int n)
{
	static const char *const columns[] = {
		"dataset_id", "set_id", "namespace_id"
	};
	static const bool nulls[lengthof(columns)] = {false};
	OlWriter	rows;

	ol_writer_begin(&rows, "dataset_set_member", columns, lengthof(columns));
	for (int i = 0; i < n; i++)
	{
		Datum		values[] = {
			Int32GetDatum(ids[i]), Int64GetDatum(id),
			Int32GetDatum(event->job.id->space->id)
		};

		ol_writer_add(&rows, values, nulls);
	}
	ol_writer_end(&rows);
}

/* Another session may make the same set meanwhile: both are good. */
static int64
make_set(const OlSetPlace *place, const OlKnownSetKey *key,
		 const OlEvent *event, const int *ids, int n)
{
	static const char *const columns[] = {
		"id", "namespace_id", "node_id", "partition", "since", "until", "hash"
	};
	static const bool nulls[lengthof(columns)] = {false};
	Oid			sequence = get_relname_relid("dataset_set_id_seq",
											 get_namespace_oid("openlineage", false));
	int64		id = nextval_internal(sequence, false);
	Datum		values[] = {
		Int64GetDatum(id), Int32GetDatum(event->job.id->space->id),
		Int32GetDatum(key->node_id), CStringGetTextDatum(place->name),
		TimestampTzGetDatum(place->since), TimestampTzGetDatum(place->until),
		UUIDPGetDatum(&key->hash)
	};
	OlWriter	rows;

	ol_writer_begin(&rows, "dataset_set", columns, lengthof(columns));
	ol_writer_insert(&rows, values, nulls);
	ol_writer_end(&rows);
	insert_members(id, event, ids, n);
	return id;
}

/* The set that an event of this partition refers to; 0: it has rows instead. */
int64
ol_dataset_set(const OlSetPlace *place, const OlEvent *event)
{
	OlKnownSetKey key = {event->job.id->own_id, place->partition};
	OlKnownSet *set;
	int64		id;
	int			n;
	int		   *ids;

	if (place->is_default || event->is_command)
		return 0;
	ids = datasets_of(event, &n);
	if (n == 0)
		return 0;
	key.hash = ol_hash(ids, n * sizeof(int));
	set = ol_known_set(&key);
	if (set->id == 0 && set->nseen == 0)
		set->id = find_set(&key, place->name);
	id = set->id;
	if (id == 0 && ++set->nseen == REPEATS)
	{
		id = make_set(place, &key, event, ids, n);
		ol_known_set(&key)->id = id;
	}
	pfree(ids);
	return id;
}

/* A command is not shown. */
static bool
needs_rows(const OlEvent *event)
{
	return !event->is_command && !event->has_set;
}

static void
store_event_datasets(OlWriter *rows, const OlEvent *event)
{
	static const bool nulls[lengthof(row_columns)] = {false};
	int			n;
	int		   *ids = datasets_of(event, &n);

	for (int i = 0; i < n; i++)
	{
		Datum		values[] = {
			Int32GetDatum(ids[i]), TimestampTzGetDatum(event->time),
			UUIDPGetDatum(&event->hash),
			Int32GetDatum(event->job.id->space->id)
		};

		ol_writer_add(rows, values, nulls);
	}
	pfree(ids);
}

/* The rows of events without a set; they are new, so there are none of them. */
void
ol_event_datasets_store(OlBatch *batch)
{
	OlWriter	rows;
	int			first = 0;

	while (first < batch->nevents && !needs_rows(batch->events[first]))
		first++;
	if (first == batch->nevents)
		return;
	ol_writer_begin(&rows, "event_dataset_store", row_columns,
					lengthof(row_columns));
	for (int i = first; i < batch->nevents; i++)
	{
		if (needs_rows(batch->events[i]))
			store_event_datasets(&rows, batch->events[i]);
	}
	ol_writer_end(&rows);
}
