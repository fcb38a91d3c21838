-- Jobs: all their keys, the order of lists, a child by its own name and as parent.child, filters.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT t.show(openlineage.api_job('{sched,nightly.load}', '{}'));
SELECT t.keys(openlineage.api_job('{sched,sum_up}', '{}'));
-- Last updated first; a placeholder parent is a job too.
SELECT j ->> 'name', j ->> 'updatedAt', j #>> '{latestRun,state}', json_array_length(j -> 'latestRuns')
  FROM json_array_elements(openlineage.api_jobs('{}', '{}') -> 'jobs') AS j;
SELECT t.keys(openlineage.api_jobs('{}', '{}')), openlineage.api_jobs('{}', '{}') ->> 'totalCount';
SELECT j ->> 'name' FROM json_array_elements(openlineage.api_namespace_jobs('{sched}', '{"limit": ["1"], "offset": ["1"]}') -> 'jobs') AS j;
-- totalCount does not know the filter.
SELECT f, a ->> 'totalCount', (SELECT string_agg(j ->> 'name', ' ') FROM json_array_elements(a -> 'jobs') AS j)
  FROM unnest(ARRAY['["RUNNING"]', '["failed", "NEW"]', '["OTHER"]', '["COMPLETED", "OTHER"]', '[]', '[""]']) AS f
 CROSS JOIN LATERAL openlineage.api_jobs('{}', json_build_object('lastRunStates', f::json)) AS a;
-- A namespace that nobody knows has no jobs.
SELECT openlineage.api_namespace_jobs('{nowhere}', '{}');

-- A child whose own name does not start with its parent's is found under both names, as it was asked for.
SELECT ingest(t.run_event('START', '11:00', 5, 'child.x', run_facets =>
    '{"parent": {"run": {"runId": "00000000-0000-4000-8000-000000000099"}, "job": {"namespace": "sched", "name": "nightly"}}}'));
SELECT n, j ->> 'name', j -> 'id' ->> 'name', j ->> 'simpleName', j ->> 'parentJobName', j ->> 'parentJobUuid' IS NOT NULL
  FROM unnest('{child.x,nightly.child.x}'::text[]) AS n CROSS JOIN LATERAL openlineage.api_job(ARRAY['sched', n], '{}') AS j;
SELECT t.failure($$SELECT openlineage.api_job('{sched,weekly.child.x}', '{}')$$);
SELECT openlineage.api_job('{sched,nightly.load}', '{}') ->> 'parentJobUuid' = openlineage.api_job('{sched,child.x}', '{}') ->> 'parentJobUuid';

-- The ten latest runs, latest start first, and the runs page by page.
SELECT sum(ingest(t.run_event('START', '12:' || lpad(i::text, 2, '0'), 100 + i, 'often'))) FROM generate_series(1, 12) AS i;
SELECT string_agg(right(r ->> 'id', 3), ' ') FROM json_array_elements(openlineage.api_job('{sched,often}', '{}') -> 'latestRuns') AS r;
SELECT string_agg(right(r ->> 'id', 3), ' ') FROM json_array_elements(openlineage.api_job_runs('{sched,often}', '{"limit": ["3"], "offset": ["10"]}') -> 'runs') AS r;
SELECT openlineage.api_job_runs('{sched,often}', '{}') ->> 'totalCount';

-- Steps of explicit lineage are shown as their job.
SELECT ingest(t.job_event('13:00', 'mixed', job_facets => '{"lineage": {"entries": [
    {"type": "DATASET", "namespace": "db", "name": "c", "inputs": [{"type": "DATASET", "namespace": "db", "name": "a"}]},
    {"type": "DATASET", "namespace": "db", "name": "d", "inputs": [{"type": "DATASET", "namespace": "db", "name": "b"}]}]}}'));
SELECT j -> 'inputs', j -> 'outputs', j -> 'latestRun', j -> 'latestRuns' FROM openlineage.api_job('{sched,mixed}', '{}') AS j;

ROLLBACK;
