# Graphs kept in memory give what each snapshot has: writers, rollbacks, old snapshots, a purge of the log,
# tables with a new file, triggers that are off, memory that is too small, a standby.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('kept',
	conf => { shared_preload_libraries => 'openlineage', autovacuum => 'off', max_prepared_transactions => 2, deadlock_timeout => '20ms' });
$node->init->start;
$node->create_database('lineage');

# 300 nodes and as many columns, of which every tenth is the one of a whole dataset; walk(gear, start) as
# a text; differ(start, columns): whether gear 3 says anything else than gear 1, in one snapshot.
$node->safe_psql('lineage', <<'SQL');
CREATE SCHEMA t;
INSERT INTO openlineage.namespace (name, created_at, updated_at) VALUES ('t', now(), now());
INSERT INTO openlineage.node (id, kind, namespace_id, name)
SELECT g, 'dataset', (SELECT id FROM openlineage.namespace), 'n' || g FROM generate_series(1, 300) AS g;
INSERT INTO openlineage.dataset (node_id, namespace_id, created_at) SELECT id, namespace_id, now() FROM openlineage.node;
INSERT INTO openlineage.dataset_field (id, dataset_id, namespace_id, name)
SELECT g, 1 + g / 10, (SELECT id FROM openlineage.namespace), CASE g % 20 WHEN 9 THEN '' ELSE 'c' || g END FROM generate_series(1, 300) AS g;
CREATE PROCEDURE t.edges(n int, VARIADIC ends int[] DEFAULT '{}') LANGUAGE sql AS $$
    INSERT INTO openlineage.edge
    SELECT 1 + (random() * random() * 299)::int, 1 + (random() * 299)::int, 'data'::openlineage.edge_kind, s.id, s.id, now() FROM openlineage.namespace AS s, generate_series(1, n)
    UNION SELECT ends[1], ends[2], 'data'::openlineage.edge_kind, s.id, s.id, now() FROM openlineage.namespace AS s WHERE cardinality(ends) = 2
    ON CONFLICT DO NOTHING;
    INSERT INTO openlineage.column_edge
    SELECT a.id, b.id, 1 + (random() * 5)::int, 1, s.id, s.id, false, '[]'
      FROM openlineage.namespace AS s,
           (SELECT id, row_number() OVER () AS n FROM (SELECT id FROM openlineage.dataset_field ORDER BY random() * id LIMIT n) AS f) AS a
      JOIN (SELECT id, row_number() OVER () AS n FROM (SELECT id FROM openlineage.dataset_field ORDER BY random() LIMIT n) AS f) AS b USING (n)
    ON CONFLICT DO NOTHING;
$$;
SELECT setval('openlineage.dataset_field_id_seq', 300);
CALL t.edges(400);
CREATE FUNCTION t.walk(gear text, start int, columns boolean) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
    rows text;
BEGIN
    PERFORM set_config('openlineage.graph_gear', gear, false);
    IF columns THEN
        SELECT string_agg(w::text, ' ') INTO rows FROM openlineage.walk_columns(ARRAY[start], NULL, 'downstream') AS w;
    ELSE
        SELECT string_agg(w::text, ' ') INTO rows FROM openlineage.walk(ARRAY[start]) AS w;
    END IF;
    RETURN COALESCE(rows, 'nothing');
END
$$;
CREATE TABLE t.told (gear int, changed boolean, differ boolean, columns boolean);
CREATE FUNCTION t.look(start int, columns boolean) RETURNS t.told STABLE LANGUAGE plpgsql AS $$
DECLARE
    one text := t.walk('1', start, columns);
    three text := t.walk('3', start, columns);
BEGIN
    RETURN (SELECT (l.gear, COALESCE(l.changes, 0) > 0, one <> three, columns)::t.told FROM openlineage.last_walk() AS l);
END
$$;
SQL

sub look
{
	return $node->safe_psql('lineage', 'SELECT string_agg(DISTINCT l.gear::text, $$,$$), count(*) FILTER (WHERE l.differ)'
		. ' FROM (SELECT id AS s, false AS c FROM openlineage.node WHERE id % 7 = 1'
		. ' UNION ALL SELECT id, true FROM openlineage.dataset_field WHERE id % 5 = 1) AS q, t.look(s, c) AS l');
}

