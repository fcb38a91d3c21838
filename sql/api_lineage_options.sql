-- GET /lineage: direction, a limit of nodes, another time, as a run saw it, and hidden nodes.
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
-- extract -> load -> {report, export}, and load reads what audit writes since noon.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '08:00', 1, 'extract', t.datasets('web'), t.datasets('raw'))),
    (t.run_event('COMPLETE', '08:05', 1, 'extract', NULL, jsonb_build_array(t.dataset('raw', '{"schema": {"fields": [{"name": "a", "type": "INT"}]}}')))),
    (t.run_event('START', '09:00', 2, 'load', t.datasets('raw'), t.datasets('main'))),
    (t.run_event('COMPLETE', '09:05', 2, 'load', NULL, t.datasets('main'))),
    (t.run_event('COMPLETE', '10:00', 3, 'report', t.datasets('main'), t.datasets('mart'))),
    (t.run_event('COMPLETE', '10:00', 4, 'export', t.datasets('main'), t.datasets('file'))),
    (t.run_event('START', '11:00', 5, 'extract', t.datasets('web'), t.datasets('raw'))),
    (t.run_event('COMPLETE', '11:05', 5, 'extract', NULL, jsonb_build_array(t.dataset('raw', '{"schema": {"fields": [{"name": "a", "type": "INT"}, {"name": "b", "type": "TEXT"}]}}')))),
    (t.run_event('COMPLETE', '12:00', 6, 'audit', NULL, t.datasets('checks'))),
    (t.run_event('START', '12:30', 7, 'load', t.datasets('raw', 'checks'), t.datasets('main'))),
    (t.run_event('COMPLETE', '12:40', 7, 'load', NULL, t.datasets('main'))),
    (t.job_event('13:00', 'export', t.datasets('mart'), t.datasets('file')))) AS v (e);
