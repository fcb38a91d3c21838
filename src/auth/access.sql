-- What may be seen.  The default is open: row-level security is enabled and
-- forced on every table from the first day, and its policies let everybody
-- who was granted the table read it until enable_rls() adds a row here.

CREATE TABLE openlineage.access_mode (
    enforced    boolean     CONSTRAINT access_mode_pkey PRIMARY KEY
                            CONSTRAINT access_mode_only_true CHECK (enforced)  -- one row at most
);
COMMENT ON TABLE openlineage.access_mode IS
    'One row while row-level security is enforced, none while everything is open; written by enable_rls() and disable_rls().';
COMMENT ON COLUMN openlineage.access_mode.enforced IS 'Always true.';
GRANT SELECT ON openlineage.access_mode TO PUBLIC;

CREATE FUNCTION openlineage.access_open() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT NOT EXISTS (SELECT FROM openlineage.access_mode)$$;
COMMENT ON FUNCTION openlineage.access_open() IS
    'True while row-level security is not enforced.';

CREATE FUNCTION openlineage.can_read(namespace_id int) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_can_read';
COMMENT ON FUNCTION openlineage.can_read(int) IS
    'Whether the current caller may read rows of this namespace once row-level security is enforced.';

CREATE FUNCTION openlineage.can_write(namespace_id int) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_can_write';
COMMENT ON FUNCTION openlineage.can_write(int) IS
    'Whether the current caller may write rows of this namespace once row-level security is enforced.';

CREATE FUNCTION openlineage.enable_rls() RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
    AS $$INSERT INTO openlineage.access_mode (enforced) VALUES (true) ON CONFLICT DO NOTHING$$;
COMMENT ON FUNCTION openlineage.enable_rls() IS
    'Enforces row-level security from the next statement on; survives dump and restore.';
REVOKE ALL ON FUNCTION openlineage.enable_rls() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.enable_rls() TO openlineage_admin;

CREATE FUNCTION openlineage.disable_rls() RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
    AS $$DELETE FROM openlineage.access_mode$$;
COMMENT ON FUNCTION openlineage.disable_rls() IS
    'Opens everything again to whoever was granted the tables.';
REVOKE ALL ON FUNCTION openlineage.disable_rls() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.disable_rls() TO openlineage_admin;
GRANT INSERT, DELETE ON openlineage.access_mode TO openlineage_admin;

ALTER TABLE openlineage.access_mode ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.access_mode FORCE ROW LEVEL SECURITY;
CREATE POLICY access_mode_all ON openlineage.access_mode USING (true);
