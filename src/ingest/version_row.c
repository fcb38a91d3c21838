/*-------------------------------------------------------------------------
 * version_row.c
 *	  Rows of dataset_version, and which of them is the current one.
 *
 * Most events tell of versions that are stored: their rows are looked up and
 * get other times without a statement.  That is safe because whoever changes
 * anything of a dataset holds its row in dataset_activity (entity.c).
 * The current version is that of the latest write, else of the latest read;
 * times only grow, so it is the one before the batch or one that it tells.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "catalog/pg_type.h"
#include "ingest/version.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

static OlStatement insert_schemas = {
	"INSERT INTO openlineage.dataset_schema (namespace_id, hash, fields)"
	" SELECT DISTINCT ON (g.namespace_id, g.hash) g.namespace_id, g.hash, g.fields::json"
	"   FROM unnest($1, $2, $3) AS g(namespace_id, hash, fields)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.dataset_schema AS s"
	"                     WHERE s.namespace_id = g.namespace_id AND s.hash = g.hash)"
	"  ORDER BY g.namespace_id, g.hash"
	" ON CONFLICT DO NOTHING"
};

/* Rows are one for each key; write times only of events that wrote the dataset. */
static OlStatement insert_versions = {
	"INSERT INTO openlineage.dataset_version AS v"
	"       (dataset_id, namespace_id, content_hash, source_name, schema_hash,"
	"        lifecycle_state, external_version, physical_name,"
	"        schema_location, created_at, last_seen_at,"
	"        first_write_at, last_write_at, created_by_run)"
	" SELECT g.* FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
	"                        $12, $13, $14)"
	"        AS g(dataset_id, namespace_id, content_hash, source_name, schema_hash,"
	"             lifecycle_state, external_version, physical_name, schema_location,"
	"             created_at, last_seen_at, first_write_at, last_write_at, run_id)"
	"  ORDER BY g.dataset_id, g.content_hash"
	" RETURNING v.dataset_id, v.content_hash, v.id"
};

static OlStatement set_current = {
	"UPDATE openlineage.dataset_activity AS a SET current_version_id = g.version_id"
	"  FROM unnest($1, $2) AS g(id, version_id)"
	" WHERE a.node_id = g.id"
};

/* Of openlineage.dataset_version, what is read and, but for the id, written. */
enum
{
	VERSION_CREATED_AT, VERSION_SEEN_AT, VERSION_FIRST_WRITE_AT,
	VERSION_LAST_WRITE_AT, VERSION_RUN, VERSION_COLUMNS
};

static const char *const columns[] = {
	"created_at", "last_seen_at", "first_write_at", "last_write_at",
	"created_by_run"
};

typedef struct VersionTable
{
	OlProbe		by_content;
	OlWriter	rows;
	AttrNumber	id;
} VersionTable;

static void
add_time(OlRows *rows, TimestampTz time)
{
	if (TIMESTAMP_NOT_FINITE(time))
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, TimestampTzGetDatum(time));
}

static void
add_version(OlRows *rows, OlRows *schemas, const OlVersion *version)
{
	const OlDataset *dataset = version->dataset;
	OlName	   *name = dataset->ref.id;

	ol_rows_add(rows, Int32GetDatum(name->id));
	ol_rows_add(rows, Int32GetDatum(name->space_id));
	ol_rows_add(rows, UUIDPGetDatum(&version->key.content));
	ol_rows_add_text(rows, dataset->source);
	if (dataset->schema == NULL)
		ol_rows_add_null(rows);
	else
	{
		ol_schema_load(dataset->schema);
		ol_rows_add(rows, UUIDPGetDatum(&dataset->schema->hash));
		ol_rows_add(schemas, Int32GetDatum(name->space_id));
		ol_rows_add(schemas, UUIDPGetDatum(&dataset->schema->hash));
		ol_rows_add_text(schemas, dataset->schema->json);
	}
	ol_rows_add_text(rows, dataset->lifecycle);
	ol_rows_add_text(rows, dataset->version);
	ol_rows_add_text(rows, dataset->physical_name);
	ol_rows_add_text(rows, dataset->schema_location);
	ol_rows_add(rows, TimestampTzGetDatum(version->created));
	ol_rows_add(rows, TimestampTzGetDatum(version->seen));
	add_time(rows, version->first_write);
	add_time(rows, version->last_write);
	if (version->has_run)
		ol_rows_add(rows, UUIDPGetDatum(&version->run));
	else
		ol_rows_add_null(rows);
}

