//! An honest terminal, a dishonest one and two witnesses talk over a network that loses, doubles, delays, reorders and
//! replays. One seed gives one history; a failure prints its seed, and `METERPOST_SEED=<seed>` runs that one alone.
//!
//! - Never cosigned: by one witness, two heads of one log of which neither continues the other.
//! - Never lost: the honest terminal is never held, and is in sync as soon as messages get through.
//! - Never unseen: whatever the dishonest one did is found, with evidence of which both signatures verify.

use std::collections::{BTreeMap, BTreeSet};

use super::testing::*;
use super::*;
use crate::merkle::testing::StoredTree;
use crate::merkle::{LeafHash, NodeHash};
use meterpost_signing::{Revocation, RootHash, Signer};

const SEEDS: u64 = 300;
const STEPS: u64 = 70;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// How the second terminal cheats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cheat {
    /// Its disk is an older copy, and it sells on.
    RolledBackAndOn,
    /// Its disk is an older copy, and nothing was sold since.
    RolledBack,
    /// It changed an entry that was cosigned.
    Forked,
    /// Two machines run with a copy of its disk.
    Cloned,
    /// It goes on after it was enrolled anew.
    OlderEpoch,
    /// It signs as the honest terminal with its own key.
    WrongKey,
    /// It goes on with a key that was revoked.
    RevokedKey,
}

const CHEATS: [Cheat; 7] = [
    Cheat::RolledBackAndOn,
    Cheat::RolledBack,
    Cheat::Forked,
    Cheat::Cloned,
    Cheat::OlderEpoch,
    Cheat::WrongKey,
    Cheat::RevokedKey,
];

/// A message on its way. Requests of the dishonest have no `asked`: they do not care for answers.
#[derive(Clone)]
enum Message {
    Request {
        witness: usize,
        asked: Option<Ask>,
        body: Vec<u8>,
    },
    Answer {
        witness: usize,
        asked: Ask,
        status: u16,
        body: Vec<u8>,
    },
}

struct World {
    random: Random,
    cheat: Cheat,
    honest: Terminal,
    /// The dishonest terminal; two of it where its disk was copied.
    machines: Vec<Terminal>,
    witnesses: [Witness; 2],
    network: Vec<Message>,
    seen: Vec<Message>,
    /// The entries behind every root that was ever signed.
    pasts: BTreeMap<[u8; 32], Vec<LeafHash>>,
    messages: u64,
}

impl World {
    fn new(seed: u64) -> World {
        let mut random = Random(seed);
        let cheat = CHEATS[random.below(CHEATS.len() as u64) as usize];
        let honest = Terminal::new("K1/1", 0, random.below(40));
        let other = Terminal::new("K2/1", 1, 20 + random.below(60));
        let witnesses =
            [SERVER, FURTHER].map(|number| Witness::new(number, [honest.memory(), other.memory()]));
        let mut world = World {
            random,
            cheat,
            honest,
            machines: vec![other],
            witnesses,
            network: Vec::new(),
            seen: Vec::new(),
            pasts: BTreeMap::new(),
            messages: 0,
        };
        world.begin_to_cheat();
        world
    }

    /// Up to here the second terminal was honest: both witnesses cosigned all it had.
    fn begin_to_cheat(&mut self) {
        let mut first = self.machines.remove(0);
        self.record(&first);
        for place in 0..2 {
            assert_eq!(talk(&mut first, place, &mut self.witnesses[place]), None);
        }
        let size = first.size();
        match self.cheat {
            Cheat::RolledBackAndOn | Cheat::Forked => {
                first.cut(self.random.below(size));
                first.sell(1 + self.random.below(size), 1);
            }
            Cheat::RolledBack => first.cut(self.random.below(size)),
            Cheat::Cloned => {
                let mut second = first.clone();
                first.sell(1 + self.random.below(9), 1);
                second.sell(1 + self.random.below(9), 2);
                self.machines.push(second);
            }
            Cheat::OlderEpoch => {
                first.sell(1, 0);
                self.change_memories(&first, |memory| memory.close(2).unwrap());
            }
            Cheat::WrongKey => first.origin = self.honest.origin.clone(),
            Cheat::RevokedKey => {
                first.sell(1, 0);
                let revocation = Revocation {
                    origin: first.origin.clone(),
                    key: key(first.key).public_key().id(),
                    accepted: size,
                };
                self.change_memories(&first, |memory| memory.revoke(&revocation).unwrap());
            }
        }
        self.machines.insert(0, first);
    }

