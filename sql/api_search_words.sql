-- GET /api/v2beta/search/jobs and /datasets: names, columns, descriptions, SQL, source code, tags, facet values.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\set ECHO all
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION t.jobs(q text) RETURNS text STABLE
    RETURN (SELECT string_agg(e.h ->> 'name', ' ' ORDER BY e.n) FROM json_array_elements(openlineage.api_search_jobs('{}', json_build_object('q', ARRAY[q])) -> 'hits') WITH ORDINALITY AS e (h, n));
CREATE FUNCTION t.tables(q text) RETURNS text STABLE
    RETURN (SELECT string_agg(e.h ->> 'name', ' ' ORDER BY e.n) FROM json_array_elements(openlineage.api_search_datasets('{}', json_build_object('q', ARRAY[q])) -> 'hits') WITH ORDINALITY AS e (h, n));
SELECT ingest(t.run_event('COMPLETE', '10:00', 1, 'load', t.datasets('raw'),
    jsonb_build_array(t.dataset('main.sales', '{"schema": {"fields": [{"name": "Gross_Amount", "type": "DECIMAL", "description": "with tax"}, {"name": "addr", "type": "STRUCT", "fields": [{"name": "zip_code", "type": "TEXT"}]}]},
        "documentation": {"description": "Everything we sold — größer"}, "tags": {"tags": [{"key": "PII", "value": "high"}]}, "custom": {"deep": {"er": ["needle in a haystack"]}},
        "columnLineage": {"fields": {"derived_col": {"inputFields": [{"namespace": "db", "name": "raw", "field": "source_col"}]}}}}')),
    '{"processing_engine": {"version": "3.5", "name": "spark"}}',
    '{"sql": {"query": "INSERT INTO main.sales SELECT amount FROM raw WHERE region = 7"}, "sourceCode": {"language": "python", "sourceCode": "def transform(frame):\n    return frame.dropna()"}, "documentation": {"description": "Nightly load of sales"}}'));
SELECT ingest(t.run_event('FAIL', '10:01', 2, 'sales_report', t.datasets('main.sales')));

-- A hit has all keys; where it was found is marked.
SELECT jsonb_pretty(openlineage.api_search_jobs('{}', '{"q": ["from raw"]}')::jsonb #- '{hits,0,facets}');
SELECT jsonb_pretty(openlineage.api_search_datasets('{}', '{"q": ["needle"]}')::jsonb #- '{hits,0,facets}');
SELECT t.keys(openlineage.api_search_jobs('{}', '{"q": ["dropna"]}') #> '{hits,0,facets}'), openlineage.api_search_jobs('{}', '{"q": ["dropna"]}') -> 'highlights';
-- Names come before words; the last word may be a beginning, the others not; they stand one after the other.
SELECT q, t.jobs(q) AS jobs FROM unnest('{sales,SALES_rep,nightly,night,ightly,"load of sal","sales load","insert into main",region = 7,transform(frame),python,needle,example}'::text[]) AS q;
SELECT q, t.tables(q) AS tables FROM unnest('{gross,amount,"gross amount",zip_code,with tax,größer,Größ,pii,high,haystack,derived,source_col,decimal,sale,custom,spark}'::text[]) AS q;
-- Signs alone have no words; they are a part of names all the same.
SELECT t.tables('.'), t.jobs('_'), t.jobs('—'), t.jobs('''"\');

-- Words follow the content of a facet: changed, deleted, repeated, merged.
SELECT ingest(t.dataset_event('11:00', 'main.sales', '{"documentation": {"description": "Only returns"}}'));
SELECT t.tables('returns'), t.tables('everything');
SELECT ingest(t.dataset_event('09:00', 'main.sales', '{"documentation": {"description": "Too old to count"}}'));
SELECT t.tables('returns'), t.tables('too old');
CREATE TEMPORARY TABLE before AS SELECT facet_id, xmin AS written_by, ctid AS place FROM search_facet;
SELECT ingest(t.dataset_event('11:30', 'main.sales', '{"documentation": {"description": "Only returns"}}'));
SELECT count(*) FROM (SELECT facet_id, xmin, ctid FROM search_facet EXCEPT ALL SELECT * FROM before) AS written;
SELECT ingest(t.dataset_event('12:00', 'main.sales', '{"documentation": {"_deleted": true}}'));
SELECT t.tables('returns');
SELECT ingest(t.dataset_event('12:30', 'alias', '{"documentation": {"description": "walrus"}}'));
SELECT ingest(t.dataset_event('12:40', 'main.sales', '{"symlinks": {"identifiers": [{"namespace": "db", "name": "alias", "type": "TABLE"}]}}'));
SELECT t.tables('walrus');
-- A content that comes back finds its words.
SELECT ingest(t.dataset_event('13:01', 'flips', '{"documentation": {"description": "one thing"}}'));
SELECT ingest(t.dataset_event('13:02', 'flips', '{"documentation": {"description": "another"}}'));
SELECT t.tables('thing'), t.tables('another');
SELECT ingest(t.dataset_event('13:03', 'flips', '{"documentation": {"description": "one thing"}}'));
SELECT t.tables('thing'), t.tables('another');
SELECT count(*), count(*) FILTER (WHERE f.content_hash = s.content_hash) AS current
  FROM search_facet AS s JOIN facet AS f ON f.id = s.facet_id WHERE t.label(s.node_id) = 'dataset:flips';
SELECT openlineage.forget_words() > 0 AS some, openlineage.forget_words() AS none;
SELECT t.tables('thing'), t.tables('another');
SELECT ingest(t.dataset_event('13:04', 'flips', '{"documentation": {"description": "another"}}'));
SELECT t.tables('thing'), t.tables('another');
SELECT openlineage.forget_words();
SELECT count(*) FROM facet AS f FULL JOIN search_facet AS s ON s.facet_id = f.id
 WHERE (s.facet_id IS NULL AND f.node_id IS NOT NULL AND f.run_id IS NULL AND NOT f.is_deleted) OR f.id IS NULL OR f.content_hash <> s.content_hash OR f.node_id <> s.node_id OR f.namespace_id <> s.namespace_id;
-- A facet beyond all bounds is found by its beginning, and stops no event.
SELECT ingest(t.job_event('13:00', 'huge', job_facets => jsonb_build_object('sourceCode', jsonb_build_object('sourceCode', 'beginning ' || (SELECT string_agg(md5(i::text), ' ') FROM generate_series(1, 60000) AS i) || ' ending'),
    'long_word', jsonb_build_object('w', repeat('w', 5000)), 'many', jsonb_build_object('c', (SELECT string_agg(chr(20000 + i % 20000), ' ') FROM generate_series(1, 20000) AS i)))));
SELECT t.jobs('beginning'), t.jobs('ending');
SELECT (openlineage.api_delete_job('{sched,huge}', '{}', NULL)).status;
SELECT t.jobs('beginning');

-- Errors and bounds.
SELECT t.failure($$SELECT openlineage.api_search_jobs('{}', '{}')$$);
SELECT t.failure($$SELECT openlineage.api_search_datasets('{}', '{"q": [" "]}')$$);
SELECT t.failure($$SELECT openlineage.api_search_jobs('{}', '{"q": ["a"], "limit": ["x"]}')$$);
SELECT t.failure($$SELECT openlineage.api_search_jobs('{}', '{"q": ["a"], "limit": ["-1"]}')$$);
SELECT json_array_length(openlineage.api_search_jobs('{}', '{"q": ["a"], "limit": ["1"]}') -> 'hits'), openlineage.api_search_jobs('{}', '{"q": ["a"], "limit": ["0"]}');

-- A long key above many strings: each has a copy of the path, so only of its beginning.
SELECT count(*), max(octet_length(path)), max(path) = left('x.' || repeat('k', 40000), 300) FROM openlineage.facet_strings('x', json_build_object(repeat('k', 40000), ARRAY(SELECT 'w' || n FROM generate_series(1, 7000) AS n)));
SELECT max(octet_length(path)) FROM openlineage.facet_strings('x', json_build_object(repeat('ü', 400), 'w'));
SELECT (SELECT string_agg(s.value, ' ') FROM openlineage.facet_strings(k.name, k.body) AS s) = openlineage.facet_text(k.name, k.body)
  FROM (VALUES ('x', json '{"a": ["b", {"_producer": "c", "d": "e"}], "f": 1}'), ('columnLineage', json '{"fields": {"col": {"inputFields": [{"name": "t"}]}}}')) AS k (name, body);
SELECT openlineage.facet_text('x', '[]') = '', openlineage.facet_text('x', NULL) IS NULL;

ROLLBACK;
