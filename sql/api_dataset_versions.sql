-- GET …/datasets/{dataset}/versions and …/versions/{version}: content, facets and run of each version.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT sum(ingest(e)) FROM t.story() AS e;
CREATE FUNCTION t.versions(dataset text, query json = '{}') RETURNS SETOF json LANGUAGE sql AS $$
    SELECT v FROM json_array_elements(openlineage.api_dataset_versions(ARRAY['db', dataset], query) -> 'versions') AS v
$$;
-- One object in full: its version is the dataset's current one.
SELECT t.keys(v) FROM t.versions('main.sales') AS v;
SELECT regexp_replace(t.show(v), '[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f-]{21}', 'UUID', 'g') FROM t.versions('main.sales') AS v;
SELECT v ->> 'version' = api_dataset('{db,main.sales}', '{}') ->> 'currentVersion' AS is_current,
       v #>> '{createdByRun,outputDatasetVersions,0,datasetVersionId,version}' = v ->> 'version' AS is_of_its_run,
       (v -> 'createdByRun')::text = api_run(ARRAY[t.run_id(1)], '{}')::text AS run_is_full,
       v::text = api_dataset_version(ARRAY['db', 'main.sales', v ->> 'version'], '{}')::text AS same_alone
  FROM t.versions('main.sales') AS v;
-- By an alias: its name, the versions of the dataset it stands for.
SELECT v ->> 'namespace', v ->> 'name', v ->> 'physicalName', v ->> 'version' = w ->> 'version'
  FROM json_array_elements(api_dataset_versions('{lake,s3/main}', '{}') -> 'versions') AS v, t.versions('main.sales') AS w;
-- A stream has one key more; nothing told of content is one version too.
SELECT t.keys(v), v ->> 'type', v ->> 'fields', v ->> 'lifecycleState', v ->> 'createdAt', v ->> 'description',
       v ->> 'version' = api_dataset('{db,clicks}', '{}') ->> 'currentVersion' AS is_current,
       v::text = api_dataset_version(ARRAY['db', 'clicks', v ->> 'version'], '{}')::text AS same_alone, v -> 'facets' -> 'datasetType' ->> 'datasetType'
  FROM t.versions('clicks') AS v;
