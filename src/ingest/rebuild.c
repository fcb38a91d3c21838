/*-------------------------------------------------------------------------
 * rebuild.c
 *	  The edges of a job or dataset whose events replace them.
 *
 * What holds is a fold over its events in the order of (event time, hash):
 * an ordinary event adds edges, a replacing one ends all others.  A batch
 * brings events at or after some time, so the fold starts from what held just
 * before that time, which edge and edge_history tell, and goes through the
 * stored events from there: in order of arrival that is the batch alone.  The
 * result does not depend on the order in which events came.
 *
 * Events before the limit of retention, today's or an earlier one, are gone, and
 * what they told of edges is known by these alone.  So such edges stand, and an
 * event that comes from before the limit ends none, and adds to them unless edges
 * were replaced since.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ingest/edge.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define EVENTS_AT_ONCE 8

/*
 * Edges that an owner may replace; control edges never are.  Both ends of each
 * are looked up in an index: an OR of the two would read all edges there are.
 */
#define AT_OWN(relation, columns, end) \
	"SELECT " columns " FROM openlineage." relation " AS h WHERE h." end " = ANY (" \
	" ARRAY(SELECT $1 UNION ALL SELECT n.id FROM openlineage.node AS n WHERE n.job_id = $1))"
#define OWNED(relation, columns) \
	" FROM (" AT_OWN(relation, columns, "src") \
	"       UNION " AT_OWN(relation, columns, "dst") ") AS e" \
	" JOIN openlineage.node AS s ON s.id = e.src" \
	" JOIN openlineage.node AS d ON d.id = e.dst" \
	" WHERE openlineage.edge_owner(e.kind, s, d) = $1"

static OlStatement current_edges = {
	"SELECT e.src, e.dst, e.kind = 'derives', e.first_at"
	OWNED("edge", "h.src, h.dst, h.kind, h.first_at")
};

/* Takes out what ended at or after $2, to be told anew. */
static OlStatement take_history = {
	"WITH owned AS (SELECT e.place"
	OWNED("edge_history", "h.ctid AS place, h.src, h.dst, h.kind, h.valid")
	"                  AND upper(e.valid) >= $2)"
	"DELETE FROM openlineage.edge_history AS h USING owned AS o"
	" WHERE h.ctid = o.place"
	" RETURNING h.src, h.dst, h.kind = 'derives', lower(h.valid)"
};

static OlStatement insert_history = {
	"INSERT INTO openlineage.edge_history"
	"       (src, dst, kind, src_namespace_id, dst_namespace_id, valid)"
	" SELECT g.src, g.dst, g.kind::openlineage.edge_kind, s.namespace_id,"
	"        d.namespace_id, tstzrange(g.since, g.until)"
	"   FROM unnest($1, $2, $3, $4, $5) AS g(src, dst, kind, since, until)"
	"   JOIN openlineage.node AS s ON s.id = g.src"
	"   JOIN openlineage.node AS d ON d.id = g.dst"
	"  WHERE g.since < g.until"
};

static OlStatement delete_edges = {
	"DELETE FROM openlineage.edge AS e"
	" USING unnest($1, $2, $3, $4) AS g(src, dst, kind, at)"
	" WHERE e.src = g.src AND e.dst = g.dst"
	"   AND e.kind = g.kind::openlineage.edge_kind"
};

static OlStatement events_since = {
	"SELECT e.body, e.is_command FROM openlineage.event AS e"
	" WHERE e.node_id IN (SELECT $1 UNION ALL"
	"                     SELECT n.id FROM openlineage.node AS n WHERE n.canonical_id = $1)"
	"   AND e.event_time >= $2"
	" ORDER BY e.event_time, e.hash"
};

static OlStatement find_limits = {
	"SELECT COALESCE(GREATEST(openlineage.retention_limit(),"
	"                         (SELECT m.before FROM openlineage.retention_mark AS m)), '-infinity'),"
	"       COALESCE((SELECT r.event_time FROM openlineage.edge_replacement AS r"
	"                  WHERE r.node_id = $1), '-infinity')"
};

