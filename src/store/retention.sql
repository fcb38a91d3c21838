-- What is old enough to go, and letting it go.
--
-- Each retention_*() says which rows of one kind the next call of maintain()
-- takes, retention_plan() counts them and retain() deletes them: one text for
-- both, so that the dry run tells the truth.  What is left of a job or dataset
-- once its old runs are gone (names, edges, facets, its latest run) stays: that
-- is the state, not history.  One call of retain() takes whole months of events,
-- or where there is none a portion of each kind, in a transaction that is soon
-- over: the maintenance process calls it until no portion is full, so that ingest
-- gets its turn between.  What only the runs of one portion kept alive goes with
-- a later one.

CREATE FUNCTION openlineage.retention_limit(older_than interval DEFAULT NULL) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    kept  interval := COALESCE(older_than, NULLIF(btrim(current_setting('openlineage.retention', true)), '')::interval);
BEGIN
    IF kept < interval '1 day' THEN
        RAISE EXCEPTION 'retention must be one day or more'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'An empty setting keeps everything.';
    END IF;
    IF LEAST(extract(year FROM kept), extract(month FROM kept), extract(day FROM kept),
             extract(hour FROM kept), extract(minute FROM kept), extract(second FROM kept)) < 0 THEN
        RAISE EXCEPTION 'no part of retention may be negative' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF kept > interval '1000 years' THEN
        RAISE EXCEPTION 'retention must be 1000 years or less'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'An empty setting keeps everything.';
    END IF;
    RETURN date_trunc('day', now() - kept, 'UTC');
END
$$;
COMMENT ON FUNCTION openlineage.retention_limit(interval) IS
    'The start of the first day that is kept, in UTC, by openlineage.retention when older_than is null; null when everything is kept. Raises 22023 for less than a day, more than 1000 years, or a part that is negative.';

-- The setting may change, and may be another where a dump is restored: what is gone stays gone.
CREATE TABLE openlineage.retention_mark (
    is_only  boolean NOT NULL DEFAULT true,
    before   timestamptz NOT NULL,
    CONSTRAINT retention_mark_pkey PRIMARY KEY (is_only),
    CONSTRAINT retention_mark_only_check CHECK (is_only)  -- one row at most
);
COMMENT ON TABLE openlineage.retention_mark IS
    'From when on all events are there: one row once retention deleted any. An event that comes from before it ends no edges.';
COMMENT ON COLUMN openlineage.retention_mark.is_only IS 'Always true.';
COMMENT ON COLUMN openlineage.retention_mark.before IS 'Greatest time that events, or edges that ended, were deleted before.';
ALTER TABLE openlineage.retention_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.retention_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY retention_mark_read ON openlineage.retention_mark FOR SELECT USING (true);
GRANT SELECT ON openlineage.retention_mark TO openlineage_reader;

CREATE FUNCTION openlineage.retention_partitions(before timestamptz) RETURNS TABLE (name name)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT c.relname
      FROM pg_inherits AS i
      JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'openlineage.event_store'::regclass
       AND c.relname ~ '^event_[0-9]{4,}_[0-9]{2}$'
       AND make_timestamptz(split_part(c.relname, '_', 2)::int, split_part(c.relname, '_', 3)::int, 1, 0, 0, 0, 'UTC')
           + interval '1 month' <= before
     ORDER BY c.relname
    $$;
