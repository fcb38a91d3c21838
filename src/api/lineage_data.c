/*-------------------------------------------------------------------------
 * lineage_data.c
 *	  What lineage nodes show of datasets.
 *
 * Of another time than now, or of runs, the source, the columns and the
 * lifecycle state are those of the version that was meant.  Read as the
 * caller, one statement per table; schemas stay as they are stored until their
 * columns are written, the largest left out beyond what one answer holds.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/detoast.h"
#include "api/budget.h"
#include "api/lineage_parts.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "graph/query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/timestamp.h"

typedef struct Tag
{
	struct Tag *next;
	text	   *field;			/* empty: of the dataset itself */
	text	   *tag;
} Tag;

typedef struct Dataset
{
	bool		found;
	bool		is_stream;
	bool		has_fields;		/* fields_of_past, even without any */
	text	   *source_name;
	text	   *lifecycle_state;
	text	   *description;
	text	   *physical_name;
	TimestampTz created_at;
	TimestampTz updated_at;
	Datum		current;		/* columns of the current version, or 0 */
	Datum		schema;			/* these, or the body of its schema facet, or
								 * 0 */
	int64		schema_size;
	text	   *fields_of_past; /* written already; NULL: none */
	Tag		   *tags;			/* by field and tag */
} Dataset;

struct OlGraphData
{
	Dataset    *datasets;		/* by the place of the member */
	int64		fits;			/* schemas of more bytes are left out */
};

static OlQuery datasets_by_id = {
	"SELECT d.node_id, d.type IS NOT NULL AND upper(d.type) IN ('STREAM', 'TOPIC'),"
	" d.source_name, d.lifecycle_state, d.description, d.created_at"
	" FROM openlineage.dataset AS d WHERE d.node_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static OlQuery activity_by_id = {
	"SELECT a.node_id, a.updated_at, a.current_version_id"
	" FROM openlineage.dataset_activity AS a WHERE a.node_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static OlQuery current_versions = {
	"SELECT v.dataset_id, v.physical_name, v.lifecycle_state, s.fields"
	" FROM openlineage.dataset_version AS v"
	" LEFT JOIN openlineage.dataset_schema AS s"
	" ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash"
	" WHERE v.id = ANY ($1)",
	1, {INT8ARRAYOID}
};

#define SCHEMA_OF \
	" WHERE f.node_id = ANY ($1) AND f.run_id IS NULL AND f.io IS NULL" \
	" AND f.name = 'schema' AND NOT f.is_deleted"

/* Columns that the current version has, while they are not deleted … */
static OlQuery have_schema = {
	"SELECT f.node_id FROM openlineage.facet AS f" SCHEMA_OF,
	1, {INT4ARRAYOID}
};

/* … else those of the facet. */
static OlQuery schemas = {
	"SELECT f.node_id, c.body FROM openlineage.facet AS f"
	" JOIN openlineage.facet_content AS c"
	" ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash" SCHEMA_OF,
	1, {INT4ARRAYOID}
};

/* Last first: they are put into a list from its end. */
static OlQuery tags = {
	"SELECT t.node_id, t.field, t.tag FROM openlineage.shown_tags($1) AS t"
	" ORDER BY t.node_id, t.field COLLATE \"C\", t.tag COLLATE \"C\" DESC",
	1, {INT4ARRAYOID}, true
};

#define VERSIONS(as_of, runs) \
	"WITH version AS MATERIALIZED (" \
	"SELECT v.* FROM openlineage.lineage_versions($1, " as_of ", " runs ") AS v" \
	") SELECT v.dataset_id, s.source_name, s.lifecycle_state," \
	" s.schema_hash IS NOT NULL, f.fields" \
	" FROM version AS v" \
	" JOIN openlineage.dataset_version AS s ON s.id = v.version_id" \
	" LEFT JOIN openlineage.version_fields(" \
	"ARRAY(SELECT w.version_id FROM version AS w)) AS f" \
	" ON f.version_id = v.version_id"

static OlQuery versions_then = {
	VERSIONS("$2", "NULL"), 2, {INT4ARRAYOID, TIMESTAMPTZOID}, true
};
static OlQuery versions_of_runs = {
	VERSIONS("NULL", "$2"), 2, {INT4ARRAYOID, UUIDARRAYOID}, true
};

/* What is being filled. */
typedef struct Reading
{
	OlGraphData *data;
	const OlTitles *names;
	Datum	   *versions;		/* bigint: current ones */
	int			nversions;
	OlBudget	budget;
} Reading;

static Dataset *
find_dataset(const Reading *reading, Datum id)
{
	const OlTitle *name = ol_titles_find(reading->names, DatumGetInt32(id));

	return &reading->data->datasets[name->member];
}

static text *
text_or_null(TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? NULL :
		DatumGetTextPCopy(slot->tts_values[column]);
}

