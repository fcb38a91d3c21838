/*-------------------------------------------------------------------------
 * nodeid.h
 *	  Node ids as Marquez writes them; see nodeid.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_NODEID_H
#define OL_GRAPH_NODEID_H

typedef enum OlNodeIdKind
{
	OL_NODEID_DATASET,			/* dataset:NAMESPACE:NAME */
	OL_NODEID_JOB,				/* job:NAMESPACE:NAME */
	OL_NODEID_FIELD,			/* datasetField:NAMESPACE:NAME:FIELD */
	OL_NODEID_RUN				/* run:UUID */
} OlNodeIdKind;

typedef struct OlNodeId
{
	OlNodeIdKind kind;
	const char *body;			/* what follows "kind:", in the caller's text */
	int			len;			/* bytes of it */
	int			bare_len;		/* bytes without "#VERSION-UUID"; len without
								 * one */
} OlNodeId;

/* Most parts that a body is split into. */
#define OL_NODEID_MAX_PARTS 3

typedef struct OlNodePart
{
	const char *text;
	int			len;
} OlNodePart;

extern bool ol_nodeid_parse(const char *id_text, OlNodeId *id);
extern int	ol_nodeid_parts(OlNodeIdKind kind);
extern bool ol_nodeid_split(const char *body, int len, int nparts,
							OlNodePart *parts);
extern int	ol_nodeid_last(const char *name, int len, char delimiter);

#endif
