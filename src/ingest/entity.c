/*-------------------------------------------------------------------------
 * entity.c
 *	  The rows of dataset and job that the names of a batch need.
 *
 * created_at is the least, updated_at the greatest event time.  New rows come
 * first; then the rows of activity are locked, in order, and only under that
 * lock may a row of dataset or job be changed.  What known.c has seen already
 * needs the lock alone.  When the facets of a node were told last stands in its
 * row of activity too (told.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/time.h"
#include "base/writer.h"
#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "ingest/facet.h"
#include "ingest/known.h"
#include "port/pg_bswap.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* Rows are one for each id, as gather_entities() leaves them. */
static OlStatement insert_datasets = {
	"INSERT INTO openlineage.dataset (node_id, namespace_id, created_at)"
	" SELECT g.id, g.namespace_id, g.first_at"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.dataset AS o WHERE o.node_id = g.id)"
	"  ORDER BY g.id"
	" ON CONFLICT DO NOTHING"
};

static OlStatement age_datasets = {
	"UPDATE openlineage.dataset AS o SET created_at = g.first_at"
	"  FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	" WHERE o.node_id = g.id AND o.created_at > g.first_at"
};

static OlStatement upsert_dataset_activity = {
	"INSERT INTO openlineage.dataset_activity AS a (node_id, namespace_id, updated_at)"
	" SELECT g.id, g.namespace_id, g.last_at"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  ORDER BY g.id"
	" ON CONFLICT (node_id) DO UPDATE SET updated_at = excluded.updated_at"
	"  WHERE excluded.updated_at > a.updated_at"
};

static OlStatement insert_jobs = {
	"INSERT INTO openlineage.job (node_id, namespace_id, created_at)"
	" SELECT g.id, g.namespace_id, g.first_at"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.job AS o WHERE o.node_id = g.id)"
	"  ORDER BY g.id"
	" ON CONFLICT DO NOTHING"
};

static OlStatement age_jobs = {
	"UPDATE openlineage.job AS o SET created_at = g.first_at"
	"  FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	" WHERE o.node_id = g.id AND o.created_at > g.first_at"
};

/* Makes the row or locks it; ol_point_jobs() sets what changes, all at once. */
static OlStatement insert_job_activity = {
	"INSERT INTO openlineage.job_activity AS a (node_id, namespace_id, updated_at, name_key, listed_at)"
	" SELECT g.id, g.namespace_id, g.last_at, g.name_key, g.last_at"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  ORDER BY g.id"
	" ON CONFLICT (node_id) DO UPDATE SET updated_at = excluded.updated_at WHERE false"
};

/* 32 bits of the names: the order of jobs that were updated at one time. */
static int32
name_key(const OlName *name)
{
	uint32		own;
	uint32		space;

	memcpy(&own, name->hash.data, sizeof(own));
	memcpy(&space, name->space->hash.data, sizeof(space));
	return (int32) pg_ntoh32(own ^ space);
}

/* A dataset or job of the batch, however many names it has there. */
typedef struct Entity
{
	int			id;
	int			space_id;		/* 0: is there, and is only locked */
	TimestampTz first_at;
	TimestampTz last_at;
	int32		name_key;
	int64		version_id;		/* as OlName's current_version */
	bytea	   *told;			/* these as OlName's */
	TimestampTz parent_time;
	OlHash		parent_hash;
	bool		had_parent;
} Entity;

typedef struct Entities
{
	Entity	   *items;			/* by id */
	int			n;
} Entities;

/* An entity under one of its names, or NULL: of a run, only to be locked. */
typedef struct Mention
{
	int			id;
	const OlName *name;
} Mention;

