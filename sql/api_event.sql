-- GET /events/lineage: what is listed, what is counted, in which order.
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
SELECT a ->> 'totalCount', json_array_length(a -> 'events') FROM openlineage.api_events('{}', '{}') AS a;
SELECT e ->> 'eventTime', e ->> 'eventType' FROM json_array_elements(openlineage.api_events('{}', '{}') -> 'events') AS e;
SELECT e ->> 'eventTime' FROM json_array_elements(openlineage.api_events('{}', '{"sortDirection": ["ASC"], "limit": ["2"], "offset": ["1"]}') -> 'events') AS e;
-- after is included, before is not; hours that are cut are counted.
SELECT a ->> 'totalCount', json_array_length(a -> 'events')
  FROM (VALUES ('{"after": ["2026-01-05T08:00:00Z"], "before": ["2026-01-05T10:00:00Z"]}'::json),
               ('{"after": ["2026-01-05T07:30:00.000001Z"], "before": ["2026-01-05T09:01:00Z"]}'),
               ('{"after": ["2026-01-05T08:01:00Z"], "before": ["2026-01-05T08:06:00Z"]}'),
               ('{"after": ["2026-01-05T09:00:00 02:00"], "before": ["2026-01-05T10:00:00+02:00"]}'),
               ('{"after": ["2026-01-06T00:00:00Z"], "before": ["2026-01-05T00:00:00Z"]}')) AS v (q)
 CROSS JOIN LATERAL openlineage.api_events('{}', v.q) AS a;
-- As it came, with what JSON can say and text cannot hold.
SELECT ingest('{ "eventTime" : "2026-01-05T23:00:00Z",  "run":{"runId":"00000000-0000-4000-8000-000000000001"},"job":{"namespace":"sched","name":"n"},"x":"\u0000 \ud800", "eventType":"start"}'::text);
SELECT openlineage.api_events('{}', '{"limit": ["1"]}');
SELECT right(run_id::text, 2), state, type, t.clock(at) FROM openlineage.run_state_history ORDER BY at, run_id;

ROLLBACK;
