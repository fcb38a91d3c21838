-- Writes that no event tells: each change_NAME is an entry of the list in
-- auth/change.c, which calls it as the owner of the tables after it checked the
-- caller's right to write the namespace.  Nobody else may execute them.  Ids
-- in the arguments are looked up together with that namespace; of events they
-- tell, the rights are those of the caller (permit.c).

CREATE FUNCTION openlineage.change(action text, namespace text, arguments json) RETURNS json
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_change';
COMMENT ON FUNCTION openlineage.change(text, text, json) IS
    'Does one change_NAME for who may write the namespace; a null namespace stands for what belongs to none, as sources and tags do whatever is given. For the functions of the API. Raises 22023 for an unknown action, 42501 without the right.';
REVOKE ALL ON FUNCTION openlineage.change(text, text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.change(text, text, json) TO openlineage_writer;

CREATE FUNCTION openlineage.change_may(namespace text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_change_may';
COMMENT ON FUNCTION openlineage.change_may(text) IS
    'Part of change: whether who called it may read and write this namespace, beside the one that was checked.';
REVOKE ALL ON FUNCTION openlineage.change_may(text) FROM PUBLIC;

CREATE FUNCTION openlineage.change_hold_name(node_id int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    LOCK TABLE openlineage.dataset_alias IN ROW SHARE MODE;
    IF EXISTS (SELECT FROM openlineage.node AS n WHERE n.id = change_hold_name.node_id AND n.canonical_id IS NOT NULL) THEN
        RAISE EXCEPTION 'the dataset became a name of another at the same time' USING ERRCODE = 'foreign_key_violation';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.change_hold_name(int) IS
    'Part of change: until the transaction ends this dataset becomes no name of another. Raises 23503 when it is one already: look it up again.';
REVOKE ALL ON FUNCTION openlineage.change_hold_name(int) FROM PUBLIC;

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
    PERFORM openlineage.change_hold_name((arguments ->> 'id')::int);
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
    -- No dataset becomes a name of another meanwhile.
    LOCK TABLE openlineage.dataset_alias IN ROW SHARE MODE;
    UPDATE openlineage.namespace AS n
       SET is_hidden = true,
           updated_at = statement_timestamp()
     WHERE n.name_hash = openlineage.hash128(namespace)
    RETURNING n.id INTO found_id;
    INSERT INTO openlineage.hidden_node (node_id, namespace_id, kind)
    SELECT e.node_id, found_id, e.kind
      FROM (SELECT d.node_id, 'dataset'::openlineage.node_kind FROM openlineage.dataset AS d WHERE d.namespace_id = found_id
            UNION ALL
            SELECT j.node_id, 'job' FROM openlineage.job AS j WHERE j.namespace_id = found_id) AS e (node_id, kind)
     ORDER BY e.node_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_hide_namespace(text, json) IS
    'Part of change: hides a namespace with its jobs and datasets.';
REVOKE ALL ON FUNCTION openlineage.change_hide_namespace(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_source(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.source_definition AS d (name, type, connection_url, description, created_at, updated_at)
    VALUES (arguments ->> 'name', arguments ->> 'type', arguments ->> 'connectionUrl', arguments ->> 'description',
            statement_timestamp(), statement_timestamp())
    ON CONFLICT (name_hash) DO UPDATE
       SET type = excluded.type,
           connection_url = excluded.connection_url,
           description = excluded.description,
           updated_at = excluded.updated_at;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_source(text, json) IS
    'Part of change: defines the sources of a name; arguments name, type, connectionUrl, description.';
REVOKE ALL ON FUNCTION openlineage.change_put_source(text, json) FROM PUBLIC;

CREATE FUNCTION openlineage.change_put_tag(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.tag AS t (name, description)
    VALUES (arguments ->> 'name', arguments ->> 'description')
    ON CONFLICT (name_hash) DO UPDATE
       SET description = COALESCE(excluded.description, t.description);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_put_tag(text, json) IS
    'Part of change: puts a tag into the vocabulary; arguments name, description (kept when null).';
REVOKE ALL ON FUNCTION openlineage.change_put_tag(text, json) FROM PUBLIC;

-- A tag is taken off whatever the event time of the facet that states it, also
-- one that lies in the future.
CREATE FUNCTION openlineage.change_state_tag(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.change_hold_name((arguments ->> 'id')::int);
    INSERT INTO openlineage.tag_statement (node_id, namespace_id, field, tag, is_set, stated_at)
    SELECT n.id, n.namespace_id, arguments ->> 'field', arguments ->> 'tag', (arguments ->> 'isSet')::boolean,
           GREATEST(statement_timestamp(),
                    (SELECT max(f.event_time)
                       FROM openlineage.tag_assignment AS a
                       JOIN openlineage.facet AS f ON f.id = a.facet_id
                      WHERE a.node_id = n.id
                        AND COALESCE(a.field, '') = arguments ->> 'field'
                        AND a.tag = arguments ->> 'tag'))
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = (arguments ->> 'id')::int
       AND s.name_hash = openlineage.hash128(namespace)
    ON CONFLICT (node_id, field_hash, tag_hash) DO UPDATE
       SET is_set = excluded.is_set,
           stated_at = excluded.stated_at;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION openlineage.change_state_tag(text, json) IS
    'Part of change: sets a tag on a dataset, column or job of the namespace, or takes it off; arguments id, field (empty for none), tag, isSet.';
REVOKE ALL ON FUNCTION openlineage.change_state_tag(text, json) FROM PUBLIC;
