/*-------------------------------------------------------------------------
 * column.c
 *	  column_lineage() of SQL.
 *
 * A question about a dataset starts from all its columns, one about a job
 * from all columns of what the job writes.  How a column was derived is read
 * after the walk, for the edges of the answer only.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "graph/args.h"
#include "graph/field.h"
#include "graph/query.h"
#include "graph/question.h"
#include "graph/scan.h"
#include "graph/transformation.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(ol_column_lineage);
PG_FUNCTION_INFO_V1(ol_column_lineage_named);

static OlQuery columns_of_nodes = {
	"SELECT f.id FROM openlineage.dataset_field AS f"
	" WHERE f.dataset_id IN ("
	" SELECT n.id FROM openlineage.node AS n WHERE n.id = ANY ($1)"
	" UNION SELECT e.dst FROM openlineage.node AS n"
	" JOIN openlineage.edge AS e ON e.src = n.id"
	" WHERE n.id = ANY ($1) AND n.kind = 'job' AND e.kind <> 'control'"
	" UNION SELECT e.dst FROM openlineage.node AS n"
	" JOIN openlineage.edge AS e ON e.src = n.id"
	" WHERE n.job_id = ANY ($1) AND e.kind <> 'control')",
	1, {INT4ARRAYOID}
};

/* Edges from one column to another, those of the columns '' included. */
static OlQuery transformations_of_edges = {
	"SELECT o.row, e.transformations::text"
	" FROM unnest($1, $2) WITH ORDINALITY AS o(src, dst, row)"
	" JOIN openlineage.dataset_field AS s ON s.id = o.src"
	" JOIN openlineage.dataset_field AS d ON d.id = o.dst"
	" LEFT JOIN openlineage.dataset_field AS hs"
	" ON hs.dataset_id = s.dataset_id"
	" AND hs.name_hash = openlineage.hash128('')"
	" LEFT JOIN openlineage.dataset_field AS hd"
	" ON hd.dataset_id = d.dataset_id"
	" AND hd.name_hash = openlineage.hash128('')"
	" JOIN openlineage.column_edge AS e"
	" ON e.src = ANY (ARRAY[o.src, hs.id])"
	" AND e.dst = ANY (ARRAY[o.dst, hd.id])",
	2, {INT4ARRAYOID, INT4ARRAYOID}
};

typedef struct IdList
{
	int32	   *ids;
	int			n;
	int			capacity;
} IdList;

static void
receive_id(TupleTableSlot *slot, void *arg)
{
	IdList	   *list = arg;

	if (list->n == list->capacity)
	{
		list->capacity *= 2;
		list->ids = repalloc_huge(list->ids, sizeof(int32) * list->capacity);
	}
	list->ids[list->n++] = DatumGetInt32(slot->tts_values[0]);
}

/* Start from the columns of the datasets and jobs asked about. */
static void
start_from_columns(OlQuestion *question)
{
	Datum		values[1] = {ol_int_array(question->place.ids,
										  question->place.n)};
	IdList		list = {palloc(sizeof(int32) * 64), 0, 64};

	ol_query_run(&columns_of_nodes, values, receive_id, &list);
	question->request.graph = OL_GRAPH_COLUMNS;
	question->request.start = list.ids;
	question->request.nstart = list.n;
}

static void
receive_transformations(TupleTableSlot *slot, void *arg)
{
	List	  **words = arg;
	int64		at = DatumGetInt64(slot->tts_values[0]) - 1;

	words[at] = ol_transformation_add(words[at],
									  TextDatumGetCString(slot->tts_values[1]));
}

/* What is said of edges, from the index. */
typedef struct Told
{
	const OlReadable *readable; /* NULL: everything */
	OlProbe		edges;			/* by both ends */
	OlEdgeLayout layout;
	AttrNumber	text;
	OlFields   *fields;
} Told;

static List *
add_edge(Told *told, int32 src, int32 dst, List *words)
{
	Datum		ends[2] = {Int32GetDatum(src), Int32GetDatum(dst)};
	TupleTableSlot *slot = told->edges.slot;
	bool		isnull;

	ol_probe_seek(&told->edges, ends, NULL);
	while (ol_probe_next(&told->edges))
	{
		char	   *said;

		slot_getsomeattrs(slot, told->layout.natts);
		if (!ol_edge_is_readable(&told->layout, told->readable,
								 slot->tts_values))
			continue;
		said = TextDatumGetCString(ol_probe_column(&told->edges, told->text,
												   &isnull));
		words = ol_transformation_add(words, said);
		pfree(said);
	}
	return words;
}

/* A column and its hub; returns how many that are. */
static int
with_hub(Told *told, int32 id, int32 *ids)
{
	OlPairs    *hubs = ol_pairs_create();
	int			n = 1;

	ids[0] = id;
	ol_fields_hubs(told->fields, &id, 1, hubs);
	if (hubs->n > 0)
		ids[n++] = OL_PAIR_NODE(hubs->keys[0]);
	ol_pairs_free(hubs);
	return n;
}

