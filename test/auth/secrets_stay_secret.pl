# Tokens and keys that were used are nowhere to be read: not in a log at DEBUG5 that prints statements, plans and
# parameters, not in what sessions and catalogs show, not in a dump, not in an answer, nor in any file of the server.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Find ();
use JSON::PP ();
use OpenLineage::Cluster qw(http http_get http_post slurp);
use OpenLineage::Wire qw(exchange get_request post_request run_event);
use Test::More;

my $node = OpenLineage::Cluster->new('secrets');
my $url = $node->init->serve('lineage', conf => {
	shared_preload_libraries              => 'openlineage,auto_explain',
	'auto_explain.log_min_duration'       => 0,
	'auto_explain.log_nested_statements'  => 'on',
	'auto_explain.log_verbose'            => 'on',
	log_min_messages                      => 'debug5',
	log_min_error_statement               => 'debug5',
	log_statement                         => 'all',
	log_parameter_max_length              => 0,
	log_parameter_max_length_on_error     => 0,
	log_error_verbosity                   => 'verbose',
	debug_print_parse                     => 'on',
	debug_print_rewritten                 => 'on',
	debug_print_plan                      => 'on',
	'openlineage.audit'                   => 'all' });
my $port = $node->{http_port};

# The helper signs tokens, and logs in over SQL as a client does that passes its token as a parameter.
sub python
{
	my ($script, @args) = @_;
	local %ENV = (%ENV, $node->connection('lineage'), PYTHONPATH => $FindBin::Bin);
	my ($code, $out, $err) = OpenLineage::Cluster::capture(($ENV{OL_VENV} ? "$ENV{OL_VENV}/bin/python" : 'python3'), '-c', $script, @args);
	die $err if $code;
	return $out;
}

my $made = JSON::PP::decode_json(python(<<'PY'));
import json, tokens
issuer = tokens.Issuer("https://issuer.example", "openlineage")
everything = {"scope": "lineage:read lineage:write admin", "namespaces": ["*"]}
good = issuer.token(**everything)
print(json.dumps({"jwks": json.dumps({"keys": [key.jwk() for key in issuer.keys.values()]}), "good": good, "ecdsa": issuer.token("ES256", **everything),
                  "expired": issuer.token(exp=1, **everything), "unknown": issuer.token(header={"kid": "canary"}), "forged": issuer.token(key=tokens.Key("RS256", "rs256"))}))
PY
$node->safe_psql('lineage', "SELECT openlineage.add_issuer('https://issuer.example', 'openlineage', jwks => '$made->{jwks}')");
my %secret = map { ($_ => $made->{$_}) } qw(good ecdsa expired unknown forged);
$secret{key} = $node->safe_psql('lineage', "SELECT openlineage.create_api_key('canary', '{lineage:read,lineage:write}', '{*}', '{*}')");
$secret{revoked} = $node->safe_psql('lineage', "SELECT openlineage.create_api_key('canary', '{lineage:read}')");
my ($id) = $secret{revoked} =~ /^ol_([0-9a-z]+)_/;
$node->safe_psql('lineage', "SELECT openlineage.revoke_api_key('$id')") eq 't' or die 'not revoked';
$secret{invented} = 'canary' . ('C4naRy' x 8);
$secret{'a password'} = 'c4nary-p4ssw0rd-of-somebody';
$secret{'a long one'} = 'CanaryIsLong' . ('Xy' x 10_000);

# Pieces that would give a secret away: of a token its payload and its signature.
my %pieces = map {
	my @parts = $secret{$_} =~ /^[\w-]+\.([\w-]+)\.([\w-]+)$/;
	($_ => [ map { substr $_, -40 } @parts ? @parts : $secret{$_} =~ /^ol_[0-9a-z]+_(.*)$/ ? $1 : $secret{$_} ])
} keys %secret;

sub leaks
{
	my ($text) = @_;
	return join ' ', grep { my $name = $_; grep { index($text, $_) >= 0 } @{ $pieces{$name} } } sort keys %pieces;
}

like(leaks("x$secret{$_}x"), qr/(^| )\Q$_\E( |$)/, "a leak of $_ would be found") for sort keys %secret;

