-- openlineage.retention: what the dry run tells is what goes, and what is needed stays.
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
CREATE FUNCTION t.ago(days int) RETURNS text STABLE
    RETURN to_char((now() - days * interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
CREATE FUNCTION t.parent(run int, job text) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('parent', jsonb_build_object('run', jsonb_build_object('runId', t.run_id(run)), 'job', jsonb_build_object('namespace', 'sched', 'name', job)));
CREATE FUNCTION t.fields(VARIADIC names text[]) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_object('schema', jsonb_build_object('fields', (SELECT jsonb_agg(jsonb_build_object('name', n)) FROM unnest(names) AS n)));
CREATE VIEW t.kept AS SELECT string_agg(right(id::text, 2), ' ' ORDER BY id) FROM run;

-- Keeping everything is the default.
SELECT openlineage.entity_total('job'), ingest('[]');
SHOW openlineage.retention;
SELECT count(*) FROM openlineage.retention_plan();
SELECT count(*) FROM openlineage.retain();
SET openlineage.retention = 'soon';
SET openlineage.retention = '23 hours';
SET openlineage.retention = '-40 days';
SET openlineage.retention = '1 mon -29 days';
SET openlineage.retention = '10000 years';
SET openlineage.retention = '1000 years';
SET openlineage.retention = '1 mon 2 days';
SET openlineage.retention = '';
SELECT * FROM openlineage.retention_plan('23 hours');
SELECT * FROM openlineage.retention_plan('1 mon -29 days');
SELECT * FROM openlineage.retention_plan('10000 years');

-- Run 1 and 2 of "load" are old; 3 is the latest.  That of 15 was current until then: 16 read it without saying so.
SELECT ingest(t.run_event('START', t.ago(400), 1, 'load', t.datasets('in'), jsonb_build_array(t.dataset('out', t.fields('a'))), '{"nominalTime": {"nominalStartTime": "2020-01-01T00:00:00Z"}}'));
SELECT ingest(t.run_event('COMPLETE', t.ago(399), 1, 'load', t.datasets('in'), jsonb_build_array(t.dataset('out', t.fields('a')))));
SELECT ingest(t.run_event('COMPLETE', t.ago(398), 2, 'load', t.datasets('in'), jsonb_build_array(t.dataset('out', t.fields('a', 'b'))), '{"only_here": {"note": "old"}, "shared": {"n": 1}}'));
SELECT ingest(t.run_event('COMPLETE', t.ago(397), 15, 'load', t.datasets('in'), jsonb_build_array(t.dataset('out', t.fields('b')))));
SELECT ingest(t.run_event('COMPLETE', t.ago(10), 16, 'look', t.datasets('out'))), ingest(t.run_event('COMPLETE', t.ago(1), 17, 'look', t.datasets('out')));
CREATE VIEW t.read AS SELECT string_agg(right(i.run_id::text, 2) || ' of ' || right(i.producer::text, 2) || ' ' || (SELECT s.fields -> 0 ->> 'name' FROM dataset_schema AS s WHERE s.hash = v.schema_hash AND s.namespace_id = v.namespace_id), ', ' ORDER BY i.run_id) FROM openlineage.run_inputs(ARRAY[t.run_id(16), t.run_id(17)]::uuid[]) AS i JOIN dataset_version AS v ON v.id = i.version_id;
SELECT ingest(t.run_event('COMPLETE', t.ago(2), 3, 'load', t.datasets('in'), jsonb_build_array(t.dataset('out', t.fields('c'))), '{"shared": {"n": 1}}'));
-- Old, but: it runs; it is the latest; a young child names it as parent; it wrote what had been dropped.
SELECT ingest(t.run_event('START', t.ago(397), 4, 'hangs'));
SELECT ingest(t.run_event('START', t.ago(396), 5, 'hangs'));
SELECT ingest(t.run_event('FAIL', t.ago(395), 6, 'rare'));
SELECT ingest(t.run_event('COMPLETE', t.ago(394), 7, 'parent')), ingest(t.run_event('COMPLETE', t.ago(1), 8, 'child', run_facets => t.parent(7, 'parent'))), ingest(t.run_event('COMPLETE', t.ago(1), 9, 'parent'));
SELECT ingest(t.dataset_event(t.ago(393), 'phoenix', '{"lifecycleStateChange": {"lifecycleStateChange": "DROP"}}')), ingest(t.run_event('COMPLETE', t.ago(392), 10, 'rise', NULL, t.datasets('phoenix'))), ingest(t.run_event('COMPLETE', t.ago(1), 11, 'rise'));
-- Edges that ended long ago, issues.
SELECT ingest(t.run_event('COMPLETE', t.ago(391), 13, 'parent')), ingest(t.run_event('COMPLETE', t.ago(391), 14, 'child', run_facets => t.parent(13, 'parent')));
SELECT ingest(t.job_event(t.ago(391), 'declared', t.datasets('x'), t.datasets('y'))), ingest(t.job_event(t.ago(390), 'declared', t.datasets('z'), t.datasets('y'))), ingest(t.job_event(t.ago(1), 'declared', t.datasets('w'), t.datasets('y')));
SELECT ingest('{"eventTime": "' || t.ago(389) || '", "eventType": "STRANGE", "run": {"runId": "00000000-0000-4000-8000-000000000012"}, "job": {"namespace": "sched", "name": "odd"}}');
SELECT openlineage.compact_event_count() IS NOT NULL, openlineage.make_event_partition(now() - interval '390 days'), openlineage.make_event_partition(now());
SELECT * FROM t.kept;
SELECT * FROM t.read;

-- The dry run changes nothing and tells what goes.
CREATE TEMPORARY TABLE plan AS SELECT regexp_replace(what, 'event_[0-9_]+$', 'MONTH') AS what, rows, (bytes > 0) = (rows > 0) AS weighed, before = date_trunc('day', now() - interval '30 days', 'UTC') AS bounded FROM openlineage.retention_plan('30 days');
SELECT CASE WHEN what LIKE 'partition%' THEN 'event' ELSE what END AS what, sum(rows), bool_and(weighed), bool_and(bounded) FROM plan GROUP BY 1 ORDER BY min(what) COLLATE "C";
SELECT * FROM t.kept;
CREATE TEMPORARY TABLE deed AS SELECT regexp_replace(what, 'event_[0-9_]+$', 'MONTH') AS what, rows FROM openlineage.retain('30 days');
-- A month goes in a transaction of its own, as nobody reads or writes events until that ends.
SELECT DISTINCT what FROM deed;
INSERT INTO deed SELECT r.* FROM openlineage.retain('30 days') AS r;
SELECT count(*) FROM (TABLE deed EXCEPT SELECT what, rows FROM plan) AS x, (SELECT count(*) > 10 AS several FROM deed) AS y WHERE several;
SELECT count(*) FROM (SELECT what, rows FROM plan EXCEPT TABLE deed) AS x;

-- What is left: young events, their counts, the latest runs, and the state.
SELECT * FROM t.kept;
SELECT * FROM t.read;
SELECT count(*) FROM event;
SELECT openlineage.event_total('-infinity', 'infinity') = (SELECT count(*) FROM event), (SELECT sum(n) FROM event_day_count) = (SELECT sum(n) FROM event_count);
SELECT count(*) FROM edge_history;
SELECT count(*) FROM event_issue;
SELECT string_agg(f.name, ' ' ORDER BY f.name) FROM dataset_version AS v JOIN dataset_schema AS s ON s.hash = v.schema_hash AND s.namespace_id = v.namespace_id, json_to_recordset(s.fields) AS f (name text);
SELECT (openlineage.api_dataset('{db,phoenix}', '{}') ->> 'deleted')::boolean;
SELECT count(*) FROM facet_content WHERE body::text LIKE '%old%';
SELECT count(*) FROM facet AS f WHERE NOT EXISTS (SELECT FROM facet_content AS c WHERE c.hash = f.content_hash AND c.namespace_id = f.namespace_id);
SELECT count(*) FROM run AS r WHERE parent_run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run AS p WHERE p.id = r.parent_run_id);
SELECT openlineage.entity_total('job') = (SELECT count(*) FROM job);
-- Then there is nothing left to do.
SELECT count(*) FROM openlineage.retain('30 days') WHERE rows > 0;
SELECT count(*) FROM openlineage.retention_plan('30 days') WHERE rows > 0;
-- By the setting.
SET openlineage.retention = '1 day';
SELECT sum(rows) FROM openlineage.retention_plan() WHERE what = 'event';
SELECT openlineage.maintain();
SELECT count(*) FROM event;
SELECT * FROM t.kept;

-- Edges stand when their events are gone; what comes from before the limit ends none, and adds some where none were replaced since.
CREATE VIEW t.stated AS SELECT string_agg(t.label(e.src) || ' -> ' || t.label(e.dst), ', ' ORDER BY t.label(e.src) COLLATE "C", t.label(e.dst) COLLATE "C") FROM edge AS e WHERE 'job:stated' IN (t.label(e.src), t.label(e.dst));
SET openlineage.retention = '';
DELETE FROM retention_mark;
SELECT ingest(t.job_event(t.ago(200), 'stated', t.datasets('a1'), t.datasets('b1')));
SET openlineage.retention = '1 day';
SELECT sum(rows) > 0 FROM openlineage.retain();
SELECT ingest(t.job_event(t.ago(210), 'stated', t.datasets('a2'), t.datasets('b1')));
SELECT * FROM t.stated;
SELECT ingest(t.dataset_event(t.ago(0), 'a1', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "a1_too", "type": "TABLE"}]}}'));
SELECT * FROM t.stated;
SELECT ingest(t.job_event(t.ago(190), 'stated', t.datasets('a3'), t.datasets('b1')));
SELECT * FROM t.stated;
SELECT ingest(t.job_event(t.ago(0), 'stated', t.datasets('a3'), t.datasets('b1')));
SELECT * FROM t.stated;