CREATE FUNCTION t.answer(options jsonb) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT openlineage.api_lineage('{}', (SELECT json_object_agg(key, json_build_array(value)) FROM jsonb_each_text(options)))
$$;
CREATE FUNCTION t.nodes(options jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(n ->> 'id', ' ' ORDER BY o) || COALESCE(' truncated=' || (a.a ->> 'truncated'), '')
      FROM (SELECT t.answer(options)) AS a (a), json_array_elements(a.a -> 'graph') WITH ORDINALITY AS g (n, o) GROUP BY a.a ->> 'truncated'
$$;
CREATE FUNCTION t.flow(options jsonb) RETURNS TABLE (edge text) LANGUAGE sql STABLE AS $$
    SELECT (e ->> 'origin') || ' > ' || (e ->> 'destination') FROM json_array_elements(t.answer(options) -> 'graph') AS n, json_array_elements(n -> 'inEdges') AS e
    INTERSECT
    SELECT (e ->> 'origin') || ' > ' || (e ->> 'destination') FROM json_array_elements(t.answer(options) -> 'graph') AS n, json_array_elements(n -> 'outEdges') AS e
    ORDER BY 1
$$;
-- Direction.
SELECT t.nodes('{"nodeId": "job:sched:load", "direction": "upstream"}');
SELECT t.nodes('{"nodeId": "job:sched:load", "direction": "DOWNSTREAM"}');
SELECT t.nodes('{"nodeId": "job:sched:load", "direction": "Both"}') = t.nodes('{"nodeId": "job:sched:load"}');
SELECT t.nodes('{"nodeId": "dataset:db:main", "direction": "upstream", "depth": "0"}');
SELECT t.nodes('{"nodeId": "dataset:db:main", "direction": "downstream", "depth": "1"}');
-- A limit of nodes: the nearest, by name where they are equally far; depth is asked for and cuts nothing.
SELECT t.nodes('{"nodeId": "job:sched:load", "maxNodes": "1"}');
SELECT t.nodes('{"nodeId": "job:sched:load", "maxNodes": "3"}');
SELECT t.nodes('{"nodeId": "job:sched:load", "maxNodes": "4", "depth": "0"}');
SELECT n, t.nodes(jsonb_build_object('nodeId', 'dataset:db:file', 'maxNodes', n, 'depth', 1)) FROM generate_series(2, 5) AS n;
-- Time. A JobEvent ended the edge main > export at 13:00.
SELECT * FROM t.flow('{"nodeId": "job:sched:export", "depth": "1"}');
SELECT * FROM t.flow('{"nodeId": "job:sched:export", "depth": "1", "asOf": "2026-01-05T12:59:59Z"}');
SELECT t.nodes('{"nodeId": "job:sched:load", "asOf": "2026-01-05T09:30:00Z"}');
SELECT t.nodes('{"nodeId": "job:sched:load", "asOf": "2026-01-05T07:00:00Z"}');
SELECT n -> 'data' -> 'inputs', n -> 'data' -> 'outputs'
  FROM json_array_elements(t.answer('{"nodeId": "job:sched:export", "depth": "0", "asOf": "2026-01-05 10:00:00Z"}') -> 'graph') AS n WHERE n ->> 'type' = 'JOB';
SELECT c.at, n -> 'data' -> 'fields'
  FROM (VALUES ('08:30'), ('11:30')) AS c (at),
       json_array_elements(t.answer(jsonb_build_object('nodeId', 'dataset:db:raw', 'depth', 0, 'asOf', t.at(c.at))) -> 'graph') AS n WHERE n ->> 'id' = 'dataset:db:raw';
-- A run: what it saw, and nothing that came later.
SELECT * FROM t.flow(jsonb_build_object('runId', t.run_id(2)));
SELECT * FROM t.flow(jsonb_build_object('runId', t.run_id(7)));
SELECT * FROM t.flow(jsonb_build_object('runId', t.run_id(4)));
SELECT t.nodes(jsonb_build_object('runId', t.run_id(4), 'depth', 0));
SELECT t.nodes(jsonb_build_object('runId', t.run_id(4), 'depth', 1));
SELECT t.nodes(jsonb_build_object('runId', t.run_id(4), 'direction', 'downstream'));
SELECT t.nodes(jsonb_build_object('runId', t.run_id(4), 'nodeId', 'dataset:db:raw', 'depth', 0));
SELECT t.nodes(jsonb_build_object('runId', t.run_id(4), 'nodeId', 'dataset:db:mart'));
SELECT r, n ->> 'id', right(n -> 'data' ->> 'currentRunUuid', 1), right(n -> 'data' -> 'latestRun' ->> 'id', 1), n -> 'data' -> 'inputs', n -> 'data' -> 'fields'
  FROM unnest(ARRAY[2, 7]) AS r, json_array_elements(t.answer(jsonb_build_object('runId', t.run_id(r))) -> 'graph') AS n;
-- The same in SQL.
SELECT node, distance FROM openlineage.lineage('job:sched:export', run => t.run_id(4)::uuid);
SELECT node, distance FROM openlineage.lineage('job:sched:export', direction => 'upstream', as_of => '2026-01-05 10:30Z');
-- Hidden.
INSERT INTO openlineage.hidden_node SELECT id, namespace_id, kind FROM openlineage.node WHERE name IN ('main', 'audit') AND kind <> 'step';
SELECT t.nodes('{"nodeId": "job:sched:load"}');
SELECT t.nodes('{"nodeId": "job:sched:load", "maxNodes": "4"}');
SELECT * FROM t.flow('{"nodeId": "job:sched:load"}');
SELECT n -> 'data' -> 'outputs' FROM json_array_elements(t.answer('{"nodeId": "job:sched:load"}') -> 'graph') AS n WHERE n ->> 'id' = 'job:sched:load';
SELECT t.nodes(jsonb_build_object('runId', t.run_id(7)));
SELECT t.failure(c) FROM unnest(ARRAY[$$SELECT openlineage.api_lineage('{}', '{"nodeId": ["dataset:db:main"]}')$$, $$SELECT openlineage.api_lineage('{}', '{"nodeId": ["job:sched:audit"]}')$$]) AS c;
-- What cannot be asked.
SELECT o.options, t.failure(format('SELECT t.answer(%L)', o.options))
  FROM unnest(ARRAY['{"nodeId": "job:sched:load", "direction": "sideways"}', '{"nodeId": "job:sched:load", "maxNodes": "0"}',
                    '{"nodeId": "job:sched:load", "maxNodes": "-1"}', '{"nodeId": "job:sched:load", "maxNodes": "many"}',
                    '{"nodeId": "job:sched:load", "asOf": "noon"}', '{"nodeId": "job:sched:load", "runId": "noon"}',
                    '{"nodeId": "job:sched:load", "runId": "00000000-0000-4000-8000-0000000000aa"}',
                    '{"runId": "00000000-0000-4000-8000-0000000000aa"}', '{"runId": "00000000-0000-4000-8000-000000000001", "nodeId": "job:sched:gone"}',
                    '{"runId": "00000000-0000-4000-8000-000000000001", "asOf": "2026-01-05T08:00:00Z"}']) AS o (options);
SELECT t.failure($$SELECT openlineage.api_lineage('{}', '{"nodeId": ["job:sched:load"], "direction": ["upstream", "downstream"]}')$$);
-- aggregateToParentRun, of a later Marquez, changes nothing.
SELECT t.nodes('{"nodeId": "job:sched:load", "aggregateToParentRun": "true"}') = t.nodes('{"nodeId": "job:sched:load"}');
-- Called by itself the function behind it trusts no argument.
SELECT t.failure(format('SELECT openlineage.lineage_graph(%s)', c.arguments))
  FROM (VALUES ('1, NULL, ''both'', 0, NULL, NULL, NULL, false'), ('1, NULL, ''both'', -2147483648, NULL, NULL, NULL, false'),
               ('NULL, NULL, ''both'', 1, NULL, NULL, NULL, false'), ('1, NULL, ''both'', NULL, NULL, NULL, NULL, false'),
               ('1, NULL, ''both'', 1, NULL, NULL, NULL, NULL'), ('1, NULL, NULL, 1, NULL, NULL, NULL, false'),
               (format('1, NULL, ''both'', 1, NULL, %L, NULL, false', t.run_id(1)))) AS c (arguments);
SELECT json_array_length(openlineage.lineage_graph(n.id, NULL, 'both', 2147483647, NULL, NULL, NULL, false) -> 'graph') > 5 AS whole FROM openlineage.node AS n WHERE n.name = 'load' AND n.kind = 'job';

ROLLBACK;
