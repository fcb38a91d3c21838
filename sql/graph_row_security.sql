-- With row-level security enforced, a caller walks the part of the graph that it may see.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

-- open.a -> job -> open.b, and open.a -> secret job -> open.c, and a secret dataset below open.b.
SELECT pg_temp.edge(pg_temp.node_id('dataset', 'open', 'a'), pg_temp.node_id('job', 'open', 'j')),
       pg_temp.edge(pg_temp.node_id('job', 'open', 'j'), pg_temp.node_id('dataset', 'open', 'b')),
       pg_temp.edge(pg_temp.node_id('dataset', 'open', 'a'), pg_temp.node_id('job', 'secret', 's')),
       pg_temp.edge(pg_temp.node_id('job', 'secret', 's'), pg_temp.node_id('dataset', 'open', 'c')),
       pg_temp.edge(pg_temp.node_id('job', 'open', 'j'), pg_temp.node_id('dataset', 'secret', 'd'));
INSERT INTO openlineage.node (kind, namespace_id, name, canonical_id)
VALUES ('dataset', pg_temp.namespace_id('open'), 'alias of d', pg_temp.node_id('dataset', 'secret', 'd')),
       ('dataset', pg_temp.namespace_id('secret'), 'alias of a', pg_temp.node_id('dataset', 'open', 'a'));
INSERT INTO openlineage.dataset_field (dataset_id, namespace_id, name)
SELECT node_id, namespace_id, 'x' FROM openlineage.dataset
 WHERE node_id IN (pg_temp.node_id('dataset', 'open', 'a'), pg_temp.node_id('dataset', 'secret', 'd'), pg_temp.node_id('dataset', 'open', 'b'));
INSERT INTO openlineage.column_edge
SELECT a.id, b.id, pg_temp.node_id('job', 'open', 'j'), b.dataset_id, a.namespace_id, b.namespace_id, false, '[]'
  FROM openlineage.dataset_field AS a, openlineage.dataset_field AS b
 WHERE a.dataset_id = pg_temp.node_id('dataset', 'open', 'a')
   AND b.dataset_id IN (pg_temp.node_id('dataset', 'secret', 'd'), pg_temp.node_id('dataset', 'open', 'b'));

CREATE ROLE regress_graph_reader IN ROLE openlineage_reader;
CREATE ROLE regress_graph_nobody;
SELECT bool_and(openlineage.grant_namespace('database_role', 'regress_graph_reader', name)) FROM openlineage.namespace WHERE name <> 'secret';
CREATE TEMP TABLE id AS
SELECT openlineage.resolve_node('dataset:secret:d') AS hidden, openlineage.resolve_node('dataset:open:a') AS shown;
GRANT SELECT ON id TO regress_graph_reader;

-- Open: a reader sees all.
SET LOCAL ROLE regress_graph_reader;
SELECT node, distance FROM openlineage.impact('dataset:open:a');
SELECT node, distance FROM openlineage.impact('datasetField:open:a:x');
RESET ROLE;

-- Enforced: neither the hidden nodes nor what is reached through them.
SELECT openlineage.enable_rls();
SET LOCAL ROLE regress_graph_reader;
SELECT node, distance FROM openlineage.impact('dataset:open:a');
SELECT openlineage.impact_count('dataset:open:a');
SELECT node, distance FROM openlineage.lineage('dataset:open:c');
SELECT node, distance FROM openlineage.impact('datasetField:open:a:x');
SELECT node, distance FROM openlineage.column_lineage('dataset:open:b');

-- A hidden name is an unknown name, also as an alias or as a number.
SELECT openlineage.resolve_node('dataset:secret:d'), openlineage.resolve_node('dataset:open:alias of d'),
       openlineage.resolve_node('dataset:secret:alias of a'), openlineage.resolve_column('datasetField:secret:d:x');
SELECT pg_temp.error_of('SELECT openlineage.impact(''dataset:secret:d'')');
SELECT pg_temp.error_of('SELECT openlineage.impact(''dataset:secret:nothing'')');
SELECT count(*) FROM id, openlineage.walk(ARRAY[hidden, shown], 0);
SELECT count(*) FROM id, openlineage.walk(ARRAY[hidden, shown], NULL, 'undirected');
RESET ROLE;

-- Where an administrator lets edges be seen that lead to hidden nodes, nothing is told through them.
SAVEPOINT wider;
ALTER POLICY edge_read ON openlineage.edge USING (true);
ALTER POLICY column_edge_read ON openlineage.column_edge USING (true);
SET LOCAL ROLE regress_graph_reader;
SELECT node, distance, predecessor FROM openlineage.impact('dataset:open:a');
SELECT node, path FROM openlineage.impact_paths('dataset:open:a');
SELECT openlineage.impact_count('dataset:open:a'), openlineage.impact_count('datasetField:open:a:x');
SELECT node, distance FROM openlineage.column_lineage('dataset:open:a', 20, 'both');
ROLLBACK TO wider;

-- The plans that were kept hold for one caller as for the other.
SELECT count(*) FROM openlineage.impact('dataset:open:a');
SELECT openlineage.disable_rls();
SET LOCAL ROLE regress_graph_reader;
SELECT count(*) FROM openlineage.impact('dataset:open:a');
RESET ROLE;

-- Who was not granted the tables cannot ask.
GRANT USAGE ON SCHEMA openlineage TO regress_graph_nobody;
SET LOCAL ROLE regress_graph_nobody;
SELECT pg_temp.error_of('SELECT openlineage.impact(''dataset:open:a'')');
SELECT pg_temp.error_of('SELECT openlineage.walk(''{1}'')');
RESET ROLE;

ROLLBACK;
