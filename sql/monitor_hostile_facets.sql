-- Whatever shape a known facet has, it is stored, and no view and no endpoint fails on it.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

-- Every facet that means something, with the members that are looked at.
CREATE TABLE t.known (place text, facet text, members text[]);
INSERT INTO t.known VALUES
    ('run', 'parent', '{run,job,root}'), ('run', 'nominalTime', '{nominalStartTime,nominalEndTime}'),
    ('run', 'errorMessage', '{message,programmingLanguage,stackTrace}'), ('run', 'processing_engine', '{version,name,openlineageAdapterVersion}'),
    ('run', 'environmentVariables', '{environmentVariables}'), ('run', 'executionParameters', '{parameters}'), ('run', 'tags', '{tags}'),
    ('run', 'externalQuery', '{externalQueryId,source}'), ('run', 'extractionError', '{totalTasks,failedTasks,errors}'),
    ('run', 'jobDependencies', '{upstream,downstream,trigger_rule}'), ('run', 'test', '{tests}'),
    ('job', 'jobType', '{processingType,integration,jobType,emissionPattern}'), ('job', 'sql', '{query,dialect}'), ('job', 'sourceCode', '{language,sourceCode}'),
    ('job', 'sourceCodeLocation', '{type,url,repoUrl,path,version,tag,branch,pullRequestNumber}'), ('job', 'documentation', '{description,contentType}'),
    ('job', 'ownership', '{owners}'), ('job', 'tags', '{tags}'), ('job', 'lineage', '{entries}'),
    ('dataset', 'schema', '{fields}'), ('dataset', 'dataSource', '{name,uri}'), ('dataset', 'columnLineage', '{fields,dataset}'), ('dataset', 'symlinks', '{identifiers}'),
    ('dataset', 'lifecycleStateChange', '{lifecycleStateChange,previousIdentifier}'), ('dataset', 'datasetType', '{datasetType,subType}'), ('dataset', 'version', '{datasetVersion}'),
    ('dataset', 'lineage', '{inputs,fields}'), ('dataset', 'catalog', '{framework,type,name,metadataUri,warehouseUri,source,catalogProperties}'), ('dataset', 'storage', '{storageLayer,fileFormat}'),
    ('dataset', 'hierarchy', '{levels}'), ('dataset', 'documentation', '{description,contentType}'), ('dataset', 'ownership', '{owners}'), ('dataset', 'tags', '{tags}'),
    ('dataset', 'dataQualityMetrics', '{rowCount,bytes,fileCount,lastUpdated,columnMetrics}'), ('dataset', 'dataQualityAssertions', '{assertions}'),
    ('input', 'inputStatistics', '{rowCount,size,fileCount}'), ('input', 'dataQualityMetrics', '{rowCount,bytes,fileCount,lastUpdated,columnMetrics}'), ('input', 'dataQualityAssertions', '{assertions}'),
    ('input', 'inputSubset', '{inputCondition}'), ('input', 'icebergScanReport', '{scanMetrics}'),
    ('output', 'outputStatistics', '{rowCount,size,fileCount}'), ('output', 'outputSubset', '{outputCondition}'), ('output', 'icebergCommitReport', '{commitMetrics}');
