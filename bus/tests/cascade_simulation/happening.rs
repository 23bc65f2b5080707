//! What happens on the wires, moment by moment.

use std::time::Duration;

use meterpost_bus::cascade::{Exchanged, Input};

use super::meter::fits;
use super::wire::{Device, Speech};
use super::world::{Event, GAP, World};

impl World {
    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Tick(place, life) => {
                if self.places[place].life == life {
                    if let Some(living) = &mut self.places[place].living {
                        living.next_tick = living.next_tick.max(self.now);
                        if living.next_tick > self.now {
                            return;
                        }
                    }
                    self.feed(place, Input::Tick);
                }
            }
            Event::Begin(wire, device, life, frame) => self.begin(wire, device, life, frame),
            Event::End(wire, id) => self.end(wire, id),
            Event::Arrive(wire, device, frame) => self.arrive(wire, device, frame),
            Event::MeterSays(wire, meter, frame, twice) => {
                if let Some(answer) = self.meters[meter].answer(&frame) {
                    let line = self.wires[wire].line;
                    let again = self.now + line.wire_time(answer.len()) + Duration::from_millis(10);
                    let device = Device::Meter(meter);
                    self.begin(wire, device, 0, answer.clone());
                    if twice {
                        self.at(again, Event::Begin(wire, device, 0, answer));
                    }
                }
            }
            Event::Silent(place, life, port, ticket) => {
                let waits = self.places[place].life == life
                    && self.driver(place, port).is_some_and(
                        |driver| matches!(driver.exchange, Some((own, _)) if own == ticket),
                    );
                if waits {
                    self.exchanged(place, port, Exchanged::Silent);
                }
            }
            Event::Chaos => self.chaos(),
            Event::Kiosk(order) => self.look_after(order),
        }
    }

    fn exchanged(&mut self, place: usize, port: u8, result: Exchanged) {
        let gap = self.places[place]
            .wires
            .get(&port)
            .map(|wire| self.wires[*wire].line.bit_times(GAP));
        let now = self.now;
        let Some(driver) = self.driver(place, port) else {
            return;
        };
        driver.free_at = driver.free_at.max(now + gap.unwrap_or_default());
        if let Some((ticket, _)) = driver.exchange.take() {
            let input = Input::Exchanged {
                port,
                ticket,
                result,
            };
            self.feed(place, input);
        }
    }

    fn begin(&mut self, wire: usize, device: Device, life: u32, frame: Vec<u8>) {
        if let Device::Node(place, _) = device {
            let here = &self.places[place];
            if here.life != life || here.living.is_none() {
                return;
            }
        }
        self.numbers += 1;
        let id = self.numbers;
        let takes = self.wires[wire].line.wire_time(frame.len());
        self.checks.frame(self.now, &frame);
        if self.records {
            self.said.push((self.now, wire, frame.clone()));
        }
        self.say(|world| {
            let segment = world.wires[wire].segment;
            format!("wire {segment} {device:?}: {}", describe(&frame))
        });
        self.wires[wire].begin(Speech {
            id,
            from: device,
            frame,
            spoilt: false,
        });
        self.at(self.now + takes, Event::End(wire, id));
    }

    fn end(&mut self, wire: usize, id: u64) {
        let Some(speech) = self.wires[wire].end(id) else {
            return;
        };
        if speech.spoilt {
            self.say(|_| "   … spoilt".to_owned());
            return;
        }
        let delay = self.wires[wire].delay;
        for device in self.wires[wire].listeners(speech.from) {
            if self.chance.permille(self.wires[wire].noise) {
                continue;
            }
            // A repeater now and then needs longer, or says a frame twice.
            let late = self.rough && self.chance.permille(5);
            let more = if late {
                self.chance.millis(1, 40)
            } else {
                Duration::ZERO
            };
            let at = self.now + delay + more;
            self.at(at, Event::Arrive(wire, device, speech.frame.clone()));
            if self.rough && self.chance.permille(3) {
                let again = at + self.chance.millis(1, 40);
                self.at(again, Event::Arrive(wire, device, speech.frame.clone()));
            }
            if self.sabotage.second_id
                && let Some(forged) = super::checks::second_id(&speech.frame)
            {
                self.at(
                    at + Duration::from_millis(1),
                    Event::Arrive(wire, device, forged),
                );
            }
        }
    }

    fn arrive(&mut self, wire: usize, device: Device, frame: Vec<u8>) {
        match device {
            Device::Meter(meter) => self.meter_hears(wire, meter, &frame),
            Device::Node(place, port) => {
                if self.places[place].deaf {
                    return;
                }
                let now = self.now;
                let gap = self.wires[wire].line.bit_times(GAP);
                let Some(driver) = self.driver(place, port) else {
                    return;
                };
                driver.free_at = driver.free_at.max(now + gap);
                let answer = driver
                    .exchange
                    .as_ref()
                    .is_some_and(|(_, request)| fits(request, &frame));
                if answer {
                    self.exchanged(place, port, Exchanged::Answer(frame));
                } else {
                    self.feed(place, Input::Heard { port, frame });
                }
            }
        }
    }

    fn meter_hears(&mut self, wire: usize, meter: usize, frame: &[u8]) {
        let reads = super::meter::amount_of(frame).is_none();
        let Some(answer) = self.meters[meter].answer(frame) else {
            return;
        };
        let rough = self.rough;
        let line = self.wires[wire].line;
        let delay = match self.chance.below(100) {
            0..=5 if rough => return,
            6..=11 if rough => self.chance.millis(600, 2500),
            _ => self.chance.millis(20, 200),
        };
        let at = self.now + delay;
        let device = Device::Meter(meter);
        let twice = rough && self.chance.permille(30);
        if reads {
            let says = Event::MeterSays(wire, meter, frame.to_vec(), twice);
            return self.at(at, says);
        }
        self.at(at, Event::Begin(wire, device, 0, answer.clone()));
        if twice {
            let again = at + line.wire_time(answer.len()) + Duration::from_millis(10);
            self.at(again, Event::Begin(wire, device, 0, answer));
        }
    }
}

fn describe(frame: &[u8]) -> String {
    let mut assembler = meterpost_bus::frame::cascade::Assembler::default();
    match assembler.take(frame) {
        Some(Ok(packet)) => format!("{packet:?}"),
        Some(Err(error)) => format!("part of a message ({error})"),
        None => hex::encode_upper(frame),
    }
}
