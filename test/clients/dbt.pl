# The real dbt with openlineage-dbt runs a small project on the server under test and tells the
# worker about it: models, columns, tests, and a test that fails.
#
# OL_VENV is the virtual environment with requirements.txt.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use OpenLineage::Cluster qw(free_port http_get);
use Test::More;

my $venv = $ENV{OL_VENV};
BAIL_OUT('OL_VENV has to name the virtual environment of requirements.txt') unless $venv && -x "$venv/bin/dbt-ol";

# dbt reaches the server by TCP; and data and lineage are two databases.
my $node = OpenLineage::Cluster->new('dbt', conf => { listen_addresses => '127.0.0.1' });
$node->{port} = free_port();
my $url = $node->init->serve('lineage');
$node->safe_psql('postgres', 'CREATE DATABASE loans');

# dbt writes into its project, so it works on a copy.
my $project = "$node->{base}/project";
system('cp', '-r', "$FindBin::Bin/dbt_project", $project) == 0 or die 'could not copy the project';
%ENV = (%ENV, LOANS_PORT => $node->{port}, DBT_PROFILES_DIR => $project, OPENLINEAGE_URL => $url, DO_NOT_TRACK => 1,
	PATH => "$venv/bin:$ENV{PATH}");
delete $ENV{$_} for grep { /^PG/ } keys %ENV;

# dbt($program, $namespace, words...): exit code and output.
sub dbt
{
	my ($program, $namespace, @words) = @_;
	local $ENV{OPENLINEAGE_NAMESPACE} = $namespace;
	my ($code, $out, $err) = OpenLineage::Cluster::capture("$venv/bin/$program", @words, '--project-dir', $project);
	return ($code, $out . $err);
}

sub sql { return $node->safe_psql('lineage', $_[0]); }

my ($code, $out) = dbt('dbt', 'none', 'seed');
is($code, 0, 'dbt loads its seeds') or diag($out);
is(sql('SELECT count(*) FROM openlineage.event'), 0, 'dbt alone tells nothing');

# -- models ------------------------------------------------------------------------

($code, $out) = dbt('dbt-ol', 'loans', 'run');
is($code, 0, 'dbt-ol run ends well') or diag($out);
like($out, qr/Emitted 8 OpenLineage events/, 'and emits 8 events');
is(sql('SELECT count(*) FROM openlineage.event'), 8, 'all of them are stored');
my $db = "postgres://127.0.0.1:$node->{port}";
is(sql(q{SELECT string_agg(s.name || ' -> ' || d.name, E'\n' ORDER BY s.name COLLATE "C", d.name COLLATE "C")
           FROM openlineage.edge AS e JOIN openlineage.node AS s ON s.id = e.src JOIN openlineage.node AS d ON d.id = e.dst}),
	join("\n", 'loans.loans.applications -> loans.loans.loans.features', 'loans.loans.customers -> loans.loans.loans.features',
		'loans.loans.loans.applications -> loans.loans.applications', 'loans.loans.loans.customers -> loans.loans.customers',
		'loans.loans.loans.features -> loans.loans.features', 'loans.loans.raw_applications -> loans.loans.loans.applications',
		'loans.loans.raw_customers -> loans.loans.loans.customers'),
	'the graph is that of the models');
is(sql("SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM openlineage.impact('dataset:$db:loans.loans.raw_customers') WHERE kind = 'dataset'"),
	'loans.loans.customers loans.loans.features', 'what depends on the customers');
