/*-------------------------------------------------------------------------
 * logging.c
 *	  What the log of changed edges is written by, as one number.
 *
 * A base (base.c) and the log are right together only while our triggers write
 * it, and while it is the same table.  That they are on by now does not tell
 * that they were: whoever loads rows turns them off and on again, and all of
 * that is one transaction.  The number is another after each change of one of
 * them, and after what gives the log another file, as TRUNCATE does.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "common/hashfn.h"
#include "graph/logging.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define MOST_TABLES 3

static const char *const tables_of[][MOST_TABLES] = {
	[OL_GRAPH_NODES] = {"edge_change", "edge"},
	[OL_GRAPH_COLUMNS] = {"edge_change", "column_edge", "dataset_field"},
};

/* The number as it was found last. */
typedef struct Found
{
	Oid			relids[MOST_TABLES];
	bool		is_valid;
	uint64		number;
} Found;

static Found found[lengthof(tables_of)];
static uint64 changes;			/* that were told of, so far */

static void
forget(Datum arg, Oid relid)
{
	for (int i = 0; i < lengthof(found); i++)
	{
		for (int k = 0; k < MOST_TABLES; k++)
		{
			if (relid == InvalidOid || found[i].relids[k] == relid)
				found[i].is_valid = false;
		}
	}
	changes++;
}

static uint64
add(uint64 number, uint64 value)
{
	return hash_bytes_extended((const unsigned char *) &value, sizeof(value), number);
}

/* The version of each row is what a change of it changes. */
static uint64
add_triggers(uint64 number, Oid table, Snapshot snapshot)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	row;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(table));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true,
							  snapshot, 1, &key);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(row);

		if (strncmp(NameStr(trigger->tgname), "edge_change_",
					strlen("edge_change_")) != 0)
			continue;
		number = add(number, trigger->oid);
		number = add(number, HeapTupleHeaderGetRawXmin(row->t_data));
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return number;
}

static uint64
add_file(uint64 number, Oid table, Snapshot snapshot)
{
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	row;

	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(table));
	scan = systable_beginscan(classes, ClassOidIndexId, true, snapshot, 1,
							  &key);
	row = systable_getnext(scan);
	if (HeapTupleIsValid(row))
		number = add(number, ((Form_pg_class) GETSTRUCT(row))->relfilenode);
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	return number;
}

static void
find_tables(OlGraphKind graph, Oid *relids)
{
	Oid			schema = get_namespace_oid("openlineage", false);

	for (int i = 0; i < MOST_TABLES && tables_of[graph][i] != NULL; i++)
		relids[i] = get_relname_relid(tables_of[graph][i], schema);
}

static uint64
number_of(const Oid *relids, Snapshot snapshot)
{
	uint64		number = add_file(0, relids[0], snapshot);

	for (int i = 1; i < MOST_TABLES && OidIsValid(relids[i]); i++)
		number = add_triggers(number, relids[i], snapshot);
	return number;
}

/* As a snapshot has it. */
uint64
ol_logging_at(OlGraphKind graph, Snapshot snapshot)
{
	Oid			relids[MOST_TABLES] = {InvalidOid};

	find_tables(graph, relids);
	return number_of(relids, snapshot);
}

/* As it is, what this transaction did included. */
uint64
ol_logging_now(OlGraphKind graph)
{
	static bool is_registered = false;
	Found	   *last = &found[graph];
	uint64		before;

	if (!is_registered)
		CacheRegisterRelcacheCallback(forget, (Datum) 0);
	is_registered = true;
	AcceptInvalidationMessages();
	if (last->is_valid)
		return last->number;
	find_tables(graph, last->relids);
	before = changes;
	last->number = number_of(last->relids, NULL);
	last->is_valid = changes == before;
	return last->number;
}