-- What was deleted is gone whatever the setting is later; a dry run, and a pass that deletes no event, leave the mark.
SET openlineage.retention = '';
DELETE FROM retention_mark;
SELECT ingest(t.job_event(t.ago(100), 'marked', t.datasets('a1'), t.datasets('b1')));
CREATE VIEW t.mark AS SELECT date_trunc('day', now(), 'UTC') - before AS ago FROM retention_mark;
SELECT count(*) > 0 FROM openlineage.retention_plan('30 days') WHERE rows > 0;
SELECT count(*) FROM openlineage.retain('300 days') WHERE rows > 0 AND what IN ('event', 'edge_history');
SELECT * FROM t.mark;
SELECT sum(rows) > 0 FROM openlineage.retain('30 days');
SELECT * FROM t.mark;
SELECT count(*) FROM openlineage.retain('40 days') WHERE what LIKE 'partition%';
SELECT * FROM t.mark;
SELECT ingest(t.job_event(t.ago(120), 'marked', t.datasets('a2'), t.datasets('b2')));
SELECT edge FROM t.edges WHERE edge ~ 'job:marked';
SET openlineage.retention = '365 days';
SELECT ingest(t.job_event(t.ago(121), 'marked', t.datasets('a2'), t.datasets('b2')));
SELECT edge FROM t.edges WHERE edge ~ 'job:marked';
SELECT ingest(t.job_event(t.ago(20), 'marked', t.datasets('a3'), t.datasets('b1')));
SELECT edge FROM t.edges WHERE edge ~ 'job:marked';
SET openlineage.retention = '1 day';

