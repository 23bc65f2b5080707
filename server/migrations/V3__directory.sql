-- Who lives where, with which meters and cards: what terminals are told of a district, whole and as differences.

-- One counter for all of a tenant's districts: what a terminal is told later always has the higher version, whichever district it serves.
CREATE TABLE directory (
    tenant  text PRIMARY KEY REFERENCES tenant,
    version bigint NOT NULL DEFAULT 0
);

ALTER TABLE terminal
    -- Whose accounts it is told; NULL: none.
    ADD COLUMN district text,
    -- The directory's version when that was set; below it a difference would start from another district.
    ADD COLUMN district_since bigint NOT NULL DEFAULT 0;

CREATE TABLE account (
    tenant   text NOT NULL REFERENCES tenant,
    account  text NOT NULL,
    district text NOT NULL,
    -- The holder's name in full; terminals get it masked.
    name     text NOT NULL DEFAULT '',
    -- Building and room.
    place    text NOT NULL DEFAULT '',
    -- The directory's version at the last change of the account, its meters or its cards.
    changed  bigint NOT NULL,
    PRIMARY KEY (tenant, account)
);
CREATE INDEX account_changed ON account (tenant, district, changed);

-- Accounts that left a district: removed, or moved to another one.
CREATE TABLE account_gone (
    tenant   text NOT NULL REFERENCES tenant,
    district text NOT NULL,
    account  text NOT NULL,
    changed  bigint NOT NULL,
    PRIMARY KEY (tenant, district, account)
);
CREATE INDEX account_gone_changed ON account_gone (tenant, district, changed);

CREATE TABLE meter (
    tenant      text NOT NULL,
    number      text NOT NULL,
    account     text NOT NULL,
    utility     text NOT NULL CHECK (utility IN ('electricity', 'water', 'hot_water', 'gas', 'heat')),
    profile     text NOT NULL,
    address     text NOT NULL,
    segment     smallint NOT NULL CHECK (segment BETWEEN 0 AND 31),
    baud        integer,
    parity      text CHECK (parity IN ('even', 'none', 'odd')),
    customer    text,
    place       text NOT NULL DEFAULT '',
    -- Minor units.
    low_balance bigint NOT NULL DEFAULT 0,
    -- Who keeps the money: the meter, or the server.
    billing     text NOT NULL DEFAULT 'on_meter' CHECK (billing IN ('on_meter', 'on_account')),
    -- Who alone may send it the next purchase number: a terminal, or 'server'; NULL: nobody yet.
    owner       text,
    PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, account) REFERENCES account
);
CREATE INDEX meter_of_account ON meter (tenant, account);

CREATE TABLE card (
    tenant   text NOT NULL,
    number   text NOT NULL,
    -- NULL for cards of staff.
    account  text,
    kind     text NOT NULL DEFAULT 'resident' CHECK (kind IN ('resident', 'maintenance', 'clerk', 'manager')),
    state    text NOT NULL CHECK (state IN ('ordered', 'issued', 'lost', 'revoked', 'reclaimed')),
    -- The card that took its place.
    replaced_by text,
    PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, account) REFERENCES account,
    CHECK ((account IS NOT NULL) = (kind = 'resident'))
);
CREATE INDEX card_of_account ON card (tenant, account);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['directory', 'account', 'account_gone', 'meter', 'card'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
GRANT DELETE ON account, account_gone, meter TO meterpost_server;
