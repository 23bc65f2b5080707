//! The kiosk's card reader as its flow has it: commands in, events out.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use meterpost_kiosk::device::card::{
    CardCommand, CardEvent, CardSettings, CardState, CardTime, CardWorld, PinOutcome, spawn,
};
use meterpost_ledger::ClockQuality;
use meterpost_tests::card::CardAuthority;
use tempfile::TempDir;
use zeroize::Zeroizing;

pub const TENANT: &str = "east-district";
/// November 2026, in milliseconds.
const NOW: u64 = 1_795_000_000_000;
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than pcscd takes to see a card.
const SILENCE: Duration = Duration::from_millis(1500);

/// A running card reader.
pub struct Driver {
    /// Whose cards it accepts.
    pub authority: CardAuthority,
    commands: Option<Sender<CardCommand>>,
    events: Receiver<CardEvent>,
    thread: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Driver {
    /// Of every reader, once it is ready.
    pub fn start() -> Driver {
        Driver::start_with(None, TENANT)
    }

    /// Of some readers, once it is ready.
    pub fn start_with(reader: Option<&str>, tenant: &str) -> Driver {
        let mut driver = Driver::begin(reader, tenant);
        assert_eq!(driver.next_event(), CardEvent::State(CardState::Starting));
        driver.expect_ready();
        driver
    }

    /// From its very start.
    pub fn begin(reader: Option<&str>, tenant: &str) -> Driver {
        let authority = CardAuthority::new("East District cards");
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("cards.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let settings = CardSettings {
            ca,
            tenant: tenant.to_owned(),
            reader: reader.map(str::to_owned),
        };
        let time = CardTime {
            wall: NOW,
            quality: ClockQuality::Ntp,
            logged: NOW,
        };
        let world = CardWorld {
            time: Box::new(move || time),
            random: Box::new(|bytes| getrandom::fill(bytes).map_err(|why| why.to_string())),
        };
        let (commands, receiver) = channel();
        let (sender, events) = channel();
        let report = move |event| {
            // Whoever stops listening stops the test.
            let _ = sender.send(event);
        };
        let thread = spawn(settings, world, receiver, report).unwrap();
        Driver {
            authority,
            commands: Some(commands),
            events,
            thread: Some(thread),
            _folder: folder,
        }
    }

    /// The next event.
    #[track_caller]
    pub fn next_event(&mut self) -> CardEvent {
        self.events.recv_timeout(PATIENCE).expect("an event")
    }

    /// Waits until there is a reader; on the way it may be missing.
    #[track_caller]
    pub fn expect_ready(&mut self) {
        loop {
            match self.next_event() {
                CardEvent::State(CardState::Ready) => return,
                CardEvent::State(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Nothing is said for a while.
    #[track_caller]
    pub fn stays_silent(&mut self) {
        let said = self.events.recv_timeout(SILENCE);
        assert_eq!(said, Err(RecvTimeoutError::Timeout));
    }

    /// Types a PIN.
    #[track_caller]
    pub fn pin(&mut self, pin: &str) -> PinOutcome {
        let command = CardCommand::VerifyPin(Zeroizing::new(pin.to_owned()));
        self.commands.as_ref().unwrap().send(command).unwrap();
        match self.next_event() {
            CardEvent::Pin(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.commands = None;
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}
