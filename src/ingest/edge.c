/*-------------------------------------------------------------------------
 * edge.c
 *	  Edges between nodes, as a batch of events states them.
 *
 * The edges of a job add up over all its events.  They are inserted when they
 * are missing and otherwise not touched, so that a repeated event writes
 * nothing.  Once an event has replaced the edges of its job (or, for derives
 * edges, of its dataset), the order of events matters; rebuild.c then tells
 * what holds.  Rows of job_activity and dataset_activity, locked before,
 * keep two sessions from working on the edges of one job at the same time.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "ingest/edge.h"
#include "ingest/known.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

static OlStatement find_steps = {
	"SELECT g.ordinal::int, n.id"
	"  FROM unnest($1, $2) WITH ORDINALITY AS g(job_id, target_id, ordinal)"
	"  JOIN openlineage.node AS n"
	"    ON n.job_id = g.job_id AND n.target_id = g.target_id"
};

static OlStatement insert_steps = {
	"INSERT INTO openlineage.node (kind, namespace_id, name, job_id, target_id)"
	" SELECT 'step', j.namespace_id, j.name, g.job_id, g.target_id"
	"   FROM (SELECT DISTINCT u.job_id, u.target_id"
	"           FROM unnest($1, $2) AS u(job_id, target_id)) AS g"
	"   JOIN openlineage.node AS j ON j.id = g.job_id"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.node AS n"
	"                     WHERE n.job_id = g.job_id AND n.target_id = g.target_id)"
	"  ORDER BY g.job_id, g.target_id"
	" ON CONFLICT DO NOTHING"
};

static OlStatement insert_edges = {
	"INSERT INTO openlineage.edge AS e"
	"       (src, dst, kind, src_namespace_id, dst_namespace_id, first_at)"
	" SELECT g.src, g.dst, g.kind::openlineage.edge_kind,"
	"        s.namespace_id, d.namespace_id, g.first_at"
	"   FROM (SELECT u.src, u.dst, u.kind, min(u.at) AS first_at"
	"           FROM unnest($1, $2, $3, $4) AS u(src, dst, kind, at)"
	"          GROUP BY u.src, u.dst, u.kind) AS g"
	"   JOIN openlineage.node AS s ON s.id = g.src"
	"   JOIN openlineage.node AS d ON d.id = g.dst"
	"  ORDER BY g.src, g.dst, g.kind"
	" ON CONFLICT (src, dst, kind) DO UPDATE SET first_at = excluded.first_at"
	"  WHERE excluded.first_at < e.first_at"
};

static const char *const kind_names[] = {"data", "derives", "control"};

/* Those of the links that start or end at a step, with the step's key. */
static void
add_step_key(OlRows *keys, List **ends, OlEvent *event, OlEnd *end)
{
	if (end->kind != OL_NODE_STEP)
		return;
	ol_rows_add(keys, Int32GetDatum(event->job.id->id));
	ol_rows_add(keys, Int32GetDatum(end->ref.id->id));
	*ends = lappend(*ends, end);
}

static bool
find_step_ids(OlRows *keys, List *ends)
{
	uint64		n = ol_rows_execute(keys, &find_steps);

	for (uint64 i = 0; i < n; i++)
	{
		OlEnd	   *end = list_nth(ends, ol_result_int(i, 1) - 1);

		end->step_id = ol_result_int(i, 2);
	}
	return n == (uint64) list_length(ends);
}

/* The node ids of all steps that these events link. */
void
ol_steps_resolve(OlEvent **events, int nevents)
{
	static const Oid types[] = {INT4OID, INT4OID};
	OlRows	   *keys = ol_rows_create(lengthof(types), types);
	List	   *ends = NIL;
	ListCell   *cell;

	for (int i = 0; i < nevents; i++)
	{
		foreach(cell, events[i]->links)
		{
			OlLink	   *link = lfirst(cell);

			add_step_key(keys, &ends, events[i], &link->src);
			add_step_key(keys, &ends, events[i], &link->dst);
		}
	}
	if (ends == NIL || find_step_ids(keys, ends))
		return;
	ol_rows_execute(keys, &insert_steps);
	if (!find_step_ids(keys, ends))
		elog(ERROR, "could not find a step after inserting it");
}

int
ol_end_id(const OlEnd *end)
{
	return end->kind == OL_NODE_STEP ? end->step_id : end->ref.id->id;
}

OlRows *
ol_edge_rows(void)
{
	static const Oid types[] = {INT4OID, INT4OID, TEXTOID, TIMESTAMPTZOID};

	return ol_rows_create(lengthof(types), types);
}

void
ol_edge_rows_add(OlRows *rows, int src, int dst, OlEdgeKind kind,
				 TimestampTz first_at)
{
	ol_rows_add(rows, Int32GetDatum(src));
	ol_rows_add(rows, Int32GetDatum(dst));
	ol_rows_add_text(rows, kind_names[kind]);
	ol_rows_add(rows, TimestampTzGetDatum(first_at));
}

static void
copy_row(OlRows *to, const OlRows *from, int row)
{
	for (int i = 0; i < from->ncolumns; i++)
		ol_rows_add(to, from->values[i][row]);
}

