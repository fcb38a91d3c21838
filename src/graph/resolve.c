/*-------------------------------------------------------------------------
 * resolve.c
 *	  From node ids and names to ids of the graph.
 *
 * An id is looked up as it stands first and without its version second, each
 * time by the split Marquez makes and then by every split into stored names:
 * the longest namespace that fits first, for a column the shortest column
 * name first.  Everything is read as the caller: what may not be seen is not
 * found, and no answer tells the two apart.  Nor is a hidden node found.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "graph/field.h"
#include "graph/node.h"
#include "graph/nodeid.h"
#include "graph/query.h"
#include "graph/resolve.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* A name of nothing but delimiters must not cost a look-up for each. */
#define MAX_SPLITS		1000

#define MAX_SHOWN		256

PG_FUNCTION_INFO_V1(ol_resolve_node);
PG_FUNCTION_INFO_V1(ol_resolve_column);

static OlQuery namespace_by_name = {
	"SELECT s.id FROM openlineage.namespace AS s"
	" WHERE s.name_hash = openlineage.hash128($1)",
	1, {TEXTOID}
};

/* Every namespace that the text begins with, the longest first. */
static OlQuery namespaces_by_text = {
	"SELECT s.id, octet_length(s.name) FROM openlineage.namespace AS s"
	" WHERE starts_with($1, s.name || ':') ORDER BY 2 DESC",
	1, {TEXTOID}, true
};

static OlQuery node_by_name = {
	"SELECT c.id FROM openlineage.node AS n"
	" JOIN openlineage.node AS c ON c.id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END"
	" WHERE n.namespace_id = $1 AND n.kind = $2::openlineage.node_kind"
	" AND n.job_id IS NULL AND n.name_hash = openlineage.hash128($3)"
	" AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h"
	" WHERE h.node_id = c.id)",
	3, {INT4OID, TEXTOID, TEXTOID}
};

static OlQuery job_by_parent = {
	"SELECT n.id FROM openlineage.node AS n"
	" JOIN openlineage.job AS j ON j.node_id = n.id"
	" JOIN openlineage.node AS p ON p.id = j.parent_id"
	" WHERE n.namespace_id = $1 AND n.kind = 'job'"
	" AND n.job_id IS NULL AND n.name_hash = openlineage.hash128($3)"
	" AND p.name_hash = openlineage.hash128($2)"
	" AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h"
	" WHERE h.node_id = n.id)",
	3, {INT4OID, TEXTOID, TEXTOID}
};

static OlQuery field_by_name = {
	"SELECT f.id FROM openlineage.dataset_field AS f"
	" WHERE f.dataset_id = $1 AND f.name_hash = openlineage.hash128($2)",
	2, {INT4OID, TEXTOID}
};

typedef struct NamespaceMatch
{
	int32		id;
	int			len;			/* bytes of its name */
} NamespaceMatch;

static Datum
part_datum(const char *text, int len)
{
	return PointerGetDatum(cstring_to_text_with_len(text, len));
}

static int32
find_namespace(const char *name, int len)
{
	OlNodes    *nodes = ol_nodes_open();
	Datum		values[1];
	int32		found;

	if (nodes == NULL)
	{
		values[0] = part_datum(name, len);
		return ol_query_int(&namespace_by_name, values);
	}
	found = ol_nodes_find_space(nodes, name, len);
	ol_nodes_close(nodes);
	return found;
}

/* The same as node_by_name. */
static int32
look_up_node(OlNodes *nodes, int32 namespace_id, bool is_job,
			 const char *name, int len)
{
	OlNode		node;

	if (!ol_nodes_find_name(nodes, namespace_id, is_job, name, len, &node))
		return 0;
	if (node.canonical_id != 0 &&
		!ol_nodes_find(nodes, node.canonical_id, &node))
		return 0;
	return ol_nodes_is_hidden(nodes, node.id) ? 0 : node.id;
}

static int32
find_node(int32 namespace_id, const char *kind, const char *name, int len)
{
	OlNodes    *nodes = ol_nodes_open();
	Datum		values[3];
	int32		found;

	if (nodes != NULL)
	{
		found = look_up_node(nodes, namespace_id, strcmp(kind, "job") == 0,
							 name, len);
		ol_nodes_close(nodes);
		return found;
	}
	values[0] = Int32GetDatum(namespace_id);
	values[1] = CStringGetTextDatum(kind);
	values[2] = part_datum(name, len);
	return ol_query_int(&node_by_name, values);
}

/* A job by its own name, else as PARENT.CHILD, the longest child first. */
static int32
find_job(int32 namespace_id, const char *name, int len)
{
	int32		found = find_node(namespace_id, "job", name, len);
	int			tries = 0;

	for (const char *dot = memchr(name, '.', len);
		 found == 0 && dot != NULL && tries++ < MAX_SPLITS;
		 dot = memchr(dot + 1, '.', name + len - dot - 1))
	{
		Datum		values[3] = {Int32GetDatum(namespace_id),
			part_datum(name, dot - name),
		part_datum(dot + 1, name + len - dot - 1)};

		CHECK_FOR_INTERRUPTS();
		found = ol_query_int(&job_by_parent, values);
	}
	return found;
}

static int32
find_field(int32 namespace_id, const char *name, int len, const char *field,
		   int field_len)
{
	Datum		values[2];
	int32		dataset = find_node(namespace_id, "dataset", name, len);
	OlReader	reader;
	OlFields   *fields;
	int32		found;

	if (dataset == 0)
		return 0;
	reader = ol_reader_of(OL_GRAPH_COLUMNS);
	if (reader.refusal == NULL)
	{
		fields = ol_fields_open(&reader);
		found = ol_fields_find_name(fields, dataset, field, field_len);
		ol_fields_close(fields);
		return found;
	}
	values[0] = Int32GetDatum(dataset);
	values[1] = part_datum(field, field_len);
	return ol_query_int(&field_by_name, values);
}

