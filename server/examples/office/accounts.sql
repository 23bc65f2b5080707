-- :accounts accounts with a meter and a card each; :meters of the meters hang on concentrators of 2000 each. Three of four have their money here.
SET session_replication_role = replica;
INSERT INTO directory (tenant, version) VALUES ('east', :accounts) ON CONFLICT DO NOTHING;
INSERT INTO account (tenant, account, district, name, place, changed)
    SELECT 'east', 'A-' || lpad(n::text, 7, '0'), 'north', (ARRAY['王','李','张','刘'])[1 + n % 4] || (ARRAY['小明','伟','芳'])[1 + n % 3],
        (n / 40) || '栋' || n % 40, n
    FROM generate_series(1, :accounts) n;
INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing)
    SELECT 'east', lpad(n::text, 12, '0'), 'A-' || lpad(n::text, 7, '0'), 'water', 'cjt188-2004', lpad(n::text, 14, '0'), 1 + n % 4,
        CASE n % 4 WHEN 0 THEN 'on_meter' ELSE 'on_account' END
    FROM generate_series(1, :accounts) n;
INSERT INTO card (tenant, number, account, state)
    SELECT 'east', 'C' || n, 'A-' || lpad(n::text, 7, '0'), 'issued' FROM generate_series(1, :accounts) n;
INSERT INTO card_job (tenant, card, terminal, state, ordered_by, ordered_at, ended_at)
    SELECT 'east', 'C' || n, 'k1', 'done', 'Lin', now(), now() FROM generate_series(1, :accounts) n;
INSERT INTO account_history (tenant, account, at, by, before, after)
    SELECT 'east', 'A-' || lpad((1 + n % :accounts)::text, 7, '0'), 1700000000 + n, 'Lin', NULL, '{"district": "north"}' FROM generate_series(1, :accounts * 2) n;
INSERT INTO concentrator (tenant, area, address, certificate, last_contact)
    SELECT 'east', 1, n, 'c' || n || '.east.example', now() FROM generate_series(1, greatest(200, :meters / 2000)) n;
INSERT INTO meter_point (tenant, meter, area, address, point, since, read_at)
    SELECT 'east', lpad(n::text, 12, '0'), 1, 1 + (n - 1) / 2000, 1 + (n - 1) % 2000, current_date - 390, now() FROM generate_series(1, :meters) n;
INSERT INTO concentrator_event (tenant, area, address, code, at, detail, meter, important, received_at, taken_by)
    SELECT 'east', 1, 1 + n % 50, 21, localtimestamp - make_interval(mins => n), int4send(n), lpad((1 + n % :meters)::text, 12, '0'), n % 3 = 0,
        now() - make_interval(mins => n), CASE WHEN n > 1000 THEN 'Lin' END
    FROM generate_series(1, :topups / 4) n;
INSERT INTO main_meter (tenant, meter, main)
    SELECT 'east', lpad(n::text, 12, '0'), lpad((n - n % 50)::text, 12, '0') FROM generate_series(51, least(:meters, 10000)) n WHERE n % 50 <> 0;
INSERT INTO meter_order (tenant, id, meter, kind, state, ordered_by, session, sent_at, ended_at)
    SELECT 'east', 'o' || n, lpad((1 + n % :meters)::text, 12, '0'), 'read', 'applied', 'Lin', 1, now(), now() FROM generate_series(1, :topups / 4) n;
INSERT INTO supply_terms (tenant, account, warn_first, warn_second) VALUES ('east', '', 1000, 500);
INSERT INTO supply_decision (tenant, account, decision, left_over, at)
    SELECT 'east', 'A-' || lpad((1 + n % :accounts)::text, 7, '0'), CASE n % 2 WHEN 0 THEN 'warn_first' ELSE 'fine' END, 900, 1700000000 + n
    FROM generate_series(1, :topups / 2) n;
INSERT INTO settlement_problem (tenant, meter, day, reason, words)
    SELECT 'east', lpad(n::text, 12, '0'), current_date - 1, 'silent', '31 days without a reading' FROM generate_series(1, :meters, 100) n;
SET session_replication_role = origin;
SELECT account_words('east', account) FROM account;
