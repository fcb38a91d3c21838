-- The graph endpoints under row-level security: what may not be seen is unknown, now, then and to a run.
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
-- A secret job makes mid of src; an open one makes out of mid, and read old, which the secret one wrote once.
CREATE FUNCTION t.secret(event text) RETURNS text IMMUTABLE RETURN replace(event, '"sched"', '"secret"');
SELECT sum(ingest(e)) FROM (VALUES
    (t.secret(t.run_event('COMPLETE', '08:00', 1, 'hush', t.datasets('src'), jsonb_build_array(t.dataset('mid', '{"schema": {"fields": [{"name": "m"}]},
        "columnLineage": {"fields": {"m": {"inputFields": [{"namespace": "db", "name": "src", "field": "s"}]}}}}'))))),
    (t.secret(t.job_event('08:10', 'once', NULL, t.datasets('old')))),
    (t.run_event('COMPLETE', '09:00', 2, 'open', t.datasets('mid', 'old'), jsonb_build_array(t.dataset('out', '{"schema": {"fields": [{"name": "o"}]},
        "columnLineage": {"fields": {"o": {"inputFields": [{"namespace": "db", "name": "mid", "field": "m"}]}}}}')))),
    (t.secret(t.job_event('10:00', 'once', job_facets => '{"lineage": {"entries": []}}')))) AS v (e);
CREATE FUNCTION t.nodes(name text, options jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    answer json;
BEGIN
    EXECUTE format('SELECT openlineage.%I(''{}'', (SELECT json_object_agg(key, json_build_array(value)) FROM jsonb_each_text($1)))', name) INTO answer USING options;
    RETURN (SELECT string_agg(n ->> 'id', ' ' ORDER BY o) FROM json_array_elements(answer -> 'graph') WITH ORDINALITY AS g (n, o));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION t.all_answers() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    VALUES (t.nodes('api_lineage', '{"nodeId": "dataset:db:out"}')),
           (t.nodes('api_lineage', '{"nodeId": "dataset:db:old", "asOf": "2026-01-05T09:30:00Z"}')),
           (t.nodes('api_lineage', jsonb_build_object('runId', t.run_id(2)))),
           (t.nodes('api_lineage', jsonb_build_object('runId', t.run_id(1)))),
           (t.nodes('api_lineage', '{"nodeId": "job:secret:hush"}')),
           (t.nodes('api_column_lineage', '{"nodeId": "dataset:db:out"}')),
           (t.nodes('api_column_lineage', '{"nodeId": "job:secret:hush"}')),
           (t.nodes('api_upstream_runs', jsonb_build_object('runId', t.run_id(1)))),
           ((SELECT string_agg(right(r -> 'run' ->> 'id', 1) || ' < ' || COALESCE((SELECT string_agg(COALESCE(right(i ->> 'producedByRunId', 1), '-'), ' ') FROM json_array_elements(r -> 'inputs') AS i), ''), ', ')
               FROM json_array_elements(openlineage.api_upstream_runs('{}', json_build_object('runId', ARRAY[t.run_id(2)])) -> 'runs') AS r))
$$;
CREATE ROLE regress_graph_reader IN ROLE openlineage_reader;
GRANT USAGE ON SCHEMA t TO regress_graph_reader;
SELECT bool_and(openlineage.grant_namespace('database_role', 'regress_graph_reader', name)) FROM openlineage.namespace WHERE name <> 'secret';
SET LOCAL ROLE regress_graph_reader;
SELECT * FROM t.all_answers();
RESET ROLE;
SELECT openlineage.enable_rls();
SET LOCAL ROLE regress_graph_reader;
SELECT * FROM t.all_answers();

ROLLBACK;
