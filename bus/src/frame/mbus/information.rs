//! The control information byte CI: what the data behind it are.

/// The CI fields of wired M-Bus (EN 13757-3, table of CI fields).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Information {
    /// 50: the application starts anew; a byte behind it may name the answer wanted.
    ApplicationReset,
    /// 51: data for the meter; 55: the same with the high byte first.
    SendData {
        /// Whether numbers have their high byte first.
        high_first: bool,
    },
    /// 52: selects by secondary address; 56: the same with the high byte first.
    Select {
        /// Whether numbers have their high byte first.
        high_first: bool,
    },
    /// 54: all meters freeze at this moment.
    Synchronise,
    /// 70: the meter reports an error of the application.
    Error,
    /// 71: the meter reports alarms.
    Alarm,
    /// 72: data behind a header of twelve bytes; 76: the same with the high byte first.
    Variable {
        /// Whether numbers have their high byte first.
        high_first: bool,
    },
    /// 73: two counters; 77: the same with the high byte first.
    Fixed {
        /// Whether numbers have their high byte first.
        high_first: bool,
    },
    /// 78: data without a header.
    VariableWithoutHeader,
    /// 7A: data behind a header of four bytes.
    VariableShortHeader,
    /// B8 to BF: the meter shall change its rate.
    SetBaud(BaudRate),
    /// Anything else.
    Other(u8),
}

/// The rates a meter can be set to (CI B8 to BF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BaudRate {
    /// 300 baud.
    B300 = 0xB8,
    /// 600 baud.
    B600,
    /// 1200 baud.
    B1200,
    /// 2400 baud, the usual one.
    B2400,
    /// 4800 baud.
    B4800,
    /// 9600 baud.
    B9600,
    /// 19200 baud.
    B19200,
    /// 38400 baud.
    B38400,
}

impl BaudRate {
    /// All of them, slow to fast.
    pub const ALL: [BaudRate; 8] = [
        BaudRate::B300,
        BaudRate::B600,
        BaudRate::B1200,
        BaudRate::B2400,
        BaudRate::B4800,
        BaudRate::B9600,
        BaudRate::B19200,
        BaudRate::B38400,
    ];

    /// Bits per second.
    pub const fn baud(self) -> u32 {
        300 << (self as u8 - BaudRate::B300 as u8)
    }

    /// The rate of so many bits per second, if there is one.
    pub fn of(baud: u32) -> Option<Self> {
        BaudRate::ALL.into_iter().find(|rate| rate.baud() == baud)
    }
}

impl Information {
    /// From the CI byte.
    pub fn of(code: u8) -> Self {
        let high_first = code & 0x04 != 0;
        match code {
            0x50 => Information::ApplicationReset,
            0x51 | 0x55 => Information::SendData { high_first },
            0x52 | 0x56 => Information::Select { high_first },
            0x54 => Information::Synchronise,
            0x70 => Information::Error,
            0x71 => Information::Alarm,
            0x72 | 0x76 => Information::Variable { high_first },
            0x73 | 0x77 => Information::Fixed { high_first },
            0x78 => Information::VariableWithoutHeader,
            0x7A => Information::VariableShortHeader,
            _ => BaudRate::ALL
                .into_iter()
                .find(|&rate| rate as u8 == code)
                .map_or(Information::Other(code), Information::SetBaud),
        }
    }

    /// The CI byte.
    pub const fn code(self) -> u8 {
        const fn mode(code: u8, high_first: bool) -> u8 {
            if high_first { code | 0x04 } else { code }
        }
        match self {
            Information::ApplicationReset => 0x50,
            Information::SendData { high_first } => mode(0x51, high_first),
            Information::Select { high_first } => mode(0x52, high_first),
            Information::Synchronise => 0x54,
            Information::Error => 0x70,
            Information::Alarm => 0x71,
            Information::Variable { high_first } => mode(0x72, high_first),
            Information::Fixed { high_first } => mode(0x73, high_first),
            Information::VariableWithoutHeader => 0x78,
            Information::VariableShortHeader => 0x7A,
            Information::SetBaud(rate) => rate as u8,
            Information::Other(code) => code,
        }
    }

    /// What it says, in words.
    pub const fn name(self) -> &'static str {
        match self {
            Information::ApplicationReset => "application reset",
            Information::SendData { .. } => "data for the meter",
            Information::Select { .. } => "selection by secondary address",
            Information::Synchronise => "synchronise",
            Information::Error => "application error",
            Information::Alarm => "alarm",
            Information::Variable { .. } => "variable data",
            Information::Fixed { .. } => "fixed data",
            Information::VariableWithoutHeader => "variable data without header",
            Information::VariableShortHeader => "variable data with short header",
            Information::SetBaud(_) => "set baud rate",
            Information::Other(_) => "unknown",
        }
    }
}
