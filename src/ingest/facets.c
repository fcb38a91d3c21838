/*-------------------------------------------------------------------------
 * facets.c
 *	  Facets of an entity, and the schema facet's columns.
 *
 * A facet is kept as the text it came in, cleaned only of what the json type
 * cannot hold.  Content is recognised by the hash of that text.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "common/hashfn.h"
#include "ingest/event.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* Facet names are keys of an index; custom ones have a prefix and a word. */
#define MAX_FACET_NAME 512

/* What the paths of nested fields may add up to beyond the size of the event. */
#define SPARE_PATH_BYTES UINT64CONST(1048576)

/* By name, then by position: of a name that occurs twice the last counts. */
static int
compare_facets(const void *a, const void *b)
{
	const OlFacet *x = a;
	const OlFacet *y = b;
	int			order = strcmp(x->name, y->name);

	if (order == 0)
		order = x->value < y->value ? -1 : 1;
	return order;
}

static int
compare_names(const void *key, const void *member)
{
	return strcmp(key, *(const char *const *) member);
}

/*
 * Facets that the standard gives a meaning, which is read off their members.
 * Others are their producer's affair: Marquez' own tests send some as texts.
 */
static bool
is_standard(const char *name)
{
	static const char *const names[] = {
		"catalog", "columnLineage", "dataQualityAssertions",
		"dataQualityMetrics", "dataSource", "datasetType", "documentation",
		"environmentVariables", "errorMessage", "executionParameters",
		"externalQuery", "extractionError", "hierarchy", "icebergCommitReport",
		"icebergScanReport", "inputStatistics", "inputSubset",
		"jobDependencies", "jobType", "lifecycleStateChange", "lineage",
		"nominalTime", "outputStatistics", "outputSubset", "ownership",
		"parent", "parentRun", "processing_engine", "schema", "sourceCode",
		"sourceCodeLocation", "sql", "storage", "symlinks", "tags", "test",
		"version"
	};

	return bsearch(name, names, lengthof(names), sizeof(names[0]),
				   compare_names) != NULL;
}

static void
check_facet(OlEvent *event, const OlFacet *facet, const char *path)
{
	static const char *const members[] = {"_producer", "_schemaURL"};

	for (size_t i = 0; i < lengthof(members); i++)
	{
		if (ol_json_member(&event->json, facet->value, members[i]) == 0)
			ol_event_issue(event, "member_missing",
						   psprintf("%s/%s/%s", path, facet->name, members[i]),
						   "the required member %s is missing", members[i]);
	}
}

static bool
take_facet(OlEvent *event, uint32 member, const char *path, OlFacet *facet)
{
	const OlJson *json = &event->json;
	int			odd = 0;

	facet->name = ol_json_key(json, member, &odd);
	if (ol_json_type(json, member) == OL_JSON_NULL)
		return false;
	if (ol_json_type(json, member) != OL_JSON_OBJECT)
	{
		bool		left_out = is_standard(facet->name);

		ol_event_issue(event, "facet_no_object",
					   ol_path(path, facet->name),
					   "a facet that is no object was %s",
					   left_out ? "left out" : "kept as it is");
		if (left_out)
			return false;
	}
	if (strlen(facet->name) > MAX_FACET_NAME)
	{
		ol_event_issue(event, "facet_name_too_long", pstrdup(path),
					   "a facet with a name of over %d bytes was left out",
					   MAX_FACET_NAME);
		return false;
	}
	facet->value = member;
	facet->body = ol_json_clean_span(json, member, &facet->len, &odd);
	facet->hash = ol_hash(facet->body, facet->len);
	if (odd & OL_JSON_HAD_NUL)
		ol_event_issue(event, "nul_replaced",
					   ol_path(path, facet->name),
					   "a NUL character was replaced by U+FFFD");
	if (odd & OL_JSON_HAD_SURROGATE)
		ol_event_issue(event, "lone_surrogate_replaced",
					   ol_path(path, facet->name),
					   "a lone surrogate was replaced by U+FFFD");
	return true;
}

