-- ingest() takes text, json and jsonb, one event or an array, and says how many it accepted.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

SELECT ingest(t.run_event('START', '10:00', 1, 'load'));
SELECT ingest(t.run_event('START', '10:00', 2, 'load')::json);
SELECT ingest(t.run_event('START', '10:00', 3, 'load')::jsonb);
SELECT ingest(format('[%s, %s]', t.run_event('COMPLETE', '10:05', 1, 'load'), t.run_event('COMPLETE', '10:05', 2, 'load')));
SELECT ingest(jsonb_build_array(t.run_event('COMPLETE', '10:05', 3, 'load')::jsonb, t.run_event('START', '10:06', 4, 'load')::jsonb));
SELECT ingest(json_build_array(t.run_event('COMPLETE', '10:07', 4, 'load')::json));
SELECT * FROM t.runs;
-- Raw text stays as it came.
SELECT ingest(E'  {"eventTime" : "2026-01-05T11:00:00Z",\n\t"job":{"name":"\\u0061","namespace":"sched"}, "n": 1.10e0 }  ');
SELECT body FROM event WHERE kind = 'job';
SELECT kind, type, sum(n) FROM event_count GROUP BY 1, 2 ORDER BY 1, 2;
-- A function of the writer, not of everybody.
SELECT has_function_privilege('openlineage_writer', f, 'execute') AS writer, has_function_privilege('openlineage_reader', f, 'execute') AS reader
  FROM unnest(ARRAY['openlineage.ingest(text)', 'openlineage.ingest(json)', 'openlineage.ingest(jsonb)', 'openlineage.ingest_batch(bytea[])']) AS f;

ROLLBACK;
