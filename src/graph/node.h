/*-------------------------------------------------------------------------
 * node.h
 *	  Nodes and their names, one by one and without a statement; see node.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_NODE_H
#define OL_GRAPH_NODE_H

typedef struct OlNodes OlNodes;

/* What a row of openlineage.node tells. */
typedef struct OlNode
{
	int32		id;
	int32		namespace_id;
	int32		canonical_id;	/* 0: it stands for itself */
	int32		job_id;			/* 0: no step */
	bool		is_job;
} OlNode;

/* Called with the id of a step. */
typedef void (*OlTakeStep) (int32 step, void *arg);

/* Called with a node and its name, which is valid until the call's end. */
typedef void (*OlTakeNode) (const OlNode *node, Datum name, void *arg);

extern OlNodes *ol_nodes_open(void);
extern void ol_nodes_close(OlNodes *nodes);
extern bool ol_nodes_find(OlNodes *nodes, int32 id, OlNode *node);
extern text *ol_nodes_name(OlNodes *nodes);
extern bool ol_nodes_find_name(OlNodes *nodes, int32 namespace_id,
							   bool is_job, const char *name, int len,
							   OlNode *node);
extern bool ol_nodes_is_hidden(OlNodes *nodes, int32 id);
extern bool ol_nodes_are_readable(const OlNodes *nodes);
extern bool ol_nodes_have_steps(OlNodes *nodes);
extern bool ol_nodes_have_hidden(OlNodes *nodes);
extern void ol_nodes_steps(OlNodes *nodes, int32 job, OlTakeStep take,
						   void *arg);
extern void ol_nodes_scan(OlNodes *nodes, OlTakeNode take, void *arg);
extern int32 ol_nodes_find_space(OlNodes *nodes, const char *name, int len);
extern text *ol_nodes_space(OlNodes *nodes, int32 id);

#endif
