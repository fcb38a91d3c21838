/*-------------------------------------------------------------------------
 * plan.c
 *	  What the planner is told about can_read().
 *
 * can_read(namespace_id) tests one bit and so is cheap on each row, but alone
 * it makes every query read every row.  A caller who sees a small part of the
 * rows is better served by an index: the condition
 *		namespace_id = ANY (openlineage.readable_ids())
 * follows from can_read(), is computed when the scan starts, and so is right
 * for whoever executes the plan and whenever.  It is lossy: can_read() still
 * decides on each row.  What is looked at here, at planning time, is for
 * estimates only.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/parallel.h"
#include "access/stratnum.h"
#include "access/xact.h"
#include "auth/generation.h"
#include "auth/access.h"
#include "catalog/namespace.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_func.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(ol_can_read_support);
PG_FUNCTION_INFO_V1(ol_sql_readable_ids);

/* More ids than these cost an index scan more than they save. */
#define MANY_IDS 1000

/* With a larger share of the rows a scan of the table is no worse. */
#define LARGE_SHARE 0.2

static int
count_bits(const OlReadable *readable)
{
	int			n = 0;

	for (int word = 0; word < (readable->nbits + 63) / 64; word++)
		n += pg_popcount64(readable->bits[word]);
	return n;
}

/* Frequencies of the commonest namespaces of a column, and what is left. */
static double
share_by_statistics(const OlReadable *readable, VariableStatData * column)
{
	AttStatsSlot slot;
	bool		isdefault;
	double		ndistinct = get_variable_numdistinct(column, &isdefault);
	double		share = 0;
	double		rest = 1;
	int			nseen = 0;
	int			nreadable = count_bits(readable);

	if (HeapTupleIsValid(column->statsTuple) &&
		get_attstatsslot(&slot, column->statsTuple, STATISTIC_KIND_MCV,
						 InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		for (int i = 0; i < slot.nvalues; i++)
		{
			rest -= slot.numbers[i];
			if (!ol_readable_has(readable, DatumGetInt32(slot.values[i])))
				continue;
			share += slot.numbers[i];
			nreadable--;
		}
		nseen = slot.nvalues;
		free_attstatsslot(&slot);
	}
	if (ndistinct > nseen && rest > 0)
		share += rest * Min(nreadable / (ndistinct - nseen), 1.0);
	CLAMP_PROBABILITY(share);
	return share;
}

static double
share_of(PlannerInfo *root, Node *argument, int varRelid)
{
	const OlReadable *readable = ol_access_readable();
	VariableStatData column;
	double		share;

	if (readable->everything)
		return 1.0;
	examine_variable(root, argument, varRelid, &column);
	share = share_by_statistics(readable, &column);
	ReleaseVariableStats(column);
	return share;
}

static Node *
estimate(SupportRequestSelectivity * request)
{
	if (request->is_join || list_length(request->args) != 1)
		return NULL;
	request->selectivity = share_of(request->root, linitial(request->args),
									request->varRelid);
	return (Node *) request;
}

static Node *
readable_ids_call(void)
{
	List	   *name = list_make2(makeString("openlineage"), makeString("readable_ids"));

	return (Node *) makeFuncExpr(LookupFuncName(name, 0, NULL, false),
								 INT4ARRAYOID, NIL, InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

/* The size of the table was estimated before, can_read() and all. */
static Node *
index_condition(SupportRequestIndexCondition * request)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	const OlReadable *readable = ol_access_readable();
	ScalarArrayOpExpr *condition;
	Oid			equal;

	if (!IsA(request->node, FuncExpr) || list_length(call->args) != 1 ||
		readable->everything || count_bits(readable) > MANY_IDS ||
		request->index->rel->rows > LARGE_SHARE * request->index->rel->tuples)
		return NULL;
	equal = get_opfamily_member(request->opfamily, INT4OID, INT4OID,
								BTEqualStrategyNumber);
	if (!OidIsValid(equal) || !request->index->amsearcharray)
		return NULL;
	condition = makeNode(ScalarArrayOpExpr);
	condition->opno = equal;
	condition->opfuncid = get_opcode(equal);
	condition->useOr = true;
	condition->args = list_make2(linitial(call->args), readable_ids_call());
	condition->location = -1;
	request->lossy = true;
	return (Node *) list_make1(condition);
}

static bool
is_our_table(const PlannerInfo *root, const FuncExpr *call)
{
	Var		   *column = linitial(call->args);
	RangeTblEntry *entry;

	if (root == NULL || !IsA(column, Var) || column->varlevelsup != 0 ||
		column->varno < 1 || column->varno > list_length(root->parse->rtable))
		return false;
	entry = rt_fetch(column->varno, root->parse->rtable);
	return entry->rtekind == RTE_RELATION &&
		get_rel_namespace(entry->relid) == get_namespace_oid("openlineage", false);
}

/* Also for who plans with an old snapshot. */
static bool
is_open_now(void)
{
	bool		is_open;

	if (IsInParallelMode() || ol_access_mode_is_changing() || !ol_access_is_open())
		return false;
	PushActiveSnapshot(GetLatestSnapshot());
	is_open = ol_access_is_open();
	PopActiveSnapshot();
	return is_open;
}

static Node *
simplify(SupportRequestSimplify * request)
{
	if (list_length(request->fcall->args) != 1 ||
		!is_our_table(request->root, request->fcall) || !is_open_now())
		return NULL;
	return makeBoolConst(true, false);
}

Datum
ol_can_read_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (!ActiveSnapshotSet())
		PG_RETURN_POINTER(NULL);
	if (IsA(request, SupportRequestSimplify))
		answer = simplify((SupportRequestSimplify *) request);
	else if (IsA(request, SupportRequestSelectivity))
		answer = estimate((SupportRequestSelectivity *) request);
	else if (IsA(request, SupportRequestIndexCondition))
		answer = index_condition((SupportRequestIndexCondition *) request);
	PG_RETURN_POINTER(answer);
}

/* A plan of a caller who saw little may be executed by one who sees all. */
Datum
ol_sql_readable_ids(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(ol_readable_ids_or_all());
}
