-- Runs: times, durations, args, the versions they read and wrote, and their facets.
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
SELECT t.show(openlineage.api_run('{00000000-0000-4000-8000-000000000001}', '{}'));
-- A parent that only its child named has no state of its own.
SELECT t.show(openlineage.api_run('{00000000-0000-4000-8000-000000000099}', '{}'));
SELECT r ->> 'state', r ->> 'startedAt', r ->> 'endedAt', r ->> 'durationMs', r -> 'args'
  FROM openlineage.api_run('{00000000-0000-4000-8000-000000000002}', '{}') AS r;
-- The same in a list.
SELECT openlineage.api_run('{00000000-0000-4000-8000-000000000001}', '{}')::text
     = (openlineage.api_job_runs('{sched,nightly.load}', '{}') -> 'runs' -> 0)::text;
-- A version that no event gave is the one that was current then.
SELECT i #>> '{datasetVersionId,name}', i #>> '{datasetVersionId,version}' = openlineage.api_dataset('{db,main.sales}', '{}') ->> 'currentVersion'
  FROM json_array_elements(openlineage.api_run('{00000000-0000-4000-8000-000000000003}', '{}') -> 'inputDatasetVersions') AS i;

ROLLBACK;
