-- A token in, claims out.  No SET clause: what a function with one sets for the
-- transaction ends with the function.

CREATE FUNCTION openlineage.login(token text, local boolean DEFAULT true) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS '$libdir/openlineage_auth', 'ol_login';
COMMENT ON FUNCTION openlineage.login(text, boolean) IS
    'Verifies a token of a configured issuer, or an API key, and makes its claims those of the transaction, or with local => false of the session. Pass it as a parameter, so that no log of statements shows it. Raises 28000 with the reason when it is refused; then nothing changes.';
GRANT EXECUTE ON FUNCTION openlineage.login(text, boolean) TO PUBLIC;

CREATE FUNCTION openlineage.verifies_tokens() RETURNS boolean
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_verifies_tokens';
COMMENT ON FUNCTION openlineage.verifies_tokens() IS
    'Whether there is an issuer or an active API key, so that login() can succeed.';
REVOKE ALL ON FUNCTION openlineage.verifies_tokens() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.verifies_tokens() TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.jwks_refresh(
    issuer  text DEFAULT NULL,  -- null: all
    OUT of_issuer   text,
    OUT used_by     text,   -- login(), or pg_hba.conf: PostgreSQL 18's own authentication
    OUT keys        int,    -- how many can be used; null where none were fetched
    OUT problem     text    -- why not
) RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_jwks_refresh';
COMMENT ON FUNCTION openlineage.jwks_refresh(text) IS
    'Fetches the keys of an issuer, or of all, those that pg_hba.conf names for OAuth (PostgreSQL 18) included; the worker does so every openlineage.jwks_refresh_interval. Where that fails the keys that are there stay good until they are openlineage.jwks_max_stale old. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.jwks_refresh(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.jwks_refresh(text) TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.jwks_refresh_unknown(issuer text) RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_jwks_refresh_unknown';
COMMENT ON FUNCTION openlineage.jwks_refresh_unknown(text) IS
    'Part of login: fetches the keys of an issuer because a token names one that is not known, once in ten seconds; who comes meanwhile waits. False when it did not fetch. To be called in a transaction of its own.';
REVOKE ALL ON FUNCTION openlineage.jwks_refresh_unknown(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.jwks_refresh_unknown(text) TO openlineage_worker;
