-- What a run reads and writes adds up over its events, and edges are there with the first.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

SELECT ingest(t.run_event('START', '10:00', 1, 'load', t.datasets('a'), t.datasets('c')));
SELECT * FROM t.edges;
SELECT ingest(t.run_event('RUNNING', '10:01', 1, 'load', t.datasets('b')));
SELECT * FROM t.edges;
-- Later events with empty, missing or null lists remove nothing.
SELECT ingest(t.run_event('RUNNING', '10:02', 1, 'load', '[]', '[]'));
SELECT ingest(t.run_event('RUNNING', '10:03', 1, 'load'));
SELECT ingest(t.event('10:04', jsonb_build_object('eventType', 'COMPLETE', 'inputs', NULL, 'outputs', NULL,
                                                  'run', jsonb_build_object('runId', t.run_id(1)), 'job', t.job('load'))));
SELECT * FROM t.io;
SELECT * FROM t.edges;

-- A job's graph is the union over its runs.
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'load', t.datasets('a'), t.datasets('d')));
SELECT * FROM t.edges;

-- What a run reads and writes both is an edge each way.
SELECT ingest(t.run_event('COMPLETE', '12:00', 3, 'compact', t.datasets('e'), t.datasets('e')));
SELECT * FROM t.edges WHERE edge LIKE '%compact%';

-- The same dataset twice in one list is one.
SELECT ingest(t.run_event('COMPLETE', '13:00', 4, 'twice', t.datasets('f', 'f'), t.datasets('g')));
SELECT * FROM t.edges WHERE edge LIKE '%twice%';

-- A run that says nothing of datasets makes no edge.
SELECT ingest(t.run_event('COMPLETE', '14:00', 5, 'alone'));
SELECT count(*) FROM t.edges WHERE edge LIKE '%alone%';

-- What the pointers back say.
SELECT t.label(node_id) AS job, right(latest_run_id::text, 4) AS latest_run, t.clock(updated_at)
  FROM job_activity ORDER BY 1;
SELECT t.label(node_id) AS dataset, t.clock(updated_at) FROM dataset_activity ORDER BY 1;

SELECT t.same_in_both_orders(
    t.run_event('START', '15:00', 6, 'load', t.datasets('h'), t.datasets('i')),
    t.run_event('COMPLETE', '15:05', 6, 'load', t.datasets('j')),
    t.run_event('START', '15:06', 7, 'load'), t.run_event('FAIL', '15:07', 7, 'load', NULL, t.datasets('k')));

ROLLBACK;