is(look(), '3|0', 'gear 3 says what gear 1 says');
is( $node->safe_psql('lineage', 'SELECT string_agg(graph || $$ $$ || state || $$ $$ || kept_for || $$ $$ || changes, $$, $$ ORDER BY graph) FROM openlineage.graph_status()'),
	'columns ready shared 0, nodes ready shared 0', 'both graphs are kept for all sessions');

# -- writers -------------------------------------------------------------------

# Each writer adds and removes edges, columns and whole-dataset columns, in transactions of which some are
# rolled back, whole or to a savepoint.
$node->safe_psql('lineage', <<'SQL');
CREATE PROCEDURE t.write(seed float, turns int) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setseed(seed);
    FOR i IN 1 .. turns LOOP
        BEGIN
            CALL t.edges(3);
            DELETE FROM openlineage.edge WHERE (src + dst) % 31 = (random() * 31)::int AND random() < 0.3;
            DELETE FROM openlineage.column_edge WHERE (src + dst) % 31 = (random() * 31)::int AND random() < 0.3;
            UPDATE openlineage.edge SET first_at = first_at - interval '1 day' WHERE src = (random() * 300)::int;
        EXCEPTION WHEN foreign_key_violation OR deadlock_detected THEN NULL;
        END;
        BEGIN
            INSERT INTO openlineage.dataset_field (dataset_id, namespace_id, name)
            SELECT 1 + (random() * 30)::int, s.id, CASE WHEN random() < 0.5 THEN '' ELSE 'more' || random() END FROM openlineage.namespace AS s
            ON CONFLICT DO NOTHING;
            DELETE FROM openlineage.dataset_field AS f
             WHERE (f.id > 300 OR f.name = '') AND random() < 0.05
               AND NOT EXISTS (SELECT FROM openlineage.column_edge AS e WHERE f.id IN (e.src, e.dst));
            UPDATE openlineage.dataset_field AS f SET dataset_id = 1 + (random() * 30)::int WHERE f.id > 300 AND f.name <> '' AND random() < 0.05;
            CALL t.edges(2);
            IF random() < 0.4 THEN
                RAISE 'back to the savepoint';
            END IF;
        EXCEPTION WHEN raise_exception OR foreign_key_violation OR unique_violation OR deadlock_detected THEN NULL;
        END;
        IF random() < 0.3 THEN
            ROLLBACK;
        ELSE
            COMMIT;
        END IF;
    END LOOP;
