-- As of a time: random edges that came and went, against recursive queries on the same tables.
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

-- 100 nodes; 400 edges, a third of which ended, some to begin again later.
SELECT setseed(0.1903);
CREATE TEMP TABLE member AS
SELECT g AS n, pg_temp.node_id(CASE g % 2 WHEN 0 THEN 'dataset' ELSE 'job' END, 'random', 'n' || g) AS id FROM generate_series(1, 100) AS g;
CREATE FUNCTION pg_temp.day(n int) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT timestamptz '2026-01-01 00:00Z' + n * interval '1 day' $$;
CREATE TEMP TABLE story AS
SELECT a.id AS src, b.id AS dst, (CASE WHEN r.k < 0.85 THEN 'data' WHEN r.k < 0.9 THEN 'derives' ELSE 'control' END)::openlineage.edge_kind AS kind,
       (r.t * 50)::int AS began, (r.t * 50)::int + 1 + (r.l * 30)::int AS ended, r.e AS fate
  FROM (SELECT (random() * 99)::int + 1 AS a, (random() * 99)::int + 1 AS b, random() AS k, random() AS t, random() AS l, random() AS e
          FROM generate_series(1, 400)) AS r
  JOIN member AS a ON a.n = r.a JOIN member AS b ON b.n = r.b;
INSERT INTO openlineage.edge_history
SELECT src, dst, kind, pg_temp.namespace_id('random'), pg_temp.namespace_id('random'), tstzrange(pg_temp.day(began), pg_temp.day(ended))
  FROM story WHERE fate < 0.5;
INSERT INTO openlineage.edge
SELECT src, dst, kind, pg_temp.namespace_id('random'), pg_temp.namespace_id('random'), pg_temp.day(CASE WHEN fate < 0.5 THEN ended + 3 ELSE began END)
  FROM story WHERE fate > 0.3
ON CONFLICT DO NOTHING;

CREATE FUNCTION pg_temp.brute_force(start int, depth int, up boolean, down boolean, at timestamptz)
RETURNS TABLE (id int, distance int) LANGUAGE sql AS $$
    WITH RECURSIVE held AS (
        SELECT e.src, e.dst, e.kind FROM openlineage.edge AS e WHERE e.first_at <= at
        UNION SELECT h.src, h.dst, h.kind FROM openlineage.edge_history AS h WHERE lower(h.valid) <= at AND at < upper(h.valid)
    ), link AS MATERIALIZED (
        SELECT h.src AS a, h.dst AS b FROM held AS h WHERE down AND h.kind <> 'control'
        UNION SELECT h.dst, h.src FROM held AS h WHERE up AND h.kind <> 'control'
    ), reached AS (
        SELECT start AS id, 0 AS distance
        UNION
        SELECT l.b, r.distance + 1 FROM reached AS r JOIN link AS l ON l.a = r.id WHERE r.distance < depth
    )
    SELECT r.id, min(r.distance) FROM reached AS r GROUP BY r.id
$$;
CREATE TEMP TABLE question AS
SELECT m.id AS start, d.depth, w.direction, pg_temp.day(t.n) AS at
  FROM member AS m, unnest(ARRAY[1, 2, 6]) AS d(depth), unnest(ARRAY['upstream', 'downstream', 'undirected']) AS w(direction),
       unnest(ARRAY[-1, 0, 5, 17, 30, 44, 90]) AS t(n)
 WHERE m.n % 5 = 0;
CREATE TEMP TABLE answer AS
SELECT q.*, w.* FROM question AS q, openlineage.walk(ARRAY[q.start], q.depth, q.direction, as_of => q.at) AS w;
ANALYZE question, answer;

-- The same nodes at the same distances, and no others.
SELECT count(*) > 10000 AS enough, count(DISTINCT at) AS times,
       count(*) FILTER (WHERE a.id IS NULL) AS missing, count(*) FILTER (WHERE e.id IS NULL) AS invented,
       count(*) FILTER (WHERE a.distance <> e.distance) AS wrong_distance
  FROM (SELECT q.*, e.* FROM question AS q,
               pg_temp.brute_force(q.start, q.depth, q.direction <> 'downstream', q.direction <> 'upstream', q.at) AS e) AS e
  FULL JOIN answer AS a USING (start, depth, direction, at, id);

-- Now is a time like others: as of the end of times the walk is that of now.
SELECT count(*) FROM member AS m
 WHERE EXISTS ((SELECT * FROM openlineage.walk(ARRAY[m.id], 5, 'both') EXCEPT SELECT * FROM openlineage.walk(ARRAY[m.id], 5, 'both', as_of => 'infinity'))
               UNION ALL
               (SELECT * FROM openlineage.walk(ARRAY[m.id], 5, 'both', as_of => 'infinity') EXCEPT SELECT * FROM openlineage.walk(ARRAY[m.id], 5, 'both')));

-- lineage(), impact() and its relatives are the same walks by name.
SELECT count(*) > 20 AS enough, count(*) FILTER (WHERE i.node IS NULL OR e.id IS NULL) AS wrong
  FROM (SELECT e.*, m.n FROM openlineage.walk(ARRAY(SELECT id FROM member WHERE n = 40), as_of => pg_temp.day(30)) AS e
          JOIN member AS m USING (id) WHERE e.distance > 0) AS e
  FULL JOIN openlineage.impact('dataset:random:n40', as_of => pg_temp.day(30)) AS i ON i.name = 'n' || e.n AND i.distance = e.distance;
SELECT openlineage.impact_count('random', 'n40', as_of => pg_temp.day(30)) = count(*) AS counted,
       count(*) = (SELECT count(*) FROM openlineage.impact_paths('random', 'n40', as_of => pg_temp.day(30))) AS pathed,
       count(*) = (SELECT count(*) - 1 FROM openlineage.lineage('random', 'n40', NULL::int, 'downstream', as_of => pg_temp.day(30))) AS lined
  FROM openlineage.impact('random', 'n40', as_of => pg_temp.day(30));

-- A limit of the call goes before the setting.
SET LOCAL openlineage.lineage_max_nodes = 1;
SET LOCAL client_min_messages = notice;
SELECT count(*) FROM openlineage.impact('random', 'n40', node_limit => 3);
SELECT count(*) = openlineage.impact_count('random', 'n40', node_limit => 0) FROM openlineage.lineage('random', 'n40', NULL::int, 'downstream', node_limit => 0) WHERE distance > 0;

-- What cannot be asked.
SELECT q.call, pg_temp.error_of('SELECT count(*) FROM openlineage.' || q.call)
  FROM unnest(ARRAY[$$lineage('dataset:random:n40', as_of => now(), run => '00000000-0000-4000-8000-000000000001')$$,
                    $$lineage('dataset:random:n40', run => '00000000-0000-4000-8000-000000000001')$$,
                    $$walk('{1}', run => '00000000-0000-4000-8000-000000000001')$$,
                    $$lineage('dataset:random:n40', node_limit => -1)$$,
                    $$impact('dataset:random:n40', as_of => 'yesterdayish')$$]) AS q(call);
SELECT pg_temp.field_id('a', 'x') IS NOT NULL;
SELECT pg_temp.error_of($$SELECT openlineage.impact('datasetField:t:a:x', as_of => now())$$);

ROLLBACK;
