/*-------------------------------------------------------------------------
 * reader.c
 *	  What the caller may read of a graph.
 *
 * Graphs in memory are read past the executor, so what the executor would have
 * checked is checked here: the privilege to SELECT, and the policies.  The
 * only policies that a bitmap of namespaces can stand in for are those that
 * this extension ships: whoever is shown an edge may read both its ends.  Where
 * an administrator changed or added one, or what they call, the answer is to
 * read by SQL.
 *
 * That the policies are the shipped ones is remembered until a table or a
 * function changes.
 *
 * A namespace is looked up by a name only when the caller may read one of that
 * name.  So what is done for a hidden name, and how long it takes, is what is
 * done for a name that nobody ever used.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/hash.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "graph/query.h"
#include "graph/reader.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(ol_readable_hash);

#define MOST_TABLES 4

/* The policies for reading these tables, as the server writes them … */
#define BOTH_ENDS \
	"(openlineage.can_read(src_namespace_id) AND" \
	" openlineage.can_read(dst_namespace_id))"
#define ITSELF "openlineage.can_read(namespace_id)"

/* … and what may stand before them, as it says no more. */
#define OPEN "( SELECT openlineage.access_open() AS access_open)"

/* 1 when these tables, so many, have their policies and no others. */
#define ARE_SHIPPED(n, policies) \
	"SELECT CASE WHEN count(*) = " n " THEN 1 ELSE 0 END" \
	" FROM (VALUES " policies ") AS w(name, condition)" \
	" JOIN pg_catalog.pg_namespace AS s ON s.nspname = 'openlineage'" \
	" JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relname = w.name" \
	" WHERE c.relrowsecurity AND c.relforcerowsecurity AND NOT c.relhassubclass" \
	" AND (SELECT count(*) = 1 AND bool_and(p.polpermissive AND p.polroles = '{0}'" \
	" AND pg_catalog.pg_get_expr(p.polqual, p.polrelid)" \
	" IN (w.condition, '(" OPEN " OR ' || w.condition || ')'))" \
	" FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*'))" \
	" AND (SELECT count(*) = 1 AND bool_and(p.prosrc = 'ol_can_read' AND l.lanname = 'c')" \
	" FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang" \
	" WHERE p.pronamespace = s.oid AND p.proname = 'can_read')" \
	" AND (SELECT count(*) = 0 OR bool_and(p.prosrc IN ('ol_access_open'," \
	" 'SELECT NOT EXISTS (SELECT FROM openlineage.access_mode)'))" \
	" FROM pg_catalog.pg_proc AS p" \
	" WHERE p.pronamespace = s.oid AND p.proname = 'access_open')"

/* Tables that are read together. */
typedef struct Tables
{
	OlQuery		shipped;
	int			n;
	const char *names[MOST_TABLES];

	/* What is remembered, while it holds. */
	Oid			relids[MOST_TABLES];
	bool		are_found;		/* relids */
	uint64		known_at;		/* after how many changes is_shipped was found
								 * out */
	bool		is_shipped;
} Tables;

static uint64 changes = 1;		/* of tables and functions, so far */

static Tables tables_of_edges = {
	{
		ARE_SHIPPED("4", "('edge', '" BOTH_ENDS "'), ('edge_history', '" BOTH_ENDS "'),"
					" ('column_edge', '" BOTH_ENDS "'), ('dataset_field', '" ITSELF "')"),
		.scans = true
	},
	4, {"edge", "edge_history", "column_edge", "dataset_field"}
};

static Tables tables_of_names = {
	{
		ARE_SHIPPED("3", "('node', '" ITSELF "'), ('hidden_node', '" ITSELF "'),"
					" ('namespace', 'openlineage.can_read(id)')"),
		.scans = true
	},
	3, {"node", "hidden_node", "namespace"}
};

static Tables *const all_tables[] = {&tables_of_edges, &tables_of_names};

