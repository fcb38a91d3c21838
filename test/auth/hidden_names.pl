# With row-level security enforced, whether a hidden name exists cannot be told from any answer: every route
# that names something answers a hidden name and a missing one alike, to readers and to writers.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http http_get http_post);
use OpenLineage::Routes qw(routes);
use Test::More;

my $node = OpenLineage::Cluster->new('hidden');
my $url = $node->init->serve('lineage');
my $run = { hidden => '11111111-0000-4000-8000-000000000001', absent => '11111111-0000-4000-8000-000000000002', seen => '22222222-0000-4000-8000-000000000001' };
my $event = '{"eventTime":"2026-01-05T10:00:00Z","eventType":"COMPLETE","run":{"runId":"%s"},"job":{"namespace":"%s","name":"j"},'
  . '"inputs":[{"namespace":"%s","name":"d","facets":{"schema":{"fields":[{"name":"f","type":"int"}]},"dataSource":{"name":"s_%s","uri":"x://y"}}}],'
  . '"outputs":[{"namespace":"%s","name":"o"}]}';
for my $space ('hidden', 'seen')
{
	is(http_post("$url/api/v1/lineage", sprintf $event, $run->{$space}, ($space) x 4)->{status}, 201, "an event of $space");
}
my ($told) = http_get("$url/api/v1/namespaces/hidden/datasets/d/versions")->{content} =~ /"version" : "([^"]+)"/;
my %version = (hidden => $told, absent => '33333333-0000-3000-8000-000000000001', seen => 'none');

my %key = (
	one   => key('one', '{lineage:read,lineage:write}', '{seen}'),
	ruler => key('ruler', '{admin}', '{}'));
sub key { my ($client, $scopes, $spaces) = @_; return $node->safe_psql('lineage', "SELECT openlineage.create_api_key('$client', '$scopes', '$spaces', '$spaces')"); }
$node->safe_psql('lineage', 'SELECT openlineage.enable_rls()');

# Status and body, with the names taken out.
sub told
{
	my ($key, $space, $method, $path, $body) = @_;
	my %headers = (authorization => "Bearer $key{$key}", 'content-type' => 'application/json');
	my $answer = http($method, $url . $path, headers => \%headers, defined $body ? (content => $body) : ());
	(my $content = $answer->{content}) =~ s/$space|\Q$run->{$space}\E|\Q$version{$space}\E/NAME/g;
	return "$answer->{status} $content";
}

sub routes_of { my ($space) = @_; return routes(namespace => $space, job => 'j', dataset => 'd', field => 'f', tag => 'T', run => $run->{$space}, version => $version{$space}, source => "s_$space"); }

my @hidden = routes_of('hidden');
my @absent = routes_of('absent');
my %body = (
	'/api/v1/namespaces/{namespace}'                    => '{"ownerName":"me"}',
	'/api/v1/namespaces/{namespace}/jobs/{job}'         => '{"type":"BATCH","inputs":[],"outputs":[]}',
	'/api/v1/namespaces/{namespace}/jobs/{job}/runs'    => '{}',
	'/api/v1/namespaces/{namespace}/datasets/{dataset}' => '{"type":"DB_TABLE","physicalName":"p","sourceName":"s","fields":[]}',
	'/api/v1/sources/{source}'                          => '{"type":"T","connectionUrl":"u"}');
my $compared = 0;
for my $i (grep { $hidden[$_]{template} =~ /\{(namespace|run|source)\}/ } 0 .. $#hidden)
{
	my ($method, $template) = @{ $hidden[$i] }{qw(method template)};
	my $body = $method =~ /^P/ ? $body{$template} : undef;
	my ($is, $is_not) = (told('one', 'hidden', $method, $hidden[$i]{path}, $body), told('one', 'absent', $method, $absent[$i]{path}, $body));
	is($is, $is_not, "$method $template");
	$compared++;
}
cmp_ok($compared, '>', 30, 'routes were compared');
for my $query ('/lineage?nodeId=dataset:%s:d', '/lineage?nodeId=job:%s:j', '/lineage?nodeId=dataset:%s:d&depth=3', '/column-lineage?nodeId=datasetField:%s:d:f',
	'/column-lineage?nodeId=dataset:%s:d', '/search?q=%s', '/jobs?namespace=%s')
{
	is(told('one', 'hidden', 'GET', '/api/v1' . sprintf($query, 'hidden')), told('one', 'absent', 'GET', '/api/v1' . sprintf($query, 'absent')), "GET $query");
}
for my $query ('/runlineage/upstream?runId=%s', '/jobs/runs/%s', '/jobs/runs/%s/facets?type=run')
{
	is(told('one', 'hidden', 'GET', '/api/v1' . sprintf($query, $run->{hidden})), told('one', 'absent', 'GET', '/api/v1' . sprintf($query, $run->{absent})), "GET $query");
}
is(told('one', 'hidden', 'POST', '/api/v1/lineage', sprintf $event, $run->{hidden}, ('hidden') x 4),
	told('one', 'absent', 'POST', '/api/v1/lineage', sprintf $event, $run->{absent}, ('absent') x 4), 'an event of a namespace that may not be written');
is(told('one', 'seen', 'GET', '/api/v1/namespaces/seen') =~ /^(\d+)/ && $1, 200, 'what may be seen is');
is(told('ruler', 'hidden', 'GET', '/api/v1/namespaces/hidden/jobs/j') =~ /^(\d+)/ && $1, 200, 'an administrator sees it, so there was something to hide');
is($node->safe_psql('lineage', q(SELECT count(*) FROM openlineage.namespace WHERE name = 'absent')), 0, 'nothing was written');

done_testing();
