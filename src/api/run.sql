-- Runs.

CREATE FUNCTION openlineage.dataset_version_at(dataset_id int, at timestamptz, has_columns boolean DEFAULT false) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT k.id
      FROM ((SELECT v.id, v.content_hash, i.version_time AS since, 0 AS rank
               FROM openlineage.run_io AS i
               JOIN openlineage.dataset_version AS v ON v.id = i.version_id
              WHERE i.dataset_id = dataset_version_at.dataset_id
                AND i.io = 'output'
                AND i.first_at <= at
                AND i.version_time <= at
                AND (v.schema_hash IS NOT NULL OR NOT has_columns)
              ORDER BY i.first_at DESC
              FETCH FIRST 1 ROW WITH TIES)
            UNION ALL
            SELECT v.id, v.content_hash, w.since, w.rank
              FROM openlineage.dataset_version AS v
             CROSS JOIN LATERAL (VALUES (v.first_write_at, 0), (v.last_write_at, 0),
                                        (v.last_seen_at, 1), (v.created_at, 1)) AS w (since, rank)
             WHERE v.dataset_id = dataset_version_at.dataset_id
               AND (v.schema_hash IS NOT NULL OR NOT has_columns)
               AND w.since <= at
            UNION ALL
            SELECT v.id, v.content_hash, NULL, 2
              FROM openlineage.dataset_version AS v
             WHERE v.dataset_id = dataset_version_at.dataset_id
               AND (v.schema_hash IS NOT NULL OR NOT has_columns)
               AND v.created_at > at
               AND NOT EXISTS (SELECT FROM openlineage.dataset_version AS o
                                WHERE o.dataset_id = v.dataset_id
                                  AND (o.created_at, o.content_hash) < (v.created_at, v.content_hash))) AS k
     ORDER BY k.rank, k.since DESC, k.content_hash
     LIMIT 1
    $$;
COMMENT ON FUNCTION openlineage.dataset_version_at(int, timestamptz, boolean) IS
    'The version of a dataset that was current at a time: the one written last by then, else the one read last by then, else the earliest known; null when it has none. With has_columns versions that tell no columns are left out.';

