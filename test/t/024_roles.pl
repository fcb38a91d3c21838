# Who may do what: nothing without a role, reading for readers, ingest for writers, access for
# admins; and a role of our names that can do more than we allow is not taken over.
use strict;
use warnings;
use OpenLineage::Cluster;
use Test::More;

my $node = OpenLineage::Cluster->new('roles')->init;
$node->start;
$node->create_database('lineage');
$node->safe_psql('lineage', <<'SQL');
CREATE ROLE nobody;
CREATE ROLE neighbour;
GRANT USAGE ON SCHEMA openlineage TO neighbour;
CREATE ROLE reading IN ROLE openlineage_reader;
CREATE ROLE writing IN ROLE openlineage_writer;
CREATE ROLE ruling IN ROLE openlineage_admin;
SQL

my $event = q{'{"eventTime":"2026-01-05T10:00:00Z","eventType":"COMPLETE","run":{"runId":"1"},"job":{"namespace":"n","name":"j"},"inputs":[{"namespace":"n","name":"d"}]}'};
my @tables = split /\n/, $node->safe_psql('lineage',
	q{SELECT relname FROM pg_class WHERE relnamespace = 'openlineage'::regnamespace AND relkind IN ('r', 'p', 'v', 'S') ORDER BY 1});
# Every function, as a call with arguments that are NULL.
my @calls = split /\n/, $node->safe_psql('lineage', q{
	SELECT format('%s%s%s %I(%s)', p.provolatile, CASE WHEN p.proisstrict THEN 'strict' END, p.prosrc ~ 'trigger', p.proname,
	              (SELECT string_agg(format('NULL::%s', format_type(a, NULL)), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY AS u (a, n)))
	  FROM pg_proc AS p WHERE p.pronamespace = 'openlineage'::regnamespace AND p.prokind = 'f'
	   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'fdw_handler'::regtype)
	   AND NOT 'internal'::regtype = ANY (p.proargtypes) -- which no statement can call
	 ORDER BY 1});
cmp_ok(scalar @tables, '>', 25, 'there are tables');
cmp_ok(scalar @calls, '>', 25, 'there are functions');

# The SQLSTATE of a statement, or 00000.
sub state_as
{
	my ($role, $sql) = @_;
	my ($code, $out, $err) = $node->psql('lineage', "\\set VERBOSITY sqlstate\nSET ROLE $role;\n$sql;");
	return $code == 0 ? '00000' : $err =~ /ERROR:  (\w{5})/ ? $1 : $err;
}

# Statements that do not end as they should; all in one session, so that it is quick.
sub unlike_state
{
	my ($role, $want, @sql) = @_;
	my $script = "\\set VERBOSITY sqlstate\n\\set ON_ERROR_STOP off\nSET ROLE $role;\n";
	$script .= "BEGIN; $_;\n\\echo :LAST_ERROR_SQLSTATE :SQLSTATE\nROLLBACK;\n" for @sql;
	my ($code, $out) = $node->psql('lineage', $script, '-o', '/dev/null');
	my @state = map { (split)[1] } grep { /^\w{5} \w{5}$/ } split /\n/, $out;
	die scalar(@state) . ' answers to ' . scalar(@sql) . " statements: $out" if @state != @sql;
	return map { "$state[$_]: $sql[$_]" } grep { $state[$_] ne $want } 0 .. $#sql;
}

my @reads = map { qq{SELECT count(*) FROM openlineage."$_"} } @tables;
my @stored = split /\n/, $node->safe_psql('lineage',
	q{SELECT relname FROM pg_class WHERE relnamespace = 'openlineage'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1});
