//! Remote control: commands are rows that outlive any restart, handed out as signed bulletins, and ended by what the terminal's own log
//! says.
//!
//! | file | what |
//! |---|---|
//! | `life` | the states of a command and what leads from one to another |
//! | here | giving, handing out, taking back, and following the log |

mod life;

pub use life::{CommandState, Happening};

use deadpool_postgres::Transaction;
use meterpost_ledger::bulletin::COMMAND_KIND;
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::signing::{LogOrigin, TenantId, TerminalId};
use meterpost_ledger::{Addressee, Bulletin, BulletinContent, Event, Validity};

use crate::bulletins::IssueError;
use crate::database::{DatabaseError, storable};
use crate::keys::Keys;

/// Most commands that may wait for one terminal.
const MOST_WAITING: i64 = 20;

/// Why a command was not given.
#[derive(Debug, thiserror::Error)]
pub enum GiveError {
    /// No such terminal.
    #[error("no terminal of this name was enrolled")]
    NoTerminal,
    /// It has enough to do.
    #[error("{MOST_WAITING} commands wait for this terminal already; take some back")]
    TooMany,
    /// It cannot be signed or stored.
    #[error("{0}")]
    Issue(#[from] IssueError),
}

impl From<tokio_postgres::Error> for GiveError {
    fn from(error: tokio_postgres::Error) -> GiveError {
        GiveError::Issue(error.into())
    }
}

/// A command as it stands.
#[derive(Clone, Debug)]
pub struct CommandRow {
    /// The terminal's count.
    pub version: i64,
    /// The command.
    pub content: serde_json::Value,
    /// Who gave it.
    pub issued_by: String,
    /// When, in seconds since 1970.
    pub issued_at: i64,
    /// Until when it may be begun.
    pub until: i64,
    /// How it stands.
    pub state: String,
    /// More about it.
    pub words: String,
    /// When that changed.
    pub changed_at: i64,
}

/// Gives a terminal a command, which it may begin for `valid_for` seconds.
///
/// # Errors
/// [`GiveError`]; nothing is given then.
pub async fn give(
    transaction: &Transaction<'_>,
    keys: &Keys,
    (tenant, terminal): (&TenantId, &TerminalId),
    command: &Command,
    (by, now, valid_for): (&str, u64, u64),
) -> Result<u64, GiveError> {
    // The row of the terminal is the lock under which its commands are counted.
    let known = transaction
        .query_opt(
            "SELECT 1 FROM terminal WHERE tenant = $1 AND terminal = $2 FOR UPDATE",
            &[&tenant.as_str(), &terminal.as_str()],
        )
        .await?;
    if known.is_none() {
        return Err(GiveError::NoTerminal);
    }
    let row = transaction
        .query_one(
            "SELECT coalesce(max(version), 0) + 1, count(*) FILTER (WHERE state = 'waiting') FROM command \
             WHERE tenant = $1 AND terminal = $2",
            &[&tenant.as_str(), &terminal.as_str()],
        )
        .await?;
    let (version, waiting): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if waiting >= MOST_WAITING {
        return Err(GiveError::TooMany);
    }
    let content = command.to_content().map_err(IssueError::from)?;
    let shown: serde_json::Value = serde_json::from_slice(&content).unwrap_or_default();
    let until = now.saturating_add(valid_for);
    let bulletin = Bulletin {
        addressee: Addressee {
            tenant: tenant.clone(),
            terminal: Some(terminal.clone()),
        },
        version: u64::try_from(version).unwrap_or(0),
        validity: Validity {
            from: 0,
            until: until.saturating_mul(1000),
        },
        content: BulletinContent::Other {
            kind: COMMAND_KIND.to_owned(),
            bytes: content,
        },
    };
    let bytes = bulletin
        .sign(keys.name(), keys.witness())
        .map_err(IssueError::from)?;
    let until = i64::try_from(until).unwrap_or(i64::MAX);
    transaction
        .execute(
            "INSERT INTO command (tenant, terminal, version, word, content, bytes, issued_by, until) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::bigint))",
            &[
                &tenant.as_str(),
                &terminal.as_str(),
                &version,
                &command.word(),
                &shown,
                &bytes,
                &by,
                &until,
            ],
        )
        .await?;
    Ok(bulletin.version)
}

/// The next command for a terminal whose last one was `have`. Those whose time is over are ended first.
///
/// # Errors
/// When the database does not answer.
pub async fn next(
    transaction: &Transaction<'_>,
    log: &LogOrigin,
    have: u64,
    now: u64,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let (tenant, terminal) = (log.tenant().as_str(), log.terminal().as_str());
    let statement = transaction
        .prepare_cached(
            "SELECT bytes, version, until <= to_timestamp($4::bigint) FROM command \
             WHERE tenant = $1 AND terminal = $2 AND version > $3 AND state = 'waiting' ORDER BY version",
        )
        .await?;
    let have = i64::try_from(have).unwrap_or(i64::MAX);
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let rows = transaction
        .query(&statement, &[&tenant, &terminal, &have, &now])
        .await?;
    for row in rows {
        if !row.try_get::<_, bool>(2)? {
            return Ok(Some(row.try_get(0)?));
        }
        let version = row.try_get(1)?;
        happen(
            transaction,
            (tenant, terminal),
            Some(version),
            Happening::Expired,
            "",
        )
        .await?;
    }
    Ok(None)
}

/// A person takes a command back; `false` where that is not possible any more.
///
/// # Errors
/// When the database does not answer.
pub async fn cancel(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &str,
    version: i64,
) -> Result<bool, DatabaseError> {
    let which = (tenant.as_str(), terminal);
    let changed = happen(transaction, which, Some(version), Happening::Cancelled, "").await?;
    Ok(changed > 0)
}

/// The terminal was enrolled anew: what its last machine was doing is not known.
///
/// # Errors
/// When the database does not answer.
pub async fn enrolled_anew(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &TerminalId,
) -> Result<(), DatabaseError> {
    let which = (tenant.as_str(), terminal.as_str());
    let words = "the terminal was enrolled anew";
    happen(transaction, which, None, Happening::EnrolledAnew, words).await?;
    Ok(())
}

/// Follows what a terminal's log says of commands.
///
/// # Errors
/// When the database does not answer.
pub async fn follow(
    transaction: &Transaction<'_>,
    log: &LogOrigin,
    event: &Event,
) -> Result<(), DatabaseError> {
    let (version, happening, words) = match event {
        Event::BulletinApplied { kind, version, .. } if kind == COMMAND_KIND => {
            (*version, Happening::Taken, "")
        }
        Event::CommandEnded {
            version,
            outcome,
            words,
        } => (*version, Happening::Ended(*outcome), words.as_str()),
        _ => return Ok(()),
    };
    // Whatever they are, they must not keep the log from going on.
    let words = &storable(words);
    let which = (log.tenant().as_str(), log.terminal().as_str());
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    happen(transaction, which, Some(version), happening, words).await?;
    Ok(())
}

/// Moves a command, or all of the terminal's, where that is a move; how many moved.
async fn happen(
    transaction: &Transaction<'_>,
    (tenant, terminal): (&str, &str),
    version: Option<i64>,
    happening: Happening,
    words: &str,
) -> Result<u64, DatabaseError> {
    let mut changed = 0;
    for (from, to) in CommandState::moves(happening) {
        changed += transaction
            .execute(
                "UPDATE command SET state = $4, words = $5, changed_at = now() \
                 WHERE tenant = $1 AND terminal = $2 AND state = $3 AND ($6::bigint IS NULL OR version = $6)",
                &[&tenant, &terminal, &from.word(), &to.word(), &words, &version],
            )
            .await?;
        // One happening moves a command once.
        if changed > 0 && version.is_some() {
            break;
        }
    }
    Ok(changed)
}

/// The newest commands of a terminal.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &str,
) -> Result<Vec<CommandRow>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT version, content, issued_by, extract(epoch FROM issued_at)::bigint, extract(epoch FROM until)::bigint, state, \
             words, extract(epoch FROM changed_at)::bigint FROM command WHERE tenant = $1 AND terminal = $2 \
             ORDER BY version DESC LIMIT 200",
            &[&tenant.as_str(), &terminal],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(CommandRow {
            version: row.try_get(0)?,
            content: row.try_get(1)?,
            issued_by: row.try_get(2)?,
            issued_at: row.try_get(3)?,
            until: row.try_get(4)?,
            state: row.try_get(5)?,
            words: row.try_get(6)?,
            changed_at: row.try_get(7)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Keeps the lines of log that a command asked for; `false` where no such command is under way.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_log(
    transaction: &Transaction<'_>,
    log: &LogOrigin,
    version: u64,
    lines: &str,
) -> Result<bool, DatabaseError> {
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    let kept = transaction
        .execute(
            "INSERT INTO terminal_log (tenant, terminal, version, lines) \
             SELECT tenant, terminal, version, $4 FROM command \
             WHERE tenant = $1 AND terminal = $2 AND version = $3 AND word = 'send_logs' AND state IN ('waiting', 'taken') \
             ON CONFLICT DO NOTHING",
            &[&log.tenant().as_str(), &log.terminal().as_str(), &version, &lines],
        )
        .await?;
    if kept > 0 {
        return Ok(true);
    }
    // Sent again because the answer was lost.
    let there = transaction
        .query_opt(
            "SELECT 1 FROM terminal_log WHERE tenant = $1 AND terminal = $2 AND version = $3",
            &[&log.tenant().as_str(), &log.terminal().as_str(), &version],
        )
        .await?;
    Ok(there.is_some())
}

/// Lines of log that a command brought.
///
/// # Errors
/// When the database does not answer.
pub async fn log_lines(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &str,
    version: i64,
) -> Result<Option<String>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT lines FROM terminal_log WHERE tenant = $1 AND terminal = $2 AND version = $3",
            &[&tenant.as_str(), &terminal, &version],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
