//! The books as any test must leave them: each journal sums to zero, and every balance is what its postings say.

use super::database::TestDatabase;

/// Checks the books when it goes.
pub struct Books<'d>(pub &'d TestDatabase);

/// What is in a book, in the sense of the ledger: assets positive, debts negative.
pub fn book(database: &TestDatabase, book: &str) -> i64 {
    let sql = format!("SELECT coalesce(sum(amount), 0) FROM wallet_posting WHERE book = '{book}'");
    database.sql(&sql).parse().expect("a number")
}

/// Fails where the books do not hold together.
pub fn check(database: &TestDatabase) {
    let crooked = database.sql(
        "SELECT tenant, journal FROM wallet_posting GROUP BY tenant, journal HAVING sum(amount) <> 0 OR count(*) <> 2",
    );
    assert_eq!(crooked, "", "journals that do not balance");
    let empty = database.sql(
        "SELECT journal FROM posting_journal LEFT JOIN wallet_posting USING (tenant, journal) WHERE line IS NULL",
    );
    assert_eq!(empty, "", "journals without postings");
    let sum = database.sql("SELECT coalesce(sum(amount), 0) FROM wallet_posting");
    assert_eq!(sum, "0", "the sum of all postings");
    let drifted = database.sql(
        "SELECT account FROM wallet FULL JOIN (SELECT tenant, account, \
             -sum(amount) FILTER (WHERE book = 'wallet') AS balance, -sum(amount) FILTER (WHERE book = 'held') AS held, \
             sum(amount) FILTER (WHERE book = 'debt') AS debt \
             FROM wallet_posting WHERE account IS NOT NULL GROUP BY tenant, account) AS posted USING (tenant, account) \
         WHERE (wallet.balance, wallet.held, wallet.debt) IS DISTINCT FROM \
             (coalesce(posted.balance, 0), coalesce(posted.held, 0), coalesce(posted.debt, 0))",
    );
    assert_eq!(
        drifted, "",
        "balances that are not the sum of their postings"
    );
    let holds =
        database.sql("SELECT coalesce(sum(amount), 0) FROM wallet_hold WHERE state = 'pending'");
    assert_eq!(
        holds,
        (-book(database, "held")).to_string(),
        "the sum of the open holds"
    );
    // What lies in the payments' books is what their states say.
    for (name, states, target) in [
        ("untaken", "'paid'", "sale IS NOT NULL"),
        ("returning", "'paid_late', 'refunding'", "true"),
    ] {
        let sql = format!(
            "SELECT coalesce(sum(received), 0) FROM payment_order WHERE state IN ({states}) AND {target}"
        );
        assert_eq!(
            database.sql(&sql),
            (-book(database, name)).to_string(),
            "{name}"
        );
    }
    let here = database.sql(
        "SELECT coalesce(sum(received), 0) FROM payment_order WHERE state IN ('paid', 'taken', 'paid_late', 'refunding')",
    );
    assert_eq!(
        here,
        book(database, "provider").to_string(),
        "the money at the provider"
    );
}

impl Drop for Books<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check(self.0);
        }
    }
}
