-- What becomes of edges after a graph of them was read into memory (gear 3):
-- a log that each transaction writes together with its edges, so that a reader
-- sees of it exactly what it sees of them.

CREATE TABLE openlineage.edge_change (
    xid               xid8 NOT NULL,
    op                "char" NOT NULL,
    is_column         boolean NOT NULL,
    src               int NOT NULL,
    dst               int NOT NULL,
    kind              int NOT NULL,
    src_namespace_id  int NOT NULL,
    dst_namespace_id  int NOT NULL
);
COMMENT ON TABLE openlineage.edge_change IS
    'Edges that came and went since graphs were read into memory; emptied by maintain(). Written by triggers, read by walks, not meant for anybody else.';
COMMENT ON COLUMN openlineage.edge_change.xid IS 'Transaction that wrote it; of an H the first whose rows are all still here.';
COMMENT ON COLUMN openlineage.edge_change.op IS '+ came, - went, D columns of the dataset src came or went, R more than is told one by one, H older rows were removed.';
COMMENT ON COLUMN openlineage.edge_change.is_column IS 'Of column_edge rather than edge.';
COMMENT ON COLUMN openlineage.edge_change.src IS 'As in edge or column_edge.';
COMMENT ON COLUMN openlineage.edge_change.dst IS 'As in edge or column_edge.';
COMMENT ON COLUMN openlineage.edge_change.kind IS '0 data, 1 derives, 2 control.';
COMMENT ON COLUMN openlineage.edge_change.src_namespace_id IS 'As in edge or column_edge.';
COMMENT ON COLUMN openlineage.edge_change.dst_namespace_id IS 'As in edge or column_edge.';
ALTER TABLE openlineage.edge_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.edge_change FORCE ROW LEVEL SECURITY;
CREATE POLICY edge_change_read ON openlineage.edge_change FOR SELECT
    USING (openlineage.can_read(src_namespace_id) AND openlineage.can_read(dst_namespace_id));

CREATE FUNCTION openlineage.log_edge_change() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_log_edge_change';
COMMENT ON FUNCTION openlineage.log_edge_change() IS
    'Trigger of edge and column_edge, per statement with transition tables old_rows and new_rows, or per row in workers of subscriptions: writes edge_change. A statement that leaves both ends and the kind of every edge alone writes nothing.';
REVOKE ALL ON FUNCTION openlineage.log_edge_change() FROM PUBLIC;

CREATE FUNCTION openlineage.log_column_change() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_log_column_change';
COMMENT ON FUNCTION openlineage.log_column_change() IS
    'Trigger of dataset_field, per statement with transition tables, and per row where a column gets another dataset or name and in workers of subscriptions: writes edge_change.';
REVOKE ALL ON FUNCTION openlineage.log_column_change() FROM PUBLIC;

-- ALWAYS: replicated changes count as well.  Workers of subscriptions fire triggers of rows alone, and the
-- last of each table does nothing for anybody else.
CREATE TRIGGER edge_change_insert AFTER INSERT ON openlineage.edge
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE ALWAYS TRIGGER edge_change_insert;
CREATE TRIGGER edge_change_update AFTER UPDATE ON openlineage.edge
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE ALWAYS TRIGGER edge_change_update;
CREATE TRIGGER edge_change_delete AFTER DELETE ON openlineage.edge
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE ALWAYS TRIGGER edge_change_delete;
CREATE TRIGGER edge_change_applied AFTER INSERT OR UPDATE OR DELETE ON openlineage.edge
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.edge ENABLE REPLICA TRIGGER edge_change_applied;

CREATE TRIGGER edge_change_insert AFTER INSERT ON openlineage.column_edge
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE ALWAYS TRIGGER edge_change_insert;
CREATE TRIGGER edge_change_update AFTER UPDATE ON openlineage.column_edge
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE ALWAYS TRIGGER edge_change_update;
CREATE TRIGGER edge_change_delete AFTER DELETE ON openlineage.column_edge
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE ALWAYS TRIGGER edge_change_delete;
CREATE TRIGGER edge_change_applied AFTER INSERT OR UPDATE OR DELETE ON openlineage.column_edge
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_edge_change();
ALTER TABLE openlineage.column_edge ENABLE REPLICA TRIGGER edge_change_applied;

CREATE TRIGGER edge_change_insert AFTER INSERT ON openlineage.dataset_field
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE ALWAYS TRIGGER edge_change_insert;
CREATE TRIGGER edge_change_update AFTER UPDATE OF dataset_id, name ON openlineage.dataset_field
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE ALWAYS TRIGGER edge_change_update;
CREATE TRIGGER edge_change_delete AFTER DELETE ON openlineage.dataset_field
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE ALWAYS TRIGGER edge_change_delete;
CREATE TRIGGER edge_change_applied AFTER INSERT OR DELETE ON openlineage.dataset_field
    FOR EACH ROW EXECUTE FUNCTION openlineage.log_column_change();
ALTER TABLE openlineage.dataset_field ENABLE REPLICA TRIGGER edge_change_applied;
