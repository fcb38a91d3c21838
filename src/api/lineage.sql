-- The lineage graph as Marquez draws it: datasets and jobs with the edges
-- between them.  The walk is openlineage.walk(); here its nodes get their
-- objects, steps become the job they belong to, and each node keeps those of
-- its edges whose other end is in the graph.
--
-- The graph is that of now, or of a time (as_of), or as a run saw it (runs: that
-- run and those upstream_runs() finds, nearest first); at most one is given.  What changes with them are the edges, the
-- inputs and outputs of jobs, the columns of datasets and the run of a job;
-- everything else is as it is now.

-- Edges are taken by arrays of ends: policies make the planner expect next to
-- no edge, and joined with the nodes it would read all edges against all nodes.
CREATE FUNCTION openlineage.lineage_links(ids int[], as_of timestamptz, runs uuid[]) RETURNS TABLE (src int, dst int)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_nestloop = off
    AS $$
DECLARE
    part_ids   int[];
    shown_ids  int[];
    job_parts  int[];
BEGIN
    IF runs IS NOT NULL THEN
        RETURN QUERY SELECT e.src, e.dst FROM openlineage.run_edges(runs) AS e WHERE e.src IS NOT NULL;
        RETURN;
    END IF;
    SELECT array_agg(p.id), array_agg(p.shown_id), array_agg(p.id) FILTER (WHERE p.is_job)
      INTO part_ids, shown_ids, job_parts
      FROM (SELECT n.id, n.id AS shown_id, n.kind = 'job' AS is_job FROM openlineage.node AS n WHERE n.id = ANY (ids)
            UNION ALL
            SELECT n.id, n.job_id, true FROM openlineage.node AS n WHERE n.job_id = ANY (ids)) AS p;
    RETURN QUERY
    WITH touching AS MATERIALIZED (
        SELECT e.src, e.dst FROM openlineage.edge AS e
         WHERE e.src = ANY (part_ids) AND e.kind <> 'control' AND (as_of IS NULL OR e.first_at <= as_of)
        UNION ALL
        SELECT e.src, e.dst FROM openlineage.edge AS e
         WHERE e.dst = ANY (job_parts) AND e.kind <> 'control' AND (as_of IS NULL OR e.first_at <= as_of)
        UNION ALL
        SELECT h.src, h.dst FROM openlineage.edge_history AS h
         WHERE as_of IS NOT NULL AND h.src = ANY (part_ids) AND h.kind <> 'control' AND h.valid @> as_of
        UNION ALL
        SELECT h.src, h.dst FROM openlineage.edge_history AS h
         WHERE as_of IS NOT NULL AND h.dst = ANY (job_parts) AND h.kind <> 'control' AND h.valid @> as_of
    ), member AS MATERIALIZED (
        SELECT m.id, m.shown_id, j.id IS NOT NULL AS is_job
          FROM unnest(part_ids, shown_ids) AS m (id, shown_id)
          LEFT JOIN unnest(job_parts) AS j (id) ON j.id = m.id
    )
    SELECT DISTINCT COALESCE(a.shown_id, t.src), COALESCE(b.shown_id, t.dst)
      FROM touching AS t
      LEFT JOIN member AS a ON a.id = t.src
      LEFT JOIN member AS b ON b.id = t.dst
     WHERE COALESCE(a.shown_id, t.src) <> COALESCE(b.shown_id, t.dst)
       AND (a.is_job OR b.is_job OR (a.id IS NOT NULL AND b.id IS NOT NULL));
END
$$;
COMMENT ON FUNCTION openlineage.lineage_links(int[], timestamptz, uuid[]) IS
    'The edges of these jobs, wherever they lead, and those among these datasets, steps shown as their job: of now, of a time, or all those that a run saw. From edge and edge_history, or run_edges.';

CREATE FUNCTION openlineage.node_labels(ids int[])
    RETURNS TABLE (node_id int, kind text, namespace text, name text, label text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    SELECT n.id, n.kind::text, s.name, n.name, n.kind || ':' || s.name || ':' || n.name
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = ANY (ids)
       AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = n.id);
END
$$;
COMMENT ON FUNCTION openlineage.node_labels(int[]) IS
    'The names of these jobs and datasets and their ids in the Marquez API, kind:NAMESPACE:NAME. No row for a hidden one.';

