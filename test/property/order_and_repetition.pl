# The same events in any order, some repeated, singly and in arrays, by several connections at
# once, leave the same state: state_export() is identical after each of many random orders.
#
#   ORDERS       random orders through SQL (50)
#   HTTP_ORDERS  random orders through the worker (3)
#   CONNECTIONS  how many write at the same time (4)
#   SEED         where randomness starts; printed when orders differ, so that they can be had again
#
# On a difference the order is tried again on one connection.  If it still differs there, events
# are left out as long as it does: what is printed is then a small set of events in two orders.
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use List::Util qw(shuffle);
use OpenLineage::Cluster qw(slurp wait_for);
use POSIX ();
use Test::More;
use Time::HiRes qw(time);

my $orders      = defined $ENV{ORDERS} ? $ENV{ORDERS} : 50;
my $http_orders = defined $ENV{HTTP_ORDERS} ? $ENV{HTTP_ORDERS} : 3;
my $connections = $ENV{CONNECTIONS} || 4;
my $seed        = $ENV{SEED} || int(time) % 1_000_000_000;

my @events = map { split /\n/, slurp($_) } sort glob "$FindBin::Bin/../corpus/*.jsonl";
cmp_ok(scalar @events, '>=', 200, 'the corpus has at least 200 events');
my %duplicate;
is(scalar(grep { $duplicate{$_}++ } @events), 0, 'none of them is in it twice');

my $node = OpenLineage::Cluster->new('property', conf => { autovacuum => 'off' });
my $url  = $node->init->serve('served');
$node->create_database('template_whole');
# Events in a month of their own refer to sets of datasets.
$node->safe_psql('template_whole', q(SELECT openlineage.make_event_partition('2026-03-01')));

# -- orders ------------------------------------------------------------------------

