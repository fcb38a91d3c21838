-- Bodies of events are stored packed and come back byte for byte; damage is told, and templates go with their events.
\getenv input PG_ABS_SRCDIR
\set words :input '/test/lib/events.psql'
\set ON_ERROR_ROLLBACK on
\set VERBOSITY sqlstate
BEGIN;
\set ECHO none
\i :words
-- The SQLSTATE of a query, or what it says.
CREATE FUNCTION t.try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer  text;
BEGIN
    EXECUTE query INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
CREATE FUNCTION t.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END
$$;
GRANT USAGE ON SCHEMA t TO PUBLIC;
-- An event of a job with a body of some kB, of which little changes from run to run.
CREATE FUNCTION t.long(run int, clock text, job text, type text DEFAULT 'COMPLETE', seed text DEFAULT 'a', words int DEFAULT 60) RETURNS text IMMUTABLE
    RETURN t.run_event(type, clock, run, job, run_facets => jsonb_build_object('text', jsonb_build_object('words',
        (SELECT jsonb_agg(md5(type || seed || i)) FROM generate_series(1, words) AS i))));
CREATE VIEW t.stored AS
    SELECT n.name || ' ' || e.type AS event, e.template_id IS NOT NULL AS has_template,
           pg_column_size(e.packed) < event_bytes(e.packed) / 8 AS small, e.hash = hash128(event_body(e.packed, (SELECT t.packed FROM event_template AS t WHERE t.id = e.template_id))) AS same,
           e.event_time
      FROM event_store AS e JOIN node AS n ON n.id = e.node_id;
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- Every text comes back.
CREATE TABLE t.text AS
    SELECT * FROM (VALUES ('empty', ''), ('one', 'x'), ('ten bytes', '0123456789'), ('escapes', E'{"a": "\\u0000 \\" \\n"}\r\n\t'), ('unicode', repeat('表🙂é', 1000)),
                          ('spaces', repeat(' ', 100000)), ('a megabyte', (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 32768) AS i)),
                          ('20 megabytes', (SELECT string_agg(repeat(md5(i::text), 1 + i % 3), ',') FROM generate_series(1, 310000) AS i))) AS v (what, text);
CREATE TABLE t.template AS
    SELECT what, event_pack(text) AS packed FROM t.text WHERE octet_length(text) < 65536
    UNION ALL SELECT 'of words', event_pack(repeat('0123456789 spaces and words ', 2000));
SELECT x.what, octet_length(x.text), event_bytes(event_pack(x.text)) = octet_length(x.text), event_body(event_pack(x.text), NULL) = x.text,
       (SELECT bool_and(event_body(event_pack(x.text, p.packed), p.packed) = x.text) FROM t.template AS p),
       octet_length(event_pack(x.text)) <= octet_length(x.text) + 9
  FROM t.text AS x;
SELECT event_pack(NULL) IS NULL, event_body(NULL, NULL) IS NULL, event_bytes(NULL) IS NULL;
SELECT t.try($$SELECT event_pack('x', event_pack(repeat('x', 65536)))$$);

-- What is damaged is an error, or was of no consequence, at any byte and any length.
CREATE TABLE t.packed AS SELECT event_pack(t.long(1, '10:00', 'j', words => 5), p) AS packed, p AS template FROM event_pack(t.long(2, '10:01', 'j', words => 5)) AS p
    UNION ALL SELECT event_pack(t.long(1, '10:00', 'j', words => 5)), NULL UNION ALL SELECT event_pack('0123456789'), NULL;
SELECT bool_and(answer IN ('XX001', event_body(packed, template))), count(*) FILTER (WHERE answer = 'XX001') > count(*) * 0.95
  FROM (SELECT packed, template, t.try(format('SELECT event_body(%L, %L)', set_byte(packed, i, (get_byte(packed, i) + d) % 256), template)) AS answer
          FROM t.packed, generate_series(0, octet_length(packed) - 1) AS i, unnest(ARRAY[1, 2, 64, 128, 255]) AS d) AS c;
