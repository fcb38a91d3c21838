-- Whose tokens are taken, and the public keys they are signed with.  Read by
-- login(), as the owner; administrators see them, nobody else.

CREATE TABLE openlineage.issuer (
    issuer          text        CONSTRAINT issuer_pkey PRIMARY KEY  -- exactly as "iss" says it
                                CONSTRAINT issuer_issuer_length CHECK (octet_length(issuer) BETWEEN 1 AND 1000),
    audience        text        NOT NULL    -- what "aud" must be or hold
                                CONSTRAINT issuer_audience_length CHECK (audience <> ''),
    jwks_uri        text,                   -- null: the one its discovery document names
    claim_map       json        NOT NULL,   -- paths of claims, by what they mean
    token_kind      text        NOT NULL    -- which tokens are access tokens
                                CONSTRAINT issuer_token_kind_known CHECK (token_kind IN ('typed', 'access', 'any')),
    rsa_algorithm   text        NOT NULL    -- of RSA keys that name none
                                CONSTRAINT issuer_rsa_algorithm_known
                                CHECK (rsa_algorithm IN ('RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512')),
    has_given_keys  boolean     NOT NULL,   -- keys came with add_issuer() and are never fetched
    fetched_at      timestamptz,            -- when keys were fetched last
    tried_at        timestamptz,            -- when that was begun last, with success or without
    asked_at        timestamptz,            -- when a token of an unknown key was the reason
    problem         text                    -- why the last try failed; null: it did not
);
COMMENT ON TABLE openlineage.issuer IS 'An issuer whose tokens login() takes; written by add_issuer(), remove_issuer() and jwks_refresh().';
COMMENT ON COLUMN openlineage.issuer.issuer IS 'Its identifier, exactly as the claim "iss" says it.';
COMMENT ON COLUMN openlineage.issuer.audience IS 'What the claim "aud" must be, or hold.';
COMMENT ON COLUMN openlineage.issuer.jwks_uri IS 'Where its keys are; null where its discovery document says.';
COMMENT ON COLUMN openlineage.issuer.claim_map IS 'Paths of claims by what they mean: subject, client_id, scopes, roles, namespaces, read, write.';
COMMENT ON COLUMN openlineage.issuer.token_kind IS 'typed: only tokens of type at+jwt; access: others, too, unless they look like ID tokens; any: ID tokens as well.';
COMMENT ON COLUMN openlineage.issuer.rsa_algorithm IS 'The algorithm of its RSA keys that name none.';
COMMENT ON COLUMN openlineage.issuer.has_given_keys IS 'Whether its keys came with add_issuer(); they are never fetched then.';
COMMENT ON COLUMN openlineage.issuer.fetched_at IS 'When its keys were fetched last.';
COMMENT ON COLUMN openlineage.issuer.tried_at IS 'When fetching was begun last, with success or without.';
COMMENT ON COLUMN openlineage.issuer.asked_at IS 'When a token with an unknown key was the reason for it last.';
COMMENT ON COLUMN openlineage.issuer.problem IS 'Why fetching failed the last time; null when it did not.';
GRANT SELECT ON openlineage.issuer TO openlineage_admin;
-- Whose tokens are taken is published (RFC 9728).
GRANT SELECT (issuer) ON openlineage.issuer TO openlineage_reader;
ALTER TABLE openlineage.issuer ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.issuer FORCE ROW LEVEL SECURITY;
CREATE POLICY issuer_read ON openlineage.issuer FOR SELECT USING (true);

CREATE TABLE openlineage.issuer_key (
    issuer      text        NOT NULL
                            CONSTRAINT issuer_key_issuer_fkey REFERENCES openlineage.issuer ON DELETE CASCADE,
    position    int         NOT NULL,       -- in the key set
    kid         text,                       -- its id, which tokens name
    algorithm   text        NOT NULL,       -- the one it is good for
    jwk         json        NOT NULL,       -- the key as it was published
    CONSTRAINT issuer_key_pkey PRIMARY KEY (issuer, position)
);
COMMENT ON TABLE openlineage.issuer_key IS 'A public key of an issuer, out of its key set; keys that cannot be used are left out.';
COMMENT ON COLUMN openlineage.issuer_key.issuer IS 'Whose it is.';
COMMENT ON COLUMN openlineage.issuer_key.position IS 'Its place in the key set, from 1.';
COMMENT ON COLUMN openlineage.issuer_key.kid IS 'The id that tokens name it by; null when it has none.';
COMMENT ON COLUMN openlineage.issuer_key.algorithm IS 'The one algorithm it is good for.';
COMMENT ON COLUMN openlineage.issuer_key.jwk IS 'The JSON Web Key as it was published.';
GRANT SELECT ON openlineage.issuer_key TO openlineage_admin;
ALTER TABLE openlineage.issuer_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.issuer_key FORCE ROW LEVEL SECURITY;
CREATE POLICY issuer_key_read ON openlineage.issuer_key FOR SELECT USING (true);

CREATE FUNCTION openlineage.read_jwks(
    jwks            text,
    rsa_algorithm   text DEFAULT 'RS256',
    OUT "position"  int,
    OUT kid         text,
    OUT algorithm   text,
    OUT jwk         text,   -- null where there is a problem
    OUT problem     text    -- why the key is left out
) RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_read_jwks';
COMMENT ON FUNCTION openlineage.read_jwks(text, text) IS
    'The keys of a JSON Web Key Set, with why one cannot be used; RSA keys that name no algorithm get the given one. At most 100. Raises 22023 when the text is no key set.';

