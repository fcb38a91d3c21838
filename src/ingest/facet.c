/*-------------------------------------------------------------------------
 * facet.c
 *	  Rows of facets, and the rows that known facets mean.
 *
 * Per entity and name the facet of the latest event by (time, hash) stands;
 * two in one event are told apart by content, so that it never matters which
 * came first.  What hangs on a facet is made by the functions below whenever
 * a facet row was won; a new facet needs one line there and one function.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ingest/batch.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/timestamp.h"

/* A facet that means rows or columns beyond itself. */
typedef struct Meaning
{
	const char *facet;
	OlStatement derive;
	OlRows	   *ids;			/* of the rows won in this batch */
} Meaning;

#define DERIVE(function) {"SELECT openlineage." function "($1)", NULL}, NULL

static Meaning meanings[] = {
	{"dataQualityAssertions", DERIVE("derive_data_quality_assertions")},
	{"dataQualityMetrics", DERIVE("derive_data_quality_metrics")},
	{"dataSource", DERIVE("derive_data_source")},
	{"datasetType", DERIVE("derive_dataset_type")},
	{"documentation", DERIVE("derive_documentation")},
	{"icebergCommitReport", DERIVE("derive_iceberg_report")},
	{"icebergScanReport", DERIVE("derive_iceberg_report")},
	{"inputStatistics", DERIVE("derive_input_statistics")},
	{"jobType", DERIVE("derive_job_type")},
	{"lifecycleStateChange", DERIVE("derive_lifecycle_state_change")},
	{"nominalTime", DERIVE("derive_nominal_time")},
	{"outputStatistics", DERIVE("derive_output_statistics")},
	{"ownership", DERIVE("derive_ownership")},
	{"parent", DERIVE("derive_parent")},
	{"sourceCodeLocation", DERIVE("derive_source_code_location")},
	{"tags", DERIVE("derive_tags")},
	{"test", DERIVE("derive_test")},
};

static OlStatement insert_content = {
	"INSERT INTO openlineage.facet_content (namespace_id, hash, body)"
	" SELECT DISTINCT ON (g.namespace_id, g.hash) g.namespace_id, g.hash, g.body::json"
	"   FROM unnest($1, $2, $3) AS g(namespace_id, hash, body)"
	"  WHERE NOT EXISTS (SELECT FROM openlineage.facet_content AS c"
	"                     WHERE c.namespace_id = g.namespace_id AND c.hash = g.hash)"
	"  ORDER BY g.namespace_id, g.hash"
	" ON CONFLICT DO NOTHING"
};

static OlStatement upsert_facets = {
	"INSERT INTO openlineage.facet AS f"
	"       (namespace_id, node_id, run_id, io, name, content_hash, event_time,"
	"        event_hash, is_deleted, is_hidden)"
	" SELECT DISTINCT ON (g.node_id, g.run_id, g.io, g.name)"
	"        g.namespace_id, g.node_id, g.run_id, g.io::openlineage.io_kind,"
	"        g.name, g.content_hash, g.event_time, g.event_hash, g.is_deleted,"
	"        g.is_hidden"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
	"        AS g(namespace_id, node_id, run_id, io, name, content_hash,"
	"             event_time, event_hash, is_deleted, is_hidden)"
	"  ORDER BY g.node_id, g.run_id, g.io, g.name,"
	"           g.event_time DESC, g.event_hash DESC, g.content_hash DESC"
	" ON CONFLICT (node_id, run_id, io, name) DO UPDATE SET"
	"   namespace_id = excluded.namespace_id,"
	"   content_hash = excluded.content_hash, event_time = excluded.event_time,"
	"   event_hash = excluded.event_hash, is_deleted = excluded.is_deleted,"
	"   is_hidden = excluded.is_hidden"
	"  WHERE (excluded.event_time, excluded.event_hash, excluded.content_hash)"
	"        > (f.event_time, f.event_hash, f.content_hash)"
	" RETURNING f.id, f.name, f.node_id, f.run_id IS NULL AND f.io IS NULL,"
	"           f.content_hash, f.is_deleted"
};

