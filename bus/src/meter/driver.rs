//! One meter with its profile: read, credit, resolve, switch.

use std::sync::atomic::AtomicU8;
use std::time::Duration;

use super::cjt188_prepaid::Prepaid;
use super::dlt645_plain::Plain;
use super::patience::Pace;
use super::switching::{SwitchOutcome, judge_switch};
use super::{
    CreditOrder, MeterAddress, MeterError, Numbering, Outcome, Profile, Reading, Refusal, Reply,
    Supply, judge,
};
use crate::frame::cjt188::purchase::Purchase;
use crate::frame::wall_time::WallTime;
use crate::link::Link;

/// How often the books are read after a write before the outcome is left unknown.
const READ_BACKS: usize = 3;
/// What adapters, drivers and the network on the way are given unless told otherwise.
const MARGIN: Duration = Duration::from_millis(250);

/// Speaks to one meter over any link. Keeps nothing between calls but the serial byte of CJ/T 188.
#[derive(Debug)]
pub struct MeterDriver {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Electricity(Plain),
    Water(Prepaid),
}

/// Why a profile and an address make no driver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadDriver {
    /// The profile's protocol has other addresses.
    #[error("the address {0} does not belong to the protocol of the meter's profile")]
    OtherProtocol(MeterAddress),
    /// No bits a second.
    #[error("a wire of 0 baud")]
    NoSpeed,
}

impl MeterDriver {
    /// A driver for a meter on a wire of `baud` bits a second.
    ///
    /// # Errors
    /// [`BadDriver`] where these do not fit together.
    pub fn new(profile: Profile, address: MeterAddress, baud: u32) -> Result<Self, BadDriver> {
        if baud == 0 {
            return Err(BadDriver::NoSpeed);
        }
        let pace = Pace {
            baud,
            margin: MARGIN,
        };
        let kind = match (profile, address) {
            (Profile::Dlt645Plain(options), MeterAddress::Dlt645(address)) => {
                Kind::Electricity(Plain {
                    options,
                    address,
                    pace,
                })
            }
            (Profile::Cjt188Prepaid(options), MeterAddress::Cjt188(address)) => {
                Kind::Water(Prepaid {
                    options,
                    address,
                    pace,
                    serial: AtomicU8::new(0),
                })
            }
            (_, address) => return Err(BadDriver::OtherProtocol(address)),
        };
        Ok(MeterDriver { kind })
    }

    /// Allows `margin` for the way to the wire, in place of a quarter of a second.
    #[must_use]
    pub fn with_margin(mut self, margin: Duration) -> Self {
        match &mut self.kind {
            Kind::Electricity(plain) => plain.pace.margin = margin,
            Kind::Water(prepaid) => prepaid.pace.margin = margin,
        }
        self
    }

    /// Begins with this serial byte (CJ/T 188). Drivers made anew for each job should not all begin alike, or an answer that
    /// comes late from the job before could pass for one of this job.
    #[must_use]
    pub fn with_first_serial(mut self, serial: u8) -> Self {
        if let Kind::Water(prepaid) = &mut self.kind {
            prepaid.serial = AtomicU8::new(serial);
        }
        self
    }

    /// The meter's address.
    pub fn address(&self) -> MeterAddress {
        match &self.kind {
            Kind::Electricity(plain) => MeterAddress::Dlt645(plain.address),
            Kind::Water(prepaid) => MeterAddress::Cjt188(prepaid.address),
        }
    }

    /// How the meter counts purchases.
    pub fn numbering(&self) -> Numbering {
        match self.kind {
            Kind::Electricity(_) => Numbering::Full,
            Kind::Water(_) => Numbering::Byte,
        }
    }

    /// What the meter says of itself.
    ///
    /// # Errors
    /// Nothing was changed at the meter; reading again is harmless.
    pub async fn read<L: Link>(&self, link: &mut L) -> Result<Reading, MeterError> {
        let mut reading = self.books(link).await?;
        if let Kind::Electricity(plain) = &self.kind {
            reading.supply = plain.supply(link).await?;
        }
        Ok(reading)
    }

