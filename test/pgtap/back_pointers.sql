-- After a corpus of events of all kinds: pointers without a foreign key lead somewhere, and what
-- is kept twice agrees.
\set ON_ERROR_STOP on
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE TEMPORARY TABLE line (body text);
\copy line FROM PROGRAM 'cat test/corpus/*.jsonl' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
SELECT cmp_ok(count(*), '>=', 200::bigint, 'the corpus has events') FROM line;
SELECT lives_ok($$SELECT openlineage.ingest(body) FROM line$$, 'all of them are accepted');
SET search_path = openlineage, public;
-- What a run told of its job while it went on, or before two names were one, may be left over.
CREATE TEMPORARY VIEW told_version AS
    SELECT v.* FROM job_version AS v
     WHERE v.declared_at IS NOT NULL OR EXISTS (SELECT FROM run AS r WHERE r.job_version_id = v.id)
        OR EXISTS (SELECT FROM job_activity AS a WHERE a.current_version_id = v.id);

-- Pointers back.
SELECT is_empty($$SELECT node_id FROM job_activity AS a WHERE latest_run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run AS r WHERE r.id = a.latest_run_id AND r.job_id = a.node_id)$$,
                'the latest run of a job is a run of that job');
SELECT is_empty($$SELECT a.node_id, a.latest_run_id, r.id FROM job_activity AS a JOIN LATERAL
                     (SELECT r.id, r.created_at FROM run AS r WHERE r.job_id = a.node_id ORDER BY r.created_at DESC LIMIT 1) AS r ON true
                   WHERE (SELECT l.created_at FROM run AS l WHERE l.id = a.latest_run_id) IS DISTINCT FROM r.created_at
                      OR a.latest_created_at IS DISTINCT FROM r.created_at$$, 'and is the one created last');
SELECT is_empty($$SELECT id FROM run WHERE openlineage.started_at(run) < created_at$$, 'no run is created after it starts');
SELECT is_empty($$SELECT node_id FROM job_activity AS a WHERE current_version_id IS NOT NULL AND NOT EXISTS (SELECT FROM job_version AS v WHERE v.id = a.current_version_id AND v.job_id = a.node_id)$$,
                'the current version of a job is one of its versions');
SELECT is_empty($$SELECT job_id FROM job_version AS v JOIN job_activity AS a ON a.node_id = v.job_id WHERE a.current_version_id IS NULL$$, 'a job with versions has a current one');
SELECT is_empty($$SELECT node_id FROM dataset_activity AS a WHERE current_version_id IS NOT NULL AND NOT EXISTS (SELECT FROM dataset_version AS v WHERE v.id = a.current_version_id AND v.dataset_id = a.node_id)$$,
                'the current version of a dataset is one of its versions');
SELECT is_empty($$SELECT dataset_id FROM dataset_version AS v JOIN dataset_activity AS a ON a.node_id = v.dataset_id WHERE a.current_version_id IS NULL$$, 'a dataset with versions has a current one');
SELECT is_empty($$SELECT a.node_id FROM dataset_activity AS a JOIN dataset_version AS c ON c.id = a.current_version_id
                   WHERE EXISTS (SELECT FROM dataset_version AS v WHERE v.dataset_id = a.node_id AND v.last_write_at > coalesce(c.last_write_at, '-infinity'))$$,
                'and it is that of the latest write');
SELECT is_empty($$SELECT id FROM dataset_version AS v WHERE created_by_run IS NOT NULL AND NOT EXISTS (SELECT FROM run AS r WHERE r.id = v.created_by_run)$$,
                'the run that created a version is a run');
SELECT is_empty($$SELECT id FROM dataset_version WHERE (created_by_run IS NULL) <> (first_write_at IS NULL) AND created_by_run IS NOT NULL$$, 'who created a version wrote it');
SELECT is_empty($$SELECT id FROM run AS r WHERE job_version_id IS NOT NULL AND NOT EXISTS (SELECT FROM job_version AS v WHERE v.id = r.job_version_id AND v.job_id = r.job_id)$$,
                'the job version of a run is one of its job');
