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
-- Of a long run what START alone told is not lost behind its later events.
SELECT count(ingest(e)) FROM (
    SELECT t.run_event('START', '12:00', 12, 'stream', NULL, jsonb_build_array(t.dataset('topic', '{"schema": {"fields": [{"name": "x"}]}, "kept": {"n": 1}}')), '{}', '{"sql": {"query": "select 3"}}') AS e
    UNION ALL
    SELECT t.run_event('RUNNING', format('2026-01-05T12:%s:%s.5Z', lpad((n / 60)::text, 2, '0'), lpad((n % 60)::text, 2, '0')), 12, 'stream', NULL, t.datasets('topic'), '{}', jsonb_build_object('round', jsonb_build_object('n', n)))
      FROM generate_series(1, 150) AS n) AS v;
SELECT t.keys(api_run_facets(ARRAY[t.run_id(12)], '{"type": ["job"]}') -> 'facets'), api_run_facets(ARRAY[t.run_id(12)], '{"type": ["job"]}') #>> '{facets,round,n}';
SELECT d.key, t.keys(d.value) FROM json_each(api_run_facets(ARRAY[t.run_id(12)], '{"type": ["dataset"]}') -> 'facets') AS d;
-- Nor from the version that it wrote, once another came.
SELECT ingest(t.run_event('COMPLETE', '13:00', 13, 'stream', NULL, jsonb_build_array(t.dataset('topic', '{"schema": {"fields": [{"name": "y"}]}, "kept": {"n": 2}}'))));
SELECT v -> 'fields' -> 0 ->> 'name', v #>> '{facets,schema,fields,0,name}', v #>> '{facets,kept,n}' FROM json_array_elements(api_dataset_versions('{db,topic}', '{}') -> 'versions') AS v;
-- A placeholder parent has none.
SELECT api_run_facets(ARRAY[t.run_id(99)], '{"type": ["job"]}');
-- Errors.
SELECT t.failure('SELECT openlineage.' || c) FROM unnest(ARRAY[
    $$api_run_facets('{00000000-0000-4000-8000-000000000001}', '{}')$$, $$api_run_facets('{00000000-0000-4000-8000-000000000001}', '{"type": [""]}')$$,
    $$api_run_facets('{00000000-0000-4000-8000-000000000001}', '{"type": ["table"]}')$$, $$api_run_facets('{nonsense}', '{"type": ["run"]}')$$,
    $$api_run_facets('{00000000-0000-4000-8000-0000000000aa}', '{"type": ["run"]}')$$]) AS c;

ROLLBACK;
