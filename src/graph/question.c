/*-------------------------------------------------------------------------
 * question.c
 *	  What lineage(), impact() and column_lineage() have in common: where the
 *	  question starts, the warning of a cut answer, the columns of a row.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/args.h"
#include "graph/question.h"
#include "utils/builtins.h"

static void
refuse_unknown(const char *node)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("node \"%s\" does not exist", node),
			 errhint("Names are compared exactly; those known are in openlineage.node.")));
}

/* A node id that must be known. */
OlPlace
ol_question_place(const char *node)
{
	OlPlace		place = ol_resolve_id(node);

	if (place.n == 0)
		refuse_unknown(ol_resolve_shown(node));
	return place;
}

static OlPlace
place_of_name(FunctionCallInfo fcinfo)
{
	char	   *space = ol_args_text(fcinfo, 0, "namespace");
	char	   *name = ol_args_text(fcinfo, 1, "name");
	OlPlace		place = ol_resolve_name(space, name);

	if (place.n == 0)
		refuse_unknown(ol_resolve_shown(psprintf("%s:%s", space, name)));
	return place;
}

/* Several starts, all of one graph. */
static void
take_several(OlQuestion *question, FunctionCallInfo fcinfo)
{
	int			n;
	char	  **nodes = ol_args_texts(fcinfo, 0, "nodes", &n);
	int32	   *ids = palloc(sizeof(int32) * n);

	for (int i = 0; i < n; i++)
	{
		OlPlace		place = ol_question_place(nodes[i]);

		if (i > 0 && place.graph != question->place.graph)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("nodes must be datasets and jobs, or columns"),
					 errhint("Ask about columns by themselves.")));
		question->place = place;
		ids[i] = place.ids[0];
	}
	ol_walk_request_init(&question->request, question->place.graph);
	question->request.start = ids;
	question->request.nstart = n;
}

/*
 * Read the leading arguments; the nodes must be known.  Between SPI_connect()
 * and SPI_finish(), as it looks them up.
 */
OlQuestion *
ol_question_create(FunctionCallInfo fcinfo, OlQuestionForm form)
{
	OlQuestion *question = palloc(sizeof(OlQuestion));

	if (form == OL_BY_IDS)
		take_several(question, fcinfo);
	else
	{
		question->place = form == OL_BY_NAME ? place_of_name(fcinfo) :
			ol_question_place(ol_args_text(fcinfo, 0, "node"));
		ol_walk_request_init(&question->request, question->place.graph);
		question->request.start = question->place.ids;
		question->request.nstart = question->place.n;
	}
	question->request.node_limit = ol_node_limit_setting();
	question->next_arg = form == OL_BY_NAME ? 2 : 1;
	return question;
}

/* Half an answer must not pass for a whole one. */
OlWalkResult *
ol_question_walk(OlQuestion *question)
{
	OlWalkResult *walk = ol_graph_walk(&question->request);

	if (walk->truncated)
		ereport(WARNING,
				(errmsg_plural("lineage was cut off after %d node",
							   "lineage was cut off after %d nodes",
							   question->request.node_limit,
							   question->request.node_limit),
				 errhint("Ask for less depth, or raise node_limit or \"openlineage.lineage_max_nodes\"; 0 is no limit.")));
	return walk;
}

/* The row that another was reached from, hidden ones passed over; or -1. */
int
ol_question_from(const OlAnswer *answer, int row)
{
	int			from = answer->walk->rows[row].from;

	while (from >= 0 && answer->labels[from].is_hidden)
		from = answer->walk->rows[from].from;
	return from;
}

/* node, kind, namespace, name, distance, predecessor. */
int
ol_label_values(const OlAnswer *answer, int row, Datum *values, bool *nulls)
{
	const OlLabel *label = &answer->labels[row];
	int			from = ol_question_from(answer, row);

	memset(nulls, 0, sizeof(bool) * OL_LABEL_COLUMNS);
	values[0] = PointerGetDatum(ol_label_node(label));
	values[1] = CStringGetTextDatum(label->kind);
	values[2] = PointerGetDatum(label->namespace_name);
	values[3] = PointerGetDatum(label->name);
	values[4] = Int32GetDatum(answer->walk->rows[row].distance);
	nulls[5] = from < 0;
	if (!nulls[5])
		values[5] = PointerGetDatum(ol_label_node(&answer->labels[from]));
	return OL_LABEL_COLUMNS;
}
