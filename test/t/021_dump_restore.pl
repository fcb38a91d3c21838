# pg_dump and restore into a fresh database: exit code 0, the same content, row-level security as
# it was, and ids that go on.
use strict;
use warnings;
use FindBin;
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('dump')->init;
$node->start;
$node->create_database('original');

# Every kind of event, then names that are hard to dump.
my $corpus = "$FindBin::Bin/../corpus";
my @files = glob "$corpus/*.jsonl";
ok(@files > 0, 'there is a corpus');
for my $file (@files)
{
	$node->safe_psql('original', <<"SQL");
CREATE TEMPORARY TABLE line (body text);
\\copy line FROM '$file' WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')
SELECT openlineage.ingest(body) FROM line;
SQL
}
$node->safe_psql('original', <<'SQL');
SELECT openlineage.ingest(json_build_object('eventTime', '2026-01-05T10:00:00Z', 'job',
	json_build_object('namespace', n, 'name', n || E'\t\\. \\N "quoted" ''single'' \r\n' || repeat('x', 20000)))::text)
  FROM unnest(ARRAY['odd', E'tab\there', '\N', '表 🙂']) AS n;
-- Events that are packed with others and name the same datasets, in a month of their own and in the default partition.
SELECT openlineage.make_event_partition('2026-03-01');
SELECT openlineage.ingest(json_build_object('eventTime', t, 'job', json_build_object('namespace', 'n', 'name', 'alike'),
	'inputs', json_build_array(json_build_object('namespace', 'n', 'name', 'same')), 'more', (SELECT json_agg(md5(i::text)) FROM generate_series(1, 60) AS i))::text)
  FROM unnest(ARRAY['2026-03-05T10:00:00Z', '2026-03-05T10:01:00Z', '2026-03-05T10:02:00Z', '2026-03-05T10:03:00Z', '2026-03-05T10:04:00Z', '2026-02-05T10:00:00Z', '2026-02-05T10:01:00Z']) AS t;
-- Rules of access for somebody whom the last part asks.
CREATE ROLE dumped_analyst IN ROLE openlineage_reader;
SELECT openlineage.grant_namespace('database_role', 'dumped_analyst', 'odd'), openlineage.grant_namespace('database_role', 'dumped_analyst', '*here'),
	openlineage.grant_namespace('user', 'ann', '*', 'write', 'https://issuer');
SQL

is($node->safe_psql('original', q(SELECT string_agg(DISTINCT partition, ' ') FROM openlineage.event_template WHERE node_id = (SELECT id FROM openlineage.node WHERE name = 'alike'))),
	'event_2026_03 event_default', 'there are templates');
is($node->safe_psql('original', q(SELECT count(*) FROM openlineage.event_store AS e JOIN openlineage.dataset_set_member AS m ON m.set_id = e.set_id
	WHERE m.dataset_id = (SELECT id FROM openlineage.node WHERE name = 'same'))), 2, 'there are events that refer to a set of datasets');

my @tables = split /\n/, $node->safe_psql('original',
	q{SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'openlineage'::regnamespace AND c.relkind IN ('r', 'p')
		 AND c.relname NOT IN ('entity_count', 'access_change', 'edge_change', 'signing_key') ORDER BY 1});
my $content = join ' UNION ALL ', map {
	qq{SELECT '$_', count(*), md5(string_agg(t::text, '' ORDER BY t::text COLLATE "C")) FROM openlineage."$_" AS t}
} @tables;
my %questions = (
	state      => 'SELECT x::text FROM openlineage.state_export() AS x ORDER BY x::text COLLATE "C"',
	content    => "SET bytea_output = hex; SET TimeZone = 'UTC'; $content ORDER BY 1",
	# Not dumped but counted again: the rows may be others, their sums not.
	totals     => 'SELECT namespace_id, kind, hour, sum(n) FROM openlineage.entity_count GROUP BY 1, 2, 3 HAVING sum(n) <> 0 ORDER BY 1, 2, 3',
	security   => q{SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
	                 WHERE relnamespace = 'openlineage'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1},
	policies   => q{SELECT tablename, policyname, cmd, roles, qual, with_check FROM pg_policies WHERE schemaname = 'openlineage' ORDER BY 1, 2},
	sequences  => q{SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'openlineage' AND sequencename <> 'access_change_id_seq' ORDER BY 1},
	privileges => q{SELECT relname, relacl FROM pg_class WHERE relnamespace = 'openlineage'::regnamespace ORDER BY 1},
	functions  => q{SELECT oid::regprocedure, proacl FROM pg_proc WHERE pronamespace = 'openlineage'::regnamespace ORDER BY oid::regprocedure::text},
	mode       => 'SELECT openlineage.access_open()',
	texts      => 'SELECT count(*), count(*) FILTER (WHERE hash = openlineage.hash128(body)) FROM openlineage.event',
);

