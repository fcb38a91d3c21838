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
 *-------------------------------------------------------------------------*/
#include "postgres.h"

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
#include "utils/syscache.h"

static const char *const tables[] = {
	"edge", "edge_history", "column_edge", "dataset_field"
};

/* The policies for reading these tables, as the server writes them … */
#define BOTH_ENDS \
	"(openlineage.can_read(src_namespace_id) AND" \
	" openlineage.can_read(dst_namespace_id))"
#define ITSELF "openlineage.can_read(namespace_id)"

/* … and what may stand before them, as it says no more. */
#define OPEN "( SELECT openlineage.access_open() AS access_open)"

static OlQuery shipped = {
	"SELECT CASE WHEN count(*) = 4 THEN 1 ELSE 0 END"
	" FROM (VALUES ('edge', '" BOTH_ENDS "'), ('edge_history', '" BOTH_ENDS "'),"
	" ('column_edge', '" BOTH_ENDS "'), ('dataset_field', '" ITSELF "')) AS w(name, condition)"
	" JOIN pg_catalog.pg_namespace AS s ON s.nspname = 'openlineage'"
	" JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relname = w.name"
	" WHERE c.relrowsecurity AND c.relforcerowsecurity AND NOT c.relhassubclass"
	" AND (SELECT count(*) = 1 AND bool_and(p.polpermissive AND p.polroles = '{0}'"
	" AND pg_catalog.pg_get_expr(p.polqual, p.polrelid)"
	" IN (w.condition, '(" OPEN " OR ' || w.condition || ')'))"
	" FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*'))"
	" AND (SELECT count(*) = 1 AND bool_and(p.prosrc = 'ol_can_read' AND l.lanname = 'c')"
	" FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang"
	" WHERE p.pronamespace = s.oid AND p.proname = 'can_read')"
	" AND (SELECT count(*) = 0 OR bool_and(p.prosrc IN ('ol_access_open',"
	" 'SELECT NOT EXISTS (SELECT FROM openlineage.access_mode)'))"
	" FROM pg_catalog.pg_proc AS p"
	" WHERE p.pronamespace = s.oid AND p.proname = 'access_open')",
	.scans = true
};

static Oid	relids[lengthof(tables)];
static uint64 changes = 1;		/* of tables and functions, so far */
static uint64 known_at;			/* after how many is_shipped was found out */
static bool is_shipped;

static void
forget_for_table(Datum arg, Oid relid)
{
	if (relid == InvalidOid)
		changes++;
	for (int i = 0; i < lengthof(relids); i++)
	{
		if (relids[i] == relid)
			changes++;
	}
}

static void
forget_for_function(Datum arg, int cache, uint32 hash)
{
	changes++;
}

static void
find_out(void)
{
	static bool is_registered;
	Oid			schema = get_namespace_oid("openlineage", false);

	uint64		now;

	if (known_at == changes)
		return;
	if (!is_registered)
	{
		CacheRegisterRelcacheCallback(forget_for_table, 0);
		CacheRegisterSyscacheCallback(PROCOID, forget_for_function, 0);
		is_registered = true;
	}
	for (int i = 0; i < lengthof(tables); i++)
		relids[i] = get_relname_relid(tables[i], schema);
	/* something may change meanwhile, and the query may fail */
	now = changes;
	is_shipped = ol_query_int(&shipped, NULL) != 0;
	known_at = now;
}

static bool
may_select(Oid relid)
{
	return OidIsValid(relid) &&
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

OlReader
ol_reader_of(OlGraphKind graph)
{
	OlReader	reader = {0};

	find_out();
	for (int i = 0; i < lengthof(tables); i++)
	{
		if (!may_select(relids[i]))
		{
			reader.refusal = "not allowed to read whole tables";
			return reader;
		}
	}
	if (check_enable_rls(relids[0], InvalidOid, true) != RLS_ENABLED &&
		check_enable_rls(relids[2], InvalidOid, true) != RLS_ENABLED &&
		check_enable_rls(relids[3], InvalidOid, true) != RLS_ENABLED)
		return reader;
	if (!row_security)
		reader.refusal = "row_security is off";
	else if (!is_shipped)
		reader.refusal = "policies are not those shipped";
	else
	{
		reader.readable = ol_access_readable();
		if (reader.readable->everything)
			reader.readable = NULL;
	}
	return reader;
}