/* Most edges are there already, known at that time or before. */
void
ol_edge_rows_insert(OlRows *rows)
{
	OlRows	   *missing = ol_edge_rows();
	OlProbe		stored;
	Oid			table;
	Oid			kinds;
	AttrNumber	first_at;

	if (rows->nrows == 0)
		return;
	ol_probe_begin(&stored, "edge_pkey", 3);
	table = RelationGetRelid(stored.table);
	kinds = get_atttype(table, get_attnum(table, "kind"));
	first_at = get_attnum(table, "first_at");
	for (int i = 0; i < rows->nrows; i++)
	{
		char	   *kind = TextDatumGetCString(rows->values[2][i]);
		Datum		keys[] = {
			rows->values[0][i], rows->values[1][i],
			ObjectIdGetDatum(ol_enum_value(kinds, kind))
		};
		bool		isnull;

		if (!ol_probe_find_again(&stored, keys) ||
			DatumGetTimestampTz(ol_probe_column(&stored, first_at, &isnull)) >
			DatumGetTimestampTz(rows->values[3][i]))
			copy_row(missing, rows, i);
	}
	ol_probe_end(&stored);
	ol_rows_execute(missing, &insert_edges);
}

/* From when on an owner's edges have to be rebuilt. */
typedef struct Rebuild
{
	int			owner_id;		/* the key */
	bool		needed;
	TimestampTz from;
} Rebuild;

static HTAB *
gather_owners(OlBatch *batch)
{
	HASHCTL		control = {.keysize = sizeof(int),.entrysize = sizeof(Rebuild),
	.hcxt = CurrentMemoryContext};
	HTAB	   *owners = hash_create("owners of edges", 64, &control,
									 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];
		Rebuild    *owner;
		bool		found;

		if (event->links == NIL && !event->replaces)
			continue;
		owner = hash_search(owners, &event->job.id->id, HASH_ENTER, &found);
		if (!found)
		{
			owner->needed = false;
			owner->from = event->time;
		}
		owner->needed |= event->replaces;
		owner->from = Min(owner->from, event->time);
	}
	return owners;
}

static void
mark_replaced(HTAB *owners)
{
	OlProbe		stored;
	HASH_SEQ_STATUS scan;
	Rebuild    *owner;

	ol_probe_begin(&stored, "edge_replacement_pkey", 1);
	hash_seq_init(&scan, owners);
	while ((owner = hash_seq_search(&scan)) != NULL)
	{
		Datum		key = Int32GetDatum(owner->owner_id);

		owner->needed |= ol_probe_find(&stored, &key);
	}
	ol_probe_end(&stored);
}

/* Edges that are not known to be stored. */
typedef struct NewEdges
{
	OlRows	   *rows;
	List	   *links;			/* what they are made of */
	List	   *events;			/* and of which events */
} NewEdges;

/* The links of one event whose owner never had its edges replaced. */
static void
add_plain_links(OlEvent *event, bool rebuilt, NewEdges *edges, List **links,
				List **owners)
{
	ListCell   *cell;

	foreach(cell, event->links)
	{
		OlLink	   *link = lfirst(cell);
		int			src = ol_end_id(&link->src);
		int			dst = ol_end_id(&link->dst);

		if (src == dst || (rebuilt && link->kind != OL_EDGE_CONTROL) ||
			ol_known_edge(src, dst, link->kind, event->time))
			continue;
		ol_edge_rows_add(edges->rows, src, dst, link->kind, event->time);
		edges->links = lappend(edges->links, link);
		edges->events = lappend(edges->events, event);
	}
	foreach(cell, event->column_links)
	{
		OlColumnLink *link = lfirst(cell);

		if (rebuilt || link->source != NULL)
			continue;
		*links = lappend(*links, link);
		*owners = lappend_int(*owners, event->job.id->id);
	}
}

static void
insert_edges_now(const NewEdges *edges)
{
	ListCell   *made_of;
	ListCell   *told_by;

	ol_edge_rows_insert(edges->rows);
	forboth(made_of, edges->links, told_by, edges->events)
	{
		const OlLink *link = lfirst(made_of);
		const OlEvent *event = lfirst(told_by);

		ol_known_edge_add(ol_end_id(&link->src), ol_end_id(&link->dst),
						  link->kind, event->time);
	}
}

/* Brings edge, edge_history and explicit column edges up to date. */
void
ol_edges_apply(OlBatch *batch)
{
	HTAB	   *owners = gather_owners(batch);
	NewEdges	edges = {.rows = ol_edge_rows()};
	List	   *column_links = NIL;
	List	   *column_owners = NIL;
	HASH_SEQ_STATUS scan;
	Rebuild    *owner;
	List	   *rebuilds = NIL;
	ListCell   *cell;

	mark_replaced(owners);
	ol_steps_resolve(batch->events, batch->nevents);
	ol_known_edges_begin();
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		owner = hash_search(owners, &event->job.id->id, HASH_FIND, NULL);
		add_plain_links(event, owner != NULL && owner->needed, &edges,
						&column_links, &column_owners);
	}
	insert_edges_now(&edges);
	ol_columns_store(column_links, column_owners);

	hash_seq_init(&scan, owners);
	while ((owner = hash_seq_search(&scan)) != NULL)
	{
		if (owner->needed)
			rebuilds = lappend(rebuilds, owner);
	}
	foreach(cell, rebuilds)
	{
		owner = lfirst(cell);
		ol_edges_rebuild(owner->owner_id, owner->from);
	}
}
