//! The terminals' logs: each one hashed and replayed again, and what it says of wallets beside what the wallets' books have.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::{LogOrigin, TenantId, TerminalId};

use super::{Found, MOST};
use crate::database::DatabaseError;
use crate::witness::{self, Checked, WitnessError};

/// Checks every log of the tenant, older epochs too.
pub(super) async fn check(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    found: &mut Found,
) -> Result<(), WitnessError> {
    let rows = transaction
        .query(
            "SELECT terminal, epoch FROM log ORDER BY terminal, epoch",
            &[],
        )
        .await?;
    for row in rows {
        let (terminal, epoch): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        found.logs += 1;
        let origin = origin(tenant, &terminal, epoch)?;
        match witness::verify(transaction, &origin).await {
            Ok(Some(checked)) => {
                found.entries += checked.size;
                for problem in checked.problems.iter().take(MOST) {
                    found.add(Some(&terminal), format!("{origin}: {problem}"));
                }
                wallets_of(transaction, &origin, &checked, found).await?;
            }
            Ok(None) => {}
            // A row that cannot even be read is a finding; the other logs are looked at all the same.
            Err(
                error @ (WitnessError::Tree(_) | WitnessError::Database(DatabaseError::Damaged(_))),
            ) => found.add(Some(&terminal), format!("{origin}: {error}")),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn origin(tenant: &TenantId, terminal: &str, epoch: i64) -> Result<LogOrigin, DatabaseError> {
    let damaged = |error: String| DatabaseError::Damaged(error);
    let terminal = TerminalId::new(terminal).map_err(|error| damaged(error.to_string()))?;
    let epoch = u32::try_from(epoch).map_err(|error| damaged(error.to_string()))?;
    LogOrigin::new(tenant.clone(), terminal, epoch).map_err(|error| damaged(error.to_string()))
}

/// What is booked for a sale at the server.
struct Booked {
    amount: Money,
    /// A manager ended the hold: the log may never say anything of it.
    by_person: bool,
}

/// Sale by sale: what the log says was delivered from a wallet is booked so, and nothing else is. What is kept for people as a
/// dispute is theirs already.
async fn wallets_of(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    checked: &Checked,
    found: &mut Found,
) -> Result<(), WitnessError> {
    let terminal = origin.terminal().as_str();
    let disputed = disputed(transaction, origin).await?;
    let mut booked = booked(transaction, origin).await?;
    for (sale, said) in &checked.from_wallets {
        let has = booked.remove(sale).map(|booked| booked.amount);
        if has.unwrap_or(Money::ZERO) != *said && !disputed.contains(sale) {
            let has = has.unwrap_or(Money::ZERO);
            let words = format!(
                "{origin}: sale {sale} delivered {said} from a wallet by the log; the books have {has}"
            );
            found.add(Some(terminal), words);
        }
    }
    for (sale, booked) in booked {
        if !booked.by_person && !disputed.contains(&sale) {
            let amount = booked.amount;
            let words = format!(
                "{origin}: the books have {amount} delivered for sale {sale}, of which the log says nothing"
            );
            found.add(Some(terminal), words);
        }
    }
    Ok(())
}

async fn booked(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
) -> Result<BTreeMap<u64, Booked>, WitnessError> {
    let terminal = origin.terminal().as_str();
    // The terminal's name for the hold of a sale begins with the epoch (`wallet::name`).
    let prefix = format!("{terminal}/{}-", origin.epoch());
    let rows = transaction
        .query(
            "SELECT substr(j.reference, length($2) + 1), (-sum(p.amount))::bigint, bool_or(h.reason IS NOT NULL) \
             FROM posting_journal AS j JOIN wallet_posting AS p USING (tenant, journal) \
             LEFT JOIN wallet_hold AS h ON h.terminal = $1 AND h.hold = substr(j.reference, length($1) + 2) \
             WHERE j.kind IN ('hold.captured', 'hold.spent') AND starts_with(j.reference, $2) AND p.book = 'terminals' \
             GROUP BY j.reference",
            &[&terminal, &prefix],
        )
        .await?;
    let mut booked = BTreeMap::new();
    for row in rows {
        let (sale, amount, by_person): (&str, i64, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        // What is named otherwise was no sale's.
        if let Ok(sale) = sale.parse() {
            let amount = Money(amount);
            booked.insert(sale, Booked { amount, by_person });
        }
    }
    Ok(booked)
}

async fn disputed(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
) -> Result<BTreeSet<u64>, WitnessError> {
    let rows = transaction
        .query(
            "SELECT sale FROM payment_dispute WHERE terminal = $1 AND epoch = $2",
            &[&origin.terminal().as_str(), &i64::from(origin.epoch())],
        )
        .await?;
    let sales: Result<Vec<i64>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    Ok(sales?
        .into_iter()
        .filter_map(|sale| u64::try_from(sale).ok())
        .collect())
}
