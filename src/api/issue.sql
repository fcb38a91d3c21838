-- What a platform team has to look after: events that were taken although
-- something about them was odd, and events that were not taken.

CREATE FUNCTION openlineage.issue_total_limit() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT 10000::bigint$$;
COMMENT ON FUNCTION openlineage.issue_total_limit() IS 'Up to how many GET /issues counts.';

CREATE FUNCTION openlineage.issue_keys(odd boolean, rejected boolean, namespace_id int, code text,
                                       after timestamptz, before timestamptz, rising boolean, max_rows bigint)
    RETURNS TABLE (at timestamptz, hash uuid, issue_id bigint, slot int)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    conditions  text := CASE WHEN namespace_id IS NULL THEN '' ELSE ' AND namespace_id = $3' END
                        || CASE WHEN code IS NULL THEN '' ELSE ' AND code = $4' END;
    direction   text := CASE WHEN rising THEN '' ELSE ' DESC' END;
BEGIN
    IF odd THEN
        RETURN QUERY EXECUTE
            'SELECT event_time, event_hash, id, NULL::int FROM openlineage.event_issue WHERE event_time >= $1 AND event_time < $2'
            || conditions || ' ORDER BY event_time' || direction || ', event_hash' || direction || ', id' || direction || ' LIMIT $5'
            USING after, before, namespace_id, code, max_rows;
    END IF;
    IF rejected THEN
        RETURN QUERY EXECUTE
            'SELECT received_at, hash, NULL::bigint, slot FROM openlineage.rejected_event WHERE received_at >= $1 AND received_at < $2'
            || conditions || ' ORDER BY received_at' || direction || ', slot' || direction || ' LIMIT $5'
            USING after, before, namespace_id, code, max_rows;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.issue_keys(boolean, boolean, int, text, timestamptz, timestamptz, boolean, bigint) IS
    'The first max_rows issues of accepted events by event time, and as many rejected events by the time they came; of all namespaces and codes where these are null.';

