# In the open state plans have no test of the namespace; once another session enforces row-level security, no kept plan
# shows a hidden row: neither prepared statements nor those of functions, also in a transaction that began before.
use strict;
use warnings;
use IPC::Open2;
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('plans')->init;
$node->start;
$node->create_database('lineage');
$node->safe_psql('lineage', <<'SQL');
CREATE ROLE eve LOGIN IN ROLE openlineage_reader;
SELECT openlineage.ingest('{"eventTime":"2026-01-05T10:00:00Z","eventType":"COMPLETE","run":{"runId":"1"},"job":{"namespace":"secret","name":"j"}}'::text);
CREATE FUNCTION public.kept() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM openlineage.node); END';
SQL

my $pid = open2(my $out, my $in, "$node->{bindir}/psql", '-XqAt', '-h', $node->{sockdir}, '-p', $node->{port}, '-U', 'eve', '-d', 'lineage');
sub ask { print $in "$_[0];\n"; $in->flush; my $line = <$out>; chomp $line; return $line; }

print $in "SET plan_cache_mode = force_generic_plan; PREPARE p AS SELECT count(*) FROM openlineage.node;\n";
is(ask('EXECUTE p'), 1, 'open: a prepared statement sees all');
is(ask('SELECT public.kept()'), 1, 'open: and so does a function');
$node->safe_psql('lineage', 'SELECT openlineage.enable_rls()');
is(ask('EXECUTE p'), 0, 'enforced: the prepared statement sees nothing');
is(ask('SELECT public.kept()'), 0, 'enforced: and neither does the function');

# A transaction that has read a table is waited for.
$node->safe_psql('lineage', 'SELECT openlineage.disable_rls()');
is(ask('EXECUTE p'), 1, 'open again');
print $in "BEGIN;\n";
is(ask('EXECUTE p'), 1, 'in a transaction');
my ($code, undef, $err) = $node->psql('lineage', "\\set VERBOSITY sqlstate\nSET lock_timeout = '200ms'; SELECT openlineage.enable_rls();");
like($err, qr/55P03/, 'who enforces waits for its end');
is(ask('EXECUTE p'), 1, 'nothing was enforced');
print $in "COMMIT;\n";

# What is rolled back leaves no plan behind.
$node->safe_psql('lineage', 'SELECT openlineage.enable_rls(); GRANT openlineage_admin TO eve WITH ADMIN OPTION; ALTER ROLE eve NOINHERIT; CREATE ROLE seer IN ROLE openlineage_reader; GRANT seer TO eve');
is(ask("SET ROLE seer; EXECUTE p"), 0, 'enforced: nothing');
print $in "RESET ROLE; SET ROLE openlineage_admin; BEGIN; SELECT 'off' FROM openlineage.disable_rls(); SET LOCAL ROLE seer;\n";
is(scalar(<$out>), "off\n", 'open in this transaction alone');
is(ask('EXECUTE p'), 1, 'which sees all');
print $in "ROLLBACK; SET ROLE seer;\n";
is(ask('EXECUTE p'), 0, 'and after the rollback nothing');
close $in;
waitpid $pid, 0;
done_testing();
