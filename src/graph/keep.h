/*-------------------------------------------------------------------------
 * keep.h
 *	  Gear 3: graphs kept in memory, as the active snapshot has them; see
 *	  keep.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_KEEP_H
#define OL_GRAPH_KEEP_H

#include "graph/change.h"
#include "graph/reader.h"

/* A base and what changed since; as long as the current context. */
typedef struct OlKept
{
	const OlBase *base;
	OlChanges  *changes;
	const char *refusal;		/* why it cannot be walked; NULL: it can */
	const char *not_kept;		/* why it serves this walk only; or NULL */
	bool		is_newer;		/* than the active snapshot */
} OlKept;

extern bool ol_kept_allowed(void);
extern OlKept ol_kept_find(OlGraphKind graph, const OlReader *reader);
extern OlKept ol_kept_read(OlGraphKind graph, const OlReader *reader,
						   bool must);
extern bool ol_kept_is_stale(const OlKept *kept, int percent);

#endif
