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
