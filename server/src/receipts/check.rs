//! The verdict on a slip.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{LogOrigin, VerifierKey};
use meterpost_ledger::{CheckedProof, Entry};

use super::read::{Scanned, Unreadable};
use super::slip::{ShownSlip, opened, sale_of};
use crate::database::{Database, DatabaseError};
use crate::witness::{self, LogRow, OnRecord, WitnessError};

/// Entries before a slip's in which its sale is looked for. A sale with fifty notes takes 160.
const LOOK_BACK: u64 = 512;

/// What is said of a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A terminal signed it, and its log has it at that place.
    OnRecord,
    /// A terminal signed it, and its log has not come that far here.
    NotYet,
    /// A terminal's key signed it, and its log says something else: the key or the disk was copied.
    Contradicted,
    /// No terminal of this server signed it.
    NotGenuine,
    /// It is no slip's code.
    Unreadable,
}

/// The verdict, and what is shown with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The verdict.
    pub verdict: Verdict,
    /// The slip as the terminal signed it; none where none did.
    pub slip: Option<ShownSlip>,
}

impl Checked {
    fn without_slip(verdict: Verdict) -> Checked {
        Checked {
            verdict,
            slip: None,
        }
    }
}

/// Checks what somebody pasted.
///
/// # Errors
/// When the database does not answer, or a stored log is damaged.
pub async fn check(database: &Database, text: &str) -> Result<Checked, WitnessError> {
    let scanned = match Scanned::read(text) {
        Ok(scanned) => scanned,
        Err(why @ (Unreadable::Empty | Unreadable::TooLong | Unreadable::Form(_))) => {
            tracing::debug!(%why, "no slip's code");
            return Ok(Checked::without_slip(Verdict::Unreadable));
        }
    };
    for origin in database.receipt_logs(scanned.key()).await? {
        let mut connection = database.connection().await?;
        let transaction = connection.look(origin.tenant()).await?;
        let Some(log) = witness::find(&transaction, &origin).await? else {
            continue;
        };
        let Some((key, proof)) = signed_by(&log, &scanned) else {
            continue;
        };
        let bytes = scanned.proof(&key);
        let bytes = bytes.map_err(|error| WitnessError::Tree(error.to_string()))?;
        let stands = witness::compare(&transaction, &log, &proof, bytes.entry()).await?;
        let slip = shown(&transaction, &log, &proof.entry).await?;
        drop(transaction);
        let verdict = match stands {
            OnRecord::Here => Verdict::OnRecord,
            OnRecord::NotYet => Verdict::NotYet,
            OnRecord::Contradicts => {
                let found = (&scanned, bytes.checkpoint().clone(), proof.index);
                note_conflict(database, &origin, found).await?;
                Verdict::Contradicted
            }
        };
        return Ok(Checked {
            verdict,
            slip: Some(slip),
        });
    }
    Ok(Checked::without_slip(Verdict::NotGenuine))
}

/// The key of the log by which the slip holds. A key that is believed up to a size only proves nothing beyond it.
fn signed_by(log: &LogRow, scanned: &Scanned) -> Option<(VerifierKey, CheckedProof)> {
    let keys = log.memory.verifier_keys().ok()?;
    let known = keys.into_iter().zip(&log.memory.keys);
    known
        .filter(|(key, _)| key.id() == scanned.key())
        .find_map(|(key, known)| {
            let proof = scanned.check(&key).ok()?;
            let believed = known.until.is_none_or(|until| proof.size <= until);
            believed.then_some((key, proof))
        })
}

async fn shown(
    transaction: &Transaction<'_>,
    log: &LogRow,
    entry: &Entry,
) -> Result<ShownSlip, WitnessError> {
    let mut slip = ShownSlip::of(&log.memory.origin, entry);
    slip.place = place(transaction, &log.memory.origin).await?;
    let Some(sale) = sale_of(&entry.event) else {
        return Ok(slip);
    };
    let before = witness::entries_before(transaction, log, (entry.index, LOOK_BACK)).await?;
    Ok(match before.iter().find_map(|bytes| opened(bytes, sale)) {
        Some(meter) => slip.for_meter(&meter),
        None => slip,
    })
}

/// What the terminal was told to call its place; else the district whose accounts it is told.
async fn place(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
) -> Result<Option<String>, DatabaseError> {
    let row = transaction
        .query_one(
            "SELECT coalesce( \
                 (SELECT content ->> 'place' FROM bulletin WHERE kind = 'parameters' AND (terminal IS NULL OR terminal = $1) \
                  ORDER BY version DESC LIMIT 1), \
                 (SELECT district FROM terminal WHERE terminal = $1))",
            &[&origin.terminal().as_str()],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Keeps the slip as evidence, which raises an alert, and holds the log where its head convicts it by itself.
async fn note_conflict(
    database: &Database,
    origin: &LogOrigin,
    (scanned, head, index): (&Scanned, meterpost_ledger::signing::Note, u64),
) -> Result<(), WitnessError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(origin.tenant()).await?;
    let Some(log) = witness::lock(&transaction, origin).await? else {
        return Ok(());
    };
    let seq = i64::try_from(index).unwrap_or(i64::MAX);
    let added = transaction
        .execute(
            "INSERT INTO receipt_conflict (tenant, terminal, epoch, seq, code) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            &[
                &origin.tenant().as_str(),
                &origin.terminal().as_str(),
                &i64::from(origin.epoch()),
                &seq,
                &scanned.text(),
            ],
        )
        .await?;
    witness::convict(&transaction, &log, head).await?;
    transaction.commit().await?;
    if added > 0 {
        tracing::error!(log = %origin, index, "a slip that this log's key signed contradicts the log");
    }
    Ok(())
}
