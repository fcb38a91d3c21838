/*-------------------------------------------------------------------------
 * facet_row.c
 *	  The current facet of each name: the latest by (time, hash, content).
 *
 * What a batch tells is compared with what is stored, which is read first,
 * set by set.  That is safe because the rows are ours until the transaction
 * ends: whoever writes facets of a node holds its row in one of the activity
 * tables, whoever writes facets of a run its advisory lock.  Where a facet of a
 * node is only told again, nothing is written here (told.c).
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
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

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

int
ol_facet_stamp_cmp(const OlFacetStamp *a, const OlFacetStamp *b)
{
	int			order;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	order = ol_hash_cmp(&a->event, &b->event);
	return order != 0 ? order : ol_hash_cmp(&a->content, &b->content);
}

OlFacetStamp
ol_facet_stamp(const OlFacetRow *row)
{
	OlFacetStamp stamp = {row->event->time, row->event->hash, row->facet->hash};

	return stamp;
}

/*
 * What the key of a row begins with: its node, whether it is of a run and, if
 * not, of what and its name.  Rows come from all over the memory of a batch;
 * most of them are told apart by this.
 */
static uint64
rank_of(const OlFacetRow *row)
{
	const unsigned char *name = (const unsigned char *) row->facet->name;
	uint32		rest = 0;

	if (row->of_run)
		rest = (uint32) 1 << 31;
	else
	{
		for (int i = 0; i < 3; i++)
			rest = rest << 8 | (*name != '\0' ? *name++ : 0);
		rest |= (uint32) row->io << 24;
	}
	return (uint64) (uint32) row->node_id << 32 | rest;
}

/* Keys in some fixed order. */
static int
compare_keys(const OlFacetRow *a, const OlFacetRow *b)
{
	int			order;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->of_run &&
		(order = memcmp(&a->event->run_id, &b->event->run_id, UUID_LEN)) != 0)
		return order;
	if (a->io != b->io)
		return a->io < b->io ? -1 : 1;
	return strcmp(a->facet->name, b->facet->name);
}

static int
compare_rows(const OlFacetRow *a, const OlFacetRow *b)
{
	int			order = compare_keys(a, b);
	OlFacetStamp left;
	OlFacetStamp right;

	if (order != 0)
		return order;
	left = ol_facet_stamp(a);
	right = ol_facet_stamp(b);
	return ol_facet_stamp_cmp(&left, &right);
}

/* What is sorted instead of rows, which are five times as large. */
typedef struct Ranked
{
	uint64		rank;
	const OlFacetRow *row;
} Ranked;

#define ST_SORT sort_ranked
#define ST_ELEMENT_TYPE Ranked
#define ST_COMPARE(a, b) \
	((a)->rank != (b)->rank ? ((a)->rank < (b)->rank ? -1 : 1) : \
	 compare_rows((a)->row, (b)->row))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* The latest row of each key, by key; *n: how many there are. */
static OlFacetRow *
keep_latest(const OlFacetRow *rows, int *n)
{
	Ranked	   *sorted = palloc_extended(sizeof(Ranked) * ((Size) *n + 1),
										 MCXT_ALLOC_HUGE);
	OlFacetRow *kept = palloc_extended(sizeof(OlFacetRow) * ((Size) *n + 1),
									   MCXT_ALLOC_HUGE);
	int			nkept = 0;

	for (int i = 0; i < *n; i++)
	{
		sorted[i].rank = rows[i].rank;
		sorted[i].row = &rows[i];
	}
	sort_ranked(sorted, *n);
	for (int i = 0; i < *n; i++)
	{
		if (i + 1 == *n || compare_keys(sorted[i].row, sorted[i + 1].row) != 0)
			kept[nkept++] = *sorted[i].row;
	}
	pfree(sorted);
	*n = nkept;
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

static FacetTable *
open_facets(void)
{
	static const char *const told[] = {"event_time", "event_hash"};
	FacetTable *facets = palloc(sizeof(FacetTable));
	Oid			table;
	Oid			io_kind;

	ol_probe_begin(&facets->of_nodes, "facet_key", 2);
	ol_probe_begin(&facets->of_runs, "facet_key", 1);
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
	return facets;
}

static void
close_facets(FacetTable *facets)
{
	ol_writer_end(&facets->again);
	ol_probe_end(&facets->of_runs);
	ol_probe_end(&facets->of_nodes);
	pfree(facets);
}

/* What the batch has for the key of a stored row, if anything. */
static OlFacetRow *
find_told(FacetTable *facets, OlProbe *stored, const OlFacetRows *rows)
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
	key.rank = rank_of(&key);
	row = find_row(rows->items, rows->n, &key);
	pfree(facet.name);
	return row;
}

