//! The meter bus in the menu: concentrators, wires and meters with what is known of each, the newest frames, and two things that can be done:
//! read a meter, or ask every meter of a wire. Both are reads through the task that carries out the sale's own traffic, one after the other,
//! so neither can come between the frames of a delivery; while a delivery is being settled neither can be begun.

use std::collections::BTreeMap;

use meterpost_bus::master::EndpointStatus;
use meterpost_bus::meter::Reading;
use meterpost_ledger::StaffOutcome;
use meterpost_ui::view::{MenuNumber, MenuPage, Word};

use super::acts::Act;
use super::doing::Step;
use super::facts::ServiceJob;
use super::inside::Inside;
use super::page::Page;
use super::{Hands, Order, Sight, said};

/// What the task that talks to meters knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BusFacts {
    /// The concentrators, the preferred one first.
    pub endpoints: Vec<EndpointStatus>,
    /// The newest frames, the newest first.
    pub frames: Vec<WireFrame>,
    /// How often each meter answered since the program started, by its number.
    pub heard: BTreeMap<String, Heard>,
}

/// A frame, or that none came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFrame {
    /// Date and time of day.
    pub at: String,
    /// The meter's number.
    pub meter: String,
    /// The concentrator's port.
    pub segment: u8,
    /// Which way, and its bytes in hexadecimal.
    pub way: FrameWay,
}

/// Which way a frame went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameWay {
    /// To the meter.
    Out(String),
    /// From it.
    In(String),
    /// Nothing came; why.
    Silence(String),
}

/// How a meter answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Requests to it.
    pub tries: u64,
    /// Those that it answered.
    pub answers: u64,
    /// When it answered last.
    pub last_answer: Option<String>,
    /// Why the last request was not answered, if it was not.
    pub silent: Option<String>,
}

/// What of the bus somebody looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BusLook {
    /// The wire.
    pub(super) segment: u8,
    /// The meter.
    pub(super) meter: String,
    /// What it said last in this visit, by its number.
    pub(super) read: Option<(String, Result<Reading, String>)>,
}

/// Every meter of a wire is being asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Calling {
    /// Those that are still to be asked, the next one last; it is being asked now.
    left: Vec<String>,
    of: usize,
    silent: usize,
}

impl Calling {
    /// How many were asked, of how many.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.of - self.left.len(), self.of)
    }
}

/// Every wire with the numbers of its meters, in order.
pub(super) fn wires(sight: &Sight<'_>) -> BTreeMap<u8, Vec<String>> {
    let mut wires: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    let configured = sight.rules.meters.iter();
    let configured = configured.map(|meter| (meter.segment, &meter.number));
    let told = sight.rules.told.directory.meters();
    let told = told.map(|meter| (meter.segment, &meter.number));
    // How a meter is reached, the configuration says before the directory.
    let mut known = std::collections::HashSet::new();
    for (segment, number) in configured.chain(told) {
        if known.insert(number) {
            wires.entry(segment).or_default().push(number.clone());
        }
    }
    for numbers in wires.values_mut() {
        numbers.sort();
    }
    wires
}

/// Why what somebody looks at cannot be asked now.
pub(super) fn refusal(inside: &Inside, sight: &Sight<'_>, act: Act) -> Option<Word> {
    let known = match act {
        Act::ReadMeter => sight.rules.meter(&inside.bus.meter).is_some(),
        _ => wires(sight).contains_key(&inside.bus.segment),
    };
    if !known {
        return Some(Word::NoSuchMeter);
    }
    unready(sight)
}

/// Why no meter can be asked now.
fn unready(sight: &Sight<'_>) -> Option<Word> {
    if !sight.bus {
        return Some(Word::ConcentratorNotReached);
    }
    (sight.busy || sight.settling.is_some()).then_some(Word::SaleUnderWay)
}

impl Inside {
    /// A row of the bus's own was touched: the page that it leads to.
    pub(super) fn page_on_bus(&mut self, name: &str) -> Option<Page> {
        if let Some(number) = name.strip_prefix("meter-") {
            if number == "number" {
                return Some(Page::MeterNumber);
            }
            number.clone_into(&mut self.bus.meter);
            return Some(Page::Meter);
        }
        self.bus.segment = name.strip_prefix("segment-")?.parse().ok()?;
        Some(Page::Segment)
    }

