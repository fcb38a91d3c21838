# Whatever is posted: 4xx and nothing stored, or 201 and stored with a note; never 5xx, never an
# event written by half, and every route still answers afterwards.
use strict;
use warnings;
use FindBin;
use IO::Compress::Gzip qw(gzip $GzipError);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use OpenLineage::Cluster qw(http_get http_post slurp);
use Test::More;

my $node = OpenLineage::Cluster->new('input');
my $url  = $node->init->serve('lineage');
my $json = JSON::PP->new->utf8->canonical;

# -- making events ---------------------------------------------------------------

my $runs = 0;

# An event as a structure that tests bend, and its text.
sub event
{
	my (%more) = @_;
	return {
		eventType => 'COMPLETE', eventTime => '2026-01-05T10:00:00Z', producer => 'p', schemaURL => 's',
		run => { runId => sprintf('00000000-0000-4000-8000-%012d', ++$runs) },
		job => { namespace => 'sched', name => 'load' },
		inputs => [ { namespace => 'db', name => 'in' } ], outputs => [ { namespace => 'db', name => 'out' } ],
		%more };
}
sub text { return $json->encode(event(@_)); }

# A text with one string in it replaced by bytes that no encoder would write.
sub spliced
{
	my ($bytes, @event) = @_;
	my $text = text(@event);
	$text =~ s/SPLICE/$bytes/;
	return $text;
}

my $named = '{"job":{"namespace":"sched","name":"SPLICE"}}';

# -- asking ----------------------------------------------------------------------

# What was refused, and who asked, is no part of what events make.
my $counts = join ' UNION ALL ', map { qq{SELECT '$_', count(*) FROM openlineage."$_"} } split /\n/, $node->safe_psql('lineage',
	q{SELECT relname FROM pg_class WHERE relnamespace = 'openlineage'::regnamespace AND relkind = 'r' AND relname NOT IN ('rejected_event', 'audit') ORDER BY 1});
sub fingerprint { return $node->safe_psql('lineage', $counts); }

# Events whose run, job or datasets did not get into the tables that hang on them.
my $half = q{
SELECT count(*) FROM openlineage.event AS e
 WHERE NOT EXISTS (SELECT FROM openlineage.node AS n WHERE n.id = e.node_id)
    OR e.run_id IS NOT NULL AND NOT EXISTS (SELECT FROM openlineage.run AS r WHERE r.id = e.run_id AND NOT r.is_placeholder)
    OR e.kind <> 'dataset' AND NOT EXISTS (SELECT FROM openlineage.job_activity AS j WHERE j.node_id = e.node_id)};

# Like http_post, but reads the answer of a server that stops reading before the body is all there.
sub post_large
{
	my ($body, @headers) = @_;
	my ($host, $port) = $url =~ m{//([^:]+):(\d+)};
	my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 60) or die "connect: $!";
	local $SIG{PIPE} = 'IGNORE';
	my $select = IO::Select->new($socket);
	my $out = join("\r\n", 'POST /api/v1/lineage HTTP/1.1', "Host: $host", 'Content-Type: application/json',
		'Connection: close', 'Content-Length: ' . length $body, @headers, '', '') . $body;
	my $sent = 0;
	while ($sent < length $out && !$select->can_read(0))
	{
		my $n = syswrite $socket, $out, 65_536, $sent;
		last unless defined $n;
		$sent += $n;
	}
	my $answer = '';
	while ($select->can_read(60)) { sysread($socket, $answer, 4096, length $answer) or last; }
	return $answer =~ m{^HTTP/1\.\d (\d+)} ? $1 : 599;
}

