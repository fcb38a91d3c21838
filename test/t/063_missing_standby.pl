# A synchronous standby is missing, for hours perhaps.  Events and changes wait for it, as they must; who reads, asks
# the gateway or stops the server does not.
use strict;
use warnings;
use OpenLineage::Cluster qw(http http_get http_post free_port wait_for);
use OpenLineage::Wire qw(run_event);
use Test::More;

my $port = free_port();
my $gateway = "http://127.0.0.1:$port";
my $node = OpenLineage::Cluster->new('missing');
my $url = $node->init->serve('lineage', conf => { 'openlineage.gateway_port' => $port, 'openlineage.audit' => 'all',
	'openlineage.embedded_issuer' => 'on', 'openlineage.mlflow_url' => 'http://127.0.0.1:' . free_port() });
ok(wait_for(sub { http_get("$gateway/health")->{status} == 200 }), 'the gateway serves');
my $secret = $node->safe_psql('lineage', "SELECT openlineage.create_client('feast', '{lineage:read}')");
$node->configure(synchronous_standby_names => 'nosuch')->reload;
ok($node->poll_until('lineage', 'SHOW synchronous_standby_names', 'nosuch'), 'a standby is waited for');

sub waiting
{
	return $node->safe_psql('lineage', "SELECT string_agg(backend_type, ',') FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_type ~ '^openlineage (gateway|keys|query|ingest)'");
}
sub audited { return $node->safe_psql('lineage', "SELECT count(*) FROM openlineage.audit WHERE route = '$_[0]'"); }

is(http_get("$gateway/mlflow/")->{status}, 401, 'the gateway answers somebody without a token');
ok(wait_for(sub { audited('/mlflow') > 0 }), 'which is written down');
is(http_get("$gateway/health")->{status}, 200, 'and goes on');
is(http('POST', "$gateway/oauth/token", headers => { 'content-type' => 'application/x-www-form-urlencoded' },
	content => "grant_type=client_credentials&client_id=feast&client_secret=$secret")->{status}, 200, 'a token is given out');

is(http_get("$url/api/v1/namespaces")->{status}, 200, 'a read');
ok(wait_for(sub { audited('/api/v1/namespaces') > 0 }), 'is written down');
is(http_get("$url/api/v1/namespaces")->{status}, 200, 'and another one answered');
is(waiting(), '', 'nothing of that waits');

# An event and a change do; one query worker is left to those who read.
my @writers = map { OpenLineage::Cluster::spawn($^X, '-MHTTP::Tiny', '-e',
	'HTTP::Tiny->new(timeout => 60)->request(@ARGV[0, 1], { content => $ARGV[2], headers => { "content-type" => "application/json" } })', @$_) }
  [ POST => "$url/api/v1/lineage", run_event('waits') ],
  [ PUT => "$url/api/v1/namespaces/waits", '{"ownerName":"x"}' ];
ok(wait_for(sub { waiting() =~ /ingest/ && waiting() =~ /query/ }), 'an event and a change wait');
is(http_get("$url/api/v1/namespaces")->{status}, 200, "read $_ meanwhile") for 1 .. 5;
ok(wait_for(sub { audited('/api/v1/namespaces') >= 7 }), 'and these are written down');

ok(eval { $node->stop('fast'); 1 }, 'the server stops') or diag($@);
OpenLineage::Cluster::finish($_) for @writers;
done_testing();