SELECT is_empty($$SELECT id FROM run AS r WHERE parent_run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run AS p WHERE p.id = r.parent_run_id)$$, 'the parent of a run is a run');
SELECT is_empty($$SELECT id FROM run AS r WHERE root_run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run AS p WHERE p.id = r.root_run_id)$$, 'the root of a run is a run');
SELECT is_empty($$SELECT run_id FROM event AS e WHERE run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run AS r WHERE r.id = e.run_id)$$, 'the run of an event is a run');
SELECT is_empty($$SELECT node_id FROM event AS e WHERE NOT EXISTS (SELECT FROM node AS n WHERE n.id = e.node_id)$$, 'the node of an event is a node');
SELECT is_empty($$SELECT id FROM event_issue AS i WHERE NOT EXISTS (SELECT FROM event AS e WHERE e.hash = i.event_hash AND e.event_time = i.event_time)$$, 'the event of an issue is an event');
SELECT is_empty($$SELECT dataset_id FROM dataset_version AS v WHERE schema_hash IS NOT NULL AND NOT EXISTS
                     (SELECT FROM dataset_schema AS s WHERE s.namespace_id = v.namespace_id AND s.hash = v.schema_hash)$$, 'the columns of a version are stored');
SELECT is_empty($$SELECT v.id, i FROM told_version AS v, unnest(inputs || outputs) AS i WHERE NOT EXISTS (SELECT FROM dataset AS d WHERE d.node_id = i)$$,
                'the inputs and outputs of a job version are datasets');
SELECT is_empty($$SELECT 1 FROM owner AS o JOIN facet AS f ON f.id = o.facet_id WHERE f.is_deleted OR f.name <> 'ownership' OR f.node_id <> o.node_id$$, 'owners are of a current facet');
SELECT is_empty($$SELECT 1 FROM tag_assignment AS t JOIN facet AS f ON f.id = t.facet_id WHERE f.is_deleted OR f.name <> 'tags'
                     OR f.node_id IS DISTINCT FROM t.node_id$$, 'tags are of a current facet');
SELECT is_empty($$SELECT 1 FROM quality_result AS q JOIN facet AS f ON f.id = q.facet_id WHERE f.is_deleted OR f.node_id IS DISTINCT FROM q.dataset_id OR f.run_id IS DISTINCT FROM q.run_id$$,
                'results are of a current facet');
SELECT is_empty($$SELECT 1 FROM metric AS m JOIN facet AS f ON f.id = m.facet_id WHERE f.is_deleted OR f.node_id IS DISTINCT FROM m.dataset_id OR f.run_id IS DISTINCT FROM m.run_id$$,
                'metrics are of a current facet');

-- Canonical nodes only.
SELECT is_empty($$SELECT a.id FROM node AS a JOIN node AS c ON c.id = a.canonical_id WHERE c.canonical_id IS NOT NULL OR c.kind <> a.kind$$, 'an alias leads to a canonical node at once');
CREATE TEMPORARY VIEW mention AS
    SELECT 'dataset' AS place, node_id FROM dataset UNION ALL SELECT 'dataset_activity', node_id FROM dataset_activity UNION ALL SELECT 'job', node_id FROM job
    UNION ALL SELECT 'run_io', dataset_id FROM run_io UNION ALL SELECT 'facet', node_id FROM facet UNION ALL SELECT 'edge', src FROM edge UNION ALL SELECT 'edge', dst FROM edge
    UNION ALL SELECT 'edge_history', src FROM edge_history UNION ALL SELECT 'edge_history', dst FROM edge_history UNION ALL SELECT 'dataset_field', dataset_id FROM dataset_field
    UNION ALL SELECT 'dataset_version', dataset_id FROM dataset_version UNION ALL SELECT 'column_edge', dataset_id FROM column_edge UNION ALL SELECT 'column_edge', owner_id FROM column_edge
    UNION ALL SELECT 'column_lineage_source', dataset_id FROM column_lineage_source UNION ALL SELECT 'column_lineage_source', owner_id FROM column_lineage_source
    UNION ALL SELECT 'edge_replacement', node_id FROM edge_replacement UNION ALL SELECT 'owner', node_id FROM owner UNION ALL SELECT 'tag_assignment', node_id FROM tag_assignment
    UNION ALL SELECT 'quality_result', dataset_id FROM quality_result UNION ALL SELECT 'metric', dataset_id FROM metric
    UNION ALL SELECT 'node.target_id', target_id FROM node UNION ALL SELECT 'job_version', unnest(inputs || outputs) FROM told_version;
