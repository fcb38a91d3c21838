-- Versions of jobs.

CREATE FUNCTION openlineage.job_version_hash(inputs int[], outputs int[], location text, code_hash uuid)
    RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.hash128(
               COALESCE(openlineage.hash128(location)::text, '') || ' ' || COALESCE(code_hash::text, '')
               || COALESCE(string_agg(' ' || io.kind || s.name_hash || n.name_hash, ''
                                      ORDER BY io.kind, s.name_hash, n.name_hash), ''))
      FROM (SELECT 'i' AS kind, unnest(inputs) AS id
            UNION ALL SELECT 'o', unnest(outputs)) AS io
      JOIN openlineage.node AS n ON n.id = io.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
    $$;
COMMENT ON FUNCTION openlineage.job_version_hash(int[], int[], text, uuid) IS
    'Content hash of a job version: of the names, not the ids, of what it reads and writes.';
REVOKE ALL ON FUNCTION openlineage.job_version_hash(int[], int[], text, uuid) FROM PUBLIC;

CREATE FUNCTION openlineage.told_job_versions(run_ids uuid[])
    RETURNS TABLE (run_id uuid, job_id int, namespace_id int, content_hash uuid,
                   inputs int[], outputs int[], location text, code_hash uuid)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT r.id, r.job_id, r.namespace_id,
           openlineage.job_version_hash(io.inputs, io.outputs, r.location, r.code_hash),
           io.inputs, io.outputs, r.location, r.code_hash
      FROM (SELECT DISTINCT unnest(run_ids) AS id) AS g
      JOIN openlineage.run AS r ON r.id = g.id
     CROSS JOIN LATERAL
           (SELECT COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'input'), '{}') AS inputs,
                   COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'output'), '{}') AS outputs,
                   count(*) AS n
              FROM openlineage.run_io AS i
             WHERE i.run_id = r.id) AS io
     WHERE NOT r.is_placeholder AND (io.n > 0 OR r.code_time IS NOT NULL)
    $$;
COMMENT ON FUNCTION openlineage.told_job_versions(uuid[]) IS
    'What each of these runs tells of its job by now; nothing for a run that told neither datasets nor code.';
REVOKE ALL ON FUNCTION openlineage.told_job_versions(uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.refresh_job_versions(run_ids uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    other_ids  uuid[];
BEGIN
    -- Most runs tell what a run before them told: the same ids are the same names, without a hash.  A job may have
    -- very many versions: few are looked at, in the order of an index, and others found by the hash.
    WITH told AS MATERIALIZED (
        SELECT r.id, r.job_version_id, v.id AS version_id
          FROM (SELECT DISTINCT unnest(run_ids) AS id) AS g
          JOIN openlineage.run AS r ON r.id = g.id
         CROSS JOIN LATERAL
               (SELECT COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'input'), '{}') AS inputs,
                       COALESCE(array_agg(i.dataset_id ORDER BY i.dataset_id) FILTER (WHERE i.io = 'output'), '{}') AS outputs,
                       count(*) AS n
                  FROM openlineage.run_io AS i
                 WHERE i.run_id = r.id) AS io
          LEFT JOIN LATERAL
               (SELECT w.id
                  FROM (SELECT x.*
                          FROM openlineage.job_version AS x
                         WHERE x.job_id = r.job_id
                         ORDER BY x.content_hash LIMIT 16) AS w
                 WHERE w.inputs = io.inputs AND w.outputs = io.outputs
                   AND w.location IS NOT DISTINCT FROM r.location
                   AND w.code_hash IS NOT DISTINCT FROM r.code_hash
                 LIMIT 1) AS v ON true
         WHERE NOT r.is_placeholder AND (io.n > 0 OR r.code_time IS NOT NULL)),
    pointed AS (
        UPDATE openlineage.run AS r
           SET job_version_id = t.version_id
          FROM told AS t
         WHERE r.id = t.id AND t.version_id IS NOT NULL AND t.job_version_id IS DISTINCT FROM t.version_id)
    SELECT array_agg(t.id) INTO other_ids FROM told AS t WHERE t.version_id IS NULL;
    IF other_ids IS NULL THEN
        RETURN;
    END IF;

    -- Looked up one by one: a join might read all versions of all jobs.
    INSERT INTO openlineage.job_version
           (job_id, namespace_id, content_hash, inputs, outputs, location, code_hash)
    SELECT DISTINCT ON (t.job_id, t.content_hash)
           t.job_id, t.namespace_id, t.content_hash, t.inputs, t.outputs, t.location, t.code_hash
      FROM openlineage.told_job_versions(other_ids) AS t
      LEFT JOIN LATERAL
           (SELECT w.id
              FROM openlineage.job_version AS w
             WHERE w.job_id = t.job_id AND w.content_hash = t.content_hash
             LIMIT 1) AS v ON true
     WHERE v.id IS NULL
     ORDER BY t.job_id, t.content_hash
    ON CONFLICT DO NOTHING;

    UPDATE openlineage.run AS r
       SET job_version_id = v.id
      FROM openlineage.told_job_versions(other_ids) AS t
     CROSS JOIN LATERAL
           (SELECT w.id
              FROM openlineage.job_version AS w
             WHERE w.job_id = t.job_id AND w.content_hash = t.content_hash
             LIMIT 1) AS v
     WHERE r.id = t.run_id AND r.job_version_id IS DISTINCT FROM v.id;
