/*-------------------------------------------------------------------------
 * trusted.c
 *	  The one place that acts as the owner of the tables.
 *
 * Whoever may ingest must be able to name a dataset of a namespace they cannot
 * read: with the caller's own eyes the upsert would fail on the hidden row.
 * So ingest, once it has checked that the caller may write the event, runs as
 * the owner with row-level security off, policies that are forced included.
 * SECURITY_LOCAL_USERID_CHANGE forbids SET ROLE meanwhile; an error or the end
 * of the (sub)transaction takes the rights back by itself.
 *
 * Its users, all of them: ingest, maintain, change(), search, graphs in
 * memory (graph/base.c, change.c), what works out the rights of a caller
 * (rights.c, namespaces.c, generation.c), and in openlineage_auth login() and
 * jwks_refresh().  Nothing may call it with SQL text or names
 * that a caller chose, and nothing that returns rows to a caller may use it
 * without deciding what the caller may see.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/htup_details.h"
#include "auth/trusted.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static Oid
owner_of_tables(void)
{
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			table = get_relname_relid("node", schema);
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("extension \"openlineage\" is not complete"),
				 errdetail("Table \"openlineage.node\" does not exist."),
				 errhint("Drop the extension and create it again.")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
ol_trusted_begin(OlTrusted *trusted)
{
	GetUserIdAndSecContext(&trusted->user_id, &trusted->context);
	SetUserIdAndSecContext(owner_of_tables(),
						   trusted->context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
}

void
ol_trusted_end(const OlTrusted *trusted)
{
	SetUserIdAndSecContext(trusted->user_id, trusted->context);
}
