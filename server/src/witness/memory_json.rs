//! A witness's memory of a log as JSON, the way the database keeps it. Checkpoints are stored as signed notes and opened again
//! with the log's own keys, so a changed row is noticed.

use base64ct::{Base64, Encoding};
use meterpost_ledger::exchange::{
    Conflict, ConflictKind, Evidence, LogKey, Suspicion, WitnessMemory,
};
use meterpost_ledger::signing::{LogOrigin, PublicKey, SignedCheckpoint, VerifierKey};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct MemoryJson {
    keys: Vec<KeyJson>,
    last: Option<String>,
    conflict: Option<FoundJson>,
    suspicion: Option<FoundJson>,
    closed_by: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct KeyJson {
    key: String,
    until: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct FoundJson {
    kind: String,
    ours: Option<String>,
    theirs: String,
    proof: Vec<String>,
}

/// The word for a kind of conflict, in the database and in answers.
pub(super) fn conflict_word(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::Fork => "fork",
        ConflictKind::BothContinued => "both_continued",
        ConflictKind::OlderEpoch => "older_epoch",
    }
}

const CONFLICTS: [ConflictKind; 3] = [
    ConflictKind::Fork,
    ConflictKind::BothContinued,
    ConflictKind::OlderEpoch,
];

/// What is stored.
pub(super) fn write(memory: &WitnessMemory) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(MemoryJson {
        keys: memory.keys.iter().map(key_json).collect(),
        last: memory.last.as_ref().map(SignedCheckpoint::to_text),
        conflict: memory
            .conflict
            .as_ref()
            .map(|conflict| found_json(conflict_word(conflict.kind), &conflict.evidence)),
        suspicion: memory.suspicion.as_ref().map(|suspicion| match suspicion {
            Suspicion::Rollback(evidence) => found_json("rollback", evidence),
            Suspicion::Unproven(evidence) => found_json("unproven", evidence),
        }),
        closed_by: memory.closed_by,
    })
}

fn key_json(known: &LogKey) -> KeyJson {
    KeyJson {
        key: Base64::encode_string(&known.key.to_bytes()),
        until: known.until,
    }
}

fn found_json(kind: &str, evidence: &Evidence) -> FoundJson {
    FoundJson {
        kind: kind.to_owned(),
        ours: evidence.ours.as_ref().map(SignedCheckpoint::to_text),
        theirs: evidence.theirs.to_text(),
        proof: evidence
            .proof
            .iter()
            .map(|hash| Base64::encode_string(hash))
            .collect(),
    }
}

/// What was stored, or why it is none.
pub(super) fn read(
    origin: &LogOrigin,
    version: u64,
    value: serde_json::Value,
) -> Result<WitnessMemory, String> {
    let stored: MemoryJson = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let keys: Vec<LogKey> = stored.keys.iter().map(log_key).collect::<Result<_, _>>()?;
    let first = keys.first().ok_or("it has no key")?.key;
    let mut memory = WitnessMemory::new(origin.clone(), first);
    memory.keys = keys;
    memory.version = version;
    memory.closed_by = stored.closed_by;
    let known = memory.verifier_keys().map_err(|error| error.to_string())?;
    memory.last = stored.last.map(|text| open(&text, &known)).transpose()?;
    memory.conflict = stored
        .conflict
        .map(|found| conflict(found, &known))
        .transpose()?;
    memory.suspicion = stored
        .suspicion
        .map(|found| suspicion(found, &known))
        .transpose()?;
    Ok(memory)
}

fn log_key(stored: &KeyJson) -> Result<LogKey, String> {
    let bytes = Base64::decode_vec(&stored.key).map_err(|error| error.to_string())?;
    let key = PublicKey::from_bytes(&bytes).map_err(|error| error.to_string())?;
    let until = stored.until;
    Ok(LogKey { key, until })
}

fn open(text: &str, keys: &[VerifierKey]) -> Result<SignedCheckpoint, String> {
    keys.iter()
        .find_map(|key| SignedCheckpoint::open(text.as_bytes(), key).ok())
        .ok_or_else(|| "a head in it is not signed by the log".to_owned())
}

fn evidence(found: &FoundJson, keys: &[VerifierKey]) -> Result<Evidence, String> {
    let hash = |text: &String| {
        let bytes = Base64::decode_vec(text).ok()?;
        bytes.try_into().ok()
    };
    let proof: Option<Vec<[u8; 32]>> = found.proof.iter().map(hash).collect();
    Ok(Evidence {
        ours: found
            .ours
            .as_deref()
            .map(|text| open(text, keys))
            .transpose()?,
        theirs: open(&found.theirs, keys)?,
        proof: proof.ok_or("a proof in it is damaged")?,
    })
}

fn conflict(found: FoundJson, keys: &[VerifierKey]) -> Result<Conflict, String> {
    let kind = CONFLICTS
        .into_iter()
        .find(|kind| conflict_word(*kind) == found.kind)
        .ok_or("a conflict in it is of no known kind")?;
    let evidence = evidence(&found, keys)?;
    Ok(Conflict { kind, evidence })
}

fn suspicion(found: FoundJson, keys: &[VerifierKey]) -> Result<Suspicion, String> {
    let evidence = evidence(&found, keys)?;
    match found.kind.as_str() {
        "rollback" => Ok(Suspicion::Rollback(evidence)),
        "unproven" => Ok(Suspicion::Unproven(evidence)),
        _ => Err("a suspicion in it is of no known kind".to_owned()),
    }
}
