/*-------------------------------------------------------------------------
 * links.c
 *	  The edges one event states, between nodes and between columns.
 *
 * Precedence per event: an explicit lineage facet, else columnLineage facets
 * on the outputs together with inputs x outputs through the job.  With a
 * lineage facet each target entry gets a step of the job, so that a -> c and
 * b -> d through one job stay apart; inputs that no entry mentions are
 * consumed by the job, outputs that no entry targets are produced by it.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "ingest/event.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/json.h"

/* The names that entries of a lineage facet mention, by hash. */
typedef struct Mentioned
{
	HTAB	   *sources;
	HTAB	   *targets;
} Mentioned;

static OlEnd
end_of(OlNodeKind kind, OlRef ref)
{
	OlEnd		end = {kind, ref, OL_NODE_DATASET, 0};

	return end;
}

static void
add_link(OlEvent *event, OlEdgeKind kind, OlEnd src, OlEnd dst)
{
	OlLink	   *link = palloc(sizeof(OlLink));

	link->kind = kind;
	link->src = src;
	link->dst = dst;
	event->links = lappend(event->links, link);
}

/* Column texts that are written out repeatedly may add up to so much. */
#define SPARE_BYTES UINT64CONST(1048576)

/*
 * The transformation that older producers put on the column, as a JSON array.
 * It counts for every input field of the column: a long description with many
 * inputs would add up to far more than the event itself, and is left out then.
 */
static char *
column_transformations(OlEvent *event, uint32 column)
{
	char	   *type = ol_json_member_string(&event->json, column,
											 "transformationType");
	char	   *description = ol_json_member_string(&event->json, column,
													"transformationDescription");
	StringInfoData out;

	if (description != NULL)
		event->copied += strlen(description);
	if (event->copied > 4 * (uint64) event->len + SPARE_BYTES)
		description = NULL;
	if (type == NULL && description == NULL)
		return "[]";
	initStringInfo(&out);
	appendStringInfoString(&out, "[{");
	if (type != NULL)
	{
		appendStringInfoString(&out, "\"type\":");
		escape_json(&out, type);
	}
	if (description != NULL)
	{
		appendStringInfo(&out, "%s\"description\":", type == NULL ? "" : ",");
		escape_json(&out, description);
	}
	appendStringInfoString(&out, "}]");
	return out.data;
}

/*
 * The transformations of an input field as a JSON array.  Clients that have a
 * member for them write an empty list where the column has the old form.
 */
static char *
transformations_of(OlEvent *event, uint32 input, uint32 column)
{
	const OlJson *json = &event->json;
	uint32		list = ol_json_member(json, input, "transformations");
	uint32		len;
	int			odd = 0;
	char	   *text;

	if (ol_json_type(json, list) != OL_JSON_ARRAY ||
		json->values[list].first_child == 0)
		return column_transformations(event, column);
	text = ol_json_clean_span(json, list, &len, &odd);
	return pnstrdup(text, len);
}

static void
add_column_link(OlEvent *event, OlRef src, char *src_field, OlRef dst,
				char *dst_field, char *transformations,
				OlColumnSource *source)
{
	OlColumnLink *link = palloc(sizeof(OlColumnLink));

	link->src = src;
	link->src_field = src_field;
	link->dst = dst;
	link->dst_field = dst_field;
	link->transformations = transformations;
	link->source = source;
	event->column_links = lappend(event->column_links, link);
}

/* Input fields of one column ('' for all) of a columnLineage facet. */
static void
read_input_fields(OlEvent *event, OlColumnSource *source, uint32 list,
				  uint32 column, char *name)
{
	const OlJson *json = &event->json;

	if (ol_json_type(json, list) != OL_JSON_ARRAY)
		return;
	OL_JSON_FOREACH(input, json, list)
	{
		OlRef		src;
		char	   *field = ol_json_member_string(json, input, "field");

		if (!ol_ref_parse(event, input, source->path, &src) ||
			field == NULL || field[0] == '\0')
		{
			ol_event_issue(event, "input_field_not_named", source->path,
						   "an input field without a name was left out");
			continue;
		}
		add_column_link(event, src, field, source->dst, name,
						transformations_of(event, input, column), source);
	}
}

static void
read_columns(OlEvent *event, OlColumnSource *source, uint32 facet)
{
	const OlJson *json = &event->json;
	uint32		fields = ol_json_member(json, facet, "fields");

	if (ol_json_type(json, fields) == OL_JSON_OBJECT)
	{
		OL_JSON_FOREACH(column, json, fields)
		{
			int			odd = 0;
			char	   *name = ol_json_key(json, column, &odd);

			if (name[0] != '\0')
				read_input_fields(event, source,
								  ol_json_member(json, column, "inputFields"),
								  column, name);
		}
	}
	read_input_fields(event, source, ol_json_member(json, facet, "dataset"),
					  0, "");
}

