/*-------------------------------------------------------------------------
 * lineage.c
 *	  lineage(), impact(), impact_paths() and impact_count() of SQL.
 *
 * lineage() has the start in its answer, as Marquez does; impact() is about
 * what else is affected and leaves it out.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "graph/args.h"
#include "graph/count.h"
#include "graph/question.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(ol_lineage);
PG_FUNCTION_INFO_V1(ol_lineage_named);
PG_FUNCTION_INFO_V1(ol_impact);
PG_FUNCTION_INFO_V1(ol_impact_named);
PG_FUNCTION_INFO_V1(ol_impact_many);
PG_FUNCTION_INFO_V1(ol_impact_paths);
PG_FUNCTION_INFO_V1(ol_impact_paths_named);
PG_FUNCTION_INFO_V1(ol_impact_count);
PG_FUNCTION_INFO_V1(ol_impact_count_named);
PG_FUNCTION_INFO_V1(ol_impact_count_many);

/* Fills the values of one row of an answer. */
typedef void (*FillRow) (const OlAnswer *answer, int row, Datum *values,
						 bool *nulls);

static void
fill_node(const OlAnswer *answer, int row, Datum *values, bool *nulls)
{
	ol_label_values(answer, row, values, nulls);
}

/* How many nodes are shown on the way to a row, both ends included. */
static int
count_stops(const OlAnswer *answer, int row)
{
	int			n = 0;

	for (int i = row; i >= 0; i = ol_question_from(answer, i))
		n++;
	return n;
}

/* node, distance, path. */
static void
fill_path(const OlAnswer *answer, int row, Datum *values, bool *nulls)
{
	int			n = count_stops(answer, row);
	Datum	   *path = palloc(sizeof(Datum) * n);
	int			i = row;

	for (int at = n - 1; at >= 0; at--)
	{
		path[at] = PointerGetDatum(ol_label_node(&answer->labels[i]));
		i = ol_question_from(answer, i);
	}
	memset(nulls, 0, sizeof(bool) * 3);
	values[0] = path[n - 1];
	values[1] = Int32GetDatum(answer->walk->rows[row].distance);
	values[2] = PointerGetDatum(construct_array(path, n, TEXTOID, -1, false,
												TYPALIGN_INT));
}

static void
put_answer(FunctionCallInfo fcinfo, const OlAnswer *answer, FillRow fill)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext,
													  "lineage row",
													  ALLOCSET_DEFAULT_SIZES);

	for (int i = 0; i < answer->nrows; i++)
	{
		Datum		values[OL_LABEL_COLUMNS];
		bool		nulls[OL_LABEL_COLUMNS];
		MemoryContext old = MemoryContextSwitchTo(row_context);

		CHECK_FOR_INTERRUPTS();
		fill(answer, answer->rows[i], values, nulls);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
}

static Datum
answer_lineage(FunctionCallInfo fcinfo, OlQuestionForm form)
{
	OlQuestion *question;
	OlWalkResult *walk;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	question = ol_question_create(fcinfo, form);
	if (question->place.graph != OL_GRAPH_NODES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lineage starts from a dataset or a job, not from a column"),
				 errhint("Ask column_lineage() about columns.")));
	question->request.depth = ol_args_depth(fcinfo, question->next_arg);
	question->request.direction = ol_args_direction(fcinfo,
													question->next_arg + 1);
	question->request.kinds = ol_args_kinds(fcinfo, question->next_arg + 2);
	question->request.node_limit = ol_args_node_limit(fcinfo,
													  question->next_arg + 3);
	question->request.past = ol_args_past(fcinfo, question->next_arg + 4,
										  &question->request);
	walk = ol_question_walk(question);
	put_answer(fcinfo, ol_answer_create(&question->request, walk, true),
			   fill_node);
	SPI_finish();
	return (Datum) 0;
}

/* What all impact functions ask. */
OlQuestion *
ol_question_impact(FunctionCallInfo fcinfo, OlQuestionForm form)
{
	OlQuestion *asked = ol_question_create(fcinfo, form);

	asked->request.direction = OL_DOWNSTREAM;
	asked->request.depth = ol_args_depth(fcinfo, asked->next_arg);
	asked->request.kinds = ol_args_kinds(fcinfo, asked->next_arg + 1);
	asked->request.node_limit = ol_args_node_limit(fcinfo,
												   asked->next_arg + 2);
	asked->request.past = ol_args_past(fcinfo, asked->next_arg + 3,
									   &asked->request);
	return asked;
}

static Datum
answer_impact(FunctionCallInfo fcinfo, OlQuestionForm form, FillRow fill)
{
	OlQuestion *question;
	OlWalkResult *walk;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	question = ol_question_impact(fcinfo, form);
	walk = ol_question_walk(question);
	put_answer(fcinfo, ol_answer_create(&question->request, walk, false),
			   fill);
	SPI_finish();
	return (Datum) 0;
}

static Datum
count_impact(FunctionCallInfo fcinfo, OlQuestionForm form)
{
	OlQuestion *question;
	int64		n;

	SPI_connect();
	question = ol_question_impact(fcinfo, form);
	if (!ol_graph_count(&question->request, &n))
		n = ol_answer_count(&question->request, ol_question_walk(question));
	SPI_finish();
	PG_RETURN_INT64(n);
}

Datum
ol_lineage(PG_FUNCTION_ARGS)
{
	return answer_lineage(fcinfo, OL_BY_ID);
}

Datum
ol_lineage_named(PG_FUNCTION_ARGS)
{
	return answer_lineage(fcinfo, OL_BY_NAME);
}

Datum
ol_impact(PG_FUNCTION_ARGS)
{
	return answer_impact(fcinfo, OL_BY_ID, fill_node);
}

Datum
ol_impact_named(PG_FUNCTION_ARGS)
{
	return answer_impact(fcinfo, OL_BY_NAME, fill_node);
}

Datum
ol_impact_paths(PG_FUNCTION_ARGS)
{
	return answer_impact(fcinfo, OL_BY_ID, fill_path);
}

Datum
ol_impact_paths_named(PG_FUNCTION_ARGS)
{
	return answer_impact(fcinfo, OL_BY_NAME, fill_path);
}

Datum
ol_impact_count(PG_FUNCTION_ARGS)
{
	return count_impact(fcinfo, OL_BY_ID);
}

Datum
ol_impact_count_named(PG_FUNCTION_ARGS)
{
	return count_impact(fcinfo, OL_BY_NAME);
}

Datum
ol_impact_many(PG_FUNCTION_ARGS)
{
	return answer_impact(fcinfo, OL_BY_IDS, fill_node);
}

Datum
ol_impact_count_many(PG_FUNCTION_ARGS)
{
	return count_impact(fcinfo, OL_BY_IDS);
}
