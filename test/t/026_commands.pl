# PUT and POST over HTTP, as clients of Marquez do who send no events: datasets, a job, a run that
# starts, writes and completes; status, Location and bodies; errors; and who posts one run id at
# the same time.
use strict;
use warnings;
use JSON::PP ();
use OpenLineage::Cluster qw(http);
use Test::More;

my $node = OpenLineage::Cluster->new('commands');
my $url  = $node->init->serve('lineage');
my $json = JSON::PP->new->utf8->canonical;
my $run  = '00000000-0000-4000-8000-000000000001';

# Status and decoded body; the whole answer for who wants its headers.
sub call
{
	my ($method, $path, $body) = @_;
	my $answer = http($method, "$url/api/v1$path", defined $body
		? (headers => { 'Content-Type' => 'application/json' }, content => ref $body ? $json->encode($body) : $body) : ());
	return ($answer->{status}, eval { $json->decode($answer->{content}) }, $answer);
}

sub answers
{
	my ($status, $method, $path, $body) = @_;
	my ($got, $object) = call($method, $path, $body);
	is($got, $status, "$method $path: $status");
	return $object;
}

my %table = (type => 'DB_TABLE', physicalName => 'public.t', sourceName => 'warehouse', description => 'a table', tags => ['PII'],
	fields => [ { name => 'a', type => 'INT', tags => ['SENSITIVE'], description => 'first' } ]);
my @in  = ({ namespace => 's3://lake', name => 'in/a' });
my @out = ({ namespace => 's3://lake', name => 'out/b' });
my $lake = '/namespaces/s3%3A%2F%2Flake/datasets';
my %job = (type => 'BATCH', inputs => \@in, outputs => \@out, location => 'https://git.example/load', description => 'loads');

# -- the flow ---------------------------------------------------------------------

answers(404, PUT => "$lake/in%2Fa", \%table);
answers(200, PUT => '/namespaces/s3%3A%2F%2Flake', { ownerName => 'ann' });
answers(200, PUT => '/namespaces/sched', { ownerName => 'ann' });
answers(404, PUT => "$lake/in%2Fa", \%table);
answers(200, PUT => '/sources/warehouse', { type => 'POSTGRESQL', connectionUrl => 'jdbc:postgresql://h/d' });
my $dataset = answers(200, PUT => "$lake/in%2Fa", \%table);
is_deeply([ @$dataset{qw(name physicalName facets tags fields lastLifecycleState)} ],
	[ 'in/a', 'public.t', {}, ['PII'], $table{fields}, undef ], 'a dataset is what was put');
is_deeply(answers(200, GET => "$lake/in%2Fa"), $dataset, 'and is read so');
answers(200, PUT => "$lake/out%2Fb", \%table);
my $job = answers(200, PUT => '/namespaces/sched/jobs/load', \%job);
is_deeply([ @$job{qw(inputs outputs location description latestRun)} ], [ \@in, \@out, @job{qw(location description)}, undef ], 'a job is what was put');

my ($status, $posted, $answer) = call(POST => '/namespaces/sched/jobs/load/runs', { id => $run, args => { day => 5 } });
is($status, 201, 'a run is created');
is($answer->{headers}{location}, "/api/v1/jobs/runs/$run", 'Location is its URL');
is_deeply([ @$posted{qw(id state args)} ], [ $run, 'NEW', { day => '5' } ], 'in state NEW, args as strings');
is_deeply(answers(200, GET => $answer->{headers}{location} =~ s{^/api/v1}{}r), $posted, 'which leads to it');

is(answers(200, POST => "/jobs/runs/$run/start?at=2026-01-05T08%3A00%3A00Z")->{state}, 'RUNNING', 'it runs');
answers(200, PUT => "$lake/out%2Fb", { %table, runId => $run });
my $done = answers(200, POST => "/jobs/runs/$run/complete?at=2026-01-05T08:00:01.5Z", '{}');
is_deeply([ @$done{qw(state startedAt endedAt durationMs)} ], [ 'COMPLETED', '2026-01-05T08:00:00Z', '2026-01-05T08:00:01.500Z', 1500 ], 'and has run');
is_deeply([ map { $_->{datasetVersionId}{name} } map { @$_ } @$done{qw(inputDatasetVersions outputDatasetVersions)} ], [ 'in/a', 'out/b' ], 'with its datasets');
my $versions = answers(200, GET => "$lake/out%2Fb/versions")->{versions};
is_deeply([ map { $_->{createdByRun} && $_->{createdByRun}{id} } @$versions ], [ $run, undef ], 'a version is of the run that wrote it');
is_deeply($versions->[0]{createdByRun}, $done, 'and shows it');
my $job_versions = answers(200, GET => '/namespaces/sched/jobs/load/versions')->{versions};
is_deeply([ map { $_->{latestRun}{id} } @$job_versions ], [$run], 'one version of the job, of that run');
my @nodes = map { $_->{id} } @{ answers(200, GET => '/lineage?nodeId=job:sched:load')->{graph} };
is_deeply(\@nodes, [ 'dataset:s3://lake:in/a', 'dataset:s3://lake:out/b', 'job:sched:load' ], 'lineage has all three');
is(answers(200, GET => '/events/lineage')->{totalCount}, 0, 'no event was sent, none is shown');

# -- what clients do wrong ---------------------------------------------------------

my $again = answers(400, POST => '/namespaces/sched/jobs/load/runs', { id => $run });
is($again->{message}, "Run '$run' already exists for 'load' under namespace 'sched'.", 'an id is taken once');
answers(404, POST => '/namespaces/sched/jobs/gone/runs', {});
answers(404, POST => "/jobs/runs/00000000-0000-4000-8000-000000000077/$_") for qw(start complete fail abort);
answers(404, POST => '/jobs/runs/seven/start');
answers(400, POST => "/jobs/runs/$run/fail?at=soon");
answers(404, PUT => '/namespaces/sched/jobs/load', { %job, inputs => [ { namespace => 'x', name => 'y' } ] });
answers(404, PUT => '/namespaces/sched/jobs/load', { %job, runId => '00000000-0000-4000-8000-000000000077' });
answers(422, PUT => '/namespaces/sched/jobs/load', {});
answers(422, PUT => '/namespaces/sched/jobs/load', 'null');
answers(400, PUT => '/namespaces/sched/jobs/load', '{');
answers(400, PUT => "$lake/in%2Fa", { %table, type => 'VIEW' });
answers(422, PUT => "$lake/in%2Fa", { type => 'STREAM' });
answers(405, DELETE => "/jobs/runs/$run/start");

# -- many at once: one run id is created once ---------------------------------------

my $race = '00000000-0000-4000-8000-000000000002';
my @children = map {
	my $pid = fork() // die "fork: $!";
	if ($pid == 0)
	{
		my ($state) = call(POST => '/namespaces/sched/jobs/load/runs', { id => $race });
		require POSIX;
		POSIX::_exit($state == 201 ? 0 : $state == 400 ? 1 : 2);
	}
	$pid;
} 1 .. 4;
my %ends;
waitpid($_, 0), $ends{ $? >> 8 }++ for @children;
is_deeply(\%ends, { 0 => 1, 1 => 3 }, 'of four that post one id one succeeds, three are told why not');

done_testing();
