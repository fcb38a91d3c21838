/*-------------------------------------------------------------------------
 * query.c
 *	  Reading statements with a kept plan, row by row.
 *
 * Rows go straight from the executor to a function and are never gathered in
 * an SPI tuple table: a level of a walk can have a million of them.  They are
 * read in the active snapshot, with the rights and policies of the caller.
 *
 * Plans are generic and keep to the indexes.  A plan made for the constants
 * of one call would copy and estimate arrays of any length, and one made
 * while the tables were still empty would read them from end to end until the
 * next ANALYZE.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "graph/query.h"
#include "nodes/params.h"
#include "optimizer/cost.h"
#include "tcop/dest.h"
#include "utils/array.h"

#define ST_SORT sort_ints
#define ST_ELEMENT_TYPE int32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

typedef struct Receiver
{
	DestReceiver dest;			/* must be first */
	OlReceive	receive;
	void	   *arg;
	MemoryContext context;		/* the caller's */
} Receiver;

static void
start_receiver(DestReceiver *self, int operation, TupleDesc type)
{
}

static bool
receive_slot(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;
	MemoryContext old;

	slot_getallattrs(slot);
	old = MemoryContextSwitchTo(receiver->context);
	receiver->receive(slot, receiver->arg);
	MemoryContextSwitchTo(old);
	return true;
}

static void
end_receiver(DestReceiver *self)
{
}

static void
prepare_query(OlQuery *query)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(query->sql, query->nargs,
										  query->types,
										  CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", query->sql,
			 SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	query->plan = plan;
}

static ParamListInfo
make_params(const OlQuery *query, const Datum *values)
{
	ParamListInfo params = makeParamList(query->nargs);

	for (int i = 0; i < query->nargs; i++)
	{
		params->params[i].value = values[i];
		params->params[i].isnull = false;
		params->params[i].pflags = 0;
		params->params[i].ptype = query->types[i];
	}
	return params;
}

static void
execute_query(OlQuery *query, const SPIExecuteOptions *options)
{
	int			result;

	if (query->plan == NULL)
		prepare_query(query);
	result = SPI_execute_plan_extended(query->plan, options);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", query->sql,
			 SPI_result_code_string(result));
}

/*
 * The planner's switch is moved by hand: the statement may be planned anew at
 * any execution, and the machinery of settings would cost a quarter of one
 * that finds its row at once.
 */
static void
execute_by_index(OlQuery *query, const SPIExecuteOptions *options)
{
	bool		before = enable_seqscan;

	enable_seqscan = false;
	PG_TRY();
	{
		execute_query(query, options);
	}
	PG_FINALLY();
	{
		enable_seqscan = before;
	}
	PG_END_TRY();
}

/* No value is null. */
void
ol_query_run(OlQuery *query, const Datum *values, OlReceive receive, void *arg)
{
	Receiver	receiver = {
		.dest = {receive_slot, start_receiver, end_receiver, end_receiver,
		DestTuplestore},
		.receive = receive,
		.arg = arg,
		.context = CurrentMemoryContext
	};
	SPIExecuteOptions options = {.read_only = true};

	options.dest = &receiver.dest;
	options.params = make_params(query, values);
	if (query->scans)
		execute_query(query, &options);
	else
		execute_by_index(query, &options);
	pfree(options.params);
}

static void
receive_int(TupleTableSlot *slot, void *arg)
{
	int32	   *found = arg;

	if (*found == 0 && !slot->tts_isnull[0])
		*found = DatumGetInt32(slot->tts_values[0]);
}

/* First column of the first row, or 0. */
int32
ol_query_int(OlQuery *query, const Datum *values)
{
	int32		found = 0;

	ol_query_run(query, values, receive_int, &found);
	return found;
}

/* An int[] of one dimension; built by hand, as Datums would be twice as big. */
Datum
ol_int_array(const int32 *values, int n)
{
	Size		size = ARR_OVERHEAD_NONULLS(1) + sizeof(int32) * (Size) n;
	ArrayType  *array;

	if (n == 0)
		return PointerGetDatum(construct_empty_array(INT4OID));
	array = palloc0(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = INT4OID;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), values, sizeof(int32) * n);
	return PointerGetDatum(array);
}

/*
 * Sorts the values.  What is looked up by index in the order of an array is
 * sorted there in any case, but by a function called for each comparison.
 */
Datum
ol_sorted_int_array(int32 *values, int n)
{
	sort_ints(values, n);
	return ol_int_array(values, n);
}
