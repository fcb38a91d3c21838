-- What changes tell needs the rights that events need, in each namespace they are about and not in the one that was named.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
\pset format unaligned
\pset null -
BEGIN;
\set ECHO none
\i :words
\i :story
\set ECHO all
CREATE ROLE regress_change_team IN ROLE openlineage_writer;
CREATE FUNCTION t.told(space text, run int, job text, dataset text, column_name text) RETURNS text IMMUTABLE
    RETURN t.event('10:00', jsonb_build_object('eventType', 'START', 'run', jsonb_build_object('runId', t.run_id(run)), 'job', jsonb_build_object('namespace', space, 'name', job),
        'outputs', jsonb_build_array(jsonb_build_object('namespace', space, 'name', dataset, 'facets', t.facets(jsonb_build_object(
            'schema', jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', column_name))),
            'dataSource', '{"name": "store", "uri": "db://store"}'::jsonb))))));
SELECT ingest(t.told('elsewhere', 1, 'loader', 'customers', 'id')), ingest(t.told('secret', 2, 'vault', 'd', 'hush')), ingest(t.told('mine', 3, 'j', 'out', 'x'));
SELECT openlineage.grant_namespace('database_role', 'regress_change_team', 'mine', p), openlineage.grant_namespace('database_role', 'regress_change_team', 'elsewhere', 'read') FROM unnest('{read,write}'::text[]) AS p;
SELECT openlineage.enable_rls();
GRANT USAGE ON SCHEMA t TO regress_change_team;
SET LOCAL ROLE regress_change_team;

-- A dataset that may only be read, as the output of an own run: by the API, and by what is behind it.
SELECT t.failure(format('SELECT openlineage.api_put_dataset(%L, %L, %L)', ARRAY[n, d], '{}', json_build_object('type', 'STREAM', 'physicalName', 'x', 'sourceName', 'store', 'fields', '[]'::json, 'description', 'put', 'runId', t.run_id(3))))
  FROM (VALUES ('elsewhere', 'customers'), ('elsewhere', 'new'), ('secret', 'd'), ('mine', 'out')) AS v (n, d);
SELECT t.failure(format('SELECT openlineage.change(%L, %L, %L)', 'put_dataset', 'mine', json_build_object('run', json_build_object('id', t.run_id(3), 'job', 'j'),
           'dataset', json_build_object('namespace', n, 'name', d, 'type', 'STREAM', 'physicalName', 'x', 'sourceName', 'store', 'fields', '[]'::json, 'description', 'forged'))))
  FROM (VALUES ('elsewhere', 'customers'), ('secret', 'd')) AS v (n, d);
-- What belongs to no namespace, whichever is named.
SELECT t.failure(format('SELECT openlineage.change(%L, %L, %L)', a, n, '{"name": "store", "type": "X", "connectionUrl": "forged"}')) FROM unnest('{put_source,put_tag}'::text[]) AS a, unnest('{mine,NULL}'::text[]) AS n;
-- Runs of others, whenever the change says it was, and jobs of which they are said to be.
SELECT at, t.failure(format('SELECT openlineage.change(%L, %L, %L)', 'mark_run', 'mine', json_build_object('id', t.run_id(r), 'name', 'thief', 'type', 'FAIL', 'at', at)))
  FROM (VALUES (1, '2020-01-01T00:00:00Z'), (2, '2020-01-01T00:00:00Z'), (2, '2026-02-01T00:00:00Z')) AS v (r, at);
SELECT t.failure(format('SELECT openlineage.change(%L, %L, %L)', 'post_run', 'mine', json_build_object('id', t.run_id(2), 'name', 'j')));
SELECT t.failure(format('SELECT openlineage.change(%L, %L, %L)', 'put_job', 'mine', json_build_object('name', 'j', 'type', 'BATCH', 'inputs', '[]'::json, 'outputs', '[]'::json, 'run', t.run_id(2))));
-- Content of outputs is told where it may be read and written.
SELECT t.failure(format('SELECT openlineage.change(%L, %L, %L)', 'put_job', 'mine', json_build_object('name', 'j', 'type', 'BATCH', 'inputs', '[]'::json, 'run', t.run_id(3),
           'outputs', '[{"namespace": "secret", "name": "d"}, {"namespace": "elsewhere", "name": "customers"}, {"namespace": "mine", "name": "out"}]'::json)));
RESET ROLE;
SELECT n.name, count(*) AS versions FROM dataset_version AS v JOIN node AS n ON n.id = v.dataset_id GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM event WHERE is_command AND body ~ 'hush';
SELECT name, state, right(r.id::text, 1) AS run FROM run AS r JOIN node AS n ON n.id = r.job_id ORDER BY 3;
SELECT d.description, openlineage.api_dataset('{mine,out}', '{}') ->> 'description' AS of_mine FROM (SELECT openlineage.api_dataset(p, '{}') ->> 'description' FROM (VALUES ('{elsewhere,customers}'::text[]), ('{secret,d}')) AS v (p)) AS d (description);
SELECT count(*) FROM source_definition;
ROLLBACK;
