-- Events as they came, what was odd about them, and how many there were.

CREATE TYPE openlineage.event_kind AS ENUM ('run', 'job', 'dataset');
COMMENT ON TYPE openlineage.event_kind IS 'RunEvent, JobEvent or DatasetEvent, told by structure.';

-- Bodies are packed: with a template, an earlier text of the same job, only what differs is stored.
CREATE FUNCTION openlineage.event_pack(body text, template bytea DEFAULT NULL) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'ol_event_pack';
COMMENT ON FUNCTION openlineage.event_pack(text, bytea) IS
    'A text as event_store.packed keeps it: an LZ4 block, made with the text of this event_template.packed before it unless that is null.';

CREATE FUNCTION openlineage.event_body(packed bytea, template bytea) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'ol_event_body';
COMMENT ON FUNCTION openlineage.event_body(bytea, bytea) IS
    'The text of an event_store.packed, byte for byte, with the event_template.packed that it was made with; of a template with null. Raises XX001 when it is damaged or the template is missing or another one.';

CREATE FUNCTION openlineage.event_bytes(packed bytea) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'ol_event_bytes';
COMMENT ON FUNCTION openlineage.event_bytes(bytea) IS
    'The length of the text of an event_store.packed, which is not unpacked for it.';

CREATE TABLE openlineage.event_store (
    event_time    timestamptz NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp(),
    template_id   bigint,
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    kind          openlineage.event_kind NOT NULL,
    hash          uuid NOT NULL,
    run_id        uuid,
    is_command    boolean NOT NULL DEFAULT false,
    type          text,
    principal     text,
    packed        bytea NOT NULL,
    set_id        bigint
) PARTITION BY RANGE (event_time);
COMMENT ON TABLE openlineage.event_store IS
    'Every accepted event as it is stored; the view event shows it. The parent has no key: each partition has its own unique (event_time, hash).';
COMMENT ON COLUMN openlineage.event_store.event_time IS 'eventTime: when the fact was, not when it came.';
COMMENT ON COLUMN openlineage.event_store.received_at IS 'When it was stored.';
COMMENT ON COLUMN openlineage.event_store.template_id IS 'The event_template that packed was made with; null when without one.';
COMMENT ON COLUMN openlineage.event_store.namespace_id IS 'Namespace of its job, of its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event_store.node_id IS 'Its job, or its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event_store.kind IS 'run, job or dataset.';
COMMENT ON COLUMN openlineage.event_store.hash IS 'Hash of the bytes of its text; an event that comes again is recognised by it.';
COMMENT ON COLUMN openlineage.event_store.run_id IS 'Its run; null for JobEvent and DatasetEvent.';
COMMENT ON COLUMN openlineage.event_store.is_command IS 'True for what a function of the API wrote, such as PUT of a job: not listed, not counted.';
COMMENT ON COLUMN openlineage.event_store.type IS 'eventType in upper case; null when it has none.';
COMMENT ON COLUMN openlineage.event_store.principal IS 'Who sent it first: user_id() of its sender, else the client of the token or API key, else the role of an SQL session; null over HTTP without a token. Never a token.';
COMMENT ON COLUMN openlineage.event_store.packed IS 'Its text as event_pack() makes it; event_body() gives it back.';
COMMENT ON COLUMN openlineage.event_store.set_id IS 'The dataset_set of the datasets that it names; null when event_dataset_store has them, and for a command.';

CREATE TABLE openlineage.event_default PARTITION OF openlineage.event_store (
    CONSTRAINT event_default_key UNIQUE (event_time, hash)
) DEFAULT;
COMMENT ON TABLE openlineage.event_default IS 'Events of every time that has no partition of its own.';
-- Lists are in the order of time and hash; the few events of one time are sorted when they are read.
-- Those of a set are among those of its job, from which the index alone tells them.
CREATE INDEX event_default_node_idx ON openlineage.event_default (node_id, event_time, set_id) INCLUDE (namespace_id);
CREATE INDEX event_default_run_idx ON openlineage.event_default (run_id, event_time) WHERE run_id IS NOT NULL;
CREATE INDEX event_default_namespace_idx ON openlineage.event_default (namespace_id, event_time);
ALTER TABLE openlineage.event_default ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE openlineage.event_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_default FORCE ROW LEVEL SECURITY;
CREATE POLICY event_default_read ON openlineage.event_default FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_default TO openlineage_reader;