static void
forget_for_table(Datum arg, Oid relid)
{
	for (int i = 0; i < lengthof(all_tables); i++)
	{
		Tables	   *tables = all_tables[i];
		bool		concerns = relid == InvalidOid;

		for (int k = 0; k < tables->n; k++)
			concerns = concerns || tables->relids[k] == relid;
		if (concerns)
		{
			tables->are_found = false;
			changes++;
		}
	}
}

static void
forget_for_function(Datum arg, int cache, uint32 hash)
{
	changes++;
}

static void
find_tables(Tables *tables)
{
	static bool is_registered;
	Oid			schema;

	if (tables->are_found)
		return;
	if (!is_registered)
	{
		CacheRegisterRelcacheCallback(forget_for_table, 0);
		CacheRegisterSyscacheCallback(PROCOID, forget_for_function, 0);
		is_registered = true;
	}
	schema = get_namespace_oid("openlineage", false);
	for (int i = 0; i < tables->n; i++)
		tables->relids[i] = get_relname_relid(tables->names[i], schema);
	tables->are_found = true;
}

static bool
are_shipped(Tables *tables)
{
	/* something may change meanwhile, and the query may fail */
	uint64		now = changes;

	if (tables->known_at != now)
	{
		/* of the catalogs as they are, however old the caller's snapshot is */
		PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));
		tables->is_shipped = ol_query_int(&tables->shipped, NULL) != 0;
		PopActiveSnapshot();
		tables->known_at = now;
	}
	return tables->is_shipped;
}

static bool
may_select(Oid relid)
{
	return OidIsValid(relid) &&
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

static bool
has_policies(const Tables *tables)
{
	for (int i = 0; i < tables->n; i++)
	{
		if (check_enable_rls(tables->relids[i], InvalidOid, true) == RLS_ENABLED)
			return true;
	}
	return false;
}

static OlReader
reader_of(Tables *tables)
{
	OlReader	reader = {0};

	find_tables(tables);
	for (int i = 0; i < tables->n; i++)
	{
		if (!may_select(tables->relids[i]))
		{
			reader.refusal = "not allowed to read whole tables";
			return reader;
		}
	}
	if (!has_policies(tables))
		return reader;
	if (!row_security)
		reader.refusal = "row_security is off";
	else if (!are_shipped(tables))
		reader.refusal = "policies are not those shipped";
	else
	{
		reader.readable = ol_access_readable();
		if (reader.readable->everything)
			reader.readable = NULL;
	}
	return reader;
}

OlReader
ol_reader_of(OlGraphKind graph)
{
	return reader_of(&tables_of_edges);
}

/* The same for nodes and namespaces. */
OlReader
ol_reader_of_names(void)
{
	return reader_of(&tables_of_names);
}

/* Whether a namespace of this name, be there one or not, may be found. */
bool
ol_reader_may_name(const OlReader *reader, const char *name)
{
	return reader->refusal != NULL || reader->readable == NULL ||
		ol_reach_has_name(ol_access_reach(OL_PRIVILEGE_READ), name);
}

/* What to look the namespace up by; null when it is not to be. */
Datum
ol_readable_hash(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	OlHash	   *hash = palloc(sizeof(OlHash));
	OlReader	reader;

	SPI_connect();
	reader = ol_reader_of_names();
	SPI_finish();
	if (!ol_reader_may_name(&reader, name))
		PG_RETURN_NULL();
	*hash = ol_hash(name, strlen(name));
	PG_RETURN_UUID_P(hash);
}

bool
ol_readable_next(const OlReadable *readable, OlProbe *probe,
				 AttrNumber namespace_id)
{
	bool		isnull;

	while (ol_probe_next(probe))
	{
		if (readable == NULL ||
			ol_readable_has(readable,
							DatumGetInt32(ol_probe_column(probe, namespace_id,
														  &isnull))))
			return true;
	}
	return false;
}
