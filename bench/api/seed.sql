-- Fills a database for bench/api/run: :jobs jobs, as many datasets, :runs runs of each job with two events.
--
-- The first and the last run of every job come in through ingest() and make everything but history:
-- names, versions, facets, edges, columns, pointers.  The runs between say the same at other times, so
-- they change none of it; their rows of run, run_io, facet, event, event_dataset and event_count are copies,
-- made set by set, of the rows of the first run.  Foreign keys are not checked for the copies.
\set ON_ERROR_STOP on
\set QUIET on
SET TimeZone = 'UTC';
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
SET work_mem = '128MB';
SET client_min_messages = warning;
SET search_path = pg_catalog;

CREATE SCHEMA bench;
CREATE FUNCTION bench.began() RETURNS timestamptz STABLE RETURN date_trunc('hour', now()) - interval '90 days';
-- Half of all is in one namespace; the others share the rest.
CREATE FUNCTION bench.place(i int) RETURNS int IMMUTABLE RETURN CASE WHEN i % 2 = 0 THEN 0 ELSE 1 + i % 59 END;
CREATE FUNCTION bench.run_id(job int, run int) RETURNS text IMMUTABLE RETURN md5('run ' || job || ' ' || run)::uuid::text;
CREATE FUNCTION bench.at(job int, run int, runs int) RETURNS timestamptz STABLE
    RETURN bench.began() + run * (interval '89 days' / runs) + job % 300000 * interval '1 second';
CREATE FUNCTION bench.clock(at timestamptz) RETURNS text STABLE RETURN to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

-- Chains of ten jobs: each reads what the one before wrote.
CREATE FUNCTION bench.event(job int, type text, run_id text, at text) RETURNS text STABLE
    RETURN format('{"eventTime":"%s","eventType":"%s","producer":"https://example.org/bench","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent","run":{"runId":"%s","facets":{"processing_engine":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","version":"3.5.1","name":"spark"}}},"job":{"namespace":"sched_%s","name":"load.orders_%s","facets":{"sql":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","query":"insert into mart.orders_%s select id, amount from mart.orders_%s where region = %s"},"documentation":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","description":"Loads part %s of the orders"}}}', at, type, run_id, bench.place(job), job, job + 1, job, job % 1000, job)
        || format(',"inputs":[{"namespace":"db_%s","name":"mart.orders_%s"}],"outputs":[{"namespace":"db_%s","name":"mart.orders_%s","facets":{"schema":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","fields":[{"name":"id","type":"BIGINT"},{"name":"amount","type":"DECIMAL"},{"name":"region_%s","type":"INT","description":"where"}]},"dataSource":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","name":"warehouse_%s","uri":"postgres://db.example/%s"},"tags":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","tags":[{"key":"tag_%s"}]},"columnLineage":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","fields":{"amount":{"inputFields":[{"namespace":"db_%s","name":"mart.orders_%s","field":"amount"}]}}}}}]}',
                  bench.place(job), job, bench.place(job + 1), CASE job % 10 WHEN 9 THEN 'end_' || job ELSE (job + 1)::text END,
                  job % 100, bench.place(job) % 10, bench.place(job) % 10, job % 50, bench.place(job), job);

SELECT openlineage.make_event_partition(m) FROM generate_series(date_trunc('month', bench.began()), now() + interval '1 month', interval '1 month') AS m \g /dev/null

-- Through ingest: first and last run of each job, oldest first.
CREATE TABLE bench.told AS
    SELECT j AS job, t.type, r.run, bench.clock(bench.at(j, r.run, :runs) + t.after) AS at
      FROM generate_series(0, :jobs - 1) AS j
     CROSS JOIN (VALUES (0), (:runs - 1)) AS r (run)
     CROSS JOIN (VALUES ('START', interval '0'), ('COMPLETE', interval '5 minutes')) AS t (type, after);
UPDATE bench.told SET type = CASE WHEN job % 20 = 0 THEN 'FAIL' WHEN job % 20 = 1 THEN 'ABORT' ELSE type END
 WHERE type = 'COMPLETE' AND run > 0;
DELETE FROM bench.told WHERE run > 0 AND job % 50 = 2 AND type <> 'START';
CREATE PROCEDURE bench.tell() LANGUAGE plpgsql AS $$
DECLARE
    body  text;
BEGIN
    FOR body IN SELECT '[' || string_agg(bench.event(t.job, t.type, bench.run_id(t.job, t.run), t.at), ',') || ']'
                  FROM (SELECT *, (row_number() OVER (ORDER BY run, job, at) - 1) / 200 AS batch FROM bench.told) AS t
                 GROUP BY t.batch ORDER BY t.batch LOOP
        PERFORM openlineage.ingest(body);
        COMMIT;
    END LOOP;
END
$$;
CALL bench.tell();
ANALYZE;