/* A deleted facet is a source too: it takes the place of those before it. */
static void
read_column_lineage(OlEvent *event, OlDataset *dataset)
{
	const OlFacet *facet = ol_facet_told(&dataset->facets, "columnLineage");
	OlColumnSource *source;

	if (facet == NULL)
		return;
	source = palloc0(sizeof(OlColumnSource));
	source->dst = dataset->ref;
	source->path = ol_path(dataset->path, "facets/columnLineage");
	source->hash = facet->hash;
	event->column_sources = lappend(event->column_sources, source);
	if (!facet->deleted)
		read_columns(event, source, facet->value);
}

static HTAB *
create_name_set(const char *what)
{
	HASHCTL		control = {.keysize = sizeof(OlHash),.entrysize = sizeof(OlHash),
	.hcxt = CurrentMemoryContext};

	return hash_create(what, 64, &control, HASH_ELEM | HASH_BLOBS |
					   HASH_CONTEXT);
}

static OlHash
hash_of_ref(const OlRef *ref)
{
	StringInfoData parts;
	OlHash		hash;

	initStringInfo(&parts);
	ol_hash_part(&parts, ref->space, strlen(ref->space));
	ol_hash_part(&parts, ref->name, strlen(ref->name));
	hash = ol_hash(parts.data, parts.len);
	pfree(parts.data);
	return hash;
}

static void
remember(HTAB *set, const OlRef *ref)
{
	OlHash		hash = hash_of_ref(ref);

	if (set != NULL)
		hash_search(set, &hash, HASH_ENTER, NULL);
}

static bool
is_mentioned(HTAB *set, const OlRef *ref)
{
	OlHash		hash = hash_of_ref(ref);

	return set != NULL && hash_search(set, &hash, HASH_FIND, NULL) != NULL;
}

static bool
is_job_type(const OlJson *json, uint32 object)
{
	char	   *type = ol_json_member_string(json, object, "type");

	return type != NULL && pg_strcasecmp(type, "JOB") == 0;
}

/* Where in an event its lineage facet is. */
static char *
lineage_path(const OlEvent *event)
{
	return event->kind == OL_EVENT_DATASET ? "/dataset/facets/lineage" :
		"/job/facets/lineage";
}

/* Whether a reference of type JOB means the event's own job. */
static bool
is_own_job(const OlEvent *event, const OlRef *ref)
{
	if (event->kind == OL_EVENT_DATASET)
		return false;
	return (ref->space == NULL && ref->name == NULL) ||
		(ref->space != NULL && ref->name != NULL &&
		 strcmp(ref->space, event->job.space) == 0 &&
		 strcmp(ref->name, event->job.name) == 0);
}

/*
 * The inputs of a target, or of one of its columns (column not NULL).  to is
 * where their edges end: the step, the job itself, or the dataset of a
 * DatasetEvent.
 */
static void
read_lineage_inputs(OlEvent *event, uint32 list, OlEdgeKind kind, OlEnd to,
					OlRef *target, char *column, HTAB *sources)
{
	const OlJson *json = &event->json;

	if (ol_json_type(json, list) != OL_JSON_ARRAY)
		return;
	OL_JSON_FOREACH(input, json, list)
	{
		OlRef		src;
		char	   *field = ol_json_member_string(json, input, "field");
		bool		named = ol_ref_parse(event, input, lineage_path(event), &src);

		if (is_job_type(json, input))
		{
			if (is_own_job(event, &src))
				continue;		/* the step is already shown as this job */
			if (named)
				add_link(event, kind, end_of(OL_NODE_JOB, src), to);
		}
		else if (named)
		{
			remember(sources, &src);
			add_link(event, kind, end_of(OL_NODE_DATASET, src), to);
			if (target != NULL && (column != NULL || field != NULL))
				add_column_link(event, src, field == NULL ? "" : field,
								*target, column == NULL ? "" : column,
								transformations_of(event, input, 0), NULL);
			continue;
		}
		if (!named)
			ol_event_issue(event, "lineage_input_not_named", lineage_path(event),
						   "an input without namespace or name was left out");
	}
}

/* inputs and fields of an entry, or of the lineage facet of a dataset. */
static void
read_lineage_target(OlEvent *event, uint32 object, OlEdgeKind kind, OlEnd to,
					OlRef *target, HTAB *sources)
{
	const OlJson *json = &event->json;
	uint32		fields = ol_json_member(json, object, "fields");

	read_lineage_inputs(event, ol_json_member(json, object, "inputs"), kind,
						to, target, NULL, sources);
	if (ol_json_type(json, fields) != OL_JSON_OBJECT)
		return;
	OL_JSON_FOREACH(column, json, fields)
	{
		int			odd = 0;
		char	   *name = ol_json_key(json, column, &odd);

		if (name[0] != '\0')
			read_lineage_inputs(event, ol_json_member(json, column, "inputs"),
								kind, to, target, name, sources);
	}
}

