-- Tenants, their terminals, and the log of each of a terminal's epochs. Every table begins with the tenant, whose rows
-- nobody else sees (row-level security); entries and tiles are spread by terminal, so that a shard can take some of them.

DO $$
BEGIN
    CREATE ROLE meterpost_server NOLOGIN;
EXCEPTION
    -- Roles belong to the whole cluster: another database of it may have made this one, at this very moment too.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

CREATE TABLE tenant (
    tenant      text PRIMARY KEY,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- Who may approve and look. The token itself is known to its holder only.
CREATE TABLE staff (
    tenant      text NOT NULL REFERENCES tenant,
    name        text NOT NULL,
    role        text NOT NULL CHECK (role IN ('manager', 'clerk', 'maintenance', 'auditor')),
    token_hash  bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, name)
);

CREATE TABLE terminal (
    tenant      text NOT NULL REFERENCES tenant,
    terminal    text NOT NULL,
    -- The newest epoch given out; an epoch is never given out twice.
    epoch       bigint NOT NULL CHECK (epoch > 0),
    PRIMARY KEY (tenant, terminal)
);

CREATE TABLE enrolment (
    tenant      text NOT NULL REFERENCES tenant,
    terminal    text NOT NULL,
    -- Which request: SHA-256 of its text.
    digest      bytea NOT NULL,
    request     text NOT NULL,
    code        text NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused')),
    certificate text CHECK ((certificate IS NOT NULL) = (state = 'approved')),
    asked_at    timestamptz NOT NULL DEFAULT now(),
    decided_at  timestamptz,
    decided_by  text,
    PRIMARY KEY (tenant, terminal, digest)
);
CREATE INDEX enrolment_waiting ON enrolment (tenant, asked_at) WHERE state = 'waiting';

CREATE SEQUENCE certificate_serial;

CREATE TABLE log (
    tenant       text NOT NULL REFERENCES tenant,
    terminal     text NOT NULL,
    epoch        bigint NOT NULL,
    -- What the witness knows, and how often that changed.
    memory       jsonb NOT NULL,
    version      bigint NOT NULL,
    -- Entries under the head cosigned last.
    size         bigint NOT NULL DEFAULT 0,
    -- Entries here; those beyond `size` are believed only once a head covers them.
    stored       bigint NOT NULL DEFAULT 0,
    -- The size of the terminal's own head, by its last word.
    claimed      bigint NOT NULL DEFAULT 0,
    -- The counter of the last signed call.
    counter      bigint NOT NULL DEFAULT -1,
    last_contact timestamptz,
    PRIMARY KEY (tenant, terminal, epoch),
    CHECK (size <= stored)
);

CREATE TABLE entry (
    tenant   text NOT NULL,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    seq      bigint NOT NULL,
    bytes    bytea NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch, seq)
) PARTITION BY HASH (terminal);

CREATE TABLE tile (
    tenant   text NOT NULL,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    level    smallint NOT NULL,
    idx      bigint NOT NULL,
    hashes   bytea NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch, level, idx)
) PARTITION BY HASH (terminal);

DO $$
BEGIN
    FOR part IN 0..7 LOOP
        EXECUTE format('CREATE TABLE entry_%s PARTITION OF entry FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part, part);
        EXECUTE format('CREATE TABLE tile_%s PARTITION OF tile FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part, part);
    END LOOP;
END
$$;

-- The inbox: what a log did that cannot be a mistake on the way, with both signed heads.
CREATE TABLE conflict (
    tenant    text NOT NULL,
    terminal  text NOT NULL,
    epoch     bigint NOT NULL,
    -- The version of the log's memory that it came with.
    version   bigint NOT NULL,
    kind      text NOT NULL,
    ours      text,
    theirs    text NOT NULL,
    proof     text NOT NULL,
    found_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, terminal, epoch, version),
    FOREIGN KEY (tenant, terminal, epoch) REFERENCES log
);

-- Written before an act and completed after it.
CREATE TABLE audit (
    tenant   text NOT NULL,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    at       timestamptz NOT NULL DEFAULT now(),
    actor    text NOT NULL,
    act      text NOT NULL,
    object   text NOT NULL,
    outcome  text,
    PRIMARY KEY (tenant, id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant', 'staff', 'terminal', 'enrolment', 'log', 'entry', 'tile', 'conflict', 'audit'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;

GRANT UPDATE ON terminal, enrolment, log, tile TO meterpost_server;
GRANT UPDATE (outcome) ON audit TO meterpost_server;
GRANT DELETE ON entry TO meterpost_server;
GRANT USAGE ON SEQUENCE certificate_serial TO meterpost_server;

-- What is cosigned can never be removed, and nothing of an entry can be changed.
CREATE POLICY unsigned_only ON entry AS RESTRICTIVE FOR DELETE USING (
    seq >= (SELECT log.size FROM log
            WHERE log.tenant = entry.tenant AND log.terminal = entry.terminal AND log.epoch = entry.epoch)
);
