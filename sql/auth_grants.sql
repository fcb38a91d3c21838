-- Who may read what: claims, grants to every kind of principal, patterns, and that changes count from the next statement on.
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
\pset format unaligned
\pset null -
BEGIN;
CREATE ROLE regress_access_reader IN ROLE openlineage_reader;
CREATE ROLE regress_access_team IN ROLE openlineage_reader;
CREATE ROLE regress_access_member IN ROLE regress_access_team;
CREATE ROLE regress_access_admin IN ROLE openlineage_admin;
INSERT INTO openlineage.namespace (name, created_at, updated_at)
SELECT n, now(), now() FROM unnest(ARRAY['a', 'ab', 'abc', 'b', 'b.1', 'ü', 'üx', '100%', 'a*', 'A', 'secret']) AS n;
CREATE FUNCTION pg_temp.seen() RETURNS text LANGUAGE sql STABLE AS
$$SELECT string_agg(name, ' ' ORDER BY name COLLATE "C") FROM openlineage.namespace$$;
CREATE FUNCTION pg_temp.be(sub text, client text DEFAULT NULL, roles text[] DEFAULT '{}', scopes text[] DEFAULT '{}', reads text[] DEFAULT '{}',
                           writes text[] DEFAULT '{}', issuer text DEFAULT 'https://issuer', ends text DEFAULT 'null') RETURNS void LANGUAGE sql AS
$$SELECT set_config('openlineage._claims', json_build_object('iss', issuer, 'sub', sub, 'client_id', client, 'exp', ends::json, 'scopes', scopes,
                    'roles', roles, 'namespaces', json_build_object('read', reads, 'write', writes))::text, false)$$;

-- Open: everything, whoever it is; what the rules would say is told as well.
SET LOCAL ROLE regress_access_reader;
SELECT pg_temp.seen(), openlineage.access_open(), openlineage.namespaces(), openlineage.sees_all(), openlineage.can_read(NULL), openlineage.can_write(1);
RESET ROLE;

-- Enforced: nothing without a grant.
SET LOCAL ROLE regress_access_admin;
SELECT openlineage.enable_rls();
SELECT pg_temp.seen(), openlineage.sees_all(), openlineage.can_read(NULL);
SET LOCAL ROLE regress_access_reader;
SELECT pg_temp.seen(), openlineage.access_open(), openlineage.namespaces(), openlineage.namespace_ids(), openlineage.sees_all(), openlineage.can_read(NULL);

