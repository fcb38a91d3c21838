-- DROP hides a dataset until it is written again; RENAME keeps the old name; the graph keeps both.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.life(state text, previous text = NULL) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('lifecycleStateChange', jsonb_strip_nulls(jsonb_build_object('lifecycleStateChange', state,
        'previousIdentifier', CASE WHEN previous IS NOT NULL THEN jsonb_build_object('namespace', 'db', 'name', previous) END)));
CREATE VIEW t.life AS
    SELECT t.label(d.node_id) AS dataset, d.lifecycle_state, t.clock(d.dropped_at) AS dropped,
           EXISTS (SELECT FROM openlineage.deleted_datasets(ARRAY[d.node_id])) AS deleted
      FROM openlineage.dataset AS d ORDER BY 1;
CREATE VIEW t.versions AS
    SELECT t.label(dataset_id) AS dataset, lifecycle_state, external_version, t.clock(created_at) AS created,
           right(created_by_run::text, 4) AS by_run, t.clock(last_write_at) AS last_write
      FROM openlineage.dataset_version ORDER BY 1, created_at, 2;

SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'make', t.datasets('src'), jsonb_build_array(t.dataset('tab', t.life('CREATE')))));
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'drop', NULL, jsonb_build_array(t.dataset('tab', t.life('DROP')))));
SELECT * FROM t.life;
-- The jobs around it stay in the graph.
SELECT * FROM t.edges;
-- A later write revives it: a version that was not dropped is newer than the drop.
SELECT ingest(t.run_event('COMPLETE', '12:00', 3, 'make', t.datasets('src'), t.datasets('tab')));
SELECT * FROM t.life;
SELECT * FROM t.versions;
-- TRUNCATE and OVERWRITE are versions of their own.
SELECT ingest(t.run_event('COMPLETE', '13:00', 4, 'empty', NULL, jsonb_build_array(t.dataset('tab', t.life('TRUNCATE')))));
SELECT ingest(t.run_event('COMPLETE', '14:00', 5, 'make', NULL, jsonb_build_array(t.dataset('tab', t.life('OVERWRITE')))));
SELECT * FROM t.versions;
SELECT * FROM t.life;

-- So does a JobEvent that has it as output, or a DatasetEvent that tells what it is like now; not one that comes before, nor one that reads it or only describes it.
SELECT ingest(t.run_event('COMPLETE', '10:00', 20, 'drop', NULL, (SELECT jsonb_agg(t.dataset('gone ' || n, t.life('DROP'))) FROM generate_series(1, 6) AS n)));
SELECT ingest(t.job_event('09:00', 'before', '[]', t.datasets('gone 1')));
SELECT ingest(t.dataset_event('09:00', 'gone 1', '{"schema": {"fields": [{"name": "x"}]}}'));
SELECT ingest(t.job_event('11:00', 'reads', t.datasets('gone 2'), t.datasets('from gone 2')));
SELECT ingest(t.dataset_event('11:00', 'gone 3', '{"documentation": {"description": "of what was"}}'));
SELECT dataset, deleted FROM t.life WHERE dataset LIKE '%:gone%';
SELECT ingest(t.job_event('11:00', 'makes', '[]', t.datasets('gone 4')));
SELECT ingest(t.dataset_event('11:00', 'gone 5', '{"schema": {"fields": [{"name": "x"}]}}'));
SELECT ingest(t.job_event('11:00', 'makes too', '[]', jsonb_build_array(t.dataset('gone 6', t.life('CREATE')))));
SELECT dataset, deleted FROM t.life WHERE dataset LIKE '%:gone%';
SELECT ingest(t.dataset_event('12:00', 'gone ' || n, t.life('DROP'))) FROM generate_series(4, 6) AS n;
SELECT dataset, deleted FROM t.life WHERE dataset LIKE '%:gone%';

-- RENAME: the old name leads to the new one, what was known of it stays.
SELECT ingest(t.run_event('COMPLETE', '10:00', 6, 'before', t.datasets('raw'), t.datasets('old_name')));
SELECT ingest(t.run_event('COMPLETE', '11:00', 7, 'rename', NULL, jsonb_build_array(t.dataset('new_name', t.life('RENAME', 'old_name')))));
SELECT ingest(t.run_event('COMPLETE', '12:00', 8, 'after', t.datasets('new_name'), t.datasets('report')));
SELECT * FROM t.names WHERE name LIKE '%_name%';
SELECT * FROM t.edges WHERE edge LIKE '%_name%';
-- Who still writes to the old name writes to the same dataset.
SELECT ingest(t.run_event('COMPLETE', '13:00', 9, 'stale', NULL, t.datasets('old_name')));
SELECT * FROM t.edges WHERE edge LIKE '%stale%';

SELECT t.same_in_both_orders(
    t.run_event('COMPLETE', '15:00', 10, 'w', NULL, t.datasets('n1')),
    t.run_event('COMPLETE', '15:01', 11, 'r', NULL, jsonb_build_array(t.dataset('n2', t.life('RENAME', 'n1')))),
    t.run_event('COMPLETE', '15:02', 12, 'r', NULL, jsonb_build_array(t.dataset('n3', t.life('RENAME', 'n2')))),
    t.run_event('COMPLETE', '15:03', 13, 'd', NULL, jsonb_build_array(t.dataset('n3', t.life('DROP')))),
    t.run_event('COMPLETE', '15:04', 14, 'w', NULL, t.datasets('n1')));

ROLLBACK;
