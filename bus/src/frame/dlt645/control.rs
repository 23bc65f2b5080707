//! The control byte.

/// The control byte of a frame (DL/T 645-2007, 5.2.4): who speaks, whether it is a refusal, whether more frames follow, and
/// the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Control(pub u8);

const FROM_METER: u8 = 0x80;
const REFUSED: u8 = 0x40;
const MORE: u8 = 0x20;
const FUNCTION: u8 = 0x1F;

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

    /// Whether the answer goes on in a further frame.
    pub const fn more(self) -> bool {
        self.0 & MORE != 0
    }

    /// What is asked or answered.
    pub const fn function(self) -> Function {
        Function::of(self.0 & FUNCTION)
    }
}

/// The two editions of the protocol. They share the envelope and differ in function codes and identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edition {
    /// DL/T 645-1997: two-byte identifiers.
    Y1997,
    /// DL/T 645-2007: four-byte identifiers.
    Y2007,
}

impl Edition {
    /// The year, as the JSON of `decode` says it.
    pub fn year(self) -> &'static str {
        match self {
            Edition::Y1997 => "1997",
            Edition::Y2007 => "2007",
        }
    }
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $word:literal, $edition:ident;)*) => {
        /// The function codes of both editions (2007: table in 5.2.4; 1997: C=01, 02, 04, 0A, 0C, 0F).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function {
            $($(#[$doc])* $name,)*
            /// A code that neither edition knows.
            Other(u8),
        }

        impl Function {
            /// From the low five bits of the control byte.
            pub const fn of(code: u8) -> Self {
                match code {
                    $($code => Function::$name,)*
                    other => Function::Other(other),
                }
            }

            /// The low five bits of the control byte.
            pub const fn code(self) -> u8 {
                match self {
                    $(Function::$name => $code,)*
                    Function::Other(code) => code & FUNCTION,
                }
            }

            /// The word for it in the JSON of `decode`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Function::$name => $word,)*
                    Function::Other(_) => "unknown",
                }
            }

            /// The edition that uses the code. Codes of both count as 2007.
            pub const fn edition(self) -> Edition {
                match self {
                    $(Function::$name => Edition::$edition,)*
                    Function::Other(_) => Edition::Y2007,
                }
            }
        }
    };
}

functions! {
    /// 1997: read data.
    Read1997 = 0x01, "read", Y1997;
    /// 1997: read data that follows.
    ReadNext1997 = 0x02, "read_next", Y1997;
    /// Security authentication and prepayment (1997: repeat the last answer).
    Security = 0x03, "security", Y2007;
    /// 1997: write data.
    Write1997 = 0x04, "write", Y1997;
    /// Broadcast of the time, never answered.
    BroadcastTime = 0x08, "broadcast_time", Y2007;
    /// 1997: write the address.
    WriteAddress1997 = 0x0A, "write_address", Y1997;
    /// 1997: change the transmission rate.
    ChangeRate1997 = 0x0C, "change_rate", Y1997;
    /// 1997: change the password.
    ChangePassword1997 = 0x0F, "change_password", Y1997;
    /// Read data.
    Read = 0x11, "read", Y2007;
    /// Read data that follows.
    ReadNext = 0x12, "read_next", Y2007;
    /// Read the address.
    ReadAddress = 0x13, "read_address", Y2007;
    /// Write data.
    Write = 0x14, "write", Y2007;
    /// Write the address.
    WriteAddress = 0x15, "write_address", Y2007;
    /// Freeze readings.
    Freeze = 0x16, "freeze", Y2007;
    /// Change the transmission rate.
    ChangeRate = 0x17, "change_rate", Y2007;
    /// Change a password.
    ChangePassword = 0x18, "change_password", Y2007;
    /// Clear the maximum demand.
    ClearDemand = 0x19, "clear_demand", Y2007;
    /// Clear the meter.
    ClearMeter = 0x1A, "clear_meter", Y2007;
    /// Clear events.
    ClearEvents = 0x1B, "clear_events", Y2007;
    /// Trip, close, alarm, keep power.
    Relay = 0x1C, "control", Y2007;
    /// Multifunction output.
    Output = 0x1D, "multifunction_output", Y2007;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_byte_keeps_its_function_code() {
        for byte in 0..=u8::MAX {
            assert_eq!(Control(byte).function().code(), byte & 0x1F);
        }
    }

    #[test]
    fn a_refusal_is_an_answer() {
        let refusal = Control::refusal(Function::Security);
        assert_eq!(refusal, Control(0xC3));
        assert!(refusal.from_meter() && refusal.refused() && !refusal.more());
        assert!(Control(0xB1).more());
    }
}
