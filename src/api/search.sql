-- Search by name, and by the words of facets.
--
-- Ids come from openlineage.search(), which finds them in trusted state and in
-- namespaces the caller may read only; what is shown is read by the caller.
-- Either search walks along a few hundred names first: what is common fills the
-- page there.  What does not is looked up in an index of grams or words, which
-- costs what it finds.  Sorted by time the walk goes along the times.

CREATE FUNCTION openlineage.search_rank(ids int[], arguments json, everything boolean, visible int[]) RETURNS int[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT array_agg(r.id ORDER BY r.ordinal)
      FROM (SELECT n.id, row_number() OVER (ORDER BY CASE WHEN (arguments ->> 'by_time')::boolean THEN t.updated_at END DESC,
                                                     left(n.name, 256) COLLATE "C", n.name_hash, s.name COLLATE "C", n.kind) AS ordinal
              FROM unnest(ids) AS k (id)
              JOIN openlineage.node AS n ON n.id = k.id
              JOIN openlineage.namespace AS s ON s.id = n.namespace_id
              LEFT JOIN openlineage.job_activity AS j ON j.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
              LEFT JOIN openlineage.dataset_activity AS d ON d.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
             CROSS JOIN LATERAL (SELECT COALESCE(j.updated_at, d.updated_at)) AS t (updated_at)
             WHERE n.job_id IS NULL
               -- Of an alias the dataset that it stands for, too: its times would tell of it.
               AND (everything OR n.namespace_id = ANY (visible) AND COALESCE(j.namespace_id, d.namespace_id) = ANY (visible))
               AND (arguments ->> 'kind' IS NULL OR n.kind::text = arguments ->> 'kind')
               AND (arguments ->> 'home' IS NULL OR n.namespace_id = (arguments ->> 'home')::int)
               AND (arguments ->> 'after' IS NULL OR t.updated_at >= (arguments ->> 'after')::timestamptz)
               AND (arguments ->> 'before' IS NULL OR t.updated_at < (arguments ->> 'before')::timestamptz)
               AND t.updated_at IS NOT NULL
               AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END)
             ORDER BY ordinal
             LIMIT (arguments ->> 'limit')::int) AS r
    $$;
COMMENT ON FUNCTION openlineage.search_rank(int[], json, boolean, int[]) IS
    'Part of search: those of these nodes that the arguments (kind, home, after, before, by_time, limit) and the readable namespaces leave, in order.';
