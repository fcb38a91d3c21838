# On an untuned server without shared_preload_libraries the extension installs, and SQL ingest and
# lineage work; a database of another encoding is refused.
use strict;
use warnings;
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('plain')->init;
$node->start;
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), '', 'nothing is preloaded');
$node->create_database('lineage');

is($node->safe_psql('lineage', <<'SQL'), 3, 'ingest() takes events');
SELECT openlineage.ingest('[
 {"eventType":"START","eventTime":"2026-01-05T10:00:00Z","producer":"p","schemaURL":"s","run":{"runId":"00000000-0000-4000-8000-000000000001"},
  "job":{"namespace":"sched","name":"clean"},"inputs":[{"namespace":"db","name":"raw"}],"outputs":[{"namespace":"db","name":"clean"}]},
 {"eventType":"COMPLETE","eventTime":"2026-01-05T10:05:00Z","producer":"p","schemaURL":"s","run":{"runId":"00000000-0000-4000-8000-000000000001"},
  "job":{"namespace":"sched","name":"clean"}},
 {"eventType":"COMPLETE","eventTime":"2026-01-05T11:00:00Z","producer":"p","schemaURL":"s","run":{"runId":"00000000-0000-4000-8000-000000000002"},
  "job":{"namespace":"sched","name":"train"},"inputs":[{"namespace":"db","name":"clean"}],"outputs":[{"namespace":"models","name":"loans"}]}]')
SQL
is($node->safe_psql('lineage', q{SELECT string_agg(node || ' ' || distance, ', ' ORDER BY distance) FROM openlineage.impact('dataset:db:raw')}),
	'job:sched:clean 1, dataset:db:clean 2, job:sched:train 3, dataset:models:loans 4', 'impact() answers');
is($node->safe_psql('lineage', q{SELECT count(*) FROM openlineage.lineage('dataset:models:loans', 20, 'upstream')}), 5, 'lineage() answers');
like($node->safe_psql('lineage', 'SELECT s FROM openlineage.status() AS s'), qr/shared_preload_libraries|start_server/,
	'status() says what is missing for HTTP');

$node->safe_psql('postgres', q{CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'});
$node->safe_psql('postgres', q{CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'});
for my $db (qw(bytes latin))
{
	my ($code, undef, $err) = $node->psql($db, "\\set VERBOSITY sqlstate\nCREATE EXTENSION openlineage;");
	like($err, qr/ERROR:  0A000/, "a database of encoding other than UTF8 is refused ($db)");
	is($node->safe_psql($db, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'openlineage'}), 0, "nothing is left in it ($db)");
}

# Away and back again; what it made outside itself stays.
$node->safe_psql('lineage', 'DROP EXTENSION openlineage CASCADE');
is($node->safe_psql('lineage', q{SELECT count(*) FROM pg_roles WHERE rolname LIKE 'openlineage\_%'}), 4, 'roles outlive the extension');
$node->safe_psql('lineage', 'CREATE EXTENSION openlineage');
is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'), 0, 'created again it is empty');
is($node->safe_psql('lineage', q{SELECT openlineage.ingest('{"eventTime":"2026-01-05T10:00:00Z","job":{"namespace":"n","name":"j"}}')}), 1, 'and takes events');

done_testing();
