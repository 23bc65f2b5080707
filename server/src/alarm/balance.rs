//! A balance that runs low, in two levels: the same at which accounts are warned (`settlement::rules`). One of both is raised at a time.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::raised::{end, raise};
use crate::database::DatabaseError;
use crate::settlement::Decision;
use crate::status::alerts::About;

/// The levels: the kind of the alert and a sentence for people.
const LOW: (&str, &str) = ("balance.low", "its balance is low");
const URGENT: (&str, &str) = ("balance.urgent", "its balance is all but used up");

/// How low a balance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// It is well.
    Well,
    /// At the first level or below.
    Low,
    /// At the second one or below.
    Urgent,
}

/// The level that a decision about an account means; `None`: as it was.
fn level(decision: Decision) -> Option<Level> {
    match decision {
        Decision::Nothing => None,
        Decision::Fine | Decision::Restore => Some(Level::Well),
        Decision::WarnFirst => Some(Level::Low),
        Decision::WarnSecond | Decision::CutOff => Some(Level::Urgent),
    }
}

/// The level of what a meter says is left in it, in minor units.
pub(super) fn of_meter(left: i64, (first, second): (i64, i64)) -> Level {
    match left {
        left if left <= second => Level::Urgent,
        left if left <= first => Level::Low,
        _ => Level::Well,
    }
}

/// Whether a level is what is raised, by the kinds that are open.
pub(super) fn stands(level: Level, open: impl Fn(&str) -> bool) -> bool {
    [(Level::Low, LOW), (Level::Urgent, URGENT)]
        .into_iter()
        .all(|(of, (kind, _))| (level == of) == open(kind))
}

/// Raises what the level means and ends the other.
pub(super) async fn set(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (about, name): (About, &str),
    level: Level,
    now: u64,
) -> Result<(), DatabaseError> {
    for (of, (kind, words)) in [(Level::Low, LOW), (Level::Urgent, URGENT)] {
        let subject = (about, name, kind);
        match level == of {
            true => raise(transaction, tenant, subject, words, now).await?,
            false => end(transaction, tenant, subject, now).await?,
        };
    }
    Ok(())
}

/// The alarms of an account after a decision about it, in the same transaction. At the second level the first one is over: one is enough.
pub(crate) async fn follow(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (account, decision): (&str, Decision),
    now: u64,
) -> Result<(), DatabaseError> {
    match level(decision) {
        Some(level) => set(transaction, tenant, (About::Account, account), level, now).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_decision_means_one_level() {
        for (decision, expected) in [
            (Decision::Nothing, None),
            (Decision::Fine, Some(Level::Well)),
            (Decision::Restore, Some(Level::Well)),
            (Decision::WarnFirst, Some(Level::Low)),
            (Decision::WarnSecond, Some(Level::Urgent)),
            (Decision::CutOff, Some(Level::Urgent)),
        ] {
            assert_eq!(level(decision), expected, "{decision:?}");
        }
    }

    #[test]
    fn a_meters_own_balance_is_low_at_the_level_and_below() {
        let levels = (5000, 2000);
        assert_eq!(of_meter(5001, levels), Level::Well);
        assert_eq!(of_meter(5000, levels), Level::Low);
        assert_eq!(of_meter(2001, levels), Level::Low);
        assert_eq!(of_meter(2000, levels), Level::Urgent);
        assert_eq!(of_meter(-1, levels), Level::Urgent);
    }
}
