/*-------------------------------------------------------------------------
 * source.c
 *	  Sources of datasets, as their dataSource facets name them.
 *
 * A few sources are named by nearly every event: their rows are locked in the
 * order of their keys and get another time.  What is not there, or told for an
 * earlier time than ever before, is left to a statement.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Rows are one for each source. */
static OlStatement upsert_sources = {
	"INSERT INTO openlineage.source AS s"
	"       (namespace_id, name, connection_url, created_at, event_time, event_hash)"
	" SELECT g.namespace_id, g.name, g.url, g.created_at, g.at, g.hash"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7)"
	"        AS g(namespace_id, name_hash, name, url, created_at, at, hash)"
	"  ORDER BY g.namespace_id, g.name_hash"
	" ON CONFLICT (namespace_id, name_hash) DO UPDATE SET"
	"   created_at = LEAST(s.created_at, excluded.created_at),"
	"   connection_url = CASE WHEN (excluded.event_time, excluded.event_hash) > (s.event_time, s.event_hash)"
	"                         THEN excluded.connection_url ELSE s.connection_url END,"
	"   event_hash = CASE WHEN (excluded.event_time, excluded.event_hash) > (s.event_time, s.event_hash)"
	"                     THEN excluded.event_hash ELSE s.event_hash END,"
	"   event_time = GREATEST(s.event_time, excluded.event_time)"
};

/* Of openlineage.source, what is read and written here. */
enum
{
	SOURCE_CREATED_AT, SOURCE_URL, SOURCE_EVENT_TIME, SOURCE_EVENT_HASH,
	SOURCE_NAME_HASH, SOURCE_COLUMNS
};

/* A source as the batch tells it: the latest by (time, hash, url). */
typedef struct SourceKey
{
	int			space_id;
	OlHash		name;
} SourceKey;

typedef struct Source
{
	SourceKey	key;
	const OlEvent *event;
	const OlDataset *dataset;
	TimestampTz created;
} Source;

/* An unknown URL comes after every known one. */
static int
compare_urls(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	return strcmp(a, b);
}

static bool
is_newer(const OlEvent *event, const OlDataset *dataset, const Source *source)
{
	int			order = ol_event_compare(event, source->event);

	return order > 0 ||
		(order == 0 && compare_urls(dataset->source_uri,
									source->dataset->source_uri) > 0);
}

static void
merge_source(HTAB *sources, const OlEvent *event, const OlDataset *dataset)
{
	SourceKey	key;
	Source	   *source;
	bool		found;

	memset(&key, 0, sizeof(key));
	key.space_id = dataset->ref.id->space->id;
	key.name = strcmp(dataset->source, dataset->ref.space) == 0 ?
		dataset->ref.id->space->hash :
		ol_hash(dataset->source, strlen(dataset->source));
	source = hash_search(sources, &key, HASH_ENTER, &found);
	if (!found || is_newer(event, dataset, source))
	{
		source->event = event;
		source->dataset = dataset;
	}
	source->created = found ? Min(source->created, event->time) : event->time;
}

/* Those that the batch names.  A command says nothing of what it names. */
static HTAB *
gather_sources(const OlBatch *batch)
{
	HASHCTL		control = {.keysize = sizeof(SourceKey),
		.entrysize = sizeof(Source),.hcxt = CurrentMemoryContext
	};
	HTAB	   *sources = hash_create("sources of a batch", 64, &control,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < batch->nevents; i++)
	{
		const OlEvent *event = batch->events[i];

		for (int j = 0; j < event->ndatasets; j++)
		{
			if (event->datasets[j].source != NULL && !event->is_command)
				merge_source(sources, event, &event->datasets[j]);
		}
	}
	return sources;
}

static int
compare_sources(const void *a, const void *b)
{
	const SourceKey *x = &(*(Source *const *) a)->key;
	const SourceKey *y = &(*(Source *const *) b)->key;

	if (x->space_id != y->space_id)
		return x->space_id < y->space_id ? -1 : 1;
	return ol_hash_cmp(&x->name, &y->name);
}

static Source **
sort_sources(HTAB *sources, int *n)
{
	Source	  **sorted = palloc_array(Source *, hash_get_num_entries(sources) + 1);
	HASH_SEQ_STATUS scan;
	Source	   *source;

	*n = 0;
	hash_seq_init(&scan, sources);
	while ((source = hash_seq_search(&scan)) != NULL)
		sorted[(*n)++] = source;
	qsort(sorted, *n, sizeof(Source *), compare_sources);
	return sorted;
}

/*
 * The row that the probe is at, and has locked, with what the batch tells;
 * false: it is older, which a trigger has to see.
 */
static bool
update_source(OlProbe *stored, OlWriter *rows, const Source *source)
{
	const char *url = source->dataset->source_uri;
	Datum		values[SOURCE_COLUMNS];
	bool		nulls[SOURCE_COLUMNS];

	for (int i = 0; i < SOURCE_COLUMNS; i++)
		values[i] = ol_probe_column(stored, rows->columns[i], &nulls[i]);
	if (source->created < DatumGetTimestampTz(values[SOURCE_CREATED_AT]))
		return false;
	if (ol_event_compare_stamp(source->event,
							   DatumGetTimestampTz(values[SOURCE_EVENT_TIME]),
							   DatumGetUUIDP(values[SOURCE_EVENT_HASH])) <= 0)
		return true;
	nulls[SOURCE_URL] = url == NULL;
	values[SOURCE_URL] = url == NULL ? (Datum) 0 : CStringGetTextDatum(url);
	values[SOURCE_EVENT_TIME] = TimestampTzGetDatum(source->event->time);
	values[SOURCE_EVENT_HASH] = UUIDPGetDatum(&source->event->hash);
	ol_writer_update(rows, stored, values, nulls);
	return true;
}

static void
add_source(OlRows *rows, const Source *source)
{
	ol_rows_add(rows, Int32GetDatum(source->key.space_id));
	ol_rows_add(rows, UUIDPGetDatum(&source->key.name));
	ol_rows_add_text(rows, source->dataset->source);
	ol_rows_add_text(rows, source->dataset->source_uri);
	ol_rows_add(rows, TimestampTzGetDatum(source->created));
	ol_rows_add(rows, TimestampTzGetDatum(source->event->time));
	ol_rows_add(rows, UUIDPGetDatum(&source->event->hash));
}

void
ol_sources_apply(OlBatch *batch)
{
	static const Oid types[] = {
		INT4OID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		UUIDOID
	};
	static const char *const columns[] = {
		"created_at", "connection_url", "event_time", "event_hash",
		"name_hash"				/* given, so not made again from the name */
	};
	int			n;
	Source	  **sources = sort_sources(gather_sources(batch), &n);
	OlRows	   *others = ol_rows_create(lengthof(types), types);
	OlProbe		stored;
	OlWriter	rows;

	if (n == 0)
		return;
	ol_probe_begin(&stored, "source_pkey", 2);
	ol_writer_begin(&rows, "source", columns, SOURCE_COLUMNS);
	for (int i = 0; i < n; i++)
	{
		Datum		keys[] = {
			Int32GetDatum(sources[i]->key.space_id),
			UUIDPGetDatum(&sources[i]->key.name)
		};

		if (!ol_probe_find_again(&stored, keys) || !ol_probe_lock(&stored) ||
			!update_source(&stored, &rows, sources[i]))
			add_source(others, sources[i]);
	}
	ol_writer_end(&rows);
	ol_probe_end(&stored);
	ol_rows_execute(others, &upsert_sources);
}
