# Two databases of one PostgreSQL, each with its own server, port and settings.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_get http_post wait_for free_port);
use OpenLineage::Wire qw(run_event);
use Test::More;

my $node = OpenLineage::Cluster->new('two');
$node->init->start;
my %port;
for my $db ('first', 'Second-2')
{
	$node->create_database($db);
	$port{$db} = free_port();
	$node->safe_psql('postgres', qq(ALTER DATABASE "$db" SET openlineage.port = $port{$db}));
}
$node->safe_psql('postgres', q(ALTER DATABASE "Second-2" SET openlineage.max_body_size = '64kB'));
$node->configure(
	shared_preload_libraries => 'openlineage',
	max_worker_processes     => 12,
	'openlineage.databases'  => 'first, Second-2')->restart;

my %url = map { $_ => "http://127.0.0.1:$port{$_}" } keys %port;
for my $db (sort keys %url)
{
	ok(wait_for(sub { http_get("$url{$db}/health")->{content} =~ /"status":"ok"/ }), "$db is served");
	is(http_post("$url{$db}/api/v1/lineage", run_event("job_$db"))->{status}, 201, 'and stores an event');
	is($node->safe_psql($db, 'SELECT count(*) FROM openlineage.event'), 1, 'of its own');
	is($node->safe_psql($db, q(SELECT state FROM openlineage.status() WHERE item = 'HTTP server')), 'ok', 'status() agrees');
}
my $large = run_event('large', padding => 100_000);
is(http_post("$url{first}/api/v1/lineage", $large)->{status}, 201, 'one accepts a large event');
is(http_post("$url{'Second-2'}/api/v1/lineage", $large)->{status}, 413, 'the other has its own limit');

$node->safe_psql('first', 'SELECT openlineage.stop_server()');
is(http_get("$url{first}/health")->{status}, 599, 'one stops');
is(http_get("$url{'Second-2'}/health")->{status}, 200, 'the other goes on');

# too few processes for everybody: status() says how many it takes
$node->configure(max_worker_processes => 4)->restart;
ok(wait_for(sub { grep { http_get("$url{$_}/health")->{status} == 200 } keys %url }), 'with too few worker processes somebody is served');
my $remedy = join ' ', map { $node->safe_psql($_, 'SELECT remedy FROM openlineage.status() WHERE remedy IS NOT NULL') } keys %url;
like($remedy, qr/ALTER SYSTEM SET max_worker_processes = \d+; then restart PostgreSQL/, 'and the remedy is named');

$node->create_database('third');
my ($code, undef, $error) = $node->psql('third', "\\set VERBOSITY verbose\nSELECT openlineage.start_server()");
isnt($code, 0, 'a third server finds no place');
like($error, qr/53400.*HINT:  Raise max_worker_processes \(now 4\)/s, 'and says so');

done_testing();
