-- Writes that no event tells: each change_NAME is an entry of the list in
-- auth/change.c, which calls it as the owner of the tables after it checked the
-- caller's right to write the namespace.  Nobody else may execute them.  Ids
-- in the arguments are looked up together with that namespace.

CREATE FUNCTION openlineage.change(action text, namespace text, arguments json) RETURNS json
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_change';
COMMENT ON FUNCTION openlineage.change(text, text, json) IS
    'Does one change_NAME for who may write the namespace; a null namespace stands for what belongs to none. For the functions of the API. Raises 22023 for an unknown action, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.change(text, text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.change(text, text, json) TO openlineage_writer;

CREATE FUNCTION openlineage.change_put_namespace(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.namespace (name, created_at, updated_at)
    VALUES (namespace, statement_timestamp(), statement_timestamp())
    ON CONFLICT DO NOTHING;
    UPDATE openlineage.namespace AS n
       SET owner_name = arguments ->> 'ownerName',
           description = COALESCE(arguments ->> 'description', n.description),
           is_hidden = (arguments ->> 'isHidden')::boolean,
           updated_at = statement_timestamp()
     WHERE n.name_hash = openlineage.hash128(namespace);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_namespace(text, json) IS
    'Part of change: makes a namespace or describes it; arguments ownerName, description, isHidden.';
REVOKE ALL ON FUNCTION openlineage.change_put_namespace(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_hide_node(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind)
    SELECT n.id, n.namespace_id, n.kind
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = (arguments ->> 'id')::int
       AND s.name_hash = openlineage.hash128(namespace)
       AND n.kind IN ('job', 'dataset')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_hide_node(text, json) IS
    'Part of change: hides a job or dataset of the namespace; argument id.';
REVOKE ALL ON FUNCTION openlineage.change_hide_node(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_hide_namespace(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_id  int;
BEGIN
    UPDATE openlineage.namespace AS n
       SET is_hidden = true,
           updated_at = statement_timestamp()
     WHERE n.name_hash = openlineage.hash128(namespace)
    RETURNING n.id INTO found_id;
    INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind)
    SELECT n.id, n.namespace_id, n.kind
      FROM openlineage.node AS n
     WHERE n.namespace_id = found_id
       AND n.kind IN ('job', 'dataset')
       AND n.canonical_id IS NULL
     ORDER BY n.id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_hide_namespace(text, json) IS
    'Part of change: hides a namespace with its jobs and datasets.';
REVOKE ALL ON FUNCTION openlineage.change_hide_namespace(text, json) FROM PUBLIC;
