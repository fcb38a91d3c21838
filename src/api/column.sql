-- Column lineage as Marquez draws it.  Which columns are in the graph is for
-- openlineage.walk_columns() to say; here they get their objects.

CREATE FUNCTION openlineage.merge_transformations(told json[]) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT COALESCE(json_agg(d.item ORDER BY d.ordinal), '[]')
      FROM (SELECT DISTINCT ON (i.item::text) i.item, row_number() OVER (ORDER BY t.ordinal, i.ordinal) AS ordinal
              FROM unnest(told) WITH ORDINALITY AS t (list, ordinal)
             CROSS JOIN LATERAL json_array_elements(t.list) WITH ORDINALITY AS i (item, ordinal)
             ORDER BY i.item::text, t.ordinal, i.ordinal) AS d
    $$;
COMMENT ON FUNCTION openlineage.merge_transformations(json[]) IS
    'The entries of these arrays of transformations one after the other, each once.';

-- A row of dataset_field stays when its column left the schema or its last edge
-- went, and was never made where the events came in another order.
CREATE FUNCTION openlineage.live_columns(ids int[]) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN ARRAY(SELECT f.id
                   FROM openlineage.dataset_field AS f
                  WHERE f.id = ANY (ids)
                    AND (f.ordinal IS NOT NULL OR f.name = ''
                         -- As scalars they are looked up in the index for each column, whatever the planner expects.
                         OR (SELECT true FROM openlineage.column_edge AS e WHERE e.src = f.id LIMIT 1)
                         OR (SELECT true FROM openlineage.column_edge AS e WHERE e.dst = f.id LIMIT 1)));
END
$$;
COMMENT ON FUNCTION openlineage.live_columns(int[]) IS
    'Those of these columns that the current schema of their dataset has or that an edge names, and those that stand for a whole dataset.';

