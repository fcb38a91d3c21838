-- Keys for clients that cannot ask an issuer for a token.  A key is random and
-- long, so that one round of a salted hash is enough; it is shown once.

CREATE TABLE openlineage.api_key (
    id              text        CONSTRAINT api_key_pkey PRIMARY KEY,    -- the part of the key that is no secret
    client          text        NOT NULL    -- who it is for: subject and client_id of its claims
                                CONSTRAINT api_key_client_length CHECK (octet_length(client) BETWEEN 1 AND 1000),
    slot            smallint    NOT NULL    -- two at a time, so that a client can change over
                                CONSTRAINT api_key_slot_range CHECK (slot IN (1, 2)),
    salt            bytea       NOT NULL,
    hash            bytea       NOT NULL,   -- SHA-256 of salt and key
    scopes          text[]      NOT NULL,
    roles           text[]      NOT NULL,
    read_patterns   text[]      NOT NULL,   -- namespaces, "*" for any run of characters
    write_patterns  text[]      NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,            -- null: never
    revoked_at      timestamptz             -- null: in use
);
CREATE UNIQUE INDEX api_key_active_key ON openlineage.api_key (client, slot) WHERE revoked_at IS NULL;
COMMENT ON TABLE openlineage.api_key IS 'A key that login() takes in place of a token; written by create_api_key() and revoke_api_key().';
COMMENT ON COLUMN openlineage.api_key.id IS 'The part of the key that is no secret: 16 characters after "ol_".';
COMMENT ON COLUMN openlineage.api_key.client IS 'Who it is for; subject and client_id of whoever logs in with it.';
COMMENT ON COLUMN openlineage.api_key.slot IS 'First or second active key of the client.';
COMMENT ON COLUMN openlineage.api_key.salt IS 'Random bytes, hashed with the key.';
COMMENT ON COLUMN openlineage.api_key.hash IS 'SHA-256 of salt and key.';
COMMENT ON COLUMN openlineage.api_key.scopes IS 'Scopes of whoever logs in with it.';
COMMENT ON COLUMN openlineage.api_key.roles IS 'Roles of whoever logs in with it.';
COMMENT ON COLUMN openlineage.api_key.read_patterns IS 'Namespaces it may read; "*" stands for any run of characters.';
COMMENT ON COLUMN openlineage.api_key.write_patterns IS 'Namespaces it may write; "*" stands for any run of characters.';
COMMENT ON COLUMN openlineage.api_key.created_at IS 'When it was made.';
COMMENT ON COLUMN openlineage.api_key.expires_at IS 'From when on it is refused; null: never.';
COMMENT ON COLUMN openlineage.api_key.revoked_at IS 'Since when it is refused; null: it is not.';
-- All but salt and hash.
GRANT SELECT (id, client, slot, scopes, roles, read_patterns, write_patterns, created_at, expires_at, revoked_at)
    ON openlineage.api_key TO openlineage_admin;
ALTER TABLE openlineage.api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY api_key_read ON openlineage.api_key FOR SELECT USING (true);

CREATE FUNCTION openlineage.change_create_api_key(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  text := arguments ->> 'client';
    key_id  text := substr(replace(gen_random_uuid()::text, '-', ''), 1, 16);
    secret  text := rtrim(translate(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'),
                                    '+/', '-_'), '=');
    salt    bytea := uuid_send(gen_random_uuid());
    hash    bytea;
    free    smallint;
BEGIN
    UPDATE openlineage.api_key AS k
       SET revoked_at = k.expires_at
     WHERE k.client = wanted AND k.revoked_at IS NULL AND k.expires_at <= clock_timestamp();
    SELECT min(s.n) INTO free
      FROM (VALUES (1::smallint), (2::smallint)) AS s (n)
     WHERE NOT EXISTS (SELECT FROM openlineage.api_key AS k
                        WHERE k.client = wanted AND k.slot = s.n AND k.revoked_at IS NULL);
    IF free IS NULL THEN
        RAISE EXCEPTION 'client "%" has two active API keys already', wanted
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Revoke one of them with openlineage.revoke_api_key().';
    END IF;
    secret := format('ol_%s_%s', key_id, secret);
    -- Not in the statement: plans that are logged would show the key.
    hash := sha256(salt || convert_to(secret, 'UTF8'));
    INSERT INTO openlineage.api_key (id, client, slot, salt, hash, scopes, roles, read_patterns, write_patterns, created_at, expires_at)
    SELECT key_id, wanted, free, salt, hash,
           r.scopes, r.roles, r.read_patterns, r.write_patterns, clock_timestamp(), clock_timestamp() + r.valid_for
      FROM json_to_record(arguments)
           AS r (scopes text[], roles text[], read_patterns text[], write_patterns text[], valid_for interval);
    RETURN to_json(secret);
END
$$;
COMMENT ON FUNCTION openlineage.change_create_api_key(text, json) IS
    'Part of change: create_api_key(), for administrators; arguments as there.';
REVOKE ALL ON FUNCTION openlineage.change_create_api_key(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_revoke_api_key(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        UPDATE openlineage.api_key AS k
           SET revoked_at = clock_timestamp()
         WHERE k.id = arguments ->> 'id' AND k.revoked_at IS NULL
        RETURNING 1
    )
    SELECT to_json(EXISTS (SELECT FROM gone))
    $$;
COMMENT ON FUNCTION openlineage.change_revoke_api_key(text, json) IS
    'Part of change: revoke_api_key(), for administrators; argument id.';
REVOKE ALL ON FUNCTION openlineage.change_revoke_api_key(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.create_api_key(
    client          text,
    scopes          text[] DEFAULT '{lineage:read}',
    read_patterns   text[] DEFAULT '{}',
    write_patterns  text[] DEFAULT '{}',
    roles           text[] DEFAULT '{}',
    valid_for       interval DEFAULT NULL
) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change('create_api_key', NULL, json_build_object(
               'client', client, 'scopes', scopes, 'read_patterns', read_patterns, 'write_patterns', write_patterns,
               'roles', roles, 'valid_for', valid_for)) #>> '{}'
    $$;
COMMENT ON FUNCTION openlineage.create_api_key(text, text[], text[], text[], text[], interval) IS
    'Makes an API key and returns it, this once. Each client has two active ones at most, so that it can change over. Raises 55000 for a third, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.create_api_key(text, text[], text[], text[], text[], interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.create_api_key(text, text[], text[], text[], text[], interval) TO openlineage_admin;

CREATE FUNCTION openlineage.revoke_api_key(id text) RETURNS boolean
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (openlineage.change('revoke_api_key', NULL, json_build_object('id', id)))::text::boolean
    $$;
COMMENT ON FUNCTION openlineage.revoke_api_key(text) IS
    'Refuses an API key from now on, named by its id in api_key; false when it was not active. Raises 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.revoke_api_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.revoke_api_key(text) TO openlineage_admin;
