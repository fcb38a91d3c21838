-- Jobs, datasets and runs as clients describe them, where they send no events:
-- PUT of a job or dataset, POST of a run and its transitions.
--
-- The request is checked here, with the caller's eyes; what it says is told as
-- events by change() (ingest/command.sql), and the answer is what the read
-- endpoint says afterwards.

CREATE FUNCTION openlineage.api_choice_member(body json, member text, choices text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_required_text(body, member);
BEGIN
    IF NOT value = ANY (choices) THEN
        RAISE EXCEPTION '% must be one of [%]', member, array_to_string(choices, ', ')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION openlineage.api_choice_member(json, text, text[]) IS
    'A member of the body that has to be one of these. Raises OL422 when it is missing, 22023 when it is something else.';

CREATE FUNCTION openlineage.api_list_member(body json, member text) RETURNS SETOF json
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF json_typeof(body -> member) = 'array' THEN
        RETURN QUERY SELECT e.item FROM json_array_elements(body -> member) AS e (item);
    ELSIF json_typeof(body -> member) <> 'null' THEN
        RAISE EXCEPTION '% must be an array', member USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_list_member(json, text) IS
    'The elements of a member of the body, none when it is missing or null. Raises 22023 when it is no array.';

CREATE FUNCTION openlineage.api_tag_names(owner json, path text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    name  json;
BEGIN
    FOR name IN SELECT t.item FROM openlineage.api_list_member(owner, 'tags') AS t (item) LOOP
        IF json_typeof(name) <> 'string' OR btrim(name #>> '{}') = '' THEN
            RAISE EXCEPTION '% must be an array of names', path USING ERRCODE = 'invalid_parameter_value';
        END IF;
        RETURN QUERY SELECT name #>> '{}';
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.api_tag_names(json, text) IS
    'The tags that the body of a PUT lists for a dataset or a column. Raises 22023 when one is no name.';

CREATE FUNCTION openlineage.api_body_fields(body json) RETURNS TABLE (name text, type text, description text, tags text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    field  json;
BEGIN
    FOR field IN SELECT f.item FROM openlineage.api_list_member(body, 'fields') AS f (item) LOOP
        IF json_typeof(field) <> 'object' THEN
            RAISE EXCEPTION 'fields must be an array of objects' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        name := openlineage.api_required_text(field, 'name');
        type := openlineage.api_body_text(field, 'type');
        description := openlineage.api_body_text(field, 'description');
        tags := ARRAY(SELECT openlineage.api_tag_names(field, 'fields[].tags'));
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_fields(json) IS
    'The columns in the body of PUT of a dataset. Raises OL422 for one without a name, 22023 for what is no column.';

CREATE FUNCTION openlineage.api_run_job(run_id text) RETURNS TABLE (id uuid, job_id int, namespace text, job text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT r.id, r.job_id, s.name, n.name
      FROM openlineage.run AS r
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE r.id = openlineage.api_uuid(api_run_job.run_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Run ''%'' not found.', run_id USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_run_job(text) IS
    'A run and the names of its job. Raises OL404 when the text is no UUID or the run is unknown.';

CREATE FUNCTION openlineage.api_body_uuid(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_body_text(body, member);
BEGIN
    IF value !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
        RAISE EXCEPTION '% must be a UUID', member USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN lower(value);
END
$$;
COMMENT ON FUNCTION openlineage.api_body_uuid(json, text) IS
    'A member of the body as a UUID; null when it is missing. Raises 22023 when it is none.';

CREATE FUNCTION openlineage.api_put_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given   json := openlineage.api_body(body);
    tags    text[] := ARRAY(SELECT openlineage.api_tag_names(given, 'tags'));
    source  text := openlineage.api_required_text(given, 'sourceName');
    run_id  text := openlineage.api_body_uuid(given, 'runId');
    home    text := path[1];
    space   int;
    job     text;
    told    json;
    target  int;
BEGIN
    told := json_build_object(
        'namespace', path[1],
        'name', path[2],
        'type', openlineage.api_choice_member(given, 'type', '{DB_TABLE,STREAM}'),
        'physicalName', openlineage.api_required_text(given, 'physicalName'),
        'sourceName', source,
        'fields', (SELECT COALESCE(json_agg(json_build_object('name', f.name, 'type', f.type, 'description', f.description)), '[]')
                     FROM openlineage.api_body_fields(given) AS f),
        'description', openlineage.api_body_text(given, 'description'),
        'schemaLocation', openlineage.api_body_text(given, 'schemaLocation'));
    space := openlineage.api_namespace_id(path[1]);
    IF run_id IS NOT NULL THEN
        SELECT r.namespace, r.job INTO home, job FROM openlineage.api_run_job(run_id) AS r;
    END IF;
    IF NOT EXISTS (SELECT FROM openlineage.source_json(ARRAY[openlineage.hash128(source)])) THEN
        RAISE EXCEPTION 'Source ''%'' not found.', source USING ERRCODE = 'OL404';
    END IF;
    -- Of a run that wrote it the namespace of its job is asked for below, not that of the dataset.
    IF NOT openlineage.can_write(space) THEN
        RAISE EXCEPTION 'permission denied to write this namespace' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM openlineage.change('put_dataset', home, json_build_object(
        'dataset', told,
        'run', CASE WHEN run_id IS NOT NULL THEN json_build_object('id', run_id, 'job', job) END));
    target := openlineage.api_dataset_id(path[1], path[2]);
    PERFORM openlineage.state_tag(target, '', t.tag, true) FROM unnest(tags) AS t (tag);
    PERFORM openlineage.state_tag(target, f.name, t.tag, true)
       FROM openlineage.api_body_fields(given) AS f
      CROSS JOIN unnest(f.tags) AS t (tag);
    RETURN openlineage.api_ok(openlineage.api_dataset(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_dataset(text[], json, text) IS
    'PUT /namespaces/{namespace}/datasets/{dataset}. Body: type (DB_TABLE, STREAM), physicalName, sourceName, fields [{name, type, description, tags}], tags (added to those there are), description (kept when left out), schemaLocation, runId (the run that wrote it). Answers the dataset. Raises OL422 for a missing member, 22032 and 22023 for a bad body, OL404 when the namespace, the source or the run is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_body_datasets(body json, member text) RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    item    json;
    listed  jsonb := '[]'::jsonb;
BEGIN
    IF json_typeof(body -> member) IS NULL OR json_typeof(body -> member) = 'null' THEN
        RAISE EXCEPTION '% must not be null', member USING ERRCODE = 'OL422';
    END IF;
    FOR item IN SELECT i.item FROM openlineage.api_list_member(body, member) AS i (item) LOOP
        IF json_typeof(item) <> 'object' THEN
            RAISE EXCEPTION '% must be an array of objects', member USING ERRCODE = 'invalid_parameter_value';
        END IF;
        listed := listed || jsonb_build_object('namespace', openlineage.api_required_text(item, 'namespace'),
                                               'name', openlineage.api_required_text(item, 'name'));
    END LOOP;
    RETURN listed;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_datasets(json, text) IS
    'The datasets that a member of the body lists, as {namespace, name}. Raises OL422 when it or a name is missing, 22023 for what is no dataset.';

CREATE FUNCTION openlineage.api_known_datasets(listed json) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    missing  text;
BEGIN
    SELECT i.item ->> 'name' INTO missing
      FROM json_array_elements(listed) WITH ORDINALITY AS i (item, ordinality)
     CROSS JOIN LATERAL (SELECT openlineage.node_named('dataset', i.item ->> 'namespace', i.item ->> 'name')) AS d (id)
     WHERE NOT EXISTS (SELECT FROM openlineage.dataset AS k WHERE k.node_id = d.id)
        OR EXISTS (SELECT FROM openlineage.hidden_node AS h WHERE h.node_id = d.id)
     ORDER BY i.ordinality
     LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'Dataset ''%'' not found.', missing USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_known_datasets(json) IS
    'Raises OL404 when one of the listed datasets is unknown or hidden.';

CREATE FUNCTION openlineage.api_put_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given    json := openlineage.api_body(body);
    inputs   json := openlineage.api_body_datasets(given, 'inputs');
    outputs  json := openlineage.api_body_datasets(given, 'outputs');
    run_id   text := openlineage.api_body_uuid(given, 'runId');
    type     text := openlineage.api_choice_member(given, 'type', '{BATCH,STREAM,SERVICE}');
    site     text := openlineage.api_body_text(given, 'location');
    about    text := openlineage.api_body_text(given, 'description');
    known    int := openlineage.find_job(openlineage.api_namespace_id(path[1]), path[2]);
BEGIN
    IF run_id IS NOT NULL AND NOT EXISTS (SELECT FROM openlineage.api_run_job(run_id) AS r WHERE r.job_id = known) THEN
        RAISE EXCEPTION 'Run ''%'' not found.', run_id USING ERRCODE = 'OL404';
    END IF;
    PERFORM openlineage.api_known_datasets(inputs);
    PERFORM openlineage.api_known_datasets(outputs);
    -- A job is also known as parent.child.
    PERFORM openlineage.change('put_job', path[1], json_build_object(
        'name', COALESCE((SELECT n.name FROM openlineage.node AS n WHERE n.id = known), path[2]),
        'type', type,
        'inputs', inputs,
        'outputs', outputs,
        'location', site,
        'description', about,
        'run', run_id));
    RETURN openlineage.api_ok(openlineage.api_job(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_put_job(text[], json, text) IS
    'PUT /namespaces/{namespace}/jobs/{job}. Body: type (BATCH, STREAM, SERVICE), inputs and outputs [{namespace, name}], location and description (kept when left out), runId (a run of the job that is of this version; outputs that the caller may read and write get a version of it). Answers the job. Raises OL422 for a missing member, 22032 and 22023 for a bad body, OL404 when the namespace, a dataset or the run is unknown or the run is of another job, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_body_time(body json, member text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    value  text := openlineage.api_body_text(body, member);
BEGIN
    IF value IS NOT NULL AND openlineage.lenient_time(value) IS NULL THEN
        RAISE EXCEPTION '% must be an ISO 8601 time', member USING ERRCODE = 'invalid_datetime_format';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION openlineage.api_body_time(json, text) IS
    'A member of the body that is a time, as it is written; null when it is missing. Raises 22007 when it is none.';

CREATE FUNCTION openlineage.api_body_args(body json) RETURNS json
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    args  json := body -> 'args';
BEGIN
    IF json_typeof(args) IS NULL OR json_typeof(args) = 'null' THEN
        RETURN '{}'::json;
    END IF;
    IF json_typeof(args) <> 'object' THEN
        RAISE EXCEPTION 'args must be an object' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN (SELECT COALESCE(json_object_agg(a.key, openlineage.api_body_text(args, a.key) ORDER BY a.ordinality), '{}')
              FROM json_object_keys(args) WITH ORDINALITY AS a (key, ordinality));
END
$$;
COMMENT ON FUNCTION openlineage.api_body_args(json) IS
    'The args of POST of a run: their values as text. Raises 22023 when they are no object or one of them is an object or array.';

CREATE FUNCTION openlineage.api_post_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given   json := openlineage.api_body(body);
    new_id  text := COALESCE(openlineage.api_body_uuid(given, 'id'), gen_random_uuid()::text);
    starts  text := openlineage.api_body_time(given, 'nominalStartTime');
    ends    text := openlineage.api_body_time(given, 'nominalEndTime');
    args    json := openlineage.api_body_args(given);
    home    text;
    job     text;
BEGIN
    SELECT s.name, n.name INTO home, job
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = openlineage.api_job_id(path[1], path[2]);
    PERFORM openlineage.change('post_run', home, json_build_object(
        'name', job,
        'id', new_id,
        'nominalStartTime', starts,
        'nominalEndTime', ends,
        'args', args));
    RETURN ROW(201, '/api/v1/jobs/runs/' || new_id, openlineage.api_run(ARRAY[new_id], '{}'))::openlineage.api_answer;
END
$$;
COMMENT ON FUNCTION openlineage.api_post_run(text[], json, text) IS
    'POST /namespaces/{namespace}/jobs/{job}/runs. Body: id (a new UUID when left out), nominalStartTime, nominalEndTime, args (served as strings). Answers 201, the run in state NEW, and its URL in Location. Raises OL404 when the namespace or the job is unknown, 22023 when the run exists, OL422, 22032, 22023 and 22007 for a bad body, 42501 without the right to write it.';

CREATE FUNCTION openlineage.mark_run(path text[], query json, type text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.change('mark_run', r.namespace,
                               json_build_object('id', r.id, 'name', r.job, 'type', mark_run.type,
                                                 'at', openlineage.api_time(query, 'at', NULL)))
       FROM openlineage.api_run_job(path[1]) AS r;
    RETURN openlineage.api_ok(openlineage.api_run(path, '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.mark_run(text[], json, text) IS
    'A transition of a run, as an event of this type would tell it. Raises OL404 when the run is unknown, 22007 for a bad time, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_start_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'START')$$;
COMMENT ON FUNCTION openlineage.api_start_run(text[], json, text) IS
    'POST /jobs/runs/{id}/start. Query: at (now). Answers the run. Raises OL404 when it is unknown, 22007 for a bad time, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_complete_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'COMPLETE')$$;
COMMENT ON FUNCTION openlineage.api_complete_run(text[], json, text) IS
    'POST /jobs/runs/{id}/complete. Query and errors as POST /jobs/runs/{id}/start.';

CREATE FUNCTION openlineage.api_fail_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'FAIL')$$;
COMMENT ON FUNCTION openlineage.api_fail_run(text[], json, text) IS
    'POST /jobs/runs/{id}/fail. Query and errors as POST /jobs/runs/{id}/start.';

CREATE FUNCTION openlineage.api_abort_run(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.mark_run(path, query, 'ABORT')$$;
COMMENT ON FUNCTION openlineage.api_abort_run(text[], json, text) IS
    'POST /jobs/runs/{id}/abort. Query and errors as POST /jobs/runs/{id}/start.';

REVOKE ALL ON FUNCTION openlineage.api_put_dataset(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_put_job(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_post_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_start_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_complete_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_fail_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_abort_run(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.mark_run(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_dataset(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_put_job(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_post_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_start_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_complete_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_fail_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_abort_run(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.mark_run(text[], json, text) TO openlineage_writer;
