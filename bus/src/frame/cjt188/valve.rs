//! The valve command `A017`.

/// What the valve shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValveCommand {
    /// Open.
    Open,
    /// Close.
    Close,
    /// Move once to and fro against lime (vendors).
    Exercise,
    /// Half open (vendors).
    HalfOpen,
}

impl ValveCommand {
    /// The command's byte.
    pub fn code(self) -> u8 {
        match self {
            ValveCommand::Open => 0x55,
            ValveCommand::Close => 0x99,
            ValveCommand::Exercise => 0xAA,
            ValveCommand::HalfOpen => 0x77,
        }
    }

    /// The command of a byte, if it is one.
    pub fn of(code: u8) -> Option<Self> {
        Some(match code {
            0x55 => ValveCommand::Open,
            0x99 => ValveCommand::Close,
            0xAA => ValveCommand::Exercise,
            0x77 => ValveCommand::HalfOpen,
            _ => return None,
        })
    }

    /// The word for it in the JSON of `decode`.
    pub fn word(self) -> &'static str {
        match self {
            ValveCommand::Open => "open",
            ValveCommand::Close => "close",
            ValveCommand::Exercise => "exercise",
            ValveCommand::HalfOpen => "half_open",
        }
    }
}
