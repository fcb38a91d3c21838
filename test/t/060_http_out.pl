# Asking other servers: limits of size and time hold against every server that misbehaves, a cancel acts
# at once, nothing inside the network is reached unless listed, and certificates count.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use OpenLineage::Cluster qw(wait_for);
use OpenLineage::Helper;
use Test::More;
use Time::HiRes qw(time);

my $node = OpenLineage::Cluster->new('out')->init;
$node->start;
$node->create_database('lineage');
my $faults = OpenLineage::Helper->new('python3', 'test/lib/fault_server.py');
my $base = "http://127.0.0.1:$faults->{port}";
my $open = "SET openlineage.allowed_hosts = '127.0.0.1'; SET openlineage.oauth_allow_http = on;";

# The answer, or the SQLSTATE, detail and all.
sub ask
{
	my ($url, %opt) = @_;
	my $size = $opt{size} || 10000;
	my $time = $opt{time} || 20000;
	my $settings = defined $opt{settings} ? $opt{settings} : $open;
	my ($code, $out, $err) = $node->psql('lineage',
		"\\set VERBOSITY verbose\n$settings\nSELECT openlineage.http_get_json('$url', $size, $time);");
	return $code == 0 ? $out : $err;
}

sub requests { return ask("$base/count"); }

# -- what works --------------------------------------------------------------------

is(ask("$base/good"), '{"keys": []}', 'an answer');
is(ask("$base/cookie"), '{"keys": []}', 'a cookie does no harm');
is(ask("$base/good", size => 12), '{"keys": []}', 'an answer of exactly the largest size');
{
	my $head = ask("$base/headers?token=canary");
	like($head, qr/^"GET \/headers\?token=canary HTTP/, 'the query is sent');
	unlike($head, qr/Cookie|Authorization|Proxy|Accept-Encoding/i, 'nothing is sent that nobody asked for');
}

# -- servers that misbehave ------------------------------------------------------------

my %fault = (
	'/redirect'              => qr/08P01.*HTTP status 302/s,
	'/error'                 => qr/08P01.*HTTP status 503/s,
	'/nothing-here'          => qr/08P01.*HTTP status 404/s,
	'/announces-more'        => qr/08006/,
	'/announces-huge'        => qr/54000/,
	'/closes-before-status'  => qr/08006/,
	'/closes-in-headers'     => qr/08006|08P01/,
	'/closes-in-chunk'       => qr/08006/,
	'/no-http'               => qr/08P01/,
	'/http09'                => qr/08P01/,
	'/big-header'            => qr/54000/,
	'/large'                 => qr/54000.*longer than 10000 bytes/s,
	'/endless-body'          => qr/54000/,
	'/endless-headers'       => qr/54000/,
	'/endless-interim'       => qr/54000/,
	'/no-text'               => qr/08P01.*not UTF-8/s,
	'/zero-byte'             => qr/08P01.*not UTF-8/s,
	'/gzip'                  => qr/08P01.*not UTF-8/s,
);
like(ask($base . $_), $fault{$_}, "refused: $_") for sort keys %fault;
is(ask("$base/announces-less"), '{"key', 'no more is read than was announced');

my $redirects = requests();
ask("$base/redirect");
is(requests() - $redirects, 1, 'a redirect is not followed');

for my $slow (qw(/silent /slow-body /slow-headers))
{
	my $begin = time;
	like(ask($base . $slow, time => 700), qr/08006.*Timeout/si, "ended by the time limit: $slow");
	cmp_ok(time - $begin, '<', 5, "in time: $slow");
}

# A socket that nobody accepts from: once its queue is full, connecting hangs.
my $deaf = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "listen: $!";
my @waiting = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $deaf->sockport, Blocking => 0) } 1 .. 4;
my $hanging = 'http://127.0.0.1:' . $deaf->sockport . '/';
like(ask($hanging, time => 500), qr/08006.*Timeout/si, 'ended by the time limit: a connection that is not accepted');
like(ask('http://127.0.0.1:' . OpenLineage::Cluster::free_port() . '/'), qr/08001/, 'nobody listens');

