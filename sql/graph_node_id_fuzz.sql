-- Node ids made at random of what makes them hard: each name that is stored is found by its id.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

SELECT setseed(0.77);
CREATE FUNCTION pg_temp.word(parts int) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg((ARRAY['a', 'b', '1', '42', ':', ':', '//', '://', '#', '.', '%3A', ' ', 'é', '-', 'run:', 'job:', 'dataset:'])[1 + (random() * 16)::int], '')
      FROM generate_series(1, 1 + (random() * parts)::int)
$$;
CREATE TEMP TABLE hard AS
SELECT g AS n, pg_temp.word(4) AS namespace, pg_temp.word(5) AS name, pg_temp.word(3) AS field FROM generate_series(1, 600) AS g;
CREATE TEMP TABLE known AS
SELECT h.*, pg_temp.node_id('dataset', h.namespace, h.name) AS dataset_id, pg_temp.node_id('job', h.namespace, h.name) AS job_id FROM hard AS h;
INSERT INTO openlineage.dataset_field (dataset_id, namespace_id, name)
SELECT DISTINCT k.dataset_id, pg_temp.namespace_id(k.namespace), k.field FROM known AS k;
-- What an ANALYZE from outside sees of this transaction are empty tables, and plans for those.
ANALYZE openlineage.namespace, openlineage.node, openlineage.dataset, openlineage.job, openlineage.dataset_field, openlineage.edge, openlineage.hidden_node;

-- An id may be that of several names; then it is that of one of them, whichever Marquez reads first.
CREATE FUNCTION pg_temp.ids(kind text) RETURNS TABLE (node_id text, ids int[]) LANGUAGE sql STABLE AS $$
    SELECT n.kind || ':' || s.name || ':' || n.name, array_agg(n.id)
      FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE n.kind::text = ids.kind GROUP BY 1
$$;
SELECT k.kind, count(*) > 500 AS enough, count(*) FILTER (WHERE openlineage.resolve_node(i.node_id) = ANY (i.ids)) = count(*) AS found,
       count(*) FILTER (WHERE openlineage.resolve_node(i.node_id || '#6ba7b810-9dad-11d1-80b4-00c04fd430c8') = ANY (i.ids)) = count(*) AS with_version
  FROM unnest(ARRAY['dataset', 'job']) AS k(kind), pg_temp.ids(k.kind) AS i GROUP BY k.kind ORDER BY k.kind;
SELECT count(*) > 500 AS enough, count(*) FILTER (WHERE f.found = ANY (f.ids)) = count(*) AS found
  FROM (SELECT openlineage.resolve_column(i.node_id) AS found, i.ids
          FROM (SELECT 'datasetField:' || s.name || ':' || n.name || ':' || f.name AS node_id, array_agg(f.id) AS ids
                  FROM openlineage.dataset_field AS f
                  JOIN openlineage.node AS n ON n.id = f.dataset_id
                  JOIN openlineage.namespace AS s ON s.id = n.namespace_id GROUP BY 1) AS i) AS f;

-- The endpoints take them as well.
SELECT count(*) FILTER (WHERE json_array_length(openlineage.api_lineage('{}', json_build_object('nodeId', ARRAY[i.node_id], 'depth', ARRAY['0'])) -> 'graph') <> 1) AS wrong
  FROM (SELECT * FROM pg_temp.ids('dataset') UNION ALL SELECT * FROM pg_temp.ids('job') ORDER BY 1 LIMIT 50) AS i;
SELECT count(*) FILTER (WHERE openlineage.api_column_lineage('{}', json_build_object('nodeId', ARRAY[i.node_id])) ->> 'graph' <> '[]') AS wrong
  FROM (SELECT * FROM pg_temp.ids('dataset') ORDER BY 1 LIMIT 50) AS i;

-- Whatever else is asked for is refused with an error of its own.
CREATE FUNCTION pg_temp.state_of(call text, id text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT openlineage.%I(''{}'', %L)', call, json_build_object('nodeId', ARRAY[id]));
    RETURN 'answer';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
SELECT c.call, count(*) AS calls, count(*) FILTER (WHERE r.state NOT IN ('answer', 'OL400', 'OL404')) AS wrong
  FROM unnest(ARRAY['api_lineage', 'api_column_lineage']) AS c(call),
       (SELECT (ARRAY['', 'dataset:', 'job:', 'datasetField:', 'run:', 'x:'])[1 + (random() * 5)::int] || pg_temp.word(8) || CASE WHEN random() < 0.2 THEN '#6ba7b810-9dad-11d1-80b4-00c04fd430c8' ELSE '' END AS id
          FROM generate_series(1, 300)) AS i,
       LATERAL (SELECT pg_temp.state_of(c.call, i.id)) AS r(state)
 GROUP BY c.call ORDER BY c.call;

ROLLBACK;
