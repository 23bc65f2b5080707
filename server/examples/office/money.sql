-- :topups top-ups in thirteen months: every other one at a terminal (a sale, its notes and its credit), the others at the counter.
SET session_replication_role = replica;
INSERT INTO wallet (tenant, account, balance) SELECT 'east', account, 5000::bigint * (:topups / 2) / :accounts FROM account;
INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by)
    SELECT 'east', extract(epoch FROM now())::bigint - (:topups / 2 - n) * 33696000::bigint / (:topups / 2), 'wallet.top_up', 't' || n, '{}', 'M' || n % 9
    FROM generate_series(1, :topups / 2) n;
INSERT INTO wallet_posting (tenant, journal, line, book, account, amount)
    SELECT 'east', n, line, CASE line WHEN 1 THEN 'desk' ELSE 'wallet' END,
        CASE line WHEN 2 THEN 'A-' || lpad((1 + n % :accounts)::text, 7, '0') END, CASE line WHEN 1 THEN 5000 ELSE -5000 END
    FROM generate_series(1, :topups / 2) n, generate_series(1, 2) line;
INSERT INTO terminal_sale (tenant, terminal, epoch, sale, seq, at, meter, utility, account, card, target)
    SELECT 'east', 'k' || (1 + n % 200), 1, n, n::bigint * 10, extract(epoch FROM now())::bigint - (:topups / 2 - n) * 33696000::bigint / (:topups / 2),
        lpad((1 + n::bigint * 7919 % :accounts)::text, 12, '0'), 'water', 'A-' || lpad((1 + n::bigint * 7919 % :accounts)::text, 7, '0'), NULL, 5000
    FROM generate_series(1, :topups / 2) n;
INSERT INTO terminal_money (tenant, terminal, epoch, seq, at, clock, event, sale, cash_box, suspense, credited)
    SELECT 'east', s.terminal, 1, s.seq + e, s.at + e * 20, 3, CASE e WHEN 1 THEN 4 ELSE 9 END, s.sale,
        CASE e WHEN 1 THEN 5000 ELSE 0 END, CASE e WHEN 1 THEN -5000 ELSE 5000 END, CASE e WHEN 1 THEN 0 ELSE -5000 END
    FROM terminal_sale s, generate_series(1, 2) e;
INSERT INTO cash_collection (tenant, terminal, epoch, period, seq, at, made_by, notes, amount)
    SELECT 'east', 'k' || k, 1, p, p::bigint * :topups * 5 / 60, extract(epoch FROM now())::bigint - (60 - p) * 561600, 'Chen', 100, 500000
    FROM generate_series(1, 200) k, generate_series(1, 60) p;
INSERT INTO cash_count (tenant, terminal, epoch, period, seq, at, counted_by, counted)
    SELECT tenant, terminal, epoch, period, seq + 1, at + 60, 'Lin', amount FROM cash_collection;
INSERT INTO reversal (tenant, reversal, journal, amount, via, reason, state, requested_by, requested_at, decided_by, decided_at)
    SELECT 'east', 'r' || n, n, 100, 'desk', 'paid twice', 'refused', 'M1', 1700000000, 'M2', 1700000001 FROM generate_series(1, :topups / 100) n;
SET session_replication_role = origin;
