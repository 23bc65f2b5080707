//! DL/T 645: electricity meters on RS-485 or infrared, edition 2007 and what is left of edition 1997.
//!
//! | module | what |
//! |---|---|
//! | [`Frame`], [`FrameView`] | the envelope, with data of its own or borrowed |
//! | [`request`], [`answer`] | the master's side: builds requests, reads answers and decides whether one belongs to a request |
//! | [`heard`], [`reply`] | the meter's side: reads requests, builds answers |
//! | [`identifier`], [`format`] | the table of data identifiers and how their values are written |
//! | [`security`], [`purchase`] | C=03: identity authentication, accounts, top-ups, refunds, keys, read-back |
//! | [`relay`] | C=1C and the status word that shows what it did |
//! | [`password`], [`rate`], [`freeze`] | what C=14 to C=1D carry |
//! | [`load`] | load records |
//! | [`refusal`] | the error words |

mod address;
pub mod answer;
mod control;
mod envelope;
pub mod format;
pub mod freeze;
pub mod heard;
pub mod identifier;
pub mod load;
pub mod password;
pub mod purchase;
pub mod rate;
pub mod refusal;
pub mod relay;
pub mod reply;
pub mod request;
pub mod security;
mod session;
mod view;

pub use address::Address;
pub use control::{Control, Edition, Function};
pub use envelope::{Dlt645, Frame};
pub use view::FrameView;

#[cfg(test)]
mod tests;
