-- A lineage facet says which input reaches which output: no product of inputs and outputs.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.source(name text, more jsonb = '{}') RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('namespace', 'db', 'name', name, 'type', 'DATASET') || more;
CREATE FUNCTION t.entry(target text, sources jsonb, more jsonb = '{}') RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('namespace', 'db', 'name', target, 'type', 'DATASET', 'inputs', sources) || more;
CREATE FUNCTION t.lineage(VARIADIC entries jsonb[]) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('lineage', jsonb_build_object('entries', to_jsonb(entries)));

SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'copy', t.datasets('a', 'b'), t.datasets('c', 'd'), job_facets => t.lineage(
    t.entry('c', jsonb_build_array(t.source('a'))), t.entry('d', jsonb_build_array(t.source('b'))))));
SELECT * FROM t.edges;
-- b is not above c, and the step is shown as the job.
SELECT node, kind, distance, predecessor FROM lineage('dataset:db:c', direction => 'upstream') ORDER BY distance, node COLLATE "C";
SELECT node, distance FROM impact('dataset:db:b') ORDER BY distance, node COLLATE "C";
-- From the job everything is reached.
SELECT node, distance FROM lineage('job:sched:copy') ORDER BY distance, node COLLATE "C";

-- Inputs no entry names are consumed by the job, outputs no entry targets are produced by it.
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'rest', t.datasets('a', 'extra'), t.datasets('c', 'log'), job_facets => t.lineage(
    t.entry('c', jsonb_build_array(t.source('a'))))));
SELECT * FROM t.edges WHERE edge LIKE '%rest%';

-- Entries of a run add up; those of a JobEvent replace.
SELECT ingest(t.run_event('START', '12:00', 3, 'grow', job_facets => t.lineage(t.entry('o1', jsonb_build_array(t.source('i1'))))));
SELECT ingest(t.run_event('COMPLETE', '12:05', 3, 'grow', job_facets => t.lineage(t.entry('o2', jsonb_build_array(t.source('i2'))))));
SELECT * FROM t.edges WHERE edge LIKE '%grow%';
SELECT ingest(t.job_event('13:00', 'grow', job_facets => t.lineage(t.entry('o3', jsonb_build_array(t.source('i3'))))));
SELECT * FROM t.edges WHERE edge LIKE '%grow%';

-- inputs [] says "has no upstream"; a JOB without a name is the job itself.
SELECT ingest(t.run_event('COMPLETE', '14:00', 4, 'gen', job_facets => t.lineage(t.entry('random', '[]'), t.entry('made', '[{"type": "JOB"}]'))));
SELECT * FROM t.edges WHERE edge LIKE '%gen%';
-- Another job as a source or a target.
SELECT ingest(t.run_event('COMPLETE', '14:10', 5, 'call', job_facets => t.lineage(
    t.entry('answer', '[{"namespace": "sched", "name": "service", "type": "JOB"}]'),
    jsonb_build_object('namespace', 'sched', 'name', 'sink', 'type', 'JOB', 'inputs', jsonb_build_array(t.source('answer'))))));
SELECT * FROM t.edges WHERE edge LIKE '%call%';

-- Columns; the columnLineage facet of the same event is not read.
SELECT ingest(t.run_event('COMPLETE', '15:00', 6, 'cols', t.datasets('a'), jsonb_build_array(t.dataset('k',
        '{"columnLineage": {"fields": {"no": {"inputFields": [{"namespace": "db", "name": "a", "field": "no"}]}}}}')),
    job_facets => t.lineage(t.entry('k', jsonb_build_array(t.source('a')),
        jsonb_build_object('fields', jsonb_build_object('yes', jsonb_build_object('inputs', jsonb_build_array(
            t.source('a', '{"field": "yes", "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}]}')))))))));
SELECT * FROM t.column_edges;

SELECT * FROM t.issues;
SELECT t.same_in_both_orders(
    t.run_event('START', '16:00', 7, 'mix', t.datasets('a', 'b'), t.datasets('c', 'd')),
    t.run_event('COMPLETE', '16:01', 7, 'mix', t.datasets('a', 'b'), t.datasets('c', 'd'), job_facets => t.lineage(t.entry('c', jsonb_build_array(t.source('a'))))),
    t.job_event('16:02', 'mix', job_facets => t.lineage(t.entry('d', jsonb_build_array(t.source('b'))))),
    t.run_event('COMPLETE', '16:03', 8, 'mix', job_facets => t.lineage(t.entry('d', jsonb_build_array(t.source('a'))))));

ROLLBACK;
