package OpenLineage::Cluster;

# A small server of a test's own: made, started, crashed, copied and removed again.
#
#   use lib 'test/lib';
#   use OpenLineage::Cluster qw(http_get http_post wait_for);
#   use Test::More;
#
#   my $node = OpenLineage::Cluster->new('main', conf => { work_mem => '8MB' });
#   my $url  = $node->init->serve('lineage');       # preload, database, extension, worker answers
#   is(http_post("$url/api/v1/lineage", $event)->{status}, 201);
#   is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.run'), '1');
#   $node->kill9;                                   # postmaster and everything it forked
#   $node->start;
#   ok($node->poll_until('lineage', 'SELECT count(*) FROM openlineage.event', '1'));
#   my $standby = $node->standby('standby');        # pg_basebackup, not started yet
#   done_testing();
#
# Servers listen on a Unix socket in a folder of their own, so their port never collides; only the
# worker needs free_port().  Nothing here sleeps except wait_for(), which has a time limit.  At the
# end every server is stopped and removed; OL_KEEP=1 keeps the folders.  Environment:
#   OL_BINDIR       bin folder of the server (else that of pg_config); test/run sets the copy in build/
#   OL_TMP          where data folders go (else the system's temporary folder)
#   OL_SERVER_USER  who runs the server when we are root (else postgres)
#   OL_TIMEOUT      seconds that waits and polls may take (else 60)
# Only core Perl modules are used.

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use File::Path qw(remove_tree);
use File::Spec ();
use File::Temp qw(tempdir tempfile);
use HTTP::Tiny;
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Test::More ();
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(http http_get http_post free_port wait_for slurp);

my @clusters;    # everything END has to stop
my %given;       # ports handed out, so that one test never gets the same twice

# -- making ------------------------------------------------------------------

# new($name, conf => { setting => value, ... }, bindir => ...)
sub new
{
	my ($class, $name, %opt) = @_;
	my $bindir = $opt{bindir} || $ENV{OL_BINDIR} || default_bindir();
	my $base = tempdir("ol-$name-XXXXXX", DIR => $ENV{OL_TMP} || File::Spec->tmpdir);
	my $self = bless {
		name    => $name,
		bindir  => $bindir,
		base    => $base,
		data    => "$base/data",
		log     => "$base/log",
		sockdir => tempdir('ol-XXXXXX', DIR => '/tmp'),
		port    => 5432,
		conf    => $opt{conf} || {},
		owner   => $$,
	}, $class;
	own($base);
	own($self->{sockdir});
	push @clusters, $self;
	return $self;
}

sub default_bindir
{
	chomp(my $dir = `pg_config --bindir`);
	return $dir;
}

# Hand a folder to the user that runs the server.
sub own
{
	my ($dir) = @_;
	chmod 0755, $dir;
	return if $> != 0;
	my (undef, undef, $uid, $gid) = getpwnam(server_user())
	  or croak "no user " . server_user() . ": set OL_SERVER_USER";
	chown $uid, $gid, $dir;
	return;
}

sub server_user { return $ENV{OL_SERVER_USER} || 'postgres'; }

sub init
{
	my ($self, @extra) = @_;
	$self->run_ok('initdb', '-D', $self->{data}, '-U', 'postgres', '-A', 'trust', '-N',
		'-E', 'UTF8', '--locale=C', @extra);
	$self->configure(
		listen_addresses        => '',
		unix_socket_directories => $self->{sockdir},
		port                    => $self->{port},
		fsync                   => 'off',
		max_wal_senders         => 5,
		log_line_prefix         => '%m [%p] %q%u@%d ',
		%{ $self->{conf} });
	return $self;
}

# Append settings to postgresql.conf; the last one of a name counts.
sub configure
{
	my ($self, %conf) = @_;
	open my $fh, '>>', "$self->{data}/postgresql.conf" or croak "postgresql.conf: $!";
	for my $name (sort keys %conf)
	{
		(my $value = $conf{$name}) =~ s/'/''/g;
		print {$fh} "$name = '$value'\n";
	}
	close $fh or croak "postgresql.conf: $!";
	return $self;
}