static OlStatement set_replacement = {
	"INSERT INTO openlineage.edge_replacement AS r (node_id, namespace_id, event_time, event_hash)"
	" SELECT n.id, n.namespace_id, $2, $3 FROM openlineage.node AS n WHERE n.id = $1"
	" ON CONFLICT (node_id) DO UPDATE"
	"   SET event_time = excluded.event_time, event_hash = excluded.event_hash"
	"  WHERE (excluded.event_time, excluded.event_hash) > (r.event_time, r.event_hash)"
};

static OlStatement drop_column_lineage = {
	"WITH lost AS ("
	"  DELETE FROM openlineage.column_lineage_source AS s"
	"   WHERE s.owner_id = $1 AND (s.event_time, s.event_hash) < ($2, $3)"
	"  RETURNING s.owner_id, s.dataset_id)"
	"DELETE FROM openlineage.column_edge AS e USING lost AS l"
	" WHERE e.owner_id = l.owner_id AND e.dataset_id = l.dataset_id"
	"   AND NOT e.explicit"
};

typedef struct EdgeKey
{
	int			src;
	int			dst;
	int			derives;
} EdgeKey;

/* An edge in the fold. */
typedef struct Edge
{
	EdgeKey		key;
	TimestampTz stored;			/* first_at in the table; NOEND: not there */
	TimestampTz since;			/* holds since; NOEND: does not hold */
	int			told_by;		/* number of the last event that named it */
} Edge;

typedef struct Fold
{
	int			owner_id;
	TimestampTz limit;			/* events before are gone; NOBEGIN: none */
	TimestampTz was_replaced_at;	/* last, before the fold */
	MemoryContext chunk;		/* of the events at hand */
	MemoryContext result;		/* of what outlives them */
	HTAB	   *edges;
	OlRows	   *history;
	int			event_number;
	bool		replaced;
	TimestampTz replaced_at;	/* by the last replacing event of the fold */
	OlHash		replaced_by;
	List	   *column_links;	/* explicit, since that event */
} Fold;

static Edge *
enter_edge(Fold *fold, int src, int dst, bool derives)
{
	EdgeKey		key = {src, dst, derives};
	bool		found;
	Edge	   *edge = hash_search(fold->edges, &key, HASH_ENTER, &found);

	if (!found)
	{
		edge->stored = DT_NOEND;
		edge->since = DT_NOEND;
		edge->told_by = 0;
	}
	return edge;
}

static void
load_limits(Fold *fold)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(fold->owner_id)};
	bool		isnull;

	ol_statement_execute(&find_limits, 1, types, values, false);
	fold->limit = DatumGetTimestampTz(ol_result(0, 1, &isnull));
	fold->was_replaced_at = DatumGetTimestampTz(ol_result(0, 2, &isnull));
}

/* What the tables say of the time just before from. */
static void
load_before(Fold *fold, TimestampTz from)
{
	Oid			types[] = {INT4OID, TIMESTAMPTZOID};
	Datum		values[] = {
		Int32GetDatum(fold->owner_id), TimestampTzGetDatum(from)
	};
	bool		isnull;
	uint64		n;

	n = ol_statement_execute(&current_edges, 1, types, values, false);
	for (uint64 i = 0; i < n; i++)
	{
		Edge	   *edge = enter_edge(fold, ol_result_int(i, 1),
									  ol_result_int(i, 2),
									  DatumGetBool(ol_result(i, 3, &isnull)));

		edge->stored = DatumGetTimestampTz(ol_result(i, 4, &isnull));
		if (edge->stored < from)
			edge->since = edge->stored;
	}
	n = ol_statement_execute(&take_history, 2, types, values, false);
	for (uint64 i = 0; i < n; i++)
	{
		TimestampTz since = DatumGetTimestampTz(ol_result(i, 4, &isnull));
		Edge	   *edge;

		if (since >= from)
			continue;
		edge = enter_edge(fold, ol_result_int(i, 1), ol_result_int(i, 2),
						  DatumGetBool(ol_result(i, 3, &isnull)));
		edge->since = since;
	}
}

static void
add_history(Fold *fold, const Edge *edge, TimestampTz until)
{
	MemoryContext old = MemoryContextSwitchTo(fold->result);

	ol_rows_add(fold->history, Int32GetDatum(edge->key.src));
	ol_rows_add(fold->history, Int32GetDatum(edge->key.dst));
	ol_rows_add_text(fold->history, edge->key.derives ? "derives" : "data");
	ol_rows_add(fold->history, TimestampTzGetDatum(edge->since));
	ol_rows_add(fold->history, TimestampTzGetDatum(until));
	MemoryContextSwitchTo(old);
}

