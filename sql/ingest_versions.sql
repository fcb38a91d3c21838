-- A dataset version is source, columns, lifecycle state and version facet; a job version its inputs, outputs, location and code.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE VIEW t.versions AS
    SELECT t.label(v.dataset_id) AS dataset, v.id = a.current_version_id AS current, s.fields IS NOT NULL AS has_schema, external_version,
           t.clock(v.created_at) AS created, right(created_by_run::text, 4) AS by_run, t.clock(last_write_at) AS last_write, t.clock(last_seen_at) AS last_seen
      FROM openlineage.dataset_version AS v
      LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
      JOIN openlineage.dataset_activity AS a ON a.node_id = v.dataset_id
     ORDER BY 1, v.created_at, 4;
\set schema1 '{"schema": {"fields": [{"name": "id", "type": "int"}]}}'
\set schema2 '{"schema": {"fields": [{"name": "id", "type": "bigint"}]}}'

-- Many writes of the same content are one version, linked to each run.
SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'w', NULL, jsonb_build_array(t.dataset('a', :'schema1'))));
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'w', NULL, jsonb_build_array(t.dataset('a', :'schema1'))));
SELECT * FROM t.versions;
SELECT right(run_id::text, 4) AS run, version_id IS NOT NULL AS linked FROM run_io ORDER BY 1;
-- Another schema is another version.
SELECT ingest(t.run_event('COMPLETE', '12:00', 3, 'w', NULL, jsonb_build_array(t.dataset('a', :'schema2'))));
SELECT * FROM t.versions;
-- One that was written before, but is told now, takes over who made it.
SELECT ingest(t.run_event('COMPLETE', '09:00', 4, 'w', NULL, jsonb_build_array(t.dataset('a', :'schema1'))));
SELECT * FROM t.versions;
-- A read does not make a version current; an explicit version of an input is honoured.
SELECT ingest(t.run_event('COMPLETE', '13:00', 5, 'r', jsonb_build_array(t.dataset('a', '{"version": {"datasetVersion": "41"}}'))));
SELECT * FROM t.versions;
SELECT external_version FROM run_io JOIN dataset_version AS v ON v.id = version_id WHERE run_id = t.run_id(5)::uuid;
-- Two producers of one schema agree, whatever else their facets say.
SELECT ingest(t.run_event('COMPLETE', '14:00', 6, 'w2', NULL, jsonb_build_array(t.dataset('b', '{"schema": {"fields": [{"type": "int", "name": "id", "x": 1}], "x_more": true}}'))));
SELECT count(*) FROM dataset_schema;
-- So does one that writes an empty list of nested columns, as the Python client does.
SELECT ingest(t.run_event('COMPLETE', '14:10', 6, 'w2', NULL, jsonb_build_array(t.dataset('b', '{"schema": {"fields": [{"name": "id", "type": "int", "fields": []}]}}'))));
SELECT count(*) FROM dataset_schema;
SELECT * FROM t.versions WHERE dataset = 'dataset:b';

-- Job versions.
CREATE VIEW t.job_versions AS
    SELECT t.label(v.job_id) AS job, v.id = a.current_version_id AS current,
           (SELECT array_agg(t.label(i) ORDER BY t.label(i) COLLATE "C") FROM unnest(inputs) AS i) AS inputs,
           (SELECT array_agg(t.label(o) ORDER BY t.label(o) COLLATE "C") FROM unnest(outputs) AS o) AS outputs, v.location, code_hash IS NOT NULL AS has_code
      FROM openlineage.job_version AS v JOIN openlineage.job_activity AS a ON a.node_id = v.job_id
     ORDER BY 1, 3, 4, 5, 6;
SELECT ingest(t.run_event('COMPLETE', '15:00', 7, 'j', t.datasets('i'), t.datasets('o')));
SELECT ingest(t.run_event('COMPLETE', '15:10', 8, 'j', t.datasets('i'), t.datasets('o')));
SELECT * FROM t.job_versions WHERE job = 'job:j';
SELECT ingest(t.run_event('COMPLETE', '15:20', 9, 'j', t.datasets('i', 'i2'), t.datasets('o'), job_facets => '{"sql": {"query": "select 1"}}'));
SELECT * FROM t.job_versions WHERE job = 'job:j';

