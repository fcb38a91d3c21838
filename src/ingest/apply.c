/*-------------------------------------------------------------------------
 * apply.c
 *	  A batch of events into the tables, table by table.
 *
 * The order of the steps is also the order in which rows are locked, the same
 * for every session, and within a step rows are taken in the order of their
 * keys: two batches with crossed names wait for each other, never in a circle.
 * An event whose bytes are stored already has been applied and is left out
 * after the first step.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/time.h"
#include "base/writer.h"
#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "ingest/dataset_set.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

static OlStatement insert_issues = {
	"INSERT INTO openlineage.event_issue"
	"       (namespace_id, event_time, event_hash, code, path, message)"
	" SELECT g.* FROM unnest($1, $2, $3, $4, $5, $6) AS g"
};

/* By what event_count counts; events without a type first. */
static int
compare_counted(const void *a, const void *b)
{
	const OlEvent *x = *(OlEvent *const *) a;
	const OlEvent *y = *(OlEvent *const *) b;
	int			spaces[] = {x->job.id->space->id, y->job.id->space->id};
	TimestampTz hours[] = {ol_time_hour(x->time), ol_time_hour(y->time)};

	if (spaces[0] != spaces[1])
		return spaces[0] < spaces[1] ? -1 : 1;
	if (hours[0] != hours[1])
		return hours[0] < hours[1] ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->type == NULL || y->type == NULL)
		return (x->type != NULL) - (y->type != NULL);
	return strcmp(x->type, y->type);
}

static void
insert_count(OlWriter *rows, Oid kinds, const OlEvent *event, int64 n)
{
	static const char *const kind_names[] = {"run", "job", "dataset"};
	Datum		values[] = {
		Int32GetDatum(event->job.id->space->id),
		TimestampTzGetDatum(ol_time_hour(event->time)),
		ObjectIdGetDatum(ol_enum_value(kinds, kind_names[event->kind])),
		event->type == NULL ? (Datum) 0 : CStringGetTextDatum(event->type),
		Int64GetDatum(n), BoolGetDatum(false)
	};
	bool		nulls[lengthof(values)] = {false};

	nulls[3] = event->type == NULL;
	ol_writer_insert(rows, values, nulls);
}

/* Counted is what producers sent. */
static void
store_counts(OlBatch *batch)
{
	static const char *const columns[] = {
		"namespace_id", "hour", "kind", "type", "n", "in_day"
	};
	OlEvent   **counted = palloc_array(OlEvent *, batch->nevents);
	int			n = 0;
	int			first = 0;
	OlWriter	rows;
	Oid			kinds;

	for (int i = 0; i < batch->nevents; i++)
	{
		if (!batch->events[i]->is_command)
			counted[n++] = batch->events[i];
	}
	qsort(counted, n, sizeof(OlEvent *), compare_counted);
	ol_writer_begin(&rows, "event_count", columns, lengthof(columns));
	kinds = get_atttype(RelationGetRelid(rows.table), rows.columns[2]);
	for (int i = 0; i < n; i++)
	{
		if (i + 1 < n && compare_counted(&counted[i], &counted[i + 1]) == 0)
			continue;
		insert_count(&rows, kinds, counted[i], i + 1 - first);
		first = i + 1;
	}
	ol_writer_end(&rows);
}

static void
store_issues(OlBatch *batch)
{
	static const Oid types[] = {
		INT4OID, TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID
	};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];
		ListCell   *cell;

		foreach(cell, event->issues)
		{
			OlIssue    *issue = lfirst(cell);

			ol_rows_add(rows, Int32GetDatum(event->job.id->space->id));
			ol_rows_add(rows, TimestampTzGetDatum(event->time));
			ol_rows_add(rows, UUIDPGetDatum(&event->hash));
			ol_rows_add_text(rows, issue->code);
			ol_rows_add_text(rows, issue->path);
			ol_rows_add_text(rows, issue->message);
		}
	}
	ol_rows_execute(rows, &insert_issues);
}

void
ol_batch_apply(OlBatch *batch)
{
	bool		new_aliases;

	ol_names_collect(batch);
	ol_runs_lock(batch);
	new_aliases = ol_aliases_unknown(batch);
	ol_aliases_lock(new_aliases);
	ol_names_resolve(batch);
	ol_names_show(batch);
	ol_event_rows_store(batch);
	if (batch->nevents == 0)
		return;
	ol_names_touch(batch);
	ol_runs_find(batch);
	if (!new_aliases)
		ol_facets_gather(batch);
	ol_names_entities(batch);
	if (new_aliases)
	{
		ol_aliases_apply(batch);
		ol_names_resolve(batch);
		ol_facets_gather(batch);
		ol_names_told(batch);
	}
	ol_runs_apply(batch);
	ol_parents_apply(batch);
	ol_versions_apply(batch);
	ol_facet_rows_apply(batch);
	ol_edges_apply(batch);
	ol_columns_apply(batch);
	ol_versions_finish(batch);
	ol_runs_finish(batch);
	ol_event_datasets_store(batch);
	store_counts(batch);
	store_issues(batch);
}
