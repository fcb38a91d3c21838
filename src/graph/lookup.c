/*-------------------------------------------------------------------------
 * lookup.c
 *	  Edges of a few nodes, straight from the index.
 *
 * What gear 1 asks of SQL (levels.c), for a caller of whom is known which
 * namespaces he may read and that nothing else decides (reader.c): a level of
 * a small walk is a few descents in an index, and a statement costs more than
 * those.  Rows are seen in the active snapshot.
 *
 * Whoever sees everything needs no more than the index has; for others the
 * row tells the namespaces of both ends.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "graph/lookup.h"
#include "graph/scan.h"
#include "miscadmin.h"
#include "utils/rel.h"

/* How many nodes are looked up between looks at interrupts. */
#define INTERRUPT_EVERY 256

/*
 * Columns of the indexes: the end that is asked for, the other, and of nodes
 * the kind.
 */
#define INDEX_OTHER	2
#define INDEX_KIND	3

static const char *const indexes[][2] = {
	[OL_GRAPH_NODES] = {"edge_pkey", "edge_dst_idx"},
	[OL_GRAPH_COLUMNS] = {"column_edge_pkey", "column_edge_dst_idx"}
};

struct OlLookup
{
	OlGraphKind graph;
	const OlReadable *readable; /* NULL: everything */
	int			kinds;			/* OL_EDGE_* */
	OlEdgeLayout layout;		/* of the table */
	OlProbe		probes[2];		/* [upstream] */
	bool		is_open[2];
};

/* The reader must not have been refused. */
OlLookup *
ol_lookup_create(const OlReader *reader, OlGraphKind graph, int kinds)
{
	OlLookup   *lookup = palloc0(sizeof(OlLookup));

	Assert(reader->refusal == NULL);
	lookup->graph = graph;
	lookup->readable = reader->readable;
	lookup->kinds = kinds;
	return lookup;
}

static OlProbe *
probe_for(OlLookup *lookup, bool upstream)
{
	OlProbe    *probe = &lookup->probes[upstream];

	if (lookup->is_open[upstream])
		return probe;
	ol_probe_begin_reading(probe, indexes[lookup->graph][upstream], 1,
						   lookup->readable == NULL);
	lookup->layout = ol_edge_layout(probe->table, lookup->graph);
	lookup->is_open[upstream] = true;
	return probe;
}

static inline bool
is_wanted(const OlLookup *lookup, int code)
{
	return (lookup->kinds >> code) & 1;
}

/* As ol_edge_layout_code(). */
static inline int
entry_code(const OlLookup *lookup, IndexTuple entry, TupleDesc type)
{
	bool		isnull;

	return lookup->layout.kind == 0 ? OL_CODE_DATA :
		ol_edge_kind_code(&lookup->layout,
						  DatumGetObjectId(index_getattr(entry, INDEX_KIND,
														 type, &isnull)));
}

/* The other ends of a node's edges, from the index. */
static void
find_by_index(OlLookup *lookup, OlProbe *probe, int32 node, OlPairs *found)
{
	TupleDesc	type = RelationGetDescr(probe->index);
	IndexTuple	entry;
	bool		isnull;

	while ((entry = ol_probe_next_key(probe)) != NULL)
	{
		Datum		other = index_getattr(entry, INDEX_OTHER, type, &isnull);

		if (is_wanted(lookup, entry_code(lookup, entry, type)))
			ol_pairs_add(found, DatumGetInt32(other), node);
	}
}

/* The same from the rows, which tell whether they may be seen. */
static void
find_by_row(OlLookup *lookup, OlProbe *probe, int32 node, bool upstream,
			OlPairs *found)
{
	const OlEdgeLayout *layout = &lookup->layout;

	while (ol_probe_next(probe))
	{
		const Datum *values = probe->slot->tts_values;

		slot_getsomeattrs(probe->slot, layout->natts);
		if (is_wanted(lookup, ol_edge_layout_code(layout, values)) &&
			ol_edge_is_readable(layout, lookup->readable, values))
			ol_pairs_add(found,
						 DatumGetInt32(values[(upstream ? layout->src :
											   layout->dst) - 1]),
						 node);
	}
}

/* An OlExpand (bfs.h), but for the lookup. */
void
ol_lookup_edges(OlLookup *lookup, const int32 *nodes, int n, bool upstream,
				OlPairs *found)
{
	OlProbe    *probe = probe_for(lookup, upstream);

	for (int i = 0; i < n; i++)
	{
		Datum		keys[1] = {Int32GetDatum(nodes[i])};

		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		ol_probe_seek(probe, keys, NULL);
		if (lookup->readable == NULL)
			find_by_index(lookup, probe, nodes[i], found);
		else
			find_by_row(lookup, probe, nodes[i], upstream, found);
	}
}

void
ol_lookup_end(OlLookup *lookup)
{
	for (int i = 0; i < lengthof(lookup->probes); i++)
	{
		if (lookup->is_open[i])
			ol_probe_end(&lookup->probes[i]);
	}
	pfree(lookup);
}
