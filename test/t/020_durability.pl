# kill -9 of the whole server while clients post: after they retried, no acknowledged event is
# lost and none is stored twice.
#
#   KILLS    how often the server is killed (20)
#   EVENTS   how many events have to be acknowledged at least (2,500 for each kill: 50,000)
#   WRITERS  how many clients post at the same time (32)
use strict;
use warnings;
use HTTP::Tiny;
use OpenLineage::Cluster qw(wait_for slurp);
use POSIX ();
use Test::More;
use Time::HiRes qw(time);

my $kills   = $ENV{KILLS}   || 20;
my $events  = $ENV{EVENTS}  || 2_500 * $kills;
my $writers = $ENV{WRITERS} || 32;

my $node = OpenLineage::Cluster->new('durability');
my $url  = $node->init->serve('lineage');
my $acks = File::Temp::tempdir(CLEANUP => 1);

sub run_id { return sprintf '%08x-0000-4000-8000-%012x', @_; }

sub event
{
	my ($writer, $n) = @_;
	my ($minute, $second) = (int($n / 60) % 60, $n % 60);
	return sprintf '{"eventType":"COMPLETE","eventTime":"2026-01-05T10:%02d:%02dZ","producer":"p","schemaURL":"s",'
	  . '"run":{"runId":"%s"},"job":{"namespace":"sched","name":"writer %d"},'
	  . '"inputs":[{"namespace":"db","name":"in %d"}],"outputs":[{"namespace":"db","name":"out"}]}',
	  $minute, $second, run_id($writer, $n), $writer, $n % 50;
}

# Post one event after the other, each until it is acknowledged; then write down its number.
sub write_events
{
	my ($writer) = @_;
	my ($stop, $n, $retries) = (0, 0, 0);
	local $SIG{TERM} = sub { $stop = 1 };
	my $agent = HTTP::Tiny->new(timeout => 20, http_proxy => undef, proxy => undef, keep_alive => 1);
	open my $ack, '>>', "$acks/$writer" or die "$acks/$writer: $!";
	$ack->autoflush(1);
	while (!$stop)
	{
		my $body = event($writer, ++$n);
		my $answered = wait_for(sub {
			my $status = $agent->post("$url/api/v1/lineage",
				{ content => $body, headers => { 'content-type' => 'application/json' } })->{status};
			return 1 if $status == 201;
			$retries++;
			open my $odd, '>>', "$acks/odd" or die "odd: $!";
			print {$odd} "$status\n" unless $status == 599 || $status == 503;
			return 0;
		}, 300);
		last unless $answered;
		print {$ack} "$n\n";
	}
	open my $file, '>', "$acks/retries-$writer" or die "retries: $!";
	print {$file} $retries;
	close $file;
	return;
}

sub acknowledged
{
	my $n = 0;
	for my $writer (1 .. $writers)
	{
		my $text = eval { slurp("$acks/$writer") } || '';
		$n += ($text =~ tr/\n//);
	}
	return $n;
}

my @pids;
for my $writer (1 .. $writers)
{
	my $pid = fork;
	die "fork: $!" unless defined $pid;
	if ($pid == 0)
	{
		eval { write_events($writer) };
		print STDERR $@ if $@;
		POSIX::_exit($@ ? 1 : 0);
	}
	push @pids, $pid;
}

my $begin = time;
my $slowest = 0;
for my $kill (1 .. $kills)
{
	my $wanted = int($events * $kill / ($kills + 1));
	wait_for(sub { acknowledged() >= $wanted }, 300)
	  or BAIL_OUT("only " . acknowledged() . " of $wanted events were acknowledged before kill $kill");
	$node->kill9;
	my $down = time;
	$node->start;
	$node->wait_healthy;
	$slowest = time - $down if time - $down > $slowest;
}
ok(wait_for(sub { acknowledged() >= $events }, 300), "at least $events events are acknowledged");
kill 'TERM', @pids;
for my $pid (@pids)
{
	waitpid $pid, 0;
	is($?, 0, 'a client got an answer to every event in the end');
}

my $retries = 0;
$retries += slurp("$acks/retries-$_") for 1 .. $writers;
my $odd = eval { slurp("$acks/odd") } || '';
diag(sprintf '%d events acknowledged, %d retries, %d kills in %d s, slowest restart %.1f s',
	acknowledged(), $retries, $kills, time - $begin, $slowest);
cmp_ok($retries, '>=', $kills, 'clients met the kills');
is($odd, '', 'while the server was away clients met closed connections and 503 only');

# One row per event that was acknowledged, in a table of the server.
my $list = join '', map { my $w = $_; map { run_id($w, $_) . "\n" } split /\n/, slurp("$acks/$w") } 1 .. $writers;
open my $file, '>', "$node->{base}/acknowledged" or die "acknowledged: $!";
print {$file} $list;
close $file;
chmod 0644, "$node->{base}/acknowledged";
$node->safe_psql('lineage', "CREATE TABLE acknowledged (id uuid); COPY acknowledged FROM '$node->{base}/acknowledged'");

is($node->safe_psql('lineage', 'SELECT count(*) FROM acknowledged'), acknowledged(), 'the list is complete');
is($node->safe_psql('lineage', 'SELECT count(*) FROM acknowledged AS a WHERE NOT EXISTS (SELECT FROM openlineage.event AS e WHERE e.run_id = a.id)'),
	0, 'no acknowledged event is lost');
is($node->safe_psql('lineage', 'SELECT count(*) - count(DISTINCT run_id) FROM openlineage.event'),
	0, 'no event is stored twice');
is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'), acknowledged(), 'no event is stored that was not acknowledged in the end');
is($node->safe_psql('lineage', 'SELECT sum(n) FROM openlineage.event_count'), acknowledged(), 'events are counted once');
is($node->safe_psql('lineage', q{SELECT count(*) FROM openlineage.event AS e WHERE NOT EXISTS
	(SELECT FROM openlineage.run AS r JOIN openlineage.run_io AS i ON i.run_id = r.id AND i.io = 'input'
	                                  JOIN openlineage.run_io AS o ON o.run_id = r.id AND o.io = 'output'
	  WHERE r.id = e.run_id AND r.state = 'COMPLETED')}),
	0, 'no event is written by half');
is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.edge'), $writers * 51, 'the graph has every edge once');

done_testing();
