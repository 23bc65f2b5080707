-- What bringing in a tenant's file needs; and functions that run as their owner work where that owner is no superuser.

-- One month's partition of readings, made where there is none; rows of it that fell into the default one are moved. Only the owner may.
CREATE FUNCTION reading_partition(month date) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    begins date := date_trunc('month', month)::date;
    part   text := 'reading_' || to_char(month, 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('reading_partitions'));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE reading INCLUDING ALL)', part);
    EXECUTE format(
        'WITH moved AS (DELETE FROM reading_default WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
        begins, (begins + interval '1 month')::date, part);
    EXECUTE format('ALTER TABLE reading ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        part, begins, (begins + interval '1 month')::date);
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION reading_partition(date) FROM PUBLIC;

CREATE OR REPLACE FUNCTION reading_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made integer := 0;
BEGIN
    FOR step IN -1..least(ahead, 24) LOOP
        IF reading_partition((date_trunc('month', localtimestamp) + make_interval(months => step))::date) THEN
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;

-- Whoever serves says whether the tables are those that the program knows.
GRANT SELECT ON refinery_schema_history TO meterpost_server;
