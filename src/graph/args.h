/*-------------------------------------------------------------------------
 * args.h
 *	  Arguments of the graph's SQL functions, checked; see args.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_ARGS_H
#define OL_GRAPH_ARGS_H

#include "fmgr.h"
#include "graph/graph.h"

extern char *ol_args_text(FunctionCallInfo fcinfo, int arg, const char *name);
extern char **ol_args_texts(FunctionCallInfo fcinfo, int arg, const char *name,
							int *n);
extern const int32 *ol_args_ids(FunctionCallInfo fcinfo, int arg, int *n);
extern int	ol_args_depth(FunctionCallInfo fcinfo, int arg);
extern OlDirection ol_args_direction(FunctionCallInfo fcinfo, int arg);
extern int	ol_args_kinds(FunctionCallInfo fcinfo, int arg);
extern int	ol_args_node_limit(FunctionCallInfo fcinfo, int arg);
extern int	ol_node_limit_setting(void);
extern const OlPast *ol_args_past(FunctionCallInfo fcinfo, int arg,
								  const OlWalkRequest *request);

#endif
