/*-------------------------------------------------------------------------
 * names.c
 *	  Names of very many nodes, read at once.
 *
 * A walk that reached a good part of the graph is named by reading the tables
 * of names from end to end: looking up each node costs ten times as much.
 * Nodes are read past the executor where that is the same for the caller
 * (node.c), and all else by SQL as the caller.  What is read but was not
 * reached is dropped on the way.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "base/compat.h"
#include "graph/idset.h"
#include "graph/names.h"
#include "graph/node.h"
#include "graph/query.h"
#include "graph/scan.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* Rows that can be looked up in the time in which a block is read. */
#define ROWS_PER_BLOCK 8

#define CHUNK ((Size) 1024 * 1024)

static OlQuery all_namespaces = {
	"SELECT s.id, s.name FROM openlineage.namespace AS s",
	.scans = true
};

static OlQuery all_nodes = {
	"SELECT n.id, n.namespace_id, n.kind = 'job', n.name, n.job_id"
	" FROM openlineage.node AS n",
	.scans = true
};

static OlQuery all_fields = {
	"SELECT f.id, f.dataset_id, f.name FROM openlineage.dataset_field AS f",
	.scans = true
};

static OlQuery all_hidden = {
	"SELECT h.node_id FROM openlineage.hidden_node AS h",
	.scans = true
};

/* What is known of one id. */
typedef struct Known
{
	text	   *name;			/* NULL: not to be seen */
	int32		namespace_id;
	int32		owner;			/* job of a step, dataset of a column, or 0 */
	bool		is_job;
} Known;

/* Names by id, of the ids that are wanted. */
typedef struct Names
{
	OlIdSet    *wanted;
	Known	   *names;
	int32		nids;
	char	   *free;			/* rest of the last chunk of memory */
	Size		nfree;
} Names;

typedef struct Spaces
{
	text	  **names;			/* by id */
	int32		nids;
} Spaces;

