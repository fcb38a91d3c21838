-- What the facets of runs mean, one view for each.

CREATE VIEW openlineage.run_error WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, r.state,
           openlineage.member_text(f.body, 'message') AS message,
           openlineage.member_text(f.body, 'programmingLanguage') AS programming_language,
           openlineage.member_text(f.body, 'stackTrace') AS stack_trace,
           f.event_time
      FROM openlineage.run_facet AS f
      JOIN openlineage.run AS r ON r.id = f.run_id
     WHERE f.facet = 'errorMessage';
COMMENT ON VIEW openlineage.run_error IS 'Why runs failed. Source: OpenLineage facet ErrorMessageRunFacet 1-0-1.';
COMMENT ON COLUMN openlineage.run_error.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_error.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_error.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_error.state IS 'State of the run: an error need not end it.';
COMMENT ON COLUMN openlineage.run_error.message IS 'errorMessage.message.';
COMMENT ON COLUMN openlineage.run_error.programming_language IS 'errorMessage.programmingLanguage.';
COMMENT ON COLUMN openlineage.run_error.stack_trace IS 'errorMessage.stackTrace.';
COMMENT ON COLUMN openlineage.run_error.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_error TO openlineage_reader;

CREATE VIEW openlineage.run_engine WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job,
           openlineage.member_text(f.body, 'name') AS name,
           openlineage.member_text(f.body, 'version') AS version,
           openlineage.member_text(f.body, 'openlineageAdapterVersion') AS adapter_version,
           f.event_time
      FROM openlineage.run_facet AS f
     WHERE f.facet = 'processing_engine';
COMMENT ON VIEW openlineage.run_engine IS 'What ran it. Source: OpenLineage facet ProcessingEngineRunFacet 1-1-1.';
COMMENT ON COLUMN openlineage.run_engine.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_engine.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_engine.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_engine.name IS 'processing_engine.name.';
COMMENT ON COLUMN openlineage.run_engine.version IS 'processing_engine.version.';
COMMENT ON COLUMN openlineage.run_engine.adapter_version IS 'processing_engine.openlineageAdapterVersion.';
COMMENT ON COLUMN openlineage.run_engine.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_engine TO openlineage_reader;

CREATE VIEW openlineage.run_environment WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, i.ordinal, v.name,
           CASE WHEN NOT v.is_withheld THEN openlineage.member_text(i.item, 'value') END AS value,
           v.is_withheld, f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL openlineage.member_items(f.body, 'environmentVariables') AS i
     CROSS JOIN LATERAL (SELECT openlineage.member_text(i.item, 'name'),
                                openlineage.member_text(i.item, 'name') ~* 'secret|passw|pwd|token|credential|private|api_?key|access_?key|auth|dsn|conn|_url$|_uri$')
                     AS v (name, is_withheld)
     WHERE f.facet = 'environmentVariables' AND v.name <> '';
COMMENT ON VIEW openlineage.run_environment IS
    'Environment variables of runs. Values under names that sound like credentials are withheld here; the facet itself is kept as it came. Source: OpenLineage facet EnvironmentVariablesRunFacet 1-0-0.';
COMMENT ON COLUMN openlineage.run_environment.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_environment.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_environment.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_environment.ordinal IS 'Position in the facet, from 1.';
COMMENT ON COLUMN openlineage.run_environment.name IS 'Name of the variable.';
COMMENT ON COLUMN openlineage.run_environment.value IS 'Its value; null when it is withheld.';
COMMENT ON COLUMN openlineage.run_environment.is_withheld IS 'True when the name sounds like a credential.';
COMMENT ON COLUMN openlineage.run_environment.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_environment TO openlineage_reader;

CREATE VIEW openlineage.run_parameter WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, i.ordinal, v.key,
           openlineage.member_text(i.item, 'name') AS name,
           openlineage.member_text(i.item, 'description') AS description,
           CASE WHEN json_typeof(i.item -> 'value') <> 'null' THEN i.item ->> 'value' END AS value,
           openlineage.member_number(i.item, 'value') AS number,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL openlineage.member_items(f.body, 'parameters') AS i
     CROSS JOIN LATERAL (SELECT openlineage.member_text(i.item, 'key')) AS v (key)
     WHERE f.facet = 'executionParameters' AND v.key <> '';
COMMENT ON VIEW openlineage.run_parameter IS
    'What runs were started with, hyper-parameters too. Source: OpenLineage facet ExecutionParametersRunFacet 1-0-0.';
