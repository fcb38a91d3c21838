-- The HTTP server of this database: what it does, and how to start and stop it.

CREATE FUNCTION openlineage.server_status(
    OUT item    text,
    OUT state   text,
    OUT detail  text,
    OUT remedy  text
) RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_status';
COMMENT ON FUNCTION openlineage.server_status() IS
    'What status() tells about processes and settings.';

CREATE FUNCTION openlineage.status(
    OUT item    text,   -- what is looked at
    OUT state   text,   -- ok, info, problem or missing
    OUT detail  text,   -- what was found, in words
    OUT remedy  text    -- the command that changes it; null where nothing is to be done
) RETURNS SETOF record
    LANGUAGE sql VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT s.item, s.state, s.detail, s.remedy
      FROM openlineage.server_status() AS s
    UNION ALL
    SELECT 'access'::pg_catalog.text,
           'info'::pg_catalog.text,
           CASE WHEN openlineage.access_open()
                THEN 'Row-level security is open: whoever may read the tables sees every namespace.'
                ELSE 'Row-level security is enforced: everybody sees the namespaces granted to them.'
           END::pg_catalog.text,
           CASE WHEN openlineage.access_open()
                THEN 'SELECT openlineage.enable_rls();'
                ELSE 'SELECT openlineage.disable_rls();'
           END::pg_catalog.text
$$;
COMMENT ON FUNCTION openlineage.status() IS
    'What runs in this database, what is missing, and the exact command for it.';

CREATE FUNCTION openlineage.start_server() RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_start_server';
COMMENT ON FUNCTION openlineage.start_server() IS
    'Starts the HTTP server of this database until PostgreSQL stops, and returns what it says of itself; openlineage.databases makes it start with PostgreSQL.';
REVOKE ALL ON FUNCTION openlineage.start_server() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.start_server() TO openlineage_admin;

CREATE FUNCTION openlineage.stop_server() RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_stop_server';
COMMENT ON FUNCTION openlineage.stop_server() IS
    'Stops the HTTP server of this database after the requests under way, until start_server() or the next start of PostgreSQL; false when none was running.';
REVOKE ALL ON FUNCTION openlineage.stop_server() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.stop_server() TO openlineage_admin;
