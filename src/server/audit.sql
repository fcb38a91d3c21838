-- Who asked the HTTP server for what.

CREATE TABLE openlineage.audit (
    at          timestamptz NOT NULL,   -- of the answer; of several, the last one's
    user_id     text,                   -- subject of the token
    client_id   text,                   -- client of the token
    address     inet        NOT NULL,   -- where the request came from
    method      text,                   -- of HTTP
    route       text,                   -- its template, as in the table of routes
    target      text[],                 -- the names in it
    status      int         NOT NULL,   -- of HTTP
    duration    interval    NOT NULL,   -- from the first line to the answer; of several, their sum
    requests    int         NOT NULL    -- how many the row stands for
);
CREATE INDEX audit_at_idx ON openlineage.audit (at);
COMMENT ON TABLE openlineage.audit IS
    'Requests to the HTTP server, as openlineage.audit says: those that change something or were denied, or all. Never a token, a query or a body. Written about once a second; kept for openlineage.audit_retention. For openlineage_admin.';
COMMENT ON COLUMN openlineage.audit.at IS 'When it was answered; of several requests the last one.';
COMMENT ON COLUMN openlineage.audit.user_id IS 'Subject of the token (sub); null without a token that was accepted.';
COMMENT ON COLUMN openlineage.audit.client_id IS 'Client that the token was given to.';
COMMENT ON COLUMN openlineage.audit.address IS 'Where it came from: the peer, or whom a trusted proxy spoke for.';
COMMENT ON COLUMN openlineage.audit.method IS 'Method of HTTP; null for one that nobody knows.';
COMMENT ON COLUMN openlineage.audit.route IS 'Path with the names left out; null when no route has it.';
COMMENT ON COLUMN openlineage.audit.target IS 'The names left out, in order, cut at 256 bytes; null where rows are shared.';
COMMENT ON COLUMN openlineage.audit.status IS 'Status of HTTP that it was answered with.';
COMMENT ON COLUMN openlineage.audit.duration IS 'Time from its first line to its answer; of several requests the sum.';
COMMENT ON COLUMN openlineage.audit.requests IS 'How many requests alike the row stands for: events and denied requests share a row per writing.';
GRANT SELECT ON openlineage.audit TO openlineage_admin;
GRANT INSERT ON openlineage.audit TO openlineage_worker;
ALTER TABLE openlineage.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.audit FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_read ON openlineage.audit FOR SELECT USING (true);
CREATE POLICY audit_add ON openlineage.audit FOR INSERT WITH CHECK (true);

CREATE FUNCTION openlineage.audit_add(rows json) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO openlineage.audit (at, user_id, client_id, address, method, route, target, status, duration, requests)
    SELECT to_timestamp(r.at / 1000000.0), r.user_id, r.client_id, r.address, r.method, r.route, r.target, r.status,
           r.milliseconds * interval '1 millisecond', r.requests
      FROM json_to_recordset(rows) AS r (at bigint, user_id text, client_id text, address inet, method text, route text,
                                         target text[], status int, milliseconds bigint, requests int)
    $$;
COMMENT ON FUNCTION openlineage.audit_add(json) IS
    'Part of the HTTP server and the gateway: adds rows to audit; an array of objects with its columns, at in microseconds since 1970 and milliseconds for duration.';
REVOKE ALL ON FUNCTION openlineage.audit_add(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.audit_add(json) TO openlineage_worker;

CREATE FUNCTION openlineage.audit_forget() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM openlineage.audit AS a
         WHERE a.at < now() - nullif(current_setting('openlineage.audit_retention'), '')::interval
        RETURNING 1
    )
    SELECT count(*) FROM gone
    $$;
COMMENT ON FUNCTION openlineage.audit_forget() IS
    'Part of maintain: deletes rows of audit that are older than openlineage.audit_retention; returns how many.';
REVOKE ALL ON FUNCTION openlineage.audit_forget() FROM PUBLIC;
