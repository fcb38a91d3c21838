-- A job with explicit lineage is passed by pairs of input and output, and is shown as one job.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

-- One job makes c of a and d of b; then e of c and d.
SELECT pg_temp.step('j', '{a}', 'c'), pg_temp.step('j', '{b}', 'd'), pg_temp.flow('k', '{c,d}', '{e}');
SELECT * FROM openlineage.impact('dataset:t:a');
SELECT node, distance FROM openlineage.impact('dataset:t:b');
SELECT node, distance, predecessor FROM openlineage.lineage('dataset:t:d', 20, 'upstream');
SELECT node FROM openlineage.lineage('dataset:t:c', 20, 'both') WHERE name IN ('b', 'd');

-- The job itself is all of its steps.
SELECT node, distance, predecessor FROM openlineage.impact('job:t:j');
SELECT node, distance, predecessor FROM openlineage.lineage('job:t:j');

-- One row and one count for a job met through several steps, where it is nearest.
SELECT pg_temp.step('twice', '{e}', 'f'), pg_temp.step('twice', '{f}', 'g');
SELECT node, distance, predecessor FROM openlineage.impact('dataset:t:e');
SELECT openlineage.impact_count('dataset:t:e'), openlineage.impact_count('job:t:twice');
SELECT node, distance FROM openlineage.impact('job:t:twice');

-- A path names the job each time data passes it.
SELECT * FROM openlineage.impact_paths('dataset:t:e');

-- Plain inputs and outputs beside the steps do not join them.
SELECT pg_temp.flow('j', '{log}', '{audit}');
SELECT node, distance FROM openlineage.impact('dataset:t:log');
SELECT node, distance FROM openlineage.impact('dataset:t:a', 2);

-- walk() has the steps, and starts a job from all of them.
SELECT n.kind, count(*) FROM openlineage.walk(ARRAY[openlineage.resolve_node('dataset:t:a')], 4) AS w
  JOIN openlineage.node AS n USING (id) GROUP BY n.kind ORDER BY n.kind;
SELECT count(*) FROM openlineage.walk(ARRAY[openlineage.resolve_node('job:t:j')], 0);

ROLLBACK;
