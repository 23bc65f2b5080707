//! A simulated district in virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use meterpost_bus::cascade::{Input, Node, NodeSettings, Output, PortSettings, Time};
use meterpost_bus::frame::cascade::{NodeId, Outcome};

use super::chance::Chance;
use super::checks::Checks;
use super::meter::Meter;
use super::order::Order;
use super::wire::{Device, Wire};

/// Silence before anybody speaks, in bits.
pub const GAP: u64 = 33;

#[derive(Debug)]
pub enum Event {
    /// A node wants to be called.
    Tick(usize, u32),
    /// Somebody begins to speak.
    Begin(usize, Device, u32, Vec<u8>),
    /// Somebody is through.
    End(usize, u64),
    /// A frame arrives behind the repeaters.
    Arrive(usize, Device, Vec<u8>),
    /// A meter answers what it was asked, as its books stand then; perhaps twice.
    MeterSays(usize, usize, Vec<u8>, bool),
    /// A meter was silent for too long.
    Silent(usize, u32, u8, u64),
    /// Something breaks or is repaired.
    Chaos,
    /// A kiosk looks after its order.
    Kiosk(usize),
}

#[derive(Debug)]
struct Queued {
    at: Time,
    number: u64,
    event: Event,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}
impl Eq for Queued {}
impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// A port of a living node, as the driver of the real one.
#[derive(Debug, Default)]
pub struct Driver {
    pub free_at: Time,
    pub exchange: Option<(u64, Vec<u8>)>,
}

pub struct Living {
    pub node: Node,
    pub drivers: BTreeMap<u8, Driver>,
    pub uplink: bool,
    pub next_tick: Time,
}

/// A place for a node, living or not.
pub struct Place {
    pub settings: NodeSettings,
    pub wires: BTreeMap<u8, usize>,
    /// Counts its lives, so that nothing of an earlier one arrives in a later one.
    pub life: u32,
    pub living: Option<Living>,
    pub may_be_root: bool,
    pub deaf: bool,
}

/// How the world can be broken on purpose, to see that the checks see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotage {
    /// Every request arrives a second time under another id.
    pub second_id: bool,
}

pub struct World {
    pub now: Time,
    pub chance: Chance,
    queue: BinaryHeap<Reverse<Queued>>,
    pub numbers: u64,
    pub wires: Vec<Wire>,
    pub meters: Vec<Meter>,
    pub meter_wires: Vec<usize>,
    pub places: Vec<Place>,
    pub orders: Vec<Order>,
    pub tickets: u64,
    /// What asks came to, by ticket.
    pub outcomes: BTreeMap<u64, Outcome>,
    pub broadcasts: BTreeMap<(usize, Vec<u8>), u32>,
    pub reports: Vec<(NodeId, Vec<u8>)>,
    /// What was said by nodes and meters.
    pub said: Vec<(Time, usize, Vec<u8>)>,
    pub checks: Checks,
    pub rough: bool,
    pub sabotage: Sabotage,
    pub trace: bool,
    /// Whether it is kept what is said.
    pub records: bool,
}

impl World {
    pub fn new(seed: u64) -> World {
        World {
            now: Duration::from_secs(1),
            chance: Chance::new(seed),
            queue: BinaryHeap::new(),
            numbers: 0,
            wires: Vec::new(),
            meters: Vec::new(),
            meter_wires: Vec::new(),
            places: Vec::new(),
            orders: Vec::new(),
            tickets: 0,
            outcomes: BTreeMap::new(),
            broadcasts: BTreeMap::new(),
            reports: Vec::new(),
            said: Vec::new(),
            checks: Checks::default(),
            rough: false,
            sabotage: Sabotage::default(),
            trace: std::env::var("TRACE").is_ok(),
            records: true,
        }
    }

    pub fn at(&mut self, at: Time, event: Event) {
        self.numbers += 1;
        self.queue.push(Reverse(Queued {
            at,
            number: self.numbers,
            event,
        }));
    }

    /// A node comes to life.
    pub fn start(&mut self, place: usize) {
        let seed = self.chance.next();
        let now = self.now;
        let here = &mut self.places[place];
        if here.living.is_some() {
            return;
        }
        here.life += 1;
        let drivers = here
            .wires
            .keys()
            .map(|&port| (port, Driver::default()))
            .collect();
        here.living = Some(Living {
            node: Node::new(here.settings.clone(), seed, now),
            drivers,
            uplink: false,
            next_tick: Duration::MAX,
        });
        self.say(|world| format!("node {} starts", world.places[place].settings.id));
        let up = self.places[place].may_be_root;
        self.uplink(place, up);
    }

    pub fn kill(&mut self, place: usize) {
        if let Some(living) = self.places[place].living.take() {
            self.say(|world| format!("node {} dies", world.places[place].settings.id));
            drop(living);
            // What it was saying breaks off.
            for wire in &mut self.wires {
                for speech in &mut wire.speaking {
                    if matches!(speech.from, Device::Node(node, _) if node == place) {
                        speech.spoilt = true;
                    }
                }
            }
        }
    }

    pub fn uplink(&mut self, place: usize, up: bool) {
        if let Some(living) = &mut self.places[place].living {
            living.uplink = up;
            self.feed(place, Input::Uplink(up));
        }
    }

