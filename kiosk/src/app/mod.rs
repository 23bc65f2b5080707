//! The program around the flow: the engine, the tasks that own the devices, and the screen.

mod acts;
mod boundary;
mod clock;
mod engine;
mod export;
#[cfg(test)]
mod fixture;
mod lend;
mod machine;
mod meters;
mod names;
mod program;
mod recall;
mod receipt;
mod server;
mod service;
mod setup;
mod slips;
mod software;
mod stick;
mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};

use meterpost_bus::master::{Master, MasterStatus};
use meterpost_ledger::signing::{AfterCut, KeyStore, PlainFile, system_entropy};
use meterpost_ledger::{Folder, Ledger, OpenError, Opened, Refusal};
use meterpost_ui::view::View;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use acts::Acts;
pub use boundary::{Boundary, unwatched};
pub use clock::SystemClock;
pub use engine::{Engine, Message, Outlets};
pub(crate) use lend::{Unanswered, asked, lent};
use meters::MeterWorld;
use service::Attendant;
pub use service::CODE_FILE;
pub use setup::{Setup, SetupError};
pub use slips::SlipWriter;

use wire::WireLog;

use crate::config::ClockSource;
use crate::device::card::{self, CardCommand, CardSettings, CardTime, CardWorld};
use crate::device::printer::{self, PrinterEvent};
use crate::device::scanner;
use crate::device::validator;
use crate::flow::{Flow, Input, Rules};
use crate::receipt::Typeface;
use crate::sync::SyncJob;
use crate::told::Told;

/// The exit code of a program that wants to be started anew; whatever starts it does so for this one too (`Restart=always`).
const RESTART: i32 = 75;

/// What is in front of people, and how it ends.
struct Glass {
    show: Box<dyn Fn(View) + Send>,
    restart: Box<dyn Fn() + Send>,
}

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The ledger is not there, in use, damaged, or does not fit its second head. The text says what to do.
    #[error("the ledger cannot be opened: {0}")]
    Ledger(String),
    /// The embedded fonts cannot be read.
    #[error("the fonts cannot be read: {0}")]
    Fonts(String),
    /// The runtime or a thread cannot be started.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}

/// A running terminal: send it what people do, drop it to stop.
pub struct Running {
    messages: Sender<Message>,
    engine: Option<std::thread::JoinHandle<()>>,
    // Dropped last: the devices' tasks run on it.
    _runtime: Runtime,
}

impl Running {
    /// Where inputs go.
    pub fn sender(&self) -> Sender<Message> {
        self.messages.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::Stop);
        if let Some(engine) = self.engine.take() {
            let _ = engine.join();
        }
    }
}

/// Makes the key and the log of a new terminal.
///
/// # Errors
/// When there is one already, or the folder cannot be written.
pub fn create_ledger(setup: &Setup) -> Result<Ledger, StartError> {
    let folder = &setup.folder;
    let failed = |error: &dyn std::fmt::Display| StartError::Ledger(error.to_string());
    std::fs::create_dir_all(folder.directory())?;
    let key = KeyStore::create(&folder.key(), &mut system_entropy).map_err(|e| failed(&e))?;
    let stamp = SystemClock::new(setup.clock, random_id()).stamp();
    Ledger::create(
        folder,
        &setup.first_origin(),
        Box::new(key),
        &stamp,
        env!("CARGO_PKG_VERSION"),
    )
    .map_err(|e| failed(&e))
}

