/*-------------------------------------------------------------------------
 * answer.c
 *	  Answers of other forms than rows of nodes: impact_summary(), walk_ids(),
 *	  walk_edges() and lineage_path() of SQL.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "graph/args.h"
#include "graph/idset.h"
#include "graph/levels.h"
#include "graph/query.h"
#include "graph/question.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

/* More nodes than this: all edges are read rather than theirs looked up. */
#define MOST_LOOKUPS 5000

PG_FUNCTION_INFO_V1(ol_impact_summary);
PG_FUNCTION_INFO_V1(ol_impact_summary_many);
PG_FUNCTION_INFO_V1(ol_walk_ids);
PG_FUNCTION_INFO_V1(ol_walk_edges);
PG_FUNCTION_INFO_V1(ol_lineage_path);

#define WANTED_KIND \
	"CASE e.kind WHEN 'data' THEN $2 WHEN 'derives' THEN $3 ELSE $4 END"

static OlQuery edges_of_nodes = {
	"SELECT e.src, e.dst, e.kind FROM openlineage.edge AS e"
	" WHERE e.src = ANY ($1) AND " WANTED_KIND,
	4, {INT4ARRAYOID, BOOLOID, BOOLOID, BOOLOID}
};

static OlQuery all_edges = {
	"SELECT e.src, e.dst, e.kind FROM openlineage.edge AS e"
	" WHERE $1 IS NOT NULL AND " WANTED_KIND,
	4, {INT4ARRAYOID, BOOLOID, BOOLOID, BOOLOID},
	true
};

typedef struct GroupKey
{
	int32		namespace_id;
	int32		distance;
	int32		kind;			/* its first letter */
} GroupKey;

typedef struct RowGroup
{
	GroupKey	key;
	const char *kind;
	text	   *namespace_name;
	int64		n;
} RowGroup;

static void
put_groups(ReturnSetInfo *rsinfo, HTAB *groups)
{
	HASH_SEQ_STATUS scan;
	RowGroup   *group;

	hash_seq_init(&scan, groups);
	while ((group = hash_seq_search(&scan)) != NULL)
	{
		bool		nulls[4] = {false};
		Datum		values[4];

		values[0] = CStringGetTextDatum(group->kind);
		values[1] = PointerGetDatum(group->namespace_name);
		values[2] = Int32GetDatum(group->key.distance);
		values[3] = Int64GetDatum(group->n);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
}

static HTAB *
group_rows(const OlAnswer *answer)
{
	HASHCTL		control = {.keysize = sizeof(GroupKey),
	.entrysize = sizeof(RowGroup),.hcxt = CurrentMemoryContext};
	HTAB	   *groups = hash_create("rows of an answer by kind", 256, &control,
									 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < answer->nrows; i++)
	{
		const OlLabel *label = &answer->labels[answer->rows[i]];
		GroupKey	key;
		RowGroup   *group;
		bool		found;

		memset(&key, 0, sizeof(key));
		key.namespace_id = label->namespace_id;
		key.distance = answer->walk->rows[answer->rows[i]].distance;
		key.kind = (unsigned char) label->kind[0];
		group = hash_search(groups, &key, HASH_ENTER, &found);
		if (!found)
		{
			group->kind = label->kind;
			group->namespace_name = label->namespace_name;
			group->n = 0;
		}
		group->n++;
	}
	return groups;
}

static Datum
answer_summary(FunctionCallInfo fcinfo, OlQuestionForm form)
{
	OlQuestion *question;
	OlAnswer   *answer;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	question = ol_question_impact(fcinfo, form);
	answer = ol_answer_create(&question->request, ol_question_walk(question),
							  false);
	put_groups((ReturnSetInfo *) fcinfo->resultinfo, group_rows(answer));
	SPI_finish();
	return (Datum) 0;
}

/* SQL: impact_summary() */
Datum
ol_impact_summary(PG_FUNCTION_ARGS)
{
	return answer_summary(fcinfo, OL_BY_ID);
}

Datum
ol_impact_summary_many(PG_FUNCTION_ARGS)
{
	return answer_summary(fcinfo, OL_BY_IDS);
}

/* The arguments that walk_ids() and walk_edges() share, and their walk. */
static OlWalkResult *
walk_ids(FunctionCallInfo fcinfo, OlWalkRequest *request)
{
	OlWalkResult *walk;

	ol_walk_request_init(request, OL_GRAPH_NODES);
	request->start = ol_args_ids(fcinfo, 0, &request->nstart);
	request->depth = ol_args_depth(fcinfo, 1);
	request->direction = ol_args_direction(fcinfo, 2);
	request->node_limit = ol_args_node_limit(fcinfo, 3);
	request->kinds = ol_args_kinds(fcinfo, 4);
	walk = ol_graph_walk(request);
	if (walk->truncated)
		ereport(NOTICE,
				(errmsg_plural("walk was cut off after %d node",
							   "walk was cut off after %d nodes",
							   request->node_limit, request->node_limit)));
	return walk;
}

/* Each node once, in the order of the walk. */
static int
list_ids(const OlWalkResult *walk, int32 *ids)
{
	int			n = 0;

	for (int i = 0; i < walk->nrows; i++)
	{
		if (!walk->rows[i].repeated)
			ids[n++] = walk->rows[i].id;
	}
	return n;
}

static int32 *
alloc_ids(const OlWalkResult *walk)
{
	return palloc_extended(sizeof(int32) * Max(walk->nrows, 1),
						   MCXT_ALLOC_HUGE);
}

/* SQL: walk_ids() */
Datum
ol_walk_ids(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	OlWalkRequest request;
	OlWalkResult *walk;
	int32	   *ids;
	int			n;
	Datum		result;

	SPI_connect();
	walk = walk_ids(fcinfo, &request);
	if (walk->nrows > MaxArraySize / 4)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many nodes for an array"),
				 errhint("Ask walk() for rows.")));
	ids = alloc_ids(walk);
	n = list_ids(walk, ids);
	MemoryContextSwitchTo(caller);
	result = ol_int_array(ids, n);
	SPI_finish();
	return result;
}

