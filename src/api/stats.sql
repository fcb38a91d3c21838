-- Counts over time, for dashboards: hours of the last day, days of the last
-- week.  Days are those of the caller's time zone and may have 23 or 25 hours.

-- PostgreSQL takes POSIX rules such as FOO5 for zones; with a digit in it a
-- name has to be in the list.
CREATE FUNCTION openlineage.api_zone(query json) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    zone  text := btrim(openlineage.api_text(query, 'timezone'));
BEGIN
    IF zone IS NULL THEN
        RETURN NULL;
    END IF;
    IF zone ~ '^[A-Za-z_+/0-9-]+$' AND (zone !~ '[0-9]' OR EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = zone)) THEN
        BEGIN
            PERFORM statement_timestamp() AT TIME ZONE zone;
            RETURN zone;
        EXCEPTION WHEN invalid_parameter_value THEN
            NULL;  -- the error below
        END;
    END IF;
    RAISE EXCEPTION 'query param timezone must be the name of a time zone' USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION openlineage.api_zone(json) IS
    'The query parameter timezone; null when it is missing. Raises 22023 when it names no time zone.';

CREATE FUNCTION openlineage.stats_intervals(period text, zone text, at timestamptz)
    RETURNS TABLE (ordinal int, starts timestamptz, ends timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 24
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    hour   timestamptz := date_trunc('hour', at, 'UTC');
    today  timestamp;
BEGIN
    IF period = 'DAY' THEN
        RETURN QUERY
        SELECT n, hour + make_interval(hours => n - 24), hour + make_interval(hours => n - 23)
          FROM generate_series(1, 24) AS n;
    ELSE
        today := date_trunc('day', at AT TIME ZONE zone);
        RETURN QUERY
        SELECT n, (today + make_interval(days => n - 7)) AT TIME ZONE zone,
                  (today + make_interval(days => n - 6)) AT TIME ZONE zone
          FROM generate_series(1, 7) AS n;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.stats_intervals(text, text, timestamptz) IS
    'The 24 hours, aligned in UTC, that end with the one of a time (period DAY), or the 7 days of a zone that end with the day of that time (WEEK); oldest first.';

CREATE FUNCTION openlineage.api_stats_intervals(query json)
    RETURNS TABLE (ordinal int, starts timestamptz, ends timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 24
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    period  text[] := openlineage.api_choice(query, 'period', '{DAY,WEEK}');
    zone    text := openlineage.api_zone(query);
BEGIN
    IF period IS NULL THEN
        RAISE EXCEPTION 'query param period must not be null' USING ERRCODE = 'OL400';
    ELSIF period[1] = 'WEEK' AND zone IS NULL THEN
        RAISE EXCEPTION 'Timezone must be specified for period ''WEEK''' USING ERRCODE = 'OL400';
    END IF;
    RETURN QUERY SELECT i.* FROM openlineage.stats_intervals(period[1], zone, statement_timestamp()) AS i;
END
$$;
COMMENT ON FUNCTION openlineage.api_stats_intervals(json) IS
    'The intervals that the query parameters period (DAY or WEEK) and timezone ask for, up to now. Raises OL400 when period is missing, or timezone for WEEK, and 22023 when one of them is unknown.';

-- Whole hours come from event_count.  Days of a zone that is not whole hours
-- away from UTC cut hours, whose events are counted.
CREATE FUNCTION openlineage.stats_events(starts timestamptz[], ends timestamptz[])
    RETURNS TABLE (ordinal int, type text, n bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH interval AS MATERIALIZED (
        SELECT i.ordinal::int, i.starts, i.ends,
               date_trunc('hour', i.starts + interval '1 hour' - interval '1 microsecond', 'UTC') AS first_hour,
               date_trunc('hour', i.ends, 'UTC') AS last_hour
          FROM unnest(stats_events.starts, stats_events.ends) WITH ORDINALITY AS i (starts, ends, ordinal)
    ), hour AS MATERIALIZED (
        SELECT c.hour, c.type, sum(c.n) AS n
          FROM openlineage.event_count AS c
         WHERE c.hour >= (SELECT min(i.first_hour) FROM interval AS i)
           AND c.hour < (SELECT max(i.last_hour) FROM interval AS i)
           AND c.kind = 'run'
         GROUP BY c.hour, c.type
    ), counted AS (
        SELECT i.ordinal, h.type, h.n
          FROM interval AS i
          JOIN hour AS h ON h.hour >= i.first_hour AND h.hour < i.last_hour
        UNION ALL
        SELECT i.ordinal, e.type, count(*)
          FROM interval AS i
         CROSS JOIN LATERAL (VALUES (i.starts, i.first_hour), (i.last_hour, i.ends)) AS p (starts, ends)
         CROSS JOIN LATERAL (SELECT v.type
                               FROM openlineage.event_store AS v
                              WHERE v.event_time >= p.starts
                                AND v.event_time < p.ends
                                AND v.kind = 'run'
                                AND NOT v.is_command
                             OFFSET 0) AS e  -- one look into the index for each, and none for whole hours
         WHERE p.starts < p.ends
         GROUP BY i.ordinal, e.type
    )
    SELECT k.ordinal, k.type, sum(k.n)::bigint
      FROM counted AS k
     GROUP BY k.ordinal, k.type;
END
$$;
COMMENT ON FUNCTION openlineage.stats_events(timestamptz[], timestamptz[]) IS
    'How many run events of each type there were in each of these intervals, numbered from 1. From event_count and event.';

CREATE FUNCTION openlineage.api_stats_events(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    since  timestamptz[];
    until  timestamptz[];
BEGIN
    SELECT array_agg(i.starts ORDER BY i.ordinal), array_agg(i.ends ORDER BY i.ordinal)
      INTO since, until
      FROM openlineage.api_stats_intervals(query) AS i;
    RETURN json_agg(json_build_object(
                        'startInterval', openlineage.iso_time(i.starts),
                        'endInterval', openlineage.iso_time(i.ends),
                        'fail', i.fail,
                        'start', i.start,
                        'complete', i.complete,
                        'abort', i.abort)
                    ORDER BY i.ordinal)
      FROM (SELECT u.ordinal, u.starts, u.ends,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'FAIL'), 0)::bigint AS fail,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'START'), 0)::bigint AS start,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'COMPLETE'), 0)::bigint AS complete,
                   COALESCE(sum(e.n) FILTER (WHERE e.type = 'ABORT'), 0)::bigint AS abort
              FROM unnest(since, until) WITH ORDINALITY AS u (starts, ends, ordinal)
              LEFT JOIN openlineage.stats_events(since, until) AS e ON e.ordinal = u.ordinal
             GROUP BY u.ordinal, u.starts, u.ends) AS i;
