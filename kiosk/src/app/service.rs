//! What the engine does for the service menu: looking at the machine, checking PINs and codes, the ledger's long jobs, starting anew.
//! Whatever may take longer than a moment has a thread of its own, so that the glass goes on. The ledger is the engine's alone: where such a
//! thread wants something of it, the engine lends it for a moment ([`super::lend`]).

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::Duration;

use meterpost_ledger::signing::read_at_most;
use meterpost_ledger::{Event, Folder, Ledger, LogReplay};
use zeroize::Zeroizing;

use super::Message;
use super::acts::run_program;
use super::clock::SystemClock;
use super::lend::{Unanswered, lent};
use super::wire::WireLog;
use super::{export, machine, software};
use crate::config::CommandsConfig;
use crate::flow::Input;
use crate::logs::LogLines;
use crate::service::{
    Door, Facts, Memory, OnStick, Person, Power, Served, ServiceJob, Slots, Software, Unexported,
    Uninstalled, Unverified, code, pin,
};
use crate::sync::SyncJob;

/// The file in the data folder that holds the secret of one-time codes.
pub const CODE_FILE: &str = "service-code";
/// Lines of log that are shown.
const LINES: u32 = 200;
/// Entries that are looked through at the start for what staff did last.
const LOOK_BACK: u64 = 4_096;
/// Entries that the engine hands over in one go while the log is checked.
const PIECE: u64 = 1_024;
/// How long the engine may take to lend the ledger.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves the menu.
pub struct Attendant {
    /// Who enters by PIN.
    pub people: Vec<Person>,
    /// The contact of the door.
    pub door: Option<Door>,
    /// Where a USB stick is mounted.
    pub usb: Option<PathBuf>,
    /// The ledger's folder.
    pub folder: Folder,
    /// The terminal's id.
    pub terminal: String,
    /// The operator's tenant.
    pub tenant: String,
    /// Where the server is.
    pub server: Option<String>,
    /// How many notes the cash box takes.
    pub box_capacity: u64,
    /// How the machine is started anew and shut down.
    pub commands: CommandsConfig,
    /// The program's own log.
    pub logs: LogLines,
    /// To the thread that talks with the server.
    pub sync: Option<Sender<SyncJob>>,
    /// Where answers go.
    pub messages: Sender<Message>,
    /// Up to which entry jumps of the clock were looked for, and the last one found.
    pub jumps: (u64, Option<(u64, u64)>),
    /// What went over the wires to the meters.
    pub wires: WireLog,
}

/// What comes of a job at once.
pub enum Now {
    /// The answer comes by itself.
    Later,
    /// This is it.
    Answer(Served),
    /// End the program, so that it is started anew.
    Restart,
}

/// What the newest entries say of earlier visits.
pub fn remember(ledger: &Ledger) -> Memory {
    let mut memory = Memory::default();
    let size = ledger.size();
    for stored in ledger.entries(size.saturating_sub(LOOK_BACK)..size) {
        match stored {
            Ok(stored) => memory.take(&stored.entry.event),
            Err(error) => {
                tracing::error!(%error, "the ledger could not be read for what staff did last");
                break;
            }
        }
    }
    memory
}

impl Attendant {
    /// Does a job, or begins to. Printing is the engine's own.
    pub fn serve(&mut self, ledger: &Ledger, clock: &SystemClock, job: &ServiceJob) -> Now {
        match job {
            ServiceJob::Look => Now::Answer(Served::Facts(Box::new(self.look(ledger, clock)))),
            ServiceJob::Door => Now::Answer(Served::Door(self.door_stands_open())),
            ServiceJob::CheckPin(typed) => self.check_pin(typed.clone()),
            ServiceJob::CheckCode(typed) => Now::Answer(Served::Code(self.check_code(typed))),
            ServiceJob::Verify => self.verify(),
            ServiceJob::Export => self.export(),
            ServiceJob::Software => self.look_at_software(),
            ServiceJob::Install(bundle) => self.install(bundle),
            ServiceJob::Sync => self.sync_now(),
            ServiceJob::Power(Power::Restart) => Now::Restart,
            ServiceJob::Power(Power::Reboot) => self.run(self.commands.reboot.clone()),
            ServiceJob::Power(Power::ShutDown) => self.run(self.commands.shutdown.clone()),
            // The engine's own.
            ServiceJob::Print(_) | ServiceJob::ReadMeter(_) => Now::Later,
        }
    }

