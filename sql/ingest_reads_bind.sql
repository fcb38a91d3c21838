-- A run reads the version that was current when it began, unless it says that it saw another one.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

\set s1 '{"schema": {"fields": [{"name": "id", "type": "int"}]}}'
\set s2 '{"schema": {"fields": [{"name": "id", "type": "bigint"}, {"name": "address", "type": "struct", "fields": [{"name": "street", "type": "text", "description": "and number"}]}]}}'
\set s1_over '{"schema": {"fields": [{"name": "id", "type": "int"}]}, "lifecycleStateChange": {"lifecycleStateChange": "OVERWRITE"}}'
CREATE FUNCTION t.version(id bigint) RETURNS text STABLE
    RETURN (SELECT concat_ws(' ', CASE json_array_length(s.fields) WHEN 1 THEN 's1' WHEN 2 THEN 's2' WHEN 3 THEN 's3' END, v.lifecycle_state, v.external_version)
              FROM openlineage.dataset_version AS v LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash WHERE v.id = version.id);
CREATE VIEW t.reads AS
    SELECT right(i.run_id::text, 4) AS run, t.label(i.dataset_id) AS dataset, t.version(i.version_id) AS told,
           t.version((SELECT v.version_id FROM openlineage.run_io_versions(ARRAY[i.io], ARRAY[i.version_id], ARRAY[i.dataset_id], ARRAY[COALESCE(openlineage.started_at(r), i.first_at)]) AS v)) AS bound
      FROM openlineage.run_io AS i JOIN openlineage.run AS r ON r.id = i.run_id WHERE i.io = 'input' ORDER BY 1, 2;

-- Written as s1, as s2, and as s1 again.
SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'w', NULL, jsonb_build_array(t.dataset('a', :'s1'))));
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'w', NULL, jsonb_build_array(t.dataset('a', :'s2'))));
SELECT ingest(t.run_event('COMPLETE', '12:00', 3, 'w', NULL, jsonb_build_array(t.dataset('a', :'s1'))));
SELECT ingest(t.run_event('COMPLETE', '13:00', 4, 'w', NULL, jsonb_build_array(t.dataset('a', :'s2'))));
SELECT ingest(t.run_event('START', c, n, 'r', t.datasets('a'))) FROM (VALUES ('09:30', 11), ('10:30', 12), ('11:30', 13), ('12:30', 14), ('13:30', 15)) AS v (c, n);
-- The time of the START counts, not that of the event which names the input.
SELECT ingest(t.run_event('START', '10:40', 16, 'r')), ingest(t.run_event('COMPLETE', '13:40', 16, 'r', t.datasets('a')));
SELECT * FROM t.reads;
SELECT i -> 'datasetVersionId' ->> 'version' = (SELECT openlineage.version_uuid('dataset', 'db', 'a', v.content_hash)::text FROM dataset_version AS v WHERE t.version(v.id) = 's1') AS served
  FROM json_array_elements(api_run(ARRAY[t.run_id(14)], '{}') -> 'inputDatasetVersions') AS i;

-- Columns that a read repeats make it no other version than the one written, whose lifecycle it does not know.
SELECT ingest(t.run_event('COMPLETE', '10:00', 21, 'w', NULL, jsonb_build_array(t.dataset('b', :'s1_over'))));
SELECT ingest(t.run_event('START', '10:30', 22, 'r', jsonb_build_array(t.dataset('b', :'s1'))));
-- Other columns than were written are what it saw.
SELECT ingest(t.run_event('START', '10:40', 23, 'r', jsonb_build_array(t.dataset('b', :'s2'))));
-- An explicit version is honoured: the one written as that, whatever else was told of it.
SELECT ingest(t.run_event('COMPLETE', '10:50', 24, 'w', NULL, jsonb_build_array(t.dataset('b', :'s1_over'::jsonb || '{"version": {"datasetVersion": "7"}}'))));
SELECT ingest(t.run_event('COMPLETE', '10:55', 25, 'w', NULL, jsonb_build_array(t.dataset('b', :'s2'::jsonb || '{"version": {"datasetVersion": "8"}}'))));
SELECT ingest(t.run_event('START', '11:00', 26, 'r', jsonb_build_array(t.dataset('b', '{"version": {"datasetVersion": "7"}}'))));
SELECT ingest(t.run_event('START', '11:01', 27, 'r', jsonb_build_array(t.dataset('b', '{"version": {"datasetVersion": "unknown"}}'))));
SELECT * FROM t.reads WHERE dataset = 'dataset:b';
-- Nobody wrote it: the columns it was read with by then.
SELECT ingest(t.run_event('START', '10:00', 31, 'r', jsonb_build_array(t.dataset('c', :'s1'))));
SELECT ingest(t.run_event('START', '11:00', 32, 'r', jsonb_build_array(t.dataset('c', :'s2'))));
SELECT ingest(t.run_event('START', '10:30', 33, 'r', t.datasets('c'))), ingest(t.run_event('START', '11:30', 34, 'r', t.datasets('c')));
SELECT * FROM t.reads WHERE dataset = 'dataset:c';

-- The columns of a dataset as of a time.
SELECT at, ordinal, field, type, description, t.clock(since) AS since FROM unnest('{09:30,10:30,11:30,12:30}'::text[]) AS at, dataset_columns_at('db', 'a', t.at(at)::timestamptz) ORDER BY at, ordinal;
SELECT field FROM dataset_columns_at('db', 'a');
SELECT * FROM dataset_columns_at('db', 'nowhere');
SELECT * FROM dataset_columns_at('nowhere', 'a');
-- Also of a version that told none, and under another name.
SELECT ingest(t.run_event('COMPLETE', '14:00', 41, 'w', NULL, jsonb_build_array(t.dataset('a', '{"lifecycleStateChange": {"lifecycleStateChange": "TRUNCATE"}, "symlinks": {"identifiers": [{"namespace": "hive", "name": "main.a", "type": "TABLE"}]}}'))));
SELECT field FROM dataset_columns_at('hive', 'main.a');
SELECT t.version(dataset_version_at((SELECT node_id FROM dataset WHERE t.label(node_id) = 'dataset:a'), t.at('14:30')::timestamptz)) AS latest;

ROLLBACK;
