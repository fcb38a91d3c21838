-- PUT /namespaces/{namespace}/datasets/{dataset}: tables and streams, their versions, the run that wrote them.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set commands :input '/test/lib/commands.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\i :commands
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT a.status FROM openlineage.api_put_namespace('{db}', '{}', '{"ownerName": "ann"}') AS a;
SELECT a.status FROM openlineage.api_put_source('{warehouse}', '{}', '{"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://h/d"}') AS a;
-- A table with all there is to say.
SELECT t.told(t.put_dataset('sales', '{"type": "DB_TABLE", "physicalName": "public.sales", "sourceName": "warehouse", "description": "all sales", "tags": ["GOLD"],
    "fields": [{"name": "amount", "type": "DECIMAL", "tags": ["PII"], "description": "gross"}, {"name": "shop", "type": null}]}'));
SELECT t.told(openlineage.api_dataset_versions('{db,sales}', '{}'));
-- The same again is the same: no version more.
SELECT (t.put_dataset('sales', '{"type": "DB_TABLE", "physicalName": "public.sales", "sourceName": "warehouse", "description": "all sales", "tags": ["GOLD"],
    "fields": [{"name": "amount", "type": "DECIMAL", "tags": ["PII"], "description": "gross"}, {"name": "shop", "type": null}]}')).status;
SELECT t.versions('sales');
-- Less: the description stays, tags add up, columns are those of this PUT.
SELECT t.told(t.put_dataset('sales', '{"type": "DB_TABLE", "physicalName": "public.sales", "sourceName": "warehouse", "tags": ["SENSITIVE"],
    "fields": [{"name": "total", "type": "INT", "tags": ["PII"]}, {"name": "amount", "type": "DECIMAL"}]}'));
SELECT t.told(t.put_dataset('sales', '{"type": "DB_TABLE", "physicalName": "public.sales2", "sourceName": "warehouse", "fields": null, "tags": null}'));
SELECT t.versions('sales');
-- A stream, and its schema somewhere else.
SELECT t.told(t.put_dataset('clicks', '{"type": "STREAM", "physicalName": "clicks", "sourceName": "warehouse", "schemaLocation": "http://registry.example/clicks.avsc"}'));
SELECT v ->> 'schemaLocation' FROM openlineage.api_dataset_versions('{db,clicks}', '{}') AS a, json_array_elements(a -> 'versions') AS v;
SELECT a.body ->> 'schemaLocation'
  FROM t.put_dataset('clicks', '{"type": "STREAM", "physicalName": "clicks", "sourceName": "warehouse", "schemaLocation": "http://registry.example/\"2\".avsc"}') AS a;
SELECT v ->> 'schemaLocation' FROM openlineage.api_dataset_versions('{db,clicks}', '{}') AS a, json_array_elements(a -> 'versions') AS v;
-- It can become a table, and a stream again.
SELECT a.body ->> 'type' FROM t.put_dataset('clicks', t.table_meta('a')) AS a;
SELECT a.body ->> 'type' FROM t.put_dataset('clicks', '{"type": "STREAM", "physicalName": "clicks", "sourceName": "warehouse"}') AS a;
-- A finer type that events told stays.
SELECT ingest(t.dataset_event('08:00', 'model', '{"datasetType": {"datasetType": "MODEL"}}'));
SELECT a.body ->> 'type', (SELECT d.type FROM openlineage.dataset AS d WHERE t.label(d.node_id) = 'dataset:model') FROM t.put_dataset('model', t.table_meta('a')) AS a;
-- Written by a run: a version of that run alone, and an output of it; the run itself stays as it is.
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT (t.put_dataset('out', t.table_meta('a'))).status;
SELECT t.run(2)::text AS before \gset
SELECT a.body -> 'fields' FROM t.put_dataset('out', t.table_meta('a', 2)) AS a;
SELECT t.versions('out');
SELECT (:'before'::jsonb - 'outputDatasetVersions' - 'jobVersion') = (t.run(2)::jsonb - 'outputDatasetVersions' - 'jobVersion');
SELECT o #>> '{datasetVersionId,name}', o #>> '{datasetVersionId,version}' = openlineage.api_dataset('{db,out}', '{}') ->> 'currentVersion'
  FROM json_array_elements(t.run(2) -> 'outputDatasetVersions') AS o;
SELECT (t.put_dataset('out', t.table_meta('a', 2))).status;
SELECT (t.put_dataset('out', t.table_meta('a', 3))).status;
SELECT (t.put_dataset('out', t.table_meta('b', 3))).status;
SELECT t.versions('out');
-- What events told is no longer shown as a facet where PUT said otherwise; what it did not touch is.
SELECT a.body ->> 'physicalName', a.body ->> 'sourceName', t.keys(a.body -> 'facets') FROM t.put_dataset('main.sales', t.table_meta('a')) AS a;
-- By an alias: the answer is under the name that was asked for.
SELECT a.body ->> 'name', a.body ->> 'physicalName', a.body -> 'fields'
  FROM openlineage.api_put_dataset('{lake,s3/main}', '{}', t.table_meta('c')) AS a;
SELECT t.versions('main.sales');
-- A dataset that was deleted is there again.
SELECT a.status FROM openlineage.api_delete_dataset('{db,out}', '{}', NULL) AS a;
SELECT a.status FROM t.put_dataset('out', t.table_meta('b')) AS a;
SELECT openlineage.api_dataset('{db,out}', '{}') ->> 'name';
-- Errors.
SELECT t.failures($$api_put_dataset('{gone,x}', '{}', t.table_meta('a'))$$,
                  $$api_put_dataset('{db,x}', '{}', replace(t.table_meta('a'), 'warehouse', 'gone'))$$,
                  $$api_put_dataset('{db,x}', '{}', t.table_meta('a', 77))$$,
                  $$api_put_dataset('{db,x}', '{}', NULL)$$, $$api_put_dataset('{db,x}', '{}', '{')$$, $$api_put_dataset('{db,x}', '{}', '[]')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"physicalName": "x", "sourceName": "warehouse"}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "VIEW", "physicalName": "x", "sourceName": "warehouse"}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "sourceName": "warehouse"}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x"}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x", "sourceName": "warehouse", "runId": "seven"}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x", "sourceName": "warehouse", "fields": {}}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x", "sourceName": "warehouse", "fields": [1]}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x", "sourceName": "warehouse", "fields": [{"type": "INT"}]}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x", "sourceName": "warehouse", "fields": [{"name": "a", "tags": [{}]}]}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x", "sourceName": "warehouse", "tags": "PII"}')$$,
                  $$api_put_dataset('{db,x}', '{}', '{"type": "STREAM", "physicalName": "x", "sourceName": "warehouse", "description": {}}')$$);
SELECT count(*) FROM openlineage.node AS n WHERE n.name = 'x';
ROLLBACK;
