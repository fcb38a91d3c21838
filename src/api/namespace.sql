-- Namespaces and tags.

CREATE FUNCTION openlineage.namespace_json(n openlineage.namespace) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object(
               'name', n.name,
               'createdAt', openlineage.iso_time(n.created_at),
               'updatedAt', openlineage.iso_time(n.updated_at),
               'ownerName', n.owner_name,
               'description', n.description,
               'isHidden', n.is_hidden)
    $$;
COMMENT ON FUNCTION openlineage.namespace_json(openlineage.namespace) IS
    'A namespace as the Marquez API shows it.';

CREATE FUNCTION openlineage.api_namespaces(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
BEGIN
    RETURN json_build_object('namespaces', COALESCE(json_agg(openlineage.namespace_json(p.n)
                                                             ORDER BY left((p.n).name, 256) COLLATE "C", (p.n).name_hash),
                                                    '[]'))
      FROM (SELECT n
              FROM openlineage.namespace AS n
             ORDER BY left(n.name, 256) COLLATE "C", n.name_hash
             LIMIT max_rows OFFSET skip_rows) AS p (n);
END
$$;
COMMENT ON FUNCTION openlineage.api_namespaces(text[], json) IS
    'GET /namespaces. Query: limit (100, at most 1000), offset (0). By name. Raises OL400 and OL404 for bad numbers. From namespace.';

CREATE FUNCTION openlineage.api_namespace(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int := openlineage.api_namespace_id(path[1]);
BEGIN
    RETURN openlineage.namespace_json(n)
      FROM openlineage.namespace AS n
     WHERE n.id = found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_namespace(text[], json) IS
    'GET /namespaces/{namespace}. Raises OL404 when it is unknown. From namespace.';

-- From one tag to the next in the index: the cost is that of the tags, not of what is tagged.
CREATE FUNCTION openlineage.tags_in_use() RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE used (tag_key) AS (
        (SELECT a.tag_key FROM openlineage.tag_assignment AS a ORDER BY a.tag_key LIMIT 1)
        UNION ALL
        SELECT n.tag_key
          FROM used AS u
         CROSS JOIN LATERAL (SELECT a.tag_key
                               FROM openlineage.tag_assignment AS a
                              WHERE a.tag_key > u.tag_key
                              ORDER BY a.tag_key
                              LIMIT 1) AS n
    )
    SELECT u.tag_key::text FROM used AS u WHERE length(u.tag_key) < 256
    UNION
    SELECT a.tag
      FROM used AS u
      JOIN openlineage.tag_assignment AS a ON a.tag_key = u.tag_key
     WHERE length(u.tag_key) = 256;
END
$$;
COMMENT ON FUNCTION openlineage.tags_in_use() IS 'Every tag that a tags facet puts on something, once.';

CREATE FUNCTION openlineage.api_tags(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
BEGIN
    RETURN json_build_object('tags', COALESCE(json_agg(json_build_object('name', p.name, 'description', p.description)
                                                       ORDER BY p.name COLLATE "C"),
                                              '[]'))
      FROM (SELECT k.name, t.description
              FROM (SELECT v.name FROM openlineage.tag AS v
                    UNION
                    SELECT u.tag FROM openlineage.tags_in_use() AS u (tag)
                    UNION
                    SELECT s.tag FROM openlineage.tag_statement AS s WHERE s.is_set) AS k (name)
              LEFT JOIN openlineage.tag AS t ON t.name_hash = openlineage.hash128(k.name)
             ORDER BY k.name COLLATE "C"
             LIMIT max_rows OFFSET skip_rows) AS p;
END
$$;
COMMENT ON FUNCTION openlineage.api_tags(text[], json) IS
    'GET /tags. Query: limit (100, at most 1000), offset (0). By name: the vocabulary and what is in use. Raises OL400 and OL404 for bad numbers. From tag, tag_assignment and tag_statement.';
