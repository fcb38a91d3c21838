/*-------------------------------------------------------------------------
 * view.c
 *	  What one caller sees of a graph of compressed rows, one level at a time.
 *
 * The frontier is gone through in order of id, so that whoever reaches a node
 * first is the least from which it can be reached: no edge has to be sorted,
 * only what is new.  A node that the caller may not see is neither reached
 * nor, therefore, walked on from.
 *
 * Hubs (levels.c) are opened where they are reached and left through once on
 * each side of a walk: what comes later brings nothing new.
 *
 * Nothing here touches SQL.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "graph/view.h"
#include "miscadmin.h"

/* How many nodes of a frontier are taken between looks at interrupts. */
#define INTERRUPT_EVERY 1024

/* How many nodes ahead memory is asked for: for its place, then its edges. */
#define FETCH_FIRST 16
#define FETCH_ENDS 8

typedef struct Level
{
	const OlView *view;
	const OlCsr *csr;
	OlVisit    *visit;
	OlHubMarks *marks;			/* NULL: no hubs */
	int32		from;			/* place in the frontier */
} Level;

typedef struct Hub
{
	int32		id;
	int			place;			/* in the marks */
	const int32 *members;
	uint32		nmembers;
} Hub;

static bool
has_hubs(const OlView *view)
{
	return view->csr->hub != NULL ||
		(view->overlay != NULL && view->overlay->hubs != NULL);
}

static int
count_hubs(const OlView *view)
{
	int			n = view->csr->nhubs;

	if (view->overlay != NULL && view->overlay->hubs != NULL)
		n += view->overlay->hubs->nhubs;
	return n;
}

void
ol_hub_marks_init(OlHubMarks *marks, const OlView *view)
{
	int			nwords = count_hubs(view) / 64 + 1;

	marks->left = palloc0(sizeof(uint64) * nwords);
	marks->opened = palloc0(sizeof(uint64) * nwords);
}

/* Returns whether it was not marked before. */
static bool
set_mark(uint64 *marks, int place)
{
	uint64		mask = UINT64CONST(1) << (place % 64);

	if (marks[place / 64] & mask)
		return false;
	marks[place / 64] |= mask;
	return true;
}

static bool
find_changed_hub(const OlView *view, int32 id, Hub *hub)
{
	const OlHubChange *change = view->overlay->hubs;
	int32		place;

	if (!ol_pairs_find(change->places, id, &place))
		return false;
	hub->id = change->hubs[place];
	hub->place = view->csr->nhubs + place;
	hub->members = change->members + change->member_first[place];
	hub->nmembers = change->member_first[place + 1] -
		change->member_first[place];
	return true;
}

/* The hub that a column is or belongs to. */
static bool
find_hub(const OlView *view, int32 id, Hub *hub)
{
	const OlCsr *csr = view->csr;
	const OlHubChange *change =
	view->overlay == NULL ? NULL : view->overlay->hubs;
	int32		entry;

	if (change != NULL && ol_idset_has(change->ids, id))
		return find_changed_hub(view, id, hub);
	if (csr->hub == NULL || id >= csr->nids || csr->hub[id] == 0)
		return false;
	entry = csr->hub[id];
	hub->id = entry < 0 ? id : entry;
	if (change != NULL && ol_idset_has(change->ids, hub->id))
		return false;
	hub->place = -1 - (entry < 0 ? entry : csr->hub[entry]);
	hub->members = csr->members + csr->member_first[hub->place];
	hub->nmembers = csr->member_first[hub->place + 1] -
		csr->member_first[hub->place];
	return true;
}

static void
reach_hub(Level *level, int32 id)
{
	Hub			hub;

	if (!find_hub(level->view, id, &hub) || hub.id != id)
		ol_visit_add(level->visit, id, level->from);
	else if (set_mark(level->marks->opened, hub.place))
	{
		for (uint32 i = 0; i < hub.nmembers; i++)
			ol_visit_add(level->visit, hub.members[i], level->from);
	}
}

static inline void
reach_end(Level *level, int32 id)
{
	if (level->marks != NULL)
		reach_hub(level, id);
	else
		ol_visit_add(level->visit, id, level->from);
}