# A permutation of the indexes of all events with about a fifth of them repeated.
sub random_order
{
	my ($from) = @_;
	srand $from;
	my @all = (0 .. $#events);
	return shuffle @all, grep { rand() < 0.2 } @all;
}

# Split into calls: most of one event, some of an array of up to ten.
sub calls
{
	my ($random, @order) = @_;
	my @calls;
	while (@order)
	{
		my $n = $random && rand() < 0.2 ? 2 + int rand 9 : 1;
		push @calls, [ splice @order, 0, $n ];
	}
	return @calls;
}

sub body
{
	my ($call) = @_;
	return $events[ $call->[0] ] if @$call == 1;
	return '[' . join(',', map { $events[$_] } @$call) . ']';
}

# -- writing -----------------------------------------------------------------------

# write_sql($db, $width, @calls): deal the calls out to so many sessions of psql.
sub write_sql
{
	my ($db, $width, @calls) = @_;
	my (@scripts, @sessions);
	push @{ $scripts[ $_ % $width ] }, 'SELECT openlineage.ingest($event$' . body($calls[$_]) . '$event$);' for 0 .. $#calls;
	for my $n (grep { $scripts[$_] } 0 .. $width - 1)
	{
		my $file = "$node->{base}/$db-$n.sql";
		open my $script, '>', $file or die "$file: $!";
		print {$script} map { "$_\n" } @{ $scripts[$n] };
		close $script;
		push @sessions, OpenLineage::Cluster::spawn($node->psql_words($db, '-o', '/dev/null', '-f', $file));
	}
	my @errors = map { (OpenLineage::Cluster::finish($_))[2] } @sessions;
	return join '', @errors;
}

# Post every event by itself; answers other than 201 come back as text.
sub write_http
{
	my ($width, @order) = @_;
	my @pids;
	for my $n (0 .. $width - 1)
	{
		my $pid = fork;
		die "fork: $!" unless defined $pid;
		if ($pid == 0)
		{
			my $agent = HTTP::Tiny->new(timeout => 60, http_proxy => undef, proxy => undef, keep_alive => 1);
			my $odd = '';
			for my $i (grep { $_ % $width == $n } 0 .. $#order)
			{
				my $answer = $agent->post("$url/api/v1/lineage",
					{ content => $events[ $order[$i] ], headers => { 'content-type' => 'application/json' } });
				$odd .= "$answer->{status} for event $order[$i]: " . substr($answer->{content}, 0, 200) . "\n" if $answer->{status} != 201;
			}
			open my $file, '>', "$node->{base}/http-$n" or POSIX::_exit(1);
			print {$file} $odd;
			close $file;
			POSIX::_exit(0);
		}
		push @pids, $pid;
	}
	waitpid $_, 0 for @pids;
	return join '', map { slurp("$node->{base}/http-$_") } 0 .. $width - 1;
}

# -- comparing ---------------------------------------------------------------------

sub export
{
	my ($db) = @_;
	return $node->safe_psql($db, 'SELECT x::text FROM openlineage.state_export() AS x ORDER BY x::text COLLATE "C"');
}

# The state after these calls in a fresh copy of a template, and what went wrong.
my $copies = 0;
sub state_after
{
	my ($template, $width, @calls) = @_;
	my $db = 'copy_' . ++$copies;
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE $template");
	my $errors = write_sql($db, $width, @calls);
	my $state = export($db);
	$node->safe_psql('postgres', "DROP DATABASE $db");
	return ($state, $errors);
}

sub difference
{
	my ($one, $two) = @_;
	my %one = map { $_ => 1 } split /\n/, $one;
	my %two = map { $_ => 1 } split /\n/, $two;
	my @lines = ((map { "- $_" } grep { !$two{$_} } sort keys %one), (map { "+ $_" } grep { !$one{$_} } sort keys %two));
	my $more = @lines > 20 ? @lines - 20 : 0;
	return join("\n", map { substr $_, 0, 1000 } @lines[ 0 .. ($more ? 19 : $#lines) ]) . ($more ? "\n... and $more lines more" : '');
}

# Leave events out of two orders that differ on one connection, for up to a minute.
sub shrink
{
	my ($template, @order) = @_;
	my $differ = sub {
		my @some = @_;
		my ($one) = state_after($template, 1, calls(0, sort { $a <=> $b } @some));
		my ($two) = state_after($template, 1, calls(0, @some));
		return $one ne $two ? difference($one, $two) : '';
	};
	my $why = $differ->(@order) or return diag('the difference needs several connections');
	my $end = time + 60;
	for (my $size = int(@order / 2); $size >= 1 && time < $end; $size = int($size / 2))
	{
		for (my $at = 0; $at < @order && time < $end;)
		{
			my @less = @order;
			splice @less, $at, $size;
			my $still = @less > 1 ? $differ->(@less) : '';
			if ($still) { @order = @less; $why = $still; }
			else        { $at += $size; }
		}
	}
	diag('on one connection these events in this order differ from the order of the corpus:');
	diag("event $_: " . substr $events[$_], 0, 1500) for @order;
	diag($why);
	return;
}

my ($whole, $errors) = state_after('template_whole', 1, calls(0, 0 .. $#events));
is($errors, '', 'the corpus is accepted in its own order');
cmp_ok(($whole =~ tr/\n//), '>', 500, 'its state has many lines');

sub check
{
	my ($what, $from, $state, $errors, @order) = @_;
	my $same = $state eq $whole;
	ok($same && $errors eq '', $what) and return 1;
	diag("SEED=$from gives this order; errors: " . substr $errors, 0, 2000);
	diag(difference($whole, $state));
	shrink('template_whole', @order) if !$same && @order;
	return 0;
}

# -- the property ------------------------------------------------------------------

my $begin = time;
my $failures = 0;
for my $n (1 .. $orders)
{
	my $from = $seed + $n - 1;
	my @order = random_order($from);
	$failures++ unless check("order $n of $orders", $from, state_after('template_whole', $connections, calls(1, @order)), @order);
	last if $failures >= 3;
}
diag(sprintf '%d orders of %d events over %d connections in %d s', $orders, scalar @events, $connections, time - $begin) if $orders;

for my $n (1 .. $http_orders)
{
	my @order = random_order($seed + 1000 + $n);
	$node->safe_psql('served', 'DROP EXTENSION openlineage CASCADE');
	$node->safe_psql('served', 'CREATE EXTENSION openlineage');
	$node->wait_healthy;
	my $errors = write_http($connections, @order);
	check("order $n of $http_orders through HTTP", $seed + 1000 + $n, export('served'), $errors);
}

# -- that this test can fail ----------------------------------------------------------

# By arrival instead of by time: what the facet that comes first says stays.
my %broken = (
	'the first START that arrives counts' => q{
		CREATE FUNCTION keep_first() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.start_time := coalesce(OLD.start_time, NEW.start_time); RETURN NEW; END';
		CREATE TRIGGER keep_first BEFORE UPDATE ON openlineage.run FOR EACH ROW EXECUTE FUNCTION keep_first()},
	'the description that arrives first stays' => q{
		CREATE FUNCTION keep_first() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.description := coalesce(OLD.description, NEW.description); RETURN NEW; END';
		CREATE TRIGGER keep_first BEFORE UPDATE ON openlineage.dataset FOR EACH ROW EXECUTE FUNCTION keep_first();
		CREATE TRIGGER keep_first BEFORE UPDATE ON openlineage.job FOR EACH ROW EXECUTE FUNCTION keep_first()},
	'edges are never taken away' => q{
		CREATE FUNCTION keep_all() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE TRIGGER keep_all BEFORE DELETE ON openlineage.edge FOR EACH ROW EXECUTE FUNCTION keep_all()},
);
my $variants = 0;
for my $how (sort keys %broken)
{
	my $template = 'template_broken_' . ++$variants;
	$node->safe_psql('postgres', "CREATE DATABASE $template TEMPLATE template_whole");
	$node->safe_psql($template, $broken{$how});
	my ($first) = state_after($template, 1, calls(0, 0 .. $#events));
	my $found = 0;
	for my $n (1 .. 5)
	{
		my ($state) = state_after($template, $connections, calls(1, random_order($seed + 2000 + $n)));
		$found = 1, last if $state ne $first;
	}
	ok($found, "noticed when $how");
}

done_testing();