SELECT t.try(format('SELECT event_body(%L, %L)', substr(packed, 1, i), template)) AS error, count(*) > 0 FROM t.packed, generate_series(0, octet_length(packed) - 1) AS i GROUP BY 1;
SELECT t.try(format('SELECT event_body(%L, %L)', packed || '\x00'::bytea, template)) AS error, count(*) FROM t.packed GROUP BY 1;
SELECT t.try(format('SELECT event_body(%L, %L)', packed, other)) AS error, count(*) FROM t.packed, unnest(ARRAY[NULL, event_pack('another'), '\x'::bytea, '\x02']) AS other WHERE template IS NOT NULL GROUP BY 1;
-- Nor are a body of 4 GB out of some bytes, one that is no text, and a template that is packed itself.
SELECT t.try($$SELECT event_body('\x02ffffffff0000000000', NULL)$$), t.try($$SELECT event_body('\x020000ffff000000001f61', NULL)$$), t.try($$SELECT event_body('\x01000000011495f2e4ff', NULL)$$),
       t.try($$SELECT event_bytes('\x02')$$), t.try(format('SELECT event_body(%L, %L)', packed, packed)) FROM t.packed WHERE template IS NOT NULL;

-- The second of a job that repeats itself makes a template; START and COMPLETE that have little in common get one for both.
SELECT ingest(t.long(n, '10:0' || n, 'twice')) FROM generate_series(1, 5) AS n;
SELECT event, has_template, small, same FROM t.stored WHERE event LIKE 'twice%' ORDER BY event_time;
SELECT sum(ingest(t.long(n, to_char(time '11:00' + n * interval '2 min', 'HH24:MI'), 'both', 'START')) + ingest(t.long(n, to_char(time '11:01' + n * interval '2 min', 'HH24:MI'), 'both'))) FROM generate_series(11, 26) AS n;
SELECT event, count(*) FILTER (WHERE small), bool_and(same) FROM t.stored WHERE event LIKE 'both%' GROUP BY 1 ORDER BY 1;
SELECT n.name, count(*), array_agg(cardinality(t.made_of) ORDER BY t.id) FROM event_template AS t JOIN node AS n ON n.id = t.node_id GROUP BY 1 ORDER BY 1;
SELECT bool_and(e.hash = hash128(e.body)), sum(octet_length(e.body)) = sum(event_bytes(s.packed)) FROM event AS e JOIN event_store AS s ON s.event_time = e.event_time AND s.hash = e.hash;
-- A producer whose texts have nothing in common makes none, however many it sends.
SELECT sum(ingest(t.long(100 + n, to_char(time '14:00' + n * interval '1 min', 'HH24:MI'), 'random', seed => n::text, words => 20))) FROM generate_series(1, 60) AS n;
SELECT event, bool_or(has_template), count(*), bool_and(same) FROM t.stored WHERE event LIKE 'random%' GROUP BY 1;
-- Many kinds of texts make few.
SELECT sum(ingest(t.long(200 + n, to_char(time '15:00' + n * interval '1 min', 'HH24:MI'), 'kinds', seed => (n % 20)::text, words => 20))) FROM generate_series(1, 200) AS n;
SELECT count(*) <= 5, bool_and(octet_length(event_body(t.packed, NULL)) <= 60000) FROM event_template AS t JOIN node AS n ON n.id = t.node_id WHERE n.name = 'kinds';
SELECT bool_and(same) FROM t.stored;
-- Short ones and large ones are stored without.
SELECT sum(ingest(t.run_event('COMPLETE', '18:00', 300 + n, 'short')) + ingest(t.long(310 + n, '18:00', 'large', words => 3000))) FROM generate_series(1, 4) AS n;
SELECT bool_or(has_template), bool_and(same), count(*) FROM t.stored WHERE event ~ '^(short|large)';

-- What is rolled back leaves no template that later ones could refer to.
SELECT ingest(t.long(400, '19:00', 'undone'));
SAVEPOINT before;
SELECT sum(ingest(t.long(n, '19:01', 'undone'))) FROM generate_series(401, 404) AS n;
SELECT count(*) FROM event_template AS t JOIN node AS n ON n.id = t.node_id WHERE n.name = 'undone';
ROLLBACK TO before;
SELECT count(*) FROM event_template AS t JOIN node AS n ON n.id = t.node_id WHERE n.name = 'undone';
SELECT sum(ingest(t.long(n, '19:02', 'undone'))) FROM generate_series(405, 408) AS n;
SELECT count(*), count(*) FILTER (WHERE small), bool_and(same) FROM t.stored WHERE event LIKE 'undone%';

