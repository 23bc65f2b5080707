//! The control command C=1C and the status word that shows what it did.

pub use super::password::Password;
use super::password::Protected;
use super::purchase::Operator;
use crate::frame::bytes::{array, joined};
use crate::frame::wall_time::WallTime;

/// What the relay, the alarm or the keep-power lock shall do (N1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayCommand {
    /// Open the relay.
    Trip,
    /// Let the customer close the relay at the meter.
    AllowClose,
    /// Close the relay.
    Close,
    /// Open the relay and let it close by itself after N2 times five minutes (codes 1D and 1E).
    TripAndRecover(u8),
    /// Alarm on.
    Alarm,
    /// Alarm off.
    AlarmOff,
    /// Ignore trips from now on.
    KeepPower,
    /// No longer ignore trips.
    KeepPowerOff,
}

impl RelayCommand {
    /// The code N1.
    pub fn code(self) -> u8 {
        match self {
            RelayCommand::Trip => 0x1A,
            RelayCommand::AllowClose => 0x1B,
            RelayCommand::Close => 0x1C,
            RelayCommand::TripAndRecover(code) => code,
            RelayCommand::Alarm => 0x2A,
            RelayCommand::AlarmOff => 0x2B,
            RelayCommand::KeepPower => 0x3A,
            RelayCommand::KeepPowerOff => 0x3B,
        }
    }

    /// The command of a code N1, if it is one.
    pub fn of(code: u8) -> Option<Self> {
        Some(match code {
            0x1A => RelayCommand::Trip,
            0x1B => RelayCommand::AllowClose,
            0x1C => RelayCommand::Close,
            0x1D | 0x1E => RelayCommand::TripAndRecover(code),
            0x2A => RelayCommand::Alarm,
            0x2B => RelayCommand::AlarmOff,
            0x3A => RelayCommand::KeepPower,
            0x3B => RelayCommand::KeepPowerOff,
            _ => return None,
        })
    }

    /// The word for it in the JSON of `decode`.
    pub fn word(self) -> &'static str {
        match self {
            RelayCommand::Trip => "trip",
            RelayCommand::AllowClose => "allow_close",
            RelayCommand::Close => "close",
            RelayCommand::TripAndRecover(_) => "trip_and_recover",
            RelayCommand::Alarm => "alarm",
            RelayCommand::AlarmOff => "alarm_off",
            RelayCommand::KeepPower => "keep_power",
            RelayCommand::KeepPowerOff => "keep_power_off",
        }
    }
}

/// The data of C=1C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayOrder {
    /// The password.
    pub password: Password,
    /// Who operates.
    pub operator: Operator,
    /// What to do.
    pub command: RelayCommand,
    /// N2: a delay or zero.
    pub delay: u8,
    /// The meter refuses the order after this time.
    pub valid_until: WallTime,
}

impl RelayOrder {
    /// The data of the frame.
    pub fn to_data(self) -> [u8; 16] {
        joined(&[
            &self.password.to_wire(),
            &self.operator.0,
            &self.command_bytes(),
        ])
    }

    /// N1 to N8: what a MAC or a ciphertext covers.
    pub fn command_bytes(self) -> [u8; 8] {
        joined(&[
            &[self.command.code(), self.delay],
            &self.valid_until.to_bcd(),
        ])
    }

    /// Reads the data of the frame. `None` where they are not this layout, the command is unknown, or the time is none.
    pub fn parse(data: &[u8]) -> Option<Self> {
        let layout: [u8; 16] = data.try_into().ok()?;
        RelayOrder::of_parts(
            Password::from_wire(array(&layout, 0)?),
            Operator(array(&layout, 4)?),
            array(&layout, 8)?,
        )
    }

    /// From the head and N1 to N8, whatever protected them. `None` where the command is unknown or the time is none.
    pub fn of_parts(password: Password, operator: Operator, command: [u8; 8]) -> Option<Self> {
        let [n1, n2, until @ ..] = command;
        Some(RelayOrder {
            password,
            operator,
            command: RelayCommand::of(n1)?,
            delay: n2,
            valid_until: WallTime::from_bcd(until)?,
        })
    }
}

/// The data of C=1C as they are on the wire, under any class of password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtectedOrder<'a> {
    /// The password; its class says how the command is protected.
    pub password: Password,
    /// Who operates.
    pub operator: Operator,
    /// N1 to N8, in clear, with a MAC, or enciphered.
    pub content: Protected<'a>,
}

impl<'a> ProtectedOrder<'a> {
    /// Reads the data of the frame. `None` where password, operator or a MAC that must be there do not fit.
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let password = Password::from_wire(array(data, 0)?);
        Some(ProtectedOrder {
            password,
            operator: Operator(array(data, 4)?),
            content: Protected::parse(password.class, data.get(8..)?)?,
        })
    }

    /// The data of the frame.
    pub fn to_data(self) -> Vec<u8> {
        let mut data = [self.password.to_wire(), self.operator.0].concat();
        data.extend(self.content.to_data());
        data
    }
}

/// Status word 3, `04000503`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusWord3(pub u16);

impl StatusWord3 {
    /// Bit 4: the relay is open, the supply is cut.
    pub fn relay_open(self) -> bool {
        self.0 & 1 << 4 != 0
    }

    /// Bit 6: the relay is told to be open.
    pub fn told_open(self) -> bool {
        self.0 & 1 << 6 != 0
    }

    /// Bit 7: the meter warns before it trips.
    pub fn about_to_trip(self) -> bool {
        self.0 & 1 << 7 != 0
    }

    /// Bit 15 inverted: an account has been opened remotely.
    pub fn account_open(self) -> bool {
        self.0 & 1 << 15 == 0
    }
}
