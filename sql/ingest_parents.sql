-- Parent and root runs are placeholders without state until they speak themselves.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.parent(run int, job text, root_run int = NULL, root_job text = NULL) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('parent', jsonb_strip_nulls(jsonb_build_object(
        'run', jsonb_build_object('runId', t.run_id(run)), 'job', jsonb_build_object('namespace', 'sched', 'name', job),
        'root', CASE WHEN root_run IS NOT NULL THEN jsonb_build_object(
            'run', jsonb_build_object('runId', t.run_id(root_run)), 'job', jsonb_build_object('namespace', 'sched', 'name', root_job)) END)));
CREATE VIEW t.family AS
    SELECT right(id::text, 4) AS run, t.label(job_id) AS job, state, is_placeholder,
           right(parent_run_id::text, 4) AS parent, right(root_run_id::text, 4) AS root
      FROM openlineage.run ORDER BY 1;

SELECT ingest(t.run_event('START', '10:00', 3, 'dag.task.step', run_facets => t.parent(2, 'dag.task', 1, 'dag')));
SELECT * FROM t.family;
-- A child that fails does not change its parent.
SELECT ingest(t.run_event('FAIL', '10:05', 3, 'dag.task.step', run_facets => t.parent(2, 'dag.task', 1, 'dag')));
SELECT * FROM t.family;
-- The parent speaks: no placeholder any more.
SELECT ingest(t.run_event('COMPLETE', '10:06', 2, 'dag.task', run_facets => t.parent(1, 'dag')));
SELECT * FROM t.family;
SELECT t.label(node_id) AS job, t.label(parent_id) AS parent FROM job ORDER BY 1;

-- Parents make no data edges.
SELECT count(*) FROM edge;

-- A parent whose run id is no UUID is taken, one without a name is left out with a note.
SELECT ingest(t.run_event('START', '11:00', 4, 'child', run_facets =>
    '{"parent": {"run": {"runId": "scheduled__2026"}, "job": {"namespace": "sched", "name": "odd"}}}'));
SELECT ingest(t.run_event('START', '11:00', 5, 'child', run_facets => '{"parent": {"run": {}, "job": {"namespace": "sched"}}}'));
SELECT t.label(job_id) AS job, external_id, is_placeholder FROM run WHERE external_id IS NOT NULL;
SELECT * FROM t.issues;

-- Old producers: the facet parentRun, beside parent too; a task that is its own parent, as its DAG is meant.
SELECT ingest(t.run_event('START', '11:10', 11, 'old.task', run_facets => jsonb_build_object('parentRun', t.parent(10, 'old') -> 'parent')));
SELECT ingest(t.run_event('START', '11:10', 13, 'both.task', run_facets => jsonb_build_object('parentRun', t.parent(12, 'both') -> 'parent') || t.parent(12, 'wrong')));
SELECT ingest(t.run_event('START', '11:10', 15, 'own.dag.task', run_facets => t.parent(14, 'own.dag.task')));
SELECT ingest(t.run_event('START', '11:10', 16, 'own', run_facets => t.parent(16, 'own')));
SELECT t.label(node_id) AS job, t.label(parent_id) AS parent FROM job WHERE t.label(node_id) ~ '(old|both|own|wrong)' ORDER BY 1;
SELECT * FROM t.family WHERE job ~ '(old|both|own|wrong)';
SELECT right(f.run_id::text, 4) AS run, string_agg(f.name, ' ' ORDER BY f.name) AS facets, min(c.body #>> '{job,name}') AS parent
  FROM facet AS f JOIN facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash WHERE right(f.run_id::text, 2) IN ('11', '13') GROUP BY 1 ORDER BY 1;
SELECT code, path, message FROM event_issue WHERE code = 'parent_is_itself' ORDER BY event_time, message;

SELECT t.same_in_both_orders(
    t.run_event('START', '12:00', 26, 'p.q', run_facets => jsonb_build_object('parentRun', t.parent(27, 'p.q') -> 'parent')),
    t.run_event('START', '12:01', 28, 'p.q', run_facets => t.parent(29, 'p')),
    t.run_event('COMPLETE', '12:02', 26, 'p.q'));
SELECT t.same_in_both_orders(
    t.run_event('START', '12:00', 6, 'p', run_facets => t.parent(7, 'g')),
    t.run_event('START', '12:01', 8, 'c', run_facets => t.parent(6, 'p', 7, 'g')),
    t.run_event('COMPLETE', '12:02', 8, 'c'),
    t.run_event('COMPLETE', '12:03', 7, 'g'));

ROLLBACK;
