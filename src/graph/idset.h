/*-------------------------------------------------------------------------
 * idset.h
 *	  A set of ids of a dense id space; see idset.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_IDSET_H
#define OL_GRAPH_IDSET_H

#define OL_IDSET_PAGE_BITS	16
#define OL_IDSET_PAGE_WORDS ((1 << OL_IDSET_PAGE_BITS) / 64)

typedef struct OlIdSet
{
	MemoryContext context;
	uint64	  **pages;			/* NULL where no id was added */
	uint32		npages;
} OlIdSet;

extern OlIdSet *ol_idset_create(void);
extern void ol_idset_add_page(OlIdSet *set, uint32 page);
extern uint64 *ol_idset_flatten(OlIdSet *set, int32 nids);

static inline bool
ol_idset_has(const OlIdSet *set, int32 id)
{
	uint32		page = (uint32) id >> OL_IDSET_PAGE_BITS;
	uint32		bit = (uint32) id & ((1 << OL_IDSET_PAGE_BITS) - 1);

	if (page >= set->npages || set->pages[page] == NULL)
		return false;
	return (set->pages[page][bit / 64] >> (bit % 64)) & 1;
}

/* Returns whether the id is new. */
static inline bool
ol_idset_add(OlIdSet *set, int32 id)
{
	uint32		page = (uint32) id >> OL_IDSET_PAGE_BITS;
	uint32		bit = (uint32) id & ((1 << OL_IDSET_PAGE_BITS) - 1);
	uint64		mask = UINT64CONST(1) << (bit % 64);
	uint64	   *word;

	if (unlikely(page >= set->npages || set->pages[page] == NULL))
		ol_idset_add_page(set, page);
	word = &set->pages[page][bit / 64];
	if (*word & mask)
		return false;
	*word |= mask;
	return true;
}

#endif
