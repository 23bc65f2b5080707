-- A tariff, and the days of this month and the one before as they were settled: those of :meters whose money is here.
SET session_replication_role = replica;
INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at)
    SELECT 'east', 'water', 'default', v, '2020-01-01'::date + v * 30, '{"utility": "water", "unit": "m3", "period": "month",
        "tiers": [{"upto": 240000, "price": 488300}, {"price": 788300}]}', 'active', 'a', 'b', now() FROM generate_series(1, 24) v;
INSERT INTO settled_day (tenant, meter, day, revision, account, utility, tariff, version, basis, consumption, rates, before, after, charge, lines,
        period, used, carry)
    SELECT 'east', lpad(m::text, 12, '0'), current_date - d, 1, 'A-' || lpad(m::text, 7, '0'), 'water', 'default', 24, CASE m % 100 WHEN 1 THEN 'estimated' ELSE 'read' END,
        4000, '{}', ARRAY[100000000 - d * 4000], ARRAY[100004000 - d * 4000], 195,
        '[{"what": "tier", "tier": 1, "quantity": 4000, "price": 488300, "amount": "195320000000000000"}]', date_trunc('month', localtimestamp)::date, 4000, 0
    FROM generate_series(1, least(:days, extract(day FROM current_date)::integer - 1 + 30)) d, generate_series(1, :meters) m WHERE m % 4 <> 0;
INSERT INTO settled_month (tenant, month, account, utility, meter, days, estimated, consumption, charge)
    SELECT tenant, date_trunc('month', day::timestamp)::date, account, utility, meter, count(*), count(*) FILTER (WHERE basis = 'estimated'),
        sum(consumption), sum(charge)
    FROM settled_day GROUP BY 1, 2, 3, 4, 5;
SET session_replication_role = origin;
