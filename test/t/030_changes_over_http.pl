# PUT, POST and DELETE: what a client sends and gets, who may, and that changes hold up no reads.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib qw(memGzip);
use JSON::PP qw(decode_json);
use OpenLineage::Cluster qw(http http_get http_post wait_for);
use OpenLineage::Wire qw(exchange post_request run_event);
use Test::More;

my $node = OpenLineage::Cluster->new('changes', conf => { 'openlineage.max_body_size' => '1MB' });
my $url = $node->init->serve('lineage', conf => { 'openlineage.max_body_size' => '1MB' });
my $port = $node->{http_port};
my $api = "$url/api/v1";

# A request with a JSON body, or with neither body nor content type.
sub change
{
	my ($method, $path, $body, %headers) = @_;
	return http($method, "$api$path") unless defined $body;
	return http($method, "$api$path", content => $body, headers => { 'content-type' => 'application/json', %headers });
}

# Status and one member of the answer.
sub told
{
	my ($answer, $member) = @_;
	my $body = $answer->{content} eq '' ? {} : decode_json($answer->{content});
	my $value = $body->{$member};
	return "$answer->{status} " . (ref $value ? JSON::PP->new->canonical->encode($value) : defined $value ? $value : 'null');
}

sub stored { return $node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'); }

is(http_post("$api/lineage", run_event('nightly'))->{status}, 201, 'an event to change something of');

# -- from a page in a browser ------------------------------------------------------

my %from = map { $_ => { 'content-type' => 'application/json', 'sec-fetch-site' => $_ } } qw(cross-site same-site same-origin none);
is(http('PUT', "$api/tags/$_", headers => $from{$_})->{status}, $_ eq 'cross-site' ? 403 : 200, "a tag from $_") for sort keys %from;
is(http('POST', "$api/lineage", content => run_event('forged'), headers => $from{'cross-site'})->{status}, 403, 'an event of a page of another site');
is(http('GET', "$api/namespaces", headers => $from{'cross-site'})->{status}, 200, 'it may ask, but is not let see the answer by its browser');

# -- methods -----------------------------------------------------------------------

my %methods = (
	'/namespaces'                                 => 'OPTIONS,GET,HEAD',
	'/namespaces/test'                            => 'OPTIONS,GET,HEAD,PUT,DELETE',
	'/lineage'                                    => 'OPTIONS,GET,HEAD,POST',
	'/lineage/batch'                              => 'OPTIONS,POST',
	'/sources/s'                                  => 'OPTIONS,GET,HEAD,PUT',
	'/tags/T'                                     => 'OPTIONS,PUT',
	'/namespaces/test/jobs/nightly/tags/T'        => 'OPTIONS,POST,DELETE',
	'/namespaces/n/datasets/d/fields/f/tags/T'    => 'OPTIONS,POST,DELETE',
);
for my $path (sort keys %methods)
{
	my $answer = http('OPTIONS', "$api$path");
	is("$answer->{status} $answer->{headers}{allow}", "200 $methods{$path}", "OPTIONS $path");
	ok(!exists $answer->{headers}{'access-control-allow-origin'}, 'no other site may read the answer');
	$answer = http('PATCH', "$api$path");
	is("$answer->{status} $answer->{headers}{allow}", "405 $methods{$path}", "PATCH $path");
}
is(http('HEAD', "$api/sources")->{status}, 200, 'HEAD is GET without a body');
is(http('HEAD', "$api/tags/T")->{status}, 405, 'where there is GET');

# -- bodies ------------------------------------------------------------------------

my $owner = '{"ownerName":"ann"}';
my $path = '/namespaces/s3%3A%2F%2Fb';
is(told(change('PUT', $path, $owner), 'name'), '200 s3://b', 'PUT of a namespace');
is(told(change('PUT', $path, memGzip($owner), 'content-encoding' => 'gzip'), 'ownerName'), '200 ann', 'gzip');
is(told(change('PUT', $path, $owner, 'content-type' => 'application/json; charset=UTF-8'), 'ownerName'), '200 ann', 'a charset');
is(told(change('PUT', $path, $owner, 'content-type' => 'text/plain'), 'code'), '415 415', 'another content type');
is(exchange($port, "PUT /api/v1$path HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")->{status}, 415, 'a body without content type');
is(exchange($port, "PUT /api/v1$path HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")->{status}, 422, 'no body where one is needed');
is(told(change('PUT', $path), 'errors'), '422 ["The request body must not be null"]', 'not even a length');
is(told(change('PUT', $path, 'null'), 'errors'), '422 ["The request body must not be null"]', 'null');
is(told(change('PUT', $path, '{}'), 'errors'), '422 ["ownerName must not be null"]', 'a member is missing');
is(told(change('PUT', $path, '{"ownerName":'), 'code'), '400 400', 'broken JSON');
is(told(change('PUT', $path, "{\"ownerName\":\"\xff\"}"), 'code'), '400 400', 'no UTF-8');
is(told(change('PUT', $path, "{\"ownerName\":\"\0\"}"), 'code'), '400 400', 'a NUL');
is(told(change('PUT', $path, '[' x 200_000), 'code'), '400 400', 'very deep nesting');
is(told(change('PUT', $path, '{"ownerName":"' . 'x' x (1024 * 1024) . '"}'), 'code'), '413 413', 'a body over the limit');
is(told(change('PUT', $path, memGzip('x' x (2 * 1024 * 1024)), 'content-encoding' => 'gzip'), 'code'), '413 413', 'and one that unpacks to it');
is(told(http_get("$api$path"), 'ownerName'), '200 ann', 'nothing of that changed anything');
is(change('PUT', '/namespaces/%ff', $owner)->{status}, 400, 'a path that does not decode');

# -- sources, tags, deletes ----------------------------------------------------------

is(told(change('PUT', '/sources/a%2Fb', '{"type":"KAFKA","connectionUrl":"kafka://h"}'), 'type'), '200 KAFKA', 'PUT of a source');
is(told(http_get("$api/sources/a%2Fb"), 'name'), '200 a/b', 'GET of it');
is(told(http_get("$api/sources/gone"), 'message'), q(404 Source 'gone' not found.), 'an unknown one');
is(told(change('PUT', '/tags/PII', '{"description":"personal"}'), 'description'), '200 personal', 'PUT of a tag');
is(told(change('PUT', '/tags/NEW'), 'name'), '200 NEW', 'without a body');
my $job = '/namespaces/test/jobs/nightly';
my $dataset = '/namespaces/test/datasets/raw';
is(told(change('POST', "$job/tags/T"), 'tags'), '200 ["T"]', 'POST without a body tags a job');
is(told(change('POST', "$dataset/tags/T", '{}'), 'tags'), '200 ["T"]', 'with one a dataset');
is(told(change('DELETE', "$dataset/tags/T"), 'tags'), '200 []', 'DELETE takes it off');
is(told(change('POST', "$dataset/fields/f/tags/T"), 'message'), q(404 Field 'f' not found for dataset 'raw'.), 'an unknown column');
is(told(change('DELETE', $job), 'name'), '200 nightly', 'DELETE of a job answers it');
is(told(change('DELETE', $job), 'message'), q(404 Job 'nightly' not found.), 'once');
is(http_get("$api$job")->{status}, 404, 'it is hidden');
is(http_post("$api/lineage", run_event('nightly'))->{status}, 201, 'a new event');
is(told(http_get("$api$job"), 'tags'), '200 ["T"]', 'shows it again, as it was');
is(told(change('DELETE', "$job?purge=true"), 'message'), '403 permission denied', 'who is no administrator removes nothing for good');
$node->safe_psql('postgres', 'ALTER SYSTEM SET openlineage.writers_may_purge = on');
$node->reload;
ok(wait_for(sub { change('DELETE', "$job?purge=true")->{status} == 200 }), 'but where the setting lets writers');
is(told(change('DELETE', "$job?purge=maybe"), 'code'), '400 400', 'another value');
is($node->safe_psql('lineage', q(SELECT count(*) FROM openlineage.node WHERE kind = 'job')), 0, 'nothing of the job is left');

# -- arrays of events ----------------------------------------------------------------

my $before = stored();
my $array = '[' . join(',', run_event('b1'), '{"eventTime":"2026-01-05T08:00:00Z"}', run_event('b2'), '[]', '7') . ']';
my $answer = http_post("$api/lineage/batch", $array);
is(told($answer, 'status'), '200 partial_success', 'one that is bad fails alone');
is_deeply([ map { $_->{index} } @{ decode_json($answer->{content})->{failed_events} } ], [ 1, 3, 4 ], 'and is named by its place');
is(stored(), $before + 2, 'the others are stored');
is(told(http_post("$api/lineage", '[' . run_event('b3') . ']'), 'status'), '200 success', 'an array on /lineage');
is(told(http_post("$api/lineage/batch", memGzip('[' . run_event('b4') . ']')), 'status'), '200 success', 'gzip');
is(told(http_post("$api/lineage/batch", '[]'), 'status'), '200 success', 'an empty array');
is(http_post("$api/lineage/batch", run_event('b5'))->{status}, 201, 'one event is taken as on /lineage');
is(http_post("$api/lineage/batch", '["x"]')->{status}, 400, 'none that can be stored');
is(http_post("$api/lineage/batch", '[' . run_event('b6'))->{status}, 400, 'a broken array');
is(http_post("$api/lineage/batch", '"x"')->{status}, 400, 'no array');
is(http_post("$api/lineage/batch", '')->{status}, 422, 'no body');
is(stored(), $before + 5, 'five events are stored');

# -- others are not held up ----------------------------------------------------------

$node->safe_psql('postgres', q(ALTER SYSTEM SET openlineage.write_lock_timeout = '400ms'));
$node->reload;
my $lock = $node->psql_start('lineage', q(SET application_name = 'locker'; BEGIN; LOCK TABLE openlineage.tag IN SHARE MODE;
	SELECT pg_sleep(300)));
ok($node->poll_until('lineage', q(SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
	WHERE a.application_name = 'locker' AND l.mode = 'ShareLock' AND l.granted), 1), 'somebody holds a lock');
my @waiting = map { OpenLineage::Wire->new($port) } 1 .. 4;
$_->send("PUT /api/v1/tags/LATE HTTP/1.1\r\nHost: x\r\n\r\n") for @waiting;
ok($node->poll_until('lineage', q(SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'), 1), 'one change waits for it');
is(http_get("$api/namespaces")->{status}, 200, 'reads are answered meanwhile');
$answer = $waiting[0]->reply;
is($answer->{status}, 503, 'a change that waits too long is refused');
ok($answer->{headers}{'retry-after'}, 'for now');
is(join(' ', map { $_->reply->{status} } @waiting[ 1 .. 3 ]), '503 503 503', 'and those behind it');
$node->safe_psql('lineage', q(SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'));
OpenLineage::Cluster::finish($lock);
is(change('PUT', '/tags/LATE')->{status}, 200, 'later it is done');

# -- row-level security ----------------------------------------------------------------

$node->safe_psql('lineage', 'SELECT openlineage.enable_rls()');
for my $name (qw(test never_there))
{
	is(told(change('PUT', "/namespaces/$name", $owner), 'message'), '401 a token is needed', "PUT of $name without a token");
	is(told(change('DELETE', "/namespaces/$name"), 'message'), '401 a token is needed', "DELETE of $name");
	is(told(change('POST', "/namespaces/$name/datasets/raw/tags/T"), 'message'), '401 a token is needed', "a tag in $name");
	is(told(change('DELETE', "/namespaces/$name?purge=true"), 'message'), '401 a token is needed', "purge of $name");
}
is(told(change('PUT', '/tags/X'), 'message'), '401 a token is needed', 'a tag');
is(told(change('PUT', '/sources/s', '{"type":"T","connectionUrl":"u"}'), 'message'), '401 a token is needed', 'a source');
is(http_get("$api/sources/a%2Fb")->{status}, 401, 'a source is not shown');
is(told(http_post("$api/lineage/batch", '[' . run_event('b7') . ']'), 'message'), '401 a token is needed', 'an array');
is($node->safe_psql('lineage', q(SELECT count(*) FROM openlineage.tag WHERE name = 'X')), 0, 'nothing is written');

done_testing();
