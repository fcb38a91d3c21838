#!/usr/bin/perl
# with_cluster.pl [--serve DATABASE] [--conf NAME=VALUE]... -- COMMAND...
#
# Run a command beside a cluster of its own; PGHOST, PGPORT and PGUSER lead to it.  With --serve the
# database has the extension, the worker answers, and OL_URL is its address.
use strict;
use warnings;
use FindBin;
use Getopt::Long;
use lib $FindBin::Bin;
use OpenLineage::Cluster;

my ($database, %conf);
GetOptions('serve=s' => \$database, 'conf=s' => \%conf) && @ARGV
  or die "usage: with_cluster.pl [--serve DATABASE] [--conf NAME=VALUE]... -- COMMAND...\n";

my $node = OpenLineage::Cluster->new('run', conf => \%conf)->init;
$node->start;
$ENV{OL_URL} = $node->serve($database) if defined $database;
%ENV = (%ENV, $node->connection($database));
$ENV{PATH} = "$node->{bindir}:$ENV{PATH}";
my $status = system { $ARGV[0] } @ARGV;
exit($status & 127 ? 128 + ($status & 127) : $status == -1 ? 127 : $status >> 8);
