/*-------------------------------------------------------------------------
 * entity.c
 *	  The rows of dataset and job that the names of a batch need.
 *
 * created_at is the least, updated_at the greatest event time.  New rows come
 * first; then the rows of activity are locked, in order, and only under that
 * lock may a row of dataset or job be changed.  What known.c has seen already
 * needs the lock alone.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "ingest/known.h"
#include "port/pg_bswap.h"
#include "utils/timestamp.h"

static OlStatement insert_datasets = {
	"INSERT INTO openlineage.dataset (node_id, namespace_id, created_at)"
	" SELECT g.id, min(g.namespace_id), min(g.first_at)"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.dataset AS o WHERE o.node_id = g.id)"
	"  GROUP BY g.id ORDER BY g.id"
	" ON CONFLICT DO NOTHING"
};

static OlStatement age_datasets = {
	"UPDATE openlineage.dataset AS o SET created_at = g.first_at"
	"  FROM (SELECT u.id, min(u.first_at) AS first_at"
	"          FROM unnest($1, $2, $3, $4, $5) AS u(id, namespace_id, first_at, last_at, name_key)"
	"         GROUP BY u.id) AS g"
	" WHERE o.node_id = g.id AND o.created_at > g.first_at"
};

static OlStatement upsert_dataset_activity = {
	"INSERT INTO openlineage.dataset_activity AS a (node_id, namespace_id, updated_at)"
	" SELECT g.id, min(g.namespace_id), max(g.last_at)"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  GROUP BY g.id ORDER BY g.id"
	" ON CONFLICT (node_id) DO UPDATE SET updated_at = excluded.updated_at"
	"  WHERE excluded.updated_at > a.updated_at"
};

static OlStatement insert_jobs = {
	"INSERT INTO openlineage.job (node_id, namespace_id, created_at)"
	" SELECT g.id, min(g.namespace_id), min(g.first_at)"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.job AS o WHERE o.node_id = g.id)"
	"  GROUP BY g.id ORDER BY g.id"
	" ON CONFLICT DO NOTHING"
};

static OlStatement age_jobs = {
	"UPDATE openlineage.job AS o SET created_at = g.first_at"
	"  FROM (SELECT u.id, min(u.first_at) AS first_at"
	"          FROM unnest($1, $2, $3, $4, $5) AS u(id, namespace_id, first_at, last_at, name_key)"
	"         GROUP BY u.id) AS g"
	" WHERE o.node_id = g.id AND o.created_at > g.first_at"
};

/* Makes the row or locks it; point_jobs() sets what changes, all at once. */
static OlStatement insert_job_activity = {
	"INSERT INTO openlineage.job_activity AS a (node_id, namespace_id, updated_at, name_key)"
	" SELECT g.id, min(g.namespace_id), max(g.last_at), max(g.name_key)"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(id, namespace_id, first_at, last_at, name_key)"
	"  GROUP BY g.id ORDER BY g.id"
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

static void
add_entity(OlRows *rows, const OlName *name)
{
	ol_rows_add(rows, Int32GetDatum(name->id));
	ol_rows_add(rows, Int32GetDatum(name->space_id));
	ol_rows_add(rows, TimestampTzGetDatum(name->first_at));
	ol_rows_add(rows, TimestampTzGetDatum(name->last_at));
	ol_rows_add(rows, Int32GetDatum(name_key(name)));
}

/* A job that a run of the batch had so far: is there, and is only locked. */
static void
add_locked_job(OlRows *rows, int job_id)
{
	ol_rows_add(rows, Int32GetDatum(job_id));
	ol_rows_add(rows, Int32GetDatum(0));
	ol_rows_add(rows, TimestampTzGetDatum(DT_NOEND));
	ol_rows_add(rows, TimestampTzGetDatum(DT_NOBEGIN));
	ol_rows_add(rows, Int32GetDatum(0));
}

/*
 * The rows of dataset and job that the mentioned nodes need.  Those of the
 * activity tables stay locked: whoever changes anything of a dataset or job
 * holds its row there, all of them taken here in one order.
 */
void
ol_names_entities(OlBatch *batch)
{
	static const Oid types[] = {
		INT4OID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID
	};
	OlRows	   *all[2];
	OlRows	   *unknown[2];
	ListCell   *cell;

	for (int i = 0; i < 2; i++)
	{
		all[i] = ol_rows_create(lengthof(types), types);
		unknown[i] = ol_rows_create(lengthof(types), types);
	}
	foreach(cell, batch->name_list)
	{
		OlName	   *name = lfirst(cell);
		int			kind = name->kind == OL_NODE_JOB ? 1 : 0;

		if (name->first_at == DT_NOEND)
			continue;			/* only another name of something */
		add_entity(all[kind], name);
		if (!ol_known_entity(name->id, name->first_at))
			add_entity(unknown[kind], name);
	}
	foreach(cell, batch->run_jobs)
		add_locked_job(all[1], lfirst_int(cell));
	ol_rows_execute(unknown[0], &insert_datasets);
	ol_rows_execute(all[0], &upsert_dataset_activity);
	ol_rows_execute(unknown[1], &insert_jobs);
	ol_rows_execute(all[1], &insert_job_activity);
	ol_rows_execute(unknown[0], &age_datasets);
	ol_rows_execute(unknown[1], &age_jobs);
	foreach(cell, batch->name_list)
	{
		OlName	   *name = lfirst(cell);

		if (name->first_at != DT_NOEND)
			ol_known_entity_add(name->id, name->first_at);
	}
}
