/*-------------------------------------------------------------------------
 * overlay.c
 *	  Edges that changed since a graph was built.
 *
 * Every edge that came counts one, every edge that went minus one; what is
 * left of the sum is how many more of that edge there are now than in the
 * graph.  So the order of the changes does not matter.  Edges are kept once
 * from each end, sorted by the node the walk stands on; the set of such nodes
 * tells in one look that a node has none, which nearly all have.
 *
 * Nothing here touches SQL.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/overlay.h"

static int
compare_changes(const void *a, const void *b)
{
	const OlChange *left = a;
	const OlChange *right = b;

	if (left->node != right->node)
		return left->node < right->node ? -1 : 1;
	return (left->end > right->end) - (left->end < right->end);
}

#define ST_SORT sort_changes
#define ST_ELEMENT_TYPE OlChange
#define ST_COMPARE(a, b) compare_changes(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

OlOverlay *
ol_overlay_create(void)
{
	OlOverlay  *overlay = palloc0(sizeof(OlOverlay));

	overlay->capacity = 64;
	for (int side = 0; side < 2; side++)
	{
		overlay->changes[side] = palloc(sizeof(OlChange) * overlay->capacity);
		overlay->touched[side] = ol_idset_create();
	}
	return overlay;
}

void
ol_overlay_add(OlOverlay *overlay, int32 src, int32 dst, int code,
			   int32 src_namespace_id, int32 dst_namespace_id, int net)
{
	if (overlay->n[0] == overlay->capacity)
	{
		overlay->capacity *= 2;
		for (int side = 0; side < 2; side++)
			overlay->changes[side] =
				repalloc_huge(overlay->changes[side],
							  sizeof(OlChange) * overlay->capacity);
	}
	overlay->changes[0][overlay->n[0]++] =
		(OlChange)
	{
		src, OL_END(dst, code), dst_namespace_id, net
	};
	overlay->changes[1][overlay->n[1]++] =
		(OlChange)
	{
		dst, OL_END(src, code), src_namespace_id, net
	};
}

/* Once all changes are added, and before any is looked for. */
void
ol_overlay_reduce(OlOverlay *overlay)
{
	for (int side = 0; side < 2; side++)
	{
		OlChange   *changes = overlay->changes[side];
		int			kept = 0;

		sort_changes(changes, overlay->n[side]);
		for (int i = 0; i < overlay->n[side];)
		{
			OlChange	sum = changes[i];
			int			next = i + 1;

			for (; next < overlay->n[side] &&
				 compare_changes(&sum, &changes[next]) == 0; next++)
				sum.net += changes[next].net;
			if (sum.net != 0)
			{
				ol_idset_add(overlay->touched[side], sum.node);
				changes[kept++] = sum;
			}
			i = next;
		}
		overlay->n[side] = kept;
	}
	overlay->is_reduced = true;
}

/* The changes of a node, in order of end. */
const OlChange *
ol_overlay_find(const OlOverlay *overlay, bool upstream, int32 node, int *n)
{
	const OlChange *changes = overlay->changes[upstream];
	int			low = 0;
	int			high = overlay->n[upstream];
	int			last;

	Assert(overlay->is_reduced);
	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (changes[middle].node < node)
			low = middle + 1;
		else
			high = middle;
	}
	for (last = low; last < overlay->n[upstream] && changes[last].node == node;)
		last++;
	*n = last - low;
	return &changes[low];
}

/*
 * Of the hubs given (as nodes of pairs) those that have columns now; members
 * are pairs (hub, column), both reduced or without repeats and sorted.
 */
OlHubChange *
ol_hub_change_create(const OlPairs *hubs, const OlPairs *members)
{
	OlHubChange *change = palloc0(sizeof(OlHubChange));
	int32		last = 0;

	change->ids = ol_idset_create();
	change->places = ol_pairs_create();
	change->hubs = palloc(sizeof(int32) * (hubs->n + 1));
	change->member_first = palloc(sizeof(uint32) * (hubs->n + 1));
	change->members = palloc_extended(sizeof(int32) * (members->n + 1),
									  MCXT_ALLOC_HUGE);
	for (Size i = 0; i < hubs->n; i++)
		ol_idset_add(change->ids, OL_PAIR_NODE(hubs->keys[i]));
	for (Size i = 0; i < members->n; i++)
	{
		int32		hub = OL_PAIR_NODE(members->keys[i]);
		int32		column = OL_PAIR_FROM(members->keys[i]);

		if (hub != last)
		{
			ol_pairs_add(change->places, hub, change->nhubs);
			change->hubs[change->nhubs] = hub;
			change->member_first[change->nhubs++] = (uint32) i;
			last = hub;
		}
		ol_idset_add(change->ids, column);
		ol_pairs_add(change->places, column, change->nhubs - 1);
		change->members[i] = column;
	}
	change->member_first[change->nhubs] = (uint32) members->n;
	ol_pairs_reduce(change->places);
	return change;
}
