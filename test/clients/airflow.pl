# The real Airflow (scheduler, DAG processor, API server) runs two DAGs, and its OpenLineage
# provider tells the worker about them: tasks by SQL, by Python, mapped, skipped, declared, failing.
#
# OL_VENV-airflow is the virtual environment with airflow/requirements.txt.
use strict;
use warnings;
use File::Find ();
use FindBin;
use JSON::PP ();
use OpenLineage::Cluster qw(free_port http_get slurp wait_for);
use Test::More;

my $venv = ($ENV{OL_VENV} || '') . '-airflow';
BAIL_OUT('OL_VENV-airflow has to be the virtual environment of airflow/requirements.txt') unless -x "$venv/bin/airflow";
my $patience = 300;    # seconds for what Airflow does by itself

# Airflow reaches the server by TCP; and data and lineage are two databases.
my $node = OpenLineage::Cluster->new('airflow', conf => { listen_addresses => '127.0.0.1' });
$node->{port} = free_port();
my $url = $node->init->serve('lineage');
$node->safe_psql('postgres', 'CREATE DATABASE loans');
$node->safe_psql('loans', q{
	CREATE SCHEMA loans;
	CREATE TABLE loans.raw_customers (id int, income numeric, name text);
	CREATE TABLE loans.raw_applications (id int, customer_id int, amount numeric);
	CREATE TABLE loans.findings (id int);
	INSERT INTO loans.raw_customers VALUES (1, 10, 'Ada'), (2, 0, 'Bob');
	INSERT INTO loans.raw_applications VALUES (7, 1, 5)});

my $home = "$node->{base}/airflow";
my $api = 'http://127.0.0.1:' . free_port();
delete $ENV{$_} for grep { /^(PG|PYTHON|AIRFLOW|OPENLINEAGE)/ } keys %ENV;
my %section = (
	CORE => { DAGS_FOLDER => "$FindBin::Bin/airflow/dags", LOAD_EXAMPLES => 'False', EXECUTOR => 'LocalExecutor', PARALLELISM => 2,
		DAGS_ARE_PAUSED_AT_CREATION => 'False', EXECUTION_API_SERVER_URL => "$api/execution/" },
	API         => { HOST => '127.0.0.1', PORT => $api =~ /(\d+)$/, WORKERS => 1 },
	API_AUTH    => { JWT_SECRET => 'of this test only, ' x 4 },
	OPENLINEAGE => { NAMESPACE => 'airflow' });
for my $name (keys %section)
{
	$ENV{"AIRFLOW__${name}__$_"} = $section{$name}{$_} for keys %{ $section{$name} };
}
%ENV = (%ENV, AIRFLOW_HOME => $home, OPENLINEAGE_URL => $url, LOANS_PORT => $node->{port}, NO_PROXY => '127.0.0.1',
	AIRFLOW_CONN_LOANS => "postgres://postgres\@127.0.0.1:$node->{port}/loans", PATH => "$venv/bin:$ENV{PATH}");

# -- Airflow -------------------------------------------------------------------------

my %service;

sub start { my ($name, @words) = @_; $service{$name} = OpenLineage::Cluster::spawn("$venv/bin/airflow", $name, @words); return; }

sub stop_all
{
	my @pids = map { $_->{pid} } values %service;
	kill 'TERM', @pids;
	wait_for(sub { !grep { OpenLineage::Cluster::alive($_) } @pids }) or kill 'KILL', @pids;
	return;
}

# Everything that Airflow wrote: its services, and a file for each task.
sub logs
{
	my @files = map { ("$_->{dir}/out", "$_->{dir}/err") } values %service;
	File::Find::find({ no_chdir => 1, wanted => sub { push @files, $_ if /\.log$/ } }, "$home/logs");
	return join '', map { slurp($_) } @files;
}

# Before that of OpenLineage::Cluster, which takes the server away.
END
{
	my $status = $?;
	stop_all() if %service;
	$? = $status;
}

sub sql { return $node->safe_psql('lineage', $_[0]); }
sub answer { return JSON::PP->new->utf8->decode(http_get("$url/api/v1/$_[0]")->{content}); }

my ($code, $out, $err) = OpenLineage::Cluster::capture("$venv/bin/airflow", 'db', 'migrate');
is($code, 0, 'Airflow makes its database') or diag($out, $err);
start('api-server');
start('dag-processor');
ok(wait_for(sub { http_get("$api/api/v2/monitor/health")->{status} == 200 }, $patience), 'its API server answers');
start('scheduler', '--skip-serve-logs');
my $ended = q{SELECT string_agg(n.name || ' ' || r.state, ', ' ORDER BY n.name) FROM openlineage.run AS r JOIN openlineage.node AS n ON n.id = r.job_id
	WHERE n.name IN ('loans_audit', 'loans_nightly') AND r.terminal_state IS NOT NULL};
ok(wait_for(sub { sql($ended) =~ /,/ }, $patience), 'both DAGs are run to their ends') or diag(logs());
is(sql($ended), 'loans_audit FAILED, loans_nightly COMPLETED', 'one fails, one succeeds');
stop_all();
my $logs = logs();
like($logs, qr/Successfully emitted OpenLineage `COMPLETE` event/, 'the provider emits events');
unlike($logs, qr/Failed to emit|OpenLineage event emission failed|Failed to extract OpenLineage|\[(warning|error) *\][^\n]*openlineage/i, 'and nothing about them goes wrong')
	or diag(join "\n", grep { /openlineage/i } split /\n/, $logs);

# -- what has to be there ----------------------------------------------------------------

