//! What the configuration says of the service menu.

use std::path::PathBuf;
use std::time::Duration;

use crate::device::card::StaffRole;

/// The rules of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRules {
    /// Who enters without a card.
    pub people: Vec<Person>,
    /// Whether they need a one-time code of the server beside their PIN.
    pub code: bool,
    /// Without a touch for so long, the menu closes.
    pub time_out: Duration,
    /// The contact of the door, where it is asked for.
    pub door: Option<Door>,
    /// Where a USB stick is mounted.
    pub usb: Option<PathBuf>,
    /// What the machine can be made to do.
    pub can: Can,
}

/// Somebody who enters by PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// As entries name them.
    pub name: String,
    /// What they may do.
    pub role: StaffRole,
    /// The PIN's Argon2id hash, as `kiosk service pin` makes it.
    pub pin: String,
}

/// No hash is in a log: a PIN has few digits.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({}, {:?})", self.name, self.role)
    }
}

/// The contact of the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// A file whose content says how it stands, such as the value of a GPIO line.
    pub file: PathBuf,
    /// Its content while the door is open.
    pub open: String,
}

/// Which programs are configured in `[commands]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Can {
    /// Start the machine anew.
    pub reboot: bool,
    /// Shut it down.
    pub shutdown: bool,
    /// Install a version.
    pub update: bool,
    /// Install a bundle from a USB stick.
    pub update_from: bool,
}

impl Default for ServiceRules {
    fn default() -> ServiceRules {
        ServiceRules {
            people: Vec::new(),
            code: false,
            time_out: Duration::from_secs(300),
            door: None,
            usb: None,
            can: Can::default(),
        }
    }
}
