-- Runs that started and never ended are in stale_run once no end is to be expected; the run itself is as told.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.ago(past interval) RETURNS text STABLE RETURN to_char((now() - past) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
CREATE FUNCTION t.child_of(run int, root int = NULL) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('parent', jsonb_strip_nulls(jsonb_build_object('run', jsonb_build_object('runId', t.run_id(run)), 'job', jsonb_build_object('namespace', 'sched', 'name', 'dag'),
        'root', CASE WHEN root IS NOT NULL THEN jsonb_build_object('run', jsonb_build_object('runId', t.run_id(root)), 'job', jsonb_build_object('namespace', 'sched', 'name', 'all')) END)));
CREATE FUNCTION t.kind(processing text, seconds int = NULL) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('jobType', jsonb_strip_nulls(jsonb_build_object('processingType', processing, 'integration', 'X',
        'emissionPattern', CASE WHEN seconds IS NOT NULL THEN jsonb_build_object('eventTrigger', 'PERIODIC', 'windowDuration', seconds) END)));
CREATE VIEW t.stale AS
    SELECT right(run_id::text, 4) AS run, job, job_type, state, reason, stale_since = started_at AS since_start,
           stale_since - last_event_at AS after_last_event FROM openlineage.stale_run ORDER BY 1;

-- The defaults: three windows of eight hours.
SELECT stale_after(NULL), stale_after(60), stale_after(0), stale_after(-5), stale_after('NaN') AS nan, stale_after(1e300) = stale_after(1e200) AS bounded;

-- A batch job without a window of its own.
SELECT ingest(t.run_event('START', t.ago('25 hours'), 1, 'silent'));
SELECT ingest(t.run_event('START', t.ago('23 hours'), 2, 'young'));
SELECT ingest(t.run_event('START', t.ago('25 hours'), 3, 'done')), ingest(t.run_event('COMPLETE', t.ago('24 hours'), 3, 'done'));
SELECT ingest(t.run_event('OTHER', t.ago('25 hours'), 4, 'never started'));
SELECT ingest(t.run_event('START', t.ago('25 hours'), 5, 'speaks')), ingest(t.run_event('RUNNING', t.ago('1 hour'), 5, 'speaks'));
SELECT * FROM t.stale;
-- One window of its own counts instead; without one a stream or service is never silent.
SELECT ingest(t.run_event('RUNNING', t.ago('10 minutes'), 6, 'stream', job_facets => t.kind('STREAMING', 60)));
SELECT ingest(t.run_event('RUNNING', t.ago('2 minutes'), 7, 'stream', job_facets => t.kind('STREAMING', 60)));
SELECT ingest(t.run_event('START', t.ago('300 days'), 8, 'endless', job_facets => t.kind('STREAMING')));
SELECT ingest(t.run_event('START', t.ago('300 days'), 9, 'endpoint', job_facets => t.kind('SERVICE')));
SELECT * FROM t.stale WHERE job <> 'silent';

-- The parent or the root has ended.
SELECT ingest(t.run_event('START', t.ago('3 hours'), 10, 'dag')), ingest(t.run_event('COMPLETE', t.ago('1 hour'), 10, 'dag'));
SELECT ingest(t.run_event('START', t.ago('2 hours'), 11, 'dag.task', run_facets => t.child_of(10)));
SELECT ingest(t.run_event('START', t.ago('2 hours'), 12, 'step', run_facets => t.child_of(99, 10)));
SELECT ingest(t.run_event('START', t.ago('30 minutes'), 13, 'late', run_facets => t.child_of(10)));
SELECT ingest(t.run_event('START', t.ago('2 hours'), 14, 'orphan', run_facets => t.child_of(99)));
SELECT right(run_id::text, 4) AS run, job, reason, date_trunc('minute', now() - stale_since) AS since FROM stale_run WHERE reason <> 'silent' ORDER BY 1;
-- A child that speaks shows that its parent is alive.
SELECT ingest(t.run_event('START', t.ago('40 hours'), 15, 'dag')), ingest(t.run_event('RUNNING', t.ago('1 hour'), 16, 'dag.long', run_facets => t.child_of(15)));
SELECT count(*) FROM t.stale WHERE run IN ('0015', '0016');

-- The settings.
SET LOCAL openlineage.stale_windows = 1;
SET LOCAL openlineage.stale_window = '22h';
SELECT run, job FROM t.stale WHERE reason = 'silent' AND job_type = 'BATCH';
SET LOCAL openlineage.stale_windows = 100;
SELECT count(*) FROM t.stale WHERE reason = 'silent';

-- The run is not changed: it is RUNNING wherever it is shown, and an end that comes late ends it.
SELECT api_run(ARRAY[t.run_id(1)], '{}') ->> 'state' AS state;
RESET openlineage.stale_window;
RESET openlineage.stale_windows;
SELECT ingest(t.run_event('COMPLETE', t.ago('24 hours'), 1, 'silent'));
SELECT * FROM t.stale WHERE job = 'silent';

-- A window that is no number is none; a run that names itself as parent does not end by that.
SELECT ingest(t.run_event('START', t.ago('25 hours'), 17, 'odd', run_facets => t.child_of(17), job_facets => '{"jobType": {"processingType": "STREAMING", "emissionPattern": {"windowDuration": {"seconds": 1}}}}'));
SELECT ingest(replace(t.run_event('START', t.ago('25 hours'), 18, 'huge', job_facets => t.kind('STREAMING', 77777)), '77777', '1e400'));
SELECT ingest(replace(t.run_event('START', t.ago('25 hours'), 19, 'large', job_facets => t.kind('STREAMING', 77777)), '77777', '1e300'));
SELECT * FROM t.stale WHERE job IN ('odd', 'huge', 'large');

ROLLBACK;
