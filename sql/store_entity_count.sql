-- entity_count holds how many jobs, datasets and sources there are, through every change of them.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset tuples_only on
CREATE VIEW t.totals AS
    SELECT k.kind, openlineage.entity_total(k.kind), openlineage.entity_total(k.kind, ARRAY(SELECT s.id FROM namespace AS s WHERE s.name = 'db')) AS db
      FROM unnest('{job,dataset,source}'::text[]) AS k (kind);
CREATE VIEW t.hours AS
    SELECT c.kind, CASE WHEN isfinite(c.hour) THEN 'recent' ELSE 'old' END AS hour, sum(c.n) FROM entity_count AS c GROUP BY 1, 2 HAVING sum(c.n) <> 0 ORDER BY 1, 2;
CREATE FUNCTION t.ago(days int) RETURNS text STABLE
    RETURN to_char((now() - days * interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

SELECT * FROM t.totals;
SELECT ingest(t.run_event('START', '10:00', 1, 'j', t.datasets('a', 'b'), t.datasets('c')));
SELECT * FROM t.totals;
-- A trigger of a user that reads the same rows before leaves them to be counted.
CREATE FUNCTION t.read_rows() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM count(*) FROM came; RETURN NULL; END$$;
CREATE TRIGGER a_job AFTER INSERT ON job REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION t.read_rows();
SELECT ingest(t.event('10:00', '{"job": {"namespace": "sched", "name": "read"}}'));
SELECT openlineage.entity_total('job');
DROP TRIGGER a_job ON job;
-- Told again: nothing new, and not even a statement.
SELECT ingest(t.run_event('COMPLETE', '10:01', 1, 'j', t.datasets('a', 'b'), t.datasets('c')));
SELECT * FROM t.totals;
-- A source is new once, in each namespace.
SELECT ingest(t.dataset_event('10:02', 'a', '{"dataSource": {"name": "warehouse", "uri": "pg://x"}}'));
SELECT ingest(t.dataset_event('10:03', 'b', '{"dataSource": {"name": "warehouse", "uri": "pg://x"}}'));
SELECT * FROM t.totals;
-- Two names that turn out to be one dataset count once; an alias alone counts not at all.
SELECT ingest(t.dataset_event('10:04', 'a', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "b", "type": "TABLE"}, {"namespace": "db", "name": "z", "type": "TABLE"}]}}'));
SELECT * FROM t.totals;
-- An event of today; then the entity turns out to be two days, then a year old.
SELECT ingest(t.event(t.ago(0), '{"job": {"namespace": "sched", "name": "young"}}'));
SELECT * FROM t.hours WHERE kind = 'job';
SELECT ingest(t.event(t.ago(2), '{"job": {"namespace": "sched", "name": "young"}}'));
SELECT * FROM t.hours WHERE kind = 'job';
SELECT count(*) FROM entity_count WHERE hour = date_trunc('hour', now() - interval '2 days', 'UTC') AND n = 1;
SELECT ingest(t.event(t.ago(365), '{"job": {"namespace": "sched", "name": "young"}}'));
SELECT * FROM t.hours WHERE kind = 'job';
-- What is deleted is no longer counted; many rows at once are one delta.
SELECT sum(ingest(t.event(t.ago(i % 3), json_build_object('job', json_build_object('namespace', 'many', 'name', i::text))::jsonb))) FROM generate_series(1, 30) AS i;
SELECT openlineage.entity_total('job');
DELETE FROM job_activity USING job, node WHERE job_activity.node_id = job.node_id AND id = job.node_id AND name LIKE '2_';
DELETE FROM job USING node WHERE id = node_id AND name LIKE '2_';
SELECT openlineage.entity_total('job'), (SELECT count(*) FROM job);
-- Compaction changes no total; what has grown old loses its hour; what comes to nothing has no row.
UPDATE entity_count SET hour = hour - interval '9 days' WHERE isfinite(hour);
INSERT INTO entity_count (namespace_id, kind, hour, n) SELECT max(id), k, h, n FROM namespace, (VALUES ('job', '-infinity'::timestamptz, 5), ('job', '-infinity', -5), ('source', '2001-01-01', 1), ('source', '-infinity', -1)) AS v (k, h, n) GROUP BY k, h, n;
SELECT openlineage.compact_entity_count() > 0;
SELECT * FROM t.hours;
SELECT count(*) FROM (SELECT FROM entity_count GROUP BY namespace_id, kind, hour HAVING count(*) > 1 OR sum(n) = 0) AS x;
SELECT openlineage.compact_entity_count();
-- Nobody else may call the trigger's function, and readers only read.
CREATE TABLE t.other (namespace_id int, created_at timestamptz);
CREATE TRIGGER bad BEFORE INSERT ON t.other FOR EACH ROW EXECUTE FUNCTION openlineage.count_entities('job');
\set VERBOSITY sqlstate
INSERT INTO t.other VALUES (1, now());
SET LOCAL ROLE openlineage_reader;
DELETE FROM openlineage.entity_count;
SELECT openlineage.entity_total('job') > 0;

ROLLBACK;
