//! One job after the other, for as long as the program runs.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zeroize::Zeroizing;

use super::Job;
use super::letter::{Letter, role};
use super::office::{Office, OfficeError};
use super::personalise::{MakeError, complete, make_keys, must_be_right, open, secure, slots};
use super::secrets::DeskSecret;
use crate::app::SystemClock;
use crate::config::DeskConfig;
use crate::device::backoff::Backoff;
use crate::device::card::bays::Sight;
use crate::device::card::certificate::Authority;
use crate::device::card::piv::Slot;
use crate::device::card::piv::authenticate::PublicKey;
use crate::device::card::reader::{CardWire, Readers};
use crate::device::card::session::Judge;
use crate::device::card::{CardKind, CardTime, RandomBytes, ShownCard};
use crate::device::printer::{self, PrintJob, PrintOutcome, PrinterEvent, PrinterSettings};
use crate::receipt::Typeface;

/// Between two questions for a job.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two looks at the reader.
const LOOK: Duration = Duration::from_millis(250);
/// After so long without a card it is asked whether the job still stands.
const STILL_WANTED: Duration = Duration::from_secs(10);
/// Between two attempts to print a slip.
const PRINT_AGAIN: Duration = Duration::from_secs(3);

/// Where what the clerk should know goes, a line at a time.
pub type Tell = Box<dyn Fn(&str)>;

/// Why the desk does not work. The texts are for the technician.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A file that it needs.
    #[error("{0}")]
    File(String),
    /// The server refuses this desk.
    #[error("the server refuses this desk: {0}")]
    Refused(String),
    /// The system.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Everything the desk works with.
struct Desk<'d> {
    config: &'d DeskConfig,
    office: Office,
    secret: DeskSecret,
    judge: Judge,
    clock: SystemClock,
    random: RandomBytes,
    typeface: Typeface,
    slips: Slips,
    tell: Tell,
    /// The last thing the clerk was told, so that nothing is repeated.
    told: String,
}

/// The way to the printer's task.
struct Slips {
    jobs: UnboundedSender<PrintJob>,
    events: UnboundedReceiver<PrinterEvent>,
    _runtime: Runtime,
}

/// Why a card is not in the clerk's hand yet.
enum Setback {
    /// Begin the job anew.
    Again(String),
    /// The job stands no more.
    Dropped(String),
}

/// Works until the program is stopped, or the server refuses the desk.
///
/// # Errors
/// [`DeskError`]; it never ends otherwise.
pub fn run(
    config: &DeskConfig,
    office: Office,
    clock: SystemClock,
    mut random: RandomBytes,
    tell: Tell,
) -> Result<std::convert::Infallible, DeskError> {
    let secret = DeskSecret::open_or_make(&config.terminal.data, &mut random);
    let typeface = Typeface::embedded().map_err(|why| DeskError::File(why.to_string()))?;
    let mut desk = Desk {
        judge: judge(config)?,
        config,
        office,
        secret: secret.map_err(DeskError::File)?,
        clock,
        random,
        typeface,
        slips: Slips::start(config)?,
        tell,
        told: String::new(),
    };
    desk.work()
}

