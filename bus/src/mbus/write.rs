//! Changing a meter: written once, judged by reading back.

use super::reading::Reading;
use super::session::{MbusError, Session};
use super::wire::Wire;
use crate::frame::FrameError;
use crate::frame::mbus::{Address, BaudRate, Moment, SecondaryAddress, Selection, Value, request};
use crate::frame::wall_time::WallTime;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The meter shows it.
    Applied,
    /// The meter shows what it showed before.
    NotApplied,
    /// The meter cannot be read any more, or shows neither.
    Unknown(String),
}

/// The quantity of a digital output, by which meters tell and take the state of a valve or relay (VIF FD 1A).
const OUTPUT: &str = "digital_output";
/// The quantity of a clock (VIF 6D).
const CLOCK: &str = "date_time";
/// A clock that was set is read back within this time, and tells no seconds.
const CLOCK_TOLERANCE_SECONDS: i64 = 120;

impl<W: Wire> Session<W> {
    /// Gives the meter at `from` (a primary address, or the selected one) the primary address `to`.
    ///
    /// # Errors
    /// [`MbusError::Refused`], before anything was written, where `to` is no primary address or taken; other errors where the
    /// meter cannot be read before the change.
    pub async fn set_address(&mut self, from: Address, to: Address) -> Result<Change, MbusError> {
        let meter = named(&self.read(from).await?)?;
        if from != to {
            let taken = self.once(&request::reset(to)).await?;
            if !taken.is_silence() {
                return Err(MbusError::Refused(format!("address {to} is taken")));
            }
        }
        let written = self
            .write_once(from, |count| request::set_address(from, count, to))
            .await?;
        self.forget(to);
        if self.is_at(to, meter).await {
            return Ok(Change::Applied);
        }
        // Through the selection a meter is found whatever its primary address: not at the new one means at the old one.
        if self.read_again(from, meter).await.is_ok() {
            return Ok(Change::NotApplied);
        }
        Ok(written.unknown())
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
        let meter = named(&self.read(address).await?)?;
        let before = self.wire.baud();
        let written = self
            .write_once(address, |count| request::set_baud(address, count, rate))
            .await?;
        self.wire.set_baud(rate.baud())?;
        if self.read_again(address, meter).await.is_ok() {
            return Ok(Change::Applied);
        }
        self.wire.set_baud(before)?;
        if self.read_again(address, meter).await.is_ok() {
            return Ok(Change::NotApplied);
        }
        Ok(written.unknown())
    }

    /// Sets the digital output of a meter, which moves its valve or relay. What the bits mean is the maker's.
    ///
    /// # Errors
    /// [`MbusError::Refused`], before anything was written, where the meter does not tell its output, because then the change
    /// could not be judged; other errors where it cannot be read.
    pub async fn set_output(&mut self, address: Address, bits: u8) -> Result<Change, MbusError> {
        let before = self.read(address).await?;
        let meter = named(&before)?;
        if output(&before).is_none() {
            return Err(MbusError::Refused(
                "the meter tells no digital output".to_owned(),
            ));
        }
        let written = self
            .write_once(address, |count| request::set_output(address, count, bits))
            .await?;
        match self
            .read_again(address, meter)
            .await
            .ok()
            .as_ref()
            .and_then(output)
        {
            Some(now) if now == bits => Ok(Change::Applied),
            Some(_) => Ok(Change::NotApplied),
            None => Ok(written.unknown()),
        }
    }

    /// Sets the clock of a meter to the minute.
    ///
    /// # Errors
    /// [`MbusError::Refused`], before anything was written, where the meter tells no clock; other errors where it cannot be
    /// read.
    pub async fn set_clock(
        &mut self,
        address: Address,
        now: WallTime,
    ) -> Result<Change, MbusError> {
        let before = self.read(address).await?;
        let meter = named(&before)?;
        if clock(&before).is_none() {
            return Err(MbusError::Refused("the meter tells no clock".to_owned()));
        }
        let written = self
            .write_once(address, |count| request::set_clock(address, count, now))
            .await?;
        match self
            .read_again(address, meter)
            .await
            .ok()
            .as_ref()
            .and_then(clock)
        {
            Some(shown)
                if (0..=CLOCK_TOLERANCE_SECONDS).contains(&(shown.seconds_since(now) + 60)) =>
            {
                Ok(Change::Applied)
            }
            Some(_) => Ok(Change::NotApplied),
            None => Ok(written.unknown()),
        }
    }

    /// Writes once. Whether the meter acknowledges is a hint, and the link is not known any more.
    async fn write_once(
        &mut self,
        address: Address,
        build: impl FnOnce(bool) -> Result<Vec<u8>, FrameError>,
    ) -> Result<Written, MbusError> {
        let count = self.count(address).await?;
        let write = build(count)?;
        let written = self.once(&write).await;
        self.forget(address);
        Ok(Written(match written {
            Ok(heard) if heard.frame.is_some() => "acknowledged".to_owned(),
            Ok(_) => "not acknowledged".to_owned(),
            Err(error) => error.to_string(),
        }))
    }

    /// Reads a known meter over a fresh link.
    async fn read_again(
        &mut self,
        address: Address,
        meter: SecondaryAddress,
    ) -> Result<Reading, MbusError> {
        if address == Address::SELECTED {
            self.select(Selection::one(meter)).await?;
        }
        let reading = self.read(address).await?;
        if named(&reading)? == meter {
            Ok(reading)
        } else {
            Err(MbusError::Refused("another meter answers".to_owned()))
        }
    }

    async fn is_at(&mut self, address: Address, meter: SecondaryAddress) -> bool {
        self.read_again(address, meter).await.is_ok()
    }
}

/// How a write was taken, in words.
struct Written(String);

impl Written {
    fn unknown(self) -> Change {
        Change::Unknown(format!(
            "{}, and the meter does not show what became of it",
            self.0
        ))
    }
}

fn named(reading: &Reading) -> Result<SecondaryAddress, MbusError> {
    reading.meter().ok_or_else(|| {
        MbusError::Refused(
            "the meter does not say who it is, so a change could not be judged".to_owned(),
        )
    })
}

fn present<'a>(reading: &'a Reading, quantity: &str) -> Option<Value<'a>> {
    reading
        .records()
        .flatten()
        .find(|record| record.storage == 0 && record.quantity() == quantity)
        .map(|record| record.value)
}

fn output(reading: &Reading) -> Option<u8> {
    match present(reading, OUTPUT)? {
        Value::Integer(bits) => Some((bits & 0xFF) as u8),
        _ => None,
    }
}

fn clock(reading: &Reading) -> Option<WallTime> {
    match present(reading, CLOCK)? {
        Value::Moment(Moment {
            year,
            month,
            day,
            time: Some((hour, minute)),
            ..
        }) => WallTime::new(year, month, day, hour, minute, 0),
        _ => None,
    }
}
