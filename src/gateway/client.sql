-- Clients of the embedded issuer, and their secrets.

CREATE TABLE openlineage.oauth_client (
    client_id   text        CONSTRAINT oauth_client_pkey PRIMARY KEY
                            CONSTRAINT oauth_client_id_form CHECK (client_id ~ '^[A-Za-z0-9._~-]{1,100}$'),
    scopes      text[]      NOT NULL,       -- what its tokens may have
    created_at  timestamptz NOT NULL
);
COMMENT ON TABLE openlineage.oauth_client IS 'A client that the embedded issuer gives tokens to; written by create_client() and remove_client(), and from the environment of the server.';
COMMENT ON COLUMN openlineage.oauth_client.client_id IS 'Its name: what it authenticates with, and "sub" and "client_id" of its tokens.';
COMMENT ON COLUMN openlineage.oauth_client.scopes IS 'Scopes that its tokens may have; all of them where it asks for none.';
COMMENT ON COLUMN openlineage.oauth_client.created_at IS 'When it was made.';
GRANT SELECT ON openlineage.oauth_client TO openlineage_admin;
ALTER TABLE openlineage.oauth_client ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.oauth_client FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_client_read ON openlineage.oauth_client FOR SELECT USING (true);

CREATE TABLE openlineage.oauth_client_secret (
    client_id   text        NOT NULL
                            CONSTRAINT oauth_client_secret_client_fkey REFERENCES openlineage.oauth_client ON DELETE CASCADE,
    slot        smallint    NOT NULL        -- 1 is the newer of the two
                            CONSTRAINT oauth_client_secret_slot_range CHECK (slot IN (1, 2)),
    salt        bytea       NOT NULL,
    rounds      int         NOT NULL,
    hash        bytea       NOT NULL,       -- PBKDF2 with SHA-256
    created_at  timestamptz NOT NULL,
    CONSTRAINT oauth_client_secret_pkey PRIMARY KEY (client_id, slot)
);
COMMENT ON TABLE openlineage.oauth_client_secret IS 'The one or two secrets that a client may use now; readable by nobody.';
COMMENT ON COLUMN openlineage.oauth_client_secret.client_id IS 'Whose it is.';
COMMENT ON COLUMN openlineage.oauth_client_secret.slot IS '1 is the newer one, 2 the one before it.';
COMMENT ON COLUMN openlineage.oauth_client_secret.salt IS 'Random bytes, hashed with the secret.';
COMMENT ON COLUMN openlineage.oauth_client_secret.rounds IS 'How often it was hashed.';
COMMENT ON COLUMN openlineage.oauth_client_secret.hash IS 'PBKDF2-HMAC-SHA256 of the secret.';
COMMENT ON COLUMN openlineage.oauth_client_secret.created_at IS 'When it was made.';
ALTER TABLE openlineage.oauth_client_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.oauth_client_secret FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_client_secret_nobody ON openlineage.oauth_client_secret USING (false);

CREATE FUNCTION openlineage.secret_hash(secret text, salt bytea, rounds int) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_auth', 'ol_secret_hash';
COMMENT ON FUNCTION openlineage.secret_hash(text, bytea, int) IS
    'PBKDF2-HMAC-SHA256, 32 bytes. Raises 22023 for rounds out of range.';
REVOKE ALL ON FUNCTION openlineage.secret_hash(text, bytea, int) FROM PUBLIC;

