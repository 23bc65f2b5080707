//! Changing a meter's address or rate: written once, judged by reading back.

use super::session::{MbusError, Session};
use super::wire::Wire;
use crate::frame::mbus::{Address, BaudRate, SecondaryAddress, request};

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The meter was found where the change puts it.
    Applied,
    /// The meter was found where it was.
    NotApplied,
    /// The meter was found nowhere.
    Unknown(String),
}

impl<W: Wire> Session<W> {
    /// Gives the meter at `from` (a primary address, or the selected one) the primary address `to`.
    ///
    /// The meter is read before and after, so that a lost acknowledgement decides nothing.
    ///
    /// # Errors
    /// [`MbusError::Refused`], before anything was written, where `to` is no primary address or taken; other errors where the
    /// meter cannot be read before the change.
    pub async fn set_address(&mut self, from: Address, to: Address) -> Result<Change, MbusError> {
        let meter = self.who(from).await?;
        if from != to {
            let taken = self.once(&request::reset(to)).await?;
            if !taken.is_silence() {
                return Err(MbusError::Refused(format!("address {to} is taken")));
            }
        }
        let count = self.count(from).await?;
        let write = request::set_address(from, count, to)?;
        let written = self.once(&write).await;
        self.forget(from);
        self.forget(to);
        if self.who(to).await.is_ok_and(|now| now == meter) {
            return Ok(Change::Applied);
        }
        if from != Address::SELECTED && self.who(from).await.is_ok_and(|now| now == meter) {
            return Ok(Change::NotApplied);
        }
        Ok(Change::Unknown(match written {
            Ok(heard) if heard.frame.is_some() => {
                "acknowledged, and not found afterwards".to_owned()
            }
            Ok(_) => "not acknowledged, and not found afterwards".to_owned(),
            Err(error) => error.to_string(),
        }))
    }

    /// Changes the rate of a meter, and of this end of the wire for the read-back. Where the meter is found at the new rate,
    /// the wire stays there; else it goes back to the old one.
    ///
    /// # Errors
    /// The meter cannot be read before the change, or the port cannot be set.
    pub async fn set_rate(
        &mut self,
        address: Address,
        rate: BaudRate,
    ) -> Result<Change, MbusError> {
        let meter = self.who(address).await?;
        let before = self.wire.baud();
        let count = self.count(address).await?;
        let write = request::set_baud(address, count, rate)?;
        // Whether it acknowledges or not: the read-back decides.
        let written = self.once(&write).await;
        self.forget(address);
        self.wire.set_baud(rate.baud())?;
        if self.who(address).await.is_ok_and(|now| now == meter) {
            return Ok(Change::Applied);
        }
        self.wire.set_baud(before)?;
        if self.who(address).await.is_ok_and(|now| now == meter) {
            return Ok(Change::NotApplied);
        }
        Ok(Change::Unknown(match written {
            Ok(_) => format!("found neither at {} nor at {before} baud", rate.baud()),
            Err(error) => error.to_string(),
        }))
    }

    async fn who(&mut self, address: Address) -> Result<SecondaryAddress, MbusError> {
        let reading = self.read(address).await?;
        reading.meter().ok_or_else(|| {
            MbusError::Refused(
                "the meter does not say who it is, so a change could not be judged".to_owned(),
            )
        })
    }
}
