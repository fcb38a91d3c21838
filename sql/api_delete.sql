-- PUT and DELETE of namespaces, DELETE of jobs and datasets: what is hidden, and what shows it again.
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
CREATE FUNCTION t.listed() RETURNS text STABLE
    RETURN format('jobs %s: %s; in sched %s; datasets %s: %s; found %s',
        openlineage.api_jobs('{}', '{}') ->> 'totalCount',
        (SELECT string_agg(j ->> 'name', ' ' ORDER BY j ->> 'name') FROM json_array_elements(openlineage.api_jobs('{}', '{}') -> 'jobs') AS j),
        openlineage.api_namespace_jobs('{sched}', '{}') ->> 'totalCount',
        openlineage.api_datasets('{db}', '{}') ->> 'totalCount',
        (SELECT string_agg(d ->> 'name', ' ' ORDER BY d ->> 'name') FROM json_array_elements(openlineage.api_datasets('{db}', '{}') -> 'datasets') AS d),
        openlineage.api_search('{}', '{"q": ["s"]}') ->> 'totalCount');
-- A namespace by PUT: made, described, its description kept.
SELECT t.told(openlineage.api_put_namespace('{"s3://new"}', '{}', '{"ownerName": "ann", "description": "new"}'));
SELECT t.told(openlineage.api_put_namespace('{"s3://new"}', '{}', '{"ownerName": "bob"}'));
SELECT t.told(openlineage.api_put_namespace('{"s3://new"}', '{}', '{"ownerName": "bob", "isHidden": true}'));
SELECT t.told(openlineage.api_put_namespace('{"s3://new"}', '{}', '{"ownerName": "bob"}'));
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT t.listed();
-- A job: answered as it was, gone from then on; runs stay.
SELECT a.status, a.body ->> 'name' FROM openlineage.api_delete_job('{sched,nightly.load}', '{}', NULL) AS a;
SELECT t.failures($$api_job('{sched,nightly.load}', '{}')$$, $$api_delete_job('{sched,nightly.load}', '{}', NULL)$$, $$api_job_runs('{sched,nightly.load}', '{}')$$);
SELECT t.listed();
-- A dataset, by its alias.
SELECT a.status, a.body ->> 'name' FROM openlineage.api_delete_dataset('{lake,s3/main}', '{}', NULL) AS a;
SELECT t.failures($$api_dataset('{db,main.sales}', '{}')$$, $$api_dataset('{lake,s3/main}', '{}')$$, $$api_delete_dataset('{db,main.sales}', '{}', NULL)$$);
SELECT t.listed();
-- An event shows again what it names, one that was stored before too.
SELECT ingest(t.run_event('START', '07:00', 7, 'nightly.load', NULL, t.datasets('main.sales')));
SELECT t.listed();
SELECT a.status FROM openlineage.api_delete_job('{sched,nightly.load}', '{}', NULL) AS a;
SELECT t.listed();
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT t.listed();
-- A namespace with all that is in it; it is still listed, and says that it is hidden.
SELECT a.status, t.told(a.body) FROM openlineage.api_delete_namespace('{db}', '{}', NULL) AS a;
SELECT t.told(openlineage.api_namespace('{db}', '{}'));
SELECT t.listed();
SELECT a.status FROM openlineage.api_delete_namespace('{db}', '{}', NULL) AS a;
SELECT a.status FROM openlineage.api_delete_namespace('{sched}', '{}', NULL) AS a;
SELECT t.listed();
-- PUT shows the namespace again, events what they name and where that is.
SELECT t.told(openlineage.api_put_namespace('{db}', '{}', '{"ownerName": "ann"}'));
SELECT ingest(t.run_event('START', '13:00', 8, 'nightly.load', NULL, t.datasets('main.sales')));
SELECT openlineage.api_namespace('{sched}', '{}') ->> 'isHidden';
SELECT t.listed();
-- A hidden name that turns out to be another name of a dataset does not count any more.
SELECT ingest(t.dataset_event('14:00', 'main.sales', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "raw.sales", "type": "TABLE"}]}}'));
SELECT t.listed();
-- Errors.
SELECT t.failures($$api_put_namespace('{x}', '{}', NULL)$$, $$api_put_namespace('{x}', '{}', '{}')$$, $$api_put_namespace('{x}', '{}', '{"ownerName": ""}')$$,
                  $$api_put_namespace('{x}', '{}', '{"ownerName": ["a"]}')$$, $$api_put_namespace('{x}', '{}', '7')$$,
                  $$api_put_namespace('{x}', '{}', '{"ownerName": "\u0000"}')$$, $$api_delete_namespace('{gone}', '{}', NULL)$$,
                  $$api_delete_job('{gone,a}', '{}', NULL)$$, $$api_delete_job('{sched,gone}', '{}', NULL)$$, $$api_delete_dataset('{db,gone}', '{}', NULL)$$);
SELECT openlineage.enable_rls() IS NULL;
SET ROLE openlineage_writer;
SELECT t.failures($$api_put_namespace('{x}', '{}', '{"ownerName": "a"}')$$, $$api_put_namespace('{db}', '{}', '{"ownerName": "a"}')$$,
                  $$api_delete_namespace('{db}', '{}', NULL)$$, $$api_delete_job('{sched,sum_up}', '{}', NULL)$$, $$api_delete_dataset('{db,clicks}', '{}', NULL)$$,
                  $$change('hide_namespace', 'db', '{}')$$);
RESET ROLE;

ROLLBACK;
