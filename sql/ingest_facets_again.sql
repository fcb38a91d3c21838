-- Facets that are told again: their times stand together in the row of activity (told.c), whatever came between.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

-- The row stays as it is, the time moves; what an older event says changes neither.
SELECT ingest(t.dataset_event('10:00', 'a', '{"x_one": {"v": 1}, "x_two": {"v": 2}}'));
SELECT ingest(t.dataset_event('10:10', 'a', '{"x_one": {"v": 1}}'));
SELECT ingest(t.dataset_event('10:05', 'a', '{"x_one": {"v": 0}, "x_two": {"v": 2}}'));
SELECT f.name, t.clock(f.event_time) AS row_says, t.clock(l.event_time) AS latest
  FROM facet AS f JOIN facet_time AS l USING (id) ORDER BY 1;
SELECT facet, t.clock(event_time), body ->> 'v' AS v FROM dataset_facet ORDER BY 1;

-- A job's, over many runs.
SELECT ingest(t.run_event('START', '11:0' || n, n, 'load', job_facets => '{"x_job": {"v": 1}}')) FROM generate_series(1, 5) AS n;
SELECT facet, t.clock(event_time), body ->> 'v' AS v FROM job_facet ORDER BY 1;

-- What is rolled back was not told.
SAVEPOINT before;
SELECT ingest(t.dataset_event('12:00', 'a', '{"x_one": {"v": 1}, "x_three": {"v": 3}}'));
ROLLBACK TO before;
SELECT ingest(t.dataset_event('11:00', 'a', '{"x_one": {"v": 9}}'));
SELECT facet, t.clock(event_time), body ->> 'v' AS v FROM dataset_facet ORDER BY 1;

-- Told, replaced, told again, deleted, back: in any order.
SELECT t.same_in_both_orders(
    t.dataset_event('13:00', 'b', '{"x_one": {"v": 1}, "schema": {"fields": [{"name": "c"}]}}'),
    t.dataset_event('13:01', 'b', '{"x_one": {"v": 1}, "schema": {"fields": [{"name": "c"}]}}'),
    t.dataset_event('13:02', 'b', '{"x_one": {"v": 2}}'),
    t.dataset_event('13:03', 'b', '{"x_one": {"v": 1}, "schema": {"fields": [{"name": "d"}]}}'),
    t.dataset_event('13:04', 'b', '{"x_one": {"_deleted": true}, "schema": {"fields": [{"name": "c"}]}}'),
    t.dataset_event('13:05', 'b', '{"schema": {"fields": [{"name": "c"}]}}'));
SELECT t.same_in_both_orders(
    t.dataset_event('13:00', 'c', '{"x_one": {"_deleted": true}}'),
    t.dataset_event('13:01', 'c', '{"x_one": {"v": 1}}'),
    t.dataset_event('13:01', 'c', '{"x_one": {"v": 2}}'),
    t.dataset_event('13:02', 'c', '{"x_one": {"v": 1}}'));

-- More than the row of activity holds, and a name too long for it.
SELECT t.same_in_both_orders(VARIADIC ARRAY(
    SELECT t.dataset_event(format('14:%s', lpad(n::text, 2, '0')), 'many',
                           (SELECT jsonb_object_agg('x_' || CASE WHEN i > 36 THEN repeat('y', 62) ELSE '' END || i, jsonb_build_object('v', i * n / 40))
                              FROM generate_series(1, 40) AS i))
      FROM generate_series(1, 6) AS n));
SELECT count(*), count(told_time(a.told, f.name)) AS together, count(DISTINCT f.content_hash)
  FROM facet AS f JOIN dataset_activity AS a USING (node_id) WHERE t.label(f.node_id) = 'dataset:many';

-- Facets of two names that turn out to be one dataset.
SELECT t.same_in_both_orders(
    t.dataset_event('15:00', 'p', '{"x_one": {"v": 1}, "x_two": {"v": 1}}'),
    t.dataset_event('15:01', 'q', '{"x_one": {"v": 2}, "x_two": {"v": 2}}'),
    t.dataset_event('15:02', 'p', '{"x_one": {"v": 1}}'),
    t.dataset_event('15:03', 'q', '{"x_two": {"v": 2}}'),
    t.dataset_event('15:04', 'p', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "q", "type": "TABLE"}]}}'),
    t.dataset_event('15:05', 'q', '{"x_one": {"v": 2}}'),
    t.dataset_event('15:06', 'p', '{"x_two": {"v": 1}}'));
SELECT name, clock, body FROM t.facets WHERE entity IN ('dataset:p', 'dataset:q') AND name LIKE 'x%';

-- When it was told last decides between the facet and what people said of tags, and between two kinds of one name.
SELECT t.same_in_both_orders(
    t.dataset_event('16:00', 's', '{"tags": {"tags": [{"key": "x"}]}, "dataQualityMetrics": {"rowCount": 1}}'),
    t.run_event('START', '16:01', 9, 'check', jsonb_build_array(t.dataset('s', '{"dataQualityMetrics": {"rowCount": 2}}'))),
    t.dataset_event('16:02', 's', '{"tags": {"tags": [{"key": "x"}]}, "dataQualityMetrics": {"rowCount": 1}}'));
SELECT t.clock(f.event_time), f.name, told_time(a.told, f.name) IS NULL AS in_its_row
  FROM facet AS f JOIN dataset_activity AS a USING (node_id) WHERE t.label(f.node_id) = 'dataset:s' AND f.io IS NULL ORDER BY 2;

-- A value that is damaged is an error, whatever its length says.
SELECT told_time(''::bytea, 'x');
SELECT told_time('\x0001'::bytea, 'x');
SELECT told_time('\x00ff'::bytea, 'x');
SELECT told_hash('\xff01'::bytea, 'x');
SELECT told_time('\x0001017800000000000000010000000000000000000000000000000000'::bytea, 'x');
SELECT told_time('\x0000'::bytea, 'x') IS NULL AND told_time(NULL, 'x') IS NULL AND told_time('\x0000'::bytea, NULL) IS NULL AS nothing;

ROLLBACK;
