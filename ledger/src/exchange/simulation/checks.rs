//! What has to hold at the end of a history.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Cheat, World};
use crate::exchange::testing::*;
use crate::exchange::*;
use meterpost_signing::{RootHash, Signer};

impl World {
    /// Messages get through again: the honest terminal is in sync with each witness, and nothing is held against it.
    pub(super) fn check_nothing_is_lost(&mut self) {
        // A late message is forgotten when the log grows.
        self.honest.sell(1, 0);
        let honest = self.honest.clone();
        self.record(&honest);
        for place in 0..2 {
            let witness = &mut self.witnesses[place];
            assert_eq!(talk(&mut self.honest, place, witness), None);
            let memory = witness.memory(&self.honest);
            assert_eq!(memory.last, Some(self.honest.head()));
            assert_eq!((&memory.conflict, &memory.suspicion), (&None, &None));
            let (standing, head) = (&self.honest.standings[place], honest.head());
            let next = next_request(standing, &head, &mut self.honest.tree).unwrap();
            assert_eq!(next, Next::InSync);
        }
    }

    /// How many heads were cosigned, and how many neighbours in size contradict each other.
    pub(super) fn cosigned(&self) -> (usize, usize) {
        let (mut count, mut contradictions) = (0, 0);
        for witness in &self.witnesses {
            let mut logs: BTreeMap<&str, BTreeSet<(u64, [u8; 32])>> = BTreeMap::new();
            for cosigned in &witness.cosigned {
                let RootHash(root) = cosigned.root;
                let log = logs.entry(cosigned.origin.as_str()).or_default();
                log.insert((cosigned.size, root));
                count += 1;
            }
            for heads in logs.values() {
                for ((_, smaller), (_, larger)) in heads.iter().zip(heads.iter().skip(1)) {
                    let (past, all) = (&self.pasts[smaller], &self.pasts[larger]);
                    if !all.starts_with(past) || past.len() == all.len() {
                        contradictions += 1;
                    }
                }
            }
        }
        (count, contradictions)
    }

    /// The dishonest one tries its best once more at each witness.
    pub(super) fn check_nothing_is_unseen(&mut self) {
        for place in 0..2 {
            for machine in self.machines.clone() {
                self.record(&machine);
                let mut machine = machine;
                let last = self.witnesses[place].memory(&machine).last_size();
                let request = machine.insist(last.min(machine.size()));
                self.hear(place, request.format().as_bytes());
            }
            let witness = &self.witnesses[place];
            let memory = witness.memory(&self.machines[0]);
            match self.cheat {
                Cheat::WrongKey => assert_said(witness, &Verdict::UnknownKey),
                Cheat::RevokedKey => assert_said(
                    witness,
                    &Verdict::RevokedAfter {
                        key: key(1).public_key().id(),
                        accepted: memory.last_size(),
                        size: self.machines[0].size(),
                    },
                ),
                Cheat::OlderEpoch => {
                    let kind = memory.conflict.as_ref().map(|conflict| conflict.kind);
                    assert_eq!(kind, Some(ConflictKind::OlderEpoch));
                    check_evidence(memory);
                }
                Cheat::RolledBack => {
                    assert!(matches!(memory.suspicion, Some(Suspicion::Rollback(_))));
                    check_evidence(memory);
                }
                Cheat::RolledBackAndOn | Cheat::Forked => check_evidence(memory),
                // Without the entries, a copy that stays behind is not told from late messages; it is never cosigned.
                Cheat::Cloned if place == 0 => check_evidence(memory),
                Cheat::Cloned => {}
            }
        }
        // Whoever runs the honest program on a disk that was rolled back is held by itself.
        if self.cheat == Cheat::RolledBack {
            let machine = &mut self.machines[0];
            let held = talk(machine, 0, &mut self.witnesses[0]);
            assert!(matches!(held, Some(HeldBecause::RolledBack { .. })));
        }
    }
}

fn assert_said(witness: &Witness, expected: &Verdict) {
    let (_, said) = witness.verdicts.last().unwrap();
    assert_eq!(said, expected);
}

/// There is evidence, of two different heads, and the log's keys verify both.
fn check_evidence(memory: &WitnessMemory) {
    let conflict = memory.conflict.as_ref();
    let evidence = conflict
        .map(|conflict| &conflict.evidence)
        .or(memory.suspicion.as_ref().map(Suspicion::evidence))
        .expect("nothing was noticed");
    evidence.verify(&memory.verifier_keys().unwrap()).unwrap();
    let ours = evidence.ours.as_ref().unwrap();
    assert_ne!(ours.checkpoint(), evidence.theirs.checkpoint());
    if conflict.is_some_and(|conflict| conflict.kind != ConflictKind::OlderEpoch) {
        assert!(evidence.convicts());
    }
}
