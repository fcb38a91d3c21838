/*-------------------------------------------------------------------------
 * column.c
 *	  Columns of datasets and the edges between them.
 *
 * The columns of the latest schema facet have an ordinal; others that column
 * lineage names exist without one.  A columnLineage facet replaces what its
 * job said of that dataset before, by (time, hash); explicit lineage adds up.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "ingest/column_source.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* A column, by dataset and name. */
typedef struct FieldKey
{
	int			dataset_id;
	OlHash		name;
} FieldKey;

typedef struct Field
{
	FieldKey	key;
	int			space_id;
	char	   *name;
	int			id;				/* 0: not stored yet */
	char	   *type;
	char	   *description;
	int			ordinal;		/* 0: not in the schema */
	bool		seen;			/* in the schema that was won */
} Field;

/* A dataset's schema facet that was won, by node and facet. */
typedef struct WonKey
{
	int			dataset_id;
	OlHash		facet;
} WonKey;

static OlStatement fields_of = {
	"SELECT f.dataset_id, f.name_hash, f.id, f.type, f.description, f.ordinal"
	"  FROM openlineage.dataset_field AS f WHERE f.dataset_id = ANY ($1)"
};

static OlStatement insert_fields = {
	"INSERT INTO openlineage.dataset_field AS f"
	"       (dataset_id, namespace_id, name, type, description, ordinal)"
	" SELECT g.dataset_id, g.namespace_id, g.name, g.type, g.description, g.ordinal"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7)"
	"        AS g(dataset_id, namespace_id, name, hash, type, description, ordinal)"
	"  ORDER BY g.dataset_id, g.hash"
	" ON CONFLICT (dataset_id, name_hash) DO UPDATE"
	"   SET type = excluded.type, description = excluded.description,"
	"       ordinal = excluded.ordinal"
	" WHERE excluded.ordinal IS NOT NULL"
};

static OlStatement update_fields = {
	"UPDATE openlineage.dataset_field AS f"
	"   SET type = g.type, description = g.description, ordinal = g.ordinal"
	"  FROM unnest($1, $2, $3, $4) AS g(id, type, description, ordinal)"
	" WHERE f.id = g.id"
};

static OlStatement find_fields = {
	"SELECT g.ordinal::int, f.id"
	"  FROM unnest($1, $2) WITH ORDINALITY AS g(dataset_id, hash, ordinal)"
	"  JOIN openlineage.dataset_field AS f"
	"    ON f.dataset_id = g.dataset_id AND f.name_hash = g.hash"
};

static OlStatement insert_edges = {
	"INSERT INTO openlineage.column_edge AS e"
	"       (src, dst, owner_id, dataset_id, src_namespace_id,"
	"        dst_namespace_id, explicit, transformations)"
	" SELECT g.src, g.dst, g.owner_id, min(g.dataset_id), min(g.src_space),"
	"        min(g.dst_space), g.explicit,"
	"        openlineage.union_transformations(array_agg(g.transformations::json))"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)"
	"        AS g(src, dst, owner_id, dataset_id, src_space, dst_space,"
	"             explicit, transformations)"
	"  GROUP BY g.src, g.dst, g.owner_id, g.explicit"
	"  ORDER BY g.src, g.dst, g.owner_id, g.explicit"
	" ON CONFLICT (src, dst, owner_id, explicit) DO UPDATE"
	"   SET transformations = openlineage.union_transformations(ARRAY[e.transformations, excluded.transformations])"
	" WHERE openlineage.union_transformations(ARRAY[e.transformations, excluded.transformations])::text"
	"       <> e.transformations::text"
};

static OlStatement clear_explicit = {
	"DELETE FROM openlineage.column_edge AS e WHERE e.owner_id = $1 AND e.explicit"
};

