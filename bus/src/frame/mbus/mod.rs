//! Wired M-Bus: link layer (EN 13757-2), selection by secondary address, fixed and variable answers (EN 13757-3).
//!
//! [`Frame`] is the link layer's frame and borrows the bytes it was read from, [`request`] builds what a master sends,
//! [`answer`] reads what a meter says. DIF and VIF are read through the crate `m-bus-parser`; values are read here, because a
//! meter's register must come out as the exact decimal it is.

mod address;
pub mod answer;
mod control;
pub mod encode;
mod envelope;
pub mod fixed;
mod header;
mod information;
mod medium;
mod moment;
pub mod record;
pub mod request;
mod secondary;
mod unit;
mod value;

pub use address::Address;
pub use control::Control;
pub use envelope::{Frame, Mbus};
pub use header::{Header, Manufacturer};
pub use information::{BaudRate, Information};
pub use medium::medium_name;
pub use moment::Moment;
pub use secondary::{BadSelection, SecondaryAddress, Selection};
pub use value::Value;

#[cfg(test)]
mod tests;