CREATE FUNCTION openlineage.lineage_edges(ids int[], as_of timestamptz, runs uuid[])
    RETURNS TABLE (
        node_id    int,
        in_edges   json,
        out_edges  json,
        inputs     json,          -- datasets the edges come from, in the graph or not
        outputs    json
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
DECLARE
    link_src  int[];
    link_dst  int[];
BEGIN
    SELECT array_agg(l.src), array_agg(l.dst)
      INTO link_src, link_dst
      FROM openlineage.lineage_links(ids, as_of, runs) AS l;
    RETURN QUERY
    WITH link AS MATERIALIZED (
        SELECT l.src, l.dst FROM unnest(link_src, link_dst) AS l (src, dst)
    ), label AS MATERIALIZED (
        SELECT n.node_id, n.kind, n.namespace, n.name, n.label, m.id IS NOT NULL AS is_member
          FROM openlineage.node_labels(ARRAY(SELECT l.src FROM link AS l UNION SELECT l.dst FROM link AS l)) AS n
          LEFT JOIN unnest(ids) AS m (id) ON m.id = n.node_id
    ), flow AS MATERIALIZED (
        SELECT o.node_id AS src, d.node_id AS dst, o.is_member AND d.is_member AS is_inside,
               o.label AS origin, d.label AS destination,
               CASE WHEN o.is_member AND d.is_member
                    THEN json_build_object('origin', o.label, 'destination', d.label) END AS edge,
               CASE WHEN o.kind = 'dataset' AND d.kind = 'job' AND d.is_member
                    THEN json_build_object('namespace', o.namespace, 'name', o.name) END AS input,
               CASE WHEN o.kind = 'job' AND d.kind = 'dataset' AND o.is_member
                    THEN json_build_object('namespace', d.namespace, 'name', d.name) END AS output
          FROM link AS l
          JOIN label AS o ON o.node_id = l.src
          JOIN label AS d ON d.node_id = l.dst
    ), incoming AS (
        SELECT f.dst AS id,
               json_agg(f.edge ORDER BY f.origin COLLATE "C") FILTER (WHERE f.is_inside) AS edges,
               json_agg(f.input ORDER BY f.origin COLLATE "C") FILTER (WHERE f.input IS NOT NULL) AS datasets
          FROM flow AS f
         GROUP BY f.dst
    ), outgoing AS (
        SELECT f.src AS id,
               json_agg(f.edge ORDER BY f.destination COLLATE "C") FILTER (WHERE f.is_inside) AS edges,
               json_agg(f.output ORDER BY f.destination COLLATE "C") FILTER (WHERE f.output IS NOT NULL) AS datasets
          FROM flow AS f
         GROUP BY f.src
    )
    SELECT COALESCE(i.id, o.id), i.edges, o.edges, i.datasets, o.datasets
      FROM incoming AS i
      FULL JOIN outgoing AS o ON o.id = i.id;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_edges(int[], timestamptz, uuid[]) IS
    'The edges among these jobs and datasets as JSON arrays per node, and the datasets that a job reads and writes; null for none. Hidden nodes are left out. From lineage_links.';

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
                  FROM openlineage.run_io AS o
                 WHERE o.run_id = runs[1] AND o.io = 'output') AS v
         WHERE v.dataset_id = ANY (ids)
         ORDER BY v.dataset_id, v.ordinal;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_versions(int[], timestamptz, uuid[]) IS
    'The version of these datasets at a time; or the one that the first of these runs wrote, else read, else that the next of them read. No row when neither is asked for.';

