package OpenLineage::Wire;

# HTTP by hand, for requests that no proper client sends, and for several at a time.
#
#   my $wire = OpenLineage::Wire->new($port);                       # or ($port, host => address)
#   $wire->send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
#   my $reply = $wire->reply;          # { status, headers, content }, or undef: closed, or nothing came
#   ok($wire->closed);                 # waits until the other side has closed
#
#   my $request = get_request('/health');
#   my $request = post_request('/api/v1/lineage', run_event('nightly'));

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

our @EXPORT_OK = qw(get_request post_request post_head chunked run_event exchange);

sub new
{
	my ($class, $port, %opt) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => $opt{host} || '127.0.0.1', PeerPort => $port, Proto => 'tcp')
	  or croak "port $port: $!";
	binmode $socket;
	$socket->autoflush(1);
	return bless { socket => $socket, read => '' }, $class;
}

# False when the other side has closed in the meantime.
sub send
{
	my ($self, $bytes) = @_;
	local $SIG{PIPE} = 'IGNORE';
	while (length $bytes)
	{
		my $sent = syswrite $self->{socket}, $bytes;
		return 0 unless $sent;
		substr($bytes, 0, $sent, '');
	}
	return 1;
}

# More bytes into the buffer; false at the end or when nothing came in time.
sub more
{
	my ($self, $end) = @_;
	my $left = $end - time;
	return 0 if $left <= 0 || !IO::Select->new($self->{socket})->can_read($left);
	my $got = sysread $self->{socket}, my $piece, 65536;
	$self->{ended} = 1 unless $got;
	$self->{read} .= $piece if $got;
	return $got;
}

sub limit { return time + ($_[0] || $ENV{OL_TIMEOUT} || 60); }

# One reply, without a body after HEAD or 100.
sub reply
{
	my ($self, %opt) = @_;
	my $end = limit($opt{seconds});
	until ($self->{read} =~ /\r\n\r\n/) { return unless $self->more($end); }
	$self->{read} =~ s/^(.*?)\r\n\r\n//s;
	my ($first, @lines) = split /\r\n/, $1;
	my %headers = map { my ($name, $value) = split /:\s*/, $_, 2; (lc $name => $value) } @lines;
	my ($status) = $first =~ m{^HTTP/1\.[01] (\d+)} or return;
	my $length = $opt{head} || $status == 100 ? 0 : $headers{'content-length'} || 0;
	while (length $self->{read} < $length) { return unless $self->more($end); }
	return { status => $status, headers => \%headers, content => substr($self->{read}, 0, $length, '') };
}

# Whether the other side closes, before so many seconds are over.
sub closed
{
	my ($self, $seconds) = @_;
	my $end = limit($seconds);
	while (!$self->{ended}) { last unless $self->more($end) || $self->{ended}; }
	return $self->{ended} ? 1 : 0;
}

# One request on a connection of its own.
sub exchange
{
	my ($port, $bytes, %opt) = @_;
	my $wire = OpenLineage::Wire->new($port);
	$wire->send($bytes);
	return $wire->reply(%opt) || { status => 0, headers => {}, content => '' };
}

sub lines { return join '', map { "$_\r\n" } @_; }

sub get_request
{
	my ($path, @headers) = @_;
	return lines("GET $path HTTP/1.1", 'Host: localhost', @headers, '');
}

# The head of a POST; the caller adds what says how long the body is.
sub post_head
{
	my ($path, @headers) = @_;
	return lines("POST $path HTTP/1.1", 'Host: localhost', 'Content-Type: application/json', @headers, '');
}

sub post_request
{
	my ($path, $body, @headers) = @_;
	return post_head($path, 'Content-Length: ' . length $body, @headers) . $body;
}

sub chunked
{
	my ($body, $size) = @_;
	my $out = '';
	for (my $at = 0; $at < length $body; $at += $size)
	{
		my $piece = substr $body, $at, $size;
		$out .= sprintf("%x\r\n", length $piece) . "$piece\r\n";
	}
	return "${out}0\r\n\r\n";
}

my $runs = 0;

# A COMPLETE event of a new run of the job, with one input and one output.
sub run_event
{
	my ($job, %more) = @_;
	my $id = sprintf '%08x-0000-4000-8000-%012x', $$, ++$runs;
	my $extra = $more{padding} ? ',"padding":"' . ('x' x $more{padding}) . '"' : '';
	return '{"eventType":"COMPLETE","eventTime":"2026-01-05T08:00:00Z","producer":"https://example.org/test",'
	  . qq("run":{"runId":"$id"},"job":{"namespace":"test","name":"$job"},)
	  . qq("inputs":[{"namespace":"test","name":"raw"}],"outputs":[{"namespace":"test","name":"out_$job"}]$extra});
}

1;