/* An end of an edge in the graph. */
static inline void
reach_known(Level *level, int32 id)
{
	const OlReadable *readable = level->view->csr_readable;

	if (readable == NULL ||
		ol_readable_has(readable, level->csr->namespaces[id]))
		reach_end(level, id);
}

/* An end of an edge that came later. */
static void
reach_changed(Level *level, const OlChange *change)
{
	const OlReadable *readable = level->view->readable;

	if (readable == NULL || ol_readable_has(readable, change->namespace_id))
		reach_end(level, OL_END_ID(change->end));
}

static inline bool
is_wanted(const Level *level, uint32 end)
{
	return ((level->view->kinds >> OL_END_CODE(end)) & 1) != 0 &&
		!ol_idset_has(level->visit->visited, OL_END_ID(end));
}

/* Place of an end among the changes of its node, or -1. */
static int
find_change(const OlChange *changes, int n, uint32 end)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (changes[middle].end < end)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && changes[low].end == end ? low : -1;
}

/*
 * The edges of a node of which some came or went.  An edge between columns is
 * there as often as somebody states it.
 */
static void
follow_changed(Level *level, int32 id, bool upstream)
{
	const OlCsr *csr = level->csr;
	uint32		begin = id < csr->nids ? csr->first[upstream][id] : 0;
	uint32		end = id < csr->nids ? csr->first[upstream][id + 1] : 0;
	int			n;
	const OlChange *changes = ol_overlay_find(level->view->overlay, upstream,
											  id, &n);
	int64	   *left = palloc(sizeof(int64) * n);

	for (int i = 0; i < n; i++)
		left[i] = changes[i].net;
	for (uint32 at = begin; at < end; at++)
	{
		int			i = find_change(changes, n, csr->ends[upstream][at]);

		if (i >= 0)
			left[i]++;
	}
	for (uint32 at = begin; at < end; at++)
	{
		uint32		other = csr->ends[upstream][at];
		int			i = find_change(changes, n, other);

		if ((i < 0 || left[i] > 0) && is_wanted(level, other))
			reach_known(level, OL_END_ID(other));
	}
	for (int i = 0; i < n; i++)
	{
		if (left[i] > 0 && is_wanted(level, changes[i].end))
			reach_changed(level, &changes[i]);
	}
	pfree(left);
}

static void
follow_edges(Level *level, int32 id, bool upstream)
{
	const OlCsr *csr = level->csr;
	const OlOverlay *overlay = level->view->overlay;
	const uint32 *ends = csr->ends[upstream];
	uint32		last;

	if (overlay != NULL && ol_idset_has(overlay->touched[upstream], id))
	{
		follow_changed(level, id, upstream);
		return;
	}
	if (id >= csr->nids)
		return;
	last = csr->first[upstream][id + 1];
	for (uint32 at = csr->first[upstream][id]; at < last; at++)
	{
		if (is_wanted(level, ends[at]))
			reach_known(level, OL_END_ID(ends[at]));
	}
}

/* A frontier of a graph with hubs, or a small one. */
static void
follow_frontier(Level *level, const int32 *frontier, int n, bool upstream,
				bool downstream)
{
	for (int i = 0; i < n; i++)
	{
		int32		ids[2] = {frontier[i]};
		int			nids = 1;
		Hub			hub;

		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		level->from = i;
		if (level->marks != NULL && find_hub(level->view, ids[0], &hub) &&
			hub.id != ids[0] && set_mark(level->marks->left, hub.place))
			ids[nids++] = hub.id;
		for (int k = 0; k < nids; k++)
		{
			if (downstream)
				follow_edges(level, ids[k], false);
			if (upstream)
				follow_edges(level, ids[k], true);
		}
	}
}

/*
 * The edges of one node without changes, in a large level of a graph without
 * hubs: what follow_edges() does, on the bare bitmaps.
 */
