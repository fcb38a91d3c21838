-- columnLineage facets make column edges with their transformations; dataset edges stay.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.input_field(dataset text, field text, transformations text = NULL) RETURNS jsonb IMMUTABLE
    RETURN jsonb_strip_nulls(jsonb_build_object('namespace', 'db', 'name', dataset, 'field', field, 'transformations', transformations::jsonb));
CREATE FUNCTION t.columns(fields jsonb, every jsonb = NULL) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('columnLineage', jsonb_strip_nulls(jsonb_build_object('fields', fields, 'dataset', every)));
CREATE FUNCTION t.column(name text, VARIADIC inputs jsonb[]) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object(name, jsonb_build_object('inputFields', to_jsonb(inputs)));

-- Neither side has a schema facet.
SELECT ingest(t.run_event('START', '10:00', 1, 'sum', t.datasets('a', 'b'), jsonb_build_array(t.dataset('c', t.columns(
    t.column('total', t.input_field('a', 'price', '[{"type": "DIRECT", "subtype": "AGGREGATION", "description": "sum", "masking": false}]'),
                      t.input_field('b', 'key', '[{"type": "INDIRECT", "subtype": "JOIN"}]'))
    || t.column('id', t.input_field('a', 'id')))))));
SELECT * FROM t.column_edges;
SELECT * FROM t.edges;

-- The facet is replaced as a whole by the job's next one ...
SELECT ingest(t.run_event('COMPLETE', '10:05', 1, 'sum', t.datasets('a', 'b'), jsonb_build_array(t.dataset('c', t.columns(
    t.column('total', t.input_field('a', 'price', '[{"type": "DIRECT", "subtype": "IDENTITY"}]')))))));
SELECT * FROM t.column_edges;
-- ... not by an event without one, not by an older one.
SELECT ingest(t.run_event('COMPLETE', '10:06', 2, 'sum', t.datasets('a'), t.datasets('c')));
SELECT ingest(t.run_event('COMPLETE', '09:00', 3, 'sum', t.datasets('a'), jsonb_build_array(t.dataset('c', t.columns(t.column('total', t.input_field('a', 'old')))))));
SELECT * FROM t.column_edges;

-- Another job says other things of the same column: both hold.
SELECT ingest(t.run_event('COMPLETE', '10:10', 4, 'also', t.datasets('a'), jsonb_build_array(t.dataset('c', t.columns(t.column('total', t.input_field('a', 'tax')))))));
SELECT edge, told_by FROM t.column_edges;

-- "dataset" means every column, and is kept once.
SELECT ingest(t.run_event('COMPLETE', '11:00', 5, 'filter', t.datasets('a'), jsonb_build_array(t.dataset('d', t.columns(
    t.column('x', t.input_field('a', 'x')),
    jsonb_build_array(t.input_field('a', 'day', '[{"type": "INDIRECT", "subtype": "FILTER"}]')))))));
SELECT * FROM t.column_edges WHERE told_by = 'job:filter';

-- The old form, before version 1-1-0.
SELECT ingest(t.run_event('COMPLETE', '12:00', 6, 'old', t.datasets('a'), jsonb_build_array(t.dataset('e',
    '{"columnLineage": {"fields": {"y": {"inputFields": [{"namespace": "db", "name": "a", "field": "y"}], "transformationType": "MASKED", "transformationDescription": "hashed"}}}}'))));
