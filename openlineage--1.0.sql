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
-- Who has logged in to this session, as the token said that login() verified.
-- The functions are C because current_setting() can be deceived: see claims.c.

CREATE FUNCTION openlineage.claims() RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_claims';
COMMENT ON FUNCTION openlineage.claims() IS
    'What is known of the caller who logged in: iss, sub, client_id, exp, scopes, roles, namespaces, and claims, the token''s own. Null for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.claim(path text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_claim';
COMMENT ON FUNCTION openlineage.claim(text) IS
    'One claim of the token, or of claims() when the token has none of that name. path: names of members and positions in arrays, parted by dots (realm_access.roles.0). Null when there is none or nobody is logged in; what is no string is told as JSON.';

CREATE FUNCTION openlineage.user_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_user_id';
COMMENT ON FUNCTION openlineage.user_id() IS
    'Subject (sub) of the token of this session; null for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.scopes() RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_scopes';
COMMENT ON FUNCTION openlineage.scopes() IS
    'Scopes of the token of this session; null for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.has_scope(scope text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_has_scope';
COMMENT ON FUNCTION openlineage.has_scope(text) IS
    'Whether the token of this session has the scope, or the scope admin, which stands for all. False for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.logout() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_logout';
COMMENT ON FUNCTION openlineage.logout() IS
    'Forgets the claims of this session and of this transaction. A ROLLBACK of the transaction takes that back, too.';
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
-- Namespaces, and the sources and tags that belong to none of the graph's nodes.

CREATE SEQUENCE openlineage.namespace_id_seq AS int;

CREATE TABLE openlineage.namespace (
    id           int NOT NULL DEFAULT pg_catalog.nextval('openlineage.namespace_id_seq'),
    name         text NOT NULL,
    name_hash    uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(name)) STORED,
    owner_name   text NOT NULL DEFAULT 'anonymous',
    description  text,
    is_hidden    boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT namespace_pkey PRIMARY KEY (id),
    CONSTRAINT namespace_name_key UNIQUE (name_hash)
);
COMMENT ON TABLE openlineage.namespace IS
    'The scheme a name is unique in: a database server, a bucket, a scheduler.';
COMMENT ON COLUMN openlineage.namespace.id IS 'Surrogate key; what row-level security decides on.';
COMMENT ON COLUMN openlineage.namespace.name IS 'As producers write it; any length, any characters but NUL.';
COMMENT ON COLUMN openlineage.namespace.name_hash IS 'What the name is looked up by.';
COMMENT ON COLUMN openlineage.namespace.owner_name IS 'Set by PUT of the Marquez API.';
COMMENT ON COLUMN openlineage.namespace.description IS 'Set by PUT of the Marquez API.';
COMMENT ON COLUMN openlineage.namespace.is_hidden IS 'True after DELETE of the Marquez API until a PUT, or an event that names it; it is still listed, and says so.';
COMMENT ON COLUMN openlineage.namespace.created_at IS 'Least event time that names it.';
COMMENT ON COLUMN openlineage.namespace.updated_at IS 'As created_at until it is changed by PUT.';
CREATE INDEX namespace_list_idx ON openlineage.namespace
    ((pg_catalog.left(name, 256)) COLLATE "C", name_hash);
ALTER TABLE openlineage.namespace ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.namespace FORCE ROW LEVEL SECURITY;
CREATE POLICY namespace_read ON openlineage.namespace FOR SELECT
    USING (openlineage.can_read(id));
GRANT SELECT ON openlineage.namespace TO openlineage_reader;

-- Patterns of grants count for new namespaces at once.  Names do not change.
CREATE TRIGGER namespace_insert_note AFTER INSERT ON openlineage.namespace
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER namespace_delete_note AFTER DELETE ON openlineage.namespace
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();
CREATE TRIGGER namespace_truncate_note AFTER TRUNCATE ON openlineage.namespace
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.note_access_change();

CREATE TABLE openlineage.source (
    namespace_id    int NOT NULL,
    name            text NOT NULL,
    name_hash       uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(name)) STORED,
    type            text,
    connection_url  text,
    description     text,
    created_at      timestamptz NOT NULL,
    event_time      timestamptz NOT NULL,
    event_hash      uuid NOT NULL,
    CONSTRAINT source_pkey PRIMARY KEY (namespace_id, name_hash),
    CONSTRAINT source_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.source IS
    'The store a dataset lives in, as its dataSource facet names it.';
COMMENT ON COLUMN openlineage.source.namespace_id IS 'Namespace of the datasets that name it.';
COMMENT ON COLUMN openlineage.source.name IS 'dataSource.name.';
COMMENT ON COLUMN openlineage.source.name_hash IS 'What the name is looked up by.';
COMMENT ON COLUMN openlineage.source.type IS 'Kind of store; null when only events told of it.';
COMMENT ON COLUMN openlineage.source.connection_url IS 'dataSource.uri of the latest event by time.';
COMMENT ON COLUMN openlineage.source.description IS 'Not told by events; see source_definition.';
COMMENT ON COLUMN openlineage.source.created_at IS 'Least event time that names it.';
COMMENT ON COLUMN openlineage.source.event_time IS 'Time of the event connection_url is from.';
COMMENT ON COLUMN openlineage.source.event_hash IS 'Hash of that event: breaks ties of time.';
CREATE INDEX source_name_idx ON openlineage.source (name_hash);
CREATE INDEX source_list_idx ON openlineage.source
    ((pg_catalog.left(name, 256)) COLLATE "C", name_hash);
ALTER TABLE openlineage.source ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.source FORCE ROW LEVEL SECURITY;
CREATE POLICY source_read ON openlineage.source FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.source TO openlineage_reader;

-- Marquez knows a source by its name alone.  Who may read it: administrators (can_read(NULL)),
-- and whoever may read a dataset's source of that name.
CREATE TABLE openlineage.source_definition (
    name            text NOT NULL,
    name_hash       uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(name)) STORED,
    type            text NOT NULL,
    connection_url  text NOT NULL,
    description     text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT source_definition_pkey PRIMARY KEY (name_hash)
);
COMMENT ON TABLE openlineage.source_definition IS
    'What PUT of the Marquez API says of the sources of one name, in every namespace; it counts before what events say.';
COMMENT ON COLUMN openlineage.source_definition.name IS 'The name.';
COMMENT ON COLUMN openlineage.source_definition.name_hash IS 'What the name is looked up by.';
COMMENT ON COLUMN openlineage.source_definition.type IS 'Kind of store, as given.';
COMMENT ON COLUMN openlineage.source_definition.connection_url IS 'Where it is, as given.';
COMMENT ON COLUMN openlineage.source_definition.description IS 'What it is.';
COMMENT ON COLUMN openlineage.source_definition.created_at IS 'First PUT, by the clock.';
COMMENT ON COLUMN openlineage.source_definition.updated_at IS 'Last PUT, by the clock.';
CREATE INDEX source_definition_list_idx ON openlineage.source_definition
    ((pg_catalog.left(name, 256)) COLLATE "C", name_hash);
ALTER TABLE openlineage.source_definition ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.source_definition FORCE ROW LEVEL SECURITY;
CREATE POLICY source_definition_read ON openlineage.source_definition FOR SELECT
    USING (openlineage.can_read(NULL)
           OR EXISTS (SELECT FROM openlineage.source AS s
                       WHERE s.name_hash OPERATOR(pg_catalog.=) source_definition.name_hash));
GRANT SELECT ON openlineage.source_definition TO openlineage_reader;

CREATE TABLE openlineage.tag (
    name         text NOT NULL,
    name_hash    uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(name)) STORED,
    description  text,
    CONSTRAINT tag_pkey PRIMARY KEY (name_hash)
);
COMMENT ON TABLE openlineage.tag IS
    'The vocabulary of tags with their descriptions; set by PUT of the Marquez API.';
COMMENT ON COLUMN openlineage.tag.name IS 'The tag.';
COMMENT ON COLUMN openlineage.tag.name_hash IS 'What the name is looked up by.';
COMMENT ON COLUMN openlineage.tag.description IS 'What it means.';
ALTER TABLE openlineage.tag ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.tag FORCE ROW LEVEL SECURITY;
CREATE POLICY tag_read ON openlineage.tag FOR SELECT USING (true);
GRANT SELECT ON openlineage.tag TO openlineage_reader;
-- One dense id space for everything a walk can meet: datasets, jobs, and the
-- hidden steps of jobs with explicit lineage.

CREATE TYPE openlineage.node_kind AS ENUM ('dataset', 'job', 'step');
COMMENT ON TYPE openlineage.node_kind IS
    'dataset and job are what producers name; a step is one target of a job with explicit lineage and is shown as that job.';

CREATE TYPE openlineage.alias_kind AS ENUM ('symlink', 'rename');
COMMENT ON TYPE openlineage.alias_kind IS
    'symlink: another name of the same dataset; rename: its former name.';

CREATE SEQUENCE openlineage.node_id_seq AS int;

CREATE TABLE openlineage.node (
    id            int NOT NULL DEFAULT pg_catalog.nextval('openlineage.node_id_seq'),
    kind          openlineage.node_kind NOT NULL,
    namespace_id  int NOT NULL,
    name          text NOT NULL,
    name_hash     uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(name)) STORED,
    canonical_id  int,
    job_id        int,
    target_id     int,
    CONSTRAINT node_pkey PRIMARY KEY (id),
    CONSTRAINT node_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace,
    CONSTRAINT node_canonical_fkey FOREIGN KEY (canonical_id) REFERENCES openlineage.node,
    CONSTRAINT node_job_fkey FOREIGN KEY (job_id) REFERENCES openlineage.node,
    CONSTRAINT node_target_fkey FOREIGN KEY (target_id) REFERENCES openlineage.node,
    CONSTRAINT node_step_check CHECK ((kind OPERATOR(pg_catalog.=) 'step') OPERATOR(pg_catalog.=) (job_id IS NOT NULL AND target_id IS NOT NULL))
);
COMMENT ON TABLE openlineage.node IS
    'Everything that can be a start, a stop or a waypoint of a lineage walk.';
COMMENT ON COLUMN openlineage.node.id IS 'Dense id; drawn only for names that are new.';
COMMENT ON COLUMN openlineage.node.kind IS 'dataset, job or step.';
COMMENT ON COLUMN openlineage.node.namespace_id IS 'Namespace of the name; of the job for a step.';
COMMENT ON COLUMN openlineage.node.name IS 'As producers write it; any length, any characters but NUL.';
COMMENT ON COLUMN openlineage.node.name_hash IS 'What the name is looked up by.';
COMMENT ON COLUMN openlineage.node.canonical_id IS 'The node that stands for this name when it is an alias; null otherwise.';
COMMENT ON COLUMN openlineage.node.job_id IS 'For a step: the job it is shown as.';
COMMENT ON COLUMN openlineage.node.target_id IS 'For a step: the node it writes.';
-- kind comes last, and lists have a partial index: under a policy the comparison of an enum is no
-- index condition, as it is not leakproof.
CREATE UNIQUE INDEX node_name_key ON openlineage.node (namespace_id, name_hash, kind)
    WHERE job_id IS NULL;
CREATE UNIQUE INDEX node_step_key ON openlineage.node (job_id, target_id)
    WHERE job_id IS NOT NULL;
CREATE INDEX node_target_idx ON openlineage.node (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX node_canonical_idx ON openlineage.node (canonical_id) WHERE canonical_id IS NOT NULL;
CREATE INDEX node_list_idx ON openlineage.node
    (namespace_id, (pg_catalog.left(name, 256)) COLLATE "C", name_hash)
    WHERE kind OPERATOR(pg_catalog.=) 'dataset' AND job_id IS NULL AND canonical_id IS NULL;
ALTER TABLE openlineage.node ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.node FORCE ROW LEVEL SECURITY;
CREATE POLICY node_read ON openlineage.node FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.node TO openlineage_reader;

-- Ingest keeps in each process which node a name has.
CREATE FUNCTION openlineage.node_changed() RETURNS trigger
    LANGUAGE c VOLATILE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_node_changed';
COMMENT ON FUNCTION openlineage.node_changed() IS
    'Trigger of node: has every process forget which nodes names have.';
REVOKE ALL ON FUNCTION openlineage.node_changed() FROM PUBLIC;
CREATE TRIGGER node_changed AFTER DELETE OR UPDATE OR TRUNCATE ON openlineage.node
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.node_changed();
ALTER TABLE openlineage.node ENABLE ALWAYS TRIGGER node_changed;

CREATE TABLE openlineage.dataset_alias (
    node_id             int NOT NULL,
    namespace_id        int NOT NULL,
    alias_id            int NOT NULL,
    alias_namespace_id  int NOT NULL,
    kind                openlineage.alias_kind NOT NULL,
    told_at             timestamptz NOT NULL,
    CONSTRAINT dataset_alias_pkey PRIMARY KEY (node_id, alias_id, kind),
    CONSTRAINT dataset_alias_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node,
    CONSTRAINT dataset_alias_alias_fkey FOREIGN KEY (alias_id) REFERENCES openlineage.node
);
COMMENT ON TABLE openlineage.dataset_alias IS
    'A statement that two names are one dataset: from a symlinks facet or a RENAME.';
COMMENT ON COLUMN openlineage.dataset_alias.node_id IS 'The name whose event said so.';
COMMENT ON COLUMN openlineage.dataset_alias.namespace_id IS 'Namespace of that name.';
COMMENT ON COLUMN openlineage.dataset_alias.alias_id IS 'The other name.';
COMMENT ON COLUMN openlineage.dataset_alias.alias_namespace_id IS 'Namespace of the other name.';
COMMENT ON COLUMN openlineage.dataset_alias.kind IS 'symlink or rename.';
COMMENT ON COLUMN openlineage.dataset_alias.told_at IS 'Event time that said so: the least for a symlink, the greatest for a rename.';
CREATE INDEX dataset_alias_alias_idx ON openlineage.dataset_alias (alias_id);
ALTER TABLE openlineage.dataset_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_alias_read ON openlineage.dataset_alias FOR SELECT
    USING (openlineage.can_read(namespace_id) AND openlineage.can_read(alias_namespace_id));
GRANT SELECT ON openlineage.dataset_alias TO openlineage_reader;

CREATE TABLE openlineage.hidden_node (
    node_id       int NOT NULL,
    namespace_id  int NOT NULL,
    kind          openlineage.node_kind NOT NULL,
    hidden_at     timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp(),
    CONSTRAINT hidden_node_pkey PRIMARY KEY (node_id),
    CONSTRAINT hidden_node_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node
);
COMMENT ON TABLE openlineage.hidden_node IS
    'Jobs and datasets that DELETE of the Marquez API has hidden: everything told of them is kept, and the next event that names one shows it again.';
COMMENT ON COLUMN openlineage.hidden_node.node_id IS 'The job or dataset.';
COMMENT ON COLUMN openlineage.hidden_node.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.hidden_node.kind IS 'job or dataset.';
COMMENT ON COLUMN openlineage.hidden_node.hidden_at IS 'When it was hidden, by the clock.';
CREATE INDEX hidden_node_namespace_idx ON openlineage.hidden_node (namespace_id, kind);
ALTER TABLE openlineage.hidden_node ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.hidden_node FORCE ROW LEVEL SECURITY;
CREATE POLICY hidden_node_read ON openlineage.hidden_node FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.hidden_node TO openlineage_reader;
-- Datasets, their columns and their versions.

CREATE TABLE openlineage.dataset (
    node_id          int NOT NULL,
    namespace_id     int NOT NULL,
    type             text,
    source_name      text,
    description      text,
    lifecycle_state  text,
    dropped_at       timestamptz,
    created_at       timestamptz NOT NULL,
    CONSTRAINT dataset_pkey PRIMARY KEY (node_id),
    CONSTRAINT dataset_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node,
    CONSTRAINT dataset_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.dataset IS
    'A table, file, topic, model, … that jobs read and write.';
COMMENT ON COLUMN openlineage.dataset.node_id IS 'Its node.';
COMMENT ON COLUMN openlineage.dataset.namespace_id IS 'Namespace of its name.';
COMMENT ON COLUMN openlineage.dataset.type IS 'datasetType.datasetType (TABLE VIEW FILE TOPIC STREAM MODEL …) of the latest facet; null when none told.';
COMMENT ON COLUMN openlineage.dataset.source_name IS 'dataSource.name of the latest facet; null when none told.';
COMMENT ON COLUMN openlineage.dataset.description IS 'documentation.description of the latest facet.';
COMMENT ON COLUMN openlineage.dataset.lifecycle_state IS 'lifecycleStateChange.lifecycleStateChange of the latest facet; null when none told.';
COMMENT ON COLUMN openlineage.dataset.dropped_at IS 'Event time of the latest lifecycle facet when that says DROP; null otherwise.';
COMMENT ON COLUMN openlineage.dataset.created_at IS 'Least event time that names it.';
CREATE INDEX dataset_namespace_idx ON openlineage.dataset (namespace_id, node_id);
ALTER TABLE openlineage.dataset ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_read ON openlineage.dataset FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset TO openlineage_reader;

CREATE TABLE openlineage.dataset_activity (
    node_id             int NOT NULL,
    namespace_id        int NOT NULL,
    updated_at          timestamptz NOT NULL,
    updated_hour        timestamptz NOT NULL GENERATED ALWAYS AS
                            (pg_catalog.date_bin('1 hour', updated_at, '2000-01-01 00:00:00+00')) STORED,
    current_version_id  bigint,
    told                bytea,
    CONSTRAINT dataset_activity_pkey PRIMARY KEY (node_id),
    CONSTRAINT dataset_activity_dataset_fkey FOREIGN KEY (node_id) REFERENCES openlineage.dataset
) WITH (fillfactor = 50);
COMMENT ON TABLE openlineage.dataset_activity IS
    'What changes with every event of a dataset: apart from dataset so that hot facts touch no indexed row.';
COMMENT ON COLUMN openlineage.dataset_activity.node_id IS 'The dataset.';
COMMENT ON COLUMN openlineage.dataset_activity.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_activity.updated_at IS 'Greatest event time that names it.';
COMMENT ON COLUMN openlineage.dataset_activity.updated_hour IS 'The hour of updated_at in UTC: search goes by time along its index, and an update within the hour stays HOT.';
COMMENT ON COLUMN openlineage.dataset_activity.told IS 'When its own facets were told last, for told_time() and told_hash(): written with every event, so not in the rows of facet.';
COMMENT ON COLUMN openlineage.dataset_activity.current_version_id IS 'The version of the latest write, else of the latest read; points back, so no foreign key.';
CREATE INDEX dataset_activity_hour_idx ON openlineage.dataset_activity (updated_hour);
ALTER TABLE openlineage.dataset_activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_activity FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_activity_read ON openlineage.dataset_activity FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_activity TO openlineage_reader;

CREATE SEQUENCE openlineage.dataset_field_id_seq AS int;

CREATE TABLE openlineage.dataset_field (
    id            int NOT NULL DEFAULT pg_catalog.nextval('openlineage.dataset_field_id_seq'),
    dataset_id    int NOT NULL,
    namespace_id  int NOT NULL,
    name          text NOT NULL,
    name_hash     uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(name)) STORED,
    type          text,
    description   text,
    ordinal       int,
    CONSTRAINT dataset_field_pkey PRIMARY KEY (id),
    CONSTRAINT dataset_field_name_key UNIQUE (dataset_id, name_hash),
    CONSTRAINT dataset_field_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES openlineage.dataset
);
COMMENT ON TABLE openlineage.dataset_field IS
    'A column of a dataset, from its schema or from column lineage; nested ones by path.';
COMMENT ON COLUMN openlineage.dataset_field.id IS 'Dense id of the column space.';
COMMENT ON COLUMN openlineage.dataset_field.dataset_id IS 'The dataset.';
COMMENT ON COLUMN openlineage.dataset_field.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_field.name IS 'Column name, or path with dots; empty for "every column of the dataset".';
COMMENT ON COLUMN openlineage.dataset_field.name_hash IS 'What the name is looked up by.';
COMMENT ON COLUMN openlineage.dataset_field.type IS 'Type in the current schema.';
COMMENT ON COLUMN openlineage.dataset_field.description IS 'Description in the current schema.';
COMMENT ON COLUMN openlineage.dataset_field.ordinal IS 'Position in the current schema, from 1; null when it is not in it.';
CREATE INDEX dataset_field_whole_idx ON openlineage.dataset_field (dataset_id, id)
    WHERE name_hash OPERATOR(pg_catalog.=) openlineage.hash128('');
ALTER TABLE openlineage.dataset_field ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_field FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_field_read ON openlineage.dataset_field FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_field TO openlineage_reader;

CREATE TABLE openlineage.dataset_schema (
    namespace_id  int NOT NULL,
    hash          uuid NOT NULL,
    fields        json NOT NULL,
    CONSTRAINT dataset_schema_pkey PRIMARY KEY (namespace_id, hash),
    CONSTRAINT dataset_schema_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.dataset_schema IS
    'The columns of a schema facet, stored once per content.';
COMMENT ON COLUMN openlineage.dataset_schema.namespace_id IS 'Namespace of the datasets that have it.';
COMMENT ON COLUMN openlineage.dataset_schema.hash IS 'Hash of the columns alone, so that two producers of one schema agree.';
COMMENT ON COLUMN openlineage.dataset_schema.fields IS 'Array of {name, type, description, fields}, as served.';
ALTER TABLE openlineage.dataset_schema ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_schema FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_schema_read ON openlineage.dataset_schema FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_schema TO openlineage_reader;

CREATE SEQUENCE openlineage.dataset_version_id_seq AS bigint;

CREATE TABLE openlineage.dataset_version (
    id                bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.dataset_version_id_seq'),
    dataset_id        int NOT NULL,
    namespace_id      int NOT NULL,
    content_hash      uuid NOT NULL,
    source_name       text,
    schema_hash       uuid,
    lifecycle_state   text,
    external_version  text,
    physical_name     text,
    schema_location   text,
    created_at        timestamptz NOT NULL,
    created_by_run    uuid,
    first_write_at    timestamptz,
    last_write_at     timestamptz,
    last_seen_at      timestamptz NOT NULL,
    CONSTRAINT dataset_version_pkey PRIMARY KEY (id),
    CONSTRAINT dataset_version_content_key UNIQUE (dataset_id, content_hash),
    CONSTRAINT dataset_version_dataset_key UNIQUE (dataset_id, id),  -- run_io refers to it
    CONSTRAINT dataset_version_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES openlineage.dataset
) WITH (fillfactor = 50);
CREATE INDEX dataset_version_list_idx ON openlineage.dataset_version (dataset_id, created_at DESC, content_hash);
COMMENT ON TABLE openlineage.dataset_version IS
    'A state of a dataset: source, columns, lifecycle state and version facet; runs link to it in run_io.';
COMMENT ON COLUMN openlineage.dataset_version.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.dataset_version.dataset_id IS 'The dataset.';
COMMENT ON COLUMN openlineage.dataset_version.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_version.content_hash IS 'Hash of the members below, as far as the event gave them, and of the run that a PUT named.';
COMMENT ON COLUMN openlineage.dataset_version.source_name IS 'dataSource.name the event gave.';
COMMENT ON COLUMN openlineage.dataset_version.schema_hash IS 'Columns the event gave, in dataset_schema; null when it gave none.';
COMMENT ON COLUMN openlineage.dataset_version.lifecycle_state IS 'Lifecycle state the event gave.';
COMMENT ON COLUMN openlineage.dataset_version.external_version IS 'version.datasetVersion the event gave.';
COMMENT ON COLUMN openlineage.dataset_version.physical_name IS 'physicalName of the PUT that gave it; null when an event did.';
COMMENT ON COLUMN openlineage.dataset_version.schema_location IS 'schemaLocation of the PUT that gave it.';
COMMENT ON COLUMN openlineage.dataset_version.created_at IS 'Least event time that gave it.';
COMMENT ON COLUMN openlineage.dataset_version.created_by_run IS 'Run of the earliest write by event time; points back, so no foreign key.';
COMMENT ON COLUMN openlineage.dataset_version.first_write_at IS 'Least event time that wrote it; null when it was only read.';
COMMENT ON COLUMN openlineage.dataset_version.last_write_at IS 'Greatest event time that wrote it; null when it was only read.';
COMMENT ON COLUMN openlineage.dataset_version.last_seen_at IS 'Greatest event time that gave it.';
ALTER TABLE openlineage.dataset_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_version FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_version_read ON openlineage.dataset_version FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_version TO openlineage_reader;
-- Jobs and their versions.

CREATE TABLE openlineage.job (
    node_id       int NOT NULL,
    namespace_id  int NOT NULL,
    type          text NOT NULL DEFAULT 'BATCH',
    description   text,
    location      text,
    parent_id     int,
    created_at    timestamptz NOT NULL,
    CONSTRAINT job_pkey PRIMARY KEY (node_id),
    CONSTRAINT job_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node,
    CONSTRAINT job_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace,
    CONSTRAINT job_parent_fkey FOREIGN KEY (parent_id) REFERENCES openlineage.job
);
COMMENT ON TABLE openlineage.job IS
    'A process that reads and writes datasets.';
COMMENT ON COLUMN openlineage.job.node_id IS 'Its node.';
COMMENT ON COLUMN openlineage.job.namespace_id IS 'Namespace of its name.';
COMMENT ON COLUMN openlineage.job.type IS 'BATCH, STREAM or SERVICE: jobType.processingType of the latest facet.';
COMMENT ON COLUMN openlineage.job.description IS 'documentation.description of the latest facet.';
COMMENT ON COLUMN openlineage.job.location IS 'sourceCodeLocation.url of the latest facet.';
COMMENT ON COLUMN openlineage.job.parent_id IS 'Job of the latest parent facet; job_activity has which event told it.';
COMMENT ON COLUMN openlineage.job.created_at IS 'Least event time that names it.';
CREATE INDEX job_namespace_idx ON openlineage.job (namespace_id, node_id);
CREATE INDEX job_parent_idx ON openlineage.job (parent_id) WHERE parent_id IS NOT NULL;
ALTER TABLE openlineage.job ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.job FORCE ROW LEVEL SECURITY;
CREATE POLICY job_read ON openlineage.job FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.job TO openlineage_reader;

CREATE TABLE openlineage.job_activity (
    node_id             int NOT NULL,
    namespace_id        int NOT NULL,
    updated_at          timestamptz NOT NULL,
    name_key            int NOT NULL,
    latest_run_id       uuid,
    latest_created_at   timestamptz,
    latest_state        text NOT NULL DEFAULT '',
    current_version_id  bigint,
    told                bytea,
    parent_time         timestamptz,
    parent_hash         uuid,
    listed_state        text NOT NULL DEFAULT '',
    listed_at           timestamptz NOT NULL,
    CONSTRAINT job_activity_pkey PRIMARY KEY (node_id),
    CONSTRAINT job_activity_job_fkey FOREIGN KEY (node_id) REFERENCES openlineage.job
) WITH (fillfactor = 50);
COMMENT ON TABLE openlineage.job_activity IS
    'What changes with every event of a job: apart from job so that hot facts touch no wide row.';
COMMENT ON COLUMN openlineage.job_activity.node_id IS 'The job.';
COMMENT ON COLUMN openlineage.job_activity.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.job_activity.updated_at IS 'Greatest event time that names it.';
COMMENT ON COLUMN openlineage.job_activity.name_key IS '32 bits of the hashes of its names: the order of jobs of one updated_at.';
COMMENT ON COLUMN openlineage.job_activity.latest_run_id IS 'Run that was created last by event time; points back, so no foreign key.';
COMMENT ON COLUMN openlineage.job_activity.latest_created_at IS 'When that run was.';
COMMENT ON COLUMN openlineage.job_activity.latest_state IS 'State of that run as lists filter it, NEW for a placeholder; empty when the job never ran. Text, as policies keep comparisons of an enum out of indexes, and not null, as IS NULL gives no scan in order.';
COMMENT ON COLUMN openlineage.job_activity.told IS 'When its own facets were told last, for told_time() and told_hash(): written with every event, so not in the rows of facet.';
COMMENT ON COLUMN openlineage.job_activity.parent_time IS 'Time of the event that job.parent_id is from.';
COMMENT ON COLUMN openlineage.job_activity.parent_hash IS 'Hash of that event: breaks ties of time.';
COMMENT ON COLUMN openlineage.job_activity.current_version_id IS 'Version of the latest declaration or run; points back, so no foreign key.';
COMMENT ON COLUMN openlineage.job_activity.listed_state IS 'Where lists find it: at latest_state, or BUSY for one of up to about 4,096 jobs that run again within a minute. Lists look through all of those, so that the row can change without a new entry in any index.';
COMMENT ON COLUMN openlineage.job_activity.listed_at IS 'As updated_at; of a BUSY job when it became one.';
-- Lists are merged from one ordered scan per state, so two indexes serve them with and without the filter.
CREATE INDEX job_activity_list_idx ON openlineage.job_activity (listed_state, listed_at DESC, name_key);
CREATE INDEX job_activity_namespace_list_idx ON openlineage.job_activity
    (namespace_id, listed_state, listed_at DESC, name_key);
ALTER TABLE openlineage.job_activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.job_activity FORCE ROW LEVEL SECURITY;
CREATE POLICY job_activity_read ON openlineage.job_activity FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.job_activity TO openlineage_reader;

CREATE SEQUENCE openlineage.job_version_id_seq AS bigint;

CREATE TABLE openlineage.job_version (
    id                 bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.job_version_id_seq'),
    job_id             int NOT NULL,
    namespace_id       int NOT NULL,
    content_hash       uuid NOT NULL,
    inputs             int[] NOT NULL,
    outputs            int[] NOT NULL,
    location           text,
    code_hash          uuid,
    first_declared_at  timestamptz,
    declared_at        timestamptz,
    CONSTRAINT job_version_pkey PRIMARY KEY (id),
    CONSTRAINT job_version_content_key UNIQUE (job_id, content_hash),
    CONSTRAINT job_version_job_fkey FOREIGN KEY (job_id) REFERENCES openlineage.job
);
COMMENT ON TABLE openlineage.job_version IS
    'A state of a job: its inputs, outputs, location and code, as one run or one JobEvent told it.';
COMMENT ON COLUMN openlineage.job_version.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.job_version.job_id IS 'The job.';
COMMENT ON COLUMN openlineage.job_version.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.job_version.content_hash IS 'Hash of the members below.';
COMMENT ON COLUMN openlineage.job_version.inputs IS 'Node ids of the datasets it reads, ascending.';
COMMENT ON COLUMN openlineage.job_version.outputs IS 'Node ids of the datasets it writes, ascending.';
COMMENT ON COLUMN openlineage.job_version.location IS 'sourceCodeLocation.url.';
COMMENT ON COLUMN openlineage.job_version.code_hash IS 'Hash of the sql and sourceCode facets; null without them.';
COMMENT ON COLUMN openlineage.job_version.first_declared_at IS 'Least time of a JobEvent that gave it; null when only runs did.';
COMMENT ON COLUMN openlineage.job_version.declared_at IS 'Greatest time of a JobEvent that gave it; null when only runs did.';
-- Which a JobEvent declared last; of a job that runs tell of with ever new datasets there are many.
CREATE INDEX job_version_declared_idx ON openlineage.job_version (job_id, declared_at DESC, content_hash)
    WHERE declared_at IS NOT NULL;
CREATE INDEX job_version_io_idx ON openlineage.job_version
    USING gin ((inputs OPERATOR(pg_catalog.||) outputs)) WHERE declared_at IS NOT NULL;
ALTER TABLE openlineage.job_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.job_version FORCE ROW LEVEL SECURITY;
CREATE POLICY job_version_read ON openlineage.job_version FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.job_version TO openlineage_reader;
-- How many jobs, datasets and sources there are, without counting them.
--
-- Triggers on the tables add what was inserted, deleted or dated back, so
-- whoever writes there need not know of it, pg_restore included: rows of
-- entity_count are not dumped but made again by what fills the tables.

CREATE TABLE openlineage.entity_count (
    namespace_id  int NOT NULL,
    kind          text NOT NULL,
    hour          timestamptz NOT NULL,
    n             bigint NOT NULL,
    CONSTRAINT entity_count_kind_check CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['job', 'dataset', 'source']))
) WITH (fillfactor = 70);
COMMENT ON TABLE openlineage.entity_count IS
    'How many entities there are by namespace, kind and hour of creation: sum over the rows of a key, of which concurrent sessions make several. Hidden ones count.';
COMMENT ON COLUMN openlineage.entity_count.namespace_id IS 'Namespace of the entities.';
COMMENT ON COLUMN openlineage.entity_count.kind IS 'job, dataset (aliases do not count) or source.';
COMMENT ON COLUMN openlineage.entity_count.hour IS 'The hour of created_at, in UTC; -infinity for all that are older than eight days.';
COMMENT ON COLUMN openlineage.entity_count.n IS 'How many; a row may be negative, the sum is not.';
CREATE INDEX entity_count_idx ON openlineage.entity_count (kind, namespace_id, hour);
ALTER TABLE openlineage.entity_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.entity_count FORCE ROW LEVEL SECURITY;
CREATE POLICY entity_count_read ON openlineage.entity_count FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.entity_count TO openlineage_reader;

CREATE FUNCTION openlineage.count_entities() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_count_entities';
COMMENT ON FUNCTION openlineage.count_entities() IS
    'Trigger of job, dataset and source: keeps entity_count. Its argument is the kind. Errors: 39P01 when it is called in another way than the triggers of this extension do.';
REVOKE ALL ON FUNCTION openlineage.count_entities() FROM PUBLIC;

-- UPDATE by row: one with a transition table would be called by every update of
-- any column, while created_at is dated back rarely.
CREATE TRIGGER job_insert_count AFTER INSERT ON openlineage.job
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('job');
CREATE TRIGGER job_delete_count AFTER DELETE ON openlineage.job
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('job');
CREATE TRIGGER job_update_count AFTER UPDATE OF created_at ON openlineage.job
    FOR EACH ROW WHEN (OLD.created_at OPERATOR(pg_catalog.<>) NEW.created_at)
    EXECUTE FUNCTION openlineage.count_entities('job');
CREATE TRIGGER dataset_insert_count AFTER INSERT ON openlineage.dataset
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('dataset');
CREATE TRIGGER dataset_delete_count AFTER DELETE ON openlineage.dataset
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('dataset');
CREATE TRIGGER dataset_update_count AFTER UPDATE OF created_at ON openlineage.dataset
    FOR EACH ROW WHEN (OLD.created_at OPERATOR(pg_catalog.<>) NEW.created_at)
    EXECUTE FUNCTION openlineage.count_entities('dataset');
CREATE TRIGGER source_insert_count AFTER INSERT ON openlineage.source
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('source');
CREATE TRIGGER source_delete_count AFTER DELETE ON openlineage.source
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('source');
CREATE TRIGGER source_update_count AFTER UPDATE OF created_at ON openlineage.source
    FOR EACH ROW WHEN (OLD.created_at OPERATOR(pg_catalog.<>) NEW.created_at)
    EXECUTE FUNCTION openlineage.count_entities('source');

CREATE FUNCTION openlineage.entity_total(kind text, namespaces int[] DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    -- Two statements: one for both makes the planner read the whole table for an array.
    IF namespaces IS NULL THEN
        RETURN (SELECT COALESCE(sum(c.n), 0) FROM openlineage.entity_count AS c WHERE c.kind = entity_total.kind)
             - (SELECT count(*) FROM openlineage.hidden_node AS h WHERE h.kind::text = entity_total.kind);
    END IF;
    RETURN (SELECT COALESCE(sum(c.n), 0)
              FROM openlineage.entity_count AS c
             WHERE c.kind = entity_total.kind AND c.namespace_id = ANY (namespaces))
         - (SELECT count(*)
              FROM openlineage.hidden_node AS h
             WHERE h.kind::text = entity_total.kind AND h.namespace_id = ANY (namespaces));
END
$$;
COMMENT ON FUNCTION openlineage.entity_total(text, int[]) IS
    'How many entities of a kind (job, dataset, source) the caller may see in these namespaces, in all when null; hidden ones do not count. From entity_count and hidden_node.';

CREATE FUNCTION openlineage.compact_entity_count() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH horizon AS MATERIALIZED (
        SELECT date_trunc('hour', now(), 'UTC') - interval '8 days' AS at
    ),
    several AS (
        SELECT c.namespace_id, c.kind, CASE WHEN c.hour < h.at THEN '-infinity' ELSE c.hour END AS hour
          FROM openlineage.entity_count AS c, horizon AS h
         GROUP BY 1, 2, 3
        HAVING count(*) > 1 OR sum(c.n) = 0 OR bool_or(c.hour < h.at AND c.hour > '-infinity')
    ),
    gone AS (
        DELETE FROM openlineage.entity_count AS c
         USING several AS s, horizon AS h
         WHERE c.namespace_id = s.namespace_id AND c.kind = s.kind
           AND CASE WHEN c.hour < h.at THEN '-infinity' ELSE c.hour END = s.hour
        RETURNING c.namespace_id, c.kind, s.hour, c.n
    ),
    made AS (
        INSERT INTO openlineage.entity_count (namespace_id, kind, hour, n)
        SELECT g.namespace_id, g.kind, g.hour, sum(g.n)
          FROM gone AS g
         GROUP BY g.namespace_id, g.kind, g.hour
        HAVING sum(g.n) <> 0
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM made)
    $$;
COMMENT ON FUNCTION openlineage.compact_entity_count() IS
    'Part of maintain: one row of entity_count per namespace, kind and hour, and one for all that are older than eight days; returns how many rows fewer there are.';
REVOKE ALL ON FUNCTION openlineage.compact_entity_count() FROM PUBLIC;
-- Runs and what they read and wrote.

CREATE TYPE openlineage.run_state AS ENUM ('NEW', 'RUNNING', 'COMPLETED', 'ABORTED', 'FAILED');
COMMENT ON TYPE openlineage.run_state IS 'State of a run as Marquez names it.';

CREATE TYPE openlineage.io_kind AS ENUM ('input', 'output');
COMMENT ON TYPE openlineage.io_kind IS 'Which way data flows between a job and a dataset.';

CREATE TABLE openlineage.run (
    id                  uuid NOT NULL,
    namespace_id        int NOT NULL,
    job_id              int NOT NULL,
    job_time            timestamptz NOT NULL,
    job_hash            uuid NOT NULL,
    external_id         text,
    io_time             timestamptz,
    io_hash             uuid,
    state               openlineage.run_state,
    terminal_state      openlineage.run_state,
    terminal_time       timestamptz,
    terminal_hash       uuid,
    start_time          timestamptz,
    last_start_time     timestamptz,
    running_time        timestamptz,
    nominal_start_time  timestamptz,
    nominal_end_time    timestamptz,
    parent_run_id       uuid,
    root_run_id         uuid,
    location            text,
    code_hash           uuid,
    code_time           timestamptz,
    code_event          uuid,
    job_version_id      bigint,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    is_placeholder      boolean NOT NULL,
    has_io              boolean NOT NULL DEFAULT false,
    -- A column, so that the end of a run changes none that an index looks at.
    is_restarted        boolean NOT NULL GENERATED ALWAYS AS
                        (COALESCE(last_start_time OPERATOR(pg_catalog.>) terminal_time, false)) STORED,
    told                bytea,
    CONSTRAINT run_pkey PRIMARY KEY (id),
    CONSTRAINT run_job_fkey FOREIGN KEY (job_id) REFERENCES openlineage.job,
    CONSTRAINT run_job_version_fkey FOREIGN KEY (job_version_id) REFERENCES openlineage.job_version
) WITH (fillfactor = 50);
COMMENT ON TABLE openlineage.run IS
    'One execution of a job, as its events tell it.';
COMMENT ON COLUMN openlineage.run.id IS 'run.runId, or a name-based UUID of it when it is none.';
COMMENT ON COLUMN openlineage.run.namespace_id IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run.job_id IS 'Its job, from the earliest event of its own, else from the earliest parent facet that names it.';
COMMENT ON COLUMN openlineage.run.job_time IS 'Time of the event job_id is from.';
COMMENT ON COLUMN openlineage.run.job_hash IS 'Hash of that event: breaks ties of time.';
COMMENT ON COLUMN openlineage.run.external_id IS 'run.runId as written, when it is no UUID.';
COMMENT ON COLUMN openlineage.run.io_time IS 'Time of the latest event that named an input or output; null for terminal_time or, when that is null too, job_time, and while none did.';
COMMENT ON COLUMN openlineage.run.io_hash IS 'Hash of that event: breaks ties of time.';
COMMENT ON COLUMN openlineage.run.state IS 'What the columns below come to; null for a placeholder that only children named.';
COMMENT ON COLUMN openlineage.run.terminal_state IS 'COMPLETED, ABORTED or FAILED of the latest event that ends the run.';
COMMENT ON COLUMN openlineage.run.terminal_time IS 'Time of that event.';
COMMENT ON COLUMN openlineage.run.terminal_hash IS 'Hash of that event: breaks ties of time.';
COMMENT ON COLUMN openlineage.run.start_time IS 'Least time of a START event.';
COMMENT ON COLUMN openlineage.run.last_start_time IS 'Greatest time of a START event: one after terminal_time revives a run of a STREAM job.';
COMMENT ON COLUMN openlineage.run.running_time IS 'Least time of a RUNNING event.';
COMMENT ON COLUMN openlineage.run.nominal_start_time IS 'nominalTime.nominalStartTime of the latest facet.';
COMMENT ON COLUMN openlineage.run.nominal_end_time IS 'nominalTime.nominalEndTime of the latest facet.';
COMMENT ON COLUMN openlineage.run.parent_run_id IS 'parent.run.runId of the latest facet; no foreign key, as children may come first.';
COMMENT ON COLUMN openlineage.run.root_run_id IS 'parent.root.run.runId of the latest facet; no foreign key.';
COMMENT ON COLUMN openlineage.run.location IS 'sourceCodeLocation.url of the latest event of the run that told of code.';
COMMENT ON COLUMN openlineage.run.code_hash IS 'Hash of the sourceCodeLocation, sql and sourceCode facets of that event.';
COMMENT ON COLUMN openlineage.run.code_time IS 'Time of that event; -infinity while only the POST that announced the run told of it.';
COMMENT ON COLUMN openlineage.run.code_event IS 'Hash of that event: breaks ties of time.';
COMMENT ON COLUMN openlineage.run.job_version_id IS 'What the run told of its job; null when it told nothing.';
COMMENT ON COLUMN openlineage.run.created_at IS 'Least event time of its own, else of the children that name it.';
COMMENT ON COLUMN openlineage.run.updated_at IS 'Greatest event time of its own, else of the children that name it.';
COMMENT ON COLUMN openlineage.run.is_restarted IS 'Whether a START came after the end: of a run of a STREAM job that makes it run again.';
COMMENT ON COLUMN openlineage.run.has_io IS 'Whether an event of it named an input or output.';
COMMENT ON COLUMN openlineage.run.told IS 'Which events told its own facets last, as in dataset_activity.told; of a facet in another namespace than that of the run its row says so.';
COMMENT ON COLUMN openlineage.run.is_placeholder IS 'True while no event of its own has come.';
-- Also finds the run created last (ingest/pointer.c): no run is created after it starts.
CREATE INDEX run_started_idx ON openlineage.run
    (job_id, (COALESCE(start_time, running_time)) DESC NULLS LAST, created_at DESC, id);
CREATE INDEX run_job_version_idx ON openlineage.run (job_version_id, created_at DESC, id)
    WHERE job_version_id IS NOT NULL;
CREATE INDEX run_revived_idx ON openlineage.run (job_id) WHERE is_restarted;
CREATE INDEX run_root_idx ON openlineage.run (root_run_id) WHERE root_run_id IS NOT NULL;
CREATE INDEX run_parent_idx ON openlineage.run (parent_run_id) WHERE parent_run_id IS NOT NULL;

CREATE FUNCTION openlineage.started_at(r openlineage.run) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT COALESCE(r.start_time, r.running_time)$$;
COMMENT ON FUNCTION openlineage.started_at(openlineage.run) IS
    'When a run started: its least START time, else its least RUNNING time.';

CREATE FUNCTION openlineage.ended_at(r openlineage.run) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT CASE WHEN r.state IN ('COMPLETED', 'ABORTED', 'FAILED') THEN r.terminal_time END$$;
COMMENT ON FUNCTION openlineage.ended_at(openlineage.run) IS
    'When a run ended: the time of the terminal event that won, null before there is one.';
ALTER TABLE openlineage.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.run FORCE ROW LEVEL SECURITY;
CREATE POLICY run_read ON openlineage.run FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.run TO openlineage_reader;

CREATE TABLE openlineage.run_io (
    run_id                uuid NOT NULL,
    dataset_id            int NOT NULL,
    io                    openlineage.io_kind NOT NULL,
    namespace_id          int NOT NULL,
    dataset_namespace_id  int NOT NULL,
    first_at              timestamptz NOT NULL,
    last_at               timestamptz,
    version_id            bigint,
    version_time          timestamptz,
    version_hash          uuid,
    CONSTRAINT run_io_pkey PRIMARY KEY (run_id, io, dataset_id),
    CONSTRAINT run_io_run_fkey FOREIGN KEY (run_id) REFERENCES openlineage.run,
    CONSTRAINT run_io_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES openlineage.dataset,
    CONSTRAINT run_io_version_fkey FOREIGN KEY (dataset_id, version_id)
        REFERENCES openlineage.dataset_version (dataset_id, id)
);
COMMENT ON TABLE openlineage.run_io IS
    'What one run read and wrote, gathered over all its events.';
COMMENT ON COLUMN openlineage.run_io.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_io.dataset_id IS 'The dataset.';
COMMENT ON COLUMN openlineage.run_io.io IS 'input or output.';
COMMENT ON COLUMN openlineage.run_io.namespace_id IS 'Namespace of the job of the event.';
COMMENT ON COLUMN openlineage.run_io.dataset_namespace_id IS 'Namespace of the dataset.';
COMMENT ON COLUMN openlineage.run_io.first_at IS 'Least event time that named it.';
COMMENT ON COLUMN openlineage.run_io.last_at IS 'Greatest event time that named it; null for that of the latest event of the run that named any: run_io_time has it.';
COMMENT ON COLUMN openlineage.run_io.version_id IS 'Version the latest telling event gave; null: the one current then.';
COMMENT ON COLUMN openlineage.run_io.version_time IS 'Time of the event version_id is from; null beside a version as last_at.';
COMMENT ON COLUMN openlineage.run_io.version_hash IS 'Hash of that event: breaks ties of time; null where version_time is.';
-- Retention deletes versions; without the second column each would read all rows of its dataset for its foreign key.
CREATE INDEX run_io_dataset_idx ON openlineage.run_io (dataset_id, version_id);
-- Who wrote a dataset, by time: first_at hardly ever changes, the time it was named last does with every event.
CREATE INDEX run_io_writer_idx ON openlineage.run_io (dataset_id, first_at) WHERE io OPERATOR(pg_catalog.=) 'output';
ALTER TABLE openlineage.run_io ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.run_io FORCE ROW LEVEL SECURITY;
CREATE POLICY run_io_read ON openlineage.run_io FOR SELECT
    USING (openlineage.can_read(namespace_id) AND openlineage.can_read(dataset_namespace_id));
GRANT SELECT ON openlineage.run_io TO openlineage_reader;

-- What asks for no time does not read run: it is joined by its key.
CREATE VIEW openlineage.run_io_time WITH (security_invoker = true) AS
    SELECT i.run_id, i.dataset_id, i.io, i.namespace_id, i.dataset_namespace_id, i.first_at,
           COALESCE(i.last_at, r.io_time, r.terminal_time, r.job_time) AS last_at,
           i.version_id,
           CASE WHEN i.version_id IS NOT NULL THEN COALESCE(i.version_time, r.io_time, r.terminal_time, r.job_time) END AS version_time,
           CASE WHEN i.version_id IS NOT NULL THEN COALESCE(i.version_hash, r.io_hash, r.terminal_hash, r.job_hash) END AS version_hash
      FROM openlineage.run_io AS i
      LEFT JOIN openlineage.run AS r ON r.id OPERATOR(pg_catalog.=) i.run_id;
COMMENT ON VIEW openlineage.run_io_time IS 'What runs read and wrote, with the times that rows of run_io leave to their run.';
COMMENT ON COLUMN openlineage.run_io_time.run_id IS 'As in run_io.';
COMMENT ON COLUMN openlineage.run_io_time.dataset_id IS 'As in run_io.';
COMMENT ON COLUMN openlineage.run_io_time.io IS 'As in run_io.';
COMMENT ON COLUMN openlineage.run_io_time.namespace_id IS 'As in run_io.';
COMMENT ON COLUMN openlineage.run_io_time.dataset_namespace_id IS 'As in run_io.';
COMMENT ON COLUMN openlineage.run_io_time.first_at IS 'As in run_io.';
COMMENT ON COLUMN openlineage.run_io_time.last_at IS 'Greatest event time that named it.';
COMMENT ON COLUMN openlineage.run_io_time.version_id IS 'As in run_io.';
COMMENT ON COLUMN openlineage.run_io_time.version_time IS 'Time of the event version_id is from; null without a version.';
COMMENT ON COLUMN openlineage.run_io_time.version_hash IS 'Hash of that event: breaks ties of time.';
GRANT SELECT ON openlineage.run_io_time TO openlineage_reader;
-- Facets as they are, and the rows that known facets mean.

CREATE TABLE openlineage.facet_content (
    namespace_id  int NOT NULL,
    hash          uuid NOT NULL,
    body          json NOT NULL,
    CONSTRAINT facet_content_pkey PRIMARY KEY (namespace_id, hash),
    CONSTRAINT facet_content_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.facet_content IS
    'The JSON of facets, stored once per content and namespace.';
COMMENT ON COLUMN openlineage.facet_content.namespace_id IS 'Namespace of the entities that have it.';
COMMENT ON COLUMN openlineage.facet_content.hash IS 'Hash of the text.';
COMMENT ON COLUMN openlineage.facet_content.body IS 'The facet; NUL and lone surrogates in strings are replaced by U+FFFD.';
ALTER TABLE openlineage.facet_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.facet_content FORCE ROW LEVEL SECURITY;
CREATE POLICY facet_content_read ON openlineage.facet_content FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.facet_content TO openlineage_reader;

CREATE SEQUENCE openlineage.facet_id_seq AS bigint;

CREATE TABLE openlineage.facet (
    id            bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.facet_id_seq'),
    namespace_id  int NOT NULL,
    node_id       int,
    run_id        uuid,
    io            openlineage.io_kind,
    name          text NOT NULL,
    content_hash  uuid NOT NULL,
    event_time    timestamptz NOT NULL,
    event_hash    uuid NOT NULL,
    is_deleted    boolean NOT NULL,
    is_hidden     boolean NOT NULL DEFAULT false,
    CONSTRAINT facet_pkey PRIMARY KEY (id),
    CONSTRAINT facet_key UNIQUE NULLS NOT DISTINCT (run_id, node_id, io, name),
    CONSTRAINT facet_content_fkey FOREIGN KEY (namespace_id, content_hash) REFERENCES openlineage.facet_content,
    CONSTRAINT facet_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node,
    CONSTRAINT facet_run_fkey FOREIGN KEY (run_id) REFERENCES openlineage.run
) WITH (fillfactor = 85);
COMMENT ON TABLE openlineage.facet IS
    'The current facet of each name: of a dataset or job, of a run, or of what one run read or wrote.';
COMMENT ON COLUMN openlineage.facet.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.facet.namespace_id IS 'Namespace of the node, else of the run.';
COMMENT ON COLUMN openlineage.facet.node_id IS 'The dataset or job; null for a run facet.';
COMMENT ON COLUMN openlineage.facet.run_id IS 'The run; null for a facet of the dataset or job itself.';
COMMENT ON COLUMN openlineage.facet.io IS 'For a facet out of inputFacets or outputFacets: which; null otherwise.';
COMMENT ON COLUMN openlineage.facet.name IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.facet.content_hash IS 'Its content in facet_content of the same namespace.';
COMMENT ON COLUMN openlineage.facet.event_time IS 'Time of the event it is from: the latest one with this facet. For an own facet of a dataset, job or run one of those with it: facet_time has the latest.';
COMMENT ON COLUMN openlineage.facet.event_hash IS 'Hash of that event: breaks ties of time.';
COMMENT ON COLUMN openlineage.facet.is_deleted IS 'True when that event says _deleted: the facet is not shown.';
COMMENT ON COLUMN openlineage.facet.is_hidden IS 'True when a function of the API wrote that event: what the facet means holds, the facet itself is not shown.';
-- Retention and purge delete content; without it each would read all of facet for its foreign key.
CREATE INDEX facet_content_idx ON openlineage.facet (content_hash, namespace_id);
-- All of a node; its own alone are in facet_key.
CREATE INDEX facet_node_idx ON openlineage.facet (node_id, run_id) WHERE node_id IS NOT NULL;
-- Run facets that few runs have, so that the views of them do not look at all facets.
CREATE INDEX facet_rare_idx ON openlineage.facet (name)
    WHERE run_id IS NOT NULL AND node_id IS NULL
      AND name OPERATOR(pg_catalog.=) ANY ('{errorMessage,executionParameters,externalQuery,extractionError,jobDependencies}'::pg_catalog.text[]);
ALTER TABLE openlineage.facet ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.facet FORCE ROW LEVEL SECURITY;
CREATE POLICY facet_read ON openlineage.facet FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.facet TO openlineage_reader;

CREATE FUNCTION openlineage.told_time(told bytea, name text) RETURNS timestamptz
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_told_time';
COMMENT ON FUNCTION openlineage.told_time(bytea, text) IS
    'Time of the latest event with a facet, by what the row of activity of its dataset or job, or that of its run, says; null when the row of the facet does. Raises XX001 for a value that is damaged.';

CREATE FUNCTION openlineage.told_hash(told bytea, name text) RETURNS uuid
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_told_hash';
COMMENT ON FUNCTION openlineage.told_hash(bytea, text) IS
    'Hash of the event that told_time() has the time of.';

-- What asks for no time does not read the tables of activity: they are joined by their keys.
CREATE VIEW openlineage.facet_time WITH (security_invoker = true) AS
    SELECT f.id, f.namespace_id, f.node_id, f.run_id, f.io, f.name, f.content_hash,
           COALESCE(openlineage.told_time(COALESCE(d.told, j.told, r.told), f.name), f.event_time) AS event_time,
           COALESCE(openlineage.told_hash(COALESCE(d.told, j.told, r.told), f.name), f.event_hash) AS event_hash,
           f.is_deleted, f.is_hidden
      FROM openlineage.facet AS f
      LEFT JOIN openlineage.dataset_activity AS d ON d.node_id OPERATOR(pg_catalog.=) f.node_id AND f.run_id IS NULL AND f.io IS NULL
      LEFT JOIN openlineage.job_activity AS j ON j.node_id OPERATOR(pg_catalog.=) f.node_id AND f.run_id IS NULL AND f.io IS NULL
      LEFT JOIN openlineage.run AS r ON r.id OPERATOR(pg_catalog.=) f.run_id AND f.node_id IS NULL;
COMMENT ON VIEW openlineage.facet_time IS 'Facets with the latest event that told each.';
COMMENT ON COLUMN openlineage.facet_time.id IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.namespace_id IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.node_id IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.run_id IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.io IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.name IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.content_hash IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.event_time IS 'Time of the latest event with this facet.';
COMMENT ON COLUMN openlineage.facet_time.event_hash IS 'Hash of that event: breaks ties of time.';
COMMENT ON COLUMN openlineage.facet_time.is_deleted IS 'As in facet.';
COMMENT ON COLUMN openlineage.facet_time.is_hidden IS 'As in facet.';
GRANT SELECT ON openlineage.facet_time TO openlineage_reader;

CREATE TABLE openlineage.owner (
    facet_id      bigint NOT NULL,
    ordinal       int NOT NULL,
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    name          text NOT NULL,
    type          text,
    CONSTRAINT owner_pkey PRIMARY KEY (facet_id, ordinal),
    CONSTRAINT owner_facet_fkey FOREIGN KEY (facet_id) REFERENCES openlineage.facet ON DELETE CASCADE
);
COMMENT ON TABLE openlineage.owner IS
    'Who owns a job or dataset: its current ownership facet.';
COMMENT ON COLUMN openlineage.owner.facet_id IS 'The facet.';
COMMENT ON COLUMN openlineage.owner.ordinal IS 'Position in it, from 1.';
COMMENT ON COLUMN openlineage.owner.namespace_id IS 'Namespace of the node.';
COMMENT ON COLUMN openlineage.owner.node_id IS 'The job or dataset.';
COMMENT ON COLUMN openlineage.owner.name IS 'owners[].name.';
COMMENT ON COLUMN openlineage.owner.type IS 'owners[].type.';
CREATE INDEX owner_node_idx ON openlineage.owner (node_id);
ALTER TABLE openlineage.owner ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.owner FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_read ON openlineage.owner FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.owner TO openlineage_reader;

CREATE TABLE openlineage.tag_assignment (
    facet_id      bigint NOT NULL,
    ordinal       int NOT NULL,
    namespace_id  int NOT NULL,
    node_id       int,
    run_id        uuid,
    field         text,
    tag           text NOT NULL,
    tag_key       text COLLATE "C" NOT NULL GENERATED ALWAYS AS (pg_catalog.left(tag, 256)) STORED,
    value         text,
    source        text,
    CONSTRAINT tag_assignment_pkey PRIMARY KEY (facet_id, ordinal),
    CONSTRAINT tag_assignment_facet_fkey FOREIGN KEY (facet_id) REFERENCES openlineage.facet ON DELETE CASCADE
);
COMMENT ON TABLE openlineage.tag_assignment IS
    'A tag on a dataset, a column, a job or a run: their current tags facets.';
COMMENT ON COLUMN openlineage.tag_assignment.facet_id IS 'The facet.';
COMMENT ON COLUMN openlineage.tag_assignment.ordinal IS 'Position in it, from 1.';
COMMENT ON COLUMN openlineage.tag_assignment.namespace_id IS 'Namespace of the node or run.';
COMMENT ON COLUMN openlineage.tag_assignment.node_id IS 'The dataset or job; null for a tag of a run.';
COMMENT ON COLUMN openlineage.tag_assignment.run_id IS 'The run; null for a tag of a dataset or job.';
COMMENT ON COLUMN openlineage.tag_assignment.field IS 'Column name for a tag of a column; null otherwise.';
COMMENT ON COLUMN openlineage.tag_assignment.tag IS 'tags[].key.';
COMMENT ON COLUMN openlineage.tag_assignment.tag_key IS 'What lists are in the order of: an index may not hold a whole tag, and under a policy serves no expression.';
COMMENT ON COLUMN openlineage.tag_assignment.value IS 'tags[].value.';
COMMENT ON COLUMN openlineage.tag_assignment.source IS 'tags[].source.';
CREATE INDEX tag_assignment_node_idx ON openlineage.tag_assignment (node_id) WHERE node_id IS NOT NULL;
CREATE INDEX tag_assignment_key_idx ON openlineage.tag_assignment (tag_key);
CREATE INDEX tag_assignment_run_idx ON openlineage.tag_assignment (run_id) WHERE run_id IS NOT NULL;
ALTER TABLE openlineage.tag_assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.tag_assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY tag_assignment_read ON openlineage.tag_assignment FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.tag_assignment TO openlineage_reader;

CREATE TABLE openlineage.quality_result (
    facet_id      bigint NOT NULL,
    ordinal       int NOT NULL,
    namespace_id  int NOT NULL,
    dataset_id    int,
    run_id        uuid,
    name          text NOT NULL,
    column_name   text,
    success       boolean,
    severity      text,
    expected      text,
    actual        text,
    event_time    timestamptz NOT NULL,
    CONSTRAINT quality_result_pkey PRIMARY KEY (facet_id, ordinal),
    CONSTRAINT quality_result_facet_fkey FOREIGN KEY (facet_id) REFERENCES openlineage.facet ON DELETE CASCADE
);
COMMENT ON TABLE openlineage.quality_result IS
    'One test or assertion of a dataQualityAssertions or test facet.';
COMMENT ON COLUMN openlineage.quality_result.facet_id IS 'The facet.';
COMMENT ON COLUMN openlineage.quality_result.ordinal IS 'Position in it, from 1.';
COMMENT ON COLUMN openlineage.quality_result.namespace_id IS 'Namespace of the dataset, else of the run.';
COMMENT ON COLUMN openlineage.quality_result.dataset_id IS 'The dataset; null for a test facet of a run.';
COMMENT ON COLUMN openlineage.quality_result.run_id IS 'The run; null when a DatasetEvent told it.';
COMMENT ON COLUMN openlineage.quality_result.name IS 'Assertion or test.';
COMMENT ON COLUMN openlineage.quality_result.column_name IS 'The column it is about; null for the dataset.';
COMMENT ON COLUMN openlineage.quality_result.success IS 'Whether it held; null when the producer did not say.';
COMMENT ON COLUMN openlineage.quality_result.severity IS 'error or warn, as written.';
COMMENT ON COLUMN openlineage.quality_result.expected IS 'Expected value, as written.';
COMMENT ON COLUMN openlineage.quality_result.actual IS 'Actual value, as written.';
COMMENT ON COLUMN openlineage.quality_result.event_time IS 'Time of the event it is from.';
CREATE INDEX quality_result_dataset_idx ON openlineage.quality_result (dataset_id, event_time) WHERE dataset_id IS NOT NULL;
CREATE INDEX quality_result_run_idx ON openlineage.quality_result (run_id) WHERE run_id IS NOT NULL;
ALTER TABLE openlineage.quality_result ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.quality_result FORCE ROW LEVEL SECURITY;
CREATE POLICY quality_result_read ON openlineage.quality_result FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.quality_result TO openlineage_reader;

CREATE TABLE openlineage.metric (
    facet_id      bigint NOT NULL,
    ordinal       int NOT NULL,
    namespace_id  int NOT NULL,
    dataset_id    int NOT NULL,
    run_id        uuid,
    name          text NOT NULL,
    column_name   text,
    value         double precision NOT NULL,
    event_time    timestamptz NOT NULL,
    CONSTRAINT metric_pkey PRIMARY KEY (facet_id, ordinal),
    CONSTRAINT metric_facet_fkey FOREIGN KEY (facet_id) REFERENCES openlineage.facet ON DELETE CASCADE
);
COMMENT ON TABLE openlineage.metric IS
    'A number of an inputStatistics, outputStatistics, dataQualityMetrics, icebergScanReport or icebergCommitReport facet.';
COMMENT ON COLUMN openlineage.metric.facet_id IS 'The facet.';
COMMENT ON COLUMN openlineage.metric.ordinal IS 'Position in it, from 1.';
COMMENT ON COLUMN openlineage.metric.namespace_id IS 'Namespace of the dataset.';
COMMENT ON COLUMN openlineage.metric.dataset_id IS 'The dataset.';
COMMENT ON COLUMN openlineage.metric.run_id IS 'The run; null when a DatasetEvent told it.';
COMMENT ON COLUMN openlineage.metric.name IS 'rowCount, bytes, nullCount, quantiles.0.25 …';
COMMENT ON COLUMN openlineage.metric.column_name IS 'The column it is about; null for the dataset.';
COMMENT ON COLUMN openlineage.metric.value IS 'The number, in the unit of its facet: rows, bytes, files, milliseconds of a time.';
COMMENT ON COLUMN openlineage.metric.event_time IS 'Time of the event it is from.';
CREATE INDEX metric_dataset_idx ON openlineage.metric (dataset_id, event_time);
CREATE INDEX metric_run_idx ON openlineage.metric (run_id) WHERE run_id IS NOT NULL;
ALTER TABLE openlineage.metric ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.metric FORCE ROW LEVEL SECURITY;
CREATE POLICY metric_read ON openlineage.metric FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.metric TO openlineage_reader;
-- What people say of tags through the API, beside what tags facets say.
--
-- Of a tag on one dataset, column or job the latest statement counts, whoever
-- made it: a tag set here is there until it is taken off here; one taken off
-- here is gone until a later event states it again.

CREATE TABLE openlineage.tag_statement (
    node_id       int NOT NULL,
    namespace_id  int NOT NULL,
    field         text NOT NULL,
    field_hash    uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(field)) STORED,
    tag           text NOT NULL,
    tag_hash      uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(tag)) STORED,
    is_set        boolean NOT NULL,
    stated_at     timestamptz NOT NULL,
    CONSTRAINT tag_statement_pkey PRIMARY KEY (node_id, field_hash, tag_hash),
    CONSTRAINT tag_statement_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node
);
COMMENT ON TABLE openlineage.tag_statement IS
    'The last word of the Marquez API on each tag of a dataset, column or job: POST sets it, DELETE takes it off.';
COMMENT ON COLUMN openlineage.tag_statement.node_id IS 'The dataset or job.';
COMMENT ON COLUMN openlineage.tag_statement.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.tag_statement.field IS 'Column name for a tag of a column; empty otherwise.';
COMMENT ON COLUMN openlineage.tag_statement.field_hash IS 'What the column is looked up by.';
COMMENT ON COLUMN openlineage.tag_statement.tag IS 'The tag.';
COMMENT ON COLUMN openlineage.tag_statement.tag_hash IS 'What the tag is looked up by.';
COMMENT ON COLUMN openlineage.tag_statement.is_set IS 'False: the tag was taken off.';
COMMENT ON COLUMN openlineage.tag_statement.stated_at IS 'When, by the clock; not before the event whose tag was taken off.';
ALTER TABLE openlineage.tag_statement ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.tag_statement FORCE ROW LEVEL SECURITY;
CREATE POLICY tag_statement_read ON openlineage.tag_statement FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.tag_statement TO openlineage_reader;

CREATE FUNCTION openlineage.shown_tags(ids int[]) RETURNS TABLE (node_id int, field text, tag text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT a.node_id, COALESCE(a.field, ''), a.tag
      FROM openlineage.tag_assignment AS a
      JOIN openlineage.facet AS f ON f.id = a.facet_id
     WHERE a.node_id = ANY (ids)
       AND NOT EXISTS (SELECT
                         FROM openlineage.tag_statement AS s
                        WHERE s.node_id = a.node_id
                          AND s.field_hash = openlineage.hash128(COALESCE(a.field, ''))
                          AND s.tag_hash = openlineage.hash128(a.tag)
                          AND NOT s.is_set
                          AND s.stated_at >= f.event_time)
    UNION
    SELECT s.node_id, s.field, s.tag
      FROM openlineage.tag_statement AS s
     WHERE s.node_id = ANY (ids)
       AND s.is_set;
END
$$;
COMMENT ON FUNCTION openlineage.shown_tags(int[]) IS
    'The tags of these datasets and jobs, each once; field is the column of a tag of a column and empty otherwise. From tag_assignment and tag_statement.';
-- What search looks things up in: the grams of names, the words of facets.

CREATE FUNCTION openlineage.name_grams(name text) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_name_grams';
COMMENT ON FUNCTION openlineage.name_grams(text) IS
    'Every run of one to three characters of a name in lower case, packed into a number; {-1} for a name of more than 1000 characters.';

CREATE FUNCTION openlineage.pattern_grams(pattern text) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_pattern_grams';
COMMENT ON FUNCTION openlineage.pattern_grams(text) IS
    'The grams that every name with this text in it has, in either case; names of {-1} may have it too.';

-- The limit keeps the list of what is not sorted in yet short, as every search reads all of it.
CREATE INDEX node_grams_idx ON openlineage.node USING gin ((openlineage.name_grams(name)))
    WITH (gin_pending_list_limit = 256) WHERE job_id IS NULL;
CREATE INDEX node_search_idx ON openlineage.node (kind, (pg_catalog.left(name, 256)) COLLATE "C", name_hash)
    WHERE job_id IS NULL;

CREATE TABLE openlineage.search_facet (
    facet_id      bigint NOT NULL,
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    content_hash  uuid NOT NULL,
    words         tsvector NOT NULL,
    CONSTRAINT search_facet_pkey PRIMARY KEY (facet_id, content_hash),
    CONSTRAINT search_facet_facet_fkey FOREIGN KEY (facet_id) REFERENCES openlineage.facet ON DELETE CASCADE
);
COMMENT ON TABLE openlineage.search_facet IS
    'The words of the facets of datasets and jobs, for search, by content: jobs that write one dataset in turn have its facets change between few contents. Those that are not current are deleted by maintain().';
COMMENT ON COLUMN openlineage.search_facet.facet_id IS 'The facet.';
COMMENT ON COLUMN openlineage.search_facet.namespace_id IS 'Namespace of the node.';
COMMENT ON COLUMN openlineage.search_facet.node_id IS 'The job or dataset.';
COMMENT ON COLUMN openlineage.search_facet.content_hash IS 'The content the words are from; counts while it is that of the facet and the facet is not deleted.';
COMMENT ON COLUMN openlineage.search_facet.words IS 'Words of all strings in it, in lower case; of its first 100,000 characters when it is longer.';
CREATE INDEX search_facet_words_idx ON openlineage.search_facet USING gin (words) WITH (gin_pending_list_limit = 256);
CREATE INDEX search_facet_node_idx ON openlineage.search_facet (node_id);
ALTER TABLE openlineage.search_facet ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.search_facet FORCE ROW LEVEL SECURITY;
CREATE POLICY search_facet_read ON openlineage.search_facet FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.search_facet TO openlineage_reader;

-- ASCII punctuation parts words, what lies beyond is left to the parser, which
-- by itself would take "mart.orders" for the name of a host.
CREATE FUNCTION openlineage.spaced_words(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN btrim(translate(lower(value), E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r', repeat(' ', 35)));
END
$$;
COMMENT ON FUNCTION openlineage.spaced_words(text) IS 'A text in lower case with a space for each sign of ASCII punctuation.';

CREATE FUNCTION openlineage.facet_strings(name text, body json) RETURNS TABLE (path text, value text)
    LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_facet_strings';
COMMENT ON FUNCTION openlineage.facet_strings(text, json) IS
    'Every string in a facet of this name with the path to it (its first 300 bytes), array positions left out, and the keys of columnLineage.fields; not _producer and _schemaURL, and nothing deeper than 20 levels.';

CREATE FUNCTION openlineage.facet_text(name text, body json) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_facet_text';
COMMENT ON FUNCTION openlineage.facet_text(text, json) IS
    'The values of facet_strings() one after the other, with a space between.';

-- In plpgsql, which keeps plans: one of SQL would be planned for every facet.
CREATE FUNCTION openlineage.facet_words(name text, body json) RETURNS tsvector
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning  -- a word too long for the index is no news
    AS $$
BEGIN
    RETURN to_tsvector('simple'::regconfig, left(openlineage.spaced_words(
               CASE WHEN octet_length(body::text) <= 100000
                    THEN openlineage.facet_text(name, body)
                    ELSE left(body::text, 100000) END), 100000));
END
$$;
COMMENT ON FUNCTION openlineage.facet_words(text, json) IS 'What a facet is found by.';

CREATE FUNCTION openlineage.derive_search(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.search_facet (facet_id, namespace_id, node_id, content_hash, words)
    SELECT f.id, f.namespace_id, f.node_id, f.content_hash, COALESCE(openlineage.facet_words(f.name, c.body), '')
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     WHERE f.id = ANY (facet_ids)
       AND (f.run_id IS NULL) IS TRUE  -- as in derive.sql
       AND NOT f.is_deleted
       AND NOT EXISTS (SELECT FROM openlineage.search_facet AS s WHERE s.facet_id = f.id AND s.content_hash = f.content_hash)
     ORDER BY f.id
    ON CONFLICT DO NOTHING;
    -- Of a facet that is ever new, what it was is not kept until maintain() comes.
    DELETE FROM openlineage.search_facet AS s
     USING openlineage.facet AS f
     WHERE f.id = ANY (facet_ids) AND s.facet_id = f.id AND s.content_hash <> f.content_hash
       AND (SELECT count(*) FROM openlineage.search_facet AS o WHERE o.facet_id = f.id) > 8;
END
$$;
COMMENT ON FUNCTION openlineage.derive_search(bigint[]) IS
    'Makes the rows of search_facet for facets of datasets and jobs whose content has none; a facet with more than 8 keeps that alone.';
REVOKE ALL ON FUNCTION openlineage.derive_search(bigint[]) FROM PUBLIC;

-- A batch may be about to use words that it found: it holds a lock on the table, and is waited for.  Who
-- cannot see what was written while it waited deletes nothing.
CREATE FUNCTION openlineage.forget_words() RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '1s'
    AS $$
DECLARE
    ids     bigint[];
    hashes  uuid[];
    n       bigint;
BEGIN
    SELECT array_agg(o.facet_id), array_agg(o.content_hash) INTO ids, hashes
      FROM (SELECT s.facet_id, s.content_hash
              FROM openlineage.search_facet AS s
              JOIN openlineage.facet AS f ON f.id = s.facet_id
             WHERE f.content_hash <> s.content_hash OR f.is_deleted
             LIMIT 10000) AS o;
    IF ids IS NULL OR current_setting('transaction_isolation') <> 'read committed' THEN
        RETURN 0;
    END IF;
    BEGIN
        LOCK TABLE openlineage.search_facet IN SHARE ROW EXCLUSIVE MODE;
    EXCEPTION WHEN lock_not_available THEN
        RETURN 0;  -- the next time
    END;
    DELETE FROM openlineage.search_facet AS s
     USING unnest(ids, hashes) AS o (facet_id, content_hash), openlineage.facet AS f
     WHERE s.facet_id = o.facet_id AND s.content_hash = o.content_hash AND f.id = s.facet_id
       AND (f.content_hash <> s.content_hash OR f.is_deleted);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.forget_words() IS
    'Part of maintain: deletes up to 10,000 rows of search_facet that are not of the content a facet has now; returns how many. None in a transaction of REPEATABLE READ or SERIALIZABLE, or when the lock cannot be had within a second.';
REVOKE ALL ON FUNCTION openlineage.forget_words() FROM PUBLIC;
-- Events as they came, what was odd about them, and how many there were.

CREATE TYPE openlineage.event_kind AS ENUM ('run', 'job', 'dataset');
COMMENT ON TYPE openlineage.event_kind IS 'RunEvent, JobEvent or DatasetEvent, told by structure.';

-- Bodies are packed: with a template, an earlier text of the same job, only what differs is stored.
CREATE FUNCTION openlineage.event_pack(body text, template bytea DEFAULT NULL) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'ol_event_pack';
COMMENT ON FUNCTION openlineage.event_pack(text, bytea) IS
    'A text as event_store.packed keeps it: an LZ4 block, made with the text of this event_template.packed before it unless that is null.';

CREATE FUNCTION openlineage.event_body(packed bytea, template bytea) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'ol_event_body';
COMMENT ON FUNCTION openlineage.event_body(bytea, bytea) IS
    'The text of an event_store.packed, byte for byte, with the event_template.packed that it was made with; of a template with null. Raises XX001 when it is damaged or the template is missing or another one.';

CREATE FUNCTION openlineage.event_bytes(packed bytea) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_event_bytes';
COMMENT ON FUNCTION openlineage.event_bytes(bytea) IS
    'The length of the text of an event_store.packed, which is not unpacked for it.';

CREATE TABLE openlineage.event_store (
    event_time    timestamptz NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp(),
    template_id   bigint,
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    kind          openlineage.event_kind NOT NULL,
    hash          uuid NOT NULL,
    run_id        uuid,
    is_command    boolean NOT NULL DEFAULT false,
    type          text,
    principal     text,
    packed        bytea NOT NULL,
    set_id        bigint
) PARTITION BY RANGE (event_time);
COMMENT ON TABLE openlineage.event_store IS
    'Every accepted event as it is stored; the view event shows it. The parent has no key: each partition has its own unique (event_time, hash).';
COMMENT ON COLUMN openlineage.event_store.event_time IS 'eventTime: when the fact was, not when it came.';
COMMENT ON COLUMN openlineage.event_store.received_at IS 'When it was stored.';
COMMENT ON COLUMN openlineage.event_store.template_id IS 'The event_template that packed was made with; null when without one.';
COMMENT ON COLUMN openlineage.event_store.namespace_id IS 'Namespace of its job, of its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event_store.node_id IS 'Its job, or its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event_store.kind IS 'run, job or dataset.';
COMMENT ON COLUMN openlineage.event_store.hash IS 'Hash of the bytes of its text; an event that comes again is recognised by it.';
COMMENT ON COLUMN openlineage.event_store.run_id IS 'Its run; null for JobEvent and DatasetEvent.';
COMMENT ON COLUMN openlineage.event_store.is_command IS 'True for what a function of the API wrote, such as PUT of a job: not listed, not counted.';
COMMENT ON COLUMN openlineage.event_store.type IS 'eventType in upper case; null when it has none.';
COMMENT ON COLUMN openlineage.event_store.principal IS 'Who sent it first: user_id() of its sender, else the client of the token or API key, else the role of an SQL session; null over HTTP without a token. Never a token.';
COMMENT ON COLUMN openlineage.event_store.packed IS 'Its text as event_pack() makes it; event_body() gives it back.';
COMMENT ON COLUMN openlineage.event_store.set_id IS 'The dataset_set of the datasets that it names; null when event_dataset_store has them, and for a command.';

CREATE TABLE openlineage.event_default PARTITION OF openlineage.event_store (
    CONSTRAINT event_default_key UNIQUE (event_time, hash)
) DEFAULT;
COMMENT ON TABLE openlineage.event_default IS 'Events of every time that has no partition of its own.';
-- Lists are in the order of time and hash; the few events of one time are sorted when they are read.
-- Those of a set are among those of its job, from which the index alone tells them.
CREATE INDEX event_default_node_idx ON openlineage.event_default (node_id, event_time, set_id) INCLUDE (namespace_id);
CREATE INDEX event_default_run_idx ON openlineage.event_default (run_id, event_time) WHERE run_id IS NOT NULL;
CREATE INDEX event_default_namespace_idx ON openlineage.event_default (namespace_id, event_time);
ALTER TABLE openlineage.event_default ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE openlineage.event_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_default FORCE ROW LEVEL SECURITY;
CREATE POLICY event_default_read ON openlineage.event_default FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_default TO openlineage_reader;

ALTER TABLE openlineage.event_store ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE openlineage.event_store ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_store FORCE ROW LEVEL SECURITY;
CREATE POLICY event_store_read ON openlineage.event_store FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_store TO openlineage_reader;

-- A template is of one partition and of one node, so it goes with these and has their namespace.
-- Who deletes one calls lock_templates() first: ingest/template.c says why.
CREATE SEQUENCE openlineage.event_template_id_seq AS bigint;

CREATE TABLE openlineage.event_template (
    id            bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.event_template_id_seq'),
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    partition     text COLLATE "C" NOT NULL,
    made_of       uuid[] NOT NULL,
    packed        bytea NOT NULL,
    CONSTRAINT event_template_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE openlineage.event_template IS
    'Texts that the bodies of events are packed with. No row changes; it stays while an event refers to it.';
COMMENT ON COLUMN openlineage.event_template.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.event_template.namespace_id IS 'Namespace of its events.';
COMMENT ON COLUMN openlineage.event_template.node_id IS 'The job or dataset whose events refer to it.';
COMMENT ON COLUMN openlineage.event_template.partition IS 'Name of the partition of event_store whose events refer to it.';
COMMENT ON COLUMN openlineage.event_template.made_of IS 'Hashes of the events whose text it holds.';
COMMENT ON COLUMN openlineage.event_template.packed IS 'The text, packed without a template.';
CREATE INDEX event_template_node_idx ON openlineage.event_template (node_id, partition, id DESC);
ALTER TABLE openlineage.event_template ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE openlineage.event_template ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_template FORCE ROW LEVEL SECURITY;
CREATE POLICY event_template_read ON openlineage.event_template FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_template TO openlineage_reader;

-- The template is read for rows whose body is asked for, with the eyes of the caller.
CREATE VIEW openlineage.event WITH (security_invoker = true) AS
SELECT e.event_time, e.hash, e.received_at, e.kind, e.type, e.namespace_id, e.node_id, e.run_id, e.principal, e.is_command,
       openlineage.event_body(e.packed, (SELECT t.packed
                                           FROM openlineage.event_template AS t
                                          WHERE t.id OPERATOR(pg_catalog.=) e.template_id)) AS body
  FROM openlineage.event_store AS e;
COMMENT ON VIEW openlineage.event IS 'Every accepted event, raw.';
COMMENT ON COLUMN openlineage.event.event_time IS 'eventTime: when the fact was, not when it came.';
COMMENT ON COLUMN openlineage.event.hash IS 'Hash of the bytes of body; an event that comes again is recognised by it.';
COMMENT ON COLUMN openlineage.event.received_at IS 'When it was stored.';
COMMENT ON COLUMN openlineage.event.kind IS 'run, job or dataset.';
COMMENT ON COLUMN openlineage.event.type IS 'eventType in upper case; null when it has none.';
COMMENT ON COLUMN openlineage.event.namespace_id IS 'Namespace of its job, of its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event.node_id IS 'Its job, or its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event.run_id IS 'Its run; null for JobEvent and DatasetEvent.';
COMMENT ON COLUMN openlineage.event.principal IS 'Who sent it first: user_id() of its sender, else the client of the token or API key, else the role of an SQL session; null over HTTP without a token. Never a token.';
COMMENT ON COLUMN openlineage.event.is_command IS 'True for what a function of the API wrote, such as PUT of a job: not listed, not counted.';
COMMENT ON COLUMN openlineage.event.body IS 'The JSON text as it came.';
GRANT SELECT ON openlineage.event TO openlineage_reader;

CREATE FUNCTION openlineage.lock_templates() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lock_templates';
COMMENT ON FUNCTION openlineage.lock_templates() IS
    'Comes before each deletion of templates: waits for what ingests, lets nobody else begin to, and makes every process forget the templates it has read once this transaction has committed. Raises 25001 in a transaction of REPEATABLE READ or SERIALIZABLE, which would not see what was stored meanwhile.';
REVOKE ALL ON FUNCTION openlineage.lock_templates() FROM PUBLIC;

CREATE FUNCTION openlineage.drop_unused_templates(ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    part    record;
    unused  text;
    found   bigint[];
BEGIN
    -- Nothing outside its partition refers to a template.
    FOR part IN SELECT COALESCE(to_regclass(format('openlineage.%I', t.partition)), 'openlineage.event_store') AS events,
                       array_agg(t.id) AS ids
                  FROM openlineage.event_template AS t
                 WHERE t.id = ANY (drop_unused_templates.ids)
                 GROUP BY 1 LOOP
        unused := format('SELECT t.id FROM openlineage.event_template AS t WHERE t.id = ANY ($1)'
                         ' AND NOT EXISTS (SELECT FROM %s AS e WHERE e.node_id = t.node_id AND e.template_id = t.id)', part.events);
        EXECUTE 'SELECT ARRAY(' || unused || ')' INTO found USING part.ids;
        CONTINUE WHEN found = '{}';
        -- Not before it is needed, as it keeps ingest waiting; what it may have used meanwhile is asked again.
        PERFORM openlineage.lock_templates();
        EXECUTE 'DELETE FROM openlineage.event_template AS t WHERE t.id IN (' || unused || ')' USING found;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.drop_unused_templates(bigint[]) IS
    'Part of what deletes events: deletes those of these templates that no event refers to any more.';
REVOKE ALL ON FUNCTION openlineage.drop_unused_templates(bigint[]) FROM PUBLIC;

-- The order of lists of events, for what is in an array of their body.  Names as told, so that a
-- merge of two datasets writes nothing here.  A row for each dataset of the first events; once events
-- of a job repeat what they name, that is a set, which they refer to: ingest/dataset_set.c says how.
CREATE TABLE openlineage.event_dataset_store (
    dataset_id    int NOT NULL,
    namespace_id  int NOT NULL,  -- beside the other int: there are several rows for each event
    event_time    timestamptz NOT NULL,
    event_hash    uuid NOT NULL
);
COMMENT ON TABLE openlineage.event_dataset_store IS
    'Which events without a set name a dataset; the view event_dataset shows them with the others.';
COMMENT ON COLUMN openlineage.event_dataset_store.dataset_id IS 'Node of the very name that the event gives; may be an alias.';
COMMENT ON COLUMN openlineage.event_dataset_store.event_time IS 'The event.';
COMMENT ON COLUMN openlineage.event_dataset_store.event_hash IS 'The event.';
COMMENT ON COLUMN openlineage.event_dataset_store.namespace_id IS 'Namespace of the event.';
-- No key: the hash would be a second copy of what is half of the row.  Ingest writes the rows of an event once.
CREATE INDEX event_dataset_store_idx ON openlineage.event_dataset_store (dataset_id, event_time) INCLUDE (namespace_id);
ALTER TABLE openlineage.event_dataset_store ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_dataset_store FORCE ROW LEVEL SECURITY;
CREATE POLICY event_dataset_store_read ON openlineage.event_dataset_store FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_dataset_store TO openlineage_reader;

-- A set is of one job and one partition, so it goes with these and has the namespace of its events.
CREATE SEQUENCE openlineage.dataset_set_id_seq AS bigint;

CREATE TABLE openlineage.dataset_set (
    id            bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.dataset_set_id_seq'),
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    partition     text COLLATE "C" NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz NOT NULL,
    hash          uuid NOT NULL,
    CONSTRAINT dataset_set_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE openlineage.dataset_set IS
    'Datasets that several events of a job name together. No row changes.';
COMMENT ON COLUMN openlineage.dataset_set.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.dataset_set.namespace_id IS 'Namespace of its events.';
COMMENT ON COLUMN openlineage.dataset_set.node_id IS 'The job or dataset whose events refer to it.';
COMMENT ON COLUMN openlineage.dataset_set.partition IS 'Name of the partition of event_store whose events refer to it.';
COMMENT ON COLUMN openlineage.dataset_set.since IS 'Start of that partition: its events are at this time or later.';
COMMENT ON COLUMN openlineage.dataset_set.until IS 'End of that partition: its events are before.';
COMMENT ON COLUMN openlineage.dataset_set.hash IS 'Hash of the ids of its datasets; two sets with the same are the same.';
CREATE INDEX dataset_set_node_idx ON openlineage.dataset_set (node_id, partition, hash);
ALTER TABLE openlineage.dataset_set ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_set FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_set_read ON openlineage.dataset_set FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_set TO openlineage_reader;

CREATE TABLE openlineage.dataset_set_member (
    set_id        bigint NOT NULL,
    dataset_id    int NOT NULL,
    namespace_id  int NOT NULL,
    CONSTRAINT dataset_set_member_pkey PRIMARY KEY (set_id, dataset_id)
);
COMMENT ON TABLE openlineage.dataset_set_member IS 'The datasets of each dataset_set.';
COMMENT ON COLUMN openlineage.dataset_set_member.set_id IS 'The set.';
COMMENT ON COLUMN openlineage.dataset_set_member.dataset_id IS 'Node of the very name that the events give; may be an alias.';
COMMENT ON COLUMN openlineage.dataset_set_member.namespace_id IS 'Namespace of the set.';
CREATE INDEX dataset_set_member_dataset_idx ON openlineage.dataset_set_member (dataset_id, set_id);
ALTER TABLE openlineage.dataset_set_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_set_member FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_set_member_read ON openlineage.dataset_set_member FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_set_member TO openlineage_reader;

CREATE VIEW openlineage.event_dataset WITH (security_invoker = true) AS
SELECT d.dataset_id, d.namespace_id, d.event_time, d.event_hash
  FROM openlineage.event_dataset_store AS d
UNION ALL
SELECT m.dataset_id, e.namespace_id, e.event_time, e.hash
  FROM openlineage.dataset_set_member AS m
  JOIN openlineage.dataset_set AS s ON s.id OPERATOR(pg_catalog.=) m.set_id
  JOIN openlineage.event_store AS e ON e.node_id OPERATOR(pg_catalog.=) s.node_id AND e.set_id OPERATOR(pg_catalog.=) s.id
                                   AND e.event_time OPERATOR(pg_catalog.>=) s.since AND e.event_time OPERATOR(pg_catalog.<) s.until;
COMMENT ON VIEW openlineage.event_dataset IS
    'Which events name a dataset: as input, as output, as their subject or in a lineage facet.';
COMMENT ON COLUMN openlineage.event_dataset.dataset_id IS 'Node of the very name that the event gives; may be an alias.';
COMMENT ON COLUMN openlineage.event_dataset.namespace_id IS 'Namespace of the event.';
COMMENT ON COLUMN openlineage.event_dataset.event_time IS 'The event.';
COMMENT ON COLUMN openlineage.event_dataset.event_hash IS 'The event.';
GRANT SELECT ON openlineage.event_dataset TO openlineage_reader;

CREATE SEQUENCE openlineage.event_issue_id_seq AS bigint;

CREATE TABLE openlineage.event_issue (
    id            bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.event_issue_id_seq'),
    namespace_id  int NOT NULL,
    event_time    timestamptz NOT NULL,
    event_hash    uuid NOT NULL,
    code          text NOT NULL,
    path          text NOT NULL,
    message       text NOT NULL,
    CONSTRAINT event_issue_pkey PRIMARY KEY (id),
    CONSTRAINT event_issue_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.event_issue IS
    'What was odd about an event that was accepted all the same.';
COMMENT ON COLUMN openlineage.event_issue.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.event_issue.namespace_id IS 'Namespace of the event.';
COMMENT ON COLUMN openlineage.event_issue.event_time IS 'The event.';
COMMENT ON COLUMN openlineage.event_issue.event_hash IS 'The event.';
COMMENT ON COLUMN openlineage.event_issue.code IS 'Which rule, in snake_case.';
COMMENT ON COLUMN openlineage.event_issue.path IS 'Where in the event, as a JSON pointer.';
COMMENT ON COLUMN openlineage.event_issue.message IS 'What was found and what was done.';
CREATE INDEX event_issue_time_idx ON openlineage.event_issue (event_time, event_hash, id) INCLUDE (namespace_id);
CREATE INDEX event_issue_namespace_idx ON openlineage.event_issue (namespace_id, event_time, event_hash, id);
ALTER TABLE openlineage.event_issue ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_issue FORCE ROW LEVEL SECURITY;
CREATE POLICY event_issue_read ON openlineage.event_issue FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_issue TO openlineage_reader;

-- As many rows as the sequence has values, however many events are rejected.
CREATE SEQUENCE openlineage.rejected_event_slot_seq AS int MAXVALUE 10000 CYCLE;

CREATE TABLE openlineage.rejected_event (
    slot          int NOT NULL,
    namespace_id  int NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp(),
    code          text NOT NULL,
    message       text NOT NULL,
    details       text,
    hash          uuid NOT NULL,
    bytes         bigint NOT NULL,
    excerpt       text NOT NULL,
    CONSTRAINT rejected_event_pkey PRIMARY KEY (slot)
);
COMMENT ON TABLE openlineage.rejected_event IS
    'The last events that came in a batch or over HTTP and were not taken: nothing else of them is stored.';
COMMENT ON COLUMN openlineage.rejected_event.slot IS 'Its place, taken again by a later one.';
COMMENT ON COLUMN openlineage.rejected_event.namespace_id IS 'Namespace of the event; 0 when it could not be read or is not known.';
COMMENT ON COLUMN openlineage.rejected_event.received_at IS 'When it came.';
COMMENT ON COLUMN openlineage.rejected_event.code IS 'SQLSTATE of the fault.';
COMMENT ON COLUMN openlineage.rejected_event.message IS 'What is wrong, as its sender was told.';
COMMENT ON COLUMN openlineage.rejected_event.details IS 'Where, as its sender was told.';
COMMENT ON COLUMN openlineage.rejected_event.hash IS 'Hash of its bytes: the same event sent again has the same.';
COMMENT ON COLUMN openlineage.rejected_event.bytes IS 'Its length.';
COMMENT ON COLUMN openlineage.rejected_event.excerpt IS 'Its first 1,000 bytes; U+FFFD for what is no UTF-8.';
CREATE INDEX rejected_event_received_idx ON openlineage.rejected_event (received_at, slot);
ALTER TABLE openlineage.rejected_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.rejected_event FORCE ROW LEVEL SECURITY;
CREATE POLICY rejected_event_read ON openlineage.rejected_event FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.rejected_event TO openlineage_reader;

CREATE TABLE openlineage.event_count (
    namespace_id  int NOT NULL,
    hour          timestamptz NOT NULL,
    kind          openlineage.event_kind NOT NULL,
    type          text,
    n             bigint NOT NULL,
    in_day        boolean NOT NULL DEFAULT false,
    CONSTRAINT event_count_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.event_count IS
    'How many events there were: appended per batch, so sum over the rows of one hour.';
COMMENT ON COLUMN openlineage.event_count.namespace_id IS 'Namespace of the events.';
COMMENT ON COLUMN openlineage.event_count.hour IS 'The hour of their event time, in UTC.';
COMMENT ON COLUMN openlineage.event_count.kind IS 'run, job or dataset.';
COMMENT ON COLUMN openlineage.event_count.type IS 'eventType in upper case; null when it has none.';
COMMENT ON COLUMN openlineage.event_count.n IS 'How many.';
COMMENT ON COLUMN openlineage.event_count.in_day IS 'Whether event_day_count has them already; maintain() adds them there.';
CREATE INDEX event_count_idx ON openlineage.event_count (namespace_id, hour);
CREATE INDEX event_count_new_idx ON openlineage.event_count (hour) WHERE NOT in_day;
CREATE INDEX event_count_hour_idx ON openlineage.event_count (hour);
ALTER TABLE openlineage.event_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_count FORCE ROW LEVEL SECURITY;
CREATE POLICY event_count_read ON openlineage.event_count FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_count TO openlineage_reader;

CREATE TABLE openlineage.event_day_count (
    namespace_id  int NOT NULL,
    day           timestamptz NOT NULL,
    n             bigint NOT NULL,
    CONSTRAINT event_day_count_pkey PRIMARY KEY (day, namespace_id),
    CONSTRAINT event_day_count_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.event_day_count IS
    'Days of event_count, so that a total over years does not read their hours: with the rows there that are not in_day, all events.';
COMMENT ON COLUMN openlineage.event_day_count.namespace_id IS 'Namespace of the events.';
COMMENT ON COLUMN openlineage.event_day_count.day IS 'The day of their event time, in UTC.';
COMMENT ON COLUMN openlineage.event_day_count.n IS 'How many that event_count has as in_day.';
CREATE INDEX event_day_count_namespace_idx ON openlineage.event_day_count (namespace_id, day);
ALTER TABLE openlineage.event_day_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_day_count FORCE ROW LEVEL SECURITY;
CREATE POLICY event_day_count_read ON openlineage.event_day_count FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_day_count TO openlineage_reader;
-- The graph: current edges between nodes and between columns, and the past.

CREATE TYPE openlineage.edge_kind AS ENUM ('data', 'derives', 'control');
COMMENT ON TYPE openlineage.edge_kind IS
    'data: through a job; derives: dataset to dataset, stated by a DatasetEvent; control: one job waits for another.';

CREATE TABLE openlineage.edge (
    src               int NOT NULL,
    dst               int NOT NULL,
    kind              openlineage.edge_kind NOT NULL,
    src_namespace_id  int NOT NULL,
    dst_namespace_id  int NOT NULL,
    first_at          timestamptz NOT NULL,
    CONSTRAINT edge_pkey PRIMARY KEY (src, dst, kind),
    CONSTRAINT edge_src_fkey FOREIGN KEY (src) REFERENCES openlineage.node,
    CONSTRAINT edge_dst_fkey FOREIGN KEY (dst) REFERENCES openlineage.node
);
COMMENT ON TABLE openlineage.edge IS
    'Current edges, in the direction data flows.';
COMMENT ON COLUMN openlineage.edge.src IS 'Node the data comes from.';
COMMENT ON COLUMN openlineage.edge.dst IS 'Node the data goes to.';
COMMENT ON COLUMN openlineage.edge.kind IS 'data, derives or control.';
COMMENT ON COLUMN openlineage.edge.src_namespace_id IS 'Namespace of src.';
COMMENT ON COLUMN openlineage.edge.dst_namespace_id IS 'Namespace of dst.';
COMMENT ON COLUMN openlineage.edge.first_at IS 'Event time since which it holds without a break.';
CREATE INDEX edge_dst_idx ON openlineage.edge (dst, src, kind);
ALTER TABLE openlineage.edge ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.edge FORCE ROW LEVEL SECURITY;
CREATE POLICY edge_read ON openlineage.edge FOR SELECT
    USING (openlineage.can_read(src_namespace_id) AND openlineage.can_read(dst_namespace_id));
GRANT SELECT ON openlineage.edge TO openlineage_reader;

CREATE TABLE openlineage.edge_history (
    src               int NOT NULL,
    dst               int NOT NULL,
    kind              openlineage.edge_kind NOT NULL,
    src_namespace_id  int NOT NULL,
    dst_namespace_id  int NOT NULL,
    valid             tstzrange NOT NULL,
    CONSTRAINT edge_history_src_fkey FOREIGN KEY (src) REFERENCES openlineage.node,
    CONSTRAINT edge_history_dst_fkey FOREIGN KEY (dst) REFERENCES openlineage.node
);
COMMENT ON TABLE openlineage.edge_history IS
    'Edges that held once: replaced by a later JobEvent, DatasetEvent or complete snapshot.';
COMMENT ON COLUMN openlineage.edge_history.src IS 'Node the data came from.';
COMMENT ON COLUMN openlineage.edge_history.dst IS 'Node the data went to.';
COMMENT ON COLUMN openlineage.edge_history.kind IS 'data, derives or control.';
COMMENT ON COLUMN openlineage.edge_history.src_namespace_id IS 'Namespace of src.';
COMMENT ON COLUMN openlineage.edge_history.dst_namespace_id IS 'Namespace of dst.';
COMMENT ON COLUMN openlineage.edge_history.valid IS 'From the event that brought it to the event that replaced it.';
CREATE INDEX edge_history_src_idx ON openlineage.edge_history (src, dst);
CREATE INDEX edge_history_dst_idx ON openlineage.edge_history (dst, src);
ALTER TABLE openlineage.edge_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.edge_history FORCE ROW LEVEL SECURITY;
CREATE POLICY edge_history_read ON openlineage.edge_history FOR SELECT
    USING (openlineage.can_read(src_namespace_id) AND openlineage.can_read(dst_namespace_id));
GRANT SELECT ON openlineage.edge_history TO openlineage_reader;

CREATE TABLE openlineage.edge_replacement (
    node_id       int NOT NULL,
    namespace_id  int NOT NULL,
    event_time    timestamptz NOT NULL,
    event_hash    uuid NOT NULL,
    CONSTRAINT edge_replacement_pkey PRIMARY KEY (node_id),
    CONSTRAINT edge_replacement_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node
);
COMMENT ON TABLE openlineage.edge_replacement IS
    'The latest event that replaced all edges of a job or dataset: what is older no longer counts.';
COMMENT ON COLUMN openlineage.edge_replacement.node_id IS 'The job, or the dataset for derives edges.';
COMMENT ON COLUMN openlineage.edge_replacement.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.edge_replacement.event_time IS 'Time of that event.';
COMMENT ON COLUMN openlineage.edge_replacement.event_hash IS 'Hash of that event: breaks ties of time.';
ALTER TABLE openlineage.edge_replacement ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.edge_replacement FORCE ROW LEVEL SECURITY;
CREATE POLICY edge_replacement_read ON openlineage.edge_replacement FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.edge_replacement TO openlineage_reader;

CREATE TABLE openlineage.column_edge (
    src               int NOT NULL,
    dst               int NOT NULL,
    owner_id          int NOT NULL,
    dataset_id        int NOT NULL,
    src_namespace_id  int NOT NULL,
    dst_namespace_id  int NOT NULL,
    explicit          boolean NOT NULL,
    transformations   json NOT NULL,
    CONSTRAINT column_edge_pkey PRIMARY KEY (src, dst, owner_id, explicit),
    CONSTRAINT column_edge_src_fkey FOREIGN KEY (src) REFERENCES openlineage.dataset_field,
    CONSTRAINT column_edge_dst_fkey FOREIGN KEY (dst) REFERENCES openlineage.dataset_field,
    CONSTRAINT column_edge_owner_fkey FOREIGN KEY (owner_id) REFERENCES openlineage.node,
    CONSTRAINT column_edge_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES openlineage.dataset
);
COMMENT ON TABLE openlineage.column_edge IS
    'Current edges between columns, in the direction data flows.';
COMMENT ON COLUMN openlineage.column_edge.src IS 'Column the value comes from.';
COMMENT ON COLUMN openlineage.column_edge.dst IS 'Column it goes to; the column without a name stands for every column of its dataset.';
COMMENT ON COLUMN openlineage.column_edge.owner_id IS 'Job that says so, or the dataset itself for a DatasetEvent.';
COMMENT ON COLUMN openlineage.column_edge.dataset_id IS 'Dataset of dst.';
COMMENT ON COLUMN openlineage.column_edge.src_namespace_id IS 'Namespace of src.';
COMMENT ON COLUMN openlineage.column_edge.dst_namespace_id IS 'Namespace of dst.';
COMMENT ON COLUMN openlineage.column_edge.explicit IS 'From a lineage facet (adds up) rather than columnLineage (replaces).';
COMMENT ON COLUMN openlineage.column_edge.transformations IS 'Array of {type, subtype, description, masking}; empty when none was given.';
CREATE INDEX column_edge_dst_idx ON openlineage.column_edge (dst, src);
CREATE INDEX column_edge_owner_idx ON openlineage.column_edge (owner_id, dataset_id);
CREATE INDEX column_edge_dataset_idx ON openlineage.column_edge (dataset_id, dst, src);
ALTER TABLE openlineage.column_edge ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.column_edge FORCE ROW LEVEL SECURITY;
CREATE POLICY column_edge_read ON openlineage.column_edge FOR SELECT
    USING (openlineage.can_read(src_namespace_id) AND openlineage.can_read(dst_namespace_id));
GRANT SELECT ON openlineage.column_edge TO openlineage_reader;

CREATE TABLE openlineage.column_lineage_source (
    owner_id              int NOT NULL,
    dataset_id            int NOT NULL,
    namespace_id          int NOT NULL,
    dataset_namespace_id  int NOT NULL,
    content_hash          uuid NOT NULL,
    event_time            timestamptz NOT NULL,
    event_hash            uuid NOT NULL,
    CONSTRAINT column_lineage_source_pkey PRIMARY KEY (owner_id, dataset_id),
    CONSTRAINT column_lineage_source_owner_fkey FOREIGN KEY (owner_id) REFERENCES openlineage.node,
    CONSTRAINT column_lineage_source_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES openlineage.dataset
) WITH (fillfactor = 50);
COMMENT ON TABLE openlineage.column_lineage_source IS
    'Which columnLineage facet the column edges of one job into one dataset are from.';
COMMENT ON COLUMN openlineage.column_lineage_source.owner_id IS 'The job, or the dataset itself for a DatasetEvent.';
COMMENT ON COLUMN openlineage.column_lineage_source.dataset_id IS 'The dataset whose columns it explains.';
COMMENT ON COLUMN openlineage.column_lineage_source.namespace_id IS 'Namespace of the owner.';
COMMENT ON COLUMN openlineage.column_lineage_source.dataset_namespace_id IS 'Namespace of the dataset.';
COMMENT ON COLUMN openlineage.column_lineage_source.content_hash IS 'Hash of the facet.';
COMMENT ON COLUMN openlineage.column_lineage_source.event_time IS 'Time of the latest event with a columnLineage facet.';
COMMENT ON COLUMN openlineage.column_lineage_source.event_hash IS 'Hash of that event: breaks ties of time.';
CREATE INDEX column_lineage_source_dataset_idx ON openlineage.column_lineage_source (dataset_id);
ALTER TABLE openlineage.column_lineage_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.column_lineage_source FORCE ROW LEVEL SECURITY;
CREATE POLICY column_lineage_source_read ON openlineage.column_lineage_source FOR SELECT
    USING (openlineage.can_read(namespace_id) AND openlineage.can_read(dataset_namespace_id));
GRANT SELECT ON openlineage.column_lineage_source TO openlineage_reader;

CREATE FUNCTION openlineage.edge_owner(kind openlineage.edge_kind, src openlineage.node, dst openlineage.node)
    RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE kind
           WHEN 'control' THEN NULL
           WHEN 'derives' THEN dst.id
           ELSE COALESCE(src.job_id, dst.job_id, CASE dst.kind WHEN 'job' THEN dst.id ELSE src.id END) END
    $$;
COMMENT ON FUNCTION openlineage.edge_owner(openlineage.edge_kind, openlineage.node, openlineage.node) IS
    'The job or dataset whose events state an edge, and may replace it; null for control edges, which only add up.';
-- Versions of jobs.

CREATE FUNCTION openlineage.job_version_hash(inputs int[], outputs int[], location text, code_hash uuid)
    RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.hash128(
               COALESCE(openlineage.hash128(location)::text, '') || ' ' || COALESCE(code_hash::text, '')
               || COALESCE(string_agg(' ' || io.kind || s.name_hash || n.name_hash, ''
                                      ORDER BY io.kind, s.name_hash, n.name_hash), ''))
      FROM (SELECT 'i' AS kind, unnest(inputs) AS id
            UNION ALL SELECT 'o', unnest(outputs)) AS io
      JOIN openlineage.node AS n ON n.id = io.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
    $$;
COMMENT ON FUNCTION openlineage.job_version_hash(int[], int[], text, uuid) IS
    'Content hash of a job version: of the names, not the ids, of what it reads and writes.';
REVOKE ALL ON FUNCTION openlineage.job_version_hash(int[], int[], text, uuid) FROM PUBLIC;

CREATE FUNCTION openlineage.told_job_versions(run_ids uuid[])
    RETURNS TABLE (run_id uuid, job_id int, namespace_id int, content_hash uuid,
                   inputs int[], outputs int[], location text, code_hash uuid)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT r.id, r.job_id, r.namespace_id,
           openlineage.job_version_hash(io.inputs, io.outputs, r.location, r.code_hash),
           io.inputs, io.outputs, r.location, r.code_hash
      FROM (SELECT DISTINCT unnest(run_ids) AS id) AS g
      JOIN openlineage.run AS r ON r.id = g.id
     CROSS JOIN LATERAL
           (SELECT COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'input'), '{}') AS inputs,
                   COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'output'), '{}') AS outputs,
                   count(*) AS n
              FROM openlineage.run_io AS i
             WHERE i.run_id = r.id) AS io
     WHERE NOT r.is_placeholder AND (io.n > 0 OR r.code_time IS NOT NULL)
    $$;
COMMENT ON FUNCTION openlineage.told_job_versions(uuid[]) IS
    'What each of these runs tells of its job by now; nothing for a run that told neither datasets nor code.';
REVOKE ALL ON FUNCTION openlineage.told_job_versions(uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.refresh_job_versions(run_ids uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    other_ids  uuid[];
BEGIN
    -- Most runs tell what a run before them told: the same ids are the same names, without a hash.  A job may have
    -- very many versions: few are looked at, in the order of an index, and others found by the hash.
    WITH told AS MATERIALIZED (
        SELECT r.id, r.job_version_id, v.id AS version_id
          FROM (SELECT DISTINCT unnest(run_ids) AS id) AS g
          JOIN openlineage.run AS r ON r.id = g.id
         CROSS JOIN LATERAL
               (SELECT COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'input'), '{}') AS inputs,
                       COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'output'), '{}') AS outputs,
                       count(*) AS n
                  FROM openlineage.run_io AS i
                 WHERE i.run_id = r.id) AS io
          LEFT JOIN LATERAL
               (SELECT w.id
                  FROM (SELECT x.*
                          FROM openlineage.job_version AS x
                         WHERE x.job_id = r.job_id
                         ORDER BY x.content_hash LIMIT 16) AS w
                 WHERE w.inputs = io.inputs AND w.outputs = io.outputs
                   AND w.location IS NOT DISTINCT FROM r.location
                   AND w.code_hash IS NOT DISTINCT FROM r.code_hash
                 LIMIT 1) AS v ON true
         WHERE NOT r.is_placeholder AND (io.n > 0 OR r.code_time IS NOT NULL)),
    pointed AS (
        UPDATE openlineage.run AS r
           SET job_version_id = t.version_id
          FROM told AS t
         WHERE r.id = t.id AND t.version_id IS NOT NULL AND t.job_version_id IS DISTINCT FROM t.version_id)
    SELECT array_agg(t.id) INTO other_ids FROM told AS t WHERE t.version_id IS NULL;
    IF other_ids IS NULL THEN
        RETURN;
    END IF;

    -- Looked up one by one: a join might read all versions of all jobs.
    INSERT INTO openlineage.job_version
           (job_id, namespace_id, content_hash, inputs, outputs, location, code_hash)
    SELECT DISTINCT ON (t.job_id, t.content_hash)
           t.job_id, t.namespace_id, t.content_hash, t.inputs, t.outputs, t.location, t.code_hash
      FROM openlineage.told_job_versions(other_ids) AS t
      LEFT JOIN LATERAL
           (SELECT w.id
              FROM openlineage.job_version AS w
             WHERE w.job_id = t.job_id AND w.content_hash = t.content_hash
             LIMIT 1) AS v ON true
     WHERE v.id IS NULL
     ORDER BY t.job_id, t.content_hash
    ON CONFLICT DO NOTHING;

    UPDATE openlineage.run AS r
       SET job_version_id = v.id
      FROM openlineage.told_job_versions(other_ids) AS t
     CROSS JOIN LATERAL
           (SELECT w.id
              FROM openlineage.job_version AS w
             WHERE w.job_id = t.job_id AND w.content_hash = t.content_hash
             LIMIT 1) AS v
     WHERE r.id = t.run_id AND r.job_version_id IS DISTINCT FROM v.id;
END
$$;
COMMENT ON FUNCTION openlineage.refresh_job_versions(uuid[]) IS
    'Points these runs at the job version they tell of by now, made when it is new.';
REVOKE ALL ON FUNCTION openlineage.refresh_job_versions(uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.declare_job_version(job_id int, declared_at timestamptz, inputs int[],
                                                outputs int[], location text, code_hash uuid)
    RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO openlineage.job_version AS v
           (job_id, namespace_id, content_hash, inputs, outputs, location, code_hash,
            first_declared_at, declared_at)
    SELECT j.node_id, j.namespace_id, openlineage.job_version_hash(i.ids, o.ids, $5, $6),
           i.ids, o.ids, $5, $6, $2, $2
      FROM openlineage.job AS j
     CROSS JOIN (SELECT COALESCE(array_agg(DISTINCT u.id), '{}') AS ids FROM unnest($3) AS u(id)) AS i
     CROSS JOIN (SELECT COALESCE(array_agg(DISTINCT u.id), '{}') AS ids FROM unnest($4) AS u(id)) AS o
     WHERE j.node_id = $1
    ON CONFLICT (job_id, content_hash) DO UPDATE
       SET first_declared_at = LEAST(v.first_declared_at, excluded.first_declared_at),
           declared_at = GREATEST(v.declared_at, excluded.declared_at)
    $$;
COMMENT ON FUNCTION openlineage.declare_job_version(int, timestamptz, int[], int[], text, uuid) IS
    'Stores the job version that a JobEvent declares.';
REVOKE ALL ON FUNCTION openlineage.declare_job_version(int, timestamptz, int[], int[], text, uuid) FROM PUBLIC;

-- Pointers back to what is latest, in the activity tables.

CREATE FUNCTION openlineage.point_datasets(dataset_ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.dataset_activity AS a SET current_version_id = v.id
      FROM (SELECT DISTINCT unnest(dataset_ids) AS id) AS g
     CROSS JOIN LATERAL
           (SELECT w.id FROM openlineage.dataset_version AS w
             WHERE w.dataset_id = g.id
             ORDER BY w.last_write_at DESC NULLS LAST, w.last_seen_at DESC, w.content_hash LIMIT 1) AS v
     WHERE a.node_id = g.id AND a.current_version_id IS DISTINCT FROM v.id;
END
$$;
COMMENT ON FUNCTION openlineage.point_datasets(int[]) IS
    'Sets current_version_id of these datasets: the version of the latest write, else of the latest read.';
REVOKE ALL ON FUNCTION openlineage.point_datasets(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.point_jobs(job_ids int[]) RETURNS void
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_point_jobs';
COMMENT ON FUNCTION openlineage.point_jobs(int[]) IS
    'Sets latest_run_id, latest_state and current_version_id of these jobs.';
REVOKE ALL ON FUNCTION openlineage.point_jobs(int[]) FROM PUBLIC;
-- Datasets that turn out to be one: which name stands for them, and moving
-- everything known of the others to it.  Called by alias.c under an exclusive
-- lock on dataset_alias; see there for the rules.

CREATE FUNCTION openlineage.alias_group(node_id int)
    RETURNS TABLE (id int, stands_for int, head int)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH RECURSIVE member(id) AS (
        SELECT node_id
        UNION
        SELECT t.id
          FROM member AS m
         CROSS JOIN LATERAL
               (SELECT a.alias_id AS id FROM openlineage.dataset_alias AS a WHERE a.node_id = m.id
                UNION ALL
                SELECT a.node_id FROM openlineage.dataset_alias AS a WHERE a.alias_id = m.id) AS t
    )
    SELECT m.id, COALESCE(n.canonical_id, n.id),
           first_value(m.id) OVER (
               ORDER BY (d.n > 0 AND NOT EXISTS
                         (SELECT FROM openlineage.dataset_alias AS o WHERE o.alias_id = m.id)) DESC,
                        (d.n > 0) DESC,
                        d.renamed_at DESC NULLS LAST, d.linked_at, s.name_hash, n.name_hash)
      FROM member AS m
      JOIN openlineage.node AS n ON n.id = m.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN LATERAL
           (SELECT count(*) AS n,
                   min(a.told_at) FILTER (WHERE a.kind = 'symlink') AS linked_at,
                   max(a.told_at) FILTER (WHERE a.kind = 'rename') AS renamed_at
              FROM openlineage.dataset_alias AS a WHERE a.node_id = m.id) AS d
    $$;
COMMENT ON FUNCTION openlineage.alias_group(int) IS
    'Every member of the alias group of a node: the node that stands for it now and the one that should.';
REVOKE ALL ON FUNCTION openlineage.alias_group(int) FROM PUBLIC;

CREATE FUNCTION openlineage.place_alias(node_id int, head int) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    UPDATE openlineage.node AS n
       SET canonical_id = NULLIF($2, $1)
     WHERE n.id = $1
    $$;
COMMENT ON FUNCTION openlineage.place_alias(int, int) IS 'Makes one node stand for another, or for itself.';
REVOKE ALL ON FUNCTION openlineage.place_alias(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.union_transformations(lists json[]) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT ('[' || COALESCE(string_agg(DISTINCT t.e::text, ',' ORDER BY t.e::text), '') || ']')::json
      FROM unnest(lists) AS l(list)
     CROSS JOIN LATERAL json_array_elements(l.list) AS t(e)
    $$;
COMMENT ON FUNCTION openlineage.union_transformations(json[]) IS
    'The elements of several transformation arrays, each once, in order of their text.';
REVOKE ALL ON FUNCTION openlineage.union_transformations(json[]) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_entity(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.dataset AS d (node_id, namespace_id, created_at)
    SELECT n.id, n.namespace_id, f.created_at
      FROM openlineage.node AS n, openlineage.dataset AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id) DO UPDATE SET created_at = LEAST(d.created_at, excluded.created_at);

    INSERT INTO openlineage.dataset_activity AS d (node_id, namespace_id, updated_at)
    SELECT n.id, n.namespace_id, f.updated_at
      FROM openlineage.node AS n, openlineage.dataset_activity AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id) DO UPDATE SET updated_at = GREATEST(d.updated_at, excluded.updated_at);
    DELETE FROM openlineage.dataset_activity AS d WHERE d.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_entity(int, int) IS 'Part of merge_dataset: the rows of dataset and dataset_activity.';
REVOKE ALL ON FUNCTION openlineage.merge_entity(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_versions(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.dataset_schema (namespace_id, hash, fields)
    SELECT DISTINCT ON (s.hash) n.namespace_id, s.hash, s.fields
      FROM openlineage.node AS n, openlineage.dataset_version AS v
      JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
     WHERE n.id = target AND v.dataset_id = source
    ON CONFLICT DO NOTHING;

    INSERT INTO openlineage.dataset_version AS v
           (dataset_id, namespace_id, content_hash, source_name, schema_hash, lifecycle_state,
            external_version, physical_name, schema_location, created_at, created_by_run, first_write_at, last_write_at, last_seen_at)
    SELECT n.id, n.namespace_id, f.content_hash, f.source_name, f.schema_hash, f.lifecycle_state,
           f.external_version, f.physical_name, f.schema_location, f.created_at, f.created_by_run, f.first_write_at, f.last_write_at, f.last_seen_at
      FROM openlineage.node AS n, openlineage.dataset_version AS f
     WHERE n.id = target AND f.dataset_id = source
    ON CONFLICT (dataset_id, content_hash) DO UPDATE SET
        created_at = LEAST(v.created_at, excluded.created_at),
        last_seen_at = GREATEST(v.last_seen_at, excluded.last_seen_at),
        created_by_run = CASE
            WHEN excluded.first_write_at IS NULL THEN v.created_by_run
            WHEN v.first_write_at IS NULL OR excluded.first_write_at < v.first_write_at THEN excluded.created_by_run
            WHEN excluded.first_write_at > v.first_write_at THEN v.created_by_run
            WHEN excluded.created_by_run IS NULL OR v.created_by_run IS NULL THEN NULL
            ELSE LEAST(v.created_by_run, excluded.created_by_run) END,
        first_write_at = LEAST(v.first_write_at, excluded.first_write_at),
        last_write_at = GREATEST(v.last_write_at, excluded.last_write_at);

    INSERT INTO openlineage.run_io AS i
           (run_id, dataset_id, io, namespace_id, dataset_namespace_id, first_at, last_at,
            version_id, version_time, version_hash)
    SELECT f.run_id, n.id, f.io, f.namespace_id, n.namespace_id, f.first_at, f.last_at,
           w.id, f.version_time, f.version_hash
      FROM openlineage.node AS n, openlineage.run_io AS f
      LEFT JOIN openlineage.dataset_version AS v ON v.id = f.version_id
      LEFT JOIN openlineage.dataset_version AS w ON w.dataset_id = target AND w.content_hash = v.content_hash
     WHERE n.id = target AND f.dataset_id = source
    ON CONFLICT (run_id, io, dataset_id) DO UPDATE SET
        first_at = LEAST(i.first_at, excluded.first_at),
        last_at = CASE WHEN i.last_at IS NOT NULL THEN GREATEST(i.last_at, COALESCE(excluded.last_at, (
            SELECT COALESCE(r.io_time, r.terminal_time, r.job_time) FROM openlineage.run AS r WHERE r.id = i.run_id))) END,
        (version_id, version_time, version_hash) = (
            SELECT x.id, CASE WHEN x.is_told THEN COALESCE(x.at, r.io_time, r.terminal_time, r.job_time) END,
                   CASE WHEN x.is_told THEN COALESCE(x.hash, r.io_hash, r.terminal_hash, r.job_hash) END
              FROM (VALUES (excluded.version_id, excluded.version_time, excluded.version_hash, excluded.version_id IS NOT NULL),
                           (i.version_id, i.version_time, i.version_hash, i.version_id IS NOT NULL)) AS x(id, at, hash, is_told)
              JOIN openlineage.run AS r ON r.id = i.run_id
              LEFT JOIN openlineage.dataset_version AS v ON v.id = x.id
             ORDER BY x.is_told DESC, COALESCE(x.at, r.io_time, r.terminal_time, r.job_time) DESC, COALESCE(x.hash, r.io_hash, r.terminal_hash, r.job_hash) DESC, v.content_hash DESC
             LIMIT 1);

    DELETE FROM openlineage.run_io AS i WHERE i.dataset_id = source;
    DELETE FROM openlineage.dataset_version AS v WHERE v.dataset_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_versions(int, int) IS 'Part of merge_dataset: versions and what runs read and wrote.';
REVOKE ALL ON FUNCTION openlineage.merge_versions(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_fields(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    newer   boolean;
BEGIN
    -- The columns of the later schema facet count.
    newer := COALESCE((SELECT (f.event_time, f.event_hash, f.content_hash) > (t.event_time, t.event_hash, t.content_hash)
                         FROM openlineage.facet AS f, openlineage.facet AS t
                        WHERE f.node_id = source AND f.run_id IS NULL AND f.io IS NULL AND f.name = 'schema'
                          AND t.node_id = target AND t.run_id IS NULL AND t.io IS NULL AND t.name = 'schema'),
                      EXISTS (SELECT FROM openlineage.facet AS f
                               WHERE f.node_id = source AND f.run_id IS NULL AND f.io IS NULL AND f.name = 'schema'));
    IF newer THEN
        UPDATE openlineage.dataset_field AS d
           SET type = NULL, description = NULL, ordinal = NULL
         WHERE d.dataset_id = target AND d.ordinal IS NOT NULL;
    END IF;
    INSERT INTO openlineage.dataset_field AS d (dataset_id, namespace_id, name, type, description, ordinal)
    SELECT n.id, n.namespace_id, f.name,
           CASE WHEN newer THEN f.type END,
           CASE WHEN newer THEN f.description END,
           CASE WHEN newer THEN f.ordinal END
      FROM openlineage.node AS n, openlineage.dataset_field AS f
     WHERE n.id = target AND f.dataset_id = source
     ORDER BY f.id
    ON CONFLICT (dataset_id, name_hash) DO UPDATE
       SET type = excluded.type, description = excluded.description, ordinal = excluded.ordinal
     WHERE newer;
END
$$;
COMMENT ON FUNCTION openlineage.merge_fields(int, int) IS 'Part of merge_dataset: columns; their edges follow in merge_columns.';
REVOKE ALL ON FUNCTION openlineage.merge_fields(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_columns(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    target_space    int;
BEGIN
    SELECT n.namespace_id INTO target_space FROM openlineage.node AS n WHERE n.id = target;

    -- Of two columnLineage facets of one owner on one dataset the later counts.
    WITH ranked AS (
        SELECT c.owner_id, c.dataset_id,
               row_number() OVER (PARTITION BY CASE c.owner_id WHEN source THEN target ELSE c.owner_id END,
                                               CASE c.dataset_id WHEN source THEN target ELSE c.dataset_id END
                                  ORDER BY c.event_time DESC, c.event_hash DESC, c.content_hash DESC) AS place
          FROM openlineage.column_lineage_source AS c
         WHERE c.owner_id IN (source, target) OR c.dataset_id IN (source, target)
    ),
    lost AS (
        DELETE FROM openlineage.column_lineage_source AS c
         USING ranked AS r
         WHERE c.owner_id = r.owner_id AND c.dataset_id = r.dataset_id AND r.place > 1
        RETURNING c.owner_id, c.dataset_id
    )
    DELETE FROM openlineage.column_edge AS e
     USING lost AS l
     WHERE e.owner_id = l.owner_id AND e.dataset_id = l.dataset_id AND NOT e.explicit;
    UPDATE openlineage.column_lineage_source AS c
       SET owner_id = CASE c.owner_id WHEN source THEN target ELSE c.owner_id END,
           namespace_id = CASE c.owner_id WHEN source THEN target_space ELSE c.namespace_id END,
           dataset_id = CASE c.dataset_id WHEN source THEN target ELSE c.dataset_id END,
           dataset_namespace_id = CASE c.dataset_id WHEN source THEN target_space ELSE c.dataset_namespace_id END
     WHERE c.owner_id = source OR c.dataset_id = source;

    WITH renamed AS (
        SELECT f.id AS old_id, t.id AS new_id
          FROM openlineage.dataset_field AS f
          JOIN openlineage.dataset_field AS t ON t.dataset_id = target AND t.name_hash = f.name_hash
         WHERE f.dataset_id = source
    ),
    -- Each by its index: an OR of them would read all columns' edges.
    touched AS (
        SELECT e.ctid AS place FROM openlineage.column_edge AS e WHERE e.owner_id = source
        UNION
        SELECT e.ctid FROM openlineage.column_edge AS e WHERE e.dataset_id = source
        UNION
        SELECT e.ctid FROM openlineage.column_edge AS e WHERE e.src = ANY (ARRAY(SELECT r.old_id FROM renamed AS r))
        UNION
        SELECT e.ctid FROM openlineage.column_edge AS e WHERE e.dst = ANY (ARRAY(SELECT r.old_id FROM renamed AS r))
    ),
    moved AS (
        DELETE FROM openlineage.column_edge AS e
         USING touched AS t
         WHERE e.ctid = t.place
        RETURNING e.*
    )
    INSERT INTO openlineage.column_edge AS e
           (src, dst, owner_id, dataset_id, src_namespace_id, dst_namespace_id, explicit, transformations)
    SELECT COALESCE(s.new_id, m.src), COALESCE(d.new_id, m.dst),
           CASE m.owner_id WHEN source THEN target ELSE m.owner_id END,
           CASE min(m.dataset_id) WHEN source THEN target ELSE min(m.dataset_id) END,
           CASE WHEN bool_or(s.new_id IS NOT NULL) THEN target_space ELSE min(m.src_namespace_id) END,
           CASE WHEN bool_or(d.new_id IS NOT NULL) THEN target_space ELSE min(m.dst_namespace_id) END,
           m.explicit,
           openlineage.union_transformations(array_agg(m.transformations))
      FROM moved AS m
      LEFT JOIN renamed AS s ON s.old_id = m.src
      LEFT JOIN renamed AS d ON d.old_id = m.dst
     GROUP BY COALESCE(s.new_id, m.src), COALESCE(d.new_id, m.dst),
              CASE m.owner_id WHEN source THEN target ELSE m.owner_id END, m.explicit
    ON CONFLICT (src, dst, owner_id, explicit) DO UPDATE
       SET transformations = openlineage.union_transformations(ARRAY[e.transformations, excluded.transformations]);

    DELETE FROM openlineage.dataset_field AS f WHERE f.dataset_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_columns(int, int) IS 'Part of merge_dataset: column lineage and the columns that moved.';
REVOKE ALL ON FUNCTION openlineage.merge_columns(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_facets(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.facet_content (namespace_id, hash, body)
    SELECT DISTINCT ON (c.hash) n.namespace_id, c.hash, c.body
      FROM openlineage.node AS n, openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT DO NOTHING;

    INSERT INTO openlineage.facet AS t
           (namespace_id, node_id, run_id, io, name, content_hash, event_time, event_hash, is_deleted, is_hidden)
    SELECT n.namespace_id, n.id, f.run_id, f.io, f.name, f.content_hash, f.event_time, f.event_hash, f.is_deleted, f.is_hidden
      FROM openlineage.node AS n, openlineage.facet AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id, run_id, io, name) DO UPDATE SET
        namespace_id = excluded.namespace_id,
        content_hash = excluded.content_hash, event_time = excluded.event_time,
        event_hash = excluded.event_hash, is_deleted = excluded.is_deleted,
        is_hidden = excluded.is_hidden
     WHERE (excluded.event_time, excluded.event_hash, excluded.content_hash)
           > (t.event_time, t.event_hash, t.content_hash);

    DELETE FROM openlineage.facet AS f WHERE f.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_facets(int, int) IS 'Part of merge_dataset: facets; what they mean is derived again by the caller.';
REVOKE ALL ON FUNCTION openlineage.merge_facets(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_statements(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    WITH moved AS (
        DELETE FROM openlineage.tag_statement AS s WHERE s.node_id = source
        RETURNING s.*
    )
    INSERT INTO openlineage.tag_statement AS t (node_id, namespace_id, field, tag, is_set, stated_at)
    SELECT n.id, n.namespace_id, m.field, m.tag, m.is_set, m.stated_at
      FROM moved AS m, openlineage.node AS n
     WHERE n.id = target
    ON CONFLICT (node_id, field_hash, tag_hash) DO UPDATE
       SET is_set = excluded.is_set, stated_at = excluded.stated_at
     WHERE (excluded.stated_at, excluded.is_set) > (t.stated_at, t.is_set);
    DELETE FROM openlineage.hidden_node AS h WHERE h.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_statements(int, int) IS
    'Part of merge_dataset: what the API said of tags. A name that was hidden is no dataset of its own any more.';
REVOKE ALL ON FUNCTION openlineage.merge_statements(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.move_edges(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    WITH moved AS (
        DELETE FROM openlineage.edge AS e WHERE e.src = source OR e.dst = source
        RETURNING CASE e.src WHEN source THEN target ELSE e.src END AS src,
                  CASE e.dst WHEN source THEN target ELSE e.dst END AS dst,
                  e.kind, e.first_at
    )
    INSERT INTO openlineage.edge AS e (src, dst, kind, src_namespace_id, dst_namespace_id, first_at)
    SELECT m.src, m.dst, m.kind, s.namespace_id, d.namespace_id, min(m.first_at)
      FROM moved AS m
      JOIN openlineage.node AS s ON s.id = m.src
      JOIN openlineage.node AS d ON d.id = m.dst
     WHERE m.src <> m.dst
     GROUP BY m.src, m.dst, m.kind, s.namespace_id, d.namespace_id
    ON CONFLICT (src, dst, kind) DO UPDATE SET first_at = excluded.first_at
     WHERE excluded.first_at < e.first_at;

    UPDATE openlineage.edge_history AS h
       SET src = target, src_namespace_id = n.namespace_id
      FROM openlineage.node AS n WHERE n.id = target AND h.src = source;
    UPDATE openlineage.edge_history AS h
       SET dst = target, dst_namespace_id = n.namespace_id
      FROM openlineage.node AS n WHERE n.id = target AND h.dst = source;
END
$$;
COMMENT ON FUNCTION openlineage.move_edges(int, int) IS 'Moves all edges of one node to another.';
REVOKE ALL ON FUNCTION openlineage.move_edges(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_edges(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    step    record;
BEGIN
    -- Steps of jobs towards the source: one towards the target may be there.
    FOR step IN SELECT n.id, t.id AS other
                  FROM openlineage.node AS n
                  LEFT JOIN openlineage.node AS t ON t.job_id = n.job_id AND t.target_id = target
                 WHERE n.target_id = source
    LOOP
        IF step.other IS NULL THEN
            UPDATE openlineage.node AS n SET target_id = target WHERE n.id = step.id;
        ELSE
            PERFORM openlineage.move_edges(step.id, step.other);
            DELETE FROM openlineage.node AS n WHERE n.id = step.id;
        END IF;
    END LOOP;
    PERFORM openlineage.move_edges(source, target);

    INSERT INTO openlineage.edge_replacement AS r (node_id, namespace_id, event_time, event_hash)
    SELECT n.id, n.namespace_id, f.event_time, f.event_hash
      FROM openlineage.node AS n, openlineage.edge_replacement AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id) DO UPDATE
       SET event_time = excluded.event_time, event_hash = excluded.event_hash
     WHERE (excluded.event_time, excluded.event_hash) > (r.event_time, r.event_hash);
    DELETE FROM openlineage.edge_replacement AS r WHERE r.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_edges(int, int) IS 'Part of merge_dataset: edges, their past, steps and replacements.';
REVOKE ALL ON FUNCTION openlineage.merge_edges(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_job_versions(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    job_ids int[];
BEGIN
    SELECT array_agg(DISTINCT t.job_id) INTO job_ids
      FROM (SELECT r.job_id FROM openlineage.run_io AS i
              JOIN openlineage.run AS r ON r.id = i.run_id WHERE i.dataset_id = target
            UNION ALL
            SELECT v.job_id FROM openlineage.job_version AS v
             WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ARRAY[source, target]) AS t;
    IF job_ids IS NULL THEN
        RETURN;
    END IF;

    PERFORM openlineage.refresh_job_versions(
                ARRAY(SELECT DISTINCT i.run_id FROM openlineage.run_io AS i WHERE i.dataset_id = target));
    PERFORM openlineage.declare_job_version(v.job_id, d.at, array_replace(v.inputs, source, target),
                                            array_replace(v.outputs, source, target), v.location, v.code_hash)
       FROM openlineage.job_version AS v
      CROSS JOIN LATERAL unnest(ARRAY[v.first_declared_at, v.declared_at]) AS d (at)
      WHERE v.job_id = ANY (job_ids) AND v.declared_at IS NOT NULL
        AND (source = ANY (v.inputs) OR source = ANY (v.outputs)
             OR target = ANY (v.inputs) OR target = ANY (v.outputs));
    UPDATE openlineage.job_version AS v
       SET first_declared_at = NULL, declared_at = NULL
     WHERE v.job_id = ANY (job_ids) AND v.declared_at IS NOT NULL
       AND (source = ANY (v.inputs) OR source = ANY (v.outputs));
    PERFORM openlineage.point_jobs(job_ids);
END
$$;
COMMENT ON FUNCTION openlineage.merge_job_versions(int, int) IS
    'Part of merge_dataset: versions of the jobs that know it are made of names, so they are made again.';
REVOKE ALL ON FUNCTION openlineage.merge_job_versions(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.settle_facets(ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.facet AS f
       SET event_time = openlineage.told_time(a.told, f.name), event_hash = openlineage.told_hash(a.told, f.name)
      FROM openlineage.dataset_activity AS a
     WHERE a.node_id = ANY (ids) AND f.node_id = a.node_id AND f.run_id IS NULL AND f.io IS NULL
       AND openlineage.told_time(a.told, f.name) IS NOT NULL;
    UPDATE openlineage.dataset_activity AS a SET told = NULL WHERE a.node_id = ANY (ids) AND a.told IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.settle_facets(int[]) IS
    'Part of merge_dataset: times of facets go from the rows of dataset_activity to those of facet.';
REVOKE ALL ON FUNCTION openlineage.settle_facets(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_dataset(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM openlineage.dataset AS d WHERE d.node_id = source) THEN
        RETURN;     -- only ever an alias: nothing is known of it
    END IF;
    PERFORM openlineage.settle_facets(ARRAY[source, target]);
    PERFORM openlineage.merge_entity(source, target);
    PERFORM openlineage.merge_versions(source, target);
    PERFORM openlineage.merge_fields(source, target);
    PERFORM openlineage.merge_columns(source, target);
    PERFORM openlineage.merge_facets(source, target);
    PERFORM openlineage.merge_statements(source, target);
    PERFORM openlineage.merge_edges(source, target);
    DELETE FROM openlineage.dataset AS d WHERE d.node_id = source;
    PERFORM openlineage.point_datasets(ARRAY[target]);
    PERFORM openlineage.merge_job_versions(source, target);
END
$$;
COMMENT ON FUNCTION openlineage.merge_dataset(int, int) IS
    'Moves everything known of one dataset to another that it turned out to be.';
REVOKE ALL ON FUNCTION openlineage.merge_dataset(int, int) FROM PUBLIC;
-- What the standard facets mean: columns of their dataset, job or run, and
-- rows of owner, tag_assignment, quality_result and metric.
--
-- Ingest calls derive_<facet>() with the ids of the facet rows that just got
-- new content, a whole batch at once.  What hangs on a facet is a function of
-- the facet row as it is now and of nothing else: rows of these facets are
-- deleted and made again, columns are set.  So a call may be repeated, and the
-- order of calls does not matter.  A facet that is deleted means nothing.
--
-- Content is whatever a producer sent.  Each step looks at json_typeof first;
-- what has another shape than the specification says is left out, and nothing
-- here raises.  Content stays json: jsonb would refuse numbers that do not
-- fit numeric.  Columns are told by facets of the entity itself only, that is
-- without run_id (for a run: without node_id) and without io.
--
-- IS TRUE hides a condition from the indexes: as long as the planner knows
-- nothing of facet, it would rather walk all that have no run than look up ids.
--
-- All run as the owner of the tables, from ingest; nobody else may call them.

-- Columns of datasets and jobs.

CREATE FUNCTION openlineage.derive_documentation(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.dataset AS d
       SET description = told.description
      FROM (SELECT f.node_id,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'description') = 'string'
                        THEN c.body ->> 'description' END AS description
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE) AS told
     WHERE d.node_id = told.node_id AND d.description IS DISTINCT FROM told.description;

    UPDATE openlineage.job AS j
       SET description = told.description
      FROM (SELECT f.node_id,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'description') = 'string'
                        THEN c.body ->> 'description' END AS description
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE) AS told
     WHERE j.node_id = told.node_id AND j.description IS DISTINCT FROM told.description;
END
$$;
COMMENT ON FUNCTION openlineage.derive_documentation(bigint[]) IS
    'Sets the description of datasets and jobs. Source: OpenLineage facets DocumentationDatasetFacet 1-1-0 and DocumentationJobFacet 1-1-0, member description.';
REVOKE ALL ON FUNCTION openlineage.derive_documentation(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_dataset_type(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.dataset AS d
       SET type = told.type
      FROM (SELECT f.node_id,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'datasetType') = 'string'
                        THEN c.body ->> 'datasetType' END AS type
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE) AS told
     WHERE d.node_id = told.node_id AND d.type IS DISTINCT FROM told.type;
END
$$;
COMMENT ON FUNCTION openlineage.derive_dataset_type(bigint[]) IS
    'Sets the type of datasets; unknown types are kept as they are. Source: OpenLineage facet DatasetTypeDatasetFacet 1-0-1, member datasetType.';
REVOKE ALL ON FUNCTION openlineage.derive_dataset_type(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_data_source(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.dataset AS d
       SET source_name = told.source_name
      FROM (SELECT f.node_id,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'name') = 'string'
                        THEN c.body ->> 'name' END AS source_name
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE) AS told
     WHERE d.node_id = told.node_id AND d.source_name IS DISTINCT FROM told.source_name;
END
$$;
COMMENT ON FUNCTION openlineage.derive_data_source(bigint[]) IS
    'Sets the source name of datasets. Source: OpenLineage facet DatasourceDatasetFacet 1-0-1, member name.';
REVOKE ALL ON FUNCTION openlineage.derive_data_source(bigint[]) FROM PUBLIC;

-- Uses event_time: must run whenever a facet row changes, not only its content.
CREATE FUNCTION openlineage.derive_lifecycle_state_change(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.dataset AS d
       SET lifecycle_state = told.state,
           dropped_at = CASE WHEN told.state = 'DROP' THEN told.event_time END
      FROM (SELECT f.node_id, f.event_time,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'lifecycleStateChange') = 'string'
                        THEN c.body ->> 'lifecycleStateChange' END AS state
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE) AS told
     WHERE d.node_id = told.node_id
       AND (d.lifecycle_state IS DISTINCT FROM told.state
            OR d.dropped_at IS DISTINCT FROM CASE WHEN told.state = 'DROP' THEN told.event_time END);
END
$$;
COMMENT ON FUNCTION openlineage.derive_lifecycle_state_change(bigint[]) IS
    'Sets the lifecycle state of datasets and when they were dropped. Source: OpenLineage facet LifecycleStateChangeDatasetFacet 1-0-1, member lifecycleStateChange.';
REVOKE ALL ON FUNCTION openlineage.derive_lifecycle_state_change(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_source_code_location(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.job AS j
       SET location = told.location
      FROM (SELECT f.node_id,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'url') = 'string'
                        THEN c.body ->> 'url' END AS location
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE) AS told
     WHERE j.node_id = told.node_id AND j.location IS DISTINCT FROM told.location;
END
$$;
COMMENT ON FUNCTION openlineage.derive_source_code_location(bigint[]) IS
    'Sets the location of jobs. Source: OpenLineage facet SourceCodeLocationJobFacet 1-1-0, member url.';
REVOKE ALL ON FUNCTION openlineage.derive_source_code_location(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_job_type(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.job AS j
       SET type = told.type
      FROM (SELECT f.node_id,
                   CASE WHEN f.is_deleted THEN 'BATCH'
                        WHEN upper(c.body ->> 'processingType') IN ('STREAMING', 'STREAM') THEN 'STREAM'
                        WHEN upper(c.body ->> 'processingType') = 'SERVICE' THEN 'SERVICE'
                        ELSE 'BATCH' END AS type
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE) AS told
     WHERE j.node_id = told.node_id AND j.type IS DISTINCT FROM told.type;
END
$$;
COMMENT ON FUNCTION openlineage.derive_job_type(bigint[]) IS
    'Sets the type of jobs: STREAM, SERVICE, or BATCH for everything else. Source: OpenLineage facet JobTypeJobFacet 2-0-4, member processingType.';
REVOKE ALL ON FUNCTION openlineage.derive_job_type(bigint[]) FROM PUBLIC;

-- Columns of runs.

CREATE FUNCTION openlineage.derive_nominal_time(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.run AS r
       SET nominal_start_time = told.starts,
           nominal_end_time = told.ends
      FROM (SELECT f.run_id,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'nominalStartTime') = 'string'
                        THEN openlineage.lenient_time(c.body ->> 'nominalStartTime') END AS starts,
                   CASE WHEN NOT f.is_deleted AND json_typeof(c.body -> 'nominalEndTime') = 'string'
                        THEN openlineage.lenient_time(c.body ->> 'nominalEndTime') END AS ends
              FROM openlineage.facet AS f
              JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
             WHERE f.id = ANY (facet_ids) AND f.node_id IS NULL AND f.io IS NULL) AS told
     WHERE r.id = told.run_id
       AND (r.nominal_start_time IS DISTINCT FROM told.starts
            OR r.nominal_end_time IS DISTINCT FROM told.ends);
END
$$;
COMMENT ON FUNCTION openlineage.derive_nominal_time(bigint[]) IS
    'Sets the nominal start and end of runs. Source: OpenLineage facet NominalTimeRunFacet 1-0-1, members nominalStartTime and nominalEndTime.';
REVOKE ALL ON FUNCTION openlineage.derive_nominal_time(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_parent(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.run AS r
       SET parent_run_id = told.parent_id,
           root_run_id = told.root_id
      FROM (SELECT f.run_id,
                   CASE WHEN json_typeof(id.parent) IN ('string', 'number')
                        THEN openlineage.run_uuid(NULLIF(id.parent #>> '{}', '')) END AS parent_id,
                   CASE WHEN json_typeof(id.root) IN ('string', 'number')
                        THEN openlineage.run_uuid(NULLIF(id.root #>> '{}', '')) END AS root_id
              FROM openlineage.facet AS f
              LEFT JOIN openlineage.facet_content AS c
                ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash AND NOT f.is_deleted
             CROSS JOIN LATERAL (
                   SELECT COALESCE(c.body #> '{run,runId}', c.body #> '{run,run_id}') AS parent,
                          COALESCE(c.body #> '{root,run,runId}', c.body #> '{root,run,run_id}') AS root
                   OFFSET 0) AS id  -- reads the content once
             WHERE f.id = ANY (facet_ids) AND f.node_id IS NULL AND f.io IS NULL) AS told
     WHERE r.id = told.run_id
       AND (r.parent_run_id IS DISTINCT FROM told.parent_id
            OR r.root_run_id IS DISTINCT FROM told.root_id);
END
$$;
COMMENT ON FUNCTION openlineage.derive_parent(bigint[]) IS
    'Sets the parent and root run of runs; ids that are no UUID become name-based ones. Source: OpenLineage facet ParentRunFacet 1-2-0, members run.runId and root.run.runId.';
REVOKE ALL ON FUNCTION openlineage.derive_parent(bigint[]) FROM PUBLIC;

-- Owners and tags.

CREATE FUNCTION openlineage.derive_ownership(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM openlineage.owner AS o WHERE o.facet_id = ANY (facet_ids);

    INSERT INTO openlineage.owner (facet_id, ordinal, namespace_id, node_id, name, type)
    SELECT f.id, item.ordinality, f.namespace_id, f.node_id, member.name #>> '{}', member.type
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     CROSS JOIN LATERAL json_array_elements(
           CASE WHEN json_typeof(c.body -> 'owners') = 'array' THEN c.body -> 'owners' END)
           WITH ORDINALITY AS item (body, ordinality)
     CROSS JOIN LATERAL json_to_record(
           CASE WHEN json_typeof(item.body) = 'object' THEN item.body END)
           AS member (name json, type text)
     WHERE f.id = ANY (facet_ids) AND NOT f.is_deleted
       AND f.node_id IS NOT NULL AND (f.run_id IS NULL AND f.io IS NULL) IS TRUE
       AND json_typeof(member.name) = 'string' AND member.name #>> '{}' <> '';
END
$$;
COMMENT ON FUNCTION openlineage.derive_ownership(bigint[]) IS
    'Makes the rows of owner. Source: OpenLineage facets OwnershipDatasetFacet 1-0-1 and OwnershipJobFacet 1-0-1, member owners.';
REVOKE ALL ON FUNCTION openlineage.derive_ownership(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_tags(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM openlineage.tag_assignment AS t WHERE t.facet_id = ANY (facet_ids);

    INSERT INTO openlineage.tag_assignment
           (facet_id, ordinal, namespace_id, node_id, run_id, field, tag, value, source)
    SELECT f.id, item.ordinality, f.namespace_id, f.node_id, f.run_id,
           CASE WHEN n.kind = 'dataset' THEN NULLIF(member.field, '') END,
           member.key #>> '{}', member.value, member.source
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      LEFT JOIN openlineage.node AS n ON n.id = f.node_id
     CROSS JOIN LATERAL json_array_elements(
           CASE WHEN json_typeof(c.body -> 'tags') = 'array' THEN c.body -> 'tags' END)
           WITH ORDINALITY AS item (body, ordinality)
     CROSS JOIN LATERAL json_to_record(
           CASE WHEN json_typeof(item.body) = 'object' THEN item.body END)
           AS member (key json, value text, source text, field text)
     WHERE f.id = ANY (facet_ids) AND NOT f.is_deleted
       AND (f.node_id IS NULL OR f.run_id IS NULL) AND f.io IS NULL
       AND json_typeof(member.key) = 'string' AND member.key #>> '{}' <> '';
END
$$;
COMMENT ON FUNCTION openlineage.derive_tags(bigint[]) IS
    'Makes the rows of tag_assignment. Source: OpenLineage facets TagsDatasetFacet 1-0-0 (with field: a tag of that column), TagsJobFacet 1-0-0 and TagsRunFacet 1-0-0, member tags.';
REVOKE ALL ON FUNCTION openlineage.derive_tags(bigint[]) FROM PUBLIC;

-- Quality results and metrics.
--
-- A run event stores such a facet twice: as a fact of the run (run_id, node_id
-- and io), and as the latest of its dataset (node_id and io).  Only the first
-- gives rows, or each result would be shown twice.  A DatasetEvent has no run:
-- its facet (node_id alone) gives the rows.  All of these carry event_time, so
-- they must run whenever a facet row changes, not only its content.

CREATE FUNCTION openlineage.derive_data_quality_assertions(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM openlineage.quality_result AS q WHERE q.facet_id = ANY (facet_ids);

    INSERT INTO openlineage.quality_result
           (facet_id, ordinal, namespace_id, dataset_id, run_id, name, column_name,
            success, severity, expected, actual, event_time)
    SELECT f.id, item.ordinality, f.namespace_id, f.node_id, f.run_id,
           COALESCE(NULLIF(member.name, ''), member.assertion), NULLIF(member.column_name, ''),
           CASE lower(member.success) WHEN 'true' THEN true WHEN 'false' THEN false END,
           member.severity, member.expected, member.actual, f.event_time
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     CROSS JOIN LATERAL json_array_elements(
           CASE WHEN json_typeof(c.body -> 'assertions') = 'array' THEN c.body -> 'assertions' END)
           WITH ORDINALITY AS item (body, ordinality)
     CROSS JOIN LATERAL (
           SELECT CASE WHEN json_typeof(told.name) = 'string' THEN told.name #>> '{}' END AS name,
                  CASE WHEN json_typeof(told.assertion) = 'string' THEN told.assertion #>> '{}' END AS assertion,
                  told."column" AS column_name, told.success, told.severity, told.expected, told.actual
             FROM json_to_record(CASE WHEN json_typeof(item.body) = 'object' THEN item.body END)
                  AS told (name json, assertion json, "column" text, success text,
                           severity text, expected text, actual text)) AS member
     WHERE f.id = ANY (facet_ids) AND NOT f.is_deleted
       AND f.node_id IS NOT NULL AND (f.run_id IS NOT NULL OR f.io IS NULL)
       AND COALESCE(NULLIF(member.name, ''), member.assertion) <> '';
END
$$;
COMMENT ON FUNCTION openlineage.derive_data_quality_assertions(bigint[]) IS
    'Makes rows of quality_result; a result is named by the name of the assertion, else by its kind. Source: OpenLineage facet DataQualityAssertionsDatasetFacet 1-1-0, member assertions.';
REVOKE ALL ON FUNCTION openlineage.derive_data_quality_assertions(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_test(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM openlineage.quality_result AS q WHERE q.facet_id = ANY (facet_ids);

    INSERT INTO openlineage.quality_result
           (facet_id, ordinal, namespace_id, run_id, name,
            success, severity, expected, actual, event_time)
    SELECT f.id, item.ordinality, f.namespace_id, f.run_id, member.name #>> '{}',
           CASE lower(member.status)
                WHEN 'pass' THEN true WHEN 'passed' THEN true WHEN 'success' THEN true
                WHEN 'fail' THEN false WHEN 'failed' THEN false WHEN 'error' THEN false
           END,
           member.severity, member.expected, member.actual, f.event_time
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     CROSS JOIN LATERAL json_array_elements(
           CASE WHEN json_typeof(c.body -> 'tests') = 'array' THEN c.body -> 'tests' END)
           WITH ORDINALITY AS item (body, ordinality)
     CROSS JOIN LATERAL json_to_record(
           CASE WHEN json_typeof(item.body) = 'object' THEN item.body END)
           AS member (name json, status text, severity text, expected text, actual text)
     WHERE f.id = ANY (facet_ids) AND NOT f.is_deleted
       AND f.run_id IS NOT NULL AND f.node_id IS NULL AND f.io IS NULL
       AND json_typeof(member.name) = 'string' AND member.name #>> '{}' <> '';
END
$$;
COMMENT ON FUNCTION openlineage.derive_test(bigint[]) IS
    'Makes rows of quality_result for the tests of a run; a skipped test has no success. Source: OpenLineage facet TestRunFacet 1-0-1, member tests.';
REVOKE ALL ON FUNCTION openlineage.derive_test(bigint[]) FROM PUBLIC;

-- Every number counts, so that a member which a later version of a facet adds
-- is kept.  A member told twice counts once, the last, as everywhere in json.
-- A name of more than 255 bytes is no metric and would not fit the index.
CREATE FUNCTION openlineage.derive_metric(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM openlineage.metric AS m WHERE m.facet_id = ANY (facet_ids);

    WITH told AS (
        SELECT f.id, f.namespace_id, f.node_id, f.run_id, f.event_time, c.body
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
         WHERE f.id = ANY (facet_ids) AND NOT f.is_deleted
           AND f.node_id IS NOT NULL AND (f.run_id IS NOT NULL OR f.io IS NULL)
    ), member AS (
        SELECT t.id, t.namespace_id, t.node_id, t.run_id, t.event_time, NULL AS column_name, 0 AS column_at, top.key, top.body, top.ordinality
          FROM told AS t
         CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(t.body) = 'object' THEN t.body END)
               WITH ORDINALITY AS top (key, body, ordinality)
        UNION ALL
        SELECT t.id, t.namespace_id, t.node_id, t.run_id, t.event_time, col.name, col.ordinality, part.key, part.body, part.ordinality
          FROM told AS t
         CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(t.body -> 'columnMetrics') = 'object'
                                           THEN t.body -> 'columnMetrics' END)
               WITH ORDINALITY AS col (name, body, ordinality)
         CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(col.body) = 'object' THEN col.body END)
               WITH ORDINALITY AS part (key, body, ordinality)
    ), value AS (
        SELECT m.id, m.namespace_id, m.node_id, m.run_id, m.event_time,
               m.column_name, m.column_at, m.ordinality, 0 AS quantile_at, m.key AS name,
               CASE json_typeof(m.body)
                    WHEN 'number' THEN openlineage.finite_number(m.body #>> '{}')
                    WHEN 'string' THEN CASE WHEN m.key = 'lastUpdated' THEN
                         (EXTRACT(epoch FROM openlineage.lenient_time(m.body #>> '{}')) * 1000)::double precision END
               END AS number
          FROM member AS m
        UNION ALL
        SELECT m.id, m.namespace_id, m.node_id, m.run_id, m.event_time,
               m.column_name, m.column_at, m.ordinality, q.ordinality, 'quantiles.' || q.key,
               CASE WHEN json_typeof(q.body) = 'number' THEN openlineage.finite_number(q.body #>> '{}') END
          FROM member AS m
         CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(m.body) = 'object' THEN m.body END)
               WITH ORDINALITY AS q (key, body, ordinality)
         WHERE m.key = 'quantiles'
    ), latest AS (
        SELECT DISTINCT ON (v.id, v.column_name COLLATE "C", v.name COLLATE "C") v.*
          FROM value AS v
         WHERE octet_length(v.name) <= 255
         ORDER BY v.id, v.column_name COLLATE "C", v.name COLLATE "C",
                  v.column_at DESC, v.ordinality DESC, v.quantile_at DESC
    )
    INSERT INTO openlineage.metric
           (facet_id, ordinal, namespace_id, dataset_id, run_id, name, column_name, value, event_time)
    SELECT l.id,
           row_number() OVER (PARTITION BY l.id ORDER BY l.column_at, l.ordinality, l.quantile_at),
           l.namespace_id, l.node_id, l.run_id, l.name, l.column_name, l.number, l.event_time
      FROM latest AS l
     WHERE l.number IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.derive_metric(bigint[]) IS
    'Makes the rows of metric: every finite number of a facet and of its columnMetrics, quantiles by their key, lastUpdated as milliseconds since 1970.';
REVOKE ALL ON FUNCTION openlineage.derive_metric(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_data_quality_metrics(facet_ids bigint[]) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.derive_metric(facet_ids)$$;
COMMENT ON FUNCTION openlineage.derive_data_quality_metrics(bigint[]) IS
    'Makes the rows of metric. Source: OpenLineage facets DataQualityMetricsInputDatasetFacet 1-0-3 and DataQualityMetricsDatasetFacet 1-0-1, all numbers and columnMetrics.';
REVOKE ALL ON FUNCTION openlineage.derive_data_quality_metrics(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_input_statistics(facet_ids bigint[]) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.derive_metric(facet_ids)$$;
COMMENT ON FUNCTION openlineage.derive_input_statistics(bigint[]) IS
    'Makes the rows of metric. Source: OpenLineage facet InputStatisticsInputDatasetFacet 1-0-0, members rowCount, size and fileCount.';
REVOKE ALL ON FUNCTION openlineage.derive_input_statistics(bigint[]) FROM PUBLIC;

CREATE FUNCTION openlineage.derive_output_statistics(facet_ids bigint[]) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.derive_metric(facet_ids)$$;
COMMENT ON FUNCTION openlineage.derive_output_statistics(bigint[]) IS
    'Makes the rows of metric. Source: OpenLineage facet OutputStatisticsOutputDatasetFacet 1-0-2, members rowCount, size and fileCount.';
REVOKE ALL ON FUNCTION openlineage.derive_output_statistics(bigint[]) FROM PUBLIC;

-- Numbers beside the metrics are ids of snapshots and schemas, too long for double precision.
CREATE FUNCTION openlineage.derive_iceberg_report(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM openlineage.metric AS m WHERE m.facet_id = ANY (facet_ids);

    WITH latest AS (
        SELECT DISTINCT ON (f.id, told.key COLLATE "C")
               f.id, f.namespace_id, f.node_id, f.run_id, f.event_time, told.key, told.ordinality,
               CASE WHEN json_typeof(told.value) = 'number' THEN openlineage.finite_number(told.value #>> '{}') END AS number
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
         CROSS JOIN LATERAL (SELECT c.body -> CASE f.name WHEN 'icebergScanReport' THEN 'scanMetrics' ELSE 'commitMetrics' END) AS k (metrics)
         CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(k.metrics) = 'object' THEN k.metrics END)
               WITH ORDINALITY AS told (key, value, ordinality)
         WHERE f.id = ANY (facet_ids) AND NOT f.is_deleted
           AND f.node_id IS NOT NULL AND (f.run_id IS NOT NULL OR f.io IS NULL)
           AND octet_length(told.key) <= 255
         ORDER BY f.id, told.key COLLATE "C", told.ordinality DESC
    )
    INSERT INTO openlineage.metric
           (facet_id, ordinal, namespace_id, dataset_id, run_id, name, value, event_time)
    SELECT l.id, row_number() OVER (PARTITION BY l.id ORDER BY l.ordinality),
           l.namespace_id, l.node_id, l.run_id, l.key, l.number, l.event_time
      FROM latest AS l
     WHERE l.number IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.derive_iceberg_report(bigint[]) IS
    'Makes the rows of metric: every finite number of scanMetrics or commitMetrics. Source: OpenLineage registry facets IcebergScanReportInputDatasetFacet 1-0-1 and IcebergCommitReportOutputDatasetFacet 1-0-2.';
REVOKE ALL ON FUNCTION openlineage.derive_iceberg_report(bigint[]) FROM PUBLIC;
-- The doors for events.

CREATE FUNCTION openlineage.ingest(event json) RETURNS int
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest';
COMMENT ON FUNCTION openlineage.ingest(json) IS
    'Stores one OpenLineage event or an array of them, all or none, and returns how many were accepted. Errors: 22032 no JSON, 22021 no UTF-8, 22004 a needed member is missing, 22023 it has the wrong type or is empty, 22007 unreadable eventTime, 54001 nested too deeply or too many values, 42501 no right to write the namespace. Source: OpenLineage specification 2-0-2.';

CREATE FUNCTION openlineage.ingest(event text) RETURNS int
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest';
COMMENT ON FUNCTION openlineage.ingest(text) IS
    'As ingest(json); the text is stored as it is.';

CREATE FUNCTION openlineage.ingest(event jsonb) RETURNS int
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.ingest(event::text)$$;
COMMENT ON FUNCTION openlineage.ingest(jsonb) IS
    'As ingest(json); what is stored is the text that jsonb prints.';

CREATE FUNCTION openlineage.ingest_batch(bodies bytea[],
        OUT ordinal int, OUT sqlstate text, OUT message text, OUT detail text, OUT answer json)
    RETURNS SETOF record
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest_batch';
COMMENT ON FUNCTION openlineage.ingest_batch(bytea[]) IS
    'Stores many events that have nothing to do with each other, one per body or an array of them: a row for each body in order. For one event sqlstate is null when it is stored (now or before) and says what is wrong otherwise. For an array answer says it: {status, summary: {received, successful, failed, retriable, non_retriable}, failed_events: [{index, reason, retriable}]}; one bad event does not touch the others; sqlstate is set when none was stored: 22023 when sending them again is of no use, else 40001. Raises only what is about the server as a whole, and 40P01 when it lost in a deadlock: nothing is stored then, send all of it again. For the worker. Source: POST /lineage/batch of the OpenLineage HTTP API.';

CREATE FUNCTION openlineage.ingest_command(event text) RETURNS int
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest_command';
COMMENT ON FUNCTION openlineage.ingest_command(text) IS
    'As ingest(text) for events that functions of the API write: they change the state like any other, but neither they nor their facets are shown. For change() alone.';
REVOKE ALL ON FUNCTION openlineage.ingest_command(text) FROM PUBLIC;

REVOKE ALL ON FUNCTION openlineage.ingest(json) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.ingest(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.ingest(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.ingest_batch(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.ingest(json) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.ingest(text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.ingest(jsonb) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.ingest_batch(bytea[]) TO openlineage_writer;

CREATE FUNCTION openlineage.event_portions(body bytea, max_events int, max_bytes int) RETURNS int[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_event_portions';
COMMENT ON FUNCTION openlineage.event_portions(bytea, int, int) IS
    'Where an array of events is cut into portions of so many events and bytes at most (one event may be larger): of each portion the ordinal of its first event from 0, its first byte and the byte after its last; at the end how many events there are. Null when body is no JSON array, or one that is a portion by itself. For the worker.';

CREATE FUNCTION openlineage.portion_result(answer json, base int,
        OUT received int, OUT failed int, OUT retriable int, OUT failed_events text)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (answer #>> '{summary,received}')::int, (answer #>> '{summary,failed}')::int, (answer #>> '{summary,retriable}')::int,
           (SELECT COALESCE(string_agg(format('{"index":%s,"reason":%s,"retriable":%s}', (e.value ->> 'index')::int + base,
                                              e.value -> 'reason', e.value -> 'retriable'), ',' ORDER BY e.ordinality), '')
              FROM json_array_elements(answer -> 'failed_events') WITH ORDINALITY AS e (value, ordinality))
    $$;
COMMENT ON FUNCTION openlineage.portion_result(json, int) IS
    'What ingest_batch() answered to a portion of an array whose first event has the ordinal base: the numbers to add up, and its failed_events with the ordinals they have in the whole array. For the worker.';
-- What the API itself says, told as events.
--
-- PUT of a job or dataset, POST of a run and its transitions can be said in
-- the words of OpenLineage: so they are, and reach the tables on the one way
-- that events take.  Each change_NAME writes the events of one request out of
-- what the function of the API has checked; the door they go through
-- (ingest_command) marks them, so they are neither listed nor counted, and what
-- they say in facets holds without being shown as a facet.  A few members are
-- no OpenLineage and are read of such events alone: "content" of a dataset and
-- "code" of a job; parse.c says what they mean.
--
-- A request that names no time happens now, but after all that is known of its
-- subject: a microsecond after the latest event when that lies ahead of the
-- clock.  So what was put is what is answered.

CREATE FUNCTION openlineage.command_time(known_at timestamptz) RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT LEAST(GREATEST(clock_timestamp(), known_at + interval '1 microsecond'),
                 '9999-12-31 23:59:59.999999+00')
    $$;
COMMENT ON FUNCTION openlineage.command_time(timestamptz) IS
    'The event time of a command about something whose latest event was at known_at: the clock, unless that is behind.';
REVOKE ALL ON FUNCTION openlineage.command_time(timestamptz) FROM PUBLIC;

CREATE FUNCTION openlineage.command_event(told_at timestamptz, members json) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_object_agg(m.key, m.value ORDER BY m.rank, m.ordinality)::text
      FROM (SELECT 0 AS rank, 1::bigint AS ordinality, 'eventTime' AS key,
                   to_json(to_char(told_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS value
            UNION ALL
            SELECT 1, 1, 'producer', to_json('urn:openlineage:api'::text)
            UNION ALL
            SELECT 2, e.ordinality, e.key, e.value
              FROM json_each(members) WITH ORDINALITY AS e (key, value, ordinality)
             WHERE json_typeof(e.value) <> 'null') AS m
    $$;
COMMENT ON FUNCTION openlineage.command_event(timestamptz, json) IS
    'The text of the event of a command: its time and these members, without those that are null.';
REVOKE ALL ON FUNCTION openlineage.command_event(timestamptz, json) FROM PUBLIC;

CREATE FUNCTION openlineage.node_named(node_kind openlineage.node_kind, namespace text, name text) RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT COALESCE(n.canonical_id, n.id)
      FROM openlineage.namespace AS s
      JOIN openlineage.node AS n ON n.namespace_id = s.id
     WHERE s.name_hash = openlineage.hash128(node_named.namespace)
       AND n.kind = node_kind
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(node_named.name)
    $$;
COMMENT ON FUNCTION openlineage.node_named(openlineage.node_kind, text, text) IS
    'The job or dataset of exactly this name, or what the name stands for; null when there is none that the caller may see.';

-- Datasets.

CREATE FUNCTION openlineage.change_put_dataset(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given    json := arguments -> 'dataset';
    run      text := arguments #>> '{run,id}';
    home     text := CASE WHEN run IS NULL THEN namespace ELSE given ->> 'namespace' END;
    known    int := openlineage.node_named('dataset', home, given ->> 'name');
    told_at  timestamptz := openlineage.command_time((SELECT a.updated_at
                                                        FROM openlineage.dataset_activity AS a
                                                       WHERE a.node_id = known));
    streams  boolean := EXISTS (SELECT FROM openlineage.dataset AS d
                                 WHERE d.node_id = known AND upper(d.type) IN ('STREAM', 'TOPIC'));
    dataset  json;
BEGIN
    -- The type that events told is finer: it changes only when it must.
    dataset := json_build_object(
        'namespace', home,
        'name', given ->> 'name',
        'facets', json_build_object(
            'schema', json_build_object('fields', given -> 'fields'),
            'dataSource', json_build_object('name', given ->> 'sourceName'),
            'datasetType', CASE WHEN (given ->> 'type' = 'STREAM') <> streams THEN json_build_object(
                'datasetType', CASE WHEN streams THEN 'TABLE' ELSE 'STREAM' END) END,
            'documentation', CASE WHEN given ->> 'description' IS NOT NULL THEN json_build_object(
                'description', given ->> 'description') END),
        'content', json_build_object(
            'physicalName', given ->> 'physicalName',
            'schemaLocation', given ->> 'schemaLocation'));
    PERFORM openlineage.ingest_command(openlineage.command_event(
        told_at,
        CASE WHEN run IS NULL THEN json_build_object('dataset', dataset)
             ELSE json_build_object(
                 'eventType', 'OTHER',
                 'run', json_build_object('runId', run),
                 'job', json_build_object('namespace', namespace, 'name', arguments #>> '{run,job}'),
                 'outputs', json_build_array(dataset)) END));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_dataset(text, json) IS
    'Part of change: a dataset as PUT describes it; arguments dataset {name, type, physicalName, sourceName, fields, description, schemaLocation}. With run {id, job} it is what that run wrote, the namespace is that of its job, and the dataset names its own.';
REVOKE ALL ON FUNCTION openlineage.change_put_dataset(text, json) FROM PUBLIC;

-- Jobs.

CREATE FUNCTION openlineage.output_content(namespace text, name text) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object('sourceName', v.source_name,
                             'fields', s.fields,
                             'physicalName', v.physical_name,
                             'schemaLocation', v.schema_location)
      FROM (SELECT openlineage.node_named('dataset', output_content.namespace, output_content.name)) AS d (id)
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = d.id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
    $$;
COMMENT ON FUNCTION openlineage.output_content(text, text) IS
    'What a dataset is at present, for a version that a run makes of it.';
REVOKE ALL ON FUNCTION openlineage.output_content(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_job(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    known    int := openlineage.node_named('job', namespace, arguments ->> 'name');
    told_at  timestamptz := openlineage.command_time((SELECT a.updated_at
                                                        FROM openlineage.job_activity AS a
                                                       WHERE a.node_id = known));
    kind     text := COALESCE((SELECT j.type FROM openlineage.job AS j WHERE j.node_id = known), 'BATCH');
    job      json;
    outputs  json;
BEGIN
    job := json_build_object(
        'namespace', namespace,
        'name', arguments ->> 'name',
        'facets', json_build_object(
            'jobType', CASE WHEN arguments ->> 'type' <> kind THEN json_build_object(
                'processingType', arguments ->> 'type') END,
            'documentation', CASE WHEN arguments ->> 'description' IS NOT NULL THEN json_build_object(
                'description', arguments ->> 'description') END,
            'sourceCodeLocation', CASE WHEN arguments ->> 'location' IS NOT NULL THEN json_build_object(
                'url', arguments ->> 'location') END));
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'job', job,
        'inputs', arguments -> 'inputs',
        'outputs', arguments -> 'outputs')));
    IF arguments ->> 'run' IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT json_agg(json_build_object('namespace', o.item ->> 'namespace',
                                      'name', o.item ->> 'name',
                                      'content', CASE WHEN openlineage.change_may(o.item ->> 'namespace')
                                          THEN openlineage.output_content(o.item ->> 'namespace', o.item ->> 'name') END)
                    ORDER BY o.ordinality)
      INTO outputs
      FROM json_array_elements(arguments -> 'outputs') WITH ORDINALITY AS o (item, ordinality);
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'eventType', 'OTHER',
        'run', json_build_object('runId', arguments ->> 'run'),
        'job', job,
        'inputs', arguments -> 'inputs',
        'outputs', outputs)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_job(text, json) IS
    'Part of change: a job as PUT describes it; arguments name, type, inputs, outputs, description, location. With run, the id of one, that run is of this version of the job, and each output that the caller may read and write gets a version of that run.';
REVOKE ALL ON FUNCTION openlineage.change_put_job(text, json) FROM PUBLIC;

-- Runs.

CREATE FUNCTION openlineage.change_post_run(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told_at  timestamptz := openlineage.command_time(NULL);
    version  openlineage.job_version;
    inputs   json;
BEGIN
    SELECT v.* INTO version
      FROM openlineage.job_activity AS a
      JOIN openlineage.job_version AS v ON v.id = a.current_version_id
     WHERE a.node_id = openlineage.node_named('job', namespace, arguments ->> 'name');
    SELECT json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C")
      INTO inputs
      FROM unnest(version.inputs) AS i (id)
      JOIN openlineage.node AS n ON n.id = i.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id;
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'run', json_build_object(
            'runId', arguments ->> 'id',
            'facets', json_build_object(
                'runArgs', json_build_object('args', arguments -> 'args'),
                'nominalTime', CASE WHEN COALESCE(arguments ->> 'nominalStartTime', arguments ->> 'nominalEndTime') IS NOT NULL
                    THEN json_build_object('nominalStartTime', arguments ->> 'nominalStartTime',
                                           'nominalEndTime', arguments ->> 'nominalEndTime') END)),
        'job', json_build_object(
            'namespace', namespace,
            'name', arguments ->> 'name',
            'code', json_build_object('location', version.location, 'hash', version.code_hash)),
        'inputs', inputs)));
    -- Ingest made sessions with one run id follow each other: what was known of
    -- the run before, by whomever, shows in its times.
    IF EXISTS (SELECT FROM openlineage.run AS r
                WHERE r.id = (arguments ->> 'id')::uuid
                  AND (r.created_at <> told_at OR r.updated_at <> told_at)) THEN
        RAISE EXCEPTION 'Run ''%'' already exists for ''%'' under namespace ''%''.',
                        arguments ->> 'id', arguments ->> 'name', namespace
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_post_run(text, json) IS
    'Part of change: a new run of a job, expected to read and to be what the current version of the job is; arguments name, id, nominalStartTime, nominalEndTime, args. Raises 22023 when the run exists, unless other runs merely named it, 42501 when it is one of a namespace that the caller may not write.';
REVOKE ALL ON FUNCTION openlineage.change_post_run(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_mark_run(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told_at  timestamptz := COALESCE((arguments ->> 'at')::timestamptz,
                                     openlineage.command_time((SELECT r.updated_at
                                                                 FROM openlineage.run AS r
                                                                WHERE r.id = (arguments ->> 'id')::uuid)));
BEGIN
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'eventType', arguments ->> 'type',
        'run', json_build_object('runId', arguments ->> 'id'),
        'job', json_build_object('namespace', namespace, 'name', arguments ->> 'name'))));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_mark_run(text, json) IS
    'Part of change: a transition of a run; arguments id, name of its job, type START, COMPLETE, FAIL or ABORT, at.';
REVOKE ALL ON FUNCTION openlineage.change_mark_run(text, json) FROM PUBLIC;
-- Questions to the graph.  All of them read as their caller, in one snapshot,
-- and write nothing.  They keep plans in the backend, so they run in the
-- leader of a parallel query only.

CREATE FUNCTION openlineage.readable_hash(
        namespace text)
    RETURNS uuid
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_readable_hash';
COMMENT ON FUNCTION openlineage.readable_hash(text) IS
    'What a namespace is looked up by, its hash128(); null when the caller may not read a namespace of this name, be there one or not. So a hidden name costs what a name costs that nobody ever used.';

CREATE FUNCTION openlineage.resolve_node(
        node_id text)
    RETURNS int
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_resolve_node';
COMMENT ON FUNCTION openlineage.resolve_node(text) IS
    'Canonical node of dataset:NAMESPACE:NAME or job:NAMESPACE:NAME, former names, symlinks and PARENT.CHILD of jobs included; a "#VERSION-UUID" at the end is ignored. Null when it is unknown, hidden or may not be seen; 22023 for anything else than such an id. Reads namespace, node and job.';

CREATE FUNCTION openlineage.resolve_column(
        node_id text)
    RETURNS int
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_resolve_column';
COMMENT ON FUNCTION openlineage.resolve_column(text) IS
    'Column of datasetField:NAMESPACE:NAME:FIELD, as dataset_field.id. Null when it is unknown or may not be seen; 22023 for anything else than such an id. Reads namespace, node and dataset_field.';

CREATE FUNCTION openlineage.walk(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'downstream',
        node_limit int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        as_of timestamptz DEFAULT NULL,
        run uuid DEFAULT NULL)
    RETURNS TABLE(id int, distance int, predecessor int)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk';
COMMENT ON FUNCTION openlineage.walk(int[], int, text, int, openlineage.edge_kind[], timestamptz, uuid) IS
    'The walk behind lineage() and impact(), on node ids and steps included. One row per node reached from any start, nearest first: distance in edges, predecessor the least node id at the distance before; the starts come first with distance 0 and no predecessor. Starts that are unknown or may not be seen are left out; an alias starts from its canonical node, a job from itself and its steps. depth: most edges, null for all. direction: upstream, downstream, both (the two joined) or undirected (every edge both ways). node_limit: most nodes besides the starts, 0 for all, null for the setting openlineage.lineage_max_nodes; a NOTICE tells when it cut. as_of: the edges that held at that time. run: the edges that this run saw, those of lineage(). Hidden nodes are rows like others. Errors: 42704 for an unknown run, 22004 for a null start, direction or kinds, 22023 for a negative depth or limit, another direction or both as_of and run. Reads edge and node, edge_history, run_io.';

CREATE FUNCTION openlineage.walk_columns(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'upstream',
        node_limit int DEFAULT NULL)
    RETURNS TABLE(id int, distance int, predecessor int)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk_columns';
COMMENT ON FUNCTION openlineage.walk_columns(int[], int, text, int) IS
    'The walk behind column_lineage(), on ids of dataset_field. The column without a name stands for every column of its dataset: it is reached only where there is no other. Arguments, rows and errors as walk(). Reads column_edge and dataset_field.';

CREATE FUNCTION openlineage.lineage(
        node text,
        depth int DEFAULT 20,
        direction text DEFAULT 'both',
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL,
        run uuid DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage';
COMMENT ON FUNCTION openlineage.lineage(text, int, text, openlineage.edge_kind[], int, timestamptz, uuid) IS
    'Where a dataset or job comes from and where it goes, by node id (dataset:NAMESPACE:NAME or job:NAMESPACE:NAME). One row per dataset and job, the start included at distance 0, nearest first: node (its id), kind (dataset or job), namespace, name, distance (edges from the start, never negative, whatever the direction) and predecessor (the node it was reached from). depth: most edges, null for all. direction: upstream, downstream, both (all it comes from and all it goes to) or undirected (whatever is connected). kinds: control edges only when asked for. A job with explicit lineage is passed from an input to the outputs made of it, and is one row at its least distance. node_limit: most nodes besides the start, steps of explicit lineage and hidden nodes counted, 0 for all, null for the setting openlineage.lineage_max_nodes; a WARNING tells when it cut the answer. as_of: the edges that held at that time. run: the graph as this run saw it: what it read and wrote and, upstream, what the runs read that those versions came from. A node that was deleted softly is not shown, what lies behind it is. Errors: 22004 for a null node, direction or kinds, 22023 for what is no such node id, another direction, a negative depth or limit, or both as_of and run, 42704 when the node or run does not exist or may not be seen. Reads edge, node and namespace, edge_history, run_io.';

CREATE FUNCTION openlineage.lineage(
        namespace text,
        name text,
        depth int DEFAULT 20,
        direction text DEFAULT 'both',
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL,
        run uuid DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage_named';
COMMENT ON FUNCTION openlineage.lineage(text, text, int, text, openlineage.edge_kind[], int, timestamptz, uuid) IS
    'lineage() by namespace and name; starts from the dataset and the job when both have the name. Everything else as lineage(node).';

CREATE FUNCTION openlineage.impact(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact';
COMMENT ON FUNCTION openlineage.impact(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'What is affected when a node changes, by node id. One row per node downstream, the start left out, nearest first: node (its id), kind, namespace, name, distance (edges from the start) and predecessor (the node it was reached from). From a dataset or job: datasets and jobs. From datasetField:NAMESPACE:NAME:FIELD: the columns computed from it or filtered by it, with kind column and the name of their dataset. depth: most edges, null for all. kinds: control edges only when asked for; columns have none. A job with explicit lineage is passed from an input to the outputs made of it, and is one row at its least distance. node_limit: most nodes, steps of explicit lineage and hidden nodes counted, 0 for all, null for the setting openlineage.lineage_max_nodes; a WARNING tells when it cut the answer. as_of: the edges that held at that time; columns have no past (0A000). A node that was deleted softly is not shown, what lies behind it is. Errors: 22004 for a null node or kinds, 22023 for what is no such node id or a negative depth or limit, 42704 when the node does not exist or may not be seen. Reads edge, edge_history, column_edge, dataset_field, node and namespace.';

CREATE FUNCTION openlineage.impact(
        namespace text,
        name text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_named';
COMMENT ON FUNCTION openlineage.impact(text, text, int, openlineage.edge_kind[], int, timestamptz) IS
    'impact() by namespace and name; starts from the dataset and the job when both have the name. Everything else as impact(node).';

CREATE FUNCTION openlineage.impact_paths(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, distance int, path text[])
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_paths';
COMMENT ON FUNCTION openlineage.impact_paths(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'The rows of impact() with one shortest path to each: node, distance and path (node ids from the start to the node, both included). Unlike a chain of predecessors, it is a path that data takes even where it passes one job several times. Arguments, limits and errors as impact().';

CREATE FUNCTION openlineage.impact_paths(
        namespace text,
        name text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, distance int, path text[])
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_paths_named';
COMMENT ON FUNCTION openlineage.impact_paths(text, text, int, openlineage.edge_kind[], int, timestamptz) IS
    'impact_paths() by namespace and name. Everything else as impact_paths(node).';

CREATE FUNCTION openlineage.impact_count(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_count';
COMMENT ON FUNCTION openlineage.impact_count(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'How many rows impact() has, without making them. Arguments, limits and errors as impact(): a WARNING tells when the node limit cut the walk short.';

CREATE FUNCTION openlineage.impact_count(
        namespace text,
        name text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_count_named';
COMMENT ON FUNCTION openlineage.impact_count(text, text, int, openlineage.edge_kind[], int, timestamptz) IS
    'impact_count() by namespace and name. Everything else as impact_count(node).';

CREATE FUNCTION openlineage.impact(
        nodes text[],
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_many';
COMMENT ON FUNCTION openlineage.impact(text[], int, openlineage.edge_kind[], int, timestamptz) IS
    'impact() of several nodes at once, each node reached once, at its distance from the nearest of them; none of them is in the answer. All must be datasets and jobs, or all columns (22023). An empty array is refused (22023). Everything else as impact(node).';

CREATE FUNCTION openlineage.impact_count(
        nodes text[],
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_count_many';
COMMENT ON FUNCTION openlineage.impact_count(text[], int, openlineage.edge_kind[], int, timestamptz) IS
    'How many rows impact() of several nodes has, without making them. Everything else as impact_count(node).';

CREATE FUNCTION openlineage.impact_summary(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(kind text, namespace text, distance int, nodes bigint)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_summary';
COMMENT ON FUNCTION openlineage.impact_summary(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'The rows of impact() counted by kind, namespace and distance, in no order: nodes is how many there are of each. Arguments, limits and errors as impact().';

CREATE FUNCTION openlineage.impact_summary(
        nodes text[],
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(kind text, namespace text, distance int, nodes bigint)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_summary_many';
COMMENT ON FUNCTION openlineage.impact_summary(text[], int, openlineage.edge_kind[], int, timestamptz) IS
    'impact_summary() of several nodes at once. Everything else as impact(nodes).';

CREATE FUNCTION openlineage.walk_ids(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'downstream',
        node_limit int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[])
    RETURNS int[]
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk_ids';
COMMENT ON FUNCTION openlineage.walk_ids(int[], int, text, int, openlineage.edge_kind[]) IS
    'The ids of the rows of walk(), in their order, as one array: a fraction of the time that rows take. Arguments, limits and errors as walk(), and 54000 for more nodes than an array holds. Reads edge and node.';

CREATE FUNCTION openlineage.walk_edges(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'downstream',
        node_limit int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[])
    RETURNS TABLE(src int, dst int, kind openlineage.edge_kind)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk_edges';
COMMENT ON FUNCTION openlineage.walk_edges(int[], int, text, int, openlineage.edge_kind[]) IS
    'All edges among the nodes of walk(), of the kinds asked for and in no order, in the direction data flows: the part of the graph that the walk has seen. Arguments, limits and errors as walk(). Reads edge and node.';

CREATE FUNCTION openlineage.lineage_path(
        source text,
        target text,
        direction text DEFAULT 'downstream',
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[])
    RETURNS TABLE(distance int, node text, kind text, namespace text, name text, field text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage_path';
COMMENT ON FUNCTION openlineage.lineage_path(text, text, text, openlineage.edge_kind[]) IS
    'One shortest path from a node to another, both by node id, one row per stop and the source first: distance (edges from the source; a job with explicit lineage and nodes that were deleted softly count, the latter are not shown), node, kind, namespace, name and, of a column, field. No row when none leads there. Of several shortest paths the one through the least ids, from the target back. The walk ends where the target is reached. direction: downstream, upstream, both or undirected. Errors: 22004 for a null argument, 22023 for what is no such node id, another direction, or a column with a dataset or job, 42704 when a node does not exist or may not be seen. Reads edge, column_edge, dataset_field, node and namespace.';

CREATE FUNCTION openlineage.column_lineage(
        node text,
        depth int DEFAULT 20,
        direction text DEFAULT 'upstream',
        node_limit int DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text,
                  field text, transformation text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_column_lineage';
COMMENT ON FUNCTION openlineage.column_lineage(text, int, text, int) IS
    'Which columns a column comes from or goes to, by node id: datasetField:NAMESPACE:NAME:FIELD, or a dataset for all its columns, or a job for the columns of all it writes. One row per column, the start included at distance 0, nearest first: node (its id), kind (column), namespace and name of its dataset, distance (edges from the start), predecessor (the column it was reached from), field (its name) and transformation (how the one is made of the other, as "DIRECT/IDENTITY", several joined by "; "; null when no producer told). An edge of a whole dataset counts for each of its columns; a dataset without columns of its own is shown itself, with kind dataset and no field. depth: most edges, null for all. direction: upstream, downstream or both. node_limit: most columns besides the starts, 0 for all, null for the setting openlineage.lineage_max_nodes; a WARNING tells when it cut the answer. Columns of a hidden dataset are not shown, what lies behind them is. Errors: 22004 for a null node or direction, 22023 for what is no such node id, another direction or a negative depth, 42704 when the node does not exist or may not be seen. Reads column_edge, dataset_field, edge, node and namespace.';

CREATE FUNCTION openlineage.column_lineage(
        namespace text,
        name text,
        depth int DEFAULT 20,
        direction text DEFAULT 'upstream',
        node_limit int DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text,
                  field text, transformation text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_column_lineage_named';
COMMENT ON FUNCTION openlineage.column_lineage(text, text, int, text, int) IS
    'column_lineage() of the dataset, or of all that the job writes, of a namespace and name. Everything else as column_lineage(node).';

CREATE FUNCTION openlineage.last_walk(
        OUT gear int,
        OUT reason text,
        OUT graph text,
        OUT visited bigint,
        OUT switched_at bigint,
        OUT threshold bigint,
        OUT changes bigint)
    RETURNS SETOF record
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_last_walk';
COMMENT ON FUNCTION openlineage.last_walk() IS
    'How the last walk of this session went, whatever function asked for it; no row before the first. gear: the one that finished it: 1 asks SQL level by level, 2 reads all edges once, 3 uses the graph kept in memory. reason: why that one. graph: nodes or columns. visited: nodes or columns reached, the starts included. switched_at: how many were reached when it left gear 1; null when it did not. threshold: nodes from which gear 2 is taken; null when it was not looked up. changes: rows of edge_change that were laid over the graph kept; null when none was. Reads nothing.';

CREATE FUNCTION openlineage.graph_status(
        OUT graph text,
        OUT state text,
        OUT kept_for text,
        OUT edges bigint,
        OUT bytes bigint,
        OUT built_at timestamptz,
        OUT age interval,
        OUT changes bigint,
        OUT cache_used bigint,
        OUT cache_size bigint)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 2
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_graph_status';
COMMENT ON FUNCTION openlineage.graph_status() IS
    'The graphs of this database kept in memory, one row for nodes and one for columns. state: ready, or why it does not serve this snapshot. kept_for: shared (all sessions; preloaded) or session. edges, bytes, built_at, age: of the graph; null when none is kept. changes: rows of edge_change that it has not seen. cache_used, cache_size: bytes of openlineage.graph_cache_size in use and in all, every graph and database included. Reads edge_change.';
REVOKE ALL ON FUNCTION openlineage.graph_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.graph_status() TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.graph_refresh(columns boolean) RETURNS xid8
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_graph_refresh';
COMMENT ON FUNCTION openlineage.graph_refresh(boolean) IS
    'Part of maintain: reads the graph of columns or of nodes, where it is kept, again when more than 1 % of its edges changed; returns the transaction from which on its rows of edge_change are still needed. Reads edge, column_edge, dataset_field, node and edge_change.';
REVOKE ALL ON FUNCTION openlineage.graph_refresh(boolean) FROM PUBLIC;

CREATE FUNCTION openlineage.trim_edge_change(columns boolean, needed xid8) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    n  bigint;
BEGIN
    DELETE FROM openlineage.edge_change AS c WHERE c.is_column = columns AND c.op <> 'H' AND c.xid < needed;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 0 THEN
        DELETE FROM openlineage.edge_change AS c WHERE c.is_column = columns AND c.op = 'H' AND c.xid < needed;
        INSERT INTO openlineage.edge_change VALUES (needed, 'H', columns, 0, 0, 0, 0, 0);
    END IF;
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.trim_edge_change(boolean, xid8) IS
    'Part of maintain: removes what the graph that is kept has seen; returns how many rows.';
REVOKE ALL ON FUNCTION openlineage.trim_edge_change(boolean, xid8) FROM PUBLIC;
-- What becomes of edges after a graph of them was read into memory (gear 3):
-- a log that each transaction writes together with its edges, so that a reader
-- sees of it exactly what it sees of them.

CREATE TABLE openlineage.edge_change (
    xid               xid8 NOT NULL,
    op                "char" NOT NULL,
    is_column         boolean NOT NULL,
    src               int NOT NULL,
    dst               int NOT NULL,
    kind              int NOT NULL,
    src_namespace_id  int NOT NULL,
    dst_namespace_id  int NOT NULL
);
COMMENT ON TABLE openlineage.edge_change IS
    'Edges that came and went since graphs were read into memory; emptied by maintain(). Written by triggers, read by walks, not meant for anybody else.';
COMMENT ON COLUMN openlineage.edge_change.xid IS 'Transaction that wrote it; of an H the first whose rows are all still here.';
COMMENT ON COLUMN openlineage.edge_change.op IS '+ came, - went, D columns of the dataset src came or went, R more than is told one by one, H older rows were removed.';
COMMENT ON COLUMN openlineage.edge_change.is_column IS 'Of column_edge rather than edge.';
COMMENT ON COLUMN openlineage.edge_change.src IS 'As in edge or column_edge.';
COMMENT ON COLUMN openlineage.edge_change.dst IS 'As in edge or column_edge.';
COMMENT ON COLUMN openlineage.edge_change.kind IS '0 data, 1 derives, 2 control.';
COMMENT ON COLUMN openlineage.edge_change.src_namespace_id IS 'As in edge or column_edge.';
COMMENT ON COLUMN openlineage.edge_change.dst_namespace_id IS 'As in edge or column_edge.';
ALTER TABLE openlineage.edge_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.edge_change FORCE ROW LEVEL SECURITY;
CREATE POLICY edge_change_read ON openlineage.edge_change FOR SELECT
    USING (openlineage.can_read(src_namespace_id) AND openlineage.can_read(dst_namespace_id));

CREATE FUNCTION openlineage.log_edge_change() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_log_edge_change';
COMMENT ON FUNCTION openlineage.log_edge_change() IS
    'Trigger of edge and column_edge, per statement with transition tables old_rows and new_rows, or per row in workers of subscriptions: writes edge_change. A statement that leaves both ends and the kind of every edge alone writes nothing.';
REVOKE ALL ON FUNCTION openlineage.log_edge_change() FROM PUBLIC;

CREATE FUNCTION openlineage.log_column_change() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_log_column_change';
COMMENT ON FUNCTION openlineage.log_column_change() IS
    'Trigger of dataset_field, per statement with transition tables, and per row where a column gets another dataset or name and in workers of subscriptions: writes edge_change.';
REVOKE ALL ON FUNCTION openlineage.log_column_change() FROM PUBLIC;

-- ALWAYS: replicated changes count as well.  Workers of subscriptions fire triggers of rows alone, and the
-- last of each table does nothing for anybody else.
CREATE TRIGGER edge_change_insert AFTER INSERT ON openlineage.edge
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE ALWAYS TRIGGER edge_change_insert;
CREATE TRIGGER edge_change_update AFTER UPDATE ON openlineage.edge
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE ALWAYS TRIGGER edge_change_update;
CREATE TRIGGER edge_change_delete AFTER DELETE ON openlineage.edge
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE ALWAYS TRIGGER edge_change_delete;
CREATE TRIGGER edge_change_applied AFTER INSERT OR UPDATE OR DELETE ON openlineage.edge
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE REPLICA TRIGGER edge_change_applied;

CREATE TRIGGER edge_change_insert AFTER INSERT ON openlineage.column_edge
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE ALWAYS TRIGGER edge_change_insert;
CREATE TRIGGER edge_change_update AFTER UPDATE ON openlineage.column_edge
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE ALWAYS TRIGGER edge_change_update;
CREATE TRIGGER edge_change_delete AFTER DELETE ON openlineage.column_edge
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE ALWAYS TRIGGER edge_change_delete;
CREATE TRIGGER edge_change_applied AFTER INSERT OR UPDATE OR DELETE ON openlineage.column_edge
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE REPLICA TRIGGER edge_change_applied;

CREATE TRIGGER edge_change_insert AFTER INSERT ON openlineage.dataset_field
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE ALWAYS TRIGGER edge_change_insert;
CREATE TRIGGER edge_change_update AFTER UPDATE OF dataset_id, name ON openlineage.dataset_field
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE ALWAYS TRIGGER edge_change_update;
CREATE TRIGGER edge_change_delete AFTER DELETE ON openlineage.dataset_field
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE ALWAYS TRIGGER edge_change_delete;
CREATE TRIGGER edge_change_applied AFTER INSERT OR DELETE ON openlineage.dataset_field
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE REPLICA TRIGGER edge_change_applied;
-- The graph of runs: from a run to the runs that its inputs came from.
--
-- A version of a dataset is content, so that many runs may have written it.  A
-- run read what the latest of them had written when it began.  The statements
-- take one dataset at a time from run_io_writer_idx, newest first.

-- A read is of what had been written when it began.  It tells columns mostly
-- to repeat them: only a version facet, or columns that are not those written,
-- say that it saw something else.
CREATE FUNCTION openlineage.run_io_versions(kinds openlineage.io_kind[], told_ids bigint[], dataset_ids int[], ats timestamptz[])
    RETURNS TABLE (ordinal bigint, version_id bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT a.* FROM unnest(kinds, told_ids, dataset_ids, ats) WITH ORDINALITY AS a (io, told_id, dataset_id, at, ordinal)
    ), current AS MATERIALIZED (
        SELECT c.ordinal, v.id, v.schema_hash, v.first_write_at
          FROM openlineage.dataset_versions_at(dataset_ids, ats) AS c
          JOIN openlineage.dataset_version AS v ON v.id = c.version_id
    )
    SELECT a.ordinal,
           CASE WHEN a.told_id IS NULL THEN c.id
                WHEN a.io = 'output' THEN a.told_id
                WHEN seen.external_version IS NOT NULL THEN CASE WHEN named.id IS NOT NULL THEN named.id ELSE a.told_id END
                WHEN c.first_write_at <= a.at
                 AND (c.schema_hash IS NULL OR seen.schema_hash IS NULL OR c.schema_hash = seen.schema_hash) THEN c.id
                ELSE a.told_id END
      FROM asked AS a
      LEFT JOIN current AS c ON c.ordinal = a.ordinal
      LEFT JOIN openlineage.dataset_version AS seen ON seen.id = a.told_id
      LEFT JOIN LATERAL (
               SELECT v.id
                 FROM openlineage.dataset_version AS v
                WHERE v.dataset_id = a.dataset_id
                  AND v.external_version = seen.external_version
                  AND v.first_write_at IS NOT NULL
                ORDER BY v.last_write_at DESC, v.content_hash
                LIMIT 1) AS named ON true;
END
$$;
COMMENT ON FUNCTION openlineage.run_io_versions(openlineage.io_kind[], bigint[], int[], timestamptz[]) IS
    'The versions that runs read or wrote, told_ids being those of their own events and ats the times they began, with their place in the arrays. Of an output the one told. Of an input the one told when that has a version facet (the written one of that facet, when there is one) or other columns than what had been written; else the one current then. From dataset_version and run_io.';

-- A function by itself, as the planner believes its ROWS: of an array whose length it does not know it
-- expects ten rows, and would then compare each of two thousand with each.
CREATE FUNCTION openlineage.run_told(runs uuid[])
    RETURNS TABLE (run_id uuid, io openlineage.io_kind, dataset_id int, told_id bigint, began_at timestamptz, ordinal bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT i.run_id, i.io, i.dataset_id, i.version_id,
           CASE WHEN r.start_time IS NOT NULL THEN r.start_time WHEN r.running_time IS NOT NULL THEN r.running_time ELSE i.first_at END,
           row_number() OVER ()
      FROM openlineage.run AS r
      JOIN openlineage.run_io AS i ON i.run_id = r.id
     WHERE r.id = ANY (runs);
END
$$;
COMMENT ON FUNCTION openlineage.run_told(uuid[]) IS
    'Part of run_touched: what these runs read and wrote, in which version as far as they told, and when they started, else named it.';

CREATE FUNCTION openlineage.run_touched(runs uuid[])
    RETURNS TABLE (
        run_id      uuid,
        io          openlineage.io_kind,
        dataset_id  int,
        told_id     bigint,       -- version the run told; null when it told none
        version_id  bigint,       -- that, else the one current then; null when none is known
        began_at    timestamptz   -- when the run started, else when it named the dataset
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    -- Where a dataset has one version, or the run wrote it, which one is meant is known.
    WITH touched AS MATERIALIZED (
        SELECT t.* FROM openlineage.run_told(runs) AS t
    ), known AS MATERIALIZED (
        SELECT d.dataset_id, count(v.id) AS versions, min(v.id) AS first_id
          FROM (SELECT DISTINCT t.dataset_id FROM touched AS t) AS d
          JOIN openlineage.dataset_version AS v ON v.dataset_id = d.dataset_id
         GROUP BY d.dataset_id
    ), open AS MATERIALIZED (
        SELECT array_agg(t.ordinal) AS places, array_agg(t.io) AS kinds, array_agg(t.told_id) AS told_ids,
               array_agg(t.dataset_id) AS dataset_ids, array_agg(t.began_at) AS ats
          FROM touched AS t
          JOIN known AS k ON k.dataset_id = t.dataset_id
         WHERE k.versions > 1 AND (t.io = 'input' OR t.told_id IS NULL)
    ), found AS MATERIALIZED (
        SELECT o.places[v.ordinal] AS ordinal, v.version_id
          FROM open AS o
         CROSS JOIN LATERAL openlineage.run_io_versions(o.kinds, o.told_ids, o.dataset_ids, o.ats) AS v
         WHERE o.places IS NOT NULL
    )
    SELECT t.run_id, t.io, t.dataset_id, t.told_id,
           CASE WHEN t.io = 'output' AND t.told_id IS NOT NULL THEN t.told_id
                WHEN k.versions > 1 THEN f.version_id
                ELSE k.first_id END,
           t.began_at
      FROM touched AS t
      LEFT JOIN known AS k ON k.dataset_id = t.dataset_id
      LEFT JOIN found AS f ON f.ordinal = t.ordinal;
END
$$;
COMMENT ON FUNCTION openlineage.run_touched(uuid[]) IS
    'What these runs read and wrote, in which version, as run_io_versions() tells it. From run_io, run and dataset_version.';

CREATE FUNCTION openlineage.run_inputs(runs uuid[])
    RETURNS TABLE (
        run_id      uuid,
        dataset_id  int,          -- what it read
        version_id  bigint,       -- in which version; null when none is known
        producer    uuid          -- the run that wrote it; null when none is known
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH input AS MATERIALIZED (
        -- Who wrote a version first counts when that was before, or the run told it by name.
        SELECT t.run_id, t.dataset_id, t.told_id, t.version_id, t.began_at,
               CASE WHEN v.first_write_at <= t.began_at OR (t.told_id IS NOT NULL AND v.external_version IS NOT NULL)
                    THEN v.created_by_run END AS created_by_run,
               CASE WHEN v.first_write_at IS NOT NULL THEN least(t.began_at, v.last_write_at) END AS written_by
          FROM openlineage.run_touched(runs) AS t
          LEFT JOIN openlineage.dataset_version AS v ON v.id = t.version_id
         WHERE t.io = 'input'
    ), found AS MATERIALIZED (
        SELECT i.run_id, i.dataset_id, i.version_id,
               CASE WHEN same.run_id IS NOT NULL THEN same.run_id
                    WHEN latest.run_id IS NOT NULL THEN latest.run_id
                    WHEN running.run_id IS NOT NULL THEN running.run_id
                    ELSE i.created_by_run END AS producer
          FROM input AS i
          -- The same version, when the run told which one it read.
          LEFT JOIN LATERAL (
                   SELECT w.run_id
                     FROM openlineage.run_io_time AS w
                    WHERE w.dataset_id = i.dataset_id AND w.io = 'output' AND w.run_id <> i.run_id
                      AND w.first_at <= i.written_by AND w.last_at <= i.began_at AND w.version_id = i.told_id
                    ORDER BY w.first_at DESC, w.last_at DESC, w.run_id
                    LIMIT 1) AS same ON true
          -- Else whatever was written last, by a run that had ended or was at it.
          LEFT JOIN LATERAL (
                   SELECT w.run_id
                     FROM openlineage.run_io_time AS w
                    WHERE w.dataset_id = i.dataset_id AND w.io = 'output' AND w.run_id <> i.run_id
                      AND w.first_at <= i.began_at AND w.last_at <= i.began_at
                      AND same.run_id IS NULL AND (i.told_id IS NULL OR i.created_by_run IS NULL)
                    ORDER BY w.first_at DESC, w.last_at DESC, w.run_id
                    LIMIT 1) AS latest ON true
          LEFT JOIN LATERAL (
                   SELECT w.run_id
                     FROM openlineage.run_io_time AS w
                    WHERE w.dataset_id = i.dataset_id AND w.io = 'output' AND w.run_id <> i.run_id
                      AND w.first_at <= i.began_at
                      AND same.run_id IS NULL AND latest.run_id IS NULL
                      AND (i.told_id IS NULL OR i.created_by_run IS NULL)
                    ORDER BY w.first_at DESC, w.last_at DESC, w.run_id
                    LIMIT 1) AS running ON true
    )
    SELECT f.run_id, f.dataset_id, f.version_id, p.id
      FROM found AS f
      LEFT JOIN openlineage.run AS p ON p.id = f.producer AND f.producer <> f.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.run_inputs(uuid[]) IS
    'What these runs read, in which version, and which run had written it: the latest by the time the run began that wrote the version it told; else, when it told none or one that nobody had written by then, the latest to write the dataset at all; else the first ever to write that version, after the run began only where the run told it by a version facet. A run that reads what it writes itself is not its own producer. From run_io, dataset_version and run.';

CREATE FUNCTION openlineage.upstream_runs(
        run uuid,
        depth int DEFAULT 20,
        max_runs int DEFAULT 10000)
    RETURNS TABLE (
        run_id    uuid,
        distance  int             -- runs away from the one asked about
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found     uuid[] := ARRAY(SELECT r.id FROM openlineage.run AS r WHERE r.id = run);
    frontier  uuid[] := found;
    level     int := 0;
BEGIN
    WHILE cardinality(frontier) > 0 LOOP
        RETURN QUERY SELECT f.id, level FROM unnest(frontier) AS f (id);
        EXIT WHEN level >= depth OR cardinality(found) >= max_runs;
        frontier := ARRAY(SELECT DISTINCT i.producer
                            FROM openlineage.run_inputs(frontier) AS i
                           WHERE i.producer IS NOT NULL
                             AND i.producer <> ALL (found)
                           ORDER BY i.producer
                           LIMIT max_runs - cardinality(found));
        found := found || frontier;
        level := level + 1;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.upstream_runs(uuid, int, int) IS
    'A run and the runs that its inputs came from, transitively, each once and nearest first. depth: how many runs away, null for all; max_runs: so many rows at most. No row when the run is unknown or may not be seen. From run_inputs.';

CREATE FUNCTION openlineage.run_edges(runs uuid[])
    RETURNS TABLE (src int, dst int)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    -- Half an answer must not pass for a whole one: this is where callers stop.
    IF cardinality(runs) >= 100000 THEN
        RAISE WARNING 'lineage of run "%" was cut off after 100000 runs', runs[1];
    END IF;
    RETURN QUERY
    WITH flow AS MATERIALIZED (
        SELECT r.job_id, i.dataset_id, i.producer
          FROM openlineage.run_inputs(runs) AS i
          JOIN openlineage.run AS r ON r.id = i.run_id
    )
    SELECT f.dataset_id, f.job_id FROM flow AS f
    UNION
    SELECT p.job_id, f.dataset_id
      FROM flow AS f
      JOIN openlineage.run AS p ON p.id = f.producer
      JOIN unnest(runs) AS u (id) ON u.id = p.id
    UNION
    SELECT r.job_id, o.dataset_id
      FROM openlineage.run AS r
      JOIN openlineage.run_io AS o ON o.run_id = r.id AND o.io = 'output'
     WHERE r.id = runs[1];
END
$$;
COMMENT ON FUNCTION openlineage.run_edges(uuid[]) IS
    'The lineage graph as the first of these runs saw it, as edges between nodes: what it read and wrote; of the others, which are those its inputs came from, what they read and that they wrote that input. From run_io and run.';
-- What every endpoint shares: parameters, errors, times and the objects of
-- the Marquez API.
--
-- An endpoint is one function api_<name>(path, query) that runs with the
-- caller's rights.  It chooses the ids of one page first, from an index or a
-- narrow table, and then has the objects of all of them built at once: the
-- builders take an array of ids and return a row for each, so the number of
-- queries does not grow with the page.  A builder joins only functions that
-- declare their ROWS: a plan that is kept takes an array for ten elements, and
-- joined by what the planner makes of that, a page of CTEs costs its square.
-- Stored JSON is passed on as it is;
-- only members that are needed are looked into, and never cast to a number.
--
-- Errors carry the SQLSTATE that the server's table turns into a status:
-- OL404 and OL400 with the texts of Marquez, 22023 and 22007 for a parameter
-- whose value means nothing.

-- In C, and looking up no name, so without a search_path to set at each of the
-- ten thousand calls of a large answer.
CREATE FUNCTION openlineage.iso_time(at timestamptz) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_iso_time';
COMMENT ON FUNCTION openlineage.iso_time(timestamptz) IS
    'A time as the Marquez API writes it: ISO 8601 in UTC with Z, a fraction only when it is not zero; null for infinity.';

CREATE FUNCTION openlineage.zoned_time(at timestamptz) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT regexp_replace(openlineage.iso_time(at), '(:00)?Z$', 'Z[UTC]')
    $$;
COMMENT ON FUNCTION openlineage.zoned_time(timestamptz) IS
    'A time as the args of a run write it: 2026-01-05T08:00Z[UTC], seconds only when they are not zero.';

CREATE FUNCTION openlineage.api_text(query json, param text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE WHEN btrim(v.value) <> '' THEN v.value END
      FROM (VALUES (query #>> ARRAY[param, '0'])) AS v (value)
    $$;
COMMENT ON FUNCTION openlineage.api_text(json, text) IS
    'First value of a query parameter; null when it is missing or blank.';

CREATE FUNCTION openlineage.api_number(query json, param text, fallback int) RETURNS int
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := btrim(openlineage.api_text(query, param));
BEGIN
    IF value IS NULL THEN
        RETURN fallback;
    END IF;
    IF value !~ '^[-+]?[0-9]{1,10}$' OR value::bigint NOT BETWEEN -2147483648 AND 2147483647 THEN
        RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
    END IF;
    IF value::bigint < 0 THEN
        RAISE EXCEPTION 'query param % must be greater than or equal to 0', param USING ERRCODE = 'OL400';
    END IF;
    RETURN value::int;
END
$$;
COMMENT ON FUNCTION openlineage.api_number(json, text, int) IS
    'A query parameter as a number from 0; fallback when it is missing. Raises OL404 when it is no integer, as Marquez does, and OL400 when it is negative.';

CREATE FUNCTION openlineage.api_limit(query json, fallback int DEFAULT 100) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT least(openlineage.api_number(query, 'limit', fallback), 1000)$$;
COMMENT ON FUNCTION openlineage.api_limit(json, int) IS
    'The query parameter limit: 100 unless the endpoint says otherwise, 1000 at most, a larger one is taken as 1000. Raises what api_number does.';

CREATE FUNCTION openlineage.api_choice(query json, param text, choices text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    chosen  text[];
BEGIN
    IF json_typeof(query -> param) = 'array' THEN
        SELECT array_agg(DISTINCT upper(btrim(v.value)))
          INTO chosen
          FROM json_array_elements_text(query -> param) AS v (value)
         WHERE btrim(v.value) <> '';
    END IF;
    IF NOT chosen <@ choices THEN
        RAISE EXCEPTION 'query param % must be one of [%]', param, array_to_string(choices, ', ')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN chosen;
END
$$;
COMMENT ON FUNCTION openlineage.api_choice(json, text, text[]) IS
    'The values of an enum parameter in upper case; null when it is missing. Raises 22023 when one of them is no choice.';

CREATE FUNCTION openlineage.api_time(query json, param text, fallback timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := btrim(openlineage.api_text(query, param));
    result timestamptz;
BEGIN
    IF value IS NULL THEN
        RETURN fallback;
    END IF;
    -- A plus sign that was not percent-encoded arrives as a space.
    result := COALESCE(openlineage.lenient_time(value), openlineage.lenient_time(replace(value, ' ', '+')));
    IF result IS NULL THEN
        RAISE EXCEPTION 'query param % must be an ISO 8601 time', param
            USING ERRCODE = 'invalid_datetime_format';
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION openlineage.api_time(json, text, timestamptz) IS
    'A query parameter as a time; fallback when it is missing. Raises 22007 when it is none.';

CREATE FUNCTION openlineage.api_date(query json, param text) RETURNS timestamptz
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := btrim(openlineage.api_text(query, param));
    result timestamptz;
BEGIN
    IF value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        result := openlineage.lenient_time(value || 'T00:00:00Z');
    END IF;
    IF value IS NOT NULL AND result IS NULL THEN
        RAISE EXCEPTION 'query param % must be a date of the form YYYY-MM-DD', param USING ERRCODE = 'OL400';
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION openlineage.api_date(json, text) IS
    'A query parameter as the start of a day in UTC; null when it is missing. Raises OL400 when it is no date.';

CREATE FUNCTION openlineage.api_uuid(value text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
        RETURN value::uuid;
    END IF;
    RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
END
$$;
COMMENT ON FUNCTION openlineage.api_uuid(text) IS
    'A path segment as a UUID. Raises OL404 when it is none, as Marquez does.';

CREATE FUNCTION openlineage.api_namespace_id(namespace text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int;
BEGIN
    SELECT s.id INTO found_id
      FROM openlineage.namespace AS s
     WHERE s.name_hash = openlineage.readable_hash(api_namespace_id.namespace);
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'Namespace ''%'' not found.', namespace USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_namespace_id(text) IS
    'The namespace of this name. Raises OL404 when there is none that the caller may see.';

-- An answer holds at most this much of stored bodies: a page of runs with
-- Spark plans of 23 MB each would not fit into a value.
CREATE FUNCTION openlineage.api_byte_budget() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT 100000000::bigint$$;
COMMENT ON FUNCTION openlineage.api_byte_budget() IS
    'How many bytes of stored JSON one answer shows: the largest bodies of a page are left out beyond it.';

CREATE FUNCTION openlineage.node_facets(ids int[]) RETURNS TABLE (node_id int, facets json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH latest AS (
        SELECT DISTINCT ON (f.node_id, f.name)
               f.node_id, f.name, f.is_deleted OR f.is_hidden AS is_deleted, f.namespace_id, f.content_hash
          FROM openlineage.facet_time AS f
         WHERE f.node_id = ANY (ids)
           AND f.run_id IS NULL
         ORDER BY f.node_id, f.name, f.event_time DESC, f.event_hash DESC, f.io DESC NULLS FIRST
    ), shown AS (
        SELECT l.node_id, l.name, c.body,
               sum(octet_length(c.body::text)) OVER (ORDER BY octet_length(c.body::text)) AS bytes
          FROM latest AS l
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = l.namespace_id
           AND c.hash = l.content_hash
         WHERE NOT l.is_deleted
    )
    SELECT s.node_id, json_object_agg(s.name, r.body ORDER BY s.name COLLATE "C")
      FROM shown AS s
     CROSS JOIN LATERAL (SELECT openlineage.redact(s.body) OFFSET 0) AS r (body)
     WHERE r.body IS NOT NULL
       AND s.bytes <= openlineage.api_byte_budget()
     GROUP BY s.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.node_facets(int[]) IS
    'The facets of these datasets or jobs, those that came as input or output facets included: per name the latest by event time, unless that deletes it or a function of the API wrote it. No row for a node without facets.';

CREATE FUNCTION openlineage.node_tags(ids int[]) RETURNS TABLE (node_id int, tags json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT t.node_id, json_agg(t.tag ORDER BY t.tag COLLATE "C")
      FROM openlineage.shown_tags(ids) AS t
     WHERE t.field = ''
     GROUP BY t.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.node_tags(int[]) IS
    'The tags of these datasets or jobs, without those of columns, as a JSON array. No row for a node without tags.';
-- What every endpoint that changes something shares.
--
-- Such an endpoint is one function api_<name>(path, query, body) that runs
-- with the caller's rights and returns openlineage.api_answer.  It checks the
-- request, has the write done by change() or by ingest, and answers with what
-- the read endpoint says.  body is null when the request had none.

CREATE TYPE openlineage.api_answer AS (
    status    int,      -- of HTTP: 200, or 201 for what was made
    location  text,     -- the Location header; null for none
    body      json      -- null for an empty body
);
COMMENT ON TYPE openlineage.api_answer IS 'What an endpoint that changes something answers.';
COMMENT ON COLUMN openlineage.api_answer.status IS 'Status of HTTP: 200, or 201 for what was made.';
COMMENT ON COLUMN openlineage.api_answer.location IS 'The Location header; null for none.';
COMMENT ON COLUMN openlineage.api_answer.body IS 'The body; null for an empty one.';

CREATE FUNCTION openlineage.api_ok(body json) RETURNS openlineage.api_answer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT ROW(200, NULL, body)::openlineage.api_answer$$;
COMMENT ON FUNCTION openlineage.api_ok(json) IS
    'The answer 200 with this body.';

-- The parser of the json type takes what jsonb does not, and keeps it; what
-- cannot be decoded (\u0000, a lone surrogate) is refused here, before a
-- function looks into it.
CREATE FUNCTION openlineage.api_body(body text) RETURNS json
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    parsed  json;
BEGIN
    IF btrim(body, E' \t\r\n') IN ('', 'null') OR body IS NULL THEN
        RAISE EXCEPTION 'The request body must not be null' USING ERRCODE = 'OL422';
    END IF;
    BEGIN
        parsed := body::jsonb::json;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        RAISE EXCEPTION 'the request body is not JSON that can be stored'
            USING ERRCODE = 'invalid_json_text', DETAIL = SQLERRM;
    END;
    IF json_typeof(parsed) <> 'object' THEN
        RAISE EXCEPTION 'the request body must be a JSON object' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN parsed;
END
$$;
COMMENT ON FUNCTION openlineage.api_body(text) IS
    'The body of a request as a JSON object. Raises OL422 when it is missing or null, 22032 when it is no JSON, 22023 when it is no object.';

CREATE FUNCTION openlineage.api_body_text(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF json_typeof(body -> member) IN ('object', 'array') THEN
        RAISE EXCEPTION '% must be a string', member USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN body ->> member;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_text(json, text) IS
    'A member of the body as text, numbers and booleans as they are written; null when it is missing or null. Raises 22023 for an object or array.';

CREATE FUNCTION openlineage.api_required_text(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_body_text(body, member);
BEGIN
    IF value IS NULL THEN
        RAISE EXCEPTION '% must not be null', member USING ERRCODE = 'OL422';
    END IF;
    IF btrim(value) = '' THEN
        RAISE EXCEPTION '% must not be blank', member USING ERRCODE = 'OL422';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION openlineage.api_required_text(json, text) IS
    'As api_body_text() for a member that has to be there. Raises OL422 when it is missing, null or blank, 22023 for an object or array.';

CREATE FUNCTION openlineage.api_put_namespace(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given  json := openlineage.api_body(body);
BEGIN
    PERFORM openlineage.change('put_namespace', path[1],
                               json_build_object('ownerName', openlineage.api_required_text(given, 'ownerName'),
                                                 'description', openlineage.api_body_text(given, 'description'),
                                                 'isHidden', COALESCE(openlineage.api_body_text(given, 'isHidden'), 'false') = 'true'));
    RETURN openlineage.api_ok(openlineage.api_namespace(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_namespace(text[], json, text) IS
    'PUT /namespaces/{namespace}. Body: ownerName (required), description (kept when left out), isHidden (false). Makes the namespace or describes it, and shows it again. Raises OL422 without ownerName, 22032 and 22023 for a bad body, 42501 without the right to write it.';

REVOKE ALL ON FUNCTION openlineage.api_put_namespace(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_namespace(text[], json, text) TO openlineage_writer;
-- Runs.

-- Datasets and times come as arrays and each is looked up by itself: a list of runs asks this of a thousand
-- inputs, and a call of a function for each of them cost more than the rest of the list.
CREATE FUNCTION openlineage.dataset_versions_at(dataset_ids int[], ats timestamptz[], has_columns boolean DEFAULT false)
    RETURNS TABLE (ordinal bigint, version_id bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT a.ordinal, c.id
      FROM unnest(dataset_ids, ats) WITH ORDINALITY AS a (dataset_id, at, ordinal)
     CROSS JOIN LATERAL (
           SELECT k.id
             FROM ((SELECT v.id, v.content_hash, i.version_time AS since, 0 AS rank
                      FROM openlineage.run_io_time AS i
                      JOIN openlineage.dataset_version AS v ON v.id = i.version_id
                     WHERE i.dataset_id = a.dataset_id
                       AND i.io = 'output'
                       AND i.first_at <= a.at
                       AND i.version_time <= a.at
                       AND (v.schema_hash IS NOT NULL OR NOT has_columns)
                     ORDER BY i.first_at DESC
                     FETCH FIRST 1 ROW WITH TIES)
                   UNION ALL
                   SELECT v.id, v.content_hash, w.since, w.rank
                     FROM openlineage.dataset_version AS v
                    CROSS JOIN LATERAL (VALUES (v.first_write_at, 0), (v.last_write_at, 0),
                                               (v.last_seen_at, 1), (v.created_at, 1)) AS w (since, rank)
                    WHERE v.dataset_id = a.dataset_id
                      AND (v.schema_hash IS NOT NULL OR NOT has_columns)
                      AND w.since <= a.at
                   UNION ALL
                   SELECT v.id, v.content_hash, NULL, 2
                     FROM openlineage.dataset_version AS v
                    WHERE v.dataset_id = a.dataset_id
                      AND (v.schema_hash IS NOT NULL OR NOT has_columns)
                      AND v.created_at > a.at
                      AND NOT EXISTS (SELECT FROM openlineage.dataset_version AS o
                                       WHERE o.dataset_id = v.dataset_id
                                         AND (o.created_at, o.content_hash) < (v.created_at, v.content_hash))) AS k
            ORDER BY k.rank, k.since DESC, k.content_hash
            LIMIT 1) AS c;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_versions_at(int[], timestamptz[], boolean) IS
    'The version of each of these datasets that was current at the time in the same place of the other array, with that place: the one written last by then, else the one read last by then, else the earliest known; no row when it has none. With has_columns versions that tell no columns are left out.';

CREATE FUNCTION openlineage.dataset_version_at(dataset_id int, at timestamptz, has_columns boolean DEFAULT false) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT v.version_id FROM openlineage.dataset_versions_at(ARRAY[dataset_id], ARRAY[at], has_columns) AS v$$;
COMMENT ON FUNCTION openlineage.dataset_version_at(int, timestamptz, boolean) IS
    'As dataset_versions_at() of one dataset; null when it has no version.';

CREATE FUNCTION openlineage.run_facets(ids uuid[])
    RETURNS TABLE (
        run_id  uuid,
        facets  json,   -- null when none is shown
        parent  json,   -- the parent facet apart
        args    json    -- those that the POST of the run gave
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT f.run_id, f.name, f.is_hidden, r.body,
               sum(octet_length(c.body::text)) OVER (PARTITION BY f.is_hidden ORDER BY octet_length(c.body::text)) AS bytes
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = f.namespace_id
           AND c.hash = f.content_hash
         CROSS JOIN LATERAL (SELECT openlineage.redact(c.body) OFFSET 0) AS r (body)
         WHERE r.body IS NOT NULL
           AND f.run_id = ANY (ids)
           AND f.node_id IS NULL
           AND NOT f.is_deleted
           AND (NOT f.is_hidden OR f.name = 'runArgs')
    )
    SELECT t.run_id,
           json_object_agg(t.name, t.body) FILTER (WHERE NOT t.is_hidden),
           (array_agg(t.body) FILTER (WHERE t.name = 'parent' AND NOT t.is_hidden))[1],
           (array_agg(t.body -> 'args') FILTER (WHERE t.is_hidden))[1]
      -- Sorted once for all runs, not once for each.
      FROM (SELECT * FROM told AS o
             WHERE o.bytes <= openlineage.api_byte_budget()
             ORDER BY o.run_id, o.name COLLATE "C") AS t
     GROUP BY t.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.run_facets(uuid[]) IS
    'The facets of these runs themselves. No row for a run without any. From facet.';

CREATE FUNCTION openlineage.run_json(ids uuid[]) RETURNS TABLE (run_id uuid, object json)
    LANGUAGE c STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_run_json';
COMMENT ON FUNCTION openlineage.run_json(uuid[]) IS
    'These runs as the Marquez API shows them, one row for each that the caller may see. From run, run_io, dataset_version, job_version and facet.';

-- The order of every list of runs; run_started_idx has it.
CREATE FUNCTION openlineage.job_runs(ids int[], max_rows int, skip_rows int DEFAULT 0)
    RETURNS TABLE (job_id int, run_id uuid, ordinal bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT j.id, l.id, l.ordinal
      FROM unnest(ids) AS j (id)
     CROSS JOIN LATERAL (
               SELECT r.id,
                      row_number() OVER (ORDER BY COALESCE(r.start_time, r.running_time) DESC NULLS LAST,
                                                  r.created_at DESC, r.id) AS ordinal
                 FROM openlineage.run AS r
                WHERE r.job_id = j.id
                ORDER BY COALESCE(r.start_time, r.running_time) DESC NULLS LAST, r.created_at DESC, r.id
                LIMIT max_rows OFFSET skip_rows) AS l;
END
$$;
COMMENT ON FUNCTION openlineage.job_runs(int[], int, int) IS
    'Up to max_rows runs of each of these jobs, after skip_rows of them, latest start first, with their place in that order.';

CREATE FUNCTION openlineage.api_run(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  uuid := openlineage.api_uuid(path[1]);
    answer  json;
BEGIN
    SELECT r.object INTO answer
      FROM openlineage.run_json(ARRAY[wanted]) AS r;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Run ''%'' not found.', wanted USING ERRCODE = 'OL404';
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION openlineage.api_run(text[], json) IS
    'GET /jobs/runs/{id}. Raises OL404 when it is no UUID or unknown. From run.';

CREATE FUNCTION openlineage.api_job_runs(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    wanted     int := openlineage.api_job_id(path[1], path[2]);
    page       uuid[];
BEGIN
    SELECT array_agg(r.run_id ORDER BY r.ordinal) INTO page
      FROM openlineage.job_runs(ARRAY[wanted], max_rows, skip_rows) AS r;
    RETURN json_build_object(
               'runs', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.run_id)), '[]')
                          FROM openlineage.run_json(page) AS o),
               'totalCount', (SELECT count(*) FROM openlineage.run AS r WHERE r.job_id = wanted));
END
$$;
COMMENT ON FUNCTION openlineage.api_job_runs(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}/runs. Query: limit (100, at most 1000), offset (0). Latest start first. Raises OL404 when namespace or job is unknown. From run.';
-- Namespaces and tags.

CREATE FUNCTION openlineage.namespace_json(n openlineage.namespace) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object(
               'name', n.name,
               'createdAt', openlineage.iso_time(n.created_at),
               'updatedAt', openlineage.iso_time(n.updated_at),
               'ownerName', n.owner_name,
               'description', n.description,
               'isHidden', n.is_hidden)
    $$;
COMMENT ON FUNCTION openlineage.namespace_json(openlineage.namespace) IS
    'A namespace as the Marquez API shows it.';

CREATE FUNCTION openlineage.api_namespaces(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
BEGIN
    RETURN json_build_object('namespaces', COALESCE(json_agg(openlineage.namespace_json(p.n)
                                                             ORDER BY left((p.n).name, 256) COLLATE "C", (p.n).name_hash),
                                                    '[]'))
      FROM (SELECT n
              FROM openlineage.namespace AS n
             ORDER BY left(n.name, 256) COLLATE "C", n.name_hash
             LIMIT max_rows OFFSET skip_rows) AS p (n);
END
$$;
COMMENT ON FUNCTION openlineage.api_namespaces(text[], json) IS
    'GET /namespaces. Query: limit (100, at most 1000), offset (0). By name. Raises OL400 and OL404 for bad numbers. From namespace.';

CREATE FUNCTION openlineage.api_namespace(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int := openlineage.api_namespace_id(path[1]);
BEGIN
    RETURN openlineage.namespace_json(n)
      FROM openlineage.namespace AS n
     WHERE n.id = found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_namespace(text[], json) IS
    'GET /namespaces/{namespace}. Raises OL404 when it is unknown. From namespace.';

-- From one tag to the next in the index: the cost is that of the tags, not of what is tagged.
CREATE FUNCTION openlineage.tags_in_use() RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE used (tag_key) AS (
        (SELECT a.tag_key FROM openlineage.tag_assignment AS a ORDER BY a.tag_key LIMIT 1)
        UNION ALL
        SELECT n.tag_key
          FROM used AS u
         CROSS JOIN LATERAL (SELECT a.tag_key
                               FROM openlineage.tag_assignment AS a
                              WHERE a.tag_key > u.tag_key
                              ORDER BY a.tag_key
                              LIMIT 1) AS n
    )
    SELECT u.tag_key::text FROM used AS u WHERE length(u.tag_key) < 256
    UNION
    SELECT a.tag
      FROM used AS u
      JOIN openlineage.tag_assignment AS a ON a.tag_key = u.tag_key
     WHERE length(u.tag_key) = 256;
END
$$;
COMMENT ON FUNCTION openlineage.tags_in_use() IS 'Every tag that a tags facet puts on something, once.';

CREATE FUNCTION openlineage.api_tags(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
BEGIN
    RETURN json_build_object('tags', COALESCE(json_agg(json_build_object('name', p.name, 'description', p.description)
                                                       ORDER BY p.name COLLATE "C"),
                                              '[]'))
      FROM (SELECT k.name, t.description
              FROM (SELECT v.name FROM openlineage.tag AS v
                    UNION
                    SELECT u.tag FROM openlineage.tags_in_use() AS u (tag)
                    UNION
                    SELECT s.tag FROM openlineage.tag_statement AS s WHERE s.is_set) AS k (name)
              LEFT JOIN openlineage.tag AS t ON t.name_hash = openlineage.hash128(k.name)
             ORDER BY k.name COLLATE "C"
             LIMIT max_rows OFFSET skip_rows) AS p;
END
$$;
COMMENT ON FUNCTION openlineage.api_tags(text[], json) IS
    'GET /tags. Query: limit (100, at most 1000), offset (0). By name: the vocabulary and what is in use. Raises OL400 and OL404 for bad numbers. From tag, tag_assignment and tag_statement.';
-- Datasets.
--
-- Ids may be those of aliases: an object then carries the name that was asked
-- for, and everything else of the dataset that stands behind it.

CREATE FUNCTION openlineage.field_tags(ids int[]) RETURNS TABLE (node_id int, field text, tags json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT t.node_id, t.field, json_agg(t.tag ORDER BY t.tag COLLATE "C")
      FROM openlineage.shown_tags(ids) AS t
     WHERE t.field <> ''
     GROUP BY t.node_id, t.field;
END
$$;
COMMENT ON FUNCTION openlineage.field_tags(int[]) IS
    'The tags of the columns of these datasets, as JSON arrays. No row for a column without tags.';

CREATE FUNCTION openlineage.dataset_fields(ids int[]) RETURNS TABLE (dataset_id int, fields json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH listed AS (
        SELECT f.node_id, t.list,
               sum(octet_length(t.list::text)) OVER (ORDER BY octet_length(t.list::text)) AS bytes
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = f.namespace_id
           AND c.hash = f.content_hash
          LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = f.node_id
          LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
          -- The facet may be that of who read some columns only; the current version has those that were written.
          LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
         CROSS JOIN LATERAL (SELECT COALESCE(s.fields, c.body -> 'fields')) AS t (list)
         WHERE f.node_id = ANY (ids)
           AND f.run_id IS NULL
           AND f.io IS NULL
           AND f.name = 'schema'
           AND NOT f.is_deleted
    )
    SELECT l.node_id,
           json_agg(json_build_object(
                        'name', e.item ->> 'name',
                        'type', e.item ->> 'type',
                        'tags', COALESCE(t.tags, '[]'),
                        'description', e.item ->> 'description')
                    ORDER BY e.ordinal)
      FROM listed AS l
     CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(l.list) = 'array' THEN l.list END)
                        WITH ORDINALITY AS e (item, ordinal)
      LEFT JOIN openlineage.field_tags(ids) AS t ON t.node_id = l.node_id AND t.field = e.item ->> 'name'
     WHERE l.bytes <= openlineage.api_byte_budget()
       AND json_typeof(e.item -> 'name') = 'string'
       AND e.item ->> 'name' <> ''
     GROUP BY l.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_fields(int[]) IS
    'The columns of these datasets, those of the current version or, where that tells none, of the current schema facet; top level only, with their tags. No row for a dataset without columns, or whose facet is deleted.';

-- Rows are taken by arrays of ids and joined by hash: where the planner expects
-- next to no edge, as after an ANALYZE of empty tables, it read every column of
-- a dataset against every other.
CREATE FUNCTION openlineage.dataset_column_lineage(ids int[]) RETURNS TABLE (dataset_id int, columns json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    AS $$
DECLARE
    field_ids  int[];
    node_ids   int[];
BEGIN
    SELECT array_agg(e.src) || array_agg(DISTINCT e.dst), array_agg(DISTINCT e.owner_id)
      INTO field_ids, node_ids
      FROM openlineage.column_edge AS e
     WHERE e.dataset_id = ANY (ids);
    node_ids := node_ids || ARRAY(SELECT DISTINCT f.dataset_id FROM openlineage.dataset_field AS f WHERE f.id = ANY (field_ids));
    RETURN QUERY
    WITH field AS MATERIALIZED (
        SELECT f.id, f.dataset_id, f.name FROM openlineage.dataset_field AS f WHERE f.id = ANY (field_ids) AND f.name <> ''
    ), home AS MATERIALIZED (
        SELECT n.id, n.name, s.name AS namespace
          FROM openlineage.node AS n
          JOIN openlineage.namespace AS s ON s.id = n.namespace_id
         WHERE n.id = ANY (node_ids)
    ), flow AS (
        SELECT DISTINCT ON (e.dst, e.src)
               e.dst, e.src, e.transformations -> 0 ->> 'type' AS type, e.transformations -> 0 ->> 'description' AS description
          FROM openlineage.column_edge AS e
          JOIN home AS o ON o.id = e.owner_id
         WHERE e.dataset_id = ANY (ids)
         ORDER BY e.dst, e.src, e.explicit, o.namespace COLLATE "C", o.name COLLATE "C"
    ), target AS (
        SELECT d.dataset_id, d.name,
               json_agg(json_build_object(
                            'namespace', n.namespace,
                            'dataset', n.name,
                            'field', c.name,
                            'transformationDescription', f.description,
                            'transformationType', f.type)
                        ORDER BY n.namespace COLLATE "C", n.name COLLATE "C", c.name COLLATE "C") AS inputs,
               array_agg(ARRAY[f.description, f.type]
                         ORDER BY n.namespace COLLATE "C", n.name COLLATE "C", c.name COLLATE "C") AS told
          FROM flow AS f
          JOIN field AS d ON d.id = f.dst
          JOIN field AS c ON c.id = f.src
          JOIN home AS n ON n.id = c.dataset_id
         GROUP BY d.id, d.dataset_id, d.name
    )
    SELECT t.dataset_id,
           json_agg(json_build_object(
                        'name', t.name,
                        'inputFields', t.inputs,
                        'transformationDescription', t.told[1][1],
                        'transformationType', t.told[1][2])
                    ORDER BY t.name COLLATE "C")
      FROM target AS t
     GROUP BY t.dataset_id;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_column_lineage(int[]) IS
    'Which columns the columns of these datasets come from; what holds for every column of a dataset is left out, as in Marquez. No row for a dataset without any.';

CREATE FUNCTION openlineage.deleted_datasets(ids int[]) RETURNS SETOF int
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT d.node_id
      FROM openlineage.dataset AS d
     WHERE d.node_id = ANY (ids)
       AND d.dropped_at IS NOT NULL
       AND NOT EXISTS (SELECT
                         FROM openlineage.run_io_time AS i
                         LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
                        WHERE i.dataset_id = d.node_id
                          AND i.io = 'output'
                          AND i.last_at > d.dropped_at
                          AND v.lifecycle_state IS DISTINCT FROM 'DROP')
       -- Of a DatasetEvent or a PUT there is what it told of the dataset, of a JobEvent that it declared to write it.
       AND NOT EXISTS (SELECT
                         FROM openlineage.dataset_version AS v
                        WHERE v.dataset_id = d.node_id
                          AND v.last_write_at > d.dropped_at
                          AND v.lifecycle_state IS DISTINCT FROM 'DROP')
       AND NOT EXISTS (SELECT
                         FROM openlineage.job_version AS j
                        WHERE j.declared_at > d.dropped_at
                          AND (j.inputs || j.outputs) && ARRAY[d.node_id]
                          AND d.node_id = ANY (j.outputs));
END
$$;
COMMENT ON FUNCTION openlineage.deleted_datasets(int[]) IS
    'Those of these datasets that were dropped and not written since: by a run, a JobEvent that has them as output, a DatasetEvent that tells columns, lifecycle or version, or a PUT.';

CREATE FUNCTION openlineage.dataset_parts(ids int[])
    RETURNS TABLE (
        node_id          int,          -- as asked for
        dataset_id       int,          -- what it stands for
        type             text,         -- DB_TABLE or STREAM
        namespace        text,         -- of the name asked for
        name             text,         -- as asked for
        physical_name    text,         -- as PUT, else name of the dataset itself
        created_at       text,         -- as served
        updated_at       text,         -- as served
        source_name      text,
        fields           json,         -- [] for none
        tags             json,         -- [] for none
        lifecycle_state  text,         -- of the current version: empty when its event told none, null after a PUT
        description      text,
        current_version  uuid,
        schema_location  text          -- as PUT
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    datasets  int[] := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = ANY (ids));
BEGIN
    RETURN QUERY
    SELECT n.id, d.node_id,
           CASE WHEN upper(d.type) IN ('STREAM', 'TOPIC') THEN 'STREAM' ELSE 'DB_TABLE' END,
           s.name, n.name, COALESCE(v.physical_name, c.name),
           openlineage.iso_time(d.created_at),
           openlineage.iso_time(COALESCE(a.updated_at, d.created_at)),
           COALESCE(d.source_name, 'default'),
           COALESCE(f.fields, '[]'), COALESCE(t.tags, '[]'),
           COALESCE(CASE WHEN v.id IS NULL THEN d.lifecycle_state ELSE v.lifecycle_state END, CASE WHEN v.physical_name IS NULL THEN '' END), d.description,
           openlineage.version_uuid('dataset', cs.name, c.name, COALESCE(v.content_hash, openlineage.hash128(''))),
           v.schema_location
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      JOIN openlineage.node AS c ON c.id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
      JOIN openlineage.namespace AS cs ON cs.id = c.namespace_id
      JOIN openlineage.dataset AS d ON d.node_id = c.id
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = d.node_id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.dataset_fields(datasets) AS f ON f.dataset_id = d.node_id
      LEFT JOIN openlineage.node_tags(datasets) AS t ON t.node_id = d.node_id
     WHERE n.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_parts(int[]) IS
    'The common parts of these datasets or aliases.';

-- Only streams have a schemaLocation, before the last key; what
-- json_build_object() wrote ends in a known way.
CREATE FUNCTION openlineage.stream_json(object json, schema_location text) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (left(t.body, -length(t.ending)) || '"schemaLocation" : ' || COALESCE(to_json(schema_location)::text, 'null')
            || ', ' || t.ending)::json
      FROM (SELECT object::text, substring(object::text FROM '"deleted" : (?:true|false)\}$')) AS t (body, ending)
    $$;
COMMENT ON FUNCTION openlineage.stream_json(json, text) IS
    'The object of a dataset with the key that the Marquez API adds for type STREAM.';

CREATE FUNCTION openlineage.dataset_json(ids int[]) RETURNS TABLE (node_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    datasets  int[] := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = ANY (ids));
BEGIN
    RETURN QUERY
    SELECT p.node_id,
           CASE WHEN p.type = 'STREAM' THEN openlineage.stream_json(o.object, p.schema_location) ELSE o.object END
      FROM openlineage.dataset_parts(ids) AS p
      LEFT JOIN openlineage.dataset_column_lineage(datasets) AS l ON l.dataset_id = p.dataset_id
      LEFT JOIN openlineage.node_facets(datasets) AS f ON f.node_id = p.dataset_id
      LEFT JOIN openlineage.deleted_datasets(datasets) AS x (id) ON x.id = p.dataset_id
     CROSS JOIN LATERAL (SELECT json_build_object(
               'id', json_build_object('namespace', p.namespace, 'name', p.name),
               'type', p.type,
               'name', p.name,
               'physicalName', p.physical_name,
               'createdAt', p.created_at,
               'updatedAt', p.updated_at,
               'namespace', p.namespace,
               'sourceName', p.source_name,
               'fields', p.fields,
               'tags', p.tags,
               'lastModifiedAt', NULL,
               'lastLifecycleState', p.lifecycle_state,
               'description', p.description,
               'currentVersion', p.current_version,
               'columnLineage', l.columns,
               'facets', COALESCE(f.facets, '{}'),
               'deleted', x.id IS NOT NULL)) AS o (object);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_json(int[]) IS
    'These datasets or aliases as the Marquez API shows them. From dataset, dataset_activity, facet, tag_assignment, tag_statement and column_edge.';

-- By name; names have no length limit, so the order is that of node_list_idx:
-- their first 256 characters, then their hash.
CREATE FUNCTION openlineage.api_datasets(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    home       int := openlineage.api_namespace_id(path[1]);
    page       int[];
BEGIN
    page := ARRAY(SELECT n.id
                    FROM openlineage.node AS n
                   WHERE n.namespace_id = home
                     AND n.kind = 'dataset'
                     AND n.job_id IS NULL
                     AND n.canonical_id IS NULL
                     AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = n.id)
                   ORDER BY left(n.name, 256) COLLATE "C", n.name_hash
                   LIMIT max_rows OFFSET skip_rows);
    RETURN json_build_object(
               'totalCount', openlineage.entity_total('dataset', ARRAY[home]),
               'datasets', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.node_id)), '[]')
                              FROM openlineage.dataset_json(page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.api_datasets(text[], json) IS
    'GET /namespaces/{namespace}/datasets. Query: limit (100, at most 1000), offset (0). By name, aliases left out. Raises OL404 when the namespace is unknown, OL400 and OL404 for bad numbers. From node and entity_count.';

CREATE FUNCTION openlineage.api_dataset_id(namespace text, name text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home      int := openlineage.api_namespace_id(namespace);
    found_id  int;
BEGIN
    SELECT n.id INTO found_id
      FROM openlineage.node AS n
      JOIN openlineage.dataset AS d ON d.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
     WHERE n.namespace_id = home
       AND n.kind = 'dataset'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(api_dataset_id.name)
       AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = d.node_id);
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'Dataset ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset_id(text, text) IS
    'The node of this name, which may be an alias. Raises OL404 when the namespace or the dataset is unknown or hidden, or stands for one that the caller may not see.';

CREATE FUNCTION openlineage.api_dataset(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.api_dataset_id(path[1], path[2]);
BEGIN
    RETURN o.object
      FROM openlineage.dataset_json(ARRAY[wanted]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset(text[], json) IS
    'GET /namespaces/{namespace}/datasets/{dataset}, also by an alias. Raises OL404 when the namespace or the dataset is unknown. From dataset.';
-- Jobs.

CREATE FUNCTION openlineage.find_job(namespace_id int, name text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int;
BEGIN
    SELECT COALESCE(n.canonical_id, n.id) INTO found_id
      FROM openlineage.node AS n
     WHERE n.namespace_id = find_job.namespace_id
       AND n.kind = 'job'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(find_job.name);
    IF found_id IS NOT NULL OR strpos(name, '.') = 0 OR length(name) > 4000 THEN
        RETURN found_id;
    END IF;
    -- parent.child, with dots in either: the shortest parent that fits.
    SELECT n.id INTO found_id
      FROM (SELECT string_agg(w.word, '.') OVER (ORDER BY w.ordinal) AS parent,
                   substr(find_job.name, sum(length(w.word) + 1) OVER (ORDER BY w.ordinal)::int + 1) AS child
              FROM unnest(string_to_array(find_job.name, '.')) WITH ORDINALITY AS w (word, ordinal)
             LIMIT 100) AS c
      JOIN openlineage.node AS n
        ON n.namespace_id = find_job.namespace_id
       AND n.kind = 'job'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(c.child)
      JOIN openlineage.job AS j ON j.node_id = n.id
      JOIN openlineage.node AS p ON p.id = j.parent_id AND p.name = c.parent
     ORDER BY length(c.parent)
     LIMIT 1;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.find_job(int, text) IS
    'The job of this name in a namespace, or of this name written as parent.child; null when there is none that the caller may see.';

CREATE FUNCTION openlineage.api_job_id(namespace text, name text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int := openlineage.find_job(openlineage.api_namespace_id(namespace), name);
BEGIN
    IF found_id IS NULL OR EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = found_id) THEN
        RAISE EXCEPTION 'Job ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_job_id(text, text) IS
    'The job of this name, or of this name written as parent.child. Raises OL404 when the namespace or the job is unknown or hidden.';

CREATE FUNCTION openlineage.job_io(ids int[]) RETURNS TABLE (job_id int, inputs json, outputs json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH member AS (
        SELECT k.id AS job_id, k.id FROM unnest(ids) AS k (id)
        UNION ALL
        SELECT n.job_id, n.id FROM openlineage.node AS n WHERE n.job_id = ANY (ids)
    ), touched AS (
        SELECT m.job_id, true AS is_input, e.src AS dataset_id
          FROM member AS m
          JOIN openlineage.edge AS e ON e.dst = m.id AND e.kind = 'data'
        UNION
        SELECT m.job_id, false, e.dst
          FROM member AS m
          JOIN openlineage.edge AS e ON e.src = m.id AND e.kind = 'data'
    )
    SELECT t.job_id,
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE t.is_input),
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE NOT t.is_input)
      FROM touched AS t
      JOIN openlineage.node AS n ON n.id = t.dataset_id AND n.kind = 'dataset'
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     GROUP BY t.job_id;
END
$$;
COMMENT ON FUNCTION openlineage.job_io(int[]) IS
    'What these jobs read and write by current edges, their steps included, as JSON arrays by namespace and name; null for none.';

CREATE FUNCTION openlineage.job_parts(ids int[], shown_as text DEFAULT NULL)
    RETURNS TABLE (
        job_id           int,          -- node of the job
        type             text,         -- BATCH, STREAM or SERVICE
        namespace        text,         -- of its name
        name             text,         -- its own, or as it was asked for
        simple_name      text,         -- without the parent's name before it
        parent_name      text,         -- null without a parent
        parent_uuid      uuid,         -- null without a parent
        created_at       text,         -- as served
        updated_at       text,         -- as served
        inputs           json,         -- [] for none
        outputs          json,         -- [] for none
        location         text,
        description      text,
        latest_run_id    uuid,         -- null when it never ran
        current_version  uuid          -- null before a run or JobEvent gave one
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT j.node_id, j.type, s.name, COALESCE(shown_as, n.name),
           CASE WHEN starts_with(n.name, p.name || '.') THEN substr(n.name, length(p.name) + 2) ELSE n.name END,
           p.name,
           openlineage.version_uuid('job-id', ps.name, p.name, openlineage.hash128('')),
           openlineage.iso_time(j.created_at),
           openlineage.iso_time(COALESCE(a.updated_at, j.created_at)),
           COALESCE(io.inputs, '[]'), COALESCE(io.outputs, '[]'),
           j.location, j.description, a.latest_run_id,
           openlineage.version_uuid('job', s.name, n.name, v.content_hash)
      FROM openlineage.job AS j
      JOIN openlineage.node AS n ON n.id = j.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.job_activity AS a ON a.node_id = j.node_id
      LEFT JOIN openlineage.job_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.node AS p ON p.id = j.parent_id
      LEFT JOIN openlineage.namespace AS ps ON ps.id = p.namespace_id
      LEFT JOIN openlineage.job_io(ids) AS io ON io.job_id = j.node_id
     WHERE j.node_id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.job_parts(int[], text) IS
    'The common parts of these jobs, under the name shown_as when that is given.';

CREATE FUNCTION openlineage.job_json(ids int[], shown_as text DEFAULT NULL) RETURNS TABLE (job_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH part AS MATERIALIZED (
        SELECT p.* FROM openlineage.job_parts(ids, shown_as) AS p
    ), recent AS MATERIALIZED (
        SELECT r.* FROM openlineage.job_runs(ids, 10) AS r
    ), run AS MATERIALIZED (
        SELECT o.*
          FROM openlineage.run_json(ARRAY(SELECT r.run_id FROM recent AS r
                                          UNION
                                          SELECT p.latest_run_id FROM part AS p)) AS o
    ), latest AS (
        SELECT r.job_id, json_agg(o.object ORDER BY r.ordinal) AS runs
          FROM recent AS r
          JOIN run AS o ON o.run_id = r.run_id
         GROUP BY r.job_id
    )
    SELECT p.job_id,
           json_build_object(
               'id', json_build_object('namespace', p.namespace, 'name', p.name),
               'type', p.type,
               'name', p.name,
               'simpleName', p.simple_name,
               'parentJobName', p.parent_name,
               'parentJobUuid', p.parent_uuid,
               'createdAt', p.created_at,
               'updatedAt', p.updated_at,
               'namespace', p.namespace,
               'inputs', p.inputs,
               'outputs', p.outputs,
               'location', p.location,
               'description', p.description,
               'latestRun', o.object,
               'latestRuns', l.runs,
               'facets', COALESCE(f.facets, '{}'),
               'currentVersion', p.current_version,
               'labels', '[]'::json,
               'tags', COALESCE(t.tags, '[]'))
      FROM part AS p
      LEFT JOIN run AS o ON o.run_id = p.latest_run_id
      LEFT JOIN latest AS l ON l.job_id = p.job_id
      LEFT JOIN openlineage.node_facets(ids) AS f ON f.node_id = p.job_id
      LEFT JOIN openlineage.node_tags(ids) AS t ON t.node_id = p.job_id;
END
$$;
COMMENT ON FUNCTION openlineage.job_json(int[], text) IS
    'These jobs as the Marquez API shows them, under the name shown_as when that is given. From job, job_activity, edge, run and facet.';

-- One ordered scan per state, each cut at the page, merged: an index serves
-- the order whatever states are asked for.  Jobs of one updated_at are in the
-- order of name_key, so that a load of thousands in one instant costs a page
-- too; names tell apart those few that agree in it.  Busy jobs, of which there
-- are no more than some thousand, are in no order and all looked at.
CREATE FUNCTION openlineage.job_candidates(home int, states text[], max_rows bigint)
    RETURNS TABLE (node_id int, updated_at timestamptz, name_key int)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  text[] := COALESCE(states, '{NEW,RUNNING,COMPLETED,ABORTED,FAILED,""}');
BEGIN
    IF home IS NULL THEN
        RETURN QUERY
        SELECT c.*
          FROM (SELECT l.*
                  FROM unnest(wanted) AS w (state)
                 CROSS JOIN LATERAL (SELECT a.node_id, a.updated_at, a.name_key
                                       FROM openlineage.job_activity AS a
                                      WHERE a.listed_state = w.state
                                        AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)
                                      ORDER BY a.listed_at DESC, a.name_key
                                      FETCH FIRST (max_rows) ROWS WITH TIES) AS l
                UNION ALL
                SELECT a.node_id, a.updated_at, a.name_key
                  FROM openlineage.job_activity AS a
                 WHERE a.listed_state = 'BUSY'
                   AND a.latest_state = ANY (wanted)
                   AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)) AS c
         ORDER BY c.updated_at DESC, c.name_key
         FETCH FIRST (max_rows) ROWS WITH TIES;
    ELSE
        RETURN QUERY
        SELECT c.*
          FROM (SELECT l.*
                  FROM unnest(wanted) AS w (state)
                 CROSS JOIN LATERAL (SELECT a.node_id, a.updated_at, a.name_key
                                       FROM openlineage.job_activity AS a
                                      WHERE a.namespace_id = home
                                        AND a.listed_state = w.state
                                        AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)
                                      ORDER BY a.listed_at DESC, a.name_key
                                      FETCH FIRST (max_rows) ROWS WITH TIES) AS l
                UNION ALL
                SELECT a.node_id, a.updated_at, a.name_key
                  FROM openlineage.job_activity AS a
                 WHERE a.namespace_id = home
                   AND a.listed_state = 'BUSY'
                   AND a.latest_state = ANY (wanted)
                   AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)) AS c
         ORDER BY c.updated_at DESC, c.name_key
         FETCH FIRST (max_rows) ROWS WITH TIES;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.job_candidates(int, text[], bigint) IS
    'The max_rows jobs updated last and all that tie with the last of them; of all namespaces where home is null, of all states of the latest run where states is null.';

CREATE FUNCTION openlineage.job_page(home int, states text[], max_rows int, skip_rows int)
    RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    page  int[];
BEGIN
    SELECT array_agg(p.node_id ORDER BY p.ordinal) INTO page
      FROM (SELECT c.node_id,
                   row_number() OVER (ORDER BY c.updated_at DESC, c.name_key, s.name COLLATE "C", n.name COLLATE "C") AS ordinal
              FROM openlineage.job_candidates(home, states, max_rows::bigint + skip_rows) AS c
              JOIN openlineage.node AS n ON n.id = c.node_id
              JOIN openlineage.namespace AS s ON s.id = n.namespace_id) AS p
     WHERE p.ordinal > skip_rows
       AND p.ordinal <= max_rows::bigint + skip_rows;
    RETURN page;
END
$$;
COMMENT ON FUNCTION openlineage.job_page(int, text[], int, int) IS
    'One page of jobs, last updated first, then by hash of the name; of all namespaces where home is null, of all states of the latest run where states is null.';

CREATE FUNCTION openlineage.job_list(home int, query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    states  text[] := openlineage.api_choice(query, 'lastRunStates',
                          '{NEW,RUNNING,COMPLETED,ABORTED,FAILED,OTHER}');
    page    int[] := openlineage.job_page(home, array_remove(states, 'OTHER'),
                          openlineage.api_limit(query), openlineage.api_number(query, 'offset', 0));
BEGIN
    RETURN json_build_object(
               'totalCount', openlineage.entity_total('job', CASE WHEN home IS NOT NULL THEN ARRAY[home] END),
               'jobs', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.job_id)), '[]')
                          FROM openlineage.job_json(page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.job_list(int, json) IS
    'The answer of both lists of jobs: of this namespace, or of all when null.';

CREATE FUNCTION openlineage.api_jobs(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.job_list(NULL, query)$$;
COMMENT ON FUNCTION openlineage.api_jobs(text[], json) IS
    'GET /jobs. Query: lastRunStates (repeatable), limit (100, at most 1000), offset (0). Last updated first; totalCount ignores lastRunStates. Raises 22023 for an unknown state, OL400 and OL404 for bad numbers. From job_activity.';

CREATE FUNCTION openlineage.api_namespace_jobs(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    -- No namespace has the id 0.
    SELECT openlineage.job_list(COALESCE((SELECT s.id
                                            FROM openlineage.namespace AS s
                                           WHERE s.name_hash = openlineage.readable_hash(path[1])), 0), query)
    $$;
COMMENT ON FUNCTION openlineage.api_namespace_jobs(text[], json) IS
    'GET /namespaces/{namespace}/jobs. Query and errors as GET /jobs; empty when the namespace is unknown. From job_activity.';

CREATE FUNCTION openlineage.api_job(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.api_job_id(path[1], path[2]);
BEGIN
    RETURN o.object
      FROM openlineage.job_json(ARRAY[wanted], path[2]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_job(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}, also by parent.child. Raises OL404 when the namespace or the job is unknown. From job.';
-- What stored events told: the facets of a run and of a dataset's past, which
-- the table facet, as it keeps the latest of each name, does not have.

CREATE FUNCTION openlineage.event_facets(body text,
        OUT entity text, OUT namespace text, OUT name text, OUT io text,
        OUT facet text, OUT content json, OUT is_deleted boolean)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_event_facets';
COMMENT ON FUNCTION openlineage.event_facets(text) IS
    'The facets of one event, cleaned as in facet_content: of what (run, job or dataset), its name (for a run that of its job), io for facets out of inputFacets and outputFacets. No rows for a text that is no event.';

CREATE FUNCTION openlineage.node_names(node_id int) RETURNS int[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT array_agg(n.id)
      FROM (SELECT $1 AS id
            UNION
            SELECT a.id FROM openlineage.node AS a WHERE a.canonical_id = $1) AS n
    $$;
COMMENT ON FUNCTION openlineage.node_names(int) IS
    'The nodes of all names of a dataset or job, its own included.';

CREATE FUNCTION openlineage.dataset_events(names int[], until timestamptz, max_rows int)
    RETURNS TABLE (event_time timestamptz, hash uuid, body text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT p.event_time, p.hash, openlineage.redact(e.body)
      FROM openlineage.dataset_keys('-infinity', until, NULL, NULL, names, false, max_rows, 0) AS p
      JOIN openlineage.event AS e ON e.event_time = p.event_time AND e.hash = p.hash
     -- What the sender had no right to say was not taken then and is not told now.
     WHERE NOT EXISTS (SELECT FROM openlineage.event_issue AS i
                        WHERE i.event_time = p.event_time AND i.event_hash = p.hash AND i.code = 'facets_denied')
     ORDER BY p.event_time DESC, p.hash DESC;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_events(int[], timestamptz, int) IS
    'The latest events before a time that name a dataset by one of these nodes, latest first.';

-- Where the facet that stands now came later, the events before are asked,
-- the latest first, as far back as 20: a run tells again what it knows.  One
-- that does not, a stream, told it together with what made the version.
CREATE FUNCTION openlineage.dataset_facets_until(dataset_id int, until timestamptz, seen_at timestamptz) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    names    int[] := openlineage.node_names(dataset_id);
    found    text[];
    bodies   json[];
    missing  text[];
    bound    timestamptz;
    event    record;
    told     record;
BEGIN
    WITH standing AS (
        SELECT DISTINCT ON (f.name) f.name, f.event_time, f.is_deleted OR f.is_hidden AS is_deleted, f.namespace_id, f.content_hash
          FROM openlineage.facet_time AS f
         WHERE f.node_id = dataset_facets_until.dataset_id
           AND f.run_id IS NULL
         ORDER BY f.name, f.event_time < until DESC, f.event_time DESC, f.event_hash DESC, f.io DESC NULLS FIRST
    )
    SELECT array_agg(s.name ORDER BY s.name) FILTER (WHERE s.event_time < until AND NOT s.is_deleted),
           array_agg(openlineage.redact(c.body) ORDER BY s.name) FILTER (WHERE s.event_time < until AND NOT s.is_deleted),
           array_agg(s.name) FILTER (WHERE s.event_time >= until)
      INTO found, bodies, missing
      FROM standing AS s
      JOIN openlineage.facet_content AS c ON c.namespace_id = s.namespace_id AND c.hash = s.content_hash;

    FOREACH bound IN ARRAY ARRAY[until, seen_at + interval '1 microsecond'] LOOP
        EXIT WHEN missing IS NULL OR missing = '{}';
        FOR event IN SELECT e.body FROM openlineage.dataset_events(names, bound, 20) AS e LOOP
            FOR told IN
                SELECT DISTINCT ON (f.facet) f.facet, f.content, f.is_deleted
                  FROM openlineage.event_facets(event.body) AS f
                  JOIN openlineage.namespace AS s ON s.name_hash = openlineage.hash128(f.namespace)
                  JOIN openlineage.node AS n ON n.namespace_id = s.id AND n.name_hash = openlineage.hash128(f.name)
                 WHERE f.entity = 'dataset'
                   AND f.facet = ANY (missing)
                   AND n.id = ANY (names)
                 ORDER BY f.facet, f.io NULLS FIRST, openlineage.hash128(f.content::text) DESC
            LOOP
                IF NOT told.is_deleted THEN
                    found := found || told.facet;
                    bodies := bodies || told.content;
                END IF;
                missing := array_remove(missing, told.facet);
            END LOOP;
            EXIT WHEN missing = '{}';
        END LOOP;
    END LOOP;
    RETURN COALESCE((SELECT json_object_agg(u.name, u.body ORDER BY u.name COLLATE "C")
                       FROM unnest(found, bodies) AS u (name, body)
                      WHERE u.body IS NOT NULL), '{}');
END
$$;
COMMENT ON FUNCTION openlineage.dataset_facets_until(int, timestamptz, timestamptz) IS
    'The facets of a dataset as told before a time: per name the latest, unless that deletes it. From facet, and where that is later from the last 20 events before, or before the version was last told, at seen_at.';

-- Which runs a person looks at are short: those that are not, streams, tell
-- much with their START alone and the rest again in their latest events.
CREATE FUNCTION openlineage.run_events(run_id uuid)
    RETURNS TABLE (event_time timestamptz, hash uuid, body text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT e.event_time, e.hash, openlineage.redact(e.body)
      FROM (SELECT l.* FROM openlineage.event_keys('-infinity', 'infinity', NULL, run_events.run_id, NULL, NULL, false, 100, 0) AS l
            UNION
            SELECT f.* FROM openlineage.event_keys('-infinity', 'infinity', NULL, run_events.run_id, NULL, NULL, true, 20, 0) AS f) AS k
      JOIN openlineage.event AS e ON e.event_time = k.event_time AND e.hash = k.hash
     ORDER BY e.event_time DESC, e.hash DESC;
END
$$;
COMMENT ON FUNCTION openlineage.run_events(uuid) IS
    'The first 20 and the latest 100 events that producers sent of a run, latest first.';

CREATE FUNCTION openlineage.run_told(run_id uuid)
    RETURNS TABLE (entity text, namespace text, name text, facet text, content json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH latest AS (
        SELECT DISTINCT ON (f.entity, CASE WHEN f.entity = 'dataset' THEN f.namespace END,
                            CASE WHEN f.entity = 'dataset' THEN f.name END, f.facet)
               f.entity, f.namespace, f.name, f.facet, f.content, f.is_deleted
          FROM openlineage.run_events(run_told.run_id) AS e
         CROSS JOIN LATERAL openlineage.event_facets(e.body) AS f
         WHERE f.entity <> 'dataset'
            OR NOT EXISTS (SELECT FROM openlineage.event_issue AS i
                            WHERE i.event_time = e.event_time AND i.event_hash = e.hash AND i.code = 'facets_denied')
         ORDER BY f.entity, CASE WHEN f.entity = 'dataset' THEN f.namespace END,
                  CASE WHEN f.entity = 'dataset' THEN f.name END, f.facet,
                  e.event_time DESC, e.hash DESC, f.io NULLS FIRST, openlineage.hash128(f.content::text) DESC
    ), sized AS (
        SELECT l.*, sum(octet_length(l.content::text)) OVER (ORDER BY octet_length(l.content::text)) AS bytes
          FROM latest AS l
         WHERE NOT l.is_deleted
    )
    SELECT s.entity, s.namespace, s.name, s.facet, s.content
      FROM sized AS s
     WHERE s.bytes <= openlineage.api_byte_budget();
END
$$;
COMMENT ON FUNCTION openlineage.run_told(uuid) IS
    'The facets that the first 20 and the last 100 events of a run told of it, of its job and of its datasets: per name the latest, unless that deletes it.';

CREATE FUNCTION openlineage.api_run_facets(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  uuid := openlineage.api_uuid(path[1]);
    types   text[] := openlineage.api_choice(query, 'type', '{RUN,JOB,DATASET}');
    answer  json;
BEGIN
    IF types IS NULL THEN
        RAISE EXCEPTION 'query param type must not be null' USING ERRCODE = 'OL400';
    END IF;
    IF NOT EXISTS (SELECT FROM openlineage.run AS r WHERE r.id = wanted) THEN
        RAISE EXCEPTION 'Run ''%'' not found.', wanted USING ERRCODE = 'OL404';
    END IF;
    IF types[1] = 'RUN' THEN
        SELECT f.facets INTO answer FROM openlineage.run_facets(ARRAY[wanted]) AS f;
    ELSIF types[1] = 'JOB' THEN
        SELECT json_object_agg(t.facet, t.content ORDER BY t.facet COLLATE "C")
          INTO answer
          FROM openlineage.run_told(wanted) AS t
         WHERE t.entity = 'job';
    ELSE
        SELECT json_object_agg(d.label, d.facets ORDER BY d.label COLLATE "C")
          INTO answer
          FROM (SELECT 'dataset:' || t.namespace || ':' || t.name AS label,
                       json_object_agg(t.facet, t.content ORDER BY t.facet COLLATE "C") AS facets
                  FROM openlineage.run_told(wanted) AS t
                  JOIN openlineage.namespace AS s ON s.name_hash = openlineage.hash128(t.namespace)
                 WHERE t.entity = 'dataset'
                 GROUP BY t.namespace, t.name) AS d;
    END IF;
    RETURN json_build_object('runId', wanted, 'facets', COALESCE(answer, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_run_facets(text[], json) IS
    'GET /jobs/runs/{id}/facets. Query: type (required: run, job or dataset, in either case). Of a run its own facets; of its job, and of its datasets by node id, what the events of this run told. Raises OL404 when the id is no UUID or unknown, OL400 when type is missing, 22023 when it is none of the three. From facet and event.';
-- Versions of datasets and of jobs.
--
-- A dataset version is content: its own columns, source and lifecycle state
-- are stored, everything else about it is what was told until the next
-- version took over.  Only what Marquez, too, does not keep per version is of
-- today: type, tags and description.

CREATE FUNCTION openlineage.versions_until(ids bigint[]) RETURNS TABLE (version_id bigint, until timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT v.id,
           CASE WHEN v.id <> c.id THEN
               least((SELECT min(w.created_at)
                        FROM openlineage.dataset_version AS w
                       WHERE w.dataset_id = v.dataset_id
                         AND w.created_at > v.last_seen_at),
                     CASE WHEN c.last_seen_at > v.last_seen_at THEN c.last_seen_at END) END
      FROM openlineage.dataset_version AS v
      JOIN openlineage.dataset_activity AS a ON a.node_id = v.dataset_id
      JOIN openlineage.dataset_version AS c ON c.id = a.current_version_id
     WHERE v.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.versions_until(bigint[]) IS
    'Since when these dataset versions are past: the time another one came after they were last seen; null for one that is not past.';

CREATE FUNCTION openlineage.version_facets(ids bigint[]) RETURNS TABLE (version_id bigint, facets json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version  record;
    bytes    bigint := 0;
BEGIN
    FOR version IN
        SELECT v.id, v.dataset_id, v.last_seen_at, u.until
          FROM openlineage.versions_until(ids) AS u
          JOIN openlineage.dataset_version AS v ON v.id = u.version_id
         ORDER BY v.created_at DESC, v.content_hash
    LOOP
        version_id := version.id;
        IF version.until IS NULL THEN
            facets := (SELECT f.facets FROM openlineage.node_facets(ARRAY[version.dataset_id]) AS f);
        ELSE
            facets := openlineage.dataset_facets_until(version.dataset_id, version.until, version.last_seen_at);
        END IF;
        bytes := bytes + COALESCE(octet_length(facets::text), 0);
        EXIT WHEN bytes > openlineage.api_byte_budget();
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.version_facets(bigint[]) IS
    'The facets of these dataset versions: of each dataset as told until the version was past. No row beyond what one answer shows.';

CREATE FUNCTION openlineage.version_fields(ids bigint[]) RETURNS TABLE (version_id bigint, fields json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH listed AS MATERIALIZED (
        SELECT v.id, v.dataset_id, s.fields AS list
          FROM openlineage.dataset_version AS v
          JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
         WHERE v.id = ANY (ids)
    )
    SELECT l.id,
           json_agg(json_build_object(
                        'name', e.item ->> 'name',
                        'type', e.item ->> 'type',
                        'tags', COALESCE(t.tags, '[]'),
                        'description', e.item ->> 'description')
                    ORDER BY e.ordinal)
      FROM listed AS l
     CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(l.list) = 'array' THEN l.list END)
                        WITH ORDINALITY AS e (item, ordinal)
      LEFT JOIN openlineage.field_tags(ARRAY(SELECT DISTINCT d.dataset_id FROM listed AS d)) AS t
        ON t.node_id = l.dataset_id AND t.field = e.item ->> 'name'
     WHERE json_typeof(e.item -> 'name') = 'string'
       AND e.item ->> 'name' <> ''
     GROUP BY l.id;
END
$$;
COMMENT ON FUNCTION openlineage.version_fields(bigint[]) IS
    'The columns that these dataset versions were told with, top level only, with the tags they have now. No row for a version told without columns.';

CREATE FUNCTION openlineage.listed_fields(dataset_id int, list json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object(
                                'name', e.item ->> 'name',
                                'type', e.item ->> 'type',
                                'tags', COALESCE(t.tags, '[]'),
                                'description', e.item ->> 'description')
                            ORDER BY e.ordinal)
              FROM json_array_elements(CASE WHEN json_typeof(list) = 'array' THEN list END) WITH ORDINALITY AS e (item, ordinal)
              LEFT JOIN openlineage.field_tags(ARRAY[dataset_id]) AS t ON t.field = e.item ->> 'name'
             WHERE json_typeof(e.item -> 'name') = 'string'
               AND e.item ->> 'name' <> '');
END
$$;
COMMENT ON FUNCTION openlineage.listed_fields(int, json) IS
    'The columns that a schema facet of a dataset lists, top level only, with the tags they have now; null for none.';

-- Index order, so that of a dataset that many runs wrote only the first is read.
CREATE FUNCTION openlineage.first_writer(dataset_id int) RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (SELECT i.run_id
              FROM openlineage.run_io AS i
             WHERE i.dataset_id = first_writer.dataset_id
               AND i.io = 'output'
             ORDER BY i.first_at, i.run_id
             LIMIT 1);
END
$$;
COMMENT ON FUNCTION openlineage.first_writer(int) IS
    'The run that wrote a dataset first by event time; null for none.';

-- A dataset nobody told columns, lifecycle or version of has one version all
-- the same, that of the currentVersion it shows: id 0 stands for it.
CREATE FUNCTION openlineage.dataset_version_json(asked_for int, ids bigint[])
    RETURNS TABLE (version_id bigint, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    dataset    int := (SELECT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = asked_for);
    latest     bigint := (SELECT a.current_version_id FROM openlineage.dataset_activity AS a WHERE a.node_id = dataset);
    first_run  uuid := openlineage.first_writer(dataset);
BEGIN
    RETURN QUERY
    -- What was never told with a write is of the first run that wrote the dataset at all.
    WITH asked AS MATERIALIZED (
        SELECT k.id,
               CASE WHEN k.id = 0 OR k.id = latest AND v.first_write_at IS NULL THEN first_run ELSE v.created_by_run END AS run_id
          FROM unnest(ids) AS k (id)
          LEFT JOIN openlineage.dataset_version AS v ON v.id = k.id
    )
    SELECT k.id,
           CASE WHEN p.type = 'STREAM'
                THEN (left(o.object::text, -1) || ', "schemaLocation" : '
                      || COALESCE(to_json(v.schema_location)::text, 'null') || '}')::json
                ELSE o.object END
      FROM openlineage.dataset_parts(ARRAY[asked_for]) AS p
      JOIN openlineage.dataset AS d ON d.node_id = p.dataset_id
      JOIN openlineage.node AS n ON n.id = d.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN asked AS k
      LEFT JOIN openlineage.dataset_version AS v ON v.id = k.id
      LEFT JOIN openlineage.version_fields(ids) AS c ON c.version_id = k.id
      LEFT JOIN openlineage.version_facets(ids) AS f ON f.version_id = k.id
      LEFT JOIN openlineage.node_facets(CASE WHEN ids = '{0}' THEN ARRAY[p.dataset_id] END) AS w ON k.id = 0
      LEFT JOIN openlineage.run_json(ARRAY(SELECT DISTINCT x.run_id FROM asked AS x WHERE x.run_id IS NOT NULL)) AS r
        ON r.run_id = k.run_id
     CROSS JOIN LATERAL (SELECT json_build_object(
               'id', json_build_object('namespace', p.namespace, 'name', p.name),
               'type', p.type,
               'name', p.name,
               'physicalName', CASE WHEN v.id IS NULL THEN p.physical_name ELSE COALESCE(v.physical_name, n.name) END,
               'createdAt', openlineage.iso_time(COALESCE(v.created_at, d.created_at)),
               'version', openlineage.version_uuid('dataset', s.name, n.name,
                                                   COALESCE(v.content_hash, openlineage.hash128(''))),
               'namespace', p.namespace,
               'sourceName', COALESCE(v.source_name, p.source_name),
               'fields', COALESCE(c.fields,
                                  CASE WHEN v.schema_hash IS NULL
                                       THEN CASE WHEN v.id IS NULL OR v.id = latest THEN p.fields
                                                 ELSE openlineage.listed_fields(dataset, f.facets #> '{schema,fields}') END END,
                                  '[]'),
               'tags', p.tags,
               'lifecycleState', COALESCE(v.lifecycle_state, CASE WHEN v.physical_name IS NULL THEN '' END),
               'description', p.description,
               'currentSchemaVersion', openlineage.version_uuid('schema', s.name, n.name,
                                                                COALESCE(v.schema_hash, openlineage.hash128(''))),
               'createdByRun', r.object,
               'facets', COALESCE(f.facets, w.facets, '{}'))) AS o (object);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_version_json(int, bigint[]) IS
    'These versions of a dataset, under the name asked for, as the Marquez API shows them; 0 is the version of a dataset without any. From dataset_version, dataset_schema, run, facet and event.';

CREATE FUNCTION openlineage.api_dataset_versions(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    wanted     int := openlineage.api_dataset_id(path[1], path[2]);
    dataset    int := (SELECT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = wanted);
    total      bigint := (SELECT count(*) FROM openlineage.dataset_version AS v WHERE v.dataset_id = dataset);
    latest     bigint;
    ahead      int;
    page       bigint[];
BEGIN
    IF total = 0 THEN
        total := 1;
        page := CASE WHEN skip_rows = 0 AND max_rows > 0 THEN '{0}'::bigint[] END;
    ELSE
        -- The current one apart, so that the others come from dataset_version_list_idx, however many there are.
        SELECT v.id INTO latest
          FROM openlineage.dataset_activity AS a
          JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
         WHERE a.node_id = dataset;
        ahead := CASE WHEN latest IS NULL THEN 0 ELSE 1 END;
        page := ARRAY(SELECT v.id
                        FROM openlineage.dataset_version AS v
                       WHERE v.dataset_id = dataset
                         AND v.id IS DISTINCT FROM latest
                       ORDER BY v.created_at DESC, v.content_hash
                       LIMIT GREATEST(max_rows - CASE WHEN skip_rows = 0 THEN ahead ELSE 0 END, 0)
                      OFFSET GREATEST(skip_rows - ahead, 0));
        IF skip_rows = 0 AND max_rows > 0 AND ahead = 1 THEN
            page := latest || page;
        END IF;
    END IF;
    RETURN json_build_object(
               'versions', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.version_id)), '[]')
                              FROM openlineage.dataset_version_json(wanted, page) AS o),
               'totalCount', total);
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset_versions(text[], json) IS
    'GET /namespaces/{namespace}/datasets/{dataset}/versions, also by an alias. Query: limit (100, at most 1000), offset (0). The current one first, then the latest creation. Raises OL404 when namespace or dataset is unknown, OL400 and OL404 for bad numbers. From dataset_version.';

CREATE FUNCTION openlineage.api_dataset_version(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version  uuid := openlineage.api_uuid(path[3]);
    wanted   int := openlineage.api_dataset_id(path[1], path[2]);
    found    bigint;
BEGIN
    SELECT COALESCE(v.id, 0) INTO found
      FROM openlineage.node AS a
      JOIN openlineage.node AS n ON n.id = CASE WHEN a.canonical_id IS NULL THEN a.id ELSE a.canonical_id END
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.dataset_version AS v ON v.dataset_id = n.id
     WHERE a.id = wanted
       AND openlineage.version_uuid('dataset', s.name, n.name,
                                    COALESCE(v.content_hash, openlineage.hash128(''))) = version;
    IF found IS NULL THEN
        RAISE EXCEPTION 'Dataset version ''%'' not found.', version USING ERRCODE = 'OL404';
    END IF;
    RETURN o.object
      FROM openlineage.dataset_version_json(wanted, ARRAY[found]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset_version(text[], json) IS
    'GET /namespaces/{namespace}/datasets/{dataset}/versions/{version}. Raises OL404 when the version is no UUID, or when it, the namespace or the dataset is unknown. From dataset_version.';

-- Versions that no run points to any more and nobody declared do not count.
CREATE FUNCTION openlineage.job_version_list(job_id int)
    RETURNS TABLE (version_id bigint, created_at timestamptz, content_hash uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT v.id, least(v.first_declared_at, r.created_at), v.content_hash
      FROM openlineage.job_version AS v
      LEFT JOIN LATERAL (SELECT min(x.created_at) AS created_at
                           FROM openlineage.run AS x
                          WHERE x.job_version_id = v.id) AS r ON true
     WHERE v.job_id = job_version_list.job_id
       AND least(v.first_declared_at, r.created_at) IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.job_version_list(int) IS
    'The versions of a job with the time of the first run or JobEvent that told them.';

CREATE FUNCTION openlineage.job_version_io(ids bigint[]) RETURNS TABLE (version_id bigint, inputs json, outputs json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT v.id,
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE i.is_input),
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE NOT i.is_input)
      FROM openlineage.job_version AS v
     CROSS JOIN LATERAL (SELECT true, unnest(v.inputs)
                         UNION ALL
                         SELECT false, unnest(v.outputs)) AS i (is_input, id)
      JOIN openlineage.node AS n ON n.id = i.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE v.id = ANY (ids)
     GROUP BY v.id;
END
$$;
COMMENT ON FUNCTION openlineage.job_version_io(bigint[]) IS
    'What these job versions read and write, as JSON arrays by namespace and name; null for none. No row for a version without datasets.';

CREATE FUNCTION openlineage.job_version_json(job_id int, shown_as text, ids bigint[])
    RETURNS TABLE (version_id bigint, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH latest AS MATERIALIZED (
        SELECT k.id, (SELECT r.id
                        FROM openlineage.run AS r
                       WHERE r.job_version_id = k.id
                       ORDER BY r.created_at DESC, r.id
                       LIMIT 1) AS run_id
          FROM unnest(ids) AS k (id)
    )
    SELECT v.id,
           json_build_object(
               'id', json_build_object('namespace', s.name, 'name', shown_as, 'version', u.uuid),
               'name', shown_as,
               'createdAt', openlineage.iso_time(t.created_at),
               'version', u.uuid,
               'namespace', s.name,
               'location', v.location,
               'inputs', COALESCE(i.inputs, '[]'),
               'outputs', COALESCE(i.outputs, '[]'),
               'latestRun', r.object)
      FROM openlineage.job_version AS v
      JOIN openlineage.job_version_list(job_version_json.job_id) AS t ON t.version_id = v.id
      JOIN openlineage.node AS n ON n.id = v.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN LATERAL (SELECT openlineage.version_uuid('job', s.name, n.name, v.content_hash)) AS u (uuid)
      JOIN latest AS l ON l.id = v.id
      LEFT JOIN openlineage.job_version_io(ids) AS i ON i.version_id = v.id
      LEFT JOIN openlineage.run_json(ARRAY(SELECT w.run_id FROM latest AS w WHERE w.run_id IS NOT NULL)) AS r
        ON r.run_id = l.run_id
     WHERE v.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.job_version_json(int, text, bigint[]) IS
    'These versions of a job, under the name shown_as, as the Marquez API shows them. From job_version and run.';

CREATE FUNCTION openlineage.api_job_versions(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    wanted     int := openlineage.api_job_id(path[1], path[2]);
    page       bigint[] := ARRAY(SELECT v.version_id
                                   FROM openlineage.job_version_list(wanted) AS v
                                   LEFT JOIN openlineage.job_activity AS a ON a.node_id = wanted AND a.current_version_id = v.version_id
                                  ORDER BY a.node_id IS NULL, v.created_at DESC, v.content_hash
                                  LIMIT max_rows OFFSET skip_rows);
BEGIN
    RETURN json_build_object(
               'versions', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.version_id)), '[]')
                              FROM openlineage.job_version_json(wanted, path[2], page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.api_job_versions(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}/versions. Query: limit (100, at most 1000), offset (0). The current one first, then the latest creation. Raises OL404 when namespace or job is unknown, OL400 and OL404 for bad numbers. From job_version.';

CREATE FUNCTION openlineage.api_job_version(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version  uuid := openlineage.api_uuid(path[3]);
    wanted   int := openlineage.api_job_id(path[1], path[2]);
    found    bigint;
BEGIN
    SELECT v.version_id INTO found
      FROM openlineage.job_version_list(wanted) AS v
      JOIN openlineage.node AS n ON n.id = wanted
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE openlineage.version_uuid('job', s.name, n.name, v.content_hash) = version;
    IF found IS NULL THEN
        RAISE EXCEPTION 'Job version ''%'' not found.', version USING ERRCODE = 'OL404';
    END IF;
    RETURN o.object
      FROM openlineage.job_version_json(wanted, path[2], ARRAY[found]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_job_version(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}/versions/{version}. Raises OL404 when the version is no UUID, or when it, the namespace or the job is unknown. From job_version.';
-- Counts over time, for dashboards: hours of the last day, days of the last
-- week.  Days are those of the caller's time zone and may have 23 or 25 hours.

-- PostgreSQL takes POSIX rules such as FOO5 for zones; with a digit in it a
-- name has to be in the list.
CREATE FUNCTION openlineage.api_zone(query json) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    zone  text := btrim(openlineage.api_text(query, 'timezone'));
BEGIN
    IF zone IS NULL THEN
        RETURN NULL;
    END IF;
    IF zone ~ '^[A-Za-z_+/0-9-]+$' AND (zone !~ '[0-9]' OR EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = zone)) THEN
        BEGIN
            PERFORM statement_timestamp() AT TIME ZONE zone;
            RETURN zone;
        EXCEPTION WHEN invalid_parameter_value THEN
            NULL;  -- the error below
        END;
    END IF;
    RAISE EXCEPTION 'query param timezone must be the name of a time zone' USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION openlineage.api_zone(json) IS
    'The query parameter timezone; null when it is missing. Raises 22023 when it names no time zone.';

CREATE FUNCTION openlineage.stats_intervals(period text, zone text, at timestamptz)
    RETURNS TABLE (ordinal int, starts timestamptz, ends timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 24
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    hour   timestamptz := date_trunc('hour', at, 'UTC');
    today  timestamp;
BEGIN
    IF period = 'DAY' THEN
        RETURN QUERY
        SELECT n, hour + make_interval(hours => n - 24), hour + make_interval(hours => n - 23)
          FROM generate_series(1, 24) AS n;
    ELSE
        today := date_trunc('day', at AT TIME ZONE zone);
        RETURN QUERY
        SELECT n, (today + make_interval(days => n - 7)) AT TIME ZONE zone,
                  (today + make_interval(days => n - 6)) AT TIME ZONE zone
          FROM generate_series(1, 7) AS n;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.stats_intervals(text, text, timestamptz) IS
    'The 24 hours, aligned in UTC, that end with the one of a time (period DAY), or the 7 days of a zone that end with the day of that time (WEEK); oldest first.';

CREATE FUNCTION openlineage.api_stats_intervals(query json)
    RETURNS TABLE (ordinal int, starts timestamptz, ends timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 24
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    period  text[] := openlineage.api_choice(query, 'period', '{DAY,WEEK}');
    zone    text := openlineage.api_zone(query);
BEGIN
    IF period IS NULL THEN
        RAISE EXCEPTION 'query param period must not be null' USING ERRCODE = 'OL400';
    ELSIF period[1] = 'WEEK' AND zone IS NULL THEN
        RAISE EXCEPTION 'Timezone must be specified for period ''WEEK''' USING ERRCODE = 'OL400';
    END IF;
    RETURN QUERY SELECT i.* FROM openlineage.stats_intervals(period[1], zone, statement_timestamp()) AS i;
END
$$;
COMMENT ON FUNCTION openlineage.api_stats_intervals(json) IS
    'The intervals that the query parameters period (DAY or WEEK) and timezone ask for, up to now. Raises OL400 when period is missing, or timezone for WEEK, and 22023 when one of them is unknown.';

-- Whole hours come from event_count.  Days of a zone that is not whole hours
-- away from UTC cut hours, whose events are counted.
CREATE FUNCTION openlineage.stats_events(starts timestamptz[], ends timestamptz[])
    RETURNS TABLE (ordinal int, type text, n bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH interval AS MATERIALIZED (
        SELECT i.ordinal::int, i.starts, i.ends,
               date_trunc('hour', i.starts + interval '1 hour' - interval '1 microsecond', 'UTC') AS first_hour,
               date_trunc('hour', i.ends, 'UTC') AS last_hour
          FROM unnest(stats_events.starts, stats_events.ends) WITH ORDINALITY AS i (starts, ends, ordinal)
    ), hour AS MATERIALIZED (
        SELECT c.hour, c.type, sum(c.n) AS n
          FROM openlineage.event_count AS c
         WHERE c.hour >= (SELECT min(i.first_hour) FROM interval AS i)
           AND c.hour < (SELECT max(i.last_hour) FROM interval AS i)
           AND c.kind = 'run'
         GROUP BY c.hour, c.type
    ), counted AS (
        SELECT i.ordinal, h.type, h.n
          FROM interval AS i
          JOIN hour AS h ON h.hour >= i.first_hour AND h.hour < i.last_hour
        UNION ALL
        SELECT i.ordinal, e.type, count(*)
          FROM interval AS i
         CROSS JOIN LATERAL (VALUES (i.starts, i.first_hour), (i.last_hour, i.ends)) AS p (starts, ends)
         CROSS JOIN LATERAL (SELECT v.type
                               FROM openlineage.event_store AS v
                              WHERE v.event_time >= p.starts
                                AND v.event_time < p.ends
                                AND v.kind = 'run'
                                AND NOT v.is_command
                             OFFSET 0) AS e  -- one look into the index for each, and none for whole hours
         WHERE p.starts < p.ends
         GROUP BY i.ordinal, e.type
    )
    SELECT k.ordinal, k.type, sum(k.n)::bigint
      FROM counted AS k
     GROUP BY k.ordinal, k.type;
END
$$;
COMMENT ON FUNCTION openlineage.stats_events(timestamptz[], timestamptz[]) IS
    'How many run events of each type there were in each of these intervals, numbered from 1. From event_count and event.';

CREATE FUNCTION openlineage.api_stats_events(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    since  timestamptz[];
    until  timestamptz[];
BEGIN
    SELECT array_agg(i.starts ORDER BY i.ordinal), array_agg(i.ends ORDER BY i.ordinal)
      INTO since, until
      FROM openlineage.api_stats_intervals(query) AS i;
    RETURN json_agg(json_build_object(
                        'startInterval', openlineage.iso_time(i.starts),
                        'endInterval', openlineage.iso_time(i.ends),
                        'fail', i.fail,
                        'start', i.start,
                        'complete', i.complete,
                        'abort', i.abort)
                    ORDER BY i.ordinal)
      FROM (SELECT u.ordinal, u.starts, u.ends,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'FAIL'), 0)::bigint AS fail,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'START'), 0)::bigint AS start,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'COMPLETE'), 0)::bigint AS complete,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'ABORT'), 0)::bigint AS abort
              FROM unnest(since, until) WITH ORDINALITY AS u (starts, ends, ordinal)
              LEFT JOIN openlineage.stats_events(since, until) AS e ON e.ordinal = u.ordinal
             GROUP BY u.ordinal, u.starts, u.ends) AS i;
END
$$;
COMMENT ON FUNCTION openlineage.api_stats_events(text[], json) IS
    'GET /stats/lineage-events. Query: period (required: DAY, 24 hours aligned in UTC, or WEEK, 7 days of the zone), timezone (required for WEEK). Oldest first, the current hour or day last. Raises OL400 when a parameter is missing, 22023 when it is unknown. From event_count.';

-- Whole hours come from entity_count.  Where a zone cuts hours the tables are
-- asked; sources always are, as one name in two namespaces is one source.
CREATE FUNCTION openlineage.entity_growth(kind text, ends timestamptz[]) RETURNS TABLE (ordinal int, total bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 24
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    cuts_hours  boolean := kind = 'source'
                           OR EXISTS (SELECT FROM unnest(ends) AS e (at) WHERE e.at <> date_trunc('hour', e.at, 'UTC'));
BEGIN
    RETURN QUERY
    WITH created AS (
        SELECT width_bucket(c.hour, ends) AS bucket, c.n FROM openlineage.entity_count AS c
         WHERE NOT cuts_hours AND c.kind = entity_growth.kind
        UNION ALL
        SELECT width_bucket(j.created_at, ends), 1 FROM openlineage.job AS j WHERE cuts_hours AND kind = 'job'
        UNION ALL
        SELECT width_bucket(d.created_at, ends), 1 FROM openlineage.dataset AS d WHERE cuts_hours AND kind = 'dataset'
        UNION ALL
        SELECT width_bucket(min(s.created_at), ends), 1
          FROM (SELECT t.name_hash, t.created_at FROM openlineage.source AS t
                UNION ALL
                SELECT d.name_hash, d.created_at FROM openlineage.source_definition AS d
                UNION ALL
                -- What datasets without a dataSource facet are in.
                SELECT openlineage.hash128('default'), n.created_at FROM openlineage.namespace AS n
                 WHERE EXISTS (SELECT FROM openlineage.dataset)) AS s
         WHERE entity_growth.kind = 'source'
         GROUP BY s.name_hash
    ), counted AS MATERIALIZED (
        SELECT c.bucket, sum(c.n) AS n FROM created AS c GROUP BY c.bucket
    )
    SELECT i.ordinal::int, COALESCE((SELECT sum(c.n) FROM counted AS c WHERE c.bucket < i.ordinal), 0)::bigint
      FROM unnest(ends) WITH ORDINALITY AS i (ends, ordinal);
END
$$;
COMMENT ON FUNCTION openlineage.entity_growth(text, timestamptz[]) IS
    'How many jobs, datasets or sources the events before each of these rising times had named. Whole hours that are older than eight days may count as of any time. From entity_count, source, and for times within an hour job and dataset.';

CREATE FUNCTION openlineage.stats_entities(kind text, query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    since  timestamptz[];
    until  timestamptz[];
BEGIN
    SELECT array_agg(i.starts ORDER BY i.ordinal), array_agg(i.ends ORDER BY i.ordinal)
      INTO since, until
      FROM openlineage.api_stats_intervals(query) AS i;
    RETURN json_agg(json_build_object(
                        'startInterval', openlineage.iso_time(u.starts),
                        'endInterval', openlineage.iso_time(u.ends),
                        'count', g.total)
                    ORDER BY u.ordinal)
      FROM unnest(since, until) WITH ORDINALITY AS u (starts, ends, ordinal)
      JOIN openlineage.entity_growth(kind, until) AS g ON g.ordinal = u.ordinal;
END
$$;
COMMENT ON FUNCTION openlineage.stats_entities(text, json) IS
    'The answer of the three counts of entities.';

CREATE FUNCTION openlineage.api_stats_jobs(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.stats_entities('job', query)$$;
COMMENT ON FUNCTION openlineage.api_stats_jobs(text[], json) IS
    'GET /stats/jobs: how many there were at the end of each interval. Query and errors as GET /stats/lineage-events. From job.';

CREATE FUNCTION openlineage.api_stats_datasets(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.stats_entities('dataset', query)$$;
COMMENT ON FUNCTION openlineage.api_stats_datasets(text[], json) IS
    'GET /stats/datasets: how many there were at the end of each interval. Query and errors as GET /stats/lineage-events. From dataset.';

CREATE FUNCTION openlineage.api_stats_sources(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.stats_entities('source', query)$$;
COMMENT ON FUNCTION openlineage.api_stats_sources(text[], json) IS
    'GET /stats/sources: how many there were at the end of each interval. Query and errors as GET /stats/lineage-events. From source.';
-- Events as they came.
--
-- A page is chosen first, as the keys of its events in the order of time, from
-- the index of the filter that leaves the fewest; bodies are fetched for the
-- page alone.  Far into a list, event_count says how many whole hours to pass.

-- Which of the filters are asked is known before the statement is planned.
CREATE FUNCTION openlineage.event_source(by_namespace boolean, by_run boolean, by_job boolean, by_dataset boolean)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'SELECT e.event_time, e.hash FROM openlineage.event_store AS e WHERE e.event_time >= $1 AND e.event_time < $2 AND NOT e.is_command'
           || CASE WHEN by_namespace THEN ' AND e.namespace_id = $3' ELSE '' END
           || CASE WHEN by_run THEN ' AND e.run_id = $4' ELSE '' END
           || CASE WHEN by_job AND by_run THEN ' AND e.node_id = ANY ($5)'
                   WHEN by_job THEN ' AND e.node_id = k.id' ELSE '' END
           || CASE WHEN by_dataset
                   THEN ' AND (e.set_id = ANY (ARRAY(SELECT m.set_id FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY ($6)))'
                        ' OR EXISTS (SELECT FROM openlineage.event_dataset_store AS d WHERE d.dataset_id = ANY ($6)'
                        ' AND d.event_time = e.event_time AND d.event_hash = e.hash))' ELSE '' END
    $$;
COMMENT ON FUNCTION openlineage.event_source(boolean, boolean, boolean, boolean) IS
    'Part of event_keys: the query for the keys of matching events, unless only datasets choose them. $1 and $2 bound the time, $3 is the namespace, $4 the run, $5 jobs, $6 datasets; k.id is each of the jobs in turn, where these and no run are given.';

CREATE FUNCTION openlineage.first_events(rising boolean, most text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT ' ORDER BY event_time' || CASE WHEN rising THEN '' ELSE ' DESC' END || ' FETCH FIRST (' || most || ') ROWS WITH TIES'
    $$;
COMMENT ON FUNCTION openlineage.first_events(boolean, text) IS
    'Part of event_keys: the end of a query for events, from which a page is sorted by time and hash. By time alone, as indexes have it.';

CREATE FUNCTION openlineage.dataset_source(namespace_id int, jobs int[], datasets int[], page text)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    sets    text := 'ARRAY(SELECT m.set_id FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY ($5))';
    rows    text := 'SELECT e.event_time, e.hash FROM openlineage.event_store AS e WHERE ';
    chosen  text := ' FROM openlineage.dataset_set AS s WHERE s.id = ANY (' || sets || ') AND s.since < $2 AND s.until > $1'
                    || CASE WHEN namespace_id IS NOT NULL THEN ' AND s.namespace_id = $3' ELSE '' END
                    || CASE WHEN jobs IS NOT NULL THEN ' AND s.node_id = ANY ($4)' ELSE '' END;
    during  text := ' AND e.event_time >= GREATEST($1, s.since) AND e.event_time < LEAST($2, s.until)';
    many    boolean := (SELECT count(*) FROM (SELECT FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY (datasets) LIMIT 1001) AS l) > 1000;
BEGIN
    IF page = '' OR (many AND jobs IS NOT NULL) THEN
        -- However many sets a job has, its events are gone through once: IS TRUE keeps the index from doing it for each.
        rows := 'SELECT r.* FROM (SELECT s.node_id, s.since, s.until, array_agg(s.id) AS ids' || chosen || ' GROUP BY 1, 2, 3) AS s CROSS JOIN LATERAL ('
                || rows || 'e.node_id = s.node_id AND (e.set_id = ANY (s.ids)) IS TRUE' || during || page || ') AS r';
    -- A dataset of very many sets is named by so many events that the order of time finds some soon.
    ELSIF many THEN
        rows := '(' || rows || '(e.set_id = ANY (' || sets || ')) IS TRUE AND e.event_time >= $1 AND e.event_time < $2'
                || CASE WHEN namespace_id IS NOT NULL THEN ' AND e.namespace_id = $3' ELSE '' END || page || ')';
    ELSE
        rows := 'SELECT r.* FROM (SELECT s.*' || chosen || ') AS s CROSS JOIN LATERAL ('
                || rows || 'e.node_id = s.node_id AND e.set_id = s.id' || during || page || ') AS r';
    END IF;
    -- One event may name a dataset by two of its names.
    RETURN CASE WHEN cardinality(datasets) = 1 THEN 'SELECT r.*' ELSE 'SELECT DISTINCT r.*' END
           || ' FROM unnest($5) AS k (id) CROSS JOIN LATERAL (SELECT d.event_time, d.event_hash AS hash FROM openlineage.event_dataset_store AS d'
           || CASE WHEN jobs IS NOT NULL
                   THEN ' JOIN openlineage.event_store AS e ON e.event_time = d.event_time AND e.hash = d.event_hash AND e.node_id = ANY ($4)' ELSE '' END
           || ' WHERE d.dataset_id = k.id AND d.event_time >= $1 AND d.event_time < $2'
           || CASE WHEN namespace_id IS NOT NULL THEN ' AND d.namespace_id = $3' ELSE '' END || page
           || ') AS r UNION ALL ' || rows;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_source(int, int[], int[], text) IS
    'Part of dataset_keys: the query for the keys of events that name one of these datasets, each once, with the end page for each part of it. $1 and $2 bound the time, $3 is the namespace, $4 jobs, $5 datasets; from event_dataset_store, and for events with a set from event_store.';

CREATE FUNCTION openlineage.dataset_keys(after timestamptz, before timestamptz, namespace_id int, jobs int[], datasets int[],
                                         rising boolean, max_rows int, skip_rows bigint)
    RETURNS TABLE (event_time timestamptz, hash uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_sort = off  -- of the few that a page takes: expecting few, the planner would sort all of a busy job's
    SET jit = off  -- before PostgreSQL 18 a sort that is off makes a plan so dear that it would be compiled
    AS $$
DECLARE
    sorted  text := CASE WHEN rising THEN ' ORDER BY event_time, hash' ELSE ' ORDER BY event_time DESC, hash DESC' END;
BEGIN
    RETURN QUERY EXECUTE 'SELECT u.event_time, u.hash FROM ('
                         || openlineage.dataset_source(namespace_id, jobs, datasets, openlineage.first_events(rising, '$6 + $7'))
                         || ') AS u' || sorted || ' LIMIT $6 OFFSET $7'
        USING after, before, namespace_id, jobs, datasets, max_rows, skip_rows;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_keys(timestamptz, timestamptz, int, int[], int[], boolean, int, bigint) IS
    'One page, in the order of time, of the events from after to just before that name one of these datasets, of a namespace and of any of these jobs unless that is null.';

CREATE FUNCTION openlineage.event_matches(after timestamptz, before timestamptz, namespace_id int, run_id uuid,
                                          jobs int[], datasets int[]) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    source  text := openlineage.event_source(namespace_id IS NOT NULL, run_id IS NOT NULL, jobs IS NOT NULL, datasets IS NOT NULL);
    total   bigint;
BEGIN
    IF run_id IS NULL AND datasets IS NOT NULL THEN
        EXECUTE 'SELECT count(*) FROM (' || openlineage.dataset_source(namespace_id, jobs, datasets, '') || ') AS m'
           INTO total USING after, before, namespace_id, jobs, datasets;
    ELSIF run_id IS NULL AND jobs IS NOT NULL THEN
        EXECUTE 'SELECT count(*) FROM unnest($5) AS k (id) CROSS JOIN LATERAL (' || source || ') AS m'
           INTO total USING after, before, namespace_id, run_id, jobs;
    ELSE
        EXECUTE 'SELECT count(*) FROM (' || source || ') AS m'
           INTO total USING after, before, namespace_id, run_id, jobs, datasets;
    END IF;
    RETURN total;
END
$$;
COMMENT ON FUNCTION openlineage.event_matches(timestamptz, timestamptz, int, uuid, int[], int[]) IS
    'How many events of all kinds match: from after to just before, of a namespace, a run, of any of these jobs, naming any of these datasets, as far as these are not null. Counted from the index of the narrowest; for datasets, that of the jobs whose sets have them.';

CREATE FUNCTION openlineage.hour_total(after timestamptz, before timestamptz, namespace_id int) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    first_day  timestamptz := date_trunc('day', after, 'UTC');
    last_day   timestamptz := date_trunc('day', before, 'UTC');
BEGIN
    IF first_day < after THEN
        first_day := first_day + interval '1 day';
    END IF;
    IF first_day >= last_day THEN
        first_day := before;
        last_day := before;
    END IF;
    -- Days, what came since they were added up, and the hours before and after.
    IF namespace_id IS NULL THEN
        RETURN (SELECT COALESCE(sum(d.n), 0) FROM openlineage.event_day_count AS d WHERE d.day >= first_day AND d.day < last_day)
             + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c WHERE NOT c.in_day AND c.hour >= first_day AND c.hour < last_day)
             + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c WHERE c.hour >= after AND c.hour < first_day)
             + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c WHERE c.hour >= last_day AND c.hour < before);
    END IF;
    RETURN (SELECT COALESCE(sum(d.n), 0) FROM openlineage.event_day_count AS d
             WHERE d.namespace_id = hour_total.namespace_id AND d.day >= first_day AND d.day < last_day)
         + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c
             WHERE c.namespace_id = hour_total.namespace_id AND NOT c.in_day AND c.hour >= first_day AND c.hour < last_day)
         + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c
             WHERE c.namespace_id = hour_total.namespace_id AND c.hour >= after AND c.hour < first_day)
         + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c
             WHERE c.namespace_id = hour_total.namespace_id AND c.hour >= last_day AND c.hour < before);
END
$$;
COMMENT ON FUNCTION openlineage.hour_total(timestamptz, timestamptz, int) IS
    'Part of event_total: how many events there are in these whole hours, in one namespace unless that is null.';

CREATE FUNCTION openlineage.event_total(after timestamptz, before timestamptz, namespace_id int DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    first_hour  timestamptz := date_trunc('hour', after, 'UTC');
    last_hour   timestamptz := date_trunc('hour', before, 'UTC');
    total       bigint;
BEGIN
    IF first_hour < after THEN
        first_hour := first_hour + interval '1 hour';
    END IF;
    IF first_hour >= last_hour THEN
        RETURN openlineage.event_matches(after, before, namespace_id, NULL, NULL, NULL);
    END IF;
    total := openlineage.hour_total(first_hour, last_hour, namespace_id);
    IF after < first_hour THEN
        total := total + openlineage.event_matches(after, first_hour, namespace_id, NULL, NULL, NULL);
    END IF;
    IF last_hour < before THEN
        total := total + openlineage.event_matches(last_hour, before, namespace_id, NULL, NULL, NULL);
    END IF;
    RETURN total;
END
$$;
COMMENT ON FUNCTION openlineage.event_total(timestamptz, timestamptz, int) IS
    'How many events of all kinds there are from after to just before, in one namespace unless that is null: whole days from event_day_count, whole hours from event_count, the rest counted.';

CREATE FUNCTION openlineage.event_keys(after timestamptz, before timestamptz, namespace_id int, run_id uuid,
                                       jobs int[], datasets int[], rising boolean, max_rows int, skip_rows bigint)
    RETURNS TABLE (event_time timestamptz, hash uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_sort = off  -- of the few that a page takes: expecting few, the planner would sort all of a busy job's
    SET jit = off  -- before PostgreSQL 18 a sort that is off makes a plan so dear that it would be compiled
    AS $$
DECLARE
    source  text := openlineage.event_source(namespace_id IS NOT NULL, run_id IS NOT NULL, jobs IS NOT NULL, datasets IS NOT NULL);
    sorted  text := CASE WHEN rising THEN ' ORDER BY event_time, hash' ELSE ' ORDER BY event_time DESC, hash DESC' END;
    first   text := openlineage.first_events(rising, '$7 + $8');
BEGIN
    IF COALESCE(run_id::text, namespace_id::text, jobs::text, datasets::text) IS NULL THEN
        source := source || ' AND e.kind = ''run''';
    END IF;
    IF run_id IS NULL AND datasets IS NOT NULL THEN
        RETURN QUERY SELECT k.event_time, k.hash
                       FROM openlineage.dataset_keys(after, before, namespace_id, jobs, datasets, rising, max_rows, skip_rows) AS k;
    ELSIF run_id IS NOT NULL OR jobs IS NULL THEN
        RETURN QUERY EXECUTE 'SELECT m.event_time, m.hash FROM (' || source || first || ') AS m' || sorted || ' LIMIT $7 OFFSET $8'
            USING after, before, namespace_id, run_id, jobs, datasets, max_rows, skip_rows;
    ELSIF cardinality(jobs) = 1 THEN
        RETURN QUERY EXECUTE 'SELECT m.event_time, m.hash FROM (VALUES ($9)) AS k (id) CROSS JOIN LATERAL (' || source || first
                             || ') AS m' || sorted || ' LIMIT $7 OFFSET $8'
            USING after, before, namespace_id, run_id, jobs, datasets, max_rows, skip_rows, jobs[1];
    ELSE
        RETURN QUERY EXECUTE 'SELECT m.event_time, m.hash FROM unnest($5) AS k (id) CROSS JOIN LATERAL (' || source || first
                             || ') AS m' || sorted || ' LIMIT $7 OFFSET $8'
            USING after, before, namespace_id, run_id, jobs, datasets, max_rows, skip_rows;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.event_keys(timestamptz, timestamptz, int, uuid, int[], int[], boolean, int, bigint) IS
    'One page of what event_matches counts, in the order of time; only run events when all of the filters are null.';

CREATE FUNCTION openlineage.event_skip(INOUT after timestamptz, INOUT before timestamptz, IN namespace_id int,
                                       IN rising boolean, INOUT skip_rows bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    first_hour  timestamptz := date_trunc('hour', after + interval '1 hour' - interval '1 microsecond', 'UTC');
    last_hour   timestamptz := date_trunc('hour', before, 'UTC');
    edge        bigint;
    passed      record;
BEGIN
    IF skip_rows < 1000 OR first_hour >= last_hour THEN
        RETURN;
    END IF;
    SELECT count(*) INTO edge
      FROM openlineage.event_store AS e
     WHERE e.event_time >= CASE WHEN rising THEN after ELSE last_hour END
       AND e.event_time < CASE WHEN rising THEN first_hour ELSE before END
       AND NOT e.is_command
       AND (event_skip.namespace_id IS NULL AND e.kind = 'run' OR e.namespace_id = event_skip.namespace_id);
    SELECT h.hour, h.n INTO passed
      FROM (SELECT c.hour,
                   edge + sum(sum(c.n)) OVER (ORDER BY CASE WHEN rising THEN c.hour END, c.hour DESC) AS n
              FROM openlineage.event_count AS c
             WHERE c.hour >= first_hour
               AND c.hour < last_hour
               AND (event_skip.namespace_id IS NULL AND c.kind = 'run' OR c.namespace_id = event_skip.namespace_id)
             GROUP BY c.hour) AS h
     WHERE h.n <= event_skip.skip_rows
     ORDER BY h.n DESC, CASE WHEN rising THEN h.hour END DESC, h.hour
     LIMIT 1;
    IF FOUND THEN
        skip_rows := skip_rows - passed.n;
        IF rising THEN
            after := passed.hour + interval '1 hour';
        ELSE
            before := passed.hour;
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.event_skip(timestamptz, timestamptz, int, boolean, bigint) IS
    'Takes off a list of run events, or of all events of a namespace, the whole hours that a large offset passes: the bounds and the offset that are left. From event_count.';

CREATE FUNCTION openlineage.event_nodes(kind text, value text, namespace text) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    nodes  int[];
BEGIN
    IF value IS NULL THEN
        RETURN NULL;
    END IF;
    IF value ~ ('^' || kind || ':.+:.') THEN
        nodes := array_remove(ARRAY[openlineage.resolve_node(value)], NULL);
    ELSIF kind = 'job' AND namespace IS NOT NULL THEN
        nodes := array_remove(ARRAY[openlineage.find_job((SELECT s.id
                                                            FROM openlineage.namespace AS s
                                                           WHERE s.name_hash = openlineage.readable_hash(namespace)), value)], NULL);
    ELSE
        nodes := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id)
                         FROM openlineage.namespace AS s
                         JOIN openlineage.node AS n ON n.namespace_id = s.id AND n.name_hash = openlineage.hash128(value)
                        WHERE n.kind::text = event_nodes.kind
                          AND n.job_id IS NULL);
    END IF;
    RETURN ARRAY(SELECT u.id FROM unnest(nodes) AS n (id), unnest(openlineage.node_names(n.id)) AS u (id));
END
$$;
COMMENT ON FUNCTION openlineage.event_nodes(text, text, text) IS
    'All nodes that a filter by job or dataset means: a node id, or a plain name in any namespace, for a job in this one when it is given; empty when it is unknown, null without a filter.';

-- Events as stored are put together as text: they may hold what the json
-- type keeps but cannot take apart, such as \u0000.  A page ends early, and
-- says so, where it would become too large for one value.
CREATE FUNCTION openlineage.event_list(namespace text, query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  bigint := openlineage.api_number(query, 'offset', 0);
    before     timestamptz := openlineage.api_time(query, 'before', '2030-01-01 00:00:00+00');
    after      timestamptz := openlineage.api_time(query, 'after', '1970-01-01 00:00:00+00');
    rising     boolean := COALESCE(openlineage.api_choice(query, 'sortDirection', '{DESC,ASC}') = '{ASC}', false);
    run        uuid := openlineage.run_uuid(openlineage.api_text(query, 'run'));
    jobs       int[] := openlineage.event_nodes('job', openlineage.api_text(query, 'job'), namespace);
    datasets   int[] := openlineage.event_nodes('dataset', openlineage.api_text(query, 'dataset'), NULL);
    home       int;
    total      bigint;
    listed     text;
    is_cut     boolean;
BEGIN
    IF namespace IS NOT NULL THEN
        home := COALESCE((SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.readable_hash(namespace)), 0);
    END IF;
    IF COALESCE(run::text, jobs::text, datasets::text) IS NULL THEN
        total := openlineage.event_total(after, before, home);
        SELECT s.after, s.before, s.skip_rows INTO after, before, skip_rows
          FROM openlineage.event_skip(after, before, home, rising, skip_rows) AS s;
    ELSE
        total := openlineage.event_matches(after, before, home, run, jobs, datasets);
    END IF;
    SELECT string_agg(k.body, ',' ORDER BY k.ordinal) FILTER (WHERE k.bytes <= openlineage.api_byte_budget() OR k.ordinal = 1),
           bool_or(k.bytes > openlineage.api_byte_budget() AND k.ordinal > 1)
      INTO listed, is_cut
      FROM (SELECT openlineage.redact(openlineage.event_body(e.packed, (SELECT t.packed FROM openlineage.event_template AS t
                                                                         WHERE t.id = e.template_id))) AS body, p.ordinal,
                   sum(openlineage.event_bytes(e.packed)) OVER (ORDER BY p.ordinal ROWS UNBOUNDED PRECEDING) AS bytes
              FROM openlineage.event_keys(after, before, home, run, jobs, datasets, rising, max_rows, skip_rows)
                   WITH ORDINALITY AS p (event_time, hash, ordinal)
              JOIN openlineage.event_store AS e ON e.event_time = p.event_time AND e.hash = p.hash) AS k;
    RETURN format('{"totalCount":%s,"events":[%s]%s}', total, listed, CASE WHEN is_cut THEN ',"truncated":true' END)::json;
END
$$;
COMMENT ON FUNCTION openlineage.event_list(text, json) IS
    'The answer of the lists of events: of one namespace unless that is null.';

CREATE FUNCTION openlineage.api_events(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.event_list(openlineage.api_text(query, 'namespace'), query)$$;
COMMENT ON FUNCTION openlineage.api_events(text[], json) IS
    'GET /events/lineage and GET /events. Query: before (2030-01-01T00:00:00Z) and after (1970-01-01T00:00:00Z) bound the event time, after included; sortDirection (desc, asc), limit (100, at most 1000), offset (0); namespace (of the event), job and dataset (a node id or a plain name), run. Events as they came, for who may not read everything as redact() leaves them. Without the last four only run events are listed, and totalCount counts all kinds, as in Marquez; with one of them both are of all kinds. Raises 22007 for a bad time, 22023 for a bad sortDirection, OL400 and OL404 for bad numbers; an unknown name matches nothing. From event, event_dataset_store, dataset_set and event_count.';

CREATE FUNCTION openlineage.api_namespace_events(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.event_list(path[1], query)$$;
COMMENT ON FUNCTION openlineage.api_namespace_events(text[], json) IS
    'GET /events/{namespace}, which the Python client of Marquez calls: GET /events with that namespace. Empty when it is unknown.';

CREATE VIEW openlineage.run_state_history WITH (security_invoker = true) AS
SELECT e.run_id,
       e.node_id AS job_id,
       CASE WHEN e.type OPERATOR(pg_catalog.=) 'COMPLETE' THEN 'COMPLETED'
            WHEN e.type OPERATOR(pg_catalog.=) 'ABORT' THEN 'ABORTED'
            WHEN e.type OPERATOR(pg_catalog.=) 'FAIL' THEN 'FAILED'
            ELSE 'RUNNING' END::openlineage.run_state AS state,
       e.type,
       e.event_time AS at
  FROM openlineage.event_store AS e
 WHERE e.kind OPERATOR(pg_catalog.=) 'run'
   AND e.type OPERATOR(pg_catalog.=) ANY (ARRAY['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL']);
COMMENT ON VIEW openlineage.run_state_history IS
    'Every change of state that an event of a run told, two ends included; run.state is what they come to.';
COMMENT ON COLUMN openlineage.run_state_history.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_state_history.job_id IS 'The job that the event named.';
COMMENT ON COLUMN openlineage.run_state_history.state IS 'RUNNING, COMPLETED, ABORTED or FAILED.';
COMMENT ON COLUMN openlineage.run_state_history.type IS 'eventType in upper case.';
COMMENT ON COLUMN openlineage.run_state_history.at IS 'Time of the event.';
GRANT SELECT ON openlineage.run_state_history TO openlineage_reader;
-- What a platform team has to look after: events that were taken although
-- something about them was odd, and events that were not taken.

CREATE FUNCTION openlineage.issue_total_limit() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT 10000::bigint$$;
COMMENT ON FUNCTION openlineage.issue_total_limit() IS 'Up to how many GET /issues counts.';

CREATE FUNCTION openlineage.issue_keys(odd boolean, rejected boolean, namespace_id int, code text,
                                       after timestamptz, before timestamptz, rising boolean, max_rows bigint)
    RETURNS TABLE (at timestamptz, hash uuid, issue_id bigint, slot int)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    conditions  text := CASE WHEN namespace_id IS NULL THEN '' ELSE ' AND namespace_id = $3' END
                        || CASE WHEN code IS NULL THEN '' ELSE ' AND code = $4' END;
    direction   text := CASE WHEN rising THEN '' ELSE ' DESC' END;
BEGIN
    IF odd THEN
        RETURN QUERY EXECUTE
            'SELECT event_time, event_hash, id, NULL::int FROM openlineage.event_issue WHERE event_time >= $1 AND event_time < $2'
            || conditions || ' ORDER BY event_time' || direction || ', event_hash' || direction || ', id' || direction || ' LIMIT $5'
            USING after, before, namespace_id, code, max_rows;
    END IF;
    IF rejected THEN
        RETURN QUERY EXECUTE
            'SELECT received_at, hash, NULL::bigint, slot FROM openlineage.rejected_event WHERE received_at >= $1 AND received_at < $2'
            || conditions || ' ORDER BY received_at' || direction || ', slot' || direction || ' LIMIT $5'
            USING after, before, namespace_id, code, max_rows;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.issue_keys(boolean, boolean, int, text, timestamptz, timestamptz, boolean, bigint) IS
    'The first max_rows issues of accepted events by event time, and as many rejected events by the time they came; of all namespaces and codes where these are null.';

-- Nothing adds issues up, and where one producer leaves out a member there is one for each event: a page must
-- not count them all.
CREATE FUNCTION openlineage.issue_total(odd boolean, rejected boolean, namespace_id int, code text,
                                        after timestamptz, before timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    conditions  text := CASE WHEN namespace_id IS NULL THEN '' ELSE ' AND namespace_id = $3' END
                        || CASE WHEN code IS NULL THEN '' ELSE ' AND code = $4' END;
    most        bigint := openlineage.issue_total_limit();
    found       bigint;
    total       bigint := 0;
BEGIN
    IF odd THEN
        EXECUTE 'SELECT count(*) FROM (SELECT FROM openlineage.event_issue WHERE event_time >= $1 AND event_time < $2' || conditions || ' LIMIT $5) AS i'
           INTO found USING after, before, namespace_id, code, most;
        total := found;
    END IF;
    IF rejected THEN
        EXECUTE 'SELECT count(*) FROM openlineage.rejected_event WHERE received_at >= $1 AND received_at < $2' || conditions
           INTO found USING after, before, namespace_id, code;
        total := total + found;
    END IF;
    RETURN LEAST(total, most);
END
$$;
COMMENT ON FUNCTION openlineage.issue_total(boolean, boolean, int, text, timestamptz, timestamptz) IS
    'How many issues of accepted events and rejected events match; issue_total_limit() where there are more.';

CREATE FUNCTION openlineage.issue_json(issues bigint[], slots int[])
    RETURNS TABLE (issue_id bigint, slot int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT i.id, NULL::int,
           json_build_object(
               'kind', 'ODD',
               'at', openlineage.iso_time(i.event_time),
               'code', i.code,
               'path', i.path,
               'message', i.message,
               'details', NULL,
               'namespace', s.name,
               'event', json_build_object(
                   'hash', i.event_hash,
                   'eventTime', openlineage.iso_time(i.event_time),
                   'receivedAt', openlineage.iso_time(e.received_at),
                   'eventType', e.type,
                   'runId', e.run_id,
                   'nodeId', n.kind || ':' || ns.name || ':' || n.name,
                   'bytes', openlineage.event_bytes(e.packed)))
      FROM openlineage.event_issue AS i
      JOIN openlineage.namespace AS s ON s.id = i.namespace_id
      LEFT JOIN openlineage.event_store AS e ON e.event_time = i.event_time AND e.hash = i.event_hash
      LEFT JOIN openlineage.node AS n ON n.id = e.node_id
      LEFT JOIN openlineage.namespace AS ns ON ns.id = n.namespace_id
     WHERE i.id = ANY (issues)
    UNION ALL
    SELECT NULL, r.slot,
           json_build_object(
               'kind', 'REJECTED',
               'at', openlineage.iso_time(r.received_at),
               'code', r.code,
               'path', NULL,
               'message', r.message,
               'details', r.details,
               'namespace', s.name,
               'event', json_build_object(
                   'hash', r.hash,
                   'eventTime', NULL,
                   'receivedAt', openlineage.iso_time(r.received_at),
                   'excerpt', openlineage.redact(r.excerpt),
                   'bytes', r.bytes))
      FROM openlineage.rejected_event AS r
      LEFT JOIN openlineage.namespace AS s ON s.id = r.namespace_id
     WHERE r.slot = ANY (slots);
END
$$;
COMMENT ON FUNCTION openlineage.issue_json(bigint[], int[]) IS
    'These issues and rejected events as GET /issues shows them.';

CREATE FUNCTION openlineage.api_issues(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    before     timestamptz := openlineage.api_time(query, 'before', 'infinity');
    after      timestamptz := openlineage.api_time(query, 'after', '-infinity');
    rising     boolean := COALESCE(openlineage.api_choice(query, 'sortDirection', '{DESC,ASC}') = '{ASC}', false);
    kinds      text[] := COALESCE(openlineage.api_choice(query, 'kind', '{ODD,REJECTED}'), '{ODD,REJECTED}');
    odd        boolean := 'ODD' = ANY (kinds);
    rejected   boolean := 'REJECTED' = ANY (kinds);
    code       text := openlineage.api_text(query, 'code');
    namespace  text := openlineage.api_text(query, 'namespace');
    home       int;
    listed     json;
BEGIN
    IF namespace IS NOT NULL THEN
        home := COALESCE((SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.readable_hash(namespace)), -1);
    END IF;
    WITH page AS MATERIALIZED (
        SELECT k.issue_id, k.slot,
               row_number() OVER (ORDER BY CASE WHEN rising THEN k.at END, k.at DESC,
                                           CASE WHEN rising THEN k.slot END NULLS FIRST, k.slot DESC NULLS LAST,
                                           CASE WHEN rising THEN k.hash END, k.hash DESC,
                                           CASE WHEN rising THEN k.issue_id END, k.issue_id DESC) AS ordinal
          FROM openlineage.issue_keys(odd, rejected, home, code, after, before, rising, max_rows::bigint + skip_rows) AS k
         ORDER BY ordinal
         LIMIT max_rows OFFSET skip_rows
    )
    SELECT json_agg(o.object ORDER BY p.ordinal) INTO listed
      FROM page AS p
      JOIN openlineage.issue_json(ARRAY(SELECT w.issue_id FROM page AS w WHERE w.issue_id IS NOT NULL),
                                  ARRAY(SELECT w.slot FROM page AS w WHERE w.slot IS NOT NULL)) AS o
        ON o.issue_id = p.issue_id OR o.slot = p.slot;
    RETURN json_build_object('totalCount', openlineage.issue_total(odd, rejected, home, code, after, before),
                             'issues', COALESCE(listed, '[]'));
END
$$;
COMMENT ON FUNCTION openlineage.api_issues(text[], json) IS
    'GET /issues: what was odd about events that were taken, by event time, and the last 10,000 events that were not, by the time they came. Query: kind (ODD, REJECTED, repeatable), namespace, code (a rule in snake_case, or an SQLSTATE), before and after (after included), sortDirection (desc, asc), limit (100, at most 1000), offset (0). Raises 22007 for a bad time, 22023 for a bad kind or sortDirection, OL400 and OL404 for bad numbers; an unknown namespace matches nothing. totalCount stops at 10,000. From event_issue, event and rejected_event.';
-- Sources.
--
-- Marquez knows a source by its name alone; here events tell of them per
-- namespace.  The sources of one name that the caller may see are shown as
-- one: what PUT said of the name, else what the latest event of them says.

CREATE FUNCTION openlineage.source_type(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE u.scheme WHEN 'POSTGRES' THEN 'POSTGRESQL' ELSE COALESCE(u.scheme, 'OTHER') END
      FROM (SELECT upper(substring(url FROM '^(?:jdbc:)?([A-Za-z][A-Za-z0-9+.-]{0,63}):'))) AS u (scheme)
    $$;
COMMENT ON FUNCTION openlineage.source_type(text) IS
    'The kind of store by the scheme of its URL, in upper case; OTHER when it has none. For sources that only events told of.';

CREATE FUNCTION openlineage.source_json(hashes uuid[]) RETURNS TABLE (name_hash uuid, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT s.name_hash, min(s.name) AS name, min(s.created_at) AS created_at, max(s.event_time) AS updated_at,
               (array_agg(s.connection_url ORDER BY s.event_time DESC, s.event_hash DESC, s.connection_url DESC))[1] AS url
          FROM openlineage.source AS s
         WHERE s.name_hash = ANY (hashes)
         GROUP BY s.name_hash
    ), fallback AS (
        -- What datasets without a dataSource facet are in.
        SELECT openlineage.hash128('default') AS name_hash, 'default' AS name, min(n.created_at) AS created_at
          FROM openlineage.namespace AS n
         WHERE openlineage.hash128('default') = ANY (hashes)
           AND EXISTS (SELECT FROM openlineage.dataset)
        HAVING count(*) > 0
    )
    SELECT k.hash,
           json_build_object(
               'type', COALESCE(d.type, openlineage.source_type(t.url)),
               'name', COALESCE(d.name, t.name, f.name),
               'createdAt', openlineage.iso_time(LEAST(d.created_at, COALESCE(t.created_at, f.created_at))),
               'updatedAt', openlineage.iso_time(GREATEST(d.updated_at, COALESCE(t.updated_at, f.created_at))),
               'connectionUrl', COALESCE(d.connection_url, t.url, ''),
               'description', d.description)
      FROM unnest(hashes) AS k (hash)
      LEFT JOIN openlineage.source_definition AS d ON d.name_hash = k.hash
      LEFT JOIN told AS t ON t.name_hash = k.hash
      LEFT JOIN fallback AS f ON f.name_hash = k.hash
     WHERE COALESCE(d.name, t.name, f.name) IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.source_json(uuid[]) IS
    'The sources with these hashes of their name, as the Marquez API shows them; default exists as soon as there is a dataset. From source and source_definition.';

-- Each part is cut at the page before they are merged: an index serves its order.
CREATE FUNCTION openlineage.api_sources(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    seen_rows  bigint := max_rows::bigint + skip_rows;
    page       uuid[];
BEGIN
    page := ARRAY(
        SELECT k.hash
          FROM ((SELECT DISTINCT left(s.name, 256) COLLATE "C" AS head, s.name_hash AS hash
                   FROM openlineage.source AS s
                  ORDER BY 1, 2
                  LIMIT seen_rows)
                UNION
                (SELECT left(d.name, 256) COLLATE "C", d.name_hash
                   FROM openlineage.source_definition AS d
                  ORDER BY 1, 2
                  LIMIT seen_rows)
                UNION
                SELECT 'default' COLLATE "C", openlineage.hash128('default')
                 WHERE EXISTS (SELECT FROM openlineage.dataset)) AS k
         ORDER BY k.head, k.hash
         LIMIT max_rows OFFSET skip_rows);
    RETURN json_build_object(
               'sources', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.name_hash)), '[]')
                             FROM openlineage.source_json(page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.api_sources(text[], json) IS
    'GET /sources. Query: limit (100, at most 1000), offset (0). By name, each once. Raises OL400 and OL404 for bad numbers. From source and source_definition.';

CREATE FUNCTION openlineage.api_source(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json;
BEGIN
    SELECT o.object INTO answer
      FROM openlineage.source_json(ARRAY[openlineage.hash128(path[1])]) AS o;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Source ''%'' not found.', path[1] USING ERRCODE = 'OL404';
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION openlineage.api_source(text[], json) IS
    'GET /sources/{source}. Raises OL404 when it is unknown. From source and source_definition.';

CREATE FUNCTION openlineage.api_put_source(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given  json := openlineage.api_body(body);
BEGIN
    PERFORM openlineage.change('put_source', NULL,
                               json_build_object('name', path[1],
                                                 'type', openlineage.api_required_text(given, 'type'),
                                                 'connectionUrl', openlineage.api_required_text(given, 'connectionUrl'),
                                                 'description', openlineage.api_body_text(given, 'description')));
    RETURN openlineage.api_ok(openlineage.api_source(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_source(text[], json, text) IS
    'PUT /sources/{source}. Body: type and connectionUrl (required), description. Replaces what an earlier PUT said; counts before what events say. Raises OL422 without type or connectionUrl, 22032 and 22023 for a bad body, 42501 for who is no administrator once row-level security is enforced.';
REVOKE ALL ON FUNCTION openlineage.api_put_source(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_source(text[], json, text) TO openlineage_writer;
-- Tags: the vocabulary, and what it is put on.

CREATE FUNCTION openlineage.api_put_tag(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given   json := CASE WHEN btrim(body, E' \t\r\n') NOT IN ('', 'null') THEN openlineage.api_body(body) END;
    answer  json;
BEGIN
    PERFORM openlineage.change('put_tag', NULL,
                               json_build_object('name', path[1],
                                                 'description', openlineage.api_body_text(given, 'description')));
    SELECT json_build_object('name', t.name, 'description', t.description) INTO answer
      FROM openlineage.tag AS t
     WHERE t.name_hash = openlineage.hash128(path[1]);
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_put_tag(text[], json, text) IS
    'PUT /tags/{tag}. Body, if any: description, which replaces an earlier one; kept when left out. Raises 22032 and 22023 for a bad body, 42501 for who is no administrator once row-level security is enforced.';

CREATE FUNCTION openlineage.state_tag(node_id int, field text, tag text, is_set boolean) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.change('state_tag', s.name,
                               json_build_object('id', n.id, 'field', field, 'tag', tag, 'isSet', is_set))
       FROM openlineage.node AS k
       JOIN openlineage.node AS n ON n.id = CASE WHEN k.canonical_id IS NULL THEN k.id ELSE k.canonical_id END
       JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      WHERE k.id = state_tag.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.state_tag(int, text, text, boolean) IS
    'Sets a tag on a dataset, a column of it (field, else empty) or a job, or takes it off; an alias stands for its dataset. Raises 42501 without the right to write its namespace.';

CREATE FUNCTION openlineage.api_check_field(node_id int, dataset text, field text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home  int;
BEGIN
    home := (SELECT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = api_check_field.node_id);
    IF field = ''
       OR openlineage.live_columns(ARRAY(SELECT f.id
                                           FROM openlineage.dataset_field AS f
                                          WHERE f.dataset_id = home
                                            AND f.name_hash = openlineage.hash128(field))) = '{}'
       -- Of the current version, whatever the schema that somebody read it with.
       AND NOT EXISTS (SELECT
                         FROM openlineage.dataset_fields(ARRAY[home]) AS d
                        CROSS JOIN LATERAL json_array_elements(d.fields) AS i (item)
                        WHERE i.item ->> 'name' = field) THEN
        RAISE EXCEPTION 'Field ''%'' not found for dataset ''%''.', field, dataset USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_check_field(int, text, text) IS
    'Raises OL404 when the dataset, called so, has no such column: neither shown, nor in its current schema, nor named by column lineage.';

CREATE FUNCTION openlineage.api_tag_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_dataset_id(path[1], path[2]), '', path[3], true);
    RETURN openlineage.api_ok(openlineage.api_dataset(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_tag_dataset(text[], json, text) IS
    'POST /namespaces/{namespace}/datasets/{dataset}/tags/{tag}; a body is ignored. Answers the dataset. Raises OL404 when the dataset is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_untag_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_dataset_id(path[1], path[2]), '', path[3], false);
    RETURN openlineage.api_ok(openlineage.api_dataset(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_untag_dataset(text[], json, text) IS
    'DELETE /namespaces/{namespace}/datasets/{dataset}/tags/{tag}: takes the tag off until a later event states it. Answers the dataset, also when it had no such tag. Raises OL404 when the dataset is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.state_field_tag(path text[], is_set boolean) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.api_dataset_id(path[1], path[2]);
BEGIN
    PERFORM openlineage.api_check_field(wanted, path[2], path[3]);
    PERFORM openlineage.state_tag(wanted, path[3], upper(path[4]), is_set);
    -- Events may have written it in small letters.
    IF NOT is_set AND upper(path[4]) <> path[4] THEN
        PERFORM openlineage.state_tag(wanted, path[3], path[4], false);
    END IF;
    RETURN openlineage.api_ok(openlineage.api_dataset(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.state_field_tag(text[], boolean) IS
    'Part of api_tag_field and api_untag_field.';

CREATE FUNCTION openlineage.api_tag_field(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.state_field_tag(path, true)$$;
COMMENT ON FUNCTION openlineage.api_tag_field(text[], json, text) IS
    'POST /namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}, the tag in upper case; a body is ignored. Answers the dataset. Raises OL404 when dataset or column is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_untag_field(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.state_field_tag(path, false)$$;
COMMENT ON FUNCTION openlineage.api_untag_field(text[], json, text) IS
    'DELETE /namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}: takes the tag, as written and in upper case, off until a later event states it. Answers the dataset. Raises OL404 when dataset or column is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_tag_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_job_id(path[1], path[2]), '', path[3], true);
    RETURN openlineage.api_ok(openlineage.api_job(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_tag_job(text[], json, text) IS
    'POST /namespaces/{namespace}/jobs/{job}/tags/{tag}; a body is ignored. Answers the job. Raises OL404 when the job is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_untag_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_job_id(path[1], path[2]), '', path[3], false);
    RETURN openlineage.api_ok(openlineage.api_job(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_untag_job(text[], json, text) IS
    'DELETE /namespaces/{namespace}/jobs/{job}/tags/{tag}: takes the tag off until a later event states it. Answers the job, also when it had no such tag. Raises OL404 when the job is unknown, 42501 without the right to write it.';

REVOKE ALL ON FUNCTION openlineage.api_put_tag(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.state_tag(int, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_tag_dataset(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_untag_dataset(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.state_field_tag(text[], boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_tag_field(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_untag_field(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_tag_job(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_untag_job(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_tag(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.state_tag(int, text, text, boolean) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_tag_dataset(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_untag_dataset(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.state_field_tag(text[], boolean) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_tag_field(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_untag_field(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_tag_job(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_untag_job(text[], json, text) TO openlineage_writer;
-- DELETE of namespaces, jobs and datasets: hides them, or removes them for
-- good where the query says purge=true.

CREATE FUNCTION openlineage.change_node(action text, node_id int) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change(action, s.name, json_build_object('id', n.id))
      FROM openlineage.node AS k
      JOIN openlineage.node AS n ON n.id = CASE WHEN k.canonical_id IS NULL THEN k.id ELSE k.canonical_id END
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE k.id = change_node.node_id
    $$;
COMMENT ON FUNCTION openlineage.change_node(text, int) IS
    'Has change() hide_node or purge_node a job or dataset, an alias standing for its dataset. Raises what change() does.';

CREATE FUNCTION openlineage.purge_job(namespace text, name text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.find_job(openlineage.api_namespace_id(namespace), name);
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'Job ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN openlineage.change_node('purge_node', wanted);
END
$$;
COMMENT ON FUNCTION openlineage.purge_job(text, text) IS
    'Removes a job, hidden or not, for good: its events, runs, versions, facets, tags and edges; returns how many events and runs that were. A later event makes it anew. Raises OL404 when it is unknown, 42501 for who is no member of openlineage_admin, unless openlineage.writers_may_purge is on.';

CREATE FUNCTION openlineage.purge_dataset(namespace text, name text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home    int := openlineage.api_namespace_id(namespace);
    wanted  int;
BEGIN
    SELECT n.id INTO wanted
      FROM openlineage.node AS n
     WHERE n.namespace_id = home
       AND n.kind = 'dataset'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(purge_dataset.name);
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'Dataset ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN openlineage.change_node('purge_node', wanted);
END
$$;
COMMENT ON FUNCTION openlineage.purge_dataset(text, text) IS
    'Removes a dataset, hidden or not, under all its names for good: its versions, columns, facets, tags and edges, and the DatasetEvents about it; returns how many events that were. Events of runs that name it stay. Raises OL404 when it is unknown, 42501 for who is no member of openlineage_admin, unless openlineage.writers_may_purge is on.';

CREATE FUNCTION openlineage.purge_namespace(namespace text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.api_namespace_id(namespace);
    RETURN openlineage.change('purge_namespace', namespace, '{}');
END
$$;
COMMENT ON FUNCTION openlineage.purge_namespace(text) IS
    'Removes a namespace with its jobs, datasets and sources for good; returns how many events and runs that were. Raises OL404 when it is unknown, 42501 for who is no member of openlineage_admin, unless openlineage.writers_may_purge is on.';

CREATE FUNCTION openlineage.api_delete_namespace(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json := openlineage.api_namespace(path, '{}');
BEGIN
    IF openlineage.api_choice(query, 'purge', '{TRUE,FALSE}') = '{TRUE}' THEN
        PERFORM openlineage.purge_namespace(path[1]);
    ELSE
        PERFORM openlineage.change('hide_namespace', path[1], '{}');
    END IF;
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_delete_namespace(text[], json, text) IS
    'DELETE /namespaces/{namespace}: hides it with its jobs and datasets. Query: purge (false; true removes it for good). Answers it as it was, as Marquez does. Raises OL404 when it is unknown, 22023 for another purge, 42501 without the right to write it, or to purge.';

CREATE FUNCTION openlineage.api_delete_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json;
BEGIN
    IF openlineage.api_choice(query, 'purge', '{TRUE,FALSE}') = '{TRUE}' THEN
        SELECT o.object INTO answer
          FROM openlineage.job_json(ARRAY[openlineage.find_job(openlineage.api_namespace_id(path[1]), path[2])], path[2]) AS o;
        PERFORM openlineage.purge_job(path[1], path[2]);
    ELSE
        answer := openlineage.api_job(path, '{}');
        PERFORM openlineage.change_node('hide_node', openlineage.api_job_id(path[1], path[2]));
    END IF;
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_delete_job(text[], json, text) IS
    'DELETE /namespaces/{namespace}/jobs/{job}: hides it and answers what it was. Query: purge (false; true removes it for good, hidden or not). Raises OL404 when it is unknown or hidden, 22023 for another purge, 42501 without the right to write it, or to purge.';

CREATE FUNCTION openlineage.api_delete_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json;
BEGIN
    IF openlineage.api_choice(query, 'purge', '{TRUE,FALSE}') = '{TRUE}' THEN
        SELECT o.object INTO answer
          FROM openlineage.node AS n
         CROSS JOIN LATERAL openlineage.dataset_json(ARRAY[n.id]) AS o
         WHERE n.namespace_id = openlineage.api_namespace_id(path[1])
           AND n.kind = 'dataset'
           AND n.job_id IS NULL
           AND n.name_hash = openlineage.hash128(path[2]);
        PERFORM openlineage.purge_dataset(path[1], path[2]);
    ELSE
        answer := openlineage.api_dataset(path, '{}');
        PERFORM openlineage.change_node('hide_node', openlineage.api_dataset_id(path[1], path[2]));
    END IF;
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_delete_dataset(text[], json, text) IS
    'DELETE /namespaces/{namespace}/datasets/{dataset}, also by an alias: hides it and answers what it was. Query: purge (false; true removes it for good, hidden or not). Raises OL404 when it is unknown or hidden, 22023 for another purge, 42501 without the right to write it, or to purge.';

REVOKE ALL ON FUNCTION openlineage.change_node(text, int) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.purge_job(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.purge_dataset(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.purge_namespace(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_delete_namespace(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_delete_job(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_delete_dataset(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.change_node(text, int) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.purge_job(text, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.purge_dataset(text, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.purge_namespace(text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_delete_namespace(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_delete_job(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_delete_dataset(text[], json, text) TO openlineage_writer;
-- Jobs, datasets and runs as clients describe them, where they send no events:
-- PUT of a job or dataset, POST of a run and its transitions.
--
-- The request is checked here, with the caller's eyes; what it says is told as
-- events by change() (ingest/command.sql), and the answer is what the read
-- endpoint says afterwards.

CREATE FUNCTION openlineage.api_choice_member(body json, member text, choices text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_required_text(body, member);
BEGIN
    IF NOT value = ANY (choices) THEN
        RAISE EXCEPTION '% must be one of [%]', member, array_to_string(choices, ', ')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION openlineage.api_choice_member(json, text, text[]) IS
    'A member of the body that has to be one of these. Raises OL422 when it is missing, 22023 when it is something else.';

CREATE FUNCTION openlineage.api_list_member(body json, member text) RETURNS SETOF json
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF json_typeof(body -> member) = 'array' THEN
        RETURN QUERY SELECT e.item FROM json_array_elements(body -> member) AS e (item);
    ELSIF json_typeof(body -> member) <> 'null' THEN
        RAISE EXCEPTION '% must be an array', member USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_list_member(json, text) IS
    'The elements of a member of the body, none when it is missing or null. Raises 22023 when it is no array.';

CREATE FUNCTION openlineage.api_tag_names(owner json, path text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    name  json;
BEGIN
    FOR name IN SELECT t.item FROM openlineage.api_list_member(owner, 'tags') AS t (item) LOOP
        IF json_typeof(name) <> 'string' OR btrim(name #>> '{}') = '' THEN
            RAISE EXCEPTION '% must be an array of names', path USING ERRCODE = 'invalid_parameter_value';
        END IF;
        RETURN QUERY SELECT name #>> '{}';
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.api_tag_names(json, text) IS
    'The tags that the body of a PUT lists for a dataset or a column. Raises 22023 when one is no name.';

CREATE FUNCTION openlineage.api_body_fields(body json) RETURNS TABLE (name text, type text, description text, tags text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    field  json;
BEGIN
    FOR field IN SELECT f.item FROM openlineage.api_list_member(body, 'fields') AS f (item) LOOP
        IF json_typeof(field) <> 'object' THEN
            RAISE EXCEPTION 'fields must be an array of objects' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        name := openlineage.api_required_text(field, 'name');
        type := openlineage.api_body_text(field, 'type');
        description := openlineage.api_body_text(field, 'description');
        tags := ARRAY(SELECT openlineage.api_tag_names(field, 'fields[].tags'));
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_fields(json) IS
    'The columns in the body of PUT of a dataset. Raises OL422 for one without a name, 22023 for what is no column.';

CREATE FUNCTION openlineage.api_run_job(run_id text) RETURNS TABLE (id uuid, job_id int, namespace text, job text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT r.id, r.job_id, s.name, n.name
      FROM openlineage.run AS r
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE r.id = openlineage.api_uuid(api_run_job.run_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Run ''%'' not found.', run_id USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_run_job(text) IS
    'A run and the names of its job. Raises OL404 when the text is no UUID or the run is unknown.';

CREATE FUNCTION openlineage.api_body_uuid(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_body_text(body, member);
BEGIN
    IF value !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
        RAISE EXCEPTION '% must be a UUID', member USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN lower(value);
END
$$;
COMMENT ON FUNCTION openlineage.api_body_uuid(json, text) IS
    'A member of the body as a UUID; null when it is missing. Raises 22023 when it is none.';

CREATE FUNCTION openlineage.api_put_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given   json := openlineage.api_body(body);
    tags    text[] := ARRAY(SELECT openlineage.api_tag_names(given, 'tags'));
    source  text := openlineage.api_required_text(given, 'sourceName');
    run_id  text := openlineage.api_body_uuid(given, 'runId');
    home    text := path[1];
    space   int;
    job     text;
    told    json;
    target  int;
BEGIN
    told := json_build_object(
        'namespace', path[1],
        'name', path[2],
        'type', openlineage.api_choice_member(given, 'type', '{DB_TABLE,STREAM}'),
        'physicalName', openlineage.api_required_text(given, 'physicalName'),
        'sourceName', source,
        'fields', (SELECT COALESCE(json_agg(json_build_object('name', f.name, 'type', f.type, 'description', f.description)), '[]')
                     FROM openlineage.api_body_fields(given) AS f),
        'description', openlineage.api_body_text(given, 'description'),
        'schemaLocation', openlineage.api_body_text(given, 'schemaLocation'));
    space := openlineage.api_namespace_id(path[1]);
    IF run_id IS NOT NULL THEN
        SELECT r.namespace, r.job INTO home, job FROM openlineage.api_run_job(run_id) AS r;
    END IF;
    IF NOT EXISTS (SELECT FROM openlineage.source_json(ARRAY[openlineage.hash128(source)])) THEN
        RAISE EXCEPTION 'Source ''%'' not found.', source USING ERRCODE = 'OL404';
    END IF;
    -- Of a run that wrote it the namespace of its job is asked for below, not that of the dataset.
    IF NOT openlineage.can_write(space) THEN
        RAISE EXCEPTION 'permission denied to write this namespace' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM openlineage.change('put_dataset', home, json_build_object(
        'dataset', told,
        'run', CASE WHEN run_id IS NOT NULL THEN json_build_object('id', run_id, 'job', job) END));
    target := openlineage.api_dataset_id(path[1], path[2]);
    PERFORM openlineage.state_tag(target, '', t.tag, true) FROM unnest(tags) AS t (tag);
    PERFORM openlineage.state_tag(target, f.name, t.tag, true)
       FROM openlineage.api_body_fields(given) AS f
      CROSS JOIN unnest(f.tags) AS t (tag);
    RETURN openlineage.api_ok(openlineage.api_dataset(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_dataset(text[], json, text) IS
    'PUT /namespaces/{namespace}/datasets/{dataset}. Body: type (DB_TABLE, STREAM), physicalName, sourceName, fields [{name, type, description, tags}], tags (added to those there are), description (kept when left out), schemaLocation, runId (the run that wrote it). Answers the dataset. Raises OL422 for a missing member, 22032 and 22023 for a bad body, OL404 when the namespace, the source or the run is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_body_datasets(body json, member text) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    item    json;
    listed  jsonb := '[]'::jsonb;
BEGIN
    IF json_typeof(body -> member) IS NULL OR json_typeof(body -> member) = 'null' THEN
        RAISE EXCEPTION '% must not be null', member USING ERRCODE = 'OL422';
    END IF;
    FOR item IN SELECT i.item FROM openlineage.api_list_member(body, member) AS i (item) LOOP
        IF json_typeof(item) <> 'object' THEN
            RAISE EXCEPTION '% must be an array of objects', member USING ERRCODE = 'invalid_parameter_value';
        END IF;
        listed := listed || jsonb_build_object('namespace', openlineage.api_required_text(item, 'namespace'),
                                               'name', openlineage.api_required_text(item, 'name'));
    END LOOP;
    RETURN listed;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_datasets(json, text) IS
    'The datasets that a member of the body lists, as {namespace, name}. Raises OL422 when it or a name is missing, 22023 for what is no dataset.';

CREATE FUNCTION openlineage.api_known_datasets(listed json) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    missing  text;
BEGIN
    SELECT i.item ->> 'name' INTO missing
      FROM json_array_elements(listed) WITH ORDINALITY AS i (item, ordinality)
     CROSS JOIN LATERAL (SELECT openlineage.node_named('dataset', i.item ->> 'namespace', i.item ->> 'name')) AS d (id)
     WHERE NOT EXISTS (SELECT FROM openlineage.dataset AS k WHERE k.node_id = d.id)
        OR EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = d.id)
     ORDER BY i.ordinality
     LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'Dataset ''%'' not found.', missing USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_known_datasets(json) IS
    'Raises OL404 when one of the listed datasets is unknown or hidden.';

CREATE FUNCTION openlineage.api_put_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given    json := openlineage.api_body(body);
    inputs   json := openlineage.api_body_datasets(given, 'inputs');
    outputs  json := openlineage.api_body_datasets(given, 'outputs');
    run_id   text := openlineage.api_body_uuid(given, 'runId');
    type     text := openlineage.api_choice_member(given, 'type', '{BATCH,STREAM,SERVICE}');
    site     text := openlineage.api_body_text(given, 'location');
    about    text := openlineage.api_body_text(given, 'description');
    known    int := openlineage.find_job(openlineage.api_namespace_id(path[1]), path[2]);
BEGIN
    IF run_id IS NOT NULL AND NOT EXISTS (SELECT FROM openlineage.api_run_job(run_id) AS r WHERE r.job_id = known) THEN
        RAISE EXCEPTION 'Run ''%'' not found.', run_id USING ERRCODE = 'OL404';
    END IF;
    PERFORM openlineage.api_known_datasets(inputs);
    PERFORM openlineage.api_known_datasets(outputs);
    -- A job is also known as parent.child.
    PERFORM openlineage.change('put_job', path[1], json_build_object(
        'name', COALESCE((SELECT n.name FROM openlineage.node AS n WHERE n.id = known), path[2]),
        'type', type,
        'inputs', inputs,
        'outputs', outputs,
        'location', site,
        'description', about,
        'run', run_id));
    RETURN openlineage.api_ok(openlineage.api_job(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_job(text[], json, text) IS
    'PUT /namespaces/{namespace}/jobs/{job}. Body: type (BATCH, STREAM, SERVICE), inputs and outputs [{namespace, name}], location and description (kept when left out), runId (a run of the job that is of this version; outputs that the caller may read and write get a version of it). Answers the job. Raises OL422 for a missing member, 22032 and 22023 for a bad body, OL404 when the namespace, a dataset or the run is unknown or the run is of another job, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_body_time(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_body_text(body, member);
BEGIN
    IF value IS NOT NULL AND openlineage.lenient_time(value) IS NULL THEN
        RAISE EXCEPTION '% must be an ISO 8601 time', member USING ERRCODE = 'invalid_datetime_format';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_time(json, text) IS
    'A member of the body that is a time, as it is written; null when it is missing. Raises 22007 when it is none.';

CREATE FUNCTION openlineage.api_body_args(body json) RETURNS json
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    args  json := body -> 'args';
BEGIN
    IF json_typeof(args) IS NULL OR json_typeof(args) = 'null' THEN
        RETURN '{}'::json;
    END IF;
    IF json_typeof(args) <> 'object' THEN
        RAISE EXCEPTION 'args must be an object' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN (SELECT COALESCE(json_object_agg(a.key, openlineage.api_body_text(args, a.key) ORDER BY a.ordinality), '{}')
              FROM json_object_keys(args) WITH ORDINALITY AS a (key, ordinality));
END
$$;
COMMENT ON FUNCTION openlineage.api_body_args(json) IS
    'The args of POST of a run: their values as text. Raises 22023 when they are no object or one of them is an object or array.';

CREATE FUNCTION openlineage.api_post_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given   json := openlineage.api_body(body);
    new_id  text := COALESCE(openlineage.api_body_uuid(given, 'id'), gen_random_uuid()::text);
    starts  text := openlineage.api_body_time(given, 'nominalStartTime');
    ends    text := openlineage.api_body_time(given, 'nominalEndTime');
    args    json := openlineage.api_body_args(given);
    home    text;
    job     text;
BEGIN
    SELECT s.name, n.name INTO home, job
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = openlineage.api_job_id(path[1], path[2]);
    PERFORM openlineage.change('post_run', home, json_build_object(
        'name', job,
        'id', new_id,
        'nominalStartTime', starts,
        'nominalEndTime', ends,
        'args', args));
    RETURN ROW(201, '/api/v1/jobs/runs/' || new_id, openlineage.api_run(ARRAY[new_id], '{}'))::openlineage.api_answer;
END
$$;
COMMENT ON FUNCTION openlineage.api_post_run(text[], json, text) IS
    'POST /namespaces/{namespace}/jobs/{job}/runs. Body: id (a new UUID when left out), nominalStartTime, nominalEndTime, args (served as strings). Answers 201, the run in state NEW, and its URL in Location. Raises OL404 when the namespace or the job is unknown, 22023 when the run exists, OL422, 22032, 22023 and 22007 for a bad body, 42501 without the right to write it.';

CREATE FUNCTION openlineage.mark_run(path text[], query json, type text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.change('mark_run', r.namespace,
                               json_build_object('id', r.id, 'name', r.job, 'type', mark_run.type,
                                                 'at', openlineage.api_time(query, 'at', NULL)))
       FROM openlineage.api_run_job(path[1]) AS r;
    RETURN openlineage.api_ok(openlineage.api_run(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.mark_run(text[], json, text) IS
    'A transition of a run, as an event of this type would tell it. Raises OL404 when the run is unknown, 22007 for a bad time, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_start_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'START')$$;
COMMENT ON FUNCTION openlineage.api_start_run(text[], json, text) IS
    'POST /jobs/runs/{id}/start. Query: at (now). Answers the run. Raises OL404 when it is unknown, 22007 for a bad time, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_complete_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'COMPLETE')$$;
COMMENT ON FUNCTION openlineage.api_complete_run(text[], json, text) IS
    'POST /jobs/runs/{id}/complete. Query and errors as POST /jobs/runs/{id}/start.';

CREATE FUNCTION openlineage.api_fail_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'FAIL')$$;
COMMENT ON FUNCTION openlineage.api_fail_run(text[], json, text) IS
    'POST /jobs/runs/{id}/fail. Query and errors as POST /jobs/runs/{id}/start.';

CREATE FUNCTION openlineage.api_abort_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'ABORT')$$;
COMMENT ON FUNCTION openlineage.api_abort_run(text[], json, text) IS
    'POST /jobs/runs/{id}/abort. Query and errors as POST /jobs/runs/{id}/start.';

REVOKE ALL ON FUNCTION openlineage.api_put_dataset(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_put_job(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_post_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_start_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_complete_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_fail_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_abort_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.mark_run(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_dataset(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_put_job(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_post_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_start_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_complete_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_fail_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_abort_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.mark_run(text[], json, text) TO openlineage_writer;
-- Search by name, and by the words of facets.
--
-- Ids come from openlineage.search(), which finds them in trusted state and in
-- namespaces the caller may read only; what is shown is read by the caller.
-- Either search walks along a few hundred names first: what is common fills the
-- page there.  What does not is looked up in an index of grams or words, which
-- costs what it finds.  Sorted by time the walk goes along the times.

CREATE FUNCTION openlineage.search_rank(ids int[], arguments json, everything boolean, visible int[]) RETURNS int[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT array_agg(r.id ORDER BY r.ordinal)
      FROM (SELECT n.id, row_number() OVER (ORDER BY CASE WHEN (arguments ->> 'by_time')::boolean THEN t.updated_at END DESC,
                                                     left(n.name, 256) COLLATE "C", n.name_hash, s.name COLLATE "C", n.kind) AS ordinal
              FROM unnest(ids) AS k (id)
              JOIN openlineage.node AS n ON n.id = k.id
              JOIN openlineage.namespace AS s ON s.id = n.namespace_id
              LEFT JOIN openlineage.job_activity AS j ON j.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
              LEFT JOIN openlineage.dataset_activity AS d ON d.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
             CROSS JOIN LATERAL (SELECT COALESCE(j.updated_at, d.updated_at)) AS t (updated_at)
             WHERE n.job_id IS NULL
               -- Of an alias the dataset that it stands for, too: its times would tell of it.
               AND (everything OR n.namespace_id = ANY (visible) AND COALESCE(j.namespace_id, d.namespace_id) = ANY (visible))
               AND (arguments ->> 'kind' IS NULL OR n.kind::text = arguments ->> 'kind')
               AND (arguments ->> 'home' IS NULL OR n.namespace_id = (arguments ->> 'home')::int)
               AND (arguments ->> 'after' IS NULL OR t.updated_at >= (arguments ->> 'after')::timestamptz)
               AND (arguments ->> 'before' IS NULL OR t.updated_at < (arguments ->> 'before')::timestamptz)
               AND t.updated_at IS NOT NULL
               AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END)
             ORDER BY ordinal
             LIMIT (arguments ->> 'limit')::int) AS r
    $$;
COMMENT ON FUNCTION openlineage.search_rank(int[], json, boolean, int[]) IS
    'Part of search: those of these nodes that the arguments (kind, home, after, before, by_time, limit) and the readable namespaces leave, in order.';
REVOKE ALL ON FUNCTION openlineage.search_rank(int[], json, boolean, int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.search_walk(arguments json, step int) RETURNS TABLE (id int, name text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 200
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT w.id, w.name
      FROM unnest(CASE WHEN arguments ->> 'kind' IS NULL THEN '{job,dataset}' ELSE ARRAY[arguments ->> 'kind'] END::openlineage.node_kind[]) AS k (kind)
     CROSS JOIN LATERAL (SELECT n.id, n.name, n.name_hash
                           FROM openlineage.node AS n
                          WHERE n.kind = k.kind
                            AND n.job_id IS NULL
                          ORDER BY left(n.name, 256) COLLATE "C", n.name_hash
                          FETCH FIRST (step) ROWS WITH TIES) AS w
     ORDER BY left(w.name, 256) COLLATE "C", w.name_hash
     FETCH FIRST (step) ROWS WITH TIES;
END
$$;
COMMENT ON FUNCTION openlineage.search_walk(json, int) IS
    'Part of search: the first nodes in the order of their names, of one kind when the arguments say so; more than step only where names agree.';
REVOKE ALL ON FUNCTION openlineage.search_walk(json, int) FROM PUBLIC;

-- By time: jobs along the index of their lists, datasets along that of the hours they were last told of.
-- What of either was told after the answer's since is complete, so a page of that is the first page of all.
CREATE FUNCTION openlineage.search_recent(arguments json, step int) RETURNS TABLE (id int, name text, since timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT j.node_id, j.updated_at, 'job' AS kind
          FROM openlineage.job_candidates((arguments ->> 'home')::int, NULL, step) AS j
         WHERE arguments ->> 'kind' IS DISTINCT FROM 'dataset'
        UNION ALL
        (SELECT d.node_id, d.updated_at, 'dataset'
           FROM (SELECT a.node_id, a.updated_at
                   FROM openlineage.dataset_activity AS a
                  WHERE arguments ->> 'kind' IS DISTINCT FROM 'job'
                  ORDER BY a.updated_hour DESC
                  FETCH FIRST (step) ROWS WITH TIES) AS d
          ORDER BY d.updated_at DESC
          FETCH FIRST (step) ROWS WITH TIES)
    ), complete AS MATERIALIZED (
        SELECT max(k.since) AS since
          FROM (SELECT min(t.updated_at) AS since FROM told AS t GROUP BY t.kind HAVING count(*) >= step) AS k
    )
    SELECT n.id, n.name, c.since
      FROM complete AS c
      LEFT JOIN (SELECT t.updated_at, k.id, k.name
                   FROM told AS t
                  CROSS JOIN LATERAL (SELECT o.id, o.name FROM openlineage.node AS o WHERE o.id = t.node_id
                                      UNION ALL
                                      SELECT o.id, o.name FROM openlineage.node AS o WHERE o.canonical_id = t.node_id) AS k) AS n
        ON c.since IS NULL OR n.updated_at > c.since;
END
$$;
COMMENT ON FUNCTION openlineage.search_recent(json, int) IS
    'Part of search: the nodes told of last and their aliases, of one kind and namespace when the arguments say so, with the time after which none is missing, null when none at all is, and a row without a node where nothing was told after it; about step of either kind.';
REVOKE ALL ON FUNCTION openlineage.search_recent(json, int) FROM PUBLIC;

CREATE FUNCTION openlineage.search_names(arguments json, everything boolean, visible int[]) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    pattern  text := '%' || regexp_replace(arguments ->> 'q', '([\\%_])', '\\\1', 'g') || '%';
    grams    bigint[] := openlineage.pattern_grams(arguments ->> 'q');
    by_time  boolean := (arguments ->> 'by_time')::boolean;
    kinds    openlineage.node_kind[] := CASE WHEN arguments ->> 'kind' IS NULL THEN '{job,dataset}'
                                             ELSE ARRAY[(arguments ->> 'kind')::openlineage.node_kind] END;
    home     int := (arguments ->> 'home')::int;
    wanted   int := (arguments ->> 'limit')::int;
    enough   int := 2000 + wanted;
    steps    int[] := ARRAY[200, 5000];
    walked   int;
    since    timestamptz;
    ids      int[];
    found    int[];
BEGIN
    IF NOT by_time THEN
        SELECT count(*), array_agg(w.id) FILTER (WHERE w.name ILIKE pattern) INTO walked, ids
          FROM openlineage.search_walk(arguments, 200) AS w;
        found := openlineage.search_rank(ids, arguments, everything, visible);
        IF walked < 200 OR cardinality(found) >= wanted THEN
            RETURN COALESCE(found, '{}');
        END IF;
    END IF;
    FOR i IN 1 .. CASE WHEN by_time THEN cardinality(steps) ELSE 1 END LOOP
        IF by_time THEN
            SELECT min(r.since), array_agg(r.id) FILTER (WHERE r.name ILIKE pattern) INTO since, ids
              FROM openlineage.search_recent(arguments, GREATEST(steps[i], 2 * wanted)) AS r;
            found := openlineage.search_rank(ids, arguments, everything, visible);
            IF since IS NULL OR cardinality(found) >= wanted THEN
                RETURN COALESCE(found, '{}');
            END IF;
        END IF;
        CONTINUE WHEN i > 1;
        ids := ARRAY(SELECT n.id
                       FROM openlineage.node AS n
                      WHERE n.job_id IS NULL
                        AND (openlineage.name_grams(n.name) @> grams OR openlineage.name_grams(n.name) @> '{-1}')
                        AND n.name ILIKE pattern
                      LIMIT enough);
        IF cardinality(ids) < enough THEN
            RETURN COALESCE(openlineage.search_rank(ids, arguments, everything, visible), '{}');
        END IF;
    END LOOP;
    -- So many that only the first of them are looked at, and all only if what is hidden was among those.
    FOREACH enough IN ARRAY ARRAY[enough, NULL] LOOP
        ids := ARRAY(SELECT n.id
                       FROM openlineage.node AS n
                       LEFT JOIN openlineage.job_activity AS j ON by_time AND j.node_id = COALESCE(n.canonical_id, n.id)
                       LEFT JOIN openlineage.dataset_activity AS d ON by_time AND d.node_id = COALESCE(n.canonical_id, n.id)
                      WHERE n.job_id IS NULL
                        AND n.kind = ANY (kinds)
                        AND (home IS NULL OR n.namespace_id = home)
                        AND (everything OR n.namespace_id = ANY (visible))
                        AND (openlineage.name_grams(n.name) @> grams OR openlineage.name_grams(n.name) @> '{-1}')
                        AND n.name ILIKE pattern
                      ORDER BY COALESCE(j.updated_at, d.updated_at) DESC NULLS LAST, left(n.name, 256) COLLATE "C", n.name_hash
                      LIMIT enough);
        found := openlineage.search_rank(ids, arguments, everything, visible);
        EXIT WHEN cardinality(found) >= wanted OR cardinality(ids) < enough;
    END LOOP;
    RETURN COALESCE(found, '{}');
END
$$;
COMMENT ON FUNCTION openlineage.search_names(json, boolean, int[]) IS
    'Part of search: jobs, datasets and aliases with the text q in their name, in either case.';
REVOKE ALL ON FUNCTION openlineage.search_names(json, boolean, int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.search_query(q text) RETURNS tsquery
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning
    AS $$
    SELECT to_tsquery('simple'::regconfig, string_agg('''' || w.word || '''', ' <-> ' ORDER BY w.ordinal) || ':*')
      FROM unnest(string_to_array(regexp_replace(openlineage.spaced_words(left(q, 1000)), ' +', ' ', 'g'), ' '))
           WITH ORDINALITY AS w (word, ordinal)
     WHERE w.word <> '' AND w.ordinal <= 16
    $$;
COMMENT ON FUNCTION openlineage.search_query(text) IS
    'The words of a text one after the other, the last of them as the beginning of one; null when it has none.';

CREATE FUNCTION openlineage.search_words(arguments json, everything boolean, visible int[]) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := (arguments ->> 'limit')::int;
    named   int[] := openlineage.search_names(arguments, everything, visible);
    query   tsquery := openlineage.search_query(arguments ->> 'q');
    walked  int;
    ids     int[];
    told    int[];
BEGIN
    IF cardinality(named) >= wanted OR query IS NULL THEN
        RETURN named;
    END IF;
    SELECT count(*), array_agg(w.id) FILTER (WHERE EXISTS (SELECT FROM openlineage.search_facet AS f
                                                             JOIN openlineage.facet AS c ON c.id = f.facet_id
                                                            WHERE f.node_id = w.id AND f.words @@ query
                                                              AND c.content_hash = f.content_hash AND NOT c.is_deleted))
      INTO walked, ids
      FROM openlineage.search_walk(arguments, 200) AS w;
    told := openlineage.search_rank(ids, arguments, everything, visible);
    IF walked >= 200 AND COALESCE(cardinality(told), 0) < wanted THEN
        ids := ARRAY(SELECT f.node_id
                       FROM openlineage.search_facet AS f
                       JOIN openlineage.facet AS c ON c.id = f.facet_id
                      WHERE f.words @@ query AND c.content_hash = f.content_hash AND NOT c.is_deleted);
        ids := ARRAY(SELECT DISTINCT u.id FROM unnest(ids) AS u (id));
        told := openlineage.search_rank(ids, arguments, everything, visible);
    END IF;
    RETURN (SELECT COALESCE(array_agg(h.id ORDER BY h.place, h.ordinal), '{}')
              FROM (SELECT a.id, 1 AS place, a.ordinal FROM unnest(named) WITH ORDINALITY AS a (id, ordinal)
                    UNION ALL
                    SELECT b.id, 2, b.ordinal FROM unnest(told) WITH ORDINALITY AS b (id, ordinal) WHERE b.id <> ALL (named)
                    ORDER BY place, ordinal
                    LIMIT wanted) AS h);
END
$$;
COMMENT ON FUNCTION openlineage.search_words(json, boolean, int[]) IS
    'Part of search: first what has the text q in its name, then what has its words in a facet.';
REVOKE ALL ON FUNCTION openlineage.search_words(json, boolean, int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.search(scope text, arguments json) RETURNS int[]
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_search';
COMMENT ON FUNCTION openlineage.search(text, json) IS
    'Ids of the nodes that search finds for the caller, in order. scope: names or words; arguments: q, kind, home, after, before, by_time, limit. Errors: 22023 for another scope.';
REVOKE ALL ON FUNCTION openlineage.search(text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.search(text, json) TO openlineage_reader;

CREATE FUNCTION openlineage.api_search(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted     text := openlineage.api_text(query, 'q');
    kinds      text[] := openlineage.api_choice(query, 'filter', '{JOB,DATASET}');
    by_time    boolean := openlineage.api_choice(query, 'sort', '{NAME,UPDATE_AT}') = '{UPDATE_AT}';
    max_rows   int := openlineage.api_limit(query, 10);
    home       text := openlineage.api_text(query, 'namespace');
    before     timestamptz := openlineage.api_date(query, 'before');
    after      timestamptz := openlineage.api_date(query, 'after');
    page       int[];
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param q must not be blank' USING ERRCODE = 'OL400';
    END IF;
    page := openlineage.search('names', json_build_object(
                'q', wanted,
                'kind', CASE cardinality(kinds) WHEN 1 THEN lower(kinds[1]) END,
                'home', CASE WHEN home IS NOT NULL  -- no namespace has the id 0
                             THEN COALESCE((SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.readable_hash(home)), 0) END,
                'before', before, 'after', after, 'by_time', COALESCE(by_time, false), 'limit', max_rows));
    RETURN json_build_object(
               'results', (SELECT COALESCE(json_agg(json_build_object(
                                                        'type', upper(n.kind::text),
                                                        'name', n.name,
                                                        'updatedAt', openlineage.iso_time(COALESCE(j.updated_at, d.updated_at)),
                                                        'namespace', s.name,
                                                        'nodeId', n.kind || ':' || s.name || ':' || n.name)
                                                    ORDER BY array_position(page, n.id)),
                                           '[]')
                             FROM openlineage.node AS n
                             JOIN openlineage.namespace AS s ON s.id = n.namespace_id
                             LEFT JOIN openlineage.job_activity AS j ON j.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
                             LEFT JOIN openlineage.dataset_activity AS d ON d.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
                            WHERE n.id = ANY (page)),
               'totalCount', cardinality(page));
END
$$;
COMMENT ON FUNCTION openlineage.api_search(text[], json) IS
    'GET /search. Query: q (required; a part of the name, in either case), filter (JOB, DATASET), sort (NAME, or UPDATE_AT: latest first), limit (10, at most 1000), namespace, before and after (YYYY-MM-DD, of the last update). Raises OL400 when q is blank or a date is none, 22023 for an unknown filter or sort, OL404 when limit is no integer. From node, job_activity and dataset_activity.';

-- Search of Marquez' v2beta: names, columns, descriptions, SQL, source code,
-- tags and whatever else stands in the facets of jobs and datasets.

CREATE FUNCTION openlineage.search_mark(value text, wanted text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT regexp_replace(substr(value, greatest(m.at - 60, 1), 200), '(' || m.pattern || ')', '<em>\1</em>', 'gi')
      FROM (SELECT p.pattern, regexp_instr(value, p.pattern, 1, 1, 0, 'i') AS at
              FROM (SELECT string_agg(regexp_replace(w.word, '([^[:alnum:]])', '\\\1', 'g'), '[^[:alnum:]]+' ORDER BY w.ordinal)
                      FROM regexp_split_to_table(openlineage.spaced_words(left(wanted, 1000)), ' +') WITH ORDINALITY AS w (word, ordinal)
                     WHERE w.word <> '' AND w.ordinal <= 16) AS p (pattern)) AS m
     WHERE m.at > 0
    $$;
COMMENT ON FUNCTION openlineage.search_mark(text, text) IS
    'The part of a text around the words that were wanted, these between <em> and </em>; null when they are not in it.';

CREATE FUNCTION openlineage.search_highlights(ids int[], wanted text) RETURNS TABLE (node_id int, highlights json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    query  tsquery := openlineage.search_query(wanted);
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT n.id, 'name' AS path, n.name AS value FROM openlineage.node AS n WHERE n.id = ANY (ids)
        UNION ALL
        SELECT f.node_id, 'facets.' || t.path, t.value
          FROM openlineage.search_facet AS w
          JOIN openlineage.facet AS f ON f.id = w.facet_id AND f.content_hash = w.content_hash AND NOT f.is_deleted
          JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
         CROSS JOIN LATERAL openlineage.facet_strings(f.name, openlineage.redact(c.body)) AS t
         WHERE w.node_id = ANY (ids)
           AND w.words @@ query
           AND octet_length(c.body::text) <= 100000
    ), marked AS (
        SELECT t.id, t.path, m.part, row_number() OVER (PARTITION BY t.id, t.path ORDER BY m.part COLLATE "C") AS ordinal
          FROM told AS t
         CROSS JOIN LATERAL openlineage.search_mark(t.value, wanted) AS m (part)
         WHERE m.part IS NOT NULL
         GROUP BY t.id, t.path, m.part
    )
    SELECT p.id, json_object_agg(p.path, p.parts ORDER BY p.path COLLATE "C")
      FROM (SELECT m.id, m.path, json_agg(m.part ORDER BY m.ordinal) AS parts
              FROM marked AS m
             WHERE m.ordinal <= 5
             GROUP BY m.id, m.path) AS p
     GROUP BY p.id;
END
$$;
COMMENT ON FUNCTION openlineage.search_highlights(int[], text) IS
    'Where these nodes have the wanted words: an object of arrays of at most five parts by path. No row for a node that has them nowhere, or in facets of more than 100,000 bytes only.';

CREATE FUNCTION openlineage.event_type(state text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE state WHEN 'COMPLETED' THEN 'COMPLETE' WHEN 'FAILED' THEN 'FAIL' WHEN 'ABORTED' THEN 'ABORT'
                      WHEN 'RUNNING' THEN 'RUNNING' WHEN 'NEW' THEN 'OTHER' END
    $$;
COMMENT ON FUNCTION openlineage.event_type(text) IS 'The eventType that leads to a state of a run.';

CREATE FUNCTION openlineage.job_hits(ids int[]) RETURNS TABLE (node_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT n.id,
           json_build_object(
               'run_id', a.latest_run_id,
               'name', n.name,
               'namespace', s.name,
               'eventType', openlineage.event_type(a.latest_state),
               'type', j.type,
               'facets', COALESCE(f.facets, '{}'),
               'runFacets', COALESCE(r.facets, '{}'))
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      JOIN openlineage.job AS j ON j.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
      LEFT JOIN openlineage.job_activity AS a ON a.node_id = j.node_id
      LEFT JOIN openlineage.node_facets(ids) AS f ON f.node_id = j.node_id
      LEFT JOIN openlineage.run_facets(ARRAY(SELECT l.latest_run_id FROM openlineage.job_activity AS l WHERE l.node_id = ANY (ids))) AS r
        ON r.run_id = a.latest_run_id
     WHERE n.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.job_hits(int[]) IS 'These jobs as v2beta search shows them.';

CREATE FUNCTION openlineage.dataset_hits(ids int[]) RETURNS TABLE (node_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    datasets  int[] := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = ANY (ids));
BEGIN
    RETURN QUERY
    SELECT n.id,
           json_build_object(
               'run_id', v.created_by_run,
               'name', n.name,
               'namespace', s.name,
               'eventType', openlineage.event_type(r.state::text),
               'facets', COALESCE(f.facets, '{}'))
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.run AS r ON r.id = v.created_by_run
      LEFT JOIN openlineage.node_facets(datasets) AS f ON f.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
     WHERE n.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_hits(int[]) IS
    'These datasets or aliases as v2beta search shows them; run_id is the run that made the current version.';

-- A facet has the words of all that it names, and not everybody may hear of that.
CREATE FUNCTION openlineage.has_words(node_id int, wanted text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    query  tsquery := openlineage.search_query(wanted);
BEGIN
    RETURN EXISTS (SELECT FROM openlineage.node AS n
                    WHERE n.id = has_words.node_id
                      AND n.name ILIKE '%' || regexp_replace(wanted, '([\\%_])', '\\\1', 'g') || '%')
        OR EXISTS (SELECT
                     FROM openlineage.search_facet AS w
                     JOIN openlineage.facet AS f ON f.id = w.facet_id AND f.content_hash = w.content_hash AND NOT f.is_deleted
                     JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
                    CROSS JOIN LATERAL (SELECT openlineage.redact(c.body) OFFSET 0) AS r (body)
                    WHERE w.node_id = has_words.node_id
                      AND w.words @@ query
                      AND (r.body::text = c.body::text OR openlineage.facet_words(f.name, r.body) @@ query));
END
$$;
COMMENT ON FUNCTION openlineage.has_words(int, text) IS
    'Whether this node has a text in its name, or the words of it in what the caller may read of a facet.';

CREATE FUNCTION openlineage.search_page(query json, kind text) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted    text := openlineage.api_text(query, 'q');
    max_rows  int := least(openlineage.api_number(query, 'limit', 10), 100);
    asked     int := max_rows;
    page      int[];
    kept      int[];
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param q must not be blank' USING ERRCODE = 'OL400';
    END IF;
    LOOP
        page := openlineage.search('words', json_build_object('q', wanted, 'kind', kind, 'by_time', false, 'limit', asked));
        EXIT WHEN openlineage.access_open() OR openlineage.sees_all();
        kept := ARRAY(SELECT p.id
                        FROM unnest(page) WITH ORDINALITY AS p (id, ordinal)
                       WHERE openlineage.has_words(p.id, wanted)
                       ORDER BY p.ordinal
                       LIMIT max_rows);
        EXIT WHEN cardinality(kept) = max_rows OR cardinality(page) < asked;
        asked := 4 * asked;
    END LOOP;
    RETURN COALESCE(kept, page);
END
$$;
COMMENT ON FUNCTION openlineage.search_page(json, text) IS 'The ids of one answer of v2beta search.';

CREATE FUNCTION openlineage.api_search_jobs(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    page  int[] := openlineage.search_page(query, 'job');
BEGIN
    RETURN json_build_object(
               'hits', COALESCE(json_agg(h.object ORDER BY array_position(page, h.node_id)), '[]'),
               'highlights', COALESCE(json_agg(COALESCE(m.highlights, '{}') ORDER BY array_position(page, h.node_id)), '[]'))
      FROM openlineage.job_hits(page) AS h
      LEFT JOIN openlineage.search_highlights(page, openlineage.api_text(query, 'q')) AS m ON m.node_id = h.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_search_jobs(text[], json) IS
    'GET /api/v2beta/search/jobs. Query: q (required), limit (10, at most 100). Jobs with q in their name first, then those with its words, the last as a beginning, one after the other in a facet; each by name. Raises OL400 when q is blank, OL400 and OL404 for a bad limit. From node, search_facet, facet and job_activity.';

CREATE FUNCTION openlineage.api_search_datasets(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    page  int[] := openlineage.search_page(query, 'dataset');
BEGIN
    RETURN json_build_object(
               'hits', COALESCE(json_agg(h.object ORDER BY array_position(page, h.node_id)), '[]'),
               'highlights', COALESCE(json_agg(COALESCE(m.highlights, '{}') ORDER BY array_position(page, h.node_id)), '[]'))
      FROM openlineage.dataset_hits(page) AS h
      LEFT JOIN openlineage.search_highlights(page, openlineage.api_text(query, 'q')) AS m ON m.node_id = h.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_search_datasets(text[], json) IS
    'GET /api/v2beta/search/datasets. Query, order and errors as GET /api/v2beta/search/jobs. From node, search_facet, facet and dataset_version.';
-- The lineage graph as Marquez draws it: datasets and jobs with the edges
-- between them.  The walk and the answer are made in C (api/lineage.c); here is
-- what is asked, and which runs and versions a question about the past means.
--
-- The graph is that of now, or of a time (as_of), or as a run saw it (runs: that
-- run and those upstream_runs() finds, nearest first); at most one is given.  What changes with them are the edges, the
-- inputs and outputs of jobs, the columns of datasets and the run of a job;
-- everything else is as it is now.

CREATE FUNCTION openlineage.seen_runs(runs uuid[]) RETURNS TABLE (job_id int, run_id uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (r.job_id) r.job_id, r.id
      FROM unnest(runs) WITH ORDINALITY AS u (id, ordinal)
      JOIN openlineage.run AS r ON r.id = u.id
     ORDER BY r.job_id, u.ordinal;
END
$$;
COMMENT ON FUNCTION openlineage.seen_runs(uuid[]) IS
    'The first run of each job among these.';

CREATE FUNCTION openlineage.lineage_versions(ids int[], as_of timestamptz, runs uuid[]) RETURNS TABLE (dataset_id int, version_id bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF as_of IS NOT NULL THEN
        RETURN QUERY
        SELECT d.node_id, openlineage.dataset_version_at(d.node_id, as_of)
          FROM openlineage.dataset AS d
         WHERE d.node_id = ANY (ids);
    ELSIF runs IS NOT NULL THEN
        RETURN QUERY
        SELECT DISTINCT ON (v.dataset_id) v.dataset_id, v.version_id
          FROM (SELECT i.dataset_id, i.version_id, u.ordinal
                  FROM openlineage.run_inputs(runs) AS i
                  JOIN unnest(runs) WITH ORDINALITY AS u (id, ordinal) ON u.id = i.run_id
                UNION ALL
                SELECT o.dataset_id, COALESCE(o.version_id, openlineage.dataset_version_at(o.dataset_id, o.last_at)), 0
                  FROM openlineage.run_io_time AS o
                 WHERE o.run_id = runs[1] AND o.io = 'output') AS v
         WHERE v.dataset_id = ANY (ids)
         ORDER BY v.dataset_id, v.ordinal;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_versions(int[], timestamptz, uuid[]) IS
    'The version of these datasets at a time; or the one that the first of these runs wrote, else read, else that the next of them read. No row when neither is asked for.';

CREATE FUNCTION openlineage.api_max_nodes(query json) RETURNS int
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_nodes  int := least(openlineage.api_number(query, 'maxNodes', 10000), 10000);
BEGIN
    IF max_nodes = 0 THEN
        RAISE EXCEPTION 'query param maxNodes must be greater than or equal to 1' USING ERRCODE = 'OL400';
    END IF;
    RETURN max_nodes;
END
$$;
COMMENT ON FUNCTION openlineage.api_max_nodes(json) IS
    'How many nodes a graph has at most: the query parameter maxNodes, 10000 unless it is given, a larger one is taken as 10000. Raises what api_number does, and OL400 when it is 0.';

CREATE FUNCTION openlineage.lenient_version(node_id text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT substring(right(node_id, 37) FROM '^#([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$')::uuid
    $$;
COMMENT ON FUNCTION openlineage.lenient_version(text) IS
    'The version at the end of a node id; null when it has none.';

CREATE FUNCTION openlineage.api_lineage_start(query json, run uuid) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted    text := openlineage.api_text(query, 'nodeId');
    found_id  int;
    kind      text;
BEGIN
    IF run IS NOT NULL THEN
        SELECT r.job_id INTO found_id FROM openlineage.run AS r WHERE r.id = run;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Run ''%'' not found.', run USING ERRCODE = 'OL404';
        ELSIF wanted IS NULL THEN
            RETURN found_id;
        END IF;
    END IF;
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param nodeId must not be null' USING ERRCODE = 'OL400';
    ELSIF wanted ~ '^(run|datasetField):.' THEN
        RAISE EXCEPTION 'Node ''%'' must be of type dataset or job!', wanted USING ERRCODE = 'OL404';
    ELSIF wanted !~ '^(dataset|job):.+:.' THEN
        RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
    END IF;
    found_id := openlineage.resolve_node(wanted);
    IF found_id IS NULL THEN
        kind := CASE WHEN starts_with(wanted, 'job:') THEN 'Job' ELSE 'Dataset' END;
        RAISE EXCEPTION '% ''%'' not found.', kind, regexp_replace(wanted, '^.*:(?!//|[0-9])', '')
            USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_lineage_start(json, uuid) IS
    'The node that the query parameter nodeId names, else the job of the run. Raises OL400 when both are missing, OL404 when nodeId names neither a dataset nor a job or an unknown one, or the run is unknown.';

CREATE FUNCTION openlineage.lineage_graph(
        start      int,
        depth      int,           -- in edges, null for all
        direction  text,          -- as walk() has it
        max_nodes  int,
        as_of      timestamptz,   -- null for now
        run        uuid,          -- or as this run saw it
        runs       uuid[],        -- that run and those upstream_runs() finds, nearest first
        runs_cut   boolean)       -- there were more of them
    RETURNS json
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage_graph';
COMMENT ON FUNCTION openlineage.lineage_graph(int, int, text, int, timestamptz, uuid, uuid[], boolean) IS
    'The answer of GET /lineage: {graph: the nodes of a walk, the start included, by their ids in the API, with the edges among them}, hidden nodes left out and steps shown as their job. The max_nodes nearest, of those equally far the first by id, and "truncated": true when there were more or runs_cut is true. Raises 22004 for a null where there must be a value, 22023 for a direction that is none or less than one node. From walk, and what nodes show from job, job_activity, dataset, dataset_activity, facet, shown_tags, edge, edge_history, run_edges and what run_json reads.';

-- Marquez counts depth in jobs, and at depth 0 shows a job with its own
-- datasets: 2 x depth + 1 edges from a job.  From a dataset it takes one of
-- its jobs as the start, so that everything within one edge more is enough.
CREATE FUNCTION openlineage.api_lineage(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    -- The planner overrates the joins of arrays, and compiling costs more than they do.
    SET jit = off
    AS $$
DECLARE
    run_param  text := openlineage.api_text(query, 'runId');
    run        uuid := CASE WHEN run_param IS NOT NULL THEN openlineage.api_uuid(run_param) END;
    start      int := openlineage.api_lineage_start(query, run);
    as_of      timestamptz := openlineage.api_time(query, 'asOf', NULL);
    directions text[] := openlineage.api_choice(query, 'direction', '{UPSTREAM, DOWNSTREAM, BOTH}');
    jobs_away  int := least(openlineage.api_number(query, 'depth', 20), 1000000);
    max_nodes  int := openlineage.api_max_nodes(query);
    is_job     boolean := (SELECT n.kind = 'job' FROM openlineage.node AS n WHERE n.id = start);
    runs       uuid[];
BEGIN
    IF as_of IS NOT NULL AND run IS NOT NULL THEN
        RAISE EXCEPTION 'query params asOf and runId exclude each other' USING ERRCODE = 'OL400';
    ELSIF cardinality(directions) > 1 THEN
        RAISE EXCEPTION 'query param direction must be one of [UPSTREAM, DOWNSTREAM, BOTH]'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF run IS NOT NULL THEN
        -- From its own job a run is seen as deep as is asked for; to another
        -- node of its graph the way may be longer.
        runs := ARRAY(SELECT u.run_id
                        FROM openlineage.upstream_runs(
                                 run, CASE WHEN EXISTS (SELECT FROM openlineage.run AS r WHERE r.id = run AND r.job_id = start)
                                           THEN jobs_away + 1 END, 100000) AS u);
    END IF;
    RETURN openlineage.lineage_graph(start, 2 * jobs_away + CASE WHEN is_job THEN 1 ELSE 2 END,
                                     CASE directions[1] WHEN 'UPSTREAM' THEN 'upstream' WHEN 'DOWNSTREAM' THEN 'downstream'
                                                        ELSE 'undirected' END,
                                     max_nodes, as_of, run, runs, COALESCE(cardinality(runs) >= 100000, false));
END
$$;
COMMENT ON FUNCTION openlineage.api_lineage(text[], json) IS
    'GET /lineage. Query: nodeId (dataset:NAMESPACE:NAME or job:NAMESPACE:NAME; required unless runId is given, whose job is then the start), depth (20, in jobs), direction (UPSTREAM, DOWNSTREAM or BOTH: what is connected by edges in either direction; BOTH), maxNodes (10000, at most 10000: the nearest so many, and "truncated": true when there are more), asOf (a time: the edges that held then) or runId (the graph as that run saw it: what it read and wrote and, upstream, the runs those versions came from). An alias answers with the dataset it stands for; a hidden node is not shown but passed. Raises OL400 when nodeId is missing, depth negative, maxNodes below 1 or both asOf and runId are given, 22023 for another direction, 22007 when asOf is no time, OL404 when the node or run is unknown or of another kind. From edge, edge_history and run_io.';
-- The graph of runs: which runs the inputs of a run came from.

CREATE FUNCTION openlineage.upstream_inputs(runs uuid[]) RETURNS TABLE (run_id uuid, inputs json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    SELECT i.run_id,
           json_agg(json_build_object(
                        'namespace', s.name,
                        'name', n.name,
                        'version', openlineage.version_uuid('dataset', s.name, n.name,
                                                            COALESCE(v.content_hash, openlineage.hash128(''))),
                        'producedByRunId', i.producer)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C")
      FROM openlineage.run_inputs(runs) AS i
      JOIN openlineage.node AS n ON n.id = i.dataset_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
     WHERE NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = i.dataset_id)
     GROUP BY i.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.upstream_inputs(uuid[]) IS
    'The dataset versions that these runs read with the runs they came from, as JSON arrays by namespace and name. No row for a run without inputs. From run_inputs.';

CREATE FUNCTION openlineage.api_upstream_runs(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_custom_plan
    AS $$
DECLARE
    max_runs   CONSTANT int := 10000;
    wanted     text := openlineage.api_text(query, 'runId');
    depth      int := openlineage.api_number(query, 'depth', 20);
    found      uuid[];
    distances  int[];
    answer     json;
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param runId must not be null' USING ERRCODE = 'OL400';
    END IF;
    SELECT array_agg(u.run_id), array_agg(u.distance)
      INTO found, distances
      FROM openlineage.upstream_runs(openlineage.api_uuid(wanted), depth, max_runs + 1) AS u;
    IF NOT EXISTS (SELECT
                     FROM openlineage.run AS r
                    WHERE r.id = found[1]
                      AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = r.job_id)) THEN
        RAISE EXCEPTION 'Run ''%'' not found.', lower(wanted) USING ERRCODE = 'OL404';
    END IF;
    SELECT json_agg(json_build_object(
                        'job', json_build_object(
                            'namespace', s.name,
                            'name', n.name,
                            'version', openlineage.version_uuid('job', s.name, n.name, v.content_hash)),
                        'run', json_build_object(
                            'id', r.id,
                            'start', openlineage.iso_time(COALESCE(r.start_time, r.running_time)),
                            'end', openlineage.iso_time(openlineage.ended_at(r)),
                            'status', COALESCE(r.state, 'NEW')),
                        'inputs', COALESCE(i.inputs, '[]'))
                    ORDER BY u.distance, n.name COLLATE "C", s.name COLLATE "C", r.id)
      INTO answer
      FROM unnest(found[:max_runs], distances[:max_runs]) AS u (id, distance)
      JOIN openlineage.run AS r ON r.id = u.id
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.job_version AS v ON v.id = r.job_version_id
      LEFT JOIN openlineage.upstream_inputs(found[:max_runs]) AS i ON i.run_id = r.id
     WHERE NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = r.job_id);
    IF cardinality(found) > max_runs THEN
        RETURN json_build_object('runs', answer, 'truncated', true);
    END IF;
    RETURN json_build_object('runs', answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_upstream_runs(text[], json) IS
    'GET /runlineage/upstream. Query: runId (required), depth (20, in runs). The run asked about first, then the runs its inputs came from, nearest first, each once, 10000 at most, then with "truncated": true. Hidden datasets and runs of hidden jobs are left out. Raises OL400 when runId is missing or depth negative, OL404 when runId is no UUID or unknown. From upstream_runs.';
-- Column lineage as Marquez draws it.  Which columns are in the graph is for
-- openlineage.walk_columns() to say; here they get their objects.

CREATE FUNCTION openlineage.merge_transformations(told json[]) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT COALESCE(json_agg(d.item ORDER BY d.ordinal), '[]')
      FROM (SELECT DISTINCT ON (i.item::text) i.item, row_number() OVER (ORDER BY t.ordinal, i.ordinal) AS ordinal
              FROM unnest(told) WITH ORDINALITY AS t (list, ordinal)
             CROSS JOIN LATERAL json_array_elements(t.list) WITH ORDINALITY AS i (item, ordinal)
             ORDER BY i.item::text, t.ordinal, i.ordinal) AS d
    $$;
COMMENT ON FUNCTION openlineage.merge_transformations(json[]) IS
    'The entries of these arrays of transformations one after the other, each once.';

-- A row of dataset_field stays when its column left the schema or its last edge
-- went, and was never made where the events came in another order.
CREATE FUNCTION openlineage.live_columns(ids int[]) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN ARRAY(SELECT f.id
                   FROM openlineage.dataset_field AS f
                  WHERE f.id = ANY (ids)
                    AND (f.ordinal IS NOT NULL OR f.name = ''
                         -- As scalars they are looked up in the index for each column, whatever the planner expects.
                         OR (SELECT true FROM openlineage.column_edge AS e WHERE e.src = f.id LIMIT 1)
                         OR (SELECT true FROM openlineage.column_edge AS e WHERE e.dst = f.id LIMIT 1)));
END
$$;
COMMENT ON FUNCTION openlineage.live_columns(int[]) IS
    'Those of these columns that the current schema of their dataset has or that an edge names, and those that stand for a whole dataset.';

-- The column without a name stands for every column of its dataset, so that
-- one edge of a whole dataset is one edge of each column shown of it.  Where
-- both ends are whole datasets, that would be all pairs of their columns, which
-- nobody told: such an edge leads the walk on and is not drawn.
CREATE FUNCTION openlineage.column_links(ids int[])
    RETURNS TABLE (
        src              int,          -- dataset_field the value comes from
        dst              int,          -- dataset_field it goes to
        transformations  json          -- array of {type, subtype, description, masking}
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    -- Edges by arrays of their ends: policies make the planner expect next to no edge, and joined with nodes
    -- it would read all edges against all nodes.
    SET enable_nestloop = off
    AS $$
DECLARE
    shown_ids  int[];
    sets       int[];
    part_ids   int[];
    part_sets  int[];
BEGIN
    SELECT array_agg(f.id), array_agg(f.dataset_id)
      INTO shown_ids, sets
      FROM openlineage.dataset_field AS f
     WHERE f.id = ANY (ids);
    SELECT array_agg(p.id), array_agg(p.whole_of)
      INTO part_ids, part_sets
      FROM (SELECT s.id, NULL::int AS whole_of FROM unnest(shown_ids) AS s (id)
            UNION ALL
            SELECT f.id, f.dataset_id
              FROM openlineage.dataset_field AS f
             WHERE f.dataset_id = ANY (sets) AND f.name_hash = openlineage.hash128('') AND f.id <> ALL (shown_ids)) AS p;
    RETURN QUERY
    WITH shown AS MATERIALIZED (
        SELECT s.id, s.dataset_id FROM unnest(shown_ids, sets) AS s (id, dataset_id)
    ), part AS MATERIALIZED (
        SELECT p.id, p.whole_of FROM unnest(part_ids, part_sets) AS p (id, whole_of)
    ), leaving AS MATERIALIZED (
        SELECT e.src, e.dst, e.transformations, e.explicit, e.owner_id
          FROM openlineage.column_edge AS e
         WHERE e.src = ANY (part_ids)
    ), told AS MATERIALIZED (
        SELECT e.src, a.whole_of AS src_of, e.dst, b.whole_of AS dst_of, e.transformations, e.explicit, e.owner_id
          FROM leaving AS e
          JOIN part AS a ON a.id = e.src
          JOIN part AS b ON b.id = e.dst
         WHERE a.whole_of IS NULL OR b.whole_of IS NULL
    ), link AS (
        SELECT t.src, t.dst, false AS is_whole, t.transformations, t.explicit, t.owner_id
          FROM told AS t WHERE t.src_of IS NULL AND t.dst_of IS NULL
        UNION ALL
        SELECT t.src, s.id, true, t.transformations, t.explicit, t.owner_id
          FROM told AS t JOIN shown AS s ON s.dataset_id = t.dst_of
        UNION ALL
        SELECT s.id, t.dst, true, t.transformations, t.explicit, t.owner_id
          FROM told AS t JOIN shown AS s ON s.dataset_id = t.src_of
    ), owner AS MATERIALIZED (
        SELECT o.id, row_number() OVER (ORDER BY s.name COLLATE "C", o.name COLLATE "C") AS ordinal
          FROM openlineage.node AS o
          JOIN openlineage.namespace AS s ON s.id = o.namespace_id
         WHERE o.id = ANY (ARRAY(SELECT DISTINCT t.owner_id FROM told AS t))
    )
    SELECT l.src, l.dst,
           CASE WHEN count(*) = 1 THEN (array_agg(l.transformations))[1]
                ELSE openlineage.merge_transformations(
                         array_agg(l.transformations ORDER BY l.is_whole, l.explicit, o.ordinal, l.transformations::text COLLATE "C")) END
      FROM link AS l
      JOIN owner AS o ON o.id = l.owner_id
     -- A column is made from itself only where a facet says so of that column.
     WHERE l.src <> l.dst OR NOT l.is_whole
     GROUP BY l.src, l.dst;
END
$$;
COMMENT ON FUNCTION openlineage.column_links(int[]) IS
    'The edges among these columns, one for each pair, with what all who told of it say: of the column itself before that of its whole dataset. From column_edge.';

CREATE FUNCTION openlineage.column_labels(ids int[], with_version boolean)
    RETURNS TABLE (
        id         int,
        namespace  text,
        dataset    text,
        field      text,
        type       text,
        version    uuid,         -- the current one of the dataset
        label      text          -- id in the Marquez API
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    WITH field AS MATERIALIZED (
        SELECT f.id, f.dataset_id, f.name, f.type
          FROM openlineage.dataset_field AS f
         WHERE f.id = ANY (ids)
           AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = f.dataset_id)
    ), dataset AS MATERIALIZED (
        SELECT n.id, s.name AS namespace, n.name,
               openlineage.version_uuid('dataset', s.name, n.name, COALESCE(v.content_hash, openlineage.hash128(''))) AS version
          FROM (SELECT DISTINCT f.dataset_id FROM field AS f) AS d
          JOIN openlineage.node AS n ON n.id = d.dataset_id
          JOIN openlineage.namespace AS s ON s.id = n.namespace_id
          LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = n.id
          LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
    )
    SELECT f.id, d.namespace, d.name, f.name, f.type, d.version,
           'datasetField:' || d.namespace || ':' || d.name || ':' || f.name
           || CASE WHEN with_version THEN '#' || d.version ELSE '' END
      FROM field AS f
      JOIN dataset AS d ON d.id = f.dataset_id;
END
$$;
COMMENT ON FUNCTION openlineage.column_labels(int[], boolean) IS
    'The names of these columns and their ids in the Marquez API, datasetField:NAMESPACE:NAME:FIELD, with #VERSION behind when that is asked for. No row for a column of a hidden dataset.';

CREATE FUNCTION openlineage.column_graph(ids int[], with_version boolean DEFAULT false) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
DECLARE
    link_src   int[];
    link_dst   int[];
    link_told  json[];
BEGIN
    SELECT array_agg(l.src), array_agg(l.dst), array_agg(l.transformations)
      INTO link_src, link_dst, link_told
      FROM openlineage.column_links(ids) AS l;
    RETURN (
    WITH shown AS MATERIALIZED (
        SELECT c.* FROM openlineage.column_labels(ids, with_version) AS c
    ), link AS MATERIALIZED (
        SELECT i.id AS src, o.id AS dst, i.label AS src_label, o.label AS dst_label,
               i.namespace, i.dataset, i.field, i.version, l.transformations,
               json_build_object('origin', o.label, 'destination', i.label) AS in_edge,
               json_build_object('origin', i.label, 'destination', o.label) AS out_edge
          FROM unnest(link_src, link_dst, link_told) AS l (src, dst, transformations)
          JOIN shown AS i ON i.id = l.src
          JOIN shown AS o ON o.id = l.dst
    ), incoming AS (
        SELECT l.dst AS id,
               json_agg(json_build_object(
                            'namespace', l.namespace,
                            'dataset', l.dataset,
                            'datasetVersion', l.version,
                            'field', l.field,
                            'transformationDescription', l.transformations -> 0 ->> 'description',
                            'transformationType', l.transformations -> 0 ->> 'type',
                            'transformations', l.transformations) ORDER BY l.src_label COLLATE "C") AS fields,
               json_agg(l.in_edge ORDER BY l.src_label COLLATE "C") AS edges
          FROM link AS l
         GROUP BY l.dst
    ), outgoing AS (
        SELECT l.src AS id, json_agg(l.out_edge ORDER BY l.dst_label COLLATE "C") AS edges
          FROM link AS l
         GROUP BY l.src
    )
    SELECT COALESCE(json_agg(json_build_object(
                                 'id', c.label,
                                 'type', 'DATASET_FIELD',
                                 'data', json_build_object(
                                     'namespace', c.namespace,
                                     'dataset', c.dataset,
                                     'datasetVersion', c.version,
                                     'field', c.field,
                                     'fieldType', COALESCE(c.type, ''),
                                     'transformationDescription', i.fields -> 0 ->> 'transformationDescription',
                                     'transformationType', i.fields -> 0 ->> 'transformationType',
                                     'transformations', COALESCE(i.fields -> 0 -> 'transformations', '[]'),
                                     'inputFields', COALESCE(i.fields, '[]')),
                                 'inEdges', COALESCE(i.edges, '[]'),
                                 'outEdges', COALESCE(u.edges, '[]'))
                             ORDER BY c.label COLLATE "C"),
                    '[]')
      FROM shown AS c
      LEFT JOIN incoming AS i ON i.id = c.id
      LEFT JOIN outgoing AS u ON u.id = c.id
     WHERE i.id IS NOT NULL OR u.id IS NOT NULL);
END
$$;
COMMENT ON FUNCTION openlineage.column_graph(int[], boolean) IS
    'These columns as an array of column lineage nodes by id, those without any edge among them left out. As in Marquez inEdges lead from a node to its inputs, and a node has the transformations of its first input.';

CREATE FUNCTION openlineage.columns_of(node_id int, version uuid) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    is_job    boolean;
    label     text[];
    datasets  int[] := ARRAY[node_id];
    told      bigint;
    fields    text[];
BEGIN
    SELECT n.kind = 'job', ARRAY[s.name, n.name] INTO is_job, label
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = node_id;
    IF is_job THEN
        datasets := ARRAY(SELECT DISTINCT e.dst
                            FROM openlineage.edge AS e
                           WHERE e.src = ANY (node_id || ARRAY(SELECT n.id FROM openlineage.node AS n WHERE n.job_id = node_id))
                             AND e.kind <> 'control');
        IF version IS NOT NULL AND NOT EXISTS (
               SELECT FROM openlineage.job_version_list(node_id) AS v
                WHERE openlineage.version_uuid('job', label[1], label[2], v.content_hash) = version) THEN
            RETURN NULL;
        END IF;
    ELSIF version IS NOT NULL AND openlineage.version_uuid('dataset', label[1], label[2], openlineage.hash128('')) <> version THEN
        SELECT v.id INTO told
          FROM openlineage.dataset_version AS v
         WHERE v.dataset_id = node_id
           AND openlineage.version_uuid('dataset', label[1], label[2], v.content_hash) = version;
        IF told IS NULL THEN
            RETURN NULL;
        END IF;
        SELECT array_agg(i.item ->> 'name') INTO fields
          FROM openlineage.version_fields(ARRAY[told]) AS f
         CROSS JOIN LATERAL json_array_elements(f.fields) AS i (item);
    END IF;
    RETURN openlineage.live_columns(ARRAY(
               SELECT f.id
                 FROM openlineage.dataset_field AS f
                WHERE f.dataset_id = ANY (datasets)
                  AND (fields IS NULL OR f.name = ANY (fields) OR split_part(f.name, '.', 1) = ANY (fields))));
END
$$;
COMMENT ON FUNCTION openlineage.columns_of(int, uuid) IS
    'The columns of a dataset, or of all that a job writes; with a version of the dataset, those it was told with and what is nested in them. Null when the dataset or job has no such version.';

CREATE FUNCTION openlineage.api_column_start(query json, OUT columns int[], OUT version uuid)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted    text := openlineage.api_text(query, 'nodeId');
    found_id  int;
BEGIN
    version := openlineage.lenient_version(wanted);
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param nodeId must not be null' USING ERRCODE = 'OL400';
    ELSIF wanted ~ '^(dataset|job):.*:.' THEN
        found_id := openlineage.resolve_node(wanted);
        -- A name may end like a version.
        version := (SELECT api_column_start.version FROM openlineage.node AS n
                     WHERE n.id = found_id AND openlineage.lenient_version(n.name) IS DISTINCT FROM api_column_start.version);
        columns := openlineage.columns_of(found_id, version);
    ELSIF wanted ~ '^datasetField:.*:.*:.' THEN
        found_id := (openlineage.live_columns(ARRAY[openlineage.resolve_column(wanted)]))[1];
        version := (SELECT api_column_start.version FROM openlineage.dataset_field AS f
                     WHERE f.id = found_id AND openlineage.lenient_version(f.name) IS DISTINCT FROM api_column_start.version);
        IF version IS NULL OR found_id = ANY (openlineage.columns_of(
               (SELECT f.dataset_id FROM openlineage.dataset_field AS f WHERE f.id = found_id), version)) THEN
            columns := ARRAY[found_id];
        END IF;
    ELSIF wanted !~ '^run:.' THEN
        RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
    END IF;
    IF found_id IS NULL OR columns IS NULL THEN
        RAISE EXCEPTION 'Could not find node' USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_column_start(json) IS
    'The columns that the query parameter nodeId names, and the version it carries. Raises OL400 when it is missing, OL404 when it names nothing known.';

-- Marquez always shows the edges of the columns asked about, at depth 0 too.
CREATE FUNCTION openlineage.api_column_lineage(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    -- walk_columns() tells in a notice when it was cut; here that is "truncated".
    SET client_min_messages = warning
    AS $$
DECLARE
    most       CONSTANT int := 100000;
    start      record := openlineage.api_column_start(query);
    depth      int := greatest(openlineage.api_number(query, 'depth', 20), 1);
    max_nodes  int := openlineage.api_max_nodes(query);
    direction  text := CASE WHEN lower(openlineage.api_text(query, 'withDownstream')) = 'true'
                            THEN 'both' ELSE 'upstream' END;
    reached    int[];
    distances  int[];
    truncated  boolean;
    graph      json;
BEGIN
    SELECT array_agg(w.id), array_agg(w.distance)
      INTO reached, distances
      FROM openlineage.walk_columns(start.columns, depth, direction, most) AS w;
    truncated := cardinality(reached) > most;
    SELECT array_agg(r.id), array_agg(r.distance)
      INTO reached, distances
      FROM unnest(reached, distances) AS r (id, distance)
      JOIN unnest(openlineage.live_columns(reached)) AS l (id) ON l.id = r.id;
    IF cardinality(reached) > max_nodes THEN
        SELECT array_agg(n.id) FILTER (WHERE n.ordinal <= max_nodes), count(*) > max_nodes OR truncated
          INTO reached, truncated
          FROM (SELECT r.id, row_number() OVER (ORDER BY r.distance, l.label COLLATE "C") AS ordinal
                  FROM unnest(reached, distances) AS r (id, distance)
                  JOIN openlineage.column_labels(reached, false) AS l ON l.id = r.id) AS n;
    END IF;
    graph := openlineage.column_graph(reached, start.version IS NOT NULL);
    IF truncated THEN
        RETURN json_build_object('graph', graph, 'truncated', true);
    END IF;
    RETURN json_build_object('graph', graph);
END
$$;
COMMENT ON FUNCTION openlineage.api_column_lineage(text[], json) IS
    'GET /column-lineage. Query: nodeId (required: a dataset, a datasetField, or a job for the columns it writes; with #VERSION the columns of that version, and ids that carry the current versions), depth (20, in edges), withDownstream (false), maxNodes (10000, at most 10000: the nearest so many, and "truncated": true when there are more). Edges are those of now: columns have no past. Raises OL400 when nodeId is missing, depth negative or maxNodes below 1, OL404 when the node or its version is unknown. From column_edge.';
-- Where a client that was answered 401 finds an issuer of tokens.

CREATE FUNCTION openlineage.api_protected_resource(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object(
               'resource', coalesce(query -> 'base' ->> 0, ''),
               'resource_name', 'openlineage',
               'authorization_servers', coalesce((SELECT json_agg(i.issuer ORDER BY i.issuer) FROM openlineage.issuer AS i), '[]'),
               'scopes_supported', json_build_array('lineage:read', 'lineage:write', 'admin'),
               'bearer_methods_supported', json_build_array('header'))
    $$;
COMMENT ON FUNCTION openlineage.api_protected_resource(text[], json) IS
    'GET /.well-known/oauth-protected-resource: whose tokens are accepted, and their scopes. query: base, the URL of the server, is what the server itself puts there. Needs no token. Source: RFC 9728.';
-- The document of the API.
--
-- It is kept as a file of its own, openapi.json, that editors and validators
-- can read; this and openapi_end.sql are what stands around it in the install
-- script.  test/api/test_openapi.py holds it against the table of routes and
-- against what the endpoints answer.

CREATE FUNCTION openlineage.api_openapi(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$SELECT json $openapi$
{
  "openapi": "3.1.0",
  "info": {
    "title": "openlineage",
    "version": "1.0",
    "summary": "Lineage in PostgreSQL over HTTP",
    "description": "The API of Marquez, answered by the worker of the PostgreSQL extension openlineage. Path parameters are percent-encoded one by one, slashes included. A parameter that is unknown is ignored. HEAD is answered like GET, OPTIONS with the methods of a path. A path that is unknown is answered 404, another method 405. Where a token is needed, only /health and the metadata of RFC 9728 are answered without one. A token is sent in the header Authorization; one in the query is refused.",
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
  },
  "servers": [{"url": "/"}],
  "paths": {
    "/health": {
      "get": {
        "operationId": "health",
        "summary": "Whether the worker answers and takes events",
        "tags": ["server"],
        "security": [],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}
          },
          "503": {"description": "It does not.", "content": {"application/json": {"schema": {"type": "object"}}}}
        }
      }
    },
    "/.well-known/oauth-protected-resource": {
      "get": {
        "operationId": "protectedResource",
        "summary": "Whose tokens are accepted: RFC 9728",
        "tags": ["server"],
        "security": [],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ProtectedResource"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/lineage": {
      "post": {
        "operationId": "postLineage",
        "summary": "Takes an event, or an array of events with a result for each",
        "tags": ["events"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "anyOf": [
                  {"$ref": "#/components/schemas/RunEvent"},
                  {"$ref": "#/components/schemas/DatasetEvent"},
                  {"$ref": "#/components/schemas/JobEvent"},
                  {"type": "array", "items": {"$ref": "#/components/schemas/Event"}, "minItems": 1}
                ],
                "examples": [
                  {
                    "eventTime": "2026-01-05T08:00:00Z",
                    "eventType": "COMPLETE",
                    "producer": "https://example.org/p",
                    "run": {"runId": "a1a2a3a4-0000-4000-8000-000000000001"},
                    "job": {"namespace": "sched", "name": "nightly.load"},
                    "inputs": [{"namespace": "shop", "name": "raw.sales"}],
                    "outputs": [{"namespace": "shop", "name": "main.sales"}],
                    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
                  }
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "An array: what became of each event.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BatchResult"}}}
          },
          "201": {"description": "Done."},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "get": {
        "operationId": "getLineage",
        "summary": "The graph around a job or dataset",
        "tags": ["lineage"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/lineageNode"},
          {"$ref": "#/components/parameters/depth"},
          {"$ref": "#/components/parameters/direction"},
          {"$ref": "#/components/parameters/maxNodes"},
          {"$ref": "#/components/parameters/asOf"},
          {"$ref": "#/components/parameters/asRun"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Graph"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/lineage/batch": {
      "post": {
        "operationId": "postLineageBatch",
        "summary": "Takes an array of events, with a result for each",
        "tags": ["events"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Event"},
                "examples": [
                  [
                    {
                      "eventTime": "2026-01-05T08:00:00Z",
                      "eventType": "COMPLETE",
                      "producer": "https://example.org/p",
                      "run": {"runId": "a1a2a3a4-0000-4000-8000-000000000001"},
                      "job": {"namespace": "sched", "name": "nightly.load"},
                      "inputs": [{"namespace": "shop", "name": "raw.sales"}],
                      "outputs": [{"namespace": "shop", "name": "main.sales"}],
                      "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
                    }
                  ]
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BatchResult"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/openapi.json": {
      "get": {
        "operationId": "openapi",
        "summary": "This document",
        "tags": ["server"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"type": "object", "required": ["openapi", "paths"]}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/column-lineage": {
      "get": {
        "operationId": "getColumnLineage",
        "summary": "The columns that columns are made of",
        "tags": ["lineage"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/columnNode"},
          {"$ref": "#/components/parameters/depth"},
          {"$ref": "#/components/parameters/withDownstream"},
          {"$ref": "#/components/parameters/maxNodes"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ColumnGraph"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/runlineage/upstream": {
      "get": {
        "operationId": "getUpstreamRuns",
        "summary": "The runs that produced what a run read",
        "tags": ["lineage"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/runId"}, {"$ref": "#/components/parameters/depth"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/UpstreamRuns"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces": {
      "get": {
        "operationId": "listNamespaces",
        "summary": "Namespaces by name",
        "tags": ["namespaces"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/offset"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NamespaceList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}": {
      "get": {
        "operationId": "getNamespace",
        "summary": "One namespace",
        "tags": ["namespaces"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/namespacePath"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Namespace"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "put": {
        "operationId": "putNamespace",
        "summary": "Makes or describes a namespace",
        "tags": ["namespaces"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/namespacePath"}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NamespaceBody"}}}
        },
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Namespace"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "delete": {
        "operationId": "deleteNamespace",
        "summary": "Hides a namespace with its jobs and datasets",
        "tags": ["namespaces"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/namespacePath"}, {"$ref": "#/components/parameters/purge"}],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Namespace"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/jobs": {
      "get": {
        "operationId": "listNamespaceJobs",
        "summary": "Jobs of a namespace, latest update first",
        "tags": ["jobs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/lastRunStates"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/jobs/{job}": {
      "get": {
        "operationId": "getJob",
        "summary": "One job",
        "tags": ["jobs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/namespacePath"}, {"$ref": "#/components/parameters/jobPath"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "put": {
        "operationId": "putJob",
        "summary": "Declares a job",
        "tags": ["jobs"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/namespacePath"}, {"$ref": "#/components/parameters/jobPath"}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobBody"}}}
        },
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "delete": {
        "operationId": "deleteJob",
        "summary": "Hides a job until an event names it",
        "tags": ["jobs"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/jobPath"},
          {"$ref": "#/components/parameters/purge"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/jobs/{job}/runs": {
      "get": {
        "operationId": "listRuns",
        "summary": "Runs of a job, latest start first",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/jobPath"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RunList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "post": {
        "operationId": "postRun",
        "summary": "Makes a run in state NEW",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/namespacePath"}, {"$ref": "#/components/parameters/jobPath"}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RunBody"}}}
        },
        "responses": {
          "201": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}},
            "headers": {"Location": {"description": "URL of what was made.", "schema": {"type": "string"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/jobs/{job}/versions": {
      "get": {
        "operationId": "listJobVersions",
        "summary": "Versions of a job, latest first",
        "tags": ["jobs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/jobPath"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobVersionList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/jobs/{job}/versions/{version}": {
      "get": {
        "operationId": "getJobVersion",
        "summary": "One version of a job",
        "tags": ["jobs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/jobPath"},
          {"$ref": "#/components/parameters/versionPath"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobVersion"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/datasets": {
      "get": {
        "operationId": "listDatasets",
        "summary": "Datasets of a namespace by name",
        "tags": ["datasets"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DatasetList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/datasets/{dataset}": {
      "get": {
        "operationId": "getDataset",
        "summary": "One dataset",
        "tags": ["datasets"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "put": {
        "operationId": "putDataset",
        "summary": "Declares a dataset",
        "tags": ["datasets"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"}
        ],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DatasetBody"}}}
        },
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "delete": {
        "operationId": "deleteDataset",
        "summary": "Hides a dataset until an event names it",
        "tags": ["datasets"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"},
          {"$ref": "#/components/parameters/purge"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/datasets/{dataset}/versions": {
      "get": {
        "operationId": "listDatasetVersions",
        "summary": "Versions of a dataset, latest first",
        "tags": ["datasets"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DatasetVersionList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/datasets/{dataset}/versions/{version}": {
      "get": {
        "operationId": "getDatasetVersion",
        "summary": "One version of a dataset",
        "tags": ["datasets"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"},
          {"$ref": "#/components/parameters/versionPath"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DatasetVersion"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/jobs": {
      "get": {
        "operationId": "listJobs",
        "summary": "All jobs, latest update first",
        "tags": ["jobs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/lastRunStates"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/jobs/runs/{run}": {
      "get": {
        "operationId": "getRun",
        "summary": "One run",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/runPath"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/jobs/runs/{run}/start": {
      "post": {
        "operationId": "startRun",
        "summary": "The run is running at this time",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/runPath"}, {"$ref": "#/components/parameters/at"}],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/jobs/runs/{run}/complete": {
      "post": {
        "operationId": "completeRun",
        "summary": "The run is completed at this time",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/runPath"}, {"$ref": "#/components/parameters/at"}],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/jobs/runs/{run}/fail": {
      "post": {
        "operationId": "failRun",
        "summary": "The run is failed at this time",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/runPath"}, {"$ref": "#/components/parameters/at"}],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/jobs/runs/{run}/abort": {
      "post": {
        "operationId": "abortRun",
        "summary": "The run is aborted at this time",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/runPath"}, {"$ref": "#/components/parameters/at"}],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/jobs/runs/{run}/facets": {
      "get": {
        "operationId": "getRunFacets",
        "summary": "Facets of a run, of its job or of its datasets",
        "tags": ["runs"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/runPath"}, {"$ref": "#/components/parameters/facetType"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RunFacets"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/events": {
      "get": {
        "operationId": "listEvents",
        "summary": "Events by time, as they came",
        "tags": ["events"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/before"},
          {"$ref": "#/components/parameters/after"},
          {"$ref": "#/components/parameters/sortDirection"},
          {"$ref": "#/components/parameters/eventNamespace"},
          {"$ref": "#/components/parameters/eventJob"},
          {"$ref": "#/components/parameters/eventDataset"},
          {"$ref": "#/components/parameters/eventRun"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventPage"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/events/lineage": {
      "get": {
        "operationId": "listLineageEvents",
        "summary": "Events by time, as they came",
        "tags": ["events"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/before"},
          {"$ref": "#/components/parameters/after"},
          {"$ref": "#/components/parameters/sortDirection"},
          {"$ref": "#/components/parameters/eventNamespace"},
          {"$ref": "#/components/parameters/eventJob"},
          {"$ref": "#/components/parameters/eventDataset"},
          {"$ref": "#/components/parameters/eventRun"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventPage"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/events/{namespace}": {
      "get": {
        "operationId": "listNamespaceEvents",
        "summary": "Events of a namespace by time, as they came",
        "tags": ["events"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/before"},
          {"$ref": "#/components/parameters/after"},
          {"$ref": "#/components/parameters/sortDirection"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventPage"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/issues": {
      "get": {
        "operationId": "listIssues",
        "summary": "Rejected and odd events",
        "tags": ["events"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/kind"},
          {"$ref": "#/components/parameters/eventNamespace"},
          {"$ref": "#/components/parameters/code"},
          {"$ref": "#/components/parameters/beforeIssue"},
          {"$ref": "#/components/parameters/afterIssue"},
          {"$ref": "#/components/parameters/sortDirection"},
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/offset"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/IssuePage"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/search": {
      "get": {
        "operationId": "search",
        "summary": "Jobs and datasets by a part of their name",
        "tags": ["search"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/q"},
          {"$ref": "#/components/parameters/filter"},
          {"$ref": "#/components/parameters/sort"},
          {"$ref": "#/components/parameters/searchLimit"},
          {"$ref": "#/components/parameters/searchNamespace"},
          {"$ref": "#/components/parameters/beforeDate"},
          {"$ref": "#/components/parameters/afterDate"}
        ],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SearchResults"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/stats/lineage-events": {
      "get": {
        "operationId": "eventStats",
        "summary": "Events by hour or day",
        "tags": ["stats"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/period"}, {"$ref": "#/components/parameters/timezone"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventStats"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/stats/jobs": {
      "get": {
        "operationId": "jobStats",
        "summary": "How many jobs there were by hour or day",
        "tags": ["stats"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/period"}, {"$ref": "#/components/parameters/timezone"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CountStats"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/stats/datasets": {
      "get": {
        "operationId": "datasetStats",
        "summary": "How many datasets there were by hour or day",
        "tags": ["stats"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/period"}, {"$ref": "#/components/parameters/timezone"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CountStats"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/stats/sources": {
      "get": {
        "operationId": "sourceStats",
        "summary": "How many sources there were by hour or day",
        "tags": ["stats"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/period"}, {"$ref": "#/components/parameters/timezone"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CountStats"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v2beta/search/jobs": {
      "get": {
        "operationId": "searchJobs",
        "summary": "Jobs by names and by words of their facets",
        "tags": ["search"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/q"}, {"$ref": "#/components/parameters/hitLimit"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobHits"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v2beta/search/datasets": {
      "get": {
        "operationId": "searchDatasets",
        "summary": "Datasets by names and by words of their facets",
        "tags": ["search"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/q"}, {"$ref": "#/components/parameters/hitLimit"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DatasetHits"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/tags": {
      "get": {
        "operationId": "listTags",
        "summary": "Tags by name",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/offset"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TagList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/tags/{tag}": {
      "put": {
        "operationId": "putTag",
        "summary": "Makes or describes a tag",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/tagPath"}],
        "requestBody": {
          "required": false,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TagBody"}}}
        },
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tag"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/sources": {
      "get": {
        "operationId": "listSources",
        "summary": "Sources by name",
        "tags": ["sources"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/offset"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SourceList"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/sources/{source}": {
      "get": {
        "operationId": "getSource",
        "summary": "One source",
        "tags": ["sources"],
        "security": [{"bearer": ["lineage:read"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/sourcePath"}],
        "responses": {
          "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Source"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "put": {
        "operationId": "putSource",
        "summary": "Makes or describes a source",
        "tags": ["sources"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [{"$ref": "#/components/parameters/sourcePath"}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SourceBody"}}}
        },
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Source"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/jobs/{job}/tags/{tag}": {
      "post": {
        "operationId": "tagJob",
        "summary": "Puts a tag on a job",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/jobPath"},
          {"$ref": "#/components/parameters/tagPath"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "delete": {
        "operationId": "untagJob",
        "summary": "Takes a tag off a job",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/jobPath"},
          {"$ref": "#/components/parameters/tagPath"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/datasets/{dataset}/tags/{tag}": {
      "post": {
        "operationId": "tagDataset",
        "summary": "Puts a tag on a dataset",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"},
          {"$ref": "#/components/parameters/tagPath"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "delete": {
        "operationId": "untagDataset",
        "summary": "Takes a tag off a dataset",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"},
          {"$ref": "#/components/parameters/tagPath"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}": {
      "post": {
        "operationId": "tagField",
        "summary": "Puts a tag, in upper case, on a column",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"},
          {"$ref": "#/components/parameters/fieldPath"},
          {"$ref": "#/components/parameters/tagPath"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "422": {"$ref": "#/components/responses/Invalid"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "delete": {
        "operationId": "untagField",
        "summary": "Takes a tag off a column",
        "tags": ["tags"],
        "security": [{"bearer": ["lineage:write"]}, {}],
        "parameters": [
          {"$ref": "#/components/parameters/namespacePath"},
          {"$ref": "#/components/parameters/datasetPath"},
          {"$ref": "#/components/parameters/fieldPath"},
          {"$ref": "#/components/parameters/tagPath"}
        ],
        "responses": {
          "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
          },
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "429": {"$ref": "#/components/responses/TooMany"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an issuer that the server knows, or an API key. Needed when openlineage.oauth_required is on or row-level security is enforced; scope admin stands for all."
      }
    },
    "schemas": {
      "Time": {
        "description": "ISO 8601 in UTC with Z; a fraction of three or six digits only when it is not zero.",
        "type": "string",
        "pattern": "^[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3}|\\.[0-9]{6})?Z( BC)?$",
        "examples": ["2026-01-05T08:00:00Z"]
      },
      "Facets": {
        "description": "OpenLineage facets by name, each as its producer wrote it.",
        "type": "object",
        "examples": [
          {"sql": {"_producer": "https://example.org/p", "_schemaURL": "https://example.org/s", "query": "select 1"}}
        ]
      },
      "NameId": {
        "description": "What a job or dataset is called.",
        "type": "object",
        "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}},
        "required": ["namespace", "name"],
        "additionalProperties": false,
        "examples": [{"namespace": "shop", "name": "main.sales"}]
      },
      "VersionId": {
        "description": "A version of a job or dataset.",
        "type": "object",
        "properties": {
          "namespace": {"type": "string"},
          "name": {"type": "string"},
          "version": {"type": "string", "format": "uuid"}
        },
        "required": ["namespace", "name", "version"],
        "additionalProperties": false,
        "examples": [{"namespace": "shop", "name": "main.sales", "version": "b1b2b3b4-0000-4000-8000-000000000001"}]
      },
      "Namespace": {
        "type": "object",
        "properties": {
          "name": {"type": "string"},
          "createdAt": {"$ref": "#/components/schemas/Time"},
          "updatedAt": {"$ref": "#/components/schemas/Time"},
          "ownerName": {"type": "string"},
          "description": {"type": ["string", "null"]},
          "isHidden": {"type": "boolean"}
        },
        "required": ["name", "createdAt", "updatedAt", "ownerName", "description", "isHidden"],
        "additionalProperties": false,
        "examples": [
          {
            "name": "shop",
            "createdAt": "2026-01-05T08:00:00Z",
            "updatedAt": "2026-01-05T08:00:00Z",
            "ownerName": "anonymous",
            "description": null,
            "isHidden": false
          }
        ]
      },
      "Field": {
        "description": "A column of a dataset.",
        "type": "object",
        "properties": {
          "name": {"type": "string"},
          "type": {"type": ["string", "null"]},
          "tags": {"type": "array", "items": {"type": "string"}},
          "description": {"type": ["string", "null"]}
        },
        "required": ["name", "type", "tags", "description"],
        "additionalProperties": false,
        "examples": [{"name": "amount", "type": "DECIMAL", "tags": ["PII"], "description": "gross"}]
      },
      "ColumnInput": {
        "description": "A column that a column is made of.",
        "type": "object",
        "properties": {
          "namespace": {"type": "string"},
          "dataset": {"type": "string"},
          "field": {"type": "string"},
          "transformationDescription": {"type": ["string", "null"]},
          "transformationType": {"type": ["string", "null"]},
          "transformations": {
            "type": "array",
            "items": {
              "type": "object",
              "description": "As the columnLineage facet of OpenLineage writes it: type, subtype, description, masking."
            }
          }
        },
        "required": ["namespace", "dataset", "field", "transformationDescription", "transformationType"],
        "additionalProperties": false,
        "examples": [
          {
            "namespace": "shop",
            "dataset": "raw.sales",
            "field": "amt",
            "transformationDescription": "cast",
            "transformationType": "IDENTITY"
          }
        ]
      },
      "DatasetColumnLineage": {
        "description": "What a column of this dataset is made of.",
        "type": "object",
        "properties": {
          "name": {"type": "string"},
          "inputFields": {"type": "array", "items": {"$ref": "#/components/schemas/ColumnInput"}},
          "transformationDescription": {"type": ["string", "null"]},
          "transformationType": {"type": ["string", "null"]}
        },
        "required": ["name", "inputFields", "transformationDescription", "transformationType"],
        "additionalProperties": false
      },
      "Dataset": {
        "description": "schemaLocation is there for type STREAM alone.",
        "type": "object",
        "properties": {
          "id": {"$ref": "#/components/schemas/NameId"},
          "type": {"type": "string", "enum": ["DB_TABLE", "STREAM"]},
          "name": {"type": "string"},
          "physicalName": {"type": "string"},
          "createdAt": {"$ref": "#/components/schemas/Time"},
          "updatedAt": {"$ref": "#/components/schemas/Time"},
          "namespace": {"type": "string"},
          "sourceName": {"type": "string"},
          "fields": {"type": "array", "items": {"$ref": "#/components/schemas/Field"}},
          "tags": {"type": "array", "items": {"type": "string"}},
          "lastModifiedAt": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
          "lastLifecycleState": {"type": ["string", "null"]},
          "description": {"type": ["string", "null"]},
          "currentVersion": {"type": ["string", "null"], "format": "uuid"},
          "columnLineage": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/DatasetColumnLineage"}},
          "facets": {"$ref": "#/components/schemas/Facets"},
          "schemaLocation": {"type": ["string", "null"]},
          "deleted": {"type": "boolean"}
        },
        "required": [
          "id",
          "type",
          "name",
          "physicalName",
          "createdAt",
          "updatedAt",
          "namespace",
          "sourceName",
          "fields",
          "tags",
          "lastModifiedAt",
          "lastLifecycleState",
          "description",
          "currentVersion",
          "columnLineage",
          "facets",
          "deleted"
        ],
        "additionalProperties": false,
        "examples": [
          {
            "id": {"namespace": "shop", "name": "main.sales"},
            "type": "DB_TABLE",
            "name": "main.sales",
            "physicalName": "main.sales",
            "createdAt": "2026-01-05T08:00:00Z",
            "updatedAt": "2026-01-05T08:05:00Z",
            "namespace": "shop",
            "sourceName": "default",
            "fields": [{"name": "amount", "type": "DECIMAL", "tags": [], "description": null}],
            "tags": ["GOLD"],
            "lastModifiedAt": null,
            "lastLifecycleState": "CREATE",
            "description": null,
            "currentVersion": "b1b2b3b4-0000-4000-8000-000000000001",
            "columnLineage": null,
            "facets": {},
            "deleted": false
          }
        ]
      },
      "DatasetVersion": {
        "description": "schemaLocation is there for type STREAM alone.",
        "type": "object",
        "properties": {
          "id": {"$ref": "#/components/schemas/NameId"},
          "type": {"type": "string", "enum": ["DB_TABLE", "STREAM"]},
          "name": {"type": "string"},
          "physicalName": {"type": "string"},
          "createdAt": {"$ref": "#/components/schemas/Time"},
          "version": {"type": "string", "format": "uuid"},
          "namespace": {"type": "string"},
          "sourceName": {"type": "string"},
          "fields": {"type": "array", "items": {"$ref": "#/components/schemas/Field"}},
          "tags": {"type": "array", "items": {"type": "string"}},
          "lifecycleState": {"type": ["string", "null"]},
          "description": {"type": ["string", "null"]},
          "currentSchemaVersion": {"type": ["string", "null"], "format": "uuid"},
          "createdByRun": {"oneOf": [{"$ref": "#/components/schemas/Run"}, {"type": "null"}]},
          "facets": {"$ref": "#/components/schemas/Facets"},
          "schemaLocation": {"type": ["string", "null"]}
        },
        "required": [
          "id",
          "type",
          "name",
          "physicalName",
          "createdAt",
          "version",
          "namespace",
          "sourceName",
          "fields",
          "tags",
          "lifecycleState",
          "description",
          "currentSchemaVersion",
          "createdByRun",
          "facets"
        ],
        "additionalProperties": false,
        "examples": [
          {
            "id": {"namespace": "shop", "name": "main.sales"},
            "type": "DB_TABLE",
            "name": "main.sales",
            "physicalName": "main.sales",
            "createdAt": "2026-01-05T08:05:00Z",
            "version": "b1b2b3b4-0000-4000-8000-000000000001",
            "namespace": "shop",
            "sourceName": "default",
            "fields": [{"name": "amount", "type": "DECIMAL", "tags": [], "description": null}],
            "tags": [],
            "lifecycleState": "CREATE",
            "description": null,
            "currentSchemaVersion": "c1c2c3c4-0000-4000-8000-000000000001",
            "createdByRun": null,
            "facets": {}
          }
        ]
      },
      "RunDataset": {
        "description": "A dataset version that a run read or wrote, with its input or output facets.",
        "type": "object",
        "properties": {
          "datasetVersionId": {"$ref": "#/components/schemas/VersionId"},
          "facets": {"$ref": "#/components/schemas/Facets"}
        },
        "required": ["datasetVersionId", "facets"],
        "additionalProperties": false,
        "examples": [
          {
            "datasetVersionId": {
              "namespace": "shop",
              "name": "raw.sales",
              "version": "b1b2b3b4-0000-4000-8000-000000000009"
            },
            "facets": {}
          }
        ]
      },
      "Run": {
        "description": "durationMs is null unless start and end are known.",
        "type": "object",
        "properties": {
          "id": {"type": "string", "format": "uuid"},
          "createdAt": {"$ref": "#/components/schemas/Time"},
          "updatedAt": {"$ref": "#/components/schemas/Time"},
          "nominalStartTime": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
          "nominalEndTime": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
          "state": {"type": "string", "enum": ["NEW", "RUNNING", "COMPLETED", "ABORTED", "FAILED"]},
          "startedAt": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
          "endedAt": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
          "durationMs": {"type": ["integer", "null"]},
          "args": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
          "jobVersion": {"oneOf": [{"$ref": "#/components/schemas/VersionId"}, {"type": "null"}]},
          "inputDatasetVersions": {"type": "array", "items": {"$ref": "#/components/schemas/RunDataset"}},
          "outputDatasetVersions": {"type": "array", "items": {"$ref": "#/components/schemas/RunDataset"}},
          "facets": {"$ref": "#/components/schemas/Facets"}
        },
        "required": [
          "id",
          "createdAt",
          "updatedAt",
          "nominalStartTime",
          "nominalEndTime",
          "state",
          "startedAt",
          "endedAt",
          "durationMs",
          "args",
          "jobVersion",
          "inputDatasetVersions",
          "outputDatasetVersions",
          "facets"
        ],
        "additionalProperties": false,
        "examples": [
          {
            "id": "a1a2a3a4-0000-4000-8000-000000000001",
            "createdAt": "2026-01-05T08:00:00Z",
            "updatedAt": "2026-01-05T08:05:00Z",
            "nominalStartTime": null,
            "nominalEndTime": null,
            "state": "COMPLETED",
            "startedAt": "2026-01-05T08:00:00Z",
            "endedAt": "2026-01-05T08:05:00Z",
            "durationMs": 300000,
            "args": {},
            "jobVersion": {
              "namespace": "sched",
              "name": "nightly.load",
              "version": "d1d2d3d4-0000-4000-8000-000000000001"
            },
            "inputDatasetVersions": [],
            "outputDatasetVersions": [],
            "facets": {}
          }
        ]
      },
      "Job": {
        "description": "latestRun and latestRuns are null when it never ran.",
        "type": "object",
        "properties": {
          "id": {"$ref": "#/components/schemas/NameId"},
          "type": {"type": "string", "enum": ["BATCH", "STREAM", "SERVICE"]},
          "name": {"type": "string"},
          "simpleName": {"type": "string"},
          "parentJobName": {"type": ["string", "null"]},
          "parentJobUuid": {"type": ["string", "null"], "format": "uuid"},
          "createdAt": {"$ref": "#/components/schemas/Time"},
          "updatedAt": {"$ref": "#/components/schemas/Time"},
          "namespace": {"type": "string"},
          "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
          "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
          "location": {"type": ["string", "null"]},
          "description": {"type": ["string", "null"]},
          "latestRun": {"oneOf": [{"$ref": "#/components/schemas/Run"}, {"type": "null"}]},
          "latestRuns": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Run"}, "maxItems": 10},
          "facets": {"$ref": "#/components/schemas/Facets"},
          "currentVersion": {"type": ["string", "null"], "format": "uuid"},
          "labels": {"type": "array", "items": {"type": "string"}},
          "tags": {"type": "array", "items": {"type": "string"}}
        },
        "required": [
          "id",
          "type",
          "name",
          "simpleName",
          "parentJobName",
          "parentJobUuid",
          "createdAt",
          "updatedAt",
          "namespace",
          "inputs",
          "outputs",
          "location",
          "description",
          "latestRun",
          "latestRuns",
          "facets",
          "currentVersion",
          "labels",
          "tags"
        ],
        "additionalProperties": false,
        "examples": [
          {
            "id": {"namespace": "sched", "name": "nightly.load"},
            "type": "BATCH",
            "name": "nightly.load",
            "simpleName": "load",
            "parentJobName": "nightly",
            "parentJobUuid": "e1e2e3e4-0000-4000-8000-000000000001",
            "createdAt": "2026-01-05T08:00:00Z",
            "updatedAt": "2026-01-05T08:05:00Z",
            "namespace": "sched",
            "inputs": [{"namespace": "shop", "name": "raw.sales"}],
            "outputs": [{"namespace": "shop", "name": "main.sales"}],
            "location": null,
            "description": null,
            "latestRun": null,
            "latestRuns": null,
            "facets": {},
            "currentVersion": "d1d2d3d4-0000-4000-8000-000000000001",
            "labels": [],
            "tags": []
          }
        ]
      },
      "JobVersion": {
        "type": "object",
        "properties": {
          "id": {"$ref": "#/components/schemas/VersionId"},
          "name": {"type": "string"},
          "createdAt": {"$ref": "#/components/schemas/Time"},
          "version": {"type": "string", "format": "uuid"},
          "namespace": {"type": "string"},
          "location": {"type": ["string", "null"]},
          "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
          "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
          "latestRun": {"oneOf": [{"$ref": "#/components/schemas/Run"}, {"type": "null"}]}
        },
        "required": ["id", "name", "createdAt", "version", "namespace", "location", "inputs", "outputs", "latestRun"],
        "additionalProperties": false,
        "examples": [
          {
            "id": {"namespace": "sched", "name": "nightly.load", "version": "d1d2d3d4-0000-4000-8000-000000000001"},
            "name": "nightly.load",
            "createdAt": "2026-01-05T08:05:00Z",
            "version": "d1d2d3d4-0000-4000-8000-000000000001",
            "namespace": "sched",
            "location": null,
            "inputs": [],
            "outputs": [{"namespace": "shop", "name": "main.sales"}],
            "latestRun": null
          }
        ]
      },
      "Edge": {
        "description": "Node ids. On /lineage from source to target; inEdges of /column-lineage lead from a column to its input.",
        "type": "object",
        "properties": {"origin": {"type": "string"}, "destination": {"type": "string"}},
        "required": ["origin", "destination"],
        "additionalProperties": false,
        "examples": [{"origin": "dataset:shop:raw.sales", "destination": "job:sched:nightly.load"}]
      },
      "JobNode": {
        "type": "object",
        "properties": {
          "id": {"type": "string"},
          "type": {"const": "JOB"},
          "data": {
            "type": "object",
            "properties": {
              "id": {"$ref": "#/components/schemas/NameId"},
              "type": {"type": "string", "enum": ["BATCH", "STREAM", "SERVICE"]},
              "name": {"type": "string"},
              "simpleName": {"type": "string"},
              "parentJobName": {"type": ["string", "null"]},
              "parentJobUuid": {"type": ["string", "null"], "format": "uuid"},
              "currentRunUuid": {"type": ["string", "null"], "format": "uuid"},
              "createdAt": {"$ref": "#/components/schemas/Time"},
              "updatedAt": {"$ref": "#/components/schemas/Time"},
              "namespace": {"type": "string"},
              "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
              "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
              "location": {"type": ["string", "null"]},
              "description": {"type": ["string", "null"]},
              "latestRun": {"oneOf": [{"$ref": "#/components/schemas/Run"}, {"type": "null"}]}
            },
            "required": [
              "id",
              "type",
              "name",
              "simpleName",
              "parentJobName",
              "parentJobUuid",
              "currentRunUuid",
              "createdAt",
              "updatedAt",
              "namespace",
              "inputs",
              "outputs",
              "location",
              "description",
              "latestRun"
            ],
            "additionalProperties": false
          },
          "inEdges": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}},
          "outEdges": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}}
        },
        "required": ["id", "type", "data", "inEdges", "outEdges"],
        "additionalProperties": false
      },
      "DatasetNode": {
        "type": "object",
        "properties": {
          "id": {"type": "string"},
          "type": {"const": "DATASET"},
          "data": {
            "type": "object",
            "properties": {
              "id": {"$ref": "#/components/schemas/NameId"},
              "type": {"type": "string", "enum": ["DB_TABLE", "STREAM"]},
              "name": {"type": "string"},
              "physicalName": {"type": "string"},
              "createdAt": {"$ref": "#/components/schemas/Time"},
              "updatedAt": {"$ref": "#/components/schemas/Time"},
              "namespace": {"type": "string"},
              "sourceName": {"type": "string"},
              "fields": {"type": "array", "items": {"$ref": "#/components/schemas/Field"}},
              "tags": {"type": "array", "items": {"type": "string"}},
              "lastModifiedAt": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
              "lastLifecycleState": {"type": ["string", "null"]},
              "description": {"type": ["string", "null"]}
            },
            "required": [
              "id",
              "type",
              "name",
              "physicalName",
              "createdAt",
              "updatedAt",
              "namespace",
              "sourceName",
              "fields",
              "tags",
              "lastModifiedAt",
              "lastLifecycleState",
              "description"
            ],
            "additionalProperties": false
          },
          "inEdges": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}},
          "outEdges": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}}
        },
        "required": ["id", "type", "data", "inEdges", "outEdges"],
        "additionalProperties": false
      },
      "Graph": {
        "description": "truncated is there, and true, when there were more nodes than the limit.",
        "type": "object",
        "properties": {
          "graph": {
            "type": "array",
            "items": {"oneOf": [{"$ref": "#/components/schemas/JobNode"}, {"$ref": "#/components/schemas/DatasetNode"}]}
          },
          "truncated": {"type": "boolean"}
        },
        "required": ["graph"],
        "additionalProperties": false,
        "examples": [
          {
            "graph": [
              {
                "id": "job:sched:nightly.load",
                "type": "JOB",
                "data": {
                  "id": {"namespace": "sched", "name": "nightly.load"},
                  "type": "BATCH",
                  "name": "nightly.load",
                  "simpleName": "load",
                  "parentJobName": "nightly",
                  "parentJobUuid": "e1e2e3e4-0000-4000-8000-000000000001",
                  "currentRunUuid": "a1a2a3a4-0000-4000-8000-000000000001",
                  "createdAt": "2026-01-05T08:00:00Z",
                  "updatedAt": "2026-01-05T08:05:00Z",
                  "namespace": "sched",
                  "inputs": [{"namespace": "shop", "name": "raw.sales"}],
                  "outputs": [{"namespace": "shop", "name": "main.sales"}],
                  "location": null,
                  "description": null,
                  "latestRun": null
                },
                "inEdges": [],
                "outEdges": []
              }
            ]
          }
        ]
      },
      "ColumnNode": {
        "type": "object",
        "properties": {
          "id": {"type": "string"},
          "type": {"const": "DATASET_FIELD"},
          "data": {
            "type": "object",
            "properties": {
              "namespace": {"type": "string"},
              "dataset": {"type": "string"},
              "datasetVersion": {"type": ["string", "null"], "format": "uuid"},
              "field": {"type": "string"},
              "fieldType": {"type": "string"},
              "transformationDescription": {"type": ["string", "null"]},
              "transformationType": {"type": ["string", "null"]},
              "transformations": {
                "type": ["array", "null"],
                "items": {
                  "type": "object",
                  "description": "As the columnLineage facet of OpenLineage writes it: type, subtype, description, masking."
                }
              },
              "inputFields": {
                "type": "array",
                "items": {
                  "type": "object",
                  "properties": {
                    "namespace": {"type": "string"},
                    "dataset": {"type": "string"},
                    "datasetVersion": {"type": ["string", "null"], "format": "uuid"},
                    "field": {"type": "string"},
                    "transformationDescription": {"type": ["string", "null"]},
                    "transformationType": {"type": ["string", "null"]},
                    "transformations": {
                      "type": ["array", "null"],
                      "items": {
                        "type": "object",
                        "description": "As the columnLineage facet of OpenLineage writes it: type, subtype, description, masking."
                      }
                    }
                  },
                  "required": [
                    "namespace",
                    "dataset",
                    "datasetVersion",
                    "field",
                    "transformationDescription",
                    "transformationType",
                    "transformations"
                  ],
                  "additionalProperties": false
                }
              }
            },
            "required": [
              "namespace",
              "dataset",
              "datasetVersion",
              "field",
              "fieldType",
              "transformationDescription",
              "transformationType",
              "transformations",
              "inputFields"
            ],
            "additionalProperties": false
          },
          "inEdges": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}},
          "outEdges": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}}
        },
        "required": ["id", "type", "data", "inEdges", "outEdges"],
        "additionalProperties": false,
        "examples": [
          {
            "id": "datasetField:shop:main.sales:amount",
            "type": "DATASET_FIELD",
            "data": {
              "namespace": "shop",
              "dataset": "main.sales",
              "datasetVersion": "b1b2b3b4-0000-4000-8000-000000000001",
              "field": "amount",
              "fieldType": "DECIMAL",
              "transformationDescription": null,
              "transformationType": null,
              "transformations": null,
              "inputFields": []
            },
            "inEdges": [],
            "outEdges": []
          }
        ]
      },
      "ColumnGraph": {
        "type": "object",
        "properties": {
          "graph": {"type": "array", "items": {"$ref": "#/components/schemas/ColumnNode"}},
          "truncated": {"type": "boolean"}
        },
        "required": ["graph"],
        "additionalProperties": false
      },
      "UpstreamRuns": {
        "description": "The asked run first, then the runs that produced its inputs.",
        "type": "object",
        "properties": {
          "runs": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "job": {
                  "type": "object",
                  "properties": {
                    "namespace": {"type": "string"},
                    "name": {"type": "string"},
                    "version": {"type": ["string", "null"], "format": "uuid"}
                  },
                  "required": ["namespace", "name", "version"],
                  "additionalProperties": false
                },
                "run": {
                  "type": "object",
                  "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "start": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
                    "end": {"oneOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
                    "status": {"type": "string", "enum": ["NEW", "RUNNING", "COMPLETED", "ABORTED", "FAILED"]}
                  },
                  "required": ["id", "start", "end", "status"],
                  "additionalProperties": false
                },
                "inputs": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "namespace": {"type": "string"},
                      "name": {"type": "string"},
                      "version": {"type": ["string", "null"], "format": "uuid"},
                      "producedByRunId": {"type": ["string", "null"], "format": "uuid"}
                    },
                    "required": ["namespace", "name", "version", "producedByRunId"],
                    "additionalProperties": false
                  }
                }
              },
              "required": ["job", "run", "inputs"],
              "additionalProperties": false
            }
          },
          "truncated": {"type": "boolean"}
        },
        "required": ["runs"],
        "additionalProperties": false,
        "examples": [
          {
            "runs": [
              {
                "job": {"namespace": "sched", "name": "nightly.load", "version": "d1d2d3d4-0000-4000-8000-000000000001"},
                "run": {
                  "id": "a1a2a3a4-0000-4000-8000-000000000001",
                  "start": "2026-01-05T08:00:00Z",
                  "end": "2026-01-05T08:05:00Z",
                  "status": "COMPLETED"
                },
                "inputs": [
                  {
                    "namespace": "shop",
                    "name": "raw.sales",
                    "version": "b1b2b3b4-0000-4000-8000-000000000009",
                    "producedByRunId": null
                  }
                ]
              }
            ]
          }
        ]
      },
      "EventDataset": {
        "type": "object",
        "properties": {
          "namespace": {"type": "string", "minLength": 1},
          "name": {"type": "string", "minLength": 1},
          "facets": {"type": "object", "additionalProperties": {"type": "object"}},
          "inputFacets": {"type": "object", "additionalProperties": {"type": "object"}},
          "outputFacets": {"type": "object", "additionalProperties": {"type": "object"}}
        },
        "required": ["namespace", "name"]
      },
      "EventJob": {
        "type": "object",
        "properties": {
          "namespace": {"type": "string", "minLength": 1},
          "name": {"type": "string", "minLength": 1},
          "facets": {"type": "object", "additionalProperties": {"type": "object"}}
        },
        "required": ["namespace", "name"]
      },
      "RunEvent": {
        "description": "As OpenLineage defines it; producer and schemaURL may be missing, which is noted as an issue.",
        "type": "object",
        "properties": {
          "eventTime": {"type": "string", "format": "date-time"},
          "producer": {"type": "string"},
          "schemaURL": {"type": "string"},
          "eventType": {"type": "string", "enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
          "run": {
            "type": "object",
            "properties": {
              "runId": {"type": "string", "format": "uuid"},
              "facets": {"type": "object", "additionalProperties": {"type": "object"}}
            },
            "required": ["runId"]
          },
          "job": {"$ref": "#/components/schemas/EventJob"},
          "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/EventDataset"}},
          "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/EventDataset"}}
        },
        "required": ["eventTime", "run", "job"],
        "examples": [
          {
            "eventTime": "2026-01-05T08:00:00Z",
            "eventType": "COMPLETE",
            "producer": "https://example.org/p",
            "run": {"runId": "a1a2a3a4-0000-4000-8000-000000000001"},
            "job": {"namespace": "sched", "name": "nightly.load"},
            "inputs": [{"namespace": "shop", "name": "raw.sales"}],
            "outputs": [{"namespace": "shop", "name": "main.sales"}],
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
          }
        ]
      },
      "DatasetEvent": {
        "type": "object",
        "properties": {
          "eventTime": {"type": "string", "format": "date-time"},
          "producer": {"type": "string"},
          "schemaURL": {"type": "string"},
          "dataset": {"$ref": "#/components/schemas/EventDataset"}
        },
        "required": ["eventTime", "dataset"]
      },
      "JobEvent": {
        "type": "object",
        "properties": {
          "eventTime": {"type": "string", "format": "date-time"},
          "producer": {"type": "string"},
          "schemaURL": {"type": "string"},
          "job": {"$ref": "#/components/schemas/EventJob"},
          "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/EventDataset"}},
          "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/EventDataset"}}
        },
        "required": ["eventTime", "job"]
      },
      "Event": {
        "anyOf": [
          {"$ref": "#/components/schemas/RunEvent"},
          {"$ref": "#/components/schemas/DatasetEvent"},
          {"$ref": "#/components/schemas/JobEvent"}
        ],
        "examples": [
          {
            "eventTime": "2026-01-05T08:00:00Z",
            "eventType": "COMPLETE",
            "producer": "https://example.org/p",
            "run": {"runId": "a1a2a3a4-0000-4000-8000-000000000001"},
            "job": {"namespace": "sched", "name": "nightly.load"},
            "inputs": [{"namespace": "shop", "name": "raw.sales"}],
            "outputs": [{"namespace": "shop", "name": "main.sales"}],
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
          }
        ]
      },
      "StoredEvent": {
        "description": "An event as it came, member for member.",
        "type": "object",
        "examples": [
          {
            "eventTime": "2026-01-05T08:00:00Z",
            "eventType": "COMPLETE",
            "producer": "https://example.org/p",
            "run": {"runId": "a1a2a3a4-0000-4000-8000-000000000001"},
            "job": {"namespace": "sched", "name": "nightly.load"},
            "inputs": [{"namespace": "shop", "name": "raw.sales"}],
            "outputs": [{"namespace": "shop", "name": "main.sales"}],
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
          }
        ]
      },
      "EventPage": {
        "type": "object",
        "properties": {
          "totalCount": {"type": "integer", "minimum": 0},
          "events": {"type": "array", "items": {"$ref": "#/components/schemas/StoredEvent"}}
        },
        "required": ["totalCount", "events"],
        "additionalProperties": false,
        "examples": [
          {
            "totalCount": 1,
            "events": [
              {
                "eventTime": "2026-01-05T08:00:00Z",
                "eventType": "COMPLETE",
                "producer": "https://example.org/p",
                "run": {"runId": "a1a2a3a4-0000-4000-8000-000000000001"},
                "job": {"namespace": "sched", "name": "nightly.load"},
                "inputs": [{"namespace": "shop", "name": "raw.sales"}],
                "outputs": [{"namespace": "shop", "name": "main.sales"}],
                "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
              }
            ]
          }
        ]
      },
      "BatchResult": {
        "description": "What became of each event of an array; code and message say why it was refused as a whole.",
        "type": "object",
        "properties": {
          "status": {"type": "string", "enum": ["success", "partial_success", "failure"]},
          "summary": {
            "type": "object",
            "properties": {
              "received": {"type": "integer", "minimum": 0},
              "successful": {"type": "integer", "minimum": 0},
              "failed": {"type": "integer", "minimum": 0},
              "retriable": {"type": "integer", "minimum": 0},
              "non_retriable": {"type": "integer", "minimum": 0}
            },
            "required": ["received", "successful", "failed", "retriable", "non_retriable"],
            "additionalProperties": false
          },
          "failed_events": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "index": {"type": "integer", "minimum": 0},
                "reason": {"type": "string"},
                "retriable": {"type": "boolean"}
              },
              "required": ["index", "reason", "retriable"]
            }
          },
          "code": {"type": "integer"},
          "message": {"type": "string"},
          "details": {"type": ["string", "null"]}
        },
        "required": ["status", "summary", "failed_events"],
        "additionalProperties": false,
        "examples": [
          {
            "status": "partial_success",
            "summary": {"received": 2, "successful": 1, "failed": 1, "retriable": 0, "non_retriable": 1},
            "failed_events": [{"index": 1, "reason": "eventTime must not be null", "retriable": false}]
          }
        ]
      },
      "SearchResults": {
        "type": "object",
        "properties": {
          "results": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {"type": "string", "enum": ["JOB", "DATASET"]},
                "name": {"type": "string"},
                "updatedAt": {"$ref": "#/components/schemas/Time"},
                "namespace": {"type": "string"},
                "nodeId": {"type": "string"}
              },
              "required": ["type", "name", "updatedAt", "namespace", "nodeId"],
              "additionalProperties": false
            }
          },
          "totalCount": {"type": "integer", "minimum": 0}
        },
        "required": ["results", "totalCount"],
        "additionalProperties": false,
        "examples": [
          {
            "results": [
              {
                "type": "JOB",
                "name": "nightly.load",
                "updatedAt": "2026-01-05T08:05:00Z",
                "namespace": "sched",
                "nodeId": "job:sched:nightly.load"
              }
            ],
            "totalCount": 1
          }
        ]
      },
      "JobHits": {
        "type": "object",
        "properties": {
          "hits": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "run_id": {"type": ["string", "null"], "format": "uuid"},
                "name": {"type": "string"},
                "namespace": {"type": "string"},
                "eventType": {"type": ["string", "null"]},
                "type": {"type": ["string", "null"]},
                "facets": {"$ref": "#/components/schemas/Facets"},
                "runFacets": {"$ref": "#/components/schemas/Facets"}
              },
              "required": ["run_id", "name", "namespace", "eventType", "type", "facets", "runFacets"],
              "additionalProperties": false
            }
          },
          "highlights": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
          }
        },
        "required": ["hits", "highlights"],
        "additionalProperties": false,
        "examples": [
          {
            "hits": [
              {
                "run_id": "a1a2a3a4-0000-4000-8000-000000000001",
                "name": "nightly.load",
                "namespace": "sched",
                "eventType": "COMPLETE",
                "type": "BATCH",
                "facets": {},
                "runFacets": {}
              }
            ],
            "highlights": [{"name": ["<em>nightly</em>.load"]}]
          }
        ]
      },
      "DatasetHits": {
        "type": "object",
        "properties": {
          "hits": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "run_id": {"type": ["string", "null"], "format": "uuid"},
                "name": {"type": "string"},
                "namespace": {"type": "string"},
                "eventType": {"type": ["string", "null"]},
                "facets": {"$ref": "#/components/schemas/Facets"}
              },
              "required": ["run_id", "name", "namespace", "eventType", "facets"],
              "additionalProperties": false
            }
          },
          "highlights": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
          }
        },
        "required": ["hits", "highlights"],
        "additionalProperties": false,
        "examples": [
          {
            "hits": [
              {
                "run_id": "a1a2a3a4-0000-4000-8000-000000000001",
                "name": "main.sales",
                "namespace": "shop",
                "eventType": "COMPLETE",
                "facets": {}
              }
            ],
            "highlights": [{}]
          }
        ]
      },
      "Tag": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "description": {"type": ["string", "null"]}},
        "required": ["name", "description"],
        "additionalProperties": false,
        "examples": [{"name": "PII", "description": "personal data"}]
      },
      "Source": {
        "type": "object",
        "properties": {
          "type": {"type": "string"},
          "name": {"type": "string"},
          "createdAt": {"$ref": "#/components/schemas/Time"},
          "updatedAt": {"$ref": "#/components/schemas/Time"},
          "connectionUrl": {"type": "string"},
          "description": {"type": ["string", "null"]}
        },
        "required": ["type", "name", "createdAt", "updatedAt", "connectionUrl", "description"],
        "additionalProperties": false,
        "examples": [
          {
            "type": "POSTGRESQL",
            "name": "warehouse",
            "createdAt": "2026-01-05T08:00:00Z",
            "updatedAt": "2026-01-05T08:00:00Z",
            "connectionUrl": "jdbc:postgresql://db.example/x",
            "description": null
          }
        ]
      },
      "RunFacets": {
        "type": "object",
        "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": {"$ref": "#/components/schemas/Facets"}},
        "required": ["runId", "facets"],
        "additionalProperties": false,
        "examples": [{"runId": "a1a2a3a4-0000-4000-8000-000000000001", "facets": {}}]
      },
      "EventStats": {
        "type": "array",
        "items": {
          "type": "object",
          "properties": {
            "startInterval": {"$ref": "#/components/schemas/Time"},
            "endInterval": {"$ref": "#/components/schemas/Time"},
            "fail": {"type": "integer", "minimum": 0},
            "start": {"type": "integer", "minimum": 0},
            "complete": {"type": "integer", "minimum": 0},
            "abort": {"type": "integer", "minimum": 0}
          },
          "required": ["startInterval", "endInterval", "fail", "start", "complete", "abort"],
          "additionalProperties": false
        },
        "description": "Oldest first.",
        "examples": [
          [
            {
              "startInterval": "2026-01-05T08:00:00Z",
              "endInterval": "2026-01-05T09:00:00Z",
              "fail": 0,
              "start": 1,
              "complete": 1,
              "abort": 0
            }
          ]
        ]
      },
      "CountStats": {
        "type": "array",
        "items": {
          "type": "object",
          "properties": {
            "startInterval": {"$ref": "#/components/schemas/Time"},
            "endInterval": {"$ref": "#/components/schemas/Time"},
            "count": {"type": "integer", "minimum": 0}
          },
          "required": ["startInterval", "endInterval", "count"],
          "additionalProperties": false
        },
        "description": "How many there were at the end of each interval, oldest first.",
        "examples": [[{"startInterval": "2026-01-05T08:00:00Z", "endInterval": "2026-01-05T09:00:00Z", "count": 33}]]
      },
      "ProtectedResource": {
        "description": "What RFC 9728 has a protected resource tell of itself.",
        "type": "object",
        "properties": {
          "resource": {"type": "string"},
          "resource_name": {"type": "string"},
          "authorization_servers": {"type": "array", "items": {"type": "string"}},
          "scopes_supported": {"type": "array", "items": {"type": "string"}},
          "bearer_methods_supported": {"type": "array", "items": {"type": "string"}}
        },
        "required": ["resource", "authorization_servers", "scopes_supported", "bearer_methods_supported"],
        "additionalProperties": false,
        "examples": [
          {
            "resource": "https://lineage.example.org",
            "resource_name": "openlineage",
            "authorization_servers": ["https://issuer.example.org"],
            "scopes_supported": ["lineage:read", "lineage:write", "admin"],
            "bearer_methods_supported": ["header"]
          }
        ]
      },
      "Health": {
        "type": "object",
        "properties": {"status": {"type": "string"}},
        "required": ["status"],
        "examples": [{"status": "ok", "ingest": "running", "queryWorkers": 2}]
      },
      "Issue": {
        "description": "Something odd about an event that was taken, or an event that was not.",
        "type": "object",
        "properties": {
          "kind": {"type": "string", "enum": ["ODD", "REJECTED"]},
          "at": {"$ref": "#/components/schemas/Time"},
          "code": {"type": "string"},
          "path": {"type": ["string", "null"]},
          "message": {"type": ["string", "null"]},
          "details": {"type": ["string", "null"]},
          "namespace": {"type": ["string", "null"]},
          "event": {"type": "object"}
        },
        "required": ["kind", "at", "code", "path", "message", "details", "namespace", "event"],
        "additionalProperties": false
      },
      "IssuePage": {
        "type": "object",
        "properties": {
          "totalCount": {"type": "integer", "minimum": 0, "maximum": 10000, "description": "10,000 where there are more."},
          "issues": {"type": "array", "items": {"$ref": "#/components/schemas/Issue"}}
        },
        "required": ["totalCount", "issues"],
        "additionalProperties": false
      },
      "Error": {
        "type": "object",
        "properties": {
          "code": {"type": "integer"},
          "message": {"type": "string"},
          "details": {"type": ["string", "null"]}
        },
        "required": ["code", "message", "details"],
        "additionalProperties": false,
        "examples": [
          {"code": 400, "message": "event is not valid JSON", "details": "Unexpected end of text at byte 1."}
        ]
      },
      "ShortError": {
        "type": "object",
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        "required": ["code", "message"],
        "additionalProperties": false,
        "examples": [{"code": 404, "message": "Job 'x' not found."}]
      },
      "Errors": {
        "type": "object",
        "properties": {"errors": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
        "required": ["errors"],
        "additionalProperties": false,
        "examples": [{"errors": ["query param nodeId must not be null"]}]
      },
      "NamespaceList": {
        "type": "object",
        "properties": {"namespaces": {"type": "array", "items": {"$ref": "#/components/schemas/Namespace"}}},
        "required": ["namespaces"],
        "additionalProperties": false
      },
      "DatasetList": {
        "type": "object",
        "properties": {
          "totalCount": {"type": "integer", "minimum": 0},
          "datasets": {"type": "array", "items": {"$ref": "#/components/schemas/Dataset"}}
        },
        "required": ["totalCount", "datasets"],
        "additionalProperties": false
      },
      "DatasetVersionList": {
        "type": "object",
        "properties": {
          "totalCount": {"type": "integer", "minimum": 0},
          "versions": {"type": "array", "items": {"$ref": "#/components/schemas/DatasetVersion"}}
        },
        "required": ["totalCount", "versions"],
        "additionalProperties": false
      },
      "JobList": {
        "type": "object",
        "properties": {
          "totalCount": {"type": "integer", "minimum": 0},
          "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}}
        },
        "required": ["totalCount", "jobs"],
        "additionalProperties": false
      },
      "JobVersionList": {
        "type": "object",
        "properties": {"versions": {"type": "array", "items": {"$ref": "#/components/schemas/JobVersion"}}},
        "required": ["versions"],
        "additionalProperties": false
      },
      "RunList": {
        "type": "object",
        "properties": {
          "totalCount": {"type": "integer", "minimum": 0},
          "runs": {"type": "array", "items": {"$ref": "#/components/schemas/Run"}}
        },
        "required": ["totalCount", "runs"],
        "additionalProperties": false
      },
      "TagList": {
        "type": "object",
        "properties": {"tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}}},
        "required": ["tags"],
        "additionalProperties": false
      },
      "SourceList": {
        "type": "object",
        "properties": {"sources": {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}},
        "required": ["sources"],
        "additionalProperties": false
      },
      "NamespaceBody": {
        "description": "A description that is left out is kept.",
        "type": "object",
        "properties": {
          "ownerName": {"type": "string", "minLength": 1},
          "description": {"type": ["string", "null"]},
          "isHidden": {"type": ["boolean", "null"]}
        },
        "required": ["ownerName"],
        "examples": [{"ownerName": "sales", "description": "all shops"}]
      },
      "SourceBody": {
        "type": "object",
        "properties": {
          "type": {"type": "string", "minLength": 1},
          "connectionUrl": {"type": "string", "minLength": 1},
          "description": {"type": ["string", "null"]}
        },
        "required": ["type", "connectionUrl"],
        "examples": [{"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://db.example/x"}]
      },
      "TagBody": {
        "type": "object",
        "properties": {"description": {"type": ["string", "null"]}},
        "examples": [{"description": "personal data"}]
      },
      "DatasetBody": {
        "type": "object",
        "properties": {
          "type": {"type": "string", "enum": ["DB_TABLE", "STREAM"]},
          "physicalName": {"type": "string", "minLength": 1},
          "sourceName": {"type": "string", "minLength": 1},
          "fields": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "name": {"type": "string", "minLength": 1},
                "type": {"type": ["string", "null"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "description": {"type": ["string", "null"]}
              },
              "required": ["name"]
            }
          },
          "tags": {"type": "array", "items": {"type": "string"}},
          "description": {"type": ["string", "null"]},
          "runId": {"type": "string", "format": "uuid"},
          "schemaLocation": {"type": "string"}
        },
        "required": ["type", "physicalName", "sourceName"],
        "examples": [
          {
            "type": "DB_TABLE",
            "physicalName": "main.sales",
            "sourceName": "warehouse",
            "fields": [{"name": "amount", "type": "DECIMAL"}]
          }
        ]
      },
      "JobBody": {
        "type": "object",
        "properties": {
          "type": {"type": "string", "enum": ["BATCH", "STREAM", "SERVICE"]},
          "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
          "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/NameId"}},
          "location": {"type": ["string", "null"]},
          "description": {"type": ["string", "null"]},
          "runId": {"type": "string", "format": "uuid"}
        },
        "required": ["type"],
        "examples": [
          {
            "type": "BATCH",
            "inputs": [{"namespace": "shop", "name": "raw.sales"}],
            "outputs": [{"namespace": "shop", "name": "main.sales"}]
          }
        ]
      },
      "RunBody": {
        "type": "object",
        "properties": {
          "id": {"type": "string", "format": "uuid"},
          "nominalStartTime": {"type": "string", "format": "date-time"},
          "nominalEndTime": {"type": "string", "format": "date-time"},
          "args": {"type": "object", "additionalProperties": {"type": "string"}}
        },
        "examples": [{"args": {"email": "me@example.org"}}]
      }
    },
    "parameters": {
      "limit": {
        "name": "limit",
        "in": "query",
        "description": "How many at most; more than 1000 is taken as 1000.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "default": 100}
      },
      "offset": {
        "name": "offset",
        "in": "query",
        "description": "How many to pass over.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "default": 0}
      },
      "searchLimit": {
        "name": "limit",
        "in": "query",
        "description": "How many at most; more than 1000 is taken as 1000.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "default": 10}
      },
      "hitLimit": {
        "name": "limit",
        "in": "query",
        "description": "How many at most; more than 100 is taken as 100.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "default": 10}
      },
      "depth": {
        "name": "depth",
        "in": "query",
        "description": "How far to go.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "default": 20}
      },
      "lastRunStates": {
        "name": "lastRunStates",
        "in": "query",
        "description": "Jobs whose latest run is in one of these states; repeatable. totalCount ignores it.",
        "schema": {
          "type": "array",
          "items": {"type": "string", "enum": ["NEW", "RUNNING", "COMPLETED", "ABORTED", "FAILED", "OTHER"]}
        },
        "example": ["COMPLETED"]
      },
      "sortDirection": {
        "name": "sortDirection",
        "in": "query",
        "description": "By time.",
        "schema": {"type": "string", "enum": ["desc", "asc"], "default": "desc"}
      },
      "before": {
        "name": "before",
        "in": "query",
        "description": "Earlier than this.",
        "schema": {"type": "string", "format": "date-time", "default": "2030-01-01T00:00:00Z"}
      },
      "after": {
        "name": "after",
        "in": "query",
        "description": "At this time or later.",
        "schema": {"type": "string", "format": "date-time", "default": "1970-01-01T00:00:00Z"}
      },
      "beforeIssue": {
        "name": "before",
        "in": "query",
        "description": "Earlier than this.",
        "schema": {"type": "string", "format": "date-time"}
      },
      "afterIssue": {
        "name": "after",
        "in": "query",
        "description": "At this time or later.",
        "schema": {"type": "string", "format": "date-time"}
      },
      "eventNamespace": {
        "name": "namespace",
        "in": "query",
        "description": "Of the job or dataset of the event.",
        "schema": {"type": "string"},
        "example": "shop"
      },
      "eventJob": {
        "name": "job",
        "in": "query",
        "description": "A node id, or a name in any namespace.",
        "schema": {"type": "string"}
      },
      "eventDataset": {
        "name": "dataset",
        "in": "query",
        "description": "A node id, or a name in any namespace.",
        "schema": {"type": "string"}
      },
      "eventRun": {
        "name": "run",
        "in": "query",
        "description": "Id of a run.",
        "schema": {"type": "string", "format": "uuid"}
      },
      "kind": {
        "name": "kind",
        "in": "query",
        "description": "Repeatable; both when left out.",
        "schema": {"type": "array", "items": {"type": "string", "enum": ["ODD", "REJECTED"]}}
      },
      "code": {
        "name": "code",
        "in": "query",
        "description": "A rule in snake_case, or an SQLSTATE.",
        "schema": {"type": "string"}
      },
      "q": {
        "name": "q",
        "in": "query",
        "required": true,
        "description": "What to look for.",
        "schema": {"type": "string", "minLength": 1},
        "example": "sales"
      },
      "filter": {
        "name": "filter",
        "in": "query",
        "description": "One kind only.",
        "schema": {"type": "string", "enum": ["JOB", "DATASET"]}
      },
      "sort": {
        "name": "sort",
        "in": "query",
        "description": "UPDATE_AT: latest first.",
        "schema": {"type": "string", "enum": ["NAME", "UPDATE_AT"], "default": "NAME"}
      },
      "searchNamespace": {
        "name": "namespace",
        "in": "query",
        "description": "One namespace only.",
        "schema": {"type": "string"}
      },
      "beforeDate": {
        "name": "before",
        "in": "query",
        "description": "Last updated before this day.",
        "schema": {"type": "string", "format": "date"}
      },
      "afterDate": {
        "name": "after",
        "in": "query",
        "description": "Last updated on this day or later.",
        "schema": {"type": "string", "format": "date"}
      },
      "period": {
        "name": "period",
        "in": "query",
        "required": true,
        "description": "DAY: 24 hours; WEEK: 7 days.",
        "schema": {"type": "string", "enum": ["DAY", "WEEK"]},
        "example": "DAY"
      },
      "timezone": {
        "name": "timezone",
        "in": "query",
        "description": "Whose days; required for WEEK.",
        "schema": {"type": "string"},
        "example": "UTC"
      },
      "facetType": {
        "name": "type",
        "in": "query",
        "required": true,
        "description": "Whose facets, in either case.",
        "schema": {"type": "string", "enum": ["run", "job", "dataset"]},
        "example": "run"
      },
      "runId": {
        "name": "runId",
        "in": "query",
        "required": true,
        "description": "The run to start from.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "a1a2a3a4-0000-4000-8000-000000000001"
      },
      "lineageNode": {
        "name": "nodeId",
        "in": "query",
        "description": "dataset:NAMESPACE:NAME or job:NAMESPACE:NAME; required unless runId is given.",
        "schema": {"type": "string"},
        "example": "dataset:shop:main.sales"
      },
      "columnNode": {
        "name": "nodeId",
        "in": "query",
        "required": true,
        "description": "dataset:NAMESPACE:NAME, datasetField:NAMESPACE:NAME:FIELD or job:NAMESPACE:NAME, the first two also with #VERSION.",
        "schema": {"type": "string"},
        "example": "dataset:shop:main.sales"
      },
      "withDownstream": {
        "name": "withDownstream",
        "in": "query",
        "description": "Also what is made of these columns.",
        "schema": {"type": "boolean", "default": false}
      },
      "direction": {
        "name": "direction",
        "in": "query",
        "description": "Which way to go.",
        "schema": {"type": "string", "enum": ["UPSTREAM", "DOWNSTREAM", "BOTH"], "default": "BOTH"}
      },
      "maxNodes": {
        "name": "maxNodes",
        "in": "query",
        "description": "The nearest so many; truncated is true when there are more.",
        "schema": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 10000, "default": 10000}
      },
      "asOf": {
        "name": "asOf",
        "in": "query",
        "description": "The edges that held at this time; not together with runId.",
        "schema": {"type": "string", "format": "date-time"}
      },
      "asRun": {
        "name": "runId",
        "in": "query",
        "description": "The graph as this run saw it; not together with asOf.",
        "schema": {"type": "string", "format": "uuid"}
      },
      "purge": {
        "name": "purge",
        "in": "query",
        "description": "Removes it for good, which only an administrator may, instead of hiding it.",
        "schema": {"type": "boolean", "default": false}
      },
      "at": {
        "name": "at",
        "in": "query",
        "description": "When it happened; now when left out.",
        "schema": {"type": "string", "format": "date-time"}
      },
      "namespacePath": {
        "name": "namespace",
        "in": "path",
        "required": true,
        "description": "Name of the namespace. Percent-encoded as one segment.",
        "schema": {"type": "string", "minLength": 1},
        "example": "shop"
      },
      "jobPath": {
        "name": "job",
        "in": "path",
        "required": true,
        "description": "Name of the job, or parent.name. Percent-encoded as one segment.",
        "schema": {"type": "string", "minLength": 1},
        "example": "nightly.load"
      },
      "datasetPath": {
        "name": "dataset",
        "in": "path",
        "required": true,
        "description": "Name of the dataset or of an alias. Percent-encoded as one segment.",
        "schema": {"type": "string", "minLength": 1},
        "example": "main.sales"
      },
      "versionPath": {
        "name": "version",
        "in": "path",
        "required": true,
        "description": "Id of the version.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "b1b2b3b4-0000-4000-8000-000000000001"
      },
      "runPath": {
        "name": "run",
        "in": "path",
        "required": true,
        "description": "Id of the run.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "a1a2a3a4-0000-4000-8000-000000000001"
      },
      "tagPath": {
        "name": "tag",
        "in": "path",
        "required": true,
        "description": "Name of the tag. Percent-encoded as one segment.",
        "schema": {"type": "string", "minLength": 1},
        "example": "PII"
      },
      "fieldPath": {
        "name": "field",
        "in": "path",
        "required": true,
        "description": "Name of the column. Percent-encoded as one segment.",
        "schema": {"type": "string", "minLength": 1},
        "example": "amount"
      },
      "sourcePath": {
        "name": "source",
        "in": "path",
        "required": true,
        "description": "Name of the source. Percent-encoded as one segment.",
        "schema": {"type": "string", "minLength": 1},
        "example": "warehouse"
      }
    },
    "responses": {
      "BadRequest": {
        "description": "A parameter or the body cannot be read.",
        "content": {
          "application/json": {
            "schema": {
              "oneOf": [
                {"$ref": "#/components/schemas/Error"},
                {"$ref": "#/components/schemas/Errors"},
                {"$ref": "#/components/schemas/BatchResult"}
              ]
            }
          }
        }
      },
      "Unauthorized": {
        "description": "A token is needed, or the one sent was refused; details say why.",
        "headers": {
          "WWW-Authenticate": {
            "description": "Bearer with error, scope and resource_metadata, as RFC 6750 and RFC 9728 have it.",
            "schema": {"type": "string"}
          }
        },
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
      },
      "TooMany": {
        "description": "More requests than openlineage.rate_limit allows; Retry-After says when.",
        "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
      },
      "Forbidden": {
        "description": "The caller may not do this; WWW-Authenticate names the scope, where one is missing.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
      },
      "NotFound": {
        "description": "Nothing of this name, or a parameter that is no number or UUID.",
        "content": {
          "application/json": {
            "schema": {"oneOf": [{"$ref": "#/components/schemas/Error"}, {"$ref": "#/components/schemas/ShortError"}]}
          }
        }
      },
      "TooLarge": {
        "description": "The body is above the limit.",
        "content": {
          "application/json": {
            "schema": {"oneOf": [{"$ref": "#/components/schemas/Error"}, {"$ref": "#/components/schemas/BatchResult"}]}
          }
        }
      },
      "UnsupportedMediaType": {
        "description": "The body is not declared as JSON.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ShortError"}}}
      },
      "Invalid": {
        "description": "A member is missing.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}
      },
      "Unavailable": {
        "description": "Not now; Retry-After says when.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
      }
    }
  }
}
$openapi$$function$;
COMMENT ON FUNCTION openlineage.api_openapi(text[], json) IS
    'GET /openapi.json: the OpenAPI 3.1 document of all endpoints. No parameters, no errors. From src/api/openapi.json.';
-- Facets with the names of what they are about, for everybody who asks in SQL.
--
-- All views of this folder are functions of the current facets and of the
-- tables beside them: they add no state, so the order of events cannot matter.
-- Content is what a producer sent.  Each member is looked at for its type and
-- read as null when it has another, so that no row can make a view fail.

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE FUNCTION openlineage.member_text(body json, member text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT CASE WHEN json_typeof(body -> member) IN ('string', 'number', 'boolean') THEN body ->> member END$$;
COMMENT ON FUNCTION openlineage.member_text(json, text) IS
    'A member of a facet as text; null when it is missing, an object or an array. Never an error.';

CREATE FUNCTION openlineage.member_number(body json, member text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT CASE WHEN json_typeof(body -> member) IN ('string', 'number') THEN openlineage.finite_number(body ->> member) END$$;
COMMENT ON FUNCTION openlineage.member_number(json, text) IS
    'A member of a facet as a number, also one written as a string; null when it is none or too large for double precision. Never an error.';

CREATE FUNCTION openlineage.member_items(body json, member text) RETURNS TABLE (ordinal bigint, item json)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.ordinality, e.value
      FROM json_array_elements(CASE WHEN json_typeof(body -> member) = 'array' THEN body -> member END)
           WITH ORDINALITY AS e (value, ordinality)
     WHERE json_typeof(e.value) = 'object'
    $$;
COMMENT ON FUNCTION openlineage.member_items(json, text) IS
    'The objects in an array that is a member of a facet, with their position from 1; none when it is no array. Never an error.';

CREATE VIEW openlineage.run_facet WITH (security_invoker = true) AS
    SELECT f.run_id, r.job_id, s.name AS namespace, n.name AS job, f.name AS facet,
           COALESCE(openlineage.told_time(r.told, f.name), f.event_time) AS event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.run AS r ON r.id = f.run_id
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NOT NULL AND f.node_id IS NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.run_facet IS 'The current facets of runs.';
COMMENT ON COLUMN openlineage.run_facet.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_facet.job_id IS 'Node of its job.';
COMMENT ON COLUMN openlineage.run_facet.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_facet.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.run_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.run_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.run_facet TO openlineage_reader;

CREATE VIEW openlineage.job_facet WITH (security_invoker = true) AS
    SELECT f.node_id AS job_id, s.name AS namespace, n.name AS job, f.name AS facet, f.event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet_time AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.job AS j ON j.node_id = f.node_id
      JOIN openlineage.node AS n ON n.id = f.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NULL AND f.io IS NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.job_facet IS 'The current facets of jobs.';
COMMENT ON COLUMN openlineage.job_facet.job_id IS 'Node of the job.';
COMMENT ON COLUMN openlineage.job_facet.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.job_facet.job IS 'Its name.';
COMMENT ON COLUMN openlineage.job_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.job_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.job_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.job_facet TO openlineage_reader;

CREATE VIEW openlineage.dataset_facet WITH (security_invoker = true) AS
    SELECT f.node_id AS dataset_id, s.name AS namespace, n.name AS dataset, f.name AS facet, f.event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet_time AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.dataset AS d ON d.node_id = f.node_id
      JOIN openlineage.node AS n ON n.id = f.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NULL AND f.io IS NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.dataset_facet IS 'The current facets of datasets, without what is a fact of one run.';
COMMENT ON COLUMN openlineage.dataset_facet.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.dataset_facet.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_facet.dataset IS 'Its name.';
COMMENT ON COLUMN openlineage.dataset_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.dataset_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.dataset_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.dataset_facet TO openlineage_reader;

CREATE VIEW openlineage.io_facet WITH (security_invoker = true) AS
    SELECT f.run_id, f.node_id AS dataset_id, s.name AS namespace, n.name AS dataset, f.io, f.name AS facet,
           f.event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.node AS n ON n.id = f.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NOT NULL AND f.io IS NOT NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.io_facet IS 'Facets of what one run read or wrote: its inputFacets and outputFacets, and quality facets it put among the dataset''s own.';
COMMENT ON COLUMN openlineage.io_facet.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.io_facet.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.io_facet.namespace IS 'Namespace of the dataset.';
COMMENT ON COLUMN openlineage.io_facet.dataset IS 'Name of the dataset.';
COMMENT ON COLUMN openlineage.io_facet.io IS 'input or output.';
COMMENT ON COLUMN openlineage.io_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.io_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.io_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.io_facet TO openlineage_reader;
-- What the facets of runs mean, one view for each.

CREATE VIEW openlineage.run_error WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, r.state,
           openlineage.member_text(f.body, 'message') AS message,
           openlineage.member_text(f.body, 'programmingLanguage') AS programming_language,
           openlineage.member_text(f.body, 'stackTrace') AS stack_trace,
           f.event_time
      FROM openlineage.run_facet AS f
      JOIN openlineage.run AS r ON r.id = f.run_id
     WHERE f.facet = 'errorMessage';
COMMENT ON VIEW openlineage.run_error IS 'Why runs failed. Source: OpenLineage facet ErrorMessageRunFacet 1-0-1.';
COMMENT ON COLUMN openlineage.run_error.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_error.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_error.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_error.state IS 'State of the run: an error need not end it.';
COMMENT ON COLUMN openlineage.run_error.message IS 'errorMessage.message.';
COMMENT ON COLUMN openlineage.run_error.programming_language IS 'errorMessage.programmingLanguage.';
COMMENT ON COLUMN openlineage.run_error.stack_trace IS 'errorMessage.stackTrace.';
COMMENT ON COLUMN openlineage.run_error.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_error TO openlineage_reader;

CREATE VIEW openlineage.run_engine WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job,
           openlineage.member_text(f.body, 'name') AS name,
           openlineage.member_text(f.body, 'version') AS version,
           openlineage.member_text(f.body, 'openlineageAdapterVersion') AS adapter_version,
           f.event_time
      FROM openlineage.run_facet AS f
     WHERE f.facet = 'processing_engine';
COMMENT ON VIEW openlineage.run_engine IS 'What ran it. Source: OpenLineage facet ProcessingEngineRunFacet 1-1-1.';
COMMENT ON COLUMN openlineage.run_engine.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_engine.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_engine.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_engine.name IS 'processing_engine.name.';
COMMENT ON COLUMN openlineage.run_engine.version IS 'processing_engine.version.';
COMMENT ON COLUMN openlineage.run_engine.adapter_version IS 'processing_engine.openlineageAdapterVersion.';
COMMENT ON COLUMN openlineage.run_engine.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_engine TO openlineage_reader;

CREATE VIEW openlineage.run_environment WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, i.ordinal, v.name,
           CASE WHEN NOT v.is_withheld THEN openlineage.member_text(i.item, 'value') END AS value,
           v.is_withheld, f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL openlineage.member_items(f.body, 'environmentVariables') AS i
     CROSS JOIN LATERAL (SELECT openlineage.member_text(i.item, 'name'),
                                openlineage.member_text(i.item, 'name') ~* 'secret|passw|pwd|token|credential|private|api_?key|access_?key|auth|dsn|conn|_url$|_uri$')
                     AS v (name, is_withheld)
     WHERE f.facet = 'environmentVariables' AND v.name <> '';
COMMENT ON VIEW openlineage.run_environment IS
    'Environment variables of runs. Values under names that sound like credentials are withheld here; the facet itself is kept as it came. Source: OpenLineage facet EnvironmentVariablesRunFacet 1-0-0.';
COMMENT ON COLUMN openlineage.run_environment.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_environment.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_environment.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_environment.ordinal IS 'Position in the facet, from 1.';
COMMENT ON COLUMN openlineage.run_environment.name IS 'Name of the variable.';
COMMENT ON COLUMN openlineage.run_environment.value IS 'Its value; null when it is withheld.';
COMMENT ON COLUMN openlineage.run_environment.is_withheld IS 'True when the name sounds like a credential.';
COMMENT ON COLUMN openlineage.run_environment.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_environment TO openlineage_reader;

CREATE VIEW openlineage.run_parameter WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, i.ordinal, v.key,
           openlineage.member_text(i.item, 'name') AS name,
           openlineage.member_text(i.item, 'description') AS description,
           CASE WHEN json_typeof(i.item -> 'value') <> 'null' THEN i.item ->> 'value' END AS value,
           openlineage.member_number(i.item, 'value') AS number,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL openlineage.member_items(f.body, 'parameters') AS i
     CROSS JOIN LATERAL (SELECT openlineage.member_text(i.item, 'key')) AS v (key)
     WHERE f.facet = 'executionParameters' AND v.key <> '';
COMMENT ON VIEW openlineage.run_parameter IS
    'What runs were started with, hyper-parameters too. Source: OpenLineage facet ExecutionParametersRunFacet 1-0-0.';
COMMENT ON COLUMN openlineage.run_parameter.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_parameter.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_parameter.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_parameter.ordinal IS 'Position in the facet, from 1.';
COMMENT ON COLUMN openlineage.run_parameter.key IS 'parameters[].key.';
COMMENT ON COLUMN openlineage.run_parameter.name IS 'parameters[].name.';
COMMENT ON COLUMN openlineage.run_parameter.description IS 'parameters[].description.';
COMMENT ON COLUMN openlineage.run_parameter.value IS 'parameters[].value as text, objects and arrays as JSON.';
COMMENT ON COLUMN openlineage.run_parameter.number IS 'The value as a number; null when it is none.';
COMMENT ON COLUMN openlineage.run_parameter.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_parameter TO openlineage_reader;

CREATE VIEW openlineage.run_external_query WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job,
           openlineage.member_text(f.body, 'externalQueryId') AS external_query_id,
           openlineage.member_text(f.body, 'source') AS source,
           f.event_time
      FROM openlineage.run_facet AS f
     WHERE f.facet = 'externalQuery';
COMMENT ON VIEW openlineage.run_external_query IS
    'The id under which another system knows what a run did. Source: OpenLineage facet ExternalQueryRunFacet 1-0-2.';
COMMENT ON COLUMN openlineage.run_external_query.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_external_query.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_external_query.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_external_query.external_query_id IS 'externalQuery.externalQueryId.';
COMMENT ON COLUMN openlineage.run_external_query.source IS 'externalQuery.source: where it is known.';
COMMENT ON COLUMN openlineage.run_external_query.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_external_query TO openlineage_reader;

CREATE VIEW openlineage.run_extraction WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job,
           openlineage.member_number(f.body, 'totalTasks') AS total_tasks,
           openlineage.member_number(f.body, 'failedTasks') AS failed_tasks,
           e.n AS errors,
           COALESCE(openlineage.member_number(f.body, 'failedTasks') > 0, false) OR e.n > 0 AS is_incomplete,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL (SELECT count(*) AS n FROM openlineage.member_items(f.body, 'errors')) AS e
     WHERE f.facet = 'extractionError';
COMMENT ON VIEW openlineage.run_extraction IS
    'Runs whose producer could not tell all of their lineage. Source: OpenLineage facet ExtractionErrorRunFacet 1-1-2.';
COMMENT ON COLUMN openlineage.run_extraction.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_extraction.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_extraction.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_extraction.total_tasks IS 'extractionError.totalTasks: statements, say, that were looked at.';
COMMENT ON COLUMN openlineage.run_extraction.failed_tasks IS 'extractionError.failedTasks: of which lineage is missing.';
COMMENT ON COLUMN openlineage.run_extraction.errors IS 'How many errors the facet lists; they are in run_extraction_error.';
COMMENT ON COLUMN openlineage.run_extraction.is_incomplete IS 'True when lineage of this run is missing.';
COMMENT ON COLUMN openlineage.run_extraction.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_extraction TO openlineage_reader;

CREATE VIEW openlineage.run_extraction_error WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, i.ordinal,
           openlineage.member_text(i.item, 'errorMessage') AS message,
           openlineage.member_text(i.item, 'stackTrace') AS stack_trace,
           openlineage.member_text(i.item, 'task') AS task,
           openlineage.member_number(i.item, 'taskNumber') AS task_number,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL openlineage.member_items(f.body, 'errors') AS i
     WHERE f.facet = 'extractionError';
COMMENT ON VIEW openlineage.run_extraction_error IS
    'What a producer could not read. Source: OpenLineage facet ExtractionErrorRunFacet 1-1-2, member errors.';
COMMENT ON COLUMN openlineage.run_extraction_error.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_extraction_error.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_extraction_error.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_extraction_error.ordinal IS 'Position in the facet, from 1.';
COMMENT ON COLUMN openlineage.run_extraction_error.message IS 'errors[].errorMessage.';
COMMENT ON COLUMN openlineage.run_extraction_error.stack_trace IS 'errors[].stackTrace.';
COMMENT ON COLUMN openlineage.run_extraction_error.task IS 'errors[].task: the statement, say.';
COMMENT ON COLUMN openlineage.run_extraction_error.task_number IS 'errors[].taskNumber, from 0.';
COMMENT ON COLUMN openlineage.run_extraction_error.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_extraction_error TO openlineage_reader;

-- The edges themselves are in edge, of kind control; this is what a run said of them.
CREATE VIEW openlineage.job_dependency WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, w.direction, i.ordinal,
           openlineage.member_text(i.item -> 'job', 'namespace') AS other_namespace,
           openlineage.member_text(i.item -> 'job', 'name') AS other_job,
           openlineage.run_uuid(NULLIF(openlineage.member_text(i.item -> 'run', 'runId'), '')) AS other_run_id,
           openlineage.member_text(i.item, 'dependency_type') AS dependency_type,
           openlineage.member_text(i.item, 'sequence_trigger_rule') AS sequence_trigger_rule,
           openlineage.member_text(i.item, 'status_trigger_rule') AS status_trigger_rule,
           openlineage.member_text(f.body, 'trigger_rule') AS trigger_rule,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN (VALUES ('upstream'), ('downstream')) AS w (direction)
     CROSS JOIN LATERAL openlineage.member_items(f.body, w.direction) AS i
     WHERE f.facet = 'jobDependencies'
       AND openlineage.member_text(i.item -> 'job', 'namespace') <> ''
       AND openlineage.member_text(i.item -> 'job', 'name') <> '';
COMMENT ON VIEW openlineage.job_dependency IS
    'Which jobs a run waited for and which waited for it, with their rules; the edges are in edge, of kind control. Source: OpenLineage facet JobDependenciesRunFacet 1-0-1.';
COMMENT ON COLUMN openlineage.job_dependency.run_id IS 'The run that says so.';
COMMENT ON COLUMN openlineage.job_dependency.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.job_dependency.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.job_dependency.direction IS 'upstream: the other job comes before; downstream: after.';
COMMENT ON COLUMN openlineage.job_dependency.ordinal IS 'Position in that list, from 1.';
COMMENT ON COLUMN openlineage.job_dependency.other_namespace IS 'Namespace of the other job.';
COMMENT ON COLUMN openlineage.job_dependency.other_job IS 'Name of the other job.';
COMMENT ON COLUMN openlineage.job_dependency.other_run_id IS 'Run of the other job; null when none is named.';
COMMENT ON COLUMN openlineage.job_dependency.dependency_type IS 'DIRECT_INVOCATION, IMPLICIT_DEPENDENCY …, as written.';
COMMENT ON COLUMN openlineage.job_dependency.sequence_trigger_rule IS 'FINISH_TO_START, START_TO_START …, as written.';
COMMENT ON COLUMN openlineage.job_dependency.status_trigger_rule IS 'EXECUTE_ON_SUCCESS, EXECUTE_EVERY_TIME …, as written.';
COMMENT ON COLUMN openlineage.job_dependency.trigger_rule IS 'ALL_SUCCESS, ALL_DONE …, as written: how the run takes all of them together.';
COMMENT ON COLUMN openlineage.job_dependency.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.job_dependency TO openlineage_reader;

-- A hint, never a fact of the parent: its own events tell those.
CREATE VIEW openlineage.run_parent_facet WITH (security_invoker = true) AS
    SELECT f.run_id, l.level, e.entity,
           openlineage.run_uuid(NULLIF(openlineage.member_text(l.body -> 'run', 'runId'), '')) AS parent_run_id,
           openlineage.member_text(l.body -> 'job', 'namespace') AS parent_namespace,
           openlineage.member_text(l.body -> 'job', 'name') AS parent_job,
           m.key AS facet, m.value AS body, f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL (VALUES ('parent', f.body), ('root', f.body -> 'root')) AS l (level, body)
     CROSS JOIN (VALUES ('run'), ('job')) AS e (entity)
     CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(l.body -> e.entity -> 'facets') = 'object'
                                       THEN l.body -> e.entity -> 'facets' END) AS m
     WHERE f.facet = 'parent';
COMMENT ON VIEW openlineage.run_parent_facet IS
    'Facets of parents and roots that children forward: hints, kept apart from what those runs and jobs say of themselves. Source: OpenLineage facet ParentRunFacet 1-2-0.';
COMMENT ON COLUMN openlineage.run_parent_facet.run_id IS 'The child.';
COMMENT ON COLUMN openlineage.run_parent_facet.level IS 'parent or root.';
COMMENT ON COLUMN openlineage.run_parent_facet.entity IS 'run or job: what the facet is about.';
COMMENT ON COLUMN openlineage.run_parent_facet.parent_run_id IS 'Run of the parent or root.';
COMMENT ON COLUMN openlineage.run_parent_facet.parent_namespace IS 'Namespace of the job of that run.';
COMMENT ON COLUMN openlineage.run_parent_facet.parent_job IS 'Name of the job of that run.';
COMMENT ON COLUMN openlineage.run_parent_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.run_parent_facet.body IS 'The facet as it came.';
COMMENT ON COLUMN openlineage.run_parent_facet.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_parent_facet TO openlineage_reader;
-- What the facets of jobs mean.

-- Facets are looked up by their key: a job has a few.
CREATE VIEW openlineage.job_detail WITH (security_invoker = true) AS
    SELECT j.node_id AS job_id, s.name AS namespace, n.name AS job, j.type, p.name AS parent_job,
           openlineage.member_text(k.type_body, 'integration') AS integration,
           openlineage.member_text(k.type_body, 'jobType') AS job_type,
           openlineage.member_text(k.type_body -> 'emissionPattern', 'eventTrigger') AS event_trigger,
           openlineage.member_text(k.type_body -> 'emissionPattern', 'eventContentMode') AS event_content_mode,
           openlineage.member_number(k.type_body -> 'emissionPattern', 'windowDuration') AS window_seconds,
           j.description,
           openlineage.member_text(k.documentation, 'contentType') AS description_content_type,
           openlineage.member_text(k.sql, 'query') AS sql_query,
           openlineage.member_text(k.sql, 'dialect') AS sql_dialect,
           openlineage.member_text(k.code, 'language') AS source_language,
           openlineage.member_text(k.code, 'sourceCode') AS source_code,
           openlineage.member_text(k.location, 'type') AS location_type,
           j.location AS location_url,
           openlineage.member_text(k.location, 'repoUrl') AS repo_url,
           openlineage.member_text(k.location, 'path') AS repo_path,
           openlineage.member_text(k.location, 'version') AS repo_version,
           openlineage.member_text(k.location, 'tag') AS repo_tag,
           openlineage.member_text(k.location, 'branch') AS repo_branch,
           openlineage.member_text(k.location, 'pullRequestNumber') AS pull_request
      FROM openlineage.job AS j
      JOIN openlineage.node AS n ON n.id = j.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.node AS p ON p.id = j.parent_id
     CROSS JOIN LATERAL (
           SELECT (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'jobType'))[1] AS type_body,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'documentation'))[1] AS documentation,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'sql'))[1] AS sql,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'sourceCode'))[1] AS code,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'sourceCodeLocation'))[1] AS location
             FROM openlineage.facet AS f
             JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
            WHERE f.node_id = j.node_id AND f.run_id IS NULL AND f.io IS NULL AND NOT f.is_deleted
              AND f.name IN ('jobType', 'documentation', 'sql', 'sourceCode', 'sourceCodeLocation')) AS k;
COMMENT ON VIEW openlineage.job_detail IS
    'Jobs with what their facets say. Source: OpenLineage facets JobTypeJobFacet 2-0-4, DocumentationJobFacet 1-1-0, SQLJobFacet 1-1-0, SourceCodeJobFacet 1-0-1 and SourceCodeLocationJobFacet 1-1-0.';
COMMENT ON COLUMN openlineage.job_detail.job_id IS 'Node of the job.';
COMMENT ON COLUMN openlineage.job_detail.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.job_detail.job IS 'Its name.';
COMMENT ON COLUMN openlineage.job_detail.type IS 'BATCH, STREAM or SERVICE.';
COMMENT ON COLUMN openlineage.job_detail.parent_job IS 'Name of the job of its latest parent facet.';
COMMENT ON COLUMN openlineage.job_detail.integration IS 'jobType.integration.';
COMMENT ON COLUMN openlineage.job_detail.job_type IS 'jobType.jobType.';
COMMENT ON COLUMN openlineage.job_detail.event_trigger IS 'jobType.emissionPattern.eventTrigger: EVENT_BASED or PERIODIC.';
COMMENT ON COLUMN openlineage.job_detail.event_content_mode IS 'jobType.emissionPattern.eventContentMode: ACCUMULATIVE or COMPLETE_SNAPSHOT.';
COMMENT ON COLUMN openlineage.job_detail.window_seconds IS 'jobType.emissionPattern.windowDuration.';
COMMENT ON COLUMN openlineage.job_detail.description IS 'documentation.description.';
COMMENT ON COLUMN openlineage.job_detail.description_content_type IS 'documentation.contentType.';
COMMENT ON COLUMN openlineage.job_detail.sql_query IS 'sql.query.';
COMMENT ON COLUMN openlineage.job_detail.sql_dialect IS 'sql.dialect.';
COMMENT ON COLUMN openlineage.job_detail.source_language IS 'sourceCode.language.';
COMMENT ON COLUMN openlineage.job_detail.source_code IS 'sourceCode.sourceCode.';
COMMENT ON COLUMN openlineage.job_detail.location_type IS 'sourceCodeLocation.type.';
COMMENT ON COLUMN openlineage.job_detail.location_url IS 'sourceCodeLocation.url.';
COMMENT ON COLUMN openlineage.job_detail.repo_url IS 'sourceCodeLocation.repoUrl.';
COMMENT ON COLUMN openlineage.job_detail.repo_path IS 'sourceCodeLocation.path.';
COMMENT ON COLUMN openlineage.job_detail.repo_version IS 'sourceCodeLocation.version.';
COMMENT ON COLUMN openlineage.job_detail.repo_tag IS 'sourceCodeLocation.tag.';
COMMENT ON COLUMN openlineage.job_detail.repo_branch IS 'sourceCodeLocation.branch.';
COMMENT ON COLUMN openlineage.job_detail.pull_request IS 'sourceCodeLocation.pullRequestNumber.';
GRANT SELECT ON openlineage.job_detail TO openlineage_reader;

CREATE VIEW openlineage.lineage_entry WITH (security_invoker = true) AS
    WITH stated AS (
        SELECT f.namespace AS owner_namespace, f.job AS owner, 'job' AS owner_kind, e.ordinal, e.item AS target, f.event_time
          FROM openlineage.job_facet AS f
         CROSS JOIN LATERAL openlineage.member_items(f.body, 'entries') AS e
         WHERE f.facet = 'lineage'
        UNION ALL
        SELECT f.namespace, f.dataset, 'dataset', 1, f.body, f.event_time
          FROM openlineage.dataset_facet AS f
         WHERE f.facet = 'lineage'
    ), source AS (
        SELECT t.*, NULL::text AS target_field, i.item AS source
          FROM stated AS t
          LEFT JOIN LATERAL openlineage.member_items(t.target, 'inputs') AS i ON true
        UNION ALL
        SELECT t.*, c.key, i.item
          FROM stated AS t
         CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(t.target -> 'fields') = 'object' THEN t.target -> 'fields' END) AS c
         CROSS JOIN LATERAL openlineage.member_items(c.value, 'inputs') AS i
    )
    SELECT x.owner_namespace, x.owner, x.owner_kind, x.ordinal,
           CASE x.owner_kind WHEN 'dataset' THEN x.owner_namespace ELSE COALESCE(openlineage.member_text(x.target, 'namespace'), x.owner_namespace) END AS target_namespace,
           CASE x.owner_kind WHEN 'dataset' THEN x.owner ELSE COALESCE(openlineage.member_text(x.target, 'name'), x.owner) END AS target,
           CASE x.owner_kind WHEN 'dataset' THEN 'DATASET' ELSE openlineage.member_text(x.target, 'type') END AS target_type,
           openlineage.run_uuid(NULLIF(openlineage.member_text(x.target, 'runId'), '')) AS target_run_id,
           x.target_field,
           openlineage.member_text(x.source, 'namespace') AS source_namespace,
           openlineage.member_text(x.source, 'name') AS source,
           openlineage.member_text(x.source, 'type') AS source_type,
           openlineage.run_uuid(NULLIF(openlineage.member_text(x.source, 'runId'), '')) AS source_run_id,
           openlineage.member_text(x.source, 'field') AS source_field,
           x.source -> 'transformations' AS transformations,
           x.event_time
      FROM source AS x;
COMMENT ON VIEW openlineage.lineage_entry IS
    'What the current lineage facets state, one row per target and source, with types and runs as written; the edges that all events add up to are in edge and column_edge. Source: OpenLineage facet LineageFacet 1-0-0.';
COMMENT ON COLUMN openlineage.lineage_entry.owner_namespace IS 'Namespace of the job or dataset with the facet.';
COMMENT ON COLUMN openlineage.lineage_entry.owner IS 'Name of the job or dataset with the facet.';
COMMENT ON COLUMN openlineage.lineage_entry.owner_kind IS 'job or dataset.';
COMMENT ON COLUMN openlineage.lineage_entry.ordinal IS 'Position of the entry in the facet, from 1.';
COMMENT ON COLUMN openlineage.lineage_entry.target_namespace IS 'Namespace of the target.';
COMMENT ON COLUMN openlineage.lineage_entry.target IS 'Name of the target.';
COMMENT ON COLUMN openlineage.lineage_entry.target_type IS 'DATASET, JOB or another word, as written.';
COMMENT ON COLUMN openlineage.lineage_entry.target_run_id IS 'Run of a target of type JOB; null when none is named.';
COMMENT ON COLUMN openlineage.lineage_entry.target_field IS 'Column of the target; null for the whole of it.';
COMMENT ON COLUMN openlineage.lineage_entry.source_namespace IS 'Namespace of the source; null for the job itself, or when there is no source.';
COMMENT ON COLUMN openlineage.lineage_entry.source IS 'Name of the source; null for the job itself, or when there is no source.';
COMMENT ON COLUMN openlineage.lineage_entry.source_type IS 'DATASET, JOB or another word, as written; null when the target has no source.';
COMMENT ON COLUMN openlineage.lineage_entry.source_run_id IS 'Run of a source of type JOB; null when none is named.';
COMMENT ON COLUMN openlineage.lineage_entry.source_field IS 'Column of the source; null for the whole of it.';
COMMENT ON COLUMN openlineage.lineage_entry.transformations IS 'transformations, as written.';
COMMENT ON COLUMN openlineage.lineage_entry.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.lineage_entry TO openlineage_reader;
-- What the facets of datasets mean, and the facts that runs told of them.

CREATE VIEW openlineage.dataset_detail WITH (security_invoker = true) AS
    SELECT d.node_id AS dataset_id, s.name AS namespace, n.name AS dataset, d.type,
           openlineage.member_text(k.type_body, 'subType') AS sub_type,
           COALESCE(upper(d.type) = 'JOB_OUTPUT' AND upper(openlineage.member_text(k.type_body, 'subType')) = 'TEMPORARY', false) AS is_temporary,
           d.description,
           openlineage.member_text(k.documentation, 'contentType') AS description_content_type,
           d.source_name,
           openlineage.member_text(k.source, 'uri') AS source_uri,
           openlineage.member_text(k.version, 'datasetVersion') AS external_version,
           d.lifecycle_state,
           EXISTS (SELECT FROM openlineage.deleted_datasets(ARRAY[d.node_id])) AS is_deleted,
           openlineage.member_text(k.catalog, 'framework') AS catalog_framework,
           openlineage.member_text(k.catalog, 'type') AS catalog_type,
           openlineage.member_text(k.catalog, 'name') AS catalog_name,
           openlineage.member_text(k.catalog, 'metadataUri') AS catalog_metadata_uri,
           openlineage.member_text(k.catalog, 'warehouseUri') AS catalog_warehouse_uri,
           openlineage.member_text(k.catalog, 'source') AS catalog_source,
           CASE WHEN json_typeof(k.catalog -> 'catalogProperties') = 'object' THEN k.catalog -> 'catalogProperties' END AS catalog_properties,
           openlineage.member_text(k.storage, 'storageLayer') AS storage_layer,
           openlineage.member_text(k.storage, 'fileFormat') AS file_format,
           (SELECT array_agg(openlineage.member_text(l.item, 'name') ORDER BY l.ordinal)
              FROM openlineage.member_items(k.hierarchy, 'levels') AS l) AS hierarchy,
           (SELECT array_agg(openlineage.member_text(l.item, 'type') ORDER BY l.ordinal)
              FROM openlineage.member_items(k.hierarchy, 'levels') AS l) AS hierarchy_types
      FROM openlineage.dataset AS d
      JOIN openlineage.node AS n ON n.id = d.node_id AND n.canonical_id IS NULL
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN LATERAL (
           SELECT (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'datasetType'))[1] AS type_body,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'documentation'))[1] AS documentation,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'dataSource'))[1] AS source,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'version'))[1] AS version,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'catalog'))[1] AS catalog,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'storage'))[1] AS storage,
                  (array_agg(openlineage.redact(c.body)) FILTER (WHERE f.name = 'hierarchy'))[1] AS hierarchy
             FROM openlineage.facet AS f
             JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
            WHERE f.node_id = d.node_id AND f.run_id IS NULL AND f.io IS NULL AND NOT f.is_deleted
              AND f.name IN ('datasetType', 'documentation', 'dataSource', 'version', 'catalog', 'storage', 'hierarchy')) AS k;
COMMENT ON VIEW openlineage.dataset_detail IS
    'Datasets with what their facets say; aliases are left out. Source: OpenLineage facets DatasetTypeDatasetFacet 1-0-1, DocumentationDatasetFacet 1-1-0, DatasourceDatasetFacet 1-0-1, DatasetVersionDatasetFacet 1-0-1, CatalogDatasetFacet 1-1-0, StorageDatasetFacet 1-0-1 and HierarchyDatasetFacet 1-0-0.';
COMMENT ON COLUMN openlineage.dataset_detail.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.dataset_detail.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_detail.dataset IS 'Its name.';
COMMENT ON COLUMN openlineage.dataset_detail.type IS 'datasetType.datasetType: TABLE, VIEW, FILE, TOPIC, STREAM, MODEL, JOB_OUTPUT or another word.';
COMMENT ON COLUMN openlineage.dataset_detail.sub_type IS 'datasetType.subType.';
COMMENT ON COLUMN openlineage.dataset_detail.is_temporary IS 'True for the temporary output of a job, which a drawing may leave out.';
COMMENT ON COLUMN openlineage.dataset_detail.description IS 'documentation.description.';
COMMENT ON COLUMN openlineage.dataset_detail.description_content_type IS 'documentation.contentType.';
COMMENT ON COLUMN openlineage.dataset_detail.source_name IS 'dataSource.name.';
COMMENT ON COLUMN openlineage.dataset_detail.source_uri IS 'dataSource.uri.';
COMMENT ON COLUMN openlineage.dataset_detail.external_version IS 'version.datasetVersion.';
COMMENT ON COLUMN openlineage.dataset_detail.lifecycle_state IS 'lifecycleStateChange.lifecycleStateChange.';
COMMENT ON COLUMN openlineage.dataset_detail.is_deleted IS 'True when it was dropped and not written since.';
COMMENT ON COLUMN openlineage.dataset_detail.catalog_framework IS 'catalog.framework.';
COMMENT ON COLUMN openlineage.dataset_detail.catalog_type IS 'catalog.type.';
COMMENT ON COLUMN openlineage.dataset_detail.catalog_name IS 'catalog.name.';
COMMENT ON COLUMN openlineage.dataset_detail.catalog_metadata_uri IS 'catalog.metadataUri.';
COMMENT ON COLUMN openlineage.dataset_detail.catalog_warehouse_uri IS 'catalog.warehouseUri.';
COMMENT ON COLUMN openlineage.dataset_detail.catalog_source IS 'catalog.source.';
COMMENT ON COLUMN openlineage.dataset_detail.catalog_properties IS 'catalog.catalogProperties, an object.';
COMMENT ON COLUMN openlineage.dataset_detail.storage_layer IS 'storage.storageLayer.';
COMMENT ON COLUMN openlineage.dataset_detail.file_format IS 'storage.fileFormat.';
COMMENT ON COLUMN openlineage.dataset_detail.hierarchy IS 'hierarchy.levels[].name, outermost first: a path to browse.';
COMMENT ON COLUMN openlineage.dataset_detail.hierarchy_types IS 'hierarchy.levels[].type: DATABASE, SCHEMA, TABLE …';
GRANT SELECT ON openlineage.dataset_detail TO openlineage_reader;

CREATE VIEW openlineage.run_data_scope WITH (security_invoker = true) AS
    SELECT f.run_id, f.dataset_id, f.namespace, f.dataset, f.io,
           openlineage.member_text(k.condition, 'type') AS type,
           CASE WHEN json_typeof(k.condition -> 'locations') = 'array' THEN k.condition -> 'locations' END AS locations,
           CASE WHEN json_typeof(k.condition -> 'partitions') = 'array' THEN k.condition -> 'partitions' END AS partitions,
           k.condition, f.event_time
      FROM openlineage.io_facet AS f
     CROSS JOIN LATERAL (SELECT CASE f.io WHEN 'input' THEN f.body -> 'inputCondition' ELSE f.body -> 'outputCondition' END AS condition) AS k
     WHERE f.facet IN ('subset', CASE f.io WHEN 'input' THEN 'inputSubset' ELSE 'outputSubset' END)
       AND json_typeof(k.condition) = 'object';
COMMENT ON VIEW openlineage.run_data_scope IS
    'Which part of a dataset a run read or wrote. Source: OpenLineage facets InputSubsetInputDatasetFacet 1-0-0 and OutputSubsetOutputDatasetFacet 1-0-0.';
COMMENT ON COLUMN openlineage.run_data_scope.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_data_scope.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.run_data_scope.namespace IS 'Namespace of the dataset.';
COMMENT ON COLUMN openlineage.run_data_scope.dataset IS 'Name of the dataset.';
COMMENT ON COLUMN openlineage.run_data_scope.io IS 'input or output.';
COMMENT ON COLUMN openlineage.run_data_scope.type IS 'binary, compare, partition, location or another word.';
COMMENT ON COLUMN openlineage.run_data_scope.locations IS 'Of a condition of type location: where.';
COMMENT ON COLUMN openlineage.run_data_scope.partitions IS 'Of a condition of type partition: which.';
COMMENT ON COLUMN openlineage.run_data_scope.condition IS 'The condition as it came.';
COMMENT ON COLUMN openlineage.run_data_scope.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_data_scope TO openlineage_reader;

CREATE VIEW openlineage.dataset_volume WITH (security_invoker = true) AS
    SELECT m.dataset_id, s.name AS namespace, n.name AS dataset, m.run_id, f.io, f.name AS facet, m.event_time,
           max(m.value) FILTER (WHERE m.name IN ('rowCount', 'totalRecords')) AS row_count,
           max(m.value) FILTER (WHERE m.name IN ('size', 'bytes', 'totalFilesSizeInBytes', 'totalFileSizeInBytes')) AS bytes,
           max(m.value) FILTER (WHERE m.name IN ('fileCount', 'totalDataFiles', 'resultDataFiles')) AS file_count,
           max(m.value) FILTER (WHERE m.name = 'addedRecords') AS rows_added,
           max(m.value) FILTER (WHERE m.name = 'removedRecords') AS rows_removed,
           to_timestamp(max(m.value) FILTER (WHERE m.name = 'lastUpdated' AND m.value BETWEEN -62135596800000 AND 253402300799000) / 1000) AS last_updated_at
      FROM openlineage.metric AS m
      JOIN openlineage.facet AS f ON f.id = m.facet_id
      JOIN openlineage.node AS n ON n.id = m.dataset_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE m.column_name IS NULL
     GROUP BY m.facet_id, m.dataset_id, s.name, n.name, m.run_id, f.io, f.name, m.event_time;
COMMENT ON VIEW openlineage.dataset_volume IS
    'How much of a dataset runs read, wrote or measured, one row per facet that told it: order it by event_time for a trend. From metric.';
COMMENT ON COLUMN openlineage.dataset_volume.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.dataset_volume.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_volume.dataset IS 'Its name.';
COMMENT ON COLUMN openlineage.dataset_volume.run_id IS 'The run; null when a DatasetEvent told it.';
COMMENT ON COLUMN openlineage.dataset_volume.io IS 'input or output; null when a DatasetEvent told it.';
COMMENT ON COLUMN openlineage.dataset_volume.facet IS 'inputStatistics, outputStatistics, dataQualityMetrics, icebergScanReport or icebergCommitReport.';
COMMENT ON COLUMN openlineage.dataset_volume.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.dataset_volume.row_count IS 'Rows read, written or measured; of an Iceberg commit all that are in the table then.';
COMMENT ON COLUMN openlineage.dataset_volume.bytes IS 'Bytes of them.';
COMMENT ON COLUMN openlineage.dataset_volume.file_count IS 'Files they are in.';
COMMENT ON COLUMN openlineage.dataset_volume.rows_added IS 'Rows that an Iceberg commit added.';
COMMENT ON COLUMN openlineage.dataset_volume.rows_removed IS 'Rows that an Iceberg commit took away.';
COMMENT ON COLUMN openlineage.dataset_volume.last_updated_at IS 'dataQualityMetrics.lastUpdated.';
GRANT SELECT ON openlineage.dataset_volume TO openlineage_reader;

CREATE VIEW openlineage.dataset_freshness WITH (security_invoker = true) AS
    SELECT d.node_id AS dataset_id, s.name AS namespace, n.name AS dataset,
           w.written_at, w.run_id AS written_by_run, v.row_count, v.bytes, u.last_updated_at,
           now() - GREATEST(w.written_at, u.last_updated_at) AS age
      FROM openlineage.dataset AS d
      JOIN openlineage.node AS n ON n.id = d.node_id AND n.canonical_id IS NULL
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN LATERAL (SELECT i.last_at AS written_at, i.run_id
                           FROM openlineage.run_io_time AS i
                           JOIN openlineage.run AS r ON r.id = i.run_id
                          WHERE i.dataset_id = d.node_id AND i.io = 'output' AND r.state = 'COMPLETED'
                          ORDER BY i.last_at DESC, i.run_id LIMIT 1) AS w ON true
      LEFT JOIN LATERAL (SELECT max(m.value) FILTER (WHERE m.name IN ('rowCount', 'totalRecords')) AS row_count,
                                max(m.value) FILTER (WHERE m.name IN ('size', 'bytes', 'totalFilesSizeInBytes')) AS bytes
                           FROM openlineage.metric AS m
                           JOIN openlineage.facet AS f ON f.id = m.facet_id AND f.io = 'output'
                          WHERE m.run_id = w.run_id AND m.dataset_id = d.node_id AND m.column_name IS NULL) AS v ON true
      LEFT JOIN LATERAL (SELECT to_timestamp(max(m.value) / 1000) AS last_updated_at
                           FROM openlineage.metric AS m
                          WHERE m.dataset_id = d.node_id AND m.column_name IS NULL AND m.name = 'lastUpdated'
                            AND m.value BETWEEN -62135596800000 AND 253402300799000) AS u ON true;
COMMENT ON VIEW openlineage.dataset_freshness IS
    'When each dataset was written last by a run that completed, and how much that run told it wrote. From run_io, run and metric.';
COMMENT ON COLUMN openlineage.dataset_freshness.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.dataset_freshness.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_freshness.dataset IS 'Its name.';
COMMENT ON COLUMN openlineage.dataset_freshness.written_at IS 'Greatest event time with which a completed run named it as an output; null when none did.';
COMMENT ON COLUMN openlineage.dataset_freshness.written_by_run IS 'That run.';
COMMENT ON COLUMN openlineage.dataset_freshness.row_count IS 'Rows that run told it wrote.';
COMMENT ON COLUMN openlineage.dataset_freshness.bytes IS 'Bytes that run told it wrote.';
COMMENT ON COLUMN openlineage.dataset_freshness.last_updated_at IS 'Greatest dataQualityMetrics.lastUpdated that was told of it.';
COMMENT ON COLUMN openlineage.dataset_freshness.age IS 'Time since the later of the two.';
GRANT SELECT ON openlineage.dataset_freshness TO openlineage_reader;

-- A row of quality_result with the members of its facet that have no column there.
CREATE VIEW openlineage.quality_detail WITH (security_invoker = true) AS
    SELECT q.facet_id, q.ordinal, f.name AS facet, f.io, q.dataset_id, ds.name AS namespace, dn.name AS dataset, q.run_id,
           js.name AS job_namespace, jn.name AS job,
           q.name, q.column_name, q.success, openlineage.member_text(i.item, 'status') AS status, q.severity,
           COALESCE(openlineage.member_text(i.item, 'type'), openlineage.member_text(i.item, 'assertion')) AS type,
           openlineage.member_text(i.item, 'description') AS description, q.expected, q.actual,
           openlineage.member_text(i.item, 'content') AS content,
           openlineage.member_text(i.item, 'contentType') AS content_type,
           CASE WHEN json_typeof(i.item -> 'params') = 'object' THEN i.item -> 'params' END AS params,
           q.event_time
      FROM openlineage.quality_result AS q
      JOIN openlineage.facet AS f ON f.id = q.facet_id
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     -- Places are those in the facet as it came, so what may not be told is left out of each item.
     CROSS JOIN LATERAL (SELECT c.body -> CASE f.name WHEN 'test' THEN 'tests' ELSE 'assertions' END -> (q.ordinal - 1) AS told) AS k
     CROSS JOIN LATERAL (SELECT openlineage.redact(k.told) AS item) AS i
      LEFT JOIN openlineage.node AS dn ON dn.id = q.dataset_id
      LEFT JOIN openlineage.namespace AS ds ON ds.id = dn.namespace_id
      LEFT JOIN openlineage.run AS r ON r.id = q.run_id
      LEFT JOIN openlineage.node AS jn ON jn.id = r.job_id
      LEFT JOIN openlineage.namespace AS js ON js.id = jn.namespace_id
     WHERE (k.told IS NULL OR i.item IS NOT NULL)
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.quality_detail IS
    'Tests and assertions with all their members, but for what redact() leaves out. Source: OpenLineage facets TestRunFacet 1-0-1 and DataQualityAssertionsDatasetFacet 1-1-0.';
COMMENT ON COLUMN openlineage.quality_detail.facet_id IS 'The facet.';
COMMENT ON COLUMN openlineage.quality_detail.ordinal IS 'Position in it, from 1.';
COMMENT ON COLUMN openlineage.quality_detail.facet IS 'test or dataQualityAssertions.';
COMMENT ON COLUMN openlineage.quality_detail.io IS 'input or output when it is a fact of what a run read or wrote.';
COMMENT ON COLUMN openlineage.quality_detail.dataset_id IS 'Node of the dataset; null for a test of a run.';
COMMENT ON COLUMN openlineage.quality_detail.namespace IS 'Namespace of the dataset.';
COMMENT ON COLUMN openlineage.quality_detail.dataset IS 'Name of the dataset.';
COMMENT ON COLUMN openlineage.quality_detail.run_id IS 'The run; null when a DatasetEvent told it.';
COMMENT ON COLUMN openlineage.quality_detail.job_namespace IS 'Namespace of the job of the run.';
COMMENT ON COLUMN openlineage.quality_detail.job IS 'Job of the run.';
COMMENT ON COLUMN openlineage.quality_detail.name IS 'Name of the test or assertion.';
COMMENT ON COLUMN openlineage.quality_detail.column_name IS 'The column it is about; null for the dataset.';
COMMENT ON COLUMN openlineage.quality_detail.success IS 'Whether it held; null when it was skipped or the producer did not say.';
COMMENT ON COLUMN openlineage.quality_detail.status IS 'tests[].status, as written.';
COMMENT ON COLUMN openlineage.quality_detail.severity IS 'error or warn, as written.';
COMMENT ON COLUMN openlineage.quality_detail.type IS 'Kind of the test or assertion: not_null, model …';
COMMENT ON COLUMN openlineage.quality_detail.description IS 'What it means.';
COMMENT ON COLUMN openlineage.quality_detail.expected IS 'Expected value, as written.';
COMMENT ON COLUMN openlineage.quality_detail.actual IS 'Actual value, as written.';
COMMENT ON COLUMN openlineage.quality_detail.content IS 'What was run: SQL, an expression …';
COMMENT ON COLUMN openlineage.quality_detail.content_type IS 'Kind of content.';
COMMENT ON COLUMN openlineage.quality_detail.params IS 'Its parameters, an object.';
COMMENT ON COLUMN openlineage.quality_detail.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.quality_detail TO openlineage_reader;

CREATE VIEW openlineage.model_test WITH (security_invoker = true) AS
    SELECT i.dataset_id AS model_id, s.name AS model_namespace, n.name AS model, v.external_version AS model_version, i.io,
           q.run_id, q.job_namespace, q.job, q.name, q.type, q.success, q.severity, q.expected, q.actual, q.event_time
      FROM openlineage.quality_detail AS q
      JOIN openlineage.run_io AS i ON i.run_id = q.run_id
      JOIN openlineage.dataset AS d ON d.node_id = i.dataset_id AND upper(d.type) = 'MODEL'
      JOIN openlineage.node AS n ON n.id = i.dataset_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
     WHERE q.facet = 'test';
COMMENT ON VIEW openlineage.model_test IS
    'Tests of runs that read or wrote a dataset of type MODEL: how that model did. From quality_detail and run_io.';
COMMENT ON COLUMN openlineage.model_test.model_id IS 'Node of the model.';
COMMENT ON COLUMN openlineage.model_test.model_namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.model_test.model IS 'Its name.';
COMMENT ON COLUMN openlineage.model_test.model_version IS 'version.datasetVersion that the run told; null when it told none.';
COMMENT ON COLUMN openlineage.model_test.io IS 'input: the run used the model; output: it made it.';
COMMENT ON COLUMN openlineage.model_test.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.model_test.job_namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.model_test.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.model_test.name IS 'Name of the test.';
COMMENT ON COLUMN openlineage.model_test.type IS 'Kind of the test.';
COMMENT ON COLUMN openlineage.model_test.success IS 'Whether it passed; null when it was skipped.';
COMMENT ON COLUMN openlineage.model_test.severity IS 'error or warn, as written.';
COMMENT ON COLUMN openlineage.model_test.expected IS 'Expected value, as written.';
COMMENT ON COLUMN openlineage.model_test.actual IS 'Actual value, as written.';
COMMENT ON COLUMN openlineage.model_test.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.model_test TO openlineage_reader;

CREATE FUNCTION openlineage.dataset_columns_at(namespace text, name text, at timestamptz DEFAULT now())
    RETURNS TABLE (ordinal bigint, field text, type text, description text, since timestamptz)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH RECURSIVE version AS MATERIALIZED (
        SELECT openlineage.dataset_version_at(COALESCE(n.canonical_id, n.id), dataset_columns_at.at, true) AS id
          FROM openlineage.namespace AS s
          JOIN openlineage.node AS n ON n.namespace_id = s.id
                                    AND n.name_hash = openlineage.hash128(dataset_columns_at.name)
                                    AND n.kind = 'dataset' AND n.job_id IS NULL
         WHERE s.name_hash = openlineage.readable_hash(dataset_columns_at.namespace)
    ), listed AS MATERIALIZED (
        SELECT c.fields, v.created_at
          FROM version AS k
          JOIN openlineage.dataset_version AS v ON v.id = k.id AND v.created_at <= dataset_columns_at.at
          JOIN openlineage.dataset_schema AS c ON c.namespace_id = v.namespace_id AND c.hash = v.schema_hash
    ), field AS (
        SELECT ARRAY[e.ordinality] AS place, e.value ->> 'name' AS path, e.value AS body, l.created_at
          FROM listed AS l
         CROSS JOIN LATERAL json_array_elements(l.fields) WITH ORDINALITY AS e
        UNION ALL
        SELECT f.place || e.ordinality, f.path || '.' || (e.value ->> 'name'), e.value, f.created_at
          FROM field AS f
         CROSS JOIN LATERAL json_array_elements(f.body -> 'fields') WITH ORDINALITY AS e
         -- Long names nested deeply would add up without end.
         WHERE cardinality(f.place) < 100 AND length(f.path) < 10000
    )
    SELECT row_number() OVER (ORDER BY f.place), f.path, f.body ->> 'type', f.body ->> 'description', f.created_at
      FROM field AS f
     ORDER BY f.place
    $$;
COMMENT ON FUNCTION openlineage.dataset_columns_at(text, text, timestamptz) IS
    'The columns that a dataset had at a time, nested ones by path after the column they are in, with the time that version was told first; no row before columns were told. From dataset_version and run_io.';
-- Column lineage, one row per transformation.

CREATE VIEW openlineage.column_transformation WITH (security_invoker = true) AS
    SELECT ss.name AS source_namespace, sn.name AS source, sf.name AS source_field,
           ts.name AS target_namespace, tn.name AS target, NULLIF(tf.name, '') AS target_field,
           openlineage.member_text(t.item, 'type') AS type,
           openlineage.member_text(t.item, 'subtype') AS subtype,
           openlineage.member_text(t.item, 'description') AS description,
           CASE WHEN json_typeof(t.item -> 'masking') = 'boolean' THEN (t.item ->> 'masking')::boolean END AS masking,
           os.name AS told_by_namespace, o.name AS told_by, o.kind AS told_by_kind,
           w.first_run_id, w.last_run_id
      FROM openlineage.column_edge AS e
      JOIN openlineage.dataset_field AS sf ON sf.id = e.src
      JOIN openlineage.node AS sn ON sn.id = sf.dataset_id
      JOIN openlineage.namespace AS ss ON ss.id = sn.namespace_id
      JOIN openlineage.dataset_field AS tf ON tf.id = e.dst
      JOIN openlineage.node AS tn ON tn.id = tf.dataset_id
      JOIN openlineage.namespace AS ts ON ts.id = tn.namespace_id
      JOIN openlineage.node AS o ON o.id = e.owner_id
      JOIN openlineage.namespace AS os ON os.id = o.namespace_id
      LEFT JOIN LATERAL openlineage.member_items(json_build_object('t', e.transformations), 't') AS t ON true
      LEFT JOIN LATERAL (SELECT (array_agg(i.run_id ORDER BY i.first_at, i.run_id))[1] AS first_run_id,
                                (array_agg(i.run_id ORDER BY i.last_at DESC, i.run_id))[1] AS last_run_id
                           FROM openlineage.run_io_time AS i
                           JOIN openlineage.run AS r ON r.id = i.run_id AND r.job_id = e.owner_id
                          WHERE i.dataset_id = e.dataset_id AND i.io = 'output') AS w ON true;
COMMENT ON VIEW openlineage.column_transformation IS
    'Current edges between columns, one row per transformation; one row without any for an edge that states none. From column_edge.';
COMMENT ON COLUMN openlineage.column_transformation.source_namespace IS 'Namespace of the dataset the value comes from.';
COMMENT ON COLUMN openlineage.column_transformation.source IS 'Name of that dataset.';
COMMENT ON COLUMN openlineage.column_transformation.source_field IS 'Its column.';
COMMENT ON COLUMN openlineage.column_transformation.target_namespace IS 'Namespace of the dataset it goes to.';
COMMENT ON COLUMN openlineage.column_transformation.target IS 'Name of that dataset.';
COMMENT ON COLUMN openlineage.column_transformation.target_field IS 'Its column; null for every column of it, told once.';
COMMENT ON COLUMN openlineage.column_transformation.type IS 'DIRECT or INDIRECT, or the older transformationType.';
COMMENT ON COLUMN openlineage.column_transformation.subtype IS 'IDENTITY, AGGREGATION, FILTER, JOIN …';
COMMENT ON COLUMN openlineage.column_transformation.description IS 'What was done, in words.';
COMMENT ON COLUMN openlineage.column_transformation.masking IS 'Whether the value is hidden by it; null when that was not told.';
COMMENT ON COLUMN openlineage.column_transformation.told_by_namespace IS 'Namespace of the job, or of the dataset of a DatasetEvent, that says so.';
COMMENT ON COLUMN openlineage.column_transformation.told_by IS 'Name of that job or dataset.';
COMMENT ON COLUMN openlineage.column_transformation.told_by_kind IS 'job or dataset.';
COMMENT ON COLUMN openlineage.column_transformation.first_run_id IS 'First run of that job that wrote the target.';
COMMENT ON COLUMN openlineage.column_transformation.last_run_id IS 'Last run of that job that wrote the target.';
GRANT SELECT ON openlineage.column_transformation TO openlineage_reader;
-- Runs that were started and never told how they ended.

CREATE FUNCTION openlineage.stale_after(window_seconds double precision) RETURNS interval
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_stale_after';
COMMENT ON FUNCTION openlineage.stale_after(double precision) IS
    'How long a run may be silent: openlineage.stale_windows times its emission window, or times openlineage.stale_window where the job told none (null, or no positive number).';

-- A child that speaks shows that its parent is alive.
CREATE VIEW openlineage.stale_run WITH (security_invoker = true) AS
    SELECT r.id AS run_id, s.name AS namespace, n.name AS job, j.type AS job_type, r.state,
           COALESCE(r.start_time, r.running_time) AS started_at, heard.at AS last_event_at,
           CASE WHEN ended.at IS NOT NULL THEN 'parent ended' ELSE 'silent' END AS reason,
           COALESCE(GREATEST(ended.at, r.updated_at), silent.since) AS stale_since,
           r.parent_run_id, r.root_run_id
      FROM openlineage.run AS r
      JOIN openlineage.job AS j ON j.node_id = r.job_id
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN LATERAL (
           SELECT GREATEST(r.updated_at, max(c.updated_at)) AS at
             FROM openlineage.run AS c
            WHERE c.parent_run_id = r.id) AS heard
     CROSS JOIN LATERAL (
           SELECT min(p.terminal_time) AS at
             FROM openlineage.run AS p
            WHERE p.id IN (r.parent_run_id, r.root_run_id) AND p.id <> r.id
              AND p.state IN ('COMPLETED', 'ABORTED', 'FAILED')) AS ended
     CROSS JOIN LATERAL (
           SELECT max(CASE WHEN openlineage.member_number(c.body -> 'emissionPattern', 'windowDuration') > 0
                           THEN openlineage.member_number(c.body -> 'emissionPattern', 'windowDuration') END) AS seconds
             FROM openlineage.facet AS f
             JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
            WHERE f.node_id = r.job_id AND f.run_id IS NULL AND f.io IS NULL AND f.name = 'jobType' AND NOT f.is_deleted) AS told
     CROSS JOIN LATERAL (
           SELECT CASE WHEN told.seconds IS NOT NULL OR j.type = 'BATCH'
                       THEN heard.at + openlineage.stale_after(told.seconds) END AS since) AS silent
     WHERE r.state = 'RUNNING'
       AND (ended.at IS NOT NULL OR silent.since < now());
COMMENT ON VIEW openlineage.stale_run IS
    'Runs with a START or RUNNING and no end, of which none is to be expected: the run''s parent or root has ended, or no event of the run or its children came for stale_after() its emission window. Jobs of type STREAM and SERVICE have no natural end: without a window of their own only the end of the parent counts. The run itself stays RUNNING, here and in the HTTP API.';
COMMENT ON COLUMN openlineage.stale_run.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.stale_run.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.stale_run.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.stale_run.job_type IS 'BATCH, STREAM or SERVICE.';
COMMENT ON COLUMN openlineage.stale_run.state IS 'RUNNING: as its events tell it.';
COMMENT ON COLUMN openlineage.stale_run.started_at IS 'When it started.';
COMMENT ON COLUMN openlineage.stale_run.last_event_at IS 'Greatest event time of the run and of its children.';
COMMENT ON COLUMN openlineage.stale_run.reason IS 'parent ended, or silent.';
COMMENT ON COLUMN openlineage.stale_run.stale_since IS 'Since when it counts as stale.';
COMMENT ON COLUMN openlineage.stale_run.parent_run_id IS 'Its parent run; null without one.';
COMMENT ON COLUMN openlineage.stale_run.root_run_id IS 'Its root run; null without one.';
GRANT SELECT ON openlineage.stale_run TO openlineage_reader;
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
-- Asking other servers.

CREATE FUNCTION openlineage.http_get_json(url text, max_size int, timeout_ms int) RETURNS text
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_fdw', 'ol_http_get_json';
COMMENT ON FUNCTION openlineage.http_get_json(text, int, int) IS
    'What an https URL answers, unparsed. Redirects are not followed, and addresses inside the network not reached unless openlineage.allowed_hosts lists the host. Errors: 22023 (URL or limit not valid), 42501 (address or scheme not allowed), 08001 (no connection, certificate not valid), 08006 (timeout, answer incomplete), 08P01 (status other than 200, not text), 54000 (answer longer than max_size bytes).';
REVOKE ALL ON FUNCTION openlineage.http_get_json(text, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.http_get_json(text, int, int) TO openlineage_worker;
-- Who asked the HTTP server for what.

CREATE TABLE openlineage.audit (
    at          timestamptz NOT NULL,   -- of the answer; of several, the last one's
    user_id     text,                   -- subject of the token
    client_id   text,                   -- client of the token
    address     inet        NOT NULL,   -- where the request came from
    method      text,                   -- of HTTP
    route       text,                   -- its template, as in the table of routes
    target      text[],                 -- the names in it
    status      int         NOT NULL,   -- of HTTP
    duration    interval    NOT NULL,   -- from the first line to the answer; of several, their sum
    requests    int         NOT NULL    -- how many the row stands for
);
CREATE INDEX audit_at_idx ON openlineage.audit (at);
COMMENT ON TABLE openlineage.audit IS
    'Requests to the HTTP server, as openlineage.audit says: those that change something or were denied, or all. Never a token, a query or a body. Written about once a second; kept for openlineage.audit_retention. For openlineage_admin.';
COMMENT ON COLUMN openlineage.audit.at IS 'When it was answered; of several requests the last one.';
COMMENT ON COLUMN openlineage.audit.user_id IS 'Subject of the token (sub); null without a token that was accepted.';
COMMENT ON COLUMN openlineage.audit.client_id IS 'Client that the token was given to.';
COMMENT ON COLUMN openlineage.audit.address IS 'Where it came from: the peer, or whom a trusted proxy spoke for.';
COMMENT ON COLUMN openlineage.audit.method IS 'Method of HTTP; null for one that nobody knows.';
COMMENT ON COLUMN openlineage.audit.route IS 'Path with the names left out; null when no route has it.';
COMMENT ON COLUMN openlineage.audit.target IS 'The names left out, in order, cut at 256 bytes; null where rows are shared.';
COMMENT ON COLUMN openlineage.audit.status IS 'Status of HTTP that it was answered with.';
COMMENT ON COLUMN openlineage.audit.duration IS 'Time from its first line to its answer; of several requests the sum.';
COMMENT ON COLUMN openlineage.audit.requests IS 'How many requests alike the row stands for: events and denied requests share a row per writing.';
GRANT SELECT ON openlineage.audit TO openlineage_admin;
GRANT INSERT ON openlineage.audit TO openlineage_worker;
ALTER TABLE openlineage.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.audit FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_read ON openlineage.audit FOR SELECT USING (true);
CREATE POLICY audit_add ON openlineage.audit FOR INSERT WITH CHECK (true);

CREATE FUNCTION openlineage.audit_add(rows json) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO openlineage.audit (at, user_id, client_id, address, method, route, target, status, duration, requests)
    SELECT to_timestamp(r.at / 1000000.0), r.user_id, r.client_id, r.address, r.method, r.route, r.target, r.status,
           r.milliseconds * interval '1 millisecond', r.requests
      FROM json_to_recordset(rows) AS r (at bigint, user_id text, client_id text, address inet, method text, route text,
                                         target text[], status int, milliseconds bigint, requests int)
    $$;
COMMENT ON FUNCTION openlineage.audit_add(json) IS
    'Part of the HTTP server and the gateway: adds rows to audit; an array of objects with its columns, at in microseconds since 1970 and milliseconds for duration.';
REVOKE ALL ON FUNCTION openlineage.audit_add(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.audit_add(json) TO openlineage_worker;

CREATE FUNCTION openlineage.audit_forget() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM openlineage.audit AS a
         WHERE a.at < now() - nullif(current_setting('openlineage.audit_retention'), '')::interval
        RETURNING 1
    )
    SELECT count(*) FROM gone
    $$;
COMMENT ON FUNCTION openlineage.audit_forget() IS
    'Part of maintain: deletes rows of audit that are older than openlineage.audit_retention; returns how many.';
REVOKE ALL ON FUNCTION openlineage.audit_forget() FROM PUBLIC;
-- The whole state as text, free of what depends on the order of arrival:
-- surrogate ids are told as names, times of storing are left out.

CREATE FUNCTION openlineage.node_label(node_id int) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE WHEN n.job_id IS NULL
                THEN n.kind || ':' || s.name || ':' || n.name
                ELSE 'step:' || openlineage.node_label(n.job_id) || '->' || openlineage.node_label(n.target_id) END
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = node_id
    $$;
COMMENT ON FUNCTION openlineage.node_label(int) IS
    'A node as text: kind:namespace:name; a step as step:job->target.';

CREATE FUNCTION openlineage.export_entities() RETURNS TABLE (kind text, content json)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'namespace', json_build_array(n.name, n.owner_name, n.description, n.is_hidden, n.created_at, n.updated_at)
      FROM openlineage.namespace AS n
    UNION ALL
    SELECT 'source', json_build_array(n.name, s.name, s.type, s.connection_url, s.description,
                                      s.created_at, s.event_time, s.event_hash)
      FROM openlineage.source AS s JOIN openlineage.namespace AS n ON n.id = s.namespace_id
    UNION ALL
    SELECT 'source definition', json_build_array(d.name, d.type, d.connection_url, d.description, d.created_at, d.updated_at)
      FROM openlineage.source_definition AS d
    UNION ALL
    SELECT 'tag', json_build_array(t.name, t.description) FROM openlineage.tag AS t
    UNION ALL
    SELECT 'node', json_build_array(openlineage.node_label(n.id), openlineage.node_label(n.canonical_id))
      FROM openlineage.node AS n
     WHERE n.job_id IS NULL
        OR EXISTS (SELECT FROM openlineage.edge AS e WHERE e.src = n.id OR e.dst = n.id)
    UNION ALL
    SELECT 'hidden', json_build_array(openlineage.node_label(h.node_id)) FROM openlineage.hidden_node AS h
    UNION ALL
    SELECT 'alias', json_build_array(openlineage.node_label(a.node_id), openlineage.node_label(a.alias_id),
                                     a.kind, a.told_at)
      FROM openlineage.dataset_alias AS a
    UNION ALL
    SELECT 'dataset', json_build_array(openlineage.node_label(d.node_id), d.type, d.source_name, d.description,
                                       d.lifecycle_state, d.dropped_at, d.created_at, a.updated_at,
                                       v.content_hash)
      FROM openlineage.dataset AS d
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = d.node_id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
    UNION ALL
    SELECT 'field', json_build_array(openlineage.node_label(f.dataset_id), f.name, f.type, f.description, f.ordinal)
      FROM openlineage.dataset_field AS f
     WHERE f.ordinal IS NOT NULL
    UNION ALL
    SELECT 'dataset version', json_build_array(openlineage.node_label(v.dataset_id), v.content_hash, v.source_name,
                                               s.fields, v.lifecycle_state, v.external_version, v.physical_name,
                                               v.schema_location, v.created_at,
                                               v.created_by_run, v.first_write_at, v.last_write_at, v.last_seen_at)
      FROM openlineage.dataset_version AS v
      LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
    UNION ALL
    SELECT 'job', json_build_array(openlineage.node_label(j.node_id), j.type, j.description, j.location,
                                   openlineage.node_label(j.parent_id), a.parent_time, a.parent_hash, j.created_at,
                                   a.updated_at, a.latest_run_id, v.content_hash)
      FROM openlineage.job AS j
      LEFT JOIN openlineage.job_activity AS a ON a.node_id = j.node_id
      LEFT JOIN openlineage.job_version AS v ON v.id = a.current_version_id
    UNION ALL
    SELECT 'job version', json_build_array(openlineage.node_label(v.job_id), v.content_hash, v.location, v.code_hash,
                                           v.first_declared_at, v.declared_at,
                                           ARRAY(SELECT openlineage.node_label(i) FROM unnest(v.inputs) AS i ORDER BY 1),
                                           ARRAY(SELECT openlineage.node_label(o) FROM unnest(v.outputs) AS o ORDER BY 1))
      FROM openlineage.job_version AS v
     WHERE v.declared_at IS NOT NULL
        OR EXISTS (SELECT FROM openlineage.run AS r WHERE r.job_version_id = v.id)
    UNION ALL
    SELECT 'run', json_build_array(r.id, openlineage.node_label(r.job_id), r.job_time, r.job_hash, r.external_id,
                                   r.state, r.terminal_state, r.terminal_time, r.terminal_hash, r.start_time,
                                   r.last_start_time, r.running_time, r.nominal_start_time, r.nominal_end_time,
                                   r.parent_run_id, r.root_run_id, r.location, r.code_hash, r.code_time, r.code_event,
                                   v.content_hash, r.created_at, r.updated_at, r.is_placeholder)
      FROM openlineage.run AS r
      LEFT JOIN openlineage.job_version AS v ON v.id = r.job_version_id
    UNION ALL
    SELECT 'run io', json_build_array(i.run_id, openlineage.node_label(i.dataset_id), i.io, i.first_at,
                                      i.last_at, v.content_hash, i.version_time, i.version_hash)
      FROM openlineage.run_io_time AS i
      LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
    $$;
COMMENT ON FUNCTION openlineage.export_entities() IS 'Part of state_export: namespaces, nodes, datasets, jobs, runs.';

CREATE FUNCTION openlineage.export_facts() RETURNS TABLE (kind text, content json)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'facet', json_build_array(openlineage.node_label(f.node_id), f.run_id, f.io, f.name, f.event_time,
                                     f.event_hash, f.is_deleted, f.is_hidden, c.body)
      FROM openlineage.facet_time AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
    UNION ALL
    SELECT 'owner', json_build_array(openlineage.node_label(o.node_id), o.ordinal, o.name, o.type)
      FROM openlineage.owner AS o
    UNION ALL
    SELECT 'tag assignment', json_build_array(openlineage.node_label(t.node_id), t.run_id, t.field, t.ordinal,
                                              t.tag, t.value, t.source)
      FROM openlineage.tag_assignment AS t
    UNION ALL
    SELECT 'tag statement', json_build_array(openlineage.node_label(t.node_id), t.field, t.tag, t.is_set, t.stated_at)
      FROM openlineage.tag_statement AS t
    UNION ALL
    SELECT 'quality result', json_build_array(openlineage.node_label(q.dataset_id), q.run_id, f.io, f.name, q.ordinal,
                                              q.name, q.column_name, q.success, q.severity, q.expected, q.actual,
                                              q.event_time)
      FROM openlineage.quality_result AS q JOIN openlineage.facet AS f ON f.id = q.facet_id
    UNION ALL
    SELECT 'metric', json_build_array(openlineage.node_label(m.dataset_id), m.run_id, f.io, f.name, m.ordinal,
                                      m.name, m.column_name, m.value, m.event_time)
      FROM openlineage.metric AS m JOIN openlineage.facet AS f ON f.id = m.facet_id
    UNION ALL
    SELECT 'event', json_build_array(e.event_time, e.hash, e.kind, e.type, openlineage.node_label(e.node_id),
                                     e.run_id, e.is_command, openlineage.hash128(e.body))
      FROM openlineage.event AS e
    UNION ALL
    SELECT 'event dataset', json_build_array(d.event_time, d.event_hash, openlineage.node_label(d.dataset_id))
      FROM openlineage.event_dataset AS d
    UNION ALL
    SELECT 'issue', json_build_array(i.event_time, i.event_hash, i.code, i.path, i.message)
      FROM openlineage.event_issue AS i
    UNION ALL
    SELECT 'count', json_build_array(n.name, c.hour, c.kind, c.type, sum(c.n))
      FROM openlineage.event_count AS c JOIN openlineage.namespace AS n ON n.id = c.namespace_id
     GROUP BY n.name, c.hour, c.kind, c.type
    UNION ALL
    SELECT 'edge', json_build_array(openlineage.node_label(e.src), openlineage.node_label(e.dst), e.kind, e.first_at)
      FROM openlineage.edge AS e
    UNION ALL
    SELECT 'edge history', json_build_array(openlineage.node_label(h.src), openlineage.node_label(h.dst), h.kind, h.valid)
      FROM openlineage.edge_history AS h
    UNION ALL
    SELECT 'edge replacement', json_build_array(openlineage.node_label(r.node_id), r.event_time, r.event_hash)
      FROM openlineage.edge_replacement AS r
    UNION ALL
    SELECT 'column edge', json_build_array(openlineage.node_label(s.dataset_id), s.name,
                                           openlineage.node_label(d.dataset_id), d.name,
                                           openlineage.node_label(e.owner_id), e.explicit, e.transformations)
      FROM openlineage.column_edge AS e
      JOIN openlineage.dataset_field AS s ON s.id = e.src
      JOIN openlineage.dataset_field AS d ON d.id = e.dst
    UNION ALL
    SELECT 'column lineage', json_build_array(openlineage.node_label(c.owner_id), openlineage.node_label(c.dataset_id),
                                              c.content_hash, c.event_time, c.event_hash)
      FROM openlineage.column_lineage_source AS c
    UNION ALL
    SELECT 'access', json_build_array(a.enforced) FROM openlineage.access_mode AS a
    $$;
COMMENT ON FUNCTION openlineage.export_facts() IS 'Part of state_export: facets and what they mean, events, edges.';

CREATE FUNCTION openlineage.state_export() RETURNS SETOF text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    AS $$
    SELECT x.line
      FROM (SELECT e.kind || ' ' || e.content::text AS line FROM openlineage.export_entities() AS e
            UNION ALL SELECT f.kind || ' ' || f.content::text FROM openlineage.export_facts() AS f) AS x
     ORDER BY x.line COLLATE "C"
    $$;
COMMENT ON FUNCTION openlineage.state_export() IS
    'Everything that events made, one line of text per row, without surrogate ids and times of arrival: equal for any order and repetition of the same events.';
-- Writes that no event tells: each change_NAME is an entry of the list in
-- auth/change.c, which calls it as the owner of the tables after it checked the
-- caller's right to write the namespace.  Nobody else may execute them.  Ids
-- in the arguments are looked up together with that namespace; of events they
-- tell, the rights are those of the caller (permit.c).

CREATE FUNCTION openlineage.change(action text, namespace text, arguments json) RETURNS json
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_change';
COMMENT ON FUNCTION openlineage.change(text, text, json) IS
    'Does one change_NAME for who may write the namespace; a null namespace stands for what belongs to none, as sources and tags do whatever is given. For the functions of the API. Raises 22023 for an unknown action, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.change(text, text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.change(text, text, json) TO openlineage_writer;

CREATE FUNCTION openlineage.change_may(namespace text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_change_may';
COMMENT ON FUNCTION openlineage.change_may(text) IS
    'Part of change: whether who called it may read and write this namespace, beside the one that was checked.';
REVOKE ALL ON FUNCTION openlineage.change_may(text) FROM PUBLIC;

CREATE FUNCTION openlineage.change_hold_name(node_id int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    LOCK TABLE openlineage.dataset_alias IN ROW SHARE MODE;
    IF EXISTS (SELECT FROM openlineage.node AS n WHERE n.id = change_hold_name.node_id AND n.canonical_id IS NOT NULL) THEN
        RAISE EXCEPTION 'the dataset became a name of another at the same time' USING ERRCODE = 'foreign_key_violation';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.change_hold_name(int) IS
    'Part of change: until the transaction ends this dataset becomes no name of another. Raises 23503 when it is one already: look it up again.';
REVOKE ALL ON FUNCTION openlineage.change_hold_name(int) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_namespace(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.namespace (name, created_at, updated_at)
    VALUES (namespace, statement_timestamp(), statement_timestamp())
    ON CONFLICT DO NOTHING;
    UPDATE openlineage.namespace AS n
       SET owner_name = arguments ->> 'ownerName',
           description = COALESCE(arguments ->> 'description', n.description),
           is_hidden = (arguments ->> 'isHidden')::boolean,
           updated_at = statement_timestamp()
     WHERE n.name_hash = openlineage.hash128(namespace);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_namespace(text, json) IS
    'Part of change: makes a namespace or describes it; arguments ownerName, description, isHidden.';
REVOKE ALL ON FUNCTION openlineage.change_put_namespace(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_hide_node(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.change_hold_name((arguments ->> 'id')::int);
    INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind)
    SELECT n.id, n.namespace_id, n.kind
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = (arguments ->> 'id')::int
       AND s.name_hash = openlineage.hash128(namespace)
       AND n.kind IN ('job', 'dataset')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_hide_node(text, json) IS
    'Part of change: hides a job or dataset of the namespace; argument id.';
REVOKE ALL ON FUNCTION openlineage.change_hide_node(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_hide_namespace(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int;
BEGIN
    -- No dataset becomes a name of another meanwhile.
    LOCK TABLE openlineage.dataset_alias IN ROW SHARE MODE;
    UPDATE openlineage.namespace AS n
       SET is_hidden = true,
           updated_at = statement_timestamp()
     WHERE n.name_hash = openlineage.hash128(namespace)
    RETURNING n.id INTO found_id;
    INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind)
    SELECT e.node_id, found_id, e.kind
      FROM (SELECT d.node_id, 'dataset'::openlineage.node_kind FROM openlineage.dataset AS d WHERE d.namespace_id = found_id
            UNION ALL
            SELECT j.node_id, 'job' FROM openlineage.job AS j WHERE j.namespace_id = found_id) AS e (node_id, kind)
     ORDER BY e.node_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_hide_namespace(text, json) IS
    'Part of change: hides a namespace with its jobs and datasets.';
REVOKE ALL ON FUNCTION openlineage.change_hide_namespace(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_source(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.source_definition AS d (name, type, connection_url, description, created_at, updated_at)
    VALUES (arguments ->> 'name', arguments ->> 'type', arguments ->> 'connectionUrl', arguments ->> 'description',
            statement_timestamp(), statement_timestamp())
    ON CONFLICT (name_hash) DO UPDATE
       SET type = excluded.type,
           connection_url = excluded.connection_url,
           description = excluded.description,
           updated_at = excluded.updated_at;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_source(text, json) IS
    'Part of change: defines the sources of a name; arguments name, type, connectionUrl, description.';
REVOKE ALL ON FUNCTION openlineage.change_put_source(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_tag(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.tag AS t (name, description)
    VALUES (arguments ->> 'name', arguments ->> 'description')
    ON CONFLICT (name_hash) DO UPDATE
       SET description = COALESCE(excluded.description, t.description);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_tag(text, json) IS
    'Part of change: puts a tag into the vocabulary; arguments name, description (kept when null).';
REVOKE ALL ON FUNCTION openlineage.change_put_tag(text, json) FROM PUBLIC;

-- A tag is taken off whatever the event time of the facet that states it, also
-- one that lies in the future.
CREATE FUNCTION openlineage.change_state_tag(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.change_hold_name((arguments ->> 'id')::int);
    INSERT INTO openlineage.tag_statement (node_id, namespace_id, field, tag, is_set, stated_at)
    SELECT n.id, n.namespace_id, arguments ->> 'field', arguments ->> 'tag', (arguments ->> 'isSet')::boolean,
           GREATEST(statement_timestamp(),
                    (SELECT max(f.event_time)
                       FROM openlineage.tag_assignment AS a
                       JOIN openlineage.facet AS f ON f.id = a.facet_id
                      WHERE a.node_id = n.id
                        AND COALESCE(a.field, '') = arguments ->> 'field'
                        AND a.tag = arguments ->> 'tag'))
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = (arguments ->> 'id')::int
       AND s.name_hash = openlineage.hash128(namespace)
    ON CONFLICT (node_id, field_hash, tag_hash) DO UPDATE
       SET is_set = excluded.is_set,
           stated_at = excluded.stated_at;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_state_tag(text, json) IS
    'Part of change: sets a tag on a dataset, column or job of the namespace, or takes it off; arguments id, field (empty for none), tag, isSet.';
REVOKE ALL ON FUNCTION openlineage.change_state_tag(text, json) FROM PUBLIC;
-- Whose tokens are taken, and the public keys they are signed with.  Read by
-- login(), as the owner; administrators see them, nobody else.

CREATE TABLE openlineage.issuer (
    issuer          text        CONSTRAINT issuer_pkey PRIMARY KEY  -- exactly as "iss" says it
                                CONSTRAINT issuer_issuer_length CHECK (octet_length(issuer) BETWEEN 1 AND 1000),
    audience        text        NOT NULL    -- what "aud" must be or hold
                                CONSTRAINT issuer_audience_length CHECK (audience <> ''),
    jwks_uri        text,                   -- null: the one its discovery document names
    claim_map       json        NOT NULL,   -- paths of claims, by what they mean
    token_kind      text        NOT NULL    -- which tokens are access tokens
                                CONSTRAINT issuer_token_kind_known CHECK (token_kind IN ('typed', 'access', 'any')),
    rsa_algorithm   text        NOT NULL    -- of RSA keys that name none
                                CONSTRAINT issuer_rsa_algorithm_known
                                CHECK (rsa_algorithm IN ('RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512')),
    has_given_keys  boolean     NOT NULL,   -- keys came with add_issuer() and are never fetched
    fetched_at      timestamptz,            -- when keys were fetched last
    tried_at        timestamptz,            -- when that was begun last, with success or without
    asked_at        timestamptz,            -- when a token of an unknown key was the reason
    problem         text                    -- why the last try failed; null: it did not
);
COMMENT ON TABLE openlineage.issuer IS 'An issuer whose tokens login() takes; written by add_issuer(), remove_issuer() and jwks_refresh().';
COMMENT ON COLUMN openlineage.issuer.issuer IS 'Its identifier, exactly as the claim "iss" says it.';
COMMENT ON COLUMN openlineage.issuer.audience IS 'What the claim "aud" must be, or hold.';
COMMENT ON COLUMN openlineage.issuer.jwks_uri IS 'Where its keys are; null where its discovery document says.';
COMMENT ON COLUMN openlineage.issuer.claim_map IS 'Paths of claims by what they mean: subject, client_id, scopes, roles, namespaces, read, write.';
COMMENT ON COLUMN openlineage.issuer.token_kind IS 'typed: only tokens of type at+jwt; access: others, too, unless they look like ID tokens; any: ID tokens as well.';
COMMENT ON COLUMN openlineage.issuer.rsa_algorithm IS 'The algorithm of its RSA keys that name none.';
COMMENT ON COLUMN openlineage.issuer.has_given_keys IS 'Whether its keys came with add_issuer(); they are never fetched then.';
COMMENT ON COLUMN openlineage.issuer.fetched_at IS 'When its keys were fetched last.';
COMMENT ON COLUMN openlineage.issuer.tried_at IS 'When fetching was begun last, with success or without.';
COMMENT ON COLUMN openlineage.issuer.asked_at IS 'When a token with an unknown key was the reason for it last.';
COMMENT ON COLUMN openlineage.issuer.problem IS 'Why fetching failed the last time; null when it did not.';
GRANT SELECT ON openlineage.issuer TO openlineage_admin;
-- Whose tokens are taken is published (RFC 9728).
GRANT SELECT (issuer) ON openlineage.issuer TO openlineage_reader;
ALTER TABLE openlineage.issuer ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.issuer FORCE ROW LEVEL SECURITY;
CREATE POLICY issuer_read ON openlineage.issuer FOR SELECT USING (true);

CREATE TABLE openlineage.issuer_key (
    issuer      text        NOT NULL
                            CONSTRAINT issuer_key_issuer_fkey REFERENCES openlineage.issuer ON DELETE CASCADE,
    position    int         NOT NULL,       -- in the key set
    kid         text,                       -- its id, which tokens name
    algorithm   text        NOT NULL,       -- the one it is good for
    jwk         json        NOT NULL,       -- the key as it was published
    CONSTRAINT issuer_key_pkey PRIMARY KEY (issuer, position)
);
COMMENT ON TABLE openlineage.issuer_key IS 'A public key of an issuer, out of its key set; keys that cannot be used are left out.';
COMMENT ON COLUMN openlineage.issuer_key.issuer IS 'Whose it is.';
COMMENT ON COLUMN openlineage.issuer_key.position IS 'Its place in the key set, from 1.';
COMMENT ON COLUMN openlineage.issuer_key.kid IS 'The id that tokens name it by; null when it has none.';
COMMENT ON COLUMN openlineage.issuer_key.algorithm IS 'The one algorithm it is good for.';
COMMENT ON COLUMN openlineage.issuer_key.jwk IS 'The JSON Web Key as it was published.';
GRANT SELECT ON openlineage.issuer_key TO openlineage_admin;
ALTER TABLE openlineage.issuer_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.issuer_key FORCE ROW LEVEL SECURITY;
CREATE POLICY issuer_key_read ON openlineage.issuer_key FOR SELECT USING (true);

CREATE FUNCTION openlineage.read_jwks(
    jwks            text,
    rsa_algorithm   text DEFAULT 'RS256',
    OUT "position"  int,
    OUT kid         text,
    OUT algorithm   text,
    OUT jwk         text,   -- null where there is a problem
    OUT problem     text    -- why the key is left out
) RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_read_jwks';
COMMENT ON FUNCTION openlineage.read_jwks(text, text) IS
    'The keys of a JSON Web Key Set, with why one cannot be used; RSA keys that name no algorithm get the given one. At most 100. Raises 22023 when the text is no key set.';

CREATE FUNCTION openlineage.claim_map_problem(claim_map text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_claim_map_problem';
COMMENT ON FUNCTION openlineage.claim_map_problem(text) IS
    'What is wrong with a claim map for add_issuer(), or null.';

-- Part of jwks_refresh() and add_issuer(): what is there already is not written again.
CREATE FUNCTION openlineage.store_jwks(of_issuer text, jwks text) RETURNS int
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH wanted AS (
        SELECT i.issuer, r."position", r.kid, r.algorithm, r.jwk
          FROM openlineage.issuer AS i, openlineage.read_jwks(jwks, i.rsa_algorithm) AS r
         WHERE i.issuer = of_issuer AND r.problem IS NULL
    ),
    gone AS (
        DELETE FROM openlineage.issuer_key AS k
         WHERE k.issuer = of_issuer AND NOT EXISTS (SELECT FROM wanted AS w WHERE w."position" = k.position)
    ),
    stored AS (
        INSERT INTO openlineage.issuer_key AS k (issuer, "position", kid, algorithm, jwk)
        SELECT w.issuer, w."position", w.kid, w.algorithm, w.jwk::json FROM wanted AS w
        ON CONFLICT (issuer, "position") DO UPDATE
              SET kid = excluded.kid, algorithm = excluded.algorithm, jwk = excluded.jwk
            WHERE k.jwk::text <> excluded.jwk::text OR k.algorithm <> excluded.algorithm
    )
    SELECT count(*)::int FROM wanted
    $$;
COMMENT ON FUNCTION openlineage.store_jwks(text, text) IS
    'Part of add_issuer() and jwks_refresh(): makes the keys of a set those of the issuer; returns how many can be used.';
REVOKE ALL ON FUNCTION openlineage.store_jwks(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_issuer(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wrong   text := openlineage.claim_map_problem(arguments ->> 'claim_map');
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'this is no claim map'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('%s.', initcap(left(wrong, 1)) || substr(wrong, 2));
    END IF;
    INSERT INTO openlineage.issuer AS i (issuer, audience, jwks_uri, claim_map, token_kind, rsa_algorithm, has_given_keys)
    VALUES (arguments ->> 'issuer', arguments ->> 'audience', arguments ->> 'jwks_uri', arguments -> 'claim_map',
            arguments ->> 'token_kind', arguments ->> 'rsa_algorithm', (arguments ->> 'jwks') IS NOT NULL)
    ON CONFLICT (issuer) DO UPDATE
       SET audience = excluded.audience, jwks_uri = excluded.jwks_uri, claim_map = excluded.claim_map,
           token_kind = excluded.token_kind, rsa_algorithm = excluded.rsa_algorithm, has_given_keys = excluded.has_given_keys,
           fetched_at = CASE WHEN NOT (i.has_given_keys OR excluded.has_given_keys)
                              AND i.jwks_uri IS NOT DISTINCT FROM excluded.jwks_uri
                              AND i.rsa_algorithm = excluded.rsa_algorithm THEN i.fetched_at END;
    -- Keys that were given, or came from elsewhere, are not those of the new place.
    IF (arguments ->> 'jwks') IS NOT NULL THEN
        PERFORM openlineage.store_jwks(arguments ->> 'issuer', arguments ->> 'jwks');
    ELSE
        DELETE FROM openlineage.issuer_key AS k
         USING openlineage.issuer AS i
         WHERE i.issuer = k.issuer AND i.issuer = arguments ->> 'issuer' AND i.fetched_at IS NULL;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_issuer(text, json) IS
    'Part of change: add_issuer(), for administrators; arguments as there.';
REVOKE ALL ON FUNCTION openlineage.change_put_issuer(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_remove_issuer(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM openlineage.issuer AS i WHERE i.issuer = arguments ->> 'issuer' RETURNING 1
    )
    SELECT to_json(EXISTS (SELECT FROM gone))
    $$;
COMMENT ON FUNCTION openlineage.change_remove_issuer(text, json) IS
    'Part of change: remove_issuer(), for administrators; argument issuer.';
REVOKE ALL ON FUNCTION openlineage.change_remove_issuer(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.add_issuer(
    issuer          text,
    audience        text,
    jwks_uri        text DEFAULT NULL,
    claim_map       json DEFAULT '{}',
    token_kind      text DEFAULT 'access',
    rsa_algorithm   text DEFAULT 'RS256',
    jwks            json DEFAULT NULL
) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('put_issuer', NULL, json_build_object(
        'issuer', issuer, 'audience', audience, 'jwks_uri', jwks_uri, 'claim_map', claim_map,
        'token_kind', token_kind, 'rsa_algorithm', rsa_algorithm, 'jwks', jwks))
    $$;
COMMENT ON FUNCTION openlineage.add_issuer(text, text, text, json, text, text, json) IS
    'Makes login() take tokens of an issuer, or changes how. Its keys are fetched from jwks_uri, or where its discovery document says, by jwks_refresh(); or they are the given key set and never fetched. claim_map: paths (or arrays of them) for subject, client_id, scopes, roles, namespaces, read, write, e.g. {"roles": "resource_access.platform.roles"}; token_kind: typed, access or any. Raises 22023 for a malformed map or key set, 23514 for an unknown kind or algorithm, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.add_issuer(text, text, text, json, text, text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.add_issuer(text, text, text, json, text, text, json) TO openlineage_admin;

CREATE FUNCTION openlineage.remove_issuer(issuer text) RETURNS boolean
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (openlineage.change('remove_issuer', NULL, json_build_object('issuer', issuer)))::text::boolean
    $$;
COMMENT ON FUNCTION openlineage.remove_issuer(text) IS
    'Takes no token of this issuer from now on; false when it was not there. Who has logged in stays so until the transaction, session or token ends. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.remove_issuer(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.remove_issuer(text) TO openlineage_admin;
-- Keys for clients that cannot ask an issuer for a token.  A key is random and
-- long, so that one round of a salted hash is enough; it is shown once.

CREATE TABLE openlineage.api_key (
    id              text        CONSTRAINT api_key_pkey PRIMARY KEY,    -- the part of the key that is no secret
    client          text        NOT NULL    -- who it is for: subject and client_id of its claims
                                CONSTRAINT api_key_client_length CHECK (octet_length(client) BETWEEN 1 AND 1000),
    slot            smallint    NOT NULL    -- two at a time, so that a client can change over
                                CONSTRAINT api_key_slot_range CHECK (slot IN (1, 2)),
    salt            bytea       NOT NULL,
    hash            bytea       NOT NULL,   -- SHA-256 of salt and key
    scopes          text[]      NOT NULL,
    roles           text[]      NOT NULL,
    read_patterns   text[]      NOT NULL,   -- namespaces, "*" for any run of characters
    write_patterns  text[]      NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,            -- null: never
    revoked_at      timestamptz             -- null: in use
);
CREATE UNIQUE INDEX api_key_active_key ON openlineage.api_key (client, slot) WHERE revoked_at IS NULL;
COMMENT ON TABLE openlineage.api_key IS 'A key that login() takes in place of a token; written by create_api_key() and revoke_api_key().';
COMMENT ON COLUMN openlineage.api_key.id IS 'The part of the key that is no secret: 16 characters after "ol_".';
COMMENT ON COLUMN openlineage.api_key.client IS 'Who it is for; subject and client_id of whoever logs in with it.';
COMMENT ON COLUMN openlineage.api_key.slot IS 'First or second active key of the client.';
COMMENT ON COLUMN openlineage.api_key.salt IS 'Random bytes, hashed with the key.';
COMMENT ON COLUMN openlineage.api_key.hash IS 'SHA-256 of salt and key.';
COMMENT ON COLUMN openlineage.api_key.scopes IS 'Scopes of whoever logs in with it.';
COMMENT ON COLUMN openlineage.api_key.roles IS 'Roles of whoever logs in with it.';
COMMENT ON COLUMN openlineage.api_key.read_patterns IS 'Namespaces it may read; "*" stands for any run of characters.';
COMMENT ON COLUMN openlineage.api_key.write_patterns IS 'Namespaces it may write; "*" stands for any run of characters.';
COMMENT ON COLUMN openlineage.api_key.created_at IS 'When it was made.';
COMMENT ON COLUMN openlineage.api_key.expires_at IS 'From when on it is refused; null: never.';
COMMENT ON COLUMN openlineage.api_key.revoked_at IS 'Since when it is refused; null: it is not.';
-- All but salt and hash.
GRANT SELECT (id, client, slot, scopes, roles, read_patterns, write_patterns, created_at, expires_at, revoked_at)
    ON openlineage.api_key TO openlineage_admin;
ALTER TABLE openlineage.api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY api_key_read ON openlineage.api_key FOR SELECT USING (true);

CREATE FUNCTION openlineage.change_create_api_key(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  text := arguments ->> 'client';
    key_id  text := substr(replace(gen_random_uuid()::text, '-', ''), 1, 16);
    secret  text := rtrim(translate(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'),
                                    '+/', '-_'), '=');
    salt    bytea := uuid_send(gen_random_uuid());
    hash    bytea;
    free    smallint;
BEGIN
    UPDATE openlineage.api_key AS k
       SET revoked_at = k.expires_at
     WHERE k.client = wanted AND k.revoked_at IS NULL AND k.expires_at <= clock_timestamp();
    SELECT min(s.n) INTO free
      FROM (VALUES (1::smallint), (2::smallint)) AS s (n)
     WHERE NOT EXISTS (SELECT FROM openlineage.api_key AS k
                        WHERE k.client = wanted AND k.slot = s.n AND k.revoked_at IS NULL);
    IF free IS NULL THEN
        RAISE EXCEPTION 'client "%" has two active API keys already', wanted
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Revoke one of them with openlineage.revoke_api_key().';
    END IF;
    secret := format('ol_%s_%s', key_id, secret);
    -- Not in the statement: plans that are logged would show the key.
    hash := sha256(salt || convert_to(secret, 'UTF8'));
    INSERT INTO openlineage.api_key (id, client, slot, salt, hash, scopes, roles, read_patterns, write_patterns, created_at, expires_at)
    SELECT key_id, wanted, free, salt, hash,
           r.scopes, r.roles, r.read_patterns, r.write_patterns, clock_timestamp(), clock_timestamp() + r.valid_for
      FROM json_to_record(arguments)
           AS r (scopes text[], roles text[], read_patterns text[], write_patterns text[], valid_for interval);
    RETURN to_json(secret);
END
$$;
COMMENT ON FUNCTION openlineage.change_create_api_key(text, json) IS
    'Part of change: create_api_key(), for administrators; arguments as there.';
REVOKE ALL ON FUNCTION openlineage.change_create_api_key(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_revoke_api_key(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        UPDATE openlineage.api_key AS k
           SET revoked_at = clock_timestamp()
         WHERE k.id = arguments ->> 'id' AND k.revoked_at IS NULL
        RETURNING 1
    )
    SELECT to_json(EXISTS (SELECT FROM gone))
    $$;
COMMENT ON FUNCTION openlineage.change_revoke_api_key(text, json) IS
    'Part of change: revoke_api_key(), for administrators; argument id.';
REVOKE ALL ON FUNCTION openlineage.change_revoke_api_key(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.create_api_key(
    client          text,
    scopes          text[] DEFAULT '{lineage:read}',
    read_patterns   text[] DEFAULT '{}',
    write_patterns  text[] DEFAULT '{}',
    roles           text[] DEFAULT '{}',
    valid_for       interval DEFAULT NULL
) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('create_api_key', NULL, json_build_object(
               'client', client, 'scopes', scopes, 'read_patterns', read_patterns, 'write_patterns', write_patterns,
               'roles', roles, 'valid_for', valid_for)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.create_api_key(text, text[], text[], text[], text[], interval) IS
    'Makes an API key and returns it, this once. Each client has two active ones at most, so that it can change over. Raises 55000 for a third, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.create_api_key(text, text[], text[], text[], text[], interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.create_api_key(text, text[], text[], text[], text[], interval) TO openlineage_admin;

CREATE FUNCTION openlineage.revoke_api_key(id text) RETURNS boolean
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (openlineage.change('revoke_api_key', NULL, json_build_object('id', id)))::text::boolean
    $$;
COMMENT ON FUNCTION openlineage.revoke_api_key(text) IS
    'Refuses an API key from now on, named by its id in api_key; false when it was not active. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.revoke_api_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.revoke_api_key(text) TO openlineage_admin;
-- A token in, claims out.  No SET clause: what a function with one sets for the
-- transaction ends with the function.

CREATE FUNCTION openlineage.login(token text, local boolean DEFAULT true) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS '$libdir/openlineage_auth', 'ol_login';
COMMENT ON FUNCTION openlineage.login(text, boolean) IS
    'Verifies a token of a configured issuer, or an API key, and makes its claims those of the transaction, or with local => false of the session. Pass it as a parameter, so that no log of statements shows it. Raises 28000 with the reason when it is refused; then nothing changes.';
GRANT EXECUTE ON FUNCTION openlineage.login(text, boolean) TO PUBLIC;

CREATE FUNCTION openlineage.verifies_tokens() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_verifies_tokens';
COMMENT ON FUNCTION openlineage.verifies_tokens() IS
    'Whether there is an issuer or an active API key, so that login() can succeed.';
REVOKE ALL ON FUNCTION openlineage.verifies_tokens() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.verifies_tokens() TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.jwks_refresh(
    issuer  text DEFAULT NULL,  -- null: all
    OUT of_issuer   text,
    OUT used_by     text,   -- login(), or pg_hba.conf: PostgreSQL 18's own authentication
    OUT keys        int,    -- how many can be used; null where none were fetched
    OUT problem     text    -- why not
) RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_jwks_refresh';
COMMENT ON FUNCTION openlineage.jwks_refresh(text) IS
    'Fetches the keys of an issuer, or of all, those that pg_hba.conf names for OAuth (PostgreSQL 18) included; the worker does so every openlineage.jwks_refresh_interval. Where that fails the keys that are there stay good until they are openlineage.jwks_max_stale old. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.jwks_refresh(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.jwks_refresh(text) TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.jwks_refresh_unknown(issuer text) RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_jwks_refresh_unknown';
COMMENT ON FUNCTION openlineage.jwks_refresh_unknown(text) IS
    'Part of login: fetches the keys of an issuer because a token names one that is not known, once in ten seconds; who comes meanwhile waits. False when it did not fetch. To be called in a transaction of its own.';
REVOKE ALL ON FUNCTION openlineage.jwks_refresh_unknown(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.jwks_refresh_unknown(text) TO openlineage_worker;
-- Clients of the embedded issuer, and their secrets.

CREATE TABLE openlineage.oauth_client (
    client_id   text        CONSTRAINT oauth_client_pkey PRIMARY KEY
                            CONSTRAINT oauth_client_id_form CHECK (client_id ~ '^[A-Za-z0-9._~-]{1,100}$'),
    scopes      text[]      NOT NULL,       -- what its tokens may have
    created_at  timestamptz NOT NULL
);
COMMENT ON TABLE openlineage.oauth_client IS 'A client that the embedded issuer gives tokens to; written by create_client() and remove_client(), and from the environment of the server.';
COMMENT ON COLUMN openlineage.oauth_client.client_id IS 'Its name: what it authenticates with, and "sub" and "client_id" of its tokens.';
COMMENT ON COLUMN openlineage.oauth_client.scopes IS 'Scopes that its tokens may have; all of them where it asks for none.';
COMMENT ON COLUMN openlineage.oauth_client.created_at IS 'When it was made.';
GRANT SELECT ON openlineage.oauth_client TO openlineage_admin;
ALTER TABLE openlineage.oauth_client ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.oauth_client FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_client_read ON openlineage.oauth_client FOR SELECT USING (true);

CREATE TABLE openlineage.oauth_client_secret (
    client_id   text        NOT NULL
                            CONSTRAINT oauth_client_secret_client_fkey REFERENCES openlineage.oauth_client ON DELETE CASCADE,
    slot        smallint    NOT NULL        -- 1 is the newer of the two
                            CONSTRAINT oauth_client_secret_slot_range CHECK (slot IN (1, 2)),
    salt        bytea       NOT NULL,
    rounds      int         NOT NULL,
    hash        bytea       NOT NULL,       -- PBKDF2 with SHA-256
    created_at  timestamptz NOT NULL,
    CONSTRAINT oauth_client_secret_pkey PRIMARY KEY (client_id, slot)
);
COMMENT ON TABLE openlineage.oauth_client_secret IS 'The one or two secrets that a client may use now; readable by nobody.';
COMMENT ON COLUMN openlineage.oauth_client_secret.client_id IS 'Whose it is.';
COMMENT ON COLUMN openlineage.oauth_client_secret.slot IS '1 is the newer one, 2 the one before it.';
COMMENT ON COLUMN openlineage.oauth_client_secret.salt IS 'Random bytes, hashed with the secret.';
COMMENT ON COLUMN openlineage.oauth_client_secret.rounds IS 'How often it was hashed.';
COMMENT ON COLUMN openlineage.oauth_client_secret.hash IS 'PBKDF2-HMAC-SHA256 of the secret.';
COMMENT ON COLUMN openlineage.oauth_client_secret.created_at IS 'When it was made.';
ALTER TABLE openlineage.oauth_client_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.oauth_client_secret FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_client_secret_nobody ON openlineage.oauth_client_secret USING (false);

CREATE FUNCTION openlineage.secret_hash(secret text, salt bytea, rounds int) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_secret_hash';
COMMENT ON FUNCTION openlineage.secret_hash(text, bytea, int) IS
    'PBKDF2-HMAC-SHA256, 32 bytes. Raises 22023 for rounds out of range.';
REVOKE ALL ON FUNCTION openlineage.secret_hash(text, bytea, int) FROM PUBLIC;

-- The new secret becomes the first, the one before it the second, an older one
-- ends.  Secrets are in assignments only, never in statements: plans are shown.
CREATE FUNCTION openlineage.store_client_secret(of_client text, secret text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    new_salt    bytea := uuid_send(gen_random_uuid());
    new_rounds  int := 10000;
    new_hash    bytea := openlineage.secret_hash(secret, new_salt, new_rounds);
BEGIN
    PERFORM FROM openlineage.oauth_client AS c WHERE c.client_id = of_client FOR UPDATE;
    DELETE FROM openlineage.oauth_client_secret AS s WHERE s.client_id = of_client AND s.slot = 2;
    UPDATE openlineage.oauth_client_secret AS s SET slot = 2 WHERE s.client_id = of_client;
    INSERT INTO openlineage.oauth_client_secret (client_id, slot, salt, rounds, hash, created_at)
    VALUES (of_client, 1, new_salt, new_rounds, new_hash, clock_timestamp());
    RETURN true;
END
$$;
COMMENT ON FUNCTION openlineage.store_client_secret(text, text) IS
    'Part of create_client(), rotate_client_secret() and the gateway: gives a client a secret beside the one it has.';
REVOKE ALL ON FUNCTION openlineage.store_client_secret(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.random_secret() RETURNS text
    LANGUAGE sql VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'ols_' || rtrim(translate(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'),
                                     '+/', '-_'), '=')
    $$;
COMMENT ON FUNCTION openlineage.random_secret() IS
    'A secret that nobody can guess: 244 random bits, in characters that need no escape anywhere.';
REVOKE ALL ON FUNCTION openlineage.random_secret() FROM PUBLIC;

-- The clients of the platform and what each of them does.
CREATE FUNCTION openlineage.default_client_scopes(client_id text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE client_id
           WHEN 'api-gateway'    THEN '{lineage:read,lineage:write,models:read,features:read}'
           WHEN 'mlflow'         THEN '{lineage:read,lineage:write,models:read,models:write}'
           WHEN 'feast'          THEN '{lineage:read,lineage:write,features:read}'
           WHEN 'modelcatalogue' THEN '{lineage:read,lineage:write,models:read,models:write}'
           ELSE '{lineage:read}'
           END::text[]
    $$;
COMMENT ON FUNCTION openlineage.default_client_scopes(text) IS
    'Scopes of a client that was made without naming any: of the four of the platform what they do, of others lineage:read.';

CREATE FUNCTION openlineage.change_create_client(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  text := arguments ->> 'client_id';
    secret  text := coalesce(arguments ->> 'secret', openlineage.random_secret());
    told    json := arguments -> 'scopes';
    scopes  text[];
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'client_id must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF octet_length(secret) NOT BETWEEN 12 AND 200 OR secret ~ '[^ -~]' THEN
        RAISE EXCEPTION 'the secret of client "%" is not valid', wanted
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It must have 12 to 200 printable characters of ASCII.';
    END IF;
    IF json_typeof(told) = 'array' THEN
        SELECT coalesce(array_agg(t.scope), '{}') INTO scopes FROM json_array_elements_text(told) AS t (scope);
    END IF;
    scopes := coalesce(scopes, openlineage.default_client_scopes(wanted));
    IF EXISTS (SELECT FROM unnest(scopes) AS s (scope) WHERE s.scope IS NULL OR s.scope !~ '^[!#-\[\]-~]{1,100}$') THEN
        RAISE EXCEPTION 'a scope of client "%" is not valid', wanted
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'RFC 6749 allows printable characters without space, quote and backslash.';
    END IF;
    INSERT INTO openlineage.oauth_client (client_id, scopes, created_at) VALUES (wanted, scopes, clock_timestamp());
    IF NOT openlineage.store_client_secret(wanted, secret) THEN     -- a condition is no statement with a plan
        RAISE EXCEPTION 'the secret was not stored';
    END IF;
    RETURN to_json(secret);
END
$$;
COMMENT ON FUNCTION openlineage.change_create_client(text, json) IS
    'Part of change: create_client(), for administrators; arguments client_id, scopes, secret.';
REVOKE ALL ON FUNCTION openlineage.change_create_client(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_rotate_client(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    secret  text := openlineage.random_secret();
BEGIN
    IF NOT EXISTS (SELECT FROM openlineage.oauth_client AS c WHERE c.client_id = arguments ->> 'client_id') THEN
        RAISE EXCEPTION 'there is no client "%"', arguments ->> 'client_id' USING ERRCODE = 'undefined_object';
    END IF;
    IF NOT openlineage.store_client_secret(arguments ->> 'client_id', secret) THEN
        RAISE EXCEPTION 'the secret was not stored';
    END IF;
    IF (arguments ->> 'at_once')::boolean THEN
        DELETE FROM openlineage.oauth_client_secret AS s WHERE s.client_id = arguments ->> 'client_id' AND s.slot = 2;
    END IF;
    RETURN to_json(secret);
END
$$;
COMMENT ON FUNCTION openlineage.change_rotate_client(text, json) IS
    'Part of change: rotate_client_secret(), for administrators; arguments client_id, at_once.';
REVOKE ALL ON FUNCTION openlineage.change_rotate_client(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_remove_client(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM openlineage.oauth_client AS c WHERE c.client_id = arguments ->> 'client_id' RETURNING 1
    )
    SELECT to_json(EXISTS (SELECT FROM gone))
    $$;
COMMENT ON FUNCTION openlineage.change_remove_client(text, json) IS
    'Part of change: remove_client(), for administrators; argument client_id.';
REVOKE ALL ON FUNCTION openlineage.change_remove_client(text, json) FROM PUBLIC;

-- What the environment of the server says, once: a client that has a secret keeps it.
CREATE FUNCTION openlineage.change_seed_clients(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    name    text;
    seeded  text[] := '{}'::text[];
BEGIN
    FOREACH name IN ARRAY ARRAY['api-gateway', 'feast', 'mlflow', 'modelcatalogue'] LOOP
        CONTINUE WHEN arguments ->> name IS NULL
                      OR EXISTS (SELECT FROM openlineage.oauth_client AS c WHERE c.client_id = name);
        BEGIN
            IF openlineage.change_create_client(NULL, json_build_object('client_id', name, 'secret', arguments ->> name)) IS NOT NULL THEN
                seeded := seeded || name;
            END IF;
        EXCEPTION WHEN invalid_parameter_value THEN
            RAISE WARNING 'the secret of client "%" in the environment was not taken', name
                USING DETAIL = 'It must have 12 to 200 printable characters of ASCII.';
        END;
    END LOOP;
    RETURN to_json(seeded);
END
$$;
COMMENT ON FUNCTION openlineage.change_seed_clients(text, json) IS
    'Part of change: seed_clients(), for the gateway; an object of secrets by client.';
REVOKE ALL ON FUNCTION openlineage.change_seed_clients(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.create_client(client_id text, scopes text[] DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('create_client', NULL, json_build_object('client_id', client_id, 'scopes', scopes)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.create_client(text, text[]) IS
    'Makes a client of the embedded issuer and returns its secret, this once. Without scopes: of the four clients of the platform what they need, of others lineage:read. Raises 23505 when it is there, 22023 or 23514 for a name or scope that is not valid, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.create_client(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.create_client(text, text[]) TO openlineage_admin;

CREATE FUNCTION openlineage.rotate_client_secret(client_id text, at_once boolean DEFAULT false) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('rotate_client', NULL, json_build_object('client_id', client_id, 'at_once', at_once)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.rotate_client_secret(text, boolean) IS
    'Makes a new secret for a client and returns it, this once. The one before stays good until the next call, unless at_once. Raises 42704 when there is no such client, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.rotate_client_secret(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.rotate_client_secret(text, boolean) TO openlineage_admin;

CREATE FUNCTION openlineage.remove_client(client_id text) RETURNS boolean
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (openlineage.change('remove_client', NULL, json_build_object('client_id', client_id)))::text::boolean
    $$;
COMMENT ON FUNCTION openlineage.remove_client(text) IS
    'Removes a client of the embedded issuer; tokens it has stay good until they expire. False when it was not there. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.remove_client(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.remove_client(text) TO openlineage_admin;

CREATE FUNCTION openlineage.seed_clients(secrets json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN openlineage.change('seed_clients', NULL, secrets);
END
$$;
COMMENT ON FUNCTION openlineage.seed_clients(json) IS
    'Part of the gateway: makes the clients that are not there yet, with the secrets of the environment; returns which.';
REVOKE ALL ON FUNCTION openlineage.seed_clients(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.seed_clients(json) TO openlineage_worker;
-- The embedded issuer: its signing keys, its tokens, its documents.  It is off
-- as soon as an external issuer is configured.

CREATE TABLE openlineage.embedded_issuer (
    issuer      text        CONSTRAINT embedded_issuer_pkey PRIMARY KEY     -- as in the table issuer
);
COMMENT ON TABLE openlineage.embedded_issuer IS 'The names under which the gateway has issued tokens: every other issuer is an external one.';
COMMENT ON COLUMN openlineage.embedded_issuer.issuer IS 'The URL of the gateway at that time.';
GRANT SELECT ON openlineage.embedded_issuer TO openlineage_admin;
ALTER TABLE openlineage.embedded_issuer ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.embedded_issuer FORCE ROW LEVEL SECURITY;
CREATE POLICY embedded_issuer_read ON openlineage.embedded_issuer FOR SELECT USING (true);

CREATE TABLE openlineage.signing_key (
    kid         text        CONSTRAINT signing_key_pkey PRIMARY KEY,
    private_key bytea       NOT NULL,       -- DER
    jwk         json        NOT NULL,       -- the public half, as it is published
    created_at  timestamptz NOT NULL,
    retires_at  timestamptz                 -- null: signs; else is published until then
);
COMMENT ON TABLE openlineage.signing_key IS 'Keys that the embedded issuer signs with; readable by nobody, and in no dump.';
COMMENT ON COLUMN openlineage.signing_key.kid IS 'Its id, which tokens name.';
COMMENT ON COLUMN openlineage.signing_key.private_key IS 'The private key.';
COMMENT ON COLUMN openlineage.signing_key.jwk IS 'The public key as it is published.';
COMMENT ON COLUMN openlineage.signing_key.created_at IS 'When it was made.';
COMMENT ON COLUMN openlineage.signing_key.retires_at IS 'Until when tokens signed with it are taken; null while it signs.';
CREATE UNIQUE INDEX signing_key_one_signs ON openlineage.signing_key ((retires_at IS NULL)) WHERE retires_at IS NULL;
ALTER TABLE openlineage.signing_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.signing_key FORCE ROW LEVEL SECURITY;
CREATE POLICY signing_key_nobody ON openlineage.signing_key USING (false);

CREATE FUNCTION openlineage.make_signing_key(OUT private_key bytea, OUT jwk text) RETURNS record
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_make_signing_key';
COMMENT ON FUNCTION openlineage.make_signing_key() IS
    'A new key of curve P-256: DER, and its public half as a JSON Web Key without id.';
REVOKE ALL ON FUNCTION openlineage.make_signing_key() FROM PUBLIC;

CREATE FUNCTION openlineage.sign_token(header text, payload text, private_key bytea) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_sign_token';
COMMENT ON FUNCTION openlineage.sign_token(text, text, bytea) IS
    'A JSON Web Token signed with ES256. Raises 22023 when the key is none of make_signing_key().';
REVOKE ALL ON FUNCTION openlineage.sign_token(text, text, bytea) FROM PUBLIC;

CREATE FUNCTION openlineage.gateway_url() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT coalesce(nullif(current_setting('openlineage.gateway_url', true), ''),
                    'http://127.0.0.1:' || current_setting('openlineage.gateway_port', true))
    $$;
COMMENT ON FUNCTION openlineage.gateway_url() IS
    'How clients call the gateway: openlineage.gateway_url, or its port on loopback. The name of the embedded issuer.';

CREATE FUNCTION openlineage.external_issuer() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT min(i.issuer)
      FROM openlineage.issuer AS i
     WHERE NOT EXISTS (SELECT FROM openlineage.embedded_issuer AS e WHERE e.issuer = i.issuer)
    $$;
COMMENT ON FUNCTION openlineage.external_issuer() IS
    'An issuer that is not the embedded one, or null. The embedded issuer is on while there is none.';
REVOKE ALL ON FUNCTION openlineage.external_issuer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.external_issuer() TO openlineage_admin;

-- Tokens of the embedded issuer are not taken beside those of an external one.
CREATE FUNCTION openlineage.leave_issuing() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        DELETE FROM openlineage.issuer AS i USING openlineage.embedded_issuer AS e WHERE e.issuer = i.issuer;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.leave_issuing() IS
    'Trigger: removes the embedded issuer from those whose tokens are taken when an external one comes.';
REVOKE ALL ON FUNCTION openlineage.leave_issuing() FROM PUBLIC;
CREATE TRIGGER issuer_leave_issuing AFTER INSERT ON openlineage.issuer
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.leave_issuing();

-- The key that signs; made when there is none, or when a new one is wanted.
CREATE FUNCTION openlineage.renew_signing_key(overlap interval) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    DELETE FROM openlineage.signing_key AS k WHERE k.retires_at <= clock_timestamp();
    UPDATE openlineage.signing_key AS k SET retires_at = least(k.retires_at, clock_timestamp() + overlap);
    INSERT INTO openlineage.signing_key AS k (kid, private_key, jwk, created_at)
    SELECT r.kid, m.private_key, (m.jwk::jsonb || jsonb_build_object('kid', r.kid))::json, clock_timestamp()
      FROM (SELECT gen_random_uuid()::text AS kid OFFSET 0) AS r, openlineage.make_signing_key() AS m
    RETURNING k.kid
    $$;
COMMENT ON FUNCTION openlineage.renew_signing_key(interval) IS
    'Part of the embedded issuer: makes the key that signs from now on; the one before is published for the overlap.';
REVOKE ALL ON FUNCTION openlineage.renew_signing_key(interval) FROM PUBLIC;

-- Makes login() take what we sign, under the name that the gateway has now.
CREATE FUNCTION openlineage.publish_signing_keys() RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    own     text := openlineage.gateway_url();
BEGIN
    INSERT INTO openlineage.embedded_issuer (issuer) VALUES (own) ON CONFLICT (issuer) DO NOTHING;
    DELETE FROM openlineage.issuer AS i USING openlineage.embedded_issuer AS e
     WHERE e.issuer = i.issuer AND i.issuer <> own;
    PERFORM openlineage.change_put_issuer(NULL, json_build_object(
        'issuer', own, 'audience', 'openlineage', 'claim_map', '{}'::json, 'token_kind', 'typed', 'rsa_algorithm', 'RS256',
        'jwks', (SELECT json_build_object('keys', json_agg(k.jwk ORDER BY k.created_at))
                   FROM openlineage.signing_key AS k
                  WHERE k.retires_at IS NULL OR k.retires_at > clock_timestamp())));
END
$$;
COMMENT ON FUNCTION openlineage.publish_signing_keys() IS
    'Part of the embedded issuer: its public keys become those of an issuer whose tokens login() takes.';
REVOKE ALL ON FUNCTION openlineage.publish_signing_keys() FROM PUBLIC;

-- The key to sign with, published; one session at a time makes what is missing.
CREATE FUNCTION openlineage.ready_signing_key() RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    own     text := openlineage.gateway_url();
    ready   text;
BEGIN
    FOR attempt IN 1 .. 2 LOOP
        SELECT k.kid INTO ready
          FROM openlineage.signing_key AS k
          JOIN openlineage.issuer_key AS p ON p.issuer = own AND p.kid = k.kid
         WHERE k.retires_at IS NULL
           AND NOT EXISTS (SELECT FROM openlineage.signing_key AS o WHERE o.retires_at <= clock_timestamp());
        EXIT WHEN FOUND;
        IF attempt = 1 THEN     -- somebody may have made it while we waited
            LOCK TABLE openlineage.signing_key IN SHARE ROW EXCLUSIVE MODE;
        ELSE
            IF NOT EXISTS (SELECT FROM openlineage.signing_key AS k WHERE k.retires_at IS NULL) THEN
                PERFORM openlineage.renew_signing_key('0');
            END IF;
            DELETE FROM openlineage.signing_key AS k WHERE k.retires_at <= clock_timestamp();
            PERFORM openlineage.publish_signing_keys();
            SELECT k.kid INTO ready FROM openlineage.signing_key AS k WHERE k.retires_at IS NULL;
        END IF;
    END LOOP;
    RETURN ready;
END
$$;
COMMENT ON FUNCTION openlineage.ready_signing_key() IS
    'Part of the embedded issuer: id of the key to sign with, after it and its public half are where they belong.';
REVOKE ALL ON FUNCTION openlineage.ready_signing_key() FROM PUBLIC;

CREATE FUNCTION openlineage.change_rotate_signing_key(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    made    text;
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        RAISE EXCEPTION 'the embedded issuer is off'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'An external issuer is configured.';
    END IF;
    LOCK TABLE openlineage.signing_key IN SHARE ROW EXCLUSIVE MODE;
    made := openlineage.renew_signing_key(coalesce(
        (arguments ->> 'overlap')::interval,
        current_setting('openlineage.token_lifetime')::interval + interval '1 minute'));
    PERFORM openlineage.publish_signing_keys();
    RETURN to_json(made);
END
$$;
COMMENT ON FUNCTION openlineage.change_rotate_signing_key(text, json) IS
    'Part of change: rotate_signing_key(), for administrators; argument overlap.';
REVOKE ALL ON FUNCTION openlineage.change_rotate_signing_key(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.rotate_signing_key(overlap interval DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('rotate_signing_key', NULL, json_build_object('overlap', overlap)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.rotate_signing_key(interval) IS
    'Makes a new key for the embedded issuer to sign with, and returns its id. Tokens of the one before are taken for the overlap; null: as long as a token lives. An overlap of 0 ends all tokens at once. Raises 55000 while an external issuer is configured, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.rotate_signing_key(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.rotate_signing_key(interval) TO openlineage_admin;

CREATE FUNCTION openlineage.client_is_authentic(wanted text, secret text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    known   record;
    good    boolean := false;
BEGIN
    -- A client that is not there costs as much as one with a wrong secret.
    FOR known IN
        SELECT coalesce(s.salt, '') AS salt, coalesce(s.rounds, 10000) AS rounds, coalesce(s.hash, '') AS hash
          FROM (VALUES (1)) AS one (row)
          LEFT JOIN openlineage.oauth_client_secret AS s ON s.client_id = wanted
    LOOP
        good := good OR coalesce(openlineage.secret_hash(secret, known.salt, known.rounds) = known.hash, false);
    END LOOP;
    RETURN good;
END
$$;
COMMENT ON FUNCTION openlineage.client_is_authentic(text, text) IS
    'Part of issue_token(): whether the secret is one of the client''s.';
REVOKE ALL ON FUNCTION openlineage.client_is_authentic(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.oauth_fault(status int, error text, description text) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object('status', status, 'body', json_build_object('error', error, 'error_description', description))
    $$;
COMMENT ON FUNCTION openlineage.oauth_fault(int, text, text) IS
    'An error as RFC 6749, section 5.2, words it, with the status of HTTP.';

CREATE FUNCTION openlineage.change_issue_token(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted      text := arguments ->> 'client_id';
    lifetime    int := extract(epoch FROM current_setting('openlineage.token_lifetime')::interval);
    since       bigint := extract(epoch FROM clock_timestamp());
    allowed     text[];
    asked       text[];
    signer      text;
    token       text;
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        RETURN openlineage.oauth_fault(410, 'invalid_request', 'the embedded issuer is off: an external issuer is configured');
    ELSIF NOT openlineage.client_is_authentic(wanted, arguments ->> 'secret') THEN
        RETURN openlineage.oauth_fault(401, 'invalid_client', 'client id or secret is wrong');
    END IF;
    SELECT c.scopes INTO STRICT allowed FROM openlineage.oauth_client AS c WHERE c.client_id = wanted;
    SELECT array_agg(DISTINCT s.scope) INTO asked
      FROM regexp_split_to_table(arguments ->> 'scope', ' +') AS s (scope)
     WHERE s.scope <> '';
    asked := coalesce(asked, allowed);
    IF NOT asked <@ allowed THEN
        RETURN openlineage.oauth_fault(400, 'invalid_scope', 'the client may have other scopes only');
    END IF;
    signer := openlineage.ready_signing_key();
    SELECT openlineage.sign_token(
               json_build_object('alg', 'ES256', 'typ', 'at+jwt', 'kid', signer)::text,
               json_build_object('iss', openlineage.gateway_url(), 'sub', wanted, 'client_id', wanted, 'aud', 'openlineage',
                                 'scope', array_to_string(asked, ' '), 'iat', since, 'exp', since + lifetime,
                                 'jti', gen_random_uuid())::text,
               k.private_key)
      INTO token
      FROM openlineage.signing_key AS k
     WHERE k.kid = signer;
    RETURN json_build_object('status', 200, 'body', json_build_object(
        'access_token', token, 'token_type', 'Bearer', 'expires_in', lifetime, 'scope', array_to_string(asked, ' ')));
END
$$;
COMMENT ON FUNCTION openlineage.change_issue_token(text, json) IS
    'Part of change: issue_token(), for the gateway; arguments client_id, secret, scope.';
REVOKE ALL ON FUNCTION openlineage.change_issue_token(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.issue_token(client_id text, secret text, scope text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN openlineage.change('issue_token', NULL, json_build_object('client_id', client_id, 'secret', secret, 'scope', scope));
END
$$;
COMMENT ON FUNCTION openlineage.issue_token(text, text, text) IS
    'Part of the gateway: what POST /oauth/token answers (RFC 6749, section 4.4): {"status", "body"}. Raises 42501 for whoever is not the worker.';
REVOKE ALL ON FUNCTION openlineage.issue_token(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.issue_token(text, text, text) TO openlineage_worker;

CREATE FUNCTION openlineage.change_issuer_document(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    own     text := openlineage.gateway_url();
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        RETURN openlineage.oauth_fault(410, 'invalid_request', 'the embedded issuer is off: an external issuer is configured');
    ELSIF arguments ->> 'document' = 'jwks' THEN
        -- Anybody may ask: keys are made for a client that has authenticated.
        RETURN json_build_object('status', 200, 'body', json_build_object('keys', (
            SELECT coalesce(json_agg(k.jwk ORDER BY k.position), '[]') FROM openlineage.issuer_key AS k WHERE k.issuer = own)));
    END IF;
    RETURN json_build_object('status', 200, 'body', json_build_object(
        'issuer', own,
        'token_endpoint', own || '/oauth/token',
        'jwks_uri', own || '/.well-known/jwks.json',
        'grant_types_supported', json_build_array('client_credentials'),
        'response_types_supported', '[]'::json,
        'token_endpoint_auth_methods_supported', json_build_array('client_secret_basic', 'client_secret_post'),
        'scopes_supported', (SELECT coalesce(json_agg(DISTINCT s.scope), '[]')
                               FROM openlineage.oauth_client AS c, unnest(c.scopes) AS s (scope)),
        'subject_types_supported', json_build_array('public'),
        'id_token_signing_alg_values_supported', json_build_array('ES256')));
END
$$;
COMMENT ON FUNCTION openlineage.change_issuer_document(text, json) IS
    'Part of change: issuer_document(), for the gateway; argument document.';
REVOKE ALL ON FUNCTION openlineage.change_issuer_document(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.issuer_document(document text) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('issuer_document', NULL, json_build_object('document', document))
    $$;
COMMENT ON FUNCTION openlineage.issuer_document(text) IS
    'Part of the gateway: a document of the embedded issuer (configuration: RFC 8414; jwks: RFC 7517): {"status", "body"}. Raises 42501 for whoever is not the worker.';
REVOKE ALL ON FUNCTION openlineage.issuer_document(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.issuer_document(text) TO openlineage_worker;
-- configs/api-gateway-oauth-config.yaml, loaded.

CREATE FUNCTION openlineage.yaml_to_json(yaml text) RETURNS json
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_gateway', 'ol_yaml_to_json';
COMMENT ON FUNCTION openlineage.yaml_to_json(text) IS
    'The first document of a YAML text. Raises 22023 when it is not valid, 54000 when it is too large or too deep.';

CREATE FUNCTION openlineage.load_gateway_config(yaml text, OUT item text, OUT outcome text) RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    config  json := openlineage.yaml_to_json(yaml);
    known   text[] := '{gateway_port,gateway_url,embedded_issuer,token_lifetime,mlflow_url,proxy_timeout,proxy_max_body_size}'::text[];
    entry   record;
    wrong   text;
BEGIN
    SELECT min(k.name) INTO wrong FROM json_object_keys(config) AS k (name) WHERE k.name NOT IN ('settings', 'clients', 'issuers');
    SELECT coalesce(wrong, min(k.name)) INTO wrong FROM json_object_keys(coalesce(config -> 'settings', '{}')) AS k (name) WHERE k.name <> ALL (known);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'unknown member "%" of the configuration', wrong USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR entry IN SELECT s.key, s.value FROM json_each_text(coalesce(config -> 'settings', '{}')) AS s WHERE s.value IS NOT NULL LOOP
        EXECUTE format('ALTER DATABASE %I SET openlineage.%I = %L', current_database(), entry.key, entry.value);
        item := 'setting ' || entry.key;
        outcome := entry.value;
        RETURN NEXT;
    END LOOP;
    FOR entry IN SELECT c.client_id, c.scopes FROM json_to_recordset(coalesce(config -> 'clients', '[]')) AS c (client_id text, scopes text[]) LOOP
        item := 'client ' || entry.client_id;
        IF EXISTS (SELECT FROM openlineage.oauth_client AS c WHERE c.client_id = entry.client_id) THEN
            outcome := 'is there already';
        ELSE
            outcome := 'secret ' || openlineage.create_client(entry.client_id, entry.scopes);
        END IF;
        RETURN NEXT;
    END LOOP;
    FOR entry IN SELECT i.issuer, i.audience, i.jwks_uri FROM json_to_recordset(coalesce(config -> 'issuers', '[]')) AS i (issuer text, audience text, jwks_uri text) LOOP
        PERFORM openlineage.add_issuer(entry.issuer, coalesce(entry.audience, 'openlineage'), entry.jwks_uri);
        item := 'issuer ' || entry.issuer;
        outcome := 'its tokens are taken';
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.load_gateway_config(text) IS
    'Applies a configuration of the gateway (configs/api-gateway-oauth-config.yaml shows its form): settings of this database, clients, external issuers; returns what was done, with the secrets of clients that were made, this once. For superusers, as settings are theirs. Raises 22023 for YAML that is not valid or has members that are unknown, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.load_gateway_config(text) FROM PUBLIC;
-- Removing jobs and datasets for good: DELETE hides, this forgets.
--
-- What goes is the entity under all its names and all that only it has: its
-- events, runs, versions, columns, facets, tags and edges.  What others' events
-- say of it stays in those events, but not in the tables that are made of
-- them.  Ingest is held up meanwhile, reads go on: a lock on dataset_alias keeps
-- batches from looking up names, as that is where each of them begins, and none
-- then waits for what purge holds while it has what purge will need.
--
-- All run as the owner of the tables, from change(); nobody else may call them.

-- Events of others that a run of these nodes is told of go too, and what is packed with their text must not keep it.
CREATE FUNCTION openlineage.purge_templates(members int[], others int[], hashes uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    spoilt  bigint[];
BEGIN
    spoilt := ARRAY(SELECT DISTINCT t.id
                      FROM openlineage.event_template AS t
                     CROSS JOIN LATERAL unnest(t.made_of) AS m (hash)
                      JOIN unnest(hashes) AS g (hash) ON g.hash = m.hash
                     WHERE t.node_id = ANY (others));
    IF spoilt = '{}' AND NOT EXISTS (SELECT FROM openlineage.event_template AS t WHERE t.node_id = ANY (members)) THEN
        RETURN;
    END IF;
    PERFORM openlineage.lock_templates();
    UPDATE openlineage.event_store AS e
       SET packed = openlineage.event_pack(openlineage.event_body(e.packed, t.packed)), template_id = NULL
      FROM openlineage.event_template AS t
     WHERE t.id = ANY (spoilt) AND e.node_id = t.node_id AND e.template_id = t.id;
    DELETE FROM openlineage.event_template AS t WHERE t.id = ANY (spoilt) OR t.node_id = ANY (members);
END
$$;
COMMENT ON FUNCTION openlineage.purge_templates(int[], int[], uuid[]) IS
    'Part of purge_events: the templates of these nodes, and those of the others that hold text of events with these hashes; what was packed with them is packed without.';
REVOKE ALL ON FUNCTION openlineage.purge_templates(int[], int[], uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_events(members int[], runs uuid[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    n       bigint;
    others  int[];
    hashes  uuid[];
BEGIN
    WITH gone AS (
        DELETE FROM openlineage.event_store AS e
         WHERE e.node_id = ANY (members) OR e.run_id = ANY (runs)
        RETURNING e.namespace_id, e.node_id, e.event_time, e.hash, e.kind, e.type, e.is_command
    ), fewer AS (
        INSERT INTO openlineage.event_count (namespace_id, hour, kind, type, n)
        SELECT g.namespace_id, date_trunc('hour', g.event_time, 'UTC'), g.kind, g.type, -count(*)
          FROM gone AS g
         WHERE NOT g.is_command
         GROUP BY 1, 2, 3, 4
    ), told AS (
        DELETE FROM openlineage.event_dataset_store AS d
         USING gone AS g
         WHERE d.event_time = g.event_time AND d.event_hash = g.hash
    ), odd AS (
        DELETE FROM openlineage.event_issue AS i
         USING gone AS g
         WHERE i.namespace_id = g.namespace_id AND i.event_time = g.event_time AND i.event_hash = g.hash
    )
    SELECT count(*), array_agg(DISTINCT g.node_id) FILTER (WHERE g.node_id <> ALL (members)),
           array_agg(g.hash) FILTER (WHERE g.node_id <> ALL (members))
      INTO n, others, hashes
      FROM gone AS g;
    PERFORM openlineage.purge_templates(members, others, hashes);
    DELETE FROM openlineage.event_dataset_store AS d WHERE d.dataset_id = ANY (members);
    WITH gone AS (DELETE FROM openlineage.dataset_set AS s WHERE s.node_id = ANY (members) RETURNING s.id)
    DELETE FROM openlineage.dataset_set_member AS m USING gone AS g WHERE m.set_id = g.id;
    -- What others name beside it stays a set.
    DELETE FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY (members);
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.purge_events(int[], uuid[]) IS
    'Part of purge_nodes: the events of these nodes and runs, their templates, sets of datasets, counts and issues; returns how many events.';
REVOKE ALL ON FUNCTION openlineage.purge_events(int[], uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_facets(members int[], runs uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    spaces  int[];
    hashes  uuid[];
BEGIN
    WITH gone AS (
        DELETE FROM openlineage.facet AS f
         WHERE f.node_id = ANY (members) OR f.run_id = ANY (runs)
        RETURNING f.namespace_id, f.content_hash
    )
    SELECT array_agg(g.namespace_id), array_agg(g.content_hash) INTO spaces, hashes
      FROM (SELECT DISTINCT o.namespace_id, o.content_hash FROM gone AS o) AS g;
    DELETE FROM openlineage.facet_content AS c
     USING unnest(spaces, hashes) AS g (namespace_id, hash)
     WHERE c.namespace_id = g.namespace_id
       AND c.hash = g.hash
       AND NOT EXISTS (SELECT FROM openlineage.facet AS f
                        WHERE f.namespace_id = g.namespace_id AND f.content_hash = g.hash);
END
$$;
COMMENT ON FUNCTION openlineage.purge_facets(int[], uuid[]) IS
    'Part of purge_nodes: the facets of these nodes and runs, what they mean, and content that no other facet has.';
REVOKE ALL ON FUNCTION openlineage.purge_facets(int[], uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_edges(members int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    fields  int[] := ARRAY(SELECT f.id FROM openlineage.dataset_field AS f WHERE f.dataset_id = ANY (members));
BEGIN
    DELETE FROM openlineage.edge AS e WHERE e.src = ANY (members) OR e.dst = ANY (members);
    DELETE FROM openlineage.edge_history AS e WHERE e.src = ANY (members) OR e.dst = ANY (members);
    DELETE FROM openlineage.edge_replacement AS e WHERE e.node_id = ANY (members);
    DELETE FROM openlineage.column_edge AS e
     WHERE e.owner_id = ANY (members) OR e.dataset_id = ANY (members) OR e.src = ANY (fields) OR e.dst = ANY (fields);
    DELETE FROM openlineage.column_lineage_source AS e
     WHERE e.owner_id = ANY (members) OR e.dataset_id = ANY (members);
END
$$;
COMMENT ON FUNCTION openlineage.purge_edges(int[]) IS
    'Part of purge_nodes: every edge that begins or ends at these nodes, or is theirs.';
REVOKE ALL ON FUNCTION openlineage.purge_edges(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_runs(runs uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    touched  int[] := ARRAY(SELECT DISTINCT i.dataset_id FROM openlineage.run_io AS i WHERE i.run_id = ANY (runs));
BEGIN
    DELETE FROM openlineage.run_io AS i WHERE i.run_id = ANY (runs);
    UPDATE openlineage.dataset_version AS v
       SET created_by_run = NULL
     WHERE v.dataset_id = ANY (touched) AND v.created_by_run = ANY (runs);
    DELETE FROM openlineage.run AS r WHERE r.id = ANY (runs);
END
$$;
COMMENT ON FUNCTION openlineage.purge_runs(uuid[]) IS
    'Part of purge_nodes: runs. Versions of datasets that they made stay, made by nobody.';
REVOKE ALL ON FUNCTION openlineage.purge_runs(uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_datasets(ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    runs  uuid[] := ARRAY(SELECT DISTINCT i.run_id FROM openlineage.run_io AS i WHERE i.dataset_id = ANY (ids));
    jobs  int[];
BEGIN
    DELETE FROM openlineage.run_io AS i WHERE i.dataset_id = ANY (ids);
    SELECT array_agg(DISTINCT k.id) INTO jobs
      FROM (SELECT r.job_id FROM openlineage.run AS r WHERE r.id = ANY (runs)
            UNION ALL
            SELECT v.job_id FROM openlineage.job_version AS v
             WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ids) AS k (id);
    -- Those that are left with no dataset may get none again.
    UPDATE openlineage.run AS r SET job_version_id = NULL WHERE r.id = ANY (runs);
    PERFORM openlineage.refresh_job_versions(runs);
    PERFORM openlineage.declare_job_version(
                v.job_id, d.at,
                ARRAY(SELECT i FROM unnest(v.inputs) WITH ORDINALITY AS u (i, o) WHERE i <> ALL (ids) ORDER BY o),
                ARRAY(SELECT i FROM unnest(v.outputs) WITH ORDINALITY AS u (i, o) WHERE i <> ALL (ids) ORDER BY o),
                v.location, v.code_hash)
       FROM openlineage.job_version AS v
      CROSS JOIN LATERAL unnest(ARRAY[v.first_declared_at, v.declared_at]) AS d (at)
      WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ids;
    UPDATE openlineage.job_version AS v
       SET first_declared_at = NULL, declared_at = NULL
     WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ids;
    PERFORM openlineage.point_jobs(jobs);
    DELETE FROM openlineage.job_version AS v WHERE v.job_id = ANY (jobs) AND (v.inputs || v.outputs) && ids;

    DELETE FROM openlineage.dataset_activity AS d WHERE d.node_id = ANY (ids);
    WITH gone AS (
        DELETE FROM openlineage.dataset_version AS v WHERE v.dataset_id = ANY (ids)
        RETURNING v.id, v.namespace_id, v.schema_hash
    )
    DELETE FROM openlineage.dataset_schema AS s
     USING gone AS g
     WHERE s.namespace_id = g.namespace_id
       AND s.hash = g.schema_hash
       AND NOT EXISTS (SELECT FROM openlineage.dataset_version AS v
                        WHERE v.namespace_id = s.namespace_id
                          AND v.schema_hash = s.hash
                          AND v.dataset_id <> ALL (ids));
    DELETE FROM openlineage.dataset_field AS f WHERE f.dataset_id = ANY (ids);
    DELETE FROM openlineage.dataset AS d WHERE d.node_id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.purge_datasets(int[]) IS
    'Part of purge_nodes: datasets with their versions and columns; versions of jobs that name them are made again without.';
REVOKE ALL ON FUNCTION openlineage.purge_datasets(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_jobs(ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.job AS j SET parent_id = NULL WHERE j.parent_id = ANY (ids);
    DELETE FROM openlineage.job_activity AS j WHERE j.node_id = ANY (ids);
    DELETE FROM openlineage.job_version AS v WHERE v.job_id = ANY (ids);
    DELETE FROM openlineage.job AS j WHERE j.node_id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.purge_jobs(int[]) IS
    'Part of purge_nodes: jobs, whose runs are gone already. Their children have no parent any more.';
REVOKE ALL ON FUNCTION openlineage.purge_jobs(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_nodes(ids int[]) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    members  int[];
    runs     uuid[];
    touched  int[];
    events   bigint;
BEGIN
    LOCK TABLE openlineage.dataset_alias, openlineage.event_store IN EXCLUSIVE MODE;
    members := ARRAY(SELECT n.id
                       FROM openlineage.node AS n
                      WHERE n.id = ANY (ids) OR n.canonical_id = ANY (ids)
                         OR n.job_id = ANY (ids) OR n.target_id = ANY (ids));
    runs := ARRAY(SELECT r.id FROM openlineage.run AS r WHERE r.job_id = ANY (ids));
    touched := ARRAY(SELECT DISTINCT i.dataset_id FROM openlineage.run_io AS i WHERE i.run_id = ANY (runs));
    events := openlineage.purge_events(members, runs);
    PERFORM openlineage.purge_facets(members, runs);
    PERFORM openlineage.purge_edges(members);
    PERFORM openlineage.purge_runs(runs);
    PERFORM openlineage.purge_datasets(ids);
    PERFORM openlineage.purge_jobs(ids);
    PERFORM openlineage.point_datasets(touched);
    DELETE FROM openlineage.tag_statement AS t WHERE t.node_id = ANY (members);
    DELETE FROM openlineage.hidden_node AS h WHERE h.node_id = ANY (members);
    DELETE FROM openlineage.dataset_alias AS a WHERE a.node_id = ANY (members) OR a.alias_id = ANY (members);
    DELETE FROM openlineage.node AS n WHERE n.id = ANY (members);
    RETURN json_build_object('events', events, 'runs', cardinality(runs));
END
$$;
COMMENT ON FUNCTION openlineage.purge_nodes(int[]) IS
    'Removes these jobs and datasets with all that only they have, and says how many events and runs that were.';
REVOKE ALL ON FUNCTION openlineage.purge_nodes(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.change_purge_node(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.purge_nodes(ARRAY(SELECT n.id
                                           FROM openlineage.node AS n
                                           JOIN openlineage.namespace AS s ON s.id = n.namespace_id
                                          WHERE n.id = (arguments ->> 'id')::int
                                            AND s.name_hash = openlineage.hash128(namespace)
                                            AND n.kind IN ('job', 'dataset')))
    $$;
COMMENT ON FUNCTION openlineage.change_purge_node(text, json) IS
    'Part of change: removes a job or dataset of the namespace for good; argument id.';
REVOKE ALL ON FUNCTION openlineage.change_purge_node(text, json) FROM PUBLIC;

-- Other namespaces may have datasets under a name of this one; that name goes.
CREATE FUNCTION openlineage.change_purge_namespace(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home    int := (SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.hash128(namespace));
    answer  json;
    names   int[];
BEGIN
    answer := openlineage.purge_nodes(ARRAY(SELECT d.node_id FROM openlineage.dataset AS d WHERE d.namespace_id = home
                                            UNION ALL
                                            SELECT j.node_id FROM openlineage.job AS j WHERE j.namespace_id = home));
    names := ARRAY(SELECT n.id FROM openlineage.node AS n WHERE n.namespace_id = home);
    PERFORM openlineage.purge_events(names, '{}');
    DELETE FROM openlineage.dataset_alias AS a WHERE a.node_id = ANY (names) OR a.alias_id = ANY (names);
    DELETE FROM openlineage.node AS n WHERE n.id = ANY (names);
    DELETE FROM openlineage.source AS s WHERE s.namespace_id = home;
    DELETE FROM openlineage.event_issue AS i WHERE i.namespace_id = home;
    DELETE FROM openlineage.rejected_event AS e WHERE e.namespace_id = home;
    DELETE FROM openlineage.event_count AS c WHERE c.namespace_id = home;
    DELETE FROM openlineage.event_day_count AS c WHERE c.namespace_id = home;
    DELETE FROM openlineage.entity_count AS c WHERE c.namespace_id = home;
    -- What jobs of here told of runs that belong to other jobs.
    DELETE FROM openlineage.facet AS f
     USING openlineage.facet_content AS c
     WHERE c.namespace_id = home AND f.namespace_id = home AND f.content_hash = c.hash;
    DELETE FROM openlineage.facet_content AS c WHERE c.namespace_id = home;
    DELETE FROM openlineage.dataset_schema AS s WHERE s.namespace_id = home;
    DELETE FROM openlineage.namespace AS s WHERE s.id = home;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION openlineage.change_purge_namespace(text, json) IS
    'Part of change: removes a namespace with all that is in it for good.';
REVOKE ALL ON FUNCTION openlineage.change_purge_namespace(text, json) FROM PUBLIC;
-- What keeps the store in shape.  Never part of ingest: the worker calls
-- maintain() now and then, anybody with the right to may do so at any time.

CREATE FUNCTION openlineage.make_event_partition(month timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET lock_timeout = '1s'
    AS $$
DECLARE
    since   timestamptz := date_trunc('month', month);
    until   timestamptz := since + interval '1 month';
    name    text := to_char(since, '"event_"YYYY_MM');
    theirs  bigint[];
    copies  bigint[];
BEGIN
    IF to_regclass(format('openlineage.%I', name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Rows of that month are in the default partition: they move first, as
    -- attaching refuses to leave them there.  The locks are those attaching
    -- takes; one that cannot be had within a second ends the attempt.
    LOCK TABLE openlineage.event_store IN SHARE UPDATE EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM openlineage.event_template AS t WHERE t.partition = 'event_default') THEN
        PERFORM openlineage.lock_templates();  -- ingest takes them in this order
    END IF;
    LOCK TABLE openlineage.event_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE openlineage.%I (LIKE openlineage.event_store INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMMENTS,'
                   ' CONSTRAINT %I UNIQUE (event_time, hash),'
                   ' CONSTRAINT %I CHECK (event_time >= %L AND event_time < %L))',
                   name, name || '_key', name || '_month', since, until);
    -- A template is of one partition, so they take copies of theirs along.
    theirs := ARRAY(SELECT DISTINCT e.template_id FROM openlineage.event_default AS e
                     WHERE e.event_time >= since AND e.event_time < until AND e.template_id IS NOT NULL);
    copies := ARRAY(SELECT nextval('openlineage.event_template_id_seq') FROM unnest(theirs));
    INSERT INTO openlineage.event_template (id, namespace_id, node_id, partition, made_of, packed)
    SELECT u.id, t.namespace_id, t.node_id, name, t.made_of, t.packed
      FROM unnest(theirs, copies) AS u (old_id, id)
      JOIN openlineage.event_template AS t ON t.id = u.old_id;
    EXECUTE format('WITH moved AS (DELETE FROM openlineage.event_default AS e'
                   '                WHERE e.event_time >= %L AND e.event_time < %L RETURNING e.*)'
                   ' INSERT INTO openlineage.%I (event_time, received_at, template_id, namespace_id, node_id, kind, hash, run_id,'
                   '                             is_command, type, principal, packed)'
                   ' SELECT m.event_time, m.received_at, u.id, m.namespace_id, m.node_id, m.kind, m.hash, m.run_id,'
                   '        m.is_command, m.type, m.principal, m.packed'
                   '   FROM moved AS m LEFT JOIN unnest($1, $2) AS u (old_id, id) ON u.old_id = m.template_id',
                   since, until, name) USING theirs, copies;
    PERFORM openlineage.drop_unused_templates(theirs);
    EXECUTE format('CREATE INDEX %I ON openlineage.%I (node_id, event_time, set_id) INCLUDE (namespace_id)',
                   name || '_node_idx', name);
    EXECUTE format('CREATE INDEX %I ON openlineage.%I (run_id, event_time) WHERE run_id IS NOT NULL',
                   name || '_run_idx', name);
    EXECUTE format('CREATE INDEX %I ON openlineage.%I (namespace_id, event_time)', name || '_namespace_idx', name);
    EXECUTE format('ALTER TABLE openlineage.event_store ATTACH PARTITION openlineage.%I FOR VALUES FROM (%L) TO (%L)',
                   name, since, until);
    EXECUTE format('ALTER TABLE openlineage.%I DROP CONSTRAINT %I', name, name || '_month');
    EXECUTE format('ALTER TABLE openlineage.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE openlineage.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %I ON openlineage.%I FOR SELECT'
                   ' USING (openlineage.can_read(namespace_id))',
                   name || '_read', name);
    EXECUTE format('GRANT SELECT ON openlineage.%I TO openlineage_reader', name);
    EXECUTE format('COMMENT ON TABLE openlineage.%I IS %L', name, 'Events of one month, in UTC.');
    RETURN true;
END
$$;
COMMENT ON FUNCTION openlineage.make_event_partition(timestamptz) IS
    'Part of maintain: the partition of one month, with the events of it that are in the default partition; false when it is there.';
REVOKE ALL ON FUNCTION openlineage.make_event_partition(timestamptz) FROM PUBLIC;

CREATE FUNCTION openlineage.compact_event_count() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH several AS (
        SELECT DISTINCT c.namespace_id, c.hour, c.kind, c.type
          FROM openlineage.event_count AS c
         WHERE NOT c.in_day
    ),
    gone AS (
        DELETE FROM openlineage.event_count AS c
         USING several AS s
         WHERE c.namespace_id = s.namespace_id AND c.hour = s.hour AND c.kind = s.kind
           AND c.type IS NOT DISTINCT FROM s.type
        RETURNING c.*
    ),
    made AS (
        INSERT INTO openlineage.event_count (namespace_id, hour, kind, type, n, in_day)
        SELECT g.namespace_id, g.hour, g.kind, g.type, sum(g.n), true
          FROM gone AS g
         GROUP BY g.namespace_id, g.hour, g.kind, g.type
        RETURNING 1
    ),
    days AS (
        INSERT INTO openlineage.event_day_count AS d (namespace_id, day, n)
        SELECT g.namespace_id, date_trunc('day', g.hour, 'UTC'), sum(g.n)
          FROM gone AS g
         WHERE NOT g.in_day
         GROUP BY 1, 2
         ORDER BY 2, 1
        ON CONFLICT (day, namespace_id) DO UPDATE SET n = d.n + excluded.n
    )
    SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM made)
    $$;
COMMENT ON FUNCTION openlineage.compact_event_count() IS
    'Part of maintain: one row of event_count per namespace, hour, kind and type, added up by day in event_day_count; returns how many rows fewer there are.';
REVOKE ALL ON FUNCTION openlineage.compact_event_count() FROM PUBLIC;

-- A job that is never told of again would stay busy (ingest/pointer.c), and leave its place to no other.
CREATE FUNCTION openlineage.rest_busy_jobs() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH silent AS MATERIALIZED (
        SELECT a.node_id
          FROM openlineage.job_activity AS a
         WHERE a.listed_state = 'BUSY' AND a.updated_at < now() - interval '10 minutes'
         ORDER BY a.node_id FOR NO KEY UPDATE SKIP LOCKED
    ),
    rested AS (
        UPDATE openlineage.job_activity AS a
           SET listed_state = a.latest_state, listed_at = a.updated_at
          FROM silent AS s
         WHERE a.node_id = s.node_id
        RETURNING 1
    )
    SELECT count(*) FROM rested
    $$;
COMMENT ON FUNCTION openlineage.rest_busy_jobs() IS
    'Part of maintain: jobs that were BUSY in job_activity.listed_state and of which no event told in the last ten minutes are at their own place in lists again; returns how many.';
REVOKE ALL ON FUNCTION openlineage.rest_busy_jobs() FROM PUBLIC;

CREATE FUNCTION openlineage.maintain(with_retention boolean DEFAULT true) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_maintain';
COMMENT ON FUNCTION openlineage.maintain(boolean) IS
    'Makes the event partitions of this and the next month, compacts event_count and entity_count, gives jobs that are busy no more their place in lists, reads graphs kept in memory again where many edges changed, and with_retention deletes a first portion of what openlineage.retention lets go (retention_plan() tells what); retain_portion() goes on with that. The worker calls both every hour, this one without, so that an error of retention undoes nothing else. Errors: 55P03 when a lock cannot be had at once, to be tried again later.';
REVOKE ALL ON FUNCTION openlineage.maintain(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.maintain(boolean) TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.retain_portion() RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_retain_portion';
COMMENT ON FUNCTION openlineage.retain_portion() IS
    'Deletes up to 10,000 rows of each kind of what openlineage.retention lets go, and of the words of facets that were; true when it found that many of a kind, or a month of events, so that there may be more: to be called again in a transaction of its own. Errors: 55P03 when a lock cannot be had within a second, to be tried again later.';
REVOKE ALL ON FUNCTION openlineage.retain_portion() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retain_portion() TO openlineage_admin, openlineage_worker;
-- What is old enough to go, and letting it go.
--
-- Each retention_*() says which rows of one kind the next call of maintain()
-- takes, retention_plan() counts them and retain() deletes them: one text for
-- both, so that the dry run tells the truth.  What is left of a job or dataset
-- once its old runs are gone (names, edges, facets, its latest run) stays: that
-- is the state, not history.  One call of retain() takes whole months of events,
-- or where there is none a portion of each kind, in a transaction that is soon
-- over: the maintenance process calls it until no portion is full, so that ingest
-- gets its turn between.  What only the runs of one portion kept alive goes with
-- a later one.

CREATE FUNCTION openlineage.retention_limit(older_than interval DEFAULT NULL) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    kept  interval := COALESCE(older_than, NULLIF(btrim(current_setting('openlineage.retention', true)), '')::interval);
BEGIN
    IF kept < interval '1 day' THEN
        RAISE EXCEPTION 'retention must be one day or more'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'An empty setting keeps everything.';
    END IF;
    IF LEAST(extract(year FROM kept), extract(month FROM kept), extract(day FROM kept),
             extract(hour FROM kept), extract(minute FROM kept), extract(second FROM kept)) < 0 THEN
        RAISE EXCEPTION 'no part of retention may be negative' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF kept > interval '1000 years' THEN
        RAISE EXCEPTION 'retention must be 1000 years or less'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'An empty setting keeps everything.';
    END IF;
    RETURN date_trunc('day', now() - kept, 'UTC');
END
$$;
COMMENT ON FUNCTION openlineage.retention_limit(interval) IS
    'The start of the first day that is kept, in UTC, by openlineage.retention when older_than is null; null when everything is kept. Raises 22023 for less than a day, more than 1000 years, or a part that is negative.';

-- The setting may change, and may be another where a dump is restored: what is gone stays gone.
CREATE TABLE openlineage.retention_mark (
    is_only  boolean NOT NULL DEFAULT true,
    before   timestamptz NOT NULL,
    CONSTRAINT retention_mark_pkey PRIMARY KEY (is_only),
    CONSTRAINT retention_mark_only_check CHECK (is_only)  -- one row at most
);
COMMENT ON TABLE openlineage.retention_mark IS
    'From when on all events are there: one row once retention deleted any. An event that comes from before it ends no edges.';
COMMENT ON COLUMN openlineage.retention_mark.is_only IS 'Always true.';
COMMENT ON COLUMN openlineage.retention_mark.before IS 'Greatest time that events, or edges that ended, were deleted before.';
ALTER TABLE openlineage.retention_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.retention_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY retention_mark_read ON openlineage.retention_mark FOR SELECT USING (true);
GRANT SELECT ON openlineage.retention_mark TO openlineage_reader;

CREATE FUNCTION openlineage.retention_partitions(before timestamptz) RETURNS TABLE (name name)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT c.relname
      FROM pg_inherits AS i
      JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'openlineage.event_store'::regclass
       AND c.relname ~ '^event_[0-9]{4,}_[0-9]{2}$'
       AND make_timestamptz(split_part(c.relname, '_', 2)::int, split_part(c.relname, '_', 3)::int, 1, 0, 0, 0, 'UTC')
           + interval '1 month' <= before
     ORDER BY c.relname
    $$;
COMMENT ON FUNCTION openlineage.retention_partitions(timestamptz) IS 'Part of retention: the partitions of event that end at this time or before.';
REVOKE ALL ON FUNCTION openlineage.retention_partitions(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_partitions(timestamptz) TO openlineage_admin;

-- What was current at some time since the limit stays, as runs of that time read
-- it without naming it.  Times between those a version has are not known here:
-- where it may have been current it stays.
CREATE FUNCTION openlineage.retention_kept_versions(before timestamptz) RETURNS TABLE (id bigint, created_by_run uuid)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.id, v.created_by_run
      FROM openlineage.dataset_version AS v
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = v.dataset_id
     WHERE v.last_seen_at >= before OR a.current_version_id = v.id
        -- Else another came after it, before the limit; who wrote counts more than who saw.
        OR NOT EXISTS (SELECT FROM openlineage.dataset_version AS o
                        WHERE o.dataset_id = v.dataset_id
                          AND CASE WHEN v.last_write_at IS NULL
                                   THEN o.first_write_at < before
                                     OR (o.created_at > v.last_seen_at AND o.created_at < before)
                                     OR (o.last_seen_at > v.last_seen_at AND o.last_seen_at < before)
                                   ELSE (o.first_write_at > v.last_write_at AND o.first_write_at < before)
                                     OR (o.last_write_at > v.last_write_at AND o.last_write_at < before) END)
    $$;
COMMENT ON FUNCTION openlineage.retention_kept_versions(timestamptz) IS
    'Part of retention: dataset versions seen or current at this time or later, and the runs that made them.';
REVOKE ALL ON FUNCTION openlineage.retention_kept_versions(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_kept_versions(timestamptz) TO openlineage_admin;

-- A run that something points to stays as long as that does: the parent of a
-- run, the creator of a version.  What points to it may itself be about to go.
CREATE FUNCTION openlineage.retention_runs(before timestamptz, most int DEFAULT 100000) RETURNS SETOF uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH RECURSIVE old AS MATERIALIZED (
        SELECT r.id, r.updated_at
          FROM openlineage.run AS r
          JOIN openlineage.job_activity AS a ON a.node_id = r.job_id
         WHERE r.updated_at < before
           AND r.state IN ('COMPLETED', 'ABORTED', 'FAILED')
           AND a.latest_run_id IS DISTINCT FROM r.id
           -- The current version of the job is that of its latest run with one.
           AND (r.job_version_id IS NULL
                OR EXISTS (SELECT FROM openlineage.run AS l
                            WHERE l.job_id = r.job_id AND l.job_version_id IS NOT NULL
                              AND (l.created_at > r.created_at OR (l.created_at = r.created_at AND l.id < r.id))))
           -- It wrote a dataset after that was dropped: without it the dataset would be deleted again.
           AND NOT EXISTS (SELECT FROM openlineage.run_io_time AS i
                             JOIN openlineage.dataset AS d ON d.node_id = i.dataset_id
                            WHERE i.run_id = r.id AND i.io = 'output' AND i.last_at > d.dropped_at)
    ), needed (id) AS (
        SELECT p.id
          FROM (SELECT k.created_by_run
                  FROM openlineage.retention_kept_versions(before) AS k
                UNION ALL
                SELECT v.created_by_run
                  FROM openlineage.dataset_version AS v
                 WHERE EXISTS (SELECT FROM openlineage.run_io AS i
                                WHERE i.dataset_id = v.dataset_id AND i.version_id = v.id
                                  AND NOT EXISTS (SELECT FROM old AS o WHERE o.id = i.run_id))
                UNION ALL
                SELECT u.id
                  FROM openlineage.run AS r
                 CROSS JOIN LATERAL unnest(ARRAY[r.parent_run_id, r.root_run_id]) AS u (id)
                 WHERE (r.parent_run_id IS NOT NULL OR r.root_run_id IS NOT NULL)
                   AND NOT EXISTS (SELECT FROM old AS o WHERE o.id = r.id)) AS p (id)
         WHERE p.id IS NOT NULL
        UNION
        SELECT p.id
          FROM needed AS n
         CROSS JOIN LATERAL (SELECT v.created_by_run
                               FROM openlineage.run_io AS i
                               JOIN openlineage.dataset_version AS v ON v.id = i.version_id
                              WHERE i.run_id = n.id
                             UNION ALL
                             SELECT u.id
                               FROM openlineage.run AS r
                              CROSS JOIN LATERAL unnest(ARRAY[r.parent_run_id, r.root_run_id]) AS u (id)
                              WHERE r.id = n.id) AS p (id)
         WHERE p.id IS NOT NULL
    )
    SELECT o.id
      FROM old AS o
     WHERE NOT EXISTS (SELECT FROM needed AS n WHERE n.id = o.id)
     ORDER BY o.updated_at, o.id
     LIMIT most
    $$;
COMMENT ON FUNCTION openlineage.retention_runs(timestamptz, int) IS
    'Part of retention: runs that ended and were last heard of before this time, are not the latest of their job, and that no run and no dataset version that stays points to.';
REVOKE ALL ON FUNCTION openlineage.retention_runs(timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_runs(timestamptz, int) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_dataset_versions(before timestamptz, gone uuid[], most int DEFAULT 100000) RETURNS SETOF bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.id
      FROM openlineage.dataset_version AS v
     WHERE NOT EXISTS (SELECT FROM openlineage.retention_kept_versions(before) AS k WHERE k.id = v.id)
       AND NOT EXISTS (SELECT FROM openlineage.run_io AS i
                        WHERE i.dataset_id = v.dataset_id AND i.version_id = v.id AND i.run_id <> ALL (gone))
     ORDER BY v.last_seen_at, v.id
     LIMIT most
    $$;
COMMENT ON FUNCTION openlineage.retention_dataset_versions(timestamptz, uuid[], int) IS
    'Part of retention: dataset versions seen and current before this time only that no run but those gone points to.';
REVOKE ALL ON FUNCTION openlineage.retention_dataset_versions(timestamptz, uuid[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_dataset_versions(timestamptz, uuid[], int) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_job_versions(before timestamptz, gone uuid[], most int DEFAULT 100000) RETURNS SETOF bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.id
      FROM openlineage.job_version AS v
      JOIN openlineage.job_activity AS a ON a.node_id = v.job_id
     WHERE (v.declared_at IS NULL OR v.declared_at < before)
       AND a.updated_at < before
       AND a.current_version_id IS DISTINCT FROM v.id
       AND NOT EXISTS (SELECT FROM openlineage.run AS r WHERE r.job_version_id = v.id AND r.id <> ALL (gone))
     ORDER BY v.id
     LIMIT most
    $$;
COMMENT ON FUNCTION openlineage.retention_job_versions(timestamptz, uuid[], int) IS
    'Part of retention: versions, not current, of jobs last heard of before this time that no run but those gone points to.';
REVOKE ALL ON FUNCTION openlineage.retention_job_versions(timestamptz, uuid[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_job_versions(timestamptz, uuid[], int) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_parts() RETURNS TABLE (what text, old text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 6
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.*
      FROM (VALUES ('event', 'event_time < $1'),
                   ('event_dataset_store', 'event_time < $1'),
                   ('event_issue', 'event_time < $1'),
                   ('event_count', 'hour < $1'),
                   ('event_day_count', 'day < $1'),
                   ('edge_history', 'upper(valid) < $1')) AS v (what, old)
    $$;
COMMENT ON FUNCTION openlineage.retention_parts() IS 'Part of retention: tables whose rows go by their time alone, and when.';
REVOKE ALL ON FUNCTION openlineage.retention_parts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_parts() TO openlineage_admin;

CREATE FUNCTION openlineage.retention_count(source text, before timestamptz, gone uuid[]) RETURNS TABLE (n bigint, bytes bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    EXECUTE format('SELECT count(*), COALESCE(sum(pg_column_size(t.*)), 0)::bigint FROM openlineage.%s', source)
       INTO n, bytes USING before, gone;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION openlineage.retention_count(text, timestamptz, uuid[]) IS 'Part of retention_plan: rows and bytes of one of its queries.';
REVOKE ALL ON FUNCTION openlineage.retention_count(text, timestamptz, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_count(text, timestamptz, uuid[]) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_plan(older_than interval DEFAULT NULL)
    RETURNS TABLE (what text, rows bigint, bytes bigint, before timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    part  record;
    gone  uuid[];
BEGIN
    before := openlineage.retention_limit(older_than);
    IF before IS NULL THEN
        RETURN;
    END IF;
    FOR part IN SELECT p.name FROM openlineage.retention_partitions(before) AS p LOOP
        what := 'partition ' || part.name;
        SELECT c.n, pg_total_relation_size(format('openlineage.%I', part.name)) INTO rows, bytes
          FROM openlineage.retention_count(format('%I AS t', part.name), before, NULL) AS c;
        RETURN NEXT;
    END LOOP;
    gone := ARRAY(SELECT g.id FROM openlineage.retention_runs(before) AS g (id));
    FOR part IN SELECT p.what, CASE p.what WHEN 'event' THEN 'event_store' ELSE p.what END || ' AS t WHERE ' || p.old AS source FROM openlineage.retention_parts() AS p
                UNION ALL SELECT 'run', 'run AS t WHERE id = ANY ($2)'
                UNION ALL SELECT 'run_io', 'run_io AS t WHERE run_id = ANY ($2)'
                UNION ALL SELECT 'facet', 'facet AS t WHERE run_id = ANY ($2)'
                UNION ALL SELECT 'dataset_version', 'dataset_version AS t WHERE id IN (SELECT openlineage.retention_dataset_versions($1, $2))'
                UNION ALL SELECT 'job_version', 'job_version AS t WHERE id IN (SELECT openlineage.retention_job_versions($1, $2))'
                UNION ALL SELECT 'facet_content', 'facet_content AS t WHERE EXISTS (SELECT FROM openlineage.facet AS f'
                                 ' WHERE f.namespace_id = t.namespace_id AND f.content_hash = t.hash AND f.run_id = ANY ($2))'
                                 ' AND NOT EXISTS (SELECT FROM openlineage.facet AS f'
                                 ' WHERE f.namespace_id = t.namespace_id AND f.content_hash = t.hash AND (f.run_id <> ALL ($2) OR f.run_id IS NULL))'
    LOOP
        what := part.what;
        SELECT c.n, c.bytes INTO rows, bytes FROM openlineage.retention_count(part.source, before, gone) AS c;
        -- Rows of partitions that are dropped are told there.
        IF what = 'event' THEN
            SELECT retention_plan.rows - COALESCE(sum(c.n), 0), retention_plan.bytes - COALESCE(sum(c.bytes), 0) INTO rows, bytes
              FROM openlineage.retention_partitions(before) AS p
             CROSS JOIN LATERAL openlineage.retention_count(format('%I AS t', p.name), before, NULL) AS c;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.retention_plan(interval) IS
    'What the next maintenance would delete, and what it holds from before which time, if openlineage.retention were older_than (null: as it is set; no row when it is empty): partitions of event as a whole, rows of the others. A dry run: nothing is changed. Raises 22023 for less than a day, 42501 for all but administrators.';
REVOKE ALL ON FUNCTION openlineage.retention_plan(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_plan(interval) TO openlineage_admin;

CREATE FUNCTION openlineage.retain_versions(before timestamptz, portion int) RETURNS TABLE (what text, rows bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    ids     bigint[];
    locked  int[];
BEGIN
    -- Ingest holds the activity row of whatever it tells a version of, and takes
    -- those of datasets first: whoever holds rows of jobs may not wait for them.
    locked := ARRAY(SELECT a.node_id FROM openlineage.dataset_activity AS a
                     WHERE a.node_id IN (SELECT v.dataset_id FROM openlineage.dataset_version AS v
                                          WHERE v.id IN (SELECT openlineage.retention_dataset_versions(before, '{}', portion)))
                     ORDER BY a.node_id FOR UPDATE SKIP LOCKED);
    ids := ARRAY(SELECT v.id FROM openlineage.retention_dataset_versions(before, '{}', portion) AS o (id)
                   JOIN openlineage.dataset_version AS v ON v.id = o.id
                  WHERE v.dataset_id = ANY (locked));
    DELETE FROM openlineage.dataset_version AS v WHERE v.id = ANY (ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'dataset_version';
    RETURN NEXT;
    locked := ARRAY(SELECT a.node_id FROM openlineage.job_activity AS a
                     WHERE a.node_id IN (SELECT v.job_id FROM openlineage.job_version AS v
                                          WHERE v.id IN (SELECT openlineage.retention_job_versions(before, '{}', portion)))
                     ORDER BY a.node_id FOR UPDATE SKIP LOCKED);
    ids := ARRAY(SELECT v.id FROM openlineage.retention_job_versions(before, '{}', portion) AS o (id)
                   JOIN openlineage.job_version AS v ON v.id = o.id
                  WHERE v.job_id = ANY (locked));
    DELETE FROM openlineage.job_version AS v WHERE v.id = ANY (ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'job_version';
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION openlineage.retain_versions(timestamptz, int) IS 'Part of retain: versions of datasets and jobs.';
REVOKE ALL ON FUNCTION openlineage.retain_versions(timestamptz, int) FROM PUBLIC;

CREATE FUNCTION openlineage.retain_runs(before timestamptz, portion int) RETURNS TABLE (what text, rows bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    gone     uuid[];
    spaces   int[];
    hashes   uuid[];
    locked   int[];
BEGIN
    locked := ARRAY(SELECT a.node_id FROM openlineage.job_activity AS a
                     WHERE a.node_id IN (SELECT r.job_id FROM openlineage.run AS r
                                          WHERE r.id IN (SELECT openlineage.retention_runs(before, portion)))
                     ORDER BY a.node_id FOR UPDATE);
    gone := ARRAY(SELECT r.id FROM openlineage.retention_runs(before, portion) AS g (id)
                    JOIN openlineage.run AS r ON r.id = g.id
                   WHERE r.job_id = ANY (locked));
    DELETE FROM openlineage.run_io AS i WHERE i.run_id = ANY (gone);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'run_io';
    RETURN NEXT;
    WITH lost AS (
        DELETE FROM openlineage.facet AS f WHERE f.run_id = ANY (gone) RETURNING f.namespace_id, f.content_hash
    )
    SELECT count(*), array_agg(l.namespace_id), array_agg(l.content_hash) INTO rows, spaces, hashes FROM lost AS l;
    what := 'facet';
    RETURN NEXT;
    DELETE FROM openlineage.run AS r WHERE r.id = ANY (gone);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'run';
    RETURN NEXT;
    RETURN QUERY SELECT * FROM openlineage.retain_versions(before, portion);
    -- Last, as it keeps ingest waiting: a batch may be about to use content that it found there.
    LOCK TABLE openlineage.facet_content IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM openlineage.facet_content AS c
     USING (SELECT DISTINCT u.namespace_id, u.hash FROM unnest(spaces, hashes) AS u (namespace_id, hash)) AS g
     WHERE c.namespace_id = g.namespace_id AND c.hash = g.hash
       AND NOT EXISTS (SELECT FROM openlineage.facet AS f WHERE f.namespace_id = c.namespace_id AND f.content_hash = c.hash);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'facet_content';
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION openlineage.retain_runs(timestamptz, int) IS 'Part of retain: runs, what hangs on them, and versions that nothing points to.';
REVOKE ALL ON FUNCTION openlineage.retain_runs(timestamptz, int) FROM PUBLIC;

-- Events by their key, as a row of a partitioned table has no place of its own; the others by their place.
CREATE FUNCTION openlineage.retain_part(what text, old text, before timestamptz, portion int) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    n          bigint;
    templates  bigint[];
BEGIN
    IF what = 'event' THEN
        WITH gone AS (
            DELETE FROM openlineage.event_store AS e
             USING (SELECT o.event_time, o.hash FROM openlineage.event_store AS o
                     WHERE o.event_time < before ORDER BY o.event_time LIMIT portion) AS g
             WHERE e.event_time = g.event_time AND e.hash = g.hash AND e.event_time < before
            RETURNING e.template_id
        )
        SELECT count(*), array_agg(DISTINCT d.template_id) INTO n, templates FROM gone AS d;
        PERFORM openlineage.drop_unused_templates(templates);
    ELSE
        EXECUTE format('DELETE FROM openlineage.%I AS t WHERE t.ctid = ANY (ARRAY(SELECT o.ctid FROM openlineage.%I AS o WHERE %s LIMIT $2))',
                       what, what, old) USING before, portion;
        GET DIAGNOSTICS n = ROW_COUNT;
    END IF;
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.retain_part(text, text, timestamptz, int) IS
    'Part of retain: up to portion rows of one of retention_parts(); returns how many.';
REVOKE ALL ON FUNCTION openlineage.retain_part(text, text, timestamptz, int) FROM PUBLIC;

CREATE FUNCTION openlineage.mark_retained(before timestamptz) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO openlineage.retention_mark AS m (before) VALUES (before)
    ON CONFLICT (is_only) DO UPDATE SET before = excluded.before WHERE excluded.before > m.before
    $$;
COMMENT ON FUNCTION openlineage.mark_retained(timestamptz) IS 'Part of retain: events before this time are gone, for good.';
REVOKE ALL ON FUNCTION openlineage.mark_retained(timestamptz) FROM PUBLIC;

CREATE FUNCTION openlineage.retain(older_than interval DEFAULT NULL, portion int DEFAULT 100000) RETURNS TABLE (what text, rows bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '1s'
    AS $$
DECLARE
    before  timestamptz := openlineage.retention_limit(older_than);
    part    record;
BEGIN
    IF before IS NULL THEN
        RETURN;
    END IF;
    FOR part IN SELECT p.name FROM openlineage.retention_partitions(before) AS p LOOP
        EXECUTE format('SELECT count(*) FROM openlineage.%I', part.name) INTO rows;
        BEGIN
            EXECUTE format('DROP TABLE openlineage.%I', part.name);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            -- Anybody who may read it can make a view of it.
            RAISE WARNING 'cannot drop partition "%" of event: other objects depend on it', part.name
                USING ERRCODE = 'dependent_objects_still_exist', HINT = 'Its rows are deleted instead. Drop the views and tables that use it.';
            CONTINUE;
        END;
        IF rows > 0 THEN
            PERFORM openlineage.mark_retained(before);
        END IF;
        what := 'partition ' || part.name;
        DELETE FROM openlineage.event_template AS t WHERE t.partition = part.name;
        WITH gone AS (DELETE FROM openlineage.dataset_set AS s WHERE s.partition = part.name RETURNING s.id)
        DELETE FROM openlineage.dataset_set_member AS m USING gone AS g WHERE m.set_id = g.id;
        RETURN NEXT;
    END LOOP;
    -- Nobody reads or writes events until the transaction that dropped some ends.
    IF what IS NOT NULL THEN
        RETURN;
    END IF;
    FOR part IN SELECT p.* FROM openlineage.retention_parts() AS p LOOP
        what := part.what;
        rows := openlineage.retain_part(part.what, part.old, before, portion);
        IF rows > 0 AND what IN ('event', 'edge_history') THEN
            PERFORM openlineage.mark_retained(before);
        END IF;
        RETURN NEXT;
    END LOOP;
    RETURN QUERY SELECT r.* FROM openlineage.retain_runs(before, portion) AS r;
END
$$;
COMMENT ON FUNCTION openlineage.retain(interval, int) IS
    'Part of maintain: deletes what retention_plan() of the same argument tells, and returns what it deleted: whole partitions of event, or, where there are none to delete, up to portion rows of each kind. A partition that cannot be dropped, as views use it, loses its rows in portions, with a WARNING. Nothing while openlineage.retention is empty. Errors: 22023 for less than a day, 55P03 when a lock cannot be had within a second.';
REVOKE ALL ON FUNCTION openlineage.retain(interval, int) FROM PUBLIC;
-- What pg_dump keeps of this extension: every row and every sequence.

SELECT pg_catalog.pg_extension_config_dump('openlineage.access_mode', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.grant_rule', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.issuer', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.issuer_key', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.api_key', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.audit', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.namespace_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.namespace', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.source', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.source_definition', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.tag', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.node_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.node', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.hidden_node', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_alias', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_activity', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_field_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_field', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_schema', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_version_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_version', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.job', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.job_activity', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.job_version_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.job_version', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.run', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.run_io', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.facet_content', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.facet_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.facet', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.search_facet', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.owner', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.tag_assignment', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.tag_statement', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.quality_result', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.metric', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_template_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_template', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_store', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_default', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_dataset_store', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_set_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_set', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.dataset_set_member', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_issue_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_issue', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.rejected_event_slot_seq', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.rejected_event', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_count', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.event_day_count', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.edge', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.edge_history', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.edge_replacement', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.retention_mark', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.column_edge', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.column_lineage_source', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.oauth_client', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.oauth_client_secret', '');
SELECT pg_catalog.pg_extension_config_dump('openlineage.embedded_issuer', '');
