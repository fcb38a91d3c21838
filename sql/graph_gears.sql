-- Every gear gives the same rows in the same order: random graphs of nodes and of columns, now and in the past.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

SET LOCAL jit = off;

-- 400 nodes in one namespace of three, steps among them; edges of all kinds, a third of them with a past.
SELECT setseed(0.815);
CREATE TEMP TABLE member AS
SELECT g AS n, pg_temp.node_id(CASE g % 2 WHEN 0 THEN 'dataset' ELSE 'job' END, 'gears' || g % 3, 'n' || g) AS id FROM generate_series(1, 380) AS g;
INSERT INTO openlineage.node (kind, namespace_id, name, job_id, target_id)
SELECT 'step', n.namespace_id, n.name, n.id, t.id
  FROM member AS m JOIN openlineage.node AS n USING (id) JOIN member AS t ON t.n = m.n + 1 WHERE m.n % 19 = 0 AND m.n % 2 = 1;
INSERT INTO member SELECT 380 + row_number() OVER (ORDER BY id), id FROM openlineage.node AS n
 WHERE n.job_id IN (SELECT id FROM member);
CREATE FUNCTION pg_temp.random_edges(n int) RETURNS TABLE (src int, dst int, kind openlineage.edge_kind, src_space int, dst_space int, at timestamptz)
LANGUAGE sql AS $$
    SELECT DISTINCT ON (a.id, b.id, r.kind) a.id, b.id, r.kind, a.namespace_id, b.namespace_id, r.at
      FROM (SELECT (random() * random() * (SELECT max(n) - 1 FROM member))::int + 1 AS a, (random() * (SELECT max(n) - 1 FROM member))::int + 1 AS b,
                   (ARRAY['data', 'data', 'data', 'derives', 'control']::openlineage.edge_kind[])[1 + floor(random() * 5)] AS kind,
                   timestamptz '2026-01-01' + random() * interval '100 days' AS at
              FROM generate_series(1, $1)) AS r
      JOIN member AS ma ON ma.n = r.a JOIN openlineage.node AS a ON a.id = ma.id
      JOIN member AS mb ON mb.n = r.b JOIN openlineage.node AS b ON b.id = mb.id
$$;
INSERT INTO openlineage.edge SELECT * FROM pg_temp.random_edges(700);
INSERT INTO openlineage.edge_history
SELECT src, dst, kind, src_space, dst_space, tstzrange(at - interval '30 days', at) FROM pg_temp.random_edges(300);

