-- Facets with the names of what they are about, for everybody who asks in SQL.
--
-- All views of this folder are functions of the current facets and of the
-- tables beside them: they add no state, so the order of events cannot matter.
-- Content is what a producer sent.  Each member is looked at for its type and
-- read as null when it has another, so that no row can make a view fail.

SET LOCAL search_path = pg_catalog, pg_temp;

CREATE FUNCTION openlineage.member_text(body json, member text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT CASE WHEN json_typeof(body -> member) IN ('string', 'number', 'boolean') THEN body ->> member END$$;
COMMENT ON FUNCTION openlineage.member_text(json, text) IS
    'A member of a facet as text; null when it is missing, an object or an array. Never an error.';

CREATE FUNCTION openlineage.member_number(body json, member text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$SELECT CASE WHEN json_typeof(body -> member) IN ('string', 'number') THEN openlineage.finite_number(body ->> member) END$$;
COMMENT ON FUNCTION openlineage.member_number(json, text) IS
    'A member of a facet as a number, also one written as a string; null when it is none or too large for double precision. Never an error.';

CREATE FUNCTION openlineage.member_items(body json, member text) RETURNS TABLE (ordinal bigint, item json)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.ordinality, e.value
      FROM json_array_elements(CASE WHEN json_typeof(body -> member) = 'array' THEN body -> member END)
           WITH ORDINALITY AS e (value, ordinality)
     WHERE json_typeof(e.value) = 'object'
    $$;
COMMENT ON FUNCTION openlineage.member_items(json, text) IS
    'The objects in an array that is a member of a facet, with their position from 1; none when it is no array. Never an error.';

CREATE VIEW openlineage.run_facet WITH (security_invoker = true) AS
    SELECT f.run_id, r.job_id, s.name AS namespace, n.name AS job, f.name AS facet,
           COALESCE(openlineage.told_time(r.told, f.name), f.event_time) AS event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.run AS r ON r.id = f.run_id
      JOIN openlineage.node AS n ON n.id = r.job_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NOT NULL AND f.node_id IS NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.run_facet IS 'The current facets of runs.';
COMMENT ON COLUMN openlineage.run_facet.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.run_facet.job_id IS 'Node of its job.';
COMMENT ON COLUMN openlineage.run_facet.namespace IS 'Namespace of its job.';
COMMENT ON COLUMN openlineage.run_facet.job IS 'Name of its job.';
COMMENT ON COLUMN openlineage.run_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.run_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.run_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.run_facet TO openlineage_reader;

CREATE VIEW openlineage.job_facet WITH (security_invoker = true) AS
    SELECT f.node_id AS job_id, s.name AS namespace, n.name AS job, f.name AS facet, f.event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet_time AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.job AS j ON j.node_id = f.node_id
      JOIN openlineage.node AS n ON n.id = f.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NULL AND f.io IS NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.job_facet IS 'The current facets of jobs.';
COMMENT ON COLUMN openlineage.job_facet.job_id IS 'Node of the job.';
COMMENT ON COLUMN openlineage.job_facet.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.job_facet.job IS 'Its name.';
COMMENT ON COLUMN openlineage.job_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.job_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.job_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.job_facet TO openlineage_reader;

CREATE VIEW openlineage.dataset_facet WITH (security_invoker = true) AS
    SELECT f.node_id AS dataset_id, s.name AS namespace, n.name AS dataset, f.name AS facet, f.event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet_time AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.dataset AS d ON d.node_id = f.node_id
      JOIN openlineage.node AS n ON n.id = f.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NULL AND f.io IS NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.dataset_facet IS 'The current facets of datasets, without what is a fact of one run.';
COMMENT ON COLUMN openlineage.dataset_facet.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.dataset_facet.namespace IS 'Its namespace.';
COMMENT ON COLUMN openlineage.dataset_facet.dataset IS 'Its name.';
COMMENT ON COLUMN openlineage.dataset_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.dataset_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.dataset_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.dataset_facet TO openlineage_reader;

CREATE VIEW openlineage.io_facet WITH (security_invoker = true) AS
    SELECT f.run_id, f.node_id AS dataset_id, s.name AS namespace, n.name AS dataset, f.io, f.name AS facet,
           f.event_time, openlineage.redact(c.body) AS body
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
      JOIN openlineage.node AS n ON n.id = f.node_id
      JOIN openlineage.namespace AS s ON s.id = n.namespace_id
     WHERE f.run_id IS NOT NULL AND f.io IS NOT NULL AND NOT f.is_deleted
       AND openlineage.redact(c.body) IS NOT NULL;
COMMENT ON VIEW openlineage.io_facet IS 'Facets of what one run read or wrote: its inputFacets and outputFacets, and quality facets it put among the dataset''s own.';
COMMENT ON COLUMN openlineage.io_facet.run_id IS 'The run.';
COMMENT ON COLUMN openlineage.io_facet.dataset_id IS 'Node of the dataset.';
COMMENT ON COLUMN openlineage.io_facet.namespace IS 'Namespace of the dataset.';
COMMENT ON COLUMN openlineage.io_facet.dataset IS 'Name of the dataset.';
COMMENT ON COLUMN openlineage.io_facet.io IS 'input or output.';
COMMENT ON COLUMN openlineage.io_facet.facet IS 'Key in the facets object.';
COMMENT ON COLUMN openlineage.io_facet.event_time IS 'Time of the event it is from.';
COMMENT ON COLUMN openlineage.io_facet.body IS 'The facet as it came, for who may not read everything as redact() leaves it.';
GRANT SELECT ON openlineage.io_facet TO openlineage_reader;
