-- Alarms of meters and accounts among the alerts: a balance that runs low, a leak, use by night, tampering, a meter that fell silent.

-- What an alert is about; `terminal` is its name. Of terminals and concentrators everything is looked at each time, so that what is not
-- found any more is over; what is about meters and accounts is raised and ended by whoever finds it.
ALTER TABLE alert ADD COLUMN about text NOT NULL DEFAULT 'terminal' CHECK (about IN ('terminal', 'concentrator', 'meter', 'account'));
DROP INDEX alert_open;
CREATE UNIQUE INDEX alert_open ON alert (tenant, about, terminal, kind) WHERE ended_at IS NULL;

-- What counts as a leak and as use by night. A utility without a row is not watched.
CREATE TABLE alarm_terms (
    tenant      text NOT NULL REFERENCES tenant,
    utility     text NOT NULL CHECK (utility IN ('electricity', 'water', 'hot_water', 'gas', 'heat')),
    -- Minutes of the local day; beyond midnight where the end is before the beginning.
    night_from  smallint NOT NULL CHECK (night_from BETWEEN 0 AND 1439),
    night_to    smallint NOT NULL CHECK (night_to BETWEEN 0 AND 1439),
    -- A leak: so many nights in a row the smallest flow was above so much, in 1/10000 unit an hour. NULL: not watched.
    leak_nights smallint CHECK (leak_nights BETWEEN 1 AND 14),
    leak_flow   bigint NOT NULL DEFAULT 0 CHECK (leak_flow >= 0),
    -- Use in one night above so much, in 1/10000 unit. NULL: not watched.
    night_use   bigint CHECK (night_use >= 0),
    PRIMARY KEY (tenant, utility),
    CHECK (mod(night_to - night_from + 1440, 1440) BETWEEN 60 AND 720),
    CHECK (leak_nights IS NULL OR utility IN ('water', 'hot_water', 'gas'))
);

ALTER TABLE alarm_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON alarm_terms USING (tenant = current_setting('meterpost.tenant', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON alarm_terms TO meterpost_server;

-- Accounts that are low already.
INSERT INTO alert (tenant, about, terminal, kind, words, since)
SELECT tenant, 'account', account, CASE decision WHEN 'warn_first' THEN 'balance.low' ELSE 'balance.urgent' END,
       CASE decision WHEN 'warn_first' THEN 'its balance is low' ELSE 'its balance is all but used up' END, to_timestamp(at)
FROM (SELECT DISTINCT ON (tenant, account) tenant, account, decision, at FROM supply_decision ORDER BY tenant, account, id DESC) d
WHERE decision IN ('warn_first', 'warn_second', 'cut_off');
