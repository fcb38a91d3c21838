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
