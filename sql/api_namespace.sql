-- GET /namespaces, one namespace, and the tags that facets use.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set story :input '/test/lib/api_story.psql'
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\i :story
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT t.show(openlineage.api_namespaces('{}', '{}'));
SELECT sum(ingest(e)) FROM t.story() AS e;
SELECT t.show(openlineage.api_namespaces('{}', '{}'));
SELECT t.show(openlineage.api_namespaces('{}', '{"limit": ["1"], "offset": ["1"]}'));
SELECT openlineage.api_namespaces('{}', '{"limit": ["0"]}');
SELECT openlineage.api_namespaces('{}', '{"limit": ["2147483647"], "offset": ["2147483647"]}');
SELECT t.show(openlineage.api_namespace('{sched}', '{}'));
SELECT t.show(openlineage.api_tags('{}', '{}'));

ROLLBACK;
