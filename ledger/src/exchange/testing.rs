//! Terminals and witnesses in memory.

use std::collections::BTreeMap;

use meterpost_signing::{Checkpoint, LogOrigin, SignedCheckpoint, Signer};

use super::*;
use crate::merkle::testing::StoredTree;
use crate::merkle::{LeafHash, leaf_hash};
pub(super) use crate::proof::testing::{key, name, witness};

/// Keys 0 to 3 are terminals', 4 and above are witnesses'.
pub(super) const SERVER: usize = 4;
pub(super) const FURTHER: usize = 5;

pub(super) fn origin(text: &str) -> LogOrigin {
    LogOrigin::parse(&format!("meterpost/test/{text}")).unwrap()
}

/// What was sold as number `number`, in the history named by `salt`.
pub(super) fn sale(number: u64, salt: u64) -> LeafHash {
    leaf_hash(format!("{number} {salt}").as_bytes())
}

/// A terminal with its log, its key and its standing with each witness. A clone of it is a copy of its disk.
#[derive(Clone)]
pub(super) struct Terminal {
    pub(super) origin: LogOrigin,
    pub(super) key: usize,
    pub(super) tree: StoredTree,
    pub(super) standings: Vec<Standing>,
}

impl Terminal {
    pub(super) fn new(text: &str, key: usize, size: u64) -> Terminal {
        let mut terminal = Terminal {
            origin: origin(text),
            key,
            tree: StoredTree::default(),
            standings: [SERVER, FURTHER]
                .map(|number| Standing::new(witness(number)))
                .to_vec(),
        };
        terminal.sell(size, 0);
        terminal
    }

    pub(super) fn sell(&mut self, count: u64, salt: u64) {
        let size = self.size();
        self.tree
            .extend((size..size + count).map(|number| sale(number, salt)));
    }

    /// The log as it would be had it stopped at a size, or another past: what no honest terminal does.
    pub(super) fn cut(&mut self, size: u64) {
        let leaves = self.tree.leaves[..size as usize].to_vec();
        self.tree = StoredTree::default();
        self.tree.extend(leaves);
    }

    pub(super) fn size(&self) -> u64 {
        self.tree.edge.size()
    }

    pub(super) fn head(&self) -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: self.origin.name().unwrap(),
            size: self.size(),
            root: self.tree.edge.root(),
        };
        checkpoint.sign(key(self.key)).unwrap()
    }

    /// The next request to a witness, its heartbeat where it is in sync.
    pub(super) fn ask(&mut self, witness: usize) -> Result<Ask, HeldBecause> {
        let head = self.head();
        match ask(&self.standings[witness], &head, &mut self.tree).unwrap() {
            Next::Ask(asked) => Ok(*asked),
            Next::Held(why) => Err(why),
            Next::InSync => panic!("a heartbeat is always asked"),
        }
    }

    /// A request by a terminal that does not mind being held: from the size given, whatever it knows.
    pub(super) fn insist(&mut self, old: u64) -> Request {
        let proof = match old {
            0 => Vec::new(),
            _ => crate::merkle::consistency_proof(old, self.size(), &mut self.tree).unwrap(),
        };
        let note = meterpost_signing::Note::parse(self.head().to_text().as_bytes()).unwrap();
        Request::new(old, proof, note).unwrap()
    }

    /// Takes an answer and keeps what is to be kept.
    pub(super) fn take(
        &mut self,
        witness: usize,
        asked: &Ask,
        status: u16,
        body: &[u8],
    ) -> Option<HeldBecause> {
        let answer = Answer::parse(status, body).unwrap();
        match take_answer(&self.standings[witness], asked, &answer, self.size()) {
            TerminalStep::Store { standing, .. } | TerminalStep::AskAgain(standing) => {
                self.standings[witness] = standing;
                None
            }
            TerminalStep::Held(why) => Some(why),
        }
    }

    pub(super) fn memory(&self) -> WitnessMemory {
        WitnessMemory::new(self.origin.clone(), key(self.key).public_key())
    }
}

