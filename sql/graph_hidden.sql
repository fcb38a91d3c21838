-- What was deleted softly is not shown, but data still flows through it.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

SELECT pg_temp.flow('j', '{a}', '{b}'), pg_temp.flow('k', '{b}', '{c}'), pg_temp.step('s', '{c}', 'd');
SELECT pg_temp.column_edge('a.x', 'b.x'), pg_temp.column_edge('b.x', 'c.x', '[{"type": "DIRECT", "subtype": "IDENTITY"}]');
CREATE FUNCTION pg_temp.hide(kind text, name text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO openlineage.hidden_node SELECT n.id, n.namespace_id, n.kind FROM openlineage.node AS n WHERE n.id = pg_temp.node_id($1, 't', $2)
$$;
SELECT pg_temp.hide('dataset', 'b');
SELECT * FROM openlineage.impact('dataset:t:a');
SELECT * FROM openlineage.impact_paths('dataset:t:a');
SELECT openlineage.impact_count('dataset:t:a');
SELECT node, predecessor FROM openlineage.lineage('job:t:k');
SELECT node, distance, predecessor, transformation FROM openlineage.column_lineage('datasetField:t:c:x');
SELECT openlineage.impact_count('datasetField:t:a:x');

-- A job with its steps.
SELECT pg_temp.hide('job', 's');
SELECT node, distance, predecessor FROM openlineage.impact('dataset:t:c');

-- Nobody starts from it.
SELECT i.id, pg_temp.error_of(format('SELECT openlineage.lineage(%L)', i.id)) FROM unnest(ARRAY['dataset:t:b', 'job:t:s']) AS i(id);
SELECT openlineage.resolve_node('dataset:t:b'), openlineage.resolve_column('datasetField:t:b:x');
INSERT INTO openlineage.node (kind, namespace_id, name, canonical_id)
VALUES ('dataset', pg_temp.namespace_id('t'), 'former', pg_temp.node_id('dataset', 't', 'b'));
SELECT openlineage.resolve_node('dataset:t:former');

-- A dropped dataset stays.
UPDATE openlineage.dataset SET dropped_at = now(), lifecycle_state = 'DROP' WHERE node_id = pg_temp.node_id('dataset', 't', 'c');
SELECT node FROM openlineage.lineage('dataset:t:c', 1);

ROLLBACK;
