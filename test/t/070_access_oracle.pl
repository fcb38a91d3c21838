# Random callers ask random questions; what they get is what a superuser finds by filtering the raw tables
# with rules told in another way: not a row more, not a row fewer, no hidden name.  And the test would
# notice: with one policy removed it fails.
# Here callers are claims that a superuser sets, and the tables themselves are compared; tokens, HTTP and every route
# are in test/auth/test_access_oracle.py.
#
# OL_ACCESS_CASES=10000 for the long form.
use strict;
use warnings;
use OpenLineage::Cluster;
use Test::More;

my $cases = $ENV{OL_ACCESS_CASES} || 400;
my $seed = $ENV{OL_ACCESS_SEED} || 1 + int rand 1e6;
my $node = OpenLineage::Cluster->new('oracle')->init;
$node->start;
$node->create_database('lineage');

# 24 namespaces, each with a mark of its own in every name; jobs read and write anywhere.
$node->safe_psql('lineage', <<"SQL");
SELECT setseed($seed / 1e6);
CREATE ROLE analyst IN ROLE openlineage_reader;
CREATE ROLE team IN ROLE openlineage_reader;
CREATE ROLE member IN ROLE team;
CREATE TABLE public.space AS SELECT g AS id, (ARRAY['prod', 'test', 'db'])[1 + g % 3] || '-q' || chr(97 + g) || 'q' AS name FROM generate_series(0, 23) AS g;
CREATE FUNCTION public.some(n int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::int';
CREATE FUNCTION public.a_dataset() RETURNS jsonb LANGUAGE plpgsql VOLATILE AS \$\$
DECLARE
	i int := public.some(24);
	n text := (SELECT name FROM public.space WHERE id = i);
BEGIN
	RETURN jsonb_build_object('namespace', n, 'name', 'd' || public.some(6) || n, 'facets', jsonb_build_object(
		'schema', jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'c' || n))),
		'dataSource', jsonb_build_object('name', 's' || n, 'uri', 'x://' || n),
		'tags', jsonb_build_object('tags', jsonb_build_array(jsonb_build_object('key', 't' || n))),
		'ownership', jsonb_build_object('owners', jsonb_build_array(jsonb_build_object('name', 'o' || n)))));
END
\$\$;
DO \$\$
BEGIN
	FOR i IN 1 .. 400 LOOP
		DECLARE
			n text := (SELECT name FROM public.space WHERE id = i % 24);
			r text := gen_random_uuid()::text;
			a jsonb := public.a_dataset();
			b jsonb := public.a_dataset();
		BEGIN
			PERFORM openlineage.ingest(jsonb_build_object('eventTime', '2026-01-05T10:00:00Z'::timestamptz + i * interval '1 minute', 'eventType', (ARRAY['START', 'COMPLETE', 'FAIL'])[1 + i % 3],
				'run', jsonb_build_object('runId', r, 'facets', CASE WHEN i % 5 = 0 THEN jsonb_build_object('parent', jsonb_build_object('run', jsonb_build_object('runId', gen_random_uuid()),
					'job', jsonb_build_object('namespace', (SELECT name FROM public.space WHERE id = (i * 7) % 24), 'name', 'p' || (SELECT name FROM public.space WHERE id = (i * 7) % 24)))) ELSE '{}' END),
				'job', jsonb_build_object('namespace', n, 'name', 'j' || i % 60 || n), 'inputs', jsonb_build_array(a),
				'outputs', jsonb_build_array(jsonb_set(b, '{facets,columnLineage}', jsonb_build_object('fields', jsonb_build_object('c' || (b ->> 'namespace'), jsonb_build_object('inputFields',
					jsonb_build_array(jsonb_build_object('namespace', a ->> 'namespace', 'name', a ->> 'name', 'field', 'c' || (a ->> 'namespace'))))))))));
		END;
	END LOOP;
END
\$\$;
SELECT openlineage.enable_rls();
SQL