    /// A witness hears a request. The server has the entries of all it cosigned; the further witness has none.
    fn hear(&mut self, place: usize, body: &[u8]) -> (u16, Vec<u8>) {
        self.messages += 1;
        let answer = self.witnesses[place].receive(body);
        if place == 0 {
            for memory in self.witnesses[0].store.values_mut() {
                let Some(last) = &memory.last else {
                    continue;
                };
                let mut entries = StoredTree::default();
                entries.extend(self.pasts[&last.checkpoint().root.0].iter().copied());
                if let Some(judgement) = settle(memory, &mut entries).unwrap() {
                    *memory = judgement.change().unwrap().clone();
                }
            }
        }
        answer
    }

    fn change_memories(&mut self, of: &Terminal, change: impl Fn(&WitnessMemory) -> WitnessMemory) {
        for witness in &mut self.witnesses {
            let stored = witness.store.get_mut(&of.origin.to_string()).unwrap();
            *stored = change(stored);
        }
    }

    fn record(&mut self, terminal: &Terminal) {
        let root = terminal.tree.edge.root().0;
        self.pasts.insert(root, terminal.tree.leaves.clone());
    }

    fn step(&mut self) {
        match self.random.below(12) {
            0 | 1 => {
                let count = 1 + self.random.below(9);
                self.honest.sell(count, 0);
            }
            2 => self.cheat_on(),
            3 | 4 => self.ask_honestly(),
            5 => self.ask_dishonestly(),
            6 => self.restart(),
            7 => drop(self.pick()),
            8 => {
                let copy = self.copy_of_any();
                self.network.extend(copy);
            }
            9 => self.change_on_the_way(),
            _ => {
                if let Some(message) = self.pick() {
                    self.deliver(message);
                }
            }
        }
    }

    /// The dishonest one sells on, where its way of cheating allows.
    fn cheat_on(&mut self) {
        if self.cheat == Cheat::RolledBack {
            return;
        }
        let count = self.random.below(5);
        let place = self.random.below(self.machines.len() as u64);
        self.machines[place as usize].sell(count, 1 + place);
    }

    fn ask_honestly(&mut self) {
        let honest = self.honest.clone();
        self.record(&honest);
        let witness = self.random.below(2) as usize;
        let asked = self.honest.ask(witness).expect("an honest terminal asks");
        let body = asked.request.format().into_bytes();
        self.send(Message::Request {
            witness,
            asked: Some(asked),
            body,
        });
    }

    fn ask_dishonestly(&mut self) {
        let witness = self.random.below(2) as usize;
        let place = self.random.below(self.machines.len() as u64) as usize;
        let mut machine = self.machines[place].clone();
        self.record(&machine);
        let size = machine.size();
        let last = self.witnesses[witness].memory(&machine).last_size();
        let old = match self.random.below(3) {
            0 => last.min(size),
            1 => 0,
            _ => self.random.below(size + 1),
        };
        let mut request = machine.insist(old);
        if self.random.below(4) == 0 {
            let proof: Vec<NodeHash> = request.proof().iter().rev().copied().collect();
            request = Request::new(old, proof, request.note().clone()).unwrap();
        }
        self.send(Message::Request {
            witness,
            asked: None,
            body: request.format().into_bytes(),
        });
    }

    /// The honest terminal loses what it had not stored.
    fn restart(&mut self) {
        for standing in &mut self.honest.standings {
            *standing = match standing.cosigned {
                Some(size) => Standing::stored(standing.witness.clone(), size),
                None => Standing::new(standing.witness.clone()),
            };
        }
    }

