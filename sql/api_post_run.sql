-- POST of a run and its transitions.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set commands :input '/test/lib/commands.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\i :commands
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT a.status FROM openlineage.api_put_namespace('{db}', '{}', '{"ownerName": "ann"}') AS a;
SELECT a.status FROM openlineage.api_put_namespace('{sched}', '{}', '{"ownerName": "ann"}') AS a;
SELECT a.status FROM openlineage.api_put_source('{warehouse}', '{}', '{"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://h/d"}') AS a;
SELECT count(t.put_dataset(name, t.table_meta('a'))) FROM unnest('{in,out}'::text[]) AS name;
SELECT a.status FROM t.put_job('load', t.job_meta('https://git.example/load')) AS a;
-- A run with all there is to say: args as strings, the job's inputs and version.
SELECT t.told(t.post_run('load', '{"id": "00000000-0000-4000-8000-000000000001", "nominalStartTime": "2026-01-05T08:00:00Z",
    "nominalEndTime": "2026-01-05T09:00:00.5+00:00", "args": {"email": "a@b", "n": 1.50, "flag": true, "none": null}}'));
-- Nothing but a body: an id is made, and Location tells it.
SELECT a.status, a.location = '/api/v1/jobs/runs/' || (a.body ->> 'id'), a.body ->> 'state', a.body -> 'args', a.body ->> 'startedAt'
  FROM t.post_run('load', '{}') AS a;
-- Start, what it wrote, complete: as the clients of Marquez do.
SELECT a.body ->> 'state', a.body ->> 'startedAt', a.body ->> 'endedAt', a.body -> 'args'
  FROM openlineage.api_start_run('{00000000-0000-4000-8000-000000000001}', '{"at": ["2026-01-05T08:00:01.25Z"]}', NULL) AS a;
SELECT a.status FROM t.put_dataset('out', t.table_meta('a', 1)) AS a;
SELECT a.body ->> 'state', a.body ->> 'startedAt', a.body ->> 'endedAt', a.body ->> 'durationMs'
  FROM openlineage.api_complete_run('{00000000-0000-4000-8000-000000000001}', '{"at": ["2026-01-05T08:00:03Z"]}', NULL) AS a;
SELECT v #>> '{latestRun,id}', v -> 'inputs', v -> 'outputs' FROM json_array_elements(openlineage.api_job_versions('{sched,load}', '{}') -> 'versions') AS v
 WHERE v -> 'outputs' #>> '{0,name}' = 'out';
SELECT t.run(1) #>> '{inputDatasetVersions,0,datasetVersionId,version}' <> t.run(1) #>> '{outputDatasetVersions,0,datasetVersionId,version}',
       t.versions('out');
-- Every transition from every state is taken; the latest end counts, and a batch does not start again.
CREATE FUNCTION t.marked(run int, VARIADIC steps text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    step    text;
    states  text;
BEGIN
    PERFORM t.post_run('load', json_build_object('id', t.run_id(run))::text);
    FOREACH step IN ARRAY steps LOOP
        EXECUTE format('SELECT openlineage.api_%s_run($1, $2, NULL)', split_part(step, ' ', 1))
          USING ARRAY[t.run_id(run)],
                CASE WHEN step LIKE '% %' THEN json_build_object('at', ARRAY[t.at(split_part(step, ' ', 2))]) ELSE '{}' END;
        states := concat_ws(' ', states, t.run(run) ->> 'state');
    END LOOP;
    RETURN format('%s, started %s, ended %s', states, t.clock((t.run(run) ->> 'startedAt')::timestamptz), t.clock((t.run(run) ->> 'endedAt')::timestamptz));
END
$$;
SELECT t.marked(11, 'complete 08:00');
SELECT t.marked(12, 'start 08:00', 'fail 09:00', 'abort 10:00', 'complete 11:00', 'start 12:00');
SELECT t.marked(13, 'start 09:00', 'start 08:00', 'start 10:00', 'fail 11:00', 'complete 10:30');
SELECT split_part(t.marked(14, 'start', 'fail', 'abort', 'complete', 'fail', 'start'), ',', 1);
-- A job of type STREAM starts again.
SELECT a.status FROM t.put_job('load', replace(t.job_meta('https://git.example/load'), 'BATCH', 'STREAM')) AS a;
SELECT t.marked(15, 'start 08:00', 'complete 09:00', 'start 10:00');
SELECT a.status FROM t.put_job('load', t.job_meta('https://git.example/load')) AS a;
-- Without a time an end counts also where the clock is behind what is known of the run.
SELECT ingest(t.run_event('COMPLETE', '2099-01-01T00:00:00Z', 16, 'load'));
SELECT a.body ->> 'state', a.body ->> 'endedAt' FROM openlineage.api_fail_run('{00000000-0000-4000-8000-000000000016}', '{}', NULL) AS a;
-- The order of runs, the latest start first.
SELECT string_agg(right(r ->> 'id', 4), ' ') FROM json_array_elements(openlineage.api_job_runs('{sched,load}', '{}') -> 'runs') AS r
 WHERE r ->> 'id' LIKE '00000000%' AND (r ->> 'startedAt' IS NULL OR r ->> 'startedAt' < '2026-02');
-- A run that a producer then tells of: its own code, datasets and times join what was posted, args stay.
SELECT a.status FROM t.post_run('load', '{"id": "00000000-0000-4000-8000-000000000020", "args": {"a": "b"}}') AS a;
SELECT ingest(t.run_event('START', '08:00', 20, 'load', t.datasets('in'), t.datasets('more'), '{"mine": {"x": 1}}', '{"sql": {"query": "select 2"}}'));
SELECT t.run(20) ->> 'state', t.run(20) -> 'args', t.keys(t.run(20) -> 'facets'),
       (SELECT string_agg(o #>> '{datasetVersionId,name}', ' ') FROM json_array_elements(t.run(20) -> 'outputDatasetVersions') AS o);
-- A run that only its children named is not there yet.
SELECT ingest(t.run_event('START', '08:00', 21, 'child', NULL, NULL, '{"parent": {"run": {"runId": "00000000-0000-4000-8000-000000000022"}, "job": {"namespace": "sched", "name": "load"}}}'));
SELECT a.status, a.body ->> 'state' FROM t.post_run('load', '{"id": "00000000-0000-4000-8000-000000000022"}') AS a;
-- A job without anything: its run is of its version.
SELECT a.status FROM t.put_job('bare', '{"type": "BATCH", "inputs": [], "outputs": []}') AS a;
SELECT a.body #>> '{jobVersion,version}' = openlineage.api_job('{sched,bare}', '{}') ->> 'currentVersion' FROM t.post_run('bare', '{"id": "00000000-0000-4000-8000-000000000030"}') AS a;
SELECT v #>> '{latestRun,id}' FROM json_array_elements(openlineage.api_job_versions('{sched,bare}', '{}') -> 'versions') AS v;
-- Errors.
SELECT t.failures($$api_post_run('{gone,load}', '{}', '{}')$$, $$api_post_run('{sched,gone}', '{}', '{}')$$,
                  $$api_post_run('{sched,load}', '{}', '{"id": "00000000-0000-4000-8000-000000000001"}')$$,
                  $$api_post_run('{sched,bare}', '{}', '{"id": "00000000-0000-4000-8000-000000000016"}')$$,
                  $$api_post_run('{sched,load}', '{}', NULL)$$, $$api_post_run('{sched,load}', '{}', '{')$$, $$api_post_run('{sched,load}', '{}', '"x"')$$,
                  $$api_post_run('{sched,load}', '{}', '{"id": "seven"}')$$, $$api_post_run('{sched,load}', '{}', '{"nominalStartTime": "soon"}')$$,
                  $$api_post_run('{sched,load}', '{}', '{"nominalEndTime": {}}')$$, $$api_post_run('{sched,load}', '{}', '{"args": []}')$$,
                  $$api_post_run('{sched,load}', '{}', '{"args": {"a": [1]}}')$$);
SELECT t.failures(format($$api_%s_run('{00000000-0000-4000-8000-000000000077}', '{}', NULL)$$, k), format($$api_%s_run('{seven}', '{}', NULL)$$, k),
                  format($$api_%s_run('{00000000-0000-4000-8000-000000000001}', '{"at": ["soon"]}', NULL)$$, k))
  FROM unnest('{start,complete,fail,abort}'::text[]) AS k;
SELECT t.run(1) ->> 'state', t.run(16) ->> 'state';
ROLLBACK;
