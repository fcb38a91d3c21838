-- Events as they came.

CREATE FUNCTION openlineage.event_total(after timestamptz, before timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    first_hour  timestamptz := date_trunc('hour', after, 'UTC');
    last_hour   timestamptz := date_trunc('hour', before, 'UTC');
    total       bigint;
BEGIN
    IF first_hour < after THEN
        first_hour := first_hour + interval '1 hour';
    END IF;
    IF first_hour >= last_hour THEN
        RETURN count(*) FROM openlineage.event AS e WHERE e.event_time >= after AND e.event_time < before;
    END IF;
    SELECT COALESCE(sum(c.n), 0)::bigint INTO total
      FROM openlineage.event_count AS c
     WHERE c.hour >= first_hour AND c.hour < last_hour;
    IF after < first_hour THEN
        total := total + (SELECT count(*) FROM openlineage.event AS e
                           WHERE e.event_time >= after AND e.event_time < first_hour);
    END IF;
    IF last_hour < before THEN
        total := total + (SELECT count(*) FROM openlineage.event AS e
                           WHERE e.event_time >= last_hour AND e.event_time < before);
    END IF;
    RETURN total;
END
$$;
COMMENT ON FUNCTION openlineage.event_total(timestamptz, timestamptz) IS
    'How many events of all kinds there are from after to just before: whole hours from event_count, the rest counted.';

CREATE FUNCTION openlineage.event_page(after timestamptz, before timestamptz, rising boolean, max_rows int, skip_rows int)
    RETURNS TABLE (ordinal bigint, body text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF rising THEN
        RETURN QUERY
        SELECT row_number() OVER (), p.body
          FROM (SELECT e.body
                  FROM openlineage.event AS e
                 WHERE e.event_time >= after AND e.event_time < before AND e.kind = 'run'
                 ORDER BY e.event_time, e.hash
                 LIMIT max_rows OFFSET skip_rows) AS p;
    ELSE
        RETURN QUERY
        SELECT row_number() OVER (), p.body
          FROM (SELECT e.body
                  FROM openlineage.event AS e
                 WHERE e.event_time >= after AND e.event_time < before AND e.kind = 'run'
                 ORDER BY e.event_time DESC, e.hash DESC
                 LIMIT max_rows OFFSET skip_rows) AS p;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.event_page(timestamptz, timestamptz, boolean, int, int) IS
    'One page of run events from after to just before, in the order of event time, with their place in it.';

-- Events as stored are put together as text: they may hold what the json
-- type keeps but cannot take apart, such as \u0000.  A page ends early, and
-- says so, where it would become too large for one value.
CREATE FUNCTION openlineage.api_events(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    before     timestamptz := openlineage.api_time(query, 'before', '2030-01-01 00:00:00+00');
    after      timestamptz := openlineage.api_time(query, 'after', '1970-01-01 00:00:00+00');
    rising     boolean := openlineage.api_choice(query, 'sortDirection', '{DESC,ASC}') = '{ASC}';
    listed     text;
    is_cut     boolean;
BEGIN
    SELECT string_agg(k.body, ',' ORDER BY k.ordinal) FILTER (WHERE k.bytes <= openlineage.api_byte_budget() OR k.ordinal = 1),
           bool_or(k.bytes > openlineage.api_byte_budget() AND k.ordinal > 1)
      INTO listed, is_cut
      FROM (SELECT p.body,
                   row_number() OVER w AS ordinal,
                   sum(octet_length(p.body)) OVER (w ROWS UNBOUNDED PRECEDING) AS bytes
              FROM openlineage.event_page(after, before, COALESCE(rising, false), max_rows, skip_rows) AS p
            WINDOW w AS (ORDER BY p.ordinal)) AS k;
    RETURN format('{"totalCount":%s,"events":[%s]%s}', openlineage.event_total(after, before), listed,
                  CASE WHEN is_cut THEN ',"truncated":true' END)::json;
END
$$;
COMMENT ON FUNCTION openlineage.api_events(text[], json) IS
    'GET /events/lineage. Query: before (2030-01-01T00:00:00Z) and after (1970-01-01T00:00:00Z) bound the event time, after included; sortDirection (desc, asc), limit (100, at most 1000), offset (0). Only run events are listed, as they came; totalCount counts all kinds. Raises 22007 for a bad time, 22023 for a bad sortDirection, OL400 and OL404 for bad numbers. From event and event_count.';

CREATE VIEW openlineage.run_state_history WITH (security_invoker = true) AS
SELECT e.run_id,
       e.node_id AS job_id,
       CASE WHEN e.type OPERATOR(pg_catalog.=) 'COMPLETE' THEN 'COMPLETED'
            WHEN e.type OPERATOR(pg_catalog.=) 'ABORT' THEN 'ABORTED'
            WHEN e.type OPERATOR(pg_catalog.=) 'FAIL' THEN 'FAILED'
            ELSE 'RUNNING' END::openlineage.run_state AS state,
       e.type,
       e.event_time AS at
  FROM openlineage.event AS e
 WHERE e.kind OPERATOR(pg_catalog.=) 'run'
   AND e.type OPERATOR(pg_catalog.=) ANY (ARRAY['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL']);
COMMENT ON VIEW openlineage.run_state_history IS
    'Every change of state that an event of a run told, two ends included; run.state is what they come to.';
COMMENT ON COLUMN openlineage.run_state_history.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_state_history.job_id IS 'The job that the event named.';
COMMENT ON COLUMN openlineage.run_state_history.state IS 'RUNNING, COMPLETED, ABORTED or FAILED.';
COMMENT ON COLUMN openlineage.run_state_history.type IS 'eventType in upper case.';
COMMENT ON COLUMN openlineage.run_state_history.at IS 'Time of the event.';
GRANT SELECT ON openlineage.run_state_history TO openlineage_reader;
