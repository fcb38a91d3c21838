-- Prints one line for each finding in our PL/pgSQL functions; nothing is good.
CREATE EXTENSION openlineage;
CREATE EXTENSION plpgsql_check;

SELECT f.oid::pg_catalog.regprocedure || ': ' || finding
FROM (
    SELECT p.oid, 0::oid AS relid
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE l.lanname = 'plpgsql'
        AND p.pronamespace = 'openlineage'::pg_catalog.regnamespace
        AND p.prorettype NOT IN ('trigger'::pg_catalog.regtype, 'event_trigger'::pg_catalog.regtype)
    UNION
    SELECT p.oid, t.tgrelid
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE l.lanname = 'plpgsql'
        AND p.pronamespace = 'openlineage'::pg_catalog.regnamespace
) f
CROSS JOIN LATERAL plpgsql_check_function(f.oid, f.relid) AS finding
-- Functions of routes, and of change(), have one signature each, whether they look at all of it or not.
WHERE NOT (finding ~ 'unused parameter'
    AND f.oid::pg_catalog.regprocedure::text ~ '\(text\[\],json(,text)?\)$|\.change_\w+\(text,json\)$')
-- Of a query put together by the function its columns are not known before it runs.
AND NOT (finding ~ 'is maybe unmodified|cannot to determine result of dynamic SQL'
    AND EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid = f.oid AND p.prosrc ~ 'RETURN QUERY EXECUTE'));
