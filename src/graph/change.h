/*-------------------------------------------------------------------------
 * change.h
 *	  What became of the edges since a graph was read; see change.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_CHANGE_H
#define OL_GRAPH_CHANGE_H

#include "graph/base.h"
#include "graph/overlay.h"

/* What the log tells a reader about a base. */
typedef struct OlChanges
{
	const char *refusal;		/* why the base does not serve the active
								 * snapshot; NULL: it does */
	int64		nrows;			/* of the log that the base has not seen */
	OlOverlay  *overlay;		/* NULL: nothing changed */
	OlPairs    *nodes;			/* ends of edges that came, sorted; NULL with
								 * it */
	bool		is_ambiguous;	/* one of them is in two namespaces: cannot be
								 * masked */
} OlChanges;

extern int64 ol_changes_blocks(void);
extern OlChanges *ol_changes_read(const OlBase *base, bool counts_only);

#endif
