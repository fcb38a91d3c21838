-- The latest run of a job is the one created last, wherever the index has it, which is in the order of starts.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
SELECT setseed(0.5);
-- 50 jobs of up to 20 runs, each run with up to three events within an hour; some of them start it, some name datasets.
CREATE TEMPORARY TABLE told AS
    SELECT e.n, t.run_event((ARRAY['START', 'RUNNING', 'OTHER', 'COMPLETE'])[1 + floor(random() * 4)],
                            to_char(time '08:00' + floor(random() * 60) * interval '1 min', 'HH24:MI'), r.run, 'job' || r.run % 50,
                            CASE WHEN r.run % 50 < 30 AND random() < 0.3 THEN t.datasets('d' || floor(random() * 3)) END) AS body
      FROM generate_series(1, 700) AS r (run), generate_series(1, 3) AS e (n)
     WHERE random() < 0.7;
CREATE VIEW t.wrong AS
    SELECT a.node_id
      FROM job_activity AS a
      LEFT JOIN LATERAL (SELECT r.* FROM run AS r WHERE r.job_id = a.node_id ORDER BY r.created_at DESC, r.id LIMIT 1) AS l ON true
      LEFT JOIN LATERAL (SELECT r.* FROM run AS r WHERE r.job_id = a.node_id AND r.job_version_id IS NOT NULL
                          ORDER BY r.created_at DESC, r.id LIMIT 1) AS v ON true
     WHERE (a.latest_run_id, a.latest_created_at, a.latest_state, a.current_version_id)
           IS DISTINCT FROM (l.id, l.created_at, COALESCE(l.state, 'NEW')::text, v.job_version_id);
\set ECHO all

SELECT count(*) > 1000 FROM (SELECT ingest(body) FROM told ORDER BY n, body) AS i;
-- What makes it hard: runs that started after the latest, runs without a start, jobs whose latest run has no version.
SELECT count(*) > 3 FROM job_activity AS a
 WHERE EXISTS (SELECT FROM run AS r, run AS l WHERE r.job_id = a.node_id AND l.id = a.latest_run_id AND openlineage.started_at(r) > openlineage.started_at(l));
SELECT count(*) > 10 FROM job_activity AS a JOIN run AS l ON l.id = a.latest_run_id WHERE openlineage.started_at(l) IS NULL;
SELECT count(*) > 10 FROM job_activity AS a JOIN run AS l ON l.id = a.latest_run_id WHERE l.job_version_id IS DISTINCT FROM a.current_version_id;
SELECT * FROM t.wrong;

-- Looked for anew.
UPDATE job_activity SET latest_run_id = NULL, latest_created_at = NULL, latest_state = '', current_version_id = NULL;
SELECT count(*) > 0 FROM t.wrong;
SELECT openlineage.point_jobs(ARRAY(SELECT node_id FROM job_activity));
SELECT * FROM t.wrong;

-- And without those that were the latest.
SELECT openlineage.purge_runs(ARRAY(SELECT latest_run_id FROM job_activity));
SELECT count(*) > 0 FROM t.wrong;
SELECT openlineage.point_jobs(ARRAY(SELECT node_id FROM job_activity));
SELECT * FROM t.wrong;
ROLLBACK;
