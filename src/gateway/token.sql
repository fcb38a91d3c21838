-- The embedded issuer: its signing keys, its tokens, its documents.  It is off
-- as soon as an external issuer is configured.

CREATE TABLE openlineage.embedded_issuer (
    issuer      text        CONSTRAINT embedded_issuer_pkey PRIMARY KEY     -- as in the table issuer
);
COMMENT ON TABLE openlineage.embedded_issuer IS 'The names under which the gateway has issued tokens: every other issuer is an external one.';
COMMENT ON COLUMN openlineage.embedded_issuer.issuer IS 'The URL of the gateway at that time.';
GRANT SELECT ON openlineage.embedded_issuer TO openlineage_admin;
ALTER TABLE openlineage.embedded_issuer ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.embedded_issuer FORCE ROW LEVEL SECURITY;
CREATE POLICY embedded_issuer_read ON openlineage.embedded_issuer FOR SELECT USING (true);

CREATE TABLE openlineage.signing_key (
    kid         text        CONSTRAINT signing_key_pkey PRIMARY KEY,
    private_key bytea       NOT NULL,       -- DER
    jwk         json        NOT NULL,       -- the public half, as it is published
    created_at  timestamptz NOT NULL,
    retires_at  timestamptz                 -- null: signs; else is published until then
);
COMMENT ON TABLE openlineage.signing_key IS 'Keys that the embedded issuer signs with; readable by nobody, and in no dump.';
COMMENT ON COLUMN openlineage.signing_key.kid IS 'Its id, which tokens name.';
COMMENT ON COLUMN openlineage.signing_key.private_key IS 'The private key.';
COMMENT ON COLUMN openlineage.signing_key.jwk IS 'The public key as it is published.';
COMMENT ON COLUMN openlineage.signing_key.created_at IS 'When it was made.';
COMMENT ON COLUMN openlineage.signing_key.retires_at IS 'Until when tokens signed with it are taken; null while it signs.';
CREATE UNIQUE INDEX signing_key_one_signs ON openlineage.signing_key ((retires_at IS NULL)) WHERE retires_at IS NULL;
ALTER TABLE openlineage.signing_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.signing_key FORCE ROW LEVEL SECURITY;
CREATE POLICY signing_key_nobody ON openlineage.signing_key USING (false);

CREATE FUNCTION openlineage.make_signing_key(OUT private_key bytea, OUT jwk text) RETURNS record
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_make_signing_key';
COMMENT ON FUNCTION openlineage.make_signing_key() IS
    'A new key of curve P-256: DER, and its public half as a JSON Web Key without id.';
REVOKE ALL ON FUNCTION openlineage.make_signing_key() FROM PUBLIC;

CREATE FUNCTION openlineage.sign_token(header text, payload text, private_key bytea) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_sign_token';
COMMENT ON FUNCTION openlineage.sign_token(text, text, bytea) IS
    'A JSON Web Token signed with ES256. Raises 22023 when the key is none of make_signing_key().';
REVOKE ALL ON FUNCTION openlineage.sign_token(text, text, bytea) FROM PUBLIC;

CREATE FUNCTION openlineage.gateway_url() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT coalesce(nullif(current_setting('openlineage.gateway_url', true), ''),
                    'http://127.0.0.1:' || current_setting('openlineage.gateway_port', true))
    $$;
COMMENT ON FUNCTION openlineage.gateway_url() IS
    'How clients call the gateway: openlineage.gateway_url, or its port on loopback. The name of the embedded issuer.';

CREATE FUNCTION openlineage.external_issuer() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT min(i.issuer)
      FROM openlineage.issuer AS i
     WHERE NOT EXISTS (SELECT FROM openlineage.embedded_issuer AS e WHERE e.issuer = i.issuer)
    $$;
COMMENT ON FUNCTION openlineage.external_issuer() IS
    'An issuer that is not the embedded one, or null. The embedded issuer is on while there is none.';
REVOKE ALL ON FUNCTION openlineage.external_issuer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.external_issuer() TO openlineage_admin;

