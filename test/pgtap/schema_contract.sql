-- What every object of the extension has to have.  A test names the objects that break its rule.
\set ON_ERROR_STOP on
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE TEMPORARY VIEW relation AS
    SELECT c.* FROM pg_class AS c WHERE c.relnamespace = 'openlineage'::regnamespace;
CREATE TEMPORARY VIEW routine AS
    SELECT p.*, l.lanname FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
     WHERE p.pronamespace = 'openlineage'::regnamespace;
-- An aggregate has no body, so nothing of its own to set a search_path for.
CREATE TEMPORARY VIEW body AS SELECT * FROM routine WHERE prokind <> 'a';
CREATE TEMPORARY VIEW data_type AS
    SELECT t.* FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
     WHERE t.typnamespace = 'openlineage'::regnamespace AND t.typelem = 0 AND (t.typrelid = 0 OR c.relkind = 'c');

SELECT cmp_ok((SELECT count(*) FROM relation WHERE relkind IN ('r', 'p')), '>=', 30::bigint, 'there are tables');
SELECT cmp_ok((SELECT count(*) FROM routine), '>=', 30::bigint, 'there are functions');
SELECT cmp_ok((SELECT count(*) FROM data_type), '>=', 5::bigint, 'there are types');

-- Comments.
-- A composite type has its comment as a type.
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND obj_description(oid, 'pg_class') IS NULL$$,
                'every table and view is commented');
SELECT is_empty($$SELECT c.oid::regclass, a.attname FROM relation AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND NOT c.relispartition AND col_description(c.oid, a.attnum) IS NULL$$,
                'every column is commented');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE obj_description(oid, 'pg_proc') IS NULL$$, 'every function is commented');
SELECT is_empty($$SELECT oid::regtype FROM data_type WHERE obj_description(oid, 'pg_type') IS NULL$$, 'every type is commented');
SELECT is_empty($$SELECT objid, description FROM pg_description AS d JOIN pg_class AS c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass, LATERAL (SELECT c.oid AS objid) AS o
                   WHERE c.relnamespace = 'openlineage'::regnamespace AND btrim(description) = ''$$, 'no comment is empty');
SELECT ok(obj_description(oid, 'pg_extension') IS NOT NULL, 'the extension is commented') FROM pg_extension WHERE extname = 'openlineage';

-- Functions.
-- These are called for every row, and a SET clause costs more than they do; what login() sets for the transaction would end with it.
SELECT is_empty($$SELECT oid::regprocedure FROM body
                   WHERE NOT EXISTS (SELECT FROM unnest(proconfig) AS s WHERE s = 'search_path=pg_catalog, pg_temp')
                     AND NOT (lanname = 'c' AND proname IN ('can_read', 'can_write', 'access_open', 'redact', 'namespaces', 'namespace_ids', 'sees_all', 'readable_ids', 'can_read_support', 'iso_time', 'version_uuid', 'login', 'event_pack', 'event_body', 'event_bytes'))$$, 'every function has a fixed search_path');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE prosecdef$$, 'no function is SECURITY DEFINER');
SELECT is_empty($$SELECT oid::regprocedure FROM body WHERE lanname NOT IN ('c', 'sql', 'plpgsql')$$, 'functions are C, SQL or PL/pgSQL');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE provolatile = 'v' AND proparallel = 's'$$, 'what changes something, or never says the same twice, is not parallel safe');
-- status() is volatile because what it looks at changes by itself; who logs in or out changes who he is.
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE provolatile = 'v' AND proname NOT IN ('status', 'server_status', 'login', 'logout', 'last_walk') AND has_function_privilege('public', oid, 'execute')$$,
                'nothing that changes something is executable by PUBLIC');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE proleakproof AND proname NOT IN ('hash128', 'can_read', 'can_write')$$,
                'only what never tells of its arguments is leakproof');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE proargtypes = '1009 114'::oidvector
                     AND (provolatile <> 's' OR prorettype <> 'json'::regtype OR proname NOT LIKE 'api\_%' OR NOT has_function_privilege('openlineage_reader', oid, 'execute'))$$,
                'functions of endpoints are STABLE, return json and may be called by readers');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE provolatile = 'i' AND lanname <> 'c' AND prosrc ~* '\m(from|join)\s+openlineage\.'$$,
                'what reads tables is not IMMUTABLE');
SELECT is(format('%s %s %s', provolatile, proparallel, proleakproof), 's s t', proname || ' is STABLE, PARALLEL SAFE and LEAKPROOF')
  FROM routine WHERE proname IN ('can_read', 'can_write') ORDER BY proname;

