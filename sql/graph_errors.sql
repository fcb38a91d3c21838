-- Every question that cannot be answered says why, with its SQLSTATE.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

SELECT pg_temp.flow('j', '{a}', '{b}'), pg_temp.field_id('a', 'x') > 0;
CREATE TEMP TABLE question (n serial, q text);
INSERT INTO question (q) VALUES
    ('lineage(''dataset:t:nothing'')'), ('lineage(''t'', ''nothing'')'), ('lineage(''nowhere'', ''a'')'),
    ('impact(''job:t:a'')'), ('impact(''t'', ''nothing'')'), ('impact_paths(''dataset:t:nothing'')'),
    ('impact_count(''dataset:t:nothing'')'), ('column_lineage(''datasetField:t:a:nothing'')'),
    ('column_lineage(''dataset:t:nothing'')'), ('impact(''datasetField:t:nothing:x'')'),
    ('lineage(''t:a'')'), ('lineage('''')'), ('impact(''datasetField:t:a'')'), ('column_lineage(''a'')'),
    ('lineage(''datasetField:t:a:x'')'), ('impact_count(''run:6ba7b810-9dad-11d1-80b4-00c04fd430c8'')'),
    ('lineage(NULL::text)'), ('lineage(''t'', NULL::text)'), ('lineage(NULL, ''a'')'), ('lineage(''dataset:t:a'', NULL)'),
    ('lineage(''dataset:t:a'', 1, NULL)'), ('lineage(''dataset:t:a'', 1, ''both'', NULL)'),
    ('lineage(''dataset:t:a'', 1, ''both'', ''{data,NULL}'')'), ('lineage(''dataset:t:a'', 1, ''both'', ''{dat}'')'),
    ('lineage(''dataset:t:a'', -1)'), ('lineage(''dataset:t:a'', 1, ''down'')'), ('lineage(''dataset:t:a'', 1, ''Both'')'),
    ('impact(NULL::text)'), ('impact(''dataset:t:a'', -5)'), ('impact_count(NULL::text)'), ('impact_paths(NULL, NULL)'),
    ('column_lineage(NULL::text)'), ('column_lineage(''dataset:t:a'', 1, NULL)'),
    ('column_lineage(''dataset:t:a'', 1, ''undirected'')'), ('column_lineage(''t'', ''a'', -1)'),
    ('walk(NULL)'), ('walk(''{1,NULL}'')'), ('walk(''{1}'', -1)'), ('walk(''{1}'', 1, ''sideways'')'),
    ('walk(''{1}'', 1, NULL)'), ('walk(''{1}'', 1, ''both'', -1)'), ('walk(''{1}'', 1, ''both'', 0, NULL)');
SELECT q, pg_temp.error_of('SELECT * FROM openlineage.' || q) FROM question ORDER BY n;

-- Starts that are not there are left out.
SELECT count(*) FROM openlineage.walk('{}');
SELECT count(*) FROM openlineage.walk('{-1,0,2147483647}');

ROLLBACK;