SELECT is_empty($$SELECT DISTINCT place FROM mention JOIN node AS n ON n.id = node_id WHERE n.canonical_id IS NOT NULL$$, 'nothing hangs on an alias');
SELECT is_empty($$SELECT id FROM node AS n WHERE kind = 'dataset' AND canonical_id IS NULL AND NOT EXISTS (SELECT FROM dataset AS d WHERE d.node_id = n.id)$$, 'every name of a dataset is one');
SELECT is_empty($$SELECT id FROM node AS n WHERE kind = 'job' AND canonical_id IS NULL AND NOT EXISTS (SELECT FROM job AS j WHERE j.node_id = n.id)$$, 'every name of a job is one');
SELECT isnt_empty($$SELECT 1 FROM node WHERE canonical_id IS NOT NULL$$, 'the corpus has aliases');
SELECT isnt_empty($$SELECT 1 FROM node WHERE kind = 'step'$$, 'the corpus has steps');
SELECT is_empty($$SELECT id FROM node AS n WHERE kind = 'step' AND NOT EXISTS (SELECT FROM edge AS e WHERE e.src = n.id AND e.dst = n.target_id)
                     AND NOT EXISTS (SELECT FROM edge_history AS e WHERE e.src = n.id)$$, 'a step leads to its target, or did');

-- Namespaces on rows agree with those of what they hang on.
SELECT is_empty($$SELECT 1 FROM dataset AS d JOIN node AS n ON n.id = d.node_id WHERE n.namespace_id <> d.namespace_id$$, 'datasets are in the namespace of their name');
SELECT is_empty($$SELECT 1 FROM edge AS e JOIN node AS s ON s.id = e.src JOIN node AS d ON d.id = e.dst WHERE (s.namespace_id, d.namespace_id) <> (e.src_namespace_id, e.dst_namespace_id)$$,
                'edges know the namespaces of both ends');
SELECT is_empty($$SELECT 1 FROM run AS r JOIN job AS j ON j.node_id = r.job_id WHERE j.namespace_id <> r.namespace_id$$, 'runs are in the namespace of their job');
SELECT is_empty($$SELECT 1 FROM run_io AS i JOIN dataset AS d ON d.node_id = i.dataset_id WHERE d.namespace_id <> i.dataset_namespace_id$$, 'what runs read and wrote is in the namespace of the dataset');
SELECT is_empty($$SELECT 1 FROM facet AS f JOIN node AS n ON n.id = f.node_id WHERE n.namespace_id <> f.namespace_id$$, 'facets are in the namespace of their entity');
SELECT is_empty($$SELECT 1 FROM column_edge AS e JOIN dataset_field AS s ON s.id = e.src JOIN dataset_field AS d ON d.id = e.dst
                   WHERE (s.namespace_id, d.namespace_id) <> (e.src_namespace_id, e.dst_namespace_id) OR d.dataset_id <> e.dataset_id$$, 'column edges know the namespaces of both ends');

-- What is kept twice.
SELECT results_eq($$SELECT count(*)::numeric FROM event$$, $$SELECT sum(n) FROM event_count$$, 'events are counted');
SELECT is_empty($$SELECT namespace_id, date_trunc('hour', event_time, 'UTC') AS hour, kind, type, count(*)::numeric FROM event GROUP BY 1, 2, 3, 4
                  EXCEPT SELECT namespace_id, hour, kind, type, sum(n) FROM event_count GROUP BY 1, 2, 3, 4$$, 'by namespace, hour, kind and type');
