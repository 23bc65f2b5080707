//! CJ/T 188: water, gas and heat meters, editions 2004 and 2018 without the encrypted commands.
//!
//! [`Frame`] is the envelope, [`request`] builds what a master sends, [`answer`] reads what a meter says and decides whether
//! it belongs to a request. [`metering`], [`purchase`], [`valve`], [`price`] are the layouts behind the identifiers,
//! [`status`] the word at the end of most answers.

mod address;
pub mod answer;
mod control;
mod envelope;
pub mod identifier;
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
