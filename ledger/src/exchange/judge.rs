//! The witness's side: one pure function from memory and request to verdict and new memory.

use meterpost_signing::{
    Cosignature, CosignatureError, KeyName, SignedCheckpoint, Signer, VerifierKey,
};

use super::answer::Answer;
use super::evidence::{Conflict, ConflictKind, Evidence, Suspicion};
use super::memory::{WitnessMemory, rewritten};
use super::request::{Request, RequestError};
use super::verdict::Verdict;
use crate::merkle::{
    CheckError, NodeSource, TreeError, empty_root, past_proof, roots_of_consistency,
};

/// A verdict that is not released yet: first the change to the memory has to be durable.
///
/// The order is the point. If a cosignature left before the head it covers is stored, a power cut or a second request
/// could make the witness cosign an older or another head after it (c2sp.org/tlog-witness has the race).
#[must_use = "store the change, then call `recorded`"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    verdict: Verdict,
    change: Option<WitnessMemory>,
}

/// A verdict that may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling(Verdict);

impl Judgement {
    /// The verdict on a body that cannot be read.
    pub fn malformed(error: RequestError) -> Judgement {
        Judgement::of(Verdict::Malformed(error))
    }

    /// The verdict on a request of a log of which there is no memory.
    pub fn unknown_log() -> Judgement {
        Judgement::of(Verdict::UnknownLog)
    }

    /// The verdict, to be shown and logged.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The memory to store, if it changed. It takes the place of the one whose version is one less, and of no other: if
    /// that is not the stored one any more, another request came between, and this one is judged again.
    pub fn change(&self) -> Option<&WitnessMemory> {
        self.change.as_ref()
    }

    /// To be called when [`Judgement::change`], if there is one, is durable.
    pub fn recorded(self) -> Ruling {
        Ruling(self.verdict)
    }

    fn of(verdict: Verdict) -> Judgement {
        Judgement {
            verdict,
            change: None,
        }
    }
}

impl Ruling {
    /// The verdict.
    pub fn verdict(&self) -> &Verdict {
        &self.0
    }

    /// The answer to send. A head that is in sync is cosigned, under the witness's name and at a time in seconds since
    /// 1970; nothing else is.
    pub fn answer(
        &self,
        name: &KeyName,
        signer: &dyn Signer,
        unix_seconds: u64,
    ) -> Result<Answer, CosignatureError> {
        let why = || self.0.to_string();
        Ok(match &self.0 {
            Verdict::InSync { head } | Verdict::Advanced { head, .. } => {
                let cosignature = Cosignature::sign(head, name, signer, unix_seconds)?;
                Answer::Cosigned(cosignature.to_string())
            }
            Verdict::Behind { resume } => Answer::ContinueFrom(*resume),
            Verdict::Rollback { last, .. } => Answer::ContinueFrom(*last),
            Verdict::Fork(_) | Verdict::Unproven(_) => Answer::NotConsistent(why()),
            Verdict::UnknownLog => Answer::UnknownLog(why()),
            Verdict::Malformed(_) => Answer::Malformed(why()),
            Verdict::Clone { .. }
            | Verdict::Held(_)
            | Verdict::UnknownKey
            | Verdict::RevokedAfter { .. } => Answer::Forbidden(why()),
        })
    }
}

