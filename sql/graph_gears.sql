-- Every gear gives the same rows in the same order: random graphs of nodes and of columns, now and in the past.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set gears :input '/test/lib/gears.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
SET LOCAL jit = off;
\i :gears
\set ECHO all
\pset format unaligned
\pset null -

SELECT count(*) > 2000 AS enough, count(DISTINCT a.one) > 500 AS different, count(*) FILTER (WHERE a.two IS DISTINCT FROM replace(a.one, 'gear 1', 'gear 2')) AS gear_2,
       count(*) FILTER (WHERE a.three IS DISTINCT FROM replace(a.one, 'gear 1', CASE WHEN a.past THEN 'gear 2' ELSE 'gear 3' END)) AS gear_3
  FROM (SELECT q.as_of IS NOT NULL AS past,
               pg_temp.answer('1', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS one,
               pg_temp.answer('2', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS two,
               pg_temp.answer('3', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS three FROM question AS q) AS a;

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
-- What could not be found out is not taken as it was before.
SET LOCAL ROLE regress_gears_reader;
SELECT rows > 20 AS many, gear, reason FROM pg_temp.ask();
RESET ROLE;
ALTER POLICY edge_read ON openlineage.edge USING (src_namespace_id = dst_namespace_id);
REVOKE SELECT ON pg_language FROM PUBLIC;
SET LOCAL ROLE regress_gears_reader;
SELECT pg_temp.error_of('SELECT count(*) FROM openlineage.walk(ARRAY(SELECT id FROM start))');
RESET ROLE;
GRANT SELECT ON pg_language TO PUBLIC;
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
