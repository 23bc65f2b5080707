-- Orders about a meter's clock: read it, and set it where it is too far off.

ALTER TABLE meter_order DROP CONSTRAINT meter_order_kind_check;
ALTER TABLE meter_order ADD CONSTRAINT meter_order_kind_check
    CHECK (kind IN ('read', 'on', 'off', 'credit', 'clock', 'set_clock'));