/// Judges a request by what is known of its log.
pub fn judge(memory: &WitnessMemory, request: &Request) -> Judgement {
    let head = match authenticate(memory, request) {
        Ok(head) => head,
        Err(verdict) => return Judgement::of(verdict),
    };
    let evidence = || Evidence {
        ours: memory.last.clone(),
        theirs: head.clone(),
        proof: request.proof().to_vec(),
    };
    let relation = relate(memory.last.as_ref(), &head, request);
    if let Some(conflict) = &memory.conflict {
        return judge_held(memory, conflict, &relation, evidence);
    }
    match relation {
        Relation::Longer { .. } | Relation::Unproven(_) if memory.closed_by.is_some() => {
            older_epoch(memory, evidence())
        }
        Relation::Same => Judgement::of(Verdict::InSync {
            head: Box::new(head),
        }),
        Relation::Longer { from } => {
            let mut after = memory.changed();
            after.last = Some(head.clone());
            after.suspicion = None;
            Judgement {
                verdict: Verdict::Advanced {
                    from,
                    head: Box::new(head),
                },
                change: Some(after),
            }
        }
        Relation::OtherStart { last } => Judgement::of(Verdict::Behind { resume: last }),
        // A closed log does not go on, so a late message of it says nothing.
        Relation::Shorter { last } if memory.closed_by.is_some() => {
            Judgement::of(Verdict::Behind { resume: last })
        }
        Relation::Shorter { last } => {
            let found = Suspicion::Rollback(evidence());
            let head = Box::new(head);
            suspect(memory, Verdict::Rollback { last, head }, found)
        }
        Relation::Forked => {
            let found = evidence();
            let verdict = Verdict::Fork(Box::new(found.clone()));
            hold(memory, verdict, ConflictKind::Fork, found)
        }
        Relation::Unproven(why) => {
            let found = Suspicion::Unproven(evidence());
            suspect(memory, Verdict::Unproven(why), found)
        }
    }
}

/// The same for a witness that has the entries of the head cosigned last, as the server does. Of a smaller head it can
/// tell whether the cosigned log passed through it. If not, the log signed two histories, and the judgement says so with
/// a proof; without the entries, a copy that always stays behind is not told from late messages. If it did, it is still a
/// suspicion, because a disk that was rolled back is not excluded.
///
/// The source holds at least the entries of the head cosigned last, and is read only where the verdict would be
/// [`Verdict::Rollback`].
pub fn judge_with_entries<S: NodeSource>(
    memory: &WitnessMemory,
    request: &Request,
    source: &mut S,
) -> Result<Judgement, TreeError<S::Error>> {
    let judgement = judge(memory, request);
    let (Verdict::Rollback { last, head }, Some(ours)) = (&judgement.verdict, &memory.last) else {
        return Ok(judgement);
    };
    let size = head.checkpoint().size;
    // Every log passed through the empty one.
    if size == 0 {
        return Ok(judgement);
    }
    let evidence = Evidence {
        ours: Some(ours.clone()),
        theirs: (**head).clone(),
        proof: past_proof(size, *last, source)?,
    };
    if !evidence.convicts() {
        return Ok(judgement);
    }
    let verdict = Verdict::Fork(Box::new(evidence.clone()));
    Ok(hold(memory, verdict, ConflictKind::Fork, evidence))
}

/// The head as this log's key signed it, written anew.
fn authenticate(memory: &WitnessMemory, request: &Request) -> Result<SignedCheckpoint, Verdict> {
    let claimed = request.claimed();
    let name = memory.origin.name().map_err(|_| Verdict::UnknownLog)?;
    if claimed.origin != name {
        return Err(Verdict::UnknownLog);
    }
    // One line of a known key that fails refuses the note, whatever else is on it.
    let keys = memory.verifier_keys().map_err(|_| Verdict::UnknownLog)?;
    if request.note().verify(&keys).is_err() {
        return Err(Verdict::UnknownKey);
    }
    let mut refused = Verdict::UnknownKey;
    for known in memory.keys.iter().rev() {
        let key = VerifierKey::new(name.clone(), known.key);
        let Some(head) = rewritten(claimed, request.note(), &key) else {
            continue;
        };
        match known.until {
            Some(accepted) if claimed.size > accepted => {
                refused = Verdict::RevokedAfter {
                    key: known.key.id(),
                    accepted,
                    size: claimed.size,
                };
            }
            _ => return Ok(head),
        }
    }
    Err(refused)
}

