-- Copies of runs and of what is known of them.
\ir settings.psql
SET session_replication_role = replica;
INSERT INTO openlineage.run
       (id, namespace_id, job_id, job_time, job_hash, io_time, io_hash, state, terminal_state, terminal_time, terminal_hash, start_time,
        last_start_time, location, code_hash, code_time, code_event, job_version_id, created_at, updated_at, is_placeholder, has_io)
SELECT c.run_id, r.namespace_id, r.job_id, r.job_time + c.shift, openlineage.hash128(c.start_body), r.io_time + c.shift,
       CASE WHEN r.io_hash IS NOT NULL THEN openlineage.hash128(c.end_body) END, r.state, r.terminal_state,
       r.terminal_time + c.shift, openlineage.hash128(c.end_body), r.start_time + c.shift, r.last_start_time + c.shift, r.location,
       r.code_hash, r.code_time + c.shift, openlineage.hash128(c.end_body), r.job_version_id, r.created_at + c.shift,
       r.updated_at + c.shift, false, r.has_io
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
