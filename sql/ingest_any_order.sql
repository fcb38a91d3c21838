-- Small sets of events of which one order once failed or left another state than the other.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

-- The state that events leave in the order given, or the SQLSTATE they fail with; nothing is kept.
CREATE FUNCTION t.state(VARIADIC events text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    event   text;
BEGIN
    FOREACH event IN ARRAY events LOOP
        PERFORM openlineage.ingest(event);
    END LOOP;
    RAISE EXCEPTION USING ERRCODE = 'OL000',
        MESSAGE = (SELECT md5(string_agg(s, E'\n')) FROM openlineage.state_export() AS s);
EXCEPTION
    WHEN SQLSTATE 'OL000' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN 'fails with ' || SQLSTATE;
END
$$;
-- Every order of two or three events, and all of them at once.
CREATE FUNCTION t.orders(VARIADIC e text[]) RETURNS TABLE (states bigint, failed bigint) AS $$
    WITH RECURSIVE orders(taken) AS (
        SELECT ARRAY[]::int[]
        UNION ALL
        SELECT o.taken || i FROM orders AS o, generate_series(1, cardinality(e)) AS i WHERE i <> ALL (o.taken)
    ), told AS (
        SELECT t.state(VARIADIC ARRAY(SELECT e[i] FROM unnest(o.taken) WITH ORDINALITY AS u(i, n) ORDER BY n)) AS state
          FROM orders AS o WHERE cardinality(o.taken) = cardinality(e)
        UNION ALL
        SELECT t.state('[' || array_to_string(e, ',') || ']')
    )
    SELECT count(DISTINCT state), count(*) FILTER (WHERE state LIKE 'fails%') FROM told
$$ LANGUAGE sql;

-- Two jobs of two namespaces claim one run, and a facet of it changes.
SELECT * FROM t.orders(
    t.event('10:00', '{"eventType": "COMPLETE", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 1}}}, "job": {"namespace": "n1", "name": "j"}}'),
    t.event('11:00', '{"eventType": "COMPLETE", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 2}}}, "job": {"namespace": "n2", "name": "j"}}'));
-- They tell the same facets again, which stay in the namespace that told them last; the run goes to that of the earliest event.
SELECT * FROM t.orders(
    t.event('10:00', '{"eventType": "START", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 1}, "g": {"a": 1}}}, "job": {"namespace": "n1", "name": "j"}}'),
    t.event('11:00', '{"eventType": "RUNNING", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 1}, "g": {"a": 2}}}, "job": {"namespace": "n2", "name": "j"}}'),
    t.event('12:00', '{"eventType": "COMPLETE", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 1}, "g": {"_deleted": true}}}, "job": {"namespace": "n2", "name": "j"}}'));
SELECT * FROM t.orders(
    t.event('10:00', '{"eventType": "START", "run": {"runId": "00000000-0000-4000-8000-000000000001"}, "job": {"namespace": "n1", "name": "j"}}'),
    t.event('11:00', '{"eventType": "RUNNING", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 1}}}, "job": {"namespace": "n2", "name": "j"}}'),
    t.event('12:00', '{"eventType": "COMPLETE", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 1}}}, "job": {"namespace": "n2", "name": "j"}}'),
    t.event('13:00', '{"eventType": "OTHER", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"f": {"a": 1}}}, "job": {"namespace": "n1", "name": "j"}}'));
-- A schema among inputFacets is a fact of the run, not the schema of the dataset.
SELECT * FROM t.orders(
    t.run_event('START', '10:00', 1, 'j', jsonb_build_array(t.dataset('a', '{"schema": {"fields": [{"name": "x"}, {"name": "y"}]}}'))),
    t.run_event('COMPLETE', '11:00', 1, 'j', jsonb_build_array(t.dataset('a', '{}', '{"inputFacets": {"schema": {"fields": []}}}'))));
-- Two declarations at one time, and a symlink that renames what one of them reads.
SELECT * FROM t.orders(
    t.event('10:00', '{"job": {"namespace": "n", "name": "j"}, "inputs": [{"namespace": "d", "name": "a"}], "outputs": []}'),
    t.event('10:00', '{"job": {"namespace": "n", "name": "j"}, "inputs": [{"namespace": "d", "name": "b"}], "outputs": [], "k": 0}'),
    t.event('11:00', '{"dataset": {"namespace": "d", "name": "c", "facets": {"symlinks": {"identifiers": [{"namespace": "d", "name": "a", "type": "TABLE"}]}}}}'));
SELECT * FROM t.orders(
    t.event('10:00', '{"job": {"namespace": "n", "name": "j"}, "inputs": [{"namespace": "d", "name": "a"}], "outputs": []}'),
    t.event('10:00', '{"job": {"namespace": "n", "name": "j"}, "inputs": [{"namespace": "d", "name": "b"}], "outputs": [], "k": 1}'),
    t.event('11:00', '{"dataset": {"namespace": "d", "name": "c", "facets": {"symlinks": {"identifiers": [{"namespace": "d", "name": "a", "type": "TABLE"}]}}}}'));
-- A child calls its parent's run by a word, the run itself by the UUID that this word stands for.
SELECT * FROM t.orders(
    t.event('10:00', jsonb_build_object('eventType', 'START', 'run', jsonb_build_object('runId', openlineage.run_uuid('x')),
                                        'job', t.job('parent'))),
    t.event('11:00', '{"eventType": "START", "run": {"runId": "00000000-0000-4000-8000-000000000001", "facets": {"parent": {"run": {"runId": "x"}, "job": {"namespace": "sched", "name": "parent"}}}}, "job": {"namespace": "sched", "name": "child"}}'));

-- A JobEvent whose inputs are null says nothing of the graph, nor of the job's version.
SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'load', t.datasets('a'), t.datasets('b')));
SELECT ingest(t.event('11:00', jsonb_build_object('job', t.job('load', '{"documentation": {"description": "loads"}}'), 'inputs', NULL)));
SELECT (SELECT count(*) FROM edge) AS edges, (SELECT count(*) FROM edge_history) AS ended,
       (SELECT count(*) FROM job_version) AS versions, (SELECT description FROM job WHERE description IS NOT NULL) AS description;

-- What one event repeats without end is bounded.
SELECT ingest(t.event('12:00', jsonb_build_object('job', t.job('odd') || jsonb_build_object('facets',
           (SELECT jsonb_object_agg('facet_' || i, '{}'::jsonb) FROM generate_series(1, 2000) AS i)))));
SELECT count(*) AS issues, count(*) FILTER (WHERE code = 'issues_left_out') AS left_out FROM event_issue;
SELECT ingest(t.run_event('COMPLETE', '13:00', 2, 'old', t.datasets('a'), jsonb_build_array(t.dataset('c', jsonb_build_object(
           'columnLineage', jsonb_build_object('fields', jsonb_build_object('x', jsonb_build_object(
               'transformationType', 'MASKED', 'transformationDescription', repeat('long ', 10000),
               'inputFields', (SELECT jsonb_agg(jsonb_build_object('namespace', 'db', 'name', 'a', 'field', 'f' || i))
                                 FROM generate_series(1, 200) AS i)))))))));
SELECT count(*) AS edges, sum(length(transformations::text)) < 3000000 AS bounded FROM column_edge;
ROLLBACK;
