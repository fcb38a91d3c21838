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
