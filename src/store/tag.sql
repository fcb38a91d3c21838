-- What people say of tags through the API, beside what tags facets say.
--
-- Of a tag on one dataset, column or job the latest statement counts, whoever
-- made it: a tag set here is there until it is taken off here; one taken off
-- here is gone until a later event states it again.

CREATE TABLE openlineage.tag_statement (
    node_id       int NOT NULL,
    namespace_id  int NOT NULL,
    field         text NOT NULL,
    field_hash    uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(field)) STORED,
    tag           text NOT NULL,
    tag_hash      uuid NOT NULL GENERATED ALWAYS AS (openlineage.hash128(tag)) STORED,
    is_set        boolean NOT NULL,
    stated_at     timestamptz NOT NULL,
    CONSTRAINT tag_statement_pkey PRIMARY KEY (node_id, field_hash, tag_hash),
    CONSTRAINT tag_statement_node_fkey FOREIGN KEY (node_id) REFERENCES openlineage.node
);
COMMENT ON TABLE openlineage.tag_statement IS
    'The last word of the Marquez API on each tag of a dataset, column or job: POST sets it, DELETE takes it off.';
COMMENT ON COLUMN openlineage.tag_statement.node_id IS 'The dataset or job.';
COMMENT ON COLUMN openlineage.tag_statement.namespace_id IS 'Its namespace.';
COMMENT ON COLUMN openlineage.tag_statement.field IS 'Column name for a tag of a column; empty otherwise.';
COMMENT ON COLUMN openlineage.tag_statement.field_hash IS 'What the column is looked up by.';
COMMENT ON COLUMN openlineage.tag_statement.tag IS 'The tag.';
COMMENT ON COLUMN openlineage.tag_statement.tag_hash IS 'What the tag is looked up by.';
COMMENT ON COLUMN openlineage.tag_statement.is_set IS 'False: the tag was taken off.';
COMMENT ON COLUMN openlineage.tag_statement.stated_at IS 'When, by the clock; not before the event whose tag was taken off.';
ALTER TABLE openlineage.tag_statement ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.tag_statement FORCE ROW LEVEL SECURITY;
CREATE POLICY tag_statement_read ON openlineage.tag_statement FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.tag_statement TO openlineage_reader;

CREATE FUNCTION openlineage.shown_tags(ids int[]) RETURNS TABLE (node_id int, field text, tag text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT a.node_id, COALESCE(a.field, ''), a.tag
      FROM openlineage.tag_assignment AS a
      JOIN openlineage.facet AS f ON f.id = a.facet_id
     WHERE a.node_id = ANY (ids)
       AND NOT EXISTS (SELECT
                         FROM openlineage.tag_statement AS s
                        WHERE s.node_id = a.node_id
                          AND s.field_hash = openlineage.hash128(COALESCE(a.field, ''))
                          AND s.tag_hash = openlineage.hash128(a.tag)
                          AND NOT s.is_set
                          AND s.stated_at >= f.event_time)
    UNION
    SELECT s.node_id, s.field, s.tag
      FROM openlineage.tag_statement AS s
     WHERE s.node_id = ANY (ids)
       AND s.is_set;
END
$$;
COMMENT ON FUNCTION openlineage.shown_tags(int[]) IS
    'The tags of these datasets and jobs, each once; field is the column of a tag of a column and empty otherwise. From tag_assignment and tag_statement.';