-- Tokens of the embedded issuer are not taken beside those of an external one.
CREATE FUNCTION openlineage.leave_issuing() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        DELETE FROM openlineage.issuer AS i USING openlineage.embedded_issuer AS e WHERE e.issuer = i.issuer;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.leave_issuing() IS
    'Trigger: removes the embedded issuer from those whose tokens are taken when an external one comes.';
REVOKE ALL ON FUNCTION openlineage.leave_issuing() FROM PUBLIC;
CREATE TRIGGER issuer_leave_issuing AFTER INSERT ON openlineage.issuer
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.leave_issuing();

-- The key that signs; made when there is none, or when a new one is wanted.
CREATE FUNCTION openlineage.renew_signing_key(overlap interval) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    DELETE FROM openlineage.signing_key AS k WHERE k.retires_at <= clock_timestamp();
    UPDATE openlineage.signing_key AS k SET retires_at = least(k.retires_at, clock_timestamp() + overlap);
    INSERT INTO openlineage.signing_key AS k (kid, private_key, jwk, created_at)
    SELECT r.kid, m.private_key, (m.jwk::jsonb || jsonb_build_object('kid', r.kid))::json, clock_timestamp()
      FROM (SELECT gen_random_uuid()::text AS kid OFFSET 0) AS r, openlineage.make_signing_key() AS m
    RETURNING k.kid
    $$;
COMMENT ON FUNCTION openlineage.renew_signing_key(interval) IS
    'Part of the embedded issuer: makes the key that signs from now on; the one before is published for the overlap.';
REVOKE ALL ON FUNCTION openlineage.renew_signing_key(interval) FROM PUBLIC;

-- Makes login() take what we sign, under the name that the gateway has now.
CREATE FUNCTION openlineage.publish_signing_keys() RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    own     text := openlineage.gateway_url();
BEGIN
    INSERT INTO openlineage.embedded_issuer (issuer) VALUES (own) ON CONFLICT (issuer) DO NOTHING;
    DELETE FROM openlineage.issuer AS i USING openlineage.embedded_issuer AS e
     WHERE e.issuer = i.issuer AND i.issuer <> own;
    PERFORM openlineage.change_put_issuer(NULL, json_build_object(
        'issuer', own, 'audience', 'openlineage', 'claim_map', '{}'::json, 'token_kind', 'typed', 'rsa_algorithm', 'RS256',
        'jwks', (SELECT json_build_object('keys', json_agg(k.jwk ORDER BY k.created_at))
                   FROM openlineage.signing_key AS k
                  WHERE k.retires_at IS NULL OR k.retires_at > clock_timestamp())));
END
$$;
COMMENT ON FUNCTION openlineage.publish_signing_keys() IS
    'Part of the embedded issuer: its public keys become those of an issuer whose tokens login() takes.';
REVOKE ALL ON FUNCTION openlineage.publish_signing_keys() FROM PUBLIC;

-- The key to sign with, published; one session at a time makes what is missing.
CREATE FUNCTION openlineage.ready_signing_key() RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    own     text := openlineage.gateway_url();
    ready   text;
BEGIN
    FOR attempt IN 1 .. 2 LOOP
        SELECT k.kid INTO ready
          FROM openlineage.signing_key AS k
          JOIN openlineage.issuer_key AS p ON p.issuer = own AND p.kid = k.kid
         WHERE k.retires_at IS NULL
           AND NOT EXISTS (SELECT FROM openlineage.signing_key AS o WHERE o.retires_at <= clock_timestamp());
        EXIT WHEN FOUND;
        IF attempt = 1 THEN     -- somebody may have made it while we waited
            LOCK TABLE openlineage.signing_key IN SHARE ROW EXCLUSIVE MODE;
        ELSE
            IF NOT EXISTS (SELECT FROM openlineage.signing_key AS k WHERE k.retires_at IS NULL) THEN
                PERFORM openlineage.renew_signing_key('0');
            END IF;
            DELETE FROM openlineage.signing_key AS k WHERE k.retires_at <= clock_timestamp();
            PERFORM openlineage.publish_signing_keys();
            SELECT k.kid INTO ready FROM openlineage.signing_key AS k WHERE k.retires_at IS NULL;
        END IF;
    END LOOP;
    RETURN ready;