# -- cancel ------------------------------------------------------------------------------

# Milliseconds from pg_cancel_backend() to the end of the statement.
sub cancel_time
{
	my ($url) = @_;
	my $psql = $node->psql_start('lineage', "$open SELECT openlineage.http_get_json('$url', 1000, 60000)");
	$node->poll_until('lineage', q{SELECT count(*) FROM pg_stat_activity WHERE query ~ 'http_get_json' AND wait_event_type = 'Extension'}, 1);
	my $time = $node->safe_psql('lineage', <<'SQL');
CREATE TEMPORARY TABLE told (ms float8);
DO $$
DECLARE
	target int := (SELECT pid FROM pg_stat_activity WHERE query ~ 'http_get_json' AND pid <> pg_backend_pid());
	asked timestamptz := clock_timestamp();
BEGIN
	PERFORM pg_cancel_backend(target);
	WHILE EXISTS (SELECT FROM pg_stat_get_activity(target) WHERE state = 'active') AND clock_timestamp() < asked + interval '30 s' LOOP
		PERFORM pg_stat_clear_snapshot();
		PERFORM pg_sleep(0.002);
	END LOOP;
	INSERT INTO told VALUES (1000 * extract(epoch FROM clock_timestamp() - asked));
END $$;
SELECT ms FROM told;
SQL
	my ($code, undef, $err) = OpenLineage::Cluster::finish($psql);
	like($err, qr/canceling statement due to user request/, "cancelled: $url");
	return $time;
}
for my $url ("$base/silent", "$base/slow-body", $hanging)
{
	my $time = cancel_time($url);
	cmp_ok($time, '<', 200, "a cancel acts within 200 ms: $url");
	note "cancel after $time ms";
}
like(ask("$base/silent", settings => "$open SET statement_timeout = 300;"), qr/57014/, 'statement_timeout stays what it is');

# -- what must not be reached ----------------------------------------------------------------

my $before = requests();
my $port = $faults->{port};
my $plain = 'SET openlineage.oauth_allow_http = on;';
for my $host (qw(127.0.0.1 2130706433 0x7f000001 0177.0.0.1 127.1 127.000.000.001 localhost LOCALHOST. [::1] [::ffff:127.0.0.1]
	[::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] 0.0.0.0 [::] 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1
	169.254.169.254 2852039166 0xa9fea9fe [::ffff:169.254.169.254] [fe80::1] [fd00:ec2::254] [fc00::1] 224.0.0.1 255.255.255.255))
{
	my $answer = ask("https://$host:$port/good", settings => '');
	like($answer, qr/ERROR:  (42501|22023|08001)/, "not reached over https: $host");
	like(ask("http://$host:$port/good", settings => $plain), qr/ERROR:  (42501|22023)/, "not asked without TLS: $host");
}
like(ask("https://127.0.0.1:$port/good", settings => ''), qr/42501.*allowed_hosts/s, 'the hint names the setting');
like(ask("$base/good", settings => "SET openlineage.allowed_hosts = '127.0.0.1';"), qr/42501/, 'a listed host is not asked without TLS by that alone');
like(ask("$base/good", settings => "SET openlineage.allowed_hosts = '127.0.0.1:1,127.0.0.2'; $plain"), qr/42501/, 'a port and an address that are not listed');
like(ask("http://127.0.0.1.nip.example:$port/", settings => "SET openlineage.allowed_hosts = '127.0.0.1'; $plain"), qr/42501/, 'a name that begins with a listed one');
is(requests(), $before, 'none of them reached the server');
like(ask("https://169.254.169.254.:$port/", settings => "SET openlineage.allowed_hosts = 'localhost';"), qr/42501|08001/, 'another host in the list does not help');

is(ask("http://localhost:$port/good", settings => "SET openlineage.allowed_hosts = 'localhost:$port'; $plain"), '{"keys": []}', 'a listed name with port');
is(ask("http://2130706433:$port/good", settings => $open), '{"keys": []}', 'another way to write a listed address');
like(ask("http://localhost:$port/good", settings => $open), qr/42501/, 'a name that leads to a listed address is not listed');

