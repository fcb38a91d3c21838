-- Runs that were started and never told how they ended.

CREATE FUNCTION openlineage.stale_after(window_seconds double precision) RETURNS interval
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_stale_after';
COMMENT ON FUNCTION openlineage.stale_after(double precision) IS
    'How long a run may be silent: openlineage.stale_windows times its emission window, or times openlineage.stale_window where the job told none (null, or no positive number).';

-- A child that speaks shows that its parent is alive.
CREATE VIEW openlineage.stale_run WITH (security_invoker = true) AS
    SELECT r.id AS run_id, s.name AS namespace, n.name AS job, j.type AS job_type, r.state,
           COALESCE(r.start_time, r.running_time) AS started_at, heard.at AS last_event_at,
           CASE WHEN ended.at IS NOT NULL THEN 'parent ended' ELSE 'silent' END AS reason,
           COALESCE(GREATEST(ended.at, r.updated_at), silent.since) AS stale_since,
           r.parent_run_id, r.root_run_id
      FROM openlineage.run AS r
      JOIN openlineage.job AS j ON j.node_id = r.job_id
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN LATERAL (
           SELECT GREATEST(r.updated_at, max(c.updated_at)) AS at
             FROM openlineage.run AS c
            WHERE c.parent_run_id = r.id) AS heard
     CROSS JOIN LATERAL (
           SELECT min(p.terminal_time) AS at
             FROM openlineage.run AS p
            WHERE p.id IN (r.parent_run_id, r.root_run_id) AND p.id <> r.id
              AND p.state IN ('COMPLETED', 'ABORTED', 'FAILED')) AS ended
     CROSS JOIN LATERAL (
           SELECT max(CASE WHEN openlineage.member_number(c.body -> 'emissionPattern', 'windowDuration') > 0
                           THEN openlineage.member_number(c.body -> 'emissionPattern', 'windowDuration') END) AS seconds
             FROM openlineage.facet AS f
             JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
            WHERE f.node_id = r.job_id AND f.run_id IS NULL AND f.io IS NULL AND f.name = 'jobType' AND NOT f.is_deleted) AS told
     CROSS JOIN LATERAL (
           SELECT CASE WHEN told.seconds IS NOT NULL OR j.type = 'BATCH'
                       THEN heard.at + openlineage.stale_after(told.seconds) END AS since) AS silent
     WHERE r.state = 'RUNNING'
       AND (ended.at IS NOT NULL OR silent.since < now());
COMMENT ON VIEW openlineage.stale_run IS
    'Runs with a START or RUNNING and no end, of which none is to be expected: the run''s parent or root has ended, or no event of the run or its children came for stale_after() its emission window. Jobs of type STREAM and SERVICE have no natural end: without a window of their own only the end of the parent counts. The run itself stays RUNNING, here and in the HTTP API.';
COMMENT ON COLUMN openlineage.stale_run.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.stale_run.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.stale_run.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.stale_run.job_type IS 'BATCH, STREAM or SERVICE.';
COMMENT ON COLUMN openlineage.stale_run.state IS 'RUNNING: as its events tell it.';
COMMENT ON COLUMN openlineage.stale_run.started_at IS 'When it started.';
COMMENT ON COLUMN openlineage.stale_run.last_event_at IS 'Greatest event time of the run and of its children.';
COMMENT ON COLUMN openlineage.stale_run.reason IS 'parent ended, or silent.';
COMMENT ON COLUMN openlineage.stale_run.stale_since IS 'Since when it counts as stale.';
COMMENT ON COLUMN openlineage.stale_run.parent_run_id IS 'Its parent run; null without one.';
COMMENT ON COLUMN openlineage.stale_run.root_run_id IS 'Its root run; null without one.';
GRANT SELECT ON openlineage.stale_run TO openlineage_reader;