-- Copies: run 1 to :runs - 2 of each job.
SET session_replication_role = replica;
CREATE TABLE bench.first AS
    SELECT t.job, n.id AS node_id, n.namespace_id, bench.run_id(t.job, 0)::uuid AS run_id
      FROM bench.told AS t
      JOIN openlineage.namespace AS s ON s.name = 'sched_' || bench.place(t.job)
      JOIN openlineage.node AS n ON n.namespace_id = s.id AND n.kind = 'job' AND n.name_hash = openlineage.hash128('load.orders_' || t.job) AND n.job_id IS NULL
     WHERE t.run = 0 AND t.type = 'START';
CREATE UNLOGGED TABLE bench.copy AS
    SELECT f.job, f.node_id, f.namespace_id, f.run_id AS first_id, bench.run_id(f.job, r)::uuid AS run_id,
           bench.at(f.job, r, :runs) AS start_at, bench.at(f.job, r, :runs) - bench.at(f.job, 0, :runs) AS shift,
           bench.event(f.job, 'START', bench.run_id(f.job, r), bench.clock(bench.at(f.job, r, :runs))) AS start_body,
           bench.event(f.job, 'COMPLETE', bench.run_id(f.job, r), bench.clock(bench.at(f.job, r, :runs) + interval '5 minutes')) AS end_body
      FROM bench.first AS f
     CROSS JOIN generate_series(1, :runs - 2) AS r;
INSERT INTO openlineage.event (event_time, hash, kind, type, namespace_id, node_id, run_id, body)
SELECT e.at, openlineage.hash128(e.body), 'run', e.type, c.namespace_id, c.node_id, c.run_id, e.body
  FROM bench.copy AS c
 CROSS JOIN LATERAL (VALUES ('START', c.start_at, c.start_body), ('COMPLETE', c.start_at + interval '5 minutes', c.end_body)) AS e (type, at, body);
INSERT INTO openlineage.event_dataset (dataset_id, event_time, event_hash, namespace_id)
SELECT i.dataset_id, e.at, openlineage.hash128(e.body), c.namespace_id
  FROM bench.copy AS c
  JOIN openlineage.run_io AS i ON i.run_id = c.first_id
 CROSS JOIN LATERAL (VALUES (c.start_at, c.start_body), (c.start_at + interval '5 minutes', c.end_body)) AS e (at, body);
INSERT INTO openlineage.event_count (namespace_id, hour, kind, type, n)
SELECT c.namespace_id, date_trunc('hour', e.at, 'UTC'), 'run', e.type, count(*)
  FROM bench.copy AS c
 CROSS JOIN LATERAL (VALUES ('START', c.start_at), ('COMPLETE', c.start_at + interval '5 minutes')) AS e (type, at)
 GROUP BY 1, 2, 4;
INSERT INTO openlineage.run
       (id, namespace_id, job_id, job_time, job_hash, state, terminal_state, terminal_time, terminal_hash, start_time,
        last_start_time, location, code_hash, code_time, code_event, job_version_id, created_at, updated_at, is_placeholder)
SELECT c.run_id, r.namespace_id, r.job_id, r.job_time + c.shift, openlineage.hash128(c.start_body), r.state, r.terminal_state,
       r.terminal_time + c.shift, openlineage.hash128(c.end_body), r.start_time + c.shift, r.last_start_time + c.shift, r.location,
       r.code_hash, r.code_time + c.shift, openlineage.hash128(c.end_body), r.job_version_id, r.created_at + c.shift,
       r.updated_at + c.shift, false
  FROM bench.copy AS c
  JOIN openlineage.run AS r ON r.id = c.first_id;
INSERT INTO openlineage.run_io
       (run_id, dataset_id, io, namespace_id, dataset_namespace_id, first_at, last_at, version_id, version_time, version_hash)
SELECT c.run_id, i.dataset_id, i.io, i.namespace_id, i.dataset_namespace_id, i.first_at + c.shift, i.last_at + c.shift,
       i.version_id, i.version_time + c.shift, CASE WHEN i.version_hash IS NOT NULL THEN openlineage.hash128(c.end_body) END
  FROM bench.copy AS c
  JOIN openlineage.run_io AS i ON i.run_id = c.first_id;
INSERT INTO openlineage.facet (namespace_id, node_id, run_id, io, name, content_hash, event_time, event_hash, is_deleted)
SELECT f.namespace_id, f.node_id, c.run_id, f.io, f.name, f.content_hash, f.event_time + c.shift, openlineage.hash128(c.end_body), f.is_deleted
  FROM bench.copy AS c
  JOIN openlineage.facet AS f ON f.run_id = c.first_id;
SET session_replication_role = origin;
DROP TABLE bench.copy, bench.first;
SELECT openlineage.maintain() \g /dev/null
VACUUM (ANALYZE);
CHECKPOINT;
