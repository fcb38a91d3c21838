/*-------------------------------------------------------------------------
 * facet_row.c
 *	  The current facet of each name: the latest by (time, hash, content).
 *
 * What a batch tells is compared with what is stored, which is read first,
 * set by set.  That is safe because the rows are ours until the transaction
 * ends: whoever writes facets of a node holds its row in one of the activity
 * tables, whoever writes facets of a run its advisory lock.  Most events
 * repeat what was told before; then only the time of a facet moves on.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "base/probe.h"
#include "base/rows.h"
#include "base/writer.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "ingest/facet.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

static OlStatement insert_content = {
	"INSERT INTO openlineage.facet_content (namespace_id, hash, body)"
	" SELECT DISTINCT ON (g.namespace_id, g.hash) g.namespace_id, g.hash, g.body::json"
	"   FROM unnest($1, $2, $3) AS g(namespace_id, hash, body)"
	"  ORDER BY g.namespace_id, g.hash"
	" ON CONFLICT DO NOTHING"
};

static OlStatement change_facets = {
	"UPDATE openlineage.facet AS f"
	"   SET namespace_id = g.namespace_id, content_hash = g.content_hash,"
	"       event_time = g.event_time, event_hash = g.event_hash,"
	"       is_deleted = g.is_deleted, is_hidden = g.is_hidden"
	"  FROM unnest($1, $2, $3, $4, $5, $6, $7)"
	"       AS g(namespace_id, content_hash, event_time, event_hash, is_deleted,"
	"            is_hidden, id)"
	" WHERE f.id = g.id"
};

/* Of openlineage.facet, what is read, and written where a facet is told again. */
typedef struct FacetTable
{
	OlProbe		of_nodes;
	OlProbe		of_runs;
	OlWriter	again;
	AttrNumber	id;
	AttrNumber	namespace_id;
	AttrNumber	node_id;
	AttrNumber	run_id;
	AttrNumber	io;
	AttrNumber	name;
	AttrNumber	content_hash;
	AttrNumber	event_time;
	AttrNumber	event_hash;
	AttrNumber	is_deleted;
	AttrNumber	is_hidden;
	Oid			input;
} FacetTable;

/* What decides between two facets of one key. */
typedef struct Stamp
{
	TimestampTz time;
	OlHash		event;
	OlHash		content;
} Stamp;

static int
compare_stamps(const Stamp *a, const Stamp *b)
{
	int			order;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	order = ol_hash_cmp(&a->event, &b->event);
	return order != 0 ? order : ol_hash_cmp(&a->content, &b->content);
}

static Stamp
stamp_of(const OlFacetRow *row)
{
	Stamp		stamp = {row->event->time, row->event->hash, row->facet->hash};

	return stamp;
}

/* Keys in some fixed order. */
static int
compare_keys(const OlFacetRow *a, const OlFacetRow *b)
{
	int			order;

	if (a->node_id != b->node_id)
		return a->node_id < b->node_id ? -1 : 1;
	if (a->of_run != b->of_run)
		return a->of_run ? 1 : -1;
	if (a->of_run &&
		(order = memcmp(&a->event->run_id, &b->event->run_id, UUID_LEN)) != 0)
		return order;
	if (a->io != b->io)
		return a->io < b->io ? -1 : 1;
	return strcmp(a->facet->name, b->facet->name);
}

static int
compare_rows(const void *a, const void *b)
{
	int			order = compare_keys(a, b);
	Stamp		left;
	Stamp		right;

	if (order != 0)
		return order;
	left = stamp_of(a);
	right = stamp_of(b);
	return compare_stamps(&left, &right);
}

/* Keeps the latest row of each key; returns how many there are. */
static int
keep_latest(OlFacetRow *rows, int n)
{
	int			kept = 0;

	qsort(rows, n, sizeof(OlFacetRow), compare_rows);
	for (int i = 0; i < n; i++)
	{
		if (i + 1 == n || compare_keys(&rows[i], &rows[i + 1]) != 0)
			rows[kept++] = rows[i];
	}
	return kept;
}