ALTER TABLE openlineage.event_store ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE openlineage.event_store ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_store FORCE ROW LEVEL SECURITY;
CREATE POLICY event_store_read ON openlineage.event_store FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_store TO openlineage_reader;

-- A template is of one partition and of one node, so it goes with these and has their namespace.
-- Who deletes one calls lock_templates() first: ingest/template.c says why.
CREATE SEQUENCE openlineage.event_template_id_seq AS bigint;

CREATE TABLE openlineage.event_template (
    id            bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.event_template_id_seq'),
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    partition     text COLLATE "C" NOT NULL,
    made_of       uuid[] NOT NULL,
    packed        bytea NOT NULL,
    CONSTRAINT event_template_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE openlineage.event_template IS
    'Texts that the bodies of events are packed with. No row changes; it stays while an event refers to it.';
COMMENT ON COLUMN openlineage.event_template.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.event_template.namespace_id IS 'Namespace of its events.';
COMMENT ON COLUMN openlineage.event_template.node_id IS 'The job or dataset whose events refer to it.';
COMMENT ON COLUMN openlineage.event_template.partition IS 'Name of the partition of event_store whose events refer to it.';
COMMENT ON COLUMN openlineage.event_template.made_of IS 'Hashes of the events whose text it holds.';
COMMENT ON COLUMN openlineage.event_template.packed IS 'The text, packed without a template.';
CREATE INDEX event_template_node_idx ON openlineage.event_template (node_id, partition, id DESC);
ALTER TABLE openlineage.event_template ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE openlineage.event_template ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_template FORCE ROW LEVEL SECURITY;
CREATE POLICY event_template_read ON openlineage.event_template FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_template TO openlineage_reader;

-- The template is read for rows whose body is asked for, with the eyes of the caller.
CREATE VIEW openlineage.event WITH (security_invoker = true) AS
SELECT e.event_time, e.hash, e.received_at, e.kind, e.type, e.namespace_id, e.node_id, e.run_id, e.principal, e.is_command,
       openlineage.event_body(e.packed, (SELECT t.packed
                                           FROM openlineage.event_template AS t
                                          WHERE t.id OPERATOR(pg_catalog.=) e.template_id)) AS body
  FROM openlineage.event_store AS e;
COMMENT ON VIEW openlineage.event IS 'Every accepted event, raw.';
COMMENT ON COLUMN openlineage.event.event_time IS 'eventTime: when the fact was, not when it came.';
COMMENT ON COLUMN openlineage.event.hash IS 'Hash of the bytes of body; an event that comes again is recognised by it.';
COMMENT ON COLUMN openlineage.event.received_at IS 'When it was stored.';
COMMENT ON COLUMN openlineage.event.kind IS 'run, job or dataset.';
COMMENT ON COLUMN openlineage.event.type IS 'eventType in upper case; null when it has none.';
COMMENT ON COLUMN openlineage.event.namespace_id IS 'Namespace of its job, of its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event.node_id IS 'Its job, or its dataset for a DatasetEvent.';
COMMENT ON COLUMN openlineage.event.run_id IS 'Its run; null for JobEvent and DatasetEvent.';
COMMENT ON COLUMN openlineage.event.principal IS 'Who sent it first: user_id() of its sender, else the client of the token or API key, else the role of an SQL session; null over HTTP without a token. Never a token.';
COMMENT ON COLUMN openlineage.event.is_command IS 'True for what a function of the API wrote, such as PUT of a job: not listed, not counted.';
COMMENT ON COLUMN openlineage.event.body IS 'The JSON text as it came.';
GRANT SELECT ON openlineage.event TO openlineage_reader;

CREATE FUNCTION openlineage.lock_templates() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ol_lock_templates';
COMMENT ON FUNCTION openlineage.lock_templates() IS
    'Comes before each deletion of templates: waits for what ingests, lets nobody else begin to, and makes every process forget the templates it has read once this transaction has committed. Raises 25001 in a transaction of REPEATABLE READ or SERIALIZABLE, which would not see what was stored meanwhile.';
REVOKE ALL ON FUNCTION openlineage.lock_templates() FROM PUBLIC;

CREATE FUNCTION openlineage.drop_unused_templates(ids bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    part    record;
    unused  text;
    found   bigint[];
BEGIN
    -- Nothing outside its partition refers to a template.
    FOR part IN SELECT COALESCE(to_regclass(format('openlineage.%I', t.partition)), 'openlineage.event_store') AS events,
                       array_agg(t.id) AS ids
                  FROM openlineage.event_template AS t
                 WHERE t.id = ANY (drop_unused_templates.ids)
                 GROUP BY 1 LOOP
        unused := format('SELECT t.id FROM openlineage.event_template AS t WHERE t.id = ANY ($1)'
                         ' AND NOT EXISTS (SELECT FROM %s AS e WHERE e.node_id = t.node_id AND e.template_id = t.id)', part.events);
        EXECUTE 'SELECT ARRAY(' || unused || ')' INTO found USING part.ids;
        CONTINUE WHEN found = '{}';
        -- Not before it is needed, as it keeps ingest waiting; what it may have used meanwhile is asked again.
        PERFORM openlineage.lock_templates();
        EXECUTE 'DELETE FROM openlineage.event_template AS t WHERE t.id IN (' || unused || ')' USING found;
    END LOOP;
END
$$;
COMMENT ON FUNCTION openlineage.drop_unused_templates(bigint[]) IS
    'Part of what deletes events: deletes those of these templates that no event refers to any more.';
REVOKE ALL ON FUNCTION openlineage.drop_unused_templates(bigint[]) FROM PUBLIC;

-- The order of lists of events, for what is in an array of their body.  Names as told, so that a
-- merge of two datasets writes nothing here.  A row for each dataset of the first events; once events
-- of a job repeat what they name, that is a set, which they refer to: ingest/dataset_set.c says how.
CREATE TABLE openlineage.event_dataset_store (
    dataset_id    int NOT NULL,
    namespace_id  int NOT NULL,  -- beside the other int: there are several rows for each event
    event_time    timestamptz NOT NULL,
    event_hash    uuid NOT NULL
);
COMMENT ON TABLE openlineage.event_dataset_store IS
    'Which events without a set name a dataset; the view event_dataset shows them with the others.';
COMMENT ON COLUMN openlineage.event_dataset_store.dataset_id IS 'Node of the very name that the event gives; may be an alias.';
COMMENT ON COLUMN openlineage.event_dataset_store.event_time IS 'The event.';
COMMENT ON COLUMN openlineage.event_dataset_store.event_hash IS 'The event.';
COMMENT ON COLUMN openlineage.event_dataset_store.namespace_id IS 'Namespace of the event.';
-- No key: the hash would be a second copy of what is half of the row.  Ingest writes the rows of an event once.
CREATE INDEX event_dataset_store_idx ON openlineage.event_dataset_store (dataset_id, event_time) INCLUDE (namespace_id);
ALTER TABLE openlineage.event_dataset_store ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_dataset_store FORCE ROW LEVEL SECURITY;
CREATE POLICY event_dataset_store_read ON openlineage.event_dataset_store FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_dataset_store TO openlineage_reader;

-- A set is of one job and one partition, so it goes with these and has the namespace of its events.
CREATE SEQUENCE openlineage.dataset_set_id_seq AS bigint;

CREATE TABLE openlineage.dataset_set (
    id            bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.dataset_set_id_seq'),
    namespace_id  int NOT NULL,
    node_id       int NOT NULL,
    partition     text COLLATE "C" NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz NOT NULL,
    hash          uuid NOT NULL,
    CONSTRAINT dataset_set_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE openlineage.dataset_set IS
    'Datasets that several events of a job name together. No row changes.';
COMMENT ON COLUMN openlineage.dataset_set.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.dataset_set.namespace_id IS 'Namespace of its events.';
COMMENT ON COLUMN openlineage.dataset_set.node_id IS 'The job or dataset whose events refer to it.';
COMMENT ON COLUMN openlineage.dataset_set.partition IS 'Name of the partition of event_store whose events refer to it.';
COMMENT ON COLUMN openlineage.dataset_set.since IS 'Start of that partition: its events are at this time or later.';
COMMENT ON COLUMN openlineage.dataset_set.until IS 'End of that partition: its events are before.';
COMMENT ON COLUMN openlineage.dataset_set.hash IS 'Hash of the ids of its datasets; two sets with the same are the same.';
CREATE INDEX dataset_set_node_idx ON openlineage.dataset_set (node_id, partition, hash);
ALTER TABLE openlineage.dataset_set ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_set FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_set_read ON openlineage.dataset_set FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_set TO openlineage_reader;

CREATE TABLE openlineage.dataset_set_member (
    set_id        bigint NOT NULL,
    dataset_id    int NOT NULL,
    namespace_id  int NOT NULL,
    CONSTRAINT dataset_set_member_pkey PRIMARY KEY (set_id, dataset_id)
);
COMMENT ON TABLE openlineage.dataset_set_member IS 'The datasets of each dataset_set.';
COMMENT ON COLUMN openlineage.dataset_set_member.set_id IS 'The set.';
COMMENT ON COLUMN openlineage.dataset_set_member.dataset_id IS 'Node of the very name that the events give; may be an alias.';
COMMENT ON COLUMN openlineage.dataset_set_member.namespace_id IS 'Namespace of the set.';
CREATE INDEX dataset_set_member_dataset_idx ON openlineage.dataset_set_member (dataset_id, set_id);
ALTER TABLE openlineage.dataset_set_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.dataset_set_member FORCE ROW LEVEL SECURITY;
CREATE POLICY dataset_set_member_read ON openlineage.dataset_set_member FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.dataset_set_member TO openlineage_reader;

CREATE VIEW openlineage.event_dataset WITH (security_invoker = true) AS
SELECT d.dataset_id, d.namespace_id, d.event_time, d.event_hash
  FROM openlineage.event_dataset_store AS d
UNION ALL
SELECT m.dataset_id, e.namespace_id, e.event_time, e.hash
  FROM openlineage.dataset_set_member AS m
  JOIN openlineage.dataset_set AS s ON s.id OPERATOR(pg_catalog.=) m.set_id
  JOIN openlineage.event_store AS e ON e.node_id OPERATOR(pg_catalog.=) s.node_id AND e.set_id OPERATOR(pg_catalog.=) s.id
                                   AND e.event_time OPERATOR(pg_catalog.>=) s.since AND e.event_time OPERATOR(pg_catalog.<) s.until;
COMMENT ON VIEW openlineage.event_dataset IS
    'Which events name a dataset: as input, as output, as their subject or in a lineage facet.';
COMMENT ON COLUMN openlineage.event_dataset.dataset_id IS 'Node of the very name that the event gives; may be an alias.';
COMMENT ON COLUMN openlineage.event_dataset.namespace_id IS 'Namespace of the event.';
COMMENT ON COLUMN openlineage.event_dataset.event_time IS 'The event.';
COMMENT ON COLUMN openlineage.event_dataset.event_hash IS 'The event.';
GRANT SELECT ON openlineage.event_dataset TO openlineage_reader;

CREATE SEQUENCE openlineage.event_issue_id_seq AS bigint;

CREATE TABLE openlineage.event_issue (
    id            bigint NOT NULL DEFAULT pg_catalog.nextval('openlineage.event_issue_id_seq'),
    namespace_id  int NOT NULL,
    event_time    timestamptz NOT NULL,
    event_hash    uuid NOT NULL,
    code          text NOT NULL,
    path          text NOT NULL,
    message       text NOT NULL,
    CONSTRAINT event_issue_pkey PRIMARY KEY (id),
    CONSTRAINT event_issue_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.event_issue IS
    'What was odd about an event that was accepted all the same.';
COMMENT ON COLUMN openlineage.event_issue.id IS 'Surrogate key.';
COMMENT ON COLUMN openlineage.event_issue.namespace_id IS 'Namespace of the event.';
COMMENT ON COLUMN openlineage.event_issue.event_time IS 'The event.';
COMMENT ON COLUMN openlineage.event_issue.event_hash IS 'The event.';
COMMENT ON COLUMN openlineage.event_issue.code IS 'Which rule, in snake_case.';
COMMENT ON COLUMN openlineage.event_issue.path IS 'Where in the event, as a JSON pointer.';
COMMENT ON COLUMN openlineage.event_issue.message IS 'What was found and what was done.';
CREATE INDEX event_issue_time_idx ON openlineage.event_issue (event_time, event_hash, id) INCLUDE (namespace_id);
CREATE INDEX event_issue_namespace_idx ON openlineage.event_issue (namespace_id, event_time, event_hash, id);
ALTER TABLE openlineage.event_issue ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_issue FORCE ROW LEVEL SECURITY;
CREATE POLICY event_issue_read ON openlineage.event_issue FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_issue TO openlineage_reader;

-- As many rows as the sequence has values, however many events are rejected.
CREATE SEQUENCE openlineage.rejected_event_slot_seq AS int MAXVALUE 10000 CYCLE;

CREATE TABLE openlineage.rejected_event (
    slot          int NOT NULL,
    namespace_id  int NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp(),
    code          text NOT NULL,
    message       text NOT NULL,
    details       text,
    hash          uuid NOT NULL,
    bytes         bigint NOT NULL,
    excerpt       text NOT NULL,
    CONSTRAINT rejected_event_pkey PRIMARY KEY (slot)
);
COMMENT ON TABLE openlineage.rejected_event IS
    'The last events that came in a batch or over HTTP and were not taken: nothing else of them is stored.';
COMMENT ON COLUMN openlineage.rejected_event.slot IS 'Its place, taken again by a later one.';
COMMENT ON COLUMN openlineage.rejected_event.namespace_id IS 'Namespace of the event; 0 when it could not be read or is not known.';
COMMENT ON COLUMN openlineage.rejected_event.received_at IS 'When it came.';
COMMENT ON COLUMN openlineage.rejected_event.code IS 'SQLSTATE of the fault.';
COMMENT ON COLUMN openlineage.rejected_event.message IS 'What is wrong, as its sender was told.';
COMMENT ON COLUMN openlineage.rejected_event.details IS 'Where, as its sender was told.';
COMMENT ON COLUMN openlineage.rejected_event.hash IS 'Hash of its bytes: the same event sent again has the same.';
COMMENT ON COLUMN openlineage.rejected_event.bytes IS 'Its length.';
COMMENT ON COLUMN openlineage.rejected_event.excerpt IS 'Its first 1,000 bytes; U+FFFD for what is no UTF-8.';
CREATE INDEX rejected_event_received_idx ON openlineage.rejected_event (received_at, slot);
ALTER TABLE openlineage.rejected_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.rejected_event FORCE ROW LEVEL SECURITY;
CREATE POLICY rejected_event_read ON openlineage.rejected_event FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.rejected_event TO openlineage_reader;

CREATE TABLE openlineage.event_count (
    namespace_id  int NOT NULL,
    hour          timestamptz NOT NULL,
    kind          openlineage.event_kind NOT NULL,
    type          text,
    n             bigint NOT NULL,
    in_day        boolean NOT NULL DEFAULT false,
    CONSTRAINT event_count_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.event_count IS
    'How many events there were: appended per batch, so sum over the rows of one hour.';
COMMENT ON COLUMN openlineage.event_count.namespace_id IS 'Namespace of the events.';
COMMENT ON COLUMN openlineage.event_count.hour IS 'The hour of their event time, in UTC.';
COMMENT ON COLUMN openlineage.event_count.kind IS 'run, job or dataset.';
COMMENT ON COLUMN openlineage.event_count.type IS 'eventType in upper case; null when it has none.';
COMMENT ON COLUMN openlineage.event_count.n IS 'How many.';
COMMENT ON COLUMN openlineage.event_count.in_day IS 'Whether event_day_count has them already; maintain() adds them there.';
CREATE INDEX event_count_idx ON openlineage.event_count (namespace_id, hour);
CREATE INDEX event_count_new_idx ON openlineage.event_count (hour) WHERE NOT in_day;
CREATE INDEX event_count_hour_idx ON openlineage.event_count (hour);
ALTER TABLE openlineage.event_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_count FORCE ROW LEVEL SECURITY;
CREATE POLICY event_count_read ON openlineage.event_count FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_count TO openlineage_reader;

CREATE TABLE openlineage.event_day_count (
    namespace_id  int NOT NULL,
    day           timestamptz NOT NULL,
    n             bigint NOT NULL,
    CONSTRAINT event_day_count_pkey PRIMARY KEY (day, namespace_id),
    CONSTRAINT event_day_count_namespace_fkey FOREIGN KEY (namespace_id) REFERENCES openlineage.namespace
);
COMMENT ON TABLE openlineage.event_day_count IS
    'Days of event_count, so that a total over years does not read their hours: with the rows there that are not in_day, all events.';
COMMENT ON COLUMN openlineage.event_day_count.namespace_id IS 'Namespace of the events.';
COMMENT ON COLUMN openlineage.event_day_count.day IS 'The day of their event time, in UTC.';
COMMENT ON COLUMN openlineage.event_day_count.n IS 'How many that event_count has as in_day.';
CREATE INDEX event_day_count_namespace_idx ON openlineage.event_day_count (namespace_id, day);
ALTER TABLE openlineage.event_day_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE openlineage.event_day_count FORCE ROW LEVEL SECURITY;
CREATE POLICY event_day_count_read ON openlineage.event_day_count FOR SELECT
    USING (openlineage.can_read(namespace_id));
GRANT SELECT ON openlineage.event_day_count TO openlineage_reader;
