-- Jobs.

CREATE FUNCTION openlineage.find_job(namespace_id int, name text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int;
BEGIN
    SELECT COALESCE(n.canonical_id, n.id) INTO found_id
      FROM openlineage.node AS n
     WHERE n.namespace_id = find_job.namespace_id
       AND n.kind = 'job'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(find_job.name);
    IF found_id IS NOT NULL OR strpos(name, '.') = 0 OR length(name) > 4000 THEN
        RETURN found_id;
    END IF;
    -- parent.child, with dots in either: the shortest parent that fits.
    SELECT n.id INTO found_id
      FROM (SELECT string_agg(w.word, '.') OVER (ORDER BY w.ordinal) AS parent,
                   substr(find_job.name, sum(length(w.word) + 1) OVER (ORDER BY w.ordinal)::int + 1) AS child
              FROM unnest(string_to_array(find_job.name, '.')) WITH ORDINALITY AS w (word, ordinal)
             LIMIT 100) AS c
      JOIN openlineage.node AS n
        ON n.namespace_id = find_job.namespace_id
       AND n.kind = 'job'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(c.child)
      JOIN openlineage.job AS j ON j.node_id = n.id
      JOIN openlineage.node AS p ON p.id = j.parent_id AND p.name = c.parent
     ORDER BY length(c.parent)
     LIMIT 1;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.find_job(int, text) IS
    'The job of this name in a namespace, or of this name written as parent.child; null when there is none that the caller may see.';

CREATE FUNCTION openlineage.api_job_id(namespace text, name text) RETURNS int
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int := openlineage.find_job(openlineage.api_namespace_id(namespace), name);
BEGIN
    IF found_id IS NULL OR EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = found_id) THEN
        RAISE EXCEPTION 'Job ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION openlineage.api_job_id(text, text) IS
    'The job of this name, or of this name written as parent.child. Raises OL404 when the namespace or the job is unknown or hidden.';

CREATE FUNCTION openlineage.job_io(ids int[]) RETURNS TABLE (job_id int, inputs json, outputs json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH member AS (
        SELECT k.id AS job_id, k.id FROM unnest(ids) AS k (id)
        UNION ALL
        SELECT n.job_id, n.id FROM openlineage.node AS n WHERE n.job_id = ANY (ids)
    ), touched AS (
        SELECT m.job_id, true AS is_input, e.src AS dataset_id
          FROM member AS m
          JOIN openlineage.edge AS e ON e.dst = m.id AND e.kind = 'data'
        UNION
        SELECT m.job_id, false, e.dst
          FROM member AS m
          JOIN openlineage.edge AS e ON e.src = m.id AND e.kind = 'data'
    )
    SELECT t.job_id,
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE t.is_input),
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE NOT t.is_input)
      FROM touched AS t
      JOIN openlineage.node AS n ON n.id = t.dataset_id AND n.kind = 'dataset'
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     GROUP BY t.job_id;
END
$$;
COMMENT ON FUNCTION openlineage.job_io(int[]) IS
    'What these jobs read and write by current edges, their steps included, as JSON arrays by namespace and name; null for none.';

