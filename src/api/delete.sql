-- DELETE of namespaces, jobs and datasets: hides them, or removes them for
-- good where the query says purge=true.

CREATE FUNCTION openlineage.change_node(action text, node_id int) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.change(action, s.name, json_build_object('id', n.id))
      FROM openlineage.node AS k
      JOIN openlineage.node AS n ON n.id = CASE WHEN k.canonical_id IS NULL THEN k.id ELSE k.canonical_id END
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE k.id = change_node.node_id
    $$;
COMMENT ON FUNCTION openlineage.change_node(text, int) IS
    'Has change() hide_node or purge_node a job or dataset, an alias standing for its dataset. Raises what change() does.';

CREATE FUNCTION openlineage.purge_job(namespace text, name text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.find_job(openlineage.api_namespace_id(namespace), name);
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'Job ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN openlineage.change_node('purge_node', wanted);
END
$$;
COMMENT ON FUNCTION openlineage.purge_job(text, text) IS
    'Removes a job, hidden or not, for good: its events, runs, versions, facets, tags and edges; returns how many events and runs that were. A later event makes it anew. Raises OL404 when it is unknown, 42501 for who is no member of openlineage_admin, unless openlineage.writers_may_purge is on.';

CREATE FUNCTION openlineage.purge_dataset(namespace text, name text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home    int := openlineage.api_namespace_id(namespace);
    wanted  int;
BEGIN
    SELECT n.id INTO wanted
      FROM openlineage.node AS n
     WHERE n.namespace_id = home
       AND n.kind = 'dataset'
       AND n.job_id IS NULL
       AND n.name_hash = openlineage.hash128(purge_dataset.name);
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'Dataset ''%'' not found.', name USING ERRCODE = 'OL404';
    END IF;
    RETURN openlineage.change_node('purge_node', wanted);
END
$$;
COMMENT ON FUNCTION openlineage.purge_dataset(text, text) IS
    'Removes a dataset, hidden or not, under all its names for good: its versions, columns, facets, tags and edges, and the DatasetEvents about it; returns how many events that were. Events of runs that name it stay. Raises OL404 when it is unknown, 42501 for who is no member of openlineage_admin, unless openlineage.writers_may_purge is on.';

CREATE FUNCTION openlineage.purge_namespace(namespace text) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.api_namespace_id(namespace);
    RETURN openlineage.change('purge_namespace', namespace, '{}');
END
$$;
COMMENT ON FUNCTION openlineage.purge_namespace(text) IS
    'Removes a namespace with its jobs, datasets and sources for good; returns how many events and runs that were. Raises OL404 when it is unknown, 42501 for who is no member of openlineage_admin, unless openlineage.writers_may_purge is on.';

CREATE FUNCTION openlineage.api_delete_namespace(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json := openlineage.api_namespace(path, '{}');
BEGIN
    IF openlineage.api_choice(query, 'purge', '{TRUE,FALSE}') = '{TRUE}' THEN
        PERFORM openlineage.purge_namespace(path[1]);
    ELSE
        PERFORM openlineage.change('hide_namespace', path[1], '{}');
    END IF;
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_delete_namespace(text[], json, text) IS
    'DELETE /namespaces/{namespace}: hides it with its jobs and datasets. Query: purge (false; true removes it for good). Answers it as it was, as Marquez does. Raises OL404 when it is unknown, 22023 for another purge, 42501 without the right to write it, or to purge.';

CREATE FUNCTION openlineage.api_delete_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json;
BEGIN
    IF openlineage.api_choice(query, 'purge', '{TRUE,FALSE}') = '{TRUE}' THEN
        SELECT o.object INTO answer
          FROM openlineage.job_json(ARRAY[openlineage.find_job(openlineage.api_namespace_id(path[1]), path[2])], path[2]) AS o;
        PERFORM openlineage.purge_job(path[1], path[2]);
    ELSE
        answer := openlineage.api_job(path, '{}');
        PERFORM openlineage.change_node('hide_node', openlineage.api_job_id(path[1], path[2]));
    END IF;
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_delete_job(text[], json, text) IS
    'DELETE /namespaces/{namespace}/jobs/{job}: hides it and answers what it was. Query: purge (false; true removes it for good, hidden or not). Raises OL404 when it is unknown or hidden, 22023 for another purge, 42501 without the right to write it, or to purge.';

CREATE FUNCTION openlineage.api_delete_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    answer  json;
BEGIN
    IF openlineage.api_choice(query, 'purge', '{TRUE,FALSE}') = '{TRUE}' THEN
        SELECT o.object INTO answer
          FROM openlineage.node AS n
         CROSS JOIN LATERAL openlineage.dataset_json(ARRAY[n.id]) AS o
         WHERE n.namespace_id = openlineage.api_namespace_id(path[1])
           AND n.kind = 'dataset'
           AND n.job_id IS NULL
           AND n.name_hash = openlineage.hash128(path[2]);
        PERFORM openlineage.purge_dataset(path[1], path[2]);
    ELSE
        answer := openlineage.api_dataset(path, '{}');
        PERFORM openlineage.change_node('hide_node', openlineage.api_dataset_id(path[1], path[2]));
    END IF;
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_delete_dataset(text[], json, text) IS
    'DELETE /namespaces/{namespace}/datasets/{dataset}, also by an alias: hides it and answers what it was. Query: purge (false; true removes it for good, hidden or not). Raises OL404 when it is unknown or hidden, 22023 for another purge, 42501 without the right to write it, or to purge.';

REVOKE ALL ON FUNCTION openlineage.change_node(text, int) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.purge_job(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.purge_dataset(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.purge_namespace(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_delete_namespace(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_delete_job(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_delete_dataset(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.change_node(text, int) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.purge_job(text, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.purge_dataset(text, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.purge_namespace(text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_delete_namespace(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_delete_job(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_delete_dataset(text[], json, text) TO openlineage_writer;
