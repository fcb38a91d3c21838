# The embedded issuer over HTTP: secrets of the environment, RFC 6749 in both ways to authenticate, documents,
# a token that the API takes, and nothing left of it once an external issuer is configured.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use OpenLineage::Cluster qw(http http_get http_post free_port wait_for);
use Test::More;

my $secret = 'the secret of feast: 1+1&2';
my $node = OpenLineage::Cluster->new('issuer', conf => { 'openlineage.oauth_required' => 'on' });
my ($url, $gateway);

# As talkative as a server can be: with all plans, where it has the module for that.
my ($explain) = grep { -e } map { "$_/auto_explain.so" } "$node->{bindir}/../lib", "$node->{bindir}/../lib/postgresql";
my %talkative = (log_min_messages => 'debug5', log_statement => 'all', log_min_duration_statement => 0, debug_print_plan => 'on',
	$explain ? (shared_preload_libraries => 'openlineage,auto_explain', 'auto_explain.log_min_duration' => 0,
		'auto_explain.log_verbose' => 'on', 'auto_explain.log_nested_statements' => 'on') : ());
{
	local %ENV = (%ENV, FEAST_CLIENT_SECRET => $secret, MLFLOW_CLIENT_SECRET => 'too short', MODELCATALOGUE_CLIENT_SECRET => '');
	my $port = free_port();
	$gateway = "http://127.0.0.1:$port";
	$url = $node->init->serve('lineage', conf => { 'openlineage.gateway_port' => $port, %talkative });
	ok(wait_for(sub { http_get("$gateway/health")->{status} == 200 }), 'a secret in the environment opens the gateway');
}
is($node->safe_psql('lineage', 'SELECT client_id FROM openlineage.oauth_client'), 'feast', 'clients of the environment');
ok($node->log_contains(qr/the secret of client "mlflow" in the environment was not taken/), 'a secret that is too short is told');
like($node->safe_psql('lineage', q{SELECT state || ' ' || detail FROM openlineage.status() WHERE item = 'gateway'}), qr/^ok Process \d+ listens on 127/,
	'status() tells of it');

is_deeply(decode_json(http_get("$gateway/.well-known/jwks.json")->{content})->{keys}, [], 'no keys before somebody was given a token');
is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.issuer'), 0, 'and asking for them makes none');

sub encode { my ($text) = @_; $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge; return $text; }

sub basic { return 'Basic ' . encode_base64(join(':', map { encode($_) } @_), ''); }

sub form
{
	my ($body, %headers) = @_;
	my $answer = http('POST', "$gateway/oauth/token", content => $body,
		headers => { 'content-type' => 'application/x-www-form-urlencoded', %headers });
	$answer->{json} = eval { decode_json($answer->{content}) } || {};
	return $answer;
}

sub error { my $answer = form(@_); return "$answer->{status} " . ($answer->{json}{error} || ''); }

my $post = 'grant_type=client_credentials&client_id=feast&client_secret=' . encode($secret);
my $answer = form('grant_type=client_credentials', authorization => basic('feast', $secret));
is($answer->{status}, 200, 'a token by Basic');
is_deeply([sort keys %{ $answer->{json} }], [qw(access_token expires_in scope token_type)], 'with the members of RFC 6749');
is($answer->{headers}{'cache-control'}, 'no-store', 'that nobody keeps');
is($answer->{headers}{'content-type'}, 'application/json', 'as JSON');
my $token = $answer->{json}{access_token};
is(form($post)->{status}, 200, 'a token by the body');
is(form("$post&scope=lineage%3Aread")->{json}{scope}, 'lineage:read', 'with fewer scopes');
is(form("$post&unknown=1&scope=")->{status}, 200, 'parameters that are unknown or empty are ignored');

is(error('grant_type=client_credentials', authorization => basic('feast', 'wrong')), '401 invalid_client', 'a wrong secret');
is(form('grant_type=client_credentials', authorization => basic('feast', 'wrong'))->{headers}{'www-authenticate'}, 'Basic realm="openlineage"', 'says how');
is(error('grant_type=client_credentials'), '401 invalid_client', 'no authentication');
is(error('grant_type=client_credentials&client_id=feast'), '401 invalid_client', 'no secret');
is(error('grant_type=client_credentials', authorization => "Bearer $token"), '401 invalid_client', 'another scheme');
is(error('grant_type=client_credentials', authorization => 'Basic !'), '401 invalid_client', 'a header that does not decode');
is(error('grant_type=client_credentials', authorization => 'Basic ' . encode_base64('feast', '')), '401 invalid_client', 'a header without secret');
is(error($post, authorization => basic('feast', $secret)), '400 invalid_request', 'authentication in two ways');
is(error('client_id=feast'), '400 invalid_request', 'no grant type');
is(error('grant_type=password&username=a&password=b'), '400 unsupported_grant_type', 'another grant type');
is(error("$post&scope=admin"), '400 invalid_scope', 'a scope that the client may not have');
is(error("$post&client_id=feast"), '400 invalid_request', 'a parameter twice');
is(error("$post&scope=%00"), '400 invalid_request', 'a byte that is no character');
is(error("$post&scope=%zz"), '400 invalid_request', 'an escape that is none');
is(error($post, 'content-type' => 'application/json'), '400 invalid_request', 'a body of another type');
is(error("$post&scope=" . 'a' x 20000), '413 ', 'a body that is too long');
is(http_get("$gateway/oauth/token")->{status}, 405, 'only by POST');
is(http_get("$gateway/nothing")->{status}, 404, 'an unknown path');

