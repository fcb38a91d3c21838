-- Events that tell the whole picture replace it: JobEvents, DatasetEvents, complete snapshots.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

SELECT ingest(t.job_event('10:00', 'report', t.datasets('a', 'b'), t.datasets('c')));
SELECT * FROM t.edges;
SELECT ingest(t.job_event('11:00', 'report', t.datasets('a'), t.datasets('d')));
SELECT * FROM t.edges;
-- The past says what held until when.
SELECT * FROM t.past_edges;

-- One that comes late is only history.
SELECT ingest(t.job_event('09:00', 'report', t.datasets('x'), t.datasets('c')));
SELECT * FROM t.edges;

-- Runs after the JobEvent add to it, runs before it do not.
SELECT ingest(t.run_event('COMPLETE', '12:00', 1, 'report', t.datasets('e'), t.datasets('d')));
SELECT ingest(t.run_event('COMPLETE', '10:30', 2, 'report', t.datasets('old'), t.datasets('d')));
SELECT * FROM t.edges;
SELECT ingest(t.job_event('13:00', 'report', t.datasets('f'), t.datasets('d')));
SELECT * FROM t.edges;

-- A JobEvent that does not speak of datasets changes only what it speaks of.
SELECT ingest(t.job_event('14:00', 'report', job_facets => '{"documentation": {"description": "weekly"}}'));
SELECT * FROM t.edges;
SELECT description FROM job WHERE description IS NOT NULL;
-- Nor does one with empty lists, which clients write that cannot leave them out; it declares no version either.
SELECT ingest(t.job_event('14:10', 'report', '[]', '[]', '{"documentation": {"description": "weekly"}}'));
SELECT * FROM t.edges;
SELECT count(*) FROM job_version WHERE inputs = '{}' AND outputs = '{}';
-- With one of them the other says that there are none; a lineage facet without entries says it of both.
SELECT ingest(t.job_event('14:20', 'report', '[]', t.datasets('d')));
SELECT * FROM t.edges;
SELECT ingest(t.job_event('15:00', 'report', '[]', '[]', '{"lineage": {"entries": []}}'));
SELECT * FROM t.edges;

-- A job that always sends the whole picture: the last event counts.
\set snapshot '{"jobType": {"processingType": "STREAMING", "integration": "FLINK", "emissionPattern": {"eventTrigger": "PERIODIC", "eventContentMode": "COMPLETE_SNAPSHOT"}}}'
SELECT ingest(t.run_event('RUNNING', '10:00', 3, 'stream', t.datasets('topic1'), t.datasets('sink'), job_facets => :'snapshot'));
SELECT ingest(t.run_event('RUNNING', '10:05', 3, 'stream', t.datasets('topic2'), t.datasets('sink'), job_facets => :'snapshot'));
SELECT * FROM t.edges WHERE edge LIKE '%stream%';

-- A DatasetEvent with a lineage facet: edges without a job, replaced by the next.
SELECT ingest(t.dataset_event('10:00', 'mart', '{"lineage": {"inputs": [{"namespace": "db", "name": "s1", "type": "DATASET"}, {"namespace": "db", "name": "s2", "type": "DATASET"}]}}'));
SELECT * FROM t.edges WHERE edge LIKE '%mart%';
SELECT ingest(t.dataset_event('11:00', 'mart', '{"lineage": {"inputs": [{"namespace": "db", "name": "s2", "type": "DATASET"}]}}'));
SELECT * FROM t.edges WHERE edge LIKE '%mart%';
-- One without it leaves the edges alone.
SELECT ingest(t.dataset_event('12:00', 'mart', '{"documentation": {"description": "sales"}}'));
SELECT * FROM t.edges WHERE edge LIKE '%mart%';

-- A lineage facet that is deleted takes its edges with it, here and of a job.
SELECT ingest(t.dataset_event('13:00', 'mart', '{"lineage": {"_deleted": true}}'));
SELECT count(*) FROM t.edges WHERE edge LIKE '%mart%';
SELECT ingest(t.job_event('10:00', 'step', job_facets => '{"lineage": {"entries": [{"namespace": "db", "name": "made", "type": "DATASET", "inputs": [{"namespace": "db", "name": "of", "type": "DATASET"}]}]}}'));
SELECT count(*) FROM t.edges WHERE edge LIKE '%made%';
SELECT ingest(t.job_event('11:00', 'step', job_facets => '{"lineage": {"_deleted": true}}'));
SELECT count(*) FROM t.edges WHERE edge LIKE '%made%';
SELECT t.same_in_both_orders(
    t.dataset_event('10:00', 'mart2', '{"lineage": {"inputs": [{"namespace": "db", "name": "s1", "type": "DATASET"}]}}'),
    t.dataset_event('11:00', 'mart2', '{"lineage": {"_deleted": true}}'));

SELECT t.same_in_both_orders(
    t.job_event('10:00', 'again', t.datasets('a'), t.datasets('b')),
    t.run_event('START', '10:30', 4, 'again', t.datasets('a', 'c'), t.datasets('b')),
    t.job_event('11:00', 'again', t.datasets('c'), t.datasets('b')),
    t.run_event('COMPLETE', '11:30', 4, 'again', t.datasets('d'), t.datasets('b')));

-- Edges of one job are found among those of many without reading these: by a late event, by a symlink, by a new replacement.
SELECT ingest('[' || string_agg(t.job_event('10:00', 'many ' || n, t.datasets('in ' || n), t.datasets('out ' || n)), ',') || ']') FROM generate_series(1, 2000) AS n;
ANALYZE edge, edge_history, node;
CREATE FUNCTION t.fetched() RETURNS bigint VOLATILE LANGUAGE sql AS $$SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_xact_all_tables WHERE relname IN ('edge', 'edge_history')$$;
SELECT t.fetched() AS before \gset
SELECT ingest(t.job_event('09:00', 'many 7', t.datasets('late'), t.datasets('out 7')));
SELECT ingest(t.job_event('11:00', 'many 8', t.datasets('new'), t.datasets('out 8')));
SELECT ingest(t.dataset_event('12:00', 'in 9', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "also 9", "type": "TABLE"}]}}'));
SELECT t.fetched() - :before < 500;
SELECT edge FROM t.edges WHERE edge ~ '[ :]many [789]( |$)' ORDER BY 1;
SELECT count(*) FROM t.past_edges WHERE edge ~ '[ :]many [789]( |$)';

ROLLBACK;
