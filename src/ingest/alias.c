/*-------------------------------------------------------------------------
 * alias.c
 *	  Names that are one dataset: symlinks and renames.
 *
 * Statements "this name is also that one" only add up.  The names they join
 * form groups, and one member stands for each: a member that no other names
 * as its alias; of several, the target of the latest rename, else the one
 * that was first to state an alias.  Everything known of the other members is
 * moved to it (merge_dataset), so that the rest of the code never meets an
 * alias.  The choice depends on the statements alone, not on their order.
 *
 * Locks: whoever writes rows of datasets holds ROW SHARE on dataset_alias, so
 * that a node does not become an alias under it; whoever adds a statement
 * takes EXCLUSIVE.  Known statements, the usual case, need no more than the
 * former.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static OlStatement count_known = {
	"SELECT count(*)"
	"  FROM unnest($1, $2, $3, $4, $5, $6)"
	"       AS g(node_id, namespace_id, alias_id, alias_namespace_id, kind, at)"
	"  JOIN openlineage.dataset_alias AS a"
	"    ON a.node_id = g.node_id AND a.alias_id = g.alias_id"
	"   AND a.kind = g.kind::openlineage.alias_kind"
	"   AND CASE a.kind WHEN 'symlink' THEN a.told_at <= g.at"
	"                   ELSE a.told_at >= g.at END"
};

static OlStatement upsert_aliases = {
	"INSERT INTO openlineage.dataset_alias AS a"
	"       (node_id, namespace_id, alias_id, alias_namespace_id, kind, told_at)"
	" SELECT g.node_id, min(g.namespace_id), g.alias_id, min(g.alias_namespace_id),"
	"        g.kind::openlineage.alias_kind,"
	"        CASE g.kind WHEN 'symlink' THEN min(g.at) ELSE max(g.at) END"
	"   FROM unnest($1, $2, $3, $4, $5, $6)"
	"        AS g(node_id, namespace_id, alias_id, alias_namespace_id, kind, at)"
	"  GROUP BY g.node_id, g.alias_id, g.kind"
	"  ORDER BY g.node_id, g.alias_id, g.kind"
	" ON CONFLICT (node_id, alias_id, kind) DO UPDATE SET told_at ="
	"   CASE a.kind WHEN 'symlink' THEN LEAST(a.told_at, excluded.told_at)"
	"               ELSE GREATEST(a.told_at, excluded.told_at) END"
};

static OlStatement alias_group = {
	"SELECT m.id, m.stands_for, m.head"
	"  FROM openlineage.alias_group($1) AS m ORDER BY m.id"
};

static OlStatement place_alias = {
	"SELECT openlineage.place_alias($1, $2)"
};

static OlStatement merge = {
	"SELECT openlineage.merge_dataset($1, $2)"
};

/* Jobs that know a dataset and replace their edges, and the dataset itself. */
static OlStatement replacing_owners = {
	"SELECT p.node_id FROM openlineage.edge_replacement AS p"
	" WHERE p.node_id = $1"
	"    OR p.node_id IN"
	"       (SELECT COALESCE(n.job_id, n.id)"
	"          FROM (SELECT e.src AS id FROM openlineage.edge AS e WHERE e.dst = $1"
	"                UNION SELECT e.dst FROM openlineage.edge AS e WHERE e.src = $1"
	"                UNION SELECT h.src FROM openlineage.edge_history AS h WHERE h.dst = $1"
	"                UNION SELECT h.dst FROM openlineage.edge_history AS h WHERE h.src = $1) AS t"
	"          JOIN openlineage.node AS n ON n.id = t.id)"
};

typedef struct Move
{
	int			id;
	int			from;
	int			into;
} Move;

static void
add_statement(OlRows *rows, OlEvent *event, OlRef *ref, OlRef *alias,
			  const char *kind)
{
	if (ref->id->own_id == alias->id->own_id)
		return;
	ol_rows_add(rows, Int32GetDatum(ref->id->own_id));
	ol_rows_add(rows, Int32GetDatum(ref->id->space->id));
	ol_rows_add(rows, Int32GetDatum(alias->id->own_id));
	ol_rows_add(rows, Int32GetDatum(alias->id->space->id));
	ol_rows_add_text(rows, kind);
	ol_rows_add(rows, TimestampTzGetDatum(event->time));
}

