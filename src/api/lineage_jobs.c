/*-------------------------------------------------------------------------
 * lineage_jobs.c
 *	  What lineage nodes show of jobs.
 *
 * The run of a job is its latest, or where the graph is that of runs, the
 * first of the job among them.  Read as the caller, one statement per table.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "api/lineage_parts.h"
#include "base/compat.h"
#include "base/hash.h"
#include "catalog/pg_type.h"
#include "graph/query.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

typedef struct Job
{
	text	   *type;			/* NULL: no such job to be seen */
	text	   *location;
	text	   *description;
	int32		parent_id;
	TimestampTz created_at;
	TimestampTz updated_at;
	bool		has_run;
	pg_uuid_t	run_id;
} Job;

struct OlGraphJobs
{
	Job		   *jobs;			/* by the place of the member */
	OlRunSet   *runs;
	OlTitles   *names;
};

static OlQuery jobs_by_id = {
	"SELECT j.node_id, j.type, j.parent_id, j.created_at, j.location, j.description"
	" FROM openlineage.job AS j WHERE j.node_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static OlQuery activity_by_id = {
	"SELECT a.node_id, a.updated_at, a.latest_run_id"
	" FROM openlineage.job_activity AS a WHERE a.node_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static OlQuery runs_seen = {
	"SELECT s.job_id, s.run_id FROM openlineage.seen_runs($1) AS s",
	1, {UUIDARRAYOID}, true
};

/* The place of a job, or NULL when it is no member. */
static Job *
find_job(const OlGraphJobs *jobs, Datum id)
{
	const OlTitle *name = ol_titles_find(jobs->names, DatumGetInt32(id));

	return name == NULL || name->member < 0 ? NULL : &jobs->jobs[name->member];
}

static text *
text_or_null(TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? NULL :
		DatumGetTextPCopy(slot->tts_values[column]);
}

static void
receive_job(TupleTableSlot *slot, void *arg)
{
	OlGraphJobs *jobs = arg;
	Job		   *job = find_job(jobs, slot->tts_values[0]);

	job->type = text_or_null(slot, 1);
	if (!slot->tts_isnull[2])
	{
		job->parent_id = DatumGetInt32(slot->tts_values[2]);
		ol_titles_want(jobs->names, job->parent_id);
	}
	job->created_at = DatumGetTimestampTz(slot->tts_values[3]);
	job->updated_at = job->created_at;
	job->location = text_or_null(slot, 4);
	job->description = text_or_null(slot, 5);
}

static void
receive_activity(TupleTableSlot *slot, void *arg)
{
	Job		   *job = find_job(arg, slot->tts_values[0]);

	if (job->type == NULL)
		return;
	job->updated_at = DatumGetTimestampTz(slot->tts_values[1]);
	if (slot->tts_isnull[2])
		return;
	job->has_run = true;
	job->run_id = *DatumGetUUIDP(slot->tts_values[2]);
}

static void
receive_seen(TupleTableSlot *slot, void *arg)
{
	Job		   *job = find_job(arg, slot->tts_values[0]);

	if (job == NULL || job->type == NULL)
		return;
	job->has_run = true;
	job->run_id = *DatumGetUUIDP(slot->tts_values[1]);
}

OlGraphJobs *
ol_graph_jobs_read(OlTitles *names, OlTitle **members, int n, const OlEdgesOf *of)
{
	OlGraphJobs *jobs = palloc(sizeof(OlGraphJobs));
	int32	   *ids = palloc(sizeof(int32) * Max(n, 1));
	pg_uuid_t  *run_ids = palloc_extended(sizeof(pg_uuid_t) * Max(n, 1),
										  MCXT_ALLOC_HUGE);
	int			njobs = 0;
	int			nruns = 0;
	Datum		value;

	jobs->names = names;
	jobs->jobs = palloc_extended(sizeof(Job) * Max(n, 1),
								 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < n; i++)
	{
		if (members[i]->is_job)
			ids[njobs++] = members[i]->id;
	}
	value = ol_sorted_int_array(ids, njobs);
	if (njobs > 0)
	{
		ol_query_run(&jobs_by_id, &value, receive_job, jobs);
		ol_query_run(&activity_by_id, &value, receive_activity, jobs);
		if (of->of_runs)
			ol_query_run(&runs_seen, &of->runs, receive_seen, jobs);
	}
	for (int i = 0; i < n; i++)
	{
		if (jobs->jobs[i].has_run)
			run_ids[nruns++] = jobs->jobs[i].run_id;
	}
	jobs->runs = ol_runset_read(run_ids, nruns, names);
	pfree(run_ids);
	pfree(ids);
	return jobs;
}

