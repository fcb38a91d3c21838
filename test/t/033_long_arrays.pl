# A long array of events is stored in portions: others are not kept waiting, and its answer tells of
# every event, also when the rest of it cannot be stored.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use OpenLineage::Cluster qw(http_post wait_for);
use POSIX qw(WNOHANG _exit);
use Test::More;

my $node = OpenLineage::Cluster->new('arrays', conf => { 'openlineage.write_lock_timeout' => '1s' });
my $url = $node->init->serve('lineage') . '/api/v1/lineage';

sub sql { return $node->safe_psql('lineage', $_[0]) }
sub event { return sprintf '{"eventTime":"2026-01-05T08:00:00Z","producer":"p","schemaURL":"u","padding":"%s","job":{"namespace":"%s","name":"j%d"}}', 'x' x 150, @_ }
sub failed { return join ' ', map { "$_->{index}" . ($_->{retriable} ? ' again' : '') } @{ $_[0]{failed_events} } }

# -- every event is told of ---------------------------------------------------------

my @events = map { event('long', $_) } 0 .. 2999;
@events[ 0, 1234, 2999 ] = ('7', '{"eventTime":"2026-01-05T08:00:00Z"}', '{"eventTime":"soon","job":{"namespace":"long","name":"bad"}}');
my $array = " \n[ " . join(" ,\n ", @events) . " ]\n";
cmp_ok(length $array, '>', 600_000, 'long enough to be cut');
my $answer = http_post($url, $array);
is($answer->{status}, 200, 'an array with three bad events');
my $told = decode_json($answer->{content});
is(join(' ', $told->{status}, @{ $told->{summary} }{qw(received successful failed retriable non_retriable)}), 'partial_success 3000 2997 3 0 3', 'is told in sum');
is(failed($told), '0 1234 2999', 'and by ordinals of the whole array');
is(sql(q(SELECT count(*), count(DISTINCT xmin::text) > 3 FROM openlineage.event_store)), '2997|t', 'all others are stored, in several transactions');
is(http_post("$url/batch", $array)->{content}, $answer->{content}, 'sent again it is answered the same');
is(sql('SELECT count(*) FROM openlineage.event'), 2997, 'and stored once');

is(http_post($url, '[' . join(',', map { event('broken', $_) } 0 .. 2999) . ', nonsense]')->{status}, 400, 'an array that is broken at its end');
is(http_post($url, '[' . join(',', map { event('broken', $_) } 0 .. 2999))->{status}, 400, 'or has none');
is(sql(q(SELECT count(*) FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE s.name = 'broken')), 0, 'is refused as a whole');
$answer = http_post($url, '[' . join(',', ('{"job": {"namespace": "no", "name": "time"}}') x 8000) . ']');
is($answer->{status}, 400, 'an array of which nothing can be stored');
is(decode_json($answer->{content})->{summary}{non_retriable}, 8000, 'tells of all of it');
$answer = http_post($url, '[1' . ',1' x 400_000 . ']');
is($answer->{status}, 400, 'an array of what cannot be events');
cmp_ok(length $answer->{content}, '<', 1000, 'is told so once');
my $one = '[' . event('alone', 1) . ']' . ' ' x 300_000;
is(http_post($url, $one)->{status}, 200, 'a long array of one event');

# -- others get their turn ----------------------------------------------------------

my $pid = fork;
die "fork: $!" unless defined $pid;
if (!$pid)
{
	_exit(http_post($url, '[' . join(',', map { event('slow', $_) } 1 .. 12000) . ']')->{status} == 200 ? 0 : 1);
}
ok(wait_for(sub { sql(q(SELECT count(*) FROM openlineage.namespace WHERE name = 'slow')) == 1 }), 'a very long array is on its way');
my ($between, $short) = (0, 0);
while (waitpid($pid, WNOHANG) == 0)
{
	$between++ if http_post($url, event('short', ++$short))->{status} == 201;
}
is($? >> 8, 0, 'it is stored');
cmp_ok($between, '>', 5, 'events of others are stored and answered between its portions');