/* The facets in an object; false, with a fault, when it is something else. */
bool
ol_facets_parse(OlEvent *event, OlFacets *facets, uint32 object,
				const char *path, bool may_delete)
{
	const OlJson *json = &event->json;
	int			n = 0;

	if (ol_json_type(json, object) == OL_JSON_NULL)
		return true;
	if (ol_json_type(json, object) != OL_JSON_OBJECT)
		return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
							  "%s must be an object", path);
	OL_JSON_FOREACH(member, json, object)
		n++;
	facets->items = palloc0(sizeof(OlFacet) * ((size_t) n + 1));
	OL_JSON_FOREACH(member, json, object)
	{
		if (take_facet(event, member, path, &facets->items[facets->n]))
			facets->n++;
	}
	qsort(facets->items, facets->n, sizeof(OlFacet), compare_facets);
	n = 0;
	for (int i = 0; i < facets->n; i++)
	{
		if (i + 1 < facets->n &&
			strcmp(facets->items[i].name, facets->items[i + 1].name) == 0)
			continue;
		facets->items[n] = facets->items[i];
		facets->items[n].deleted = may_delete &&
			ol_json_type(json, ol_json_member(json, facets->items[n].value,
											  "_deleted")) == OL_JSON_TRUE;
		if (!facets->items[n].deleted &&
			ol_json_type(json, facets->items[n].value) == OL_JSON_OBJECT)
			check_facet(event, &facets->items[n], path);
		n++;
	}
	facets->n = n;
	return true;
}

/*
 * Facets of old producers have the name of today; of both names the old one
 * stands, as in Marquez, for who sends both means the same.
 */
void
ol_facets_rename(OlFacets *facets, const char *old, const char *new)
{
	OlFacet    *found = NULL;
	OlFacet    *taken = NULL;

	for (int i = 0; i < facets->n; i++)
	{
		if (strcmp(facets->items[i].name, old) == 0)
			found = &facets->items[i];
		else if (strcmp(facets->items[i].name, new) == 0)
			taken = &facets->items[i];
	}
	if (found == NULL)
		return;
	found->name = pstrdup(new);
	if (taken != NULL)
	{
		*taken = *found;
		*found = facets->items[--facets->n];
	}
	qsort(facets->items, facets->n, sizeof(OlFacet), compare_facets);
}

