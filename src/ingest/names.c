/*-------------------------------------------------------------------------
 * names.c
 *	  From the names a batch mentions to ids.
 *
 * Each name is collected once, whatever the number of mentions, and looked up;
 * the missing ones are inserted in one statement, in the order of their keys so
 * that two sessions never wait for each other in a circle.  An id is drawn only
 * for a name that was not found.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "base/probe.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "ingest/batch.h"
#include "ingest/known.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

static OlStatement insert_spaces = {
	"INSERT INTO openlineage.namespace (name, created_at, updated_at)"
	" SELECT g.name, g.at, g.at"
	"   FROM unnest($1, $2, $3) AS g(name, hash, at)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.namespace AS n"
	"                     WHERE n.name_hash = g.hash)"
	"  ORDER BY g.hash"
	" ON CONFLICT DO NOTHING"
};

/*
 * Two statements: the first takes the locks in one order, the second sees what
 * those it waited for have left.  ON CONFLICT DO UPDATE would do both, but on
 * a table with a generated key it takes a lock that foreign keys conflict with.
 */
static OlStatement lock_older_spaces = {
	"SELECT n.id"
	"  FROM unnest($1, $2, $3) AS g(name, hash, at)"
	"  JOIN openlineage.namespace AS n ON n.name_hash = g.hash"
	" WHERE n.created_at > g.at"
	" ORDER BY n.name_hash FOR NO KEY UPDATE OF n"
};

static OlStatement age_spaces = {
	"UPDATE openlineage.namespace AS n"
	"   SET created_at = g.at,"
	"       updated_at = CASE WHEN n.updated_at = n.created_at THEN g.at"
	"                         ELSE n.updated_at END"
	"  FROM unnest($1, $2, $3) AS g(name, hash, at)"
	" WHERE n.name_hash = g.hash AND n.created_at > g.at"
};

static OlStatement insert_nodes = {
	"INSERT INTO openlineage.node (kind, namespace_id, name)"
	" SELECT g.kind::openlineage.node_kind, g.namespace_id, g.name"
	"   FROM unnest($1, $2, $3, $4) AS g(namespace_id, kind, name, hash)"
	"  ORDER BY g.namespace_id, g.kind, g.hash"
	" ON CONFLICT DO NOTHING"
};

/* Locked in one order, as two sessions may show the same nodes. */
static OlStatement show_hidden = {
	"DELETE FROM openlineage.hidden_node AS h"
	"  WHERE h.node_id IN"
	"        (SELECT o.node_id FROM openlineage.hidden_node AS o"
	"          WHERE o.node_id IN (SELECT g.id FROM unnest($1) AS g(id))"
	"          ORDER BY o.node_id FOR UPDATE)"
};

static OlStatement show_spaces = {
	"UPDATE openlineage.namespace AS n SET is_hidden = false"
	"  WHERE n.id IN"
	"        (SELECT o.id FROM openlineage.namespace AS o"
	"          WHERE o.id IN (SELECT g.id FROM unnest($1) AS g(id))"
	"          ORDER BY o.name_hash FOR NO KEY UPDATE)"
};

/*
 * The tables of a batch are keyed by what names say; the hash that a name is
 * stored under, which is dear, is taken once for each.
 */
static uint32
hash_space(const void *key, Size size)
{
	const OlSpace *space = key;

	return hash_bytes((const unsigned char *) space->name, strlen(space->name));
}

static int
match_spaces(const void *a, const void *b, Size size)
{
	const OlSpace *left = a;
	const OlSpace *right = b;

	return strcmp(left->name, right->name);
}

static uint32
hash_name(const void *key, Size size)
{
	const OlName *name = key;
	uint32		hash = hash_bytes((const unsigned char *) name->name,
								  strlen(name->name));

	return hash ^ hash_bytes((const unsigned char *) &name->space,
							 sizeof(name->space)) ^ name->kind;
}

static int
match_names(const void *a, const void *b, Size size)
{
	const OlName *left = a;
	const OlName *right = b;

	return left->space == right->space && left->kind == right->kind ?
		strcmp(left->name, right->name) : 1;
}

static OlSpace *
collect_space(OlBatch *batch, char *name, TimestampTz at)
{
	OlSpace    *space = batch->last_space;
	bool		found = space != NULL && strcmp(space->name, name) == 0;

	if (!found)
		batch->last_space = space = hash_search(batch->spaces, &name,
												HASH_ENTER, &found);
	if (!found)
	{
		space->hash = ol_hash(name, strlen(name));
		space->id = 0;
		space->first_at = at;
		batch->space_list = lappend(batch->space_list, space);
	}
	space->first_at = Min(space->first_at, at);
	return space;
}

