-- Sources.
--
-- Marquez knows a source by its name alone; here events tell of them per
-- namespace.  The sources of one name that the caller may see are shown as
-- one: what PUT said of the name, else what the latest event of them says.

CREATE FUNCTION openlineage.source_type(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE u.scheme WHEN 'POSTGRES' THEN 'POSTGRESQL' ELSE COALESCE(u.scheme, 'OTHER') END
      FROM (SELECT upper(substring(url FROM '^(?:jdbc:)?([A-Za-z][A-Za-z0-9+.-]{0,63}):'))) AS u (scheme)
    $$;
COMMENT ON FUNCTION openlineage.source_type(text) IS
    'The kind of store by the scheme of its URL, in upper case; OTHER when it has none. For sources that only events told of.';

CREATE FUNCTION openlineage.source_json(hashes uuid[]) RETURNS TABLE (name_hash uuid, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT s.name_hash, min(s.name) AS name, min(s.created_at) AS created_at, max(s.event_time) AS updated_at,
               (array_agg(s.connection_url ORDER BY s.event_time DESC, s.event_hash DESC, s.connection_url DESC))[1] AS url
          FROM openlineage.source AS s
         WHERE s.name_hash = ANY (hashes)
         GROUP BY s.name_hash
    ), fallback AS (
        -- What datasets without a dataSource facet are in.
        SELECT openlineage.hash128('default') AS name_hash, 'default' AS name, min(n.created_at) AS created_at
          FROM openlineage.namespace AS n
         WHERE openlineage.hash128('default') = ANY (hashes)
           AND EXISTS (SELECT FROM openlineage.dataset)
        HAVING count(*) > 0
    )
    SELECT k.hash,
           json_build_object(
               'type', COALESCE(d.type, openlineage.source_type(t.url)),
               'name', COALESCE(d.name, t.name, f.name),
               'createdAt', openlineage.iso_time(LEAST(d.created_at, COALESCE(t.created_at, f.created_at))),
               'updatedAt', openlineage.iso_time(GREATEST(d.updated_at, COALESCE(t.updated_at, f.created_at))),
               'connectionUrl', COALESCE(d.connection_url, t.url, ''),
               'description', d.description)
      FROM unnest(hashes) AS k (hash)
      LEFT JOIN openlineage.source_definition AS d ON d.name_hash = k.hash
      LEFT JOIN told AS t ON t.name_hash = k.hash
      LEFT JOIN fallback AS f ON f.name_hash = k.hash
     WHERE COALESCE(d.name, t.name, f.name) IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.source_json(uuid[]) IS
    'The sources with these hashes of their name, as the Marquez API shows them; default exists as soon as there is a dataset. From source and source_definition.';

-- Each part is cut at the page before they are merged: an index serves its order.
CREATE FUNCTION openlineage.api_sources(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    seen_rows  bigint := max_rows::bigint + skip_rows;
    page       uuid[];
BEGIN
    page := ARRAY(
        SELECT k.hash
          FROM ((SELECT DISTINCT left(s.name, 256) COLLATE "C" AS head, s.name_hash AS hash
                   FROM openlineage.source AS s
                  ORDER BY 1, 2
                  LIMIT seen_rows)
                UNION
                (SELECT left(d.name, 256) COLLATE "C", d.name_hash
                   FROM openlineage.source_definition AS d
                  ORDER BY 1, 2
                  LIMIT seen_rows)
                UNION
                SELECT 'default' COLLATE "C", openlineage.hash128('default')
                 WHERE EXISTS (SELECT FROM openlineage.dataset)) AS k
         ORDER BY k.head, k.hash
         LIMIT max_rows OFFSET skip_rows);
    RETURN json_build_object(
               'sources', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.name_hash)), '[]')
                             FROM openlineage.source_json(page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.api_sources(text[], json) IS
    'GET /sources. Query: limit (100, at most 1000), offset (0). By name, each once. Raises OL400 and OL404 for bad numbers. From source and source_definition.';

CREATE FUNCTION openlineage.api_source(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json;
BEGIN
    SELECT o.object INTO answer
      FROM openlineage.source_json(ARRAY[openlineage.hash128(path[1])]) AS o;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Source ''%'' not found.', path[1] USING ERRCODE = 'OL404';
    END IF;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION openlineage.api_source(text[], json) IS
    'GET /sources/{source}. Raises OL404 when it is unknown. From source and source_definition.';

CREATE FUNCTION openlineage.api_put_source(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given  json := openlineage.api_body(body);
BEGIN
    PERFORM openlineage.change('put_source', NULL,
                               json_build_object('name', path[1],
                                                 'type', openlineage.api_required_text(given, 'type'),
                                                 'connectionUrl', openlineage.api_required_text(given, 'connectionUrl'),
                                                 'description', openlineage.api_body_text(given, 'description')));
    RETURN openlineage.api_ok(openlineage.api_source(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_source(text[], json, text) IS
    'PUT /sources/{source}. Body: type and connectionUrl (required), description. Replaces what an earlier PUT said; counts before what events say. Raises OL422 without type or connectionUrl, 22032 and 22023 for a bad body, 42501 for who is no administrator once row-level security is enforced.';
REVOKE ALL ON FUNCTION openlineage.api_put_source(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_source(text[], json, text) TO openlineage_writer;
