-- Who has logged in to this session, as the token said that login() verified.
-- The functions are C because current_setting() can be deceived: see claims.c.

CREATE FUNCTION openlineage.claims() RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_claims';
COMMENT ON FUNCTION openlineage.claims() IS
    'What is known of the caller who logged in: iss, sub, client_id, exp, scopes, roles, namespaces, and claims, the token''s own. Null for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.claim(path text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_sql_claim';
COMMENT ON FUNCTION openlineage.claim(text) IS
    'One claim of the token, or of claims() when the token has none of that name. path: names of members and positions in arrays, parted by dots (realm_access.roles.0). Null when there is none or nobody is logged in; what is no string is told as JSON.';

CREATE FUNCTION openlineage.user_id() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_user_id';
COMMENT ON FUNCTION openlineage.user_id() IS
    'Subject (sub) of the token of this session; null for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.scopes() RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_scopes';
COMMENT ON FUNCTION openlineage.scopes() IS
    'Scopes of the token of this session; null for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.has_scope(scope text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_has_scope';
COMMENT ON FUNCTION openlineage.has_scope(text) IS
    'Whether the token of this session has the scope, or the scope admin, which stands for all. False for nobody, and from the moment the token expires.';

CREATE FUNCTION openlineage.logout() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_logout';
COMMENT ON FUNCTION openlineage.logout() IS
    'Forgets the claims of this session and of this transaction. A ROLLBACK of the transaction takes that back, too.';
