-- One odd row never makes a list fail: odd names, bodies and times.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT sum(ingest(t.run_event('START', '10:00', 10 + n, name, t.datasets(name), jsonb_build_array(t.dataset(name || '.out', body)), body, body)))
  FROM (VALUES (1, E'quote " '' \\ back', '{"odd": {"n": -0.0e-99}}'::jsonb),
               (2, E'line\nbreak\ttab', '{"schema": {"fields": {"a": 1}}}'),
               (3, E'\u00e4\u6f22\U0001F600:://%41?#', '{"schema": {"fields": [1, null, {"name": null}, {"name": {"x": 1}}, {"name": ""}, {"name": "f", "type": [2]}]}}'),
               (4, repeat('long.', 4000), '{"parent": {"run": 7, "job": []}, "nominalTime": {"nominalStartTime": "never"}}'),
               (5, '}{[],:', '{"tags": {"tags": "none"}, "": {"a": 1}}')) AS v (n, name, body);
-- A number beyond every SQL type stays text.
SELECT ingest('{"eventType":"COMPLETE","eventTime":"2026-01-05T11:00:00Z","run":{"runId":"00000000-0000-4000-8000-000000000011","facets":{"odd":{"n":1e999999}}},"job":{"namespace":"sched","name":"big","facets":{"odd":{"n":1e999999,"nul":"\u0000"}}},"inputs":[{"namespace":"db","name":"big","facets":{"odd":{"n":1e999999}}}]}'::text);
SELECT ingest(t.run_event('START', '0001-01-01T00:00:00Z', 20, 'early')), ingest(t.run_event('START', '9999-12-31T23:59:59.999999Z', 21, 'late'));
SELECT json_array_length(openlineage.api_jobs('{}', '{}') -> 'jobs'), json_array_length(openlineage.api_datasets('{db}', '{}') -> 'datasets');
SELECT left(j ->> 'name', 20), j ->> 'createdAt', t.keys(j -> 'facets'), j #> '{latestRun,args}' FROM json_array_elements(openlineage.api_jobs('{}', '{}') -> 'jobs') AS j;
SELECT openlineage.api_job('{sched,big}', '{}') -> 'facets';
SELECT left(d ->> 'name', 20), d -> 'fields', d -> 'tags' FROM json_array_elements(openlineage.api_datasets('{db}', '{}') -> 'datasets') AS d;
-- Each is found by the name that the list told.
SELECT count(*) FROM json_array_elements(openlineage.api_jobs('{}', '{}') -> 'jobs') AS j
 CROSS JOIN LATERAL openlineage.api_job(ARRAY['sched', j ->> 'name'], '{}') AS o WHERE o ->> 'name' = j ->> 'name';
SELECT count(*) FROM json_array_elements(openlineage.api_datasets('{db}', '{}') -> 'datasets') AS d
 CROSS JOIN LATERAL openlineage.api_dataset(ARRAY['db', d ->> 'name'], '{}') AS o WHERE o ->> 'name' = d ->> 'name';
SELECT count(*), sum(json_array_length(g -> 'graph')) FROM json_array_elements(openlineage.api_datasets('{db}', '{}') -> 'datasets') AS d
 CROSS JOIN LATERAL openlineage.api_lineage('{}', json_build_object('nodeId', ARRAY['dataset:db:' || (d ->> 'name')])) AS g;
SELECT left(a::text, 16), (SELECT count(*) FROM regexp_matches(a::text, '"eventTime"', 'g')) FROM openlineage.api_events('{}', '{}') AS a;
SELECT openlineage.api_search('{}', '{"q": ["o"]}') ->> 'totalCount';

ROLLBACK;