COMMENT ON COLUMN openlineage.run_parameter.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_parameter.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_parameter.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_parameter.ordinal IS 'Position in the facet, from 1.';
COMMENT ON COLUMN openlineage.run_parameter.key IS 'parameters[].key.';
COMMENT ON COLUMN openlineage.run_parameter.name IS 'parameters[].name.';
COMMENT ON COLUMN openlineage.run_parameter.description IS 'parameters[].description.';
COMMENT ON COLUMN openlineage.run_parameter.value IS 'parameters[].value as text, objects and arrays as JSON.';
COMMENT ON COLUMN openlineage.run_parameter.number IS 'The value as a number; null when it is none.';
COMMENT ON COLUMN openlineage.run_parameter.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_parameter TO openlineage_reader;

CREATE VIEW openlineage.run_external_query WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job,
           openlineage.member_text(f.body, 'externalQueryId') AS external_query_id,
           openlineage.member_text(f.body, 'source') AS source,
           f.event_time
      FROM openlineage.run_facet AS f
     WHERE f.facet = 'externalQuery';
COMMENT ON VIEW openlineage.run_external_query IS
    'The id under which another system knows what a run did. Source: OpenLineage facet ExternalQueryRunFacet 1-0-2.';
COMMENT ON COLUMN openlineage.run_external_query.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_external_query.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_external_query.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_external_query.external_query_id IS 'externalQuery.externalQueryId.';
COMMENT ON COLUMN openlineage.run_external_query.source IS 'externalQuery.source: where it is known.';
COMMENT ON COLUMN openlineage.run_external_query.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_external_query TO openlineage_reader;

CREATE VIEW openlineage.run_extraction WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job,
           openlineage.member_number(f.body, 'totalTasks') AS total_tasks,
           openlineage.member_number(f.body, 'failedTasks') AS failed_tasks,
           e.n AS errors,
           COALESCE(openlineage.member_number(f.body, 'failedTasks') > 0, false) OR e.n > 0 AS is_incomplete,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL (SELECT count(*) AS n FROM openlineage.member_items(f.body, 'errors')) AS e
     WHERE f.facet = 'extractionError';
COMMENT ON VIEW openlineage.run_extraction IS
    'Runs whose producer could not tell all of their lineage. Source: OpenLineage facet ExtractionErrorRunFacet 1-1-2.';
COMMENT ON COLUMN openlineage.run_extraction.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_extraction.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_extraction.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_extraction.total_tasks IS 'extractionError.totalTasks: statements, say, that were looked at.';
COMMENT ON COLUMN openlineage.run_extraction.failed_tasks IS 'extractionError.failedTasks: of which lineage is missing.';
COMMENT ON COLUMN openlineage.run_extraction.errors IS 'How many errors the facet lists; they are in run_extraction_error.';
COMMENT ON COLUMN openlineage.run_extraction.is_incomplete IS 'True when lineage of this run is missing.';
COMMENT ON COLUMN openlineage.run_extraction.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_extraction TO openlineage_reader;

CREATE VIEW openlineage.run_extraction_error WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, i.ordinal,
           openlineage.member_text(i.item, 'errorMessage') AS message,
           openlineage.member_text(i.item, 'stackTrace') AS stack_trace,
           openlineage.member_text(i.item, 'task') AS task,
           openlineage.member_number(i.item, 'taskNumber') AS task_number,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL openlineage.member_items(f.body, 'errors') AS i
     WHERE f.facet = 'extractionError';
COMMENT ON VIEW openlineage.run_extraction_error IS
    'What a producer could not read. Source: OpenLineage facet ExtractionErrorRunFacet 1-1-2, member errors.';
COMMENT ON COLUMN openlineage.run_extraction_error.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_extraction_error.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_extraction_error.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_extraction_error.ordinal IS 'Position in the facet, from 1.';
COMMENT ON COLUMN openlineage.run_extraction_error.message IS 'errors[].errorMessage.';
COMMENT ON COLUMN openlineage.run_extraction_error.stack_trace IS 'errors[].stackTrace.';
COMMENT ON COLUMN openlineage.run_extraction_error.task IS 'errors[].task: the statement, say.';
COMMENT ON COLUMN openlineage.run_extraction_error.task_number IS 'errors[].taskNumber, from 0.';
COMMENT ON COLUMN openlineage.run_extraction_error.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_extraction_error TO openlineage_reader;

