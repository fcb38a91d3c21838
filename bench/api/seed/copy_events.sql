-- Copies of events and of what is made of them.
\ir settings.psql
SET session_replication_role = replica;
INSERT INTO openlineage.event_store (event_time, hash, kind, type, namespace_id, node_id, run_id, packed)
SELECT e.at, openlineage.hash128(e.body), 'run', e.type, c.namespace_id, c.node_id, c.run_id, openlineage.event_pack(e.body)
  FROM bench.copy AS c
 CROSS JOIN LATERAL (VALUES ('START', c.start_at, c.start_body), ('COMPLETE', c.start_at + interval '5 minutes', c.end_body)) AS e (type, at, body);
INSERT INTO openlineage.event_dataset_store (dataset_id, event_time, event_hash, namespace_id)
SELECT i.dataset_id, e.at, openlineage.hash128(e.body), c.namespace_id
  FROM bench.copy AS c
  JOIN openlineage.run_io AS i ON i.run_id = c.first_id
 CROSS JOIN LATERAL (VALUES (c.start_at, c.start_body), (c.start_at + interval '5 minutes', c.end_body)) AS e (at, body);
INSERT INTO openlineage.event_count (namespace_id, hour, kind, type, n)
SELECT c.namespace_id, date_trunc('hour', e.at, 'UTC'), 'run', e.type, count(*)
  FROM bench.copy AS c
 CROSS JOIN LATERAL (VALUES ('START', c.start_at), ('COMPLETE', c.start_at + interval '5 minutes')) AS e (type, at)
 GROUP BY 1, 2, 4;
INSERT INTO openlineage.event_issue (namespace_id, event_time, event_hash, code, path, message)
SELECT c.namespace_id, e.at, openlineage.hash128(e.body), i.code, i.path, i.message
  FROM bench.copy AS c
  JOIN bench.told AS t ON t.job = c.job AND t.run = 0 AND t.type = 'START'
  JOIN openlineage.event_issue AS i ON i.namespace_id = c.namespace_id AND i.event_time = t.at::timestamptz AND i.event_hash = openlineage.hash128(bench.event(c.job, 'START', c.first_id::text, t.at))
 CROSS JOIN LATERAL (VALUES (c.start_at, c.start_body), (c.start_at + interval '5 minutes', c.end_body)) AS e (at, body);