-- What a member may be: wrong types, odd texts, numbers beyond everything, arrays and objects of such.
CREATE TABLE t.shape (n int, value text);
INSERT INTO t.shape SELECT n, v FROM unnest(ARRAY['null', 'true', '0', '-1', '1e400', '-1e-400', repeat('9', 400), '"word"', '""', '"\u0000"', '"\ud800"', '"2026-99-99T99:99:99Z"', '"1e999"', '"NaN"', '"infinity"',
    format('"%s"', repeat('x', 9000)), '{}', '[]', '[null, 1, "x", [], {}]', '[[[[[{"a": [1]}]]]]]', '{"a": {"b": {"c": []}}}', repeat('[', 200) || repeat(']', 200),
    '[{"name": null, "key": null, "namespace": null, "field": null}]',
    '[{"name": 1, "key": 2, "namespace": 3, "field": 4, "value": 5, "assertion": 6, "column": 7, "success": "maybe", "status": 8, "inputs": 9, "fields": 10, "job": 11, "run": 12, "transformations": 13, "inputFields": 14, "type": 15}]',
    '[{"name": {"a": 1}, "key": [1], "namespace": {"b": 2}, "field": [2], "value": {"c": []}, "assertion": [], "column": {}, "success": [], "status": {}, "inputs": {}, "fields": [], "job": [], "run": [], "errorMessage": [1], "taskNumber": "x", "item": 1}]',
    '[{"namespace": "n", "name": "x", "type": "JOB", "key": "k", "field": "f", "value": 1e400, "assertion": "a", "column": "c", "success": "true", "status": "PASS", "job": {"namespace": "n", "name": 5}, "run": {"runId": 7, "facets": 1}, "params": [1], "inputs": [{"namespace": "n", "name": "y", "field": 3, "transformations": {"a": 1}}], "runId": {}}]',
    '{"run": {"runId": [], "facets": []}, "job": {"namespace": "n", "name": {}, "facets": "x"}, "runId": 5, "namespace": "n", "name": 7, "type": [], "locations": {}, "partitions": 1, "eventContentMode": 1, "windowDuration": "x"}',
    '{"x": {"inputFields": 1, "inputs": "x", "quantiles": [1], "min": "a", "max": {}}, "": {"inputFields": [{}], "quantiles": {"0.5": "x", "0.9": 1e400}}, "quantiles": {"": 1}, "y": [1], "z": null}'])
    WITH ORDINALITY AS u (v, n);
CREATE FUNCTION t.facet_text(members text[], value text) RETURNS text IMMUTABLE
    RETURN (SELECT '{"_producer": "p", "_schemaURL": "s", ' || string_agg(to_json(m)::text || ': ' || value, ', ') || '}' FROM unnest(members) AS m);