static void
receive_dataset(TupleTableSlot *slot, void *arg)
{
	Dataset    *dataset = find_dataset(arg, slot->tts_values[0]);

	dataset->found = true;
	dataset->is_stream = DatumGetBool(slot->tts_values[1]);
	dataset->source_name = text_or_null(slot, 2);
	dataset->lifecycle_state = text_or_null(slot, 3);
	dataset->description = text_or_null(slot, 4);
	dataset->created_at = DatumGetTimestampTz(slot->tts_values[5]);
	dataset->updated_at = dataset->created_at;
}

static void
receive_activity(TupleTableSlot *slot, void *arg)
{
	Reading    *reading = arg;
	Dataset    *dataset = find_dataset(reading, slot->tts_values[0]);

	dataset->updated_at = DatumGetTimestampTz(slot->tts_values[1]);
	if (slot->tts_isnull[2])
		return;
	reading->versions[reading->nversions++] = slot->tts_values[2];
	dataset->lifecycle_state = NULL;	/* that of the version counts */
}

static void
receive_current_version(TupleTableSlot *slot, void *arg)
{
	Dataset    *dataset = find_dataset(arg, slot->tts_values[0]);

	dataset->physical_name = text_or_null(slot, 1);
	dataset->lifecycle_state = text_or_null(slot, 2);
	if (!slot->tts_isnull[3])
		dataset->current = datumCopy(slot->tts_values[3], false, -1);
}

static void
take_schema(Reading *reading, Dataset *dataset, Datum schema)
{
	dataset->schema = schema;
	dataset->schema_size = toast_raw_datum_size(schema) - VARHDRSZ;
	ol_budget_add(&reading->budget, dataset->schema_size);
}

static void
receive_has_schema(TupleTableSlot *slot, void *arg)
{
	Dataset    *dataset = find_dataset(arg, slot->tts_values[0]);

	take_schema(arg, dataset, dataset->current);
}

static void
receive_schema(TupleTableSlot *slot, void *arg)
{
	take_schema(arg, find_dataset(arg, slot->tts_values[0]),
				datumCopy(slot->tts_values[1], false, -1));
}

/* As dataset_fields(): who read some columns only takes none from the dataset. */
static void
read_schemas(Reading *reading, const int32 *ids, int n)
{
	int32	   *of_version = palloc(sizeof(int32) * n);
	int32	   *of_facet = palloc(sizeof(int32) * n);
	int			nversion = 0;
	int			nfacet = 0;
	Datum		values[1];

	for (int i = 0; i < n; i++)
	{
		if (find_dataset(reading, Int32GetDatum(ids[i]))->current != 0)
			of_version[nversion++] = ids[i];
		else
			of_facet[nfacet++] = ids[i];
	}
	values[0] = ol_sorted_int_array(of_version, nversion);
	if (nversion > 0)
		ol_query_run(&have_schema, values, receive_has_schema, reading);
	values[0] = ol_sorted_int_array(of_facet, nfacet);
	if (nfacet > 0)
		ol_query_run(&schemas, values, receive_schema, reading);
}

static void
receive_tag(TupleTableSlot *slot, void *arg)
{
	Dataset    *dataset = find_dataset(arg, slot->tts_values[0]);
	Tag		   *tag = palloc(sizeof(Tag));

	tag->field = text_or_null(slot, 1);
	tag->tag = text_or_null(slot, 2);
	tag->next = dataset->tags;
	dataset->tags = tag;
}

static void
receive_version(TupleTableSlot *slot, void *arg)
{
	Dataset    *dataset = find_dataset(arg, slot->tts_values[0]);

	if (!slot->tts_isnull[1])
		dataset->source_name = text_or_null(slot, 1);
	dataset->lifecycle_state = text_or_null(slot, 2);
	dataset->has_fields = DatumGetBool(slot->tts_values[3]);
	dataset->fields_of_past = text_or_null(slot, 4);
}

static void
read_of_datasets(Reading *reading, int32 *ids, int n, const OlEdgesOf *of)
{
	Datum		values[2] = {ol_sorted_int_array(ids, n)};
	Datum		versions;

	ol_query_run(&datasets_by_id, values, receive_dataset, reading);
	ol_query_run(&activity_by_id, values, receive_activity, reading);
	if (reading->nversions > 0)
	{
		versions = PointerGetDatum(construct_array(reading->versions,
												   reading->nversions, INT8OID,
												   sizeof(int64),
												   FLOAT8PASSBYVAL,
												   TYPALIGN_DOUBLE));
		ol_query_run(&current_versions, &versions, receive_current_version,
					 reading);
	}
	read_schemas(reading, ids, n);
	ol_query_run(&tags, values, receive_tag, reading);
	values[1] = of->of_runs ? of->runs : TimestampTzGetDatum(of->when);
	if (of->of_runs || of->of_time)
		ol_query_run(of->of_runs ? &versions_of_runs : &versions_then, values,
					 receive_version, reading);
}

