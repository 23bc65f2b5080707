-- Reports: what terminals' logs say of money, in rows. The entries themselves stay what is signed; these tables are read from them in the
-- transaction that follows a cosigned head, and are only ever added to.

-- Days and months are local ones: a name of the time zone database.
ALTER TABLE tenant ADD COLUMN zone text NOT NULL DEFAULT 'Asia/Shanghai';
GRANT UPDATE (zone) ON tenant TO meterpost_server;

-- How far each log has been read. Logs that were there before are caught up with in pieces.
CREATE TABLE log_read (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    -- Entries below this place are in the tables that follow.
    size     bigint NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch)
);

-- A sale, as it was opened.
CREATE TABLE terminal_sale (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    sale     bigint NOT NULL,
    seq      bigint NOT NULL,
    -- Seconds since 1970, as in the next table.
    at       bigint NOT NULL,
    meter    text NOT NULL,
    utility  text NOT NULL,
    -- Whose meter it was in the directory when the entry was read; NULL: it was in none.
    account  text,
    card     text,
    -- The amount chosen on the screen.
    target   bigint NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch, sale)
);

-- An entry that moves money: its postings, one column for each account of the terminal's ledger. In the ledger's sense: an asset is
-- positive, a debt negative, and a row sums to zero.
CREATE TABLE terminal_money (
    tenant          text NOT NULL REFERENCES tenant,
    terminal        text NOT NULL,
    epoch           bigint NOT NULL,
    seq             bigint NOT NULL,
    -- Seconds since 1970 by the terminal's clock, but never later than when the entry was read here.
    at              bigint NOT NULL,
    -- How that clock was set: 0 never, 1 restored, 2 battery, 3 network, 4 server.
    clock           smallint NOT NULL,
    -- The number of the event, as in docs/ledger.cddl.
    event           smallint NOT NULL,
    sale            bigint,
    cash_box        bigint NOT NULL DEFAULT 0,
    cash_in_doubt   bigint NOT NULL DEFAULT 0,
    suspense        bigint NOT NULL DEFAULT 0,
    in_delivery     bigint NOT NULL DEFAULT 0,
    credited        bigint NOT NULL DEFAULT 0,
    owed            bigint NOT NULL DEFAULT 0,
    owed_in_doubt   bigint NOT NULL DEFAULT 0,
    collected       bigint NOT NULL DEFAULT 0,
    cash_difference bigint NOT NULL DEFAULT 0,
    wallets         bigint NOT NULL DEFAULT 0,
    provider        bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, terminal, epoch, seq),
    CHECK (cash_box + cash_in_doubt + suspense + in_delivery + credited + owed + owed_in_doubt + collected + cash_difference
           + wallets + provider = 0)
);
CREATE INDEX terminal_money_at ON terminal_money (tenant, at);
-- How a sale was paid.
CREATE INDEX terminal_money_paid ON terminal_money (tenant, terminal, epoch, sale) WHERE event = 29;

-- The cash box was emptied: what the terminal says was in it.
CREATE TABLE cash_collection (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    period   bigint NOT NULL,
    seq      bigint NOT NULL,
    at       bigint NOT NULL,
    made_by  text NOT NULL,
    notes    bigint NOT NULL,
    amount   bigint NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch, period)
);

-- What was counted of a collection.
CREATE TABLE cash_count (
    tenant     text NOT NULL REFERENCES tenant,
    terminal   text NOT NULL,
    epoch      bigint NOT NULL,
    period     bigint NOT NULL,
    seq        bigint NOT NULL,
    at         bigint NOT NULL,
    counted_by text NOT NULL,
    counted    bigint NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch, period)
);

-- Which meter measures what this one measures again: the main meter of a building, and those behind it. By number, as readings are.
CREATE TABLE main_meter (
    tenant text NOT NULL REFERENCES tenant,
    meter  text NOT NULL,
    main   text NOT NULL,
    PRIMARY KEY (tenant, meter),
    CHECK (meter <> main)
);
CREATE INDEX main_meter_main ON main_meter (tenant, main);

-- Reports that were put into the folder: each once.
CREATE TABLE report_sent (
    tenant  text NOT NULL REFERENCES tenant,
    report  text NOT NULL,
    every   text NOT NULL CHECK (every IN ('day', 'month')),
    -- The first day of its period.
    first   date NOT NULL,
    format  text NOT NULL,
    file    text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, report, every, first, format)
);

-- Takings by day ask for what happened between two moments, over all accounts.
CREATE INDEX journal_at ON posting_journal (tenant, at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['log_read', 'terminal_sale', 'terminal_money', 'cash_collection', 'cash_count', 'main_meter',
                                'report_sent'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
GRANT UPDATE (size) ON log_read TO meterpost_server;
GRANT UPDATE (main), DELETE ON main_meter TO meterpost_server;
