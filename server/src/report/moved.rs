//! What moved, from both books: terminals' logs and the server's journals. Every figure of takings is a sum over these rows, and so is the
//! list of entries behind it.
//!
//! The parameters of every statement: `$1` and `$2` the period's first second and the one beyond it, `$3` the time zone, `$4` terminal,
//! `$5` clerk, `$6` utility, `$7` account, `$8` and `$9` first and last day, `$10` building, `$11` what, `$12` to `$14` epoch and places
//! of a log. Whatever is NULL narrows nothing.

/// Names every parameter with its type, so that each statement may leave some out.
pub(super) const ASKED: &str = "WITH asked AS (SELECT $1::bigint, $2::bigint, $3::text, $4::text, $5::text, $6::text, $7::text, \
     $8::date, $9::date, $10::text, $11::text, $12::bigint, $13::bigint, $14::bigint)";

/// The building of an account (V22), if there is one.
pub(super) const BUILDING: &str = "coalesce(account.building, '')";

/// `(what, at, terminal, epoch, seq, journal, sale, account, clerk, amount, clock)`: what came in is positive.
const MOVED: &str = "\
     SELECT told.what, m.at, m.terminal, m.epoch, m.seq, NULL::bigint AS journal, m.sale, NULL::text AS account, NULL::text AS clerk, \
            told.amount, m.clock \
     FROM terminal_money m CROSS JOIN LATERAL (VALUES \
         ('till_cash', CASE WHEN m.event IN (4, 19) THEN m.cash_box END), ('wallet', m.wallets), ('till_code', m.provider), \
         ('credited', -m.credited), ('owed', -m.owed), ('in_doubt', m.cash_in_doubt)) AS told (what, amount) \
     WHERE m.at >= $1 AND m.at < $2 AND told.amount <> 0 \
     UNION ALL \
     SELECT CASE WHEN p.amount < 0 THEN 'given_back' WHEN p.book = 'desk' THEN 'counter_cash' WHEN p.book = 'bank' THEN 'transfer' \
                 ELSE 'code' END, \
            j.at, NULL, NULL, NULL, j.journal, NULL, \
            (SELECT w.account FROM wallet_posting w WHERE w.tenant = j.tenant AND w.journal = j.journal AND w.account IS NOT NULL LIMIT 1), \
            CASE WHEN p.book <> 'provider' THEN j.made_by END, p.amount, NULL \
     FROM posting_journal j JOIN wallet_posting p ON p.tenant = j.tenant AND p.journal = j.journal \
     WHERE j.at >= $1 AND j.at < $2 AND p.book IN ('desk', 'bank', 'provider')";

/// What counts as taken.
pub(super) const TAKEN: &str = "('till_cash', 'counter_cash', 'transfer', 'code', 'given_back')";

/// `(at, reference, terminal, clerk, account, meter, utility, means, amount)`: every credit at a meter by a terminal, and every payment into a
/// wallet.
const CHARGE: &str = "\
     SELECT m.at, m.terminal || '/' || m.epoch || '/' || m.seq AS reference, m.terminal, NULL::text AS clerk, s.account, s.meter, s.utility, \
            CASE WHEN paid.wallets > 0 THEN 'wallet' WHEN paid.provider > 0 THEN 'code' ELSE 'till_cash' END AS means, \
            -m.credited AS amount \
     FROM terminal_money m \
     LEFT JOIN terminal_sale s ON s.tenant = m.tenant AND s.terminal = m.terminal AND s.epoch = m.epoch AND s.sale = m.sale \
     LEFT JOIN LATERAL (SELECT p.wallets, p.provider FROM terminal_money p WHERE p.tenant = m.tenant AND p.terminal = m.terminal \
                        AND p.epoch = m.epoch AND p.sale = m.sale AND p.event = 29 LIMIT 1) AS paid ON true \
     WHERE m.event = 9 AND m.at >= $1 AND m.at < $2 \
     UNION ALL \
     SELECT j.at, 'journal ' || j.journal, NULL, CASE WHEN p.book <> 'provider' THEN j.made_by END, w.account, NULL, NULL, \
            CASE p.book WHEN 'desk' THEN 'counter_cash' WHEN 'bank' THEN 'transfer' ELSE 'code' END, p.amount \
     FROM posting_journal j JOIN wallet_posting p ON p.tenant = j.tenant AND p.journal = j.journal \
     JOIN wallet_posting w ON w.tenant = j.tenant AND w.journal = j.journal AND w.book = 'wallet' \
     WHERE j.kind IN ('wallet.top_up', 'payment.received') AND p.book IN ('desk', 'bank', 'provider') AND p.amount > 0 \
       AND j.at >= $1 AND j.at < $2";

/// `(at, kind, amount)`: what changed in accounts' wallets; what an account has more is positive.
const CHANGED: &str = "SELECT j.at, j.kind, -p.amount AS amount FROM posting_journal j \
     JOIN wallet_posting p ON p.tenant = j.tenant AND p.journal = j.journal \
     WHERE p.account IS NOT NULL AND j.at >= $1 AND j.at < $2";

/// Rows of one of the three between two moments, which are columns or parameters.
fn between(rows: &str, (first, beyond): (&str, &str)) -> String {
    rows.replace("$1", first).replace("$2", beyond)
}

/// The rows of [`MOVED`].
pub(super) fn moved(moments: (&str, &str)) -> String {
    between(MOVED, moments)
}

/// Those that may be of the account `$7`: of its meters' sales, and of journals that it is in. Found by it, not among all of the period.
pub(super) fn moved_of_account(moments: (&str, &str)) -> String {
    let of_terminals = "AND told.amount <> 0";
    let of_journals = "AND p.book IN ('desk', 'bank', 'provider')";
    let rows = MOVED
        .replace(
            of_terminals,
            &format!(
                "{of_terminals} AND (m.terminal, m.epoch, m.sale) IN (SELECT terminal, epoch, sale FROM terminal_sale WHERE account = $7)"
            ),
        )
        .replace(
            of_journals,
            &format!(
                "{of_journals} AND j.journal IN (SELECT journal FROM wallet_posting WHERE account = $7)"
            ),
        );
    between(&rows, moments)
}

/// The rows of [`CHARGE`].
pub(super) fn charge(moments: (&str, &str)) -> String {
    between(CHARGE, moments)
}

/// The rows of [`CHANGED`].
pub(super) fn changed(moments: (&str, &str)) -> String {
    between(CHANGED, moments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_books_are_narrowed_to_an_account() {
        let rows = moved_of_account(("$1", "$2"));
        assert_eq!(rows.matches("account = $7").count(), 2);
    }
}
