-- Versions of datasets and of jobs.
--
-- A dataset version is content: its own columns, source and lifecycle state
-- are stored, everything else about it is what was told until the next
-- version took over.  Only what Marquez, too, does not keep per version is of
-- today: type, tags and description.

CREATE FUNCTION openlineage.versions_until(ids bigint[]) RETURNS TABLE (version_id bigint, until timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT v.id,
           CASE WHEN v.id <> c.id THEN
               least((SELECT min(w.created_at)
                        FROM openlineage.dataset_version AS w
                       WHERE w.dataset_id = v.dataset_id
                         AND w.created_at > v.last_seen_at),
                     CASE WHEN c.last_seen_at > v.last_seen_at THEN c.last_seen_at END) END
      FROM openlineage.dataset_version AS v
      JOIN openlineage.dataset_activity AS a ON a.node_id = v.dataset_id
      JOIN openlineage.dataset_version AS c ON c.id = a.current_version_id
     WHERE v.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.versions_until(bigint[]) IS
    'Since when these dataset versions are past: the time another one came after they were last seen; null for one that is not past.';

CREATE FUNCTION openlineage.version_facets(ids bigint[]) RETURNS TABLE (version_id bigint, facets json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version  record;
    bytes    bigint := 0;
BEGIN
    FOR version IN
        SELECT v.id, v.dataset_id, v.last_seen_at, u.until
          FROM openlineage.versions_until(ids) AS u
          JOIN openlineage.dataset_version AS v ON v.id = u.version_id
         ORDER BY v.created_at DESC, v.content_hash
    LOOP
        version_id := version.id;
        IF version.until IS NULL THEN
            facets := (SELECT f.facets FROM openlineage.node_facets(ARRAY[version.dataset_id]) AS f);
        ELSE
            facets := openlineage.dataset_facets_until(version.dataset_id, version.until, version.last_seen_at);
        END IF;
        bytes := bytes + COALESCE(octet_length(facets::text), 0);
        EXIT WHEN bytes > openlineage.api_byte_budget();
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.version_facets(bigint[]) IS
    'The facets of these dataset versions: of each dataset as told until the version was past. No row beyond what one answer shows.';

CREATE FUNCTION openlineage.version_fields(ids bigint[]) RETURNS TABLE (version_id bigint, fields json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH listed AS MATERIALIZED (
        SELECT v.id, v.dataset_id, s.fields AS list
          FROM openlineage.dataset_version AS v
          JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
         WHERE v.id = ANY (ids)
    )
    SELECT l.id,
           json_agg(json_build_object(
                        'name', e.item ->> 'name',
                        'type', e.item ->> 'type',
                        'tags', COALESCE(t.tags, '[]'),
                        'description', e.item ->> 'description')
                    ORDER BY e.ordinal)
      FROM listed AS l
     CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(l.list) = 'array' THEN l.list END)
                        WITH ORDINALITY AS e (item, ordinal)
      LEFT JOIN openlineage.field_tags(ARRAY(SELECT DISTINCT d.dataset_id FROM listed AS d)) AS t
        ON t.node_id = l.dataset_id AND t.field = e.item ->> 'name'
     WHERE json_typeof(e.item -> 'name') = 'string'
       AND e.item ->> 'name' <> ''
     GROUP BY l.id;
END
$$;
COMMENT ON FUNCTION openlineage.version_fields(bigint[]) IS
    'The columns that these dataset versions were told with, top level only, with the tags they have now. No row for a version told without columns.';

CREATE FUNCTION openlineage.listed_fields(dataset_id int, list json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object(
                                'name', e.item ->> 'name',
                                'type', e.item ->> 'type',
                                'tags', COALESCE(t.tags, '[]'),
                                'description', e.item ->> 'description')
                            ORDER BY e.ordinal)
              FROM json_array_elements(CASE WHEN json_typeof(list) = 'array' THEN list END) WITH ORDINALITY AS e (item, ordinal)
              LEFT JOIN openlineage.field_tags(ARRAY[dataset_id]) AS t ON t.field = e.item ->> 'name'
             WHERE json_typeof(e.item -> 'name') = 'string'
               AND e.item ->> 'name' <> '');
END
$$;
COMMENT ON FUNCTION openlineage.listed_fields(int, json) IS
    'The columns that a schema facet of a dataset lists, top level only, with the tags they have now; null for none.';

-- Index order, so that of a dataset that many runs wrote only the first is read.
CREATE FUNCTION openlineage.first_writer(dataset_id int) RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (SELECT i.run_id
              FROM openlineage.run_io AS i
             WHERE i.dataset_id = first_writer.dataset_id
               AND i.io = 'output'
             ORDER BY i.first_at, i.run_id
             LIMIT 1);
END
$$;
COMMENT ON FUNCTION openlineage.first_writer(int) IS
    'The run that wrote a dataset first by event time; null for none.';

-- A dataset nobody told columns, lifecycle or version of has one version all
-- the same, that of the currentVersion it shows: id 0 stands for it.
CREATE FUNCTION openlineage.dataset_version_json(asked_for int, ids bigint[])
    RETURNS TABLE (version_id bigint, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    dataset    int := (SELECT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = asked_for);
    latest     bigint := (SELECT a.current_version_id FROM openlineage.dataset_activity AS a WHERE a.node_id = dataset);
    first_run  uuid := openlineage.first_writer(dataset);
BEGIN
    RETURN QUERY
    -- What was never told with a write is of the first run that wrote the dataset at all.
    WITH asked AS MATERIALIZED (
        SELECT k.id,
               CASE WHEN k.id = 0 OR k.id = latest AND v.first_write_at IS NULL THEN first_run ELSE v.created_by_run END AS run_id
          FROM unnest(ids) AS k (id)
          LEFT JOIN openlineage.dataset_version AS v ON v.id = k.id
    )
    SELECT k.id,
           CASE WHEN p.type = 'STREAM'
                THEN (left(o.object::text, -1) || ', "schemaLocation" : '
                      || COALESCE(to_json(v.schema_location)::text, 'null') || '}')::json
                ELSE o.object END
      FROM openlineage.dataset_parts(ARRAY[asked_for]) AS p
      JOIN openlineage.dataset AS d ON d.node_id = p.dataset_id
      JOIN openlineage.node AS n ON n.id = d.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN asked AS k
      LEFT JOIN openlineage.dataset_version AS v ON v.id = k.id
      LEFT JOIN openlineage.version_fields(ids) AS c ON c.version_id = k.id
      LEFT JOIN openlineage.version_facets(ids) AS f ON f.version_id = k.id
      LEFT JOIN openlineage.node_facets(CASE WHEN ids = '{0}' THEN ARRAY[p.dataset_id] END) AS w ON k.id = 0
      LEFT JOIN openlineage.run_json(ARRAY(SELECT DISTINCT x.run_id FROM asked AS x WHERE x.run_id IS NOT NULL)) AS r
        ON r.run_id = k.run_id
     CROSS JOIN LATERAL (SELECT json_build_object(
               'id', json_build_object('namespace', p.namespace, 'name', p.name),
               'type', p.type,
               'name', p.name,
               'physicalName', CASE WHEN v.id IS NULL THEN p.physical_name ELSE COALESCE(v.physical_name, n.name) END,
               'createdAt', openlineage.iso_time(COALESCE(v.created_at, d.created_at)),
               'version', openlineage.version_uuid('dataset', s.name, n.name,
                                                   COALESCE(v.content_hash, openlineage.hash128(''))),
               'namespace', p.namespace,
               'sourceName', COALESCE(v.source_name, p.source_name),
               'fields', COALESCE(c.fields,
                                  CASE WHEN v.schema_hash IS NULL
                                       THEN CASE WHEN v.id IS NULL OR v.id = latest THEN p.fields
                                                 ELSE openlineage.listed_fields(dataset, f.facets #> '{schema,fields}') END END,
                                  '[]'),
               'tags', p.tags,
               'lifecycleState', COALESCE(v.lifecycle_state, CASE WHEN v.physical_name IS NULL THEN '' END),
               'description', p.description,
               'currentSchemaVersion', openlineage.version_uuid('schema', s.name, n.name,
                                                                COALESCE(v.schema_hash, openlineage.hash128(''))),
               'createdByRun', r.object,
               'facets', COALESCE(f.facets, w.facets, '{}'))) AS o (object);
END
$$;
COMMENT ON FUNCTION openlineage.dataset_version_json(int, bigint[]) IS
    'These versions of a dataset, under the name asked for, as the Marquez API shows them; 0 is the version of a dataset without any. From dataset_version, dataset_schema, run, facet and event.';

CREATE FUNCTION openlineage.api_dataset_versions(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    wanted     int := openlineage.api_dataset_id(path[1], path[2]);
    dataset    int := (SELECT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = wanted);
    total      bigint := (SELECT count(*) FROM openlineage.dataset_version AS v WHERE v.dataset_id = dataset);
    latest     bigint;
    ahead      int;
    page       bigint[];
BEGIN
    IF total = 0 THEN
        total := 1;
        page := CASE WHEN skip_rows = 0 AND max_rows > 0 THEN '{0}'::bigint[] END;
    ELSE
        -- The current one apart, so that the others come from dataset_version_list_idx, however many there are.
        SELECT v.id INTO latest
          FROM openlineage.dataset_activity AS a
          JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
         WHERE a.node_id = dataset;
        ahead := CASE WHEN latest IS NULL THEN 0 ELSE 1 END;
        page := ARRAY(SELECT v.id
                        FROM openlineage.dataset_version AS v
                       WHERE v.dataset_id = dataset
                         AND v.id IS DISTINCT FROM latest
                       ORDER BY v.created_at DESC, v.content_hash
                       LIMIT GREATEST(max_rows - CASE WHEN skip_rows = 0 THEN ahead ELSE 0 END, 0)
                      OFFSET GREATEST(skip_rows - ahead, 0));
        IF skip_rows = 0 AND max_rows > 0 AND ahead = 1 THEN
            page := latest || page;
        END IF;
    END IF;
    RETURN json_build_object(
               'versions', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.version_id)), '[]')
                              FROM openlineage.dataset_version_json(wanted, page) AS o),
               'totalCount', total);
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset_versions(text[], json) IS
    'GET /namespaces/{namespace}/datasets/{dataset}/versions, also by an alias. Query: limit (100, at most 1000), offset (0). The current one first, then the latest creation. Raises OL404 when namespace or dataset is unknown, OL400 and OL404 for bad numbers. From dataset_version.';