# Make database $db with the extension and start the worker on a free port; returns its URL.
# conf => { ... } adds settings of the server.
sub serve
{
	my ($self, $db, %opt) = @_;
	$self->start unless $self->running;
	$self->create_database($db);
	$self->{http_port} = $opt{port} || free_port();
	$self->configure(
		shared_preload_libraries => 'openlineage',
		'openlineage.databases'  => $db,
		'openlineage.port'       => $self->{http_port},
		%{ $opt{conf} || {} });
	$self->restart;
	return $self->wait_healthy;
}

sub create_database
{
	my ($self, $db) = @_;
	$self->safe_psql('postgres', qq(CREATE DATABASE "$db" TEMPLATE template0 ENCODING 'UTF8'));
	$self->safe_psql($db, 'CREATE EXTENSION openlineage');
	return $self;
}

# -- starting, stopping, crashing ----------------------------------------------

# Returns whether the server runs; dies when it does not, unless fail_ok => 1.  The postmaster is
# our own child, not pg_ctl's orphan: after kill9 nobody else might reap it, and the next start
# would find its process id taken.
sub start
{
	my ($self, %opt) = @_;
	my $pid = launch($self->{log}, $self->{log}, 1, "$self->{bindir}/postgres", '-D', $self->{data});
	my $ended;
	wait_for(sub { $ended = !alive($pid); return $ended || $self->accepts($pid) });
	return 1 if !$ended && $self->accepts($pid);
	croak "could not start $self->{name}:\n" . $self->log_tail unless $opt{fail_ok};
	return 0;
}

# The postmaster writes its state into the eighth line of its file.
sub accepts
{
	my ($self, $pid) = @_;
	my @line = split /\n/, eval { slurp("$self->{data}/postmaster.pid") } || '';
	return @line > 7 && $line[0] == $pid && $line[7] =~ /^(ready|standby)/;
}

sub stop
{
	my ($self, $mode) = @_;
	$self->run_ok('pg_ctl', '-D', $self->{data}, '-w', '-t', timeout(), '-m', $mode || 'fast', 'stop');
	return $self;
}

sub restart
{
	my ($self, $mode) = @_;
	$self->stop($mode) if $self->running;
	$self->start;
	return $self;
}

sub reload
{
	my ($self) = @_;
	$self->run_ok('pg_ctl', '-D', $self->{data}, 'reload');
	return $self;
}

sub promote
{
	my ($self) = @_;
	$self->run_ok('pg_ctl', '-D', $self->{data}, '-w', '-t', timeout(), 'promote');
	return $self;
}

# The postmaster's process id by its own file, or undef.
sub pid
{
	my ($self) = @_;
	open my $fh, '<', "$self->{data}/postmaster.pid" or return;
	my $pid = <$fh>;
	return unless defined $pid && $pid =~ /^(\d+)/;
	return $1;
}

sub running
{
	my ($self) = @_;
	my $pid = $self->pid;
	return defined $pid && alive($pid);
}

# A process that ended but was not waited for yet counts as ended.
sub alive
{
	my ($pid) = @_;
	return 0 if waitpid($pid, WNOHANG) == $pid;
	my $stat = eval { slurp("/proc/$pid/stat") } or return 0;
	return $stat !~ /\) Z /;
}

sub children
{
	my ($parent) = @_;
	my @found;
	for my $file (glob '/proc/[0-9]*/stat')
	{
		my $stat = eval { slurp($file) } or next;
		push @found, $1 if $stat =~ /^(\d+) \(.*\) \S (\d+) /s && $2 == $parent;
	}
	return @found;
}

# kill -9 of the whole server.  It is stopped first, so that it forks nothing while we look.
sub kill9
{
	my ($self) = @_;
	my $pid = $self->pid or croak "$self->{name} does not run";
	kill 'STOP', $pid;
	my @all = ($pid, children($pid));
	kill 'KILL', @all;
	wait_for(sub { !grep { alive($_) } @all }) or croak "processes survive kill -9: @all";
	return $self;
}

# Process ids of backends and workers whose pg_stat_activity.backend_type matches.
sub backend_pids
{
	my ($self, $type) = @_;
	return split /\n/,
	  $self->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type ~ '$type' ORDER BY pid");
}

