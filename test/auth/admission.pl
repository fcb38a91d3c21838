# What the HTTP server asks for before it answers: the header with the token, one group of a batch for each
# token, how many requests, for whom a proxy speaks, and which addresses it listens on at all.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http http_get http_post wait_for);
use IO::Socket::INET;
use OpenLineage::Wire qw(get_request post_request post_head run_event exchange);
use Test::More;

my $node = OpenLineage::Cluster->new('admission');
my $url = $node->init->serve('lineage', conf => { 'openlineage.audit' => 'all' });
my $port = $node->{http_port};
my $api = "$url/api/v1";
my $path = '/api/v1/namespaces';

sub sql { return $node->safe_psql('lineage', @_); }
sub key { my ($client, $scopes) = @_; return sql("SELECT openlineage.create_api_key('$client', '{$scopes}', '{*}', '{*}')"); }
sub set { my (%conf) = @_; $node->configure(map { ("openlineage.$_" => $conf{$_}) } keys %conf)->reload; return; }
sub ask { return exchange($port, get_request($path, @_)); }
sub bearer { return "Authorization: Bearer $_[0]"; }
sub challenge { return $_[0]{headers}{'www-authenticate'} || ''; }

# -- the open state ------------------------------------------------------------------

is(ask()->{status}, 200, 'open: no token is needed');
is(ask(bearer('a-key-of-marquez'))->{status}, 200, 'a key that means nothing is ignored while nothing could verify it');
is(ask('Authorization: Basic dTpw')->{status}, 200, 'so is another scheme');
is(ask('Authorization: Bearer a b')->{status}, 200, 'and what is no token');

my %key = (reader => key('reader', 'lineage:read'), writer => key('writer', 'lineage:write'));
my $invented = 'ol_0123456789abcdef_' . ('A' x 43);
is(ask()->{status}, 200, 'with keys, too, no token is needed');
is(ask(bearer($key{reader}))->{status}, 200, 'a good one is taken');
is(ask(bearer($invented))->{status}, 401, 'but now one that is sent has to be good');
like(challenge(ask(bearer('a-key-of-marquez'))), qr/error="invalid_token"/, 'which is said');
is(ask(bearer($key{writer}))->{status}, 403, 'and have the scope');

# -- a batch with many tokens ----------------------------------------------------------

my $lock = $node->psql_start('lineage', q(SET application_name = 'locker'; BEGIN; LOCK TABLE openlineage.run; SELECT pg_sleep(300)));
ok($node->poll_until('lineage', q(SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
	WHERE a.application_name = 'locker' AND l.mode = 'AccessExclusiveLock' AND l.granted), 1), 'somebody holds a lock');
my @sent = (
	[ first => 201 ], [ anonymous => 201 ], [ good => 201, bearer($key{writer}) ], [ invented => 401, bearer($invented) ],
	[ reading => 403, bearer($key{reader}) ], [ two => 401, bearer('x'), bearer('y') ], [ again => 201, bearer($key{writer}) ],
	[ nonsense => 401, 'Authorization: Bearer ?' ], [ last => 201 ]);
