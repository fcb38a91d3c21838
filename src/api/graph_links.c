/*-------------------------------------------------------------------------
 * graph_links.c
 *	  The edges that a lineage graph shows.
 *
 * A job shows all it reads and writes, in the graph or not; two datasets show
 * the edge between them when both are in it.  Steps are shown as their job, so
 * the steps of the jobs are read first and several edges can become one.
 *
 * Edges are asked for by arrays of their ends, with plans that keep to the
 * indexes: under a policy the planner expects next to no edge, and joined with
 * nodes it would read all edges against all nodes.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "api/graph_links.h"
#include "catalog/pg_type.h"
#include "graph/query.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#define ST_SORT sort_pairs
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

#define PAIR(src, dst) ((uint64) (uint32) (src) << 32 | (uint32) (dst))
#define PAIR_SRC(pair) ((int32) ((pair) >> 32))
#define PAIR_DST(pair) ((int32) (pair))

#define NOW(end) \
	"SELECT e.src, e.dst FROM openlineage.edge AS e" \
	" WHERE e." end " = ANY ($1) AND e.kind <> 'control'"

#define HELD(end) \
	NOW(end) " AND e.first_at <= $2" \
	" UNION ALL" \
	" SELECT h.src, h.dst FROM openlineage.edge_history AS h" \
	" WHERE h." end " = ANY ($1) AND h.kind <> 'control' AND h.valid @> $2"

static OlQuery links_from = {NOW("src"), 1, {INT4ARRAYOID}};
static OlQuery links_to = {NOW("dst"), 1, {INT4ARRAYOID}};
static OlQuery links_from_then = {HELD("src"), 2, {INT4ARRAYOID, TIMESTAMPTZOID}};
static OlQuery links_to_then = {HELD("dst"), 2, {INT4ARRAYOID, TIMESTAMPTZOID}};

static OlQuery links_of_runs = {
	"SELECT e.src, e.dst FROM openlineage.run_edges($1) AS e"
	" WHERE e.src IS NOT NULL",
	1, {UUIDARRAYOID}, true
};

static OlQuery steps_of_jobs = {
	"SELECT n.id FROM openlineage.node AS n WHERE n.job_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

typedef struct Ids
{
	int32	   *values;
	int			n;
	int			capacity;
} Ids;

static void
add_id(Ids *ids, int32 id)
{
	if (ids->n == ids->capacity)
	{
		ids->capacity = Max(64, ids->capacity * 2);
		ids->values = ids->values == NULL ?
			palloc(sizeof(int32) * ids->capacity) :
			repalloc_huge(ids->values, sizeof(int32) * ids->capacity);
	}
	ids->values[ids->n++] = id;
}

static void
receive_id(TupleTableSlot *slot, void *arg)
{
	add_id(arg, DatumGetInt32(slot->tts_values[0]));
}

static void
receive_pair(TupleTableSlot *slot, void *arg)
{
	OlGraphLinks *links = arg;

	if (links->npairs == links->capacity)
	{
		links->capacity *= 2;
		links->pairs = repalloc_huge(links->pairs,
									 sizeof(uint64) * links->capacity);
	}
	links->pairs[links->npairs++] = PAIR(DatumGetInt32(slot->tts_values[0]),
										 DatumGetInt32(slot->tts_values[1]));
}

static void
read_pairs(OlGraphLinks *links, Ids *parts, Ids *job_parts,
		   const OlEdgesOf *of)
{
	Datum		values[2];

	if (of->of_runs)
	{
		values[0] = of->runs;
		ol_query_run(&links_of_runs, values, receive_pair, links);
		return;
	}
	values[1] = TimestampTzGetDatum(of->when);
	values[0] = ol_sorted_int_array(parts->values, parts->n);
	ol_query_run(of->of_time ? &links_from_then : &links_from, values,
				 receive_pair, links);
	values[0] = ol_sorted_int_array(job_parts->values, job_parts->n);
	ol_query_run(of->of_time ? &links_to_then : &links_to, values,
				 receive_pair, links);
}

/* What a node of an edge is shown as, when it is a part of a member. */
static const OlTitle *
find_member(const OlTitles *names, int32 id)
{
	const OlTitle *name = ol_titles_find(names, id);

	if (name != NULL && name->job_id != 0)
		name = ol_titles_find(names, name->job_id);
	return name == NULL || name->member < 0 ? NULL : name;
}

