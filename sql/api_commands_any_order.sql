-- What PUT and POST said comes to the same in any order and told twice, as it does for events.
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
SAVEPOINT nothing_told;
SELECT count(t.put_dataset(name, t.table_meta('a'))) FROM unnest('{in,out,main.sales,raw.sales}'::text[]) AS name;
SELECT (t.put_job('load', t.job_meta('https://git.example/load'))).status;
SELECT (t.post_run('load', '{"id": "00000000-0000-4000-8000-000000000011", "args": {"a": "b"}, "nominalStartTime": "2026-01-05T08:00:00Z"}')).status;
SELECT (openlineage.api_start_run('{00000000-0000-4000-8000-000000000011}', '{}', NULL)).status;
SELECT (t.put_dataset('out', t.table_meta('b', 11))).status;
SELECT (t.put_job('load', t.job_meta('https://git.example/load2', 11))).status;
SELECT (openlineage.api_complete_run('{00000000-0000-4000-8000-000000000011}', '{}', NULL)).status;
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT (t.put_dataset('main.sales', t.table_meta('c'))).status;
SELECT (t.put_dataset('main.sales', t.table_meta('c', 3))).status;
SELECT (t.post_run('nightly.load', '{"id": "00000000-0000-4000-8000-000000000012"}')).status;
SELECT ingest(t.run_event('START', '2099-01-05T08:00:00Z', 12, 'nightly.load', t.datasets('in'), t.datasets('out'), '{}', '{"sql": {"query": "select 2"}}'));
SELECT (openlineage.api_fail_run('{00000000-0000-4000-8000-000000000012}', '{}', NULL)).status;
SELECT (t.put_job('nightly.load', t.job_meta(NULL))).status;
SELECT (t.put_dataset('clicks', '{"type": "STREAM", "physicalName": "clicks", "sourceName": "warehouse", "schemaLocation": "http://registry.example/clicks.avsc"}')).status;
SELECT json_agg(json_build_array(e.body, e.is_command)) AS told, count(*) > 25 AS enough, count(*) FILTER (WHERE e.is_command) > 15 AS and_commands
  FROM openlineage.event AS e \gset
SELECT :'enough', :'and_commands';
SELECT md5(string_agg(line, E'\n')) AS state, count(*) > 200 AS is_large FROM openlineage.state_export() AS line \gset
SELECT :'is_large';
ROLLBACK TO nothing_told;
-- Six orders by a hash, each with every third event twice.
CREATE FUNCTION t.tell(body text, is_command boolean) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN is_command THEN openlineage.ingest_command(body) ELSE openlineage.ingest(body) END;
END
$$;
CREATE FUNCTION t.state_of(told json, salt int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state  text;
BEGIN
    PERFORM t.tell(o.item ->> 0, (o.item ->> 1)::boolean)
       FROM (SELECT k.item
               FROM json_array_elements(told) WITH ORDINALITY AS k (item, n), generate_series(0, 1) AS again
              WHERE again = 0 OR k.n % 3 = 0
              ORDER BY md5(concat_ws(' ', salt, again, k.n))) AS o;
    state := md5(string_agg(line, E'\n')) FROM openlineage.state_export() AS line;
    RAISE EXCEPTION USING MESSAGE = state, ERRCODE = 'OLXXX';
EXCEPTION WHEN SQLSTATE 'OLXXX' THEN
    RETURN state;
END
$$;
SELECT salt, t.state_of(:'told', salt) = :'state' AS same FROM generate_series(1, 6) AS salt;
ROLLBACK;