/// A witness with its store, and a record of all it ever cosigned.
pub(super) struct Witness {
    pub(super) number: usize,
    pub(super) store: BTreeMap<String, WitnessMemory>,
    pub(super) cosigned: Vec<Checkpoint>,
    pub(super) verdicts: Vec<(String, Verdict)>,
    pub(super) time: u64,
    /// Cosigns whatever a log signed: what a witness must not do.
    pub(super) careless: bool,
}

impl Witness {
    pub(super) fn new(number: usize, logs: impl IntoIterator<Item = WitnessMemory>) -> Witness {
        Witness {
            number,
            store: logs
                .into_iter()
                .map(|memory| (memory.origin.to_string(), memory))
                .collect(),
            cosigned: Vec::new(),
            verdicts: Vec::new(),
            time: 1_790_000_000,
            careless: false,
        }
    }

    pub(super) fn receive(&mut self, body: &[u8]) -> (u16, Vec<u8>) {
        self.receive_judging(body, judge)
    }

    pub(super) fn receive_judging(
        &mut self,
        body: &[u8],
        judge: impl FnOnce(&WitnessMemory, &Request) -> Judgement,
    ) -> (u16, Vec<u8>) {
        let judgement = match Request::parse(body) {
            Err(error) => Judgement::malformed(error),
            Ok(request) => match self.store.get(request.claimed().origin.as_str()) {
                None => Judgement::unknown_log(),
                Some(memory) => judge(memory, &request),
            },
        };
        if let Some(change) = judgement.change() {
            let stored = self.store.get_mut(&change.origin.to_string()).unwrap();
            assert_eq!(change.version, stored.version + 1);
            *stored = change.clone();
        }
        let ruling = judgement.recorded();
        self.time += 1;
        let name = witness(self.number).name().clone();
        let answer = ruling.answer(&name, key(self.number), self.time).unwrap();
        let origin = Request::parse(body).map(|request| request.claimed().origin.to_string());
        self.verdicts
            .push((origin.unwrap_or_default(), ruling.verdict().clone()));
        match ruling.verdict() {
            Verdict::InSync { head } | Verdict::Advanced { head, .. } => {
                self.cosigned.push(head.checkpoint().clone());
            }
            Verdict::Rollback { .. } | Verdict::Fork(_) | Verdict::Unproven(_) if self.careless => {
                let request = Request::parse(body).unwrap();
                self.cosigned.push(request.claimed().clone());
            }
            _ => {}
        }
        (answer.status(), answer.body().into_bytes())
    }

    pub(super) fn memory(&self, terminal: &Terminal) -> &WitnessMemory {
        &self.store[&terminal.origin.to_string()]
    }
}

/// Talks until there is nothing to say, or the terminal is held.
pub(super) fn talk(
    terminal: &mut Terminal,
    place: usize,
    witness: &mut Witness,
) -> Option<HeldBecause> {
    for _ in 0..4 {
        let asked = match terminal.ask(place) {
            Ok(asked) => asked,
            Err(why) => return Some(why),
        };
        let (status, body) = witness.receive(asked.request.format().as_bytes());
        if let Some(why) = terminal.take(place, &asked, status, &body) {
            return Some(why);
        }
        if status == 200 {
            return None;
        }
    }
    panic!("the exchange does not end");
}

/// A terminal of 40 entries of which the server cosigned 30.
pub(super) fn cosigned_thirty() -> (Terminal, Witness) {
    let mut terminal = Terminal::new("K1/1", 0, 30);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    terminal.sell(10, 0);
    (terminal, server)
}

pub(super) fn verdict(witness: &Witness) -> &Verdict {
    &witness.verdicts.last().unwrap().1
}

pub(super) fn receive(server: &mut Witness, request: &Request) -> u16 {
    server.receive(request.format().as_bytes()).0
}
