//! Which tables a tenant has. A test compares the list with the catalogue, so a new table that is forgotten here is seen.

use deadpool_postgres::Transaction;

use crate::database::DatabaseError;

/// What becomes of a table's rows when a tenant comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// They are written.
    Written,
    /// Triggers write them from other tables' rows; what they wrote has to be what was taken along.
    Follows,
}

/// All tables with a tenant's rows, those that others refer to before those.
pub const TABLES: &[(&str, How)] = &[
    ("tenant", How::Written),
    ("staff", How::Written),
    ("staff_secret", How::Written),
    ("terminal", How::Written),
    ("service_secret", How::Written),
    ("enrolment", How::Written),
    ("log", How::Written),
    ("log_key", How::Follows),
    ("entry", How::Written),
    ("tile", How::Written),
    ("conflict", How::Written),
    ("receipt_conflict", How::Written),
    ("notable", How::Written),
    ("log_read", How::Written),
    ("bulletin", How::Written),
    ("directory", How::Written),
    ("account", How::Written),
    ("account_gone", How::Written),
    ("account_history", How::Written),
    // Before the meters, whose owners follow from it.
    ("meter_lease", How::Written),
    ("meter", How::Written),
    ("card", How::Written),
    ("card_job", How::Written),
    ("card_certificate", How::Written),
    ("command", How::Written),
    ("terminal_log", How::Written),
    ("terminal_status", How::Written),
    ("cash_level", How::Written),
    ("alert", How::Written),
    ("concentrator", How::Written),
    ("meter_point", How::Written),
    ("reading", How::Written),
    ("reading_conflict", How::Written),
    ("meter_period", How::Written),
    ("concentrator_event", How::Written),
    ("meter_order", How::Written),
    ("posting_journal", How::Written),
    ("wallet_posting", How::Written),
    ("wallet", How::Follows),
    ("wallet_hold", How::Written),
    ("payment_order", How::Written),
    ("payment_dispute", How::Written),
    ("reversal", How::Written),
    ("meter_removal", How::Written),
    ("tariff_version", How::Written),
    ("tariff_used", How::Written),
    ("settled_day", How::Written),
    ("register_change", How::Written),
    ("settlement_problem", How::Written),
    ("final_charge", How::Written),
    ("supply_terms", How::Written),
    ("alarm_terms", How::Written),
    ("holiday", How::Written),
    ("supply_decision", How::Written),
    ("terminal_sale", How::Written),
    ("terminal_money", How::Written),
    ("cash_collection", How::Written),
    ("cash_count", How::Written),
    ("main_meter", How::Written),
    ("report_sent", How::Written),
    ("book_check", How::Written),
    ("audit", How::Written),
];

/// What is not taken along: people sign in anew, what accounts are searched by is made anew from them, and so are sums for pages.
pub const LEFT_OUT: &[&str] = &[
    "staff_session",
    "account_search",
    "moved_summed",
    "moved_day",
    "settled_month",
];

/// In which order rows are written, where that matters.
pub(super) fn order(table: &str) -> &'static str {
    match table {
        // What raises a balance before what lowers one: journals have their numbers before they have their turn at the wallet, so in their own
        // order a balance could fall below zero in between, which a check refuses.
        "wallet_posting" => "ORDER BY CASE book WHEN 'debt' THEN -amount ELSE amount END",
        _ => "",
    }
}

/// How the table and what of it is known by, where the list has it.
pub(super) fn find(name: &str) -> Option<(&'static str, How)> {
    TABLES.iter().find(|(table, _)| *table == name).copied()
}

/// A table's columns but for those that the database works out itself, in their order.
pub(super) async fn columns(
    transaction: &Transaction<'_>,
    table: &str,
) -> Result<Vec<String>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped \
             AND attgenerated = '' ORDER BY attnum",
            &[&table],
        )
        .await?;
    let names = rows.iter().map(|row| row.try_get(0));
    Ok(names.collect::<Result<_, _>>()?)
}

/// Columns as SQL lists them.
pub(super) fn listed(columns: &[String]) -> String {
    let quoted: Vec<String> = columns
        .iter()
        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
        .collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_is_listed_twice() {
        let mut names: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
        names.extend(LEFT_OUT);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
