-- How many jobs, datasets and sources there are, without counting them.
--
-- Triggers on the tables add what was inserted, deleted or dated back, so
-- whoever writes there need not know of it, pg_restore included: rows of
-- entity_count are not dumped but made again by what fills the tables.

CREATE TABLE openlineage.entity_count (
    namespace_id  int NOT NULL,
    kind          text NOT NULL,
    hour          timestamptz NOT NULL,
    n             bigint NOT NULL,
    CONSTRAINT entity_count_kind_check CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['job', 'dataset', 'source']))
) WITH (fillfactor = 70);
COMMENT ON TABLE openlineage.entity_count IS
    'How many entities there are by namespace, kind and hour of creation: sum over the rows of a key, of which concurrent sessions make several. Hidden ones count.';
COMMENT ON COLUMN openlineage.entity_count.namespace_id IS 'Namespace of the entities.';
COMMENT ON COLUMN openlineage.entity_count.kind IS 'job, dataset (aliases do not count) or source.';
COMMENT ON COLUMN openlineage.entity_count.hour IS 'The hour of created_at, in UTC; -infinity for all that are older than eight days.';
COMMENT ON COLUMN openlineage.entity_count.n IS 'How many; a row may be negative, the sum is not.';
CREATE INDEX entity_count_idx ON openlineage.entity_count (kind, namespace_id, hour);
ALTER TABLE openlineage.entity_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.entity_count FORCE ROW LEVEL SECURITY;
CREATE POLICY entity_count_read ON openlineage.entity_count FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.entity_count TO openlineage_reader;

CREATE FUNCTION openlineage.count_entities() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_count_entities';
COMMENT ON FUNCTION openlineage.count_entities() IS
    'Trigger of job, dataset and source: keeps entity_count. Its argument is the kind. Errors: 39P01 when it is called in another way than the triggers of this extension do.';
REVOKE ALL ON FUNCTION openlineage.count_entities() FROM PUBLIC;

-- UPDATE by row: one with a transition table would be called by every update of
-- any column, while created_at is dated back rarely.
CREATE TRIGGER job_insert_count AFTER INSERT ON openlineage.job
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('job');
CREATE TRIGGER job_delete_count AFTER DELETE ON openlineage.job
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('job');
CREATE TRIGGER job_update_count AFTER UPDATE OF created_at ON openlineage.job
    FOR EACH ROW WHEN (OLD.created_at OPERATOR(pg_catalog.<>) NEW.created_at)
    EXECUTE FUNCTION openlineage.count_entities('job');
CREATE TRIGGER dataset_insert_count AFTER INSERT ON openlineage.dataset
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('dataset');
CREATE TRIGGER dataset_delete_count AFTER DELETE ON openlineage.dataset
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('dataset');
CREATE TRIGGER dataset_update_count AFTER UPDATE OF created_at ON openlineage.dataset
    FOR EACH ROW WHEN (OLD.created_at OPERATOR(pg_catalog.<>) NEW.created_at)
    EXECUTE FUNCTION openlineage.count_entities('dataset');
CREATE TRIGGER source_insert_count AFTER INSERT ON openlineage.source
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('source');
CREATE TRIGGER source_delete_count AFTER DELETE ON openlineage.source
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION openlineage.count_entities('source');
CREATE TRIGGER source_update_count AFTER UPDATE OF created_at ON openlineage.source
    FOR EACH ROW WHEN (OLD.created_at OPERATOR(pg_catalog.<>) NEW.created_at)
    EXECUTE FUNCTION openlineage.count_entities('source');

CREATE FUNCTION openlineage.entity_total(kind text, namespaces int[] DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    -- Two statements: one for both makes the planner read the whole table for an array.
    IF namespaces IS NULL THEN
        RETURN (SELECT COALESCE(sum(c.n), 0) FROM openlineage.entity_count AS c WHERE c.kind = entity_total.kind)
             - (SELECT count(*) FROM openlineage.hidden_node AS h WHERE h.kind::text = entity_total.kind);
    END IF;
    RETURN (SELECT COALESCE(sum(c.n), 0)
              FROM openlineage.entity_count AS c
             WHERE c.kind = entity_total.kind AND c.namespace_id = ANY (namespaces))
         - (SELECT count(*)
              FROM openlineage.hidden_node AS h
             WHERE h.kind::text = entity_total.kind AND h.namespace_id = ANY (namespaces));
END
$$;
COMMENT ON FUNCTION openlineage.entity_total(text, int[]) IS
    'How many entities of a kind (job, dataset, source) the caller may see in these namespaces, in all when null; hidden ones do not count. From entity_count and hidden_node.';

CREATE FUNCTION openlineage.compact_entity_count() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
    WITH horizon AS MATERIALIZED (
        SELECT date_trunc('hour', now(), 'UTC') - interval '8 days' AS at
    ),
    several AS (
        SELECT c.namespace_id, c.kind, CASE WHEN c.hour < h.at THEN '-infinity' ELSE c.hour END AS hour
          FROM openlineage.entity_count AS c, horizon AS h
         GROUP BY 1, 2, 3
        HAVING count(*) > 1 OR sum(c.n) = 0 OR bool_or(c.hour < h.at AND c.hour > '-infinity')
    ),
    gone AS (
        DELETE FROM openlineage.entity_count AS c
         USING several AS s, horizon AS h
         WHERE c.namespace_id = s.namespace_id AND c.kind = s.kind
           AND CASE WHEN c.hour < h.at THEN '-infinity' ELSE c.hour END = s.hour
        RETURNING c.namespace_id, c.kind, s.hour, c.n
    ),
    made AS (
        INSERT INTO openlineage.entity_count (namespace_id, kind, hour, n)
        SELECT g.namespace_id, g.kind, g.hour, sum(g.n)
          FROM gone AS g
         GROUP BY g.namespace_id, g.kind, g.hour
        HAVING sum(g.n) <> 0
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM made)
    $$;
COMMENT ON FUNCTION openlineage.compact_entity_count() IS
    'Part of maintain: one row of entity_count per namespace, kind and hour, and one for all that are older than eight days; returns how many rows fewer there are.';
REVOKE ALL ON FUNCTION openlineage.compact_entity_count() FROM PUBLIC;
