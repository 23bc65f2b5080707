//! PIV cards in the virtual reader of the machine's PC/SC daemon: whatever speaks PC/SC speaks to them.
//!
//! ```no_run
//! use meterpost_tests::card::{CardAuthority, CardService, CardSlot, Holder, VirtualCard};
//!
//! let Some(service) = CardService::start_or_say() else { return };
//! let authority = CardAuthority::new("East District cards");
//! let card = authority.issue(&Holder::resident("C-0042"));
//! let inserted = VirtualCard::insert(CardSlot::First, card).unwrap();
//! let card = inserted.remove();
//! # drop((service, card));
//! ```

mod apdu;
mod authority;
mod fault;
mod keys;
mod pin;
mod piv;
mod service;
#[cfg(test)]
mod tests;
mod tlv;
mod wire;

pub use authority::{CardAuthority, Holder};
pub use fault::CardFault;
pub use piv::PivCard;
pub use service::CardService;
pub use wire::{CardSlot, CardTiming, VirtualCard};
