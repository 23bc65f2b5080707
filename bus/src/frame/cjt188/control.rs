//! The control byte.

/// The control byte of a frame: who speaks, whether it is a refusal, and the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Control(pub u8);

const FROM_METER: u8 = 0x80;
const REFUSED: u8 = 0x40;
const FUNCTION: u8 = 0x3F;

impl Control {
    /// A master's request.
    pub const fn request(function: Function) -> Self {
        Control(function.code())
    }

    /// A meter's answer that carries out the request.
    pub const fn answer(function: Function) -> Self {
        Control(function.code() | FROM_METER)
    }

    /// A meter's refusal.
    pub const fn refusal(function: Function) -> Self {
        Control(function.code() | FROM_METER | REFUSED)
    }

    /// Whether the meter speaks.
    pub const fn from_meter(self) -> bool {
        self.0 & FROM_METER != 0
    }

    /// Whether the meter refuses.
    pub const fn refused(self) -> bool {
        self.0 & REFUSED != 0
    }

    /// What is asked or answered.
    pub const fn function(self) -> Function {
        Function::of(self.0 & FUNCTION)
    }
}

/// The function codes (CJ/T 188, table of control codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// Read data.
    Read,
    /// Read the address.
    ReadAddress,
    /// Write data.
    Write,
    /// Read the version of the key.
    ReadKeyVersion,
    /// Write the address.
    WriteAddress,
    /// Set the reading of the electronics to that of the counter.
    WriteSync,
    /// A code that is not in the table.
    Other(u8),
}

impl Function {
    /// From the low six bits of the control byte.
    pub const fn of(code: u8) -> Self {
        match code {
            0x01 => Function::Read,
            0x03 => Function::ReadAddress,
            0x04 => Function::Write,
            0x09 => Function::ReadKeyVersion,
            0x15 => Function::WriteAddress,
            0x16 => Function::WriteSync,
            other => Function::Other(other),
        }
    }

    /// The low six bits of the control byte.
    pub const fn code(self) -> u8 {
        match self {
            Function::Read => 0x01,
            Function::ReadAddress => 0x03,
            Function::Write => 0x04,
            Function::ReadKeyVersion => 0x09,
            Function::WriteAddress => 0x15,
            Function::WriteSync => 0x16,
            Function::Other(code) => code & FUNCTION,
        }
    }

    /// The word for it in the JSON of `decode`.
    pub const fn word(self) -> &'static str {
        match self {
            Function::Read => "read",
            Function::ReadAddress => "read_address",
            Function::Write => "write",
            Function::ReadKeyVersion => "read_key_version",
            Function::WriteAddress => "write_address",
            Function::WriteSync => "write_sync",
            Function::Other(_) => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_byte_keeps_its_function_code() {
        for byte in 0..=u8::MAX {
            assert_eq!(Control(byte).function().code(), byte & 0x3F);
        }
    }
}
