-- Events as they came.
--
-- A page is chosen first, as the keys of its events in the order of time, from
-- the index of the filter that leaves the fewest; bodies are fetched for the
-- page alone.  Far into a list, event_count says how many whole hours to pass.

-- Which of the filters are asked is known before the statement is planned.
CREATE FUNCTION openlineage.event_source(by_namespace boolean, by_run boolean, by_job boolean, by_dataset boolean)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'SELECT e.event_time, e.hash FROM openlineage.event_store AS e WHERE e.event_time >= $1 AND e.event_time < $2 AND NOT e.is_command'
           || CASE WHEN by_namespace THEN ' AND e.namespace_id = $3' ELSE '' END
           || CASE WHEN by_run THEN ' AND e.run_id = $4' ELSE '' END
           || CASE WHEN by_job AND by_run THEN ' AND e.node_id = ANY ($5)'
                   WHEN by_job THEN ' AND e.node_id = k.id' ELSE '' END
           || CASE WHEN by_dataset
                   THEN ' AND (e.set_id = ANY (ARRAY(SELECT m.set_id FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY ($6)))'
                        ' OR EXISTS (SELECT FROM openlineage.event_dataset_store AS d WHERE d.dataset_id = ANY ($6)'
                        ' AND d.event_time = e.event_time AND d.event_hash = e.hash))' ELSE '' END
    $$;
COMMENT ON FUNCTION openlineage.event_source(boolean, boolean, boolean, boolean) IS
    'Part of event_keys: the query for the keys of matching events, unless only datasets choose them. $1 and $2 bound the time, $3 is the namespace, $4 the run, $5 jobs, $6 datasets; k.id is each of the jobs in turn, where these and no run are given.';

