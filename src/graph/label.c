/*-------------------------------------------------------------------------
 * label.c
 *	  What the nodes of a walk are shown as.
 *
 * A walk knows numbers, and steps of jobs among them.  A step is shown as its
 * job; a job that was reached through several steps is shown once, where it
 * is nearest.  Walks come nearest first, so the first row of each shown id is
 * the one to keep.  The rows left out stay in the walk: paths lead through
 * them.
 *
 * The policies of edges and nodes agree as shipped: whoever sees an edge sees
 * both its ends.  Where an administrator made them differ, a node that cannot
 * be named hides what was reached through it.
 *
 * A node that was deleted softly is no row of an answer and on no path told,
 * but data still flows through it: what was reached through it is shown.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "graph/field.h"
#include "graph/idset.h"
#include "graph/label.h"
#include "graph/names.h"
#include "graph/node.h"
#include "graph/query.h"
#include "graph/reader.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static OlQuery node_labels = {
	"SELECT o.row, c.id, c.kind = 'job', s.name, c.name, NULL::text,"
	" h.node_id IS NOT NULL, s.id"
	" FROM unnest($1) WITH ORDINALITY AS o(id, row)"
	" JOIN openlineage.node AS n ON n.id = o.id"
	" JOIN openlineage.node AS c ON c.id = CASE WHEN n.job_id IS NULL THEN n.id ELSE n.job_id END"
	" JOIN openlineage.namespace AS s ON s.id = c.namespace_id"
	" LEFT JOIN openlineage.hidden_node AS h ON h.node_id = c.id",
	1, {INT4ARRAYOID}
};

static OlQuery column_labels = {
	"SELECT o.row, f.id, false, s.name, n.name, NULLIF(f.name, ''),"
	" h.node_id IS NOT NULL, s.id"
	" FROM unnest($1) WITH ORDINALITY AS o(id, row)"
	" JOIN openlineage.dataset_field AS f ON f.id = o.id"
	" JOIN openlineage.node AS n ON n.id = f.dataset_id"
	" JOIN openlineage.namespace AS s ON s.id = n.namespace_id"
	" LEFT JOIN openlineage.hidden_node AS h ON h.node_id = f.dataset_id",
	1, {INT4ARRAYOID}
};

/* What rows are shown as, without the names; a hidden one as -1. */
static OlQuery node_ids = {
	"SELECT o.row,"
	" CASE WHEN h.node_id IS NULL THEN COALESCE(n.job_id, n.id) ELSE -1 END"
	" FROM unnest($1) WITH ORDINALITY AS o(id, row)"
	" JOIN openlineage.node AS n ON n.id = o.id"
	" LEFT JOIN openlineage.hidden_node AS h ON h.node_id ="
	" CASE WHEN n.job_id IS NULL THEN n.id ELSE n.job_id END",
	1, {INT4ARRAYOID}
};

static OlQuery column_ids = {
	"SELECT o.row, CASE WHEN h.node_id IS NULL THEN f.id ELSE -1 END"
	" FROM unnest($1) WITH ORDINALITY AS o(id, row)"
	" JOIN openlineage.dataset_field AS f ON f.id = o.id"
	" LEFT JOIN openlineage.hidden_node AS h ON h.node_id = f.dataset_id",
	1, {INT4ARRAYOID}
};

static void
receive_label(TupleTableSlot *slot, void *arg)
{
	OlLabel    *labels = arg;
	OlLabel    *label = &labels[DatumGetInt64(slot->tts_values[0]) - 1];

	label->shown = DatumGetInt32(slot->tts_values[1]);
	label->kind = DatumGetBool(slot->tts_values[2]) ? "job" : "dataset";
	label->namespace_name = DatumGetTextPCopy(slot->tts_values[3]);
	label->name = DatumGetTextPCopy(slot->tts_values[4]);
	label->is_hidden = DatumGetBool(slot->tts_values[6]);
	label->namespace_id = DatumGetInt32(slot->tts_values[7]);
	if (slot->tts_isnull[5])
		return;
	label->field = DatumGetTextPCopy(slot->tts_values[5]);
	label->kind = "column";
}

static void
receive_shown(TupleTableSlot *slot, void *arg)
{
	int32	   *shown = arg;

	shown[DatumGetInt64(slot->tts_values[0]) - 1] =
		DatumGetInt32(slot->tts_values[1]);
}

/* Run a query over the ids of all rows. */
static void
query_rows(OlQuery *query, const OlWalkResult *walk, OlReceive receive,
		   void *arg)
{
	int32	   *ids = palloc_extended(sizeof(int32) * Max(walk->nrows, 1),
									  MCXT_ALLOC_HUGE);
	Datum		values[1];

	for (int i = 0; i < walk->nrows; i++)
		ids[i] = walk->rows[i].id;
	values[0] = ol_int_array(ids, walk->nrows);
	ol_query_run(query, values, receive, arg);
	pfree(DatumGetPointer(values[0]));
	pfree(ids);
}