-- A template that is damaged is no reason to refuse events; those that were packed with it are lost.
SAVEPOINT before;
SELECT ingest(t.long(410 + n, '19:05', 'spoilt')) FROM generate_series(1, 3) AS n;
UPDATE event_template AS t SET packed = substr(packed, 1, 500) FROM node AS n WHERE n.id = t.node_id AND n.name = 'spoilt';
SELECT t.nothing();
SELECT sum(ingest(t.long(420 + n, '19:06', 'spoilt'))) FROM generate_series(1, 3) AS n;
SELECT right(e.run_id::text, 3), t.try(format('SELECT hash = hash128(body) FROM event WHERE hash = %L', e.hash)) FROM event_store AS e JOIN node AS n ON n.id = e.node_id WHERE n.name = 'spoilt' ORDER BY 1;
ROLLBACK TO before;

-- Who does not see the namespace sees neither its events nor its templates; a filter on bodies runs after the policy.
SELECT enable_rls();
SELECT ingest(replace(t.long(n, '19:10', 'mine'), '"sched"', '"mine"')) FROM generate_series(501, 503) AS n;
SELECT set_config('openlineage._claims', '{"iss": "i", "sub": "ann", "namespaces": {"read": ["mine"]}}', true) IS NOT NULL;
SET LOCAL ROLE openlineage_reader;
SELECT count(*), count(*) FILTER (WHERE body LIKE '%"mine"%'), count(DISTINCT namespace_id) FROM openlineage.event;
SELECT count(*), count(DISTINCT namespace_id) FROM openlineage.event_template;
SELECT count(*) FILTER (WHERE p ~ 'Filter: \(can_read\(namespace_id\)( AND .*event_body.*)?\)?$'), count(*) FILTER (WHERE p ~ 'event_body'), count(*) FILTER (WHERE p ~ 'event_default_node_idx'),
       count(*) FILTER (WHERE p ~ 'Seq Scan')
  FROM t.plan($$SELECT body FROM openlineage.event WHERE body LIKE '%x%' AND node_id = 1 AND event_time >= '2026-01-01'$$) AS p;
SELECT count(*) FILTER (WHERE p ~ 'event_template'), count(*) FILTER (WHERE p ~ 'event_default_run_idx')
  FROM t.plan($$SELECT event_time FROM openlineage.event WHERE run_id = '00000000-0000-4000-8000-000000000001' ORDER BY event_time, hash LIMIT 3$$) AS p;
RESET ROLE;
SELECT disable_rls();

-- A month that gets its partition takes events and templates along; those of other times keep theirs.
SELECT ingest(replace(t.long(600 + n, '20:00', 'twice'), '2026-01-05', '2026-02-0' || n)) FROM generate_series(1, 3) AS n;
SELECT openlineage.make_event_partition('2026-01-31');
SELECT s.tableoid::regclass, count(*), bool_and(t.partition = (SELECT relname FROM pg_class WHERE oid = s.tableoid)) FROM event_store AS s JOIN event_template AS t ON t.id = s.template_id GROUP BY 1 ORDER BY 1;
SELECT bool_and(same) FROM t.stored;
SELECT count(*) FROM event_template AS t WHERE NOT EXISTS (SELECT FROM event_store AS s WHERE s.template_id = t.id);
SELECT sum(ingest(t.long(n, '20:10', 'twice'))) FROM generate_series(610, 613) AS n;
SELECT s.tableoid::regclass, count(*), count(DISTINCT template_id) FROM event_store AS s JOIN node AS n ON n.id = s.node_id WHERE n.name = 'twice' GROUP BY 1 ORDER BY 1;

