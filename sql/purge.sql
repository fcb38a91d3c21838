-- purge: what DELETE only hides is removed for good, and nothing else.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
CREATE FUNCTION t.failures(VARIADIC calls text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT t.failure('SELECT openlineage.' || c) FROM unnest(calls) AS c
$$;
-- Times by the clock are of this day; those of events are of January 2026.
CREATE FUNCTION t.told(answer json) RETURNS text IMMUTABLE
    RETURN regexp_replace(t.show(answer), '"(20(?!26-01-0)[-0-9T:.]+Z)"', '"clock"', 'g');
CREATE FUNCTION t.told(answer openlineage.api_answer) RETURNS text IMMUTABLE
    RETURN concat_ws(' ', answer.status, answer.location, t.told(answer.body));
GRANT USAGE ON SCHEMA t TO PUBLIC;
\set ECHO all
\pset format unaligned
\pset tuples_only on
-- Tables that still hold anything; edge_change tells what became of edges, also that they went.
CREATE FUNCTION t.filled() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    r  regclass;
    n  bigint;
BEGIN
    FOR r IN SELECT c.oid FROM pg_class AS c
              WHERE c.relnamespace = 'openlineage'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('access_change', 'edge_change') ORDER BY c.relname COLLATE "C" LOOP
        EXECUTE format('SELECT count(*) FROM %s', r) INTO n;
        IF n > 0 THEN
            RETURN NEXT r::text;
        END IF;
    END LOOP;
END
$$;
-- The state, without counts that are down to zero.
CREATE FUNCTION t.state() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT s FROM openlineage.state_export() AS s WHERE s !~ '^count .*, 0\]$'
$$;
CREATE FUNCTION t.other_story() RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT t.run_event('START', '08:30', 20, 'by_hand', t.datasets('raw.sales'), t.datasets('scratch'),
                       '{"parent": {"run": {"runId": "00000000-0000-4000-8000-000000000001"}, "job": {"namespace": "sched", "name": "nightly.load"}}}')
    UNION ALL
    SELECT t.event('08:40', '{"eventType": 7, "run": {"runId": "00000000-0000-4000-8000-000000000021"}, "job": {"namespace": "sched", "name": "odd"},
                              "outputs": [{"namespace": "db", "name": "scratch", "facets": {"schema": {"_producer": "p", "_schemaURL": "s", "fields": [{"name": "f"}]}}}]}')
    UNION ALL
    SELECT t.job_event('08:50', 'declared', t.datasets('raw.sales', 'scratch'), t.datasets('mart.daily'),
                       '{"lineage": {"inputs": [{"namespace": "db", "name": "scratch", "type": "DATASET"}]}}')
$$;
SELECT sum(ingest(e)) FROM t.story() AS e;
-- Only administrators, and writers where the setting says so.
SET ROLE openlineage_writer;
SELECT t.failures($$purge_job('sched', 'sum_up')$$, $$purge_dataset('db', 'clicks')$$, $$purge_namespace('db')$$,
                  $$api_delete_job('{sched,sum_up}', '{"purge": ["true"]}', NULL)$$, $$change('purge_node', 'db', '{"id": 1}')$$,
                  $$change('purge_namespace', 'db', '{}')$$, $$purge_nodes('{1}')$$);
RESET ROLE;
SET openlineage.writers_may_purge = on;
SET ROLE openlineage_writer;
SELECT t.failures($$purge_job('sched', 'gone')$$, $$purge_job('gone', 'a')$$, $$purge_dataset('db', 'gone')$$, $$purge_namespace('gone')$$,
                  $$api_delete_job('{sched,gone}', '{"purge": ["true"]}', NULL)$$, $$api_delete_dataset('{db,gone}', '{"purge": ["true"]}', NULL)$$,
                  $$api_delete_namespace('{gone}', '{"purge": ["true"]}', NULL)$$, $$api_delete_job('{sched,sum_up}', '{"purge": ["yes"]}', NULL)$$);
-- Jobs that came later and are removed again leave what was there before them.
RESET ROLE;
CREATE TABLE t.before AS SELECT s FROM t.state() AS s;
SELECT sum(ingest(e)) FROM t.other_story() AS e;
SELECT count(*) > 0 AS differs FROM (SELECT t.state() EXCEPT SELECT s FROM t.before) AS d;
SELECT (openlineage.api_tag_job('{sched,by_hand,T}', '{}', NULL)).status, (openlineage.api_delete_job('{sched,declared}', '{}', NULL)).status;
SET ROLE openlineage_writer;
SELECT openlineage.purge_job('sched', 'by_hand');
SELECT a.status, a.body ->> 'name' FROM openlineage.api_delete_job('{sched,odd}', '{"purge": ["true"]}', NULL) AS a;
SELECT a.status, a.body ->> 'name' FROM openlineage.api_delete_job('{sched,declared}', '{"purge": ["TRUE"]}', NULL) AS a;
SELECT a.status, a.body ->> 'name' FROM openlineage.api_delete_dataset('{db,scratch}', '{"purge": ["true"]}', NULL) AS a;
RESET ROLE;
-- But for the least and greatest time that anybody named a dataset or job at.
SELECT s FROM t.state() AS s EXCEPT SELECT s FROM t.before ORDER BY 1;
SELECT s FROM t.before EXCEPT SELECT s FROM t.state() AS s ORDER BY 1;
-- A removed name may come again.
SELECT ingest(t.run_event('COMPLETE', '09:30', 20, 'by_hand', NULL, t.datasets('scratch')));
SELECT openlineage.api_job('{sched,by_hand}', '{}') ->> 'createdAt';
-- A dataset goes under all its names; versions of jobs are made again without it.
SELECT openlineage.purge_dataset('lake', 's3/main');
SELECT t.failures($$api_dataset('{db,main.sales}', '{}')$$, $$api_dataset('{lake,s3/main}', '{}')$$);
SELECT openlineage.api_job('{sched,nightly.load}', '{}') ->> 'outputs', openlineage.api_job('{sched,sum_up}', '{}') ->> 'inputs';
SELECT count(*) FROM openlineage.job_version AS v, unnest(v.inputs || v.outputs) AS u (id)
 WHERE NOT EXISTS (SELECT FROM openlineage.node AS n WHERE n.id = u.id);
-- A run of one namespace that a job of another told something of.
SELECT sum(ingest(e)) FROM (VALUES
    (t.run_event('START', '09:00', 30, 'claimed', NULL, NULL, '{"custom": {"a": 1}}')),
    (t.event('09:05', jsonb_build_object('eventType', 'RUNNING', 'job', '{"namespace": "second", "name": "claims"}'::jsonb,
                                         'run', jsonb_build_object('runId', t.run_id(30), 'facets', t.facets('{"other": {"b": 2}}')))))) AS v (e);
SELECT openlineage.compact_event_count() IS NOT NULL;
SELECT a.status, a.body ->> 'name' FROM openlineage.api_delete_namespace('{second}', '{"purge": ["true"]}', NULL) AS a;
SELECT string_agg(f.name, ' ' ORDER BY f.name) FROM openlineage.facet AS f WHERE f.run_id = t.run_id(30)::uuid;
-- A purged dataset does not come back with an event of others that is read again, as one that comes late makes necessary.
SELECT sum(ingest(e)) FROM (VALUES (t.job_event('10:00', 'keeps', t.datasets('goes', 'stays'), t.datasets('made'),
    '{"lineage": {"entries": [{"namespace": "db", "name": "made", "type": "DATASET", "inputs": [{"namespace": "db", "name": "stays", "type": "DATASET"}],
                               "fields": {"x": {"inputs": [{"namespace": "db", "name": "goes", "type": "DATASET", "field": "y"}]}}}]}}'))) AS v (e);