-- A new run of a job that has many versions, as one that writes a dataset of each day, reads few of them: of runs of
-- the same, of something new, and of one that says more as it goes on.
SELECT ingest(t.run_event('COMPLETE', '16:00', 20, 'dated', t.datasets('i', 'i2'), t.datasets('day0'), job_facets => '{"sourceCodeLocation": {"type": "git", "url": "https://example.org/1"}}'));
INSERT INTO job_version (job_id, namespace_id, content_hash, outputs, inputs)
SELECT j.id, j.namespace_id, hash128(n::text), ARRAY[1000000 + n], '{}' FROM node AS j, generate_series(1, 2000) AS n WHERE j.name = 'dated';
CREATE FUNCTION t.reads(event text, OUT few boolean, OUT updates bigint, OUT versions bigint) VOLATILE LANGUAGE plpgsql AS $$
DECLARE
    read  bigint;
    made  bigint;
BEGIN
    SELECT idx_tup_fetch + seq_tup_read, n_tup_ins INTO read, made FROM pg_stat_xact_all_tables WHERE relid = 'openlineage.job_version'::regclass;
    SELECT n_tup_upd INTO updates FROM pg_stat_xact_all_tables WHERE relid = 'openlineage.run'::regclass;
    PERFORM ingest(event);
    SELECT idx_tup_fetch + seq_tup_read - read < 100, n_tup_ins - made INTO few, versions FROM pg_stat_xact_all_tables WHERE relid = 'openlineage.job_version'::regclass;
    SELECT n_tup_upd - updates INTO updates FROM pg_stat_xact_all_tables WHERE relid = 'openlineage.run'::regclass;
END
$$;
SELECT e.what, r.* FROM (VALUES
    (1, 'same', t.run_event('COMPLETE', '16:10', 21, 'dated', t.datasets('i2', 'i'), t.datasets('day0', 'day0'), job_facets => '{"sourceCodeLocation": {"type": "git", "url": "https://example.org/1"}}')),
    (2, 'other', t.run_event('COMPLETE', '16:20', 22, 'dated', t.datasets('i', 'i2'), t.datasets('day1'), job_facets => '{"sourceCodeLocation": {"type": "git", "url": "https://example.org/1"}}')),
    (3, 'begun', t.run_event('START', '16:30', 23, 'dated', t.datasets('i', 'i2'))),
    (4, 'ended', t.run_event('COMPLETE', '16:35', 23, 'dated', t.datasets('i', 'i2'), t.datasets('day2'))),
    (5, 'begun again', t.run_event('START', '16:40', 24, 'dated', t.datasets('i', 'i2'))),
    (6, 'ended again', t.run_event('COMPLETE', '16:45', 24, 'dated', t.datasets('i', 'i2'), t.datasets('day2'))),
    (7, 'with code', t.run_event('COMPLETE', '16:50', 25, 'dated', t.datasets('i'), job_facets => '{"sql": {"query": "select 1"}}')),
    (8, 'with code again', t.run_event('COMPLETE', '16:55', 26, 'dated', t.datasets('i'), job_facets => '{"sql": {"query": "select 1"}}')),
    (9, 'other name', t.dataset_event('17:00', 'day2', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "day two"}]}}')),
    (10, 'by that name', t.run_event('COMPLETE', '17:05', 27, 'dated', t.datasets('i', 'i2'), t.datasets('day two'))))
    AS e (n, what, event) CROSS JOIN LATERAL t.reads(e.event) AS r ORDER BY e.n;
SELECT right(r.id::text, 2) AS run, min(right(o.id::text, 2)) AS version_of
  FROM run AS r JOIN run AS o ON o.job_version_id = r.job_version_id
 WHERE t.label(r.job_id) = 'job:dated' GROUP BY r.id ORDER BY r.id;
SELECT bool_and(v.content_hash = job_version_hash(v.inputs, v.outputs, v.location, v.code_hash)) AS right_hashes
  FROM job_version AS v WHERE EXISTS (SELECT FROM run AS r WHERE r.job_version_id = v.id);

ROLLBACK;
