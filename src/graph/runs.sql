-- The graph of runs: from a run to the runs that its inputs came from.
--
-- A version of a dataset is content, so that many runs may have written it.  A
-- run read what the latest of them had written when it began.  The statements
-- take one dataset at a time from run_io_writer_idx, newest first.

-- A read is of what had been written when it began.  It tells columns mostly
-- to repeat them: only a version facet, or columns that are not those written,
-- say that it saw something else.
CREATE FUNCTION openlineage.run_io_versions(kinds openlineage.io_kind[], told_ids bigint[], dataset_ids int[], ats timestamptz[])
    RETURNS TABLE (ordinal bigint, version_id bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT a.* FROM unnest(kinds, told_ids, dataset_ids, ats) WITH ORDINALITY AS a (io, told_id, dataset_id, at, ordinal)
    ), current AS MATERIALIZED (
        SELECT c.ordinal, v.id, v.schema_hash, v.first_write_at
          FROM openlineage.dataset_versions_at(dataset_ids, ats) AS c
          JOIN openlineage.dataset_version AS v ON v.id = c.version_id
    )
    SELECT a.ordinal,
           CASE WHEN a.told_id IS NULL THEN c.id
                WHEN a.io = 'output' THEN a.told_id
                WHEN seen.external_version IS NOT NULL THEN CASE WHEN named.id IS NOT NULL THEN named.id ELSE a.told_id END
                WHEN c.first_write_at <= a.at
                 AND (c.schema_hash IS NULL OR seen.schema_hash IS NULL OR c.schema_hash = seen.schema_hash) THEN c.id
                ELSE a.told_id END
      FROM asked AS a
      LEFT JOIN current AS c ON c.ordinal = a.ordinal
      LEFT JOIN openlineage.dataset_version AS seen ON seen.id = a.told_id
      LEFT JOIN LATERAL (
               SELECT v.id
                 FROM openlineage.dataset_version AS v
                WHERE v.dataset_id = a.dataset_id
                  AND v.external_version = seen.external_version
                  AND v.first_write_at IS NOT NULL
                ORDER BY v.last_write_at DESC, v.content_hash
                LIMIT 1) AS named ON true;
END
$$;
COMMENT ON FUNCTION openlineage.run_io_versions(openlineage.io_kind[], bigint[], int[], timestamptz[]) IS
    'The versions that runs read or wrote, told_ids being those of their own events and ats the times they began, with their place in the arrays. Of an output the one told. Of an input the one told when that has a version facet (the written one of that facet, when there is one) or other columns than what had been written; else the one current then. From dataset_version and run_io.';