# refused($what, $body, $status...): an answer with one of these, and no row changed.
sub refused
{
	my ($what, $body, @status) = @_;
	my $before = fingerprint();
	my $answer = http_post("$url/api/v1/lineage", $body);
	@status = (400, 422) unless @status;
	ok((grep { $answer->{status} == $_ } @status), "$what is refused")
	  or diag("status $answer->{status}, not @status: " . substr $answer->{content}, 0, 200);
	my $error = eval { $json->decode($answer->{content}) };
	ok(ref $error eq 'HASH' && ($error->{message} || $error->{errors}), "$what: the answer says why") or diag($answer->{content});
	unlike($answer->{content}, qr/SELECT |openlineage\.|\.c:\d|PL\/pgSQL/, "$what: the answer tells nothing of the inside");
	is(fingerprint(), $before, "$what: nothing is stored");
	return;
}

# accepted($what, $body, $issue): 201, one more event; with an issue of that code when given.
sub accepted
{
	my ($what, $body, $issue) = @_;
	my $before = $node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event');
	my $issues = $node->safe_psql('lineage', 'SELECT coalesce(max(id), 0) FROM openlineage.event_issue');
	my $answer = http_post("$url/api/v1/lineage", $body);
	is($answer->{status}, 201, "$what is accepted") or diag(substr $answer->{content}, 0, 300);
	is($node->safe_psql('lineage', 'SELECT count(*) FROM openlineage.event'), $before + 1, "$what: stored once");
	is($node->safe_psql('lineage', $half), 0, "$what: not by half");
	return unless defined $issue;
	cmp_ok($node->safe_psql('lineage', "SELECT count(*) FROM openlineage.event_issue WHERE id > $issues AND code = '$issue'"),
		'>', 0, "$what: noted as $issue");
	return;
}

# The same body through SQL: an error of class 22 or 54, and nothing stored.
sub refused_by_sql
{
	my ($what, $body) = @_;
	my $before = fingerprint();
	my $hex = unpack 'H*', $body;
	my ($code, $out, $err) = $node->psql('lineage', "\\set VERBOSITY sqlstate\nSELECT openlineage.ingest(convert_from('\\x$hex', 'UTF8'));");
	like($err, qr/ERROR:  (22|54)/, "$what is refused by ingest()") or diag(substr $err, 0, 300);
	is(fingerprint(), $before, "$what: ingest() stores nothing");
	return;
}

# -- refused ---------------------------------------------------------------------

