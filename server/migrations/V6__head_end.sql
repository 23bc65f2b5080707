-- The head-end: concentrators that dial in, what they tell of their meters, orders to meters, and who may send a meter its next
-- purchase number. Rows name meters by their number without a foreign key: readings, orders and leases outlive the
-- directory's row, for an account may be written anew, and a terminal that is away still holds what it was given.

CREATE TABLE concentrator (
    tenant       text NOT NULL REFERENCES tenant,
    -- Area code and terminal address of Q/GDW 376.1.
    area         integer NOT NULL CHECK (area BETWEEN 0 AND 9999),
    address      integer NOT NULL CHECK (address BETWEEN 1 AND 65534),
    -- The name in its certificate: who shows it is this concentrator and no other.
    certificate  text NOT NULL,
    -- What its commands have to carry; NULL: it asks for none.
    password     bytea CHECK (octet_length(password) = 16),
    place        text NOT NULL DEFAULT '',
    -- Rises with each login. Who logged it in last commands its meters; whoever has an older session commands nothing more.
    session      bigint NOT NULL DEFAULT 0,
    -- The server of that session; NULL when its connection has ended.
    holder       text,
    last_contact timestamptz,
    -- Why it is not as it should be, in words; NULL: it is.
    trouble      text,
    -- When its meter archive was last found or made equal, and of how many meters it is.
    archive_at   timestamptz,
    archive_size integer,
    PRIMARY KEY (tenant, area, address),
    UNIQUE (tenant, certificate)
);

-- Which concentrator a meter hangs on, and under which measuring point.
CREATE TABLE meter_point (
    tenant  text NOT NULL,
    meter   text NOT NULL,
    area    integer NOT NULL,
    address integer NOT NULL,
    point   integer NOT NULL CHECK (point BETWEEN 1 AND 2040),
    -- Days and months are asked for from here on.
    since   date NOT NULL,
    PRIMARY KEY (tenant, meter),
    UNIQUE (tenant, area, address, point),
    FOREIGN KEY (tenant, area, address) REFERENCES concentrator
);

CREATE TABLE reading (
    tenant      text NOT NULL,
    meter       text NOT NULL,
    -- energy, quantity, books: as the concentrator read it on schedule; day, month: at its end; now: by order.
    kind        text NOT NULL CHECK (kind IN ('energy', 'quantity', 'books', 'day', 'month', 'now')),
    -- The reading's own time, local; of days and months their first moment.
    at          timestamp NOT NULL,
    unit        text NOT NULL,
    -- A number with so many places behind its point; NULL: not known.
    value       bigint,
    places      smallint NOT NULL,
    detail      jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, meter, kind, at)
) PARTITION BY RANGE (at);

-- Times that nobody made a partition for, such as those of a clock that was never set.
CREATE TABLE reading_default PARTITION OF reading DEFAULT;

-- Makes the partitions of the months from the last one to `ahead` months from now. Rows that fell into the default one are moved.
CREATE FUNCTION reading_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date;
    part  text;
    made  integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('reading_partitions'));
    FOR step IN -1..least(ahead, 24) LOOP
        month := (date_trunc('month', localtimestamp) + make_interval(months => step))::date;
        part := 'reading_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE reading INCLUDING ALL)', part);
        EXECUTE format(
            'WITH moved AS (DELETE FROM reading_default WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
            month, (month + interval '1 month')::date, part);
        EXECUTE format('ALTER TABLE reading ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            part, month, (month + interval '1 month')::date);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION reading_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reading_partitions(integer) TO meterpost_server;

-- A reading that differs from the one that is stored under its key. Neither is believed more than the other.
CREATE TABLE reading_conflict (
    tenant   text NOT NULL,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    meter    text NOT NULL,
    kind     text NOT NULL,
    at       timestamp NOT NULL,
    unit     text NOT NULL,
    value    bigint,
    places   smallint NOT NULL,
    detail   jsonb NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, id),
    UNIQUE NULLS NOT DISTINCT (tenant, meter, kind, at, unit, value, places, detail)
);

-- Days and months that are settled or were asked for. A period without a row was never asked for.
CREATE TABLE meter_period (
    tenant text NOT NULL,
    meter  text NOT NULL,
    kind   text NOT NULL CHECK (kind IN ('day', 'month')),
    first  date NOT NULL,
    state  text NOT NULL CHECK (state IN ('open', 'had', 'missing')),
    -- How often the concentrator said that it has nothing.
    asked  integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, meter, kind, first)
);

-- What concentrators told by themselves; a record is told until it is confirmed, and stands here once.
CREATE TABLE concentrator_event (
    tenant      text NOT NULL,
    area        integer NOT NULL,
    address     integer NOT NULL,
    code        smallint NOT NULL,
    at          timestamp NOT NULL,
    -- As it came, with the concentrator's own number of the event where it has one.
    detail      bytea NOT NULL,
    number      bigint,
    point       integer,
    meter       text,
    important   boolean NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, area, address, code, at, detail)
);