/// Opens the ledger and starts everything but the screen, which it shows through `show`.
///
/// # Errors
/// [`StartError`]; nothing was started then, and no note is taken.
pub fn start(
    setup: Setup,
    boundary: Boundary,
    show: impl Fn(View) + Send + 'static,
) -> Result<Running, StartError> {
    let ledger = open_ledger(&setup.folder)?;
    let typeface = Typeface::embedded().map_err(|e| StartError::Fonts(e.to_string()))?;
    let clock = SystemClock::new(setup.clock, random_id());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (messages, inbox) = channel();
    let witnesses = server::read_witnesses(&setup);
    let known = witnesses.as_ref();
    let told = Arc::new(known.map_or_else(Told::default, |w| server::told(&ledger, w)));
    let rules = Rules {
        told: told.clone(),
        ..setup.rules.clone()
    };
    let locked = acts::is_locked(&setup.folder);
    let flow = Flow::new(rules, ledger.books().clone(), clock.now())
        .remembering(service::remember(&ledger));
    let flow = if locked { flow.locked() } else { flow };
    let sync = match (&setup.server, witnesses) {
        (Some(way), Some(witnesses)) => {
            let epoch = server::epoch(&ledger);
            server::start((way, epoch), &setup.folder, witnesses, told.has, &messages)?
        }
        _ => None,
    };
    let acts = Acts::new(
        setup.folder.clone(),
        setup.commands.clone(),
        setup.logs.clone(),
        sync.clone(),
        messages.clone(),
    );
    let wires = WireLog::default();
    let attendant = attendant(&setup, &sync, &messages, &wires);
    let glass = Glass {
        show: Box::new(show),
        restart: Box::new(|| std::process::exit(RESTART)),
    };
    let mut outlets = start_tasks(
        &runtime,
        &setup,
        &boundary,
        &messages,
        &wires,
        (acts, glass),
    );
    outlets.server = sync;
    if let Some(cards) = &setup.cards {
        let logged = ledger.books().last_wall();
        outlets.cards = Some(start_cards(cards, setup.clock, logged, &messages)?);
    }
    let slips = SlipWriter {
        typeface,
        width: setup.paper_width,
    };
    let engine = Engine {
        flow,
        ledger,
        clock,
        outlets,
        slips,
        boundary,
        shown: None,
        pending: Vec::new(),
        restart_due: false,
        locked,
        box_capacity: setup.box_capacity,
        attendant,
    };
    let engine = std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || run_or_abort(|| engine.run(&inbox)))?;
    Ok(Running {
        messages,
        engine: Some(engine),
        _runtime: runtime,
    })
}

/// Without its engine the picture would stand and take no money, and whoever watches the program would take it for alive: it ends instead, and
/// what starts it anew opens the ledger as after a power cut.
fn run_or_abort(run: impl FnOnce()) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err() {
        std::process::abort();
    }
}

/// Whoever serves the service menu.
fn attendant(
    setup: &Setup,
    sync: &Option<Sender<SyncJob>>,
    messages: &Sender<Message>,
    wires: &WireLog,
) -> Attendant {
    let menu = &setup.rules.service;
    Attendant {
        people: menu.people.clone(),
        door: menu.door.clone(),
        usb: menu.usb.clone(),
        folder: setup.folder.clone(),
        terminal: setup.rules.terminal.clone(),
        tenant: setup.tenant.clone(),
        server: setup.server.as_ref().map(|server| server.url.clone()),
        box_capacity: setup.box_capacity,
        commands: setup.commands.clone(),
        logs: setup.logs.clone(),
        sync: sync.clone(),
        messages: messages.clone(),
        jumps: (0, None),
        wires: wires.clone(),
    }
}

/// Starts looking for cards. `logged` is when the log was last written, which a card's certificate must have outlived.
fn start_cards(
    settings: &CardSettings,
    source: ClockSource,
    logged: u64,
    messages: &Sender<Message>,
) -> Result<Sender<CardCommand>, StartError> {
    let clock = SystemClock::new(source, random_id());
    let time = move || {
        let stamp = clock.stamp();
        CardTime {
            wall: stamp.wall,
            quality: stamp.quality,
            logged,
        }
    };
    let world = CardWorld {
        time: Box::new(time),
        random: Box::new(|bytes| system_entropy(bytes).map_err(|error| error.to_string())),
    };
    let (commands, inbox) = channel();
    let messages = messages.clone();
    let report = move |event| drop(messages.send(Message::Input(Input::Card(event))));
    card::spawn(settings.clone(), world, inbox, report)?;
    Ok(commands)
}

/// Opens the ledger of a terminal that has one.
pub(crate) fn open_ledger(folder: &Folder) -> Result<Ledger, StartError> {
    // Never made by itself: an empty folder may as well be a disk that was not mounted.
    if !folder.key().exists() && !folder.database().exists() {
        return Err(StartError::Ledger(format!(
            "there is none in {}; if this terminal is new, `kiosk enrol` (or `kiosk init`, without a server) makes one, else look for the disk that \
             should be there",
            folder.directory().display()
        )));
    }
    let (ledger, opened) = open_with_key_in_use(folder)?;
    for note in &opened.notes {
        tracing::warn!(?note, "the ledger was opened with a note");
    }
    Ok(ledger)
}

