# The way to MLflow: only with a token and its scope, only to the place that is configured, byte for byte, in both
# directions at the pace of the slower side; what one hop says stays on it, and what goes wrong is told as JSON.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use OpenLineage::Cluster qw(http http_get free_port wait_for slurp);
use OpenLineage::Helper;
use Test::More;
use Time::HiRes qw(time);

my $upstream = OpenLineage::Helper->new('python3', 'test/lib/upstream.py');
my $port = free_port();
my $gateway = "http://127.0.0.1:$port";
my $node = OpenLineage::Cluster->new('proxy');
{
	local %ENV = (%ENV, MLFLOW_TRACKING_USERNAME => 'gw', MLFLOW_TRACKING_PASSWORD => 'gw-canary', http_proxy => 'http://127.0.0.1:1');
	$node->init->serve('lineage', conf => { 'openlineage.gateway_port' => $port, 'openlineage.audit' => 'all',
		'openlineage.mlflow_url' => "http://127.0.0.1:$upstream->{port}", 'openlineage.proxy_timeout' => '1s',
		'openlineage.proxy_max_body_size' => '128MB' });
}
ok(wait_for(sub { http_get("$gateway/health")->{status} == 200 }), 'the gateway opens for mlflow_url');

sub token
{
	my ($client, $scopes) = @_;
	my $secret = $node->safe_psql('lineage', "SELECT openlineage.create_client('$client', '{$scopes}')");
	return decode_json(http('POST', "$gateway/oauth/token", headers => { 'content-type' => 'application/x-www-form-urlencoded' },
		content => "grant_type=client_credentials&client_id=$client&client_secret=$secret")->{content})->{access_token};
}
my $read = token('reader', 'models:read');
my $write = token('writer', 'models:read,models:write');
my $other = token('feast', 'lineage:read,lineage:write,features:read');
my $admin = token('chief', 'admin');

sub ask
{
	my ($method, $path, $token, %opt) = @_;
	my %headers = %{ $opt{headers} || {} };
	$headers{authorization} = "Bearer $token" if $token;
	my $answer = http($method, "$gateway$path", headers => \%headers, exists $opt{content} ? (content => $opt{content}) : ());
	$answer->{json} = eval { decode_json($answer->{content}) } || {};
	return $answer;
}

sub seen { return scalar @{ ask('GET', '/mlflow/seen', $read)->{json} }; }

# -- who may -----------------------------------------------------------------------------

my $before = seen();
is(ask('GET', '/mlflow/api', undef)->{status}, 401, 'no token');
like(ask('GET', '/mlflow/api', undef)->{headers}{'www-authenticate'}, qr/^Bearer realm="openlineage".*scope="models:read"/, 'says what is needed');
is(ask('GET', '/mlflow/api', 'x.y.z')->{status}, 401, 'a bad token');
like(ask('GET', '/mlflow/api', 'x.y.z')->{headers}{'www-authenticate'}, qr/error="invalid_token"/, 'is called one');
is(ask('GET', '/mlflow/api', $other)->{status}, 403, 'a token without the scope');
like(ask('GET', '/mlflow/api', $other)->{headers}{'www-authenticate'}, qr/error="insufficient_scope"/, 'is told');
is(ask($_, '/mlflow/api', $read)->{status}, 403, "reading is not enough: $_") for qw(POST PUT PATCH DELETE);
is(ask('POST', '/mlflow/api/2.0/mlflow/runs/search/../create', $write)->{status}, 400, 'dots are no way around');
is(ask('POST', "/mlflow/api/2.0/mlflow/runs/$_", $read)->{status}, 403, "not a search: $_") for 'create', 'search/x', 'searchx', 'log-batch';
is(ask('POST', "/mlflow/$_", $read)->{status}, 403, "nor an artifact that is called like one: $_")
  for map { "$_/2.0/mlflow-artifacts/mpu/create/x/mlflow/runs/search" } 'api', 'ajax-api';
is(ask('OPTIONS', '/mlflow/api', $write)->{status}, 405, 'a method that is not passed on');
is(ask('GET', '/mlflowx/api', $write)->{status}, 404, 'another place');
is(seen() - $before, 1, 'none of these reached the server');

is(ask('GET', '/mlflow/api', $read)->{status}, 200, 'a reader reads');
is(ask('POST', "/mlflow/$_/2.0/mlflow/runs/search", $read, content => '{}')->{status}, 200, "searches, by POST: $_") for 'api', 'ajax-api';
is(ask($_, '/mlflow/api', $write, content => 'x')->{status}, 200, "a writer writes: $_") for qw(POST PUT PATCH DELETE);
is(ask('POST', '/mlflow/api', $admin)->{status}, 200, 'the scope admin may all');