/// How a head stands to the one cosigned last.
enum Relation {
    Same,
    /// Proven to continue it.
    Longer {
        from: u64,
    },
    /// Not shorter, but the proof starts elsewhere.
    OtherStart {
        last: u64,
    },
    Shorter {
        last: u64,
    },
    /// Proven not to continue it.
    Forked,
    Unproven(CheckError),
}

fn relate(last: Option<&SignedCheckpoint>, head: &SignedCheckpoint, request: &Request) -> Relation {
    let head = head.checkpoint();
    let (last_size, last_root) = match last.map(SignedCheckpoint::checkpoint) {
        Some(last) => (last.size, last.root),
        None => (0, empty_root()),
    };
    // Before the sizes are compared as the protocol asks: two roots of one size are evidence whatever else is wrong.
    if head.size == last_size && head.root != last_root {
        return match last {
            Some(_) => Relation::Forked,
            None => Relation::Unproven(CheckError::Root),
        };
    }
    if head.size < last_size {
        return Relation::Shorter { last: last_size };
    }
    if request.old() != last_size {
        return Relation::OtherStart { last: last_size };
    }
    if last_size == 0 || head.size == last_size {
        return match request.proof() {
            // The empty log too is cosigned once before it counts as the last head.
            [] if last.is_none() || head.size > last_size => Relation::Longer { from: last_size },
            [] => Relation::Same,
            more => Relation::Unproven(CheckError::Length {
                expected: 0,
                found: more.len(),
            }),
        };
    }
    match roots_of_consistency(last_size, head.size, request.proof(), &last_root) {
        Ok((past, root)) if root == head.root && past == last_root => {
            Relation::Longer { from: last_size }
        }
        Ok((_, root)) if root == head.root => Relation::Forked,
        Ok(_) => Relation::Unproven(CheckError::Root),
        Err(why) => Relation::Unproven(why),
    }
}

/// A held log is never cosigned. What is still told apart is a fork from a copy: if the history that was cosigned goes on
/// as well, two machines have the key.
fn judge_held(
    memory: &WitnessMemory,
    conflict: &Conflict,
    relation: &Relation,
    evidence: impl Fn() -> Evidence,
) -> Judgement {
    match (conflict.kind, relation) {
        (ConflictKind::Fork, Relation::Longer { .. }) => {
            let kind = ConflictKind::BothContinued;
            let mut after = memory.changed();
            // The evidence of the fork convicts; it stays.
            after.conflict = Some(Conflict {
                kind,
                evidence: conflict.evidence.clone(),
            });
            Judgement {
                verdict: Verdict::Clone {
                    kind,
                    evidence: Box::new(evidence()),
                },
                change: Some(after),
            }
        }
        (kind, _) => Judgement::of(Verdict::Held(kind)),
    }
}

fn older_epoch(memory: &WitnessMemory, evidence: Evidence) -> Judgement {
    let kind = ConflictKind::OlderEpoch;
    let verdict = Verdict::Clone {
        kind,
        evidence: Box::new(evidence.clone()),
    };
    hold(memory, verdict, kind, evidence)
}

fn hold(
    memory: &WitnessMemory,
    verdict: Verdict,
    kind: ConflictKind,
    evidence: Evidence,
) -> Judgement {
    let mut after = memory.changed();
    after.conflict = Some(Conflict { kind, evidence });
    Judgement {
        verdict,
        change: Some(after),
    }
}

/// Notes a suspicion where there is none yet, or only a lesser one. The first is kept, so that repeating a message
/// changes nothing.
fn suspect(memory: &WitnessMemory, verdict: Verdict, found: Suspicion) -> Judgement {
    let mut judgement = Judgement::of(verdict);
    let noted = match (&memory.suspicion, &found) {
        (None, _) => true,
        (Some(Suspicion::Rollback(_)), Suspicion::Unproven(_)) => true,
        (Some(_), _) => false,
    };
    if noted {
        let mut after = memory.changed();
        after.suspicion = Some(found);
        judgement.change = Some(after);
    }
    judgement
}
