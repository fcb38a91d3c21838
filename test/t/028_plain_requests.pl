# A plain POST or GET is served without libmicrohttpd (server/direct.c): whichever of the two answers, a client cannot tell.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib qw(memGzip);
use OpenLineage::Cluster qw(http_get wait_for);
use OpenLineage::Wire qw(get_request post_request post_head run_event exchange);
use Test::More;

my $node = OpenLineage::Cluster->new('plain');
my $url = $node->init->serve('lineage', conf => { 'openlineage.max_body_size' => '4MB' });
my $port = $node->{http_port};
my $path = '/api/v1/lineage';

sub stored { return $node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'); }

# All that a client sees of an answer but the time.
sub seen
{
	my ($reply) = @_;
	my %headers = %{ $reply->{headers} };
	like(delete $headers{date}, qr/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/, 'the date is one');
	return join "\n", $reply->{status}, (map { "$_: $headers{$_}" } sort keys %headers), $reply->{content};
}

# -- both ways -------------------------------------------------------------------

# A header that says nothing here, but is in no plain head.
my @other = ('TE: trailers');
my %requests = (
	'an event'             => sub { post_request($path, run_event('a'), @_) },
	'gzip'                 => sub { post_request($path, memGzip(run_event('b')), 'Content-Encoding: gzip', @_) },
	'truncated JSON'       => sub { post_request($path, '{"eventType":', @_) },
	'an array'             => sub { post_request($path, '[' . run_event('c') . ',{}]', @_) },
	'an unknown encoding'  => sub { post_request($path, '{}', 'Content-Encoding: br', @_) },
	'another content type' => sub { my $r = post_request($path, '{}', @_); $r =~ s{application/json}{text/plain}; $r },
	'an unknown path'      => sub { post_request('/api/v1/nothing', '{}', @_) },
	'no path for a POST'   => sub { post_request('/api/v1/namespaces', '{}', @_) },
	'a path that does not decode' => sub { post_request('/api/v1/%ff', '{}', @_) },
	'a token in the query' => sub { post_request("$path?access_token=x", '{}', @_) },
	'a token that is none' => sub { post_request($path, run_event('d'), 'Authorization: Bearer a.b.c', @_) },
	'a change'             => sub { post_request('/api/v1/namespaces/nobody/jobs/none/runs', '{}', @_) },
	'a body over the limit' => sub { post_request($path, run_event('e', padding => 4 * 1024 * 1024), @_) },
	'health'               => sub { get_request('/health', @_) },
	'a list'               => sub { get_request('/api/v1/namespaces?limit=2&offset=0', @_) },
	'a long list'          => sub { get_request('/api/v1/events/lineage?limit=100', @_) },
	'a name that is not known' => sub { get_request('/api/v1/namespaces/' . '%e2%82%ac' x 700, @_) },
	'a query that does not decode' => sub { get_request('/api/v1/namespaces?q=%ff', @_) },
	'no path for a GET'    => sub { get_request('/api/v1/lineage/batch', @_) },
	'no path at all'       => sub { get_request('/', @_) },
	'a description of us'  => sub { get_request('/api/v1/openapi.json', @_) },
	'a large event'        => sub { post_request($path, run_event('f', padding => 3 * 1024 * 1024), @_) },
);
for my $name (sort keys %requests)
{
	my $plain = seen(exchange($port, $requests{$name}->()));
	is($plain, seen(exchange($port, $requests{$name}->(@other))), "$name: the same answer");
	unlike($plain, qr/^0\n/, "$name: is answered");
}

# -- pieces ----------------------------------------------------------------------

my $before = stored();
my $wire = OpenLineage::Wire->new($port);
my $request = post_request($path, run_event('dribbled'));
ok(!(grep { !$wire->send($_) } split //, $request), 'a request, byte by byte');
is($wire->reply->{status}, 201, 'is stored');
$request = post_request($path, run_event('pieces', padding => 300_000));
$wire->send($_) for $request =~ /(.{1,60000})/gs;
is($wire->reply->{status}, 201, 'one in larger pieces, on the same connection');

$wire->send(join '', map { post_request($path, run_event("pipe_$_")) } 1 .. 50);
is(join(' ', map { $wire->reply->{status} } 1 .. 50), join(' ', (201) x 50), 'fifty at once');
$wire->send(join '', post_request($path, run_event('mixed_1')), get_request('/health'), post_request($path, run_event('mixed_2')),
	post_request($path, run_event('mixed_3'), @other), post_request($path, run_event('mixed_4')));
is(join(' ', map { $wire->reply->{status} } 1 .. 5), '201 200 201 201 201', 'a connection that has other requests, too, in order');
is(stored() - $before, 56, 'each is stored');

# the sockets do not hold so much: the server waits for the client, and others with it
$wire->send(join '', map { get_request('/api/v1/events/lineage?limit=100') } 1 .. 8);
is(http_get("$url/health")->{status}, 200, 'somebody else is answered');
my @long = map { $wire->reply } 1 .. 8;
is(join(' ', map { $_->{status} . (length $_->{content} > 3_000_000) } @long), join(' ', ('2001') x 8), 'eight long answers, late read');

for my $bad ("POST $path HTTP/1.1\nHost: x\n\n", "POST $path HTTP/1.1\r\nHost: x\r\n folded: y\r\nContent-Length: 2\r\n\r\n{}",
	post_request($path, '{}', 'Host: second'), post_request($path, '{}', "Content-Length: 2"), post_head($path, 'Content-Length: 0x2') . '{}')
{
	isnt(exchange($port, $bad)->{status}, 201, 'what is no plain request is not taken for one: ' . ($bad =~ s/[\r\n]+/ /gr));
}

# -- clients that go ---------------------------------------------------------------

$before = stored();
$wire = OpenLineage::Wire->new($port);
$wire->send(post_request($path, run_event('last')));
shutdown $wire->{socket}, 1;
is($wire->reply->{status}, 201, 'a client that has no more to say has its answer');
ok($wire->closed(5), 'and the connection ends');

$wire = OpenLineage::Wire->new($port);
$wire->send(post_request($path, run_event('gone')));
undef $wire;
ok(wait_for(sub { stored() == $before + 2 }), 'the event of a client that went away is stored');
for my $rest ('POST', "POST $path HTTP/1.1\r\nHost: x\r\n", post_head($path, 'Content-Length: 100') . '{')
{
	$wire = OpenLineage::Wire->new($port);
	$wire->send($rest);
	shutdown $wire->{socket}, 1;
	ok($wire->closed(5), 'half of a request has no answer, and its connection ends');
}
is(http_get("$url/health")->{status}, 200, 'all is well');

# -- a body that nobody reads ------------------------------------------------------

$node->configure('openlineage.max_pending_size' => '1MB')->reload;
ok(wait_for(sub { exchange($port, post_request($path, run_event('large', padding => 2_000_000)))->{status} == 503 }), 'there is little room for bodies');
for my $head ("GET /health HTTP/1.1\r\nHost: x\r\n", "GET /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n")
{
	my @half = map { OpenLineage::Wire->new($port) } 1 .. 8;
	for my $wire (@half)
	{
		$wire->send("${head}Content-Type: application/json\r\nContent-Length: 200001\r\n\r\n" . ' ' x 200_000);
	}
	my ($about) = $head =~ /^(GET \S+)/;
	is(exchange($port, post_request($path, run_event('small', padding => 200_000)))->{status}, 201, "$about with a body takes no room from events");
	$_->send(' ') for @half;
	is(join(' ', map { $_->reply->{status} } @half), join(' ', (200) x 8), 'and is answered when it is complete');
}

done_testing();
