//! One meter with its profile: read, credit, resolve, switch.

use std::sync::atomic::AtomicU8;
use std::time::Duration;

use super::amounts;
use super::cjt188::Water;
use super::dlt645::Electricity;
use super::patience::Pace;
use super::profile::{Billing, Capabilities, Capability, Dialect, Sequence};
use super::switching::{SwitchOutcome, judge_switch};
use super::{
    CreditOrder, MeterAddress, MeterError, Numbering, Outcome, Profile, Reading, Refusal, Reply,
    Supply, judge,
};
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::frame::wall_time::WallTime;
use crate::link::Link;

/// How often the books are read after a write before the outcome is left unknown.
const READ_BACKS: usize = 3;
/// What adapters, drivers and the network on the way are given unless told otherwise.
const MARGIN: Duration = Duration::from_millis(250);

/// Speaks to one meter over any link. Keeps nothing between calls but the serial byte of CJ/T 188.
#[derive(Debug)]
pub struct MeterDriver {
    profile: Profile,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Electricity(Electricity),
    Water(Water),
}

/// A purchase that fits its meter.
enum Write<'a> {
    Electricity(&'a Electricity, u32, CustomerNumber),
    Water(&'a Water, [u8; 4]),
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
        let pace = Pace::new(baud, MARGIN, &profile.timing);
        let preamble = profile.timing.preamble;
        let kind = match (&profile.dialect, address) {
            (Dialect::Dlt645(options), MeterAddress::Dlt645(address)) => {
                Kind::Electricity(Electricity {
                    options: options.clone(),
                    preamble,
                    address,
                    pace,
                })
            }
            (Dialect::Cjt188(options), MeterAddress::Cjt188(address)) => Kind::Water(Water {
                options: *options,
                preamble,
                address,
                pace,
                serial: AtomicU8::new(0),
            }),
            (_, address) => return Err(BadDriver::OtherProtocol(address)),
        };
        Ok(MeterDriver { profile, kind })
    }

    /// Allows `margin` for the way to the wire, in place of a quarter of a second.
    #[must_use]
    pub fn with_margin(mut self, margin: Duration) -> Self {
        match &mut self.kind {
            Kind::Electricity(meter) => meter.pace.margin = margin,
            Kind::Water(meter) => meter.pace.margin = margin,
        }
        self
    }

    /// Begins with this serial byte (CJ/T 188). Drivers made anew for each job should not all begin alike, or an answer that
    /// comes late from the job before could pass for one of this job.
    #[must_use]
    pub fn with_first_serial(mut self, serial: u8) -> Self {
        if let Kind::Water(meter) = &mut self.kind {
            meter.serial = AtomicU8::new(serial);
        }
        self
    }

    /// The meter's address.
    pub fn address(&self) -> MeterAddress {
        match &self.kind {
            Kind::Electricity(meter) => MeterAddress::Dlt645(meter.address),
            Kind::Water(meter) => MeterAddress::Cjt188(meter.address),
        }
    }

    /// How this kind of meter is spoken to.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What this kind of meter can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.profile.capabilities
    }

    /// How the meter counts purchases.
    pub fn numbering(&self) -> Numbering {
        match &self.kind {
            Kind::Electricity(_) => Numbering::Full,
            Kind::Water(meter) => match meter.options.sequence {
                Sequence::Byte => Numbering::Byte,
                Sequence::Bcd => Numbering::TwoDigits,
            },
        }
    }

    /// What the meter says of its books and its supply.
    ///
    /// # Errors
    /// Nothing was changed at the meter; reading again is harmless. [`MeterError::Unsupported`] for a meter that keeps no
    /// money: it is read by its registers.
    pub async fn read<L: Link>(&self, link: &mut L) -> Result<Reading, MeterError> {
        if self.profile.billing == Billing::OnAccount {
            return Err(MeterError::Unsupported(
                "it keeps no money (billing = \"on_account\"); its registers can be read"
                    .to_owned(),
            ));
        }
        let mut reading = self.books(link).await?;
        if let Kind::Electricity(meter) = &self.kind {
            reading.supply = meter.supply(link).await?;
        }
        Ok(reading)
    }

    /// Writes a purchase once and reads the meter back.
    ///
    /// An order that no meter could take (an amount of nothing or too much, a number that does not follow its reading, a
    /// meter that keeps no money) is not sent: the outcome is [`Outcome::NotApplied`] with the order's own reading.
    pub async fn credit<L: Link>(&self, link: &mut L, order: &CreditOrder) -> Outcome {
        let write = match self.sendable(order) {
            Ok(write) => write,
            Err(refusal) => {
                let now = order.before.clone();
                return Outcome::NotApplied { refusal, now };
            }
        };
        let reply = match write {
            Write::Electricity(meter, amount, customer) => {
                meter.write(link, order, amount, customer).await
            }
            Write::Water(meter, amount) => meter.write(link, order, amount).await,
        };
        self.read_back(link, order, &reply).await
    }

    /// Finds out what became of a purchase that may have been written earlier. Only reads.
    pub async fn resolve<L: Link>(&self, link: &mut L, order: &CreditOrder) -> Outcome {
        self.read_back(link, order, &Reply::Nothing).await
    }

    /// Lets the utility through (`on`) or cuts it off, and reads the state back. An electricity meter refuses the order after
    /// `valid_until`, in the meter's own time; others ignore it. A meter without relay or valve is not spoken to.
    pub async fn switch<L: Link>(
        &self,
        link: &mut L,
        on: bool,
        valid_until: WallTime,
    ) -> SwitchOutcome {
        if !self.profile.can(Capability::Switch) {
            return SwitchOutcome::NotDone {
                reason: "this kind of meter has no relay or valve that obeys; nothing was sent"
                    .to_owned(),
                now: Supply::NotReported,
            };
        }
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

    /// Whether the relay or valve lets the utility through.
    ///
    /// # Errors
    /// Nothing was changed at the meter; reading again is harmless.
    pub async fn supply<L: Link>(&self, link: &mut L) -> Result<Supply, MeterError> {
        match &self.kind {
            Kind::Electricity(meter) => meter.supply(link).await,
            Kind::Water(meter) => Ok(meter.books(link).await?.supply),
        }
    }

    async fn books<L: Link>(&self, link: &mut L) -> Result<Reading, MeterError> {
        match &self.kind {
            Kind::Electricity(meter) => meter.books(link).await,
            Kind::Water(meter) => meter.books(link).await,
        }
    }

    /// What goes on the wire for an order, or why nothing does.
    fn sendable(&self, order: &CreditOrder) -> Result<Write<'_>, Refusal> {
        if self.profile.billing == Billing::OnAccount {
            return Err(Refusal::Other(
                "the server keeps this meter's money (billing = \"on_account\"); credit the account"
                    .to_owned(),
            ));
        }
        if !self.profile.can(Capability::Credit) {
            return Err(Refusal::Other(
                "this kind of meter takes no purchase over the wire".to_owned(),
            ));
        }
        if !self.numbering().follows(order) {
            return Err(Refusal::WrongNumber);
        }
        let unfit = || Refusal::Other(format!("{} cannot be sent to a meter", order.amount));
        if order.amount.0 <= 0 {
            return Err(unfit());
        }
        match &self.kind {
            Kind::Electricity(meter) => {
                let amount = u32::try_from(order.amount.0).map_err(|_| unfit())?;
                let customer = meter.options.customer_number.ok_or_else(|| {
                    Refusal::Other("the meter's customer number is not known".to_owned())
                })?;
                Ok(Write::Electricity(meter, amount, customer))
            }
            Kind::Water(meter) => amounts::encode(meter.options.amount, order.amount)
                .map(|amount| Write::Water(meter, amount))
                .ok_or_else(unfit),
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