static pg_attribute_always_inline Size
follow_bare(const Level *level, int32 id, bool upstream, const uint64 *barred,
			int32 *from)
{
	const uint32 *first = level->csr->first[upstream];
	const uint32 *ends = level->csr->ends[upstream];
	uint64	   *visited = level->visit->visited_words;
	uint64	   *words = level->visit->words;
	int			kinds = level->view->kinds;
	uint32		last = first[id + 1];
	int32		place = level->from;
	Size		n = 0;

	for (uint32 at = first[id]; at < last; at++)
	{
		uint32		end = ends[at];
		uint32		other = end >> 2;
		uint64		mask = UINT64CONST(1) << (other % 64);
		uint64		passed = visited[other / 64];

		if (barred != NULL)
			passed |= barred[other / 64];
		if ((passed & mask) != 0 || ((kinds >> OL_END_CODE(end)) & 1) == 0)
			continue;
		visited[other / 64] |= mask;
		words[other / 64] |= mask;
		if (from != NULL)
			from[other] = place;
		n++;
	}
	return n;
}

/* Memory that the node at a place ahead will need. */
static inline void
fetch_ahead(const OlCsr *csr, const int32 *frontier, int n, int i,
			bool upstream)
{
	if (i + FETCH_FIRST < n && frontier[i + FETCH_FIRST] < csr->nids)
		__builtin_prefetch(&csr->first[upstream][frontier[i + FETCH_FIRST]]);
	if (i + FETCH_ENDS < n && frontier[i + FETCH_ENDS] < csr->nids)
		__builtin_prefetch(&csr->ends[upstream]
						   [csr->first[upstream][frontier[i + FETCH_ENDS]]]);
}

static pg_attribute_always_inline void
follow_large(Level *level, const int32 *frontier, int n, bool upstream,
			 const uint64 *barred, int32 *from)
{
	const OlCsr *csr = level->csr;
	const OlIdSet *touched = level->view->overlay == NULL ? NULL :
	level->view->overlay->touched[upstream];
	Size		found = 0;

	for (int i = 0; i < n; i++)
	{
		int32		id = frontier[i];

		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		fetch_ahead(csr, frontier, n, i, upstream);
		level->from = i;
		if (touched != NULL && ol_idset_has(touched, id))
			follow_changed(level, id, upstream);
		else if (id < csr->nids)
			found += follow_bare(level, id, upstream, barred, from);
	}
	level->visit->n += found;
}

/* The nodes of the graph that may not be seen. */
static void
bar_nodes(OlView *view, const OlVisit *visit)
{
	const OlCsr *csr = view->csr;
	Size		nwords = (Size) csr->nids / 64 + 1;

	if (view->csr_readable == NULL || view->barred != NULL)
		return;
	view->barred = MemoryContextAllocExtended(visit->visited->context,
											  sizeof(uint64) * nwords,
											  MCXT_ALLOC_HUGE |
											  MCXT_ALLOC_ZERO);
	for (int32 id = 0; id < csr->nids; id++)
	{
		bool		may = ol_readable_has(view->csr_readable,
										  csr->namespaces[id]);

		view->barred[id / 64] |= (uint64) !may << (id % 64);
	}
}

/* One copy of the loop for each of the four cases. */
static void
follow_large_side(Level *level, const int32 *frontier, int n, bool upstream)
{
	const uint64 *barred = level->view->barred;
	int32	   *from = level->visit->from;

	if (barred == NULL && from == NULL)
		follow_large(level, frontier, n, upstream, NULL, NULL);
	else if (barred == NULL)
		follow_large(level, frontier, n, upstream, NULL, from);
	else if (from == NULL)
		follow_large(level, frontier, n, upstream, barred, NULL);
	else
		follow_large(level, frontier, n, upstream, barred, from);
}

/*
 * What is reached from a frontier, each node once and with the place in the
 * frontier that it was reached from: the visit, which must be ended, has it.
 */
void
ol_view_expand(OlView *view, const int32 *frontier, int n, bool upstream,
			   bool downstream, OlHubMarks *marks, OlVisit *visit)
{
	Level		level = {view, view->csr, visit};

	ol_visit_begin(visit, n, view->csr->nids);
	level.marks = has_hubs(view) ? marks : NULL;
	if (!visit->is_large || level.marks != NULL || upstream == downstream)
	{
		follow_frontier(&level, frontier, n, upstream, downstream);
		return;
	}
	bar_nodes(view, visit);
	follow_large_side(&level, frontier, n, upstream);
}
