-- Events of a job that name the same datasets again and again refer to a set of them; lists show what they would without.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY sqlstate
BEGIN;
\set ECHO none
\i :words
GRANT USAGE ON SCHEMA t TO PUBLIC;
-- A run event of a job that reads some datasets; run n is n minutes after another.
CREATE FUNCTION t.reads(job text, run int, VARIADIC inputs text[]) RETURNS int VOLATILE
    RETURN ingest(t.run_event('COMPLETE', to_char(time '08:00' + run * interval '1 min', 'HH24:MI'), run, job,
                              (SELECT jsonb_agg(t.dataset(d)) FROM unnest(inputs) AS d)));
CREATE VIEW t.refers AS
    SELECT n.name AS job, count(*) AS events, count(e.set_id) AS with_set, count(DISTINCT e.set_id) AS sets
      FROM event_store AS e JOIN node AS n ON n.id = e.node_id GROUP BY n.name;
-- All pages of a list beside what the bodies of events say of datasets, jobs and runs.
CREATE FUNCTION t.page(datasets text[], jobs text[], run uuid, rising boolean, since timestamptz) RETURNS TABLE (hash uuid) STABLE
    LANGUAGE sql AS $$
    SELECT k.hash
      FROM generate_series(0, 100, 7) AS p (first),
           LATERAL openlineage.event_keys(since, '2030-01-01', NULL, run, (SELECT array_agg(id) FROM node WHERE name = ANY (jobs)),
                                          (SELECT array_agg(id) FROM node WHERE kind = 'dataset' AND name = ANY (datasets)), rising, 7, p.first)
               WITH ORDINALITY AS k (event_time, hash, n)
     ORDER BY p.first, k.n $$;