# -- every way in ---------------------------------------------------------------------

my @answers;
my %status;
sub note_answer { my ($name, $answer) = @_; push @answers, join ' ', %{ $answer->{headers} }, $answer->{content}; $status{$name}{ $answer->{status} }++; return; }
for my $name (sort keys %secret)
{
	my @header = ("Authorization: Bearer $secret{$name}");
	note_answer($name, exchange($port, get_request('/api/v1/namespaces', @header)));
	note_answer($name, exchange($port, get_request('/api/v1/namespaces/none', @header)));
	note_answer($name, exchange($port, post_request('/api/v1/lineage', run_event("job_$name"), @header)));
	note_answer($name, exchange($port, post_request('/api/v1/lineage', '{"broken":', @header)));
	note_answer($name, exchange($port, "PUT /api/v1/tags/$name HTTP/1.1\r\nHost: x\r\n$header[0]\r\n\r\n"));
	note_answer($name, exchange($port, get_request('/api/v1/namespaces', "Authorization: Bearer $secret{$name} $secret{$name}")));
	note_answer($name, exchange($port, get_request('/api/v1/namespaces', "Authorization: Basic $secret{$name}")));
	note_answer($name, exchange($port, get_request('/api/v1/namespaces', "Authorization: $secret{$name}"))) ;
	note_answer($name, exchange($port, get_request("/api/v1/namespaces?access_token=" . substr($secret{$name}, 0, 4000))));
}
ok($status{$_}{201}, "$_ is taken") for qw(good ecdsa key);
ok($status{$_}{401}, "$_ is refused") for qw(expired unknown forged revoked invented);
python(<<'PY', map { $secret{$_} } qw(good key expired forged invented));
import sys, psycopg
with psycopg.connect(autocommit=True) as connection:
    # It prints parameters of plans: docs/access.md.
    connection.execute("SET auto_explain.log_min_duration = -1")
    for token in sys.argv[1:]:
        for local in (True, False):
            try:
                connection.execute("SELECT openlineage.login(%s, %s)", (token, local))
                connection.execute("EXPLAIN (ANALYZE, VERBOSE) SELECT openlineage.claims(), d.* FROM openlineage.dataset AS d")
            except psycopg.Error as error:
                assert error.sqlstate == "28000", error
PY

# -- where it might be ------------------------------------------------------------------

is(leaks(join "\n", @answers), '', 'no answer shows any');
$node->poll_until('lineage', 'SELECT count(*) > 20 FROM openlineage.audit');
cmp_ok(scalar(my @lines = slurp($node->{log}) =~ /DEBUG/g), '>', 500, 'the log has everything in it');
is(leaks(slurp($node->{log})), '', 'the log shows none');
like(slurp($node->{log}), qr/ingest_batch/, 'though it shows what was run');

my $script = "CREATE ROLE plain; GRANT pg_read_all_settings, pg_read_all_stats TO plain; SET ROLE plain;\n";
$script .= "SELECT * FROM $_;\n" for qw(pg_stat_activity pg_settings pg_proc pg_db_role_setting pg_prepared_statements pg_cursors pg_stat_user_functions pg_description pg_locks);
is(leaks($node->safe_psql('lineage', $script)), '', 'sessions and catalogs show none');
is(leaks($node->safe_psql('lineage', 'SELECT * FROM openlineage.audit')), '', 'the audit shows none');
is(leaks($node->safe_psql('lineage', "SET SESSION AUTHORIZATION openlineage_admin; SELECT * FROM openlineage.issuer; SELECT * FROM openlineage.issuer_key")), '', 'what administrators see shows none');

my $dump = "$node->{base}/dump.sql";
$node->run_ok('pg_dumpall', '-h', $node->{sockdir}, '-p', $node->{port}, '-U', 'postgres', '-f', $dump);
is(leaks(slurp($dump)), '', 'a dump of everything shows none');

$node->safe_psql('lineage', 'CHECKPOINT');
my @found;
File::Find::find({ no_chdir => 1, wanted => sub { push @found, "$_: " . leaks(slurp($_)) if -f $_ && leaks(slurp($_)) } }, $node->{data});
is(join("\n", @found), '', 'no file of the server has any');

done_testing();