CREATE FUNCTION openlineage.api_dataset_version(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version  uuid := openlineage.api_uuid(path[3]);
    wanted   int := openlineage.api_dataset_id(path[1], path[2]);
    found    bigint;
BEGIN
    SELECT COALESCE(v.id, 0) INTO found
      FROM openlineage.node AS a
      JOIN openlineage.node AS n ON n.id = CASE WHEN a.canonical_id IS NULL THEN a.id ELSE a.canonical_id END
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      LEFT JOIN openlineage.dataset_version AS v ON v.dataset_id = n.id
     WHERE a.id = wanted
       AND openlineage.version_uuid('dataset', s.name, n.name,
                                    COALESCE(v.content_hash, openlineage.hash128(''))) = version;
    IF found IS NULL THEN
        RAISE EXCEPTION 'Dataset version ''%'' not found.', version USING ERRCODE = 'OL404';
    END IF;
    RETURN o.object
      FROM openlineage.dataset_version_json(wanted, ARRAY[found]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_dataset_version(text[], json) IS
    'GET /namespaces/{namespace}/datasets/{dataset}/versions/{version}. Raises OL404 when the version is no UUID, or when it, the namespace or the dataset is unknown. From dataset_version.';

-- Versions that no run points to any more and nobody declared do not count.
CREATE FUNCTION openlineage.job_version_list(job_id int)
    RETURNS TABLE (version_id bigint, created_at timestamptz, content_hash uuid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT v.id, least(v.first_declared_at, r.created_at), v.content_hash
      FROM openlineage.job_version AS v
      LEFT JOIN LATERAL (SELECT min(x.created_at) AS created_at
                           FROM openlineage.run AS x
                          WHERE x.job_version_id = v.id) AS r ON true
     WHERE v.job_id = job_version_list.job_id
       AND least(v.first_declared_at, r.created_at) IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.job_version_list(int) IS
    'The versions of a job with the time of the first run or JobEvent that told them.';

CREATE FUNCTION openlineage.job_version_io(ids bigint[]) RETURNS TABLE (version_id bigint, inputs json, outputs json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT v.id,
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE i.is_input),
           json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C") FILTER (WHERE NOT i.is_input)
      FROM openlineage.job_version AS v
     CROSS JOIN LATERAL (SELECT true, unnest(v.inputs)
                         UNION ALL
                         SELECT false, unnest(v.outputs)) AS i (is_input, id)
      JOIN openlineage.node AS n ON n.id = i.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE v.id = ANY (ids)
     GROUP BY v.id;
END
$$;
COMMENT ON FUNCTION openlineage.job_version_io(bigint[]) IS
    'What these job versions read and write, as JSON arrays by namespace and name; null for none. No row for a version without datasets.';

CREATE FUNCTION openlineage.job_version_json(job_id int, shown_as text, ids bigint[])
    RETURNS TABLE (version_id bigint, object json)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH latest AS MATERIALIZED (
        SELECT k.id, (SELECT r.id
                        FROM openlineage.run AS r
                       WHERE r.job_version_id = k.id
                       ORDER BY r.created_at DESC, r.id
                       LIMIT 1) AS run_id
          FROM unnest(ids) AS k (id)
    )
    SELECT v.id,
           json_build_object(
               'id', json_build_object('namespace', s.name, 'name', shown_as, 'version', u.uuid),
               'name', shown_as,
               'createdAt', openlineage.iso_time(t.created_at),
               'version', u.uuid,
               'namespace', s.name,
               'location', v.location,
               'inputs', COALESCE(i.inputs, '[]'),
               'outputs', COALESCE(i.outputs, '[]'),
               'latestRun', r.object)
      FROM openlineage.job_version AS v
      JOIN openlineage.job_version_list(job_version_json.job_id) AS t ON t.version_id = v.id
      JOIN openlineage.node AS n ON n.id = v.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN LATERAL (SELECT openlineage.version_uuid('job', s.name, n.name, v.content_hash)) AS u (uuid)
      JOIN latest AS l ON l.id = v.id
      LEFT JOIN openlineage.job_version_io(ids) AS i ON i.version_id = v.id
      LEFT JOIN openlineage.run_json(ARRAY(SELECT w.run_id FROM latest AS w WHERE w.run_id IS NOT NULL)) AS r
        ON r.run_id = l.run_id
     WHERE v.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.job_version_json(int, text, bigint[]) IS
    'These versions of a job, under the name shown_as, as the Marquez API shows them. From job_version and run.';

CREATE FUNCTION openlineage.api_job_versions(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    max_rows   int := openlineage.api_limit(query);
    skip_rows  int := openlineage.api_number(query, 'offset', 0);
    wanted     int := openlineage.api_job_id(path[1], path[2]);
    page       bigint[] := ARRAY(SELECT v.version_id
                                   FROM openlineage.job_version_list(wanted) AS v
                                   LEFT JOIN openlineage.job_activity AS a ON a.node_id = wanted AND a.current_version_id = v.version_id
                                  ORDER BY a.node_id IS NULL, v.created_at DESC, v.content_hash
                                  LIMIT max_rows OFFSET skip_rows);
BEGIN
    RETURN json_build_object(
               'versions', (SELECT COALESCE(json_agg(o.object ORDER BY array_position(page, o.version_id)), '[]')
                              FROM openlineage.job_version_json(wanted, path[2], page) AS o));
END
$$;
COMMENT ON FUNCTION openlineage.api_job_versions(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}/versions. Query: limit (100, at most 1000), offset (0). The current one first, then the latest creation. Raises OL404 when namespace or job is unknown, OL400 and OL404 for bad numbers. From job_version.';

CREATE FUNCTION openlineage.api_job_version(path text[], query json) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version  uuid := openlineage.api_uuid(path[3]);
    wanted   int := openlineage.api_job_id(path[1], path[2]);
    found    bigint;
BEGIN
    SELECT v.version_id INTO found
      FROM openlineage.job_version_list(wanted) AS v
      JOIN openlineage.node AS n ON n.id = wanted
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE openlineage.version_uuid('job', s.name, n.name, v.content_hash) = version;
    IF found IS NULL THEN
        RAISE EXCEPTION 'Job version ''%'' not found.', version USING ERRCODE = 'OL404';
    END IF;
    RETURN o.object
      FROM openlineage.job_version_json(wanted, path[2], ARRAY[found]) AS o;
END
$$;
COMMENT ON FUNCTION openlineage.api_job_version(text[], json) IS
    'GET /namespaces/{namespace}/jobs/{job}/versions/{version}. Raises OL404 when the version is no UUID, or when it, the namespace or the job is unknown. From job_version.';
