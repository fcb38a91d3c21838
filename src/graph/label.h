/*-------------------------------------------------------------------------
 * label.h
 *	  What the nodes of a walk are shown as; see label.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_LABEL_H
#define OL_GRAPH_LABEL_H

#include "graph/graph.h"

/* What one row of a walk is shown as. */
typedef struct OlLabel
{
	int32		shown;			/* id: of the job for a step, else its own; 0
								 * when the node may not be seen */
	const char *kind;			/* dataset, job or column */
	int32		namespace_id;
	text	   *namespace_name;
	text	   *name;			/* of the dataset for a column */
	text	   *field;			/* NULL but for a column */
	bool		is_hidden;		/* deleted softly: never shown, only passed */
} OlLabel;

/* One answer of a question: the first row of each node shown. */
typedef struct OlAnswer
{
	OlWalkResult *walk;
	OlLabel    *labels;			/* one per row of the walk */
	int		   *rows;			/* rows of the walk that are shown */
	int			nrows;
} OlAnswer;

/* All between SPI_connect() and SPI_finish(), like the walk itself. */
extern OlAnswer *ol_answer_create(const OlWalkRequest *request,
								  OlWalkResult *walk, bool with_start);
extern int64 ol_answer_count(const OlWalkRequest *request,
							 OlWalkResult *walk);
extern text *ol_label_node(const OlLabel *label);

#endif
