//! What single keys do not show: things in a profile that contradict each other.

use super::frozen::Frozen;
use super::section::Section;
use super::{
    Billing, Capability, CountRegister, Dialect, Dlt645Dialect, MacSource, Profile,
    ProfileProtocol, PurchaseLayout, Quantity, RelayWay,
};

/// Writes down every contradiction.
pub(super) fn check(top: &Section<'_>, profile: &Profile) {
    protocol_can(top, profile);
    money(top, profile);
    readable(top, profile);
    Frozen::check(top, profile);
    if let Dialect::Dlt645(dialect) = &profile.dialect {
        electricity(top, dialect);
    }
}

/// Options of DL/T 645 that exclude each other.
fn electricity(top: &Section<'_>, dialect: &Dlt645Dialect) {
    let by_order = dialect.purchase == PurchaseLayout::OrderNumber;
    if by_order && dialect.mac == MacSource::Signer {
        top.wrong(
            "dialect",
            "a purchase with an order number carries no authentication code",
            "mac = \"none\", or purchase = \"count\"",
        );
    }
    if !by_order && dialect.count_register == CountRegister::None {
        top.wrong(
            "dialect",
            "a purchase with a count at a meter that counts none: count_register = \"none\"",
            "count_register = \"bcd\", or purchase = \"order_number\"",
        );
    }
    if dialect.relay != RelayWay::Password && dialect.mac == MacSource::None {
        top.wrong(
            "dialect",
            "an order to the relay with a code, and nobody to make it: mac = \"none\"",
            "mac = \"signer\", or relay = \"password\"",
        );
    }
}

/// What no meter of the protocol can do, and why.
fn protocol_can(top: &Section<'_>, profile: &Profile) {
    let reading = [Capability::Read, Capability::Events];
    let (able, why): (&[Capability], &str) = match profile.protocol() {
        ProfileProtocol::Dlt645 => return,
        ProfileProtocol::Dlt645Y1997 => (&reading, "DL/T 645-1997 meters are only read"),
        ProfileProtocol::Cjt188 => (
            &[
                Capability::Read,
                Capability::Credit,
                Capability::Switch,
                Capability::Clock,
                Capability::Events,
            ],
            "CJ/T 188 has no readings frozen by day that tell their day",
        ),
        ProfileProtocol::Mbus => (
            &reading,
            "M-Bus meters are only read; M-Bus has no purchase that is applied once",
        ),
    };
    for capability in profile.capabilities.iter() {
        if !able.contains(&capability) {
            let what = format!("\"{}\" cannot be: {why}", capability.word());
            top.wrong("capabilities", what, "a list without it");
        }
    }
}

/// Who keeps the money, and what follows.
fn money(top: &Section<'_>, profile: &Profile) {
    if profile.billing == Billing::OnAccount && profile.can(Capability::Credit) {
        top.wrong(
            "capabilities",
            "\"credit\" contradicts billing = \"on_account\": the server keeps the money and nothing is written to the meter",
            "a list without \"credit\", or billing = \"on_meter\"",
        );
    }
    let no_books = match profile.protocol() {
        ProfileProtocol::Dlt645Y1997 => Some("DL/T 645-1997"),
        ProfileProtocol::Mbus => Some("M-Bus"),
        ProfileProtocol::Dlt645 | ProfileProtocol::Cjt188 => None,
    };
    if let Some(protocol) = no_books.filter(|_| profile.billing == Billing::OnMeter) {
        let what = format!("\"on_meter\" cannot be: {protocol} has no books of purchases");
        top.wrong("billing", what, "\"on_account\"");
    }
}

/// What must be there to be read.
fn readable(top: &Section<'_>, profile: &Profile) {
    if !profile.can(Capability::Read) {
        top.wrong(
            "capabilities",
            "\"read\" is missing",
            "a list with \"read\": every write is judged by reading",
        );
    }
    if profile.billing == Billing::OnAccount && profile.registers.is_empty() {
        top.wrong(
            "register",
            "the meter keeps no money and no register is named, so there is nothing to read",
            "one [[register]] at least",
        );
    }
    let flags = profile
        .registers
        .iter()
        .any(|register| register.quantity == Quantity::Status && !register.flags.is_empty());
    if profile.can(Capability::Events) && !flags {
        top.wrong(
            "capabilities",
            "\"events\" needs a register with quantity = \"status\" and flags",
            "such a register, or a list without \"events\"",
        );
    }
}
