/*-------------------------------------------------------------------------
 * node.c
 *	  Nodes and their names, one by one and without a statement.
 *
 * A small answer is a few dozen nodes, and a statement costs more than the
 * look-ups it is made for.  Only for callers of whom is known what they may
 * read of the tables of names (reader.c): a row that may not be seen is not
 * found.  Rows are seen in the active snapshot.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/tableam.h"
#include "base/hash.h"
#include "base/probe.h"
#include "graph/node.h"
#include "graph/reader.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

/* How many rows are read between looks at interrupts. */
#define INTERRUPT_EVERY 4096

/* By which key of which table. */
typedef enum Key
{
	NODE_BY_ID,
	NODE_BY_NAME,
	NODE_BY_JOB,				/* steps */
	HIDDEN_BY_NODE,
	SPACE_BY_ID,
	SPACE_BY_NAME,
	ANY_STEP,
	ANY_HIDDEN,
	KEYS
} Key;

static const struct
{
	const char *index;
	int			nkeys;
	const char *space;			/* column that decides who sees a row */
}			keys[KEYS] = {
	[NODE_BY_ID] = {"node_pkey", 1, "namespace_id"},
	[NODE_BY_NAME] = {"node_name_key", 3, "namespace_id"},
	[NODE_BY_JOB] = {"node_step_key", 1, "namespace_id"},
	[HIDDEN_BY_NODE] = {"hidden_node_pkey", 1, "namespace_id"},
	[SPACE_BY_ID] = {"namespace_pkey", 1, "id"},
	[SPACE_BY_NAME] = {"namespace_name_key", 1, "id"},
	[ANY_STEP] = {"node_step_key", 0, "namespace_id"},
	[ANY_HIDDEN] = {"hidden_node_pkey", 0, "namespace_id"}
};

/* Columns of openlineage.node. */
typedef struct NodeColumns
{
	AttrNumber	id;
	AttrNumber	kind;
	AttrNumber	namespace_id;
	AttrNumber	name;
	AttrNumber	canonical_id;
	AttrNumber	job_id;
	AttrNumber	last;			/* of these */
	Oid			dataset;		/* values of kind */
	Oid			job;
} NodeColumns;

struct OlNodes
{
	OlReader	reader;			/* without a refusal */
	const OlReadable *readable; /* of the reader; NULL: everything */
	OlProbe		probes[KEYS];
	bool		is_open[KEYS];
	AttrNumber	spaces[KEYS];	/* column of keys[].space */
	NodeColumns columns;		/* once a probe of nodes is open */
	OlProbe    *found;			/* the node found last */
	text	  **space_names;	/* by id, of those asked for; NULL otherwise */
	int32		nspaces;
};

/* NULL: the caller must ask SQL.  Between SPI_connect() and SPI_finish(). */
OlNodes *
ol_nodes_open(void)
{
	OlReader	reader = ol_reader_of_names();
	OlNodes    *nodes;

	if (reader.refusal != NULL)
		return NULL;
	nodes = palloc0(sizeof(OlNodes));
	nodes->reader = reader;
	nodes->readable = reader.readable;
	return nodes;
}

/* What was found stays, but for names that were not copied. */
void
ol_nodes_close(OlNodes *nodes)
{
	for (int i = 0; i < KEYS; i++)
	{
		if (nodes->is_open[i])
			ol_probe_end(&nodes->probes[i]);
	}
	if (nodes->space_names != NULL)
		pfree(nodes->space_names);
	pfree(nodes);
}

static void
find_columns(NodeColumns *columns, Oid table)
{
	Oid			type;

	columns->id = get_attnum(table, "id");
	columns->kind = get_attnum(table, "kind");
	columns->namespace_id = get_attnum(table, "namespace_id");
	columns->name = get_attnum(table, "name");
	columns->canonical_id = get_attnum(table, "canonical_id");
	columns->job_id = get_attnum(table, "job_id");
	columns->last = Max(Max(Max(columns->id, columns->kind),
							Max(columns->namespace_id, columns->name)),
						Max(columns->canonical_id, columns->job_id));
	type = get_atttype(table, columns->kind);
	columns->dataset = ol_enum_value(type, "dataset");
	columns->job = ol_enum_value(type, "job");
}