/* The row of the batch against the stored one that the probe is at. */
static void
compare_stored(FacetTable *facets, OlProbe *stored, OlFacetRow *row)
{
	bool		isnull;
	OlFacetStamp told = ol_facet_stamp(row);
	OlFacetStamp was;

#define STORED(column) ol_probe_column(stored, facets->column, &isnull)
	row->id = DatumGetInt64(STORED(id));
	was.content = *DatumGetUUIDP(STORED(content_hash));
	was.time = DatumGetTimestampTz(STORED(event_time));
	was.event = *DatumGetUUIDP(STORED(event_hash));
	row->won = ol_facet_stamp_cmp(&told, &was) > 0;
	row->changed = row->won &&
		(row->space_id != DatumGetInt32(STORED(namespace_id)) ||
		 ol_hash_cmp(&told.content, &was.content) != 0 ||
		 row->facet->deleted != DatumGetBool(STORED(is_deleted)) ||
		 row->event->is_command != DatumGetBool(STORED(is_hidden)));
#undef STORED
}

/* A facet that is only told again gets its new time. */
static void
move_time(FacetTable *facets, OlProbe *stored, const OlFacetRow *row)
{
	static const bool nulls[] = {false, false};
	Datum		values[] = {
		TimestampTzGetDatum(row->event->time),
		UUIDPGetDatum(&row->event->hash)
	};

	ol_writer_update(&facets->again, stored, values, nulls);
}

/* The batch's rows against those that the probe comes to. */
static void
compare_found(FacetTable *facets, OlProbe *probe, OlFacetRows *rows,
			  bool move_times)
{
	while (ol_probe_next(probe))
	{
		OlFacetRow *row = find_told(facets, probe, rows);

		if (row == NULL || row->is_told || row->is_compared)
			continue;
		compare_stored(facets, probe, row);
		row->is_compared = move_times;
		if (move_times && row->won && !row->changed)
			move_time(facets, probe, row);
	}
}

static void
compare_node(FacetTable *facets, OlFacetRows *rows, int node_id,
			 bool move_times)
{
	static const bool without_run[] = {true, false};
	Datum		keys[] = {(Datum) 0, Int32GetDatum(node_id)};

	ol_probe_seek(&facets->of_nodes, keys, without_run);
	compare_found(facets, &facets->of_nodes, rows, move_times);
}

static void
compare_run(FacetTable *facets, OlFacetRows *rows, const pg_uuid_t *run_id,
			bool move_times)
{
	Datum		key = UUIDPGetDatum(run_id);

	ol_probe_seek(&facets->of_runs, &key, NULL);
	compare_found(facets, &facets->of_runs, rows, move_times);
}

/*
 * Sets id, won and changed of the own rows of the node or run that this one is
 * of by what is stored, and writes nothing.  Looks anew each time: the lock on
 * the node may have been waited for.
 */
void
ol_facet_rows_compare(OlFacetRows *rows, const OlFacetRow *own)
{
	FacetTable *facets = open_facets();

	if (own->of_run)
		compare_run(facets, rows, &own->event->run_id, false);
	else
		compare_node(facets, rows, own->node_id, false);
	close_facets(facets);
}

/*
 * Compares what told.c has not decided with what is stored; what is only told
 * again gets its new time.  A run that was not there has no facets stored.
 */
static void
find_stored(OlFacetRows *rows, HTAB *known_runs)
{
	FacetTable *facets = NULL;
	int			last_node = 0;
	const pg_uuid_t *last_run = NULL;

	for (int i = 0; i < rows->n; i++)
	{
		const OlFacetRow *row = &rows->items[i];

		if (row->is_told ||
			(row->of_run && hash_search(known_runs, &row->event->run_id,
										HASH_FIND, NULL) == NULL))
			continue;
		if (facets == NULL)
			facets = open_facets();
		if (!row->of_run)
		{
			if (row->node_id != last_node)
				compare_node(facets, rows, row->node_id, true);
			last_node = row->node_id;
			continue;
		}
		if (last_run != NULL &&
			memcmp(&row->event->run_id, last_run, UUID_LEN) == 0)
			continue;
		last_run = &row->event->run_id;
		compare_run(facets, rows, last_run, true);
	}
	if (facets != NULL)
		close_facets(facets);
}

/* By what their content is stored by. */
static int
compare_content(const void *a, const void *b)
{
	const OlFacetRow *x = *(OlFacetRow *const *) a;
	const OlFacetRow *y = *(OlFacetRow *const *) b;

	if (x->space_id != y->space_id)
		return x->space_id < y->space_id ? -1 : 1;
	return ol_hash_cmp(&x->facet->hash, &y->facet->hash);
}

/* One row of each content that may have to be stored, in its order. */
static OlFacetRow **
changed_content(OlFacetRow *rows, int n, int *ncontent)
{
	OlFacetRow **changed = palloc_array(OlFacetRow *, n + 1);
	int			nchanged = 0;
	int			kept = 0;

	for (int i = 0; i < n; i++)
	{
		if (rows[i].changed)
			changed[nchanged++] = &rows[i];
	}
	qsort(changed, nchanged, sizeof(OlFacetRow *), compare_content);
	for (int i = 0; i < nchanged; i++)
	{
		if (kept == 0 || compare_content(&changed[kept - 1], &changed[i]) != 0)
			changed[kept++] = changed[i];
	}
	*ncontent = kept;
	return changed;
}

