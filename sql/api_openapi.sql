-- The document of the API is JSON, names its version, and every reference in
-- it leads somewhere.
SELECT openlineage.api_openapi('{}', '{}') ->> 'openapi' AS openapi;
WITH document AS (
    SELECT openlineage.api_openapi('{}', '{}')::jsonb AS d
), used AS (
    SELECT DISTINCT r #>> '{}' AS target
      FROM document, jsonb_path_query(d, '$.**."$ref"') AS r
)
SELECT count(*) > 50 AS many, count(*) FILTER (WHERE d #> string_to_array(substr(target, 3), '/') IS NULL) AS dangling
  FROM document, used;
WITH operation AS (
    SELECT p.key AS path, o.key AS method, o.value AS said
      FROM json_each(openlineage.api_openapi('{}', '{}') -> 'paths') AS p, json_each(p.value) AS o
)
SELECT count(*) > 40 AS many, count(DISTINCT said ->> 'operationId') = count(*) AS ids_are_unique
  FROM operation;