CREATE FUNCTION openlineage.job_parts(ids int[], shown_as text DEFAULT NULL)
    RETURNS TABLE (
        job_id           int,          -- node of the job
        type             text,         -- BATCH, STREAM or SERVICE
        namespace        text,         -- of its name
        name             text,         -- its own, or as it was asked for
        simple_name      text,         -- without the parent's name before it
        parent_name      text,         -- null without a parent
        parent_uuid      uuid,         -- null without a parent
        created_at       text,         -- as served
        updated_at       text,         -- as served
        inputs           json,         -- [] for none
        outputs          json,         -- [] for none
        location         text,
        description      text,
        latest_run_id    uuid,         -- null when it never ran
        current_version  uuid          -- null before a run or JobEvent gave one
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT j.node_id, j.type, s.name, COALESCE(shown_as, n.name),
           CASE WHEN starts_with(n.name, p.name || '.') THEN substr(n.name, length(p.name) + 2) ELSE n.name END,
           p.name,
           openlineage.version_uuid('job-id', ps.name, p.name, openlineage.hash128('')),
           openlineage.iso_time(j.created_at),
           openlineage.iso_time(COALESCE(a.updated_at, j.created_at)),
           COALESCE(io.inputs, '[]'), COALESCE(io.outputs, '[]'),
           j.location, j.description, a.latest_run_id,
           openlineage.version_uuid('job', s.name, n.name, v.content_hash)
      FROM openlineage.job AS j
      JOIN openlineage.node AS n ON n.id = j.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.job_activity AS a ON a.node_id = j.node_id
      LEFT JOIN openlineage.job_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.node AS p ON p.id = j.parent_id
      LEFT JOIN openlineage.namespace AS ps ON ps.id = p.namespace_id
      LEFT JOIN openlineage.job_io(ids) AS io ON io.job_id = j.node_id
     WHERE j.node_id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.job_parts(int[], text) IS
    'The common parts of these jobs, under the name shown_as when that is given.';

CREATE FUNCTION openlineage.job_json(ids int[], shown_as text DEFAULT NULL) RETURNS TABLE (job_id int, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH part AS MATERIALIZED (
        SELECT p.* FROM openlineage.job_parts(ids, shown_as) AS p
    ), recent AS MATERIALIZED (
        SELECT r.* FROM openlineage.job_runs(ids, 10) AS r
    ), run AS MATERIALIZED (
        SELECT o.*
          FROM openlineage.run_json(ARRAY(SELECT r.run_id FROM recent AS r
                                          UNION
                                          SELECT p.latest_run_id FROM part AS p)) AS o
    ), latest AS (
        SELECT r.job_id, json_agg(o.object ORDER BY r.ordinal) AS runs
          FROM recent AS r
          JOIN run AS o ON o.run_id = r.run_id
         GROUP BY r.job_id
    )
    SELECT p.job_id,
           json_build_object(
               'id', json_build_object('namespace', p.namespace, 'name', p.name),
               'type', p.type,
               'name', p.name,
               'simpleName', p.simple_name,
               'parentJobName', p.parent_name,
               'parentJobUuid', p.parent_uuid,
               'createdAt', p.created_at,
               'updatedAt', p.updated_at,
               'namespace', p.namespace,
               'inputs', p.inputs,
               'outputs', p.outputs,
               'location', p.location,
               'description', p.description,
               'latestRun', o.object,
               'latestRuns', l.runs,
               'facets', COALESCE(f.facets, '{}'),
               'currentVersion', p.current_version,
               'labels', '[]'::json,
               'tags', COALESCE(t.tags, '[]'))
      FROM part AS p
      LEFT JOIN run AS o ON o.run_id = p.latest_run_id
      LEFT JOIN latest AS l ON l.job_id = p.job_id
      LEFT JOIN openlineage.node_facets(ids) AS f ON f.node_id = p.job_id
      LEFT JOIN openlineage.node_tags(ids) AS t ON t.node_id = p.job_id;
END
$$;
COMMENT ON FUNCTION openlineage.job_json(int[], text) IS
    'These jobs as the Marquez API shows them, under the name shown_as when that is given. From job, job_activity, edge, run and facet.';

-- One ordered scan per state, each cut at the page, merged: an index serves
-- the order whatever states are asked for.  Jobs of one updated_at are in the
-- order of name_key, so that a load of thousands in one instant costs a page
-- too; names tell apart those few that agree in it.  Busy jobs, of which there
-- are no more than some thousand, are in no order and all looked at.
CREATE FUNCTION openlineage.job_candidates(home int, states text[], max_rows bigint)
    RETURNS TABLE (node_id int, updated_at timestamptz, name_key int)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  text[] := COALESCE(states, '{NEW,RUNNING,COMPLETED,ABORTED,FAILED,""}');
BEGIN
    IF home IS NULL THEN
        RETURN QUERY
        SELECT c.*
          FROM (SELECT l.*
                  FROM unnest(wanted) AS w (state)
                 CROSS JOIN LATERAL (SELECT a.node_id, a.updated_at, a.name_key
                                       FROM openlineage.job_activity AS a
                                      WHERE a.listed_state = w.state
                                        AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)
                                      ORDER BY a.listed_at DESC, a.name_key
                                      FETCH FIRST (max_rows) ROWS WITH TIES) AS l
                UNION ALL
                SELECT a.node_id, a.updated_at, a.name_key
                  FROM openlineage.job_activity AS a
                 WHERE a.listed_state = 'BUSY'
                   AND a.latest_state = ANY (wanted)
                   AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)) AS c
         ORDER BY c.updated_at DESC, c.name_key
         FETCH FIRST (max_rows) ROWS WITH TIES;
    ELSE
        RETURN QUERY
        SELECT c.*
          FROM (SELECT l.*
                  FROM unnest(wanted) AS w (state)
                 CROSS JOIN LATERAL (SELECT a.node_id, a.updated_at, a.name_key
                                       FROM openlineage.job_activity AS a
                                      WHERE a.namespace_id = home
                                        AND a.listed_state = w.state
                                        AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)
                                      ORDER BY a.listed_at DESC, a.name_key
                                      FETCH FIRST (max_rows) ROWS WITH TIES) AS l
                UNION ALL
                SELECT a.node_id, a.updated_at, a.name_key
                  FROM openlineage.job_activity AS a
                 WHERE a.namespace_id = home
                   AND a.listed_state = 'BUSY'
                   AND a.latest_state = ANY (wanted)
                   AND NOT EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = a.node_id)) AS c
         ORDER BY c.updated_at DESC, c.name_key
         FETCH FIRST (max_rows) ROWS WITH TIES;
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.job_candidates(int, text[], bigint) IS
    'The max_rows jobs updated last and all that tie with the last of them; of all namespaces where home is null, of all states of the latest run where states is null.';

