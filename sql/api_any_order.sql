-- The same events in another order, some twice, give the same answers on every endpoint.
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
CREATE FUNCTION t.answers() RETURNS TABLE (endpoint text, answer text) LANGUAGE sql STABLE AS $$
    SELECT 'namespaces', openlineage.api_namespaces('{}', '{}')::text
    UNION ALL SELECT 'jobs', openlineage.api_jobs('{}', '{}')::text
    UNION ALL SELECT 'job', openlineage.api_job('{sched,nightly.load}', '{}')::text
    UNION ALL SELECT 'job runs', openlineage.api_job_runs('{sched,sum_up}', '{}')::text
    UNION ALL SELECT 'datasets', openlineage.api_datasets('{db}', '{}')::text
    UNION ALL SELECT 'alias', openlineage.api_dataset('{lake,s3/main}', '{}')::text
    UNION ALL SELECT 'run', openlineage.api_run('{00000000-0000-4000-8000-000000000001}', '{}')::text
    UNION ALL SELECT 'run facets', openlineage.api_run_facets('{00000000-0000-4000-8000-000000000001}', '{"type": ["dataset"]}')::text
    UNION ALL SELECT 'dataset versions', openlineage.api_dataset_versions('{db,main.sales}', '{}')::text
    UNION ALL SELECT 'job versions', openlineage.api_job_versions('{sched,sum_up}', '{}')::text
    UNION ALL SELECT 'events', openlineage.api_events('{}', '{}')::text
    UNION ALL SELECT 'events of a dataset', openlineage.api_events('{}', '{"dataset": ["main.sales"]}')::text
    UNION ALL SELECT 'events of a namespace', openlineage.api_namespace_events('{sched}', '{}')::text
    UNION ALL SELECT 'issues', regexp_replace(openlineage.api_issues('{}', '{}')::text, '"receivedAt" : "[^"]*"', '', 'g')
    UNION ALL SELECT 'stats', (SELECT string_agg(e::text, ' ' ORDER BY e.ordinal, e.type COLLATE "C") FROM openlineage.stats_events('{2026-01-05 08:00Z}', '{2026-01-05 10:00Z}') AS e)
    UNION ALL SELECT 'search', openlineage.api_search('{}', '{"q": ["a"], "sort": ["UPDATE_AT"]}')::text
    UNION ALL SELECT 'tags', openlineage.api_tags('{}', '{}')::text
    UNION ALL SELECT 'lineage', openlineage.api_lineage('{}', '{"nodeId": ["dataset:lake:s3/main"]}')::text
    UNION ALL SELECT 'column lineage', openlineage.api_column_lineage('{}', '{"nodeId": ["dataset:db:main.sales"]}')::text
$$;
-- Versions that come, go and come back, with facets of their own; odd events; a JobEvent declared twice.
CREATE FUNCTION t.more() RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT t.run_event('COMPLETE', (10 + n) || ':00', 20 + n, 'sum_up', t.datasets('raw.sales'), jsonb_build_array(t.dataset('main.sales', jsonb_build_object(
               'schema', jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'c' || n % 3))), 'documentation', jsonb_build_object('description', 'd' || n)))))
      FROM generate_series(1, 7) AS n
    UNION ALL
    SELECT t.dataset_event((10 + n) || ':30', 'main.sales', jsonb_build_object('ownership', jsonb_build_object('owners', jsonb_build_array(jsonb_build_object('name', 'o' || n)))))
      FROM generate_series(1, 7, 3) AS n
    UNION ALL
    SELECT t.job_event(c, 'sum_up', t.datasets('main.sales'), t.datasets('mart.daily')) FROM unnest(ARRAY['19:00', '20:00']) AS c
    UNION ALL
    SELECT '{"eventTime": "2026-01-05T21:00:00Z", "eventType": "x", "run": {"runId": "r"}, "job": {"namespace": "sched", "name": "odd"}}'
$$;
CREATE TABLE t.first_answer (endpoint text, answer text);
SAVEPOINT empty;
SELECT sum(ingest(e)) FROM (SELECT t.story() UNION ALL SELECT t.more()) AS s (e);
SELECT string_agg(quote_literal(endpoint) || ', ' || quote_literal(answer), '), (' ORDER BY endpoint) AS kept FROM t.answers() \gset
ROLLBACK TO empty;
SELECT sum(ingest(e)) FROM (SELECT t.story() UNION ALL SELECT t.more() UNION ALL SELECT t.more() UNION ALL SELECT t.story() ORDER BY 1 DESC) AS s (e);
\set ECHO none
INSERT INTO t.first_answer VALUES (:kept);
\set ECHO all
SELECT endpoint, a.answer = f.answer FROM t.answers() AS a JOIN t.first_answer AS f USING (endpoint) ORDER BY endpoint COLLATE "C";

ROLLBACK;
