# Processes die: the server comes back, and no answered event is lost.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_get http_post wait_for);
use OpenLineage::Wire qw(run_event);
use Test::More;

my $node = OpenLineage::Cluster->new('kill9');
my $url = $node->init->serve('lineage');
my $answered = 0;

sub post_one
{
	my $status = http_post("$url/api/v1/lineage", run_event('kill'))->{status};
	$answered++ if $status == 201;
	return $status;
}

sub stored { return $node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'); }
# A process that was started a moment ago shows itself a little later.
sub running { my ($type) = @_; my $pid; wait_for(sub { ($pid) = $node->backend_pids("^$type") }); return $pid }

sub all_running { return wait_for(sub { http_get("$url/health")->{content} =~ /"status":"ok","ingest":"running","queryWorkers":2/ }); }

ok(all_running(), 'all processes run');
is(post_one(), 201, 'an event is stored');

# a helper ends by itself: nobody else notices
for my $type ('openlineage query', 'openlineage ingest')
{
	my $server = running('openlineage server');
	my $helper = running($type);
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($helper)");
	ok(wait_for(sub { my ($now) = $node->backend_pids("^$type"); $now && $now != $helper }), "$type is replaced");
	is(($node->backend_pids('^openlineage server'))[0], $server, 'by the same server');
	ok(all_running(), 'all processes run');
	ok(wait_for(sub { post_one() == 201 }), 'events are stored');
	is(http_get("$url/api/v1/namespaces")->{status}, 200, 'reads are answered');
}

# kill -9 of one process makes PostgreSQL restart all of them
for my $type ('openlineage server', 'openlineage ingest', 'openlineage query')
{
	my $victim = running($type);
	kill 'KILL', $victim;
	ok($node->poll_until('postgres', "SELECT count(*) FROM pg_stat_activity WHERE pid = $victim", 0), "$type is killed");
	ok(all_running(), 'the server is back');
	ok(wait_for(sub { post_one() == 201 }), 'and stores events');
}

for my $round (1 .. 3)
{
	post_one() for 1 .. 20;
	$node->kill9->start;
	ok(all_running(), "kill -9 of everything, round $round: back");
	is(post_one(), 201, 'and storing');
}
is(stored(), $answered, "all $answered answered events are there");

done_testing();
