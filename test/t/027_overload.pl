#!/usr/bin/perl
# More events than can be stored: some are refused with 503 and Retry-After, none that was answered
# 201 is lost, and once the cause is gone all that are sent again are taken.
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_get http_post wait_for);
use Test::More;

my $writers = 20;
my $db = 'lineage';
my $node = OpenLineage::Cluster->new('overload');
my $url = $node->init->serve($db, conf => {
	'openlineage.max_write_delay' => '200ms', 'openlineage.write_lock_timeout' => '60s' });

sub event
{
	my ($n) = @_;
	return sprintf '{"eventTime":"2026-01-01T00:00:%02dZ","eventType":"START","producer":"p","schemaURL":"s",'
	  . '"run":{"runId":"00000000-0000-4000-8000-%012d"},"job":{"namespace":"overload","name":"job_%d"}}', $n % 60, $n, $n;
}

# Sends one event until it is taken; prints the answers it got, with the Retry-After of each 503.
my $writer = <<'PERL';
my ($url, $event) = @ARGV;
my $agent = HTTP::Tiny->new(timeout => 60);
for (1 .. 600)
{
	my $answer = $agent->post("$url/api/v1/lineage", { content => $event, headers => { 'content-type' => 'application/json' } });
	print "$answer->{status} ", $answer->{headers}{'retry-after'} // '-', "\n";
	last if $answer->{status} == 201;
	select undef, undef, undef, 0.1;
}
PERL

is(http_post("$url/api/v1/lineage", event(0))->{status}, 201, 'an event is taken');

# Nothing can be stored as long as this lasts.
my $lock = $node->psql_start($db, 'BEGIN; LOCK TABLE openlineage.event_store IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)');
my $gate = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'openlineage.event_store'::regclass AND mode = 'AccessExclusiveLock' AND granted";
ok($node->poll_until($db, $gate), 'ingest is held up');
my @handles = map { OpenLineage::Cluster::spawn($^X, '-MHTTP::Tiny', '-e', $writer, $url, event($_)) } 1 .. $writers;

# One that is queued instead is given up after a second; it is stored already.
my $impatient = HTTP::Tiny->new(timeout => 1);
my $refused = wait_for(sub {
	my $answer = $impatient->post("$url/api/v1/lineage", { content => event(0), headers => { 'content-type' => 'application/json' } });
	return $answer->{status} == 503 && ($answer->{headers}{'retry-after'} || 0) > 0;
});
ok($refused, 'an event beyond what waits is refused with 503 and Retry-After');
is(http_get("$url/health")->{status}, 200, 'health is answered meanwhile');

$node->safe_psql('postgres', "SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
	WHERE d.datname = '$db' AND l.mode = 'AccessExclusiveLock' AND l.granted AND l.locktype = 'relation'");
OpenLineage::Cluster::finish($lock);
my (%answers, $taken);
for (@handles)
{
	my (undef, $out) = OpenLineage::Cluster::finish($_);
	$answers{$_}++ for map { (split ' ')[0] } split /\n/, $out;
	$taken++ if $out =~ /^201 -\n\z/m;
}
is($taken, $writers, 'each producer gets its event taken in the end');
is(join(' ', grep { $_ != 201 && $_ != 503 } keys %answers), '', 'and no other answer than 201 and 503 before');
is($node->safe_psql($db, 'SELECT count(*) FROM openlineage.event'), $writers + 1, 'what was answered 201 is stored, once');
is(http_post("$url/api/v1/lineage", event($writers + 1))->{status}, 201, 'the server takes events as before');
done_testing();
