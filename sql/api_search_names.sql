-- GET /search finds every part of every name the caller may read: short, long, hidden, in either case.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION t.found(q text, more json = '{}') RETURNS text STABLE
    RETURN (SELECT string_agg(left(e.r ->> 'name', 12), ' ' ORDER BY e.n)
              FROM json_array_elements(openlineage.api_search('{}', (jsonb_build_object('q', jsonb_build_array(q)) || more::jsonb)::json) -> 'results') WITH ORDINALITY AS e (r, n));
SELECT openlineage.name_grams('aBab') = openlineage.name_grams('Abab'), cardinality(openlineage.name_grams('aBab')), openlineage.name_grams(''), openlineage.name_grams(repeat('x', 1001));
SELECT openlineage.name_grams('warehouse') @> openlineage.pattern_grams('HOUSE'), openlineage.name_grams('warehouse') @> openlineage.pattern_grams('hose'), cardinality(openlineage.pattern_grams('ab'));

-- More names than are walked through, so that grams find the rest.
SELECT sum(ingest('[' || (SELECT string_agg(t.job_event('10:00', 'job_' || lpad((b * 500 + i)::text, 5, '0')), ',') FROM generate_series(1, 500) AS i) || ']')) FROM generate_series(0, 6) AS b;
SELECT ingest(t.run_event('COMPLETE', '11:00', 1, 'zeta.Straße', t.datasets('zq', '漢字 table', 'z100%_sure'), t.datasets('z' || repeat('long', 500) || 'END')));
SELECT t.found('job_0000'), t.found('JOB_00007'), t.found('003499'), t.found('b_034', '{"limit": ["2"]}');
SELECT t.found('zq'), t.found('q'), t.found('Q', '{"filter": ["JOB"]}'), t.found('TA.stra'), t.found('字'), t.found('漢字 T'), t.found('0%_s'), t.found('%'), t.found('_', '{"filter": ["DATASET"]}');
SELECT t.found('longlonglong'), t.found('GEND'), t.found('ngen'), t.found('longe'), t.found('lonng');
SELECT t.found(repeat('long', 500)), t.found(repeat('long', 501));
SELECT t.found('z', '{"limit": ["3"]}'), t.found('z', '{"sort": ["UPDATE_AT"], "limit": ["3"]}'), t.found('zq', '{"namespace": ["db"]}'), t.found('zq', '{"namespace": ["sched"]}');
-- The same from the walk and from the grams: what fills no page in the walk is asked for again.
SELECT openlineage.search('names', '{"q": "job_0", "limit": 4000, "by_time": false}') = openlineage.search('names', '{"q": "job_0", "limit": 3500, "by_time": true}');
-- Every job is where the walk or the grams say.
SELECT count(*) FROM node WHERE kind = 'job' AND NOT (id = ANY (openlineage.search('names', json_build_object('q', name, 'limit', 10, 'by_time', false)))) AND id % 97 = 0;

-- What is hidden is not found until an event names it again.
SELECT (openlineage.api_delete_dataset('{db,zq}', '{}', NULL)).status;
SELECT t.found('zq');
SELECT ingest(t.dataset_event('12:00', 'zq', '{}'));
SELECT t.found('zq');

SELECT openlineage.search('other', '{}');
ROLLBACK;

-- Whoever may read nothing finds nothing, and learns no id.
BEGIN;
\set ECHO none
\i :words
\set ECHO all
SELECT ingest(t.run_event('COMPLETE', '11:00', 1, 'secret_job', t.datasets('secret_table')));
GRANT USAGE ON SCHEMA t TO openlineage_reader;
SET LOCAL ROLE openlineage_reader;
SELECT cardinality(openlineage.search('names', '{"q": "secret", "limit": 10, "by_time": false}')), openlineage.api_search_jobs('{}', '{"q": ["secret"]}') -> 'hits' -> 0 ->> 'name';
RESET ROLE;
SELECT openlineage.enable_rls();
SET LOCAL ROLE openlineage_reader;
SELECT openlineage.search('names', '{"q": "secret", "limit": 10, "by_time": false}'), openlineage.search('words', '{"q": "secret", "limit": 10, "by_time": false}'), openlineage.search('names', '{"q": "s", "limit": 10, "by_time": true}');
SELECT openlineage.api_search('{}', '{"q": ["secret"]}'), openlineage.api_search_jobs('{}', '{"q": ["secret"]}');
RESET ROLE;
SET LOCAL ROLE openlineage_admin;
SELECT openlineage.api_search('{}', '{"q": ["secret"]}') ->> 'totalCount';
RESET ROLE;
-- The parts that see everything are nobody's to call.
SET LOCAL ROLE openlineage_writer;
\set VERBOSITY sqlstate
SELECT openlineage.search_names('{}', true, '{}');
ROLLBACK;
