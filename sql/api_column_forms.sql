-- GET /column-lineage: what a node id may name, versions, whole datasets, hidden ones, limits.
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
-- A dataset with columns a and b made from columns of others; its rows are filtered by one more.
CREATE FUNCTION t.made(name text, columns text, lineage text, whole text = '[]') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(t.dataset(name, jsonb_build_object(
        'schema', jsonb_build_object('fields', (SELECT jsonb_agg(jsonb_build_object('name', c, 'type', 'INT')) FROM unnest(string_to_array(columns, ' ')) AS c)),
        'columnLineage', jsonb_build_object('fields', lineage::jsonb, 'dataset', whole::jsonb))))
$$;
CREATE FUNCTION t.from_field(name text, field text, more jsonb = '{}') RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('namespace', 'db', 'name', name, 'field', field, 'transformations', jsonb_build_array('{"type": "DIRECT", "subtype": "IDENTITY"}'::jsonb || more));
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('COMPLETE', '08:00', 1, 'load', t.datasets('raw'), t.made('main', 'a b',
        jsonb_build_object('a', jsonb_build_object('inputFields', jsonb_build_array(t.from_field('raw', 'x', '{"description": "as it is", "masking": false}'))),
                           'b', jsonb_build_object('inputFields', jsonb_build_array(t.from_field('raw', 'y', '{"masking": true}'), t.from_field('raw', 'x'))))::text,
        '[{"namespace": "db", "name": "raw", "field": "z", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]}]'))),
    (t.run_event('COMPLETE', '09:00', 2, 'sum', t.datasets('main'), t.made('mart', 'total',
        jsonb_build_object('total', jsonb_build_object('inputFields', jsonb_build_array(t.from_field('main', 'b', '{"subtype": "AGGREGATION"}'))))::text))),
    (t.run_event('COMPLETE', '09:30', 3, 'sum_again', t.datasets('main'), t.made('mart', 'total',
        jsonb_build_object('total', jsonb_build_object('inputFields', jsonb_build_array(t.from_field('main', 'b', '{"type": "INDIRECT", "subtype": "GROUP_BY"}'))))::text)))) AS v (e);
