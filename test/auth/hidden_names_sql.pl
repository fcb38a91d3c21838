# With row-level security enforced, whether a hidden name exists cannot be told in SQL, by any function that reads:
# asked for a hidden name and for one that nobody ever used it gives the same answer, and reads the same number of
# rows of every table and index on the way, so it takes as long.  How long it takes over HTTP: bench/access/names.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(slurp);
use Test::More;

my $node = OpenLineage::Cluster->new('hidden_sql', conf => { autovacuum => 'off' })->init;
$node->start;
$node->create_database('lineage');

# A hidden hub, a namespace whose name begins like a visible one, and flow between what is seen and what is hidden.
$node->safe_psql('lineage', <<'SQL');
CREATE FUNCTION public.tell(space text, n int, source text, target text) RETURNS void LANGUAGE sql AS $$
	SELECT openlineage.ingest(json_build_object('eventTime', timestamptz '2026-01-05 10:00Z' + n * interval '1 minute', 'eventType', 'COMPLETE',
		'run', json_build_object('runId', md5(space || n)::uuid), 'job', json_build_object('namespace', space, 'name', 'j'),
		'inputs', json_build_array(json_build_object('namespace', source, 'name', 'd', 'facets', json_build_object(
			'schema', json_build_object('fields', json_build_array(json_build_object('name', 'f', 'type', 'int'))), 'dataSource', json_build_object('name', 's_' || source, 'uri', 'x://y')))),
		'outputs', json_build_array(json_build_object('namespace', target, 'name', 'o' || n, 'facets', json_build_object('columnLineage', json_build_object('fields',
			json_build_object('f', json_build_object('inputFields', json_build_array(json_build_object('namespace', source, 'name', 'd', 'field', 'f')))))))))::text)
$$;
SELECT public.tell('hidden', n, 'hidden', 'hidden'), public.tell('seen:more', n, 'seen:more', 'seen:more') FROM generate_series(1, 40) AS n;
SELECT public.tell('seen', 1, 'seen', 'seen'), public.tell('seen', 2, 'hidden', 'seen'), public.tell('seen', 3, 'seen', 'hidden');
SELECT openlineage.maintain();
VACUUM ANALYZE;
CREATE ROLE one IN ROLE openlineage_reader;
SELECT openlineage.grant_namespace('database_role', 'one', 'seen'), openlineage.enable_rls();

-- The answer, or the error with everything in it, and per relation how many scans, rows found and rows fetched it took.
CREATE FUNCTION public.rows_read() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
	SELECT jsonb_object_agg(c.relname || ' ' || k.what, k.n) FROM pg_class AS c,
	       LATERAL (VALUES ('scans', pg_stat_get_xact_numscans(c.oid)), ('found', pg_stat_get_xact_tuples_returned(c.oid)), ('fetched', pg_stat_get_xact_tuples_fetched(c.oid))) AS k (what, n)
	 WHERE c.relnamespace = 'openlineage'::regnamespace AND c.relkind IN ('r', 'i')
$$;
CREATE FUNCTION public.ask(question text, OUT answer text, OUT work text) LANGUAGE plpgsql AS $$
DECLARE
	before   jsonb := public.rows_read();
	message  text;
	detail   text;
	hint     text;
BEGIN
	BEGIN
		EXECUTE format('SELECT concat_ws(E''\n'', count(*), string_agg(t::text, E''\n'')) FROM (%s) AS t', question) INTO answer;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		answer := concat_ws(' | ', SQLSTATE, message, detail, hint);
	END;
	SELECT COALESCE(string_agg(r.key || ' ' || r.value::bigint - (before ->> r.key)::bigint, ', ' ORDER BY r.key), 'nothing') INTO work
	  FROM jsonb_each_text(public.rows_read()) AS r WHERE r.value <> before ->> r.key;
END
$$;
SQL

# -- questions -------------------------------------------------------------------------

my @names = (
	{ space => 'hidden',    run => $node->safe_psql('lineage', q(SELECT md5('hidden7')::uuid)), source => 's_hidden' },
	{ space => 'absent',    run => '33333333-0000-4000-8000-000000000001', source => 's_absent' },
	{ space => 'seen:more', run => $node->safe_psql('lineage', q(SELECT md5('seen:more7')::uuid)), source => 's_seen:more' },
	{ space => 'seen:none', run => '33333333-0000-4000-8000-000000000002', source => 's_seen:none' });
$_->{version} = $node->safe_psql('lineage', "SELECT openlineage.version_uuid('dataset', '$_->{space}', 'd', openlineage.hash128(''))") for @names;

