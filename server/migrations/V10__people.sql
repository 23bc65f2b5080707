-- People at a desk: a password and a second factor beside the token of programs, and the sessions of browsers.
ALTER TABLE staff DROP CONSTRAINT staff_role_check;
ALTER TABLE staff ADD CONSTRAINT staff_role_check
    CHECK (role IN ('manager', 'clerk', 'maintenance', 'auditor', 'administrator'));
-- Who comes by browser alone has no token.
ALTER TABLE staff ALTER COLUMN token_hash DROP NOT NULL;

CREATE TABLE staff_secret (
    tenant       text NOT NULL,
    name         text NOT NULL,
    -- Argon2id, as a PHC string.
    password     text NOT NULL,
    -- Given by somebody else: it has to be changed before anything else.
    must_change  boolean NOT NULL,
    -- The second factor's secret, sealed by the server's key; none before the first sign-in.
    totp         bytea,
    -- The time step of the last code that was taken: none is taken twice.
    totp_step    bigint NOT NULL DEFAULT 0,
    -- Wrong tries since the last right one, and until when none is looked at; seconds since 1970.
    failures     integer NOT NULL DEFAULT 0,
    locked_until bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, name),
    FOREIGN KEY (tenant, name) REFERENCES staff
);

CREATE TABLE staff_session (
    tenant  text NOT NULL,
    -- SHA-256 of what the browser has.
    hash    bytea NOT NULL,
    name    text NOT NULL,
    -- What is still missing: 'code', 'factor' (none was set up), 'password' (it has to be changed); 'in': nothing.
    state   text NOT NULL CHECK (state IN ('code', 'factor', 'password', 'in')),
    -- The second factor's secret while it is set up, sealed.
    offered bytea,
    -- In every form of the session.
    form    text NOT NULL,
    -- Seconds since 1970.
    began   bigint NOT NULL,
    seen    bigint NOT NULL,
    PRIMARY KEY (tenant, hash),
    FOREIGN KEY (tenant, name) REFERENCES staff
);
CREATE INDEX staff_session_name ON staff_session (tenant, name);

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['staff_secret', 'staff_session'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', table_name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO meterpost_server', table_name);
    END LOOP;
END
$$;
GRANT DELETE ON staff_session TO meterpost_server;