CREATE FUNCTION openlineage.first_events(rising boolean, most text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT ' ORDER BY event_time' || CASE WHEN rising THEN '' ELSE ' DESC' END || ' FETCH FIRST (' || most || ') ROWS WITH TIES'
    $$;
COMMENT ON FUNCTION openlineage.first_events(boolean, text) IS
    'Part of event_keys: the end of a query for events, from which a page is sorted by time and hash. By time alone, as indexes have it.';

CREATE FUNCTION openlineage.dataset_source(namespace_id int, jobs int[], datasets int[], page text)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    sets    text := 'ARRAY(SELECT m.set_id FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY ($5))';
    rows    text := 'SELECT e.event_time, e.hash FROM openlineage.event_store AS e WHERE ';
    chosen  text := ' FROM openlineage.dataset_set AS s WHERE s.id = ANY (' || sets || ') AND s.since < $2 AND s.until > $1'
                    || CASE WHEN namespace_id IS NOT NULL THEN ' AND s.namespace_id = $3' ELSE '' END
                    || CASE WHEN jobs IS NOT NULL THEN ' AND s.node_id = ANY ($4)' ELSE '' END;
    during  text := ' AND e.event_time >= GREATEST($1, s.since) AND e.event_time < LEAST($2, s.until)';
    many    boolean := (SELECT count(*) FROM (SELECT FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY (datasets) LIMIT 1001) AS l) > 1000;
BEGIN
    IF page = '' OR (many AND jobs IS NOT NULL) THEN
        -- However many sets a job has, its events are gone through once: IS TRUE keeps the index from doing it for each.
        rows := 'SELECT r.* FROM (SELECT s.node_id, s.since, s.until, array_agg(s.id) AS ids' || chosen || ' GROUP BY 1, 2, 3) AS s CROSS JOIN LATERAL ('
                || rows || 'e.node_id = s.node_id AND (e.set_id = ANY (s.ids)) IS TRUE' || during || page || ') AS r';
    -- A dataset of very many sets is named by so many events that the order of time finds some soon.
    ELSIF many THEN
        rows := '(' || rows || '(e.set_id = ANY (' || sets || ')) IS TRUE AND e.event_time >= $1 AND e.event_time < $2'
                || CASE WHEN namespace_id IS NOT NULL THEN ' AND e.namespace_id = $3' ELSE '' END || page || ')';
    ELSE
        rows := 'SELECT r.* FROM (SELECT s.*' || chosen || ') AS s CROSS JOIN LATERAL ('
                || rows || 'e.node_id = s.node_id AND e.set_id = s.id' || during || page || ') AS r';
    END IF;
    -- One event may name a dataset by two of its names.
    RETURN CASE WHEN cardinality(datasets) = 1 THEN 'SELECT r.*' ELSE 'SELECT DISTINCT r.*' END
           || ' FROM unnest($5) AS k (id) CROSS JOIN LATERAL (SELECT d.event_time, d.event_hash AS hash FROM openlineage.event_dataset_store AS d'
           || CASE WHEN jobs IS NOT NULL
                   THEN ' JOIN openlineage.event_store AS e ON e.event_time = d.event_time AND e.hash = d.event_hash AND e.node_id = ANY ($4)' ELSE '' END
           || ' WHERE d.dataset_id = k.id AND d.event_time >= $1 AND d.event_time < $2'
           || CASE WHEN namespace_id IS NOT NULL THEN ' AND d.namespace_id = $3' ELSE '' END || page
           || ') AS r UNION ALL ' || rows;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_source(int, int[], int[], text) IS
    'Part of dataset_keys: the query for the keys of events that name one of these datasets, each once, with the end page for each part of it. $1 and $2 bound the time, $3 is the namespace, $4 jobs, $5 datasets; from event_dataset_store, and for events with a set from event_store.';

CREATE FUNCTION openlineage.dataset_keys(after timestamptz, before timestamptz, namespace_id int, jobs int[], datasets int[],
                                         rising boolean, max_rows int, skip_rows bigint)
    RETURNS TABLE (event_time timestamptz, hash uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_sort = off  -- of the few that a page takes: expecting few, the planner would sort all of a busy job's
    SET jit = off  -- before PostgreSQL 18 a sort that is off makes a plan so dear that it would be compiled
    AS $$
DECLARE
    sorted  text := CASE WHEN rising THEN ' ORDER BY event_time, hash' ELSE ' ORDER BY event_time DESC, hash DESC' END;
BEGIN
    RETURN QUERY EXECUTE 'SELECT u.event_time, u.hash FROM ('
                         || openlineage.dataset_source(namespace_id, jobs, datasets, openlineage.first_events(rising, '$6 + $7'))
                         || ') AS u' || sorted || ' LIMIT $6 OFFSET $7'
        USING after, before, namespace_id, jobs, datasets, max_rows, skip_rows;
END
$$;
COMMENT ON FUNCTION openlineage.dataset_keys(timestamptz, timestamptz, int, int[], int[], boolean, int, bigint) IS
    'One page, in the order of time, of the events from after to just before that name one of these datasets, of a namespace and of any of these jobs unless that is null.';

CREATE FUNCTION openlineage.event_matches(after timestamptz, before timestamptz, namespace_id int, run_id uuid,
                                          jobs int[], datasets int[]) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    source  text := openlineage.event_source(namespace_id IS NOT NULL, run_id IS NOT NULL, jobs IS NOT NULL, datasets IS NOT NULL);
    total   bigint;
BEGIN
    IF run_id IS NULL AND datasets IS NOT NULL THEN
        EXECUTE 'SELECT count(*) FROM (' || openlineage.dataset_source(namespace_id, jobs, datasets, '') || ') AS m'
           INTO total USING after, before, namespace_id, jobs, datasets;
    ELSIF run_id IS NULL AND jobs IS NOT NULL THEN
        EXECUTE 'SELECT count(*) FROM unnest($5) AS k (id) CROSS JOIN LATERAL (' || source || ') AS m'
           INTO total USING after, before, namespace_id, run_id, jobs;
    ELSE
        EXECUTE 'SELECT count(*) FROM (' || source || ') AS m'
           INTO total USING after, before, namespace_id, run_id, jobs, datasets;
    END IF;
    RETURN total;
END
$$;
COMMENT ON FUNCTION openlineage.event_matches(timestamptz, timestamptz, int, uuid, int[], int[]) IS
    'How many events of all kinds match: from after to just before, of a namespace, a run, of any of these jobs, naming any of these datasets, as far as these are not null. Counted from the index of the narrowest; for datasets, that of the jobs whose sets have them.';

CREATE FUNCTION openlineage.hour_total(after timestamptz, before timestamptz, namespace_id int) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    first_day  timestamptz := date_trunc('day', after, 'UTC');
    last_day   timestamptz := date_trunc('day', before, 'UTC');
BEGIN
    IF first_day < after THEN
        first_day := first_day + interval '1 day';
    END IF;
    IF first_day >= last_day THEN
        first_day := before;
        last_day := before;
    END IF;
    -- Days, what came since they were added up, and the hours before and after.
    IF namespace_id IS NULL THEN
        RETURN (SELECT COALESCE(sum(d.n), 0) FROM openlineage.event_day_count AS d WHERE d.day >= first_day AND d.day < last_day)
             + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c WHERE NOT c.in_day AND c.hour >= first_day AND c.hour < last_day)
             + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c WHERE c.hour >= after AND c.hour < first_day)
             + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c WHERE c.hour >= last_day AND c.hour < before);
    END IF;
    RETURN (SELECT COALESCE(sum(d.n), 0) FROM openlineage.event_day_count AS d
             WHERE d.namespace_id = hour_total.namespace_id AND d.day >= first_day AND d.day < last_day)
         + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c
             WHERE c.namespace_id = hour_total.namespace_id AND NOT c.in_day AND c.hour >= first_day AND c.hour < last_day)
         + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c
             WHERE c.namespace_id = hour_total.namespace_id AND c.hour >= after AND c.hour < first_day)
         + (SELECT COALESCE(sum(c.n), 0) FROM openlineage.event_count AS c
             WHERE c.namespace_id = hour_total.namespace_id AND c.hour >= last_day AND c.hour < before);