static void
collect_name(OlBatch *batch, OlEvent *event, OlNodeKind kind, OlRef *ref)
{
	OlName		key = {
		.space = collect_space(batch, ref->space, event->time),
		.kind = kind,.name = ref->name
	};
	OlName	   *name;
	bool		found;

	name = hash_search(batch->names, &key, HASH_ENTER, &found);
	if (!found)
	{
		name->hash = ol_hash(ref->name, strlen(ref->name));
		name->id = name->own_id = 0;
		name->current_version = OL_VERSION_NONE;
		name->told = NULL;
		name->parent = NULL;
		name->latest = NULL;
		batch->name_list = lappend(batch->name_list, name);
	}
	ref->id = name;
}

static void
collect_dataset(OlBatch *batch, OlEvent *event, OlDataset *dataset)
{
	ListCell   *cell;

	collect_name(batch, event, OL_NODE_DATASET, &dataset->ref);
	foreach(cell, dataset->symlinks)
		collect_name(batch, event, OL_NODE_DATASET, lfirst(cell));
	if (dataset->former != NULL)
		collect_name(batch, event, OL_NODE_DATASET, dataset->former);
}

static void
collect_end(OlBatch *batch, OlEvent *event, OlEnd *end)
{
	OlNodeKind	kind = end->kind == OL_NODE_STEP ? end->target_kind : end->kind;

	collect_name(batch, event, kind, &end->ref);
}

static void
collect_event(OlBatch *batch, OlEvent *event)
{
	ListCell   *cell;

	if (event->kind == OL_EVENT_DATASET)
		event->job = event->datasets[0].ref;
	else
		collect_name(batch, event, OL_NODE_JOB, &event->job);
	if (event->parent.given)
		collect_name(batch, event, OL_NODE_JOB, &event->parent.job);
	if (event->root.given)
		collect_name(batch, event, OL_NODE_JOB, &event->root.job);
	for (int i = 0; i < event->ndatasets; i++)
		collect_dataset(batch, event, &event->datasets[i]);
	if (event->kind == OL_EVENT_DATASET)
		event->job = event->datasets[0].ref;
	foreach(cell, event->links)
	{
		OlLink	   *link = lfirst(cell);

		collect_end(batch, event, &link->src);
		collect_end(batch, event, &link->dst);
	}
	foreach(cell, event->column_links)
	{
		OlColumnLink *link = lfirst(cell);

		collect_name(batch, event, OL_NODE_DATASET, &link->src);
		collect_name(batch, event, OL_NODE_DATASET, &link->dst);
	}
	foreach(cell, event->column_sources)
	{
		OlColumnSource *source = lfirst(cell);

		collect_name(batch, event, OL_NODE_DATASET, &source->dst);
	}
}

/* Every name of every event, once each; the events' references point to them. */
void
ol_names_collect(OlBatch *batch)
{
	HASHCTL		control = {.hcxt = CurrentMemoryContext};

	control.keysize = offsetof(OlSpace, hash);
	control.entrysize = sizeof(OlSpace);
	control.hash = hash_space;
	control.match = match_spaces;
	batch->spaces = hash_create("namespaces of a batch", 64, &control,
								HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
								HASH_CONTEXT);
	control.keysize = offsetof(OlName, hash);
	control.entrysize = sizeof(OlName);
	control.hash = hash_name;
	control.match = match_names;
	batch->names = hash_create("names of a batch", 256, &control,
							   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
							   HASH_CONTEXT);
	for (int i = 0; i < batch->nevents; i++)
		collect_event(batch, batch->events[i]);
}

