-- GET /column-lineage: inEdges lead from a node to its inputs, as Marquez draws them.
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
SELECT t.show(openlineage.api_column_lineage('{}', '{"nodeId": ["datasetField:db:main.sales:amount"]}'));
CREATE FUNCTION t.columns(id text, down text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(n ->> 'id', ' ')
      FROM json_array_elements(openlineage.api_column_lineage('{}',
               json_build_object('nodeId', ARRAY[id], 'withDownstream', ARRAY[down])) -> 'graph') AS n
$$;
SELECT t.columns('dataset:db:main.sales', 'false');
SELECT t.columns('job:sched:nightly.load', 'False');
SELECT t.columns('dataset:db:raw.sales', 'false');
SELECT t.columns('dataset:db:raw.sales', 'True');
SELECT t.columns('dataset:db:clicks', 'true');

ROLLBACK;
