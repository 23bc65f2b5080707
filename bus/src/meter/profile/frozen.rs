//! The readings a meter keeps of past days.

use super::register::{Register, RegisterId};
use super::section::Section;
use super::{Capability, Profile, ProfileProtocol};

/// Where the records of past days are. The last byte of each identifier counts back: 01 is the last record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// The identifier of a record's time (`YY MM DD hh mm`, low byte first) with 00 at its end.
    pub time: u32,
    /// How many records there are at most.
    pub most: u8,
    /// What a record holds, each identifier with 00 at its end.
    pub registers: Vec<Register>,
}

impl Frozen {
    pub(super) fn read(top: &Section<'_>, protocol: ProfileProtocol) -> Option<Frozen> {
        let section = top.section("frozen")?;
        if protocol != ProfileProtocol::Dlt645 {
            let right = "no such table: only DL/T 645-2007 records tell their day";
            top.wrong("frozen", "records of past days in another protocol", right);
            return None;
        }
        let right = "the identifier of a record's time, 8 hex digits: \"05060000\"";
        let time = section.require("time", section.hex::<4>("time"), right);
        let most = section.small("most", 1..=254).unwrap_or(62);
        let registers = Register::read_all(&section, protocol);
        if registers.is_empty() {
            section.wrong(
                "register",
                "no register",
                "one [[frozen.register]] at least",
            );
        }
        let counted = |register: &Register| match register.id {
            RegisterId::Long(id) => id & 0xFF == 0,
            _ => false,
        };
        if !registers.iter().all(counted) || time.is_some_and(|[.., last]| last != 0) {
            section.wrong(
                "time",
                "an identifier that does not end with 00",
                "00 where the record is counted",
            );
        }
        section.finish();
        Some(Frozen {
            time: u32::from_be_bytes(time?),
            most,
            registers,
        })
    }

    /// The capability and the table belong together.
    pub(super) fn check(top: &Section<'_>, profile: &Profile) {
        match (profile.can(Capability::Freeze), &profile.frozen) {
            (true, None) if profile.protocol() == ProfileProtocol::Dlt645 => top.wrong(
                "capabilities",
                "\"freeze\" needs the table [frozen]",
                "[frozen] with time and registers, or a list without \"freeze\"",
            ),
            (false, Some(_)) => top.wrong(
                "frozen",
                "records of past days without the capability \"freeze\"",
                "\"freeze\" among the capabilities, or no [frozen]",
            ),
            _ => {}
        }
    }
}
