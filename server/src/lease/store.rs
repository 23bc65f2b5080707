//! The leases as rows. Each change is made under the lock of the lease's row.

use deadpool_postgres::Transaction;
use meterpost_ledger::Event;
use meterpost_ledger::bulletin::directory::{CHANGES_KIND, DIRECTORY_KIND};
use meterpost_ledger::signing::{LogOrigin, TenantId, TerminalId};
use thiserror::Error;
use tokio_postgres::Row;

use super::{Decision, Facts, Lease, Owner, Refusal, Request, SERVER, Wanted, decide};
use crate::database::DatabaseError;
use crate::directory::next_version;

/// Why a lease does not move.
#[derive(Debug, Error)]
pub enum LeaseError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody has it, and nobody was given it.
    #[error("nobody has a lease of meter {0}")]
    None(String),
    /// There is no such meter.
    #[error("there is no meter {0}")]
    NoMeter(String),
    /// There is no such owner.
    #[error("there is no terminal {0} with a log; an owner is \"server\" or an enrolled terminal")]
    NoOwner(String),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for LeaseError {
    fn from(error: tokio_postgres::Error) -> LeaseError {
        LeaseError::Database(error.into())
    }
}

/// The owner that is meant by a name: `server`, or a terminal in its newest epoch.
///
/// # Errors
/// [`LeaseError::NoOwner`].
pub async fn owner_of(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
) -> Result<Owner, LeaseError> {
    if name == SERVER {
        return Ok(Owner::Server);
    }
    let none = || LeaseError::NoOwner(name.to_owned());
    let id = TerminalId::new(name).map_err(|_| none())?;
    let row = transaction
        .query_opt(
            "SELECT epoch FROM terminal WHERE tenant = $1 AND terminal = $2",
            &[&tenant.as_str(), &name],
        )
        .await?;
    let epoch = row.ok_or_else(none)?.try_get(0)?;
    Ok(Owner::Terminal { id, epoch })
}

/// A lease, locked until the transaction ends. Where the directory names an owner that has no lease yet, it gets it.
///
/// # Errors
/// When the database does not answer.
pub async fn load(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
) -> Result<Option<Lease>, LeaseError> {
    transaction
        .execute(
            "INSERT INTO meter_lease (tenant, meter, owner, epoch) \
             SELECT m.tenant, m.number, m.owner, CASE WHEN m.owner = 'server' THEN NULL ELSE t.epoch END \
             FROM meter m LEFT JOIN terminal t ON t.tenant = m.tenant AND t.terminal = m.owner \
             WHERE m.tenant = $1 AND m.number = $2 AND (m.owner = 'server' OR t.epoch IS NOT NULL) \
             ON CONFLICT DO NOTHING",
            &[&tenant.as_str(), &meter],
        )
        .await?;
    let row = transaction
        .query_opt(
            "SELECT owner, epoch, version, next_owner, next_epoch, fence_order FROM meter_lease \
             WHERE tenant = $1 AND meter = $2 FOR UPDATE",
            &[&tenant.as_str(), &meter],
        )
        .await?;
    row.map(|row| of_row(&row)).transpose()
}

fn of_row(row: &Row) -> Result<Lease, LeaseError> {
    let next: Option<String> = row.try_get(3)?;
    let fence: Option<String> = row.try_get(5)?;
    let wanted = match (fence, next) {
        (Some(order), _) => Some(Wanted::Fence(order)),
        (None, Some(next)) => Some(Wanted::Handover(owner(&next, row.try_get(4)?)?)),
        (None, None) => None,
    };
    Ok(Lease {
        owner: owner(row.try_get(0)?, row.try_get(1)?)?,
        version: row.try_get(2)?,
        wanted,
    })
}

fn owner(name: &str, epoch: Option<i64>) -> Result<Owner, DatabaseError> {
    match (name, epoch) {
        (SERVER, None) => Ok(Owner::Server),
        (name, Some(epoch)) => {
            let id = TerminalId::new(name)
                .map_err(|error| DatabaseError::Damaged(format!("lease of {name}: {error}")))?;
            Ok(Owner::Terminal { id, epoch })
        }
        (name, None) => Err(DatabaseError::Damaged(format!(
            "lease of {name} without an epoch"
        ))),
    }
}

/// The two columns of an owner.
fn columns(owner: &Owner) -> (String, Option<i64>) {
    match owner {
        Owner::Server => (SERVER.to_owned(), None),
        Owner::Terminal { id, epoch } => (id.as_str().to_owned(), Some(*epoch)),
    }
}