-- Patterns of the token.
RESET ROLE;
CREATE TEMP TABLE pattern AS SELECT * FROM unnest(ARRAY['a', 'a*', '*', '*b', 'a*c', '**', 'b.*', 'b?1', '*.*', 'ü*', '*ü', '%', '10%', '100%', 'A*', '', ' ', 'x', '*b*c*']) WITH ORDINALITY AS p (pattern, n);
CREATE FUNCTION pg_temp.seen_with(pattern text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.be('ann', reads => ARRAY[pattern]);
    SET LOCAL ROLE regress_access_reader;
    pattern := pg_temp.seen();
    RESET ROLE;
    RETURN pattern;
END
$$;
SELECT pattern, pg_temp.seen_with(pattern) FROM pattern ORDER BY n;

-- Grants to each kind of principal, and to nobody else.
SET LOCAL ROLE regress_access_admin;
SELECT openlineage.grant_namespace('user', 'ann', 'a'), openlineage.grant_namespace('client', 'bi', 'ab'), openlineage.grant_namespace('role', 'analyst', 'abc'),
       openlineage.grant_namespace('scope', 'lineage:read', 'b'), openlineage.grant_namespace('database_role', 'regress_access_team', 'b.1', 'write'),
       openlineage.grant_namespace('user', 'eve', 'ü', issuer => 'https://issuer'), openlineage.grant_namespace('user', 'ann', 'not there yet', 'write');
SELECT openlineage.grant_namespace('user', 'ann', 'a'), openlineage.grant_namespace('user', 'ann', 'a', issuer => 'x');
RESET ROLE;
CREATE FUNCTION pg_temp.try(who text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    EXECUTE 'SELECT pg_temp.be(' || call || ')';
    EXECUTE format('SET LOCAL ROLE %I', who);
    found := format('%s / writes %s', pg_temp.seen(), openlineage.namespaces('write'));
    RESET ROLE;
    RETURN found;
END
$$;
SELECT who, call, pg_temp.try(who, call)
  FROM (VALUES ('regress_access_reader', '''ann'''), ('regress_access_reader', '''ANN'''), ('regress_access_reader', '''bi'''), ('regress_access_reader', '''x'', ''bi'''),
               ('regress_access_reader', '''x'', roles => ''{analyst,lineage:read,bi,ann}'''), ('regress_access_reader', '''x'', scopes => ''{lineage:read,analyst}'''),
               ('regress_access_reader', '''eve'''), ('regress_access_reader', '''eve'', issuer => ''https://other'''), ('regress_access_reader', '''eve'', issuer => NULL'),
               ('regress_access_reader', '''ann'', ''bi'', ''{analyst}'', ''{lineage:read}'', ''{100%}'', ''{A}'''),
               ('regress_access_reader', '''ann'', ends => ''1'''), ('regress_access_reader', '''x'', scopes => ''{admin}'''), ('regress_access_reader', '''x'', scopes => ''{admin}'', ends => ''1'''),
               ('regress_access_team', '''x'''), ('regress_access_member', '''ann'''), ('regress_access_member', '''x'', ends => ''1'''),
               ('regress_access_reader', '''regress_access_team''')) AS t (who, call);

-- A revoked grant counts from the next statement on, a rolled back one never did.
SELECT pg_temp.be('ann');
SET LOCAL ROLE regress_access_reader;
SELECT pg_temp.seen();
SAVEPOINT s;
RESET ROLE;
SELECT openlineage.grant_namespace('user', 'ann', 'secret'), openlineage.revoke_namespace('user', 'ann', 'a');
SET LOCAL ROLE regress_access_reader;
SELECT pg_temp.seen();
ROLLBACK TO s;
SELECT pg_temp.seen();
RESET ROLE;
INSERT INTO openlineage.namespace (name, created_at, updated_at) VALUES ('not there yet', now(), now());
SET LOCAL ROLE regress_access_reader;
SELECT pg_temp.seen(), openlineage.namespaces('write');
RESET ROLE;
DELETE FROM openlineage.namespace WHERE name = 'not there yet';
SELECT openlineage.revoke_namespace('user', 'ann', 'a'), openlineage.revoke_namespace('user', 'ann', 'a'), openlineage.revoke_namespace('user', 'ann', 'a', issuer => 'x'),
       openlineage.revoke_namespace('user', 'ann', 'not there yet'), openlineage.revoke_namespace('user', 'ann', 'not there yet', 'write');
SET LOCAL ROLE regress_access_reader;
SELECT pg_temp.seen();
RESET ROLE;

-- Members of a role lose what was granted to it with their membership.
SET LOCAL ROLE regress_access_member;
SELECT pg_temp.seen();
RESET ROLE;
REVOKE regress_access_team FROM regress_access_member;
GRANT openlineage_reader TO regress_access_member;
SET LOCAL ROLE regress_access_member;
SELECT pg_temp.seen();
RESET ROLE;

-- However often the rules change, what is noted of it stays short.
DO $$
BEGIN
    FOR i IN 1 .. 300 LOOP
        PERFORM openlineage.grant_namespace('user', 'many', 'secret' || i);
    END LOOP;
END
$$;
SELECT count(*) < 100 AS short FROM openlineage.access_change;
SELECT pg_temp.try('regress_access_reader', '''many''') LIKE ' / writes {}' AS none;
SELECT openlineage.grant_namespace('user', 'many', 'secret');
SELECT pg_temp.try('regress_access_reader', '''many''');

-- Operators of the caller's own get no hold of the rules.
CREATE SCHEMA regress_trap;
CREATE FUNCTION regress_trap.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured by %', current_user; END$$;
CREATE FUNCTION regress_trap.trap(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured by %', current_user; END$$;
CREATE FUNCTION regress_trap.trap(int, int) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured by %', current_user; END$$;
CREATE FUNCTION regress_trap.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured by %', current_user; END$$;
CREATE OPERATOR regress_trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = regress_trap.trap);
CREATE OPERATOR regress_trap.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = regress_trap.trap);
CREATE OPERATOR regress_trap.= (LEFTARG = int, RIGHTARG = int, FUNCTION = regress_trap.trap);
CREATE FUNCTION regress_trap.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured by %', current_user; END$$;
CREATE FUNCTION regress_trap.clock_timestamp() RETURNS timestamptz IMMUTABLE LANGUAGE plpgsql AS $$BEGIN PERFORM regress_trap.note(''); END$$;
CREATE FUNCTION regress_trap.make_interval(secs float8) RETURNS interval IMMUTABLE LANGUAGE plpgsql AS $$BEGIN PERFORM regress_trap.note(''); END$$;
CREATE FUNCTION regress_trap.json_build_object(VARIADIC text[]) RETURNS json LANGUAGE plpgsql AS $$BEGIN PERFORM regress_trap.note(''); END$$;
GRANT USAGE ON SCHEMA regress_trap TO regress_access_reader;
SELECT openlineage.add_issuer('https://trap.example.org', 'openlineage', jwks => '{"keys": []}');
SELECT pg_temp.be('many', reads => '{a,b*}');
SELECT openlineage.grant_namespace('user', 'x', 'y');
SELECT id AS a FROM openlineage.namespace WHERE name = 'a' \gset
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (regress_trap.note(VALUE));
SET LOCAL search_path = regress_trap, pg_catalog;
SET LOCAL ROLE regress_access_reader;
SELECT openlineage.can_read(:a), (openlineage.namespaces())[1:5], openlineage.namespaces('write'), openlineage.sees_all(), openlineage.access_open();
-- Nor of tokens, which login() looks up as the owner of the tables.
\set VERBOSITY default
SELECT openlineage.login('ol_0123456789abcdefX');
SELECT openlineage.login('eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJodHRwczovL3RyYXAuZXhhbXBsZS5vcmciLCJzdWIiOiJ4IiwiZXhwIjo0MTAyNDQ0ODAwfQ.AAAA');
\set VERBOSITY terse
RESET ROLE;
RESET search_path;
DROP DOMAIN pg_temp.text;

-- What is refused.
SET LOCAL ROLE regress_access_admin;
\set VERBOSITY sqlstate
SELECT openlineage.grant_namespace('group', 'x', 'y');
SELECT openlineage.grant_namespace('user', '', 'y');
SELECT openlineage.grant_namespace('user', 'x', '');
SELECT openlineage.grant_namespace('user', NULL, 'y');
SELECT openlineage.grant_namespace('user', 'x', NULL);
SELECT openlineage.grant_namespace('user', 'x', 'y', 'own');
SELECT openlineage.grant_namespace('database_role', 'regress_access_nobody', 'y');
SELECT openlineage.grant_namespace('database_role', 'regress_access_team', 'y', issuer => 'x');
SELECT openlineage.namespaces('own');
SELECT openlineage.namespace_ids('own');
UPDATE openlineage.grant_rule SET privilege = 'write';
SELECT count(*) FROM openlineage.access_change;
CREATE TRIGGER t AFTER INSERT ON openlineage.grant_rule FOR EACH ROW EXECUTE FUNCTION openlineage.note_access_change();
SET LOCAL ROLE regress_access_reader;
SELECT openlineage.grant_namespace('user', 'x', 'y');
SELECT openlineage.revoke_namespace('user', 'x', 'y');
SELECT openlineage.disable_rls();
SELECT count(*) FROM openlineage.grant_rule;
INSERT INTO openlineage.grant_rule (principal_kind, principal, namespace_pattern, privilege) VALUES ('user', 'many', '*', 'write');
RESET ROLE;
CREATE TABLE regress_trap.t ();
CREATE TRIGGER t BEFORE INSERT ON regress_trap.t FOR EACH ROW EXECUTE FUNCTION openlineage.note_access_change();
INSERT INTO regress_trap.t DEFAULT VALUES;
ROLLBACK;
RESET ALL;
