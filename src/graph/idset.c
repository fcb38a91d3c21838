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

OlIdSet *
ol_idset_create(void)
{
	OlIdSet    *set = palloc0(sizeof(OlIdSet));

	set->context = CurrentMemoryContext;
	return set;
}

static void
grow_pages(OlIdSet *set, uint32 least)
{
	uint32		npages = Max(least, set->npages * 2);
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

/* Memory for the ids of a page that has none yet. */
void
ol_idset_add_page(OlIdSet *set, uint32 page)
{
	if (page >= set->npages)
		grow_pages(set, page + 1);
	set->pages[page] = MemoryContextAllocZero(set->context,
											  sizeof(uint64) * OL_IDSET_PAGE_WORDS);
}

/*
 * The ids below nids as one bitmap, for whoever goes through very many of
 * them.  It is the set from then on: a bit set in it is an id added.  Once
 * for each set.
 */
uint64 *
ol_idset_flatten(OlIdSet *set, int32 nids)
{
	uint32		npages = ((uint32) nids >> OL_IDSET_PAGE_BITS) + 1;
	Size		page_size = sizeof(uint64) * OL_IDSET_PAGE_WORDS;
	uint64	   *words =
	MemoryContextAllocExtended(set->context, page_size * npages,
							   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	if (npages > set->npages)
		grow_pages(set, npages);
	for (uint32 page = 0; page < npages; page++)
	{
		uint64	   *own = words + (Size) page * OL_IDSET_PAGE_WORDS;

		if (set->pages[page] != NULL)
		{
			memcpy(own, set->pages[page], page_size);
			pfree(set->pages[page]);
		}
		set->pages[page] = own;
	}
	return words;
}
