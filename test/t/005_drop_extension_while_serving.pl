# DROP EXTENSION is not held up, and requests are told; CREATE EXTENSION is enough to go on.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_get http_post wait_for);
use OpenLineage::Wire qw(get_request run_event);
use Test::More;
use Time::HiRes qw(time);

my $node = OpenLineage::Cluster->new('dropext');
my $url = $node->init->serve('lineage');
my $post = sub { http_post("$url/api/v1/lineage", run_event('drop')) };

is($post->()->{status}, 201, 'an event is stored');
is(http_get("$url/api/v1/namespaces")->{status}, 200, 'a read is answered');
my ($server) = $node->backend_pids('^openlineage server');

for my $round (1 .. 3)
{
	my $begin = time;
	$node->safe_psql('lineage', 'DROP EXTENSION openlineage CASCADE');
	my $took = time - $begin;
	ok($took < 2, sprintf 'round %d: DROP EXTENSION took %.2f s', $round, $took);

	my $answer = $post->();
	is($answer->{status}, 503, 'an event is refused');
	like($answer->{content}, qr/extension \\"openlineage\\" is not installed/, 'for a reason');
	ok($answer->{headers}{'retry-after'}, 'and may be sent again');
	is(http_get("$url/api/v1/namespaces")->{status}, 503, 'a read is refused');
	is(http_get("$url/health")->{status}, 200, 'the server is alive');

	$node->safe_psql('lineage', 'CREATE EXTENSION openlineage');
	is($post->()->{status}, 201, 'after CREATE EXTENSION events are stored');
	is(http_get("$url/api/v1/namespaces")->{status}, 200, 'and reads answered');
}
is(($node->backend_pids('^openlineage server'))[0], $server, 'by the same process');

sub lock_table
{
	my ($name, $table) = @_;
	return $node->psql_start('lineage', "SET application_name = $name; BEGIN; LOCK TABLE openlineage.$table IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1000)");
}

sub holds_lock
{
	my ($name) = @_;
	return $node->poll_until('postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name = '$name' AND wait_event = 'PgSleep'", 1);
}

sub end_lock
{
	my ($name, $handle) = @_;
	$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '$name'");
	OpenLineage::Cluster::finish($handle);
	return;
}

sub read_waits
{
	return $node->poll_until('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'openlineage query' AND wait_event_type = 'Lock'), 1);
}

# somebody holds a lock that requests need
my $lock = lock_table('locker', 'namespace');
ok(holds_lock('locker'), 'somebody holds a lock');
$node->safe_psql('postgres', q(ALTER SYSTEM SET openlineage.write_lock_timeout = '100ms'));
$node->reload;
ok(wait_for(sub { $post->()->{status} == 503 }), 'an event does not wait for ever');
ok($post->()->{headers}{'retry-after'}, 'and may be sent again');
my $read = OpenLineage::Wire->new($node->{http_port});
$read->send(get_request('/api/v1/namespaces'));
ok(read_waits(), 'a read waits for it');
is(http_get("$url/health")->{status}, 200, 'which /health does not feel');
end_lock('locker', $lock);
is($read->reply->{status}, 200, 'and is answered after it');

# a read that takes long holds a lock that somebody needs
$lock = lock_table('locker', 'job');
ok(holds_lock('locker'), 'a read is held up');
$read->send(get_request('/api/v1/namespaces/test/jobs'));
ok(read_waits(), 'while it has locks itself');
my $held = $node->safe_psql('lineage', q(
	SELECT c.relname
	  FROM pg_locks AS l
	  JOIN pg_stat_activity AS a USING (pid)
	  JOIN pg_class AS c ON c.oid = l.relation
	 WHERE a.backend_type = 'openlineage query' AND l.granted AND l.mode = 'AccessShareLock'
	   AND c.relkind = 'r' AND c.relnamespace = 'openlineage'::regnamespace
	 ORDER BY c.relname LIMIT 1));
my $change = lock_table('changer', $held);
ok(holds_lock('changer'), "who wants to change $held gets it all the same");
is($read->reply->{status}, 503, 'and the read is to come again');
end_lock('changer', $change);
end_lock('locker', $lock);
is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'), 1, 'in the new tables');
is( $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^openlineage' AND state ~ 'transaction'"),
	0, 'no process keeps a transaction open');

done_testing();
