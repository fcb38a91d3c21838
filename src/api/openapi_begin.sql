-- The document of the API.
--
-- It is kept as a file of its own, openapi.json, that editors and validators
-- can read; this and openapi_end.sql are what stands around it in the install
-- script.  test/api/test_openapi.py holds it against the table of routes and
-- against what the endpoints answer.

CREATE FUNCTION openlineage.api_openapi(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$SELECT json $openapi$
