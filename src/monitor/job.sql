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
