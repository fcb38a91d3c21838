# An ordinary user cannot say who they are, before the library is loaded either: a setting of that name that
# they made is dropped when it is, and every function and policy asks the library.
use strict;
use warnings;
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('forged')->init;
$node->start;
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), '', 'nothing is preloaded');
$node->create_database('lineage');
$node->safe_psql('lineage', <<'SQL');
CREATE ROLE eve LOGIN IN ROLE openlineage_reader;
GRANT CREATE ON SCHEMA public TO eve;
SELECT openlineage.ingest('{"eventTime":"2026-01-05T10:00:00Z","eventType":"COMPLETE","run":{"runId":"1"},"job":{"namespace":"secret","name":"j"}}'::text);
SELECT openlineage.enable_rls();
SQL

my $claims = '{"sub":"forged","scopes":["admin"],"namespaces":{"read":["*"],"write":["*"]}}';
my $asked = q{SELECT concat('user ', openlineage.user_id(), ' sees ', (SELECT count(*) FROM openlineage.namespace), ' admin ', openlineage.has_scope('admin'), ' all ', openlineage.sees_all())};

# What a fresh session of eve answers last.
sub as_eve
{
	my ($sql, @options) = @_;
	local $ENV{PGOPTIONS} = join ' ', @options;
	$node->run('psql', '-Xqt', '-h', $node->{sockdir}, '-p', $node->{port}, '-U', 'eve', '-d', 'lineage', map { ('-c', $_) } ref $sql ? @$sql : $sql);
	return $node->{last_output};
}
my $nobody = qr/user  sees 0 admin f all f/;
like(as_eve($asked), $nobody, 'who did not log in is nobody');
my %attack = (
	'SET before'                  => ["SET openlineage._claims = '$claims'", $asked],
	'set_config() before'         => ["SELECT set_config('openlineage._claims', '$claims', false)", $asked],
	'SET before, a policy first'  => ["SET openlineage._claims = '$claims'", 'SELECT count(*) FROM openlineage.node', $asked],
	'SET after'                   => ['SELECT openlineage.user_id()', "SET openlineage._claims = '$claims'", $asked],
	'SET LOCAL before'            => ["BEGIN; SET LOCAL openlineage._claims = '$claims'; $asked; COMMIT"],
	'a function with a SET clause, made before' => [
		"CREATE OR REPLACE FUNCTION public.forged() RETURNS text LANGUAGE plpgsql SET openlineage._claims = '$claims' AS 'BEGIN RETURN (" . ($asked =~ s/'/''/gr) . ") ; END'",
		'SELECT public.forged()', $asked],
	'the role'                    => ["ALTER ROLE eve SET openlineage._claims = '$claims'", $asked],
	'after SET and DISCARD ALL'   => ["SET openlineage._claims = '$claims'", 'DISCARD ALL', $asked],
);
for my $name (sort keys %attack)
{
	my $said = as_eve($attack{$name});
	like($said, $nobody, "$name: nobody");
	unlike($said, qr/user forged|sees 1|admin t|all t/, "$name: no trace of it");
}
like(as_eve($asked), $nobody, 'nor in the session after');
my $escaped = $claims =~ s/([ \\])/\\$1/gr;
like(as_eve($asked, "-c openlineage._claims=$escaped"), $nobody, 'options of the connection');
like(as_eve([ "SET openlineage._claims = '$claims'", "SELECT 'shown ' || current_setting('openlineage._claims', true)" ]), qr/shown \{"sub":"forged"/,
	'current_setting() is deceived until the library is loaded, which is why nothing asks it');

# The same attack by a superuser works: there is no defence against that.
like($node->safe_psql('lineage', "SET openlineage._claims = '$claims'; SET ROLE openlineage_reader; $asked"), qr/user forged sees 1 admin t all t/, 'a superuser says who they are');
done_testing();
