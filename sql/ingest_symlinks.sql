-- Other names of a dataset lead to one node, whenever they become known.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.symlinks(VARIADIC names text[]) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('symlinks', jsonb_build_object('identifiers',
        (SELECT jsonb_agg(jsonb_build_object('namespace', 'db', 'name', n, 'type', 'TABLE')) FROM unnest(names) AS n)));

-- The alias is told first.
SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'w', NULL, jsonb_build_array(t.dataset('path', t.symlinks('tab')))));
SELECT ingest(t.run_event('COMPLETE', '10:05', 2, 'r', t.datasets('tab'), t.datasets('out')));
SELECT * FROM t.names;
SELECT * FROM t.edges;
SELECT node, distance FROM impact('job:sched:w') ORDER BY distance;

-- The alias comes late: two graphs become one.
SELECT ingest(t.run_event('COMPLETE', '11:00', 3, 'w2', NULL, t.datasets('path2')));
SELECT ingest(t.run_event('COMPLETE', '11:05', 4, 'r2', t.datasets('tab2'), t.datasets('out2')));
SELECT * FROM t.edges WHERE edge LIKE '%2%';
SELECT ingest(t.dataset_event('11:10', 'path2', t.symlinks('tab2')));
SELECT * FROM t.names WHERE name LIKE '%2';
SELECT * FROM t.edges WHERE edge LIKE '%2%';
-- Nothing is left at the alias.
SELECT count(*) FROM dataset JOIN node ON id = node_id WHERE canonical_id IS NOT NULL;
SELECT count(*) FROM run_io JOIN node ON id = dataset_id WHERE canonical_id IS NOT NULL;
SELECT count(*) FROM facet JOIN node ON node.id = node_id WHERE canonical_id IS NOT NULL;

-- Chains and circles end at one node.
SELECT ingest(t.dataset_event('12:00', 'x', t.symlinks('y')));
SELECT ingest(t.dataset_event('12:01', 'z', t.symlinks('y')));
SELECT ingest(t.dataset_event('12:02', 'y', t.symlinks('x')));
SELECT ingest(t.dataset_event('12:03', 'self', t.symlinks('self')));
SELECT count(DISTINCT coalesce(canonical_id, id)) FROM node WHERE name IN ('x', 'y', 'z');
SELECT * FROM t.names WHERE name = 'dataset:self';

-- Whatever the order.
SELECT t.same_in_both_orders(
    t.run_event('COMPLETE', '13:00', 5, 'w3', NULL, t.datasets('p3')),
    t.run_event('COMPLETE', '13:01', 6, 'r3', t.datasets('t3'), t.datasets('o3')),
    t.dataset_event('13:02', 'p3', t.symlinks('t3', 'u3')),
    t.dataset_event('13:03', 'u3', '{"documentation": {"description": "told under another name"}}'),
    t.run_event('COMPLETE', '13:04', 7, 'r3', t.datasets('u3', 't3'), t.datasets('o3')));

ROLLBACK;
