-- Of every facet name the latest by event time counts; what known facets say is in columns and rows.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

SELECT ingest(t.run_event('START', '10:05', 1, 'load', job_facets => '{"documentation": {"description": "new"}, "x_custom": {"a": 1}}'));
SELECT ingest(t.run_event('START', '10:00', 2, 'load', job_facets => '{"documentation": {"description": "old"}, "x_first": {"b": [1, {"c": null}]}}'));
SELECT entity, name, clock, body FROM t.facets WHERE entity = 'job:load';
SELECT description FROM job WHERE t.label(node_id) = 'job:load';

-- _deleted is a tombstone: on jobs and datasets, not on runs.
SELECT ingest(t.run_event('RUNNING', '10:10', 1, 'load', job_facets => '{"documentation": {"_deleted": true}}', run_facets => '{"x_run": {"_deleted": true}}'));
SELECT entity, run, name, is_deleted FROM t.facets WHERE name IN ('documentation', 'x_run');
SELECT description FROM job WHERE t.label(node_id) = 'job:load';
-- An older one does not bring it back, a newer one does.
SELECT ingest(t.run_event('RUNNING', '10:09', 1, 'load', job_facets => '{"documentation": {"description": "older than the tombstone"}}'));
SELECT description FROM job WHERE t.label(node_id) = 'job:load';
SELECT ingest(t.run_event('RUNNING', '10:11', 1, 'load', job_facets => '{"documentation": {"description": "back"}}'));
SELECT description FROM job WHERE t.label(node_id) = 'job:load';

-- Owners.
SELECT ingest(t.dataset_event('11:00', 'a', '{"ownership": {"owners": [{"name": "team:risk", "type": "MAINTAINER"}, {"name": "ada"}]}}'));
SELECT t.label(node_id), ordinal, name, type FROM owner ORDER BY 1, 2;
SELECT ingest(t.dataset_event('11:05', 'a', '{"ownership": {"owners": [{"name": "ben"}]}}'));
SELECT t.label(node_id), ordinal, name, type FROM owner ORDER BY 1, 2;

-- Tags of a dataset, a column, a job, a run.
SELECT ingest(t.run_event('START', '12:00', 3, 'tagged', NULL,
    jsonb_build_array(t.dataset('b', '{"tags": {"tags": [{"key": "PII", "value": "true", "source": "DBT"}, {"key": "PII", "value": "true", "field": "email"}]}}')),
    run_facets => '{"tags": {"tags": [{"key": "team", "value": "risk"}]}}', job_facets => '{"tags": {"tags": [{"key": "nightly"}]}}'));
SELECT coalesce(t.label(node_id), 'run:' || right(run_id::text, 4)) AS entity, field, tag, value, source FROM tag_assignment ORDER BY 1, 2 NULLS FIRST;

-- The rest that has a column.
SELECT ingest(t.run_event('START', '13:00', 4, 'all', NULL, jsonb_build_array(t.dataset('m',
        '{"datasetType": {"datasetType": "MODEL"}, "dataSource": {"name": "registry", "uri": "https://models.example"},
          "documentation": {"description": "scores loans"}, "version": {"datasetVersion": "7"}}')),
    run_facets => '{"nominalTime": {"nominalStartTime": "2026-01-05", "nominalEndTime": "2026-01-06T00:00:00+02:00"}}',
    job_facets => '{"jobType": {"processingType": "SERVICE", "integration": "X"}, "sourceCodeLocation": {"type": "git", "url": "https://git.example/x"}}'));
SELECT type, source_name, description FROM dataset WHERE t.label(node_id) = 'dataset:m';
SELECT name, connection_url FROM source;
SELECT type, location FROM job WHERE t.label(node_id) = 'job:all';
SELECT nominal_start_time, nominal_end_time FROM run WHERE id = t.run_id(4)::uuid;

-- A facet without its two required members is taken with a note; so is one that is no object, unless the standard says what it holds; null is nothing.
SELECT ingest(t.event('14:00', '{"dataset": {"namespace": "db", "name": "odd", "facets": {"x_bare": {"a": 1}, "x_list": [1], "x_text": "no", "x_null": null, "schema": "no"}}}'));
SELECT name, body FROM t.facets WHERE entity = 'dataset:odd';
SELECT * FROM t.issues;

SELECT t.same_in_both_orders(
    t.dataset_event('15:00', 'o', '{"ownership": {"owners": [{"name": "one"}]}, "tags": {"tags": [{"key": "x"}]}}'),
    t.dataset_event('15:01', 'o', '{"ownership": {"owners": [{"name": "two"}, {"name": "three"}]}}'),
    t.dataset_event('15:02', 'o', '{"tags": {"_deleted": true}}'),
    t.dataset_event('15:02', 'o', '{"tags": {"tags": [{"key": "same time"}]}}'));

ROLLBACK;
