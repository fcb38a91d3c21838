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

/* Memory for the ids of a page that has none yet. */
void
ol_idset_add_page(OlIdSet *set, uint32 page)
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
											  sizeof(uint64) * OL_IDSET_PAGE_WORDS);
}
