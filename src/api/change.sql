-- What every endpoint that changes something shares.
--
-- Such an endpoint is one function api_<name>(path, query, body) that runs
-- with the caller's rights and returns openlineage.api_answer.  It checks the
-- request, has the write done by change() or by ingest, and answers with what
-- the read endpoint says.  body is null when the request had none.

CREATE TYPE openlineage.api_answer AS (
    status    int,      -- of HTTP: 200, or 201 for what was made
    location  text,     -- the Location header; null for none
    body      json      -- null for an empty body
);
COMMENT ON TYPE openlineage.api_answer IS 'What an endpoint that changes something answers.';
COMMENT ON COLUMN openlineage.api_answer.status IS 'Status of HTTP: 200, or 201 for what was made.';
COMMENT ON COLUMN openlineage.api_answer.location IS 'The Location header; null for none.';
COMMENT ON COLUMN openlineage.api_answer.body IS 'The body; null for an empty one.';

CREATE FUNCTION openlineage.api_ok(body json) RETURNS openlineage.api_answer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT ROW(200, NULL, body)::openlineage.api_answer$$;
COMMENT ON FUNCTION openlineage.api_ok(json) IS
    'The answer 200 with this body.';

-- The parser of the json type takes what jsonb does not, and keeps it; what
-- cannot be decoded (\u0000, a lone surrogate) is refused here, before a
-- function looks into it.
CREATE FUNCTION openlineage.api_body(body text) RETURNS json
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    parsed  json;
BEGIN
    IF btrim(body, E' \t\r\n') IN ('', 'null') OR body IS NULL THEN
        RAISE EXCEPTION 'The request body must not be null' USING ERRCODE = 'OL422';
    END IF;
    BEGIN
        parsed := body::jsonb::json;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        RAISE EXCEPTION 'the request body is not JSON that can be stored'
            USING ERRCODE = 'invalid_json_text', DETAIL = SQLERRM;
    END;
    IF json_typeof(parsed) <> 'object' THEN
        RAISE EXCEPTION 'the request body must be a JSON object' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN parsed;
END
$$;
COMMENT ON FUNCTION openlineage.api_body(text) IS
    'The body of a request as a JSON object. Raises OL422 when it is missing or null, 22032 when it is no JSON, 22023 when it is no object.';

CREATE FUNCTION openlineage.api_body_text(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF json_typeof(body -> member) IN ('object', 'array') THEN
        RAISE EXCEPTION '% must be a string', member USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN body ->> member;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_text(json, text) IS
    'A member of the body as text, numbers and booleans as they are written; null when it is missing or null. Raises 22023 for an object or array.';

CREATE FUNCTION openlineage.api_required_text(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_body_text(body, member);
BEGIN
    IF value IS NULL THEN
        RAISE EXCEPTION '% must not be null', member USING ERRCODE = 'OL422';
    END IF;
    IF btrim(value) = '' THEN
        RAISE EXCEPTION '% must not be blank', member USING ERRCODE = 'OL422';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION openlineage.api_required_text(json, text) IS
    'As api_body_text() for a member that has to be there. Raises OL422 when it is missing, null or blank, 22023 for an object or array.';

CREATE FUNCTION openlineage.api_put_namespace(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given  json := openlineage.api_body(body);
BEGIN
    PERFORM openlineage.change('put_namespace', path[1],
                               json_build_object('ownerName', openlineage.api_required_text(given, 'ownerName'),
                                                 'description', openlineage.api_body_text(given, 'description'),
                                                 'isHidden', COALESCE(openlineage.api_body_text(given, 'isHidden'), 'false') = 'true'));
    RETURN openlineage.api_ok(openlineage.api_namespace(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_namespace(text[], json, text) IS
    'PUT /namespaces/{namespace}. Body: ownerName (required), description (kept when left out), isHidden (false). Makes the namespace or describes it, and shows it again. Raises OL422 without ownerName, 22032 and 22023 for a bad body, 42501 without the right to write it.';

REVOKE ALL ON FUNCTION openlineage.api_put_namespace(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_namespace(text[], json, text) TO openlineage_writer;
