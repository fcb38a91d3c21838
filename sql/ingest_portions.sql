-- Where a long array is cut, and how the results of its portions are numbered.
CREATE FUNCTION pg_temp.cut(body text, max_events int, max_bytes int) RETURNS text
    RETURN openlineage.event_portions(convert_to(body, 'UTF8'), max_events, max_bytes);
SELECT pg_temp.cut('[{"a":1}, {"b":[2,3]} ,"x" , 4]', 2, 1000) AS events, pg_temp.cut('[{"a":1}, {"b":[2,3]} ,"x" , 4]', 100, 12) AS bytes;
-- What is one portion, no array, or no JSON is not cut.
SELECT b, pg_temp.cut(b, 2, 1000) FROM unnest(ARRAY['[]', '[1]', '[1,2]', '{"a":[1,2,3]}', '[1,2,3', '[1,2,3] x', '', '[1,,2,3]']) AS b;
BEGIN;
SELECT openlineage.portion_result(b.answer, 500)
  FROM openlineage.ingest_batch(ARRAY[convert_to('[{"eventTime":"2026-01-05T10:00:00Z"}, 7, {"eventTime":"soon \" 100%","job":{"namespace":"n","name":"j"}}]', 'UTF8')]) AS b;
ROLLBACK;
SELECT openlineage.portion_result('{"status":"success","summary":{"received":3,"successful":3,"failed":0,"retriable":0,"non_retriable":0},"failed_events":[]}', 7);
