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

#include "base/rows.h"
#include "catalog/pg_type.h"
#include "ingest/facet.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define CURRENT \
	"SELECT COALESCE(f.node_id, 0), f.run_id," \
	"       CASE f.io WHEN 'input' THEN 1 WHEN 'output' THEN 2 ELSE 0 END," \
	"       f.name, f.id, f.namespace_id, f.content_hash, f.event_time," \
	"       f.event_hash, f.is_deleted, f.is_hidden" \
	"  FROM openlineage.facet AS f "

static OlStatement facets_of_nodes = {
	CURRENT "WHERE f.node_id = ANY ($1) AND f.run_id IS NULL"
};

static OlStatement facets_of_runs = {
	CURRENT "WHERE f.run_id = ANY ($1)"
};

static OlStatement insert_content = {
	"INSERT INTO openlineage.facet_content (namespace_id, hash, body)"
	" SELECT DISTINCT ON (g.namespace_id, g.hash) g.namespace_id, g.hash, g.body::json"
	"   FROM unnest($1, $2, $3) AS g(namespace_id, hash, body)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.facet_content AS c"
	"                     WHERE c.namespace_id = g.namespace_id AND c.hash = g.hash)"
	"  ORDER BY g.namespace_id, g.hash"
	" ON CONFLICT DO NOTHING"
};

