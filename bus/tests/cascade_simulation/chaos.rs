//! What breaks in a district, and what kiosks do meanwhile.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use std::collections::BTreeSet;
use std::time::Duration;

use meterpost_bus::cascade::{Input, Target};
use meterpost_bus::frame::cascade::{Operation, Outcome, Refused};
use meterpost_bus::frame::dlt645::Address;
use meterpost_bus::link::SerialSettings;

use super::meter::{Meter, books_of, credit, read};
use super::order::{Order, Step, Told};
use super::wire::{Attached, Device, Wire};
use super::world::{Event, Place, World, settings};

/// How long a kiosk waits for one exchange.
const WITHIN: Duration = Duration::from_secs(12);
const PATIENCE: Duration = Duration::from_millis(800);

impl World {
    /// A wire.
    pub fn wire(&mut self, baud: u32, delay: Duration) -> usize {
        self.wires.push(Wire {
            segment: self.wires.len() as u16 + 1,
            line: SerialSettings {
                baud,
                ..SerialSettings::default()
            },
            delay,
            attached: Vec::new(),
            speaking: Vec::new(),
            noise: 0,
            frames: 0,
            cut_at: None,
        });
        self.wires.len() - 1
    }

    /// A meter on a wire.
    pub fn meter(&mut self, wire: usize) -> usize {
        let number = self.meters.len();
        let address = Address::from_digits(&format!("2603055{number:05}")).unwrap();
        self.meters.push(Meter::new(address));
        self.meter_wires.push(wire);
        self.wires[wire].attached.push(Attached {
            device: Device::Meter(number),
            piece: 0,
        });
        number
    }

    /// A node on wires, which lives at once.
    pub fn node(&mut self, rank: u8, wires: &[usize], may_be_root: bool) -> usize {
        let place = self.places.len();
        let id = place as u16 + 1;
        for (index, wire) in wires.iter().enumerate() {
            self.wires[*wire].attached.push(Attached {
                device: Device::Node(place, index as u8 + 1),
                piece: 0,
            });
        }
        self.places.push(Place {
            settings: settings(self, id, rank, wires),
            wires: wires
                .iter()
                .enumerate()
                .map(|(index, wire)| (index as u8 + 1, *wire))
                .collect(),
            life: 0,
            living: None,
            may_be_root,
            deaf: false,
        });
        self.start(place);
        place
    }