-- Who reads events can make what keeps a partition from being dropped: its rows go, and it when that has gone.
SET openlineage.retention = '';
SELECT ingest(t.job_event('2020-02-03T00:00:00Z', 'seen')), openlineage.make_event_partition('2020-02-01');
SET LOCAL ROLE openlineage_reader;
CREATE TEMPORARY VIEW seen AS SELECT hash FROM openlineage.event_2020_02;
RESET ROLE;
SET openlineage.retention = '1 day';
SELECT openlineage.maintain();
SELECT count(*) FROM event_2020_02;
DROP VIEW pg_temp.seen;
SELECT what FROM openlineage.retain() WHERE what LIKE 'partition%';

-- A portion at a time: as much as the plan says in the end, and what a run alone kept goes after it.
SELECT ingest(t.run_event('COMPLETE', t.ago(60 + n), 100 + n, 'many', t.datasets('in'), jsonb_build_array(t.dataset('out_many', t.fields('f' || n))))) IS NOT NULL FROM generate_series(1, 7) AS n;
CREATE TEMPORARY TABLE much AS SELECT what, rows FROM openlineage.retention_plan('30 days') WHERE rows > 0 AND what NOT LIKE 'partition%' AND what NOT IN ('event_count', 'event_day_count');
CREATE TEMPORARY TABLE portion (n serial, what text, rows bigint);
DO $$ BEGIN LOOP INSERT INTO portion (what, rows) SELECT r.* FROM openlineage.retain('30 days', 2) AS r WHERE r.what NOT LIKE 'partition%'; EXIT WHEN NOT EXISTS (SELECT FROM openlineage.retain('30 days', 1) AS r WHERE r.rows > 0); END LOOP; END $$;
SELECT max(rows), count(*) FILTER (WHERE rows > 0) > 3 AS several FROM portion WHERE what IN ('event', 'event_dataset_store', 'run', 'dataset_version');
SELECT count(*) FROM openlineage.retention_plan('30 days') WHERE rows > 0;
SELECT (SELECT rows FROM much WHERE what = 'run'), (SELECT count(*) FROM run AS r JOIN node AS n ON n.id = r.job_id WHERE n.name = 'many'), (SELECT count(*) FROM dataset_version AS v JOIN node AS n ON n.id = v.dataset_id WHERE n.name = 'out_many');
-- There is more to do only where a portion was full.
SELECT ingest(t.run_event('COMPLETE', t.ago(60), 120, 'few'));
SELECT sum(rows) > 0 FROM openlineage.retention_plan();
SELECT openlineage.retain_portion();
SELECT sum(rows) FROM openlineage.retention_plan();

-- Administrators ask; nobody deletes but maintain().
\set VERBOSITY sqlstate
SET LOCAL ROLE openlineage_admin;
SELECT count(*) > 10 FROM openlineage.retention_plan('30 days');
SELECT openlineage.retain('30 days');
SELECT openlineage.retain_portion();
SET LOCAL ROLE openlineage_writer;
SELECT openlineage.retain_portion();
SELECT openlineage.retention_plan('30 days');
ROLLBACK;
