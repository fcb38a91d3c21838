-- GET /search: names with a text in them, in either case, and nothing else.
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
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT t.show(openlineage.api_search('{}', '{"q": ["SALES"]}'));
SELECT q, (SELECT string_agg(r ->> 'nodeId', ' ') FROM json_array_elements(a -> 'results') AS r), a ->> 'totalCount'
  FROM (VALUES ('{"q": ["a"], "filter": ["JOB"]}'::json), ('{"q": ["a"], "filter": ["dataset"]}'), ('{"q": ["a"], "limit": ["2"]}'),
               ('{"q": ["a"], "sort": ["UPDATE_AT"]}'), ('{"q": ["main"], "namespace": ["lake"]}'), ('{"q": ["a"], "namespace": ["nowhere"]}'),
               ('{"q": ["sum_up"]}'), ('{"q": ["sumxup"]}'), ('{"q": ["s_m"]}'), ('{"q": ["%"]}'), ('{"q": ["\\"]}'),
               ('{"q": ["a"], "after": ["2026-01-06"]}'), ('{"q": ["load"], "after": ["2026-01-05"], "before": ["2026-01-06"]}')) AS v (q)
 CROSS JOIN LATERAL openlineage.api_search('{}', v.q) AS a;

ROLLBACK;
