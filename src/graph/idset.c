/*-------------------------------------------------------------------------
 * idset.c
 *	  A set of ids of a dense id space.
 *
 * A bitmap in pages of 64k ids, allocated when the first id of a page is
 * added: asking costs two memory accesses, and a small answer in a graph of
 * millions of nodes does not pay for clearing a bitmap of all of them.  Ids
 * are not negative.  The set belongs to the context it was created in.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/idset.h"

#define PAGE_BITS	16
#define PAGE_WORDS	((1 << PAGE_BITS) / 64)

struct OlIdSet
{
	MemoryContext context;
	uint64	  **pages;			/* NULL where no id was added */
	uint32		npages;
};

OlIdSet *
ol_idset_create(void)
{
	OlIdSet    *set = palloc0(sizeof(OlIdSet));

	set->context = CurrentMemoryContext;
	return set;
}

bool
ol_idset_has(const OlIdSet *set, int32 id)
{
	uint32		page = (uint32) id >> PAGE_BITS;
	uint32		bit = (uint32) id & ((1 << PAGE_BITS) - 1);

	if (page >= set->npages || set->pages[page] == NULL)
		return false;
	return (set->pages[page][bit / 64] >> (bit % 64)) & 1;
}

static void
add_page(OlIdSet *set, uint32 page)
{
	if (page >= set->npages)
	{
		uint32		npages = Max(page + 1, set->npages * 2);
		uint64	  **pages = MemoryContextAllocZero(set->context,
												   sizeof(uint64 *) * npages);

		if (set->npages > 0)
		{
			memcpy(pages, set->pages, sizeof(uint64 *) * set->npages);
			pfree(set->pages);
		}
		set->pages = pages;
		set->npages = npages;
	}
	set->pages[page] = MemoryContextAllocZero(set->context,
											  sizeof(uint64) * PAGE_WORDS);
}

/* Returns whether the id is new. */
bool
ol_idset_add(OlIdSet *set, int32 id)
{
	uint32		page = (uint32) id >> PAGE_BITS;
	uint32		bit = (uint32) id & ((1 << PAGE_BITS) - 1);
	uint64		mask = UINT64CONST(1) << (bit % 64);
	uint64	   *word;

	if (page >= set->npages || set->pages[page] == NULL)
		add_page(set, page);
	word = &set->pages[page][bit / 64];
	if (*word & mask)
		return false;
	*word |= mask;
	return true;
}
