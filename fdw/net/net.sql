-- Asking other servers.

CREATE FUNCTION openlineage.http_get_json(url text, max_size int, timeout_ms int) RETURNS text
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_fdw', 'ol_http_get_json';
COMMENT ON FUNCTION openlineage.http_get_json(text, int, int) IS
    'What an https URL answers, unparsed. Redirects are not followed, and addresses inside the network not reached unless openlineage.allowed_hosts lists the host. Errors: 22023 (URL or limit not valid), 42501 (address or scheme not allowed), 08001 (no connection, certificate not valid), 08006 (timeout, answer incomplete), 08P01 (status other than 200, not text), 54000 (answer longer than max_size bytes).';
REVOKE ALL ON FUNCTION openlineage.http_get_json(text, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.http_get_json(text, int, int) TO openlineage_worker;
