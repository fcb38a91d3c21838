-- Every walk over random graphs against recursive queries on the same tables.
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

-- 150 nodes, 260 edges of all kinds, with cycles, hubs, self loops and islands.
SELECT setseed(0.4711);
CREATE TEMP TABLE member AS
SELECT g AS n, pg_temp.node_id(CASE g % 2 WHEN 0 THEN 'dataset' ELSE 'job' END, 'random', 'n' || g) AS id FROM generate_series(1, 150) AS g;
INSERT INTO openlineage.edge
SELECT a.id, b.id, (CASE WHEN r.k < 0.8 THEN 'data' WHEN r.k < 0.9 THEN 'derives' ELSE 'control' END)::openlineage.edge_kind,
       pg_temp.namespace_id('random'), pg_temp.namespace_id('random'), now()
  FROM (SELECT (random() * random() * 149)::int + 1 AS a, (random() * 149)::int + 1 AS b, random() AS k FROM generate_series(1, 260)) AS r
  JOIN member AS a ON a.n = r.a JOIN member AS b ON b.n = r.b
ON CONFLICT DO NOTHING;

-- The nodes within a depth, each at its least distance.
CREATE FUNCTION pg_temp.brute_force(start int, depth int, up boolean, down boolean)
RETURNS TABLE (id int, distance int) LANGUAGE sql AS $$
    WITH RECURSIVE link AS MATERIALIZED (
        SELECT e.src AS a, e.dst AS b FROM openlineage.edge AS e WHERE down AND e.kind <> 'control'
        UNION SELECT e.dst, e.src FROM openlineage.edge AS e WHERE up AND e.kind <> 'control'
    ), reached AS (
        SELECT start AS id, 0 AS distance
        UNION
        SELECT l.b, r.distance + 1 FROM reached AS r JOIN link AS l ON l.a = r.id WHERE r.distance < depth
    )
    SELECT r.id, min(r.distance) FROM reached AS r GROUP BY r.id
$$;
CREATE FUNCTION pg_temp.expected(start int, depth int, direction text)
RETURNS TABLE (id int, distance int) LANGUAGE sql AS $$
    SELECT b.id, min(b.distance)
      FROM (SELECT * FROM pg_temp.brute_force(start, depth, true, false) WHERE direction IN ('upstream', 'both')
            UNION ALL SELECT * FROM pg_temp.brute_force(start, depth, false, true) WHERE direction IN ('downstream', 'both')
            UNION ALL SELECT * FROM pg_temp.brute_force(start, depth, true, true) WHERE direction = 'undirected') AS b
     GROUP BY b.id
$$;
CREATE TEMP TABLE question AS
SELECT m.id AS start, d.depth, w.direction
  FROM member AS m, unnest(ARRAY[0, 1, 2, 3, 7]) AS d(depth), unnest(ARRAY['upstream', 'downstream', 'both', 'undirected']) AS w(direction)
 WHERE m.n % 3 = 0;
CREATE TEMP TABLE answer AS
SELECT q.*, w.* FROM question AS q, openlineage.walk(ARRAY[q.start], q.depth, q.direction) AS w;
CREATE INDEX ON answer (start, depth, direction, distance);
ANALYZE question, answer;

-- The same nodes at the same distances, and no others.
SELECT count(*) > 10000 AS enough,
       count(*) FILTER (WHERE a.id IS NULL) AS missing, count(*) FILTER (WHERE e.id IS NULL) AS invented,
       count(*) FILTER (WHERE a.distance <> e.distance) AS wrong_distance
  FROM (SELECT q.*, e.* FROM question AS q, pg_temp.expected(q.start, q.depth, q.direction) AS e) AS e
  FULL JOIN answer AS a USING (start, depth, direction, id);

-- The predecessor is the least node one nearer to the start from which an edge leads here.
SELECT count(*) FILTER (WHERE (a.predecessor IS NULL) <> (a.distance = 0)) AS wrong_starts,
       count(*) FILTER (WHERE a.predecessor IS DISTINCT FROM p.least) AS wrong
  FROM answer AS a
  LEFT JOIN LATERAL (
       SELECT min(b.id) AS least FROM answer AS b
        WHERE (b.start, b.depth, b.direction, b.distance) = (a.start, a.depth, a.direction, a.distance - 1)
          AND EXISTS (SELECT FROM openlineage.edge AS e WHERE e.kind <> 'control'
                         AND (a.direction <> 'upstream' AND (e.src, e.dst) = (b.id, a.id)
                              OR a.direction <> 'downstream' AND (e.dst, e.src) = (b.id, a.id)))) AS p ON true
 WHERE a.direction <> 'both';

-- Nearest first, each once; a limit keeps the beginning of the same answer.
SELECT count(*) FROM (SELECT a.distance < lag(a.distance) OVER () AS back
                        FROM openlineage.walk(ARRAY(SELECT id FROM member WHERE n < 5), NULL, 'both') AS a) AS o WHERE o.back;
SELECT count(*) - count(DISTINCT id) FROM openlineage.walk(ARRAY(SELECT id FROM member WHERE n < 5), NULL, 'both');
SELECT count(*) FROM (SELECT * FROM openlineage.walk(ARRAY(SELECT id FROM member WHERE n = 2), NULL, 'undirected', 0) LIMIT 41) AS a
  FULL JOIN openlineage.walk(ARRAY(SELECT id FROM member WHERE n = 2), NULL, 'undirected', 40) AS b USING (id, distance)
 WHERE a.id IS NULL OR b.id IS NULL;

-- lineage() and impact() are the same walks by name.
SELECT count(*) FILTER (WHERE i.node IS NULL OR e.id IS NULL)
  FROM (SELECT e.*, m.n FROM openlineage.walk(ARRAY(SELECT id FROM member WHERE n = 4)) AS e JOIN member AS m USING (id) WHERE e.distance > 0) AS e
  FULL JOIN openlineage.impact('dataset:random:n4') AS i ON i.name = 'n' || e.n AND i.distance = e.distance;

ROLLBACK;