# -- what is passed on, and what is not -------------------------------------------------------

my $answer = ask('POST', '/mlflow/api/2.0/a%20b/c;d?x=%2F..%2f&y=1+2', $write, content => 'body',
	headers => { 'x-own' => 'kept', 'x-forwarded-for' => '6.6.6.6', 'x-forwarded-user' => 'root', 'x_forwarded_user' => 'root',
		forwarded => 'for=6.6.6.6', 'remote-user' => 'root', te => 'trailers', 'keep-alive' => '5', 'proxy-authorization' => 'x',
		'x-named' => 'hop', 'x-real-ip' => '6.6.6.6', connection => 'X-Named, keep-alive', cookie => 'a=b', 'content-type' => 'text/plain' });
is($answer->{json}{target}, '/api/2.0/a%20b/c;d?x=%2F..%2f&y=1+2', 'the target, byte for byte');
is($answer->{json}{method}, 'POST', 'the method');
is($answer->{json}{sha256}, sha256_hex('body'), 'the body');
my %up;
push @{ $up{ lc $_->[0] } }, $_->[1] for @{ $answer->{json}{headers} };
is_deeply($up{'x-own'}, ['kept'], 'headers of the client');
is_deeply($up{cookie}, ['a=b'], 'cookies');
is_deeply($up{'content-type'}, ['text/plain'], 'the type of the body');
is_deeply($up{'content-length'}, ['4'], 'its length');
is_deeply($up{authorization}, ['Basic Z3c6Z3ctY2FuYXJ5'], 'our credentials in the place of the token');
is_deeply($up{'x-forwarded-for'}, ['127.0.0.1'], 'for whom');
is_deeply($up{'x-forwarded-user'}, ['writer'], 'who it is');
is_deeply($up{'x-forwarded-prefix'}, ['/mlflow'], 'below which path');
is_deeply($up{'x-forwarded-host'}, ["127.0.0.1:$port"], 'by which name');
is_deeply($up{host}, ["127.0.0.1:$upstream->{port}"], 'its own name');
ok(!exists $up{$_}, "stays here: $_") for qw(forwarded remote-user te keep-alive proxy-authorization x-named x-real-ip x_forwarded_user expect connection);
is($answer->{headers}{'x-own'}, 'yes', 'headers of the server');
ok(!exists $answer->{headers}{$_}, "stays there: $_") for qw(x-hop server);

is(ask('HEAD', '/mlflow/api', $read)->{status}, 200, 'HEAD');
is(ask('HEAD', '/mlflow/api', $read)->{content} || '', '', 'has no body');
is(ask('GET', '/mlflow/nothing', $read)->{status}, 204, 'an answer without a body');
is(ask('GET', '/mlflow', $read)->{json}{target}, '/', 'the place itself');
is(ask('GET', '/mlflow?a=b', $read)->{json}{target}, '/?a=b', 'the place itself, with a query');
is(ask('POST', '/mlflow/api', $write, content => '')->{json}{length}, 0, 'an empty body');
is(ask('POST', '/mlflow/api', $write, content => sub { return undef })->{json}{length}, 0, 'a body of no pieces');
{
	my @pieces = map { $_ x 70000 } 'a' .. 'e';
	my $chunked = ask('PUT', '/mlflow/api', $write, content => sub { return shift @pieces });
	is($chunked->{json}{sha256}, sha256_hex(join '', map { $_ x 70000 } 'a' .. 'e'), 'a body of unknown length');
}

sub location
{
	my $fetch = HTTP::Tiny->new(max_redirect => 0, proxy => undef, http_proxy => undef);
	return $fetch->get("$gateway$_[0]", { headers => { authorization => "Bearer $read" } })->{headers}{location};
}
is(location('/mlflow/redirect'), '/mlflow/there', 'a redirect stays behind the gateway');
is(location('/mlflow/elsewhere'), 'https://example.org/there', 'one to elsewhere is the client\'s to follow');

# -- targets that two servers could read in two ways ----------------------------------------------

