/*-------------------------------------------------------------------------
 * walk_scan.c
 *	  walk() and walk_columns() in FROM, row by row.
 *
 * The executor puts the rows of a function into a store of tuples before the
 * first is used, which costs more than the walk.  Where one of these functions
 * is all that a FROM item is, a plan node of our own calls it and hands on the
 * rows of the result.  What anybody else does with the functions, and whatever
 * the node does not know, is the executor's as ever: WITH ORDINALITY, ROWS FROM,
 * rows as a whole, calls in a select list.
 *
 * The function is called once for all rows, as by a function scan, in the same
 * snapshot and with the same privilege; its SET clauses hold.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "graph/walk.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* How many rows ahead memory is asked for. */
#define FETCH_AHEAD 16

typedef struct WalkScan
{
	CustomScanState css;		/* must be first */
	List	   *args;			/* of ExprState */
	FmgrInfo	function;
	FunctionCallInfo call;
	OlWalkSink	sink;			/* result NULL: not called yet */
	int			next;			/* row */
	int			ncolumns;		/* asked for */
	AttrNumber	columns[OL_WALK_COLUMNS];
} WalkScan;

static set_rel_pathlist_hook_type previous_hook;

static Plan *plan_walk(PlannerInfo *root, RelOptInfo *rel, CustomPath *best,
					   List *tlist, List *clauses, List *custom_plans);
static Node *create_walk_scan(CustomScan *plan);
static void begin_walk_scan(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *exec_walk_scan(CustomScanState *node);
static void end_walk_scan(CustomScanState *node);
static void rescan_walk_scan(CustomScanState *node);

static const CustomPathMethods path_methods = {
	.CustomName = "Lineage Walk",
	.PlanCustomPath = plan_walk
};

static const CustomScanMethods scan_methods = {
	.CustomName = "Lineage Walk",
	.CreateCustomScanState = create_walk_scan
};

static const CustomExecMethods exec_methods = {
	.CustomName = "Lineage Walk",
	.BeginCustomScan = begin_walk_scan,
	.ExecCustomScan = exec_walk_scan,
	.EndCustomScan = end_walk_scan,
	.ReScanCustomScan = rescan_walk_scan
};

/* -- planning ------------------------------------------------------------ */

/* Is it walk() or walk_columns() of this extension, whatever its name? */
static bool
is_walk(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		isnull;
	char	   *source;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId &&
		((Form_pg_proc) GETSTRUCT(tuple))->proretset;
	if (result)
	{
		source = TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple,
													 Anum_pg_proc_prosrc,
													 &isnull));
		result = strcmp(source, "ol_walk") == 0 ||
			strcmp(source, "ol_walk_columns") == 0;
		pfree(source);
	}
	ReleaseSysCache(tuple);
	return result;
}

/* The call that a FROM item is, or NULL. */
static FuncExpr *
walk_of(const RangeTblEntry *rte)
{
	RangeTblFunction *function;
	FuncExpr   *call;

	if (rte->rtekind != RTE_FUNCTION || rte->funcordinality ||
		list_length(rte->functions) != 1)
		return NULL;
	function = linitial_node(RangeTblFunction, rte->functions);
	call = (FuncExpr *) function->funcexpr;
	if (!IsA(call, FuncExpr) || function->funccolnames != NIL ||
		function->funccolcount != OL_WALK_COLUMNS || !is_walk(call->funcid))
		return NULL;
	return call;
}

/* Does anything ask for the row as a whole, or what is no column of it? */
static bool
asks_for_more(const RelOptInfo *rel)
{
	Bitmapset  *columns = NULL;
	ListCell   *cell;
	int			column = -1;

	for (int i = rel->min_attr; i <= 0; i++)
	{
		if (!bms_is_empty(rel->attr_needed[i - rel->min_attr]))
			return true;
	}
	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &columns);
	foreach(cell, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause,
					   rel->relid, &columns);
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		if (column + FirstLowInvalidHeapAttributeNumber <= 0)
			return true;
	}
	return false;
}

