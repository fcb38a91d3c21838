-- GET /issues counts 10,000 issues at most, and shows them all.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
BEGIN;
\set ECHO none
\i :words
\set ECHO all
SELECT ingest(t.event('10:00', '{"job": {"namespace": "sched", "name": "j"}}'));
INSERT INTO event_issue (namespace_id, event_time, event_hash, code, path, message)
SELECT s.id, timestamptz '2026-01-05 10:00Z' + n * interval '1 s', hash128(n::text), CASE WHEN n <= 9000 THEN 'member_missing' ELSE 'time_no_zone' END, '/x', 'odd'
  FROM namespace AS s, generate_series(1, 12000) AS n;
SELECT a ->> 'totalCount' AS total, json_array_length(a -> 'issues') AS shown FROM api_issues('{}', '{"limit": ["3"], "offset": ["11990"]}') AS a;
SELECT api_issues('{}', json_build_object('code', json_build_array(c))) ->> 'totalCount' AS total FROM unnest('{member_missing,time_no_zone,no_such_rule}'::text[]) AS c;
ROLLBACK;
