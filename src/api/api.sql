-- What every endpoint shares: parameters, errors, times and the objects of
-- the Marquez API.
--
-- An endpoint is one function api_<name>(path, query) that runs with the
-- caller's rights.  It chooses the ids of one page first, from an index or a
-- narrow table, and then has the objects of all of them built at once: the
-- builders take an array of ids and return a row for each, so the number of
-- queries does not grow with the page.  A builder joins only functions that
-- declare their ROWS: a plan that is kept takes an array for ten elements, and
-- joined by what the planner makes of that, a page of CTEs costs its square.
-- Stored JSON is passed on as it is;
-- only members that are needed are looked into, and never cast to a number.
--
-- Errors carry the SQLSTATE that the server's table turns into a status:
-- OL404 and OL400 with the texts of Marquez, 22023 and 22007 for a parameter
-- whose value means nothing.

-- In C, and looking up no name, so without a search_path to set at each of the
-- ten thousand calls of a large answer.
CREATE FUNCTION openlineage.iso_time(at timestamptz) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_iso_time';
COMMENT ON FUNCTION openlineage.iso_time(timestamptz) IS
    'A time as the Marquez API writes it: ISO 8601 in UTC with Z, a fraction only when it is not zero; null for infinity.';

CREATE FUNCTION openlineage.zoned_time(at timestamptz) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT regexp_replace(openlineage.iso_time(at), '(:00)?Z$', 'Z[UTC]')
    $$;
COMMENT ON FUNCTION openlineage.zoned_time(timestamptz) IS
    'A time as the args of a run write it: 2026-01-05T08:00Z[UTC], seconds only when they are not zero.';

