-- Whatever the corpus holds, every object has its answers, and every id in an answer leads to one.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set corpus `cat "$PG_ABS_SRCDIR"/test/corpus/*.jsonl`
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
SELECT count(*) > 300 AS there_are_events, bool_and(ingest(line) = 1) AS taken FROM regexp_split_to_table(rtrim(:'corpus', E'\n'), E'\n') AS line;
\set ECHO all
\pset format unaligned
\pset tuples_only on
-- What a call fails with; NULL for one that answers.
CREATE FUNCTION t.fault(function text, path text[], query json = '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer  json;
BEGIN
    EXECUTE format('SELECT openlineage.%I($1, $2)', function) INTO answer USING path, query;
    RETURN CASE WHEN answer IS NULL THEN 'no answer' END;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE TABLE t.entity AS
    SELECT n.kind::text AS kind, ARRAY[s.name, n.name] AS path, n.kind || ':' || s.name || ':' || n.name AS node_id
      FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE n.kind <> 'step';
CREATE TABLE t.shown_run AS SELECT r.id::text AS id, openlineage.api_run(ARRAY[r.id::text], '{}') AS object FROM openlineage.run AS r;
CREATE FUNCTION t.faults() RETURNS TABLE (function text, n bigint, faults bigint, example text) LANGUAGE sql AS $$
    SELECT c.function, count(*), count(c.fault), min(c.fault)
      FROM (SELECT f, t.fault(f, e.path) FROM t.entity AS e, unnest(ARRAY['api_dataset', 'api_dataset_versions']) AS f WHERE e.kind = 'dataset'
            UNION ALL
            SELECT f, t.fault(f, e.path) FROM t.entity AS e, unnest(ARRAY['api_job', 'api_job_versions', 'api_job_runs']) AS f WHERE e.kind = 'job'
            UNION ALL
            SELECT 'api_dataset_version', t.fault('api_dataset_version', e.path || (openlineage.api_dataset(e.path, '{}') ->> 'currentVersion'))
              FROM t.entity AS e WHERE e.kind = 'dataset'
            UNION ALL
            SELECT 'api_job_version', t.fault('api_job_version', e.path || v) FROM t.entity AS e, LATERAL (SELECT openlineage.api_job(e.path, '{}') ->> 'currentVersion') AS j (v)
             WHERE e.kind = 'job' AND v IS NOT NULL
            UNION ALL
            SELECT 'api_events', t.fault('api_events', '{}', json_build_object(e.kind, ARRAY[e.node_id])) FROM t.entity AS e
            UNION ALL
            SELECT 'api_run', CASE WHEN r.object IS NULL THEN 'no answer' END FROM t.shown_run AS r
            UNION ALL
            SELECT 'api_run_facets', t.fault('api_run_facets', ARRAY[r.id], json_build_object('type', ARRAY[k])) FROM t.shown_run AS r, unnest(ARRAY['run', 'job', 'dataset']) AS k
            UNION ALL
            SELECT 'version of a run', t.fault('api_dataset_version', ARRAY[d ->> 'namespace', d ->> 'name', d ->> 'version'])
              FROM t.shown_run AS r, unnest(ARRAY['inputDatasetVersions', 'outputDatasetVersions']) AS k, json_array_elements(r.object -> k) AS v, LATERAL (SELECT v -> 'datasetVersionId') AS i (d)
            UNION ALL
            SELECT 'job version of a run', t.fault('api_job_version', ARRAY[r.object #>> '{jobVersion,namespace}', r.object #>> '{jobVersion,name}', r.object #>> '{jobVersion,version}'])
              FROM t.shown_run AS r WHERE json_typeof(r.object -> 'jobVersion') = 'object'
            UNION ALL
            SELECT f, t.fault(f, ARRAY[s.name]) FROM openlineage.namespace AS s, unnest(ARRAY['api_namespace', 'api_datasets', 'api_namespace_jobs', 'api_namespace_events']) AS f
            UNION ALL
            SELECT f, t.fault(f, '{}', '{"limit": ["1000"]}') FROM unnest(ARRAY['api_namespaces', 'api_jobs', 'api_tags', 'api_sources', 'api_events', 'api_issues']) AS f
            UNION ALL
            SELECT f, t.fault(f, '{}', '{"period": ["WEEK"], "timezone": ["Asia/Kathmandu"]}') FROM unnest(ARRAY['api_stats_events', 'api_stats_jobs', 'api_stats_datasets', 'api_stats_sources']) AS f) AS c (function, fault)
     GROUP BY c.function ORDER BY c.function COLLATE "C"
$$;
SELECT function, n > 0 AS asked, faults, example FROM t.faults();
-- Totals are what is listed.
SELECT count(*) FILTER (WHERE d ->> 'totalCount' <> json_array_length(d -> 'datasets')::text), count(*) FILTER (WHERE j ->> 'totalCount' <> json_array_length(j -> 'jobs')::text), count(*) > 20
  FROM openlineage.namespace AS s, LATERAL (SELECT openlineage.api_datasets(ARRAY[s.name], '{"limit": ["1000"]}'), openlineage.api_namespace_jobs(ARRAY[s.name], '{"limit": ["1000"]}')) AS l (d, j);
SELECT count(*) FILTER (WHERE (a ->> 'totalCount')::bigint <> (SELECT count(*) FROM openlineage.event AS e WHERE e.namespace_id = s.id))
  FROM openlineage.namespace AS s, LATERAL (SELECT openlineage.api_namespace_events(ARRAY[s.name], '{"limit": ["0"], "after": ["0001-01-01T00:00:00Z"], "before": ["9999-12-31T00:00:00Z"]}')) AS l (a);

ROLLBACK;
