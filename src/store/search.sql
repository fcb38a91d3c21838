-- What search looks things up in: the grams of names, the words of facets.

CREATE FUNCTION openlineage.name_grams(name text) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_name_grams';
COMMENT ON FUNCTION openlineage.name_grams(text) IS
    'Every run of one to three characters of a name in lower case, packed into a number; {-1} for a name of more than 1000 characters.';

CREATE FUNCTION openlineage.pattern_grams(pattern text) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_pattern_grams';
COMMENT ON FUNCTION openlineage.pattern_grams(text) IS
    'The grams that every name with this text in it has, in either case; names of {-1} may have it too.';

-- The limit keeps the list of what is not sorted in yet short, as every search reads all of it.
CREATE INDEX node_grams_idx ON openlineage.node USING gin ((openlineage.name_grams(name)))
    WITH (gin_pending_list_limit = 256) WHERE job_id IS NULL;
CREATE INDEX node_search_idx ON openlineage.node (kind, (pg_catalog.left(name, 256)) COLLATE "C", name_hash)
    WHERE job_id IS NULL;

CREATE TABLE openlineage.search_facet (
    facet_id      bigint NOT NULL,
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    content_hash  uuid NOT NULL,
    words         tsvector NOT NULL,
    CONSTRAINT search_facet_pkey PRIMARY KEY (facet_id, content_hash),
    CONSTRAINT search_facet_facet_fkey FOREIGN KEY (facet_id) REFERENCES openlineage.facet ON DELETE CASCADE
);
COMMENT ON TABLE openlineage.search_facet IS
    'The words of the facets of datasets and jobs, for search, by content: jobs that write one dataset in turn have its facets change between few contents. Those that are not current are deleted by maintain().';
COMMENT ON COLUMN openlineage.search_facet.facet_id IS 'The facet.';
COMMENT ON COLUMN openlineage.search_facet.namespace_id IS 'Namespace of the node.';
COMMENT ON COLUMN openlineage.search_facet.node_id IS 'The job or dataset.';
COMMENT ON COLUMN openlineage.search_facet.content_hash IS 'The content the words are from; counts while it is that of the facet and the facet is not deleted.';
COMMENT ON COLUMN openlineage.search_facet.words IS 'Words of all strings in it, in lower case; of its first 100,000 characters when it is longer.';
CREATE INDEX search_facet_words_idx ON openlineage.search_facet USING gin (words) WITH (gin_pending_list_limit = 256);
CREATE INDEX search_facet_node_idx ON openlineage.search_facet (node_id);
ALTER TABLE openlineage.search_facet ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.search_facet FORCE ROW LEVEL SECURITY;
CREATE POLICY search_facet_read ON openlineage.search_facet FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.search_facet TO openlineage_reader;

-- ASCII punctuation parts words, what lies beyond is left to the parser, which
-- by itself would take "mart.orders" for the name of a host.
CREATE FUNCTION openlineage.spaced_words(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN btrim(translate(lower(value), E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r', repeat(' ', 35)));
END
$$;
COMMENT ON FUNCTION openlineage.spaced_words(text) IS 'A text in lower case with a space for each sign of ASCII punctuation.';

CREATE FUNCTION openlineage.facet_strings(name text, body json) RETURNS TABLE (path text, value text)
    LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_facet_strings';
COMMENT ON FUNCTION openlineage.facet_strings(text, json) IS
    'Every string in a facet of this name with the path to it (its first 300 bytes), array positions left out, and the keys of columnLineage.fields; not _producer and _schemaURL, and nothing deeper than 20 levels.';

CREATE FUNCTION openlineage.facet_text(name text, body json) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_facet_text';
COMMENT ON FUNCTION openlineage.facet_text(text, json) IS
    'The values of facet_strings() one after the other, with a space between.';

-- In plpgsql, which keeps plans: one of SQL would be planned for every facet.
CREATE FUNCTION openlineage.facet_words(name text, body json) RETURNS tsvector
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning  -- a word too long for the index is no news
    AS $$
BEGIN
    RETURN to_tsvector('simple'::regconfig, left(openlineage.spaced_words(
               CASE WHEN octet_length(body::text) <= 100000
                    THEN openlineage.facet_text(name, body)
                    ELSE left(body::text, 100000) END), 100000));
END
$$;
COMMENT ON FUNCTION openlineage.facet_words(text, json) IS 'What a facet is found by.';

CREATE FUNCTION openlineage.derive_search(facet_ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO openlineage.search_facet (facet_id, namespace_id, node_id, content_hash, words)
    SELECT f.id, f.namespace_id, f.node_id, f.content_hash, COALESCE(openlineage.facet_words(f.name, c.body), '')
      FROM openlineage.facet AS f
      JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash
     WHERE f.id = ANY (facet_ids)
       AND (f.run_id IS NULL) IS TRUE  -- as in derive.sql
       AND NOT f.is_deleted
       AND NOT EXISTS (SELECT FROM openlineage.search_facet AS s WHERE s.facet_id = f.id AND s.content_hash = f.content_hash)
     ORDER BY f.id
    ON CONFLICT DO NOTHING;
    -- Of a facet that is ever new, what it was is not kept until maintain() comes.
    DELETE FROM openlineage.search_facet AS s
     USING openlineage.facet AS f
     WHERE f.id = ANY (facet_ids) AND s.facet_id = f.id AND s.content_hash <> f.content_hash
       AND (SELECT count(*) FROM openlineage.search_facet AS o WHERE o.facet_id = f.id) > 8;
END
$$;
COMMENT ON FUNCTION openlineage.derive_search(bigint[]) IS
    'Makes the rows of search_facet for facets of datasets and jobs whose content has none; a facet with more than 8 keeps that alone.';
REVOKE ALL ON FUNCTION openlineage.derive_search(bigint[]) FROM PUBLIC;

-- A batch may be about to use words that it found: it holds a lock on the table, and is waited for.  Who
-- cannot see what was written while it waited deletes nothing.
CREATE FUNCTION openlineage.forget_words() RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '1s'
    AS $$
DECLARE
    ids     bigint[];
    hashes  uuid[];
    n       bigint;
BEGIN
    SELECT array_agg(o.facet_id), array_agg(o.content_hash) INTO ids, hashes
      FROM (SELECT s.facet_id, s.content_hash
              FROM openlineage.search_facet AS s
              JOIN openlineage.facet AS f ON f.id = s.facet_id
             WHERE f.content_hash <> s.content_hash OR f.is_deleted
             LIMIT 10000) AS o;
    IF ids IS NULL OR current_setting('transaction_isolation') <> 'read committed' THEN
        RETURN 0;
    END IF;
    BEGIN
        LOCK TABLE openlineage.search_facet IN SHARE ROW EXCLUSIVE MODE;
    EXCEPTION WHEN lock_not_available THEN
        RETURN 0;  -- the next time
    END;
    DELETE FROM openlineage.search_facet AS s
     USING unnest(ids, hashes) AS o (facet_id, content_hash), openlineage.facet AS f
     WHERE s.facet_id = o.facet_id AND s.content_hash = o.content_hash AND f.id = s.facet_id
       AND (f.content_hash <> s.content_hash OR f.is_deleted);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
COMMENT ON FUNCTION openlineage.forget_words() IS
    'Part of maintain: deletes up to 10,000 rows of search_facet that are not of the content a facet has now; returns how many. None in a transaction of REPEATABLE READ or SERIALIZABLE, or when the lock cannot be had within a second.';
REVOKE ALL ON FUNCTION openlineage.forget_words() FROM PUBLIC;
