# A graph kept in memory and edges that a subscription writes: its worker fires no triggers of statements, and what it
# wrote counts all the same, while it runs and when it is gone.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('subscribed',
	conf => { shared_preload_libraries => 'openlineage', autovacuum => 'off', wal_level => 'logical', max_replication_slots => 6, max_logical_replication_workers => 6 });
$node->init->start;

# Two databases with the same 30 datasets and columns; of the second every fifth column is the one of a whole dataset.
for my $db ('source', 'lineage')
{
	$node->create_database($db);
	$node->safe_psql($db, <<'SQL');
INSERT INTO openlineage.namespace (id, name, created_at, updated_at) VALUES (1, 't', now(), now());
INSERT INTO openlineage.node (id, kind, namespace_id, name) SELECT g, 'dataset', 1, 'n' || g FROM generate_series(1, 30) AS g;
INSERT INTO openlineage.dataset (node_id, namespace_id, created_at) SELECT id, 1, now() FROM openlineage.node;
CREATE SCHEMA t;
CREATE PROCEDURE t.edge(src int, dst int) LANGUAGE sql AS $$
    INSERT INTO openlineage.edge VALUES (src, dst, 'data', 1, 1, now());
$$;
CREATE PROCEDURE t.column_edge(src int, dst int) LANGUAGE sql AS $$
    INSERT INTO openlineage.column_edge VALUES (src, dst, 1, 1, 1, 1, false, '[]');
$$;
CREATE FUNCTION t.walk(gear text, start int, columns boolean) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
    rows text;
BEGIN
    PERFORM set_config('openlineage.graph_gear', gear, false);
    IF columns THEN
        SELECT string_agg(w::text, ' ') INTO rows FROM openlineage.walk_columns(ARRAY[start], NULL, 'both') AS w;
    ELSE
        SELECT string_agg(w::text, ' ') INTO rows FROM openlineage.walk(ARRAY[start], NULL, 'both') AS w;
    END IF;
    RETURN COALESCE(rows, 'nothing');
END
$$;
CREATE FUNCTION t.differ(start int, columns boolean) RETURNS TABLE (gear int, differ boolean) STABLE LANGUAGE plpgsql AS $$
DECLARE
    one text := t.walk('1', start, columns);
    three text := t.walk('3', start, columns);
BEGIN
    RETURN QUERY SELECT l.gear, one <> three FROM openlineage.last_walk() AS l;
END
$$;
SQL
}
# Of the source are only columns and edges.
my $fields = q(INSERT INTO openlineage.dataset_field (id, dataset_id, namespace_id, name)
	SELECT g, 1 + g / 5, 1, CASE g % 10 WHEN 4 THEN '' ELSE 'c' || g END FROM generate_series(1, 30) AS g);
$node->safe_psql('source', "$fields; CALL t.edge(1, 2); CALL t.edge(2, 3); CALL t.column_edge(1, 7); CALL t.column_edge(7, 14)");
$node->safe_psql('source', 'CREATE PUBLICATION p FOR TABLE openlineage.edge, openlineage.column_edge, openlineage.dataset_field');
$node->safe_psql('source', q(SELECT pg_create_logical_replication_slot('s', 'pgoutput')));

# The gears asked, how many answers differ, and how many nodes and columns 1 reaches.
sub look
{
	return $node->safe_psql('lineage', q(SELECT string_agg(DISTINCT l.gear::text, ','), count(*) FILTER (WHERE l.differ), (SELECT count(*) FROM openlineage.walk(ARRAY[1])), (SELECT count(*) FROM openlineage.walk_columns(ARRAY[1], NULL, 'downstream'))
		FROM (SELECT id AS s, false AS c FROM openlineage.node UNION ALL SELECT id, true FROM openlineage.dataset_field) AS q, t.differ(s, c) AS l));
}

# Once the subscription has what the source has.
sub catch_up
{
	my $is = 'SELECT ' . join ', ', map { "(SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM openlineage.$_ AS t)" } qw(edge column_edge dataset_field);
	return $node->poll_until('lineage', $is, $node->safe_psql('source', $is));
}

sub agree
{
	my ($statements, $reached, $what) = @_;
	$node->safe_psql('source', $statements);
	ok(catch_up(), "$what: arrived");
	is(look(), "3|0|$reached", "$what: gear 3 says what gear 1 says");
	return;
}

$node->safe_psql('lineage', 'CALL t.edge(20, 21)');
is(look(), '3|0|1|0', 'a graph is kept');
$node->safe_psql('lineage', 'DELETE FROM openlineage.edge');
$node->safe_psql('lineage', "CREATE SUBSCRIPTION s CONNECTION 'host=$node->{sockdir} port=$node->{port} user=postgres dbname=source' PUBLICATION p WITH (create_slot = false)");
ok(catch_up(), 'a subscription copies the tables');
is(look(), '3|0|3|6', 'what it copied counts');

agree('CALL t.edge(3, 4); CALL t.column_edge(14, 23)', '4|7', 'edges that came');
agree('UPDATE openlineage.edge SET dst = 5 WHERE dst = 4; UPDATE openlineage.column_edge SET dst = 21 WHERE dst = 23', '4|7', 'edges that were changed');
agree('BEGIN; CALL t.edge(5, 6); SAVEPOINT s; CALL t.edge(5, 7); ROLLBACK TO s; DELETE FROM openlineage.edge WHERE src = 2; COMMIT', '2|7', 'edges that went');
agree(q(INSERT INTO openlineage.dataset_field (id, dataset_id, namespace_id, name) VALUES (31, 3, 1, 'new'), (32, 2, 1, 'new')), '2|8', 'columns that came');
agree('DELETE FROM openlineage.dataset_field WHERE id = 31', '2|7', 'a column that went');
agree(q(UPDATE openlineage.dataset_field SET dataset_id = 3 WHERE id = 32), '2|8', 'a column that moved');
agree(q(UPDATE openlineage.dataset_field SET name = 'x' WHERE id = 14), '2|4', 'a hub that is one no more');
agree('INSERT INTO openlineage.edge SELECT g, g + 1, $$derives$$, 1, 1, now() FROM generate_series(2, 20) AS g', '21|4', 'many edges at once');
agree('TRUNCATE openlineage.edge; CALL t.edge(1, 30)', '2|4', 'a table that was emptied');

# Not asked while the subscription is there.
$node->safe_psql('source', 'CALL t.edge(30, 29); DELETE FROM openlineage.column_edge WHERE src = 1');
ok(catch_up(), 'more edges');
$node->safe_psql('lineage', 'DROP SUBSCRIPTION s');
is(look(), '3|0|3|1', 'what it wrote counts when it is gone');
$node->safe_psql('lineage', 'ALTER TABLE openlineage.edge DISABLE TRIGGER edge_change_applied');
is(look(), '2,3|0|3|1', 'without the trigger for it no graph is trusted');

done_testing();