    /// A number was typed: its meter's page comes in place of the keypad's.
    pub(super) fn meter_typed(&mut self, hands: &mut Hands<'_, '_>) {
        if hands.sight.rules.meter(&self.typed).is_none() {
            self.problem = Some(Word::NoSuchMeter);
            return;
        }
        self.bus.meter = std::mem::take(&mut self.typed);
        self.trail.pop();
        self.open(hands, Page::Meter);
    }

    pub(super) fn typing_meter(&self) -> MenuPage {
        MenuPage::Number(MenuNumber {
            title: Word::ReadOneMeter,
            asks: Word::TypeMeterNumber.into(),
            entry: self.typed.clone(),
            problem: self.problem,
        })
    }

    /// Whether meters are being asked: staff wait for it, though they may leave.
    pub(super) fn is_asking(&self) -> bool {
        let step = self.doing.as_ref().map(|doing| &doing.step);
        matches!(step, Some(Step::Calling(_)))
    }

    /// What the entry before the act says.
    pub(super) fn bus_intent(&self, act: Act) -> String {
        match act {
            Act::ReadMeter => format!("meter {}", self.bus.meter),
            _ => format!("wire {}", self.bus.segment),
        }
    }

    /// Begins to ask.
    pub(super) fn begin_on_bus(&mut self, hands: &mut Hands<'_, '_>, act: Act) -> Step {
        let mut left = match act {
            Act::ReadMeter => vec![self.bus.meter.clone()],
            _ => {
                let mut wires = wires(hands.sight);
                wires.remove(&self.bus.segment).unwrap_or_default()
            }
        };
        left.reverse();
        if let Some(first) = left.last() {
            ask(hands, first);
        }
        Step::Calling(Calling {
            of: left.len(),
            left,
            silent: 0,
        })
    }

    /// A meter answered, or did not. An answer that was asked for before, by somebody who has given up, is nobody's.
    pub(super) fn meter_read(
        &mut self,
        hands: &mut Hands<'_, '_>,
        number: &str,
        result: &Result<Reading, String>,
    ) {
        let Some(Step::Calling(calling)) = self.doing.as_mut().map(|doing| &mut doing.step) else {
            return;
        };
        if calling.left.last().map(String::as_str) != Some(number) {
            return;
        }
        calling.left.pop();
        calling.silent += usize::from(result.is_err());
        self.bus.read = Some((number.to_owned(), result.clone()));
        // A delivery that has come up meanwhile goes first; the rest can be asked afterwards.
        let stopped = unready(hands.sight);
        match (calling.left.last(), stopped) {
            (Some(next), None) => ask(hands, next),
            (next, _) => {
                let early = next.is_some();
                let (asked, of) = calling.progress();
                let silent = calling.silent;
                self.called(hands, (asked, of, silent), stopped.filter(|_| early));
            }
        }
    }

    fn called(
        &mut self,
        hands: &mut Hands<'_, '_>,
        (asked, of, silent): (usize, usize, usize),
        stopped: Option<Word>,
    ) {
        let words = format!("{asked} of {of} asked, {silent} without an answer");
        let only = self.bus.read.clone().filter(|_| of == 1);
        let (outcome, shown) = match (stopped, only) {
            (Some(why), _) => (StaffOutcome::Failed, why.into()),
            (None, Some((_, Err(why)))) => (StaffOutcome::Failed, said(Word::MeterSilent, &[&why])),
            (None, Some((_, Ok(_)))) => (StaffOutcome::Done, Word::MeterAnswered.into()),
            (None, None) if silent == 0 => {
                let shown = said(Word::AllAnswered, &[&of.to_string()]);
                (StaffOutcome::Done, shown)
            }
            (None, None) => {
                let values = [silent.to_string(), of.to_string()];
                let shown = said(Word::SomeSilent, &[&values[0], &values[1]]);
                (StaffOutcome::Done, shown)
            }
        };
        self.end(hands, outcome, &words, shown);
    }
}

fn ask(hands: &mut Hands<'_, '_>, number: &str) {
    let job = ServiceJob::ReadMeter(number.to_owned());
    hands.out.push(Order::Job(job));
}
