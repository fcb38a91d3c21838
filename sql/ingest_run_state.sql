-- The state of a run is that of its events by their time, whatever their order.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

-- START, RUNNING, COMPLETE: RUNNING does not move the start.
SELECT ingest(t.run_event('START', '10:00', 1, 'load'));
SELECT * FROM t.runs;
SELECT ingest(t.run_event('RUNNING', '10:02', 1, 'load'));
SELECT ingest(t.run_event('COMPLETE', '10:05', 1, 'load'));
SELECT * FROM t.runs;

-- A late START keeps the run completed and gives it its start.
SELECT ingest(t.run_event('COMPLETE', '11:05', 2, 'load'));
SELECT * FROM t.runs WHERE run = '0002';
SELECT ingest(t.run_event('START', '11:00', 2, 'load'));
SELECT * FROM t.runs WHERE run = '0002';

-- Two terminal events: the later by time wins, whichever comes first.
SELECT ingest(t.run_event('FAIL', '12:09', 3, 'load'));
SELECT ingest(t.run_event('COMPLETE', '12:05', 3, 'load'));
SELECT ingest(t.run_event('COMPLETE', '12:05', 4, 'load'));
SELECT ingest(t.run_event('ABORT', '12:09', 4, 'load'));
SELECT * FROM t.runs WHERE run IN ('0003', '0004');

-- Both stay in the history.
SELECT type, t.clock(event_time) FROM event WHERE run_id = t.run_id(3)::uuid ORDER BY event_time;

-- OTHER changes facets only: before START, alone, and after COMPLETE.
SELECT ingest(t.run_event('OTHER', '13:00', 5, 'load'));
SELECT * FROM t.runs WHERE run = '0005';
SELECT ingest(t.run_event('START', '13:01', 5, 'load'));
SELECT ingest(t.run_event('COMPLETE', '13:02', 5, 'load'));
SELECT ingest(t.run_event('OTHER', '13:03', 5, 'load', run_facets => '{"x_note": {"text": "late"}}'));
SELECT * FROM t.runs WHERE run = '0005';
SELECT name, body FROM t.facets WHERE run = '0005';

-- RUNNING without START: the first RUNNING is the start, until a START comes.
SELECT ingest(t.run_event('RUNNING', '14:03', 6, 'load'));
SELECT ingest(t.run_event('RUNNING', '14:02', 6, 'load'));
SELECT * FROM t.runs WHERE run = '0006';
SELECT ingest(t.run_event('START', '14:01', 6, 'load'));
SELECT * FROM t.runs WHERE run = '0006';

-- Without eventType, or with one nobody knows, a run is NEW; lower case is read.
SELECT ingest(t.run_event(NULL, '15:00', 7, 'load'));
SELECT ingest(t.run_event('EXPLODE', '15:00', 8, 'load'));
SELECT ingest(t.run_event('complete', '15:00', 9, 'load'));
SELECT * FROM t.runs WHERE run IN ('0007', '0008', '0009');
SELECT * FROM t.issues;

-- A START after the end revives a streaming run only.
SELECT ingest(t.run_event('COMPLETE', '16:00', 10, 'batch'));
SELECT ingest(t.run_event('START', '16:05', 10, 'batch'));
SELECT ingest(t.run_event('COMPLETE', '16:00', 11, 'stream', job_facets => '{"jobType": {"processingType": "STREAMING", "integration": "FLINK"}}'));
SELECT ingest(t.run_event('START', '16:05', 11, 'stream'));
SELECT * FROM t.runs WHERE run IN ('0010', '0011');

-- Whatever the order.
SELECT t.same_in_both_orders(
    t.run_event('START', '17:00', 12, 'load'), t.run_event('RUNNING', '17:01', 12, 'load'),
    t.run_event('OTHER', '17:02', 12, 'load'), t.run_event('COMPLETE', '17:03', 12, 'load'),
    t.run_event('FAIL', '17:04', 12, 'load'), t.run_event('START', '17:05', 12, 'load'));
-- Two different events of the same time.
SELECT t.same_in_both_orders(t.run_event('FAIL', '18:00', 13, 'load'), t.run_event('COMPLETE', '18:00', 13, 'load'));

ROLLBACK;
