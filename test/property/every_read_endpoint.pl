# The same events in any order, each of them twice, give the same answer on every read endpoint,
# byte for byte: every list, and everything that a list or a graph names.  The table of routes says
# which endpoints there are: one that is not asked fails the test.
#
#   API_ORDERS   random orders (2)
#   SEED         where randomness starts; printed when answers differ
#
# Left out of the comparison is only what tells of the arrival and of now: receivedAt of issues and
# the times of the intervals of statistics.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use List::Util qw(shuffle uniq);
use OpenLineage::Cluster qw(http_get http_post slurp);
use OpenLineage::Routes qw(routes);
use Test::More;

my $orders = defined $ENV{API_ORDERS} ? $ENV{API_ORDERS} : 2;
my $seed   = $ENV{SEED} || time % 1_000_000_000;
my @events = map { split /\n/, slurp($_) } sort glob "$FindBin::Bin/../corpus/*.jsonl";
my $node   = OpenLineage::Cluster->new('answers', conf => { autovacuum => 'off' });
my $base   = $node->init->serve('served');
my $url    = "$base/api/v1";
my $json   = JSON::PP->new->utf8;

sub enc
{
	my ($text) = @_;
	utf8::encode($text) if utf8::is_utf8($text);
	$text =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;
	return $text;
}

# -- all answers -------------------------------------------------------------------

# Paths are those below /api/v1, or whole ones.
sub address { return ($_[0] =~ m{^/(?:api|health|[.])} ? $base : $url) . $_[0]; }

sub told
{
	my ($path) = @_;
	my $answer = http_get(address($path));
	my $text = "$answer->{status} $answer->{content}";
	$text =~ s/"(receivedAt|startInterval|endInterval)" ?: ?(?:null|"[^"]*")/"$1"/g;
	return $text;
}

sub parsed { return $json->decode(http_get("$url$_[0]")->{content}); }

sub graph_paths
{
	my ($id) = @_;
	my $q = '?nodeId=' . enc($id);
	my @paths = ("/column-lineage$q", "/column-lineage$q&withDownstream=true", "/column-lineage$q&depth=1");
	push @paths, map { "/lineage$q$_" } '', '&depth=1', '&direction=UPSTREAM', '&direction=DOWNSTREAM', '&asOf=2026-03-02T00:00:00Z' if $id !~ /^datasetField/;
	return @paths;
}

# Every path, from the lists of the worker itself.
sub all_paths
{
	my @paths = ('/namespaces', '/jobs?limit=1000', '/jobs?limit=20&offset=20', '/jobs?lastRunStates=FAILED', '/tags', '/sources', '/events?limit=1000',
		'/events/lineage?limit=50&sortDirection=asc', '/events/lineage?limit=7&offset=11&before=2026-03-02T00:00:00Z', '/issues?limit=1000',
		'/search?q=a&limit=1000', '/search?q=e&sort=UPDATE_AT', '/search?q=a&filter=JOB', '/search?q=a&filter=DATASET&before=2026-03-02', '/runlineage/upstream', '/openapi.json',
		(map { my $q = $_; map { "/api/v2beta/search/$_?q=$q" } qw(jobs datasets) } qw(orders select training e spark)),
		map { ("/stats/$_?period=DAY", "/stats/$_?period=WEEK&timezone=UTC") } qw(lineage-events jobs datasets sources));
	push @paths, map { '/sources/' . enc($_->{name}) } @{ parsed('/sources')->{sources} };
	for my $space (map { $_->{name} } @{ parsed('/namespaces?limit=1000')->{namespaces} })
	{
		my $base = '/namespaces/' . enc($space);
		push @paths, $base, "$base/jobs?limit=1000", "$base/datasets?limit=1000", '/events/' . enc($space), '/issues?namespace=' . enc($space), '/search?q=a&namespace=' . enc($space);
		push @paths, map { dataset_paths($base, $space, $_) } @{ parsed("$base/datasets?limit=1000")->{datasets} };
		push @paths, map { job_paths($base, $space, $_) } @{ parsed("$base/jobs?limit=1000")->{jobs} };
	}
	return uniq @paths;
}

