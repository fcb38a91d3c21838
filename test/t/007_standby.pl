# On a standby reads are answered and events refused for now; after promotion both work.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http http_get http_post wait_for free_port);
use OpenLineage::Wire qw(run_event);
use Test::More;

my $primary = OpenLineage::Cluster->new('primary');
my $url = $primary->init->serve('lineage');
is(http_post("$url/api/v1/lineage", run_event('primary'))->{status}, 201, 'the primary stores an event');

my $port = free_port();
my $standby = $primary->standby('standby', conf => { 'openlineage.port' => $port });
$standby->{http_port} = $port;
$standby->start;
my $there = $standby->wait_healthy;
like(http_get("$there/health")->{content}, qr/"ingest":"standby"/, 'the standby says what it is');
ok($standby->poll_until('lineage', 'SELECT count(*) FROM openlineage.event', 1), 'the event has come over');
is(http_get("$there/api/v1/namespaces")->{status}, 200, 'it answers reads');
my $answer = http_post("$there/api/v1/lineage", run_event('refused'));
is($answer->{status}, 503, 'it refuses events');
ok($answer->{headers}{'retry-after'}, 'for now');
for my $request ([ 'PUT', 'tags/T' ], [ 'DELETE', 'namespaces/test' ], [ 'POST', 'namespaces/test/jobs/primary/tags/T' ])
{
	my ($method, $path) = @$request;
	$answer = http($method, "$there/api/v1/$path");
	is("$answer->{status} " . ($answer->{headers}{'retry-after'} || ''), '503 1', "and $method $path");
}
is( $standby->safe_psql('lineage', q(SELECT state FROM openlineage.status() WHERE item = 'standby')),
	'info', 'status() tells it');

# dropping the database on the primary is replayed, not held up
$primary->safe_psql('postgres', 'DROP DATABASE lineage');
ok( $standby->poll_until('postgres', q(SELECT count(*) FROM pg_database WHERE datname = 'lineage'), 0),
	'DROP DATABASE reaches the standby');
$primary->create_database('lineage');
ok(wait_for(sub { http_get("$there/api/v1/namespaces")->{status} == 200 }), 'the standby serves the new one');

$standby->promote;
ok(wait_for(sub { http_post("$there/api/v1/lineage", run_event('promoted'))->{status} == 201 }),
	'after promotion it stores events');
like(http_get("$there/health")->{content}, qr/"ingest":"running"/, 'and says so');

done_testing();
