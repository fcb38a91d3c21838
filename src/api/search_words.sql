-- Search of Marquez' v2beta: names, columns, descriptions, SQL, source code,
-- tags and whatever else stands in the facets of jobs and datasets.

CREATE FUNCTION openlineage.search_mark(value text, wanted text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT regexp_replace(substr(value, greatest(m.at - 60, 1), 200), '(' || m.pattern || ')', '<em>\1</em>', 'gi')
      FROM (SELECT p.pattern, regexp_instr(value, p.pattern, 1, 1, 0, 'i') AS at
              FROM (SELECT string_agg(regexp_replace(w.word, '([^[:alnum:]])', '\\\1', 'g'), '[^[:alnum:]]+' ORDER BY w.ordinal)
                      FROM regexp_split_to_table(openlineage.spaced_words(left(wanted, 1000)), ' +') WITH ORDINALITY AS w (word, ordinal)
                     WHERE w.word <> '' AND w.ordinal <= 16) AS p (pattern)) AS m
     WHERE m.at > 0
    $$;
COMMENT ON FUNCTION openlineage.search_mark(text, text) IS
    'The part of a text around the words that were wanted, these between <em> and </em>; null when they are not in it.';

CREATE FUNCTION openlineage.search_highlights(ids int[], wanted text) RETURNS TABLE (node_id int, highlights json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    query  tsquery := openlineage.search_query(wanted);
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT n.id, 'name' AS path, n.name AS value FROM openlineage.node AS n WHERE n.id = ANY (ids)
        UNION ALL
        SELECT f.node_id, 'facets.' || t.path, t.value
          FROM openlineage.search_facet AS w
          JOIN openlineage.facet AS f ON f.id = w.facet_id AND f.content_hash = w.content_hash AND NOT f.is_deleted
          JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
         CROSS JOIN LATERAL openlineage.facet_strings(f.name, openlineage.redact(c.body)) AS t
         WHERE w.node_id = ANY (ids)
           AND w.words @@ query
           AND octet_length(c.body::text) <= 100000
    ), marked AS (
        SELECT t.id, t.path, m.part, row_number() OVER (PARTITION BY t.id, t.path ORDER BY m.part COLLATE "C") AS ordinal
          FROM told AS t
         CROSS JOIN LATERAL openlineage.search_mark(t.value, wanted) AS m (part)
         WHERE m.part IS NOT NULL
         GROUP BY t.id, t.path, m.part
    )
    SELECT p.id, json_object_agg(p.path, p.parts ORDER BY p.path COLLATE "C")
      FROM (SELECT m.id, m.path, json_agg(m.part ORDER BY m.ordinal) AS parts
              FROM marked AS m
             WHERE m.ordinal <= 5
             GROUP BY m.id, m.path) AS p
     GROUP BY p.id;
END
$$;
COMMENT ON FUNCTION openlineage.search_highlights(int[], text) IS
    'Where these nodes have the wanted words: an object of arrays of at most five parts by path. No row for a node that has them nowhere, or in facets of more than 100,000 bytes only.';

CREATE FUNCTION openlineage.event_type(state text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE state WHEN 'COMPLETED' THEN 'COMPLETE' WHEN 'FAILED' THEN 'FAIL' WHEN 'ABORTED' THEN 'ABORT'
                      WHEN 'RUNNING' THEN 'RUNNING' WHEN 'NEW' THEN 'OTHER' END
    $$;
COMMENT ON FUNCTION openlineage.event_type(text) IS 'The eventType that leads to a state of a run.';

CREATE FUNCTION openlineage.job_hits(ids int[]) RETURNS TABLE (node_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT n.id,
           json_build_object(
               'run_id', a.latest_run_id,
               'name', n.name,
               'namespace', s.name,
               'eventType', openlineage.event_type(a.latest_state),
               'type', j.type,
               'facets', COALESCE(f.facets, '{}'),
               'runFacets', COALESCE(r.facets, '{}'))
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      JOIN openlineage.job AS j ON j.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
      LEFT JOIN openlineage.job_activity AS a ON a.node_id = j.node_id
      LEFT JOIN openlineage.node_facets(ids) AS f ON f.node_id = j.node_id
      LEFT JOIN openlineage.run_facets(ARRAY(SELECT l.latest_run_id FROM openlineage.job_activity AS l WHERE l.node_id = ANY (ids))) AS r
        ON r.run_id = a.latest_run_id
     WHERE n.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.job_hits(int[]) IS 'These jobs as v2beta search shows them.';

CREATE FUNCTION openlineage.dataset_hits(ids int[]) RETURNS TABLE (node_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    datasets  int[] := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = ANY (ids));
BEGIN
    RETURN QUERY
    SELECT n.id,
           json_build_object(
               'run_id', v.created_by_run,
               'name', n.name,
               'namespace', s.name,
               'eventType', openlineage.event_type(r.state::text),
               'facets', COALESCE(f.facets, '{}'))
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.run AS r ON r.id = v.created_by_run
      LEFT JOIN openlineage.node_facets(datasets) AS f ON f.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
     WHERE n.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_hits(int[]) IS
    'These datasets or aliases as v2beta search shows them; run_id is the run that made the current version.';

-- A facet has the words of all that it names, and not everybody may hear of that.
CREATE FUNCTION openlineage.has_words(node_id int, wanted text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    query  tsquery := openlineage.search_query(wanted);
BEGIN
    RETURN EXISTS (SELECT FROM openlineage.node AS n
                    WHERE n.id = has_words.node_id
                      AND n.name ILIKE '%' || regexp_replace(wanted, '([\\%_])', '\\\1', 'g') || '%')
        OR EXISTS (SELECT
                     FROM openlineage.search_facet AS w
                     JOIN openlineage.facet AS f ON f.id = w.facet_id AND f.content_hash = w.content_hash AND NOT f.is_deleted
                     JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
                    CROSS JOIN LATERAL (SELECT openlineage.redact(c.body) OFFSET 0) AS r (body)
                    WHERE w.node_id = has_words.node_id
                      AND w.words @@ query
                      AND (r.body::text = c.body::text OR openlineage.facet_words(f.name, r.body) @@ query));
END
$$;
COMMENT ON FUNCTION openlineage.has_words(int, text) IS
    'Whether this node has a text in its name, or the words of it in what the caller may read of a facet.';

CREATE FUNCTION openlineage.search_page(query json, kind text) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted    text := openlineage.api_text(query, 'q');
    max_rows  int := least(openlineage.api_number(query, 'limit', 10), 100);
    asked     int := max_rows;
    page      int[];
    kept      int[];
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param q must not be blank' USING ERRCODE = 'OL400';
    END IF;
    LOOP
        page := openlineage.search('words', json_build_object('q', wanted, 'kind', kind, 'by_time', false, 'limit', asked));
        EXIT WHEN openlineage.access_open() OR openlineage.sees_all();
        kept := ARRAY(SELECT p.id
                        FROM unnest(page) WITH ORDINALITY AS p (id, ordinal)
                       WHERE openlineage.has_words(p.id, wanted)
                       ORDER BY p.ordinal
                       LIMIT max_rows);
        EXIT WHEN cardinality(kept) = max_rows OR cardinality(page) < asked;
        asked := 4 * asked;
    END LOOP;
    RETURN COALESCE(kept, page);
END
$$;
COMMENT ON FUNCTION openlineage.search_page(json, text) IS 'The ids of one answer of v2beta search.';

CREATE FUNCTION openlineage.api_search_jobs(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    page  int[] := openlineage.search_page(query, 'job');
BEGIN
    RETURN json_build_object(
               'hits', COALESCE(json_agg(h.object ORDER BY array_position(page, h.node_id)), '[]'),
               'highlights', COALESCE(json_agg(COALESCE(m.highlights, '{}') ORDER BY array_position(page, h.node_id)), '[]'))
      FROM openlineage.job_hits(page) AS h
      LEFT JOIN openlineage.search_highlights(page, openlineage.api_text(query, 'q')) AS m ON m.node_id = h.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_search_jobs(text[], json) IS
    'GET /api/v2beta/search/jobs. Query: q (required), limit (10, at most 100). Jobs with q in their name first, then those with its words, the last as a beginning, one after the other in a facet; each by name. Raises OL400 when q is blank, OL400 and OL404 for a bad limit. From node, search_facet, facet and job_activity.';

CREATE FUNCTION openlineage.api_search_datasets(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    page  int[] := openlineage.search_page(query, 'dataset');
BEGIN
    RETURN json_build_object(
               'hits', COALESCE(json_agg(h.object ORDER BY array_position(page, h.node_id)), '[]'),
               'highlights', COALESCE(json_agg(COALESCE(m.highlights, '{}') ORDER BY array_position(page, h.node_id)), '[]'))
      FROM openlineage.dataset_hits(page) AS h
      LEFT JOIN openlineage.search_highlights(page, openlineage.api_text(query, 'q')) AS m ON m.node_id = h.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_search_datasets(text[], json) IS
    'GET /api/v2beta/search/datasets. Query, order and errors as GET /api/v2beta/search/jobs. From node, search_facet, facet and dataset_version.';