    /// Writes a purchase once and reads the meter back.
    ///
    /// An order that no meter could take (an amount of nothing or too much, a number that does not follow its reading) is not
    /// sent: the outcome is [`Outcome::NotApplied`] with the order's own reading.
    pub async fn credit<L: Link>(&self, link: &mut L, order: &CreditOrder) -> Outcome {
        let amount = match self.sendable(order) {
            Ok(amount) => amount,
            Err(refusal) => {
                let now = order.before.clone();
                return Outcome::NotApplied { refusal, now };
            }
        };
        let reply = match &self.kind {
            Kind::Electricity(plain) => plain.write(link, order, amount).await,
            Kind::Water(prepaid) => prepaid.write(link, order, amount).await,
        };
        self.read_back(link, order, &reply).await
    }

    /// Finds out what became of a purchase that may have been written earlier. Only reads.
    pub async fn resolve<L: Link>(&self, link: &mut L, order: &CreditOrder) -> Outcome {
        self.read_back(link, order, &Reply::Nothing).await
    }

    /// Lets the utility through (`on`) or cuts it off, and reads the state back. An electricity meter refuses the order after
    /// `valid_until`, in the meter's own time; others ignore it.
    pub async fn switch<L: Link>(
        &self,
        link: &mut L,
        on: bool,
        valid_until: WallTime,
    ) -> SwitchOutcome {
        let wanted = if on { Supply::On } else { Supply::Off };
        let reply = match &self.kind {
            Kind::Electricity(plain) => plain.switch(link, on, valid_until).await,
            Kind::Water(prepaid) => prepaid.switch(link, on).await,
        };
        let mut state = Err("not read".to_owned());
        for _ in 0..READ_BACKS {
            match self.supply(link).await {
                Ok(now) => state = Ok(now),
                Err(error) if state.is_err() => state = Err(error.to_string()),
                Err(_) => {}
            }
            if state == Ok(wanted) {
                break;
            }
        }
        judge_switch(wanted, reply, state)
    }

    async fn supply<L: Link>(&self, link: &mut L) -> Result<Supply, MeterError> {
        match &self.kind {
            Kind::Electricity(plain) => plain.supply(link).await,
            Kind::Water(prepaid) => Ok(prepaid.books(link).await?.supply),
        }
    }

    async fn books<L: Link>(&self, link: &mut L) -> Result<Reading, MeterError> {
        match &self.kind {
            Kind::Electricity(plain) => plain.books(link).await,
            Kind::Water(prepaid) => prepaid.books(link).await,
        }
    }

    /// The amount as it goes on the wire, or why the order is not sent.
    fn sendable(&self, order: &CreditOrder) -> Result<u32, Refusal> {
        if !self.numbering().follows(order) {
            return Err(Refusal::WrongNumber);
        }
        let most = match self.kind {
            Kind::Electricity(_) => u32::MAX,
            Kind::Water(_) => Purchase::MOST,
        };
        match u32::try_from(order.amount.0) {
            Ok(amount) if (1..=most).contains(&amount) => Ok(amount),
            _ => Err(Refusal::Other(format!(
                "{} cannot be sent to a meter",
                order.amount
            ))),
        }
    }

    /// Reads the books, again where that fails, and once more where the meter said yes and its books do not show it yet.
    async fn read_back<L: Link>(
        &self,
        link: &mut L,
        order: &CreditOrder,
        reply: &Reply,
    ) -> Outcome {
        let numbering = self.numbering();
        let mut books = Err("not read".to_owned());
        for _ in 0..READ_BACKS {
            match self.books(link).await {
                Ok(now) => {
                    let untouched =
                        numbering.same(now.purchase_number, order.before.purchase_number);
                    books = Ok(now);
                    if !(untouched && *reply == Reply::Accepted) {
                        break;
                    }
                }
                Err(error) if books.is_err() => books = Err(error.to_string()),
                Err(_) => {}
            }
        }
        judge(order, reply, books, numbering)
    }
}

#[cfg(test)]
mod tests;
