-- What PUT and POST say holds like events, but is shown neither as events nor as facets, and a producer cannot hide behind it.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set commands :input '/test/lib/commands.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\i :commands
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT a.status FROM openlineage.api_put_namespace('{db}', '{}', '{"ownerName": "ann"}') AS a;
SELECT a.status FROM openlineage.api_put_namespace('{sched}', '{}', '{"ownerName": "ann"}') AS a;
SELECT a.status FROM openlineage.api_put_source('{warehouse}', '{}', '{"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://h/d"}') AS a;
SELECT count(t.put_dataset(name, t.table_meta('a'))) FROM unnest('{in,out}'::text[]) AS name;
SELECT a.status FROM t.put_job('load', t.job_meta('https://git.example/load')) AS a;
SELECT a.status FROM t.post_run('load', '{"id": "00000000-0000-4000-8000-000000000001", "args": {"a": "b"}, "nominalStartTime": "2026-01-05T08:00:00Z"}') AS a;
SELECT a.status FROM openlineage.api_start_run('{00000000-0000-4000-8000-000000000001}', '{}', NULL) AS a;
SELECT a.status FROM t.put_job('load', t.job_meta('https://git.example/load', 1)) AS a;
SELECT a.status FROM openlineage.api_complete_run('{00000000-0000-4000-8000-000000000001}', '{}', NULL) AS a;
-- Events there are, but none is listed, counted, or odd.
SELECT kind, type, count(*) FROM openlineage.event WHERE is_command GROUP BY kind, type ORDER BY kind, type;
SELECT openlineage.api_events('{}', '{}') -> 'totalCount', json_array_length(openlineage.api_events('{}', '{}') -> 'events'),
       (SELECT count(*) FROM openlineage.event_count), (SELECT count(*) FROM openlineage.event_issue), (SELECT count(*) FROM openlineage.event_dataset);
SELECT f -> 'facets' FROM unnest('{run,job,dataset}'::text[]) AS k, openlineage.api_run_facets('{00000000-0000-4000-8000-000000000001}', json_build_object('type', ARRAY[k])) AS f;
SELECT sum((s ->> 'start')::int + (s ->> 'complete')::int)
  FROM json_array_elements(openlineage.api_stats_events('{}', '{"period": ["DAY"], "timezone": ["UTC"]}')) AS s;
-- No facet is shown, of whatever.
SELECT t.run(1) -> 'facets', openlineage.api_job('{sched,load}', '{}') -> 'facets', openlineage.api_dataset('{db,out}', '{}') -> 'facets',
       t.run(1) #> '{outputDatasetVersions,0,facets}';
SELECT v -> 'facets' FROM json_array_elements(openlineage.api_dataset_versions('{db,out}', '{}') -> 'versions') AS v;
-- A later event is shown, and what it says holds.
SELECT ingest(t.job_event('2098-01-01T00:00:00Z', 'load', NULL, NULL, '{"documentation": {"description": "by an event"}}'));
SELECT openlineage.api_job('{sched,load}', '{}') ->> 'description', openlineage.api_job('{sched,load}', '{}') #>> '{facets,documentation,description}',
       openlineage.api_job('{sched,load}', '{}') ->> 'location';
-- One in the future does not keep a PUT from being answered with what was put.
SELECT ingest(t.dataset_event('2099-01-01T00:00:00Z', 'out', '{"documentation": {"description": "of tomorrow"}, "schema": {"fields": [{"name": "z"}]}}'));
SELECT a.body ->> 'description', a.body -> 'fields', a.body ->> 'updatedAt', a.body -> 'facets'
  FROM t.put_dataset('out', '{"type": "DB_TABLE", "physicalName": "p", "sourceName": "warehouse", "description": "of today", "fields": [{"name": "y"}]}') AS a;
SELECT a.body ->> 'description', a.body ->> 'updatedAt', a.body -> 'outputs' FROM t.put_job('load', '{"type": "BATCH", "inputs": [], "outputs": [], "description": "of today"}') AS a;
SELECT ingest(t.dataset_event('9999-12-31T23:59:59.999999Z', 'out', '{"documentation": {"description": "of the last day"}}'));
SELECT a.status FROM t.put_dataset('out', t.table_meta('a')) AS a;
-- An event before them that comes after them changes nothing.
SELECT ingest(t.job_event('08:00', 'load', t.datasets('in'), t.datasets('out'), '{"documentation": {"description": "late"}}'));
SELECT openlineage.api_job('{sched,load}', '{}') ->> 'description', openlineage.api_job('{sched,load}', '{}') -> 'inputs';
-- What a command may say means nothing in an event that a producer sends.
SELECT ingest(t.event('12:00', '{"is_command": true, "producer": "urn:openlineage:api", "eventType": "OTHER", "run": {"runId": "00000000-0000-4000-8000-000000000002",
    "facets": {"runArgs": {"args": {"evil": "1"}}}}, "job": {"namespace": "sched", "name": "mine", "code": {"location": "https://evil.example", "hash": null}},
    "outputs": [{"namespace": "db", "name": "mine", "content": {"physicalName": "evil", "schemaLocation": "evil", "fields": [{"name": "evil"}]}}]}'));
SELECT t.run(2) -> 'args', t.keys(t.run(2) -> 'facets'), t.run(2) ->> 'jobVersion' IS NOT NULL, t.run(2) ->> 'updatedAt',
       (SELECT r.location FROM openlineage.run AS r WHERE r.id::text = t.run_id(2)),
       d ->> 'physicalName', d -> 'fields', json_array_length(openlineage.api_events('{}', '{}') -> 'events')
  FROM openlineage.api_dataset('{db,mine}', '{}') AS d;
SELECT kind, is_command FROM openlineage.event WHERE run_id::text = t.run_id(2);
-- Nobody but change() goes through that door, and change() not without the right to write.
SET ROLE openlineage_writer;
SELECT t.failures($$ingest_command('{}')$$, $$change_put_job('sched', '{}')$$, $$change_post_run('sched', '{}')$$,
                  $$change_put_dataset('db', '{}')$$, $$change_mark_run('sched', '{}')$$, $$change('tell_lies', 'sched', '{}')$$);
SELECT a.status FROM t.put_job('writers', '{"type": "BATCH", "inputs": [], "outputs": []}') AS a;
RESET ROLE;
SELECT openlineage.enable_rls() IS NULL;
SET ROLE openlineage_writer;
SELECT t.failures($$change('put_job', 'sched', '{"name": "x", "type": "BATCH", "inputs": [], "outputs": []}')$$,
                  $$change('put_dataset', 'db', '{}')$$, $$change('post_run', 'sched', '{}')$$, $$change('mark_run', 'sched', '{}')$$);
RESET ROLE;
SET ROLE openlineage_reader;
SELECT t.failures($$api_put_job('{sched,load}', '{}', '{}')$$, $$api_put_dataset('{db,out}', '{}', '{}')$$, $$api_post_run('{sched,load}', '{}', '{}')$$,
                  $$api_start_run('{seven}', '{}', NULL)$$, $$api_complete_run('{seven}', '{}', NULL)$$, $$api_fail_run('{seven}', '{}', NULL)$$,
                  $$api_abort_run('{seven}', '{}', NULL)$$, $$mark_run('{seven}', '{}', 'START')$$);
RESET ROLE;
ROLLBACK;
