-- The secret of each terminal's one-time codes, which let staff without a card into its service menu. Sealed under a key that is not here.

CREATE TABLE service_secret (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    sealed   bytea NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, terminal)
);
ALTER TABLE service_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON service_secret USING (tenant = current_setting('meterpost.tenant', true));
GRANT SELECT, INSERT ON service_secret TO meterpost_server;
GRANT UPDATE (sealed, made_at) ON service_secret TO meterpost_server;