my @wires;
for my $sent (@sent)
{
	my ($job, $status, @headers) = @$sent;
	push @wires, OpenLineage::Wire->new($port);
	$wires[-1]->send(post_request('/api/v1/lineage', run_event("batch_$job"), @headers));
	$node->poll_until('lineage', q(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'openlineage ingest' AND wait_event_type = 'Lock'), 1)
	  if $job eq 'first';
}
is(http_get("$url/health")->{status}, 200, 'all of them wait');
sql(q(SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'));
OpenLineage::Cluster::finish($lock);
is($wires[$_]->reply->{status}, $sent[$_][1], "$sent[$_][0] is answered $sent[$_][1]") for 0 .. $#sent;
is(sql(q(SELECT string_agg(substr(n.name, 7), ' ' ORDER BY n.name) FROM openlineage.event AS e JOIN openlineage.node AS n ON n.id = e.node_id WHERE n.name LIKE 'batch_%')),
	'again anonymous first good last', 'what was allowed is stored, nothing else');
is(sql(q(SELECT count(DISTINCT e.received_at) FROM openlineage.event AS e JOIN openlineage.node AS n ON n.id = e.node_id WHERE n.name ~ '^batch_(again|anonymous|good|last)$')),
	1, 'in one transaction');
is(sql(q(SELECT string_agg(substr(n.name, 7) || ':' || COALESCE(e.principal, '-'), ' ' ORDER BY n.name) FROM openlineage.event AS e JOIN openlineage.node AS n ON n.id = e.node_id WHERE n.name LIKE 'batch_%')),
	'again:writer anonymous:- first:- good:writer last:-', 'with who sent it');

# -- every request needs one -----------------------------------------------------------

set(oauth_required => 'on');
ok(wait_for(sub { ask()->{status} == 401 }), 'required: no token is 401');
my $long = 'a' x (16 * 1024);
my %headers = (
	'a good token'              => [ 200, '', bearer($key{reader}) ],
	'the scheme in another case' => [ 200, '', "authorization: bEARER $key{reader}" ],
	'spaces before it'          => [ 200, '', "Authorization: Bearer   $key{reader}" ],
	'no token'                  => [ 401, '' ],
	'another scheme'            => [ 401, '', 'Authorization: Basic dTpw' ],
	'a longer scheme'           => [ 401, '', "Authorization: Bearers $key{reader}" ],
	'the token without a scheme' => [ 401, '', "Authorization: $key{reader}" ],
	'an unknown token'          => [ 401, 'invalid_token', bearer($invented) ],
	'a token and more'          => [ 400, 'invalid_request', bearer("$key{reader} x") ],
	'two tokens in one header'  => [ 400, 'invalid_request', bearer("$key{reader}, Bearer $key{reader}") ],
	'two headers'               => [ 400, 'invalid_request', bearer($key{reader}), bearer($key{reader}) ],
	'a header and another'      => [ 400, 'invalid_request', bearer($key{reader}), 'Authorization: Basic dTpw' ],
	'an empty token'            => [ 400, 'invalid_request', 'Authorization: Bearer' ],
	'padding inside'            => [ 400, 'invalid_request', bearer("a=b") ],
	'padding alone'             => [ 400, 'invalid_request', bearer('==') ],
	'a quoted token'            => [ 400, 'invalid_request', bearer(qq("$key{reader}")) ],
	'bytes above ASCII'         => [ 400, 'invalid_request', bearer("$key{reader}\xc3\xa4") ],
	'16 kB'                     => [ 401, 'invalid_token', bearer($long) ],
	'more than 16 kB'           => [ 401, 'invalid_token', bearer("${long}a") ],
);
for my $name (sort keys %headers)
{
	my ($status, $error, @lines) = @{ $headers{$name} };
	my $answer = ask(@lines);
	is($answer->{status}, $status, "$name: $status");
	like(challenge($answer), $error ? qr/error="$error"/ : qr/^(?!.*error=)/, "$name: " . ($error || 'no error code'));
	like($answer->{content}, qr/^\{"code":$status,"message":"[^"]+"/, "$name: a body that says it") if $status != 200;
	unlike($answer->{content} . challenge($answer), qr/\Q$key{reader}\E|aaaa|ol_0123/, "$name: not a byte of it in the answer");
}
for my $query ("access_token=$key{reader}", "a=b&access_token=$key{reader}&c=d", 'access_token', "access_token=")
{
	my $answer = exchange($port, get_request("$path?$query"));
	is("$answer->{status} " . (challenge($answer) =~ /error="(\w+)"/)[0], '400 invalid_request', 'a token in the query is refused');
}
is(exchange($port, get_request("$path?access_tokens=1", bearer($key{reader})))->{status}, 200, 'a parameter of a like name is not');
my $form = "access_token=$key{writer}";
is( exchange($port, "POST /api/v1/lineage HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
		  . length($form) . "\r\n\r\n$form")->{status}, 401, 'a token in a form is none');
my $wire = OpenLineage::Wire->new($port);
$wire->send("POST /api/v1/lineage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50000000\r\nExpect: 100-continue\r\n\r\n");
is($wire->reply->{status}, 401, 'nobody has to send a body to be refused');

# -- the metadata ------------------------------------------------------------------------

my $known = '/.well-known/oauth-protected-resource';
sub resource { my ($content) = $_[0]{content} =~ /"resource" : "([^"]*)"/; return $content; }
is(resource(exchange($port, get_request($known))), 'http://localhost', 'the resource is what the client calls us');
sql(q(SELECT openlineage.add_issuer('https://issuer.example/b', 'openlineage', jwks => '{"keys":[]}'), openlineage.add_issuer('https://issuer.example/a', 'x', jwks => '{"keys":[]}')));
like(exchange($port, get_request($known))->{content}, qr{"authorization_servers" : \["https://issuer\.example/a", "https://issuer\.example/b"\]}, 'the issuers');
set(public_url => 'https://lineage.example.org/ol');
ok(wait_for(sub { resource(exchange($port, get_request("$known?base=x"))) eq 'https://lineage.example.org/ol' }), 'or what the setting says');
like(challenge(ask()), qr{resource_metadata="https://lineage\.example\.org/ol$known"}, 'in the challenge, too');
set(public_url => '');
ok(wait_for(sub { resource(exchange($port, get_request($known))) eq 'http://localhost' }), 'and back');
unlike(challenge(exchange($port, "GET $path HTTP/1.1\r\nHost: a\"b\r\n\r\n")), qr/resource_metadata/, 'a host that is none is not repeated');

# -- the audit ---------------------------------------------------------------------------

is(exchange($port, "GET $path HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")->{status}, 400, 'a request that is refused at its first look');
is(exchange($port, get_request('/api/v1/namespaces/a%zz', bearer($key{reader})))->{status}, 400, 'and one of a path that does not decode');
ask(bearer($key{reader}));
ok($node->poll_until('lineage', q(SELECT count(*) FROM openlineage.audit WHERE route IS NULL AND status = 400 AND address = '127.0.0.1'), 2), 'leave rows like any other');
is(sql(q(SELECT string_agg(DISTINCT user_id || ' ' || client_id, ', ') FROM openlineage.audit WHERE status = 403)), 'reader reader, writer writer', 'who was refused for a scope is known');
is(sql(q(SELECT count(*) FROM openlineage.audit AS a WHERE a::text ~ 'ol_[0-9a-f]{16}_')), 0, 'no row has a token');
is(sql(q(SELECT count(*) FROM openlineage.audit WHERE requests <> 1 OR duration < interval '0')), 0, 'in mode all each request has its own');
ok(sql(q(SELECT count(*) FROM openlineage.audit WHERE method = 'POST' AND route = '/api/v1/lineage' AND status = 201 AND user_id = 'writer')) >= 2, 'with who sent what');
like(($node->psql('lineage', 'SET ROLE openlineage_writer; SELECT FROM openlineage.audit'))[2], qr/permission denied/, 'writers do not see it');
sql(q(INSERT INTO openlineage.audit (at, address, status, duration, requests) VALUES (now() - interval '91 days', '203.0.113.200', 200, '0', 1), (now() - interval '89 days', '203.0.113.200', 200, '0', 1)));
sql('SELECT openlineage.maintain()');
is(sql(q(SELECT count(*) FROM openlineage.audit WHERE address = '203.0.113.200')), 1, 'maintain() deletes what is too old');
sql(q(TRUNCATE openlineage.audit));
set(audit => 'changes');
ok(wait_for(sub { ask(bearer($key{reader})); ask() ; sql(q(SELECT count(*) FROM openlineage.audit WHERE status = 401)) > 0 }), 'in mode changes denied requests leave rows');
exchange($port, post_request('/api/v1/lineage', run_event("shared_$_"), bearer($key{writer}))) for 1 .. 20;
exchange($port, "PUT /api/v1/tags/$_ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $key{writer}\r\n\r\n") for 'ONE', 'TWO';
ok($node->poll_until('lineage', q(SELECT sum(requests) FROM openlineage.audit WHERE route = '/api/v1/lineage'), 20), 'and events');
cmp_ok(sql(q(SELECT count(*) FROM openlineage.audit WHERE route = '/api/v1/lineage')), '<', 10, 'which share rows');
ok($node->poll_until('lineage', q(SELECT string_agg(target[1], ' ' ORDER BY target) FROM openlineage.audit WHERE method = 'PUT'), 'ONE TWO'), 'changes have each their own, with its names');
set(audit => 'all');
ok(wait_for(sub { ask(bearer($key{reader})); sql(q(SELECT count(*) FROM openlineage.audit WHERE status = 200 AND method = 'GET')) > 0 }), 'all again');

# -- proxies -----------------------------------------------------------------------------

sub addresses
{
	my ($tag) = @_;
	$node->poll_until('lineage', "SELECT count(*) > 0 FROM openlineage.audit WHERE target = '{$tag}'");
	return sql("SELECT string_agg(DISTINCT host(address), ' ') FROM openlineage.audit WHERE target = '{$tag}'");
}
sub from { my ($tag, @lines) = @_; exchange($port, get_request("$path/$tag", bearer($key{reader}), @lines)); return addresses($tag); }

is(from('nobody', 'X-Forwarded-For: 203.0.113.7'), '127.0.0.1', 'nobody is believed');
set(trusted_proxies => '127.0.0.0/8, 10.1.0.0/16, ::1');
ok(wait_for(sub { from('until' . time, 'X-Forwarded-For: 203.0.113.8') eq '203.0.113.8' }), 'a listed proxy is');
is(from('chain', 'X-Forwarded-For: 198.51.100.1, 203.0.113.9, 10.1.2.3'), '203.0.113.9', 'the last that is no proxy counts, not what a client wrote before it');
is(from('lines', 'X-Forwarded-For: 198.51.100.1', 'X-Forwarded-For: 203.0.113.10'), '203.0.113.10', 'over several lines');
is(from('port', 'X-Forwarded-For: [2001:db8::7]:4711'), '2001:db8::7', 'with a port');
is(from('other', 'Forwarded: for=203.0.113.11'), '127.0.0.1', 'the other header is ignored');
is(from('text', 'X-Forwarded-For: 203.0.113.12, unknown'), '127.0.0.1', 'what is no address ends the list');
is(from('quote', 'X-Forwarded-For: ", 203.0.113.21'), '203.0.113.21', 'and a quote that a client wrote hides nothing');
is(from('escape', 'X-Forwarded-For: "\\', 'X-Forwarded-For: 203.0.113.22'), '203.0.113.22', 'nor does a backslash');
is(from('all', 'X-Forwarded-For: 10.1.0.1, 10.1.0.2'), '10.1.0.1', 'of proxies alone the first');
like(challenge(ask('X-Forwarded-Proto: https')), qr{resource_metadata="https://localhost/}, 'and how the client came');
set(forwarded_header => 'forwarded');
ok(wait_for(sub { from('rfc' . time, 'Forwarded: for="[2001:db8::8]:99";proto=https', 'X-Forwarded-For: 203.0.113.1') eq '2001:db8::8' }), 'Forwarded, when that is chosen');
is(from('quoted', 'Forwarded: for="203.0.113.13, for=1.2.3.4", for=203.0.113.14;by=10.1.1.1'), '203.0.113.14', 'with quotes');
is(from('open', 'Forwarded: for="', 'Forwarded: for=203.0.113.23;proto=https'), '203.0.113.23', 'a quote that a client left open hides nothing');
is(from('escaped', 'Forwarded: for=9.9.9.9;host="a\"b, c\\\\";x="\", for=1.1.1.1;", for="203.0.113.24:80";host="a\\\\"'), '203.0.113.24', 'escapes');
is(from('without', 'Forwarded: for=203.0.113.15, proto=https'), '127.0.0.1', 'an element without an address');
like(challenge(ask('Forwarded: for=1.2.3.4;proto=https')), qr{resource_metadata="https://localhost/}, 'its scheme');
for my $bad ('proxy.example', '10.0.0.0/33', '300.1.1.1', '10.0.0.0/8 x')
{
	my ($code, $out, $err) = $node->psql('lineage', "SET openlineage.trusted_proxies = '$bad'");
	like($err, qr/invalid value for parameter "openlineage\.trusted_proxies"/, "no proxy: $bad");
}

# -- how many ------------------------------------------------------------------------------

my ($second, $other) = (key('reader', 'lineage:read'), key('other', 'lineage:read'));
ask(bearer($_)) for $key{reader}, $second, $other;    # they are known afterwards
set(rate_limit => 1, rate_burst => 5, forwarded_header => 'x-forwarded-for');
ok(wait_for(sub { ask(bearer($other))->{status} == 429 }), 'too many requests of a caller are refused');
my $limited = ask(bearer($other));
is($limited->{status}, 429, 'one too many');
cmp_ok($limited->{headers}{'retry-after'}, '>=', 1, 'says when to come again');
like($limited->{content}, qr/^\{"code":429,"message":/, 'in a body like any other');
is(ask(bearer($key{reader}))->{status}, 200, 'another caller is not concerned');
is(ask('X-Forwarded-For: 203.0.113.66')->{status}, 401, 'nor an address');
my @both = map { ask(bearer($_ % 2 ? $key{reader} : $second))->{status} } 1 .. 12;
cmp_ok(scalar(grep { $_ == 429 } @both), '>=', 4, 'two keys of one caller share what it may');
ok(wait_for(sub { ask(bearer('ol_' . int(rand 1e9) . '_x'), 'X-Forwarded-For: 203.0.113.67')->{status} == 429 }), 'invented tokens count for their address');
is(exchange($port, get_request('/health', 'X-Forwarded-For: 203.0.113.67'))->{status}, 200, 'the health is told at any time');
ok(wait_for(sub { ask('X-Forwarded-For: 2001:db8:1:2::' . int(rand 9999))->{status} == 429 }), 'addresses of one IPv6 network are one client');
set(rate_limit => 0);
ok(wait_for(sub { ask(bearer($other))->{status} == 200 }), 'no limit any more');

# -- bodies of strangers ---------------------------------------------------------------------

set(max_body_size => '256kB', max_pending_size => '1MB');
ok(wait_for(sub { exchange($port, post_request('/api/v1/lineage', run_event('large', padding => 300_000), bearer($key{writer})))->{status} == 413 }), 'there is little room for bodies');
my @strangers = map { OpenLineage::Wire->new($port) } 1 .. 8;
$_->send(post_head('/api/v1/lineage', 'Authorization: Bearer x', 'Content-Length: 200001') . ' ' x 200_000) for @strangers;
is(exchange($port, post_request('/api/v1/lineage', run_event('large', padding => 200_000), bearer($key{writer})))->{status}, 201, 'which bodies with invented tokens do not take from others');
$_->send(' ') for @strangers;
my %refused = map { $_->reply->{status} => 1 } @strangers;
is(join(' ', sort keys %refused), '401 503', 'and are refused when they are complete');

set(max_body_size => '4MB');
ok(wait_for(sub { exchange($port, post_request('/api/v1/lineage', run_event('large', padding => 300_000), bearer($key{writer})))->{status} == 201 }), 'a body may be larger than all of the room');
@strangers = map { OpenLineage::Wire->new($port) } 1 .. 2;
$_->send(post_head('/api/v1/lineage', 'Authorization: Bearer x', 'Content-Length: 1800001') . ' ' x 1_800_000) for @strangers;
is(exchange($port, post_request('/api/v1/lineage', run_event('large', padding => 200_000), bearer($key{writer})))->{status}, 201, 'and strangers still do not take more than there is');

# -- addresses ------------------------------------------------------------------------------

sub says { return sql(q(SELECT string_agg(item || ' ' || state || ': ' || detail, E'\n') FROM openlineage.status() WHERE item IN ('HTTP server', 'authentication'))); }
set(listen_addresses => '0.0.0.0');
ok(wait_for(sub { says() =~ /HTTP server ok: .* listens on 0\.0\.0\.0/ }), 'with tokens required any address is listened on');
like(says(), qr/authentication ok: Every HTTP request needs a token/, 'as status() says');
my $log = $node->log_size;
# Where no packet is sent: the address that others would see us with.
my $here = IO::Socket::INET->new(Proto => 'udp', PeerAddr => '198.51.100.1', PeerPort => 9);
my $elsewhere = OpenLineage::Wire->new($port, host => $here ? $here->sockhost : '127.0.0.1');
my $late = run_event('late');
my @parts = (post_head('/api/v1/lineage', bearer($key{writer}), 'Content-Length: ' . length $late) . substr($late, 0, 50), substr $late, 50);
$elsewhere->send($parts[0]);
is(exchange($port, get_request('/health'))->{status}, 200, 'while a request from elsewhere is half sent');
set(oauth_required => 'off');
ok(wait_for(sub { says() =~ /HTTP server problem: .*not loopback/ }), 'and closed as soon as they are not');
like(sql(q(SELECT remedy FROM openlineage.status() WHERE item = 'HTTP server')), qr/oauth_required = on/, 'with the remedy');
ok($node->log_contains(qr/does not listen: refuses 0\.0\.0\.0: not loopback/, $log), 'and a line in the log');
is(http_get("$url/health")->{status}, 599, 'nobody is served then');
$elsewhere->send($parts[1]);
is($elsewhere->reply->{status}, 201, 'but for requests under way');
SKIP:
{
	skip 'this machine has no address but loopback', 2 unless $here;
	$elsewhere->send(get_request($path));
	is($elsewhere->reply->{status}, 403, 'and on their connection nobody without a token either');
	ok($elsewhere->closed, 'which is closed');
}

done_testing();
