//! Refusals, and who may do what.

use super::ElectricityMeter;
use super::config::{ErrorForm, Prepayment};
use crate::frame::dlt645::password::{Password, Protected};
use crate::frame::dlt645::refusal::{ErrorByte, SecurityError};
use crate::frame::wall_time::WallTime;
use crate::signer::Purpose;

pub(super) const OTHER: ErrorByte = ErrorByte(0x01);
pub(super) const NO_DATA: ErrorByte = ErrorByte(0x02);
pub(super) const NOT_AUTHORISED: ErrorByte = ErrorByte(0x04);
pub(super) const RATE: ErrorByte = ErrorByte(0x08);

/// Why C=03 refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Other,
    Repeated,
    Mac,
    NotAuthenticated,
    Customer,
    Count,
    Hoarding,
    RemoteClosed,
    /// The amount is none, or larger than one purchase may be.
    Price,
    /// The data have another length.
    Length,
}

impl Refusal {
    /// The word of the standard's bits.
    fn word(self) -> u16 {
        let bit = match self {
            Refusal::Other | Refusal::Price | Refusal::Length => 0,
            Refusal::Repeated => 1,
            Refusal::Mac => 2,
            Refusal::NotAuthenticated => 3,
            Refusal::Customer => 4,
            Refusal::Count => 5,
            Refusal::Hoarding => 6,
            Refusal::RemoteClosed => 8,
        };
        1 << bit
    }

    /// The codes of meters without ESAM. They have none for most of the standard's bits.
    fn code(self) -> u16 {
        match self {
            Refusal::Repeated | Refusal::Count => 0x80,
            Refusal::Customer => 0x81,
            Refusal::Hoarding => 0x82,
            Refusal::Price => 0x83,
            Refusal::Length => 0x84,
            other => other.word() & 0xFF,
        }
    }

    /// As a meter of a dialect says it.
    pub(super) fn said(self, form: ErrorForm) -> SecurityError {
        let (word, bytes) = match form {
            ErrorForm::Codes => (self.code(), 1),
            ErrorForm::OneByte => (self.word() & 0xFF, 1),
            ErrorForm::TwoBytes => (self.word(), 2),
            ErrorForm::LowByteOnly => (self.word() & 0xFF, 2),
        };
        SecurityError { word, bytes }
    }
}

impl ElectricityMeter {
    /// Whether the meter takes money.
    pub(super) fn sells(&self) -> bool {
        self.config.prepayment != Prepayment::None
    }

    /// Whether a password is one of the meter's, and its class may do what class `needed` may: a smaller class may more.
    pub(super) fn allow(&self, password: Password, needed: u8) -> Result<(), ErrorByte> {
        let known = [self.password_02, self.password_04].contains(&password);
        match known && password.class <= needed {
            true => Ok(()),
            false => Err(NOT_AUTHORISED),
        }
    }

    /// The content of C=14 or 1C under class 98 or 99, after its code was checked. A code covers `head` and the content.
    pub(super) fn open_protected(
        &mut self,
        purpose: Purpose,
        head: &[u8],
        content: Protected<'_>,
        time: WallTime,
    ) -> Result<Vec<u8>, ErrorByte> {
        if self.session.locked(time) || !self.session.live(time) {
            return Err(NOT_AUTHORISED);
        }
        let esam = self.esam.as_mut().ok_or(NOT_AUTHORISED)?;
        let opened = match content {
            Protected::Plain(_) => None,
            Protected::Signed { data, mac } => {
                let covered = [head, data].concat();
                esam.check(purpose, &covered, mac).then(|| data.to_vec())
            }
            Protected::Sealed { cipher, mac } => esam
                .open(purpose, cipher, mac)
                .and_then(|clear| clear.strip_prefix(head).map(<[u8]>::to_vec)),
        };
        opened.ok_or_else(|| {
            self.session.failed(time);
            NOT_AUTHORISED
        })
    }
}