-- Who alone may send a meter its next purchase number: one row a meter, so never two.
CREATE TABLE meter_lease (
    tenant      text NOT NULL REFERENCES tenant,
    meter       text NOT NULL,
    -- 'server', or a terminal.
    owner       text NOT NULL,
    -- The terminal's epoch.
    epoch       bigint,
    version     bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    -- Who gets it when the owner has let go.
    next_owner  text,
    next_epoch  bigint,
    -- The reading of the meter that a fence waits for.
    fence_order text,
    -- The directory's version that tells a terminal to let go: it says that nobody owns the meter.
    told        bigint,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, meter),
    UNIQUE (tenant, meter, owner, version),
    CHECK ((owner = 'server') = (epoch IS NULL)),
    CHECK ((coalesce(next_owner, 'server') = 'server') = (next_epoch IS NULL)),
    CHECK (fence_order IS NULL OR (owner <> 'server' AND next_owner = 'server'))
);

CREATE TABLE meter_order (
    tenant        text NOT NULL REFERENCES tenant,
    -- Chosen by whoever orders: the same order said twice is one.
    id            text NOT NULL CHECK (id ~ '^[A-Za-z0-9._-]{1,64}$'),
    seq           bigint GENERATED ALWAYS AS IDENTITY,
    meter         text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('read', 'on', 'off', 'credit')),
    -- Minor units.
    amount        bigint CHECK (amount > 0),
    state         text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'unknown', 'applied', 'refused')),
    ordered_by    text NOT NULL,
    ordered_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,
    not_before    timestamptz NOT NULL DEFAULT now(),
    attempts      integer NOT NULL DEFAULT 0,
    -- The session of the concentrator that it was sent in, and when.
    session       bigint,
    sent_at       timestamptz,
    -- The purchase number, and what the meter said before it was sent.
    number        bigint,
    before        jsonb,
    -- The lease under which a credit is under way. While this stands, that lease cannot change.
    lease_owner   text CHECK (lease_owner = 'server'),
    lease_version bigint,
    why           text,
    result        jsonb,
    ended_at      timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, meter, lease_owner, lease_version) REFERENCES meter_lease (tenant, meter, owner, version),
    CHECK ((kind = 'credit') = (amount IS NOT NULL)),
    CHECK ((kind = 'credit' AND state IN ('sent', 'unknown')) = (lease_version IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_version IS NULL)),
    CHECK (lease_version IS NULL OR (number IS NOT NULL AND before IS NOT NULL)),
    CHECK ((state IN ('applied', 'refused')) = (ended_at IS NOT NULL)),
    CHECK (state IN ('queued', 'refused') OR (session IS NOT NULL AND sent_at IS NOT NULL))
);
-- One thing at a time at a meter: what is under way or unknown is settled before anything else begins, whichever server it is.
CREATE UNIQUE INDEX meter_order_under_way ON meter_order (tenant, meter) WHERE state IN ('sent', 'unknown');
CREATE INDEX meter_order_newest ON meter_order (tenant, seq);
CREATE INDEX meter_order_open ON meter_order (tenant, meter, seq) WHERE state NOT IN ('applied', 'refused');

-- How an order ended is never changed.
CREATE FUNCTION ended_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % of % has ended', OLD.id, OLD.tenant USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER ended_stays BEFORE UPDATE ON meter_order
    FOR EACH ROW WHEN (OLD.state IN ('applied', 'refused')) EXECUTE FUNCTION ended_stays();

-- Another owner is another version.
CREATE FUNCTION lease_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the lease of meter % of % must rise when it moves', OLD.meter, OLD.tenant USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER lease_rises BEFORE UPDATE ON meter_lease
    FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.owner, NEW.epoch) IS DISTINCT FROM (OLD.owner, OLD.epoch) AND NEW.version = OLD.version)
    EXECUTE FUNCTION lease_rises();

-- The directory says of a meter's owner what its lease says, whatever is written there: nobody, while a terminal is asked to let go.
CREATE FUNCTION owner_by_lease() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lease meter_lease;
BEGIN
    SELECT * INTO lease FROM meter_lease WHERE tenant = NEW.tenant AND meter = NEW.number;
    IF FOUND THEN
        NEW.owner := CASE WHEN lease.owner <> 'server' AND lease.next_owner IS NOT NULL AND lease.fence_order IS NULL
                          THEN NULL ELSE lease.owner END;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER owner_by_lease BEFORE INSERT OR UPDATE ON meter
    FOR EACH ROW EXECUTE FUNCTION owner_by_lease();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['concentrator', 'meter_point', 'reading', 'reading_conflict', 'meter_period',
                                'concentrator_event', 'meter_lease', 'meter_order'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
GRANT UPDATE ON concentrator, meter_point, meter_period, meter_lease, meter_order TO meterpost_server;
