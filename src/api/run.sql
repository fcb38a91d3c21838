-- Runs.

-- Datasets and times come as arrays and each is looked up by itself: a list of runs asks this of a thousand
-- inputs, and a call of a function for each of them cost more than the rest of the list.
CREATE FUNCTION openlineage.dataset_versions_at(dataset_ids int[], ats timestamptz[], has_columns boolean DEFAULT false)
    RETURNS TABLE (ordinal bigint, version_id bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT a.ordinal, c.id
      FROM unnest(dataset_ids, ats) WITH ORDINALITY AS a (dataset_id, at, ordinal)
     CROSS JOIN LATERAL (
           SELECT k.id
             FROM ((SELECT v.id, v.content_hash, i.version_time AS since, 0 AS rank
                      FROM openlineage.run_io_time AS i
                      JOIN openlineage.dataset_version AS v ON v.id = i.version_id
                     WHERE i.dataset_id = a.dataset_id
                       AND i.io = 'output'
                       AND i.first_at <= a.at
                       AND i.version_time <= a.at
                       AND (v.schema_hash IS NOT NULL OR NOT has_columns)
                     ORDER BY i.first_at DESC
                     FETCH FIRST 1 ROW WITH TIES)
                   UNION ALL
                   SELECT v.id, v.content_hash, w.since, w.rank
                     FROM openlineage.dataset_version AS v
                    CROSS JOIN LATERAL (VALUES (v.first_write_at, 0), (v.last_write_at, 0),
                                               (v.last_seen_at, 1), (v.created_at, 1)) AS w (since, rank)
                    WHERE v.dataset_id = a.dataset_id
                      AND (v.schema_hash IS NOT NULL OR NOT has_columns)
                      AND w.since <= a.at
                   UNION ALL
                   SELECT v.id, v.content_hash, NULL, 2
                     FROM openlineage.dataset_version AS v
                    WHERE v.dataset_id = a.dataset_id
                      AND (v.schema_hash IS NOT NULL OR NOT has_columns)
                      AND v.created_at > a.at
                      AND NOT EXISTS (SELECT FROM openlineage.dataset_version AS o
                                       WHERE o.dataset_id = v.dataset_id
                                         AND (o.created_at, o.content_hash) < (v.created_at, v.content_hash))) AS k
            ORDER BY k.rank, k.since DESC, k.content_hash
            LIMIT 1) AS c;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_versions_at(int[], timestamptz[], boolean) IS
    'The version of each of these datasets that was current at the time in the same place of the other array, with that place: the one written last by then, else the one read last by then, else the earliest known; no row when it has none. With has_columns versions that tell no columns are left out.';

CREATE FUNCTION openlineage.dataset_version_at(dataset_id int, at timestamptz, has_columns boolean DEFAULT false) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT v.version_id FROM openlineage.dataset_versions_at(ARRAY[dataset_id], ARRAY[at], has_columns) AS v$$;
COMMENT ON FUNCTION openlineage.dataset_version_at(int, timestamptz, boolean) IS
    'As dataset_versions_at() of one dataset; null when it has no version.';

CREATE FUNCTION openlineage.run_facets(ids uuid[])
    RETURNS TABLE (
        run_id  uuid,
        facets  json,   -- null when none is shown
        parent  json,   -- the parent facet apart
        args    json    -- those that the POST of the run gave
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT f.run_id, f.name, f.is_hidden, r.body,
               sum(octet_length(c.body::text)) OVER (PARTITION BY f.is_hidden ORDER BY octet_length(c.body::text)) AS bytes
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = f.namespace_id
           AND c.hash = f.content_hash
         CROSS JOIN LATERAL (SELECT openlineage.redact(c.body) OFFSET 0) AS r (body)
         WHERE r.body IS NOT NULL
           AND f.run_id = ANY (ids)
           AND f.node_id IS NULL
           AND NOT f.is_deleted
           AND (NOT f.is_hidden OR f.name = 'runArgs')
    )
    SELECT t.run_id,
           json_object_agg(t.name, t.body) FILTER (WHERE NOT t.is_hidden),
           (array_agg(t.body) FILTER (WHERE t.name = 'parent' AND NOT t.is_hidden))[1],
           (array_agg(t.body -> 'args') FILTER (WHERE t.is_hidden))[1]
      -- Sorted once for all runs, not once for each.
      FROM (SELECT * FROM told AS o
             WHERE o.bytes <= openlineage.api_byte_budget()
             ORDER BY o.run_id, o.name COLLATE "C") AS t
     GROUP BY t.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.run_facets(uuid[]) IS
    'The facets of these runs themselves. No row for a run without any. From facet.';

CREATE FUNCTION openlineage.run_json(ids uuid[]) RETURNS TABLE (run_id uuid, object json)
    LANGUAGE c STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_run_json';
COMMENT ON FUNCTION openlineage.run_json(uuid[]) IS
    'These runs as the Marquez API shows them, one row for each that the caller may see. From run, run_io, dataset_version, job_version and facet.';

-- The order of every list of runs; run_started_idx has it.
CREATE FUNCTION openlineage.job_runs(ids int[], max_rows int, skip_rows int DEFAULT 0)
    RETURNS TABLE (job_id int, run_id uuid, ordinal bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT j.id, l.id, l.ordinal
      FROM unnest(ids) AS j (id)
     CROSS JOIN LATERAL (
               SELECT r.id,
                      row_number() OVER (ORDER BY COALESCE(r.start_time, r.running_time) DESC NULLS LAST,
                                                  r.created_at DESC, r.id) AS ordinal
                 FROM openlineage.run AS r
                WHERE r.job_id = j.id
                ORDER BY COALESCE(r.start_time, r.running_time) DESC NULLS LAST, r.created_at DESC, r.id
                LIMIT max_rows OFFSET skip_rows) AS l;
END
$$;
COMMENT ON FUNCTION openlineage.job_runs(int[], int, int) IS
    'Up to max_rows runs of each of these jobs, after skip_rows of them, latest start first, with their place in that order.';

CREATE FUNCTION openlineage.api_run(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  uuid := openlineage.api_uuid(path[1]);
    answer  json;
BEGIN
    SELECT r.object INTO answer
      FROM openlineage.run_json(ARRAY[wanted]) AS r;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Run ''%'' not found.', wanted USING ERRCODE = 'OL404';
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION openlineage.api_run(text[], json) IS
    'GET /jobs/runs/{id}. Raises OL404 when it is no UUID or unknown. From run.';

CREATE FUNCTION openlineage.api_job_runs(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    wanted     int := openlineage.api_job_id(path[1], path[2]);
    page       uuid[];
BEGIN
    SELECT array_agg(r.run_id ORDER BY r.ordinal) INTO page
      FROM openlineage.job_runs(ARRAY[wanted], max_rows, skip_rows) AS r;
    RETURN json_build_object(
               'runs', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.run_id)), '[]')
                          FROM openlineage.run_json(page) AS o),
               'totalCount', (SELECT count(*) FROM openlineage.run AS r WHERE r.job_id = wanted));
END
$$;
COMMENT ON FUNCTION openlineage.api_job_runs(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}/runs. Query: limit (100, at most 1000), offset (0). Latest start first. Raises OL404 when namespace or job is unknown. From run.';