for my $url ('file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1/', 'http:', '', "https://user:canary\@127.0.0.1:$port/good", "$base/a b",
	'https://127.0.0.1:99999/', "dict://127.0.0.1:$port/", 'https://', "https:\\\\127.0.0.1")
{
	my $answer = ask($url);
	like($answer, qr/ERROR:  (22023|42501|08001)/, "not a URL that is asked: $url");
	unlike($answer =~ s/^LINE.*//msr, qr/canary/, "its password is not told: $url");
}
unlike(ask("$base/error?token=canary") =~ s/STATEMENT.*//sr, qr/canary/, 'the query is not told in an error');

# -- limits of the caller, rights ----------------------------------------------------------------

like(ask("$base/good", size => -1), qr/22023/, 'a size below one');
like(ask("$base/good", time => -1), qr/22023/, 'a time below one');
for my $role (qw(openlineage_reader openlineage_writer openlineage_admin))
{
	like(ask("$base/good", settings => "$open SET ROLE $role;"), qr/42501: permission denied/, "not for $role");
	like(ask("$base/good", settings => "SET ROLE $role; SELECT openlineage.can_read(1); SET openlineage.allowed_hosts = '127.0.0.1';"),
		qr/42501: permission denied to set/, "$role lists no host");
}
is(ask("$base/good", settings => "$open SET ROLE openlineage_worker;"), '{"keys": []}', 'for the worker');
like(ask("$base/good", settings => "SET ROLE openlineage_worker; $open"), qr/42501/, 'settings made before the library is loaded do not count');

# -- the environment of the server ------------------------------------------------------------

{
	local %ENV = (%ENV, http_proxy => 'http://127.0.0.1:1', HTTPS_PROXY => 'http://127.0.0.1:1', ALL_PROXY => 'http://127.0.0.1:1');
	$node->restart;
}
is(ask("$base/good"), '{"keys": []}', 'a proxy in the environment is not used');

# -- certificates ------------------------------------------------------------------------------

my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;
sub openssl { system(join(' ', 'openssl', @_, '>/dev/null', '2>&1')) == 0 or die "openssl @_"; return; }
openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $dir/ca.key -out $dir/ca.crt -days 2 -subj /CN=ca");
for my $name ('localhost', 'elsewhere.example')
{
	openssl("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $dir/$name.key -out $dir/$name.csr -subj /CN=$name -addext subjectAltName=DNS:$name");
	openssl("x509 -req -in $dir/$name.csr -CA $dir/ca.crt -CAkey $dir/ca.key -CAcreateserial -copy_extensions copy -days 1 -out $dir/$name.crt");
}
chmod 0644, "$dir/ca.crt";
my %tls = map { $_ => OpenLineage::Helper->new('python3', 'test/lib/fault_server.py', "$dir/$_.crt", "$dir/$_.key") } ('localhost', 'elsewhere.example');
my $listed = "SET openlineage.allowed_hosts = 'localhost';";
my $trusted = "$listed SET openlineage.ca_file = '$dir/ca.crt';";
is(ask("https://localhost:$tls{localhost}{port}/good", settings => $trusted), '{"keys": []}', 'https with an authority of our own');
like(ask("https://localhost:$tls{localhost}{port}/good", settings => $listed), qr/08001.*certificate/s, 'an authority nobody trusts');
like(ask("https://localhost:$tls{'elsewhere.example'}{port}/good", settings => $trusted), qr/08001.*(subject name|certificate)/s, 'a certificate of another host');
like(ask("https://localhost:$port/good", settings => $trusted, time => 700), qr/0800[16]/, 'a server without TLS');
like(ask("https://localhost:$tls{localhost}{port}/good", settings => "$listed SET openlineage.ca_file = '/nowhere';"), qr/08001/, 'a file of authorities that is not there');

done_testing();
