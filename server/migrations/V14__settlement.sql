-- Settlement: what meters whose money is here used on a day, charged once; and what follows from a balance that runs low.

-- What was consumed and is paid or owed: the operator's revenue.
ALTER TABLE wallet_posting DROP CONSTRAINT wallet_posting_book_check;
ALTER TABLE wallet_posting ADD CONSTRAINT wallet_posting_book_check
    CHECK (book IN ('wallet', 'held', 'debt', 'desk', 'bank', 'provider', 'untaken', 'terminals', 'returning', 'meters', 'consumption'));

-- A day of a meter. The highest revision holds; each one posted the difference to the one before it.
CREATE TABLE settled_day (
    tenant       text NOT NULL,
    meter        text NOT NULL,
    day          date NOT NULL,
    revision     integer NOT NULL CHECK (revision > 0),
    -- Who pays, what flows, and by which version of which tariff.
    account      text NOT NULL,
    utility      text NOT NULL,
    tariff       text NOT NULL,
    version      integer NOT NULL,
    -- For how many people; NULL: nobody knew.
    people       smallint,
    -- Read: both registers were. Split: a part of what several days used together. Estimated: nothing is known yet.
    basis        text NOT NULL CHECK (basis IN ('read', 'split', 'estimated')),
    estimated    boolean NOT NULL GENERATED ALWAYS AS (basis <> 'read') STORED,
    -- In 1/10000 of the unit; by rate where the meter counts them.
    consumption  bigint NOT NULL CHECK (consumption >= 0),
    rates        bigint[] NOT NULL,
    -- The registers at the day's beginning and end: the total, then the rates.
    before       bigint[] NOT NULL,
    after        bigint[] NOT NULL,
    -- Minor units.
    charge       bigint NOT NULL,
    lines        jsonb NOT NULL,
    -- For the next day: the tier period, what was used in it, and what the rounding left over (10^-15 minor units).
    period       date NOT NULL,
    used         bigint NOT NULL,
    carry        bigint NOT NULL,
    -- The postings of the difference to the revision before; NULL: nothing was to be moved that way.
    journal      bigint,
    debt_journal bigint,
    settled_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, meter, day, revision),
    FOREIGN KEY (tenant, utility, tariff, version) REFERENCES tariff_version,
    FOREIGN KEY (tenant, journal) REFERENCES posting_journal,
    FOREIGN KEY (tenant, debt_journal) REFERENCES posting_journal
);
CREATE INDEX settled_unsure ON settled_day (tenant, meter, day) WHERE basis <> 'read';
CREATE INDEX settled_of_account ON settled_day (tenant, account, day);

-- A meter's register was changed, or a person says that a register that looks wrong is right: on that day the old one ended at
-- `last`, and the new one began at `first`. The total, then the rates, in 1/10000 of the unit.
CREATE TABLE register_change (
    tenant     text NOT NULL REFERENCES tenant,
    meter      text NOT NULL,
    day        date NOT NULL,
    last       bigint[] NOT NULL CHECK (cardinality(last) > 0),
    first      bigint[] NOT NULL CHECK (cardinality(first) > 0),
    reason     text NOT NULL CHECK (length(reason) BETWEEN 3 AND 500),
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, meter, day)
);

-- Meters that are not settled beyond a day until somebody has mended what is wrong. One open row a meter.
CREATE TABLE settlement_problem (
    tenant     text NOT NULL REFERENCES tenant,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    meter      text NOT NULL,
    day        date NOT NULL,
    reason     text NOT NULL CHECK (reason IN ('no_opening', 'no_tariff', 'unit', 'register', 'backwards', 'large', 'no_history', 'silent', 'charge')),
    words      text NOT NULL,
    found_at   timestamptz NOT NULL DEFAULT now(),
    cleared_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX problem_open ON settlement_problem (tenant, meter) WHERE cleared_at IS NULL;

-- What a balance that runs low leads to. Amounts are minor units.
CREATE TABLE supply_terms (
    tenant      text NOT NULL REFERENCES tenant,
    -- Empty: those of all accounts that have none of their own.
    account     text NOT NULL,
    warn_first  bigint NOT NULL,
    warn_second bigint NOT NULL,
    -- So much may be owed before it is cut off.
    emergency   bigint NOT NULL DEFAULT 0 CHECK (emergency >= 0),
    -- Never cut off: hospitals, lifts, fire pumps.
    keep_power  boolean NOT NULL DEFAULT false,
    -- Minutes of the local day in which nobody is cut off; beyond midnight where the end is not after the beginning.
    quiet_from  smallint NOT NULL DEFAULT 1320 CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to    smallint NOT NULL DEFAULT 480 CHECK (quiet_to BETWEEN 0 AND 1439),
    PRIMARY KEY (tenant, account),
    CHECK (warn_first >= warn_second AND warn_second >= -emergency)
);

-- Days on which nobody is cut off.
CREATE TABLE holiday (
    tenant text NOT NULL REFERENCES tenant,
    day    date NOT NULL,
    PRIMARY KEY (tenant, day)
);

-- What was decided for an account. The newest row is how it stands; a new one is written only when that changes.
CREATE TABLE supply_decision (
    tenant   text NOT NULL REFERENCES tenant,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    account  text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('fine', 'warn_first', 'warn_second', 'cut_off', 'restore')),
    -- The balance less the debt at that time, minor units.
    left_over bigint NOT NULL,
    -- Seconds since 1970, by the server's clock.
    at       bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX decision_of_account ON supply_decision (tenant, account, id DESC);

-- The wallets that are about to be charged, made where there is none, and locked in one order. The server's role cannot lock what it
-- cannot change.
CREATE FUNCTION settlement_wallets(accounts text[]) RETURNS TABLE (account text, balance bigint, debt bigint)
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    mine text := current_setting('meterpost.tenant', true);
BEGIN
    INSERT INTO wallet (tenant, account)
    SELECT DISTINCT mine, named FROM unnest(accounts) AS named ORDER BY named ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT w.account, w.balance, w.debt FROM wallet w
        WHERE w.tenant = mine AND w.account = ANY(accounts) ORDER BY w.account FOR UPDATE;
END
$$;

-- A function that runs as its owner must not find its tables in a schema that somebody else fills.
DO $$
DECLARE
    name text;
BEGIN
    EXECUTE format('ALTER FUNCTION settlement_wallets(text[]) SET search_path = %I, pg_temp', current_schema());
    FOREACH name IN ARRAY ARRAY['settled_day', 'register_change', 'settlement_problem', 'supply_terms', 'holiday', 'supply_decision'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION settlement_wallets(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settlement_wallets(text[]) TO meterpost_server;
GRANT UPDATE (words, cleared_at) ON settlement_problem TO meterpost_server;
GRANT UPDATE ON supply_terms TO meterpost_server;
GRANT DELETE ON holiday TO meterpost_server;
