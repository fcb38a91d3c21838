/*-------------------------------------------------------------------------
 * idset.h
 *	  A set of ids of a dense id space; see idset.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_IDSET_H
#define OL_GRAPH_IDSET_H

typedef struct OlIdSet OlIdSet;

extern OlIdSet *ol_idset_create(void);
extern bool ol_idset_has(const OlIdSet *set, int32 id);
extern bool ol_idset_add(OlIdSet *set, int32 id);

#endif