static OlProbe *
probe_by(OlNodes *nodes, Key key)
{
	OlProbe    *probe = &nodes->probes[key];
	Oid			table;

	if (nodes->is_open[key])
		return probe;
	ol_probe_begin_reading(probe, keys[key].index, keys[key].nkeys, false);
	nodes->is_open[key] = true;
	table = RelationGetRelid(probe->table);
	nodes->spaces[key] = get_attnum(table, keys[key].space);
	if (key <= NODE_BY_JOB && nodes->columns.id == 0)
		find_columns(&nodes->columns, table);
	return probe;
}

/* The next row with the key that may be seen. */
static bool
next_row(OlNodes *nodes, Key key)
{
	return ol_readable_next(nodes->readable, &nodes->probes[key],
							nodes->spaces[key]);
}

static OlProbe *
find_row(OlNodes *nodes, Key key, const Datum *values)
{
	OlProbe    *probe = probe_by(nodes, key);

	ol_probe_seek(probe, values, NULL);
	return next_row(nodes, key) ? probe : NULL;
}

static int32
int_column(OlProbe *probe, AttrNumber column)
{
	bool		isnull;
	Datum		value = ol_probe_column(probe, column, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

/* 0 for null. */
static int32
int_of(const TupleTableSlot *slot, AttrNumber column)
{
	return slot->tts_isnull[column - 1] ? 0 :
		DatumGetInt32(slot->tts_values[column - 1]);
}

static void
take_slot(OlNodes *nodes, TupleTableSlot *slot, OlTakeNode take, void *arg)
{
	const NodeColumns *columns = &nodes->columns;
	OlNode		node;

	slot_getsomeattrs(slot, columns->last);
	node.namespace_id = int_of(slot, columns->namespace_id);
	if (nodes->readable != NULL &&
		!ol_readable_has(nodes->readable, node.namespace_id))
		return;
	node.id = int_of(slot, columns->id);
	node.canonical_id = int_of(slot, columns->canonical_id);
	node.job_id = int_of(slot, columns->job_id);
	node.is_job =
		DatumGetObjectId(slot->tts_values[columns->kind - 1]) == columns->job;
	take(&node, slot->tts_values[columns->name - 1], arg);
}

/* All nodes that may be seen, in no order. */
void
ol_nodes_scan(OlNodes *nodes, OlTakeNode take, void *arg)
{
	Relation	table = probe_by(nodes, NODE_BY_ID)->table;
	TupleTableSlot *slot = table_slot_create(table, NULL);
	TableScanDesc scan = table_beginscan(table, GetActiveSnapshot(), 0, NULL);
	int			n = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		if (++n % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		take_slot(nodes, slot, take, arg);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

static void
read_node(OlNodes *nodes, OlProbe *probe, OlNode *node)
{
	const NodeColumns *columns = &nodes->columns;
	bool		isnull;

	node->id = int_column(probe, columns->id);
	node->namespace_id = int_column(probe, columns->namespace_id);
	node->canonical_id = int_column(probe, columns->canonical_id);
	node->job_id = int_column(probe, columns->job_id);
	node->is_job = DatumGetObjectId(ol_probe_column(probe, columns->kind,
													&isnull)) == columns->job;
	nodes->found = probe;
}

/* Whether there is one that may be seen. */
bool
ol_nodes_find(OlNodes *nodes, int32 id, OlNode *node)
{
	Datum		values[1] = {Int32GetDatum(id)};
	OlProbe    *probe = find_row(nodes, NODE_BY_ID, values);

	if (probe != NULL)
		read_node(nodes, probe, node);
	return probe != NULL;
}

/* The name of the node found last, as a copy. */
text *
ol_nodes_name(OlNodes *nodes)
{
	bool		isnull;

	return DatumGetTextPCopy(ol_probe_column(nodes->found,
											 nodes->columns.name, &isnull));
}

/* The dataset or job of this very name; a step has none. */
bool
ol_nodes_find_name(OlNodes *nodes, int32 namespace_id, bool is_job,
				   const char *name, int len, OlNode *node)
{
	OlHash		hash = ol_hash(name, len);
	Datum		values[3] = {Int32GetDatum(namespace_id),
	UUIDPGetDatum(&hash)};
	OlProbe    *probe;

	(void) probe_by(nodes, NODE_BY_NAME);
	values[2] = ObjectIdGetDatum(is_job ? nodes->columns.job :
								 nodes->columns.dataset);
	probe = find_row(nodes, NODE_BY_NAME, values);
	if (probe != NULL)
		read_node(nodes, probe, node);
	return probe != NULL;
}

bool
ol_nodes_is_hidden(OlNodes *nodes, int32 id)
{
	Datum		values[1] = {Int32GetDatum(id)};

	return find_row(nodes, HIDDEN_BY_NODE, values) != NULL;
}

/* May every node be seen? */
bool
ol_nodes_are_readable(const OlNodes *nodes)
{
	return nodes->readable == NULL;
}

/* Is any node a step, or hidden?  Mostly none is, and none need be asked. */
bool
ol_nodes_have_steps(OlNodes *nodes)
{
	return find_row(nodes, ANY_STEP, NULL) != NULL;
}

bool
ol_nodes_have_hidden(OlNodes *nodes)
{
	return find_row(nodes, ANY_HIDDEN, NULL) != NULL;
}

void
ol_nodes_steps(OlNodes *nodes, int32 job, OlTakeStep take, void *arg)
{
	Datum		values[1] = {Int32GetDatum(job)};
	OlProbe    *probe = find_row(nodes, NODE_BY_JOB, values);

	if (probe == NULL)
		return;
	do
	{
		CHECK_FOR_INTERRUPTS();
		take(int_column(probe, nodes->columns.id), arg);
	} while (next_row(nodes, NODE_BY_JOB));
}

/* Id of the namespace of this name, or 0. */
int32
ol_nodes_find_space(OlNodes *nodes, const char *name, int len)
{
	OlHash		hash = ol_hash(name, len);
	Datum		values[1] = {UUIDPGetDatum(&hash)};
	OlProbe    *probe;

	if (!ol_reader_may_name(&nodes->reader, pnstrdup(name, len)))
		return 0;
	probe = find_row(nodes, SPACE_BY_NAME, values);
	return probe == NULL ? 0 : int_column(probe, nodes->spaces[SPACE_BY_NAME]);
}

static void
grow_spaces(OlNodes *nodes, int32 id)
{
	int32		n = id < PG_INT32_MAX / 2 ? Max(id + 1, nodes->nspaces * 2) :
	PG_INT32_MAX;
	text	  **names = palloc_extended(sizeof(text *) * (Size) n,
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	if (nodes->nspaces > 0)
	{
		memcpy(names, nodes->space_names, sizeof(text *) * nodes->nspaces);
		pfree(nodes->space_names);
	}
	nodes->space_names = names;
	nodes->nspaces = n;
}

/* Name of a namespace, or NULL; a copy that is given again. */
text *
ol_nodes_space(OlNodes *nodes, int32 id)
{
	Datum		values[1] = {Int32GetDatum(id)};
	OlProbe    *probe;
	bool		isnull;

	if (id < 0)
		return NULL;
	if (id >= nodes->nspaces)
		grow_spaces(nodes, id);
	if (nodes->space_names[id] != NULL)
		return nodes->space_names[id];
	probe = find_row(nodes, SPACE_BY_ID, values);
	if (probe == NULL)
		return NULL;
	nodes->space_names[id] =
		DatumGetTextPCopy(ol_probe_column(probe,
										  get_attnum(RelationGetRelid(probe->table),
													 "name"), &isnull));
	return nodes->space_names[id];
}
