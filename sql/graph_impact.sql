-- impact(): what is affected downstream, once each, nearest first.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

-- A diamond: d is reached through b and through c, and is told once.
SELECT pg_temp.flow('ab', '{a}', '{b}'), pg_temp.flow('ac', '{a}', '{c}'), pg_temp.flow('bcd', '{b,c}', '{d}');
SELECT * FROM openlineage.impact('dataset:t:a');
SELECT openlineage.impact_count('dataset:t:a');
SELECT * FROM openlineage.impact('dataset:t:d');
SELECT openlineage.impact_count('dataset:t:d');

-- Depth counts edges; null and the default are no limit.
SELECT node FROM openlineage.impact('dataset:t:a', 0);
SELECT node FROM openlineage.impact('dataset:t:a', 1);
SELECT node, distance FROM openlineage.impact('dataset:t:a', 2);
SELECT openlineage.impact_count('dataset:t:a', 3), openlineage.impact_count('dataset:t:a', NULL::int),
       openlineage.impact_count('dataset:t:a', 2147483647);

-- From a job, and by namespace and name.
SELECT node, distance FROM openlineage.impact('job:t:ab');
SELECT node, distance FROM openlineage.impact('t', 'ab');
SELECT node, distance FROM openlineage.impact(namespace => 't', name => 'ab', depth => 1);
SELECT openlineage.impact_count('t', 'ab'), openlineage.impact_count('t', 'ab', 1);

-- The path that reaches each.
SELECT * FROM openlineage.impact_paths('dataset:t:a');
SELECT * FROM openlineage.impact_paths('t', 'ab', 1);

-- A cycle ends, and does not bring the start back.
SELECT pg_temp.flow('da', '{d}', '{a}');
SELECT node, distance FROM openlineage.impact('dataset:t:a');
SELECT node, distance FROM openlineage.impact('job:t:bcd');

-- A job that reads what it writes, and an edge from a node to itself.
SELECT pg_temp.flow('update', '{state}', '{state}');
SELECT node, distance FROM openlineage.impact('dataset:t:state');
SELECT node, distance FROM openlineage.impact('job:t:update');
SELECT pg_temp.edge(pg_temp.node_id('dataset', 't', 'self'), pg_temp.node_id('dataset', 't', 'self'), 'derives');
SELECT openlineage.impact_count('dataset:t:self');

-- A name that is a dataset and a job starts from both.
SELECT pg_temp.flow('model', '{seed}', '{model}'), pg_temp.flow('report', '{model}', '{chart}');
SELECT node, distance, predecessor FROM openlineage.impact('t', 'model');
SELECT node, distance, predecessor FROM openlineage.impact('job:t:model');

ROLLBACK;
