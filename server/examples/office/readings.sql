-- Partitions of five years; in them a reading of each of :meters meters for each of the last :days days, and one an hour for the last :hours hours,
-- in the order of time, as they come in. Partitions are filled before they have their index, and are not logged: on the disk they are the same.
SET client_min_messages = warning;
DO $$
DECLARE
    month date := date_trunc('month', localtimestamp - interval '60 months')::date;
    next  date;
    part  text;
BEGIN
    WHILE month <= date_trunc('month', localtimestamp)::date + interval '1 month' LOOP
        next := (month + interval '1 month')::date;
        part := 'reading_' || to_char(month, 'YYYY_MM');
        EXECUTE format('DROP TABLE IF EXISTS %I', part);
        EXECUTE format('CREATE UNLOGGED TABLE %I (LIKE reading INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CHECK (at >= %L AND at < %L))', part, month, next);
        EXECUTE format('INSERT INTO %I (tenant, meter, kind, at, unit, value, places, detail)
            SELECT %L, lpad(m::text, 12, %L), %L, d.at, %L, 1000000 - (current_date - d.at::date) * 40 + m %% 900, 2, %L
            FROM generate_series(greatest(%L::date, current_date - :days), least(%L::date - 1, current_date - 1), interval %L) AS d(at)
            CROSS JOIN LATERAL generate_series(1, :meters + 0 * extract(day FROM d.at)::integer) m', part, 'east', '0', 'day', 'm3', '{}', month, next, '1 day');
        EXECUTE format('INSERT INTO %I (tenant, meter, kind, at, unit, value, places, detail)
            SELECT %L, lpad(m::text, 12, %L), %L, h.at, %L, 10000000 - (current_date - h.at::date) * 400
                + 16 * CASE m %% 200 WHEN 1 THEN extract(hour FROM h.at)::integer
                    ELSE least(extract(hour FROM h.at)::integer, 2) + greatest(extract(hour FROM h.at)::integer - 5, 0) END, 3, %L
            FROM generate_series(greatest(%L::timestamp, date_trunc(%L, localtimestamp) - make_interval(hours => :hours)),
                least(%L::timestamp - interval %L, date_trunc(%L, localtimestamp) - interval %L), interval %L) AS h(at)
            CROSS JOIN LATERAL generate_series(1, :meters + 0 * extract(hour FROM h.at)::integer) m',
            part, 'east', '0', 'quantity', 'm3', '{}', month, 'hour', next, '1 hour', 'hour', '1 hour', '1 hour');
        EXECUTE format('ALTER TABLE reading ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, month, next);
        month := next;
    END LOOP;
END
$$;
-- What meters that keep their money say is left in them, twice a day.
INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail)
    SELECT 'east', lpad(m::text, 12, '0'), 'books', date_trunc('hour', localtimestamp) - make_interval(hours => h), 'money', 20000 - m % 20000, 2, '{}'
    FROM generate_series(0, 95, 12) h, generate_series(4, :meters, 4) m;
-- Months too, and which days and months were had; of one meter in a hundred a day of the last month is missing.
INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail)
    SELECT 'east', lpad(m::text, 12, '0'), 'month', d, 'm3', 1000000 - (current_date - d::date) * 40, 2, '{}'
    FROM generate_series(date_trunc('month', localtimestamp) - interval '12 months', date_trunc('month', localtimestamp) - interval '1 month', interval '1 month') d,
        generate_series(1, :meters) m
    WHERE :days >= 390;
INSERT INTO meter_period (tenant, meter, kind, first, state)
    SELECT 'east', lpad(m::text, 12, '0'), 'day', current_date - d, CASE WHEN d = 9 AND m % 100 = 0 THEN 'missing' ELSE 'had' END
    FROM generate_series(1, least(:days, 62)) d, generate_series(1, :meters) m;
