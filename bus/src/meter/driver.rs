//! One meter with its profile: read, credit, resolve, switch.

use std::sync::atomic::AtomicU8;
use std::time::Duration;

use super::amounts;
use super::cjt188::Water;
use super::dlt645::Electricity;
use super::dlt645_1997::OldElectricity;
use super::judge::untouched;
use super::mbus::{MbusAddress, MbusMeter};
use super::patience::Pace;
use super::profile::{
    Billing, Capabilities, Capability, CountRegister, Dialect, MacSource, PurchaseLayout, Sequence,
};
use super::{
    CreditOrder, MeterAddress, MeterError, Numbering, Outcome, Profile, Reading, Refusal, Reply,
    judge,
};
use crate::frame::dlt645::Frame;
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::link::Link;
use crate::signer::Signer;

/// How often the books are read after a write before the outcome is left unknown.
pub(super) const READ_BACKS: usize = 3;
/// What adapters, drivers and the network on the way are given unless told otherwise.
const MARGIN: Duration = Duration::from_millis(250);

/// Speaks to one meter over any link. Keeps nothing between calls but the serial byte of CJ/T 188.
#[derive(Debug)]
pub struct MeterDriver {
    profile: Profile,
    kind: Kind,
}

/// What speaks the protocol of a meter.
#[derive(Debug)]
pub(super) enum Kind {
    Electricity(Electricity),
    OldElectricity(OldElectricity),
    Water(Water),
    Mbus(MbusMeter),
}

/// A purchase that fits its meter.
enum Write<'a> {
    Electricity(&'a Electricity, Frame),
    /// Still without its codes.
    Esam(&'a Electricity, u32, CustomerNumber),
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
        let kind =
            match (&profile.dialect, address) {
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
                (Dialect::Dlt645Y1997, MeterAddress::Dlt645(address)) => {
                    Kind::OldElectricity(OldElectricity {
                        preamble,
                        address,
                        pace,
                    })
                }
                (Dialect::Mbus, MeterAddress::MbusPrimary(address)) => {
                    Kind::Mbus(MbusMeter::new(MbusAddress::Primary(address), baud, MARGIN))
                }
                (Dialect::Mbus, MeterAddress::MbusSecondary(selection)) => Kind::Mbus(
                    MbusMeter::new(MbusAddress::Secondary(selection), baud, MARGIN),
                ),
                (_, address) => return Err(BadDriver::OtherProtocol(address)),
            };
        Ok(MeterDriver { profile, kind })
    }

    /// Allows `margin` for the way to the wire, in place of a quarter of a second.
    #[must_use]
    pub fn with_margin(mut self, margin: Duration) -> Self {
        match &mut self.kind {
            Kind::Electricity(meter) => meter.pace.margin = margin,
            Kind::OldElectricity(meter) => meter.pace.margin = margin,
            Kind::Water(meter) => meter.pace.margin = margin,
            Kind::Mbus(meter) => meter.margin = margin,
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
            Kind::OldElectricity(meter) => MeterAddress::Dlt645(meter.address),
            Kind::Water(meter) => MeterAddress::Cjt188(meter.address),
            Kind::Mbus(meter) => match meter.address {
                MbusAddress::Primary(address) => MeterAddress::MbusPrimary(address),
                MbusAddress::Secondary(selection) => MeterAddress::MbusSecondary(selection),
            },
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
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
            Kind::Electricity(meter) => match meter.options.count_register {
                CountRegister::None => Numbering::Uncounted,
                CountRegister::Bcd | CountRegister::Binary => Numbering::Full,
            },
            Kind::OldElectricity(_) | Kind::Mbus(_) => Numbering::Uncounted,
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
    /// meter that keeps no money, a meter that wants a signer) is not sent: the outcome is [`Outcome::NotApplied`] with the
    /// order's own reading.
    pub async fn credit<L: Link>(&self, link: &mut L, order: &CreditOrder) -> Outcome {
        let reply = match self.sendable(order) {
            Ok(Write::Electricity(meter, request)) => meter.write(link, &request).await,
            Ok(Write::Water(meter, amount)) => meter.write(link, order, amount).await,
            Ok(Write::Esam(..)) => return unsent(order, wants_signer()),
            Err(refusal) => return unsent(order, refusal),
        };
        self.read_back(link, order, &reply).await
    }

    /// The same with a signer for the meters that want one; others are credited without it.
    ///
    /// A session with the security module is opened for this one purchase. When that or the signer fails, nothing is
    /// written; the meter is read back all the same.
    pub async fn credit_signed<L: Link, S: Signer>(
        &self,
        link: &mut L,
        signer: &mut S,
        order: &CreditOrder,
    ) -> Outcome {
        let reply = match self.sendable(order) {
            Ok(Write::Electricity(meter, request)) => meter.write(link, &request).await,
            Ok(Write::Water(meter, amount)) => meter.write(link, order, amount).await,
            Ok(Write::Esam(meter, amount, customer)) => {
                meter
                    .write_signed(link, signer, order, amount, customer)
                    .await
            }
            Err(refusal) => return unsent(order, refusal),
        };
        self.read_back(link, order, &reply).await
    }

    /// Finds out what became of a purchase that may have been written earlier. Only reads.
    pub async fn resolve<L: Link>(&self, link: &mut L, order: &CreditOrder) -> Outcome {
        self.read_back(link, order, &Reply::Nothing).await
    }

    async fn books<L: Link>(&self, link: &mut L) -> Result<Reading, MeterError> {
        match &self.kind {
            Kind::Electricity(meter) => meter.books(link).await,
            Kind::Water(meter) => meter.books(link).await,
            Kind::OldElectricity(_) | Kind::Mbus(_) => {
                Err(MeterError::Unsupported("it keeps no money".to_owned()))
            }
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
            return Err(no_purchase());
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
                let options = &meter.options;
                let customer = match (options.purchase, options.customer_number) {
                    (PurchaseLayout::Count, None) => {
                        let why = "the meter's customer number is not known";
                        return Err(Refusal::Other(why.to_owned()));
                    }
                    (_, customer) => customer.unwrap_or_default(),
                };
                Ok(match options.mac {
                    MacSource::Signer => Write::Esam(meter, amount, customer),
                    MacSource::None => {
                        Write::Electricity(meter, meter.purchase(order, amount, customer))
                    }
                })
            }
            Kind::OldElectricity(_) | Kind::Mbus(_) => Err(no_purchase()),
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
                    let untouched = untouched(order, &now, numbering);
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

/// An order that never went out: the meter stands where the order's own reading says.
fn unsent(order: &CreditOrder, refusal: Refusal) -> Outcome {
    let now = order.before.clone();
    Outcome::NotApplied { refusal, now }
}

fn wants_signer() -> Refusal {
    Refusal::Other(
        "this meter has a security module: a purchase needs the codes of a signer, and none was given"
            .to_owned(),
    )
}

fn no_purchase() -> Refusal {
    Refusal::Other("this kind of meter takes no purchase over the wire".to_owned())
}

#[cfg(test)]
mod tests;
