-- Who may write what once row-level security is enforced, and that no answer tells of hidden names.
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
\pset format unaligned
\pset null -
BEGIN;
CREATE ROLE regress_writing_team IN ROLE openlineage_writer;
CREATE FUNCTION pg_temp.event(job text, job_name text, run text, input json DEFAULT NULL, output json DEFAULT NULL, at text DEFAULT '2026-01-05T10:00:00Z', more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT (jsonb_build_object('eventTime', at, 'eventType', 'COMPLETE', 'run', jsonb_build_object('runId', run), 'job', jsonb_build_object('namespace', job, 'name', job_name),
          'inputs', CASE WHEN input IS NULL THEN '[]' ELSE jsonb_build_array(input) END, 'outputs', CASE WHEN output IS NULL THEN '[]' ELSE jsonb_build_array(output) END) || more)::text$$;
CREATE FUNCTION pg_temp.dataset(namespace text, name text, facets json DEFAULT '{}') RETURNS json LANGUAGE sql IMMUTABLE AS
$$SELECT json_build_object('namespace', namespace, 'name', name, 'facets', facets)$$;
CREATE FUNCTION pg_temp.state_of(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

SELECT openlineage.ingest(pg_temp.event('secret', 'j', '00000000-0000-4000-8000-000000000001', NULL, pg_temp.dataset('secret', 'd',
    '{"documentation": {"description": "secret words"}, "schema": {"fields": [{"name": "hush"}]}, "dataSource": {"name": "vault", "uri": "secret://"}}')));
SELECT openlineage.grant_namespace('database_role', 'regress_writing_team', 'mine*', 'write'), openlineage.grant_namespace('database_role', 'regress_writing_team', 'read', 'read');
CREATE TEMP TABLE before AS SELECT * FROM openlineage.state_export() AS s;
SELECT openlineage.enable_rls();
SET LOCAL ROLE regress_writing_team;

-- Not at all where there is no right, whether the namespace is known or not.
SELECT n, pg_temp.state_of(format('SELECT openlineage.ingest(%L)', pg_temp.event(n, 'x', '00000000-0000-4000-8000-000000000002')))
  FROM unnest(ARRAY['secret', 'unknown', 'read', '', 'mine', 'mine too']) AS n;
SELECT pg_temp.state_of(format('SELECT openlineage.ingest(%L)', json_build_object('eventTime', '2026-01-05T10:00:00Z', 'dataset', pg_temp.dataset(n, 'd', '{"a": {"b": 1}}')))) FROM unnest(ARRAY['secret', 'unknown', 'mine']) AS n;
-- Nor of a run of somebody else, earlier or later than its own events.
SELECT at, pg_temp.state_of(format('SELECT openlineage.ingest(%L)', pg_temp.event('mine', 'thief', '00000000-0000-4000-8000-000000000001', at => at)))
  FROM unnest(ARRAY['2020-01-01T00:00:00Z', '2026-01-06T00:00:00Z']) AS at;

-- Datasets elsewhere are named, and become placeholders; what is said of them is left out, known or not.
SELECT openlineage.ingest(pg_temp.event('mine', 'j', '00000000-0000-4000-8000-000000000003',
    pg_temp.dataset(n, 'd', '{"documentation": {"description": "forged"}, "schema": {"fields": [{"name": "forged"}]}, "dataSource": {"name": "forged", "uri": "x"}, "lifecycleStateChange": {"lifecycleStateChange": "DROP"},
                              "symlinks": {"identifiers": [{"namespace": "mine", "name": "copy"}]}, "forged": {"a": 1}}'),
    pg_temp.dataset(n, 'e', '{"columnLineage": {"fields": {"forged": {"inputFields": [{"namespace": "mine", "name": "x", "field": "forged"}]}}}, "version": {"datasetVersion": "forged"}}'), at => at))
  FROM (VALUES ('secret', '2026-01-07T00:00:00Z'), ('unknown', '2026-01-07T00:00:01Z')) AS v (n, at);
SELECT openlineage.ingest(pg_temp.event('mine', 'j', '00000000-0000-4000-8000-000000000003', NULL, pg_temp.dataset('secret', 'e', '{"columnLineage": {"_deleted": true}}'), at => '2026-01-07T00:00:02Z'));
SELECT n, openlineage.ingest(pg_temp.event('mine', 'k', '00000000-0000-4000-8000-000000000004', NULL,
    pg_temp.dataset('mine', 'own', json_build_object('symlinks', json_build_object('identifiers', json_build_array(json_build_object('namespace', n, 'name', 'd')))))))
  FROM unnest(ARRAY['secret', 'unknown']) AS n;
SELECT n, openlineage.ingest(pg_temp.event('mine', 'k', '00000000-0000-4000-8000-000000000004', NULL,
    pg_temp.dataset('mine', 'renamed', json_build_object('lifecycleStateChange', json_build_object('lifecycleStateChange', 'RENAME', 'previousIdentifier', json_build_object('namespace', n, 'name', 'd'))))))
  FROM unnest(ARRAY['secret', 'unknown']) AS n;
-- With the right all of it counts.
SELECT openlineage.ingest(pg_temp.event('mine', 'l', '00000000-0000-4000-8000-000000000005', NULL,
    pg_temp.dataset('mine too', 'full', '{"documentation": {"description": "mine"}, "symlinks": {"identifiers": [{"namespace": "mine", "name": "other name"}]}}')));
SELECT code, path, message, count(*) FROM openlineage.event_issue WHERE code = 'facets_denied' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT name, canonical_id IS NOT NULL AS is_alias FROM openlineage.node ORDER BY name COLLATE "C", kind;
SELECT status, summary FROM openlineage.ingest_batch(ARRAY['{}'::bytea]) AS t (ordinal, status, summary);

-- The batch answers event by event.
RESET ROLE;
SELECT DISTINCT principal FROM openlineage.event WHERE principal <> CURRENT_USER;
GRANT EXECUTE ON FUNCTION openlineage.ingest_batch(bytea[]) TO regress_writing_team;
SET LOCAL ROLE regress_writing_team;
SELECT * FROM openlineage.ingest_batch(ARRAY(SELECT convert_to(pg_temp.event(n, 'b', '00000000-0000-4000-8000-000000000006'), 'UTF8') FROM unnest(ARRAY['secret', 'unknown', 'mine']) AS n)
    || convert_to(pg_temp.event('mine', 'b', '00000000-0000-4000-8000-000000000001'), 'UTF8'));

-- What was there is what it was, edges and placeholders aside.
RESET ROLE;
SELECT regexp_replace(s::text, '"2026[-0-9T:+]+"', 'time', 'g') FROM before AS b (s) EXCEPT SELECT regexp_replace(s::text, '"2026[-0-9T:+]+"', 'time', 'g') FROM openlineage.state_export() AS s;
SELECT n.name AS namespace, d.name, count(f.*) AS facets
  FROM openlineage.node AS d JOIN openlineage.namespace AS n ON n.id = d.namespace_id LEFT JOIN openlineage.facet AS f ON f.node_id = d.id AND f.run_id IS NULL
 WHERE n.name IN ('secret', 'unknown') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) AS forged FROM openlineage.dataset_field AS f WHERE f.name = 'forged' AND f.namespace_id IN (SELECT id FROM openlineage.namespace WHERE name IN ('secret', 'unknown'));
SELECT count(*) AS forged FROM openlineage.source WHERE name = 'forged';
SELECT count(*) AS explained FROM openlineage.column_lineage_source;
SELECT count(*) AS told FROM openlineage.node AS d, LATERAL openlineage.dataset_events(openlineage.node_names(d.id), 'infinity', 20) AS e WHERE d.name = 'd' AND e.body ~ 'forged';
-- An event shows a hidden namespace again where its sender may write.
UPDATE openlineage.namespace SET is_hidden = true WHERE name IN ('mine', 'secret');
SET LOCAL ROLE regress_writing_team;
SELECT openlineage.ingest(pg_temp.event('mine', 'j', '00000000-0000-4000-8000-000000000007', pg_temp.dataset('secret', 'd')));
RESET ROLE;
SELECT name, is_hidden FROM openlineage.namespace WHERE name IN ('mine', 'secret') ORDER BY name;

ROLLBACK;
