-- The lineage graph as Marquez draws it: datasets and jobs with the edges
-- between them.  The walk is openlineage.walk(); here its nodes get their
-- objects, steps become the job they belong to, and each node keeps those of
-- its edges whose other end is in the graph.

CREATE FUNCTION openlineage.lineage_data(ids int[]) RETURNS TABLE (node_id int, data json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH part AS MATERIALIZED (
        SELECT p.* FROM openlineage.job_parts(ids) AS p
    )
    SELECT p.job_id,
           json_build_object(
               'id', json_build_object('namespace', p.namespace, 'name', p.name),
               'type', p.type,
               'name', p.name,
               'simpleName', p.simple_name,
               'parentJobName', p.parent_name,
               'parentJobUuid', p.parent_uuid,
               'currentRunUuid', p.latest_run_id,
               'createdAt', p.created_at,
               'updatedAt', p.updated_at,
               'namespace', p.namespace,
               'inputs', p.inputs,
               'outputs', p.outputs,
               'location', p.location,
               'description', p.description,
               'latestRun', r.object)
      FROM part AS p
      LEFT JOIN openlineage.run_json(ARRAY(SELECT w.latest_run_id FROM part AS w)) AS r ON r.run_id = p.latest_run_id
    UNION ALL
    SELECT d.node_id,
           json_build_object(
               'id', json_build_object('namespace', d.namespace, 'name', d.name),
               'type', d.type,
               'name', d.name,
               'physicalName', d.physical_name,
               'createdAt', d.created_at,
               'updatedAt', d.updated_at,
               'namespace', d.namespace,
               'sourceName', d.source_name,
               'fields', d.fields,
               'tags', d.tags,
               'lastModifiedAt', NULL,
               'description', d.description,
               'lastLifecycleState', d.lifecycle_state)
      FROM openlineage.dataset_parts(ids) AS d;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_data(int[]) IS
    'The data member of lineage nodes: of these jobs and datasets. From what job_parts and dataset_parts read, and run.';

CREATE FUNCTION openlineage.node_labels(ids int[]) RETURNS TABLE (node_id int, kind text, label text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT n.id, n.kind::text, n.kind || ':' || s.name || ':' || n.name
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.node_labels(int[]) IS
    'The ids of the Marquez API for these jobs and datasets: kind:NAMESPACE:NAME.';

-- The number of nodes decides the plan, so this one is not kept.
CREATE FUNCTION openlineage.lineage_edges(ids int[]) RETURNS TABLE (node_id int, in_edges json, out_edges json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    WITH member AS MATERIALIZED (
        SELECT n.id, COALESCE(n.job_id, n.id) AS shown_id FROM openlineage.node AS n WHERE n.id = ANY (ids)
        UNION ALL
        SELECT n.id, n.job_id FROM openlineage.node AS n WHERE n.job_id = ANY (ids)
    ), link AS MATERIALIZED (
        SELECT DISTINCT a.shown_id AS src, b.shown_id AS dst
          FROM member AS a
          JOIN openlineage.edge AS e ON e.src = a.id AND e.kind <> 'control'
          JOIN member AS b ON b.id = e.dst
         WHERE a.shown_id <> b.shown_id
    ), labelled AS MATERIALIZED (
        SELECT l.src, l.dst, o.label AS origin, d.label AS destination
          FROM link AS l
          JOIN openlineage.node_labels(ids) AS o ON o.node_id = l.src
          JOIN openlineage.node_labels(ids) AS d ON d.node_id = l.dst
    ), side AS (
        SELECT l.dst AS id, true AS is_in, l.origin, l.destination FROM labelled AS l
        UNION ALL
        SELECT l.src, false, l.origin, l.destination FROM labelled AS l
    )
    SELECT s.id,
           json_agg(json_build_object('origin', s.origin, 'destination', s.destination)
                    ORDER BY s.origin COLLATE "C") FILTER (WHERE s.is_in),
           json_agg(json_build_object('origin', s.origin, 'destination', s.destination)
                    ORDER BY s.destination COLLATE "C") FILTER (WHERE NOT s.is_in)
      FROM side AS s
     GROUP BY s.id;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_edges(int[]) IS
    'The edges among these jobs and datasets, steps shown as their job, as JSON arrays per node; null for none. From edge and node.';

CREATE FUNCTION openlineage.lineage_graph(ids int[]) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN COALESCE(json_agg(json_build_object(
                                 'id', l.label,
                                 'type', upper(l.kind),
                                 'data', d.data,
                                 'inEdges', COALESCE(e.in_edges, '[]'),
                                 'outEdges', COALESCE(e.out_edges, '[]'))
                             ORDER BY l.label COLLATE "C"),
                    '[]')
      FROM openlineage.node_labels(ids) AS l
      JOIN openlineage.lineage_data(ids) AS d ON d.node_id = l.node_id
      LEFT JOIN openlineage.lineage_edges(ids) AS e ON e.node_id = l.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.lineage_graph(int[]) IS
    'These jobs and datasets as an array of lineage nodes by id, with the edges among them.';

CREATE FUNCTION openlineage.api_lineage_start(query json) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted    text := openlineage.api_text(query, 'nodeId');
    found_id  int;
    kind      text;
BEGIN
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
COMMENT ON FUNCTION openlineage.api_lineage_start(json) IS
    'The node that the query parameter nodeId names. Raises OL400 when it is missing, OL404 when it names neither a dataset nor a job or an unknown one.';

-- Marquez counts depth in jobs, and at depth 0 shows a job with its own
-- datasets: 2 x depth + 1 edges from a job.  From a dataset it takes one of
-- its jobs as the start, so that everything within one edge more is enough.
CREATE FUNCTION openlineage.api_lineage(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_nodes  CONSTANT int := 10000;
    start      int := openlineage.api_lineage_start(query);
    jobs_away  int := least(openlineage.api_number(query, 'depth', 20), 1000000);
    is_job     boolean := (SELECT n.kind = 'job' FROM openlineage.node AS n WHERE n.id = start);
    found      int[];
    nodes      int[];
BEGIN
    found := ARRAY(SELECT w.id
                     FROM openlineage.walk(ARRAY[start], 2 * jobs_away + CASE WHEN is_job THEN 1 ELSE 2 END,
                                           'undirected', max_nodes + 1) AS w
                    ORDER BY w.distance, w.id);
    nodes := ARRAY(SELECT start
                   UNION
                   SELECT COALESCE(n.job_id, n.id)
                     FROM openlineage.node AS n
                    WHERE n.id = ANY (found[:max_nodes]));
    IF cardinality(found) > max_nodes THEN
        RETURN json_build_object('graph', openlineage.lineage_graph(nodes), 'truncated', true);
    END IF;
    RETURN json_build_object('graph', openlineage.lineage_graph(nodes));
END
$$;
COMMENT ON FUNCTION openlineage.api_lineage(text[], json) IS
    'GET /lineage. Query: nodeId (required, dataset:NAMESPACE:NAME or job:NAMESPACE:NAME), depth (20, in jobs). What is connected by edges in either direction, the 10000 nearest nodes at most, then with "truncated": true; an alias answers with the dataset it stands for. Raises OL400 when nodeId is missing or depth negative, OL404 when the node is unknown or of another kind. From edge.';