my %malformed = (
	'an empty body'             => '',
	'truncated JSON'            => substr(text(), 0, 60),
	'JSON cut in a string'      => '{"eventTime":"2026',
	'JSON cut in an escape'     => '{"eventTime":"\u00',
	'no JSON'                   => 'eventTime=now',
	'two values'                => text() . text(),
	'NaN'                       => '{"eventTime":NaN}',
	'a comment'                 => '{/* */}',
	'null'                      => 'null',
	'a number'                  => '1',
	'an array of numbers'       => '[1,2]',
	'an empty object'           => '{}',
	'a list as run'             => text(run => []),
	'a text as run'             => text(run => 'x'),
	'a list as job'             => text(job => []),
	'a number as job name'      => text(job => { namespace => 'sched', name => 7 }),
	'no job'                    => text(job => undef),
	'an empty namespace'        => text(job => { namespace => '', name => 'load' }),
	'an empty job name'         => text(job => { namespace => 'sched', name => '' }),
	'no run id'                 => text(run => {}),
	'an object as inputs'       => text(inputs => {}),
	'a text among the outputs'  => text(outputs => ['out']),
	'facets as a list'          => text(job => { namespace => 'sched', name => 'load', facets => [] }),
	'no time'                   => text(eventTime => undef),
	'a number as time'          => text(eventTime => 1_767_607_200),
	'30 February'               => text(eventTime => '2026-02-30T10:00:00Z'),
	'hour 25'                   => text(eventTime => '2026-01-05T25:00:00Z'),
	'year 300000'               => text(eventTime => '300000-01-05T10:00:00Z'),
	'10,000 levels of lists'    => '[' x 10_000 . ']' x 10_000,
	'10,000 levels in a facet'  => spliced('{"a":' x 10_000 . '1' . '}' x 10_000, x => 'SPLICE') =~ s/"x":"(.*)"\}$/"x":$1}/r,
	'1,000,000 opening braces'  => '{"a":' x 1_000_000,
);
for my $what (sort keys %malformed)
{
	refused($what, $malformed{$what});
	refused_by_sql($what, $malformed{$what});
}
my %bad_bytes = (
	'a byte that is no UTF-8'      => spliced("\xff", %{ $json->decode($named) }),
	'an overlong form'             => spliced("\xc0\xaf", %{ $json->decode($named) }),
	'a surrogate in UTF-8'         => spliced("\xed\xa0\x80", %{ $json->decode($named) }),
	'a character cut off'          => '{"eventTime":"' . "\xe2\x82",
	'UTF-16'                       => join("\0", split //, text()) . "\0",
	'a raw NUL'                    => spliced("\0", %{ $json->decode($named) }),
	'gzip cut off'                 => do { my $t = text(); gzip(\$t => \my $z) or die $GzipError; substr $z, 0, length($z) / 2 },
	'gzip of nonsense'             => "\x1f\x8b" . 'nonsense' x 10,
);
for my $what (sort keys %bad_bytes)
{
	refused($what, $bad_bytes{$what});
	my $hex = unpack 'H*', $bad_bytes{$what};
	like($node->safe_psql('lineage', "SELECT sqlstate FROM openlineage.ingest_batch(ARRAY['\\x$hex'::bytea])"), qr/^22/,
		"$what is refused by ingest_batch()");
}

# Files named after the class of the SQLSTATE that ingest_batch() has to answer; OL422 is its word
# for a member that is missing.
my @bad = sort glob "$FindBin::Bin/../corpus/bad/*";
cmp_ok(scalar @bad, '>', 50, 'there are bad events');
for my $file (@bad)
{
	my ($class, $what) = $file =~ m{/(\w\w)_(\w+)\.txt$};
	my $body = slurp($file);
	my $hex = unpack 'H*', $body;
	refused("bad/$what", $body);
	like($node->safe_psql('lineage', "SELECT sqlstate FROM openlineage.ingest_batch(ARRAY['\\x$hex'::bytea])"), qr/^($class|OL422)/,
		"bad/$what is refused by ingest_batch() with class $class");
}

{
	my $answer = $json->decode(http_get("$url/api/v1/issues?kind=REJECTED&limit=1000")->{content});
	cmp_ok($answer->{totalCount}, '>=', scalar @bad, 'what was refused is in the log of rejected events');
	is(scalar(grep { $_->{kind} eq 'REJECTED' && $_->{code} && $_->{message} && $_->{event}{hash} } @{ $answer->{issues} }),
		scalar @{ $answer->{issues} }, 'with what is wrong about each');
}

# -- too large ---------------------------------------------------------------------

my $before = fingerprint();
my $large = text(x => 'x' x 70_000_000);
is(post_large($large), 413, 'a body of 70 MB is too large');
is(fingerprint(), $before, 'nothing of it is stored');
{
	gzip(\$large => \my $small) or die $GzipError;
	cmp_ok(length $small, '<', 1_000_000, 'a small body holds a large one');
	is(http_post("$url/api/v1/lineage", $small, 'content-encoding' => 'gzip')->{status}, 413, 'a gzip body that grows to 70 MB is too large');
	is(fingerprint(), $before, 'nothing of it is stored');
}
like(($node->psql('lineage', "\\set VERBOSITY sqlstate\nSELECT openlineage.ingest('{\"x\":\"' || repeat('x', 70000000) || '\"}')"))[2],
	qr/ERROR:  (22|54)/, 'ingest() refuses 70 MB');
undef $large;

# -- accepted ------------------------------------------------------------------------

accepted('NUL in a name', spliced('a\u0000b', job => { namespace => 'sched', name => 'SPLICE' }), 'nul_replaced');
accepted('NUL in a namespace', spliced('a\u0000b', job => { namespace => 'SPLICE', name => 'load' }), 'nul_replaced');
accepted('NUL in a facet', spliced('\u0000', run => { runId => 'f0000000-0000-4000-8000-000000000001', facets => { x => { v => 'SPLICE' } } }), 'nul_replaced');
accepted('NUL in a facet name', spliced('n\u0000', run => { runId => 'f0000000-0000-4000-8000-000000000002', facets => { SPLICE => { v => 1 } } }));
accepted('a lone surrogate', spliced('\ud800', job => { namespace => 'sched', name => 'SPLICE' }), 'lone_surrogate_replaced');
accepted('no schemaURL', text(schemaURL => undef), 'member_missing');
accepted('an unknown eventType', text(eventType => 'EXPLODE'), 'event_type_unknown');
accepted('a number as eventType', text(eventType => 7), 'event_type_unknown');
accepted('a run id that is no UUID', text(run => { runId => 'scheduled__2026-01-05' }), 'run_id_no_uuid');
accepted('a run id of 20 kB', text(run => { runId => 'r' x 20_000 }), 'run_id_no_uuid');
accepted('null as inputs', text(inputs => undef));
accepted('a dataset without a name', text(inputs => [ { namespace => 'db' } ]), 'dataset_not_named');
accepted('null among the inputs', text(inputs => [undef]), 'dataset_not_named');
accepted('an empty dataset name', text(inputs => [ { namespace => 'db', name => '' } ]), 'dataset_not_named');
accepted('a facet that is a text', text(run => { runId => 'f0000000-0000-4000-8000-000000000003', facets => { x => 'no' } }), 'facet_no_object');
accepted('known facets of wrong shapes', text(
	run => { runId => 'f0000000-0000-4000-8000-000000000004', facets => { parent => { run => [], job => 7, root => 'x' }, nominalTime => { nominalStartTime => '2026-02-30' },
		errorMessage => { message => {} }, tags => { tags => {} }, test => { tests => [ 1, {}, { name => {} } ] }, jobDependencies => { upstream => [ 1, { job => 2 } ] } } },
	job => { namespace => 'sched', name => 'shapes', facets => { ownership => { owners => [ 1, { name => [] } ] }, documentation => { description => [] },
		jobType => { processingType => {} , emissionPattern => 3 }, sql => { query => {} }, sourceCodeLocation => { url => 1 }, lineage => { entries => [ 1, {}, { inputs => 3 } ] } } },
	inputs => [ { namespace => 'db', name => 'shapes', facets => {
		schema => { fields => [ 1, {}, { name => {} }, { name => 'ok', fields => 7 }, { name => 'x' x 20_000, type => [] } ] }, dataSource => { name => [], uri => {} },
		columnLineage => { fields => { a => { inputFields => [ 1, { field => [] } ] }, b => 2 }, dataset => 'x' }, symlinks => { identifiers => [ {}, 1, { namespace => 'n' } ] },
		lifecycleStateChange => { lifecycleStateChange => 'RENAME', previousIdentifier => 5 }, version => { datasetVersion => 7 }, datasetType => { datasetType => [] },
		dataQualityMetrics => { rowCount => 'many', columnMetrics => [] }, dataQualityAssertions => { assertions => [ 1, {}, { assertion => {} } ] } },
		inputFacets => { inputStatistics => { rowCount => {}, size => 1e308 } } } ]));
accepted('year 1', text(eventTime => '0001-01-01T00:00:00Z'));
accepted('year 9999', text(eventTime => '9999-12-31T23:59:59Z'));
accepted('a time without zone', text(eventTime => '2026-01-05T10:00:00'), 'time_without_zone');

# Odd characters in every name at once; then the same name in every place.
my @odd = ("'; DROP TABLE openlineage.run; --", '"', '\\', '%', '%00', '%s%n', '../../etc/passwd', 'a b', ' ', "tab\tnewline\n", '?q=1&x#y',
	"\x{202e}tfel", "\x{fffd}\x{feff}", "\x{1f642}", 'job:a:b', 'dataset:x', ':', '::', '/', '//', '1:2', '#', '{namespace}', 'NULL', 'x' x 20_000);
for my $odd (@odd)
{
	my $what = 'the name ' . (length $odd > 40 ? 'of 20 kB' : $json->encode([$odd]));
	accepted($what, $json->encode(event(
		job => { namespace => $odd, name => $odd, facets => { $odd => { v => $odd }, ownership => { owners => [ { name => $odd, type => $odd } ] }, tags => { tags => [ { key => $odd, value => $odd } ] } } },
		run => { runId => sprintf('f0000000-0000-4000-9000-%012d', ++$runs), facets => { parent => { run => { runId => $odd }, job => { namespace => $odd, name => "$odd parent" } } } },
		inputs => [ { namespace => $odd, name => $odd, facets => { schema => { fields => [ { name => $odd, type => $odd } ] }, symlinks => { identifiers => [ { namespace => $odd, name => "$odd alias" } ] } } } ],
		outputs => [ { namespace => $odd, name => "$odd out", facets => { dataSource => { name => $odd, uri => $odd },
			columnLineage => { fields => { $odd => { inputFields => [ { namespace => $odd, name => $odd, field => $odd } ] } } } } } ])));
}

# -- everything still answers ------------------------------------------------------------

sub escape { my ($t) = @_; utf8::encode($t); $t =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge; return $t; }
my ($asked, @failed) = (0);
sub ask
{
	my ($path) = @_;
	my $answer = http_get("$url$path");
	# Events come back as they were sent, with half a surrogate pair too, which this parser refuses.
	(my $text = $answer->{content}) =~ s/\\ud800/?/gi;
	my $body = eval { $json->decode($text) };
	$asked++;
	push @failed, "$answer->{status} " . substr($path, 0, 100) . ' ' . substr($answer->{content}, 0, 150) if $answer->{status} != 200 || !ref $body;
	return ref $body eq 'HASH' ? $body : {};
}
is(http_get("$url/health")->{status}, 200, '/health answers');
for my $namespace (@{ ask('/api/v1/namespaces?limit=1000')->{namespaces} || [] })
{
	my $ns = escape($namespace->{name});
	ask("/api/v1/namespaces/$ns");
	for my $job (@{ ask("/api/v1/namespaces/$ns/jobs?limit=1000")->{jobs} || [] })
	{
		my $name = escape($job->{name});
		ask("/api/v1/namespaces/$ns/jobs/$name");
		ask("/api/v1/namespaces/$ns/jobs/$name/runs");
		ask('/api/v1/lineage?nodeId=' . escape("job:$namespace->{name}:$job->{name}"));
	}
	for my $dataset (@{ ask("/api/v1/namespaces/$ns/datasets?limit=1000")->{datasets} || [] })
	{
		ask("/api/v1/namespaces/$ns/datasets/" . escape($dataset->{name}));
		ask("/api/v1/$_?nodeId=" . escape("dataset:$namespace->{name}:$dataset->{name}")) for qw(lineage column-lineage);
	}
}
ask("/api/v1/$_") for 'jobs?limit=1000', 'events/lineage?limit=1000', 'tags', map { "search?q=$_" } 'load', map { escape($_) } grep { /\S/ && length $_ < 100 } @odd;
ask("/api/v1/jobs/runs/$_") for split /\n/, $node->safe_psql('lineage', 'SELECT id FROM openlineage.run LIMIT 50');
cmp_ok($asked, '>', 200, 'every route was asked');
is("@failed", '', "every one of $asked questions is answered with 200") or diag(join "\n", @failed > 20 ? @failed[ 0 .. 19 ] : @failed);

is($node->safe_psql('lineage', $half), 0, 'no event is written by half');
ok(!$node->log_contains(qr/PANIC|TRAP|was terminated by signal|XX000/), 'the server met no crash and no internal error');

done_testing();
