-- What stored events told: the facets of a run and of a dataset's past, which
-- the table facet, as it keeps the latest of each name, does not have.

CREATE FUNCTION openlineage.event_facets(body text,
        OUT entity text, OUT namespace text, OUT name text, OUT io text,
        OUT facet text, OUT content json, OUT is_deleted boolean)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_event_facets';
COMMENT ON FUNCTION openlineage.event_facets(text) IS
    'The facets of one event, cleaned as in facet_content: of what (run, job or dataset), its name (for a run that of its job), io for facets out of inputFacets and outputFacets. No rows for a text that is no event.';

CREATE FUNCTION openlineage.node_names(node_id int) RETURNS int[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT array_agg(n.id)
      FROM (SELECT $1 AS id
            UNION
            SELECT a.id FROM openlineage.node AS a WHERE a.canonical_id = $1) AS n
    $$;
COMMENT ON FUNCTION openlineage.node_names(int) IS
    'The nodes of all names of a dataset or job, its own included.';

CREATE FUNCTION openlineage.dataset_events(names int[], until timestamptz, max_rows int)
    RETURNS TABLE (event_time timestamptz, hash uuid, body text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT p.event_time, p.hash, openlineage.redact(e.body)
      FROM openlineage.dataset_keys('-infinity', until, NULL, NULL, names, false, max_rows, 0) AS p
      JOIN openlineage.event AS e ON e.event_time = p.event_time AND e.hash = p.hash
     -- What the sender had no right to say was not taken then and is not told now.
     WHERE NOT EXISTS (SELECT FROM openlineage.event_issue AS i
                        WHERE i.event_time = p.event_time AND i.event_hash = p.hash AND i.code = 'facets_denied')
     ORDER BY p.event_time DESC, p.hash DESC;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_events(int[], timestamptz, int) IS
    'The latest events before a time that name a dataset by one of these nodes, latest first.';

-- Where the facet that stands now came later, the events before are asked,
-- the latest first, as far back as 20: a run tells again what it knows.  One
-- that does not, a stream, told it together with what made the version.
CREATE FUNCTION openlineage.dataset_facets_until(dataset_id int, until timestamptz, seen_at timestamptz) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    names    int[] := openlineage.node_names(dataset_id);
    found    text[];
    bodies   json[];
    missing  text[];
    bound    timestamptz;
    event    record;
    told     record;
BEGIN
    WITH standing AS (
        SELECT DISTINCT ON (f.name) f.name, f.event_time, f.is_deleted OR f.is_hidden AS is_deleted, f.namespace_id, f.content_hash
          FROM openlineage.facet_time AS f
         WHERE f.node_id = dataset_facets_until.dataset_id
           AND f.run_id IS NULL
         ORDER BY f.name, f.event_time < until DESC, f.event_time DESC, f.event_hash DESC, f.io DESC NULLS FIRST
    )
    SELECT array_agg(s.name ORDER BY s.name) FILTER (WHERE s.event_time < until AND NOT s.is_deleted),
           array_agg(openlineage.redact(c.body) ORDER BY s.name) FILTER (WHERE s.event_time < until AND NOT s.is_deleted),
           array_agg(s.name) FILTER (WHERE s.event_time >= until)
      INTO found, bodies, missing
      FROM standing AS s
      JOIN openlineage.facet_content AS c ON c.namespace_id = s.namespace_id AND c.hash = s.content_hash;

    FOREACH bound IN ARRAY ARRAY[until, seen_at + interval '1 microsecond'] LOOP
        EXIT WHEN missing IS NULL OR missing = '{}';
        FOR event IN SELECT e.body FROM openlineage.dataset_events(names, bound, 20) AS e LOOP
            FOR told IN
                SELECT DISTINCT ON (f.facet) f.facet, f.content, f.is_deleted
                  FROM openlineage.event_facets(event.body) AS f
                  JOIN openlineage.namespace AS s ON s.name_hash = openlineage.hash128(f.namespace)
                  JOIN openlineage.node AS n ON n.namespace_id = s.id AND n.name_hash = openlineage.hash128(f.name)
                 WHERE f.entity = 'dataset'
                   AND f.facet = ANY (missing)
                   AND n.id = ANY (names)
                 ORDER BY f.facet, f.io NULLS FIRST, openlineage.hash128(f.content::text) DESC
            LOOP
                IF NOT told.is_deleted THEN
                    found := found || told.facet;
                    bodies := bodies || told.content;
                END IF;
                missing := array_remove(missing, told.facet);
            END LOOP;
            EXIT WHEN missing = '{}';
        END LOOP;
    END LOOP;
    RETURN COALESCE((SELECT json_object_agg(u.name, u.body ORDER BY u.name COLLATE "C")
                       FROM unnest(found, bodies) AS u (name, body)
                      WHERE u.body IS NOT NULL), '{}');
END
$$;
COMMENT ON FUNCTION openlineage.dataset_facets_until(int, timestamptz, timestamptz) IS
    'The facets of a dataset as told before a time: per name the latest, unless that deletes it. From facet, and where that is later from the last 20 events before, or before the version was last told, at seen_at.';

-- Which runs a person looks at are short: those that are not, streams, tell
-- much with their START alone and the rest again in their latest events.
CREATE FUNCTION openlineage.run_events(run_id uuid)
    RETURNS TABLE (event_time timestamptz, hash uuid, body text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT e.event_time, e.hash, openlineage.redact(e.body)
      FROM (SELECT l.* FROM openlineage.event_keys('-infinity', 'infinity', NULL, run_events.run_id, NULL, NULL, false, 100, 0) AS l
            UNION
            SELECT f.* FROM openlineage.event_keys('-infinity', 'infinity', NULL, run_events.run_id, NULL, NULL, true, 20, 0) AS f) AS k
      JOIN openlineage.event AS e ON e.event_time = k.event_time AND e.hash = k.hash
     ORDER BY e.event_time DESC, e.hash DESC;
END
$$;
COMMENT ON FUNCTION openlineage.run_events(uuid) IS
    'The first 20 and the latest 100 events that producers sent of a run, latest first.';

CREATE FUNCTION openlineage.run_told(run_id uuid)
    RETURNS TABLE (entity text, namespace text, name text, facet text, content json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH latest AS (
        SELECT DISTINCT ON (f.entity, CASE WHEN f.entity = 'dataset' THEN f.namespace END,
                            CASE WHEN f.entity = 'dataset' THEN f.name END, f.facet)
               f.entity, f.namespace, f.name, f.facet, f.content, f.is_deleted
          FROM openlineage.run_events(run_told.run_id) AS e
         CROSS JOIN LATERAL openlineage.event_facets(e.body) AS f
         WHERE f.entity <> 'dataset'
            OR NOT EXISTS (SELECT FROM openlineage.event_issue AS i
                            WHERE i.event_time = e.event_time AND i.event_hash = e.hash AND i.code = 'facets_denied')
         ORDER BY f.entity, CASE WHEN f.entity = 'dataset' THEN f.namespace END,
                  CASE WHEN f.entity = 'dataset' THEN f.name END, f.facet,
                  e.event_time DESC, e.hash DESC, f.io NULLS FIRST, openlineage.hash128(f.content::text) DESC
    ), sized AS (
        SELECT l.*, sum(octet_length(l.content::text)) OVER (ORDER BY octet_length(l.content::text)) AS bytes
          FROM latest AS l
         WHERE NOT l.is_deleted
    )
    SELECT s.entity, s.namespace, s.name, s.facet, s.content
      FROM sized AS s
     WHERE s.bytes <= openlineage.api_byte_budget();
END
$$;
COMMENT ON FUNCTION openlineage.run_told(uuid) IS
    'The facets that the first 20 and the last 100 events of a run told of it, of its job and of its datasets: per name the latest, unless that deletes it.';

CREATE FUNCTION openlineage.api_run_facets(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  uuid := openlineage.api_uuid(path[1]);
    types   text[] := openlineage.api_choice(query, 'type', '{RUN,JOB,DATASET}');
    answer  json;
BEGIN
    IF types IS NULL THEN
        RAISE EXCEPTION 'query param type must not be null' USING ERRCODE = 'OL400';
    END IF;
    IF NOT EXISTS (SELECT FROM openlineage.run AS r WHERE r.id = wanted) THEN
        RAISE EXCEPTION 'Run ''%'' not found.', wanted USING ERRCODE = 'OL404';
    END IF;
    IF types[1] = 'RUN' THEN
        SELECT f.facets INTO answer FROM openlineage.run_facets(ARRAY[wanted]) AS f;
    ELSIF types[1] = 'JOB' THEN
        SELECT json_object_agg(t.facet, t.content ORDER BY t.facet COLLATE "C")
          INTO answer
          FROM openlineage.run_told(wanted) AS t
         WHERE t.entity = 'job';
    ELSE
        SELECT json_object_agg(d.label, d.facets ORDER BY d.label COLLATE "C")
          INTO answer
          FROM (SELECT 'dataset:' || t.namespace || ':' || t.name AS label,
                       json_object_agg(t.facet, t.content ORDER BY t.facet COLLATE "C") AS facets
                  FROM openlineage.run_told(wanted) AS t
                  JOIN openlineage.namespace AS s ON s.name_hash = openlineage.hash128(t.namespace)
                 WHERE t.entity = 'dataset'
                 GROUP BY t.namespace, t.name) AS d;
    END IF;
    RETURN json_build_object('runId', wanted, 'facets', COALESCE(answer, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_run_facets(text[], json) IS
    'GET /jobs/runs/{id}/facets. Query: type (required: run, job or dataset, in either case). Of a run its own facets; of its job, and of its datasets by node id, what the events of this run told. Raises OL404 when the id is no UUID or unknown, OL400 when type is missing, 22023 when it is none of the three. From facet and event.';
