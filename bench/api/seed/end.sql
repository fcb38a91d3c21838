-- What nobody took, then what maintenance does.
\ir settings.psql
INSERT INTO openlineage.rejected_event (slot, namespace_id, received_at, code, message, details, hash, bytes, excerpt)
SELECT nextval('openlineage.rejected_event_slot_seq'), 0, now() - i * interval '1 minute', '22004', 'job must not be null', NULL,
       openlineage.hash128('rejected ' || i), 42, '{"eventTime":"2026-01-05T08:00:00Z","run":{}}'
  FROM generate_series(1, LEAST(:jobs, 10000)) AS i;
DROP TABLE bench.copy, bench.first;
SELECT openlineage.maintain() \g /dev/null
VACUUM (ANALYZE);
CHECKPOINT;
