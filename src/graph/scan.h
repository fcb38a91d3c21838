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

extern Relation ol_scan_open(OlGraphKind graph);
extern Relation ol_scan_open_history(void);
extern OlCsr *ol_scan_graph(const OlScanRequest *request);

#endif