END
$$;
CREATE PROCEDURE t.read(turns int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. turns LOOP
        INSERT INTO t.told SELECT l.* FROM (SELECT (random() * 300)::int AS s, n % 2 = 0 AS c FROM generate_series(1, 10) AS n OFFSET 0) AS q, t.look(q.s, q.c) AS l;
        COMMIT;
    END LOOP;
END
$$;
SQL
$node->safe_psql('lineage', 'INSERT INTO t.told VALUES (0)');
my @writers = map { $node->psql_start('lineage', "CALL t.write(0.$_, 250)") } 1 .. 3;
$node->safe_psql('lineage', 'CALL t.read(40); SELECT openlineage.maintain(); CALL t.read(40)');
for my $writer (@writers)
{
	my ($code, undef, $err) = OpenLineage::Cluster::finish($writer);
	is($code, 0, "a writer comes to its end $err");
}
is( $node->safe_psql('lineage', <<'SQL'),
SELECT count(*) FILTER (WHERE gear = 3 AND changed) > 300, count(*) FILTER (WHERE differ AND NOT columns), count(*) FILTER (WHERE differ AND columns), count(*) FILTER (WHERE gear <> 3) < 50
  FROM t.told WHERE gear > 0
SQL
	't|0|0|t', 'while others write, come to savepoints and roll back, gear 3 says what gear 1 says');
is(look(), '3|0', 'and when they are done');

# -- transactions --------------------------------------------------------------

my ($from, $to) = (299, 300);
$node->safe_psql('lineage', "DELETE FROM openlineage.edge WHERE src IN ($from, $to) OR dst IN ($from, $to); DELETE FROM openlineage.column_edge");
my $look = "SELECT t.walk('3', $from, false) LIKE '%($to,1,$from)%', (SELECT gear FROM openlineage.last_walk());";

is($node->safe_psql('lineage', "${look}BEGIN; CALL t.edges(0, $from, $to); ${look}SAVEPOINT s; DELETE FROM openlineage.edge WHERE src = $from; ${look}ROLLBACK TO s; ${look}ROLLBACK; $look"),
	"f|3\nt|3\nf|3\nt|3\nf|3", 'a transaction sees its own edges, its savepoints and its rollback');

my $psql = join ' ', map { "'$_'" } $node->psql_words('lineage');
is( $node->safe_psql('lineage', "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;\n\\! $psql -c \"CALL t.edges(0, $from, $to)\"\n${look}COMMIT; $look"),
	"1\nf|3\nt|3", 'an old snapshot does not see what came later');
is( $node->safe_psql('lineage', "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;\n"
		. "\\! $psql -c \"DELETE FROM openlineage.edge WHERE src = $from\" -c 'VACUUM FULL openlineage.edge' -c \"$look\" >/dev/null\n"
		. "SELECT reason FROM openlineage.graph_status() AS s, LATERAL (SELECT s.state) AS l (reason) WHERE graph = 'nodes';\n${look}COMMIT; $look"),
	"1\nthe graph kept is newer than the snapshot\nt|2\nf|3", 'a snapshot older than the graph reads the edges itself, and leaves the newer graph');

is( $node->safe_psql('lineage', "BEGIN; CALL t.edges(0, $from, $to); PREPARE TRANSACTION 'p'; ${look}COMMIT PREPARED 'p'; $look"),
	"f|3\nt|3", 'a prepared transaction counts when it is committed');
is( $node->safe_psql('lineage', "BEGIN ISOLATION LEVEL SERIALIZABLE; ${look}COMMIT"), 't|2', 'a serializable transaction reads what it can be held to');

# -- the log -------------------------------------------------------------------

$node->safe_psql('lineage', 'SELECT openlineage.maintain(); CALL t.edges(3000); SELECT openlineage.maintain()');
is( $node->safe_psql('lineage', q(SELECT count(*) FILTER (WHERE op <> 'H'), count(*) FILTER (WHERE op = 'H') FROM openlineage.edge_change WHERE NOT is_column)),
	'0|1', 'maintain() reads the graphs again where much has changed, and empties the log');
is(look(), '3|0', 'nothing is lost by that');
# The background writer tells of running transactions every 15 seconds, in 56 bytes: once, not three times in a row.
my $wal;
for (1 .. 3)
{
	$wal = $node->safe_psql('lineage', q(WITH o AS (SELECT count(*) AS n FROM openlineage.edge_change), e AS (SELECT min(src) AS src FROM openlineage.edge)
		SELECT 1 FROM o, e; SELECT pg_current_wal_insert_lsn() AS lsn \gset
		UPDATE openlineage.edge SET first_at = first_at WHERE false; INSERT INTO openlineage.edge SELECT * FROM openlineage.edge ON CONFLICT DO NOTHING;
		SELECT pg_current_wal_insert_lsn() - :'lsn'));
	last if $wal eq "1\n0";
}
is($wal, "1\n0", 'edges that are there already write no WAL');

$node->safe_psql('lineage', q(INSERT INTO openlineage.column_edge SELECT a.id, b.id, o, 1, a.namespace_id, b.namespace_id, true, '[]'
	FROM openlineage.dataset_field AS a, openlineage.dataset_field AS b, generate_series(1, 2) AS o WHERE a.id <= 110 AND b.id <= 100));
is( $node->safe_psql('lineage', q(SELECT count(*) FILTER (WHERE op = 'R') FROM openlineage.edge_change WHERE is_column)), 1, 'very many edges at once are told in one row');
is(look(), '3|0', 'after which the graph is read again');

# -- tables and triggers -------------------------------------------------------

is( $node->safe_psql('lineage', "BEGIN; TRUNCATE openlineage.edge; ${look}ROLLBACK; $look"), "f|2\nt|3", 'TRUNCATE counts, and its rollback');
is(look(), '3|0', 'neither leaves anything behind');
is( $node->safe_psql('lineage', "ALTER TABLE openlineage.edge DISABLE TRIGGER edge_change_insert; $look"
		. "SELECT state FROM openlineage.graph_status() WHERE graph = 'nodes'; ALTER TABLE openlineage.edge ENABLE ALWAYS TRIGGER edge_change_insert"),
	"t|2\na trigger that logs changes of edges is off", 'without its triggers no graph is trusted');
# As pg_restore --disable-triggers does it, and an administrator who repairs what that leaves.
my $repair = join '', map { my $when = /applied/ ? 'REPLICA' : 'ALWAYS'; "ALTER TABLE openlineage.edge ENABLE $when TRIGGER $_; " }
	split /\n/, $node->safe_psql('lineage', q(SELECT tgname FROM pg_trigger WHERE tgrelid = 'openlineage.edge'::regclass AND tgname LIKE 'edge_change%'));
$node->safe_psql('lineage', "DELETE FROM openlineage.edge WHERE src = $from");
is( $node->safe_psql('lineage', "${look}BEGIN; ALTER TABLE openlineage.edge DISABLE TRIGGER ALL; CALL t.edges(0, $from, $to); ALTER TABLE openlineage.edge ENABLE TRIGGER ALL; ${repair}COMMIT;"
		. "SELECT state FROM openlineage.graph_status() WHERE graph = 'nodes'; $look"),
	"f|3\nwhat logs changes has changed since the graph was read\nt|3", 'what was written while they were off counts when they are on again');
is( $node->safe_psql('lineage', "${look}DELETE FROM openlineage.edge WHERE src = $from; TRUNCATE openlineage.edge_change; $look"), "t|3\nf|3",
	'an edge counts that a log was to tell of that was emptied by hand');
is( $node->safe_psql('lineage', "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;\n"
		. "\\! $psql -c 'TRUNCATE openlineage.edge_change' -c \"CALL t.edges(0, $from, $to)\" >/dev/null\n${look}COMMIT; $look"),
	"1\nf|2\nt|3", 'a snapshot of before reads the edges itself');
is( $node->safe_psql('lineage', "SET session_replication_role = replica; DELETE FROM openlineage.edge WHERE src = $from; $look"), 'f|3',
	'what replication writes counts');

# -- memory --------------------------------------------------------------------

$node->configure('openlineage.graph_cache_size' => '16kB')->restart;
is(look(), '3|0', 'a graph that does not fit serves one walk');
is( $node->safe_psql('lineage', 'SELECT string_agg(state, $$, $$), max(cache_used), max(cache_size) FROM openlineage.graph_status()'),
	'no graph is kept, no graph is kept|0|16384', 'and is not kept');
$node->safe_psql('lineage', q(INSERT INTO openlineage.node (id, kind, namespace_id, name) SELECT g, 'dataset', s.id, 'n' || g FROM generate_series(1001, 11000) AS g, openlineage.namespace AS s;
	INSERT INTO openlineage.edge SELECT 1, n.id, 'data', n.namespace_id, n.namespace_id, now() FROM openlineage.node AS n WHERE n.id > 1000));
my $large = "SET openlineage.graph_gear = 'auto'; SELECT count(*) > 200 FROM openlineage.walk(ARRAY[1]); SELECT gear, reason FROM openlineage.last_walk();";
is( $node->safe_psql('lineage', $large x 2),
	join("\n", ("t\n2|the graph does not fit \"openlineage.graph_cache_size\"") x 2), 'nor made again for one walk, and that is said');
$node->configure('openlineage.graph_cache_size' => '0')->restart;
is( $node->safe_psql('lineage', $look), 'f|2', 'no memory, no graph');
$node->configure('openlineage.graph_cache_size' => '1MB')->restart;
$node->safe_psql('postgres', 'CREATE DATABASE other TEMPLATE lineage');
is(look(), '3|0', 'a database has its graphs');
is( $node->safe_psql('other', "DELETE FROM openlineage.edge; $look"), 'f|3', 'and another its own');
is(look(), '3|0', 'which do not meet');

# -- standby -------------------------------------------------------------------

my $standby = $node->standby('standby');
$standby->start;
ok($standby->poll_until('lineage', "SELECT count(*) FROM t.told", $node->safe_psql('lineage', 'SELECT count(*) FROM t.told')), 'a standby follows');
is($standby->safe_psql('lineage', $look), 'f|3', 'it keeps graphs of its own');
$node->safe_psql('lineage', "CALL t.edges(0, $from, $to)");
ok($standby->poll_until('lineage', "SELECT count(*) FROM openlineage.edge WHERE (src, dst) = ($from, $to)", 1), 'an edge comes over');
is($standby->safe_psql('lineage', $look), 't|3', 'and is in its graph');
is($standby->safe_psql('lineage', 'SELECT changes > 0 FROM openlineage.graph_status() WHERE graph = $$nodes$$'), 't', 'by its log');

done_testing();
