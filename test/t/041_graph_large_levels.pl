# Levels of thousands of nodes: every gear gives the same rows in the same order, and as many as are counted, for callers
# who see everything, much and little, while the graph in memory is as it was read and when much has changed since.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('large', conf => { shared_preload_libraries => 'openlineage', autovacuum => 'off', jit => 'off' });
$node->init->start;
$node->create_database('lineage');

# 14,000 nodes in 40 namespaces, steps of jobs and hidden nodes among them.  Node 1 leads to 4,000, node 2 is led to by as many;
# the rest is drawn, mostly from lower to higher numbers.  Columns the same, with some that stand for a whole dataset.
$node->safe_psql('lineage', <<'SQL');
CREATE SCHEMA t;
SELECT setseed(0.25);
INSERT INTO openlineage.namespace (id, name, created_at, updated_at) SELECT g, 's' || g, now(), now() FROM generate_series(1, 40) AS g;
INSERT INTO openlineage.node (id, kind, namespace_id, name)
SELECT g, (CASE g % 2 WHEN 0 THEN 'dataset' ELSE 'job' END)::openlineage.node_kind, CASE WHEN g < 3 THEN 1 ELSE 1 + g % 40 END, 'n' || g FROM generate_series(1, 14000) AS g;
INSERT INTO openlineage.dataset (node_id, namespace_id, created_at) SELECT id, namespace_id, now() FROM openlineage.node WHERE kind = 'dataset';
INSERT INTO openlineage.job (node_id, namespace_id, created_at) SELECT id, namespace_id, now() FROM openlineage.node WHERE kind = 'job';
INSERT INTO openlineage.node (id, kind, namespace_id, name, job_id, target_id)
SELECT 14000 + g, 'step', j.namespace_id, j.name, j.id, 2 * g FROM generate_series(1, 300) AS g JOIN openlineage.node AS j ON j.id = 7001 + g - g % 2;
SELECT setval('openlineage.node_id_seq', 20000);
INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind) SELECT id, namespace_id, kind FROM openlineage.node WHERE id % 97 = 5 AND id <= 14000;
CREATE PROCEDURE t.edges(n int) LANGUAGE sql AS $$
    INSERT INTO openlineage.edge
    SELECT a.id, b.id, (CASE WHEN random() < 0.9 THEN 'data' WHEN random() < 0.5 THEN 'derives' ELSE 'control' END)::openlineage.edge_kind,
           a.namespace_id, b.namespace_id, now()
      FROM (SELECT CASE WHEN random() < 0.05 THEN b ELSE a END AS a, CASE WHEN random() < 0.05 THEN a ELSE b END AS b
              FROM (SELECT 3 + (random() * 14296)::int AS a, 3 + (random() * 14296)::int AS b FROM generate_series(1, n)) AS r WHERE a < b) AS r
      JOIN openlineage.node AS a ON a.id = r.a JOIN openlineage.node AS b ON b.id = r.b
    ON CONFLICT DO NOTHING;
$$;
CALL t.edges(60000);
INSERT INTO openlineage.edge SELECT 1, n.id, 'data', 1, n.namespace_id, now() FROM openlineage.node AS n WHERE n.id BETWEEN 3 AND 4002;
INSERT INTO openlineage.edge SELECT n.id, 2, 'data', n.namespace_id, 1, now() FROM openlineage.node AS n WHERE n.id BETWEEN 10001 AND 14000;
INSERT INTO openlineage.dataset_field (id, dataset_id, namespace_id, name)
SELECT 2 * n.id + c, n.id, n.namespace_id, 'c' || c FROM openlineage.node AS n, generate_series(1, 3) AS c WHERE n.kind = 'dataset';
INSERT INTO openlineage.dataset_field (id, dataset_id, namespace_id, name)
SELECT 40000 + n.id, n.id, n.namespace_id, '' FROM openlineage.node AS n WHERE n.kind = 'dataset' AND n.id % 50 = 0;
SELECT setval('openlineage.dataset_field_id_seq', 60000);
CREATE PROCEDURE t.column_edges(n int, hubs boolean) LANGUAGE sql AS $$
    INSERT INTO openlineage.column_edge
    SELECT a.id, b.id, 1, b.dataset_id, a.namespace_id, b.namespace_id, false, '[]'
      FROM (SELECT random() AS a, random() AS b FROM generate_series(1, n)) AS r
      JOIN openlineage.dataset_field AS a ON a.id = CASE WHEN r.a < 0.3 THEN 5 ELSE 4 + (least(r.a, r.b) * 28000)::int END
      JOIN openlineage.dataset_field AS b ON b.id = CASE WHEN hubs AND r.b < 0.002 THEN 40100 ELSE 4 + (greatest(r.a, r.b) * 28000)::int END
    ON CONFLICT DO NOTHING;
