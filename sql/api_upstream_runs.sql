-- GET /runlineage/upstream: the runs that the inputs of a run came from.
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
SELECT t.show(openlineage.api_upstream_runs('{}', json_build_object('runId', ARRAY[t.run_id(3)])));
-- run: what it read < the run it came from; the asked one first, each once.
CREATE FUNCTION t.upstream(run int, depth int = 20) RETURNS TABLE (line text) LANGUAGE sql STABLE AS $$
    SELECT right(r -> 'run' ->> 'id', 4)::int || ' ' || (r -> 'job' ->> 'name') || ': '
           || COALESCE((SELECT string_agg((i ->> 'name') || ' < ' || COALESCE(right(i ->> 'producedByRunId', 4)::int::text, '-'), ', ' ORDER BY o)
                          FROM json_array_elements(r -> 'inputs') WITH ORDINALITY AS j (i, o)), '')
      FROM json_array_elements(openlineage.api_upstream_runs('{}', json_build_object('runId', ARRAY[t.run_id(run)], 'depth', ARRAY[depth::text])) -> 'runs') AS r
$$;
CREATE FUNCTION t.versioned(name text, version text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(t.dataset(name, jsonb_build_object('version', jsonb_build_object('datasetVersion', version))))
$$;
-- A diamond, and a table that every run merges into.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('COMPLETE', '10:00', 11, 'source', NULL, t.datasets('s'))),
    (t.run_event('COMPLETE', '11:00', 12, 'left', t.datasets('s'), t.datasets('l'))),
    (t.run_event('COMPLETE', '11:00', 13, 'right', t.datasets('s'), t.datasets('r'))),
    (t.run_event('START', '12:00', 14, 'merge', t.datasets('l', 'r', 'm'), t.datasets('m'))),
    (t.run_event('COMPLETE', '12:30', 14, 'merge')),
    (t.run_event('START', '13:00', 15, 'merge', t.datasets('l', 'r', 'm'), t.datasets('m'))),
    (t.run_event('COMPLETE', '13:30', 15, 'merge')),
    (t.run_event('COMPLETE', '14:00', 16, 'left', t.datasets('s'), t.datasets('l')))) AS v (e);
SELECT * FROM t.upstream(15);
SELECT * FROM t.upstream(15, 1);
SELECT * FROM t.upstream(15, 0);
-- A writer that is still at it counts when nobody ended before; who began later never does.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '15:00', 21, 'stream', NULL, t.datasets('bus'))),
    (t.run_event('RUNNING', '15:20', 21, 'stream', NULL, t.datasets('bus'))),
    (t.run_event('START', '15:10', 22, 'reader', t.datasets('bus'))),
    (t.run_event('START', '15:15', 23, 'stream', NULL, t.datasets('bus')))) AS v (e);
SELECT * FROM t.upstream(22);
-- A version that was told goes before the latest write.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('COMPLETE', '16:00', 31, 'w', NULL, t.versioned('v', 'one'))),
    (t.run_event('COMPLETE', '16:10', 32, 'w', NULL, t.versioned('v', 'two'))),
    (t.run_event('START', '16:20', 33, 'r', t.versioned('v', 'one'))),
    (t.run_event('START', '16:20', 34, 'r', t.versioned('v', 'two'))),
    (t.run_event('START', '16:20', 35, 'r', t.versioned('v', 'unheard of'))),
    (t.run_event('START', '16:20', 36, 'r', t.datasets('v'))),
    (t.run_event('START', '15:55', 37, 'r', t.versioned('v', 'two')))) AS v (e);
SELECT t.upstream(n) FROM generate_series(33, 37) AS n;
-- Who began to write after a run had begun gave it nothing, though the version then written is the earliest known; not either
-- where the run told of its columns, unlike a version that it told by name.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '08:00', 41, 'early', t.datasets('late') || t.versioned('late named', 'one')
                 || jsonb_build_array(t.dataset('late columns', '{"schema": {"fields": [{"name": "a"}]}}')))),
    (t.run_event('COMPLETE', '09:00', 42, 'writer', NULL, t.versioned('late named', 'one') || t.versioned('late', 'one')
                 || jsonb_build_array(t.dataset('late columns', '{"schema": {"fields": [{"name": "a"}]}}')))),
    (t.run_event('COMPLETE', '09:00', 43, 'reader', t.datasets('late', 'late columns')))) AS v (e);
SELECT t.upstream(n) FROM unnest(ARRAY[41, 43]) AS n;
SELECT r ->> 'inputs' FROM json_array_elements(openlineage.api_upstream_runs('{}', json_build_object('runId', ARRAY[t.run_id(41)])) -> 'runs') AS r LIMIT 1;
SELECT t.label(e.src) || ' -> ' || t.label(e.dst) FROM openlineage.run_edges(ARRAY(SELECT u.run_id FROM openlineage.upstream_runs(t.run_id(41)::uuid) AS u)) AS e ORDER BY 1;
-- Where something else had been written by then, that is what it read.
SELECT ingest(t.run_event('COMPLETE', '07:00', 44, 'writer', NULL, jsonb_build_array(t.dataset('late columns', '{"schema": {"fields": [{"name": "b"}]}}'))));
SELECT t.upstream(41, 1);
-- A chain of any length.
SELECT sum(ingest(t.run_event('COMPLETE', to_char(timestamp '2026-02-01' + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 1000 + n, 'step' || n, t.datasets('c' || n), t.datasets('c' || n + 1))))
  FROM generate_series(1, 300) AS n;
SELECT count(*), count(DISTINCT line) FROM t.upstream(1300, 1000);
SELECT count(*) FROM t.upstream(1300);
-- Each run once and its producer the last to write before, against a plain reading of run_io.
SELECT count(*) > 300 AS enough, count(*) FILTER (WHERE p.run_id IS DISTINCT FROM i.producer) AS wrong
  FROM openlineage.run AS r, openlineage.run_inputs(ARRAY[r.id]) AS i
  LEFT JOIN LATERAL (SELECT w.run_id FROM openlineage.run_io_time AS w
                      WHERE w.dataset_id = i.dataset_id AND w.io = 'output' AND w.run_id <> i.run_id
                        AND w.last_at <=
                            (SELECT COALESCE(q.start_time, q.running_time, o.first_at) FROM openlineage.run AS q, openlineage.run_io AS o
                                           WHERE q.id = i.run_id AND o.run_id = q.id AND o.dataset_id = i.dataset_id AND o.io = 'input')
                      ORDER BY w.first_at DESC LIMIT 1) AS p ON true
 WHERE r.id NOT IN (SELECT t.run_id(n)::uuid FROM unnest(ARRAY[22, 33, 37, 41]) AS n);
-- Hidden.
INSERT INTO openlineage.hidden_node SELECT id, namespace_id, kind FROM openlineage.node WHERE (kind, name) IN (('dataset', 'l'), ('job', 'right'));
SELECT * FROM t.upstream(15);
-- What cannot be asked.
SELECT o.options, t.failure(format('SELECT openlineage.api_upstream_runs(''{}'', %L)', o.options))
  FROM unnest(ARRAY['{}', '{"runId": [""]}', '{"runId": ["x"]}', '{"runId": ["00000000-0000-4000-8000-0000000000AA"]}',
                    '{"runId": ["00000000-0000-4000-8000-000000000013"]}', '{"runId": ["00000000-0000-4000-8000-000000000015"], "depth": ["-1"]}',
                    '{"runId": ["00000000-0000-4000-8000-000000000015"], "depth": ["deep"]}']) AS o (options);

ROLLBACK;
