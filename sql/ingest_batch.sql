-- ingest_batch() answers each body by itself; a bad one leaves the others alone.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

SELECT b.ordinal, b.sqlstate, b.message, b.detail, b.answer IS NOT NULL AS is_array FROM ingest_batch(ARRAY[
    convert_to(t.run_event('START', '10:00', 1, 'load', t.datasets('a')), 'UTF8'),
    convert_to('{"eventTime": ', 'UTF8'),
    '\xff'::bytea,
    convert_to(t.run_event('COMPLETE', '10:05', 1, 'load', NULL, t.datasets('b')), 'UTF8'),
    convert_to('{"eventTime": "never", "job": {"namespace": "n", "name": "j"}}', 'UTF8'),
    convert_to(t.run_event('START', '10:00', 1, 'load', t.datasets('a')), 'UTF8'),
    convert_to('[]', 'UTF8'),
    convert_to('{"eventTime": "2026-01-05T10:00:00Z", "job": {"namespace": "n"}}', 'UTF8'),
    ''::bytea]) AS b ORDER BY 1;
SELECT * FROM t.runs;
SELECT * FROM t.edges;
SELECT count(*) FROM event;
SELECT name FROM namespace ORDER BY 1;
-- An array is answered as one, and a bad event in it leaves the others alone.
SELECT b.ordinal, b.sqlstate, b.answer FROM ingest_batch(ARRAY[
    convert_to('  [' || t.run_event('START', '11:00', 2, 'load') || ', 3, {"a": 1}, [], '
               || t.run_event('COMPLETE', '11:05', 2, 'load') || ']', 'UTF8'),
    convert_to('[' || t.run_event('START', '10:00', 1, 'load', t.datasets('a')) || ']', 'UTF8'),
    convert_to('[]', 'UTF8'),
    convert_to('[null, 7]', 'UTF8'),
    convert_to('[' || t.run_event('START', '12:00', 3, 'load'), 'UTF8')]) AS b ORDER BY 1;
SELECT * FROM t.runs;
SELECT count(*) FROM event;
-- What fails for no fault of the event may be sent again; of an array that is all of it, or named.
CREATE FUNCTION t.fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = 'P0001'; END$$;
CREATE TRIGGER fail BEFORE INSERT ON job FOR EACH ROW WHEN (NEW.type = 'BATCH') EXECUTE FUNCTION t.fail();
SELECT b.ordinal, b.sqlstate, b.answer FROM ingest_batch(ARRAY[
    convert_to('[' || t.run_event('START', '12:00', 4, 'unlucky') || ', 3]', 'UTF8'),
    convert_to('[' || t.run_event('START', '12:00', 2, 'load') || ', ' || t.run_event('START', '12:00', 4, 'unlucky') || ']', 'UTF8')]) AS b ORDER BY 1;
DROP TRIGGER fail ON job;
SELECT count(*) FROM ingest_batch('{}');
SELECT count(*) FROM ingest_batch(NULL);
-- Columns that were told before are read again only where they are needed, and are the same when a batch is tried again.
CREATE FUNCTION t.wide(name text) RETURNS jsonb STABLE
    RETURN (SELECT jsonb_build_array(t.dataset(name, jsonb_build_object('schema', jsonb_build_object('fields',
                       jsonb_agg(jsonb_build_object('name', 'column_' || n, 'type', 'int'))))))
              FROM generate_series(1, 500) AS n);
SELECT ingest(t.run_event('START', '13:00', 5, 'wide', NULL, t.wide('told')));
CREATE TRIGGER fail BEFORE INSERT ON event_count FOR EACH ROW WHEN (NEW.type = 'OTHER') EXECUTE FUNCTION t.fail();
SELECT b.ordinal, b.sqlstate FROM ingest_batch(ARRAY[
    convert_to(t.run_event('START', '13:05', 6, 'wide', NULL, t.wide('again')), 'UTF8'),
    convert_to(t.run_event('OTHER', '13:05', 7, 'unlucky', NULL, t.wide('never')), 'UTF8')]) AS b ORDER BY 1;
DROP TRIGGER fail ON event_count;
SELECT n.name, count(*), count(*) FILTER (WHERE f.name ~ '^column_[0-9]+$') AS whole
  FROM dataset_field AS f JOIN node AS n ON n.id = f.dataset_id GROUP BY 1 ORDER BY 1;
-- An array of more elements than there could be events is answered in a line, not with a line for each.
SELECT b.ordinal, b.sqlstate, b.message, b.detail, length(b.answer::text) > 50000 AS tells_of_each FROM ingest_batch(ARRAY[
    convert_to('[1' || repeat(',1', 1000) || ']', 'UTF8'), convert_to('[1' || repeat(',1', 999) || ']', 'UTF8'),
    convert_to('[1' || repeat(',' || repeat(' ', 40) || '1', 1500) || ']', 'UTF8')]) AS b ORDER BY 1;
SELECT event_portions(convert_to('[1' || repeat(',1', 200000) || ']', 'UTF8'), 500, 1000000) IS NULL;
-- NULL is no body: a mistake of the caller, not of a producer.
\set VERBOSITY sqlstate
SELECT count(*) FROM ingest_batch(ARRAY[NULL]::bytea[]);
SELECT count(*) FROM ingest_batch(ARRAY[['{}', '{}']]::bytea[]);

ROLLBACK;