CREATE FUNCTION t.answer(options jsonb) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT openlineage.api_column_lineage('{}', (SELECT json_object_agg(key, json_build_array(value)) FROM jsonb_each_text(options)))
$$;
CREATE FUNCTION t.columns(options jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT COALESCE(string_agg(replace(n ->> 'id', 'datasetField:db:', ''), ' ' ORDER BY o), '-') || COALESCE(' truncated=' || (t.answer(options) ->> 'truncated'), '')
      FROM json_array_elements(t.answer(options) -> 'graph') WITH ORDINALITY AS g (n, o)
$$;
SELECT t.show(t.answer('{"nodeId": "datasetField:db:main:b", "withDownstream": "true"}'));
-- What a node id may name.
SELECT id, down, t.columns(jsonb_build_object('nodeId', id, 'withDownstream', down))
  FROM unnest(ARRAY['dataset:db:raw', 'dataset:db:main', 'dataset:db:mart', 'datasetField:db:main:a', 'datasetField:db:raw:z', 'job:sched:load', 'job:sched:sum']) AS i (id),
       unnest(ARRAY['false', 'true', 'False', 'True']) AS d (down)
 WHERE d.down ~ '^[ft]' OR i.id = 'dataset:db:main';
-- Both who told of an edge are heard.
SELECT n -> 'data' -> 'inputFields' FROM json_array_elements(t.answer('{"nodeId": "dataset:db:mart"}') -> 'graph') AS n WHERE n ->> 'id' LIKE '%total';
-- Depth is in edges; 0 is as good as 1.
SELECT d, t.columns(jsonb_build_object('nodeId', 'dataset:db:mart', 'depth', d)) FROM generate_series(0, 2) AS d;
-- A limit.
SELECT n, t.columns(jsonb_build_object('nodeId', 'dataset:db:mart', 'maxNodes', n)) FROM generate_series(1, 6) AS n;
-- Versions: a later schema without b.
SELECT ingest(t.run_event('COMPLETE', '10:00', 4, 'load', t.datasets('raw'), jsonb_build_array(t.dataset('main', '{"schema": {"fields": [{"name": "a", "type": "INT"}]}}'))));
CREATE FUNCTION t.version(n int) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT v ->> 'version' FROM json_array_elements(openlineage.api_dataset_versions('{db,main}', '{}') -> 'versions') WITH ORDINALITY AS a (v, o) WHERE o = n
$$;
SELECT count(DISTINCT t.version(n)) FROM generate_series(1, 2) AS n;
SELECT n, replace(replace(t.columns(jsonb_build_object('nodeId', 'dataset:db:main#' || t.version(n))), t.version(1), 'ONE'),
                  (SELECT v ->> 'version' FROM json_array_elements(openlineage.api_dataset_versions('{db,raw}', '{}') -> 'versions') AS v LIMIT 1), 'RAW')
  FROM generate_series(1, 2) AS n;
SELECT n, t.failure(format('SELECT t.answer(%L)', jsonb_build_object('nodeId', 'datasetField:db:main:b#' || t.version(n)))) FROM generate_series(1, 2) AS n;
SELECT json_array_length(t.answer(jsonb_build_object('nodeId', 'job:sched:load#' || (openlineage.api_job('{sched,load}', '{}') ->> 'currentVersion'))) -> 'graph');
-- A name that ends like a version.
SELECT ingest(t.run_event('COMPLETE', '11:00', 5, 'odd', t.datasets('raw'), t.made('odd#00000000-0000-4000-8000-000000000001', 'c',
        jsonb_build_object('c', jsonb_build_object('inputFields', jsonb_build_array(t.from_field('raw', 'x'))))::text)));
SELECT t.columns('{"nodeId": "dataset:db:odd#00000000-0000-4000-8000-000000000001"}');
-- Every path through 40 layers would be 2^40; every column is 80.
SELECT sum(ingest(t.run_event('COMPLETE', '12:00', 100 + n, 'layer' || n, t.datasets('l' || n - 1), t.made('l' || n, 'p q',
        (SELECT jsonb_object_agg(f, jsonb_build_object('inputFields', jsonb_build_array(t.from_field('l' || n - 1, 'p'), t.from_field('l' || n - 1, 'q')))) FROM unnest(ARRAY['p', 'q']) AS f)::text))))
  FROM generate_series(1, 40) AS n;
SELECT json_array_length(t.answer('{"nodeId": "dataset:db:l40", "depth": "100"}') -> 'graph');
-- A column that is made from itself, where a facet says so; not where it merely is in the dataset that it depends on.
SELECT ingest(t.run_event('COMPLETE', '12:00', 7, 'self', t.datasets('own'), t.made('own', 'p q',
        jsonb_build_object('p', jsonb_build_object('inputFields', jsonb_build_array(t.from_field('own', 'p'))))::text,
        '[{"namespace": "db", "name": "own", "field": "q"}]')));
SELECT n ->> 'id', n -> 'inEdges', n #> '{data,inputFields,0,transformations}' FROM json_array_elements(t.answer('{"nodeId": "dataset:db:own"}') -> 'graph') AS n;
-- A column that left the schema is one no more, unless an edge names it; in whatever order that was told.
CREATE FUNCTION t.left(dataset text, n int) RETURNS text IMMUTABLE
    RETURN CASE n WHEN 1 THEN t.run_event('COMPLETE', '10:00', 8, 'w', NULL, jsonb_build_array(t.dataset(dataset, '{"schema": {"fields": [{"name": "v"}, {"name": "w"}, {"name": "x"}]}}')))
                  WHEN 2 THEN t.run_event('COMPLETE', '10:05', 9, 'w', t.datasets('raw'), t.made(dataset, 'w', jsonb_build_object('v', jsonb_build_object('inputFields', jsonb_build_array(t.from_field('raw', 'x'))))::text,
                                                                                               '[{"namespace": "db", "name": "raw", "field": "z"}]')) END;
SELECT sum(ingest(t.left('left1', n))), sum(ingest(t.left('left2', 3 - n))) FROM generate_series(1, 2) AS n;
SELECT d, t.columns(jsonb_build_object('nodeId', 'dataset:db:' || d)), t.failure(format('SELECT t.answer(%L)', jsonb_build_object('nodeId', 'datasetField:db:' || d || ':x'))),
       t.failure(format('SELECT openlineage.api_tag_field(%L, %L, NULL)', ARRAY['db', d, 'x', 'T'], '{}')), (openlineage.api_tag_field(ARRAY['db', d, 'v', 'T'], '{}', NULL)).status
  FROM unnest(ARRAY['left1', 'left2']) AS d;
-- Who reads a few columns leaves the others to be tagged.
SELECT ingest(t.run_event('COMPLETE', '11:00', 10, 'r', jsonb_build_array(t.dataset('left1', '{"schema": {"fields": [{"name": "other"}]}}'))));
SELECT (openlineage.api_tag_field('{db,left1,w,T}', '{}', NULL)).status, t.failure($$SELECT openlineage.api_tag_field('{db,left1,x,T}', '{}', NULL)$$);
-- Known, without edges.
SELECT ingest(t.dataset_event('07:00', 'clicks', '{"schema": {"fields": [{"name": "url"}]}}'));
SELECT ingest(t.run_event('COMPLETE', '07:00', 6, 'lonely', t.datasets('nothing')));
SELECT id, t.answer(jsonb_build_object('nodeId', id)) FROM unnest(ARRAY['dataset:db:clicks', 'datasetField:db:clicks:url', 'dataset:db:nothing', 'job:sched:lonely']) AS i (id);
-- Hidden datasets are not shown, what lies behind them is.
INSERT INTO openlineage.hidden_node SELECT id, namespace_id, kind FROM openlineage.node WHERE name = 'mart';
SELECT t.columns('{"nodeId": "dataset:db:main", "withDownstream": "true"}');
SELECT n -> 'outEdges' FROM json_array_elements(t.answer('{"nodeId": "dataset:db:main", "withDownstream": "true"}') -> 'graph') AS n WHERE n ->> 'id' LIKE '%:main:b';
-- What cannot be asked.
SELECT o.options, t.failure(format('SELECT t.answer(%L)', o.options))
  FROM unnest(ARRAY['{}', '{"nodeId": ""}', '{"nodeId": "nonsense"}', '{"nodeId": "dataset:db"}', '{"nodeId": "datasetField:db:main"}',
                    '{"nodeId": "run:00000000-0000-4000-8000-000000000001"}', '{"nodeId": "dataset:db:gone"}', '{"nodeId": "dataset:db:mart"}',
                    '{"nodeId": "datasetField:db:main:gone"}', '{"nodeId": "job:sched:gone"}', '{"nodeId": "job:db:main"}',
                    '{"nodeId": "dataset:db:main#00000000-0000-4000-8000-000000000001"}', '{"nodeId": "job:sched:load#00000000-0000-4000-8000-000000000001"}',
                    '{"nodeId": "dataset:db:main", "depth": "-1"}', '{"nodeId": "dataset:db:main", "depth": "x"}', '{"nodeId": "dataset:db:main", "maxNodes": "0"}']) AS o (options);

ROLLBACK;