static Names *
create_names(int32 nids)
{
	Names	   *names = palloc0(sizeof(Names));

	names->wanted = ol_idset_create();
	names->nids = nids;
	names->names = palloc_extended(sizeof(Known) * Max(nids, 1),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	return names;
}

static void
grow_names(Names *names, int32 nids)
{
	names->names = repalloc_huge(names->names, sizeof(Known) * nids);
	memset(names->names + names->nids, 0,
		   sizeof(Known) * (nids - names->nids));
	names->nids = nids;
}

static int32
highest_id(const OlWalkResult *walk)
{
	int32		highest = 0;

	for (int i = 0; i < walk->nrows; i++)
		highest = Max(highest, walk->rows[i].id);
	return highest;
}

/* Many small texts, without what palloc adds to each. */
static text *
copy_text(Names *names, Datum value)
{
	text	   *from = DatumGetTextPP(value);
	Size		size = INTALIGN(VARSIZE_ANY(from));
	text	   *copy;

	if (size > names->nfree)
	{
		names->nfree = Max(size, CHUNK);
		names->free = palloc_extended(names->nfree, MCXT_ALLOC_HUGE);
	}
	copy = (text *) names->free;
	memcpy(copy, from, VARSIZE_ANY(from));
	names->free += size;
	names->nfree -= size;
	if ((Pointer) from != DatumGetPointer(value))
		pfree(from);
	return copy;
}

/* The place of an id, or NULL when nobody asked for it. */
static Known *
place_of(const Names *names, int32 id)
{
	return id < names->nids && ol_idset_has(names->wanted, id) ? &names->names[id] : NULL;
}

static void
take_node(const OlNode *node, Datum text, void *arg)
{
	Names	   *names = arg;
	Known	   *name = place_of(names, node->id);

	if (name == NULL)
		return;
	name->namespace_id = node->namespace_id;
	name->is_job = node->is_job;
	name->name = copy_text(names, text);
	name->owner = node->job_id;
}

static void
receive_node(TupleTableSlot *slot, void *arg)
{
	OlNode		node = {.id = DatumGetInt32(slot->tts_values[0])};

	node.namespace_id = DatumGetInt32(slot->tts_values[1]);
	node.is_job = DatumGetBool(slot->tts_values[2]);
	if (!slot->tts_isnull[4])
		node.job_id = DatumGetInt32(slot->tts_values[4]);
	take_node(&node, slot->tts_values[3], arg);
}

static void
receive_field(TupleTableSlot *slot, void *arg)
{
	Names	   *names = arg;
	Known	   *name = place_of(names, DatumGetInt32(slot->tts_values[0]));

	if (name == NULL)
		return;
	name->owner = DatumGetInt32(slot->tts_values[1]);
	name->name = copy_text(names, slot->tts_values[2]);
}

static void
receive_space(TupleTableSlot *slot, void *arg)
{
	Spaces	   *spaces = arg;
	int32		id = DatumGetInt32(slot->tts_values[0]);

	if (id >= spaces->nids)
	{
		int32		nids = Max(id + 1, spaces->nids * 2);

		spaces->names = repalloc_huge(spaces->names, sizeof(text *) * nids);
		memset(spaces->names + spaces->nids, 0,
			   sizeof(text *) * (nids - spaces->nids));
		spaces->nids = nids;
	}
	spaces->names[id] = DatumGetTextPCopy(slot->tts_values[1]);
}

static void
receive_hidden(TupleTableSlot *slot, void *arg)
{
	ol_idset_add(arg, DatumGetInt32(slot->tts_values[0]));
}

static bool
is_of(const Names *names, int32 id)
{
	return id > 0 && id < names->nids && names->names[id].name != NULL;
}

static void
read_wanted(Names *names)
{
	OlNodes    *nodes = ol_nodes_open();

	if (nodes == NULL)
	{
		ol_query_run(&all_nodes, NULL, receive_node, names);
		return;
	}
	ol_nodes_scan(nodes, take_node, names);
	ol_nodes_close(nodes);
}

/* Names of the nodes wanted, and of the jobs whose steps are among them. */
static void
read_nodes(Names *names)
{
	OlIdSet    *jobs = ol_idset_create();
	int32		highest = 0;

	read_wanted(names);
	for (int32 id = 0; id < names->nids; id++)
	{
		int32		job = names->names[id].owner;

		if (job == 0 || ol_idset_has(names->wanted, job))
			continue;
		ol_idset_add(jobs, job);
		highest = Max(highest, job);
	}
	if (highest == 0)
		return;
	if (highest >= names->nids)
		grow_names(names, highest + 1);
	names->wanted = jobs;
	read_wanted(names);
}

/* A node is shown in a place of its own, or in that of its job. */
static void
label_node(OlLabel *label, const Names *names, const Spaces *spaces,
		   const OlIdSet *hidden, int32 id)
{
	const Known *name;

	if (!is_of(names, id))
		return;
	if (names->names[id].owner != 0)
		id = names->names[id].owner;
	if (!is_of(names, id))
		return;
	name = &names->names[id];
	if (name->namespace_id >= spaces->nids ||
		spaces->names[name->namespace_id] == NULL)
		return;
	label->shown = id;
	label->kind = name->is_job ? "job" : "dataset";
	label->namespace_id = name->namespace_id;
	label->namespace_name = spaces->names[name->namespace_id];
	label->name = name->name;
	label->is_hidden = ol_idset_has(hidden, id);
}

static void
label_column(OlLabel *label, const Names *fields, int32 id)
{
	if (label->shown == 0)
		return;
	label->shown = id;
	if (VARSIZE_ANY_EXHDR(fields->names[id].name) == 0)
		return;
	label->field = fields->names[id].name;
	label->kind = "column";
}

/* Are there so many rows that all names are better read? */
bool
ol_names_are_many(const OlWalkResult *walk, OlGraphKind graph)
{
	Relation	table = graph == OL_GRAPH_NODES ? ol_scan_open_nodes() :
	ol_scan_open_fields();
	int64		blocks = RelationGetNumberOfBlocks(table);

	table_close(table, NoLock);
	return walk->nrows > Max(2000, blocks * ROWS_PER_BLOCK);
}

static Names *
read_fields(const OlWalkResult *walk)
{
	Names	   *fields = create_names(highest_id(walk) + 1);

	for (int i = 0; i < walk->nrows; i++)
		ol_idset_add(fields->wanted, walk->rows[i].id);
	ol_query_run(&all_fields, NULL, receive_field, fields);
	return fields;
}

static Names *
names_of_datasets(const OlWalkResult *walk, const Names *fields)
{
	int32		highest = 0;
	Names	   *names;

	for (int i = 0; i < walk->nrows; i++)
		highest = Max(highest, fields->names[walk->rows[i].id].owner);
	names = create_names(highest + 1);
	for (int i = 0; i < walk->nrows; i++)
		ol_idset_add(names->wanted, fields->names[walk->rows[i].id].owner);
	return names;
}

static Names *
names_of_nodes(const OlWalkResult *walk)
{
	Names	   *names = create_names(highest_id(walk) + 1);

	for (int i = 0; i < walk->nrows; i++)
		ol_idset_add(names->wanted, walk->rows[i].id);
	return names;
}

/*
 * Fill the labels of all rows, which are zero; those of rows that may not be
 * seen stay so.  Between SPI_connect() and SPI_finish().
 */
void
ol_names_read(const OlWalkResult *walk, OlGraphKind graph, OlLabel *labels)
{
	OlIdSet    *hidden = ol_idset_create();
	Spaces		spaces = {palloc0(sizeof(text *) * 64), 64};
	Names	   *fields = graph == OL_GRAPH_COLUMNS ? read_fields(walk) : NULL;
	Names	   *names = fields == NULL ? names_of_nodes(walk) :
	names_of_datasets(walk, fields);

	ol_query_run(&all_hidden, NULL, receive_hidden, hidden);
	ol_query_run(&all_namespaces, NULL, receive_space, &spaces);
	read_nodes(names);
	for (int i = 0; i < walk->nrows; i++)
	{
		int32		id = walk->rows[i].id;

		if (fields == NULL)
			label_node(&labels[i], names, &spaces, hidden, id);
		else
		{
			label_node(&labels[i], names, &spaces, hidden,
					   fields->names[id].owner);
			label_column(&labels[i], fields, id);
		}
	}
}