/* NAME:FIELD at any ':', the shortest field first. */
static int32
find_field_anywhere(int32 namespace_id, const char *rest, int len)
{
	int			colon = len;
	int32		found = 0;

	for (int tries = 0; found == 0 && tries < MAX_SPLITS; tries++)
	{
		colon = ol_nodeid_last(rest, colon, ':');
		if (colon < 0)
			break;
		CHECK_FOR_INTERRUPTS();
		found = find_field(namespace_id, rest, colon, rest + colon + 1,
						   len - colon - 1);
	}
	return found;
}

/* The split Marquez makes. */
static int32
find_split(OlNodeIdKind kind, const char *body, int len)
{
	OlNodePart	parts[OL_NODEID_MAX_PARTS];
	int32		namespace_id;

	if (!ol_nodeid_split(body, len, ol_nodeid_parts(kind), parts))
		return 0;
	namespace_id = find_namespace(parts[0].text, parts[0].len);
	if (namespace_id == 0)
		return 0;
	if (kind == OL_NODEID_FIELD)
		return find_field(namespace_id, parts[1].text, parts[1].len,
						  parts[2].text, parts[2].len);
	if (kind == OL_NODEID_JOB)
		return find_job(namespace_id, parts[1].text, parts[1].len);
	return find_node(namespace_id, "dataset", parts[1].text, parts[1].len);
}

static void
receive_match(TupleTableSlot *slot, void *arg)
{
	List	  **matches = arg;
	NamespaceMatch *match = palloc(sizeof(NamespaceMatch));

	match->id = DatumGetInt32(slot->tts_values[0]);
	match->len = DatumGetInt32(slot->tts_values[1]);
	*matches = lappend(*matches, match);
}

/* Every split that begins with a stored namespace. */
static int32
find_any_split(OlNodeIdKind kind, const char *body, int len)
{
	Datum		values[1] = {part_datum(body, len)};
	List	   *matches = NIL;
	ListCell   *cell;
	int32		found = 0;

	ol_query_run(&namespaces_by_text, values, receive_match, &matches);
	foreach(cell, matches)
	{
		NamespaceMatch *match = lfirst(cell);
		const char *rest = body + match->len + 1;
		int			rest_len = len - match->len - 1;

		if (kind == OL_NODEID_FIELD)
			found = find_field_anywhere(match->id, rest, rest_len);
		else if (kind == OL_NODEID_JOB)
			found = find_job(match->id, rest, rest_len);
		else
			found = find_node(match->id, "dataset", rest, rest_len);
		if (found != 0)
			break;
	}
	return found;
}

static int32
find_body(OlNodeIdKind kind, const char *body, int len)
{
	int32		found = find_split(kind, body, len);

	return found != 0 ? found : find_any_split(kind, body, len);
}

char *
ol_resolve_shown(const char *text)
{
	int			len = strlen(text);

	if (len <= MAX_SHOWN)
		return pstrdup(text);
	len = pg_mbcliplen(text, len, MAX_SHOWN);
	return psprintf("%.*s...", len, text);
}

/* What a node id names. */
OlPlace
ol_resolve_id(const char *text)
{
	OlPlace		place = {OL_GRAPH_NODES};
	OlNodeId	id;
	int32		found;

	if (!ol_nodeid_parse(text, &id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid node id: \"%s\"", ol_resolve_shown(text)),
				 errhint("A node id is dataset:NAMESPACE:NAME, job:NAMESPACE:NAME or datasetField:NAMESPACE:NAME:FIELD.")));
	if (id.kind == OL_NODEID_RUN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("node id \"%s\" names a run", text),
				 errhint("Ask about the run's job, or about a dataset or column.")));
	if (id.kind == OL_NODEID_FIELD)
		place.graph = OL_GRAPH_COLUMNS;
	found = find_body(id.kind, id.body, id.len);
	if (found == 0 && id.bare_len != id.len)
		found = find_body(id.kind, id.body, id.bare_len);
	if (found != 0)
		place.ids[place.n++] = found;
	return place;
}

/* The dataset and the job of a name. */
OlPlace
ol_resolve_name(const char *namespace_name, const char *name)
{
	OlPlace		place = {OL_GRAPH_NODES};
	int32		namespace_id = find_namespace(namespace_name,
											  strlen(namespace_name));
	int32		found;

	if (namespace_id == 0)
		return place;
	found = find_node(namespace_id, "dataset", name, strlen(name));
	if (found != 0)
		place.ids[place.n++] = found;
	found = find_job(namespace_id, name, strlen(name));
	if (found != 0)
		place.ids[place.n++] = found;
	return place;
}

/* resolve_node() and resolve_column(): null when it is unknown. */
static Datum
resolve_in(FunctionCallInfo fcinfo, OlGraphKind graph, const char *forms)
{
	char	   *id = text_to_cstring(PG_GETARG_TEXT_PP(0));
	OlPlace		place;

	SPI_connect();
	place = ol_resolve_id(id);
	SPI_finish();
	if (place.graph != graph)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid node id: \"%s\"", ol_resolve_shown(id)),
				 errhint("It must be %s.", forms)));
	if (place.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(place.ids[0]);
}

Datum
ol_resolve_node(PG_FUNCTION_ARGS)
{
	return resolve_in(fcinfo, OL_GRAPH_NODES,
					  "dataset:NAMESPACE:NAME or job:NAMESPACE:NAME");
}

Datum
ol_resolve_column(PG_FUNCTION_ARGS)
{
	return resolve_in(fcinfo, OL_GRAPH_COLUMNS,
					  "datasetField:NAMESPACE:NAME:FIELD");
}
