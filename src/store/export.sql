-- The whole state as text, free of what depends on the order of arrival:
-- surrogate ids are told as names, times of storing are left out.

CREATE FUNCTION openlineage.node_label(node_id int) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE WHEN n.job_id IS NULL
                THEN n.kind || ':' || s.name || ':' || n.name
                ELSE 'step:' || openlineage.node_label(n.job_id) || '->' || openlineage.node_label(n.target_id) END
      FROM openlineage.node AS n
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE n.id = node_id
    $$;
COMMENT ON FUNCTION openlineage.node_label(int) IS
    'A node as text: kind:namespace:name; a step as step:job->target.';

CREATE FUNCTION openlineage.export_entities() RETURNS TABLE (kind text, content json)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'namespace', json_build_array(n.name, n.owner_name, n.description, n.is_hidden, n.created_at, n.updated_at)
      FROM openlineage.namespace AS n
    UNION ALL
    SELECT 'source', json_build_array(n.name, s.name, s.type, s.connection_url, s.description,
                                      s.created_at, s.event_time, s.event_hash)
      FROM openlineage.source AS s JOIN openlineage.namespace AS n ON n.id = s.namespace_id
    UNION ALL
    SELECT 'source definition', json_build_array(d.name, d.type, d.connection_url, d.description, d.created_at, d.updated_at)
      FROM openlineage.source_definition AS d
    UNION ALL
    SELECT 'tag', json_build_array(t.name, t.description) FROM openlineage.tag AS t
    UNION ALL
    SELECT 'node', json_build_array(openlineage.node_label(n.id), openlineage.node_label(n.canonical_id))
      FROM openlineage.node AS n
     WHERE n.job_id IS NULL
        OR EXISTS (SELECT FROM openlineage.edge AS e WHERE e.src = n.id OR e.dst = n.id)
    UNION ALL
    SELECT 'hidden', json_build_array(openlineage.node_label(h.node_id)) FROM openlineage.hidden_node AS h
    UNION ALL
    SELECT 'alias', json_build_array(openlineage.node_label(a.node_id), openlineage.node_label(a.alias_id),
                                     a.kind, a.told_at)
      FROM openlineage.dataset_alias AS a
    UNION ALL
    SELECT 'dataset', json_build_array(openlineage.node_label(d.node_id), d.type, d.source_name, d.description,
                                       d.lifecycle_state, d.dropped_at, d.created_at, a.updated_at,
                                       v.content_hash)
      FROM openlineage.dataset AS d
      LEFT JOIN openlineage.dataset_activity AS a ON a.node_id = d.node_id
      LEFT JOIN openlineage.dataset_version AS v ON v.id = a.current_version_id
    UNION ALL
    SELECT 'field', json_build_array(openlineage.node_label(f.dataset_id), f.name, f.type, f.description, f.ordinal)
      FROM openlineage.dataset_field AS f
     WHERE f.ordinal IS NOT NULL
    UNION ALL
    SELECT 'dataset version', json_build_array(openlineage.node_label(v.dataset_id), v.content_hash, v.source_name,
                                               s.fields, v.lifecycle_state, v.external_version, v.physical_name,
                                               v.schema_location, v.created_at,
                                               v.created_by_run, v.first_write_at, v.last_write_at, v.last_seen_at)
      FROM openlineage.dataset_version AS v
      LEFT JOIN openlineage.dataset_schema AS s ON s.namespace_id = v.namespace_id AND s.hash = v.schema_hash
    UNION ALL
    SELECT 'job', json_build_array(openlineage.node_label(j.node_id), j.type, j.description, j.location,
                                   openlineage.node_label(j.parent_id), a.parent_time, a.parent_hash, j.created_at,
                                   a.updated_at, a.latest_run_id, v.content_hash)
      FROM openlineage.job AS j
      LEFT JOIN openlineage.job_activity AS a ON a.node_id = j.node_id
      LEFT JOIN openlineage.job_version AS v ON v.id = a.current_version_id
    UNION ALL
    SELECT 'job version', json_build_array(openlineage.node_label(v.job_id), v.content_hash, v.location, v.code_hash,
                                           v.first_declared_at, v.declared_at,
                                           ARRAY(SELECT openlineage.node_label(i) FROM unnest(v.inputs) AS i ORDER BY 1),
                                           ARRAY(SELECT openlineage.node_label(o) FROM unnest(v.outputs) AS o ORDER BY 1))
      FROM openlineage.job_version AS v
     WHERE v.declared_at IS NOT NULL
        OR EXISTS (SELECT FROM openlineage.run AS r WHERE r.job_version_id = v.id)
    UNION ALL
    SELECT 'run', json_build_array(r.id, openlineage.node_label(r.job_id), r.job_time, r.job_hash, r.external_id,
                                   r.state, r.terminal_state, r.terminal_time, r.terminal_hash, r.start_time,
                                   r.last_start_time, r.running_time, r.nominal_start_time, r.nominal_end_time,
                                   r.parent_run_id, r.root_run_id, r.location, r.code_hash, r.code_time, r.code_event,
                                   v.content_hash, r.created_at, r.updated_at, r.is_placeholder)
      FROM openlineage.run AS r
      LEFT JOIN openlineage.job_version AS v ON v.id = r.job_version_id
    UNION ALL
    SELECT 'run io', json_build_array(i.run_id, openlineage.node_label(i.dataset_id), i.io, i.first_at,
                                      i.last_at, v.content_hash, i.version_time, i.version_hash)
      FROM openlineage.run_io_time AS i
      LEFT JOIN openlineage.dataset_version AS v ON v.id = i.version_id
    $$;