END
$$;
COMMENT ON FUNCTION openlineage.api_stats_events(text[], json) IS
    'GET /stats/lineage-events. Query: period (required: DAY, 24 hours aligned in UTC, or WEEK, 7 days of the zone), timezone (required for WEEK). Oldest first, the current hour or day last. Raises OL400 when a parameter is missing, 22023 when it is unknown. From event_count.';

-- Whole hours come from entity_count.  Where a zone cuts hours the tables are
-- asked; sources always are, as one name in two namespaces is one source.
CREATE FUNCTION openlineage.entity_growth(kind text, ends timestamptz[]) RETURNS TABLE (ordinal int, total bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 24
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    cuts_hours  boolean := kind = 'source'
                           OR EXISTS (SELECT FROM unnest(ends) AS e (at) WHERE e.at <> date_trunc('hour', e.at, 'UTC'));
BEGIN
    RETURN QUERY
    WITH created AS (
        SELECT width_bucket(c.hour, ends) AS bucket, c.n FROM openlineage.entity_count AS c
         WHERE NOT cuts_hours AND c.kind = entity_growth.kind
        UNION ALL
        SELECT width_bucket(j.created_at, ends), 1 FROM openlineage.job AS j WHERE cuts_hours AND kind = 'job'
        UNION ALL
        SELECT width_bucket(d.created_at, ends), 1 FROM openlineage.dataset AS d WHERE cuts_hours AND kind = 'dataset'
        UNION ALL
        SELECT width_bucket(min(s.created_at), ends), 1
          FROM (SELECT t.name_hash, t.created_at FROM openlineage.source AS t
                UNION ALL
                SELECT d.name_hash, d.created_at FROM openlineage.source_definition AS d
                UNION ALL
                -- What datasets without a dataSource facet are in.
                SELECT openlineage.hash128('default'), n.created_at FROM openlineage.namespace AS n
                 WHERE EXISTS (SELECT FROM openlineage.dataset)) AS s
         WHERE entity_growth.kind = 'source'
         GROUP BY s.name_hash
    ), counted AS MATERIALIZED (
        SELECT c.bucket, sum(c.n) AS n FROM created AS c GROUP BY c.bucket
    )
    SELECT i.ordinal::int, COALESCE((SELECT sum(c.n) FROM counted AS c WHERE c.bucket < i.ordinal), 0)::bigint
      FROM unnest(ends) WITH ORDINALITY AS i (ends, ordinal);
END
$$;
COMMENT ON FUNCTION openlineage.entity_growth(text, timestamptz[]) IS
    'How many jobs, datasets or sources the events before each of these rising times had named. Whole hours that are older than eight days may count as of any time. From entity_count, source, and for times within an hour job and dataset.';

CREATE FUNCTION openlineage.stats_entities(kind text, query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    since  timestamptz[];
    until  timestamptz[];
BEGIN
    SELECT array_agg(i.starts ORDER BY i.ordinal), array_agg(i.ends ORDER BY i.ordinal)
      INTO since, until
      FROM openlineage.api_stats_intervals(query) AS i;
    RETURN json_agg(json_build_object(
                        'startInterval', openlineage.iso_time(u.starts),
                        'endInterval', openlineage.iso_time(u.ends),
                        'count', g.total)
                    ORDER BY u.ordinal)
      FROM unnest(since, until) WITH ORDINALITY AS u (starts, ends, ordinal)
      JOIN openlineage.entity_growth(kind, until) AS g ON g.ordinal = u.ordinal;
END
$$;
COMMENT ON FUNCTION openlineage.stats_entities(text, json) IS
    'The answer of the three counts of entities.';

CREATE FUNCTION openlineage.api_stats_jobs(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.stats_entities('job', query)$$;
COMMENT ON FUNCTION openlineage.api_stats_jobs(text[], json) IS
    'GET /stats/jobs: how many there were at the end of each interval. Query and errors as GET /stats/lineage-events. From job.';

CREATE FUNCTION openlineage.api_stats_datasets(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.stats_entities('dataset', query)$$;
COMMENT ON FUNCTION openlineage.api_stats_datasets(text[], json) IS
    'GET /stats/datasets: how many there were at the end of each interval. Query and errors as GET /stats/lineage-events. From dataset.';

CREATE FUNCTION openlineage.api_stats_sources(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.stats_entities('source', query)$$;
COMMENT ON FUNCTION openlineage.api_stats_sources(text[], json) IS
    'GET /stats/sources: how many there were at the end of each interval. Query and errors as GET /stats/lineage-events. From source.';
