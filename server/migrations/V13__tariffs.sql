-- Tariffs: dated versions, drafted by one person and brought into force by another. What was in force is never changed: charges
-- name the version that they were made by.

CREATE TABLE tariff_version (
    tenant       text NOT NULL REFERENCES tenant,
    utility      text NOT NULL CHECK (utility IN ('electricity', 'water', 'hot_water', 'gas', 'heat')),
    -- The tariff's name; 'default' is for meters that name none.
    name         text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,39}$'),
    version      integer NOT NULL CHECK (version > 0),
    -- The first day, local, that it holds for; until another version of the same name begins.
    valid_from   date NOT NULL,
    content      jsonb NOT NULL,
    state        text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'waiting', 'active', 'withdrawn')),
    drafted_by   text NOT NULL,
    drafted_at   timestamptz NOT NULL DEFAULT now(),
    -- Who decided: brought it into force, or refused it.
    activated_by text,
    activated_at timestamptz,
    withdrawn_by text,
    withdrawn_at timestamptz,
    PRIMARY KEY (tenant, utility, name, version),
    CONSTRAINT tariff_four_eyes CHECK (activated_by <> drafted_by),
    CHECK (state <> 'active' OR activated_by IS NOT NULL),
    CHECK (state NOT IN ('draft', 'waiting') OR activated_by IS NULL),
    CHECK ((activated_by IS NULL) = (activated_at IS NULL)),
    CHECK ((state = 'withdrawn') = (withdrawn_by IS NOT NULL) AND (withdrawn_by IS NULL) = (withdrawn_at IS NULL))
);
-- Of two versions from the same day neither would be the one.
CREATE UNIQUE INDEX tariff_from ON tariff_version (tenant, utility, name, valid_from) WHERE state = 'active';

-- People in the household; NULL: not known, and the tiers are as they are written.
ALTER TABLE account ADD COLUMN household smallint CHECK (household BETWEEN 1 AND 100);

-- The name of its tariff; NULL: its utility's default.
ALTER TABLE meter ADD COLUMN tariff text CHECK (tariff ~ '^[a-z0-9][a-z0-9._-]{0,39}$');

CREATE FUNCTION tariff_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What somebody was asked to agree to is what comes into force.
    IF (OLD.valid_from, OLD.content, OLD.drafted_by) IS DISTINCT FROM (NEW.valid_from, NEW.content, NEW.drafted_by) THEN
        RAISE EXCEPTION 'version % of tariff % of % is never changed', OLD.version, OLD.name, OLD.tenant
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tariff_stays';
    END IF;
    IF NOT (OLD.state = 'draft' AND NEW.state IN ('waiting', 'withdrawn')
            OR OLD.state = 'waiting' AND NEW.state IN ('active', 'withdrawn')
            OR OLD.state = 'active' AND NEW.state = 'withdrawn') THEN
        RAISE EXCEPTION 'version % of tariff % of % is % and cannot become %', OLD.version, OLD.name, OLD.tenant, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tariff_states';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tariff_stays BEFORE UPDATE ON tariff_version FOR EACH ROW EXECUTE FUNCTION tariff_stays();

-- Which days were charged by which version. A version that begins on one of them comes too late.
CREATE TABLE tariff_used (
    tenant    text NOT NULL,
    utility   text NOT NULL,
    name      text NOT NULL,
    version   integer NOT NULL,
    first_day date NOT NULL,
    last_day  date NOT NULL,
    PRIMARY KEY (tenant, utility, name, version),
    FOREIGN KEY (tenant, utility, name, version) REFERENCES tariff_version
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tariff_version', 'tariff_used'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant = current_setting(''meterpost.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO meterpost_server', name);
    END LOOP;
END
$$;
GRANT UPDATE (first_day, last_day) ON tariff_used TO meterpost_server;
GRANT UPDATE (state, activated_by, activated_at, withdrawn_by, withdrawn_at) ON tariff_version TO meterpost_server;
