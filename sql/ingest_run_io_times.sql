-- When a run named a dataset, and which event told its version, is the same whatever came after what.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

-- A row says itself what the row of its run does not say.
CREATE VIEW t.own AS
    SELECT right(i.run_id::text, 4) AS run, i.io, t.label(i.dataset_id) AS dataset, t.clock(i.last_at) AS own_last,
           t.clock(i.version_time) AS own_version, i.version_id IS NOT NULL AS has_version, t.clock(COALESCE(r.io_time, r.terminal_time, r.job_time)) AS run_says
      FROM run_io AS i JOIN run AS r ON r.id = i.run_id ORDER BY 1, 2, 3;
CREATE FUNCTION t.cols(VARIADIC names text[]) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('schema', jsonb_build_object('fields', (SELECT jsonb_agg(jsonb_build_object('name', n)) FROM unnest(names) AS n)));
SELECT ingest(t.run_event('START', '10:00', 1, 'load', t.datasets('a', 'b'), jsonb_build_array(t.dataset('c', t.cols('x')))));
SELECT ingest(t.run_event('COMPLETE', '10:05', 1, 'load', t.datasets('a', 'b'), jsonb_build_array(t.dataset('c', t.cols('x')))));
SELECT * FROM t.own;
SELECT ingest(t.run_event('OTHER', '10:06', 1, 'load', t.datasets('b')));
SELECT * FROM t.own;
SELECT ingest(t.run_event('OTHER', '10:07', 1, 'load'));
SELECT ingest(t.run_event('RUNNING', '10:02', 1, 'load', t.datasets('a', 'd')));
SELECT * FROM t.own;
-- Another namespace than that of the run: who may see the one may not see the other.
SELECT ingest(t.run_event('OTHER', '10:08', 1, 'load', t.datasets('a', 'b'))::jsonb || '{"job": {"namespace": "other", "name": "load"}}');
SELECT * FROM t.own;
-- The run turns out to be one of that namespace.
SELECT ingest(t.run_event('START', '09:00', 1, 'load')::jsonb || '{"job": {"namespace": "other", "name": "load"}}');
SELECT * FROM t.own;
SELECT count(*) FROM run_io AS i JOIN run AS r ON r.id = i.run_id WHERE i.last_at IS NULL AND i.namespace_id <> r.namespace_id;

-- What the events that are stored say, read plainly.
CREATE VIEW t.plain AS
    SELECT e.run_id, n.id AS dataset_id, x.io::io_kind AS io, min(e.event_time) AS first, max(e.event_time) AS last,
           (array_agg(e.event_time ORDER BY e.event_time DESC, e.hash DESC) FILTER (WHERE d ? 'facets' AND d -> 'facets' ? 'schema'))[1] AS version_time,
           (array_agg(e.hash ORDER BY e.event_time DESC, e.hash DESC) FILTER (WHERE d ? 'facets' AND d -> 'facets' ? 'schema'))[1] AS version_hash
      FROM event AS e
     CROSS JOIN (VALUES ('input'), ('output')) AS x (io)
     CROSS JOIN LATERAL jsonb_array_elements(COALESCE(e.body::jsonb -> (x.io || 's'), '[]')) AS d
      JOIN node AS n ON n.name = d ->> 'name' AND n.kind = 'dataset'
     GROUP BY 1, 2, 3;
CREATE VIEW t.kept AS
    SELECT i.run_id, i.dataset_id, i.io, i.first_at AS first, i.last_at AS last, i.version_time, i.version_hash
      FROM run_io_time AS i;
CREATE FUNCTION t.random_dataset() RETURNS jsonb VOLATILE
    RETURN t.dataset(chr(97 + (random() * 4)::int), CASE WHEN random() < 0.5 THEN t.cols(chr(120 + (random() * 2)::int)) ELSE '{}' END);
CREATE FUNCTION t.random_datasets() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT COALESCE(jsonb_agg(d.value), '[]')
      FROM (SELECT DISTINCT ON (d ->> 'name') d AS value FROM (SELECT t.random_dataset() AS d FROM generate_series(1, (random() * 3)::int)) AS t) AS d
