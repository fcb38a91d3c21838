package OpenLineage::Routes;

# The table of routes, read from the source of the server.
#
#   for my $route (routes()) { $route->{method}, {path}, {template}, {scope} }    # scope '' is for anybody
#
# path is the template with every {name} replaced by a value.

use strict;
use warnings;
use Exporter qw(import);
use File::Basename qw(dirname);
use OpenLineage::Cluster qw(slurp);

our @EXPORT_OK = qw(routes);

sub routes
{
	my (%values) = @_;
	my $source = slurp(dirname(__FILE__) . '/../../../src/server/routes.c');
	my %define = $source =~ /^#define (\w+) "([^"]*)"/mg;
	my @routes;
	while ($source =~ /^\t\{"(\w+)", (?:(\w+) )?"([^"]+)", OL_SCOPE_\w+, (?:NULL|"\w+")(?:, (\w+))?\},$/mg)
	{
		my ($method, $prefix, $rest, $scope) = ($1, $2, $3, $4);
		my $template = ($prefix ? $define{$prefix} : '') . $rest;
		(my $path = $template) =~ s/\{(\w+)\}/exists $values{$1} ? $values{$1} : 'x'/ge;
		push @routes, { method => $method, template => $template, path => $path, scope => $scope ? $define{$scope} : 'admin' };
	}
	return @routes;
}

1;
