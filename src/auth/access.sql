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

-- Who may read and write which namespaces, besides what a token says itself.
CREATE TABLE openlineage.grant_rule (
    principal_kind     text NOT NULL,
    principal          text NOT NULL,
    principal_hash     uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(principal)) STORED,
    issuer             text,
    namespace_pattern  text NOT NULL,
    privilege          text NOT NULL,
    granted_by         text NOT NULL DEFAULT CURRENT_USER,
    granted_at         timestamptz NOT NULL DEFAULT pg_catalog.now(),
    CONSTRAINT grant_rule_kind_check CHECK (principal_kind OPERATOR(pg_catalog.=) ANY (ARRAY['user', 'client', 'role', 'scope', 'database_role'])),
    CONSTRAINT grant_rule_principal_check CHECK (principal OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT grant_rule_issuer_check CHECK (issuer IS NULL OR principal_kind OPERATOR(pg_catalog.<>) 'database_role'),
    CONSTRAINT grant_rule_pattern_check CHECK (namespace_pattern OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT grant_rule_privilege_check CHECK (privilege OPERATOR(pg_catalog.=) ANY (ARRAY['read', 'write']))
);
COMMENT ON TABLE openlineage.grant_rule IS
    'Who may read and write which namespaces while row-level security is enforced, besides what their token says; written by grant_namespace() and revoke_namespace().';
COMMENT ON COLUMN openlineage.grant_rule.principal_kind IS
    'What principal is: user (sub of the token), client (client_id), role or scope of the token, or database_role, which counts for its members, too.';
COMMENT ON COLUMN openlineage.grant_rule.principal IS 'The name.';
COMMENT ON COLUMN openlineage.grant_rule.principal_hash IS 'What the name is looked up by.';
COMMENT ON COLUMN openlineage.grant_rule.issuer IS 'The token must be of this issuer; null: of any.';
COMMENT ON COLUMN openlineage.grant_rule.namespace_pattern IS 'Name of a namespace, in which * stands for any run of characters; namespaces made later count, too.';
COMMENT ON COLUMN openlineage.grant_rule.privilege IS 'read, or write, which includes read.';
COMMENT ON COLUMN openlineage.grant_rule.granted_by IS 'Database role that granted it.';
COMMENT ON COLUMN openlineage.grant_rule.granted_at IS 'When, by the clock.';
CREATE UNIQUE INDEX grant_rule_key ON openlineage.grant_rule
    (principal_hash, (openlineage.hash128(namespace_pattern)), principal_kind, privilege, (openlineage.hash128(COALESCE(issuer, ''))));
CREATE INDEX grant_rule_database_role_idx ON openlineage.grant_rule (principal_kind)
    WHERE principal_kind OPERATOR(pg_catalog.=) 'database_role';
GRANT SELECT, INSERT, DELETE ON openlineage.grant_rule TO openlineage_admin;

-- One row per change of the rules or of the set of namespaces: see generation.c.
CREATE SEQUENCE openlineage.access_change_id_seq AS bigint;
CREATE TABLE openlineage.access_change (
    id  bigint NOT NULL
);
COMMENT ON TABLE openlineage.access_change IS
    'Changes of access_mode, grant_rule and namespace, so that a statement knows whether rights that were worked out before are still right.';
COMMENT ON COLUMN openlineage.access_change.id IS 'Number of the change.';

CREATE FUNCTION openlineage.note_access_change() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_note_access_change';
COMMENT ON FUNCTION openlineage.note_access_change() IS
    'Trigger of access_mode, grant_rule and namespace: appends to access_change. Errors: 39P01 when it is called in another way than the triggers of this extension do.';
REVOKE ALL ON FUNCTION openlineage.note_access_change() FROM PUBLIC;

CREATE TRIGGER access_mode_insert_note AFTER INSERT ON openlineage.access_mode
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER access_mode_delete_note AFTER DELETE ON openlineage.access_mode
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER access_mode_truncate_note AFTER TRUNCATE ON openlineage.access_mode
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER grant_rule_insert_note AFTER INSERT ON openlineage.grant_rule
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER grant_rule_update_note AFTER UPDATE ON openlineage.grant_rule
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER grant_rule_delete_note AFTER DELETE ON openlineage.grant_rule
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER grant_rule_truncate_note AFTER TRUNCATE ON openlineage.grant_rule
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();

-- Functions of the caller's rights.  Policies call can_read() alone: it is true
-- in the open state, too.  No SET clause, as each row would pay for it; they
-- look nothing up by the caller's search_path.
CREATE FUNCTION openlineage.access_open() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_access_open';
COMMENT ON FUNCTION openlineage.access_open() IS
    'True while row-level security is not enforced.';

CREATE FUNCTION openlineage.readable_ids() RETURNS int[]
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_sql_readable_ids';
COMMENT ON FUNCTION openlineage.readable_ids() IS
    'Ids of the namespaces that can_read() is true for: what index scans look up instead of testing each row.';

CREATE FUNCTION openlineage.can_read_support(request internal) RETURNS internal
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_can_read_support';
COMMENT ON FUNCTION openlineage.can_read_support(internal) IS
    'Tells the planner how many rows can_read() lets through, and which index condition follows from it.';

CREATE FUNCTION openlineage.can_read(namespace_id int) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE SUPPORT openlineage.can_read_support
    AS 'MODULE_PATHNAME', 'ol_can_read';
COMMENT ON FUNCTION openlineage.can_read(int) IS
    'Whether the current caller may read rows of this namespace: by claims, by grants, as administrator, or because row-level security is not enforced. Null stands for what is of no namespace, which administrators read.';

CREATE FUNCTION openlineage.can_write(namespace_id int) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_can_write';
COMMENT ON FUNCTION openlineage.can_write(int) IS
    'Whether the current caller may write rows of this namespace, in the same way as can_read().';

CREATE FUNCTION openlineage.redact(body text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'ol_sql_redact';
COMMENT ON FUNCTION openlineage.redact(text) IS
    'The text of an event as it is served: without what it says of jobs and datasets in namespaces that the caller may not read. Left out is the element of an array, the facet or the root of a parent that an object with such a namespace, and a name, is part of; null when nothing remains. As it is for who reads everything.';

CREATE FUNCTION openlineage.redact(body json) RETURNS json
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'ol_sql_redact';
COMMENT ON FUNCTION openlineage.redact(json) IS
    'A facet as it is served, in the same way; null when it may not be.';

CREATE FUNCTION openlineage.namespaces(privilege text DEFAULT 'read') RETURNS text[]
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_namespaces';
COMMENT ON FUNCTION openlineage.namespaces(text) IS
    'Names of the namespaces the caller may read or write by claims, grants or as administrator, whether row-level security is enforced or not; names that are granted but not there yet are among them. Errors: 22023 for a privilege that is neither read nor write.';

CREATE FUNCTION openlineage.namespace_ids(privilege text DEFAULT 'read') RETURNS int[]
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_namespace_ids';
COMMENT ON FUNCTION openlineage.namespace_ids(text) IS
    'Ids of the namespaces the caller may read or write by claims, grants or as administrator, whether row-level security is enforced or not. Errors: 22023 for a privilege that is neither read nor write.';

CREATE FUNCTION openlineage.sees_all() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_sees_all';
COMMENT ON FUNCTION openlineage.sees_all() IS
    'Whether the caller may read every namespace: as member of openlineage_admin, by scope admin, or by the pattern *.';

CREATE FUNCTION openlineage.grant_namespace(principal_kind text, principal text, namespace_pattern text,
                                            privilege text DEFAULT 'read', issuer text DEFAULT NULL) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    AS $$
#variable_conflict use_column
BEGIN
    IF grant_namespace.principal_kind = 'database_role' AND to_regrole(quote_ident(grant_namespace.principal)) IS NULL THEN
        RAISE EXCEPTION 'role "%" does not exist', grant_namespace.principal USING ERRCODE = 'undefined_object';
    END IF;
    INSERT INTO openlineage.grant_rule (principal_kind, principal, issuer, namespace_pattern, privilege)
    VALUES (grant_namespace.principal_kind, grant_namespace.principal, grant_namespace.issuer,
            grant_namespace.namespace_pattern, grant_namespace.privilege)
        ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION openlineage.grant_namespace(text, text, text, text, text) IS
    'Lets a principal (kinds: user, client, role, scope, database_role) read or write the namespaces of a pattern, in which * stands for any run of characters. False when that was granted already. Errors: 23502 null, 23514 unknown kind or privilege or an empty name, 42704 no such database role.';
REVOKE ALL ON FUNCTION openlineage.grant_namespace(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.grant_namespace(text, text, text, text, text) TO openlineage_admin;

CREATE FUNCTION openlineage.revoke_namespace(principal_kind text, principal text, namespace_pattern text,
                                             privilege text DEFAULT 'read', issuer text DEFAULT NULL) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM openlineage.grant_rule AS g
     WHERE g.principal_kind = revoke_namespace.principal_kind
       AND g.principal_hash = openlineage.hash128(revoke_namespace.principal)
       AND g.namespace_pattern = revoke_namespace.namespace_pattern
       AND g.privilege = revoke_namespace.privilege
       AND g.issuer IS NOT DISTINCT FROM revoke_namespace.issuer;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION openlineage.revoke_namespace(text, text, text, text, text) IS
    'Takes back exactly one grant_namespace() of the same arguments; false when there is none. From the next statement on.';
REVOKE ALL ON FUNCTION openlineage.revoke_namespace(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.revoke_namespace(text, text, text, text, text) TO openlineage_admin;

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
ALTER TABLE openlineage.grant_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.grant_rule FORCE ROW LEVEL SECURITY;
CREATE POLICY grant_rule_admin ON openlineage.grant_rule
    USING (pg_catalog.pg_has_role('openlineage_admin', 'USAGE'));
ALTER TABLE openlineage.access_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.access_change FORCE ROW LEVEL SECURITY;
CREATE POLICY access_change_nobody ON openlineage.access_change USING (false);
