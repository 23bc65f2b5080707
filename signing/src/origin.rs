//! Which log: tenant, terminal and epoch, and the name they make.

use std::fmt;

use thiserror::Error;

use crate::fields::decimal;
use crate::note::{KeyName, NameError};

/// Why a text does not name a tenant, a terminal or a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OriginError {
    /// The tenant.
    #[error("a tenant is 1 to 32 small letters, digits and hyphens")]
    Tenant,
    /// The terminal.
    #[error("a terminal's id is 1 to 16 letters and digits")]
    Terminal,
    /// The epoch.
    #[error("an epoch is a number from 1 to 4294967295 without leading zeros")]
    Epoch,
    /// The whole.
    #[error("an origin is meterpost/<tenant>/<terminal>/<epoch>")]
    Form,
}

/// The operator's tenant: 1 to 32 small ASCII letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(String);

impl TenantId {
    /// Takes the id.
    pub fn new(text: &str) -> Result<TenantId, OriginError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(TenantId(text.to_owned()))
        } else {
            Err(OriginError::Tenant)
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A terminal's id within its tenant: 1 to 16 ASCII letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalId(String);

impl TerminalId {
    /// Takes the id.
    pub fn new(text: &str) -> Result<TerminalId, OriginError> {
        if (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(TerminalId(text.to_owned()))
        } else {
            Err(OriginError::Terminal)
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TerminalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A terminal's log. Each enrolment begins a new epoch, and with it a new log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogOrigin {
    tenant: TenantId,
    terminal: TerminalId,
    epoch: u32,
}

impl LogOrigin {
    /// Joins the three; the first epoch is 1.
    pub fn new(tenant: TenantId, terminal: TerminalId, epoch: u32) -> Result<Self, OriginError> {
        if epoch == 0 {
            return Err(OriginError::Epoch);
        }
        Ok(LogOrigin {
            tenant,
            terminal,
            epoch,
        })
    }

    /// Reads `meterpost/<tenant>/<terminal>/<epoch>`.
    pub fn parse(text: &str) -> Result<LogOrigin, OriginError> {
        let parts = text.split('/').collect::<Vec<_>>();
        let ["meterpost", tenant, terminal, epoch] = parts[..] else {
            return Err(OriginError::Form);
        };
        let epoch = decimal(epoch)
            .and_then(|epoch| u32::try_from(epoch).ok())
            .ok_or(OriginError::Epoch)?;
        LogOrigin::new(TenantId::new(tenant)?, TerminalId::new(terminal)?, epoch)
    }

    /// Whose terminal.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Which terminal.
    pub fn terminal(&self) -> &TerminalId {
        &self.terminal
    }

    /// Which of its enrolments.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// As the log's name, which is its key's name and stands on its checkpoints.
    pub fn name(&self) -> Result<KeyName, NameError> {
        KeyName::new(&self.to_string())
    }
}

impl fmt::Display for LogOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "meterpost/{}/{}/{}",
            self.tenant, self.terminal, self.epoch
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_origin_is_read_and_written() {
        let text = "meterpost/east-1/K1/2";
        let origin = LogOrigin::parse(text).unwrap();
        assert_eq!(origin.tenant().as_str(), "east-1");
        assert_eq!(origin.terminal().as_str(), "K1");
        assert_eq!(origin.epoch(), 2);
        assert_eq!(origin.to_string(), text);
        assert_eq!(origin.name().unwrap().as_str(), text);
    }

    #[test]
    fn every_malformation_has_its_error() {
        for (text, error) in [
            ("", OriginError::Form),
            ("meterpost/e/K1", OriginError::Form),
            ("meterpost/e/K1/1/", OriginError::Form),
            ("Meterpost/e/K1/1", OriginError::Form),
            ("meterpost/E/K1/1", OriginError::Tenant),
            ("meterpost//K1/1", OriginError::Tenant),
            ("meterpost/e/K-1/1", OriginError::Terminal),
            ("meterpost/e/K1234567890123456/1", OriginError::Terminal),
            ("meterpost/e/K1/0", OriginError::Epoch),
            ("meterpost/e/K1/01", OriginError::Epoch),
            ("meterpost/e/K1/+1", OriginError::Epoch),
            ("meterpost/e/K1/4294967296", OriginError::Epoch),
        ] {
            assert_eq!(LogOrigin::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_means_one_thing(text in "meterpost/[a-zA-Z-]{0,3}/[A-Z0-9-]{0,3}/[0-9+]{0,11}") {
            if let Ok(read) = LogOrigin::parse(&text) {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