sub raw
{
	my ($target, $extra) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
	print {$socket} "GET $target HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $read\r\nConnection: close\r\n" . ($extra || '') . "\r\n";
	local $/ = undef;
	my ($status) = (<$socket> || '') =~ /^HTTP\/1\.1 (\d+)/;
	return $status || 0;
}
$before = seen();
for my $path ('..', '../x', 'a/../../x', '.', 'a/.', '%2e%2e/x', '.%2E/x', '%2e', 'a//b', '/', 'a%2fb', 'a%2Fb', 'a%5cb', 'a\\b', '%00', '%', '%1', '%zz', 'a#b', "\xc3\xa9")
{
	is(raw("/mlflow/$path"), 400, "refused: $path");
}
is(raw("http://127.0.0.1:$upstream->{port}/x"), 400, 'an absolute target');
is(raw('//127.0.0.1/mlflow'), 400, 'a target that begins with two slashes');
is(raw('@127.0.0.1/'), 400, 'a target without a slash');
is(raw('/mlflow@127.0.0.1/'), 404, 'a name behind the place');
is(raw('/mlflow/a', "Content-Length: 1\r\nContent-Length: 2\r\n"), 400, 'two lengths');
is(raw('/mlflow/a', "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400, 'length and chunks');
is(raw('/mlflow/a', "Authorization: Bearer $write\r\n"), 400, 'two tokens');
is(raw('/mlflow/a', "$_\r\n"), 400, "a header that others read otherwise: $_")
  for 'Remote-User : admin', "A: a\r\n uthorization: Basic eA==", "Content-Length:\r\n 34", "Transfer-Encoding:\r\n chunked";
is(seen() - $before, 1, 'none of these reached the server');
is(raw('/mlflow/a'), 200, 'and what is well-formed does');

# -- large, slow, broken --------------------------------------------------------------------------

my ($pid) = $node->backend_pids('openlineage gateway');
sub memory { my ($kb) = slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m; return $kb; }
my $idle = memory();
{
	my ($length, $begin) = (0, time);
	my $large = http('GET', "$gateway/mlflow/large?100", headers => { authorization => "Bearer $read" },
		data_callback => sub { $length += length $_[0]; return; });
	is($large->{status}, 200, '100 MB down');
	is($length, 100 << 20, 'all of it');
	cmp_ok(time - $begin, '<', 60, 'without a rest between two pieces');
}
{
	my $rest = 100;
	my $piece = 'u' x (1 << 20);
	my $sum = Digest::SHA->new(256);
	my $large = ask('PUT', '/mlflow/artifact', $write, content => sub { return undef if $rest-- <= 0; $sum->add($piece); return $piece; });
	is($large->{json}{length}, 100 << 20, '100 MB up');
	is($large->{json}{sha256}, $sum->hexdigest, 'as they were sent');
}
{
	my $rest = 8;
	my $slow = ask('PUT', '/mlflow/slow-reader', $write, content => sub { return $rest-- > 0 ? 's' x (1 << 20) : undef });
	is($slow->{content}, 8 << 20, 'a server that reads slowly gets all of it');
}
{
	# a client that does not read for a while
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
	print {$socket} "GET /mlflow/large?60 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $read\r\nConnection: close\r\n\r\n";
	my $head = '';
	sysread $socket, $head, 1;
	my $until = time + 2.5;    # longer than openlineage.proxy_timeout
	ok(wait_for(sub { time > $until }), 'a client rests');
	my ($total, $data) = (1, '');
	while (my $got = sysread $socket, $data, 1 << 16) { $total += $got; }
	cmp_ok($total, '>', 60 << 20, 'and gets all of it afterwards');
}
my $grown = memory() - $idle;
cmp_ok($grown, '<', 20000, "memory does not grow with what is passed on ($grown kB)");

my $begin = time;
is(ask('GET', '/mlflow/silent', $read)->{status}, 504, 'a server that is silent');
cmp_ok(time - $begin, '<', 10, 'in time');
is(ask('POST', '/mlflow/silent', $write, content => 'x' x 1000)->{status}, 504, 'a server that is silent about a body');
is(ask('GET', '/mlflow/refused', $read)->{status}, 502, 'a server that refuses our credentials');
ok(!exists ask('GET', '/mlflow/refused', $read)->{headers}{'www-authenticate'}, 'which is not the client\'s to mend');
is(ask('GET', '/mlflow/broken', $read)->{status}, 599, 'an answer that breaks off breaks off');
is(ask('PUT', '/mlflow/early', $write, content => 'x' x 10_000_000)->{status}, 413, 'an answer before the body was read');
is(ask('PUT', '/mlflow/api', $write, content => 'x', headers => { expect => '100-continue' })->{status}, 200, 'a client that waits to be told to go on');
is(raw('/mlflow/a', "Content-Length: 999999999999\r\nExpect: 100-continue\r\n"), 413, 'a body that is announced too large');
{
	my $rest = 129;
	my $over = ask('PUT', '/mlflow/api', $write, content => sub { return $rest-- > 0 ? 'o' x (1 << 20) : undef });
	is($over->{status}, 413, 'a body that turns out too large');
}
is(ask('GET', '/mlflow/api', $read)->{status}, 200, 'after all this it works');

# Clients that go away in the middle leave nothing behind.
for (1 .. 20)
{
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
	print {$socket} "PUT /mlflow/api HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $write\r\nContent-Length: 1000000\r\n\r\n" . 'x' x 5000;
	close $socket;
}
is(ask('GET', '/mlflow/api', $read)->{status}, 200, 'clients that go away do no harm');
ok(wait_for(sub { my @open = glob "/proc/$pid/fd/*"; return @open < 60 }), 'and leave no descriptor behind');

$node->safe_psql('lineage', "ALTER DATABASE lineage SET openlineage.mlflow_url = 'http://127.0.0.1:" . free_port() . "'");
$node->reload;
ok(wait_for(sub { ask('GET', '/mlflow/api', $read)->{status} == 502 }), 'a server that is not there');
like(ask('GET', '/mlflow/api', $read)->{content}, qr/^\{"code":502,"message":"the MLflow server could not be asked"/, 'is told as JSON');
$node->safe_psql('lineage', "ALTER DATABASE lineage SET openlineage.mlflow_url = 'http://127.0.0.1:$upstream->{port}'");
$node->reload;
ok(wait_for(sub { ask('GET', '/mlflow/api', $read)->{status} == 200 }), 'and works when it is configured again');

for my $bad ('ftp://127.0.0.1', 'http://user:pw@127.0.0.1', 'http://127.0.0.1/', 'http://127.0.0.1/?a', 'http://127.0.0.1/a/../b', '127.0.0.1')
{
	my ($code, undef, $err) = $node->psql('lineage', "SELECT openlineage.can_read(1); SET openlineage.mlflow_url = '$bad';");
	like($err, qr/invalid value for parameter/, "not a URL for it: $bad");
}

# A listed proxy in front of us speaks for its clients, as with the server.
$node->configure('openlineage.trusted_proxies' => '127.0.0.1')->reload;
sub told_for
{
	my %told = map { lc $_->[0] => $_->[1] } @{ ask('GET', '/mlflow/api', $read, headers => { 'x-forwarded-for' => $_[0] })->{json}{headers} };
	return $told{'x-forwarded-for'};
}
ok(wait_for(sub { told_for('203.0.113.7') eq '203.0.113.7' }), 'a listed proxy says for whom it asks');
is(told_for('6.6.6.6, 203.0.113.8'), '203.0.113.8', 'not what the client wrote before that');

for my $type ('openlineage gateway', 'openlineage server')
{
	my ($of) = $node->backend_pids($type);
	is($node->safe_psql('lineage', "SELECT pg_cancel_backend($of)"), 't', "a cancel comes when no statement runs: $type");
	is(http_get($type =~ /server/ ? $node->url . "/health" : "$gateway/health")->{status}, 200, 'it serves as before');
	is_deeply([ $node->backend_pids($type) ], [$of], 'the same process');
}

# -- what is written down -----------------------------------------------------------------------------

ok($node->poll_until('lineage', q{SELECT count(*) > 0 FROM openlineage.audit WHERE route = '/mlflow' AND client_id = 'writer' AND method = 'PUT' AND status = 200}), 'the audit has changes');
ok($node->poll_until('lineage', q{SELECT count(*) > 0 FROM openlineage.audit WHERE route = '/mlflow' AND client_id = 'feast' AND status = 403}), 'and refusals');
ok($node->poll_until('lineage', q{SELECT count(*) > 0 FROM openlineage.audit WHERE route = '/oauth/token' AND client_id = 'writer' AND status = 200}), 'and tokens');
ok($node->poll_until('lineage', q{SELECT count(*) > 0 FROM openlineage.audit WHERE route = '/mlflow' AND address = '203.0.113.7'}), 'and from where, behind a proxy');
ok(!$node->log_contains(qr/gw-canary|\Q$read\E|\Q$write\E/), 'no secret and no token in the log');

my ($server) = $node->backend_pids('openlineage server');
kill 'KILL', $pid;
ok(wait_for(sub { ask('GET', '/mlflow/api', $read)->{status} == 200 }), 'after a crash it is started again');
$node->safe_psql('lineage', 'DROP EXTENSION openlineage CASCADE');
is(ask('GET', '/mlflow/api', $read)->{status}, 503, 'without the extension nobody gets through');
$node->safe_psql('postgres', 'DROP DATABASE lineage');
ok(wait_for(sub { http_get("$gateway/health")->{status} == 599 }), 'it lets a database go');

done_testing();
