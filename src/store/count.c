/*-------------------------------------------------------------------------
 * count.c
 *	  count_entities(): the trigger that keeps entity_count.
 *
 * A statement's rows become one delta per namespace and hour.  A delta is
 * added to a row of that key which nobody has locked, or appended when there
 * is none: sessions never wait for each other here, so no order of locks has
 * to be kept, and there are at most as many rows of a key as there were
 * sessions at one time.  Statements that changed no row, which is what ingest
 * of known entities is full of, cost a look at an empty tuplestore.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/rows.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(ol_count_entities);

static OlStatement add_deltas = {
	"WITH delta AS ("
	"    SELECT g.namespace_id, g.kind,"
	"           CASE WHEN g.at < date_trunc('hour', now(), 'UTC') - interval '8 days' THEN '-infinity'"
	"                ELSE date_trunc('hour', g.at, 'UTC') END AS hour,"
	"           sum(g.n)::bigint AS n"
	"      FROM unnest($1, $2, $3, $4) AS g(namespace_id, kind, at, n)"
	"     GROUP BY 1, 2, 3 HAVING sum(g.n) <> 0),"
	" slot AS ("
	"    SELECT d.n, s.place"
	"      FROM delta AS d"
	"     CROSS JOIN LATERAL"
	"           (SELECT c.ctid AS place FROM openlineage.entity_count AS c"
	"             WHERE c.kind = d.kind AND c.namespace_id = d.namespace_id AND c.hour = d.hour"
	"             LIMIT 1 FOR UPDATE SKIP LOCKED) AS s),"
	" added AS ("
	"    UPDATE openlineage.entity_count AS c SET n = c.n + s.n"
	"      FROM slot AS s WHERE c.ctid = s.place"
	"    RETURNING c.namespace_id, c.kind, c.hour)"
	" INSERT INTO openlineage.entity_count (namespace_id, kind, hour, n)"
	" SELECT d.namespace_id, d.kind, d.hour, d.n"
	"   FROM delta AS d"
	"  WHERE NOT EXISTS (SELECT FROM added AS a"
	"                     WHERE a.namespace_id = d.namespace_id AND a.kind = d.kind AND a.hour = d.hour)"
};

/* Where the two columns of the table are that are looked at. */
typedef struct Columns
{
	const char *kind;
	int			namespace_id;
	int			created_at;
} Columns;

static int
column_number(Relation table, const char *name)
{
	for (int i = 0; i < RelationGetDescr(table)->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), i);

		if (!column->attisdropped && namestrcmp(&column->attname, name) == 0)
			return i + 1;
	}
	elog(ERROR, "table \"%s\" has no column \"%s\"",
		 RelationGetRelationName(table), name);
}

static void
add_row(OlRows *rows, const Columns *columns, TupleTableSlot *slot, int n)
{
	bool		isnull;

	ol_rows_add(rows, slot_getattr(slot, columns->namespace_id, &isnull));
	ol_rows_add_text(rows, columns->kind);
	ol_rows_add(rows, slot_getattr(slot, columns->created_at, &isnull));
	ol_rows_add(rows, Int32GetDatum(n));
}

static void
add_table(OlRows *rows, const Columns *columns, TupleDesc desc,
		  Tuplestorestate *table, int n)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);

	ol_transition_begin(table);
	while (tuplestore_gettupleslot(table, true, false, slot))
		add_row(rows, columns, slot, n);
	ExecDropSingleTupleTableSlot(slot);
}

/* The triggers that the install script makes, no other. */
static void
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *call = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(call->tg_event) ||
		call->tg_trigger->tgnargs != 1 ||
		(TRIGGER_FIRED_FOR_ROW(call->tg_event) ?
		 !TRIGGER_FIRED_BY_UPDATE(call->tg_event) :
		 call->tg_newtable == NULL && call->tg_oldtable == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("openlineage.count_entities() was not called by a trigger of its extension")));
}

static void
gather(OlRows *rows, TriggerData *call)
{
	Relation	table = call->tg_relation;
	Columns		columns = {
		.kind = call->tg_trigger->tgargs[0],
		.namespace_id = column_number(table, "namespace_id"),
		.created_at = column_number(table, "created_at")
	};

	if (TRIGGER_FIRED_FOR_ROW(call->tg_event))
	{
		add_row(rows, &columns, call->tg_trigslot, -1);
		add_row(rows, &columns, call->tg_newslot, 1);
	}
	else if (call->tg_newtable != NULL)
		add_table(rows, &columns, RelationGetDescr(table), call->tg_newtable, 1);
	else
		add_table(rows, &columns, RelationGetDescr(table), call->tg_oldtable, -1);
}

Datum
ol_count_entities(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {INT4OID, TEXTOID, TIMESTAMPTZOID, INT4OID};
	TriggerData *call = (TriggerData *) fcinfo->context;
	Tuplestorestate *changed;
	OlRows	   *rows;

	check_call(fcinfo);
	changed = call->tg_newtable != NULL ? call->tg_newtable : call->tg_oldtable;
	if (TRIGGER_FIRED_FOR_STATEMENT(call->tg_event) &&
		tuplestore_tuple_count(changed) == 0)
		PG_RETURN_POINTER(NULL);
	SPI_connect();
	rows = ol_rows_create(lengthof(types), types);
	gather(rows, call);
	ol_rows_execute(rows, &add_deltas);
	SPI_finish();
	PG_RETURN_POINTER(NULL);
}