static void
insert_content(OlWriter *writer, const OlFacetRow *row)
{
	static const bool nulls[] = {false, false, false};
	char	   *body = pnstrdup(row->facet->body, row->facet->len);
	Datum		values[] = {
		Int32GetDatum(row->space_id), UUIDPGetDatum(&row->facet->hash),
		DirectFunctionCall1(json_in, CStringGetDatum(body))
	};

	ol_writer_insert_absent(writer, values, nulls);
	pfree(DatumGetPointer(values[2]));
	pfree(body);
}

/*
 * Content that is not stored yet.  What is stored stays: retention deletes
 * none while a batch holds the lock on the table, purge() keeps ingest out.
 * A transaction that sees only what was there when it began asks the row.
 */
static void
store_content(OlFacetRow *rows, int n)
{
	static const char *const columns[] = {"namespace_id", "hash", "body"};
	int			ncontent;
	OlFacetRow **content = changed_content(rows, n, &ncontent);
	OlProbe		stored;
	OlWriter	writer;

	if (ncontent == 0)
		return;
	ol_writer_begin(&writer, "facet_content", columns, lengthof(columns));
	ol_probe_begin(&stored, "facet_content_pkey", 2);
	for (int i = 0; i < ncontent; i++)
	{
		Datum		keys[] = {
			Int32GetDatum(content[i]->space_id),
			UUIDPGetDatum(&content[i]->facet->hash)
		};

		if (ol_probe_find(&stored, keys) &&
			(!IsolationUsesXactSnapshot() || ol_probe_lock(&stored)))
			continue;
		insert_content(&writer, content[i]);
	}
	ol_probe_end(&stored);
	ol_writer_end(&writer);
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

int64
ol_facet_new_id(void)
{
	return nextval_internal(get_relname_relid("facet_id_seq", get_namespace_oid("openlineage", false)), false);
}

static void
insert_new(OlFacetRow *rows, int n)
{
	static const char *const columns[] = {
		"id", "namespace_id", "node_id", "run_id", "io", "name",
		"content_hash", "event_time", "event_hash", "is_deleted", "is_hidden"
	};
	static const char *const kinds[] = {NULL, "input", "output"};
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

		if (row->id != 0 && !row->is_new)
			continue;
		if (!row->is_new)
			row->id = ol_facet_new_id();
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
		ol_writer_add(&facets, values, nulls);
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
		if (rows[i].id == 0 || rows[i].is_new || !rows[i].changed)
			continue;
		add_told(changes, &rows[i]);
		ol_rows_add(changes, Int64GetDatum(rows[i].id));
	}
	ol_rows_execute(changes, &change_facets);
}

/* Sorts the rows and keeps the latest of each key. */
OlFacetRows *
ol_facet_rows_begin(OlFacetRow *items, int n)
{
	OlFacetRows *rows = palloc0(sizeof(OlFacetRows));

	for (int i = 0; i < n; i++)
	{
		items[i].rank = rank_of(&items[i]);
		items[i].won = items[i].changed = true;
	}
	rows->n = n;
	rows->items = keep_latest(items, &rows->n);
	return rows;
}

/* Those of a node's own facets. */
OlFacetRow *
ol_facet_rows_of_node(OlFacetRows *rows, int node_id, int *n)
{
	int			low = 0;
	int			high = rows->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (rows->items[middle].node_id < node_id)
			low = middle + 1;
		else
			high = middle;
	}
	*n = 0;
	while (low + *n < rows->n && rows->items[low + *n].node_id == node_id &&
		   !rows->items[low + *n].of_run &&
		   rows->items[low + *n].io == OL_IO_NONE)
		(*n)++;
	return &rows->items[low];
}

/* Those of a run's own: they come before all of nodes. */
OlFacetRow *
ol_facet_rows_of_run(OlFacetRows *rows, const pg_uuid_t *run_id, int *n)
{
	int			low = 0;
	int			high = rows->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		const OlFacetRow *row = &rows->items[middle];

		if (row->node_id == 0 &&
			memcmp(&row->event->run_id, run_id, UUID_LEN) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*n = 0;
	while (low + *n < rows->n && rows->items[low + *n].node_id == 0 &&
		   memcmp(&rows->items[low + *n].event->run_id, run_id, UUID_LEN) == 0)
		(*n)++;
	return &rows->items[low];
}

/* Brings the tables up to date; known_runs were there before the batch. */
void
ol_facet_rows_store(OlFacetRows *rows, HTAB *known_runs)
{
	find_stored(rows, known_runs);
	store_content(rows->items, rows->n);
	change_stored(rows->items, rows->n);
	insert_new(rows->items, rows->n);
}
