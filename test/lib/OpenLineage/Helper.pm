package OpenLineage::Helper;

# A program that serves a test from beside it: prints its port as its first line, and ends when its
# standard input does, so it never outlives the test.
#
#   my $helper = OpenLineage::Helper->new('python3', 'test/lib/fault_server.py');
#   http_get("http://127.0.0.1:$helper->{port}/good");

use strict;
use warnings;
use Carp qw(croak);
use IPC::Open2 qw(open2);

sub new
{
	my ($class, @words) = @_;
	my $pid = open2(my $out, my $in, @words);
	chomp(my $port = <$out> || '');
	croak "@words did not tell its port" unless $port =~ /^\d+$/;
	return bless { pid => $pid, in => $in, out => $out, port => $port }, $class;
}

sub stop
{
	my ($self) = @_;
	my $in = delete $self->{in} or return;
	close $in;
	local ($?, $!);
	waitpid $self->{pid}, 0;
	return;
}

sub DESTROY { $_[0]->stop; return; }

1;