# The rules told again: LIKE for patterns, a join for grants.
$node->safe_psql('lineage', <<'SQL');
CREATE TABLE public.wrong (said text);
CREATE FUNCTION public.a_pattern() RETURNS text LANGUAGE sql VOLATILE AS
$$SELECT CASE public.some(9) WHEN 0 THEN 'prod-*' WHEN 1 THEN 'db*' WHEN 2 THEN '*-q' || chr(97 + public.some(24)) || '*' WHEN 3 THEN 'nowhere*' WHEN 4 THEN CASE WHEN public.some(6) = 0 THEN '*' ELSE 'x' END
         ELSE (SELECT s.name FROM public.space AS s, (SELECT public.some(24) AS i OFFSET 0) AS r WHERE s.id = r.i) END$$;
CREATE FUNCTION public.some_patterns() RETURNS json LANGUAGE sql VOLATILE AS
$$SELECT COALESCE(json_agg(public.a_pattern()), '[]') FROM generate_series(1, public.some(4))$$;
CREATE FUNCTION public.allowed(claims json, who text) RETURNS int[] LANGUAGE sql STABLE AS $$
	WITH pattern AS (
		SELECT p FROM json_array_elements_text(claims -> 'namespaces' -> 'read') AS p
		UNION SELECT p FROM json_array_elements_text(claims -> 'namespaces' -> 'write') AS p
		UNION SELECT g.namespace_pattern FROM openlineage.grant_rule AS g
		 WHERE (g.issuer IS NULL OR g.issuer = claims ->> 'iss') AND (g.principal_kind = 'user' AND g.principal = claims ->> 'sub' OR g.principal_kind = 'client' AND g.principal = claims ->> 'client_id'
		    OR g.principal_kind = 'role' AND g.principal IN (SELECT json_array_elements_text(claims -> 'roles')) OR g.principal_kind = 'scope' AND g.principal IN (SELECT json_array_elements_text(claims -> 'scopes')))
		UNION SELECT g.namespace_pattern FROM openlineage.grant_rule AS g WHERE g.principal_kind = 'database_role' AND (g.principal = who OR g.principal = 'team' AND who = 'member'))
	SELECT COALESCE(array_agg(DISTINCT n.id), '{}') FROM openlineage.namespace AS n
	 WHERE (claims -> 'scopes')::jsonb ? 'admin' OR EXISTS (SELECT FROM pattern WHERE n.name LIKE replace(replace(p, '_', '\_'), '*', '%'))$$;