/* Steps become jobs, edges that are not shown go, the rest is kept once. */
static void
reduce_pairs(OlGraphLinks *links, OlTitles *names)
{
	Size		kept = 0;

	for (Size i = 0; i < links->npairs; i++)
	{
		const OlTitle *a = find_member(names, PAIR_SRC(links->pairs[i]));
		const OlTitle *b = find_member(names, PAIR_DST(links->pairs[i]));
		int32		src = a ? a->id : PAIR_SRC(links->pairs[i]);
		int32		dst = b ? b->id : PAIR_DST(links->pairs[i]);

		if (src == dst ||
			!((a && a->is_job) || (b && b->is_job) || (a && b)))
			continue;
		links->pairs[kept++] = PAIR(src, dst);
	}
	links->npairs = kept;
	sort_pairs(links->pairs, links->npairs);
	kept = 0;
	for (Size i = 0; i < links->npairs; i++)
	{
		if (i == 0 || links->pairs[i] != links->pairs[kept - 1])
			links->pairs[kept++] = links->pairs[i];
	}
	links->npairs = kept;
	for (Size i = 0; i < links->npairs; i++)
	{
		ol_titles_want(names, PAIR_SRC(links->pairs[i]));
		ol_titles_want(names, PAIR_DST(links->pairs[i]));
	}
}

OlGraphLinks *
ol_graph_links_read(OlTitles *names, OlTitle **members, int n,
					const OlEdgesOf *of)
{
	OlGraphLinks *links = palloc0(sizeof(OlGraphLinks));
	Ids			parts = {0};
	Ids			job_parts = {0};
	int			njobs;
	Datum		value;

	links->capacity = 1024;
	links->pairs = palloc(sizeof(uint64) * links->capacity);
	for (int i = 0; i < n; i++)
	{
		add_id(&parts, members[i]->id);
		if (members[i]->is_job)
			add_id(&job_parts, members[i]->id);
	}
	njobs = job_parts.n;
	if (!of->of_runs && njobs > 0)
	{
		value = ol_sorted_int_array(job_parts.values, njobs);
		ol_query_run(&steps_of_jobs, &value, receive_id, &job_parts);
		for (int i = njobs; i < job_parts.n; i++)
		{
			add_id(&parts, job_parts.values[i]);
			ol_titles_want(names, job_parts.values[i]);
		}
		ol_titles_read(names);
	}
	read_pairs(links, &parts, &job_parts, of);
	reduce_pairs(links, names);
	return links;
}

static OlTitle *
find_shown(const OlTitles *names, int32 id)
{
	OlTitle    *name = ol_titles_find(names, id);

	return name == NULL || name->is_hidden || name->job_id != 0 ? NULL : name;
}

static void
rank_name(OlGraphLinks *links, OlTitle *name)
{
	if (name->rank >= 0)
		return;
	name->rank = links->nranked;
	links->ranked[links->nranked++] = name;
}

/* By the rank at one end; pairs are sorted by (source, target). */
static void
make_adjacency(OlAdjacency *adjacency, const OlGraphLinks *links, bool in)
{
	int		   *next;

	adjacency->first = palloc0(sizeof(int) * (links->nranked + 2));
	adjacency->other = palloc_extended(sizeof(int) * Max(links->npairs, 1),
									   MCXT_ALLOC_HUGE);
	next = adjacency->first + 1;
	for (Size i = 0; i < links->npairs; i++)
		next[1 + (in ? PAIR_DST(links->pairs[i]) : PAIR_SRC(links->pairs[i]))]++;
	for (int i = 1; i <= links->nranked; i++)
		next[i] += next[i - 1];
	for (Size i = 0; i < links->npairs; i++)
	{
		int			src = PAIR_SRC(links->pairs[i]);
		int			dst = PAIR_DST(links->pairs[i]);

		adjacency->other[next[in ? dst : src]++] = in ? src : dst;
	}
}

void
ol_graph_links_rank(OlGraphLinks *links, const OlTitles *names,
					OlTitle **members, int n)
{
	Size		kept = 0;

	links->ranked = palloc_extended(sizeof(OlTitle *) * (n + 2 * links->npairs + 1),
									MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
		rank_name(links, members[i]);
	for (Size i = 0; i < links->npairs; i++)
	{
		OlTitle    *src = find_shown(names, PAIR_SRC(links->pairs[i]));
		OlTitle    *dst = find_shown(names, PAIR_DST(links->pairs[i]));

		if (src == NULL || dst == NULL)
			continue;
		links->pairs[kept++] = links->pairs[i];
		rank_name(links, src);
		rank_name(links, dst);
	}
	links->npairs = kept;
	ol_titles_rank(links->ranked, links->nranked);
	for (Size i = 0; i < links->npairs; i++)
		links->pairs[i] = PAIR(find_shown(names, PAIR_SRC(links->pairs[i]))->rank,
							   find_shown(names, PAIR_DST(links->pairs[i]))->rank);
	sort_pairs(links->pairs, links->npairs);
	make_adjacency(&links->in, links, true);
	make_adjacency(&links->out, links, false);
}
