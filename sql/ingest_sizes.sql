-- A large event is ordinary work, and names have no limit.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

-- 20,000 columns with their lineage: over 5 MB.
CREATE TABLE t.wide AS SELECT t.run_event('COMPLETE', '10:00', 1, 'wide', t.datasets('src'), jsonb_build_array(t.dataset('wide', jsonb_build_object(
    'schema', jsonb_build_object('fields', (SELECT jsonb_agg(jsonb_build_object('name', 'column_' || i, 'type', 'varchar(' || i || ')', 'description', 'column number ' || i || ' of a wide table'))
                                              FROM generate_series(1, 20000) AS i)),
    'columnLineage', jsonb_build_object('fields', (SELECT jsonb_object_agg('column_' || i, jsonb_build_object('inputFields', jsonb_build_array(jsonb_build_object(
        'namespace', 'db', 'name', 'src', 'field', 'source_' || i, 'transformations', jsonb_build_array(jsonb_build_object('type', 'DIRECT', 'subtype', 'IDENTITY', 'description', '', 'masking', false))))))
        FROM generate_series(1, 20000) AS i)))))) AS event;
SELECT octet_length(event) > 5000000 AS large, ingest(event) AS taken FROM t.wide;
SELECT count(*) AS columns FROM dataset_field WHERE t.label(dataset_id) = 'dataset:wide' AND ordinal IS NOT NULL;
SELECT count(*) AS edges FROM column_edge;
SELECT json_array_length(api_dataset('{db, wide}', '{}') -> 'fields') AS served;
SELECT count(*) AS then FROM dataset_columns_at('db', 'wide', t.at('11:00')::timestamptz);
SELECT count(*) AS reached FROM column_lineage('datasetField:db:wide:column_77') WHERE distance > 0;
-- The same again changes nothing; a column more is another version.
SELECT ingest(event || ' ') FROM t.wide;
SELECT count(*) AS columns FROM dataset_field WHERE t.label(dataset_id) = 'dataset:wide';
SELECT count(*) AS versions FROM dataset_version WHERE t.label(dataset_id) = 'dataset:wide';

-- 10,000 outputs with their statistics: of each a metric, and shown with its run.
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'many', NULL, (SELECT jsonb_agg(t.dataset('many' || i, more => jsonb_build_object(
    'outputFacets', t.facets(jsonb_build_object('outputStatistics', jsonb_build_object('rowCount', i)))))) FROM generate_series(1, 10000) AS i)));
SELECT count(*) AS metrics, count(*) FILTER (WHERE value = right(t.label(dataset_id), -12)::int AND run_id = t.run_id(2)::uuid AND event_time = t.at('11:00')::timestamptz) AS right_ones FROM metric;
SELECT count(*) AS outputs, count(*) FILTER (WHERE o #>> '{facets,outputStatistics,rowCount}' = substr(o #>> '{datasetVersionId,name}', 5)) AS right_ones
  FROM json_array_elements(api_run(ARRAY[t.run_id(2)], '{}') -> 'outputDatasetVersions') AS o;

-- Names of 9,000 characters, three bytes each, for all that has a name.
\set long '表'
SELECT ingest(jsonb_build_object('eventTime', '2026-01-05T12:00:00Z', 'producer', 'p', 'schemaURL', 's', 'eventType', 'COMPLETE',
    'run', jsonb_build_object('runId', l || 'r', 'facets', t.facets(jsonb_build_object(
        'tags', jsonb_build_object('tags', jsonb_build_array(jsonb_build_object('key', l || 't', 'value', l))),
        'parent', jsonb_build_object('run', jsonb_build_object('runId', l || 'p'), 'job', jsonb_build_object('namespace', l || 'n', 'name', l || 'p'))))),
    'job', jsonb_build_object('namespace', l || 'n', 'name', l || 'j', 'facets', t.facets(jsonb_build_object('ownership', jsonb_build_object('owners', jsonb_build_array(jsonb_build_object('name', l || 'o')))))),
    'inputs', jsonb_build_array(jsonb_build_object('namespace', l || 'd', 'name', l || 'i')),
    'outputs', jsonb_build_array(jsonb_build_object('namespace', l || 'd', 'name', l || 'o', 'facets', t.facets(jsonb_build_object(
        'schema', jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', l || 'c', 'type', l))),
        'dataSource', jsonb_build_object('name', l || 's', 'uri', l), 'version', jsonb_build_object('datasetVersion', l), 'datasetType', jsonb_build_object('datasetType', l),
        'symlinks', jsonb_build_object('identifiers', jsonb_build_array(jsonb_build_object('namespace', l || 'a', 'name', l || 'a', 'type', 'TABLE'))),
        'columnLineage', jsonb_build_object('fields', jsonb_build_object(l || 'c', jsonb_build_object('inputFields', jsonb_build_array(jsonb_build_object('namespace', l || 'd', 'name', l || 'i', 'field', l || 'f'))))))))))::text)
  FROM repeat(:'long', 9000) AS l;
SELECT length(api_job(ARRAY[l || 'n', l || 'j'], '{}') ->> 'name') AS job, length(api_dataset(ARRAY[l || 'd', l || 'o'], '{}') ->> 'name') AS dataset,
       length(api_dataset(ARRAY[l || 'a', l || 'a'], '{}') ->> 'name') AS alias, length(api_namespace(ARRAY[l || 'n'], '{}') ->> 'name') AS namespace,
       json_array_length(api_job_runs(ARRAY[l || 'n', l || 'j'], '{}') -> 'runs') AS runs FROM repeat(:'long', 9000) AS l;
SELECT length(name) AS columns FROM dataset_field WHERE length(name) > 100;
SELECT length(name) AS owner, (SELECT length(tag) FROM tag_assignment) AS tag, (SELECT max(length(name)) FROM source) AS source, (SELECT max(length(external_id)) FROM run) AS run FROM owner;
SELECT count(*) AS reached FROM repeat(:'long', 9000) AS l, impact('dataset:' || l || 'd:' || l || 'i');
SELECT count(*) AS reached FROM repeat(:'long', 9000) AS l, column_lineage('datasetField:' || l || 'd:' || l || 'o:' || l || 'c') WHERE distance > 0;

ROLLBACK;