OlGraphData *
ol_graph_data_read(const OlTitles *names, OlTitle **members, int n,
				   const OlEdgesOf *of)
{
	OlGraphData *data = palloc0(sizeof(OlGraphData));
	Reading		reading = {.data = data,.names = names};
	int32	   *ids = palloc(sizeof(int32) * Max(n, 1));
	int			ndatasets = 0;

	data->datasets = palloc_extended(sizeof(Dataset) * Max(n, 1),
									 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	reading.versions = palloc(sizeof(Datum) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (!members[i]->is_job)
			ids[ndatasets++] = members[i]->id;
	}
	if (ndatasets > 0)
		read_of_datasets(&reading, ids, ndatasets, of);
	data->fits = ol_budget_fits(&reading.budget);
	return data;
}

/* The tags of a column; empty: of the dataset itself. */
static void
put_tags(StringInfo json, const Dataset *dataset, const text *field)
{
	bool		first = true;

	appendStringInfoChar(json, '[');
	for (Tag *tag = dataset->tags; tag != NULL; tag = tag->next)
	{
		int			len = VARSIZE_ANY_EXHDR(tag->field);

		if (len != (field == NULL ? 0 : VARSIZE_ANY_EXHDR(field)) ||
			(len > 0 && memcmp(VARDATA_ANY(tag->field), VARDATA_ANY(field), len) != 0))
			continue;
		if (!first)
			ol_form_literal(json, ", ");
		first = false;
		ol_form_text(json, tag->tag);
	}
	appendStringInfoChar(json, ']');
}

/* The columns of a schema, top level only; those without a name are none. */
static void
put_columns(StringInfo json, const Dataset *dataset)
{
	char	   *body = TextDatumGetCString(dataset->schema);
	OlJson		parsed;
	uint32		list = 0;
	bool		first = true;

	appendStringInfoChar(json, '[');
	if (ol_json_parse(&parsed, body, strlen(body)))
		list = dataset->schema == dataset->current ? 1 :
			ol_json_member(&parsed, 1, "fields");
	if (list != 0 && ol_json_type(&parsed, list) == OL_JSON_ARRAY)
	{
		OL_JSON_FOREACH(column, &parsed, list)
		{
			char	   *string = ol_json_member_string(&parsed, column, "name");
			text	   *name;

			if (string == NULL || *string == '\0')
				continue;
			name = cstring_to_text(string);
			appendStringInfoString(json, first ? "{\"name\" : " : ", {\"name\" : ");
			first = false;
			ol_form_text(json, name);
			ol_form_literal(json, ", \"type\" : ");
			ol_form_text(json, ol_form_member(&parsed, column, "type"));
			ol_form_literal(json, ", \"tags\" : ");
			put_tags(json, dataset, name);
			ol_form_literal(json, ", \"description\" : ");
			ol_form_text(json, ol_form_member(&parsed, column, "description"));
			appendStringInfoChar(json, '}');
		}
	}
	appendStringInfoChar(json, ']');
	pfree(parsed.values);
	pfree(body);
}

static void
put_fields(StringInfo json, const OlGraphData *data, const Dataset *dataset)
{
	if (dataset->has_fields && dataset->fields_of_past != NULL)
		ol_form_body(json, PointerGetDatum(dataset->fields_of_past));
	else if (!dataset->has_fields && dataset->schema != 0 &&
			 dataset->schema_size <= data->fits)
		put_columns(json, dataset);
	else
		ol_form_literal(json, "[]");
}

bool
ol_graph_data_write(StringInfo json, const OlGraphData *data, const OlTitle *name)
{
	const Dataset *dataset = &data->datasets[name->member];

	if (!dataset->found)
		return false;
	ol_form_literal(json, "{\"id\" : {");
	ol_form_put(json, name->members);
	ol_form_literal(json, "}, \"type\" : ");
	appendStringInfoString(json, dataset->is_stream ? "\"STREAM\"" : "\"DB_TABLE\"");
	ol_form_literal(json, ", \"name\" : ");
	ol_form_text(json, name->name);
	ol_form_literal(json, ", \"physicalName\" : ");
	ol_form_text(json, dataset->physical_name ? dataset->physical_name : name->name);
	ol_form_literal(json, ", \"createdAt\" : ");
	ol_form_time(json, dataset->created_at);
	ol_form_literal(json, ", \"updatedAt\" : ");
	ol_form_time(json, dataset->updated_at);
	ol_form_literal(json, ", \"namespace\" : ");
	ol_form_put(json, name->space->form);
	ol_form_literal(json, ", \"sourceName\" : ");
	if (dataset->source_name == NULL)
		ol_form_literal(json, "\"default\"");
	else
		ol_form_text(json, dataset->source_name);
	ol_form_literal(json, ", \"fields\" : ");
	put_fields(json, data, dataset);
	ol_form_literal(json, ", \"tags\" : ");
	put_tags(json, dataset, NULL);
	ol_form_literal(json, ", \"lastModifiedAt\" : null, \"description\" : ");
	ol_form_text(json, dataset->description);
	ol_form_literal(json, ", \"lastLifecycleState\" : ");
	if (dataset->lifecycle_state == NULL && dataset->physical_name == NULL)
		ol_form_literal(json, "\"\"");
	else
		ol_form_text(json, dataset->lifecycle_state);
	appendStringInfoChar(json, '}');
	return true;
}
