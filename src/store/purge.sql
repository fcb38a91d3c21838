-- Removing jobs and datasets for good: DELETE hides, this forgets.
--
-- What goes is the entity under all its names and all that only it has: its
-- events, runs, versions, columns, facets, tags and edges.  What others' events
-- say of it stays in those events, but not in the tables that are made of
-- them.  Ingest is held up meanwhile, reads go on: a lock on dataset_alias keeps
-- batches from looking up names, as that is where each of them begins, and none
-- then waits for what purge holds while it has what purge will need.
--
-- All run as the owner of the tables, from change(); nobody else may call them.

-- Events of others that a run of these nodes is told of go too, and what is packed with their text must not keep it.
CREATE FUNCTION openlineage.purge_templates(members int[], others int[], hashes uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    spoilt  bigint[];
BEGIN
    spoilt := ARRAY(SELECT DISTINCT t.id
                      FROM openlineage.event_template AS t
                     CROSS JOIN LATERAL unnest(t.made_of) AS m (hash)
                      JOIN unnest(hashes) AS g (hash) ON g.hash = m.hash
                     WHERE t.node_id = ANY (others));
    IF spoilt = '{}' AND NOT EXISTS (SELECT FROM openlineage.event_template AS t WHERE t.node_id = ANY (members)) THEN
        RETURN;
    END IF;
    PERFORM openlineage.lock_templates();
    UPDATE openlineage.event_store AS e
       SET packed = openlineage.event_pack(openlineage.event_body(e.packed, t.packed)), template_id = NULL
      FROM openlineage.event_template AS t
     WHERE t.id = ANY (spoilt) AND e.node_id = t.node_id AND e.template_id = t.id;
    DELETE FROM openlineage.event_template AS t WHERE t.id = ANY (spoilt) OR t.node_id = ANY (members);
END
$$;
COMMENT ON FUNCTION openlineage.purge_templates(int[], int[], uuid[]) IS
    'Part of purge_events: the templates of these nodes, and those of the others that hold text of events with these hashes; what was packed with them is packed without.';
REVOKE ALL ON FUNCTION openlineage.purge_templates(int[], int[], uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_events(members int[], runs uuid[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    n       bigint;
    others  int[];
    hashes  uuid[];
BEGIN
    WITH gone AS (
        DELETE FROM openlineage.event_store AS e
         WHERE e.node_id = ANY (members) OR e.run_id = ANY (runs)
        RETURNING e.namespace_id, e.node_id, e.event_time, e.hash, e.kind, e.type, e.is_command
    ), fewer AS (
        INSERT INTO openlineage.event_count (namespace_id, hour, kind, type, n)
        SELECT g.namespace_id, date_trunc('hour', g.event_time, 'UTC'), g.kind, g.type, -count(*)
          FROM gone AS g
         WHERE NOT g.is_command
         GROUP BY 1, 2, 3, 4
    ), told AS (
        DELETE FROM openlineage.event_dataset_store AS d
         USING gone AS g
         WHERE d.event_time = g.event_time AND d.event_hash = g.hash
    ), odd AS (
        DELETE FROM openlineage.event_issue AS i
         USING gone AS g
         WHERE i.namespace_id = g.namespace_id AND i.event_time = g.event_time AND i.event_hash = g.hash
    )
    SELECT count(*), array_agg(DISTINCT g.node_id) FILTER (WHERE g.node_id <> ALL (members)),
           array_agg(g.hash) FILTER (WHERE g.node_id <> ALL (members))
      INTO n, others, hashes
      FROM gone AS g;
    PERFORM openlineage.purge_templates(members, others, hashes);
    DELETE FROM openlineage.event_dataset_store AS d WHERE d.dataset_id = ANY (members);
    WITH gone AS (DELETE FROM openlineage.dataset_set AS s WHERE s.node_id = ANY (members) RETURNING s.id)
    DELETE FROM openlineage.dataset_set_member AS m USING gone AS g WHERE m.set_id = g.id;
    -- What others name beside it stays a set.
    DELETE FROM openlineage.dataset_set_member AS m WHERE m.dataset_id = ANY (members);
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.purge_events(int[], uuid[]) IS
    'Part of purge_nodes: the events of these nodes and runs, their templates, sets of datasets, counts and issues; returns how many events.';
REVOKE ALL ON FUNCTION openlineage.purge_events(int[], uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_facets(members int[], runs uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    spaces  int[];
    hashes  uuid[];
BEGIN
    WITH gone AS (
        DELETE FROM openlineage.facet AS f
         WHERE f.node_id = ANY (members) OR f.run_id = ANY (runs)
        RETURNING f.namespace_id, f.content_hash
    )
    SELECT array_agg(g.namespace_id), array_agg(g.content_hash) INTO spaces, hashes
      FROM (SELECT DISTINCT o.namespace_id, o.content_hash FROM gone AS o) AS g;
    DELETE FROM openlineage.facet_content AS c
     USING unnest(spaces, hashes) AS g (namespace_id, hash)
     WHERE c.namespace_id = g.namespace_id
       AND c.hash = g.hash
       AND NOT EXISTS (SELECT FROM openlineage.facet AS f
                        WHERE f.namespace_id = g.namespace_id AND f.content_hash = g.hash);
END
$$;
COMMENT ON FUNCTION openlineage.purge_facets(int[], uuid[]) IS
    'Part of purge_nodes: the facets of these nodes and runs, what they mean, and content that no other facet has.';
REVOKE ALL ON FUNCTION openlineage.purge_facets(int[], uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_edges(members int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    fields  int[] := ARRAY(SELECT f.id FROM openlineage.dataset_field AS f WHERE f.dataset_id = ANY (members));
BEGIN
    DELETE FROM openlineage.edge AS e WHERE e.src = ANY (members) OR e.dst = ANY (members);
    DELETE FROM openlineage.edge_history AS e WHERE e.src = ANY (members) OR e.dst = ANY (members);
    DELETE FROM openlineage.edge_replacement AS e WHERE e.node_id = ANY (members);
    DELETE FROM openlineage.column_edge AS e
     WHERE e.owner_id = ANY (members) OR e.dataset_id = ANY (members) OR e.src = ANY (fields) OR e.dst = ANY (fields);
    DELETE FROM openlineage.column_lineage_source AS e
     WHERE e.owner_id = ANY (members) OR e.dataset_id = ANY (members);
END
$$;
COMMENT ON FUNCTION openlineage.purge_edges(int[]) IS
    'Part of purge_nodes: every edge that begins or ends at these nodes, or is theirs.';
REVOKE ALL ON FUNCTION openlineage.purge_edges(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_runs(runs uuid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    touched  int[] := ARRAY(SELECT DISTINCT i.dataset_id FROM openlineage.run_io AS i WHERE i.run_id = ANY (runs));
BEGIN
    DELETE FROM openlineage.run_io AS i WHERE i.run_id = ANY (runs);
    UPDATE openlineage.dataset_version AS v
       SET created_by_run = NULL
     WHERE v.dataset_id = ANY (touched) AND v.created_by_run = ANY (runs);
    DELETE FROM openlineage.run AS r WHERE r.id = ANY (runs);
END
$$;
COMMENT ON FUNCTION openlineage.purge_runs(uuid[]) IS
    'Part of purge_nodes: runs. Versions of datasets that they made stay, made by nobody.';
REVOKE ALL ON FUNCTION openlineage.purge_runs(uuid[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_datasets(ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    runs  uuid[] := ARRAY(SELECT DISTINCT i.run_id FROM openlineage.run_io AS i WHERE i.dataset_id = ANY (ids));
    jobs  int[];
BEGIN
    DELETE FROM openlineage.run_io AS i WHERE i.dataset_id = ANY (ids);
    SELECT array_agg(DISTINCT k.id) INTO jobs
      FROM (SELECT r.job_id FROM openlineage.run AS r WHERE r.id = ANY (runs)
            UNION ALL
            SELECT v.job_id FROM openlineage.job_version AS v
             WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ids) AS k (id);
    -- Those that are left with no dataset may get none again.
    UPDATE openlineage.run AS r SET job_version_id = NULL WHERE r.id = ANY (runs);
    PERFORM openlineage.refresh_job_versions(runs);
    PERFORM openlineage.declare_job_version(
                v.job_id, d.at,
                ARRAY(SELECT i FROM unnest(v.inputs) WITH ORDINALITY AS u (i, o) WHERE i <> ALL (ids) ORDER BY o),
                ARRAY(SELECT i FROM unnest(v.outputs) WITH ORDINALITY AS u (i, o) WHERE i <> ALL (ids) ORDER BY o),
                v.location, v.code_hash)
       FROM openlineage.job_version AS v
      CROSS JOIN LATERAL unnest(ARRAY[v.first_declared_at, v.declared_at]) AS d (at)
      WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ids;
    UPDATE openlineage.job_version AS v
       SET first_declared_at = NULL, declared_at = NULL
     WHERE v.declared_at IS NOT NULL AND (v.inputs || v.outputs) && ids;
    PERFORM openlineage.point_jobs(jobs);
    DELETE FROM openlineage.job_version AS v WHERE v.job_id = ANY (jobs) AND (v.inputs || v.outputs) && ids;

    DELETE FROM openlineage.dataset_activity AS d WHERE d.node_id = ANY (ids);
    WITH gone AS (
        DELETE FROM openlineage.dataset_version AS v WHERE v.dataset_id = ANY (ids)
        RETURNING v.id, v.namespace_id, v.schema_hash
    )
    DELETE FROM openlineage.dataset_schema AS s
     USING gone AS g
     WHERE s.namespace_id = g.namespace_id
       AND s.hash = g.schema_hash
       AND NOT EXISTS (SELECT FROM openlineage.dataset_version AS v
                        WHERE v.namespace_id = s.namespace_id
                          AND v.schema_hash = s.hash
                          AND v.dataset_id <> ALL (ids));
    DELETE FROM openlineage.dataset_field AS f WHERE f.dataset_id = ANY (ids);
    DELETE FROM openlineage.dataset AS d WHERE d.node_id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.purge_datasets(int[]) IS
    'Part of purge_nodes: datasets with their versions and columns; versions of jobs that name them are made again without.';
REVOKE ALL ON FUNCTION openlineage.purge_datasets(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_jobs(ids int[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE openlineage.job AS j SET parent_id = NULL WHERE j.parent_id = ANY (ids);
    DELETE FROM openlineage.job_activity AS j WHERE j.node_id = ANY (ids);
    DELETE FROM openlineage.job_version AS v WHERE v.job_id = ANY (ids);
    DELETE FROM openlineage.job AS j WHERE j.node_id = ANY (ids);
END
$$;
COMMENT ON FUNCTION openlineage.purge_jobs(int[]) IS
    'Part of purge_nodes: jobs, whose runs are gone already. Their children have no parent any more.';
REVOKE ALL ON FUNCTION openlineage.purge_jobs(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.purge_nodes(ids int[]) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    members  int[];
    runs     uuid[];
    touched  int[];
    events   bigint;
BEGIN
    LOCK TABLE openlineage.dataset_alias, openlineage.event_store IN EXCLUSIVE MODE;
    members := ARRAY(SELECT n.id
                       FROM openlineage.node AS n
                      WHERE n.id = ANY (ids) OR n.canonical_id = ANY (ids)
                         OR n.job_id = ANY (ids) OR n.target_id = ANY (ids));
    runs := ARRAY(SELECT r.id FROM openlineage.run AS r WHERE r.job_id = ANY (ids));
    touched := ARRAY(SELECT DISTINCT i.dataset_id FROM openlineage.run_io AS i WHERE i.run_id = ANY (runs));
    events := openlineage.purge_events(members, runs);
    PERFORM openlineage.purge_facets(members, runs);
    PERFORM openlineage.purge_edges(members);
    PERFORM openlineage.purge_runs(runs);
    PERFORM openlineage.purge_datasets(ids);
    PERFORM openlineage.purge_jobs(ids);
    PERFORM openlineage.point_datasets(touched);
    DELETE FROM openlineage.tag_statement AS t WHERE t.node_id = ANY (members);
    DELETE FROM openlineage.hidden_node AS h WHERE h.node_id = ANY (members);
    DELETE FROM openlineage.dataset_alias AS a WHERE a.node_id = ANY (members) OR a.alias_id = ANY (members);
    DELETE FROM openlineage.node AS n WHERE n.id = ANY (members);
    RETURN json_build_object('events', events, 'runs', cardinality(runs));
END
$$;
COMMENT ON FUNCTION openlineage.purge_nodes(int[]) IS
    'Removes these jobs and datasets with all that only they have, and says how many events and runs that were.';
REVOKE ALL ON FUNCTION openlineage.purge_nodes(int[]) FROM PUBLIC;

CREATE FUNCTION openlineage.change_purge_node(namespace text, arguments json) RETURNS json
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT openlineage.purge_nodes(ARRAY(SELECT n.id
                                           FROM openlineage.node AS n
                                           JOIN openlineage.namespace AS s ON s.id = n.namespace_id
                                          WHERE n.id = (arguments ->> 'id')::int
                                            AND s.name_hash = openlineage.hash128(namespace)
                                            AND n.kind IN ('job', 'dataset')))
    $$;
COMMENT ON FUNCTION openlineage.change_purge_node(text, json) IS
    'Part of change: removes a job or dataset of the namespace for good; argument id.';
REVOKE ALL ON FUNCTION openlineage.change_purge_node(text, json) FROM PUBLIC;

-- Other namespaces may have datasets under a name of this one; that name goes.
CREATE FUNCTION openlineage.change_purge_namespace(namespace text, arguments json) RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home    int := (SELECT s.id FROM openlineage.namespace AS s WHERE s.name_hash = openlineage.hash128(namespace));
    answer  json;
    names   int[];
BEGIN
    answer := openlineage.purge_nodes(ARRAY(SELECT d.node_id FROM openlineage.dataset AS d WHERE d.namespace_id = home
                                            UNION ALL
                                            SELECT j.node_id FROM openlineage.job AS j WHERE j.namespace_id = home));
    names := ARRAY(SELECT n.id FROM openlineage.node AS n WHERE n.namespace_id = home);
    PERFORM openlineage.purge_events(names, '{}');
    DELETE FROM openlineage.dataset_alias AS a WHERE a.node_id = ANY (names) OR a.alias_id = ANY (names);
    DELETE FROM openlineage.node AS n WHERE n.id = ANY (names);
    DELETE FROM openlineage.source AS s WHERE s.namespace_id = home;
    DELETE FROM openlineage.event_issue AS i WHERE i.namespace_id = home;
    DELETE FROM openlineage.rejected_event AS e WHERE e.namespace_id = home;
    DELETE FROM openlineage.event_count AS c WHERE c.namespace_id = home;
    DELETE FROM openlineage.event_day_count AS c WHERE c.namespace_id = home;
    DELETE FROM openlineage.entity_count AS c WHERE c.namespace_id = home;
    -- What jobs of here told of runs that belong to other jobs.
    DELETE FROM openlineage.facet AS f
     USING openlineage.facet_content AS c
     WHERE c.namespace_id = home AND f.namespace_id = home AND f.content_hash = c.hash;
    DELETE FROM openlineage.facet_content AS c WHERE c.namespace_id = home;
    DELETE FROM openlineage.dataset_schema AS s WHERE s.namespace_id = home;
    DELETE FROM openlineage.namespace AS s WHERE s.id = home;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION openlineage.change_purge_namespace(text, json) IS
    'Part of change: removes a namespace with all that is in it for good.';
REVOKE ALL ON FUNCTION openlineage.change_purge_namespace(text, json) FROM PUBLIC;