/* Of mentions and of entities: both begin with their id. */
static int
compare_ids(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

static Mention *
sorted_mentions(const OlBatch *batch, OlNodeKind kind, int *n)
{
	Mention    *mentions = palloc0_array(Mention,
										 list_length(batch->name_list) +
										 list_length(batch->run_jobs) + 1);
	ListCell   *cell;

	*n = 0;
	foreach(cell, batch->name_list)
	{
		const OlName *name = lfirst(cell);

		/* others are only another name of something */
		if (name->kind != kind || name->first_at == DT_NOEND)
			continue;
		mentions[*n].id = name->id;
		mentions[(*n)++].name = name;
	}
	if (kind == OL_NODE_JOB)
	{
		foreach(cell, batch->run_jobs)
			mentions[(*n)++].id = lfirst_int(cell);
	}
	qsort(mentions, *n, sizeof(Mention), compare_ids);
	return mentions;
}

static void
gather_entities(const OlBatch *batch, OlNodeKind kind, Entities *entities)
{
	const Entity unseen = {
		.first_at = DT_NOEND,.last_at = DT_NOBEGIN,.name_key = PG_INT32_MIN,
		.version_id = OL_VERSION_NONE
	};
	int			n;
	Mention    *mentions = sorted_mentions(batch, kind, &n);

	entities->n = 0;
	entities->items = palloc_array(Entity, n + 1);
	for (int i = 0; i < n; i++)
	{
		const OlName *name = mentions[i].name;
		Entity	   *entity;

		if (i == 0 || mentions[i].id != mentions[i - 1].id)
		{
			entities->items[entities->n] = unseen;
			entities->items[entities->n++].id = mentions[i].id;
		}
		if (name == NULL)
			continue;
		entity = &entities->items[entities->n - 1];
		entity->space_id = Max(entity->space_id, name->space_id);
		entity->first_at = Min(entity->first_at, name->first_at);
		entity->last_at = Max(entity->last_at, name->last_at);
		entity->name_key = Max(entity->name_key, name_key(name));
	}
	pfree(mentions);
}

/* The rows from this one on; those of known.c only if asked for. */
static OlRows *
entity_rows(const Entities *entities, int first, bool known)
{
	static const Oid types[] = {
		INT4OID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID
	};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);

	for (int i = first; i < entities->n; i++)
	{
		const Entity *entity = &entities->items[i];

		if (!known && (entity->space_id == 0 ||
					   ol_known_entity(entity->id, entity->first_at)))
			continue;
		ol_rows_add(rows, Int32GetDatum(entity->id));
		ol_rows_add(rows, Int32GetDatum(entity->space_id));
		ol_rows_add(rows, TimestampTzGetDatum(entity->first_at));
		ol_rows_add(rows, TimestampTzGetDatum(entity->last_at));
		ol_rows_add(rows, Int32GetDatum(entity->name_key));
	}
	return rows;
}

/* Of openlineage.dataset_activity, what is read and written here. */
enum
{
	ACTIVITY_UPDATED_AT, ACTIVITY_UPDATED_HOUR, ACTIVITY_VERSION,
	ACTIVITY_TOLD, ACTIVITY_COLUMNS
};

/* Of openlineage.job_activity, what is read here. */
typedef struct JobColumns
{
	AttrNumber	told;
	AttrNumber	parent_time;
	AttrNumber	parent_hash;
} JobColumns;

/* What the row is to say of facets, as ol_told_apply(). */
static bytea *
tell(OlBatch *batch, const Entity *entity, Datum told, bool isnull,
	 bool *unknown)
{
	if (batch->facets == NULL)
		return NULL;
	return ol_told_apply(batch->facets, entity->id,
						 isnull ? NULL : DatumGetByteaPP(told), unknown);
}

/*
 * The row that the probe is at with the time of the batch.  False: it has to
 * be locked first, as it changed meanwhile or does not say all there is.
 */
static bool
touch_dataset(OlBatch *batch, OlProbe *stored, OlWriter *rows, Entity *entity,
			  bool is_locked)
{
	Datum		values[ACTIVITY_COLUMNS];
	bool		nulls[ACTIVITY_COLUMNS];
	TimestampTz at;
	bytea	   *told;
	bool		unknown = false;

	for (int i = 0; i < ACTIVITY_COLUMNS; i++)
		values[i] = ol_probe_column(stored, rows->columns[i], &nulls[i]);
	entity->version_id = nulls[ACTIVITY_VERSION] ? OL_VERSION_NONE :
		DatumGetInt64(values[ACTIVITY_VERSION]);
	told = tell(batch, entity, values[ACTIVITY_TOLD], nulls[ACTIVITY_TOLD],
				is_locked ? NULL : &unknown);
	at = DatumGetTimestampTz(values[ACTIVITY_UPDATED_AT]);
	if (unknown || (entity->last_at <= at && told == NULL))
		return is_locked;
	at = Max(at, entity->last_at);
	values[ACTIVITY_UPDATED_AT] = TimestampTzGetDatum(at);
	values[ACTIVITY_UPDATED_HOUR] = TimestampTzGetDatum(ol_time_hour(at));
	if (told != NULL)
	{
		values[ACTIVITY_TOLD] = PointerGetDatum(told);
		nulls[ACTIVITY_TOLD] = false;
	}
	if (!is_locked)
		return ol_writer_try_update(rows, stored, values, nulls);
	ol_writer_update(rows, stored, values, nulls);
	return true;
}

/*
 * Locks the rows of activity in the order of ids, from the first given up to
 * the first that is not there: returns which.  It and those after it are left
 * to a statement, which makes or locks them in that order too.
 * To write a row locks it as well: that is tried first.
 */
static int
lock_datasets(OlBatch *batch, Entities *entities, int first)
{
	static const char *const columns[] = {
		"updated_at", "updated_hour", "current_version_id", "told"
	};
	OlProbe		stored;
	OlWriter	rows;
	int			i = first;

	ol_probe_begin(&stored, "dataset_activity_pkey", 1);
	ol_writer_begin(&rows, "dataset_activity", columns, ACTIVITY_COLUMNS);
	for (; i < entities->n; i++)
	{
		Entity	   *entity = &entities->items[i];
		Datum		key = Int32GetDatum(entity->id);

		if (!ol_probe_find_again(&stored, &key))
			break;
		if (touch_dataset(batch, &stored, &rows, entity, false))
			continue;
		if (!ol_probe_lock(&stored))
			break;
		touch_dataset(batch, &stored, &rows, entity, true);
	}
	ol_writer_end(&rows);
	ol_probe_end(&stored);
	return i;
}

