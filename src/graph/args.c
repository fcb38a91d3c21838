/*-------------------------------------------------------------------------
 * args.c
 *	  Arguments of the graph's SQL functions, checked.
 *
 * None of these functions is STRICT: a null depth means "no limit", and a
 * null anywhere else is a mistake that an empty answer would hide.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "graph/args.h"
#include "graph/past.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

static void
refuse_null(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 strcmp(name, "name") == 0 ?
				 errhint("To ask about a node id without a limit of depth, write NULL::int.") : 0));
}

static void
refuse_null_elements(ArrayType *array, const char *name)
{
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not hold nulls", name)));
}

char *
ol_args_text(FunctionCallInfo fcinfo, int arg, const char *name)
{
	refuse_null(fcinfo, arg, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/* A text[] that is not empty. */
char	  **
ol_args_texts(FunctionCallInfo fcinfo, int arg, const char *name, int *n)
{
	ArrayType  *array;
	Datum	   *values;
	char	  **texts;

	refuse_null(fcinfo, arg, name);
	array = PG_GETARG_ARRAYTYPE_P(arg);
	refuse_null_elements(array, name);
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, NULL,
					  n);
	if (*n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be empty", name)));
	texts = palloc(sizeof(char *) * *n);
	for (int i = 0; i < *n; i++)
		texts[i] = TextDatumGetCString(values[i]);
	return texts;
}

/* An int[]; points into the argument. */
const int32 *
ol_args_ids(FunctionCallInfo fcinfo, int arg, int *n)
{
	ArrayType  *array;

	refuse_null(fcinfo, arg, "start");
	array = PG_GETARG_ARRAYTYPE_P(arg);
	refuse_null_elements(array, "start");
	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return (const int32 *) ARR_DATA_PTR(array);
}

int
ol_args_depth(FunctionCallInfo fcinfo, int arg)
{
	int			depth;

	if (PG_ARGISNULL(arg))
		return OL_DEPTH_UNLIMITED;
	depth = PG_GETARG_INT32(arg);
	if (depth < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("depth must not be negative"),
				 errhint("Null is no limit of depth.")));
	return depth;
}

OlDirection
ol_args_direction(FunctionCallInfo fcinfo, int arg)
{
	static const struct
	{
		const char *name;
		OlDirection direction;
	}			names[] = {
		{"upstream", OL_UPSTREAM},
		{"downstream", OL_DOWNSTREAM},
		{"both", OL_BOTH},
		{"undirected", OL_UNDIRECTED}
	};
	char	   *text = ol_args_text(fcinfo, arg, "direction");

	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(text, names[i].name) == 0)
			return names[i].direction;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid direction: \"%s\"", text),
			 errhint("A direction is upstream, downstream, both or undirected.")));
	pg_unreachable();
}

/* A label of openlineage.edge_kind. */
static int
edge_kind(const char *label)
{
	if (strcmp(label, "data") == 0)
		return OL_EDGE_DATA;
	if (strcmp(label, "derives") == 0)
		return OL_EDGE_DERIVES;
	return OL_EDGE_CONTROL;
}

/* An openlineage.edge_kind[] as OL_EDGE_*. */
int
ol_args_kinds(FunctionCallInfo fcinfo, int arg)
{
	ArrayType  *array;
	const Oid  *labels;
	int			n;
	int			kinds = 0;

	refuse_null(fcinfo, arg, "kinds");
	array = PG_GETARG_ARRAYTYPE_P(arg);
	refuse_null_elements(array, "kinds");
	n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	labels = (const Oid *) ARR_DATA_PTR(array);
	for (int i = 0; i < n; i++)
	{
		Datum		label = DirectFunctionCall1(enum_out,
												ObjectIdGetDatum(labels[i]));

		kinds |= edge_kind(DatumGetCString(label));
	}
	return kinds;
}

/* openlineage.lineage_max_nodes; no limit while it is not set. */
int
ol_node_limit_setting(void)
{
	const char *value = GetConfigOption("openlineage.lineage_max_nodes", true,
										false);
	char	   *end;
	long		limit;

	if (value == NULL || *value == '\0')
		return OL_LIMIT_NONE;
	errno = 0;
	limit = strtol(value, &end, 10);
	if (errno != 0 || *end != '\0' || limit < 0 || limit > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\": \"%s\"",
						"openlineage.lineage_max_nodes", value),
				 errhint("It is a number of nodes; 0 is no limit.")));
	return (int) limit;
}

/* Null leaves it to the setting. */
int
ol_args_node_limit(FunctionCallInfo fcinfo, int arg)
{
	int			limit;

	if (PG_ARGISNULL(arg))
		return ol_node_limit_setting();
	limit = PG_GETARG_INT32(arg);
	if (limit < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("node_limit must not be negative"),
				 errhint("0 is no limit, null the setting \"openlineage.lineage_max_nodes\".")));
	return limit;
}

/*
 * as_of, and run behind it where the function has one; NULL for now.  Between
 * SPI_connect() and SPI_finish(), when the rest of the request is known.
 */
const OlPast *
ol_args_past(FunctionCallInfo fcinfo, int arg, const OlWalkRequest *request)
{
	bool		of_time = !PG_ARGISNULL(arg);
	bool		of_run = PG_NARGS() > arg + 1 && !PG_ARGISNULL(arg + 1);

	if (!of_time && !of_run)
		return NULL;
	if (of_time && of_run)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of and run exclude each other"),
				 errhint("What a run saw has a time of its own.")));
	if (request->graph == OL_GRAPH_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("edges between columns have no past"),
				 errhint("Ask about the dataset instead of its column.")));
	if (of_time)
		return ol_past_of_time(PG_GETARG_TIMESTAMPTZ(arg));
	return ol_past_of_run(PG_GETARG_UUID_P(arg + 1), request);
}