/* The same as transformations_of_edges. */
static void
look_up_transformations(const OlReader *reader, const int32 *src,
						const int32 *dst, int n, List **words)
{
	Told		told = {reader->readable};

	ol_probe_begin_reading(&told.edges, "column_edge_pkey", 2, false);
	told.layout = ol_edge_layout(told.edges.table, OL_GRAPH_COLUMNS);
	told.text = get_attnum(RelationGetRelid(told.edges.table),
						   "transformations");
	told.fields = ol_fields_open(reader);
	for (int i = 0; i < n; i++)
	{
		int32		from[2];
		int32		to[2];
		int			nfrom;
		int			nto;

		CHECK_FOR_INTERRUPTS();
		if (src[i] == 0 || dst[i] == 0)
			continue;
		nfrom = with_hub(&told, src[i], from);
		nto = with_hub(&told, dst[i], to);
		for (int k = 0; k < nfrom * nto; k++)
			words[i] = add_edge(&told, from[k / nto], to[k % nto], words[i]);
	}
	ol_fields_close(told.fields);
	ol_probe_end(&told.edges);
}

/*
 * The wordings of the edge each row of the answer was reached through; NIL
 * for the starts.
 */
static List **
load_transformations(const OlAnswer *answer)
{
	Size		nrows = Max(answer->nrows, 1);
	int32	   *src = palloc_extended(sizeof(int32) * nrows, MCXT_ALLOC_HUGE);
	int32	   *dst = palloc_extended(sizeof(int32) * nrows, MCXT_ALLOC_HUGE);
	List	  **words = palloc_extended(sizeof(List *) * nrows,
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	OlReader	reader = ol_reader_of(OL_GRAPH_COLUMNS);
	Datum		values[2];

	for (int i = 0; i < answer->nrows; i++)
	{
		const OlWalkRow *row = &answer->walk->rows[answer->rows[i]];
		int32		from = row->from < 0 ? 0 : answer->walk->rows[row->from].id;

		src[i] = row->upstream ? row->id : from;
		dst[i] = row->upstream ? from : row->id;
	}
	if (reader.refusal == NULL)
	{
		look_up_transformations(&reader, src, dst, answer->nrows, words);
		return words;
	}
	values[0] = ol_int_array(src, answer->nrows);
	values[1] = ol_int_array(dst, answer->nrows);
	ol_query_run(&transformations_of_edges, values, receive_transformations,
				 words);
	return words;
}

static void
put_columns(FunctionCallInfo fcinfo, const OlAnswer *answer, List **words)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext,
													  "column lineage row",
													  ALLOCSET_DEFAULT_SIZES);

	for (int i = 0; i < answer->nrows; i++)
	{
		Datum		values[OL_LABEL_COLUMNS + 2];
		bool		nulls[OL_LABEL_COLUMNS + 2];
		const OlLabel *label = &answer->labels[answer->rows[i]];
		MemoryContext old = MemoryContextSwitchTo(row_context);
		char	   *wording = ol_transformation_join(words[i]);
		int			n;

		CHECK_FOR_INTERRUPTS();
		n = ol_label_values(answer, answer->rows[i], values, nulls);
		nulls[n] = label->field == NULL;
		values[n] = PointerGetDatum(label->field);
		nulls[n + 1] = wording == NULL;
		values[n + 1] = wording == NULL ? (Datum) 0 :
			CStringGetTextDatum(wording);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
}

static Datum
answer_columns(FunctionCallInfo fcinfo, OlQuestionForm form)
{
	OlQuestion *question;
	OlAnswer   *answer;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	question = ol_question_create(fcinfo, form);
	question->request.depth = ol_args_depth(fcinfo, question->next_arg);
	question->request.direction = ol_args_direction(fcinfo,
													question->next_arg + 1);
	if (question->request.direction == OL_UNDIRECTED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column lineage has no direction \"undirected\""),
				 errhint("Use upstream, downstream or both.")));
	question->request.node_limit = ol_args_node_limit(fcinfo,
													  question->next_arg + 2);
	if (question->place.graph == OL_GRAPH_NODES)
		start_from_columns(question);
	answer = ol_answer_create(&question->request, ol_question_walk(question),
							  true);
	put_columns(fcinfo, answer, load_transformations(answer));
	SPI_finish();
	return (Datum) 0;
}

Datum
ol_column_lineage(PG_FUNCTION_ARGS)
{
	return answer_columns(fcinfo, OL_BY_ID);
}

Datum
ol_column_lineage_named(PG_FUNCTION_ARGS)
{
	return answer_columns(fcinfo, OL_BY_NAME);
}
