-- A cut answer says so.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -
SET LOCAL client_min_messages = notice;

SELECT pg_temp.flow('j', '{a}', '{b,c,d}');
SELECT pg_temp.column_edge('a.x', 'b.x'), pg_temp.column_edge('a.x', 'c.x');

-- The limit counts what is reached, not the start; the nearest are kept.
SET LOCAL openlineage.lineage_max_nodes = 2;
SELECT node FROM openlineage.impact('dataset:t:a');
SELECT node FROM openlineage.lineage('dataset:t:a');
SELECT openlineage.impact_count('dataset:t:a');
SELECT node FROM openlineage.column_lineage('dataset:t:b');
SET LOCAL openlineage.lineage_max_nodes = 1;
SELECT node FROM openlineage.column_lineage('datasetField:t:a:x', 20, 'downstream');
SELECT node FROM openlineage.impact('dataset:t:a');

-- Just enough is not cut, and 0 is no limit.
SET LOCAL openlineage.lineage_max_nodes = 4;
SELECT node FROM openlineage.impact('dataset:t:a');
SET LOCAL openlineage.lineage_max_nodes = 0;
SELECT openlineage.impact_count('dataset:t:a');

-- walk() takes a limit of its own; the setting stands for null.
SELECT count(*) FROM openlineage.walk(ARRAY[openlineage.resolve_node('dataset:t:a')], node_limit => 3);
SET LOCAL openlineage.lineage_max_nodes = 2;
SELECT count(*) FROM openlineage.walk(ARRAY[openlineage.resolve_node('dataset:t:a')]);
SELECT count(*) FROM openlineage.walk(ARRAY[openlineage.resolve_node('dataset:t:a')], node_limit => 0);

ROLLBACK;
