-- Odd input is stored as it came, read as well as it can be, and noted as an issue.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
\pset format unaligned
BEGIN;
\set ECHO none
\i :words
\set ECHO all

\set event '{"eventTime": "2026-01-05T10:00:00Z", "producer": "p", "schemaURL": "s", "eventType": "COMPLETE", "run": {"runId": "00000000-0000-4000-8000-000000000001"}, "job": {"namespace": "sched", "name": "NAME"}}'
-- NUL and lone surrogates in names and facets.
SELECT ingest(replace(:'event', 'NAME', 'a\u0000b'));
SELECT ingest(replace(:'event', 'NAME', 'a\ud800b'));
SELECT ingest(replace(:'event', '"name": "NAME"', '"name": "pair \ud83d\ude00", "facets": {"x": {"_producer": "p", "_schemaURL": "s", "v": "nul \u0000 half \udc00"}}'));
SELECT name FROM node WHERE kind = 'job' ORDER BY name COLLATE "C";
SELECT body FROM t.facets WHERE name = 'x';
SELECT count(*) FROM event WHERE body LIKE '%\\u0000%';
SELECT * FROM t.issues;

-- Names with every kind of character, and very long ones.
SELECT ingest(replace(:'event', 'NAME', n)) FROM unnest(ARRAY['a:b//c', ' ', '''; DROP TABLE run; --', '\"quoted\"', 'ünïcødé 表 🙂', E'tab\\tnewline\\n', '%s%n', '\u202etfel', repeat('x', 20000), '../../etc']) AS n;
SELECT left(name, 40) AS name, length(name) FROM node WHERE kind = 'job' ORDER BY name COLLATE "C";
SELECT n.namespace, length(n.name), n.distance FROM lineage('job:sched:' || repeat('x', 20000)) AS n;

-- Times: without a zone they are read as UTC, and nothing is finer than a microsecond.
\set times '{2026-01-05T10:00:00.123456789Z, 2026-01-05T10:00:00, 2026-01-05T12:00:00+02:00, 2026-01-05T10:00Z, 2026-01-05, 2026-01-05T10:00:00.1-05:30}'
SELECT sum(ingest(regexp_replace(replace(:'event', 'NAME', 'at ' || at), '"eventTime": "[^"]*"', format('"eventTime": "%s"', at)))) FROM unnest(:'times'::text[]) AS at;
SELECT name, event_time FROM event JOIN node ON id = node_id WHERE name LIKE 'at %' ORDER BY name COLLATE "C";

-- Run ids.
SELECT ingest(replace(:'event', '00000000-0000-4000-8000-000000000001', 'scheduled__2026-01-05'));
SELECT ingest(replace(:'event', '00000000-0000-4000-8000-000000000001', '{0000AAAA-0000-4000-8000-00000000000B}'));
SELECT ingest(replace(:'event', '"00000000-0000-4000-8000-000000000001"', '17'));
SELECT ingest(replace(:'event', 'runId', 'run_id'));
SELECT id, external_id FROM run ORDER BY 2 NULLS FIRST, 1;

-- Without producer and schemaURL; with extra members and a member twice.
SELECT ingest('{"eventTime": "2026-01-05T11:00:00Z", "job": {"namespace": "sched", "name": "bare"}, "extra": {"deep": [[[]]]}}');
SELECT ingest('{"eventTime": "2026-01-05T11:00:00Z", "eventTime": "2026-01-05T11:30:00Z", "job": {"namespace": "sched", "name": "double"}}');
SELECT t.clock(event_time) FROM event JOIN node ON id = node_id WHERE name = 'double';
-- Datasets without a name are left out.
SELECT ingest(replace(:'event', '"run":', '"inputs": [{"namespace": "db"}, {"name": "n"}, null, {"namespace": "", "name": "n"}, {"namespace": "db", "name": 7}, {"namespace": "db", "name": "good"}], "run":'));
SELECT * FROM t.edges;
SELECT code, count(*) FROM t.issues GROUP BY code ORDER BY code COLLATE "C";

-- What ends a string or may not be in one, at each place of one: accepted where Postgres' own reader does.
CREATE FUNCTION pg_temp.succeeds(command text, body text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command USING body;
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END $$;
CREATE TEMPORARY TABLE spelled AS
    SELECT replace(:'event', '"producer": "p"', '"producer": "' || overlay(repeat('é', n / 10) || repeat('x', n % 10) || repeat('y', 10) PLACING c FROM at FOR 1) || '"') AS body
      FROM unnest(ARRAY[9, 17]) AS n, generate_series(1, 19) AS at,
           (SELECT chr(b) AS c FROM unnest(ARRAY[1, 9, 10, 31, 32, 33, 34, 91, 92, 93, 127, 162, 8221]) AS b UNION ALL VALUES ('\n'), ('\\'), ('\x'), ('\"')) AS odd;
SELECT is_json, count(*), count(*) FILTER (WHERE is_json IS DISTINCT FROM pg_temp.succeeds('SELECT openlineage.ingest($1)', body)) AS differ
  FROM (SELECT body, pg_temp.succeeds('SELECT $1::json', body) AS is_json FROM spelled) AS s GROUP BY is_json ORDER BY 1;

ROLLBACK;
