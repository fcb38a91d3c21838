-- column_lineage(), and impact() of a column.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

-- raw.id -> clean.id -> mart.key; raw.name and raw.id -> clean.label; mart.free is made of nothing.
SELECT pg_temp.column_edge('raw.id', 'clean.id', '[{"type":"DIRECT","subtype":"IDENTITY"}]'),
       pg_temp.column_edge('raw.id', 'clean.label', '[{"type":"DIRECT","subtype":"TRANSFORMATION","masking":true}]'),
       pg_temp.column_edge('raw.name', 'clean.label', '[]'),
       pg_temp.column_edge('clean.id', 'mart.key', '[{"type":"INDIRECT","subtype":"JOIN"},{"type":"DIRECT","subtype":"IDENTITY"},{"type":"INDIRECT","subtype":"JOIN"}]', 'k'),
       pg_temp.column_edge('clean.id', 'mart.key', '[{"type":"DIRECT","subtype":"AGGREGATION"}]', 'l');
SELECT pg_temp.field_id('mart', 'free') > 0;
SELECT pg_temp.flow('k', '{clean}', '{mart}');
SELECT * FROM openlineage.column_lineage('datasetField:t:mart:key');
SELECT node, distance FROM openlineage.column_lineage('datasetField:t:mart:key', 1);
SELECT node, distance, predecessor, transformation FROM openlineage.column_lineage('datasetField:t:raw:id', 20, 'downstream');
SELECT node, distance FROM openlineage.column_lineage('datasetField:t:clean:id', 20, 'both');

-- A dataset starts from all its columns, a job from those of what it writes.
SELECT node, distance FROM openlineage.column_lineage('dataset:t:clean', 0);
SELECT node, distance FROM openlineage.column_lineage('job:t:k', 1);
SELECT node, distance FROM openlineage.column_lineage('t', 'clean', 1, 'both');

-- What breaks when a column changes.
SELECT * FROM openlineage.impact('datasetField:t:raw:id');
SELECT * FROM openlineage.impact_paths('datasetField:t:raw:id', 2) WHERE distance = 2;
SELECT openlineage.impact_count('datasetField:t:raw:id'), openlineage.impact_count('datasetField:t:raw:id', 1);

-- An edge into a whole dataset reaches each of its columns, and each has it upstream.
SELECT pg_temp.column_edge('raw.deleted', 'clean.', '[{"type":"INDIRECT","subtype":"FILTER"}]');
SELECT node, distance, predecessor, transformation FROM openlineage.column_lineage('datasetField:t:raw:deleted', 20, 'downstream');
SELECT node, distance, predecessor, transformation FROM openlineage.column_lineage('datasetField:t:clean:label');
SELECT node FROM openlineage.impact('datasetField:t:raw:deleted');

-- An edge from a whole dataset leaves from each of its columns.
SELECT pg_temp.column_edge('mart.', 'report.total');
SELECT node, distance, predecessor FROM openlineage.column_lineage('datasetField:t:mart:free', 20, 'downstream');
SELECT node, distance, predecessor FROM openlineage.column_lineage('datasetField:t:report:total', 1);

-- A dataset without columns of its own is shown itself.
SELECT pg_temp.column_edge('blob.', 'report.size'), pg_temp.column_edge('report.size', 'pile.');
SELECT * FROM openlineage.column_lineage('datasetField:t:report:size', 20, 'both');
SELECT node, kind, field FROM openlineage.column_lineage('dataset:t:blob', 0);
SELECT count(*) FROM openlineage.column_lineage('t', 'blob', 20, 'downstream');

-- No columns: no rows, no error.
SELECT pg_temp.flow('m', '{nocolumns}', '{}');
SELECT count(*) FROM openlineage.column_lineage('dataset:t:nocolumns');
SELECT count(*) FROM openlineage.column_lineage('job:t:m');

-- A cycle of columns ends.
SELECT pg_temp.column_edge('loop.x', 'loop.y'), pg_temp.column_edge('loop.y', 'loop.x'), pg_temp.column_edge('loop.x', 'loop.x');
SELECT node, distance FROM openlineage.column_lineage('datasetField:t:loop:x', NULL::int, 'both');
SELECT node, distance FROM openlineage.impact('datasetField:t:loop:x');

-- Whatever a producer wrote as transformations is readable, or nothing.
SELECT pg_temp.column_edge('odd.a', 'odd.b', '[{"type":"NEW KIND"},{"subtype":"ALONE"},{"description":"in words"},{"masking":true},{},null,7,"x",{"type":null,"subtype":3}]'),
       pg_temp.column_edge('odd.b', 'odd.c', '{"type":"DIRECT"}'),
       pg_temp.column_edge('odd.c', 'odd.d', '[{"type":"D\u00e9j\u00e0","subtype":"\u0000"}]');
SELECT node, transformation FROM openlineage.column_lineage('datasetField:t:odd:a', 20, 'downstream');

ROLLBACK;