sub dataset_paths
{
	my ($base, $space, $dataset) = @_;
	my $own = "$base/datasets/" . enc($dataset->{name});
	my $versions = parsed("$own/versions?limit=1000")->{versions};
	return ($own, "$own/versions?limit=1000", graph_paths("dataset:$space:$dataset->{name}"), '/events?dataset=' . enc("dataset:$space:$dataset->{name}"),
		(map { '/column-lineage?nodeId=' . enc("dataset:$space:$dataset->{name}#$_->{version}") } @$versions),
		(map { "$own/versions/$_->{version}" } @$versions),
		map { graph_paths("datasetField:$space:$dataset->{name}:$_->{name}") } @{ $dataset->{fields} });
}

sub job_paths
{
	my ($base, $space, $job) = @_;
	my $own = "$base/jobs/" . enc($job->{name});
	my @runs = map { $_->{id} } @{ parsed("$own/runs?limit=1000")->{runs} };
	return ($own, "$own/runs?limit=1000", "$own/runs?limit=2&offset=1", "$own/versions?limit=1000", graph_paths("job:$space:$job->{name}"), '/events?job=' . enc("job:$space:$job->{name}"),
		(map { "$own/versions/$_->{version}" } @{ parsed("$own/versions?limit=1000")->{versions} }),
		map { my $run = $_; ("/jobs/runs/$run", "/events?run=$run", "/runlineage/upstream?runId=$run", "/lineage?runId=$run", map { "/jobs/runs/$run/facets?type=$_" } qw(run job dataset)) } @runs);
}

# Whether a path is of a route.
sub asks
{
	my ($template, $path) = @_;
	(my $pattern = $template) =~ s/\{\w+\}/[^\/]+/g;
	(my $plain = $path) =~ s/[?].*//;
	return ($path =~ m{^/api/} ? $plain : "/api/v1$plain") =~ /^$pattern$/;
}

# -- writing -----------------------------------------------------------------------

# What was not taken.
sub write_all
{
	my ($random, @order) = @_;
	my $odd = '';
	while (@order)
	{
		my $n = $random && rand() < 0.3 ? 2 + int rand 9 : 1;
		my @call = splice @order, 0, $n;
		my $answer = @call == 1 ? http_post("$url/lineage", $call[0]) : http_post("$url/lineage", '[' . join(',', @call) . ']');
		$odd .= "$answer->{status} " . substr($answer->{content}, 0, 200) . "\n" if $answer->{status} !~ /^20[01]$/;
	}
	return $odd;
}

sub start_anew
{
	$node->safe_psql('served', 'DROP EXTENSION openlineage CASCADE');
	$node->safe_psql('served', 'CREATE EXTENSION openlineage');
	$node->wait_healthy;
	return;
}

# -- the property ------------------------------------------------------------------

is(write_all(0, @events), '', 'the corpus is accepted in its own order');
my @paths = all_paths();
cmp_ok(scalar @paths, '>', 1000, 'it has many answers');
my @unasked = grep { my $route = $_; !grep { asks($route, $_) } @paths } map { $_->{template} } grep { $_->{method} eq 'GET' } routes();
is("@unasked", '/health /.well-known/oauth-protected-resource', 'every route that reads events is asked');
my %whole = map { $_ => told($_) } @paths;
# Of all that was listed, only the upstream of no run is refused.
is(join("\n", grep { $whole{$_} !~ /^200 / && $_ ne '/runlineage/upstream' } @paths), '', 'each is 200');

for my $n (1 .. $orders)
{
	srand($seed + $n);
	my @order = shuffle @events, @events;
	start_anew();
	is(write_all(1, @order), '', "order $n is accepted, every event twice");
	my @differ = grep { told($_) ne $whole{$_} } @paths;
	is(scalar @differ, 0, "order $n of $orders: " . scalar(@paths) . ' answers are the same') or do
	{
		diag("SEED=$seed");
		diag("$_\n  $whole{$_}\n  " . told($_)) for @differ[ 0 .. ($#differ > 4 ? 4 : $#differ) ];
	};
}

# That this test can fail: one event less.
start_anew();
write_all(0, @events[ 1 .. $#events ]);
ok(scalar(grep { told($_) ne $whole{$_} } @paths), 'an event that is missing is noticed');
done_testing();
