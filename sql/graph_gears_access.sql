-- Every gear shows a caller the same part of the graph: namespaces granted one by one, random graphs as in graph_gears.
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
DELETE FROM question WHERE random() < 0.8;
DELETE FROM column_question WHERE random() < 0.8;

-- Readers of two namespaces, of one and of none.
CREATE ROLE regress_gears_two IN ROLE openlineage_reader;
CREATE ROLE regress_gears_one IN ROLE openlineage_reader;
CREATE ROLE regress_gears_none IN ROLE openlineage_reader;
SELECT openlineage.grant_namespace('database_role', 'regress_gears_two', 'gears0', 'read'), openlineage.grant_namespace('database_role', 'regress_gears_two', 'gears2', 'read'),
       openlineage.grant_namespace('database_role', 'regress_gears_one', 'gears1', 'read');
SELECT openlineage.enable_rls();
GRANT SELECT ON question, column_question, member, field TO openlineage_reader;

-- Of what each gear tells: does it differ from gear 1, and is anything in it that the caller may not see?
CREATE FUNCTION pg_temp.compare() RETURNS TABLE (asked bigint, different bigint, gear_2 bigint, gear_3 bigint, columns_asked bigint, columns_different bigint, columns_2 bigint, columns_3 bigint) LANGUAGE sql AS $$
    SELECT * FROM (
    SELECT count(*), count(DISTINCT a.one), count(*) FILTER (WHERE a.two IS DISTINCT FROM replace(a.one, 'gear 1', 'gear 2')),
           count(*) FILTER (WHERE a.three IS DISTINCT FROM replace(a.one, 'gear 1', CASE WHEN a.past THEN 'gear 2' ELSE 'gear 3' END))
      FROM (SELECT q.as_of IS NOT NULL AS past,
                   pg_temp.answer('1', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS one,
                   pg_temp.answer('2', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS two,
                   pg_temp.answer('3', q.start, q.depth, q.direction, q.node_limit, q.kinds, q.as_of) AS three FROM question AS q) AS a
     WHERE a.one IS NOT NULL OR a.two IS NOT NULL OR a.three IS NOT NULL) AS n, (
    SELECT count(*), count(DISTINCT a.one), count(*) FILTER (WHERE a.two IS DISTINCT FROM replace(a.one, 'gear 1', 'gear 2')),
           count(*) FILTER (WHERE a.three IS DISTINCT FROM replace(a.one, 'gear 1', 'gear 3'))
      FROM (SELECT pg_temp.column_answer('1', q.start, q.depth, q.direction, q.node_limit) AS one,
                   pg_temp.column_answer('2', q.start, q.depth, q.direction, q.node_limit) AS two,
                   pg_temp.column_answer('3', q.start, q.depth, q.direction, q.node_limit) AS three FROM column_question AS q) AS a
     WHERE a.one IS NOT NULL OR a.two IS NOT NULL OR a.three IS NOT NULL) AS c
$$;
CREATE FUNCTION pg_temp.reached(gear text) RETURNS int[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('openlineage.graph_gear', gear, true);
    RETURN openlineage.walk_ids(ARRAY(SELECT id FROM member), NULL, 'undirected');
END
$$;
SET LOCAL ROLE regress_gears_two;
SELECT asked > 100 AS enough, different > 50 AS different, gear_2, gear_3, columns_asked > 50 AS columns_enough, columns_different > 20 AS columns_different, columns_2, columns_3 FROM pg_temp.compare();
SELECT pg_temp.reached('1') <@ i.ids AND pg_temp.reached('2') <@ i.ids AND pg_temp.reached('3') <@ i.ids AND cardinality(pg_temp.reached('3')) > 100 AS seen
  FROM (SELECT array_agg(n.id) AS ids FROM openlineage.node AS n) AS i;
CREATE TEMP TABLE seen AS SELECT unnest(pg_temp.reached('3')) AS id;
RESET ROLE;
SELECT count(*) > 100 AS enough, count(*) FILTER (WHERE s.name NOT IN ('gears0', 'gears2')) AS stolen FROM seen JOIN openlineage.node AS n USING (id) JOIN openlineage.namespace AS s ON s.id = n.namespace_id;
SET LOCAL ROLE regress_gears_one;
SELECT asked > 50 AS enough, different > 10 AS different, gear_2, gear_3, columns_asked > 20 AS columns_enough, columns_different > 5 AS columns_different, columns_2, columns_3 FROM pg_temp.compare();
RESET ROLE;
SET LOCAL ROLE regress_gears_none;
SELECT * FROM pg_temp.compare();
RESET ROLE;

-- A reader of all namespaces that there are, one by one.
CREATE ROLE regress_gears_three IN ROLE openlineage_reader;
SELECT openlineage.grant_namespace('database_role', 'regress_gears_three', 'gears0', 'read'), openlineage.grant_namespace('database_role', 'regress_gears_three', 'gears1', 'read'),
       openlineage.grant_namespace('database_role', 'regress_gears_three', 'gears2', 'read');
SET LOCAL ROLE regress_gears_three;
SELECT asked > 300 AS enough, gear_2, gear_3, columns_2, columns_3 FROM pg_temp.compare();
RESET ROLE;

-- Whoever sees everything is shown everything.
CREATE ROLE regress_gears_admin IN ROLE openlineage_admin, openlineage_reader;
SET LOCAL ROLE regress_gears_admin;
SELECT asked > 300 AS enough, gear_2, gear_3, columns_2, columns_3 FROM pg_temp.compare();
RESET ROLE;
SELECT asked > 300 AS enough, gear_2, gear_3, columns_2, columns_3 FROM pg_temp.compare();

ROLLBACK;