my @writes = map { (qq{INSERT INTO openlineage."$_" DEFAULT VALUES}, qq{DELETE FROM openlineage."$_"}, qq{TRUNCATE openlineage."$_"}) } @stored;
my @every = map { my ($how, $call) = split / /, $_, 2; "SELECT openlineage.$call" } @calls;
# status() is volatile because what it looks at changes by itself; everybody may log in and out.
# A strict function is not called at all with arguments that are null; the schema contract looks at its rights.
my @volatile = map { my ($how, $call) = split / /, $_, 2; "SELECT openlineage.$call" } grep { /^v/ && !/^vstrict/ && !/ ((server_)?status|login|logout)\(/ } @calls;
cmp_ok(scalar @volatile, '>', 5, 'some functions change something');

# -- nobody ----------------------------------------------------------------------

is(join("\n", unlike_state('nobody', '42501', @reads, @writes, @every)), '', 'a role without rights gets 42501 everywhere');
is(join("\n", unlike_state('neighbour', '42501', (grep { !/access_mode/ } @reads), @writes, @volatile)), '',
	'to know the schema opens neither tables nor functions that change something');

# -- reader ------------------------------------------------------------------------

is($node->safe_psql('lineage', "SET ROLE writing; SELECT openlineage.ingest($event)"), 1, 'a writer ingests');
my $private = qr/"(issuer_key|audit|api_key|grant_rule|access_change|edge_change|embedded_issuer|oauth_client|oauth_client_secret|signing_key)"/;
is(join("\n", unlike_state('reading', '00000', grep { !/_seq"/ && !/$private/ } @reads)), '', 'a reader reads every table');
is(join("\n", unlike_state('reading', '42501', grep { /$private/ } @reads)), '', 'but not who may come in and see what');
is(join("\n", unlike_state('reading', '42501', @writes)), '', 'a reader writes none');
is(state_as('reading', "SELECT openlineage.ingest($event)"), '42501', 'a reader does not ingest');
is(state_as('reading', "SELECT openlineage.$_"), '42501', "a reader does not call $_") for 'enable_rls()', 'disable_rls()', 'start_server()', 'stop_server()',
  'derive_parent(NULL)', 'ingest_batch(NULL)';
is($node->safe_psql('lineage', q{SET ROLE reading; SELECT string_agg(name, ' ') FROM openlineage.impact('dataset:n:d')}), 'j', 'a reader asks for impact');
is($node->safe_psql('lineage', q{SET ROLE reading; SELECT count(*) FROM openlineage.status()}) > 0, 1, 'a reader asks for the status');

# -- writer ------------------------------------------------------------------------

is(join("\n", unlike_state('writing', '42501', @writes)), '', 'a writer writes through ingest only');
is(state_as('writing', "SELECT openlineage.$_"), '42501', "a writer does not call $_") for 'enable_rls()', 'disable_rls()', 'derive_parent(NULL)';
is($node->safe_psql('lineage', q{SET ROLE writing; SELECT count(*) FROM openlineage.event}), 1, 'a writer reads');

# -- admin ---------------------------------------------------------------------------

is($node->safe_psql('lineage', q{SET ROLE ruling; SELECT openlineage.enable_rls(); SELECT openlineage.access_open()}), "\nf", 'an admin enforces row-level security');
is($node->safe_psql('lineage', q{SET ROLE ruling; SELECT openlineage.enable_rls(); SELECT openlineage.disable_rls(); SELECT openlineage.access_open()}), "\n\nt", 'and opens everything again');

# -- roles that were there before --------------------------------------------------

$node->safe_psql('lineage', 'DROP EXTENSION openlineage CASCADE');
$node->safe_psql('lineage', "DROP OWNED BY openlineage_$_; DROP ROLE openlineage_$_") for qw(reader writer admin worker);
sub install { return ($node->psql('lineage', "\\set VERBOSITY sqlstate\nCREATE EXTENSION openlineage;"))[2]; }
for my $power ('SUPERUSER', 'BYPASSRLS', 'CREATEROLE')
{
	for my $role (qw(reader worker))
	{
		$node->safe_psql('lineage', "CREATE ROLE openlineage_$role $power");
		like(install(), qr/ERROR:  42710/, "a role openlineage_$role with $power is refused");
		is($node->safe_psql('lineage', q{SELECT count(*) FROM pg_roles WHERE rolname LIKE 'openlineage\_%'}), 1, 'nothing was made');
		$node->safe_psql('lineage', "DROP ROLE openlineage_$role");
	}
}
$node->safe_psql('lineage', 'CREATE ROLE openlineage_reader; CREATE TABLE owned (x int); ALTER TABLE owned OWNER TO openlineage_reader');
like(install(), qr/ERROR:  42710/, 'a role that owns objects is refused');
$node->safe_psql('lineage', 'DROP TABLE owned');
is(install(), '', 'an ordinary role is taken over');

done_testing();
