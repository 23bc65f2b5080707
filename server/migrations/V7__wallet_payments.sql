-- Money without cash: what accounts hold, and payments by QR code. Double entry: a journal and its postings are only ever added,
-- and sum to zero. Amounts are minor units. Assets are positive and debts negative, as in a terminal's ledger.

CREATE TABLE posting_journal (
    tenant    text NOT NULL REFERENCES tenant,
    journal   bigint GENERATED ALWAYS AS IDENTITY,
    -- Seconds since 1970, by the server's clock.
    at        bigint NOT NULL,
    kind      text NOT NULL,
    -- The hold, top-up, order or reversal that it belongs to: each kind happens once to it.
    reference text NOT NULL,
    -- What was asked, to tell a repetition from something else under the same reference.
    content   jsonb NOT NULL,
    made_by   text NOT NULL,
    PRIMARY KEY (tenant, journal),
    CONSTRAINT journal_once UNIQUE (tenant, kind, reference)
);

CREATE TABLE wallet_posting (
    tenant  text NOT NULL,
    journal bigint NOT NULL,
    line    smallint NOT NULL CHECK (line > 0),
    book    text NOT NULL CHECK (book IN ('wallet', 'held', 'debt', 'desk', 'bank', 'provider', 'untaken', 'terminals', 'returning')),
    -- Whose, in the books that are kept for each account.
    account text,
    amount  bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (tenant, journal, line),
    FOREIGN KEY (tenant, journal) REFERENCES posting_journal,
    CHECK ((account IS NOT NULL) = (book IN ('wallet', 'held', 'debt')))
);
CREATE INDEX posting_of_account ON wallet_posting (tenant, account, journal) WHERE account IS NOT NULL;

-- The running balances of an account, in the sense of its owner: what is theirs is positive. Written by the trigger below only.
CREATE TABLE wallet (
    tenant  text NOT NULL,
    account text NOT NULL,
    balance bigint NOT NULL DEFAULT 0,
    -- Put aside for deliveries whose outcome is open.
    held    bigint NOT NULL DEFAULT 0,
    -- Delivered offline beyond the balance; the next money that comes in pays it.
    debt    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, account),
    FOREIGN KEY (tenant, account) REFERENCES account,
    CONSTRAINT wallet_never_negative CHECK (balance >= 0),
    CONSTRAINT held_never_negative CHECK (held >= 0),
    CONSTRAINT debt_never_negative CHECK (debt >= 0)
);

-- The server's role cannot write a balance; it follows from the postings, in the same transaction and under the wallet's row lock.
CREATE FUNCTION wallet_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- One row at a time: a check would otherwise see the new amount alone, as the balance of a row that is not there yet.
    INSERT INTO wallet (tenant, account) VALUES (NEW.tenant, NEW.account) ON CONFLICT DO NOTHING;
    UPDATE wallet SET
        balance = balance - CASE NEW.book WHEN 'wallet' THEN NEW.amount ELSE 0 END,
        held = held - CASE NEW.book WHEN 'held' THEN NEW.amount ELSE 0 END,
        debt = debt + CASE NEW.book WHEN 'debt' THEN NEW.amount ELSE 0 END
    WHERE tenant = NEW.tenant AND account = NEW.account;
    RETURN NULL;
END
$$;
CREATE TRIGGER wallet_follows AFTER INSERT ON wallet_posting
    FOR EACH ROW WHEN (NEW.account IS NOT NULL) EXECUTE FUNCTION wallet_follows();

-- Judged when the transaction ends, whatever order the postings came in.
CREATE FUNCTION journal_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF (SELECT coalesce(sum(amount), 0) <> 0 OR count(*) < 2 FROM wallet_posting
        WHERE tenant = NEW.tenant AND journal = NEW.journal) THEN
        RAISE EXCEPTION 'the postings of journal % do not sum to zero', NEW.journal
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_balances';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON posting_journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balances();
-- Also where postings were added to an older journal.
CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON wallet_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balances();

-- A function that runs as its owner must not find its tables in a schema that somebody else fills.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION wallet_follows() SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION journal_balances() SET search_path = %I, pg_temp', current_schema());
END
$$;
REVOKE ALL ON FUNCTION wallet_follows(), journal_balances() FROM PUBLIC;

