//! A district by seed: two terminals, a server, a meter, messages that are late, doubled and out of order, credits that hang, terminals
//! that die. At no moment may two send a purchase number, and no number may be sent twice with another amount.

use std::collections::BTreeMap;

use super::*;

/// What a terminal knows: the newest of what it was told, and what its log says.
#[derive(Clone, Debug, Default)]
struct Kiosk {
    /// The version of the lease that it sells under.
    holds: Option<i64>,
    /// The newest version that it was told of.
    told: i64,
    dead: bool,
}

/// What is on its way.
#[derive(Clone, Debug)]
enum Message {
    /// The directory says whose the lease is, under which version.
    Directory {
        to: usize,
        owner: Option<usize>,
        version: i64,
    },
    /// A terminal is asked to let go.
    Ask { to: usize, version: i64 },
    /// A terminal's log says that it has let go.
    LetGo { from: usize, version: i64 },
}

struct World {
    random: u64,
    lease: Lease,
    kiosks: [Kiosk; 2],
    /// The server's credit under way: its number and amount.
    under_way: Option<(u32, u32)>,
    /// The reading that a fence waits for.
    fence: Option<String>,
    messages: Vec<Message>,
    /// What the meter counts, and what was sent under each number.
    meter: u32,
    sent: BTreeMap<u32, u32>,
    moves: u32,
}

impl World {
    fn new(seed: u64) -> World {
        World {
            random: seed,
            lease: lease(Owner::Server, None),
            kiosks: Default::default(),
            under_way: None,
            fence: None,
            messages: Vec::new(),
            meter: 0,
            sent: BTreeMap::new(),
            moves: 0,
        }
    }

    /// splitmix64
    fn below(&mut self, most: usize) -> usize {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % most as u64) as usize
    }

    fn owner(&self) -> Option<usize> {
        match &self.lease.owner {
            Owner::Server => None,
            Owner::Terminal { id, .. } => Some(usize::from(id.as_str() == "K2")),
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            under_way: i64::from(self.under_way.is_some()),
            terminal_is_dead: self.owner().is_some_and(|owner| self.kiosks[owner].dead),
        }
    }

    fn ask(&mut self, request: &Request) {
        let facts = self.facts();
        match decide(&self.lease, request, facts) {
            Decision::Move(to) => {
                self.lease = Lease {
                    owner: to,
                    version: self.lease.version + 1,
                    wanted: None,
                };
                self.moves += 1;
                let (owner, version) = (self.owner(), self.lease.version);
                for to in 0..2 {
                    self.messages
                        .push(Message::Directory { to, owner, version });
                }
            }
            Decision::Await(wanted) => {
                if let (Wanted::Handover(_), Some(to)) = (&wanted, self.owner()) {
                    let version = self.lease.version;
                    self.messages.push(Message::Ask { to, version });
                }
                self.lease.wanted = Some(wanted);
            }
            Decision::Forget => self.lease.wanted = None,
            Decision::Keep | Decision::Refuse(_) => {}
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Directory { to, owner, version } => {
                let kiosk = &mut self.kiosks[to];
                if !kiosk.dead && version > kiosk.told {
                    kiosk.told = version;
                    kiosk.holds = (owner == Some(to)).then_some(version);
                }
            }
            Message::Ask { to, version } => {
                let kiosk = &mut self.kiosks[to];
                if !kiosk.dead && kiosk.holds == Some(version) {
                    // Its log first, then nothing is sold any more.
                    kiosk.holds = None;
                    self.messages.push(Message::LetGo { from: to, version });
                }
            }
            Message::LetGo { from, version } => {
                let id = ["K1", "K2"][from];
                self.ask(&let_go(id, 3, version));
            }
        }
    }

    /// A purchase number goes out.
    fn send(&mut self, seed: u64, amount: u32) -> (u32, u32) {
        let number = self.meter + 1;
        let before = self.sent.insert(number, amount);
        assert!(
            before.is_none_or(|before| before == amount),
            "seed {seed}: number {number} was sent with {before:?} and {amount}"
        );
        (number, amount)
    }

    fn step(&mut self, seed: u64) {
        match self.below(12) {
            0..=3 if !self.messages.is_empty() => {
                let at = self.below(self.messages.len());
                // One in four arrives once more later.
                let message = match self.below(4) {
                    0 => self.messages[at].clone(),
                    _ => self.messages.swap_remove(at),
                };
                self.hear(message);
            }
            4 | 5 => {
                let to = match self.below(3) {
                    0 => Owner::Server,
                    1 => terminal("K1"),
                    _ => terminal("K2"),
                };
                self.ask(&Request::Hand(to));
            }
            // The server begins a credit: only under its lease, that nobody waits for.
            6 | 7
                if self.lease.owner == Owner::Server
                    && self.lease.wanted.is_none()
                    && self.under_way.is_none() =>
            {
                let amount = 100 + self.below(900) as u32;
                self.under_way = Some(self.send(seed, amount));
            }
            // Its outcome is found out: the meter has done it, or shows no trace.
            8 => {
                if let Some((number, _)) = self.under_way.take() {
                    match self.below(3) {
                        0 => {
                            self.sent.remove(&number);
                        }
                        _ => self.meter = number,
                    }
                    self.ask(&Request::Rest);
                }
            }
            // A terminal sells, and its meter answers: between both its log would hold the intent.
            9 => {
                let one = self.below(2);
                if self.kiosks[one].holds.is_some() && !self.kiosks[one].dead {
                    let amount = 100 + self.below(900) as u32;
                    let (number, _) = self.send(seed, amount);
                    self.meter = number;
                }
            }
            10 => {
                // One dies for good now and then, and a manager fences what it has.
                if self.below(20) == 0 {
                    let one = self.below(2);
                    self.kiosks[one].dead = true;
                }
                let order = format!("f{}", self.random);
                self.ask(&Request::Fence(order.clone()));
                if self.lease.wanted == Some(Wanted::Fence(order.clone())) {
                    self.fence = Some(order);
                }
            }
            11 => {
                if let Some(order) = self.fence.take() {
                    let read = self.below(3) > 0;
                    self.ask(&read_back(&order, read));
                }
            }
            _ => {}
        }
        self.check(seed);
    }

    fn check(&self, seed: u64) {
        let mut may_send: Vec<String> = Vec::new();
        if self.under_way.is_some() || self.lease.owner == Owner::Server {
            may_send.push("server".into());
        }
        for (kiosk, id) in self.kiosks.iter().zip(["K1", "K2"]) {
            if kiosk.holds.is_some() && !kiosk.dead {
                may_send.push(id.into());
            }
        }
        assert!(
            may_send.len() <= 1,
            "seed {seed}: {may_send:?} with {:?}",
            self.lease
        );
    }
}

#[test]
fn kiosk_and_server_never_both_hold_a_lease() {
    let first: u64 = std::env::var("METERPOST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let (mut moves, mut numbers) = (0, 0);
    for seed in first..first + 500 {
        let mut world = World::new(seed);
        for _ in 0..400 {
            world.step(seed);
        }
        moves += world.moves;
        numbers += world.sent.len();
    }
    println!(
        "seeds {first} to {}: {moves} moves, {numbers} numbers",
        first + 499
    );
    assert!(
        moves > 5_000 && numbers > 3_000,
        "too little happened: {moves} moves, {numbers} numbers"
    );
}
