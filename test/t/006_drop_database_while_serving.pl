# The server lets its database go when somebody wants to drop, rename or copy it, and comes back.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_get http_post wait_for);
use OpenLineage::Wire qw(run_event post_request);
use Test::More;
use Time::HiRes qw(time);

my $node = OpenLineage::Cluster->new('dropdb');
my $url = $node->init->serve('lineage');
is(http_post("$url/api/v1/lineage", run_event('before'))->{status}, 201, 'an event is stored');

sub timed
{
	my ($sql) = @_;
	my $begin = time;
	my ($code, undef, $error) = $node->psql('postgres', $sql);
	my $took = time - $begin;
	is($code, 0, "$sql: $error");
	ok($took < 2, sprintf 'and took %.2f s', $took);
	return;
}

sub serves_again
{
	my ($what) = @_;
	ok(wait_for(sub { http_post("$url/api/v1/lineage", run_event('after'))->{status} == 201 }), "$what: events are stored again");
	is(http_get("$url/api/v1/namespaces")->{status}, 200, 'and reads answered');
	return;
}

# a copy
timed('CREATE DATABASE copy TEMPLATE lineage');
serves_again('after a copy');

# a database that is gone and comes back
timed('DROP DATABASE lineage');
my $log = $node->log_size;
is(http_get("$url/health")->{status}, 599, 'then nobody serves it');
ok($node->wait_for_log(qr/is waiting\n.*does not exist/, $log), 'the server waits for it');
$node->create_database('lineage');
serves_again('after CREATE DATABASE');
my $complaints = () = substr(OpenLineage::Cluster::slurp($node->{log}), $log) =~ /FATAL|ERROR|WARNING/g;
is($complaints, 0, 'and has not filled the log meanwhile');

# with a read under way, and by force
my $lock = $node->psql_start('lineage', 'SET application_name = locker; BEGIN; LOCK TABLE openlineage.namespace IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1000)');
ok($node->poll_until('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'locker' AND wait_event = 'PgSleep'), 1), 'somebody holds a lock');
my $wire = OpenLineage::Wire->new($node->{http_port});
$wire->send("GET /api/v1/namespaces HTTP/1.1\r\nHost: x\r\n\r\n");
my $post = OpenLineage::Wire->new($node->{http_port});
$post->send(post_request('/api/v1/lineage', run_event('stuck')));
ok( $node->poll_until('postgres', q(SELECT count(*) >= 1 FROM pg_stat_activity WHERE backend_type ~ '^openlineage' AND wait_event_type = 'Lock')),
	'a request waits for it');
is(http_get("$url/health")->{status}, 200, 'which /health does not feel');
timed('DROP DATABASE lineage WITH (FORCE)');
OpenLineage::Cluster::finish($lock);
# who is ended first, the locker or the worker, is not for us to say
for my $reply ($wire->reply, $post->reply)
{
	my $status = $reply ? $reply->{status} : 'nothing';
	like($status, qr/^(?:20[01]|503|nothing)$/, "a waiting request is answered in full, or not now: $status");
}
$node->create_database('lineage');
serves_again('after DROP DATABASE WITH (FORCE)');

# started by hand: stays away when the database is gone
is($node->safe_psql('lineage', 'SELECT openlineage.stop_server()'), 't', 'stop_server()');
like($node->safe_psql('lineage', 'SELECT openlineage.start_server()'), qr/ on /, 'start_server()');
timed('DROP DATABASE lineage');
ok($node->wait_for_log(qr/database "lineage" does not exist/, $log), 'it looks for its database once');
is(scalar($node->backend_pids('^openlineage')), 0, 'and is gone');

done_testing();
