-- GET /issues: what was odd about accepted events, and the last events that were rejected.
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

CREATE FUNCTION t.issues(query json = '{}') RETURNS SETOF json LANGUAGE sql AS $$
    SELECT i FROM json_array_elements(openlineage.api_issues('{}', query) -> 'issues') AS i
$$;
SELECT api_issues('{}', '{}');
SELECT sum(ingest(e)) FROM (VALUES
    ('{"eventTime": "2026-01-05T11:00:00Z", "eventType": "COMPLETED", "run": {"runId": "not-a-uuid"}, "job": {"namespace": "sched", "name": "odd"}, "producer": "p", "schemaURL": "s"}'),
    ('{"eventTime": "2026-01-05T12:00:00Z", "dataset": {"namespace": "db", "name": "odd", "facets": {"x": {"_producer": "p"}}}, "schemaURL": "s"}')) AS v (e);
SELECT t.keys(i), t.keys(i -> 'event') FROM t.issues('{"limit": ["1"]}') AS i;
SELECT i ->> 'kind', i ->> 'at', i ->> 'code', i ->> 'path', i ->> 'namespace', i #>> '{event,eventTime}', i #>> '{event,eventType}', i #>> '{event,nodeId}', i #>> '{event,runId}', i #>> '{event,hash}' = e.hash::text AS is_event
  FROM t.issues() AS i JOIN event AS e ON iso_time(e.event_time) = i #>> '{event,eventTime}';
-- Rejected: of a batch, of an array, for what is missing, no JSON, no UTF-8, NUL, too long to show in full.
SELECT setval('rejected_event_slot_seq', 1, false);
SELECT ordinal, sqlstate FROM ingest_batch(ARRAY['{"eventTime": "2026-01-05T13:00:00Z", "job": {"namespace": "sched", "name": "fine"}, "producer": "p", "schemaURL": "s"}', '{"eventTime": "x"',
    '{"run": {"runId": "a"}}', '[{"eventTime": "2026-01-05T13:01:00Z", "job": {"namespace": "sched", "name": "fine too"}, "producer": "p", "schemaURL": "s"}, 7, null]']::bytea[]
    || ARRAY['\x7b2261ff00c3a922'::bytea, convert_to('"' || repeat(chr(233), 5000) || '"', 'UTF8')]);
SELECT t.keys(i), t.keys(i -> 'event') FROM t.issues('{"limit": ["1"]}') AS i;
SELECT i ->> 'code', i ->> 'message', i ->> 'details', i ->> 'namespace', i #>> '{event,bytes}', regexp_replace(left(i #>> '{event,excerpt}', 40), '[^ -~]', '?', 'g'), octet_length(i #>> '{event,excerpt}') FROM t.issues('{"kind": ["REJECTED"]}') AS i;
SELECT count(*), count(*) FILTER (WHERE name LIKE 'fine%') FROM node WHERE kind = 'job' AND name IN ('fine', 'fine too');
-- The same again is known by its hash.
SELECT sqlstate FROM ingest_batch(ARRAY['{"eventTime": "x"']::bytea[]);
SELECT count(*), count(DISTINCT i #>> '{event,hash}') FROM t.issues('{"kind": ["REJECTED"], "code": ["22032"]}') AS i;
-- Filters, pages, both directions.
SELECT q, api_issues('{}', q) ->> 'totalCount', (SELECT string_agg((i ->> 'kind') || ' ' || (i ->> 'code'), ', ') FROM t.issues(q) AS i)
  FROM unnest(ARRAY['{"kind": ["odd"]}', '{"namespace": ["db"]}', '{"namespace": ["sched"], "sortDirection": ["asc"]}', '{"code": ["run_id_no_uuid"]}', '{"namespace": ["x"]}', '{"code": ["x"]}',
    '{"before": ["2026-01-05T11:30:00Z"], "sortDirection": ["ASC"]}', '{"after": ["2026-01-05T12:00:00Z"], "before": ["2026-01-05T12:00:01Z"]}', '{"limit": ["0"]}']::json[]) AS q;
SELECT (SELECT array_agg(i::text ORDER BY n) FROM json_array_elements(api_issues('{}', '{}') -> 'issues') WITH ORDINALITY AS j (i, n))
     = (SELECT array_agg(i::text ORDER BY n DESC) FROM json_array_elements(api_issues('{}', '{"sortDirection": ["asc"]}') -> 'issues') WITH ORDINALITY AS j (i, n)) AS reversed,
       (SELECT array_agg(i::text ORDER BY n) FROM json_array_elements(api_issues('{}', '{}') -> 'issues') WITH ORDINALITY AS j (i, n))
     = (SELECT array_agg(i::text ORDER BY o) FROM generate_series(0, 20) AS o, t.issues(json_build_object('limit', ARRAY[1], 'offset', ARRAY[o])) AS i) AS in_pages;
-- There are never more rejected events than slots; what is odd is in no slot.
SELECT count(b.answer) FROM generate_series(1, 11) AS g, ingest_batch(ARRAY[convert_to('[' || repeat(g || ',', 999) || '1]', 'UTF8')]) AS b;
SELECT count(*), max(slot) FROM rejected_event;
-- Who may see no namespace sees no issue.
SELECT enable_rls();
SET LOCAL ROLE openlineage_reader;
SELECT openlineage.api_issues('{}', '{}');
RESET ROLE;
SELECT disable_rls();
-- Errors.
SELECT t.failure('SELECT openlineage.' || c) FROM unnest(ARRAY[
    $$api_issues('{}', '{"kind": ["GOOD"]}')$$, $$api_issues('{}', '{"sortDirection": ["up"]}')$$, $$api_issues('{}', '{"limit": ["-1"]}')$$,
    $$api_issues('{}', '{"offset": ["x"]}')$$, $$api_issues('{}', '{"before": ["yesterday"]}')$$, $$api_issues('{}', '{"after": ["2026-02-30"]}')$$]) AS c;

ROLLBACK;
