-- What the facets of runs and jobs say, as rows and columns of views.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

CREATE FUNCTION t.tail(id uuid) RETURNS text IMMUTABLE RETURN right(id::text, 4);
SELECT ingest(t.run_event('FAIL', '10:00', 1, 'load', run_facets => '{
    "errorMessage": {"message": "division by zero", "programmingLanguage": "JAVA", "stackTrace": "at Main:1"},
    "processing_engine": {"name": "Spark", "version": "3.5.1", "openlineageAdapterVersion": "1.53.0"},
    "environmentVariables": {"environmentVariables": [{"name": "REGION", "value": "eu-1"}, {"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "AIRFLOW_CONN_X", "value": "postgres://u:p@h"}]},
    "executionParameters": {"parameters": [{"key": "learning_rate", "name": "rate", "description": "step", "value": "0.05"}, {"key": "layers", "value": [64, 32]}, {"key": "seed", "value": 7}, {"key": "none", "value": null}]},
    "externalQuery": {"externalQueryId": "job_42", "source": "bigquery"},
    "extractionError": {"totalTasks": 3, "failedTasks": 1, "errors": [{"errorMessage": "cannot parse", "task": "SELECT FROM", "taskNumber": 2, "stackTrace": "at Parser"}]}}'));
SELECT t.tail(run_id) AS run, namespace, job, state, message, programming_language, stack_trace, t.clock(event_time) FROM run_error;
SELECT t.tail(run_id) AS run, name, version, adapter_version FROM run_engine;
-- Values of what sounds like a credential are withheld.
SELECT ordinal, name, value, is_withheld FROM run_environment ORDER BY ordinal;
SELECT ordinal, key, name, description, value, number FROM run_parameter ORDER BY ordinal;
SELECT external_query_id, source FROM run_external_query;
SELECT total_tasks, failed_tasks, errors, is_incomplete FROM run_extraction;
SELECT ordinal, message, task, task_number, stack_trace FROM run_extraction_error;
-- A later facet of that name replaces the whole of it.
SELECT ingest(t.run_event('OTHER', '10:05', 1, 'load', run_facets => '{"errorMessage": {"message": "out of memory"}, "extractionError": {"totalTasks": 3, "failedTasks": 0, "errors": []}}'));
SELECT message, programming_language FROM run_error;
SELECT is_incomplete FROM run_extraction;

-- Control flow: edges apart from those of data, and the rules of each.
SELECT ingest(t.run_event('START', '11:00', 2, 'transform', t.datasets('a'), t.datasets('b'), run_facets => jsonb_build_object('jobDependencies', jsonb_build_object(
    'trigger_rule', 'ALL_SUCCESS',
    'upstream', '[{"job": {"namespace": "sched", "name": "load"}, "run": {"runId": "00000000-0000-4000-8000-000000000001"}, "dependency_type": "DIRECT_INVOCATION",
                   "sequence_trigger_rule": "FINISH_TO_START", "status_trigger_rule": "EXECUTE_ON_SUCCESS"}, {"job": {"name": "nowhere"}}, 7]'::jsonb,
    'downstream', '[{"job": {"namespace": "sched", "name": "publish"}, "dependency_type": "IMPLICIT_DEPENDENCY", "run": {"runId": "not a uuid"}}]'::jsonb))));
SELECT * FROM t.edges;
SELECT job, direction, other_job, t.tail(other_run_id) = '0001' AS run_1, other_run_id IS NOT NULL AS has_run,
       dependency_type, sequence_trigger_rule, status_trigger_rule, trigger_rule FROM job_dependency ORDER BY direction;
-- Who waits is no data lineage, and its job is known without ever having run.
SELECT t.label(node_id) AS job FROM job ORDER BY 1;

-- What a child forwards of its parent and root is a hint, and no facet of theirs.
SELECT ingest(t.run_event('START', '12:00', 3, 'dag.task', run_facets => '{"parent": {
    "run": {"runId": "00000000-0000-4000-8000-000000000004", "facets": {"processing_engine": {"name": "Airflow", "version": "2.10.0"}}},
    "job": {"namespace": "sched", "name": "dag", "facets": {"jobType": {"processingType": "STREAMING", "integration": "AIRFLOW", "jobType": "DAG"}}},
    "root": {"run": {"runId": "00000000-0000-4000-8000-000000000005", "facets": {"nominalTime": {"nominalStartTime": "2026-01-05"}}}, "job": {"namespace": "sched", "name": "all"}}}}'));
SELECT t.tail(run_id) AS run, level, entity, t.tail(parent_run_id) AS parent, parent_namespace, parent_job, facet, body ->> 'name' AS name FROM run_parent_facet ORDER BY 2, 3, 7;
SELECT count(*) AS own_facets FROM run_facet WHERE run_id IN (t.run_id(4)::uuid, t.run_id(5)::uuid);
SELECT type FROM job WHERE t.label(node_id) = 'job:dag';

-- Jobs.
SELECT ingest(t.run_event('START', '13:00', 6, 'stream', job_facets => '{
    "jobType": {"processingType": "STREAMING", "integration": "FLINK", "jobType": "JOB", "emissionPattern": {"eventTrigger": "PERIODIC", "eventContentMode": "ACCUMULATIVE", "windowDuration": 60}},
    "documentation": {"description": "# cleans", "contentType": "text/markdown"}, "sql": {"query": "select 1", "dialect": "ansi"},
    "sourceCode": {"language": "python", "sourceCode": "print(1)"},
    "sourceCodeLocation": {"type": "git", "url": "https://git.example/r/x.py", "repoUrl": "https://git.example/r", "path": "x.py", "version": "abc", "tag": "v1", "branch": "main", "pullRequestNumber": "17"}}'));
\x on
SELECT namespace, job, type, parent_job, integration, job_type, event_trigger, event_content_mode, window_seconds, description, description_content_type,
       sql_query, sql_dialect, source_language, source_code, location_type, location_url, repo_url, repo_path, repo_version, repo_tag, repo_branch, pull_request
  FROM job_detail WHERE job = 'stream';
\x off
SELECT job, type, parent_job FROM job_detail WHERE job LIKE 'dag%' ORDER BY job COLLATE "C";

-- The explicit lineage facet as written, with types nobody knows yet and runs.
SELECT ingest(t.job_event('14:00', 'orchestrator', job_facets => '{"lineage": {"entries": [
    {"namespace": "sched", "name": "load", "type": "JOB", "runId": "00000000-0000-4000-8000-000000000001", "inputs": [{"namespace": "sched", "name": "extract", "type": "JOB", "runId": "00000000-0000-4000-8000-000000000002"}]},
    {"namespace": "bi", "name": "board", "type": "DASHBOARD", "inputs": [{"namespace": "db", "name": "b", "type": "DATASET", "field": "x", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]}]},
    {"namespace": "db", "name": "random", "type": "DATASET", "inputs": []},
    {"type": "JOB", "inputs": [{"namespace": "db", "name": "a", "type": "DATASET"}]},
    {"namespace": "db", "name": "c", "type": "DATASET", "fields": {"y": {"inputs": [{"namespace": "db", "name": "a", "type": "DATASET", "field": "z"}, {"type": "JOB", "transformations": [{"type": "DIRECT"}]}]}}}]}}'));
SELECT ingest(t.dataset_event('14:01', 'mart', '{"lineage": {"inputs": [{"namespace": "db", "name": "c", "type": "DATASET"}]}}'));
SELECT owner, owner_kind AS kind, ordinal AS o, target, target_type, t.tail(target_run_id) AS run, target_field AS field,
       source, source_type, t.tail(source_run_id) AS source_run, source_field, transformations FROM lineage_entry ORDER BY owner, ordinal, target_field NULLS FIRST, source NULLS LAST;
SELECT * FROM t.edges WHERE edge LIKE '%orchestrator%' OR edge LIKE '%mart%';
-- A job-to-job edge is walked like any other.
SELECT node, distance FROM impact('job:sched:extract') ORDER BY distance, node;

ROLLBACK;
