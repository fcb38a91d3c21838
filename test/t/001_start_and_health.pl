# A preloaded server starts, takes events, answers questions, and says so.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http http_get http_post wait_for);
use OpenLineage::Wire qw(run_event);
use Test::More;

my $node = OpenLineage::Cluster->new('start');
my $url = $node->init->serve('lineage');
my $events = "$url/api/v1/lineage";

my $health = http_get("$url/health");
is($health->{status}, 200, 'GET /health answers');
ok(wait_for(sub { http_get("$url/health")->{content} =~ /"status":"ok"/ }), 'health becomes ok');

my $event = run_event('first');
my $answer = http_post($events, $event);
is($answer->{status}, 201, 'an event is accepted');
is($answer->{content}, '', 'with an empty body');
is($answer->{headers}{'content-length'}, 0, 'that says so');
is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'), 1, 'and is stored when it is answered');
is(http_post("$events/", run_event('second'), 'content-type' => 'application/json; charset=UTF-8')->{status},
	201, 'charset and trailing slash do no harm');

is(http_get("$url/api/v1/namespaces")->{status}, 200, 'a read is answered');
is(http_get("$url/api/v1/nothing")->{content}, '{"code":404,"message":"HTTP 404 Not Found"}', 'unknown path');
is(http('DELETE', "$url/api/v1/tags")->{status}, 405, 'unknown method');
is(http('HEAD', "$url/api/v1/namespaces")->{status}, 200, 'HEAD is answered like GET');

my $options = http('OPTIONS', $events);
is($options->{status}, 200, 'OPTIONS');
is($options->{headers}{allow}, 'OPTIONS,GET,HEAD,POST', 'lists the methods');

my %state = map { my ($item, $state) = split /\|/; ($item => $state) }
  split /\n/, $node->safe_psql('lineage', 'SELECT item, state FROM openlineage.status()');
is($state{$_}, 'ok', "status(): $_") for 'preload', 'database', 'HTTP server', 'ingest worker', 'query workers';

$node->safe_psql('lineage', 'CREATE ROLE reader LOGIN IN ROLE openlineage_reader; CREATE ROLE admin LOGIN IN ROLE openlineage_admin');
is( $node->safe_psql('lineage', q(SET ROLE reader; SELECT state FROM openlineage.status() WHERE item = 'HTTP server')),
	'ok', 'an ordinary role is told the same');
my ($code, undef, $error) = $node->psql('lineage', "\\set VERBOSITY verbose\nSET ROLE reader; SELECT openlineage.stop_server()");
isnt($code, 0, 'but may not stop the server');
like($error, qr/42501/, 'for lack of rights');
is($node->safe_psql('lineage', 'SET ROLE admin; SELECT openlineage.stop_server()'), 't', 'openlineage_admin may');
is(http_get("$url/health")->{status}, 599, 'then nobody listens');
is($node->safe_psql('lineage', 'SET ROLE admin; SELECT openlineage.stop_server()'), 'f', 'and there is nothing to stop');
like($node->safe_psql('lineage', 'SET ROLE admin; SELECT openlineage.start_server()'),
	qr/^openlineage server on 127\.0\.0\.1 port \d+$/, 'it can be started again');
is(http_get("$url/health")->{status}, 200, 'and answers at once');

# whoever sets it to off: an answered event is on disk
$node->safe_psql('lineage', "ALTER DATABASE lineage SET synchronous_commit = off");
$node->safe_psql('lineage', 'SELECT openlineage.stop_server(); SELECT openlineage.start_server()');
is(http_post($events, run_event('third'))->{status}, 201, 'synchronous_commit = off does no harm');
$node->kill9->start;
is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'), 3, 'every answered event survives');

done_testing();