my $configuration = decode_json(http_get("$gateway/.well-known/openid-configuration")->{content});
is($configuration->{issuer}, $gateway, 'discovery: the issuer');
is($configuration->{token_endpoint}, "$gateway/oauth/token", 'discovery: where tokens are');
is_deeply(decode_json(http_get("$gateway/.well-known/oauth-authorization-server")->{content}), $configuration, 'discovery: RFC 8414');
my $keys = decode_json(http_get($configuration->{jwks_uri})->{content})->{keys};
is(scalar @$keys, 1, 'one key');
ok(!exists $keys->[0]{d}, 'without its private half');
is_deeply(decode_json(http_get("$gateway/.well-known/oauth-protected-resource")->{content})->{authorization_servers}, [$gateway], 'whose tokens are taken');

is(http_get("$url/api/v1/namespaces")->{status}, 401, 'the API needs a token');
is(http_get("$url/api/v1/namespaces", authorization => "Bearer $token")->{status}, 200, 'and takes this one');

$node->safe_psql('lineage', 'SELECT openlineage.rotate_signing_key()');
is(http_get("$url/api/v1/namespaces", authorization => "Bearer $token")->{status}, 200, 'also after the key was rotated');
is(http_get("$url/api/v1/namespaces", authorization => 'Bearer ' . form($post)->{json}{access_token})->{status}, 200, 'and one of the new key');
is(scalar @{ decode_json(http_get($configuration->{jwks_uri})->{content})->{keys} }, 2, 'both are published');

$node->restart;
ok(wait_for(sub { http_get("$url/health")->{status} == 200 }), 'again without secrets in the environment');
is($node->safe_psql('lineage', q{SELECT count(*) FROM openlineage.status() WHERE item = 'gateway'}), 0, 'no gateway is wanted');
$node->configure('openlineage.embedded_issuer' => 'on')->reload;
ok(wait_for(sub { form($post)->{status} == 200 }), 'until the setting says so, and the secret is still good');
is(http_get("$url/api/v1/namespaces", authorization => "Bearer $token")->{status}, 200, 'so is the token');

# A dump holds clients and hashes, but no key that could sign, and no secret.
my (undef, $text) = OpenLineage::Cluster::capture("$node->{bindir}/pg_dump", '-h', $node->{sockdir}, '-p', $node->{port}, '-U', 'postgres', 'lineage');
like($text, qr/^COPY openlineage\.oauth_client_secret/m, 'clients are dumped');
unlike($text, qr/^COPY openlineage\.signing_key/m, 'signing keys are not');
unlike($text, qr/\Q$secret\E/, 'nor is a secret');
# PostgreSQL itself writes its environment into the log when it starts at debug3 or more (docs/gateway.md).
my @told = grep { /\Q$secret\E|\Q$token\E/ && !/DEBUG:\s+FEAST_CLIENT_SECRET=/ } split /^/, OpenLineage::Cluster::slurp($node->{log});
is_deeply(\@told, [], 'the log holds neither secret nor token');

$node->safe_psql('lineage', q{SELECT openlineage.add_issuer('https://issuer.example.org', 'openlineage', jwks => '{"keys": []}')});
is(error($post), '410 invalid_request', 'an external issuer ends the embedded one');
is(http_get("$gateway/.well-known/$_")->{status}, 410, "and its documents: $_") for qw(openid-configuration oauth-authorization-server jwks.json);
is(http_get("$url/api/v1/namespaces", authorization => "Bearer $token")->{status}, 401, 'and its tokens');

$node->configure('openlineage.gateway_port' => 0)->reload;
ok(wait_for(sub { http_get("$gateway/health")->{status} == 599 }), 'port 0 turns it off');
is($node->safe_psql('lineage', 'SELECT openlineage.stop_server()'), 't', 'the server stops');

done_testing();
