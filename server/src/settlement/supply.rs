//! Warning, cutting off and restoring: every account's balance against its terms, and what follows as decisions and orders. Nothing
//! happens for a tenant that has set no terms.

use deadpool_postgres::Transaction;
use jiff::civil::DateTime;
use meterpost_bus::meter::Profile;
use meterpost_ledger::signing::TenantId;
use tokio_postgres::Row;

use super::rules::{Decision, Standing, Terms, decide};
use super::run::SettlementError;
use super::store::BY;
use crate::alarm;
use crate::database::{Database, DatabaseError};
use crate::head_end::Nudge;
use crate::orders::{Kind, NewOrder, OrderError, create, unable};
use crate::wallet::seconds;

/// Accounts of one transaction.
const BATCH: i64 = 1000;

/// What was decided.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// Accounts that were warned.
    pub warned: u64,
    /// Accounts that were cut off.
    pub cut_off: u64,
    /// Accounts that were restored.
    pub restored: u64,
    /// Where orders wait now.
    pub nudges: Vec<Nudge>,
}

/// An account, and what is decided for it.
struct Verdict {
    account: String,
    left: i64,
    decision: Decision,
}

/// Looks through all accounts whose money pays for consumption. One server at a time; another one's look is as good.
///
/// # Errors
/// [`SettlementError`]; what was decided before it stays.
pub async fn supply(
    database: &Database,
    tenant: &TenantId,
    local: DateTime,
    now: u64,
) -> Result<Decided, SettlementError> {
    let mut connection = database.connection().await?;
    let mut decided = Decided::default();
    let mut after = String::new();
    loop {
        let transaction = connection.begin(tenant).await?;
        let mine: bool = transaction
            .query_one(
                "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' supply', 0))",
                &[&tenant.as_str()],
            )
            .await?
            .try_get(0)?;
        if !mine {
            return Ok(decided);
        }
        let house = terms_of_all(&transaction).await?;
        let rows = accounts(&transaction, tenant, &after).await?;
        let (Some(house), Some(last)) = (house, rows.last()) else {
            // Dropped it would keep the lock for some time after this has returned.
            transaction.rollback().await?;
            return Ok(decided);
        };
        let holiday = is_holiday(&transaction, local).await?;
        after = last.try_get(0)?;
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        let verdicts = rows
            .iter()
            .map(|row| verdict(row, &house, (holiday, minute)))
            .filter(|verdict| {
                !matches!(
                    verdict,
                    Ok(Verdict {
                        decision: Decision::Nothing,
                        ..
                    })
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        carry_out(&transaction, tenant, &verdicts, now, &mut decided).await?;
        transaction.commit().await?;
    }
}

const TERMS: &str = "warn_first, warn_second, emergency, keep_power, quiet_from, quiet_to";

fn terms(row: &Row, first: usize) -> Result<Terms, DatabaseError> {
    Ok(Terms {
        warn_first: row.try_get(first)?,
        warn_second: row.try_get(first + 1)?,
        emergency: row.try_get(first + 2)?,
        keep_power: row.try_get(first + 3)?,
        quiet: (row.try_get(first + 4)?, row.try_get(first + 5)?),
    })
}

/// The terms of accounts that have none of their own; `None` where the tenant has set none.
async fn terms_of_all(transaction: &Transaction<'_>) -> Result<Option<Terms>, DatabaseError> {
    let sql = format!("SELECT {TERMS} FROM supply_terms WHERE account = ''");
    let row = transaction.query_opt(&sql, &[]).await?;
    row.as_ref().map(|row| terms(row, 0)).transpose()
}

async fn is_holiday(transaction: &Transaction<'_>, local: DateTime) -> Result<bool, DatabaseError> {
    let row = transaction
        .query_opt("SELECT 1 FROM holiday WHERE day = $1", &[&local.date()])
        .await?;
    Ok(row.is_some())
}

async fn accounts(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    after: &str,
) -> Result<Vec<Row>, DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "SELECT a.account, coalesce(w.balance, 0) - coalesce(w.debt, 0), \
                 (SELECT d.decision FROM supply_decision d WHERE d.tenant = $1 AND d.account = a.account ORDER BY d.id DESC LIMIT 1), \
                 t.account IS NOT NULL, t.warn_first, t.warn_second, t.emergency, t.keep_power, t.quiet_from, t.quiet_to \
             FROM (SELECT DISTINCT account FROM meter WHERE tenant = $1 AND billing = 'on_account' AND account > $2 \
                   ORDER BY account LIMIT $3) a \
             LEFT JOIN wallet w ON w.tenant = $1 AND w.account = a.account \
             LEFT JOIN supply_terms t ON t.tenant = $1 AND t.account = a.account ORDER BY a.account",
        )
        .await?;
    let rows = transaction
        .query(&statement, &[&tenant.as_str(), &after, &BATCH])
        .await?;
    Ok(rows)
}

fn verdict(
    row: &Row,
    house: &Terms,
    (holiday, minute): (bool, i16),
) -> Result<Verdict, DatabaseError> {
    let last: Option<&str> = row.try_get(2)?;
    let standing = match last {
        None => Standing::Fine,
        Some(name) => Decision::standing(name)
            .ok_or_else(|| DatabaseError::Damaged(format!("the decision {name}")))?,
    };
    let own: bool = row.try_get(3)?;
    let terms = if own { terms(row, 4)? } else { *house };
    let left = row.try_get(1)?;
    let protected = holiday || terms.is_quiet(minute);
    Ok(Verdict {
        account: row.try_get(0)?,
        left,
        decision: decide(standing, left, &terms, protected),
    })
}

async fn carry_out(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    verdicts: &[Verdict],
    now: u64,
    decided: &mut Decided,
) -> Result<(), SettlementError> {
    for verdict in verdicts {
        let Some(name) = verdict.decision.name() else {
            continue;
        };
        let row = transaction
            .query_one(
                "INSERT INTO supply_decision (tenant, account, decision, left_over, at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
                &[&tenant.as_str(), &verdict.account, &name, &verdict.left, &seconds(now)?],
            )
            .await?;
        let id: i64 = row.try_get(0)?;
        let of = (verdict.account.as_str(), verdict.decision);
        alarm::follow(transaction, tenant, of, now).await?;
        let switch = match verdict.decision {
            Decision::CutOff => {
                decided.cut_off += 1;
                false
            }
            Decision::Restore => {
                decided.restored += 1;
                true
            }
            Decision::WarnFirst | Decision::WarnSecond => {
                decided.warned += 1;
                continue;
            }
            Decision::Nothing | Decision::Fine => continue,
        };
        order(transaction, tenant, (&verdict.account, id), switch, decided).await?;
    }
    Ok(())
}

/// Orders the account's meters on or off, those that can be switched. The decision's number makes each order one.
async fn order(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (account, decision): (&str, i64),
    on: bool,
    decided: &mut Decided,
) -> Result<(), SettlementError> {
    let rows = transaction
        .query(
            "SELECT m.number, m.profile, p.area, p.address FROM meter m JOIN meter_point p ON p.tenant = m.tenant AND p.meter = m.number \
             WHERE m.tenant = $1 AND m.account = $2 AND m.billing = 'on_account' ORDER BY m.number",
            &[&tenant.as_str(), &account],
        )
        .await?;
    for row in rows {
        let (meter, profile): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let able = Profile::builtin(profile)
            .is_ok_and(|profile| unable(Kind::Switch(on), false, &profile).is_none());
        if !able {
            continue;
        }
        let order = NewOrder {
            tenant,
            id: &format!("supply-{decision}-{meter}"),
            meter,
            kind: Kind::Switch(on),
            // The next one waits behind it, so it is never too late.
            hours: None,
            by: BY,
        };
        create(transaction, &order)
            .await
            .map_err(|error| match error {
                OrderError::Database(error) => SettlementError::Database(error),
                OrderError::Differs(id) => SettlementError::Order(id),
            })?;
        decided.nudges.push(Nudge {
            tenant: tenant.clone(),
            area: row.try_get(2)?,
            address: row.try_get(3)?,
        });
    }
    Ok(())
}
