//! The world of the simulation: terminals, witnesses, and what is on its way between them.

use std::collections::BTreeMap;

use crate::exchange::testing::*;
use crate::exchange::*;
use crate::merkle::testing::StoredTree;
use crate::merkle::{LeafHash, NodeHash};
use meterpost_signing::{Revocation, Signer};

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
pub(super) enum Cheat {
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

pub(super) struct World {
    random: Random,
    pub(super) cheat: Cheat,
    pub(super) honest: Terminal,
    /// The dishonest terminal; two of it where its disk was copied.
    pub(super) machines: Vec<Terminal>,
    pub(super) witnesses: [Witness; 2],
    network: Vec<Message>,
    seen: Vec<Message>,
    /// The entries behind every root that was ever signed.
    pub(super) pasts: BTreeMap<[u8; 32], Vec<LeafHash>>,
    pub(super) messages: u64,
}

impl World {
    pub(super) fn new(seed: u64) -> World {
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
    pub(super) fn hear(&mut self, place: usize, body: &[u8]) -> (u16, Vec<u8>) {
        self.messages += 1;
        if place > 0 {
            return self.witnesses[place].receive(body);
        }
        let pasts = &self.pasts;
        self.witnesses[0].receive_judging(body, |memory, request| {
            let mut entries = StoredTree::default();
            if let Some(last) = &memory.last {
                entries.extend(pasts[&last.checkpoint().root.0].iter().copied());
            }
            judge_with_entries(memory, request, &mut entries).unwrap()
        })
    }

    fn change_memories(&mut self, of: &Terminal, change: impl Fn(&WitnessMemory) -> WitnessMemory) {
        for witness in &mut self.witnesses {
            let stored = witness.store.get_mut(&of.origin.to_string()).unwrap();
            *stored = change(stored);
        }
    }

    pub(super) fn record(&mut self, terminal: &Terminal) {
        let root = terminal.tree.edge.root().0;
        self.pasts.insert(root, terminal.tree.leaves.clone());
    }

    fn step(&mut self) {
        match self.random.below(15) {
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

    pub(super) fn run(&mut self, steps: u64) {
        for _ in 0..steps {
            self.step();
        }
        // What is still on its way arrives or is lost.
        while let Some(message) = self.pick() {
            if self.random.below(2) == 0 {
                self.deliver(message);
            }
        }
    }
}
