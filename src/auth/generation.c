/*-------------------------------------------------------------------------
 * generation.c
 *	  Which state of the access rules a snapshot sees.
 *
 * Who may read what follows from access_mode, grant_rule and namespace.  To
 * work that out for each statement would cost more than many a statement, so
 * it is kept; but what is kept must be what the statement's own snapshot sees,
 * or a grant that is revoked and rows that are written in one transaction come
 * apart.  Invalidation messages arrive after the commit, a counter would make
 * all who create namespaces wait for each other.
 *
 * Hence access_change: whatever changes one of the three tables appends a row
 * with a number of its own, in the same (sub)transaction.  Two snapshots that
 * see the same numbers see the same changes.  There are few rows, on one page,
 * and they are read without a plan: some microseconds.  A change that finds
 * many rows removes those, and as it adds its own, the set is a new one.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "auth/generation.h"
#include "auth/trusted.h"
#include "base/compat.h"
#include "base/rows.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(ol_note_access_change);

/* More rows than this are cleared away by the next change. */
#define MANY_ROWS 64

OlGeneration
ol_generation(Snapshot snapshot)
{
	OlGeneration generation = {0};
	Relation	table;
	TableScanDesc scan;
	TupleTableSlot *slot;

	generation.table = get_relname_relid("access_change",
										 get_namespace_oid("openlineage", false));
	table = table_open(generation.table, AccessShareLock);
	slot = table_slot_create(table, NULL);
	scan = table_beginscan(table, snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		int64		id = DatumGetInt64(slot_getattr(slot, 1, &isnull));

		generation.nrows++;
		generation.sum += DatumGetUInt64(hash_any_extended((unsigned char *) &id,
														   sizeof(id), 0));
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(table, AccessShareLock);
	return generation;
}

static OlStatement append = {
	"INSERT INTO openlineage.access_change (id)"
	" VALUES (pg_catalog.nextval('openlineage.access_change_id_seq'))"
};

/* Without waiting for anybody: what is locked goes the next time. */
static OlStatement clear = {
	"DELETE FROM openlineage.access_change AS c"
	" USING (SELECT a.id FROM openlineage.access_change AS a FOR UPDATE SKIP LOCKED) AS old"
	" WHERE c.id OPERATOR(pg_catalog.=) old.id"
};

/* namespace first, as who stores events begins there, too. */
static OlStatement read_tables = {
	"SELECT c.oid FROM pg_catalog.pg_class AS c"
	" WHERE c.relnamespace OPERATOR(pg_catalog.=) $1"
	"   AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}')"
	"   AND c.relname OPERATOR(pg_catalog.<>) ALL ('{access_mode,access_change,grant_rule}')"
	" ORDER BY c.relname OPERATOR(pg_catalog.<>) 'namespace', c.oid"
};

/* The transaction that changed access_mode. */
static LocalTransactionId changing = InvalidLocalTransactionId;

bool
ol_access_mode_is_changing(void)
{
	return changing != InvalidLocalTransactionId &&
		changing == ol_compat_transaction();
}

/*
 * In the open state can_read() is left out of plans (plan.c).  So whoever
 * enforces row-level security waits, as ALTER TABLE … ENABLE ROW LEVEL SECURITY
 * does, for all who use such a plan, and has everybody make new ones.
 */
static void
end_plans(bool enforce)
{
	Oid			types[1] = {OIDOID};
	Datum		values[1];

	changing = ol_compat_transaction();
	values[0] = ObjectIdGetDatum(get_namespace_oid("openlineage", false));
	ol_statement_execute(&read_tables, 1, types, values, true);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Oid			table = DatumGetObjectId(ol_result(i, 1, &isnull));

		if (enforce)
			LockRelationOid(table, AccessExclusiveLock);
		CacheInvalidateRelcacheByRelid(table);
	}
}

/* The triggers that the install script makes, no other. */
static void
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *call = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(call->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(call->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("openlineage.note_access_change() was not called by a trigger of its extension")));
}

static bool
nothing_changed(const TriggerData *call)
{
	Tuplestorestate *rows = call->tg_newtable != NULL ? call->tg_newtable :
	call->tg_oldtable;

	return rows != NULL && tuplestore_tuple_count(rows) == 0;
}

Datum
ol_note_access_change(PG_FUNCTION_ARGS)
{
	TriggerData *call = (TriggerData *) fcinfo->context;
	OlTrusted	trusted;

	check_call(fcinfo);
	if (nothing_changed(call))
		PG_RETURN_POINTER(NULL);
	ol_trusted_begin(&trusted);
	SPI_connect();
	if (strcmp(RelationGetRelationName(call->tg_relation), "access_mode") == 0)
		end_plans(TRIGGER_FIRED_BY_INSERT(call->tg_event));
	/* under REPEATABLE READ a row that is gone meanwhile would be an error */
	if (!IsolationUsesXactSnapshot() &&
		ol_generation(GetActiveSnapshot()).nrows > MANY_ROWS)
		ol_statement_execute(&clear, 0, NULL, NULL, false);
	ol_statement_execute(&append, 0, NULL, NULL, false);
	SPI_finish();
	ol_trusted_end(&trusted);
	PG_RETURN_POINTER(NULL);
}