$$;
CREATE FUNCTION t.random_event() RETURNS jsonb VOLATILE
    RETURN t.run_event((ARRAY['START', 'RUNNING', 'OTHER', 'COMPLETE'])[1 + floor(random() * 4)], '11:0' || floor(random() * 8)::int,
                       10 + floor(random() * 5)::int, 'job', t.random_datasets(), t.random_datasets(), jsonb_build_object('n', jsonb_build_object('n', random())))::jsonb
           || CASE WHEN random() < 0.3 THEN '{"job": {"namespace": "other", "name": "job"}}'::jsonb ELSE '{}' END;
SELECT setseed(0.25);
DO $$
BEGIN
    FOR i IN 1 .. 60 LOOP
        PERFORM openlineage.ingest(jsonb_agg(t.random_event())) FROM generate_series(1, 1 + (random() * 3)::int);
    END LOOP;
END
$$;
SELECT count(*) > 30 AS enough, count(*) FILTER (WHERE last_at IS NULL) > 5 AS some_left_to_the_run FROM run_io;
(TABLE t.plain EXCEPT TABLE t.kept) UNION ALL (TABLE t.kept EXCEPT TABLE t.plain);
SELECT count(*) FROM run_io AS i JOIN run AS r ON r.id = i.run_id
 WHERE ((i.last_at IS NULL OR (i.version_id IS NOT NULL AND i.version_time IS NULL)) AND i.namespace_id <> r.namespace_id) OR (i.version_time IS NULL) <> (i.version_hash IS NULL)
    OR (i.version_id IS NULL AND i.version_time IS NOT NULL);

-- Two names that turn out to be one dataset: the later of what was told of them counts.
CREATE FUNCTION t.symlink(name text) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('symlinks', jsonb_build_object('identifiers', jsonb_build_array(jsonb_build_object('namespace', 'db', 'name', name, 'type', 'TABLE'))));
SELECT t.same_in_both_orders(
    t.run_event('START', '12:00', 20, 'copy', jsonb_build_array(t.dataset('p', t.cols('x')))),
    t.run_event('RUNNING', '12:01', 20, 'copy', jsonb_build_array(t.dataset('q', t.cols('y')))),
    t.run_event('COMPLETE', '12:02', 20, 'copy', t.datasets('r')),
    t.dataset_event('12:03', 'p', t.symlink('q')));
SELECT t.same_in_both_orders(
    t.run_event('START', '12:10', 21, 'copy', jsonb_build_array(t.dataset('s', t.cols('x')))),
    t.run_event('RUNNING', '12:11', 21, 'copy', jsonb_build_array(t.dataset('u', t.cols('y')))),
    t.dataset_event('12:13', 's', t.symlink('u')));
SELECT t.same_in_both_orders(
    t.run_event('START', '12:20', 22, 'copy', jsonb_build_array(t.dataset('v', t.cols('x')))),
    t.run_event('RUNNING', '12:21', 22, 'copy', jsonb_build_array(t.dataset('w', t.cols('y')))),
    t.dataset_event('12:23', 'w', t.symlink('v')));
SELECT * FROM t.io WHERE run IN ('0020', '0021', '0022');

-- A version that was written again and again was current after each of its writes.
SELECT count(ingest(t.run_event('COMPLETE', '13:0' || n, 30 + n, 'writer', NULL, jsonb_build_array(t.dataset('z', t.cols(CASE n % 4 WHEN 0 THEN 'x' ELSE 'y' END))))))
  FROM unnest(ARRAY[0, 2, 4, 6, 8]) AS n;
SELECT '13:0' || n AS at, (SELECT s.fields FROM dataset_version AS v JOIN dataset_schema AS s ON s.hash = v.schema_hash
                            WHERE v.id = dataset_version_at(d.node_id, t.at('13:0' || n)::timestamptz)) AS columns
  FROM generate_series(0, 9) AS n, dataset AS d WHERE t.label(d.node_id) = 'dataset:z' ORDER BY n;

ROLLBACK;
