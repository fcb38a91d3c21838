-- Lists of jobs: the state of the latest run, whatever changed it last, and ties of time.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION t.jobs(query json) RETURNS text STABLE
    RETURN (SELECT string_agg(e.j ->> 'name', ' ' ORDER BY e.n)
              FROM json_array_elements(openlineage.api_jobs('{}', query) -> 'jobs') WITH ORDINALITY AS e (j, n));
CREATE VIEW t.by_state AS
    SELECT s.state, t.jobs(json_build_object('lastRunStates', json_build_array(s.state))) AS jobs
      FROM unnest('{NEW,RUNNING,COMPLETED,ABORTED,FAILED,OTHER}'::text[]) AS s (state);

-- A job that never ran is listed, but has no state.
SELECT ingest(t.job_event('09:00', 'never'));
SELECT ingest(t.run_event('START', '10:00', 1, 'a'));
SELECT ingest(t.run_event('START', '10:01', 2, 'b'));
SELECT ingest(t.run_event('FAIL', '10:02', 2, 'b'));
SELECT ingest(t.run_event('OTHER', '10:03', 3, 'c'));
SELECT t.jobs('{}');
SELECT * FROM t.by_state;
-- The run ends; one created before it changes nothing; a late event of the latest run does.
SELECT ingest(t.run_event('COMPLETE', '10:04', 1, 'a'));
SELECT ingest(t.run_event('ABORT', '09:30', 4, 'a'));
SELECT ingest(t.run_event('ABORT', '10:05', 3, 'c'));
SELECT * FROM t.by_state;
SELECT ingest(t.run_event('COMPLETE', '10:06', 2, 'b'));
SELECT * FROM t.by_state;
-- A run goes to the job of its earliest event, and back to that of an earlier one.
SELECT ingest(t.run_event('START', '11:00', 5, 'thief'));
SELECT ingest(t.run_event('START', '10:59', 5, 'owner'));
SELECT * FROM t.by_state;
-- A placeholder parent is NEW until it tells of itself; a stream that starts again runs.
SELECT ingest(t.run_event('START', '12:00', 6, 'child', run_facets =>
    '{"parent": {"run": {"runId": "00000000-0000-4000-8000-000000000007"}, "job": {"namespace": "sched", "name": "parent"}}}'));
SELECT latest_state FROM job_activity JOIN node ON id = node_id WHERE name = 'parent';
SELECT ingest(t.run_event('COMPLETE', '12:01', 7, 'parent'));
SELECT ingest(t.run_event('COMPLETE', '12:02', 8, 'stream'));
SELECT ingest(t.run_event('START', '12:03', 8, 'stream'));
SELECT latest_state FROM job_activity JOIN node ON id = node_id WHERE name = 'stream';
SELECT ingest(t.run_event('RUNNING', '12:04', 8, 'stream', job_facets => '{"jobType": {"processingType": "STREAMING", "integration": "FLINK"}}'));
SELECT latest_state FROM job_activity JOIN node ON id = node_id WHERE name = 'stream';

-- A job that runs again and again keeps its place in the indexes, lists look at it as it is.
CREATE VIEW t.listed AS
    SELECT n.name, a.listed_state, to_char(a.listed_at AT TIME ZONE 'UTC', 'HH24:MI:SS') AS listed_at, a.latest_state,
           to_char(a.updated_at AT TIME ZONE 'UTC', 'HH24:MI:SS') AS updated_at
      FROM job_activity AS a JOIN node AS n ON n.id = a.node_id WHERE n.name LIKE 'often%' ORDER BY n.name;
SELECT ingest(t.run_event('START', '12:10', 20, 'often'));
SELECT ingest(t.run_event('COMPLETE', '12:11', 20, 'often'));
SELECT * FROM t.listed;
SELECT ingest(replace(t.run_event('START', '12:11', 21, 'often'), '12:11:00', '12:11:30'));
SELECT * FROM t.listed;
SELECT ingest(t.run_event('START', '12:13', 29, 'seldom'));
SELECT t.jobs('{"limit": ["2"]}'), * FROM t.by_state WHERE state IN ('RUNNING', 'COMPLETED');
SELECT ingest(t.run_event('COMPLETE', '12:14', 21, 'often'));
SELECT ingest(t.run_event('ABORT', '12:12', 30, 'often'));
SELECT * FROM t.listed;
SELECT t.jobs('{"limit": ["2"]}'), * FROM t.by_state WHERE state IN ('RUNNING', 'COMPLETED', 'ABORTED');
SELECT string_agg(j ->> 'name', ' ') FROM json_array_elements(openlineage.api_namespace_jobs('{sched}', '{"limit": ["2"]}') -> 'jobs') AS j;
-- Hidden, it is in no list; told of again, it is.
SELECT (openlineage.api_delete_job('{sched,often}', '{}', NULL)).status;
SELECT t.jobs('{"limit": ["2"]}');
SELECT ingest(t.run_event('START', '12:20', 31, 'often'));
SELECT t.jobs('{"limit": ["1"]}');
-- maintain() gives it back its place, and changes no list.
SELECT openlineage.maintain();
SELECT * FROM t.listed;
SELECT t.jobs('{"limit": ["2"]}');
SELECT ingest(t.run_event('COMPLETE', '12:20', 31, 'often', '[]'));
SELECT ingest(replace(t.run_event('START', '12:20', 32, 'often'), '12:20:00', '12:20:59'));
SELECT * FROM t.listed;
-- So does the first event after a rest.
SELECT ingest(t.run_event('COMPLETE', '12:31', 32, 'often'));
SELECT * FROM t.listed;
SELECT t.jobs('{"limit": ["1"]}');

-- Jobs of one instant have an order of their own: pages neither repeat nor leave out any.
SELECT sum(ingest(t.job_event('13:00', 'tie_' || i))) FROM generate_series(1, 50) AS i;
SELECT count(*), count(DISTINCT name)
  FROM generate_series(0, 49, 7) AS skip
 CROSS JOIN LATERAL unnest(string_to_array(t.jobs(json_build_object('limit', json_build_array(least(7, 50 - skip)), 'offset', json_build_array(skip))), ' ')) AS name
 WHERE name LIKE 'tie%';
SELECT t.jobs('{"limit": ["0"]}'), openlineage.api_jobs('{}', '{"limit": ["0"]}') ->> 'totalCount';
SELECT openlineage.api_namespace_jobs('{sched}', '{"offset": ["55"]}') #>> '{jobs,0,name}';
-- No more rows than the page are read, ties or not.
SELECT count(*) FROM openlineage.job_candidates(NULL, NULL, 10);

ROLLBACK;
