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
