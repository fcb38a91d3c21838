-- GET /sources and PUT /sources/{source}: one object for each name, whoever told of it.
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
-- Nothing, then what events told: default is where datasets without a dataSource facet are.
SELECT openlineage.api_sources('{}', '{}');
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT t.told(openlineage.api_sources('{}', '{}'));
SELECT openlineage.api_source('{default}', '{}') ->> 'name';
-- PUT counts before events, also those that come later; it replaces an earlier PUT.
SELECT t.told(openlineage.api_put_source('{warehouse}', '{}', '{"type": "MYSQL", "connectionUrl": "jdbc:mysql://h/x", "description": "orders"}'));
SELECT ingest(t.dataset_event('11:00', 'raw.sales', '{"dataSource": {"name": "warehouse", "uri": "postgres://db.example/y"}}'));
SELECT t.told(openlineage.api_put_source('{warehouse}', '{}', '{"type": "MYSQL", "connectionUrl": "jdbc:mysql://h/y"}'));
SELECT t.told(openlineage.api_put_source('{new}', '{}', '{"type": "KAFKA", "connectionUrl": "kafka://broker"}'));
-- Two namespaces that tell of one name: one object, the latest event counts.
SELECT ingest(t.event('12:00', '{"dataset": {"namespace": "other", "name": "a", "facets": {"dataSource": {"_producer": "p", "_schemaURL": "s", "name": "bucket", "uri": "s3://b"}}}}'));
SELECT ingest(t.dataset_event('11:30', 'b', '{"dataSource": {"name": "bucket", "uri": "gs://b"}}'));
SELECT t.told(openlineage.api_source('{bucket}', '{}'));
SELECT t.told(openlineage.api_sources('{}', '{}'));
SELECT t.told(openlineage.api_sources('{}', '{"limit": ["1"], "offset": ["2"]}'));
SELECT openlineage.api_sources('{}', '{"limit": ["0"]}');
-- Kinds by URL.
SELECT u, openlineage.source_type(u) FROM unnest('{jdbc:oracle:thin:@h,s3://b,HTTPS://x,no url,""}'::text[]) AS u;
-- Errors.
SELECT t.failures($$api_source('{gone}', '{}')$$, $$api_sources('{}', '{"limit": ["-1"]}')$$, $$api_sources('{}', '{"offset": ["x"]}')$$,
                  $$api_put_source('{s}', '{}', NULL)$$, $$api_put_source('{s}', '{}', 'null')$$, $$api_put_source('{s}', '{}', '{}')$$,
                  $$api_put_source('{s}', '{}', '{"type": "X"}')$$, $$api_put_source('{s}', '{}', '{"type": " ", "connectionUrl": "u"}')$$,
                  $$api_put_source('{s}', '{}', '{"type": {}, "connectionUrl": "u"}')$$, $$api_put_source('{s}', '{}', '[1]')$$,
                  $$api_put_source('{s}', '{}', '{"type":')$$);
-- Once row-level security is enforced: no definition for who may not see a source of that name, no PUT.
SELECT openlineage.enable_rls() IS NULL;
SET ROLE openlineage_writer;
SELECT openlineage.api_sources('{}', '{}');
SELECT t.failures($$api_source('{warehouse}', '{}')$$, $$api_put_source('{s}', '{}', '{"type": "X", "connectionUrl": "u"}')$$);
RESET ROLE;

ROLLBACK;
