-- Every gear shows a caller the same part of the graph: namespaces granted one by one, random graphs as in graph_gears.
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
