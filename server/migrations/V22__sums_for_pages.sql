-- Pages stay quick where there are a million top-ups and a hundred million readings: indexes for what is looked for among what is long done, and sums
-- of days that are over. Sums are only ever worked out from the rows that they sum, by the same statements, and can be thrown away at any time.

-- The few days and months that are not had, among those that are.
CREATE INDEX meter_period_not_had ON meter_period (tenant, first DESC, meter) WHERE state <> 'had';
-- Who owes, among all postings.
CREATE INDEX posting_of_debt ON wallet_posting (tenant, account, journal) WHERE book = 'debt';
-- The newest events that somebody has taken up.
CREATE INDEX concentrator_event_taken ON concentrator_event (tenant, received_at DESC) WHERE taken_by IS NOT NULL;
-- A meter's newest orders.
CREATE INDEX meter_order_of_meter ON meter_order (tenant, meter, seq);
-- An account's sales, and what belongs to a sale.
CREATE INDEX terminal_sale_of_account ON terminal_sale (tenant, account) WHERE account IS NOT NULL;
CREATE INDEX terminal_money_of_sale ON terminal_money (tenant, terminal, epoch, sale) WHERE sale IS NOT NULL;
DROP INDEX terminal_money_paid;
-- What all meters said at the end of one day.
CREATE INDEX reading_of_day ON reading (tenant, at) INCLUDE (meter, value, places) WHERE kind = 'day';
-- The notes that went into a box, in the order of its log.
CREATE INDEX terminal_money_notes ON terminal_money (tenant, terminal, epoch, seq) INCLUDE (cash_box) WHERE event IN (4, 19);

-- The building of an account: the part of its place up to the word for one, else up to the first separator. Reports group by it.
ALTER TABLE account ADD COLUMN building text GENERATED ALWAYS AS
    (coalesce(substring(place FROM '^.*?(?:号楼|栋|幢|座|楼)'), substring(place FROM '^[^ ,/-]+'), '')) STORED;
CREATE INDEX account_building ON account (tenant, account) INCLUDE (building);

-- A local day whose movements are summed. It begins and is over at these seconds since 1970, by the zone that the tenant had then.
CREATE TABLE moved_summed (
    tenant text NOT NULL REFERENCES tenant,
    day    date NOT NULL,
    zone   text NOT NULL,
    first  bigint NOT NULL,
    beyond bigint NOT NULL CHECK (beyond > first),
    PRIMARY KEY (tenant, day)
);

-- Its sums. total: every movement by what it was; moved: by terminal and clerk as well; charge: every credit at a meter and payment into a wallet, by how it was paid; credit:
-- those of terminals, by the account whose meter it was; account: what changed in accounts' wallets, by the journal's kind.
CREATE TABLE moved_day (
    tenant   text NOT NULL,
    day      date NOT NULL,
    part     text NOT NULL CHECK (part IN ('total', 'moved', 'charge', 'credit', 'account')),
    what     text NOT NULL,
    terminal text,
    clerk    text,
    utility  text,
    account  text,
    count    bigint NOT NULL,
    amount   bigint NOT NULL,
    FOREIGN KEY (tenant, day) REFERENCES moved_summed ON DELETE CASCADE
);
CREATE INDEX moved_day_of ON moved_day (tenant, part, day);
-- For the cascade.
CREATE INDEX moved_day_day ON moved_day (tenant, day);

-- What comes in about a day that may be summed throws its sums away. Whoever sums (report/summed.rs) holds the lock alone, takes it before it
-- looks, and sums no day that was not over two days ago: so what is not seen by it finds the sums, and what is younger need not ask.
CREATE FUNCTION moved_sums_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(NEW.tenant || ' summed', 0));
    DELETE FROM moved_summed WHERE tenant = NEW.tenant AND first <= NEW.at AND beyond > NEW.at;
    RETURN NULL;
END
$$;
CREATE TRIGGER sums_go AFTER INSERT ON terminal_money
    FOR EACH ROW WHEN (NEW.at < extract(epoch FROM now())::bigint - 86400) EXECUTE FUNCTION moved_sums_go();
CREATE TRIGGER sums_go AFTER INSERT ON posting_journal
    FOR EACH ROW WHEN (NEW.at < extract(epoch FROM now())::bigint - 86400) EXECUTE FUNCTION moved_sums_go();

-- What the settled days of a meter in a month come to, each by its newest revision.
CREATE TABLE settled_month (
    tenant      text NOT NULL REFERENCES tenant,
    month       date NOT NULL,
    account     text NOT NULL,
    utility     text NOT NULL,
    meter       text NOT NULL,
    days        integer NOT NULL,
    estimated   integer NOT NULL,
    -- In 1/10000 of the unit.
    consumption numeric NOT NULL,
    -- Minor units.
    charge      bigint NOT NULL,
    PRIMARY KEY (tenant, month, account, utility, meter)
);
CREATE INDEX settled_month_meter ON settled_month (tenant, meter, month);

CREATE FUNCTION settled_months_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM settled_month m
        USING (SELECT DISTINCT tenant, meter, date_trunc('month', day::timestamp)::date AS month FROM new_days) AS n
        WHERE m.tenant = n.tenant AND m.meter = n.meter AND m.month = n.month;
    INSERT INTO settled_month (tenant, month, account, utility, meter, days, estimated, consumption, charge)
    SELECT n.tenant, n.month, d.account, d.utility, n.meter, count(*), count(*) FILTER (WHERE d.basis = 'estimated'), sum(d.consumption), sum(d.charge)
    FROM (SELECT DISTINCT tenant, meter, date_trunc('month', day::timestamp)::date AS month FROM new_days) AS n
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (s.day) s.account, s.utility, s.basis, s.consumption, s.charge FROM settled_day s
        WHERE s.tenant = n.tenant AND s.meter = n.meter AND s.day >= n.month AND s.day < n.month + interval '1 month'
        ORDER BY s.day, s.revision DESC) AS d
    GROUP BY n.tenant, n.month, d.account, d.utility, n.meter;
    RETURN NULL;
END
$$;
-- One run settles a tenant at a time, under its lock.
CREATE TRIGGER months_follow AFTER INSERT ON settled_day
    REFERENCING NEW TABLE AS new_days FOR EACH STATEMENT EXECUTE FUNCTION settled_months_follow();

DO $$
DECLARE
    name text;
BEGIN
    -- Those that are there already, which forced policies would hide from their owner.
    ALTER TABLE settled_day NO FORCE ROW LEVEL SECURITY;
    INSERT INTO settled_month (tenant, month, account, utility, meter, days, estimated, consumption, charge)
    SELECT tenant, date_trunc('month', day::timestamp)::date, account, utility, meter, count(*), count(*) FILTER (WHERE basis = 'estimated'),
        sum(consumption), sum(charge)
    FROM (SELECT DISTINCT ON (tenant, meter, day) * FROM settled_day ORDER BY tenant, meter, day, revision DESC) AS newest
    GROUP BY 1, 2, 3, 4, 5;
    ALTER TABLE settled_day FORCE ROW LEVEL SECURITY;
    FOREACH name IN ARRAY ARRAY['moved_summed', 'moved_day', 'settled_month'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