    fn look(&mut self, ledger: &Ledger, clock: &SystemClock) -> Facts {
        let root: String = ledger.root().0.iter().map(|b| format!("{b:02x}")).collect();
        let mut lines: Vec<String> = self.logs.newest(LINES).lines().map(str::to_owned).collect();
        lines.reverse();
        Facts {
            time: clock.date_time(),
            quality: Some(clock.stamp().quality),
            last_jump: self.last_jump(ledger),
            uptime: clock.now().as_secs(),
            size: ledger.size(),
            root,
            vkey: ledger.vkey().to_string(),
            links: machine::links(),
            server: self.server.clone(),
            disk: machine::room(self.folder.directory()),
            lines,
            box_capacity: self.box_capacity,
            tenant: self.tenant.clone(),
            bus: self.wires.facts(),
            door: self
                .door
                .as_ref()
                .and_then(|_| self.door_stands_open().ok()),
        }
    }

    fn last_jump(&mut self, ledger: &Ledger) -> Option<(String, String)> {
        let (seen, found) = &mut self.jumps;
        let size = ledger.size();
        let from = (*seen).max(size.saturating_sub(LOOK_BACK));
        for stored in ledger.entries(from..size).map_while(Result::ok) {
            if let Event::ClockStepped { before, now } = stored.entry.event {
                *found = Some((before, now));
            }
        }
        *seen = size;
        found.map(|(before, now)| (machine::date_time(before), machine::date_time(now)))
    }

    fn door_stands_open(&self) -> Result<bool, String> {
        let door = self.door.as_ref().ok_or("no contact is configured")?;
        let text = std::fs::read_to_string(&door.file)
            .map_err(|error| format!("{}: {error}", door.file.display()))?;
        Ok(text.trim() == door.open)
    }

    fn check_pin(&self, typed: Zeroizing<String>) -> Now {
        let people = self.people.clone();
        self.in_thread("pin", move |tell| {
            tell(Served::Pin(pin::whose(&typed, &people)));
        })
    }