CREATE FUNCTION t.told(datasets text[], jobs text[], run uuid, rising boolean, since timestamptz) RETURNS TABLE (hash uuid) STABLE
    LANGUAGE sql AS $$
    SELECT e.hash
      FROM event AS e
     WHERE EXISTS (SELECT FROM jsonb_array_elements(e.body::jsonb -> 'inputs') AS i WHERE i ->> 'name' = ANY (datasets))
       AND (jobs IS NULL OR e.body::jsonb #>> '{job,name}' = ANY (jobs))
       AND (run IS NULL OR e.run_id = run)
       AND e.event_time >= since
     ORDER BY CASE WHEN rising THEN e.event_time END, CASE WHEN rising THEN e.hash END, e.event_time DESC, e.hash DESC $$;
-- For each question: events found, and whether they are those of the bodies, in their order, and counted right.
CREATE VIEW t.asked AS
    SELECT q.question, cardinality(q.found) AS found, q.found = q.told AS right_ones, q.counted = cardinality(q.told) AS right_count
      FROM (SELECT concat_ws(' ', a.datasets, a.jobs, (a.run IS NOT NULL)::text, a.rising::text, a.since::date) AS question,
                   ARRAY(SELECT hash FROM t.page(a.datasets, a.jobs, a.run, a.rising, a.since)) AS found,
                   ARRAY(SELECT hash FROM t.told(a.datasets, a.jobs, a.run, a.rising, a.since)) AS told,
                   openlineage.event_matches(a.since, '2030-01-01', NULL, a.run, (SELECT array_agg(id) FROM node WHERE name = ANY (a.jobs)),
                                             (SELECT array_agg(id) FROM node WHERE kind = 'dataset' AND name = ANY (a.datasets))) AS counted
              FROM (SELECT d.datasets, j.jobs, r.run, s.rising, l.since
                      FROM (VALUES ('{a}'::text[]), ('{b}'), ('{a,b}'), ('{own23}')) AS d (datasets),
                           (VALUES (NULL::text[]), ('{often}'), ('{often,once}')) AS j (jobs),
                           (VALUES (NULL::uuid), (t.run_id(4)::uuid)) AS r (run),
                           (VALUES (true), (false)) AS s (rising),
                           (VALUES (timestamptz '2000-01-01'), ('2026-01-05 08:05+00')) AS l (since)) AS a) AS q;
\set ECHO all
\pset format unaligned
\pset tuples_only on
SET TIME ZONE 'UTC';

-- Without a partition of their own events have rows; with one, from the fourth on that names the same, a set.
SELECT sum(t.reads('often', n, 'a', 'b')) FROM generate_series(1, 3) AS n;
SELECT openlineage.make_event_partition('2026-01-05');
SELECT sum(t.reads('often', n, 'a', 'b')) FROM generate_series(4, 12) AS n;
SELECT sum(t.reads('often', n, 'b', 'a', 'a')) FROM generate_series(13, 14) AS n;
SELECT sum(t.reads('once', n, 'a', 'own' || n)) FROM generate_series(20, 26) AS n;
SELECT sum(t.reads('other', n, 'a')) FROM generate_series(30, 35) AS n;
SELECT * FROM t.refers ORDER BY job;
SELECT n.name, count(*), count(*) FILTER (WHERE s.event_hash IS NULL) AS of_sets
  FROM event_dataset AS d JOIN node AS n ON n.id = d.dataset_id LEFT JOIN event_dataset_store AS s USING (dataset_id, event_time, event_hash)
 WHERE n.name !~ 'own' GROUP BY n.name ORDER BY n.name;
SELECT s.partition, s.since, s.until, array_agg(t.label(m.dataset_id) ORDER BY m.dataset_id) FROM dataset_set AS s JOIN dataset_set_member AS m ON m.set_id = s.id GROUP BY s.id ORDER BY s.id;
-- Lists and counts are those of the bodies.
SELECT count(*), sum(found), bool_and(right_ones), bool_and(right_count) FROM t.asked;
-- Both ways of reading many sets: by each, and in the order of time.
SAVEPOINT many;
INSERT INTO dataset_set_member (set_id, dataset_id, namespace_id) SELECT 1000000 + i, n.id, n.namespace_id FROM node AS n, generate_series(1, 1001) AS i WHERE n.name IN ('a', 'b') AND n.kind = 'dataset';
SELECT count(*), sum(found), bool_and(right_ones), bool_and(right_count) FROM t.asked;
ROLLBACK TO many;
-- Events of one time are in the order of their hashes.
SAVEPOINT ties;
SELECT sum(ingest(t.run_event('COMPLETE', '08:06', n, 'often', t.datasets('a', 'b')))) FROM generate_series(40, 60) AS n;
SELECT count(*), sum(found), bool_and(right_ones), bool_and(right_count) FROM t.asked;
ROLLBACK TO ties;
-- Of a job of thousands of events a page is read, also where statistics say that jobs have few.
SAVEPOINT busy;
SELECT id AS set, node_id AS job, namespace_id AS home FROM dataset_set WHERE node_id = (SELECT id FROM node WHERE name = 'often' AND kind = 'job') LIMIT 1 \gset
SELECT dataset_id AS dataset FROM dataset_set_member WHERE set_id = :set ORDER BY 1 LIMIT 1 \gset
INSERT INTO event_store (event_time, namespace_id, node_id, kind, hash, run_id, type, packed, set_id)
SELECT timestamptz '2026-01-20Z' + n * interval '1 s', :home, CASE WHEN n % 2 = 0 THEN :job ELSE 1000000 + n END, 'run', gen_random_uuid(),
       CASE WHEN n % 2 = 0 THEN t.run_id(99)::uuid ELSE gen_random_uuid() END, 'RUNNING', openlineage.event_pack('{}'), CASE WHEN n % 2 = 0 THEN :set ELSE 1000000 + n END
  FROM generate_series(1, 6000) AS n;
ANALYZE event_store, dataset_set, dataset_set_member;
CREATE FUNCTION t.fetched() RETURNS bigint VOLATILE LANGUAGE sql AS $$SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_xact_all_tables WHERE relname = 'event_2026_01'$$;
SELECT t.fetched() AS before \gset
SELECT count(*) FROM openlineage.event_keys('2000-01-01', '2030-01-01', NULL, NULL, ARRAY[:job], NULL, false, 10, 0);
SELECT count(*) FROM openlineage.event_keys('2000-01-01', '2030-01-01', NULL, NULL, NULL, ARRAY[:dataset], false, 10, 0);
SELECT count(*) FROM openlineage.event_keys('2000-01-01', '2030-01-01', NULL, NULL, ARRAY[:job], ARRAY[:dataset], false, 10, 0);
SELECT count(*) FROM openlineage.event_keys('2000-01-01', '2030-01-01', :home, NULL, NULL, NULL, false, 10, 0);
SELECT t.fetched() - :before < 200;
SELECT count(*) FROM openlineage.run_events(t.run_id(99)::uuid);
ROLLBACK TO busy;
-- A list fetches as many rows as it shows: one look into one partition for each set.
CREATE FUNCTION t.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query;
END
$$;
SET LOCAL enable_seqscan = off;
SELECT count(*) FILTER (WHERE p ~ 'event_2026_01_node_idx.*rows=[12](\.0+)? loops=2'), count(*) FILTER (WHERE p ~ 'event_default_node_idx.*never executed') > 0,
       count(*) FILTER (WHERE p ~ 'Index Cond: .*set_id = s.id')
  FROM node AS n, t.plan(replace(replace(replace(replace(openlineage.dataset_source(NULL, NULL, ARRAY[n.id], ' ORDER BY event_time DESC LIMIT 1'), '$1', '''2000-01-01''::timestamptz'),
              '$2', '''2030-01-01''::timestamptz'), '$5', format('ARRAY[%s]', n.id)), '$6', '1')) AS p WHERE n.name = 'a' AND n.kind = 'dataset';
RESET enable_seqscan;

-- A set that was rolled back is not referred to.
SAVEPOINT undo;
SELECT sum(t.reads('undone', n, 'a', 'b')) FROM generate_series(40, 45) AS n;
ROLLBACK TO undo;
SELECT sum(t.reads('undone', n, 'a', 'b')) FROM generate_series(40, 45) AS n;
SELECT count(*) FROM event_store AS e WHERE e.set_id IS NOT NULL AND NOT EXISTS (SELECT FROM dataset_set AS s WHERE s.id = e.set_id);
SELECT * FROM t.refers WHERE job = 'undone';

-- Who may not read the job sees neither its sets nor what they stand for.
SELECT enable_rls();
SELECT set_config('openlineage._claims', '{"iss": "i", "sub": "ann", "namespaces": {"read": ["elsewhere"]}}', true) IS NOT NULL;
SET LOCAL ROLE openlineage_reader;
SELECT (SELECT count(*) FROM openlineage.event_dataset), (SELECT count(*) FROM openlineage.dataset_set), (SELECT count(*) FROM openlineage.dataset_set_member);
RESET ROLE;
SELECT set_config('openlineage._claims', '{"iss": "i", "sub": "ann", "namespaces": {"read": ["sched"]}}', true) IS NOT NULL;
SET LOCAL ROLE openlineage_reader;
SELECT (SELECT count(*) FROM openlineage.event_dataset), (SELECT count(*) FROM openlineage.dataset_set), (SELECT count(*) FROM openlineage.dataset_set_member);
RESET ROLE;
SELECT disable_rls();

-- With a dataset goes its place in sets, with a job go its sets, with a partition all of them.
SELECT openlineage.purge_dataset('db', 'b') IS NOT NULL;
SELECT n.name, count(*) FROM dataset_set_member AS m LEFT JOIN node AS n ON n.id = m.dataset_id GROUP BY 1 ORDER BY 1;
SELECT sum(t.reads('often', n, 'a', 'b')) FROM generate_series(50, 55) AS n;
SELECT n.name, count(*) FROM event_dataset AS d LEFT JOIN node AS n ON n.id = d.dataset_id WHERE n.name IN ('a', 'b') OR n.name IS NULL GROUP BY 1 ORDER BY 1;
SELECT openlineage.purge_job('sched', 'often') IS NOT NULL;
SELECT t.label(s.node_id), count(*), count(m.dataset_id) FROM dataset_set AS s LEFT JOIN dataset_set_member AS m ON m.set_id = s.id GROUP BY 1 ORDER BY 1;
SELECT what, rows FROM openlineage.retain('1 day') WHERE what ~ 'partition';
SELECT what, rows FROM openlineage.retain('1 day') WHERE what = 'event_dataset_store';
SELECT (SELECT count(*) FROM dataset_set), (SELECT count(*) FROM dataset_set_member), (SELECT count(*) FROM event_dataset);
ROLLBACK;
