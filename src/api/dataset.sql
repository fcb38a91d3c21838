-- Datasets.
--
-- Ids may be those of aliases: an object then carries the name that was asked
-- for, and everything else of the dataset that stands behind it.

CREATE FUNCTION openlineage.field_tags(ids int[]) RETURNS TABLE (node_id int, field text, tags json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT t.node_id, t.field, json_agg(t.tag ORDER BY t.tag COLLATE "C")
      FROM openlineage.shown_tags(ids) AS t
     WHERE t.field <> ''
     GROUP BY t.node_id, t.field;
END
$$;
COMMENT ON FUNCTION openlineage.field_tags(int[]) IS
    'The tags of the columns of these datasets, as JSON arrays. No row for a column without tags.';

CREATE FUNCTION openlineage.dataset_fields(ids int[]) RETURNS TABLE (dataset_id int, fields json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH listed AS (
        SELECT f.node_id, t.list,
               sum(octet_length(t.list::text)) OVER (ORDER BY octet_length(t.list::text)) AS bytes
          FROM openlineage.facet AS f
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = f.namespace_id
           AND c.hash = f.content_hash
          LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = f.node_id
          LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
          -- The facet may be that of who read some columns only; the current version has those that were written.
          LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
         CROSS JOIN LATERAL (SELECT COALESCE(s.fields, c.body -> 'fields')) AS t (list)
         WHERE f.node_id = ANY (ids)
           AND f.run_id IS NULL
           AND f.io IS NULL
           AND f.name = 'schema'
           AND NOT f.is_deleted
    )
    SELECT l.node_id,
           json_agg(json_build_object(
                        'name', e.item ->> 'name',
                        'type', e.item ->> 'type',
                        'tags', COALESCE(t.tags, '[]'),
                        'description', e.item ->> 'description')
                    ORDER BY e.ordinal)
      FROM listed AS l
     CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(l.list) = 'array' THEN l.list END)
                        WITH ORDINALITY AS e (item, ordinal)
      LEFT JOIN openlineage.field_tags(ids) AS t ON t.node_id = l.node_id AND t.field = e.item ->> 'name'
     WHERE l.bytes <= openlineage.api_byte_budget()
       AND json_typeof(e.item -> 'name') = 'string'
       AND e.item ->> 'name' <> ''
     GROUP BY l.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_fields(int[]) IS
    'The columns of these datasets, those of the current version or, where that tells none, of the current schema facet; top level only, with their tags. No row for a dataset without columns, or whose facet is deleted.';

-- Rows are taken by arrays of ids and joined by hash: where the planner expects
-- next to no edge, as after an ANALYZE of empty tables, it read every column of
-- a dataset against every other.
CREATE FUNCTION openlineage.dataset_column_lineage(ids int[]) RETURNS TABLE (dataset_id int, columns json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    AS $$
DECLARE
    field_ids  int[];
    node_ids   int[];
BEGIN
    SELECT array_agg(e.src) || array_agg(DISTINCT e.dst), array_agg(DISTINCT e.owner_id)
      INTO field_ids, node_ids
      FROM openlineage.column_edge AS e
     WHERE e.dataset_id = ANY (ids);
    node_ids := node_ids || ARRAY(SELECT DISTINCT f.dataset_id FROM openlineage.dataset_field AS f WHERE f.id = ANY (field_ids));
    RETURN QUERY
    WITH field AS MATERIALIZED (
        SELECT f.id, f.dataset_id, f.name FROM openlineage.dataset_field AS f WHERE f.id = ANY (field_ids) AND f.name <> ''
    ), home AS MATERIALIZED (
        SELECT n.id, n.name, s.name AS namespace
          FROM openlineage.node AS n
          JOIN openlineage.namespace AS s ON s.id = n.namespace_id
         WHERE n.id = ANY (node_ids)
    ), flow AS (
        SELECT DISTINCT ON (e.dst, e.src)
               e.dst, e.src, e.transformations -> 0 ->> 'type' AS type, e.transformations -> 0 ->> 'description' AS description
          FROM openlineage.column_edge AS e
          JOIN home AS o ON o.id = e.owner_id
         WHERE e.dataset_id = ANY (ids)
         ORDER BY e.dst, e.src, e.explicit, o.namespace COLLATE "C", o.name COLLATE "C"
    ), target AS (
        SELECT d.dataset_id, d.name,
               json_agg(json_build_object(
                            'namespace', n.namespace,
                            'dataset', n.name,
                            'field', c.name,
                            'transformationDescription', f.description,
                            'transformationType', f.type)
                        ORDER BY n.namespace COLLATE "C", n.name COLLATE "C", c.name COLLATE "C") AS inputs,
               array_agg(ARRAY[f.description, f.type]
                         ORDER BY n.namespace COLLATE "C", n.name COLLATE "C", c.name COLLATE "C") AS told
          FROM flow AS f
          JOIN field AS d ON d.id = f.dst
          JOIN field AS c ON c.id = f.src
          JOIN home AS n ON n.id = c.dataset_id
         GROUP BY d.id, d.dataset_id, d.name
    )
    SELECT t.dataset_id,
           json_agg(json_build_object(
                        'name', t.name,
                        'inputFields', t.inputs,
                        'transformationDescription', t.told[1][1],
                        'transformationType', t.told[1][2])
                    ORDER BY t.name COLLATE "C")
      FROM target AS t
     GROUP BY t.dataset_id;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_column_lineage(int[]) IS
    'Which columns the columns of these datasets come from; what holds for every column of a dataset is left out, as in Marquez. No row for a dataset without any.';

CREATE FUNCTION openlineage.deleted_datasets(ids int[]) RETURNS SETOF int
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT d.node_id
      FROM openlineage.dataset AS d
     WHERE d.node_id = ANY (ids)
       AND d.dropped_at IS NOT NULL
       AND NOT EXISTS (SELECT
                         FROM openlineage.run_io_time AS i
                         LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
                        WHERE i.dataset_id = d.node_id
                          AND i.io = 'output'
                          AND i.last_at > d.dropped_at
                          AND v.lifecycle_state IS DISTINCT FROM 'DROP')
       -- Of a DatasetEvent or a PUT there is what it told of the dataset, of a JobEvent that it declared to write it.
       AND NOT EXISTS (SELECT
                         FROM openlineage.dataset_version AS v
                        WHERE v.dataset_id = d.node_id
                          AND v.last_write_at > d.dropped_at
                          AND v.lifecycle_state IS DISTINCT FROM 'DROP')
       AND NOT EXISTS (SELECT
                         FROM openlineage.job_version AS j
                        WHERE j.declared_at > d.dropped_at
                          AND (j.inputs || j.outputs) && ARRAY[d.node_id]
                          AND d.node_id = ANY (j.outputs));
END
$$;
COMMENT ON FUNCTION openlineage.deleted_datasets(int[]) IS
    'Those of these datasets that were dropped and not written since: by a run, a JobEvent that has them as output, a DatasetEvent that tells columns, lifecycle or version, or a PUT.';

CREATE FUNCTION openlineage.dataset_parts(ids int[])
    RETURNS TABLE (
        node_id          int,          -- as asked for
        dataset_id       int,          -- what it stands for
        type             text,         -- DB_TABLE or STREAM
        namespace        text,         -- of the name asked for
        name             text,         -- as asked for
        physical_name    text,         -- as PUT, else name of the dataset itself
        created_at       text,         -- as served
        updated_at       text,         -- as served
        source_name      text,
        fields           json,         -- [] for none
        tags             json,         -- [] for none
        lifecycle_state  text,         -- of the current version: empty when its event told none, null after a PUT
        description      text,
        current_version  uuid,
        schema_location  text          -- as PUT
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    datasets  int[] := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = ANY (ids));
BEGIN
    RETURN QUERY
    SELECT n.id, d.node_id,
           CASE WHEN upper(d.type) IN ('STREAM', 'TOPIC') THEN 'STREAM' ELSE 'DB_TABLE' END,
           s.name, n.name, COALESCE(v.physical_name, c.name),
           openlineage.iso_time(d.created_at),
           openlineage.iso_time(COALESCE(a.updated_at, d.created_at)),
           COALESCE(d.source_name, 'default'),
           COALESCE(f.fields, '[]'), COALESCE(t.tags, '[]'),
           COALESCE(CASE WHEN v.id IS NULL THEN d.lifecycle_state ELSE v.lifecycle_state END, CASE WHEN v.physical_name IS NULL THEN '' END), d.description,
           openlineage.version_uuid('dataset', cs.name, c.name, COALESCE(v.content_hash, openlineage.hash128(''))),
           v.schema_location
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      JOIN openlineage.node AS c ON c.id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
      JOIN openlineage.namespace AS cs ON cs.id = c.namespace_id
      JOIN openlineage.dataset AS d ON d.node_id = c.id
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = d.node_id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.dataset_fields(datasets) AS f ON f.dataset_id = d.node_id
      LEFT JOIN openlineage.node_tags(datasets) AS t ON t.node_id = d.node_id
     WHERE n.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_parts(int[]) IS
    'The common parts of these datasets or aliases.';

-- Only streams have a schemaLocation, before the last key; what
-- json_build_object() wrote ends in a known way.
CREATE FUNCTION openlineage.stream_json(object json, schema_location text) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (left(t.body, -length(t.ending)) || '"schemaLocation" : ' || COALESCE(to_json(schema_location)::text, 'null')
            || ', ' || t.ending)::json
      FROM (SELECT object::text, substring(object::text FROM '"deleted" : (?:true|false)\}$')) AS t (body, ending)
    $$;
COMMENT ON FUNCTION openlineage.stream_json(json, text) IS
    'The object of a dataset with the key that the Marquez API adds for type STREAM.';

CREATE FUNCTION openlineage.dataset_json(ids int[]) RETURNS TABLE (node_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    datasets  int[] := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = ANY (ids));
BEGIN
    RETURN QUERY
    SELECT p.node_id,
           CASE WHEN p.type = 'STREAM' THEN openlineage.stream_json(o.object, p.schema_location) ELSE o.object END
      FROM openlineage.dataset_parts(ids) AS p
      LEFT JOIN openlineage.dataset_column_lineage(datasets) AS l ON l.dataset_id = p.dataset_id
      LEFT JOIN openlineage.node_facets(datasets) AS f ON f.node_id = p.dataset_id
      LEFT JOIN openlineage.deleted_datasets(datasets) AS x (id) ON x.id = p.dataset_id
     CROSS JOIN LATERAL (SELECT json_build_object(
               'id', json_build_object('namespace', p.namespace, 'name', p.name),
               'type', p.type,
               'name', p.name,
               'physicalName', p.physical_name,
               'createdAt', p.created_at,
               'updatedAt', p.updated_at,
               'namespace', p.namespace,
               'sourceName', p.source_name,
               'fields', p.fields,
               'tags', p.tags,
               'lastModifiedAt', NULL,
               'lastLifecycleState', p.lifecycle_state,
               'description', p.description,
               'currentVersion', p.current_version,
               'columnLineage', l.columns,
               'facets', COALESCE(f.facets, '{}'),
               'deleted', x.id IS NOT NULL)) AS o (object);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_json(int[]) IS
    'These datasets or aliases as the Marquez API shows them. From dataset, dataset_activity, facet, tag_assignment, tag_statement and column_edge.';

-- By name; names have no length limit, so the order is that of node_list_idx:
-- their first 256 characters, then their hash.
CREATE FUNCTION openlineage.api_datasets(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    home       int := openlineage.api_namespace_id(path[1]);
    page       int[];
BEGIN
    page := ARRAY(SELECT n.id
                    FROM openlineage.node AS n
                   WHERE n.namespace_id = home
                     AND n.kind = 'dataset'
                     AND n.job_id IS NULL
                     AND n.canonical_id IS NULL
                     AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = n.id)
                   ORDER BY left(n.name, 256) COLLATE "C", n.name_hash
                   LIMIT max_rows OFFSET skip_rows);
    RETURN json_build_object(
               'totalCount', openlineage.entity_total('dataset', ARRAY[home]),
               'datasets', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.node_id)), '[]')
                              FROM openlineage.dataset_json(page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.api_datasets(text[], json) IS
    'GET /namespaces/{namespace}/datasets. Query: limit (100, at most 1000), offset (0). By name, aliases left out. Raises OL404 when the namespace is unknown, OL400 and OL404 for bad numbers. From node and entity_count.';

CREATE FUNCTION openlineage.api_dataset_id(namespace text, name text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home      int := openlineage.api_namespace_id(namespace);
    found_id  int;
BEGIN
    SELECT n.id INTO found_id
      FROM openlineage.node AS n
      JOIN openlineage.dataset AS d ON d.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
     WHERE n.namespace_id = home
       AND n.kind = 'dataset'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(api_dataset_id.name)
       AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = d.node_id);
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'Dataset ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset_id(text, text) IS
    'The node of this name, which may be an alias. Raises OL404 when the namespace or the dataset is unknown or hidden, or stands for one that the caller may not see.';

CREATE FUNCTION openlineage.api_dataset(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.api_dataset_id(path[1], path[2]);
BEGIN
    RETURN o.object
      FROM openlineage.dataset_json(ARRAY[wanted]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset(text[], json) IS
    'GET /namespaces/{namespace}/datasets/{dataset}, also by an alias. Raises OL404 when the namespace or the dataset is unknown. From dataset.';