# restore($into, how => [...]): a dump of the original in a new database.
sub restore
{
	my ($into, $format) = @_;
	my $file = "$node->{base}/$into.dump";
	my @at = ('-h', $node->{sockdir}, '-p', $node->{port}, '-U', 'postgres');
	is($node->run('pg_dump', @at, "-F$format", '-f', $file, 'original'), 0, "$into: pg_dump ends with 0")
	  or diag($node->{last_output});
	$node->safe_psql('postgres', "CREATE DATABASE $into TEMPLATE template0 ENCODING 'UTF8'");
	my @program = $format eq 'p' ? ('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $file) : ('pg_restore', '--exit-on-error', $file);
	is($node->run(shift @program, @at, '-d', $into, @program), 0, "$into: the restore ends with 0")
	  or diag($node->{last_output});
	return;
}

sub compare
{
	my ($into) = @_;
	for my $name (sort keys %questions)
	{
		my $there = $node->safe_psql($into, $questions{$name});
		my $here = $node->safe_psql('original', $questions{$name});
		ok($there eq $here, "$into: $name is the same");
		ok(length $here, "$into: $name is not empty");
		diag("original: $here\n$into: $there") if $there ne $here && length $here < 4000;
	}
	is($node->safe_psql($into, q{SELECT count(*) FROM pg_class WHERE relnamespace = 'openlineage'::regnamespace
		AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)}), 0,
		"$into: row-level security is enabled and forced everywhere");
	return;
}

# New events meet neither old ids nor old names as new ones, and repeated ones nothing.
sub go_on
{
	my ($into) = @_;
	my $before = $node->safe_psql($into, 'SELECT count(*) FROM openlineage.event');
	$node->safe_psql($into, 'SELECT openlineage.ingest(body) FROM openlineage.event');
	is($node->safe_psql($into, 'SELECT count(*) FROM openlineage.event'), $before, "$into: stored events are known");
	$node->safe_psql($into, q{SELECT openlineage.ingest(json_build_object('eventTime', '2031-01-05T10:00:00Z', 'eventType', 'COMPLETE',
		'run', json_build_object('runId', 'a run after the restore'), 'job', json_build_object('namespace', 'after', 'name', 'restore'),
		'inputs', json_build_array(json_build_object('namespace', 'after', 'name', 'in', 'facets', json_build_object('schema',
			json_build_object('fields', json_build_array(json_build_object('name', 'c')))))),
		'outputs', json_build_array(json_build_object('namespace', 'after', 'name', 'out', 'facets', json_build_object('x_new', json_build_object('a', 1)))))::text)});
	is($node->safe_psql($into, q{SELECT string_agg(name, ' ' ORDER BY distance) FROM openlineage.impact('dataset:after:in')}), 'restore out', "$into: new events find new ids");
	return;
}

restore('custom', 'c');
compare('custom');
go_on('custom');
restore('plain', 'p');
compare('plain');
go_on('plain');

$node->safe_psql('original', 'SELECT openlineage.enable_rls()');
restore('enforced', 'c');
compare('enforced');
is($node->safe_psql('enforced', 'SELECT openlineage.access_open()'), 'f', 'row-level security is still enforced');
my $seen = 'SET ROLE dumped_analyst; SELECT string_agg(name, chr(10) ORDER BY name) FROM openlineage.namespace; SELECT count(*) FROM openlineage.node';
my $granted = "SELECT count(*) FROM openlineage.node WHERE namespace_id IN (SELECT id FROM openlineage.namespace WHERE name IN ('odd', E'tab\\there'))";
is($node->safe_psql('enforced', $seen), "odd\ntab\there\n" . $node->safe_psql('enforced', $granted), 'grants hold in the restored database');
is($node->safe_psql('enforced', $seen), $node->safe_psql('original', $seen), 'a reader sees as much as before');

done_testing();
