# A server nobody prepared: status() says what is missing, and start_server() serves at once.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_get http_post wait_for free_port);
use OpenLineage::Wire qw(run_event);
use Test::More;

my $node = OpenLineage::Cluster->new('bare');
$node->init->start;
$node->create_database('lineage');
$node->safe_psql('lineage', 'CREATE ROLE reader LOGIN IN ROLE openlineage_reader');

sub status
{
	my ($role) = @_;
	my $sql = ($role ? "SET ROLE $role; " : '') . q(SELECT item || ' is ' || state || ' -> ' || COALESCE(remedy, '') FROM openlineage.status());
	return map { my ($item, $rest) = split / is /, $_, 2; ($item => $rest) } split /\n/, $node->safe_psql('lineage', $sql);
}

for my $role ('', 'reader')
{
	my %now = status($role);
	is($now{preload}, q(missing -> ALTER SYSTEM SET shared_preload_libraries = 'openlineage'; then restart PostgreSQL.), 'preload is missing');
	is($now{database}, q(missing -> ALTER SYSTEM SET openlineage.databases = 'lineage'; then restart PostgreSQL.), 'database is not listed');
	is($now{'HTTP server'}, 'missing -> SELECT openlineage.start_server();', 'no server runs');
}

$node->{http_port} = free_port();
$node->safe_psql('lineage', "ALTER DATABASE lineage SET openlineage.port = $node->{http_port}");
like($node->safe_psql('lineage', 'SELECT openlineage.start_server()'), qr/ on 127\.0\.0\.1 port $node->{http_port}$/, 'start_server()');
my $url = $node->url;
is(http_get("$url/health")->{status}, 200, 'serves at once');
ok(wait_for(sub { http_post("$url/api/v1/lineage", run_event('bare'))->{status} == 201 }), 'stores events');
is(http_get("$url/api/v1/namespaces")->{status}, 200, 'answers reads');
my %running = status('reader');
is($running{'HTTP server'}, 'ok -> ', 'status() agrees');
my (undef, undef, $notice) = $node->psql('lineage', 'SELECT openlineage.start_server()');
like($notice, qr/already running/, 'a second start_server() does nothing');

# a crash of PostgreSQL brings it back, a restart does not
my ($victim) = $node->backend_pids('^checkpointer');
kill 'KILL', $victim;
ok($node->poll_until('postgres', 'SELECT true'), 'PostgreSQL restarts after a crash');
$node->wait_healthy;
pass('and the server with it');
$node->restart;
is(http_get("$url/health")->{status}, 599, 'after an ordinary restart it is gone');

# the commands that status() gave do what they say
$node->safe_psql('lineage', q(SELECT FROM openlineage.status(); ALTER SYSTEM SET shared_preload_libraries = 'openlineage'));
$node->safe_psql('lineage', q(SELECT FROM openlineage.status(); ALTER SYSTEM SET openlineage.databases = 'lineage'));
$node->restart;
$node->wait_healthy;
my %preloaded = status('reader');
is($preloaded{$_}, 'ok -> ', "$_ is ok now") for 'preload', 'database', 'HTTP server';


# preloaded, but before CREATE EXTENSION: a server started by hand takes the place until it ends
$node->safe_psql('postgres', 'DROP DATABASE lineage');
$node->safe_psql('postgres', 'ALTER ROLE openlineage_worker RENAME TO openlineage_away');
$node->restart;
ok($node->wait_for_log(qr/is waiting/), 'the preloaded server waits for its database');
$node->safe_psql('postgres', 'ALTER ROLE openlineage_away RENAME TO openlineage_worker');
$node->create_database('lineage');
$node->safe_psql('lineage', "ALTER DATABASE lineage SET openlineage.port = $node->{http_port}");
like($node->safe_psql('lineage', 'SELECT openlineage.start_server()'), qr/ port $node->{http_port}$/, 'start_server() does not wait');
ok($node->poll_until('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'openlineage server' AND datname = 'lineage'), 2),
	'the preloaded server finds its place taken');
is($node->safe_psql('lineage', q(SELECT state FROM openlineage.status() WHERE item = 'HTTP server')), 'ok', 'status() speaks of the one that serves');
is($node->safe_psql('lineage', 'SELECT openlineage.stop_server()'), 't', 'stop_server() stops both');
is(scalar($node->backend_pids('^openlineage')), 0, 'all are gone');

done_testing();
