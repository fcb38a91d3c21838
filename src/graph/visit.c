/*-------------------------------------------------------------------------
 * visit.c
 *	  What one side of a walk has reached.
 *
 * A level gives its nodes in order of id, whatever the order in which they
 * were found, so that the next level goes through memory from one end to the
 * other.  A small level sorts what it found.  A large one sets a bit for each
 * node in a bitmap of the whole graph and reads that from end to end: going
 * through a bitmap of millions of nodes takes less than sorting thousands.
 *
 * Nothing here touches SQL.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/visit.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

/*
 * From how many nodes on a frontier is large: more than LARGE, and one in
 * LARGE_PART of the graph.  Where the places are kept as well, an array of the
 * whole graph is touched here and there, which must be worth its pages until a
 * level has paid for them.
 */
#define LARGE				1024
#define LARGE_PART			2048
#define LARGE_PART_FROM		256

OlVisit *
ol_visit_create(bool keeps_from)
{
	OlVisit    *visit = palloc0(sizeof(OlVisit));

	visit->visited = ol_idset_create();
	visit->pairs = ol_pairs_create();
	visit->keeps_from = keeps_from;
	return visit;
}

static void *
alloc_by_id(const OlVisit *visit, Size size, int flags)
{
	return MemoryContextAllocExtended(visit->visited->context, size,
									  MCXT_ALLOC_HUGE | flags);
}

static void
prepare_large(OlVisit *visit, int32 nids)
{
	visit->nids = nids;
	visit->visited_words = ol_idset_flatten(visit->visited, nids);
	visit->words = alloc_by_id(visit, sizeof(uint64) * ((Size) nids / 64 + 1),
							   MCXT_ALLOC_ZERO);
	if (visit->keeps_from)
		visit->from = alloc_by_id(visit, sizeof(int32) * (Size) nids, 0);
}

/*
 * A level of a graph with ids below nids (others may come up) begins; nids is
 * the same for all levels.
 */
void
ol_visit_begin(OlVisit *visit, int nfrontier, int32 nids)
{
	bool		is_dear = visit->keeps_from && visit->from == NULL;
	int32		part = is_dear ? LARGE_PART_FROM : LARGE_PART;

	visit->pairs->n = 0;
	visit->n = 0;
	visit->is_large = nfrontier >= LARGE && nfrontier >= nids / part;
	if (visit->is_large && visit->visited_words == NULL)
		prepare_large(visit, nids);
}

/* The nodes of a large level as pairs, ahead of those in pairs. */
static void
gather_pairs(OlVisit *visit)
{
	OlPairs    *pairs = visit->pairs;
	Size		nwords = (Size) visit->nids / 64 + 1;
	uint64	   *key;

	ol_pairs_reserve(pairs, pairs->n + visit->n);
	memmove(pairs->keys + visit->n, pairs->keys, sizeof(uint64) * pairs->n);
	key = pairs->keys;
	for (Size i = 0; i < nwords; i++)
	{
		uint64		word = visit->words[i];

		if (word == 0)
			continue;
		visit->words[i] = 0;
		for (; word != 0; word &= word - 1)
		{
			int32		id = (int32) (i * 64) + pg_rightmost_one_pos64(word);

			*key++ = OL_PAIR(id, visit->from == NULL ? 0 : visit->from[id]);
		}
	}
	pairs->n += visit->n;
}

/* The level has ended: pairs has its nodes, in order. */
void
ol_visit_end(OlVisit *visit)
{
	ol_pairs_sort(visit->pairs);
	if (visit->is_large)
		gather_pairs(visit);
}

static int32 *
gather_ids(OlVisit *visit, int32 *to)
{
	Size		nwords = (Size) visit->nids / 64 + 1;

	for (Size i = 0; i < nwords; i++)
	{
		uint64		word = visit->words[i];

		if (word == 0)
			continue;
		visit->words[i] = 0;
		for (; word != 0; word &= word - 1)
			*to++ = (int32) (i * 64) + pg_rightmost_one_pos64(word);
	}
	return to;
}

/* The same as an array of ids. */
int32 *
ol_visit_end_ids(OlVisit *visit, int *n)
{
	Size		total = visit->pairs->n + (visit->is_large ? visit->n : 0);
	int32	   *ids = palloc_extended(sizeof(int32) * (total + 1),
									  MCXT_ALLOC_HUGE);
	int32	   *to = ids;

	ol_pairs_sort(visit->pairs);
	if (visit->is_large)
		to = gather_ids(visit, to);
	for (Size i = 0; i < visit->pairs->n; i++)
		*to++ = OL_PAIR_NODE(visit->pairs->keys[i]);
	*n = (int) total;
	return ids;
}
