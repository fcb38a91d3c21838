-- GET /jobs/runs/{id}/facets: of the run, and what it told of its job and its datasets.
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
SELECT t.keys(api_run_facets(ARRAY[t.run_id(1)], '{"type": ["run"]}'));
SELECT t.show(api_run_facets(ARRAY[t.run_id(1)], '{"type": ["run"]}') -> 'facets');
SELECT t.show(api_run_facets(ARRAY[t.run_id(1)], '{"type": ["Job"]}') -> 'facets');
SELECT d.key, t.keys(d.value) FROM json_each(api_run_facets(ARRAY[t.run_id(1)], '{"type": ["DATASET"]}') -> 'facets') AS d;
SELECT api_run_facets(ARRAY[t.run_id(2)], json_build_object('type', json_build_array(x))) FROM unnest(ARRAY['run', 'job', 'dataset']) AS x;
-- What a later run of the job says is not of this one; what this run deletes is gone; \u0000 hides nothing.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '11:00', 11, 'nightly.load', NULL, NULL, '{"a": {"n": 1}, "b": {"n": 1}}', '{"sql": {"query": "select 2"}, "extra": {"n": 1}}')),
    (t.run_event('COMPLETE', '11:01', 11, 'nightly.load', NULL, NULL, '{"b": {"n": 2}}', '{"extra": {"_deleted": true}, "odd": {"x": "\\u0001"}}'))) AS v (e);
SELECT ingest('{"eventTime": "2026-01-05T11:02:00Z", "eventType": "OTHER", "run": {"runId": "00000000-0000-4000-8000-000000000011"}, "x": "\u0000",
                "job": {"namespace": "sched", "name": "nightly.load", "facets": {"nul": {"y": "a\u0000b"}}}}'::text);
SELECT t.show(api_run_facets(ARRAY[t.run_id(11)], '{"type": ["job"]}') -> 'facets'), t.keys(api_run_facets(ARRAY[t.run_id(11)], '{"type": ["run"]}') -> 'facets');
SELECT t.keys(api_run_facets(ARRAY[t.run_id(1)], '{"type": ["job"]}') -> 'facets'), api_run_facets(ARRAY[t.run_id(1)], '{"type": ["job"]}') #>> '{facets,sql,query}';
-- A placeholder parent has none.
SELECT api_run_facets(ARRAY[t.run_id(99)], '{"type": ["job"]}');
-- Errors.
SELECT t.failure('SELECT openlineage.' || c) FROM unnest(ARRAY[
    $$api_run_facets('{00000000-0000-4000-8000-000000000001}', '{}')$$, $$api_run_facets('{00000000-0000-4000-8000-000000000001}', '{"type": [""]}')$$,
    $$api_run_facets('{00000000-0000-4000-8000-000000000001}', '{"type": ["table"]}')$$, $$api_run_facets('{nonsense}', '{"type": ["run"]}')$$,
    $$api_run_facets('{00000000-0000-4000-8000-0000000000aa}', '{"type": ["run"]}')$$]) AS c;

ROLLBACK;
