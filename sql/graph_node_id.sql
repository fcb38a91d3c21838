-- Node ids: names hold the delimiter, and are found whatever they hold.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/graph.psql'
\set ON_ERROR_ROLLBACK on
BEGIN;
\set ECHO none
\i :words
\set ECHO all
\pset format unaligned
\pset null -

CREATE FUNCTION pg_temp.finds(kind text, namespace text, name text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    known int := pg_temp.node_id(kind, namespace, name);
BEGIN
    RETURN openlineage.resolve_node(kind || ':' || namespace || ':' || name) = known;
END
$$;
CREATE TEMP TABLE hard (namespace text, name text);
INSERT INTO hard VALUES
    ('plain', 'name'), ('plain', '1name'), ('plain', 'a.b/c d'), ('plain', 'name:with:colons'), ('plain', ':'),
    ('plain', ''), ('', 'name'), ('', ''), ('plain', 'hash#tag'), ('plain', '#'), ('plain', E'tab\tand\nnewline'),
    ('postgres://h:5432', 'db.s.t'), ('postgres://h:5432', 'db:s:t'), ('s3://bucket', 'path//to:1/x'),
    ('arn:aws:glue:eu-west-1:123456789012', 'table/db/t'), ('1:2', '3:4'), ('9lives', 'cat'), ('a:b', 'c'),
    ('hdfs://n:8020', '/a/b=1/c=2'), ('Ünïcödé', '数据集'), ('🐘', '🐘:🐘'), ('plain', repeat('x', 20000)),
    ('plain', repeat(':', 20000)), (repeat('n:', 10000), 'name'), ('plain', '%s%d%n'), ('plain', 'it''s "quoted" \ ');
SELECT count(*) FILTER (WHERE pg_temp.finds('dataset', namespace, name)) AS datasets,
       count(*) FILTER (WHERE pg_temp.finds('job', namespace, name)) AS jobs,
       count(*) AS hard
  FROM hard;

-- The ids that come out go in again.
SELECT count(*) FROM hard AS h, openlineage.lineage(h.namespace, h.name) AS l
 WHERE l.node = l.kind || ':' || h.namespace || ':' || h.name
   AND EXISTS (SELECT FROM openlineage.lineage(l.node) AS again WHERE again.node = l.node);

-- A column: its name and the dataset's may hold the delimiter, too.
CREATE FUNCTION pg_temp.finds_column(namespace text, name text, field text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    known int;
BEGIN
    INSERT INTO openlineage.dataset_field (dataset_id, namespace_id, name)
    VALUES (pg_temp.node_id('dataset', namespace, name), pg_temp.namespace_id(namespace), field) RETURNING id INTO known;
    RETURN openlineage.resolve_column('datasetField:' || namespace || ':' || name || ':' || field) = known;
END
$$;
SELECT count(*) FILTER (WHERE pg_temp.finds_column(namespace, name, 'col')) AS plain,
       count(*) FILTER (WHERE pg_temp.finds_column(namespace, name, 'a.b:c#1 é')) AS odd
  FROM hard;

-- Where more than one reading is stored, Marquez' own wins.
SELECT pg_temp.finds('dataset', 'm:n', 'o'), pg_temp.finds('dataset', 'm:n', 'only');
SELECT pg_temp.finds('dataset', 'm', 'n:o'), pg_temp.finds('dataset', 'm:n', 'o');

-- A version is left out, unless a name ends that way.
SELECT openlineage.resolve_node('dataset:plain:name#6ba7b810-9dad-11d1-80b4-00c04fd430c8') = pg_temp.node_id('dataset', 'plain', 'name'),
       openlineage.resolve_node('dataset:a:b:c#6ba7b810-9dad-11d1-80b4-00c04fd430c8') = pg_temp.node_id('dataset', 'a:b', 'c'),
       openlineage.resolve_node('dataset:plain:name#6ba7b810') IS NULL;
SELECT pg_temp.finds('dataset', 'plain', 'name#6ba7b810-9dad-11d1-80b4-00c04fd430c8');

-- An alias is what it stands for.
INSERT INTO openlineage.node (kind, namespace_id, name, canonical_id)
VALUES ('dataset', pg_temp.namespace_id('old'), 'former', pg_temp.node_id('dataset', 'plain', 'name'));
SELECT pg_temp.edge(pg_temp.node_id('dataset', 'plain', 'name'), pg_temp.node_id('job', 'plain', 'reader'));
SELECT node FROM openlineage.lineage('dataset:old:former', 0);
SELECT node FROM openlineage.impact('old', 'former');
SELECT w.id = pg_temp.node_id('dataset', 'plain', 'name')
  FROM openlineage.node AS n, openlineage.walk(ARRAY[n.id], 0) AS w WHERE n.name = 'former';
SELECT f.name FROM openlineage.dataset_field AS f WHERE f.id = openlineage.resolve_column('datasetField:old:former:col');

-- A job is found as PARENT.CHILD as well; its own name goes first.
SELECT pg_temp.finds('job', 'sched', 'my.dag'), pg_temp.finds('job', 'etl', 'load.users');
UPDATE openlineage.job SET parent_id = pg_temp.node_id('job', 'sched', 'my.dag')
 WHERE node_id = pg_temp.node_id('job', 'etl', 'load.users');
SELECT openlineage.resolve_node('job:etl:my.dag.load.users') = pg_temp.node_id('job', 'etl', 'load.users'),
       openlineage.resolve_node('job:etl:dag.load.users') IS NULL,
       openlineage.resolve_node('job:sched:my.dag.load.users') IS NULL;
SELECT node FROM openlineage.lineage('etl', 'my.dag.load.users');
SELECT pg_temp.finds('job', 'etl', 'my.dag.load.users');

-- Unknown is null; so is null.
SELECT openlineage.resolve_node('dataset:plain:nothing'), openlineage.resolve_node('job:nowhere:name'),
       openlineage.resolve_node('dataset:plain:reader'), openlineage.resolve_node(NULL),
       openlineage.resolve_column('datasetField:plain:name:nothing'), openlineage.resolve_column(NULL);

-- What is no node id, and what is one of another kind.
SELECT i.id, pg_temp.error_of(format('SELECT openlineage.resolve_node(%L)', i.id))
  FROM unnest(ARRAY['', 'dataset', 'dataset:', 'dataset:plain', 'Dataset:plain:name', ' dataset:plain:name', 'table:a:b',
                    'job:', 'run:', 'run:x', 'run:6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'datasetField:plain:name',
                    'datasetField:plain:name:col']) AS i(id);
SELECT i.id, pg_temp.error_of(format('SELECT openlineage.resolve_column(%L)', i.id))
  FROM unnest(ARRAY['dataset:plain:name', 'datasetField:plain:name']) AS i(id);
SELECT length(pg_temp.error_of(format('SELECT openlineage.impact(%L)', 'dataset:é:' || repeat('é', 20000)))) < 500;

ROLLBACK;
