# The worker makes the event partitions of this and the next month by itself; what was stored
# before moves there and is still recognised when it comes again.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use OpenLineage::Cluster qw(http_post wait_for);
use POSIX qw(strftime);
use Test::More;

my $node = OpenLineage::Cluster->new('maintenance');
my $url = $node->init->serve('lineage') . '/api/v1/lineage';

sub sql { return $node->safe_psql('lineage', $_[0]) }

my $now = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime);
my @events = map { qq({"eventTime":"$_","producer":"p","schemaURL":"u","job":{"namespace":"n","name":"j"}}) }
  ('2019-05-01T00:00:00Z', $now);
is(http_post($url, $_)->{status}, 201, 'an event is accepted') for @events;

my $partitions = q(SELECT count(*) FROM pg_inherits WHERE inhparent = 'openlineage.event_store'::regclass);
ok(wait_for(sub { sql($partitions) == 3 }), 'two partitions beside the default appear without being asked for');

my $places = q(SELECT string_agg(to_char(event_time, 'YYYY') || ' ' || (tableoid = 'openlineage.event_default'::regclass),
	E'\n' ORDER BY event_time) FROM openlineage.event_store);
is(sql($places), "2019 true\n" . substr($now, 0, 4) . ' false', 'the event of this month moved, the old one stayed');

my $state = sql('SELECT md5(string_agg(s, E\'\n\')) FROM openlineage.state_export() AS s');
is(http_post($url, $_)->{status}, 201, 'an event that comes again is accepted') for @events;
is(sql('SELECT openlineage.maintain(); SELECT count(*) FROM openlineage.event'), "\n2", 'and not stored again');
is(sql('SELECT md5(string_agg(s, E\'\n\')) FROM openlineage.state_export() AS s'), $state, 'the state is the same');

is(sql(q(SELECT count(*) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
	WHERE i.inhparent = 'openlineage.event_store'::regclass AND c.relrowsecurity AND c.relforcerowsecurity
	  AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid))), 3, 'every partition has its policy');

my ($code, undef, $error) = $node->psql('lineage', "\\set VERBOSITY verbose\nCREATE ROLE plain; SET ROLE plain; SELECT openlineage.maintain()");
like($error, qr/42501/, 'not for everybody');

# More than the worker deletes in one transaction.
sql(q(INSERT INTO openlineage.event_dataset_store (dataset_id, event_time, event_hash, namespace_id)
	SELECT 1, timestamptz '2019-05-01' + n * interval '1 s', openlineage.hash128(n::text), 1 FROM generate_series(1, 25000) AS n));
$node->configure('openlineage.retention' => '30 days');
$node->restart;
ok(wait_for(sub { sql('SELECT count(*) FROM openlineage.event_dataset_store') == 0 }), 'what retention lets go is deleted by the worker, portion after portion');
is(sql(q(SELECT count(*) FROM openlineage.event WHERE event_time < '2020-01-01')), 0, 'old events with it');

done_testing();
