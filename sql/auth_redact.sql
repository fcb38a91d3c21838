-- What is served of stored texts leaves out what they say of namespaces that the caller may not read.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset tuples_only on
\pset null -
CREATE ROLE regress_redact_reader IN ROLE openlineage_reader;
GRANT USAGE ON SCHEMA t TO PUBLIC;
SELECT openlineage.enable_rls();
SELECT openlineage.grant_namespace('database_role', 'regress_redact_reader', n) FROM unnest('{sched,db,team*}'::text[]) AS n;

-- Texts: the smallest whole that names what is hidden.
CREATE TABLE t.text AS SELECT * FROM unnest(ARRAY[
    '{"run": {"runId": "1", "facets": {"parent": {"job": {"namespace": "secret", "name": "p"}, "run": {"runId": "2"}}, "kept": {"a": [1, 2]}}}}',
    '{"run": {"runId": "1", "facets": {"parent": {"job": {"namespace": "sched", "name": "p"}, "root": {"job": {"namespace": "secret", "name": "r"}}}}}}',
    '{"inputs": [ {"namespace": "db", "name": "a"} , {"namespace": "secret", "name": "b", "facets": {"x": {}}}, {"namespace": "team 1", "name": "c"} ]}',
    '{"outputs":[{"namespace":"db","name":"a","facets":{"columnLineage":{"fields":{"c":{"inputFields":[{"namespace":"secret","name":"b","field":"f"},{"namespace":"db","name":"b","field":"f"}]}}}},"outputFacets":{"o":{"of":{"namespace":"secret","name":"n"}},"p":{}}}]}',
    '{"name": "x", "\u006eamespace": "s\u0065cret"}',
    '{"namespace": "db", "name": "x", "namespace": "secret"}',
    '{"namespace": "secret", "name": "x", "namespace": "db"}',
    '{"upstream": [{"job": {"namespace": "secret", "name": "x"}, "rule": 1}, {"job": {"namespace": "db", "name": "x"}}], "downstream": []}',
    '{"namespace": "secret", "pod": "names nothing"}', '{"namespace": 1, "name": "x"}', '[{"namespace": "secret", "name": "x"}]', '"secret"', '{}', ' [ ] ',
    '{"namespace": "not there", "name": "x"}', '{"namespace": "team of nobody yet", "name": "x"}', '{"namespace": "", "name": "x"}']) WITH ORDINALITY AS t (body, n);
GRANT SELECT ON t.text TO PUBLIC;
SET LOCAL ROLE regress_redact_reader;
SELECT n, openlineage.redact(body) FROM t.text ORDER BY n;
SELECT count(*) FROM t.text WHERE openlineage.redact(body) IS DISTINCT FROM openlineage.redact(body::json)::text;
SELECT openlineage.redact(NULL::text);
-- Deep, and no JSON at all.
SELECT openlineage.redact(repeat('[', 900) || '{"namespace": "secret", "name": "x"}' || repeat(']', 900)) = repeat('[', 900) || repeat(']', 900), openlineage.redact('{"namespace"');
RESET ROLE;
SELECT count(*) FROM t.text WHERE openlineage.redact(body) IS DISTINCT FROM body;

-- What is served of events and facets: run 1 has a parent that is hidden, run 2 one whose root is.
CREATE FUNCTION t.parent(space text, root text) RETURNS jsonb RETURN jsonb_build_object('parent', jsonb_build_object(
    'run', jsonb_build_object('runId', t.run_id(90)), 'job', jsonb_build_object('namespace', space, 'name', 'parent of ' || space),
    'root', jsonb_build_object('run', jsonb_build_object('runId', t.run_id(91)), 'job', jsonb_build_object('namespace', root, 'name', 'root of ' || root))));
CREATE FUNCTION t.of_secret(name text, facets jsonb = '{}') RETURNS jsonb RETURN t.dataset(name, facets, '{"namespace": "secret"}');
SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'load', t.datasets('raw') || jsonb_build_array(t.of_secret('hush')),
    jsonb_build_array(t.dataset('sales', '{"schema": {"fields": [{"name": "a"}]}, "columnLineage": {"fields": {"a": {"inputFields":
        [{"namespace": "secret", "name": "hush", "field": "whisper"}, {"namespace": "db", "name": "raw", "field": "told"}]}}}}')),
    t.parent('secret', 'secret'), '{"documentation": {"description": "loads"}}'));
SELECT ingest(t.run_event('COMPLETE', '11:00', 2, 'load', NULL, NULL, t.parent('sched', 'secret')));
CREATE FUNCTION t.hits(q text) RETURNS text RETURN (SELECT string_agg(e.h ->> 'name', ' ' ORDER BY e.n)
    FROM json_array_elements(openlineage.api_search_datasets('{}', json_build_object('q', ARRAY[q])) -> 'hits') WITH ORDINALITY AS e (h, n));