SELECT is_empty($$SELECT a.node_id, a.latest_state, r.state FROM job_activity AS a LEFT JOIN run AS r ON r.id = a.latest_run_id
                   WHERE a.latest_state <> CASE WHEN r.id IS NULL THEN '' ELSE coalesce(r.state, 'NEW')::text END$$, 'a job knows the state of its latest run');
SELECT is_empty($$SELECT node_id FROM job_activity WHERE (listed_state, listed_at) <> (latest_state, updated_at) AND (listed_state <> 'BUSY' OR listed_at > updated_at)$$,
                'lists find each job, or look at all of those that are busy');
SELECT results_eq($$SELECT DISTINCT latest_state FROM job_activity ORDER BY 1$$, $$VALUES (''), ('ABORTED'), ('COMPLETED'), ('FAILED'), ('NEW'), ('RUNNING') ORDER BY 1$$, 'the corpus has jobs in every state');
CREATE TEMPORARY VIEW entity AS
    SELECT 'job' AS kind, namespace_id, created_at FROM job UNION ALL SELECT 'dataset', namespace_id, created_at FROM dataset
    UNION ALL SELECT 'source', namespace_id, created_at FROM source;
SELECT set_eq($$SELECT kind, namespace_id, sum(n) FROM entity_count GROUP BY 1, 2 HAVING sum(n) <> 0$$, $$SELECT kind, namespace_id, count(*)::numeric FROM entity GROUP BY 1, 2$$,
              'jobs, datasets and sources are counted');
SELECT set_eq($$SELECT kind, namespace_id, hour, sum(n) FROM entity_count GROUP BY 1, 2, 3 HAVING sum(n) <> 0$$,
              $$SELECT kind, namespace_id, CASE WHEN created_at < date_trunc('hour', now(), 'UTC') - interval '8 days' THEN '-infinity' ELSE date_trunc('hour', created_at, 'UTC') END, count(*)::numeric
                  FROM entity GROUP BY 1, 2, 3$$, 'by the hour they were created in');
SELECT lives_ok($$SELECT compact_event_count()$$, 'counts are compacted');
SELECT lives_ok($$SELECT openlineage.ingest('{"eventTime": "2026-01-05T00:30:00Z", "job": {"namespace": "late", "name": "late"}}')$$, 'and an event comes late');
SELECT results_eq($$SELECT count(*) FROM event$$, $$SELECT openlineage.event_total('0001-01-01Z', '9999-12-31Z')$$, 'all days and what came since are all events');
SELECT is_empty($$SELECT a, b FROM generate_series(timestamptz '2025-12-30T00:00:00Z', '2026-01-08', '7 hours') AS a, generate_series(timestamptz '2025-12-30T00:20:00Z', '2026-01-08', '11 hours') AS b
                   WHERE a < b AND openlineage.event_total(a, b) <> (SELECT count(*) FROM event AS e WHERE e.event_time >= a AND e.event_time < b)$$, 'whatever the bounds');
SELECT is_empty($$SELECT namespace_id, date_trunc('day', hour, 'UTC'), sum(n) FROM event_count WHERE in_day GROUP BY 1, 2 EXCEPT SELECT namespace_id, day, n FROM event_day_count$$, 'a day is the sum of its hours');
SELECT is_empty($$SELECT id, state FROM run WHERE is_placeholder <> (state IS NULL)$$, 'placeholders, and only they, have no state');
SELECT is_empty($$SELECT id FROM run WHERE openlineage.ended_at(run) IS NOT NULL AND state NOT IN ('COMPLETED', 'ABORTED', 'FAILED')$$, 'what ended has a final state');
SELECT is_empty($$SELECT 1 FROM edge WHERE src = dst$$, 'no edge leads back to its own node');
SELECT is_empty($$SELECT src, dst, kind FROM edge_history WHERE isempty(valid) OR upper_inf(valid) OR lower_inf(valid)$$, 'the past has a beginning and an end');

SELECT * FROM finish();
ROLLBACK;
