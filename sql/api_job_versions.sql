-- GET …/jobs/{job}/versions and …/versions/{version}: what each version reads and writes, when it came, its latest run.
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
CREATE FUNCTION t.versions(job text, query json = '{}') RETURNS SETOF json LANGUAGE sql AS $$
    SELECT v FROM json_array_elements(openlineage.api_job_versions(ARRAY['sched', job], query) -> 'versions') AS v
$$;
SELECT t.keys(api_job_versions('{sched,sum_up}', '{}')), t.keys(v), t.keys(v -> 'id') FROM t.versions('sum_up') AS v;
SELECT v ->> 'name', v ->> 'namespace', v ->> 'createdAt', v ->> 'location', v ->> 'inputs', v ->> 'outputs', right(v #>> '{latestRun,id}', 2),
       v ->> 'version' = api_job('{sched,sum_up}', '{}') ->> 'currentVersion' AS is_current, v #>> '{id,version}' = v ->> 'version' AS is_id,
       v #>> '{latestRun,jobVersion,version}' = v ->> 'version' AS is_of_its_run,
       (v -> 'latestRun')::text = api_run(ARRAY[t.run_id(3)], '{}')::text AS run_is_full,
       v::text = api_job_version(ARRAY['sched', 'sum_up', v ->> 'version'], '{}')::text AS same_alone
  FROM t.versions('sum_up') AS v;
-- A child is found under its own name and as parent.child.
SELECT v ->> 'name', v #>> '{id,name}', v ->> 'createdAt', v ->> 'version' = w ->> 'version'
  FROM json_array_elements(api_job_versions('{sched,nightly.nightly.load}', '{}') -> 'versions') AS v, t.versions('nightly.load') AS w;
-- Never ran: no versions.  What a run told on its way to another version does not count.
SELECT api_job_versions('{sched,nightly}', '{}');
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '11:00', 11, 'grow', t.datasets('a'))),
    (t.run_event('COMPLETE', '11:10', 11, 'grow', t.datasets('a'), t.datasets('b', 'c'), '{}', '{"sourceCodeLocation": {"type": "git", "url": "https://example.org/1"}}')),
    (t.run_event('COMPLETE', '12:00', 12, 'grow', t.datasets('a'))),
    (t.run_event('COMPLETE', '12:30', 13, 'grow', t.datasets('a'), t.datasets('b', 'c'), '{}', '{"sourceCodeLocation": {"type": "git", "url": "https://example.org/1"}}'))) AS v (e);
SELECT v ->> 'createdAt', v ->> 'location', v ->> 'inputs', v ->> 'outputs', right(v #>> '{latestRun,id}', 2) FROM t.versions('grow') AS v;
SELECT v ->> 'createdAt' FROM t.versions('grow', '{"limit": ["1"], "offset": ["1"]}') AS v;
SELECT api_job_versions('{sched,grow}', '{"limit": ["0"]}');
-- Declared, and declared again later: it came with the first.
SELECT sum(ingest(t.job_event(c, 'plan', t.datasets('a'), t.datasets('d')))) FROM unnest(ARRAY['14:00', '13:00', '15:00']) AS c;
SELECT v ->> 'createdAt', v ->> 'latestRun', v ->> 'inputs', v ->> 'outputs' FROM t.versions('plan') AS v;
-- Two names of one dataset are one, in versions too.
SELECT ingest(t.dataset_event('15:30', 'a', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "d", "type": "TABLE"}]}}'));
SELECT v ->> 'createdAt', v ->> 'inputs', v ->> 'outputs' FROM t.versions('plan') AS v;
-- Errors.
SELECT t.failure('SELECT openlineage.' || c) FROM unnest(ARRAY[
    $$api_job_versions('{x,grow}', '{}')$$, $$api_job_versions('{sched,x}', '{}')$$, $$api_job_versions('{sched,grow}', '{"limit": ["-1"]}')$$,
    $$api_job_versions('{sched,grow}', '{"offset": ["x"]}')$$, $$api_job_version('{sched,grow,x}', '{}')$$,
    $$api_job_version('{sched,grow,00000000-0000-4000-8000-000000000001}', '{}')$$, $$api_job_version('{x,grow,00000000-0000-4000-8000-000000000001}', '{}')$$,
    $$api_job_version('{sched,x,00000000-0000-4000-8000-000000000001}', '{}')$$]) AS c;

ROLLBACK;
