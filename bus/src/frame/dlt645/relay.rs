//! The control command C=1C and the status word that shows what it did.

use super::purchase::Operator;
use crate::frame::bytes::array;
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
    /// Open the relay and close it again after N2 times five minutes (codes 1D and 1E).
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

/// A password with its class, in the order of the wire (PA P0 P1 P2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Password {
    /// The class PA: 02 and 04 are plain passwords, 98 and 99 carry a MAC.
    pub class: u8,
    /// The password itself.
    pub digits: [u8; 3],
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
        let mut data = [0; 16];
        let head = [self.password.class];
        let command = [self.command.code(), self.delay];
        let until = self.valid_until.to_bcd();
        let parts: [&[u8]; 5] = [
            &head,
            &self.password.digits,
            &self.operator.0,
            &command,
            &until,
        ];
        for (to, from) in data.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        data
    }

    /// Reads the data of the frame. `None` where they are not this layout, the command is unknown, or the time is none.
    pub fn parse(data: &[u8]) -> Option<Self> {
        let layout: [u8; 16] = data.try_into().ok()?;
        let [class, p0, p1, p2, ..] = layout;
        Some(RelayOrder {
            password: Password {
                class,
                digits: [p0, p1, p2],
            },
            operator: Operator(array(&layout, 4)?),
            command: RelayCommand::of(*layout.get(8)?)?,
            delay: *layout.get(9)?,
            valid_until: WallTime::from_bcd(array(&layout, 10)?)?,
        })
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
