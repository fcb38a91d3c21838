-- Tags: PUT /tags/{tag}, and POST and DELETE on datasets, columns and jobs beside what tags facets say.
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
CREATE FUNCTION t.tags(answer json) RETURNS text IMMUTABLE
    RETURN (answer ->> 'tags') || coalesce((SELECT string_agg(f ->> 'name' || (f ->> 'tags'), ' ' ORDER BY f ->> 'name')
                                     FROM json_array_elements(answer -> 'fields') AS f), '');
CREATE FUNCTION t.tags(answer openlineage.api_answer) RETURNS text IMMUTABLE
    RETURN answer.status || ' ' || t.tags(answer.body);
-- The vocabulary.
SELECT t.told(openlineage.api_put_tag('{PII}', '{}', '{"description": "personal data"}'));
SELECT t.told(openlineage.api_put_tag('{PII}', '{}', NULL));
SELECT t.told(openlineage.api_put_tag('{PII}', '{}', '{"description": null}'));
SELECT t.told(openlineage.api_put_tag('{PII}', '{}', '{"description": "about people"}'));
SELECT t.told(openlineage.api_put_tag('{"a b/c"}', '{}', ' '));
SELECT length(((openlineage.api_put_tag(ARRAY[repeat('long', 5000)], '{}', 'null')).body ->> 'name'));
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT t.tags(openlineage.api_dataset('{db,main.sales}', '{}')), t.tags(openlineage.api_job('{sched,nightly.load}', '{}'));
-- On a dataset, also by an alias; an unknown tag is attached.
SELECT t.tags(openlineage.api_tag_dataset('{db,main.sales,fresh}', '{}', NULL));
SELECT t.tags(openlineage.api_tag_dataset('{db,main.sales,fresh}', '{}', '{}'));
SELECT t.tags(openlineage.api_tag_dataset('{lake,s3/main,by_alias}', '{}', NULL));
SELECT t.tags(openlineage.api_untag_dataset('{db,main.sales,fresh}', '{}', NULL));
SELECT t.tags(openlineage.api_untag_dataset('{db,main.sales,never_there}', '{}', NULL));
-- What a facet states is taken off until a later event states it again.
SELECT t.tags(openlineage.api_untag_dataset('{db,main.sales,GOLD}', '{}', NULL));
SELECT ingest(t.dataset_event('12:00', 'main.sales', '{"tags": {"tags": [{"key": "GOLD"}, {"key": "PII", "field": "amount"}]}}'));
SELECT t.tags(openlineage.api_dataset('{db,main.sales}', '{}'));
SELECT ingest(t.dataset_event('2999-01-01T00:00:00Z', 'main.sales', '{"tags": {"tags": [{"key": "GOLD"}, {"key": "PII", "field": "amount"}]}}'));
SELECT t.tags(openlineage.api_dataset('{db,main.sales}', '{}'));
SELECT t.tags(openlineage.api_untag_dataset('{db,main.sales,GOLD}', '{}', NULL));
-- On a column the tag is upper-cased.
SELECT t.tags(openlineage.api_tag_field('{db,main.sales,shop,geo}', '{}', NULL));
SELECT t.tags(openlineage.api_untag_field('{db,main.sales,amount,pii}', '{}', NULL));
SELECT t.tags(openlineage.api_untag_field('{db,main.sales,shop,geo}', '{}', NULL));
-- On a job; a facet without the tag does not take off what was set here.
SELECT t.tags(openlineage.api_tag_job('{sched,nightly.load,fresh}', '{}', NULL));
SELECT ingest(t.job_event('12:00', 'nightly.load', job_facets => '{"tags": {"tags": [{"key": "other"}]}}'));
SELECT t.tags(openlineage.api_job('{sched,nightly.load}', '{}'));
SELECT t.tags(openlineage.api_untag_job('{sched,nightly.load,fresh}', '{}', NULL));
-- Two names that turn out to be one: the statements of both hold.
SELECT t.tags(openlineage.api_tag_dataset('{db,raw.sales,raw}', '{}', NULL));
SELECT ingest(t.dataset_event('12:30', 'main.sales', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "raw.sales", "type": "TABLE"}]}}'));
SELECT t.tags(openlineage.api_dataset('{db,raw.sales}', '{}'));
SELECT left(t.show(openlineage.api_tags('{}', '{}')), 360);
-- Errors.
SELECT t.failures($$api_put_tag('{x}', '{}', '{"description": []}')$$, $$api_put_tag('{x}', '{}', 'no json')$$, $$api_put_tag('{x}', '{}', '[]')$$,
                  $$api_tag_dataset('{x,y,T}', '{}', NULL)$$, $$api_tag_dataset('{db,gone,T}', '{}', NULL)$$, $$api_untag_dataset('{db,gone,T}', '{}', NULL)$$,
                  $$api_tag_field('{db,gone,f,T}', '{}', NULL)$$, $$api_tag_field('{db,main.sales,gone,T}', '{}', NULL)$$,
                  $$api_untag_field('{db,main.sales,gone,T}', '{}', NULL)$$, $$api_tag_job('{sched,gone,T}', '{}', NULL)$$,
                  $$api_untag_job('{sched,gone,T}', '{}', NULL)$$, $$api_tag_job('{x,y,T}', '{}', NULL)$$);
-- Once row-level security is enforced nobody learns what exists, and nothing is written.
SELECT openlineage.enable_rls() IS NULL;
SET ROLE openlineage_writer;
SELECT t.failures($$api_put_tag('{x}', '{}', NULL)$$, $$api_tag_dataset('{db,main.sales,T}', '{}', NULL)$$, $$api_tag_job('{sched,sum_up,T}', '{}', NULL)$$,
                  $$change('state_tag', 'db', '{"id": 1, "field": "", "tag": "T", "isSet": true}')$$, $$change('put_tag', NULL, '{"name": "T"}')$$,
                  $$change('drop_everything', 'db', '{}')$$, $$change(NULL, 'db', '{}')$$, $$change_put_tag('', '{"name": "T"}')$$);
RESET ROLE;
SELECT count(*) FROM openlineage.tag_statement WHERE tag = 'T';
SET ROLE openlineage_reader;
SELECT t.failures($$change('put_tag', NULL, '{"name": "T"}')$$, $$api_put_tag('{x}', '{}', NULL)$$);
RESET ROLE;

ROLLBACK;
