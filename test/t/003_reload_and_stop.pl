# Settings change while the server runs; it stops in order, and says why it does not listen.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use OpenLineage::Cluster qw(http_get http_post wait_for free_port);
use OpenLineage::Wire qw(post_head post_request run_event);
use Test::More;

my $node = OpenLineage::Cluster->new('reload');
my $url = $node->init->serve('lineage');

sub server_says
{
	return $node->safe_psql('lineage', q(SELECT state || ': ' || detail FROM openlineage.status() WHERE item = 'HTTP server'));
}

sub remedy { return $node->safe_psql('lineage', q(SELECT remedy FROM openlineage.status() WHERE item = 'HTTP server')); }
sub says_soon { my ($pattern) = @_; return wait_for(sub { server_says() =~ $pattern }); }

# -- another port ----------------------------------------------------------------

my $old = $node->{http_port};
$node->{http_port} = free_port();
$node->configure('openlineage.port' => $node->{http_port})->reload;
$url = $node->wait_healthy;
pass('a reload moves the server to another port');
is(http_get("http://127.0.0.1:$old/health")->{status}, 599, 'and away from the old one');

my $blocker = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1);
my $taken = $blocker->sockport;
my $log = $node->log_size;
$node->safe_psql('lineage', "ALTER DATABASE lineage SET openlineage.port = $taken");
$node->reload;
ok(says_soon(qr/^problem: .*port $taken is in use/), 'a port in use is a clear problem');
like(remedy(), qr/^ALTER DATABASE lineage SET openlineage\.port = \d+;/, 'with a remedy');
ok($node->log_contains(qr/does not listen: port $taken is in use/, $log), 'and a line in the log');
is(http_get("$url/health")->{status}, 599, 'meanwhile nobody listens');
close $blocker;
$node->{http_port} = $taken;
$url = $node->wait_healthy;
pass('the server takes the port as soon as it is free');

# -- addresses -------------------------------------------------------------------

$node->configure('openlineage.listen_addresses' => '0.0.0.0')->reload;
ok(says_soon(qr/^problem: .*not loopback/), 'an address that is not loopback is refused');
is(http_get("$url/health")->{status}, 599, 'on loopback as well');
$node->configure('openlineage.listen_addresses' => '127.0.0.1, 127.0.0.2')->reload;
$url = $node->wait_healthy;
is(http_get("http://127.0.0.2:$taken/health")->{status}, 200, 'several loopback addresses at once');

$node->safe_psql('lineage', 'ALTER DATABASE lineage SET openlineage.port = 0');
$node->reload;
ok(says_soon(qr/^problem: .*port is 0/), 'port 0 turns it off');
$node->safe_psql('lineage', "ALTER DATABASE lineage SET openlineage.port = $taken");
$node->reload;
$url = $node->wait_healthy;

# -- limits and workers ----------------------------------------------------------

my $event = run_event('large', padding => 100_000);
is(http_post("$url/api/v1/lineage", $event)->{status}, 201, 'a large event');
$node->configure('openlineage.max_body_size' => '64kB', 'openlineage.query_workers' => 3)->reload;
ok(wait_for(sub { http_post("$url/api/v1/lineage", $event)->{status} == 413 }), 'is refused after the limit was lowered');
ok($node->poll_until('lineage', q(SELECT detail FROM openlineage.status() WHERE item = 'query workers'), '3 are running.'),
	'another query worker is started');
$node->configure('openlineage.query_workers' => 1)->reload;
ok(wait_for(sub { $node->backend_pids('^openlineage query') == 1 }), 'and two are ended');

# -- an orderly end --------------------------------------------------------------

my $half = OpenLineage::Wire->new($node->{http_port});
my $idle = OpenLineage::Wire->new($node->{http_port});
my $body = run_event('last');
$half->send(post_head('/api/v1/lineage', 'Content-Length: ' . length $body) . substr($body, 0, 50));
is(http_get("$url/health")->{status}, 200, 'while a request is half sent');
my $stop = $node->psql_start('lineage', 'SELECT openlineage.stop_server()');
ok($idle->closed, 'stop_server() closes idle connections');
$half->send(substr $body, 50);
is($half->reply->{status}, 201, 'and lets the request under way end');
my ($code, $out) = OpenLineage::Cluster::finish($stop);
like($out, qr/t/, 'then the server has stopped');
is(scalar($node->backend_pids('^openlineage')), 0, 'with all its workers');
is($node->safe_psql('lineage', "SELECT count(*) FROM openlineage.event WHERE body LIKE '%out_last%'"), 1, 'the last event is stored');

done_testing();
