//! CJ/T 188: water, gas and heat meters, editions 2004 and 2018 without the encrypted commands.
//!
//! [`Frame`] is the envelope, [`request`] builds what a master sends, [`answer`] reads what a meter says and decides whether
//! it belongs to a request. [`metering`], [`heat`], [`purchase`], [`valve`], [`price`], [`key`] are the layouts behind the
//! identifiers, [`status`] the word at the end of most answers, [`coding`] the dialects of purchases. What has no layout here
//! stays bytes: `911F`, the freezes and the parameters of 2018, and whatever only one maker has.

mod address;
pub mod answer;
pub mod coding;
mod control;
mod envelope;
pub mod heat;
pub mod identifier;
pub mod key;
pub mod metering;
pub mod price;
pub mod purchase;
pub mod request;
pub mod status;
pub mod valve;

pub use address::{Address, kind_name as address_kind_name};
pub use control::{Control, Function};
pub use envelope::{Cjt188, Frame};
pub use identifier::DiOrder;

#[cfg(test)]
mod tests;