/// Opens the ledger with the key it is signed with now, and finishes a change of keys that a power cut stopped.
fn open_with_key_in_use(folder: &Folder) -> Result<(Ledger, Opened), StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Ledger(error.to_string());
    let path = folder.key();
    let key = KeyStore::open(&path).map_err(|e| failed(&e))?;
    let opened = match Ledger::open(folder, Box::new(key)) {
        Err(OpenError::Refused(Refusal::OtherKey)) => {
            let next = KeyStore::open_next(&path, &PlainFile).map_err(|e| failed(&e))?;
            let next = next.ok_or_else(|| failed(&Refusal::OtherKey))?;
            Ledger::open(folder, Box::new(next))
        }
        opened => opened,
    };
    let (ledger, opened) = opened.map_err(|e| failed(&e))?;
    let (_, found) = KeyStore::recover_rotation(&path, ledger.vkey().key(), &PlainFile)
        .map_err(|e| failed(&e))?;
    if found != AfterCut::Nothing {
        tracing::warn!(?found, "a change of the log's key had been cut off");
    }
    Ok((ledger, opened))
}

fn start_tasks(
    runtime: &Runtime,
    setup: &Setup,
    boundary: &Boundary,
    messages: &Sender<Message>,
    wires: &WireLog,
    (acts, glass): (Acts, Glass),
) -> Outlets {
    let _inside = runtime.enter();
    let (cash, cash_commands) = unbounded_channel();
    let (cash_reports, cash_events) = unbounded_channel();
    validator::spawn(setup.validator.clone(), cash_commands, cash_reports);
    tokio::spawn(forward(cash_events, messages.clone(), Input::Cash));

    let (printer, printer_commands) = unbounded_channel();
    let (printer_reports, printer_events) = unbounded_channel();
    printer::spawn(setup.printer.clone(), printer_commands, printer_reports);
    tokio::spawn(forward(
        printer_events,
        messages.clone(),
        |event| match event {
            PrinterEvent::State(state) => Input::Printer(state),
            PrinterEvent::Done(outcome) => Input::Printed(outcome),
        },
    ));

    let (meters, meter_jobs) = unbounded_channel();
    start_scanner(setup, messages);

    let use_called_off = Arc::new(AtomicBool::new(false));
    match Master::new(setup.master.clone()) {
        Ok(master) => {
            tokio::spawn(watch_bus(master.clone(), messages.clone()));
            let inputs = messages.clone();
            let report = move |input| drop(inputs.send(Message::Input(input)));
            wires.watch(master.clone());
            let world = MeterWorld {
                boundary: boundary.clone(),
                use_called_off: use_called_off.clone(),
                clock: SystemClock::new(setup.clock, random_id()),
                wires: wires.clone(),
            };
            tokio::spawn(meters::run(master, meter_jobs, world, report));
        }
        // Checked when the configuration was read; without a master no meter is ever reached, and the screen says so.
        Err(error) => tracing::error!(%error, "the way to the meters cannot be set up"),
    }
    Outlets {
        cash,
        printer,
        meters,
        use_called_off,
        show: glass.show,
        acts,
        restart: glass.restart,
        server: None,
        cards: None,
    }
}

fn start_scanner(setup: &Setup, messages: &Sender<Message>) {
    if let Some(settings) = &setup.scanner {
        let (reports, events) = unbounded_channel();
        scanner::spawn(settings.clone(), reports);
        tokio::spawn(forward(events, messages.clone(), Input::Scanner));
    }
}

/// Hands a device's reports to the engine.
async fn forward<T>(
    mut events: UnboundedReceiver<T>,
    messages: Sender<Message>,
    input: impl Fn(T) -> Input,
) {
    while let Some(event) = events.recv().await {
        if messages.send(Message::Input(input(event))).is_err() {
            return;
        }
    }
}

async fn watch_bus(master: Master, messages: Sender<Message>) {
    let mut status = master.status();
    loop {
        let up = matches!(*status.borrow_and_update(), MasterStatus::Connected { .. });
        if messages.send(Message::Input(Input::Bus(up))).is_err() || status.changed().await.is_err()
        {
            return;
        }
    }
}

/// Random bytes for an id that is only ever compared.
pub(crate) fn random_id() -> [u8; 16] {
    let mut id = [0; 16];
    if let Err(error) = system_entropy(&mut id) {
        tracing::warn!(%error, "no randomness; the boot id falls back to zeros");
    }
    id
}