-- A run of one job that an event of another names: with the run goes the text, also out of the template of the other.
SELECT ingest(t.long(701, '20:21', 'guest')), ingest(t.long(700, '20:20', 'guest')), ingest(t.long(702, '20:22', 'guest')), ingest(t.long(700, '20:19', 'owner'));
SELECT t.label(r.job_id), t.label(e.node_id), t.label(t.node_id), event_body(t.packed, NULL) = e.body AS holds_it
  FROM run AS r JOIN event AS e ON e.run_id = r.id AND e.event_time > r.created_at JOIN event_template AS t ON t.made_of = ARRAY[e.hash] WHERE r.id::text = t.run_id(700);
SELECT event, has_template, same FROM t.stored WHERE event ~ '^(owner|guest)' ORDER BY event_time;
SELECT openlineage.purge_job('sched', 'owner');
SELECT event, has_template, same FROM t.stored WHERE event ~ '^(owner|guest)' ORDER BY event_time;
SELECT count(*) FROM event_template AS t WHERE t.node_id = (SELECT n.id FROM node AS n WHERE n.name = 'guest');
-- Purged jobs and namespaces take theirs along.
SELECT openlineage.purge_job('sched', 'twice') IS NOT NULL;
SELECT count(*) FROM event_template AS t JOIN node AS n ON n.id = t.node_id WHERE n.name = 'twice';
SELECT openlineage.purge_namespace('mine') IS NOT NULL;
SELECT count(*) FROM event_template AS t WHERE NOT EXISTS (SELECT FROM node AS n WHERE n.id = t.node_id) OR NOT EXISTS (SELECT FROM event_store AS s WHERE s.template_id = t.id);
SELECT count(*) > 0, bool_and(same) FROM t.stored;

-- Retention: templates go with the last event that refers to them, or with the partition.
SELECT sum(ingest(replace(t.long(n, '21:00', 'old'), '2026-01-05', '2001-01-' || n - 790))) FROM generate_series(801, 806) AS n;
SELECT count(*) FROM event_template AS t JOIN node AS n ON n.id = t.node_id WHERE n.name = 'old';
SELECT openlineage.retain_part('event', 'event_time < $1', '2001-01-14', 100);
SELECT count(*), (SELECT bool_and(same) FROM t.stored WHERE event LIKE 'old%') FROM event_template AS t JOIN node AS n ON n.id = t.node_id WHERE n.name = 'old';
SELECT openlineage.retain_part('event', 'event_time < $1', '2001-02-01', 100);
SELECT count(*) FROM event_template AS t JOIN node AS n ON n.id = t.node_id WHERE n.name = 'old';
SELECT sum(ingest(replace(t.long(n, '21:00', 'old'), '2026-01-05', '2001-01-' || n - 790))) FROM generate_series(801, 806) AS n;
SELECT openlineage.make_event_partition('2001-01-01'), count(*) FROM event_template WHERE partition = 'event_2001_01';
SELECT count(*) FROM event_template WHERE partition = 'event_2001_01';
SELECT bool_or(what = 'partition event_2001_01') FROM openlineage.retain((now() - timestamptz '2002-01-01')::interval);
SELECT count(*) FROM event_template WHERE partition = 'event_2001_01';
SELECT sum(ingest(replace(t.long(n, '21:00', 'old'), '2026-01-05', '2001-01-' || n - 790))) FROM generate_series(801, 806) AS n;
SELECT count(*), bool_and(same) FROM t.stored WHERE event LIKE 'old%';

-- Nobody else makes room.
SET LOCAL ROLE openlineage_admin;
SELECT openlineage.lock_templates();
SELECT openlineage.drop_unused_templates('{1}');
DELETE FROM openlineage.event_template;
RESET ROLE;
ROLLBACK;

-- A transaction that keeps its first snapshot uses no template, and deletes none.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT openlineage.lock_templates();
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT openlineage.ingest(json_build_object('eventTime', '2026-01-05T10:00:00Z', 'eventType', 'START', 'run', json_build_object('runId', n), 'job', json_build_object('namespace', 'n', 'name', 'j'),
                                            'more', (SELECT json_agg(md5(i::text)) FROM generate_series(1, 50) AS i))::text) FROM generate_series(1, 3) AS n;
SELECT count(*) FROM openlineage.event_template;
SELECT count(template_id), count(*) FROM openlineage.event_store;
ROLLBACK;
