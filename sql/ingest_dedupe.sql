-- An event that was stored before is answered like a new one and changes nothing.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE VIEW t.counts AS
    SELECT (SELECT count(*) FROM openlineage.event) AS events, (SELECT count(*) FROM openlineage.run) AS runs,
           (SELECT sum(n) FROM openlineage.event_count) AS counted, (SELECT count(*) FROM openlineage.dataset_version) AS versions,
           (SELECT count(*) FROM openlineage.event_issue) AS issues;
\set start '{"eventType": "START", "eventTime": "2026-01-05T10:00:00Z", "run": {"runId": "00000000-0000-4000-8000-000000000001"}, "job": {"namespace": "sched", "name": "load"}, "outputs": [{"namespace": "db", "name": "a"}]}'
\set complete '{"eventType": "COMPLETE", "eventTime": "2026-01-05T10:05:00Z", "run": {"runId": "00000000-0000-4000-8000-000000000001"}, "job": {"namespace": "sched", "name": "load"}, "outputs": [{"namespace": "db", "name": "a"}]}'
-- Three times the same two events.
SELECT ingest(:'start'), ingest(:'complete');
SELECT * FROM t.counts;
SELECT ingest(:'start'), ingest(:'complete');
SELECT ingest(:'complete'), ingest(:'start');
SELECT * FROM t.counts;
-- Twice in one call.
SELECT ingest(format('[%1$s, %1$s, %2$s]', replace(:'start', '10:00', '11:00'), :'start'));
SELECT * FROM t.counts;
-- The same content in other bytes is another event, with the same state.
SELECT ingest(:'start' || ' ');
SELECT runs FROM t.counts;
-- What was rolled back was never there.
SAVEPOINT before;
SELECT ingest(replace(:'start', '10:00', '12:00'));
ROLLBACK TO before;
SELECT ingest(replace(:'start', '10:00', '12:00'));
SELECT count(*) FROM event WHERE t.clock(event_time) = '12:00';
SAVEPOINT before;
SELECT ingest(t.run_event('COMPLETE', '13:00', 2, 'brand new', t.datasets('new1'), t.datasets('new2')));
ROLLBACK TO before;
SELECT ingest(t.run_event('COMPLETE', '13:00', 2, 'brand new', t.datasets('new1'), t.datasets('new2')));
SELECT * FROM t.edges WHERE edge LIKE '%new%';

ROLLBACK;
