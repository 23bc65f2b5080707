//! Alerts: conditions that began, go on and ended. People are told when one begins, and again after the interval until somebody
//! takes it up or it ends.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::conditions::Condition;
use crate::database::DatabaseError;

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// A terminal.
    Terminal,
    /// A concentrator, by its area code and address.
    Concentrator,
    /// A meter.
    Meter,
    /// An account.
    Account,
}

impl About {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            About::Terminal => "terminal",
            About::Concentrator => "concentrator",
            About::Meter => "meter",
            About::Account => "account",
        }
    }

    /// As people read it, in English.
    pub fn word(self) -> &'static str {
        match self {
            About::Terminal => "Terminal",
            About::Concentrator => "Concentrator",
            About::Meter => "Meter",
            About::Account => "Account",
        }
    }

    /// From the database.
    ///
    /// # Errors
    /// [`DatabaseError::Damaged`] for another word.
    pub fn parse(name: &str) -> Result<About, DatabaseError> {
        let all = [
            About::Terminal,
            About::Concentrator,
            About::Meter,
            About::Account,
        ];
        all.into_iter()
            .find(|about| about.name() == name)
            .ok_or_else(|| DatabaseError::Damaged(format!("an alert about a {name}")))
    }
}

/// Something to tell people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Which alert.
    pub id: i64,
    /// What it is about.
    pub about: About,
    /// Its name: of a terminal in most of them.
    pub terminal: String,
    /// A word for programs.
    pub kind: String,
    /// A sentence for people.
    pub words: String,
    /// How often it was told before.
    pub told: i32,
    /// It is over.
    pub ended: bool,
}

/// An alert that is open, as the database has it.
#[derive(Clone, Debug)]
struct Open {
    id: i64,
    told_at: Option<i64>,
    told: i32,
    taken: bool,
}

/// Brings the tenant's alerts about terminals and concentrators up to what is wrong, each with the one it is about, and says what people are to be told now. The caller commits, then tells: what is told twice
/// after a power cut is better than what is never told.
///
/// # Errors
/// When the database does not answer.
pub async fn update(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    wrong: Vec<(String, Condition)>,
    (now, interval): (u64, u64),
) -> Result<Vec<Telling>, DatabaseError> {
    let mut open = open(transaction, tenant).await?;
    let now_i = i64::try_from(now).unwrap_or(i64::MAX);
    let mut telling = Vec::new();
    for (terminal, found) in wrong {
        let known = open.remove(&(found.about, terminal.clone(), found.kind.clone()));
        let (id, told) = match known {
            None => (
                begin(transaction, tenant, &terminal, &found, now_i).await?,
                0,
            ),
            Some(known) if due(&known, now_i, interval) => (known.id, known.told),
            Some(_) => continue,
        };
        transaction
            .execute(
                "UPDATE alert SET words = $3, told_at = to_timestamp($4::bigint), told = told + 1 WHERE tenant = $1 AND id = $2",
                &[&tenant.as_str(), &id, &found.words, &now_i],
            )
            .await?;
        telling.push(Telling {
            id,
            about: found.about,
            terminal,
            kind: found.kind,
            words: found.words,
            told,
            ended: false,
        });
    }
    for ((about, terminal, kind), known) in open {
        transaction
            .execute(
                "UPDATE alert SET ended_at = to_timestamp($3::bigint) WHERE tenant = $1 AND id = $2",
                &[&tenant.as_str(), &known.id, &now_i],
            )
            .await?;
        telling.push(Telling {
            id: known.id,
            about,
            terminal,
            kind,
            words: "over".to_owned(),
            told: known.told,
            ended: true,
        });
    }
    Ok(telling)
}

fn due(open: &Open, now: i64, interval: u64) -> bool {
    let interval = i64::try_from(interval).unwrap_or(i64::MAX);
    !open.taken
        && open
            .told_at
            .is_none_or(|at| now.saturating_sub(at) >= interval)
}