CREATE FUNCTION public.digest(relation text, condition text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('SELECT count(*) || md5(COALESCE(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C"), '''')) FROM openlineage.%I AS t WHERE %s', relation, condition) INTO found;
	RETURN found;
END
$$;
-- The condition of each table: all its columns of namespaces.
CREATE TABLE public.condition AS
	SELECT c.relname::text AS relation, string_agg(format('t.%I = ANY ($allowed)', a.attname), ' AND ') AS condition
	  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND (a.attname ~ '(^|_)namespace_id$' OR c.relname = 'namespace' AND a.attname = 'id')
	 WHERE c.relnamespace = 'openlineage'::regnamespace AND (c.relkind IN ('r', 'p') OR c.relname = 'event') AND has_table_privilege('openlineage_reader', c.oid, 'select') GROUP BY 1;
-- Walk downstream, by the raw tables.
CREATE FUNCTION public.walked(start int, allowed int[]) RETURNS text LANGUAGE sql STABLE AS $$
	WITH RECURSIVE e AS (SELECT src, dst FROM openlineage.edge WHERE kind = 'data' AND src_namespace_id = ANY (allowed) AND dst_namespace_id = ANY (allowed)),
	w (id, distance) AS (SELECT start, 0 UNION SELECT e.dst, w.distance + 1 FROM w JOIN e ON e.src = w.id WHERE w.distance < 40),
	f AS (SELECT id, min(distance) AS distance FROM w GROUP BY 1)
	SELECT COALESCE(string_agg(n.name || f.distance, ' ' ORDER BY f.distance, n.name COLLATE "C", n.kind), '') FROM f JOIN openlineage.node AS n USING (id) WHERE id <> start$$;
CREATE FUNCTION public.answer(question text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	found text;
BEGIN
	EXECUTE question INTO found;
	RETURN found;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || regexp_replace(SQLERRM, 'd\d[a-z]+-q.q|[a-z]+-q.q', '…', 'g');
END
$$;
GRANT SELECT ON public.condition TO PUBLIC;
CREATE PROCEDURE public.run_cases(n int) LANGUAGE plpgsql AS $$
DECLARE
	claims   json;
	allowed  int[];
	who      text;
	asked    text;
	wanted   text;
	got      text;
	hidden   text;
	d        record;
	-- event is what producers wrote, as the tables are, and asked with them.
	views    text[] := ARRAY(SELECT relname FROM pg_class WHERE relnamespace = 'openlineage'::regnamespace AND relkind = 'v' AND relname <> 'event');
	lists    text[] := '{api_events,api_jobs,api_namespaces,api_sources,api_search,api_search_jobs,api_search_datasets,api_issues,api_stats_events,api_stats_jobs,api_stats_datasets,api_stats_sources}';
BEGIN
	FOR i IN 1 .. n LOOP
		-- Rules change now and then, in both directions.
		IF public.some(4) = 0 THEN
			PERFORM openlineage.grant_namespace((ARRAY['user', 'client', 'role', 'scope', 'database_role'])[k], CASE k WHEN 1 THEN (ARRAY['ann', 'bob'])[1 + public.some(2)] WHEN 2 THEN 'bi' WHEN 3 THEN 'dev'
					WHEN 4 THEN 'lineage:read' ELSE (ARRAY['team', 'analyst'])[1 + public.some(2)] END, public.a_pattern(), (ARRAY['read', 'write'])[1 + public.some(2)], CASE WHEN k < 5 AND public.some(3) = 0 THEN 'https://b' END)
			   FROM (SELECT 1 + public.some(5) AS k OFFSET 0) AS r;
			DELETE FROM openlineage.grant_rule WHERE random() < 0.2;
		END IF;
		claims := json_build_object('iss', 'https://' || (ARRAY['a', 'b'])[1 + public.some(2)], 'sub', (ARRAY['ann', 'bob', 'eve'])[1 + public.some(3)], 'client_id', (ARRAY['bi', 'x', NULL])[1 + public.some(3)],
			'scopes', (ARRAY['[]', '["lineage:read"]', '["lineage:read","models:read"]', '["admin"]', '[]', '[]', '[]', '[]'])[1 + public.some(8)]::json, 'roles', (ARRAY['[]', '["dev"]'])[1 + public.some(2)]::json,
			'namespaces', json_build_object('read', public.some_patterns(), 'write', public.some_patterns()));
		who := (ARRAY['analyst', 'team', 'member', 'openlineage_reader'])[1 + public.some(4)];
		allowed := public.allowed(claims, who);
		hidden := COALESCE((SELECT string_agg(substring(name FROM '-(q.q)'), '|') FROM openlineage.namespace WHERE id <> ALL (allowed)), '^no mark$');
		SELECT n.id, n.name, s.name AS space, s.id = ANY (allowed) AS seen INTO d FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id
		 WHERE n.kind = 'dataset' AND n.canonical_id IS NULL ORDER BY random() LIMIT 1;
		CASE public.some(8)
		WHEN 0, 1, 2 THEN
			SELECT format('public.digest(%L, %%L)', c.relation), public.digest(c.relation, replace(c.condition, '$allowed', quote_literal(allowed)))
			  INTO asked, wanted FROM public.condition AS c ORDER BY random() LIMIT 1;
			asked := 'SELECT ' || format(asked, 'true');
		WHEN 3 THEN
			asked := format('SELECT COALESCE(string_agg(name || distance, '' '' ORDER BY distance, name COLLATE "C", kind), '''') FROM openlineage.impact(%L, %L)', d.space, d.name);
			wanted := public.walked(d.id, allowed);
		WHEN 4 THEN
			asked := 'SELECT openlineage.entity_total(''dataset'') || '' '' || openlineage.entity_total(''job'') || '' '' || openlineage.entity_total(''source'')';
			wanted := (SELECT count(*) FROM openlineage.dataset WHERE namespace_id = ANY (allowed)) || ' ' || (SELECT count(*) FROM openlineage.job WHERE namespace_id = ANY (allowed))
				|| ' ' || (SELECT count(*) FROM openlineage.source WHERE namespace_id = ANY (allowed));
		WHEN 5 THEN
			asked := format('SELECT string_agg(r ->> ''name'', '' '' ORDER BY (r ->> ''name'') COLLATE "C") FROM json_array_elements(openlineage.api_search(''{}'', ''{"q": ["d%s"], "limit": ["1000"], "filter": ["DATASET"]}'') -> ''results'') AS r', left(d.name, 3));
			asked := replace(asked, '["d' || left(d.name, 3), '["' || left(d.name, 3));
			wanted := (SELECT string_agg(name, ' ' ORDER BY name COLLATE "C") FROM openlineage.node WHERE kind = 'dataset' AND canonical_id IS NULL AND namespace_id = ANY (allowed) AND name ILIKE '%' || left(d.name, 3) || '%');
		WHEN 6 THEN
			-- No list, view or answer tells a hidden name.
			IF public.some(2) = 0 THEN
				asked := format('SELECT string_agg(v::text, '' '') FROM openlineage.%I AS v', views[1 + public.some(cardinality(views))]);
			ELSE
				asked := format('SELECT openlineage.%I(''{}'', ''{"q": ["q"], "limit": ["1000"], "period": ["DAY"]}'')::text', lists[1 + public.some(cardinality(lists))]);
			END IF;
			wanted := NULL;
		ELSE
			asked := format('SELECT openlineage.%s', (ARRAY[format('api_dataset(%L, ''{}'')', ARRAY[d.space, d.name]), format('api_lineage(''{}'', %L)', json_build_object('nodeId', ARRAY['dataset:' || d.space || ':' || d.name])),
				format('api_column_lineage(''{}'', %L)', json_build_object('nodeId', ARRAY['dataset:' || d.space || ':' || d.name])), format('api_dataset_versions(%L, ''{}'')', ARRAY[d.space, d.name])])[1 + public.some(4)]);
			wanted := NULL;
		END CASE;
		PERFORM set_config('openlineage._claims', claims::text, false);
		PERFORM set_config('openlineage.graph_gear', (ARRAY['auto', '1', '2', '3'])[1 + public.some(4)], false);
		EXECUTE format('SET ROLE %I', who);
		got := public.answer(asked);
		-- A hidden name is answered like one that is nowhere.
		IF NOT d.seen AND position(d.space IN asked) > 0 THEN
			wanted := public.answer(replace(replace(asked, d.name, 'd9zz-qzq'), d.space, 'zz-qzq'));
		END IF;
		RESET ROLE;
		PERFORM set_config('openlineage._claims', '', false);
		IF wanted IS NULL AND asked !~ '"filter"' AND got ~ ('-(' || hidden || ')') THEN
			INSERT INTO public.wrong VALUES (format('%s as %s with %s tells of %s: %s', asked, who, claims, hidden, (SELECT string_agg(m[1], ' … ') FROM regexp_matches(got, '(.{0,160}-(?:' || hidden || ').{0,40})', 'g') AS m)));
		ELSIF wanted IS NOT NULL AND got IS DISTINCT FROM wanted THEN
			INSERT INTO public.wrong VALUES (format('%s as %s with %s (%s, grants %s): got %s, wanted %s', asked, who, claims, allowed, (SELECT json_agg(g) FROM openlineage.grant_rule AS g), left(got, 600), left(wanted, 600)));
		END IF;
	END LOOP;
END
$$;
SQL

sub wrong
{
	my ($n) = @_;
	$node->safe_psql('lineage', "TRUNCATE public.wrong; SELECT setseed($seed / 1e6); CALL public.run_cases($n)");
	return $node->safe_psql('lineage', 'SELECT count(*) FROM public.wrong');
}
is(wrong($cases), 0, "$cases cases, seed $seed: neither more nor fewer rows than a filter of the raw tables")
  or diag($node->safe_psql('lineage', q{SELECT left(said, 60), count(*) FROM public.wrong GROUP BY 1; SELECT left(said, 2500) FROM public.wrong LIMIT 3}));

# The test notices.
for my $table (qw(edge node dataset))
{
	$node->safe_psql('lineage', "CREATE POLICY more ON openlineage.$table FOR SELECT USING (true)");
	cmp_ok(wrong(400), '>', 0, "rows of $table that all may read are noticed");
	$node->safe_psql('lineage', "DROP POLICY more ON openlineage.$table");
}
done_testing();