    /// Gives a node something and does what it says.
    pub fn feed(&mut self, place: usize, input: Input) {
        let now = self.now;
        let Some(living) = &mut self.places[place].living else {
            return;
        };
        let outputs = living.node.step(now, input);
        let deadline = living.node.deadline().unwrap_or(Duration::MAX);
        // A moment that has passed is asked for again a little later, so that a machine at fault cannot stop the time.
        let deadline = deadline.max(now + Duration::from_micros(100));
        let call = deadline < living.next_tick || living.next_tick <= now;
        if call {
            living.next_tick = deadline;
            let life = self.places[place].life;
            if deadline < Duration::from_secs(100_000) {
                self.at(deadline, Event::Tick(place, life));
            }
        }
        for output in outputs {
            self.carry_out(place, output);
        }
    }

    fn carry_out(&mut self, place: usize, output: Output) {
        let life = self.places[place].life;
        match output {
            Output::Send { port, frames } => {
                for frame in frames {
                    self.send(place, port, frame);
                }
            }
            Output::Exchange {
                port,
                ticket,
                frame,
                patience,
                ..
            } => {
                self.checks.exchanged(&frame);
                let ends = self.send(place, port, frame.clone());
                if let Some(driver) = self.driver(place, port) {
                    driver.exchange = Some((ticket, frame));
                }
                self.at(ends + patience, Event::Silent(place, life, port, ticket));
            }
            Output::Done { ticket, outcome } => {
                self.outcomes.insert(ticket, outcome);
            }
            Output::Grant { port, ticket } => self.feed(place, Input::Release { port, ticket }),
            Output::Serve { ticket, frame } => {
                let content = Some(frame.into_iter().rev().collect());
                self.feed(place, Input::Served { ticket, content });
            }
            Output::Broadcast { content, .. } => {
                *self.broadcasts.entry((place, content)).or_default() += 1;
            }
            Output::Report { origin, content } => self.reports.push((origin, content)),
            Output::Owner {
                port, owner, term, ..
            } => self.say(|world| {
                let id = world.places[place].settings.id;
                let owner = owner.map(NodeId::number);
                format!("node {id} port {port}: owner {owner:?} term {term}")
            }),
            Output::Deny { .. } => {}
        }
    }

    pub fn driver(&mut self, place: usize, port: u8) -> Option<&mut Driver> {
        self.places[place].living.as_mut()?.drivers.get_mut(&port)
    }

    /// Puts a frame behind what a node still sends; returns when its last byte is out.
    fn send(&mut self, place: usize, port: u8, frame: Vec<u8>) -> Time {
        let now = self.now;
        let life = self.places[place].life;
        let Some(wire) = self.places[place].wires.get(&port).copied() else {
            return now;
        };
        let line = self.wires[wire].line;
        let (gap, takes) = (line.bit_times(GAP), line.wire_time(frame.len()));
        let Some(driver) = self.driver(place, port) else {
            return now;
        };
        let begins = now.max(driver.free_at);
        driver.free_at = begins + takes + gap;
        self.at(
            begins,
            Event::Begin(wire, Device::Node(place, port), life, frame),
        );
        begins + takes
    }

    /// Lives on until then, or until `enough` says so.
    pub fn run_until(&mut self, until: Time, mut enough: impl FnMut(&World) -> bool) {
        while let Some(Reverse(next)) = self.queue.peek() {
            if next.at > until || enough(self) {
                break;
            }
            let Some(Reverse(next)) = self.queue.pop() else {
                break;
            };
            self.now = next.at;
            self.happen(next.event);
            let now = self.now;
            if self.checks.owners_due(now) {
                let owners = self.owners();
                self.checks.owners(now, &owners);
            }
        }
        if self.now < until && !enough(self) {
            self.now = until;
        }
    }

    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now + time, |_| false);
    }

    /// Who owns each piece of each wire.
    pub fn owners(&self) -> BTreeMap<(usize, u8), Vec<NodeId>> {
        let mut owners: BTreeMap<(usize, u8), Vec<NodeId>> = BTreeMap::new();
        for (index, wire) in self.wires.iter().enumerate() {
            for attached in &wire.attached {
                if let Device::Node(place, port) = attached.device
                    && let Some(living) = &self.places[place].living
                {
                    let owners = owners.entry((index, attached.piece)).or_default();
                    if living.node.owns(port) {
                        owners.push(living.node.id());
                    }
                }
            }
        }
        owners
    }

    pub fn say(&mut self, what: impl FnOnce(&World) -> String) {
        if self.trace {
            println!("{:>10.3} {}", self.now.as_secs_f64(), what(self));
        }
    }
}

/// A node on these wires; port n is the nth of them.
pub fn settings(world: &World, id: u16, rank: u8, wires: &[usize]) -> NodeSettings {
    NodeSettings {
        id: NodeId::new(id).unwrap(),
        rank,
        area: 0x0171,
        terminal: id,
        ports: wires
            .iter()
            .enumerate()
            .map(|(index, wire)| PortSettings {
                port: index as u8 + 1,
                segment: world.wires[*wire].segment,
                line: world.wires[*wire].line,
                repeater_delay: world.wires[*wire].delay,
                latency: Duration::from_millis(5),
                peers: Vec::new(),
            })
            .collect(),
    }
}