/* Those that are not stored, and their columns. */
static void
insert_new(HTAB *versions, List *list)
{
	static const Oid schema_types[] = {INT4OID, UUIDOID, TEXTOID};
	static const Oid types[] = {
		INT4OID, INT4OID, UUIDOID, TEXTOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID,
		TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, UUIDOID
	};
	OlRows	   *schemas = ol_rows_create(lengthof(schema_types), schema_types);
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	ListCell   *cell;
	uint64		n;

	foreach(cell, list)
	{
		const OlVersion *version = lfirst(cell);

		if (version->id == 0)
			add_version(rows, schemas, version);
	}
	ol_rows_execute(schemas, &insert_schemas);
	n = ol_rows_execute(rows, &insert_versions);
	for (uint64 i = 0; i < n; i++)
	{
		OlVersionKey key;
		OlVersion  *version;
		bool		isnull;

		memset(&key, 0, sizeof(key));
		key.dataset_id = ol_result_int(i, 1);
		key.content = *DatumGetUUIDP(ol_result(i, 2, &isnull));
		version = hash_search(versions, &key, HASH_FIND, NULL);
		version->id = ol_result_bigint(i, 3);
	}
}

/*
 * Who made a version is the run of its first write; nobody when two tie and
 * one of them was of no run.
 */
static void
merge_run(OlVersion *version, TimestampTz stored_write, const Datum *was,
		  const bool *was_null)
{
	bool		had_run = !was_null[VERSION_RUN];
	const pg_uuid_t *run = had_run ? DatumGetUUIDP(was[VERSION_RUN]) : NULL;

	if (version->first_write == DT_NOEND || version->first_write > stored_write)
		version->has_run = had_run;
	else if (version->first_write == stored_write)
	{
		version->has_run = version->has_run && had_run;
		if (!version->has_run || memcmp(&version->run, run, UUID_LEN) < 0)
			return;
	}
	else
		return;
	if (had_run)
		version->run = *run;
}

/* Merges with the stored row that the probe is at; false: it says all of it. */
static bool
merge_stored(OlVersion *version, const Datum *was, const bool *was_null)
{
	TimestampTz created = DatumGetTimestampTz(was[VERSION_CREATED_AT]);
	TimestampTz seen = DatumGetTimestampTz(was[VERSION_SEEN_AT]);
	TimestampTz first = was_null[VERSION_FIRST_WRITE_AT] ? DT_NOEND :
	DatumGetTimestampTz(was[VERSION_FIRST_WRITE_AT]);
	TimestampTz last = was_null[VERSION_LAST_WRITE_AT] ? DT_NOBEGIN :
	DatumGetTimestampTz(was[VERSION_LAST_WRITE_AT]);

	merge_run(version, first, was, was_null);
	version->created = Min(version->created, created);
	version->seen = Max(version->seen, seen);
	version->first_write = Min(version->first_write, first);
	version->last_write = Max(version->last_write, last);
	return version->created != created || version->seen != seen ||
		version->first_write != first || version->last_write != last ||
		version->has_run == was_null[VERSION_RUN] ||
		(version->has_run &&
		 memcmp(&version->run, DatumGetUUIDP(was[VERSION_RUN]), UUID_LEN) != 0);
}