is(sql('SELECT count(*) FROM openlineage.event'), 24, 'a START and an end of each run are stored');
is(sql(q{SELECT string_agg(n.name || ' ' || r.state || coalesce(' < ' || j.name, ''), E'\n' ORDER BY n.name COLLATE "C")
           FROM openlineage.run AS r JOIN openlineage.node AS n ON n.id = r.job_id
           LEFT JOIN openlineage.run AS p ON p.id = r.parent_run_id LEFT JOIN openlineage.node AS j ON j.id = p.job_id}),
	join("\n", 'loans_audit FAILED', 'loans_audit.audit FAILED < loans_audit', 'loans_nightly COMPLETED',
		'loans_nightly.clean COMPLETED < loans_nightly', 'loans_nightly.export COMPLETED < loans_nightly',
		'loans_nightly.export.query.1 COMPLETED < loans_nightly.export', 'loans_nightly.features COMPLETED < loans_nightly',
		('loans_nightly.learn.evaluate COMPLETED < loans_nightly') x 2, 'loans_nightly.learn.train COMPLETED < loans_nightly',
		'loans_nightly.publish COMPLETED < loans_nightly', 'loans_nightly.report COMPLETED < loans_nightly'),
	'runs of tasks are in their states, below the run of their DAG');
is(sql(q{SELECT count(DISTINCT root_run_id) || ' ' || count(DISTINCT nominal_start_time) || ' ' || min(nominal_start_time AT TIME ZONE 'UTC')
           FROM openlineage.run WHERE parent_run_id IS NOT NULL}),
	'2 1 2026-01-05 00:00:00', 'with the root and the nominal time of the DAG');
is(sql(q{SELECT string_agg(s.name || ' -> ' || d.name, E'\n' ORDER BY s.name COLLATE "C", d.name COLLATE "C")
           FROM openlineage.edge AS e JOIN openlineage.node AS s ON s.id = e.src JOIN openlineage.node AS d ON d.id = e.dst}),
	join("\n", 'loan_features -> loans_nightly.learn.train', 'loans.loans.clean -> loans_nightly.features',
		'loans.loans.features -> loans_nightly.export', 'loans.loans.features -> loans_nightly.export.query.1',
		'loans.loans.raw_applications -> loans_nightly.features', 'loans.loans.raw_customers -> loans_nightly.clean',
		'loans_audit.audit -> loans.loans.findings', 'loans_nightly.clean -> loans.loans.clean', 'loans_nightly.export -> loan_features',
		'loans_nightly.features -> loans.loans.features', 'loans_nightly.learn.train -> risk',
		'loans_nightly.report -> /loans/risk.html', 'risk -> loans_nightly.report'),
	'the graph is that of the DAG');
my $db = "postgres://127.0.0.1:$node->{port}";
is(sql("SELECT string_agg(name, ' ' ORDER BY distance) FROM openlineage.impact('dataset:$db:loans.loans.raw_customers') WHERE kind = 'dataset'"),
	'loans.loans.clean loans.loans.features loan_features risk /loans/risk.html', 'what depends on the customers ends with the report');
is(sql("SELECT string_agg(DISTINCT name || '.' || field, ' ') FROM openlineage.column_lineage('datasetField:$db:loans.loans.features:ratio') WHERE name LIKE '%.raw\\_%'"),
	'loans.loans.raw_applications.amount loans.loans.raw_customers.income', 'the columns a feature is made of');
is(sql(q{SELECT string_agg(f.name || ' ' || f.type, ', ' ORDER BY f.name) FROM openlineage.dataset_field AS f JOIN openlineage.node AS n ON n.id = f.dataset_id WHERE n.name = 'loans.loans.raw_customers'}),
	'id int4, income numeric, name text', 'a table that is read has its columns');
is(sql(q{SELECT string_agg(DISTINCT n.name, ' ') FROM openlineage.owner AS o JOIN openlineage.node AS n ON n.id = o.node_id WHERE o.name = 'team-risk' AND n.name NOT LIKE '%.%'}),
	'loans_audit loans_nightly', 'the DAGs have their owner');
is(sql('SELECT count(*) FROM openlineage.event_issue'), 0, 'nothing about the events is odd');

# -- the API -------------------------------------------------------------------------------

my $clean = answer('namespaces/airflow/jobs/loans_nightly.clean');
is("$clean->{latestRun}{state} $clean->{parentJobName} $clean->{description}", 'COMPLETED loans_nightly Features and a model, every night.',
	'the API tells of the job of a task');
like($clean->{facets}{sql}{query}, qr/INSERT INTO loans\.clean/, 'with its SQL');
is(join(' ', sort @{ $clean->{tags} || [] }), 'loans nightly', 'and the tags of its DAG');
is(scalar @{ answer('namespaces/airflow/jobs/loans_nightly.learn.evaluate/runs')->{runs} }, 2, 'a mapped task has two runs');
my $audit = answer('namespaces/airflow/jobs/loans_audit.audit')->{latestRun};
like($audit->{facets}{errorMessage}{message}, qr/"loans\.no_such_table" does not exist/, 'a failed task says why');
my $state = answer('namespaces/airflow/jobs/loans_nightly')->{latestRun}{facets}{airflowState};
is($state->{tasksState}{publish}, 'skipped', 'the DAG says which task was skipped');
my %drawn = map { $_->{id} => 1 } @{ answer("lineage?nodeId=dataset:$db:loans.loans.raw_customers&depth=20")->{graph} };
ok($drawn{'dataset:file://reports.example:/loans/risk.html'}, 'the API draws from the raw table to the report') or diag(join "\n", sort keys %drawn);

done_testing();
