-- Datasets that turn out to be one: which name stands for them, and moving
-- everything known of the others to it.  Called by alias.c under an exclusive
-- lock on dataset_alias; see there for the rules.

CREATE FUNCTION openlineage.alias_group(node_id int)
    RETURNS TABLE (id int, stands_for int, head int)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH RECURSIVE member(id) AS (
        SELECT node_id
        UNION
        SELECT t.id
          FROM member AS m
         CROSS JOIN LATERAL
               (SELECT a.alias_id AS id FROM openlineage.dataset_alias AS a WHERE a.node_id = m.id
                UNION ALL
                SELECT a.node_id FROM openlineage.dataset_alias AS a WHERE a.alias_id = m.id) AS t
    )
    SELECT m.id, COALESCE(n.canonical_id, n.id),
           first_value(m.id) OVER (
               ORDER BY (d.n > 0 AND NOT EXISTS
                         (SELECT FROM openlineage.dataset_alias AS o WHERE o.alias_id = m.id)) DESC,
                        (d.n > 0) DESC,
                        d.renamed_at DESC NULLS LAST, d.linked_at, s.name_hash, n.name_hash)
      FROM member AS m
      JOIN openlineage.node AS n ON n.id = m.id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     CROSS JOIN LATERAL
           (SELECT count(*) AS n,
                   min(a.told_at) FILTER (WHERE a.kind = 'symlink') AS linked_at,
                   max(a.told_at) FILTER (WHERE a.kind = 'rename') AS renamed_at
              FROM openlineage.dataset_alias AS a WHERE a.node_id = m.id) AS d
    $$;
COMMENT ON FUNCTION openlineage.alias_group(int) IS
    'Every member of the alias group of a node: the node that stands for it now and the one that should.';
REVOKE ALL ON FUNCTION openlineage.alias_group(int) FROM PUBLIC;

CREATE FUNCTION openlineage.place_alias(node_id int, head int) RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    UPDATE openlineage.node AS n
       SET canonical_id = NULLIF($2, $1)
     WHERE n.id = $1
    $$;
COMMENT ON FUNCTION openlineage.place_alias(int, int) IS 'Makes one node stand for another, or for itself.';
REVOKE ALL ON FUNCTION openlineage.place_alias(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.union_transformations(lists json[]) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT ('[' || COALESCE(string_agg(DISTINCT t.e::text, ',' ORDER BY t.e::text), '') || ']')::json
      FROM unnest(lists) AS l(list)
     CROSS JOIN LATERAL json_array_elements(l.list) AS t(e)
    $$;
COMMENT ON FUNCTION openlineage.union_transformations(json[]) IS
    'The elements of several transformation arrays, each once, in order of their text.';
REVOKE ALL ON FUNCTION openlineage.union_transformations(json[]) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_entity(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.dataset AS d (node_id, namespace_id, created_at)
    SELECT n.id, n.namespace_id, f.created_at
      FROM openlineage.node AS n, openlineage.dataset AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id) DO UPDATE SET created_at = LEAST(d.created_at, excluded.created_at);

    INSERT INTO openlineage.dataset_activity AS d (node_id, namespace_id, updated_at)
    SELECT n.id, n.namespace_id, f.updated_at
      FROM openlineage.node AS n, openlineage.dataset_activity AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id) DO UPDATE SET updated_at = GREATEST(d.updated_at, excluded.updated_at);
    DELETE FROM openlineage.dataset_activity AS d WHERE d.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_entity(int, int) IS 'Part of merge_dataset: the rows of dataset and dataset_activity.';