# -- when it does not end well --------------------------------------------------------

sql('CREATE TABLE public.held (job text)');
is(http_post($url, event('hold', 2500))->{status}, 201, 'an event whose job somebody locks');
my $holder = $node->psql_start('lineage', q(SET application_name = 'locker'; BEGIN; SELECT a.node_id FROM openlineage.job_activity AS a
	JOIN openlineage.node AS n ON n.id = a.node_id WHERE n.name = 'j2500' FOR UPDATE; SELECT pg_sleep(1000)));
ok($node->poll_until('lineage', q(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'locker' AND wait_event = 'PgSleep'), 1), 'somebody holds a lock');
my @held = map { event('hold', $_) =~ s/08:00/09:00/r } 0 .. 2999;
$told = decode_json(http_post($url, '[' . join(',', @held) . ']')->{content});
is($told->{status}, 'partial_success', 'a portion that cannot be stored now');
my $stored = $told->{summary}{successful};
ok($stored > 0 && $stored <= 2500, 'those before it are stored');
is($told->{summary}{failed}, 3000 - $stored, 'all from it on are not');
is($told->{summary}{retriable}, 3000 - $stored, 'and may be sent again');
is($told->{failed_events}[0]{index}, $stored, 'the first of them is the first that is not stored');
is(sql(q(SELECT count(*) FROM openlineage.event WHERE event_time = '2026-01-05 09:00Z')), $stored, 'what it says is true');
sql(q(SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'));
OpenLineage::Cluster::finish($holder);
$told = decode_json(http_post($url, '[' . join(',', @held) . ']')->{content});
is($told->{summary}{successful}, 3000, 'sent again all of it is stored');
is(sql(q(SELECT count(*) FROM openlineage.event WHERE event_time = '2026-01-05 09:00Z')), 3000, 'once');

# -- a deadlock ------------------------------------------------------------------------

my @ids = split /\n/, sql(q(SELECT n.id FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE s.name = 'hold' AND n.name IN ('j10', 'j20') ORDER BY 1));
sub wants { my ($id) = @_; return "PERFORM FROM openlineage.job_activity AS a WHERE a.node_id = $id FOR UPDATE;" }
$node->configure('deadlock_timeout' => '200ms')->reload;
my $other = $node->psql_start('lineage', "SET application_name = 'locker'; SET deadlock_timeout = '100s'; DO \$\$ BEGIN " . wants($ids[1]) . q(
	WHILE NOT EXISTS (SELECT FROM pg_stat_get_activity(NULL) AS a WHERE a.application_name = 'openlineage ingest' AND a.wait_event_type = 'Lock') LOOP
		PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
	END LOOP; ) . wants($ids[0]) . ' END $$');
ok($node->poll_until('lineage', q(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'locker' AND wait_event = 'PgSleep'), 1), 'somebody holds a row that a batch needs');
my $log = $node->log_size;
$told = http_post($url, '[' . join(',', map { event('hold', $_) =~ s/08:00/10:00/r } 10, 20) . ']');
ok($node->log_contains(qr/deadlock detected/, $log), 'and wants another: the batch loses in a deadlock');
is($told->{status}, 200, 'and is stored all the same');
OpenLineage::Cluster::finish($other);
is(sql(q(SELECT count(*) FROM openlineage.event WHERE event_time = '2026-01-05 10:00Z')), 2, 'all of it');

# A client that goes away does not end it.
my ($host, $port, $path) = $url =~ m{^http://([^:/]+):(\d+)(/.*)};
my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port) or die "connect: $!";
my $gone = '[' . join(',', map { event('gone', $_) } 1 .. 4000) . ']';
print {$socket} "POST $path HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " . length($gone) . "\r\n\r\n$gone";
$socket->flush;
ok(wait_for(sub { sql(q(SELECT count(*) FROM openlineage.namespace WHERE name = 'gone')) == 1 }), 'an array whose sender goes away');
close $socket;
ok(wait_for(sub { sql(q(SELECT count(*) FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE s.name = 'gone')) == 4000 }), 'is stored to its end');

done_testing();
