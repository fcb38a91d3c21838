-- Where a client that was answered 401 finds an issuer of tokens.

CREATE FUNCTION openlineage.api_protected_resource(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object(
               'resource', coalesce(query -> 'base' ->> 0, ''),
               'resource_name', 'openlineage',
               'authorization_servers', coalesce((SELECT json_agg(i.issuer ORDER BY i.issuer) FROM openlineage.issuer AS i), '[]'),
               'scopes_supported', json_build_array('lineage:read', 'lineage:write', 'admin'),
               'bearer_methods_supported', json_build_array('header'))
    $$;
COMMENT ON FUNCTION openlineage.api_protected_resource(text[], json) IS
    'GET /.well-known/oauth-protected-resource: whose tokens are accepted, and their scopes. query: base, the URL of the server, is what the server itself puts there. Needs no token. Source: RFC 9728.';