fn judge(config: &DeskConfig) -> Result<Judge, DeskError> {
    let path = &config.cards.ca;
    let wrong = |why: &dyn std::fmt::Display| DeskError::File(format!("{}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|why| wrong(&why))?;
    Ok(Judge {
        authority: Authority::from_pem(&pem).map_err(|why| wrong(&why))?,
        tenant: config.terminal.tenant.clone(),
    })
}

impl Slips {
    fn start(config: &DeskConfig) -> Result<Slips, DeskError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (jobs, receiver) = unbounded_channel();
        let (sender, events) = unbounded_channel();
        let settings = PrinterSettings {
            address: config.printer.address.clone(),
        };
        {
            let _inside = runtime.enter();
            printer::spawn(settings, receiver, sender);
        }
        Ok(Slips {
            jobs,
            events,
            _runtime: runtime,
        })
    }

    fn print(&mut self, job: PrintJob) -> PrintOutcome {
        let gone = || PrintOutcome::NotPrinted("the printer's task ended".to_owned());
        if self.jobs.send(job).is_err() {
            return gone();
        }
        loop {
            match self.events.blocking_recv() {
                Some(PrinterEvent::Done(outcome)) => return outcome,
                Some(PrinterEvent::State(_)) => {}
                None => return gone(),
            }
        }
    }
}

impl Desk<'_> {
    fn say(&mut self, text: String) {
        if text != self.told {
            (self.tell)(&text);
            self.told = text;
        }
    }

    fn work(&mut self) -> Result<std::convert::Infallible, DeskError> {
        let mut backoff = Backoff::default();
        loop {
            match self.office.next_job() {
                Ok(Some(job)) => {
                    backoff.reset();
                    self.make(&job);
                }
                Ok(None) => {
                    backoff.reset();
                    self.say("no card to make".to_owned());
                    sleep(PAUSE);
                }
                Err(OfficeError::NoAnswer(why)) => {
                    self.say(format!("{why}; asking again"));
                    sleep(backoff.pause());
                }
                Err(why) => return Err(DeskError::Refused(why.to_string())),
            }
        }
    }

    /// One job, until the card is issued or the job stands no more.
    fn make(&mut self, job: &Job) {
        let (_, kind) = role(job.kind);
        let (id, card) = (job.id, &job.card);
        tracing::info!(job = id, ?kind, "a card is to be made");
        self.say(format!("{card} ({kind}): put a blank card into the reader"));
        let mut readers = match Readers::open(self.config.cards.reader.as_deref()) {
            Ok(readers) => readers,
            Err(why) => {
                self.say(why);
                sleep(PAUSE);
                return;
            }
        };
        let Some((reader, seen)) = self.wait_for_card(&mut readers) else {
            return;
        };
        match self.make_with(job, &readers, &reader) {
            Ok(()) => self.say(format!("{card} is issued; take the card out")),
            Err(Setback::Again(why)) => {
                self.say(format!("{why}; take the card out and put one in again"));
            }
            Err(Setback::Dropped(why)) => {
                self.say(format!("{card} was not issued: {why}; take the card out"));
            }
        }
        // A card that was changed for another one has gone too.
        while readers
            .watch(LOOK)
            .is_ok_and(|sights| sights.get(&reader) == Some(&seen))
        {}
    }

    /// The reader with a card, or nothing after a while: the job may have been taken back.
    fn wait_for_card(&mut self, readers: &mut Readers) -> Option<(String, Sight)> {
        let until = Instant::now() + STILL_WANTED;
        while Instant::now() < until {
            let sights = match readers.watch(LOOK) {
                Ok(sights) => sights,
                Err(why) => {
                    self.say(why);
                    sleep(PAUSE);
                    return None;
                }
            };
            if sights.is_empty() {
                self.say("there is no card reader".to_owned());
            }
            if let Some(found) = with_card(&sights) {
                return Some(found);
            }
            if sights.values().any(|sight| matches!(sight, Sight::Mute(_))) {
                self.say("the card does not answer; take it out and put it in again".to_owned());
            }
        }
        None
    }

    fn make_with(&mut self, job: &Job, readers: &Readers, reader: &str) -> Result<(), Setback> {
        let wire = readers.connect(reader);
        let mut wire = wire.map_err(|why| Setback::Again(why.to_string()))?;
        let opened = open(&mut wire, &self.secret, &mut self.random)?;
        wire.begin();
        let pin = secure(&mut wire, &opened, &self.secret, &mut self.random)?;
        let keys = make_keys(&mut wire, job.kind)?;
        let slots = slots(job.kind).iter().copied();
        let keys: Vec<_> = slots.zip(keys).collect();
        let certificates = self.certified(job, &keys)?;
        wire.begin();
        complete(&mut wire, job.kind, &certificates, &mut self.random)?;
        self.prove(job, &mut wire, &pin)?;
        drop(wire);
        self.hand_out(job, &pin)
    }

    fn certified(
        &mut self,
        job: &Job,
        keys: &[(Slot, PublicKey)],
    ) -> Result<Vec<Vec<u8>>, Setback> {
        match self.office.certify(job, keys) {
            Ok(certificates) => Ok(certificates),
            // The card makes keys that are none; the clerk finds out at the server, and orders it again.
            Err(OfficeError::Refused { code, message }) if code == "keys" => {
                let told = self.office.failed(job, &message);
                let told = told.map_or_else(|why| format!(" ({why})"), |()| String::new());
                Err(Setback::Dropped(format!("{message}{told}")))
            }
            Err(OfficeError::Refused { message, .. }) => Err(Setback::Dropped(message)),
            Err(why) => Err(Setback::Again(why.to_string())),
        }
    }

    /// The card does what it will have to do at a terminal.
    fn prove(
        &mut self,
        job: &Job,
        wire: &mut CardWire,
        pin: &Zeroizing<String>,
    ) -> Result<(), Setback> {
        let stamp = self.clock.stamp();
        let time = CardTime {
            wall: stamp.wall,
            quality: stamp.quality,
            logged: 0,
        };
        wire.begin();
        let shown = self.judge.identify(wire, &time, &mut self.random);
        let shown = shown.map_err(MakeError::from)?;
        let expected = ShownCard {
            number: job.card.clone(),
            kind: job.kind,
        };
        if shown != expected {
            let other = "finished, it says that it is another card".to_owned();
            return Err(MakeError::Unsuited(other).into());
        }
        if job.kind != CardKind::Resident {
            let outcome = self
                .judge
                .verify_pin(wire, &shown, pin, &time, &mut self.random);
            must_be_right(outcome)?;
        }
        Ok(())
    }

    /// The slip first, then the card is valid.
    fn hand_out(&mut self, job: &Job, pin: &Zeroizing<String>) -> Result<(), Setback> {
        let letter = Letter {
            operator: &self.config.terminal.place,
            phone: &self.config.terminal.phone,
            job,
            pin: (job.kind != CardKind::Resident).then_some(pin.as_str()),
            printed_at: self.clock.date_time(),
        };
        let raster = letter.raster(&self.typeface, self.config.printer.width);
        loop {
            let slip = PrintJob {
                raster: raster.clone(),
            };
            match self.slips.print(slip) {
                PrintOutcome::Printed => break,
                PrintOutcome::NotPrinted(why) | PrintOutcome::Unknown(why) => {
                    self.say(format!(
                        "the slip was not printed: {why}; printing it again"
                    ));
                    sleep(PRINT_AGAIN);
                }
            }
        }
        let mut backoff = Backoff::default();
        loop {
            match self.office.done(job) {
                Ok(()) => return Ok(()),
                Err(OfficeError::Refused { message, .. }) => return Err(Setback::Dropped(message)),
                // Whether it is issued is not known; saying it again does no harm.
                Err(why) => {
                    self.say(format!("{why}; asking again"));
                    sleep(backoff.pause());
                }
            }
        }
    }
}

fn with_card(sights: &BTreeMap<String, Sight>) -> Option<(String, Sight)> {
    let card = sights
        .iter()
        .find(|(_, sight)| matches!(sight, Sight::Card(_)));
    card.map(|(name, sight)| (name.clone(), *sight))
}

impl From<MakeError> for Setback {
    fn from(why: MakeError) -> Self {
        Setback::Again(why.to_string())
    }
}
