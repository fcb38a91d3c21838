# Every route of the table with no token, with a token of another scope, and with one of its own;
# nothing but what the table says is for anybody is answered to nobody.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http http_get wait_for);
use OpenLineage::Routes qw(routes);
use Test::More;

my $node = OpenLineage::Cluster->new('scopes');
my $url = $node->init->serve('lineage', conf => { 'openlineage.oauth_required' => 'on' });

my @scopes = qw(lineage:read lineage:write models:read features:read admin);
my %key = map { ($_ => key($_)) } @scopes;

# One key with some scopes; who may read and write every namespace.
sub key
{
	my ($name, @list) = @_;
	my $list = join ',', @list ? @list : $name;
	return $node->safe_psql('lineage', "SELECT openlineage.create_api_key('$name', '{$list}', '{*}', '{*}')");
}

sub ask
{
	my ($method, $path, $token) = @_;
	my %headers = ('content-type' => 'application/json', $token ? (authorization => "Bearer $token") : ());
	return http($method, $url . $path, headers => \%headers, $method =~ /^P/ ? (content => '{}') : ());
}

sub challenge { return $_[0]{headers}{'www-authenticate'} || ''; }

my @routes = routes(run => '00000000-0000-4000-8000-000000000000', version => '00000000-0000-4000-8000-000000000000');
cmp_ok(scalar @routes, '>', 50, 'the table of routes was read');
is(join(' ', sort map { $_->{template} } grep { $_->{scope} eq '' } @routes), '/.well-known/oauth-protected-resource /health', 'what is for anybody');

my $metadata = qr{resource_metadata="http://127\.0\.0\.1:\d+/\.well-known/oauth-protected-resource"};
my %others = map {
	my $scope = $_;
	($scope => key("all but $scope", grep { $_ ne $scope && $_ ne 'admin' } @scopes))
} @scopes;

for my $route (@routes)
{
	my ($method, $path, $scope) = @{$route}{qw(method path scope)};
	my $what = "$method $route->{template}";
	if ($scope eq '')
	{
		is(ask($method, $path)->{status}, 200, "$what is for anybody");
		next;
	}
	my $answer = ask($method, $path);
	is($answer->{status}, 401, "$what without a token: 401");
	like(challenge($answer), qr{^Bearer realm="openlineage", scope="\Q$scope\E", $metadata$}, "$what says which scope");
	like($answer->{content}, qr/^\{"code":401,"message":"a token is needed"/, "$what says so in its body");
	$answer = ask($method, $path, $others{$scope});
	is($answer->{status}, 403, "$what with all other scopes: 403");
	like(challenge($answer), qr{error="insufficient_scope".*scope="\Q$scope\E", $metadata$}, "$what says which is missing");
	for my $right ($scope, 'admin')
	{
		my $status = ask($method, $path, $key{$right})->{status};
		ok($status != 401 && $status != 403 && $status < 500, "$what with scope $right: $status");
	}
	is(ask('OPTIONS', $path)->{status}, 200, "OPTIONS $route->{template} needs none");
	is(ask('HEAD', $path)->{status}, 401, "HEAD $route->{template} needs one") if $method eq 'GET';
}
is(ask('GET', '/api/v1/no/such/route')->{status}, 401, 'a path without a route is refused as well');
is(ask('PATCH', '/api/v1/namespaces')->{status}, 401, 'and a method without one');

# -- the same by row-level security alone ----------------------------------------------

$node->configure('openlineage.oauth_required' => 'off')->reload;
ok(wait_for(sub { ask('GET', '/api/v1/namespaces')->{status} == 200 }), 'nobody is asked who they are any more');
$node->safe_psql('lineage', 'SELECT openlineage.enable_rls()');
my @open = grep { ask($_->{method}, $_->{path})->{status} != 401 } grep { $_->{scope} ne '' && $_->{method} ne 'POST' } @routes;
is(join(' ', map { $_->{template} } @open), '', 'enable_rls() has the same effect');
is(ask('GET', '/.well-known/oauth-protected-resource')->{status}, 200, 'the metadata stay');

done_testing();