-- The column without a name stands for every column of its dataset, so that
-- one edge of a whole dataset is one edge of each column shown of it.  Where
-- both ends are whole datasets, that would be all pairs of their columns, which
-- nobody told: such an edge leads the walk on and is not drawn.
CREATE FUNCTION openlineage.column_links(ids int[])
    RETURNS TABLE (
        src              int,          -- dataset_field the value comes from
        dst              int,          -- dataset_field it goes to
        transformations  json          -- array of {type, subtype, description, masking}
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    -- Edges by arrays of their ends: policies make the planner expect next to no edge, and joined with nodes
    -- it would read all edges against all nodes.
    SET enable_nestloop = off
    AS $$
DECLARE
    shown_ids  int[];
    sets       int[];
    part_ids   int[];
    part_sets  int[];
BEGIN
    SELECT array_agg(f.id), array_agg(f.dataset_id)
      INTO shown_ids, sets
      FROM openlineage.dataset_field AS f
     WHERE f.id = ANY (ids);
    SELECT array_agg(p.id), array_agg(p.whole_of)
      INTO part_ids, part_sets
      FROM (SELECT s.id, NULL::int AS whole_of FROM unnest(shown_ids) AS s (id)
            UNION ALL
            SELECT f.id, f.dataset_id
              FROM openlineage.dataset_field AS f
             WHERE f.dataset_id = ANY (sets) AND f.name_hash = openlineage.hash128('') AND f.id <> ALL (shown_ids)) AS p;
    RETURN QUERY
    WITH shown AS MATERIALIZED (
        SELECT s.id, s.dataset_id FROM unnest(shown_ids, sets) AS s (id, dataset_id)
    ), part AS MATERIALIZED (
        SELECT p.id, p.whole_of FROM unnest(part_ids, part_sets) AS p (id, whole_of)
    ), leaving AS MATERIALIZED (
        SELECT e.src, e.dst, e.transformations, e.explicit, e.owner_id
          FROM openlineage.column_edge AS e
         WHERE e.src = ANY (part_ids)
    ), told AS MATERIALIZED (
        SELECT e.src, a.whole_of AS src_of, e.dst, b.whole_of AS dst_of, e.transformations, e.explicit, e.owner_id
          FROM leaving AS e
          JOIN part AS a ON a.id = e.src
          JOIN part AS b ON b.id = e.dst
         WHERE a.whole_of IS NULL OR b.whole_of IS NULL
    ), link AS (
        SELECT t.src, t.dst, false AS is_whole, t.transformations, t.explicit, t.owner_id
          FROM told AS t WHERE t.src_of IS NULL AND t.dst_of IS NULL
        UNION ALL
        SELECT t.src, s.id, true, t.transformations, t.explicit, t.owner_id
          FROM told AS t JOIN shown AS s ON s.dataset_id = t.dst_of
        UNION ALL
        SELECT s.id, t.dst, true, t.transformations, t.explicit, t.owner_id
          FROM told AS t JOIN shown AS s ON s.dataset_id = t.src_of
    ), owner AS MATERIALIZED (
        SELECT o.id, row_number() OVER (ORDER BY s.name COLLATE "C", o.name COLLATE "C") AS ordinal
          FROM openlineage.node AS o
          JOIN openlineage.namespace AS s ON s.id = o.namespace_id
         WHERE o.id = ANY (ARRAY(SELECT DISTINCT t.owner_id FROM told AS t))
    )
    SELECT l.src, l.dst,
           CASE WHEN count(*) = 1 THEN (array_agg(l.transformations))[1]
                ELSE openlineage.merge_transformations(
                         array_agg(l.transformations ORDER BY l.is_whole, l.explicit, o.ordinal, l.transformations::text COLLATE "C")) END
      FROM link AS l
      JOIN owner AS o ON o.id = l.owner_id
     -- A column is made from itself only where a facet says so of that column.
     WHERE l.src <> l.dst OR NOT l.is_whole
     GROUP BY l.src, l.dst;
END
$$;
COMMENT ON FUNCTION openlineage.column_links(int[]) IS
    'The edges among these columns, one for each pair, with what all who told of it say: of the column itself before that of its whole dataset. From column_edge.';

CREATE FUNCTION openlineage.column_labels(ids int[], with_version boolean)
    RETURNS TABLE (
        id         int,
        namespace  text,
        dataset    text,
        field      text,
        type       text,
        version    uuid,         -- the current one of the dataset
        label      text          -- id in the Marquez API
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
BEGIN
    RETURN QUERY
    WITH field AS MATERIALIZED (
        SELECT f.id, f.dataset_id, f.name, f.type
          FROM openlineage.dataset_field AS f
         WHERE f.id = ANY (ids)
           AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = f.dataset_id)
    ), dataset AS MATERIALIZED (
        SELECT n.id, s.name AS namespace, n.name,
               openlineage.version_uuid('dataset', s.name, n.name, COALESCE(v.content_hash, openlineage.hash128(''))) AS version
          FROM (SELECT DISTINCT f.dataset_id FROM field AS f) AS d
          JOIN openlineage.node AS n ON n.id = d.dataset_id
          JOIN openlineage.namespace AS s ON s.id = n.namespace_id
          LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = n.id
          LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
    )
    SELECT f.id, d.namespace, d.name, f.name, f.type, d.version,
           'datasetField:' || d.namespace || ':' || d.name || ':' || f.name
           || CASE WHEN with_version THEN '#' || d.version ELSE '' END
      FROM field AS f
      JOIN dataset AS d ON d.id = f.dataset_id;
END
$$;
COMMENT ON FUNCTION openlineage.column_labels(int[], boolean) IS
    'The names of these columns and their ids in the Marquez API, datasetField:NAMESPACE:NAME:FIELD, with #VERSION behind when that is asked for. No row for a column of a hidden dataset.';

CREATE FUNCTION openlineage.column_graph(ids int[], with_version boolean DEFAULT false) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
DECLARE
    link_src   int[];
    link_dst   int[];
    link_told  json[];
BEGIN
    SELECT array_agg(l.src), array_agg(l.dst), array_agg(l.transformations)
      INTO link_src, link_dst, link_told
      FROM openlineage.column_links(ids) AS l;
    RETURN (
    WITH shown AS MATERIALIZED (
        SELECT c.* FROM openlineage.column_labels(ids, with_version) AS c
    ), link AS MATERIALIZED (
        SELECT i.id AS src, o.id AS dst, i.label AS src_label, o.label AS dst_label,
               i.namespace, i.dataset, i.field, i.version, l.transformations,
               json_build_object('origin', o.label, 'destination', i.label) AS in_edge,
               json_build_object('origin', i.label, 'destination', o.label) AS out_edge
          FROM unnest(link_src, link_dst, link_told) AS l (src, dst, transformations)
          JOIN shown AS i ON i.id = l.src
          JOIN shown AS o ON o.id = l.dst
    ), incoming AS (
        SELECT l.dst AS id,
               json_agg(json_build_object(
                            'namespace', l.namespace,
                            'dataset', l.dataset,
                            'datasetVersion', l.version,
                            'field', l.field,
                            'transformationDescription', l.transformations -> 0 ->> 'description',
                            'transformationType', l.transformations -> 0 ->> 'type',
                            'transformations', l.transformations) ORDER BY l.src_label COLLATE "C") AS fields,
               json_agg(l.in_edge ORDER BY l.src_label COLLATE "C") AS edges
          FROM link AS l
         GROUP BY l.dst
    ), outgoing AS (
        SELECT l.src AS id, json_agg(l.out_edge ORDER BY l.dst_label COLLATE "C") AS edges
          FROM link AS l
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
                                     'transformations', COALESCE(i.fields -> 0 -> 'transformations', '[]'),
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
COMMENT ON FUNCTION openlineage.column_graph(int[], boolean) IS
    'These columns as an array of column lineage nodes by id, those without any edge among them left out. As in Marquez inEdges lead from a node to its inputs, and a node has the transformations of its first input.';

CREATE FUNCTION openlineage.columns_of(node_id int, version uuid) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    is_job    boolean;
    label     text[];
    datasets  int[] := ARRAY[node_id];
    told      bigint;
    fields    text[];
BEGIN
    SELECT n.kind = 'job', ARRAY[s.name, n.name] INTO is_job, label
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = node_id;
    IF is_job THEN
        datasets := ARRAY(SELECT DISTINCT e.dst
                            FROM openlineage.edge AS e
                           WHERE e.src = ANY (node_id || ARRAY(SELECT n.id FROM openlineage.node AS n WHERE n.job_id = node_id))
                             AND e.kind <> 'control');
        IF version IS NOT NULL AND NOT EXISTS (
               SELECT FROM openlineage.job_version_list(node_id) AS v
                WHERE openlineage.version_uuid('job', label[1], label[2], v.content_hash) = version) THEN
            RETURN NULL;
        END IF;
    ELSIF version IS NOT NULL AND openlineage.version_uuid('dataset', label[1], label[2], openlineage.hash128('')) <> version THEN
        SELECT v.id INTO told
          FROM openlineage.dataset_version AS v
         WHERE v.dataset_id = node_id
           AND openlineage.version_uuid('dataset', label[1], label[2], v.content_hash) = version;
        IF told IS NULL THEN
            RETURN NULL;
        END IF;
        SELECT array_agg(i.item ->> 'name') INTO fields
          FROM openlineage.version_fields(ARRAY[told]) AS f
         CROSS JOIN LATERAL json_array_elements(f.fields) AS i (item);
    END IF;
    RETURN openlineage.live_columns(ARRAY(
               SELECT f.id
                 FROM openlineage.dataset_field AS f
                WHERE f.dataset_id = ANY (datasets)
                  AND (fields IS NULL OR f.name = ANY (fields) OR split_part(f.name, '.', 1) = ANY (fields))));
END
$$;
COMMENT ON FUNCTION openlineage.columns_of(int, uuid) IS
    'The columns of a dataset, or of all that a job writes; with a version of the dataset, those it was told with and what is nested in them. Null when the dataset or job has no such version.';

CREATE FUNCTION openlineage.api_column_start(query json, OUT columns int[], OUT version uuid)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted    text := openlineage.api_text(query, 'nodeId');
    found_id  int;
BEGIN
    version := openlineage.lenient_version(wanted);
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param nodeId must not be null' USING ERRCODE = 'OL400';
    ELSIF wanted ~ '^(dataset|job):.*:.' THEN
        found_id := openlineage.resolve_node(wanted);
        -- A name may end like a version.
        version := (SELECT api_column_start.version FROM openlineage.node AS n
                     WHERE n.id = found_id AND openlineage.lenient_version(n.name) IS DISTINCT FROM api_column_start.version);
        columns := openlineage.columns_of(found_id, version);
    ELSIF wanted ~ '^datasetField:.*:.*:.' THEN
        found_id := (openlineage.live_columns(ARRAY[openlineage.resolve_column(wanted)]))[1];
        version := (SELECT api_column_start.version FROM openlineage.dataset_field AS f
                     WHERE f.id = found_id AND openlineage.lenient_version(f.name) IS DISTINCT FROM api_column_start.version);
        IF version IS NULL OR found_id = ANY (openlineage.columns_of(
               (SELECT f.dataset_id FROM openlineage.dataset_field AS f WHERE f.id = found_id), version)) THEN
            columns := ARRAY[found_id];
        END IF;
    ELSIF wanted !~ '^run:.' THEN
        RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
    END IF;
    IF found_id IS NULL OR columns IS NULL THEN
        RAISE EXCEPTION 'Could not find node' USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_column_start(json) IS
    'The columns that the query parameter nodeId names, and the version it carries. Raises OL400 when it is missing, OL404 when it names nothing known.';

-- Marquez always shows the edges of the columns asked about, at depth 0 too.
CREATE FUNCTION openlineage.api_column_lineage(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    -- walk_columns() tells in a notice when it was cut; here that is "truncated".
    SET client_min_messages = warning
    AS $$
DECLARE
    most       CONSTANT int := 100000;
    start      record := openlineage.api_column_start(query);
    depth      int := greatest(openlineage.api_number(query, 'depth', 20), 1);
    max_nodes  int := openlineage.api_max_nodes(query);
    direction  text := CASE WHEN lower(openlineage.api_text(query, 'withDownstream')) = 'true'
                            THEN 'both' ELSE 'upstream' END;
    reached    int[];
    distances  int[];
    truncated  boolean;
    graph      json;
BEGIN
    SELECT array_agg(w.id), array_agg(w.distance)
      INTO reached, distances
      FROM openlineage.walk_columns(start.columns, depth, direction, most) AS w;
    truncated := cardinality(reached) > most;
    SELECT array_agg(r.id), array_agg(r.distance)
      INTO reached, distances
      FROM unnest(reached, distances) AS r (id, distance)
      JOIN unnest(openlineage.live_columns(reached)) AS l (id) ON l.id = r.id;
    IF cardinality(reached) > max_nodes THEN
        SELECT array_agg(n.id) FILTER (WHERE n.ordinal <= max_nodes), count(*) > max_nodes OR truncated
          INTO reached, truncated
          FROM (SELECT r.id, row_number() OVER (ORDER BY r.distance, l.label COLLATE "C") AS ordinal
                  FROM unnest(reached, distances) AS r (id, distance)
                  JOIN openlineage.column_labels(reached, false) AS l ON l.id = r.id) AS n;
    END IF;
    graph := openlineage.column_graph(reached, start.version IS NOT NULL);
    IF truncated THEN
        RETURN json_build_object('graph', graph, 'truncated', true);
    END IF;
    RETURN json_build_object('graph', graph);
END
$$;
COMMENT ON FUNCTION openlineage.api_column_lineage(text[], json) IS
    'GET /column-lineage. Query: nodeId (required: a dataset, a datasetField, or a job for the columns it writes; with #VERSION the columns of that version, and ids that carry the current versions), depth (20, in edges), withDownstream (false), maxNodes (10000, at most 10000: the nearest so many, and "truncated": true when there are more). Edges are those of now: columns have no past. Raises OL400 when nodeId is missing, depth negative or maxNodes below 1, OL404 when the node or its version is unknown. From column_edge.';