# A new cluster, set up as a streaming standby of this one; the caller starts it.
sub standby
{
	my ($self, $name, %opt) = @_;
	my $standby = ref($self)->new($name, bindir => $self->{bindir});
	$self->run_ok('pg_basebackup', '-h', $self->{sockdir}, '-p', $self->{port}, '-U', 'postgres',
		'-D', $standby->{data}, '-R', '-X', 'stream', '-c', 'fast');
	$standby->configure(
		unix_socket_directories => $standby->{sockdir},
		%{ $opt{conf} || {} });
	return $standby;
}

# -- SQL -----------------------------------------------------------------------

# psql($db, $sql) returns (exit code, output, errors); the first error ends the script.
sub psql
{
	my ($self, $db, $sql, @args) = @_;
	my ($in, $in_name) = tempfile(UNLINK => 1);
	binmode $in;
	utf8::encode($sql) if utf8::is_utf8($sql);
	print {$in} $sql;
	close $in or croak "temporary file: $!";
	my ($code, $out, $err) = capture($self->psql_words($db, @args, '-f', $in_name));
	unlink $in_name;
	chomp($out, $err);
	return ($code, $out, $err);
}

sub psql_words
{
	my ($self, $db, @args) = @_;
	return ("$self->{bindir}/psql", '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', $self->{sockdir},
		'-p', $self->{port}, '-U', 'postgres', '-d', $db, @args);
}

sub safe_psql
{
	my ($self, $db, $sql, @args) = @_;
	my ($code, $out, $err) = $self->psql($db, $sql, @args);
	croak "psql on $self->{name} failed: $err\n$sql" if $code != 0;
	return $out;
}

# Run psql beside the test; wait for it with finish($handle), which returns what psql() does.
sub psql_start
{
	my ($self, $db, $sql) = @_;
	return spawn($self->psql_words($db, '-c', $sql));
}

# True once the query answers $expected (default 't') before the time limit.
sub poll_until
{
	my ($self, $db, $sql, $expected) = @_;
	$expected = 't' unless defined $expected;
	my ($out, $err);
	my $ok = wait_for(sub {
		(my $code, $out, $err) = $self->psql($db, $sql);
		return $code == 0 && $out eq $expected;
	});
	Test::More::diag("waited for '$expected' from: $sql\nlast answer: $out\n$err") unless $ok;
	return $ok;
}

# What a libpq client needs; a list that goes into the environment.
sub connection
{
	my ($self, $db) = @_;
	return (PGHOST => $self->{sockdir}, PGPORT => $self->{port}, PGUSER => 'postgres',
		PGDATABASE => $db || 'postgres');
}

# -- the log -------------------------------------------------------------------

sub log_size { return -s $_[0]{log} || 0; }

# Whether the log holds the pattern, from an offset that log_size() gave before.
sub log_contains
{
	my ($self, $pattern, $offset) = @_;
	return substr(slurp($self->{log}), $offset || 0) =~ $pattern;
}

sub wait_for_log
{
	my ($self, $pattern, $offset) = @_;
	return wait_for(sub { $self->log_contains($pattern, $offset) });
}

sub log_tail
{
	my ($self) = @_;
	my @lines = -e $self->{log} ? split /^/, slurp($self->{log}) : ();
	return join '', @lines > 30 ? @lines[ -30 .. -1 ] : @lines;
}

# -- HTTP ----------------------------------------------------------------------

sub url { return "http://127.0.0.1:$_[0]{http_port}"; }

sub wait_healthy
{
	my ($self) = @_;
	my $url = $self->url;
	wait_for(sub { http_get("$url/health")->{status} == 200 })
	  or croak "the worker of $self->{name} does not answer at $url/health:\n" . $self->log_tail;
	return $url;
}

my $agent;

# All return HTTP::Tiny's answer: { status, reason, headers, content }; 599 = no answer.
sub http
{
	my ($method, $url, %request) = @_;
	$agent ||= HTTP::Tiny->new(timeout => timeout(), http_proxy => undef, proxy => undef, keep_alive => 1);
	return $agent->request($method, $url, \%request);
}