CREATE FUNCTION openlineage.job_page(home int, states text[], max_rows int, skip_rows int)
    RETURNS int[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    page  int[];
BEGIN
    SELECT array_agg(p.node_id ORDER BY p.ordinal) INTO page
      FROM (SELECT c.node_id,
                   row_number() OVER (ORDER BY c.updated_at DESC, c.name_key, s.name COLLATE "C", n.name COLLATE "C") AS ordinal
              FROM openlineage.job_candidates(home, states, max_rows::bigint + skip_rows) AS c
              JOIN openlineage.node AS n ON n.id = c.node_id
              JOIN openlineage.namespace AS s ON s.id = n.namespace_id) AS p
     WHERE p.ordinal > skip_rows
       AND p.ordinal <= max_rows::bigint + skip_rows;
    RETURN page;
END
$$;
COMMENT ON FUNCTION openlineage.job_page(int, text[], int, int) IS
    'One page of jobs, last updated first, then by hash of the name; of all namespaces where home is null, of all states of the latest run where states is null.';

CREATE FUNCTION openlineage.job_list(home int, query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    states  text[] := openlineage.api_choice(query, 'lastRunStates',
                          '{NEW,RUNNING,COMPLETED,ABORTED,FAILED,OTHER}');
    page    int[] := openlineage.job_page(home, array_remove(states, 'OTHER'),
                          openlineage.api_limit(query), openlineage.api_number(query, 'offset', 0));
BEGIN
    RETURN json_build_object(
               'totalCount', openlineage.entity_total('job', CASE WHEN home IS NOT NULL THEN ARRAY[home] END),
               'jobs', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.job_id)), '[]')
                          FROM openlineage.job_json(page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.job_list(int, json) IS
    'The answer of both lists of jobs: of this namespace, or of all when null.';

CREATE FUNCTION openlineage.api_jobs(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.job_list(NULL, query)$$;
COMMENT ON FUNCTION openlineage.api_jobs(text[], json) IS
    'GET /jobs. Query: lastRunStates (repeatable), limit (100, at most 1000), offset (0). Last updated first; totalCount ignores lastRunStates. Raises 22023 for an unknown state, OL400 and OL404 for bad numbers. From job_activity.';

CREATE FUNCTION openlineage.api_namespace_jobs(path text[], query json) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    -- No namespace has the id 0.
    SELECT openlineage.job_list(COALESCE((SELECT s.id
                                            FROM openlineage.namespace AS s
                                           WHERE s.name_hash = openlineage.readable_hash(path[1])), 0), query)
    $$;
COMMENT ON FUNCTION openlineage.api_namespace_jobs(text[], json) IS
    'GET /namespaces/{namespace}/jobs. Query and errors as GET /jobs; empty when the namespace is unknown. From job_activity.';

CREATE FUNCTION openlineage.api_job(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.api_job_id(path[1], path[2]);
BEGIN
    RETURN o.object
      FROM openlineage.job_json(ARRAY[wanted], path[2]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_job(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}, also by parent.child. Raises OL404 when the namespace or the job is unknown. From job.';
