//! The jobs of desks. A desk takes the oldest that is open, has the keys certified that it made on the card, and says that the
//! card is done; only then is it issued. It may begin a job anew at any point before that: keys are certified again, and
//! the card that was half made is worth nothing.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;
use tokio_postgres::Row;

use super::authority::{CardAuthority, CardSubject};
use super::life::{CardAct, CardKind, CardState, Slot};
use super::register::{locked, step};
use super::{CardError, NewCertificate};
use crate::database::DatabaseError;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Nothing was certified.
    Waiting,
    /// The card's keys were; the card is not issued.
    Certified,
    /// The card is issued.
    Done,
    /// It is given up; the card stays ordered.
    Failed,
}

impl JobState {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            JobState::Waiting => "waiting",
            JobState::Certified => "certified",
            JobState::Done => "done",
            JobState::Failed => "failed",
        }
    }

    fn parse(name: &str) -> Option<JobState> {
        let all = [
            JobState::Waiting,
            JobState::Certified,
            JobState::Done,
            JobState::Failed,
        ];
        all.into_iter().find(|state| state.name() == name)
    }
}

/// A card that a desk is to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// The card's number.
    pub card: String,
    /// Whose card.
    pub kind: CardKind,
    /// The desk.
    pub terminal: String,
    /// Where it is.
    pub state: JobState,
}

/// A key that was made on a card.
#[derive(Clone, Debug)]
pub struct SlotKey {
    /// Where.
    pub slot: Slot,
    /// The P-256 point, uncompressed.
    pub point: Vec<u8>,
}

const JOB: &str = "SELECT card_job.id, card_job.card, card.kind, card_job.terminal, card_job.state \
                   FROM card_job JOIN card ON card.tenant = card_job.tenant AND card.number = card_job.card";

fn read(row: &Row) -> Result<Job, DatabaseError> {
    let damaged = |what: &str| DatabaseError::Damaged(format!("card_job.{what}"));
    let (kind, state): (String, String) = (row.try_get(2)?, row.try_get(4)?);
    Ok(Job {
        id: row.try_get(0)?,
        card: row.try_get(1)?,
        kind: CardKind::parse(&kind).ok_or_else(|| damaged("kind"))?,
        terminal: row.try_get(3)?,
        state: JobState::parse(&state).ok_or_else(|| damaged("state"))?,
    })
}

/// The jobs that are open, oldest first, at most 500.
///
/// # Errors
/// When the database does not answer.
pub async fn open_jobs(transaction: &Transaction<'_>) -> Result<Vec<Job>, DatabaseError> {
    let sql = format!(
        "{JOB} WHERE card_job.state IN ('waiting', 'certified') ORDER BY card_job.id LIMIT 500"
    );
    let rows = transaction.query(&sql, &[]).await?;
    rows.iter().map(read).collect()
}

/// The oldest job that is open for a desk.
///
/// # Errors
/// When the database does not answer.
pub async fn take(
    transaction: &Transaction<'_>,
    desk: &LogOrigin,
) -> Result<Option<Job>, DatabaseError> {
    let sql = format!(
        "{JOB} WHERE card_job.tenant = $1 AND card_job.terminal = $2 \
         AND card_job.state IN ('waiting', 'certified') ORDER BY card_job.id LIMIT 1"
    );
    let row = transaction
        .query_opt(&sql, &[&desk.tenant().as_str(), &desk.terminal().as_str()])
        .await?;
    row.as_ref().map(read).transpose()
}

/// A desk's job. Its card is locked until the transaction ends, and jobs are changed under their card's lock only.
async fn own(transaction: &Transaction<'_>, desk: &LogOrigin, id: i64) -> Result<Job, CardError> {
    let sql =
        format!("{JOB} WHERE card_job.tenant = $1 AND card_job.terminal = $2 AND card_job.id = $3");
    let tenant = desk.tenant();
    let which: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&tenant.as_str(), &desk.terminal().as_str(), &id];
    let row = transaction.query_opt(&sql, &which).await?;
    let job = read(&row.ok_or(CardError::NoJob(id))?)?;
    locked(transaction, tenant, &job.card).await?;
    let row = transaction.query_one(&sql, &which).await?;
    Ok(read(&row)?)
}