    fn send(&mut self, message: Message) {
        self.seen.push(message.clone());
        self.network.push(message);
    }

    fn pick(&mut self) -> Option<Message> {
        let count = self.network.len() as u64;
        (count > 0).then(|| {
            let place = self.random.below(count) as usize;
            self.network.swap_remove(place)
        })
    }

    fn copy_of_any(&mut self) -> Option<Message> {
        let count = self.seen.len() as u64;
        (count > 0).then(|| self.seen[self.random.below(count) as usize].clone())
    }

    /// Somebody without a key changes a request. The answer is his.
    fn change_on_the_way(&mut self) {
        if let Some(Message::Request {
            witness, mut body, ..
        }) = self.copy_of_any()
        {
            let at = self.random.below(body.len() as u64) as usize;
            body[at] ^= 1 << self.random.below(8);
            self.hear(witness, &body);
        }
    }

    fn deliver(&mut self, message: Message) {
        match message {
            Message::Request {
                witness,
                asked,
                body,
            } => {
                let (status, body) = self.hear(witness, &body);
                if let Some(asked) = asked {
                    self.send(Message::Answer {
                        witness,
                        asked,
                        status,
                        body,
                    });
                }
            }
            Message::Answer {
                witness,
                asked,
                status,
                body,
            } => {
                let held = self.honest.take(witness, &asked, status, &body);
                assert_eq!(held, None, "an honest terminal is held");
            }
        }
    }

    fn run(&mut self) {
        for _ in 0..STEPS {
            self.step();
        }
        // What is still on its way arrives or is lost.
        while let Some(message) = self.pick() {
            if self.random.below(2) == 0 {
                self.deliver(message);
            }
        }
    }

    /// Messages get through again: the honest terminal is in sync with each witness, and nothing is held against it.
    fn check_nothing_is_lost(&mut self) {
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

    fn check_nothing_is_contradictory(&self) -> usize {
        let mut count = 0;
        for witness in &self.witnesses {
            let mut logs: BTreeMap<&str, BTreeSet<(u64, [u8; 32])>> = BTreeMap::new();
            for cosigned in &witness.cosigned {
                let RootHash(root) = cosigned.root;
                let log = logs.entry(cosigned.origin.as_str()).or_default();
                log.insert((cosigned.size, root));
                count += 1;
            }
            for heads in logs.values() {
                for pair in heads.iter().zip(heads.iter().skip(1)) {
                    let ((_, smaller), (_, larger)) = pair;
                    let (past, all) = (&self.pasts[smaller], &self.pasts[larger]);
                    assert!(all.starts_with(past) && past.len() < all.len());
                }
            }
        }
        count
    }

    /// The dishonest one tries its best once more at each witness.
    fn check_nothing_is_unseen(&mut self) {
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

/// Names the seed when a test fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("METERPOST_SEED={}", self.0);
        }
    }
}

#[test]
fn nothing_is_contradictory_lost_or_unseen_in_any_order() {
    let one = std::env::var("METERPOST_SEED").ok();
    let seeds = match one.map(|seed| seed.parse::<u64>().unwrap()) {
        Some(seed) => seed..seed + 1,
        None => 0..SEEDS,
    };
    let (mut messages, mut cosigned) = (0, 0);
    let mut cheats: BTreeMap<Cheat, u64> = BTreeMap::new();
    for seed in seeds {
        let _named = Seed(seed);
        let mut world = World::new(seed);
        world.run();
        world.check_nothing_is_lost();
        world.check_nothing_is_unseen();
        cosigned += world.check_nothing_is_contradictory();
        messages += world.messages;
        *cheats.entry(world.cheat).or_default() += 1;
    }
    println!("exchange: messages={messages} cosigned={cosigned} contradictions=0 lost=0 unseen=0");
    println!("cheats: {cheats:?}");
}
