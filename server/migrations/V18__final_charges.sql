-- The last charge of a meter whose money is here, up to what it showed when it was taken down: once, before its row of the directory goes.

CREATE TABLE final_charge (
    tenant    text NOT NULL,
    meter     text NOT NULL,
    -- The last day that it was charged, local: the day on which it was taken down.
    day       date NOT NULL,
    account   text NOT NULL,
    removal   text NOT NULL,
    -- What it showed: the total, then the rates, in 1/10000 of the unit.
    registers bigint[] NOT NULL CHECK (cardinality(registers) > 0),
    -- What was charged by it in all, estimates that it corrected included; minor units, negative: given back.
    charged   bigint NOT NULL,
    PRIMARY KEY (tenant, meter, day),
    FOREIGN KEY (tenant, removal) REFERENCES meter_removal
);

ALTER TABLE final_charge ENABLE ROW LEVEL SECURITY;
ALTER TABLE final_charge FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON final_charge USING (tenant = current_setting('meterpost.tenant', true));
GRANT SELECT, INSERT ON final_charge TO meterpost_server;
