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