-- What each gear answers to a question, as a text that tells rows and order.
CREATE FUNCTION pg_temp.answer(gear text, start int[], depth int, direction text, node_limit int, kinds openlineage.edge_kind[], as_of timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rows text;
BEGIN
    PERFORM set_config('openlineage.graph_gear', gear, true);
    SELECT string_agg(w::text, ' ') INTO rows
      FROM openlineage.walk(start, depth, direction, node_limit, kinds, as_of) AS w;
    RETURN rows || ' gear ' || (SELECT l.gear FROM openlineage.last_walk() AS l);
END
$$;
CREATE FUNCTION pg_temp.column_answer(gear text, start int[], depth int, direction text, node_limit int)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rows text;
BEGIN
    PERFORM set_config('openlineage.graph_gear', gear, true);
    SELECT string_agg(w::text, ' ') INTO rows FROM openlineage.walk_columns(start, depth, direction, node_limit) AS w;
    RETURN rows || ' gear ' || (SELECT l.gear FROM openlineage.last_walk() AS l);
END
$$;
CREATE TEMP TABLE question AS
SELECT ARRAY(SELECT id FROM member WHERE n IN (m.n, CASE m.n % 5 WHEN 0 THEN m.n + 7 ELSE m.n END)) AS start, d.depth, w.direction, l.node_limit, k.kinds::openlineage.edge_kind[], t.as_of::timestamptz
  FROM member AS m, unnest(ARRAY[NULL, 1, 4]) AS d(depth), unnest(ARRAY['upstream', 'downstream', 'both', 'undirected']) AS w(direction),
       unnest(ARRAY[0, 25]) AS l(node_limit), unnest(ARRAY['{data,derives}', '{control,data}']) AS k(kinds), unnest(ARRAY[NULL, '2026-02-15']) AS t(as_of)
 WHERE m.n % 17 = 3;

SELECT count(*) > 2000 AS enough, count(DISTINCT a.one) > 500 AS different, count(*) FILTER (WHERE a.two IS DISTINCT FROM replace(a.one, 'gear 1', 'gear 2')) AS gear_2,
       count(*) FILTER (WHERE a.three IS DISTINCT FROM replace(a.one, 'gear 1', CASE WHEN a.past THEN 'gear 2' ELSE 'gear 3' END)) AS gear_3
  FROM (SELECT q.as_of IS NOT NULL AS past,
               pg_temp.answer('1', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS one,
               pg_temp.answer('2', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS two,
               pg_temp.answer('3', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS three FROM question AS q) AS a;

-- 60 datasets of up to six columns; half of them have the column that stands for all, a tenth nothing else.
INSERT INTO openlineage.dataset_field (dataset_id, namespace_id, name)
SELECT n.id, n.namespace_id, CASE c.c WHEN 0 THEN '' ELSE 'c' || c.c END
  FROM member AS m JOIN openlineage.node AS n USING (id), generate_series(0, 6) AS c(c)
 WHERE n.kind = 'dataset' AND m.n <= 120 AND CASE c.c WHEN 0 THEN m.n % 4 = 0 ELSE m.n % 20 > 0 AND random() < 0.7 END;
CREATE TEMP TABLE field AS
SELECT row_number() OVER (ORDER BY f.id) AS n, f.* FROM openlineage.dataset_field AS f WHERE f.dataset_id IN (SELECT id FROM member);
INSERT INTO openlineage.column_edge
SELECT a.id, b.id, (SELECT id FROM member WHERE n = 1 + 2 * (r.k * 3)::int), b.dataset_id, a.namespace_id, b.namespace_id, r.k < 0.1, '[]'
  FROM (SELECT (random() * random() * ((SELECT count(*) FROM field) - 1))::int + 1 AS a, (random() * ((SELECT count(*) FROM field) - 1))::int + 1 AS b, random() AS k
          FROM generate_series(1, 220)) AS r
  JOIN field AS a ON a.n = r.a JOIN field AS b ON b.n = r.b
ON CONFLICT DO NOTHING;
CREATE TEMP TABLE column_question AS
SELECT ARRAY(SELECT id FROM field WHERE n IN (m.n, CASE m.n % 5 WHEN 0 THEN m.n + 7 ELSE m.n END)) AS start, d.depth, w.direction, l.node_limit
  FROM field AS m, unnest(ARRAY[NULL, 1, 3]) AS d(depth), unnest(ARRAY['upstream', 'downstream', 'both', 'undirected']) AS w(direction), unnest(ARRAY[0, 20]) AS l(node_limit)
 WHERE m.n % 3 = 0;
SELECT count(*) > 1000 AS enough, count(DISTINCT a.one) > 500 AS different, count(*) FILTER (WHERE a.two IS DISTINCT FROM replace(a.one, 'gear 1', 'gear 2')) AS gear_2,
       count(*) FILTER (WHERE a.three IS DISTINCT FROM replace(a.one, 'gear 1', CASE WHEN a.past THEN 'gear 2' ELSE 'gear 3' END)) AS gear_3
  FROM (SELECT false AS past,
               pg_temp.column_answer('1', q.start, q.depth, q.direction, q.node_limit) AS one,
               pg_temp.column_answer('2', q.start, q.depth, q.direction, q.node_limit) AS two,
               pg_temp.column_answer('3', q.start, q.depth, q.direction, q.node_limit) AS three FROM column_question AS q) AS a;

-- A large answer begins in gear 1 and goes over between two levels: a tree of 2,801 nodes.
INSERT INTO openlineage.node (kind, namespace_id, name) SELECT 'dataset', pg_temp.namespace_id('gears0'), 'tree' || g FROM generate_series(1, 6000) AS g;
CREATE TEMP TABLE leaf AS
SELECT substr(n.name, 5)::int AS n, n.id FROM openlineage.node AS n WHERE n.namespace_id = pg_temp.namespace_id('gears0') AND n.name LIKE 'tree%';
CREATE INDEX ON leaf (n);
INSERT INTO openlineage.edge
SELECT p.id, c.id, 'derives', pg_temp.namespace_id('gears0'), pg_temp.namespace_id('gears0'), now() FROM leaf AS c JOIN leaf AS p ON p.n = c.n / 7 WHERE c.n > 1;
SET LOCAL openlineage.graph_gear = 'auto';
SELECT count(*), max(distance) FROM openlineage.walk(ARRAY(SELECT id FROM leaf WHERE n = 1));
SELECT gear > 1 AS in_memory, graph, visited, switched_at BETWEEN 800 AND 3000 AS midway FROM openlineage.last_walk();
SELECT count(*) FROM openlineage.walk(ARRAY(SELECT id FROM leaf WHERE n = 1), 2);
SELECT gear, reason, visited, switched_at FROM openlineage.last_walk();
SELECT a.n = 2801 AND a.rows = b.rows AS same
  FROM (SELECT count(*) AS n, string_agg(w::text, ' ') AS rows FROM openlineage.walk(ARRAY(SELECT id FROM leaf WHERE n = 1)) AS w) AS a,
       (SELECT pg_temp.answer('1', ARRAY(SELECT id FROM leaf WHERE n = 1), NULL, 'downstream', 0, '{data,derives}', NULL) AS rows) AS o,
       LATERAL (SELECT replace(o.rows, ' gear 1', '') AS rows) AS b;

-- What a run saw is small and has no other gear.
SET LOCAL openlineage.graph_gear = '2';
INSERT INTO openlineage.run (id, namespace_id, job_id, job_time, job_hash, created_at, updated_at, is_placeholder)
SELECT '00000000-0000-4000-8000-00000000aaaa', n.namespace_id, n.id, now(), '00000000-0000-4000-8000-00000000aaaa', now(), now(), false FROM member AS m JOIN openlineage.node AS n USING (id) WHERE m.n = 1;
SELECT count(*) FROM openlineage.walk(ARRAY(SELECT id FROM member WHERE n = 1), run => '00000000-0000-4000-8000-00000000aaaa');
SELECT gear, reason FROM openlineage.last_walk();

-- Policies that are not the shipped ones are the executor's to apply, and a superuser has none.
CREATE ROLE regress_gears_reader IN ROLE openlineage_reader;
CREATE TEMP TABLE start AS SELECT id FROM member WHERE n = 1;
GRANT SELECT ON start TO regress_gears_reader;
CREATE FUNCTION pg_temp.ask() RETURNS TABLE (rows bigint, gear int, reason text) LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM openlineage.walk(ARRAY(SELECT id FROM start));
    RETURN QUERY SELECT n, l.gear, l.reason FROM openlineage.last_walk() AS l;
END
$$;
SET LOCAL ROLE regress_gears_reader;
SELECT rows > 20 AS many, gear, reason FROM pg_temp.ask();
RESET ROLE;
SAVEPOINT shipped;
CREATE POLICY more ON openlineage.edge FOR SELECT USING (false);
SET LOCAL ROLE regress_gears_reader;
SELECT rows > 20 AS many, gear, reason FROM pg_temp.ask();
RESET ROLE;
ROLLBACK TO shipped;
CREATE POLICY less ON openlineage.edge AS RESTRICTIVE FOR SELECT USING (false);
SET LOCAL ROLE regress_gears_reader;
SELECT rows, gear, reason FROM pg_temp.ask();
RESET ROLE;
SELECT rows > 20 AS many, gear, reason FROM pg_temp.ask();
ROLLBACK TO shipped;
ALTER POLICY edge_read ON openlineage.edge USING (src_namespace_id = dst_namespace_id);
SET LOCAL ROLE regress_gears_reader;
SELECT gear, reason FROM pg_temp.ask();
RESET ROLE;
ROLLBACK TO shipped;
CREATE OR REPLACE FUNCTION openlineage.can_read(namespace_id int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT false';
SELECT openlineage.enable_rls();
SET LOCAL ROLE regress_gears_reader;
SELECT rows, gear, reason FROM pg_temp.ask();
RESET ROLE;
ROLLBACK TO shipped;
SET LOCAL ROLE regress_gears_reader;
SELECT rows > 20 AS many, gear FROM pg_temp.ask();
SET LOCAL row_security = off;
SELECT pg_temp.error_of('SELECT count(*) FROM openlineage.walk(ARRAY(SELECT id FROM start))');
RESET row_security;
RESET ROLE;

-- Who may not read all of a table is for the executor to refuse.
REVOKE SELECT ON openlineage.edge FROM openlineage_reader;
SET LOCAL ROLE regress_gears_reader;
SELECT pg_temp.error_of('SELECT count(*) FROM openlineage.walk(ARRAY(SELECT id FROM start))');
RESET ROLE;
SELECT pg_temp.error_of($$SET LOCAL openlineage.graph_gear = '4'$$);

ROLLBACK;