static HTAB *
create_fields(void)
{
	HASHCTL		control = {.keysize = sizeof(FieldKey),
		.entrysize = sizeof(Field),.hcxt = CurrentMemoryContext
	};

	return hash_create("columns of a batch", 256, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static Field *
enter_field(HTAB *fields, int dataset_id, const OlHash *name, bool *found)
{
	FieldKey	key;
	Field	   *field;

	memset(&key, 0, sizeof(key));
	key.dataset_id = dataset_id;
	key.name = *name;
	field = hash_search(fields, &key, HASH_ENTER, found);
	if (!*found)
	{
		memset((char *) field + sizeof(FieldKey), 0,
			   sizeof(Field) - sizeof(FieldKey));
	}
	return field;
}

/* The columns stored for these datasets. */
static void
load_fields(HTAB *fields, OlRows *datasets)
{
	uint64		n = ol_rows_execute(datasets, &fields_of);

	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		bool		found;
		Field	   *field = enter_field(fields, ol_result_int(i, 1),
										DatumGetUUIDP(ol_result(i, 2, &isnull)),
										&found);

		field->id = ol_result_int(i, 3);
		field->type = ol_result_text(i, 4);
		field->description = ol_result_text(i, 5);
		field->ordinal = ol_result_int(i, 6);
	}
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
add_update(OlRows *rows, Field *field)
{
	ol_rows_add(rows, Int32GetDatum(field->id));
	ol_rows_add_text(rows, field->type);
	ol_rows_add_text(rows, field->description);
	if (field->ordinal == 0)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, Int32GetDatum(field->ordinal));
}

static void
add_insert(OlRows *rows, Field *field)
{
	ol_rows_add(rows, Int32GetDatum(field->key.dataset_id));
	ol_rows_add(rows, Int32GetDatum(field->space_id));
	ol_rows_add_text(rows, field->name);
	ol_rows_add(rows, UUIDPGetDatum(&field->key.name));
	ol_rows_add_text(rows, field->type);
	ol_rows_add_text(rows, field->description);
	if (field->ordinal == 0)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, Int32GetDatum(field->ordinal));
}

/* One schema against the stored columns: what is new or other goes to rows. */
static void
compare_schema(HTAB *fields, OlDataset *dataset, OlRows *updates,
			   List **inserts)
{
	ol_schema_load(dataset->schema);
	for (int i = 0; i < dataset->schema->n; i++)
	{
		OlField    *told = &dataset->schema->fields[i];
		OlHash		hash = ol_hash(told->path, strlen(told->path));
		bool		found;
		Field	   *field = enter_field(fields, dataset->ref.id->id, &hash,
										&found);

		if (field->seen)
			continue;			/* the name occurs twice: the first counts */
		field->seen = true;
		if (found && field->ordinal == i + 1 &&
			same_text(field->type, told->type) &&
			same_text(field->description, told->description))
			continue;
		field->space_id = dataset->ref.id->space_id;
		field->name = told->path;
		field->type = told->type;
		field->description = told->description;
		field->ordinal = i + 1;
		if (found)
			add_update(updates, field);
		else
			*inserts = lappend(*inserts, field);
	}
}

static HTAB *
index_won(OlRows *won)
{
	HASHCTL		control = {.keysize = sizeof(WonKey),
		.entrysize = sizeof(WonKey),.hcxt = CurrentMemoryContext
	};
	HTAB	   *index = hash_create("schemas won", 64, &control,
									HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < won->nrows; i++)
	{
		WonKey		key;

		if (DatumGetBool(won->values[2][i]))
			continue;			/* deleted: no columns */
		memset(&key, 0, sizeof(key));
		key.dataset_id = DatumGetInt32(won->values[0][i]);
		key.facet = *DatumGetUUIDP(won->values[1][i]);
		hash_search(index, &key, HASH_ENTER, NULL);
	}
	return index;
}

/* The facet a dataset's schema was read from, if that one was won just now. */
static bool
take_won(HTAB *index, OlDataset *dataset)
{
	WonKey		key;
	bool		found = false;

	memset(&key, 0, sizeof(key));
	key.dataset_id = dataset->ref.id->id;
	for (int i = 0; i < dataset->facets.n && !found; i++)
	{
		if (strcmp(dataset->facets.items[i].name, "schema") != 0)
			continue;
		key.facet = dataset->facets.items[i].hash;
		hash_search(index, &key, HASH_REMOVE, &found);
	}
	return found;
}

/* won: (node, facet hash, deleted) of schema facets that are now current. */
void
ol_fields_apply(OlBatch *batch, OlRows *won)
{
	static const Oid id_types[] = {INT4OID};
	static const Oid update_types[] = {INT4OID, TEXTOID, TEXTOID, INT4OID};
	static const Oid insert_types[] = {
		INT4OID, INT4OID, TEXTOID, UUIDOID, TEXTOID, TEXTOID, INT4OID
	};
	OlRows	   *datasets = ol_rows_create(1, id_types);
	OlRows	   *updates = ol_rows_create(lengthof(update_types), update_types);
	OlRows	   *inserts = ol_rows_create(lengthof(insert_types), insert_types);
	HTAB	   *fields = create_fields();
	HTAB	   *index = index_won(won);
	List	   *missing = NIL;
	ListCell   *cell;
	HASH_SEQ_STATUS scan;
	Field	   *field;

	if (won->nrows == 0)
		return;
	for (int i = 0; i < won->nrows; i++)
		ol_rows_add(datasets, won->values[0][i]);
	load_fields(fields, datasets);
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		for (int j = 0; j < event->ndatasets; j++)
		{
			if (event->datasets[j].schema != NULL &&
				take_won(index, &event->datasets[j]))
				compare_schema(fields, &event->datasets[j], updates, &missing);
		}
	}
	foreach(cell, missing)
		add_insert(inserts, lfirst(cell));
	hash_seq_init(&scan, fields);
	while ((field = hash_seq_search(&scan)) != NULL)
	{
		if (field->seen || field->ordinal == 0)
			continue;
		field->type = field->description = NULL;
		field->ordinal = 0;
		add_update(updates, field);
	}
	ol_rows_execute(updates, &update_fields);
	ol_rows_execute(inserts, &insert_fields);
}