/* The node that one of a walk is shown as: a step as its job. */
static bool
find_shown(OlNodes *nodes, int32 id, OlNode *node)
{
	return ol_nodes_find(nodes, id, node) &&
		(node->job_id == 0 || ol_nodes_find(nodes, node->job_id, node));
}

/* The same as node_labels. */
static void
look_up_labels(OlNodes *nodes, const OlWalkResult *walk, OlLabel *labels)
{
	bool		any_hidden = ol_nodes_have_hidden(nodes);

	for (int i = 0; i < walk->nrows; i++)
	{
		OlLabel    *label = &labels[i];
		OlNode		node;

		CHECK_FOR_INTERRUPTS();
		if (!find_shown(nodes, walk->rows[i].id, &node))
			continue;
		label->namespace_name = ol_nodes_space(nodes, node.namespace_id);
		if (label->namespace_name == NULL)
			continue;
		label->shown = node.id;
		label->kind = node.is_job ? "job" : "dataset";
		label->namespace_id = node.namespace_id;
		label->name = ol_nodes_name(nodes);
		label->is_hidden = any_hidden && ol_nodes_is_hidden(nodes, node.id);
	}
}

/* The same as column_labels. */
static void
look_up_columns(OlFields *fields, OlNodes *nodes, const OlWalkResult *walk,
				OlLabel *labels)
{
	bool		any_hidden = ol_nodes_have_hidden(nodes);
	OlLabel		dataset = {0};
	int32		dataset_id = 0; /* of which that is */

	for (int i = 0; i < walk->nrows; i++)
	{
		OlColumn	field;
		OlNode		node;

		CHECK_FOR_INTERRUPTS();
		if (!ol_fields_find(fields, walk->rows[i].id, &field))
			continue;
		if (field.dataset_id != dataset_id)
		{
			dataset_id = field.dataset_id;
			dataset.namespace_name = ol_nodes_find(nodes, dataset_id, &node) ?
				ol_nodes_space(nodes, node.namespace_id) : NULL;
			if (dataset.namespace_name == NULL)
				continue;
			dataset.namespace_id = node.namespace_id;
			dataset.name = ol_nodes_name(nodes);
			dataset.is_hidden = any_hidden &&
				ol_nodes_is_hidden(nodes, dataset_id);
		}
		if (dataset.namespace_name == NULL)
			continue;
		labels[i] = dataset;
		labels[i].shown = field.id;
		labels[i].kind = field.is_hub ? "dataset" : "column";
		labels[i].field = field.is_hub ? NULL : ol_fields_name(fields);
	}
}

/* The same as column_ids; the columns were found to be readable. */
static void
look_up_columns_shown(OlFields *fields, OlNodes *nodes,
					  const OlWalkResult *walk, int32 *shown)
{
	bool		any_hidden = ol_nodes_have_hidden(nodes);

	for (int i = 0; i < walk->nrows; i++)
	{
		OlColumn	field;

		CHECK_FOR_INTERRUPTS();
		shown[i] = walk->rows[i].id;
		if (!any_hidden)
			continue;
		if (!ol_fields_find(fields, walk->rows[i].id, &field))
			shown[i] = 0;
		else if (ol_nodes_is_hidden(nodes, field.dataset_id))
			shown[i] = -1;
	}
}

/* The columns that the caller may look up, or NULL. */
static OlFields *
open_fields(void)
{
	OlReader	reader = ol_reader_of(OL_GRAPH_COLUMNS);

	return reader.refusal == NULL ? ol_fields_open(&reader) : NULL;
}

/* May every node that was reached be seen? */
static bool
are_readable(OlNodes *nodes, const OlWalkRequest *request)
{
	/* As shipped, whoever sees an edge sees both its ends. */
	return ol_nodes_are_readable(nodes) ||
		(request->past == NULL &&
		 ol_reader_of(request->graph).refusal == NULL);
}

/* The same as node_ids; nodes are not looked up where all are themselves. */
static void
look_up_shown(OlNodes *nodes, const OlWalkRequest *request,
			  const OlWalkResult *walk, int32 *shown)
{
	bool		any_hidden = ol_nodes_have_hidden(nodes);
	bool		look_up = ol_nodes_have_steps(nodes) ||
	!are_readable(nodes, request);

	for (int i = 0; i < walk->nrows; i++)
	{
		OlNode		node = {.id = walk->rows[i].id};

		CHECK_FOR_INTERRUPTS();
		if (look_up && !ol_nodes_find(nodes, node.id, &node))
			continue;
		if (node.job_id != 0)
			node.id = node.job_id;
		shown[i] = any_hidden && ol_nodes_is_hidden(nodes, node.id) ? -1 :
			node.id;
	}
}