/* Ends every edge that this event does not name. */
static void
end_others(Fold *fold, OlEvent *event)
{
	HASH_SEQ_STATUS scan;
	Edge	   *edge;

	hash_seq_init(&scan, fold->edges);
	while ((edge = hash_seq_search(&scan)) != NULL)
	{
		if (edge->since == DT_NOEND || edge->told_by == fold->event_number)
			continue;
		add_history(fold, edge, event->time);
		edge->since = DT_NOEND;
	}
	fold->replaced = true;
	fold->replaced_at = event->time;
	fold->replaced_by = event->hash;
}

static char *
keep_text(Fold *fold, const char *text)
{
	return MemoryContextStrdup(fold->result, text);
}

/* A copy of a column link that outlives its event; names are ids by now. */
static void
keep_column_link(Fold *fold, OlColumnLink *link)
{
	MemoryContext old = MemoryContextSwitchTo(fold->result);
	OlColumnLink *copy = palloc(sizeof(OlColumnLink));

	*copy = *link;
	copy->src_field = keep_text(fold, link->src_field);
	copy->dst_field = keep_text(fold, link->dst_field);
	copy->transformations = keep_text(fold, link->transformations);
	copy->src.id = palloc(sizeof(OlName));
	*copy->src.id = *link->src.id;
	copy->dst.id = palloc(sizeof(OlName));
	*copy->dst.id = *link->dst.id;
	fold->column_links = lappend(fold->column_links, copy);
	MemoryContextSwitchTo(old);
}

static void
fold_event(Fold *fold, OlEvent *event)
{
	bool		is_late = event->time < fold->limit;
	ListCell   *cell;

	if (is_late && event->time < fold->was_replaced_at)
		return;
	fold->event_number++;
	foreach(cell, event->links)
	{
		OlLink	   *link = lfirst(cell);
		int			src = ol_end_id(&link->src);
		int			dst = ol_end_id(&link->dst);
		Edge	   *edge;

		if (link->kind == OL_EDGE_CONTROL || src == dst)
			continue;
		edge = enter_edge(fold, src, dst, link->kind == OL_EDGE_DERIVES);
		edge->told_by = fold->event_number;
		edge->since = Min(edge->since, event->time);
	}
	if (event->replaces && !is_late)
	{
		end_others(fold, event);
		fold->column_links = NIL;
	}
	foreach(cell, event->column_links)
	{
		OlColumnLink *link = lfirst(cell);

		if (link->source == NULL)
			keep_column_link(fold, link);
	}
}

static bool
are_known(const OlRef *a, const OlRef *b)
{
	return a->id->id != 0 && b->id->id != 0;
}

/* What was purged since is named by the events of others, and not made again. */
static void
leave_out_purged(OlEvent *event)
{
	List	   *links = NIL;
	List	   *column_links = NIL;
	ListCell   *cell;

	foreach(cell, event->links)
	{
		OlLink	   *link = lfirst(cell);

		if (are_known(&link->src.ref, &link->dst.ref))
			links = lappend(links, link);
	}
	foreach(cell, event->column_links)
	{
		OlColumnLink *link = lfirst(cell);

		if (are_known(&link->src, &link->dst))
			column_links = lappend(column_links, link);
	}
	event->links = links;
	event->column_links = column_links;
}

/*
 * Reads the stored events at hand again and takes them in.  A level of SPI of
 * its own frees what its statements return.
 */
static void
fold_chunk(Fold *fold)
{
	OlBatch		batch = {0};
	uint64		n = SPI_processed;

	batch.events = palloc_array(OlEvent *, n);
	for (uint64 i = 0; i < n; i++)
	{
		OlEvent    *event = palloc(sizeof(OlEvent));
		char	   *body = ol_result_text(i, 1);
		bool		isnull;
		bool		is_command = DatumGetBool(ol_result(i, 2, &isnull));

		/* Empty lists count in a command alone. */
		if (!ol_event_parse(event, body, strlen(body), is_command))
			elog(ERROR, "could not read a stored event again: %s",
				 event->fault.message);
		batch.events[batch.nevents++] = event;
	}
	SPI_connect();
	MemoryContextSwitchTo(fold->chunk);
	ol_names_collect(&batch);
	(void) ol_names_find(&batch);
	for (int i = 0; i < batch.nevents; i++)
		leave_out_purged(batch.events[i]);
	ol_steps_resolve(batch.events, batch.nevents);
	for (int i = 0; i < batch.nevents; i++)
		fold_event(fold, batch.events[i]);
	SPI_finish();
	MemoryContextSwitchTo(fold->chunk);
}

