-- GET /stats/…: hours of the day, days of the week in a time zone, counts at their ends.
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
-- Hours are aligned, however odd the time; days are local, also those of 23 and 25 hours, and of half hours.
SELECT count(*), min(starts), max(ends), count(*) FILTER (WHERE ends - starts = '1 hour') FROM stats_intervals('DAY', NULL, '2026-01-05 10:59:59.9Z');
SELECT min(starts), max(ends) FROM stats_intervals('DAY', NULL, '2026-01-05 11:00Z');
SELECT z, string_agg(to_char(starts AT TIME ZONE z, 'MM-DD HH24:MI') || ' ' || extract(epoch FROM ends - starts)::int / 3600, ', ' ORDER BY ordinal), max(ends)
  FROM (VALUES ('Europe/Berlin', '2026-03-30 21:59Z'::timestamptz), ('Europe/Berlin', '2026-03-30 22:00Z'), ('America/New_York', '2026-11-02 03:00Z'),
               ('Asia/Kolkata', '2026-01-05 12:00Z'), ('UTC', '2026-01-05 00:00Z'), ('Pacific/Apia', '2011-12-31 12:00Z')) AS v (z, at), stats_intervals('WEEK', z, at) GROUP BY z, at ORDER BY z, at;
-- Events by type: whole hours from event_count, hours that a zone cuts by events.
SELECT i.starts, e.type, e.n FROM (SELECT array_agg(starts ORDER BY ordinal) AS s, array_agg(ends ORDER BY ordinal) AS e FROM stats_intervals('DAY', NULL, '2026-01-05 10:30Z')) AS a,
       stats_events(a.s, a.e) AS e JOIN stats_intervals('DAY', NULL, '2026-01-05 10:30Z') AS i USING (ordinal) ORDER BY 1, 2;
SELECT sum(ingest(t.run_event('START', c, 20 + n::int, 'cut'))) FROM unnest(ARRAY['2026-01-05T18:29:59.9Z', '2026-01-05T18:30:00Z', '2026-01-06T18:29:00Z', '2026-01-06T18:30:00Z']) WITH ORDINALITY AS v (c, n);
SELECT to_char(i.starts AT TIME ZONE z, 'YYYY-MM-DD HH24:MI'), e.type, e.n
  FROM (VALUES ('Asia/Kolkata'), ('UTC')) AS v (z), LATERAL (SELECT array_agg(starts ORDER BY ordinal) AS s, array_agg(ends ORDER BY ordinal) AS e FROM stats_intervals('WEEK', z, '2026-01-07 12:00Z')) AS a,
       stats_events(a.s, a.e) AS e, stats_intervals('WEEK', z, '2026-01-07 12:00Z') AS i WHERE i.ordinal = e.ordinal AND e.type = 'START' ORDER BY z, 1;
-- Entities count from the event that named them first.
SELECT k, string_agg(total::text, ' ' ORDER BY ordinal)
  FROM unnest(ARRAY['job', 'dataset', 'source']) AS k, entity_growth(k, ARRAY['2026-01-05 07:00Z', '2026-01-05 07:00:01Z', '2026-01-05 08:00:01Z', '2026-01-05 09:00:01Z', '2026-01-07Z']::timestamptz[]) GROUP BY k ORDER BY k;
-- Whole hours are counted without the tables, and come to the same.
SELECT sum(ingest(t.run_event('START', iso_time(statement_timestamp() - make_interval(hours => h)), 40 + h, 'job ' || h, NULL, t.datasets('set ' || h)))) FROM unnest(ARRAY[0, 5, 5, 30, 150]) AS h;
SELECT p, k, bool_and(total = CASE k WHEN 'job' THEN (SELECT count(*) FROM job WHERE created_at < ends) ELSE (SELECT count(*) FROM dataset WHERE created_at < ends) END), count(DISTINCT total) > 2
  FROM unnest(ARRAY['DAY', 'WEEK']) AS p, unnest(ARRAY['job', 'dataset']) AS k, LATERAL (SELECT array_agg(ends ORDER BY ordinal) AS e FROM stats_intervals(p, 'UTC', statement_timestamp())) AS a,
       entity_growth(k, a.e) AS g, stats_intervals(p, 'UTC', statement_timestamp()) AS i WHERE i.ordinal = g.ordinal GROUP BY p, k ORDER BY p, k;
-- What is served.
SELECT t.keys(a -> 0), json_array_length(a) FROM unnest(ARRAY['DAY', 'week']) AS p, api_stats_events('{}', json_build_object('period', json_build_array(p), 'timezone', json_build_array('Europe/Berlin'))) AS a;
SELECT t.keys(a -> 0), json_array_length(a) FROM api_stats_jobs('{}', '{"period": ["DAY"]}') AS a;
SELECT sum(ingest(t.run_event(type, iso_time(statement_timestamp()), 30, 'now'))) FROM unnest(ARRAY['START', 'FAIL', 'FAIL', 'ABORT', 'OTHER']) AS type;
-- The hour may have changed since.
SELECT k, sum((a -> n ->> k)::int) FROM api_stats_events('{}', '{"period": ["DAY"]}') AS a, generate_series(22, 23) AS n, unnest(ARRAY['start', 'complete', 'fail', 'abort']) AS k GROUP BY k ORDER BY k;
SELECT (a -> 23 ->> 'count')::int = (SELECT count(*) FROM job) AS all FROM api_stats_jobs('{}', '{"period": ["DAY"]}') AS a;
SELECT (a -> 6 ->> 'count')::int = (SELECT count(*) FROM dataset) AS all_of_them FROM api_stats_datasets('{}', '{"period": ["WEEK"], "timezone": ["Etc/GMT+5"]}') AS a;
SELECT (a -> 6 ->> 'count')::int = json_array_length(api_sources('{}', '{}') -> 'sources') AS as_listed FROM api_stats_sources('{}', '{"period": ["WEEK"], "timezone": ["UTC"]}') AS a;
-- Errors, the same of all four.
SELECT t.failure(format('SELECT openlineage.%s(''{}'', %L)', f, q))
  FROM unnest(ARRAY['api_stats_events', 'api_stats_jobs', 'api_stats_datasets', 'api_stats_sources']) AS f,
       unnest(ARRAY['{}', '{"period": ["MONTH"]}', '{"period": ["WEEK"]}', '{"period": ["WEEK"], "timezone": ["Mars/Olympus"]}']) AS q;
SELECT z, t.failure(format('SELECT openlineage.api_stats_jobs(''{}'', %L)', json_build_object('period', json_build_array('DAY'), 'timezone', json_build_array(z))))
  FROM unnest(ARRAY['FOO5', 'Foo/Bar5', 'UTC'';', '+02:00', 'Europe/Berlin', 'Etc/GMT-14', 'EST5EDT']) AS z;

ROLLBACK;