# Every function of a route that reads; SPACE and the like stand for names.
my %segment = (namespace => 'SPACE', job => 'j', dataset => 'd', run => 'RUN', version => 'VERSION', source => 'SOURCE');
my @questions;
my $routes = slurp("$FindBin::Bin/../../src/server/routes.c");
while ($routes =~ /^\t\{"GET", (?:API )?"([^"]+)", OL_SCOPE_READ, "(\w+)"/mg)
{
	my ($template, $function) = ($1, $2);
	my $path = join ',', map { $segment{$_} } $template =~ /\{(\w+)\}/g;
	push @questions, "SELECT openlineage.$function('{$path}', '{}')::text" if $path;
}
push @questions, map { "SELECT openlineage.$_->[0]('{}', '$_->[1]')::text" }
  [ api_lineage => '{"nodeId": ["dataset:SPACE:d"]}' ], [ api_lineage => '{"nodeId": ["job:SPACE:j"], "depth": ["3"]}' ], [ api_lineage => '{"runId": ["RUN"]}' ],
  [ api_lineage => '{"nodeId": ["dataset:SPACE:d#VERSION"]}' ], [ api_column_lineage => '{"nodeId": ["datasetField:SPACE:d:f"]}' ],
  [ api_column_lineage => '{"nodeId": ["dataset:SPACE:d"], "withDownstream": ["true"]}' ], [ api_upstream_runs => '{"runId": ["RUN"]}' ],
  [ api_run_facets => '{"type": ["RUN"]}' ], [ api_events => '{"namespace": ["SPACE"]}' ], [ api_events => '{"run": ["RUN"]}' ], [ api_events => '{"dataset": ["dataset:SPACE:d"]}' ],
  [ api_events => '{"namespace": ["SPACE"], "job": ["j"]}' ], [ api_issues => '{"namespace": ["SPACE"]}' ], [ api_search => '{"q": ["d"], "namespace": ["SPACE"]}' ];
for my $gear ('auto', 1 .. 3)
{
	my $by = "(SELECT set_config('openlineage.graph_gear', '$gear', true) OFFSET 0) AS gear";
	push @questions, map { "SELECT f.*, gear.* FROM $by CROSS JOIN LATERAL openlineage.$_ AS f" }
	  (map { ("$_('dataset:SPACE:d')", "$_('job:SPACE:j')", "$_('SPACE', 'd')") } qw(impact impact_count impact_paths impact_summary lineage)),
	  "lineage('dataset:SPACE:d', as_of => '2026-01-05 10:20Z')", "lineage('dataset:seen:d', run => 'RUN')", "lineage('SPACE', 'd', 2, 'upstream')",
	  "lineage_path('dataset:SPACE:d', 'dataset:seen:o2')", "lineage_path('dataset:seen:d', 'dataset:SPACE:o3')", "lineage_path('dataset:SPACE:d', 'dataset:SPACE:o1')",
	  "column_lineage('datasetField:SPACE:d:f')", "column_lineage('SPACE', 'd')", "impact(ARRAY['dataset:SPACE:d', 'dataset:seen:d'])", "impact_count(ARRAY['dataset:SPACE:d', 'job:seen:j'])";
}
push @questions, "SELECT openlineage.resolve_node('dataset:SPACE:d')", "SELECT openlineage.resolve_node('job:SPACE:j.x')", "SELECT openlineage.resolve_column('datasetField:SPACE:d:f')",
  "SELECT * FROM openlineage.dataset_columns_at('SPACE', 'd')", "SELECT openlineage.readable_hash('SPACE')", "SELECT * FROM openlineage.upstream_runs('RUN')",
  "SELECT * FROM openlineage.namespace WHERE name = 'SPACE'", "SELECT * FROM openlineage.run WHERE id = 'RUN'";

# -- the comparison ---------------------------------------------------------------------

# Asked for more names before, so that what is done once, as planning, is done.
sub session
{
	my ($template) = @_;
	my $sql = "SET ROLE one; SET plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 0; SET extra_float_digits = 3; BEGIN;\n";
	my %first = (run => '33333333-0000-4000-8000-000000000003', source => 's_first', version => $names[1]{version});
	for my $name ({ space => 'first', %first }, { space => 'seen:first', %first }, @names)
	{
		(my $question = $template) =~ s/(SPACE|RUN|VERSION|SOURCE)/$name->{lc $1}/g;
		$question =~ s/'/''/g;
		$sql .= "SELECT '<<' || answer || '>>' || work || '<>' FROM public.ask('$question');\n";
	}
	my @told = $node->safe_psql('lineage', $sql . 'COMMIT;') =~ /<<(.*?)>>(.*?)<>/gs;
	die "no answers to $template\n" if @told != 12;
	splice @told, 0, 4;
	for my $name (@names)
	{
		my ($answer, $work) = splice @told, 0, 2;
		$answer =~ s/\Q$name->{$_}\E/NAME/g for qw(source space run version);
		push @told, [ $answer, $work ];
	}
	return @told;
}

# What is looked up by a number has to be found before it is known where it belongs: a row of the run, or of the source.
# Nobody guesses the id of a run; a source's name takes one descent in an index, and a row more.
my $by_number = qr/RUN|SOURCE|namespace WHERE name/;
my $compared = 0;
for my $question (@questions)
{
	my @told = session($question);
	(my $short = $question) =~ s/SELECT .*graph_gear', '(\w+)'.* LATERAL (openlineage.*) AS f/gear $1: $2/;
	is($told[0][0], $told[1][0], "the same answer: $short");
	is($told[2][0], $told[3][0], "the same answer for a name that begins like a visible one: $short");
	next if $question =~ $by_number;
	is($told[0][1], $told[1][1], "the same work: $short");
	is($told[2][1], $told[3][1], "the same work for a name that begins like a visible one: $short");
	$compared++;
}
cmp_ok($compared, '>', 80, 'functions were compared');

# That the comparison can fail: who sees it is told more, and it takes more.
$node->safe_psql('lineage', q(SELECT openlineage.grant_namespace('database_role', 'one', 'hidden')));
for my $question ("SELECT * FROM openlineage.impact('dataset:SPACE:d')", q(SELECT openlineage.api_dataset('{SPACE,d}', '{}')::text))
{
	my @told = session($question);
	isnt($told[0][0], $told[1][0], "more is told of what may be seen: $question");
	isnt($told[0][1], $told[1][1], "and read: $question");
}
done_testing();