SELECT * FROM t.column_edges WHERE told_by = 'job:old';
-- It counts beside an empty list, too, as the Python client writes it, and a description without a type.
SELECT ingest(t.run_event('COMPLETE', '12:00', 10, 'client', t.datasets('a'), jsonb_build_array(t.dataset('m', '{"columnLineage": {"fields": {
    "y": {"inputFields": [{"namespace": "db", "name": "a", "field": "y", "transformations": []}], "transformationType": "MASKED", "transformationDescription": "hashed"},
    "z": {"inputFields": [{"namespace": "db", "name": "a", "field": "z", "transformations": []}], "transformationType": null, "transformationDescription": "cut"}}}}'))));
SELECT * FROM t.column_edges WHERE told_by = 'job:client';
SELECT target_field, type, description FROM column_transformation WHERE target = 'm' ORDER BY 1;
SELECT i #>> '{inputFields,0,transformationType}' AS type, i #>> '{inputFields,0,transformationDescription}' AS description
  FROM json_array_elements(openlineage.api_dataset('{db,m}', '{}') -> 'columnLineage') AS i;

-- A DatasetEvent may tell it too.
SELECT ingest(t.dataset_event('13:00', 'f', t.columns(t.column('z', t.input_field('a', 'z')))));
SELECT * FROM t.column_edges WHERE told_by = 'dataset:f';
SELECT count(*) FROM t.edges WHERE edge LIKE '%dataset:f%';

-- A facet that is deleted takes its edges with it, not those of another job; what is older does not bring them back.
SELECT ingest(t.run_event('COMPLETE', '10:20', 4, 'also', t.datasets('a'), jsonb_build_array(t.dataset('c', '{"columnLineage": {"_deleted": true, "fields": {"no": {"inputFields": [{"namespace": "db", "name": "a", "field": "no"}]}}}}'))));
SELECT ingest(t.run_event('COMPLETE', '10:15', 4, 'also', t.datasets('a'), jsonb_build_array(t.dataset('c', t.columns(t.column('total', t.input_field('a', 'late')))))));
SELECT ingest(t.dataset_event('13:10', 'f', '{"columnLineage": {"_deleted": true}}'));
SELECT edge, told_by FROM t.column_edges WHERE told_by IN ('job:sum', 'job:also', 'dataset:f');
SELECT source_field, target, target_field FROM column_transformation WHERE target = 'f' OR source_field IN ('tax', 'late', 'no');
SELECT node FROM column_lineage('datasetField:db:c:total') ORDER BY distance;
SELECT openlineage.api_dataset('{db,f}', '{}') ->> 'columnLineage', openlineage.api_dataset('{db,f}', '{}') #>> '{facets,columnLineage}';
-- What the job tells later counts again.
SELECT ingest(t.run_event('COMPLETE', '10:30', 5, 'also', t.datasets('a'), jsonb_build_array(t.dataset('c', t.columns(t.column('total', t.input_field('a', 'tax')))))));
SELECT edge, told_by FROM t.column_edges WHERE told_by = 'job:also';

-- Odd members are left out with a note.
SELECT ingest(t.run_event('COMPLETE', '14:00', 7, 'odd', t.datasets('a'), jsonb_build_array(t.dataset('g',
    '{"columnLineage": {"fields": {"ok": {"inputFields": [{"namespace": "db", "name": "a", "field": "ok"}, {"namespace": "db"}, 7]}, "none": 1, "list": {"inputFields": {}}}}}'))));
SELECT * FROM t.column_edges WHERE told_by = 'job:odd';
SELECT * FROM t.issues;

-- Schema facets name columns; nested ones by path.
SELECT ingest(t.dataset_event('15:00', 'h', '{"schema": {"fields": [{"name": "id", "type": "int", "description": "key"},
    {"name": "address", "type": "struct", "fields": [{"name": "street", "type": "text"}, {"name": "zip", "type": "text"}]}]}}'));
SELECT name, type, description, ordinal FROM dataset_field WHERE t.label(dataset_id) = 'dataset:h' ORDER BY ordinal;
-- What the next schema does not have is kept, without a place in it.
SELECT ingest(t.dataset_event('15:05', 'h', '{"schema": {"fields": [{"name": "id", "type": "bigint"}]}}'));
SELECT name, type, ordinal FROM dataset_field WHERE t.label(dataset_id) = 'dataset:h' ORDER BY name COLLATE "C";

SELECT t.same_in_both_orders(
    t.run_event('COMPLETE', '16:00', 8, 'm', t.datasets('a'), jsonb_build_array(t.dataset('n', t.columns(t.column('p', t.input_field('a', 'p')))))),
    t.run_event('COMPLETE', '16:01', 9, 'm', t.datasets('a'), jsonb_build_array(t.dataset('n', t.columns(t.column('q', t.input_field('a', 'q')))))),
    t.job_event('16:02', 'm', t.datasets('b'), jsonb_build_array(t.dataset('n', t.columns(t.column('r', t.input_field('b', 'r')))))),
    t.run_event('COMPLETE', '16:03', 10, 'm', t.datasets('b'), t.datasets('n')));

SELECT t.same_in_both_orders(
    t.run_event('COMPLETE', '17:00', 11, 'u', t.datasets('a'), jsonb_build_array(t.dataset('v', t.columns(t.column('p', t.input_field('a', 'p')))))),
    t.run_event('COMPLETE', '17:01', 12, 'u', t.datasets('a'), jsonb_build_array(t.dataset('v', '{"columnLineage": {"_deleted": true}}'))),
    t.job_event('17:02', 'w', t.datasets('b'), jsonb_build_array(t.dataset('v', t.columns(t.column('r', t.input_field('b', 'r')))))),
    t.run_event('COMPLETE', '17:03', 13, 'w', t.datasets('b'), jsonb_build_array(t.dataset('v', '{"columnLineage": {"_deleted": true}}'))),
    t.run_event('COMPLETE', '17:02', 14, 'u', t.datasets('a'), t.datasets('v')));
SELECT count(*) FROM t.column_edges WHERE edge LIKE '% -> v.%';

ROLLBACK;