REVOKE ALL ON FUNCTION openlineage.search_rank(int[], json, boolean, int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.search_walk(arguments json, step int) RETURNS TABLE (id int, name text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 200
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT w.id, w.name
      FROM unnest(CASE WHEN arguments ->> 'kind' IS NULL THEN '{job,dataset}' ELSE ARRAY[arguments ->> 'kind'] END::openlineage.node_kind[]) AS k (kind)
     CROSS JOIN LATERAL (SELECT n.id, n.name, n.name_hash
                           FROM openlineage.node AS n
                          WHERE n.kind = k.kind
                            AND n.job_id IS NULL
                          ORDER BY left(n.name, 256) COLLATE "C", n.name_hash
                          FETCH FIRST (step) ROWS WITH TIES) AS w
     ORDER BY left(w.name, 256) COLLATE "C", w.name_hash
     FETCH FIRST (step) ROWS WITH TIES;
END
$$;
COMMENT ON FUNCTION openlineage.search_walk(json, int) IS
    'Part of search: the first nodes in the order of their names, of one kind when the arguments say so; more than step only where names agree.';
REVOKE ALL ON FUNCTION openlineage.search_walk(json, int) FROM PUBLIC;

-- By time: jobs along the index of their lists, datasets along that of the hours they were last told of.
-- What of either was told after the answer's since is complete, so a page of that is the first page of all.
CREATE FUNCTION openlineage.search_recent(arguments json, step int) RETURNS TABLE (id int, name text, since timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT j.node_id, j.updated_at, 'job' AS kind
          FROM openlineage.job_candidates((arguments ->> 'home')::int, NULL, step) AS j
         WHERE arguments ->> 'kind' IS DISTINCT FROM 'dataset'
        UNION ALL
        (SELECT d.node_id, d.updated_at, 'dataset'
           FROM (SELECT a.node_id, a.updated_at
                   FROM openlineage.dataset_activity AS a
                  WHERE arguments ->> 'kind' IS DISTINCT FROM 'job'
                  ORDER BY a.updated_hour DESC
                  FETCH FIRST (step) ROWS WITH TIES) AS d
          ORDER BY d.updated_at DESC
          FETCH FIRST (step) ROWS WITH TIES)
    ), complete AS MATERIALIZED (
        SELECT max(k.since) AS since
          FROM (SELECT min(t.updated_at) AS since FROM told AS t GROUP BY t.kind HAVING count(*) >= step) AS k
    )
    SELECT n.id, n.name, c.since
      FROM complete AS c
      LEFT JOIN (SELECT t.updated_at, k.id, k.name
                   FROM told AS t
                  CROSS JOIN LATERAL (SELECT o.id, o.name FROM openlineage.node AS o WHERE o.id = t.node_id
                                      UNION ALL
                                      SELECT o.id, o.name FROM openlineage.node AS o WHERE o.canonical_id = t.node_id) AS k) AS n
        ON c.since IS NULL OR n.updated_at > c.since;
END
$$;
COMMENT ON FUNCTION openlineage.search_recent(json, int) IS
    'Part of search: the nodes told of last and their aliases, of one kind and namespace when the arguments say so, with the time after which none is missing, null when none at all is, and a row without a node where nothing was told after it; about step of either kind.';
REVOKE ALL ON FUNCTION openlineage.search_recent(json, int) FROM PUBLIC;

CREATE FUNCTION openlineage.search_names(arguments json, everything boolean, visible int[]) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    pattern  text := '%' || regexp_replace(arguments ->> 'q', '([\\%_])', '\\\1', 'g') || '%';
    grams    bigint[] := openlineage.pattern_grams(arguments ->> 'q');
    by_time  boolean := (arguments ->> 'by_time')::boolean;
    kinds    openlineage.node_kind[] := CASE WHEN arguments ->> 'kind' IS NULL THEN '{job,dataset}'
                                             ELSE ARRAY[(arguments ->> 'kind')::openlineage.node_kind] END;
    home     int := (arguments ->> 'home')::int;
    wanted   int := (arguments ->> 'limit')::int;
    enough   int := 2000 + wanted;
    steps    int[] := ARRAY[200, 5000];
    walked   int;
    since    timestamptz;
    ids      int[];
    found    int[];
BEGIN
    IF NOT by_time THEN
        SELECT count(*), array_agg(w.id) FILTER (WHERE w.name ILIKE pattern) INTO walked, ids
          FROM openlineage.search_walk(arguments, 200) AS w;
        found := openlineage.search_rank(ids, arguments, everything, visible);
        IF walked < 200 OR cardinality(found) >= wanted THEN
            RETURN COALESCE(found, '{}');
        END IF;
    END IF;
    FOR i IN 1 .. CASE WHEN by_time THEN cardinality(steps) ELSE 1 END LOOP
        IF by_time THEN
            SELECT min(r.since), array_agg(r.id) FILTER (WHERE r.name ILIKE pattern) INTO since, ids
              FROM openlineage.search_recent(arguments, GREATEST(steps[i], 2 * wanted)) AS r;
            found := openlineage.search_rank(ids, arguments, everything, visible);
            IF since IS NULL OR cardinality(found) >= wanted THEN
                RETURN COALESCE(found, '{}');
            END IF;
        END IF;
        CONTINUE WHEN i > 1;
        ids := ARRAY(SELECT n.id
                       FROM openlineage.node AS n
                      WHERE n.job_id IS NULL
                        AND (openlineage.name_grams(n.name) @> grams OR openlineage.name_grams(n.name) @> '{-1}')
                        AND n.name ILIKE pattern
                      LIMIT enough);
        IF cardinality(ids) < enough THEN
            RETURN COALESCE(openlineage.search_rank(ids, arguments, everything, visible), '{}');
        END IF;
    END LOOP;
    -- So many that only the first of them are looked at, and all only if what is hidden was among those.
    FOREACH enough IN ARRAY ARRAY[enough, NULL] LOOP
        ids := ARRAY(SELECT n.id
                       FROM openlineage.node AS n
                       LEFT JOIN openlineage.job_activity AS j ON by_time AND j.node_id = COALESCE(n.canonical_id, n.id)
                       LEFT JOIN openlineage.dataset_activity AS d ON by_time AND d.node_id = COALESCE(n.canonical_id, n.id)
                      WHERE n.job_id IS NULL
                        AND n.kind = ANY (kinds)
                        AND (home IS NULL OR n.namespace_id = home)
                        AND (everything OR n.namespace_id = ANY (visible))
                        AND (openlineage.name_grams(n.name) @> grams OR openlineage.name_grams(n.name) @> '{-1}')
                        AND n.name ILIKE pattern
                      ORDER BY COALESCE(j.updated_at, d.updated_at) DESC NULLS LAST, left(n.name, 256) COLLATE "C", n.name_hash
                      LIMIT enough);
        found := openlineage.search_rank(ids, arguments, everything, visible);
        EXIT WHEN cardinality(found) >= wanted OR cardinality(ids) < enough;
    END LOOP;
    RETURN COALESCE(found, '{}');
END
$$;
COMMENT ON FUNCTION openlineage.search_names(json, boolean, int[]) IS
    'Part of search: jobs, datasets and aliases with the text q in their name, in either case.';
REVOKE ALL ON FUNCTION openlineage.search_names(json, boolean, int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.search_query(q text) RETURNS tsquery
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning
    AS $$
    SELECT to_tsquery('simple'::regconfig, string_agg('''' || w.word || '''', ' <-> ' ORDER BY w.ordinal) || ':*')
      FROM unnest(string_to_array(regexp_replace(openlineage.spaced_words(left(q, 1000)), ' +', ' ', 'g'), ' '))
           WITH ORDINALITY AS w (word, ordinal)
     WHERE w.word <> '' AND w.ordinal <= 16
    $$;
COMMENT ON FUNCTION openlineage.search_query(text) IS
    'The words of a text one after the other, the last of them as the beginning of one; null when it has none.';

CREATE FUNCTION openlineage.search_words(arguments json, everything boolean, visible int[]) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := (arguments ->> 'limit')::int;
    named   int[] := openlineage.search_names(arguments, everything, visible);
    query   tsquery := openlineage.search_query(arguments ->> 'q');
    walked  int;
    ids     int[];
    told    int[];
BEGIN
    IF cardinality(named) >= wanted OR query IS NULL THEN
        RETURN named;
    END IF;
    SELECT count(*), array_agg(w.id) FILTER (WHERE EXISTS (SELECT FROM openlineage.search_facet AS f
                                                             JOIN openlineage.facet AS c ON c.id = f.facet_id
                                                            WHERE f.node_id = w.id AND f.words @@ query
                                                              AND c.content_hash = f.content_hash AND NOT c.is_deleted))
      INTO walked, ids
      FROM openlineage.search_walk(arguments, 200) AS w;
    told := openlineage.search_rank(ids, arguments, everything, visible);
    IF walked >= 200 AND COALESCE(cardinality(told), 0) < wanted THEN
        ids := ARRAY(SELECT f.node_id
                       FROM openlineage.search_facet AS f
                       JOIN openlineage.facet AS c ON c.id = f.facet_id
                      WHERE f.words @@ query AND c.content_hash = f.content_hash AND NOT c.is_deleted);
        ids := ARRAY(SELECT DISTINCT u.id FROM unnest(ids) AS u (id));
        told := openlineage.search_rank(ids, arguments, everything, visible);
    END IF;
    RETURN (SELECT COALESCE(array_agg(h.id ORDER BY h.place, h.ordinal), '{}')
              FROM (SELECT a.id, 1 AS place, a.ordinal FROM unnest(named) WITH ORDINALITY AS a (id, ordinal)
                    UNION ALL
                    SELECT b.id, 2, b.ordinal FROM unnest(told) WITH ORDINALITY AS b (id, ordinal) WHERE b.id <> ALL (named)
                    ORDER BY place, ordinal
                    LIMIT wanted) AS h);
END
$$;
COMMENT ON FUNCTION openlineage.search_words(json, boolean, int[]) IS
    'Part of search: first what has the text q in its name, then what has its words in a facet.';
REVOKE ALL ON FUNCTION openlineage.search_words(json, boolean, int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.search(scope text, arguments json) RETURNS int[]
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_search';
COMMENT ON FUNCTION openlineage.search(text, json) IS
    'Ids of the nodes that search finds for the caller, in order. scope: names or words; arguments: q, kind, home, after, before, by_time, limit. Errors: 22023 for another scope.';
REVOKE ALL ON FUNCTION openlineage.search(text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.search(text, json) TO openlineage_reader;

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
    page       int[];
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'query param q must not be blank' USING ERRCODE = 'OL400';
    END IF;
    page := openlineage.search('names', json_build_object(
                'q', wanted,
                'kind', CASE cardinality(kinds) WHEN 1 THEN lower(kinds[1]) END,
                'home', CASE WHEN home IS NOT NULL  -- no namespace has the id 0
                             THEN COALESCE((SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.readable_hash(home)), 0) END,
                'before', before, 'after', after, 'by_time', COALESCE(by_time, false), 'limit', max_rows));
    RETURN json_build_object(
               'results', (SELECT COALESCE(json_agg(json_build_object(
                                                        'type', upper(n.kind::text),
                                                        'name', n.name,
                                                        'updatedAt', openlineage.iso_time(COALESCE(j.updated_at, d.updated_at)),
                                                        'namespace', s.name,
                                                        'nodeId', n.kind || ':' || s.name || ':' || n.name)
                                                    ORDER BY array_position(page, n.id)),
                                           '[]')
                             FROM openlineage.node AS n
                             JOIN openlineage.namespace AS s ON s.id = n.namespace_id
                             LEFT JOIN openlineage.job_activity AS j ON j.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
                             LEFT JOIN openlineage.dataset_activity AS d ON d.node_id = CASE WHEN n.canonical_id IS NULL THEN n.id ELSE n.canonical_id END
                            WHERE n.id = ANY (page)),
               'totalCount', cardinality(page));
END
$$;
COMMENT ON FUNCTION openlineage.api_search(text[], json) IS
    'GET /search. Query: q (required; a part of the name, in either case), filter (JOB, DATASET), sort (NAME, or UPDATE_AT: latest first), limit (10, at most 1000), namespace, before and after (YYYY-MM-DD, of the last update). Raises OL400 when q is blank or a date is none, 22023 for an unknown filter or sort, OL404 when limit is no integer. From node, job_activity and dataset_activity.';