-- The edges themselves are in edge, of kind control; this is what a run said of them.
CREATE VIEW openlineage.job_dependency WITH (security_invoker = true) AS
    SELECT f.run_id, f.namespace, f.job, w.direction, i.ordinal,
           openlineage.member_text(i.item -> 'job', 'namespace') AS other_namespace,
           openlineage.member_text(i.item -> 'job', 'name') AS other_job,
           openlineage.run_uuid(NULLIF(openlineage.member_text(i.item -> 'run', 'runId'), '')) AS other_run_id,
           openlineage.member_text(i.item, 'dependency_type') AS dependency_type,
           openlineage.member_text(i.item, 'sequence_trigger_rule') AS sequence_trigger_rule,
           openlineage.member_text(i.item, 'status_trigger_rule') AS status_trigger_rule,
           openlineage.member_text(f.body, 'trigger_rule') AS trigger_rule,
           f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN (VALUES ('upstream'), ('downstream')) AS w (direction)
     CROSS JOIN LATERAL openlineage.member_items(f.body, w.direction) AS i
     WHERE f.facet = 'jobDependencies'
       AND openlineage.member_text(i.item -> 'job', 'namespace') <> ''
       AND openlineage.member_text(i.item -> 'job', 'name') <> '';
COMMENT ON VIEW openlineage.job_dependency IS
    'Which jobs a run waited for and which waited for it, with their rules; the edges are in edge, of kind control. Source: OpenLineage facet JobDependenciesRunFacet 1-0-1.';
COMMENT ON COLUMN openlineage.job_dependency.run_id IS 'The run that says so.';
COMMENT ON COLUMN openlineage.job_dependency.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.job_dependency.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.job_dependency.direction IS 'upstream: the other job comes before; downstream: after.';
COMMENT ON COLUMN openlineage.job_dependency.ordinal IS 'Position in that list, from 1.';
COMMENT ON COLUMN openlineage.job_dependency.other_namespace IS 'Namespace of the other job.';
COMMENT ON COLUMN openlineage.job_dependency.other_job IS 'Name of the other job.';
COMMENT ON COLUMN openlineage.job_dependency.other_run_id IS 'Run of the other job; null when none is named.';
COMMENT ON COLUMN openlineage.job_dependency.dependency_type IS 'DIRECT_INVOCATION, IMPLICIT_DEPENDENCY …, as written.';
COMMENT ON COLUMN openlineage.job_dependency.sequence_trigger_rule IS 'FINISH_TO_START, START_TO_START …, as written.';
COMMENT ON COLUMN openlineage.job_dependency.status_trigger_rule IS 'EXECUTE_ON_SUCCESS, EXECUTE_EVERY_TIME …, as written.';
COMMENT ON COLUMN openlineage.job_dependency.trigger_rule IS 'ALL_SUCCESS, ALL_DONE …, as written: how the run takes all of them together.';
COMMENT ON COLUMN openlineage.job_dependency.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.job_dependency TO openlineage_reader;

-- A hint, never a fact of the parent: its own events tell those.
CREATE VIEW openlineage.run_parent_facet WITH (security_invoker = true) AS
    SELECT f.run_id, l.level, e.entity,
           openlineage.run_uuid(NULLIF(openlineage.member_text(l.body -> 'run', 'runId'), '')) AS parent_run_id,
           openlineage.member_text(l.body -> 'job', 'namespace') AS parent_namespace,
           openlineage.member_text(l.body -> 'job', 'name') AS parent_job,
           m.key AS facet, m.value AS body, f.event_time
      FROM openlineage.run_facet AS f
     CROSS JOIN LATERAL (VALUES ('parent', f.body), ('root', f.body -> 'root')) AS l (level, body)
     CROSS JOIN (VALUES ('run'), ('job')) AS e (entity)
     CROSS JOIN LATERAL json_each(CASE WHEN json_typeof(l.body -> e.entity -> 'facets') = 'object'
                                       THEN l.body -> e.entity -> 'facets' END) AS m
     WHERE f.facet = 'parent';
COMMENT ON VIEW openlineage.run_parent_facet IS
    'Facets of parents and roots that children forward: hints, kept apart from what those runs and jobs say of themselves. Source: OpenLineage facet ParentRunFacet 1-2-0.';
COMMENT ON COLUMN openlineage.run_parent_facet.run_id IS 'The child.';
COMMENT ON COLUMN openlineage.run_parent_facet.level IS 'parent or root.';
COMMENT ON COLUMN openlineage.run_parent_facet.entity IS 'run or job: what the facet is about.';
COMMENT ON COLUMN openlineage.run_parent_facet.parent_run_id IS 'Run of the parent or root.';
COMMENT ON COLUMN openlineage.run_parent_facet.parent_namespace IS 'Namespace of the job of that run.';
COMMENT ON COLUMN openlineage.run_parent_facet.parent_job IS 'Name of the job of that run.';
COMMENT ON COLUMN openlineage.run_parent_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.run_parent_facet.body IS 'The facet as it came.';
COMMENT ON COLUMN openlineage.run_parent_facet.event_time IS 'Time of the event it is from.';
GRANT SELECT ON openlineage.run_parent_facet TO openlineage_reader;