async fn facts(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    lease: &Lease,
) -> Result<Facts, LeaseError> {
    let (name, epoch) = columns(&lease.owner);
    let row = transaction
        .query_one(
            "SELECT (SELECT count(*) FROM meter_order WHERE tenant = $1 AND meter = $2 AND kind = 'credit' \
                     AND state IN ('sent', 'unknown')), \
                    EXISTS (SELECT FROM terminal WHERE tenant = $1 AND terminal = $3 AND epoch > $4) OR \
                    EXISTS (SELECT FROM log WHERE tenant = $1 AND terminal = $3 AND epoch = $4 \
                            AND memory->>'conflict' IS NOT NULL)",
            &[&tenant.as_str(), &meter, &name, &epoch.unwrap_or(i64::MAX)],
        )
        .await?;
    Ok(Facts {
        under_way: row.try_get(0)?,
        terminal_is_dead: row.try_get(1)?,
    })
}

/// Decides and writes what follows.
async fn ask(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    request: &Request,
) -> Result<Decision, LeaseError> {
    let lease = load(transaction, tenant, meter).await?;
    let lease = lease.ok_or_else(|| LeaseError::None(meter.to_owned()))?;
    let facts = facts(transaction, tenant, meter, &lease).await?;
    let decision = decide(&lease, request, facts);
    match &decision {
        Decision::Move(to) => give(transaction, tenant, meter, to).await?,
        Decision::Await(wanted) => {
            let (next, epoch, order) = match wanted {
                Wanted::Handover(next) => {
                    let (name, epoch) = columns(next);
                    (Some(name), epoch, None)
                }
                Wanted::Fence(order) => (Some(SERVER.to_owned()), None, Some(order.clone())),
            };
            want(transaction, tenant, meter, (next, epoch, order)).await?;
            if let (Owner::Terminal { .. }, Wanted::Handover(_)) = (&lease.owner, wanted) {
                ask_to_let_go(transaction, tenant, meter).await?;
            }
        }
        Decision::Forget => {
            want(transaction, tenant, meter, (None, None, None)).await?;
            let (name, _) = columns(&lease.owner);
            tell(transaction, tenant, meter, &name).await?;
        }
        Decision::Keep | Decision::Refuse(_) => {}
    }
    tracing::info!(%tenant, meter, ?request, ?decision, "a lease");
    Ok(decision)
}

async fn want(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    (next, epoch, order): (Option<String>, Option<i64>, Option<String>),
) -> Result<(), LeaseError> {
    transaction
        .execute(
            "UPDATE meter_lease SET next_owner = $3, next_epoch = $4, fence_order = $5, changed_at = now() \
             WHERE tenant = $1 AND meter = $2",
            &[&tenant.as_str(), &meter, &next, &epoch, &order],
        )
        .await?;
    Ok(())
}

/// The lease has another owner from now on; terminals are told with the directory.
async fn give(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    to: &Owner,
) -> Result<(), LeaseError> {
    let (name, epoch) = columns(to);
    transaction
        .execute(
            "UPDATE meter_lease SET owner = $3, epoch = $4, version = version + 1, \
             next_owner = NULL, next_epoch = NULL, fence_order = NULL, told = NULL, changed_at = now() \
             WHERE tenant = $1 AND meter = $2",
            &[&tenant.as_str(), &meter, &name, &epoch],
        )
        .await?;
    tell(transaction, tenant, meter, &name).await.map(drop)
}

/// The directory says that nobody owns the meter; once the terminal's log says that it has applied that, it has let go.
async fn ask_to_let_go(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
) -> Result<(), LeaseError> {
    // What is written as the owner is what the lease says (a trigger).
    let told = tell(transaction, tenant, meter, "").await?;
    transaction
        .execute(
            "UPDATE meter_lease SET told = $3 WHERE tenant = $1 AND meter = $2",
            &[&tenant.as_str(), &meter, &told],
        )
        .await?;
    Ok(())
}

/// The directory says whose the meter is, as a change that terminals fetch.
async fn tell(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    owner: &str,
) -> Result<i64, LeaseError> {
    let changed = next_version(transaction, tenant).await?;
    transaction
        .execute(
            "WITH moved AS (UPDATE meter SET owner = $3 WHERE tenant = $1 AND number = $2 RETURNING account) \
             UPDATE account SET changed = $4 WHERE tenant = $1 AND account IN (SELECT account FROM moved)",
            &[&tenant.as_str(), &meter, &owner, &changed],
        )
        .await?;
    Ok(changed)
}

/// The lease is to go to `to`. It goes at once where nobody has it or the server is at rest; else its owner is asked to let go.
///
/// # Errors
/// [`LeaseError`].
pub async fn request_release(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    to: &Owner,
) -> Result<Decision, LeaseError> {
    let known = transaction
        .query_opt(
            "SELECT FROM meter WHERE tenant = $1 AND number = $2",
            &[&tenant.as_str(), &meter],
        )
        .await?;
    if known.is_none() {
        return Err(LeaseError::NoMeter(meter.to_owned()));
    }
    if load(transaction, tenant, meter).await?.is_none() {
        let (name, epoch) = columns(to);
        // Of two who give it at once one is first; the other asks that one to let go.
        let given = transaction
            .execute(
                "INSERT INTO meter_lease (tenant, meter, owner, epoch) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                &[&tenant.as_str(), &meter, &name, &epoch],
            )
            .await?;
        if given == 1 {
            tell(transaction, tenant, meter, &name).await?;
            return Ok(Decision::Move(to.clone()));
        }
    }
    refused(ask(transaction, tenant, meter, &Request::Hand(to.clone())).await?)
}