/* In place of the function scan, which costs what its store of tuples does. */
static void
replace_path(RelOptInfo *rel)
{
	Path	   *old = linitial(rel->pathlist);
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = old->pathtarget;
	path->path.param_info = old->param_info;
	path->path.parallel_safe = old->parallel_safe;
	path->path.rows = old->rows;
	path->path.startup_cost = old->startup_cost;
	path->path.total_cost = old->total_cost;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->methods = &path_methods;
	rel->pathlist = NIL;
	add_path(rel, &path->path);
}

static void
offer_walk(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_hook != NULL)
		previous_hook(root, rel, rti, rte);
	if (rel->reloptkind == RELOPT_BASEREL && list_length(rel->pathlist) == 1 &&
		((Path *) linitial(rel->pathlist))->pathtype == T_FunctionScan &&
		walk_of(rte) != NULL &&
		!asks_for_more(rel))
		replace_path(rel);
}

/*
 * The columns that are asked for, those of the target list first: where they
 * are all it has, the rows of the scan are those of the node.  The list may
 * come later, of what the relation is known to be asked for.  As numbers, and
 * as a list of targets.
 */
static List *
asked_columns(const RelOptInfo *rel, List *tlist, List *quals,
			  List **scan_tlist)
{
	List	   *asked = list_make3(tlist, rel->reltarget->exprs, quals);
	List	   *vars = pull_var_clause((Node *) asked,
									   PVC_RECURSE_PLACEHOLDERS);
	List	   *columns = NIL;
	ListCell   *cell;

	*scan_tlist = NIL;
	foreach(cell, vars)
	{
		AttrNumber	column = lfirst_node(Var, cell)->varattno;
		Var		   *var = makeVar(rel->relid, column, INT4OID, -1, InvalidOid, 0);

		if (((Var *) lfirst(cell))->varno != rel->relid ||
			list_member_int(columns, column))
			continue;
		columns = lappend_int(columns, column);
		*scan_tlist = lappend(*scan_tlist,
							  makeTargetEntry((Expr *) var,
											  list_length(columns), NULL,
											  false));
	}
	return columns;
}

static Plan *
plan_walk(PlannerInfo *root, RelOptInfo *rel, CustomPath *best, List *tlist,
		  List *clauses, List *custom_plans)
{
	CustomScan *plan = makeNode(CustomScan);
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);

	plan->scan.plan.targetlist = tlist;
	plan->scan.plan.qual = extract_actual_clauses(clauses, false);
	plan->scan.scanrelid = 0;	/* no table is opened */
	plan->flags = best->flags;
	plan->custom_exprs = list_make1(copyObject(walk_of(rte)));
	plan->custom_private = asked_columns(rel, tlist,
										 plan->scan.plan.qual,
										 &plan->custom_scan_tlist);
	plan->methods = &scan_methods;
	return &plan->scan.plan;
}

/* -- executing ----------------------------------------------------------- */

static Node *
create_walk_scan(CustomScan *plan)
{
	WalkScan   *scan = palloc0(sizeof(WalkScan));

	NodeSetTag(scan, T_CustomScanState);
	scan->css.methods = &exec_methods;
	return (Node *) scan;
}