/* The name without that of the parent before it, and what else is told of the parent. */
static void
put_parent(StringInfo json, const OlTitle *name, const OlTitle *parent)
{
	text	   *own = name->name;
	int			len = parent == NULL ? 0 : VARSIZE_ANY_EXHDR(parent->name);

	if (parent != NULL && VARSIZE_ANY_EXHDR(own) > len &&
		memcmp(VARDATA_ANY(own), VARDATA_ANY(parent->name), len) == 0 &&
		VARDATA_ANY(own)[len] == '.')
		own = cstring_to_text_with_len(VARDATA_ANY(own) + len + 1,
									   VARSIZE_ANY_EXHDR(own) - len - 1);
	ol_form_literal(json, ", \"simpleName\" : ");
	ol_form_text(json, own);
	ol_form_literal(json, ", \"parentJobName\" : ");
	ol_form_text(json, parent == NULL ? NULL : parent->name);
	ol_form_literal(json, ", \"parentJobUuid\" : ");
	if (parent == NULL)
		ol_form_literal(json, "null");
	else
	{
		OlHash		nothing = ol_hash("", 0);
		pg_uuid_t	uuid = ol_version_id("job-id", parent->space->name,
										 parent->name, &nothing);

		ol_form_uuid(json, &uuid);
	}
}

/* The datasets at the other ends. */
static void
put_datasets(StringInfo json, const OlTitle *name, const OlGraphLinks *links,
			 const OlAdjacency *adjacency)
{
	bool		first = true;

	appendStringInfoChar(json, '[');
	for (int i = adjacency->first[name->rank];
		 i < adjacency->first[name->rank + 1]; i++)
	{
		const OlTitle *other = links->ranked[adjacency->other[i]];

		if (other->is_job)
			continue;
		if (!first)
			ol_form_literal(json, ", ");
		first = false;
		appendStringInfoChar(json, '{');
		ol_form_put(json, other->members);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

void
ol_graph_job_write(StringInfo json, const OlGraphJobs *jobs, const OlTitle *name,
				   const OlTitles *names, const OlGraphLinks *links)
{
	const Job  *job = &jobs->jobs[name->member];
	bool		known = job->type != NULL;
	OlRun	   *run = job->has_run ? ol_runset_find(jobs->runs, &job->run_id) : NULL;

	ol_form_literal(json, "{\"id\" : {");
	ol_form_put(json, name->members);
	ol_form_literal(json, "}, \"type\" : ");
	ol_form_text(json, job->type);
	ol_form_literal(json, ", \"name\" : ");
	ol_form_text(json, name->name);
	if (known)
		put_parent(json, name, job->parent_id == 0 ? NULL :
				   ol_titles_find(names, job->parent_id));
	else
		ol_form_literal(json, ", \"simpleName\" : null, \"parentJobName\" : null, \"parentJobUuid\" : null");
	ol_form_literal(json, ", \"currentRunUuid\" : ");
	if (job->has_run)
		ol_form_uuid(json, &job->run_id);
	else
		ol_form_literal(json, "null");
	ol_form_literal(json, ", \"createdAt\" : ");
	ol_form_time(json, known ? job->created_at : OL_NO_TIME);
	ol_form_literal(json, ", \"updatedAt\" : ");
	ol_form_time(json, known ? job->updated_at : OL_NO_TIME);
	ol_form_literal(json, ", \"namespace\" : ");
	ol_form_put(json, name->space->form);
	ol_form_literal(json, ", \"inputs\" : ");
	put_datasets(json, name, links, &links->in);
	ol_form_literal(json, ", \"outputs\" : ");
	put_datasets(json, name, links, &links->out);
	ol_form_literal(json, ", \"location\" : ");
	ol_form_text(json, job->location);
	ol_form_literal(json, ", \"description\" : ");
	ol_form_text(json, job->description);
	ol_form_literal(json, ", \"latestRun\" : ");
	if (run == NULL || ol_titles_find(names, run->job_id) == NULL)
		ol_form_literal(json, "null");
	else
		ol_run_write(json, jobs->runs, run, names);
	appendStringInfoChar(json, '}');
}