-- Money of an account put aside for one delivery (two-phase: pending, then captured or released).
CREATE TABLE wallet_hold (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    -- Chosen by the terminal before it asked.
    hold     text NOT NULL,
    epoch    bigint NOT NULL,
    -- Account, meter and amount; none where it was given up before the server had heard of it.
    account  text,
    meter    text,
    amount   bigint CHECK (amount > 0),
    -- Whether the terminal delivered first, offline.
    offline  boolean NOT NULL DEFAULT false,
    state    text NOT NULL CHECK (state IN ('pending', 'captured', 'released')),
    made_at  bigint NOT NULL,
    ended_at bigint,
    ended_by text,
    -- Of a manager who ended it in the terminal's place.
    reason   text,
    PRIMARY KEY (tenant, terminal, hold),
    FOREIGN KEY (tenant, account) REFERENCES account,
    CHECK ((state = 'pending') = (ended_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK ((account IS NULL) = (amount IS NULL) AND (account IS NULL) = (meter IS NULL)),
    CHECK (account IS NOT NULL OR state = 'released')
);
CREATE INDEX hold_pending ON wallet_hold (tenant, made_at) WHERE state = 'pending';

-- A payment by QR code. Each state that waits for the provider is durable before the provider is called.
CREATE TABLE payment_order (
    tenant      text NOT NULL REFERENCES tenant,
    -- Our order number at the provider.
    number      text NOT NULL,
    terminal    text NOT NULL,
    -- Chosen by the terminal before it asked.
    payment     text NOT NULL,
    epoch       bigint NOT NULL,
    -- For a terminal's sale ...
    sale        text,
    meter       text,
    -- ... or for an account's wallet.
    account     text,
    amount      bigint NOT NULL CHECK (amount > 0),
    description text NOT NULL,
    state       text NOT NULL CHECK (state IN ('created', 'waiting', 'cancelling', 'paid', 'taken', 'cancelled', 'expired',
                                               'refused', 'paid_late', 'refunding', 'refunded')),
    -- What the QR code says.
    code        text,
    -- The provider's number of the money that came, and how much it was.
    transaction text,
    received    bigint CHECK (received > 0),
    made_at     bigint NOT NULL,
    expires_at  bigint NOT NULL,
    changed_at  bigint NOT NULL,
    -- When the provider is asked next; NULL: not any more.
    next_at     bigint,
    attempts    integer NOT NULL DEFAULT 0,
    -- What went wrong last, for people.
    trouble     text,
    PRIMARY KEY (tenant, number),
    UNIQUE (tenant, terminal, payment),
    FOREIGN KEY (tenant, account) REFERENCES account,
    CONSTRAINT transaction_once UNIQUE (tenant, transaction),
    CHECK ((sale IS NULL) = (meter IS NULL) AND (sale IS NULL) <> (account IS NULL)),
    CHECK ((transaction IS NULL) = (received IS NULL)),
    CHECK ((state IN ('paid', 'taken', 'paid_late', 'refunding', 'refunded')) = (transaction IS NOT NULL)),
    CHECK (state <> 'taken' OR account IS NULL)
);
CREATE INDEX payment_due ON payment_order (tenant, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX payment_listed ON payment_order (tenant, made_at);

-- Money given back is a journal reversed, whole or in part: one person asks, another decides.
CREATE TABLE reversal (
    tenant       text NOT NULL REFERENCES tenant,
    -- Chosen by who asks.
    reversal     text NOT NULL,
    journal      bigint NOT NULL,
    amount       bigint NOT NULL CHECK (amount > 0),
    -- Where the money goes: back where it came from, over the counter, by bank, or through the payment provider.
    via          text NOT NULL CHECK (via IN ('origin', 'desk', 'bank', 'provider')),
    reason       text NOT NULL CHECK (length(reason) BETWEEN 3 AND 500),
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused')),
    requested_by text NOT NULL,
    requested_at bigint NOT NULL,
    decided_by   text,
    decided_at   bigint,
    PRIMARY KEY (tenant, reversal),
    FOREIGN KEY (tenant, journal) REFERENCES posting_journal,
    CONSTRAINT four_eyes CHECK (decided_by <> requested_by),
    CHECK ((state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL))
);
CREATE INDEX reversal_of_journal ON reversal (tenant, journal);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['posting_journal', 'wallet_posting', 'wallet', 'wallet_hold', 'payment_order', 'reversal'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT ON %I TO meterpost_server', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['posting_journal', 'wallet_posting', 'wallet_hold', 'payment_order', 'reversal'] LOOP
        EXECUTE format('GRANT INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
GRANT UPDATE (state, ended_at, ended_by, reason) ON wallet_hold TO meterpost_server;
GRANT UPDATE (state, code, transaction, received, changed_at, next_at, attempts, trouble) ON payment_order TO meterpost_server;
GRANT UPDATE (state, decided_by, decided_at) ON reversal TO meterpost_server;
