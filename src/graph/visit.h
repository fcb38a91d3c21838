/*-------------------------------------------------------------------------
 * visit.h
 *	  What one side of a walk has reached; see visit.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_VISIT_H
#define OL_GRAPH_VISIT_H

#include "graph/idset.h"
#include "graph/pairs.h"

typedef struct OlVisit
{
	OlIdSet    *visited;		/* by all levels so far */
	OlPairs    *pairs;			/* by this level, with the place in the
								 * frontier it was reached from */
	bool		keeps_from;		/* false: that place is not asked for */

	/* In a large level, for ids below nids, in place of pairs. */
	bool		is_large;
	int32		nids;
	Size		n;
	uint64	   *visited_words;	/* of visited; NULL before a large level */
	uint64	   *words;			/* reached by this level; else zero */
	int32	   *from;			/* by id, where a bit of words is set */
} OlVisit;

extern OlVisit *ol_visit_create(bool keeps_from);
extern void ol_visit_begin(OlVisit *visit, int nfrontier, int32 nids);
extern void ol_visit_end(OlVisit *visit);
extern int32 *ol_visit_end_ids(OlVisit *visit, int *n);

/* A node reached; only the first time counts. */
static inline void
ol_visit_add(OlVisit *visit, int32 id, int32 from)
{
	if (!ol_idset_add(visit->visited, id))
		return;
	if (!visit->is_large || id >= visit->nids)
	{
		ol_pairs_add(visit->pairs, id, from);
		return;
	}
	visit->words[id / 64] |= UINT64CONST(1) << (id % 64);
	if (visit->from != NULL)
		visit->from[id] = from;
	visit->n++;
}

#endif
