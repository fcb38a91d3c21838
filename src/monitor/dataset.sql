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
