-- configs/api-gateway-oauth-config.yaml, loaded.

CREATE FUNCTION openlineage.yaml_to_json(yaml text) RETURNS json
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS '$libdir/openlineage_gateway', 'ol_yaml_to_json';
COMMENT ON FUNCTION openlineage.yaml_to_json(text) IS
    'The first document of a YAML text. Raises 22023 when it is not valid, 54000 when it is too large or too deep.';

CREATE FUNCTION openlineage.load_gateway_config(yaml text, OUT item text, OUT outcome text) RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    config  json := openlineage.yaml_to_json(yaml);
    known   text[] := '{gateway_port,gateway_url,embedded_issuer,token_lifetime,mlflow_url,proxy_timeout,proxy_max_body_size}'::text[];
    entry   record;
    wrong   text;
BEGIN
    SELECT min(k.name) INTO wrong FROM json_object_keys(config) AS k (name) WHERE k.name NOT IN ('settings', 'clients', 'issuers');
    SELECT coalesce(wrong, min(k.name)) INTO wrong FROM json_object_keys(coalesce(config -> 'settings', '{}')) AS k (name) WHERE k.name <> ALL (known);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'unknown member "%" of the configuration', wrong USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR entry IN SELECT s.key, s.value FROM json_each_text(coalesce(config -> 'settings', '{}')) AS s WHERE s.value IS NOT NULL LOOP
        EXECUTE format('ALTER DATABASE %I SET openlineage.%I = %L', current_database(), entry.key, entry.value);
        item := 'setting ' || entry.key;
        outcome := entry.value;
        RETURN NEXT;
    END LOOP;
    FOR entry IN SELECT c.client_id, c.scopes FROM json_to_recordset(coalesce(config -> 'clients', '[]')) AS c (client_id text, scopes text[]) LOOP
        item := 'client ' || entry.client_id;
        IF EXISTS (SELECT FROM openlineage.oauth_client AS c WHERE c.client_id = entry.client_id) THEN
            outcome := 'is there already';
        ELSE
            outcome := 'secret ' || openlineage.create_client(entry.client_id, entry.scopes);
        END IF;
        RETURN NEXT;
    END LOOP;
    FOR entry IN SELECT i.issuer, i.audience, i.jwks_uri FROM json_to_recordset(coalesce(config -> 'issuers', '[]')) AS i (issuer text, audience text, jwks_uri text) LOOP
        PERFORM openlineage.add_issuer(entry.issuer, coalesce(entry.audience, 'openlineage'), entry.jwks_uri);
        item := 'issuer ' || entry.issuer;
        outcome := 'its tokens are taken';
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.load_gateway_config(text) IS
    'Applies a configuration of the gateway (configs/api-gateway-oauth-config.yaml shows its form): settings of this database, clients, external issuers; returns what was done, with the secrets of clients that were made, this once. For superusers, as settings are theirs. Raises 22023 for YAML that is not valid or has members that are unknown, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.load_gateway_config(text) FROM PUBLIC;