/* All statements of a batch; needs the ids of names. */
static OlRows *
gather_statements(OlBatch *batch)
{
	static const Oid types[] = {
		INT4OID, INT4OID, INT4OID, INT4OID, TEXTOID, TIMESTAMPTZOID
	};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	ListCell   *cell;

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		for (int j = 0; j < event->ndatasets; j++)
		{
			OlDataset  *dataset = &event->datasets[j];

			foreach(cell, dataset->symlinks)
				add_statement(rows, event, &dataset->ref, lfirst(cell),
							  "symlink");
			if (dataset->former != NULL)
				add_statement(rows, event, &dataset->ref, dataset->former,
							  "rename");
		}
	}
	return rows;
}

static bool
aliases_given(OlBatch *batch)
{
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		for (int j = 0; j < event->ndatasets; j++)
		{
			if (event->datasets[j].symlinks != NIL ||
				event->datasets[j].former != NULL)
				return true;
		}
	}
	return false;
}

/*
 * Whether a batch states an alias, or a time that counts, that is not stored
 * yet.  Reads only: nothing may be locked before the lock on dataset_alias.
 */
bool
ol_aliases_unknown(OlBatch *batch)
{
	OlRows	   *rows;

	if (!aliases_given(batch))
		return false;
	if (!ol_names_find(batch))
		return true;
	rows = gather_statements(batch);
	if (rows->nrows == 0)
		return false;
	ol_rows_execute(rows, &count_known);
	return ol_result_bigint(0, 1) < rows->nrows;
}

void
ol_aliases_lock(bool exclusive)
{
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			table = get_relname_relid("dataset_alias", schema);

	LockRelationOid(table, exclusive ? ExclusiveLock : RowShareLock);
}

static void
rebuild_replacing(int node_id)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(node_id)};
	uint64		n = ol_statement_execute(&replacing_owners, 1, types, values,
										 false);
	int		   *owners = palloc_array(int, n + 1);

	for (uint64 i = 0; i < n; i++)
		owners[i] = ol_result_int(i, 1);
	for (uint64 i = 0; i < n; i++)
		ol_edges_rebuild(owners[i], DT_NOBEGIN);
}

static void
move_group(const Move *moves, int n)
{
	Oid			types[] = {INT4OID, INT4OID};

	for (int i = 0; i < n; i++)
	{
		Datum		place[] = {
			Int32GetDatum(moves[i].id), Int32GetDatum(moves[i].into)
		};
		Datum		move[] = {
			Int32GetDatum(moves[i].from), Int32GetDatum(moves[i].into)
		};

		ol_statement_execute(&place_alias, 2, types, place, false);
		ol_statement_execute(&merge, 2, types, move, false);
	}
	ol_facets_derive_node(moves[0].into);
	rebuild_replacing(moves[0].into);
}

/* Sees to it that the right member stands for the group of a node. */
static void
place_group(int node_id, HTAB *seen)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(node_id)};
	uint64		n = ol_statement_execute(&alias_group, 1, types, values, false);
	Move	   *moves = palloc_array(Move, n);
	int			nmoves = 0;

	for (uint64 i = 0; i < n; i++)
	{
		Move		move = {
			ol_result_int(i, 1), ol_result_int(i, 2), ol_result_int(i, 3)
		};

		hash_search(seen, &move.id, HASH_ENTER, NULL);
		if (move.from != move.into)
			moves[nmoves++] = move;
	}
	if (nmoves > 0)
		move_group(moves, nmoves);
	pfree(moves);
}

/* Stores the statements of a batch and joins what they say is one. */
void
ol_aliases_apply(OlBatch *batch)
{
	HASHCTL		control = {.keysize = sizeof(int),.entrysize = sizeof(int),
	.hcxt = CurrentMemoryContext};
	HTAB	   *seen = hash_create("nodes of alias groups", 64, &control,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	OlRows	   *rows = gather_statements(batch);

	ol_rows_execute(rows, &upsert_aliases);
	for (int i = 0; i < rows->nrows; i++)
	{
		int			node_id = DatumGetInt32(rows->values[0][i]);

		if (hash_search(seen, &node_id, HASH_FIND, NULL) == NULL)
			place_group(node_id, seen);
	}
}