$$;
CALL t.column_edges(40000, false);
DELETE FROM openlineage.dataset_field WHERE id > 40000;

-- Rows of a walk and the gear that made them.
CREATE TYPE t.told AS (gear int, visited bigint, rows text);
CREATE FUNCTION t.walk(wanted text, start int[], direction text, kinds text) RETURNS t.told STABLE LANGUAGE plpgsql AS $$
DECLARE
    told t.told;
BEGIN
    PERFORM set_config('openlineage.graph_gear', wanted, false);
    IF kinds = 'columns' THEN
        SELECT md5(string_agg(w::text, ' ')) INTO told.rows FROM openlineage.walk_columns(start, NULL, direction) AS w;
    ELSE
        SELECT md5(string_agg(w::text, ' ')) INTO told.rows FROM openlineage.walk(start, NULL, direction, NULL, kinds::openlineage.edge_kind[]) AS w;
    END IF;
    SELECT l.gear, l.visited INTO told.gear, told.visited FROM openlineage.last_walk() AS l;
    RETURN told;
END
$$;
CREATE FUNCTION t.question() RETURNS TABLE (start int[], direction text, kinds text) LANGUAGE sql AS $$
    SELECT s.start, d.direction, k.kinds
      FROM (VALUES (ARRAY[1, 5]), (ARRAY[2, 27999]), (ARRAY(SELECT g FROM generate_series(5, 14000, 90) AS g))) AS s(start),
           unnest(ARRAY['upstream', 'downstream', 'both', 'undirected']) AS d(direction), unnest(ARRAY['{data,derives}', '{data,control}', 'columns']) AS k(kinds)
$$;
-- How many were asked, told a large answer, told by gears 2 and 3, and told otherwise than gear 1 does.
CREATE FUNCTION t.compare() RETURNS TABLE (asked bigint, large bigint, two bigint, three bigint, differ bigint) STABLE LANGUAGE sql AS $$
    SELECT count(*), count(*) FILTER (WHERE (a.one).visited > 3000), count(*) FILTER (WHERE (a.two).gear = 2), count(*) FILTER (WHERE (a.three).gear = 3),
           count(*) FILTER (WHERE (a.one).gear <> 1 OR (a.two).rows IS DISTINCT FROM (a.one).rows OR (a.three).rows IS DISTINCT FROM (a.one).rows)
      FROM (SELECT t.walk('1', q.start, q.direction, q.kinds) AS one, t.walk('2', q.start, q.direction, q.kinds) AS two,
                   t.walk('3', q.start, q.direction, q.kinds) AS three FROM t.question() AS q) AS a
$$;
-- Counts that are not how many rows there are, of nodes that may be seen.
CREATE FUNCTION t.miscount() RETURNS bigint STABLE LANGUAGE plpgsql AS $$
DECLARE
    start text;
    counts bigint[];
    wrong bigint := 0;
BEGIN
    FOREACH start IN ARRAY ARRAY['job:s1:n1', 'job:s10:n9', 'datasetField:s1:n2:c1'] LOOP
        CONTINUE WHEN openlineage.resolve_node('job:s1:n1') IS NULL OR (start LIKE 'job%' AND openlineage.resolve_node(start) IS NULL);
        counts := '{}';
        FOR gear IN 1 .. 3 LOOP
            PERFORM set_config('openlineage.graph_gear', gear::text, false);
            counts := counts || openlineage.impact_count(start) || (SELECT count(*) FROM openlineage.impact(start));
        END LOOP;
        wrong := wrong + (SELECT count(DISTINCT c) - 1 FROM unnest(counts) AS c);
    END LOOP;
    RETURN wrong;
END
$$;
CREATE ROLE much IN ROLE openlineage_reader;
CREATE ROLE little IN ROLE openlineage_reader;
GRANT USAGE ON SCHEMA t TO PUBLIC;
SELECT openlineage.grant_namespace('database_role', 'much', 's' || g, 'read') FROM generate_series(1, 34) AS g;
SELECT openlineage.grant_namespace('database_role', 'little', 's' || g, 'read') FROM generate_series(1, 4) AS g;
SELECT openlineage.enable_rls();
VACUUM ANALYZE;
SQL

sub compare
{
	my ($role) = @_;
	return $node->safe_psql('lineage', "SET ROLE $role; SELECT asked, large, two, three, differ, t.miscount() FROM t.compare()");
}

sub compare_all
{
	my ($shown, @large) = @_;
	for my $role (qw(postgres much little))
	{
		my $least = shift @large;
		my ($asked, $large, $two, $three, @wrong) = split /\|/, compare($role);
		ok($asked == 36 && $large >= $least && $two == $three && $two >= 24, "$role, $shown: $large of $asked answers are large");
		is("@wrong", '0 0', "$role, $shown: all gears agree, and so do counts");
	}
	return;
}

