-- Tags: the vocabulary, and what it is put on.

CREATE FUNCTION openlineage.api_put_tag(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given   json := CASE WHEN btrim(body, E' \t\r\n') NOT IN ('', 'null') THEN openlineage.api_body(body) END;
    answer  json;
BEGIN
    PERFORM openlineage.change('put_tag', NULL,
                               json_build_object('name', path[1],
                                                 'description', openlineage.api_body_text(given, 'description')));
    SELECT json_build_object('name', t.name, 'description', t.description) INTO answer
      FROM openlineage.tag AS t
     WHERE t.name_hash = openlineage.hash128(path[1]);
    RETURN openlineage.api_ok(answer);
END
$$;
COMMENT ON FUNCTION openlineage.api_put_tag(text[], json, text) IS
    'PUT /tags/{tag}. Body, if any: description, which replaces an earlier one; kept when left out. Raises 22032 and 22023 for a bad body, 42501 for who is no administrator once row-level security is enforced.';

CREATE FUNCTION openlineage.state_tag(node_id int, field text, tag text, is_set boolean) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.change('state_tag', s.name,
                               json_build_object('id', n.id, 'field', field, 'tag', tag, 'isSet', is_set))
       FROM openlineage.node AS k
       JOIN openlineage.node AS n ON n.id = CASE WHEN k.canonical_id IS NULL THEN k.id ELSE k.canonical_id END
       JOIN openlineage.namespace AS s ON s.id = n.namespace_id
      WHERE k.id = state_tag.node_id;
END
$$;
COMMENT ON FUNCTION openlineage.state_tag(int, text, text, boolean) IS
    'Sets a tag on a dataset, a column of it (field, else empty) or a job, or takes it off; an alias stands for its dataset. Raises 42501 without the right to write its namespace.';

CREATE FUNCTION openlineage.api_check_field(node_id int, dataset text, field text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home  int;
BEGIN
    home := (SELECT COALESCE(n.canonical_id, n.id) FROM openlineage.node AS n WHERE n.id = api_check_field.node_id);
    IF field = ''
       OR openlineage.live_columns(ARRAY(SELECT f.id
                                           FROM openlineage.dataset_field AS f
                                          WHERE f.dataset_id = home
                                            AND f.name_hash = openlineage.hash128(field))) = '{}'
       -- Of the current version, whatever the schema that somebody read it with.
       AND NOT EXISTS (SELECT
                         FROM openlineage.dataset_fields(ARRAY[home]) AS d
                        CROSS JOIN LATERAL json_array_elements(d.fields) AS i (item)
                        WHERE i.item ->> 'name' = field) THEN
        RAISE EXCEPTION 'Field ''%'' not found for dataset ''%''.', field, dataset USING ERRCODE = 'OL404';
    END IF;
END
$$;
COMMENT ON FUNCTION openlineage.api_check_field(int, text, text) IS
    'Raises OL404 when the dataset, called so, has no such column: neither shown, nor in its current schema, nor named by column lineage.';

CREATE FUNCTION openlineage.api_tag_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_dataset_id(path[1], path[2]), '', path[3], true);
    RETURN openlineage.api_ok(openlineage.api_dataset(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_tag_dataset(text[], json, text) IS
    'POST /namespaces/{namespace}/datasets/{dataset}/tags/{tag}; a body is ignored. Answers the dataset. Raises OL404 when the dataset is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_untag_dataset(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_dataset_id(path[1], path[2]), '', path[3], false);
    RETURN openlineage.api_ok(openlineage.api_dataset(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_untag_dataset(text[], json, text) IS
    'DELETE /namespaces/{namespace}/datasets/{dataset}/tags/{tag}: takes the tag off until a later event states it. Answers the dataset, also when it had no such tag. Raises OL404 when the dataset is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.state_field_tag(path text[], is_set boolean) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted  int := openlineage.api_dataset_id(path[1], path[2]);
BEGIN
    PERFORM openlineage.api_check_field(wanted, path[2], path[3]);
    PERFORM openlineage.state_tag(wanted, path[3], upper(path[4]), is_set);
    -- Events may have written it in small letters.
    IF NOT is_set AND upper(path[4]) <> path[4] THEN
        PERFORM openlineage.state_tag(wanted, path[3], path[4], false);
    END IF;
    RETURN openlineage.api_ok(openlineage.api_dataset(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.state_field_tag(text[], boolean) IS
    'Part of api_tag_field and api_untag_field.';

CREATE FUNCTION openlineage.api_tag_field(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.state_field_tag(path, true)$$;
COMMENT ON FUNCTION openlineage.api_tag_field(text[], json, text) IS
    'POST /namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}, the tag in upper case; a body is ignored. Answers the dataset. Raises OL404 when dataset or column is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_untag_field(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT openlineage.state_field_tag(path, false)$$;
COMMENT ON FUNCTION openlineage.api_untag_field(text[], json, text) IS
    'DELETE /namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}: takes the tag, as written and in upper case, off until a later event states it. Answers the dataset. Raises OL404 when dataset or column is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_tag_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_job_id(path[1], path[2]), '', path[3], true);
    RETURN openlineage.api_ok(openlineage.api_job(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_tag_job(text[], json, text) IS
    'POST /namespaces/{namespace}/jobs/{job}/tags/{tag}; a body is ignored. Answers the job. Raises OL404 when the job is unknown, 42501 without the right to write it.';

CREATE FUNCTION openlineage.api_untag_job(path text[], query json, body text) RETURNS openlineage.api_answer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM openlineage.state_tag(openlineage.api_job_id(path[1], path[2]), '', path[3], false);
    RETURN openlineage.api_ok(openlineage.api_job(path[1:2], '{}'));
END
$$;
COMMENT ON FUNCTION openlineage.api_untag_job(text[], json, text) IS
    'DELETE /namespaces/{namespace}/jobs/{job}/tags/{tag}: takes the tag off until a later event states it. Answers the job, also when it had no such tag. Raises OL404 when the job is unknown, 42501 without the right to write it.';

REVOKE ALL ON FUNCTION openlineage.api_put_tag(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.state_tag(int, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_tag_dataset(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_untag_dataset(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.state_field_tag(text[], boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_tag_field(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_untag_field(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_tag_job(text[], json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION openlineage.api_untag_job(text[], json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.api_put_tag(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.state_tag(int, text, text, boolean) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_tag_dataset(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_untag_dataset(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.state_field_tag(text[], boolean) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_tag_field(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_untag_field(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_tag_job(text[], json, text) TO openlineage_writer;
GRANT EXECUTE ON FUNCTION openlineage.api_untag_job(text[], json, text) TO openlineage_writer;
