-- Persons, terminals and their commands, alerts that go on and that are over, the trail. :accounts and :topups are numbers.
INSERT INTO staff (tenant, name, role) SELECT 'east', 'M' || n, 'manager' FROM generate_series(0, 40) n;
INSERT INTO terminal (tenant, terminal, epoch, district) SELECT 'east', 'k' || n, 1, 'north' FROM generate_series(1, 200) n;
INSERT INTO log (tenant, terminal, epoch, memory, version, last_contact)
    SELECT 'east', 'k' || n, 1, '{}', 1, now() FROM generate_series(1, 200) n;
INSERT INTO log_read (tenant, terminal, epoch, size) SELECT 'east', 'k' || n, 1, 0 FROM generate_series(1, 200) n;
INSERT INTO terminal_status (tenant, terminal, epoch, at, status, clock_offset)
    SELECT 'east', 'k' || n, 1, now(), '{"wall": 0, "clock": "ntp", "software": "1", "uptime": 1, "session": "free", "session_for": 1,
        "devices": {"printer": "ok", "cash": "ok"}, "cash_box": {"notes": 150, "money": 1, "capacity": 600}, "unknown_deliveries": 0, "owed": 0}', 0
    FROM generate_series(1, 200) n;
INSERT INTO command (tenant, terminal, version, word, content, bytes, issued_by, until, state)
    SELECT 'east', 'k' || k, n, 'send_logs', '{"command": "send_logs", "lines": 200}', '', 'Lin', now(), 'done'
    FROM generate_series(1, 200) k, generate_series(1, 100) n;
INSERT INTO terminal_log (tenant, terminal, version, lines)
    SELECT 'east', 'k' || k, 100, repeat('2026-11-27T05:00:00Z INFO a line of a log' || E'\n', 200) FROM generate_series(1, 200) k;
INSERT INTO enrolment (tenant, terminal, digest, request, code, asked_at)
    SELECT 'east', 'n' || n, sha256(n::text::bytea), 'request', 'CODE-' || n, now() FROM generate_series(1, 100) n;
INSERT INTO alert (tenant, about, terminal, kind, words, since, ended_at)
    SELECT 'east', 'terminal', 'k' || (1 + n % 200), 'paper', 'no paper', now() - make_interval(mins => n), now() - make_interval(mins => n - 1)
    FROM generate_series(1, :topups / 10) n;
-- One account of twenty is low at any time, and one meter of two hundred leaks.
INSERT INTO alert (tenant, about, terminal, kind, words, since)
    SELECT 'east', 'account', 'A-' || lpad(n::text, 7, '0'), 'balance.low', 'its balance is low', now() - make_interval(mins => n)
    FROM generate_series(1, :accounts, 20) n;
INSERT INTO alert (tenant, about, terminal, kind, words, since)
    SELECT 'east', 'meter', lpad(n::text, 12, '0'), 'leak', 'it may leak', now() - make_interval(mins => n)
    FROM generate_series(1, :meters, 200) n;
INSERT INTO audit (tenant, at, actor, act, object, outcome)
    SELECT 'east', now() - make_interval(secs => (:topups - n)::double precision * 30), 'Lin', 'wallet.top_up', 'A-' || lpad((n % :accounts)::text, 7, '0'), 'done'
    FROM generate_series(1, :topups) n;
