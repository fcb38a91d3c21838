-- Triggers that users make FOR EACH ROW fire for what ingest writes, statement or not.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE TABLE t.noted (id int GENERATED ALWAYS AS IDENTITY, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.noted (what) VALUES (concat_ws(' ', TG_WHEN, TG_OP, TG_TABLE_NAME, TG_ARGV[0]));
    RETURN NEW;
END
$$;
CREATE TRIGGER note BEFORE INSERT ON event_default FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT OR UPDATE ON run FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT OR UPDATE ON run_io FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT ON event_dataset_store FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note BEFORE INSERT ON event_count FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER UPDATE ON facet FOR EACH ROW WHEN (NEW.name = 'sql') EXECUTE FUNCTION note('sql');
CREATE TRIGGER note BEFORE INSERT ON facet_content FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note_after AFTER INSERT ON facet_content FOR EACH ROW EXECUTE FUNCTION note();
CREATE FUNCTION keep_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.external_id := 'kept';
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_name BEFORE UPDATE ON run FOR EACH ROW EXECUTE FUNCTION keep_name();
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no run on this day';
END
$$;
CREATE TRIGGER refuse BEFORE INSERT ON run FOR EACH ROW WHEN (NEW.created_at > '2026-01-06') EXECUTE FUNCTION refuse();

SELECT ingest(t.run_event('START', '10:00', 1, 'load', t.datasets('a'), job_facets => '{"sql": {"query": "SELECT 1"}}'));
SELECT ingest(t.run_event('COMPLETE', '10:05', 1, 'load', t.datasets('a'), job_facets => '{"sql": {"query": "SELECT 1"}}'));
SELECT what FROM t.noted ORDER BY id;
SELECT external_id, state FROM run;
-- One that raises is a fault of the event, and nothing of it is stored.
SELECT b.ordinal, b.sqlstate, b.message FROM ingest_batch(ARRAY[
    convert_to(replace(t.run_event('START', '10:00', 2, 'load'), '2026-01-05', '2026-01-07'), 'UTF8'),
    convert_to(t.run_event('START', '11:00', 3, 'load'), 'UTF8')]) AS b ORDER BY 1;
SELECT count(*) FROM event;
-- Columns that users have generated follow.
ALTER TABLE dataset_activity ADD COLUMN minute int GENERATED ALWAYS AS (extract(minute FROM updated_at AT TIME ZONE 'UTC')::int) STORED;
ALTER TABLE job_activity ADD COLUMN minute int GENERATED ALWAYS AS (extract(minute FROM updated_at AT TIME ZONE 'UTC')::int) STORED;
SELECT ingest(t.run_event('RUNNING', '11:07', 3, 'load', t.datasets('a')));
SELECT ingest(t.run_event('RUNNING', '11:09', 3, 'load', t.datasets('a')));
SELECT d.minute, j.minute FROM dataset_activity AS d, job_activity AS j;
-- Rows of source are written the short way until a trigger is to see it.
ALTER TABLE source ADD COLUMN minute int GENERATED ALWAYS AS (extract(minute FROM event_time AT TIME ZONE 'UTC')::int) STORED;
CREATE FUNCTION t.sourced(name text) RETURNS jsonb IMMUTABLE
    RETURN jsonb_build_array(jsonb_build_object('namespace', 'db', 'name', 'a', 'facets', jsonb_build_object('dataSource',
        jsonb_build_object('_producer', 'p', '_schemaURL', 's', 'name', name, 'uri', 'db://' || name))));
SELECT ingest(t.run_event('RUNNING', '11:10', 3, 'load', t.sourced('store')));
SELECT ingest(t.run_event('RUNNING', '11:11', 3, 'load', t.sourced('store')));
SELECT name, minute, name_hash = hash128(name) AS hashed FROM source;
TRUNCATE t.noted;
CREATE TRIGGER note AFTER UPDATE ON source FOR EACH ROW EXECUTE FUNCTION note();
SELECT ingest(t.run_event('RUNNING', '11:12', 3, 'load', t.sourced('store')));
SELECT what FROM t.noted WHERE what ~ 'source';
SELECT name, minute, name_hash = hash128(name) AS hashed FROM source;
ROLLBACK;
