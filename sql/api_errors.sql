-- Every error of the read endpoints with its SQLSTATE and message.
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
CREATE FUNCTION t.failures(VARIADIC calls text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT t.failure('SELECT openlineage.' || c) FROM unnest(calls) AS c
$$;
-- Unknown.
SELECT t.failures($$api_namespace('{x}', '{}')$$, $$api_job('{x,y}', '{}')$$, $$api_job('{sched,y}', '{}')$$, $$api_job('{sched,""}', '{}')$$,
                  $$api_job_runs('{x,y}', '{}')$$, $$api_job_runs('{sched,y}', '{}')$$, $$api_datasets('{x}', '{}')$$,
                  $$api_dataset('{x,y}', '{}')$$, $$api_dataset('{db,it''s}', '{}')$$, $$api_dataset('{sched,nightly}', '{}')$$,
                  $$api_run('{00000000-0000-4000-8000-0000000000aa}', '{}')$$, $$api_run('{nonsense}', '{}')$$);
-- Numbers.
SELECT t.failures($$api_jobs('{}', '{"limit": ["-1"]}')$$, $$api_jobs('{}', '{"limit": ["x"]}')$$, $$api_jobs('{}', '{"limit": ["99999999999"]}')$$,
                  $$api_jobs('{}', '{"limit": ["2147483648"]}')$$, $$api_namespaces('{}', '{"offset": ["-7"]}')$$, $$api_datasets('{db}', '{"offset": ["1.5"]}')$$,
                  $$api_lineage('{}', '{"nodeId": ["job:sched:sum_up"], "depth": ["-1"]}')$$, $$api_search('{}', '{"q": ["a"], "limit": ["-1"]}')$$,
                  $$api_events('{}', '{"limit": ["1e3"]}')$$, $$api_tags('{}', '{"limit": [" 5 "]}')$$, $$api_tags('{}', '{"limit": [""]}')$$);
-- Choices, times and dates.
SELECT t.failures($$api_jobs('{}', '{"lastRunStates": ["RUNNING", "DONE"]}')$$, $$api_events('{}', '{"sortDirection": ["up"]}')$$,
                  $$api_search('{}', '{"q": ["a"], "filter": ["RUN"]}')$$, $$api_search('{}', '{"q": ["a"], "sort": ["AGE"]}')$$,
                  $$api_events('{}', '{"before": ["yesterday"]}')$$, $$api_events('{}', '{"after": ["2026-02-30T00:00:00Z"]}')$$,
                  $$api_search('{}', '{"q": ["a"], "before": ["05.01.2026"]}')$$, $$api_search('{}', '{"q": ["a"], "after": ["2026-02-30"]}')$$);
-- Missing, and node ids.
SELECT t.failures($$api_search('{}', '{}')$$, $$api_search('{}', '{"q": ["  "]}')$$, $$api_lineage('{}', '{}')$$, $$api_column_lineage('{}', '{}')$$,
                  $$api_lineage('{}', '{"nodeId": ["nonsense"]}')$$, $$api_lineage('{}', '{"nodeId": ["dataset:db"]}')$$, $$api_lineage('{}', '{"nodeId": ["table:db:x"]}')$$,
                  $$api_lineage('{}', '{"nodeId": ["run:00000000-0000-4000-8000-000000000001"]}')$$, $$api_lineage('{}', '{"nodeId": ["datasetField:db:a:b"]}')$$,
                  $$api_lineage('{}', '{"nodeId": ["job:sched:gone"]}')$$, $$api_lineage('{}', '{"nodeId": ["dataset:postgres://h:5432:db.s.t"]}')$$,
                  $$api_column_lineage('{}', '{"nodeId": ["dataset:db:gone"]}')$$, $$api_column_lineage('{}', '{"nodeId": ["datasetField:db:main.sales:gone"]}')$$,
                  $$api_column_lineage('{}', '{"nodeId": ["x:y"]}')$$, $$api_column_lineage('{}', '{"nodeId": ["run:00000000-0000-4000-8000-000000000001"]}')$$);

ROLLBACK;