static void
fold_events(Fold *fold, TimestampTz from)
{
	Oid			types[] = {INT4OID, TIMESTAMPTZOID};
	Datum		values[] = {
		Int32GetDatum(fold->owner_id), TimestampTzGetDatum(from)
	};
	Portal		portal;

	if (events_since.plan == NULL)
	{
		events_since.plan = SPI_prepare(events_since.sql, 2, types);
		SPI_keepplan(events_since.plan);
	}
	portal = SPI_cursor_open(NULL, events_since.plan, values, NULL, false);
	for (;;)
	{
		MemoryContext old = MemoryContextSwitchTo(fold->chunk);
		SPITupleTable *table;

		SPI_cursor_fetch(portal, true, EVENTS_AT_ONCE);
		table = SPI_tuptable;
		if (SPI_processed > 0)
			fold_chunk(fold);
		MemoryContextSwitchTo(old);
		if (table == NULL || table->numvals == 0)
			break;
		SPI_freetuptable(table);
		MemoryContextReset(fold->chunk);
	}
	SPI_cursor_close(portal);
}

/* What the fold came to, into edge and edge_history. */
static void
store_edges(Fold *fold)
{
	OlRows	   *gone = ol_edge_rows();
	OlRows	   *fresh = ol_edge_rows();
	HASH_SEQ_STATUS scan;
	Edge	   *edge;

	hash_seq_init(&scan, fold->edges);
	while ((edge = hash_seq_search(&scan)) != NULL)
	{
		OlEdgeKind	kind = edge->key.derives ? OL_EDGE_DERIVES : OL_EDGE_DATA;

		if (edge->stored == edge->since)
			continue;
		if (edge->stored != DT_NOEND)
			ol_edge_rows_add(gone, edge->key.src, edge->key.dst, kind,
							 edge->stored);
		if (edge->since != DT_NOEND)
			ol_edge_rows_add(fresh, edge->key.src, edge->key.dst, kind,
							 edge->since);
	}
	ol_rows_execute(gone, &delete_edges);
	ol_edge_rows_insert(fresh);
	ol_rows_execute(fold->history, &insert_history);
}

static void
store_replacement(Fold *fold)
{
	Oid			types[] = {INT4OID, TIMESTAMPTZOID, UUIDOID};
	Datum		values[] = {
		Int32GetDatum(fold->owner_id), TimestampTzGetDatum(fold->replaced_at),
		UUIDPGetDatum(&fold->replaced_by)
	};

	ol_statement_execute(&set_replacement, 3, types, values, false);
	ol_statement_execute(&drop_column_lineage, 3, types, values, false);
	ol_columns_clear_explicit(fold->owner_id);
}

/* Tells the edges of one owner anew from a time on; NOBEGIN: altogether. */
void
ol_edges_rebuild(int owner_id, TimestampTz from)
{
	static const Oid history_types[] = {
		INT4OID, INT4OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID
	};
	HASHCTL		control = {.keysize = sizeof(EdgeKey),.entrysize = sizeof(Edge),
	.hcxt = CurrentMemoryContext};
	Fold		fold = {.owner_id = owner_id,.result = CurrentMemoryContext};
	List	   *owners = NIL;

	fold.chunk = AllocSetContextCreate(CurrentMemoryContext, "events at hand",
									   ALLOCSET_DEFAULT_SIZES);
	fold.edges = hash_create("edges of an owner", 64, &control,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	fold.history = ol_rows_create(lengthof(history_types), history_types);
	load_limits(&fold);
	load_before(&fold, Max(from, fold.limit));
	fold_events(&fold, from);
	store_edges(&fold);
	if (fold.replaced)
		store_replacement(&fold);
	for (int i = 0; i < list_length(fold.column_links); i++)
		owners = lappend_int(owners, owner_id);
	ol_columns_store(fold.column_links, owners);
	MemoryContextDelete(fold.chunk);
}