COMMENT ON FUNCTION openlineage.export_entities() IS 'Part of state_export: namespaces, nodes, datasets, jobs, runs.';

CREATE FUNCTION openlineage.export_facts() RETURNS TABLE (kind text, content json)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'facet', json_build_array(openlineage.node_label(f.node_id), f.run_id, f.io, f.name, f.event_time,
                                     f.event_hash, f.is_deleted, f.is_hidden, c.body)
      FROM openlineage.facet_time AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
    UNION ALL
    SELECT 'owner', json_build_array(openlineage.node_label(o.node_id), o.ordinal, o.name, o.type)
      FROM openlineage.owner AS o
    UNION ALL
    SELECT 'tag assignment', json_build_array(openlineage.node_label(t.node_id), t.run_id, t.field, t.ordinal,
                                              t.tag, t.value, t.source)
      FROM openlineage.tag_assignment AS t
    UNION ALL
    SELECT 'tag statement', json_build_array(openlineage.node_label(t.node_id), t.field, t.tag, t.is_set, t.stated_at)
      FROM openlineage.tag_statement AS t
    UNION ALL
    SELECT 'quality result', json_build_array(openlineage.node_label(q.dataset_id), q.run_id, f.io, f.name, q.ordinal,
                                              q.name, q.column_name, q.success, q.severity, q.expected, q.actual,
                                              q.event_time)
      FROM openlineage.quality_result AS q JOIN openlineage.facet AS f ON f.id = q.facet_id
    UNION ALL
    SELECT 'metric', json_build_array(openlineage.node_label(m.dataset_id), m.run_id, f.io, f.name, m.ordinal,
                                      m.name, m.column_name, m.value, m.event_time)
      FROM openlineage.metric AS m JOIN openlineage.facet AS f ON f.id = m.facet_id
    UNION ALL
    SELECT 'event', json_build_array(e.event_time, e.hash, e.kind, e.type, openlineage.node_label(e.node_id),
                                     e.run_id, e.is_command, openlineage.hash128(e.body))
      FROM openlineage.event AS e
    UNION ALL
    SELECT 'event dataset', json_build_array(d.event_time, d.event_hash, openlineage.node_label(d.dataset_id))
      FROM openlineage.event_dataset AS d
    UNION ALL
    SELECT 'issue', json_build_array(i.event_time, i.event_hash, i.code, i.path, i.message)
      FROM openlineage.event_issue AS i
    UNION ALL
    SELECT 'count', json_build_array(n.name, c.hour, c.kind, c.type, sum(c.n))
      FROM openlineage.event_count AS c JOIN openlineage.namespace AS n ON n.id = c.namespace_id
     GROUP BY n.name, c.hour, c.kind, c.type
    UNION ALL
    SELECT 'edge', json_build_array(openlineage.node_label(e.src), openlineage.node_label(e.dst), e.kind, e.first_at)
      FROM openlineage.edge AS e
    UNION ALL
    SELECT 'edge history', json_build_array(openlineage.node_label(h.src), openlineage.node_label(h.dst), h.kind, h.valid)
      FROM openlineage.edge_history AS h
    UNION ALL
    SELECT 'edge replacement', json_build_array(openlineage.node_label(r.node_id), r.event_time, r.event_hash)
      FROM openlineage.edge_replacement AS r
    UNION ALL
    SELECT 'column edge', json_build_array(openlineage.node_label(s.dataset_id), s.name,
                                           openlineage.node_label(d.dataset_id), d.name,
                                           openlineage.node_label(e.owner_id), e.explicit, e.transformations)
      FROM openlineage.column_edge AS e
      JOIN openlineage.dataset_field AS s ON s.id = e.src
      JOIN openlineage.dataset_field AS d ON d.id = e.dst
    UNION ALL
    SELECT 'column lineage', json_build_array(openlineage.node_label(c.owner_id), openlineage.node_label(c.dataset_id),
                                              c.content_hash, c.event_time, c.event_hash)
      FROM openlineage.column_lineage_source AS c
    UNION ALL
    SELECT 'access', json_build_array(a.enforced) FROM openlineage.access_mode AS a
    $$;
COMMENT ON FUNCTION openlineage.export_facts() IS 'Part of state_export: facets and what they mean, events, edges.';

CREATE FUNCTION openlineage.state_export() RETURNS SETOF text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    AS $$
    SELECT x.line
      FROM (SELECT e.kind || ' ' || e.content::text AS line FROM openlineage.export_entities() AS e
            UNION ALL SELECT f.kind || ' ' || f.content::text FROM openlineage.export_facts() AS f) AS x
     ORDER BY x.line COLLATE "C"
    $$;
COMMENT ON FUNCTION openlineage.state_export() IS
    'Everything that events made, one line of text per row, without surrogate ids and times of arrival: equal for any order and repetition of the same events.';
