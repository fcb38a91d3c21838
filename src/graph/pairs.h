/*-------------------------------------------------------------------------
 * pairs.h
 *	  Pairs (node, where it was reached from); see pairs.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_PAIRS_H
#define OL_GRAPH_PAIRS_H

/* A pair is one number, so that sorting orders by node, then by from. */
typedef struct OlPairs
{
	uint64	   *keys;
	Size		n;
	Size		capacity;
} OlPairs;

#define OL_PAIR(node, from) (((uint64) (uint32) (node) << 32) | (uint32) (from))
#define OL_PAIR_NODE(key)	((int32) ((key) >> 32))
#define OL_PAIR_FROM(key)	((int32) (uint32) (key))

extern OlPairs *ol_pairs_create(void);
extern void ol_pairs_grow(OlPairs *pairs);
extern void ol_pairs_reserve(OlPairs *pairs, Size n);
extern void ol_pairs_sort(OlPairs *pairs);
extern void ol_pairs_reduce(OlPairs *pairs);
extern bool ol_pairs_find(const OlPairs *pairs, int32 node, int32 *from);
extern void ol_pairs_free(OlPairs *pairs);

static inline void
ol_pairs_add(OlPairs *pairs, int32 node, int32 from)
{
	if (unlikely(pairs->n == pairs->capacity))
		ol_pairs_grow(pairs);
	pairs->keys[pairs->n++] = OL_PAIR(node, from);
}

#endif
