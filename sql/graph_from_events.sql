-- From events to answers: what a producer told is what lineage() and impact() know at once.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

-- The first event is enough; nothing waits for COMPLETE.
SELECT ingest(t.run_event('START', '10:00', 1, 'clean', t.datasets('raw'), t.datasets('clean')));
SELECT * FROM impact('dataset:db:raw');

-- A chain over several jobs, told last job first.
SELECT ingest(t.run_event('COMPLETE', '12:00', 3, 'deploy', t.datasets('model'), t.datasets('endpoint')));
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'train', t.datasets('clean'), t.datasets('model')));
SELECT node, distance FROM impact('db', 'raw') ORDER BY distance;
SELECT node, distance FROM lineage('dataset:db:model', direction => 'upstream') ORDER BY distance;
SELECT impact_count('dataset:db:raw'), impact_count('dataset:db:endpoint');
SELECT path FROM impact_paths('dataset:db:raw') WHERE node = 'dataset:db:endpoint';

-- A symlink joins what is known under two names, and both names ask.
SELECT ingest(t.run_event('COMPLETE', '13:00', 4, 'report', t.datasets('clean_link'), t.datasets('chart')));
SELECT count(*) FROM impact('dataset:db:raw') WHERE node = 'dataset:db:chart';
SELECT ingest(t.dataset_event('14:00', 'clean', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "clean_link", "type": "TABLE"}]}}'));
SELECT node, distance FROM impact('dataset:db:raw') WHERE node = 'dataset:db:chart';
SELECT DISTINCT resolve_node('dataset:db:clean') = resolve_node('dataset:db:clean_link') AS same;

-- A child job is asked for by its own name and with its parent's.
SELECT ingest(t.run_event('COMPLETE', '15:00', 5, 'load', t.datasets('chart'), t.datasets('mail'),
       run_facets => jsonb_build_object('parent', jsonb_build_object('run', jsonb_build_object('runId', t.run_id(6)),
                                                                     'job', '{"namespace": "other", "name": "my.dag"}'::jsonb))));
SELECT node FROM impact('job:sched:load');
SELECT node FROM impact('job:sched:my.dag.load');

-- Columns, with what was done to them; a filter of the whole dataset reaches each column.
SELECT ingest(t.run_event('COMPLETE', '16:00', 7, 'columns', t.datasets('raw'), jsonb_build_array(t.dataset('wide', '{"columnLineage": {
    "fields": {"total": {"inputFields": [{"namespace": "db", "name": "raw", "field": "amount", "transformations": [
                             {"type": "DIRECT", "subtype": "AGGREGATION", "masking": true}]}]},
               "id": {"inputFields": [{"namespace": "db", "name": "raw", "field": "id"}]}},
    "dataset": [{"namespace": "db", "name": "raw", "field": "deleted", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]}]}}'))));
SELECT node, distance, transformation FROM column_lineage('dataset:db:wide') ORDER BY distance, node COLLATE "C";
SELECT node, distance FROM impact('datasetField:db:raw:deleted') ORDER BY node COLLATE "C";

ROLLBACK;
