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
