/*-------------------------------------------------------------------------
 * facet.c
 *	  Rows of facets, and the rows that known facets mean.
 *
 * Per entity and name the facet of the latest event by (time, hash) stands;
 * two in one event are told apart by content, so that it never matters which
 * came first (facet_row.c).  What hangs on a facet is made by the functions
 * below whenever it says something new; a new facet needs one line there and one function.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "base/probe.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "ingest/facet.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* A facet that means rows or columns beyond itself. */
typedef struct Meaning
{
	const char *facet;
	bool		uses_time;		/* also when, not only what, was told last */
	OlStatement derive;
	OlRows	   *ids;			/* of the rows won in this batch */
} Meaning;

#define DERIVE(function) {"SELECT openlineage." function "($1)", NULL}, NULL

/* By name. */
static Meaning meanings[] = {
	{"dataQualityAssertions", true, DERIVE("derive_data_quality_assertions")},
	{"dataQualityMetrics", true, DERIVE("derive_data_quality_metrics")},
	{"dataSource", false, DERIVE("derive_data_source")},
	{"datasetType", false, DERIVE("derive_dataset_type")},
	{"documentation", false, DERIVE("derive_documentation")},
	{"icebergCommitReport", true, DERIVE("derive_iceberg_report")},
	{"icebergScanReport", true, DERIVE("derive_iceberg_report")},
	{"inputStatistics", true, DERIVE("derive_input_statistics")},
	{"jobType", false, DERIVE("derive_job_type")},
	{"lifecycleStateChange", true, DERIVE("derive_lifecycle_state_change")},
	{"nominalTime", false, DERIVE("derive_nominal_time")},
	{"outputStatistics", true, DERIVE("derive_output_statistics")},
	{"ownership", false, DERIVE("derive_ownership")},
	{"parent", false, DERIVE("derive_parent")},
	{"sourceCodeLocation", false, DERIVE("derive_source_code_location")},
	{"tags", false, DERIVE("derive_tags")},
	{"test", true, DERIVE("derive_test")},
};

static OlStatement facets_of_node = {
	"SELECT f.id, f.name FROM openlineage.facet AS f WHERE f.node_id = $1"
};

static OlStatement derive_search = {
	"SELECT openlineage.derive_search($1)"
};

/* What a batch tells, in order of mention. */
typedef struct Told
{
	OlFacetRow *rows;
	int			n;
	int			capacity;
} Told;

static bool
is_quality(const char *name)
{
	return strcmp(name, "dataQualityMetrics") == 0 ||
		strcmp(name, "dataQualityAssertions") == 0;
}

static void
add_row(Told *told, const OlFacetRow *owner, const OlFacet *facet)
{
	if (told->n == told->capacity)
	{
		told->capacity *= 2;
		told->rows = repalloc_huge(told->rows,
								   sizeof(OlFacetRow) * told->capacity);
	}
	told->rows[told->n] = *owner;
	told->rows[told->n++].facet = facet;
}

static void
add_facets(Told *told, const OlFacetRow *owner, const OlFacets *facets)
{
	for (int i = 0; i < facets->n; i++)
		add_row(told, owner, &facets->items[i]);
}

/*
 * Facets of a dataset: its own; those of this run's input or output, kept per
 * run and, the latest of any run, for the dataset.  Quality facets that run
 * events put among the dataset's own are facts of the run as well.
 */
static void
add_dataset_facets(Told *told, OlEvent *event, OlDataset *dataset)
{
	OlName	   *name = dataset->ref.id;
	bool		is_run = event->kind == OL_EVENT_RUN;
	OlFacetRow	plain = {
		.space_id = name->space_id,.node_id = name->id,.event = event
	};
	OlFacetRow	latest = plain;
	OlFacetRow	of_run;

	latest.io = dataset->io;
	of_run = latest;
	of_run.of_run = true;
	for (int i = 0; i < dataset->facets.n; i++)
	{
		OlFacet    *facet = &dataset->facets.items[i];
		bool		quality = is_run && dataset->io != OL_IO_NONE &&
		is_quality(facet->name);

		add_row(told, quality ? &latest : &plain, facet);
		if (quality)
			add_row(told, &of_run, facet);
	}
	add_facets(told, &latest, &dataset->io_facets);
	if (is_run)
		add_facets(told, &of_run, &dataset->io_facets);
}

/* What the batch tells, once its names are resolved for good. */
void
ol_facets_gather(OlBatch *batch)
{
	Told		told = {.capacity = 64};

	told.rows = palloc_array(OlFacetRow, told.capacity);
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];
		OlName	   *subject = event->job.id;
		OlFacetRow	job = {
			.space_id = subject->space_id,.node_id = subject->id,.event = event
		};
		OlFacetRow	run = {
			.space_id = subject->space_id,.of_run = true,.event = event
		};

		if (event->kind != OL_EVENT_DATASET)
			add_facets(&told, &job, &event->job_facets);
		if (event->kind == OL_EVENT_RUN)
			add_facets(&told, &run, &event->run_facets);
		for (int j = 0; j < event->ndatasets; j++)
			add_dataset_facets(&told, event, &event->datasets[j]);
	}
	batch->facets = ol_facet_rows_begin(told.rows, told.n);
}

