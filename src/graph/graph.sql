-- Questions to the graph.  All of them read as their caller, in one snapshot,
-- and write nothing.  They keep plans in the backend, so they run in the
-- leader of a parallel query only.

CREATE FUNCTION openlineage.readable_hash(
        namespace text)
    RETURNS uuid
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_readable_hash';
COMMENT ON FUNCTION openlineage.readable_hash(text) IS
    'What a namespace is looked up by, its hash128(); null when the caller may not read a namespace of this name, be there one or not. So a hidden name costs what a name costs that nobody ever used.';

CREATE FUNCTION openlineage.resolve_node(
        node_id text)
    RETURNS int
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_resolve_node';
COMMENT ON FUNCTION openlineage.resolve_node(text) IS
    'Canonical node of dataset:NAMESPACE:NAME or job:NAMESPACE:NAME, former names, symlinks and PARENT.CHILD of jobs included; a "#VERSION-UUID" at the end is ignored. Null when it is unknown, hidden or may not be seen; 22023 for anything else than such an id. Reads namespace, node and job.';

CREATE FUNCTION openlineage.resolve_column(
        node_id text)
    RETURNS int
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_resolve_column';
COMMENT ON FUNCTION openlineage.resolve_column(text) IS
    'Column of datasetField:NAMESPACE:NAME:FIELD, as dataset_field.id. Null when it is unknown or may not be seen; 22023 for anything else than such an id. Reads namespace, node and dataset_field.';

CREATE FUNCTION openlineage.walk(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'downstream',
        node_limit int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        as_of timestamptz DEFAULT NULL,
        run uuid DEFAULT NULL)
    RETURNS TABLE(id int, distance int, predecessor int)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk';
COMMENT ON FUNCTION openlineage.walk(int[], int, text, int, openlineage.edge_kind[], timestamptz, uuid) IS
    'The walk behind lineage() and impact(), on node ids and steps included. One row per node reached from any start, nearest first: distance in edges, predecessor the least node id at the distance before; the starts come first with distance 0 and no predecessor. Starts that are unknown or may not be seen are left out; an alias starts from its canonical node, a job from itself and its steps. depth: most edges, null for all. direction: upstream, downstream, both (the two joined) or undirected (every edge both ways). node_limit: most nodes besides the starts, 0 for all, null for the setting openlineage.lineage_max_nodes; a NOTICE tells when it cut. as_of: the edges that held at that time. run: the edges that this run saw, those of lineage(). Hidden nodes are rows like others. Errors: 42704 for an unknown run, 22004 for a null start, direction or kinds, 22023 for a negative depth or limit, another direction or both as_of and run. Reads edge and node, edge_history, run_io.';

CREATE FUNCTION openlineage.walk_columns(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'upstream',
        node_limit int DEFAULT NULL)
    RETURNS TABLE(id int, distance int, predecessor int)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk_columns';
COMMENT ON FUNCTION openlineage.walk_columns(int[], int, text, int) IS
    'The walk behind column_lineage(), on ids of dataset_field. The column without a name stands for every column of its dataset: it is reached only where there is no other. Arguments, rows and errors as walk(). Reads column_edge and dataset_field.';

