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