/* The columns that links name, each once; ids are set by resolve_fields(). */
static Field *
collect_field(HTAB *fields, List **list, OlRef *ref, char *name)
{
	OlHash		hash = ol_hash(name, strlen(name));
	bool		found;
	Field	   *field = enter_field(fields, ref->id->id, &hash, &found);

	if (!found)
	{
		field->space_id = ref->id->space_id;
		field->name = name;
		*list = lappend(*list, field);
	}
	return field;
}

static bool
find_field_ids(List *list, OlRows *keys)
{
	uint64		n = ol_rows_execute(keys, &find_fields);

	for (uint64 i = 0; i < n; i++)
	{
		Field	   *field = list_nth(list, ol_result_int(i, 1) - 1);

		field->id = ol_result_int(i, 2);
	}
	return n == (uint64) list_length(list);
}

static void
resolve_fields(List *list)
{
	static const Oid key_types[] = {INT4OID, UUIDOID};
	static const Oid types[] = {
		INT4OID, INT4OID, TEXTOID, UUIDOID, TEXTOID, TEXTOID, INT4OID
	};
	OlRows	   *keys = ol_rows_create(lengthof(key_types), key_types);
	OlRows	   *missing = ol_rows_create(lengthof(types), types);
	ListCell   *cell;

	foreach(cell, list)
	{
		Field	   *field = lfirst(cell);

		ol_rows_add(keys, Int32GetDatum(field->key.dataset_id));
		ol_rows_add(keys, UUIDPGetDatum(&field->key.name));
	}
	if (find_field_ids(list, keys))
		return;
	foreach(cell, list)
	{
		Field	   *field = lfirst(cell);

		if (field->id == 0)
			add_insert(missing, field);
	}
	ol_rows_execute(missing, &insert_fields);
	if (!find_field_ids(list, keys))
		elog(ERROR, "could not find a column after inserting it");
}

static void
add_edge(OlRows *rows, int owner_id, OlColumnLink *link, Field *src,
		 Field *dst)
{
	ol_rows_add(rows, Int32GetDatum(src->id));
	ol_rows_add(rows, Int32GetDatum(dst->id));
	ol_rows_add(rows, Int32GetDatum(owner_id));
	ol_rows_add(rows, Int32GetDatum(link->dst.id->id));
	ol_rows_add(rows, Int32GetDatum(src->space_id));
	ol_rows_add(rows, Int32GetDatum(dst->space_id));
	ol_rows_add(rows, BoolGetDatum(link->source == NULL));
	ol_rows_add_text(rows, link->transformations);
}

/* Stores column links; owners holds the owner's node id of each. */
void
ol_columns_store(List *links, List *owners)
{
	static const Oid types[] = {
		INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, BOOLOID, TEXTOID
	};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	HTAB	   *fields = create_fields();
	List	   *list = NIL;
	ListCell   *cell;
	ListCell   *owner;

	Assert(list_length(links) == list_length(owners));
	if (links == NIL)
		return;
	foreach(cell, links)
	{
		OlColumnLink *link = lfirst(cell);

		collect_field(fields, &list, &link->src, link->src_field);
		collect_field(fields, &list, &link->dst, link->dst_field);
	}
	resolve_fields(list);
	forboth(cell, links, owner, owners)
	{
		OlColumnLink *link = lfirst(cell);

		add_edge(rows, lfirst_int(owner), link,
				 collect_field(fields, &list, &link->src, link->src_field),
				 collect_field(fields, &list, &link->dst, link->dst_field));
	}
	ol_rows_execute(rows, &insert_edges);
}

/* What columnLineage facets say; explicit lineage comes with the edges. */
void
ol_columns_apply(OlBatch *batch)
{
	List	   *links = NIL;
	List	   *owners = NIL;

	ol_column_sources_apply(batch);
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];
		ListCell   *cell;

		foreach(cell, event->column_links)
		{
			OlColumnLink *link = lfirst(cell);

			if (link->source == NULL || !link->source->applies)
				continue;
			links = lappend(links, link);
			owners = lappend_int(owners, event->job.id->id);
		}
	}
	ol_columns_store(links, owners);
}

/* Forgets what explicit lineage said of the columns of one owner. */
void
ol_columns_clear_explicit(int owner_id)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(owner_id)};

	ol_statement_execute(&clear_explicit, 1, types, values, false);
}
