-- Column lineage as Marquez draws it.  Which columns are in the graph is for
-- openlineage.column_lineage() to say; here they get their objects.

CREATE FUNCTION openlineage.column_links(ids int[])
    RETURNS TABLE (
        src              int,          -- dataset_field the value comes from
        dst              int,          -- dataset_field it goes to
        transformations  json          -- array of {type, subtype, description, masking}
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    WITH shown AS MATERIALIZED (
        SELECT f.id, f.dataset_id FROM openlineage.dataset_field AS f WHERE f.id = ANY (ids)
    ), member AS MATERIALIZED (
        SELECT c.id AS part_id, c.id, false AS is_whole FROM shown AS c
        UNION ALL
        SELECT w.id, c.id, true
          FROM shown AS c
          JOIN openlineage.dataset_field AS w
            ON w.dataset_id = c.dataset_id AND w.name_hash = openlineage.hash128('') AND w.id <> c.id
    )
    SELECT DISTINCT ON (a.id, b.id) a.id, b.id, e.transformations
      FROM member AS a
      JOIN openlineage.column_edge AS e ON e.src = a.part_id
      JOIN member AS b ON b.part_id = e.dst AND NOT (a.is_whole AND b.is_whole)
      JOIN openlineage.node AS o ON o.id = e.owner_id
      JOIN openlineage.namespace AS s ON s.id = o.namespace_id
     WHERE a.id <> b.id
     ORDER BY a.id, b.id, b.is_whole, e.explicit, s.name COLLATE "C", o.name COLLATE "C";
END
$$;
COMMENT ON FUNCTION openlineage.column_links(int[]) IS
    'The edges among these columns, one for each pair: that of the column itself before that of its whole dataset. From column_edge.';

CREATE FUNCTION openlineage.column_graph(ids int[]) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN (
    WITH shown AS MATERIALIZED (
        SELECT f.id, f.name AS field, f.type, n.name AS dataset, s.name AS namespace,
               'datasetField:' || s.name || ':' || n.name || ':' || f.name AS label,
               openlineage.version_uuid('dataset', s.name, n.name,
                                        COALESCE(v.content_hash, openlineage.hash128(''))) AS version
          FROM openlineage.dataset_field AS f
          JOIN openlineage.node AS n ON n.id = f.dataset_id
          JOIN openlineage.namespace AS s ON s.id = n.namespace_id
          LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = f.dataset_id
          LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
         WHERE f.id = ANY (ids)
    ), link AS MATERIALIZED (
        SELECT l.* FROM openlineage.column_links(ids) AS l
    ), incoming AS (
        SELECT l.dst AS id,
               json_agg(json_build_object(
                            'namespace', i.namespace,
                            'dataset', i.dataset,
                            'datasetVersion', i.version,
                            'field', i.field,
                            'transformationDescription', l.transformations -> 0 ->> 'description',
                            'transformationType', l.transformations -> 0 ->> 'type',
                            'transformations', l.transformations) ORDER BY i.label COLLATE "C") AS fields,
               json_agg(json_build_object('origin', o.label, 'destination', i.label) ORDER BY i.label COLLATE "C") AS edges
          FROM link AS l
          JOIN shown AS i ON i.id = l.src
          JOIN shown AS o ON o.id = l.dst
         GROUP BY l.dst
    ), outgoing AS (
        SELECT l.src AS id,
               json_agg(json_build_object('origin', o.label, 'destination', u.label) ORDER BY u.label COLLATE "C") AS edges
          FROM link AS l
          JOIN shown AS o ON o.id = l.src
          JOIN shown AS u ON u.id = l.dst
         GROUP BY l.src
    )
    SELECT COALESCE(json_agg(json_build_object(
                                 'id', c.label,
                                 'type', 'DATASET_FIELD',
                                 'data', json_build_object(
                                     'namespace', c.namespace,
                                     'dataset', c.dataset,
                                     'datasetVersion', c.version,
                                     'field', c.field,
                                     'fieldType', COALESCE(c.type, ''),
                                     'transformationDescription', i.fields -> 0 ->> 'transformationDescription',
                                     'transformationType', i.fields -> 0 ->> 'transformationType',
                                     'inputFields', COALESCE(i.fields, '[]')),
                                 'inEdges', COALESCE(i.edges, '[]'),
                                 'outEdges', COALESCE(u.edges, '[]'))
                             ORDER BY c.label COLLATE "C"),
                    '[]')
      FROM shown AS c
      LEFT JOIN incoming AS i ON i.id = c.id
      LEFT JOIN outgoing AS u ON u.id = c.id
     WHERE i.id IS NOT NULL OR u.id IS NOT NULL);
END
$$;
COMMENT ON FUNCTION openlineage.column_graph(int[]) IS
    'These columns as an array of column lineage nodes by id, those without any edge among them left out. As in Marquez inEdges lead from a node to its inputs.';

CREATE FUNCTION openlineage.api_column_lineage(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted     text := openlineage.api_text(query, 'nodeId');
    max_depth  int := openlineage.api_number(query, 'depth', 20);
    direction  text := CASE WHEN lower(openlineage.api_text(query, 'withDownstream')) = 'true'
                            THEN 'both' ELSE 'upstream' END;
    found_id   int;
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param nodeId must not be null' USING ERRCODE = 'OL400';
    ELSIF wanted ~ '^(dataset|job):.+:.' THEN
        found_id := openlineage.resolve_node(wanted);
    ELSIF wanted ~ '^datasetField:.+:.+:.' THEN
        found_id := openlineage.resolve_column(wanted);
    ELSIF wanted !~ '^run:.' THEN
        RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
    END IF;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'Could not find node' USING ERRCODE = 'OL404';
    END IF;
    RETURN json_build_object('graph', openlineage.column_graph(ARRAY(
               SELECT f.id
                 FROM openlineage.column_lineage(wanted, max_depth, direction) AS c
                 JOIN openlineage.namespace AS s ON s.name_hash = openlineage.hash128(c.namespace)
                 JOIN openlineage.node AS n
                   ON n.namespace_id = s.id AND n.kind = 'dataset' AND n.job_id IS NULL
                  AND n.name_hash = openlineage.hash128(c.name)
                 JOIN openlineage.dataset_field AS f
                   ON f.dataset_id = n.id AND f.name_hash = openlineage.hash128(c.field))));
END
$$;
COMMENT ON FUNCTION openlineage.api_column_lineage(text[], json) IS
    'GET /column-lineage. Query: nodeId (required: a dataset, a datasetField, or a job for the columns it writes), depth (20, in edges), withDownstream (false). Raises OL400 when nodeId is missing or depth negative, OL404 when the node is unknown. From column_edge.';