/* What the row of a job says, and what it is to say of facets. */
static void
look_at_job(OlBatch *batch, OlProbe *stored, const JobColumns *columns,
			Entity *entity)
{
	Datum		value;
	bool		isnull;

	value = ol_probe_column(stored, columns->told, &isnull);
	entity->told = tell(batch, entity, value, isnull, NULL);
	value = ol_probe_column(stored, columns->parent_time, &isnull);
	entity->had_parent = !isnull;
	if (isnull)
		return;
	entity->parent_time = DatumGetTimestampTz(value);
	value = ol_probe_column(stored, columns->parent_hash, &isnull);
	memcpy(&entity->parent_hash, DatumGetUUIDP(value), UUID_LEN);
}

/* Likewise; what the batch tells of jobs is written by ol_point_jobs(). */
static int
lock_jobs(OlBatch *batch, Entities *entities, int first)
{
	OlProbe		stored;
	JobColumns	columns;
	Oid			table;
	int			i = first;

	ol_probe_begin(&stored, "job_activity_pkey", 1);
	table = RelationGetRelid(stored.table);
	columns.told = get_attnum(table, "told");
	columns.parent_time = get_attnum(table, "parent_time");
	columns.parent_hash = get_attnum(table, "parent_hash");
	for (; i < entities->n; i++)
	{
		Entity	   *entity = &entities->items[i];
		Datum		key = Int32GetDatum(entity->id);

		if (!ol_probe_find_again(&stored, &key) || !ol_probe_lock(&stored))
			break;
		look_at_job(batch, &stored, &columns, entity);
	}
	ol_probe_end(&stored);
	return i;
}

static const Entity *
find_entity(const Entities *entities, int id)
{
	return bsearch(&id, entities->items, entities->n, sizeof(Entity),
				   compare_ids);
}

/* What later steps need to know of the rows; and they are there now. */
static void
note_entities(OlBatch *batch, const Entities *datasets, const Entities *jobs)
{
	ListCell   *cell;

	foreach(cell, batch->name_list)
	{
		OlName	   *name = lfirst(cell);

		if (name->first_at == DT_NOEND)
			continue;
		ol_known_entity_add(name->id, name->first_at);
		if (name->kind == OL_NODE_JOB)
		{
			const Entity *job = find_entity(jobs, name->id);

			name->told = job->told;
			name->had_parent = job->had_parent;
			name->parent_time = job->parent_time;
			name->parent_hash = job->parent_hash;
		}
		else
			name->current_version = find_entity(datasets, name->id)->version_id;
	}
}

/* What is not there yet is made, locked, and then told of facets as well. */
static void
take_datasets(OlBatch *batch, Entities *entities)
{
	int			n = lock_datasets(batch, entities, 0);

	if (n == entities->n)
		return;
	ol_rows_execute(entity_rows(entities, n, true), &upsert_dataset_activity);
	lock_datasets(batch, entities, n);
}

static void
take_jobs(OlBatch *batch, Entities *entities)
{
	int			n = lock_jobs(batch, entities, 0);

	if (n == entities->n)
		return;
	ol_rows_execute(entity_rows(entities, n, true), &insert_job_activity);
	lock_jobs(batch, entities, n);
}

/*
 * The rows of dataset and job that the mentioned nodes need.  Those of the
 * activity tables stay locked: whoever changes anything of a dataset or job
 * holds its row there, all of them taken here in one order.
 */
void
ol_names_entities(OlBatch *batch)
{
	Entities	datasets;
	Entities	jobs;
	OlRows	   *new_datasets;
	OlRows	   *new_jobs;

	gather_entities(batch, OL_NODE_DATASET, &datasets);
	gather_entities(batch, OL_NODE_JOB, &jobs);
	new_datasets = entity_rows(&datasets, 0, false);
	new_jobs = entity_rows(&jobs, 0, false);
	ol_rows_execute(new_datasets, &insert_datasets);
	take_datasets(batch, &datasets);
	ol_rows_execute(new_jobs, &insert_jobs);
	take_jobs(batch, &jobs);
	ol_rows_execute(new_datasets, &age_datasets);
	ol_rows_execute(new_jobs, &age_jobs);
	note_entities(batch, &datasets, &jobs);
}

/*
 * What rows of activity say of facets, when it could not be told as they were
 * locked: names have become others since.
 */
void
ol_names_told(OlBatch *batch)
{
	Entities	datasets;
	Entities	jobs;

	gather_entities(batch, OL_NODE_DATASET, &datasets);
	gather_entities(batch, OL_NODE_JOB, &jobs);
	take_datasets(batch, &datasets);
	take_jobs(batch, &jobs);
	note_entities(batch, &datasets, &jobs);
}
