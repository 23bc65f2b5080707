//! DL/T 645: electricity meters on RS-485 or infrared, edition 2007 and what is left of edition 1997.
//!
//! [`Frame`] is the envelope, [`request`] builds what a master sends, [`answer`] reads what a meter says and decides whether
//! it belongs to a request. [`identifier`] is the table of data identifiers, [`purchase`] the prepayment part of C=03,
//! [`relay`] the control command C=1C, [`refusal`] the error words.

mod address;
pub mod answer;
mod control;
mod envelope;
pub mod format;
pub mod identifier;
pub mod purchase;
pub mod refusal;
pub mod relay;
pub mod request;

pub use address::Address;
pub use control::{Control, Edition, Function};
pub use envelope::{Dlt645, Frame};

#[cfg(test)]
mod tests;
