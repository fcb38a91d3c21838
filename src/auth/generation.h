/*-------------------------------------------------------------------------
 * generation.h
 *	  Which state of the access rules a snapshot sees; see generation.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_GENERATION_H
#define OL_AUTH_GENERATION_H

#include "utils/snapshot.h"

/* Equal generations are equal rows of access_mode, grant_rule and namespace. */
typedef struct OlGeneration
{
	Oid			table;			/* another one after the extension was made
								 * again */
	uint32		nrows;
	uint64		sum;			/* over the mixed ids of the rows */
} OlGeneration;

extern OlGeneration ol_generation(Snapshot snapshot);

/* Whether this transaction itself has changed access_mode. */
extern bool ol_access_mode_is_changing(void);

static inline bool
ol_generation_equal(const OlGeneration *a, const OlGeneration *b)
{
	return a->table == b->table && a->nrows == b->nrows && a->sum == b->sum;
}

#endif