END
$$;
COMMENT ON FUNCTION openlineage.refresh_job_versions(uuid[]) IS
    'Points these runs at the job version they tell of by now, made when it is new.';
REVOKE ALL ON FUNCTION openlineage.refresh_job_versions(uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.declare_job_version(job_id int, declared_at timestamptz, inputs int[],
                                                outputs int[], location text, code_hash uuid)
    RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO openlineage.job_version AS v
           (job_id, namespace_id, content_hash, inputs, outputs, location, code_hash,
            first_declared_at, declared_at)
    SELECT j.node_id, j.namespace_id, openlineage.job_version_hash(i.ids, o.ids, $5, $6),
           i.ids, o.ids, $5, $6, $2, $2
      FROM openlineage.job AS j
     CROSS JOIN (SELECT COALESCE(array_agg(DISTINCT u.id), '{}') AS ids FROM unnest($3) AS u(id)) AS i
     CROSS JOIN (SELECT COALESCE(array_agg(DISTINCT u.id), '{}') AS ids FROM unnest($4) AS u(id)) AS o
     WHERE j.node_id = $1
    ON CONFLICT (job_id, content_hash) DO UPDATE
       SET first_declared_at = LEAST(v.first_declared_at, excluded.first_declared_at),
           declared_at = GREATEST(v.declared_at, excluded.declared_at)
    $$;
COMMENT ON FUNCTION openlineage.declare_job_version(int, timestamptz, int[], int[], text, uuid) IS
    'Stores the job version that a JobEvent declares.';
REVOKE ALL ON FUNCTION openlineage.declare_job_version(int, timestamptz, int[], int[], text, uuid) FROM PUBLIC;

-- Pointers back to what is latest, in the activity tables.

CREATE FUNCTION openlineage.point_datasets(dataset_ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.dataset_activity AS a SET current_version_id = v.id
      FROM (SELECT DISTINCT unnest(dataset_ids) AS id) AS g
     CROSS JOIN LATERAL
           (SELECT w.id FROM openlineage.dataset_version AS w
             WHERE w.dataset_id = g.id
             ORDER BY w.last_write_at DESC NULLS LAST, w.last_seen_at DESC, w.content_hash LIMIT 1) AS v
     WHERE a.node_id = g.id AND a.current_version_id IS DISTINCT FROM v.id;
END
$$;
COMMENT ON FUNCTION openlineage.point_datasets(int[]) IS
    'Sets current_version_id of these datasets: the version of the latest write, else of the latest read.';
REVOKE ALL ON FUNCTION openlineage.point_datasets(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.point_jobs(job_ids int[]) RETURNS void
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_point_jobs';
COMMENT ON FUNCTION openlineage.point_jobs(int[]) IS
    'Sets latest_run_id, latest_state and current_version_id of these jobs.';
REVOKE ALL ON FUNCTION openlineage.point_jobs(int[]) FROM PUBLIC;