static void
read_entry(OlEvent *event, uint32 entry, Mentioned *mentioned)
{
	OlRef		target;
	OlEnd		step;
	bool		is_job = is_job_type(&event->json, entry);
	bool		named = ol_ref_parse(event, entry, lineage_path(event),
									 &target);

	if (is_job && is_own_job(event, &target))
	{
		read_lineage_target(event, entry, OL_EDGE_DATA,
							end_of(OL_NODE_JOB, event->job), NULL,
							mentioned->sources);
		return;
	}
	if (!named)
	{
		ol_event_issue(event, "lineage_target_not_named", lineage_path(event),
					   "an entry without namespace or name was left out");
		return;
	}
	step = end_of(OL_NODE_STEP, target);
	step.target_kind = is_job ? OL_NODE_JOB : OL_NODE_DATASET;
	if (!is_job)
		remember(mentioned->targets, &target);
	add_link(event, OL_EDGE_DATA, step, end_of(step.target_kind, target));
	read_lineage_target(event, entry, OL_EDGE_DATA, step,
						is_job ? NULL : &target, mentioned->sources);
}

static void
read_job_lineage(OlEvent *event, uint32 facet, Mentioned *mentioned)
{
	uint32		entries = ol_json_member(&event->json, facet, "entries");

	mentioned->sources = create_name_set("lineage sources");
	mentioned->targets = create_name_set("lineage targets");
	if (ol_json_type(&event->json, entries) != OL_JSON_ARRAY)
		return;
	OL_JSON_FOREACH(entry, &event->json, entries)
		read_entry(event, entry, mentioned);
}

/* Control flow: what this job waits for and what waits for it. */
static void
read_dependencies(OlEvent *event)
{
	static const char *const members[] = {"upstream", "downstream"};
	const OlJson *json = &event->json;
	uint32		facet = ol_facet_value(&event->run_facets, "jobDependencies");

	for (int i = 0; i < 2; i++)
	{
		uint32		list = ol_json_member(json, facet, members[i]);

		if (ol_json_type(json, list) != OL_JSON_ARRAY)
			continue;
		OL_JSON_FOREACH(item, json, list)
		{
			OlEnd		own = end_of(OL_NODE_JOB, event->job);
			OlRef		ref;

			if (!ol_ref_parse(event, ol_json_member(json, item, "job"),
							  "/run/facets/jobDependencies", &ref))
				continue;
			if (i == 0)
				add_link(event, OL_EDGE_CONTROL, end_of(OL_NODE_JOB, ref), own);
			else
				add_link(event, OL_EDGE_CONTROL, own, end_of(OL_NODE_JOB, ref));
		}
	}
}

static void
read_dataset_event(OlEvent *event)
{
	OlDataset  *dataset = &event->datasets[0];
	uint32		facet = ol_facet_value(&dataset->facets, "lineage");

	if (facet == 0)
		read_column_lineage(event, dataset);
	else
		read_lineage_target(event, facet, OL_EDGE_DERIVES,
							end_of(OL_NODE_DATASET, dataset->ref),
							&dataset->ref, NULL);
}

static void
read_job_datasets(OlEvent *event)
{
	Mentioned	mentioned = {NULL, NULL};
	uint32		facet = ol_facet_value(&event->job_facets, "lineage");
	OlEnd		job = end_of(OL_NODE_JOB, event->job);

	if (facet != 0)
		read_job_lineage(event, facet, &mentioned);
	for (int i = 0; i < event->ndatasets; i++)
	{
		OlDataset  *dataset = &event->datasets[i];
		OlEnd		end = end_of(OL_NODE_DATASET, dataset->ref);

		if (dataset->io == OL_IO_INPUT)
		{
			if (!is_mentioned(mentioned.sources, &dataset->ref))
				add_link(event, OL_EDGE_DATA, end, job);
			continue;
		}
		if (!is_mentioned(mentioned.targets, &dataset->ref))
			add_link(event, OL_EDGE_DATA, job, end);
		if (facet == 0)
			read_column_lineage(event, dataset);
	}
}

/* Fills event->links, column_links and column_sources. */
void
ol_links_parse(OlEvent *event)
{
	if (event->kind == OL_EVENT_DATASET)
		read_dataset_event(event);
	else
		read_job_datasets(event);
	if (event->kind == OL_EVENT_RUN)
		read_dependencies(event);
}
