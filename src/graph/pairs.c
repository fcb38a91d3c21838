/*-------------------------------------------------------------------------
 * pairs.c
 *	  Pairs (node, where it was reached from).
 *
 * What one level of a walk brings: filled in any order, with repeats, then
 * reduced to one pair per node with the least "from".  That makes the answer
 * independent of the order in which a gear finds the edges.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/pairs.h"
#include "miscadmin.h"

#define ST_SORT sort_keys
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

OlPairs *
ol_pairs_create(void)
{
	OlPairs    *pairs = palloc(sizeof(OlPairs));

	pairs->n = 0;
	pairs->capacity = 64;
	pairs->keys = palloc(sizeof(uint64) * pairs->capacity);
	return pairs;
}

void
ol_pairs_grow(OlPairs *pairs)
{
	pairs->capacity *= 2;
	pairs->keys = repalloc_huge(pairs->keys,
								sizeof(uint64) * pairs->capacity);
}

/* Room for n pairs in all. */
void
ol_pairs_reserve(OlPairs *pairs, Size n)
{
	if (pairs->capacity >= n)
		return;
	pairs->capacity = n;
	pairs->keys = repalloc_huge(pairs->keys, sizeof(uint64) * n);
}

/*
 * By node alone: three rounds of counting and
 * moving, ten or eleven bits of the node each.
 */
static void
sort_by_counting(OlPairs *pairs)
{
	uint64	   *from = pairs->keys;
	uint64	   *to = palloc_extended(sizeof(uint64) * pairs->capacity,
									 MCXT_ALLOC_HUGE);

	for (int shift = 32; shift < 64; shift += 11)
	{
		Size		places[1 << 11] = {0};
		Size		place = 0;
		uint64	   *other = from;

		for (Size i = 0; i < pairs->n; i++)
			places[(from[i] >> shift) & 0x7FF]++;
		for (int i = 0; i < lengthof(places); i++)
		{
			Size		count = places[i];

			places[i] = place;
			place += count;
		}
		for (Size i = 0; i < pairs->n; i++)
			to[places[(from[i] >> shift) & 0x7FF]++] = from[i];
		CHECK_FOR_INTERRUPTS();
		from = to;
		to = other;
	}
	pairs->keys = from;
	pfree(to);
}

/* Sort by node; pairs of one node come in any order. */
void
ol_pairs_sort(OlPairs *pairs)
{
	if (pairs->n >= 4096)
		sort_by_counting(pairs);
	else
		sort_keys(pairs->keys, pairs->n);
}

/* Sort by node and keep the least "from" of each. */
void
ol_pairs_reduce(OlPairs *pairs)
{
	Size		kept = 0;

	sort_keys(pairs->keys, pairs->n);
	for (Size i = 0; i < pairs->n; i++)
	{
		if (kept == 0 ||
			OL_PAIR_NODE(pairs->keys[i]) != OL_PAIR_NODE(pairs->keys[kept - 1]))
			pairs->keys[kept++] = pairs->keys[i];
	}
	pairs->n = kept;
}

/* The "from" of a node; the pairs must have been reduced. */
bool
ol_pairs_find(const OlPairs *pairs, int32 node, int32 *from)
{
	Size		low = 0;
	Size		high = pairs->n;

	while (low < high)
	{
		Size		middle = low + (high - low) / 2;

		if (OL_PAIR_NODE(pairs->keys[middle]) < node)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == pairs->n || OL_PAIR_NODE(pairs->keys[low]) != node)
		return false;
	*from = OL_PAIR_FROM(pairs->keys[low]);
	return true;
}

void
ol_pairs_free(OlPairs *pairs)
{
	pfree(pairs->keys);
	pfree(pairs);
}
