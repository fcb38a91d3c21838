-- What the facets of datasets say, as rows and columns of views.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.tail(id uuid) RETURNS text IMMUTABLE RETURN right(id::text, 4);
SELECT ingest(t.dataset_event('10:00', 'tmp', '{
    "datasetType": {"datasetType": "JOB_OUTPUT", "subType": "TEMPORARY"}, "documentation": {"description": "*scratch*", "contentType": "text/markdown"},
    "dataSource": {"name": "lake", "uri": "s3://lake"}, "version": {"datasetVersion": "12"},
    "catalog": {"framework": "iceberg", "type": "glue", "name": "main", "metadataUri": "thrift://m:9083", "warehouseUri": "s3://wh", "source": "spark", "catalogProperties": {"region": "eu-1"}},
    "storage": {"storageLayer": "iceberg", "fileFormat": "parquet"},
    "hierarchy": {"levels": [{"type": "DATABASE", "name": "shop"}, {"type": "SCHEMA", "name": "public"}, {"type": "TABLE", "name": "tmp"}]}}'));
\x on
SELECT namespace, dataset, type, sub_type, is_temporary, description, description_content_type, source_name, source_uri, external_version, lifecycle_state, is_deleted,
       catalog_framework, catalog_type, catalog_name, catalog_metadata_uri, catalog_warehouse_uri, catalog_source, catalog_properties, storage_layer, file_format, hierarchy, hierarchy_types
  FROM dataset_detail;
\x off
-- _deleted takes the columns away; DROP shows as deleted.
SELECT ingest(t.dataset_event('10:05', 'tmp', '{"catalog": {"_deleted": true}, "hierarchy": {"_deleted": true}, "datasetType": {"_deleted": true}, "lifecycleStateChange": {"lifecycleStateChange": "DROP"}}'));
SELECT type, is_temporary, catalog_framework, hierarchy, storage_layer, lifecycle_state, is_deleted FROM dataset_detail;

-- Which part of the data a run read and wrote.
SELECT ingest(t.run_event('COMPLETE', '11:00', 1, 'part',
    jsonb_build_array(t.dataset('a', more => jsonb_build_object('inputFacets', t.facets('{"inputSubset": {"inputCondition": {"type": "location", "locations": ["s3://b/1", "s3://b/2"]}}}'))),
                      t.dataset('b', more => jsonb_build_object('inputFacets', t.facets('{"subset": {"inputCondition": {"type": "compare", "comparison": "EQUAL", "left": {"type": "field", "field": "x"}, "right": {"type": "literal", "value": 1}}}}')))),
    jsonb_build_array(t.dataset('c', more => jsonb_build_object('outputFacets', t.facets('{"outputSubset": {"outputCondition": {"type": "partition", "partitions": [{"dimensions": {"day": "2026-01-05"}}]}}}'))))));
SELECT t.tail(run_id) AS run, dataset, io, type, locations, partitions, condition -> 'left' AS compared FROM run_data_scope ORDER BY dataset;

-- Volume and freshness; the numbers of Iceberg's reports count, its ids do not.
SELECT ingest(t.run_event('COMPLETE', '12:00', 2, 'write', jsonb_build_array(t.dataset('a', more => jsonb_build_object('inputFacets', t.facets(
        '{"icebergScanReport": {"snapshotId": 8571234567890123456, "schemaId": 3, "scanMetrics": {"resultDataFiles": 4, "totalFileSizeInBytes": 4096, "totalPlanningDuration": 12, "odd": "x"}}}')))),
    jsonb_build_array(t.dataset('d', more => jsonb_build_object('outputFacets', t.facets(
        '{"icebergCommitReport": {"snapshotId": 8571234567890123457, "operation": "append", "commitMetrics": {"addedRecords": 5, "removedRecords": 1, "totalRecords": 104, "totalDataFiles": 9, "totalFilesSizeInBytes": 10240}}}'))))));
SELECT ingest(t.run_event('COMPLETE', '13:00', 3, 'write', NULL, jsonb_build_array(t.dataset('d', more => jsonb_build_object('outputFacets', t.facets('{"outputStatistics": {"rowCount": 120, "size": 11000, "fileCount": 10}}'))))));
SELECT ingest(t.run_event('FAIL', '14:00', 4, 'write', NULL, t.datasets('d')));
SELECT ingest(t.dataset_event('15:00', 'd', '{"dataQualityMetrics": {"rowCount": 121, "bytes": 11001, "lastUpdated": "2026-01-05T14:30:00Z"}}'));
SELECT t.label(dataset_id) AS dataset, t.tail(run_id) AS run, name, value FROM metric WHERE t.label(dataset_id) = 'dataset:a' ORDER BY name;
SELECT dataset, t.tail(run_id) AS run, io, facet, t.clock(event_time), row_count, bytes, file_count, rows_added, rows_removed, t.clock(last_updated_at) AS updated FROM dataset_volume ORDER BY event_time, dataset;
SELECT dataset, t.clock(written_at) AS written, t.tail(written_by_run) AS run, row_count, bytes, t.clock(last_updated_at) AS updated, age > interval '1 day' AS old FROM dataset_freshness WHERE dataset IN ('a', 'd') ORDER BY dataset;

-- Quality facets of an input are the dataset's as well as the run's.
SELECT ingest(t.run_event('COMPLETE', '16:00', 5, 'check', jsonb_build_array(t.dataset('e', more => jsonb_build_object('inputFacets', t.facets(
    '{"dataQualityAssertions": {"assertions": [{"assertion": "not_null", "column": "id", "success": false, "severity": "warn", "name": "id_there", "description": "every row has an id", "content": "id is not null", "contentType": "sql", "params": {"column": "id"}}]}}'))))));
SELECT facet, io, dataset, t.tail(run_id) AS run, job, name, column_name, success, severity, type, description, content, content_type, params FROM quality_detail;
SELECT api_dataset('{db, e}', '{}') -> 'facets' -> 'dataQualityAssertions' -> 'assertions' -> 0 ->> 'name' AS of_dataset,
       api_run(ARRAY[t.run_id(5)], '{}') -> 'inputDatasetVersions' -> 0 -> 'facets' -> 'dataQualityAssertions' -> 'assertions' -> 0 ->> 'name' AS of_run;

-- A model is a dataset with versions, and the tests of runs around it are its tests.
SELECT ingest(t.run_event('COMPLETE', '17:00', 6, 'train', t.datasets('e'), jsonb_build_array(t.dataset('scorer', '{"datasetType": {"datasetType": "MODEL"}, "version": {"datasetVersion": "3"}}')),
    run_facets => '{"executionParameters": {"parameters": [{"key": "depth", "value": "6"}]}}'));
SELECT ingest(t.run_event('COMPLETE', '17:10', 7, 'evaluate', jsonb_build_array(t.dataset('scorer', '{"version": {"datasetVersion": "3"}}')),
    run_facets => '{"test": {"tests": [{"name": "auc", "status": "pass", "type": "model", "severity": "error", "expected": "0.8", "actual": "0.83", "params": {"slice": "all"}}, {"name": "drift", "status": "skip"}]}}'));
SELECT model, model_version, io, t.tail(run_id) AS run, job, name, type, success, severity, expected, actual FROM model_test ORDER BY name;
SELECT name, status, params FROM quality_detail WHERE facet = 'test' ORDER BY ordinal;
SELECT external_version, t.tail(created_by_run) AS run FROM dataset_version WHERE t.label(dataset_id) = 'dataset:scorer';

-- Column lineage by transformation; what holds for every column is one row.
SELECT ingest(t.run_event('COMPLETE', '18:00', 8, 'cols', t.datasets('f'), jsonb_build_array(t.dataset('g', '{"columnLineage": {
    "fields": {"x": {"inputFields": [{"namespace": "db", "name": "f", "field": "y", "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "hash", "masking": true}, {"type": "INDIRECT", "subtype": "SORT"}]},
                                     {"namespace": "db", "name": "f", "field": "plain"}]}},
    "dataset": [{"namespace": "db", "name": "f", "field": "day", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]}]}}'))));
SELECT source, source_field, target, target_field, type, subtype, description, masking, told_by, told_by_kind, t.tail(first_run_id) AS first, t.tail(last_run_id) AS last
  FROM column_transformation ORDER BY source_field, type;

ROLLBACK;