static OlFacetRow *
find_row(OlFacetRow *rows, int n, const OlFacetRow *key)
{
	int			low = 0;

	while (low < n)
	{
		int			middle = (low + n) / 2;
		int			order = compare_keys(&rows[middle], key);

		if (order == 0)
			return &rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return NULL;
}

static void
open_facets(FacetTable *facets)
{
	static const char *const told[] = {"event_time", "event_hash"};
	Oid			table;
	Oid			io_kind;

	ol_probe_begin(&facets->of_nodes, "facet_key", 2);
	ol_probe_begin(&facets->of_runs, "facet_run_idx", 1);
	ol_writer_begin(&facets->again, "facet", told, lengthof(told));
	table = RelationGetRelid(facets->again.table);
	facets->id = get_attnum(table, "id");
	facets->namespace_id = get_attnum(table, "namespace_id");
	facets->node_id = get_attnum(table, "node_id");
	facets->run_id = get_attnum(table, "run_id");
	facets->io = get_attnum(table, "io");
	facets->name = get_attnum(table, "name");
	facets->content_hash = get_attnum(table, "content_hash");
	facets->event_time = get_attnum(table, "event_time");
	facets->event_hash = get_attnum(table, "event_hash");
	facets->is_deleted = get_attnum(table, "is_deleted");
	facets->is_hidden = get_attnum(table, "is_hidden");
	io_kind = get_atttype(table, facets->io);
	facets->input = ol_enum_value(io_kind, "input");
}

static void
close_facets(FacetTable *facets)
{
	ol_writer_end(&facets->again);
	ol_probe_end(&facets->of_runs);
	ol_probe_end(&facets->of_nodes);
}

/* What the batch has for the key of a stored row, if anything. */
static OlFacetRow *
find_told(FacetTable *facets, OlProbe *stored, OlFacetRow *rows, int n)
{
	OlFacetRow	key = {0};
	OlEvent		event;
	OlFacet		facet;
	OlFacetRow *row;
	bool		isnull;
	Datum		value;

	value = ol_probe_column(stored, facets->node_id, &isnull);
	key.node_id = isnull ? 0 : DatumGetInt32(value);
	value = ol_probe_column(stored, facets->run_id, &isnull);
	key.of_run = !isnull;
	if (key.of_run)
		event.run_id = *DatumGetUUIDP(value);
	value = ol_probe_column(stored, facets->io, &isnull);
	key.io = isnull ? OL_IO_NONE :
		DatumGetObjectId(value) == facets->input ? OL_IO_INPUT : OL_IO_OUTPUT;
	value = ol_probe_column(stored, facets->name, &isnull);
	facet.name = TextDatumGetCString(value);
	key.event = &event;
	key.facet = &facet;
	row = find_row(rows, n, &key);
	pfree(facet.name);
	return row;
}

/* The row of the batch against the stored one that the probe is at. */
static void
compare_stored(FacetTable *facets, OlProbe *stored, OlFacetRow *row)
{
	bool		isnull;
	Stamp		told = stamp_of(row);
	Stamp		was;
	Datum		values[2];
	bool		nulls[] = {false, false};

#define STORED(column) ol_probe_column(stored, facets->column, &isnull)
	if (row->id != 0)
		return;					/* its run was looked up before */
	row->id = DatumGetInt64(STORED(id));
	was.content = *DatumGetUUIDP(STORED(content_hash));
	was.time = DatumGetTimestampTz(STORED(event_time));
	was.event = *DatumGetUUIDP(STORED(event_hash));
	row->won = compare_stamps(&told, &was) > 0;
	row->changed = row->won &&
		(row->space_id != DatumGetInt32(STORED(namespace_id)) ||
		 ol_hash_cmp(&told.content, &was.content) != 0 ||
		 row->facet->deleted != DatumGetBool(STORED(is_deleted)) ||
		 row->event->is_command != DatumGetBool(STORED(is_hidden)));
#undef STORED
	if (!row->won || row->changed)
		return;
	values[0] = TimestampTzGetDatum(told.time);
	values[1] = UUIDPGetDatum(&told.event);
	ol_writer_update(&facets->again, stored, values, nulls);
}

static void
compare_found(FacetTable *facets, OlProbe *probe, OlFacetRow *rows, int n)
{
	while (ol_probe_next(probe))
	{
		OlFacetRow *row = find_told(facets, probe, rows, n);

		if (row != NULL)
			compare_stored(facets, probe, row);
	}
}

/* Compares with what is stored; what is only told again gets its new time. */
static void
find_stored(OlFacetRow *rows, int n)
{
	static const bool without_run[] = {false, true};
	FacetTable	facets;

	open_facets(&facets);
	for (int i = 0; i < n; i++)
	{
		const OlFacetRow *row = &rows[i];
		const OlFacetRow *last = i == 0 ? NULL : &rows[i - 1];

		if (row->of_run)
		{
			Datum		run_id = UUIDPGetDatum(&row->event->run_id);

			if (last != NULL && last->of_run &&
				memcmp(&row->event->run_id, &last->event->run_id, UUID_LEN) == 0)
				continue;
			ol_probe_seek(&facets.of_runs, &run_id, NULL);
			compare_found(&facets, &facets.of_runs, rows, n);
		}
		else if (last == NULL || last->of_run || row->node_id != last->node_id)
		{
			Datum		keys[] = {Int32GetDatum(row->node_id), (Datum) 0};

			ol_probe_seek(&facets.of_nodes, keys, without_run);
			compare_found(&facets, &facets.of_nodes, rows, n);
		}
	}
	close_facets(&facets);
}

/*
 * Content that is not stored yet.  What is stored stays: retention deletes
 * none while a batch holds the lock on the table, purge() keeps ingest out.
 * A transaction that sees only what was there when it began asks the row.
 */
static void
store_content(const OlFacetRow *rows, int n)
{
	static const Oid types[] = {INT4OID, UUIDOID, TEXTOID};
	OlRows	   *content = ol_rows_create(lengthof(types), types);
	OlProbe		stored;

	LockRelationOid(get_relname_relid("facet_content", get_namespace_oid("openlineage", false)),
					RowExclusiveLock);
	ol_probe_begin(&stored, "facet_content_pkey", 2);
	for (int i = 0; i < n; i++)
	{
		Datum		keys[] = {
			Int32GetDatum(rows[i].space_id),
			UUIDPGetDatum(&rows[i].facet->hash)
		};

		if (!rows[i].changed)
			continue;
		if (ol_probe_find(&stored, keys) &&
			(!IsolationUsesXactSnapshot() || ol_probe_lock(&stored)))
			continue;
		ol_rows_add(content, keys[0]);
		ol_rows_add(content, keys[1]);
		ol_rows_add_bytes(content, rows[i].facet->body, rows[i].facet->len);
	}
	ol_probe_end(&stored);
	ol_rows_execute(content, &insert_content);
}

static void
add_told(OlRows *values, const OlFacetRow *row)
{
	ol_rows_add(values, Int32GetDatum(row->space_id));
	ol_rows_add(values, UUIDPGetDatum(&row->facet->hash));
	ol_rows_add(values, TimestampTzGetDatum(row->event->time));
	ol_rows_add(values, UUIDPGetDatum(&row->event->hash));
	ol_rows_add(values, BoolGetDatum(row->facet->deleted));
	ol_rows_add(values, BoolGetDatum(row->event->is_command));
}

/* Of openlineage.facet, in the order of columns[] below. */
enum
{
	FACET_ID, FACET_NAMESPACE_ID, FACET_NODE_ID, FACET_RUN_ID, FACET_IO,
	FACET_NAME, FACET_CONTENT_HASH, FACET_EVENT_TIME, FACET_EVENT_HASH,
	FACET_IS_DELETED, FACET_IS_HIDDEN, FACET_COLUMNS
};

/* New rows; they get their ids in the order of the keys. */
static void
insert_new(OlFacetRow *rows, int n)
{
	static const char *const columns[] = {
		"id", "namespace_id", "node_id", "run_id", "io", "name",
		"content_hash", "event_time", "event_hash", "is_deleted", "is_hidden"
	};
	static const char *const kinds[] = {NULL, "input", "output"};
	Oid			ids = get_relname_relid("facet_id_seq", get_namespace_oid("openlineage", false));
	OlWriter	facets;
	Oid			io_kind;

	ol_writer_begin(&facets, "facet", columns, FACET_COLUMNS);
	io_kind = get_atttype(RelationGetRelid(facets.table),
						  facets.columns[FACET_IO]);
	for (int i = 0; i < n; i++)
	{
		OlFacetRow *row = &rows[i];
		Datum		values[FACET_COLUMNS];
		bool		nulls[FACET_COLUMNS] = {false};

		if (row->id != 0)
			continue;
		row->id = nextval_internal(ids, false);
		values[FACET_ID] = Int64GetDatum(row->id);
		values[FACET_NAMESPACE_ID] = Int32GetDatum(row->space_id);
		values[FACET_NODE_ID] = Int32GetDatum(row->node_id);
		nulls[FACET_NODE_ID] = row->node_id == 0;
		values[FACET_RUN_ID] = UUIDPGetDatum(&row->event->run_id);
		nulls[FACET_RUN_ID] = !row->of_run;
		nulls[FACET_IO] = row->io == OL_IO_NONE;
		if (row->io != OL_IO_NONE)
			values[FACET_IO] = ObjectIdGetDatum(ol_enum_value(io_kind, kinds[row->io]));
		values[FACET_NAME] = CStringGetTextDatum(row->facet->name);
		values[FACET_CONTENT_HASH] = UUIDPGetDatum(&row->facet->hash);
		values[FACET_EVENT_TIME] = TimestampTzGetDatum(row->event->time);
		values[FACET_EVENT_HASH] = UUIDPGetDatum(&row->event->hash);
		values[FACET_IS_DELETED] = BoolGetDatum(row->facet->deleted);
		values[FACET_IS_HIDDEN] = BoolGetDatum(row->event->is_command);
		ol_writer_insert(&facets, values, nulls);
	}
	ol_writer_end(&facets);
}

static void
change_stored(const OlFacetRow *rows, int n)
{
	static const Oid types[] = {
		INT4OID, UUIDOID, TIMESTAMPTZOID, UUIDOID, BOOLOID, BOOLOID, INT8OID
	};
	OlRows	   *changes = ol_rows_create(lengthof(types), types);

	for (int i = 0; i < n; i++)
	{
		if (rows[i].id == 0 || !rows[i].changed)
			continue;
		add_told(changes, &rows[i]);
		ol_rows_add(changes, Int64GetDatum(rows[i].id));
	}
	ol_rows_execute(changes, &change_facets);
}

int
ol_facet_rows_store(OlFacetRow *rows, int n)
{
	for (int i = 0; i < n; i++)
	{
		rows[i].id = 0;
		rows[i].won = rows[i].changed = true;
	}
	n = keep_latest(rows, n);
	find_stored(rows, n);
	store_content(rows, n);
	change_stored(rows, n);
	insert_new(rows, n);
	return n;
}
