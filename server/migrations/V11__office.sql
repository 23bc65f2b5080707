-- What people do at a desk: persons who may not come in any more, an account's history, and meters that are taken down with money in
-- them.

-- Nothing of a person is forgotten, for the trail names them; who has left is blocked.
ALTER TABLE staff ADD COLUMN blocked boolean NOT NULL DEFAULT false;
GRANT UPDATE (role, blocked) ON staff TO meterpost_server;

CREATE TABLE account_history (
    tenant  text NOT NULL REFERENCES tenant,
    id      bigint GENERATED ALWAYS AS IDENTITY,
    account text NOT NULL,
    -- Seconds since 1970.
    at      bigint NOT NULL,
    by      text NOT NULL,
    -- District, holder, place and meters as they were and as they became; NULL: there was, or is, none.
    before  jsonb,
    after   jsonb,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX account_history_account ON account_history (tenant, account, id);

-- A meter that was taken down, with what it showed at the end. Money that was left in it goes to the account's wallet once another person
-- than the one who asked has agreed.
CREATE TABLE meter_removal (
    tenant       text NOT NULL REFERENCES tenant,
    -- Chosen by who asks.
    removal      text NOT NULL,
    account      text NOT NULL,
    meter        text NOT NULL,
    -- As it stood on the meter, with its unit.
    reading      text NOT NULL CHECK (length(reading) BETWEEN 1 AND 40),
    -- Minor units.
    balance      bigint NOT NULL CHECK (balance >= 0),
    -- The meter that took its place.
    replaced_by  text,
    reason       text NOT NULL CHECK (length(reason) BETWEEN 3 AND 500),
    -- settled: nothing was left in it.
    state        text NOT NULL CHECK (state IN ('settled', 'waiting', 'approved', 'refused')),
    requested_by text NOT NULL,
    requested_at bigint NOT NULL,
    decided_by   text,
    decided_at   bigint,
    PRIMARY KEY (tenant, removal),
    FOREIGN KEY (tenant, account) REFERENCES account,
    CONSTRAINT removal_four_eyes CHECK (decided_by <> requested_by),
    CHECK ((state = 'settled') = (balance = 0)),
    CHECK ((state IN ('approved', 'refused')) = (decided_by IS NOT NULL) AND (decided_by IS NULL) = (decided_at IS NULL))
);
CREATE INDEX meter_removal_account ON meter_removal (tenant, account);

-- `meters`: money that came back from meters, which terminals had credited to them.
ALTER TABLE wallet_posting DROP CONSTRAINT wallet_posting_book_check;
ALTER TABLE wallet_posting ADD CONSTRAINT wallet_posting_book_check
    CHECK (book IN ('wallet', 'held', 'debt', 'desk', 'bank', 'provider', 'untaken', 'terminals', 'returning', 'meters'));

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['account_history', 'meter_removal'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', table_name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', table_name);
    END LOOP;
END
$$;
-- A person's name and home are forgotten when the law asks for it; when something changed, and who changed it, is not.
GRANT UPDATE (before, after) ON account_history TO meterpost_server;
GRANT UPDATE (state, decided_by, decided_at) ON meter_removal TO meterpost_server;

-- Events of concentrators are worked off: who has taken one up.
ALTER TABLE concentrator_event ADD COLUMN taken_by text;
GRANT UPDATE (taken_by) ON concentrator_event TO meterpost_server;
CREATE INDEX concentrator_event_open ON concentrator_event (tenant, received_at) WHERE taken_by IS NULL;

-- How an act ended is written once.
CREATE POLICY outcome_once ON audit AS RESTRICTIVE FOR UPDATE USING (outcome IS NULL) WITH CHECK (true);

-- A password for one sign-in that nobody used is good for a week.
ALTER TABLE staff_secret ADD COLUMN expires_at timestamptz;

-- What people search accounts by, in one text: number, name, place, numbers of meters and cards. One such text for each account is looked through
-- faster than five columns of three tables, and no index helps a part of a word behind row-level security.
CREATE TABLE account_search (
    tenant  text NOT NULL,
    account text NOT NULL,
    words   text NOT NULL,
    PRIMARY KEY (tenant, account)
);

CREATE FUNCTION account_words(of_tenant text, of_account text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO account_search (tenant, account, words)
    SELECT tenant, account, lower(concat_ws(E'\n', account, name, place,
        (SELECT string_agg(number, E'\n') FROM meter m WHERE m.tenant = a.tenant AND m.account = a.account),
        (SELECT string_agg(number, E'\n') FROM card c WHERE c.tenant = a.tenant AND c.account = a.account)))
    FROM account a WHERE tenant = of_tenant AND account = of_account
    ON CONFLICT (tenant, account) DO UPDATE SET words = excluded.words WHERE account_search.words <> excluded.words
$$;

CREATE FUNCTION account_words_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.account IS NOT NULL THEN
        IF TG_TABLE_NAME = 'account' AND TG_OP = 'DELETE' THEN
            DELETE FROM account_search WHERE tenant = OLD.tenant AND account = OLD.account;
        ELSE
            PERFORM account_words(OLD.tenant, OLD.account);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.account IS NOT NULL AND (TG_OP = 'INSERT' OR TG_TABLE_NAME = 'account' OR NEW.account IS DISTINCT FROM OLD.account) THEN
        PERFORM account_words(NEW.tenant, NEW.account);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER words_follow AFTER INSERT OR DELETE OR UPDATE OF name, place ON account
    FOR EACH ROW EXECUTE FUNCTION account_words_follow();
CREATE TRIGGER words_follow AFTER INSERT OR DELETE OR UPDATE OF account ON meter
    FOR EACH ROW EXECUTE FUNCTION account_words_follow();
CREATE TRIGGER words_follow AFTER INSERT OR UPDATE OF account ON card
    FOR EACH ROW EXECUTE FUNCTION account_words_follow();

-- Those that are there already. Whoever owns the tables sees no row of them while the policies hold for him too.
DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['account', 'meter', 'card'] LOOP
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', table_name);
    END LOOP;
    PERFORM account_words(tenant, account) FROM account;
    FOREACH table_name IN ARRAY ARRAY['account', 'meter', 'card'] LOOP
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
    END LOOP;
    ALTER TABLE account_search ENABLE ROW LEVEL SECURITY;
    ALTER TABLE account_search FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON account_search USING (tenant = current_setting('meterpost.tenant', true));
    GRANT SELECT, INSERT, UPDATE, DELETE ON account_search TO meterpost_server;
END
$$;

-- When anything was read of a meter last: a tree of two thousand meters is not asked of their readings.
ALTER TABLE meter_point ADD COLUMN read_at timestamptz;

-- The trail by person and by what it was done to, in bytes' order, so that a beginning is a range.
-- An act may be done to a thousand accounts, whose names no index holds: it has the first letters.
ALTER TABLE audit ADD COLUMN object_begins text COLLATE "C" GENERATED ALWAYS AS (left(object, 64)) STORED;
CREATE INDEX audit_actor ON audit (tenant, actor, id);
CREATE INDEX audit_object ON audit (tenant, object_begins, id);
-- The newest alerts that ended.
CREATE INDEX alert_ended ON alert (tenant, ended_at DESC) WHERE ended_at IS NOT NULL;
