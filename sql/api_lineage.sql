-- GET /lineage: nodes by id, their true edges, depth counted in jobs.
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
SELECT t.show(openlineage.api_lineage('{}', '{"nodeId": ["job:sched:nightly.load"], "depth": ["0"]}'));
CREATE FUNCTION t.graph(id text, depth int) RETURNS TABLE (node text, ins text, outs text) LANGUAGE sql STABLE AS $$
    SELECT n ->> 'id', (SELECT string_agg(e ->> 'origin', ' ') FROM json_array_elements(n -> 'inEdges') AS e),
           (SELECT string_agg(e ->> 'destination', ' ') FROM json_array_elements(n -> 'outEdges') AS e)
      FROM json_array_elements(openlineage.api_lineage('{}', json_build_object('nodeId', ARRAY[id], 'depth', ARRAY[depth::text])) -> 'graph') AS n
$$;
SELECT * FROM t.graph('dataset:db:raw.sales', 0);
SELECT * FROM t.graph('dataset:db:raw.sales', 20);
-- A former name or symlink leads to the dataset itself; a version at the end is ignored.
SELECT node FROM t.graph('dataset:lake:s3/main', 0);
SELECT node FROM t.graph('dataset:db:clicks#b1b2b3b4-0000-4000-8000-000000000001', 5);
-- Alone.
SELECT ingest(t.run_event('START', '10:00', 7, 'lonely'));
SELECT * FROM t.graph('job:sched:lonely', 20);
-- Two ways through one job stay apart; its steps are shown as the job.
SELECT ingest(t.job_event('13:00', 'mixed', job_facets => '{"lineage": {"entries": [
    {"type": "DATASET", "namespace": "db", "name": "c", "inputs": [{"type": "DATASET", "namespace": "db", "name": "a"}]},
    {"type": "DATASET", "namespace": "db", "name": "d", "inputs": [{"type": "DATASET", "namespace": "db", "name": "b"}]}]}}'));
SELECT * FROM t.graph('dataset:db:a', 20);
SELECT * FROM t.graph('job:sched:mixed', 0);

ROLLBACK;
