-- The graph of runs: which runs the inputs of a run came from.

CREATE FUNCTION openlineage.upstream_inputs(runs uuid[]) RETURNS TABLE (run_id uuid, inputs json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    SELECT i.run_id,
           json_agg(json_build_object(
                        'namespace', s.name,
                        'name', n.name,
                        'version', openlineage.version_uuid('dataset', s.name, n.name,
                                                            COALESCE(v.content_hash, openlineage.hash128(''))),
                        'producedByRunId', i.producer)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C")
      FROM openlineage.run_inputs(runs) AS i
      JOIN openlineage.node AS n ON n.id = i.dataset_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
     WHERE NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = i.dataset_id)
     GROUP BY i.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.upstream_inputs(uuid[]) IS
    'The dataset versions that these runs read with the runs they came from, as JSON arrays by namespace and name. No row for a run without inputs. From run_inputs.';

CREATE FUNCTION openlineage.api_upstream_runs(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_custom_plan
    AS $$
DECLARE
    max_runs   CONSTANT int := 10000;
    wanted     text := openlineage.api_text(query, 'runId');
    depth      int := openlineage.api_number(query, 'depth', 20);
    found      uuid[];
    distances  int[];
    answer     json;
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param runId must not be null' USING ERRCODE = 'OL400';
    END IF;
    SELECT array_agg(u.run_id), array_agg(u.distance)
      INTO found, distances
      FROM openlineage.upstream_runs(openlineage.api_uuid(wanted), depth, max_runs + 1) AS u;
    IF NOT EXISTS (SELECT
                     FROM openlineage.run AS r
                    WHERE r.id = found[1]
                      AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = r.job_id)) THEN
        RAISE EXCEPTION 'Run ''%'' not found.', lower(wanted) USING ERRCODE = 'OL404';
    END IF;
    SELECT json_agg(json_build_object(
                        'job', json_build_object(
                            'namespace', s.name,
                            'name', n.name,
                            'version', openlineage.version_uuid('job', s.name, n.name, v.content_hash)),
                        'run', json_build_object(
                            'id', r.id,
                            'start', openlineage.iso_time(COALESCE(r.start_time, r.running_time)),
                            'end', openlineage.iso_time(openlineage.ended_at(r)),
                            'status', COALESCE(r.state, 'NEW')),
                        'inputs', COALESCE(i.inputs, '[]'))
                    ORDER BY u.distance, n.name COLLATE "C", s.name COLLATE "C", r.id)
      INTO answer
      FROM unnest(found[:max_runs], distances[:max_runs]) AS u (id, distance)
      JOIN openlineage.run AS r ON r.id = u.id
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.job_version AS v ON v.id = r.job_version_id
      LEFT JOIN openlineage.upstream_inputs(found[:max_runs]) AS i ON i.run_id = r.id
     WHERE NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = r.job_id);
    IF cardinality(found) > max_runs THEN
        RETURN json_build_object('runs', answer, 'truncated', true);
    END IF;
    RETURN json_build_object('runs', answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_upstream_runs(text[], json) IS
    'GET /runlineage/upstream. Query: runId (required), depth (20, in runs). The run asked about first, then the runs its inputs came from, nearest first, each once, 10000 at most, then with "truncated": true. Hidden datasets and runs of hidden jobs are left out. Raises OL400 when runId is missing or depth negative, OL404 when runId is no UUID or unknown. From upstream_runs.';
