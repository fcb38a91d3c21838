# Whatever a client sends: a fitting answer, nothing stored by mistake, and others are served on.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib qw(memGzip);
use OpenLineage::Cluster qw(http_get http_post wait_for);
use OpenLineage::Wire qw(get_request post_request post_head chunked run_event exchange);
use Test::More;

my $node = OpenLineage::Cluster->new('faults');
my $url = $node->init->serve('lineage', conf => {
	'openlineage.max_body_size' => '1MB',
	'openlineage.max_clients' => 40,
	'openlineage.max_clients_per_address' => 30,
	log_min_messages => 'info' });
my $port = $node->{http_port};
my $path = '/api/v1/lineage';

$node->poll_until('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^openlineage'", 4);
my $processes = join ' ', $node->backend_pids('^openlineage');

sub stored { return $node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'); }
sub status_of { return exchange($port, @_)->{status}; }

# -- bodies ----------------------------------------------------------------------

my $gzip = memGzip(run_event('zipped'));
my $length = 'Content-Length: ' . length $gzip;
is(status_of(post_request($path, $gzip, 'Content-Encoding: gzip')), 201, 'gzip');
is(status_of(post_request($path, memGzip(run_event('quiet')))), 201, 'gzip that does not say so');
is(status_of(post_head($path, 'Transfer-Encoding: chunked') . chunked(run_event('pieces'), 7)), 201, 'chunked');
is( status_of(post_head($path, 'Transfer-Encoding: chunked', 'Content-Encoding: gzip') . chunked(memGzip(run_event('both')), 1)),
	201, 'gzip and chunked, byte by byte');
is(stored(), 4, 'four events are stored');

my $broken = $gzip;
substr($broken, 20, 1) ^= "\xff";
my %refused = (
	'a truncated gzip body'     => [ 400, post_request($path, substr($gzip, 0, -9), 'Content-Encoding: gzip') ],
	'a damaged gzip body'       => [ 400, post_request($path, $broken, 'Content-Encoding: gzip') ],
	'text that claims gzip'     => [ 400, post_request($path, run_event('x'), 'Content-Encoding: gzip') ],
	'an unknown encoding'       => [ 415, post_request($path, run_event('x'), 'Content-Encoding: br') ],
	'truncated JSON'            => [ 400, post_request($path, substr(run_event('x'), 0, -9)) ],
	'broken chunks'             => [ 400, post_head($path, 'Transfer-Encoding: chunked') . "zz\r\nabc\r\n" ],
	'two lengths'               => [ 400, post_request($path, '{}', 'Content-Length: 1') ],
	'a length and chunks'       => [ 400, post_head($path, 'Content-Length: 2', 'Transfer-Encoding: chunked') . chunked('{}', 2) ],
	'a blank before the colon'  => [ 400, post_head($path, 'Transfer-Encoding : chunked') . chunked('{}', 2) ],
	'a length on another line'  => [ 400, "POST $path HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length:\r\n 34\r\n\r\n" . 'x' x 34 ],
	'a header across two lines' => [ 400, "GET $path HTTP/1.1\r\nA: a\r\n uthorization: Basic eA==\r\nHost: x\r\n\r\n" ],
	'a negative length'         => [ 400, post_head($path, 'Content-Length: -1') ],
	'an empty body'             => [ 422, post_request($path, '') ],
	'no content type'           => [ 415, "POST $path HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" ],
	'another content type'      => [ 415, "POST $path HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}" ],
	'a body over the limit'     => [ 413, post_request($path, run_event('x', padding => 1024 * 1024)) ],
	'chunks over the limit'     => [ 413, post_head($path, 'Transfer-Encoding: chunked') . chunked(run_event('x', padding => 1024 * 1024), 65536) ],
	'a gzip bomb'               => [ 413, post_request($path, memGzip(run_event('x', padding => 20 * 1024 * 1024))) ],
	'a length of terabytes'     => [ 413, post_head($path, 'Content-Length: 9000000000000') ],
);
for my $name (sort keys %refused)
{
	my ($status, $request) = @{ $refused{$name} };
	my $answer = exchange($port, $request);
	is($answer->{status}, $status, "$name: $status");
	unlike($answer->{content}, qr/SELECT|\.c\b|openlineage\.ingest_batch/, "$name: no SQL in the answer");
}
is(stored(), 4, 'nothing of that is stored');

# -- connections -----------------------------------------------------------------

my $wire = OpenLineage::Wire->new($port);
$wire->send(post_head($path, 'Content-Length: 9000000', 'Expect: 100-continue'));
is($wire->reply->{status}, 413, 'a body that is too large is refused before it is sent');
$wire = OpenLineage::Wire->new($port);
my $event = run_event('expected');
$wire->send(post_head($path, 'Content-Length: ' . length $event, 'Expect: 100-continue'));
is($wire->reply->{status}, 100, 'another may go on');
$wire->send($event);
is($wire->reply->{status}, 201, 'and is stored');

for my $i (1 .. 3)
{
	$wire->send(post_request($path, run_event("kept_$i")));
	is($wire->reply->{status}, 201, "request $i on the same connection");
}
$wire->send(post_request($path, 'x' x (1024 * 1024 + 9)));
is($wire->reply->{status}, 413, 'a refused body');
$wire->send(get_request('/health'));
is($wire->reply->{status}, 200, 'leaves the connection usable');
$wire->send(join '', get_request('/health'), map { post_request($path, run_event("pipe_$_")) } 1 .. 5);
is(join(' ', map { $wire->reply->{status} } 1 .. 6), '200 201 201 201 201 201', 'pipelined requests, in order');

# -- paths -----------------------------------------------------------------------

my %paths = (
	'/api/v1/namespaces/test/jobs/'                => 200,
	'//api/v1/namespaces'                          => 200,
	"http://localhost:$port/api/v1/namespaces?x=1" => 200,
	'/api/v1/namespaces?&&=1&a&b=&a=2&limit=5'     => 200,
	'/api/v1/namespaces/a%zz'                      => 400,
	'/api/v1/namespaces/a%2'                       => 400,
	'/api/v1/namespaces/a%00b'                     => 400,
	'/api/v1/namespaces/%ff'                       => 400,
	'/api/v1/namespaces/%c0%af'                    => 400,
	'/api/v1/namespaces/%ed%a0%80'                 => 400,
	'/api/v1/namespaces?q=%ff'                     => 400,
	'/api/v1/namespaces?q=%00'                     => 400,
	'/api/v1/namespaces?' . ('a=1&' x 200)         => 400,
	'/api/v1/../../etc/passwd'                     => 404,
	'/api/v1/namespaces//jobs'                     => 404,
	'/api' x 40                                    => 404,
	'/'                                            => 404,
	'*'                                            => 404,
	'/api/v1/namespaces/' . ('n' x 20_000)         => 404,
	'/api/v1/namespaces/' . ('%e2%82%ac' x 10_000) => 404,
	'/' . ('x' x 1_000_000)                        => 414,
);
is(status_of(get_request($_)), $paths{$_}, 'GET ' . substr($_, 0, 50)) for sort keys %paths;
is(status_of("GET /health HTTP/1.1\r\n\r\n"), 400, 'no host');
is(status_of("GET /health HTTP/1.0\r\n\r\n"), 200, 'HTTP/1.0');
is(status_of(get_request('/health', 'Host: second')), 400, 'two hosts');
is(status_of("FOO $path HTTP/1.1\r\nHost: x\r\n\r\n"), 405, 'an unknown method');

# -- slow and many ---------------------------------------------------------------

my @slow = map { OpenLineage::Wire->new($port) } 1 .. 20;
$_->send("POST $path HTTP/1.1\r\nHost: x\r\n") for @slow;
is(http_get("$url/health")->{status}, 200, 'clients that do not finish their headers harm nobody');
is(http_post("$url$path", run_event('between'))->{status}, 201, 'events are stored');
for my $slow (@slow[ 0 .. 9 ])
{
	# a byte now and then does not keep a connection
	wait_for(sub { $slow->send("X") ; $slow->closed(0.5) }, 20);
}
is(scalar(grep { $_->closed(20) } @slow), 20, 'and are closed after ten seconds');

my @many = map { OpenLineage::Wire->new($port) } 1 .. 30;
ok(wait_for(sub { status_of(get_request('/health')) == 503 }), 'one connection too many is told so');
is(exchange($port, get_request('/health'))->{headers}{'retry-after'}, 1, 'and when to come again');
@many = ();
ok(wait_for(sub { status_of(get_request('/health')) == 200 }), 'afterwards there is room again');

is(join(' ', $node->backend_pids('^openlineage')), $processes, 'no process has ended');
done_testing();
