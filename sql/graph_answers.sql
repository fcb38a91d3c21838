-- Answers of other forms than rows: counts, groups, arrays of ids, edges and a path, in every gear.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

-- raw -> load -> clean -> model, and through two steps of split: clean -> good, raw -> bad; gone was deleted softly.
SELECT pg_temp.flow('load', '{raw}', '{clean}'), pg_temp.flow('train', '{clean}', '{model}'),
       pg_temp.flow('tidy', '{good,gone}', '{tidy}'), pg_temp.flow('lose', '{clean}', '{gone}');
SELECT pg_temp.step('split', '{clean}', 'good'), pg_temp.step('split', '{raw,good}', 'bad');
INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind, hidden_at)
SELECT id, namespace_id, 'dataset', now() FROM openlineage.node WHERE id = pg_temp.node_id('dataset', 't', 'gone');
CREATE FUNCTION pg_temp.in_gears(query text) RETURNS TABLE (gears text, answer text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT string_agg(g, '','' ORDER BY g), a FROM unnest(ARRAY[''1'', ''2'', ''3'']) AS g, LATERAL pg_temp.in_gear(g, %L) AS a GROUP BY a', query);
END
$$;
CREATE FUNCTION pg_temp.in_gear(gear text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    taken int;
BEGIN
    PERFORM set_config('openlineage.graph_gear', gear, true);
    EXECUTE query INTO result;
    SELECT l.gear INTO taken FROM openlineage.last_walk() AS l;
    RETURN CASE WHEN taken::text <> gear THEN 'gear ' || taken || ': ' ELSE '' END || result;
END
$$;

SELECT * FROM pg_temp.in_gears($$SELECT string_agg(node || ' ' || distance, ', ' ORDER BY distance, node COLLATE "C") FROM openlineage.impact('dataset:t:raw')$$);
SELECT * FROM pg_temp.in_gears($$SELECT openlineage.impact_count('dataset:t:raw')$$);
SELECT * FROM pg_temp.in_gears($$SELECT openlineage.impact_count('job:t:split')$$);
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(openlineage.impact_count('dataset:t:raw', d)::text, ' ' ORDER BY d) FROM generate_series(0, 8) AS d$$);
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(i.nodes || ' ' || i.kind || ' at ' || i.distance, ', ' ORDER BY i.distance, i.kind) FROM openlineage.impact_summary('dataset:t:raw') AS i$$);

-- Several starts are one question.
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(node || ' ' || distance, ', ' ORDER BY distance, node COLLATE "C") FROM openlineage.impact('{job:t:train,dataset:t:good,dataset:t:good}'::text[])$$);
SELECT * FROM pg_temp.in_gears($$SELECT openlineage.impact_count('{job:t:train,dataset:t:good,dataset:t:good}'::text[])$$);
SELECT * FROM pg_temp.in_gears($$SELECT sum(nodes) FROM openlineage.impact_summary('{job:t:train,dataset:t:good}'::text[])$$);

-- The walk as an array and as its edges.
SELECT * FROM pg_temp.in_gears($$SELECT openlineage.walk_ids(ARRAY[pg_temp.node_id('dataset', 't', 'raw')], NULL, 'both') = (SELECT array_agg(w.id) FROM openlineage.walk(ARRAY[pg_temp.node_id('dataset', 't', 'raw')], NULL, 'both') AS w)$$);
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(a.name || ' -> ' || b.name, ', ' ORDER BY a.name COLLATE "C", b.name COLLATE "C") FROM openlineage.walk_edges(ARRAY[pg_temp.node_id('dataset', 't', 'clean')], 2) AS e
                                   JOIN openlineage.node AS a ON a.id = e.src JOIN openlineage.node AS b ON b.id = e.dst WHERE a.job_id IS NULL AND b.job_id IS NULL$$);

-- One shortest path; a job with explicit lineage is a stop whichever step it takes.
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(p.distance || ' ' || p.node, ', ' ORDER BY p.distance) FROM openlineage.lineage_path('dataset:t:raw', 'dataset:t:tidy') AS p$$);
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(p.distance || ' ' || p.node, ', ' ORDER BY p.distance) FROM openlineage.lineage_path('dataset:t:raw', 'job:t:split') AS p$$);
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(p.distance || ' ' || p.node, ', ' ORDER BY p.distance) FROM openlineage.lineage_path('dataset:t:model', 'dataset:t:raw', 'upstream') AS p$$);
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(p.distance || ' ' || p.node, ', ' ORDER BY p.distance) FROM openlineage.lineage_path('dataset:t:bad', 'dataset:t:model', 'undirected') AS p$$);
SELECT count(*) FROM openlineage.lineage_path('dataset:t:model', 'dataset:t:raw');
SELECT * FROM openlineage.lineage_path('dataset:t:raw', 'dataset:t:raw');
SELECT visited FROM openlineage.last_walk();
SELECT pg_temp.column_edge('raw.a', 'clean.a'), pg_temp.column_edge('clean.', 'model.x');
SELECT pg_temp.field_id('clean', 'a') IS NOT NULL;
SELECT distance, node, kind, field FROM openlineage.lineage_path('datasetField:t:raw:a', 'datasetField:t:model:x');
-- To all columns of a dataset is to any of them.
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(p.distance || ' ' || p.node, ', ' ORDER BY p.distance) FROM openlineage.lineage_path('datasetField:t:raw:a', 'datasetField:t:clean:') AS p$$);

