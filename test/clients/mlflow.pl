# The real MLflow behind the gateway: its client, which knows no more than the gateway's URL and a token, logs a run
# and an artifact, registers a model and reads all of it back; with a token for reading it may only read.
#
# OL_VENV-mlflow is the virtual environment with mlflow/requirements.txt.
use strict;
use warnings;
use FindBin;
use JSON::PP qw(decode_json);
use OpenLineage::Cluster qw(free_port http http_get wait_for);
use Test::More;

my $venv = ($ENV{OL_VENV} || '') . '-mlflow';
BAIL_OUT('OL_VENV-mlflow has to be the virtual environment of mlflow/requirements.txt') unless -x "$venv/bin/mlflow";
my $node = OpenLineage::Cluster->new('mlflow');
my ($port, $mlflow_port) = (free_port(), free_port());
my ($gateway, $mlflow) = ("http://127.0.0.1:$port", "http://127.0.0.1:$mlflow_port");
my $home = "$node->{base}/mlflow";
mkdir $home or die "$home: $!";
delete $ENV{$_} for grep { /^(PYTHON|MLFLOW)/ } keys %ENV;
%ENV = (%ENV, NO_PROXY => '127.0.0.1', PATH => "$venv/bin:$ENV{PATH}", HOME => $home, GIT_PYTHON_REFRESH => 'quiet', MLFLOW_DISABLE_TELEMETRY => 'true');

my $server = OpenLineage::Cluster::spawn("$venv/bin/mlflow", 'server', '--host', '127.0.0.1', '--port', $mlflow_port, '--workers', 1,
	'--backend-store-uri', "sqlite:///$home/mlflow.db", '--artifacts-destination', "$home/artifacts", '--serve-artifacts');
END { kill 'TERM', $server->{pid} if $server; }
$node->init->serve('lineage', conf => { 'openlineage.gateway_port' => $port, 'openlineage.mlflow_url' => $mlflow });
ok(wait_for(sub { http_get("$mlflow/health")->{status} == 200 }, 300), 'MLflow answers');
ok(wait_for(sub { http_get("$gateway/health")->{status} == 200 }), 'so does the gateway');

# Both as a client would ask for them.
sub token
{
	my ($client, $scope) = @_;
	my $secret = $node->safe_psql('lineage', "SELECT openlineage.create_client('$client', '{models:read,models:write}')");
	return decode_json(http('POST', "$gateway/oauth/token", headers => { 'content-type' => 'application/x-www-form-urlencoded' },
		content => "grant_type=client_credentials&client_id=$client&client_secret=$secret&scope=$scope")->{content})->{access_token};
}

sub run
{
	my ($token, @words) = @_;
	local %ENV = (%ENV, MLFLOW_TRACKING_URI => "$gateway/mlflow", MLFLOW_REGISTRY_URI => "$gateway/mlflow", MLFLOW_HTTP_REQUEST_MAX_RETRIES => 0);
	$ENV{MLFLOW_TRACKING_TOKEN} = $token if defined $token;
	my ($code, $out, $err) = OpenLineage::Cluster::capture("$venv/bin/python", "$FindBin::Bin/mlflow/story.py", @words);
	diag($err) if $code != 0 && $code != 3;
	my $last = (split /\n/, $out)[-1];    # MLflow talks, too
	return eval { decode_json($last) } || { code => $code, told => $out };
}

my $write = token('mlflow', 'models:read+models:write');
my $read = token('reader', 'models:read');
my $told = run($write, 'write');
ok($told->{run_id}, 'a run is logged');
is($told->{artifact}, 'written by the story', 'an artifact is stored and read back');
is($told->{version}, '1', 'a model is registered');
is($told->{metric}, 0.5, 'a metric is read back');

my $seen = run($read, 'read', $told->{run_id});
is_deeply($seen, { runs => 1, artifact => 'written by the story', model => 'scorer',
	denied => 'INTERNAL_ERROR: the token has not the scope that this needs' }, 'with a token for reading all is seen and nothing written');
is_deeply(run(undef, 'read', $told->{run_id}), { refused => 'INTERNAL_ERROR: a token is needed' }, 'without a token nothing is seen');

done_testing();