    fn check_code(&self, typed: &str) -> Result<Option<u64>, String> {
        let path = self.folder.directory().join(CODE_FILE);
        let secret = read_at_most(&path, 64)
            .map(Zeroizing::new)
            .map_err(|error| format!("no secret for codes: {error}"))?;
        let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0);
        Ok(code::step_of(&secret, typed, now))
    }

    /// Every entry is replayed from the first one, as an auditor would: rules, totals, keys, the tree. The engine only hands the bytes over,
    /// a piece at a time.
    fn verify(&self) -> Now {
        let messages = self.messages.clone();
        self.in_thread("verify", move |tell| {
            let result = replay(&messages, |done, of| tell(Served::Verifying(done, of)));
            tell(Served::Verified(result));
        })
    }

    fn export(&self) -> Now {
        let Some(usb) = self.usb.clone() else {
            let why = "no folder is configured".to_owned();
            return Now::Answer(Served::Exported(Err(Unexported::NotWritten(why))));
        };
        let (terminal, messages) = (self.terminal.clone(), self.messages.clone());
        self.in_thread("export", move |tell| {
            let progress = |done, of| tell(Served::Exporting(done, of));
            let result = export::export(&messages, &usb, &terminal, progress);
            tell(Served::Exported(result));
        })
    }

    fn look_at_software(&self) -> Now {
        let (slots, usb) = (self.commands.slots.clone(), self.usb.clone());
        self.in_thread("software", move |tell| {
            let found = software::look(&slots, usb.as_deref());
            tell(Served::Software(Box::new(found)));
        })
    }

    fn install(&self, bundle: &str) -> Now {
        let (program, usb) = (self.commands.update_from.clone(), self.usb.clone());
        let bundle = bundle.to_owned();
        self.in_thread("update", move |tell| {
            let words = |line: &str| tell(Served::Installing(line.to_owned()));
            let result = software::install(&program, usb.as_deref(), &bundle, words);
            tell(Served::Installed(result));
        })
    }

    fn sync_now(&self) -> Now {
        let sent = self.sync.as_ref().map(|sync| sync.send(SyncJob::Now));
        match sent {
            Some(Ok(())) => Now::Later,
            _ => Now::Answer(Served::Synced(Err(
                "there is no way to the server".to_owned()
            ))),
        }
    }

    fn run(&self, program: Vec<String>) -> Now {
        self.in_thread("power", move |tell| {
            if let Err(why) = run_program(&program, true) {
                tell(Served::NotPowered(why));
            }
        })
    }

    fn in_thread(&self, name: &str, work: impl FnOnce(&dyn Fn(Served)) + Send + 'static) -> Now {
        let messages = self.messages.clone();
        let spawned = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                work(&|served| drop(messages.send(Message::Input(Input::Served(served)))));
            });
        match spawned {
            Ok(_) => Now::Later,
            // Something has to be answered: the menu waits for it.
            Err(error) => Now::Answer(refused(name, error.to_string())),
        }
    }
}

/// The answer of a job that the system gives no thread for.
fn refused(name: &str, why: String) -> Served {
    match name {
        "pin" => Served::Pin(None),
        "verify" => Served::Verified(Err(Unverified::NotChecked(why))),
        "export" => Served::Exported(Err(Unexported::NotWritten(why))),
        "software" => Served::Software(Box::new(Software {
            slots: Slots::NotReadable(why.clone()),
            stick: OnStick::NotReadable(why),
        })),
        "update" => Served::Installed(Err(Uninstalled::Refused(why))),
        _ => Served::NotPowered(why),
    }
}

/// Replays the log as it is now, and compares the root over its entries with the one that is signed.
fn replay(messages: &Sender<Message>, progress: impl Fn(u64, u64)) -> Result<u64, Unverified> {
    let unlent = |why: Unanswered| Unverified::NotChecked(why.to_string());
    let (first, size, root) = lent(messages, PATIENCE, |ledger, _| {
        (ledger.first_key().clone(), ledger.size(), ledger.root())
    })
    .map_err(unlent)?;
    let mut replay = LogReplay::new(first);
    while replay.size() < size {
        let from = replay.size();
        let to = (from + PIECE).min(size);
        let piece = lent(messages, PATIENCE, move |ledger, _| read(ledger, from, to));
        let piece = piece.map_err(unlent)?.map_err(Unverified::Unsound)?;
        if piece.is_empty() {
            return Err(Unverified::NotChecked(format!(
                "entry {from} is not here: where old entries were removed, check with `kiosk ledger verify`"
            )));
        }
        for bytes in &piece {
            let taken = replay.take(bytes);
            taken.map_err(|problem| Unverified::Unsound(problem.to_string()))?;
        }
        progress(replay.size(), size);
    }
    match replay.root() == root {
        true => Ok(size),
        false => Err(Unverified::Unsound(
            "the entries are not those that were signed".to_owned(),
        )),
    }
}

/// Entries with their exact bytes; none where they do not begin at `from`.
fn read(ledger: &Ledger, from: u64, to: u64) -> Result<Vec<Vec<u8>>, String> {
    let mut found = Vec::new();
    for (place, stored) in (from..).zip(ledger.entries(from..to)) {
        let stored = stored.map_err(|error| error.to_string())?;
        if stored.entry.index != place {
            break;
        }
        found.push(stored.bytes);
    }
    Ok(found)
}
