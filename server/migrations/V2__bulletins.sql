-- What terminals are told: signed bytes, one row for each version. A bulletin is never changed; a newer one takes its place.

CREATE TABLE bulletin (
    tenant    text NOT NULL REFERENCES tenant,
    kind      text NOT NULL,
    -- Rises over all terminals of a tenant, so what one is told later always has the higher version.
    version   bigint NOT NULL CHECK (version > 0),
    -- One terminal; NULL for all of them.
    terminal  text,
    bytes     bytea NOT NULL,
    content   jsonb NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT now(),
    issued_by text NOT NULL,
    PRIMARY KEY (tenant, kind, version)
);

ALTER TABLE bulletin ENABLE ROW LEVEL SECURITY;
ALTER TABLE bulletin FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON bulletin USING (tenant = current_setting('meterpost.tenant', true));
GRANT SELECT, INSERT ON bulletin TO meterpost_server;
