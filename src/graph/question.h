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
 * A question about a node id, or about a namespace and a name: the SQL
 * functions have both forms, with the same arguments behind.
 */
typedef struct OlQuestion
{
	OlWalkRequest request;
	OlPlace		place;			/* what request.start points to */
	int			next_arg;		/* first argument after the node */
} OlQuestion;

extern OlQuestion *ol_question_create(FunctionCallInfo fcinfo, bool is_named);
extern OlWalkResult *ol_question_walk(OlQuestion *question);
extern int	ol_question_from(const OlAnswer *answer, int row);
extern int	ol_label_values(const OlAnswer *answer, int row, Datum *values,
							bool *nulls);

/* Columns that ol_label_values() fills. */
#define OL_LABEL_COLUMNS	6

#endif
