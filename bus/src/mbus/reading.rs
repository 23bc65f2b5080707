//! What a meter told: all telegrams of one answer.

use crate::frame::mbus::answer::{Answer, parse};
use crate::frame::mbus::fixed::Fixed;
use crate::frame::mbus::record::{BadRecord, Record};
use crate::frame::mbus::{Frame, Header, Manufacturer, SecondaryAddress};

/// The telegrams of one answer, as they came. Records are read where they lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Sound frames with data, in their order.
    pub telegrams: Vec<Vec<u8>>,
}

impl Reading {
    fn answers(&self) -> impl Iterator<Item = Answer<'_>> {
        self.telegrams
            .iter()
            .filter_map(|telegram| parse(&Frame::parse(telegram).ok()?).ok())
    }

    /// Who the meter is and how it is, as the first telegram with a header says.
    pub fn header(&self) -> Option<Header> {
        self.answers().find_map(|answer| match answer {
            Answer::Variable { header, .. } => header,
            _ => None,
        })
    }

    /// The two counters of a meter with the fixed structure.
    pub fn fixed(&self) -> Option<Fixed> {
        self.answers().find_map(|answer| match answer {
            Answer::Fixed(fixed) => Some(fixed),
            _ => None,
        })
    }

    /// The meter's secondary address. The fixed structure knows no maker and no version; wildcards stand for them.
    pub fn meter(&self) -> Option<SecondaryAddress> {
        if let Some(header) = self.header() {
            return Some(header.meter);
        }
        self.fixed().map(|fixed| SecondaryAddress {
            id: fixed.id,
            manufacturer: Manufacturer(0xFFFF),
            version: 0xFF,
            medium: 0xFF,
        })
    }

    /// All records, in their order.
    pub fn records(&self) -> impl Iterator<Item = Result<Record<'_>, BadRecord>> {
        self.answers().flat_map(|answer| match answer {
            Answer::Variable { records, .. } => Some(records).into_iter().flatten(),
            _ => None.into_iter().flatten(),
        })
    }
}