CREATE FUNCTION openlineage.lineage(
        node text,
        depth int DEFAULT 20,
        direction text DEFAULT 'both',
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL,
        run uuid DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage';
COMMENT ON FUNCTION openlineage.lineage(text, int, text, openlineage.edge_kind[], int, timestamptz, uuid) IS
    'Where a dataset or job comes from and where it goes, by node id (dataset:NAMESPACE:NAME or job:NAMESPACE:NAME). One row per dataset and job, the start included at distance 0, nearest first: node (its id), kind (dataset or job), namespace, name, distance (edges from the start, never negative, whatever the direction) and predecessor (the node it was reached from). depth: most edges, null for all. direction: upstream, downstream, both (all it comes from and all it goes to) or undirected (whatever is connected). kinds: control edges only when asked for. A job with explicit lineage is passed from an input to the outputs made of it, and is one row at its least distance. node_limit: most nodes besides the start, steps of explicit lineage and hidden nodes counted, 0 for all, null for the setting openlineage.lineage_max_nodes; a WARNING tells when it cut the answer. as_of: the edges that held at that time. run: the graph as this run saw it: what it read and wrote and, upstream, what the runs read that those versions came from. A node that was deleted softly is not shown, what lies behind it is. Errors: 22004 for a null node, direction or kinds, 22023 for what is no such node id, another direction, a negative depth or limit, or both as_of and run, 42704 when the node or run does not exist or may not be seen. Reads edge, node and namespace, edge_history, run_io.';

CREATE FUNCTION openlineage.lineage(
        namespace text,
        name text,
        depth int DEFAULT 20,
        direction text DEFAULT 'both',
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL,
        run uuid DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage_named';
COMMENT ON FUNCTION openlineage.lineage(text, text, int, text, openlineage.edge_kind[], int, timestamptz, uuid) IS
    'lineage() by namespace and name; starts from the dataset and the job when both have the name. Everything else as lineage(node).';

CREATE FUNCTION openlineage.impact(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact';
COMMENT ON FUNCTION openlineage.impact(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'What is affected when a node changes, by node id. One row per node downstream, the start left out, nearest first: node (its id), kind, namespace, name, distance (edges from the start) and predecessor (the node it was reached from). From a dataset or job: datasets and jobs. From datasetField:NAMESPACE:NAME:FIELD: the columns computed from it or filtered by it, with kind column and the name of their dataset. depth: most edges, null for all. kinds: control edges only when asked for; columns have none. A job with explicit lineage is passed from an input to the outputs made of it, and is one row at its least distance. node_limit: most nodes, steps of explicit lineage and hidden nodes counted, 0 for all, null for the setting openlineage.lineage_max_nodes; a WARNING tells when it cut the answer. as_of: the edges that held at that time; columns have no past (0A000). A node that was deleted softly is not shown, what lies behind it is. Errors: 22004 for a null node or kinds, 22023 for what is no such node id or a negative depth or limit, 42704 when the node does not exist or may not be seen. Reads edge, edge_history, column_edge, dataset_field, node and namespace.';

CREATE FUNCTION openlineage.impact(
        namespace text,
        name text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_named';
COMMENT ON FUNCTION openlineage.impact(text, text, int, openlineage.edge_kind[], int, timestamptz) IS
    'impact() by namespace and name; starts from the dataset and the job when both have the name. Everything else as impact(node).';

CREATE FUNCTION openlineage.impact_paths(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, distance int, path text[])
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_paths';
COMMENT ON FUNCTION openlineage.impact_paths(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'The rows of impact() with one shortest path to each: node, distance and path (node ids from the start to the node, both included). Unlike a chain of predecessors, it is a path that data takes even where it passes one job several times. Arguments, limits and errors as impact().';

CREATE FUNCTION openlineage.impact_paths(
        namespace text,
        name text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, distance int, path text[])
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_paths_named';
COMMENT ON FUNCTION openlineage.impact_paths(text, text, int, openlineage.edge_kind[], int, timestamptz) IS
    'impact_paths() by namespace and name. Everything else as impact_paths(node).';

CREATE FUNCTION openlineage.impact_count(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_count';
COMMENT ON FUNCTION openlineage.impact_count(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'How many rows impact() has, without making them. Arguments, limits and errors as impact(): a WARNING tells when the node limit cut the walk short.';

CREATE FUNCTION openlineage.impact_count(
        namespace text,
        name text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_count_named';
COMMENT ON FUNCTION openlineage.impact_count(text, text, int, openlineage.edge_kind[], int, timestamptz) IS
    'impact_count() by namespace and name. Everything else as impact_count(node).';

CREATE FUNCTION openlineage.impact(
        nodes text[],
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_many';
COMMENT ON FUNCTION openlineage.impact(text[], int, openlineage.edge_kind[], int, timestamptz) IS
    'impact() of several nodes at once, each node reached once, at its distance from the nearest of them; none of them is in the answer. All must be datasets and jobs, or all columns (22023). An empty array is refused (22023). Everything else as impact(node).';

CREATE FUNCTION openlineage.impact_count(
        nodes text[],
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_count_many';
COMMENT ON FUNCTION openlineage.impact_count(text[], int, openlineage.edge_kind[], int, timestamptz) IS
    'How many rows impact() of several nodes has, without making them. Everything else as impact_count(node).';

CREATE FUNCTION openlineage.impact_summary(
        node text,
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(kind text, namespace text, distance int, nodes bigint)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_summary';
COMMENT ON FUNCTION openlineage.impact_summary(text, int, openlineage.edge_kind[], int, timestamptz) IS
    'The rows of impact() counted by kind, namespace and distance, in no order: nodes is how many there are of each. Arguments, limits and errors as impact().';

CREATE FUNCTION openlineage.impact_summary(
        nodes text[],
        depth int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[],
        node_limit int DEFAULT NULL,
        as_of timestamptz DEFAULT NULL)
    RETURNS TABLE(kind text, namespace text, distance int, nodes bigint)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_impact_summary_many';
COMMENT ON FUNCTION openlineage.impact_summary(text[], int, openlineage.edge_kind[], int, timestamptz) IS
    'impact_summary() of several nodes at once. Everything else as impact(nodes).';

CREATE FUNCTION openlineage.walk_ids(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'downstream',
        node_limit int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[])
    RETURNS int[]
    LANGUAGE c STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk_ids';
COMMENT ON FUNCTION openlineage.walk_ids(int[], int, text, int, openlineage.edge_kind[]) IS
    'The ids of the rows of walk(), in their order, as one array: a fraction of the time that rows take. Arguments, limits and errors as walk(), and 54000 for more nodes than an array holds. Reads edge and node.';

CREATE FUNCTION openlineage.walk_edges(
        start int[],
        depth int DEFAULT NULL,
        direction text DEFAULT 'downstream',
        node_limit int DEFAULT NULL,
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[])
    RETURNS TABLE(src int, dst int, kind openlineage.edge_kind)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_walk_edges';
COMMENT ON FUNCTION openlineage.walk_edges(int[], int, text, int, openlineage.edge_kind[]) IS
    'All edges among the nodes of walk(), of the kinds asked for and in no order, in the direction data flows: the part of the graph that the walk has seen. Arguments, limits and errors as walk(). Reads edge and node.';

CREATE FUNCTION openlineage.lineage_path(
        source text,
        target text,
        direction text DEFAULT 'downstream',
        kinds openlineage.edge_kind[] DEFAULT ARRAY['data', 'derives']::openlineage.edge_kind[])
    RETURNS TABLE(distance int, node text, kind text, namespace text, name text, field text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lineage_path';
COMMENT ON FUNCTION openlineage.lineage_path(text, text, text, openlineage.edge_kind[]) IS
    'One shortest path from a node to another, both by node id, one row per stop and the source first: distance (edges from the source; a job with explicit lineage and nodes that were deleted softly count, the latter are not shown), node, kind, namespace, name and, of a column, field. No row when none leads there. Of several shortest paths the one through the least ids, from the target back. The walk ends where the target is reached. direction: downstream, upstream, both or undirected. Errors: 22004 for a null argument, 22023 for what is no such node id, another direction, or a column with a dataset or job, 42704 when a node does not exist or may not be seen. Reads edge, column_edge, dataset_field, node and namespace.';

CREATE FUNCTION openlineage.column_lineage(
        node text,
        depth int DEFAULT 20,
        direction text DEFAULT 'upstream',
        node_limit int DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text,
                  field text, transformation text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_column_lineage';
COMMENT ON FUNCTION openlineage.column_lineage(text, int, text, int) IS
    'Which columns a column comes from or goes to, by node id: datasetField:NAMESPACE:NAME:FIELD, or a dataset for all its columns, or a job for the columns of all it writes. One row per column, the start included at distance 0, nearest first: node (its id), kind (column), namespace and name of its dataset, distance (edges from the start), predecessor (the column it was reached from), field (its name) and transformation (how the one is made of the other, as "DIRECT/IDENTITY", several joined by "; "; null when no producer told). An edge of a whole dataset counts for each of its columns; a dataset without columns of its own is shown itself, with kind dataset and no field. depth: most edges, null for all. direction: upstream, downstream or both. node_limit: most columns besides the starts, 0 for all, null for the setting openlineage.lineage_max_nodes; a WARNING tells when it cut the answer. Columns of a hidden dataset are not shown, what lies behind them is. Errors: 22004 for a null node or direction, 22023 for what is no such node id, another direction or a negative depth, 42704 when the node does not exist or may not be seen. Reads column_edge, dataset_field, edge, node and namespace.';

CREATE FUNCTION openlineage.column_lineage(
        namespace text,
        name text,
        depth int DEFAULT 20,
        direction text DEFAULT 'upstream',
        node_limit int DEFAULT NULL)
    RETURNS TABLE(node text, kind text, namespace text, name text,
                  distance int, predecessor text,
                  field text, transformation text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_column_lineage_named';
COMMENT ON FUNCTION openlineage.column_lineage(text, text, int, text, int) IS
    'column_lineage() of the dataset, or of all that the job writes, of a namespace and name. Everything else as column_lineage(node).';

CREATE FUNCTION openlineage.last_walk(
        OUT gear int,
        OUT reason text,
        OUT graph text,
        OUT visited bigint,
        OUT switched_at bigint,
        OUT threshold bigint,
        OUT changes bigint)
    RETURNS SETOF record
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_last_walk';
COMMENT ON FUNCTION openlineage.last_walk() IS
    'How the last walk of this session went, whatever function asked for it; no row before the first. gear: the one that finished it: 1 asks SQL level by level, 2 reads all edges once, 3 uses the graph kept in memory. reason: why that one. graph: nodes or columns. visited: nodes or columns reached, the starts included. switched_at: how many were reached when it left gear 1; null when it did not. threshold: nodes from which gear 2 is taken; null when it was not looked up. changes: rows of edge_change that were laid over the graph kept; null when none was. Reads nothing.';

CREATE FUNCTION openlineage.graph_status(
        OUT graph text,
        OUT state text,
        OUT kept_for text,
        OUT edges bigint,
        OUT bytes bigint,
        OUT built_at timestamptz,
        OUT age interval,
        OUT changes bigint,
        OUT cache_used bigint,
        OUT cache_size bigint)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 2
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_graph_status';
COMMENT ON FUNCTION openlineage.graph_status() IS
    'The graphs of this database kept in memory, one row for nodes and one for columns. state: ready, or why it does not serve this snapshot. kept_for: shared (all sessions; preloaded) or session. edges, bytes, built_at, age: of the graph; null when none is kept. changes: rows of edge_change that it has not seen. cache_used, cache_size: bytes of openlineage.graph_cache_size in use and in all, every graph and database included. Reads edge_change.';
REVOKE ALL ON FUNCTION openlineage.graph_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION openlineage.graph_status() TO openlineage_admin, openlineage_worker;

CREATE FUNCTION openlineage.graph_refresh(columns boolean) RETURNS xid8
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_graph_refresh';
COMMENT ON FUNCTION openlineage.graph_refresh(boolean) IS
    'Part of maintain: reads the graph of columns or of nodes, where it is kept, again when more than 1 % of its edges changed; returns the transaction from which on its rows of edge_change are still needed. Reads edge, column_edge, dataset_field, node and edge_change.';
REVOKE ALL ON FUNCTION openlineage.graph_refresh(boolean) FROM PUBLIC;

CREATE FUNCTION openlineage.trim_edge_change(columns boolean, needed xid8) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    n  bigint;
BEGIN
    DELETE FROM openlineage.edge_change AS c WHERE c.is_column = columns AND c.op <> 'H' AND c.xid < needed;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 0 THEN
        DELETE FROM openlineage.edge_change AS c WHERE c.is_column = columns AND c.op = 'H' AND c.xid < needed;
        INSERT INTO openlineage.edge_change VALUES (needed, 'H', columns, 0, 0, 0, 0, 0);
    END IF;
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.trim_edge_change(boolean, xid8) IS
    'Part of maintain: removes what the graph that is kept has seen; returns how many rows.';
REVOKE ALL ON FUNCTION openlineage.trim_edge_change(boolean, xid8) FROM PUBLIC;