/* When the version is stored, its id and what both tell of it. */
static void
update_stored(VersionTable *table, OlVersion *version)
{
	Datum		keys[] = {
		Int32GetDatum(version->key.dataset_id),
		UUIDPGetDatum(&version->key.content)
	};
	Datum		values[VERSION_COLUMNS];
	bool		nulls[VERSION_COLUMNS];
	bool		isnull;

	version->id = 0;
	if (!ol_probe_find_again(&table->by_content, keys))
		return;
	version->id = DatumGetInt64(ol_probe_column(&table->by_content, table->id,
												&isnull));
	for (int i = 0; i < VERSION_COLUMNS; i++)
		values[i] = ol_probe_column(&table->by_content, table->rows.columns[i],
									&nulls[i]);
	if (!merge_stored(version, values, nulls))
		return;
	values[VERSION_CREATED_AT] = TimestampTzGetDatum(version->created);
	values[VERSION_SEEN_AT] = TimestampTzGetDatum(version->seen);
	values[VERSION_FIRST_WRITE_AT] = TimestampTzGetDatum(version->first_write);
	values[VERSION_LAST_WRITE_AT] = TimestampTzGetDatum(version->last_write);
	values[VERSION_RUN] = UUIDPGetDatum(&version->run);
	nulls[VERSION_FIRST_WRITE_AT] = version->first_write == DT_NOEND;
	nulls[VERSION_LAST_WRITE_AT] = version->last_write == DT_NOBEGIN;
	nulls[VERSION_RUN] = !version->has_run;
	ol_writer_update(&table->rows, &table->by_content, values, nulls);
}

void
ol_version_rows_store(HTAB *versions, List *list)
{
	VersionTable table;
	ListCell   *cell;

	if (list == NIL)
		return;
	ol_probe_begin(&table.by_content, "dataset_version_content_key", 2);
	ol_writer_begin(&table.rows, "dataset_version", columns, VERSION_COLUMNS);
	table.id = get_attnum(RelationGetRelid(table.rows.table), "id");
	foreach(cell, list)
		update_stored(&table, lfirst(cell));
	ol_writer_end(&table.rows);
	ol_probe_end(&table.by_content);
	insert_new(versions, list);
}

/* By dataset, and of one dataset the current version first. */
static int
compare_versions(const ListCell *a, const ListCell *b)
{
	const OlVersion *x = lfirst(a);
	const OlVersion *y = lfirst(b);

	if (x->key.dataset_id != y->key.dataset_id)
		return x->key.dataset_id < y->key.dataset_id ? -1 : 1;
	if (x->last_write != y->last_write)
		return x->last_write > y->last_write ? -1 : 1;
	if (x->seen != y->seen)
		return x->seen > y->seen ? -1 : 1;
	return ol_hash_cmp(&x->key.content, &y->key.content);
}

/* The version with this id as it is stored; false: there is none. */
static bool
find_version(OlProbe *by_id, int64 id, OlVersion *version)
{
	Oid			table = RelationGetRelid(by_id->table);
	Datum		key = Int64GetDatum(id);
	Datum		value;
	bool		isnull;

#define STORED(column) ol_probe_column(by_id, get_attnum(table, column), &isnull)
	if (!ol_probe_find(by_id, &key))
		return false;
	version->key.dataset_id = DatumGetInt32(STORED("dataset_id"));
	version->key.content = *DatumGetUUIDP(STORED("content_hash"));
	version->seen = DatumGetTimestampTz(STORED("last_seen_at"));
	value = STORED("last_write_at");
	version->last_write = isnull ? DT_NOBEGIN : DatumGetTimestampTz(value);
#undef STORED
	return true;
}

void
ol_version_rows_point(List *list)
{
	static const Oid current_types[] = {INT4OID, INT8OID};
	OlRows	   *current = ol_rows_create(lengthof(current_types), current_types);
	OlProbe		by_id;
	int			last_id = 0;
	ListCell   *cell;

	list_sort(list, compare_versions);
	ol_probe_begin(&by_id, "dataset_version_pkey", 1);
	foreach(cell, list)
	{
		OlVersion  *told = lfirst(cell);
		int64		was_id = told->dataset->ref.id->current_version;
		OlVersion	was;
		ListCell	cells[] = {{.ptr_value = told}, {.ptr_value = &was}};

		if (told->key.dataset_id == last_id)
			continue;
		last_id = told->key.dataset_id;
		if (was_id == told->id)
			continue;
		if (was_id == OL_VERSION_NONE ||
			!find_version(&by_id, was_id, &was) ||
			compare_versions(&cells[0], &cells[1]) < 0)
		{
			ol_rows_add(current, Int32GetDatum(last_id));
			ol_rows_add(current, Int64GetDatum(told->id));
		}
	}
	ol_probe_end(&by_id);
	ol_rows_execute(current, &set_current);
}
