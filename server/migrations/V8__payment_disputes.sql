-- Where a terminal's log says something of a payment that does not fit what the server has: kept for people, so that the log goes on.
CREATE TABLE payment_dispute (
    tenant   text NOT NULL REFERENCES tenant,
    terminal text NOT NULL,
    epoch    bigint NOT NULL,
    sale     bigint NOT NULL,
    -- What does not fit.
    words    text NOT NULL,
    -- Seconds since 1970, by the server's clock.
    at       bigint NOT NULL,
    PRIMARY KEY (tenant, terminal, epoch, sale)
);
ALTER TABLE payment_dispute ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_dispute FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON payment_dispute USING (tenant = current_setting('meterpost.tenant', true));
GRANT SELECT, INSERT ON payment_dispute TO meterpost_server;

-- A payment that its terminal gave up: it is to be closed, and what comes all the same goes back.
ALTER TABLE payment_order DROP CONSTRAINT payment_order_state_check;
ALTER TABLE payment_order ADD CONSTRAINT payment_order_state_check
    CHECK (state IN ('created', 'waiting', 'cancelling', 'abandoned', 'paid', 'taken', 'cancelled', 'expired', 'refused', 'paid_late', 'refunding',
                     'refunded'));