    /// A district that hangs together somehow.
    pub fn random_district(&mut self) {
        let wires = 1 + self.chance.below(6);
        for _ in 0..wires {
            let baud = [9600, 9600, 9600, 19200, 4800, 2400][self.chance.below(6)];
            let delay = [0, 0, 0, 30][self.chance.below(4)];
            let wire = self.wire(baud, Duration::from_millis(delay));
            for _ in 0..=self.chance.below(3) {
                self.meter(wire);
            }
        }
        let nodes = 2 + self.chance.below(6);
        let mut on: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); nodes];
        on[0].insert(0);
        for (index, wires_of) in on.iter_mut().enumerate().skip(1) {
            // Every node hangs on a wire of those before it, so that everything is connected.
            let reached = wires.min(index);
            wires_of.insert(self.chance.below(reached));
            if index < wires {
                wires_of.insert(index);
            }
            if self.chance.one_in(2) {
                wires_of.insert(self.chance.below(reached));
            }
        }
        for wire in nodes..wires {
            let node = self.chance.below(nodes);
            on[node].insert(wire);
        }
        let roots = 1 + self.chance.below(2.min(nodes));
        for (index, wires) in on.iter().enumerate() {
            let rank = self.chance.below(4) as u8;
            let wires: Vec<usize> = wires.iter().copied().collect();
            let root = index == 0 || (index > nodes - roots);
            self.node(rank, &wires, root);
        }
    }

    /// Something breaks, or is repaired.
    pub fn chaos(&mut self) {
        if !self.rough {
            return;
        }
        let place = self.chance.below(self.places.len());
        let wire = self.chance.below(self.wires.len());
        match self.chance.below(12) {
            0..=2 => self.kill(place),
            3..=5 => self.start(place),
            6 => self.cut(wire),
            7 | 8 => self.heal(wire),
            9 => self.wires[wire].noise = [20, 100, 300][self.chance.below(3)],
            10 => self.wires[wire].noise = 0,
            _ => {
                let up = self.chance.one_in(2) && self.places[place].may_be_root;
                self.uplink(place, up);
            }
        }
        let next = self.now + self.chance.millis(500, 8000);
        self.at(next, Event::Chaos);
    }

    /// A wire falls into two pieces.
    pub fn cut(&mut self, wire: usize) {
        for index in 0..self.wires[wire].attached.len() {
            let piece = self.chance.below(2) as u8;
            self.wires[wire].attached[index].piece = piece;
        }
        self.wires[wire].cut_at = Some(self.now);
        self.checks.cabling_changed();
        self.say(|world| format!("wire {} is cut", world.wires[wire].segment));
    }

    pub fn heal(&mut self, wire: usize) {
        for attached in &mut self.wires[wire].attached {
            attached.piece = 0;
        }
        self.checks.cabling_changed();
        self.say(|world| format!("wire {} is whole", world.wires[wire].segment));
    }

    /// Everything that is repaired stays so. Some nodes stay dead.
    pub fn calm(&mut self) {
        self.rough = false;
        for wire in 0..self.wires.len() {
            self.heal(wire);
            self.wires[wire].noise = 0;
        }
        for place in 0..self.places.len() {
            if self.chance.one_in(4) {
                self.kill(place);
            } else {
                self.start(place);
                let up = self.places[place].may_be_root;
                self.uplink(place, up);
            }
        }
    }

    /// Nodes to which a master is connected.
    pub fn roots(&self) -> Vec<usize> {
        let living = |place: &Place| place.living.as_ref().is_some_and(|living| living.uplink);
        (0..self.places.len())
            .filter(|place| living(&self.places[*place]))
            .collect()
    }

    /// Hands a frame for a meter to a root.
    pub fn ask(&mut self, root: usize, meter: usize, frame: Vec<u8>, within: Duration) -> u64 {
        self.tickets += 1;
        let segment = self.wires[self.meter_wires[meter]].segment;
        let ticket = self.tickets;
        let input = Input::Ask {
            ticket,
            target: Target::Segment(segment),
            operation: Operation::Meter {
                segment: 0,
                control: 0,
                patience: PATIENCE,
                frame,
            },
            within,
        };
        self.feed(root, input);
        ticket
    }

    /// A kiosk takes money for a meter.
    pub fn order(&mut self, meter: usize) {
        let number = self.orders.len();
        self.orders.push(Order {
            meter,
            amount: number as u32 + 100,
            step: Step::Reading,
            root: self.chance.below(8),
            tries: 0,
            ticket: None,
            gives_up: Duration::ZERO,
            never_sent: false,
        });
        let now = self.now;
        self.at(now, Event::Kiosk(number));
    }

    /// A kiosk goes on with its order.
    pub fn look_after(&mut self, number: usize) {
        let order = &self.orders[number];
        if let Some(ticket) = order.ticket {
            let outcome = self.outcomes.remove(&ticket);
            if outcome.is_none() && self.now < order.gives_up {
                let later = self.now + Duration::from_millis(50);
                return self.at(later, Event::Kiosk(number));
            }
            self.orders[number].ticket = None;
            self.go_on(number, outcome.unwrap_or(Outcome::Unknown));
        }
        self.next_step(number);
    }

    /// What an outcome means for the order.
    fn go_on(&mut self, number: usize, outcome: Outcome) {
        let order = &mut self.orders[number];
        order.tries += 1;
        let books = match &outcome {
            Outcome::Done(frame) => books_of(frame),
            _ => None,
        };
        order.step = match (order.step, books) {
            (Step::Reading, Some(books)) => {
                order.tries = 0;
                Step::Crediting(books)
            }
            (Step::Reading, None) if order.tries > 6 => Step::Over(Told::NotApplied),
            (Step::Crediting(before), _) => {
                order.never_sent = matches!(outcome, Outcome::NotSent(_));
                order.tries = 0;
                Step::Resolving(before)
            }
            (Step::Resolving(before), Some(after)) => Step::Over(order.judge(before, after)),
            (Step::Resolving(_), None) if order.tries > 12 => Step::Over(Told::Unknown),
            (step, _) => step,
        };
        // Another master, when the one asked did not bring it about.
        if books.is_none() {
            order.root += 1;
        }
    }

    fn next_step(&mut self, number: usize) {
        let order = &self.orders[number];
        let meter = order.meter;
        let address = self.meters[meter].address;
        let (frame, root) = match order.step {
            Step::Over(_) => return,
            Step::Reading | Step::Resolving(_) => (read(address), order.root),
            Step::Crediting(books) => (credit(address, books.count + 1, order.amount), order.root),
        };
        let roots = self.roots();
        let asked = roots.get(root % roots.len().max(1)).copied();
        let ticket = match asked {
            Some(root) => self.ask(root, meter, frame, WITHIN),
            None => {
                self.tickets += 1;
                let nowhere = Outcome::NotSent(Refused::NoWay);
                self.outcomes.insert(self.tickets, nowhere);
                self.tickets
            }
        };
        let pause = self.chance.millis(100, 1500);
        let order = &mut self.orders[number];
        order.ticket = Some(ticket);
        // Not before the network has certainly given up: what it still carries must not overtake the reading back.
        order.gives_up = self.now + WITHIN + Duration::from_secs(1);
        let at = self.now + pause;
        self.at(at, Event::Kiosk(number));
    }
}
