/*-------------------------------------------------------------------------
 * scan.h
 *	  A graph read from its tables from end to end; see scan.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_SCAN_H
#define OL_GRAPH_SCAN_H

#include "auth/access.h"
#include "datatype/timestamp.h"
#include "graph/csr.h"
#include "graph/graph.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

typedef struct OlScanRequest
{
	OlGraphKind graph;
	Snapshot	snapshot;
	bool		downstream;		/* rows wanted: with the flow of data … */
	bool		upstream;		/* … and against it */
	int			kinds;			/* OL_EDGE_* wanted */
	const OlReadable *readable; /* edges wanted; NULL: all */
	bool		keeps_namespaces;
	const TimestampTz *when;	/* edges of that time; NULL: of now */
	bool	   *is_ambiguous;	/* set when one node is in two namespaces;
								 * NULL: does not matter */
} OlScanRequest;

/* Where the attributes are in a row of edges, from 1. */
typedef struct OlEdgeLayout
{
	AttrNumber	src;
	AttrNumber	dst;
	AttrNumber	kind;			/* 0: edges of columns have none */
	AttrNumber	src_namespace;
	AttrNumber	dst_namespace;
	int			natts;			/* so many have to be there */
	Oid			kinds[3];		/* by code */
} OlEdgeLayout;

extern OlEdgeLayout ol_edge_layout(Relation table, OlGraphKind graph);

static inline int
ol_edge_kind_code(const OlEdgeLayout *layout, Oid kind)
{
	if (kind == layout->kinds[OL_CODE_DATA])
		return OL_CODE_DATA;
	return kind == layout->kinds[OL_CODE_DERIVES] ? OL_CODE_DERIVES :
		OL_CODE_CONTROL;
}

static inline int
ol_edge_layout_code(const OlEdgeLayout *layout, const Datum *values)
{
	if (layout->kind == 0)
		return OL_CODE_DATA;
	return ol_edge_kind_code(layout,
							 DatumGetObjectId(values[layout->kind - 1]));
}

/* May the edge of a row be seen? */
static inline bool
ol_edge_is_readable(const OlEdgeLayout *layout, const OlReadable *readable,
					const Datum *values)
{
	return readable == NULL ||
		(ol_readable_has(readable,
						 DatumGetInt32(values[layout->src_namespace - 1])) &&
		 ol_readable_has(readable,
						 DatumGetInt32(values[layout->dst_namespace - 1])));
}

extern Relation ol_scan_open(OlGraphKind graph);
extern Relation ol_scan_open_history(void);
extern Relation ol_scan_open_fields(void);
extern Relation ol_scan_open_nodes(void);
extern OlCsr *ol_scan_graph(const OlScanRequest *request);

#endif