static OlStatement upsert_sources = {
	"INSERT INTO openlineage.source AS s"
	"       (namespace_id, name, connection_url, created_at, event_time, event_hash)"
	" SELECT g.namespace_id, min(g.name),"
	"        (array_agg(g.url ORDER BY g.at DESC, g.hash DESC, g.url DESC))[1],"
	"        min(g.at), max(g.at), (array_agg(g.hash ORDER BY g.at DESC, g.hash DESC))[1]"
	"   FROM unnest($1, $2, $3, $4, $5, $6) AS g(namespace_id, name, name_hash, url, at, hash)"
	"  GROUP BY g.namespace_id, g.name_hash"
	"  ORDER BY g.namespace_id, g.name_hash"
	" ON CONFLICT (namespace_id, name_hash) DO UPDATE SET"
	"   created_at = LEAST(s.created_at, excluded.created_at),"
	"   connection_url = CASE WHEN (excluded.event_time, excluded.event_hash) > (s.event_time, s.event_hash)"
	"                         THEN excluded.connection_url ELSE s.connection_url END,"
	"   event_hash = CASE WHEN (excluded.event_time, excluded.event_hash) > (s.event_time, s.event_hash)"
	"                     THEN excluded.event_hash ELSE s.event_hash END,"
	"   event_time = GREATEST(s.event_time, excluded.event_time)"
};

static OlStatement facets_of_node = {
	"SELECT f.id, f.name FROM openlineage.facet AS f WHERE f.node_id = $1"
};

static OlStatement derive_search = {
	"SELECT openlineage.derive_search($1)"
};

/* What add_facets() needs to know of the entity. */
typedef struct Owner
{
	OlEvent    *event;
	int			space_id;
	int			node_id;		/* 0: a run facet */
	bool		of_run;
	const char *io;				/* or NULL */
} Owner;

static bool
is_quality(const char *name)
{
	return strcmp(name, "dataQualityMetrics") == 0 ||
		strcmp(name, "dataQualityAssertions") == 0;
}

static void
add_row(OlRows *rows, const Owner *owner, const OlFacet *facet)
{
	ol_rows_add(rows, Int32GetDatum(owner->space_id));
	if (owner->node_id == 0)
		ol_rows_add_null(rows);
	else
		ol_rows_add(rows, Int32GetDatum(owner->node_id));
	if (owner->of_run)
		ol_rows_add(rows, UUIDPGetDatum(&owner->event->run_id));
	else
		ol_rows_add_null(rows);
	ol_rows_add_text(rows, owner->io);
	ol_rows_add_text(rows, facet->name);
	ol_rows_add(rows, UUIDPGetDatum(&facet->hash));
	ol_rows_add(rows, TimestampTzGetDatum(owner->event->time));
	ol_rows_add(rows, UUIDPGetDatum(&owner->event->hash));
	ol_rows_add(rows, BoolGetDatum(facet->deleted));
	ol_rows_add(rows, BoolGetDatum(owner->event->is_command));
}

static void
add_content(OlRows *content, int space_id, const OlFacet *facet)
{
	ol_rows_add(content, Int32GetDatum(space_id));
	ol_rows_add(content, UUIDPGetDatum(&facet->hash));
	ol_rows_add_bytes(content, facet->body, facet->len);
}

static void
add_facets(OlRows *rows, OlRows *content, const Owner *owner,
		   const OlFacets *facets)
{
	for (int i = 0; i < facets->n; i++)
	{
		add_row(rows, owner, &facets->items[i]);
		add_content(content, owner->space_id, &facets->items[i]);
	}
}

/*
 * Facets of a dataset: its own; those of this run's input or output, kept per
 * run and, the latest of any run, for the dataset.  Quality facets that run
 * events put among the dataset's own are facts of the run as well.
 */
static void
add_dataset_facets(OlRows *rows, OlRows *content, OlEvent *event,
				   OlDataset *dataset)
{
	OlName	   *name = dataset->ref.id;
	const char *io = dataset->io == OL_IO_NONE ? NULL :
	dataset->io == OL_IO_INPUT ? "input" : "output";
	bool		is_run = event->kind == OL_EVENT_RUN;
	Owner		plain = {event, name->space_id, name->id, false, NULL};
	Owner		latest = {event, name->space_id, name->id, false, io};
	Owner		of_run = {event, name->space_id, name->id, true, io};

	for (int i = 0; i < dataset->facets.n; i++)
	{
		OlFacet    *facet = &dataset->facets.items[i];
		bool		quality = is_run && io != NULL && is_quality(facet->name);

		add_content(content, name->space_id, facet);
		add_row(rows, quality ? &latest : &plain, facet);
		if (quality)
			add_row(rows, &of_run, facet);
	}
	add_facets(rows, content, &latest, &dataset->io_facets);
	if (is_run)
		add_facets(rows, content, &of_run, &dataset->io_facets);
}

