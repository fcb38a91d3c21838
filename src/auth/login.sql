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