static void
start_meanings(void)
{
	static const Oid types[] = {INT8OID};

	for (size_t i = 0; i < lengthof(meanings); i++)
		meanings[i].ids = ol_rows_create(1, types);
}

static int
compare_meaning(const void *name, const void *meaning)
{
	return strcmp(name, ((const Meaning *) meaning)->facet);
}

/* NULL: it has none. */
static Meaning *
meaning_of(const char *name)
{
	return bsearch(name, meanings, lengthof(meanings), sizeof(Meaning),
				   compare_meaning);
}

/*
 * Whether something hangs on when it was told: then its row always says so.
 * Statements about tags are older or newer than the facet.
 */
bool
ol_facet_uses_time(const char *name)
{
	const Meaning *meaning = meaning_of(name);

	return meaning != NULL &&
		(meaning->uses_time || strcmp(name, "tags") == 0);
}

/* A facet that was won; what it says of itself or when may be the same. */
static void
note_meaning(const char *name, int64 id, bool changed)
{
	Meaning    *meaning = meaning_of(name);

	if (meaning != NULL && (changed || meaning->uses_time))
		ol_rows_add(meaning->ids, Int64GetDatum(id));
}

static void
derive_meanings(void)
{
	for (size_t i = 0; i < lengthof(meanings); i++)
		ol_rows_execute(meanings[i].ids, &meanings[i].derive);
}

/* Columns are those of the dataset's own facet, not of one that a run told. */
static bool
tells_columns(const OlFacetRow *row)
{
	return row->node_id != 0 && !row->of_run && row->io == OL_IO_NONE &&
		strcmp(row->facet->name, "schema") == 0;
}

/*
 * Facets of nodes that say something else, without those of whose content the
 * words are there.  They stay there: maintain() deletes none while a batch
 * holds the lock on the table.  A transaction that sees only what was there
 * when it began asks the row.
 */
static OlRows *
without_words(const OlFacetRows *rows)
{
	static const Oid types[] = {INT8OID};
	OlRows	   *ids = ol_rows_create(lengthof(types), types);
	OlProbe		stored;

	LockRelationOid(get_relname_relid("search_facet", get_namespace_oid("openlineage", false)),
					RowExclusiveLock);
	ol_probe_begin(&stored, "search_facet_pkey", 2);
	for (int i = 0; i < rows->n; i++)
	{
		const OlFacetRow *row = &rows->items[i];
		Datum		keys[] = {
			Int64GetDatum(row->id), UUIDPGetDatum(&row->facet->hash)
		};

		if (!row->changed || row->of_run || row->facet->deleted)
			continue;
		if (ol_probe_find(&stored, keys) &&
			(!IsolationUsesXactSnapshot() || ol_probe_lock(&stored)))
			continue;
		ol_rows_add(ids, keys[0]);
	}
	ol_probe_end(&stored);
	return ids;
}

static bool
is_stored_parent(OlBatch *batch, const OlFacetRow *row)
{
	return row->of_run && row->node_id == 0 &&
		strcmp(row->facet->name, "parent") == 0 &&
		ol_run_has_parent_of(batch, row->event);
}

/* Rows of facet and facet_content, and all that they mean. */
void
ol_facet_rows_apply(OlBatch *batch)
{
	static const Oid won_types[] = {INT4OID, UUIDOID, BOOLOID};
	OlRows	   *schemas = ol_rows_create(lengthof(won_types), won_types);

	ol_sources_apply(batch);
	ol_facet_rows_store(batch->facets, batch->known_runs);
	start_meanings();
	for (int i = 0; i < batch->facets->n; i++)
	{
		OlFacetRow *row = &batch->facets->items[i];

		if (row->won && !is_stored_parent(batch, row))
			note_meaning(row->facet->name, row->id, row->changed);
		if (!row->changed || !tells_columns(row))
			continue;
		ol_rows_add(schemas, Int32GetDatum(row->node_id));
		ol_rows_add(schemas, UUIDPGetDatum(&row->facet->hash));
		ol_rows_add(schemas, BoolGetDatum(row->facet->deleted));
	}
	ol_fields_apply(batch, schemas);
	derive_meanings();
	ol_rows_execute(without_words(batch->facets), &derive_search);
}

/* All that the facets of one node mean, again: its facets were just merged. */
void
ol_facets_derive_node(int node_id)
{
	Oid			types[] = {INT4OID};
	static const Oid id_types[] = {INT8OID};
	Datum		values[] = {Int32GetDatum(node_id)};
	OlRows	   *searched = ol_rows_create(1, id_types);
	uint64		n = ol_statement_execute(&facets_of_node, 1, types, values,
										 false);

	start_meanings();
	for (uint64 i = 0; i < n; i++)
	{
		note_meaning(ol_result_text(i, 2), ol_result_bigint(i, 1), true);
		ol_rows_add(searched, Int64GetDatum(ol_result_bigint(i, 1)));
	}
	derive_meanings();
	ol_rows_execute(searched, &derive_search);
}
