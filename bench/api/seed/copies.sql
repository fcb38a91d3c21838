-- What is copied: runs 1 to :runs - 2 of each job.
\ir settings.psql
ANALYZE;
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