-- One event with all facets of one shape; two datasets, as one name is not both input and output.
CREATE FUNCTION t.hostile(n int, value text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH place AS (
        SELECT place, '{' || string_agg(to_json(facet)::text || ': ' || t.facet_text(members, value), ', ' ORDER BY facet) || '}' AS facets FROM t.known GROUP BY place)
    SELECT format('{"eventTime": "2026-01-05T10:%s:00Z", "producer": "p", "schemaURL": "s", "eventType": "START", "run": {"runId": "%s", "facets": %s}, "job": {"namespace": "sched", "name": "j%s", "facets": %s},'
                  ' "inputs": [{"namespace": "db", "name": "in%s", "facets": %s, "inputFacets": %s}], "outputs": [{"namespace": "db", "name": "out%s", "facets": %s, "outputFacets": %s}]}',
                  lpad(n::text, 2, '0'), t.run_id(n), r.facets, n, j.facets, n, d.facets, i.facets, n, d.facets, o.facets)
      FROM place AS r, place AS j, place AS d, place AS i, place AS o
     WHERE (r.place, j.place, d.place, i.place, o.place) = ('run', 'job', 'dataset', 'input', 'output')
$$;
SELECT count(*) AS shapes, sum(ingest(t.hostile(n, value))) AS taken FROM t.shape;
-- The same facets in DatasetEvents and JobEvents.
SELECT sum(ingest(format('{"eventTime": "2026-01-05T11:00:00Z", "producer": "p", "schemaURL": "s", "dataset": {"namespace": "db", "name": "d%s", "facets": {%s: %s}}}', n, to_json(facet), t.facet_text(members, value)))) > 400 AS taken
  FROM t.shape, t.known WHERE place = 'dataset';
SELECT sum(ingest(format('{"eventTime": "2026-01-05T11:00:00Z", "producer": "p", "schemaURL": "s", "job": {"namespace": "sched", "name": "e%s", "facets": {%s: %s}}}', n, to_json(facet), t.facet_text(members, value)))) > 200 AS taken
  FROM t.shape, t.known WHERE place = 'job';
-- Facets that are nothing but one value, and one with a member twice.
SELECT sum(ingest(format('{"eventTime": "2026-01-05T12:00:00Z", "producer": "p", "schemaURL": "s", "dataset": {"namespace": "db", "name": "v%s", "facets": {%s: %s}}}', n, to_json(facet), value))) > 400 AS taken
  FROM t.shape, t.known WHERE place = 'dataset';
SELECT ingest('{"eventTime": "2026-01-05T12:00:00Z", "producer": "p", "schemaURL": "s", "dataset": {"namespace": "db", "name": "twice", "facets": {"storage": {"storageLayer": 1, "storageLayer": "last"}}}}');
SELECT storage_layer FROM dataset_detail WHERE dataset = 'twice';

-- Every view of the extension can be read from end to end.
CREATE FUNCTION t.read_all() RETURNS TABLE (view name, outcome text) LANGUAGE plpgsql AS $$
DECLARE
    rows  bigint;
BEGIN
    FOR view IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'openlineage'::regnamespace AND c.relkind = 'v' ORDER BY 1 LOOP
        BEGIN
            EXECUTE format('SELECT count(v::text) FROM openlineage.%I AS v', view) INTO rows;
        EXCEPTION WHEN OTHERS THEN
            outcome := SQLSTATE || ' ' || SQLERRM;
            RETURN NEXT;
        END;
    END LOOP;
    RETURN QUERY SELECT 'views without a finding'::name, (count(*) > 20)::text FROM pg_class AS c WHERE c.relnamespace = 'openlineage'::regnamespace AND c.relkind = 'v';
END
$$;
SELECT * FROM t.read_all();
SET LOCAL ROLE openlineage_reader;
-- Every endpoint of one job, dataset, run or list, as a reader.
SELECT count(api_run(ARRAY[n.id::text], '{}')) > 20 AS runs FROM run AS n;
SELECT count(api_job(ARRAY[s.name, n.name], '{}')) > 20 AS jobs FROM job AS j JOIN node AS n ON n.id = j.node_id JOIN namespace AS s ON s.id = n.namespace_id;
SELECT count(api_job_runs(ARRAY[s.name, n.name], '{}')) > 20 AS runs FROM job AS j JOIN node AS n ON n.id = j.node_id JOIN namespace AS s ON s.id = n.namespace_id;
SELECT count(api_dataset(ARRAY[s.name, n.name], '{}')) > 20 AS datasets FROM node AS n JOIN namespace AS s ON s.id = n.namespace_id WHERE n.kind = 'dataset';
SELECT count(api_lineage('{}', json_build_object('nodeId', json_build_array('dataset:' || s.name || ':' || n.name)))) > 20 AS graphs FROM node AS n JOIN namespace AS s ON s.id = n.namespace_id WHERE n.kind = 'dataset';
SELECT count(api_column_lineage('{}', json_build_object('nodeId', json_build_array('dataset:' || s.name || ':' || n.name)))) > 20 AS columns FROM node AS n JOIN namespace AS s ON s.id = n.namespace_id WHERE n.kind = 'dataset' AND n.canonical_id IS NULL;
SELECT json_array_length(api_jobs('{}', '{"limit": ["1000"]}') -> 'jobs') > 20 AS jobs, json_array_length(api_datasets('{db}', '{"limit": ["1000"]}') -> 'datasets') > 20 AS datasets;
RESET ROLE;
SELECT count(*) > 500 AS lines FROM state_export();

-- Whatever the order.
SELECT bool_and(t.same_in_both_orders(t.hostile(n, value), replace(replace(t.hostile(n, value), 'T10:', 'T09:'), '"p"', '"q"'))) FROM t.shape WHERE n % 5 = 0;

ROLLBACK;