SELECT * FROM t.edges WHERE edge ~ 'keeps' ORDER BY 1;
SELECT openlineage.purge_dataset('db', 'goes') IS NOT NULL;
SELECT ingest(t.job_event('09:00', 'keeps', t.datasets('late'), t.datasets('made')));
SELECT ingest(t.job_event('11:00', 'keeps', t.datasets('stays'), t.datasets('made')));
SELECT * FROM t.edges WHERE edge ~ 'keeps' ORDER BY 1;
SELECT count(*) FROM node WHERE name = 'goes';
-- Commands are not counted, so those that go are not counted either.
SELECT (openlineage.api_put_job('{sched,commanded}', '{}', '{"type": "BATCH", "inputs": [], "outputs": []}')).status;
SELECT (openlineage.api_post_run('{sched,commanded}', '{}', '{}')).status;
SELECT openlineage.purge_job('sched', 'commanded') IS NOT NULL;
SELECT openlineage.event_total('-infinity', 'infinity') = (SELECT count(*) FROM event WHERE NOT is_command) AS right_total;
-- Nor is the text of events that were refused kept when their namespace goes.
CREATE FUNCTION t.refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = '22023'; END$$;
CREATE TRIGGER refuse BEFORE INSERT ON job FOR EACH ROW EXECUTE FUNCTION t.refuse();
SELECT sqlstate FROM ingest_batch(ARRAY[convert_to(t.run_event('START', '12:00', 31, 'refused'), 'UTF8')]);
DROP TRIGGER refuse ON job;
SELECT s.name FROM rejected_event AS e JOIN namespace AS s ON s.id = e.namespace_id;
-- When all namespaces are gone nothing is left but what belongs to none.
SELECT (openlineage.api_put_tag('{PII}', '{}', NULL)).status;
SELECT (openlineage.api_delete_namespace('{db}', '{}', NULL)).status;
SELECT a.status, a.body ->> 'isHidden' FROM openlineage.api_delete_namespace('{db}', '{"purge": ["true"]}', NULL) AS a;
SELECT openlineage.api_namespace_jobs('{sched}', '{}') ->> 'totalCount';
SELECT openlineage.purge_namespace(n.name) IS NOT NULL FROM openlineage.namespace AS n ORDER BY n.name;
SELECT t.filled();

ROLLBACK;