SELECT api_dataset_versions('{db,clicks}', '{}') ->> 'totalCount', api_dataset_versions('{db,clicks}', '{"offset": ["1"]}'), api_dataset_versions('{db,clicks}', '{"limit": ["0"]}');
-- A dataset that changes: each version has its own columns, source, state and facets.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '11:00', 11, 'grow', NULL, jsonb_build_array(t.dataset('t', '{"schema": {"fields": [{"name": "a", "type": "INT"}]}, "dataSource": {"name": "first"},
        "lifecycleStateChange": {"lifecycleStateChange": "CREATE"}, "documentation": {"description": "one"}, "stays": {"a": 1}}')))),
    (t.run_event('COMPLETE', '11:10', 11, 'grow', NULL, jsonb_build_array(t.dataset('t', '{}', jsonb_build_object('outputFacets', t.facets('{"outputStatistics": {"rowCount": 1}}')))))),
    (t.dataset_event('11:20', 't', '{"ownership": {"owners": [{"name": "early"}]}}')),
    (t.run_event('COMPLETE', '12:00', 12, 'grow', NULL, jsonb_build_array(t.dataset('t', '{"schema": {"fields": [{"name": "a", "type": "INT"}, {"name": "b", "type": "TEXT", "description": "new"}]},
        "dataSource": {"name": "second"}, "documentation": {"description": "two"}}', jsonb_build_object('outputFacets', t.facets('{"outputStatistics": {"rowCount": 2}}')))))),
    (t.dataset_event('12:30', 't', '{"ownership": {"owners": [{"name": "late"}]}, "stays": {"_deleted": true}}'))) AS v (e);
SELECT v ->> 'createdAt', v ->> 'sourceName', v ->> 'lifecycleState', v ->> 'fields', right(v #>> '{createdByRun,id}', 2)
  FROM t.versions('t') AS v;
SELECT v ->> 'createdAt', f.key, (f.value::jsonb - '_producer' - '_schemaURL')::text
  FROM t.versions('t') AS v, json_each(v -> 'facets') AS f ORDER BY v ->> 'createdAt', f.key COLLATE "C";
SELECT count(DISTINCT v ->> 'version'), count(DISTINCT v ->> 'currentSchemaVersion') FROM t.versions('t') AS v;
SELECT v ->> 'createdAt' FROM t.versions('t', '{"limit": ["1"], "offset": ["1"]}') AS v;
SELECT api_dataset_versions('{db,t}', '{"limit": ["0"]}');
-- The first version again: it is the current one, and shows what stands now.
SELECT ingest(t.run_event('COMPLETE', '13:00', 13, 'grow', NULL, jsonb_build_array(t.dataset('t', '{"schema": {"fields": [{"name": "a", "type": "INT"}]}, "dataSource": {"name": "first"},
        "lifecycleStateChange": {"lifecycleStateChange": "CREATE"}}'))));
SELECT v ->> 'createdAt', right(v #>> '{createdByRun,id}', 2), v #>> '{facets,ownership,owners,0,name}', v #>> '{facets,documentation,description}', v #>> '{facets,dataSource,name}',
       v ->> 'version' = api_dataset('{db,t}', '{}') ->> 'currentVersion'
  FROM t.versions('t') AS v;
SELECT (SELECT array_agg(v ->> 'createdAt') FROM t.versions('t', json_build_object('limit', ARRAY['1'], 'offset', ARRAY[o::text])) AS v) FROM generate_series(0, 2) AS o;
SELECT array_agg(v ->> 'createdAt') FROM t.versions('t', '{"limit": ["2"], "offset": ["1"]}') AS v;
-- Who reads some columns takes none from the dataset: its own are those of the version it is at.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('COMPLETE', '14:00', 14, 'w', NULL, jsonb_build_array(t.dataset('wide', '{"schema": {"fields": [{"name": "a", "description": "key"}, {"name": "b"}, {"name": "c"}]}}')))),
    (t.run_event('COMPLETE', '15:00', 15, 'r', jsonb_build_array(t.dataset('wide', '{"schema": {"fields": [{"name": "b"}]}}')), NULL))) AS v (e);
SELECT json_agg(f ->> 'name'), min(f ->> 'description') FROM json_array_elements(api_dataset('{db,wide}', '{}') -> 'fields') AS f;
SELECT n #>> '{data,fields}' = api_dataset('{db,wide}', '{}') ->> 'fields' FROM json_array_elements(openlineage.api_lineage('{}', '{"nodeId": ["dataset:db:wide"], "depth": ["0"]}') -> 'graph') AS n WHERE n ->> 'id' = 'dataset:db:wide';
SELECT v ->> 'createdAt', (SELECT json_agg(f ->> 'name') FROM json_array_elements(v -> 'fields') AS f), right(v #>> '{createdByRun,id}', 2) FROM t.versions('wide') AS v;
-- One that nobody writes has those that are read; columns that are deleted are gone.
SELECT ingest(t.run_event('COMPLETE', '15:00', 16, 'r', jsonb_build_array(t.dataset('read', '{"schema": {"fields": [{"name": "b"}]}}')), NULL));
SELECT ingest(t.dataset_event('16:00', 'wide', '{"schema": {"_deleted": true}}'));
SELECT d, (SELECT json_agg(f ->> 'name') FROM json_array_elements(api_dataset(ARRAY['db', d], '{}') -> 'fields') AS f),
       n #>> '{data,fields}' = api_dataset(ARRAY['db', d], '{}') ->> 'fields'
  FROM unnest(ARRAY['read', 'wide']) AS d, json_array_elements(openlineage.api_lineage('{}', json_build_object('nodeId', ARRAY['dataset:db:' || d], 'depth', ARRAY['0'])) -> 'graph') AS n WHERE n ->> 'id' = 'dataset:db:' || d;
-- A past version that was told without columns has those of its time.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('COMPLETE', '14:00', 17, 'w', NULL, jsonb_build_array(t.dataset('s', '{"version": {"datasetVersion": "1"}}')))),
    (t.run_event('COMPLETE', '15:00', 18, 'w', NULL, jsonb_build_array(t.dataset('s', '{"schema": {"fields": [{"name": "a"}]}, "version": {"datasetVersion": "2"}}')))),
    (t.run_event('COMPLETE', '16:00', 19, 'w', NULL, jsonb_build_array(t.dataset('s', '{"version": {"datasetVersion": "3"}}')))),
    (t.run_event('COMPLETE', '17:00', 20, 'w', NULL, jsonb_build_array(t.dataset('s', '{"schema": {"fields": [{"name": "z", "description": "new"}]}, "version": {"datasetVersion": "4"}}'))))) AS v (e);
SELECT v ->> 'createdAt', (SELECT json_agg(f ->> 'name') FROM json_array_elements(v -> 'fields') AS f) FROM t.versions('s') AS v;
-- A version that was never told with a write is of the first run that wrote the dataset; one that a DatasetEvent wrote is of none.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '14:00', 21, 'w', NULL, t.datasets('plain', 'seen'))),
    (t.run_event('START', '15:00', 22, 'w', NULL, t.datasets('plain', 'seen', 'declared'))),
    (t.run_event('START', '16:00', 23, 'r', jsonb_build_array(t.dataset('seen', '{"schema": {"fields": [{"name": "a"}]}}')), NULL)),
    (t.dataset_event('16:00', 'declared', '{"schema": {"fields": [{"name": "a"}]}}'))) AS v (e);
SELECT d, right(v #>> '{createdByRun,id}', 2) FROM unnest(ARRAY['plain', 'seen', 'declared']) AS d, t.versions(d) AS v;
-- Errors.
SELECT t.failure('SELECT openlineage.' || c) FROM unnest(ARRAY[
    $$api_dataset_versions('{x,t}', '{}')$$, $$api_dataset_versions('{db,x}', '{}')$$, $$api_dataset_versions('{db,t}', '{"limit": ["-1"]}')$$,
    $$api_dataset_versions('{db,t}', '{"offset": ["x"]}')$$, $$api_dataset_version('{db,t,x}', '{}')$$,
    $$api_dataset_version('{db,t,00000000-0000-4000-8000-000000000001}', '{}')$$, $$api_dataset_version('{x,t,00000000-0000-4000-8000-000000000001}', '{}')$$,
    $$api_dataset_version('{db,x,00000000-0000-4000-8000-000000000001}', '{}')$$]) AS c;

ROLLBACK;