/* Rows come back in the order in which they were given. */
static OlStatement insert_facets = {
	"INSERT INTO openlineage.facet"
	"       (namespace_id, content_hash, event_time, event_hash, is_deleted,"
	"        is_hidden, node_id, run_id, io, name)"
	" SELECT g.namespace_id, g.content_hash, g.event_time, g.event_hash,"
	"        g.is_deleted, g.is_hidden, g.node_id, g.run_id,"
	"        g.io::openlineage.io_kind, g.name"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
	"        AS g(namespace_id, content_hash, event_time, event_hash, is_deleted,"
	"             is_hidden, node_id, run_id, io, name)"
	" RETURNING id"
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

static OlStatement touch_facets = {
	"UPDATE openlineage.facet AS f"
	"   SET event_time = g.event_time, event_hash = g.event_hash"
	"  FROM unnest($1, $2, $3) AS g(event_time, event_hash, id)"
	" WHERE f.id = g.id"
};

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

/* A stored row against the one that the batch has for its key, if any. */
static void
compare_stored(uint64 i, OlFacetRow *rows, int n)
{
	bool		isnull;
	Datum		run_id = ol_result(i, 2, &isnull);
	OlEvent		event;
	OlFacet		facet;
	OlFacetRow	key = {
		.node_id = ol_result_int(i, 1),.of_run = !isnull,
		.io = ol_result_int(i, 3),.event = &event,.facet = &facet
	};
	Stamp		stored;
	Stamp		told;
	OlFacetRow *row;

	if (key.of_run)
		event.run_id = *DatumGetUUIDP(run_id);
	facet.name = ol_result_text(i, 4);
	row = find_row(rows, n, &key);
	pfree(facet.name);
	if (row == NULL)
		return;
	row->id = ol_result_bigint(i, 5);
	stored.content = *DatumGetUUIDP(ol_result(i, 7, &isnull));
	stored.time = DatumGetTimestampTz(ol_result(i, 8, &isnull));
	stored.event = *DatumGetUUIDP(ol_result(i, 9, &isnull));
	told = stamp_of(row);
	row->won = compare_stamps(&told, &stored) > 0;
	row->changed = row->won &&
		(row->space_id != ol_result_int(i, 6) ||
		 ol_hash_cmp(&told.content, &stored.content) != 0 ||
		 row->facet->deleted != DatumGetBool(ol_result(i, 10, &isnull)) ||
		 row->event->is_command != DatumGetBool(ol_result(i, 11, &isnull)));
}

static void
find_stored(OlFacetRow *rows, int n)
{
	static const Oid node_types[] = {INT4OID};
	static const Oid run_types[] = {UUIDOID};
	OlRows	   *nodes = ol_rows_create(1, node_types);
	OlRows	   *runs = ol_rows_create(1, run_types);
	uint64		found;

	for (int i = 0; i < n; i++)
	{
		const OlFacetRow *row = &rows[i];
		const OlFacetRow *last = i == 0 ? NULL : &rows[i - 1];

		if (row->of_run)
		{
			if (last == NULL || !last->of_run ||
				memcmp(&row->event->run_id, &last->event->run_id, UUID_LEN) != 0)
				ol_rows_add(runs, UUIDPGetDatum(&row->event->run_id));
		}
		else if (last == NULL || last->of_run || row->node_id != last->node_id)
			ol_rows_add(nodes, Int32GetDatum(row->node_id));
	}
	found = ol_rows_execute(nodes, &facets_of_nodes);
	for (uint64 i = 0; i < found; i++)
		compare_stored(i, rows, n);
	found = ol_rows_execute(runs, &facets_of_runs);
	for (uint64 i = 0; i < found; i++)
		compare_stored(i, rows, n);
}

static void
store_content(const OlFacetRow *rows, int n)
{
	static const Oid types[] = {INT4OID, UUIDOID, TEXTOID};
	OlRows	   *content = ol_rows_create(lengthof(types), types);

	for (int i = 0; i < n; i++)
	{
		if (!rows[i].changed)
			continue;
		ol_rows_add(content, Int32GetDatum(rows[i].space_id));
		ol_rows_add(content, UUIDPGetDatum(&rows[i].facet->hash));
		ol_rows_add_bytes(content, rows[i].facet->body, rows[i].facet->len);
	}
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

static void
add_key(OlRows *values, const OlFacetRow *row)
{
	if (row->node_id == 0)
		ol_rows_add_null(values);
	else
		ol_rows_add(values, Int32GetDatum(row->node_id));
	if (row->of_run)
		ol_rows_add(values, UUIDPGetDatum(&row->event->run_id));
	else
		ol_rows_add_null(values);
	ol_rows_add_text(values, row->io == OL_IO_NONE ? NULL :
					 row->io == OL_IO_INPUT ? "input" : "output");
	ol_rows_add_text(values, row->facet->name);
}

/* New rows; they get their ids in the order of the keys. */
static void
insert_new(OlFacetRow *rows, int n)
{
	static const Oid types[] = {
		INT4OID, UUIDOID, TIMESTAMPTZOID, UUIDOID, BOOLOID, BOOLOID, INT4OID,
		UUIDOID, TEXTOID, TEXTOID
	};
	OlRows	   *values = ol_rows_create(lengthof(types), types);
	uint64		made;
	uint64		next = 0;

	for (int i = 0; i < n; i++)
	{
		if (rows[i].id != 0)
			continue;
		add_told(values, &rows[i]);
		add_key(values, &rows[i]);
	}
	made = ol_rows_execute(values, &insert_facets);
	if (made != (uint64) values->nrows)
		elog(ERROR, "could not insert all facets");
	for (int i = 0; i < n; i++)
	{
		if (rows[i].id == 0)
			rows[i].id = ol_result_bigint(next++, 1);
	}
}

static void
update_stored(const OlFacetRow *rows, int n)
{
	static const Oid change_types[] = {
		INT4OID, UUIDOID, TIMESTAMPTZOID, UUIDOID, BOOLOID, BOOLOID, INT8OID
	};
	static const Oid touch_types[] = {TIMESTAMPTZOID, UUIDOID, INT8OID};
	OlRows	   *changes = ol_rows_create(lengthof(change_types), change_types);
	OlRows	   *touches = ol_rows_create(lengthof(touch_types), touch_types);

	for (int i = 0; i < n; i++)
	{
		const OlFacetRow *row = &rows[i];

		if (row->id == 0 || !row->won)
			continue;
		if (row->changed)
		{
			add_told(changes, row);
			ol_rows_add(changes, Int64GetDatum(row->id));
			continue;
		}
		ol_rows_add(touches, TimestampTzGetDatum(row->event->time));
		ol_rows_add(touches, UUIDPGetDatum(&row->event->hash));
		ol_rows_add(touches, Int64GetDatum(row->id));
	}
	ol_rows_execute(changes, &change_facets);
	ol_rows_execute(touches, &touch_facets);
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
	update_stored(rows, n);
	insert_new(rows, n);
	return n;
}