CREATE FUNCTION openlineage.api_text(query json, param text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE WHEN btrim(v.value) <> '' THEN v.value END
      FROM (VALUES (query #>> ARRAY[param, '0'])) AS v (value)
    $$;
COMMENT ON FUNCTION openlineage.api_text(json, text) IS
    'First value of a query parameter; null when it is missing or blank.';

CREATE FUNCTION openlineage.api_number(query json, param text, fallback int) RETURNS int
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := btrim(openlineage.api_text(query, param));
BEGIN
    IF value IS NULL THEN
        RETURN fallback;
    END IF;
    IF value !~ '^[-+]?[0-9]{1,10}$' OR value::bigint NOT BETWEEN -2147483648 AND 2147483647 THEN
        RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
    END IF;
    IF value::bigint < 0 THEN
        RAISE EXCEPTION 'query param % must be greater than or equal to 0', param USING ERRCODE = 'OL400';
    END IF;
    RETURN value::int;
END
$$;
COMMENT ON FUNCTION openlineage.api_number(json, text, int) IS
    'A query parameter as a number from 0; fallback when it is missing. Raises OL404 when it is no integer, as Marquez does, and OL400 when it is negative.';

CREATE FUNCTION openlineage.api_limit(query json, fallback int DEFAULT 100) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT least(openlineage.api_number(query, 'limit', fallback), 1000)$$;
COMMENT ON FUNCTION openlineage.api_limit(json, int) IS
    'The query parameter limit: 100 unless the endpoint says otherwise, 1000 at most, a larger one is taken as 1000. Raises what api_number does.';

CREATE FUNCTION openlineage.api_choice(query json, param text, choices text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    chosen  text[];
BEGIN
    IF json_typeof(query -> param) = 'array' THEN
        SELECT array_agg(DISTINCT upper(btrim(v.value)))
          INTO chosen
          FROM json_array_elements_text(query -> param) AS v (value)
         WHERE btrim(v.value) <> '';
    END IF;
    IF NOT chosen <@ choices THEN
        RAISE EXCEPTION 'query param % must be one of [%]', param, array_to_string(choices, ', ')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN chosen;
END
$$;
COMMENT ON FUNCTION openlineage.api_choice(json, text, text[]) IS
    'The values of an enum parameter in upper case; null when it is missing. Raises 22023 when one of them is no choice.';

CREATE FUNCTION openlineage.api_time(query json, param text, fallback timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := btrim(openlineage.api_text(query, param));
    result timestamptz;
BEGIN
    IF value IS NULL THEN
        RETURN fallback;
    END IF;
    -- A plus sign that was not percent-encoded arrives as a space.
    result := COALESCE(openlineage.lenient_time(value), openlineage.lenient_time(replace(value, ' ', '+')));
    IF result IS NULL THEN
        RAISE EXCEPTION 'query param % must be an ISO 8601 time', param
            USING ERRCODE = 'invalid_datetime_format';
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION openlineage.api_time(json, text, timestamptz) IS
    'A query parameter as a time; fallback when it is missing. Raises 22007 when it is none.';

CREATE FUNCTION openlineage.api_date(query json, param text) RETURNS timestamptz
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := btrim(openlineage.api_text(query, param));
    result timestamptz;
BEGIN
    IF value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        result := openlineage.lenient_time(value || 'T00:00:00Z');
    END IF;
    IF value IS NOT NULL AND result IS NULL THEN
        RAISE EXCEPTION 'query param % must be a date of the form YYYY-MM-DD', param USING ERRCODE = 'OL400';
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION openlineage.api_date(json, text) IS
    'A query parameter as the start of a day in UTC; null when it is missing. Raises OL400 when it is no date.';

CREATE FUNCTION openlineage.api_uuid(value text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
        RETURN value::uuid;
    END IF;
    RAISE EXCEPTION 'HTTP 404 Not Found' USING ERRCODE = 'OL404';
END
$$;
COMMENT ON FUNCTION openlineage.api_uuid(text) IS
    'A path segment as a UUID. Raises OL404 when it is none, as Marquez does.';

CREATE FUNCTION openlineage.api_namespace_id(namespace text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int;
BEGIN
    SELECT s.id INTO found_id
      FROM openlineage.namespace AS s
     WHERE s.name_hash = openlineage.readable_hash(api_namespace_id.namespace);
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'Namespace ''%'' not found.', namespace USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_namespace_id(text) IS
    'The namespace of this name. Raises OL404 when there is none that the caller may see.';

-- An answer holds at most this much of stored bodies: a page of runs with
-- Spark plans of 23 MB each would not fit into a value.
CREATE FUNCTION openlineage.api_byte_budget() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT 100000000::bigint$$;
COMMENT ON FUNCTION openlineage.api_byte_budget() IS
    'How many bytes of stored JSON one answer shows: the largest bodies of a page are left out beyond it.';

CREATE FUNCTION openlineage.node_facets(ids int[]) RETURNS TABLE (node_id int, facets json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH latest AS (
        SELECT DISTINCT ON (f.node_id, f.name)
               f.node_id, f.name, f.is_deleted OR f.is_hidden AS is_deleted, f.namespace_id, f.content_hash
          FROM openlineage.facet_time AS f
         WHERE f.node_id = ANY (ids)
           AND f.run_id IS NULL
         ORDER BY f.node_id, f.name, f.event_time DESC, f.event_hash DESC, f.io DESC NULLS FIRST
    ), shown AS (
        SELECT l.node_id, l.name, c.body,
               sum(octet_length(c.body::text)) OVER (ORDER BY octet_length(c.body::text)) AS bytes
          FROM latest AS l
          JOIN openlineage.facet_content AS c
            ON c.namespace_id = l.namespace_id
           AND c.hash = l.content_hash
         WHERE NOT l.is_deleted
    )
    SELECT s.node_id, json_object_agg(s.name, r.body ORDER BY s.name COLLATE "C")
      FROM shown AS s
     CROSS JOIN LATERAL (SELECT openlineage.redact(s.body) OFFSET 0) AS r (body)
     WHERE r.body IS NOT NULL
       AND s.bytes <= openlineage.api_byte_budget()
     GROUP BY s.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.node_facets(int[]) IS
    'The facets of these datasets or jobs, those that came as input or output facets included: per name the latest by event time, unless that deletes it or a function of the API wrote it. No row for a node without facets.';

CREATE FUNCTION openlineage.node_tags(ids int[]) RETURNS TABLE (node_id int, tags json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT t.node_id, json_agg(t.tag ORDER BY t.tag COLLATE "C")
      FROM openlineage.shown_tags(ids) AS t
     WHERE t.field = ''
     GROUP BY t.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.node_tags(int[]) IS
    'The tags of these datasets or jobs, without those of columns, as a JSON array. No row for a node without tags.';
