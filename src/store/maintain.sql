-- What keeps the store in shape.  Never part of ingest: the worker calls
-- maintain() now and then, anybody with the right to may do so at any time.

CREATE FUNCTION openlineage.make_event_partition(month timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET lock_timeout = '1s'
    AS $$
DECLARE
    since   timestamptz := date_trunc('month', month);
    until   timestamptz := since + interval '1 month';
    name    text := to_char(since, '"event_"YYYY_MM');
    theirs  bigint[];
    copies  bigint[];
BEGIN
    IF to_regclass(format('openlineage.%I', name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Rows of that month are in the default partition: they move first, as
    -- attaching refuses to leave them there.  The locks are those attaching
    -- takes; one that cannot be had within a second ends the attempt.
    LOCK TABLE openlineage.event_store IN SHARE UPDATE EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM openlineage.event_template AS t WHERE t.partition = 'event_default') THEN
        PERFORM openlineage.lock_templates();  -- ingest takes them in this order
    END IF;
    LOCK TABLE openlineage.event_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE openlineage.%I (LIKE openlineage.event_store INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMMENTS,'
                   ' CONSTRAINT %I UNIQUE (event_time, hash),'
                   ' CONSTRAINT %I CHECK (event_time >= %L AND event_time < %L))',
                   name, name || '_key', name || '_month', since, until);
    -- A template is of one partition, so they take copies of theirs along.
    theirs := ARRAY(SELECT DISTINCT e.template_id FROM openlineage.event_default AS e
                     WHERE e.event_time >= since AND e.event_time < until AND e.template_id IS NOT NULL);
    copies := ARRAY(SELECT nextval('openlineage.event_template_id_seq') FROM unnest(theirs));
    INSERT INTO openlineage.event_template (id, namespace_id, node_id, partition, made_of, packed)
    SELECT u.id, t.namespace_id, t.node_id, name, t.made_of, t.packed
      FROM unnest(theirs, copies) AS u (old_id, id)
      JOIN openlineage.event_template AS t ON t.id = u.old_id;
    EXECUTE format('WITH moved AS (DELETE FROM openlineage.event_default AS e'
                   '                WHERE e.event_time >= %L AND e.event_time < %L RETURNING e.*)'
                   ' INSERT INTO openlineage.%I (event_time, received_at, template_id, namespace_id, node_id, kind, hash, run_id,'
                   '                             is_command, type, principal, packed)'
                   ' SELECT m.event_time, m.received_at, u.id, m.namespace_id, m.node_id, m.kind, m.hash, m.run_id,'
                   '        m.is_command, m.type, m.principal, m.packed'
                   '   FROM moved AS m LEFT JOIN unnest($1, $2) AS u (old_id, id) ON u.old_id = m.template_id',
                   since, until, name) USING theirs, copies;
    PERFORM openlineage.drop_unused_templates(theirs);
    EXECUTE format('CREATE INDEX %I ON openlineage.%I (node_id, event_time, set_id) INCLUDE (namespace_id)',
                   name || '_node_idx', name);
    EXECUTE format('CREATE INDEX %I ON openlineage.%I (run_id, event_time) WHERE run_id IS NOT NULL',
                   name || '_run_idx', name);
    EXECUTE format('CREATE INDEX %I ON openlineage.%I (namespace_id, event_time)', name || '_namespace_idx', name);
    EXECUTE format('ALTER TABLE openlineage.event_store ATTACH PARTITION openlineage.%I FOR VALUES FROM (%L) TO (%L)',
                   name, since, until);
    EXECUTE format('ALTER TABLE openlineage.%I DROP CONSTRAINT %I', name, name || '_month');
    EXECUTE format('ALTER TABLE openlineage.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE openlineage.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %I ON openlineage.%I FOR SELECT'
                   ' USING (openlineage.can_read(namespace_id))',
                   name || '_read', name);
    EXECUTE format('GRANT SELECT ON openlineage.%I TO openlineage_reader', name);
    EXECUTE format('COMMENT ON TABLE openlineage.%I IS %L', name, 'Events of one month, in UTC.');
    RETURN true;
END
$$;
COMMENT ON FUNCTION openlineage.make_event_partition(timestamptz) IS
    'Part of maintain: the partition of one month, with the events of it that are in the default partition; false when it is there.';
REVOKE ALL ON FUNCTION openlineage.make_event_partition(timestamptz) FROM PUBLIC;

CREATE FUNCTION openlineage.compact_event_count() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH several AS (
        SELECT DISTINCT c.namespace_id, c.hour, c.kind, c.type
          FROM openlineage.event_count AS c
         WHERE NOT c.in_day
    ),
    gone AS (
        DELETE FROM openlineage.event_count AS c
         USING several AS s
         WHERE c.namespace_id = s.namespace_id AND c.hour = s.hour AND c.kind = s.kind
           AND c.type IS NOT DISTINCT FROM s.type
        RETURNING c.*
    ),
    made AS (
        INSERT INTO openlineage.event_count (namespace_id, hour, kind, type, n, in_day)
        SELECT g.namespace_id, g.hour, g.kind, g.type, sum(g.n), true
          FROM gone AS g
         GROUP BY g.namespace_id, g.hour, g.kind, g.type
        RETURNING 1
    ),
    days AS (
        INSERT INTO openlineage.event_day_count AS d (namespace_id, day, n)
        SELECT g.namespace_id, date_trunc('day', g.hour, 'UTC'), sum(g.n)
          FROM gone AS g
         WHERE NOT g.in_day
         GROUP BY 1, 2
         ORDER BY 2, 1
        ON CONFLICT (day, namespace_id) DO UPDATE SET n = d.n + excluded.n
    )
    SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM made)
    $$;
COMMENT ON FUNCTION openlineage.compact_event_count() IS
    'Part of maintain: one row of event_count per namespace, hour, kind and type, added up by day in event_day_count; returns how many rows fewer there are.';
REVOKE ALL ON FUNCTION openlineage.compact_event_count() FROM PUBLIC;

-- A job that is never told of again would stay busy (ingest/pointer.c), and leave its place to no other.
CREATE FUNCTION openlineage.rest_busy_jobs() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH silent AS MATERIALIZED (
        SELECT a.node_id
          FROM openlineage.job_activity AS a
         WHERE a.listed_state = 'BUSY' AND a.updated_at < now() - interval '10 minutes'
         ORDER BY a.node_id FOR NO KEY UPDATE SKIP LOCKED
    ),
    rested AS (
        UPDATE openlineage.job_activity AS a
           SET listed_state = a.latest_state, listed_at = a.updated_at
          FROM silent AS s
         WHERE a.node_id = s.node_id
        RETURNING 1
    )
    SELECT count(*) FROM rested
    $$;
COMMENT ON FUNCTION openlineage.rest_busy_jobs() IS
    'Part of maintain: jobs that were BUSY in job_activity.listed_state and of which no event told in the last ten minutes are at their own place in lists again; returns how many.';
REVOKE ALL ON FUNCTION openlineage.rest_busy_jobs() FROM PUBLIC;

CREATE FUNCTION openlineage.maintain(with_retention boolean DEFAULT true) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_maintain';
COMMENT ON FUNCTION openlineage.maintain(boolean) IS
    'Makes the event partitions of this and the next month, compacts event_count and entity_count, gives jobs that are busy no more their place in lists, reads graphs kept in memory again where many edges changed, and with_retention deletes a first portion of what openlineage.retention lets go (retention_plan() tells what); retain_portion() goes on with that. The worker calls both every hour, this one without, so that an error of retention undoes nothing else. Errors: 55P03 when a lock cannot be had at once, to be tried again later.';
REVOKE ALL ON FUNCTION openlineage.maintain(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.maintain(boolean) TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.retain_portion() RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_retain_portion';
COMMENT ON FUNCTION openlineage.retain_portion() IS
    'Deletes up to 10,000 rows of each kind of what openlineage.retention lets go, and of the words of facets that were; true when it found that many of a kind, or a month of events, so that there may be more: to be called again in a transaction of its own. Errors: 55P03 when a lock cannot be had within a second, to be tried again later.';
REVOKE ALL ON FUNCTION openlineage.retain_portion() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retain_portion() TO openlineage_admin, openlineage_worker;