-- The new secret becomes the first, the one before it the second, an older one
-- ends.  Secrets are in assignments only, never in statements: plans are shown.
CREATE FUNCTION openlineage.store_client_secret(of_client text, secret text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    new_salt    bytea := uuid_send(gen_random_uuid());
    new_rounds  int := 10000;
    new_hash    bytea := openlineage.secret_hash(secret, new_salt, new_rounds);
BEGIN
    PERFORM FROM openlineage.oauth_client AS c WHERE c.client_id = of_client FOR UPDATE;
    DELETE FROM openlineage.oauth_client_secret AS s WHERE s.client_id = of_client AND s.slot = 2;
    UPDATE openlineage.oauth_client_secret AS s SET slot = 2 WHERE s.client_id = of_client;
    INSERT INTO openlineage.oauth_client_secret (client_id, slot, salt, rounds, hash, created_at)
    VALUES (of_client, 1, new_salt, new_rounds, new_hash, clock_timestamp());
    RETURN true;
END
$$;
COMMENT ON FUNCTION openlineage.store_client_secret(text, text) IS
    'Part of create_client(), rotate_client_secret() and the gateway: gives a client a secret beside the one it has.';
REVOKE ALL ON FUNCTION openlineage.store_client_secret(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.random_secret() RETURNS text
    LANGUAGE sql VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'ols_' || rtrim(translate(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'),
                                     '+/', '-_'), '=')
    $$;
COMMENT ON FUNCTION openlineage.random_secret() IS
    'A secret that nobody can guess: 244 random bits, in characters that need no escape anywhere.';
REVOKE ALL ON FUNCTION openlineage.random_secret() FROM PUBLIC;

-- The clients of the platform and what each of them does.
CREATE FUNCTION openlineage.default_client_scopes(client_id text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE client_id
           WHEN 'api-gateway'    THEN '{lineage:read,lineage:write,models:read,features:read}'
           WHEN 'mlflow'         THEN '{lineage:read,lineage:write,models:read,models:write}'
           WHEN 'feast'          THEN '{lineage:read,lineage:write,features:read}'
           WHEN 'modelcatalogue' THEN '{lineage:read,lineage:write,models:read,models:write}'
           ELSE '{lineage:read}'
           END::text[]
    $$;
COMMENT ON FUNCTION openlineage.default_client_scopes(text) IS
    'Scopes of a client that was made without naming any: of the four of the platform what they do, of others lineage:read.';

CREATE FUNCTION openlineage.change_create_client(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  text := arguments ->> 'client_id';
    secret  text := coalesce(arguments ->> 'secret', openlineage.random_secret());
    told    json := arguments -> 'scopes';
    scopes  text[];
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'client_id must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF octet_length(secret) NOT BETWEEN 12 AND 200 OR secret ~ '[^ -~]' THEN
        RAISE EXCEPTION 'the secret of client "%" is not valid', wanted
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It must have 12 to 200 printable characters of ASCII.';
    END IF;
    IF json_typeof(told) = 'array' THEN
        SELECT coalesce(array_agg(t.scope), '{}') INTO scopes FROM json_array_elements_text(told) AS t (scope);
    END IF;
    scopes := coalesce(scopes, openlineage.default_client_scopes(wanted));
    IF EXISTS (SELECT FROM unnest(scopes) AS s (scope) WHERE s.scope IS NULL OR s.scope !~ '^[!#-\[\]-~]{1,100}$') THEN
        RAISE EXCEPTION 'a scope of client "%" is not valid', wanted
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'RFC 6749 allows printable characters without space, quote and backslash.';
    END IF;
    INSERT INTO openlineage.oauth_client (client_id, scopes, created_at) VALUES (wanted, scopes, clock_timestamp());
    IF NOT openlineage.store_client_secret(wanted, secret) THEN     -- a condition is no statement with a plan
        RAISE EXCEPTION 'the secret was not stored';
    END IF;
    RETURN to_json(secret);
END
$$;
COMMENT ON FUNCTION openlineage.change_create_client(text, json) IS
    'Part of change: create_client(), for administrators; arguments client_id, scopes, secret.';
REVOKE ALL ON FUNCTION openlineage.change_create_client(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_rotate_client(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    secret  text := openlineage.random_secret();
BEGIN
    IF NOT EXISTS (SELECT FROM openlineage.oauth_client AS c WHERE c.client_id = arguments ->> 'client_id') THEN
        RAISE EXCEPTION 'there is no client "%"', arguments ->> 'client_id' USING ERRCODE = 'undefined_object';
    END IF;
    IF NOT openlineage.store_client_secret(arguments ->> 'client_id', secret) THEN
        RAISE EXCEPTION 'the secret was not stored';
    END IF;
    IF (arguments ->> 'at_once')::boolean THEN
        DELETE FROM openlineage.oauth_client_secret AS s WHERE s.client_id = arguments ->> 'client_id' AND s.slot = 2;
    END IF;
    RETURN to_json(secret);
END
$$;
COMMENT ON FUNCTION openlineage.change_rotate_client(text, json) IS
    'Part of change: rotate_client_secret(), for administrators; arguments client_id, at_once.';
REVOKE ALL ON FUNCTION openlineage.change_rotate_client(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_remove_client(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM openlineage.oauth_client AS c WHERE c.client_id = arguments ->> 'client_id' RETURNING 1
    )
    SELECT to_json(EXISTS (SELECT FROM gone))
    $$;
COMMENT ON FUNCTION openlineage.change_remove_client(text, json) IS
    'Part of change: remove_client(), for administrators; argument client_id.';
REVOKE ALL ON FUNCTION openlineage.change_remove_client(text, json) FROM PUBLIC;

-- What the environment of the server says, once: a client that has a secret keeps it.
CREATE FUNCTION openlineage.change_seed_clients(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    name    text;
    seeded  text[] := '{}'::text[];
BEGIN
    FOREACH name IN ARRAY ARRAY['api-gateway', 'feast', 'mlflow', 'modelcatalogue'] LOOP
        CONTINUE WHEN arguments ->> name IS NULL
                      OR EXISTS (SELECT FROM openlineage.oauth_client AS c WHERE c.client_id = name);
        BEGIN
            IF openlineage.change_create_client(NULL, json_build_object('client_id', name, 'secret', arguments ->> name)) IS NOT NULL THEN
                seeded := seeded || name;
            END IF;
        EXCEPTION WHEN invalid_parameter_value THEN
            RAISE WARNING 'the secret of client "%" in the environment was not taken', name
                USING DETAIL = 'It must have 12 to 200 printable characters of ASCII.';
        END;
    END LOOP;
    RETURN to_json(seeded);
END
$$;
COMMENT ON FUNCTION openlineage.change_seed_clients(text, json) IS
    'Part of change: seed_clients(), for the gateway; an object of secrets by client.';
REVOKE ALL ON FUNCTION openlineage.change_seed_clients(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.create_client(client_id text, scopes text[] DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('create_client', NULL, json_build_object('client_id', client_id, 'scopes', scopes)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.create_client(text, text[]) IS
    'Makes a client of the embedded issuer and returns its secret, this once. Without scopes: of the four clients of the platform what they need, of others lineage:read. Raises 23505 when it is there, 22023 or 23514 for a name or scope that is not valid, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.create_client(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.create_client(text, text[]) TO openlineage_admin;

CREATE FUNCTION openlineage.rotate_client_secret(client_id text, at_once boolean DEFAULT false) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('rotate_client', NULL, json_build_object('client_id', client_id, 'at_once', at_once)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.rotate_client_secret(text, boolean) IS
    'Makes a new secret for a client and returns it, this once. The one before stays good until the next call, unless at_once. Raises 42704 when there is no such client, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.rotate_client_secret(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.rotate_client_secret(text, boolean) TO openlineage_admin;

CREATE FUNCTION openlineage.remove_client(client_id text) RETURNS boolean
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (openlineage.change('remove_client', NULL, json_build_object('client_id', client_id)))::text::boolean
    $$;
COMMENT ON FUNCTION openlineage.remove_client(text) IS
    'Removes a client of the embedded issuer; tokens it has stay good until they expire. False when it was not there. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.remove_client(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.remove_client(text) TO openlineage_admin;

CREATE FUNCTION openlineage.seed_clients(secrets json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN openlineage.change('seed_clients', NULL, secrets);
END
$$;
COMMENT ON FUNCTION openlineage.seed_clients(json) IS
    'Part of the gateway: makes the clients that are not there yet, with the secrets of the environment; returns which.';
REVOKE ALL ON FUNCTION openlineage.seed_clients(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.seed_clients(json) TO openlineage_worker;
