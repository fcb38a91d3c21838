-- The doors for events.

CREATE FUNCTION openlineage.ingest(event json) RETURNS int
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest';
COMMENT ON FUNCTION openlineage.ingest(json) IS
    'Stores one OpenLineage event or an array of them, all or none, and returns how many were accepted. Errors: 22032 no JSON, 22021 no UTF-8, 22004 a needed member is missing, 22023 it has the wrong type or is empty, 22007 unreadable eventTime, 54001 nested too deeply or too many values, 42501 no right to write the namespace. Source: OpenLineage specification 2-0-2.';

CREATE FUNCTION openlineage.ingest(event text) RETURNS int
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest';
COMMENT ON FUNCTION openlineage.ingest(text) IS
    'As ingest(json); the text is stored as it is.';

CREATE FUNCTION openlineage.ingest(event jsonb) RETURNS int
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.ingest(event::text)$$;
COMMENT ON FUNCTION openlineage.ingest(jsonb) IS
    'As ingest(json); what is stored is the text that jsonb prints.';

CREATE FUNCTION openlineage.ingest_batch(bodies bytea[],
        OUT ordinal int, OUT sqlstate text, OUT message text, OUT detail text, OUT answer json)
    RETURNS SETOF record
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest_batch';
COMMENT ON FUNCTION openlineage.ingest_batch(bytea[]) IS
    'Stores many events that have nothing to do with each other, one per body or an array of them: a row for each body in order. For one event sqlstate is null when it is stored (now or before) and says what is wrong otherwise. For an array answer says it: {status, summary: {received, successful, failed, retriable, non_retriable}, failed_events: [{index, reason, retriable}]}; one bad event does not touch the others; sqlstate is set when none was stored: 22023 when sending them again is of no use, else 40001. Raises only what is about the server as a whole, and 40P01 when it lost in a deadlock: nothing is stored then, send all of it again. For the worker. Source: POST /lineage/batch of the OpenLineage HTTP API.';

CREATE FUNCTION openlineage.ingest_command(event text) RETURNS int
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_ingest_command';
COMMENT ON FUNCTION openlineage.ingest_command(text) IS
    'As ingest(text) for events that functions of the API write: they change the state like any other, but neither they nor their facets are shown. For change() alone.';
REVOKE ALL ON FUNCTION openlineage.ingest_command(text) FROM PUBLIC;

REVOKE ALL ON FUNCTION openlineage.ingest(json) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.ingest(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.ingest(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.ingest_batch(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.ingest(json) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.ingest(text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.ingest(jsonb) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.ingest_batch(bytea[]) TO openlineage_writer;

CREATE FUNCTION openlineage.event_portions(body bytea, max_events int, max_bytes int) RETURNS int[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_event_portions';
COMMENT ON FUNCTION openlineage.event_portions(bytea, int, int) IS
    'Where an array of events is cut into portions of so many events and bytes at most (one event may be larger): of each portion the ordinal of its first event from 0, its first byte and the byte after its last; at the end how many events there are. Null when body is no JSON array, or one that is a portion by itself. For the worker.';

CREATE FUNCTION openlineage.portion_result(answer json, base int,
        OUT received int, OUT failed int, OUT retriable int, OUT failed_events text)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (answer #>> '{summary,received}')::int, (answer #>> '{summary,failed}')::int, (answer #>> '{summary,retriable}')::int,
           (SELECT COALESCE(string_agg(format('{"index":%s,"reason":%s,"retriable":%s}', (e.value ->> 'index')::int + base,
                                              e.value -> 'reason', e.value -> 'retriable'), ',' ORDER BY e.ordinality), '')
              FROM json_array_elements(answer -> 'failed_events') WITH ORDINALITY AS e (value, ordinality))
    $$;
COMMENT ON FUNCTION openlineage.portion_result(json, int) IS
    'What ingest_batch() answered to a portion of an array whose first event has the ordinal base: the numbers to add up, and its failed_events with the ordinals they have in the whole array. For the worker.';