static void
close_both(OlFields *fields, OlNodes *nodes)
{
	if (fields != NULL)
		ol_fields_close(fields);
	if (nodes != NULL)
		ol_nodes_close(nodes);
}

static void
find_labels(const OlWalkRequest *request, const OlWalkResult *walk,
			OlLabel *labels)
{
	bool		of_columns = request->graph == OL_GRAPH_COLUMNS;
	OlFields   *fields;
	OlNodes    *nodes;

	if (ol_names_are_many(walk, request->graph))
	{
		ol_names_read(walk, request->graph, labels);
		return;
	}
	nodes = ol_nodes_open();
	fields = of_columns ? open_fields() : NULL;
	if (nodes != NULL && fields != NULL)
		look_up_columns(fields, nodes, walk, labels);
	else if (nodes != NULL && !of_columns)
		look_up_labels(nodes, walk, labels);
	else
		query_rows(of_columns ? &column_labels : &node_labels, walk,
				   receive_label, labels);
	close_both(fields, nodes);
}

static void
find_all_shown(const OlWalkRequest *request, const OlWalkResult *walk,
			   int32 *shown)
{
	bool		of_columns = request->graph == OL_GRAPH_COLUMNS;
	OlNodes    *nodes = ol_nodes_open();
	OlFields   *fields = of_columns ? open_fields() : NULL;

	if (nodes != NULL && fields != NULL)
		look_up_columns_shown(fields, nodes, walk, shown);
	else if (nodes != NULL && !of_columns)
		look_up_shown(nodes, request, walk, shown);
	else
		query_rows(of_columns ? &column_ids : &node_ids, walk, receive_shown,
				   shown);
	close_both(fields, nodes);
}

/* Whether a row is an answer: rows are asked about in their order. */
static bool
is_shown(const OlWalkRow *row, int32 *shown, int32 shown_from, OlIdSet *seen)
{
	if (row->from >= 0 && shown_from == 0)
		*shown = 0;
	return *shown > 0 && !row->repeated && ol_idset_add(seen, *shown);
}

/*
 * The answer to a question.  Without the starts, whatever is shown as one of
 * them is left out as well: a cycle that comes back to a start through
 * another of its steps tells nothing new.
 */
OlAnswer *
ol_answer_create(const OlWalkRequest *request, OlWalkResult *walk,
				 bool with_start)
{
	OlAnswer   *answer = palloc0(sizeof(OlAnswer));
	OlIdSet    *seen = ol_idset_create();
	Size		nrows = Max(walk->nrows, 1);

	answer->walk = walk;
	answer->labels = palloc_extended(sizeof(OlLabel) * nrows,
									 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	answer->rows = palloc_extended(sizeof(int) * nrows, MCXT_ALLOC_HUGE);
	find_labels(request, walk, answer->labels);
	for (int i = 0; i < walk->nrows; i++)
	{
		const OlWalkRow *row = &walk->rows[i];
		int32		from = row->from < 0 ? 0 : answer->labels[row->from].shown;

		if (is_shown(row, &answer->labels[i].shown, from, seen) &&
			!answer->labels[i].is_hidden &&
			(with_start || i >= walk->nstart))
			answer->rows[answer->nrows++] = i;
	}
	return answer;
}

/* As many as an answer without the starts has rows. */
int64
ol_answer_count(const OlWalkRequest *request, OlWalkResult *walk)
{
	OlIdSet    *seen = ol_idset_create();
	int32	   *shown = palloc_extended(sizeof(int32) * Max(walk->nrows, 1),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int64		n = 0;

	find_all_shown(request, walk, shown);
	for (int i = 0; i < walk->nrows; i++)
	{
		const OlWalkRow *row = &walk->rows[i];
		int32		from = row->from < 0 ? 0 : shown[row->from];

		if (is_shown(row, &shown[i], from, seen) && i >= walk->nstart)
			n++;
	}
	return n;
}

static char *
append_text(char *to, const text *from)
{
	Size		len = VARSIZE_ANY_EXHDR(from);

	*to = ':';
	memcpy(to + 1, VARDATA_ANY(from), len);
	return to + 1 + len;
}

/* The node id, as resolve.c reads it. */
text *
ol_label_node(const OlLabel *label)
{
	const char *kind = label->field == NULL ? label->kind : "datasetField";
	Size		kind_len = strlen(kind);
	Size		len = kind_len + 1 +
	VARSIZE_ANY_EXHDR(label->namespace_name) + 1 +
	VARSIZE_ANY_EXHDR(label->name);
	text	   *result;
	char	   *to;

	if (label->field != NULL)
		len += 1 + VARSIZE_ANY_EXHDR(label->field);
	result = palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), kind, kind_len);
	to = append_text(VARDATA(result) + kind_len, label->namespace_name);
	to = append_text(to, label->name);
	if (label->field != NULL)
		append_text(to, label->field);
	return result;
}