is(sql("SELECT string_agg(DISTINCT name || '.' || field, ' ' ORDER BY name || '.' || field) FROM openlineage.column_lineage('datasetField:$db:loans.loans.features:amount_to_income')
         WHERE name LIKE '%.raw\\_%'"),
	'loans.loans.raw_applications.amount loans.loans.raw_customers.income', 'the columns a feature is made of');
is(sql(q{SELECT string_agg(f.name, ' ' ORDER BY f.name) FROM openlineage.dataset_field AS f JOIN openlineage.node AS n ON n.id = f.dataset_id WHERE n.name = 'loans.loans.customers'}),
	'customer_id monthly_income', 'a model has its columns');
is(sql(q{SELECT d.description FROM openlineage.dataset AS d JOIN openlineage.node AS n ON n.id = d.node_id WHERE n.name = 'loans.loans.features'}),
	'What the model learns from.', 'and its description');
is(sql(q{SELECT string_agg(DISTINCT r.state::text, ' ') FROM openlineage.run AS r}), 'COMPLETED', 'every run is completed');
is(sql(q{SELECT count(*) FROM openlineage.run AS r JOIN openlineage.run AS p ON p.id = r.parent_run_id JOIN openlineage.node AS n ON n.id = p.job_id WHERE n.name = 'dbt-run-loans'}),
	3, 'three models have the run of dbt as their parent');

# -- tests -------------------------------------------------------------------------

($code, $out) = dbt('dbt-ol', 'loans', 'test', '--exclude', 'tag:fails');
is($code, 0, 'dbt-ol test ends well') or diag($out);
my $results = q{SELECT string_agg(n.name || ' ' || q.column_name || ' ' || q.name || ' ' || q.success, E'\n' ORDER BY n.name, q.column_name, q.name)
	FROM (SELECT DISTINCT dataset_id, column_name, name, success FROM openlineage.quality_result WHERE %s) AS q JOIN openlineage.node AS n ON n.id = q.dataset_id};
is(sql(sprintf $results, 'run_id IS NOT NULL'), join("\n",
	'loans.loans.applications decision accepted_values_applications_decision__approved__rejected true',
	'loans.loans.customers customer_id not_null_customers_customer_id true',
	'loans.loans.customers customer_id unique_customers_customer_id true',
	'loans.loans.customers monthly_income not_null_customers_monthly_income true',
	'loans.loans.features application_id not_null_features_application_id true'), 'tests that hold are results of their runs');

($code, $out) = dbt('dbt-ol', 'loans', 'test', '--select', 'tag:fails');
like($out, qr/ERROR=1/, 'a test fails');
is(sql(sprintf $results, 'run_id IS NOT NULL AND NOT success'), 'loans.loans.applications decision every_application_was_approved false', 'and is a result');
is(sql(q{SELECT q.expected || ' ' || q.actual FROM openlineage.quality_result AS q WHERE NOT q.success AND q.run_id IS NOT NULL}), '0 1', 'with what was expected and found');
is(sql(q{SELECT string_agg(DISTINCT n.name, ' ' ORDER BY n.name) FROM openlineage.run AS r JOIN openlineage.node AS n ON n.id = r.job_id WHERE r.state = 'FAILED'}),
	'dbt-run-loans loans.loans.loans.applications.test', 'its run and that of dbt failed');

# -- event by event ------------------------------------------------------------------

($code, $out) = dbt('dbt-ol', 'structured', 'run', '--consume-structured-logs');
is($code, 0, 'dbt-ol with structured logs ends well') or diag($out);
my ($emitted) = $out =~ /Emitted (\d+) OpenLineage events/;
cmp_ok($emitted || 0, '>', 30, 'and emits an event for each statement');
my $own = q{FROM openlineage.%s AS x JOIN openlineage.namespace AS s ON s.id = x.namespace_id WHERE s.name = 'structured'};
is(sql('SELECT count(*) ' . sprintf $own, 'event'), $emitted, 'all of them are stored');
is(sql(q{SELECT count(*) FILTER (WHERE state <> 'COMPLETED') } . sprintf $own, 'run'), 0, 'every run is completed');
is(sql(q{SELECT string_agg(n.name, ' ' ORDER BY n.name) FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id
          WHERE s.name = 'structured' AND n.name LIKE 'model.%' AND n.name NOT LIKE '%.sql.%'}),
	'model.loans.applications model.loans.customers model.loans.features', 'the models are jobs');

# structured($pattern, $condition): the runs of jobs of that namespace, without the statements below them.
sub structured
{
	my ($pattern, $condition) = @_;
	return sql("SELECT string_agg(DISTINCT n.name || ' ' || r.state, ', ' ORDER BY n.name || ' ' || r.state) FROM openlineage.run AS r
		JOIN openlineage.node AS n ON n.id = r.job_id JOIN openlineage.namespace AS s ON s.id = r.namespace_id
		WHERE s.name = 'structured' AND n.name LIKE '$pattern' AND $condition");
}

my $before = sql('SELECT count(*) FROM openlineage.event');
($code, $out) = dbt('dbt-ol', 'structured', 'seed', '--consume-structured-logs');
is($code, 0, 'seeds with structured logs end well') or diag($out);
($emitted) = $out =~ /Emitted (\d+) OpenLineage events/;
is(sql('SELECT count(*) FROM openlineage.event') - $before, $emitted, 'all of them are stored');
is(structured('dbt-run-%', 'true'), 'dbt-run-loans COMPLETED', 'seeds are a run of dbt');

# A model that is wrong, in the copy of the project.
open my $broken, '>', "$project/models/broken.sql" or die "broken.sql: $!";
print {$broken} "select no_such_column from {{ ref('customers') }}";
close $broken or die "broken.sql: $!";
$before = sql('SELECT count(*) FROM openlineage.event');
($code, $out) = dbt('dbt-ol', 'structured', 'run', '--select', 'broken', '--consume-structured-logs');
cmp_ok($code, '!=', 0, 'a model that is wrong fails dbt');
($emitted) = $out =~ /Emitted (\d+) OpenLineage events/;
is(sql('SELECT count(*) FROM openlineage.event') - $before, $emitted, 'all that is told of it is stored');
is(structured('%', q{r.state <> 'COMPLETED'}), 'dbt-run-loans FAILED, model.loans.broken FAILED, model.loans.broken.sql.1 FAILED',
	'model, statement and run of dbt failed');
is(sql(q{SELECT p.state || ' ' || j.name FROM openlineage.run AS r JOIN openlineage.node AS n ON n.id = r.job_id
          JOIN openlineage.run AS p ON p.id = r.parent_run_id JOIN openlineage.node AS j ON j.id = p.job_id WHERE n.name = 'model.loans.broken'}),
	'FAILED dbt-run-loans', 'the model is below the run of dbt');
my $failure = JSON::PP->new->utf8->decode(http_get("$url/api/v1/namespaces/structured/jobs/model.loans.broken")->{content})->{latestRun};
like($failure->{facets}{errorMessage}{message} || '', qr/no_such_column/, 'and the API says why it failed');

# -- the API -------------------------------------------------------------------------

my $jobs = JSON::PP->new->utf8->decode(http_get("$url/api/v1/namespaces/loans/jobs")->{content});
my ($features) = grep { $_->{name} eq 'loans.loans.loans.features' } @{ $jobs->{jobs} };
is($features->{latestRun}{state}, 'COMPLETED', 'the API lists the job of a model with its latest run');
is(join(' ', sort map { $_->{name} } @{ $features->{inputs} }), 'loans.loans.applications loans.loans.customers', 'and its inputs');
like($features->{facets}{sql}{query} || '', qr/amount_to_income/, 'and its SQL');

done_testing();
