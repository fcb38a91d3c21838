-- Where rows were found is kept, and may be wrong: rows that move, go or take another's place are found all the same.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
-- Job n reads datasets n to n + 2 and writes n + 3, whose column comes from one of n; hour is when.
CREATE FUNCTION t.copies(n int, hour int) RETURNS text VOLATILE
    RETURN t.run_event('COMPLETE', to_char(make_time(hour, n, 0), 'HH24:MI'), 100 * n + hour, 'copy ' || n,
               (SELECT jsonb_agg(t.dataset('table ' || i, '{"dataSource": {"name": "store", "uri": "db://store"}}')) FROM generate_series(n, n + 2) AS i),
               jsonb_build_array(t.dataset('table ' || n + 3, jsonb_build_object(
                   'schema', '{"fields": [{"name": "x", "type": "INT"}]}'::jsonb,
                   'columnLineage', jsonb_build_object('fields', jsonb_build_object('x', jsonb_build_object('inputFields',
                       jsonb_build_array(jsonb_build_object('namespace', 'db', 'name', 'table ' || n, 'field', 'x')))))))));
-- Puts the rows of the tables that are asked again and again in the order of an index, after every second one has moved.
CREATE PROCEDURE t.move() LANGUAGE plpgsql AS $$
DECLARE
    moved   record;
BEGIN
    FOR moved IN
        SELECT * FROM (VALUES ('dataset_activity', 'dataset_activity_pkey', 'node_id % 2 = 0', 'updated_at'),
                              ('job_activity', 'job_activity_pkey', 'node_id % 2 = 0', 'updated_at'),
                              ('job', 'job_pkey', 'node_id % 2 = 0', 'type'),
                              ('edge', 'edge_pkey', 'src % 2 = 0', 'first_at'),
                              ('column_lineage_source', 'column_lineage_source_pkey', 'dataset_id % 2 = 0', 'event_time'),
                              ('dataset_version', 'dataset_version_pkey', 'id % 2 = 0', 'last_seen_at'),
                              ('run', 'run_pkey', 'job_id % 2 = 0', 'updated_at')) AS v (relation, index, part, column_name)
    LOOP
        EXECUTE format('UPDATE openlineage.%1$I SET %2$I = %2$I WHERE %3$s', moved.relation, moved.column_name, moved.part);
        EXECUTE format('CLUSTER openlineage.%I USING %I', moved.relation, moved.index);
    END LOOP;
END $$;
-- The state after three hours of ten jobs, with what happens between them; nothing is kept but where rows were.
CREATE FUNCTION t.state(happens text, jobs int[] = '{1,2,3,4,5,6,7,8,9,10}') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    FOR hour IN 6 .. 8 LOOP
        PERFORM openlineage.ingest('[' || string_agg(t.copies(n, hour), ',' ORDER BY n) || ']') FROM unnest(jobs) AS n;
        EXECUTE happens;
    END LOOP;
    RAISE EXCEPTION USING ERRCODE = 'OL000', MESSAGE = (SELECT md5(string_agg(s, E'\n')) FROM openlineage.state_export() AS s);
EXCEPTION
    WHEN SQLSTATE 'OL000' THEN RETURN SQLERRM;
END $$;
\set ECHO all

SELECT t.state('SELECT') AS told \gset
-- Other ids and other tables: what is remembered of the call before is wrong.
SELECT t.state('SELECT') = :'told' AS "after a rollback";
SELECT t.state('SELECT', '{10,9,8,7,6,5,4,3,2,1}') = :'told' AS "in another order";
SELECT t.state('CALL t.move()') = :'told' AS "where rows move";
SELECT t.state('SELECT', '{3,1,2,10,7,5,9,8,6,4}') = :'told' AS "after they moved";
-- An error that a trigger of a user catches ends a subtransaction in the middle of a batch, and with it what the process knew.
CREATE FUNCTION t.stumble() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 / 0;
EXCEPTION
    WHEN division_by_zero THEN RETURN NEW;
END
$$;
DO $$
DECLARE
    name    name;
BEGIN
    FOR name IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'openlineage'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition LOOP
        EXECUTE format('CREATE TRIGGER stumble BEFORE INSERT OR UPDATE ON openlineage.%I FOR EACH ROW EXECUTE FUNCTION t.stumble()', name);
    END LOOP;
END $$;
SELECT count(*) > 20 AS many FROM pg_trigger WHERE tgname = 'stumble';
SELECT t.state('SELECT') = :'told' AS "while triggers stumble";
SELECT t.state('SELECT', '{10,9,8,7,6,5,4,3,2,1}') = :'told' AS "and in another order";
ROLLBACK;