-- Tables and views.
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind = 'v' AND NOT coalesce(reloptions::text ~ 'security_invoker=(true|on|1)', false)$$,
                'every view is security_invoker');
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind IN ('m', 'f')$$, 'there is no materialized view and no foreign table');
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)$$,
                'row-level security is enabled and forced on every table');
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = relation.oid)$$,
                'every table has a policy');
-- Those that are of no namespace say themselves who reads them.
SELECT is_empty($$SELECT schemaname, tablename, policyname, qual FROM pg_policies WHERE schemaname = 'openlineage'
                     AND tablename NOT IN ('access_mode', 'grant_rule', 'access_change', 'tag', 'source_definition', 'issuer', 'issuer_key', 'api_key', 'audit', 'embedded_issuer', 'oauth_client', 'oauth_client_secret', 'signing_key', 'retention_mark')
                     AND (qual !~ '^(openlineage\.can_read\((\w+_)?(namespace_)?id\)|\(openlineage\.can_read\(\w+_namespace_id\) AND openlineage\.can_read\(\w+_namespace_id\)\)|\(openlineage\.can_read\(namespace_id\) AND openlineage\.can_read\(\w+_namespace_id\)\))$'
                          OR cmd <> 'SELECT' OR permissive <> 'PERMISSIVE' OR roles <> '{public}')$$,
                'policies let read what is of namespaces that may be read, and nothing else');
-- A row with two namespaces asks for both of them.
SELECT is_empty($$SELECT p.tablename, a.attname FROM pg_policies AS p JOIN pg_attribute AS a ON a.attrelid = format('openlineage.%I', p.tablename)::regclass
                   WHERE p.schemaname = 'openlineage' AND a.attname ~ '(^|_)namespace_id$' AND p.qual !~ ('can_read\(' || a.attname || '\)')$$,
                'policies ask for every namespace of the row');
-- Who may read a table of rows of a namespace needs the namespace on the row.
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind IN ('r', 'p') AND relname NOT IN ('access_mode', 'grant_rule', 'access_change', 'tag', 'source_definition', 'namespace', 'issuer', 'issuer_key', 'api_key', 'audit', 'embedded_issuer', 'oauth_client', 'oauth_client_secret', 'signing_key', 'retention_mark')
                     AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation.oid AND attname ~ '(^|_)namespace_id$')$$,
                'every row says its namespace');
SELECT is_empty($$SELECT c.oid::regclass, a.attname FROM relation AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname ~ '(^|_)namespace_id$'
                   WHERE c.relkind IN ('r', 'p') AND NOT a.attnotnull$$, 'and is never without one');
SELECT is_empty($$SELECT c.oid::regclass, g.privilege_type FROM relation AS c, aclexplode(c.relacl) AS g
                   WHERE c.relkind <> 'S' AND g.grantee = 0 AND NOT (c.relname = 'access_mode' AND g.privilege_type = 'SELECT')$$,
                'PUBLIC has no right on a table');
SELECT is_empty($$SELECT c.oid::regclass, g.grantee::regrole, g.privilege_type FROM relation AS c, aclexplode(c.relacl) AS g
                   WHERE g.grantee <> c.relowner AND g.grantee <> 0 AND g.privilege_type <> 'SELECT'
                     AND NOT (c.relname IN ('access_mode', 'grant_rule') AND g.grantee = 'openlineage_admin'::regrole AND g.privilege_type IN ('INSERT', 'DELETE'))
                     AND NOT (c.relname = 'audit' AND g.grantee = 'openlineage_worker'::regrole AND g.privilege_type = 'INSERT')$$,
                'others write no table, administrators the rules of access and who may come in');
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind IN ('r', 'p', 'v') AND relname NOT IN ('grant_rule', 'access_change', 'edge_change', 'issuer', 'issuer_key', 'api_key', 'audit', 'embedded_issuer', 'oauth_client', 'oauth_client_secret', 'signing_key')
                     AND NOT has_table_privilege('openlineage_reader', oid, 'select')$$,
                'readers may read every table and view but the rules of access and who may come in');
SELECT is_empty($$SELECT r, t FROM unnest(ARRAY['public', 'openlineage_reader', 'openlineage_writer', 'openlineage_worker']) AS r, unnest(ARRAY['grant_rule', 'access_change']) AS t
                   WHERE has_table_privilege(r, 'openlineage.' || t, 'select')$$, 'which they may not');
