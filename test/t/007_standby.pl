# On a standby reads are answered and events refused for now; after promotion both work.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http http_get http_post wait_for free_port);
use OpenLineage::Wire qw(run_event);
use Test::More;

my $primary = OpenLineage::Cluster->new('primary');
my $url = $primary->init->serve('lineage');
is(http_post("$url/api/v1/lineage", run_event('primary'))->{status}, 201, 'the primary stores an event');
# Two keys that see nothing and everything, rights that change, a role with a grant.
my %key = map { my ($client, $pattern) = @$_; ($client => $primary->safe_psql('lineage', "SELECT openlineage.create_api_key('$client', '{lineage:read}', '{$pattern}')")) }
  [ sees => 'test' ], [ blind => 'elsewhere' ];
$primary->safe_psql('lineage', q(CREATE ROLE reads IN ROLE openlineage_reader; SELECT openlineage.grant_namespace('database_role', 'reads', 'test')));

my $port = free_port();
my $standby = $primary->standby('standby', conf => { 'openlineage.port' => $port });
$standby->{http_port} = $port;
$standby->start;
my $there = $standby->wait_healthy;
like(http_get("$there/health")->{content}, qr/"ingest":"standby"/, 'the standby says what it is');
ok($standby->poll_until('lineage', 'SELECT count(*) FROM openlineage.event', 1), 'the event has come over');
is(http_get("$there/api/v1/namespaces")->{status}, 200, 'it answers reads');
my $answer = http_post("$there/api/v1/lineage", run_event('refused'));
is($answer->{status}, 503, 'it refuses events');
ok($answer->{headers}{'retry-after'}, 'for now');
for my $request ([ 'PUT', 'tags/T' ], [ 'DELETE', 'namespaces/test' ], [ 'POST', 'namespaces/test/jobs/primary/tags/T' ])
{
	my ($method, $path) = @$request;
	$answer = http($method, "$there/api/v1/$path");
	is("$answer->{status} " . ($answer->{headers}{'retry-after'} || ''), '503 1', "and $method $path");
}
# Who may read what is told there as here: by login(), by a grant, over HTTP, from the next statement on.
$primary->safe_psql('lineage', 'SELECT openlineage.enable_rls()');
ok($standby->poll_until('lineage', 'SELECT NOT openlineage.access_open()'), 'that row-level security is enforced comes over');
sub sees
{
	my ($login, $role) = @_;
	return $standby->safe_psql('lineage', 'BEGIN; SET LOCAL ROLE ' . ($role || 'openlineage_reader') . '; '
		  . ($login ? "SELECT openlineage.login('$login'); " : '') . 'SELECT count(*) FROM openlineage.event; COMMIT') =~ s/^\n//r;
}
sub reads_over_http { return http_get("$there/api/v1/namespaces", authorization => "Bearer $_[0]")->{content} =~ /"name" : "test"/ ? 1 : 0; }
is(sees($key{sees}), 1, 'login() works on a standby');
is(sees($key{blind}), 0, 'for what it allows');
is(sees(undef), 0, 'nobody sees nothing');
is(sees(undef, 'reads'), 1, 'a role with a grant does');
is(($standby->psql('lineage', "SELECT openlineage.login('ol_0123456789abcdef_x')"))[0], 3, 'a key that is none is refused');
is(reads_over_http($key{sees}), 1, 'and over HTTP');
is(reads_over_http($key{blind}), 0, 'nothing more');
is(http_get("$there/api/v1/namespaces")->{status}, 401, 'without a token nothing');
$primary->safe_psql('lineage', q(SELECT openlineage.revoke_namespace('database_role', 'reads', 'test'), openlineage.grant_namespace('client', 'blind', 'test')));
ok(wait_for(sub { sees(undef, 'reads') == 0 && sees($key{blind}) == 1 && reads_over_http($key{blind}) == 1 }), 'grants that change on the primary count');
$primary->safe_psql('lineage', q(SELECT openlineage.revoke_api_key(id) FROM openlineage.api_key WHERE client = 'sees'));
ok(wait_for(sub { http_get("$there/api/v1/namespaces", authorization => "Bearer $key{sees}")->{status} == 401 }), 'a key that is revoked is refused there');
$primary->safe_psql('lineage', 'SELECT openlineage.disable_rls()');
ok($standby->poll_until('lineage', 'SELECT openlineage.access_open()'), 'and it is open again');

is( $standby->safe_psql('lineage', q(SELECT state FROM openlineage.status() WHERE item = 'standby')),
	'info', 'status() tells it');

# dropping the database on the primary is replayed, not held up
$primary->safe_psql('postgres', 'DROP DATABASE lineage');
ok( $standby->poll_until('postgres', q(SELECT count(*) FROM pg_database WHERE datname = 'lineage'), 0),
	'DROP DATABASE reaches the standby');
$primary->create_database('lineage');
ok(wait_for(sub { http_get("$there/api/v1/namespaces")->{status} == 200 }), 'the standby serves the new one');

$standby->promote;
ok(wait_for(sub { http_post("$there/api/v1/lineage", run_event('promoted'))->{status} == 201 }),
	'after promotion it stores events');
like(http_get("$there/health")->{content}, qr/"ingest":"running"/, 'and says so');

done_testing();
