-- PUT /namespaces/{namespace}/jobs/{job}: what a job is, its versions, the run that is of one.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set commands :input '/test/lib/commands.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\i :commands
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT a.status FROM openlineage.api_put_namespace('{db}', '{}', '{"ownerName": "ann"}') AS a;
SELECT a.status FROM openlineage.api_put_namespace('{sched}', '{}', '{"ownerName": "ann"}') AS a;
SELECT a.status FROM openlineage.api_put_source('{warehouse}', '{}', '{"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://h/d"}') AS a;
SELECT a.status FROM t.put_dataset('in', t.table_meta('a')) AS a;
SELECT a.status FROM t.put_dataset('out', t.table_meta('a')) AS a;
-- All there is to say.
SELECT t.told(t.put_job('load', '{"type": "SERVICE", "inputs": [{"namespace": "db", "name": "in"}], "outputs": [{"namespace": "db", "name": "out"}],
    "location": "https://git.example/load", "description": "loads", "context": {"sql": "ignored"}}'));
SELECT t.told(openlineage.api_job_versions('{sched,load}', '{}'));
-- The same again: no version more.  Without location and description: those stay, as does the version.
SELECT (t.put_job('load', replace(t.job_meta('https://git.example/load'), 'BATCH', 'SERVICE'))).status;
SELECT a.body ->> 'type', a.body ->> 'description', json_array_length(openlineage.api_job_versions('{sched,load}', '{}') -> 'versions')
  FROM t.put_job('load', t.job_meta('https://git.example/load')) AS a;
SELECT a.body ->> 'type', a.body ->> 'location', a.body ->> 'description' FROM t.put_job('load', t.job_meta(NULL)) AS a;
-- Other datasets replace those before, none too.
SELECT a.body -> 'inputs', a.body -> 'outputs' FROM t.put_job('load', '{"type": "STREAM", "inputs": [{"namespace": "db", "name": "out"}], "outputs": []}') AS a;
SELECT a.body -> 'inputs', a.body -> 'outputs' FROM t.put_job('load', '{"type": "STREAM", "inputs": [], "outputs": []}') AS a;
SELECT edge FROM t.edges;
SELECT edge FROM t.past_edges;
-- With a run: the run is of that version, and each output has a version of that run.
SELECT a.status FROM t.put_job('other', '{"type": "BATCH", "inputs": [], "outputs": []}') AS a;
SELECT a.status FROM t.post_run('other', '{"id": "00000000-0000-4000-8000-000000000001"}') AS a;
SELECT a.body #>> '{latestRun,id}', a.body -> 'inputs', a.body -> 'outputs' FROM t.put_job('other', t.job_meta('https://git.example/other', 1)) AS a;
SELECT openlineage.api_job('{sched,other}', '{}') ->> 'currentVersion' = t.run(1) #>> '{jobVersion,version}';
SELECT t.run(1) #>> '{inputDatasetVersions,0,datasetVersionId,name}', t.run(1) #>> '{outputDatasetVersions,0,datasetVersionId,name}',
       t.run(1) #>> '{outputDatasetVersions,0,datasetVersionId,version}' = openlineage.api_dataset('{db,out}', '{}') ->> 'currentVersion';
SELECT t.versions('in');
SELECT t.versions('out');
SELECT openlineage.api_dataset('{db,out}', '{}') -> 'fields', openlineage.api_dataset('{db,out}', '{}') ->> 'physicalName';
-- What the run then says it wrote is the same version.
SELECT (t.put_dataset('out', t.table_meta('a', 1))).status;
SELECT t.versions('out');
SELECT v ->> 'location', v -> 'inputs', v -> 'outputs', v #>> '{latestRun,id}'
  FROM json_array_elements(openlineage.api_job_versions('{sched,other}', '{}') -> 'versions') AS v;
-- An output that only events told of, which said nothing of a version, has one of this run too.
SELECT ingest(t.run_event('START', '08:00', 9, 'else', NULL, t.datasets('plain')));
SELECT a.status FROM t.put_job('other', replace(t.job_meta(NULL, 1), '"out"', '"plain"')) AS a;
SELECT v #>> '{createdByRun,id}' FROM json_array_elements(openlineage.api_dataset_versions('{db,plain}', '{}') -> 'versions') AS v;
-- By parent.child: the child is meant.
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT ingest(t.run_event('START', '08:00', 5, 'child', NULL, NULL, '{"parent": {"run": {"runId": "00000000-0000-4000-8000-000000000098"}, "job": {"namespace": "sched", "name": "mother"}}}'));
SELECT a.body ->> 'name', a.body ->> 'parentJobName'
  FROM t.put_job('mother.child', '{"type": "BATCH", "inputs": [], "outputs": [], "description": "told by its long name"}') AS a;
SELECT openlineage.api_job('{sched,child}', '{}') ->> 'description';
-- Errors; a dataset that is hidden is unknown.
SELECT a.status FROM openlineage.api_delete_dataset('{db,mart.daily}', '{}', NULL) AS a;
SELECT t.failures($$api_put_job('{gone,x}', '{}', t.job_meta(NULL))$$,
                  $$api_put_job('{sched,x}', '{}', replace(t.job_meta(NULL), '"in"', '"gone"'))$$,
                  $$api_put_job('{sched,x}', '{}', replace(t.job_meta(NULL), '"out"', '"gone2"'))$$,
                  $$api_put_job('{sched,x}', '{}', replace(t.job_meta(NULL), '"out"', '"mart.daily"'))$$,
                  $$api_put_job('{sched,load}', '{}', t.job_meta(NULL, 77))$$,
                  $$api_put_job('{sched,load}', '{}', t.job_meta(NULL, 1))$$, $$api_put_job('{sched,x}', '{}', t.job_meta(NULL, 1))$$,
                  $$api_put_job('{sched,x}', '{}', NULL)$$, $$api_put_job('{sched,x}', '{}', '{')$$, $$api_put_job('{sched,x}', '{}', '1')$$,
                  $$api_put_job('{sched,x}', '{}', '{}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": [], "outputs": null, "type": "BATCH"}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": [], "outputs": []}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": [], "outputs": [], "type": "CRON"}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": {}, "outputs": [], "type": "BATCH"}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": ["in"], "outputs": [], "type": "BATCH"}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": [{"name": "in"}], "outputs": [], "type": "BATCH"}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": [], "outputs": [], "type": "BATCH", "runId": "seven"}')$$,
                  $$api_put_job('{sched,x}', '{}', '{"inputs": [], "outputs": [], "type": "BATCH", "location": []}')$$);
SELECT count(*) FROM openlineage.node AS n WHERE n.name = 'x';
ROLLBACK;
