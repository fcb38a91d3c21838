# Jobs and datasets are removed for good while events of them come in: neither fails, nothing dangles.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_post wait_for);
use OpenLineage::Wire qw(run_event);
use POSIX qw(WNOHANG _exit);
use Test::More;

# Long enough to be packed with one another.
my $words = join ',', map { qq("word number $_ of what is said each time") } 1 .. 40;
sub long_event { return run_event($_[0]) =~ s/\}$/,"words":[$words]}/r }

my $node = OpenLineage::Cluster->new('purge');
my $url = $node->init->serve('lineage');
is(http_post("$url/api/v1/lineage", long_event($_))->{status}, 201, "an event of $_") for qw(job0 job1);

# Each sends so many events and exits with the number of those that were not stored.
my %senders;
for my $sender (1 .. 3)
{
	my $pid = fork;
	die "fork: $!" unless defined $pid;
	if (!$pid)
	{
		my $refused = grep { http_post("$url/api/v1/lineage", long_event('job' . $_ % 2))->{status} != 201 } 1 .. 60;
		_exit($refused);
	}
	$senders{$pid} = $sender;
}

my ($purges, @failures) = (0);
while (%senders)
{
	for my $call (q(purge_job('test', 'job0')), q(purge_job('test', 'job1')), q(purge_dataset('test', 'raw')))
	{
		my ($code, undef, $errors) = $node->psql('lineage', "SELECT openlineage.$call");
		$purges++ if $code == 0;
		push @failures, $errors if $code != 0 && $errors !~ /not found/;
	}
	for my $pid (keys %senders)
	{
		next unless waitpid($pid, WNOHANG) == $pid;
		is($? >> 8, 0, "every event of sender $senders{$pid} is stored");
		delete $senders{$pid};
	}
}
cmp_ok($purges, '>', 3, 'purges went on meanwhile');
is(join('', @failures), '', 'and none failed');
is( $node->safe_psql('lineage', q(SELECT count(*) FROM openlineage.job_version AS v, unnest(v.inputs || v.outputs) AS u (id)
	WHERE NOT EXISTS (SELECT FROM openlineage.node AS n WHERE n.id = u.id))), 0, 'no version names what is gone');
is($node->safe_psql('lineage', q(SELECT count(*) FROM openlineage.event WHERE hash <> openlineage.hash128(body))), 0, 'every text can be read');
is( $node->safe_psql('lineage', q(SELECT count(*) FROM openlineage.event_template AS t
	WHERE NOT EXISTS (SELECT FROM openlineage.event_store AS e WHERE e.template_id = t.id))), 0, 'no template is left that nothing refers to');
cmp_ok($node->safe_psql('lineage', q(SELECT last_value FROM openlineage.event_template_id_seq)), '>', 1, 'there were some');
$node->safe_psql('lineage', q(SELECT openlineage.purge_namespace('test')));
is( $node->safe_psql('lineage', q(SELECT (SELECT count(*) FROM openlineage.event) + (SELECT count(*) FROM openlineage.run)
	+ (SELECT count(*) FROM openlineage.node) + (SELECT count(*) FROM openlineage.facet_content)
	+ (SELECT count(*) FROM openlineage.event_template))), 0, 'at last all of it is removed');

done_testing();
