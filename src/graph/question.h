/*-------------------------------------------------------------------------
 * question.h
 *	  What lineage(), impact() and column_lineage() have in common.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_QUESTION_H
#define OL_GRAPH_QUESTION_H

#include "fmgr.h"
#include "graph/label.h"
#include "graph/resolve.h"

/*
 * A question about a node id, several of them, or a namespace and a name: the
 * SQL functions have these forms, with the same arguments behind.
 */
typedef struct OlQuestion
{
	OlWalkRequest request;
	OlPlace		place;			/* its graph, and what request.start points to
								 * unless there are several node ids */
	int			next_arg;		/* first argument after the node */
} OlQuestion;

/* How a function is told where to start. */
typedef enum OlQuestionForm
{
	OL_BY_ID,					/* a node id */
	OL_BY_NAME,					/* namespace and name */
	OL_BY_IDS					/* an array of node ids */
} OlQuestionForm;

extern OlQuestion *ol_question_create(FunctionCallInfo fcinfo,
									  OlQuestionForm form);
extern OlQuestion *ol_question_impact(FunctionCallInfo fcinfo,
									  OlQuestionForm form);
extern OlPlace ol_question_place(const char *node);
extern OlWalkResult *ol_question_walk(OlQuestion *question);
extern int	ol_question_from(const OlAnswer *answer, int row);
extern int	ol_label_values(const OlAnswer *answer, int row, Datum *values,
							bool *nulls);

/* Columns that ol_label_values() fills. */
#define OL_LABEL_COLUMNS	6

#endif
