-- Assertions, tests, metrics and statistics become rows of quality_result and metric.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE VIEW t.results AS
    SELECT t.label(dataset_id) AS dataset, right(run_id::text, 4) AS run, name, column_name AS col, success, severity, expected, actual
      FROM openlineage.quality_result ORDER BY 1, 2, 3, 4;
CREATE VIEW t.metrics AS
    SELECT t.label(dataset_id) AS dataset, right(run_id::text, 4) AS run, name, column_name AS col, value
      FROM openlineage.metric ORDER BY 1, 2, 3, 4;

-- As an input facet: of the run and of the dataset.
SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'check', jsonb_build_array(t.dataset('a', more => jsonb_build_object('inputFacets', t.facets(
    '{"dataQualityAssertions": {"assertions": [
        {"assertion": "not_null", "column": "id", "success": true},
        {"assertion": "unique", "column": "id", "success": false, "severity": "error", "name": "unique_id", "expected": "0", "actual": "2"}]},
      "dataQualityMetrics": {"rowCount": 10, "bytes": 2048, "columnMetrics": {"id": {"nullCount": 0, "distinctCount": 8}}},
      "inputStatistics": {"rowCount": 10, "size": 2048, "fileCount": 1}}'))))));
SELECT * FROM t.results;
SELECT * FROM t.metrics;
-- As dbt sends it: inside facets.
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'check', jsonb_build_array(t.dataset('b',
    '{"dataQualityAssertions": {"assertions": [{"assertion": "accepted_values", "column": "kind", "success": true}]}}'))));
SELECT dataset, run, name, col, success FROM t.results WHERE dataset = 'dataset:b';
-- Output statistics are those of the run; the next event of the run replaces them.
SELECT ingest(t.run_event('RUNNING', '12:00', 3, 'write', NULL, jsonb_build_array(t.dataset('c', more => jsonb_build_object('outputFacets', t.facets(
    '{"outputStatistics": {"rowCount": 5, "size": 50}}'))))));
SELECT ingest(t.run_event('COMPLETE', '12:05', 3, 'write', NULL, jsonb_build_array(t.dataset('c', more => jsonb_build_object('outputFacets', t.facets(
    '{"outputStatistics": {"rowCount": 7, "size": 70, "fileCount": 2}}'))))));
SELECT ingest(t.run_event('COMPLETE', '13:00', 4, 'write', NULL, jsonb_build_array(t.dataset('c', more => jsonb_build_object('outputFacets', t.facets(
    '{"outputStatistics": {"rowCount": 9}}'))))));
SELECT * FROM t.metrics WHERE dataset = 'dataset:c';
-- The test facet of a run.
SELECT ingest(t.run_event('COMPLETE', '14:00', 5, 'validate', run_facets =>
    '{"test": {"tests": [{"name": "auc", "status": "pass", "severity": "error", "type": "model", "expected": "0.8", "actual": "0.83"},
                         {"name": "fairness", "status": "fail"}, {"name": "drift", "status": "skip"}]}}'));
SELECT * FROM t.results WHERE run = '0005';
-- Numbers that are none are left out.
SELECT ingest(t.run_event('COMPLETE', '15:00', 6, 'odd', NULL, jsonb_build_array(t.dataset('d', more => jsonb_build_object('outputFacets', t.facets(
    '{"outputStatistics": {"rowCount": "many", "size": 1, "fileCount": null}}'))))));
SELECT name, value FROM t.metrics WHERE dataset = 'dataset:d';
SELECT ingest(replace(t.run_event('COMPLETE', '15:01', 7, 'odd', NULL, jsonb_build_array(t.dataset('e', more => jsonb_build_object('outputFacets', t.facets(
    '{"outputStatistics": {"rowCount": 1234567, "size": 3}}'))))), '1234567', '1e999'));
SELECT name, value FROM t.metrics WHERE dataset = 'dataset:e';

ROLLBACK;