async fn open(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
) -> Result<HashMap<(About, String, String), Open>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT terminal, kind, id, extract(epoch FROM told_at)::bigint, told, taken_by IS NOT NULL, about FROM alert \
             WHERE tenant = $1 AND about IN ('terminal', 'concentrator') AND ended_at IS NULL",
            &[&tenant.as_str()],
        )
        .await?;
    let mut found = HashMap::new();
    for row in rows {
        let open = Open {
            id: row.try_get(2)?,
            told_at: row.try_get(3)?,
            told: row.try_get(4)?,
            taken: row.try_get(5)?,
        };
        let about = About::parse(row.try_get(6)?)?;
        found.insert((about, row.try_get(0)?, row.try_get(1)?), open);
    }
    Ok(found)
}

async fn begin(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &str,
    found: &Condition,
    now: i64,
) -> Result<i64, DatabaseError> {
    let row = transaction
        .query_one(
            "INSERT INTO alert (tenant, about, terminal, kind, words, since) VALUES ($1, $2, $3, $4, $5, to_timestamp($6::bigint)) RETURNING id",
            &[
                &tenant.as_str(),
                &found.about.name(),
                &terminal,
                &found.kind,
                &found.words,
                &now,
            ],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Somebody takes an alert up: it is not told again. That a meter was tampered with, or its battery is low, ends by it, for
/// nobody is told that it is not. `false` where it is over, or no such one is there.
///
/// # Errors
/// When the database does not answer.
pub async fn take(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: i64,
    by: &str,
) -> Result<bool, DatabaseError> {
    let taken = transaction
        .execute(
            "UPDATE alert SET taken_by = $3, ended_at = CASE WHEN about = 'meter' AND kind IN ('tamper', 'battery') THEN now() END \
             WHERE tenant = $1 AND id = $2 AND ended_at IS NULL",
            &[&tenant.as_str(), &id, &by],
        )
        .await?;
    Ok(taken > 0)
}

/// An alert at a glance.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub about: About,
    /// Its name.
    pub terminal: String,
    /// A word for programs.
    pub kind: String,
    /// A sentence for people.
    pub words: String,
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// Until when; none while it goes on.
    pub ended_at: Option<i64>,
    /// How often people were told.
    pub told: i32,
    /// Who took it up.
    pub taken_by: Option<String>,
}

/// How many that go on and are not about balances are wanted, and how many that are: thousands may be low. NULL, as the database has it: all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most(Option<i64>, Option<i64>);

impl Most {
    /// All of them.
    pub const ALL: Most = Most(None, None);
    /// As many as a page holds, of which low balances hide nothing else.
    pub const PAGE: Most = Most(Some(500), Some(100));
}

/// How many go on in all.
///
/// # Errors
/// The database's.
pub async fn open_count(transaction: &Transaction<'_>) -> Result<i64, DatabaseError> {
    let sql = "SELECT count(*) FROM alert WHERE ended_at IS NULL";
    Ok(transaction.query_one(sql, &[]).await?.try_get(0)?)
}

/// The newest that go on, then the newest 200 that ended.
///
/// # Errors
/// The database's.
pub async fn list(
    transaction: &Transaction<'_>,
    Most(others, low): Most,
) -> Result<Vec<Listed>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT id, terminal, kind, words, extract(epoch FROM since)::bigint, extract(epoch FROM ended_at)::bigint, told, taken_by, about \
             FROM ((SELECT * FROM alert WHERE ended_at IS NULL AND kind NOT LIKE 'balance.%' ORDER BY since DESC LIMIT $1) \
                   UNION ALL (SELECT * FROM alert WHERE ended_at IS NULL AND kind LIKE 'balance.%' ORDER BY since DESC LIMIT $2) \
                   UNION ALL (SELECT * FROM alert WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 200)) a \
             ORDER BY ended_at IS NOT NULL, coalesce(ended_at, since) DESC, id DESC",
            &[&others, &low],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Listed {
            id: row.try_get(0)?,
            terminal: row.try_get(1)?,
            kind: row.try_get(2)?,
            words: row.try_get(3)?,
            since: row.try_get(4)?,
            ended_at: row.try_get(5)?,
            told: row.try_get(6)?,
            taken_by: row.try_get(7)?,
            about: About::parse(row.try_get(8)?)?,
        })
    };
    rows.iter().map(read).collect()
}
