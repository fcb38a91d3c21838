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