typedef struct EdgeSink
{
	ReturnSetInfo *rsinfo;
	OlIdSet    *reached;
} EdgeSink;

static void
receive_edge(TupleTableSlot *slot, void *arg)
{
	EdgeSink   *sink = arg;
	bool		nulls[3] = {false};

	if (ol_idset_has(sink->reached, DatumGetInt32(slot->tts_values[0])) &&
		ol_idset_has(sink->reached, DatumGetInt32(slot->tts_values[1])))
		tuplestore_putvalues(sink->rsinfo->setResult, sink->rsinfo->setDesc,
							 slot->tts_values, nulls);
}

/* SQL: walk_edges() */
Datum
ol_walk_edges(PG_FUNCTION_ARGS)
{
	OlWalkRequest request;
	OlWalkResult *walk;
	EdgeSink	sink = {(ReturnSetInfo *) fcinfo->resultinfo};
	int32	   *ids;
	int			n;
	Datum		values[4];

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	walk = walk_ids(fcinfo, &request);
	ids = alloc_ids(walk);
	n = list_ids(walk, ids);
	sink.reached = ol_idset_create();
	for (int i = 0; i < n; i++)
		ol_idset_add(sink.reached, ids[i]);
	values[0] = ol_int_array(ids, n > MOST_LOOKUPS ? 0 : n);
	values[1] = BoolGetDatum((request.kinds & OL_EDGE_DATA) != 0);
	values[2] = BoolGetDatum((request.kinds & OL_EDGE_DERIVES) != 0);
	values[3] = BoolGetDatum((request.kinds & OL_EDGE_CONTROL) != 0);
	ol_query_run(n > MOST_LOOKUPS ? &all_edges : &edges_of_nodes, values,
				 receive_edge, &sink);
	SPI_finish();
	return (Datum) 0;
}

/*
 * Let the walk end where the target is reached: a job by any of its steps, a
 * column that stands for all of its dataset by any of them.
 */
static OlIdSet *
aim_at(OlWalkRequest *request, const OlPlace *target)
{
	OlWalkRequest from = *request;
	OlIdSet    *targets = ol_idset_create();

	from.start = target->ids;
	from.nstart = target->n;
	request->targets = ol_levels_starts(&from, &request->ntargets);
	for (int i = 0; i < request->ntargets; i++)
		ol_idset_add(targets, request->targets[i]);
	return targets;
}

/* The rows of a walk from a start to the first target, as a walk of its own. */
static OlWalkResult *
cut_path(const OlWalkResult *walk, OlIdSet *targets)
{
	OlWalkResult *path = palloc0(sizeof(OlWalkResult));
	int			at = 0;

	while (at < walk->nrows && !ol_idset_has(targets, walk->rows[at].id))
		at++;
	if (at == walk->nrows)
		return path;
	path->nrows = walk->rows[at].distance + 1;
	path->nstart = 1;
	path->rows = palloc(sizeof(OlWalkRow) * path->nrows);
	for (int i = path->nrows - 1; i >= 0; i--)
	{
		path->rows[i] = walk->rows[at];
		path->rows[i].repeated = false;
		path->rows[i].from = i - 1;
		at = walk->rows[at].from;
	}
	return path;
}

static void
put_path(ReturnSetInfo *rsinfo, const OlWalkRequest *request,
		 OlWalkResult *path)
{
	OlAnswer   *answer = ol_answer_create(request, path, true);

	for (int i = 0; i < path->nrows; i++)
	{
		const OlLabel *label = &answer->labels[i];
		bool		nulls[6] = {false};
		Datum		values[6];

		if (label->shown <= 0 || label->is_hidden)
			continue;
		values[0] = Int32GetDatum(path->rows[i].distance);
		values[1] = PointerGetDatum(ol_label_node(label));
		values[2] = CStringGetTextDatum(label->kind);
		values[3] = PointerGetDatum(label->namespace_name);
		values[4] = PointerGetDatum(label->name);
		values[5] = PointerGetDatum(label->field);
		nulls[5] = label->field == NULL;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
}

/* SQL: lineage_path() */
Datum
ol_lineage_path(PG_FUNCTION_ARGS)
{
	OlPlace		source;
	OlPlace		target;
	OlWalkRequest request;
	OlIdSet    *targets;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	source = ol_question_place(ol_args_text(fcinfo, 0, "source"));
	target = ol_question_place(ol_args_text(fcinfo, 1, "target"));
	if (source.graph != target.graph)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no path leads from a column to a dataset or job, nor back"),
				 errhint("Ask about two columns, or about datasets and jobs.")));
	ol_walk_request_init(&request, source.graph);
	request.start = source.ids;
	request.nstart = source.n;
	request.direction = ol_args_direction(fcinfo, 2);
	request.kinds = ol_args_kinds(fcinfo, 3);
	targets = aim_at(&request, &target);
	put_path((ReturnSetInfo *) fcinfo->resultinfo, &request,
			 cut_path(ol_graph_walk(&request), targets));
	SPI_finish();
	return (Datum) 0;
}
