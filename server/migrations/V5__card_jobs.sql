-- Desks make cards: each job is one card at one desk terminal.

-- Numbers of cards rise over all tenants, so that no card is ever taken for another's.
CREATE SEQUENCE card_number;

CREATE TABLE card_job (
    tenant     text NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    card       text NOT NULL,
    -- The desk that makes it.
    terminal   text NOT NULL,
    -- certified: the card's keys are, but the card is not handed out before it is done.
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'certified', 'done', 'failed')),
    -- Why it failed, in words.
    why        text CHECK ((why IS NOT NULL) = (state = 'failed')),
    ordered_by text NOT NULL,
    ordered_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed'))),
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, card) REFERENCES card,
    FOREIGN KEY (tenant, terminal) REFERENCES terminal
);
-- A card is made at one desk at a time.
CREATE UNIQUE INDEX card_job_open ON card_job (tenant, card) WHERE state IN ('waiting', 'certified');
CREATE INDEX card_job_terminal ON card_job (tenant, terminal, id) WHERE state IN ('waiting', 'certified');

-- Every certificate that was signed, whatever became of its card.
CREATE TABLE card_certificate (
    tenant    text NOT NULL,
    serial    bytea NOT NULL,
    card      text NOT NULL,
    job       bigint NOT NULL,
    slot      text NOT NULL CHECK (slot IN ('9E', '9A')),
    der       bytea NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, serial),
    FOREIGN KEY (tenant, card) REFERENCES card,
    FOREIGN KEY (tenant, job) REFERENCES card_job
);
CREATE INDEX card_certificate_card ON card_certificate (tenant, card);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['card_job', 'card_certificate'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
GRANT UPDATE (state, why, ended_at) ON card_job TO meterpost_server;
GRANT USAGE ON SEQUENCE card_number TO meterpost_server;
