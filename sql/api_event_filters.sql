-- GET /events with filters by namespace, job, run and dataset, GET /events/{namespace}, and pages far into a list.
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
CREATE FUNCTION t.listed(query json) RETURNS text LANGUAGE sql AS $$
    SELECT (a ->> 'totalCount') || ': ' || COALESCE(string_agg(left(COALESCE(e #>> '{job,name}', e #>> '{dataset,name}') || ' ' || COALESCE(e ->> 'eventType', '-') || ' ' || substr(e ->> 'eventTime', 12, 5), 40), ', ' ORDER BY n), '')
      FROM openlineage.api_events('{}', query) AS a LEFT JOIN LATERAL json_array_elements(a -> 'events') WITH ORDINALITY AS j (e, n) ON true GROUP BY a ->> 'totalCount'
$$;
SELECT sum(ingest(e)) FROM (VALUES (t.job_event('06:00', 'sum_up', t.datasets('main.sales'), t.datasets('mart.daily'))),
    (t.run_event('COMPLETE', '10:30', 3, 'sum_up', NULL, jsonb_build_array(jsonb_build_object('namespace', 'lake', 'name', 's3/main')))),
    (t.run_event('OTHER', '10:40', 3, 'sum_up', t.datasets('main.sales'), jsonb_build_array(jsonb_build_object('namespace', 'lake', 'name', 's3/main')))),
    (t.run_event('START', '10:50', 4, 'other'))) AS v (e);
SELECT q, t.listed(q) FROM unnest(ARRAY['{"namespace": ["sched"]}', '{"namespace": ["db"]}', '{"namespace": ["lake"]}', '{"job": ["sum_up"]}', '{"job": ["job:sched:sum_up"], "sortDirection": ["asc"]}',
    '{"job": ["nightly.nightly.load"], "namespace": ["sched"]}', '{"job": ["sum_up"], "namespace": ["db"]}', '{"run": ["00000000-0000-4000-8000-000000000003"]}', '{"dataset": ["main.sales"]}',
    '{"dataset": ["dataset:lake:s3/main"], "limit": ["2"], "offset": ["1"]}', '{"dataset": ["s3/main"], "namespace": ["db"]}', '{"dataset": ["main.sales"], "job": ["sum_up"], "sortDirection": ["ASC"]}',
    '{"dataset": ["main.sales"], "run": ["00000000-0000-4000-8000-000000000003"]}', '{"run": ["00000000-0000-4000-8000-000000000003"], "job": ["sum_up"], "after": ["2026-01-05T10:00:01Z"]}',
    '{"dataset": ["mart.daily"], "after": ["2026-01-05T09:00:00Z"], "before": ["2026-01-05T10:00:00Z"]}',
    '{"namespace": ["x"]}', '{"job": ["x"]}', '{"job": ["job:x:y"]}', '{"run": ["x"]}', '{"dataset": ["x"]}', '{"dataset": ["x"], "run": ["00000000-0000-4000-8000-000000000003"]}', '{"job": ["x"], "dataset": ["main.sales"]}']::json[]) AS q;
SELECT api_namespace_events('{db}', '{"sortDirection": ["asc"], "namespace": ["sched"]}') ->> 'totalCount', api_namespace_events('{x}', '{}'), api_namespace_events('{sched}', '{"limit": ["0"]}');
-- Far into a list whole hours are passed, and nothing is lost or shown twice.
SELECT sum(ingest(t.run_event('RUNNING', iso_time('2026-02-01 00:00Z'::timestamptz + n * interval '7 minutes'), 50, CASE WHEN n % 3 = 0 THEN 'x' ELSE 'y' END))) FROM generate_series(1, 1500) AS n;
SELECT bool_and(e #>> '{eventTime}' = iso_time('2026-02-01 00:00Z'::timestamptz + v.n * interval '7 minutes')), count(*)
  FROM (SELECT o, 1500 - o AS n, 'desc' AS d FROM generate_series(990, 1490, 25) AS o UNION ALL SELECT o, o + 1, 'asc' FROM generate_series(990, 1490, 25) AS o) AS v,
       LATERAL json_array_elements(api_events('{}', json_build_object('offset', json_build_array(v.o), 'limit', ARRAY[1], 'sortDirection', ARRAY[v.d], 'after', ARRAY['2026-02-01T00:03:00Z'], 'before', ARRAY['2026-02-08T07:00:01Z'])) -> 'events') AS e;
SELECT count(*), count(DISTINCT e ->> 'eventTime') FROM unnest(ARRAY[0, 500, 1000, 1500]) AS o,
       json_array_elements(api_events('{}', json_build_object('offset', json_build_array(o), 'limit', ARRAY[500], 'namespace', ARRAY['sched'], 'after', ARRAY['2026-02-01T00:03:00Z'])) -> 'events') AS e;

ROLLBACK;
