-- What the claims of a session say, and that nobody but C code and a superuser can set them.
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
\pset format unaligned
\pset null -
BEGIN;
CREATE ROLE regress_claims_user IN ROLE openlineage_reader;

-- Nobody.
SELECT openlineage.claims(), openlineage.claim('sub'), openlineage.user_id(), openlineage.scopes(), openlineage.has_scope('admin');

SET LOCAL openlineage._claims = '{"iss": "https://issuer", "sub": "ann", "client_id": "bi", "exp": 32503680000, "scopes": ["lineage:read", "models:read"], "roles": ["analyst"], "namespaces": {"read": ["a", "b*"], "write": []}, "claims": {"sub": "ann", "email": "ann@example.org", "realm_access": {"roles": ["x", "y\u0041"]}, "https://example.org/groups": ["g"], "a.b": {"c.d": 1}, "null": null, "flag": true}}';
SET LOCAL ROLE regress_claims_user;
SELECT openlineage.user_id(), openlineage.scopes(), openlineage.claims() ->> 'client_id', openlineage.claims() -> 'claims' ->> 'email';
SELECT scope, openlineage.has_scope(scope) FROM unnest(ARRAY['lineage:read', 'models:read', 'lineage:write', 'admin', 'lineage', '', NULL]) AS scope;
SELECT path, openlineage.claim(path)
  FROM unnest(ARRAY['sub', 'email', 'realm_access.roles', 'realm_access.roles.1', 'realm_access.roles.2', 'realm_access.roles.-1',
                    'https://example.org/groups.0', 'a.b.c.d', 'a.b', 'null', 'flag', 'client_id', 'namespaces.read.1', 'email.x',
                    '', '.', 'sub.', NULL]) AS path;

-- Every way a user could say who they are.
SET openlineage._claims = '{"sub": "forged"}';
SET LOCAL openlineage._claims = '{"sub": "forged"}';
RESET openlineage._claims;
SELECT set_config('openlineage._claims', '{"sub": "forged"}', false);
CREATE FUNCTION pg_temp.forged() RETURNS text LANGUAGE sql SET openlineage._claims = '{"sub": "forged"}' AS 'SELECT openlineage.user_id()';
ALTER ROLE regress_claims_user SET openlineage._claims = '{"sub": "forged"}';
UPDATE pg_settings SET setting = '{"sub": "forged"}' WHERE name = 'openlineage._claims';
SELECT openlineage.user_id();
SELECT count(*) FROM pg_settings WHERE name = 'openlineage._claims';

-- SET ROLE does not change who it is; logout() does, and an administrator's scope stands for all.
RESET ROLE;
SELECT openlineage.user_id();
SELECT openlineage.logout();
SELECT openlineage.user_id(), openlineage.claims(), openlineage.has_scope('lineage:read');
SET LOCAL openlineage._claims = '{"scopes": ["admin"]}';
SELECT openlineage.has_scope('lineage:write'), openlineage.has_scope('whatever'), openlineage.user_id(), openlineage.scopes();

-- The time of expiry is compared with the clock at each use; what is no time has passed.
SELECT set_config('openlineage._claims', format('{"sub": "ann", "exp": %s, "scopes": ["admin"]}', e), true) <> '' AS set,
       openlineage.user_id(), openlineage.scopes(), openlineage.has_scope('admin'), openlineage.claims() IS NULL AS nobody, openlineage.claim('sub')
  FROM unnest(ARRAY['0', '1.5', '-1', '1e3', '"soon"', '[]', 'true', '32503680000', '32503680000.5', 'null']) AS e;
DO $$
DECLARE
    ends timestamptz := clock_timestamp() + interval '0.2 seconds';
BEGIN
    PERFORM set_config('openlineage._claims', format('{"sub": "ann", "exp": %s}', extract(epoch FROM ends)), true);
    WHILE openlineage.user_id() IS NOT NULL LOOP
        IF clock_timestamp() > ends + interval '60 seconds' THEN
            RAISE EXCEPTION 'the claims do not expire';
        END IF;
    END LOOP;
    RAISE NOTICE 'expired %', CASE WHEN clock_timestamp() >= ends THEN 'in time' ELSE 'too early' END;
END
$$;

-- What are no claims is nobody.
SELECT set_config('openlineage._claims', c, true) <> '?' AS set, openlineage.user_id(), openlineage.scopes(), openlineage.has_scope('admin')
  FROM unnest(ARRAY['', ' ', '[]', '{', '"ann"', '{"sub": 1}', '{"scopes": "admin"}', '{"scopes": {"admin": true}}', '{"scopes": [1, ["admin"], null]}']) AS c;
ROLLBACK;

-- ROLLBACK, ROLLBACK TO, RESET ALL and DISCARD ALL.
SET openlineage._claims = '{"sub": "session"}';
BEGIN;
SET LOCAL openlineage._claims = '{"sub": "transaction"}';
SAVEPOINT s;
SET LOCAL openlineage._claims = '{"sub": "savepoint"}';
SELECT openlineage.user_id();
ROLLBACK TO s;
SELECT openlineage.user_id();
SELECT openlineage.logout(), openlineage.user_id();
ROLLBACK TO s;
SELECT openlineage.user_id();
COMMIT;
SELECT openlineage.user_id();
BEGIN;
SELECT openlineage.logout();
COMMIT;
SELECT openlineage.user_id();
SET openlineage._claims = '{"sub": "session"}';
BEGIN;
SET openlineage._claims = '{"sub": "rolled back"}';
ROLLBACK;
SELECT openlineage.user_id();
RESET ALL;
SELECT openlineage.user_id();
SET openlineage._claims = '{"sub": "session"}';
DISCARD ALL;
SELECT openlineage.user_id();

-- Parallel workers know.
SET openlineage._claims = '{"sub": "session"}';
BEGIN;
SELECT set_config(name, '0', true) FROM unnest(ARRAY['parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_table_scan_size']) AS name;
SET LOCAL parallel_leader_participation = off;
CREATE TABLE public.regress_claims_rows AS SELECT g FROM generate_series(1, 10000) AS g;
ALTER TABLE public.regress_claims_rows SET (parallel_workers = 2);
SELECT min(openlineage.user_id()), count(*) FROM public.regress_claims_rows;
EXPLAIN (COSTS OFF) SELECT min(openlineage.user_id()), count(*) FROM public.regress_claims_rows;
ROLLBACK;
DISCARD ALL;
