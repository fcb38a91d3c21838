/*-------------------------------------------------------------------------
 * cache.h
 *	  Where graphs are kept for later walks; see cache.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_CACHE_H
#define OL_GRAPH_CACHE_H

#include "graph/base.h"

/* How much is kept, for graph_status(). */
typedef struct OlCacheUse
{
	bool		is_shared;
	Size		limit;
	Size		used;
} OlCacheUse;

extern void ol_cache_preload(void);
extern bool ol_cache_has(OlGraphKind graph);
extern const OlBase *ol_cache_pin(OlGraphKind graph);
extern bool ol_cache_claim(OlGraphKind graph);
extern bool ol_cache_put(const OlBase **base);
extern OlCacheUse ol_cache_use(void);

#endif