/* Of those that are stored; *older: an event was earlier than any before. */
static bool
find_space_ids(OlBatch *batch, bool *older)
{
	bool		all = true;
	OlProbe		stored;
	Oid			table;
	AttrNumber	id;
	AttrNumber	created_at;
	AttrNumber	is_hidden;
	ListCell   *cell;

	*older = false;
	ol_probe_begin(&stored, "namespace_name_key", 1);
	table = RelationGetRelid(stored.table);
	id = get_attnum(table, "id");
	created_at = get_attnum(table, "created_at");
	is_hidden = get_attnum(table, "is_hidden");
	foreach(cell, batch->space_list)
	{
		OlSpace    *space = lfirst(cell);
		Datum		key = UUIDPGetDatum(&space->hash);
		bool		isnull;

		if (!ol_probe_find_again(&stored, &key))
		{
			all = false;
			continue;
		}
		space->id = DatumGetInt32(ol_probe_column(&stored, id, &isnull));
		space->is_hidden = DatumGetBool(ol_probe_column(&stored, is_hidden,
														&isnull));
		*older |= DatumGetTimestampTz(ol_probe_column(&stored, created_at,
													  &isnull)) > space->first_at;
	}
	ol_probe_end(&stored);
	return all;
}

static OlRows *
space_rows(OlBatch *batch)
{
	static const Oid types[] = {TEXTOID, UUIDOID, TIMESTAMPTZOID};
	OlRows	   *rows = ol_rows_create(3, types);
	ListCell   *cell;

	foreach(cell, batch->space_list)
	{
		OlSpace    *space = lfirst(cell);

		ol_rows_add_text(rows, space->name);
		ol_rows_add(rows, UUIDPGetDatum(&space->hash));
		ol_rows_add(rows, TimestampTzGetDatum(space->first_at));
	}
	return rows;
}

static void
resolve_spaces(OlBatch *batch)
{
	bool		older;

	if (!find_space_ids(batch, &older))
	{
		ol_rows_execute(space_rows(batch), &insert_spaces);
		if (!find_space_ids(batch, &older))
			elog(ERROR, "could not find a namespace after inserting it");
	}
	if (older)
	{
		OlRows	   *rows = space_rows(batch);

		ol_rows_execute(rows, &lock_older_spaces);
		ol_rows_execute(rows, &age_spaces);
	}
}

/* What a look-up of names needs to know of openlineage.node. */
typedef struct NodeTable
{
	OlProbe		by_name;
	OlProbe		by_id;
	AttrNumber	id;
	AttrNumber	namespace_id;
	AttrNumber	canonical_id;
	Oid			kinds[2];		/* by OlNodeKind */
} NodeTable;

static void
open_nodes(NodeTable *nodes)
{
	static const char *const labels[] = {"dataset", "job"};
	Oid			table;
	Oid			type;

	ol_probe_begin(&nodes->by_name, "node_name_key", 3);
	ol_probe_begin(&nodes->by_id, "node_pkey", 1);
	table = RelationGetRelid(nodes->by_name.table);
	nodes->id = get_attnum(table, "id");
	nodes->namespace_id = get_attnum(table, "namespace_id");
	nodes->canonical_id = get_attnum(table, "canonical_id");
	type = get_atttype(table, get_attnum(table, "kind"));
	for (size_t i = 0; i < lengthof(labels); i++)
		nodes->kinds[i] = ol_enum_value(type, labels[i]);
}

static void
close_nodes(NodeTable *nodes)
{
	ol_probe_end(&nodes->by_id);
	ol_probe_end(&nodes->by_name);
}

/* The node of this very name, and the one that stands for it. */
static bool
find_node(NodeTable *nodes, OlName *name)
{
	Datum		keys[] = {
		Int32GetDatum(name->space->id), UUIDPGetDatum(&name->hash),
		ObjectIdGetDatum(nodes->kinds[name->kind])
	};
	OlProbe    *found = &nodes->by_name;
	Datum		canonical;
	bool		isnull;

	if (!ol_probe_find(found, keys))
		return false;
	name->own_id = DatumGetInt32(ol_probe_column(found, nodes->id, &isnull));
	canonical = ol_probe_column(found, nodes->canonical_id, &isnull);
	if (!isnull)
	{
		found = &nodes->by_id;
		if (!ol_probe_find(found, &canonical))
			elog(ERROR, "node %d does not exist", DatumGetInt32(canonical));
	}
	name->id = DatumGetInt32(ol_probe_column(found, nodes->id, &isnull));
	name->space_id = DatumGetInt32(ol_probe_column(found, nodes->namespace_id,
												   &isnull));
	return true;
}

/* Ids of the names that are stored; a list of the others. */
static List *
find_nodes(List *names, bool remember)
{
	NodeTable	nodes;
	List	   *missing = NIL;
	ListCell   *cell;

	if (names == NIL)
		return NIL;
	open_nodes(&nodes);
	foreach(cell, names)
	{
		OlName	   *name = lfirst(cell);

		if (!find_node(&nodes, name))
			missing = lappend(missing, name);
		else if (remember && !IsolationUsesXactSnapshot())
			ol_known_name_add(name);
	}
	close_nodes(&nodes);
	return missing;
}