SELECT is_empty($$SELECT c.oid::regclass, r.rolname FROM relation AS c, pg_roles AS r WHERE c.relname IN ('issuer', 'issuer_key', 'api_key', 'audit', 'embedded_issuer', 'oauth_client', 'oauth_client_secret', 'signing_key') AND NOT r.rolsuper
                     AND r.rolname LIKE 'openlineage\_%' AND r.rolname <> 'openlineage_admin'
                     AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND (c.relname, a.attname) <> ('issuer', 'issuer')
                                    AND has_column_privilege(r.oid, c.oid, a.attnum, 'select'))$$, 'which administrators see');
SELECT is_empty($$SELECT a.attname, r.rolname FROM pg_attribute AS a, pg_roles AS r WHERE a.attrelid = 'openlineage.api_key'::regclass AND a.attname IN ('salt', 'hash')
                     AND NOT r.rolsuper AND has_column_privilege(r.oid, a.attrelid, a.attnum, 'select') AND r.rolname NOT LIKE 'pg\_%'$$, 'hashes of keys are seen by nobody');
SELECT is_empty($$SELECT c.oid::regclass, con.conname FROM pg_constraint AS con JOIN relation AS c ON c.oid = con.conrelid
                   WHERE con.contype IN ('p', 'u', 'f', 'c') AND con.conname !~ ('^' || c.relname || '_') AND NOT c.relispartition$$, 'constraints are named after their table');

-- Foreign keys form a DAG, self-references aside, and are indexed where rows are looked up by them.
SELECT is_empty($$WITH RECURSIVE arrow AS (
                      SELECT DISTINCT conrelid AS a, confrelid AS b FROM pg_constraint WHERE contype = 'f' AND connamespace = 'openlineage'::regnamespace AND conrelid <> confrelid),
                  way (a, b, path) AS (
                      SELECT a, b, ARRAY[a] FROM arrow
                      UNION ALL SELECT w.a, r.b, w.path || r.a FROM way AS w JOIN arrow AS r ON r.a = w.b WHERE r.a <> ALL (w.path))
                  SELECT DISTINCT a::regclass FROM way WHERE a = b$$, 'foreign keys form no circle');
SELECT cmp_ok((SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'openlineage'::regnamespace), '>', 20::bigint, 'there are foreign keys');
SELECT is_empty($$SELECT conrelid::regclass, conname FROM pg_constraint WHERE connamespace = 'openlineage'::regnamespace AND NOT convalidated$$, 'every constraint is validated');
SELECT is_empty($$SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND conrelid = 'openlineage.event_store'::regclass$$,
                'the parent of the event partitions has no key');
SELECT isnt_empty($$SELECT 1 FROM pg_constraint WHERE contype = 'u' AND conrelid = 'openlineage.event_default'::regclass$$, 'its partition has one');
SELECT is_empty($$SELECT indrelid::regclass FROM pg_index JOIN relation AS c ON c.oid = indrelid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (indkey)
                   WHERE c.relname IN ('namespace', 'node', 'source', 'dataset_field', 'facet_content') AND a.attname = 'name'$$, 'long names are not in indexes');

-- Dump and restore.
SELECT set_eq($$SELECT unnest(extconfig)::regclass FROM pg_extension WHERE extname = 'openlineage'$$,
              $$SELECT oid::regclass FROM relation WHERE relkind IN ('r', 'p', 'S') AND relname NOT IN ('entity_count', 'access_change', 'access_change_id_seq', 'edge_change', 'signing_key')$$, 'every table and sequence is dumped but what triggers fill, and private keys');
SELECT is_empty($$SELECT unnest(extcondition) FROM pg_extension WHERE extname = 'openlineage' EXCEPT SELECT ''$$, 'and dumped as a whole');
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = relation.oid AND d.classid = 'pg_class'::regclass
                      AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass) AND relkind IN ('r', 'p', 'v', 'S')$$, 'everything belongs to the extension');
SELECT is_empty($$SELECT c.oid::regclass, a.attname FROM relation AS c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'p') AND a.attidentity <> ''$$,
                'ids come from sequences of the extension, which are dumped');
SELECT is(extrelocatable, false, 'the extension is not relocatable') FROM pg_extension WHERE extname = 'openlineage';
SELECT is_empty($$SELECT oid::regclass FROM relation WHERE relkind = 'r' AND relpersistence <> 'p'$$, 'every table is logged');

-- Names other people rely on.
SELECT has_table('openlineage'::name, t::name) FROM unnest(ARRAY['namespace', 'node', 'dataset', 'dataset_version', 'dataset_field', 'job', 'job_version', 'run', 'run_io',
    'facet', 'edge', 'edge_history', 'column_edge', 'event_store', 'event_template', 'event_issue', 'event_count', 'quality_result', 'metric', 'tag', 'owner', 'source']) AS t;