-- A read is of what had been written when it began.  It tells columns mostly
-- to repeat them: only a version facet, or columns that are not those written,
-- say that it saw something else.
CREATE FUNCTION openlineage.run_io_version(io openlineage.io_kind, told bigint, dataset_id int, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    seen        openlineage.dataset_version;
    current     openlineage.dataset_version;
    current_id  bigint;
BEGIN
    IF told IS NULL THEN
        RETURN openlineage.dataset_version_at(dataset_id, at);
    ELSIF io = 'output' THEN
        RETURN told;
    END IF;
    SELECT v.* INTO seen FROM openlineage.dataset_version AS v WHERE v.id = told;
    IF seen.external_version IS NOT NULL THEN
        RETURN COALESCE((SELECT v.id
                           FROM openlineage.dataset_version AS v
                          WHERE v.dataset_id = run_io_version.dataset_id
                            AND v.external_version = seen.external_version
                            AND v.first_write_at IS NOT NULL
                          ORDER BY v.last_write_at DESC, v.content_hash
                          LIMIT 1), told);
    END IF;
    current_id := openlineage.dataset_version_at(dataset_id, at);
    SELECT v.* INTO current FROM openlineage.dataset_version AS v WHERE v.id = current_id;
    RETURN CASE WHEN current.first_write_at <= at
                 AND COALESCE(current.schema_hash = seen.schema_hash, true) THEN current_id ELSE told END;
END
$$;
COMMENT ON FUNCTION openlineage.run_io_version(openlineage.io_kind, bigint, int, timestamptz) IS
    'The version that a run read or wrote, told being that of its own events and at the time it began. Of an output the one told. Of an input the one told when that has a version facet (the written one of that facet, when there is one) or other columns than what had been written; else the one current then.';

CREATE FUNCTION openlineage.run_facets(ids uuid[]) RETURNS TABLE (run_id uuid, facets json, parent json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH shown AS (
        SELECT f.run_id, f.name, c.body,
               sum(octet_length(c.body::text)) OVER (ORDER BY octet_length(c.body::text)) AS bytes
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = f.namespace_id
           AND c.hash = f.content_hash
         WHERE f.run_id = ANY (ids)
           AND f.node_id IS NULL
           AND NOT f.is_deleted
           AND NOT f.is_hidden
    )
    SELECT s.run_id, json_object_agg(s.name, s.body ORDER BY s.name COLLATE "C"),
           (array_agg(s.body) FILTER (WHERE s.name = 'parent'))[1]
      FROM shown AS s
     WHERE s.bytes <= openlineage.api_byte_budget()
     GROUP BY s.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.run_facets(uuid[]) IS
    'The facets of these runs themselves, with the parent facet apart. No row for a run without facets.';

CREATE FUNCTION openlineage.run_io_facets(ids uuid[])
    RETURNS TABLE (run_id uuid, node_id int, io openlineage.io_kind, facets json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH shown AS (
        SELECT f.run_id, f.node_id, f.io, f.name, c.body,
               sum(octet_length(c.body::text)) OVER (ORDER BY octet_length(c.body::text)) AS bytes
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = f.namespace_id
           AND c.hash = f.content_hash
         WHERE f.run_id = ANY (ids)
           AND f.node_id IS NOT NULL
           AND NOT f.is_deleted
           AND NOT f.is_hidden
    )
    SELECT s.run_id, s.node_id, s.io, json_object_agg(s.name, s.body ORDER BY s.name COLLATE "C")
      FROM shown AS s
     WHERE s.bytes <= openlineage.api_byte_budget()
     GROUP BY s.run_id, s.node_id, s.io;
END
$$;
COMMENT ON FUNCTION openlineage.run_io_facets(uuid[]) IS
    'The input and output facets of what these runs read and wrote. No row for a dataset without facets.';

CREATE FUNCTION openlineage.run_io_json(ids uuid[]) RETURNS TABLE (run_id uuid, inputs json, outputs json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT o.run_id,
           json_agg(o.object ORDER BY o.namespace COLLATE "C", o.name COLLATE "C") FILTER (WHERE o.io = 'input'),
           json_agg(o.object ORDER BY o.namespace COLLATE "C", o.name COLLATE "C") FILTER (WHERE o.io = 'output')
      FROM (SELECT i.run_id, i.io, s.name AS namespace, n.name,
                   json_build_object(
                       'datasetVersionId', json_build_object(
                           'namespace', s.name,
                           'name', n.name,
                           'version', openlineage.version_uuid('dataset', s.name, n.name,
                                                               COALESCE(v.content_hash, openlineage.hash128('')))),
                       'facets', COALESCE(f.facets, '{}')) AS object
              FROM openlineage.run_touched(ids) AS i
              JOIN openlineage.node AS n ON n.id = i.dataset_id
              JOIN openlineage.namespace AS s ON s.id = n.namespace_id
              LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
              LEFT JOIN openlineage.run_io_facets(ids) AS f
                ON f.run_id = i.run_id AND f.node_id = i.dataset_id AND f.io = i.io) AS o
     GROUP BY o.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.run_io_json(uuid[]) IS
    'The dataset versions that these runs read and wrote with their facets, as JSON arrays by namespace and name; null for none. No row for a run without datasets.';

CREATE FUNCTION openlineage.run_args(r openlineage.run, parent json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT COALESCE(json_object_agg(a.key, a.value ORDER BY a.ordinal), '{}')
      FROM (VALUES (1, 'nominal_start_time', openlineage.zoned_time(r.nominal_start_time)),
                   (2, 'nominal_end_time', openlineage.zoned_time(r.nominal_end_time)),
                   (3, 'run_id', parent #>> '{run,runId}'),
                   (4, 'name', parent #>> '{job,name}'),
                   (5, 'namespace', parent #>> '{job,namespace}')) AS a (ordinal, key, value)
     WHERE a.value IS NOT NULL
    $$;
COMMENT ON FUNCTION openlineage.run_args(openlineage.run, json) IS
    'The args of a run, all strings: its nominal times and what its parent facet names; {} without either.';

CREATE FUNCTION openlineage.run_given_args(ids uuid[]) RETURNS TABLE (run_id uuid, args json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT f.run_id, c.body -> 'args'
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c
        ON c.namespace_id = f.namespace_id
       AND c.hash = f.content_hash
     WHERE f.run_id = ANY (ids)
       AND f.node_id IS NULL
       AND f.name = 'runArgs'
       AND f.is_hidden;
END
$$;
COMMENT ON FUNCTION openlineage.run_given_args(uuid[]) IS
    'The args that the POST of these runs gave. No row for a run that events made.';

CREATE FUNCTION openlineage.run_json(ids uuid[]) RETURNS TABLE (run_id uuid, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT r.id,
           json_build_object(
               'id', r.id,
               'createdAt', openlineage.iso_time(r.created_at),
               'updatedAt', openlineage.iso_time(r.updated_at),
               'nominalStartTime', openlineage.iso_time(r.nominal_start_time),
               'nominalEndTime', openlineage.iso_time(r.nominal_end_time),
               'state', COALESCE(r.state, 'NEW'),
               'startedAt', openlineage.iso_time(t.started),
               'endedAt', openlineage.iso_time(t.ended),
               'durationMs', openlineage.duration_ms(t.started, t.ended),
               'args', CASE WHEN g.args IS NOT NULL THEN g.args
                            WHEN f.parent IS NOT NULL OR r.nominal_start_time IS NOT NULL OR r.nominal_end_time IS NOT NULL
                            THEN openlineage.run_args(r, f.parent) ELSE '{}' END,
               'jobVersion', CASE WHEN v.id IS NOT NULL THEN json_build_object(
                   'namespace', s.name,
                   'name', n.name,
                   'version', openlineage.version_uuid('job', s.name, n.name, v.content_hash)) END,
               'inputDatasetVersions', COALESCE(i.inputs, '[]'),
               'outputDatasetVersions', COALESCE(i.outputs, '[]'),
               'facets', COALESCE(f.facets, '{}'))
      FROM openlineage.run AS r
     CROSS JOIN LATERAL (SELECT COALESCE(r.start_time, r.running_time), openlineage.ended_at(r)) AS t (started, ended)
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.job_version AS v ON v.id = r.job_version_id
      LEFT JOIN openlineage.run_io_json(ids) AS i ON i.run_id = r.id
      LEFT JOIN openlineage.run_facets(ids) AS f ON f.run_id = r.id
      LEFT JOIN openlineage.run_given_args(ids) AS g ON g.run_id = r.id
     WHERE r.id = ANY (ids);
END
$$;
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
