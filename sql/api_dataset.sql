-- Datasets: all their keys, merged facets, streams, aliases, dropped and revived ones.
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
SELECT t.show(openlineage.api_dataset('{db,main.sales}', '{}'));
SELECT t.show(openlineage.api_dataset('{db,clicks}', '{}'));
-- An alias answers under the name that was asked for, and is not listed.
SELECT d -> 'id', d ->> 'name', d ->> 'namespace', d ->> 'physicalName', d ->> 'sourceName', d -> 'tags'
  FROM openlineage.api_dataset('{lake,s3/main}', '{}') AS d;
SELECT openlineage.api_datasets('{lake}', '{}');
SELECT d ->> 'name', d ->> 'updatedAt' FROM json_array_elements(openlineage.api_datasets('{db}', '{}') -> 'datasets') AS d;
SELECT t.keys(openlineage.api_datasets('{db}', '{}')), openlineage.api_datasets('{db}', '{"limit": ["1"]}') ->> 'totalCount';
SELECT d ->> 'name' FROM json_array_elements(openlineage.api_datasets('{db}', '{"limit": ["2"], "offset": ["1"]}') -> 'datasets') AS d;
-- Input facets are facets of the dataset too.
SELECT t.keys(openlineage.api_dataset('{db,raw.sales}', '{}') -> 'facets');

-- The latest facet by event time counts, whatever came last.
SELECT ingest(t.dataset_event('06:00', 'main.sales', '{"schema": {"fields": [{"name": "old"}]}, "version": {"datasetVersion": "1"}}'));
SELECT d -> 'fields' -> 0 ->> 'name', t.keys(d -> 'facets') FROM openlineage.api_dataset('{db,main.sales}', '{}') AS d;
-- A deleted facet is not shown.
SELECT ingest(t.dataset_event('14:00', 'main.sales', '{"schema": {"_deleted": true}, "tags": {"_deleted": true}}'));
SELECT d -> 'fields', d -> 'tags', t.keys(d -> 'facets') FROM openlineage.api_dataset('{db,main.sales}', '{}') AS d;

-- Dropped, and written again.
SELECT ingest(t.dataset_event('15:00', 'mart.daily', '{"lifecycleStateChange": {"lifecycleStateChange": "DROP"}}'));
SELECT d ->> 'deleted', d ->> 'lastLifecycleState' FROM openlineage.api_dataset('{db,mart.daily}', '{}') AS d;
SELECT ingest(t.run_event('COMPLETE', '16:00', 3, 'sum_up', NULL, t.datasets('mart.daily')));
SELECT openlineage.api_dataset('{db,mart.daily}', '{}') ->> 'deleted';

ROLLBACK;
