-- What everything else stands on: who may come in, and the hash that names
-- are looked up by.

\echo Use "CREATE EXTENSION openlineage" to load this file. \quit

DO $$
BEGIN
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'cannot create extension "openlineage" in a database with encoding "%"',
                        pg_catalog.current_setting('server_encoding')
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'Create the database with ENCODING ''UTF8''.';
    END IF;
END
$$;

-- Roles belong to the whole server and outlive the extension.  One that is
-- already there is taken over only when it cannot do more than ours.
DO $$
DECLARE
    wanted  pg_catalog.text;
    taken   pg_catalog.pg_roles;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['openlineage_reader', 'openlineage_writer',
                                  'openlineage_admin', 'openlineage_worker']
    LOOP
        SELECT r.* INTO taken
          FROM pg_catalog.pg_roles AS r
         WHERE r.rolname OPERATOR(pg_catalog.=) wanted::pg_catalog.name;
        IF NOT FOUND THEN
            IF wanted OPERATOR(pg_catalog.=) 'openlineage_worker' THEN
                CREATE ROLE openlineage_worker LOGIN CONNECTION LIMIT 0;
            ELSE
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        ELSIF taken.rolsuper OR taken.rolbypassrls OR taken.rolcreaterole
              OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS d
                          WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
                            AND d.refobjid OPERATOR(pg_catalog.=) taken.oid
                            AND d.deptype OPERATOR(pg_catalog.=) 'o')
        THEN
            RAISE EXCEPTION 'role "%" exists and can do more than this extension allows', wanted
                USING ERRCODE = 'duplicate_object',
                      DETAIL = 'It is a superuser, bypasses row-level security, creates roles or owns objects.',
                      HINT = 'Rename that role, or take these rights from it, and try again.';
        END IF;
    END LOOP;
END
$$;

GRANT openlineage_reader TO openlineage_writer;
GRANT openlineage_writer TO openlineage_admin;
GRANT openlineage_reader, openlineage_writer TO openlineage_worker;
GRANT USAGE ON SCHEMA @extschema@ TO openlineage_reader;

CREATE FUNCTION openlineage.hash128(value text) RETURNS uuid
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_hash128';
COMMENT ON FUNCTION openlineage.hash128(text) IS
    'First 128 bits of the SHA-256 of a text: names have no length limit, so indexes hold this instead.';

CREATE FUNCTION openlineage.finite_number(value text) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_finite_number';
COMMENT ON FUNCTION openlineage.finite_number(text) IS
    'The number a JSON text spells, or null when it is none or too large for double precision; never an error.';

CREATE FUNCTION openlineage.lenient_time(value text) RETURNS timestamptz
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lenient_time';
COMMENT ON FUNCTION openlineage.lenient_time(text) IS
    'An ISO 8601 time as producers write it (date only, no zone = UTC, nanoseconds), or null when it is none; never an error.';

CREATE FUNCTION openlineage.version_uuid(kind text, namespace text, name text, content_hash uuid)
    RETURNS uuid
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_version_uuid';
COMMENT ON FUNCTION openlineage.version_uuid(text, text, text, uuid) IS
    'The version 3 UUID that clients see for a version: of its kind, the names of its entity and the hash of its content.';

CREATE FUNCTION openlineage.run_uuid(run_id text) RETURNS uuid
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_run_uuid';
COMMENT ON FUNCTION openlineage.run_uuid(text) IS
    'The id a run is stored under: its runId, or the version 3 UUID of its bytes when that is no UUID, as Marquez does.';