compare_all('as read', 20, 20, 0);

# Gear 1 asks SQL where there is a policy that is not shipped; this one changes nothing.
is($node->safe_psql('lineage', <<'SQL'), 't|0', 'the index tells what SQL tells');
CREATE TEMP TABLE told AS SELECT * FROM t.question();
ALTER TABLE told ADD COLUMN by_index t.told, ADD COLUMN by_sql t.told;
GRANT ALL ON told TO much;
SET ROLE much;
UPDATE told SET by_index = t.walk('1', start, direction, kinds);
RESET ROLE;
CREATE POLICY more ON openlineage.edge AS RESTRICTIVE FOR SELECT USING (true);
CREATE POLICY more ON openlineage.node AS RESTRICTIVE FOR SELECT USING (true);
SET ROLE much;
UPDATE told SET by_sql = t.walk('1', start, direction, kinds);
RESET ROLE;
DROP POLICY more ON openlineage.edge;
DROP POLICY more ON openlineage.node;
SELECT count(*) = 36, count(*) FILTER (WHERE by_sql IS DISTINCT FROM by_index) FROM told;
SQL

# Distances, told by nothing of ours.
is($node->safe_psql('lineage', <<'SQL'), 't|t', 'distances are those of a recursive query');
SET openlineage.graph_gear = '3';
WITH RECURSIVE reach(id, distance) AS (
    SELECT 1, 0
     UNION
    SELECT e.dst, r.distance + 1 FROM reach AS r JOIN openlineage.edge AS e ON e.src = r.id AND e.kind <> 'control' WHERE r.distance < 12
), nearest AS (SELECT id, min(distance) AS distance FROM reach GROUP BY id)
SELECT count(*) > 9000, bool_and(n.distance IS NOT DISTINCT FROM w.distance) FROM nearest AS n FULL JOIN openlineage.walk(ARRAY[1], 12) AS w USING (id);
SQL

# Edges that came and went, nodes beyond those of the graph in memory, and columns that stand for a whole dataset.
$node->safe_psql('lineage', <<'SQL');
SELECT setseed(0.5);
DELETE FROM openlineage.edge WHERE random() < 0.03 OR (src = 1 AND dst % 3 = 0);
CALL t.edges(600);
INSERT INTO openlineage.node (id, kind, namespace_id, name) SELECT g, 'dataset', 1 + g % 40, 'n' || g FROM generate_series(20001, 22000) AS g;
INSERT INTO openlineage.dataset (node_id, namespace_id, created_at) SELECT id, namespace_id, now() FROM openlineage.node WHERE id > 20000;
INSERT INTO openlineage.edge SELECT 1, n.id, 'data', 1, n.namespace_id, now() FROM openlineage.node AS n WHERE n.id > 20000;
INSERT INTO openlineage.edge SELECT n.id, 4003 + n.id % 5000, 'derives', n.namespace_id, m.namespace_id, now()
  FROM openlineage.node AS n JOIN openlineage.node AS m ON m.id = 4003 + n.id % 5000 WHERE n.id > 20000;
DELETE FROM openlineage.column_edge WHERE random() < 0.03;
CALL t.column_edges(300, false);
SQL
compare_all('with changes', 20, 20, 0);
is($node->safe_psql('lineage', "SELECT string_agg((changes > 1000)::text, ',' ORDER BY graph) FROM openlineage.graph_status()"), 'false,true', 'the graph in memory is the one read before');

$node->safe_psql('lineage', <<'SQL');
INSERT INTO openlineage.dataset_field (id, dataset_id, namespace_id, name)
SELECT 40000 + n.id, n.id, n.namespace_id, '' FROM openlineage.node AS n WHERE n.kind = 'dataset' AND n.id % 50 = 0 AND n.id < 20000;
CALL t.column_edges(2000, true);
SQL
compare_all('with columns that stand for all', 20, 20, 0);

# The log of what changed, emptied, keeps its blocks while a row stands in the last; that is no reason for small answers to do without a graph.
my $blocks = $node->safe_psql('lineage', 'SELECT pg_relation_size($$openlineage.edge_change$$) / 8192');
my $ask = "SELECT count(*) > 0 FROM openlineage.walk(ARRAY[30], 1); SELECT gear FROM openlineage.last_walk()";
is($node->safe_psql('lineage', $ask), "t\n1", "a small answer does not read a log of $blocks blocks");
$node->safe_psql('lineage', 'SELECT openlineage.maintain()');
$node->safe_psql('lineage', 'VACUUM openlineage.edge_change');
cmp_ok($node->safe_psql('lineage', 'SELECT pg_relation_size($$openlineage.edge_change$$) / 8192'), '>', 30, 'the log has its blocks still');
is($node->safe_psql('lineage', $ask), "t\n3", 'a small answer uses the graph that is kept once more');

done_testing();