/// A desk's job that is still open.
async fn open(transaction: &Transaction<'_>, desk: &LogOrigin, id: i64) -> Result<Job, CardError> {
    let job = own(transaction, desk, id).await?;
    match job.state {
        JobState::Waiting | JobState::Certified => Ok(job),
        JobState::Done | JobState::Failed => Err(CardError::NoJob(id)),
    }
}

async fn set_state(
    transaction: &Transaction<'_>,
    desk: &LogOrigin,
    id: i64,
    state: JobState,
    why: Option<&str>,
) -> Result<(), CardError> {
    let over = matches!(state, JobState::Done | JobState::Failed);
    transaction
        .execute(
            "UPDATE card_job SET state = $3, why = $4, ended_at = CASE WHEN $5 THEN now() END \
             WHERE tenant = $1 AND id = $2",
            &[&desk.tenant().as_str(), &id, &state.name(), &why, &over],
        )
        .await?;
    Ok(())
}

/// Certifies the keys of a card that is being made, in the order in which they came. `now` in seconds since 1970.
///
/// # Errors
/// When the job is not this desk's or over, or the keys are not those that the card needs.
pub async fn certify(
    transaction: &Transaction<'_>,
    authority: &CardAuthority,
    desk: &LogOrigin,
    id: i64,
    keys: &[SlotKey],
    now: u64,
) -> Result<Vec<NewCertificate>, CardError> {
    let job = open(transaction, desk, id).await?;
    let came: Vec<Slot> = keys.iter().map(|key| key.slot).collect();
    if came != job.kind.slots() {
        let wanted: Vec<&str> = job.kind.slots().iter().map(|slot| slot.name()).collect();
        let wanted = wanted.join(" and ");
        return Err(CardError::Keys(format!("the card needs keys in {wanted}")));
    }
    let mut made = Vec::new();
    for key in keys {
        if key.point.len() != 65 || key.point.first() != Some(&4) {
            let slot = key.slot.name();
            return Err(CardError::Keys(format!("{slot}: no point of P-256")));
        }
        let subject = CardSubject {
            number: &job.card,
            tenant: desk.tenant(),
            kind: job.kind,
            slot: key.slot,
        };
        let certificate = authority.certify(&subject, &key.point, now)?;
        transaction
            .execute(
                "INSERT INTO card_certificate (tenant, serial, card, job, slot, der) VALUES ($1, $2, $3, $4, $5, $6)",
                &[
                    &desk.tenant().as_str(),
                    &&certificate.serial[..],
                    &job.card,
                    &job.id,
                    &key.slot.name(),
                    &certificate.der,
                ],
            )
            .await?;
        made.push(certificate);
    }
    set_state(transaction, desk, id, JobState::Certified, None).await?;
    Ok(made)
}

/// The card is made and proved itself: it is issued. Said again, nothing more happens.
///
/// # Errors
/// When the job is not this desk's, nothing was certified, or the card is not to be issued any more.
pub async fn finish(
    transaction: &Transaction<'_>,
    desk: &LogOrigin,
    id: i64,
) -> Result<CardState, CardError> {
    let job = own(transaction, desk, id).await?;
    let card = locked(transaction, desk.tenant(), &job.card).await?;
    match job.state {
        JobState::Done => return Ok(card.state),
        JobState::Certified => {}
        JobState::Waiting => return Err(CardError::Conflict("nothing of the card was certified")),
        JobState::Failed => return Err(CardError::NoJob(id)),
    }
    let state = step(transaction, desk.tenant(), &card, CardAct::Issue).await?;
    set_state(transaction, desk, id, JobState::Done, None).await?;
    Ok(state)
}

/// The desk gives a job up; the card stays ordered. Said again, nothing more happens.
///
/// # Errors
/// When the job is not this desk's, or the card was issued.
pub async fn give_up(
    transaction: &Transaction<'_>,
    desk: &LogOrigin,
    id: i64,
    why: &str,
) -> Result<(), CardError> {
    let job = own(transaction, desk, id).await?;
    match job.state {
        JobState::Failed => Ok(()),
        JobState::Done => Err(CardError::Conflict("the card is issued")),
        JobState::Waiting | JobState::Certified => {
            set_state(transaction, desk, id, JobState::Failed, Some(why)).await
        }
    }
}