static void
add_nodes(List *names)
{
	static const Oid types[] = {INT4OID, TEXTOID, TEXTOID, UUIDOID};
	OlRows	   *rows = ol_rows_create(4, types);
	ListCell   *cell;

	foreach(cell, names)
	{
		OlName	   *name = lfirst(cell);

		ol_rows_add(rows, Int32GetDatum(name->space->id));
		ol_rows_add_text(rows, name->kind == OL_NODE_JOB ? "job" : "dataset");
		ol_rows_add_text(rows, name->name);
		ol_rows_add(rows, UUIDPGetDatum(&name->hash));
	}
	ol_rows_execute(rows, &insert_nodes);
}

/* Ids of the names that are stored, 0 for the others; whether all are.  Reads only. */
bool
ol_names_find(OlBatch *batch)
{
	bool		older;
	bool		all = find_space_ids(batch, &older);

	return find_nodes(batch->name_list, false) == NIL && all;
}

/* Ids of all names; may be called again after aliases have changed. */
void
ol_names_resolve(OlBatch *batch)
{
	List	   *missing = NIL;
	ListCell   *cell;

	resolve_spaces(batch);
	ol_known_begin();
	foreach(cell, batch->name_list)
	{
		OlName	   *name = lfirst(cell);

		if (!ol_known_name(name))
			missing = lappend(missing, name);
	}
	missing = find_nodes(missing, true);
	if (missing == NIL)
		return;
	add_nodes(missing);
	if (find_nodes(missing, true) != NIL)
		elog(ERROR, "could not find a node after inserting it");
}

/* Mostly there is none, and then nothing to ask for by the names of the batch. */
static bool
has_hidden_nodes(void)
{
	OlProbe		nodes;
	bool		found;

	ol_probe_begin(&nodes, "hidden_node_pkey", 0);
	found = ol_probe_find(&nodes, NULL);
	ol_probe_end(&nodes);
	return found;
}

/*
 * What DELETE has hidden is shown again by the next event that names it, one
 * that was sent before included: its producer goes on.  A namespace is so only
 * for who may write it.
 */
void
ol_names_show(OlBatch *batch)
{
	static const Oid types[] = {INT4OID};
	OlRows	   *spaces = ol_rows_create(1, types);
	OlRows	   *rows;
	ListCell   *cell;

	foreach(cell, batch->space_list)
	{
		OlSpace    *space = lfirst(cell);

		if (space->is_hidden && ol_readable_has(batch->writable, space->id))
			ol_rows_add(spaces, Int32GetDatum(space->id));
	}
	if (spaces->nrows > 0)
		ol_rows_execute(spaces, &show_spaces);
	if (!has_hidden_nodes())
		return;
	rows = ol_rows_create(1, types);
	foreach(cell, batch->name_list)
		ol_rows_add(rows, Int32GetDatum(((OlName *) lfirst(cell))->id));
	ol_rows_execute(rows, &show_hidden);
}

static void
touch_name(OlEvent *event, OlRef *ref)
{
	OlName	   *name = ref->id;

	name->first_at = Min(name->first_at, event->time);
	name->last_at = Max(name->last_at, event->time);
}

/* The span of time in which the new events mention each name. */
void
ol_names_touch(OlBatch *batch)
{
	ListCell   *cell;

	foreach(cell, batch->name_list)
	{
		OlName	   *name = lfirst(cell);

		name->first_at = DT_NOEND;
		name->last_at = DT_NOBEGIN;
	}
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		touch_name(event, &event->job);
		if (event->parent.given)
			touch_name(event, &event->parent.job);
		if (event->root.given)
			touch_name(event, &event->root.job);
		for (int j = 0; j < event->ndatasets; j++)
			touch_name(event, &event->datasets[j].ref);
		foreach(cell, event->links)
		{
			OlLink	   *link = lfirst(cell);

			touch_name(event, &link->src.ref);
			touch_name(event, &link->dst.ref);
		}
		foreach(cell, event->column_links)
		{
			OlColumnLink *link = lfirst(cell);

			touch_name(event, &link->src);
			touch_name(event, &link->dst);
		}
	}
}
