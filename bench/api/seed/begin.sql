-- Fills a database for bench/api/run: :jobs jobs, as many datasets, :runs runs of each job with two events.
--
-- The first and the last run of every job come in through ingest() (tell.sql) and make everything but history:
-- names, versions, facets, edges, columns, pointers, issues.  The runs between say the same at other times, so
-- they change none of it; their rows of run, run_io, facet, event, event_dataset_store, event_issue and event_count are
-- copies, made set by set, of the rows of the first run (copies.sql and after).  Foreign keys are not checked for them.
-- Then what was rejected, as many rows as are kept at most (end.sql).
\ir settings.psql

CREATE SCHEMA bench;
CREATE FUNCTION bench.began() RETURNS timestamptz STABLE RETURN date_trunc('hour', now()) - interval '90 days';
-- Half of all is in one namespace; the others share the rest.
CREATE FUNCTION bench.place(i int) RETURNS int IMMUTABLE RETURN CASE WHEN i % 2 = 0 THEN 0 ELSE 1 + i % 59 END;
CREATE FUNCTION bench.run_id(job int, run int) RETURNS text IMMUTABLE RETURN md5('run ' || job || ' ' || run)::uuid::text;
CREATE FUNCTION bench.at(job int, run int, runs int) RETURNS timestamptz STABLE
    RETURN bench.began() + run * (interval '89 days' / runs) + job % 300000 * interval '1 second';
CREATE FUNCTION bench.clock(at timestamptz) RETURNS text STABLE RETURN to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

-- Chains of ten jobs: each reads what the one before wrote.  One of the ten leaves the schemaURL out, which is an issue.
CREATE FUNCTION bench.event(job int, type text, run_id text, at text) RETURNS text STABLE
    RETURN format('{"eventTime":"%s","eventType":"%s","producer":"https://example.org/bench",%s"run":{"runId":"%s","facets":{"processing_engine":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","version":"3.5.1","name":"spark"}}},"job":{"namespace":"sched_%s","name":"load.orders_%s","facets":{"sql":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","query":"insert into mart.orders_%s select id, amount from mart.orders_%s where region = %s"},"documentation":{"_producer":"https://example.org/bench","_schemaURL":"https://example.org/s","description":"Loads part %s of the orders"}}}', at, type,
                  CASE WHEN job % 10 <> 3 THEN '"schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",' END, run_id, bench.place(job), job, job + 1, job, job % 1000, job)
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
CREATE PROCEDURE bench.tell(part int, parts int) LANGUAGE plpgsql AS $$
DECLARE
    body  text;
BEGIN
    FOR body IN SELECT '[' || string_agg(bench.event(t.job, t.type, bench.run_id(t.job, t.run), t.at), ',') || ']'
                  FROM (SELECT *, (row_number() OVER (ORDER BY run, job, at) - 1) / 200 AS batch FROM bench.told WHERE job % (10 * parts) / 10 = part) AS t
                 GROUP BY t.batch ORDER BY t.batch LOOP
        PERFORM openlineage.ingest(body);
        COMMIT;
    END LOOP;
END
$$;