-- What cannot be asked.
SELECT q.call, pg_temp.error_of('SELECT count(*) FROM openlineage.' || q.call)
  FROM unnest(ARRAY[$$impact('{}'::text[])$$, $$impact('{NULL}'::text[])$$, $$impact('{dataset:t:raw,datasetField:t:raw:a}'::text[])$$,
                    $$impact_count('{dataset:t:raw,dataset:t:nothing}'::text[])$$, $$lineage_path('dataset:t:raw', 'datasetField:t:raw:a')$$,
                    $$lineage_path('dataset:t:raw', NULL)$$, $$walk_ids('{1}', -1)$$, $$walk_edges('{1}', 1, 'sideways')$$]) AS q(call);

-- Names of very many nodes are read at once: the same rows as one by one.  A tree of 9,000 nodes, jobs with steps in it.
INSERT INTO openlineage.node (kind, namespace_id, name)
SELECT (CASE g % 3 WHEN 0 THEN 'job' ELSE 'dataset' END)::openlineage.node_kind, pg_temp.namespace_id('names' || g % 4), 'tree' || g FROM generate_series(1, 9000) AS g;
CREATE TEMP TABLE leaf AS SELECT substr(n.name, 5)::int AS n, n.id, n.namespace_id FROM openlineage.node AS n WHERE n.name LIKE 'tree%';
CREATE UNIQUE INDEX ON leaf (n);
INSERT INTO openlineage.node (kind, namespace_id, name, job_id, target_id)
SELECT 'step', j.namespace_id, '', j.id, t.id FROM leaf AS j JOIN leaf AS t ON t.n = j.n + 1 WHERE j.n % 300 = 0;
INSERT INTO openlineage.edge
SELECT p.id, c.id, 'data'::openlineage.edge_kind, p.namespace_id, c.namespace_id, now() FROM leaf AS c JOIN leaf AS p ON p.n = greatest(1, c.n / 9) WHERE c.n > 1 AND c.n % 600 <> 0
UNION ALL SELECT l.id, s.id, 'data', l.namespace_id, s.namespace_id, now() FROM openlineage.node AS s JOIN leaf AS l ON l.n = 2 WHERE s.job_id IN (SELECT id FROM leaf);
INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind, hidden_at)
SELECT l.id, l.namespace_id, 'job', now() FROM leaf AS l WHERE l.n % 303 = 0;
ANALYZE openlineage.node;
SELECT * FROM pg_temp.in_gears($$SELECT count(*) || ' ' || md5(string_agg(i::text, ' ')) = (
    WITH w AS (SELECT COALESCE(n.job_id, n.id) AS shown, min(w.distance) AS distance FROM openlineage.walk(ARRAY[(SELECT id FROM leaf WHERE n = 1)]) AS w JOIN openlineage.node AS n USING (id) GROUP BY 1)
    SELECT count(*) || ' ' || md5(string_agg(format('(%s:%s:%s,%s,%s,%s,%s)', n.kind, s.name, n.name, n.kind, s.name, n.name, w.distance), ' ' ORDER BY w.distance, n.name))
      FROM w JOIN openlineage.node AS n ON n.id = w.shown JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE w.distance > 0 AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = n.id))
  FROM (SELECT i.node, i.kind, i.namespace, i.name, i.distance FROM openlineage.impact((SELECT 'dataset:names1:tree1')) AS i ORDER BY i.distance, i.name) AS i$$);
SELECT * FROM pg_temp.in_gears($$SELECT openlineage.impact_count('dataset:names1:tree1') = count(*) AND count(*) > 8900 FROM openlineage.impact('dataset:names1:tree1')$$);
SELECT * FROM pg_temp.in_gears($$SELECT string_agg(i.nodes || ' ' || i.namespace, ', ' ORDER BY i.namespace) FROM (SELECT namespace, sum(nodes) AS nodes FROM openlineage.impact_summary('dataset:names1:tree1') GROUP BY 1) AS i$$);
SELECT * FROM pg_temp.in_gears($$SELECT count(*) FROM openlineage.walk_edges(ARRAY[(SELECT id FROM leaf WHERE n = 1)])$$);
SELECT count(*) FROM openlineage.edge WHERE src IN (SELECT id FROM leaf);

ROLLBACK;
