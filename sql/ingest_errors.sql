-- What cannot be placed is refused with its SQLSTATE, and nothing of it is kept.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
\set ECHO none
\i :words
\set ECHO all

\set VERBOSITY sqlstate
CREATE FUNCTION t.without(path text[]) RETURNS text IMMUTABLE RETURN (t.run_event('START', '10:00', 1, 'load')::jsonb #- path)::text;
CREATE FUNCTION t.instead(path text[], value jsonb) RETURNS text IMMUTABLE RETURN jsonb_set(t.run_event('START', '10:00', 1, 'load', t.datasets('a'))::jsonb, path, value)::text;
-- Malformed JSON.
SELECT ingest('{');
SELECT ingest('{"eventTime": "2026-01-05T10:00:00Z"');
SELECT ingest('{"eventTime": NaN}');
SELECT ingest('{} {}');
SELECT ingest('{"a": "\x"}');
SELECT ingest('{"a": "\u12"}');
SELECT ingest('{''a'': 1}');
SELECT ingest('{"a": 01}');
SELECT ingest('{"a": 1,}');
SELECT ingest(E'{"a": "line\nbreak"}');
-- No event.
SELECT ingest('');
SELECT ingest('  ');
SELECT ingest('null');
SELECT ingest('7');
SELECT ingest('"text"');
SELECT ingest('{}');
SELECT ingest('[1]');
SELECT ingest('[[]]');
-- What places it is missing or of another type.
SELECT ingest(t.without('{eventTime}'));
SELECT ingest(t.without('{job}'));
SELECT ingest(t.without('{job,name}'));
SELECT ingest(t.without('{job,namespace}'));
SELECT ingest(t.without('{run,runId}'));
SELECT ingest((t.without('{run}')::jsonb - 'job')::text);
-- Of a job without run are JobEvents, but not what says that it is of a run.
SELECT ingest(t.without('{run}'));
SELECT ingest((t.without('{run}')::jsonb - 'schemaURL')::text);
SELECT ingest((t.without('{run}')::jsonb - 'eventType' || '{"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"}')::text);
SELECT ingest(t.instead('{job,name}', '""'));
SELECT ingest(t.instead('{job,namespace}', '""'));
SELECT ingest(t.instead('{job,name}', '{}'));
SELECT ingest(t.instead('{job}', '[]'));
SELECT ingest(t.instead('{job}', '"load"'));
SELECT ingest(t.instead('{run}', '[]'));
SELECT ingest(t.instead('{run,runId}', '""'));
SELECT ingest(t.instead('{run,runId}', '{}'));
SELECT ingest(t.instead('{run,facets}', '[]'));
SELECT ingest(t.instead('{job,facets}', '7'));
SELECT ingest(t.instead('{inputs}', '{}'));
SELECT ingest(t.instead('{outputs}', '"a"'));
SELECT ingest(t.instead('{inputs,0}', '1'));
SELECT ingest(t.instead('{inputs,0,facets}', '[]'));
SELECT ingest(t.event('10:00', '{"dataset": {"namespace": "db"}}'));
SELECT ingest(t.event('10:00', '{"dataset": {"namespace": "db", "name": ""}}'));
SELECT ingest(t.event('10:00', '{"dataset": 5}'));
-- Times nobody can read, or that do not exist.
SELECT ingest(t.instead('{eventTime}', '""'));
SELECT ingest(t.instead('{eventTime}', '"yesterday"'));
SELECT ingest(t.instead('{eventTime}', '"2026-02-30T10:00:00Z"'));
SELECT ingest(t.instead('{eventTime}', '"2026-13-01T10:00:00Z"'));
SELECT ingest(t.instead('{eventTime}', '"2026-01-05T25:00:00Z"'));
SELECT ingest(t.instead('{eventTime}', '"999999-01-05T10:00:00Z"'));
SELECT ingest(t.instead('{eventTime}', '"infinity"'));
SELECT ingest(t.instead('{eventTime}', '"2026-01-05T10:00:00+99:00"'));
SELECT ingest(t.instead('{eventTime}', '1767607200'));
SELECT ingest(t.instead('{eventTime}', '{}'));
-- Too deep.
SELECT ingest(repeat('[', 10000) || repeat(']', 10000));
SELECT ingest(t.instead('{job,facets}', '{"x": 0}')::text || repeat('[', 100000));
SELECT ingest(replace(t.run_event('START', '10:00', 1, 'load', run_facets => '{"x_deep": {"v": 12345}}'), '12345', repeat('{"a":', 10000) || '1' || repeat('}', 10000)));
-- One bad event of an array: none is kept.
SELECT ingest(format('[%s, %s]', t.run_event('START', '10:00', 1, 'load'), '{"job": 1}'));
-- NULL is no event, an empty array is none.
SELECT ingest(NULL::text);
SELECT ingest('[]');
SELECT count(*) FROM event;
SELECT count(*) FROM node;
SELECT count(*) FROM namespace;

-- Job events, as nothing says that they are of a run.
SELECT ingest((t.without('{run}')::jsonb - 'eventType' - 'schemaURL')::text);
SELECT ingest((t.without('{run}')::jsonb || '{"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"}')::text);

ROLLBACK;