/* May the caller?  As the executor asks for any function. */
static void
check_privilege(Oid function)
{
	AclResult	result = ol_compat_may_execute(function, GetUserId());

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

static void
begin_walk_scan(CustomScanState *node, EState *estate, int eflags)
{
	WalkScan   *scan = (WalkScan *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	FuncExpr   *call = linitial_node(FuncExpr, plan->custom_exprs);
	int			nargs = list_length(call->args);
	ListCell   *cell;

	check_privilege(call->funcid);
	foreach(cell, plan->custom_private)
		scan->columns[scan->ncolumns++] = (AttrNumber) lfirst_int(cell);
	scan->args = ExecInitExprList(call->args, &node->ss.ps);
	fmgr_info(call->funcid, &scan->function);
	fmgr_info_set_expr((Node *) call, &scan->function);
	scan->call = palloc0(SizeForFunctionCallInfo(nargs));
	InitFunctionCallInfoData(*scan->call, &scan->function, nargs,
							 call->inputcollid, (Node *) &scan->sink, NULL);
	ol_walk_sink_init(&scan->sink,
					  AllocSetContextCreate(estate->es_query_cxt,
											"rows of a walk",
											ALLOCSET_DEFAULT_SIZES));
}

static void
call_walk(WalkScan *scan)
{
	ExprContext *econtext = scan->css.ss.ps.ps_ExprContext;
	MemoryContext old = MemoryContextSwitchTo(scan->sink.context);
	ListCell   *cell;
	int			i = 0;

	foreach(cell, scan->args)
	{
		scan->call->args[i].value = ExecEvalExpr(lfirst(cell), econtext,
												 &scan->call->args[i].isnull);
		i++;
	}
	scan->call->isnull = false;
	(void) FunctionCallInvoke(scan->call);
	if (scan->sink.result == NULL)
		elog(ERROR, "walk gave no result");
	MemoryContextSwitchTo(old);
	scan->next = 0;
}

/*
 * The columns asked for of one row, and memory for those of one ahead.  The
 * slot is a virtual one that owns nothing: what ExecStoreVirtualTuple() does
 * is done here, once for a row.
 */
static void
fill_slot(const WalkScan *scan, const OlWalkResult *result, int row,
		  TupleTableSlot *slot)
{
	const OlWalkRow *rows = result->rows;

	for (int i = 0; i < scan->ncolumns; i++)
	{
		bool	   *isnull = &slot->tts_isnull[i];

		slot->tts_values[i] = ol_walk_column(result, row, scan->columns[i],
											 isnull);
		if (scan->columns[i] == OL_WALK_PREDECESSOR &&
			row + FETCH_AHEAD < result->nrows)
			__builtin_prefetch(&rows[Max(rows[row + FETCH_AHEAD].from, 0)]);
	}
	slot->tts_nvalid = scan->ncolumns;
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
}

static TupleTableSlot *
next_row(ScanState *node)
{
	WalkScan   *scan = (WalkScan *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;
	const OlWalkResult *result;

	if (scan->sink.result == NULL)
		call_walk(scan);
	result = scan->sink.result;
	Assert(TTS_IS_VIRTUAL(slot));
	if (unlikely(TTS_SHOULDFREE(slot)))
		ExecClearTuple(slot);
	while (scan->next < result->nrows && result->rows[scan->next].repeated)
		scan->next++;
	if (scan->next >= result->nrows)
		return ExecClearTuple(slot);
	fill_slot(scan, result, scan->next++, slot);
	return slot;
}

static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

/* Without anything to test or to compute, a row needs nothing of ExecScan(). */
static TupleTableSlot *
exec_walk_scan(CustomScanState *node)
{
	PlanState  *state = &node->ss.ps;

	if (state->qual == NULL && state->ps_ProjInfo == NULL &&
		state->state->es_epq_active == NULL)
	{
		CHECK_FOR_INTERRUPTS();
		return next_row(&node->ss);
	}
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
forget_result(WalkScan *scan)
{
	scan->sink.result = NULL;
	MemoryContextReset(scan->sink.context);
}

static void
end_walk_scan(CustomScanState *node)
{
	MemoryContextDelete(((WalkScan *) node)->sink.context);
}

/* The same rows once more, unless what the arguments come from has changed. */
static void
rescan_walk_scan(CustomScanState *node)
{
	WalkScan   *scan = (WalkScan *) node;

	if (node->ss.ps.chgParam != NULL)
		forget_result(scan);
	scan->next = 0;
	ExecScanReScan(&node->ss);
}

/* Once, when the library is loaded. */
void
ol_walk_scan_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = offer_walk;
}
