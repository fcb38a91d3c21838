-- walk() and walk_columns() in FROM: rows one by one from a node of the plan, the same as those of a function scan.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
LOAD 'openlineage';
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

SELECT pg_temp.flow('j1', '{a}', '{b,c}'), pg_temp.flow('j2', '{b,c}', '{d}'), pg_temp.flow('j3', '{d}', '{e}');
SELECT pg_temp.column_edge('a.x', 'b.x'), pg_temp.column_edge('b.x', 'd.y');
CREATE TEMP TABLE start AS SELECT pg_temp.node_id('dataset', 't', 'a') AS a, pg_temp.node_id('dataset', 't', 'c') AS c, pg_temp.field_id('a', 'x') AS x;
CREATE TEMP VIEW named AS SELECT id, name FROM openlineage.node;

-- Where the node stands.
EXPLAIN (COSTS OFF) SELECT w.distance FROM openlineage.walk('{1}') AS w WHERE w.id > 5;
EXPLAIN (COSTS OFF) SELECT * FROM openlineage.walk_columns('{1}');
EXPLAIN (COSTS OFF) SELECT w.distance FROM start AS s, LATERAL openlineage.walk(ARRAY[s.a]) AS w;

-- Where it does not: a number of each row, several functions, rows as a whole, rows that are locked, a select list.
CREATE FUNCTION pg_temp.has_node(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    RETURN plan::text LIKE '%Lineage Walk%';
END
$$;
SELECT q.query, pg_temp.has_node(q.query) FROM (VALUES
    ($$SELECT id FROM openlineage.walk('{1}')$$),
    ($$SELECT * FROM openlineage.walk('{1}') WITH ORDINALITY$$),
    ($$SELECT * FROM ROWS FROM (openlineage.walk('{1}'), generate_series(1, 2))$$),
    ($$SELECT w FROM openlineage.walk('{1}') AS w$$),
    ($$SELECT count(*) FROM openlineage.walk('{1}') AS w WHERE w IS NOT NULL$$),
    ($$SELECT v.x FROM start AS s LEFT JOIN (SELECT w AS x FROM openlineage.walk('{1}') AS w) AS v ON true$$),
    ($$SELECT s.a FROM start AS s, openlineage.walk('{1}') AS w FOR UPDATE OF s$$),
    ($$SELECT openlineage.walk('{1}')$$)
) AS q(query);

-- The same rows in the same order.
SELECT n.name, w.distance, p.name AS predecessor
  FROM openlineage.walk(ARRAY(SELECT a FROM start)) AS w JOIN named AS n USING (id) LEFT JOIN named AS p ON p.id = w.predecessor ORDER BY w.distance, w.id;
SELECT count(*) AS questions, bool_and(a.by_node = a.by_function) AS same, count(DISTINCT a.by_node) AS different
  FROM (SELECT (SELECT array_agg((w.id, w.distance, w.predecessor)::text) FROM openlineage.walk(ARRAY[n.id], NULL, d) AS w) AS by_node,
               (SELECT array_agg((w.id, w.distance, w.predecessor)::text ORDER BY w.ordinality) FROM openlineage.walk(ARRAY[n.id], NULL, d) WITH ORDINALITY AS w) AS by_function
          FROM named AS n, unnest(ARRAY['upstream', 'downstream', 'both', 'undirected']) AS d) AS a;
-- Columns in another order, twice, filtered by those that are not shown, and none.
SELECT array_agg((w.predecessor, w.id, w.predecessor)::text ORDER BY w.id) AS rows FROM openlineage.walk(ARRAY(SELECT a FROM start)) AS w WHERE w.distance % 3 = 1
EXCEPT SELECT array_agg((w.predecessor, w.id, w.predecessor)::text ORDER BY w.id) FROM openlineage.walk(ARRAY(SELECT a FROM start)) WITH ORDINALITY AS w WHERE w.distance % 3 = 1;
SELECT w.distance, 1 AS one, w.distance FROM openlineage.walk(ARRAY(SELECT a FROM start)) AS w WHERE w.predecessor IS NULL;
SELECT count(*) FROM openlineage.walk(ARRAY(SELECT a FROM start));
SELECT w.distance, w.id = s.c AS joined FROM start AS s, LATERAL openlineage.walk(ARRAY[s.a]) AS w WHERE w.id = s.c;
SELECT g, w.distance FROM generate_series(1, 2) AS g CROSS JOIN start AS s LEFT JOIN LATERAL openlineage.walk(ARRAY[s.a]) AS w ON w.id = s.c AND g = 1 ORDER BY 1;
SELECT f.name, w.distance FROM start AS s, LATERAL openlineage.walk_columns(ARRAY[s.x], NULL, 'downstream') AS w JOIN openlineage.dataset_field AS f USING (id) ORDER BY 2;

-- Called again where the arguments differ, and not where they do not; limits, filters and cursors.
SELECT n.name, (SELECT count(*) FROM openlineage.walk(ARRAY[n.id]) AS w WHERE w.distance > 0) FROM named AS n WHERE n.name IN ('a', 'b', 'e') ORDER BY 1;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_material = off;
SET LOCAL enable_memoize = off;
SELECT count(*), count(DISTINCT w.id) FROM generate_series(1, 3) AS g JOIN (SELECT * FROM openlineage.walk(ARRAY(SELECT a FROM start)) OFFSET 0) AS w ON w.distance >= g;
SELECT count(*) FROM (SELECT * FROM openlineage.walk(ARRAY(SELECT a FROM start)) LIMIT 3) AS w;
SELECT a, c FROM start \gset
PREPARE ask(int) AS SELECT count(*), max(distance) FROM openlineage.walk(ARRAY[$1]);
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE ask(:a);
EXECUTE ask(:c);
DEALLOCATE ask;
DECLARE rows SCROLL CURSOR FOR SELECT distance FROM openlineage.walk(ARRAY(SELECT a FROM start));
FETCH 2 FROM rows;
FETCH PRIOR FROM rows;
FETCH LAST FROM rows;
CLOSE rows;
SELECT count(*) FROM openlineage.walk(ARRAY(SELECT a FROM start), NULL, 'downstream', 2);

-- Errors are those of the function, and so are privileges and the search path it runs under.
SELECT pg_temp.error_of('SELECT count(*) FROM openlineage.walk(NULL)');
SELECT pg_temp.error_of('SELECT count(*) FROM openlineage.walk(''{1}'', -1)');
CREATE ROLE regress_walker IN ROLE openlineage_reader;
REVOKE EXECUTE ON FUNCTION openlineage.walk FROM PUBLIC;
SET LOCAL ROLE regress_walker;
SELECT pg_temp.error_of('SELECT count(*) FROM openlineage.walk(''{1}'')');
SELECT pg_temp.error_of('EXPLAIN SELECT count(*) FROM openlineage.walk(''{1}'')');
RESET ROLE;
GRANT EXECUTE ON FUNCTION openlineage.walk TO regress_walker;
SET LOCAL ROLE regress_walker;
SELECT pg_temp.error_of('SELECT count(*) FROM openlineage.walk(''{1}'')');
RESET ROLE;
CREATE FUNCTION pg_temp.never(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR pg_temp.= (LEFTARG = int, RIGHTARG = int, FUNCTION = pg_temp.never);
SET LOCAL search_path = pg_temp, pg_catalog;
SELECT count(*) FROM openlineage.walk(ARRAY(SELECT a FROM start));
RESET search_path;

-- A function of that name that is not ours is no concern of the node's.
CREATE SCHEMA mine;
CREATE FUNCTION mine.walk(start int[]) RETURNS TABLE (id int, distance int, predecessor int) LANGUAGE sql AS 'SELECT 1, 2, 3';
SELECT * FROM mine.walk('{1}');
ROLLBACK;
