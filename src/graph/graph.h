/*-------------------------------------------------------------------------
 * graph.h
 *	  Walks over the lineage graph: what is asked and what comes back.
 *
 * One call answers every question: fill an OlWalkRequest, call
 * ol_graph_walk(), hand the OlWalkResult to a writer (label.h).  Which gear
 * does the walking is decided behind that call and never shows in the result.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_GRAPH_H
#define OL_GRAPH_GRAPH_H

/* Two graphs, each with a dense id space of its own. */
typedef enum OlGraphKind
{
	OL_GRAPH_NODES,				/* datasets, jobs and their steps: edge */
	OL_GRAPH_COLUMNS			/* columns of datasets: column_edge */
} OlGraphKind;

typedef enum OlDirection
{
	OL_UPSTREAM,				/* against the flow of data: where from */
	OL_DOWNSTREAM,				/* with the flow: where to */
	OL_BOTH,					/* the two walks above, joined */
	OL_UNDIRECTED				/* every edge both ways, at every step */
} OlDirection;

/* Kinds of edges, to be or-ed; only the graph of nodes has kinds. */
#define OL_EDGE_DATA		1
#define OL_EDGE_DERIVES		2
#define OL_EDGE_CONTROL		4
#define OL_EDGE_DEFAULT		(OL_EDGE_DATA | OL_EDGE_DERIVES)

#define OL_DEPTH_UNLIMITED	(-1)
#define OL_LIMIT_NONE		0

/* Edges as they were, instead of those of now; see past.h. */
typedef struct OlPast OlPast;

typedef struct OlWalkRequest
{
	OlGraphKind graph;
	const int32 *start;			/* any order, repeats allowed */
	int			nstart;
	int			depth;			/* most edges from a start, or
								 * OL_DEPTH_UNLIMITED */
	OlDirection direction;
	int			kinds;			/* OL_EDGE_* */
	int			node_limit;		/* most nodes besides the starts, or
								 * OL_LIMIT_NONE */
	const OlPast *past;			/* edges of another time, or NULL for now */
	const int32 *targets;		/* the walk ends with the level in which one
								 * of these is reached; NULL: none */
	int			ntargets;
	MemoryContext context;		/* where the result goes; NULL: the current
								 * context */
} OlWalkRequest;

/* One node reached. */
typedef struct OlWalkRow
{
	int32		id;
	int32		distance;		/* edges from the nearest start */
	int32		from;			/* index of the row it was reached from; -1
								 * for a start */
	bool		upstream;		/* reached against the flow of data */
	bool		repeated;		/* OL_BOTH: the other walk has it too, at no
								 * greater distance; kept for the paths
								 * through it, not an answer */
} OlWalkRow;

/*
 * The nodes reached, starts first, then nearest first; of the nodes that lead
 * to another at the same distance, the one with the least id is its "from".
 */
typedef struct OlWalkResult
{
	OlWalkRow  *rows;
	int			nrows;
	int			nstart;			/* the first rows are the starts */
	bool		truncated;		/* the node limit left something out */
} OlWalkResult;

/*
 * Runs as the caller, in the active snapshot, between SPI_connect() and
 * SPI_finish().
 *
 * Starts that are unknown or may not be seen are left out.  An alias starts
 * from the node it stands for, a job from itself and all its steps, the
 * column '' from all columns of its dataset.
 */
extern OlWalkResult *ol_graph_walk(const OlWalkRequest *request);

extern void ol_walk_request_init(OlWalkRequest *request, OlGraphKind graph);

#endif
