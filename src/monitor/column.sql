-- Column lineage, one row per transformation.

CREATE VIEW openlineage.column_transformation WITH (security_invoker = true) AS
    SELECT ss.name AS source_namespace, sn.name AS source, sf.name AS source_field,
           ts.name AS target_namespace, tn.name AS target, NULLIF(tf.name, '') AS target_field,
           openlineage.member_text(t.item, 'type') AS type,
           openlineage.member_text(t.item, 'subtype') AS subtype,
           openlineage.member_text(t.item, 'description') AS description,
           CASE WHEN json_typeof(t.item -> 'masking') = 'boolean' THEN (t.item ->> 'masking')::boolean END AS masking,
           os.name AS told_by_namespace, o.name AS told_by, o.kind AS told_by_kind,
           w.first_run_id, w.last_run_id
      FROM openlineage.column_edge AS e
      JOIN openlineage.dataset_field AS sf ON sf.id = e.src
      JOIN openlineage.node AS sn ON sn.id = sf.dataset_id
      JOIN openlineage.namespace AS ss ON ss.id = sn.namespace_id
      JOIN openlineage.dataset_field AS tf ON tf.id = e.dst
      JOIN openlineage.node AS tn ON tn.id = tf.dataset_id
      JOIN openlineage.namespace AS ts ON ts.id = tn.namespace_id
      JOIN openlineage.node AS o ON o.id = e.owner_id
      JOIN openlineage.namespace AS os ON os.id = o.namespace_id
      LEFT JOIN LATERAL openlineage.member_items(json_build_object('t', e.transformations), 't') AS t ON true
      LEFT JOIN LATERAL (SELECT (array_agg(i.run_id ORDER BY i.first_at, i.run_id))[1] AS first_run_id,
                                (array_agg(i.run_id ORDER BY i.last_at DESC, i.run_id))[1] AS last_run_id
                           FROM openlineage.run_io_time AS i
                           JOIN openlineage.run AS r ON r.id = i.run_id AND r.job_id = e.owner_id
                          WHERE i.dataset_id = e.dataset_id AND i.io = 'output') AS w ON true;
COMMENT ON VIEW openlineage.column_transformation IS
    'Current edges between columns, one row per transformation; one row without any for an edge that states none. From column_edge.';
COMMENT ON COLUMN openlineage.column_transformation.source_namespace IS 'Namespace of the dataset the value comes from.';
COMMENT ON COLUMN openlineage.column_transformation.source IS 'Name of that dataset.';
COMMENT ON COLUMN openlineage.column_transformation.source_field IS 'Its column.';
COMMENT ON COLUMN openlineage.column_transformation.target_namespace IS 'Namespace of the dataset it goes to.';
COMMENT ON COLUMN openlineage.column_transformation.target IS 'Name of that dataset.';
COMMENT ON COLUMN openlineage.column_transformation.target_field IS 'Its column; null for every column of it, told once.';
COMMENT ON COLUMN openlineage.column_transformation.type IS 'DIRECT or INDIRECT, or the older transformationType.';
COMMENT ON COLUMN openlineage.column_transformation.subtype IS 'IDENTITY, AGGREGATION, FILTER, JOIN …';
COMMENT ON COLUMN openlineage.column_transformation.description IS 'What was done, in words.';
COMMENT ON COLUMN openlineage.column_transformation.masking IS 'Whether the value is hidden by it; null when that was not told.';
COMMENT ON COLUMN openlineage.column_transformation.told_by_namespace IS 'Namespace of the job, or of the dataset of a DatasetEvent, that says so.';
COMMENT ON COLUMN openlineage.column_transformation.told_by IS 'Name of that job or dataset.';
COMMENT ON COLUMN openlineage.column_transformation.told_by_kind IS 'job or dataset.';
COMMENT ON COLUMN openlineage.column_transformation.first_run_id IS 'First run of that job that wrote the target.';
COMMENT ON COLUMN openlineage.column_transformation.last_run_id IS 'Last run of that job that wrote the target.';
GRANT SELECT ON openlineage.column_transformation TO openlineage_reader;