CREATE FUNCTION t.served() RETURNS TABLE (what text, says text) BEGIN ATOMIC
    SELECT 'events', openlineage.api_events('{}', '{}')::text
    UNION ALL SELECT 'runs', openlineage.api_job_runs('{sched,load}', '{}')::text
    UNION ALL SELECT 'run', openlineage.api_run(ARRAY[t.run_id(1)], '{}')::text
    UNION ALL SELECT 'run facets', openlineage.api_run_facets(ARRAY[t.run_id(1)], '{"type": ["RUN"]}')::text
    UNION ALL SELECT 'dataset facets', openlineage.api_run_facets(ARRAY[t.run_id(1)], '{"type": ["DATASET"]}')::text
    UNION ALL SELECT 'job', openlineage.api_job('{sched,load}', '{}')::text
    UNION ALL SELECT 'dataset', openlineage.api_dataset('{db,sales}', '{}')::text
    UNION ALL SELECT 'versions', openlineage.api_dataset_versions('{db,sales}', '{}')::text
    UNION ALL SELECT 'lineage', openlineage.api_lineage('{}', '{"nodeId": ["dataset:db:sales"]}')::text
    UNION ALL SELECT 'search', openlineage.api_search_datasets('{}', '{"q": ["sales"]}')::text
    UNION ALL SELECT 'job search', openlineage.api_search_jobs('{}', '{"q": ["load"]}')::text
    UNION ALL SELECT 'views', (SELECT string_agg(v::text, '') FROM openlineage.run_facet AS v) || (SELECT string_agg(v::text, '') FROM openlineage.dataset_facet AS v)
        || COALESCE((SELECT string_agg(v::text, '') FROM openlineage.run_parent_facet AS v), '');
END;
SELECT what, says ~ 'secret|hush|whisper' AS tells FROM t.served();
SET LOCAL ROLE regress_redact_reader;
SELECT what, says ~ 'secret|hush|whisper' AS tells FROM t.served();
SELECT openlineage.api_run(ARRAY[t.run_id(1)], '{}') -> 'args', openlineage.api_run(ARRAY[t.run_id(1)], '{}') -> 'facets';
SELECT openlineage.api_run(ARRAY[t.run_id(2)], '{}') -> 'args', openlineage.api_run(ARRAY[t.run_id(2)], '{}') #> '{facets,parent,job}', openlineage.api_run(ARRAY[t.run_id(2)], '{}') #> '{facets,parent,root}';
SELECT openlineage.api_dataset('{db,sales}', '{}') #>> '{facets,columnLineage,fields}';
SELECT openlineage.api_run_facets(ARRAY[t.run_id(1)], '{"type": ["JOB"]}') #>> '{facets,documentation,description}';
-- Words that are hidden find nothing.
SELECT t.hits('hush'), t.hits('whisper'), t.hits('told'), t.hits('sal');
RESET ROLE;
SELECT t.hits('hush'), t.hits('whisper'), t.hits('told'), t.hits('sal');

-- What is made of facets, and events that were refused: the beginning of one that is cut or no JSON is not looked into.
SELECT ingest(t.dataset_event('11:30', 'sales', '{"dataQualityAssertions": {"assertions": [{"assertion": "is_in", "success": true, "params": {"of": {"namespace": "secret", "name": "hush"}}},
    {"assertion": "not_null", "success": true, "params": {"of": {"namespace": "db", "name": "raw"}}}]}, "catalog": {"framework": "whisper", "type": "t", "name": "c", "of": {"namespace": "secret", "name": "hush"}}}'));
SELECT ingest(t.job_event('11:40', 'load', NULL, NULL, '{"jobType": {"integration": "whisper", "processingType": "BATCH", "jobType": "x", "of": {"namespace": "secret", "name": "hush"}}}'));
CREATE ROLE regress_redact_nobody IN ROLE openlineage_writer;
SET LOCAL ROLE regress_redact_nobody;
SELECT sqlstate FROM openlineage.ingest_batch(ARRAY(SELECT convert_to('{"eventTime": "2026-01-05T11:50:00Z", "job": {"namespace": "db", "name": "x"}, ' || e || '}', 'UTF8') FROM unnest(ARRAY[
    '"inputs": [{"namespace": "secret", "name": "hush"}, {"namespace": "db", "name": "raw"}]', '"inputs": [{"namespace": "db", "name": "raw"}]',
    '"inputs": [{"namespace": "secret", "name": "' || repeat('hush', 999) || '"}]', '"x": "' || repeat('long ', 999) || '"']) AS e));
RESET ROLE;
CREATE FUNCTION t.refused() RETURNS SETOF text RETURN left(json_array_elements(openlineage.api_issues('{}', '{"kind": ["REJECTED"], "sortDirection": ["asc"]}') -> 'issues') #>> '{event,excerpt}', 150);
SELECT t.refused() ~ 'hush' AS tells;
SELECT type, params FROM openlineage.quality_detail ORDER BY ordinal;
SELECT catalog_framework FROM openlineage.dataset_detail WHERE dataset = 'sales';
SELECT integration FROM openlineage.job_detail WHERE job = 'load';
SET LOCAL ROLE regress_redact_reader;
SELECT t.refused();
SELECT type, params FROM openlineage.quality_detail ORDER BY ordinal;
SELECT catalog_framework FROM openlineage.dataset_detail WHERE dataset = 'sales';
SELECT integration FROM openlineage.job_detail WHERE job = 'load';
RESET ROLE;

-- A producer that may not write a dataset says nothing of it, for a run either.
CREATE ROLE regress_redact_writer IN ROLE openlineage_writer;
SELECT openlineage.grant_namespace('database_role', 'regress_redact_writer', 'sched', 'write'), openlineage.grant_namespace('database_role', 'regress_redact_writer', 'db');
SET LOCAL ROLE regress_redact_writer;
SELECT ingest(t.run_event('COMPLETE', '12:00', 3, 'other', NULL, jsonb_build_array(t.dataset('sales', '{"documentation": {"description": "denied"}}')), '{"x": {}}'));
SELECT code FROM openlineage.event_issue;
RESET ROLE;
SELECT openlineage.api_run_facets(ARRAY[t.run_id(3)], '{"type": ["DATASET"]}'), openlineage.api_run_facets(ARRAY[t.run_id(3)], '{"type": ["RUN"]}') #> '{facets,x}' IS NOT NULL;
ROLLBACK;