END
$$;
COMMENT ON FUNCTION openlineage.ready_signing_key() IS
    'Part of the embedded issuer: id of the key to sign with, after it and its public half are where they belong.';
REVOKE ALL ON FUNCTION openlineage.ready_signing_key() FROM PUBLIC;

CREATE FUNCTION openlineage.change_rotate_signing_key(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    made    text;
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        RAISE EXCEPTION 'the embedded issuer is off'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'An external issuer is configured.';
    END IF;
    LOCK TABLE openlineage.signing_key IN SHARE ROW EXCLUSIVE MODE;
    made := openlineage.renew_signing_key(coalesce(
        (arguments ->> 'overlap')::interval,
        current_setting('openlineage.token_lifetime')::interval + interval '1 minute'));
    PERFORM openlineage.publish_signing_keys();
    RETURN to_json(made);
END
$$;
COMMENT ON FUNCTION openlineage.change_rotate_signing_key(text, json) IS
    'Part of change: rotate_signing_key(), for administrators; argument overlap.';
REVOKE ALL ON FUNCTION openlineage.change_rotate_signing_key(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.rotate_signing_key(overlap interval DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('rotate_signing_key', NULL, json_build_object('overlap', overlap)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.rotate_signing_key(interval) IS
    'Makes a new key for the embedded issuer to sign with, and returns its id. Tokens of the one before are taken for the overlap; null: as long as a token lives. An overlap of 0 ends all tokens at once. Raises 55000 while an external issuer is configured, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.rotate_signing_key(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.rotate_signing_key(interval) TO openlineage_admin;

CREATE FUNCTION openlineage.client_is_authentic(wanted text, secret text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    known   record;
    good    boolean := false;
BEGIN
    -- A client that is not there costs as much as one with a wrong secret.
    FOR known IN
        SELECT coalesce(s.salt, '') AS salt, coalesce(s.rounds, 10000) AS rounds, coalesce(s.hash, '') AS hash
          FROM (VALUES (1)) AS one (row)
          LEFT JOIN openlineage.oauth_client_secret AS s ON s.client_id = wanted
    LOOP
        good := good OR coalesce(openlineage.secret_hash(secret, known.salt, known.rounds) = known.hash, false);
    END LOOP;
    RETURN good;
END
$$;
COMMENT ON FUNCTION openlineage.client_is_authentic(text, text) IS
    'Part of issue_token(): whether the secret is one of the client''s.';
REVOKE ALL ON FUNCTION openlineage.client_is_authentic(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.oauth_fault(status int, error text, description text) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object('status', status, 'body', json_build_object('error', error, 'error_description', description))
    $$;
COMMENT ON FUNCTION openlineage.oauth_fault(int, text, text) IS
    'An error as RFC 6749, section 5.2, words it, with the status of HTTP.';

CREATE FUNCTION openlineage.change_issue_token(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted      text := arguments ->> 'client_id';
    lifetime    int := extract(epoch FROM current_setting('openlineage.token_lifetime')::interval);
    since       bigint := extract(epoch FROM clock_timestamp());
    allowed     text[];
    asked       text[];
    signer      text;
    token       text;
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        RETURN openlineage.oauth_fault(410, 'invalid_request', 'the embedded issuer is off: an external issuer is configured');
    ELSIF NOT openlineage.client_is_authentic(wanted, arguments ->> 'secret') THEN
        RETURN openlineage.oauth_fault(401, 'invalid_client', 'client id or secret is wrong');
    END IF;
    SELECT c.scopes INTO STRICT allowed FROM openlineage.oauth_client AS c WHERE c.client_id = wanted;
    SELECT array_agg(DISTINCT s.scope) INTO asked
      FROM regexp_split_to_table(arguments ->> 'scope', ' +') AS s (scope)
     WHERE s.scope <> '';
    asked := coalesce(asked, allowed);
    IF NOT asked <@ allowed THEN
        RETURN openlineage.oauth_fault(400, 'invalid_scope', 'the client may have other scopes only');
    END IF;
    signer := openlineage.ready_signing_key();
    SELECT openlineage.sign_token(
               json_build_object('alg', 'ES256', 'typ', 'at+jwt', 'kid', signer)::text,
               json_build_object('iss', openlineage.gateway_url(), 'sub', wanted, 'client_id', wanted, 'aud', 'openlineage',
                                 'scope', array_to_string(asked, ' '), 'iat', since, 'exp', since + lifetime,
                                 'jti', gen_random_uuid())::text,
               k.private_key)
      INTO token
      FROM openlineage.signing_key AS k
     WHERE k.kid = signer;
    RETURN json_build_object('status', 200, 'body', json_build_object(
        'access_token', token, 'token_type', 'Bearer', 'expires_in', lifetime, 'scope', array_to_string(asked, ' ')));
END
$$;
COMMENT ON FUNCTION openlineage.change_issue_token(text, json) IS
    'Part of change: issue_token(), for the gateway; arguments client_id, secret, scope.';
REVOKE ALL ON FUNCTION openlineage.change_issue_token(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.issue_token(client_id text, secret text, scope text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN openlineage.change('issue_token', NULL, json_build_object('client_id', client_id, 'secret', secret, 'scope', scope));
END
$$;
COMMENT ON FUNCTION openlineage.issue_token(text, text, text) IS
    'Part of the gateway: what POST /oauth/token answers (RFC 6749, section 4.4): {"status", "body"}. Raises 42501 for whoever is not the worker.';
REVOKE ALL ON FUNCTION openlineage.issue_token(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.issue_token(text, text, text) TO openlineage_worker;

CREATE FUNCTION openlineage.change_issuer_document(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    own     text := openlineage.gateway_url();
BEGIN
    IF openlineage.external_issuer() IS NOT NULL THEN
        RETURN openlineage.oauth_fault(410, 'invalid_request', 'the embedded issuer is off: an external issuer is configured');
    ELSIF arguments ->> 'document' = 'jwks' THEN
        -- Anybody may ask: keys are made for a client that has authenticated.
        RETURN json_build_object('status', 200, 'body', json_build_object('keys', (
            SELECT coalesce(json_agg(k.jwk ORDER BY k.position), '[]') FROM openlineage.issuer_key AS k WHERE k.issuer = own)));
    END IF;
    RETURN json_build_object('status', 200, 'body', json_build_object(
        'issuer', own,
        'token_endpoint', own || '/oauth/token',
        'jwks_uri', own || '/.well-known/jwks.json',
        'grant_types_supported', json_build_array('client_credentials'),
        'response_types_supported', '[]'::json,
        'token_endpoint_auth_methods_supported', json_build_array('client_secret_basic', 'client_secret_post'),
        'scopes_supported', (SELECT coalesce(json_agg(DISTINCT s.scope), '[]')
                               FROM openlineage.oauth_client AS c, unnest(c.scopes) AS s (scope)),
        'subject_types_supported', json_build_array('public'),
        'id_token_signing_alg_values_supported', json_build_array('ES256')));
END
$$;
COMMENT ON FUNCTION openlineage.change_issuer_document(text, json) IS
    'Part of change: issuer_document(), for the gateway; argument document.';
REVOKE ALL ON FUNCTION openlineage.change_issuer_document(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.issuer_document(document text) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('issuer_document', NULL, json_build_object('document', document))
    $$;
COMMENT ON FUNCTION openlineage.issuer_document(text) IS
    'Part of the gateway: a document of the embedded issuer (configuration: RFC 8414; jwks: RFC 7517): {"status", "body"}. Raises 42501 for whoever is not the worker.';
REVOKE ALL ON FUNCTION openlineage.issuer_document(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.issuer_document(text) TO openlineage_worker;
