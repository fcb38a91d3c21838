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
    UNION ALL SELECT 'events', openlineage.api_events('{}', '{}')::text
    UNION ALL SELECT 'search', openlineage.api_search('{}', '{"q": ["a"], "sort": ["UPDATE_AT"]}')::text
    UNION ALL SELECT 'tags', openlineage.api_tags('{}', '{}')::text
    UNION ALL SELECT 'lineage', openlineage.api_lineage('{}', '{"nodeId": ["dataset:lake:s3/main"]}')::text
    UNION ALL SELECT 'column lineage', openlineage.api_column_lineage('{}', '{"nodeId": ["dataset:db:main.sales"]}')::text
$$;
CREATE TABLE t.first_answer (endpoint text, answer text);
SAVEPOINT empty;
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT string_agg(quote_literal(endpoint) || ', ' || quote_literal(answer), '), (' ORDER BY endpoint) AS kept FROM t.answers() \gset
ROLLBACK TO empty;
SELECT sum(ingest(e)) FROM (SELECT e FROM t.story() AS e UNION ALL SELECT e FROM t.story() AS e ORDER BY 1 DESC) AS s;
\set ECHO none
INSERT INTO t.first_answer VALUES (:kept);
\set ECHO all
SELECT endpoint, a.answer = f.answer FROM t.answers() AS a JOIN t.first_answer AS f USING (endpoint) ORDER BY endpoint COLLATE "C";

ROLLBACK;