CREATE FUNCTION openlineage.claim_map_problem(claim_map text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_claim_map_problem';
COMMENT ON FUNCTION openlineage.claim_map_problem(text) IS
    'What is wrong with a claim map for add_issuer(), or null.';

-- Part of jwks_refresh() and add_issuer(): what is there already is not written again.
CREATE FUNCTION openlineage.store_jwks(of_issuer text, jwks text) RETURNS int
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH wanted AS (
        SELECT i.issuer, r."position", r.kid, r.algorithm, r.jwk
          FROM openlineage.issuer AS i, openlineage.read_jwks(jwks, i.rsa_algorithm) AS r
         WHERE i.issuer = of_issuer AND r.problem IS NULL
    ),
    gone AS (
        DELETE FROM openlineage.issuer_key AS k
         WHERE k.issuer = of_issuer AND NOT EXISTS (SELECT FROM wanted AS w WHERE w."position" = k.position)
    ),
    stored AS (
        INSERT INTO openlineage.issuer_key AS k (issuer, "position", kid, algorithm, jwk)
        SELECT w.issuer, w."position", w.kid, w.algorithm, w.jwk::json FROM wanted AS w
        ON CONFLICT (issuer, "position") DO UPDATE
              SET kid = excluded.kid, algorithm = excluded.algorithm, jwk = excluded.jwk
            WHERE k.jwk::text <> excluded.jwk::text OR k.algorithm <> excluded.algorithm
    )
    SELECT count(*)::int FROM wanted
    $$;
COMMENT ON FUNCTION openlineage.store_jwks(text, text) IS
    'Part of add_issuer() and jwks_refresh(): makes the keys of a set those of the issuer; returns how many can be used.';
REVOKE ALL ON FUNCTION openlineage.store_jwks(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_issuer(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wrong   text := openlineage.claim_map_problem(arguments ->> 'claim_map');
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'this is no claim map'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('%s.', initcap(left(wrong, 1)) || substr(wrong, 2));
    END IF;
    INSERT INTO openlineage.issuer AS i (issuer, audience, jwks_uri, claim_map, token_kind, rsa_algorithm, has_given_keys)
    VALUES (arguments ->> 'issuer', arguments ->> 'audience', arguments ->> 'jwks_uri', arguments -> 'claim_map',
            arguments ->> 'token_kind', arguments ->> 'rsa_algorithm', (arguments ->> 'jwks') IS NOT NULL)
    ON CONFLICT (issuer) DO UPDATE
       SET audience = excluded.audience, jwks_uri = excluded.jwks_uri, claim_map = excluded.claim_map,
           token_kind = excluded.token_kind, rsa_algorithm = excluded.rsa_algorithm, has_given_keys = excluded.has_given_keys,
           fetched_at = CASE WHEN NOT (i.has_given_keys OR excluded.has_given_keys)
                              AND i.jwks_uri IS NOT DISTINCT FROM excluded.jwks_uri
                              AND i.rsa_algorithm = excluded.rsa_algorithm THEN i.fetched_at END;
    -- Keys that were given, or came from elsewhere, are not those of the new place.
    IF (arguments ->> 'jwks') IS NOT NULL THEN
        PERFORM openlineage.store_jwks(arguments ->> 'issuer', arguments ->> 'jwks');
    ELSE
        DELETE FROM openlineage.issuer_key AS k
         USING openlineage.issuer AS i
         WHERE i.issuer = k.issuer AND i.issuer = arguments ->> 'issuer' AND i.fetched_at IS NULL;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_issuer(text, json) IS
    'Part of change: add_issuer(), for administrators; arguments as there.';
REVOKE ALL ON FUNCTION openlineage.change_put_issuer(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_remove_issuer(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM openlineage.issuer AS i WHERE i.issuer = arguments ->> 'issuer' RETURNING 1
    )
    SELECT to_json(EXISTS (SELECT FROM gone))
    $$;
COMMENT ON FUNCTION openlineage.change_remove_issuer(text, json) IS
    'Part of change: remove_issuer(), for administrators; argument issuer.';
REVOKE ALL ON FUNCTION openlineage.change_remove_issuer(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.add_issuer(
    issuer          text,
    audience        text,
    jwks_uri        text DEFAULT NULL,
    claim_map       json DEFAULT '{}',
    token_kind      text DEFAULT 'access',
    rsa_algorithm   text DEFAULT 'RS256',
    jwks            json DEFAULT NULL
) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('put_issuer', NULL, json_build_object(
        'issuer', issuer, 'audience', audience, 'jwks_uri', jwks_uri, 'claim_map', claim_map,
        'token_kind', token_kind, 'rsa_algorithm', rsa_algorithm, 'jwks', jwks))
    $$;
COMMENT ON FUNCTION openlineage.add_issuer(text, text, text, json, text, text, json) IS
    'Makes login() take tokens of an issuer, or changes how. Its keys are fetched from jwks_uri, or where its discovery document says, by jwks_refresh(); or they are the given key set and never fetched. claim_map: paths (or arrays of them) for subject, client_id, scopes, roles, namespaces, read, write, e.g. {"roles": "resource_access.platform.roles"}; token_kind: typed, access or any. Raises 22023 for a malformed map or key set, 23514 for an unknown kind or algorithm, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.add_issuer(text, text, text, json, text, text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.add_issuer(text, text, text, json, text, text, json) TO openlineage_admin;

CREATE FUNCTION openlineage.remove_issuer(issuer text) RETURNS boolean
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (openlineage.change('remove_issuer', NULL, json_build_object('issuer', issuer)))::text::boolean
    $$;
COMMENT ON FUNCTION openlineage.remove_issuer(text) IS
    'Takes no token of this issuer from now on; false when it was not there. Who has logged in stays so until the transaction, session or token ends. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.remove_issuer(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.remove_issuer(text) TO openlineage_admin;
