-- lineage(): up, down, both ways, and by kind of edge.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

-- a -> j1 -> b -> j2 -> c, and b is also made of x by j1.
SELECT pg_temp.flow('j1', '{a,x}', '{b}'), pg_temp.flow('j2', '{b}', '{c}'), pg_temp.flow('j3', '{a}', '{side}');
SELECT * FROM openlineage.lineage('dataset:t:b');
SELECT node, distance FROM openlineage.lineage('dataset:t:b', 1);
SELECT node, distance FROM openlineage.lineage('dataset:t:b', 0);
SELECT node, distance, predecessor FROM openlineage.lineage('dataset:t:b', 20, 'upstream');
SELECT node, distance, predecessor FROM openlineage.lineage('dataset:t:b', 20, 'downstream');
SELECT node, distance FROM openlineage.lineage('t', 'j2', direction => 'upstream');

-- Both ways is not every way: what else comes from a is no lineage of b.
SELECT count(*) FROM openlineage.lineage('dataset:t:b', NULL::int, 'both') WHERE name IN ('j3', 'side');
SELECT node, distance, predecessor FROM openlineage.lineage('dataset:t:b', NULL::int, 'undirected') WHERE name IN ('j3', 'side');

-- In a cycle a node is both upstream and downstream: once, where it is nearer.
SELECT pg_temp.flow('c1', '{p}', '{q}'), pg_temp.flow('c2', '{q}', '{r}'), pg_temp.flow('c3', '{r}', '{p}');
SELECT node, distance, predecessor FROM openlineage.lineage('dataset:t:p');

-- A node without edges is its own lineage.
SELECT pg_temp.node_id('dataset', 't', 'alone') > 0;
SELECT * FROM openlineage.lineage('dataset:t:alone');

-- Of several nodes that lead to another, the first known is the predecessor.
SELECT pg_temp.flow('late', '{}', '{}'), pg_temp.flow('early', '{in}', '{out}');
SELECT pg_temp.flow('late', '{in}', '{out}');
SELECT predecessor FROM openlineage.lineage('dataset:t:in') WHERE name = 'out';

-- Data and derived data by default; control only when asked for.
SELECT pg_temp.edge(pg_temp.node_id('job', 't', 'j2'), pg_temp.node_id('job', 't', 'after'), 'control'),
       pg_temp.edge(pg_temp.node_id('dataset', 't', 'c'), pg_temp.node_id('dataset', 't', 'view'), 'derives');
SELECT node, distance FROM openlineage.lineage('job:t:j2', 20, 'downstream');
SELECT node, distance FROM openlineage.lineage('job:t:j2', 20, 'downstream', '{control}');
SELECT node, distance FROM openlineage.lineage('job:t:j2', 20, 'downstream', '{data,derives,control}');
SELECT node, distance FROM openlineage.lineage('job:t:j2', 20, 'downstream', '{data}');
SELECT node, distance FROM openlineage.lineage('job:t:j2', 20, 'downstream', '{}');
SELECT node FROM openlineage.impact('job:t:j2', kinds => '{control}');

ROLLBACK;