/// An entry of a terminal's log, under a head that is cosigned, says that it has let go of the lease with this version.
///
/// # Errors
/// [`LeaseError`]; [`Refusal::NotItsOwn`] where the entry is of a lease that it does not have (any more).
pub async fn release_confirmed(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    terminal: &TerminalId,
    epoch: i64,
    version: i64,
) -> Result<Decision, LeaseError> {
    let request = Request::LetGo {
        terminal: terminal.clone(),
        epoch,
        version,
    };
    refused(ask(transaction, tenant, meter, &request).await?)
}

/// Follows what a terminal's cosigned log says of its directory: with a version that says of a meter that nobody owns it, the terminal has let go
/// of the lease. It applies none while a delivery to such a meter is open, and begins no sale for a meter that its newest directory does not
/// call its own.
///
/// # Errors
/// When the database does not answer.
pub async fn follow(
    transaction: &Transaction<'_>,
    log: &LogOrigin,
    event: &Event,
) -> Result<(), DatabaseError> {
    let Event::BulletinApplied { kind, version, .. } = event else {
        return Ok(());
    };
    if ![DIRECTORY_KIND, CHANGES_KIND].contains(&kind.as_str()) {
        return Ok(());
    }
    let (tenant, terminal, epoch) = (log.tenant(), log.terminal(), i64::from(log.epoch()));
    let version = i64::try_from(*version).unwrap_or(i64::MAX);
    // Only meters of its district: of others it was told nothing.
    let rows = transaction
        .query(
            "SELECT l.meter, l.version FROM meter_lease l \
             JOIN meter m ON m.tenant = l.tenant AND m.number = l.meter \
             JOIN account a ON a.tenant = m.tenant AND a.account = m.account \
             JOIN terminal t ON t.tenant = l.tenant AND t.terminal = l.owner AND t.district = a.district AND t.district_since <= $4 \
             WHERE l.tenant = $1 AND l.owner = $2 AND l.epoch = $3 AND l.next_owner IS NOT NULL AND l.fence_order IS NULL \
             AND l.told <= $4 ORDER BY l.meter",
            &[&tenant.as_str(), &terminal.as_str(), &epoch, &version],
        )
        .await?;
    for row in rows {
        let (meter, lease): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
        match release_confirmed(transaction, tenant, meter, terminal, epoch, lease).await {
            Ok(_) => {}
            Err(LeaseError::Database(error)) => return Err(error),
            Err(error) => tracing::warn!(meter, %terminal, %error, "a lease does not move"),
        }
    }
    Ok(())
}

/// An order of the server at this meter has ended: a lease that was asked for can go.
///
/// # Errors
/// When the database does not answer.
pub async fn comes_to_rest(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
) -> Result<(), LeaseError> {
    match ask(transaction, tenant, meter, &Request::Rest).await {
        Ok(_) | Err(LeaseError::None(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A manager says that the terminal that owns it is dead. `order` is the order that reads the meter first.
///
/// # Errors
/// [`LeaseError`].
pub async fn fence(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    order: &str,
) -> Result<Decision, LeaseError> {
    refused(
        ask(
            transaction,
            tenant,
            meter,
            &Request::Fence(order.to_owned()),
        )
        .await?,
    )
}

/// An order that reads the meter has ended.
///
/// # Errors
/// When the database does not answer.
pub async fn read_back(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    order: &str,
    read: bool,
) -> Result<(), LeaseError> {
    let request = Request::ReadBack {
        order: order.to_owned(),
        read,
    };
    match ask(transaction, tenant, meter, &request).await {
        Ok(_) | Err(LeaseError::None(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn refused(decision: Decision) -> Result<Decision, LeaseError> {
    match decision {
        Decision::Refuse(why) => Err(why.into()),
        other => Ok(other),
    }
}

/// A lease in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Of which meter.
    pub meter: String,
    /// The lease.
    pub lease: Lease,
    /// When it changed last, in seconds since 1970.
    pub changed_at: i64,
}

/// A tenant's leases, by meter, from behind `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    after: &str,
    limit: i64,
) -> Result<Vec<Listed>, LeaseError> {
    let rows = transaction
        .query(
            "SELECT owner, epoch, version, next_owner, next_epoch, fence_order, meter, \
             extract(epoch FROM changed_at)::bigint FROM meter_lease \
             WHERE tenant = $1 AND meter > $2 ORDER BY meter LIMIT $3",
            &[&tenant.as_str(), &after, &limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                meter: row.try_get(6)?,
                lease: of_row(row)?,
                changed_at: row.try_get(7)?,
            })
        })
        .collect()
}