/* A facet that is told, be it to say that it is deleted; NULL: none. */
const OlFacet *
ol_facet_told(const OlFacets *facets, const char *name)
{
	int			low = 0;
	int			high = facets->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(facets->items[middle].name, name);

		if (order == 0)
			return &facets->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A facet that is there and not deleted; NULL: none. */
const OlFacet *
ol_facet_find(const OlFacets *facets, const char *name)
{
	const OlFacet *facet = ol_facet_told(facets, name);

	return facet == NULL || facet->deleted ? NULL : facet;
}

/* Its value; 0: none. */
uint32
ol_facet_value(const OlFacets *facets, const char *name)
{
	const OlFacet *facet = ol_facet_find(facets, name);

	return facet == NULL ? 0 : facet->value;
}

/*
 * The facets that make a version of the event's job, as a hash; false when it
 * has none of them.
 */
bool
ol_event_code(OlEvent *event, OlHash *code, char **location)
{
	static const char *const names[] = {
		"sourceCode", "sourceCodeLocation", "sql"
	};
	StringInfoData parts;

	initStringInfo(&parts);
	for (int i = 0; i < event->job_facets.n; i++)
	{
		OlFacet    *facet = &event->job_facets.items[i];

		for (size_t j = 0; j < lengthof(names); j++)
		{
			if (!facet->deleted && strcmp(facet->name, names[j]) == 0)
				ol_hash_part(&parts, facet->body, facet->len);
		}
	}
	*location = ol_json_member_string(&event->json,
									  ol_facet_value(&event->job_facets,
													 "sourceCodeLocation"),
									  "url");
	*code = ol_hash(parts.data, parts.len);
	return parts.len > 0;
}

static void
put_text(StringInfo out, const char *key, const char *value)
{
	appendStringInfo(out, "\"%s\":", key);
	if (value == NULL)
		appendStringInfoString(out, "null");
	else
		escape_json(out, value);
}

/*
 * The path of a nested field.  Long names nested deeply would add up to far
 * more than the event itself: beyond a few times its size they are left out.
 */
static char *
field_path(OlEvent *event, OlSchema *schema, const char *parent, char *name)
{
	if (parent == NULL)
		return name;
	schema->path_bytes += strlen(parent) + strlen(name) + 1;
	if (schema->path_bytes > 4 * (uint64) event->len + SPARE_PATH_BYTES)
		return NULL;
	return psprintf("%s.%s", parent, name);
}

static void
add_field(OlSchema *schema, char *path, char *type, char *description)
{
	if (schema->n == schema->capacity)
	{
		schema->capacity *= 2;
		schema->fields = repalloc_huge(schema->fields,
									   sizeof(OlField) * (size_t) schema->capacity);
	}
	schema->fields[schema->n].path = path;
	schema->fields[schema->n].type = type;
	schema->fields[schema->n].description = description;
	schema->n++;
}

/* The fields of one level; parent is the path of the field they are in. */
static void
read_fields(OlEvent *event, OlSchema *schema, uint32 list, const char *parent,
			StringInfo out)
{
	const OlJson *json = &event->json;
	bool		first = true;

	check_stack_depth();
	appendStringInfoChar(out, '[');
	OL_JSON_FOREACH(field, json, list)
	{
		char	   *name = ol_json_member_string(json, field, "name");
		char	   *type = ol_json_member_string(json, field, "type");
		char	   *description = ol_json_member_string(json, field,
														"description");
		uint32		nested = ol_json_member(json, field, "fields");
		char	   *path;

		if (name == NULL || name[0] == '\0')
		{
			ol_event_issue(event, "field_not_named", schema->path,
						   "a field without a name was left out");
			continue;
		}
		path = field_path(event, schema, parent, name);
		if (path == NULL)
			continue;
		add_field(schema, path, type, description);
		appendStringInfoString(out, first ? "{" : ",{");
		first = false;
		put_text(out, "name", name);
		appendStringInfoChar(out, ',');
		put_text(out, "type", type);
		appendStringInfoChar(out, ',');
		put_text(out, "description", description);
		/* An empty list is what some clients write for none. */
		if (ol_json_type(json, nested) == OL_JSON_ARRAY &&
			json->values[nested].first_child != 0)
		{
			appendStringInfoString(out, ",\"fields\":");
			read_fields(event, schema, nested, path, out);
		}
		appendStringInfoChar(out, '}');
	}
	appendStringInfoChar(out, ']');
}

/*
 * What the columns of a facet come to, by the hash of its text.  Only of events
 * with nothing odd, which has to be told each time, and without nested columns,
 * of which a small event may list fewer (field_path()).
 */
typedef struct KnownSchema
{
	OlHash		content;		/* the key */
	OlHash		hash;			/* of OlSchema.json */
	char		status;			/* of simplehash */
} KnownSchema;

#define SH_PREFIX schemas
#define SH_ELEMENT_TYPE KnownSchema
#define SH_KEY_TYPE OlHash
#define SH_KEY content
#define SH_HASH_KEY(table, key) hash_bytes((key).data, UUID_LEN)
#define SH_EQUAL(table, a, b) (ol_hash_cmp(&(a), &(b)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static schemas_hash *known_schemas;

/* Beyond that they are forgotten: about 1 MB. */
#define MOST_KNOWN_SCHEMAS 20000

static bool
find_known_schema(const OlHash *content, OlHash *hash)
{
	const KnownSchema *known = NULL;

	if (known_schemas != NULL && content != NULL)
		known = schemas_lookup(known_schemas, *content);
	if (known != NULL)
		*hash = known->hash;
	return known != NULL;
}

static void
add_known_schema(const OlHash *content, const OlHash *hash)
{
	bool		found;

	if (known_schemas == NULL)
		known_schemas = schemas_create(TopMemoryContext, 1024, NULL);
	if (known_schemas->members >= MOST_KNOWN_SCHEMAS)
		schemas_reset(known_schemas);
	schemas_insert(known_schemas, *content, &found)->hash = *hash;
}

/*
 * Reads the columns, if they are not read yet.  They stay as long as the
 * schema does: a batch that failed is tried again with the same events.
 */
void
ol_schema_load(OlSchema *schema)
{
	MemoryContext before;
	StringInfoData out;

	if (schema->is_loaded)
		return;
	before = MemoryContextSwitchTo(GetMemoryChunkContext(schema));
	schema->capacity = 16;
	schema->fields = palloc(sizeof(OlField) * (size_t) schema->capacity);
	initStringInfo(&out);
	read_fields(schema->event, schema, schema->list, NULL, &out);
	schema->json = out.data;
	schema->hash = ol_hash(out.data, out.len);
	schema->is_loaded = true;
	MemoryContextSwitchTo(before);
}

/*
 * The columns of a schema facet; NULL when it lists none.  content is the hash
 * of the facet, NULL when it is none.
 */
OlSchema *
ol_schema_parse(OlEvent *event, uint32 facet, char *path,
				const OlHash *content)
{
	uint32		list = ol_json_member(&event->json, facet, "fields");
	OlSchema   *schema;

	if (ol_json_type(&event->json, list) != OL_JSON_ARRAY)
		return NULL;
	schema = palloc0(sizeof(OlSchema));
	schema->event = event;
	schema->list = list;
	schema->path = path;
	if (find_known_schema(content, &schema->hash))
		return schema;
	ol_schema_load(schema);
	if (content != NULL && schema->path_bytes == 0 && !event->is_command &&
		event->issues == NIL)
		add_known_schema(content, &schema->hash);
	return schema;
}
