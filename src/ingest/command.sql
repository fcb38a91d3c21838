-- What the API itself says, told as events.
--
-- PUT of a job or dataset, POST of a run and its transitions can be said in
-- the words of OpenLineage: so they are, and reach the tables on the one way
-- that events take.  Each change_NAME writes the events of one request out of
-- what the function of the API has checked; the door they go through
-- (ingest_command) marks them, so they are neither listed nor counted, and what
-- they say in facets holds without being shown as a facet.  A few members are
-- no OpenLineage and are read of such events alone: "content" of a dataset and
-- "code" of a job; parse.c says what they mean.
--
-- A request that names no time happens now, but after all that is known of its
-- subject: a microsecond after the latest event when that lies ahead of the
-- clock.  So what was put is what is answered.

CREATE FUNCTION openlineage.command_time(known_at timestamptz) RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT LEAST(GREATEST(clock_timestamp(), known_at + interval '1 microsecond'),
                 '9999-12-31 23:59:59.999999+00')
    $$;
COMMENT ON FUNCTION openlineage.command_time(timestamptz) IS
    'The event time of a command about something whose latest event was at known_at: the clock, unless that is behind.';
REVOKE ALL ON FUNCTION openlineage.command_time(timestamptz) FROM PUBLIC;

CREATE FUNCTION openlineage.command_event(told_at timestamptz, members json) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_object_agg(m.key, m.value ORDER BY m.rank, m.ordinality)::text
      FROM (SELECT 0 AS rank, 1::bigint AS ordinality, 'eventTime' AS key,
                   to_json(to_char(told_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS value
            UNION ALL
            SELECT 1, 1, 'producer', to_json('urn:openlineage:api'::text)
            UNION ALL
            SELECT 2, e.ordinality, e.key, e.value
              FROM json_each(members) WITH ORDINALITY AS e (key, value, ordinality)
             WHERE json_typeof(e.value) <> 'null') AS m
    $$;
COMMENT ON FUNCTION openlineage.command_event(timestamptz, json) IS
    'The text of the event of a command: its time and these members, without those that are null.';
REVOKE ALL ON FUNCTION openlineage.command_event(timestamptz, json) FROM PUBLIC;

CREATE FUNCTION openlineage.node_named(node_kind openlineage.node_kind, namespace text, name text) RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT COALESCE(n.canonical_id, n.id)
      FROM openlineage.namespace AS s
      JOIN openlineage.node AS n ON n.namespace_id = s.id
     WHERE s.name_hash = openlineage.hash128(node_named.namespace)
       AND n.kind = node_kind
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(node_named.name)
    $$;
COMMENT ON FUNCTION openlineage.node_named(openlineage.node_kind, text, text) IS
    'The job or dataset of exactly this name, or what the name stands for; null when there is none that the caller may see.';

-- Datasets.

CREATE FUNCTION openlineage.change_put_dataset(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given    json := arguments -> 'dataset';
    run      text := arguments #>> '{run,id}';
    home     text := CASE WHEN run IS NULL THEN namespace ELSE given ->> 'namespace' END;
    known    int := openlineage.node_named('dataset', home, given ->> 'name');
    told_at  timestamptz := openlineage.command_time((SELECT a.updated_at
                                                        FROM openlineage.dataset_activity AS a
                                                       WHERE a.node_id = known));
    streams  boolean := EXISTS (SELECT FROM openlineage.dataset AS d
                                 WHERE d.node_id = known AND upper(d.type) IN ('STREAM', 'TOPIC'));
    dataset  json;
BEGIN
    -- The type that events told is finer: it changes only when it must.
    dataset := json_build_object(
        'namespace', home,
        'name', given ->> 'name',
        'facets', json_build_object(
            'schema', json_build_object('fields', given -> 'fields'),
            'dataSource', json_build_object('name', given ->> 'sourceName'),
            'datasetType', CASE WHEN (given ->> 'type' = 'STREAM') <> streams THEN json_build_object(
                'datasetType', CASE WHEN streams THEN 'TABLE' ELSE 'STREAM' END) END,
            'documentation', CASE WHEN given ->> 'description' IS NOT NULL THEN json_build_object(
                'description', given ->> 'description') END),
        'content', json_build_object(
            'physicalName', given ->> 'physicalName',
            'schemaLocation', given ->> 'schemaLocation'));
    PERFORM openlineage.ingest_command(openlineage.command_event(
        told_at,
        CASE WHEN run IS NULL THEN json_build_object('dataset', dataset)
             ELSE json_build_object(
                 'eventType', 'OTHER',
                 'run', json_build_object('runId', run),
                 'job', json_build_object('namespace', namespace, 'name', arguments #>> '{run,job}'),
                 'outputs', json_build_array(dataset)) END));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_dataset(text, json) IS
    'Part of change: a dataset as PUT describes it; arguments dataset {name, type, physicalName, sourceName, fields, description, schemaLocation}. With run {id, job} it is what that run wrote, the namespace is that of its job, and the dataset names its own.';
REVOKE ALL ON FUNCTION openlineage.change_put_dataset(text, json) FROM PUBLIC;

-- Jobs.

CREATE FUNCTION openlineage.output_content(namespace text, name text) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT json_build_object('sourceName', v.source_name,
                             'fields', s.fields,
                             'physicalName', v.physical_name,
                             'schemaLocation', v.schema_location)
      FROM (SELECT openlineage.node_named('dataset', output_content.namespace, output_content.name)) AS d (id)
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = d.id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
      LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
    $$;
COMMENT ON FUNCTION openlineage.output_content(text, text) IS
    'What a dataset is at present, for a version that a run makes of it.';
REVOKE ALL ON FUNCTION openlineage.output_content(text, text) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_job(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    known    int := openlineage.node_named('job', namespace, arguments ->> 'name');
    told_at  timestamptz := openlineage.command_time((SELECT a.updated_at
                                                        FROM openlineage.job_activity AS a
                                                       WHERE a.node_id = known));
    kind     text := COALESCE((SELECT j.type FROM openlineage.job AS j WHERE j.node_id = known), 'BATCH');
    job      json;
    outputs  json;
BEGIN
    job := json_build_object(
        'namespace', namespace,
        'name', arguments ->> 'name',
        'facets', json_build_object(
            'jobType', CASE WHEN arguments ->> 'type' <> kind THEN json_build_object(
                'processingType', arguments ->> 'type') END,
            'documentation', CASE WHEN arguments ->> 'description' IS NOT NULL THEN json_build_object(
                'description', arguments ->> 'description') END,
            'sourceCodeLocation', CASE WHEN arguments ->> 'location' IS NOT NULL THEN json_build_object(
                'url', arguments ->> 'location') END));
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'job', job,
        'inputs', arguments -> 'inputs',
        'outputs', arguments -> 'outputs')));
    IF arguments ->> 'run' IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT json_agg(json_build_object('namespace', o.item ->> 'namespace',
                                      'name', o.item ->> 'name',
                                      'content', CASE WHEN openlineage.change_may(o.item ->> 'namespace')
                                          THEN openlineage.output_content(o.item ->> 'namespace', o.item ->> 'name') END)
                    ORDER BY o.ordinality)
      INTO outputs
      FROM json_array_elements(arguments -> 'outputs') WITH ORDINALITY AS o (item, ordinality);
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'eventType', 'OTHER',
        'run', json_build_object('runId', arguments ->> 'run'),
        'job', job,
        'inputs', arguments -> 'inputs',
        'outputs', outputs)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_job(text, json) IS
    'Part of change: a job as PUT describes it; arguments name, type, inputs, outputs, description, location. With run, the id of one, that run is of this version of the job, and each output that the caller may read and write gets a version of that run.';
REVOKE ALL ON FUNCTION openlineage.change_put_job(text, json) FROM PUBLIC;

-- Runs.

CREATE FUNCTION openlineage.change_post_run(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told_at  timestamptz := openlineage.command_time(NULL);
    version  openlineage.job_version;
    inputs   json;
BEGIN
    SELECT v.* INTO version
      FROM openlineage.job_activity AS a
      JOIN openlineage.job_version AS v ON v.id = a.current_version_id
     WHERE a.node_id = openlineage.node_named('job', namespace, arguments ->> 'name');
    SELECT json_agg(json_build_object('namespace', s.name, 'name', n.name)
                    ORDER BY s.name COLLATE "C", n.name COLLATE "C")
      INTO inputs
      FROM unnest(version.inputs) AS i (id)
      JOIN openlineage.node AS n ON n.id = i.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id;
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'run', json_build_object(
            'runId', arguments ->> 'id',
            'facets', json_build_object(
                'runArgs', json_build_object('args', arguments -> 'args'),
                'nominalTime', CASE WHEN COALESCE(arguments ->> 'nominalStartTime', arguments ->> 'nominalEndTime') IS NOT NULL
                    THEN json_build_object('nominalStartTime', arguments ->> 'nominalStartTime',
                                           'nominalEndTime', arguments ->> 'nominalEndTime') END)),
        'job', json_build_object(
            'namespace', namespace,
            'name', arguments ->> 'name',
            'code', json_build_object('location', version.location, 'hash', version.code_hash)),
        'inputs', inputs)));
    -- Ingest made sessions with one run id follow each other: what was known of
    -- the run before, by whomever, shows in its times.
    IF EXISTS (SELECT FROM openlineage.run AS r
                WHERE r.id = (arguments ->> 'id')::uuid
                  AND (r.created_at <> told_at OR r.updated_at <> told_at)) THEN
        RAISE EXCEPTION 'Run ''%'' already exists for ''%'' under namespace ''%''.',
                        arguments ->> 'id', arguments ->> 'name', namespace
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_post_run(text, json) IS
    'Part of change: a new run of a job, expected to read and to be what the current version of the job is; arguments name, id, nominalStartTime, nominalEndTime, args. Raises 22023 when the run exists, unless other runs merely named it, 42501 when it is one of a namespace that the caller may not write.';
REVOKE ALL ON FUNCTION openlineage.change_post_run(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_mark_run(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told_at  timestamptz := COALESCE((arguments ->> 'at')::timestamptz,
                                     openlineage.command_time((SELECT r.updated_at
                                                                 FROM openlineage.run AS r
                                                                WHERE r.id = (arguments ->> 'id')::uuid)));
BEGIN
    PERFORM openlineage.ingest_command(openlineage.command_event(told_at, json_build_object(
        'eventType', arguments ->> 'type',
        'run', json_build_object('runId', arguments ->> 'id'),
        'job', json_build_object('namespace', namespace, 'name', arguments ->> 'name'))));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_mark_run(text, json) IS
    'Part of change: a transition of a run; arguments id, name of its job, type START, COMPLETE, FAIL or ABORT, at.';
REVOKE ALL ON FUNCTION openlineage.change_mark_run(text, json) FROM PUBLIC;
