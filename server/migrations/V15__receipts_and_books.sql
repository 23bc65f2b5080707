-- Receipts that anybody may check, and what checks of the books found.

-- Which log has a key with this id. Receipts name the key by it, and nothing else of the log.
CREATE TABLE log_key (
    tenant   text NOT NULL,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    -- Of signed notes (c2sp.org/signed-note): the first bytes of SHA-256 over the log's name, a line feed, 01h and the public key.
    id       bytea NOT NULL CHECK (length(id) = 4),
    PRIMARY KEY (tenant, terminal, epoch, id),
    FOREIGN KEY (tenant, terminal, epoch) REFERENCES log
);
CREATE INDEX log_key_id ON log_key (id);

-- The ids of the keys in a log's memory.
CREATE FUNCTION log_key_ids(log_tenant text, log_terminal text, log_epoch bigint, memory jsonb) RETURNS SETOF bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT substring(sha256(convert_to('meterpost/' || log_tenant || '/' || log_terminal || '/' || log_epoch || E'\n', 'UTF8')
                            || '\x01'::bytea || decode(known ->> 'key', 'base64')) FOR 4)
    FROM jsonb_array_elements(memory -> 'keys') AS known
$$;

INSERT INTO log_key (tenant, terminal, epoch, id)
    SELECT DISTINCT tenant, terminal, epoch, log_key_ids(tenant, terminal, epoch, memory) FROM log;

-- The server's role cannot write a key's id; it follows from what the witness remembers.
CREATE FUNCTION log_key_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO log_key (tenant, terminal, epoch, id)
        SELECT NEW.tenant, NEW.terminal, NEW.epoch, log_key_ids(NEW.tenant, NEW.terminal, NEW.epoch, NEW.memory)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER log_key_first AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION log_key_follows();
CREATE TRIGGER log_key_next AFTER UPDATE OF memory ON log
    FOR EACH ROW WHEN (OLD.memory -> 'keys' IS DISTINCT FROM NEW.memory -> 'keys') EXECUTE FUNCTION log_key_follows();

-- Whoever checks a receipt belongs to no tenant. All that is told is which logs may have signed it; what else there is of them is
-- seen by a transaction of their tenant. Ids of four bytes can collide; sixteen of a kind is chance beyond belief.
CREATE FUNCTION receipt_logs(wanted bytea) RETURNS TABLE (tenant text, terminal text, epoch bigint)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT k.tenant, k.terminal, k.epoch FROM log_key AS k WHERE k.id = wanted ORDER BY 1, 2, 3 LIMIT 16
$$;

-- A slip that a terminal's key signed and its log contradicts. The first one of a log says it all.
CREATE TABLE receipt_conflict (
    tenant   text NOT NULL,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    seq      bigint NOT NULL,
    -- The text of its code: proof by itself, with the log's key.
    code     text NOT NULL CHECK (length(code) <= 16384),
    found_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, terminal, epoch),
    FOREIGN KEY (tenant, terminal, epoch) REFERENCES log
);

-- Each check of a tenant's books; the newest says how they stand.
CREATE TABLE book_check (
    tenant   text NOT NULL REFERENCES tenant,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    -- Seconds since 1970, when it began.
    at       bigint NOT NULL,
    -- How much was looked at.
    journals bigint NOT NULL,
    logs     bigint NOT NULL,
    entries  bigint NOT NULL,
    -- What is wrong: [{"terminal": ..., "words": ...}], the terminal only where it is one's own log.
    problems jsonb NOT NULL,
    PRIMARY KEY (tenant, id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['log_key', 'receipt_conflict', 'book_check'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT ON %I TO meterpost_server', name);
    END LOOP;
    -- A function that runs as its owner must not find its tables in a schema that somebody else fills.
    EXECUTE format('ALTER FUNCTION log_key_follows() SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION receipt_logs(bytea) SET search_path = %I, pg_temp', current_schema());
    -- The look-up runs as the owner, whom a forced policy binds as well where it is no superuser.
    EXECUTE format('CREATE POLICY look_up ON log_key FOR SELECT TO %I USING (true)', current_user);
END
$$;
GRANT INSERT ON receipt_conflict, book_check TO meterpost_server;
REVOKE ALL ON FUNCTION log_key_ids(text, text, bigint, jsonb), log_key_follows(), receipt_logs(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receipt_logs(bytea) TO meterpost_server;