END
$$;
COMMENT ON FUNCTION openlineage.hour_total(timestamptz, timestamptz, int) IS
    'Part of event_total: how many events there are in these whole hours, in one namespace unless that is null.';

CREATE FUNCTION openlineage.event_total(after timestamptz, before timestamptz, namespace_id int DEFAULT NULL)
    RETURNS bigint
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
        RETURN openlineage.event_matches(after, before, namespace_id, NULL, NULL, NULL);
    END IF;
    total := openlineage.hour_total(first_hour, last_hour, namespace_id);
    IF after < first_hour THEN
        total := total + openlineage.event_matches(after, first_hour, namespace_id, NULL, NULL, NULL);
    END IF;
    IF last_hour < before THEN
        total := total + openlineage.event_matches(last_hour, before, namespace_id, NULL, NULL, NULL);
    END IF;
    RETURN total;
END
$$;
COMMENT ON FUNCTION openlineage.event_total(timestamptz, timestamptz, int) IS
    'How many events of all kinds there are from after to just before, in one namespace unless that is null: whole days from event_day_count, whole hours from event_count, the rest counted.';

CREATE FUNCTION openlineage.event_keys(after timestamptz, before timestamptz, namespace_id int, run_id uuid,
                                       jobs int[], datasets int[], rising boolean, max_rows int, skip_rows bigint)
    RETURNS TABLE (event_time timestamptz, hash uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_sort = off  -- of the few that a page takes: expecting few, the planner would sort all of a busy job's
    SET jit = off  -- before PostgreSQL 18 a sort that is off makes a plan so dear that it would be compiled
    AS $$
DECLARE
    source  text := openlineage.event_source(namespace_id IS NOT NULL, run_id IS NOT NULL, jobs IS NOT NULL, datasets IS NOT NULL);
    sorted  text := CASE WHEN rising THEN ' ORDER BY event_time, hash' ELSE ' ORDER BY event_time DESC, hash DESC' END;
    first   text := openlineage.first_events(rising, '$7 + $8');
BEGIN
    IF COALESCE(run_id::text, namespace_id::text, jobs::text, datasets::text) IS NULL THEN
        source := source || ' AND e.kind = ''run''';
    END IF;
    IF run_id IS NULL AND datasets IS NOT NULL THEN
        RETURN QUERY SELECT k.event_time, k.hash
                       FROM openlineage.dataset_keys(after, before, namespace_id, jobs, datasets, rising, max_rows, skip_rows) AS k;
    ELSIF run_id IS NOT NULL OR jobs IS NULL THEN
        RETURN QUERY EXECUTE 'SELECT m.event_time, m.hash FROM (' || source || first || ') AS m' || sorted || ' LIMIT $7 OFFSET $8'
            USING after, before, namespace_id, run_id, jobs, datasets, max_rows, skip_rows;
    ELSIF cardinality(jobs) = 1 THEN
        RETURN QUERY EXECUTE 'SELECT m.event_time, m.hash FROM (VALUES ($9)) AS k (id) CROSS JOIN LATERAL (' || source || first
                             || ') AS m' || sorted || ' LIMIT $7 OFFSET $8'
            USING after, before, namespace_id, run_id, jobs, datasets, max_rows, skip_rows, jobs[1];
    ELSE
        RETURN QUERY EXECUTE 'SELECT m.event_time, m.hash FROM unnest($5) AS k (id) CROSS JOIN LATERAL (' || source || first
                             || ') AS m' || sorted || ' LIMIT $7 OFFSET $8'
            USING after, before, namespace_id, run_id, jobs, datasets, max_rows, skip_rows;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.event_keys(timestamptz, timestamptz, int, uuid, int[], int[], boolean, int, bigint) IS
    'One page of what event_matches counts, in the order of time; only run events when all of the filters are null.';

CREATE FUNCTION openlineage.event_skip(INOUT after timestamptz, INOUT before timestamptz, IN namespace_id int,
                                       IN rising boolean, INOUT skip_rows bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    first_hour  timestamptz := date_trunc('hour', after + interval '1 hour' - interval '1 microsecond', 'UTC');
    last_hour   timestamptz := date_trunc('hour', before, 'UTC');
    edge        bigint;
    passed      record;
BEGIN
    IF skip_rows < 1000 OR first_hour >= last_hour THEN
        RETURN;
    END IF;
    SELECT count(*) INTO edge
      FROM openlineage.event_store AS e
     WHERE e.event_time >= CASE WHEN rising THEN after ELSE last_hour END
       AND e.event_time < CASE WHEN rising THEN first_hour ELSE before END
       AND NOT e.is_command
       AND (event_skip.namespace_id IS NULL AND e.kind = 'run' OR e.namespace_id = event_skip.namespace_id);
    SELECT h.hour, h.n INTO passed
      FROM (SELECT c.hour,
                   edge + sum(sum(c.n)) OVER (ORDER BY CASE WHEN rising THEN c.hour END, c.hour DESC) AS n
              FROM openlineage.event_count AS c
             WHERE c.hour >= first_hour
               AND c.hour < last_hour
               AND (event_skip.namespace_id IS NULL AND c.kind = 'run' OR c.namespace_id = event_skip.namespace_id)
             GROUP BY c.hour) AS h
     WHERE h.n <= event_skip.skip_rows
     ORDER BY h.n DESC, CASE WHEN rising THEN h.hour END DESC, h.hour
     LIMIT 1;
    IF FOUND THEN
        skip_rows := skip_rows - passed.n;
        IF rising THEN
            after := passed.hour + interval '1 hour';
        ELSE
            before := passed.hour;
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.event_skip(timestamptz, timestamptz, int, boolean, bigint) IS
    'Takes off a list of run events, or of all events of a namespace, the whole hours that a large offset passes: the bounds and the offset that are left. From event_count.';

CREATE FUNCTION openlineage.event_nodes(kind text, value text, namespace text) RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    nodes  int[];
BEGIN
    IF value IS NULL THEN
        RETURN NULL;
    END IF;
    IF value ~ ('^' || kind || ':.+:.') THEN
        nodes := array_remove(ARRAY[openlineage.resolve_node(value)], NULL);
    ELSIF kind = 'job' AND namespace IS NOT NULL THEN
        nodes := array_remove(ARRAY[openlineage.find_job((SELECT s.id
                                                            FROM openlineage.namespace AS s
                                                           WHERE s.name_hash = openlineage.readable_hash(namespace)), value)], NULL);
    ELSE
        nodes := ARRAY(SELECT DISTINCT COALESCE(n.canonical_id, n.id)
                         FROM openlineage.namespace AS s
                         JOIN openlineage.node AS n ON n.namespace_id = s.id AND n.name_hash = openlineage.hash128(value)
                        WHERE n.kind::text = event_nodes.kind
                          AND n.job_id IS NULL);
    END IF;
    RETURN ARRAY(SELECT u.id FROM unnest(nodes) AS n (id), unnest(openlineage.node_names(n.id)) AS u (id));
END
$$;
COMMENT ON FUNCTION openlineage.event_nodes(text, text, text) IS
    'All nodes that a filter by job or dataset means: a node id, or a plain name in any namespace, for a job in this one when it is given; empty when it is unknown, null without a filter.';

-- Events as stored are put together as text: they may hold what the json
-- type keeps but cannot take apart, such as \u0000.  A page ends early, and
-- says so, where it would become too large for one value.
CREATE FUNCTION openlineage.event_list(namespace text, query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  bigint := openlineage.api_number(query, 'offset', 0);
    before     timestamptz := openlineage.api_time(query, 'before', '2030-01-01 00:00:00+00');
    after      timestamptz := openlineage.api_time(query, 'after', '1970-01-01 00:00:00+00');
    rising     boolean := COALESCE(openlineage.api_choice(query, 'sortDirection', '{DESC,ASC}') = '{ASC}', false);
    run        uuid := openlineage.run_uuid(openlineage.api_text(query, 'run'));
    jobs       int[] := openlineage.event_nodes('job', openlineage.api_text(query, 'job'), namespace);
    datasets   int[] := openlineage.event_nodes('dataset', openlineage.api_text(query, 'dataset'), NULL);
    home       int;
    total      bigint;
    listed     text;
    is_cut     boolean;
BEGIN
    IF namespace IS NOT NULL THEN
        home := COALESCE((SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.readable_hash(namespace)), 0);
    END IF;
    IF COALESCE(run::text, jobs::text, datasets::text) IS NULL THEN
        total := openlineage.event_total(after, before, home);
        SELECT s.after, s.before, s.skip_rows INTO after, before, skip_rows
          FROM openlineage.event_skip(after, before, home, rising, skip_rows) AS s;
    ELSE
        total := openlineage.event_matches(after, before, home, run, jobs, datasets);
    END IF;
    SELECT string_agg(k.body, ',' ORDER BY k.ordinal) FILTER (WHERE k.bytes <= openlineage.api_byte_budget() OR k.ordinal = 1),
           bool_or(k.bytes > openlineage.api_byte_budget() AND k.ordinal > 1)
      INTO listed, is_cut
      FROM (SELECT openlineage.redact(openlineage.event_body(e.packed, (SELECT t.packed FROM openlineage.event_template AS t
                                                                         WHERE t.id = e.template_id))) AS body, p.ordinal,
                   sum(openlineage.event_bytes(e.packed)) OVER (ORDER BY p.ordinal ROWS UNBOUNDED PRECEDING) AS bytes
              FROM openlineage.event_keys(after, before, home, run, jobs, datasets, rising, max_rows, skip_rows)
                   WITH ORDINALITY AS p (event_time, hash, ordinal)
              JOIN openlineage.event_store AS e ON e.event_time = p.event_time AND e.hash = p.hash) AS k;
    RETURN format('{"totalCount":%s,"events":[%s]%s}', total, listed, CASE WHEN is_cut THEN ',"truncated":true' END)::json;
END
$$;
COMMENT ON FUNCTION openlineage.event_list(text, json) IS
    'The answer of the lists of events: of one namespace unless that is null.';

CREATE FUNCTION openlineage.api_events(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.event_list(openlineage.api_text(query, 'namespace'), query)$$;
COMMENT ON FUNCTION openlineage.api_events(text[], json) IS
    'GET /events/lineage and GET /events. Query: before (2030-01-01T00:00:00Z) and after (1970-01-01T00:00:00Z) bound the event time, after included; sortDirection (desc, asc), limit (100, at most 1000), offset (0); namespace (of the event), job and dataset (a node id or a plain name), run. Events as they came, for who may not read everything as redact() leaves them. Without the last four only run events are listed, and totalCount counts all kinds, as in Marquez; with one of them both are of all kinds. Raises 22007 for a bad time, 22023 for a bad sortDirection, OL400 and OL404 for bad numbers; an unknown name matches nothing. From event, event_dataset_store, dataset_set and event_count.';

CREATE FUNCTION openlineage.api_namespace_events(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.event_list(path[1], query)$$;
COMMENT ON FUNCTION openlineage.api_namespace_events(text[], json) IS
    'GET /events/{namespace}, which the Python client of Marquez calls: GET /events with that namespace. Empty when it is unknown.';

CREATE VIEW openlineage.run_state_history WITH (security_invoker = true) AS
SELECT e.run_id,
       e.node_id AS job_id,
       CASE WHEN e.type OPERATOR(pg_catalog.=) 'COMPLETE' THEN 'COMPLETED'
            WHEN e.type OPERATOR(pg_catalog.=) 'ABORT' THEN 'ABORTED'
            WHEN e.type OPERATOR(pg_catalog.=) 'FAIL' THEN 'FAILED'
            ELSE 'RUNNING' END::openlineage.run_state AS state,
       e.type,
       e.event_time AS at
  FROM openlineage.event_store AS e
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
