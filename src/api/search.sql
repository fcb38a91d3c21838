-- Search by name.

CREATE FUNCTION openlineage.search_names(wanted text, kinds text[], home text)
    RETURNS TABLE (type text, namespace text, name text, updated_at timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    pattern  text := '%' || regexp_replace(wanted, '([\\%_])', '\\\1', 'g') || '%';
BEGIN
    RETURN QUERY
    SELECT upper(n.kind::text), s.name, n.name, COALESCE(j.updated_at, d.updated_at)
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.job_activity AS j ON j.node_id = COALESCE(n.canonical_id, n.id)
      LEFT JOIN openlineage.dataset_activity AS d ON d.node_id = COALESCE(n.canonical_id, n.id)
     WHERE n.job_id IS NULL
       AND n.name ILIKE pattern
       AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = COALESCE(n.canonical_id, n.id))
       AND (kinds IS NULL OR upper(n.kind::text) = ANY (kinds))
       AND (home IS NULL OR s.name_hash = openlineage.hash128(home))
       AND COALESCE(j.updated_at, d.updated_at) IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.search_names(text, text[], text) IS
    'The jobs, datasets and aliases whose name contains a text, in either case; of all kinds and namespaces where these are null.';

CREATE FUNCTION openlineage.api_search(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted     text := openlineage.api_text(query, 'q');
    kinds      text[] := openlineage.api_choice(query, 'filter', '{JOB,DATASET}');
    by_time    boolean := openlineage.api_choice(query, 'sort', '{NAME,UPDATE_AT}') = '{UPDATE_AT}';
    max_rows   int := openlineage.api_limit(query, 10);
    home       text := openlineage.api_text(query, 'namespace');
    before     timestamptz := openlineage.api_date(query, 'before');
    after      timestamptz := openlineage.api_date(query, 'after');
    answer     json;
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param q must not be blank' USING ERRCODE = 'OL400';
    END IF;
    SELECT json_build_object(
               'results', COALESCE(json_agg(json_build_object(
                                                'type', r.type,
                                                'name', r.name,
                                                'updatedAt', openlineage.iso_time(r.updated_at),
                                                'namespace', r.namespace,
                                                'nodeId', lower(r.type) || ':' || r.namespace || ':' || r.name)
                                            ORDER BY r.ordinal),
                                   '[]'),
               'totalCount', count(*))
      INTO answer
      FROM (SELECT h.*, row_number() OVER (ORDER BY CASE WHEN by_time THEN h.updated_at END DESC,
                                                    h.name COLLATE "C", h.namespace COLLATE "C", h.type) AS ordinal
              FROM openlineage.search_names(wanted, kinds, home) AS h
             WHERE (before IS NULL OR h.updated_at < before)
               AND (after IS NULL OR h.updated_at >= after)
             ORDER BY ordinal
             LIMIT max_rows) AS r;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION openlineage.api_search(text[], json) IS
    'GET /search. Query: q (required), filter (JOB, DATASET), sort (NAME, or UPDATE_AT: latest first), limit (10, at most 1000), namespace, before and after (YYYY-MM-DD, of the last update). Raises OL400 when q is blank or a date is none, 22023 for an unknown filter or sort, OL404 when limit is no integer. From node, job_activity and dataset_activity.';