-- A function by itself, as the planner believes its ROWS: of an array whose length it does not know it
-- expects ten rows, and would then compare each of two thousand with each.
CREATE FUNCTION openlineage.run_told(runs uuid[])
    RETURNS TABLE (run_id uuid, io openlineage.io_kind, dataset_id int, told_id bigint, began_at timestamptz, ordinal bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT i.run_id, i.io, i.dataset_id, i.version_id,
           CASE WHEN r.start_time IS NOT NULL THEN r.start_time WHEN r.running_time IS NOT NULL THEN r.running_time ELSE i.first_at END,
           row_number() OVER ()
      FROM openlineage.run AS r
      JOIN openlineage.run_io AS i ON i.run_id = r.id
     WHERE r.id = ANY (runs);
END
$$;
COMMENT ON FUNCTION openlineage.run_told(uuid[]) IS
    'Part of run_touched: what these runs read and wrote, in which version as far as they told, and when they started, else named it.';

CREATE FUNCTION openlineage.run_touched(runs uuid[])
    RETURNS TABLE (
        run_id      uuid,
        io          openlineage.io_kind,
        dataset_id  int,
        told_id     bigint,       -- version the run told; null when it told none
        version_id  bigint,       -- that, else the one current then; null when none is known
        began_at    timestamptz   -- when the run started, else when it named the dataset
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    -- Where a dataset has one version, or the run wrote it, which one is meant is known.
    WITH touched AS MATERIALIZED (
        SELECT t.* FROM openlineage.run_told(runs) AS t
    ), known AS MATERIALIZED (
        SELECT d.dataset_id, count(v.id) AS versions, min(v.id) AS first_id
          FROM (SELECT DISTINCT t.dataset_id FROM touched AS t) AS d
          JOIN openlineage.dataset_version AS v ON v.dataset_id = d.dataset_id
         GROUP BY d.dataset_id
    ), open AS MATERIALIZED (
        SELECT array_agg(t.ordinal) AS places, array_agg(t.io) AS kinds, array_agg(t.told_id) AS told_ids,
               array_agg(t.dataset_id) AS dataset_ids, array_agg(t.began_at) AS ats
          FROM touched AS t
          JOIN known AS k ON k.dataset_id = t.dataset_id
         WHERE k.versions > 1 AND (t.io = 'input' OR t.told_id IS NULL)
    ), found AS MATERIALIZED (
        SELECT o.places[v.ordinal] AS ordinal, v.version_id
          FROM open AS o
         CROSS JOIN LATERAL openlineage.run_io_versions(o.kinds, o.told_ids, o.dataset_ids, o.ats) AS v
         WHERE o.places IS NOT NULL
    )
    SELECT t.run_id, t.io, t.dataset_id, t.told_id,
           CASE WHEN t.io = 'output' AND t.told_id IS NOT NULL THEN t.told_id
                WHEN k.versions > 1 THEN f.version_id
                ELSE k.first_id END,
           t.began_at
      FROM touched AS t
      LEFT JOIN known AS k ON k.dataset_id = t.dataset_id
      LEFT JOIN found AS f ON f.ordinal = t.ordinal;
END
$$;
COMMENT ON FUNCTION openlineage.run_touched(uuid[]) IS
    'What these runs read and wrote, in which version, as run_io_versions() tells it. From run_io, run and dataset_version.';

CREATE FUNCTION openlineage.run_inputs(runs uuid[])
    RETURNS TABLE (
        run_id      uuid,
        dataset_id  int,          -- what it read
        version_id  bigint,       -- in which version; null when none is known
        producer    uuid          -- the run that wrote it; null when none is known
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH input AS MATERIALIZED (
        -- Who wrote a version first counts when that was before, or the run told it by name.
        SELECT t.run_id, t.dataset_id, t.told_id, t.version_id, t.began_at,
               CASE WHEN v.first_write_at <= t.began_at OR (t.told_id IS NOT NULL AND v.external_version IS NOT NULL)
                    THEN v.created_by_run END AS created_by_run,
               CASE WHEN v.first_write_at IS NOT NULL THEN least(t.began_at, v.last_write_at) END AS written_by
          FROM openlineage.run_touched(runs) AS t
          LEFT JOIN openlineage.dataset_version AS v ON v.id = t.version_id
         WHERE t.io = 'input'
    ), found AS MATERIALIZED (
        SELECT i.run_id, i.dataset_id, i.version_id,
               CASE WHEN same.run_id IS NOT NULL THEN same.run_id
                    WHEN latest.run_id IS NOT NULL THEN latest.run_id
                    WHEN running.run_id IS NOT NULL THEN running.run_id
                    ELSE i.created_by_run END AS producer
          FROM input AS i
          -- The same version, when the run told which one it read.
          LEFT JOIN LATERAL (
                   SELECT w.run_id
                     FROM openlineage.run_io_time AS w
                    WHERE w.dataset_id = i.dataset_id AND w.io = 'output' AND w.run_id <> i.run_id
                      AND w.first_at <= i.written_by AND w.last_at <= i.began_at AND w.version_id = i.told_id
                    ORDER BY w.first_at DESC, w.last_at DESC, w.run_id
                    LIMIT 1) AS same ON true
          -- Else whatever was written last, by a run that had ended or was at it.
          LEFT JOIN LATERAL (
                   SELECT w.run_id
                     FROM openlineage.run_io_time AS w
                    WHERE w.dataset_id = i.dataset_id AND w.io = 'output' AND w.run_id <> i.run_id
                      AND w.first_at <= i.began_at AND w.last_at <= i.began_at
                      AND same.run_id IS NULL AND (i.told_id IS NULL OR i.created_by_run IS NULL)
                    ORDER BY w.first_at DESC, w.last_at DESC, w.run_id
                    LIMIT 1) AS latest ON true
          LEFT JOIN LATERAL (
                   SELECT w.run_id
                     FROM openlineage.run_io_time AS w
                    WHERE w.dataset_id = i.dataset_id AND w.io = 'output' AND w.run_id <> i.run_id
                      AND w.first_at <= i.began_at
                      AND same.run_id IS NULL AND latest.run_id IS NULL
                      AND (i.told_id IS NULL OR i.created_by_run IS NULL)
                    ORDER BY w.first_at DESC, w.last_at DESC, w.run_id
                    LIMIT 1) AS running ON true
    )
    SELECT f.run_id, f.dataset_id, f.version_id, p.id
      FROM found AS f
      LEFT JOIN openlineage.run AS p ON p.id = f.producer AND f.producer <> f.run_id;
END
$$;
COMMENT ON FUNCTION openlineage.run_inputs(uuid[]) IS
    'What these runs read, in which version, and which run had written it: the latest by the time the run began that wrote the version it told; else, when it told none or one that nobody had written by then, the latest to write the dataset at all; else the first ever to write that version, after the run began only where the run told it by a version facet. A run that reads what it writes itself is not its own producer. From run_io, dataset_version and run.';

CREATE FUNCTION openlineage.upstream_runs(
        run uuid,
        depth int DEFAULT 20,
        max_runs int DEFAULT 10000)
    RETURNS TABLE (
        run_id    uuid,
        distance  int             -- runs away from the one asked about
    )
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found     uuid[] := ARRAY(SELECT r.id FROM openlineage.run AS r WHERE r.id = run);
    frontier  uuid[] := found;
    level     int := 0;
BEGIN
    WHILE cardinality(frontier) > 0 LOOP
        RETURN QUERY SELECT f.id, level FROM unnest(frontier) AS f (id);
        EXIT WHEN level >= depth OR cardinality(found) >= max_runs;
        frontier := ARRAY(SELECT DISTINCT i.producer
                            FROM openlineage.run_inputs(frontier) AS i
                           WHERE i.producer IS NOT NULL
                             AND i.producer <> ALL (found)
                           ORDER BY i.producer
                           LIMIT max_runs - cardinality(found));
        found := found || frontier;
        level := level + 1;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.upstream_runs(uuid, int, int) IS
    'A run and the runs that its inputs came from, transitively, each once and nearest first. depth: how many runs away, null for all; max_runs: so many rows at most. No row when the run is unknown or may not be seen. From run_inputs.';

CREATE FUNCTION openlineage.run_edges(runs uuid[])
    RETURNS TABLE (src int, dst int)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    -- Half an answer must not pass for a whole one: this is where callers stop.
    IF cardinality(runs) >= 100000 THEN
        RAISE WARNING 'lineage of run "%" was cut off after 100000 runs', runs[1];
    END IF;
    RETURN QUERY
    WITH flow AS MATERIALIZED (
        SELECT r.job_id, i.dataset_id, i.producer
          FROM openlineage.run_inputs(runs) AS i
          JOIN openlineage.run AS r ON r.id = i.run_id
    )
    SELECT f.dataset_id, f.job_id FROM flow AS f
    UNION
    SELECT p.job_id, f.dataset_id
      FROM flow AS f
      JOIN openlineage.run AS p ON p.id = f.producer
      JOIN unnest(runs) AS u (id) ON u.id = p.id
    UNION
    SELECT r.job_id, o.dataset_id
      FROM openlineage.run AS r
      JOIN openlineage.run_io AS o ON o.run_id = r.id AND o.io = 'output'
     WHERE r.id = runs[1];
END
$$;
COMMENT ON FUNCTION openlineage.run_edges(uuid[]) IS
    'The lineage graph as the first of these runs saw it, as edges between nodes: what it read and wrote; of the others, which are those its inputs came from, what they read and that they wrote that input. From run_io and run.';
