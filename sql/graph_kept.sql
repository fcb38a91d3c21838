-- A graph that is kept and what its own transaction changes: in the middle of a statement, and in namespaces.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned

CREATE TABLE pg_temp.name AS SELECT n AS name, pg_temp.node_id('dataset', 't', n) AS id FROM unnest(ARRAY['a', 'b', 'c', 'd']) AS n;
SELECT pg_temp.edge(pg_temp.node_id('dataset', 't', 'a'), pg_temp.node_id('dataset', 't', 'b'));

-- What each gear reaches from a, and by which gear the last one did.
CREATE FUNCTION pg_temp.reached(gear text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    names text;
BEGIN
    PERFORM set_config('openlineage.graph_gear', gear, true);
    SELECT string_agg(n.name, ' ' ORDER BY n.name) INTO names
      FROM openlineage.walk((SELECT ARRAY[id] FROM pg_temp.name WHERE name = 'a')) AS w JOIN pg_temp.name AS n USING (id);
    RETURN names;
END
$$;
CREATE FUNCTION pg_temp.look() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.reached('1') || ', ' || pg_temp.reached('3') || ', gear ' || (SELECT gear || ' ' || reason FROM openlineage.last_walk())
$$;
SELECT pg_temp.look();

-- A trigger of a user is between a statement and the log of it.
CREATE TABLE pg_temp.told (n int GENERATED ALWAYS AS IDENTITY, told text);
CREATE FUNCTION pg_temp.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.told (told) VALUES (concat_ws(' ', TG_WHEN, TG_LEVEL, TG_OP) || ': ' || pg_temp.look());
    RETURN NEW;
END
$$;
CREATE TRIGGER a_row AFTER INSERT OR UPDATE OR DELETE ON openlineage.edge FOR EACH ROW EXECUTE FUNCTION pg_temp.tell();
CREATE TRIGGER a_statement AFTER INSERT OR UPDATE OR DELETE ON openlineage.edge FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.tell();
SELECT pg_temp.edge(pg_temp.node_id('dataset', 't', 'b'), pg_temp.node_id('dataset', 't', 'c'));
UPDATE openlineage.edge SET dst = (SELECT id FROM pg_temp.name WHERE name = 'd') WHERE dst = (SELECT id FROM pg_temp.name WHERE name = 'c');
DELETE FROM openlineage.edge WHERE dst = (SELECT id FROM pg_temp.name WHERE name = 'd');
SELECT told FROM pg_temp.told ORDER BY n;
SELECT pg_temp.look();
DROP TRIGGER a_row ON openlineage.edge;
DROP TRIGGER a_statement ON openlineage.edge;

-- A trigger of a user that reads the rows of a statement leaves them to the log.
CREATE FUNCTION pg_temp.read_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM count(*) FROM gone; ELSE PERFORM count(*) FROM came; END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER a_came AFTER INSERT ON openlineage.edge REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.read_rows();
CREATE TRIGGER a_changed AFTER UPDATE ON openlineage.edge REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.read_rows();
CREATE TRIGGER a_gone AFTER DELETE ON openlineage.edge REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.read_rows();
SELECT pg_temp.edge(pg_temp.node_id('dataset', 't', 'b'), pg_temp.node_id('dataset', 't', 'c'));
SELECT pg_temp.look();
UPDATE openlineage.edge SET dst = (SELECT id FROM pg_temp.name WHERE name = 'd') WHERE dst = (SELECT id FROM pg_temp.name WHERE name = 'c');
SELECT pg_temp.look();
DELETE FROM openlineage.edge WHERE dst = (SELECT id FROM pg_temp.name WHERE name = 'd');
SELECT pg_temp.look();
DROP TRIGGER a_came ON openlineage.edge;
DROP TRIGGER a_changed ON openlineage.edge;
DROP TRIGGER a_gone ON openlineage.edge;

-- A function in a statement that changes edges is in the middle of it as well.
INSERT INTO openlineage.edge SELECT b.id, c.id, 'data', pg_temp.namespace_id('t'), pg_temp.namespace_id('t'), now()
  FROM pg_temp.name AS b, pg_temp.name AS c WHERE (b.name, c.name) = ('b', 'c') RETURNING pg_temp.look();
WITH gone AS (DELETE FROM openlineage.edge WHERE dst = (SELECT id FROM pg_temp.name WHERE name = 'c') RETURNING src) SELECT pg_temp.look() FROM gone;
SELECT pg_temp.look();

-- Edges that came and then changed their namespaces: a reader is shown what the edges say now.
CREATE ROLE regress_kept_reader IN ROLE openlineage_reader;
SELECT pg_temp.edge(pg_temp.node_id('dataset', 't', 'b'), pg_temp.node_id('dataset', 't', 'c'));
SELECT openlineage.grant_namespace('database_role', 'regress_kept_reader', 't', 'read'), openlineage.enable_rls();
GRANT SELECT ON pg_temp.name TO openlineage_reader;
SET LOCAL ROLE regress_kept_reader;
SELECT pg_temp.look();
RESET ROLE;
UPDATE openlineage.edge SET dst_namespace_id = pg_temp.namespace_id('hidden') WHERE dst = (SELECT id FROM pg_temp.name WHERE name = 'c');
SET LOCAL ROLE regress_kept_reader;
SELECT pg_temp.look();
RESET ROLE;
SELECT pg_temp.look();

ROLLBACK;