COMMENT ON FUNCTION openlineage.retention_partitions(timestamptz) IS 'Part of retention: the partitions of event that end at this time or before.';
REVOKE ALL ON FUNCTION openlineage.retention_partitions(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_partitions(timestamptz) TO openlineage_admin;

-- What was current at some time since the limit stays, as runs of that time read
-- it without naming it.  Times between those a version has are not known here:
-- where it may have been current it stays.
CREATE FUNCTION openlineage.retention_kept_versions(before timestamptz) RETURNS TABLE (id bigint, created_by_run uuid)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.id, v.created_by_run
      FROM openlineage.dataset_version AS v
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = v.dataset_id
     WHERE v.last_seen_at >= before OR a.current_version_id = v.id
        -- Else another came after it, before the limit; who wrote counts more than who saw.
        OR NOT EXISTS (SELECT FROM openlineage.dataset_version AS o
                        WHERE o.dataset_id = v.dataset_id
                          AND CASE WHEN v.last_write_at IS NULL
                                   THEN o.first_write_at < before
                                     OR (o.created_at > v.last_seen_at AND o.created_at < before)
                                     OR (o.last_seen_at > v.last_seen_at AND o.last_seen_at < before)
                                   ELSE (o.first_write_at > v.last_write_at AND o.first_write_at < before)
                                     OR (o.last_write_at > v.last_write_at AND o.last_write_at < before) END)
    $$;
COMMENT ON FUNCTION openlineage.retention_kept_versions(timestamptz) IS
    'Part of retention: dataset versions seen or current at this time or later, and the runs that made them.';
REVOKE ALL ON FUNCTION openlineage.retention_kept_versions(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_kept_versions(timestamptz) TO openlineage_admin;

-- A run that something points to stays as long as that does: the parent of a
-- run, the creator of a version.  What points to it may itself be about to go.
CREATE FUNCTION openlineage.retention_runs(before timestamptz, most int DEFAULT 100000) RETURNS SETOF uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH RECURSIVE old AS MATERIALIZED (
        SELECT r.id, r.updated_at
          FROM openlineage.run AS r
          JOIN openlineage.job_activity AS a ON a.node_id = r.job_id
         WHERE r.updated_at < before
           AND r.state IN ('COMPLETED', 'ABORTED', 'FAILED')
           AND a.latest_run_id IS DISTINCT FROM r.id
           -- The current version of the job is that of its latest run with one.
           AND (r.job_version_id IS NULL
                OR EXISTS (SELECT FROM openlineage.run AS l
                            WHERE l.job_id = r.job_id AND l.job_version_id IS NOT NULL
                              AND (l.created_at > r.created_at OR (l.created_at = r.created_at AND l.id < r.id))))
           -- It wrote a dataset after that was dropped: without it the dataset would be deleted again.
           AND NOT EXISTS (SELECT FROM openlineage.run_io_time AS i
                             JOIN openlineage.dataset AS d ON d.node_id = i.dataset_id
                            WHERE i.run_id = r.id AND i.io = 'output' AND i.last_at > d.dropped_at)
    ), needed (id) AS (
        SELECT p.id
          FROM (SELECT k.created_by_run
                  FROM openlineage.retention_kept_versions(before) AS k
                UNION ALL
                SELECT v.created_by_run
                  FROM openlineage.dataset_version AS v
                 WHERE EXISTS (SELECT FROM openlineage.run_io AS i
                                WHERE i.dataset_id = v.dataset_id AND i.version_id = v.id
                                  AND NOT EXISTS (SELECT FROM old AS o WHERE o.id = i.run_id))
                UNION ALL
                SELECT u.id
                  FROM openlineage.run AS r
                 CROSS JOIN LATERAL unnest(ARRAY[r.parent_run_id, r.root_run_id]) AS u (id)
                 WHERE (r.parent_run_id IS NOT NULL OR r.root_run_id IS NOT NULL)
                   AND NOT EXISTS (SELECT FROM old AS o WHERE o.id = r.id)) AS p (id)
         WHERE p.id IS NOT NULL
        UNION
        SELECT p.id
          FROM needed AS n
         CROSS JOIN LATERAL (SELECT v.created_by_run
                               FROM openlineage.run_io AS i
                               JOIN openlineage.dataset_version AS v ON v.id = i.version_id
                              WHERE i.run_id = n.id
                             UNION ALL
                             SELECT u.id
                               FROM openlineage.run AS r
                              CROSS JOIN LATERAL unnest(ARRAY[r.parent_run_id, r.root_run_id]) AS u (id)
                              WHERE r.id = n.id) AS p (id)
         WHERE p.id IS NOT NULL
    )
    SELECT o.id
      FROM old AS o
     WHERE NOT EXISTS (SELECT FROM needed AS n WHERE n.id = o.id)
     ORDER BY o.updated_at, o.id
     LIMIT most
    $$;
COMMENT ON FUNCTION openlineage.retention_runs(timestamptz, int) IS
    'Part of retention: runs that ended and were last heard of before this time, are not the latest of their job, and that no run and no dataset version that stays points to.';
REVOKE ALL ON FUNCTION openlineage.retention_runs(timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_runs(timestamptz, int) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_dataset_versions(before timestamptz, gone uuid[], most int DEFAULT 100000) RETURNS SETOF bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.id
      FROM openlineage.dataset_version AS v
     WHERE NOT EXISTS (SELECT FROM openlineage.retention_kept_versions(before) AS k WHERE k.id = v.id)
       AND NOT EXISTS (SELECT FROM openlineage.run_io AS i
                        WHERE i.dataset_id = v.dataset_id AND i.version_id = v.id AND i.run_id <> ALL (gone))
     ORDER BY v.last_seen_at, v.id
     LIMIT most
    $$;
COMMENT ON FUNCTION openlineage.retention_dataset_versions(timestamptz, uuid[], int) IS
    'Part of retention: dataset versions seen and current before this time only that no run but those gone points to.';
REVOKE ALL ON FUNCTION openlineage.retention_dataset_versions(timestamptz, uuid[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_dataset_versions(timestamptz, uuid[], int) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_job_versions(before timestamptz, gone uuid[], most int DEFAULT 100000) RETURNS SETOF bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.id
      FROM openlineage.job_version AS v
      JOIN openlineage.job_activity AS a ON a.node_id = v.job_id
     WHERE (v.declared_at IS NULL OR v.declared_at < before)
       AND a.updated_at < before
       AND a.current_version_id IS DISTINCT FROM v.id
       AND NOT EXISTS (SELECT FROM openlineage.run AS r WHERE r.job_version_id = v.id AND r.id <> ALL (gone))
     ORDER BY v.id
     LIMIT most
    $$;
COMMENT ON FUNCTION openlineage.retention_job_versions(timestamptz, uuid[], int) IS
    'Part of retention: versions, not current, of jobs last heard of before this time that no run but those gone points to.';
REVOKE ALL ON FUNCTION openlineage.retention_job_versions(timestamptz, uuid[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_job_versions(timestamptz, uuid[], int) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_parts() RETURNS TABLE (what text, old text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 6
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT v.*
      FROM (VALUES ('event', 'event_time < $1'),
                   ('event_dataset_store', 'event_time < $1'),
                   ('event_issue', 'event_time < $1'),
                   ('event_count', 'hour < $1'),
                   ('event_day_count', 'day < $1'),
                   ('edge_history', 'upper(valid) < $1')) AS v (what, old)
    $$;
COMMENT ON FUNCTION openlineage.retention_parts() IS 'Part of retention: tables whose rows go by their time alone, and when.';
REVOKE ALL ON FUNCTION openlineage.retention_parts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_parts() TO openlineage_admin;

CREATE FUNCTION openlineage.retention_count(source text, before timestamptz, gone uuid[]) RETURNS TABLE (n bigint, bytes bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    EXECUTE format('SELECT count(*), COALESCE(sum(pg_column_size(t.*)), 0)::bigint FROM openlineage.%s', source)
       INTO n, bytes USING before, gone;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION openlineage.retention_count(text, timestamptz, uuid[]) IS 'Part of retention_plan: rows and bytes of one of its queries.';
REVOKE ALL ON FUNCTION openlineage.retention_count(text, timestamptz, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_count(text, timestamptz, uuid[]) TO openlineage_admin;

CREATE FUNCTION openlineage.retention_plan(older_than interval DEFAULT NULL)
    RETURNS TABLE (what text, rows bigint, bytes bigint, before timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    part  record;
    gone  uuid[];
BEGIN
    before := openlineage.retention_limit(older_than);
    IF before IS NULL THEN
        RETURN;
    END IF;
    FOR part IN SELECT p.name FROM openlineage.retention_partitions(before) AS p LOOP
        what := 'partition ' || part.name;
        SELECT c.n, pg_total_relation_size(format('openlineage.%I', part.name)) INTO rows, bytes
          FROM openlineage.retention_count(format('%I AS t', part.name), before, NULL) AS c;
        RETURN NEXT;
    END LOOP;
    gone := ARRAY(SELECT g.id FROM openlineage.retention_runs(before) AS g (id));
    FOR part IN SELECT p.what, CASE p.what WHEN 'event' THEN 'event_store' ELSE p.what END || ' AS t WHERE ' || p.old AS source FROM openlineage.retention_parts() AS p
                UNION ALL SELECT 'run', 'run AS t WHERE id = ANY ($2)'
                UNION ALL SELECT 'run_io', 'run_io AS t WHERE run_id = ANY ($2)'
                UNION ALL SELECT 'facet', 'facet AS t WHERE run_id = ANY ($2)'
                UNION ALL SELECT 'dataset_version', 'dataset_version AS t WHERE id IN (SELECT openlineage.retention_dataset_versions($1, $2))'
                UNION ALL SELECT 'job_version', 'job_version AS t WHERE id IN (SELECT openlineage.retention_job_versions($1, $2))'
                UNION ALL SELECT 'facet_content', 'facet_content AS t WHERE EXISTS (SELECT FROM openlineage.facet AS f'
                                 ' WHERE f.namespace_id = t.namespace_id AND f.content_hash = t.hash AND f.run_id = ANY ($2))'
                                 ' AND NOT EXISTS (SELECT FROM openlineage.facet AS f'
                                 ' WHERE f.namespace_id = t.namespace_id AND f.content_hash = t.hash AND (f.run_id <> ALL ($2) OR f.run_id IS NULL))'
    LOOP
        what := part.what;
        SELECT c.n, c.bytes INTO rows, bytes FROM openlineage.retention_count(part.source, before, gone) AS c;
        -- Rows of partitions that are dropped are told there.
        IF what = 'event' THEN
            SELECT retention_plan.rows - COALESCE(sum(c.n), 0), retention_plan.bytes - COALESCE(sum(c.bytes), 0) INTO rows, bytes
              FROM openlineage.retention_partitions(before) AS p
             CROSS JOIN LATERAL openlineage.retention_count(format('%I AS t', p.name), before, NULL) AS c;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.retention_plan(interval) IS
    'What the next maintenance would delete, and what it holds from before which time, if openlineage.retention were older_than (null: as it is set; no row when it is empty): partitions of event as a whole, rows of the others. A dry run: nothing is changed. Raises 22023 for less than a day, 42501 for all but administrators.';
REVOKE ALL ON FUNCTION openlineage.retention_plan(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.retention_plan(interval) TO openlineage_admin;

CREATE FUNCTION openlineage.retain_versions(before timestamptz, portion int) RETURNS TABLE (what text, rows bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    ids     bigint[];
    locked  int[];
BEGIN
    -- Ingest holds the activity row of whatever it tells a version of, and takes
    -- those of datasets first: whoever holds rows of jobs may not wait for them.
    locked := ARRAY(SELECT a.node_id FROM openlineage.dataset_activity AS a
                     WHERE a.node_id IN (SELECT v.dataset_id FROM openlineage.dataset_version AS v
                                          WHERE v.id IN (SELECT openlineage.retention_dataset_versions(before, '{}', portion)))
                     ORDER BY a.node_id FOR UPDATE SKIP LOCKED);
    ids := ARRAY(SELECT v.id FROM openlineage.retention_dataset_versions(before, '{}', portion) AS o (id)
                   JOIN openlineage.dataset_version AS v ON v.id = o.id
                  WHERE v.dataset_id = ANY (locked));
    DELETE FROM openlineage.dataset_version AS v WHERE v.id = ANY (ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'dataset_version';
    RETURN NEXT;
    locked := ARRAY(SELECT a.node_id FROM openlineage.job_activity AS a
                     WHERE a.node_id IN (SELECT v.job_id FROM openlineage.job_version AS v
                                          WHERE v.id IN (SELECT openlineage.retention_job_versions(before, '{}', portion)))
                     ORDER BY a.node_id FOR UPDATE SKIP LOCKED);
    ids := ARRAY(SELECT v.id FROM openlineage.retention_job_versions(before, '{}', portion) AS o (id)
                   JOIN openlineage.job_version AS v ON v.id = o.id
                  WHERE v.job_id = ANY (locked));
    DELETE FROM openlineage.job_version AS v WHERE v.id = ANY (ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'job_version';
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION openlineage.retain_versions(timestamptz, int) IS 'Part of retain: versions of datasets and jobs.';
REVOKE ALL ON FUNCTION openlineage.retain_versions(timestamptz, int) FROM PUBLIC;

CREATE FUNCTION openlineage.retain_runs(before timestamptz, portion int) RETURNS TABLE (what text, rows bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    gone     uuid[];
    spaces   int[];
    hashes   uuid[];
    locked   int[];
BEGIN
    locked := ARRAY(SELECT a.node_id FROM openlineage.job_activity AS a
                     WHERE a.node_id IN (SELECT r.job_id FROM openlineage.run AS r
                                          WHERE r.id IN (SELECT openlineage.retention_runs(before, portion)))
                     ORDER BY a.node_id FOR UPDATE);
    gone := ARRAY(SELECT r.id FROM openlineage.retention_runs(before, portion) AS g (id)
                    JOIN openlineage.run AS r ON r.id = g.id
                   WHERE r.job_id = ANY (locked));
    DELETE FROM openlineage.run_io AS i WHERE i.run_id = ANY (gone);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'run_io';
    RETURN NEXT;
    WITH lost AS (
        DELETE FROM openlineage.facet AS f WHERE f.run_id = ANY (gone) RETURNING f.namespace_id, f.content_hash
    )
    SELECT count(*), array_agg(l.namespace_id), array_agg(l.content_hash) INTO rows, spaces, hashes FROM lost AS l;
    what := 'facet';
    RETURN NEXT;
    DELETE FROM openlineage.run AS r WHERE r.id = ANY (gone);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'run';
    RETURN NEXT;
    RETURN QUERY SELECT * FROM openlineage.retain_versions(before, portion);
    -- Last, as it keeps ingest waiting: a batch may be about to use content that it found there.
    LOCK TABLE openlineage.facet_content IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM openlineage.facet_content AS c
     USING (SELECT DISTINCT u.namespace_id, u.hash FROM unnest(spaces, hashes) AS u (namespace_id, hash)) AS g
     WHERE c.namespace_id = g.namespace_id AND c.hash = g.hash
       AND NOT EXISTS (SELECT FROM openlineage.facet AS f WHERE f.namespace_id = c.namespace_id AND f.content_hash = c.hash);
    GET DIAGNOSTICS rows = ROW_COUNT;
    what := 'facet_content';
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION openlineage.retain_runs(timestamptz, int) IS 'Part of retain: runs, what hangs on them, and versions that nothing points to.';
REVOKE ALL ON FUNCTION openlineage.retain_runs(timestamptz, int) FROM PUBLIC;

-- Events by their key, as a row of a partitioned table has no place of its own; the others by their place.
CREATE FUNCTION openlineage.retain_part(what text, old text, before timestamptz, portion int) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    n          bigint;
    templates  bigint[];
BEGIN
    IF what = 'event' THEN
        WITH gone AS (
            DELETE FROM openlineage.event_store AS e
             USING (SELECT o.event_time, o.hash FROM openlineage.event_store AS o
                     WHERE o.event_time < before ORDER BY o.event_time LIMIT portion) AS g
             WHERE e.event_time = g.event_time AND e.hash = g.hash AND e.event_time < before
            RETURNING e.template_id
        )
        SELECT count(*), array_agg(DISTINCT d.template_id) INTO n, templates FROM gone AS d;
        PERFORM openlineage.drop_unused_templates(templates);
    ELSE
        EXECUTE format('DELETE FROM openlineage.%I AS t WHERE t.ctid = ANY (ARRAY(SELECT o.ctid FROM openlineage.%I AS o WHERE %s LIMIT $2))',
                       what, what, old) USING before, portion;
        GET DIAGNOSTICS n = ROW_COUNT;
    END IF;
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.retain_part(text, text, timestamptz, int) IS
    'Part of retain: up to portion rows of one of retention_parts(); returns how many.';
REVOKE ALL ON FUNCTION openlineage.retain_part(text, text, timestamptz, int) FROM PUBLIC;

CREATE FUNCTION openlineage.mark_retained(before timestamptz) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO openlineage.retention_mark AS m (before) VALUES (before)
    ON CONFLICT (is_only) DO UPDATE SET before = excluded.before WHERE excluded.before > m.before
    $$;
COMMENT ON FUNCTION openlineage.mark_retained(timestamptz) IS 'Part of retain: events before this time are gone, for good.';
REVOKE ALL ON FUNCTION openlineage.mark_retained(timestamptz) FROM PUBLIC;

CREATE FUNCTION openlineage.retain(older_than interval DEFAULT NULL, portion int DEFAULT 100000) RETURNS TABLE (what text, rows bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '1s'
    AS $$
DECLARE
    before  timestamptz := openlineage.retention_limit(older_than);
    part    record;
BEGIN
    IF before IS NULL THEN
        RETURN;
    END IF;
    FOR part IN SELECT p.name FROM openlineage.retention_partitions(before) AS p LOOP
        EXECUTE format('SELECT count(*) FROM openlineage.%I', part.name) INTO rows;
        BEGIN
            EXECUTE format('DROP TABLE openlineage.%I', part.name);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            -- Anybody who may read it can make a view of it.
            RAISE WARNING 'cannot drop partition "%" of event: other objects depend on it', part.name
                USING ERRCODE = 'dependent_objects_still_exist', HINT = 'Its rows are deleted instead. Drop the views and tables that use it.';
            CONTINUE;
        END;
        IF rows > 0 THEN
            PERFORM openlineage.mark_retained(before);
        END IF;
        what := 'partition ' || part.name;
        DELETE FROM openlineage.event_template AS t WHERE t.partition = part.name;
        WITH gone AS (DELETE FROM openlineage.dataset_set AS s WHERE s.partition = part.name RETURNING s.id)
        DELETE FROM openlineage.dataset_set_member AS m USING gone AS g WHERE m.set_id = g.id;
        RETURN NEXT;
    END LOOP;
    -- Nobody reads or writes events until the transaction that dropped some ends.
    IF what IS NOT NULL THEN
        RETURN;
    END IF;
    FOR part IN SELECT p.* FROM openlineage.retention_parts() AS p LOOP
        what := part.what;
        rows := openlineage.retain_part(part.what, part.old, before, portion);
        IF rows > 0 AND what IN ('event', 'edge_history') THEN
            PERFORM openlineage.mark_retained(before);
        END IF;
        RETURN NEXT;
    END LOOP;
    RETURN QUERY SELECT r.* FROM openlineage.retain_runs(before, portion) AS r;
END
$$;
COMMENT ON FUNCTION openlineage.retain(interval, int) IS
    'Part of maintain: deletes what retention_plan() of the same argument tells, and returns what it deleted: whole partitions of event, or, where there are none to delete, up to portion rows of each kind. A partition that cannot be dropped, as views use it, loses its rows in portions, with a WARNING. Nothing while openlineage.retention is empty. Errors: 22023 for less than a day, 55P03 when a lock cannot be had within a second.';
REVOKE ALL ON FUNCTION openlineage.retain(interval, int) FROM PUBLIC;
