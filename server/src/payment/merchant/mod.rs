//! The merchant protocol: JSON over HTTPS, each message signed with Ed25519, as `docs/payments.md` describes it.
//!
//! | file | what |
//! |---|---|
//! | `signature` | the header, and what is signed of a request, an answer and a callback |
//! | `message` | the JSON texts |
//! | `client` | the calls |

mod client;
mod message;
mod signature;

pub use client::{Client, ClientError, Settings};
pub use message::WireError;
pub use signature::{MERCHANT_HEADER, SignatureHeader};