REVOKE ALL ON FUNCTION openlineage.merge_entity(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_versions(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.dataset_schema (namespace_id, hash, fields)
    SELECT DISTINCT ON (s.hash) n.namespace_id, s.hash, s.fields
      FROM openlineage.node AS n, openlineage.dataset_version AS v
      JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
     WHERE n.id = target AND v.dataset_id = source
    ON CONFLICT DO NOTHING;

    INSERT INTO openlineage.dataset_version AS v
           (dataset_id, namespace_id, content_hash, source_name, schema_hash, lifecycle_state,
            external_version, physical_name, schema_location, created_at, created_by_run, first_write_at, last_write_at, last_seen_at)
    SELECT n.id, n.namespace_id, f.content_hash, f.source_name, f.schema_hash, f.lifecycle_state,
           f.external_version, f.physical_name, f.schema_location, f.created_at, f.created_by_run, f.first_write_at, f.last_write_at, f.last_seen_at
      FROM openlineage.node AS n, openlineage.dataset_version AS f
     WHERE n.id = target AND f.dataset_id = source
    ON CONFLICT (dataset_id, content_hash) DO UPDATE SET
        created_at = LEAST(v.created_at, excluded.created_at),
        last_seen_at = GREATEST(v.last_seen_at, excluded.last_seen_at),
        created_by_run = CASE
            WHEN excluded.first_write_at IS NULL THEN v.created_by_run
            WHEN v.first_write_at IS NULL OR excluded.first_write_at < v.first_write_at THEN excluded.created_by_run
            WHEN excluded.first_write_at > v.first_write_at THEN v.created_by_run
            WHEN excluded.created_by_run IS NULL OR v.created_by_run IS NULL THEN NULL
            ELSE LEAST(v.created_by_run, excluded.created_by_run) END,
        first_write_at = LEAST(v.first_write_at, excluded.first_write_at),
        last_write_at = GREATEST(v.last_write_at, excluded.last_write_at);

    INSERT INTO openlineage.run_io AS i
           (run_id, dataset_id, io, namespace_id, dataset_namespace_id, first_at, last_at,
            version_id, version_time, version_hash)
    SELECT f.run_id, n.id, f.io, f.namespace_id, n.namespace_id, f.first_at, f.last_at,
           w.id, f.version_time, f.version_hash
      FROM openlineage.node AS n, openlineage.run_io AS f
      LEFT JOIN openlineage.dataset_version AS v ON v.id = f.version_id
      LEFT JOIN openlineage.dataset_version AS w ON w.dataset_id = target AND w.content_hash = v.content_hash
     WHERE n.id = target AND f.dataset_id = source
    ON CONFLICT (run_id, io, dataset_id) DO UPDATE SET
        first_at = LEAST(i.first_at, excluded.first_at),
        last_at = CASE WHEN i.last_at IS NOT NULL THEN GREATEST(i.last_at, COALESCE(excluded.last_at, (
            SELECT COALESCE(r.io_time, r.terminal_time, r.job_time) FROM openlineage.run AS r WHERE r.id = i.run_id))) END,
        (version_id, version_time, version_hash) = (
            SELECT x.id, CASE WHEN x.is_told THEN COALESCE(x.at, r.io_time, r.terminal_time, r.job_time) END,
                   CASE WHEN x.is_told THEN COALESCE(x.hash, r.io_hash, r.terminal_hash, r.job_hash) END
              FROM (VALUES (excluded.version_id, excluded.version_time, excluded.version_hash, excluded.version_id IS NOT NULL),
                           (i.version_id, i.version_time, i.version_hash, i.version_id IS NOT NULL)) AS x(id, at, hash, is_told)
              JOIN openlineage.run AS r ON r.id = i.run_id
              LEFT JOIN openlineage.dataset_version AS v ON v.id = x.id
             ORDER BY x.is_told DESC, COALESCE(x.at, r.io_time, r.terminal_time, r.job_time) DESC, COALESCE(x.hash, r.io_hash, r.terminal_hash, r.job_hash) DESC, v.content_hash DESC
             LIMIT 1);

    DELETE FROM openlineage.run_io AS i WHERE i.dataset_id = source;
    DELETE FROM openlineage.dataset_version AS v WHERE v.dataset_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_versions(int, int) IS 'Part of merge_dataset: versions and what runs read and wrote.';
REVOKE ALL ON FUNCTION openlineage.merge_versions(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_fields(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    newer   boolean;
BEGIN
    -- The columns of the later schema facet count.
    newer := COALESCE((SELECT (f.event_time, f.event_hash, f.content_hash) > (t.event_time, t.event_hash, t.content_hash)
                         FROM openlineage.facet AS f, openlineage.facet AS t
                        WHERE f.node_id = source AND f.run_id IS NULL AND f.io IS NULL AND f.name = 'schema'
                          AND t.node_id = target AND t.run_id IS NULL AND t.io IS NULL AND t.name = 'schema'),
                      EXISTS (SELECT FROM openlineage.facet AS f
                               WHERE f.node_id = source AND f.run_id IS NULL AND f.io IS NULL AND f.name = 'schema'));
    IF newer THEN
        UPDATE openlineage.dataset_field AS d
           SET type = NULL, description = NULL, ordinal = NULL
         WHERE d.dataset_id = target AND d.ordinal IS NOT NULL;
    END IF;
    INSERT INTO openlineage.dataset_field AS d (dataset_id, namespace_id, name, type, description, ordinal)
    SELECT n.id, n.namespace_id, f.name,
           CASE WHEN newer THEN f.type END,
           CASE WHEN newer THEN f.description END,
           CASE WHEN newer THEN f.ordinal END
      FROM openlineage.node AS n, openlineage.dataset_field AS f
     WHERE n.id = target AND f.dataset_id = source
     ORDER BY f.id
    ON CONFLICT (dataset_id, name_hash) DO UPDATE
       SET type = excluded.type, description = excluded.description, ordinal = excluded.ordinal
     WHERE newer;
END
$$;
COMMENT ON FUNCTION openlineage.merge_fields(int, int) IS 'Part of merge_dataset: columns; their edges follow in merge_columns.';
REVOKE ALL ON FUNCTION openlineage.merge_fields(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_columns(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    target_space    int;
BEGIN
    SELECT n.namespace_id INTO target_space FROM openlineage.node AS n WHERE n.id = target;

    -- Of two columnLineage facets of one owner on one dataset the later counts.
    WITH ranked AS (
        SELECT c.owner_id, c.dataset_id,
               row_number() OVER (PARTITION BY CASE c.owner_id WHEN source THEN target ELSE c.owner_id END,
                                               CASE c.dataset_id WHEN source THEN target ELSE c.dataset_id END
                                  ORDER BY c.event_time DESC, c.event_hash DESC, c.content_hash DESC) AS place
          FROM openlineage.column_lineage_source AS c
         WHERE c.owner_id IN (source, target) OR c.dataset_id IN (source, target)
    ),
    lost AS (
        DELETE FROM openlineage.column_lineage_source AS c
         USING ranked AS r
         WHERE c.owner_id = r.owner_id AND c.dataset_id = r.dataset_id AND r.place > 1
        RETURNING c.owner_id, c.dataset_id
    )
    DELETE FROM openlineage.column_edge AS e
     USING lost AS l
     WHERE e.owner_id = l.owner_id AND e.dataset_id = l.dataset_id AND NOT e.explicit;
    UPDATE openlineage.column_lineage_source AS c
       SET owner_id = CASE c.owner_id WHEN source THEN target ELSE c.owner_id END,
           namespace_id = CASE c.owner_id WHEN source THEN target_space ELSE c.namespace_id END,
           dataset_id = CASE c.dataset_id WHEN source THEN target ELSE c.dataset_id END,
           dataset_namespace_id = CASE c.dataset_id WHEN source THEN target_space ELSE c.dataset_namespace_id END
     WHERE c.owner_id = source OR c.dataset_id = source;

    WITH renamed AS (
        SELECT f.id AS old_id, t.id AS new_id
          FROM openlineage.dataset_field AS f
          JOIN openlineage.dataset_field AS t ON t.dataset_id = target AND t.name_hash = f.name_hash
         WHERE f.dataset_id = source
    ),
    -- Each by its index: an OR of them would read all columns' edges.
    touched AS (
        SELECT e.ctid AS place FROM openlineage.column_edge AS e WHERE e.owner_id = source
        UNION
        SELECT e.ctid FROM openlineage.column_edge AS e WHERE e.dataset_id = source
        UNION
        SELECT e.ctid FROM openlineage.column_edge AS e WHERE e.src = ANY (ARRAY(SELECT r.old_id FROM renamed AS r))
        UNION
        SELECT e.ctid FROM openlineage.column_edge AS e WHERE e.dst = ANY (ARRAY(SELECT r.old_id FROM renamed AS r))
    ),
    moved AS (
        DELETE FROM openlineage.column_edge AS e
         USING touched AS t
         WHERE e.ctid = t.place
        RETURNING e.*
    )
    INSERT INTO openlineage.column_edge AS e
           (src, dst, owner_id, dataset_id, src_namespace_id, dst_namespace_id, explicit, transformations)
    SELECT COALESCE(s.new_id, m.src), COALESCE(d.new_id, m.dst),
           CASE m.owner_id WHEN source THEN target ELSE m.owner_id END,
           CASE min(m.dataset_id) WHEN source THEN target ELSE min(m.dataset_id) END,
           CASE WHEN bool_or(s.new_id IS NOT NULL) THEN target_space ELSE min(m.src_namespace_id) END,
           CASE WHEN bool_or(d.new_id IS NOT NULL) THEN target_space ELSE min(m.dst_namespace_id) END,
           m.explicit,
           openlineage.union_transformations(array_agg(m.transformations))
      FROM moved AS m
      LEFT JOIN renamed AS s ON s.old_id = m.src
      LEFT JOIN renamed AS d ON d.old_id = m.dst
     GROUP BY COALESCE(s.new_id, m.src), COALESCE(d.new_id, m.dst),
              CASE m.owner_id WHEN source THEN target ELSE m.owner_id END, m.explicit
    ON CONFLICT (src, dst, owner_id, explicit) DO UPDATE
       SET transformations = openlineage.union_transformations(ARRAY[e.transformations, excluded.transformations]);

    DELETE FROM openlineage.dataset_field AS f WHERE f.dataset_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_columns(int, int) IS 'Part of merge_dataset: column lineage and the columns that moved.';
REVOKE ALL ON FUNCTION openlineage.merge_columns(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_facets(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.facet_content (namespace_id, hash, body)
    SELECT DISTINCT ON (c.hash) n.namespace_id, c.hash, c.body
      FROM openlineage.node AS n, openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT DO NOTHING;

    INSERT INTO openlineage.facet AS t
           (namespace_id, node_id, run_id, io, name, content_hash, event_time, event_hash, is_deleted, is_hidden)
    SELECT n.namespace_id, n.id, f.run_id, f.io, f.name, f.content_hash, f.event_time, f.event_hash, f.is_deleted, f.is_hidden
      FROM openlineage.node AS n, openlineage.facet AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id, run_id, io, name) DO UPDATE SET
        namespace_id = excluded.namespace_id,
        content_hash = excluded.content_hash, event_time = excluded.event_time,
        event_hash = excluded.event_hash, is_deleted = excluded.is_deleted,
        is_hidden = excluded.is_hidden
     WHERE (excluded.event_time, excluded.event_hash, excluded.content_hash)
           > (t.event_time, t.event_hash, t.content_hash);

    DELETE FROM openlineage.facet AS f WHERE f.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_facets(int, int) IS 'Part of merge_dataset: facets; what they mean is derived again by the caller.';
REVOKE ALL ON FUNCTION openlineage.merge_facets(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_statements(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    WITH moved AS (
        DELETE FROM openlineage.tag_statement AS s WHERE s.node_id = source
        RETURNING s.*
    )
    INSERT INTO openlineage.tag_statement AS t (node_id, namespace_id, field, tag, is_set, stated_at)
    SELECT n.id, n.namespace_id, m.field, m.tag, m.is_set, m.stated_at
      FROM moved AS m, openlineage.node AS n
     WHERE n.id = target
    ON CONFLICT (node_id, field_hash, tag_hash) DO UPDATE
       SET is_set = excluded.is_set, stated_at = excluded.stated_at
     WHERE (excluded.stated_at, excluded.is_set) > (t.stated_at, t.is_set);
    DELETE FROM openlineage.hidden_node AS h WHERE h.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_statements(int, int) IS
    'Part of merge_dataset: what the API said of tags. A name that was hidden is no dataset of its own any more.';
REVOKE ALL ON FUNCTION openlineage.merge_statements(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.move_edges(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    WITH moved AS (
        DELETE FROM openlineage.edge AS e WHERE e.src = source OR e.dst = source
        RETURNING CASE e.src WHEN source THEN target ELSE e.src END AS src,
                  CASE e.dst WHEN source THEN target ELSE e.dst END AS dst,
                  e.kind, e.first_at
    )
    INSERT INTO openlineage.edge AS e (src, dst, kind, src_namespace_id, dst_namespace_id, first_at)
    SELECT m.src, m.dst, m.kind, s.namespace_id, d.namespace_id, min(m.first_at)
      FROM moved AS m
      JOIN openlineage.node AS s ON s.id = m.src
      JOIN openlineage.node AS d ON d.id = m.dst
     WHERE m.src <> m.dst
     GROUP BY m.src, m.dst, m.kind, s.namespace_id, d.namespace_id
    ON CONFLICT (src, dst, kind) DO UPDATE SET first_at = excluded.first_at
     WHERE excluded.first_at < e.first_at;

    UPDATE openlineage.edge_history AS h
       SET src = target, src_namespace_id = n.namespace_id
      FROM openlineage.node AS n WHERE n.id = target AND h.src = source;
    UPDATE openlineage.edge_history AS h
       SET dst = target, dst_namespace_id = n.namespace_id
      FROM openlineage.node AS n WHERE n.id = target AND h.dst = source;
END
$$;
COMMENT ON FUNCTION openlineage.move_edges(int, int) IS 'Moves all edges of one node to another.';
REVOKE ALL ON FUNCTION openlineage.move_edges(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_edges(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    step    record;
BEGIN
    -- Steps of jobs towards the source: one towards the target may be there.
    FOR step IN SELECT n.id, t.id AS other
                  FROM openlineage.node AS n
                  LEFT JOIN openlineage.node AS t ON t.job_id = n.job_id AND t.target_id = target
                 WHERE n.target_id = source
    LOOP
        IF step.other IS NULL THEN
            UPDATE openlineage.node AS n SET target_id = target WHERE n.id = step.id;
        ELSE
            PERFORM openlineage.move_edges(step.id, step.other);
            DELETE FROM openlineage.node AS n WHERE n.id = step.id;
        END IF;
    END LOOP;
    PERFORM openlineage.move_edges(source, target);

    INSERT INTO openlineage.edge_replacement AS r (node_id, namespace_id, event_time, event_hash)
    SELECT n.id, n.namespace_id, f.event_time, f.event_hash
      FROM openlineage.node AS n, openlineage.edge_replacement AS f
     WHERE n.id = target AND f.node_id = source
    ON CONFLICT (node_id) DO UPDATE
       SET event_time = excluded.event_time, event_hash = excluded.event_hash
     WHERE (excluded.event_time, excluded.event_hash) > (r.event_time, r.event_hash);
    DELETE FROM openlineage.edge_replacement AS r WHERE r.node_id = source;
END
$$;
COMMENT ON FUNCTION openlineage.merge_edges(int, int) IS 'Part of merge_dataset: edges, their past, steps and replacements.';
REVOKE ALL ON FUNCTION openlineage.merge_edges(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_job_versions(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    job_ids int[];
BEGIN
    SELECT array_agg(DISTINCT t.job_id) INTO job_ids
      FROM (SELECT r.job_id FROM openlineage.run_io AS i
              JOIN openlineage.run AS r ON r.id = i.run_id WHERE i.dataset_id = target
            UNION ALL
            SELECT v.job_id FROM openlineage.job_version AS v
             WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ARRAY[source, target]) AS t;
    IF job_ids IS NULL THEN
        RETURN;
    END IF;

    PERFORM openlineage.refresh_job_versions(
                ARRAY(SELECT DISTINCT i.run_id FROM openlineage.run_io AS i WHERE i.dataset_id = target));
    PERFORM openlineage.declare_job_version(v.job_id, d.at, array_replace(v.inputs, source, target),
                                            array_replace(v.outputs, source, target), v.location, v.code_hash)
       FROM openlineage.job_version AS v
      CROSS JOIN LATERAL unnest(ARRAY[v.first_declared_at, v.declared_at]) AS d (at)
      WHERE v.job_id = ANY (job_ids) AND v.declared_at IS NOT NULL
        AND (source = ANY (v.inputs) OR source = ANY (v.outputs)
             OR target = ANY (v.inputs) OR target = ANY (v.outputs));
    UPDATE openlineage.job_version AS v
       SET first_declared_at = NULL, declared_at = NULL
     WHERE v.job_id = ANY (job_ids) AND v.declared_at IS NOT NULL
       AND (source = ANY (v.inputs) OR source = ANY (v.outputs));
    PERFORM openlineage.point_jobs(job_ids);
END
$$;
COMMENT ON FUNCTION openlineage.merge_job_versions(int, int) IS
    'Part of merge_dataset: versions of the jobs that know it are made of names, so they are made again.';
REVOKE ALL ON FUNCTION openlineage.merge_job_versions(int, int) FROM PUBLIC;

CREATE FUNCTION openlineage.settle_facets(ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.facet AS f
       SET event_time = openlineage.told_time(a.told, f.name), event_hash = openlineage.told_hash(a.told, f.name)
      FROM openlineage.dataset_activity AS a
     WHERE a.node_id = ANY (ids) AND f.node_id = a.node_id AND f.run_id IS NULL AND f.io IS NULL
       AND openlineage.told_time(a.told, f.name) IS NOT NULL;
    UPDATE openlineage.dataset_activity AS a SET told = NULL WHERE a.node_id = ANY (ids) AND a.told IS NOT NULL;
END
$$;
COMMENT ON FUNCTION openlineage.settle_facets(int[]) IS
    'Part of merge_dataset: times of facets go from the rows of dataset_activity to those of facet.';
REVOKE ALL ON FUNCTION openlineage.settle_facets(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.merge_dataset(source int, target int) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM openlineage.dataset AS d WHERE d.node_id = source) THEN
        RETURN;     -- only ever an alias: nothing is known of it
    END IF;
    PERFORM openlineage.settle_facets(ARRAY[source, target]);
    PERFORM openlineage.merge_entity(source, target);
    PERFORM openlineage.merge_versions(source, target);
    PERFORM openlineage.merge_fields(source, target);
    PERFORM openlineage.merge_columns(source, target);
    PERFORM openlineage.merge_facets(source, target);
    PERFORM openlineage.merge_statements(source, target);
    PERFORM openlineage.merge_edges(source, target);
    DELETE FROM openlineage.dataset AS d WHERE d.node_id = source;
    PERFORM openlineage.point_datasets(ARRAY[target]);
    PERFORM openlineage.merge_job_versions(source, target);
END
$$;
COMMENT ON FUNCTION openlineage.merge_dataset(int, int) IS
    'Moves everything known of one dataset to another that it turned out to be.';
REVOKE ALL ON FUNCTION openlineage.merge_dataset(int, int) FROM PUBLIC;
