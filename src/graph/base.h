/*-------------------------------------------------------------------------
 * base.h
 *	  A graph kept in memory for later walks; see base.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_BASE_H
#define OL_GRAPH_BASE_H

#include "auth/access.h"
#include "datatype/timestamp.h"
#include "graph/csr.h"
#include "graph/graph.h"
#include "graph/seen.h"

/* The arrays behind the head, in this order. */
typedef enum OlBaseArray
{
	OL_BASE_RUNNING,			/* uint64: OlSeen */
	OL_BASE_STEPS,				/* uint64: pairs (step, job), by step */
	OL_BASE_FIRST_DOWN,			/* the arrays of OlCsr */
	OL_BASE_ENDS_DOWN,
	OL_BASE_FIRST_UP,
	OL_BASE_ENDS_UP,
	OL_BASE_NAMESPACES,
	OL_BASE_HUB,
	OL_BASE_MEMBER_FIRST,
	OL_BASE_MEMBERS,
	OL_BASE_SPACES,				/* uint64: bits of the namespaces in it */
	OL_BASE_ARRAYS
} OlBaseArray;

/* One piece of memory without pointers; nobody changes it once it is made. */
typedef struct OlBase
{
	Size		size;			/* head included */
	Oid			database;
	OlGraphKind graph;
	Oid			table;			/* edge or column_edge … */
	Oid			file;			/* … and the file it was read from */
	uint64		logging;		/* what wrote the log then: logging.c */
	TimestampTz built_at;
	bool		is_ambiguous;	/* a node with two namespaces: cannot be
								 * masked */
	uint64		xmin;			/* OlSeen */
	uint64		xmax;
	int			nrunning;
	int			nsteps;
	int32		nids;			/* OlCsr */
	uint32		nedges;
	int			nhubs;
	int			nspaces;		/* words of OL_BASE_SPACES */
	Size		offsets[OL_BASE_ARRAYS + 1];	/* from the head; equal ones
												 * enclose nothing */
} OlBase;

extern void ol_base_push_snapshot(void);
extern OlBase *ol_base_create(OlGraphKind graph);
extern OlCsr *ol_base_csr(const OlBase *base);
extern OlSeen ol_base_seen(const OlBase *base);
extern const uint64 *ol_base_steps(const OlBase *base);
extern bool ol_base_is_readable(const OlBase *base,
								const OlReadable *readable);

#endif
