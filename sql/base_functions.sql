-- The small functions everything else stands on.
SET TimeZone = 'UTC';
SELECT openlineage.hash128('') = left(encode(sha256(''), 'hex'), 32)::uuid AS empty,
       openlineage.hash128('abc') = left(encode(sha256('abc'), 'hex'), 32)::uuid AS abc,
       openlineage.hash128(NULL) IS NULL AS nothing;

SELECT v, openlineage.finite_number(v) FROM unnest(ARRAY['1', '-1.5', '1e3', '1e-400', '1e999', '-1e999', 'NaN', 'Infinity', 'x', '', ' 1', '"1"', '9007199254740993']) AS v;

SELECT v, openlineage.lenient_time(v) FROM unnest(ARRAY['2026-01-05T10:00:00Z', '2026-01-05T10:00:00.123456789Z', '2026-01-05T10:00:00+02:00', '2026-01-05T10:00:00',
    '2026-01-05', '2026-02-30', '2026-01-05T24:00:00Z', '2026-06-30T23:59:60Z', 'now', 'infinity', '', '2026', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+18:00', '9999-12-31T23:59:59-18:00', '-0001-01-01T00:00:00Z', '999999-01-01T00:00:00Z']) AS v;

SELECT openlineage.run_uuid('0000aaaa-0000-4000-8000-00000000000b') AS kept,
       openlineage.run_uuid('no uuid') AS named;

-- The UUID of a version has version 3 and depends on each part, also where parts touch.
SELECT substr(v::text, 15, 1) AS version, substr(v::text, 20, 1) IN ('8', '9', 'a', 'b') AS variant
  FROM openlineage.version_uuid('dataset', 'ns', 'name', '00000000-0000-0000-0000-000000000001') AS v;
SELECT count(DISTINCT openlineage.version_uuid(k, s, n, h::uuid))
  FROM (VALUES ('dataset', 'a', 'bc', '00000000-0000-0000-0000-000000000001'), ('dataset', 'ab', 'c', '00000000-0000-0000-0000-000000000001'),
               ('job', 'a', 'bc', '00000000-0000-0000-0000-000000000001'), ('dataset', 'a', 'bc', '00000000-0000-0000-0000-000000000002')) AS v (k, s, n, h);
