/*-------------------------------------------------------------------------
 * transformation.h
 *	  How one column becomes another, in words; see transformation.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_TRANSFORMATION_H
#define OL_GRAPH_TRANSFORMATION_H

#include "nodes/pg_list.h"

extern List *ol_transformation_add(List *words, const char *json);
extern char *ol_transformation_join(List *words);

#endif