static void
gather_facets(OlBatch *batch, OlRows *rows, OlRows *content)
{
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];
		OlName	   *subject = event->job.id;
		Owner		job = {event, subject->space_id, subject->id, false, NULL};
		Owner		run = {event, subject->space_id, 0, true, NULL};

		if (event->kind != OL_EVENT_DATASET)
			add_facets(rows, content, &job, &event->job_facets);
		if (event->kind == OL_EVENT_RUN)
			add_facets(rows, content, &run, &event->run_facets);
		for (int j = 0; j < event->ndatasets; j++)
			add_dataset_facets(rows, content, event, &event->datasets[j]);
	}
}

/* A command names a source that is known, and says nothing of it. */
static void
apply_sources(OlBatch *batch)
{
	static const Oid types[] = {
		INT4OID, TEXTOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDOID
	};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);

	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		for (int j = 0; j < event->ndatasets; j++)
		{
			OlDataset  *dataset = &event->datasets[j];
			OlHash	   *hash;

			if (dataset->source == NULL || event->is_command)
				continue;
			hash = palloc(sizeof(OlHash));
			*hash = ol_hash(dataset->source, strlen(dataset->source));
			ol_rows_add(rows, Int32GetDatum(dataset->ref.id->space->id));
			ol_rows_add_text(rows, dataset->source);
			ol_rows_add(rows, UUIDPGetDatum(hash));
			ol_rows_add_text(rows, dataset->source_uri);
			ol_rows_add(rows, TimestampTzGetDatum(event->time));
			ol_rows_add(rows, UUIDPGetDatum(&event->hash));
		}
	}
	ol_rows_execute(rows, &upsert_sources);
}

static void
start_meanings(void)
{
	static const Oid types[] = {INT8OID};

	for (size_t i = 0; i < lengthof(meanings); i++)
		meanings[i].ids = ol_rows_create(1, types);
}

static void
note_meaning(const char *name, Datum facet_id)
{
	for (size_t i = 0; i < lengthof(meanings); i++)
	{
		if (strcmp(meanings[i].facet, name) == 0)
			ol_rows_add(meanings[i].ids, facet_id);
	}
}

static void
derive_meanings(void)
{
	for (size_t i = 0; i < lengthof(meanings); i++)
		ol_rows_execute(meanings[i].ids, &meanings[i].derive);
}

/* Rows of facet and facet_content, and all that they mean. */
void
ol_facet_rows_apply(OlBatch *batch)
{
	static const Oid content_types[] = {INT4OID, UUIDOID, TEXTOID};
	static const Oid types[] = {
		INT4OID, INT4OID, UUIDOID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID,
		UUIDOID, BOOLOID, BOOLOID
	};
	static const Oid won_types[] = {INT4OID, UUIDOID, BOOLOID};
	static const Oid id_types[] = {INT8OID};
	OlRows	   *content = ol_rows_create(lengthof(content_types),
										 content_types);
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	OlRows	   *schemas = ol_rows_create(lengthof(won_types), won_types);
	OlRows	   *searched = ol_rows_create(1, id_types);
	uint64		n;

	apply_sources(batch);
	gather_facets(batch, rows, content);
	ol_rows_execute(content, &insert_content);
	n = ol_rows_execute(rows, &upsert_facets);
	start_meanings();
	for (uint64 i = 0; i < n; i++)
	{
		char	   *name = ol_result_text(i, 2);
		bool		isnull;
		Datum		node_id;

		note_meaning(name, Int64GetDatum(ol_result_bigint(i, 1)));
		ol_rows_add(searched, Int64GetDatum(ol_result_bigint(i, 1)));
		node_id = ol_result(i, 3, &isnull);
		if (isnull || strcmp(name, "schema") != 0)
			continue;
		if (!DatumGetBool(ol_result(i, 4, &isnull)))
			continue;			/* of one run: the dataset's own is meant */
		ol_rows_add(schemas, node_id);
		ol_rows_add(schemas, datumCopy(ol_result(i, 5, &isnull), false,
									   UUID_LEN));
		ol_rows_add(schemas, ol_result(i, 6, &isnull));
	}
	ol_fields_apply(batch, schemas);
	derive_meanings();
	ol_rows_execute(searched, &derive_search);
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
		note_meaning(ol_result_text(i, 2),
					 Int64GetDatum(ol_result_bigint(i, 1)));
		ol_rows_add(searched, Int64GetDatum(ol_result_bigint(i, 1)));
	}
	derive_meanings();
	ol_rows_execute(searched, &derive_search);
}