SELECT has_view('openlineage'::name, 'event'::name);
SELECT columns_are('openlineage'::name, 'event'::name, ARRAY['event_time', 'hash', 'received_at', 'kind', 'type', 'namespace_id', 'node_id', 'run_id', 'principal', 'is_command', 'body']);
SELECT has_column('openlineage'::name, 'edge'::name, c::name, 'edge has ' || c) FROM unnest(ARRAY['src', 'dst', 'kind']) AS c;
SELECT has_function('openlineage'::name, 'ingest'::name, ARRAY[a]) FROM unnest(ARRAY['json', 'jsonb', 'text']) AS a;
SELECT function_returns('openlineage'::name, 'ingest'::name, ARRAY[a], 'integer') FROM unnest(ARRAY['json', 'jsonb', 'text']) AS a;
SELECT has_function('openlineage'::name, f::name, f || '() is there') FROM unnest(ARRAY['ingest_batch', 'lineage', 'impact', 'impact_count', 'column_lineage', 'status',
    'start_server', 'stop_server', 'enable_rls', 'disable_rls', 'state_export', 'hash128', 'can_read', 'can_write']) AS f;
SELECT is((SELECT array_agg(n ORDER BY o) FROM routine, unnest(proargnames, proargmodes) WITH ORDINALITY AS u (n, m, o) WHERE m = 't' AND routine.oid = f.oid),
          ARRAY['node', 'kind', 'namespace', 'name', 'distance', 'predecessor'], f.oid::regprocedure || ' has the columns of the design')
  FROM routine AS f WHERE proname IN ('lineage', 'impact');
SELECT ok((SELECT array_agg(n) FROM unnest(proargnames, proargmodes) AS u (n, m) WHERE m = 't') @> ARRAY['field', 'transformation'], oid::regprocedure || ' adds field and transformation')
  FROM routine WHERE proname = 'column_lineage';
SELECT has_role(r::name) FROM unnest(ARRAY['openlineage_reader', 'openlineage_writer', 'openlineage_admin', 'openlineage_worker']) AS r;
SELECT is_empty($$SELECT rolname FROM pg_roles WHERE rolname LIKE 'openlineage\_%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)$$,
                'the roles have no powers of their own');
SELECT is((SELECT rolcanlogin::text || rolconnlimit FROM pg_roles WHERE rolname = 'openlineage_worker'), 'true0', 'the worker''s role takes no connections');
SELECT is((SELECT rolpassword FROM pg_authid WHERE rolname = 'openlineage_worker'), NULL, 'and has no password');

-- A search_path of the installing user captures nothing.
CREATE SCHEMA trap;
CREATE FUNCTION trap.sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE FUNCTION trap.nextval(regclass) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE FUNCTION trap.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE FUNCTION trap.is_same(text, name) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE FUNCTION trap.is_same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE FUNCTION trap.is_same(int, int) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE FUNCTION trap.is_same(anyenum, anyenum) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'captured'; END$$;
CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = name, FUNCTION = trap.is_same);
CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.is_same);
CREATE OPERATOR trap.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.is_same);
CREATE OPERATOR trap.= (LEFTARG = int, RIGHTARG = int, FUNCTION = trap.is_same);
CREATE OPERATOR trap.= (LEFTARG = anyenum, RIGHTARG = anyenum, FUNCTION = trap.is_same);
SELECT lives_ok($$
    DROP EXTENSION openlineage CASCADE;
    SET LOCAL search_path = trap, pg_catalog, public;
    CREATE EXTENSION openlineage;
    SET LOCAL search_path = public$$, 'objects before pg_catalog in search_path do not reach the install script');
SELECT lives_ok($$
    SET LOCAL search_path = trap, pg_catalog, public;
    SELECT openlineage.ingest('{"eventTime":"2026-01-05T10:00:00Z","eventType":"COMPLETE","run":{"runId":"00000000-0000-4000-8000-000000000001"},
        "job":{"namespace":"n","name":"j"},"inputs":[{"namespace":"n","name":"a","facets":{"symlinks":{"identifiers":[{"namespace":"n","name":"b"}]},"schema":{"fields":[{"name":"c"}]}}}],"outputs":[{"namespace":"n","name":"o"}]}');
    SELECT count(*) FROM openlineage.lineage('job:n:j');
    SELECT count(*) FROM openlineage.column_lineage('dataset:n:o');
    SELECT count(*) FROM openlineage.state_export();
    SET LOCAL search_path = public$$, 'nor ingest and the questions');
SET search_path = public;

SELECT * FROM finish();
ROLLBACK;
