-- Remote control: what one terminal is to do once, and what became of it by its own signed log. And how terminals are, and what is
-- worth a person's attention.

-- Every sign of life asks for the newest of each kind, for all terminals and for one.
CREATE INDEX bulletin_newest ON bulletin (tenant, kind, terminal, version);

CREATE TABLE command (
    tenant    text NOT NULL REFERENCES tenant,
    terminal  text NOT NULL,
    -- The terminal's own count, over all its epochs: each command is taken once and in order.
    version   bigint NOT NULL CHECK (version > 0),
    word      text NOT NULL,
    content   jsonb NOT NULL,
    bytes     bytea NOT NULL,
    issued_by text NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT now(),
    -- Until then the terminal may begin it.
    until     timestamptz NOT NULL,
    state     text NOT NULL DEFAULT 'waiting'
              CHECK (state IN ('waiting', 'taken', 'done', 'refused', 'failed', 'unknown', 'expired', 'cancelled')),
    words     text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, terminal, version)
);
CREATE INDEX command_waiting ON command (tenant, terminal, version) WHERE state = 'waiting';

-- Entries that say something about commands. They are noted when they come and followed once a head covers them.
CREATE TABLE notable (
    tenant   text NOT NULL,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    seq      bigint NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch, seq)
);

-- Lines of a terminal's log that a command asked for.
CREATE TABLE terminal_log (
    tenant   text NOT NULL,
    terminal text NOT NULL,
    version  bigint NOT NULL,
    lines    text NOT NULL,
    sent_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, terminal, version),
    FOREIGN KEY (tenant, terminal, version) REFERENCES command
);

-- How a terminal is, by its own last word.
CREATE TABLE terminal_status (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    at       timestamptz NOT NULL,
    status   jsonb NOT NULL,
    -- Seconds that its clock is ahead of the server's.
    clock_offset double precision NOT NULL,
    PRIMARY KEY (tenant, terminal)
) WITH (fillfactor = 70);

-- How many notes were in the box, once a day: the least and the last word of that day.
CREATE TABLE cash_level (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    day      date NOT NULL,
    notes    bigint NOT NULL,
    PRIMARY KEY (tenant, terminal, day)
);

CREATE TABLE alert (
    tenant   text NOT NULL REFERENCES tenant,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    terminal text NOT NULL,
    kind     text NOT NULL,
    words    text NOT NULL,
    since    timestamptz NOT NULL,
    -- When people were told last; it is said again after the interval, until it ends or somebody takes it up.
    told_at  timestamptz,
    told     integer NOT NULL DEFAULT 0,
    taken_by text,
    ended_at timestamptz,
    PRIMARY KEY (tenant, id)
);
-- One of a kind at a time.
CREATE UNIQUE INDEX alert_open ON alert (tenant, terminal, kind) WHERE ended_at IS NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['command', 'notable', 'terminal_log', 'terminal_status', 'cash_level', 'alert'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
GRANT UPDATE (state, words, changed_at) ON command TO meterpost_server;
GRANT DELETE ON notable TO meterpost_server;
GRANT UPDATE ON terminal_status, cash_level TO meterpost_server;
GRANT UPDATE (words, told_at, told, taken_by, ended_at) ON alert TO meterpost_server;

-- The server looks through all tenants for what has fallen silent; it may list their names and nothing else of them.
CREATE FUNCTION tenants() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    'SELECT tenant FROM public.tenant';
REVOKE ALL ON FUNCTION tenants() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants() TO meterpost_server;