-- Nothing adds issues up, and where one producer leaves out a member there is one for each event: a page must
-- not count them all.
CREATE FUNCTION openlineage.issue_total(odd boolean, rejected boolean, namespace_id int, code text,
                                        after timestamptz, before timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    conditions  text := CASE WHEN namespace_id IS NULL THEN '' ELSE ' AND namespace_id = $3' END
                        || CASE WHEN code IS NULL THEN '' ELSE ' AND code = $4' END;
    most        bigint := openlineage.issue_total_limit();
    found       bigint;
    total       bigint := 0;
BEGIN
    IF odd THEN
        EXECUTE 'SELECT count(*) FROM (SELECT FROM openlineage.event_issue WHERE event_time >= $1 AND event_time < $2' || conditions || ' LIMIT $5) AS i'
           INTO found USING after, before, namespace_id, code, most;
        total := found;
    END IF;
    IF rejected THEN
        EXECUTE 'SELECT count(*) FROM openlineage.rejected_event WHERE received_at >= $1 AND received_at < $2' || conditions
           INTO found USING after, before, namespace_id, code;
        total := total + found;
    END IF;
    RETURN LEAST(total, most);
END
$$;
COMMENT ON FUNCTION openlineage.issue_total(boolean, boolean, int, text, timestamptz, timestamptz) IS
    'How many issues of accepted events and rejected events match; issue_total_limit() where there are more.';

CREATE FUNCTION openlineage.issue_json(issues bigint[], slots int[])
    RETURNS TABLE (issue_id bigint, slot int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT i.id, NULL::int,
           json_build_object(
               'kind', 'ODD',
               'at', openlineage.iso_time(i.event_time),
               'code', i.code,
               'path', i.path,
               'message', i.message,
               'details', NULL,
               'namespace', s.name,
               'event', json_build_object(
                   'hash', i.event_hash,
                   'eventTime', openlineage.iso_time(i.event_time),
                   'receivedAt', openlineage.iso_time(e.received_at),
                   'eventType', e.type,
                   'runId', e.run_id,
                   'nodeId', n.kind || ':' || ns.name || ':' || n.name,
                   'bytes', openlineage.event_bytes(e.packed)))
      FROM openlineage.event_issue AS i
      JOIN openlineage.namespace AS s ON s.id = i.namespace_id
      LEFT JOIN openlineage.event_store AS e ON e.event_time = i.event_time AND e.hash = i.event_hash
      LEFT JOIN openlineage.node AS n ON n.id = e.node_id
      LEFT JOIN openlineage.namespace AS ns ON ns.id = n.namespace_id
     WHERE i.id = ANY (issues)
    UNION ALL
    SELECT NULL, r.slot,
           json_build_object(
               'kind', 'REJECTED',
               'at', openlineage.iso_time(r.received_at),
               'code', r.code,
               'path', NULL,
               'message', r.message,
               'details', r.details,
               'namespace', s.name,
               'event', json_build_object(
                   'hash', r.hash,
                   'eventTime', NULL,
                   'receivedAt', openlineage.iso_time(r.received_at),
                   'excerpt', openlineage.redact(r.excerpt),
                   'bytes', r.bytes))
      FROM openlineage.rejected_event AS r
      LEFT JOIN openlineage.namespace AS s ON s.id = r.namespace_id
     WHERE r.slot = ANY (slots);
END
$$;
COMMENT ON FUNCTION openlineage.issue_json(bigint[], int[]) IS
    'These issues and rejected events as GET /issues shows them.';

CREATE FUNCTION openlineage.api_issues(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    before     timestamptz := openlineage.api_time(query, 'before', 'infinity');
    after      timestamptz := openlineage.api_time(query, 'after', '-infinity');
    rising     boolean := COALESCE(openlineage.api_choice(query, 'sortDirection', '{DESC,ASC}') = '{ASC}', false);
    kinds      text[] := COALESCE(openlineage.api_choice(query, 'kind', '{ODD,REJECTED}'), '{ODD,REJECTED}');
    odd        boolean := 'ODD' = ANY (kinds);
    rejected   boolean := 'REJECTED' = ANY (kinds);
    code       text := openlineage.api_text(query, 'code');
    namespace  text := openlineage.api_text(query, 'namespace');
    home       int;
    listed     json;
BEGIN
    IF namespace IS NOT NULL THEN
        home := COALESCE((SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.readable_hash(namespace)), -1);
    END IF;
    WITH page AS MATERIALIZED (
        SELECT k.issue_id, k.slot,
               row_number() OVER (ORDER BY CASE WHEN rising THEN k.at END, k.at DESC,
                                           CASE WHEN rising THEN k.slot END NULLS FIRST, k.slot DESC NULLS LAST,
                                           CASE WHEN rising THEN k.hash END, k.hash DESC,
                                           CASE WHEN rising THEN k.issue_id END, k.issue_id DESC) AS ordinal
          FROM openlineage.issue_keys(odd, rejected, home, code, after, before, rising, max_rows::bigint + skip_rows) AS k
         ORDER BY ordinal
         LIMIT max_rows OFFSET skip_rows
    )
    SELECT json_agg(o.object ORDER BY p.ordinal) INTO listed
      FROM page AS p
      JOIN openlineage.issue_json(ARRAY(SELECT w.issue_id FROM page AS w WHERE w.issue_id IS NOT NULL),
                                  ARRAY(SELECT w.slot FROM page AS w WHERE w.slot IS NOT NULL)) AS o
        ON o.issue_id = p.issue_id OR o.slot = p.slot;
    RETURN json_build_object('totalCount', openlineage.issue_total(odd, rejected, home, code, after, before),
                             'issues', COALESCE(listed, '[]'));
END
$$;
COMMENT ON FUNCTION openlineage.api_issues(text[], json) IS
    'GET /issues: what was odd about events that were taken, by event time, and the last 10,000 events that were not, by the time they came. Query: kind (ODD, REJECTED, repeatable), namespace, code (a rule in snake_case, or an SQLSTATE), before and after (after included), sortDirection (desc, asc), limit (100, at most 1000), offset (0). Raises 22007 for a bad time, 22023 for a bad kind or sortDirection, OL400 and OL404 for bad numbers; an unknown namespace matches nothing. totalCount stops at 10,000. From event_issue, event and rejected_event.';
