//! The thread that owns the readers.

use std::io;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use super::bays::{Bays, Move};
use super::certificate::Authority;
use super::reader::{CardWire, Readers};
use super::session::Judge;
use super::{
    CardCommand, CardEvent, CardKind, CardRefusal, CardSettings, CardState, CardTime, PinOutcome,
    ShownCard,
};
use crate::device::backoff::Backoff;

/// Between two looks at the readers where nothing changes.
const PATIENCE: Duration = Duration::from_millis(250);
/// The same while a PIN may be typed, which must not wait.
const PATIENCE_FOR_PIN: Duration = Duration::from_millis(50);

/// Fills a buffer with random bytes; why not, in words.
pub type RandomBytes = Box<dyn FnMut(&mut [u8]) -> Result<(), String> + Send>;

/// What the thread needs of the world and does not take by itself.
pub struct CardWorld {
    /// What is known of the time.
    pub time: Box<dyn Fn() -> CardTime + Send>,
    /// Random bytes for challenges.
    pub random: RandomBytes,
}

/// Starts the thread. It ends when the sender of `commands` is dropped.
///
/// A file of authorities that cannot be read, a service that does not answer and a missing reader are states, tried again in
/// the background; they stop nothing else.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn(
    settings: CardSettings,
    world: CardWorld,
    commands: Receiver<CardCommand>,
    report: impl Fn(CardEvent) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let mut attendant = Attendant {
        settings,
        world,
        commands,
        report: Box::new(report),
        shown: None,
        bays: Bays::default(),
        used: None,
    };
    std::thread::Builder::new()
        .name("cards".to_owned())
        .spawn(move || {
            // The caller is gone; there is nobody to tell.
            let Err(Closed) = attendant.run();
        })
}

/// The caller is gone.
struct Closed;

enum Never {}

struct Attendant {
    settings: CardSettings,
    world: CardWorld,
    commands: Receiver<CardCommand>,
    report: Box<dyn Fn(CardEvent) + Send>,
    shown: Option<CardState>,
    bays: Bays,
    used: Option<Used>,
}

/// The card in use.
struct Used {
    shown: ShownCard,
    /// Held while a PIN may come; a resident's card is let go.
    wire: Option<CardWire>,
}

impl Attendant {
    fn run(&mut self) -> Result<Never, Closed> {
        self.show(CardState::Starting);
        let mut backoff = Backoff::default();
        loop {
            let why = match self.judge() {
                Ok(judge) => self.serve(&judge, &mut backoff)?,
                Err(why) => why,
            };
            self.used = None;
            if self.bays.clear() {
                (self.report)(CardEvent::Removed);
            }
            self.show(CardState::Missing(why));
            self.rest(backoff.pause())?;
        }
    }

    fn judge(&self) -> Result<Judge, String> {
        let path = &self.settings.ca;
        let wrong = |why: String| format!("{}: {why}", path.display());
        let pem = std::fs::read(path).map_err(|why| wrong(why.to_string()))?;
        Ok(Judge {
            authority: Authority::from_pem(&pem).map_err(wrong)?,
            tenant: self.settings.tenant.clone(),
        })
    }

    fn show(&mut self, state: CardState) {
        if self.shown.as_ref() != Some(&state) {
            tracing::info!(?state, "card reader");
            self.shown = Some(state.clone());
            (self.report)(CardEvent::State(state));
        }
    }

    /// Serves the readers until the service is gone; why.
    fn serve(&mut self, judge: &Judge, backoff: &mut Backoff) -> Result<String, Closed> {
        let mut readers = match Readers::open(self.settings.reader.as_deref()) {
            Ok(readers) => readers,
            Err(why) => return Ok(why),
        };
        loop {
            let sights = match readers.watch(self.patience()) {
                Ok(sights) => sights,
                Err(why) => return Ok(why),
            };
            if sights.is_empty() {
                let which = match &self.settings.reader {
                    Some(part) => format!(" with {part:?} in its name"),
                    None => String::new(),
                };
                self.show(CardState::Missing(format!("no card reader{which}")));
            } else {
                backoff.reset();
                self.show(CardState::Ready);
            }
            while let Some(next) = self.bays.look(&sights) {
                self.act(judge, &readers, next);
            }
            self.obey(judge)?;
        }
    }

    fn patience(&self) -> Duration {
        match &self.used {
            Some(Used { wire: Some(_), .. }) => PATIENCE_FOR_PIN,
            _ => PATIENCE,
        }
    }

    fn act(&mut self, judge: &Judge, readers: &Readers, next: Move) {
        match next {
            Move::Leave => {
                self.used = None;
                (self.report)(CardEvent::Removed);
            }
            Move::Mute(_) => {
                self.refuse(CardRefusal::Unreadable(
                    "it does not answer when it is switched on".to_owned(),
                ));
            }
            Move::Take(reader) => match self.identify(judge, readers, &reader) {
                Ok(used) => {
                    let shown = used.shown.clone();
                    tracing::info!(kind = ?shown.kind, reader, "a card proved itself");
                    self.used = Some(used);
                    (self.report)(CardEvent::Shown(shown));
                }
                Err(why) => {
                    self.bays.drop_used();
                    self.refuse(why);
                }
            },
        }
    }

    fn refuse(&mut self, why: CardRefusal) {
        tracing::info!(%why, "a card was refused");
        (self.report)(CardEvent::Refused(why));
    }

    fn identify(
        &mut self,
        judge: &Judge,
        readers: &Readers,
        reader: &str,
    ) -> Result<Used, CardRefusal> {
        let mut wire = readers.connect(reader)?;
        let time = (self.world.time)();
        let shown = judge.identify(&mut wire, &time, &mut self.world.random)?;
        let wire = (shown.kind != CardKind::Resident).then_some(wire);
        Ok(Used { shown, wire })
    }

    /// Carries out what was asked meanwhile.
    fn obey(&mut self, judge: &Judge) -> Result<(), Closed> {
        loop {
            match self.commands.try_recv() {
                Ok(command) => self.carry_out(judge, command),
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(Closed),
            }
        }
    }

    fn carry_out(&mut self, judge: &Judge, command: CardCommand) {
        let CardCommand::VerifyPin(pin) = command;
        let Some(Used {
            shown,
            wire: Some(wire),
        }) = &mut self.used
        else {
            (self.report)(CardEvent::Pin(PinOutcome::NoCard));
            return;
        };
        wire.begin();
        let time = (self.world.time)();
        let outcome = judge.verify_pin(wire, shown, &pin, &time, &mut self.world.random);
        let lost = matches!(outcome, PinOutcome::Refused(_));
        tracing::info!(?outcome, "PIN");
        (self.report)(CardEvent::Pin(outcome));
        if lost {
            self.used = None;
            self.bays.drop_used();
            (self.report)(CardEvent::Removed);
        }
    }

    /// Waits; a PIN that comes meanwhile has no card.
    fn rest(&mut self, pause: Duration) -> Result<(), Closed> {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            match self.commands.try_recv() {
                Ok(CardCommand::VerifyPin(_)) => {
                    (self.report)(CardEvent::Pin(PinOutcome::NoCard));
                }
                Err(TryRecvError::Empty) => sleep(PATIENCE_FOR_PIN),
                Err(TryRecvError::Disconnected) => return Err(Closed),
            }
        }
        Ok(())
    }
}
