-- The lineage graph as Marquez draws it: datasets and jobs with the edges
-- between them.  The walk and the answer are made in C (api/lineage.c); here is
-- what is asked, and which runs and versions a question about the past means.
--
-- The graph is that of now, or of a time (as_of), or as a run saw it (runs: that
-- run and those upstream_runs() finds, nearest first); at most one is given.  What changes with them are the edges, the
-- inputs and outputs of jobs, the columns of datasets and the run of a job;
-- everything else is as it is now.

CREATE FUNCTION openlineage.seen_runs(runs uuid[]) RETURNS TABLE (job_id int, run_id uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (r.job_id) r.job_id, r.id
      FROM unnest(runs) WITH ORDINALITY AS u (id, ordinal)
      JOIN openlineage.run AS r ON r.id = u.id
     ORDER BY r.job_id, u.ordinal;
END
$$;
COMMENT ON FUNCTION openlineage.seen_runs(uuid[]) IS
    'The first run of each job among these.';

CREATE FUNCTION openlineage.lineage_versions(ids int[], as_of timestamptz, runs uuid[]) RETURNS TABLE (dataset_id int, version_id bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF as_of IS NOT NULL THEN
        RETURN QUERY
        SELECT d.node_id, openlineage.dataset_version_at(d.node_id, as_of)
          FROM openlineage.dataset AS d
         WHERE d.node_id = ANY (ids);
    ELSIF runs IS NOT NULL THEN
        RETURN QUERY
        SELECT DISTINCT ON (v.dataset_id) v.dataset_id, v.version_id
          FROM (SELECT i.dataset_id, i.version_id, u.ordinal
                  FROM openlineage.run_inputs(runs) AS i
                  JOIN unnest(runs) WITH ORDINALITY AS u (id, ordinal) ON u.id = i.run_id
                UNION ALL
                SELECT o.dataset_id, COALESCE(o.version_id, openlineage.dataset_version_at(o.dataset_id, o.last_at)), 0
                  FROM openlineage.run_io_time AS o
                 WHERE o.run_id = runs[1] AND o.io = 'output') AS v
         WHERE v.dataset_id = ANY (ids)
         ORDER BY v.dataset_id, v.ordinal;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_versions(int[], timestamptz, uuid[]) IS
    'The version of these datasets at a time; or the one that the first of these runs wrote, else read, else that the next of them read. No row when neither is asked for.';

CREATE FUNCTION openlineage.api_max_nodes(query json) RETURNS int
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_nodes  int := least(openlineage.api_number(query, 'maxNodes', 10000), 10000);
BEGIN
    IF max_nodes = 0 THEN
        RAISE EXCEPTION 'query param maxNodes must be greater than or equal to 1' USING ERRCODE = 'OL400';
    END IF;
    RETURN max_nodes;
END
$$;
COMMENT ON FUNCTION openlineage.api_max_nodes(json) IS
    'How many nodes a graph has at most: the query parameter maxNodes, 10000 unless it is given, a larger one is taken as 10000. Raises what api_number does, and OL400 when it is 0.';

CREATE FUNCTION openlineage.lenient_version(node_id text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT substring(right(node_id, 37) FROM '^#([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$')::uuid
    $$;
COMMENT ON FUNCTION openlineage.lenient_version(text) IS
    'The version at the end of a node id; null when it has none.';

CREATE FUNCTION openlineage.api_lineage_start(query json, run uuid) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted    text := openlineage.api_text(query, 'nodeId');
    found_id  int;
    kind      text;
BEGIN
    IF run IS NOT NULL THEN
        SELECT r.job_id INTO found_id FROM openlineage.run AS r WHERE r.id = run;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Run ''%'' not found.', run USING ERRCODE = 'OL404';
        ELSIF wanted IS NULL THEN
            RETURN found_id;
        END IF;
    END IF;
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param nodeId must not be null' USING ERRCODE = 'OL400';
    ELSIF wanted ~ '^(run|datasetField):.' THEN
        RAISE EXCEPTION 'Node ''%'' must be of type dataset or job!', wanted USING ERRCODE = 'OL404';
    ELSIF wanted !~ '^(dataset|job):.+:.' THEN
        RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
    END IF;
    found_id := openlineage.resolve_node(wanted);
    IF found_id IS NULL THEN
        kind := CASE WHEN starts_with(wanted, 'job:') THEN 'Job' ELSE 'Dataset' END;
        RAISE EXCEPTION '% ''%'' not found.', kind, regexp_replace(wanted, '^.*:(?!//|[0-9])', '')
            USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_lineage_start(json, uuid) IS
    'The node that the query parameter nodeId names, else the job of the run. Raises OL400 when both are missing, OL404 when nodeId names neither a dataset nor a job or an unknown one, or the run is unknown.';

CREATE FUNCTION openlineage.lineage_graph(
        start      int,
        depth      int,           -- in edges, null for all
        direction  text,          -- as walk() has it
        max_nodes  int,
        as_of      timestamptz,   -- null for now
        run        uuid,          -- or as this run saw it
        runs       uuid[],        -- that run and those upstream_runs() finds, nearest first
        runs_cut   boolean)       -- there were more of them
    RETURNS json
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage_graph';
COMMENT ON FUNCTION openlineage.lineage_graph(int, int, text, int, timestamptz, uuid, uuid[], boolean) IS
    'The answer of GET /lineage: {graph: the nodes of a walk, the start included, by their ids in the API, with the edges among them}, hidden nodes left out and steps shown as their job. The max_nodes nearest, of those equally far the first by id, and "truncated": true when there were more or runs_cut is true. Raises 22004 for a null where there must be a value, 22023 for a direction that is none or less than one node. From walk, and what nodes show from job, job_activity, dataset, dataset_activity, facet, shown_tags, edge, edge_history, run_edges and what run_json reads.';

-- Marquez counts depth in jobs, and at depth 0 shows a job with its own
-- datasets: 2 x depth + 1 edges from a job.  From a dataset it takes one of
-- its jobs as the start, so that everything within one edge more is enough.
CREATE FUNCTION openlineage.api_lineage(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    -- The planner overrates the joins of arrays, and compiling costs more than they do.
    SET jit = off
    AS $$
DECLARE
    run_param  text := openlineage.api_text(query, 'runId');
    run        uuid := CASE WHEN run_param IS NOT NULL THEN openlineage.api_uuid(run_param) END;
    start      int := openlineage.api_lineage_start(query, run);
    as_of      timestamptz := openlineage.api_time(query, 'asOf', NULL);
    directions text[] := openlineage.api_choice(query, 'direction', '{UPSTREAM, DOWNSTREAM, BOTH}');
    jobs_away  int := least(openlineage.api_number(query, 'depth', 20), 1000000);
    max_nodes  int := openlineage.api_max_nodes(query);
    is_job     boolean := (SELECT n.kind = 'job' FROM openlineage.node AS n WHERE n.id = start);
    runs       uuid[];
BEGIN
    IF as_of IS NOT NULL AND run IS NOT NULL THEN
        RAISE EXCEPTION 'query params asOf and runId exclude each other' USING ERRCODE = 'OL400';
    ELSIF cardinality(directions) > 1 THEN
        RAISE EXCEPTION 'query param direction must be one of [UPSTREAM, DOWNSTREAM, BOTH]'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF run IS NOT NULL THEN
        -- From its own job a run is seen as deep as is asked for; to another
        -- node of its graph the way may be longer.
        runs := ARRAY(SELECT u.run_id
                        FROM openlineage.upstream_runs(
                                 run, CASE WHEN EXISTS (SELECT FROM openlineage.run AS r WHERE r.id = run AND r.job_id = start)
                                           THEN jobs_away + 1 END, 100000) AS u);
    END IF;
    RETURN openlineage.lineage_graph(start, 2 * jobs_away + CASE WHEN is_job THEN 1 ELSE 2 END,
                                     CASE directions[1] WHEN 'UPSTREAM' THEN 'upstream' WHEN 'DOWNSTREAM' THEN 'downstream'
                                                        ELSE 'undirected' END,
                                     max_nodes, as_of, run, runs, COALESCE(cardinality(runs) >= 100000, false));
END
$$;
COMMENT ON FUNCTION openlineage.api_lineage(text[], json) IS
    'GET /lineage. Query: nodeId (dataset:NAMESPACE:NAME or job:NAMESPACE:NAME; required unless runId is given, whose job is then the start), depth (20, in jobs), direction (UPSTREAM, DOWNSTREAM or BOTH: what is connected by edges in either direction; BOTH), maxNodes (10000, at most 10000: the nearest so many, and "truncated": true when there are more), asOf (a time: the edges that held then) or runId (the graph as that run saw it: what it read and wrote and, upstream, the runs those versions came from). An alias answers with the dataset it stands for; a hidden node is not shown but passed. Raises OL400 when nodeId is missing, depth negative, maxNodes below 1 or both asOf and runId are given, 22023 for another direction, 22007 when asOf is no time, OL404 when the node or run is unknown or of another kind. From edge, edge_history and run_io.';