sub http_get
{
	my ($url, %headers) = @_;
	return http('GET', $url, headers => \%headers);
}

sub http_post
{
	my ($url, $body, %headers) = @_;
	utf8::encode($body) if utf8::is_utf8($body);
	return http('POST', $url, content => $body, headers => { 'content-type' => 'application/json', %headers });
}

# A TCP port of the loopback address that nobody listens on now.
sub free_port
{
	for (1 .. 100)
	{
		my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)
		  or croak "no free port: $!";
		my $port = $socket->sockport;
		close $socket;
		return $port unless $given{$port}++;
	}
	croak 'no free port';
}

# -- small things ----------------------------------------------------------------

sub timeout { return $ENV{OL_TIMEOUT} || 60; }

# Call $condition until it is true; false after the time limit.
sub wait_for
{
	my ($condition, $seconds) = @_;
	my $end = time + ($seconds || timeout());
	my $pause = 0.01;
	while (1)
	{
		return 1 if $condition->();
		return 0 if time > $end;
		sleep $pause;
		$pause = $pause < 0.1 ? $pause * 2 : 0.1;
	}
}

sub slurp
{
	my ($file) = @_;
	open my $fh, '<:raw', $file or croak "$file: $!";
	local $/ = undef;
	my $text = <$fh>;
	close $fh;
	return defined $text ? $text : '';
}

# Fork and exec; as the server's user when asked and when we are root.
sub launch
{
	my ($out, $err, $as_server, @words) = @_;
	my $pid = fork;
	croak "fork: $!" unless defined $pid;
	return $pid if $pid;
	open STDIN,  '<',  '/dev/null';
	open STDOUT, '>>', $out;
	open STDERR, '>>', $err;
	become_server() if $as_server;
	no warnings 'exec';
	exec {$words[0]} @words;
	POSIX::_exit(127);
}

# In a child: its own session (out of reach of the terminal's ^C), and no longer root.
sub become_server
{
	POSIX::setsid();
	chdir '/';
	return if $> != 0;
	my (undef, undef, $uid, $gid) = getpwnam(server_user());
	$) = "$gid $gid";
	POSIX::setgid($gid);
	POSIX::setuid($uid);
	return;
}

# Start a program; its output goes to files, so that it can never block us.
sub spawn { return spawn_as(0, @_); }

sub spawn_as
{
	my ($as_server, @words) = @_;
	my $dir = tempdir('ol-out-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	return { pid => launch("$dir/out", "$dir/err", $as_server, @words), dir => $dir };
}

sub finish
{
	my ($handle) = @_;
	waitpid $handle->{pid}, 0;
	my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	my @text = map { slurp("$handle->{dir}/$_") } qw(out err);
	remove_tree($handle->{dir});
	return ($code, @text);
}

sub capture { return finish(spawn(@_)); }

# Run a program of the server as its user: exit code only, or die when it fails.
sub run
{
	my ($self, $program, @args) = @_;
	my ($code, $out, $err) = finish(spawn_as(1, "$self->{bindir}/$program", @args));
	$self->{last_output} = $out . $err;
	return $code;
}

sub run_ok
{
	my ($self, $program, @args) = @_;
	my $code = $self->run($program, @args);
	croak "$program @args: exit code $code\n$self->{last_output}" if $code != 0;
	return $self;
}

# Stop at once and remove everything.
sub destroy
{
	my ($self) = @_;
	kill 'CONT', $self->pid if $self->running;
	eval { $self->stop('immediate') } if $self->running;
	return if $ENV{OL_KEEP};
	remove_tree($self->{base}, $self->{sockdir});
	return;
}

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

END
{
	my $status = $?;
	for my $cluster (grep { $_->{owner} == $$ } @clusters)
	{
		my $builder = Test::More->builder;
		my $bad = $status != 0 || ($builder->current_test && !$builder->is_passing);
		Test::More::diag("end of the log of $cluster->{name}:\n" . $cluster->log_tail) if $bad;
		eval { $cluster->destroy };
	}
	$? = $status;
}

1;