CREATE FUNCTION openlineage.lineage_jobs(ids int[], runs uuid[])
    RETURNS TABLE (
        node_id        int,
        type           text,
        simple_name    text,
        parent_name    text,
        parent_uuid    uuid,
        created_at     text,
        updated_at     text,
        location       text,
        description    text,
        latest_run_id  uuid,
        latest_run     json
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    WITH job AS MATERIALIZED (
        SELECT j.node_id, j.type, n.name, p.name AS parent_name, ps.name AS parent_namespace,
               j.created_at, COALESCE(a.updated_at, j.created_at) AS updated_at, j.location, j.description,
               COALESCE(s.run_id, a.latest_run_id) AS run_id
          FROM openlineage.job AS j
          JOIN openlineage.node AS n ON n.id = j.node_id
          LEFT JOIN openlineage.job_activity AS a ON a.node_id = j.node_id
          LEFT JOIN openlineage.node AS p ON p.id = j.parent_id
          LEFT JOIN openlineage.namespace AS ps ON ps.id = p.namespace_id
          LEFT JOIN openlineage.seen_runs(runs) AS s ON s.job_id = j.node_id
         WHERE j.node_id = ANY (ids)
    )
    SELECT j.node_id, j.type,
           CASE WHEN starts_with(j.name, j.parent_name || '.') THEN substr(j.name, length(j.parent_name) + 2) ELSE j.name END,
           j.parent_name, openlineage.version_uuid('job-id', j.parent_namespace, j.parent_name, openlineage.hash128('')),
           openlineage.iso_time(j.created_at), openlineage.iso_time(j.updated_at), j.location, j.description,
           j.run_id, r.object
      FROM job AS j
      LEFT JOIN openlineage.run_json(ARRAY(SELECT w.run_id FROM job AS w)) AS r ON r.run_id = j.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_jobs(int[], uuid[]) IS
    'What lineage nodes show of these jobs, without names and edges. Their run is the latest, or the first of the job among the given ones. From job, job_activity and what run_json reads.';

CREATE FUNCTION openlineage.lineage_data(ids int[], as_of timestamptz, runs uuid[]) RETURNS TABLE (node_id int, data json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    WITH version AS MATERIALIZED (
        SELECT v.* FROM openlineage.lineage_versions(ids, as_of, runs) AS v
    )
    SELECT d.node_id,
           json_build_object(
               'id', json_build_object('namespace', d.namespace, 'name', d.name),
               'type', d.type,
               'name', d.name,
               'physicalName', d.physical_name,
               'createdAt', d.created_at,
               'updatedAt', d.updated_at,
               'namespace', d.namespace,
               'sourceName', COALESCE(s.source_name, d.source_name),
               'fields', CASE WHEN s.schema_hash IS NULL THEN d.fields ELSE COALESCE(f.fields, '[]') END,
               'tags', d.tags,
               'lastModifiedAt', NULL,
               'description', d.description,
               'lastLifecycleState', COALESCE(s.lifecycle_state, d.lifecycle_state))
      FROM openlineage.dataset_parts(ids) AS d
      LEFT JOIN version AS v ON v.dataset_id = d.node_id
      LEFT JOIN openlineage.dataset_version AS s ON s.id = v.version_id
      LEFT JOIN openlineage.version_fields(ARRAY(SELECT w.version_id FROM version AS w)) AS f ON f.version_id = v.version_id;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_data(int[], timestamptz, uuid[]) IS
    'The data member of lineage nodes that are datasets; source, columns and lifecycle state as their version at the time, or of the run, told them. From what dataset_parts reads, dataset_version and dataset_schema.';

CREATE FUNCTION openlineage.lineage_graph(ids int[], as_of timestamptz DEFAULT NULL, runs uuid[] DEFAULT NULL) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN COALESCE(json_agg(json_build_object(
                                 'id', l.label,
                                 'type', upper(l.kind),
                                 'data', COALESCE(d.data, json_build_object(
                                     'id', json_build_object('namespace', l.namespace, 'name', l.name),
                                     'type', j.type,
                                     'name', l.name,
                                     'simpleName', j.simple_name,
                                     'parentJobName', j.parent_name,
                                     'parentJobUuid', j.parent_uuid,
                                     'currentRunUuid', j.latest_run_id,
                                     'createdAt', j.created_at,
                                     'updatedAt', j.updated_at,
                                     'namespace', l.namespace,
                                     'inputs', COALESCE(e.inputs, '[]'),
                                     'outputs', COALESCE(e.outputs, '[]'),
                                     'location', j.location,
                                     'description', j.description,
                                     'latestRun', j.latest_run)),
                                 'inEdges', COALESCE(e.in_edges, '[]'),
                                 'outEdges', COALESCE(e.out_edges, '[]'))
                             ORDER BY l.label COLLATE "C"),
                    '[]')
      FROM openlineage.node_labels(ids) AS l
      LEFT JOIN openlineage.lineage_jobs(ids, runs) AS j ON j.node_id = l.node_id
      LEFT JOIN openlineage.lineage_data(ids, as_of, runs) AS d ON d.node_id = l.node_id
      LEFT JOIN openlineage.lineage_edges(ids, as_of, runs) AS e ON e.node_id = l.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_graph(int[], timestamptz, uuid[]) IS
    'These jobs and datasets as an array of lineage nodes by id, with the edges among them; hidden ones are left out. Of now, of a time, or as a run saw it.';

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

CREATE FUNCTION openlineage.lineage_nodes(
        start      int,
        depth      int,           -- in edges
        direction  text,          -- as walk() has it
        max_nodes  int,
        as_of      timestamptz,
        run        uuid,
        OUT nodes      int[],     -- steps shown as their job, hidden ones left out
        OUT truncated  boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    -- walk() tells in a notice when it was cut; here that is "truncated".
    SET client_min_messages = warning
    AS $$
DECLARE
    walk_limit  int := max_nodes + 1;
    farthest    int;              -- distance of the last node that has a place
    walked      int;
    reached     int[];
    distances   int[];
BEGIN
    -- The limit of a walk counts steps and hidden nodes as well: when it was
    -- met before enough nodes to show were, walk on.
    LOOP
        SELECT count(*), array_agg(w.id ORDER BY w.distance), array_agg(w.distance ORDER BY w.distance)
          INTO walked, reached, distances
          FROM openlineage.walk(ARRAY[start], depth, direction, walk_limit, as_of => as_of, run => run) AS w;
        SELECT array_agg(s.id), (array_agg(s.distance ORDER BY s.distance))[max_nodes]
          INTO nodes, farthest
          FROM (SELECT COALESCE(n.job_id, n.id) AS id, min(r.distance) AS distance
                  FROM unnest(reached, distances) AS r (id, distance)
                  JOIN openlineage.node AS n ON n.id = r.id
                 WHERE NOT EXISTS (SELECT FROM openlineage.hidden_node AS h
                                    WHERE h.node_id = CASE WHEN n.job_id IS NULL THEN n.id ELSE n.job_id END)
                 GROUP BY 1) AS s;
        truncated := COALESCE(cardinality(nodes), 0) > max_nodes;
        EXIT WHEN truncated OR walked <= walk_limit;
        walk_limit := least(walk_limit::bigint * 4, 2147483646);
    END LOOP;
    IF NOT truncated THEN
        RETURN;
    END IF;
    -- Which of the farthest are shown is for their names to say, not for the
    -- order of their ids: so all of that distance are looked at.
    SELECT array_agg(s.id), array_agg(s.distance)
      INTO reached, distances
      FROM (SELECT COALESCE(n.job_id, n.id) AS id, min(w.distance) AS distance
              FROM openlineage.walk(ARRAY[start], least(depth, farthest), direction, 0, as_of => as_of, run => run) AS w
              JOIN openlineage.node AS n ON n.id = w.id
             GROUP BY 1) AS s;
    nodes := ARRAY(SELECT r.id
                     FROM unnest(reached, distances) AS r (id, distance)
                     JOIN openlineage.node_labels(reached) AS l ON l.node_id = r.id
                    ORDER BY r.distance, l.label COLLATE "C"
                    LIMIT max_nodes);
END
$$;
COMMENT ON FUNCTION openlineage.lineage_nodes(int, int, text, int, timestamptz, uuid) IS
    'The nodes of a walk that a graph shows, the start included: the max_nodes nearest, of those equally far the first by id in the Marquez API; truncated when there were more. From walk.';

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
    found      record;
BEGIN
    IF as_of IS NOT NULL AND run IS NOT NULL THEN
        RAISE EXCEPTION 'query params asOf and runId exclude each other' USING ERRCODE = 'OL400';
    ELSIF cardinality(directions) > 1 THEN
        RAISE EXCEPTION 'query param direction must be one of [UPSTREAM, DOWNSTREAM, BOTH]'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    found := openlineage.lineage_nodes(start, 2 * jobs_away + CASE WHEN is_job THEN 1 ELSE 2 END,
                                       CASE directions[1] WHEN 'UPSTREAM' THEN 'upstream' WHEN 'DOWNSTREAM' THEN 'downstream'
                                                          ELSE 'undirected' END,
                                       max_nodes, as_of, run);
    IF run IS NOT NULL THEN
        -- From its own job a run is seen as deep as is asked for; to another
        -- node of its graph the way may be longer.
        runs := ARRAY(SELECT u.run_id
                        FROM openlineage.upstream_runs(
                                 run, CASE WHEN EXISTS (SELECT FROM openlineage.run AS r WHERE r.id = run AND r.job_id = start)
                                           THEN jobs_away + 1 END, 100000) AS u);
    END IF;
    IF found.truncated OR cardinality(runs) >= 100000 THEN
        RETURN json_build_object('graph', openlineage.lineage_graph(found.nodes, as_of, runs), 'truncated', true);
    END IF;
    RETURN json_build_object('graph', openlineage.lineage_graph(found.nodes, as_of, runs));
END
$$;
COMMENT ON FUNCTION openlineage.api_lineage(text[], json) IS
    'GET /lineage. Query: nodeId (dataset:NAMESPACE:NAME or job:NAMESPACE:NAME; required unless runId is given, whose job is then the start), depth (20, in jobs), direction (UPSTREAM, DOWNSTREAM or BOTH: what is connected by edges in either direction; BOTH), maxNodes (10000, at most 10000: the nearest so many, and "truncated": true when there are more), asOf (a time: the edges that held then) or runId (the graph as that run saw it: what it read and wrote and, upstream, the runs those versions came from). An alias answers with the dataset it stands for; a hidden node is not shown but passed. Raises OL400 when nodeId is missing, depth negative, maxNodes below 1 or both asOf and runId are given, 22023 for another direction, 22007 when asOf is no time, OL404 when the node or run is unknown or of another kind. From edge, edge_history and run_io.';
