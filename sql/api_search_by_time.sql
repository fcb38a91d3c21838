-- GET /search?sort=UPDATE_AT: what was told of last comes first, whichever way it is found.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset tuples_only on
-- Sorted by hand, with what breaks ties.
CREATE FUNCTION t.sorted(q text, kinds text, spaces text, max_rows int) RETURNS int[] STABLE BEGIN ATOMIC
    SELECT COALESCE(array_agg(o.id ORDER BY o.updated_at DESC, left(o.name, 256) COLLATE "C", o.name_hash, o.space COLLATE "C", o.kind), '{}')
      FROM (SELECT n.id, n.kind, n.name, n.name_hash, s.name AS space, COALESCE(j.updated_at, d.updated_at) AS updated_at
              FROM openlineage.node AS n
              JOIN openlineage.namespace AS s ON s.id = n.namespace_id
              LEFT JOIN openlineage.job_activity AS j ON j.node_id = COALESCE(n.canonical_id, n.id)
              LEFT JOIN openlineage.dataset_activity AS d ON d.node_id = COALESCE(n.canonical_id, n.id)
             WHERE n.job_id IS NULL AND n.name ILIKE '%' || q || '%' AND n.kind::text ~ kinds AND s.name ~ spaces
               AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = COALESCE(n.canonical_id, n.id))
             ORDER BY updated_at DESC, left(n.name, 256) COLLATE "C", n.name_hash, s.name COLLATE "C", n.kind
             LIMIT max_rows) AS o;
END;
CREATE FUNCTION t.found(q text, more json) RETURNS int[] STABLE
    RETURN openlineage.search('names', (jsonb_build_object('by_time', true, 'q', q) || more::jsonb)::json);
CREATE FUNCTION t.space(wanted text) RETURNS int STABLE RETURN (SELECT id FROM openlineage.namespace WHERE name = wanted);

-- 3,000 jobs and as many datasets over seven hours, some at one instant; every tenth has another name.
SELECT sum(ingest('[' || (SELECT string_agg(t.run_event('COMPLETE', to_char(timestamp '2026-01-05' + (i % 70) * (b + 1) * interval '61 s', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), b * 500 + i, CASE i % 10 WHEN 3 THEN 'rare_' ELSE 'job_' END || b * 500 + i, NULL,
                                            t.datasets('table_' || b * 500 + i))::text, ',') FROM generate_series(1, 500) AS i) || ']')) FROM generate_series(0, 5) AS b;
SELECT ingest(t.dataset_event('11:00', 'table_7', '{"symlinks": {"identifiers": [{"namespace": "lake", "name": "alias_of_table_7", "type": "TABLE"}]}}'));
SELECT (openlineage.api_delete_dataset('{db,table_499}', '{}', NULL)).status, (openlineage.api_delete_job('{sched,job_500}', '{}', NULL)).status;
SELECT count(*), count(DISTINCT updated_hour) > 5 FROM dataset_activity;

SELECT q, kinds, n, t.found(q, json_build_object('limit', n, 'kind', NULLIF(kinds, ''))) = t.sorted(q, kinds, '', n) AS as_sorted
  FROM unnest('{_,able,job_,rare,table_7,alias,e_2}'::text[]) AS q, unnest('{"",job,dataset}'::text[]) AS kinds, unnest('{1,10,150,1000}'::int[]) AS n
 WHERE t.found(q, json_build_object('limit', n, 'kind', NULLIF(kinds, ''))) <> t.sorted(q, kinds, '', n) OR (q, kinds, n) = ('_', '', 10);
SELECT s, n, t.found('_', json_build_object('limit', n, 'home', t.space(s))) = t.sorted('_', '', '^' || s || '$', n) AS as_sorted FROM unnest('{sched,db,lake}'::text[]) AS s, unnest('{3,300}'::int[]) AS n;
-- From a time on and up to one.
SELECT t.found('_', json_build_object('limit', 8000, 'after', at)) || t.found('_', json_build_object('limit', 8000, 'before', at)) = t.sorted('_', '', '', 8000) AS as_sorted
  FROM (SELECT timestamptz '2026-01-05 02:00Z') AS v (at);

-- The hour goes with the time, also of what happened long ago or is to come.
SELECT ingest(t.dataset_event(at, 'odd_time_' || left(at, 4), '{}')) FROM unnest('{0001-01-01T00:30:00Z,1999-12-31T23:59:59.999999Z,9999-12-31T23:30:00Z}'::text[]) AS at;
SELECT n.name, a.updated_hour AT TIME ZONE 'UTC' FROM dataset_activity AS a JOIN node AS n ON n.id = a.node_id WHERE n.name LIKE 'odd%' ORDER BY 1;
SELECT t.found('odd_time', '{"limit": 10}') = t.sorted('odd_time', '', '', 10) AS as_sorted;

-- Who may read one namespace gets a page of that.
SELECT openlineage.search_names('{"by_time": true, "q": "_", "limit": 10}', false, ARRAY[t.space('db')]) = t.sorted('_', '', '^db$', 10) AS as_sorted;
-- An alias is as hidden as what it stands for, whose times it has.
SELECT openlineage.search_names('{"by_time": true, "q": "_", "limit": 10}', false, ARRAY[t.space('lake')]) = '{}' AS is_hidden;
-- More of one instant than are looked at first: a page is not just any of them.
SELECT ingest('[' || string_agg(t.run_event('COMPLETE', '2026-02-01T00:00:00Z', 10000 + i, CASE WHEN i % 7 = 0 THEN 'same_instant_' ELSE 'then_' END || lpad((1000 - i)::text, 4, '0')), ',') || ']') FROM generate_series(1, 900) AS i;
SELECT n, t.found('same_instant', json_build_object('limit', n)) = t.sorted('same_instant', '', '', n) AS as_sorted FROM unnest('{1,10,100}'::int[]) AS n;
ROLLBACK;
