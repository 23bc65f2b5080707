//! What the menu shows of the machine and cannot know by itself: looked up by the engine when a page is opened.

use meterpost_bus::meter::Reading;
use meterpost_ledger::ClockQuality;

use super::bus::BusFacts;
use super::software::{Software, Uninstalled};

/// A look at the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Date and time of day as people write them; `None` while the clock was never set.
    pub time: Option<String>,
    /// How the time is known.
    pub quality: Option<ClockQuality>,
    /// The last jump of the clock in the newest part of the log: from, to.
    pub last_jump: Option<(String, String)>,
    /// Seconds since the program started.
    pub uptime: u64,
    /// How many entries the log has.
    pub size: u64,
    /// The root over them, in hexadecimal digits.
    pub root: String,
    /// The log's verifier key.
    pub vkey: String,
    /// The network interfaces.
    pub links: Vec<Link>,
    /// Where the server is, if there is one.
    pub server: Option<String>,
    /// Free and whole room of the data disk, in MiB.
    pub disk: Option<(u64, u64)>,
    /// The newest lines of the program's own log, the newest first.
    pub lines: Vec<String>,
    /// How many notes the cash box takes; 0 where that is not known.
    pub box_capacity: u64,
    /// The operator's tenant.
    pub tenant: String,
    /// Whether the door stands open; `None` where there is no contact or it cannot be read.
    pub door: Option<bool>,
    /// What is known of the wires to the meters.
    pub bus: BusFacts,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name: `eth0`.
    pub name: String,
    /// Whether a cable or a cell is there.
    pub up: bool,
    /// Its addresses.
    pub addresses: Vec<String>,
}

/// A slip for staff. Texts come in Chinese and English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipText {
    /// What it is.
    pub title: (&'static str, &'static str),
    /// Its lines: what in both languages, which or how much, and whether it matters.
    pub lines: Vec<(&'static str, &'static str, String, bool)>,
    /// What to do with it.
    pub foot: (&'static str, &'static str),
}

/// What the engine does for the menu.
#[derive(Clone, PartialEq, Eq)]
pub enum ServiceJob {
    /// Look at the machine; ends in [`Served::Facts`].
    Look,
    /// Look at the door's contact; ends in [`Served::Door`].
    Door,
    /// Whose PIN is it? Ends in [`Served::Pin`].
    CheckPin(zeroize::Zeroizing<String>),
    /// Is it a one-time code of now? Ends in [`Served::Code`].
    CheckCode(zeroize::Zeroizing<String>),
    /// Print; ends as every print does.
    Print(SlipText),
    /// Check the whole log; ends in [`Served::Verified`], with [`Served::Verifying`] on the way.
    Verify,
    /// Write the log to the USB stick; ends in [`Served::Exported`], with [`Served::Exporting`] on the way.
    Export,
    /// Look at the slots and at the stick; ends in [`Served::Software`].
    Software,
    /// Install this bundle from the stick; ends in [`Served::Installed`], with [`Served::Installing`] on the way.
    Install(String),
    /// Read the meter with this number; ends in [`Served::MeterRead`].
    ReadMeter(String),
    /// Call the server; ends in [`Served::Synced`].
    Sync,
    /// Start the program or the machine anew, or shut it down; ends in [`Served::NotPowered`] where it fails.
    Power(Power),
}

/// What becomes of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// The program is started anew.
    Restart,
    /// The machine is.
    Reboot,
    /// It is shut down.
    ShutDown,
}

/// No secret is in a log.
impl std::fmt::Debug for ServiceJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ServiceJob::Look => "Look",
            ServiceJob::Door => "Door",
            ServiceJob::CheckPin(_) => "CheckPin",
            ServiceJob::CheckCode(_) => "CheckCode",
            ServiceJob::Print(_) => "Print",
            ServiceJob::Verify => "Verify",
            ServiceJob::Export => "Export",
            ServiceJob::Software => "Software",
            ServiceJob::Install(_) => "Install",
            ServiceJob::ReadMeter(_) => "ReadMeter",
            ServiceJob::Sync => "Sync",
            ServiceJob::Power(Power::Restart) => "Restart",
            ServiceJob::Power(Power::Reboot) => "Reboot",
            ServiceJob::Power(Power::ShutDown) => "ShutDown",
        })
    }
}

/// What a job led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// The machine.
    Facts(Box<Facts>),
    /// Whether the door stands open, or why that is not known.
    Door(Result<bool, String>),
    /// Whose PIN it is, as a place in the list of people.
    Pin(Option<usize>),
    /// The step of the code; `None` if it is none of now; or why codes cannot be checked.
    Code(Result<Option<u64>, String>),
    /// So many entries of so many are checked.
    Verifying(u64, u64),
    /// All are: how many.
    Verified(Result<u64, Unverified>),
    /// So many entries of so many are written.
    Exporting(u64, u64),
    /// Where it is, or why not.
    Exported(Result<String, Unexported>),
    /// The slots and the stick.
    Software(Box<Software>),
    /// What the program that installs said.
    Installing(String),
    /// It has ended.
    Installed(Result<(), Uninstalled>),
    /// What the meter with this number said, or why nothing.
    MeterRead(String, Result<Reading, String>),
    /// The talk is over, or why there was none.
    Synced(Result<(), String>),
    /// The machine goes on as it is; why.
    NotPowered(String),
}

/// Why the log was not written to a stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unexported {
    /// The stick was pulled out.
    StickPulledOut,
    /// It could not be written; why, in English, for staff.
    NotWritten(String),
}

/// Why the log was not found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unverified {
    /// It is not: this is wrong.
    Unsound(String),
    /// It could not be checked, which says nothing of it.
    NotChecked(String),
}
